//! `check` on the files of tpm2-tools: verdicts, formats, warnings.

use p256::ecdsa::signature::Signer as _;
use serde_json::{Value, json};

use crate::{
    image::marshaled,
    tools::{Ran, checks, data, facts, file, folder, hex, read, run, run_in, text, without_nonce},
};

const RSA: &str = "004-main-rsa2048-rsassa-sha256";
const ECC: &str = "005-main-p256-ecdsa-sha256";
const ATTRIBUTES: &str = "The key is known by its numbers alone: its attributes are unknown, and with them whether it signs only what a TPM made.";

/// The path of a file of a case.
fn path(case: &str, name: &str) -> String {
    let path = data(&format!("cases/{case}/{name}"));
    path.into_os_string().into_string().unwrap()
}

/// `-q`: the file with the nonce of a case.
fn nonce_of(case: &str) -> String {
    format!("@{}", path(case, "nonce.bin"))
}

fn bytes(case: &str, name: &str) -> Vec<u8> {
    read(&format!("cases/{case}/{name}"))
}

/// The options for a case as tpm2-tools wrote it, without the nonce.
fn options(case: &str) -> Vec<String> {
    [
        ("-u", "ak.pub"),
        ("-m", "quote.attest"),
        ("-s", "quote.sig"),
        ("-f", "pcrs.serialized"),
    ]
    .into_iter()
    .flat_map(|(option, name)| [option.to_owned(), path(case, name)])
    .collect()
}

fn check(options: &[String], more: &[&str]) -> Ran {
    let options = options.iter().map(String::as_str);
    run(["check"]
        .into_iter()
        .chain(options)
        .chain(more.iter().copied()))
}

/// The same options, one of them with another file.
fn with(case: &str, option: &str, file: &str) -> Vec<String> {
    let mut options = options(case);
    let at = options.iter().position(|known| known == option).unwrap();
    options[at + 1] = file.to_owned();
    options
}

/// `-l` by the facts.
fn selection(case: &str) -> String {
    let facts = facts(case);
    let banks = facts["pcr_selection_list"].as_array().unwrap().iter();
    let banks = banks.filter(|bank| !bank["pcrs"].as_array().unwrap().is_empty());
    let banks = banks.map(|bank| {
        let pcrs = bank["pcrs"].as_array().unwrap().iter();
        let pcrs: Vec<String> = pcrs.map(ToString::to_string).collect();
        format!("{}:{}", text(&bank["bank"]), pcrs.join(","))
    });
    banks.collect::<Vec<_>>().join("+")
}

fn cases() -> Vec<String> {
    let folders = std::fs::read_dir(data("cases")).unwrap();
    let name = |entry: std::fs::DirEntry| entry.file_name().into_string().unwrap();
    let mut names: Vec<_> = folders.map(|entry| name(entry.unwrap())).collect();
    names.sort();
    assert_eq!(names.len(), 133);
    names
}

/// Whether a strict verifier accepts the quote; this one also wants the exponent
/// 65537.
fn is_good(case: &str) -> bool {
    let other_exponent = ["081", "082", "084"].contains(&&case[..3]);
    facts(case)["reference_policy_verdict"] == "accept" && !other_exponent
}

#[test]
fn every_case_has_its_verdict_from_its_files() {
    let mut accepted = 0;
    for case in cases() {
        let nonce = nonce_of(&case);
        let ran = check(&options(&case), &["-q", &nonce, "--format", "json"]);
        let report = ran.json();
        let facts = facts(&case);
        if is_good(&case) {
            accepted += 1;
            assert_eq!(
                (ran.status, &report["verdict"]),
                (0, &json!("verified")),
                "{case}"
            );
            assert_eq!(report["quote"]["pcrs"], facts["pcr_values"], "{case}");
            assert_eq!(report["key"]["name"], facts["ak_name_hex"], "{case}");
            assert_eq!(report["key"]["trust"], "pinned");
        } else {
            let verdict = text(&report["verdict"]);
            assert!(
                ran.status == 1 && verdict != "verified",
                "{case}: {report:#}"
            );
            assert_eq!(report["quote"], Value::Null, "{case}");
        }
    }
    assert_eq!(accepted, 96);
}

