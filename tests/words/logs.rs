//! Boot logs that cannot be read, or do not explain a quote.

use tpm_quote::{
    Check, Error,
    log::EventLog,
    verify::error::{LocalityProblem, LogEventProblem, LogProblem, LogUnsupported},
};

use crate::{
    SHA256, UNKNOWN, byte, pcr,
    row::{Row, malformed, rejected, say, unsupported},
};

pub fn rows() -> Vec<Row> {
    [
        wholes(),
        headers(),
        events(),
        others(),
        localities(),
        replays(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[test]
fn logs_say_what_is_wrong() {
    say(&rows());
}

fn parse(log: &[u8]) -> Error {
    EventLog::parse(log).unwrap_err()
}

/// The header of a crypto-agile log with these banks, in one event of TPM 1.2.
fn header(banks: &[(u16, u16)], vendor: &[u8]) -> Vec<u8> {
    let mut data = b"Spec ID Event03\0\0\0\0\0\0\x02\x69\x02".to_vec();
    data.extend((banks.len() as u32).to_le_bytes());
    for (bank, size) in banks {
        data.extend(bank.to_le_bytes());
        data.extend(size.to_le_bytes());
    }
    data.extend(vendor);
    no_action(&data)
}

fn no_action(data: &[u8]) -> Vec<u8> {
    let mut log = vec![0, 0, 0, 0, 3, 0, 0, 0];
    log.extend([0; 20]);
    log.extend((data.len() as u32).to_le_bytes());
    log.extend(data);
    log
}

fn wholes() -> Vec<Row> {
    const TAIL: &str =
        "Allow padding if the log was taken from an area of a fixed size, as CCEL is.";
    let padded = |tail: &[u8]| [header(&[(0xb, 32)], &[0]), tail.to_vec()].concat();
    vec![
        malformed(
            parse(&[]),
            "log-empty",
            "event log at byte 0: the log has no events",
            "Read the log to its end: its file has a size of 0 on Linux, whatever it holds.",
        ),
        malformed(
            parse(&[1, 0, 0, 0, 5, 0]),
            "log-truncated",
            "event log at byte 4: the log ends within event 0, which begins at offset 0",
            "The log was cut when it was read or sent, or it is not a boot log.",
        ),
        malformed(
            parse(&padded(&[0xff; 9])),
            "log-tail",
            "event log at byte 65: 9 bytes 0xff follow the last event",
            TAIL,
        ),
        malformed(
            parse(&padded(&[0])),
            "log-tail",
            "event log at byte 65: 1 byte 0x00 follows the last event",
            TAIL,
        ),
    ]
}

const CHANGED: &str = "The log was changed on its way, or it is not a boot log.";

fn headers() -> Vec<Row> {
    let row = |log: Vec<u8>, text| malformed(parse(&log), "log-header", text, CHANGED);
    vec![
        row(
            header(&[(0xb, 32)], &[]),
            "event log at byte 64: header of the log: it ends before its last field does",
        ),
        row(
            header(&[(0xb, 32)], &[0, 1]),
            "event log at byte 65: header of the log: bytes follow its last field",
        ),
        row(
            header(&[], &[0]),
            "event log at byte 56: header of the log: 0 banks, expected 1 to 8",
        ),
        row(
            header(&[(0xb, 32), (0xb, 32)], &[0]),
            "event log at byte 64: header of the log: bank sha256 is named twice",
        ),
        row(
            header(&[(0xc, 32)], &[0]),
            "event log at byte 60: header of the log: digests of 32 bytes in bank sha384, expected 48",
        ),
        row(
            header(&[(0x1234, 0)], &[0]),
            "event log at byte 60: header of the log: digests of 0 bytes in bank 0x1234",
        ),
    ]
}

fn events() -> Vec<Row> {
    let row = |problem, text| {
        let problem = LogProblem::Event { event: 7, problem };
        malformed(problem, "log-event", text, CHANGED)
    };
    vec![
        row(
            LogEventProblem::PcrIndex(24),
            "event 7 extends PCR 24, expected 0 to 23",
        ),
        row(
            LogEventProblem::DigestCount(3),
            "event 7 has 3 digests, more than the log has banks",
        ),
        row(
            LogEventProblem::BankUndeclared(UNKNOWN),
            "event 7 has a digest of bank 0x1234, which the header does not name",
        ),
        row(
            LogEventProblem::DigestRepeated(SHA256),
            "event 7 has two digests of bank sha256",
        ),
    ]
}

fn others() -> Vec<Row> {
    let row = |problem, text| {
        let problem = LogProblem::Unsupported(problem);
        unsupported(
            Check::BootLog,
            problem,
            "log-unsupported",
            text,
            "Logs are read in the little-endian forms of TPM 1.2 and crypto agile, and replayed in the banks that the quote covers.",
        )
    };
    vec![
        row(
            LogUnsupported::BigEndian,
            "the numbers of the log are big-endian",
        ),
        row(
            LogUnsupported::Header,
            "the header of the log is of an unknown version",
        ),
        row(
            LogUnsupported::NoBank(SHA256),
            "the quote covers bank sha256, of which the log has no digests",
        ),
        row(
            LogUnsupported::Bank(UNKNOWN),
            "the quote covers bank 0x1234, in which logs cannot be replayed",
        ),
    ]
}

fn localities() -> Vec<Row> {
    let row = |problem, text| {
        let problem = LogProblem::Locality { event: 7, problem };
        rejected(
            Check::BootLog,
            problem,
            "log-locality",
            text,
            "Firmware writes this event once and first: the log was changed, or several were put together.",
        )
    };
    vec![
        row(
            LocalityProblem::PcrIndex(4),
            "event 7 gives the locality at which the TPM was started for PCR 4, expected PCR 0",
        ),
        row(
            LocalityProblem::Repeated,
            "event 7 gives the locality at which the TPM was started for the second time",
        ),
        row(
            LocalityProblem::Late,
            "event 7 gives the locality at which the TPM was started after PCR 0 was extended",
        ),
        row(
            LocalityProblem::Form,
            "event 7 gives the locality at which the TPM was started in another form than one byte and zeros",
        ),
        row(
            LocalityProblem::Value(2),
            "event 7 gives the locality at which the TPM was started as 2, expected 0, 3 or 4",
        ),
    ]
}

fn replays() -> Vec<Row> {
    const OTHER: &str = "Send the quote and the logs of the same boot, and name what the operating system extends later without a log.";
    let pcr = pcr("sha256:7");
    let mismatch = |events| LogProblem::Mismatch {
        pcr,
        events,
        computed: byte(1),
        quoted: byte(2),
    };
    vec![
        rejected(
            Check::BootLog,
            LogProblem::DigestMissing { event: 7, pcr },
            "log-digest-missing",
            "event 7 has no digest for sha256:7, which the quote covers",
            "Quote a bank in which all events of these PCRs were measured.",
        ),
        rejected(
            Check::BootLog,
            LogProblem::Unexplained {
                pcr,
                quoted: byte(2),
            },
            "log-unexplained",
            "the logs have no events for sha256:7, the quote has 02",
            "Firmware measures into each of the PCRs 0 to 7: send its whole log, and ask for none from a machine that has none.",
        ),
        rejected(
            Check::BootLog,
            mismatch(1),
            "log-mismatch",
            "sha256:7 is 01 by the only event of the logs, the quote has 02",
            OTHER,
        ),
        rejected(
            Check::BootLog,
            mismatch(12),
            "log-mismatch",
            "sha256:7 is 01 by the 12 events of the logs, the quote has 02",
            OTHER,
        ),
    ]
}
