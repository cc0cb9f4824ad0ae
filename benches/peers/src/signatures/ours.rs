//! This crate, by its public interface.

use std::hint::black_box;

use tpm_quote::crypto::{SignatureVerifier, Software};

use crate::{evidence::Signed, measure::Row, who::OURS};

pub fn candidates(row: Row, signed: Signed) -> Row {
    let Signed {
        key,
        hash,
        signature,
        message,
        wrong,
    } = signed;
    // A key that was prepared gets its row here, as `who::OURS_PREPARED`.
    row.judge(OURS, message, &[wrong], move |message| {
        let (key, signature) = black_box((&key, &signature));
        Software.verify(key, hash, message, signature).is_ok()
    })
}
