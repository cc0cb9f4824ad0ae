//! What a certificate says about a TPM: maker, model, version, specification.

use super::name::{Attributes, place, refused};
use crate::{
    error::{Place, UnmarshalError},
    verify::error::{Error, Part, SanProblem, TpmAttribute},
    wire::{
        Reader,
        der::{
            OBJECT_IDENTIFIER, PRINTABLE_STRING, SEQUENCE, SET, UTF8_STRING, any, element, end,
            unsigned,
        },
    },
};

const ALT_NAME: &Place = &place("subjectAltName");
const SPECIFICATION: &Place = &place("subjectDirectoryAttributes");

/// `directoryName`, `[4]`, in a `GeneralName`.
const DIRECTORY_NAME: u8 = 0xa4;

/// `tpmManufacturer`, `tpmModel` and `tpmVersion`, 2.23.133.2.1 to 2.23.133.2.3.
const MANUFACTURER: &[u8] = &[0x67, 0x81, 0x05, 0x02, 0x01];
const MODEL: &[u8] = &[0x67, 0x81, 0x05, 0x02, 0x02];
const VERSION: &[u8] = &[0x67, 0x81, 0x05, 0x02, 0x03];
/// `tpmSpecification`, 2.23.133.2.16.
const SPECIFICATION_ID: &[u8] = &[0x67, 0x81, 0x05, 0x02, 0x10];

/// Makers, by the four bytes of their ids, with zeros at the end: the TCG's registry of
/// vendors, and what swtpm writes if it is told nothing else.
const MAKERS: [(u32, &str); 26] = [
    (0x0000_1014, "swtpm"),
    (0x414d_4400, "AMD"),
    (0x4154_4d4c, "Atmel"),
    (0x4252_434d, "Broadcom"),
    (0x4353_434f, "Cisco"),
    (0x464c_5953, "Flyslice"),
    (0x474f_4f47, "Google"),
    (0x4849_5349, "Huawei"),
    (0x4850_4500, "HPE"),
    (0x4942_4d00, "IBM"),
    (0x4946_5800, "Infineon"),
    (0x494e_5443, "Intel"),
    (0x4c45_4e00, "Lenovo"),
    (0x4d53_4654, "Microsoft"),
    (0x4e53_4d00, "National Semiconductor"),
    (0x4e54_4300, "Nuvoton"),
    (0x4e54_5a00, "Nationz"),
    (0x5143_4f4d, "Qualcomm"),
    (0x524f_4343, "Fuzhou Rockchip"),
    (0x534d_5343, "SMSC"),
    (0x534d_534e, "Samsung"),
    (0x534e_5300, "Sinosun"),
    (0x5354_4d00, "STMicroelectronics"),
    (0x5458_4e00, "Texas Instruments"),
    (0x5745_4300, "Winbond"),
    (0xffff_f1d0, "FIDO conformance test"),
];

/// The TPM that a certificate is for, according to its issuer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TpmIdentity<'a> {
    /// `tpmManufacturer`, such as `id:53544D20`.
    pub manufacturer: &'a str,
    /// `tpmModel`, a part number.
    pub model: &'a str,
    /// `tpmVersion`, the version of the firmware, such as `id:00010002`.
    pub version: &'a str,
}

impl<'a> TpmIdentity<'a> {
    /// What is not said.
    pub(super) const UNKNOWN: Self = Self {
        manufacturer: "",
        model: "",
        version: "",
    };

