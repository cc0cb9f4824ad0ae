//! Certificates (RFC 5280), as far as they concern a TPM.

use super::{
    constraints::NameConstraints,
    identity::{TpmIdentity, TpmSpecification},
    name::{DistinguishedName, Oid, SUBJECT, place, refused},
    signature::Signed,
    validity::Validity,
};
use crate::{
    error::{Place, UnmarshalError},
    verify::{
        attestation_key::{PlainKey, SpkiProblem},
        error::{CertificateProblem, Error, Part, SanProblem},
    },
    wire::{
        Reader,
        der::{
            BIT_STRING, BOOLEAN, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, element, end,
            unsigned,
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
const POLICY_CONSTRAINTS: &Place = &place("policyConstraints");
const ALGORITHM: &Place = &place("signatureAlgorithm");
const VALUE: &Place = &place("signatureValue");

/// `[0]` and `[3]`, explicit.
const VERSION_TAG: u8 = 0xa0;
const EXTENSIONS_TAG: u8 = 0xa3;
/// `[1]` and `[2]`, implicit. Nobody uses them any more.
const ISSUER_UNIQUE_ID: u8 = 0x81;
const SUBJECT_UNIQUE_ID: u8 = 0x82;
/// Version 3, the one with extensions.
const V3: &[u8] = &[2];
/// What `TRUE` and `FALSE` are in DER.
const TRUE: &[u8] = &[0xff];
const FALSE: &[u8] = &[0];
/// `requireExplicitPolicy`, `[0]`, of `policyConstraints`.
const REQUIRE_EXPLICIT_POLICY: u8 = 0x80;

/// `id-ce`, 2.5.29, and the extensions of it that are read here.
const SUBJECT_DIRECTORY_ATTRIBUTES: &[u8] = &[0x55, 0x1d, 0x09];
const KEY_USAGE_ID: &[u8] = &[0x55, 0x1d, 0x0f];
const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x11];
const BASIC_CONSTRAINTS_ID: &[u8] = &[0x55, 0x1d, 0x13];
const NAME_CONSTRAINTS_ID: &[u8] = &[0x55, 0x1d, 0x1e];
const CRL_DISTRIBUTION_POINTS_ID: &[u8] = &[0x55, 0x1d, 0x1f];
const CERTIFICATE_POLICIES_ID: &[u8] = &[0x55, 0x1d, 0x20];
const POLICY_MAPPINGS_ID: &[u8] = &[0x55, 0x1d, 0x21];
const POLICY_CONSTRAINTS_ID: &[u8] = &[0x55, 0x1d, 0x24];
const EXT_KEY_USAGE_ID: &[u8] = &[0x55, 0x1d, 0x25];
const INHIBIT_ANY_POLICY_ID: &[u8] = &[0x55, 0x1d, 0x36];

/// `anyExtendedKeyUsage`, 2.5.29.37.0.
const ANY_PURPOSE: Oid<'static> = Oid(&[0x55, 0x1d, 0x25, 0x00]);

/// A certificate that was only read: **nothing in it is verified**, and anyone can make one.
///
/// A verification returns [`AkCertificate`](super::AkCertificate) or
/// [`EkCertificate`](super::EkCertificate).
#[derive(Clone, Copy, Debug)]
pub struct X509Certificate<'a> {
    pub(super) signed: Signed<'a>,
    issuer: DistinguishedName<'a>,
    pub(super) validity: Validity,
    subject: DistinguishedName<'a>,
    key: Reader<'a>,
    key_usage: Option<KeyUsage>,
    basic_constraints: Option<BasicConstraints>,
    purposes: Option<Reader<'a>>,
    alt_name: Option<Extension<'a>>,
    attributes: Option<Extension<'a>>,
    extensions: Reader<'a>,
    name_constraints: Option<NameConstraints<'a>>,
    /// The first extension that stands in the way of every path.
    unsupported: Option<CertificateProblem>,
}

/// `basicConstraints`.
#[derive(Clone, Copy, Debug)]
struct BasicConstraints {
    is_ca: bool,
    /// `pathLenConstraint`; more than 255 is as good as none.
    path_len: Option<u8>,
}

#[derive(Clone, Copy, Debug)]
struct Extension<'a> {
    critical: bool,
    value: Reader<'a>,
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

    /// Splits off the certificate at the start of the bytes: returns it in DER, and what
    /// follows it, such as the next one or the padding of an NV index.
    ///
    /// # Errors
    /// The bytes do not begin with a certificate of version 3.
    pub fn split_der(bytes: &'a [u8]) -> Result<(&'a [u8], &'a [u8]), UnmarshalError> {
        let mut r = Reader::new(bytes);
        Self::read(&mut r)?;
        let len = bytes.len().saturating_sub(r.rest().len());
        Ok(bytes.split_at_checked(len).unwrap_or((bytes, &[])))
    }

    /// Reads the certificate at the start of `r`.
    pub(super) fn read(r: &mut Reader<'a>) -> Result<Self, UnmarshalError> {
        let mut whole = element(r, SEQUENCE, WHOLE)?;
        let at = whole;
        let mut tbs = element(&mut whole, SEQUENCE, TBS)?;
        let len = at.rest().len().saturating_sub(whole.rest().len());
        let message = at.rest().get(..len).unwrap_or_default();
        let algorithm = element(&mut whole, SEQUENCE, ALGORITHM)?;
        let value = element(&mut whole, BIT_STRING, VALUE)?;
        end(whole, WHOLE)?;

        let mut explicit = element(&mut tbs, VERSION_TAG, VERSION)?;
        let version = element(&mut explicit, INTEGER, VERSION)?;
        end(explicit, VERSION)?;
        if version.rest() != V3 {
            return Err(refused(version, VERSION));
        }
        element(&mut tbs, INTEGER, SERIAL)?;
        // It is there twice, and the one that is signed has to be the one that is used.
        let signed_algorithm = element(&mut tbs, SEQUENCE, SIGNATURE)?;
        if signed_algorithm.rest() != algorithm.rest() {
            return Err(refused(signed_algorithm, SIGNATURE));
        }
        let issuer = DistinguishedName::read(element(&mut tbs, SEQUENCE, ISSUER)?, ISSUER)?;
        let validity = Validity::read(element(&mut tbs, SEQUENCE, VALIDITY)?, VALIDITY)?;
        let subject = DistinguishedName::read(element(&mut tbs, SEQUENCE, SUBJECT)?, SUBJECT)?;
        let mut certificate = Self {
            signed: Signed::new(message, algorithm, value),
            issuer,
            validity,
            subject,
            key: element(&mut tbs, SEQUENCE, KEY)?,
            key_usage: None,
            basic_constraints: None,
            purposes: None,
            alt_name: None,
            attributes: None,
            extensions: Reader::new(&[]),
            name_constraints: None,
            unsupported: None,
        };
        for tag in [ISSUER_UNIQUE_ID, SUBJECT_UNIQUE_ID] {
            if tbs.rest().first() == Some(&tag) {
                element(&mut tbs, tag, TBS)?;
            }
        }
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
        self.extensions = extensions;
        while !extensions.rest().is_empty() {
            let at = extensions;
            let (id, extension) = extension(&mut extensions)?;
            let Extension { critical, value } = extension;
            let is_second = match id.rest() {
                KEY_USAGE_ID => self.key_usage.replace(key_usage(value)?).is_some(),
                BASIC_CONSTRAINTS_ID => {
                    let constraints = basic_constraints(value)?;
                    self.basic_constraints.replace(constraints).is_some()
                }
                EXT_KEY_USAGE_ID => self.purposes.replace(purposes(value)?).is_some(),
                SUBJECT_ALT_NAME => self.alt_name.replace(extension).is_some(),
                SUBJECT_DIRECTORY_ATTRIBUTES => self.attributes.replace(extension).is_some(),
                NAME_CONSTRAINTS_ID => {
                    let constraints = NameConstraints::read(value)?;
                    self.name_constraints.replace(constraints).is_some()
                }
                // Where no certificate requires an explicit policy, every policy will do
                // (RFC 5280, 6.1). Revocation is not checked.
                CERTIFICATE_POLICIES_ID | CRL_DISTRIBUTION_POINTS_ID => false,
                POLICY_CONSTRAINTS_ID if requires_policy(value)? => {
                    self.refuse(CertificateProblem::Policy("policyConstraints"))
                }
                POLICY_CONSTRAINTS_ID => false,
                POLICY_MAPPINGS_ID if critical => {
                    self.refuse(CertificateProblem::Policy("policyMappings"))
                }
                INHIBIT_ANY_POLICY_ID if critical => {
                    self.refuse(CertificateProblem::Policy("inhibitAnyPolicy"))
                }
                _ if critical => self.refuse(CertificateProblem::CriticalExtension),
                _ => false,
            };
            if is_second {
                return Err(refused(at, EXTENSIONS));
            }
            if critical && id.rest() == SUBJECT_DIRECTORY_ATTRIBUTES {
                self.refuse(CertificateProblem::CriticalExtension);
            }
        }
        Ok(())
    }

    /// Remembers why no path may have this certificate. It can still be read.
    fn refuse(&mut self, problem: CertificateProblem) -> bool {
        self.unsupported.get_or_insert(problem);
        false
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

    /// Returns the contents of the extension with this id, in DER: of the first one, if it is
    /// there more than once.
    ///
    /// ```
    /// use tpm_quote::verify::{X509Certificate, certificate::Oid};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let der = std::fs::read("tests/data/certificates/root.der")?;
    /// let root = X509Certificate::from_der(&der)?;
    /// let key_usage = Oid::from_bytes(&[0x55, 0x1d, 0x0f]); // 2.5.29.15
    /// assert_eq!(root.extension(key_usage), Some(&[3, 2, 1, 6][..]));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn extension(&self, id: Oid<'_>) -> Option<&'a [u8]> {
        self.values(id).next().map(|value| value.rest())
    }

    /// The contents of the extension with this id, which may be there once.
    pub(crate) fn only_extension(&self, id: Oid<'_>) -> Result<Option<Reader<'a>>, UnmarshalError> {
        let mut values = self.values(id);
        match (values.next(), values.next()) {
            (_, Some(second)) => Err(refused(second, EXTENSIONS)),
            (only, None) => Ok(only),
        }
    }

    fn values(&self, id: Oid<'_>) -> impl Iterator<Item = Reader<'a>> {
        let mut extensions = self.extensions;
        let all = core::iter::from_fn(move || {
            if extensions.rest().is_empty() {
                return None;
            }
            // They were read once.
            extension(&mut extensions).ok()
        });
        all.filter_map(move |(own, extension)| {
            (own.rest() == id.as_bytes()).then_some(extension.value)
        })
    }

    /// Returns the numbers of the key that the certificate is for.
    ///
    /// # Errors
    /// The kind of key is not supported, or it cannot be read.
    pub fn plain_key(&self) -> Result<PlainKey<'a>, Error> {
        self.key().map_err(|problem| match problem {
            SpkiProblem::Der(error) => Error::structure(Part::Certificate, error),
            _ => CertificateProblem::KeyUnsupported.into(),
        })
    }

    /// Whether it says for which purposes its key is.
    pub(super) const fn has_purposes(&self) -> bool {
        self.purposes.is_some()
    }

    /// Whether it has `keyUsage`.
    pub(super) const fn has_key_usage(&self) -> bool {
        self.key_usage.is_some()
    }

    /// Whether it has `subjectAltName`.
    pub(super) const fn has_alt_name(&self) -> bool {
        self.alt_name.is_some()
    }

    /// The key that the certificate is for.
    pub(crate) fn key(&self) -> Result<PlainKey<'a>, SpkiProblem> {
        PlainKey::of_spki_contents(self.key)
    }

    /// The key of a certificate that is not for signing: an RSA key may say that it is for
    /// OAEP alone, as those of older endorsement certificates do.
    pub(super) fn encryption_key(&self) -> Result<PlainKey<'a>, SpkiProblem> {
        PlainKey::of_encryption_spki(self.key)
    }

    /// Returns whether it is the certificate of a certification authority, by what it says:
    /// `basicConstraints` has `cA`, and `keyUsage`, if it is there, `keyCertSign`.
    #[must_use]
    pub fn is_authority(&self) -> bool {
        self.basic_constraints.is_some_and(|own| own.is_ca) && self.allows(KeyUsage::KEY_CERT_SIGN)
    }

    /// Whether it says that it is the certificate of an authority.
    pub(super) fn is_ca(&self) -> bool {
        self.basic_constraints.is_some_and(|own| own.is_ca)
    }

    /// The most authorities that may stand between it and the certificate of a key.
    pub(super) fn path_len(&self) -> Option<u8> {
        self.basic_constraints.and_then(|own| own.path_len)
    }

    /// Whether it was issued by an authority of its own name.
    pub(super) fn is_self_issued(&self) -> bool {
        self.subject.is_same(&self.issuer)
    }

    /// Whether both are for the same key of the same subject.
    pub(super) fn is_same_authority(&self, other: &Self) -> bool {
        self.key.rest() == other.key.rest() && self.subject.is_same(&other.subject)
    }

    /// Whether it may have issued the other certificate, by the names in that one.
    pub(super) fn may_name(&self, issued: &Self) -> Result<(), CertificateProblem> {
        match &self.name_constraints {
            None => Ok(()),
            Some(constraints) => {
                let alt_name = issued.alt_name.map(|extension| extension.value);
                constraints.check(&issued.subject, alt_name)
            }
        }
    }

    /// Why no path may have this certificate, if it has such an extension.
    pub(super) fn supported(&self) -> Result<(), CertificateProblem> {
        self.unsupported.map_or(Ok(()), Err)
    }

    /// Whether it may be used for one of these purposes: for every one, if it names none.
    pub(super) fn is_for_one_of(&self, purposes: &[Oid<'_>]) -> bool {
        self.purposes.is_none()
            || self
                .purposes()
                .any(|own| own == ANY_PURPOSE || purposes.contains(&own))
    }

    /// Whether its key may be used in this way: in every way, if there is no `keyUsage`.
    pub(super) fn allows(&self, usage: KeyUsage) -> bool {
        self.key_usage.is_none_or(|own| own.0 & usage.0 == usage.0)
    }
}

