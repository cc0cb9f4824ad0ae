//! Anchors of a key: the trust in the report is the one that was proved, and what a
//! hostile sender tries against each anchor fails. A name begins with the row of the
//! table of threats that it tries.

use serde_json::{Value, json};

use crate::{
    forge::{Key, RSASSA, SHA256, bitmap, hash, sized},
    tools::{
        attestation, base64, block, block_path, data, facts_of_block, file, hex, read, run, state,
        text,
    },
};

const NONCE: [u8; 16] = *b"nonce of request";
const PCR: [u8; 32] = [7; 32];
const CERTIFY: u16 = 0x8017;
const QUOTE: u16 = 0x8018;
const CREATION: u16 = 0x801a;
const PARENT: &[u8] = b"\x00\x0b qualified name of the parent ..";

/// A `TPMS_ATTEST`.
fn attest(kind: u16, signer: &[u8], nonce: &[u8], body: &[u8]) -> Vec<u8> {
    let clock = [&[0, 0, 0, 0, 0, 0, 0, 9][..], &[0; 8], &[1]].concat();
    let head = [&[0xff, 0x54, 0x43, 0x47][..], &kind.to_be_bytes()].concat();
    let names = [sized(signer), sized(nonce)].concat();
    [&head[..], &names, &clock, &[0; 8], body].concat()
}

/// The qualified name below a parent with this qualified name.
fn qualified(parent: &[u8], name: &[u8]) -> Vec<u8> {
    [&[0, 0x0b][..], &hash(SHA256, &[parent, name].concat())].concat()
}

/// A response by the key on P-256, of which nothing else vouches for it.
pub fn response_by_p256() -> Value {
    Machine::new().response()
}

/// The public area of the key on P-256.
pub fn p256_public() -> Vec<u8> {
    Machine::new().fresh.public()
}

/// A response by that key, which a lasting key certifies, and the public area of the latter.
pub fn certified_response() -> (Value, Vec<u8>) {
    let machine = Machine::new();
    let (attest, signature) = machine.certification();
    let mut response = machine.response();
    let block = attestation(&mut response);
    block.insert("aik_certify_b64".to_owned(), base64(&sized(&attest)).into());
    block.insert(
        "aik_certify_signature_b64".to_owned(),
        base64(&signature).into(),
    );
    (response, machine.lasting.public())
}

/// A TPM with a lasting key, and a key that it made for one request.
struct Machine {
    lasting: Key,
    fresh: Key,
    /// What the certification is signed by.
    certifier: Key,
    /// What the certification is about.
    subject: Vec<u8>,
    certify_nonce: Vec<u8>,
}

impl Machine {
    fn new() -> Self {
        let fresh = Key::p256(SHA256);
        Self {
            lasting: Key::rsa(2048, RSASSA, SHA256),
            certifier: Key::rsa(2048, RSASSA, SHA256),
            subject: fresh.name(),
            certify_nonce: NONCE.to_vec(),
            fresh,
        }
    }

    fn response(&self) -> Value {
        let selection = [&[0, 0, 0, 1, 0, 0x0b, 3][..], &bitmap(&[0])].concat();
        let body = [selection, sized(&hash(SHA256, &PCR))].concat();
        let signer = qualified(PARENT, &self.fresh.name());
        let quote = attest(QUOTE, &signer, &NONCE, &body);
        json!({"_metadata": {"tpm_attestation": {
            "is_available": true,
            "pcr_banks": "sha256:0",
            "pcr_values": {"sha256": {"0": hex(&PCR)}},
            "aik_pubkey_b64": base64(&self.fresh.public()),
            "quote_b64": base64(&sized(&quote)),
            "signature_b64": base64(&self.fresh.sign(&quote)),
        }}})
    }

    /// `TPM2_Certify` of the subject: what is signed, and the signature.
    fn certification(&self) -> (Vec<u8>, Vec<u8>) {
        let body = [
            sized(&self.subject),
            sized(&qualified(PARENT, &self.fresh.name())),
        ]
        .concat();
        self.signed(CERTIFY, &body)
    }

