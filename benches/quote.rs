//! What it costs to read, write, name and verify evidence.
//!
//! `cargo bench` runs all; `cargo bench -- verify` only the last group.

use std::{fs, hint::black_box};

use criterion::{Criterion, criterion_group, criterion_main};
use tpm_quote::{
    AttestationKey, Evidence, Marshal, Name, Nonce, PcrSet, PcrValue, QuotePolicy, ResponsePolicy,
    Scratch, Tpm2bAttest, Tpm2bPublic, TpmAlgId, TpmsAttest, TpmtSignature, Unmarshal, Verifier,
    crypto::{PublicKey, Signature, SignatureError, SignatureVerifier},
    verify::bank_by_name,
    verify_quote, verify_response,
};

/// The evidence of one case, as files.
struct Case {
    ak: Vec<u8>,
    quote: Vec<u8>,
    signature: Vec<u8>,
    nonce: Vec<u8>,
    pcrs: Vec<(TpmAlgId, u8, Vec<u8>)>,
}

impl Case {
    fn load(name: &str) -> Self {
        let read = |file| {
            let path = format!(
                "{}/tests/data/cases/{name}/{file}",
                env!("CARGO_MANIFEST_DIR")
            );
            fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
        };
        let facts: serde_json::Value = serde_json::from_slice(&read("case.json")).unwrap();
        let pcrs = facts["pcr_values"].as_object().unwrap().iter();
        let pcrs = pcrs.flat_map(|(bank, values)| {
            values.as_object().unwrap().iter().map(move |(index, hex)| {
                let hex = hex.as_str().unwrap();
                let digits = (0..hex.len()).step_by(2);
                let value = digits.map(|i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap());
                (
                    bank_by_name(bank).unwrap(),
                    index.parse().unwrap(),
                    value.collect(),
                )
            })
        });
        Self {
            ak: read("ak.pub"),
            quote: read("quote.attest2b"),
            signature: read("quote.sig"),
            nonce: read("nonce.bin"),
            pcrs: pcrs.collect(),
        }
    }

    fn values(&self) -> Vec<PcrValue<'_>> {
        let values = self.pcrs.iter();
        values
            .map(|(bank, index, digest)| PcrValue {
                bank: *bank,
                index: *index,
                digest,
            })
            .collect()
    }

    fn attest(&self) -> &[u8] {
        Tpm2bAttest::from_bytes(&self.quote).unwrap().bytes()
    }
}

/// Everything but the signature.
struct AlwaysYes;

impl SignatureVerifier for AlwaysYes {
    fn check_key(&self, _: &PublicKey<'_>) -> Result<(), SignatureError> {
        Ok(())
    }

    fn verify(
        &self,
        _: &PublicKey<'_>,
        _: TpmAlgId,
        _: &[u8],
        _: &Signature<'_>,
    ) -> Result<(), SignatureError> {
        Ok(())
    }
}

const MAIN: [(&str, &str); 2] = [
    ("rsa-2048", "004-main-rsa2048-rsassa-sha256"),
    ("p256", "005-main-p256-ecdsa-sha256"),
];

fn codec(c: &mut Criterion) {
    for (name, case) in MAIN {
        let case = Case::load(case);
        let mut group = c.benchmark_group(format!("codec/{name}"));
        group.bench_function("parse public", |b| {
            b.iter(|| Tpm2bPublic::from_bytes(black_box(&case.ak)).unwrap());
        });
        group.bench_function("parse attest", |b| {
            b.iter(|| TpmsAttest::from_bytes(black_box(case.attest())).unwrap());
        });
        group.bench_function("parse signature", |b| {
            b.iter(|| TpmtSignature::from_bytes(black_box(&case.signature)).unwrap());
        });
        let public = Tpm2bPublic::from_bytes(&case.ak).unwrap();
        let attest = TpmsAttest::from_bytes(case.attest()).unwrap();
        let signature = TpmtSignature::from_bytes(&case.signature).unwrap();
        let mut out = [0; 1024];
        group.bench_function("marshal public area", |b| {
            b.iter(|| {
                black_box(public.value())
                    .marshal_into(&mut out)
                    .unwrap()
                    .len()
            });
        });
        group.bench_function("marshal attest", |b| {
            b.iter(|| black_box(&attest).marshal_into(&mut out).unwrap().len());
        });
        group.bench_function("marshal signature", |b| {
            b.iter(|| black_box(&signature).marshal_into(&mut out).unwrap().len());
        });
        group.bench_function("name", |b| {
            b.iter(|| Name::of_public(black_box(&public)).unwrap());
        });
        group.finish();
    }
}

fn verify(c: &mut Criterion) {
    let mut group = c.benchmark_group("verify");
    for (name, case) in [
        MAIN[0],
        ("rsapss-2048", "009-ak-rsa2048-rsapss-sha256"),
        ("rsa-3072", "013-ak-rsa3072-rsassa-sha256"),
        MAIN[1],
        ("p384", "017-ak-ecc384-ecdsa-sha384"),
        ("p521", "018-ak-ecc521-ecdsa-sha512"),
    ] {
        let case = Case::load(case);
        let values = case.values();
        let policy = QuotePolicy::new(
            Nonce::exact(&case.nonce).unwrap(),
            PcrSet::parse("sha256:0").unwrap(),
        );
        let evidence = Evidence {
            attest: case.attest(),
            signature: &case.signature,
            pcrs: &values,
        };
        group.bench_function(format!("{name} from bytes"), |b| {
            b.iter(|| {
                let public = Tpm2bPublic::from_bytes(black_box(&case.ak)).unwrap();
                let key = AttestationKey::self_asserted(&public).unwrap();
                verify_quote(&key, black_box(&evidence), &policy).unwrap()
            });
        });
        let public = Tpm2bPublic::from_bytes(&case.ak).unwrap();
        let key = AttestationKey::self_asserted(&public).unwrap();
        let prepared = key.prepare();
        let verifier = Verifier::new().crypto(&prepared);
        group.bench_function(format!("{name} with a prepared key"), |b| {
            b.iter(|| verifier.quote(&key, black_box(&evidence), &policy).unwrap());
        });
        let verifier = Verifier::new().crypto(&AlwaysYes);
        group.bench_function(format!("{name} without the signature"), |b| {
            b.iter(|| verifier.quote(&key, black_box(&evidence), &policy).unwrap());
        });
    }
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/data/blocks/rsa-main-aik-tpm2b.json"
    );
    let response = fs::read(path).unwrap();
    let policy = ResponsePolicy::new("22c4a258-d445-5bdd-885d-40980abcee2d").unwrap();
    let mut scratch = Scratch::new();
    group.bench_function("rsa-2048 from a response", |b| {
        b.iter(|| {
            verify_response(black_box(&response), &policy, &mut scratch)
                .unwrap()
                .firmware_version()
        });
    });
    group.finish();
}

criterion_group!(benches, codec, verify);
criterion_main!(benches);
