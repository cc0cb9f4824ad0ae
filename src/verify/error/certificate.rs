//! Certificates: why one does not vouch for a key.

use core::fmt;

use super::{check::Check, excerpt::ShortText, key::KeyProblem, meaning::Meaning};

/// Why a certificate does not vouch for a key. Times are seconds since 1970, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CertificateProblem {
    /// Padding follows the certificate, as in an NV index that is larger.
    Padding {
        /// How many bytes of padding there are.
        count: usize,
    },
    /// The list of roots is empty.
    NoRoots,
    /// A root says that it is not a certification authority.
    RootIsNoCa,
    /// A path would need more than seven intermediate certificates, or the search for one more
    /// than a hundred signatures to be verified.
    TooMany,
    /// No path leads from the certificate to one of the roots.
    UnknownIssuer,
    /// A certificate is not valid yet.
    NotYetValid {
        /// The time that was given.
        at: u64,
        /// The start of its validity.
        not_before: u64,
    },
    /// A certificate is no longer valid.
    Expired {
        /// The time that was given.
        at: u64,
        /// The end of its validity.
        not_after: u64,
    },
    /// The verifier does not support the algorithm of a signature.
    SignatureUnsupported,
    /// A signature is made with SHA-1, and the chain does not accept that.
    SignatureSha1,
    /// The key of an issuer is not supported, so that the signature was not verified.
    IssuerKey(KeyProblem),
    /// A signature does not match. Nothing more is said, on purpose.
    Signature,
    /// A certificate has a critical extension that is not supported.
    CriticalExtension,
    /// A certificate has an extension on policies that is not supported, by its name.
    Policy(&'static str),
    /// The certificate is one of a certification authority.
    IsCa,
    /// The issuer of a certificate is not a certification authority.
    IssuerIsNoCa,
    /// A certification authority has more of them below it than its certificate allows.
    PathLength,
    /// A certification authority may not issue certificates for this name.
    NameConstraints,
    /// A certification authority may issue certificates for some names only, in a form that is
    /// not supported.
    NameConstraintsUnsupported,
    /// The certificate is for another purpose: `extKeyUsage` does not have this one.
    Purpose {
        /// The required purpose, by its name and object identifier.
        expected: &'static str,
    },
    /// The certificate is for another use of the key: `keyUsage` does not have this one.
    KeyUsage {
        /// The required use.
        expected: &'static str,
    },
    /// `subjectAltName` does not name the TPM in the required form.
    AltName(SanProblem),
    /// The certificate is not of the form that the profile requires.
    Profile {
        /// The name of the profile.
        profile: &'static str,
        /// What it requires.
        expected: &'static str,
    },
    /// The certificate is for another VM of Azure.
    Vm {
        /// Its common name.
        found: ShortText,
    },
    /// The certificate is for a VM in another project of Google Cloud.
    Project {
        /// The id of the project.
        found: ShortText,
    },
    /// The certificate is for another VM of Google Cloud.
    Instance {
        /// The id of the instance.
        found: u64,
    },
    /// The certificate vouches only for keys with a pinned Name, and the key has none.
    NameUnknown,
    /// The kind of the certificate's key is not supported.
    KeyUnsupported,
    /// The certificate is for another key.
    OtherKey,
}

/// What is wrong with the `subjectAltName` of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SanProblem {
    /// It is missing.
    Missing,
    /// It is not critical although the subject is empty: a reader could ignore it.
    NotCritical,
    /// An attribute is missing.
    Lacks(TpmAttribute),
    /// An attribute is there twice, which can be read in two ways.
    Twice(TpmAttribute),
    /// An attribute is empty or not text.
    NoText(TpmAttribute),
    /// The manufacturer is not `id:` and eight hexadecimal digits.
    ManufacturerId,
}

/// An attribute that names a TPM. Its text is, for example, `tpmModel`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TpmAttribute {
    /// `tpmManufacturer`.
    Manufacturer,
    /// `tpmModel`.
    Model,
    /// `tpmVersion`.
    Version,
}

