//! Runs each operation once where Callgrind counts: see run.sh.
//!
//! Prints the names in the order in which the operations were run.

use std::{collections::HashMap, fs, hint::black_box};

use tpm_quote::{
    AttestationKey, Evidence, Marshal, Name, Nonce, PcrSet, PcrValue, QuotePolicy, ResponsePolicy,
    Scratch, Tpm2bAttest, Tpm2bPublic, TpmAlgId, TpmsAttest, TpmtSignature, TpmuAttest, Unmarshal,
    Verifier,
    crypto::{Curve, Hasher, PublicKey, Signature, SignatureError, SignatureVerifier, Software},
    types::TpmuPublic,
    verify::bank_by_name,
    verify_quote, verify_response,
};

/// What Callgrind counts: from the call of this function to its end. It is
/// generic over nothing, so that there is one of it.
#[inline(never)]
fn measured(operation: &mut dyn FnMut()) {
    operation();
    // What follows the call keeps it from becoming a jump out of here.
    black_box(());
}

/// Runs an operation, and tells its name. What it gives is not optimized away.
fn count<T>(name: &str, mut operation: impl FnMut() -> T) {
    let mut operation = || {
        black_box(operation());
    };
    // What is done only once, such as to ask for the processor's features.
    operation();
    measured(&mut operation);
    println!("{name}");
}

