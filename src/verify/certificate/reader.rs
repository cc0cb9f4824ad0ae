//! Certificates (RFC 5280), as far as they concern a TPM.

use super::{
    identity::{TpmIdentity, TpmSpecification},
    name::{DistinguishedName, Oid, SUBJECT, place, refused},
};
use crate::{
    error::{Place, UnmarshalError},
    verify::{
        attestation_key::{PlainKey, SpkiProblem},
        error::{Error, SanProblem},
    },
    wire::{
        Reader,
        der::{
            BIT_STRING, BOOLEAN, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, element, end,
        },
    },
};

pub(super) const WHOLE: &Place = &place("");
const TBS: &Place = &place("tbsCertificate");
const VERSION: &Place = &place("version");
const SERIAL: &Place = &place("serialNumber");
const SIGNATURE: &Place = &place("signature");
const ISSUER: &Place = &place("issuer");
const VALIDITY: &Place = &place("validity");
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

/// A certificate that was only read: **nothing in it is verified**, and anyone can make one.
///
/// A verification returns [`AkCertificate`](super::AkCertificate) or
/// [`EkCertificate`](super::EkCertificate).
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
    /// The bytes are not a certificate of version 3, or bytes are left over after it.
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

    /// Returns the issuer that the certificate names.
    #[must_use]
    pub const fn issuer(&self) -> &DistinguishedName<'a> {
        &self.issuer
    }

    /// Returns the subject, which is empty in most endorsement certificates.
    #[must_use]
    pub const fn subject(&self) -> &DistinguishedName<'a> {
        &self.subject
    }

    /// Returns the purposes that the key may be used for (`extKeyUsage`).
    pub fn purposes(&self) -> impl Iterator<Item = Oid<'a>> + use<'a> {
        // They were read once.
        let mut purposes = self.purposes;
        core::iter::from_fn(move || {
            let oid = element(purposes.as_mut()?, OBJECT_IDENTIFIER, EXT_KEY_USAGE).ok()?;
            Some(Oid(oid.rest()))
        })
    }

    /// Returns the maker, model and version of the TPM (`subjectAltName`).
    ///
    /// # Errors
    /// They are missing, or not in the form that the TCG's profiles require.
    pub fn identity(&self) -> Result<TpmIdentity<'a>, Error> {
        let alt_name = self.alt_name.ok_or(SanProblem::Missing)?;
        if self.subject.is_empty() && !alt_name.critical {
            return Err(SanProblem::NotCritical.into());
        }
        TpmIdentity::read(alt_name.value)
    }

    /// Returns the specification that the TPM implements (`subjectDirectoryAttributes`), which
    /// most certificates of attestation keys do not have.
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

    /// Whether it may be the certificate of an authority: so it is if nothing says otherwise.
    pub(super) fn may_issue(&self) -> bool {
        self.is_ca != Some(false) && self.allows(KeyUsage::KEY_CERT_SIGN)
    }

    /// Whether its key may be used in this way: in every way, if there is no `keyUsage`.
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
