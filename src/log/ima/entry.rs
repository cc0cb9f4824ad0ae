//! [`ImaEntry`]: an entry of a list, as it was read.

use core::fmt;

use super::{
    digest::{ImaDigest, digest_of, digest_of_bytes},
    hexadecimal,
    signature::ReadSignature,
    template::{Field, Format, Template},
};
use crate::{
    crypto::{Digest, Hasher},
    types::TpmAlgId,
    wire::{Hex, Reader},
};

/// The order of bytes of the machine that wrote a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Little,
    Big,
}

impl Order {
    pub(super) const fn u32(self, bytes: [u8; 4]) -> u32 {
        match self {
            Self::Little => u32::from_le_bytes(bytes),
            Self::Big => u32::from_be_bytes(bytes),
        }
    }

    const fn bytes(self, number: u32) -> [u8; 4] {
        match self {
            Self::Little => number.to_le_bytes(),
            Self::Big => number.to_be_bytes(),
        }
    }
}

/// Bytes of an entry: as they are, or in hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Bytes<'a> {
    Raw(&'a [u8]),
    Digits(&'a [u8]),
}

/// What the template digest covers.
#[derive(Clone, Copy)]
pub(super) enum Data<'a> {
    /// Of the template `ima`, which has neither lengths nor a zero behind the name.
    Ima { digest: Bytes<'a>, name: &'a [u8] },
    /// Fields with their lengths in front.
    Fields(&'a [u8]),
    /// Fields of a line, with a space between them.
    Line {
        text: &'a [u8],
        /// Whether an empty text is written as a zero.
        has_zero: bool,
    },
}

/// An entry of an IMA list: what the kernel says that it measured.
///
/// It is the list's word. Only an entry of [`ProvenIma::entries`](super::super::ProvenIma) is
/// proven.
#[derive(Clone, Copy)]
pub struct ImaEntry<'a> {
    pub(super) number: u32,
    pub(super) offset: u64,
    pub(super) pcr: u8,
    pub(super) listed: Bytes<'a>,
    pub(super) template: Template<'a>,
    pub(super) order: Order,
    pub(super) data: Data<'a>,
}

/// Bytes behind the name in what the template `ima` hashes, the name included.
const IMA_NAME_SIZE: usize = 256;
/// Bytes of a SHA-1 digest.
const SHA1_SIZE: usize = 20;

impl<'a> ImaEntry<'a> {
    /// Returns the number of the entry in its list, counted from 0.
    #[must_use]
    pub const fn number(&self) -> u32 {
        self.number
    }

    /// Returns where the entry begins, in bytes from the start of the list.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// Returns the PCR that the entry extends, which is 10 unless IMA's policy names another.
    #[must_use]
    pub const fn pcr(&self) -> u8 {
        self.pcr
    }

