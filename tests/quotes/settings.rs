//! What a caller asks for: PCRs and sets of them, baselines, nonces.

use tpm_quote::{
    Baseline, BaselineEntry, Check, Error, Nonce, Pcr, PcrSet, Problem, QuotePolicy, TpmAlgId,
    Verdict,
    verify::{
        KeyRules, Part,
        error::{SelectionProblem, SettingProblem},
    },
};

use crate::{
    SHA1, SHA256, assert_same,
    common::{case, quote::Quote},
    selection,
};

/// The banks that have PCRs: all hashes whose digests have a known length.
const BANKS: [(u16, usize); 12] = [
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

#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T, Error>, expected: SettingProblem) {
    let error = result.expect_err("it makes no sense");
    assert_eq!(error, expected.into());
    assert_eq!(*error.problem(), Problem::Setting(expected));
    assert_eq!((error.part(), error.check()), (Part::Policy, Check::Input));
    assert_eq!(
        (error.verdict(), error.offset()),
        (Verdict::Malformed, None)
    );
}

#[test]
fn pcr_is_one_of_24_in_a_bank_that_is_supported() {
    for bank in 0..=u16::MAX {
        let size = BANKS.iter().find(|(id, _)| *id == bank);
        let bank = TpmAlgId(bank);
        for index in [0, 7, 23, 24, 255] {
            match (size, index) {
                (Some((_, size)), 0..24) => {
                    let pcr = Pcr::new(bank, index).unwrap();
                    assert_eq!((pcr.bank(), pcr.index()), (bank, index));
                    assert_eq!(pcr.digest_size(), *size);
                }
                _ => refused(Pcr::new(bank, index), SettingProblem::Pcr { bank, index }),
            }
        }
    }
}

#[test]
fn set_by_indices_is_the_one_by_its_mask_and_by_its_text() {
    let by_indices = |indices: &[u8]| PcrSet::new(SHA256, indices).unwrap();
    let set = by_indices(&[10, 0, 7, 0]);
    assert_eq!(set.to_string(), "sha256:0,7,10");
    assert_eq!(set, PcrSet::from_mask(SHA256, 0x0000_0481).unwrap());
    assert_eq!(Ok(set), "sha256:0,7,10".parse());
    assert_ne!(set, by_indices(&[0, 7]));
    let other_bank = PcrSet::new(TpmAlgId::SHA384, &[0, 7, 10]).unwrap();
    assert_ne!(set, other_bank);

    for (bank, _) in BANKS {
        let bank = TpmAlgId(bank);
        let all = PcrSet::all(bank).unwrap();
        assert_eq!(all, PcrSet::from_mask(bank, 0x00ff_ffff).unwrap());
        let indices: Vec<_> = (0..24).collect();
        assert_eq!(all, PcrSet::new(bank, &indices).unwrap());
        let found: Vec<_> = all.iter().map(|pcr| (pcr.bank(), pcr.index())).collect();
        let expected: Vec<_> = indices.iter().map(|index| (bank, *index)).collect();
        assert_eq!(found, expected);
        for index in 0..24 {
            let one = PcrSet::from_mask(bank, 1 << index).unwrap();
            let pcr = Pcr::new(bank, index).unwrap();
            assert_eq!(one.iter().collect::<Vec<_>>(), [pcr]);
        }
    }
}

#[test]
fn set_that_is_empty_or_of_no_such_pcrs_is_refused() {
    let bank = TpmAlgId(0x1234);
    refused(PcrSet::new(SHA256, &[]), SettingProblem::PcrMask(0));
    refused(PcrSet::from_mask(SHA256, 0), SettingProblem::PcrMask(0));
    for bit in 24..32 {
        let mask = 1 << bit;
        refused(
            PcrSet::from_mask(SHA256, mask),
            SettingProblem::PcrMask(mask),
        );
        let mask = mask | 1;
        refused(
            PcrSet::from_mask(SHA256, mask),
            SettingProblem::PcrMask(mask),
        );
    }
    for index in [24, 32, 56, 255] {
        let problem = SettingProblem::Pcr {
            bank: SHA256,
            index,
        };
        refused(PcrSet::new(SHA256, &[0, index]), problem);
    }
    refused(
        PcrSet::new(bank, &[7]),
        SettingProblem::Pcr { bank, index: 7 },
    );
    let none = SettingProblem::Pcr { bank, index: 0 };
    refused(PcrSet::all(bank), none);
    refused(PcrSet::from_mask(bank, 1), none);
}

#[test]
fn text_of_a_single_pcr_is_one_pcr() {
    assert_eq!("sha256:7".parse(), Pcr::new(SHA256, 7));
    assert_eq!("SHA256:7".parse(), Pcr::new(SHA256, 7));
    assert_eq!("sha3_512:23".parse(), Pcr::new(TpmAlgId::SHA3_512, 23));
    for text in [
        "",
        "sha256",
        "sha256:",
        "sha256:24",
        "sha256:07",
        "sha256:0,7",
        "sha256:0+sha1:0",
        " sha256:0",
        "md5:0",
    ] {
        let error = text.parse::<Pcr>().expect_err(text);
        let problem = error.problem();
        assert!(
            matches!(problem, Problem::Setting(SettingProblem::PcrSet(_))),
            "{text}: {problem:?}"
        );
    }
}

