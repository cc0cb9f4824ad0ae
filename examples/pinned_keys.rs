//! A store of pinned keys and known-good PCR values: who answers, and what it booted.

use std::{error::Error, fs};

use tpm_quote::{Baseline, BaselineEntry, Name, PcrSet, ResponsePolicy, Scratch, verify_response};

/// One machine a line, its key's Name first: `tpm-quote name ak.pub`, on the machine itself.
const KEYS: &str = "
    000b0e3c9555712bfdc60c57de31ca7e2dc904e959470a135e32414afbd7529bdd44  web-01
    000b4611c66b0daff40ebbe980b0c5ee42463e495debd13536864ab51a47916248e0  web-02
";

/// The good value of PCR 0: the firmware of both machines.
const FIRMWARE: [u8; 32] = [
    0x2c, 0xf0, 0x39, 0x8a, 0x94, 0xe1, 0xb9, 0x50, 0x00, 0x18, 0x15, 0x1b, 0xd1, 0xdb, 0x16, 0xee,
    0x3e, 0xdc, 0x76, 0xf5, 0x94, 0x37, 0xf5, 0xe3, 0xcb, 0x76, 0xc7, 0xfe, 0x41, 0x0f, 0xcc, 0x54,
];

/// Responses that the client saved, each with the payload id that it sent.
const RESPONSES: [(&str, &str); 3] = [
    ("ecc-main-aik-tpm2b", "6c5a64a5-81bb-5788-8a7b-8361a95e1a5f"),
    ("rsa-main-aik-tpm2b", "22c4a258-d445-5bdd-885d-40980abcee2d"),
    ("rsapss", "49e042cf-405a-591d-aeba-b1a8bd195b23"),
];

fn main() -> Result<(), Box<dyn Error>> {
    let (mut names, mut machines) = (Vec::new(), Vec::new());
    for line in KEYS.lines().filter(|line| !line.trim().is_empty()) {
        let (name, machine) = line.trim().split_once("  ").ok_or("a Name and a machine")?;
        names.push(name.parse::<Name>()?);
        machines.push(machine);
    }
    let good: [&[u8]; 1] = [&FIRMWARE];
    let entries = [BaselineEntry::new("sha256:0".parse()?, &good)];
    let baseline = Baseline::new(&entries)?;

    let mut scratch = Scratch::new();
    for (file, payload_id) in RESPONSES {
        let path = format!(
            "{}/tests/data/blocks/{file}.json",
            env!("CARGO_MANIFEST_DIR")
        );
        let policy = ResponsePolicy::new(payload_id)?
            .require_pcrs(PcrSet::parse("sha256:0,7,10")?)
            .pinned(&names[..])
            .baseline(&baseline);
        match verify_response(&fs::read(path)?, &policy, &mut scratch) {
            Ok(quote) => {
                let mut known = names.iter().zip(&machines);
                let found = known.find(|(name, _)| *name == quote.key_name());
                let machine = found.map_or("?", |(_, machine)| machine);
                println!("{file}: {} key of {machine}", quote.key_trust());
            }
            Err(error) => println!("{file}: refused by {}: {error}", error.check()),
        }
    }
    Ok(())
}