    /// `TPM2_CertifyCreation` of the subject, and the creation data.
    fn creation(&self) -> (Vec<u8>, Vec<u8>, Vec<u8>) {
        let data = [
            &[0, 0, 0, 0][..],
            &sized(&hash(SHA256, b"")),
            &[1, 0, 0x0b],
            &sized(&[&[0, 0x0b][..], &[3; 32]].concat()),
            &sized(PARENT),
            &sized(b""),
        ]
        .concat();
        let body = [sized(&self.subject), sized(&hash(SHA256, &data))].concat();
        let (attest, signature) = self.signed(CREATION, &body);
        (attest, signature, sized(&data))
    }

    fn signed(&self, kind: u16, body: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let signer = qualified(PARENT, &self.certifier.name());
        let attest = attest(kind, &signer, &self.certify_nonce, body);
        let signature = self.certifier.sign(&attest);
        (attest, signature)
    }

    /// Verifies with the certification in the response, in files, and with that of the
    /// creation in files: the same has to come of all three, but for the trust.
    fn verify_by_all(&self, more: &[&str]) -> [Value; 3] {
        [
            self.verify_by_response(more),
            self.verify_by_files(more),
            self.verify_by_creation(more),
        ]
    }

    fn verify_by_response(&self, more: &[&str]) -> Value {
        let mut response = self.response();
        let (attest, signature) = self.certification();
        let block = attestation(&mut response);
        block.insert("aik_certify_b64".to_owned(), base64(&sized(&attest)).into());
        block.insert(
            "aik_certify_signature_b64".to_owned(),
            base64(&signature).into(),
        );
        self.verify(&response, more)
    }

    fn verify_by_files(&self, more: &[&str]) -> Value {
        let (attest, signature) = self.certification();
        let (attest, signature) = (file("attest", attest), file("sig", signature));
        let options = ["--certify-attest", &attest, "--certify-sig", &signature];
        self.verify(&self.response(), &[&options[..], more].concat())
    }

    fn verify_by_creation(&self, more: &[&str]) -> Value {
        let (attest, signature, data) = self.creation();
        let (attest, signature) = (file("attest", sized(&attest)), file("sig", signature));
        let data = file("creation", data);
        let options = [
            "--certify-attest",
            &attest,
            "--certify-sig",
            &signature,
            "--certify-creation",
            &data,
        ];
        self.verify(&self.response(), &[&options[..], more].concat())
    }

    /// With the lasting key as the one that is trusted.
    fn verify(&self, response: &Value, more: &[&str]) -> Value {
        let trusted = file("lasting.pub", self.lasting.public());
        report(response, &[&["--certified-by", &trusted], more].concat())
    }
}

/// The JSON report, and the exit status beside it.
#[track_caller]
fn report(response: &Value, more: &[&str]) -> Value {
    let path = file("response.json", response.to_string());
    let nonce = hex(&NONCE);
    let options = ["verify", &path, "--nonce", &nonce, "--format", "json"];
    let ran = run([&options[..], more].concat());
    let mut report = ran.json();
    report["status"] = ran.status.into();
    report
}

/// A report on a key that was refused for want of an anchor.
#[track_caller]
fn assert_not_anchored(report: &Value, message: &str) {
    assert_eq!(report["verdict"], "rejected", "{report:#}");
    assert_eq!(report["check"], "key-anchor", "{report:#}");
    assert_eq!(report["key"]["trust"], "self-asserted", "{report:#}");
    assert_eq!(report["quote"], Value::Null);
    assert_eq!(report["status"], 1);
    assert!(text(&report["message"]).contains(message), "{report:#}");
}

#[test]
fn k1_made_up_key_is_certified_by_nobody() {
    let mut machine = Machine::new();
    machine.certifier = Key::rsa(3072, RSASSA, SHA256);
    for report in machine.verify_by_all(&[]) {
        assert_not_anchored(
            &report,
            "fails its check signature: the signature does not match",
        );
    }
    let lone = Machine::new();
    assert_not_anchored(
        &lone.verify(&lone.response(), &[]),
        "there is no certification by the key",
    );
    // Nobody pinned it either.
    let name = hex(&machine.lasting.name());
    assert_not_anchored(
        &report(&lone.response(), &["--ak-name", &name]),
        "is not one of the trusted Names",
    );
    assert_not_anchored(
        &report(&lone.response(), &["--require-anchor"]),
        "requires something outside the message to vouch for it",
    );
}

