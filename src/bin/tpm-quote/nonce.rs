//! `tpm-quote nonce`: the nonce that a quote has to have, or a new one.

use clap::{Args, ValueEnum};
use serde_json::json;
use tpm_quote::Nonce;

use crate::{
    options::{payload_nonce, whole},
    output::{ACCEPTED, finish},
};

/// Print the nonce of a payload id, or make a new one
#[derive(Args)]
#[command(
    long_about = "Print in hexadecimal the nonce that a quote has to have: that of a payload \
id, which is the first 16 bytes of its SHA-256, or a new random one.

Whoever can guess a nonce can have it quoted before you ask: choose a random one, or a random \
payload id, for each request.",
    after_long_help = "Exit status:
  0  printed
  2  the options are wrong, or the system has no random bytes

Examples:
  tpm-quote nonce --payload-id 22c4a258-d445-5bdd-885d-40980abcee2d

  A quote of your own machine:
  nonce=$(tpm-quote nonce --fresh)
  tpm2_quote -c ak.ctx -l sha256:0,7 -q \"$nonce\" -m quote.msg -s quote.sig \\
      -o quote.pcrs -F serialized
  tpm-quote check -u ak.pub -m quote.msg -s quote.sig -f quote.pcrs \\
      -l sha256:0,7 -q \"$nonce\""
)]
pub(crate) struct Options {
    #[command(flatten)]
    of: Of,

    /// How it is printed
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Args)]
#[group(required = true, multiple = false)]
struct Of {
    /// The payload id
    #[arg(value_name = "ID", value_parser = payload_nonce)]
    id: Option<Nonce>,

    /// The payload id, as an option
    #[arg(long, value_name = "ID", value_parser = payload_nonce)]
    payload_id: Option<Nonce>,

    /// Make a new one, of this many random bytes, 16 to 64; 32 if no number is given
    ///
    /// A TPM takes as many as its longest digest has.
    #[arg(
        long,
        value_name = "BYTES",
        num_args = 0..=1,
        default_missing_value = "32",
        value_parser = nonce_len
    )]
    fresh: Option<u8>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// In hexadecimal, alone
    Text,
    /// One JSON object
    Json,
}

/// Runs the command and gives the exit status, or why there is no nonce.
pub(crate) fn run(options: &Options) -> Result<u8, String> {
    let Of {
        id,
        payload_id,
        fresh,
    } = options.of;
    let nonce = match (id.or(payload_id), fresh) {
        (Some(nonce), _) => nonce,
        (None, len) => new(len.unwrap_or_default())?,
    };
    let text = match options.format {
        Format::Text => format!("{nonce}\n"),
        Format::Json => format!("{:#}\n", json!({"nonce": nonce.to_string()})),
    };
    Ok(finish(&text, ACCEPTED))
}

fn nonce_len(text: &str) -> Result<u8, String> {
    let len = u8::try_from(whole(text)?).ok();
    len.filter(|len| (16..=64).contains(len))
        .ok_or_else(|| "expected 16 to 64".to_owned())
}

fn new(len: u8) -> Result<Nonce, String> {
    let mut bytes = vec![0; len.into()];
    getrandom::fill(&mut bytes).map_err(|error| format!("no random bytes: {error}"))?;
    Nonce::exact(&bytes).map_err(|error| error.to_string())
}
