//! What the verifier expects: the nonce, the PCR, their values, the key.

use core::{error::Error, fmt};

use super::{Ancestry, AttestPolicy, ClockPolicy, PcrSet};
use crate::{
    crypto::{Digest, Hasher},
    types::{Tpm2bData, TpmAlgId},
};

/// The nonce of one request, 1 to 66 bytes.
///
/// It has to come from the verifier's own records: a nonce taken out of the
/// response proves nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Nonce {
    bytes: [u8; Self::MAX],
    len: u8,
}

impl Nonce {
    /// The largest nonce that a TPM takes, in bytes.
    pub const MAX: usize = 66;

    /// The nonce of a request to an inference server: the first 16 bytes of the
    /// SHA-256 of its payload id.
    ///
    /// The client chooses the id, afresh for each request and so that nobody
    /// can guess it: a random UUID (122 bits) is the least. Whoever can guess an
    /// id can have it quoted beforehand.
    ///
    /// ```
    /// use tpm_quote::Nonce;
    ///
    /// let nonce = Nonce::from_payload_id("22c4a258-d445-5bdd-885d-40980abcee2d")?;
    /// assert_eq!(nonce.to_string(), "ab0d726c16d95c5dd55f5b12f7eff781");
    /// # Ok::<(), tpm_quote::verify::NonceError>(())
    /// ```
    ///
    /// # Errors
    /// The id is empty.
    pub fn from_payload_id(payload_id: &str) -> Result<Self, NonceError> {
        if payload_id.is_empty() {
            return Err(NonceError::EmptyPayloadId);
        }
        let digest = Hasher::digest(TpmAlgId::SHA256, payload_id.as_bytes());
        let digest = digest.as_ref().map(Digest::as_ref).unwrap_or_default();
        Self::exact(digest.get(..16).unwrap_or_default())
    }

    /// The nonce of these bytes.
    ///
    /// # Errors
    /// There are none, or more than 66.
    pub fn exact(nonce: &[u8]) -> Result<Self, NonceError> {
        let mut bytes = [0; Self::MAX];
        let len = match u8::try_from(nonce.len()) {
            Ok(len @ 1..=66) => len,
            _ => return Err(NonceError::Length(nonce.len())),
        };
        if let Some(space) = bytes.get_mut(..nonce.len()) {
            space.copy_from_slice(nonce);
        }
        Ok(Self { bytes, len })
    }

    /// No nonce at all: what a quote has that was asked for without one. Nothing
    /// shows when such a quote was made, and for whom.
    #[must_use]
    pub const fn dangerous_none() -> Self {
        Self {
            bytes: [0; Self::MAX],
            len: 0,
        }
    }

    /// Whether it is this one: the same length and the same bytes.
    pub(crate) fn is(&self, extra_data: &Tpm2bData<'_>) -> bool {
        self.as_ref() == extra_data.bytes()
    }
}

impl AsRef<[u8]> for Nonce {
    fn as_ref(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }
}

/// Hexadecimal.
impl fmt::Display for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.as_ref() {
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Bytes that are no nonce.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NonceError {
    /// The payload id is empty.
    EmptyPayloadId,
    /// A nonce of this many bytes; 1 to 66 are possible.
    Length(usize),
}

impl fmt::Display for NonceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EmptyPayloadId => f.write_str("the payload id is empty"),
            Self::Length(len) => write!(f, "a nonce of {len} bytes, expected 1 to 66"),
        }
    }
}

impl Error for NonceError {}

/// A PCR and the values that are good for it: bank, index, values. Each value
/// is as long as the bank's digests; no value at all is good if there is none.
pub type BaselineEntry<'a> = (TpmAlgId, u8, &'a [&'a [u8]]);

/// What a quote has to be for it to be accepted.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct QuotePolicy<'a> {
    pub(crate) attest: AttestPolicy<'a>,
    pub(crate) pcrs: Pcrs,
    pub(crate) baseline: &'a [BaselineEntry<'a>],
}

/// Which PCR a quote has to cover.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pcrs {
    /// At least these.
    pub(crate) required: Option<PcrSet>,
    /// Exactly these: what the message says of itself.
    pub(crate) claimed: Option<PcrSet>,
}

impl<'a> QuotePolicy<'a> {
    /// A quote with this nonce that covers at least these PCR.
    ///
    /// Others may be covered as well, but for the SHA-1 bank and for PCR 16 to
    /// 23, which count only if they are required.
    pub fn new(nonce: Nonce, required: PcrSet) -> Self {
        Self {
            attest: AttestPolicy::new(nonce),
            pcrs: Pcrs {
                required: Some(required),
                claimed: None,
            },
            baseline: &[],
        }
    }

    /// PCR values that are known to be good; each entry has to hold. PCR that
    /// are not named are not compared.
    pub fn baseline(self, baseline: &'a [BaselineEntry<'a>]) -> Self {
        Self { baseline, ..self }
    }

    /// As [`AttestPolicy::ancestry`].
    pub fn ancestry(self, ancestry: Ancestry) -> Self {
        let attest = self.attest.ancestry(ancestry);
        Self { attest, ..self }
    }

    /// As [`AttestPolicy::clock`].
    pub fn clock(self, clock: ClockPolicy<'a>) -> Self {
        let attest = self.attest.clock(clock);
        Self { attest, ..self }
    }

    /// As [`AttestPolicy::require_anchored_key`].
    pub fn require_anchored_key(self) -> Self {
        let attest = self.attest.require_anchored_key();
        Self { attest, ..self }
    }

    /// As [`AttestPolicy::dangerous_allow_sha1_signatures`].
    pub fn dangerous_allow_sha1_signatures(self) -> Self {
        let attest = self.attest.dangerous_allow_sha1_signatures();
        Self { attest, ..self }
    }
}
