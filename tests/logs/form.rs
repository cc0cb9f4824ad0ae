//! The form of a log: what is read of it, and where an error is.

use tpm_quote::{
    TpmAlgId, Verdict,
    log::{EventLog, EventType, LogFormat},
};

use crate::made::{
    NO_ACTION, SEPARATOR, SHA1, SHA256, SHA384, UNKNOWN, event, header, measured, sha1_event,
    spec_id,
};

const BANKS: [(u16, u16); 2] = [(SHA1, 20), (SHA256, 32)];

/// The name of the problem, where it is, and the text.
#[track_caller]
fn refused(log: &[u8], name: &str, at: usize, text: &str) {
    for error in [EventLog::parse(log), EventLog::parse_padded(log)].map(Result::unwrap_err) {
        assert_eq!(error.to_string(), format!("event log at byte {at}: {text}"));
        assert_eq!((error.problem_name(), error.offset()), (name, Some(at)));
    }
}

#[test]
fn crypto_agile_log_has_its_events() {
    let first = header(&BANKS);
    let second = measured(7, SEPARATOR, &[SHA256, SHA1], &[0; 4]);
    let log = [first.clone(), second].concat();
    let log = EventLog::parse(&log).unwrap();
    assert_eq!(log.format(), LogFormat::CryptoAgile);
    assert!(log.banks().eq([TpmAlgId::SHA1, TpmAlgId::SHA256]));
    assert_eq!((log.tail_bytes(), log.tail_byte()), (0, None));
    let [header, event] = log.events().collect::<Vec<_>>().try_into().unwrap();
    assert_eq!((header.number(), header.offset()), (0, 0));
    assert_eq!((header.pcr(), header.pcr_index()), (None, 0));
    assert_eq!(header.event_type(), EventType::NO_ACTION);
    assert_eq!((event.number(), event.offset() as usize), (1, first.len()));
    assert_eq!((event.pcr(), event.pcr_index()), (Some(7), 7));
    assert_eq!(event.event_type(), EventType::SEPARATOR);
    assert_eq!(event.data(), [0; 4]);
    // By the order of the event, not by that of the header; the digest is published in LOGS.
    let banks: Vec<_> = event.digests().iter().map(|(bank, _)| bank).collect();
    assert_eq!(banks, [TpmAlgId::SHA256, TpmAlgId::SHA1]);
    let digest = event.digest(TpmAlgId::SHA256).unwrap();
    assert_eq!(digest[..4], [0xdf, 0x3f, 0x61, 0x98]);
    assert_eq!(
        event.digest(TpmAlgId::SHA1).unwrap()[..4],
        [0x90, 0x69, 0xca, 0x78]
    );
    assert_eq!(event.digest(TpmAlgId::SHA384), None);
}

#[test]
fn log_of_tpm_1_2_has_its_events_with_and_without_a_header() {
    let separator = sha1_event(7, SEPARATOR, &[5; 20], &[0; 4]);
    let headers: [&[u8]; 2] = [b"Spec ID Event00\0more", b"Spec ID Event02\0"];
    let headers = headers.map(|data| sha1_event(0, NO_ACTION, &[0; 20], data));
    for before in [vec![], headers[0].clone(), headers[1].clone()] {
        let bytes = [before.clone(), separator.clone()].concat();
        let log = EventLog::parse(&bytes).unwrap();
        assert_eq!(log.format(), LogFormat::Sha1);
        assert!(log.banks().eq([TpmAlgId::SHA1]));
        let event = log.events().last().unwrap();
        assert_eq!(event.offset() as usize, before.len());
        assert_eq!(event.digest(TpmAlgId::SHA1), Some(&[5; 20][..]));
        assert_eq!(event.digest(TpmAlgId::SHA256), None);
    }
}

