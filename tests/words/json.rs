//! Texts that are not JSON, and fields of JSON that are refused.

use serde_json::{Value, json};
use tpm_quote::{
    Check, Error, Scratch, TpmAttestation,
    evidence::{Form, ResponseLogs, read_jwk, read_project},
};

use crate::{
    common::{case, quote::Quote},
    row::{Row, malformed, say, unsupported},
};

#[path = "../common/json.rs"]
mod evidence;

use evidence::{azure, confidential_containers, go, report};

pub fn rows() -> Vec<Row> {
    [texts(), fields(), forms(), jwks(), projects(), claims()]
        .into_iter()
        .flatten()
        .collect()
}

#[test]
fn json_says_what_is_wrong_and_where() {
    say(&rows());
}

const CUT: &str = "The text was cut or changed on its way.";
const RESPONSE: &str = "The text is not a response, or its block is not as documented.";
const PROJECT: &str =
    "The evidence was cut, changed on its way, or comes from another version of its project.";
const JWK: &str =
    "A key is one JSON object with kty, and n and e or crv, x and y, in base64url without padding.";
const CLAIMS: &str = "Give the report whole, as the virtual TPM gives it, with one key named HCLAkPub in its claims.";

fn texts() -> Vec<Row> {
    let deep = format!("{{\"a\":{}", "[".repeat(129));
    let rows = [
        (&b"{\xff"[..], "json-utf8", "at byte 1: not UTF-8", CUT),
        (
            b"\xef\xbb\xbf{}",
            "json-byte-order-mark",
            "at byte 0: a byte order mark, which JSON does not allow",
            "Save the text as UTF-8 without a byte order mark.",
        ),
        (
            b"{",
            "json-end",
            "at byte 1: the JSON text ends too early",
            CUT,
        ),
        (
            b" []",
            "json-expected",
            "at byte 1: expected an object",
            RESPONSE,
        ),
        (
            b"{\"a\n\":1}",
            "json-control-character",
            "at byte 3: a control character in a string has to be escaped",
            CUT,
        ),
        (
            b"{\"\\x\":1}",
            "json-escape",
            "at byte 2: not a JSON escape",
            CUT,
        ),
        (
            b"{\"a\":01}",
            "json-number",
            "at byte 5: not a JSON number",
            CUT,
        ),
        (
            deep.as_bytes(),
            "json-depth",
            "at byte 133: nested more than 128 deep",
            "No evidence is nested this deep: the text is something else.",
        ),
    ];
    let rows = rows.into_iter().map(|(json, name, text, help)| {
        malformed(Form::detect(json).unwrap_err(), name, text, help)
    });
    rows.collect()
}

/// What is said of a block alone.
fn block(json: &str) -> Error {
    let mut scratch = Scratch::new();
    TpmAttestation::from_json(json.as_bytes(), Form::Block, &mut scratch).unwrap_err()
}

