//! [`Failure`]: why there is no result, as JavaScript is told.

use alloc::{boxed::Box, format, string::String};

use tpm_quote::{Appraisal, Attestation, Error, report::Report};
use tpm_quote_shared::{Unread, Unusable, json};

/// Why there is no result.
pub(crate) enum Failure {
    /// An argument of a wrong type, or arguments that do not go together: a `TypeError`.
    Type(String),
    /// A value that makes no sense: a `RangeError`.
    Range(String),
    /// The library refuses evidence, or the option with this name; with the report.
    Refused(Box<Error>, String, Option<String>),
}

impl Failure {
    pub(crate) fn wrong_type(what: &str, expected: &str, found: &str) -> Self {
        Self::Type(format!("{what}: expected {expected}, not {found}"))
    }
}

impl Failure {
    /// What the library says of the value of this option.
    pub(crate) fn of(option: &str) -> impl Fn(Error) -> Self {
        move |error| Self::refused(error, Some(option.into()))
    }

    fn refused(error: Error, option: Option<String>) -> Self {
        let appraisal: Appraisal<'_, Attestation<'_>> = error.into();
        let report = json(&Report::new(&appraisal));
        Self::Refused(error.into(), report, option)
    }
}

impl From<Unusable> for Failure {
    fn from(unusable: Unusable) -> Self {
        match unusable {
            Unusable::Setting(setting, error) => Self::refused(*error, Some(camel(setting))),
            Unusable::Evidence(problem) => Self::Range(format!("evidence: {problem}")),
            Unusable::PlainKey(setting) | Unusable::Scheme(setting) => {
                Self::Type(format!("{}: {unusable}", camel(setting)))
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
            Unread::Malformed(error) => Self::refused(error, None),
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
