//! `tpm-quote print`: any structure, by the specification's names.

use std::ffi::OsString;

use clap::{
    Args, ValueEnum,
    builder::{PossibleValuesParser, TypedValueParser as _},
};
use serde_json::{Map, Value};
use tpm_quote::{
    Error, Scratch, TpmAttestation, evidence::BlockEvidence, verify::bank_name, wire::Hex,
};

use crate::{
    input::Input,
    kinds::{KINDS, Kind, fitting, looks_like},
    output::{ACCEPTED, finish, say},
    tree::Shown,
    yaml::{escaped, yaml},
};

/// Show a TPM structure, or the tpm_attestation block of a response
#[derive(Args)]
#[command(
    long_about = "Show a TPM structure, or the tpm_attestation block of a response.

Fields have the names of the specification; ids and attributes are shown by \
name, bytes in hexadecimal. A public area is shown with its Name and with the \
qualified names that it has as a primary object of each hierarchy; the public \
area of an NV index with its Name; a certificate, in DER or PEM, with what it \
says of a TPM; the firmware's event log and the list of IMA, of which nothing \
is proven without a quote. A FILE that begins with { is taken for a \
JSON response, its _metadata or the block alone.

Nothing is verified.",
    after_long_help = "Exit status:
  0  shown
  2  FILE cannot be read, is none or more than one of the structures, or is \
not the one that --type names

Example:
  tpm-quote print ak.pub
  tpm-quote print --type TPM2B_DIGEST --format json digest.bin"
)]
pub(crate) struct Options {
    /// The structure; `-` is standard input
    ///
    /// A file whose name begins with - stands behind --, as the last: -- --help
    #[arg(value_name = "FILE")]
    file: OsString,

    /// What FILE is, in either case
    ///
    /// Without it, FILE has to be exactly one of the structures that can be
    /// told by their bytes. TPM2B_NAME, TPM2B_DIGEST, TPM2B_DATA,
    /// TPM2B_ID_OBJECT, TPM2B_ENCRYPTED_SECRET, TPMS_CLOCK_INFO and
    /// TPMS_TIME_INFO cannot: almost any bytes fit them.
    #[arg(
        long = "type",
        value_name = "TYPE",
        ignore_case = true,
        value_parser = PossibleValuesParser::new(KINDS.iter().map(|kind| kind.name))
            .try_map(|name| Kind::by_name(&name).ok_or("not a structure"))
    )]
    kind: Option<&'static Kind>,

    /// How it is shown
    #[arg(long, value_enum, default_value_t = Format::Yaml)]
    format: Format,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// YAML
    Yaml,
    /// One JSON object
    Json,
}

/// Runs the command and gives the exit status, or why nothing can be shown.
pub(crate) fn run(options: &Options) -> Result<u8, String> {
    let tree = Value::Object(shown(options)?);
    let text = match options.format {
        Format::Yaml => yaml(&tree),
        Format::Json => escaped(&format!("{tree:#}\n")),
    };
    Ok(finish(&text, ACCEPTED))
}

fn shown(options: &Options) -> Result<Shown, String> {
    let input = Input::read(&options.file)?;
    let name = &input.name;
    let (kind, shown) = match options.kind {
        Some(kind) => match (kind.read)(&input.bytes) {
            Ok(shown) => (kind, shown),
            Err(error) => {
                let kind = kind.one();
                return Err(format!("{name}: not {kind}: {error}{}", hint(&input)));
            }
        },
        None if input.bytes.trim_ascii_start().starts_with(b"{") => return response(&input),
        None => detect(&input)?,
    };
    let count = input.bytes.len();
    say(&format!("{name}: {}, {count} bytes", kind.name));
    Ok(shown)
}

/// The one structure that the bytes are.
fn detect(input: &Input) -> Result<(&'static Kind, Shown), String> {
    let (name, bytes) = (&input.name, &*input.bytes);
    let count = bytes.len();
    let mut fitting = fitting(bytes);
    let names = names(fitting.iter().map(|(kind, _)| *kind));
    match (fitting.pop(), fitting.is_empty()) {
        (Some(one), true) => Ok(one),
        (Some(_), false) => Err(format!(
            "{name}: {count} bytes that can be several structures: {names}\nhelp: Say with --type which one it is."
        )),
        (None, _) => Err(none_of_them(input)),
    }
}

