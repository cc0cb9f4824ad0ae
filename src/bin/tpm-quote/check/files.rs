//! What is in the files, told by their first bytes and their lengths.
//!
//! No form is tried after another: each file is read as one, and what was seen
//! is said.

use tpm_quote::{
    Error, Pcr, PcrSet, Tpm2bAttest, TpmsAttest, TpmuAttest, Unmarshal,
    evidence::{PcrFile, PcrFormat},
    verify::Part,
};

use crate::{
    input::Input,
    named::{is_sized, saw},
};

/// What was signed.
pub(super) fn message(input: &Input) -> Result<&[u8], Error> {
    let bytes = &*input.bytes;
    if !is_sized(bytes) {
        saw(input, "message: TPMS_ATTEST");
        return Ok(bytes);
    }
    saw(input, "message: TPM2B_ATTEST");
    match Tpm2bAttest::from_bytes(bytes) {
        Ok(attest) => Ok(attest.bytes()),
        Err(error) => Err(Error::from(error).in_part(Part::Attest)),
    }
}

/// A PCR file.
pub(super) enum PcrInput<'a> {
    Read(Result<PcrFile<'a>, Error>),
    /// One of which the format cannot be told.
    Unknown,
}

/// The values in a file of this format, or of the one that it has.
pub(super) fn pcr_file<'a>(
    input: &'a Input,
    format: Option<PcrFormat>,
    list: Option<&PcrSet>,
) -> PcrInput<'a> {
    let bytes = &*input.bytes;
    let Some(format) = format.or_else(|| detect(bytes, list)) else {
        return PcrInput::Unknown;
    };
    let file = match (format, list) {
        (PcrFormat::Serialized, _) => PcrFile::serialized(bytes),
        (PcrFormat::Marshaled, _) => PcrFile::marshaled(bytes),
        (PcrFormat::Values, Some(list)) => PcrFile::values(bytes, list),
        (PcrFormat::Values, None) => return PcrInput::Unknown,
    };
    match &file {
        Ok(file) => {
            let banks = count(file.bank_count(), "bank");
            let values = count(file.count(), "value");
            saw(input, &format!("PCR file: {format}, {banks}, {values}"));
        }
        Err(_) => saw(input, &format!("PCR file: {format}")),
    }
    PcrInput::Read(file)
}

pub(super) fn count(count: usize, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    }
}

/// A file of values has the length of its selection. The others begin with a
/// number of banks, 1 to 16, in one or the other order of bytes.
fn detect(bytes: &[u8], list: Option<&PcrSet>) -> Option<PcrFormat> {
    let len = list.map(|list| {
        let sizes = list.iter().filter_map(|pcr| pcr.bank().digest_size());
        sizes.fold(0, usize::saturating_add)
    });
    if len == Some(bytes.len()) {
        return Some(PcrFormat::Values);
    }
    match bytes {
        // Four zeros begin the values of PCRs that were never extended as well.
        [0, 0, 0, 0, ..] if list.is_none() => match bytes.len() {
            8 => Some(PcrFormat::Marshaled),
            len if len.checked_sub(136)?.is_multiple_of(532) => Some(PcrFormat::Serialized),
            _ => None,
        },
        [0..=16, 0, 0, 0, ..] if bytes.len() >= 136 => Some(PcrFormat::Serialized),
        [0, 0, 0, 0..=16, ..] => Some(PcrFormat::Marshaled),
        [1..=16, 0, 0, 0, ..] => Some(PcrFormat::Serialized),
        _ => list.map(|_| PcrFormat::Values),
    }
}

/// What a quote says that it covers, before anything of it is believed: only to tell
/// several quotes apart.
pub(super) fn signed_selection(attest: &[u8]) -> Option<PcrSet> {
    let attest = TpmsAttest::from_bytes(attest).ok()?;
    let TpmuAttest::Quote(quote) = attest.attested else {
        return None;
    };
    let pcrs = quote.pcr_select.iter().flat_map(|selection| {
        let indices = (0..24_u8).filter(move |index| selection.mask() >> index & 1 == 1);
        indices.filter_map(move |index| Pcr::new(selection.hash, index).ok())
    });
    Some(pcrs.collect())
}
