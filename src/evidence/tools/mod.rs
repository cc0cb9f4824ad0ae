//! The files that `tpm2_quote` of tpm2-tools writes, and keylime's quotes, which contain them.
//!
//! | option of `tpm2_quote` | here |
//! |---|---|
//! | `-m` | a `TPMS_ATTEST` without a size: use it for [`Evidence::attest`] as it is |
//! | `-s` | a `TPMT_SIGNATURE`: use it for [`Evidence::signature`] as it is |
//! | `-s` with `-f plain` | [`SigningScheme::plain_signature`] |
//! | `-o` | [`PcrFile`], in each of three formats |
//! | `-l` | [`parse_selection`] |
//!
//! Each function reads one format; none of them guesses. [`verify_quote`] then compares the
//! bank and index of each value with the signed selection.
//!
//! [`Evidence::attest`]: crate::verify::Evidence::attest
//! [`Evidence::signature`]: crate::verify::Evidence::signature
//! [`SigningScheme::plain_signature`]: crate::verify::SigningScheme::plain_signature
//! [`verify_quote`]: crate::verify_quote

mod keylime;
mod pcr_file;
mod selection;

pub use self::{
    keylime::KeylimeQuote,
    pcr_file::{PcrFile, PcrFormat},
    selection::{parse_hash, parse_selection},
};