/// The extension that stands here, and its id.
fn extension<'a>(r: &mut Reader<'a>) -> Result<(Reader<'a>, Extension<'a>), UnmarshalError> {
    let mut extension = element(r, SEQUENCE, EXTENSIONS)?;
    let id = element(&mut extension, OBJECT_IDENTIFIER, EXTENSIONS)?;
    let critical = match extension.rest().first() {
        Some(&BOOLEAN) => boolean(&mut extension, EXTENSIONS)?,
        _ => false,
    };
    let value = element(&mut extension, OCTET_STRING, EXTENSIONS)?;
    end(extension, EXTENSIONS)?;
    Ok((id, Extension { critical, value }))
}

fn key_usage(mut value: Reader<'_>) -> Result<KeyUsage, UnmarshalError> {
    let bits = element(&mut value, BIT_STRING, KEY_USAGE)?;
    end(value, KEY_USAGE)?;
    // How many bits of the last byte are not used, then at most nine. The unused ones are
    // zero in DER: a reader that looked at them would see other uses.
    let (unused, first, last) = match *bits.rest() {
        [unused @ 0..=7, first] => (unused, first, first),
        [unused @ 0..=7, first, last] => (unused, first, last),
        _ => return Err(refused(bits, KEY_USAGE)),
    };
    if u32::from(unused) > last.trailing_zeros() {
        return Err(refused(bits, KEY_USAGE));
    }
    Ok(KeyUsage(first))
}

