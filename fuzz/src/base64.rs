//! Base64 (RFC 4648), by another hand than the library's.

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Encodes with padding.
pub(crate) fn base64(bytes: &[u8]) -> String {
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let byte = |at: usize| u32::from(three.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4 {
            let index = (bits >> (18 - 6 * at)) & 63;
            match at > three.len() {
                true => text.push('='),
                false => text.push(char::from(STANDARD[index as usize])),
            }
        }
    }
    text
}

/// Decodes what was read as base64 with its padding.
pub(crate) fn unbase64(text: &str) -> Vec<u8> {
    let digits = text.trim_end_matches('=');
    assert!(
        text.len().is_multiple_of(4) && text.len() - digits.len() <= 2,
        "padding"
    );
    decoded(digits, STANDARD)
}

/// Decodes the digits of what was read as base64, padded or not.
pub(crate) fn unbase64_digits(digits: &str) -> Vec<u8> {
    decoded(digits, STANDARD)
}

/// Decodes what was read as base64url without padding.
pub(crate) fn unbase64url(text: &str) -> Vec<u8> {
    decoded(text, URL)
}

fn decoded(digits: &str, alphabet: &[u8; 64]) -> Vec<u8> {
    let (mut bytes, mut bits, mut count) = (Vec::new(), 0_u32, 0);
    for digit in digits.bytes() {
        let value = alphabet.iter().position(|known| *known == digit);
        bits = bits << 6 | u32::try_from(value.expect("base64")).expect("six bits");
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    assert_eq!(bits & ((1 << count) - 1), 0, "bits that are left over");
    bytes
}