#[test]
fn k1_certification_of_another_key_is_none() {
    let mut machine = Machine::new();
    machine.subject = Key::p384(SHA256).name();
    for report in machine.verify_by_all(&[]) {
        assert_not_anchored(&report, "fails its check object");
    }
}

#[test]
fn k1_certification_for_another_request_is_none() {
    let mut machine = Machine::new();
    machine.certify_nonce = b"another request".to_vec();
    for report in machine.verify_by_all(&[]) {
        assert_not_anchored(&report, "fails its check nonce");
    }
    let nonce = hex(&machine.certify_nonce);
    for report in machine.verify_by_all(&["--certify-nonce", &nonce]) {
        assert_eq!(report["verdict"], "verified", "{report:#}");
    }
}

#[test]
fn k1_certification_by_the_key_itself_is_none() {
    let mut machine = Machine::new();
    machine.certifier = machine.fresh.clone();
    for report in machine.verify_by_all(&[]) {
        assert_not_anchored(&report, "fails its check signature-scheme");
    }
}

#[test]
fn k1_quote_or_other_attestation_is_no_certification() {
    let machine = Machine::new();
    let (attest, signature, _) = machine.creation();
    let (attest, signature) = (file("attest", attest), file("sig", signature));
    let options = ["--certify-attest", &attest, "--certify-sig", &signature];
    assert_not_anchored(
        &machine.verify(&machine.response(), &options),
        "the signed bytes are a TPM_ST_ATTEST_CREATION, expected a TPM_ST_ATTEST_CERTIFY",
    );
}

#[test]
fn k2_certificate_of_an_endorsement_key_is_no_anchor() {
    let machine = Machine::new();
    let certificate = String::from_utf8(read("ek/ek-rsa2048.crt.pem")).unwrap();
    let mut response = machine.response();
    response["ek_certificate"] = certificate.clone().into();
    response["_metadata"]["ek_certificate"] = certificate.into();
    let alone = report(&response, &[]);
    assert_eq!(alone["key"]["trust"], "self-asserted");
    assert_not_anchored(&report(&response, &["--require-anchor"]), "self-asserted");
    assert_not_anchored(
        &machine.verify(&response, &[]),
        "there is no certification by the key",
    );
}

#[test]
fn k3_unrestricted_key_is_refused_though_it_is_certified() {
    let mut machine = Machine::new();
    machine.fresh.attributes &= !0x0001_0000;
    machine.subject = machine.fresh.name();
    let pinned = hex(&machine.fresh.name());
    let mut reports = machine.verify_by_all(&[]).to_vec();
    reports.push(report(&machine.response(), &["--ak-name", &pinned]));
    for report in reports {
        assert_eq!(report["check"], "key-attributes", "{report:#}");
        assert_eq!(report["verdict"], "rejected");
        assert_eq!(report["key"], Value::Null);
        assert!(text(&report["message"]).contains("lacks restricted"));
    }
}

#[test]
fn k4_same_point_with_another_policy_is_another_key() {
    let mut machine = Machine::new();
    machine.fresh.auth_policy = vec![1; 32];
    assert_ne!(machine.subject, machine.fresh.name());
    for report in machine.verify_by_all(&[]) {
        assert_not_anchored(&report, "fails its check object");
    }
    let pinned = hex(&machine.subject);
    assert_not_anchored(
        &report(&machine.response(), &["--ak-name", &pinned]),
        "is not one of the trusted Names",
    );
}