impl CertificateProblem {
    #[inline(always)]
    pub(super) const fn meaning(&self) -> Meaning {
        const NOT_ALLOWED: &str =
            "Whoever issued the certificate was not allowed to: do not trust the key.";
        const CUSTOMERS: &str = "The root vouches for the machines of every customer: if the machine was replaced by one of yours, name that one.";
        const USE: &str =
            "A certificate vouches for a key only in the use for which it was issued.";
        let (name, help) = match self {
            Self::Padding { .. } => {
                return Meaning::malformed(
                    "certificate-padding",
                    "If the certificate was read from an NV index, have the padding left out with CertificateChain::strip_padding.",
                );
            }
            Self::NoRoots => (
                "no-roots",
                "Give at least one root certificate that is trusted.",
            ),
            Self::RootIsNoCa => (
                "root-no-ca",
                "Give only certificates of authorities as roots: with any other, whoever holds its key could issue certificates.",
            ),
            Self::TooMany => {
                return Meaning::unsupported(
                    Check::KeyAnchor,
                    "certificates-too-many",
                    "Give only certificates that may stand between this one and a root.",
                );
            }
            Self::UnknownIssuer => (
                "certificate-unknown-issuer",
                "Give the root of the authority that issued the certificate, if you trust it, and all certificates in between.",
            ),
            Self::NotYetValid { .. } => (
                "certificate-not-yet-valid",
                "Compare your clock with the authority's.",
            ),
            Self::Expired { .. } => (
                "certificate-expired",
                "Ask for a new certificate, or judge at the time of the evidence if that is known from elsewhere.",
            ),
            Self::SignatureUnsupported => {
                return Meaning::unsupported(
                    Check::KeyAnchor,
                    "certificate-signature-unsupported",
                    "Certificates have to be signed with RSASSA, RSAPSS or ECDSA, with SHA-256 or better, and by a key that is strong enough for an attestation key.",
                );
            }
            Self::SignatureSha1 => (
                "certificate-signature-sha1",
                "Ask the issuer for a certificate that is signed with SHA-256 or better; dangerous_allow_sha1_signatures of the chain (--dangerous-sha1-certificates) accepts this one.",
            ),
            Self::IssuerKey(_) => {
                return Meaning::unsupported(
                    Check::KeyAnchor,
                    "certificate-issuer-key",
                    "What a weak key signed can be forged: ask the maker for a certificate by a stronger authority.",
                );
            }
            Self::Signature => (
                "certificate-signature",
                "The certificate was changed, or an authority with the same name but another key issued it.",
            ),
            Self::CriticalExtension => {
                return Meaning::unsupported(
                    Check::KeyAnchor,
                    "certificate-critical-extension",
                    "This version does not support the extension; a newer one may.",
                );
            }
            Self::Policy(_) => {
                return Meaning::unsupported(
                    Check::KeyAnchor,
                    "certificate-policy",
                    "Policies are not compared: trust an authority below the one that asks for them, if you may.",
                );
            }
            Self::NameConstraintsUnsupported => {
                return Meaning::unsupported(
                    Check::KeyAnchor,
                    "certificate-name-constraints-unsupported",
                    "Only constraints on directory names are compared.",
                );
            }
            Self::IsCa => (
                "certificate-is-ca",
                "Give the certificate of the key itself first, then those above it.",
            ),
            Self::IssuerIsNoCa => ("certificate-issuer-no-ca", NOT_ALLOWED),
            Self::PathLength => ("certificate-path-length", NOT_ALLOWED),
            Self::NameConstraints => ("certificate-name-constraints", NOT_ALLOWED),
            Self::Purpose { .. } => ("certificate-purpose", USE),
            Self::KeyUsage { .. } => ("certificate-key-usage", USE),
            Self::AltName(_) => (
                "certificate-alt-name",
                "A certificate of a TPM's key names the TPM's maker, model and version in its subjectAltName, each once.",
            ),
            Self::Profile { .. } => (
                "certificate-profile",
                "Compare the certificate with what its authority issues, and name the profile that fits it.",
            ),
            Self::Vm { .. } => ("certificate-vm", CUSTOMERS),
            Self::Project { .. } => ("certificate-project", CUSTOMERS),
            Self::Instance { .. } => ("certificate-instance", CUSTOMERS),
            Self::NameUnknown => (
                "certificate-name-unknown",
                "Give the public area of the key, or name the VM instead of the key's Name.",
            ),
            Self::KeyUnsupported => {
                return Meaning::unsupported(
                    Check::KeyAnchor,
                    "certificate-key-unsupported",
                    "Certificates have to be for an RSA key (rsaEncryption), or an ECC key on a named curve, uncompressed.",
                );
            }
            Self::OtherKey => (
                "certificate-of-other-key",
                "Give the certificate of this key, or the key of this certificate.",
            ),
        };
        Meaning::rejected(Check::KeyAnchor, name, help)
    }
}

