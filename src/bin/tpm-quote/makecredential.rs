//! `tpm-quote makecredential`: a secret for one TPM, if it has one key.

use std::{
    ffi::{OsStr, OsString},
    fs::OpenOptions,
    io::Write as _,
};

use clap::Args;
use getrandom::SysRng;
use tpm_quote::{
    Error, Name, Problem, Tpm2bPublic, Verdict,
    verify::{Challenge, Credential, EndorsementKey, make_credential},
};

use crate::{
    input::Input,
    options::{key_name, object_name, public_area},
    output::{ACCEPTED, REJECTED, UNREADABLE, say},
};

/// Encrypt a secret for the TPM that has an endorsement key, if it has another key as well
#[derive(Args)]
#[command(
    long_about = "Encrypt a secret for the TPM that has an endorsement key, if it has another \
key as well (TPM2_MakeCredential). Nothing is asked of a TPM or of the network. The options \
and the file that is written are those of tpm2_makecredential.

To find out whether an attestation key is in a TPM, use --fresh instead of --secret: it makes \
a challenge, which `tpm-quote activate --check` needs again. What is encrypted then follows \
from the challenge and the names of both keys.",
    after_long_help = "Exit status:
  0  written
  1  the endorsement key can be read, but it is not one, or not supported
  2  something cannot be read or written, or the options are wrong

Example:
  tpm-quote makecredential -u ek.pub --ak ak.pub --fresh challenge -o credential
  tpm2_activatecredential -c ak.ctx -C ek.ctx -P session:session.ctx \\
      -i credential -o answer                                   on the machine itself
  tpm-quote activate --check --challenge challenge --answer answer -u ak.pub \\
      --ek ek.pub --ek-name $(tpm-quote name known-ek.pub)"
)]
pub(crate) struct Options {
    /// Public area of the endorsement key: TPM2B_PUBLIC or TPMT_PUBLIC
    #[arg(short = 'u', long = "public", value_name = "EK")]
    public: OsString,

    #[command(flatten)]
    object: Object,

    #[command(flatten)]
    secret: Secret,

    /// Where the credential is written
    #[arg(short = 'o', long, value_name = "FILE")]
    credential_blob: OsString,
}

/// The key that has to be in the TPM as well.
#[derive(Args)]
#[group(required = true, multiple = false)]
struct Object {
    /// Name of the key that has to be in the TPM as well, in hexadecimal
    #[arg(short, long, value_name = "HEX", value_parser = key_name)]
    name: Option<Name>,

    /// Public area of that key, instead of its name
    #[arg(long, value_name = "AK")]
    ak: Option<OsString>,
}

/// What is encrypted.
#[derive(Args)]
#[group(id = "what", required = true, multiple = false)]
struct Secret {
    /// The secret as it is, at most as long as a digest; `-` is standard input
    #[arg(short, long, value_name = "SECRET")]
    secret: Option<OsString>,

    /// Make a new challenge and write it to this file, which must not be there yet
    ///
    /// Keep it in secret: whoever has it can answer it.
    #[arg(long, value_name = "CHALLENGE")]
    fresh: Option<OsString>,
}

/// Runs the command and gives the exit status.
pub(crate) fn run(options: &Options) -> u8 {
    match try_run(options) {
        Ok(()) => ACCEPTED,
        Err(Failure { message, status }) => {
            say(&format!("tpm-quote: {message}"));
            status
        }
    }
}

/// Why nothing was written.
struct Failure {
    message: String,
    status: u8,
}

impl From<String> for Failure {
    fn from(message: String) -> Self {
        Self {
            message,
            status: UNREADABLE,
        }
    }
}

impl Failure {
    /// The endorsement key in this file, or what was to be encrypted for it.
    fn new(file: &str, error: &Error) -> Self {
        let (check, help) = (error.check(), error.help());
        let message = match error.problem() {
            Problem::Endorsement(_) => format!("{file}: {check}: {error}\nhelp: {help}"),
            _ => format!("{error}\nhelp: {help}"),
        };
        Self {
            message,
            status: match (error.problem(), error.verdict()) {
                (Problem::Endorsement(_), Verdict::Rejected | Verdict::Unsupported) => REJECTED,
                _ => UNREADABLE,
            },
        }
    }
}

fn try_run(options: &Options) -> Result<(), Failure> {
    let input = Input::read_file(&options.public)?;
    let public = public_area(&input).map_err(String::from)?;
    let name = options.object.name()?;
    let failed = |error: Error| Failure::new(&input.name, &error);
    let credential = match &options.secret.fresh {
        Some(file) => {
            let (challenge, credential) = challenge(&public, &name).map_err(failed)?;
            write_secret(file, challenge.as_bytes())?;
            credential
        }
        None => {
            let secret = options.secret.secret.as_deref().unwrap_or_default();
            let secret = Input::read(secret)?;
            make_credential(&public, &name, &secret.bytes, &mut SysRng).map_err(failed)?
        }
    };
    write(&options.credential_blob, credential.as_file())?;
    Ok(())
}

/// A new challenge for a key that is only used here: what vouches for it is asked when
/// the answer is checked.
fn challenge(public: &Tpm2bPublic<'_>, name: &Name) -> Result<(Challenge, Credential), Error> {
    let own_name = Name::of_public(public).unwrap_or(Name::EMPTY);
    let endorsement = EndorsementKey::pinned(public, &[own_name])?;
    let challenge = Challenge::fresh(&mut SysRng)?;
    let credential = challenge.credential(&endorsement, name, &mut SysRng)?;
    Ok((challenge, credential))
}

impl Object {
    fn name(&self) -> Result<Name, String> {
        match (&self.name, &self.ak) {
            (Some(name), _) => Ok(*name),
            (None, file) => {
                let input = Input::read_file(file.as_deref().unwrap_or_default())?;
                object_name(&input)
            }
        }
    }
}

fn write(file: &OsStr, bytes: &[u8]) -> Result<(), String> {
    std::fs::write(file, bytes).map_err(|error| cannot_write(file, &error))
}

/// For nobody else to read, where the system can tell.
fn write_secret(file: &OsStr, bytes: &[u8]) -> Result<(), String> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options
        .open(file)
        .and_then(|mut file| file.write_all(bytes));
    written.map_err(|error| cannot_write(file, &error))
}

fn cannot_write(file: &OsStr, error: &std::io::Error) -> String {
    format!("{}: cannot be written: {error}", file.display())
}
