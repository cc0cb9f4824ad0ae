//! JSON of go-attestation, as Go's `encoding/json` writes its structures.

use base64ct::Base64;

use super::{
    Project, ProjectError, ProjectEvidence, ProjectKey,
    value::{Value, members, needed},
};
use crate::{
    evidence::{json::Json, room::Room},
    types::{Tpm2bPublic, TpmAlgId},
    verify::PcrSet,
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
/// What older versions write for TPM 2.0: `TPMVersion20`.
const TPM_2: u16 = 2;

/// Reads evidence of go-attestation: `PlatformParameters`, with one quote for each bank,
/// or a dump of its `attest-tool`. What is decoded is written to `room`, for which twice
/// the text's length is always enough.
///
/// Bytes are base64 with padding, names are written as in Go. The nonce, the event log and
/// what a dump says of the key's creation are not looked at.
///
/// # Errors
/// It is none, or it is of a TPM 1.2.
pub fn read_go_attestation<'r>(
    json: &[u8],
    room: &'r mut [u8],
) -> Result<ProjectEvidence<'r>, ProjectError> {
    let mut json = Json::new(json)?;
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
    json.end()?;
    let mut room = Room::new(room);
    let Some(quote) = quote else {
        check_version(version)?;
        let key = read_key(public, &mut room)?;
        let quotes = needed(quotes, "Quotes")?;
        quotes.elements(|quote| read_quote(quote, &mut room))?;
        let project = Project::GoAttestation;
        return read_values(project, key, pcrs, quotes, room);
    };
    if quotes.is_some() {
        return Err(ProjectError::Several);
    }
    let [public] = needed(ak, "AK")?.members(["Public"])?;
    let key = read_key(public, &mut room)?;
    read_quote(quote, &mut room)?;
    let [pcrs] = needed(log, "Log")?.members(["PCRs"])?;
    read_values(Project::GoAttestationTool, key, pcrs, quote, room)
}

fn check_version(version: Option<Value<'_>>) -> Result<(), ProjectError> {
    match version {
        Some(version) if version.whole()? != TPM_2 => Err(ProjectError::Version {
            member: version.member,
            offset: version.json.offset(),
        }),
        _ => Ok(()),
    }
}

/// A `TPMT_PUBLIC`.
fn read_key<'r>(
    public: Option<Value<'_>>,
    room: &mut Room<'r>,
) -> Result<ProjectKey<'r>, ProjectError> {
    let public = needed(public, "Public")?;
    public.base64::<Base64>(room)?;
    let bytes = room.cut().map_err(|error| public.refuse(error))?;
    let public = Tpm2bPublic::from_unsized(bytes).map_err(ProjectError::Public)?;
    Ok(ProjectKey::Public(public))
}

fn read_quote(quote: Value<'_>, room: &mut Room<'_>) -> Result<(), ProjectError> {
    let [version, attest, signature] = quote.members(["Version", "Quote", "Signature"])?;
    check_version(version)?;
    needed(attest, "Quote")?.sized(room, Value::base64::<Base64>)?;
    needed(signature, "Signature")?.sized(room, Value::base64::<Base64>)
}

/// The values, behind the quotes that are already in the room.
fn read_values<'r>(
    project: Project,
    key: ProjectKey<'r>,
    pcrs: Option<Value<'_>>,
    quotes: Value<'_>,
    mut room: Room<'r>,
) -> Result<ProjectEvidence<'r>, ProjectError> {
    let full = |error| quotes.refuse(error);
    let quotes = room.cut().map_err(full)?;
    if quotes.is_empty() {
        return Err(ProjectError::Missing("Quote"));
    }
    let mut seen = PcrSet::NONE;
    needed(pcrs, "PCRs")?.elements(|pcr| {
        let [index, digest, hash] = pcr.members(["Index", "Digest", "DigestAlg"])?;
        let index = needed(index, "Index")?;
        let offset = index.json.offset();
        let index = u8::try_from(index.whole()?).map_err(|_| ProjectError::Index { offset })?;
        let hash = needed(hash, "DigestAlg")?;
        let number = hash.whole()?;
        let known = HASHES.into_iter().find(|(known, _)| *known == number);
        let (_, bank) = known.ok_or(ProjectError::Hash {
            number,
            offset: hash.json.offset(),
        })?;
        let digest = needed(digest, "Digest")?;
        digest.pcr((bank, index), &mut seen, &mut room, Value::base64::<Base64>)
    })?;
    let pcrs = room.cut().map_err(full)?;
    Ok(ProjectEvidence {
        project,
        key,
        quotes,
        pcrs,
    })
}
