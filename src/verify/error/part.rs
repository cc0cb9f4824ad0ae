//! Which part of the evidence an error is about.

use core::fmt;

/// The part of what was given that an error is about. As text, `signature` or
/// `root certificate 1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Part {
    /// A structure that the caller parsed: [`Unmarshal`](crate::Unmarshal) does not know
    /// what it is for.
    Structure,
    /// What the caller asks for: a nonce, a set of PCRs, a baseline, a list of names.
    Policy,
    /// The response of an inference server, as JSON.
    Response,
    /// The public area of the attestation key, or its numbers.
    Key,
    /// The quote or other attestation, as it was received.
    Attest,
    /// The bytes that the attestation key signed.
    Signed,
    /// The signature.
    Signature,
    /// The PCR values.
    PcrValues,
    /// The attestation by which another key certifies the attestation key.
    Certification,
    /// The bytes that the other key signed.
    CertificationSigned,
    /// The signature of the other key.
    CertificationSignature,
    /// The certificate of the key.
    Certificate,
    /// An intermediate certificate, counted from 1.
    Intermediate(u16),
    /// A root certificate, counted from 1.
    Root(u16),
    /// The endorsement key that is to vouch for the attestation key.
    EndorsementKey,
    /// The challenge, the credential, or the answer of the TPM.
    Credential,
    /// A file or text with a public key: DER, PEM, JWK.
    KeyFile,
    /// A PCR file of tpm2-tools.
    PcrFile,
    /// A quote as keylime's agent sends it.
    Keylime,
    /// Evidence of another project, as JSON.
    Project,
    /// The claims in the report of Azure's virtual TPM, as JSON: offsets are theirs, not
    /// those of the evidence around them.
    Claims,
}

impl Part {
    /// The same part of the certification by another key, for a part of an attestation.
    pub(crate) const fn of_certification(self) -> Self {
        match self {
            Self::Attest => Self::Certification,
            Self::Signed => Self::CertificationSigned,
            Self::Signature => Self::CertificationSignature,
            other => other,
        }
    }

    /// Whether it is a part of the certification by another key.
    #[must_use]
    pub const fn is_of_certification(self) -> bool {
        matches!(
            self,
            Self::Certification | Self::CertificationSigned | Self::CertificationSignature
        )
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Structure => "structure",
            Self::Policy => "policy",
            Self::Response => "response",
            Self::Key => "attestation key",
            Self::Attest => "attestation",
            Self::Signed => "signed bytes",
            Self::Signature => "signature",
            Self::PcrValues => "PCR values",
            Self::Certification => "certification of the key: attestation",
            Self::CertificationSigned => "certification of the key: signed bytes",
            Self::CertificationSignature => "certification of the key: signature",
            Self::Certificate => "certificate",
            Self::Intermediate(number) => return write!(f, "intermediate certificate {number}"),
            Self::Root(number) => return write!(f, "root certificate {number}"),
            Self::EndorsementKey => "endorsement key",
            Self::Credential => "credential",
            Self::KeyFile => "public key",
            Self::PcrFile => "PCR file",
            Self::Keylime => "keylime quote",
            Self::Project => "evidence",
            Self::Claims => "claims in the report",
        })
    }
}