/// Why the bytes are none of the structures that they begin like.
fn none_of_them(input: &Input) -> String {
    let (name, bytes) = (&input.name, &*input.bytes);
    let count = bytes.len();
    let mut message = format!("{name}: {count} bytes that are none of the structures known here");
    let mut begins = false;
    for kind in KINDS.iter().filter(|kind| kind.begins(bytes)) {
        begins = true;
        if let Err(error) = (kind.read)(bytes) {
            message.push_str(&format!("\n  not {}: {error}", kind.one()));
        }
    }
    if !begins && !bytes.is_empty() {
        let start = Hex(bytes.get(..8).unwrap_or(bytes));
        message.push_str(&format!("\n  none begins with {start}"));
    }
    let opaque = KINDS.iter().filter(|kind| (kind.read)(bytes).is_ok());
    let opaque = names(opaque);
    if !opaque.is_empty() {
        message.push_str(&format!(
            "\nhelp: It can be one that cannot be told by its bytes ({opaque}): say with --type which one it is."
        ));
    }
    message.push_str(&hint(input));
    message
}

fn names(kinds: impl Iterator<Item = &'static Kind>) -> String {
    let names: Vec<&str> = kinds.map(|kind| kind.name).collect();
    names.join(", ")
}

/// A line on what the bytes look like, if that is known.
fn hint(input: &Input) -> String {
    match looks_like(&input.bytes) {
        Some(seen) => format!("\nnote: {} looks like {seen}", input.name),
        None => String::new(),
    }
}

/// Shows the `tpm_attestation` block of a response, with the structures in it.
fn response(input: &Input) -> Result<Shown, String> {
    let (name, bytes) = (&input.name, &*input.bytes);
    let refuse = |error: Error| {
        let place = error
            .offset()
            .map_or_else(|| name.clone(), |offset| input.place(offset));
        let seen = hint(input);
        format!("{place}: {error}\nhelp: {}{seen}", error.help())
    };
    let mut scratch = Scratch::new();
    let (form, found) = TpmAttestation::from_any_json(bytes, &mut scratch).map_err(refuse)?;
    let block = match found {
        Some(TpmAttestation::Available(evidence)) => block(name, &evidence)?.into(),
        Some(TpmAttestation::Unavailable) => {
            Map::from_iter([("is_available".to_owned(), false.into())]).into()
        }
        None => Value::Null,
    };
    let count = bytes.len();
    say(&format!(
        "{name}: {form}, {count} bytes; nothing is verified"
    ));
    Ok(Map::from_iter([
        ("type".to_owned(), form.to_string().into()),
        ("tpm_attestation".to_owned(), block),
    ]))
}

fn block(name: &str, evidence: &BlockEvidence<'_>) -> Result<Shown, String> {
    let mut values = Map::new();
    for pcr in evidence.pcr_values.iter() {
        let bank = bank_name(pcr.bank).unwrap_or_default();
        let bank = values.entry(bank).or_insert_with(|| Map::new().into());
        if let Value::Object(bank) = bank {
            bank.insert(pcr.index.to_string(), Hex(pcr.digest).to_string().into());
        }
    }
    let mut block = Map::new();
    block.insert("is_available".to_owned(), true.into());
    block.insert(
        "pcr_banks".to_owned(),
        evidence.pcr_banks.to_string().into(),
    );
    block.insert("pcr_values".to_owned(), values.into());
    let (certify, signature) = (evidence.aik_certify, evidence.aik_certify_signature);
    for (key, kind, bytes) in [
        ("aik_pubkey_b64", "TPM2B_PUBLIC", Some(evidence.aik_pubkey)),
        ("quote_b64", "TPM2B_ATTEST", Some(evidence.quote)),
        ("signature_b64", "TPMT_SIGNATURE", Some(evidence.signature)),
        ("aik_certify_b64", "TPM2B_ATTEST", certify),
        ("aik_certify_signature_b64", "TPMT_SIGNATURE", signature),
    ] {
        let Some(bytes) = bytes else { continue };
        let read = Kind::by_name(kind).map(|kind| (kind.read)(bytes));
        let shown = read.unwrap_or_else(|| Err(kind.to_owned()));
        let shown = shown.map_err(|error| {
            let seen = looks_like(bytes).map(|seen| format!("\nnote: {key} looks like {seen}"));
            let seen = seen.unwrap_or_default();
            format!("{name}: {key}, decoded: not a {kind}: {error}{seen}")
        })?;
        block.insert(key.to_owned(), shown.into());
    }
    Ok(block)
}
