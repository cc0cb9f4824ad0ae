//! Files of the wrong kind: told before anything is verified, so that a file that was mixed up
//! is never called tampered with.

use tpm_quote::{Error, Verdict, evidence::FileKind, verify::Part};

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

/// Why a response cannot be read, if the file looks like something else.
pub(crate) fn no_response(input: &Input, error: Error) -> Error {
    let seen = FileKind::of(&input.bytes).filter(|seen| match seen {
        // The reader of JSON names what it begins with.
        FileKind::Utf16 => false,
        seen => seen.is_no_response(),
    });
    instead(error, seen, "a response", Part::Response)
}

/// The same of a public key.
pub(crate) fn no_key(input: &Input, error: Error) -> Error {
    let seen = FileKind::of(&input.bytes).filter(|seen| match seen {
        // The reader of PEM names the label that it found.
        FileKind::PemPrivateKey
        | FileKind::PemTss2
        | FileKind::PemSignature
        | FileKind::PemRequest => false,
        seen => seen.is_no_key(),
    });
    instead(error, seen, "a public key", Part::KeyFile)
}

fn instead(error: Error, seen: Option<FileKind>, wanted: &'static str, part: Part) -> Error {
    match seen {
        Some(seen) if error.verdict() == Verdict::Malformed => seen.instead_of(wanted, part),
        _ => error,
    }
}

/// What to say of a file that is neither of two structures, if it looks like something else.
pub(crate) fn neither(input: &Input, [one, other]: [&str; 2]) -> Option<String> {
    let seen = FileKind::of(&input.bytes)?;
    let is_one = |name: &str| seen.name().strip_prefix("a ") == Some(name);
    if is_one(one) || is_one(other) {
        return None;
    }
    let (file, help) = (&input.name, seen.help());
    Some(format!(
        "{file}: looks like {seen}, not a {one} or a {other}\nhelp: {help}"
    ))
}

/// The same of the firmware's event log. One for TPM 1.2 looks like nothing.
pub(crate) fn boot_log(input: &Input) -> Result<(), Error> {
    refuse(
        FileKind::of(&input.bytes).filter(|seen| seen.is_no_boot_log()),
        "the firmware's event log",
        Part::EventLog,
    )
}

/// The same of systemd's log.
pub(crate) fn userspace_log(input: &Input) -> Result<(), Error> {
    refuse(
        FileKind::of(&input.bytes).filter(|seen| seen.is_no_userspace_log()),
        "systemd's log of what it extends",
        Part::UserspaceLog,
    )
}

/// The same of a list of IMA. One that kexec carried over looks like nothing.
pub(crate) fn ima_list(input: &Input) -> Result<(), Error> {
    refuse(
        FileKind::of(&input.bytes).filter(|seen| seen.is_no_ima_list()),
        "a list of IMA",
        Part::ImaList,
    )
}

fn refuse(seen: Option<FileKind>, wanted: &'static str, part: Part) -> Result<(), Error> {
    match seen {
        Some(seen) => Err(seen.instead_of(wanted, part)),
        None => Ok(()),
    }
}
