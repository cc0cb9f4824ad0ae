//! Published vectors, through the public way in: each becomes a `TPM2B_PUBLIC`
//! and a `TPMT_SIGNATURE`. The messages are no quotes, so a good signature shows
//! in that a later check fails.

use std::collections::BTreeMap;

use tpm_quote::{
    AttestationKey, Error, Evidence, PcrSet, Problem, QuotePolicy, Tpm2bPublic, Unmarshal,
    Verifier,
    crypto::{Compact, Curve, PreparedKey, PublicKey, SignatureVerifier, Software},
    types::TpmEccCurve,
    verify::{
        Part,
        error::{AttestProblem, KeyProblem},
    },
};

use super::judge::{ECDSA, Key, Signature};

fn sized(bytes: &[u8]) -> Vec<u8> {
    let size = u16::try_from(bytes.len()).unwrap();
    [&size.to_be_bytes()[..], bytes].concat()
}

/// `TPM2B_PUBLIC` of an attestation key: type, nameAlg, attributes, no policy.
fn public(kind: u16, rest: &[&[u8]]) -> Vec<u8> {
    let head = [0x00, 0x0b, 0x00, 0x05, 0x00, 0x72, 0x00, 0x00];
    sized(&[&kind.to_be_bytes()[..], &head, &rest.concat()].concat())
}

/// `TPM2B_PUBLIC` of the key that makes such signatures.
fn public_of(key: &Key<'_>, signature: &Signature<'_>) -> Vec<u8> {
    let scheme = signature.scheme.to_be_bytes();
    let hash = signature.hash.to_be_bytes();
    match *key {
        Key::Rsa { modulus, exponent } => {
            let modulus = &modulus[modulus.iter().take_while(|b| **b == 0).count()..];
            let bits = u16::try_from(modulus.len() * 8).unwrap();
            public(
                0x0001,
                &[
                    &[0x00, 0x10],
                    &scheme,
                    &hash,
                    &bits.to_be_bytes(),
                    &exponent.to_be_bytes(),
                    &sized(modulus),
                ],
            )
        }
        Key::Ecc { curve, x, y } => public(
            0x0023,
            &[
                &[0x00, 0x10],
                &scheme,
                &hash,
                &curve.to_be_bytes(),
                &[0x00, 0x10],
                &sized(x),
                &sized(y),
            ],
        ),
    }
}

/// Whether the signature holds, SHA-1 allowed; `Err` is why the key was refused. All
/// the verifiers of the crate say the same.
pub fn holds(key: &Key<'_>, message: &[u8], signature: &Signature<'_>) -> Result<bool, Error> {
    let public = public_of(key, signature);
    let public = Tpm2bPublic::from_bytes(&public).unwrap();
    let key = AttestationKey::self_asserted(&public)?;
    let count = if signature.scheme == ECDSA { 2 } else { 1 };
    let numbers = signature.numbers[..count].iter();
    let numbers: Vec<u8> = numbers.flat_map(|number| sized(number)).collect();
    let signature = [
        &signature.scheme.to_be_bytes()[..],
        &signature.hash.to_be_bytes(),
        &numbers,
    ]
    .concat();
    let evidence = Evidence {
        attest: message,
        signature: &signature[..],
        pcrs: &[],
    };
    let policy = QuotePolicy::new([1].into(), PcrSet::parse("sha256:0").unwrap())
        .dangerous_allow_sha1_signatures();
    let engines: [&dyn SignatureVerifier; 3] = [&Software, &key.prepare(), &Compact];
    let [holds, prepared, compact] = engines.map(|engine| {
        let error = Verifier::new()
            .crypto(engine)
            .quote(&key, &evidence, &policy)
            .expect_err("no message is a quote");
        match (error.problem(), error.part()) {
            (Problem::Attest(AttestProblem::Signature), Part::Signature)
            | (Problem::Structure(_), Part::Signature) => false,
            (Problem::Structure(_), Part::Signed)
            | (Problem::Attest(AttestProblem::Magic { .. }), Part::Signed) => true,
            other => panic!("{other:?}"),
        }
    });
    assert_eq!((prepared, compact), (holds, holds), "{evidence:?}");
    Ok(holds)
}

/// Whether a key with this point is one.
pub fn is_key(curve: u16, x: &[u8], y: &[u8]) -> bool {
    let signature = Signature {
        scheme: ECDSA,
        hash: 0x000b,
        numbers: [&[], &[]],
    };
    let public = public_of(&Key::Ecc { curve, x, y }, &signature);
    let public = Tpm2bPublic::from_bytes(&public).unwrap();
    let curve = Curve::try_from(TpmEccCurve(curve)).unwrap();
    let prepared = PreparedKey::new(PublicKey::Ecc { curve, x, y });
    let engines: [&dyn SignatureVerifier; 3] = [&Software, &prepared, &Compact];
    let [is_key, prepared, compact] =
        engines.map(
            |engine| match Verifier::new().crypto(engine).self_asserted(&public) {
                Ok(_) => true,
                Err(error) => match error.problem() {
                    Problem::Key(KeyProblem::Point) => false,
                    other => panic!("{other:?}"),
                },
            },
        );
    assert_eq!((prepared, compact), (is_key, is_key), "{x:02x?} {y:02x?}");
    is_key
}

pub const OTHER_EXPONENT: &str = "the public exponent is not 65537";
pub const OTHER_SALT: &str = "the salt is neither as long as the digest nor as long as fits";
pub const UNEXPECTED: &str = "unexpected";

/// What came of the vectors: how many have our verdict, and how many of which
/// set do not, for which reason.
#[derive(Default)]
pub struct Tally {
    agree: usize,
    differ: BTreeMap<(String, &'static str), usize>,
}

impl Tally {
    /// `why` is the reason if ours is another verdict.
    pub fn compare(&mut self, set: &str, theirs: bool, ours: bool, why: &'static str) {
        if theirs == ours {
            self.agree += 1;
        } else {
            self.differ(set, why);
        }
    }

    /// There is no verdict to compare.
    pub fn differ(&mut self, set: &str, why: &'static str) {
        *self.differ.entry((set.to_owned(), why)).or_default() += 1;
    }

    #[track_caller]
    pub fn is(&self, agree: usize, differ: &[(&str, &'static str, usize)]) {
        println!("{} agree, {} sets differ:", self.agree, self.differ.len());
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
