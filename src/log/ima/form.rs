//! [`Form`]: how the entries of a list are written, and how one of them is read.

use super::{
    entry::{Bytes, Data, ImaEntry, Order, has_form},
    hexadecimal,
    template::{Field, MAX_NAME, NoTemplate, Template},
};
use crate::{
    types::TpmAlgId,
    verify::{
        Error,
        error::{ImaEntryProblem, ImaProblem, ImaUnsupported, MAX_IMA_ENTRY},
    },
    wire::Reader,
};

/// How the entries of a list are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Form {
    pub(super) is_ascii: bool,
    pub(super) order: Order,
    /// Bytes of each template digest.
    digest_size: usize,
}

/// Why no entry could be read from the bytes at hand.
#[derive(Clone, Copy, Debug)]
pub(super) enum Refusal {
    /// They end within it.
    Cut,
    /// It is malformed: at this byte from its start.
    Malformed(usize, ImaEntryProblem),
    /// Its template is not known.
    Template,
}

impl Refusal {
    /// The error about an entry with this number that begins at this byte of the list.
    #[cold]
    pub(super) fn of_entry(self, entry: u32, start: u64) -> Error {
        let (problem, at) = match self {
            Self::Cut => (ImaProblem::Truncated { entry }, 0),
            Self::Malformed(at, problem) => (ImaProblem::Entry { entry, problem }, at),
            Self::Template => {
                let problem = ImaUnsupported::Template { entry };
                (ImaProblem::Unsupported(problem), 0)
            }
        };
        let start = usize::try_from(start).unwrap_or(usize::MAX);
        Error::from(problem).at(start.saturating_add(at))
    }
}

/// The largest index of a PCR.
const LAST_PCR: u32 = 23;
/// Bytes of a line in front of its fields, at most: the PCR, the digest and the template.
const MAX_WORDS: usize = 512;
/// The sizes of template digests.
const SIZES: [usize; 4] = [20, 32, 48, 64];

/// Where an entry begins: its number, and the bytes before it.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) number: u32,
    pub(super) offset: u64,
}

impl Form {
    /// The form of a binary list, told by its first entry.
    pub(super) fn binary(list: &[u8]) -> Self {
        let of = |order, digest_size| Self {
            is_ascii: false,
            order,
            digest_size,
        };
        let orders = [Order::Little, Order::Big].into_iter();
        let mut forms = orders.flat_map(|order| SIZES.map(|size| of(order, size)));
        // What begins as no list is read as the common form, which says what is wrong.
        let common = of(Order::Little, SIZES[0]);
        forms.find(|form| form.begins(list)).unwrap_or(common)
    }

    /// Whether the first entry begins with a PCR, a digest of this size, and the name of a
    /// template.
    fn begins(&self, list: &[u8]) -> bool {
        let mut reader = Reader::new(list);
        let mut name = || {
            let pcr = self.order.u32(*reader.array().ok()?);
            reader.bytes(self.digest_size).ok()?;
            let size = self.order.u32(*reader.array().ok()?);
            let name = reader.bytes(usize::try_from(size).ok()?).ok()?;
            (pcr <= LAST_PCR).then_some(name)
        };
        name().is_some_and(|name| !matches!(Template::by_name(name), Err(NoTemplate::Form)))
    }

    /// The form of a list in ASCII, told by its first line. `None` if it is cut, so that more
    /// of it is needed.
    pub(super) fn ascii(list: &[u8]) -> Self {
        let mut words = list
            .split(|byte| *byte == b' ')
            .filter(|word| !word.is_empty());
        let size = words.nth(1).map_or(0, |digits| digits.len() / 2);
        let little = Self {
            is_ascii: true,
            order: Order::Little,
            digest_size: if SIZES.contains(&size) {
                size
            } else {
                SIZES[0]
            },
        };
        let big = Self {
            order: Order::Big,
            ..little
        };
        // The lengths that are hashed are not in the list.
        let fits = |form: &Self| {
            let start = Place {
                number: 0,
                offset: 0,
            };
            form.read(list, start).is_ok_and(|(entry, _)| {
                let short = entry.template_digest(TpmAlgId::SHA1);
                short.is_some_and(|short| entry.has_its_digest(&short))
            })
        };
        if fits(&big) { big } else { little }
    }