impl fmt::Display for CertificateProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Padding { count } => {
                write!(f, "{count} bytes of padding at the end")
            }
            Self::NoRoots => f.write_str("the list of root certificates is empty"),
            Self::RootIsNoCa => f.write_str("not the certificate of a certification authority"),
            Self::TooMany => f.write_str(
                "no path was found with at most 7 intermediate certificates and 100 signatures verified",
            ),
            Self::UnknownIssuer => {
                f.write_str("no path leads from the certificate to a root certificate")
            }
            Self::NotYetValid { at, not_before } => write!(
                f,
                "a certificate is valid from {}, but the time is {}",
                Date(*not_before),
                Date(*at)
            ),
            Self::Expired { at, not_after } => write!(
                f,
                "a certificate was valid until {}, but the time is {}",
                Date(*not_after),
                Date(*at)
            ),
            Self::SignatureUnsupported => f.write_str(
                "the algorithm or the key of a certificate's signature is not supported",
            ),
            Self::SignatureSha1 => f.write_str("a certificate is signed with SHA-1"),
            Self::IssuerKey(problem) => write!(f, "the key of an issuer: {problem}"),
            Self::Signature => f.write_str("the signature of a certificate does not match"),
            Self::CriticalExtension => {
                f.write_str("a certificate has a critical extension that is not supported")
            }
            Self::Policy(extension) => {
                write!(f, "a certificate has {extension}, which is not supported")
            }
            Self::NameConstraintsUnsupported => f.write_str(
                "a certification authority has name constraints of a form that is not supported",
            ),
            Self::IsCa => {
                f.write_str("the certificate is one of a certification authority, not of a key")
            }
            Self::IssuerIsNoCa => {
                f.write_str("a certificate was issued by something other than a certification authority")
            }
            Self::PathLength => {
                f.write_str("a certification authority has more authorities below it than it may have")
            }
            Self::NameConstraints => {
                f.write_str("a certification authority may not issue certificates for this name")
            }
            Self::Purpose { expected } => write!(
                f,
                "the extKeyUsage of the certificate, or of one that issued it, lacks {expected}"
            ),
            Self::KeyUsage { expected } => {
                write!(f, "the keyUsage of the certificate lacks {expected}")
            }
            Self::AltName(problem) => problem.fmt(f),
            Self::Profile { profile, expected } => write!(
                f,
                "the certificate is not one by the profile {profile}: expected {expected}"
            ),
            Self::Vm { found } => write!(f, "the certificate is for another VM: {found}"),
            Self::Project { found } => {
                write!(f, "the certificate is for a VM in another project: {found}")
            }
            Self::Instance { found } => {
                write!(f, "the certificate is for another instance: {found}")
            }
            Self::NameUnknown => f.write_str(
                "the certificate vouches only for a key with a pinned Name, and only the numbers of the key are known",
            ),
            Self::KeyUnsupported => {
                f.write_str("the kind of key in the certificate is not supported")
            }
            Self::OtherKey => f.write_str("the certificate is for another key"),
        }
    }
}

impl fmt::Display for SanProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("the certificate has no subjectAltName"),
            Self::NotCritical => f.write_str(
                "the certificate has no subject, and its subjectAltName is not critical",
            ),
            Self::Lacks(of) => write!(f, "the subjectAltName of the certificate lacks {of}"),
            Self::Twice(of) => write!(f, "the subjectAltName of the certificate has {of} twice"),
            Self::NoText(of) => {
                write!(f, "{of} in the subjectAltName of the certificate is not text")
            }
            Self::ManufacturerId => f.write_str(
                "tpmManufacturer in the subjectAltName of the certificate is not id: and 8 hexadecimal digits",
            ),
        }
    }
}

impl fmt::Display for TpmAttribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Manufacturer => "tpmManufacturer",
            Self::Model => "tpmModel",
            Self::Version => "tpmVersion",
        })
    }
}

/// Seconds since 1970, as `2026-11-24T10:30:00Z`.
struct Date(u64);

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, second) = (self.0 / 86_400, self.0 % 86_400);
        // Years begin in March here: the day that may be missing is then the last one. Of
        // them, 400 have 146,097 days; 719,468 are those from March of the year 0 to 1970.
        let days = days.wrapping_add(719_468);
        let (era, day) = (days / 146_097, days % 146_097);
        let year = day
            .wrapping_sub(day / 1_460)
            .wrapping_add(day / 36_524)
            .wrapping_sub(day / 146_096)
            / 365;
        let before = year
            .wrapping_mul(365)
            .wrapping_add(year / 4)
            .wrapping_sub(year / 100);
        let day = day.wrapping_sub(before);
        let month = day.wrapping_mul(5).wrapping_add(2) / 153;
        let before = month.wrapping_mul(153).wrapping_add(2) / 5;
        let day = day.wrapping_sub(before).wrapping_add(1);
        let year = year.wrapping_add(era.wrapping_mul(400));
        let (year, month) = match month {
            0..=9 => (year, month.wrapping_add(3)),
            _ => (year.wrapping_add(1), month.wrapping_sub(9)),
        };
        let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"
        )
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use std::string::ToString;

    use super::*;

    /// By `date -u -d @SECONDS +%FT%TZ`.
    #[test]
    fn date_is_that_of_the_calendar() {
        for (seconds, date) in [
            (0, "1970-01-01T00:00:00Z"),
            (68_169_600, "1972-02-29T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (951_868_800, "2000-03-01T00:00:00Z"),
            (1_795_518_075, "2026-11-24T11:01:15Z"),
            (4_107_542_399, "2100-02-28T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (253_402_300_799, "9999-12-31T23:59:59Z"),
        ] {
            assert_eq!(Date(seconds).to_string(), date);
        }
    }
}