#[test]
fn set_is_collected_from_pcrs_of_several_banks() {
    let pcr = |text: &str| text.parse::<Pcr>().unwrap();
    let pcrs = ["sha1:3", "sha256:7", "sha1:0", "sha256:7", "sha256:0"].map(pcr);
    let set: PcrSet = pcrs.into_iter().collect();
    assert_eq!(set.to_string(), "sha1:0,3+sha256:0,7");
    assert_eq!(set.iter().count(), 4);
    assert!(set.contains(SHA1, 3) && !set.contains(SHA1, 7));
    // All banks that there are, with all their PCRs, find room.
    let banks = BANKS
        .iter()
        .map(|(bank, _)| PcrSet::all(TpmAlgId(*bank)).unwrap());
    let every: PcrSet = banks.flat_map(|set| set.iter()).collect();
    assert_eq!(every.iter().count(), 12 * 24);
    let firmware: PcrSet = every
        .iter()
        .filter(|pcr| pcr.bank() == SHA256 && pcr.index() < 8)
        .collect();
    assert_eq!(firmware.to_string(), "sha256:0,1,2,3,4,5,6,7");
}

/// Such a set can be collected: a policy that requires it is refused.
#[test]
fn policy_that_requires_the_empty_set_accepts_nothing() {
    let quote = Quote::of(&case("004"));
    let nothing = PcrSet::from_iter([]);
    assert!(nothing.is_empty());
    assert_eq!(nothing.to_string(), "none");
    let policy = QuotePolicy::new(Nonce::exact(&quote.nonce).unwrap(), nothing);
    let error = quote.verify_as(KeyRules::new(), &policy, |_| ());
    let error = error.unwrap_err();
    let expected = selection(SelectionProblem::NothingRequired);
    assert_same(&error, &expected, "nothing is required");
    assert_eq!(error.check(), Check::Selection);
    assert_eq!(error.part(), Part::Policy);
}

#[test]
fn baseline_compares_something_or_is_refused() {
    let pcr = |text: &str| text.parse::<Pcr>().unwrap();
    let (pcr0, pcr7) = (pcr("sha256:0"), pcr("sha256:7"));
    let good: [&[u8]; 2] = [&[1; 32], &[2; 32]];
    let entries = [
        BaselineEntry::new(pcr0, &good),
        BaselineEntry::new(pcr7, &good[1..]),
        BaselineEntry::new(pcr("sha1:0"), &[&[1; 20]]),
    ];
    assert_eq!(Baseline::new(&entries).unwrap().entries(), entries);

    refused(Baseline::new(&[]), SettingProblem::BaselineEmpty);
    let empty = [entries[0], BaselineEntry::new(pcr7, &[])];
    let problem = SettingProblem::BaselineNoValue(pcr7);
    refused(Baseline::new(&empty), problem);
    let twice = [entries[0], entries[1], BaselineEntry::new(pcr0, &good[1..])];
    let problem = SettingProblem::BaselineRepeated(pcr0);
    refused(Baseline::new(&twice), problem);
    for found in [0, 20, 31, 33, 64] {
        let bytes = [0; 64];
        let values: [&[u8]; 2] = [&[1; 32], &bytes[..found]];
        let entries = [entries[0], BaselineEntry::new(pcr7, &values)];
        let problem = SettingProblem::BaselineValueLength {
            pcr: pcr7,
            expected: 32,
            found,
        };
        refused(Baseline::new(&entries), problem);
    }
}

#[test]
fn nonce_of_an_array_is_the_one_of_its_bytes() {
    fn same<const N: usize>() {
        let bytes = std::array::from_fn(|at| u8::try_from(at).unwrap() ^ 0xa5);
        let nonce = Nonce::from(bytes);
        assert_eq!(nonce.as_ref(), bytes);
        assert_eq!(Ok(nonce), Nonce::exact(&bytes));
        let mut other: [u8; N] = bytes;
        other[N - 1] ^= 1;
        assert_ne!(nonce, other.into());
    }
    same::<1>();
    same::<16>();
    same::<20>();
    same::<32>();
    same::<65>();
    same::<66>();
    // The bytes that are not used do not count, and the length does.
    assert_ne!(Nonce::from([7]), Nonce::from([7, 0]));
    assert_ne!(Nonce::from([0]), Nonce::dangerous_none());
    assert_ne!(Nonce::dangerous_none(), Nonce::dangerous_any());
    refused(Nonce::exact(&[]), SettingProblem::NonceLength(0));
    refused(Nonce::exact(&[0; 67]), SettingProblem::NonceLength(67));
    refused(Nonce::exact(&[0; 255]), SettingProblem::NonceLength(255));
    refused(Nonce::exact(&[0; 322]), SettingProblem::NonceLength(322));
    refused(Nonce::from_payload_id(""), SettingProblem::PayloadIdEmpty);
}
