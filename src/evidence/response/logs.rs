//! [`ResponseLogs`]: the logs that a response carries beside its block.

use base64ct::Base64;

use super::{
    field::{EVENT_LOG, IMA_LOG, METADATA, in_block, json_error, refused, repeated},
    form::Form,
};
use crate::{
    evidence::{
        base64,
        json::{Json, JsonStr},
    },
    verify::error::{Error, FieldProblem, Part},
};

/// The logs that a response carries beside its block, in its `_metadata`: `event_log_b64`, the
/// firmware's event log, and `ima_log_b64`, the list of IMA, each in base64.
///
/// They are the server's word, as the rest of a response is. What of them counts is what a
/// verified quote proves when they are replayed. Nothing is ever fetched from elsewhere.
///
/// ```
/// use tpm_quote::{Error, evidence::ResponseLogs};
///
/// let response = br#"{"_metadata": {"tpm_attestation": {}, "ima_log_b64": "CgAAAA=="}}"#;
/// let logs = ResponseLogs::from_any_json(response)?;
/// let mut room = [0; 64];
/// let list = logs.ima_log()?;
/// assert!(list.max_len() <= room.len());
/// assert_eq!(list.decode(&mut room)?, [10, 0, 0, 0]);
/// assert_eq!(logs.event_log().unwrap_err().problem_name(), "log-not-carried");
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct ResponseLogs<'j> {
    event_log: Option<CarriedLog<'j>>,
    ima_log: Option<CarriedLog<'j>>,
}

/// A log in a response, still in base64.
#[derive(Clone, Copy, Debug)]
pub struct CarriedLog<'j> {
    /// For errors.
    part: Part,
    field: &'static str,
    text: JsonStr<'j>,
}

impl<'j> ResponseLogs<'j> {
    /// Finds the logs in a whole response or its `_metadata`, told as by
    /// [`TpmAttestation::from_any_json`](super::TpmAttestation::from_any_json), which reads the
    /// block. A block alone carries no logs.
    ///
    /// # Errors
    /// The text is not JSON, or a log is there twice or is not a string.
    pub fn from_any_json(json: &'j [u8]) -> Result<Self, Error> {
        let mut json = Json::new(json).map_err(json_error)?;
        let form = Form::of_first_key(json).map_err(json_error)?;
        let logs = match form {
            Form::Response => {
                let mut found = None;
                json.begin_object().map_err(json_error)?;
                let mut first = true;
                while let Some(key) = json.key(&mut first).map_err(json_error)? {
                    if !key.is(METADATA) {
                        json.skip().map_err(json_error)?;
                    } else if found.is_some() {
                        return Err(repeated(METADATA, &key));
                    } else {
                        found = Some(Self::of_metadata(&mut json)?);
                    }
                }
                found.unwrap_or_default()
            }
            Form::Metadata => Self::of_metadata(&mut json)?,
            Form::Block => {
                json.skip().map_err(json_error)?;
                Self::default()
            }
        };
        json.end().map_err(json_error)?;
        Ok(logs)
    }

    fn of_metadata(json: &mut Json<'j>) -> Result<Self, Error> {
        let mut logs = Self::default();
        json.begin_object().map_err(json_error)?;
        let mut first = true;
        while let Some(key) = json.key(&mut first).map_err(json_error)? {
            let (part, field, place) = if key.is(EVENT_LOG) {
                (Part::EventLog, EVENT_LOG, &mut logs.event_log)
            } else if key.is(IMA_LOG) {
                (Part::ImaList, IMA_LOG, &mut logs.ima_log)
            } else {
                json.skip().map_err(json_error)?;
                continue;
            };
            let text = json.string().map_err(|error| error.in_field(field))?;
            if place.replace(CarriedLog { part, field, text }).is_some() {
                return Err(repeated(field, &key));
            }
        }
        Ok(logs)
    }

    /// Returns the firmware's event log.
    ///
    /// # Errors
    /// The response does not carry it.
    pub fn event_log(&self) -> Result<CarriedLog<'j>, Error> {
        let missing = in_block(EVENT_LOG, FieldProblem::NotCarried);
        self.event_log.ok_or(missing.in_part(Part::EventLog))
    }

    /// Returns the list of IMA.
    ///
    /// # Errors
    /// The response does not carry it.
    pub fn ima_log(&self) -> Result<CarriedLog<'j>, Error> {
        let missing = in_block(IMA_LOG, FieldProblem::NotCarried);
        self.ima_log.ok_or(missing.in_part(Part::ImaList))
    }
}

impl CarriedLog<'_> {
    /// Returns the name of the field.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        self.field
    }

    /// Returns a number of bytes that the log does not exceed, for the room that
    /// [`decode`](Self::decode) wants.
    #[must_use]
    pub const fn max_len(&self) -> usize {
        // Four characters are three bytes.
        let quarters = self.text.len().saturating_add(3) / 4;
        quarters.saturating_mul(3)
    }

    /// Decodes the log to the start of `room`.
    ///
    /// # Errors
    /// The text is not base64, or the room is too small. The offset is that of the text in the
    /// response.
    pub fn decode<'b>(&self, room: &'b mut [u8]) -> Result<&'b [u8], Error> {
        let mut written = 0_usize;
        let append = |bytes: &[u8]| {
            let end = written.saturating_add(bytes.len());
            let place = room.get_mut(written..end).ok_or(FieldProblem::TooLong)?;
            for (to, from) in place.iter_mut().zip(bytes) {
                *to = *from;
            }
            written = end;
            Ok(())
        };
        let decoded: Result<(), FieldProblem> = match self.text.plain() {
            Some(text) => base64::decode::<Base64, _>(text.as_bytes(), append),
            None => base64::decode_chars::<Base64, _>(self.text.chars(), append),
        };
        decoded.map_err(|problem| {
            let error = refused(self.field, self.text.offset(), problem);
            error.in_part(self.part)
        })?;
        Ok(room.get(..written).unwrap_or_default())
    }
}