    /// Returns the name of the template, or its format if it has no name of its own.
    #[must_use]
    pub fn template(&self) -> &'a str {
        // All names are ASCII.
        core::str::from_utf8(self.template.name).unwrap_or_default()
    }

    /// Returns the template digest that the list has, which nothing here relies on.
    #[must_use]
    pub fn listed_digest(&self) -> Digest {
        match self.listed {
            Bytes::Raw(bytes) => digest_of_bytes(bytes),
            Bytes::Digits(digits) => digest_of(digits),
        }
        .unwrap_or(Digest::new(&[]))
    }

    /// Returns whether the entry is a violation: a file was written while it was in use, so
    /// that no digest of it was measured. The PCR is then extended with ones, and nothing of
    /// the entry is covered.
    #[must_use]
    pub fn is_violation(&self) -> bool {
        match self.listed {
            Bytes::Raw(bytes) => bytes.iter().all(|byte| *byte == 0),
            Bytes::Digits(digits) => digits.iter().all(|digit| *digit == b'0'),
        }
    }

    /// Returns the digest of the file or buffer.
    #[must_use]
    pub fn digest(&self) -> Option<ImaDigest<'a>> {
        if let Data::Ima { digest, .. } = self.data {
            return of_sha1(digest);
        }
        self.values().find_map(|(field, value)| match field {
            Field::Digest => of_sha1(value),
            Field::DigestNg | Field::DigestNgV2 => named_digest(value),
            _ => None,
        })
    }

    /// Returns the name of the file, as the kernel knew it, with `_` in the place of spaces. It
    /// may have any other bytes but zeros.
    #[must_use]
    pub fn name(&self) -> &'a [u8] {
        if let Data::Ima { name, .. } = self.data {
            return name;
        }
        let name = self.values().find(|(field, _)| *field == Field::Name);
        match name {
            Some((_, Bytes::Raw(name))) => name.strip_suffix(b"\0").unwrap_or(name),
            Some((_, Bytes::Digits(name))) => name,
            None => b"",
        }
    }

    /// Writes the signature of the file, which is what its extended attribute held, to the
    /// start of the buffer. `None` if the entry has none, or a longer one.
    #[must_use]
    pub fn signature<'b>(&self, buffer: &'b mut [u8]) -> Option<&'b [u8]> {
        let signature = self.bytes_of(Field::Signature, buffer);
        signature.filter(|signature| !signature.is_empty())
    }

    /// Writes the buffer that was measured to the start of `buffer`. `None` if the entry has
    /// none, or a longer one.
    #[must_use]
    pub fn buffer<'b>(&self, buffer: &'b mut [u8]) -> Option<&'b [u8]> {
        self.bytes_of(Field::Buffer, buffer)
    }

    /// The signature of the file, read.
    pub(in crate::log) fn read_signature<'b>(&self, buffer: &'b mut [u8]) -> ReadSignature<'b> {
        let has = |wanted| {
            let mut values = self.values();
            values.any(|(field, value)| {
                field == wanted && !matches!(value, Bytes::Raw([]) | Bytes::Digits([]))
            })
        };
        if !has(Field::Signature) {
            return match has(Field::OtherSignature) {
                true => ReadSignature::Other,
                false => ReadSignature::None,
            };
        }
        match self.signature(buffer) {
            Some(bytes) => ReadSignature::of(bytes),
            // None that is judged is as long.
            None => ReadSignature::Other,
        }
    }

    fn bytes_of<'b>(&self, wanted: Field, buffer: &'b mut [u8]) -> Option<&'b [u8]> {
        let (_, value) = self.values().find(|(field, _)| *field == wanted)?;
        match value {
            Bytes::Raw(bytes) => {
                let place = buffer.get_mut(..bytes.len())?;
                for (to, from) in place.iter_mut().zip(bytes) {
                    *to = *from;
                }
                Some(place)
            }
            Bytes::Digits(digits) => hexadecimal::decode(digits, buffer),
        }
    }

    /// The fields and their values. Those of a line are as they stand there.
    fn values(&self) -> impl Iterator<Item = (Field, Bytes<'a>)> + use<'a> {
        let Self { order, data, .. } = *self;
        let (fields, text) = match data {
            Data::Fields(fields) => (fields, None),
            Data::Line { text, .. } => (&[][..], Some(text.split(|byte| *byte == b' '))),
            Data::Ima { .. } => (&[][..], None),
        };
        let mut reader = Reader::new(fields);
        let mut text = text;
        self.template.fields().map_while(move |field| {
            let value = match &mut text {
                // Fields at the end are empty where their spaces were taken away.
                Some(words) => Bytes::Digits(words.next().unwrap_or_default()),
                None => {
                    let size = order.u32(*reader.array().ok()?);
                    Bytes::Raw(reader.bytes(usize::try_from(size).ok()?).ok()?)
                }
            };
            Some((field, value))
        })
    }

    /// Computes the template digest. `None` if this crate does not have the hash.
    #[must_use]
    pub fn template_digest(&self, hash: TpmAlgId) -> Option<Digest> {
        if let Data::Fields(fields) = self.data {
            return Hasher::digest_of_parts(hash, &[fields]);
        }
        let mut hasher = Hasher::new(hash)?;
        self.update_with_data(&mut hasher);
        Some(hasher.finish())
    }

    /// Hashes the bytes that the template digest covers.
    fn update_with_data(&self, hasher: &mut Hasher) {
        match self.data {
            Data::Fields(fields) => hasher.update(fields),
            Data::Ima { digest, name } => {
                match digest {
                    Bytes::Raw(bytes) => hasher.update(bytes),
                    Bytes::Digits(digits) => update_with_digits(hasher, digits),
                }
                hasher.update(name);
                let zeros = IMA_NAME_SIZE.saturating_sub(name.len());
                hasher.update([0; IMA_NAME_SIZE].get(..zeros).unwrap_or_default());
            }
            Data::Line { has_zero, .. } => {
                for (field, value) in self.values() {
                    if let Bytes::Digits(text) = value {
                        self.update_with_text(hasher, field, text, has_zero);
                    }
                }
            }
        }
    }

    /// Adds the value of a line as it is in a binary list, its length in front.
    fn update_with_text(&self, hasher: &mut Hasher, field: Field, text: &[u8], has_zero: bool) {
        let mut size = |size: usize| {
            let size = u32::try_from(size).unwrap_or(u32::MAX);
            hasher.update(&self.order.bytes(size));
        };
        match field.format() {
            Format::Text if text.is_empty() && !has_zero => size(0),
            Format::Text => {
                size(text.len().saturating_add(1));
                hasher.update(text);
                hasher.update(&[0]);
            }
            _ if text.is_empty() => size(0),
            Format::Digest | Format::Bytes => {
                size(text.len() / 2);
                update_with_digits(hasher, text);
            }
            Format::NamedDigest => {
                let (names, digits) = split_at_colon(text);
                size(
                    names
                        .len()
                        .saturating_add(1)
                        .saturating_add(digits.len() / 2),
                );
                hasher.update(names);
                hasher.update(&[0]);
                update_with_digits(hasher, digits);
            }
            Format::Number(width) => {
                size(width);
                let bytes = self.order.bytes(number(text).unwrap_or(0));
                let bytes = match self.order {
                    Order::Little => bytes.get(..width),
                    Order::Big => bytes.get(4_usize.saturating_sub(width)..),
                };
                hasher.update(bytes.unwrap_or_default());
            }
        }
    }

    /// Whether the template digest of the list is that of the data, or the SHA-1 digest with
    /// zeros behind it.
    pub(in crate::log) fn has_its_digest(&self, short: &Digest) -> bool {
        let digits;
        let listed = match self.listed {
            Bytes::Raw(bytes) => bytes,
            Bytes::Digits(_) => {
                digits = self.listed_digest();
                digits.as_ref()
            }
        };
        let own = match listed.len() {
            SHA1_SIZE => Some(*short),
            32 => self.template_digest(TpmAlgId::SHA256),
            48 => self.template_digest(TpmAlgId::SHA384),
            64 => self.template_digest(TpmAlgId::SHA512),
            _ => None,
        };
        if own.is_some_and(|own| own.as_ref() == listed) {
            return true;
        }
        let (start, zeros) = listed.split_at_checked(SHA1_SIZE).unwrap_or_default();
        start == short.as_ref() && zeros.iter().all(|byte| *byte == 0)
    }
}

