//! Files of the wrong kind: told before anything is verified, so that a file that was mixed up
//! is never called tampered with.

use tpm_quote::{Error, evidence::FileKind, verify::Part};

use crate::input::Input;

/// What was signed has to look like it, or like nothing that is known.
pub(crate) fn message(input: &Input) -> Result<(), Error> {
    refuse(
        FileKind::of(&input.bytes).filter(|seen| seen.is_no_message()),
        "a TPMS_ATTEST",
        Part::Attest,
    )
}

/// The same of a signature, which may be plain.
pub(crate) fn signature(input: &Input) -> Result<(), Error> {
    refuse(
        FileKind::of(&input.bytes).filter(|seen| seen.is_no_signature()),
        "a TPMT_SIGNATURE",
        Part::Signature,
    )
}

/// The same of a PCR file. The values alone look like nothing.
pub(crate) fn pcr_file(input: &Input) -> Result<(), Error> {
    refuse(
        FileKind::of(&input.bytes).filter(|seen| seen.is_no_pcr_file()),
        "a PCR file of tpm2-tools",
        Part::PcrFile,
    )
}

fn refuse(seen: Option<FileKind>, wanted: &'static str, part: Part) -> Result<(), Error> {
    match seen {
        Some(seen) => Err(seen.instead_of(wanted, part)),
        None => Ok(()),
    }
}
