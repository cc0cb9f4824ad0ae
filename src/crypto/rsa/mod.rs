//! RSA signatures with the public exponent 65537 (RFC 8017).

#[cfg(all(feature = "simd", target_arch = "x86_64"))]
mod avx2;
#[cfg(all(feature = "simd", target_arch = "x86_64"))]
mod digits;
#[cfg(all(feature = "simd", target_arch = "x86_64"))]
mod ifma;
mod power;
#[cfg(test)]
mod tests;
mod verification;
#[cfg_attr(target_pointer_width = "64", path = "width64.rs")]
#[cfg_attr(not(target_pointer_width = "64"), path = "width32.rs")]
mod width;
#[cfg_attr(target_pointer_width = "64", path = "word64.rs")]
#[cfg_attr(not(target_pointer_width = "64"), path = "word32.rs")]
mod word;

pub(super) use self::verification::{verify_rsapss, verify_rsassa};
