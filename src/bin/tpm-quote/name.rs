//! `tpm-quote name`: the Name of an object or NV index.

use std::ffi::OsString;

use clap::Args;
use serde_json::json;
use tpm_quote::Name;

use crate::{
    input::Input,
    key_file::unpacked,
    kinds::fitting,
    options::{nv_public, object_name},
    output::{ACCEPTED, Format, finish},
    policy::{Hierarchy, ancestry},
};

/// Show the Name of a key or another object, or of an NV index
#[derive(Args)]
#[command(
    long_about = "Show the Name of a key or another object, or of an NV index: the hash id \
and the digest of its public area, in hexadecimal. It is what `tpm-quote verify --ak-name` \
takes.

A Name only says which key is meant. Take the public area from the machine itself, not from \
evidence that you want to check with it.",
    after_long_help = "Exit status:
  0  shown
  2  FILE cannot be read, is no public area, or has a nameAlg that is not supported

Example:
  tpm-quote verify response.json --payload-id ID \\
      --ak-name $(tpm-quote name ak.pub)"
)]
pub(crate) struct Options {
    /// A public area: TPM2B_PUBLIC or TPMT_PUBLIC, also in base64, TPM2B_NV_PUBLIC or
    /// TPMS_NV_PUBLIC; `-` is standard input
    ///
    /// PEM, DER, a JSON Web Key and a certificate have the numbers of a key alone: a name is
    /// made of the whole public area.
    ///
    /// A file whose name begins with - stands behind --, as the last: -- --help
    #[arg(value_name = "FILE")]
    file: OsString,

    /// Show the qualified name in this hierarchy instead
    #[arg(long, value_enum, value_name = "HIERARCHY")]
    hierarchy: Option<Hierarchy>,

    /// Public area of an object between the hierarchy and this one, from the hierarchy
    /// downwards; may be given several times
    #[arg(long, value_name = "FILE", requires = "hierarchy")]
    parent: Vec<OsString>,

    /// How it is shown
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Runs the command and gives the exit status, or why there is no name.
pub(crate) fn run(options: &Options) -> Result<u8, String> {
    let ancestry = ancestry(options.hierarchy, &options.parent)?;
    let input = unpacked(Input::read(&options.file)?);
    let is_index = fitting(&input.bytes)
        .iter()
        .any(|(kind, _)| ["TPM2B_NV_PUBLIC", "TPMS_NV_PUBLIC"].contains(&kind.name));
    let file = &input.name;
    let name = if is_index {
        let index = nv_public(&input)?;
        let name_alg = index.value().name_alg;
        Name::of_nv(index.value())
            .ok_or_else(|| format!("{file}: the nameAlg {name_alg} is not supported"))?
    } else {
        object_name(&input)?
    };
    if is_index && ancestry.is_some() {
        return Err(format!("{file}: an NV index has no qualified name"));
    }
    let qualified_name = ancestry.map(|ancestry| ancestry.qualified_name(&name).to_string());
    let text = match options.format {
        Format::Text => format!("{}\n", qualified_name.unwrap_or_else(|| name.to_string())),
        Format::Json => {
            let value = json!({
                "name": name.to_string(),
                "qualified_name": qualified_name,
            });
            format!("{value:#}\n")
        }
    };
    Ok(finish(&text, ACCEPTED))
}
