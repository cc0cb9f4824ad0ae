//! What is JSON and what is not.

extern crate std;

use std::{string::String, vec::Vec};

use super::*;

fn skip(text: &str) -> Result<(), JsonError> {
    let mut json = Json::new(text.as_bytes())?;
    json.skip()?;
    json.end()
}

#[test]
fn takes_what_json_is() {
    for text in [
        "0",
        "-0",
        "10",
        "-1.5e+10",
        "1E5",
        "true",
        "false",
        "null",
        r#""""#,
        "[]",
        "{}",
        " [ 1 , [ ] , { } , \"\" ] ",
        r#"{"a":1,"b":{"c":[{}]},"a":null}"#,
        r#""\"\\\/\b\f\n\r\t\u0041\ud83d\ude00""#,
        "\t\r\n 1 \t\r\n",
    ] {
        assert_eq!(skip(text), Ok(()), "{text}");
    }
}

#[test]
fn refuses_what_json_is_not() {
    for (text, offset) in [
        ("", 0),
        ("01", 0),
        ("-", 0),
        ("1.", 0),
        (".5", 0),
        ("+1", 0),
        ("1e", 0),
        ("tru", 0),
        ("nul", 0),
        ("True", 0),
        ("[1,]", 3),
        ("[,1]", 1),
        ("[1 2]", 3),
        ("[", 1),
        ("{", 1),
        ("{,}", 1),
        (r#"{"a"}"#, 4),
        (r#"{"a":}"#, 5),
        (r#"{"a":1,}"#, 7),
        (r#"{a:1}"#, 1),
        ("[1}", 2),
        (r#"{"a":1]"#, 6),
        ("1 1", 2),
        ("\"a", 2),
        ("\"\n\"", 1),
        ("\"\0\"", 1),
        (r#""\x""#, 1),
        (r#""\ud800""#, 8),
        (r#""\ud800\u0041""#, 1),
        (r#""\ud800\ud800""#, 1),
        (r#""\udbff\udbff""#, 1),
        (r#""\ud800\ue000""#, 1),
        (r#""\ud800\n""#, 1),
        (r#""\udfff\ud800""#, 1),
        ("[+1]", 1),
        ("1e+", 0),
        ("1e+-1", 0),
        ("1.+5", 0),
        ("-+1", 0),
        ("00", 0),
        (r#""\u+041""#, 1),
        (r#""\u 041""#, 1),
        (r#""\udc00""#, 1),
        (r#""\u00g0""#, 1),
        (r#""\u+041""#, 1),
        ("\u{feff}1", 0),
        ("NaN", 0),
        ("'a'", 0),
        ("/**/1", 0),
        ("\u{b}1", 0),
        ("\u{a0}1", 0),
    ] {
        let error = skip(text).expect_err(text);
        assert_eq!(error.offset, offset, "{text}: {error:?}");
    }
}

#[test]
fn refuses_what_is_not_utf_8_where_it_is_not() {
    assert_eq!(Json::new(b"\"a\xff\"").unwrap_err().offset, 2);
}

#[test]
fn nests_128_deep_and_no_deeper_without_recursion() {
    let nested = |n: usize| {
        let mut text = "[".repeat(n);
        text.push_str(&"]".repeat(n));
        text
    };
    assert_eq!(skip(&nested(128)), Ok(()));
    for deep in [129, 100_000] {
        let error = skip(&nested(deep)).unwrap_err();
        assert_eq!((error.offset, error.problem), (128, JsonProblem::Depth));
    }
}

#[test]
fn remembers_arrays_and_objects_to_the_full_depth() {
    let mut text = String::new();
    let mut close = Vec::new();
    for level in 0..128 {
        if level % 3 == 0 {
            text.push_str(r#"{"k":"#);
            close.push('}');
        } else {
            text.push('[');
            close.push(']');
        }
    }
    text.push('1');
    text.extend(close.iter().rev());
    assert_eq!(skip(&text), Ok(()));
}

#[test]
fn decodes_escapes() {
    let mut json = Json::new(br#""a\u0062\/\ud83d\ude00\n\"""#).unwrap();
    let text = json.string().unwrap();
    assert_eq!(text.chars().collect::<String>(), "ab/\u{1f600}\n\"");
    assert!(text.is("ab/\u{1f600}\n\""));
    assert!(!text.is("ab/\u{1f600}\n"));
}

/// Wherever they stand: strings are read some bytes at a time.
#[test]
fn bytes_that_end_or_break_a_string_are_seen_at_each_place() {
    for len in 0..20 {
        for at in 0..=len {
            let plain = |count| "\u{e4}\u{7f} ~".chars().cycle().take(count);
            let with = |special: char| -> String {
                let inside = plain(at).chain([special]).chain(plain(len - at));
                ['"'].into_iter().chain(inside).chain(['"']).collect()
            };
            let offset = 1 + plain(at).map(char::len_utf8).sum::<usize>();
            let error = |problem| Err(JsonError::new(offset, problem));
            for control in '\0'..' ' {
                let refused = error(JsonProblem::ControlCharacter);
                assert_eq!(skip(&with(control)), refused, "{at} of {len}");
            }
            let escape = with('\\');
            let escaped = at < len && escape.as_bytes().get(offset + 1) == Some(&b'"');
            assert!(skip(&escape).is_err() || escaped, "{at} of {len}");
            let ended = with('"');
            let mut json = Json::new(ended.as_bytes()).unwrap();
            let text = json.string().unwrap();
            assert_eq!(text.plain(), ended.get(1..offset), "{at} of {len}");
        }
    }
}

#[cfg(feature = "projects")]
fn numbers(text: &str) -> Result<Vec<u16>, JsonError> {
    let mut json = Json::new(text.as_bytes())?;
    let mut numbers = Vec::new();
    json.begin_array()?;
    let mut first = true;
    while json.element(&mut first)? {
        numbers.push(json.whole()?);
    }
    json.end()?;
    Ok(numbers)
}

#[cfg(feature = "projects")]
#[test]
fn array_of_whole_numbers_is_read() {
    for (text, expected) in [
        ("[]", &[][..]),
        (" [ 0 , 7,65535 ] ", &[0, 7, 65535]),
        ("[\n10\t]\r", &[10]),
    ] {
        assert_eq!(numbers(text).as_deref(), Ok(expected), "{text}");
    }
}

#[cfg(feature = "projects")]
#[test]
fn what_is_no_array_of_whole_numbers_is_refused_where_it_stands() {
    let whole = JsonProblem::Expected("a whole number from 0 to 65535");
    let number = JsonProblem::Expected("a number");
    for (text, offset, problem) in [
        ("{}", 0, JsonProblem::Expected("an array")),
        ("[1 2]", 3, JsonProblem::Expected("',' or ']'")),
        ("[1", 2, JsonProblem::End),
        ("[", 1, JsonProblem::End),
        ("[1,]", 3, number),
        ("[,1]", 1, number),
        ("[null]", 1, number),
        ("[\"1\"]", 1, number),
        ("[01]", 1, JsonProblem::Number),
        ("[ -1]", 2, whole),
        ("[-0]", 1, whole),
        ("[1.0]", 1, whole),
        ("[1e1]", 1, whole),
        ("[1E+1]", 1, whole),
        ("[65536]", 1, whole),
        ("[99999]", 1, whole),
        ("[]]", 2, JsonProblem::Expected("the end of the text")),
    ] {
        assert_eq!(
            numbers(text),
            Err(JsonError::new(offset, problem)),
            "{text}"
        );
    }
}
