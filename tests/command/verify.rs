//! `verify` on evidence that can be read: verdicts, reports, exit statuses.

use serde_json::{Value, json};

use crate::tools::{
    KEYS, SELF_ASSERTED, attestation, block, block_path, command, facts, facts_of_block, file,
    keys, response, run, run_on, start, state, text,
};

const RSA: &str = "rsa-main-aik-tpm2b";
const ECC: &str = "ecc-main-aik-tpm2b";
const VERIFIED: &str = "verified, but nothing vouches for the key (self-asserted)";

/// The id that the client of this block had chosen, by the facts.
fn payload_id(name: &str) -> String {
    text(&facts_of_block(name)["payload_id"]).to_owned()
}

fn verify_json(file: &str, more: &[&str]) -> crate::tools::Ran {
    run([&["verify", file, "--format", "json"], more].concat())
}

/// Whether counters are obfuscated: known of a primary key, whose parent is a hierarchy.
fn obfuscated(facts: &Value) -> Value {
    match text(&facts["parent_qualified_name_hex"]) {
        "4000000b" | "4000000c" => json!(false),
        "40000001" | "40000007" => json!(true),
        _ => Value::Null,
    }
}

/// The report on a quote that was verified, key by key, against the facts.
#[track_caller]
fn assert_verified(report: &Value, facts: &Value) {
    assert_eq!(keys(report), KEYS);
    assert_eq!(report["version"], 1);
    assert_eq!(report["verdict"], "verified-self-asserted", "{report:#}");
    assert_eq!(report["check"], Value::Null);
    assert_eq!(report["problem"], Value::Null);
    assert_eq!(report["warnings"], json!([SELF_ASSERTED]));
    assert_eq!(report["help"], Value::Null);
    assert_eq!(report["baseline"], Value::Null);
    assert_eq!(report["key"], key(facts, "self-asserted"));
    assert!(
        SELF_ASSERTED
            .strip_suffix('.')
            .is_some_and(|it| text(&report["message"]).ends_with(it))
    );
    for check in report["checks"].as_array().unwrap() {
        let is_optional =
            ["key-anchor", "baseline", "clock", "boot-log", "ima"].contains(&text(&check["name"]));
        let expected = if is_optional { "not-asked-for" } else { "ok" };
        assert_eq!(check["state"], expected, "{check}");
    }
    let clock = &facts["clock_info"];
    let expected = json!({
        "nonce": facts["nonce_hex"],
        "pcrs": facts["pcr_values"],
        "pcr_digest": facts["pcr_digest_hex"],
        "clock": {
            "clock": clock["clock"].to_string(),
            "reset_count": clock["reset_count"],
            "restart_count": clock["restart_count"],
            "safe": clock["safe"],
        },
        "firmware_version": facts["firmware_version"],
        "obfuscated": obfuscated(facts),
    });
    assert_eq!(report["quote"], expected);
    assert_eq!(keys(&report["quote"]), keys(&expected));
    let signed = facts["pcr_selection_list"].as_array().unwrap().iter();
    let signed: Vec<&str> = signed.map(|bank| text(&bank["bank"])).collect();
    assert_eq!(keys(&report["quote"]["pcrs"]), signed, "banks as signed");
}

fn key(facts: &Value, trust: &str) -> Value {
    let public = &facts["ak_public"];
    let algorithm = match text(&public["type"]) {
        "rsa" => format!("rsa-{}", public["keyBits"]),
        _ => format!("ecc-{}", text(&public["curve"])),
    };
    json!({
        "name": facts["ak_name_hex"],
        "algorithm": algorithm,
        "scheme": format!("{}-{}", text(&facts["scheme"]), text(&facts["hash"])),
        "trust": trust,
    })
}

/// The report on evidence that was not accepted.
#[track_caller]
fn assert_rejected(report: &Value, check: &str, problem: &str, message: &str) {
    assert_eq!(keys(report), KEYS);
    assert_eq!(report["problem"], problem);
    assert_eq!(report["warnings"], json!([]));
    assert_eq!(state(report, check), "failed");
    let found = (&report["verdict"], &report["check"], &report["message"]);
    assert_eq!(found, (&json!("rejected"), &json!(check), &json!(message)));
    assert_ne!(text(&report["help"]), "");
    assert_eq!(report["quote"], Value::Null);
}

