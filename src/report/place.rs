//! [`Place`]: where a failure lies.

/// Where a failure lies: in which file, and at which line, column and byte of it, as far as
/// that is known.
///
/// ```
/// use tpm_quote::report::Place;
///
/// let place = Place::new("response.json").position(Some((3, 17))).offset(Some(58));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Place<'r> {
    pub(super) source: &'r str,
    pub(super) line: Option<u64>,
    pub(super) column: Option<u64>,
    pub(super) offset: Option<usize>,
}

impl<'r> Place<'r> {
    /// Somewhere in this file; `-` is standard input.
    pub const fn new(source: &'r str) -> Self {
        Self {
            source,
            line: None,
            column: None,
            offset: None,
        }
    }

    /// The line and the column in a text, both counted from 1.
    pub fn position(self, position: Option<(u64, u64)>) -> Self {
        let (line, column) = position.unzip();
        Self {
            line,
            column,
            ..self
        }
    }

    /// The byte, counted from 0: in the file or, if the report names a field, in the decoded
    /// value of that field.
    pub const fn offset(self, offset: Option<usize>) -> Self {
        Self { offset, ..self }
    }
}