const SHA1_SIGNATURE: &str = "The key signs with SHA-1, for which collisions can be made: who chooses what is signed may have a signature of something else.";
const SHA1_NAME: &str = "The key's Name is made with SHA-1, for which collisions can be made: another key can have the same Name.";

/// As the platform crypto provider of Windows makes them.
#[test]
fn sha1_by_opt_in_alone_and_with_a_warning() {
    for (case, check_name, warning) in [
        (
            "008-ak-rsa2048-rsassa-sha1",
            "signature-scheme",
            SHA1_SIGNATURE,
        ),
        (
            "012-ak-rsa2048-rsapss-sha1",
            "signature-scheme",
            SHA1_SIGNATURE,
        ),
        (
            "024-ak-ecc521-ecdsa-sha1",
            "signature-scheme",
            SHA1_SIGNATURE,
        ),
        ("074-namealg-sha1", "key-scheme", SHA1_NAME),
    ] {
        let nonce = nonce_of(case);
        let pcrs = selection(case);
        let more = ["-q", &nonce, "-l", &pcrs, "--format", "json"];
        let ran = check(&options(case), &more);
        let report = ran.json();
        assert_eq!(ran.status, 1, "{case}: {report:#}");
        assert_eq!(report["verdict"], "rejected", "{case}");
        assert_eq!(report["check"], check_name, "{case}");
        let ran = check(&options(case), &[&more[..], &["--dangerous-sha1"]].concat());
        let report = ran.json();
        assert_eq!(ran.status, 0, "{case}: {report:#}");
        assert_eq!(report["verdict"], "verified", "{case}");
        assert_eq!(report["warnings"], json!([warning]), "{case}");
    }
    // It relaxes nothing else, and warns of nothing where there is nothing.
    let ran = check(
        &options("016-ak-rsa1024-rsassa-sha1"),
        &[
            "-q",
            &nonce_of("016-ak-rsa1024-rsassa-sha1"),
            "--dangerous-sha1",
            "--format",
            "json",
        ],
    );
    assert_eq!(
        (ran.status, &ran.json()["check"]),
        (1, &json!("key-strength"))
    );
    let pcrs = selection(RSA);
    let ran = check(
        &options(RSA),
        &[
            "-q",
            &nonce_of(RSA),
            "-l",
            &pcrs,
            "--dangerous-sha1",
            "--format",
            "json",
        ],
    );
    assert_eq!((ran.status, &ran.json()["warnings"]), (0, &json!([])));
}

/// What a public area tells is not known from PEM: 13 cases more are accepted.
#[test]
fn every_case_has_its_verdict_from_pem_and_the_file_of_values() {
    let (mut accepted, mut by_attributes) = (0, 0);
    for case in cases() {
        let list = selection(&case);
        let pem = path(&case, "ak.pem");
        // A bank that is named twice is no selection.
        let twice = ["114", "116"].contains(&&case[..3]);
        if list.is_empty() || twice || !std::path::Path::new(&pem).exists() {
            continue;
        }
        let mut options = with(&case, "-u", &pem);
        let at = options.iter().position(|known| known == "-f").unwrap();
        options[at + 1] = path(&case, "pcrs.values");
        let nonce = nonce_of(&case);
        let more = ["-q", &nonce, "-l", &list, "-F", "json"];
        let ran = check(&options, &more);
        let report = ran.json();
        let verdict = facts(&case)["reference_policy_verdict"].clone();
        let verdict = text(&verdict);
        let attributes = verdict.starts_with("reject: policy-attr-missing")
            || verdict == "reject: policy-namealg-sha1";
        if is_good(&case) || attributes {
            assert_eq!(ran.status, 0, "{case}: {report:#}");
            assert_eq!(report["key"]["trust"], "pinned-key");
            assert_eq!(report["key"]["name"], Value::Null);
            assert!(text(&report["message"]).contains("its attributes are unknown"));
            assert_eq!(report["warnings"], json!([ATTRIBUTES]));
            assert_eq!(ran.state("key-attributes"), "not-asked-for");
            accepted += usize::from(!attributes);
            by_attributes += usize::from(attributes);
        } else {
            assert_eq!(ran.status, 1, "{case}: {report:#}");
        }
    }
    assert_eq!((accepted, by_attributes), (96, 13));
}