    /// From the value of `subjectAltName`.
    pub(super) fn read(mut value: Reader<'a>) -> Result<Self, Error> {
        let malformed = |error| Error::structure(Part::Certificate, error);
        let mut names = element(&mut value, SEQUENCE, ALT_NAME).map_err(malformed)?;
        end(value, ALT_NAME).map_err(malformed)?;
        let [mut manufacturer, mut model, mut version] = [None; 3];
        while !names.rest().is_empty() {
            let (tag, mut name) = any(&mut names, ALT_NAME).map_err(malformed)?;
            if tag != DIRECTORY_NAME {
                continue;
            }
            let attributes = element(&mut name, SEQUENCE, ALT_NAME).map_err(malformed)?;
            end(name, ALT_NAME).map_err(malformed)?;
            for attribute in Attributes::new(attributes, ALT_NAME) {
                let attribute = attribute.map_err(malformed)?;
                let (slot, of) = match attribute.id.rest() {
                    MANUFACTURER => (&mut manufacturer, TpmAttribute::Manufacturer),
                    MODEL => (&mut model, TpmAttribute::Model),
                    VERSION => (&mut version, TpmAttribute::Version),
                    _ => continue,
                };
                let text = attribute.text().filter(|text| !text.is_empty());
                let text = text.ok_or(SanProblem::NoText(of))?;
                if slot.replace(text).is_some() {
                    return Err(SanProblem::Twice(of).into());
                }
            }
        }
        let needed = |text: Option<&'a str>, of| text.ok_or(SanProblem::Lacks(of));
        let identity = Self {
            manufacturer: needed(manufacturer, TpmAttribute::Manufacturer)?,
            model: needed(model, TpmAttribute::Model)?,
            version: needed(version, TpmAttribute::Version)?,
        };
        match identity.id() {
            Some(_) => Ok(identity),
            None => Err(SanProblem::ManufacturerId.into()),
        }
    }

    /// The maker's id, with zeros at the end where others have spaces.
    fn id(&self) -> Option<u32> {
        let digits = self.manufacturer.strip_prefix("id:")?.as_bytes();
        let digits: &[u8; 8] = digits.try_into().ok()?;
        let id = digits.iter().try_fold(0_u32, |id, &digit| {
            Some(id << 4 | char::from(digit).to_digit(16)?)
        })?;
        let mut id = id.to_be_bytes();
        for byte in id.iter_mut().rev().take_while(|byte| **byte == b' ') {
            *byte = 0;
        }
        Some(u32::from_be_bytes(id))
    }

    /// Returns the maker's name, or `None` if this crate does not know its id.
    #[must_use]
    pub fn maker(&self) -> Option<&'static str> {
        let id = self.id()?;
        let found = MAKERS.iter().find(|(known, _)| *known == id);
        found.map(|(_, name)| *name)
    }
}

/// The specification that a TPM implements: `tpmSpecification`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TpmSpecification<'a> {
    /// The family, such as `2.0`.
    pub family: &'a str,
    /// The level.
    pub level: u32,
    /// The revision, such as 164 for 1.64.
    pub revision: u32,
}

impl<'a> TpmSpecification<'a> {
    /// From the value of `subjectDirectoryAttributes`.
    pub(super) fn read(mut value: Reader<'a>) -> Result<Option<Self>, UnmarshalError> {
        let mut attributes = element(&mut value, SEQUENCE, SPECIFICATION)?;
        end(value, SPECIFICATION)?;
        while !attributes.rest().is_empty() {
            let mut attribute = element(&mut attributes, SEQUENCE, SPECIFICATION)?;
            let id = element(&mut attribute, OBJECT_IDENTIFIER, SPECIFICATION)?;
            let mut values = element(&mut attribute, SET, SPECIFICATION)?;
            end(attribute, SPECIFICATION)?;
            if id.rest() != SPECIFICATION_ID {
                continue;
            }
            let mut value = element(&mut values, SEQUENCE, SPECIFICATION)?;
            end(values, SPECIFICATION)?;
            let (tag, family) = any(&mut value, SPECIFICATION)?;
            let text = match tag {
                UTF8_STRING | PRINTABLE_STRING => core::str::from_utf8(family.rest()).ok(),
                _ => None,
            };
            let specification = Self {
                family: text.ok_or(refused(family, SPECIFICATION))?,
                level: number(&mut value)?,
                revision: number(&mut value)?,
            };
            end(value, SPECIFICATION)?;
            return Ok(Some(specification));
        }
        Ok(None)
    }
}

fn number(r: &mut Reader<'_>) -> Result<u32, UnmarshalError> {
    let at = *r;
    match unsigned(r, SPECIFICATION)? {
        digits @ ([] | [_] | [_, _] | [_, _, _] | [_, _, _, _]) => Ok(digits
            .iter()
            .fold(0, |number, &digit| number << 8 | u32::from(digit))),
        _ => Err(refused(at, SPECIFICATION)),
    }
}
