//! `print`: every structure, its fields by the specification's names.

use serde_json::{Value, json};

use crate::tools::{
    Ran, attestation, base64, block, block_path, data, file, hex, keys, read, read_json, run,
    run_on, text,
};

const QUOTE: &str = "cases/004-main-rsa2048-rsassa-sha256";
const CREATION: &str = "attest/012-certifycreation-primary-ecc-by-rsa";
const NV: &str = "attest/021-nvcertify-plain-64-0-by-rsa";
const CREDENTIAL: &str = "credentials/01-rsa2048-low-rsa-tool-none-16";

fn path(name: &str) -> String {
    data(name).into_os_string().into_string().unwrap()
}

fn print(path: &str, more: &[&str]) -> Ran {
    run([&["print", "--format", "json", path], more].concat())
}

/// What is shown of a file, which has to be found to be this structure.
#[track_caller]
fn shown(path: &str, kind: &str) -> Value {
    let ran = print(path, &[]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let count = std::fs::read(path).unwrap().len();
    assert_eq!(ran.err, format!("{path}: {kind}, {count} bytes\n"));
    let value = ran.json();
    assert_eq!(value["type"], kind);
    value
}

/// What is shown of a file that is said to be this structure.
#[track_caller]
fn shown_as(path: &str, kind: &str) -> Value {
    let ran = print(path, &["--type", &kind.to_lowercase()]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.err.starts_with(&format!("{path}: {kind}, ")));
    let value = ran.json();
    assert_eq!(value["type"], kind);
    value["value"].clone()
}

#[test]
fn finds_rsa_public_areas_and_shows_names() {
    let facts = read_json(&format!("{QUOTE}/case.json"));
    let area = json!({
        "type": "TPM_ALG_RSA",
        "nameAlg": "TPM_ALG_SHA256",
        "objectAttributes": ["fixedTPM", "fixedParent", "sensitiveDataOrigin", "userWithAuth", "restricted", "sign"],
        "authPolicy": "",
        "parameters": {
            "symmetric": {"algorithm": "TPM_ALG_NULL"},
            "scheme": {"scheme": "TPM_ALG_RSASSA", "hashAlg": "TPM_ALG_SHA256"},
            "keyBits": 2048,
            "exponent": 0,
        },
        "unique": facts["ak_public"]["modulus"],
    });
    let sized = read(&format!("{QUOTE}/ak.pub"));
    let bare = file("ak.tpmt", &sized[2..]);
    for (path, kind) in [
        (path(&format!("{QUOTE}/ak.pub")), "TPM2B_PUBLIC"),
        (bare, "TPMT_PUBLIC"),
    ] {
        let shown = shown(&path, kind);
        assert_eq!(keys(&shown), ["type", "value", "name", "qualifiedName"]);
        assert_eq!(shown["value"], area);
        assert_eq!(keys(&shown["value"]), keys(&area));
        let name = hex(&read(&format!("{QUOTE}/ak.name")));
        assert_eq!(text(&shown["name"]), name);
    }
}

/// A primary key's qualified name, as the TPM put it into a quote.
#[test]
fn qualified_names_are_those_that_primary_keys_have() {
    for (case, hierarchy) in [
        ("044-primary-endorsement-rsa", "TPM_RH_ENDORSEMENT"),
        ("046-primary-owner-rsa", "TPM_RH_OWNER"),
        ("049-primary-platform-ecc", "TPM_RH_PLATFORM"),
        ("050-primary-null-rsa", "TPM_RH_NULL"),
    ] {
        let facts = read_json(&format!("cases/{case}/case.json"));
        let shown = shown(&path(&format!("cases/{case}/ak.pub")), "TPM2B_PUBLIC");
        assert_eq!(shown["name"], facts["ak_name_hex"], "{case}");
        let names = &shown["qualifiedName"];
        assert_eq!(names[hierarchy], facts["qualified_signer_hex"], "{case}");
        assert_eq!(names.as_object().unwrap().len(), 4);
    }
}

#[test]
fn finds_every_public_area_of_the_zoo_with_its_name() {
    let mut count = 0;
    for entry in std::fs::read_dir(data("zoo")).unwrap() {
        let pub_path = entry.unwrap().path();
        if pub_path
            .extension()
            .is_none_or(|extension| extension != "pub")
        {
            continue;
        }
        let name = std::fs::read(pub_path.with_extension("name")).unwrap();
        let facts = std::fs::read(pub_path.with_extension("json")).unwrap();
        let facts: Value = serde_json::from_slice(&facts).unwrap();
        let facts = &facts["public"];
        let shown = shown(pub_path.to_str().unwrap(), "TPM2B_PUBLIC");
        // Null where the library does not have the hash.
        if shown["name"] != Value::Null {
            assert_eq!(text(&shown["name"]), hex(&name), "{}", pub_path.display());
        } else {
            let supported = ["sha1", "sha256", "sha384", "sha512", "null"];
            assert!(!supported.contains(&text(&facts["nameAlg"])));
        }
        assert_eq!(shown["value"]["authPolicy"], facts["authPolicy"]);
        let attributes = shown["value"]["objectAttributes"].as_array().unwrap();
        let attributes = attributes.iter().map(|name| text(name).to_lowercase());
        let attributes: Vec<String> = attributes.collect();
        let named: Vec<&str> = facts["attribute_names"]
            .as_array()
            .unwrap()
            .iter()
            .map(text)
            .collect();
        assert_eq!(attributes, named, "{}", pub_path.display());
        count += 1;
    }
    assert!(count >= 90, "{count}");
}

#[test]
fn finds_ecc_public_areas() {
    let path = path("cases/005-main-p256-ecdsa-sha256/ak.pub");
    let facts = read_json("cases/005-main-p256-ecdsa-sha256/case.json");
    let area = &shown(&path, "TPM2B_PUBLIC")["value"];
    assert_eq!(area["type"], "TPM_ALG_ECC");
    assert_eq!(area["parameters"]["curveID"], "TPM_ECC_NIST_P256");
    assert_eq!(
        area["parameters"]["scheme"],
        json!({"scheme": "TPM_ALG_ECDSA", "hashAlg": "TPM_ALG_SHA256"})
    );
    let point = &area["unique"];
    assert_eq!(keys(point), ["x", "y"]);
    assert_eq!(point["x"], facts["ak_public"]["x"]);
    assert_eq!(point["y"], facts["ak_public"]["y"]);
}

#[test]
fn finds_quotes_and_shows_what_is_in_the_sized_form() {
    let facts = read_json(&format!("{QUOTE}/case.json"));
    let expected = json!({
        "magic": "TPM_GENERATED_VALUE",
        "type": "TPM_ST_ATTEST_QUOTE",
        "qualifiedSigner": facts["qualified_signer_hex"],
        "extraData": facts["nonce_hex"],
        "clockInfo": {"clock": 791, "resetCount": 2, "restartCount": 0, "safe": true},
        "firmwareVersion": facts["firmware_version"],
        "attested": {
            "pcrSelect": [
                {"hash": "TPM_ALG_SHA256", "sizeofSelect": 3, "pcrSelect": [0, 7, 10]},
            ],
            "pcrDigest": facts["pcr_digest_hex"],
        },
    });
    for (name, kind) in [
        ("quote.attest2b", "TPM2B_ATTEST"),
        ("quote.attest", "TPMS_ATTEST"),
    ] {
        let shown = shown(&path(&format!("{QUOTE}/{name}")), kind);
        assert_eq!(shown, json!({"type": kind, "value": expected}));
    }
}

#[test]
fn finds_every_attestation_and_signature_of_the_other_kinds() {
    let mut count = 0;
    for entry in std::fs::read_dir(data("attest")).unwrap() {
        let folder = entry.unwrap().file_name().into_string().unwrap();
        let facts = read_json(&format!("attest/{folder}/case.json"));
        let mut expected = facts["attest"].clone();
        attest_as_shown(&mut expected);
        for (name, kind) in [("attest", "TPMS_ATTEST"), ("attest2b", "TPM2B_ATTEST")] {
            let found = shown(&path(&format!("attest/{folder}/{name}")), kind);
            assert_eq!(found["value"], expected, "{folder}");
        }
        // Among them the two bytes of a signature that nobody made.
        let found = shown(&path(&format!("attest/{folder}/sig")), "TPMT_SIGNATURE");
        let scheme = facts["scheme"].as_str().unwrap_or("null").to_uppercase();
        let expected = format!("TPM_ALG_{scheme}");
        assert_eq!(found["value"]["sigAlg"], expected, "{folder}");
        count += 1;
    }
    assert_eq!(count, 28);
}

/// The facts about an attestation in the shape of the specification: what comes
/// behind `firmwareVersion` is in `attested`.
fn attest_as_shown(facts: &mut Value) {
    let facts = facts.as_object_mut().unwrap();
    let kind = facts.shift_remove("type_name").unwrap();
    facts["magic"] = "TPM_GENERATED_VALUE".into();
    facts["type"] = format!("TPM_ST_{}", text(&kind)).into();
    facts["clockInfo"]["safe"] = (facts["clockInfo"]["safe"] == 1).into();
    let mut attested = facts.clone();
    for name in [
        "magic",
        "type",
        "qualifiedSigner",
        "extraData",
        "clockInfo",
        "firmwareVersion",
    ] {
        attested.shift_remove(name).unwrap();
    }
    for name in attested.keys() {
        facts.shift_remove(name).unwrap();
    }
    if let Some(time) = attested.get("time").cloned() {
        let mut clock = attested["timeClockInfo"].clone();
        clock["safe"] = (clock["safe"] == 1).into();
        // A plain number here, unlike the one outside.
        let version = text(&attested["timeFirmwareVersion"]);
        let version = u64::from_str_radix(version, 16).unwrap().into();
        attested = [
            ("time".to_owned(), json!({"time": time, "clockInfo": clock})),
            ("firmwareVersion".to_owned(), version),
        ]
        .into_iter()
        .collect();
    }
    if let Some(exclusive) = attested.get_mut("exclusiveSession") {
        *exclusive = (*exclusive == 1).into();
    }
    if let Some(alg) = attested.get_mut("digestAlg") {
        *alg = format!("TPM_ALG_{}", text(alg).to_uppercase()).into();
    }
    facts.insert("attested".to_owned(), attested.into());
}

#[test]
fn finds_creation_data_and_ticket() {
    let outside = read(&format!("{CREATION}/outside.info"));
    let sized = read(&format!("{CREATION}/creation.data"));
    let bare = file("creation.tpms", &sized[2..]);
    for (path, kind) in [
        (
            path(&format!("{CREATION}/creation.data")),
            "TPM2B_CREATION_DATA",
        ),
        (bare, "TPMS_CREATION_DATA"),
    ] {
        let data = &shown(&path, kind)["value"];
        assert_eq!(data["locality"], json!(["TPM_LOC_ZERO"]));
        assert_eq!(data["parentNameAlg"], "TPM_ALG_NULL");
        assert_eq!(data["parentName"], "40000001");
        assert_eq!(text(&data["outsideInfo"]), hex(&outside));
    }
    let ticket = read(&format!("{CREATION}/creation.ticket"));
    let shown = shown(
        &path(&format!("{CREATION}/creation.ticket")),
        "TPMT_TK_CREATION",
    );
    let expected = json!({
        "tag": "TPM_ST_CREATION",
        "hierarchy": "TPM_RH_OWNER",
        "digest": hex(&ticket[8..]),
    });
    assert_eq!(shown["value"], expected);
}

#[test]
fn finds_nv_public_areas_with_their_name() {
    let name = hex(&read(&format!("{NV}/nv.name")));
    // 01500001 000b 20060006 0000 0040, by the facts beside it.
    let expected = json!({
        "nvIndex": "0x01500001",
        "nameAlg": "TPM_ALG_SHA256",
        "attributes": ["TPM_NT_ORDINARY", "OWNERWRITE", "AUTHWRITE", "OWNERREAD", "AUTHREAD", "WRITTEN"],
        "authPolicy": "",
        "dataSize": 64,
    });
    let sized = read(&format!("{NV}/nv.public"));
    let bare = file("nv.tpms", &sized[2..]);
    for (path, kind) in [
        (path(&format!("{NV}/nv.public")), "TPM2B_NV_PUBLIC"),
        (bare, "TPMS_NV_PUBLIC"),
    ] {
        let shown = shown(&path, kind);
        assert_eq!(
            shown,
            json!({"type": kind, "value": expected, "name": name})
        );
    }
}

#[test]
fn finds_selections_lists_and_hashes() {
    let selection = "000b03810400";
    let list = format!("00000002000403030000{selection}");
    let digest = "0020".to_owned() + &"ab".repeat(32);
    let bank = json!({"hash": "TPM_ALG_SHA256", "sizeofSelect": 3, "pcrSelect": [0, 7, 10]});
    let sha1 = json!({"hash": "TPM_ALG_SHA1", "sizeofSelect": 3, "pcrSelect": [0, 1]});
    for (kind, bytes, expected) in [
        ("TPMS_PCR_SELECTION", selection.to_owned(), bank.clone()),
        ("TPML_PCR_SELECTION", list, json!([sha1, bank])),
        (
            "TPML_DIGEST",
            format!("00000002{digest}{digest}"),
            json!(["ab".repeat(32), "ab".repeat(32)]),
        ),
        (
            "TPMT_HA",
            "000b".to_owned() + &"ab".repeat(32),
            json!({"hashAlg": "TPM_ALG_SHA256", "digest": "ab".repeat(32)}),
        ),
    ] {
        let path = file("made", unhex(&bytes));
        assert_eq!(shown(&path, kind)["value"], expected);
    }
}

#[test]
fn shows_structures_that_cannot_be_told_if_their_type_is_given() {
    let name = hex(&read(&format!("{QUOTE}/ak.name")));
    let clock = "0000000000000317000000020000000001";
    let clock_shown = json!({"clock": 791, "resetCount": 2, "restartCount": 0, "safe": true});
    for (kind, bytes, expected) in [
        ("TPM2B_NAME", format!("0022{name}"), json!(name)),
        ("TPM2B_DIGEST", "0003010203".to_owned(), json!("010203")),
        ("TPM2B_DATA", "0000".to_owned(), json!("")),
        ("TPMS_CLOCK_INFO", clock.to_owned(), clock_shown.clone()),
        (
            "TPMS_TIME_INFO",
            format!("ffffffffffffffff{clock}"),
            json!({"time": u64::MAX, "clockInfo": clock_shown}),
        ),
    ] {
        let path = file("made", unhex(&bytes));
        assert_eq!(shown_as(&path, kind), expected);
    }
    let facts = read_json(&format!("{CREDENTIAL}/credential.json"));
    let secret = path(&format!("{CREDENTIAL}/encrypted_secret.2b"));
    assert_eq!(
        shown_as(&secret, "TPM2B_ENCRYPTED_SECRET"),
        facts["encrypted_secret_hex"]
    );
    let object = path(&format!("{CREDENTIAL}/id_object.2b"));
    let shown = shown_as(&object, "TPM2B_ID_OBJECT");
    let parts = format!(
        "0020{}{}",
        text(&shown["integrityHMAC"]),
        text(&shown["encIdentity"])
    );
    assert_eq!(parts, text(&facts["id_object_hex"]));
}

#[test]
fn ids_and_bits_without_a_name_are_shown_in_hexadecimal() {
    // A symmetric key of an unknown cipher mode, with reserved bits 0 and 31.
    let area = "0025 1234 80040001 0000 0006 0080 7777 0000".replace(' ', "");
    let path = file("unnamed", unhex(&area));
    let shown = shown(&path, "TPMT_PUBLIC");
    assert_eq!(
        shown["value"],
        json!({
            "type": "TPM_ALG_SYMCIPHER",
            "nameAlg": "0x1234",
            "objectAttributes": ["sign", "0x80000001"],
            "authPolicy": "",
            "parameters": {"sym": {"algorithm": "TPM_ALG_AES", "details": {"keyBits": 128, "mode": "0x7777"}}},
            "unique": "",
        })
    );
    assert_eq!(shown["name"], Value::Null);
    assert_eq!(shown["qualifiedName"]["TPM_RH_OWNER"], Value::Null);
}

#[test]
fn bytes_that_cannot_be_told_are_not_guessed() {
    let object = path(&format!("{CREDENTIAL}/id_object.2b"));
    let ran = print(&object, &[]);
    assert_eq!((ran.status, &*ran.out), (2, ""));
    let start =
        format!("tpm-quote: {object}: 54 bytes that are none of the structures known here\n");
    assert!(ran.err.starts_with(&start), "{}", ran.err);
    assert!(ran.err.contains("TPM2B_DIGEST"), "{}", ran.err);
    assert!(ran.err.contains("TPM2B_ID_OBJECT"), "{}", ran.err);
    assert!(ran.err.contains("--type"), "{}", ran.err);

    // A list of nothing.
    let empty = file("empty-list", [0; 4]);
    let ran = print(&empty, &[]);
    assert_eq!((ran.status, &*ran.out), (2, ""));
    let says = "4 bytes that can be several structures: TPML_PCR_SELECTION, TPML_DIGEST\n";
    assert!(ran.err.contains(says), "{}", ran.err);
    assert_eq!(shown_as(&empty, "TPML_DIGEST"), json!([]));
}

#[test]
fn cut_structures_are_named_with_field_and_offset() {
    let cut = |name: &str, len: usize| file("cut", &read(name)[..len]);
    for (path, says) in [
        // Behind magic, type and a name of 36 bytes, and its own size.
        (
            cut(&format!("{QUOTE}/quote.attest"), 59),
            "not a TPMS_ATTEST: TPMS_ATTEST.extraData at byte 44: input ends 1 byte too early",
        ),
        (
            cut(&format!("{QUOTE}/quote.attest"), 128),
            "not a TPMS_ATTEST: TPMS_QUOTE_INFO.pcrDigest at byte 97: input ends 1 byte too early",
        ),
        (
            cut(&format!("{QUOTE}/quote.attest2b"), 130),
            "not a TPM2B_ATTEST: TPM2B_ATTEST at byte 2: input ends 1 byte too early",
        ),
        (
            cut(&format!("{QUOTE}/ak.pub"), 281),
            "not a TPM2B_PUBLIC: TPM2B_PUBLIC at byte 2: input ends 1 byte too early",
        ),
        (
            cut(&format!("{QUOTE}/quote.sig"), 261),
            "not a TPMT_SIGNATURE: TPMS_SIGNATURE_RSA.sig at byte 6: input ends 1 byte too early",
        ),
        (
            cut(&format!("{CREATION}/creation.ticket"), 71),
            "not a TPMT_TK_CREATION: TPMT_TK_CREATION.digest at byte 8: input ends 1 byte too early",
        ),
    ] {
        let ran = print(&path, &[]);
        assert_eq!((ran.status, &*ran.out), (2, ""), "{says}");
        assert!(ran.err.starts_with(&format!("tpm-quote: {path}: ")));
        assert!(ran.err.contains(says), "{says}: {}", ran.err);
    }
}

/// What is inside a `TPM2B_ATTEST` is counted from its first byte, too.
#[test]
fn offsets_count_from_the_first_byte_of_the_file() {
    let mut bytes = read(&format!("{QUOTE}/quote.attest2b"));
    bytes[8] = 0xff;
    let path = file("name-size", &bytes);
    let ran = print(&path, &["--type", "TPM2B_ATTEST"]);
    assert_eq!((ran.status, &*ran.out), (2, ""));
    let says = "not a TPM2B_ATTEST: TPMS_ATTEST.qualifiedSigner at byte 8: a size of 65314 bytes is not allowed";
    assert!(ran.err.contains(says), "{}", ran.err);

    let mut bytes = read(&format!("{QUOTE}/quote.attest2b"));
    bytes[1] += 1;
    bytes.push(0);
    let path = file("trailing", &bytes);
    let ran = print(&path, &[]);
    let says = "not a TPM2B_ATTEST: TPMS_ATTEST at byte 131: 1 byte left over at the end";
    assert!(ran.err.contains(says), "{}", ran.err);
}

#[test]
fn structure_that_is_not_of_the_given_type_is_refused() {
    let path = path(&format!("{QUOTE}/quote.attest2b"));
    let ran = print(&path, &["--type", "TPM2B_PUBLIC"]);
    assert_eq!((ran.status, &*ran.out), (2, ""));
    // Behind the magic, which is read as type and nameAlg, 8018 0022 are the
    // attributes, 000b the size of authPolicy.
    let says = format!(
        "tpm-quote: {path}: not a TPM2B_PUBLIC: TPMT_PUBLIC.type at byte 2: 0xff54 is not known here\n"
    );
    assert!(ran.err.starts_with(&says), "{}", ran.err);
    let note = format!("note: {path} looks like a TPM2B_ATTEST\n");
    assert!(ran.err.contains(&note), "{}", ran.err);
}

#[test]
fn type_that_is_unknown_is_wrong_usage_and_lists_all() {
    let ran = print(&path(&format!("{QUOTE}/ak.pub")), &["--type", "help"]);
    assert_eq!((ran.status, &*ran.out), (2, ""));
    for kind in [
        "TPM2B_PUBLIC",
        "TPMT_PUBLIC",
        "TPM2B_ATTEST",
        "TPMS_ATTEST",
        "TPMT_SIGNATURE",
        "TPML_PCR_SELECTION",
        "TPMS_PCR_SELECTION",
        "TPML_DIGEST",
        "TPMT_HA",
        "TPM2B_NAME",
        "TPM2B_DIGEST",
        "TPM2B_DATA",
        "TPM2B_CREATION_DATA",
        "TPMS_CREATION_DATA",
        "TPMT_TK_CREATION",
        "TPM2B_NV_PUBLIC",
        "TPMS_NV_PUBLIC",
        "TPM2B_ID_OBJECT",
        "TPM2B_ENCRYPTED_SECRET",
        "TPMS_CLOCK_INFO",
        "TPMS_TIME_INFO",
    ] {
        assert!(ran.err.contains(kind), "{kind}: {}", ran.err);
    }
}

#[test]
fn bytes_that_begin_like_nothing_are_refused_with_what_they_look_like() {
    for (bytes, says) in [
        (
            &b""[..],
            ": 0 bytes that are none of the structures known here\n",
        ),
        (b"\xde\xad\xbe\xef", "none begins with deadbeef\n"),
        (
            b"-----BEGIN PUBLIC KEY-----\n",
            " looks like PEM (a public key)\n",
        ),
        (b"\x30\x82\x01\x22\x30", " looks like DER\n"),
    ] {
        let ran = run_on(["print", "-"], bytes);
        assert_eq!((ran.status, &*ran.out), (2, ""), "{says}");
        assert!(ran.err.starts_with("tpm-quote: standard input: "));
        assert!(ran.err.contains(says), "{says}: {}", ran.err);
    }
}

#[test]
fn yaml_is_the_default_and_keeps_hexadecimal_in_quotes() {
    let ran = run(["print", &path(&format!("{QUOTE}/quote.attest"))]);
    let facts = read_json(&format!("{QUOTE}/case.json"));
    assert_eq!(ran.status, 0);
    let expected = format!(
        "\
type: TPMS_ATTEST
value:
  magic: TPM_GENERATED_VALUE
  type: TPM_ST_ATTEST_QUOTE
  qualifiedSigner: \"{}\"
  extraData: \"{}\"
  clockInfo:
    clock: 791
    resetCount: 2
    restartCount: 0
    safe: true
  firmwareVersion: \"2019102300163636\"
  attested:
    pcrSelect:
      - hash: TPM_ALG_SHA256
        sizeofSelect: 3
        pcrSelect: [0, 7, 10]
    pcrDigest: \"{}\"
",
        text(&facts["qualified_signer_hex"]),
        text(&facts["nonce_hex"]),
        text(&facts["pcr_digest_hex"])
    );
    assert_eq!(ran.out, expected);

    // Coordinates: YAML 1.1 takes a bare y for yes.
    let ran = run(["print", &path("cases/005-main-p256-ecdsa-sha256/ak.pub")]);
    let facts = read_json("cases/005-main-p256-ecdsa-sha256/case.json");
    let public = &facts["ak_public"];
    let unique = format!(
        "\n  unique:\n    x: \"{}\"\n    \"y\": \"{}\"\nname: \"{}\"\n",
        text(&public["x"]),
        text(&public["y"]),
        text(&facts["ak_name_hex"])
    );
    assert!(ran.out.contains(&unique), "{}", ran.out);
    assert!(
        ran.out
            .contains("\n  objectAttributes: [fixedTPM, fixedParent, ")
    );
    assert!(ran.out.contains("\n  authPolicy: \"\"\n"));
}

#[test]
fn shows_the_block_of_a_response_in_each_form() {
    let facts = crate::tools::facts_of_block("rsa-main-aik-tpm2b");
    let mut response = block("rsa-main-aik-tpm2b");
    let metadata = response["_metadata"].clone();
    let alone = attestation(&mut response).clone();
    for (form, value) in [
        ("response", json!({"other": 1, "_metadata": metadata})),
        ("_metadata", metadata),
        ("tpm_attestation block", alone.into()),
    ] {
        // White space in front is not what tells.
        let value = format!("\n  {value}");
        let path = file("response.json", &value);
        let ran = print(&path, &[]);
        assert_eq!(ran.status, 0, "{ran:?}");
        let count = value.len();
        assert_eq!(
            ran.err,
            format!("{path}: {form}, {count} bytes; nothing is verified\n")
        );
        let shown = ran.json();
        assert_eq!(shown["type"], form);
        let block = &shown["tpm_attestation"];
        assert_eq!(
            keys(block),
            [
                "is_available",
                "pcr_banks",
                "pcr_values",
                "aik_pubkey_b64",
                "quote_b64",
                "signature_b64"
            ]
        );
        assert_eq!(block["pcr_banks"], "sha256:0,7,10");
        assert_eq!(block["pcr_values"], facts["pcr_values"]);
        assert_eq!(block["aik_pubkey_b64"]["name"], facts["ak_name_hex"]);
        let quote = &block["quote_b64"];
        assert_eq!(quote["type"], "TPM2B_ATTEST");
        assert_eq!(quote["value"]["extraData"], facts["nonce_hex"]);
        let signature = &block["signature_b64"];
        assert_eq!(signature["type"], "TPMT_SIGNATURE");
        assert_eq!(signature["value"]["sigAlg"], "TPM_ALG_RSASSA");
    }
}

#[test]
fn shows_the_certification_in_a_block() {
    let mut response = block("ecc-main-aik-tpm2b");
    let folder = "attest/006-certify-ak-p256-by-rsa";
    let part = |name| base64(&read(&format!("{folder}/{name}")));
    let fields = attestation(&mut response);
    fields.insert("aik_certify_b64".to_owned(), part("attest2b").into());
    fields.insert("aik_certify_signature_b64".to_owned(), part("sig").into());
    let shown = print(&file("response.json", response.to_string()), &[]).json();
    let certify = &shown["tpm_attestation"]["aik_certify_b64"]["value"];
    assert_eq!(certify["type"], "TPM_ST_ATTEST_CERTIFY");
    let name = hex(&read(&format!("{folder}/certified.name")));
    assert_eq!(certify["attested"]["name"], name);
    let signature = &shown["tpm_attestation"]["aik_certify_signature_b64"];
    assert_eq!(signature["value"]["sigAlg"], "TPM_ALG_RSASSA");
}

#[test]
fn shows_that_a_response_has_no_evidence() {
    let ran = print(&block_path("not-available"), &[]);
    assert_eq!(
        (ran.status, &ran.json()["tpm_attestation"]),
        (0, &json!({"is_available": false}))
    );
    let path = file("none.json", r#"{"_metadata": {}}"#);
    let ran = print(&path, &[]);
    assert_eq!(
        (ran.status, ran.json()),
        (0, json!({"type": "response", "tpm_attestation": null}))
    );
    // JSON of another kind is not called a response.
    let path = file("other.json", r#"{"keys": []}"#);
    let ran = print(&path, &[]);
    assert_eq!((ran.status, &*ran.out), (2, ""));
}

#[test]
fn response_that_cannot_be_shown_is_named_by_key() {
    let path = block_path("rsa-main-quote-tpms");
    let ran = print(&path, &[]);
    assert_eq!((ran.status, &*ran.out), (2, ""));
    assert_eq!(
        ran.err,
        format!(
            "tpm-quote: {path}: quote_b64, decoded: not a TPM2B_ATTEST: TPM2B_ATTEST at byte 0: a size of 65364 bytes is not allowed\nnote: quote_b64 looks like a TPMS_ATTEST\n"
        )
    );
    let path = file("list.json", "{\"_metadata\":\n []}");
    let ran = print(&path, &[]);
    assert_eq!((ran.status, &*ran.out), (2, ""));
    let start = format!("tpm-quote: {path}:2:2: at byte 15: expected an object\nhelp: ");
    assert!(ran.err.starts_with(&start), "{}", ran.err);
}

fn unhex(text: &str) -> Vec<u8> {
    let digits = (0..text.len()).step_by(2);
    digits
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

/// The events as another program counts them; nothing is said to be proven.
#[test]
fn event_log_is_shown_event_by_event() {
    let path = path("boot/01-secureboot-grub/eventlog.bin");
    let value = shown(&path, "BootLog");
    let facts = read_json("boot/01-secureboot-grub/case.json");
    assert_eq!(value["banks"], facts["eventlog"]["banks"]);
    assert!(text(&value["note"]).starts_with("Nothing of this is proven without a quote"));
    let events = value["events"].as_array().unwrap();
    assert_eq!(
        events.len(),
        facts["eventlog"]["events"].as_u64().unwrap() as usize
    );
    let shim = &facts["facts"]["images_loaded"][0];
    let loaded = events
        .iter()
        .find(|event| event["pcr"] == 4 && event["claimed_type"] == shim["type"]);
    assert_eq!(loaded.unwrap()["digests"]["sha256"], shim["sha256"]);
    assert_eq!(
        (&events[0]["number"], &events[0]["is_extended"]),
        (&json!(0), &json!(false))
    );
    assert_eq!(events[0]["claimed_type"], "EV_NO_ACTION");

    // Padded, and cut.
    let whole = read("boot/01-secureboot-grub/eventlog.bin");
    let padded = file("padded.bin", [&whole[..], &[0; 9]].concat());
    assert_eq!(shown(&padded, "BootLog")["tail_bytes"], 9);
    let cut = file("cut.bin", &whole[..whole.len() - 1]);
    let ran = print(&cut, &["--type", "bootlog"]);
    assert_eq!(ran.status, 2);
    assert!(
        ran.err.contains("not a BootLog: event log at byte"),
        "{}",
        ran.err
    );
    let yaml = run(["print", &path]).out;
    assert!(
        yaml.contains("\n  - number: 48\n") || yaml.contains("\n- number: 48\n"),
        "{yaml}"
    );
}
