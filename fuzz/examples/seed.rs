//! Makes the corpus anew from `tests/data`: `cargo run --example seed`.
//!
//! Few and small: one input of each shape. The fuzzer finds the rest; what it
//! found and is worth keeping stays beside them.

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::{Value, json};

fn main() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data");
    let corpus = Corpus;
    public(&data, &corpus);
    attest_and_signature(&data, &corpus);
    pcr_selection(&data, &corpus);
    small_structures(&data, &corpus);
    blocks(&data, &corpus);
    pcr_set(&corpus);
    tools(&data, &corpus);
    certificates(&data, &corpus);
    projects(&data, &corpus);
    quotes(&data, &corpus);
    kinds(&data, &corpus);
    rsa_arithmetic(&corpus);
    ecdsa_arithmetic(&corpus);
}

struct Corpus;

impl Corpus {
    fn add(&self, target: &str, name: &str, bytes: impl AsRef<[u8]>) {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let folder = root.join("corpus").join(target);
        fs::create_dir_all(&folder).expect("a folder for the corpus");
        fs::write(folder.join(name), bytes).expect("a file in the corpus");
    }
}

fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&read(path)).expect("JSON")
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut names: Vec<String> = entries
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .into_string()
                .expect("plain names")
        })
        .collect();
    names.sort();
    names
}

fn public(data: &Path, corpus: &Corpus) {
    let mut shapes = BTreeSet::new();
    for name in names_in(&data.join("zoo")) {
        let Some(stem) = name.strip_suffix(".pub") else {
            continue;
        };
        let bytes = read(&data.join("zoo").join(&name));
        // Type, and the ids in the parameters where there is no policy.
        let shape = (bytes[2..4].to_vec(), bytes.get(12..20).map(<[u8]>::to_vec));
        if shapes.insert(shape) && shapes.len() <= 36 {
            corpus.add("public", stem, bytes);
        }
    }
}

fn attest_and_signature(data: &Path, corpus: &Corpus) {
    let mut kinds = BTreeSet::new();
    let mut signatures = BTreeSet::new();
    for (folder, attest, sig, pattern) in [
        ("attest", "attest", "sig", 3),
        ("cases", "quote.attest", "quote.sig", 1),
    ] {
        for name in names_in(&data.join(folder)) {
            let case = data.join(folder).join(&name);
            let bytes = read(&case.join(attest));
            if kinds.insert((bytes[..6].to_vec(), bytes.len() / 16)) && kinds.len() <= 20 {
                corpus.add("attest", &name, &bytes);
            }
            let bytes = read(&case.join(sig));
            // Both ids and how long the first number is.
            if signatures.insert((
                bytes.get(..4).map(<[u8]>::to_vec),
                bytes.get(4..6).map(<[u8]>::to_vec),
            )) && signatures.len() <= 16 * pattern
            {
                corpus.add("signature", &name, bytes);
            }
        }
    }
}

/// Chains of certificates in 2030, as the target takes them, and one in PEM.
fn certificates(data: &Path, corpus: &Corpus) {
    let (ak, ek, ek_of_nv) = (0, 1, 3);
    for (name, wishes, files) in [
        (
            "accepted-ak",
            ak,
            &["certificates/ak-p256", "certificates/root"][..],
        ),
        (
            "accepted-one-set",
            ak,
            &["certificates/ak-one-set", "certificates/root"],
        ),
        (
            "accepted-issued",
            ak,
            &[
                "certificates/ak-p256-issued",
                "certificates/issuing",
                "certificates/root",
            ],
        ),
        ("accepted-ek", ek, &["ek/ek-ecc-p384.crt", "ek/issuercert"]),
        (
            "accepted-ek-of-nv",
            ek_of_nv,
            &["ek/ek-rsa2048.crt", "ek/issuercert"],
        ),
        (
            "refused-san",
            ak,
            &["certificates/ak-san-twice", "certificates/root"],
        ),
        (
            "refused-purpose",
            ak,
            &["certificates/ak-no-purpose", "certificates/root"],
        ),
        (
            "refused-critical",
            ak,
            &["certificates/ak-critical", "certificates/root"],
        ),
        (
            "refused-path",
            ak,
            &[
                "certificates/ak-below",
                "certificates/below",
                "certificates/issuing-constrained",
                "certificates/root",
            ],
        ),
    ] {
        let mut bytes = 1_893_456_000_u32.to_be_bytes().to_vec();
        bytes.push(wishes);
        for (nth, file) in files.iter().enumerate() {
            let mut der = read(&data.join(format!("{file}.der")));
            if nth == 0 && wishes & 2 != 0 {
                der.extend([0xff; 9]);
            }
            let len = u16::try_from(der.len()).expect("a short certificate");
            bytes.extend(len.to_be_bytes());
            bytes.extend(der);
        }
        corpus.add("certificate", name, bytes);
    }
    corpus.add(
        "certificate",
        "der",
        read(&data.join("certificates/ak-rsa.der")),
    );
    corpus.add(
        "certificate",
        "pem",
        read(&data.join("ek/ek-rsa2048.crt.pem")),
    );
}