/// The DER of an ECDSA signature of this `TPMT_SIGNATURE`.
fn der_signature(signature: &[u8]) -> Vec<u8> {
    let (r, s) = (&signature[6..38], &signature[40..]);
    let signature = p256::ecdsa::Signature::from_slice(&[r, s].concat()).unwrap();
    signature.to_der().as_bytes().to_vec()
}

fn pem_to_der(pem: &[u8]) -> Vec<u8> {
    let text = std::str::from_utf8(pem).unwrap();
    let base64: String = text.lines().filter(|line| !line.starts_with('-')).collect();
    crate::tools::unbase64(&json!(base64))
}

/// By the facts.
fn jwk(case: &str) -> String {
    let public = facts(case)["ak_public"].clone();
    let number = |name: &str| {
        let bytes = unhex(text(&public[name]));
        let base64 = crate::tools::base64(&bytes);
        base64.replace('+', "-").replace('/', "_").replace('=', "")
    };
    match text(&public["type"]) {
        "rsa" => json!({"kid": "ak", "kty": "RSA", "e": "AQAB", "n": number("modulus")}),
        _ => json!({"kty": "EC", "crv": "P-256", "x": number("x"), "y": number("y")}),
    }
    .to_string()
}

fn unhex(digits: &str) -> Vec<u8> {
    let byte = |pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.as_bytes().chunks(2).map(byte).collect()
}

fn marshaled_file(case: &str) -> String {
    let facts = facts(case);
    let values = facts["pcr_values"]["sha256"].as_object().unwrap();
    let mut pcrs: Vec<(u8, Vec<u8>)> = values
        .iter()
        .map(|(index, value)| (index.parse().unwrap(), unhex(text(value))))
        .collect();
    pcrs.sort();
    let (indices, digests): (Vec<u8>, Vec<Vec<u8>>) = pcrs.into_iter().unzip();
    file("marshaled", marshaled(&[(0x000b, indices)], &[digests]))
}

#[test]
fn every_form_of_every_file_is_told_and_said() {
    for case in [RSA, ECC] {
        let nonce = nonce_of(case);
        let list = selection(case);
        let said = |option: &str, file: &str, more: &[&str], says: &str| {
            let options = with(case, option, file);
            let ran = check(&options, &[&["-q", &nonce], more].concat());
            assert_eq!(ran.status, 0, "{says}: {ran:?}");
            let line = format!("{file}: {says}");
            assert!(
                ran.err.lines().any(|seen| seen == line),
                "{line}: {}",
                ran.err
            );
            assert!(!ran.err.contains("warning"), "{}", ran.err);
            let is_plain =
                says.contains(": PEM") || says.contains(": DER") || says.contains("JSON");
            assert_eq!(
                ran.out.matches("\nwarning: ").count(),
                usize::from(is_plain)
            );
            assert_eq!(ran.out.contains(ATTRIBUTES), is_plain);
        };
        let tpm2b = path(case, "ak.pub");
        said("-u", &tpm2b, &[], "public key: TPM2B_PUBLIC");
        let tpmt = file("tpmt", &bytes(case, "ak.pub")[2..]);
        said("-u", &tpmt, &[], "public key: TPMT_PUBLIC");
        let pem = path(case, "ak.pem");
        said("-u", &pem, &[], "public key: PEM");
        let der = file("der", pem_to_der(&bytes(case, "ak.pem")));
        said("-u", &der, &[], "public key: DER");

        let jwk = file("jwk", jwk(case));
        said("-u", &jwk, &[], "public key: JSON Web Key");

        let bare = path(case, "quote.attest");
        said("-m", &bare, &[], "message: TPMS_ATTEST");
        let sized = path(case, "quote.attest2b");
        said("-m", &sized, &[], "message: TPM2B_ATTEST");

        let tss = path(case, "quote.sig");
        said("-s", &tss, &[], "signature: TPMT_SIGNATURE");
        let signature = bytes(case, "quote.sig");
        let (plain, says) = match case {
            RSA => (signature[6..].to_vec(), "signature: plain, RSA"),
            _ => (der_signature(&signature), "signature: plain, ECDSA in DER"),
        };
        let plain = file("plain", plain);
        said("-s", &plain, &[], says);
        said("-s", &plain, &["-g", "sha256"], says);

        let three = "1 bank, 3 values";
        let serialized = path(case, "pcrs.serialized");
        let says = format!("PCR file: serialized, {three}");
        said("-f", &serialized, &[], &says);
        said("-f", &serialized, &["-F", "serialized", "-l", &list], &says);
        let values = path(case, "pcrs.values");
        let says = format!("PCR file: values, {three}");
        said("-f", &values, &["-l", &list], &says);
        said("-f", &values, &["-l", &list, "-F", "Values"], &says);
        let marshaled = marshaled_file(case);
        let says = format!("PCR file: marshaled, {three}");
        said("-f", &marshaled, &[], &says);
        said("-f", &marshaled, &["--format", "marshaled"], &says);
    }
}

