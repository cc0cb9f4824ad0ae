//! The command `tpm-quote`: reads files and options, and says what the library
//! decided. It decides nothing itself.
//!
//! Exit status: 0 accepted, 1 rejected or unsupported, 2 not readable or wrong
//! usage. Only this folder has std.

// Not `forbid`, which the macro in `stdout` does not get along with. That nothing else
// is unsafe is tested with the plan of the house.
#![deny(
    unsafe_code,
    unreachable_pub,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::string_slice,
    clippy::unwrap_used
)]

extern crate alloc;

mod allow_list;
mod attest;
mod baseline;
mod baseline_file;
mod beside;
mod boot_log;
mod boot_policy;
mod certificate;
mod check;
#[cfg(feature = "credential")]
mod credential;
mod diagnosis;
mod file_id;
mod hardware;
mod ima_entries;
mod ima_list;
mod input;
mod key_file;
mod kinds;
mod long;
mod name;
mod named;
mod nonce;
mod options;
mod output;
mod policy;
mod print;
mod profile;
mod response;
mod save;
mod signing;
mod stdout;
mod tree;
mod trust;
mod trust_line;
mod usage;
mod verify;
mod wrong;
mod yaml;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use self::{
    output::{ACCEPTED, UNREADABLE, finish, say},
    policy::Expanded,
    usage::fitted,
};

#[cfg(feature = "credential")]
const AFTER_HELP: &str = "Each command explains itself: `tpm-quote verify --help`, and so on.";
#[cfg(not(feature = "credential"))]
const AFTER_HELP: &str = "Each command explains itself: `tpm-quote verify --help`, and so on.\n\
    This build has no `makecredential` and no `activate`: they come with the feature `cli`.";

#[derive(Parser)]
#[command(
    name = "tpm-quote",
    version,
    about = "Verifies TPM 2.0 quotes and other attestations offline, and shows TPM structures",
    after_help = AFTER_HELP,
    disable_help_subcommand = true
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Verify(verify::Options),
    Check(check::Options),
    Attest(attest::Options),
    Baseline(baseline::Options),
    Name(name::Options),
    Nonce(nonce::Options),
    #[cfg(feature = "credential")]
    #[command(name = "makecredential")]
    MakeCredential(credential::makecredential::Options),
    #[cfg(feature = "credential")]
    Activate(credential::activate::Options),
    Print(print::Options),
}

fn main() -> ExitCode {
    let Expanded { args, file } = match policy::expanded(std::env::args_os().collect()) {
        Ok(expanded) => expanded,
        Err(message) => {
            say(&format!("tpm-quote: {message}"));
            return ExitCode::from(UNREADABLE);
        }
    };
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(shown) => {
            let text = fitted(&shown.render().to_string());
            if shown.use_stderr() {
                say(text.trim_end());
                if let Some(file) = file {
                    say(&format!(
                        "note: some options are from the policy file {file}"
                    ));
                }
                return ExitCode::from(UNREADABLE);
            }
            // Help, or the version: what was asked for.
            return ExitCode::from(finish(&text, ACCEPTED));
        }
    };
    let status = match cli.command {
        Command::Verify(options) => verify::run(&options),
        Command::Check(options) => check::run(&options),
        Command::Attest(options) => attest::run(&options),
        Command::Baseline(options) => baseline::run(&options),
        Command::Name(options) => name::run(&options),
        Command::Nonce(options) => nonce::run(&options),
        #[cfg(feature = "credential")]
        Command::MakeCredential(options) => credential::makecredential::run(&options),
        #[cfg(feature = "credential")]
        Command::Activate(options) => credential::activate::run(&options),
        Command::Print(options) => print::run(&options),
    };
    ExitCode::from(status.unwrap_or_else(|message| {
        say(&format!("tpm-quote: {message}"));
        UNREADABLE
    }))
}
