//! [`Nonce`]: the request that an attestation answers.

use core::fmt;

use crate::{
    crypto::{Digest, Hasher},
    types::{Tpm2bData, TpmAlgId},
    verify::error::{Error, SettingProblem},
    wire::Hex,
};

/// The nonce of one request: 1 to 66 bytes.
///
/// It has to come from your own records: a nonce that is taken from the response proves
/// nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Nonce {
    bytes: [u8; Self::MAX],
    /// `ANY` if the nonce is not compared.
    len: u8,
}

const ANY: u8 = u8::MAX;

impl Nonce {
    /// The length of the longest nonce that a TPM takes, in bytes.
    pub const MAX: usize = 66;

    /// Computes the nonce of a request to an inference server: the first 16 bytes of the
    /// SHA-256 of its payload id.
    ///
    /// The client chooses a fresh id for each request, one that nobody can guess: at least a
    /// random UUID (122 bits). Whoever can guess an id can have it quoted beforehand.
    ///
    /// ```
    /// use tpm_quote::Nonce;
    ///
    /// let nonce = Nonce::from_payload_id("22c4a258-d445-5bdd-885d-40980abcee2d")?;
    /// assert_eq!(nonce.to_string(), "ab0d726c16d95c5dd55f5b12f7eff781");
    /// # Ok::<(), tpm_quote::Error>(())
    /// ```
    ///
    /// # Errors
    /// The id is empty.
    pub fn from_payload_id(payload_id: &str) -> Result<Self, Error> {
        if payload_id.is_empty() {
            return Err(SettingProblem::PayloadIdEmpty.into());
        }
        let digest = Hasher::digest(TpmAlgId::SHA256, payload_id.as_bytes());
        let digest = digest.as_ref().map(Digest::as_ref).unwrap_or_default();
        Self::exact(digest.get(..16).unwrap_or_default())
    }

    /// Creates a nonce of exactly these bytes.
    ///
    /// # Errors
    /// There are no bytes, or more than 66.
    pub fn exact(nonce: &[u8]) -> Result<Self, Error> {
        let mut bytes = [0; Self::MAX];
        let len = match u8::try_from(nonce.len()) {
            Ok(len @ 1..=66) => len,
            _ => return Err(SettingProblem::NonceLength(nonce.len()).into()),
        };
        if let Some(space) = bytes.get_mut(..nonce.len()) {
            space.copy_from_slice(nonce);
        }
        Ok(Self { bytes, len })
    }

    /// Requires the attestation to have no nonce, because none was asked for. Nothing then
    /// shows when it was made, and for whom.
    #[must_use]
    pub const fn dangerous_none() -> Self {
        Self {
            bytes: [0; Self::MAX],
            len: 0,
        }
    }

    /// Accepts any nonce: **you have to compare
    /// [`nonce`](crate::verify::Verified::nonce) of the verified value** with the nonce of
    /// the request yourself, or an old attestation passes.
    ///
    /// The check `nonce` is then `not-asked-for`, and the appraisal warns about it.
    ///
    /// ```
    /// use tpm_quote::{AttestationKey, Error, Evidence, Nonce, PcrSet, QuotePolicy, verify_quote};
    ///
    /// fn nonce_of<'a>(
    ///     key: &AttestationKey<'_>,
    ///     evidence: &Evidence<'a, 'a>,
    ///     pcrs: PcrSet,
    /// ) -> Result<&'a [u8], Error> {
    ///     let policy = QuotePolicy::new(Nonce::dangerous_any(), pcrs);
    ///     Ok(verify_quote(key, evidence, &policy)?.nonce()) // compare it with that of the request
    /// }
    /// ```
    #[must_use]
    pub const fn dangerous_any() -> Self {
        Self {
            bytes: [0; Self::MAX],
            len: ANY,
        }
    }

    /// Whether the nonce is not compared.
    pub(crate) const fn is_any(&self) -> bool {
        self.len == ANY
    }

    /// Whether the attestation has to have no nonce.
    pub(crate) const fn is_none(&self) -> bool {
        self.len == 0
    }

    /// Whether the attestation has this nonce: the same length and the same bytes.
    pub(crate) fn is(&self, extra_data: &Tpm2bData<'_>) -> bool {
        self.is_any() || self.as_ref() == extra_data.bytes()
    }
}

/// Creates a nonce of 1 to 66 bytes: any other number does not compile.
///
/// ```
/// let nonce = tpm_quote::Nonce::from([0x00, 0xff, 0x55, 0xaa]);
/// assert_eq!(nonce.as_ref(), [0x00, 0xff, 0x55, 0xaa]);
/// ```
///
/// ```compile_fail,E0080
/// let nonce = tpm_quote::Nonce::from([0; 67]);
/// ```
impl<const N: usize> From<[u8; N]> for Nonce {
    fn from(nonce: [u8; N]) -> Self {
        const {
            assert!(N >= 1 && N <= Self::MAX, "a nonce has 1 to 66 bytes");
        }
        let mut bytes = [0; Self::MAX];
        for (to, from) in bytes.iter_mut().zip(nonce) {
            *to = from;
        }
        Self {
            bytes,
            len: u8::try_from(N).unwrap_or(0),
        }
    }
}

impl AsRef<[u8]> for Nonce {
    fn as_ref(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }
}

/// Writes the nonce in hexadecimal, or `any` if it is not compared.
impl fmt::Display for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.len {
            ANY => f.write_str("any"),
            _ => Hex(self.as_ref()).fmt(f),
        }
    }
}

impl fmt::Debug for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
