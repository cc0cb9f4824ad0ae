//! Names and object identifiers in certificates.

use core::fmt;

use crate::{
    error::{Place, Reason, UnmarshalError},
    wire::{
        Hex, Reader,
        der::{OBJECT_IDENTIFIER, PRINTABLE_STRING, SEQUENCE, SET, UTF8_STRING, any, element, end},
    },
};

pub(super) const fn place(field: &'static str) -> Place {
    Place {
        structure: "Certificate",
        field,
    }
}

pub(super) const SUBJECT: &Place = &place("subject");

pub(super) fn refused(at: Reader<'_>, place: &'static Place) -> UnmarshalError {
    at.error(Reason::WrongConstant).in_place(place)
}

/// An object identifier. Its text is, for example, `2.23.133.8.3`. One whose numbers are not
/// in their shortest form, are cut, or exceed 64 bits is shown as its bytes, `#8067`, so that
/// it never looks like another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Oid<'a>(pub(super) &'a [u8]);

impl<'a> Oid<'a> {
    /// The purpose of an endorsement certificate: 2.23.133.8.1, `tcg-kp-EKCertificate`.
    pub const EK_CERTIFICATE: Oid<'static> = Oid(&[0x67, 0x81, 0x05, 0x08, 0x01]);
    /// The purpose of a certificate of an attestation key: 2.23.133.8.3,
    /// `tcg-kp-AIKCertificate`.
    pub const AK_CERTIFICATE: Oid<'static> = Oid(&[0x67, 0x81, 0x05, 0x08, 0x03]);

    /// Creates an identifier of its bytes in DER, without tag and length.
    #[must_use]
    pub const fn from_bytes(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Returns the bytes in DER, without tag and length.
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.0
    }

    /// Whether each number is whole, in its shortest form, and has at most 64 bits.
    fn has_plain_numbers(self) -> bool {
        let mut arc = Some(0_u64);
        let mut is_start = true;
        for &byte in self.0 {
            if is_start && byte == 0x80 {
                return false;
            }
            let low = u64::from(byte & 0x7f);
            arc = arc.and_then(|arc| Some(arc.checked_mul(128)? | low));
            is_start = byte & 0x80 == 0;
            if is_start {
                let Some(_) = arc.replace(0) else {
                    return false;
                };
            }
        }
        is_start && !self.0.is_empty()
    }
}

impl fmt::Display for Oid<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.has_plain_numbers() {
            return write!(f, "#{}", Hex(self.0));
        }
        let mut arc = 0_u64;
        let mut is_first = true;
        for &byte in self.0 {
            arc = arc << 7 | u64::from(byte & 0x7f);
            if byte & 0x80 != 0 {
                continue;
            }
            if is_first {
                let root = (arc / 40).min(2);
                let second = arc.saturating_sub(root.saturating_mul(40));
                write!(f, "{root}.{second}")?;
            } else {
                write!(f, ".{arc}")?;
            }
            (arc, is_first) = (0, false);
        }
        Ok(())
    }
}

/// A name in a certificate. Its text is, for example, `CN=swtpm-localca`, in the order of the
/// certificate; anything that is not printable ASCII is escaped.
#[derive(Clone, Copy, Debug)]
pub struct DistinguishedName<'a>(Reader<'a>);

impl<'a> DistinguishedName<'a> {
    pub(super) fn read(name: Reader<'a>, place: &'static Place) -> Result<Self, UnmarshalError> {
        for attribute in Attributes::new(name, place) {
            attribute?;
        }
        Ok(Self(name))
    }

    /// Returns whether the name is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.rest().is_empty()
    }

    /// Returns the bytes in DER, without tag and length.
    #[must_use]
    pub fn as_bytes(&self) -> &'a [u8] {
        self.0.rest()
    }
}

impl fmt::Display for DistinguishedName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut between = "";
        for attribute in Attributes::new(self.0, SUBJECT).flatten() {
            f.write_str(between)?;
            match attribute.id.rest() {
                [0x55, 0x04, 0x03] => f.write_str("CN")?,
                [0x55, 0x04, 0x06] => f.write_str("C")?,
                [0x55, 0x04, 0x07] => f.write_str("L")?,
                [0x55, 0x04, 0x08] => f.write_str("ST")?,
                [0x55, 0x04, 0x0a] => f.write_str("O")?,
                [0x55, 0x04, 0x0b] => f.write_str("OU")?,
                id => Oid(id).fmt(f)?,
            }
            f.write_str("=")?;
            for &byte in attribute.value.rest() {
                match byte {
                    b',' | b'+' | b'"' | b'\\' | b'<' | b'>' | b';' | b'=' => {
                        write!(f, "\\{}", char::from(byte))?;
                    }
                    b' '..=b'~' => write!(f, "{}", char::from(byte))?,
                    _ => write!(f, "\\{byte:02x}")?,
                }
            }
            between = ", ";
        }
        Ok(())
    }
}

