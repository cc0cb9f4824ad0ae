//! J: the block in the JSON response.

use serde_json::{Value, json};
use tpm_quote::{
    Attestation, Check, CheckState, Error, Nonce, Problem, ResponsePolicy, Scratch, Tier, TpmAlgId,
    TpmAttestation, Verifier,
    crypto::{Compact, PublicKey, Signature, SignatureError, SignatureVerifier, Software},
    evidence::{Form, Record},
    verify::{
        Part, Verdict, Warning,
        error::{AttestProblem, FieldProblem, JsonProblem},
    },
    verify_response, verify_response_for_tier,
};

/// The id of the request that `tests/data/blocks/rsa-main-aik-tpm2b.json` answers.
const PAYLOAD_ID: &str = "22c4a258-d445-5bdd-885d-40980abcee2d";

fn text() -> String {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/data/blocks/rsa-main-aik-tpm2b.json"
    );
    std::fs::read_to_string(path).unwrap()
}

fn response() -> Value {
    serde_json::from_str(&text()).unwrap()
}

/// The response with its block changed.
fn with_block(change: impl FnOnce(&mut Value)) -> String {
    let mut response = response();
    change(&mut response["_metadata"]["tpm_attestation"]);
    response.to_string()
}

fn verify(text: &str) -> Result<(), Error> {
    let policy = ResponsePolicy::new(PAYLOAD_ID).unwrap();
    verify_response(text, &policy, &mut Scratch::new()).map(|_| ())
}