    /// Reads the entry with which the bytes begin, and gives what follows it.
    pub(super) fn read<'a>(
        &self,
        bytes: &'a [u8],
        place: Place,
    ) -> Result<(ImaEntry<'a>, &'a [u8]), Refusal> {
        if self.is_ascii {
            self.read_line(bytes, place)
        } else {
            self.read_record(bytes, place)
        }
    }

    fn read_record<'a>(
        &self,
        bytes: &'a [u8],
        place: Place,
    ) -> Result<(ImaEntry<'a>, &'a [u8]), Refusal> {
        let mut reader = Reader::new(bytes);
        let at =
            |left: usize, problem| Refusal::Malformed(bytes.len().saturating_sub(left), problem);
        let number = |reader: &mut Reader<'a>| match reader.array() {
            Ok(bytes) => Ok(self.order.u32(*bytes)),
            Err(_) => Err(Refusal::Cut),
        };
        let take = |reader: &mut Reader<'a>, size: u32| {
            let left = reader.rest().len();
            if size > MAX_IMA_ENTRY {
                let start = left.saturating_add(4);
                return Err(at(start, ImaEntryProblem::TooLong(size)));
            }
            let size = usize::try_from(size).unwrap_or(usize::MAX);
            reader.bytes(size).map_err(|_| Refusal::Cut)
        };

        let index = number(&mut reader)?;
        let pcr = u8::try_from(index).ok().filter(|_| index <= LAST_PCR);
        let pcr = pcr.ok_or(at(bytes.len(), ImaEntryProblem::PcrIndex(index)))?;
        let listed = reader.bytes(self.digest_size).map_err(|_| Refusal::Cut)?;
        let left = reader.rest().len();
        let size = number(&mut reader)?;
        if usize::try_from(size).is_ok_and(|size| size > MAX_NAME) {
            return Err(at(left, ImaEntryProblem::TemplateName));
        }
        let name = take(&mut reader, size)?;
        let template = template(name).map_err(|refusal| match refusal {
            Some(problem) => at(left, problem),
            None => Refusal::Template,
        })?;
        let data = if template.is_ima() {
            let digest = reader.bytes(20).map_err(|_| Refusal::Cut)?;
            let left = reader.rest().len();
            let size = number(&mut reader)?;
            let name = take(&mut reader, size)?;
            if !is_ima_name(name) {
                return Err(at(left, ImaEntryProblem::Field(Field::Name.id())));
            }
            let digest = Bytes::Raw(digest);
            Data::Ima { digest, name }
        } else {
            let size = number(&mut reader)?;
            let behind = reader.rest();
            let fields = take(&mut reader, size)?;
            self.check_fields(template, fields)
                .map_err(|(before, problem)| at(behind.len().saturating_sub(before), problem))?;
            Data::Fields(fields)
        };
        let entry = ImaEntry {
            number: place.number,
            offset: place.offset,
            pcr,
            listed: Bytes::Raw(listed),
            template,
            order: self.order,
            data,
        };
        Ok((entry, reader.rest()))
    }

    /// Whether the fields are those of the template; where they are not.
    fn check_fields(
        &self,
        template: Template<'_>,
        fields: &[u8],
    ) -> Result<(), (usize, ImaEntryProblem)> {
        let mut reader = Reader::new(fields);
        for field in template.fields() {
            let at = fields.len().saturating_sub(reader.rest().len());
            let missing = |_| (at, ImaEntryProblem::FieldCount);
            let size = self.order.u32(*reader.array().map_err(missing)?);
            let size = usize::try_from(size).unwrap_or(usize::MAX);
            let value = reader.bytes(size).map_err(missing)?;
            if !has_form(field, Bytes::Raw(value)) {
                return Err((at, ImaEntryProblem::Field(field.id())));
            }
        }
        match reader.rest() {
            [] => Ok(()),
            rest => {
                let at = fields.len().saturating_sub(rest.len());
                Err((at, ImaEntryProblem::FieldCount))
            }
        }
    }

    fn read_line<'a>(
        &self,
        bytes: &'a [u8],
        place: Place,
    ) -> Result<(ImaEntry<'a>, &'a [u8]), Refusal> {
        let limit = usize::try_from(MAX_IMA_ENTRY)
            .unwrap_or(usize::MAX)
            .saturating_mul(2)
            .saturating_add(MAX_WORDS);
        let end = bytes.iter().take(limit).position(|byte| *byte == b'\n');
        let Some(end) = end else {
            return Err(if bytes.len() >= limit {
                let len = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
                Refusal::Malformed(0, ImaEntryProblem::TooLong(len))
            } else {
                Refusal::Cut
            });
        };
        let (line, rest) = bytes.split_at_checked(end).unwrap_or_default();
        let at =
            |left: usize, problem| Refusal::Malformed(line.len().saturating_sub(left), problem);
        let no_line = at(line.len(), ImaEntryProblem::Line);
        let (pcr, behind) = index(line).ok_or(no_line)?;
        let (digits, behind) = word(behind).ok_or(no_line)?;
        if digits.len() != self.digest_size.saturating_mul(2)
            || !hexadecimal::is_hexadecimal(digits)
        {
            let start = digits.len().saturating_add(behind.len()).saturating_add(1);
            return Err(at(start, ImaEntryProblem::DigestForm));
        }
        let (name, text) = word(behind).ok_or(no_line)?;
        let template = template(name).map_err(|refusal| match refusal {
            Some(problem) => at(behind.len(), problem),
            None => Refusal::Template,
        })?;
        let mut words = text.split(|byte| *byte == b' ');
        let mut has_empty_text = false;
        let mut left = text.len();
        // Editors and `strip` in scripts take the spaces before empty fields from a line's end.
        let is_stripped = !text.ends_with(b" ");
        for field in template.fields() {
            let word = match words.next() {
                Some(word) => word,
                None if is_stripped && field.may_be_empty() => b"",
                None => return Err(at(0, ImaEntryProblem::FieldCount)),
            };
            let is_ima_name = !template.is_ima() || field != Field::Name || is_ima_name(word);
            if !has_form(field, Bytes::Digits(word)) || !is_ima_name {
                return Err(at(left, ImaEntryProblem::Field(field.id())));
            }
            has_empty_text |= field == Field::XattrNames && word.is_empty();
            left = left.saturating_sub(word.len()).saturating_sub(1);
        }
        if words.next().is_some() {
            return Err(at(left, ImaEntryProblem::FieldCount));
        }
        let data = if template.is_ima() {
            let (digest, name) = word(text).ok_or(no_line)?;
            let digest = Bytes::Digits(digest);
            Data::Ima { digest, name }
        } else {
            let has_zero = false;
            Data::Line { text, has_zero }
        };
        let mut entry = ImaEntry {
            number: place.number,
            offset: place.offset,
            pcr,
            listed: Bytes::Digits(digits),
            template,
            order: self.order,
            data,
        };
        if has_empty_text && !entry.is_violation() {
            // Only the template digest tells whether a text was missing or empty.
            let short = entry.template_digest(TpmAlgId::SHA1);
            if !short.is_some_and(|short| entry.has_its_digest(&short)) {
                let has_zero = true;
                entry.data = Data::Line { text, has_zero };
            }
        }
        Ok((entry, rest.get(1..).unwrap_or_default()))
    }
}

