//! Certificates (RFC 5280) as far as they speak of a TPM.

use core::fmt;

use super::{SanProblem, TpmIdentity, TpmSpecification};
use crate::{
    error::{Place, Reason, UnmarshalError},
    verify::{PlainKey, key::spki::SpkiProblem},
    wire::{
        Reader,
        der::{
            BIT_STRING, BOOLEAN, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, PRINTABLE_STRING,
            SEQUENCE, SET, UTF8_STRING, any, element,
        },
    },
};

pub(super) const fn place(field: &'static str) -> Place {
    Place {
        structure: "Certificate",
        field,
    }
}

pub(super) const WHOLE: &Place = &place("");
const TBS: &Place = &place("tbsCertificate");
const VERSION: &Place = &place("version");
const SERIAL: &Place = &place("serialNumber");
const SIGNATURE: &Place = &place("signature");
const ISSUER: &Place = &place("issuer");
const VALIDITY: &Place = &place("validity");
const SUBJECT: &Place = &place("subject");
const KEY: &Place = &place("subjectPublicKeyInfo");
const EXTENSIONS: &Place = &place("extensions");
const KEY_USAGE: &Place = &place("keyUsage");
const EXT_KEY_USAGE: &Place = &place("extKeyUsage");
const BASIC_CONSTRAINTS: &Place = &place("basicConstraints");
const ALGORITHM: &Place = &place("signatureAlgorithm");
const VALUE: &Place = &place("signatureValue");

/// `[0]` and `[3]`, explicit.
const VERSION_TAG: u8 = 0xa0;
const EXTENSIONS_TAG: u8 = 0xa3;
/// Version 3, the one with extensions.
const V3: &[u8] = &[2];
/// What `TRUE` is in DER.
const TRUE: &[u8] = &[0xff];

/// `id-ce`, 2.5.29, and the extensions of it that are read here.
const SUBJECT_DIRECTORY_ATTRIBUTES: &[u8] = &[0x55, 0x1d, 0x09];
const KEY_USAGE_ID: &[u8] = &[0x55, 0x1d, 0x0f];
const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x11];
const BASIC_CONSTRAINTS_ID: &[u8] = &[0x55, 0x1d, 0x13];
const EXT_KEY_USAGE_ID: &[u8] = &[0x55, 0x1d, 0x25];

/// A certificate as it is read: **nothing in it is verified**, and anyone can make one.
///
/// [`AkCertificate`](super::AkCertificate) and [`EkCertificate`](super::EkCertificate) are
/// what verification gives.
#[derive(Clone, Copy, Debug)]
pub struct X509Certificate<'a> {
    issuer: DistinguishedName<'a>,
    subject: DistinguishedName<'a>,
    key: Reader<'a>,
    key_usage: Option<KeyUsage>,
    is_ca: Option<bool>,
    purposes: Option<Reader<'a>>,
    alt_name: Option<Extension<'a>>,
    attributes: Option<Extension<'a>>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Extension<'a> {
    pub(super) critical: bool,
    pub(super) value: Reader<'a>,
}

/// The first eight bits of `keyUsage`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct KeyUsage(u8);

impl KeyUsage {
    pub(super) const DIGITAL_SIGNATURE: Self = Self(0x80);
    pub(super) const KEY_ENCIPHERMENT: Self = Self(0x20);
    pub(super) const KEY_AGREEMENT: Self = Self(0x08);
    pub(super) const KEY_CERT_SIGN: Self = Self(0x04);
}

impl<'a> X509Certificate<'a> {
    /// Reads exactly one certificate, in DER.
    ///
    /// # Errors
    /// The bytes are none of version 3, or bytes are left over after it.
    pub fn from_der(der: &'a [u8]) -> Result<Self, UnmarshalError> {
        let mut r = Reader::new(der);
        let certificate = Self::read(&mut r)?;
        end(r, WHOLE)?;
        Ok(certificate)
    }

