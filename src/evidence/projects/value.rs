//! Members of objects, and what they are decoded to.

use base64ct::Encoding;

use super::ProjectError;
use crate::{
    evidence::{
        json::{Json, JsonStr},
        room::{Room, RoomError},
    },
    types::TpmAlgId,
    verify::PcrSet,
};

/// The value of a member, where it stands in the text.
#[derive(Clone, Copy)]
pub(super) struct Value<'a> {
    pub(super) member: &'static str,
    pub(super) json: Json<'a>,
}

/// The values of these members of an object, each at most once. All other members are
/// passed over, and checked all the same.
pub(super) fn members<'a, const N: usize>(
    json: &mut Json<'a>,
    names: [&'static str; N],
) -> Result<[Option<Value<'a>>; N], ProjectError> {
    let mut found = [None; N];
    json.begin_object()?;
    let mut first = true;
    while let Some(key) = json.key(&mut first)? {
        let value = *json;
        json.skip()?;
        let mut places = names.into_iter().zip(&mut found);
        if let Some((member, place)) = places.find(|(member, _)| key.is(member)) {
            let value = Value {
                member,
                json: value,
            };
            if place.replace(value).is_some() {
                let offset = key.offset();
                return Err(ProjectError::Repeated { member, offset });
            }
        }
    }
    Ok(found)
}

/// The value of a member that has to be there.
pub(super) fn needed<'a>(
    value: Option<Value<'a>>,
    member: &'static str,
) -> Result<Value<'a>, ProjectError> {
    value.ok_or(ProjectError::Missing(member))
}

impl<'a> Value<'a> {
    /// The members of the object that it is.
    pub(super) fn members<const N: usize>(
        mut self,
        names: [&'static str; N],
    ) -> Result<[Option<Value<'a>>; N], ProjectError> {
        members(&mut self.json, names)
    }

    /// The elements of the array that it is, one after another.
    pub(super) fn elements(
        self,
        mut each: impl FnMut(Value<'a>) -> Result<(), ProjectError>,
    ) -> Result<(), ProjectError> {
        let Self { member, mut json } = self;
        json.begin_array()?;
        let mut first = true;
        while json.element(&mut first)? {
            each(Value { member, json })?;
            json.skip()?;
        }
        Ok(())
    }

    pub(super) fn whole(mut self) -> Result<u16, ProjectError> {
        Ok(self.json.whole()?)
    }

    /// The string that it is.
    pub(super) fn text(mut self) -> Result<JsonStr<'a>, ProjectError> {
        Ok(self.json.string()?)
    }

    pub(super) fn base64<E: Encoding>(self, room: &mut Room<'_>) -> Result<(), ProjectError> {
        let text = self.text()?;
        room.base64::<E>(text).map_err(|error| self.refuse(error))
    }

    pub(super) fn hex(self, room: &mut Room<'_>) -> Result<(), ProjectError> {
        let text = self.text()?;
        room.hex(text).map_err(|error| self.refuse(error))
    }

    /// Bytes as an array of numbers.
    pub(super) fn numbers(self, room: &mut Room<'_>) -> Result<(), ProjectError> {
        self.elements(|number| {
            let byte = u8::try_from(number.whole()?);
            let byte = byte.map_err(|_| number.refuse(RoomError::Text))?;
            room.append(&[byte]).map_err(|error| number.refuse(error))
        })
    }

    /// What it is decoded to, with its length in two bytes in front.
    pub(super) fn sized(
        self,
        room: &mut Room<'_>,
        decode: impl FnOnce(Self, &mut Room<'_>) -> Result<(), ProjectError>,
    ) -> Result<(), ProjectError> {
        let start = room.begin_sized().map_err(|error| self.refuse(error))?;
        decode(self, room)?;
        room.end_sized(start).map_err(|error| self.refuse(error))
    }

    /// The value of a PCR: bank and index, and what it is decoded to, which has to be
    /// as long as the bank's digests. `seen` are those that were read before.
    pub(super) fn pcr(
        self,
        (bank, index): (TpmAlgId, u8),
        seen: &mut PcrSet,
        room: &mut Room<'_>,
        decode: impl FnOnce(Self, &mut Room<'_>) -> Result<(), ProjectError>,
    ) -> Result<(), ProjectError> {
        let offset = self.json.offset();
        match seen.insert(bank, index) {
            Some(true) => {}
            Some(false) => {
                return Err(ProjectError::RepeatedValue {
                    bank,
                    index,
                    offset,
                });
            }
            None => return Err(ProjectError::Index { offset }),
        }
        let [high, low] = bank.0.to_be_bytes();
        let head = room.append(&[high, low, index]);
        head.map_err(|error| self.refuse(error))?;
        let start = room.written();
        decode(self, room)?;
        let found = room.written().saturating_sub(start);
        let expected = bank.digest_size().unwrap_or(0);
        if found != expected {
            return Err(ProjectError::ValueLength {
                bank,
                index,
                offset,
                expected,
                found,
            });
        }
        Ok(())
    }

    /// All 24 PCR of the bank of SHA-256, by their positions.
    pub(super) fn all_pcrs(
        self,
        room: &mut Room<'_>,
        decode: fn(Self, &mut Room<'_>) -> Result<(), ProjectError>,
    ) -> Result<(), ProjectError> {
        let mut seen = PcrSet::NONE;
        let mut indices = 0..=u8::MAX;
        self.elements(|value| {
            let offset = value.json.offset();
            let index = indices.next().ok_or(ProjectError::Index { offset })?;
            value.pcr((TpmAlgId::SHA256, index), &mut seen, room, decode)
        })?;
        match indices.next() {
            Some(24) => Ok(()),
            _ => Err(ProjectError::FewValues {
                offset: self.json.offset(),
            }),
        }
    }

    /// Why it is not decoded.
    pub(super) fn refuse(self, error: RoomError) -> ProjectError {
        match error {
            RoomError::Text => ProjectError::Encoding {
                member: self.member,
                offset: self.json.offset(),
            },
            RoomError::Full => ProjectError::Room,
        }
    }
}
