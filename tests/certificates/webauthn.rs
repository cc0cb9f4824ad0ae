//! The attestation statement of WebAuthn: the example takes its parts, and each step refuses
//! what it has to.

#[path = "../../examples/webauthn/statement.rs"]
mod example;

use std::path::Path;

use self::example::{Expected, Refused, Statement, scheme, verify_statement, verify_with};
use super::*;
use tpm_quote::{Nonce, Tpm2bPublic, Unmarshal, verify::PlainKey};

/// A statement of our own.
struct Made {
    alg: i64,
    cert_info: Vec<u8>,
    pub_area: Vec<u8>,
    sig: Vec<u8>,
    certificate: Vec<u8>,
    root: Vec<u8>,
    att_to_be_signed: Vec<u8>,
    /// The key of the credential is that of this area.
    credential: Vec<u8>,
    allow_sha1: bool,
}

impl Made {
    fn new(folder: &str, alg: i64, certificate: &str) -> Self {
        let read = |name: &str| data(&format!("webauthn/{folder}/{name}"));
        Self {
            alg,
            cert_info: read("certInfo"),
            pub_area: read("pubArea"),
            sig: read("sig"),
            certificate: der(certificate),
            root: der("root"),
            att_to_be_signed: data("webauthn/att-to-be-signed"),
            credential: read("pubArea"),
            allow_sha1: false,
        }
    }

    fn es256() -> Self {
        Self::new("es256", -7, "ak-p256")
    }

    fn judge(&self) -> Result<String, Refused> {
        let credential = Tpm2bPublic::from_unsized(&self.credential).unwrap();
        let statement = Statement {
            alg: self.alg,
            cert_info: &self.cert_info,
            pub_area: &self.pub_area,
            sig: &self.sig,
            x5c: &[&self.certificate],
        };
        let expected = Expected {
            att_to_be_signed: &self.att_to_be_signed,
            credential_key: PlainKey::of_public(credential.value()).unwrap(),
            roots: &[&self.root],
            at: AT,
            allow_sha1: self.allow_sha1,
        };
        verify_statement(&statement, &expected).map(str::to_owned)
    }

