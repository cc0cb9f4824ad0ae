//! What an error says, and the rules for how it says it.

use tpm_quote::{
    Check, Error,
    Verdict::{self, Malformed, Rejected, Unsupported},
};

/// An error and what is expected of it.
pub struct Row {
    pub error: Error,
    check: Check,
    verdict: Verdict,
    pub name: &'static str,
    text: String,
    help: &'static str,
}

/// The evidence can be read, and this check fails.
pub fn rejected(
    check: Check,
    error: impl Into<Error>,
    name: &'static str,
    text: &str,
    help: &'static str,
) -> Row {
    row((check, Rejected), error, name, text, help)
}

/// This check cannot be run.
pub fn unsupported(
    check: Check,
    error: impl Into<Error>,
    name: &'static str,
    text: &str,
    help: &'static str,
) -> Row {
    row((check, Unsupported), error, name, text, help)
}

/// Something cannot be read.
pub fn malformed(
    error: impl Into<Error>,
    name: &'static str,
    text: &str,
    help: &'static str,
) -> Row {
    row((Check::Input, Malformed), error, name, text, help)
}

fn row(
    (check, verdict): (Check, Verdict),
    error: impl Into<Error>,
    name: &'static str,
    text: &str,
    help: &'static str,
) -> Row {
    Row {
        error: error.into(),
        check,
        verdict,
        name,
        text: text.to_owned(),
        help,
    }
}

/// Every error says what its row says, and says it in plain sentences.
#[track_caller]
pub fn say(rows: &[Row]) {
    for row in rows {
        let Row { error, text, .. } = row;
        assert_eq!(error.to_string(), *text);
        assert_eq!(error.problem_name(), row.name, "{text}");
        let found = (error.check(), error.verdict());
        assert_eq!(found, (row.check, row.verdict), "{text}");
        assert_eq!(error.help(), row.help, "{text}");
        assert_eq!(error.offset(), offset_in(text), "{text}");
        is_a_text(text);
        is_a_help(row.help);
        is_kebab_case(row.name);
    }
}

/// Where an error says that it is: `at byte 12: `.
fn offset_in(text: &str) -> Option<usize> {
    let mut places = text.split("at byte ").skip(1);
    places.find_map(|place| place.split_once(": ")?.0.parse().ok())
}

/// What stands in a line of a log: it begins in lower case, or with a name that is written
/// otherwise, and has no period.
fn is_a_text(text: &str) {
    let (first, rest) = text.split_at(text.find([' ', '.', ':']).expect(text));
    let is_name = first.starts_with("TPM")
        || ["RSA", "PEM", "PCR", "IMA", "Secure"].contains(&first)
        || rest.starts_with(": ")
        || rest.starts_with(" at byte ");
    let upper = first.starts_with(|c: char| c.is_uppercase());
    assert!(!upper || is_name, "begins in upper case: {text}");
    assert!(!text.ends_with(['.', ' ', ':', ',']), "{text}");
    is_plain(text);
}

/// One sentence: it begins in upper case, and has one period, at its end.
fn is_a_help(help: &str) {
    assert!(help.starts_with(|c: char| c.is_uppercase()), "{help}");
    let sentence = help.strip_suffix('.').expect(help);
    assert!(!sentence.ends_with('.'), "{help}");
    assert!(!sentence.contains(". "), "more than one sentence: {help}");
    is_plain(help);
}

/// Words that were found wanting when the texts were read aloud.
fn is_plain(words: &str) {
    for wrong in [
        "  ",
        "\n",
        "PCR are",
        "All PCR ",
        "else than",
        "all the same",
        "there twice",
        "behind",
        "is none",
        "that is to ",
        "name by digest",
        "along.",
        "?",
        "!",
    ] {
        assert!(!words.contains(wrong), "{wrong:?} in: {words}");
    }
    assert!(words.len() <= 260, "{} bytes: {words}", words.len());
}

fn is_kebab_case(name: &str) {
    let words = name.split('-');
    for word in words {
        let is_word = !word.is_empty()
            && word
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        assert!(is_word, "{name}");
    }
}
