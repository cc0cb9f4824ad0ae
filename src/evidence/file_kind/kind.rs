//! [`FileKind`]: what a file looks like, for somebody who gave the wrong one.

use core::fmt;

use crate::verify::error::{Error, Part, Problem};

/// What a file looks like, told by its first bytes and its length.
///
/// Nothing is parsed, so that a kind is what a file was probably meant to be, and not that it
/// is sound. Its text has an article: `a TPMS_ATTEST`.
///
/// ```
/// use tpm_quote::evidence::FileKind;
///
/// let seen = FileKind::of(b"{\"sig_scheme\": {}, \"attest\": {}}");
/// assert_eq!(seen, Some(FileKind::FapiQuote));
/// assert_eq!(FileKind::of(&[0xa5; 256]), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileKind {
    /// No byte at all.
    Empty,
    /// The `quoteInfo` of FAPI (tpm2-tss), or the log of its PCRs.
    FapiQuote,
    /// A response with `_metadata`, or its `tpm_attestation` block.
    Response,
    /// A report of this crate.
    Report,
    /// A JSON Web Key.
    Jwk,
    /// A set of JSON Web Keys.
    JwkSet,
    /// Other JSON: an object or an array.
    Json,
    /// A certificate in PEM.
    PemCertificate,
    /// A request for a certificate in PEM.
    PemRequest,
    /// A public key in PEM.
    PemPublicKey,
    /// A private key in PEM, encrypted or not.
    PemPrivateKey,
    /// A key of tpm2-openssl in PEM: `TSS2 PRIVATE KEY`.
    PemTss2,
    /// A signature in PEM: `ECDSA SIGNATURE`.
    PemSignature,
    /// PEM with another label.
    Pem,
    /// A certificate in DER.
    Certificate,
    /// A public key in DER: `SubjectPublicKeyInfo`.
    PublicKeyInfo,
    /// A public RSA key in DER: `RSAPublicKey` of PKCS #1.
    RsaPublicKey,
    /// A signature in DER: `ECDSA-Sig-Value`.
    EcdsaSignature,
    /// Other DER.
    Der,
    /// A context file of tpm2-tools.
    ToolsContext,
    /// A `TPM2B_PUBLIC`.
    Tpm2bPublic,
    /// A `TPMT_PUBLIC`.
    TpmtPublic,
    /// A `TPM2B_PRIVATE`.
    Tpm2bPrivate,
    /// A `TPM2B_ATTEST`.
    Tpm2bAttest,
    /// A `TPMS_ATTEST`.
    TpmsAttest,
    /// A `TPMT_SIGNATURE`.
    TpmtSignature,
    /// A PCR file of the format `serialized`.
    PcrSerialized,
    /// The same, written by a big-endian machine.
    PcrBigEndian,
    /// A PCR selection, with which a PCR file of the format `marshaled` begins.
    PcrMarshaled,
    /// The firmware's event log, in the crypto-agile form.
    BootLog,
    /// The YAML that tpm2_eventlog writes of an event log.
    BootLogYaml,
    /// A log in TCG's Canonical Event Log format.
    CanonicalLog,
    /// systemd's log of what it extends: a JSON text sequence.
    UserspaceLog,
    /// A list of IMA, as bytes.
    ImaList,
    /// A list of IMA, as text.
    ImaText,
    /// Text in base64.
    Base64,
    /// Text in hexadecimal.
    Hex,
    /// Text in UTF-16.
    Utf16,
    /// What gzip compressed.
    Gzip,
    /// A ZIP archive.
    Zip,
    /// A tar archive.
    Tar,
    /// Other text.
    Text,
}

