//! `verify` on evidence that cannot be read: exit status 2, a report, and on
//! standard error the file, the place in it, and what to do.

use serde_json::{Value, json};

use crate::tools::{
    Ran, attestation, base64, block, block_path, facts_of_block, file, read, run, text, unbase64,
};

const RSA: &str = "rsa-main-aik-tpm2b";
const ID: &str = "22c4a258-d445-5bdd-885d-40980abcee2d";

/// The block as a server sends it, with one text replaced.
fn changed(from: &str, to: &str) -> String {
    let original = std::fs::read_to_string(block_path(RSA)).unwrap();
    assert_eq!(original.matches(from).count(), 1, "{from}");
    original.replace(from, to)
}

/// The report of malformed evidence, in both formats.
#[track_caller]
fn assert_malformed(path: &str, message: &str) -> Ran {
    let ran = run(["verify", path, "--payload-id", ID, "--format", "json"]);
    assert_eq!(ran.status, 2, "{ran:?}");
    let report = ran.json();
    assert_eq!(report["verdict"], "malformed");
    assert_eq!(report["check"], "input");
    assert_ne!(text(&report["problem"]), "");
    assert_eq!(report["warnings"], json!([]));
    assert_eq!(ran.state("input"), "failed");
    assert_eq!(ran.state("signature"), "not-reached");
    assert_eq!(report["message"], message);
    assert_ne!(text(&report["help"]), "");
    assert_eq!(report["quote"], Value::Null);
    assert_eq!(report["baseline"], Value::Null);
    let help = format!("\nhelp: {}\n", text(&report["help"]));
    assert!(ran.err.contains(&help), "{}", ran.err);

    let as_text = run(["verify", path, "--payload-id", ID, "--verbose"]);
    assert_eq!((as_text.status, &as_text.err), (2, &ran.err));
    assert!(as_text.out.starts_with(&format!("malformed: {path}")));
    assert_eq!(as_text.check("input"), "FAILED");
    assert_eq!(as_text.check("signature"), "not reached");
    ran
}

/// As [`assert_malformed`], where `mark` stands in the text.
#[track_caller]
fn assert_malformed_at(json: &str, mark: &str, field: &str, problem: &str) {
    let offset = json.find(mark).unwrap();
    let before = &json[..offset];
    let line = before.matches('\n').count() + 1;
    let column = before.lines().next_back().unwrap().chars().count() + 1;
    let path = file("malformed.json", json);
    let message = format!("{field}at byte {offset}: {problem}");
    let ran = assert_malformed(&path, &message);
    let place = format!("tpm-quote: {path}:{line}:{column}: {message}\n");
    assert!(ran.err.starts_with(&place), "{}\n{place}", ran.err);
}

#[test]
fn hexadecimal_that_is_none_is_named_by_line_column_and_byte() {
    let json = changed("\"908f1a", "\"x08f1a");
    let problem = "not hexadecimal, or more than 64 bytes";
    assert_malformed_at(&json, "\"x08f1a", "pcr_values ", problem);

    // What it is part of is known all the same.
    let path = file("no-hex.json", &json);
    let ran = run(["verify", &path, "--payload-id", ID]);
    let start = format!("malformed: {path} (response)\n");
    assert!(ran.out.starts_with(&start), "{}", ran.out);
}

#[test]
fn columns_count_characters_and_offsets_count_bytes() {
    let json = changed(
        "\"payload_id\": \"22c4a258-d445-5bdd-885d-40980abcee2d\",",
        "\"\u{e9}\u{e9}\": tru,",
    );
    assert_malformed_at(&json, "tru,", "", "expected a value");
}

#[test]
fn base64_that_is_none_is_named() {
    let json = changed("\"ARgAAQ", "\"*RgAAQ");
    let problem = "not base64 (standard alphabet, padded)";
    assert_malformed_at(&json, "\"*RgAAQ", "aik_pubkey_b64 ", problem);
}

#[test]
fn key_that_is_there_twice_is_named() {
    let json = changed(
        "\"quote_b64\":",
        "\"pcr_banks\": \"sha256:0\", \"quote_b64\":",
    );
    let problem = "given twice";
    assert_malformed_at(&json, "\"pcr_banks\": \"sha256:0\"", "pcr_banks ", problem);
}

