//! [`FileKind`]: what a file looks like, for somebody who gave the wrong one.

use core::fmt;

use super::begins::like_public;
use crate::{
    types::{TPM_GENERATED_VALUE, TpmAlgId},
    verify::error::{Error, Part, Problem},
};

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
    /// Tells what a file looks like; `None` if nothing is known that begins so.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        if bytes.is_empty() {
            return Some(Self::Empty);
        }
        structure(bytes)
            .or_else(|| archive(bytes))
            .or_else(|| der(bytes))
            .or_else(|| text(bytes))
    }

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
            Self::Base64 => "Decode it first: `base64 -d`.",
            Self::Hex => "Decode it first: `xxd -r -p`.",
            Self::Utf16 => "Write it as UTF-8, or as the bytes themselves.",
            Self::Gzip | Self::Zip | Self::Tar => "Unpack it first.",
            _ => "Give the file as the TPM or tpm2-tools wrote it.",
        }
    }

    /// The error that a part of the evidence looks like something else than `wanted`, which is
    /// a text with an article.
    pub const fn instead_of(self, wanted: &'static str, part: Part) -> Error {
        let problem = Problem::WrongFile {
            wanted,
            seen: self.name(),
            help: self.help(),
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

/// A context file of tpm2-tools begins with this, in one or the other order of bytes.
const CONTEXT: u32 = 0xbadc_c0de;
/// A PCR file of the format `serialized`: a selection, the number of lists, and the lists.
const SERIALIZED: usize = 136;
const LIST: usize = 532;

fn word(bytes: &[u8], at: usize) -> Option<TpmAlgId> {
    let word = bytes.get(at..)?.first_chunk()?;
    Some(TpmAlgId(u16::from_be_bytes(*word)))
}

fn long(bytes: &[u8]) -> Option<u32> {
    bytes.first_chunk().copied().map(u32::from_be_bytes)
}

/// What is behind a size of two bytes that fits.
fn behind_size(bytes: &[u8]) -> Option<&[u8]> {
    let (size, rest) = bytes.split_first_chunk()?;
    (usize::from(u16::from_be_bytes(*size)) == rest.len()).then_some(rest)
}

fn is_hash(id: Option<TpmAlgId>) -> bool {
    id.is_some_and(|id| id.digest_size().is_some())
}

/// A structure of a TPM, or of tpm2-tools.
fn structure(bytes: &[u8]) -> Option<FileKind> {
    let first = long(bytes)?;
    if first == CONTEXT || first == CONTEXT.swap_bytes() {
        return Some(FileKind::ToolsContext);
    }
    if first == TPM_GENERATED_VALUE {
        return Some(FileKind::TpmsAttest);
    }
    if let Some(inner) = behind_size(bytes) {
        if long(inner) == Some(TPM_GENERATED_VALUE) {
            return Some(FileKind::Tpm2bAttest);
        }
        if like_public(inner) {
            return Some(FileKind::Tpm2bPublic);
        }
        // An HMAC in front, and far more behind it than a credential has.
        let mac = word(inner, 0).map(|size| size.0);
        if inner.len() >= 96 && matches!(mac, Some(20 | 32 | 48 | 64)) {
            return Some(FileKind::Tpm2bPrivate);
        }
    }
    if let Some(lists) = bytes.len().checked_sub(SERIALIZED)
        && lists.checked_rem(LIST) == Some(0)
    {
        if is_selection(first.swap_bytes(), word(bytes, 4).map(swapped)) {
            return Some(FileKind::PcrSerialized);
        }
        // A marshaled selection has a bit map of three bytes, and the next bank behind it:
        // the memory of a machine has four, and one that is in no use.
        if is_selection(first, word(bytes, 4)) && is_in_slots(bytes, first) {
            return Some(FileKind::PcrBigEndian);
        }
    }
    if like_public(bytes) {
        return Some(FileKind::TpmtPublic);
    }
    if is_signature(bytes) {
        return Some(FileKind::TpmtSignature);
    }
    is_selection(first, word(bytes, 4)).then_some(FileKind::PcrMarshaled)
}

fn swapped(id: TpmAlgId) -> TpmAlgId {
    TpmAlgId(id.0.swap_bytes())
}

fn is_selection(count: u32, hash: Option<TpmAlgId>) -> bool {
    (1..=16).contains(&count) && is_hash(hash)
}

/// Whether each bank of a selection begins eight bytes behind the one before, and as many
/// lists follow as are counted.
fn is_in_slots(bytes: &[u8], count: u32) -> bool {
    let slots = bytes.get(4..132).unwrap_or_default();
    let (slots, _) = slots.as_chunks::<8>();
    let used = usize::try_from(count).unwrap_or(usize::MAX);
    let known = slots.iter().take(used).all(|slot| is_hash(word(slot, 0)));
    let lists = bytes.get(132..).and_then(long);
    let expected = bytes.len().saturating_sub(SERIALIZED).checked_div(LIST);
    known && lists.and_then(|lists| usize::try_from(lists).ok()) == expected
}

/// A scheme and its hash.
fn is_signature(bytes: &[u8]) -> bool {
    let is_scheme = matches!(
        word(bytes, 0),
        Some(
            TpmAlgId::RSASSA
                | TpmAlgId::RSAPSS
                | TpmAlgId::ECDSA
                | TpmAlgId::ECDAA
                | TpmAlgId::SM2
                | TpmAlgId::ECSCHNORR
                | TpmAlgId::HMAC
        )
    );
    is_scheme && is_hash(word(bytes, 2))
}

fn archive(bytes: &[u8]) -> Option<FileKind> {
    match bytes {
        // The method, no reserved flag, and a known system.
        [
            0x1f,
            0x8b,
            8,
            0..=0x1f,
            _,
            _,
            _,
            _,
            0 | 2 | 4,
            0..=13 | 255,
            ..,
        ] => Some(FileKind::Gzip),
        [b'P', b'K', 3, 4, ..] => Some(FileKind::Zip),
        _ if bytes.get(257..262) == Some(b"ustar") => Some(FileKind::Tar),
        _ => None,
    }
}

/// The contents of a SEQUENCE that is as long as it says, or longer than the file.
fn der(bytes: &[u8]) -> Option<FileKind> {
    let (len, inner) = match bytes {
        [0x30, len @ ..=0x7f, inner @ ..] => (usize::from(*len), inner),
        [0x30, 0x81, len, inner @ ..] => (usize::from(*len), inner),
        [0x30, 0x82, high, low, inner @ ..] => {
            (usize::from(u16::from_be_bytes([*high, *low])), inner)
        }
        _ => return None,
    };
    let is_whole = len == inner.len();
    match inner {
        // tbsCertificate, and in it a version or a serial number.
        [0x30, 0x82, _, _, 0xa0 | 0x02, ..] => Some(FileKind::Certificate),
        [0x30, 0x81, _, 0xa0 | 0x02, ..] => Some(FileKind::Certificate),
        // The algorithm: an object identifier.
        [0x30, ..=0x7f, 0x06, ..] => Some(FileKind::PublicKeyInfo),
        [0x02, 0x82, ..] if is_whole => Some(FileKind::RsaPublicKey),
        // Two numbers, which fill it.
        [0x02, len, numbers @ ..] if is_whole => {
            let second = numbers.get(usize::from(*len)..).unwrap_or_default();
            match second {
                [0x02, len, rest @ ..] if usize::from(*len) == rest.len() => {
                    Some(FileKind::EcdsaSignature)
                }
                _ => Some(FileKind::Der),
            }
        }
        _ if is_whole || bytes.get(1) == Some(&0x82) => Some(FileKind::Der),
        _ => None,
    }
}

/// A text, by how it begins.
fn text(bytes: &[u8]) -> Option<FileKind> {
    if is_utf16(bytes) {
        return Some(FileKind::Utf16);
    }
    let text = core::str::from_utf8(bytes).ok()?;
    let is_plain = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t');
    if !text.chars().all(is_plain) {
        return None;
    }
    let text = text.as_bytes();
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let text = text.trim_ascii();
    if let Some(label) = behind(text, b"-----BEGIN ") {
        return Some(pem(label));
    }
    match text.first() {
        Some(b'{') => return Some(object(text)),
        Some(b'[') => return Some(FileKind::Json),
        _ => {}
    }
    let all = |is: fn(&u8) -> bool| text.iter().all(|c| is(c) || c.is_ascii_whitespace());
    let is_base64 =
        |c: &u8| c.is_ascii_alphanumeric() || matches!(c, b'+' | b'/' | b'=' | b'-' | b'_');
    Some(if text.len() >= 8 && all(u8::is_ascii_hexdigit) {
        FileKind::Hex
    } else if text.len() >= 16 && text.iter().all(|c| *c != b' ') && all(is_base64) {
        FileKind::Base64
    } else {
        FileKind::Text
    })
}

/// What follows the first place of a word.
fn behind<'a>(text: &'a [u8], word: &[u8]) -> Option<&'a [u8]> {
    let mut rest = text;
    loop {
        if let Some(behind) = rest.strip_prefix(word) {
            return Some(behind);
        }
        (_, rest) = rest.split_first()?;
    }
}

