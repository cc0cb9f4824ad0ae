//! The files of tpm2-tools: what `tpm2_quote` writes; and keylime's quotes, which hold them.
//!
//! | option of `tpm2_quote` | here |
//! |---|---|
//! | `-m` | the message is a `TPMS_ATTEST` without a size: [`Evidence::attest`] as it is |
//! | `-s` | the signature is a `TPMT_SIGNATURE`: [`Evidence::signature`] as it is |
//! | `-s` with `-f plain` | [`SigningScheme::plain_signature`] |
//! | `-o` | [`PcrFile`], in each of three formats |
//! | `-l` | [`parse_selection`] |
//!
//! Each function takes one form and guesses none. Whether the values are those
//! that were signed, [`verify_quote`] says: it compares bank and index of each
//! with the signed selection.
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
