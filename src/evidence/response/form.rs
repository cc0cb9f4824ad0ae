//! [`Form`]: how much of a response there is around the block.

use core::fmt;

use super::field::{BLOCK, KEYS, METADATA, json_error, refused};
use crate::{
    evidence::json::{Json, JsonError, JsonStr},
    verify::error::{Error, FieldProblem},
};

/// How much of the response is given around the block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The whole response, with `_metadata` at its root.
    Response,
    /// Its `_metadata`, with `tpm_attestation` at its root.
    Metadata,
    /// The block alone.
    Block,
}

impl Form {
    /// Returns the name for messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Response => "response",
            Self::Metadata => "_metadata",
            Self::Block => "tpm_attestation block",
        }
    }

    /// Detects the form of an object by the keys at its root. An object with none of the keys
    /// is a response without a block.
    ///
    /// # Errors
    /// The text is not a JSON object, or has the keys of more than one form.
    pub fn detect(json: &[u8]) -> Result<Self, Error> {
        let mut json = Json::new(json).map_err(json_error)?;
        let mut found = None;
        json.begin_object().map_err(json_error)?;
        let mut first = true;
        while let Some(key) = json.key(&mut first).map_err(json_error)? {
            match (found, Self::of_key(&key)) {
                (None, form) => found = form.map(|(form, _)| form),
                (Some(form), Some((other, field))) if form != other => {
                    return Err(several_forms(field, key.offset()));
                }
                _ => {}
            }
            json.skip().map_err(json_error)?;
        }
        json.end().map_err(json_error)?;
        Ok(found.unwrap_or(Self::Response))
    }

    /// The form by the first key that tells: the object is read no further than that.
    pub(super) fn of_first_key(mut json: Json<'_>) -> Result<Self, JsonError> {
        json.begin_object()?;
        let mut first = true;
        while let Some(key) = json.key(&mut first)? {
            if let Some((form, _)) = Self::of_key(&key) {
                return Ok(form);
            }
            json.skip()?;
        }
        Ok(Self::Response)
    }

    /// The form that has this key at its root, and the key.
    pub(super) fn of_key(key: &JsonStr<'_>) -> Option<(Self, &'static str)> {
        let roots = [(Self::Response, METADATA), (Self::Metadata, BLOCK)];
        let block = KEYS.map(|name| (Self::Block, name));
        let mut all = roots.into_iter().chain(block);
        all.find(|(_, name)| key.is(name))
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

pub(super) fn several_forms(field: &'static str, offset: usize) -> Error {
    refused(field, offset, FieldProblem::SeveralForms)
}