/// `commonName`, 2.5.4.3.
pub(super) const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
/// `emailAddress`, 1.2.840.113549.1.9.1.
pub(super) const EMAIL_ADDRESS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x01];

/// Comparison (RFC 5280, 7.1): the case of ASCII letters and the number of spaces do not
/// count in text, nor which of the two usual forms the text has.
impl<'a> DistinguishedName<'a> {
    /// Whether both are the same name.
    pub(super) fn is_same(&self, other: &DistinguishedName<'_>) -> bool {
        self.as_bytes() == other.as_bytes()
            || self
                .prefix_of(other)
                .is_some_and(|rest| rest.rest().is_empty())
    }

    /// Whether the name is the other one, or one below it.
    pub(super) fn begins_with(&self, base: &DistinguishedName<'_>) -> bool {
        base.prefix_of(self).is_some()
    }

    /// The text of the only attribute with this id, if it is text.
    pub(super) fn only_text(&self, id: &[u8]) -> Option<&'a str> {
        let attributes = Attributes::new(self.0, SUBJECT).flatten();
        let mut found = attributes.filter(|attribute| attribute.id.rest() == id);
        match (found.next(), found.next()) {
            (Some(only), None) => only.text(),
            _ => None,
        }
    }

    /// Whether the name has an attribute with this id.
    pub(super) fn has(&self, id: &[u8]) -> bool {
        let mut attributes = Attributes::new(self.0, SUBJECT).flatten();
        attributes.any(|attribute| attribute.id.rest() == id)
    }

    /// The rest of `other` behind this name, if it begins with it.
    fn prefix_of<'o>(&self, other: &DistinguishedName<'o>) -> Option<Reader<'o>> {
        let (mut own, mut rest) = (self.0, other.0);
        while !own.rest().is_empty() {
            let mut one = Attributes::of_set(element(&mut own, SET, SUBJECT).ok()?);
            let mut another = Attributes::of_set(element(&mut rest, SET, SUBJECT).ok()?);
            loop {
                match (one.next(), another.next()) {
                    (None, None) => break,
                    (Some(Ok(one)), Some(Ok(another))) if one.is_same(&another) => {}
                    _ => return None,
                }
            }
        }
        Some(rest)
    }
}

/// An attribute of a name.
pub(super) struct Attribute<'a> {
    pub(super) id: Reader<'a>,
    tag: u8,
    value: Reader<'a>,
}

impl<'a> Attribute<'a> {
    /// Whether both are the same attribute with the same value.
    fn is_same(&self, other: &Attribute<'_>) -> bool {
        let is_text = |tag| matches!(tag, UTF8_STRING | PRINTABLE_STRING);
        let (own, others) = (self.value.rest(), other.value.rest());
        self.id.rest() == other.id.rest()
            && if is_text(self.tag) && is_text(other.tag) {
                folded(own).eq(folded(others))
            } else {
                self.tag == other.tag && own == others
            }
    }

    /// The attribute's text, if it is text.
    pub(super) fn text(&self) -> Option<&'a str> {
        match self.tag {
            UTF8_STRING | PRINTABLE_STRING => core::str::from_utf8(self.value.rest()).ok(),
            _ => None,
        }
    }
}

/// A text in lower case, without spaces around it, and with one space between words.
fn folded(text: &[u8]) -> impl Iterator<Item = u8> {
    let mut last = b' ';
    let text = text.trim_ascii().iter().map(u8::to_ascii_lowercase);
    text.filter(move |&byte| byte != b' ' || core::mem::replace(&mut last, byte) != b' ')
}

/// The attributes of a name, whether they are in one set or each in its own.
pub(super) struct Attributes<'a> {
    sets: Reader<'a>,
    set: Reader<'a>,
    place: &'static Place,
}

impl<'a> Attributes<'a> {
    pub(super) fn new(name: Reader<'a>, place: &'static Place) -> Self {
        Self {
            sets: name,
            set: Reader::new(&[]),
            place,
        }
    }

    /// The attributes of one set.
    fn of_set(set: Reader<'a>) -> Self {
        Self {
            sets: Reader::new(&[]),
            set,
            place: SUBJECT,
        }
    }

    fn read(&mut self) -> Result<Attribute<'a>, UnmarshalError> {
        let place = self.place;
        if self.set.rest().is_empty() {
            self.set = element(&mut self.sets, SET, place)?;
        }
        let mut attribute = element(&mut self.set, SEQUENCE, place)?;
        let id = element(&mut attribute, OBJECT_IDENTIFIER, place)?;
        let (tag, value) = any(&mut attribute, place)?;
        end(attribute, place)?;
        Ok(Attribute { id, tag, value })
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = Result<Attribute<'a>, UnmarshalError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.set.rest().is_empty() && self.sets.rest().is_empty() {
            return None;
        }
        let attribute = self.read();
        if attribute.is_err() {
            // Nothing behind it can be told apart.
            self.sets = Reader::new(&[]);
            self.set = Reader::new(&[]);
        }
        Some(attribute)
    }
}
