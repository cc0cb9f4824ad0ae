//! A whole power, into bytes.

use super::{power, word::Word};

pub(in super::super) fn power_65537(
    modulus: &[u8],
    signature: &[u8],
    message: &mut [u8],
) -> Option<()> {
    // Whatever was there before.
    let mut number = power::NUMBER.map(|_| Word::MAX);
    let power = power::power_65537(modulus, signature, &mut number)?;
    power::write(power, message);
    Some(())
}