/// What is wrong, and in which key.
#[track_caller]
fn problem(text: &str) -> (&'static str, FieldProblem) {
    let error = verify(text).expect_err("the response was accepted");
    match *error.problem() {
        Problem::Field { field, problem } => {
            assert_eq!(
                (error.check(), error.verdict(), error.part()),
                (Check::Input, Verdict::Malformed, Part::Response)
            );
            (field, problem)
        }
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn the_untouched_response_verifies() {
    verify(&text()).unwrap();
    verify(&response().to_string()).unwrap();
}

#[test]
fn j1_each_key_twice_at_every_level() {
    let text = response().to_string();
    for key in [
        "_metadata",
        "tpm_attestation",
        "is_available",
        "pcr_banks",
        "pcr_values",
        "aik_pubkey_b64",
        "quote_b64",
        "signature_b64",
        "sha256",
        "0",
        "7",
        "10",
    ] {
        let at = text.find(&format!("\"{key}\":")).unwrap();
        let value_at = at + key.len() + 3;
        let mut stream = serde_json::Deserializer::from_str(&text[value_at..]).into_iter::<Value>();
        let value = stream.next().unwrap().unwrap().to_string();
        let escaped = format!("\\u{:04x}{}", key.as_bytes()[0], &key[1..]);
        for spelling in [key, &escaped] {
            // The same value, and another one, before and behind.
            for other in [value.as_str(), "null"] {
                let before = format!("{}\"{spelling}\":{other},{}", &text[..at], &text[at..]);
                let end = value_at + value.len();
                let behind = format!("{},\"{spelling}\":{other}{}", &text[..end], &text[end..]);
                for doubled in [before, behind] {
                    let error = verify(&doubled).expect_err(key);
                    assert_eq!(error.check(), Check::Input, "{key}");
                    let is_said = matches!(
                        error.problem(),
                        Problem::Field {
                            problem: FieldProblem::Repeated | FieldProblem::Json(_),
                            ..
                        } | Problem::Json(_)
                    );
                    assert!(is_said, "{key}: {error:?}");
                    if other != "null" {
                        assert!(error.to_string().contains("twice"), "{key}: {error}");
                    }
                }
            }
        }
    }
}

#[test]
fn j1_bank_in_two_parts_is_refused() {
    let response = response();
    let bank = &response["_metadata"]["tpm_attestation"]["pcr_values"]["sha256"];
    let whole = format!("\"sha256\":{bank}");
    let one = json!({"7": bank["7"]});
    let others = json!({"0": bank["0"], "10": bank["10"]});
    let split = format!("\"sha256\":{one},\"sha256\":{others}");
    let text = response.to_string().replace(&whole, &split);
    assert!(text.contains(&split));
    assert_eq!(problem(&text), ("pcr_values", FieldProblem::Repeated));
}

#[test]
fn j2_escapes_are_decoded() {
    // Every character of every key and string of the block, as an escape.
    let mut escaped = String::new();
    let mut in_string = false;
    for c in response().to_string().chars() {
        match c {
            '"' => {
                in_string = !in_string;
                escaped.push(c);
            }
            c if in_string => escaped.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => escaped.push(c),
        }
    }
    verify(&escaped).unwrap();
    // As some writers do: a slash of base64 with a backslash.
    verify(&response().to_string().replace('/', "\\/")).unwrap();
}

#[test]
fn j2_control_characters_and_bad_escapes_are_refused() {
    let fields = ["pcr_banks", "aik_pubkey_b64", "quote_b64", "signature_b64"];
    for field in fields {
        for bad in [
            "\n", "\0", "\t", "\u{1f}", "\\x41", "\\u12", "\\ud800", "\\",
        ] {
            let text = response().to_string();
            let at = text.find(&format!("\"{field}\":\"")).unwrap() + field.len() + 4;
            let text = format!("{}{bad}{}", &text[..at], &text[at..]);
            assert_eq!(
                verify(&text).unwrap_err().verdict(),
                Verdict::Malformed,
                "{field} {bad:?}"
            );
        }
        // Escaped rightly, and still nothing that belongs there.
        for bad in ["\\n", "\\u0000", "\\t", " ", "\u{a0}", "\u{7f}"] {
            let text = response().to_string();
            let at = text.find(&format!("\"{field}\":\"")).unwrap() + field.len() + 4;
            let text = format!("{}{bad}{}", &text[..at], &text[at..]);
            assert_eq!(problem(&text).0, field, "{bad:?}");
        }
    }
}

#[test]
fn j3_look_alike_keys_are_refused_in_the_block() {
    for key in [
        "IS_AVAILABLE",
        "Is_Available",
        "isAvailable",
        "is_available ",
        " is_available",
        "is-available",
        "quote",
        "quote_b64\0",
        "",
        "tpm_attestation",
        "payload_id",
        "\u{456}s_available", // a Cyrillic i
    ] {
        let text = with_block(|block| block[key] = json!(true));
        assert_eq!(
            problem(&text),
            ("tpm_attestation", FieldProblem::Unknown),
            "{key:?}"
        );
    }
}

#[test]
fn j3_unknown_keys_elsewhere_are_ignored() {
    let mut response = response();
    response["choices"] = json!([{"text": "a \"quote_b64\": \u{1f600}", "n": [1.5e300, null]}]);
    response["is_available"] = json!(false);
    response["tpm_attestation"] = json!({"is_available": false});
    response["_Metadata"] = json!({"tpm_attestation": {"is_available": false}});
    response["_metadata"]["_metadata"] = json!({});
    response["_metadata"]["is_available"] = json!(false);
    verify(&response.to_string()).unwrap();
}

#[test]
fn j3_values_of_another_type_are_refused() {
    let wrong = [
        json!(null),
        json!(1),
        json!(["x"]),
        json!({}),
        json!("true"),
        json!(true),
    ];
    for (field, fitting) in [
        ("is_available", 5),
        ("pcr_banks", 4),
        ("pcr_values", 3),
        ("aik_pubkey_b64", 4),
        ("quote_b64", 4),
        ("signature_b64", 4),
    ] {
        for (i, value) in wrong.iter().enumerate().filter(|&(i, _)| i != fitting) {
            let text = with_block(|block| block[field] = value.clone());
            let (found, problem) = problem(&text);
            assert_eq!(found, field, "{i}");
            assert!(
                matches!(problem, FieldProblem::Json(JsonProblem::Expected(_))),
                "{field} {value}: {problem:?}"
            );
        }
    }
    for value in [json!(null), json!(1), json!("x"), json!([]), json!(false)] {
        for path in ["/_metadata", "/_metadata/tpm_attestation"] {
            let mut response = response();
            *response.pointer_mut(path).unwrap() = value.clone();
            assert_eq!(
                verify(&response.to_string()).unwrap_err().verdict(),
                Verdict::Malformed
            );
        }
        let bank = with_block(|block| block["pcr_values"]["sha256"] = value.clone());
        assert_eq!(problem(&bank).0, "pcr_values");
        if !value.is_string() {
            let pcr = with_block(|block| block["pcr_values"]["sha256"]["7"] = value.clone());
            assert_eq!(problem(&pcr).0, "pcr_values");
        }
    }
}

#[test]
fn j3_banks_and_indices_are_spelled_exactly() {
    for bank in [
        "SHA256", "sha-256", "sha256 ", "", "0x000b", "sha2", "11", "sha256\0",
    ] {
        let text = with_block(|block| block["pcr_values"][bank] = json!({"0": "00"}));
        assert_eq!(
            problem(&text),
            ("pcr_values", FieldProblem::Bank),
            "{bank:?}"
        );
    }
    for index in [
        "07", "+7", "-7", " 7", "7 ", "24", "255", "256", "", "7.0", "0x7", "seven",
    ] {
        let text = with_block(|block| block["pcr_values"]["sha256"][index] = json!("00"));
        assert_eq!(
            problem(&text),
            ("pcr_values", FieldProblem::Index),
            "{index:?}"
        );
    }
    let text = with_block(|block| block["pcr_values"]["sha384"] = json!({}));
    assert_eq!(problem(&text), ("pcr_values", FieldProblem::EmptyBank));
    // What a policy may have, evidence has not.
    for banks in ["sha256:0,7,10,all", "sha256:all", "SHA256:0,7,10"] {
        let text = with_block(|block| block["pcr_banks"] = json!(banks));
        assert!(
            matches!(problem(&text), ("pcr_banks", FieldProblem::PcrSet(_))),
            "{banks}"
        );
    }
}

#[test]
fn j4_deep_nesting_is_refused_without_recursion() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let text = response().to_string();
        let deep = format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
        let text = format!("{{\"x\":{deep},{}", &text[1..]);
        let error = verify(&text).unwrap_err();
        assert_eq!(*error.problem(), Problem::Json(JsonProblem::Depth));
    }
}

