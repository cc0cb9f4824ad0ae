//! The evidence of confidential-containers' attester `tpm`.

use base64ct::Base64;

use super::{
    quotes::{Project, ProjectEvidence, ProjectKey},
    value::{Value, json_error, members, needed},
};
use crate::{
    evidence::{buffer::Buffer, json::Json, keys::read_spki},
    verify::error::Error,
};

/// Reads the evidence of confidential-containers' attester `tpm`: a key as
/// SubjectPublicKeyInfo in DER, a quote, and all 24 PCRs of the SHA-256 bank. Decoded bytes
/// are written to `buffer`, for which twice the length of the text is always enough.
///
/// # Errors
/// The text is not such evidence.
pub fn read_confidential_containers<'r>(
    json: &[u8],
    buffer: &'r mut [u8],
) -> Result<ProjectEvidence<'r>, Error> {
    let mut json = Json::new(json).map_err(json_error)?;
    let [ak_public, tpm_quote] = members(&mut json, ["ak_public", "tpm_quote"])?;
    json.end().map_err(json_error)?;
    let mut buffer = Buffer::new(buffer);
    let ak_public = needed(ak_public, "ak_public")?;
    let full = |error| ak_public.refuse(error);
    ak_public.base64::<Base64>(&mut buffer)?;
    let der = buffer.cut().map_err(full)?;
    let key = read_spki(der)?;

    let names = ["message", "signature", "pcrs"];
    let [message, signature, pcrs] = needed(tpm_quote, "tpm_quote")?.members(names)?;
    needed(message, "message")?.sized(&mut buffer, Value::base64::<Base64>)?;
    needed(signature, "signature")?.sized(&mut buffer, Value::base64::<Base64>)?;
    let quotes = buffer.cut().map_err(full)?;
    needed(pcrs, "pcrs")?.all_pcrs(&mut buffer, Value::hex)?;
    Ok(ProjectEvidence {
        project: Project::ConfidentialContainers,
        hardware: None,
        key: ProjectKey::Plain(key),
        quotes,
        pcrs: buffer.cut().map_err(full)?,
    })
}
