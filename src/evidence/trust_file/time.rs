//! Times of a trust file: as `allowed_signers` of ssh has them, and by RFC 3339.

use core::time::Duration;

use crate::evidence::time::{date_time, of_digits};

/// `20270101`, `202701011230`, `20270101123000`, each with or without a `Z` after it, or
/// `2027-01-01T12:30:00Z`: since 1970, in UTC. No other zone is possible, so that a file means
/// the same on every machine.
pub(super) fn time(text: &str) -> Option<Duration> {
    let utc = text.strip_suffix('Z');
    let seconds = match utc.and_then(date_time) {
        Some(seconds) => seconds,
        None => compact(utc.unwrap_or(text))?,
    };
    Some(Duration::from_secs(seconds))
}

/// A text of digits, in which hours, minutes and seconds may be missing.
fn compact(text: &str) -> Option<u64> {
    if !matches!(text.len(), 8 | 12 | 14) {
        return None;
    }
    let mut digits = [b'0'; 14];
    for (to, digit) in digits.iter_mut().zip(text.bytes()) {
        *to = digit;
    }
    of_digits(&digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By `date -u -d TEXT +%s`.
    #[test]
    fn times_are_those_of_the_calendar() {
        for (text, seconds) in [
            ("19700101", Some(0)),
            ("19720229123456", Some(68_214_896)),
            ("200002292359", Some(951_868_740)),
            ("20000229235959Z", Some(951_868_799)),
            ("2000-02-29T23:59:59Z", Some(951_868_799)),
            ("20270101", Some(1_798_761_600)),
            ("20270101Z", Some(1_798_761_600)),
            ("21000301", Some(4_107_542_400)),
            ("99991231235959", Some(253_402_300_799)),
            ("19691231", None),
            ("21000229", None),
            ("20271301", None),
            ("20270001", None),
            ("20270431", None),
            ("20270100", None),
            ("2027010124", None),
            ("202701012400", None),
            ("202701010060", None),
            ("20270101000060", None),
            ("2027-01-01", None),
            ("2027-01-01T00:00:00", None),
            ("2027-01-01 00:00:00Z", None),
            ("20270101z", None),
            ("2027010", None),
            ("202701010000000", None),
            ("ZZZZZZZZ", None),
            ("Z", None),
            ("", None),
        ] {
            assert_eq!(time(text), seconds.map(Duration::from_secs), "{text}");
        }
    }
}
