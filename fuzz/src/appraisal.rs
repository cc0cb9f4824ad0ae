//! What an appraisal says: the same as the verification, in all that can be asked of it and
//! in its reports.

use serde_json::Value;
use tpm_quote::{
    Appraisal, Attestation, Check, CheckState, Error, KeyTrust, Problem, Verdict, VerifiedQuote,
    report::{Report, Reportable},
    verify::error::Part,
};

use crate::codec::explain;

/// What is appraised of a response is what is verified.
pub(crate) fn same_as_verified(
    appraisal: &Appraisal<'_, Attestation<'_>>,
    verified: &Result<Attestation<'_>, Error>,
) {
    match (verified, appraisal.value()) {
        (Ok(Attestation::Verified(a)), Some(Attestation::Verified(b))) => {
            assert_eq!(facts(a), facts(b));
            assert!(a.pcrs().eq(b.pcrs()));
            assert_eq!(appraisal.key(), Some(a.key()));
            states_are_consistent(appraisal);
        }
        (Ok(Attestation::Unavailable), Some(Attestation::Unavailable)) => {
            nothing_is_known(appraisal);
        }
        (Err(error), None) => {
            assert_eq!(appraisal.error(), Some(error));
            states_are_consistent(appraisal);
        }
        (verified, appraised) => panic!("{verified:?}, but {appraised:?}"),
    }
}

/// Without a block nothing is checked but that the tier allows it.
fn nothing_is_known(appraisal: &Appraisal<'_, Attestation<'_>>) {
    assert!(appraisal.error().is_none() && appraisal.key().is_none());
    assert!(appraisal.baseline().is_none());
    assert_eq!(appraisal.warnings().count(), 0);
    for (check, state) in appraisal.checks() {
        let is_ok = state == CheckState::Ok;
        assert_eq!(is_ok, matches!(check, Check::Input | Check::Tier));
        let waits = matches!(state, CheckState::NotReached | CheckState::NotAskedFor);
        assert!(is_ok || waits, "{check}: {state}");
    }
}

/// What a verified quote says, to be compared.
pub(crate) fn facts<'q>(
    quote: &'q VerifiedQuote<'_>,
) -> impl PartialEq + core::fmt::Debug + use<'q> {
    let facts = (quote.nonce(), quote.pcr_digest(), quote.selection());
    let clock = (quote.clock_info(), quote.firmware_version());
    (facts, clock, quote.key(), quote.baseline_matched())
}

/// The states of the checks fit the outcome: all that were asked for are ok, or one failed
/// and none after it was reached. A response without a block has a state of its own.
pub(crate) fn states_are_consistent<T>(appraisal: &Appraisal<'_, T>) {
    let states: Vec<(Check, CheckState)> = appraisal.checks().collect();
    assert!(states.is_sorted_by(|(a, _), (b, _)| a < b));
    for (check, state) in &states {
        assert_eq!(appraisal.state(*check), *state);
    }
    let Some(error) = appraisal.error() else {
        let is_fine = |state| matches!(state, CheckState::Ok | CheckState::NotAskedFor);
        assert!(
            states.iter().all(|(_, state)| is_fine(*state)),
            "{states:?}"
        );
        assert!(appraisal.value().is_some() && appraisal.key().is_some());
        return;
    };
    assert!(appraisal.value().is_none());
    assert_eq!(appraisal.warnings().count(), 0);
    let failed = match error.verdict() {
        Verdict::Unsupported => CheckState::Unsupported,
        _ => CheckState::Failed,
    };
    for (check, state) in states.iter().copied() {
        let fits = match state {
            CheckState::Failed | CheckState::Unsupported => {
                check == error.check() && state == failed
            }
            CheckState::NotAskedFor => check != error.check(),
            // What cannot be read may be found after other checks: `input` stands for all.
            CheckState::Ok => check < error.check() || error.check() == Check::Input,
            // A public area with an id that is not known is not read at all.
            CheckState::NotReached => check > error.check() || is_unread_key(error),
        };
        assert!(fits, "{error}: {states:?}");
    }
    // One after the other: none passed after one that was not reached.
    let is_in_turn = |state| matches!(state, CheckState::Ok | CheckState::NotReached);
    let in_turn = states.iter().filter(|(_, state)| is_in_turn(*state));
    let waits = in_turn.map(|(_, state)| *state == CheckState::NotReached);
    assert!(waits.is_sorted(), "{error}: {states:?}");
    let is_there = states.iter().any(|(check, _)| *check == error.check());
    assert!(is_there, "{error}: {states:?}");
    explain(error);
}

/// Whether the key has an id that is not known, so that its other checks have to wait.
fn is_unread_key(error: &Error) -> bool {
    let is_structure = matches!(error.problem(), Problem::Structure(_));
    is_structure && error.part() == Part::Key && error.check() == Check::KeyScheme
}

