//! Files of tpm2-tools: what was written is read, and anything may come.

use proptest::{
    collection::{btree_set, vec},
    prelude::*,
    sample::{Index, select},
};
use tpm_quote::{
    PcrSet, Problem, TpmAlgId, TpmtSignature,
    evidence::{PcrFile, parse_selection},
    verify::{Part, SigningScheme, error::SettingProblem},
};

use crate::{
    config,
    image::{Bank, marshaled, serialized},
};

/// Name, id, bytes of a digest.
const BANKS: [(&str, u16, usize); 5] = [
    ("sha1", 0x0004, 20),
    ("sha256", 0x000b, 32),
    ("sha384", 0x000c, 48),
    ("sha512", 0x000d, 64),
    ("sm3_256", 0x0012, 32),
];

/// A selection, its values in order, and where the lists of them end.
#[derive(Clone, Debug)]
struct File {
    banks: Vec<(usize, Vec<u8>)>,
    values: Vec<Vec<u8>>,
    cuts: Vec<usize>,
    garbage: u8,
}

fn file() -> impl Strategy<Value = File> {
    let order = Just((0..BANKS.len()).collect::<Vec<_>>()).prop_shuffle();
    let indices = vec(btree_set(0..24_u8, 0..=24), 1..=BANKS.len());
    let rest = (vec(1..=8_usize, 32), any::<u8>(), any::<u8>());
    (order, indices, rest).prop_map(|(order, indices, (cuts, garbage, seed))| {
        let banks: Vec<(usize, Vec<u8>)> = order
            .into_iter()
            .zip(indices)
            .map(|(bank, set)| (bank, set.into_iter().collect()))
            .collect();
        let mut values = Vec::new();
        for (bank, indices) in &banks {
            for index in indices {
                let mut value = vec![seed ^ index; BANKS[*bank].2];
                value[0] = u8::try_from(*bank).unwrap();
                values.push(value);
            }
        }
        File {
            banks,
            values,
            cuts,
            garbage,
        }
    })
}

impl File {
    fn selection(&self) -> Vec<Bank> {
        let banks = self.banks.iter();
        banks
            .map(|(bank, indices)| (BANKS[*bank].1, indices.clone()))
            .collect()
    }

    fn text(&self) -> String {
        let banks = self.banks.iter().filter(|(_, indices)| !indices.is_empty());
        let banks = banks.map(|(bank, indices)| {
            let indices: Vec<_> = indices.iter().map(u8::to_string).collect();
            format!("{}:{}", BANKS[*bank].0, indices.join(","))
        });
        banks.collect::<Vec<_>>().join("+")
    }

    /// In lists that are as long as `cuts` says, and full where it ends.
    fn lists(&self) -> Vec<Vec<Vec<u8>>> {
        let mut rest = &self.values[..];
        let mut lists = Vec::new();
        let mut cuts = self.cuts.iter();
        while !rest.is_empty() {
            // At most 32 lists: short ones only while there is room for the rest.
            let room = rest.len().div_ceil(8) + lists.len() < 31;
            let cut = cuts.next().filter(|_| room).map_or(8, |cut| *cut);
            let (list, after) = rest.split_at(cut.min(rest.len()));
            lists.push(list.to_vec());
            rest = after;
        }
        lists
    }

    fn is(&self, file: &PcrFile<'_>) {
        let mut values = self.values.iter();
        let mut read = file.iter();
        for (bank, indices) in &self.banks {
            for index in indices {
                let value = read.next().unwrap();
                assert_eq!((value.bank.0, value.index), (BANKS[*bank].1, *index));
                assert_eq!(value.digest, values.next().unwrap());
            }
        }
        assert!(read.next().is_none());
        assert_eq!(file.count(), self.values.len());
    }
}

/// Anything may come, and what is read has a value for each PCR.
fn any_bytes(bytes: &[u8], selection: &PcrSet) -> usize {
    let files = [
        PcrFile::serialized(bytes),
        PcrFile::marshaled(bytes),
        PcrFile::values(bytes, selection),
    ];
    let mut read = 0;
    for file in files {
        match file {
            Ok(file) => {
                read += 1;
                assert_eq!(file.iter().count(), file.count());
                for value in file.iter() {
                    assert_eq!(Some(value.digest.len()), value.bank.digest_size());
                }
            }
            Err(error) => {
                assert_eq!(error.part(), Part::PcrFile);
                let offset = error.offset();
                match error.problem() {
                    Problem::Structure(_) => assert!(offset.unwrap() <= bytes.len()),
                    Problem::PcrFile(_) => assert!(offset.is_none_or(|at| at < bytes.len())),
                    other => panic!("{other:?}"),
                }
                assert!(!error.to_string().is_empty());
            }
        }
    }
    read
}

