//! Members of JSON objects, and their decoding.

use base64ct::{Base64Url, Base64UrlUnpadded, Encoding};

use crate::{
    evidence::{
        buffer::{Buffer, BufferError},
        json::{Json, JsonError, JsonStr},
    },
    types::TpmAlgId,
    verify::{
        PcrSet,
        error::{Error, FieldProblem, Part, Problem, ProjectProblem},
    },
};

/// Text that is not JSON, or other JSON than expected.
pub(super) fn json_error(error: JsonError) -> Error {
    error.in_part(Part::Project)
}

pub(super) fn refused(problem: ProjectProblem) -> Error {
    Error::new(Part::Project, Problem::Project(problem))
}

pub(super) fn in_field(field: &'static str, problem: FieldProblem) -> Error {
    Error::new(Part::Project, Problem::Field { field, problem })
}

/// The value of a member, at its place in the text.
#[derive(Clone, Copy)]
pub(super) struct Value<'a> {
    pub(super) member: &'static str,
    pub(super) json: Json<'a>,
}

/// The values of these members of an object, each at most once. All other members are
/// skipped, but must be JSON.
pub(super) fn members<'a, const N: usize>(
    json: &mut Json<'a>,
    names: [&'static str; N],
) -> Result<[Option<Value<'a>>; N], Error> {
    let mut found = [None; N];
    json.begin_object().map_err(json_error)?;
    let mut first = true;
    while let Some(key) = json.key(&mut first).map_err(json_error)? {
        let value = *json;
        json.skip().map_err(json_error)?;
        let mut places = names.into_iter().zip(&mut found);
        if let Some((member, place)) = places.find(|(member, _)| key.is(member)) {
            let value = Value {
                member,
                json: value,
            };
            if place.replace(value).is_some() {
                return Err(in_field(member, FieldProblem::Repeated).at(key.offset()));
            }
        }
    }
    Ok(found)
}

/// The value of a member that has to be there.
pub(super) fn needed<'a>(
    value: Option<Value<'a>>,
    member: &'static str,
) -> Result<Value<'a>, Error> {
    value.ok_or(in_field(member, FieldProblem::Missing))
}

impl<'a> Value<'a> {
    /// The members of the object that it is.
    pub(super) fn members<const N: usize>(
        mut self,
        names: [&'static str; N],
    ) -> Result<[Option<Value<'a>>; N], Error> {
        members(&mut self.json, names)
    }

    /// The elements of the array that it is, one after another.
    pub(super) fn elements(
        self,
        mut each: impl FnMut(Value<'a>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let Self { member, mut json } = self;
        json.begin_array().map_err(json_error)?;
        let mut first = true;
        while json.element(&mut first).map_err(json_error)? {
            each(Value { member, json })?;
            json.skip().map_err(json_error)?;
        }
        Ok(())
    }

    pub(super) fn whole(mut self) -> Result<u16, Error> {
        self.json.whole().map_err(json_error)
    }

    /// The string that it is.
    pub(super) fn text(mut self) -> Result<JsonStr<'a>, Error> {
        self.json.string().map_err(json_error)
    }

    pub(super) fn base64<E: Encoding>(self, buffer: &mut Buffer<'_>) -> Result<(), Error> {
        let text = self.text()?;
        buffer.base64::<E>(text).map_err(|error| self.refuse(error))
    }

    /// Base64 for file names, with padding or without.
    pub(super) fn base64url(self, buffer: &mut Buffer<'_>) -> Result<(), Error> {
        if self.text()?.chars().any(|c| c == '=') {
            self.base64::<Base64Url>(buffer)
        } else {
            self.base64::<Base64UrlUnpadded>(buffer)
        }
    }

    pub(super) fn hex(self, buffer: &mut Buffer<'_>) -> Result<(), Error> {
        let text = self.text()?;
        buffer.hex(text).map_err(|error| self.refuse(error))
    }

    /// Bytes as an array of numbers.
    pub(super) fn numbers(self, buffer: &mut Buffer<'_>) -> Result<(), Error> {
        self.elements(|number| {
            let byte = u8::try_from(number.whole()?);
            let byte = byte.map_err(|_| number.refuse(BufferError::Text))?;
            buffer.append(&[byte]).map_err(|error| number.refuse(error))
        })
    }

    /// What it is decoded to, with its length in two bytes in front.
    pub(super) fn sized(
        self,
        buffer: &mut Buffer<'_>,
        decode: impl FnOnce(Self, &mut Buffer<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let start = buffer.begin_sized().map_err(|error| self.refuse(error))?;
        decode(self, buffer)?;
        buffer.end_sized(start).map_err(|error| self.refuse(error))
    }

    /// The value of a PCR: bank and index, and what it is decoded to, which has to be
    /// as long as the bank's digests. `seen` are those that were read before.
    pub(super) fn pcr(
        self,
        (bank, index): (TpmAlgId, u8),
        seen: &mut PcrSet,
        buffer: &mut Buffer<'_>,
        decode: impl FnOnce(Self, &mut Buffer<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        match seen.insert(bank, index) {
            Some(true) => {}
            Some(false) => {
                return Err(self.problem(FieldProblem::RepeatedValue { bank, index }));
            }
            None => return Err(self.problem(FieldProblem::Index)),
        }
        let [high, low] = bank.0.to_be_bytes();
        let head = buffer.append(&[high, low, index]);
        head.map_err(|error| self.refuse(error))?;
        let start = buffer.written();
        decode(self, buffer)?;
        let found = buffer.written().saturating_sub(start);
        let expected = bank.digest_size().unwrap_or(0);
        if found != expected {
            return Err(self.problem(FieldProblem::ValueLength {
                bank,
                index,
                expected,
                found,
            }));
        }
        Ok(())
    }

    /// All 24 PCRs of the SHA-256 bank, by their positions.
    pub(super) fn all_pcrs(
        self,
        buffer: &mut Buffer<'_>,
        decode: fn(Self, &mut Buffer<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut seen = PcrSet::NONE;
        let mut indices = 0..=u8::MAX;
        self.elements(|value| {
            let index = indices.next().ok_or(value.problem(FieldProblem::Index))?;
            value.pcr((TpmAlgId::SHA256, index), &mut seen, buffer, decode)
        })?;
        match indices.next() {
            Some(24) => Ok(()),
            _ => Err(self.problem(FieldProblem::FewValues)),
        }
    }

    /// What is wrong with it.
    pub(super) fn problem(self, problem: FieldProblem) -> Error {
        in_field(self.member, problem).at(self.json.offset())
    }

    /// Why it is not decoded.
    pub(super) fn refuse(self, error: BufferError) -> Error {
        match error {
            BufferError::Text => self.problem(FieldProblem::Encoding),
            BufferError::Full => Error::new(Part::Project, Problem::BufferTooSmall),
        }
    }
}