#[test]
fn j4_megabytes_around_the_block_are_no_problem() {
    let mut response = response();
    let words = "line \"one\"\n\\ \u{1f600} ".repeat(100_000);
    response["choices"] = json!([{ "text": words }]);
    response["more"] = json!(vec![json!({"a": [1, 2, {"b": null}]}); 10_000]);
    let text = response.to_string();
    assert!(text.len() > 2_000_000);
    verify(&text).unwrap();
}

#[test]
fn j5_base64_is_strict() {
    let good = response()["_metadata"]["tpm_attestation"]["quote_b64"].clone();
    let good = good.as_str().unwrap();
    assert!(good.ends_with('=') && !good.ends_with("=="));
    let body = good.trim_end_matches('=');
    let middle = good.len() / 2;
    let inserted = |c: &str| format!("{}{c}{}", &good[..middle], &good[middle..]);
    for bad in [
        body.to_owned(),     // no padding
        format!("{body}=="), // too much
        format!("{good}="),
        format!("{good}===="),
        format!("={good}"),
        format!("{}={}", &body[..8], &body[8..]),
        inserted(" "),
        inserted("\n"),
        inserted("\r\n"),
        inserted("-"),
        inserted("_"),
        inserted("."),
        good.replacen('/', "_", 1),
        format!("{good}{good}"),
    ] {
        assert!(bad != good);
        let text = with_block(|block| block["quote_b64"] = json!(bad));
        assert_eq!(problem(&text), ("quote_b64", FieldProblem::Base64), "{bad}");
    }
}

#[test]
fn j5_nothing_follows_the_padding_of_base64() {
    let is_base64 = |quote: &str| {
        let text = with_block(|block| block["quote_b64"] = json!(quote));
        let error = verify(&text).unwrap_err();
        match (error.problem(), error.part()) {
            (Problem::Field { field, problem }, Part::Response) => {
                assert_eq!((*field, *problem), ("quote_b64", FieldProblem::Base64));
                false
            }
            (Problem::Structure(_), Part::Attest) => true,
            // Two zero bytes are the size of an attestation of no bytes.
            (Problem::Attest(AttestProblem::Signature), Part::Signature) => {
                assert_eq!(quote, "AAA=");
                true
            }
            other => panic!("{other:?}"),
        }
    };
    // Zeros, so that no bits are left over: padded or not, at any length.
    for len in (4..=192).step_by(4) {
        for padding in ["", "=", "=="] {
            let quote = format!("{}{padding}", "A".repeat(len - padding.len()));
            assert!(is_base64(&quote), "{quote}");
            for more in ["AAAA", "AA==", "===="] {
                let longer = format!("{quote}{more}");
                let fits = padding.is_empty() && more != "====";
                assert_eq!(is_base64(&longer), fits, "{longer}");
            }
        }
    }
}

#[test]
fn j5_base64_with_bits_left_over_is_refused() {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    // One byte left (two characters, four bits over), two bytes (three, two bits).
    for (field, padding, spare) in [("signature_b64", "==", 16), ("quote_b64", "=", 4)] {
        let good = response()["_metadata"]["tpm_attestation"][field].clone();
        let good = good.as_str().unwrap().to_owned();
        // Bring the text to the padding that is wanted.
        let bytes = good.trim_end_matches('=').len() / 4 * 4;
        let head = &good[..bytes];
        for (i, c) in ALPHABET.iter().enumerate() {
            let last = match padding {
                "==" => format!("A{}", char::from(*c)),
                _ => format!("AA{}", char::from(*c)),
            };
            let text = with_block(|block| block[field] = json!(format!("{head}{last}{padding}")));
            let error = verify(&text).expect_err("the structure is another");
            let is_base64 = matches!(
                error.problem(),
                Problem::Field {
                    problem: FieldProblem::Base64,
                    ..
                }
            );
            assert_eq!(
                is_base64,
                i % spare != 0,
                "{field} {last}{padding}: {error}"
            );
        }
    }
}

