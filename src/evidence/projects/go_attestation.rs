//! The JSON of go-attestation, as Go's `encoding/json` writes it.

use base64ct::Base64;

use super::{
    quotes::{Project, ProjectEvidence, ProjectKey},
    value::{Value, in_field, json_error, members, needed, refused},
};
use crate::{
    evidence::{buffer::Buffer, json::Json},
    types::{Tpm2bPublic, TpmAlgId},
    verify::{
        PcrSet,
        error::{Error, FieldProblem, Part, ProjectProblem},
    },
};

/// Hashes by their numbers in Go's package `crypto`.
const HASHES: [(u16, TpmAlgId); 7] = [
    (3, TpmAlgId::SHA1),
    (5, TpmAlgId::SHA256),
    (6, TpmAlgId::SHA384),
    (7, TpmAlgId::SHA512),
    (11, TpmAlgId::SHA3_256),
    (12, TpmAlgId::SHA3_384),
    (13, TpmAlgId::SHA3_512),
];
/// The number of TPM 2.0 in older versions: `TPMVersion20`.
const TPM_2: u16 = 2;

/// Reads the evidence of go-attestation: `PlatformParameters` with one quote for each bank, or
/// a dump of its `attest-tool`. Decoded bytes are written to `buffer`, for which twice the
/// length of the text is always enough.
///
/// Bytes are in base64 with padding, and names are written as in Go. The nonce, the event log
/// and a dump's account of the key's creation are ignored.
///
/// # Errors
/// The text is not such evidence, or it is that of a TPM 1.2.
pub fn read_go_attestation<'r>(
    json: &[u8],
    buffer: &'r mut [u8],
) -> Result<ProjectEvidence<'r>, Error> {
    let mut json = Json::new(json).map_err(json_error)?;
    let names = [
        "TPMVersion",
        "Public",
        "Quotes",
        "PCRs",
        "AK",
        "Quote",
        "Log",
    ];
    let [version, public, quotes, pcrs, ak, quote, log] = members(&mut json, names)?;
    json.end().map_err(json_error)?;
    let mut buffer = Buffer::new(buffer);
    let Some(quote) = quote else {
        check_version(version)?;
        let key = read_key(public, &mut buffer)?;
        let quotes = needed(quotes, "Quotes")?;
        quotes.elements(|quote| read_quote(quote, &mut buffer))?;
        let project = Project::GoAttestation;
        return read_values(project, key, pcrs, quotes, buffer);
    };
    if quotes.is_some() {
        return Err(refused(ProjectProblem::Several));
    }
    let [public] = needed(ak, "AK")?.members(["Public"])?;
    let key = read_key(public, &mut buffer)?;
    read_quote(quote, &mut buffer)?;
    let [pcrs] = needed(log, "Log")?.members(["PCRs"])?;
    read_values(Project::GoAttestationTool, key, pcrs, quote, buffer)
}

fn check_version(version: Option<Value<'_>>) -> Result<(), Error> {
    match version {
        Some(version) if version.whole()? != TPM_2 => {
            Err(version.problem(FieldProblem::VersionUnsupported))
        }
        _ => Ok(()),
    }
}

/// A `TPMT_PUBLIC`.
fn read_key<'r>(
    public: Option<Value<'_>>,
    buffer: &mut Buffer<'r>,
) -> Result<ProjectKey<'r>, Error> {
    let public = needed(public, "Public")?;
    public.base64::<Base64>(buffer)?;
    let bytes = buffer.cut().map_err(|error| public.refuse(error))?;
    let public =
        Tpm2bPublic::from_unsized(bytes).map_err(|error| Error::structure(Part::Key, error))?;
    Ok(ProjectKey::Public(public))
}

fn read_quote(quote: Value<'_>, buffer: &mut Buffer<'_>) -> Result<(), Error> {
    let [version, attest, signature] = quote.members(["Version", "Quote", "Signature"])?;
    check_version(version)?;
    needed(attest, "Quote")?.sized(buffer, Value::base64::<Base64>)?;
    needed(signature, "Signature")?.sized(buffer, Value::base64::<Base64>)
}

/// Reads the values; the quotes are already in the buffer.
fn read_values<'r>(
    project: Project,
    key: ProjectKey<'r>,
    pcrs: Option<Value<'_>>,
    quotes: Value<'_>,
    mut buffer: Buffer<'r>,
) -> Result<ProjectEvidence<'r>, Error> {
    let full = |error| quotes.refuse(error);
    let quotes = buffer.cut().map_err(full)?;
    if quotes.is_empty() {
        return Err(in_field("Quote", FieldProblem::Missing));
    }
    let mut seen = PcrSet::NONE;
    needed(pcrs, "PCRs")?.elements(|pcr| {
        let [index, digest, hash] = pcr.members(["Index", "Digest", "DigestAlg"])?;
        let index = needed(index, "Index")?;
        let no_index = index.problem(FieldProblem::Index);
        let index = u8::try_from(index.whole()?).map_err(|_| no_index)?;
        let hash = needed(hash, "DigestAlg")?;
        let number = hash.whole()?;
        let known = HASHES.into_iter().find(|(known, _)| *known == number);
        let (_, bank) = known.ok_or(hash.problem(FieldProblem::GoHashUnsupported(number)))?;
        let digest = needed(digest, "Digest")?;
        digest.pcr(
            (bank, index),
            &mut seen,
            &mut buffer,
            Value::base64::<Base64>,
        )
    })?;
    let pcrs = buffer.cut().map_err(full)?;
    Ok(ProjectEvidence {
        hardware: None,
        project,
        key,
        quotes,
        pcrs,
    })
}
