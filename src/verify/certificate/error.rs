//! Why a certificate does not vouch for a key.

use core::{error::Error, fmt};

use super::{Oid, SanProblem};
use crate::{
    error::UnmarshalError,
    verify::{Check, Verdict, VerifyError},
};

/// Why a certificate does not vouch for a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[must_use]
pub enum CertificateError {
    /// The key itself fails one of its checks.
    Key(VerifyError),
    /// A certificate cannot be read.
    Malformed {
        /// Which one.
        file: CertificateFile,
        /// Why and where.
        error: UnmarshalError,
    },
    /// There is padding behind the certificate, as in an NV index that is larger.
    Padding {
        /// Bytes of it.
        count: usize,
    },
    /// A certificate cannot be read: `rustls-webpki` does not say why.
    Unreadable(CertificateFile),
    /// The list of roots is empty.
    NoRoots,
    /// This root, counted from 1, says that it is no certification authority.
    RootIsNoCa(usize),
    /// There are more than four intermediate certificates, or too many ways to order them.
    TooMany,
    /// No path leads from the certificate to one of the roots.
    UnknownIssuer,
    /// A certificate is valid only later. Times are seconds since 1970, UTC.
    NotYetValid {
        /// The time that was given.
        at: u64,
        /// When it begins to be valid.
        not_before: u64,
    },
    /// A certificate is no longer valid. Times are seconds since 1970, UTC.
    Expired {
        /// The time that was given.
        at: u64,
        /// When it ceased to be valid.
        not_after: u64,
    },
    /// The verifier does not have the algorithm of a signature. SHA-1 is none that it has.
    SignatureUnsupported,
    /// A signature does not hold. No more is said, on purpose.
    Signature,
    /// A certificate has an extension that has to be understood, and is not.
    CriticalExtension,
    /// The certificate is that of a certification authority.
    IsCa,
    /// A certificate that issued another one may not issue any.
    IssuerIsNoCa,
    /// A certification authority may not have as many below it.
    PathLength,
    /// A certification authority may not issue certificates for this name.
    NameConstraints,
    /// The certificate is for another purpose: `extKeyUsage` does not have this one.
    Purpose {
        /// The purpose.
        expected: Oid<'static>,
    },
    /// The certificate is for another use of the key: `keyUsage` does not have this one.
    KeyUsage {
        /// The use.
        expected: &'static str,
    },
    /// The certificate does not name the TPM as it has to.
    AltName(SanProblem),
    /// The kind of the certificate's key is not supported.
    KeyUnsupported,
    /// The certificate is for another key.
    OtherKey,
}

/// A certificate among those that were given. As text, `root certificate 1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateFile {
    /// That of the key.
    Certificate,
    /// An intermediate one, counted from 1.
    Intermediate(usize),
    /// A root, counted from 1.
    Root(usize),
}

impl CertificateError {
    /// The check that failed.
    #[must_use]
    pub fn check(&self) -> Check {
        match self {
            Self::Key(error) => error.check(),
            Self::Malformed { .. }
            | Self::Padding { .. }
            | Self::Unreadable(_)
            | Self::AltName(SanProblem::Der(_)) => Check::Input,
            _ => Check::KeyAnchor,
        }
    }

