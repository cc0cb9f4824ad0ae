//! Times as options and files have them.

use core::time::Duration;

use crate::verify::certificate::seconds;

/// Reads a time: seconds since 1970 in digits, or a date and time by RFC 3339 as
/// `2030-01-01T00:00:00Z` or `2030-01-01T01:30:00+01:30`, from 1970 on. `None` if the text is
/// neither.
///
/// ```
/// use core::time::Duration;
/// use tpm_quote::evidence::read_time;
///
/// assert_eq!(read_time("2030-01-01T00:00:00Z"), Some(Duration::from_secs(1_893_456_000)));
/// assert_eq!(read_time("2030-01-01"), None);
/// ```
#[must_use]
pub fn read_time(text: &str) -> Option<Duration> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = match is_number {
        true => number(text.as_bytes()),
        false => rfc_3339(text),
    };
    seconds.map(Duration::from_secs)
}

fn rfc_3339(text: &str) -> Option<u64> {
    if let Some(utc) = text.strip_suffix('Z') {
        return date_time(utc);
    }
    let (local, zone) = text.split_at_checked(FORM.len())?;
    let &[sign, h1, h2, b':', m1, m2] = zone.as_bytes() else {
        return None;
    };
    let (hours, minutes) = (number(&[h1, h2])?, number(&[m1, m2])?);
    if hours > 23 || minutes > 59 {
        return None;
    }
    let offset = hours
        .saturating_mul(3600)
        .saturating_add(minutes.saturating_mul(60));
    let local = date_time(local)?;
    match sign {
        b'+' => local.checked_sub(offset),
        b'-' => local.checked_add(offset),
        _ => None,
    }
}

const FORM: &[u8] = b"0000-00-00T00:00:00";

/// Seconds since 1970 of a date and time in UTC, as `2030-01-01T00:00:00`.
pub(super) fn date_time(text: &str) -> Option<u64> {
    if text.len() != FORM.len() {
        return None;
    }
    let mut digits = [b'0'; 14];
    let mut to = digits.iter_mut();
    for (byte, form) in text.bytes().zip(FORM) {
        match form {
            b'0' => *to.next()? = byte,
            form if *form == byte => {}
            _ => return None,
        }
    }
    of_digits(&digits)
}

/// Seconds since 1970 of a date and time in UTC, as `20300101000000`.
pub(super) fn of_digits(digits: &[u8; 14]) -> Option<u64> {
    let [y1, y2, y3, y4, m1, m2, d1, d2, h1, h2, n1, n2, s1, s2] = *digits;
    let year = number(&[y1, y2, y3, y4])?;
    let rest = [m1, m2, d1, d2, h1, h2, n1, n2, s1, s2, b'Z'];
    // Earlier years count as 1970 where certificates are in force.
    (year >= 1970).then(|| seconds(year, &rest)).flatten()
}

fn number(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0_u64, |number, digit| {
        let digit = char::from(*digit).to_digit(10)?;
        number.checked_mul(10)?.checked_add(digit.into())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By `date -u -d TEXT +%s`.
    #[test]
    fn times_are_those_of_the_calendar() {
        for (text, seconds) in [
            ("0", Some(0)),
            ("1893456000", Some(1_893_456_000)),
            ("1970-01-01T00:00:00Z", Some(0)),
            ("1972-02-29T12:34:56Z", Some(68_214_896)),
            ("2000-02-29T23:59:59Z", Some(951_868_799)),
            ("2026-11-24T11:01:15+01:30", Some(1_795_512_675)),
            ("2026-11-24T11:01:15-01:30", Some(1_795_523_475)),
            ("2100-03-01T00:00:00Z", Some(4_107_542_400)),
            ("9999-12-31T23:59:59Z", Some(253_402_300_799)),
            ("1969-12-31T23:59:59Z", None),
            ("2100-02-29T00:00:00Z", None),
            ("2026-13-01T00:00:00Z", None),
            ("2026-00-01T00:00:00Z", None),
            ("2026-04-31T00:00:00Z", None),
            ("2026-01-00T00:00:00Z", None),
            ("2026-01-01T24:00:00Z", None),
            ("2026-01-01T00:60:00Z", None),
            ("2026-01-01T00:00:60Z", None),
            ("2026-01-01T00:00:00", None),
            ("2026-01-01T00:00:00+24:00", None),
            ("2026-01-01T00:00:00 00:00", None),
            ("2026-1-01T00:00:00Z", None),
            ("2026-01-01", None),
            ("+5", None),
            ("-5", None),
            ("2026-01-01T00:00:00Z+01:30", None),
            ("1970-01-01T00:00:00+01:30", None),
            ("18446744073709551616", None),
            ("é", None),
            ("", None),
        ] {
            assert_eq!(read_time(text), seconds.map(Duration::from_secs), "{text}");
        }
    }
}
