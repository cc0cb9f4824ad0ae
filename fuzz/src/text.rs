//! Sets of PCR as text.

use tpm_quote::PcrSet;

/// There is one way to write a set.
pub fn pcr_set(data: &[u8]) {
    let Ok(text) = core::str::from_utf8(data) else {
        return;
    };
    match PcrSet::parse(text) {
        Ok(set) => {
            assert_eq!(set.to_string(), text);
            assert!(set.iter().count() > 0, "an empty set: {text}");
            for (bank, index) in set.iter() {
                assert!(set.contains(bank, index) && set.contains_bank(bank));
                assert!(index < 24, "{text}");
            }
        }
        Err(error) => {
            assert!(error.position() <= text.len(), "{text}: {error}");
            assert!(text.is_char_boundary(error.position()), "{text}: {error}");
        }
    }
}