/// The members of a report, in their order; one on a response has no `attest`.
const MEMBERS: [&str; 18] = [
    "version", "source", "verdict", "check", "problem", "message", "help", "place", "field",
    "notes", "key", "quote", "baseline", "boot", "ima", "attest", "checks", "warnings",
];

/// The reports on an appraisal can be read, and say what the appraisal says.
pub(crate) fn reported<T: Reportable>(appraisal: &Appraisal<'_, T>) {
    let json = written(&Report::new(appraisal).source("-"));
    let error = appraisal.error();
    let verdict = match (error, appraisal.key()) {
        (Some(error), _) => error.verdict().name(),
        (None, None) => "unavailable",
        (None, Some(key)) if key.trust() == KeyTrust::SelfAsserted => "verified-self-asserted",
        (None, Some(_)) => "verified",
    };
    assert_eq!(json["source"], "-");
    assert_eq!(json["verdict"], verdict);
    let check = error.map(|error| error.check().name());
    assert_eq!(json["check"].as_str(), check);
    let problem = error.map(Error::problem_name);
    assert_eq!(json["problem"].as_str(), problem);
    assert_eq!(json["help"].as_str(), error.map(Error::help));
    match error {
        Some(error) => assert_eq!(json["message"], error.to_string()),
        None => assert_ne!(json["message"], ""),
    }
    match appraisal.key() {
        Some(key) => assert_eq!(json["key"]["trust"], key.trust().name()),
        None => assert!(json["key"].is_null()),
    }
    match appraisal.baseline() {
        Some(baseline) => {
            let mismatched = elements(&json["baseline"]["mismatched"]);
            assert_eq!(mismatched.len(), baseline.mismatches().count());
            assert_eq!(json["baseline"]["matched"], baseline.matched());
        }
        None => assert!(json["baseline"].is_null()),
    }
    let has_facts = !json["quote"].is_null() || json.get("attest").is_some_and(Value::is_object);
    assert_eq!(has_facts, verdict.starts_with("verified"));
    let checks = elements(&json["checks"]).iter();
    assert!(
        checks
            .map(|check| (check["name"].as_str(), check["state"].as_str()))
            .eq(appraisal
                .checks()
                .map(|(check, state)| (Some(check.name()), Some(state.name()))))
    );
    let warnings = elements(&json["warnings"]).iter().map(Value::as_str);
    assert!(warnings.eq(appraisal.warnings().map(|warning| Some(warning.text()))));
}

/// The words of a stranger around a response are shown as what they are.
pub(crate) fn stranger_is_reported(words: &str) {
    let report = Report::unread(words, "Ask again.").source(words);
    let json = written(&report.line(7, Some(words)));
    assert_eq!(json["line"], 7);
    for member in ["payload_id", "source", "message"] {
        assert_eq!(json[member], words);
    }
    assert_eq!(
        (&json["verdict"], &json["check"]),
        (&"malformed".into(), &"input".into())
    );
    assert!(elements(&json["checks"]).is_empty());
}

/// The JSON of a report, which says the same on one line and on several; its text shows
/// nothing that could mislead.
fn written(report: &Report<'_>) -> Value {
    let (mut text, mut line, mut lines) = (String::new(), String::new(), String::new());
    report.write_text(&mut text).expect("a string takes all");
    report
        .write_json_line(&mut line)
        .expect("a string takes all");
    report.write_json(&mut lines).expect("a string takes all");
    for written in [&text, &line, &lines] {
        assert!(!written.contains(misleads), "{written:?}");
    }
    assert!(text.ends_with('\n') && lines.ends_with("}\n") && !line.contains('\n'));
    let json: Value = serde_json::from_str(&line).expect("it is JSON");
    assert_eq!(
        serde_json::from_str::<Value>(&lines).ok().as_ref(),
        Some(&json)
    );
    // The second reader takes the last of two members of one name: here is none.
    let names = lines.lines().filter_map(|line| line.strip_prefix("  \""));
    let names: Vec<&str> = names.filter_map(|line| line.split('"').next()).collect();
    let is_response = !names.contains(&"attest");
    let expected = MEMBERS
        .iter()
        .filter(|name| !is_response || **name != "attest");
    let names_of_line = names
        .iter()
        .filter(|name| !["line", "payload_id"].contains(name));
    assert!(names_of_line.eq(expected), "{names:?}");
    json
}

fn elements(json: &Value) -> &[Value] {
    json.as_array().expect("a list")
}

/// A control but a line feed, or what changes the direction or the line.
fn misleads(c: char) -> bool {
    let changes_direction = matches!(
        u32::from(c),
        0x61c | 0x200e | 0x200f | 0x2028..=0x202e | 0x2066..=0x2069 | 0xfeff
    );
    c != '\n' && (c.is_control() || changes_direction)
}
