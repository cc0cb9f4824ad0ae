//! Whole JSON reports, to the letter: what programs rely on.

use serde_json::{Value, json};

use crate::{
    schema,
    tools::{SELF_ASSERTED, block_path, checks, data, file, run},
};

const RSA: &str = "rsa-main-aik-tpm2b";
const ID: &str = "22c4a258-d445-5bdd-885d-40980abcee2d";
const NAME: &str = "000b4611c66b0daff40ebbe980b0c5ee42463e495debd13536864ab51a47916248e0";
/// The values of the quote, by the facts about it.
const PCR_0: &str = "2cf0398a94e1b9500018151bd1db16ee3edc76f59437f5e3cb76c7fe410fcc54";
const PCR_7: &str = "908f1a664443cabed84018c323ab1251f14881f3cc5be05278603a3faa58fbfb";
const PCR_10: &str = "aaf32dd551fb8c73c24beaff806d383560260142fdfcd8ab28e8d0ba6684cd4c";

fn key(trust: &str) -> Value {
    json!({"name": NAME, "algorithm": "rsa-2048", "scheme": "rsassa-sha256", "trust": trust})
}

#[test]
fn of_a_verified_response() {
    let path = block_path(RSA);
    let ran = run(["verify", &path, "--payload-id", ID, "--format", "json"]);
    let expected = json!({
        "version": 1,
        "source": path,
        "verdict": "verified-self-asserted",
        "check": null,
        "problem": null,
        "message": "the quote passed every check. The key is self-asserted: the evidence is consistent, but nothing shows that a TPM made it. Anyone can make such a key in software",
        "help": null,
        "place": null,
        "field": null,
        "notes": [],
        "key": key("self-asserted"),
        "quote": {
            "nonce": "ab0d726c16d95c5dd55f5b12f7eff781",
            "pcrs": {"sha256": {"0": PCR_0, "7": PCR_7, "10": PCR_10}},
            "pcr_digest": "26bbe03d77eb76fe7032737ed9a4c6536d82642bf4287c4b9860d82f0a69d288",
            "clock": {"clock": "791", "reset_count": 2, "restart_count": 0, "safe": true},
            "firmware_version": "2019102300163636",
            "obfuscated": null,
        },
        "baseline": null,
        "boot": null,
        "ima": null,
        "checks": checks("input ok, tier ok, key-type ok, key-attributes ok, key-strength ok,
            key-scheme ok, key-anchor not-asked-for, signature-scheme ok, signature ok, magic ok,
            type ok, nonce ok, signer ok, selection ok, pcr-values ok, pcr-digest ok,
            baseline not-asked-for, clock not-asked-for, boot-log not-asked-for, ima not-asked-for"),
        "warnings": [SELF_ASSERTED],
    });
    assert_eq!((ran.status, ran.json()), (0, expected));
}

#[test]
fn of_a_rejected_response() {
    let (ones, threes) = ("11".repeat(32), "33".repeat(48));
    let baseline = json!({"sha384": {"0": threes}, "sha256": {"7": [ones], "10": PCR_10}});
    let baseline = file("baseline.json", baseline.to_string());
    let path = block_path(RSA);
    let ran = run([
        "verify",
        &path,
        "--payload-id",
        ID,
        "--ak-name",
        NAME,
        "--baseline",
        &baseline,
        "--format",
        "json",
    ]);
    let expected = json!({
        "version": 1,
        "source": path,
        "verdict": "rejected",
        "check": "baseline",
        "problem": "baseline-mismatch",
        "message": format!("2 PCRs differ from the baseline; the first, sha384:0, is not covered by the quote, expected {threes}"),
        "help": "The machine runs something other than what is known to be good, or the baseline is out of date.",
        "place": {"source": path, "line": null, "column": null, "offset": null},
        "field": null,
        "notes": [],
        "key": key("pinned"),
        "quote": null,
        "baseline": {"matched": 1, "mismatched": [
            {"bank": "sha384", "index": 0, "expected": [threes], "actual": null},
            {"bank": "sha256", "index": 7, "expected": [ones], "actual": PCR_7},
        ]},
        "boot": null,
        "ima": null,
        "checks": checks("input ok, tier ok, key-type ok, key-attributes ok, key-strength ok,
            key-scheme ok, key-anchor ok, signature-scheme ok, signature ok, magic ok, type ok,
            nonce ok, signer ok, selection ok, pcr-values ok, pcr-digest ok, baseline failed,
            clock not-asked-for, boot-log not-asked-for, ima not-asked-for"),
        "warnings": [],
    });
    assert_eq!((ran.status, ran.json()), (1, expected));
}

#[test]
fn of_a_malformed_response() {
    let path = block_path("rsa-main-quote-tpms");
    let ran = run(["verify", &path, "--payload-id", ID, "--format", "json"]);
    let expected = json!({
        "version": 1,
        "source": path,
        "verdict": "malformed",
        "check": "input",
        "problem": "structure-malformed",
        "message": "attestation: TPM2B_ATTEST at byte 0: a size of 65364 bytes is not allowed",
        "help": "The input was cut, changed on its way, or written in another form than expected.",
        "place": {"source": path, "line": null, "column": null, "offset": 0},
        "field": "quote_b64",
        "notes": [
            "bytes are counted from the start of quote_b64, decoded",
            "quote_b64 looks like a TPMS_ATTEST",
        ],
        "key": key("self-asserted"),
        "quote": null,
        "baseline": null,
        "boot": null,
        "ima": null,
        "checks": checks("input failed, tier ok, key-type ok, key-attributes ok, key-strength ok,
            key-scheme ok, key-anchor not-asked-for, signature-scheme not-reached,
            signature not-reached, magic not-reached, type not-reached, nonce not-reached,
            signer not-reached, selection not-reached, pcr-values not-reached,
            pcr-digest not-reached, baseline not-asked-for, clock not-asked-for,
            boot-log not-asked-for, ima not-asked-for"),
        "warnings": [],
    });
    assert_eq!((ran.status, ran.json()), (2, expected));
}

#[test]
fn of_another_attestation() {
    let part = |name: &str| {
        let path = data(&format!("attest/022-nvcertify-plain-16-8-by-rsa/{name}"));
        path.into_os_string().into_string().unwrap()
    };
    let source = part("attest");
    let ran = run([
        "attest",
        "--kind",
        "nv",
        "-u",
        &part("ak.pub"),
        "-m",
        &source,
        "-s",
        &part("sig"),
        "--nonce",
        "298afade89f0d5b87c30b93805f1e77d",
        "--nv-public",
        &part("nv.public"),
        "--format",
        "json",
    ]);
    let expected = json!({
        "version": 1,
        "source": source,
        "verdict": "verified",
        "check": null,
        "problem": null,
        "message": "the attestation passed every check",
        "help": null,
        "place": null,
        "field": null,
        "notes": [],
        "key": key("pinned"),
        "quote": null,
        "baseline": null,
        "boot": null,
        "ima": null,
        "attest": {
            "type": "TPM_ST_ATTEST_NV",
            "nonce": "298afade89f0d5b87c30b93805f1e77d",
            "qualified_signer": "000be0d483a7d26c74274b41aee58ade36f5f00ffbba2c84cd2c78fe9a94aa99535f",
            "hierarchy": null,
            "clock": {"clock": "43057", "reset_count": 2, "restart_count": 0, "safe": true},
            "firmware_version": "2019102300163636",
            "obfuscated": null,
            "attested": {
                "index_name": "000baa3f3602613cccba8575c74e56b37852c126c2b669dee795c180fbf343cfd2e1",
                "offset": 8,
                "nv_contents": "08090a0b0c0d0e0f1011121314151617",
            },
        },
        "checks": checks("input ok, key-type ok, key-attributes ok, key-strength ok,
            key-scheme ok, key-anchor ok, signature-scheme ok, signature ok, magic ok,
            type ok, nonce ok, signer ok, object ok, contents not-asked-for, clock not-asked-for"),
        "warnings": [],
    });
    assert_eq!((ran.status, ran.json()), (0, expected));
}

/// Each value of a report, by its place.
fn places(value: &Value, place: &str, to: &mut Vec<String>) {
    let members: Vec<(String, &Value)> = match value {
        Value::Object(members) => members.iter().map(|(key, v)| (key.clone(), v)).collect(),
        Value::Array(elements) => (0..)
            .zip(elements)
            .map(|(n, v): (u8, _)| (n.to_string(), v))
            .collect(),
        _ => Vec::new(),
    };
    for (key, value) in members {
        let place = format!("{place}/{key}");
        places(value, &place, to);
        to.push(place);
    }
}

#[test]
fn schema_refuses_what_is_no_report() {
    let path = block_path(RSA);
    let good = file(
        "good.json",
        json!({"sha256": {"0": PCR_0, "7": PCR_10}}).to_string(),
    );
    let wrong = run([
        "verify",
        &path,
        "--payload-id",
        ID,
        "--baseline",
        &good,
        "--format",
        "json",
    ]);
    let part = |name: &str| {
        let path = data(&format!("attest/022-nvcertify-plain-16-8-by-rsa/{name}"));
        path.into_os_string().into_string().unwrap()
    };
    let (key, message, signature) = (part("ak.pub"), part("attest"), part("sig"));
    let nv = run([
        "attest",
        "--kind",
        "nv",
        "-u",
        &key,
        "-m",
        &message,
        "-s",
        &signature,
        "--dangerous-no-nonce",
        "--nv-public",
        &part("nv.public"),
        "--format",
        "json",
    ]);
    let right = run(["verify", &path, "--payload-id", ID, "--format", "json"]);
    for report in [wrong.json(), nv.json(), right.json()] {
        let found = schema::reports(&report.to_string());
        assert_eq!(found, std::slice::from_ref(&report));
        assert_eq!(schema::faults(&report), Vec::<String>::new());
        let mut all = Vec::new();
        places(&report, "", &mut all);
        assert!(all.len() > 40, "{all:?}");
        for place in all {
            let mut other = report.clone();
            *other.pointer_mut(&place).unwrap() = json!([[[]]]);
            assert_ne!(schema::faults(&other), Vec::<String>::new(), "{place}");
        }
        for key in report
            .as_object()
            .unwrap()
            .keys()
            .filter(|key| *key != "attest")
        {
            let mut other = report.clone();
            other.as_object_mut().unwrap().remove(key);
            assert_ne!(
                schema::faults(&other),
                Vec::<String>::new(),
                "without {key}"
            );
        }
        for (key, value) in [
            ("verdict", "good"),
            ("version", "1"),
            ("verdicts", "verified"),
        ] {
            let mut other = report.clone();
            other[key] = value.into();
            assert_ne!(schema::faults(&other), Vec::<String>::new(), "{key}");
        }
    }
}
