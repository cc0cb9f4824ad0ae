//! The options of `tpm-quote verify`.

use std::{ffi::OsString, num::NonZero};

use clap::{Args, ValueEnum};

use crate::{
    options::{Request, whole},
    output::{Format, Verbosity},
    policy::{BaselineOption, LogOptions},
    response::Terms,
};

/// Verify the TPM quote in the response of an inference server
#[derive(Args)]
#[command(
    long_about = "Verify the TPM quote in the response of an inference server.

FILE is the whole JSON response, its _metadata, or the tpm_attestation block \
alone: exactly one of them. Nothing is asked of a TPM or of the network.",
    after_long_help = "What the report says of the key:
  self-asserted  The key came with the response, and nothing else vouches for \
it. The quote is consistent, but nothing shows that a TPM made it: anyone can \
make such a key in software, with all the right attributes.
  pinned         The key has one of the names given with --ak-name.
  certified      The key given with --certified-by certifies it (TPM2_Certify): \
it is in the same TPM. The certification comes with the response \
(aik_certify_b64, aik_certify_signature_b64) or with --certify-attest.
  created        The key given with --certified-by certifies how it was made \
(TPM2_CertifyCreation): the same TPM made it.
  certificate    A certificate for the key (--ak-cert) leads to a root given \
with --ca: whoever issued it says that the key is a restricted one of this TPM. \
It has the key's numbers alone; the attributes are the sender's word.

Exit status:
  0  accepted: the quote passed every check; or, where --tier allows it, the \
server says that it has no TPM (verdict \"unavailable\": nothing is known of \
the machine)
  1  rejected or unsupported: the evidence can be read, but a check failed, \
the tier is not met, or an algorithm is not supported
  2  something cannot be read: the evidence is malformed or contradicts \
itself, a file is missing, or the options are wrong. Wrong options and files \
that are missing print no report

Example:
  tpm-quote verify response.json \\
      --payload-id 22c4a258-d445-5bdd-885d-40980abcee2d \\
      --require-pcrs sha256:0,7,10 --baseline good.json --format json

Example of many responses, each with its id in a line like
{\"id\": \"22c4a258-...\", \"response\": {...}}:
  tpm-quote verify --ndjson --payload-id-field id responses.ndjson \\
      > reports.ndjson"
)]
pub(crate) struct Options {
    /// The response; `-`, or no FILE at all, is standard input
    ///
    /// A file whose name begins with - stands behind --, as the last: -- --help
    #[arg(value_name = "FILE", default_value = "-", hide_default_value = true)]
    pub(super) file: OsString,

    #[command(flatten)]
    pub(super) request: Request,

    /// How much you need of the server's TPM
    ///
    /// A quote that is there is verified in every tier.
    #[arg(long, value_enum, default_value_t = Tier::Maximum)]
    pub(super) tier: Tier,

    #[command(flatten)]
    pub(super) baseline: BaselineOption,

    #[command(flatten)]
    pub(super) terms: Terms,

    #[command(flatten)]
    pub(super) logs: LogOptions,

    /// The report, on standard output: text unless --ndjson asks for JSON
    #[arg(long, value_enum)]
    pub(super) format: Option<Format>,

    #[command(flatten)]
    pub(super) verbosity: Verbosity,

    /// Verify many responses: FILE has one in each line, and each gets its report
    /// in a line, in the same order
    ///
    /// A line is a JSON object of your own around the response: it has the
    /// payload id of the request and, as the member `response`, what the server
    /// answered, as JSON or as a string of JSON. Its other members are ignored.
    /// Each report also has the number of its line and the payload id. A line
    /// that cannot be read gets a report as well, and the next one follows. Blank
    /// lines at the end are nothing.
    ///
    /// All processors are used, and little memory, however long the input is.
    /// The exit status is 0 if every line was accepted, 1 if one was not, and 2
    /// if the input or the options cannot be read, or there is no line at all:
    /// then reports are missing.
    #[arg(long, requires = "payload_id_field", conflicts_with_all = ["payload_id", "nonce"])]
    pub(super) ndjson: bool,

    /// The member of each line that has the payload id
    ///
    /// Write it there yourself, from your own records: in a line that the server
    /// wrote, an old response would have its own id.
    #[arg(long, value_name = "NAME", group = "Request", requires = "ndjson")]
    pub(super) payload_id_field: Option<String>,

    /// The member of each line that has the response
    #[arg(
        long,
        value_name = "NAME",
        default_value = "response",
        conflicts_with_all = ["payload_id", "nonce"]
    )]
    pub(super) response_field: String,

    /// Accept an input in which there is no line: without this, it is exit status 2
    #[arg(long, requires = "ndjson")]
    pub(super) allow_empty: bool,

    /// How many lines are verified at a time, if not one on each processor
    #[arg(long, value_name = "N", requires = "ndjson", value_parser = threads)]
    pub(super) threads: Option<NonZero<usize>>,
}

fn threads(text: &str) -> Result<NonZero<usize>, String> {
    let count = usize::try_from(whole(text)?).ok().and_then(NonZero::new);
    count.ok_or_else(|| "at least one is needed".to_owned())
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum Tier {
    /// Goes on without a TPM
    Standard,
    /// Goes on without a TPM
    High,
    /// Requires a verified quote
    Maximum,
}

impl From<Tier> for tpm_quote::Tier {
    fn from(tier: Tier) -> Self {
        match tier {
            Tier::Standard => Self::Standard,
            Tier::High => Self::High,
            Tier::Maximum => Self::Maximum,
        }
    }
}
