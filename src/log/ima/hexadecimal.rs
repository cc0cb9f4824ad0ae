//! Hexadecimal as kernels write it: lower case, two digits a byte.

/// The value of a digit.
const fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte.wrapping_sub(b'0')),
        b'a'..=b'f' => Some(byte.wrapping_sub(b'a').wrapping_add(10)),
        _ => None,
    }
}

/// Whether these are digits of whole bytes.
pub(super) fn is_hexadecimal(digits: &[u8]) -> bool {
    digits.len().is_multiple_of(2) && digits.iter().all(|byte| digit(*byte).is_some())
}

/// The bytes, up to the first pair that is not hexadecimal.
pub(super) fn bytes(digits: &[u8]) -> impl Iterator<Item = u8> + use<'_> {
    let (pairs, _) = digits.as_chunks::<2>();
    pairs
        .iter()
        .map_while(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?))
}

/// Writes the bytes to the start of the buffer; `None` if they are not hexadecimal or too many.
pub(super) fn decode<'b>(digits: &[u8], buffer: &'b mut [u8]) -> Option<&'b [u8]> {
    let size = digits.len() / 2;
    if !is_hexadecimal(digits) || size > buffer.len() {
        return None;
    }
    for (to, from) in buffer.iter_mut().zip(bytes(digits)) {
        *to = from;
    }
    buffer.get(..size)
}
