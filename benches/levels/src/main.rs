//! How long signatures take as this program was built: see run.sh.
//!
//! Without an argument it prints nanoseconds and name of each operation, the least of many
//! rounds. With `count` it runs each once where Callgrind counts, and prints the names.

use std::{
    env,
    hint::black_box,
    time::{Duration, Instant},
};

use tpm_quote::{
    Tpm2bAttest, Tpm2bPublic, TpmAlgId, TpmtSignature, Unmarshal,
    crypto::{Curve, PreparedKey, PublicKey, Signature, SignatureVerifier, Software},
    types::TpmuPublic,
};

/// Each of one operation, so that some are not interrupted.
const ROUNDS: usize = 400;

/// A quote of the test data: its key, its bytes, its signature.
struct Case([&'static [u8]; 3]);

macro_rules! case {
    ($name:literal) => {
        Case([
            include_bytes!(concat!("../../../tests/data/cases/", $name, "/ak.pub")),
            include_bytes!(concat!(
                "../../../tests/data/cases/",
                $name,
                "/quote.attest2b"
            )),
            include_bytes!(concat!("../../../tests/data/cases/", $name, "/quote.sig")),
        ])
    };
}

const CASES: [(&str, Case); 4] = [
    ("rsa-2048", case!("004-main-rsa2048-rsassa-sha256")),
    ("p256", case!("005-main-p256-ecdsa-sha256")),
    ("p384", case!("017-ak-ecc384-ecdsa-sha384")),
    ("p521", case!("018-ak-ecc521-ecdsa-sha512")),
];

impl Case {
    fn key(&self) -> PublicKey<'static> {
        let public = Tpm2bPublic::from_bytes(self.0[0]).unwrap();
        match public.value().key {
            TpmuPublic::Rsa(rsa) => PublicKey::Rsa {
                modulus: rsa.unique.bytes(),
            },
            TpmuPublic::Ecc(ecc) => PublicKey::Ecc {
                curve: Curve::try_from(ecc.parameters.curve_id).unwrap(),
                x: ecc.unique.x.bytes(),
                y: ecc.unique.y.bytes(),
            },
            other => panic!("{other:?}"),
        }
    }

    fn message(&self) -> &'static [u8] {
        Tpm2bAttest::from_bytes(self.0[1]).unwrap().bytes()
    }

    fn signature(&self) -> (TpmAlgId, Signature<'static>) {
        match TpmtSignature::from_bytes(self.0[2]).unwrap() {
            TpmtSignature::RsaSsa(rsa) => (rsa.hash, Signature::RsaSsa(rsa.sig.bytes())),
            TpmtSignature::EcDsa(ecc) => {
                let (r, s) = (ecc.signature_r.bytes(), ecc.signature_s.bytes());
                (ecc.hash, Signature::EcDsa { r, s })
            }
            other => panic!("{other:?}"),
        }
    }
}

/// What Callgrind counts.
#[inline(never)]
fn measured(operation: &mut dyn FnMut()) {
    operation();
    // What follows the call keeps it from becoming a jump out of here.
    black_box(());
}

fn least(operation: &mut dyn FnMut()) -> u128 {
    let rounds = (0..ROUNDS).map(|_| {
        let start = Instant::now();
        operation();
        start.elapsed()
    });
    rounds.min().unwrap_or(Duration::ZERO).as_nanos()
}

fn run(name: &str, counts: bool, operation: &mut dyn FnMut()) {
    // What is done only once, such as to ask for the processor's features.
    operation();
    if counts {
        measured(operation);
        println!("{name}");
    } else {
        println!("{} {name}", least(operation));
    }
}

fn main() {
    let counts = env::args()
        .nth(1)
        .is_some_and(|argument| argument == "count");
    for (name, case) in &CASES {
        let (key, message) = (case.key(), case.message());
        let (hash, signature) = case.signature();
        let verify = |engine: &dyn SignatureVerifier| {
            engine
                .verify(&key, hash, black_box(message), &signature)
                .unwrap();
        };
        run(name, counts, &mut || verify(&Software));
        if matches!(key, PublicKey::Ecc { .. }) {
            let prepared = PreparedKey::new(key);
            run(&format!("{name} prepared"), counts, &mut || {
                verify(&prepared);
            });
        }
    }
}