#[test]
fn text_that_is_no_json_is_named() {
    let json = changed("\"pcr_banks\":", "\"pcr_banks\"");
    assert_malformed_at(&json, "\"sha256:0,7,10\"", "", "expected ':'");
}

#[test]
fn text_that_ends_too_early_is_named() {
    let json = "{\"_metadata\": {";
    let path = file("cut.json", json);
    let ran = assert_malformed(&path, "at byte 15: the JSON text ends too early");
    let place = format!("tpm-quote: {path}:1:16: at byte 15: ");
    assert!(ran.err.starts_with(&place), "{}", ran.err);
}

#[test]
fn key_that_is_missing_is_named() {
    let mut response = block(RSA);
    attestation(&mut response)
        .shift_remove("quote_b64")
        .unwrap();
    let path = file("missing-key.json", response.to_string());
    let ran = assert_malformed(&path, "quote_b64: missing");
    assert!(
        ran.err
            .starts_with(&format!("tpm-quote: {path}: quote_b64: missing\n"))
    );
}

#[test]
fn block_that_contradicts_itself_is_malformed_in_every_tier() {
    let json = changed("\"is_available\": true", "\"is_available\": false");
    let path = file("contradiction.json", json);
    let message = "pcr_banks: is_available is false, but the field is present";
    assert_malformed(&path, message);
    for tier in ["standard", "high"] {
        let ran = run(["verify", &path, "--payload-id", ID, "--tier", tier]);
        assert_eq!(ran.status, 2, "{tier}");
    }
}

#[test]
fn several_forms_at_once_are_malformed() {
    let problem = "the text is more than one of a response, its _metadata and the block";
    let whole = changed(
        "{\n  \"_metadata\"",
        "{\n  \"is_available\": false,\n  \"_metadata\"",
    );
    assert_malformed_at(&whole, "\"_metadata\"", "_metadata ", problem);

    let response = block(RSA);
    let mut metadata = response["_metadata"].clone();
    metadata["_metadata"] = response["_metadata"].clone();
    let metadata = metadata.to_string();
    let at = metadata.rfind("\"_metadata\"").unwrap();
    let path = file("two-forms.json", &metadata);
    assert_malformed(&path, &format!("_metadata at byte {at}: {problem}"));
}

#[test]
fn key_that_is_not_there_in_the_block_is_named() {
    let json = changed("\"pcr_banks\":", "\"PCR_BANKS\":");
    let problem = "unknown field";
    assert_malformed_at(&json, "\"PCR_BANKS\"", "tpm_attestation ", problem);
}

#[test]
fn keys_and_quotes_in_other_forms_are_malformed_and_said_to_be_so() {
    const SPKI: &str = "a public key in DER (SubjectPublicKeyInfo)";
    for (name, field, seen) in [
        ("ecc-main-aik-pem", "aik_pubkey_b64", "PEM"),
        ("ecc-main-aik-spki", "aik_pubkey_b64", SPKI),
        ("rsa-main-aik-pem", "aik_pubkey_b64", "PEM"),
        ("rsa-main-aik-spki", "aik_pubkey_b64", SPKI),
        ("rsa-main-aik-tpmt", "aik_pubkey_b64", "a TPMT_PUBLIC"),
        ("rsa-main-quote-tpms", "quote_b64", "a TPMS_ATTEST"),
    ] {
        assert_other_form(name, field, seen);
    }
}

/// The size in front of a `TPM2B` is looked at before anything in it: what is
/// left over behind it makes the bytes malformed, whatever ids they would have.
#[test]
fn key_without_its_size_is_malformed_and_not_unsupported() {
    assert_other_form("ecc-main-aik-tpmt", "aik_pubkey_b64", "a TPMT_PUBLIC");
}