    /// Reads the certificate at the start of `r`.
    pub(super) fn read(r: &mut Reader<'a>) -> Result<Self, UnmarshalError> {
        let mut whole = element(r, SEQUENCE, WHOLE)?;
        let mut tbs = element(&mut whole, SEQUENCE, TBS)?;
        element(&mut whole, SEQUENCE, ALGORITHM)?;
        element(&mut whole, BIT_STRING, VALUE)?;
        end(whole, WHOLE)?;

        let mut explicit = element(&mut tbs, VERSION_TAG, VERSION)?;
        let version = element(&mut explicit, INTEGER, VERSION)?;
        end(explicit, VERSION)?;
        if version.rest() != V3 {
            return Err(refused(version, VERSION));
        }
        element(&mut tbs, INTEGER, SERIAL)?;
        element(&mut tbs, SEQUENCE, SIGNATURE)?;
        let issuer = DistinguishedName::read(element(&mut tbs, SEQUENCE, ISSUER)?, ISSUER)?;
        element(&mut tbs, SEQUENCE, VALIDITY)?;
        let subject = DistinguishedName::read(element(&mut tbs, SEQUENCE, SUBJECT)?, SUBJECT)?;
        let mut certificate = Self {
            issuer,
            subject,
            key: element(&mut tbs, SEQUENCE, KEY)?,
            key_usage: None,
            is_ca: None,
            purposes: None,
            alt_name: None,
            attributes: None,
        };
        if !tbs.rest().is_empty() {
            let mut explicit = element(&mut tbs, EXTENSIONS_TAG, EXTENSIONS)?;
            let extensions = element(&mut explicit, SEQUENCE, EXTENSIONS)?;
            end(explicit, EXTENSIONS)?;
            certificate.read_extensions(extensions)?;
        }
        end(tbs, TBS)?;
        Ok(certificate)
    }

    fn read_extensions(&mut self, mut extensions: Reader<'a>) -> Result<(), UnmarshalError> {
        while !extensions.rest().is_empty() {
            let at = extensions;
            let mut extension = element(&mut extensions, SEQUENCE, EXTENSIONS)?;
            let id = element(&mut extension, OBJECT_IDENTIFIER, EXTENSIONS)?;
            let critical = extension.rest().first() == Some(&BOOLEAN);
            if critical {
                let value = element(&mut extension, BOOLEAN, EXTENSIONS)?;
                if value.rest() != TRUE {
                    return Err(refused(value, EXTENSIONS));
                }
            }
            let value = element(&mut extension, OCTET_STRING, EXTENSIONS)?;
            end(extension, EXTENSIONS)?;
            let extension = Extension { critical, value };
            let is_second = match id.rest() {
                KEY_USAGE_ID => self.key_usage.replace(key_usage(value)?).is_some(),
                BASIC_CONSTRAINTS_ID => self.is_ca.replace(is_ca(value)?).is_some(),
                EXT_KEY_USAGE_ID => self.purposes.replace(purposes(value)?).is_some(),
                SUBJECT_ALT_NAME => self.alt_name.replace(extension).is_some(),
                SUBJECT_DIRECTORY_ATTRIBUTES => self.attributes.replace(extension).is_some(),
                _ => false,
            };
            if is_second {
                return Err(refused(at, EXTENSIONS));
            }
        }
        Ok(())
    }

    /// Who issued it, by its own account.
    #[must_use]
    pub const fn issuer(&self) -> &DistinguishedName<'a> {
        &self.issuer
    }

    /// Whom it is for; empty in most endorsement certificates.
    #[must_use]
    pub const fn subject(&self) -> &DistinguishedName<'a> {
        &self.subject
    }

    /// What its key may be used for (`extKeyUsage`).
    pub fn purposes(&self) -> impl Iterator<Item = Oid<'a>> + use<'a> {
        // They were read once.
        let mut purposes = self.purposes;
        core::iter::from_fn(move || {
            let oid = element(purposes.as_mut()?, OBJECT_IDENTIFIER, EXT_KEY_USAGE).ok()?;
            Some(Oid(oid.rest()))
        })
    }

    /// Maker, model and version of the TPM (`subjectAltName`).
    ///
    /// # Errors
    /// They are not there as the TCG's profiles want them.
    pub fn identity(&self) -> Result<TpmIdentity<'a>, SanProblem> {
        let alt_name = self.alt_name.ok_or(SanProblem::Missing)?;
        if self.subject.is_empty() && !alt_name.critical {
            return Err(SanProblem::NotCritical);
        }
        TpmIdentity::read(alt_name.value)
    }

    /// Which specification the TPM is of (`subjectDirectoryAttributes`); most certificates
    /// of attestation keys do not say.
    ///
    /// # Errors
    /// The extension cannot be read.
    pub fn specification(&self) -> Result<Option<TpmSpecification<'a>>, UnmarshalError> {
        match self.attributes {
            Some(attributes) => TpmSpecification::read(attributes.value),
            None => Ok(None),
        }
    }

    pub(super) fn key(&self) -> Result<PlainKey<'a>, SpkiProblem> {
        PlainKey::of_spki_contents(self.key)
    }

    /// Whether it may be a certification authority's: it may if it does not say.
    pub(super) fn may_issue(&self) -> bool {
        self.is_ca != Some(false) && self.allows(KeyUsage::KEY_CERT_SIGN)
    }

    /// Whether its key may be used in this way: it may be in every way if it does not say.
    pub(super) fn allows(&self, usage: KeyUsage) -> bool {
        self.key_usage.is_none_or(|own| own.0 & usage.0 == usage.0)
    }
}