#[test]
fn k5_signer_of_the_quote_is_the_one_that_the_anchor_knows() {
    let machine = Machine::new();
    let mut response = machine.response();
    let selection = [&[0, 0, 0, 1, 0, 0x0b, 3][..], &bitmap(&[0])].concat();
    let body = [selection, sized(&hash(SHA256, &PCR))].concat();
    let elsewhere = qualified(b"another parent", &machine.fresh.name());
    let quote = attest(QUOTE, &elsewhere, &NONCE, &body);
    let block = attestation(&mut response);
    block.insert("quote_b64".to_owned(), base64(&sized(&quote)).into());
    block.insert(
        "signature_b64".to_owned(),
        base64(&machine.fresh.sign(&quote)).into(),
    );
    assert_eq!(report(&response, &[])["verdict"], "verified-self-asserted");
    let (attest, signature) = machine.certification();
    let (attest, signature) = (file("attest", attest), file("sig", signature));
    let report = machine.verify(
        &response,
        &["--certify-attest", &attest, "--certify-sig", &signature],
    );
    assert_eq!(report["check"], "signer", "{report:#}");
    assert_eq!(report["key"]["trust"], "certified");
}

#[test]
fn report_names_the_trust_that_was_proved() {
    let machine = Machine::new();
    let pinned = hex(&machine.fresh.name());
    let all = [
        ("certified", machine.verify_by_response(&[])),
        ("certified", machine.verify_by_files(&["--require-anchor"])),
        ("created", machine.verify_by_creation(&["--require-anchor"])),
        (
            "pinned",
            report(&machine.response(), &["--ak-name", &pinned]),
        ),
        ("self-asserted", report(&machine.response(), &[])),
    ];
    for (trust, report) in all {
        let verdict = match trust {
            "self-asserted" => "verified-self-asserted",
            _ => "verified",
        };
        assert_eq!(report["verdict"], verdict, "{report:#}");
        assert_eq!(report["check"], Value::Null);
        let anchor = if trust == "self-asserted" {
            "not-asked-for"
        } else {
            "ok"
        };
        assert_eq!(state(&report, "key-anchor"), anchor);
        assert_eq!(report["status"], 0);
        assert_eq!(report["key"]["trust"], trust, "{report:#}");
        let says = text(&report["message"]).contains("self-asserted");
        assert_eq!(says, trust == "self-asserted", "{report:#}");
    }
}

#[test]
fn certification_that_nobody_asked_for_proves_nothing() {
    let machine = Machine::new();
    let mut response = machine.response();
    let (attest, signature) = machine.certification();
    let block = attestation(&mut response);
    block.insert("aik_certify_b64".to_owned(), base64(&sized(&attest)).into());
    let half = report(&response, &[]);
    assert_eq!(half["verdict"], "malformed", "{half:#}");
    assert_eq!(half["message"], "aik_certify_signature_b64: missing");
    let block = attestation(&mut response);
    block.insert(
        "aik_certify_signature_b64".to_owned(),
        base64(&signature).into(),
    );
    assert_eq!(report(&response, &[])["key"]["trust"], "self-asserted");
    assert_not_anchored(&report(&response, &["--require-anchor"]), "self-asserted");
}

/// A real certification by tpm2-tools, which sends a nonce of its own.
#[test]
fn real_key_is_certified_by_a_real_one() {
    let name = "ecc-main-aik-tpm2b";
    let folder = "attest/006-certify-ak-p256-by-rsa";
    let path = |file| {
        data(&format!("{folder}/{file}"))
            .into_os_string()
            .into_string()
            .unwrap()
    };
    let (trusted, attest, signature) = (path("ak.pub"), path("attest2b"), path("sig"));
    let id = facts_of_block(name)["payload_id"].clone();
    let path_of_block = block_path(name);
    let options = [
        "verify",
        &path_of_block,
        "--payload-id",
        text(&id),
        "--format",
        "json",
        "--certified-by",
        &trusted,
        "--certify-attest",
        &attest,
        "--certify-sig",
        &signature,
    ];
    let ran = run([&options[..], &["--certify-nonce", "00ff55aa"]].concat());
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(ran.json()["key"]["trust"], "certified");
    assert!(
        ran.err.contains("attest2b: TPM2B_ATTEST, 147 bytes"),
        "{ran:?}"
    );
    // With the nonce of the request, it is somebody else's.
    let ran = run(options);
    assert_eq!(ran.status, 1, "{ran:?}");
    assert_eq!(ran.json()["check"], "key-anchor");

    // A certification of this very key, in a response with another one.
    let other = "rsa-main-aik-tpm2b";
    let id = facts_of_block(other)["payload_id"].clone();
    let mut response = block(other);
    let part = |file| base64(&read(&format!("{folder}/{file}")));
    let fields = attestation(&mut response);
    fields.insert("aik_certify_b64".to_owned(), part("attest2b").into());
    fields.insert("aik_certify_signature_b64".to_owned(), part("sig").into());
    let path = file("response.json", response.to_string());
    let ran = run([
        "verify",
        &path,
        "--payload-id",
        text(&id),
        "--format",
        "json",
        "--certified-by",
        &trusted,
        "--certify-nonce",
        "00ff55aa",
    ]);
    assert_eq!(ran.status, 1, "{ran:?}");
    let message = ran.json()["message"].clone();
    assert!(
        text(&message).contains("fails its check object"),
        "{message}"
    );
}