#[test]
fn j6_hexadecimal_of_either_case_and_nothing_else() {
    let value = response()["_metadata"]["tpm_attestation"]["pcr_values"]["sha256"]["7"].clone();
    let value = value.as_str().unwrap();
    let set = |hex: String| with_block(|block| block["pcr_values"]["sha256"]["7"] = json!(hex));
    let mixed: String = value
        .chars()
        .enumerate()
        .map(|(i, c)| {
            if i % 3 == 0 {
                c.to_ascii_uppercase()
            } else {
                c
            }
        })
        .collect();
    verify(&set(value.to_uppercase())).unwrap();
    verify(&set(mixed)).unwrap();
    for bad in [
        value[1..].to_owned(),
        format!("0x{value}"),
        format!("0x{}", &value[2..]),
        format!("{value} "),
        format!(" {value}"),
        value.replacen(|c: char| c.is_ascii_digit(), "g", 1),
        format!("{}:{}", &value[..2], &value[2..]),
        "00".repeat(65),
        "\u{ff10}".repeat(64), // full-width digits
    ] {
        assert_eq!(
            problem(&set(bad.clone())),
            ("pcr_values", FieldProblem::Hex),
            "{bad}"
        );
    }
    // Hexadecimal, and of another length: read, and refused by its own check.
    for other in [
        String::new(),
        value[2..].to_owned(),
        format!("{value}00"),
        "00".repeat(64),
    ] {
        assert_eq!(verify(&set(other)).unwrap_err().check(), Check::PcrValues);
    }
}

/// What a tier makes of a response.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Verified,
    Unavailable,
    Refused(Check, Verdict),
}

fn outcome(text: &str, tier: Tier) -> Outcome {
    let policy = ResponsePolicy::new(PAYLOAD_ID).unwrap();
    match verify_response_for_tier(text, &policy, tier, &mut Scratch::new()) {
        Ok(Attestation::Verified(_)) => Outcome::Verified,
        Ok(Attestation::Unavailable) => Outcome::Unavailable,
        Err(error) => Outcome::Refused(error.check(), error.verdict()),
    }
}

/// Where nothing was judged there is nothing to warn of, not even a nonce that is any.
#[test]
fn j7_absent_quote_has_no_warning_and_no_check_but_that_of_the_tier() {
    let policy = ResponsePolicy::with_nonce(Nonce::dangerous_any());
    for tier in [Tier::Standard, Tier::High] {
        let appraisal = Verifier::new().appraise_response(Ok(None), &policy, tier);
        assert!(matches!(appraisal.value(), Some(Attestation::Unavailable)));
        assert!(appraisal.key().is_none());
        let ok = appraisal
            .checks()
            .filter(|(_, state)| *state == CheckState::Ok);
        let ok: Vec<Check> = ok.map(|(check, _)| check).collect();
        assert_eq!(ok, [Check::Input, Check::Tier], "{tier}");
        assert_eq!(appraisal.warnings().count(), 0, "{tier}");
    }
    // A quote that was judged with the same policy has them.
    let text = text();
    let mut scratch = Scratch::new();
    let read = TpmAttestation::from_json(text.as_bytes(), Form::Response, &mut scratch);
    let appraisal = Verifier::new().appraise_response(read, &policy, Tier::Standard);
    assert!(
        appraisal
            .warnings()
            .any(|warning| warning == Warning::AnyNonce)
    );
}

