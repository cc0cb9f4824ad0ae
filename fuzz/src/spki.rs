//! Keys without a public area: what is accepted is written again.

use std::hint::black_box;

use tpm_quote::{
    AttestationKey, KeyTrust, TpmAlgId,
    evidence::{SpkiError, read_pem, read_spki, write_pem, write_spki},
    verify::{PlainKey, SigningScheme},
};

use crate::codec;

/// A key in DER or in PEM.
pub fn spki(data: &[u8]) {
    let mut room = vec![0; data.len()];
    match read_pem(data, &mut room) {
        Ok(der) => {
            let der = der.to_vec();
            let mut room = vec![0; data.len() + 2];
            let written = write_pem(&der, &mut room).expect("it was read");
            let text = core::str::from_utf8(data).expect("it was read");
            let text = text.replace("\r\n", "\n");
            assert_eq!(
                text.trim_end_matches('\r').trim_end_matches('\n'),
                written.trim_end()
            );
            key(&der);
        }
        Err(error) => explain(&error),
    }
    key(data);
}

/// Whether there is a key.
pub fn is_spki(data: &[u8]) -> bool {
    read_spki(data).is_ok()
}

fn key(der: &[u8]) {
    let plain = match read_spki(der) {
        Ok(plain) => plain,
        Err(error) => {
            explain(&error);
            if let SpkiError::Der(error) = error {
                assert!(error.offset() <= der.len());
            }
            return;
        }
    };
    let mut room = vec![0xa5; der.len() + 1];
    assert_eq!(write_spki(&plain, &mut room), Ok(der));
    let short = &mut room[..der.len() - 1];
    assert_eq!(write_spki(&plain, short), Err(SpkiError::Room));
    let scheme = match plain {
        PlainKey::Ecc { .. } => TpmAlgId::ECDSA,
        _ => TpmAlgId::RSASSA,
    };
    let hash = TpmAlgId::SHA256;
    match AttestationKey::pinned_key(&plain, SigningScheme { scheme, hash }) {
        Ok(key) => assert_eq!(key.trust(), KeyTrust::PinnedKey),
        Err(error) => codec::explain(&error),
    }
}

fn explain(error: &SpkiError) {
    assert!(!error.to_string().is_empty() && !error.help().is_empty());
    black_box((error.check(), error.verdict()));
}
