//! `tpm-quote activate --check`: whether a key is in the TPM that has an endorsement key.

use std::{ffi::OsString, time::Duration};

use clap::Args;
use tpm_quote::{
    Check, Error, Name, Tpm2bPublic, Verifier,
    report::Report,
    verify::{Challenge, EndorsementKey, Part},
};

use super::endorsement;
use crate::{
    certificate::{Certificates, time},
    diagnosis::{Diagnosis, explained},
    input::Input,
    key_file,
    options::{key_name, lacks_public_area, public_area},
    output::{Format, Verbosity, print, say},
};

/// Check what a TPM answered to a challenge: whether it has the key
#[derive(Args)]
#[command(
    long_about = "Check what a TPM answered to a challenge of `tpm-quote makecredential \
--fresh`: with the right answer, the attestation key is in the TPM that has the endorsement \
key. Nothing is asked of a TPM or of the network.

This is worth what the endorsement key is: anyone can make one in software. Take its name \
from the machine itself or from its maker, never from a message that you want to check with \
it.",
    after_long_help = "The report has the keys of that of `tpm-quote attest`; the trust is \
`activated`. From then on the name of the key can be pinned: it is the same TPM's for ever.

Exit status:
  0  the answer is right, and the key is an attestation key
  1  rejected or unsupported: everything can be read, but a check failed, or an \
algorithm is not supported
  2  something cannot be read, or the options are wrong. Wrong options and files \
that are missing print no report

Example:
  tpm-quote activate --check --challenge challenge --answer answer -u ak.pub \\
      --ek ek.pub --ek-name 000b... --format json"
)]
pub(crate) struct Options {
    /// Check the answer, which is all that can be done without a TPM
    #[arg(long, required = true)]
    check: bool,

    /// Public area of the attestation key: TPM2B_PUBLIC or TPMT_PUBLIC, also in base64
    #[arg(short = 'u', long = "public", value_name = "AK")]
    public: OsString,

    /// The endorsement key, in the form that makecredential was given
    #[arg(long, value_name = "EK")]
    ek: OsString,

    /// Name of an endorsement key that is trusted, in hexadecimal; may be given several
    /// times
    #[arg(
        long,
        value_name = "HEX",
        value_parser = key_name,
        required_unless_present = "ek_cert",
        conflicts_with = "ek_cert"
    )]
    ek_name: Vec<Name>,

    /// Certificate of the endorsement key, in DER or PEM, instead of its name
    ///
    /// In PEM, those between it and the root may follow. Padding behind one in DER, as
    /// an NV index has it, is left out. It has to be that of an endorsement key
    /// (2.23.133.8.1), with maker, model and version of the TPM.
    #[arg(long, value_name = "FILE", requires = "ca")]
    ek_cert: Option<OsString>,

    /// Root certificates of makers that are trusted, in DER or PEM; may be given several
    /// times
    #[arg(long, value_name = "FILE", requires = "ek_cert")]
    ca: Vec<OsString>,

    /// When the certificates have to be in force, as 2030-01-01T00:00:00Z or in seconds
    /// since 1970; now, by the clock of this machine, if it is not given
    #[arg(long, value_name = "TIME", requires = "ek_cert", value_parser = time)]
    at: Option<Duration>,

    /// Accept certificates that are signed with SHA-1, as makers signed them in 2014:
    /// collisions can be made, and the report warns
    #[arg(long, requires = "ek_cert")]
    dangerous_sha1_certificates: bool,

    /// The challenge, as makecredential --fresh wrote it
    #[arg(long, alias = "secret", value_name = "CHALLENGE")]
    challenge: OsString,

    /// What the TPM gave, as tpm2_activatecredential writes it
    #[arg(long, value_name = "ANSWER")]
    answer: OsString,

    /// The report, on standard output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,

    #[command(flatten)]
    verbosity: Verbosity,
}

/// Runs the command and gives the exit status, or why there is no report.
pub(crate) fn run(options: &Options) -> Result<u8, String> {
    let ak = key_file::open(&options.public)?;
    let ek = key_file::open(&options.ek)?;
    let challenge = Input::read_file(&options.challenge)?;
    let answer = Input::read_file(&options.answer)?;
    let kept = Challenge::kept(&challenge.bytes);
    let kept = kept.map_err(|error| {
        let file = &challenge.name;
        format!("{file}: {error}\nhelp: {}", error.help())
    })?;
    let (mut decoded, mut completed) = (Vec::new(), [0; 700]);
    let endorsement = endorsement::area(&ek, &mut decoded, &mut completed)?;
    if options.ek_cert.is_none() && !options.ca.is_empty() {
        return Err("--ca needs --ek-cert".to_owned());
    }
    if let Some(message) = lacks_public_area(&ak) {
        return Err(message);
    }
    let certificates = options.ek_cert.as_deref();
    let certificates = certificates
        .map(|file| {
            let mut certificates = Certificates::read(file, &options.ca, options.at)?;
            certificates.allows_sha1 = options.dangerous_sha1_certificates;
            Ok::<_, String>(certificates)
        })
        .transpose()?;

    let trusted = match &certificates {
        Some(certificates) => certified(&endorsement, certificates),
        None => EndorsementKey::pinned(&endorsement, &options.ek_name),
    };
    let appraisal = match public_area(&ak) {
        Ok(public) => {
            let endorsement = trusted.as_ref().map_err(|error| *error);
            Verifier::new().appraise_activated(&public, endorsement, &kept, &answer.bytes)
        }
        Err(unreadable) => unreadable.in_part(Part::Key).into(),
    };
    let diagnosis = appraisal
        .error()
        .map(|error| match (error.part(), &certificates) {
            (Part::EndorsementKey, _) => Diagnosis::of(error, &ek),
            (part @ (Part::Certificate | Part::Intermediate(_) | Part::Root(_)), Some(files)) => {
                Diagnosis::of_file(error, files.at_fault(part).unwrap_or(&answer.name))
            }
            _ if error.check() == Check::KeyAnchor => Diagnosis::of(error, &answer),
            _ => Diagnosis::of(error, &ak),
        });
    if let Some(diagnosis) = &diagnosis {
        diagnosis.say();
    }
    let report = Report::new(&appraisal)
        .source(&ak.name)
        .form(Some("activation"));
    Ok(explained(diagnosis.as_ref(), report, |report| {
        print(report, options.format, &options.verbosity)
    }))
}

fn certified<'e>(
    public: &Tpm2bPublic<'e>,
    certificates: &Certificates,
) -> Result<EndorsementKey<'e>, Error> {
    let intermediates = certificates.intermediates();
    let certificate = endorsement::verified(certificates, &intermediates)?;
    say(&format!(
        "{}: endorsement key of {}",
        certificates.name,
        endorsement::line(&certificate)
    ));
    EndorsementKey::from_certificate(public, &certificate)
}
