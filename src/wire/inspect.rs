//! Walking a value by the specification's names, to show it.

/// A value whose fields an [`Inspector`] can visit.
pub trait Inspect {
    /// Calls `to` with the value: once for each field in order, or once for a value
    /// without fields.
    fn inspect(&self, to: &mut dyn Inspector);
}

/// Callback for the elements of a list.
pub type Tell<'t> = dyn FnMut(&dyn Inspect) + 't;

/// Visitor over the fields of a value, told them in order.
pub trait Inspector {
    /// A field of a structure, by the specification's name.
    fn field(&mut self, name: &'static str, value: &dyn Inspect);
    /// A list; `elements` calls its argument with one after the other.
    fn list(&mut self, elements: &mut dyn FnMut(&mut Tell<'_>));
    /// An unsigned integer.
    fn number(&mut self, value: u64);
    /// An unsigned integer of 64 bits, which can exceed 2^53.
    fn long_number(&mut self, value: u64) {
        self.number(value);
    }
    /// An id out of a table, of `digits` hexadecimal digits.
    fn id(&mut self, name: Option<&'static str>, value: u64, digits: usize);
    /// A word of attributes, and the names of the bits that are set.
    fn flags(&mut self, value: u64, digits: usize, names: &mut dyn Iterator<Item = &'static str>);
    /// Bytes.
    fn bytes(&mut self, value: &[u8]);
    /// A `TPMI_YES_NO`.
    fn yes_no(&mut self, value: bool);
}
