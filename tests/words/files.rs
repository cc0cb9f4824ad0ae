//! Files of keys, of tpm2-tools and of keylime, and evidence of other projects.

use serde_json::{Value, json};
use tpm_quote::{
    Check, PcrSet,
    evidence::{
        FileKind, KeylimeQuote, PcrFile, read_certificate_pem, read_jwk, read_key, read_pem,
        read_project, read_spki, write_spki,
    },
    types::TpmEccCurve,
    verify::{Part, PlainKey},
};

use crate::{
    common::{case, digits, hex},
    image::marshaled,
    row::{Row, malformed, rejected, say, unsupported},
};

pub fn rows() -> Vec<Row> {
    [
        pem(),
        keys(),
        pcr_files(),
        wrong_files(),
        keylime(),
        projects(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[test]
fn files_say_what_is_wrong_and_where() {
    say(&rows());
}

fn pem() -> Vec<Row> {
    const HELP: &str = "Give PEM as it was written: a public key as `tpm2_readpublic -f pem` writes it, or certificates; text around the blocks is ignored.";
    let key = |text: &str| read_pem(text.as_bytes(), &mut [0; 600]).unwrap_err();
    let (begin, end) = ("-----BEGIN PUBLIC KEY-----\n", "-----END PUBLIC KEY-----\n");
    let other = "-----BEGIN EC PRIVATE KEY-----\nMC4=\n-----END EC PRIVATE KEY-----\n";
    vec![
        malformed(
            key("MFkw"),
            "pem-begin",
            "public key at byte 0: expected -----BEGIN PUBLIC KEY----- on a line of its own",
            HELP,
        ),
        malformed(
            key(other),
            "pem-label",
            "public key at byte 0: the PEM has the label EC PRIVATE KEY, expected PUBLIC KEY",
            HELP,
        ),
        malformed(
            key(&format!("{begin}M=kw\n{end}")),
            "pem-line",
            "public key at byte 29: expected base64 (standard alphabet, padded at its end alone)",
            HELP,
        ),
        malformed(
            key(&format!("{begin}MFkw\n-----END KEY-----\n")),
            "pem-end",
            "public key at byte 32: expected -----END PUBLIC KEY----- on a line of its own",
            HELP,
        ),
        malformed(
            key(&format!("{begin}MFkw\n{end}").repeat(2)),
            "pem-several",
            "public key at byte 57: a second key, expected one",
            "Leave the block of the key that is meant, and remove the others.",
        ),
        malformed(
            read_certificate_pem(b"", &mut []).unwrap_err(),
            "pem-begin",
            "certificate at byte 0: expected -----BEGIN CERTIFICATE----- on a line of its own",
            HELP,
        ),
        malformed(
            read_pem(&case("005").file("ak.pem"), &mut []).unwrap_err(),
            "buffer-too-small",
            "the buffer for what is decoded is too small",
            "Give a larger buffer: the documentation of the function says how large.",
        ),
    ]
}

fn keys() -> Vec<Row> {
    const KINDS: &str = "Attestation needs an RSA key, or an ECC key on P-256, P-384 or P-521.";
    let mut room = [0; 600];
    let der = read_pem(&case("005").file("ak.pem"), &mut room).unwrap();
    let with = |from: &str, to: &str| {
        let (from, to) = (digits(&hex(from)), digits(&hex(to)));
        let changed = digits(der).replacen(&from, &to, 1);
        assert_ne!(changed, digits(der));
        read_spki(&hex(&changed)).unwrap_err()
    };
    let jwk = |text: &str| read_jwk(text.as_bytes(), &mut [0; 520]).unwrap_err();
    let any = |bytes: &[u8]| read_key(bytes, &mut [0; 520]).unwrap_err();
    let algorithm = "the key is neither RSA (rsaEncryption) nor ECC (id-ecPublicKey)";
    let curve = "the curve of the key is not supported";
    let long = PlainKey::Ecc {
        curve: TpmEccCurve::NIST_P256,
        x: &[1; 33],
        y: &[1; 32],
    };
    vec![
        malformed(
            any(&[0x30, 3, 2, 1, 0]),
            "private-key",
            "this is a private key, expected a public key",
            "Give the public key, which `openssl pkey -pubout` writes; a private key that is in a file is not in a TPM.",
        ),
        malformed(
            read_key(der, &mut []).unwrap().1.public_area().unwrap_err(),
            "no-public-area",
            "the key's numbers alone, expected its public area (TPM2B_PUBLIC or TPMT_PUBLIC)",
            "Give the public area as `tpm2_readpublic -o` writes it: name and attributes are in it, and in no other form of the key.",
        ),
        malformed(
            any(b"AAAA"),
            "key-base64",
            "not a public key in base64 (standard alphabet, padded)",
            "Give the key in base64 with the standard alphabet and padding, and nothing around it.",
        ),
        malformed(
            any(br#"{"keys": []}"#),
            "jwk-set-empty",
            "the set of JSON Web Keys has no RSA or EC key for signatures",
            "Give a set with an RSA or EC key that is not for encryption alone.",
        ),
        malformed(
            any(br#"{"keys": [{"kty": "EC", "kid": "a"}, {"kty": "RSA"}]}"#),
            "jwk-set-several",
            "the set has several JSON Web Keys (a, no kid), expected one, or one with the kid HCLAkPub",
            "Give the JSON Web Key that is meant alone, as one object.",
        ),
        unsupported(
            Check::KeyStrength,
            // A SEQUENCE instead of the curve's id.
            with("06082a8648ce3d030107", "30082a8648ce3d030107"),
            "key-curve-not-named",
            "the curve of the key is written out by its parameters, expected a named curve",
            "Write the key with the name of its curve: `openssl pkey -pubin -ec_param_enc named_curve`.",
        ),
        unsupported(
            Check::KeyType,
            // id-ecDH instead of id-ecPublicKey
            with("06072a8648ce3d0201", "06072a8648ce3d0202"),
            "key-algorithm-unsupported",
            algorithm,
            KINDS,
        ),
        unsupported(
            Check::KeyType,
            jwk(r#"{"kty":"OKP"}"#),
            "key-algorithm-unsupported",
            algorithm,
            KINDS,
        ),
        unsupported(
            Check::KeyStrength,
            with("06082a8648ce3d030107", "06082a8648ce3d03017f"),
            "key-curve-unsupported",
            curve,
            KINDS,
        ),
        unsupported(
            Check::KeyStrength,
            jwk(r#"{"kty":"EC","crv":"secp256k1"}"#),
            "key-curve-unsupported",
            curve,
            KINDS,
        ),
        unsupported(
            Check::KeyStrength,
            with("03420004", "03420002"),
            "key-point-compressed",
            "the point of the key is compressed, which is not supported",
            "Write the point uncompressed.",
        ),
        rejected(
            Check::KeyStrength,
            write_spki(&long, &mut [0; 600]).unwrap_err(),
            "key-coordinate",
            "a coordinate of the key is longer than those of its curve",
            "Compare the key with the one on the machine: the point is not on its curve.",
        ),
    ]
}

fn pcr_files() -> Vec<Row> {
    const HELP: &str = "A PCR file has one value for each PCR of its selection, in that order, as long as the bank's digests.";
    let banks = [(0x000b, vec![0, 7])];
    let of = |lists: &[Vec<Vec<u8>>]| PcrFile::marshaled(&marshaled(&banks, lists)).unwrap_err();
    let one = || vec![0xab; 32];
    let head = 4 + 6; // count and selection
    let first = head + 4 + 4 + 2; // counts of lists and of digests, size of the first
    vec![
        malformed(
            of(&[vec![one()]]),
            "pcr-file-value-missing",
            "PCR file: no value for sha256:7, which is selected",
            HELP,
        ),
        malformed(
            of(&[vec![one(), one(), one()]]),
            "pcr-file-value-surplus",
            &format!(
                "PCR file at byte {}: a value for which no PCR is selected",
                first + 2 * 34
            ),
            HELP,
        ),
        malformed(
            of(&[vec![one(), vec![0xab; 20]]]),
            "pcr-file-value-length",
            &format!(
                "PCR file at byte {}: the value of sha256:7 has 20 bytes, expected 32",
                first + 34
            ),
            HELP,
        ),
        malformed(
            PcrFile::values(&[0; 31], &"sha256:0".parse::<PcrSet>().unwrap()).unwrap_err(),
            "structure-malformed",
            "PCR file.digests.value at byte 0: input ends 1 byte too early",
            "The input was cut, changed on its way, or written in another form than expected.",
        ),
    ]
}

fn wrong_files() -> Vec<Row> {
    let seen = FileKind::of(br#"{"sig_scheme":{},"attest":{}}"#).unwrap();
    vec![malformed(
        seen.instead_of("a TPMS_ATTEST", Part::Attest),
        "wrong-file",
        "attestation: looks like JSON (FAPI's quoteInfo), not a TPMS_ATTEST",
        "FAPI describes the quote in JSON: give the bytes that the TPM signed, as tpm2_quote -m writes them.",
    )]
}

fn keylime() -> Vec<Row> {
    const HELP: &str = "A keylime quote is the letter r, then message, signature and PCR file in base64, with a colon between them.";
    let of = |text: &str| KeylimeQuote::read(text, &mut [0; 64]).unwrap_err();
    vec![
        malformed(
            of("dAAAA"),
            "keylime-start",
            "keylime quote: expected the letter r at the start",
            HELP,
        ),
        malformed(
            of(""),
            "keylime-start",
            "keylime quote: expected the letter r at the start",
            HELP,
        ),
        malformed(
            of("rAAAA"),
            "keylime-part-missing",
            "keylime quote: the signature is missing",
            HELP,
        ),
        malformed(
            of("rAAAA:AAAA"),
            "keylime-part-missing",
            "keylime quote: the PCR file is missing",
            HELP,
        ),
        malformed(
            of("rAAA:AAAA:AAAA"),
            "keylime-base64",
            "keylime quote at byte 1: the message is not base64",
            HELP,
        ),
        malformed(
            of("rAAAA:AAAA:AAAA:"),
            "keylime-surplus",
            "keylime quote at byte 15: something follows the PCR file",
            HELP,
        ),
    ]
}

fn projects() -> Vec<Row> {
    const FORMS: &str = "Give the JSON as the project writes it: PlatformParameters or a dump of go-attestation, or the evidence of confidential-containers.";
    let of = |json: Value| {
        let text = json.to_string();
        read_project(text.as_bytes(), &mut vec![0; 2 * text.len()]).unwrap_err()
    };
    vec![
        malformed(
            of(json!({})),
            "project-unknown",
            "not evidence of a supported project",
            FORMS,
        ),
        malformed(
            of(json!({"Quotes": [], "ak_public": ""})),
            "project-several",
            "evidence of more than one project, or in two forms",
            FORMS,
        ),
        malformed(
            of(json!({"version": 2, "tpm_quote": {}, "hcl_report": "AAAA"})),
            "project-report",
            "not a whole report of Azure's host compatibility layer",
            "Give the report whole, as the virtual TPM gives it, with one key named HCLAkPub in its claims.",
        ),
    ]
}
