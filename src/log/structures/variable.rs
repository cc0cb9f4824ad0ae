//! [`EfiVariable`]: a variable of UEFI with its name and contents.

use super::{guid::Guid, signatures::SignatureLists, text::LogText};
use crate::{error::UnmarshalError, wire::Reader};

/// A variable as firmware measures it: owner, name and contents.
///
/// Owner and name are compared together: anyone may give a variable the name `SecureBoot`.
#[derive(Clone, Copy, Debug)]
#[doc(alias = "UEFI_VARIABLE_DATA")]
pub struct EfiVariable<'a> {
    guid: Guid,
    name: LogText<'a>,
    contents: &'a [u8],
}

impl<'a> EfiVariable<'a> {
    /// Reads a variable that fills `data`.
    ///
    /// # Errors
    /// The data end within the variable, or go on behind it.
    pub fn parse(data: &'a [u8]) -> Result<Self, UnmarshalError> {
        let mut reader = Reader::new(data);
        let variable = Self::read(&mut reader)?;
        reader.finish()?;
        Ok(variable)
    }

    /// Reads the variable with which data begin.
    pub(in crate::log) fn read(reader: &mut Reader<'a>) -> Result<Self, UnmarshalError> {
        let guid = Guid(*reader.array()?);
        // In characters, of which each has two bytes.
        let name = reader.u64_le()?.saturating_mul(2);
        let contents = reader.u64_le()?;
        let name = reader.bytes(length(name))?;
        let contents = reader.bytes(length(contents))?;
        Ok(Self {
            guid,
            // A zero in a name is part of it.
            name: LogText::utf16_whole(name),
            contents,
        })
    }

    /// Returns whose variable it is.
    #[must_use]
    pub const fn guid(&self) -> Guid {
        self.guid
    }

    /// Returns the name.
    #[must_use]
    pub const fn name(&self) -> LogText<'a> {
        self.name
    }

    /// Returns the contents: empty for a variable that was never set.
    #[must_use]
    pub const fn contents(&self) -> &'a [u8] {
        self.contents
    }

    /// Whether it has this owner and this name.
    #[must_use]
    pub fn is(&self, guid: Guid, name: &str) -> bool {
        self.guid == guid && self.name.is(name)
    }

    /// Reads the contents as lists of signatures, as `PK`, `KEK`, `db` and `dbx` are.
    ///
    /// # Errors
    /// The contents are something else.
    pub fn signature_lists(&self) -> Result<SignatureLists<'a>, UnmarshalError> {
        SignatureLists::parse(self.contents)
    }
}

/// On machines of less than 64 bits no input is as long as the largest numbers.
fn length(size: u64) -> usize {
    usize::try_from(size).unwrap_or(usize::MAX)
}