#[test]
fn bank_that_nobody_knows_has_the_size_in_the_header() {
    let digests = [(UNKNOWN, vec![9; 7]), (SHA384, vec![8; 48])];
    let log = [
        header(&[(SHA384, 48), (UNKNOWN, 7)]),
        event(1, 5, &digests, b"x"),
        event(2, 5, &digests[..1], b""),
    ]
    .concat();
    let log = EventLog::parse(&log).unwrap();
    let unknown = TpmAlgId(UNKNOWN);
    for event in log.events().skip(1) {
        assert_eq!(event.digest(unknown), Some(&[9; 7][..]));
    }
    // An event need not have all of them.
    assert_eq!(log.events().last().unwrap().digest(TpmAlgId::SHA384), None);
}

#[test]
fn event_that_extends_nothing_may_be_of_no_pcr() {
    // As Windows ends its logs.
    let log = [
        header(&BANKS),
        event(u32::MAX, NO_ACTION, &[], b"signature"),
    ]
    .concat();
    let log = EventLog::parse(&log).unwrap();
    let last = log.events().last().unwrap();
    assert_eq!((last.pcr(), last.pcr_index()), (None, u32::MAX));

    let log = [header(&BANKS), event(24, SEPARATOR, &[], b"")].concat();
    refused(
        &log,
        "log-event",
        69,
        "event 1 extends PCR 24, expected 0 to 23",
    );
}

#[test]
fn padding_is_read_only_where_it_is_allowed_and_is_counted() {
    let events = [header(&BANKS), measured(0, SEPARATOR, &[SHA256], &[0; 4])].concat();
    for (byte, count) in [(0, 1), (0xff, 1), (0, 3), (0xff, 32), (0, 64), (0xff, 5000)] {
        let log = [events.clone(), vec![byte; count]].concat();
        let error = EventLog::parse(&log).unwrap_err();
        let found = (error.problem_name(), error.offset(), error.verdict());
        let expected = ("log-tail", Some(events.len()), Verdict::Malformed);
        assert_eq!(found, expected, "{error}");
        let log = EventLog::parse_padded(&log).unwrap();
        assert_eq!((log.tail_bytes(), log.tail_byte()), (count, Some(byte)));
        assert_eq!(log.events().count(), 2);
    }
    // Bytes that are not all the same are no padding.
    for tail in [vec![0xff, 0], vec![0, 0xff], vec![1; 3], vec![0xff; 40]] {
        let mut log = [events.clone(), tail.clone()].concat();
        if tail.len() == 40 {
            log.push(0xfe);
        }
        let error = EventLog::parse_padded(&log).unwrap_err();
        assert!(
            ["log-truncated", "log-event"].contains(&error.problem_name()),
            "{error}"
        );
    }
    let empty = "the log has no events";
    for log in [vec![], vec![0; 100], vec![0xff; 100]] {
        refused(&log, "log-empty", 0, empty);
    }
}

#[test]
fn event_beyond_the_end_is_not_repaired() {
    let mut log = [header(&BANKS), measured(0, SEPARATOR, &[SHA256], b"1234")].concat();
    let start = 69;
    log.pop();
    let at = log.len() - 3;
    let text = "the log ends within event 1, which begins at offset 69";
    refused(&log, "log-truncated", at, text);
    for size in [0xffff_ffff_u32, 0x8000_0000, 4, 5] {
        log[at - 4..at].copy_from_slice(&size.to_le_bytes());
        refused(&log, "log-truncated", at, text);
    }
    refused(&log[..start + 5], "log-truncated", start + 4, text);
}