/// Files of tpm2-tools: one of each kind of key, one of each count of lists.
fn tools(data: &Path, corpus: &Corpus) {
    let (mut keys, mut lengths) = (BTreeSet::new(), BTreeSet::new());
    for name in names_in(&data.join("cases")) {
        let case = data.join("cases").join(&name);
        let image = read(&case.join("pcrs.serialized"));
        // An image of all PCR of all banks is nothing but longer.
        if image.len() < 4096 && lengths.insert((image.len(), image[0])) {
            corpus.add(
                "pcr_file",
                &format!("file-{name}"),
                [b"s", &image[..]].concat(),
            );
        }
        let signature = read(&case.join("quote.sig"));
        let pem = case.join("ak.pem");
        if pem.exists() && keys.insert((signature[..2].to_vec(), signature.len())) {
            let pem = read(&pem);
            let text = String::from_utf8(pem.clone()).expect("PEM");
            let base64: String = text.lines().filter(|line| !line.starts_with('-')).collect();
            corpus.add("spki", &format!("key-{name}"), unbase64(&base64));
            corpus.add("spki", &format!("pem-{name}"), pem);
            let plain = match signature[1] {
                0x18 => ecdsa_der(&signature),
                _ => signature[6..].to_vec(),
            };
            corpus.add("plain_signature", &name, plain);
        }
    }
    let rsa = br#"{"kid":"ak","kty":"RSA","e":"AQAB","n":"xQEC"}"#;
    corpus.add("spki", "jwk-rsa", rsa);
    let (x, y) = ("A".repeat(43), "B".repeat(42) + "A");
    let ecc = format!(r#"{{"kty":"EC","crv":"P-256","x":"{x}","y":"{y}"}}"#);
    corpus.add("spki", "jwk-p256", ecc);
    let digests = [[1; 32], [2; 32]].map(|digest: [u8; 32]| [&[0, 32], &digest[..]].concat());
    let list = [&[0, 0, 0, 2][..], &digests.concat()].concat();
    let head = [0, 0, 0, 1, 0, 0x0b, 3, 0x81, 0, 0, 0, 0, 0, 1];
    corpus.add(
        "pcr_file",
        "file-marshaled",
        [b"m", &head[..], &list].concat(),
    );
    let values = [&b"vsha256:0,7+0x4:all\n"[..], &[7; 64 + 24 * 20]].concat();
    corpus.add("pcr_file", "values", values);
}

/// The JSON of each project, in each form.
fn projects(data: &Path, corpus: &Corpus) {
    let rsa = data.join("cases/004-main-rsa2048-rsassa-sha256");
    let ecc = data.join("cases/005-main-p256-ecdsa-sha256");
    let [public, attest, signature] =
        ["ak.pub", "quote.attest", "quote.sig"].map(|name| read(&ecc.join(name)));
    let [attest_64, signature_64] = [&attest, &signature].map(|bytes| base64(bytes));
    let public_64 = base64(&public[2..]);
    let go_pcrs = json!([
        {"Index": 0, "Digest": base64(&[1; 32]), "DigestAlg": 5},
        {"Index": 7, "Digest": base64(&[2; 20]), "DigestAlg": 3},
    ]);
    let quote = json!({"Version": 2, "Quote": attest_64, "Signature": signature_64});
    let go = json!({
        "TPMVersion": 2, "Public": public_64, "Quotes": [quote, quote], "PCRs": go_pcrs,
        "EventLog": null,
    });
    corpus.add("projects", "evidence-go", go.to_string());
    let dump = json!({
        "Static": {"EKPem": null}, "AK": {"Public": public_64, "CreateData": ""},
        "Quote": {"Nonce": "", "Alg": 11, "Quote": attest_64, "Signature": signature_64},
        "Log": {"PCRs": go_pcrs, "PCRAlg": 11, "Raw": null},
    });
    corpus.add("projects", "evidence-go-dump", dump.to_string());

    let pem = String::from_utf8(read(&ecc.join("ak.pem"))).expect("PEM");
    let der: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let hex_pcrs: Vec<String> = (0..24).map(|pcr| format!("{pcr:064x}")).collect();
    let tpm = json!({
        "tpm_quote": {"signature": signature_64, "message": attest_64, "pcrs": hex_pcrs},
        "ak_public": der,
    });
    corpus.add("projects", "evidence-tpm", tpm.to_string());

    let signature = read(&rsa.join("quote.sig"));
    let claims = br#"{"keys":[{"kid":"HCLAkPub","kty":"RSA","e":"AQAB","n":"xQEC"}]}"#;
    let mut report = vec![0; 1232];
    report[..4].copy_from_slice(b"HCLA");
    report.extend(u32::try_from(claims.len()).expect("short").to_le_bytes());
    report.extend(claims);
    let hex = |bytes: &[u8]| -> String { bytes.iter().map(|b| format!("{b:02x}")).collect() };
    let azure = json!({
        "version": 2,
        "tpm_quote": {
            "signature": hex(&signature[6..]), "message": hex(&attest), "pcrs": hex_pcrs,
        },
        "hcl_report": base64(&report).replace('+', "-").replace('/', "_"), "vcek": "",
    });
    corpus.add("projects", "evidence-azure", azure.to_string());
    let pcrs: Vec<[u8; 32]> = (0..24).map(|pcr| [pcr; 32]).collect();
    let numbers = json!({
        "quote": {"signature": signature[6..], "message": attest, "pcrs": pcrs},
        "report": report, "vcek": "",
    });
    corpus.add("projects", "evidence-azure-numbers", numbers.to_string());
    let few = json!({"Public": public_64, "Quotes": [], "PCRs": []});
    corpus.add("projects", "none-go", few.to_string());
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = bytes.chunks(3).flat_map(|chunk| {
        let bits = (0..3).fold(0_u32, |bits, at| {
            bits << 8 | chunk.get(at).map_or(0, |&byte| u32::from(byte))
        });
        let used = chunk.len() + 1;
        (0..4).map(move |at| match at < used {
            true => char::from(ALPHABET[(bits >> (18 - 6 * at)) as usize & 63]),
            false => '=',
        })
    });
    digits.collect()
}

fn unbase64(text: &str) -> Vec<u8> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bytes, mut bits, mut count) = (Vec::new(), 0_u32, 0);
    for digit in text.bytes().filter(|byte| *byte != b'=') {
        let value = ALPHABET
            .iter()
            .position(|known| *known == digit)
            .expect("base64");
        bits = bits << 6 | u32::try_from(value).expect("six bits");
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    bytes
}

