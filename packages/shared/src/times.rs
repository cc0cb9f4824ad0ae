//! Times as a policy file writes them.

/// Seconds since 1970, in digits or as a date and time by RFC 3339.
pub(crate) fn seconds(text: &str) -> Option<u64> {
    match text.parse() {
        Ok(seconds) if !text.starts_with('+') => Some(seconds),
        _ => rfc_3339(text),
    }
}

fn rfc_3339(text: &str) -> Option<u64> {
    let (date, clock) = text.split_once('T')?;
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let (clock, offset) = match clock.strip_suffix('Z') {
        Some(clock) => (clock, 0),
        None => {
            let (clock, offset) = clock.split_at_checked(8)?;
            let [hour, minute] = numbers(offset.get(1..)?, ':', [2, 2])?;
            let minutes = hour.checked_mul(60)?.checked_add(minute)?;
            match (offset.starts_with('-'), offset.starts_with('+')) {
                (true, _) if hour < 24 && minute < 60 => (clock, minutes),
                (_, true) if hour < 24 && minute < 60 => (clock, minutes.checked_neg()?),
                _ => return None,
            }
        }
    };
    let [hour, minute, second] = numbers(clock, ':', [2, 2, 2])?;
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
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
    // Years begin in March, so that the day that may be missing is the last one.
    let (years, month) = match month {
        1 | 2 => (year.checked_sub(1)?, month.checked_add(9)?),
        _ => (year, month.checked_sub(3)?),
    };
    let leap_days = [years / 4, (years / 100).checked_neg()?, years / 400];
    let months = month.checked_mul(153)?.checked_add(2)? / 5;
    let days = [years.checked_mul(365)?, months, day, -719_469];
    let days = leap_days.iter().chain(&days).sum::<i64>();
    let hours = days.checked_mul(24)?.checked_add(hour)?;
    let minutes = hours.checked_mul(60)?.checked_add(minute)?;
    let minutes = minutes.checked_add(offset)?;
    let seconds = minutes.checked_mul(60)?.checked_add(second)?;
    u64::try_from(seconds).ok()
}

/// Numbers of these many digits, with a sign between them.
fn numbers<const N: usize>(text: &str, between: char, digits: [usize; N]) -> Option<[i64; N]> {
    let mut parts = text.split(between);
    let mut numbers = [0; N];
    for (number, digits) in numbers.iter_mut().zip(digits) {
        let part = parts.next()?;
        if part.len() != digits || !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        *number = part.parse().ok()?;
    }
    parts.next().is_none().then_some(numbers)
}