fn read(path: &str) -> Vec<u8> {
    let path = format!("{}/../../tests/data/{path}", env!("CARGO_MANIFEST_DIR"));
    fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn hex(text: &str) -> Vec<u8> {
    let digits = (0..text.len()).step_by(2);
    digits
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

/// The evidence of a case.
struct Case {
    public: Vec<u8>,
    quote: Vec<u8>,
    signature: Vec<u8>,
    nonce: Vec<u8>,
    /// Bank, index, value.
    pcrs: Vec<(TpmAlgId, u8, Vec<u8>)>,
}

impl Case {
    fn load(name: &str) -> Self {
        let file = |file| read(&format!("cases/{name}/{file}"));
        let facts: serde_json::Value = serde_json::from_slice(&file("case.json")).unwrap();
        let mut pcrs = Vec::new();
        for selection in facts["pcr_selection_list"].as_array().unwrap() {
            let bank = selection["bank"].as_str().unwrap();
            for index in selection["pcrs"].as_array().unwrap() {
                let value = &facts["pcr_values"][bank][index.to_string()];
                pcrs.push((
                    bank_by_name(bank).unwrap(),
                    index.as_u64().unwrap().try_into().unwrap(),
                    hex(value.as_str().unwrap()),
                ));
            }
        }
        Self {
            public: file("ak.pub"),
            quote: file("quote.attest2b"),
            signature: file("quote.sig"),
            nonce: file("nonce.bin"),
            pcrs,
        }
    }

    fn public(&self) -> Tpm2bPublic<'_> {
        Tpm2bPublic::from_bytes(&self.public).unwrap()
    }

    fn attest(&self) -> &[u8] {
        Tpm2bAttest::from_bytes(&self.quote).unwrap().bytes()
    }

    /// The numbers of the key, the hash and the numbers of the signature.
    fn numbers(&self) -> (PublicKey<'_>, TpmAlgId, Signature<'_>) {
        let key = match self.public().value().key {
            TpmuPublic::Rsa(rsa) => PublicKey::Rsa {
                modulus: rsa.unique.bytes(),
            },
            TpmuPublic::Ecc(ecc) => PublicKey::Ecc {
                curve: Curve::try_from(ecc.parameters.curve_id).unwrap(),
                x: ecc.unique.x.bytes(),
                y: ecc.unique.y.bytes(),
            },
            other => panic!("{other:?}"),
        };
        let (hash, signature) = match TpmtSignature::from_bytes(&self.signature).unwrap() {
            TpmtSignature::RsaSsa(rsa) => (rsa.hash, Signature::RsaSsa(rsa.sig.bytes())),
            TpmtSignature::RsaPss(rsa) => (rsa.hash, Signature::RsaPss(rsa.sig.bytes())),
            TpmtSignature::EcDsa(ecc) => {
                let (r, s) = (ecc.signature_r.bytes(), ecc.signature_s.bytes());
                (ecc.hash, Signature::EcDsa { r, s })
            }
            other => panic!("{other:?}"),
        };
        (key, hash, signature)
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

fn codec(name: &str, case: &Case) {
    count(&format!("{name} parse public"), || {
        Tpm2bPublic::from_bytes(black_box(&case.public)).unwrap()
    });
    let attest = case.attest();
    count(&format!("{name} parse attest"), || {
        TpmsAttest::from_bytes(black_box(attest)).unwrap()
    });
    count(&format!("{name} parse signature"), || {
        TpmtSignature::from_bytes(black_box(&case.signature)).unwrap()
    });
    let public = case.public();
    let attest = TpmsAttest::from_bytes(attest).unwrap();
    let signature = TpmtSignature::from_bytes(&case.signature).unwrap();
    let mut out = [0; 1024];
    count(&format!("{name} marshal public area"), || {
        let public = black_box(public.value());
        public.marshal_into(&mut out).unwrap().len()
    });
    count(&format!("{name} marshal attest"), || {
        black_box(&attest).marshal_into(&mut out).unwrap().len()
    });
    count(&format!("{name} marshal signature"), || {
        black_box(&signature).marshal_into(&mut out).unwrap().len()
    });
}

fn quote(name: &str, case: &Case) {
    let values: Vec<_> = case
        .pcrs
        .iter()
        .map(|(bank, index, digest)| PcrValue {
            bank: *bank,
            index: *index,
            digest,
        })
        .collect();
    let evidence = Evidence {
        attest: case.attest(),
        signature: &case.signature,
        pcrs: &values,
    };
    let policy = QuotePolicy::new(
        Nonce::exact(&case.nonce).unwrap(),
        PcrSet::parse("sha256:0").unwrap(),
    );
    let public = case.public();
    count(&format!("{name} name"), || {
        Name::of_public(black_box(&public)).unwrap()
    });
    count(&format!("{name} key"), || {
        AttestationKey::self_asserted(black_box(&public)).unwrap()
    });
    let key = AttestationKey::self_asserted(&public).unwrap();
    count(&format!("{name} quote but for the signature"), || {
        let verifier = Verifier::new().crypto(&AlwaysYes);
        verifier.quote(&key, black_box(&evidence), &policy).unwrap()
    });
    count(&format!("{name} quote"), || {
        verify_quote(&key, black_box(&evidence), &policy).unwrap()
    });
}

fn signature(name: &str, case: &Case) {
    let (key, hash, signature) = case.numbers();
    let message = case.attest();
    count(&format!("{name} verification"), || {
        Software
            .verify(&key, hash, black_box(message), &signature)
            .unwrap()
    });
}

/// No TPM of the cases has RSA-4096: NIST has a signature.
fn rsa_4096() {
    let text = read("cavp/SigVer15_186-3.rsp");
    let text = String::from_utf8(text).unwrap().replace('\r', "");
    let section = text.split_once("[mod = 4096]").unwrap().1;
    let mut blocks = section.split("\n\n").map(|block| {
        let lines = block.lines().filter_map(|line| line.split_once(" = "));
        lines.collect::<HashMap<_, _>>()
    });
    let modulus = hex(blocks.find_map(|block| block.get("n").copied()).unwrap());
    let vector = blocks
        .find(|block| {
            let of = |name| block.get(name).copied();
            (of("SHAAlg"), of("e")) == (Some("SHA256"), Some("010001"))
                && of("Result").is_some_and(|result| result.starts_with('P'))
        })
        .unwrap();
    let key = PublicKey::Rsa { modulus: &modulus };
    let (message, signature) = (hex(vector["Msg"]), hex(vector["S"]));
    let signature = Signature::RsaSsa(&signature);
    count("rsa-4096 verification", || {
        Software
            .verify(&key, TpmAlgId::SHA256, black_box(&message), &signature)
            .unwrap()
    });
}

fn response() {
    let json = read("blocks/rsa-main-aik-tpm2b.json");
    let policy = ResponsePolicy::new("22c4a258-d445-5bdd-885d-40980abcee2d").unwrap();
    let mut scratch = Scratch::new();
    count("rsa-2048 response", || {
        verify_response(black_box(&json), &policy, &mut scratch)
            .unwrap()
            .firmware_version()
    });
}

fn main() {
    let rsa = Case::load("004-main-rsa2048-rsassa-sha256");
    let p256 = Case::load("005-main-p256-ecdsa-sha256");
    count("nothing", || ());
    for (name, case) in [("rsa-2048", &rsa), ("p256", &p256)] {
        codec(name, case);
        quote(name, case);
    }
    response();

    let message = rsa.attest();
    assert!(matches!(
        TpmsAttest::from_bytes(message).unwrap().attested,
        TpmuAttest::Quote(_)
    ));
    count("sha256 of the attest", || {
        Hasher::digest(TpmAlgId::SHA256, black_box(message)).unwrap()
    });
    signature("rsa-2048", &rsa);
    for (name, case) in [
        ("rsapss-2048", "009-ak-rsa2048-rsapss-sha256"),
        ("rsa-3072", "013-ak-rsa3072-rsassa-sha256"),
    ] {
        signature(name, &Case::load(case));
    }
    rsa_4096();
    signature("p256", &p256);
    for (name, case) in [
        ("p384", "017-ak-ecc384-ecdsa-sha384"),
        ("p521", "018-ak-ecc521-ecdsa-sha512"),
    ] {
        signature(name, &Case::load(case));
    }
}