#[test]
fn plain_signature_and_pem_have_scheme_and_hash_from_the_options_alone() {
    let case = "009-ak-rsa2048-rsapss-sha256";
    let plain = file("plain", &bytes(case, "quote.sig")[6..]);
    let nonce = nonce_of(case);
    let mut options = with(case, "-s", &plain);
    options[1] = path(case, "ak.pem");
    let failed = |more: &[&str]| {
        let ran = check(&options, &[&["-q", &nonce], more].concat());
        assert_eq!(ran.status, 1, "{ran:?}");
        assert_eq!(ran.check("signature"), "FAILED");
        // What nobody said is told where it may be the reason.
        let assumed = |line: &&str| line.starts_with("note: ") && line.contains("only assumed");
        let notes: Vec<_> = ran.err.lines().filter(assumed).collect();
        let json = check(&options, &[&["-q", &nonce, "-F", "json"], more].concat()).json();
        let in_report = json["notes"].as_array().unwrap().iter();
        let in_report: Vec<_> = in_report
            .filter_map(Value::as_str)
            .filter(|note| note.contains("only assumed"))
            .map(|note| format!("note: {note}"))
            .collect();
        assert_eq!(notes, in_report);
        notes.join("")
    };
    assert_eq!(
        failed(&[]),
        "note: the scheme rsassa and the hash sha256 are only assumed: neither the key nor the signature says it. If another was used, name it with --scheme and -g"
    );
    assert!(failed(&["-g", "sha256"]).starts_with("note: the scheme rsassa is only assumed"));
    assert!(failed(&["--scheme", "rsassa"]).starts_with("note: the hash sha256 is only assumed"));
    assert_eq!(failed(&["--scheme", "rsapss", "-g", "sha384"]), "");
    let ran = check(&options, &["-q", &nonce, "--scheme", "rsapss"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(ran.check("key-attributes"), "not asked for");
    // With a public area the key says it.
    options[1] = path(case, "ak.pub");
    let ran = check(&options, &["-q", &nonce, "-g", "sha384"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let note =
        "note: -g is TPM_ALG_SHA384, the key's hash is TPM_ALG_SHA256: that of the key counts";
    assert!(ran.err.lines().any(|line| line == note), "{}", ran.err);
    // A signature that says how it was made, and a hash that it is not.
    let options = with(RSA, "-u", &path(RSA, "ak.pem"));
    let nonce = nonce_of(RSA);
    assert_eq!(check(&options, &["-q", &nonce, "-g", "0x000b"]).status, 0);
    let ran = check(&options, &["-q", &nonce, "-g", "sha384"]);
    assert_eq!((ran.status, ran.check("signature-scheme")), (1, "FAILED"));
}

/// One plain RSA signature of 256 does, as DER.
#[test]
fn plain_rsa_signature_may_begin_with_any_byte() {
    for first in 0..=u8::MAX {
        let mut signature = bytes(RSA, "quote.sig")[6..].to_vec();
        signature[0] = first;
        let mut options = with(RSA, "-s", &file("plain", &signature));
        options[1] = path(RSA, "ak.pem");
        let ran = check(&options, &["-q", &nonce_of(RSA), "--verbose"]);
        let is_changed = signature[..] != bytes(RSA, "quote.sig")[6..];
        let expected = if is_changed { "FAILED" } else { "ok" };
        assert_eq!(ran.check("signature"), expected, "{first:#04x}: {ran:?}");
    }
}

#[test]
fn nonce_has_to_be_that_of_the_quote() {
    let nonce = hex(&bytes(RSA, "nonce.bin"));
    let ran = check(&options(RSA), &["-q", &nonce.to_uppercase()]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let ran = check(&options(RSA), &["-q", &nonce[2..]]);
    assert_eq!((ran.status, ran.check("nonce")), (1, "FAILED"));
    let ran = check(&options(RSA), &[]);
    assert_eq!((ran.status, ran.check("nonce")), (1, "FAILED"));
    assert!(
        ran.out
            .contains("help: Give the nonce of your request with -q"),
        "{}",
        ran.out
    );
    let report = check(&options(RSA), &["-F", "json"]).json();
    assert!(text(&report["help"]).starts_with("Give the nonce of your request with -q"));
}

/// The sender, who was told the fresh nonce, put a file of that name beside the evidence,
/// with the nonce of an old quote. (corpus/reports/r01)
#[test]
fn o1_file_named_like_the_nonce_does_not_shadow_it() {
    let folder = folder("shadow");
    let old = bytes(RSA, "nonce.bin");
    let fresh = "00112233445566778899aabbccddeeff";
    std::fs::write(folder.join(fresh), &old).unwrap();
    std::fs::write(folder.join("nonce"), &old).unwrap();
    let check = |nonce: &str| {
        let options = options(RSA);
        let options = options.iter().map(String::as_str);
        run_in(
            &folder,
            ["check"].into_iter().chain(options).chain(["-q", nonce]),
        )
    };
    let ran = check(fresh);
    assert_eq!((ran.status, ran.check("nonce")), (1, "FAILED"), "{ran:?}");
    // A file only counts where it is named as one.
    let ran = check(&format!("@{fresh}"));
    assert_eq!(ran.status, 0, "{ran:?}");
    let said = format!("{fresh}: nonce, {} bytes", old.len());
    assert!(ran.err.contains(&said), "{ran:?}");
    let ran = check("nonce");
    assert_eq!((ran.status, &*ran.out), (2, ""), "{ran:?}");
    assert!(ran.err.contains("write @ in front of it"), "{ran:?}");
}

/// As with tpm2_checkquote, which asks for an empty nonce then.
#[test]
fn o2_quote_without_a_nonce_passes_with_a_warning_and_is_not_learned_from() {
    let [spki, attest, signature] = without_nonce(&bytes(ECC, "quote.attest"));
    let options: Vec<String> = [
        ("-u", file("key.der", spki)),
        ("-m", file("message", attest)),
        ("-s", file("signature", signature)),
        ("-f", path(ECC, "pcrs.serialized")),
    ]
    .into_iter()
    .flat_map(|(option, file)| [option.to_owned(), file])
    .collect();
    let ran = check(&options, &[]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(ran.check("nonce"), "not asked for");
    let no_nonce =
        "Freshness was not checked: the attestation has no nonce, and may be an old one.";
    assert!(
        ran.out
            .ends_with(&format!("\nwarning: {ATTRIBUTES}\nwarning: {no_nonce}\n")),
        "{}",
        ran.out
    );

    let ran = check(&options, &["-F", "json"]);
    let warned = format!("warning: {ATTRIBUTES}\nwarning: {no_nonce}\n");
    assert!(ran.err.ends_with(&warned), "{}", ran.err);
    let facts = facts(ECC);
    let clock = &facts["clock_info"];
    let expected = json!({
        "version": 1,
        "source": options[3],
        "verdict": "verified",
        "check": null,
        "problem": null,
        "message": "the quote passed every check. The key is known by its numbers alone: its attributes are unknown, and with them whether it signs only what a TPM made. Freshness was not checked: the attestation has no nonce, and may be an old one",
        "help": null,
        "place": null,
        "field": null,
        "notes": [],
        "key": {
            "name": null,
            "algorithm": "ecc-p256",
            "scheme": "ecdsa-sha256",
            "trust": "pinned-key",
        },
        "quote": {
            "nonce": "",
            "pcrs": facts["pcr_values"],
            "pcr_digest": facts["pcr_digest_hex"],
            "clock": {
                "clock": clock["clock"].to_string(),
                "reset_count": clock["reset_count"],
                "restart_count": clock["restart_count"],
                "safe": clock["safe"],
            },
            "firmware_version": facts["firmware_version"],
            "obfuscated": null,
        },
        "baseline": null,
        "boot": null,
        "ima": null,
        "attest": null,
        "checks": checks("input ok, key-type ok, key-attributes not-asked-for, key-strength ok,
            key-scheme ok, key-anchor ok, signature-scheme ok, signature ok, magic ok, type ok,
            nonce not-asked-for, signer ok, selection ok, pcr-values ok, pcr-digest ok,
            baseline not-asked-for, clock not-asked-for, boot-log not-asked-for, ima not-asked-for"),
        "warnings": [ATTRIBUTES, no_nonce],
    });
    assert_eq!((ran.status, ran.json()), (0, expected));
    let ran = run(["baseline", "--report", &file("report.json", ran.out)]);
    assert_eq!((ran.status, &*ran.out), (2, ""), "{ran:?}");

    // Asked for one, it has none.
    let ran = check(&options, &["-q", "00"]);
    assert_eq!((ran.status, ran.check("nonce")), (1, "FAILED"));
    assert!(!ran.err.contains("warning") && !ran.out.contains("warning"));
}

#[test]
fn what_software_can_set_is_warned_of_unless_it_is_named() {
    for (case, warning) in [
        (
            "110-sel-keylime-0-10-16",
            "Software can reset PCRs 16 to 23, and the quote covers some of them: require by number what you rely on.",
        ),
        (
            "092-sel-sha1",
            "The quote covers PCRs of the SHA-1 bank, for which collisions can be made: require by name what you rely on.",
        ),
    ] {
        let nonce = nonce_of(case);
        let ran = check(&options(case), &["-q", &nonce]);
        assert_eq!(ran.status, 0, "{ran:?}");
        let line = format!("warning: {warning}");
        assert!(ran.out.lines().any(|it| it == line), "{}", ran.out);
        let ran = check(&options(case), &["-q", &nonce, "-F", "json"]);
        assert_eq!(ran.json()["warnings"], json!([warning]));
        assert!(ran.err.lines().any(|it| it == line), "{}", ran.err);
        let list = selection(case);
        let named = ["-q", &nonce, "-l", &list];
        let ran = check(&options(case), &named);
        assert_eq!(ran.status, 0, "{ran:?}");
        assert!(!ran.err.contains("warning") && !ran.out.contains("warning"));
        let ran = check(&options(case), &[&named[..], &["-F", "json"]].concat());
        assert_eq!(ran.json()["warnings"], json!([]));
        assert!(!ran.err.contains("warning"), "{}", ran.err);
    }
}

#[test]
fn quote_without_values_is_not_accepted_however_good_it_is() {
    for list in [&[][..], &["-l", "sha256:0,7,10"]] {
        let nonce = nonce_of(RSA);
        let ran = check(
            &options(RSA)[..6],
            &[&["-q", &nonce, "--verbose"], list].concat(),
        );
        assert_eq!(ran.status, 1, "{ran:?}");
        for passed in ["signature", "magic", "type", "nonce", "signer"] {
            assert_eq!(ran.check(passed), "ok");
        }
        assert_eq!(ran.check("selection"), "FAILED");
        let help =
            "help: Give the PCR values with -f: without them nothing is known of the machine.";
        assert!(ran.out.contains(help), "{}", ran.out);
    }
}

/// CVE-2024-29038, CVE-2024-29039 and their like.
#[test]
fn signed_bytes_that_are_no_quote_and_values_under_another_name_are_refused() {
    let key = p256::ecdsa::SigningKey::from_slice(&[0x42; 32]).unwrap();
    let point = key.verifying_key().to_sec1_point(false);
    let mut spki = pem_to_der(&bytes(ECC, "ak.pem"));
    let end = spki.len() - 65;
    spki.splice(end.., point.as_bytes().iter().copied());
    let spki = file("key.der", spki);
    let nonce = nonce_of(ECC);
    let attest = bytes(ECC, "quote.attest");
    for (at, failed) in [(0, "magic"), (5, "type")] {
        let mut attest = attest.clone();
        attest[at] ^= 1;
        let signature: p256::ecdsa::Signature = key.sign(&attest);
        let signature = file("signature", signature.to_der().as_bytes());
        let message = file("message", attest);
        let pcrs = path(ECC, "pcrs.serialized");
        let ran = run([
            "check",
            "-u",
            &spki,
            "-m",
            &message,
            "-s",
            &signature,
            "-f",
            &pcrs,
            "-q",
            &nonce,
            "--verbose",
        ]);
        assert_eq!((ran.status, ran.check(failed)), (1, "FAILED"), "{ran:?}");
        assert_eq!(ran.check("signature"), "ok");
    }
    // PCR 8 instead of PCR 7, in the selection of the file alone.
    let mut pcrs = bytes(ECC, "pcrs.serialized");
    assert_eq!(pcrs[7..9], [0x81, 0x04]);
    pcrs[7..9].copy_from_slice(&[0x01, 0x05]);
    let pcrs = file("pcrs", pcrs);
    let ran = check(&with(ECC, "-f", &pcrs), &["-q", &nonce]);
    assert_eq!(
        (ran.status, ran.check("selection")),
        (1, "FAILED"),
        "{ran:?}"
    );
}

#[test]
fn file_that_cannot_be_read_is_named_with_the_byte_and_reported() {
    let nonce = nonce_of(RSA);
    let cut = |name: &str, len: usize| file(name, &bytes(RSA, name)[..len]);
    let image = bytes(RSA, "pcrs.serialized");
    let mut longer = bytes(RSA, "ak.pub");
    longer.push(0);
    let mut pem = bytes(RSA, "ak.pem");
    pem[30] = b'!';
    let mut pcrs = image.clone();
    pcrs[140..142].copy_from_slice(&[20, 0]);
    for (option, bad, says) in [
        (
            "-f",
            cut("pcrs.serialized", 600),
            "PCR file.digests.count at byte 136: input ends 68 bytes too early",
        ),
        (
            "-f",
            file("pcrs", pcrs),
            "PCR file at byte 142: the value of sha256:0 has 20 bytes, expected 32",
        ),
        (
            "-u",
            file("longer", longer),
            "attestation key: TPM2B_PUBLIC at byte 282: 1 byte left over at the end",
        ),
        (
            "-u",
            file("pem", pem),
            "public key at byte 30: expected base64 (standard alphabet, padded at its end alone)",
        ),
        (
            "-u",
            file("jwk", r#"{"kty": "RSA", "e": "AQAB"}"#),
            "n: missing",
        ),
        (
            "-s",
            cut("quote.sig", 100),
            "signature: TPMS_SIGNATURE_RSA.sig at byte 6: input ends 162 bytes too early",
        ),
    ] {
        let options = with(RSA, option, &bad);
        let ran = check(&options, &["-q", &nonce, "-F", "json"]);
        assert_eq!(ran.status, 2, "{ran:?}");
        let report = ran.json();
        let message = text(&report["message"]);
        assert!(message.starts_with(says), "{message}");
        assert_eq!(report["verdict"], "malformed");
        let start = format!("tpm-quote: {bad}: ");
        assert!(
            ran.err.lines().any(|line| line.starts_with(&start)),
            "{}",
            ran.err
        );
    }
}

#[test]
fn wrong_usage_prints_no_report() {
    let nonce = nonce_of(RSA);
    let missing = with(RSA, "-f", "/nonexistent/file");
    let values = with(RSA, "-f", &path(RSA, "pcrs.values"));
    let good = options(RSA);
    for (options, more, says) in [
        (&good[2..], &[][..], "--public <FILE>"),
        (&good[..2], &[], "--message <FILE>"),
        (&missing[..], &[], "/nonexistent/file: cannot be read: "),
        (
            &good[..],
            &["-F", "values"],
            "does not say what they are values of: give -l",
        ),
        (
            &good[..],
            &["-F", "json", "-F", "text"],
            "more than one format of the report",
        ),
        (
            &good[..],
            &["-F", "serialized", "--format", "marshaled"],
            "more than one format of the PCR file",
        ),
        (
            &good[..],
            &["-F", "yaml"],
            "serialized, values, marshaled, text, json",
        ),
        (
            &good[..],
            &["-l", "sha256:24"],
            "at character 8: expected a PCR from 0 to 23",
        ),
        (
            &good[..],
            &["-l", "sha256:0,7"],
            "selects sha256:0,7,10, and -l sha256:0,7",
        ),
        (&good[..], &["-g", "sha257"], "expected a hash by name"),
        (&good[..], &["--scheme", "ecdsa"], "rsassa, rsapss"),
        (&values[..], &[], "A file of values needs -l"),
        (
            &good[..],
            &["--event-log", "x"],
            "unexpected argument '--event-log'",
        ),
    ] {
        let ran = check(options, &[&["-q", &nonce], more].concat());
        assert_eq!((ran.status, &*ran.out), (2, ""), "{more:?}: {}", ran.err);
        assert!(ran.err.contains(says), "{more:?}: {}", ran.err);
    }
    for (given, says) in [
        ("", "-q: a nonce of 0 bytes, expected 1 to 66"),
        ("0x00", "'x', character 2, is not a hexadecimal digit"),
        ("000", "3 hexadecimal digits, expected two per byte"),
        (
            "@/nonexistent/file",
            "-q: /nonexistent/file: cannot be read",
        ),
        ("@", "-q: : cannot be read"),
        (
            &*path(RSA, "nonce.bin"),
            "-q: not hexadecimal: '/', character 1, ",
        ),
        ("/nonexistent/file", "write @ in front of it"),
    ] {
        let ran = check(&good, &["-q", given]);
        assert_eq!((ran.status, &*ran.out), (2, ""), "{given}: {}", ran.err);
        assert!(ran.err.contains(says), "{given}: {}", ran.err);
    }
}

#[test]
fn long_names_are_those_of_tpm2_checkquote() {
    let path = |name| path(RSA, name);
    let ran = run([
        "check",
        "--public",
        &path("ak.pub"),
        "--message",
        &path("quote.attest"),
        "--signature",
        &path("quote.sig"),
        "--pcr",
        &path("pcrs.values"),
        "--pcr-list",
        "0x000b:10,0,7",
        "--format",
        "values",
        "--qualification",
        &nonce_of(RSA),
        "--hash-algorithm",
        "sha256",
    ]);
    assert_eq!(ran.status, 0, "{ran:?}");
}

#[test]
fn counters_of_an_owner_hierarchy_key_are_labelled_as_obfuscated() {
    for (case, known, label) in [
        ("044-primary-endorsement-rsa", json!(false), ""),
        ("048-primary-platform-rsa", json!(false), ""),
        (
            "046-primary-owner-rsa",
            json!(true),
            " (obfuscated by the TPM)",
        ),
        (
            "050-primary-null-rsa",
            json!(true),
            " (obfuscated by the TPM)",
        ),
        // Whose child it is, nobody said.
        ("052-child-of-srk-rsa", json!(null), " (may be obfuscated)"),
    ] {
        let nonce = nonce_of(case);
        let ran = check(&options(case), &["-q", &nonce, "-F", "json"]);
        assert_eq!(ran.json()["quote"]["obfuscated"], known, "{case}: {ran:?}");
        let clock = &facts(case)["clock_info"];
        let (resets, restarts) = (&clock["reset_count"], &clock["restart_count"]);
        let counters = format!("  counters          {resets} resets, {restarts} restarts{label}\n");
        let version = &facts(case)["firmware_version"];
        let version = format!("  firmware version  {}{label}\n", version.as_str().unwrap());
        let ran = check(&options(case), &["-q", &nonce]);
        for line in [counters, version] {
            assert!(
                ran.out.contains(&line),
                "{case}: no {line:?} in {}",
                ran.out
            );
        }
    }
}
