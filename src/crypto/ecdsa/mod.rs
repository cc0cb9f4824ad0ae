//! ECDSA on the NIST curves: the verification of FIPS 186-5, 6.4.2.

mod any_curve;
mod compact;
mod curves;
mod field;
mod id;
mod multiples;
mod number;
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
mod word;

pub(super) use self::any_curve::{
    PreparedKey, check_key, check_key_compactly, verify, verify_compactly,
};