fn fields() -> Vec<Row> {
    const ALL: &str = "A block with is_available true has pcr_banks, pcr_values, aik_pubkey_b64, quote_b64 and signature_b64; aik_certify_b64 and aik_certify_signature_b64 are both there or both absent.";
    const PCRS: &str = "PCRs are written as in sha256:0,7,10+sha384:0 and pcr_values as in {\"sha256\": {\"0\": \"...\"}}.";
    let long = format!("{{\"quote_b64\":\"{}\"}}", "A".repeat(24_000));
    let rows = [
        (
            r#"{"quote_b64": 1}"#,
            "json-expected",
            "quote_b64 at byte 14: expected a string",
            RESPONSE,
        ),
        (
            r#"{"quote_b64": "#,
            "json-end",
            "quote_b64 at byte 14: the JSON text ends too early",
            CUT,
        ),
        (
            r#"{"is_available":true}"#,
            "field-missing",
            "pcr_banks: missing",
            ALL,
        ),
        (
            r#"{"quote_b64":"AA==", "quote_b64":""}"#,
            "field-repeated",
            "quote_b64 at byte 21: given twice",
            "A field that is given twice can be read in two ways, so it is refused.",
        ),
        (
            r#"{"is_available":true, "x":1}"#,
            "field-unknown",
            "tpm_attestation at byte 22: unknown field",
            "The block has is_available, pcr_banks, pcr_values, aik_pubkey_b64, quote_b64, signature_b64, aik_certify_b64 and aik_certify_signature_b64, spelled exactly so.",
        ),
        (
            r#"{"is_available":false,"quote_b64":""}"#,
            "field-contradiction",
            "quote_b64: is_available is false, but the field is present",
            "A server without a TPM sends is_available false and nothing else in the block.",
        ),
        (
            r#"{"quote_b64": "!"}"#,
            "field-base64",
            "quote_b64 at byte 14: not base64 (standard alphabet, padded)",
            "Write base64 with the standard alphabet and padding, without line breaks.",
        ),
        (
            r#"{"pcr_values":{"sha256":{"0":"0g"}}}"#,
            "field-hex",
            "pcr_values at byte 29: not hexadecimal, or more than 64 bytes",
            "Write each byte as two hexadecimal digits.",
        ),
        (
            r#"{"pcr_banks": "\u00e4"}"#,
            "field-not-pcrs",
            "pcr_banks at byte 14: not a set of PCRs",
            PCRS,
        ),
        (
            r#"{"pcr_banks": "sha256"}"#,
            "field-pcr-set",
            "pcr_banks at byte 14: not a set of PCRs: at character 1: expected a bank and its PCRs, as in sha256:0,7,10",
            PCRS,
        ),
        (
            r#"{"pcr_banks":"sha256:24"}"#,
            "field-pcr-set",
            "pcr_banks at byte 13: not a set of PCRs: at character 8: expected a PCR from 0 to 23, in decimal digits only",
            PCRS,
        ),
        (
            r#"{"pcr_values":{"md5":{}}}"#,
            "field-bank",
            "pcr_values at byte 15: not the name of a PCR bank",
            PCRS,
        ),
        (
            r#"{"pcr_values":{"sha256":{}}}"#,
            "field-empty-bank",
            "pcr_values at byte 15: the bank has no values",
            PCRS,
        ),
        (
            r#"{"pcr_values":{"sha256":{"24":""}}}"#,
            "field-index",
            "pcr_values at byte 25: not the index of a PCR, 0 to 23",
            PCRS,
        ),
        (
            &long,
            "field-too-long",
            "quote_b64 at byte 13: too long",
            "A block holds at most 16 KiB of evidence and 192 PCR values.",
        ),
    ];
    let rows = rows.into_iter();
    rows.map(|(json, name, text, help)| malformed(block(json), name, text, help))
        .collect()
}

