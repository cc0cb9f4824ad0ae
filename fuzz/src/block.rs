//! The block in all its forms.

use std::collections::HashMap;

use serde_json::{Value, value::RawValue};
use tpm_quote::{
    Attestation, Error, Nonce, Problem, ResponsePolicy, Scratch, Tier, TpmAttestation, Verifier,
    evidence::{BlockEvidence, Form, Record, ResponseLogs},
    verify::error::{FieldProblem, JsonProblem},
};

use crate::{appraisal::same_as_verified, base64::base64, codec::explain_in, engines::Yes};

const FORMS: [Form; 3] = [Form::Response, Form::Metadata, Form::Block];

/// Reads a text as each form; another parser has to agree, and what is accepted
/// can be written and read again.
pub fn block(data: &[u8]) {
    let detected = Form::detect(data);
    agree_on_json(data, &detected);
    let mut scratch = Scratch::new();
    agree_on_any(data, detected);
    agree_on_logs(data);
    agree_on_record(data);
    let id = br#"{"id":"a","response":"#;
    let around = [id, data, b"}"].concat();
    let is_record = agree_on_record(&around);
    let mut room = Scratch::new();
    assert!(is_record || TpmAttestation::from_any_json(data, &mut room).is_err());
    agree_on_verdict(data);
    for form in FORMS {
        match TpmAttestation::from_json(data, form, &mut scratch) {
            Ok(block) => {
                serde_json::from_slice::<&RawValue>(data).expect("it is JSON");
                if let Some(block) = block {
                    assert!(match &detected {
                        Ok(detected) => *detected == form,
                        Err(error) => matches!(
                            error.problem(),
                            Problem::Field {
                                problem: FieldProblem::SeveralForms,
                                ..
                            }
                        ),
                    });
                    write_and_read(&block, data, form);
                }
            }
            Err(error) => {
                explain_in(&error, data);
            }
        }
    }
}

/// Whether the text has a block in the form that it seems to have.
pub fn is_block(data: &[u8]) -> bool {
    let mut scratch = Scratch::new();
    matches!(
        TpmAttestation::from_any_json(data, &mut scratch),
        Ok((_, Some(_)))
    )
}

/// What is read in any form is what is read in the form that is detected.
fn agree_on_any(data: &[u8], detected: Result<Form, Error>) {
    let (mut one, mut other) = (Scratch::new(), Scratch::new());
    let any = TpmAttestation::from_any_json(data, &mut one);
    let known = detected.and_then(|form| {
        let block = TpmAttestation::from_json(data, form, &mut other)?;
        Ok((form, block))
    });
    match (any, known) {
        (Ok((any_form, any)), Ok((form, known))) => {
            assert_eq!(any_form, form);
            assert_same(any, known);
        }
        // A text with several faults may be refused for another one of them.
        (Err(_), Err(_)) => {}
        (any, known) => panic!("{any:?}, but {known:?}"),
    }
}

/// The logs beside a block are the strings that another parser finds there, decoded: encoded
/// again, they are the same.
fn agree_on_logs(data: &[u8]) {
    let logs = match ResponseLogs::from_any_json(data) {
        Ok(logs) => logs,
        Err(error) => return explain_in(&error, data),
    };
    type Object<'j> = HashMap<String, &'j RawValue>;
    let root: Object<'_> = serde_json::from_slice(data).expect("it is an object");
    // Where both are at the root, the first one of them counts.
    let in_metadata = root.get("_metadata");
    let in_metadata = in_metadata.and_then(|metadata| serde_json::from_str(metadata.get()).ok());
    let places: [Option<Object<'_>>; 2] = [Some(root), in_metadata];
    for (log, name) in [
        (logs.event_log(), "event_log_b64"),
        (logs.ima_log(), "ima_log_b64"),
    ] {
        let Ok(log) = log else { continue };
        assert_eq!(log.field(), name);
        let mut room = vec![0xa5; log.max_len()];
        let decoded = match log.decode(&mut room) {
            Ok(decoded) => decoded.to_vec(),
            Err(error) => {
                explain_in(&error, data);
                continue;
            }
        };
        let mut places = places.iter().flatten();
        assert!(places.any(|object| {
            let text = object
                .get(name)
                .map(|text| serde_json::from_str::<String>(text.get()));
            text.is_some_and(|text| text.is_ok_and(|text| text == base64(&decoded)))
        }));
        if let Some(room) = room.get_mut(..decoded.len().saturating_sub(1)) {
            assert!(decoded.is_empty() || log.decode(room).is_err());
        }
    }
}

/// What is read around a response is what another parser takes it apart into. Gives
/// whether it can be read.
fn agree_on_record(data: &[u8]) -> bool {
    let (mut one, mut other) = (Scratch::new(), Scratch::new());
    let Ok(record) = Record::from_json(data, "id", "response", &mut one) else {
        return false;
    };
    let parts: HashMap<String, &RawValue> = serde_json::from_slice(data).expect("it is JSON");
    let id: String = serde_json::from_str(parts["id"].get()).expect("a string");
    assert_eq!(record.payload_id, id);
    let response = parts["response"].get().as_bytes();
    let (form, block) =
        TpmAttestation::from_any_json(response, &mut other).expect("it was read before");
    assert_eq!(record.form, form);
    assert_same(record.block, block);
    true
}

/// What is appraised of a response is what is verified, in every tier. The engine always
/// says yes, and any nonce will do, so that more than the signature decides.
fn agree_on_verdict(data: &[u8]) {
    let policy = ResponsePolicy::with_nonce(Nonce::dangerous_any());
    let verifier = Verifier::new().crypto(&Yes);
    for tier in [Tier::Standard, Tier::High, Tier::Maximum] {
        let (mut one, mut other) = (Scratch::new(), Scratch::new());
        let verified = verifier.response_for_tier(data, &policy, tier, &mut one);
        let block = TpmAttestation::from_json(data, Form::Response, &mut other);
        let appraisal = verifier.appraise_response(block, &policy, tier);
        same_as_verified(&appraisal, &verified);
        let is_unavailable = matches!(verified, Ok(Attestation::Unavailable));
        assert!(!is_unavailable || tier != Tier::Maximum);
    }
}

fn assert_same(a: Option<TpmAttestation<'_>>, b: Option<TpmAttestation<'_>>) {
    let written = |block: Option<TpmAttestation<'_>>| {
        let mut text = String::new();
        block.map(|block| block.write_json(&mut text).map(|()| text))
    };
    assert_eq!(written(a), written(b));
}

