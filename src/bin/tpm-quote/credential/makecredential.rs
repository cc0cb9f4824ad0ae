//! `tpm-quote makecredential`: a secret for one TPM, if it has one key.

use std::{
    ffi::{OsStr, OsString},
    fs,
};

use clap::Args;
use getrandom::SysRng;
use tpm_quote::{
    Error, Name, Problem, Tpm2bPublic, Verdict,
    verify::{Challenge, Credential, EndorsementKey, make_credential},
};

use super::endorsement;
use crate::{
    input::{Input, shown},
    key_file,
    options::{key_name, object_name},
    output::{ACCEPTED, REJECTED, say},
    save::{self, Staged},
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
  tpm-quote makecredential -u ek.pub --ak ak.pub --fresh challenge \\
      -o credential

  On the machine itself:
  tpm2_activatecredential -c ak.ctx -C ek.ctx -P session:session.ctx \\
      -i credential -o answer

  Whether the answer is right:
  tpm-quote activate --check --challenge challenge --answer answer -u ak.pub \\
      --ek ek.pub --ek-name $(tpm-quote name known-ek.pub)"
)]
pub(crate) struct Options {
    /// The endorsement key: its public area (TPM2B_PUBLIC, TPMT_PUBLIC, also in base64)
    ///
    /// Or PEM, DER, a JSON Web Key or a certificate, of which nothing is verified. These
    /// have the numbers of the key alone: it is then taken for one by the default template
    /// of its kind (TCG EK Credential Profile, L-1 for RSA 2048, L-2 for P-256), which is
    /// said.
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

/// Runs the command and gives the exit status, or why nothing was written.
pub(crate) fn run(options: &Options) -> Result<u8, String> {
    let input = key_file::open(&options.public)?;
    let (mut decoded, mut completed) = (Vec::new(), [0; 700]);
    let public = endorsement::area(&input, &mut decoded, &mut completed)?;
    let name = options.object.name()?;
    let Secret { secret, fresh } = &options.secret;
    let made = match fresh {
        Some(file) => challenge(&public, &name)
            .map(|(challenge, credential)| (Some((file, challenge)), credential)),
        None => {
            let secret = Input::read(secret.as_deref().unwrap_or_default())?;
            make_credential(&public, &name, &secret.bytes, &mut SysRng)
                .map(|credential| (None, credential))
        }
    };
    let (challenge, credential) = match made {
        Ok(made) => made,
        Err(error) => return refused(&input.name, &error),
    };
    write(
        challenge
            .as_ref()
            .map(|(file, challenge)| (&***file, challenge)),
        &options.credential_blob,
        &credential,
    )?;
    Ok(ACCEPTED)
}

/// Writes the challenge and the credential, or none of them.
fn write(
    challenge: Option<(&OsStr, &Challenge)>,
    file: &OsStr,
    credential: &Credential,
) -> Result<(), String> {
    save::refuse_what_was_read(file)?;
    let Some((challenge_file, challenge)) = challenge else {
        return Staged::replacing(file, credential.as_file())?.put();
    };
    let one_file = || {
        let name = shown(file);
        format!(
            "{name}: the challenge and the credential cannot be one file\nhelp: Give --fresh and --credential-blob (-o) two names: the challenge is yours to keep, the credential goes to the machine."
        )
    };
    if save::is_one_file(challenge_file, file) {
        return Err(one_file());
    }
    let challenge = Staged::new_secret(challenge_file, challenge.as_bytes())?;
    let credential = Staged::replacing(file, credential.as_file())?;
    challenge.put()?;
    // Where case does not tell names apart, it shows only now.
    let put = if save::is_one_file(challenge_file, file) {
        Err(one_file())
    } else {
        credential.put()
    };
    // A challenge that was never sent is of no use, and would be in the way of the next one.
    put.inspect_err(|_| {
        let _ = fs::remove_file(challenge_file);
    })
}

/// The exit status if the endorsement key in this file was refused; else what is wrong.
fn refused(file: &str, error: &Error) -> Result<u8, String> {
    let (check, help) = (error.check(), error.help());
    let Problem::Endorsement(_) = error.problem() else {
        return Err(format!("{error}\nhelp: {help}"));
    };
    let message = format!("{file}: {check}: {error}\nhelp: {help}");
    if error.verdict() == Verdict::Malformed {
        return Err(message);
    }
    say(&format!("tpm-quote: {message}"));
    Ok(REJECTED)
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
                let input = key_file::open(file.as_deref().unwrap_or_default())?;
                object_name(&input)
            }
        }
    }
}
