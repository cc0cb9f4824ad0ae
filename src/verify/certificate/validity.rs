//! [`Validity`]: from when to when a certificate is in force (RFC 5280, 4.1.2.5).

use super::name::refused;
use crate::{
    error::{Place, UnmarshalError},
    verify::error::CertificateProblem,
    wire::{
        Reader,
        der::{any, end},
    },
};

/// `UTCTime`, with two digits for the year, and `GeneralizedTime`, with four.
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// Days before each month of a year that begins in March.
const DAYS_BEFORE: [u64; 12] = [306, 337, 0, 31, 61, 92, 122, 153, 184, 214, 245, 275];

/// From when to when a certificate is in force, in seconds since 1970, UTC. Times before
/// 1970 are 0.
#[derive(Clone, Copy, Debug)]
pub(super) struct Validity {
    not_before: u64,
    not_after: u64,
}

impl Validity {
    pub(super) fn read(
        mut validity: Reader<'_>,
        place: &'static Place,
    ) -> Result<Self, UnmarshalError> {
        let not_before = time(&mut validity, place)?;
        let not_after = time(&mut validity, place)?;
        end(validity, place)?;
        Ok(Self {
            not_before,
            not_after,
        })
    }

    /// Whether the certificate is in force at this time, to the second.
    pub(super) fn check(&self, at: u64) -> Result<(), CertificateProblem> {
        let Self {
            not_before,
            not_after,
        } = *self;
        if at < not_before {
            return Err(CertificateProblem::NotYetValid { at, not_before });
        }
        if at > not_after {
            return Err(CertificateProblem::Expired { at, not_after });
        }
        Ok(())
    }
}

fn time(r: &mut Reader<'_>, place: &'static Place) -> Result<u64, UnmarshalError> {
    let (tag, text) = any(r, place)?;
    let seconds = match (tag, text.rest()) {
        (UTC_TIME, [year @ .., _, _, _, _, _, _, _, _, _, _, b'Z']) if year.len() == 2 => {
            number(year).and_then(|year| {
                // RFC 5280, 4.1.2.5.1.
                let century = if year < 50 { 2000 } else { 1900 };
                seconds(year.saturating_add(century), text.rest().get(2..)?)
            })
        }
        (GENERALIZED_TIME, [year @ .., _, _, _, _, _, _, _, _, _, _, b'Z']) if year.len() == 4 => {
            number(year).and_then(|year| seconds(year, text.rest().get(4..)?))
        }
        _ => None,
    };
    seconds.ok_or_else(|| refused(text, place))
}

/// Digits, as a number.
fn number(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0_u64, |number, &digit| {
        let digit = char::from(digit).to_digit(10)?;
        number.checked_mul(10)?.checked_add(digit.into())
    })
}

/// Seconds since 1970 of a year and what follows it, `MMDDhhmmssZ`.
pub(crate) fn seconds(year: u64, rest: &[u8]) -> Option<u64> {
    let &[m1, m2, d1, d2, h1, h2, n1, n2, s1, s2, b'Z'] = rest else {
        return None;
    };
    let month = number(&[m1, m2])?;
    let day = number(&[d1, d2])?;
    let (hour, minute) = (number(&[h1, h2])?, number(&[n1, n2])?);
    let second = number(&[s1, s2])?;
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let length = match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=length).contains(&day) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    // Years begin in March here, so that the day that may be missing is the last one;
    // 719,468 days are those from March of the year 0 to 1970.
    let before = DAYS_BEFORE.get(usize::try_from(month.checked_sub(1)?).ok()?)?;
    let years = if month > 2 {
        Some(year)
    } else {
        year.checked_sub(1)
    };
    let days = match years {
        Some(years) => (years.saturating_mul(365))
            .saturating_add(years / 4)
            .saturating_sub(years / 100)
            .saturating_add(years / 400)
            .saturating_add(*before)
            .saturating_add(day)
            .saturating_sub(719_469),
        None => 0,
    };
    if days == 0 && year < 1970 {
        return Some(0);
    }
    let hours = days.saturating_mul(24).saturating_add(hour);
    let minutes = hours.saturating_mul(60).saturating_add(minute);
    Some(minutes.saturating_mul(60).saturating_add(second))
}

#[cfg(test)]
mod tests {
    extern crate std;

    use std::vec::Vec;

    use super::*;
    use crate::verify::certificate::name::place;

    const PLACE: &Place = &place("validity");

    fn read(tag: u8, text: &str) -> Result<u64, UnmarshalError> {
        let mut der = Vec::from([tag, u8::try_from(text.len()).unwrap()]);
        der.extend(text.bytes());
        time(&mut Reader::new(&der), PLACE)
    }

    /// By `date -u -d TEXT +%s`.
    #[test]
    fn times_are_those_of_the_calendar() {
        for (tag, text, seconds) in [
            (UTC_TIME, "700101000000Z", 0),
            (UTC_TIME, "720229123456Z", 68_214_896),
            (UTC_TIME, "000229235959Z", 951_868_799),
            (UTC_TIME, "000301000000Z", 951_868_800),
            (UTC_TIME, "491231235959Z", 2_524_607_999),
            (GENERALIZED_TIME, "20260101000000Z", 1_767_225_600),
            (GENERALIZED_TIME, "20261231235959Z", 1_798_761_599),
            (GENERALIZED_TIME, "21000301000000Z", 4_107_542_400),
            (GENERALIZED_TIME, "99991231235959Z", 253_402_300_799),
            // Before 1970.
            (UTC_TIME, "500101000000Z", 0),
            (UTC_TIME, "691231235959Z", 0),
            (GENERALIZED_TIME, "00000101000000Z", 0),
        ] {
            assert_eq!(read(tag, text), Ok(seconds), "{text}");
        }
        for (tag, text) in [
            (UTC_TIME, "210229000000Z"),
            (UTC_TIME, "211301000000Z"),
            (UTC_TIME, "210001000000Z"),
            (UTC_TIME, "210100000000Z"),
            (UTC_TIME, "210132000000Z"),
            (UTC_TIME, "210101240000Z"),
            (UTC_TIME, "210101006000Z"),
            (UTC_TIME, "210101000060Z"),
            (UTC_TIME, "2101010000Z"),
            (UTC_TIME, "210101000000+0000"),
            (UTC_TIME, "20210101000000Z"),
            (UTC_TIME, "21010100000 Z"),
            (UTC_TIME, "+10101000000Z"),
            (UTC_TIME, ""),
            (GENERALIZED_TIME, "20260101000000.5Z"),
            (GENERALIZED_TIME, "210101000000Z"),
            (GENERALIZED_TIME, "20260101000000"),
            (0x0c, "210101000000Z"),
        ] {
            assert!(read(tag, text).is_err(), "{text}");
        }
    }

    #[test]
    fn first_and_last_second_count() {
        let validity = Validity {
            not_before: 10,
            not_after: 20,
        };
        assert!(validity.check(9).is_err());
        assert_eq!(validity.check(10), Ok(()));
        assert_eq!(validity.check(20), Ok(()));
        assert!(validity.check(21).is_err());
    }
}
