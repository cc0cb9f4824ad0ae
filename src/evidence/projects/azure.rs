//! The evidence of Azure's virtual TPM, as the attesters `az-snp-vtpm` and `az-tdx-vtpm`
//! of confidential-containers send it.

use base64ct::Base64Url;

use super::{
    quotes::{Project, ProjectEvidence, ProjectKey},
    value::{Value, in_field, json_error, members, needed, refused},
};
use crate::{
    evidence::{buffer::Buffer, json::Json, keys::read_jwk_value},
    types::TpmAlgId,
    verify::{
        PlainKey,
        error::{Error, FieldProblem, Part, ProjectProblem},
    },
};

/// The `kid` of the attestation key in the claims.
const KEY_ID: &str = "HCLAkPub";
/// What the report begins with.
const MAGIC: &[u8] = b"HCLA";
/// The position of the claims' length in the report; the claims follow it. Before it are a
/// header of 32 bytes, the processor's report of 1184 bytes, and four other numbers.
const CLAIMS_SIZE: usize = 32 + 1184 + 16;

/// How the evidence writes bytes.
type Decode<'a> = fn(Value<'a>, &mut Buffer<'_>) -> Result<(), Error>;

/// Reads the evidence of Azure's virtual TPM: a quote, all 24 PCRs of the SHA-256 bank, and
/// the report of the host compatibility layer, whose claims have the key. Decoded bytes are
/// written to `buffer`, for which twice the length of the text is always enough.
///
/// With version 1 or 2, bytes are in hexadecimal and the report is in base64url. Without a
/// version, both are numbers, and `az-snp-vtpm` names them `quote` and `report`.
///
/// The signature is a bare number, always by RSASSA with SHA-256. The report of the processor
/// is not read: whether it vouches for the claims, and so for the key, is not judged.
///
/// # Errors
/// The text is not such evidence, or its version is not supported.
pub fn read_azure_vtpm<'r>(
    json: &[u8],
    buffer: &'r mut [u8],
) -> Result<ProjectEvidence<'r>, Error> {
    let mut json = Json::new(json).map_err(json_error)?;
    let names = ["version", "tpm_quote", "hcl_report", "quote", "report"];
    let [version, tpm_quote, hcl_report, quote, report] = members(&mut json, names)?;
    json.end().map_err(json_error)?;
    let (decode, decode_report): (Decode<'_>, Decode<'_>) = match version {
        None => (Value::numbers, Value::numbers),
        Some(version) if matches!(version.whole()?, 1 | 2) => {
            (Value::hex, Value::base64::<Base64Url>)
        }
        Some(version) => {
            return Err(version.problem(FieldProblem::VersionUnsupported));
        }
    };
    let (quote, report) = match quote {
        Some(quote) if version.or(tpm_quote).or(hcl_report).is_none() => {
            (quote, needed(report, "report")?)
        }
        Some(_) => return Err(refused(ProjectProblem::Several)),
        None => {
            let quote = needed(tpm_quote, "tpm_quote")?;
            (quote, needed(hcl_report, "hcl_report")?)
        }
    };
    let mut buffer = Buffer::new(buffer);
    let full = |error| report.refuse(error);
    decode_report(report, &mut buffer)?;
    let key = key_in(buffer.cut().map_err(full)?, &mut buffer)?;

    let names = ["message", "signature", "pcrs"];
    let [message, signature, pcrs] = quote.members(names)?;
    needed(message, "message")?.sized(&mut buffer, decode)?;
    needed(signature, "signature")?.sized(&mut buffer, |signature, buffer| {
        for id in [TpmAlgId::RSASSA, TpmAlgId::SHA256] {
            let written = buffer.append(&id.0.to_be_bytes());
            written.map_err(|error| signature.refuse(error))?;
        }
        signature.sized(buffer, decode)
    })?;
    let quotes = buffer.cut().map_err(full)?;
    needed(pcrs, "pcrs")?.all_pcrs(&mut buffer, decode)?;
    Ok(ProjectEvidence {
        project: Project::AzureVtpm,
        key: ProjectKey::Plain(key),
        quotes,
        pcrs: buffer.cut().map_err(full)?,
    })
}

/// Reads the key in the claims of a report.
fn key_in<'r>(report: &[u8], buffer: &mut Buffer<'r>) -> Result<PlainKey<'r>, Error> {
    let claims = report
        .starts_with(MAGIC)
        .then_some(report)
        .and_then(|report| report.get(CLAIMS_SIZE..)?.split_first_chunk())
        .and_then(|(size, rest)| rest.get(..usize::try_from(u32::from_le_bytes(*size)).ok()?))
        .ok_or(refused(ProjectProblem::Report))?;
    key_in_claims(claims, buffer).map_err(|error| error.in_part(Part::Claims))
}

fn key_in_claims<'r>(claims: &[u8], buffer: &mut Buffer<'r>) -> Result<PlainKey<'r>, Error> {
    let mut json = Json::new(claims).map_err(json_error)?;
    let [keys] = members(&mut json, ["keys"])?;
    json.end().map_err(json_error)?;
    let mut found = None;
    needed(keys, "keys")?.elements(|key| {
        let [kid] = key.members(["kid"])?;
        let is_it = match kid {
            Some(kid) => kid.text()?.is(KEY_ID),
            None => false,
        };
        if is_it && found.replace(key).is_some() {
            let repeated = in_field(KEY_ID, FieldProblem::Repeated);
            return Err(repeated.at(key.json.offset()));
        }
        Ok(())
    })?;
    let mut key = needed(found, KEY_ID)?;
    read_jwk_value(&mut key.json, buffer)
}
