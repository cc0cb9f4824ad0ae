//! The evidence of confidential-containers' attester `tpm`.

use base64ct::Base64;

use super::{
    Project, ProjectError, ProjectEvidence, ProjectKey,
    value::{Value, members, needed},
};
use crate::evidence::{json::Json, read_spki, room::Room};

/// Reads the evidence of confidential-containers' attester `tpm`: a key as
/// SubjectPublicKeyInfo in DER, a quote, and all 24 PCR of the bank of SHA-256. What is
/// decoded is written to `room`, for which twice the text's length is always enough.
///
/// # Errors
/// It is none.
pub fn read_confidential_containers<'r>(
    json: &[u8],
    room: &'r mut [u8],
) -> Result<ProjectEvidence<'r>, ProjectError> {
    let mut json = Json::new(json)?;
    let [ak_public, tpm_quote] = members(&mut json, ["ak_public", "tpm_quote"])?;
    json.end()?;
    let mut room = Room::new(room);
    let ak_public = needed(ak_public, "ak_public")?;
    let full = |error| ak_public.refuse(error);
    ak_public.base64::<Base64>(&mut room)?;
    let der = room.cut().map_err(full)?;
    let key = read_spki(der).map_err(ProjectError::Spki)?;

    let names = ["message", "signature", "pcrs"];
    let [message, signature, pcrs] = needed(tpm_quote, "tpm_quote")?.members(names)?;
    needed(message, "message")?.sized(&mut room, Value::base64::<Base64>)?;
    needed(signature, "signature")?.sized(&mut room, Value::base64::<Base64>)?;
    let quotes = room.cut().map_err(full)?;
    needed(pcrs, "pcrs")?.all_pcrs(&mut room, Value::hex)?;
    Ok(ProjectEvidence {
        project: Project::ConfidentialContainers,
        key: ProjectKey::Plain(key),
        quotes,
        pcrs: room.cut().map_err(full)?,
    })
}
