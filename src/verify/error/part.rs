//! [`Part`]: the part of the input that an error is about.

use core::fmt;

/// The part of the input that an error is about. Its text is, for example, `signature` or
/// `root certificate 1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Part {
    /// A structure that the caller parsed with [`Unmarshal`](crate::Unmarshal), which does not
    /// know what it is for.
    Structure,
    /// A value of the caller's own: a nonce, a set of PCRs, a baseline, a Name.
    Policy,
    /// The JSON response of an inference server.
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
    /// The endorsement key that has to vouch for the attestation key.
    EndorsementKey,
    /// The challenge or the credential.
    Credential,
    /// A file or text with a public key: DER, PEM, JWK.
    KeyFile,
    /// A PCR file of tpm2-tools.
    PcrFile,
    /// A quote as keylime's agent sends it.
    Keylime,
    /// The JSON evidence of another project.
    Project,
    /// The JSON claims in the report of Azure's virtual TPM. Offsets are positions in the
    /// claims, not in the evidence around them.
    Claims,
    /// The report of the processor.
    Hardware,
    /// The firmware's event log.
    EventLog,
    /// The log of what the operating system extended.
    UserspaceLog,
    /// The list of IMA.
    ImaList,
    /// An allow list for what IMA measured.
    ImaAllowList,
    /// A trust file.
    TrustFile,
}

impl Part {
    /// The part of the certification by another key that corresponds to this part of an
    /// attestation.
    pub(crate) const fn of_certification(self) -> Self {
        match self {
            Self::Attest => Self::Certification,
            Self::Signed => Self::CertificationSigned,
            Self::Signature => Self::CertificationSignature,
            other => other,
        }
    }

    /// Returns whether this is a part of the certification by another key.
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
            Self::Hardware => "processor's report",
            Self::EventLog => "event log",
            Self::UserspaceLog => "userspace log",
            Self::ImaList => "IMA list",
            Self::ImaAllowList => "IMA allow list",
            Self::TrustFile => "trust file",
        })
    }
}
