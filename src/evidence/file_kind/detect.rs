//! What a file looks like, told by its first bytes and its length.

use super::kind::FileKind;
use crate::{
    evidence::begins::like_public,
    types::{TPM_GENERATED_VALUE, TpmAlgId},
};

impl FileKind {
    /// Tells what a file looks like; `None` if nothing is known that begins so.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        if bytes.is_empty() {
            return Some(Self::Empty);
        }
        log(bytes)
            .or_else(|| structure(bytes))
            .or_else(|| archive(bytes))
            .or_else(|| der(bytes))
            .or_else(|| text(bytes))
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

/// A log of a boot, or a list of IMA.
fn log(bytes: &[u8]) -> Option<FileKind> {
    if let [0x1e, rest @ ..] = bytes {
        let is_object = rest.trim_ascii_start().starts_with(b"{");
        return is_object.then_some(FileKind::UserspaceLog);
    }
    // Behind the header of the first event, or behind the digest of the first entry.
    if bytes
        .get(32..)
        .is_some_and(|data| data.starts_with(b"Spec ID Event"))
    {
        return Some(FileKind::BootLog);
    }
    if is_canonical(bytes) {
        return Some(FileKind::CanonicalLog);
    }
    is_ima_list(bytes).then_some(FileKind::ImaList)
}

/// A number of a record, and a PCR or an NV index, each with its type and its length in front.
fn is_canonical(bytes: &[u8]) -> bool {
    let Some(([0, 0, 0, 0, 8], rest)) = bytes.split_first_chunk() else {
        return false;
    };
    matches!(rest.get(8..), Some([1 | 2, 0, 0, 0, 1 | 4, ..]))
}

/// The names of IMA's templates; one that is a list of fields has a `|` in its name.
fn is_ima_template(name: &[u8]) -> bool {
    let is_field = |c: &u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'|');
    let is_known = name.starts_with(b"ima") || name == b"evm-sig" || name.contains(&b'|');
    is_known && name.len() < 70 && name.iter().all(is_field)
}

/// A PCR, a digest of one of these sizes, and the name of a template behind its length, in one
/// or the other order of bytes.
fn is_ima_list(bytes: &[u8]) -> bool {
    let Some((index, rest)) = bytes.split_first_chunk() else {
        return false;
    };
    [u32::from_le_bytes, u32::from_be_bytes]
        .into_iter()
        .filter(|read| read(*index) < 24)
        .any(|read| {
            [20, 32, 48, 64].into_iter().any(|size| {
                let name = rest.get(size..).and_then(|rest| {
                    let (len, rest) = rest.split_first_chunk()?;
                    rest.get(..usize::try_from(read(*len)).ok()?)
                });
                name.is_some_and(is_ima_template)
            })
        })
}

/// The same as text: a PCR, a digest in hexadecimal, and the name of a template.
fn is_ima_text(text: &[u8]) -> bool {
    let line = text.split(|c| *c == b'\n').next().unwrap_or_default();
    let mut words = line.split(|c| *c == b' ').filter(|word| !word.is_empty());
    let (index, digest, name) = (words.next(), words.next(), words.next());
    let is_index = |index: &[u8]| index.len() <= 2 && index.iter().all(u8::is_ascii_digit);
    let is_digest = |digest: &[u8]| {
        matches!(digest.len(), 40 | 64 | 96 | 128) && digest.iter().all(u8::is_ascii_hexdigit)
    };
    index.is_some_and(is_index)
        && digest.is_some_and(is_digest)
        && name.is_some_and(is_ima_template)
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
    let is_yaml_of_log = |text: &[u8]| {
        let text = text.strip_prefix(b"---").unwrap_or(text).trim_ascii_start();
        text.starts_with(b"version:") && behind(text, b"events:").is_some()
    };
    Some(if is_ima_text(text) {
        FileKind::ImaText
    } else if is_yaml_of_log(text) {
        FileKind::BootLogYaml
    } else if text.len() >= 8 && all(u8::is_ascii_hexdigit) {
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