#[track_caller]
fn assert_other_form(name: &str, field: &str, seen: &str) {
    let response = block(name);
    let id = text(&response["_metadata"]["payload_id"]);
    let path = block_path(name);
    let ran = run(["verify", &path, "--payload-id", id, "--format", "json"]);
    let report = ran.json();
    assert_eq!(ran.status, 2, "{name}: {report:#}");
    assert_eq!(report["verdict"], "malformed", "{name}: {report:#}");
    assert_eq!(report["check"], "input", "{name}");
    assert_eq!(report["quote"], Value::Null, "{name}");
    let place = format!("tpm-quote: {path}: {field}: ");
    assert!(ran.err.starts_with(&place), "{name}: {}", ran.err);
    let note = format!("\nnote: {field} looks like {seen}");
    assert!(ran.err.contains(&note), "{name}: {}", ran.err);
}

#[test]
fn sizes_that_other_forms_would_have_are_in_the_message() {
    // "--" is 0x2d2d; SEQUENCE and its length are 0x3082; the magic is 0xff54.
    for (name, part, field, size) in [
        (
            "rsa-main-aik-pem",
            "attestation key: TPM2B_PUBLIC",
            "aik_pubkey_b64",
            0x2d2d,
        ),
        (
            "rsa-main-aik-spki",
            "attestation key: TPM2B_PUBLIC",
            "aik_pubkey_b64",
            0x3082,
        ),
    ] {
        let len = unbase64(&attestation(&mut block(name))[field]).len();
        let missing = size + 2 - len;
        let path = block_path(name);
        let message = format!("{part} at byte 2: input ends {missing} bytes too early");
        assert_malformed(&path, &message);
    }
    assert_malformed(
        &block_path("rsa-main-quote-tpms"),
        "attestation: TPM2B_ATTEST at byte 0: a size of 65364 bytes is not allowed",
    );
}

#[test]
fn cut_signature_is_named_with_structure_field_and_offset() {
    let mut response = block(RSA);
    let signature = &mut attestation(&mut response)["signature_b64"];
    let bytes = unbase64(signature);
    *signature = crate::tools::base64(&bytes[..bytes.len() - 1]).into();
    let path = file("cut-signature.json", response.to_string());
    let ran = assert_malformed(
        &path,
        "signature: TPMS_SIGNATURE_RSA.sig at byte 6: input ends 1 byte too early",
    );
    let place = format!("tpm-quote: {path}: signature_b64: signature: TPMS_SIGNATURE_RSA.sig");
    assert!(ran.err.starts_with(&place), "{}", ran.err);
}

/// The key passed its own checks, and is shown.
#[test]
fn key_is_shown_although_the_quote_is_malformed() {
    let path = block_path("rsa-main-quote-tpms");
    let ran = run(["verify", &path, "--payload-id", ID, "--format", "json"]);
    let facts = crate::tools::facts_of_block("rsa-main-quote-tpms");
    assert_eq!(ran.json()["key"]["name"], facts["ak_name_hex"]);
    let ran = run(["verify", &path, "--payload-id", ID, "--verbose"]);
    assert_eq!(ran.check("name"), text(&facts["ak_name_hex"]));
    assert_eq!(ran.check("key-scheme"), "ok");
    assert_eq!(ran.check("signature"), "not reached");
}

