//! The options of `tpm-quote check`.

use std::ffi::OsString;

use clap::{ArgAction, Args, ValueEnum};
use tpm_quote::{
    Error, PcrSet,
    evidence::{PcrFormat, parse_selection},
};

use crate::{
    named::KeyOptions,
    output,
    policy::{BaselineOption, LogOptions, Policy},
};

/// Verify a quote in the files of tpm2-tools: the options of tpm2_checkquote
#[derive(Args)]
#[command(
    long_about = "Verify a quote in the files of tpm2-tools: the options of tpm2_checkquote.

Formats are told from the files themselves and shown on standard error. Nothing \
is asked of a TPM or of the network.",
    after_long_help = "Formats:
  -u  TPM2B_PUBLIC or TPMT_PUBLIC (-f tss, tpmt), SubjectPublicKeyInfo (pem,
      der), PKCS #1, JSON Web Key, a set of them with one key (or HCLAkPub of
      Azure), X.509 certificate (its key alone); the binary ones also in base64
  -m  TPMS_ATTEST or TPM2B_ATTEST
  -s  TPMT_SIGNATURE, or the plain one: the bytes of RSA, the DER of ECDSA
  -f  serialized, values (with -l), marshaled
  --evidence  JSON of go-attestation, of the attester tpm of confidential-containers, \
and of its attesters for Azure's virtual TPM; the string of a keylime agent

The key in the evidence has to be that of -u: nobody else vouches for it. Evidence often \
has more values than are signed: -l names those that are. Of several quotes, -l names the \
one to verify.

What the report says of the key, which counts as known to you because you name it:
  pinned      All of its public area is known, and was judged.
  certified, created, certificate
              The key of --certified-by, or the certificate of --ak-cert, vouches \
for it instead of you.
  certificate-key
              The certificate vouches for its numbers, and nothing else is known: \
without -u, or with a key that has no public area.
  pinned-key  Only its numbers are known, as with PEM. Its attributes are not, \
and with them whether it signs only what a TPM made: give the TPM's own form.

Stricter than tpm2_checkquote:
  * The key has to be a restricted signing key, and strong; -f is required.
  * The values have to be those that were signed, bank by bank and PCR by PCR: \
none missing, none left over.
  * Scheme and hash are the key's. Where it has none, they are the signature's, \
or with a plain signature those of --scheme and -g; they are never tried.
  * SHA-1 signatures are refused.

Exit status:
  0  accepted: the quote passed every check
  1  rejected or unsupported
  2  something cannot be read, or the options are wrong. Wrong options and files \
that are missing print no report

Example:
  tpm-quote check -u ak.pub -m quote.msg -s quote.sig -f quote.pcrs \\
      -l sha256:0,7 -q c0ffee"
)]
pub(crate) struct Options {
    #[command(flatten)]
    pub(super) key: KeyOptions,

    /// The quote
    #[arg(
        short = 'm',
        long,
        value_name = "FILE",
        required_unless_present = "evidence"
    )]
    pub(super) message: Option<OsString>,

    /// The signature
    #[arg(
        short = 's',
        long,
        value_name = "FILE",
        required_unless_present = "evidence"
    )]
    pub(super) signature: Option<OsString>,

    /// The PCR values
    ///
    /// Without them a quote is not accepted: nothing is known of the machine.
    #[arg(short = 'f', long, value_name = "FILE")]
    pub(super) pcr: Option<OsString>,

    /// Quote, signature, PCR values and key in the JSON of another project; or the
    /// string of a keylime agent, which has no key
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = ["message", "signature", "pcr"]
    )]
    pub(super) evidence: Option<OsString>,

    /// How PCRs are written, and the report: one of each
    ///
    /// The format of the PCR file is told from the file if it is not given here.
    #[arg(
        short = 'F',
        long,
        alias = "pcrs_format",
        value_enum,
        ignore_case = true,
        action = ArgAction::Append
    )]
    pub(super) format: Vec<Format>,

    /// PCRs that the quote has to cover, as in sha256:0,7,10+sha384:all
    ///
    /// Exactly these. A file of values needs it, in the order of tpm2_quote -l.
    /// Without it, what the file selects counts, and a warning is printed if
    /// software could have set it.
    #[arg(short = 'l', long, value_name = "SET", value_parser = selection)]
    pub(super) pcr_list: Option<PcrSet>,

    /// PCRs that the quote has to cover at least, as in sha256:0,7
    #[arg(long, value_name = "SET", value_parser = selection)]
    pub(super) require_pcrs: Option<PcrSet>,

    /// The nonce of your request: 1 to 66 bytes in hexadecimal, or @ and the file
    /// that has them as bytes
    ///
    /// tpm2_checkquote looks for a file of that name first: whoever sends the files
    /// could then choose the nonce. Without it, only a quote that has no nonce passes, with a warning: nothing
    /// shows when it was made.
    #[arg(short = 'q', long, value_name = "HEX|@FILE")]
    pub(super) qualification: Option<OsString>,

    /// Ignored: for scripts that say it to tpm2_checkquote
    #[arg(short = 'Q', long)]
    quiet: bool,

    /// Ignored, as no TPM is asked: for scripts that say it to tpm2_checkquote
    #[arg(short = 'T', long, value_name = "TCTI")]
    tcti: Option<OsString>,

    #[command(flatten)]
    pub(super) baseline: BaselineOption,

    #[command(flatten)]
    pub(super) policy: Policy,

    /// The same as --boot-log: as tpm2_checkquote calls it
    #[arg(
        short = 'e',
        long = "eventlog",
        value_name = "FILE",
        conflicts_with = "boot_log"
    )]
    pub(super) event_log: Option<OsString>,

    #[command(flatten)]
    pub(super) logs: LogOptions,

    #[command(flatten)]
    pub(super) verbosity: output::Verbosity,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// PCR file: the memory of a little-endian machine
    Serialized,
    /// PCR file: the values alone
    Values,
    /// PCR file: structures as a TPM writes them
    Marshaled,
    /// Report: for a person, the default
    Text,
    /// Report: one JSON object, which docs/report.md describes
    Json,
}

impl Format {
    pub(super) fn of_pcrs(self) -> Option<PcrFormat> {
        match self {
            Self::Serialized => Some(PcrFormat::Serialized),
            Self::Values => Some(PcrFormat::Values),
            Self::Marshaled => Some(PcrFormat::Marshaled),
            Self::Text | Self::Json => None,
        }
    }

    pub(super) fn of_report(self) -> Option<output::Format> {
        match self {
            Self::Text => Some(output::Format::Text),
            Self::Json => Some(output::Format::Json),
            Self::Serialized | Self::Values | Self::Marshaled => None,
        }
    }
}

fn selection(text: &str) -> Result<PcrSet, Error> {
    parse_selection(text)
}
