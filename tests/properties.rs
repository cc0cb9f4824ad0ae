//! What holds for whatever comes: for any bytes, for any structure that can be
//! made, for any text.

mod common;

#[cfg(all(feature = "rsa", feature = "ecdsa"))]
#[path = "properties/appraisals.rs"]
mod appraisals;
#[path = "properties/bytes.rs"]
mod bytes;
#[cfg(feature = "tools")]
#[path = "common/image.rs"]
mod image;
#[path = "properties/made.rs"]
mod made;
#[cfg(feature = "verify")]
#[path = "properties/names.rs"]
mod names;
#[cfg(feature = "verify")]
#[path = "properties/pcrs.rs"]
mod pcrs;
#[cfg(feature = "tools")]
#[path = "properties/tools.rs"]
mod tools;

use proptest::test_runner::Config;

/// The failing input is printed; no files are left behind.
fn config(cases: u32) -> Config {
    Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    }
}
