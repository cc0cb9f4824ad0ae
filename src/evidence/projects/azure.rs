//! The evidence of Azure's virtual TPM, as the attesters `az-snp-vtpm` and `az-tdx-vtpm`
//! of confidential-containers send it.

use super::{
    quotes::{HardwareEvidence, Project, ProjectEvidence, ProjectKey},
    value::{Value, in_field, json_error, members, needed, refused},
};
#[cfg(feature = "certificate")]
use crate::evidence::pem::read_certificate_pem;
use crate::{
    evidence::{buffer::Buffer, json::Json, keys::read_jwk_value},
    types::TpmAlgId,
    verify::{
        PlainKey,
        error::{Error, FieldProblem, Part, ProjectProblem},
        hardware::HclReport,
    },
};

/// The `kid` of the attestation key in the claims.
const KEY_ID: &str = "HCLAkPub";
/// How the evidence writes bytes.
type Decode<'a> = fn(Value<'a>, &mut Buffer<'_>) -> Result<(), Error>;

/// Reads the evidence of Azure's virtual TPM: a quote, all 24 PCRs of the SHA-256 bank, and
/// the report of the host compatibility layer, whose claims have the key. Decoded bytes are
/// written to `buffer`, for which twice the length of the text is always enough.
///
/// With version 1 or 2, bytes are in hexadecimal and the report is in base64url. Without a
/// version, both are numbers, and `az-snp-vtpm` names them `quote` and `report`.
///
/// The signature is a bare number, always by RSASSA with SHA-256. The claims have to be those
/// of which the processor's report has the digest. That report is not verified here: nothing
/// vouches for the key yet. [`ProjectEvidence::hardware`] has it.
///
/// # Errors
/// The text is not such evidence, or its version is not supported.
pub fn read_azure_vtpm<'r>(
    json: &[u8],
    buffer: &'r mut [u8],
) -> Result<ProjectEvidence<'r>, Error> {
    let mut json = Json::new(json).map_err(json_error)?;
    let names = [
        "version",
        "tpm_quote",
        "hcl_report",
        "quote",
        "report",
        "vcek",
    ];
    let [version, tpm_quote, hcl_report, quote, report, vcek] = members(&mut json, names)?;
    json.end().map_err(json_error)?;
    let (decode, decode_report): (Decode<'_>, Decode<'_>) = match version {
        None => (Value::numbers, Value::numbers),
        Some(version) if matches!(version.whole()?, 1 | 2) => (Value::hex, Value::base64url),
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
    let report = read_report(buffer.cut().map_err(full)?, &mut buffer)?;
    let vcek = read_vcek(vcek, version.is_some(), &mut buffer);

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
        key: ProjectKey::Plain(*report.key()),
        hardware: Some(HardwareEvidence { report, vcek }),
        quotes,
        pcrs: buffer.cut().map_err(full)?,
    })
}

/// Reads the report of Azure's host compatibility layer, as it is in the NV index 0x01400001,
/// with zeros behind it or without. Decoded bytes are written to `buffer`, for which the length
/// of the report is always enough.
///
/// The processor's report in it has to have the digest of the claims. It is not verified here:
/// see [`AttestationKey::bound_to_hardware`](crate::AttestationKey::bound_to_hardware).
///
/// # Errors
/// The bytes are not such a report, its claims are others than those of the processor's report,
/// or they do not have the key.
pub fn read_hcl_report<'r>(report: &'r [u8], buffer: &'r mut [u8]) -> Result<HclReport<'r>, Error> {
    read_report(report, &mut Buffer::new(buffer))
}

/// The certificate of the chip's key, in DER: in base64 where the evidence has a version, else
/// in PEM. What is wrong with it, whoever needs it is told.
#[cfg(feature = "certificate")]
fn read_vcek<'r>(
    vcek: Option<Value<'_>>,
    has_version: bool,
    buffer: &mut Buffer<'r>,
) -> Result<Option<&'r [u8]>, Error> {
    let Some(vcek) = vcek else {
        return Ok(None);
    };
    let full = |error| vcek.refuse(error);
    let read = |buffer: &mut Buffer<'r>| {
        if has_version {
            return vcek.base64url(buffer);
        }
        buffer.text(vcek.text()?).map_err(full)?;
        let text = buffer.cut().map_err(full)?;
        buffer.fill(|room| read_certificate_pem(text, room).map(|(der, _)| der.len()))
    };
    let read = read(buffer);
    let der = buffer.cut().map_err(full)?;
    read.map(|()| Some(der))
}

/// Certificates are not read.
#[cfg(not(feature = "certificate"))]
fn read_vcek<'r>(
    _: Option<Value<'_>>,
    _: bool,
    _: &mut Buffer<'r>,
) -> Result<Option<&'r [u8]>, Error> {
    Ok(None)
}

fn read_report<'r>(report: &'r [u8], buffer: &mut Buffer<'r>) -> Result<HclReport<'r>, Error> {
    HclReport::read(report, |claims| {
        key_in_claims(claims, buffer).map_err(|error| error.in_part(Part::Claims))
    })
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