#[test]
fn j7_every_downgrade_in_every_tier() {
    const MALFORMED: Outcome = Outcome::Refused(Check::Input, Verdict::Malformed);
    const NO_TPM: Outcome = Outcome::Refused(Check::Tier, Verdict::Rejected);
    for tier in [Tier::Standard, Tier::High, Tier::Maximum] {
        let is_maximum = tier == Tier::Maximum;
        for flag in [
            Some(json!(true)),
            Some(json!(false)),
            None,
            Some(json!(null)),
            Some(json!("true")),
        ] {
            for present in [true, false] {
                let text = with_block(|block| {
                    if !present {
                        *block = json!({});
                    }
                    match &flag {
                        Some(value) => block["is_available"] = value.clone(),
                        None => {
                            block.as_object_mut().unwrap().remove("is_available");
                        }
                    }
                });
                let expected = match (flag.as_ref().and_then(Value::as_bool), present) {
                    (Some(true), true) => Outcome::Verified,
                    (Some(false), false) if is_maximum => NO_TPM,
                    (Some(false), false) => Outcome::Unavailable,
                    _ => MALFORMED,
                };
                assert_eq!(outcome(&text, tier), expected, "{tier} {flag:?} {present}");
            }
        }
        // No block at all.
        for absent in [r#"{"_metadata":{}}"#, r#"{"_metadata":{"payload_id":"x"}}"#] {
            let expected = if is_maximum {
                NO_TPM
            } else {
                Outcome::Unavailable
            };
            assert_eq!(outcome(absent, tier), expected, "{tier} {absent}");
        }
        // A block with one key too few, or false with one key too many.
        for key in [
            "pcr_banks",
            "pcr_values",
            "aik_pubkey_b64",
            "quote_b64",
            "signature_b64",
        ] {
            let without = with_block(|block| {
                block.as_object_mut().unwrap().remove(key);
            });
            assert_eq!(outcome(&without, tier), MALFORMED);
            let with = with_block(|block| {
                *block = json!({"is_available": false, key: block[key]});
            });
            assert_eq!(outcome(&with, tier), MALFORMED);
        }
        // Evidence that is there is verified, whatever the tier.
        let other = with_block(|block| {
            block["pcr_values"]["sha256"]["7"] = json!("00".repeat(32));
        });
        assert_eq!(
            outcome(&other, tier),
            Outcome::Refused(Check::PcrDigest, Verdict::Rejected)
        );
    }
}

#[test]
fn j7_evidence_in_the_wrong_place_is_not_taken_for_none() {
    let response = response();
    let metadata = &response["_metadata"];
    let block = &metadata["tpm_attestation"];
    for misplaced in [
        metadata.clone(),
        block.clone(),
        json!({"is_available": "true"}),
        json!({"quote_b64": null}),
        json!({"_metadata": block}),
        json!({"_metadata": {}, "tpm_attestation": block}),
        json!({"_metadata": {"_metadata": metadata}}),
    ] {
        for tier in [Tier::Standard, Tier::High, Tier::Maximum] {
            assert_eq!(
                outcome(&misplaced.to_string(), tier),
                Outcome::Refused(Check::Input, Verdict::Malformed)
            );
        }
        let (_, problem) = problem(&misplaced.to_string());
        assert_eq!(problem, FieldProblem::Misplaced);
    }
}

/// A response in another object or a list, or no response at all: a block that is not found
/// is not one that says that there is no TPM.
#[test]
fn o9_block_that_is_not_found_is_not_unavailable() {
    let response = response();
    for (wrapped, problem) in [
        (json!({"response": response}), FieldProblem::Misplaced),
        (
            json!({"data": {"response": response}}),
            FieldProblem::Misplaced,
        ),
        (json!({"items": [response]}), FieldProblem::Misplaced),
        (
            json!({"payload_id": "x", "answer": response.to_string()}),
            FieldProblem::NotFound,
        ),
        (
            json!({"metadata": response["_metadata"]}),
            FieldProblem::Misplaced,
        ),
        (json!({"error": "busy"}), FieldProblem::NotFound),
        (json!({}), FieldProblem::NotFound),
        (
            json!([response]),
            FieldProblem::Json(JsonProblem::Expected("an object")),
        ),
        (
            json!(response.to_string()),
            FieldProblem::Json(JsonProblem::Expected("an object")),
        ),
        (
            json!({"_metadata": null}),
            FieldProblem::Json(JsonProblem::Expected("an object")),
        ),
        (
            json!({"_metadata": [response["_metadata"]]}),
            FieldProblem::Json(JsonProblem::Expected("an object")),
        ),
    ] {
        let text = wrapped.to_string();
        for tier in [Tier::Standard, Tier::High, Tier::Maximum] {
            assert_eq!(
                outcome(&text, tier),
                Outcome::Refused(Check::Input, Verdict::Malformed),
                "{tier} {text}"
            );
        }
        let error = verify(&text).unwrap_err();
        match problem {
            FieldProblem::Json(problem) => assert_eq!(*error.problem(), Problem::Json(problem)),
            problem => assert_eq!(problem_of(&error), problem),
        }
    }
}

