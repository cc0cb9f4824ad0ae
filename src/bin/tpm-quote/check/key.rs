//! The key and what it signed, as they are found in files, and why they are not.

use tpm_quote::{
    Appraisal, AttestationKey, Error, Evidence, PcrValue,
    verify::{AttestSignature, VerifiedHardware},
};

/// Why there is no quote.
pub(super) enum Stop<'a> {
    /// The evidence; with what was found of its key.
    Refused(Box<Appraisal<'a, AttestationKey<'a>>>),
    /// The evidence, of which no part was judged.
    Unread(Error),
    /// The options, by what is in the files.
    Usage(String),
}

impl<'a> Stop<'a> {
    /// The same, after this was found of the key.
    pub(super) fn after(self, key: &Appraisal<'a, AttestationKey<'a>>) -> Self {
        match self {
            Self::Refused(refused) => match refused.into_result() {
                Ok(_) => Self::Refused(Box::new(*key)),
                Err(error) => Self::Refused(Box::new(key.fail(error))),
            },
            other => other,
        }
    }
}

impl<E: Into<Error>> From<E> for Stop<'_> {
    fn from(error: E) -> Self {
        Self::Refused(Box::new(error.into().into()))
    }
}

/// What the files and the options come to.
pub(super) struct Read<'a> {
    pub(super) key: Appraisal<'a, AttestationKey<'a>>,
    /// What the processor says, if it vouches for the key.
    pub(super) hardware: Option<VerifiedHardware<'a>>,
    pub(super) attest: &'a [u8],
    pub(super) signature: AttestSignature<'a>,
    pub(super) values: Vec<PcrValue<'a>>,
}

impl<'a> Read<'a> {
    /// A key that was refused, so that nothing else was looked at.
    pub(super) fn without_evidence(key: Appraisal<'a, AttestationKey<'a>>) -> Self {
        Self {
            key,
            hardware: None,
            attest: &[],
            signature: AttestSignature::from(&[]),
            values: Vec::new(),
        }
    }

    pub(super) fn evidence(&self) -> Evidence<'a, '_, AttestSignature<'a>> {
        Evidence {
            attest: self.attest,
            signature: self.signature,
            pcrs: &self.values,
        }
    }
}
