//! Where text goes, and the exit statuses.

use std::io::{self, ErrorKind, Write as _};

use clap::ValueEnum;
use tpm_quote::report::Report;

use crate::stdout;

/// The evidence, or its absence, was accepted.
pub(crate) const ACCEPTED: u8 = 0;
/// The evidence can be read and was not accepted.
pub(crate) const REJECTED: u8 = 1;
/// Something cannot be read, or the command was used wrongly.
pub(crate) const UNREADABLE: u8 = 2;

/// Writes the result to standard output and gives the exit status: `status`,
/// unless the result could not be written. A reader that has seen enough, such
/// as `head`, changes nothing.
pub(crate) fn finish(text: &str, status: u8) -> u8 {
    written(stdout::write(text.as_bytes()), status)
}

/// The exit status after writing to standard output.
pub(crate) fn written(result: io::Result<()>, status: u8) -> u8 {
    match result {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            say(&format!("tpm-quote: standard output: {error}"));
            UNREADABLE
        }
        _ => status,
    }
}

/// Writes a line to standard error. If nobody reads it, the exit status still
/// tells.
pub(crate) fn say(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// How a report is shown.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Format {
    /// For a person
    Text,
    /// One JSON object
    Json,
}

/// Prints a report, and gives the exit status.
pub(crate) fn print(report: &Report<'_>, format: Format) -> u8 {
    let mut text = String::new();
    // Nothing can fail in writing to memory.
    let _ = match format {
        Format::Text => report.write_text(&mut text),
        Format::Json => report.write_json(&mut text),
    };
    finish(&text, status(report))
}

/// The exit status of a report.
pub(crate) fn status(report: &Report<'_>) -> u8 {
    match report.verdict() {
        "rejected" | "unsupported" => REJECTED,
        "malformed" => UNREADABLE,
        _ => ACCEPTED,
    }
}
