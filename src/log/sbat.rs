//! Lists of least versions, as shim keeps them: `shim,4`, one component a line.

/// The components and their generations, up to the first line that is neither.
pub(super) fn lines(text: &[u8]) -> impl Iterator<Item = (&[u8], u32)> + Clone {
    split(text).map_while(line)
}

/// The number of the first line that has no component, counted from 1: or that of the first, if
/// there are none.
pub(super) fn check(text: &[u8]) -> Result<(), u32> {
    let mut lines = (1..).zip(split(text));
    match lines.clone().next() {
        None => Err(1),
        Some(_) => match lines.find(|(_, text)| line(text).is_none()) {
            Some((number, _)) => Err(number),
            None => Ok(()),
        },
    }
}

/// The lines that are not empty.
fn split(text: &[u8]) -> impl Iterator<Item = &[u8]> + Clone {
    let end = |byte: &u8| matches!(byte, b'\n' | b'\r' | 0);
    text.split(end).filter(|line| !line.is_empty())
}

/// A name and a number; what follows them, as the date of the first line, does not count.
fn line(text: &[u8]) -> Option<(&[u8], u32)> {
    let mut fields = text.split(|byte| *byte == b',');
    let name = fields.next().filter(|name| !name.is_empty())?;
    let digits = fields.next().filter(|digits| !digits.is_empty())?;
    let generation = digits.iter().try_fold(0_u32, |sum, digit| {
        let digit = char::from(*digit).to_digit(10)?;
        sum.checked_mul(10)?.checked_add(digit)
    })?;
    Some((name, generation))
}
