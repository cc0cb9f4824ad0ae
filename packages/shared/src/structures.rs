//! Structures of a TPM that come with their size in front or without it.

use tpm_quote::{
    Error, PcrSet, Tpm2bAttest, Tpm2bPublic, Unmarshal, UnmarshalError,
    evidence::{PcrFile, PcrFormat},
    types::{Tpm2bCreationData, Tpm2bNvPublic},
    verify::Part,
};

/// Whether the bytes have their own length in front, as a TPM2B has. What can be given without
/// one begins with an id that is no such length.
fn is_sized(bytes: &[u8]) -> bool {
    bytes
        .split_first_chunk()
        .is_some_and(|(size, rest)| usize::from(u16::from_be_bytes(*size)) == rest.len())
}

/// The ids of types and hashes are below this, and no structure here is so short.
const SMALLEST: usize = 0x0040;

fn either<'a, T>(
    bytes: &'a [u8],
    sized: impl FnOnce(&'a [u8]) -> Result<T, UnmarshalError>,
    bare: impl FnOnce(&'a [u8]) -> Result<T, UnmarshalError>,
) -> Result<T, UnmarshalError> {
    let first = bytes.first_chunk().copied().map(u16::from_be_bytes);
    let is_id = first.is_some_and(|first| usize::from(first) < SMALLEST);
    if is_id && !is_sized(bytes) {
        bare(bytes)
    } else {
        sized(bytes)
    }
}

/// A `TPM2B_PUBLIC` or `TPMT_PUBLIC`.
pub fn public(bytes: &[u8]) -> Result<Tpm2bPublic<'_>, Error> {
    let public = either(bytes, Tpm2bPublic::from_bytes, Tpm2bPublic::from_unsized);
    public.map_err(|error| Error::from(error).in_part(Part::Key))
}

/// A `TPM2B_NV_PUBLIC` or `TPMS_NV_PUBLIC`, which begins with a handle of an NV index.
pub fn nv_public(bytes: &[u8]) -> Result<Tpm2bNvPublic<'_>, Error> {
    let public = if bytes.first() == Some(&1) && !is_sized(bytes) {
        Tpm2bNvPublic::from_unsized(bytes)
    } else {
        Tpm2bNvPublic::from_bytes(bytes)
    };
    Ok(public?)
}

/// A `TPM2B_CREATION_DATA` or `TPMS_CREATION_DATA`.
pub fn creation_data(bytes: &[u8]) -> Result<Tpm2bCreationData<'_>, Error> {
    Ok(either(
        bytes,
        Tpm2bCreationData::from_bytes,
        Tpm2bCreationData::from_unsized,
    )?)
}

/// What was signed: a `TPM2B_ATTEST`, or the `TPMS_ATTEST` in it.
pub fn attest(bytes: &[u8]) -> Result<&[u8], Error> {
    if !is_sized(bytes) {
        return Ok(bytes);
    }
    match Tpm2bAttest::from_bytes(bytes) {
        Ok(attest) => Ok(attest.bytes()),
        Err(error) => Err(Error::from(error).in_part(Part::Attest)),
    }
}

/// A PCR file of tpm2-tools. One of values has the length of what is required; the others
/// begin with a number of banks, 1 to 16, in one or the other order of bytes.
pub fn pcr_file<'a>(bytes: &'a [u8], required: Option<&PcrSet>) -> PcrInput<'a> {
    let len = required.map(|set| {
        set.iter()
            .fold(0, |sum: usize, pcr| sum.saturating_add(pcr.digest_size()))
    });
    let format = match bytes {
        _ if len == Some(bytes.len()) => PcrFormat::Values,
        [0..=16, 0, 0, 0, ..] if bytes.len() >= 136 => PcrFormat::Serialized,
        [0, 0, 0, 0..=16, ..] => PcrFormat::Marshaled,
        [1..=16, 0, 0, 0, ..] => PcrFormat::Serialized,
        _ => PcrFormat::Values,
    };
    PcrInput::Read(match (format, required) {
        (PcrFormat::Serialized, _) => PcrFile::serialized(bytes),
        (PcrFormat::Marshaled, _) => PcrFile::marshaled(bytes),
        (PcrFormat::Values, Some(required)) => PcrFile::values(bytes, required),
        (PcrFormat::Values, None) => return PcrInput::Unknown,
    })
}

/// What is in a PCR file.
pub enum PcrInput<'a> {
    Read(Result<PcrFile<'a>, Error>),
    /// Values, without a word of which PCRs they are.
    Unknown,
}
