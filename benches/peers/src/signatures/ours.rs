//! This crate, by its public interface.

use std::hint::black_box;

use tpm_quote::crypto::{PreparedKey, PublicKey, SignatureVerifier, Software};

use crate::{
    evidence::Signed,
    measure::Row,
    who::{OURS, OURS_PREPARED},
};

pub fn candidates(row: Row, signed: Signed) -> Row {
    let Signed {
        key,
        hash,
        signature,
        message,
        wrong,
    } = signed;
    let row = row.judge(OURS, message, &[wrong], move |message| {
        let (key, signature) = black_box((&key, &signature));
        Software.verify(key, hash, message, signature).is_ok()
    });
    if let PublicKey::Rsa { .. } = key {
        // There is nothing to prepare.
        return row;
    }
    let prepared = PreparedKey::new(key);
    row.judge(OURS_PREPARED, message, &[wrong], move |message| {
        let (prepared, key, signature) = black_box((&prepared, &key, &signature));
        prepared.verify(key, hash, message, signature).is_ok()
    })
}
