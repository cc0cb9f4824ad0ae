//! [`Record`]: a response in a client's record of a request.

use super::{
    block::{Read, TpmAttestation},
    field::{json_error, repeated},
    form::Form,
    scratch::Scratch,
};
use crate::{evidence::json::Json, verify::error::Error};

const PAYLOAD_ID: &str = "payload_id";
const RESPONSE: &str = "response";

/// A client's record of a request: a JSON object with the payload id and the response, such as
/// a line in a file with many of them.
#[derive(Clone, Copy, Debug)]
pub struct Record<'j, 's> {
    /// The payload id of the request.
    pub payload_id: &'j str,
    /// The form of the response.
    pub form: Form,
    /// The block, if the response has one.
    pub block: Option<TpmAttestation<'s>>,
}

impl<'j, 's> Record<'j, 's> {
    /// Reads an object in which the members `payload_id` and `response` have these names.
    /// Other members are ignored. The payload id has to be a string without escapes. The
    /// response is read as by [`TpmAttestation::from_any_json`].
    ///
    /// # Errors
    /// The text is not such an object, one of the two members is there twice, or the block is
    /// not as documented.
    pub fn from_json(
        json: &'j [u8],
        payload_id: &str,
        response: &str,
        scratch: &'s mut Scratch,
    ) -> Result<Self, Error> {
        let mut json = Json::new(json).map_err(json_error)?;
        let start = json;
        let (mut id, mut answer) = (None, None);
        json.begin_object().map_err(json_error)?;
        let mut first = true;
        while let Some(key) = json.key(&mut first).map_err(json_error)? {
            if key.is(payload_id) {
                if id.replace(plain_string(&mut json)?).is_some() {
                    return Err(repeated(PAYLOAD_ID, &key));
                }
            } else if key.is(response) {
                if answer.is_some() {
                    return Err(repeated(RESPONSE, &key));
                }
                let form = Form::of_first_key(json).map_err(json_error)?;
                answer = Some((form, Read::new(&mut json, form, scratch)?));
            } else {
                json.skip().map_err(json_error)?;
            }
        }
        json.end().map_err(json_error)?;
        let (Some(payload_id), Some((form, read))) = (id, answer) else {
            let expected = start.expected("an object with a payload id and a response");
            return Err(json_error(expected));
        };
        Ok(Self {
            payload_id,
            form,
            block: TpmAttestation::of_any(read, scratch)?,
        })
    }
}

fn plain_string<'j>(json: &mut Json<'j>) -> Result<&'j str, Error> {
    let mut start = *json;
    let text = json.string().map_err(json_error)?.plain();
    start.skip_space();
    text.ok_or(json_error(start.expected("a string without escapes")))
}
