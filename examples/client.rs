//! A client of an inference server: verifies the quote in a response that it saved.
//!
//! `cargo run --example client -- RESPONSE.json PAYLOAD_ID`; without arguments it takes a
//! real response from `tests/data`.

use std::{env, fs, process::ExitCode};

use tpm_quote::{
    Error, PcrSet, ResponsePolicy, Scratch, TpmAlgId, VerifiedQuote, verify_response, wire::Hex,
};

const RESPONSE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/data/blocks/rsa-main-aik-tpm2b.json"
);
const PAYLOAD_ID: &str = "22c4a258-d445-5bdd-885d-40980abcee2d";

/// The payload id is the one that the client sent. The one in the response proves nothing:
/// an old response echoes its own.
fn verify<'a>(
    response: &[u8],
    payload_id: &str,
    scratch: &'a mut Scratch,
) -> Result<VerifiedQuote<'a>, Error> {
    let required = PcrSet::parse("sha256:0,7,10")?;
    let policy = ResponsePolicy::new(payload_id)?.require_pcrs(required);
    verify_response(response, &policy, scratch)
}

fn main() -> ExitCode {
    let mut args = env::args().skip(1);
    let file = args.next().unwrap_or_else(|| RESPONSE.to_owned());
    let payload_id = args.next().unwrap_or_else(|| PAYLOAD_ID.to_owned());
    let response = fs::read(&file).expect("the response cannot be read");

    let mut scratch = Scratch::new(); // room for what the response holds
    match verify(&response, &payload_id, &mut scratch) {
        Ok(quote) => {
            println!("verified; the key is {}", quote.key_trust());
            if !quote.key_trust().is_anchored() {
                println!("nothing shows that a TPM made it: see docs/trust.md");
            }
            println!("key   {}", quote.key_name());
            let pcr0 = quote.pcr(TpmAlgId::SHA256, 0); // `None` for what the signature does not cover
            println!("PCR 0 {}", Hex(pcr0.unwrap_or_default()));
            ExitCode::SUCCESS
        }
        Err(error) => {
            println!("not verified: {error}\n{}", error.help());
            ExitCode::FAILURE
        }
    }
}