/// Both numbers of a `TPMT_SIGNATURE`, in DER.
fn ecdsa_der(signature: &[u8]) -> Vec<u8> {
    let mut rest = &signature[4..];
    let mut pair = Vec::new();
    for _ in 0..2 {
        let (number, after) = rest[2..].split_at(usize::from(rest[1]));
        let zeros = number.iter().take_while(|byte| **byte == 0).count();
        let digits = &number[zeros..];
        let sign: &[u8] = if digits[0] >= 0x80 { &[0] } else { &[] };
        pair.extend([2, u8::try_from(sign.len() + digits.len()).expect("short")]);
        pair.extend_from_slice(sign);
        pair.extend_from_slice(digits);
        rest = after;
    }
    let len = u8::try_from(pair.len()).expect("two short numbers");
    let head = if len < 0x80 {
        vec![0x30, len]
    } else {
        vec![0x30, 0x81, len]
    };
    [head, pair].concat()
}

/// The signed selections: behind the header, two sized fields and 25 bytes.
fn pcr_selection(data: &Path, corpus: &Corpus) {
    let mut seen = BTreeSet::new();
    for name in names_in(&data.join("cases")) {
        let attest = read(&data.join("cases").join(&name).join("quote.attest"));
        let mut at = 6;
        for _ in 0..2 {
            at += 2 + usize::from(u16::from_be_bytes([attest[at], attest[at + 1]]));
        }
        at += 25;
        let mut end = at + 4;
        for _ in 0..attest[at + 3] {
            end += 3 + usize::from(attest[end + 2]);
        }
        let list = attest[at..end].to_vec();
        if list.len() > 4 && seen.insert(list.clone()) && seen.len() <= 8 {
            corpus.add("pcr_selection", &name, list);
        }
    }
    corpus.add("pcr_selection", "empty", [0; 4]);
    corpus.add("pcr_selection", "one-of-3-bytes", [0, 0x0b, 3, 0x81, 4, 0]);
    corpus.add("pcr_selection", "one-of-no-bytes", [0, 0x0b, 0]);
}