    /// The problem by which it is refused.
    #[track_caller]
    fn refused(&self) -> &'static str {
        match self.judge() {
            Err(Refused::Evidence(error)) => error.problem_name(),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn statement_is_verified_from_its_parts() {
    let maker = "STMicroelectronics";
    assert_eq!(Made::es256().judge().unwrap(), maker);
    // The signer is not named, as in those of some makers.
    let unnamed = Made::new("es256-no-signer", -7, "ak-p256");
    assert_eq!(unnamed.judge().unwrap(), maker);
    let rs1 = Made {
        allow_sha1: true,
        ..Made::new("rs1", -65535, "ak-rsa")
    };
    assert_eq!(rs1.judge().unwrap(), maker);
}

#[test]
fn each_step_refuses_what_it_has_to() {
    let changed = |change: &dyn Fn(&mut Made)| {
        let mut made = Made::es256();
        change(&mut made);
        made
    };
    // alg is the sender's word, and has to be true.
    assert_eq!(
        changed(&|made| made.alg = -257).refused(),
        "scheme-of-other-key"
    );
    assert_eq!(changed(&|made| made.alg = -35).refused(), "signature");
    let unknown = changed(&|made| made.alg = -8).judge();
    assert!(matches!(unknown, Err(Refused::Algorithm(-8))));
    // The credential has another key.
    let other = changed(&|made| {
        let last = made.credential.len() - 1;
        made.credential[last] ^= 1;
    });
    assert!(matches!(other.judge(), Err(Refused::OtherKey)));
    // The certificate is for another purpose, or by another authority.
    assert_eq!(
        changed(&|made| made.certificate = der("ek-p256")).refused(),
        "certificate-purpose"
    );
    assert_eq!(
        changed(&|made| made.root = der("root-p521")).refused(),
        "certificate-unknown-issuer"
    );
    let no_certificate = changed(&|made| made.certificate = Vec::new());
    assert!(no_certificate.judge().is_err());
    // Signed is something else.
    assert_eq!(
        changed(&|made| made.cert_info[60] ^= 1).refused(),
        "signature"
    );
    assert_eq!(
        changed(&|made| made.att_to_be_signed[36] ^= 1).refused(),
        "nonce"
    );
    // A TPMT_SIGNATURE is no plain one.
    let wrapped = changed(&|made| {
        made.sig.splice(0..0, [0, 0x18, 0, 0x0b]);
    });
    assert!(
        matches!(wrapped.judge(), Err(Refused::Evidence(error)) if error.check() == Check::Input)
    );
    // SHA-1 only where it is asked for.
    assert_eq!(
        Made::new("rs1", -65535, "ak-rsa").refused(),
        "signature-sha1"
    );
    // The attributes of the key.
    for folder in ["es256-restricted", "es256-free"] {
        let made = Made::new(folder, -7, "ak-p256");
        assert_eq!(made.refused(), "object-attributes", "{folder}");
    }
    // The area of another key with the same numbers.
    let area = changed(&|made| made.pub_area[7] ^= 0x40);
    assert_eq!(area.refused(), "object-name");
}

/// The code on the page is that of the example.
#[test]
fn page_shows_the_example() {
    let page = include_str!("../../docs/webauthn.md");
    let example = include_str!("../../examples/webauthn/statement.rs");
    let blocks = page.split("```rust,ignore\n").skip(1);
    let blocks: Vec<&str> = blocks
        .map(|block| block.split("```").next().unwrap())
        .collect();
    assert_eq!(blocks.len(), 5);
    let flat = |text: &str| -> String {
        let lines = text.lines().map(str::trim);
        lines
            .filter(|line| !line.is_empty())
            .collect::<Vec<_>>()
            .join("\n")
    };
    let example = flat(example);
    for block in blocks {
        assert!(example.contains(&flat(block)), "{block}");
    }
}

/// Statements of real machines, and one of a conformance test. What was signed over is not in
/// the corpus: its digest is.
#[test]
fn real_statements_are_verified() {
    let Some(real) = super::real::real() else {
        return;
    };
    let mut judged = 0;
    for case in super::real::cases(&real.join("08-windows-aik")) {
        let read = |name: &str| fs::read(case.join(name)).unwrap();
        let facts: serde_json::Value = serde_json::from_slice(&read("case.json")).unwrap();
        let nonce = common::hex(facts["attest"]["extraData"].as_str().unwrap());
        let alg = if facts["hash"] == "sha1" {
            -65535
        } else {
            -257
        };
        let (aik, issuer) = (read("aik.cer"), read("aik-issuer.cer"));
        let (public, sig, cert_info) = (read("certified.pub"), read("sig"), read("attest"));
        let object = Tpm2bPublic::from_bytes(&public).unwrap();
        let statement = Statement {
            alg,
            cert_info: &cert_info,
            pub_area: object.bytes(),
            sig: &sig[6..],
            x5c: &[&aik],
        };
        let judge = |allow_sha1: bool, nonce: &[u8]| {
            let expected = Expected {
                att_to_be_signed: &[],
                credential_key: PlainKey::of_public(object.value()).unwrap(),
                roots: &[&issuer],
                at: super::real::validity(&aik),
                allow_sha1,
            };
            let nonce = Nonce::exact(nonce).unwrap();
            verify_with(&statement, scheme(alg).unwrap(), nonce, &expected).map(str::to_owned)
        };
        judge(true, &nonce).unwrap();
        assert_eq!(
            judge(false, &nonce).is_ok(),
            alg == -257,
            "{}",
            case.display()
        );
        assert!(judge(true, b"of another registration").is_err());
        judged += 1;
    }
    println!("{judged} real statements of WebAuthn judged");
    assert_eq!(judged, 5);
    // The vector of the W3C: safe is 0x33.
    let folder = real.join("09-w3c-webauthn-vector-safe-51");
    for entry in fs::read_dir(Path::new(&folder)).unwrap() {
        let vector = fs::read(entry.unwrap().path()).unwrap();
        let error = tpm_quote::TpmsAttest::from_bytes(&vector).unwrap_err();
        assert_eq!(error.offset(), 58, "{error}");
    }
}