#[test]
fn verifies_the_documented_blocks_and_reports_what_the_facts_say() {
    for name in [RSA, ECC, "rsapss"] {
        let ran = verify_json(&block_path(name), &["--payload-id", &payload_id(name)]);
        assert_eq!((ran.status, &*ran.err), (0, ""), "{name}");
        assert_verified(&ran.json(), &facts_of_block(name));
    }
}

#[test]
fn verifies_a_block_whose_case_is_not_here_against_the_block_itself() {
    let response = block("payload-0");
    let id = text(&response["_metadata"]["payload_id"]);
    let ran = verify_json(&block_path("payload-0"), &["--payload-id", id]);
    let report = ran.json();
    let verdict = json!("verified-self-asserted");
    assert_eq!((ran.status, &report["verdict"]), (0, &verdict));
    let claimed = &response["_metadata"]["tpm_attestation"]["pcr_values"];
    assert_eq!(&report["quote"]["pcrs"], claimed);
}

#[test]
fn takes_the_nonce_itself_in_either_case() {
    let nonce = text(&facts_of_block(RSA)["nonce_hex"]).to_uppercase();
    let ran = verify_json(&block_path(RSA), &["--nonce", &nonce]);
    assert_eq!(ran.status, 0);
    assert_verified(&ran.json(), &facts_of_block(RSA));
}

#[test]
fn clock_above_two_to_the_53_stays_exact() {
    let case = "166-clock-setclock-max-rsa-ek-child";
    let facts = facts(case);
    let clock = facts["clock_info"]["clock"].as_u64().unwrap();
    assert!(clock > 1 << 53, "the case is about a large clock");
    let nonce = text(&facts["nonce_hex"]);
    let path = file("clock.json", response(case).to_string());
    let ran = verify_json(&path, &["--nonce", nonce]);
    assert_eq!(ran.status, 0);
    assert_verified(&ran.json(), &facts);
    assert!(ran.out.contains(&format!("\"clock\": \"{clock}\",")));
}

#[test]
fn takes_the_response_its_metadata_or_the_block_from_a_file_or_standard_input() {
    let id = payload_id(RSA);
    let response = block(RSA);
    let metadata = &response["_metadata"];
    for (form, value) in [
        ("response", &response),
        ("_metadata", metadata),
        ("tpm_attestation block", &metadata["tpm_attestation"]),
    ] {
        let value = value.to_string();
        let path = file("form.json", &value);
        let ran = run(["verify", &path, "--payload-id", &id]);
        assert_eq!(ran.status, 0, "{form}: {ran:?}");
        let first = ran.out.lines().next().unwrap();
        assert_eq!(first, format!("{VERIFIED}: {path} ({form})"));
        for args in [
            &["verify", "-", "--payload-id", &id][..],
            &["verify", "--payload-id", &id],
        ] {
            let source = run_on([args, &["--format", "json"]].concat(), value.as_bytes()).json();
            assert_eq!(source["source"], "-");
            let ran = run_on(args, value.as_bytes());
            assert_eq!(ran.status, 0, "{form}: {ran:?}");
            let first = ran.out.lines().next().unwrap();
            assert_eq!(first, format!("{VERIFIED}: standard input ({form})"));
        }
    }
}

#[test]
fn reads_a_response_of_many_megabytes() {
    let mut response = block(RSA);
    response["choices"] = vec!["x".repeat(1 << 20); 6].into();
    let args = ["verify", "--payload-id", &payload_id(RSA)];
    let ran = run_on(args, response.to_string().as_bytes());
    assert_eq!((ran.status, &*ran.err), (0, ""));
}

#[test]
fn text_report_has_verdict_checks_values_and_what_the_key_is_worth() {
    let facts = facts_of_block(RSA);
    let path = block_path(RSA);
    let ran = run([
        "verify",
        &path,
        "--verbose",
        "--payload-id",
        &payload_id(RSA),
    ]);
    assert_eq!((ran.status, &*ran.err), (0, ""));
    assert!(
        ran.out
            .starts_with(&format!("{VERIFIED}: {path} (response)\n"))
    );
    for check in [
        "input",
        "tier",
        "key-type",
        "key-attributes",
        "key-attributes",
        "key-strength",
        "key-scheme",
        "signature-scheme",
        "signature",
        "magic",
        "type",
        "nonce",
        "signer",
        "selection",
        "pcr-values",
        "pcr-digest",
    ] {
        assert_eq!(ran.check(check), "ok", "{check}");
    }
    assert_eq!(ran.check("key-anchor"), "not asked for");
    assert_eq!(ran.check("baseline"), "not asked for");
    for (index, value) in facts["pcr_values"]["sha256"].as_object().unwrap() {
        assert_eq!(ran.check(&format!("sha256:{index}")), text(value));
    }
    assert_eq!(ran.check("name"), text(&facts["ak_name_hex"]));
    assert!(ran.out.contains("rsa-2048, rsassa-sha256, self-asserted"));
    assert!(ran.out.ends_with(&format!("\nwarning: {SELF_ASSERTED}\n")));
}