fn small_structures(data: &Path, corpus: &Corpus) {
    let add = |which: u8, name: &str, bytes: &[u8]| {
        corpus.add("small_structures", name, [&[which], bytes].concat());
    };
    let sized = |bytes: &[u8]| {
        let len = u16::try_from(bytes.len()).expect("short");
        [&len.to_be_bytes(), bytes].concat()
    };
    for (file, which) in [
        ("creation.data", 0),
        ("creation.ticket", 1),
        ("nv.public", 2),
    ] {
        let mut lengths = BTreeSet::new();
        for name in names_in(&data.join("attest")) {
            let path = data.join("attest").join(&name).join(file);
            if path.exists() && lengths.insert(read(&path).len()) {
                add(which, &format!("{file}-{name}"), &read(&path));
            }
        }
    }
    let case = data.join("cases/077-namealg-sha384-ecc");
    let (name, attest) = (
        read(&case.join("ak.name")),
        read(&case.join("quote.attest")),
    );
    let credential = data.join("credentials/01-rsa2048-low-rsa-tool-none-16");
    add(3, "id-object", &read(&credential.join("id_object.2b")));
    add(4, "name-by-digest", &sized(&name));
    add(4, "name-by-handle", &sized(&[0x40, 0, 0, 1]));
    add(4, "name-empty", &sized(&[]));
    add(5, "ha-sha384", &name);
    add(5, "ha-null", &[0, 0x10]);
    let digests = [&[0, 0, 0, 2][..], &sized(&name[2..34]), &sized(&[])].concat();
    add(6, "digests", &digests);
    let clock = attest.len() - 25 - 4 - 6 - 2 - 32;
    add(7, "clock", &attest[clock..clock + 17]);
    add(8, "time", &[&[0; 8], &attest[clock..clock + 17]].concat());
    add(9, "aes-128-cfb", &[0, 6, 0, 128, 0, 0x43]);
    add(10, "rsassa", &[0, 0x14, 0, 0x0b]);
    add(11, "ecdaa", &[0, 0x1a, 0, 0x0b, 0, 1]);
    add(12, "kdf1", &[0, 0x20, 0, 0x0b]);
    add(13, "xor", &[0, 0x0a, 0, 0x0b, 0, 0x22]);
    add(
        15,
        "secret",
        &read(&data.join("credentials/27-p256-low-p256-tool-none-32/encrypted_secret.2b")),
    );
}

