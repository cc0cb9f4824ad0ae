//! The form of systemd's log of what it extends.

use tpm_quote::{Check, Verdict, log::UserspaceLog};

use crate::machine::{Machine, here};

fn log() -> Vec<u8> {
    Machine::new(here().join("19-systemd262-uki")).file("tpm2-measure.log")
}

#[track_caller]
fn refused(log: &[u8], name: &str, text: &str) {
    let error = UserspaceLog::parse(log).unwrap_err();
    assert_eq!(error.to_string(), text);
    assert_eq!(error.problem_name(), name);
    assert_eq!(
        (error.check(), error.verdict()),
        (Check::Input, Verdict::Malformed)
    );
}

/// One entry, with these fields.
fn entry(fields: &str) -> Vec<u8> {
    format!("\x1e{{{fields}}}\n").into_bytes()
}

const SHA1: &str = r#"{"hashAlg":"sha1","digest":"0d3751a5a6707fb8918dfbe6b0d9853ca6c313c4"}"#;

#[test]
fn log_that_is_cut_at_any_byte_is_refused_or_has_whole_entries() {
    let log = log();
    assert!(UserspaceLog::parse(&log).is_ok());
    let starts: Vec<usize> = (0..log.len()).filter(|at| log[*at] == 0x1e).collect();
    assert_eq!(starts.len(), 18);
    for len in 0..log.len() {
        let cut = UserspaceLog::parse(&log[..len]);
        let is_end = len > 0 && starts.contains(&len);
        assert_eq!(cut.is_ok(), is_end, "cut to {len} bytes");
        if let Err(error) = cut {
            assert!(error.offset().is_some_and(|at| at <= len), "{error}");
        }
    }
}

#[test]
fn fields_that_are_not_needed_may_be_anything() {
    for fields in [
        format!(r#""pcr":0,"digests":[{SHA1}]"#),
        format!(r#""content":{{"pcr":99}},"pcr":23,"new":[1,{{}}],"digests":[{SHA1}]"#),
        // A bank that nobody knows yet, and none at all.
        r#""pcr":0,"digests":[{"hashAlg":"sha9","digest":"zz","size":1}]"#.to_owned(),
        r#""pcr":0,"digests":[]"#.to_owned(),
        // It extends something else than a PCR.
        format!(r#""nvIndex":1,"digests":[{SHA1}]"#),
        String::new(),
    ] {
        let log = entry(&fields);
        let result = UserspaceLog::parse(&log);
        assert!(result.is_ok(), "{fields}: {result:?}");
    }
}

#[test]
fn entries_in_another_form_are_refused_where_they_stand() {
    let at = |fields: &str, name, text: &str| {
        refused(&entry(fields), name, &format!("userspace log: {text}"));
    };
    let hex = "digest at byte 48: not hexadecimal, or more than 64 bytes";
    let odd = SHA1.replace("0d37", "d37");
    at(&format!(r#""pcr":0,"digests":[{odd}]"#), "field-hex", hex);
    let length = "digest at byte 48: the value of sha1:0 has 19 bytes, expected 20";
    let short = SHA1.replace("0d37", "37");
    at(
        &format!(r#""pcr":0,"digests":[{short}]"#),
        "field-value-length",
        length,
    );
    let twice = "digests at byte 92: a second value for sha1:0";
    let fields = format!(r#""pcr":0,"digests":[{SHA1},{SHA1}]"#);
    at(&fields, "field-value-repeated", twice);
    let index = "pcr at byte 8: not the index of a PCR, 0 to 23";
    at(
        &format!(r#""pcr":24,"digests":[{SHA1}]"#),
        "field-index",
        index,
    );
    let twice = "pcr at byte 10: given twice";
    at(
        &format!(r#""pcr":0,"pcr":1,"digests":[{SHA1}]"#),
        "field-repeated",
        twice,
    );
    at(r#""pcr":0"#, "field-missing", "digests at byte 1: missing");
    let fields = r#""pcr":0,"digests":[{"hashAlg":"sha1"}]"#;
    at(fields, "field-missing", "digest at byte 21: missing");
    let fields = r#""pcr":0,"digests":[{"digest":""}]"#;
    at(fields, "field-missing", "hashAlg at byte 21: missing");
    at(
        r#""pcr":0,"digests":1"#,
        "json-expected",
        "at byte 20: expected an array",
    );
    at(
        r#""pcr":"0""#,
        "json-expected",
        "at byte 8: expected a number",
    );

    let none = "userspace log: at byte 0: expected a record separator, 0x1e";
    refused(b"{}\n", "json-expected", none);
    refused(
        b"",
        "log-empty",
        "userspace log at byte 0: the log has no events",
    );
    let cut = "userspace log at byte 3: the log ends within event 0, which begins at offset 0";
    refused(b"\x1e{}", "log-truncated", cut);
    let two = "userspace log: at byte 4: expected the end of the text";
    refused(b"\x1e{} {}\n", "json-expected", two);
    // The place is that in the whole log.
    let second = [entry(""), entry(r#""pcr":x"#)].concat();
    refused(
        &second,
        "json-expected",
        "userspace log: at byte 12: expected a number",
    );
}