/// A byte order mark, and then ASCII in words of two bytes.
fn is_utf16(bytes: &[u8]) -> bool {
    let (words, rest) = bytes.as_chunks::<2>();
    let Some((mark, words)) = words.split_first() else {
        return false;
    };
    let mut start = words.iter().take(16);
    rest.is_empty()
        && !words.is_empty()
        && match mark {
            [0xff, 0xfe] => start.all(|[low, high]| *high == 0 && low.is_ascii()),
            [0xfe, 0xff] => start.all(|[high, low]| *high == 0 && low.is_ascii()),
            _ => false,
        }
}

/// A PEM block, by what follows its `BEGIN`.
fn pem(label: &[u8]) -> FileKind {
    let kinds = [
        (&b"CERTIFICATE-"[..], FileKind::PemCertificate),
        (b"TRUSTED CERTIFICATE-", FileKind::PemCertificate),
        (b"X509 CERTIFICATE-", FileKind::PemCertificate),
        (b"CERTIFICATE REQUEST-", FileKind::PemRequest),
        (b"NEW CERTIFICATE REQUEST-", FileKind::PemRequest),
        (b"PUBLIC KEY-", FileKind::PemPublicKey),
        (b"RSA PUBLIC KEY-", FileKind::PemPublicKey),
        (b"TSS2 PRIVATE KEY-", FileKind::PemTss2),
        (b"PRIVATE KEY-", FileKind::PemPrivateKey),
        (b"ENCRYPTED PRIVATE KEY-", FileKind::PemPrivateKey),
        (b"RSA PRIVATE KEY-", FileKind::PemPrivateKey),
        (b"EC PRIVATE KEY-", FileKind::PemPrivateKey),
        (b"OPENSSH PRIVATE KEY-", FileKind::PemPrivateKey),
        (b"ECDSA SIGNATURE-", FileKind::PemSignature),
        (b"SIGNATURE-", FileKind::PemSignature),
    ];
    let kind = kinds.iter().find(|(known, _)| label.starts_with(known));
    kind.map_or(FileKind::Pem, |(_, kind)| *kind)
}

/// An object of JSON, by keys that are in it.
fn object(text: &[u8]) -> FileKind {
    let has = |key: &[u8]| behind(text, key).is_some();
    if has(b"\"verdict\"") && has(b"\"checks\"") {
        FileKind::Report
    } else if has(b"\"_metadata\"") || has(b"\"tpm_attestation\"") || has(b"\"quote_b64\"") {
        FileKind::Response
    } else if has(b"\"sig_scheme\"") && has(b"\"attest\"") {
        FileKind::FapiQuote
    } else if has(b"\"keys\"") && has(b"\"kty\"") {
        FileKind::JwkSet
    } else if has(b"\"kty\"") {
        FileKind::Jwk
    } else {
        FileKind::Json
    }
}
