//! NIST's CAVP vectors of signatures and of points, and a second judge of each.
//!
//! A TPM signs with the exponent 65537 alone: the vectors of other keys are
//! refused for that, and counted. Where our verdict differs from a vector's, or
//! from the judge's, the difference stands in a list with its reason, and the
//! list has to be exact.
#![cfg(all(feature = "rsa", feature = "ecdsa", feature = "sha1"))]

mod common;

#[path = "cavp/file.rs"]
mod file;

use common::{
    judge::{self, ECDSA, Key, RSAPSS, RSASSA, Signature},
    published::{OTHER_EXPONENT, OTHER_SALT, Tally, UNEXPECTED, holds, is_key},
};
use file::{Vector, vectors};
use tpm_quote::{Problem, verify::error::KeyProblem};

/// What came of the vectors of RSA.
#[derive(Default)]
struct Rsa {
    /// The vectors' verdicts and ours.
    vectors: Tally,
    /// The judge's and ours, with 65537 for the exponent of every key.
    judge: Tally,
    /// How many signatures hold with 65537, whoever made them.
    hold: usize,
}

impl Rsa {
    /// `why` is the reason if ours is another verdict.
    fn of(scheme: u16, file: &str, why: &'static str) -> Self {
        let mut seen = Self::default();
        for vector in vectors(file) {
            seen.compare(scheme, &vector, why);
        }
        seen
    }

    fn compare(&mut self, scheme: u16, vector: &Vector, why: &'static str) {
        let (modulus, exponent) = (vector.bytes("n"), vector.number("e"));
        let (message, signature) = (vector.bytes("Msg"), vector.bytes("S"));
        let key = |exponent| Key::Rsa {
            modulus: &modulus,
            exponent,
        };
        let signature = Signature {
            scheme,
            hash: hash_id(vector.text("SHAAlg")),
            numbers: [&signature, &[]],
        };
        let set = &vector.section;

        let judge = judge::holds(&key(exponent), &message, &signature);
        assert_eq!(judge, vector.holds(), "{vector:?}");
        match holds(&key(exponent), &message, &signature) {
            Ok(ours) => self.vectors.compare(set, vector.holds(), ours, why),
            Err(error) => {
                let expected = Problem::Key(KeyProblem::Exponent(exponent));
                assert_eq!(*error.problem(), expected, "{vector:?}");
                assert_ne!(exponent, 65537);
                self.vectors.differ(set, OTHER_EXPONENT);
            }
        }

        let judge = judge::holds(&key(65537), &message, &signature);
        let ours = holds(&key(65537), &message, &signature).unwrap();
        self.judge.compare(set, judge, ours, why);
        self.hold += usize::from(judge);
        let strict = judge::holds_with_usual_salt(&key(65537), &message, &signature);
        assert_eq!(strict, ours, "{vector:?}");
    }
}

fn hash_id(name: &str) -> u16 {
    match name {
        "SHA1" | "SHA-1" => 0x0004,
        "SHA256" | "SHA-256" => 0x000b,
        "SHA384" | "SHA-384" => 0x000c,
        "SHA512" | "SHA-512" => 0x000d,
        other => panic!("no hash {other}"),
    }
}

fn curve_id(name: &str) -> u16 {
    match name {
        "P-256" => 3,
        "P-384" => 4,
        "P-521" => 5,
        other => panic!("no curve {other}"),
    }
}

#[test]
fn pkcs1_v1_5() {
    let seen = Rsa::of(RSASSA, "SigVer15_186-3.rsp", UNEXPECTED);
    seen.vectors.is(
        70,
        &[
            ("mod = 2048", OTHER_EXPONENT, 49),
            ("mod = 3072", OTHER_EXPONENT, 47),
            ("mod = 4096", OTHER_EXPONENT, 50),
        ],
    );
    seen.judge.is(216, &[]);
    assert_eq!(seen.hold, 24);
}

/// All the signatures that hold have a salt of 10 bytes.
#[test]
fn pss() {
    let seen = Rsa::of(RSAPSS, "SigVerPSS_186-3.rsp", OTHER_SALT);
    seen.vectors.is(
        43,
        &[
            ("mod = 2048", OTHER_EXPONENT, 35),
            ("mod = 2048", OTHER_SALT, 3),
            ("mod = 3072", OTHER_EXPONENT, 37),
            ("mod = 3072", OTHER_SALT, 3),
            ("mod = 4096", OTHER_EXPONENT, 38),
            ("mod = 4096", OTHER_SALT, 3),
        ],
    );
    seen.judge.is(
        144,
        &[
            ("mod = 2048", OTHER_SALT, 6),
            ("mod = 3072", OTHER_SALT, 6),
            ("mod = 4096", OTHER_SALT, 6),
        ],
    );
    assert_eq!(seen.hold, 18);
}

/// Made to test signers, with salts as long as the digest.
#[test]
fn pss_with_salts_of_the_digests_length() {
    let seen = Rsa::of(RSAPSS, "SigGenPSS_186-2.rsp", UNEXPECTED);
    seen.vectors.is(15, &[]);
    seen.judge.is(15, &[]);
    assert_eq!(seen.hold, 15);
}

#[test]
fn ecdsa() {
    let mut tally = Tally::default();
    for vector in vectors("SigVer_186-3.rsp") {
        let (curve, hash) = vector.section.split_once(',').unwrap();
        let (x, y) = (vector.bytes("Qx"), vector.bytes("Qy"));
        let (r, s) = (vector.bytes("R"), vector.bytes("S"));
        let message = vector.bytes("Msg");
        let key = Key::Ecc {
            curve: curve_id(curve),
            x: &x,
            y: &y,
        };
        let signature = Signature {
            scheme: ECDSA,
            hash: hash_id(hash),
            numbers: [&r, &s],
        };
        let judge = judge::holds(&key, &message, &signature);
        assert_eq!(judge, vector.holds(), "{vector:?}");
        let ours = holds(&key, &message, &signature).unwrap();
        tally.compare(&vector.section, vector.holds(), ours, UNEXPECTED);
    }
    tally.is(180, &[]);
}

#[test]
fn ec_points() {
    for file in ["PKV_186-2.rsp", "PKV_186-3.rsp"] {
        let mut tally = Tally::default();
        for vector in vectors(file) {
            let curve = curve_id(&vector.section);
            let (x, y) = (vector.bytes("Qx"), vector.bytes("Qy"));
            assert_eq!(judge::is_point(curve, &x, &y), vector.holds(), "{vector:?}");
            let ours = is_key(curve, &x, &y);
            tally.compare(&vector.section, vector.holds(), ours, UNEXPECTED);
        }
        tally.is(36, &[]);
    }
}
