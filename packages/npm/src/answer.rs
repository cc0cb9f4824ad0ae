//! What JavaScript is told: a line of JSON with the outcome, and behind it the report.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use tpm_quote::{
    Appraisal, Attestation, Error, Name, Nonce, ResponsePolicy, Tier, Verdict, Verifier, wire::Hex,
};
use tpm_quote_shared::{
    Common, Found, Origin, Outcome, QuoteFacts, Quoted, Unread, expected_and_found, hint,
    of_appraisal,
};

use crate::{
    attest::verify_attest,
    failure::{Failure, More},
    message::Value,
    options::{FromPolicy, Options},
    quote::{settings, verify_one, verify_quote, verify_response},
    reading::{not_json, unknown_structure},
    values::{structure, text},
};

/// The answer to a message: an array of the name of a function and its options.
pub(crate) fn answer(message: &[u8]) -> String {
    let unknown = || Failure::Type("not a message of this version of the loader".into());
    let told = match Value::read(message) {
        Some(Value::List(parts)) => match <[Value<'_>; 2]>::try_from(parts) {
            Ok([name, Value::Object(given)]) => match name.text() {
                Some(name) => told(name, given),
                None => Err(unknown()),
            },
            _ => Err(unknown()),
        },
        _ => Err(unknown()),
    };
    told.unwrap_or_else(|failure| match failure {
        Failure::Type(message) => usage("TypeError", &message),
        Failure::Range(message) => usage("RangeError", &message),
        Failure::Refused(refusal) => refused(&refusal.error, &refusal.report, refusal.more),
    })
}

fn told<'a>(name: &'a str, mut given: Vec<(&'a str, Value<'a>)>) -> Result<String, Failure> {
    if name == "hint" {
        return Ok(hinted(&given));
    }
    if name == "notJson" {
        return Err(not_json(&given));
    }
    let mut policy = FromPolicy::take(name, &mut given)?;
    let keys = policy.keys();
    let options = Options::new(name, given, &mut policy)?;
    answered(name, options).map_err(|failure| failure.in_policy(&keys))
}

fn answered(name: &str, options: Options<'_>) -> Result<String, Failure> {
    Ok(match name {
        "verifyResponse" => found(verify_response(options)?),
        "verifyMany" => found(verify_one(options)?),
        "settings" => {
            settings(options)?;
            "{\"outcome\":\"Fine\"}\n".into()
        }
        "unavailable" => found(unavailable()),
        "verifyQuote" => verified(verify_quote(options)?, quote),
        "verifyAttest" => verified(verify_attest(options)?, |facts, _| {
            head("Attest", &facts.common, "")
        }),
        "parse" => parse(options)?,
        "nameOf" => name_of(options)?,
        _ => return Err(options.wrong("is no function of this version")),
    })
}

fn found(outcome: Outcome<Found>) -> String {
    verified(outcome, |found, state| match found {
        Found::Quote(facts) => quote(facts, state),
        Found::Unavailable => "{\"outcome\":\"Unavailable\"}".into(),
    })
}

fn verified<T>(outcome: Outcome<T>, shown: impl FnOnce(&T, Option<&[u8]>) -> String) -> String {
    let report = outcome.report.trim_end();
    let report = match &outcome.entries {
        Some(entries) => format!("{report}\n{entries}"),
        None => report.into(),
    };
    match outcome.result {
        Ok(facts) => format!("{}\n{report}", shown(&facts, outcome.state.as_deref())),
        Err(error) => {
            let more = More {
                note: outcome.note,
                ..More::default()
            };
            refused(&error, &report, more)
        }
    }
}

fn quote(facts: &QuoteFacts, state: Option<&[u8]>) -> String {
    let state = state.map_or_else(|| "null".into(), |state| format!("\"{}\"", Hex(state)));
    let more = format!(
        ",\"selection\":{},\"baselineMatched\":{},\"imaState\":{state}",
        Quoted(&facts.selection.to_string()),
        facts.baseline_matched
    );
    head("Quote", &facts.common, &more)
}

