//! Lines of trust files.

use tpm_quote::evidence::TrustFile;

use crate::row::{Row, malformed, say};

const LINE: &str = "Each line is a name, what vouches for its key, and options, as in web-01 ak-key web-01.pem, or in fleet ak-ca ca.pem profile=google project=acme.";
const QUOTES: &str = "Put a value with blanks in double quotes, all of it, as in \"my ca.pem\".";
const USELESS: &str = "Remove the option, or add the one that it belongs to.";
const LACKS: &str = "Without it, the line would vouch for machines that are not yours.";
const OPTION: &str =
    "Write options as option=value; a comment is a line of its own that begins with #.";

/// What is said of the second line of a file.
fn of(line: &str, name: &'static str, text: &str, help: &'static str) -> Row {
    let file = format!("# A\n{line}\nb ak-key b.pem\n");
    let error = TrustFile::parse(file.as_bytes()).unwrap_err();
    malformed(error, name, text, help)
}

fn of_file(file: &[u8], name: &'static str, text: &str, help: &'static str) -> Row {
    malformed(TrustFile::parse(file).unwrap_err(), name, text, help)
}

#[test]
fn lines_say_what_is_wrong_and_where() {
    say(&rows());
}

pub fn rows() -> Vec<Row> {
    [files(), words(), options()]
        .into_iter()
        .flatten()
        .collect()
}

fn files() -> Vec<Row> {
    const UTF8: &str = "Save the file as UTF-8, without a byte order mark.";
    const EMPTY: &str = "Write a line for each machine or authority: with none, no key would pass.";
    vec![
        of_file(
            b"",
            "trust-empty",
            "trust file at byte 0: no line in it vouches for anything",
            EMPTY,
        ),
        of_file(
            b"\n # a ak-key a.pem\n\t\r\n",
            "trust-empty",
            "trust file at byte 22: no line in it vouches for anything",
            EMPTY,
        ),
        of_file(
            b"a ak-key \xff",
            "trust-utf8",
            "trust file at byte 9: not UTF-8",
            UTF8,
        ),
        of_file(
            b"\xef\xbb\xbfa ak-key a.pem",
            "trust-utf8",
            "trust file at byte 0: not UTF-8",
            UTF8,
        ),
        of_file(
            b"a ak-key a.pem\nb ak-key b\x00.pem",
            "trust-control",
            "trust file at byte 25: a control character",
            "Remove the character, or write the line anew.",
        ),
        // Not even in a comment: a terminal would obey it.
        of(
            "# \u{9b}2J",
            "trust-control",
            "trust file at byte 6: a control character",
            "Remove the character, or write the line anew.",
        ),
    ]
}

fn words() -> Vec<Row> {
    const NAME: &str = "Give each machine a line of its own: names are compared letter by letter, and there are no patterns or lists.";
    vec![
        of(
            "a,c ak-key a.pem",
            "trust-name",
            "trust file at byte 4: the character , in a name",
            NAME,
        ),
        of(
            "web-* ak-key a.pem",
            "trust-name",
            "trust file at byte 4: the character * in a name",
            NAME,
        ),
        of(
            "a",
            "trust-incomplete",
            "trust file at byte 5: a name alone, expected what vouches for its key",
            LINE,
        ),
        of(
            "a AK-KEY a.pem",
            "trust-kind",
            "trust file at byte 6: expected ak-name, ak-key, ak-ca, certified-by or hardware-root",
            "Write ak-name, ak-key, ak-ca, certified-by or hardware-root after the name.",
        ),
        of(
            "a ak-name",
            "trust-value-missing",
            "trust file at byte 6: ak-name without the Name of a key",
            LINE,
        ),
        of(
            "a ak-ca \"\"",
            "trust-value-missing",
            "trust file at byte 12: ak-ca without the file of a root",
            LINE,
        ),
        of(
            "a ak-key \"my key.pem",
            "trust-quote-open",
            "trust file at byte 13: a quotation mark that is not closed in its line",
            QUOTES,
        ),
        of(
            "a ak-key my\" key.pem\"",
            "trust-quote-inside",
            "trust file at byte 15: a quotation mark that does not stand around the whole value",
            QUOTES,
        ),
        of(
            "a ak-name 000b",
            "trust-value",
            "trust file at byte 14: ak-name: expected a Name in hexadecimal, as 000b and 64 digits",
            LINE,
        ),
    ]
}

fn options() -> Vec<Row> {
    vec![
        of(
            "a ak-key a.pem # old",
            "trust-option",
            "trust file at byte 19: expected an option, as valid-before=20270101",
            OPTION,
        ),
        of(
            "a ak-key a.pem valid_before=20270101",
            "trust-option",
            "trust file at byte 19: expected an option, as valid-before=20270101",
            OPTION,
        ),
        of(
            "a ak-ca c.pem profile=tcg profile=tcg",
            "trust-option-repeated",
            "trust file at byte 30: a second profile in one line",
            "Say it once: several digests are separated by commas, and several keys have a line each.",
        ),
        of(
            "a ak-ca c.pem dangerous-sha1-certificates=yes",
            "trust-value",
            "trust file at byte 46: dangerous-sha1-certificates: expected no value",
            LINE,
        ),
        of(
            "a ak-ca c.pem dangerous-sha1-certificates dangerous-sha1-certificates",
            "trust-option-repeated",
            "trust file at byte 46: a second dangerous-sha1-certificates in one line",
            "Say it once: several digests are separated by commas, and several keys have a line each.",
        ),
        of(
            "a ak-key a.pem dangerous-sha1-certificates",
            "trust-option-misplaced",
            "trust file at byte 19: dangerous-sha1-certificates is not for ak-key",
            "Remove the option: nothing would look at it.",
        ),
        of(
            "a ak-ca c.pem measurement=00",
            "trust-option-misplaced",
            "trust file at byte 18: measurement is not for ak-ca",
            "Remove the option: nothing would look at it.",
        ),
        of(
            "a ak-ca c.pem project=acme",
            "trust-option-useless",
            "trust file at byte 26: project without profile=google",
            USELESS,
        ),
        of(
            "a ak-ca c.pem profile=google project=acme vm=a",
            "trust-option-useless",
            "trust file at byte 49: vm without profile=azure",
            USELESS,
        ),
        of(
            "a ak-ca c.pem profile=google",
            "trust-option-missing",
            "trust file at byte 26: profile=google needs project or instance: its root vouches for the VMs of all customers",
            LACKS,
        ),
        of(
            "a ak-ca c.pem profile=azure",
            "trust-option-missing",
            "trust file at byte 26: profile=azure needs vm or ak-name: its root vouches for the VMs of all customers",
            LACKS,
        ),
        of(
            "a hardware-root r.pem tcb=4.0.24.219",
            "trust-option-missing",
            "trust file at byte 20: hardware-root needs measurement or id-key: any guest gets a report of its processor",
            LACKS,
        ),
        of(
            "a ak-ca c.pem profile=Google",
            "trust-value",
            "trust file at byte 26: profile: expected tcg, azure, google or dangerous-any-purpose",
            LINE,
        ),
        of(
            "a ak-key a.pem valid-before=20270229",
            "trust-value",
            "trust file at byte 32: valid-before: expected a time in UTC, as 20270101, 202701011230Z or 2027-01-01T12:30:00Z",
            LINE,
        ),
        of(
            "a ak-key a.pem valid-before=20270101 valid-after=20270101",
            "trust-never-valid",
            "trust file at byte 32: a line that is never valid",
            "Set valid-before to a later time than valid-after.",
        ),
    ]
}