fn forms() -> Vec<Row> {
    let both = Form::detect(br#"{"_metadata":{}, "is_available":true}"#);
    let mut scratch = Scratch::new();
    let misplaced = br#"{"x":1, "tpm_attestation":{}}"#;
    let misplaced = TpmAttestation::from_json(misplaced, Form::Response, &mut scratch);
    let mut scratch = Scratch::new();
    let wrapped = br#"{"answer":{}}"#;
    let wrapped = TpmAttestation::from_json(wrapped, Form::Response, &mut scratch);
    vec![
        malformed(
            wrapped.unwrap_err(),
            "block-not-found",
            "_metadata: not at the top of the text, so this is no response of the server",
            "Give the whole response as the server sent it, its _metadata or the block alone, with nothing around it.",
        ),
        malformed(
            both.unwrap_err(),
            "several-forms",
            "is_available at byte 17: the text is more than one of a response, its _metadata and the block",
            "Give the whole response, its _metadata, or the tpm_attestation block alone.",
        ),
        malformed(
            misplaced.unwrap_err(),
            "field-misplaced",
            "tpm_attestation at byte 8: not where it belongs, and there is no block",
            "A response has the block at _metadata.tpm_attestation: give the whole response, or say which part of it this is.",
        ),
        malformed(
            ResponseLogs::from_any_json(br#"{"_metadata":{}}"#)
                .and_then(|logs| logs.ima_log())
                .unwrap_err(),
            "log-not-carried",
            "ima_log_b64: the response does not carry this log",
            "Give the log as a file, or have the server send it: docs/servers.md says where it stands in a response.",
        ),
    ]
}

fn jwk(text: &str) -> Error {
    read_jwk(text.as_bytes(), &mut [0; 520]).unwrap_err()
}

fn jwks() -> Vec<Row> {
    vec![
        malformed(
            jwk("[]"),
            "json-expected",
            "at byte 0: expected an object",
            JWK,
        ),
        malformed(jwk("{}"), "field-missing", "kty: missing", JWK),
        malformed(
            jwk(r#"{"kty":"RSA","n":"=","e":"AQAB"}"#),
            "field-number",
            "n at byte 17: not a number of the right length in base64url",
            JWK,
        ),
        malformed(
            read_jwk(br#"{"kty":"RSA","n":"AQAB","e":"AQAB"}"#, &mut []).unwrap_err(),
            "buffer-too-small",
            "the buffer for what is decoded is too small",
            "Give a larger buffer: the documentation of the function says how large.",
        ),
    ]
}

fn project(text: &str) -> Error {
    read_project(text.as_bytes(), &mut vec![0; 2 * text.len()]).unwrap_err()
}

/// The error for another value at the end of this path, and where the value stands.
fn with(mut json: Value, path: &str, value: Value) -> (Error, usize) {
    *json.pointer_mut(path).unwrap() = "\u{1}".into();
    let start = json.to_string().find(r#""\u0001""#).unwrap();
    *json.pointer_mut(path).unwrap() = value;
    (project(&json.to_string()), start)
}

fn projects() -> Vec<Row> {
    const VALUES: &str = "Each PCR has one value, as long as the digests of its bank.";
    const NEWER: &str = "This version does not support it; a newer one may.";
    let case = case("004");
    let quote = Quote::of(&case);
    let go = go(&quote).unwrap();
    let coco = confidential_containers(&case, &quote).unwrap();
    let azure = azure(&case, &quote).unwrap();
    let pcrs = coco["tpm_quote"]["pcrs"].as_array().unwrap();
    let short = json!("07".repeat(20));

    let mut rows = vec![
        malformed(
            project(r#"{"ak_public":[]}"#),
            "json-expected",
            "at byte 13: expected a string",
            PROJECT,
        ),
        malformed(
            project(r#"{"Quotes":[]}"#),
            "field-missing",
            "Public: missing",
            PROJECT,
        ),
    ];
    for (json, path, value, name, text, help) in [
        (
            &coco,
            "/tpm_quote/message",
            "AA=".into(),
            "field-encoding",
            "message at byte {at}: not encoded as expected, or too long",
            PROJECT,
        ),
        (
            &go,
            "/PCRs/0/Index",
            256.into(),
            "field-index",
            "Index at byte {at}: not the index of a PCR, 0 to 23",
            VALUES,
        ),
        (
            &coco,
            "/tpm_quote/pcrs/7",
            short,
            "field-value-length",
            "pcrs at byte {at}: the value of sha256:7 has 20 bytes, expected 32",
            VALUES,
        ),
        (
            &coco,
            "/tpm_quote/pcrs",
            pcrs[..23].into(),
            "field-values-missing",
            "pcrs at byte {at}: expected the values of 24 PCRs",
            VALUES,
        ),
    ] {
        let (error, at) = with(json.clone(), path, value);
        let text = text.replace("{at}", &at.to_string());
        rows.push(malformed(error, name, &text, help));
    }
    for (json, path, value, name, text) in [
        (
            &azure,
            "/version",
            3,
            "field-version-unsupported",
            "version at byte {at}: this version is not supported",
        ),
        (
            &go,
            "/PCRs/0/DigestAlg",
            4,
            "field-hash-unsupported",
            "DigestAlg at byte {at}: Go's hash 4 is not supported as a PCR bank",
        ),
    ] {
        let (error, at) = with(json.clone(), path, value.into());
        let text = text.replace("{at}", &at.to_string());
        rows.push(unsupported(Check::Input, error, name, &text, NEWER));
    }
    let mut again = go;
    again["PCRs"][1] = again["PCRs"][0].clone();
    let text = again.to_string();
    let digest = format!("\"Digest\":{}", again["PCRs"][0]["Digest"]);
    let at = text.rfind(&digest).unwrap() + "\"Digest\":".len();
    rows.push(malformed(
        project(&text),
        "field-value-repeated",
        &format!("Digest at byte {at}: a second value for sha256:0"),
        VALUES,
    ));
    rows
}

/// The report of Azure's virtual TPM has claims, which are JSON of their own.
fn claims() -> Vec<Row> {
    let case = case("004");
    let quote = Quote::of(&case);
    let of = |claims: &str| {
        let mut json = azure(&case, &quote).unwrap();
        json["hcl_report"] = evidence::base64url(&report(claims.as_bytes())).into();
        project(&json.to_string())
    };
    vec![
        malformed(
            of("[]"),
            "json-expected",
            "claims in the report: at byte 0: expected an object",
            CLAIMS,
        ),
        malformed(
            of(r#"{"keys": [{"kid": "HCLAkPub", "kty": "RSA"}]}"#),
            "field-missing",
            "claims in the report: n: missing",
            CLAIMS,
        ),
    ]
}