/// Whoever passes a response on may add a `_metadata` of their own.
#[test]
fn o9_block_further_in_is_not_unavailable() {
    let response = response();
    let metadata = &response["_metadata"];
    let block = &metadata["tpm_attestation"];
    let absent = json!({"_metadata": {"tpm_attestation": {"is_available": false}}});
    for (wrapped, field) in [
        (
            json!({"_metadata": {}, "response": response}),
            "tpm_attestation",
        ),
        (
            json!({"_metadata": {}, "items": [1, [{"a": response}]]}),
            "tpm_attestation",
        ),
        (
            json!({"_metadata": {"upstream": metadata}}),
            "tpm_attestation",
        ),
        (
            json!({"_metadata": {"items": [metadata]}}),
            "tpm_attestation",
        ),
        (json!({"_metadata": {"attestation": block}}), "quote_b64"),
        // What it says is not read there, not even that there is no TPM.
        (
            json!({"_metadata": {}, "response": absent}),
            "tpm_attestation",
        ),
    ] {
        let text = wrapped.to_string();
        for tier in [Tier::Standard, Tier::High, Tier::Maximum] {
            assert_eq!(
                outcome(&text, tier),
                Outcome::Refused(Check::Input, Verdict::Malformed),
                "{tier} {text}"
            );
        }
        assert_eq!(problem(&text), (field, FieldProblem::Misplaced));
    }
    // Beside a block that is where it belongs, anything may be in a response.
    let mut both = response.clone();
    both["choices"] = json!([{"tpm_attestation": {}, "quote_b64": ""}]);
    assert_eq!(outcome(&both.to_string(), Tier::Maximum), Outcome::Verified);
    let mut scratch = Scratch::new();
    let (form, block) =
        TpmAttestation::from_any_json(both.to_string().as_bytes(), &mut scratch).unwrap();
    assert_eq!(form, Form::Response);
    assert!(matches!(block, Some(TpmAttestation::Available(_))));
    let mut both = absent;
    both["choices"] = json!([response]);
    assert_eq!(
        outcome(&both.to_string(), Tier::Standard),
        Outcome::Unavailable
    );
}

#[test]
fn j7_verify_response_has_no_way_around_a_quote() {
    for text in [
        r#"{"_metadata":{}}"#,
        r#"{"_metadata":{"tpm_attestation":{"is_available":false}}}"#,
    ] {
        let error = verify(text).unwrap_err();
        assert_eq!(*error.problem(), Problem::Unavailable);
        assert_eq!(
            (error.check(), error.verdict()),
            (Check::Tier, Verdict::Rejected)
        );
        assert_eq!(
            error.to_string(),
            "the response has no TPM attestation, and the policy requires one"
        );
    }
}

#[test]
fn forms_are_told_apart_and_never_mixed() {
    let response = response();
    let metadata = response["_metadata"].clone();
    let block = metadata["tpm_attestation"].clone();
    for (value, form) in [
        (&response, Form::Response),
        (&metadata, Form::Metadata),
        (&block, Form::Block),
        (&json!({"is_available": false}), Form::Block),
        (&json!({"quote_b64": ""}), Form::Block),
        (&json!({}), Form::Response),
        (&json!({"error": "busy"}), Form::Response),
    ] {
        let text = value.to_string();
        assert_eq!(Form::detect(text.as_bytes()).unwrap(), form, "{text}");
        let mut scratch = Scratch::new();
        match TpmAttestation::from_any_json(text.as_bytes(), &mut scratch) {
            Ok((any, _)) => assert_eq!(any, form, "{text}"),
            // One of these blocks has too little in it, and two responses have none.
            Err(error) => {
                let problem = problem_of(&error);
                let expected = [FieldProblem::Missing, FieldProblem::NotFound];
                assert!(expected.contains(&problem), "{error}");
            }
        }
    }
    for mixed in [
        json!({"_metadata": {}, "tpm_attestation": {}}),
        json!({"_metadata": {}, "is_available": false}),
        json!({"tpm_attestation": {}, "signature_b64": ""}),
    ] {
        let text = mixed.to_string();
        let detected = Form::detect(text.as_bytes());
        assert_eq!(
            problem_of(&detected.unwrap_err()),
            FieldProblem::SeveralForms
        );
    }
}

/// A block is where it belongs, and another key of a response where it does not.
#[test]
fn a_block_in_one_form_does_not_excuse_the_keys_of_another() {
    let response = response();
    let metadata = &response["_metadata"];
    let block = &metadata["tpm_attestation"];
    for (whole, key, value) in [
        (&response, "tpm_attestation", block),
        (&response, "quote_b64", &block["quote_b64"]),
        (metadata, "_metadata", metadata),
        (metadata, "is_available", &json!(true)),
        (block, "_metadata", metadata),
    ] {
        let mut mixed = whole.clone();
        mixed[key] = value.clone();
        let text = mixed.to_string();
        let mut scratch = Scratch::new();
        let read = TpmAttestation::from_any_json(text.as_bytes(), &mut scratch);
        let error = read.unwrap_err();
        assert_eq!(problem_of(&error), FieldProblem::SeveralForms, "{key}");
        let place = text.rfind(&format!("{key:?}"));
        assert_eq!(error.offset(), place, "{key}");
    }
}