fn key_usage(mut value: Reader<'_>) -> Result<KeyUsage, UnmarshalError> {
    let bits = element(&mut value, BIT_STRING, KEY_USAGE)?;
    end(value, KEY_USAGE)?;
    // The bits that are not used in the last byte, then at most nine.
    match *bits.rest() {
        [0..=7, first] | [0..=7, first, _] => Ok(KeyUsage(first)),
        _ => Err(refused(bits, KEY_USAGE)),
    }
}

/// `cA` of `basicConstraints`. How long the path may be is for `webpki` to read.
fn is_ca(mut value: Reader<'_>) -> Result<bool, UnmarshalError> {
    let mut constraints = element(&mut value, SEQUENCE, BASIC_CONSTRAINTS)?;
    end(value, BASIC_CONSTRAINTS)?;
    if constraints.rest().first() != Some(&BOOLEAN) {
        return Ok(false);
    }
    let is_ca = element(&mut constraints, BOOLEAN, BASIC_CONSTRAINTS)?;
    match is_ca.rest() {
        TRUE => Ok(true),
        // FALSE is what is left out in DER; some write it all the same.
        [0] => Ok(false),
        _ => Err(refused(is_ca, BASIC_CONSTRAINTS)),
    }
}

fn purposes(mut value: Reader<'_>) -> Result<Reader<'_>, UnmarshalError> {
    let purposes = element(&mut value, SEQUENCE, EXT_KEY_USAGE)?;
    end(value, EXT_KEY_USAGE)?;
    let mut all = purposes;
    while !all.rest().is_empty() {
        element(&mut all, OBJECT_IDENTIFIER, EXT_KEY_USAGE)?;
    }
    Ok(purposes)
}

pub(super) fn refused(at: Reader<'_>, place: &'static Place) -> UnmarshalError {
    at.error(Reason::WrongConstant).in_place(place)
}

pub(super) fn end(r: Reader<'_>, place: &'static Place) -> Result<(), UnmarshalError> {
    r.finish().map_err(|error| error.in_place(place))
}

/// An object identifier. As text, `2.23.133.8.3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Oid<'a>(&'a [u8]);

impl<'a> Oid<'a> {
    /// An endorsement certificate: 2.23.133.8.1, `tcg-kp-EKCertificate`.
    pub const EK_CERTIFICATE: Oid<'static> = Oid(&[0x67, 0x81, 0x05, 0x08, 0x01]);
    /// A certificate of an attestation key: 2.23.133.8.3, `tcg-kp-AIKCertificate`.
    pub const AK_CERTIFICATE: Oid<'static> = Oid(&[0x67, 0x81, 0x05, 0x08, 0x03]);

    /// Its bytes in DER, without tag and length.
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.0
    }
}

impl fmt::Display for Oid<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
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

/// A name as certificates have it. As text, `CN=swtpm-localca`, in the order of the
/// certificate; whatever is not printable ASCII is escaped.
#[derive(Clone, Copy, Debug)]
pub struct DistinguishedName<'a>(Reader<'a>);

impl<'a> DistinguishedName<'a> {
    fn read(name: Reader<'a>, place: &'static Place) -> Result<Self, UnmarshalError> {
        for attribute in Attributes::new(name, place) {
            attribute?;
        }
        Ok(Self(name))
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.rest().is_empty()
    }

    /// Its bytes in DER, without tag and length.
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

/// An attribute of a name.
pub(super) struct Attribute<'a> {
    pub(super) id: Reader<'a>,
    tag: u8,
    value: Reader<'a>,
}

impl<'a> Attribute<'a> {
    /// Its text, if it is one.
    pub(super) fn text(&self) -> Option<&'a str> {
        match self.tag {
            UTF8_STRING | PRINTABLE_STRING => core::str::from_utf8(self.value.rest()).ok(),
            _ => None,
        }
    }
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