    /// What the error says about the evidence.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match self {
            Self::Key(error) => error.verdict(),
            Self::TooMany
            | Self::SignatureUnsupported
            | Self::CriticalExtension
            | Self::KeyUnsupported => Verdict::Unsupported,
            _ if self.check() == Check::Input => Verdict::Malformed,
            _ => Verdict::Rejected,
        }
    }

    /// One sentence of help.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Self::Key(error) => error.help(),
            Self::Malformed { .. } | Self::Unreadable(_) => {
                "Give each certificate in DER, of version 3 and whole, with nothing around it."
            }
            Self::Padding { .. } => {
                "If the certificate was read from an NV index, say that what is behind it is to be left out."
            }
            Self::NoRoots => "Give at least one root certificate that is trusted.",
            Self::RootIsNoCa(_) => {
                "Give the certificates of authorities alone: whoever has the key of one that is trusted could issue others."
            }
            Self::TooMany => "Give no more than the certificates between this one and the root.",
            Self::UnknownIssuer => {
                "Give the root of the authority that issued it if you trust it, and all certificates between."
            }
            Self::NotYetValid { .. } => "Compare the clock with that of the authority.",
            Self::Expired { .. } => {
                "Ask for a new certificate, or judge at the time of the evidence if that is known from elsewhere."
            }
            Self::SignatureUnsupported => {
                "Certificates have to be signed with RSASSA, RSAPSS or ECDSA, SHA-256 or better, and by a key as an attestation key may be one."
            }
            Self::Signature => {
                "The certificate was changed, or an authority with the same name but another key issued it."
            }
            Self::CriticalExtension => "A newer version of this program may know this extension.",
            Self::IsCa => "Give the certificate of the key itself first, then those above it.",
            Self::IssuerIsNoCa | Self::PathLength | Self::NameConstraints => {
                "Whoever issued the certificate was not allowed to: do not trust the key."
            }
            Self::Purpose { .. } | Self::KeyUsage { .. } => {
                "A certificate vouches for a key only in the use that it was issued for."
            }
            Self::AltName(_) => {
                "A certificate of a TPM's key has maker, model and version in its subjectAltName, each once."
            }
            Self::KeyUnsupported => {
                "Certificates have to be for an RSA key (rsaEncryption), or an ECC key on a named curve, uncompressed."
            }
            Self::OtherKey => "Give the certificate of this key, or the key of this certificate.",
        }
    }
}

impl fmt::Display for CertificateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(error) => error.fmt(f),
            Self::Malformed { file, error } => write!(f, "{file}: {error}"),
            Self::Padding { count } => {
                write!(f, "padding behind the certificate, {count} bytes of it")
            }
            Self::Unreadable(file) => write!(f, "{file}: not a certificate of RFC 5280"),
            Self::NoRoots => f.write_str("the list of root certificates is empty"),
            Self::RootIsNoCa(number) => {
                let root = CertificateFile::Root(*number);
                write!(f, "{root} is not that of a certification authority")
            }
            Self::TooMany => f.write_str(
                "more than four intermediate certificates, or too many ways to order them, are not supported",
            ),
            Self::UnknownIssuer => {
                f.write_str("no path leads from the certificate to a root certificate")
            }
            Self::NotYetValid { at, not_before } => write!(
                f,
                "a certificate is valid from {}, and it is {}",
                Date(*not_before),
                Date(*at)
            ),
            Self::Expired { at, not_after } => write!(
                f,
                "a certificate was valid until {}, and it is {}",
                Date(*not_after),
                Date(*at)
            ),
            Self::SignatureUnsupported => f.write_str(
                "the algorithm or the key of a certificate's signature is not supported",
            ),
            Self::Signature => f.write_str("the signature of a certificate does not hold"),
            Self::CriticalExtension => {
                f.write_str("a certificate has a critical extension that is not supported")
            }
            Self::IsCa => {
                f.write_str("the certificate is that of a certification authority, not of a key")
            }
            Self::IssuerIsNoCa => {
                f.write_str("a certificate was issued by what is no certification authority")
            }
            Self::PathLength => {
                f.write_str("a certification authority has more of them below it than it may")
            }
            Self::NameConstraints => {
                f.write_str("a certification authority may not issue certificates for this name")
            }
            Self::Purpose { expected } => write!(
                f,
                "the extKeyUsage of the certificate, or of one that issued it, does not have {expected}"
            ),
            Self::KeyUsage { expected } => {
                write!(f, "the keyUsage of the certificate does not have {expected}")
            }
            Self::AltName(problem) => problem.fmt(f),
            Self::KeyUnsupported => {
                f.write_str("the kind of key in the certificate is not supported")
            }
            Self::OtherKey => f.write_str("the certificate is for another key"),
        }
    }
}

impl Error for CertificateError {}

impl fmt::Display for CertificateFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Certificate => f.write_str("certificate"),
            Self::Intermediate(number) => write!(f, "intermediate certificate {number}"),
            Self::Root(number) => write!(f, "root certificate {number}"),
        }
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