fn record<'a>(text: &'a str, scratch: &'a mut Scratch) -> Result<Record<'a, 'a>, Error> {
    Record::from_json(text.as_bytes(), "id", "answer", scratch)
}

fn quote_of(block: Option<TpmAttestation<'_>>) -> Vec<u8> {
    match block {
        Some(TpmAttestation::Available(evidence)) => evidence.quote.to_vec(),
        _ => panic!("{block:?}"),
    }
}

#[test]
fn record_is_a_payload_id_and_what_stands_in_its_response() {
    let response = response();
    let metadata = &response["_metadata"];
    let block = &metadata["tpm_attestation"];
    let mut scratch = Scratch::new();
    let text = block.to_string();
    let alone = TpmAttestation::from_json(text.as_bytes(), Form::Block, &mut scratch);
    let quote = quote_of(alone.unwrap());
    for (answer, form) in [
        (&response, Form::Response),
        (metadata, Form::Metadata),
        (block, Form::Block),
    ] {
        for text in [
            format!(r#"{{"id":"an id","answer":{answer}}}"#),
            format!(r#" {{ "a" : [{{}}] , "answer" : {answer} , "id" : "an id" }} "#),
            format!(r#"{{"\u0069d":"an id","answe\u0072":{answer},"_metadata":{{}}}}"#),
        ] {
            let record = record(&text, &mut scratch).unwrap();
            assert_eq!(record.payload_id, "an id");
            assert_eq!(record.form, form);
            assert_eq!(quote_of(record.block), quote);
        }
    }
    let nothing = [
        (r#"{"id":"","answer":{"_metadata":{}}}"#, None),
        (r#"{"id":"","answer":{"is_available":false}}"#, Some(())),
    ];
    for (text, block) in nothing {
        let record = record(text, &mut scratch).unwrap();
        assert_eq!(record.payload_id, "");
        assert_eq!(record.block.map(|_| ()), block);
        assert!(!matches!(record.block, Some(TpmAttestation::Available(_))));
    }
}

#[test]
fn record_that_can_be_read_in_two_ways_is_refused() {
    for (text, error) in [
        (
            r#"[{"id":"a","answer":{}}]"#,
            "at byte 0: expected an object",
        ),
        (
            r#"{"id":"a","answer":{}} {}"#,
            "at byte 23: expected the end of the text",
        ),
        (
            r#"{"id":"a","answer":{}"#,
            "at byte 21: the JSON text ends too early",
        ),
        (
            r#" {"id":"a"}"#,
            "at byte 0: expected an object with a payload id and a response",
        ),
        (
            r#"{"answer":{}}"#,
            "at byte 0: expected an object with a payload id and a response",
        ),
        (r#"{"id":1,"answer":{}}"#, "at byte 6: expected a string"),
        (
            r#"{"id": "\u0061","answer":{}}"#,
            "at byte 7: expected a string without escapes",
        ),
        (
            r#"{"id":"a","\u0069d":"a","answer":{}}"#,
            "payload_id at byte 10: given twice",
        ),
        (
            r#"{"id":"a","answer":{},"answer":{}}"#,
            "response at byte 22: given twice",
        ),
        (
            r#"{"id":"a","answer":"{}"}"#,
            "at byte 19: expected an object",
        ),
        (
            r#"{"id":"a","answer":{"_metadata":{},"quote_b64":""}}"#,
            "quote_b64 at byte 35: the text is more than one of a response, its _metadata and the block",
        ),
        (
            r#"{"id":"a","answer":{"quote_b64":"","_metadata":{}}}"#,
            "tpm_attestation at byte 35: unknown field",
        ),
        (
            r#"{"id":"a","answer":{"is_available":true}}"#,
            "pcr_banks: missing",
        ),
        (
            r#"{"id":"a","answer":{"_metadata":{"quote_b64":""}}}"#,
            "quote_b64 at byte 33: not where it belongs, and there is no block",
        ),
    ] {
        let refused = record(text, &mut Scratch::new()).unwrap_err();
        assert_eq!(refused.to_string(), error, "{text}");
    }
}

fn problem_of(error: &Error) -> FieldProblem {
    match error.problem() {
        Problem::Field { problem, .. } => *problem,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_written_is_read_back() {
    let read = |text: &str, form| {
        let mut scratch = Scratch::new();
        let block = TpmAttestation::from_json(text.as_bytes(), form, &mut scratch);
        let mut written = String::new();
        block.unwrap().unwrap().write_json(&mut written).unwrap();
        written
    };
    for file in [
        "rsa-main-aik-tpm2b",
        "ecc-main-aik-tpm2b",
        "multi-bank",
        "not-available",
    ] {
        let path = format!(
            "{}/tests/data/blocks/{file}.json",
            env!("CARGO_MANIFEST_DIR")
        );
        let text = std::fs::read_to_string(path).unwrap();
        let written = read(&text, Form::Response);
        let original: Value = serde_json::from_str(&text).unwrap();
        let again: Value = serde_json::from_str(&written).unwrap();
        assert_eq!(again, original["_metadata"]["tpm_attestation"]);
        assert_eq!(read(&written, Form::Block), written);
    }
}

#[test]
fn what_could_not_be_read_back_is_not_written() {
    let mut scratch = Scratch::new();
    let text = text();
    let block = TpmAttestation::from_json(text.as_bytes(), Form::Response, &mut scratch);
    let Some(TpmAttestation::Available(evidence)) = block.unwrap() else {
        panic!("the block has evidence")
    };
    let write = |evidence| {
        let mut out = String::new();
        TpmAttestation::Available(evidence).write_json(&mut out)
    };
    write(evidence).unwrap();
    for banks in ["sha256:0,7", "sha256:0,7,10,11", "sha384:0,7,10"] {
        let mut other = evidence;
        other.pcr_banks = tpm_quote::PcrSet::parse(banks).unwrap();
        write(other).expect_err(banks);
    }
    let short = [tpm_quote::PcrValue {
        bank: tpm_quote::TpmAlgId::SHA256,
        index: 0,
        digest: &[7; 31],
    }];
    let mut other = evidence;
    other.pcr_banks = tpm_quote::PcrSet::parse("sha256:0").unwrap();
    other.pcr_values = (&short[..]).into();
    write(other).unwrap_err();
}

/// Says no to every signature, or to every key.
struct No(bool);

impl SignatureVerifier for No {
    fn check_key(&self, _: &PublicKey<'_>) -> Result<(), SignatureError> {
        match self.0 {
            true => Ok(()),
            false => Err(SignatureError::Invalid),
        }
    }

    fn verify(
        &self,
        _: &PublicKey<'_>,
        _: TpmAlgId,
        _: &[u8],
        _: &Signature<'_>,
    ) -> Result<(), SignatureError> {
        Err(SignatureError::Invalid)
    }
}

#[test]
fn verifier_of_the_caller_is_the_one_that_is_asked() {
    let policy = ResponsePolicy::new(PAYLOAD_ID).unwrap();
    let text = text();
    let mut scratch = Scratch::new();
    for engine in [&Software as &dyn SignatureVerifier, &Compact] {
        let verifier = Verifier::new().crypto(engine);
        verifier.response(&text, &policy, &mut scratch).unwrap();
        let tier = Tier::Standard;
        let attestation = verifier.response_for_tier(&text, &policy, tier, &mut scratch);
        assert!(matches!(attestation, Ok(Attestation::Verified(_))));
        let none = r#"{"_metadata":{}}"#;
        let error = verifier.response(none, &policy, &mut scratch).unwrap_err();
        assert_eq!(*error.problem(), Problem::Unavailable);
    }
    for (no, check) in [
        (No(true), Check::Signature),
        (No(false), Check::KeyStrength),
    ] {
        let verifier = Verifier::new().crypto(&no);
        let error = verifier.response(&text, &policy, &mut scratch).unwrap_err();
        assert_eq!(error.check(), check);
        for tier in [Tier::Standard, Tier::High, Tier::Maximum] {
            let error = verifier.response_for_tier(&text, &policy, tier, &mut scratch);
            assert_eq!(error.unwrap_err().check(), check);
        }
    }
}

#[test]
fn byte_order_mark_is_named() {
    let error = verify(&format!("\u{feff}{}", text())).unwrap_err();
    let problem = Problem::Json(JsonProblem::ByteOrderMark);
    assert_eq!((error.offset(), *error.problem()), (Some(0), problem));
}

#[test]
fn scratch_can_be_used_again() {
    let policy = ResponsePolicy::new(PAYLOAD_ID).unwrap();
    let mut scratch = Scratch::new();
    // More often than there is room for at once.
    for _ in 0..50 {
        assert!(verify_response("{", &policy, &mut scratch).is_err());
        let bad = with_block(|block| block["signature_b64"] = json!("A"));
        assert!(verify_response(&bad, &policy, &mut scratch).is_err());
        verify_response(&text(), &policy, &mut scratch).unwrap();
    }
}

#[test]
fn too_much_evidence_is_refused() {
    for field in ["aik_pubkey_b64", "quote_b64", "signature_b64"] {
        let text = with_block(|block| block[field] = json!("A".repeat(24_000)));
        assert_eq!(problem(&text), (field, FieldProblem::TooLong));
    }
}
