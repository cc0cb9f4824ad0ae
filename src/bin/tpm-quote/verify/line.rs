//! A line of `verify --ndjson`: the caller's object around a response.

use std::{borrow::Cow, fmt};

use serde_core::de::{
    Deserialize, DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor,
};
use serde_json::value::RawValue;
use tpm_quote::Nonce;

use crate::input::byte_order_mark;

/// What is in a line.
pub(super) struct Line<'a> {
    pub(super) payload_id: Cow<'a, str>,
    pub(super) nonce: Nonce,
    /// As the server sent it.
    pub(super) response: Cow<'a, str>,
    /// Where the response begins in the line, if it stands there as it is.
    pub(super) response_at: Option<usize>,
}

/// Why a line cannot be read.
pub(super) struct Unreadable {
    pub(super) problem: String,
    /// Of the byte at which that was seen.
    pub(super) offset: Option<usize>,
}

impl From<String> for Unreadable {
    fn from(problem: String) -> Self {
        Self {
            problem,
            offset: None,
        }
    }
}

impl<'a> Line<'a> {
    /// Reads a line whose members have these names.
    pub(super) fn read(
        line: &'a [u8],
        payload_id: &str,
        response: &str,
    ) -> Result<Self, Unreadable> {
        if line.trim_ascii().is_empty() {
            return Err("an empty line".to_owned().into());
        }
        if let Some(mark) = byte_order_mark(line) {
            return Err(Unreadable {
                problem: mark.to_owned(),
                offset: Some(0),
            });
        }
        let mut json = serde_json::Deserializer::from_slice(line);
        let members = Members {
            payload_id,
            response,
        };
        let (id, answer) = members
            .deserialize(&mut json)
            .and_then(|found| json.end().map(|()| found))
            .map_err(|error| Unreadable {
                problem: format!("column {}: {}", error.column(), without_place(&error)),
                offset: Some(error.column().saturating_sub(1)),
            })?;
        let in_member = |name, problem: &dyn fmt::Display| format!("{name:?}: {problem}");
        let Text(id) = serde_json::from_str(id.get())
            .map_err(|error| in_member(payload_id, &without_place(&error)))?;
        let nonce = Nonce::from_payload_id(&id).map_err(|error| in_member(payload_id, &error))?;
        let answer = match answer.get() {
            text if text.starts_with('"') => serde_json::from_str(text)
                .map(|Text(text)| text)
                .map_err(|error| in_member(response, &without_place(&error)))?,
            json => Cow::Borrowed(json),
        };
        let response_at = match &answer {
            Cow::Borrowed(text) => text.as_ptr().addr().checked_sub(line.as_ptr().addr()),
            Cow::Owned(_) => None,
        };
        Ok(Self {
            response_at,
            payload_id: id,
            nonce,
            response: answer,
        })
    }
}

/// What is wrong with a text. It is part of a line, so that its own lines and
/// columns would mislead.
fn without_place(error: &serde_json::Error) -> String {
    let (line, column) = (error.line(), error.column());
    let mut message = error.to_string();
    if let Some(message_len) = message
        .strip_suffix(&format!(" at line {line} column {column}"))
        .map(str::len)
    {
        message.truncate(message_len);
    }
    message
}

/// A string, copied only if it has escapes.
struct Text<'de>(Cow<'de, str>);

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        struct AsText;

        impl<'de> Visitor<'de> for AsText {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }

        json.deserialize_str(AsText)
    }
}

/// The names of the members that count.
struct Members<'n> {
    payload_id: &'n str,
    response: &'n str,
}

impl<'de> DeserializeSeed<'de> for Members<'_> {
    type Value = (&'de RawValue, &'de RawValue);

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Members<'_> {
    type Value = (&'de RawValue, &'de RawValue);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            payload_id,
            response,
        } = self;
        write!(f, "an object with {payload_id:?} and {response:?}")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut id, mut answer) = (None, None);
        let twice = |name| A::Error::custom(format_args!("{name:?} is there twice"));
        while let Some(Text(name)) = map.next_key()? {
            if name == self.payload_id {
                if id.replace(map.next_value()?).is_some() {
                    return Err(twice(name));
                }
            } else if name == self.response {
                if answer.replace(map.next_value()?).is_some() {
                    return Err(twice(name));
                }
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        let missing = |name| A::Error::custom(format_args!("no member {name:?}"));
        Ok((
            id.ok_or_else(|| missing(self.payload_id))?,
            answer.ok_or_else(|| missing(self.response))?,
        ))
    }
}
