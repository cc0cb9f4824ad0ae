//! Names as text.

use proptest::{collection::vec, prelude::*, sample::select};
use tpm_quote::{Name, Problem, types::Tpm2bName, verify::error::SettingProblem};

use crate::{common::digits, config};

/// Hashes and the size of their digests.
const HASHES: [(u16, usize); 12] = [
    (0x0004, 20),
    (0x000b, 32),
    (0x000c, 48),
    (0x000d, 64),
    (0x000e, 24),
    (0x0012, 32),
    (0x0027, 32),
    (0x0028, 48),
    (0x0029, 64),
    (0x002c, 24),
    (0x002d, 32),
    (0x002e, 64),
];

/// A hash id and a digest.
fn name() -> impl Strategy<Value = Vec<u8>> {
    select(&HASHES).prop_flat_map(|(hash, size)| {
        vec(any::<u8>(), size).prop_map(move |digest| [&hash.to_be_bytes()[..], &digest].concat())
    })
}

proptest! {
    #![proptest_config(config(2000))]

    #[test]
    fn name_that_was_written_is_read(bytes in name(), upper: bool) {
        let name = Name::new(Tpm2bName::new(&bytes).unwrap());
        let text = name.to_string();
        prop_assert_eq!(&text, &digits(&bytes));
        let text = if upper { text.to_uppercase() } else { text };
        let read: Name = text.parse().unwrap();
        prop_assert_eq!(read.as_ref(), &bytes);
        prop_assert_eq!(read, name);
    }

    /// A digit more or less, or another hash.
    #[test]
    fn text_of_a_name_that_is_altered_is_another_name_or_none(
        bytes in name(),
        at in any::<prop::sample::Index>(),
        gone in 0..3_usize,
        come in "[0-9a-fA-Fg ä]{0,3}",
    ) {
        let mut text = digits(&bytes);
        let at = at.index(text.len());
        let end = (at + gone).min(text.len());
        text.replace_range(at..end, &come);
        match text.parse::<Name>() {
            Ok(name) => {
                prop_assert_eq!(name.to_string(), text.to_lowercase());
                let [high, low, digest @ ..] = name.as_ref() else {
                    panic!("{name}");
                };
                let hash = u16::from_be_bytes([*high, *low]);
                prop_assert!(HASHES.contains(&(hash, digest.len())), "{}", name);
            }
            Err(error) => {
                let Problem::Setting(problem) = *error.problem() else {
                    panic!("{error:?}");
                };
                let foreign = text.chars().position(|c| !c.is_ascii_hexdigit());
                let len = text.len();
                // What comes first is said first; what is too long is not read to its end.
                match problem {
                    SettingProblem::HexDigit(position) => {
                        prop_assert_eq!(foreign, Some(position - 1));
                    }
                    SettingProblem::HexOdd(count) => {
                        prop_assert_eq!((count, len % 2), (len, 1));
                    }
                    SettingProblem::NameForm(count) => prop_assert_eq!(count, len / 2),
                    other => panic!("{other:?}"),
                }
            }
        }
    }
}
