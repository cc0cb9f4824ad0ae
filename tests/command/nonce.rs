//! `nonce`: of a payload id, and new ones.

use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::tools::{block_path, facts_of_block, hex, run, text};

const RSA: &str = "rsa-main-aik-tpm2b";

#[test]
fn nonce_of_a_payload_id_is_the_first_half_of_its_sha_256() {
    for id in ["a", "22c4a258-d445-5bdd-885d-40980abcee2d", "ü 1", "--help"] {
        let expected = hex(&Sha256::digest(id)[..16]);
        for args in [&["--", id][..], &[&format!("--payload-id={id}")]] {
            let ran = run([&["nonce"], args].concat());
            assert_eq!((ran.status, &*ran.err), (0, ""), "{args:?}");
            assert_eq!(ran.out, format!("{expected}\n"));
            let ran = run([&["nonce", "--format", "json"], args].concat());
            assert_eq!(ran.json(), json!({"nonce": expected}));
        }
    }
    // As it is in a quote that a TPM made for the id.
    let facts = facts_of_block(RSA);
    let id = text(&facts["payload_id"]);
    let nonce = run(["nonce", id]).out;
    let path = block_path(RSA);
    let ran = run(["verify", &path, "--verbose", "--nonce", nonce.trim()]);
    assert_eq!((ran.status, ran.check("nonce")), (0, "ok"));
}

#[test]
fn new_nonce_is_random_and_as_long_as_asked_for() {
    for (args, len) in [
        (&["--fresh"][..], 32),
        (&["--fresh", "16"], 16),
        (&["--fresh=64"], 64),
    ] {
        let make = || {
            let ran = run([&["nonce"], args].concat());
            assert_eq!((ran.status, &*ran.err), (0, ""), "{ran:?}");
            let nonce = ran.out.strip_suffix('\n').unwrap().to_owned();
            assert_eq!(nonce.len(), len * 2);
            assert!(
                nonce
                    .bytes()
                    .all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f'))
            );
            nonce
        };
        assert_ne!(make(), make());
    }
}

#[test]
fn wrong_options_are_exit_status_2() {
    for (args, says) in [
        (&[][..], "<ID|--payload-id <ID>|--fresh [<BYTES>]>"),
        (&[""], "the payload id is empty"),
        (&["a", "--payload-id", "a"], "cannot be used with"),
        (&["--payload-id", "a", "--fresh"], "cannot be used with"),
        (&["--fresh", "15"], "expected 16 to 64"),
        (&["--fresh", "65"], "expected 16 to 64"),
        (&["--fresh=+20"], "not a number in decimal digits"),
        (&["--fresh=20 "], "not a number in decimal digits"),
        (&["--fresh="], "not a number in decimal digits"),
    ] {
        let ran = run([&["nonce"], args].concat());
        assert_eq!((ran.status, &*ran.out), (2, ""), "{args:?}");
        assert!(ran.err.contains(says), "{args:?}: {}", ran.err);
    }
}
