//! Where text goes, and the exit statuses.

use std::{
    io::{self, ErrorKind, IsTerminal as _, Write as _},
    sync::Mutex,
};

use clap::{Args, ValueEnum};
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

/// Whether standard output is a terminal: who reads it reads the report, and standard error
/// need not say the same.
pub(crate) fn is_told_once() -> bool {
    io::stdout().is_terminal()
}

/// What files were taken for.
static SEEN: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Says what a file was taken for. On a terminal that waits: the report on a failure has it
/// as a note, and `--verbose` shows it in any case.
pub(crate) fn saw(what: String) {
    if !is_told_once() {
        say(&what);
    }
    if let Ok(mut seen) = SEEN.lock() {
        seen.push(what);
    }
}

/// What files were taken for, up to here.
pub(crate) fn seen() -> Vec<String> {
    SEEN.lock().map(|seen| seen.clone()).unwrap_or_default()
}

/// How much the report tells.
#[derive(Args)]
pub(crate) struct Verbosity {
    /// A line for each check, and on standard error what each file was taken for
    ///
    /// Without it, the text counts the checks that passed. On a terminal a failure is told
    /// once, in the report; where standard output is none, standard error has it as well.
    #[arg(long)]
    pub(crate) verbose: bool,
}

/// How a report is shown.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Format {
    /// For a person
    Text,
    /// One JSON object, which docs/report.md describes
    Json,
}

/// Prints a report, and gives the exit status.
pub(crate) fn print(report: Report<'_>, format: Format, verbosity: &Verbosity) -> u8 {
    let verbose = verbosity.verbose;
    if verbose && is_told_once() {
        for what in seen() {
            say(&what);
        }
    }
    let report = report.verbose(verbose);
    let mut text = String::new();
    // Nothing can fail in writing to memory.
    let _ = match format {
        Format::Text => report.write_text(&mut text),
        Format::Json => report.write_json(&mut text),
    };
    finish(&text, status(&report))
}

/// The exit status of a report.
pub(crate) fn status(report: &Report<'_>) -> u8 {
    match report.verdict() {
        "rejected" | "unsupported" => REJECTED,
        "malformed" => UNREADABLE,
        _ => ACCEPTED,
    }
}
