//! [`GoogleVm`]: the VM that Google Cloud names in the certificate of an attestation key.

use super::{
    name::{Oid, place, refused},
    reader::X509Certificate,
};
use crate::{
    error::{Place, UnmarshalError},
    verify::error::{Error, Part},
    wire::{
        Reader,
        der::{BOOLEAN, SEQUENCE, UTF8_STRING, any, element, end, unsigned},
    },
};

/// 1.3.6.1.4.1.11129.2.1.21.
const INSTANCE_ID: Oid<'static> =
    Oid(&[0x2b, 0x06, 0x01, 0x04, 0x01, 0xd6, 0x79, 0x02, 0x01, 0x15]);
const INSTANCE: &Place = &place("instance of Google Cloud");
/// The security properties, with a tag around them or without; and of these, which says
/// whether the instance is in production.
const PROPERTIES: u8 = 0xa0;
const IS_PRODUCTION: u8 = 0xa1;

/// A VM of Google Cloud, as the issuer of a certificate names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GoogleVm<'a> {
    /// The zone, such as `us-central1-a`.
    pub zone: &'a str,
    /// The number of the project.
    pub project_number: u64,
    /// The id of the project.
    pub project: &'a str,
    /// The id of the instance, which no other instance has.
    pub instance_id: u64,
    /// The name of the instance, which others may have as well.
    pub instance_name: &'a str,
    /// Whether it is in production, if the certificate says it.
    pub is_production: Option<bool>,
}

impl<'a> GoogleVm<'a> {
    /// The VM that a certificate names, if it has the extension.
    pub(super) fn of(certificate: &X509Certificate<'a>) -> Result<Option<Self>, Error> {
        let read = |certificate: &X509Certificate<'a>| {
            let value = certificate.only_extension(INSTANCE_ID)?;
            value.map(Self::read).transpose()
        };
        read(certificate).map_err(|error| Error::structure(Part::Certificate, error))
    }

    fn read(mut value: Reader<'a>) -> Result<Self, UnmarshalError> {
        let mut all = element(&mut value, SEQUENCE, INSTANCE)?;
        end(value, INSTANCE)?;
        let zone = text(&mut all)?;
        let project_number = number(&mut all)?;
        let project = text(&mut all)?;
        let instance_id = number(&mut all)?;
        let instance_name = text(&mut all)?;
        let mut is_production = None;
        if all.rest().first() == Some(&PROPERTIES) {
            let mut explicit = element(&mut all, PROPERTIES, INSTANCE)?;
            is_production = production(&mut explicit)?;
            end(explicit, INSTANCE)?;
        } else if !all.rest().is_empty() {
            is_production = production(&mut all)?;
        }
        end(all, INSTANCE)?;
        Ok(Self {
            zone,
            project_number,
            project,
            instance_id,
            instance_name,
            is_production,
        })
    }

    /// Whether it is in the project with this id, or this number in decimal digits. No id is
    /// a number: ids begin with a letter.
    pub(super) fn is_in_project(&self, project: &str) -> bool {
        let is_number = project.bytes().all(|byte| byte.is_ascii_digit());
        if is_number {
            project.parse() == Ok(self.project_number)
        } else {
            project == self.project
        }
    }
}

/// The value of `IS_PRODUCTION` in the security properties.
fn production(r: &mut Reader<'_>) -> Result<Option<bool>, UnmarshalError> {
    let mut properties = element(r, SEQUENCE, INSTANCE)?;
    let mut found = None;
    while !properties.rest().is_empty() {
        let at = properties;
        let (tag, mut property) = any(&mut properties, INSTANCE)?;
        if tag != IS_PRODUCTION {
            continue;
        }
        let value = element(&mut property, BOOLEAN, INSTANCE)?;
        end(property, INSTANCE)?;
        let value = match value.rest() {
            [0] => false,
            [0xff] => true,
            _ => return Err(refused(value, INSTANCE)),
        };
        if found.replace(value).is_some() {
            return Err(refused(at, INSTANCE));
        }
    }
    Ok(found)
}

fn text<'a>(r: &mut Reader<'a>) -> Result<&'a str, UnmarshalError> {
    let text = element(r, UTF8_STRING, INSTANCE)?;
    core::str::from_utf8(text.rest()).map_err(|_| refused(text, INSTANCE))
}

fn number(r: &mut Reader<'_>) -> Result<u64, UnmarshalError> {
    let at = *r;
    let digits = unsigned(r, INSTANCE)?;
    if digits.len() > 8 {
        return Err(refused(at, INSTANCE));
    }
    let shifted = digits.iter();
    Ok(shifted.fold(0, |number, &digit| number << 8 | u64::from(digit)))
}
