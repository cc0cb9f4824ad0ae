//! Walking a value by the specification's names, to show it.

/// A value that can say what it consists of.
pub trait Inspect {
    /// Tells `to` about the value: its fields in order, or one of the others.
    fn inspect(&self, to: &mut dyn Inspector);
}

/// What takes the elements of a list.
pub type Tell<'t> = dyn FnMut(&dyn Inspect) + 't;

/// Someone who is told what a value consists of.
pub trait Inspector {
    /// A field of a structure, by the specification's name.
    fn field(&mut self, name: &'static str, value: &dyn Inspect);
    /// A list; `elements` tells them one by one.
    fn list(&mut self, elements: &mut dyn FnMut(&mut Tell<'_>));
    /// An unsigned integer.
    fn number(&mut self, value: u64);
    /// An id out of a table, of `digits` hexadecimal digits.
    fn id(&mut self, name: Option<&'static str>, value: u64, digits: usize);
    /// A word of attributes, and the names of the bits that are set.
    fn flags(&mut self, value: u64, digits: usize, names: &mut dyn Iterator<Item = &'static str>);
    /// Bytes.
    fn bytes(&mut self, value: &[u8]);
    /// A `TPMI_YES_NO`.
    fn yes_no(&mut self, value: bool);
}