/// A truth value. FALSE is what is left out in DER; some makers write it all the same.
fn boolean(r: &mut Reader<'_>, place: &'static Place) -> Result<bool, UnmarshalError> {
    let value = element(r, BOOLEAN, place)?;
    match value.rest() {
        TRUE => Ok(true),
        FALSE => Ok(false),
        _ => Err(refused(value, place)),
    }
}

fn basic_constraints(mut value: Reader<'_>) -> Result<BasicConstraints, UnmarshalError> {
    let mut constraints = element(&mut value, SEQUENCE, BASIC_CONSTRAINTS)?;
    end(value, BASIC_CONSTRAINTS)?;
    let is_ca = match constraints.rest().first() {
        Some(&BOOLEAN) => boolean(&mut constraints, BASIC_CONSTRAINTS)?,
        _ => false,
    };
    let path_len = match constraints.rest() {
        [] => None,
        _ => match unsigned(&mut constraints, BASIC_CONSTRAINTS)? {
            &[len] => Some(len),
            _ => None,
        },
    };
    end(constraints, BASIC_CONSTRAINTS)?;
    Ok(BasicConstraints { is_ca, path_len })
}

/// Whether `policyConstraints` has `requireExplicitPolicy`.
fn requires_policy(mut value: Reader<'_>) -> Result<bool, UnmarshalError> {
    let constraints = element(&mut value, SEQUENCE, POLICY_CONSTRAINTS)?;
    end(value, POLICY_CONSTRAINTS)?;
    Ok(constraints.rest().first() == Some(&REQUIRE_EXPLICIT_POLICY))
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