#[test]
fn nonce_of_another_payload_id_is_rejected_with_both_nonces() {
    let other = facts_of_block(ECC);
    let found = facts_of_block(RSA);
    let message = format!(
        "the nonce is {}, expected {}",
        text(&found["nonce_hex"]),
        text(&other["nonce_hex"])
    );
    let path = block_path(RSA);
    let id = text(&other["payload_id"]);
    let ran = verify_json(&path, &["--payload-id", id]);
    assert_eq!(ran.status, 1);
    assert_rejected(&ran.json(), "nonce", "nonce", &message);
    assert_eq!(ran.json()["key"], key(&found, "self-asserted"));

    let ran = run(["verify", &path, "--payload-id", id, "--verbose"]);
    assert_eq!(ran.status, 1);
    assert!(
        ran.out
            .starts_with(&format!("rejected: {path} (response)\n"))
    );
    assert!(ran.out.contains(&format!("\nnonce: {message}\nhelp: ")));
    assert_eq!(ran.check("type"), "ok");
    assert_eq!(ran.check("nonce"), "FAILED");
    assert_eq!(ran.check("signer"), "not reached");
    assert!(!ran.out.contains("\nquote:"), "shows no quote: {}", ran.out);
    assert_eq!(ran.err, format!("tpm-quote: {path}: nonce: {message}\n"));
}

#[test]
fn missing_pcr_value_is_rejected_by_name() {
    let mut response = block(RSA);
    let values = &mut attestation(&mut response)["pcr_values"]["sha256"];
    values.as_object_mut().unwrap().shift_remove("7").unwrap();
    let path = file("missing.json", response.to_string());
    let ran = verify_json(&path, &["--payload-id", &payload_id(RSA)]);
    assert_eq!(ran.status, 1);
    assert_rejected(
        &ran.json(),
        "selection",
        "pcr-value-missing",
        "no value for sha256:7, which the signature covers (expected sha256:0,7,10, found sha256:0,10)",
    );
}

#[test]
fn surplus_pcr_value_is_rejected_by_name() {
    let mut response = block(RSA);
    let zeros = "0".repeat(64);
    attestation(&mut response)["pcr_values"]["sha256"]["1"] = zeros.into();
    let path = file("surplus.json", response.to_string());
    let ran = verify_json(&path, &["--payload-id", &payload_id(RSA)]);
    assert_eq!(ran.status, 1);
    assert_rejected(
        &ran.json(),
        "selection",
        "pcr-value-not-signed",
        "a value for sha256:1, which the signature does not cover (expected sha256:0,7,10, found sha256:0,1,7,10)",
    );
}

#[test]
fn required_pcr_that_is_not_quoted_is_rejected_by_name() {
    let required = ["--require-pcrs", "sha256:0,4", "--payload-id"];
    let id = payload_id(RSA);
    let ran = verify_json(&block_path(RSA), &[&required[..], &[&id]].concat());
    assert_eq!(ran.status, 1);
    assert_rejected(
        &ran.json(),
        "selection",
        "pcr-not-covered",
        "the quote does not cover sha256:4, which is required (expected sha256:0,4, found sha256:0,7,10)",
    );
}

#[test]
fn changed_pcr_value_is_rejected_with_both_digests() {
    let mut response = block(RSA);
    let facts = facts_of_block(RSA);
    let values = &mut attestation(&mut response)["pcr_values"]["sha256"];
    values["7"] = values["0"].clone();
    let path = file("changed.json", response.to_string());
    let ran = verify_json(&path, &["--payload-id", &payload_id(RSA)]);
    assert_eq!(ran.status, 1);
    // SHA-256 of PCR 0, 0 and 10 one after another, by another program.
    let computed = "f7401306d6d0b9ecee2b1c143ee25d0b06bcc1a950173ebe4161193c593bea66";
    let signed = text(&facts["pcr_digest_hex"]);
    let message = format!("the digest of the PCR values is {computed}, the quote has {signed}");
    assert_rejected(&ran.json(), "pcr-digest", "pcr-digest", &message);
    assert_eq!(ran.json()["baseline"], Value::Null);
}

