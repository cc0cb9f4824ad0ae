//! What there is to say of a failure: it is found out once, and the report and standard
//! error both say it.

use serde_json::Value;
use tpm_quote::{
    Error, Nonce, Problem, Verdict,
    evidence::BlockEvidence,
    report::{Place, Report},
    verify::{Part, error::AttestProblem},
};

use crate::{
    input::{Input, position},
    kinds,
    output::{is_told_once, say, seen},
};

/// Where evidence was refused, which field of it, what to do, and what else is known.
pub(crate) struct Diagnosis<'a> {
    error: &'a Error,
    /// The file, for a person.
    name: &'a str,
    /// The file, as in reports.
    source: &'a str,
    position: Option<(u64, u64)>,
    field: Option<&'a str>,
    help: Option<&'static str>,
    notes: Vec<String>,
    /// Notes for the report alone, where there is one.
    asides: Vec<String>,
}

impl<'a> Diagnosis<'a> {
    /// An error about this file.
    pub(crate) fn of(error: &'a Error, input: &'a Input) -> Self {
        let mut diagnosis = Self::of_file(error, &input.name);
        diagnosis.source = input.source();
        // Of what is decoded of a text, the offset is no position in the text.
        let is_text = match error.problem() {
            Problem::Json(_) | Problem::Field { .. } => error.part() != Part::Claims,
            _ => error.part() == Part::Response,
        };
        let offset = error.offset().filter(|_| is_text);
        diagnosis.position = offset.map(|offset| input.position(offset));
        diagnosis
    }

    /// An error about a file of which only the name is known.
    pub(crate) fn of_file(error: &'a Error, name: &'a str) -> Self {
        Self {
            error,
            name,
            source: name,
            position: None,
            field: None,
            help: None,
            notes: Vec::new(),
            asides: Vec::new(),
        }
    }

    /// An error about a response in a line of this file, which begins there in the line.
    pub(crate) fn of_line(
        error: &'a Error,
        file: &'a str,
        line: (u64, &[u8]),
        response: Option<usize>,
    ) -> Self {
        let mut diagnosis = Self::of_file(error, file);
        let (number, line) = line;
        let is_text = error.part() == Part::Response || is_of_field(error);
        let offset = error.offset().filter(|_| is_text);
        if offset.is_some() {
            let note = "bytes are counted from the start of the response";
            diagnosis.notes.push(note.to_owned());
        }
        let at = offset.and_then(|offset| response?.checked_add(offset));
        diagnosis.position = at.map(|at| (number, position(line, at).1));
        diagnosis
    }

    /// Another sentence of help than the error's.
    pub(crate) fn help(self, help: Option<&'static str>) -> Self {
        Self { help, ..self }
    }

    /// What else is known.
    pub(crate) fn note(mut self, note: Option<String>) -> Self {
        self.notes.extend(note);
        self
    }

    /// What something that cannot be read looks like.
    pub(crate) fn looks_like(self, name: &str, bytes: &[u8]) -> Self {
        let seen = kinds::looks_like(bytes);
        self.note(seen.map(|seen| format!("{name} looks like {seen}")))
    }

    /// The same, if the error is about one of the fields of a response.
    pub(crate) fn in_block(mut self, block: Option<&BlockEvidence<'_>>) -> Self {
        let part = self.error.part();
        let field = block.and_then(|block| block.field(part));
        let Some((field, bytes)) = field.filter(|_| self.is_unreadable()) else {
            return self;
        };
        self.field = Some(field);
        if self.error.offset().is_some() {
            let from = match part {
                Part::Signed | Part::CertificationSigned => "behind its size",
                _ => "decoded",
            };
            let from = format!("bytes are counted from the start of {field}, {from}");
            self.notes.push(from);
        }
        self.looks_like(field, bytes)
    }

    /// The same, where the error is about a log in this field of a response.
    pub(crate) fn in_log(mut self, field: &'static str) -> Self {
        // What is wrong with the field itself says its name.
        if is_of_field(self.error) {
            return self;
        }
        self.field = Some(field);
        if self.error.offset().is_some() {
            let from = format!("bytes are counted from the start of {field}, decoded");
            self.notes.push(from);
        }
        self
    }

