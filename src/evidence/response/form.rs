//! [`Form`]: how much of a response there is around the block, and the keys in it.

use core::fmt;

use super::{FieldProblem, ResponseError};
use crate::evidence::json::{Json, JsonError, JsonStr};

pub(super) const METADATA: &str = "_metadata";
pub(super) const BLOCK: &str = "tpm_attestation";
pub(super) const IS_AVAILABLE: &str = "is_available";
pub(super) const PCR_BANKS: &str = "pcr_banks";
pub(super) const PCR_VALUES: &str = "pcr_values";
pub(super) const AIK_PUBKEY: &str = "aik_pubkey_b64";
pub(super) const QUOTE: &str = "quote_b64";
pub(super) const SIGNATURE: &str = "signature_b64";
pub(super) const AIK_CERTIFY: &str = "aik_certify_b64";
pub(super) const AIK_CERTIFY_SIGNATURE: &str = "aik_certify_signature_b64";
pub(super) const KEYS: [&str; 8] = [
    IS_AVAILABLE,
    PCR_BANKS,
    PCR_VALUES,
    AIK_PUBKEY,
    QUOTE,
    SIGNATURE,
    AIK_CERTIFY,
    AIK_CERTIFY_SIGNATURE,
];

/// How much of a response there is around the block.
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
    /// The name, as in messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Response => "response",
            Self::Metadata => "_metadata",
            Self::Block => "tpm_attestation block",
        }
    }

    /// Which form an object has, by the keys at its root. One that has none of
    /// them is a response without the block.
    ///
    /// # Errors
    /// The text is no JSON object, or has the keys of more than one form.
    pub fn detect(json: &[u8]) -> Result<Self, ResponseError> {
        let mut json = Json::new(json)?;
        let mut found = None;
        json.begin_object()?;
        let mut first = true;
        while let Some(key) = json.key(&mut first)? {
            match (found, Self::of_key(&key)) {
                (None, form) => found = form.map(|(form, _)| form),
                (Some(form), Some((other, field))) if form != other => {
                    return Err(several_forms(field, key.offset()));
                }
                _ => {}
            }
            json.skip()?;
        }
        json.end()?;
        Ok(found.unwrap_or(Self::Response))
    }

    /// As [`detect`](Self::detect), of an object that is read no further than it has to be.
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

pub(super) fn several_forms(field: &'static str, offset: usize) -> ResponseError {
    ResponseError::Field {
        field,
        offset,
        problem: FieldProblem::SeveralForms,
    }
}