#[test]
fn certification_that_cannot_be_read_is_malformed_and_named() {
    let machine = Machine::new();
    let (attest, signature) = machine.certification();
    let (good, signature) = (file("attest", &attest), file("good.sig", signature));
    let cut = file("cut", &attest[..attest.len() - 1]);
    let pem = file("attest.pem", "-----BEGIN CERTIFICATE-----");
    let short = file("short.sig", [0x00, 0x14]);
    for (attest, signature, names, message) in [
        (&pem, &signature, &pem, "attestation: TPM2B_ATTEST"),
        (&good, &short, &short, "signature: TPMS_SIGNATURE_RSA"),
    ] {
        let response = file("response.json", machine.response().to_string());
        let trusted = file("lasting.pub", machine.lasting.public());
        let nonce = hex(&NONCE);
        let ran = run([
            "verify",
            &response,
            "--nonce",
            &nonce,
            "--format",
            "json",
            "--certified-by",
            &trusted,
            "--certify-attest",
            attest,
            "--certify-sig",
            signature,
        ]);
        assert_eq!(ran.status, 2, "{ran:?}");
        assert_eq!(ran.json()["verdict"], "malformed");
        assert_eq!(ran.json()["check"], "input");
        assert!(
            ran.err.contains(&format!(
                "tpm-quote: {names}: certification of the key: {message}"
            )),
            "{ran:?}"
        );
    }
    // What is cut has no signature that holds.
    let report = machine.verify(
        &machine.response(),
        &["--certify-attest", &cut, "--certify-sig", &signature],
    );
    assert_not_anchored(&report, "fails its check signature");
}

#[test]
fn wrong_options_for_an_anchor_print_no_report() {
    let machine = Machine::new();
    let response = file("response.json", machine.response().to_string());
    let trusted = file("lasting.pub", machine.lasting.public());
    let mut open = machine.lasting.clone();
    open.attributes &= !0x0001_0000;
    let open = file("open.pub", open.public());
    let name = hex(&machine.fresh.name());
    for (options, says) in [
        (
            &["--certified-by", "/none/such"][..],
            "/none/such: cannot be read",
        ),
        (&["--certified-by", &response], "not a TPM2B_PUBLIC"),
        (
            &["--certified-by", &open],
            "no key to trust: key-attributes",
        ),
        (
            &["--certified-by", &trusted, "--ak-name", &name],
            "cannot be used with",
        ),
        (
            &["--certified-by", &trusted, "--certify-attest", &trusted],
            "--certify-sig",
        ),
        (
            &["--certify-attest", &trusted, "--certify-sig", &trusted],
            "--certified-by",
        ),
        (&["--certify-nonce", "00"], "--certified-by"),
        (
            &["--certified-by", &trusted, "--certify-creation", &trusted],
            "--certify-attest",
        ),
    ] {
        let args = [&["verify", &response, "--nonce", "00"], options].concat();
        let ran = run(args);
        assert_eq!(ran.status, 2, "{ran:?}");
        assert_eq!(ran.out, "", "{options:?}");
        assert!(ran.err.contains(says), "{says}: {ran:?}");
    }
}