impl FileKind {
    /// Returns what it looks like, with an article where it wants one.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Empty => "an empty file",
            Self::FapiQuote => "JSON (FAPI's quoteInfo)",
            Self::Response => "JSON (a response with a tpm_attestation block, or a part of one)",
            Self::Report => "JSON (a report of tpm-quote)",
            Self::Jwk => "JSON (a JSON Web Key)",
            Self::JwkSet => "JSON (a set of JSON Web Keys)",
            Self::Json => "JSON",
            Self::PemCertificate => "PEM (a certificate)",
            Self::PemRequest => "PEM (a request for a certificate)",
            Self::PemPublicKey => "PEM (a public key)",
            Self::PemPrivateKey => "PEM (a private key)",
            Self::PemTss2 => "PEM (a key of tpm2-openssl)",
            Self::PemSignature => "PEM (an ECDSA signature)",
            Self::Pem => "PEM",
            Self::Certificate => "a certificate in DER",
            Self::PublicKeyInfo => "a public key in DER (SubjectPublicKeyInfo)",
            Self::RsaPublicKey => "a public RSA key in DER (PKCS #1)",
            Self::EcdsaSignature => "an ECDSA signature in DER",
            Self::Der => "DER",
            Self::ToolsContext => "a context file of tpm2-tools",
            Self::Tpm2bPublic => "a TPM2B_PUBLIC",
            Self::TpmtPublic => "a TPMT_PUBLIC",
            Self::Tpm2bPrivate => "a TPM2B_PRIVATE",
            Self::Tpm2bAttest => "a TPM2B_ATTEST",
            Self::TpmsAttest => "a TPMS_ATTEST",
            Self::TpmtSignature => "a TPMT_SIGNATURE",
            Self::PcrSerialized => "a PCR file (serialized)",
            Self::PcrBigEndian => "a PCR file (serialized) that a big-endian machine wrote",
            Self::PcrMarshaled => "a PCR selection, or a PCR file (marshaled)",
            Self::BootLog => "the firmware's event log",
            Self::BootLogYaml => "YAML (tpm2_eventlog)",
            Self::CanonicalLog => "a canonical event log (CEL)",
            Self::UserspaceLog => "systemd's log of what it extends (tpm2-measure.log)",
            Self::ImaList => "a list of IMA (binary)",
            Self::ImaText => "a list of IMA (ASCII)",
            Self::Base64 => "text in base64",
            Self::Hex => "text in hexadecimal",
            Self::Utf16 => "text in UTF-16",
            Self::Gzip => "a gzip file",
            Self::Zip => "a ZIP archive",
            Self::Tar => "a tar archive",
            Self::Text => "text",
        }
    }

    /// Returns what to do with such a file, in one sentence.
    #[must_use]
    pub const fn help(self) -> &'static str {
        match self {
            Self::Empty => "The file was not written, or not to its end: make it again.",
            Self::FapiQuote => {
                "FAPI describes the quote in JSON: give the bytes that the TPM signed, as tpm2_quote -m writes them."
            }
            Self::Response => "A response of a server is for `tpm-quote verify`.",
            Self::PemSignature => {
                "Give the DER between the two lines: decode its base64 with `base64 -d`."
            }
            Self::PemPrivateKey | Self::Tpm2bPrivate => {
                "A private key is never needed here: give what its name says, and keep it to yourself."
            }
            Self::PemTss2 | Self::ToolsContext => {
                "Only a TPM can load it: `tpm2_readpublic -c FILE -o ak.pub` writes the public area."
            }
            Self::PcrBigEndian => {
                "Write it with `tpm2_quote -F marshaled` or `-F values`, which are the same on every machine."
            }
            Self::Tpm2bPublic
            | Self::TpmtPublic
            | Self::Tpm2bAttest
            | Self::TpmsAttest
            | Self::TpmtSignature
            | Self::PcrSerialized
            | Self::PcrMarshaled => {
                "The files may have been swapped: -u is the key, -m what it signed, -s the signature, -f the PCR values."
            }
            Self::BootLog => "The firmware's event log is for --boot-log.",
            Self::BootLogYaml => {
                "Give the log itself, from which tpm2_eventlog made the YAML: /sys/kernel/security/tpm0/binary_bios_measurements."
            }
            Self::UserspaceLog => "systemd's log is for --userspace-log.",
            Self::ImaList | Self::ImaText => {
                "A list of IMA says what ran after the boot: the firmware's log is /sys/kernel/security/tpm0/binary_bios_measurements."
            }
            Self::Base64 => "Decode it first: `base64 -d`.",
            Self::Hex => "Decode it first: `xxd -r -p`.",
            Self::Utf16 => "Write it as UTF-8, or as the bytes themselves.",
            Self::Gzip | Self::Zip | Self::Tar => "Unpack it first.",
            _ => "Give the file as the TPM or tpm2-tools wrote it.",
        }
    }

    /// What to do with such a file where this part of the evidence is wanted.
    const fn help_for(self, part: Part) -> &'static str {
        match (self, part) {
            (
                Self::BootLogYaml
                | Self::UserspaceLog
                | Self::ImaList
                | Self::ImaText
                | Self::Base64
                | Self::Hex
                | Self::Gzip
                | Self::Zip
                | Self::Tar
                | Self::PemPrivateKey
                | Self::Tpm2bPrivate,
                _,
            ) => self.help(),
            #[cfg(feature = "boot-log")]
            (_, Part::EventLog) => {
                "Give the firmware's log as the kernel has it: /sys/kernel/security/tpm0/binary_bios_measurements."
            }
            #[cfg(feature = "boot-log")]
            (Self::BootLog, Part::UserspaceLog) => self.help(),
            #[cfg(feature = "boot-log")]
            (_, Part::UserspaceLog) => {
                "Give systemd's log as it stands in /run/log/systemd/tpm2-measure.log."
            }
            _ => self.help(),
        }
    }

    /// The error that a part of the evidence looks like something else than `wanted`, which is
    /// a text with an article.
    pub const fn instead_of(self, wanted: &'static str, part: Part) -> Error {
        let problem = Problem::WrongFile {
            wanted,
            seen: self.name(),
            help: self.help_for(part),
        };
        Error::new(part, problem)
    }

    /// Whether a file of this kind can never be what was signed: a `TPM2B_ATTEST` or a
    /// `TPMS_ATTEST`.
    #[must_use]
    pub const fn is_no_message(self) -> bool {
        !matches!(self, Self::Tpm2bAttest | Self::TpmsAttest)
    }

    /// Whether a file of this kind can never be a signature: a `TPMT_SIGNATURE`, or an
    /// `ECDSA-Sig-Value` in DER.
    #[must_use]
    pub const fn is_no_signature(self) -> bool {
        !matches!(
            self,
            Self::TpmtSignature | Self::EcdsaSignature | Self::Der | Self::RsaPublicKey
        )
    }

    /// Whether a file of this kind can never be the firmware's event log. One in the form of
    /// TPM 1.2 is of no kind.
    #[must_use]
    pub const fn is_no_boot_log(self) -> bool {
        // An empty file has an error of its own, and the first event may be like a PCR file.
        !matches!(self, Self::BootLog | Self::Empty | Self::PcrSerialized)
    }

    /// Whether a file of this kind can never be systemd's log of what it extends.
    #[must_use]
    pub const fn is_no_userspace_log(self) -> bool {
        !matches!(self, Self::UserspaceLog | Self::Empty)
    }

    /// Whether a file of this kind can never be a list of IMA.
    #[must_use]
    pub const fn is_no_ima_list(self) -> bool {
        !matches!(self, Self::ImaList | Self::ImaText | Self::Empty)
    }

    /// Whether a file of this kind can never be a response, or a part of one.
    #[must_use]
    pub const fn is_no_response(self) -> bool {
        !matches!(self, Self::Response | Self::Json)
    }

    /// Whether a file of this kind can never be a public key, in any form.
    #[must_use]
    pub const fn is_no_key(self) -> bool {
        !matches!(
            self,
            Self::Tpm2bPublic
                | Self::TpmtPublic
                | Self::PublicKeyInfo
                | Self::RsaPublicKey
                | Self::Certificate
                | Self::Der
                | Self::Jwk
                | Self::JwkSet
                | Self::Json
                | Self::PemPublicKey
                | Self::PemCertificate
                | Self::Pem
                | Self::Base64
        )
    }

    /// Whether a file of this kind can never hold PCR values as tpm2-tools write them.
    #[must_use]
    pub const fn is_no_pcr_file(self) -> bool {
        // Values alone may begin with any two bytes, as DER and UTF-16 do.
        !matches!(
            self,
            Self::PcrSerialized
                | Self::PcrMarshaled
                | Self::Der
                | Self::EcdsaSignature
                | Self::Utf16
        )
    }
}

impl fmt::Display for FileKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