#[test]
fn digests_that_do_not_fit_the_header_are_refused() {
    let one = |digests: &[(u16, Vec<u8>)]| [header(&BANKS), event(0, 5, digests, b"")].concat();
    let sha256 = (SHA256, vec![1; 32]);
    let undeclared = "event 1 has a digest of bank sha384, which the header does not name";
    refused(&one(&[(SHA384, vec![1; 48])]), "log-event", 69, undeclared);
    let unknown = "event 1 has a digest of bank 0x1234, which the header does not name";
    refused(&one(&[(UNKNOWN, vec![1; 7])]), "log-event", 69, unknown);
    let twice = "event 1 has two digests of bank sha256";
    refused(
        &one(&[sha256.clone(), sha256.clone()]),
        "log-event",
        69,
        twice,
    );
    let many = "event 1 has 3 digests, more than the log has banks";
    let digests = [sha256.clone(), (SHA1, vec![2; 20]), sha256];
    refused(&one(&digests), "log-event", 69, many);
    let mut log = one(&[]);
    log[77..81].copy_from_slice(&[0xff; 4]);
    let many = "event 1 has 4294967295 digests, more than the log has banks";
    refused(&log, "log-event", 69, many);
}

#[test]
fn header_that_contradicts_itself_is_refused() {
    let log = |data: &[u8]| sha1_event(0, NO_ACTION, &[0; 20], data);
    let good = spec_id(&BANKS);
    assert!(EventLog::parse(&log(&good)).is_ok());
    let at = 32;
    let short = "header of the log: it ends before its last field does";
    for len in 16..good.len() {
        refused(&log(&good[..len]), "log-header", at + len, short);
    }
    let long = "header of the log: bytes follow its last field";
    let more = [good.clone(), vec![0]].concat();
    refused(&log(&more), "log-header", at + good.len(), long);
    let mut vendor = good.clone();
    *vendor.last_mut().unwrap() = 2;
    vendor.push(7);
    refused(&log(&vendor), "log-header", at + vendor.len(), short);
    vendor.push(7);
    assert!(EventLog::parse(&log(&vendor)).is_ok());

    let none = "header of the log: 0 banks, expected 1 to 8";
    refused(&log(&spec_id(&[])), "log-header", at + 24, none);
    let nine: Vec<_> = (0x1000..0x1009).map(|bank| (bank, 8)).collect();
    let many = "header of the log: 9 banks, expected 1 to 8";
    refused(&log(&spec_id(&nine)), "log-header", at + 24, many);
    assert!(EventLog::parse(&log(&spec_id(&nine[1..]))).is_ok());
    let twice = "header of the log: bank sha1 is named twice";
    let banks = [(SHA1, 20), (SHA256, 32), (SHA1, 20)];
    refused(&log(&spec_id(&banks)), "log-header", at + 36, twice);
    let size = "header of the log: digests of 31 bytes in bank sha256, expected 32";
    refused(&log(&spec_id(&[(SHA256, 31)])), "log-header", at + 28, size);
    let size = "header of the log: digests of 0 bytes in bank 0x1234";
    refused(&log(&spec_id(&[(UNKNOWN, 0)])), "log-header", at + 28, size);
}

#[test]
fn other_headers_and_byte_orders_are_unsupported_not_malformed() {
    let header = |data: &[u8]| sha1_event(0, NO_ACTION, &[0; 20], data);
    let version = "the header of the log is of an unknown version";
    for data in [
        &b"Spec ID Event01\0"[..],
        b"Spec ID Event04\0....",
        b"Spec ID Event",
    ] {
        refused(&header(data), "log-unsupported", 32, version);
    }
    let order = "the numbers of the log are big-endian";
    let mut log = sha1_event(7, SEPARATOR, &[1; 20], &[0; 4]);
    log[..4].reverse();
    refused(&log, "log-unsupported", 0, order);
    let error = EventLog::parse(&log).unwrap_err();
    assert_eq!(error.verdict(), Verdict::Unsupported);
    assert_eq!(error.check(), tpm_quote::Check::BootLog);
}

#[test]
fn types_are_written_by_their_names_or_as_numbers() {
    for (value, text) in [
        (4, "EV_SEPARATOR"),
        (0x8000_00e0, "EV_EFI_VARIABLE_AUTHORITY"),
        (0x0000_8401, "0x00008401"),
    ] {
        assert_eq!(EventType(value).to_string(), text);
    }
}