/// The template with this name: what is wrong with it, or `None` if it is not known.
fn template(name: &[u8]) -> Result<Template<'_>, Option<ImaEntryProblem>> {
    Template::by_name(name).map_err(|problem| match problem {
        NoTemplate::Form => Some(ImaEntryProblem::TemplateName),
        NoTemplate::Unknown => None,
    })
}

/// Whether the template `ima` can hold this name: what it hashes is filled with zeros.
fn is_ima_name(name: &[u8]) -> bool {
    !name.is_empty() && name.len() < 256 && name.iter().all(|byte| *byte != 0)
}

/// The PCR of a line, in two characters, and what follows the space behind it.
fn index(line: &[u8]) -> Option<(u8, &[u8])> {
    let ([tens, ones, b' '], rest) = line.split_first_chunk()? else {
        return None;
    };
    let ones = char::from(*ones).to_digit(10)?;
    let tens = match tens {
        b' ' => 0,
        b'1' | b'2' => char::from(*tens).to_digit(10)?,
        _ => return None,
    };
    let index = tens.saturating_mul(10).saturating_add(ones);
    let index = u8::try_from(index).ok().filter(|_| index <= LAST_PCR)?;
    Some((index, rest))
}

/// What stands before the next space, and what follows it.
fn word(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = text.iter().position(|byte| *byte == b' ')?;
    let (word, rest) = text.split_at_checked(end)?;
    Some((word, rest.get(1..)?))
}
