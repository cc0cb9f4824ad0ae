//! How structures of a TPM begin, for those who tell the kind of a file.

use crate::types::TpmAlgId;

/// Whether the bytes begin like a `TPMT_PUBLIC`: with a type of key and a hash.
pub(super) fn like_public(bytes: &[u8]) -> bool {
    let &[a, b, c, d, ..] = bytes else {
        return false;
    };
    let kind = TpmAlgId(u16::from_be_bytes([a, b]));
    let name_alg = TpmAlgId(u16::from_be_bytes([c, d]));
    let is_kind = matches!(
        kind,
        TpmAlgId::RSA
            | TpmAlgId::KEYEDHASH
            | TpmAlgId::ECC
            | TpmAlgId::SYMCIPHER
            | TpmAlgId::MLKEM
            | TpmAlgId::MLDSA
            | TpmAlgId::HASH_MLDSA
    );
    is_kind && (name_alg.digest_size().is_some() || name_alg == TpmAlgId::NULL)
}