proptest! {
    #![proptest_config(config(1000))]

    #[test]
    fn pcr_file_that_was_written_is_read(file in file()) {
        let image = serialized(&file.selection(), &file.lists(), file.garbage);
        file.is(&PcrFile::serialized(&image).unwrap());
        let image = marshaled(&file.selection(), &file.lists());
        file.is(&PcrFile::marshaled(&image).unwrap());
        if let Ok(selection) = PcrSet::parse(&file.text()) {
            let image = file.values.concat();
            file.is(&PcrFile::values(&image, &selection).unwrap());
            prop_assert_eq!(parse_selection(&file.text()).unwrap().to_string(), file.text());
        } else {
            prop_assert!(file.values.is_empty());
        }
    }

    /// P4, P5: one value less or more than was selected.
    #[test]
    fn pcr_file_of_another_number_of_values_is_refused(
        file in file().prop_filter("some values", |file| !file.values.is_empty()),
        at in any::<Index>(),
        more: bool,
    ) {
        let mut other = file.clone();
        let at = at.index(file.values.len());
        if more {
            other.values.insert(at, file.values[at].clone());
        } else {
            other.values.remove(at);
        }
        // The selection is the one before.
        let image = serialized(&file.selection(), &other.lists(), 0);
        prop_assert!(PcrFile::serialized(&image).is_err());
        let image = marshaled(&file.selection(), &other.lists());
        prop_assert!(PcrFile::marshaled(&image).is_err());
        let selection = PcrSet::parse(&file.text()).unwrap();
        prop_assert!(PcrFile::values(&other.values.concat(), &selection).is_err());
    }

    #[test]
    fn pcr_file_may_be_anything(
        file in file(),
        edits in vec((any::<Index>(), select(&[0_u8, 1, 8, 9, 0x10, 0x20, 0xff][..])), 0..4),
        cut in any::<Index>(),
        is_cut: bool,
        which in 0..2,
    ) {
        let mut image = match which {
            0 => serialized(&file.selection(), &file.lists(), file.garbage),
            _ => marshaled(&file.selection(), &file.lists()),
        };
        for (at, byte) in &edits {
            let at = at.index(image.len());
            image[at] = *byte;
        }
        if is_cut {
            image.truncate(cut.index(image.len()));
        }
        let read = any_bytes(&image, &PcrSet::parse("sha256:0,7").unwrap());
        prop_assert!(read > 0 || is_cut || !edits.is_empty());
    }

    #[test]
    fn signature_may_be_anything(bytes in vec(select(&[0_u8, 1, 2, 6, 8, 0x30, 0x81, 0x82, 0xff][..]), 0..16)) {
        let scheme = SigningScheme::ecdsa(TpmAlgId::SHA256);
        if let Ok(signature) = scheme.plain_signature(&bytes) {
            let is_ecdsa = matches!(signature, TpmtSignature::EcDsa(_));
            prop_assert!(is_ecdsa && bytes[0] == 0x30);
        }
    }

    #[test]
    fn selection_may_be_anything(text in "[0-9a-z+:,x]{0,24}|(sha256|0x000b|sha1):(0|7|0x7|all|,){0,6}") {
        match parse_selection(&text) {
            Ok(set) => {
                prop_assert!(set.iter().count() > 0);
                let again = parse_selection(&set.to_string()).unwrap();
                prop_assert!(again == set);
            }
            Err(error) => match error.problem() {
                Problem::Setting(SettingProblem::PcrSet(problem)) => {
                    prop_assert!(text.is_char_boundary(problem.position()));
                }
                other => panic!("{other:?}"),
            },
        }
    }
}

#[cfg(feature = "keys")]
mod keys {
    use tpm_quote::evidence::{read_pem, read_spki, write_pem, write_spki};

    use super::*;
    use crate::common::case;

    proptest! {
        #![proptest_config(config(2000))]

        #[test]
        fn key_may_be_anything_and_is_written_as_it_was(
            number in select(&["004", "005", "017", "018"][..]),
            edits in vec((any::<Index>(), any::<u8>()), 0..3),
        ) {
            let pem = case(number).file("ak.pem");
            let mut room = [0; 600];
            let mut der = read_pem(&pem, &mut room).unwrap().to_vec();
            for (at, byte) in &edits {
                let at = at.index(der.len());
                der[at] = *byte;
            }
            match read_spki(&der) {
                Ok(key) => {
                    let mut room = [0; 600];
                    prop_assert_eq!(write_spki(&key, &mut room).unwrap(), &der[..]);
                }
                Err(_) => prop_assert!(!edits.is_empty()),
            }
            // Any bytes can be put into PEM.
            let mut text = [0; 900];
            let text = write_pem(&der, &mut text).unwrap();
            let mut again = [0; 600];
            prop_assert_eq!(read_pem(text.as_bytes(), &mut again).unwrap(), &der[..]);
            let mut pem = pem.clone();
            for (at, byte) in &edits {
                let at = at.index(pem.len());
                pem[at] = *byte;
            }
            let mut room = [0; 600];
            let _ = read_pem(&pem, &mut room);
        }
    }
}