    /// Which request a response answers that is not the answer to this one, if that can be
    /// told: a payload id may be in another case, and a response names one.
    pub(crate) fn of_request(mut self, payload_id: Option<&str>, response: &[u8]) -> Self {
        let Problem::Attest(AttestProblem::Nonce { found, .. }) = self.error.problem() else {
            return self;
        };
        if self.error.part().is_of_certification() {
            return self;
        }
        let is_signed = |id: &str| {
            Nonce::from_payload_id(id).is_ok_and(|nonce| nonce.as_ref() == found.bytes())
        };
        let named = named_payload_id(response);
        let note = match (payload_id, named.as_deref()) {
            (Some(id), Some(named)) if id != named => {
                let quote = match is_signed(named) {
                    true => ", and the quote is for that one",
                    false => "",
                };
                let case = match id.to_lowercase() == named.to_lowercase() {
                    true => ". They differ in upper and lower case alone",
                    false => "",
                };
                Some(format!(
                    "the response names the payload id {named:?}{quote}; expected {id:?}{case}"
                ))
            }
            (None, Some(named)) if is_signed(named) => Some(format!(
                "the quote is for the payload id {named:?}, which the response names"
            )),
            (Some(id), _) => {
                let mut others = [id.to_lowercase(), id.to_uppercase()].into_iter();
                let signed = others.find(|other| other != id && is_signed(other));
                signed.map(|other| {
                    format!(
                        "the quote is for the payload id {other:?}, expected {id:?}: they differ in upper and lower case alone"
                    )
                })
            }
            (None, _) => None,
        };
        self.asides.extend(note);
        self
    }

    /// Whether it cannot be read.
    pub(crate) fn is_unreadable(&self) -> bool {
        self.error.verdict() == Verdict::Malformed
    }

    /// Says it on standard error: where, which check or field, what, what to do. On a
    /// terminal the report says it, and once is enough.
    pub(crate) fn say(&self) {
        if !is_told_once() {
            self.say_with(&[]);
        }
    }

    /// The same where there is no report.
    pub(crate) fn say_all(&self) {
        self.say_with(&self.asides);
    }

    fn say_with(&self, asides: &[String]) {
        let Self { error, name, .. } = self;
        let place = match self.position {
            Some((line, column)) => format!("{name}:{line}:{column}"),
            None => (*name).to_owned(),
        };
        let what = match self.field {
            Some(field) => format!("{field}: "),
            None if self.is_unreadable() => String::new(),
            None => format!("{}: ", error.check()),
        };
        say(&format!("tpm-quote: {place}: {what}{error}"));
        if self.is_unreadable() {
            say(&format!("help: {}", self.help.unwrap_or(error.help())));
        }
        for note in self.notes.iter().chain(asides) {
            say(&format!("note: {note}"));
        }
    }
}

/// Whether what is wrong is a field of a JSON text, and not what it holds.
fn is_of_field(error: &Error) -> bool {
    matches!(error.problem(), Problem::Field { .. })
}

/// Hands on the report with what there is to say of a failure in it.
pub(crate) fn explained<T>(
    diagnosis: Option<&Diagnosis<'_>>,
    report: Report<'_>,
    then: impl FnOnce(Report<'_>) -> T,
) -> T {
    let Some(diagnosis) = diagnosis else {
        return then(report);
    };
    let seen = seen();
    let notes = diagnosis.notes.iter().chain(&diagnosis.asides);
    let notes: Vec<&str> = notes.chain(&seen).map(String::as_str).collect();
    let place = Place::new(diagnosis.source)
        .position(diagnosis.position)
        .offset(diagnosis.error.offset());
    then(
        report
            .place(Some(place))
            .field(diagnosis.field)
            .help(diagnosis.help)
            .notes(&notes),
    )
}

/// The payload id that a response names: `payload_id` in its `_metadata`.
fn named_payload_id(response: &[u8]) -> Option<String> {
    let response: Value = serde_json::from_slice(response).ok()?;
    let metadata = response.get("_metadata").unwrap_or(&response);
    metadata.get("payload_id")?.as_str().map(str::to_owned)
}
