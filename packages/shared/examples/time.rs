//! How long the library takes for a response, in nanoseconds: to verify it, and to write the
//! report as well. The packages' `bench` scripts compare their calls with it.
//!
//! `cargo run --release --example time -- RESPONSE.json PAYLOAD_ID`

#![allow(clippy::print_stdout, reason = "it is what it is for")]

use std::{env, fs, hint::black_box, time::Instant};

use tpm_quote::{
    Error, ResponsePolicy, Scratch, Tier, TpmAttestation, Verifier, report::Report, verify_response,
};

type Call = fn(&[u8], &str) -> Result<bool, Error>;

/// The shortest time of a call, over many rounds.
fn best(mut call: impl FnMut() -> bool) -> Option<u128> {
    let round = |call: &mut dyn FnMut() -> bool| {
        let start = Instant::now();
        let is_good = (0..20).all(|_| call());
        is_good.then(|| start.elapsed().as_nanos())
    };
    let rounds: Option<Vec<u128>> = (0..1000).map(|_| round(&mut call)).collect();
    rounds?
        .into_iter()
        .min()
        .map(|nanoseconds| nanoseconds / 20)
}

fn verified(json: &[u8], payload_id: &str) -> Result<bool, Error> {
    let policy = ResponsePolicy::new(payload_id)?;
    let mut scratch = Scratch::new();
    let quote = verify_response(black_box(json), &policy, &mut scratch)?;
    Ok(quote.pcrs().count() > 0)
}

fn reported(json: &[u8], payload_id: &str) -> Result<bool, Error> {
    let policy = ResponsePolicy::new(payload_id)?;
    let mut scratch = Scratch::new();
    let block = TpmAttestation::from_any_json(black_box(json), &mut scratch);
    let block = block.map(|(_, block)| block);
    let appraisal = Verifier::new().appraise_response(block, &policy, Tier::Maximum);
    let mut text = String::new();
    let written = Report::new(&appraisal).write_json_line(&mut text);
    Ok(written.is_ok() && black_box(text).contains("\"verified-self-asserted\""))
}

fn main() {
    let mut args = env::args().skip(1);
    let (Some(file), Some(payload_id)) = (args.next(), args.next()) else {
        eprintln!("usage: time RESPONSE.json PAYLOAD_ID");
        return;
    };
    let Ok(json) = fs::read(&file) else {
        eprintln!("{file}: cannot be read");
        return;
    };
    let calls: [(&str, Call); 2] = [("verify", verified), ("report", reported)];
    for (what, call) in calls {
        match best(|| call(&json, &payload_id).unwrap_or(false)) {
            Some(nanoseconds) => println!("{what} {nanoseconds}"),
            None => eprintln!("{what}: not verified"),
        }
    }
}