#[test]
fn body_that_is_malformed_behind_a_good_signature_shows_that_the_signature_held() {
    use p256::ecdsa::{Signature, SigningKey, signature::Signer};

    let case = "cases/005-main-p256-ecdsa-sha256";
    let key = SigningKey::from_slice(&[0x42; 32]).unwrap();
    let point = key.verifying_key().to_sec1_point(false);
    let (x, y) = point.as_bytes()[1..].split_at(32);
    let mut public = read(&format!("{case}/ak.pub"));
    public.truncate(public.len() - 68);
    public.extend([&[0, 32][..], x, &[0, 32], y].concat());

    let mut attest = read(&format!("{case}/quote.attest"));
    attest.push(0);
    let signature: Signature = key.sign(&attest);
    let (r, s) = signature.split_bytes();
    let signature = [&[0, 0x18, 0, 0x0b, 0, 32][..], &r, &[0, 32], &s].concat();
    let size = u16::try_from(attest.len()).unwrap().to_be_bytes();

    let mut response = block("ecc-main-aik-tpm2b");
    let fields = attestation(&mut response);
    fields["aik_pubkey_b64"] = base64(&public).into();
    fields["quote_b64"] = base64(&[&size[..], &attest].concat()).into();
    fields["signature_b64"] = base64(&signature).into();
    let path = file("signed-garbage.json", response.to_string());

    let ran = run(["verify", &path, "--payload-id", ID, "--verbose"]);
    assert_eq!(ran.status, 2, "{ran:?}");
    let at = attest.len() - 1;
    let message = format!("signed bytes: TPMS_ATTEST at byte {at}: 1 byte left over at the end");
    assert!(ran.err.contains(&message), "{}", ran.err);
    assert!(
        ran.err.contains("help: The signature matches"),
        "{}",
        ran.err
    );
    for (check, status) in [
        ("input", "FAILED"),
        ("signature-scheme", "ok"),
        ("signature", "ok"),
        ("magic", "ok"),
        ("type", "ok"),
        ("nonce", "not reached"),
    ] {
        assert_eq!(ran.check(check), status, "{check}");
    }
}

#[cfg(unix)]
#[test]
fn name_of_a_file_cannot_forge_a_line() {
    let json = std::fs::read_to_string(block_path(RSA)).unwrap();
    let path = file("a\nverified: b (response)\n\u{1b}[2J.json", json);
    let ran = run(["verify", &path, "--payload-id", "another"]);
    assert_eq!(ran.status, 1, "{ran:?}");
    for stream in [&ran.out, &ran.err] {
        assert!(!stream.contains('\u{1b}'), "{stream:?}");
        assert!(!stream.contains("\nverified"), "{stream:?}");
    }
    assert!(ran.out.starts_with("rejected: "), "{}", ran.out);
}

/// As an editor or a shell of Windows writes it.
fn marked(text: &str) -> [Vec<u8>; 3] {
    let text = format!("\u{feff}{text}");
    let little = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    [text.into_bytes(), little, big]
}

#[test]
fn byte_order_mark_in_a_response_is_named() {
    for bytes in marked(&block(RSA).to_string()) {
        let path = file("marked.json", bytes);
        for command in ["verify", "baseline"] {
            let ran = run([command, &path, "--payload-id", "a"]);
            assert_eq!(ran.status, 2, "{ran:?}");
            for says in [
                "a byte order mark, which JSON does not allow",
                "Save the text as UTF-8 without a byte order mark.",
            ] {
                assert!(ran.err.contains(says), "{ran:?}");
            }
        }
    }
}

#[test]
fn byte_order_mark_in_a_file_of_ours_is_named() {
    let id = facts_of_block(RSA)["payload_id"].clone();
    let args = ["verify", &block_path(RSA), "--payload-id", text(&id)];
    let report = run([&args[..], &["--format", "json"]].concat()).out;
    let good = facts_of_block(RSA)["pcr_values"].to_string();
    let anyway = "--dangerous-learn-self-asserted";
    for (whole, args) in [
        (&good, [&args[..], &["--baseline"]].concat()),
        (
            &good,
            [&["baseline", anyway], &args[1..], &["--merge"]].concat(),
        ),
        (&report, [&args[..], &["--since"]].concat()),
        (&report, vec!["baseline", anyway, "--report"]),
    ] {
        for bytes in marked(whole) {
            let path = file("marked.json", bytes);
            let ran = run([&args[..], &[&path]].concat());
            assert_eq!((ran.status, &*ran.out), (2, ""), "{args:?}: {ran:?}");
            let start = format!("tpm-quote: {path}: begins with ");
            assert!(ran.err.starts_with(&start), "{args:?}: {ran:?}");
            assert!(ran.err.contains("byte order mark"), "{args:?}: {ran:?}");
            assert!(ran.err.contains("save it as UTF-8"), "{args:?}: {ran:?}");
        }
        // Without one it is read.
        let ran = run([&args[..], &[&file("plain.json", whole)]].concat());
        assert_eq!(ran.status, 0, "{args:?}: {ran:?}");
    }
}