fn update_with_digits(hasher: &mut Hasher, digits: &[u8]) {
    let mut buffer = [0; 64];
    for chunk in digits.chunks(128) {
        hasher.update(hexadecimal::decode(chunk, &mut buffer).unwrap_or_default());
    }
}

/// The names with the last colon, and the digits behind it.
fn split_at_colon(text: &[u8]) -> (&[u8], &[u8]) {
    let colon = text.iter().rposition(|byte| *byte == b':');
    let end = colon.map_or(0, |at| at.saturating_add(1));
    text.split_at_checked(end).unwrap_or_default()
}

/// A digest of a field `d`, which does not say of which hash it is.
fn of_sha1(value: Bytes<'_>) -> Option<ImaDigest<'_>> {
    match value {
        Bytes::Raw(bytes) => ImaDigest::new(b"sha1", digest_of_bytes(bytes)?),
        Bytes::Digits(digits) => ImaDigest::of_digits(b"sha1", digits),
    }
}

fn named_digest(value: Bytes<'_>) -> Option<ImaDigest<'_>> {
    match value {
        Bytes::Raw(bytes) => {
            let end = bytes.iter().position(|byte| *byte == 0)?;
            let (names, digest) = bytes.split_at_checked(end)?;
            ImaDigest::new(
                names.strip_suffix(b":")?,
                digest_of_bytes(digest.get(1..)?)?,
            )
        }
        Bytes::Digits(text) => {
            let (names, digits) = split_at_colon(text);
            ImaDigest::of_digits(names.strip_suffix(b":")?, digits)
        }
    }
}

/// A decimal number with one way to write it.
fn number(text: &[u8]) -> Option<u32> {
    let canonical = matches!(text, [b'0'] | [b'1'..=b'9', ..]);
    let text = core::str::from_utf8(text).ok().filter(|_| canonical)?;
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then_some(())?;
    text.parse().ok()
}

/// Whether the value of a field has its form. That of a line has neither spaces nor line breaks.
pub(super) fn has_form(field: Field, value: Bytes<'_>) -> bool {
    let is_empty = matches!(value, Bytes::Raw([]) | Bytes::Digits([]));
    if is_empty {
        return field.may_be_empty();
    }
    if let (
        Field::DigestNg,
        Bytes::Raw([b's', b'h', b'a', b'2', b'5', b'6', b':', 0, digest @ ..]),
    ) = (field, value)
    {
        // The common one.
        if digest.len() == 32 {
            return true;
        }
    }
    match (field.format(), value) {
        (Format::Digest, _) => of_sha1(value).is_some(),
        (Format::NamedDigest, _) => {
            let names = match value {
                Bytes::Raw(bytes) => bytes.split(|byte| *byte == 0).next(),
                Bytes::Digits(text) => Some(split_at_colon(text).0),
            };
            let colons = names
                .unwrap_or_default()
                .iter()
                .filter(|byte| **byte == b':');
            let expected = if field == Field::DigestNgV2 { 2 } else { 1 };
            colons.count() == expected && named_digest(value).is_some()
        }
        (Format::Text, Bytes::Raw(text)) => {
            text.split_last()
                .is_some_and(|(last, text)| *last == 0 && !text.contains(&0))
                && (field != Field::Name || text.len() > 1)
        }
        (Format::Text, Bytes::Digits(text)) => text.iter().all(|byte| *byte != 0),
        (Format::Bytes, Bytes::Raw(_)) => true,
        (Format::Bytes, Bytes::Digits(digits)) => hexadecimal::is_hexadecimal(digits),
        (Format::Number(width), Bytes::Raw(bytes)) => bytes.len() == width,
        (Format::Number(width), Bytes::Digits(text)) => {
            number(text).is_some_and(|number| width > 2 || number <= 0xffff)
        }
    }
}

impl fmt::Debug for ImaEntry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ImaEntry")
            .field("number", &self.number)
            .field("offset", &self.offset)
            .field("pcr", &self.pcr)
            .field("template", &self.template())
            .field("listed_digest", &self.listed_digest())
            .field("digest", &self.digest())
            .field("name", &Hex(self.name()))
            .finish()
    }
}
