//! Times of a trust file: as `allowed_signers` of ssh has them, and by RFC 3339.

use core::time::Duration;

use crate::verify::certificate::seconds;

/// `20270101`, `202701011230`, `20270101123000`, each with or without a `Z` behind it, or
/// `2027-01-01T12:30:00Z`: since 1970, in UTC. No other zone is possible, so that a file means
/// the same on every machine.
pub(super) fn time(text: &str) -> Option<Duration> {
    let mut digits = [b'0'; 14];
    let count = match text.len() {
        20 => rfc_3339(text, &mut digits)?,
        _ => compact(text, &mut digits)?,
    };
    let [year @ .., n1, n2, d1, d2, h1, h2, m1, m2, s1, s2] = digits;
    let year = year.iter().try_fold(0_u64, |year, digit| {
        let digit = char::from(*digit).to_digit(10)?;
        year.checked_mul(10)?.checked_add(digit.into())
    })?;
    if !matches!(count, 8 | 12 | 14) || year < 1970 {
        return None;
    }
    let rest = [n1, n2, d1, d2, h1, h2, m1, m2, s1, s2, b'Z'];
    seconds(year, &rest).map(Duration::from_secs)
}

/// The digits of a text that has nothing else, but for a `Z` at its end.
fn compact(text: &str, digits: &mut [u8; 14]) -> Option<usize> {
    let text = text.strip_suffix('Z').unwrap_or(text);
    let mut to = digits.iter_mut();
    for byte in text.bytes() {
        *to.next()? = digit(byte)?;
    }
    Some(text.len())
}

fn rfc_3339(text: &str, digits: &mut [u8; 14]) -> Option<usize> {
    const FORM: &[u8] = b"0000-00-00T00:00:00Z";
    let mut to = digits.iter_mut();
    for (byte, form) in text.bytes().zip(FORM) {
        match form {
            b'0' => *to.next()? = digit(byte)?,
            form if *form == byte => {}
            _ => return None,
        }
    }
    Some(14)
}

fn digit(byte: u8) -> Option<u8> {
    byte.is_ascii_digit().then_some(byte)
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
