//! ECDSA on the NIST curves: the verification of FIPS 186-5, 6.4.2.

mod any_curve;
mod compact;
mod constants;
mod curves;
mod field;
#[cfg_attr(target_pointer_width = "64", path = "fields64.rs")]
#[cfg_attr(not(target_pointer_width = "64"), path = "fields32.rs")]
mod fields;
mod id;
mod multiples;
mod number;
#[cfg(target_pointer_width = "64")]
mod p256;
#[cfg(all(test, target_pointer_width = "64"))]
#[path = "tests/p256.rs"]
mod p256_tests;
#[cfg(target_pointer_width = "64")]
mod p384;
#[cfg(all(test, target_pointer_width = "64"))]
#[path = "tests/p384.rs"]
mod p384_tests;
#[cfg(target_pointer_width = "64")]
mod p521;
#[cfg(all(test, target_pointer_width = "64"))]
#[path = "tests/p521.rs"]
mod p521_tests;
mod point;
mod table;
#[cfg(test)]
mod tests;
mod verification;
#[cfg_attr(target_pointer_width = "64", path = "width64.rs")]
#[cfg_attr(not(target_pointer_width = "64"), path = "width32.rs")]
mod width;
#[cfg(test)]
mod with_32_bits;
#[cfg(test)]
mod with_8_bits;
mod word;

pub(super) use self::any_curve::{
    PreparedKey, check_key, check_key_compactly, verify, verify_compactly,
};