/// As they are, and without the blanks and what stands around the block.
fn blocks(data: &Path, corpus: &Corpus) {
    for name in [
        "rsa-main-aik-tpm2b",
        "ecc-main-aik-tpm2b",
        "multi-bank",
        "rsapss",
        "not-available",
    ] {
        let response = json(&data.join("blocks").join(format!("{name}.json")));
        let verified = match name {
            "not-available" => name.to_owned(),
            _ => format!("verified-{name}"),
        };
        corpus.add("response", &verified, response.to_string());
        let metadata = &response["_metadata"];
        if name == "multi-bank" {
            let pretty = serde_json::to_vec_pretty(&response).expect("JSON");
            corpus.add("block", &format!("block-{name}-response"), pretty);
            corpus.add(
                "block",
                &format!("block-{name}-metadata"),
                metadata.to_string(),
            );
        }
        corpus.add(
            "block",
            &format!("block-{name}"),
            metadata["tpm_attestation"].to_string(),
        );
    }
    let escaped =
        r#" {"a": [-1.5e+7, true, null, "\ud83d\ude00\n"], "is\u005favailable" : false } "#;
    corpus.add("block", "unknown-key", escaped);
    corpus.add("block", "block-escaped", r#"{"is\u005favailable" : false}"#);
    corpus.add(
        "block",
        "no-block",
        r#"{"a":[[{}],-0.1e-9,"\"\\\/\b\f\n\r\t"]}"#,
    );
    corpus.add(
        "block",
        "several-forms",
        r#"{"_metadata":{},"is_available":false}"#,
    );
    corpus.add("response", "no-block", "{}");
}

fn pcr_set(corpus: &Corpus) {
    for (name, text) in [
        ("usual", "sha256:0,7,10"),
        ("two-banks", "sha1:0,1+sha256:23"),
        (
            "all-banks",
            "sha1:0+sha256:1+sha384:2+sha512:3+sm3_256:4+sha3_256:5+sha3_384:6+sha3_512:7",
        ),
        ("descending", "sha256:7,0"),
        ("leading-zero", "sha256:07"),
        ("none", "none"),
    ] {
        corpus.add("pcr_set", name, text);
    }
}

fn long(bytes: &[u8]) -> Vec<u8> {
    let len = u16::try_from(bytes.len()).expect("short");
    [&len.to_be_bytes(), bytes].concat()
}

/// A quote with a nonce of `aa` whose one value is 32 times `01`.
fn quote_of_pcr_0() -> Vec<u8> {
    let parts: [&[u8]; 8] = [
        b"\xffTCG\x80\x18",
        &[0, 34, 0, 0x0b],
        &[0x5a; 32],
        &[0, 1, 0xaa],
        &[0; 25],
        &[0, 0, 0, 1, 0, 0x0b, 3, 1, 0, 0],
        &[0, 32],
        // SHA-256 of the value.
        &[
            0x72, 0xcd, 0x6e, 0x84, 0x22, 0xc4, 0x07, 0xfb, 0x6d, 0x09, 0x86, 0x90, 0xf1, 0x13,
            0x0b, 0x7d, 0xed, 0x7e, 0xc2, 0xf7, 0xf5, 0xe1, 0xd3, 0x0b, 0xd9, 0xd5, 0x21, 0xf0,
            0x15, 0x36, 0x37, 0x93,
        ],
    ];
    parts.concat()
}

/// Inputs of the target `quote`: its `Parts` says how they are read.
fn quotes(data: &Path, corpus: &Corpus) {
    // Two values, nonce of the default, all else made to fit.
    for key in 0..4 {
        let made = [0, 0, key, 2, 0, 0, 1, 0, 7, 2, 0];
        corpus.add("quote", &format!("accepted-made-{key}"), made);
    }
    corpus.add("quote", "accepted-sha1-signature", [0, 1, 4, 1, 0, 0, 1, 0]);
    corpus.add(
        "quote",
        "accepted-pinned",
        [0, 0x18, 0, 1, 0, 0, 1, 2, 9, 9],
    );
    corpus.add("quote", "accepted-baseline", [0, 0x20, 0, 1, 0, 0, 1, 0, 0]);
    corpus.add(
        "quote",
        "accepted-sha1-bank",
        [0, 0, 0, 2, 1, 0, 1, 0, 17, 2, 0],
    );
    let required = [&[0x80, 0, 0, 2, 0, 0, 1, 0, 7, 2, 0, 8][..], b"sha256:7"].concat();
    corpus.add("quote", "accepted-required", required);
    let selection = [0, 0, 0, 1, 0, 0x0b, 3, 1, 0, 0];
    let raw = [&[0x10, 0, 0, 1, 0, 0, 1, 0, 10][..], &selection].concat();
    corpus.add("quote", "accepted-selection", raw);

    // Each of these is refused by one check alone.
    let refused = |name: &str, input: &[&[u8]]| {
        corpus.add("quote", &format!("refused-{name}"), input.concat());
    };
    let required = b"\x08sha256:7";
    corpus.add("quote", "no-values", [0; 5]);
    refused("pcr-digest-wrong", &[&[0x20, 0, 0, 1, 0, 0, 1, 0, 2, 1, 2]]);
    refused(
        "pcr-digest-with-baseline",
        &[&[0x20, 0x20, 0, 1, 0, 0, 1, 0, 2, 1, 2]],
    );
    refused(
        "nonce-other",
        &[&[0x44, 0, 0, 1, 0, 0, 1, 1, 9], &long(&quote_of_pcr_0())],
    );
    refused("key-anchor", &[&[0, 0x10, 0, 1, 0, 0, 1, 0]]);
    refused("signature-scheme-sha1", &[&[0, 0, 4, 1, 0, 0, 1, 0]]);
    refused(
        "signer-by-handle",
        &[&[8, 0, 0, 1, 0, 0, 1, 0, 4, 0x40, 0, 0, 1]],
    );
    refused(
        "selection-not-covered",
        &[&[0x80, 0, 0, 1, 0, 0, 1, 0], required],
    );
    refused(
        "selection-resettable",
        &[&[0x80, 0, 0, 2, 0, 7, 1, 0, 16, 2, 0], required],
    );
    refused(
        "selection-sha1-bank",
        &[&[0x80, 0, 0, 2, 0, 7, 1, 1, 0, 2, 0], required],
    );
    refused(
        "selection-value-twice",
        &[&[0x80, 0, 0, 2, 0, 7, 1, 0, 7, 1, 0], required],
    );
    refused(
        "pcr-values-short",
        &[&[0x80, 0, 0, 1, 0, 7, 0x81, 5, 0], required],
    );
    refused(
        "selection-bank-twice",
        &[
            &[0x90, 0, 0, 2, 0, 7, 1, 0, 8, 1, 0, 16],
            &[0, 0, 0, 2, 0, 0x0b, 3, 0x80, 0, 0, 0, 0x0b, 3, 0, 1, 0],
            required,
        ],
    );
    refused(
        "selection-bank-of-no-pcr",
        &[
            &[0x90, 0, 0, 1, 0, 7, 1, 0, 16],
            &[0, 0, 0, 2, 0, 0x0b, 3, 0x80, 0, 0, 0, 0x0c, 3, 0, 0, 0],
            required,
        ],
    );
    refused(
        "selection-map-of-4-bytes",
        &[
            &[0x90, 0, 0, 1, 0, 7, 1, 0, 11],
            &[0, 0, 0, 1, 0, 0x0b, 4, 0x80, 0, 0, 0],
            required,
        ],
    );
    refused("baseline", &[&[0, 0x20, 0, 1, 0, 0, 1, 0, 1, 9]]);

    // Real ones, with all of their bytes.
    for name in [
        "005-main-p256-ecdsa-sha256",
        "097-sel-4-banks",
        "009-ak-rsa2048-rsapss-sha256",
    ] {
        let case = data.join("cases").join(name);
        let facts = json(&case.join("case.json"));
        let mut input = vec![0b1000_0111, 0];
        let mut required = vec![];
        input.extend(long(&read(&case.join("ak.pub"))));
        input.extend(long(&read(&case.join("quote.sig"))));
        let mut values = vec![];
        let mut count = 0;
        for (bank, indices) in facts["pcr_values"].as_object().expect("banks") {
            let place = ["sha256", "sha1", "sha384", "sha512"]
                .iter()
                .position(|name| name == bank);
            let place = u8::try_from(place.expect("a usual bank")).expect("few");
            let mut indices: Vec<(u8, &str)> = indices
                .as_object()
                .expect("values")
                .iter()
                .map(|(index, digits)| {
                    (
                        index.parse().expect("a number"),
                        digits.as_str().expect("digits"),
                    )
                })
                .collect();
            indices.sort_unstable();
            let list: Vec<String> = indices.iter().map(|(index, _)| index.to_string()).collect();
            required.push(format!("{bank}:{}", list.join(",")));
            for (index, digits) in indices {
                let digest = (0..digits.len()).step_by(2);
                let digest =
                    digest.map(|n| u8::from_str_radix(&digits[n..n + 2], 16).expect("digits"));
                values.extend([
                    place,
                    index,
                    0x80 | u8::try_from(digits.len() / 2).expect("short"),
                ]);
                values.extend(digest);
                count += 1;
            }
        }
        input.push(count);
        input.extend(values);
        input.push(0);
        input.extend(long(&read(&case.join("quote.attest"))));
        let required = required.join("+");
        input.push(u8::try_from(required.len()).expect("short"));
        input.extend(required.bytes());
        corpus.add("quote", &format!("accepted-{name}"), input);
    }
}

/// Each kind about something real: as it fits, with another byte, and cut.
fn kinds(data: &Path, corpus: &Corpus) {
    let creation = data.join("attest/012-certifycreation-primary-ecc-by-rsa");
    let nv = data.join("attest/021-nvcertify-plain-64-0-by-rsa");
    let object = read(&creation.join("created.pub"));
    let (object, index) = (&object[2..], &read(&nv.join("nv.public"))[2..]);
    let creation_data = &read(&creation.join("creation.data"))[2..];
    let contents: Vec<u8> = (0..64).collect();
    for (tag, name, area, about) in [
        (0_u8, "certify", object, &[][..]),
        (1, "creation", object, creation_data),
        (2, "time", &[], &[]),
        (3, "session-audit", &[], &[]),
        (4, "command-audit", &[], &[]),
        (5, "nv", index, &contents),
        (6, "nv-digest", index, &contents),
    ] {
        let parts = [long(area), long(about), vec![0; 32]].concat();
        let whole = [&[tag, 0, 0, 0][..], &parts].concat();
        corpus.add("kinds", &format!("attested-{name}"), &whole);
        let changed = [&[tag, 1, 0, 50][..], &parts].concat();
        corpus.add("kinds", &format!("refused-{name}"), changed);
    }
    corpus.add("kinds", "refused-without-an-object", [0]);
    corpus.add("kinds", "refused-beyond-the-index", {
        let parts = [long(index), long(&contents), vec![1]].concat();
        [&[5, 0, 0, 0][..], &parts].concat()
    });
}

/// Each step with numbers of ones, and of a one at either end; with 1024 and with 2048
/// bits. What is shorter than a number is repeated.
fn rsa_arithmetic(corpus: &Corpus) {
    let steps = ["square", "multiply", "reduce", "remainder"];
    for (step, name) in (0..).zip(steps) {
        for (size, bits) in [(0, 1024), (7, 2048)] {
            let shape = size << 2 | step;
            corpus.add(
                "rsa_arithmetic",
                &format!("{name}-{bits}-ones"),
                [shape, 0xff],
            );
            let mut ends = [0; 3 * 128];
            for number in ends.chunks_exact_mut(128) {
                (number[0], number[127]) = (0x80, 0x01);
            }
            let input = [&[shape][..], &ends].concat();
            corpus.add("rsa_arithmetic", &format!("{name}-{bits}-ends"), input);
        }
    }
}

/// Each step on the three curves: numbers of ones with the prime of the field as a
/// constant and words of 64 bits, and the largest numbers below the order, compactly
/// and with words of 32 bits. On P-256, small numbers with the modulus more too.
fn ecdsa_arithmetic(corpus: &Corpus) {
    let steps = [
        "add",
        "subtract",
        "negate",
        "half",
        "square",
        "multiply",
        "multiply-by-number",
        "check",
        "inverse-of",
        "non-adjacent",
        "odd-multiples",
        "multiply-sums",
    ];
    for (step, name) in (0..).zip(steps) {
        for (curve, bits) in (0..).zip([256, 384, 521]) {
            let ones = [&[step, curve][..], &[0xff; 144]].concat();
            let last = [step, 0b111_1100 | curve, 1, 2];
            corpus.add("ecdsa_arithmetic", &format!("{name}-{bits}-ones"), ones);
            corpus.add("ecdsa_arithmetic", &format!("{name}-{bits}-last"), last);
        }
        // Two numbers of which R has room for the modulus more; the second of them alone.
        let large = [0xfe; 28];
        let mut small = [0; 28];
        small[27] = 5;
        let both = [&[step, 0b1000_0000][..], &large, &large].concat();
        let second = [&[step, 0b1000_0100][..], &small, &large].concat();
        corpus.add("ecdsa_arithmetic", &format!("{name}-256-both-above"), both);
        corpus.add(
            "ecdsa_arithmetic",
            &format!("{name}-256-second-above"),
            second,
        );
    }
}
