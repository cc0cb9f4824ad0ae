//! Evidence, as it was received: signed bytes, a signature, PCR values.

use core::fmt;

use crate::{types::TpmtSignature, verify::pcr::PcrValue, wire::Hex};

/// A quote, as it was received.
///
/// ```
/// use tpm_quote::{Evidence, PcrValue, TpmAlgId, verify::SigningScheme};
///
/// # fn f(attest: &[u8], tpmt_signature: &[u8], plain_signature: &[u8], pcr0: &[u8]) -> Result<(), tpm_quote::Error> {
/// let pcrs = [PcrValue { bank: TpmAlgId::SHA256, index: 0, digest: pcr0 }];
/// // With a TPMT_SIGNATURE, as a TPM returns it:
/// let evidence = Evidence { attest, signature: tpmt_signature, pcrs: &pcrs };
/// // With a plain signature, whose scheme has to be known:
/// let signature = SigningScheme::rsassa(TpmAlgId::SHA256).plain_signature(plain_signature)?;
/// let evidence = Evidence { attest, signature, pcrs: &pcrs };
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy)]
pub struct Evidence<'a, 'l, S = &'a [u8]> {
    /// The signed bytes: a `TPMS_ATTEST`, as [`Tpm2bAttest::bytes`] gives it.
    ///
    /// [`Tpm2bAttest::bytes`]: crate::types::Tpm2bAttest::bytes
    pub attest: &'a [u8],
    /// A `TPMT_SIGNATURE`, as bytes or parsed: any type that converts into
    /// [`AttestSignature`].
    pub signature: S,
    /// The values of all PCRs that the quote covers, in any order.
    pub pcrs: &'l [PcrValue<'a>],
}

/// An attestation and its signature, as they were received.
#[derive(Clone, Copy)]
pub struct SignedAttest<'a, S = &'a [u8]> {
    /// The signed bytes: a `TPMS_ATTEST`, as [`Tpm2bAttest::bytes`] gives it.
    ///
    /// [`Tpm2bAttest::bytes`]: crate::types::Tpm2bAttest::bytes
    pub attest: &'a [u8],
    /// A `TPMT_SIGNATURE`, as bytes or parsed: any type that converts into
    /// [`AttestSignature`].
    pub signature: S,
}

impl<'a, S: Copy + Into<AttestSignature<'a>>> SignedAttest<'a, S> {
    pub(crate) fn erased(&self) -> SignedAttest<'a, AttestSignature<'a>> {
        SignedAttest {
            attest: self.attest,
            signature: self.signature.into(),
        }
    }
}

/// The signature of an attestation: the bytes of a `TPMT_SIGNATURE`, or a [`TpmtSignature`]
/// that was parsed or made by
/// [`SigningScheme::plain_signature`](crate::verify::SigningScheme::plain_signature).
#[derive(Clone, Copy, Debug)]
pub struct AttestSignature<'a>(pub(super) Form<'a>);

#[derive(Clone, Copy)]
pub(super) enum Form<'a> {
    Bytes(&'a [u8]),
    Parsed(TpmtSignature<'a>),
}

impl<'a, T: AsRef<[u8]> + ?Sized> From<&'a T> for AttestSignature<'a> {
    fn from(bytes: &'a T) -> Self {
        Self(Form::Bytes(bytes.as_ref()))
    }
}

impl<'a> From<TpmtSignature<'a>> for AttestSignature<'a> {
    fn from(signature: TpmtSignature<'a>) -> Self {
        Self(Form::Parsed(signature))
    }
}

impl fmt::Debug for Form<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(bytes) => Hex(bytes).fmt(f),
            Self::Parsed(signature) => signature.fmt(f),
        }
    }
}

impl<'a, S: Copy + Into<AttestSignature<'a>>> fmt::Debug for Evidence<'a, '_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Evidence")
            .field("attest", &Hex(self.attest))
            .field("signature", &self.signature.into())
            .field("pcrs", &self.pcrs)
            .finish()
    }
}

impl<'a, S: Copy + Into<AttestSignature<'a>>> fmt::Debug for SignedAttest<'a, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedAttest")
            .field("attest", &Hex(self.attest))
            .field("signature", &self.signature.into())
            .finish()
    }
}
