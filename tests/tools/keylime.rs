//! The cases as a keylime agent would send them.

use base64ct::{Base64, Encoding as _};
use tpm_quote::{
    AttestationKey, Check, Error, Evidence, Problem, Tpm2bPublic, Unmarshal, Verdict,
    evidence::KeylimeQuote,
    verify::{
        Part,
        error::{KeylimePart, KeylimeProblem},
    },
    verify_quote,
};

use crate::common::{Vector, case, cases, quote::Quote};

fn base64(bytes: &[u8]) -> String {
    let mut room = vec![0; bytes.len() * 2 + 4];
    Base64::encode(bytes, &mut room).unwrap().to_owned()
}

fn text(case: &Vector) -> String {
    let parts = ["quote.attest", "quote.sig", "pcrs.serialized"];
    let parts = parts.map(|name| base64(&case.file(name)));
    format!("r{}", parts.join(":"))
}

#[test]
fn every_case_has_the_verdict_of_its_block_from_the_string_of_keylime() {
    let mut accepted = 0;
    for case in cases() {
        let quote = Quote::of(&case);
        let text = text(&case);
        let mut room = vec![0; text.len() * 3 / 4];
        let read = KeylimeQuote::read(&text, &mut room).unwrap();
        assert_eq!(read.attest, quote.attest, "{}", case.name);
        assert_eq!(read.signature, quote.signature, "{}", case.name);
        let values: Vec<_> = read.pcrs.iter().collect();
        let evidence = Evidence {
            attest: read.attest,
            signature: read.signature,
            pcrs: &values,
        };
        let public = Tpm2bPublic::from_bytes(&quote.public).unwrap();
        let found = AttestationKey::self_asserted(&public)
            .and_then(|key| verify_quote(&key, &evidence, &quote.policy()).map(|_| ()));
        assert_eq!(found, quote.verify(), "{}", case.name);
        accepted += usize::from(found.is_ok());
    }
    assert_eq!(accepted, 96);
}

#[track_caller]
fn refused(text: &str, problem: KeylimeProblem, offset: Option<usize>, says: &str) {
    let mut room = vec![0; text.len()];
    let found = KeylimeQuote::read(text, &mut room).unwrap_err();
    assert_eq!(*found.problem(), Problem::Keylime(problem), "{text}");
    assert_eq!(found.offset(), offset, "{text}");
    assert_eq!((found.part(), found.check()), (Part::Keylime, Check::Input));
    assert_eq!(found.to_string(), says);
    assert_eq!(found.verdict(), Verdict::Malformed);
}

#[test]
fn what_is_no_string_of_keylime_is_refused_where_it_stands() {
    use KeylimePart::{Message, Pcrs, Signature};
    let start = "keylime quote: expected the letter r at the start";
    refused("", KeylimeProblem::Start, None, start);
    refused("dAAAA:AAAA:AAAA", KeylimeProblem::Start, None, start);
    for (text, part, says) in [
        (
            "rAAAA",
            Signature,
            "keylime quote: the signature is missing",
        ),
        ("rAAAA:AAAA", Pcrs, "keylime quote: the PCR file is missing"),
    ] {
        refused(text, KeylimeProblem::MissingPart(part), None, says);
    }
    let base64 = |text: &str, part, offset, says| {
        refused(text, KeylimeProblem::Base64(part), Some(offset), says);
    };
    let says = "keylime quote at byte 1: the message is not base64";
    for message in ["AAA", "AAAAA", "AA=A", "AAB=", "AA-_", " AAAA", "AAAA\n"] {
        base64(&format!("r{message}:AAAA:AAAA"), Message, 1, says);
    }
    // Padding, and more after it.
    let padded = format!("r{}AA==AAAA:AAAA:AAAA", "A".repeat(60));
    base64(&padded, Message, 1, says);
    let says = "keylime quote at byte 6: the signature is not base64";
    base64("rAAAA:AAA:AAAA", Signature, 6, says);
    let says = "keylime quote at byte 11: the PCR file is not base64";
    base64("rAAAA:AAAA:A", Pcrs, 11, says);
    let says = "keylime quote at byte 15: something follows the PCR file";
    for text in ["rAAAA:AAAA:AAAA:", "rAAAA:AAAA:AAAA:AAAA"] {
        refused(text, KeylimeProblem::Surplus, Some(15), says);
    }
    let mut room = [0; 9];
    let error = KeylimeQuote::read("rAAAA:AAAA:AAAA", &mut room).unwrap_err();
    assert!(matches!(error.problem(), Problem::Structure(_)));
    assert_eq!(error.part(), Part::PcrFile);
    let error = KeylimeQuote::read("rAAAA:AAAA:AAAA", &mut room[..8]).unwrap_err();
    is_full(error);
}

#[track_caller]
fn is_full(error: Error) {
    assert_eq!(*error.problem(), Problem::BufferTooSmall);
    assert_eq!((error.part(), error.check()), (Part::Keylime, Check::Input));
}

/// As a shell writes it into a file.
#[test]
fn ends_of_lines_behind_the_string_are_taken() {
    let case = case("004");
    let text = text(&case);
    let mut room = vec![0; text.len()];
    let attest = case.file("quote.attest");
    for end in ["\n", "\r\n", "\n\n\r\n"] {
        let text = format!("{text}{end}");
        let read = KeylimeQuote::read(&text, &mut room).unwrap();
        assert_eq!(read.attest, attest);
    }
    for end in [" ", "\t", "\n ", "\0"] {
        let error = KeylimeQuote::read(&format!("{text}{end}"), &mut room).unwrap_err();
        let problem = KeylimeProblem::Base64(KeylimePart::Pcrs);
        assert_eq!(*error.problem(), Problem::Keylime(problem), "{end:?}");
    }
    refused(
        "\n",
        KeylimeProblem::Start,
        None,
        "keylime quote: expected the letter r at the start",
    );
}

/// Three quarters of the text are enough room, and one byte less than all parts
/// is not.
#[test]
fn room_is_as_large_as_what_is_decoded() {
    let case = case("004");
    let text = text(&case);
    let parts = ["quote.attest", "quote.sig", "pcrs.serialized"];
    let len: usize = parts.iter().map(|name| case.file(name).len()).sum();
    KeylimeQuote::read(&text, &mut vec![0; len]).unwrap();
    let error = KeylimeQuote::read(&text, &mut vec![0; len - 1]).unwrap_err();
    is_full(error);
}
