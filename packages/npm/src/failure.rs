//! [`Failure`]: why there is no result, as JavaScript is told.

use alloc::{boxed::Box, format, string::String};

use tpm_quote::{Appraisal, Attestation, Error, Verdict, report::Report};
use tpm_quote_shared::{Unread, Unusable, json, shown};

/// Why there is no result.
pub(crate) enum Failure {
    /// An argument of a wrong type, or arguments that do not go together: a `TypeError`.
    Type(String),
    /// A value that makes no sense: a `RangeError`.
    Range(String),
    /// The library refuses the evidence or an option.
    Refused(Box<Refusal>),
}

/// An error of the library, with its report.
pub(crate) struct Refusal {
    pub(crate) error: Error,
    pub(crate) report: String,
    pub(crate) more: More,
}

/// Details that an error of the library does not have.
#[derive(Default)]
pub(crate) struct More {
    /// The name of the option at fault, with its value if that is a text.
    pub(crate) option: Option<String>,
    /// A text that replaces the error's own. It names the option.
    pub(crate) text: Option<String>,
    /// Help that replaces the error's own.
    pub(crate) help: Option<&'static str>,
    /// A note: what the value looks like, if that is something else than expected.
    pub(crate) note: Option<String>,
}

impl Failure {
    pub(crate) fn wrong_type(what: &str, expected: &str, found: &str) -> Self {
        Self::Type(format!("{what}: expected {expected}, not {found}"))
    }
}

impl Failure {
    /// What the library says of the value of this option.
    pub(crate) fn of(option: &str) -> impl Fn(Error) -> Self {
        move |error| Self::of_option(error, option.into())
    }

    /// The same for a value that is a text: the error shows it.
    pub(crate) fn of_text(option: &str, given: &str) -> impl Fn(Error) -> Self {
        move |error| Self::of_option(error, format!("{option}: {}", shown(given)))
    }

    fn of_option(error: Error, option: String) -> Self {
        let more = More {
            option: Some(option),
            ..More::default()
        };
        Self::refused(error, more)
    }

    /// A `Malformed` with this text instead of the error's own.
    pub(crate) fn unread(error: Error, text: String) -> Self {
        Self::unread_with(error, text, None)
    }

    /// The same with other help.
    pub(crate) fn unread_with(error: Error, text: String, help: Option<&'static str>) -> Self {
        let more = More {
            text: Some(text),
            help,
            ..More::default()
        };
        Self::refused(error, more)
    }

    fn refused(error: Error, more: More) -> Self {
        let appraisal: Appraisal<'_, Attestation<'_>> = error.into();
        let report = json(&Report::new(&appraisal));
        Self::Refused(Box::new(Refusal {
            error,
            report,
            more,
        }))
    }

    /// The same failure, in which options that a policy gave have the names of its keys.
    pub(crate) fn in_policy(mut self, keys: &[(String, String)]) -> Self {
        let texts = match &mut self {
            Self::Type(text) | Self::Range(text) => [Some(text), None],
            Self::Refused(refusal) => [refusal.more.option.as_mut(), refusal.more.text.as_mut()],
        };
        for text in texts.into_iter().flatten() {
            for (option, key) in keys {
                let rest = text.strip_prefix(&**option);
                if let Some(rest) = rest.filter(|rest| rest.is_empty() || rest.starts_with(':')) {
                    *text = format!("policy: {key}{rest}");
                }
                *text = text.replace(&format!("'{option}'"), &format!("'{key}' of the policy"));
            }
        }
        self
    }
}

impl From<Unusable> for Failure {
    fn from(unusable: Unusable) -> Self {
        match unusable {
            Unusable::Setting(setting, error) => Self::of_option(*error, camel(setting)),
            Unusable::Evidence(problem) => Self::Range(format!("evidence: {problem}")),
            Unusable::PlainKey(setting) | Unusable::Scheme(setting) => {
                Self::Type(format!("{}: {unusable}", camel(setting)))
            }
            Unusable::Certifier(error) if error.verdict() == Verdict::Malformed => {
                Self::unread(error, format!("certifiedBy: {unusable}"))
            }
            Unusable::Certifier(_) => Self::Range(format!("certifiedBy: {unusable}")),
        }
    }
}

/// A setting of the packages, and what is wrong with it.
impl From<(&str, String)> for Failure {
    fn from((setting, problem): (&str, String)) -> Self {
        Self::Range(format!("{}: {problem}", camel(setting)))
    }
}

impl From<Unread> for Failure {
    fn from(unread: Unread) -> Self {
        match unread {
            Unread::Malformed(error) => Self::refused(error, More::default()),
            Unread::Unknown(message) => Self::Range(message),
        }
    }
}

/// A setting by its name in JavaScript.
pub(crate) fn camel(name: &str) -> String {
    let mut parts = name.split('_');
    let mut camel = String::from(parts.next().unwrap_or_default());
    for part in parts {
        let mut chars = part.chars();
        camel.extend(chars.next().map(|first| first.to_ascii_uppercase()));
        camel.extend(chars);
    }
    camel
}