/// `detect` reads all of an object and asks nothing of it but its keys.
fn agree_on_json(data: &[u8], detected: &Result<Form, Error>) {
    match detected {
        Ok(_) => {
            serde_json::from_slice::<&RawValue>(data).expect("it is JSON");
        }
        Err(error) => {
            if let Problem::Json(problem) = error.problem()
                && *problem != JsonProblem::Depth
            {
                let value = serde_json::from_slice::<Value>(data);
                assert!(!value.is_ok_and(|value| value.is_object()), "{error}");
            }
        }
    }
}

fn write_and_read(block: &TpmAttestation<'_>, data: &[u8], form: Form) {
    let mut text = String::new();
    let written = block.write_json(&mut text);
    if let TpmAttestation::Available(evidence) = block {
        // What does not fit its claim is for the verifier to refuse.
        assert_eq!(written.is_ok(), is_whole(evidence));
    }
    if written.is_err() {
        return;
    }
    let mut scratch = Scratch::new();
    let again = TpmAttestation::from_json(text.as_bytes(), Form::Block, &mut scratch)
        .expect("it was just written")
        .expect("it is a block");
    let mut text_again = String::new();
    again
        .write_json(&mut text_again)
        .expect("it was written before");
    assert_eq!(text, text_again);
    match (block, &again) {
        (TpmAttestation::Unavailable, TpmAttestation::Unavailable) => {}
        (TpmAttestation::Available(a), TpmAttestation::Available(b)) => {
            assert_eq!(a.pcr_banks, b.pcr_banks);
            assert_eq!(a.aik_pubkey, b.aik_pubkey);
            assert_eq!(a.quote, b.quote);
            assert_eq!(a.signature, b.signature);
            for value in b.pcr_values.iter() {
                assert!(a.pcr_values.iter().any(|known| known == value));
            }
            for pcr in a.pcr_banks.iter() {
                let mut values = b.pcr_values.iter();
                assert!(values.any(|v| (v.bank, v.index) == (pcr.bank(), pcr.index())));
            }
        }
        _ => panic!("another kind of block"),
    }
    same_to_another_parser(data, form, &text);
}

/// Whether the values are those that are claimed, each of its bank's length.
fn is_whole(evidence: &BlockEvidence<'_>) -> bool {
    let of = |bank, index| {
        let mut values = evidence.pcr_values.iter();
        values.find(|value| value.bank == bank && value.index == index)
    };
    let claimed = evidence.pcr_banks.iter().all(|pcr| {
        of(pcr.bank(), pcr.index()).is_some_and(|value| value.digest.len() == pcr.digest_size())
    });
    let claims = |bank, index| evidence.pcr_banks.contains(bank, index);
    claimed
        && evidence
            .pcr_values
            .iter()
            .all(|value| claims(value.bank, value.index))
}

/// The strings are the same ones, but for the case of hexadecimal digits.
fn same_to_another_parser(data: &[u8], form: Form, text: &str) {
    // Numbers out of its range and deep nesting are errors there.
    let Ok(value) = serde_json::from_slice::<Value>(data) else {
        return;
    };
    let value = match form {
        Form::Response => &value["_metadata"]["tpm_attestation"],
        Form::Metadata => &value["tpm_attestation"],
        Form::Block => &value,
    };
    let written: Value = serde_json::from_str(text).expect("it is JSON");
    for key in [
        "is_available",
        "pcr_banks",
        "aik_pubkey_b64",
        "quote_b64",
        "signature_b64",
    ] {
        assert_eq!(value[key], written[key], "{key}");
    }
    let banks = written["pcr_values"].as_object();
    for (bank, indices) in banks.into_iter().flatten() {
        for (index, digest) in indices.as_object().into_iter().flatten() {
            let known = value["pcr_values"][bank][index].as_str();
            assert_eq!(known.map(str::to_lowercase).as_deref(), digest.as_str());
        }
    }
}