#[test]
fn changed_signature_is_rejected_without_details() {
    let mut response = block(RSA);
    let other = attestation(&mut block("payload-0"))["signature_b64"].clone();
    attestation(&mut response)["signature_b64"] = other;
    let path = file("signature.json", response.to_string());
    let ran = verify_json(&path, &["--payload-id", &payload_id(RSA)]);
    assert_eq!(ran.status, 1);
    assert_rejected(
        &ran.json(),
        "signature",
        "signature",
        "the signature does not match",
    );
}

#[test]
fn sha1_bank_counts_only_if_it_is_required() {
    let path = block_path("multi-bank");
    let response = block("multi-bank");
    let id = text(&response["_metadata"]["payload_id"]);
    let ran = verify_json(&path, &["--payload-id", id]);
    assert_eq!(ran.status, 1);
    assert_eq!(ran.json()["check"], "selection");
    assert!(text(&ran.json()["message"]).contains("SHA-1 bank"));

    let required = "sha1:0,1+sha256:0,7,10";
    let ran = verify_json(&path, &["--payload-id", id, "--require-pcrs", required]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let claimed = &response["_metadata"]["tpm_attestation"]["pcr_values"];
    assert_eq!(&ran.json()["quote"]["pcrs"], claimed);
    assert_eq!(keys(&ran.json()["quote"]["pcrs"]), ["sha1", "sha256"]);
}

#[test]
fn absent_evidence_is_for_the_tier_to_judge() {
    let id = ["--payload-id", "f1c9bb87-8521-583d-ab66-64763e5a33f2"];
    let absent = file("absent.json", "{\"_metadata\": {}, \"choices\": []}");
    let message = "the response has no TPM attestation, and the policy requires one";
    for path in [block_path("not-available"), absent] {
        for tier in [&[][..], &["--tier", "maximum"]] {
            let ran = verify_json(&path, &[&id[..], tier].concat());
            assert_eq!(ran.status, 1, "{path}");
            assert_rejected(&ran.json(), "tier", "unavailable", message);
            assert_eq!(ran.json()["key"], Value::Null);
            assert_eq!(ran.err, format!("tpm-quote: {path}: tier: {message}\n"));
        }
        for tier in ["standard", "high"] {
            let ran = verify_json(&path, &[&id[..], &["--tier", tier]].concat());
            assert_eq!((ran.status, &*ran.err), (0, ""), "{path} {tier}");
            let report = ran.json();
            assert_eq!(report["verdict"], "unavailable");
            assert_eq!(
                (&report["warnings"], state(&report, "tier")),
                (&json!([]), "ok".into())
            );
            for key in ["check", "problem", "help", "key", "quote", "baseline"] {
                assert_eq!(report[key], Value::Null, "{key}");
            }
            let message = text(&report["message"]);
            assert!(message.contains("nothing is known of the machine"));

            let ran = run(["verify", &path, id[0], id[1], "--tier", tier, "--verbose"]);
            assert_eq!((ran.status, &*ran.err), (0, ""));
            assert!(ran.out.starts_with("unavailable: "), "{}", ran.out);
            assert!(ran.out.contains("nothing is known of the machine"));
            assert_eq!(ran.check("tier"), "ok");
            assert_eq!(ran.check("signature"), "not reached");
        }
    }
}

#[test]
fn evidence_that_is_there_is_verified_in_every_tier() {
    for tier in ["standard", "high", "maximum"] {
        let args = ["--payload-id", "another", "--tier", tier];
        let ran = verify_json(&block_path(RSA), &args);
        assert_eq!((ran.status, &ran.json()["check"]), (1, &json!("nonce")));
    }
}

#[test]
fn pinned_name_is_trusted_and_another_is_not() {
    let facts = facts_of_block(RSA);
    let (path, id) = (block_path(RSA), payload_id(RSA));
    let right = text(&facts["ak_name_hex"]);
    let wrong = facts_of_block(ECC);
    let wrong = text(&wrong["ak_name_hex"]);
    let upper = right.to_uppercase();

    for names in [&[right][..], &[wrong, right], &[&upper]] {
        let mut args = vec!["--payload-id", &id, "--require-anchor"];
        args.extend(names.iter().flat_map(|name| ["--ak-name", name]));
        let ran = verify_json(&path, &args);
        assert_eq!((ran.status, &*ran.err), (0, ""), "{names:?}");
        assert_eq!(ran.json()["key"], key(&facts, "pinned"));
        assert_eq!(ran.json()["verdict"], "verified");
        assert_eq!(ran.json()["warnings"], json!([]));
        assert!(!text(&ran.json()["message"]).contains("self-asserted"));
    }
    let args = ["verify", &path, "--payload-id", &id, "--ak-name", right];
    let ran = run([&args[..], &["--verbose"]].concat());
    assert_eq!((ran.status, ran.check("key-anchor")), (0, "ok"));
    assert!(ran.out.starts_with("verified: "), "{}", ran.out);
    assert!(!ran.out.contains("nothing shows"), "{}", ran.out);

    let ran = verify_json(&path, &["--payload-id", &id, "--ak-name", wrong]);
    assert_eq!(ran.status, 1);
    let message = format!("the key's Name {right} is not one of the trusted Names");
    assert_rejected(&ran.json(), "key-anchor", "key-name-not-pinned", &message);
    assert_eq!(ran.json()["key"], key(&facts, "self-asserted"));
}

#[test]
fn self_asserted_key_is_refused_where_an_anchor_is_required() {
    let (path, id) = (block_path(RSA), payload_id(RSA));
    let ran = verify_json(&path, &["--payload-id", &id, "--require-anchor"]);
    assert_eq!(ran.status, 1);
    assert_rejected(
        &ran.json(),
        "key-anchor",
        "key-not-anchored",
        "the key is self-asserted, but the policy requires something outside the message to vouch for it",
    );
    assert_eq!(
        ran.json()["key"],
        key(&facts_of_block(RSA), "self-asserted")
    );
    let args = ["verify", &path, "--payload-id", &id, "--require-anchor"];
    let ran = run([&args[..], &["--verbose"]].concat());
    assert_eq!(ran.status, 1);
    assert_eq!(ran.check("key-scheme"), "ok");
    assert_eq!(ran.check("key-anchor"), "FAILED");
    assert_eq!(ran.check("signature"), "not reached");
}

#[test]
fn unrestricted_key_is_rejected_and_not_shown_as_a_key() {
    let case = "065-unrestricted-rsassa";
    let path = file("unrestricted.json", response(case).to_string());
    let nonce = facts(case)["nonce_hex"].clone();
    let ran = verify_json(&path, &["--nonce", text(&nonce)]);
    assert_eq!(ran.status, 1);
    assert_rejected(
        &ran.json(),
        "key-attributes",
        "key-attributes",
        "the key's attributes are not those of an attestation key: lacks restricted",
    );
    assert_eq!(ran.json()["key"], Value::Null);
}

#[test]
fn curve_that_is_not_supported_is_not_called_invalid() {
    let case = "025-ak-ecc224-ecdsa-sha256";
    let path = file("p224.json", response(case).to_string());
    let nonce = facts(case)["nonce_hex"].clone();
    let ran = verify_json(&path, &["--nonce", text(&nonce)]);
    let report = ran.json();
    assert_eq!(ran.status, 1);
    assert_eq!(report["verdict"], "unsupported");
    assert_eq!(report["check"], "key-strength");
    assert_eq!(
        report["message"],
        "the curve TPM_ECC_NIST_P224 is not supported, expected P-256, P-384 or P-521"
    );
    assert_eq!(report["key"], Value::Null);
    assert_eq!(report["quote"], Value::Null);
}

#[test]
fn report_that_nobody_reads_changes_nothing() {
    for (id, status) in [(payload_id(RSA), 0), ("another".to_owned(), 1)] {
        let mut child = start(&mut command(["verify", "-", "--payload-id", &id]));
        drop(child.stdout.take());
        let mut stdin = child.stdin.take().unwrap();
        std::io::Write::write_all(&mut stdin, block(RSA).to_string().as_bytes()).unwrap();
        drop(stdin);
        let output = child.wait_with_output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(status), "{err}");
        assert!(!err.contains("panicked"), "{err}");
    }
}
