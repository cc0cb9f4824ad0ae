//! One reader of a boot log, so many times on one log: what `run.sh` measures beside tpm2_eventlog.

#[path = "../../../made/log.rs"]
mod log;

use std::{env, fs, hint::black_box};

use fallible_iterator::FallibleIterator;
use tpm_quote::log::{EventLog, Logs};

fn main() {
    let args: Vec<String> = env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match *args {
        ["make", file] => fs::write(file, log::made()).expect("written"),
        [reader, file, rounds] => {
            let log = fs::read(file).expect("the log");
            read(reader, &log, rounds.parse().expect("a number"));
        }
        _ => panic!("make FILE, or parse, replay, facts, uefi-eventlog FILE ROUNDS"),
    }
}

/// Reads the log in memory so many times. Each time something is found in it, and the same.
fn read(reader: &str, log: &[u8], rounds: u32) {
    let repeat = |read: &dyn Fn(&[u8]) -> usize| {
        let first = read(log);
        assert!(first > 0, "nothing found");
        for _ in 0..rounds {
            assert_eq!(read(black_box(log)), first);
        }
    };
    match reader {
        "parse" => repeat(&|log| parsed(log).banks().count()),
        "replay" => log::quoted(log, |quote| {
            repeat(&|log| {
                let replay = quote.replay(&Logs::new().firmware(parsed(log)));
                replay.expect("explained").explained_pcrs().iter().count()
            });
        }),
        "facts" => log::quoted(log, |quote| {
            repeat(&|log| {
                let replay = quote.replay(&Logs::new().firmware(parsed(log)));
                crate::log::facts(&replay.expect("explained"))
            });
        }),
        "uefi-eventlog" => repeat(&peer),
        other => panic!("no reader {other}"),
    }
}

fn parsed(log: &[u8]) -> EventLog<'_> {
    EventLog::parse_padded(log).expect("a log")
}

/// The crate `uefi-eventlog`: reads the structures of the events, compares digests with the data,
/// and extends the PCRs of four banks.
fn peer(log: &[u8]) -> usize {
    let mut parser = uefi_eventlog::Parser::new(log);
    let mut count = 0;
    while parser.next().expect("an event").is_some() {
        count += 1;
    }
    black_box(parser.pcrs());
    count
}
