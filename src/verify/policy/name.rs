//! Names as callers write and store them.

use core::str::FromStr;

use crate::{
    crypto::Name,
    types::{NameForm, Tpm2bName},
    verify::error::{Error, SettingProblem},
    wire::hex::{self, NotHex},
};

/// Reads the Name of a key or object in hexadecimal: a hash id and a digest, as
/// `tpm2_readpublic -n` and `tpm-quote name` write it.
///
/// ```
/// use tpm_quote::Name;
///
/// let text = "000b6d1ea6b5b3f6b7b1f0b1ff1f6c1d8f0a1b0a0d3c2e4f5061728394a5b6c7d8e9";
/// let name: Name = text.parse()?;
/// assert_eq!(name.to_string(), text);
/// assert!("000b6d1e".parse::<Name>().is_err()); // too short for SHA-256
/// # Ok::<(), tpm_quote::Error>(())
/// ```
impl FromStr for Name {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let mut room = [0; 66];
        let bytes = hex::decode(text.chars(), &mut room).map_err(|problem| match problem {
            NotHex::Digit(position) => SettingProblem::HexDigit(position.saturating_add(1)),
            NotHex::Odd(count) => SettingProblem::HexOdd(count),
            NotHex::TooLong => SettingProblem::NameForm(text.len() >> 1),
        })?;
        match Tpm2bName::new(bytes) {
            Ok(name) if is_by_digest(name) => Ok(Self::new(name)),
            _ => Err(SettingProblem::NameForm(bytes.len()).into()),
        }
    }
}

fn is_by_digest(name: Tpm2bName<'_>) -> bool {
    match name.form() {
        NameForm::Digest { name_alg, .. } => name_alg.digest_size().is_some(),
        NameForm::Empty | NameForm::Handle(_) => false,
    }
}

/// A borrowed list of trusted Names: [`Name`]s, slices of bytes, or arrays of 34 bytes
/// (SHA-256).
///
/// ```
/// use tpm_quote::{Name, ResponsePolicy};
///
/// # fn f(names: &[Name], bytes: &[&[u8]], arrays: &[[u8; 34]]) -> Result<(), tpm_quote::Error> {
/// ResponsePolicy::new("an id")?.pinned(names);
/// ResponsePolicy::new("an id")?.pinned(bytes);
/// ResponsePolicy::new("an id")?.pinned(arrays);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct KeyNames<'a>(Store<'a>);

#[derive(Clone, Copy, Debug)]
enum Store<'a> {
    Names(&'a [Name]),
    Slices(&'a [&'a [u8]]),
    Arrays(&'a [[u8; 34]]),
}

impl KeyNames<'_> {
    /// Whether there are none.
    pub(crate) const fn is_empty(&self) -> bool {
        match self.0 {
            Store::Names(names) => names.is_empty(),
            Store::Slices(names) => names.is_empty(),
            Store::Arrays(names) => names.is_empty(),
        }
    }

    /// Whether this one is there.
    pub(crate) fn contains(&self, name: &Name) -> bool {
        let name = name.as_ref();
        match self.0 {
            Store::Names(names) => names.iter().any(|known| known.as_ref() == name),
            Store::Slices(names) => names.contains(&name),
            Store::Arrays(names) => names.iter().any(|known| known == name),
        }
    }
}

impl<'a> From<&'a [Name]> for KeyNames<'a> {
    fn from(names: &'a [Name]) -> Self {
        Self(Store::Names(names))
    }
}

impl<'a, const N: usize> From<&'a [Name; N]> for KeyNames<'a> {
    fn from(names: &'a [Name; N]) -> Self {
        Self(Store::Names(names))
    }
}

impl<'a> From<&'a [&'a [u8]]> for KeyNames<'a> {
    fn from(names: &'a [&'a [u8]]) -> Self {
        Self(Store::Slices(names))
    }
}

impl<'a, const N: usize> From<&'a [&'a [u8]; N]> for KeyNames<'a> {
    fn from(names: &'a [&'a [u8]; N]) -> Self {
        Self(Store::Slices(names))
    }
}

impl<'a> From<&'a [[u8; 34]]> for KeyNames<'a> {
    fn from(names: &'a [[u8; 34]]) -> Self {
        Self(Store::Arrays(names))
    }
}

impl<'a, const N: usize> From<&'a [[u8; 34]; N]> for KeyNames<'a> {
    fn from(names: &'a [[u8; 34]; N]) -> Self {
        Self(Store::Arrays(names))
    }
}