fn head(outcome: &str, common: &Common, more: &str) -> String {
    let anchored = common.key.trust().is_anchored();
    format!("{{\"outcome\":\"{outcome}\",\"isAnchored\":{anchored}{more}}}")
}

fn usage(class: &str, message: &str) -> String {
    format!(
        "{{\"outcome\":\"{class}\",\"message\":{}}}\n",
        Quoted(message)
    )
}

fn refused(error: &Error, report: &str, more: More) -> String {
    let class = match error.verdict() {
        Verdict::Rejected => "Rejected",
        Verdict::Unsupported => "Unsupported",
        Verdict::Malformed => "Malformed",
    };
    let (expected, found) = expected_and_found(error);
    let or_null = |text: Option<String>| match text {
        Some(text) => Quoted(&text).to_string(),
        None => "null".into(),
    };
    let is_own = more.text.is_none() && more.help.is_none();
    let message = more.text.unwrap_or_else(|| error.to_string());
    format!(
        "{{\"outcome\":\"{class}\",\"check\":\"{}\",\"problem\":\"{}\",\"option\":{},\"message\":{},\"isReported\":{is_own},\"note\":{},\"help\":{},\"expected\":{},\"found\":{}}}\n{report}",
        error.check().name(),
        error.problem_name(),
        or_null(more.option),
        Quoted(&message),
        or_null(more.note),
        Quoted(more.help.unwrap_or(error.help())),
        or_null(expected),
        or_null(found)
    )
}

/// What looks odd about the options of a call that failed.
fn hinted(given: &[(&str, Value<'_>)]) -> String {
    let bytes = given.iter().filter_map(|(name, value)| match value {
        Value::Bytes(bytes) => Some((*name, *bytes)),
        _ => None,
    });
    let bytes: Vec<_> = bytes.collect();
    let hint = hint(&bytes).map_or_else(|| "null".into(), |hint| Quoted(&hint).to_string());
    format!("{{\"outcome\":\"Parsed\"}}\n{hint}")
}

/// The library's error for a response without a quote, whatever the tier was.
fn unavailable() -> Outcome<Found> {
    let policy = ResponsePolicy::with_nonce(Nonce::from([0]));
    let appraisal: Appraisal<'_, Attestation<'_>> =
        Verifier::new().appraise_response(Ok(None), &policy, Tier::Maximum);
    let origin = Origin {
        source: "-",
        line: None,
    };
    of_appraisal(&appraisal, origin)
}

fn parse(mut options: Options<'_>) -> Result<String, Failure> {
    let data = options.need("data")?;
    let name = options.take("type");
    options.finish()?;
    let name = name.map(|name| text("type", &name)).transpose()?;
    // Whatever the data are, an unknown name is said first, with those that are known.
    if let Some(Err(unknown @ Unread::Unknown(_))) =
        name.map(|name| tpm_quote_shared::parse(&[], Some(name)))
    {
        return Err(unknown.into());
    }
    let value = match (&data, name) {
        (Value::Text(response), None) => {
            tpm_quote_shared::response(response).map_err(Unread::from)?
        }
        (data, name) => {
            let bytes = structure("data", data)?;
            tpm_quote_shared::parse(bytes, name)
                .map_err(|unread| unknown_structure(bytes, unread))?
        }
    };
    Ok(format!("{{\"outcome\":\"Parsed\"}}\n{value}"))
}

fn name_of(mut options: Options<'_>) -> Result<String, Failure> {
    let public = options.need("public")?;
    options.finish()?;
    let public = tpm_quote_shared::public(structure("public", &public)?);
    let public = public.map_err(Failure::of("public"))?;
    let name_alg = public.value().name_alg;
    match Name::of_public(&public) {
        Some(name) if name != Name::EMPTY => Ok(format!("{{\"outcome\":\"Parsed\"}}\n\"{name}\"")),
        _ => Err(Failure::Range(format!(
            "public: the nameAlg {name_alg} gives no Name here"
        ))),
    }
}
