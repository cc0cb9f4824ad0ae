//! Sets of PCRs as text, and the digest of PCR values.

use proptest::{
    collection::{btree_set, vec},
    prelude::*,
    sample::Index,
};
use sha2::{Digest, Sha256, Sha384, Sha512};
use tpm_quote::{
    Error, Evidence, Marshal, Nonce, Pcr, PcrSet, Problem, QuotePolicy, Tpm2bPublic, TpmAlgId,
    TpmlPcrSelection, TpmsAttest, TpmtSignature, TpmuAttest, Unmarshal, Verifier,
    crypto::{PublicKey, Signature, SignatureError, SignatureVerifier},
    types::{
        Tpm2bData, Tpm2bDigest, Tpm2bName, Tpm2bPublicKeyRsa, TpmsClockInfo, TpmsQuoteInfo,
        TpmsSignatureRsa,
    },
    verify::{
        Excerpt,
        error::{QuoteProblem, SettingProblem},
        pcr_digest,
    },
};

use crate::{
    common::{
        case,
        quote::{Value, pcr_values},
        specimens,
    },
    config,
};

/// Name, id, bytes of a digest.
const BANKS: [(&str, u16, usize); 8] = [
    ("sha1", 0x0004, 20),
    ("sha256", 0x000b, 32),
    ("sha384", 0x000c, 48),
    ("sha512", 0x000d, 64),
    ("sm3_256", 0x0012, 32),
    ("sha3_256", 0x0027, 32),
    ("sha3_384", 0x0028, 48),
    ("sha3_512", 0x0029, 64),
];

/// Banks in any order, each with ascending indices.
type Set = Vec<(usize, Vec<u8>)>;

fn set() -> impl Strategy<Value = Set> {
    let order = Just((0..BANKS.len()).collect::<Vec<_>>()).prop_shuffle();
    let indices = vec(btree_set(0..24_u8, 1..=24), 1..=BANKS.len());
    (order, indices).prop_map(|(order, indices)| {
        let indices = indices.into_iter().map(|set| set.into_iter().collect());
        order.into_iter().zip(indices).collect()
    })
}

fn text(set: &[(usize, Vec<u8>)]) -> String {
    let banks = set.iter().map(|(bank, indices)| {
        let indices: Vec<_> = indices.iter().map(u8::to_string).collect();
        format!("{}:{}", BANKS[*bank].0, indices.join(","))
    });
    banks.collect::<Vec<_>>().join("+")
}

/// What is accepted has one way to be written, but for `all` and the case of the bank.
fn one_way_to_write(text: &str) {
    match PcrSet::parse(text) {
        Ok(set) => {
            let all: Vec<_> = (0..24).map(|index: u8| index.to_string()).collect();
            let written = text
                .to_ascii_lowercase()
                .replace(":all", &format!(":{}", all.join(",")));
            assert_eq!(set.to_string(), written);
            assert!(set.iter().count() > 0, "{text}");
        }
        Err(error) => match error.problem() {
            Problem::Setting(SettingProblem::PcrSet(problem)) => {
                assert!(
                    text.is_char_boundary(problem.position()),
                    "{text:?}: {error}"
                );
            }
            other => panic!("{text:?}: {other:?}"),
        },
    }
    assert_eq!(text.parse(), PcrSet::parse(text));
}

proptest! {
    #![proptest_config(config(4000))]

    #[test]
    fn set_of_pcrs_is_what_its_text_says(set in set()) {
        let text = text(&set);
        let parsed = PcrSet::parse(&text).unwrap();
        prop_assert_eq!(parsed.to_string(), &*text);
        let pcrs: Vec<_> = set
            .iter()
            .flat_map(|(bank, indices)| indices.iter().map(|i| (TpmAlgId(BANKS[*bank].1), *i)))
            .collect();
        let found = parsed.iter().map(|pcr| (pcr.bank(), pcr.index()));
        prop_assert_eq!(found.collect::<Vec<_>>(), &pcrs[..]);
        // The same set again, PCR by PCR, and by each other way to make one.
        let of = |&(bank, index): &_| Pcr::new(bank, index).unwrap();
        let collected: PcrSet = pcrs.iter().map(of).collect();
        prop_assert_eq!(collected.to_string(), &*text);
        prop_assert_eq!(pcrs.iter().rev().map(of).collect::<PcrSet>(), parsed);
        for entry in &set {
            let alone = PcrSet::parse(&self::text(std::slice::from_ref(entry))).unwrap();
            let (bank, indices) = (TpmAlgId(BANKS[entry.0].1), &entry.1);
            let mask = indices.iter().fold(0, |mask, index| mask | 1_u32 << index);
            prop_assert_eq!(PcrSet::new(bank, indices).unwrap(), alone);
            prop_assert_eq!(PcrSet::from_mask(bank, mask).unwrap(), alone);
        }
        for pcr in parsed.iter() {
            prop_assert_eq!(pcr.to_string().parse::<Pcr>(), Ok(pcr));
        }
        for (_, id, _) in BANKS {
            let bank = TpmAlgId(id);
            let any = pcrs.iter().any(|(b, _)| *b == bank);
            prop_assert_eq!(parsed.contains_bank(bank), any);
            for index in 0..=255 {
                prop_assert_eq!(parsed.contains(bank, index), pcrs.contains(&(bank, index)));
            }
        }
        // The order of the banks makes no other set.
        let mut reversed = set.clone();
        reversed.reverse();
        prop_assert_eq!(PcrSet::parse(&self::text(&reversed)).unwrap(), parsed);
    }

    #[test]
    fn any_text_is_refused_or_written_as_it_was(text in ".*") {
        one_way_to_write(&text);
    }

    #[test]
    fn text_of_the_right_characters_is_refused_or_written_as_it_was(
        text in "((sha|SHA)(1|256|384|512)|sm3_256)?[:,+]?(all|([0-9]{1,3}[,+: ]?){0,5})(\\+?sha1:0?[0-9])?",
    ) {
        one_way_to_write(&text);
    }

    #[test]
    fn altered_text_is_refused_or_written_as_it_was(
        set in set(),
        at in any::<Index>(),
        gone in 0..3_usize,
        come in "[0-9a-f:,+ -]{0,2}",
    ) {
        let mut text = text(&set);
        let at = at.index(text.len() + 1);
        let end = (at + gone).min(text.len());
        text.replace_range(at..end, &come);
        one_way_to_write(&text);
    }
}

#[test]
fn sets_are_equal_if_they_have_the_same_pcrs() {
    let sets = [
        "sha256:0",
        "sha256:7",
        "sha256:0,7",
        "sha384:0",
        "sha256:0+sha384:0",
        "sha256:0,7+sha384:0",
    ];
    for (i, a) in sets.iter().enumerate() {
        for (j, b) in sets.iter().enumerate() {
            let equal = PcrSet::parse(a).unwrap() == PcrSet::parse(b).unwrap();
            assert_eq!(equal, i == j, "{a} and {b}");
        }
    }
    let turned = PcrSet::parse("sha384:0+sha256:0,7").unwrap();
    assert_eq!(PcrSet::parse("sha256:0,7+sha384:0").unwrap(), turned);
}

/// Takes every signature for a good one: here it is the values that count.
struct AnySignature;

impl SignatureVerifier for AnySignature {
    fn check_key(&self, _: &PublicKey<'_>) -> Result<(), SignatureError> {
        Ok(())
    }

    fn verify(
        &self,
        _: &PublicKey<'_>,
        _: TpmAlgId,
        _: &[u8],
        _: &Signature<'_>,
    ) -> Result<(), SignatureError> {
        Ok(())
    }
}

fn digest(hash: u16, message: &[u8]) -> Vec<u8> {
    match hash {
        0x000b => Sha256::digest(message).to_vec(),
        0x000c => Sha384::digest(message).to_vec(),
        _ => Sha512::digest(message).to_vec(),
    }
}

/// A quote of `set` whose values are taken from `noise`, and the values in the
/// order in which they are signed.
fn quote(hash: u16, set: &Set, noise: &[u8]) -> (Vec<u8>, Vec<Value>) {
    let mut noise = noise.iter().copied().cycle();
    let mut selection = u32::try_from(set.len()).unwrap().to_be_bytes().to_vec();
    let mut values = Vec::new();
    for (bank, indices) in set {
        let (_, id, size) = BANKS[*bank];
        let mut map = [0; 3];
        for index in indices {
            map[usize::from(index / 8)] |= 1 << (index % 8);
            let value: Vec<u8> = noise.by_ref().take(size).collect();
            values.push((TpmAlgId(id), *index, value));
        }
        selection.extend(id.to_be_bytes());
        selection.push(3);
        selection.extend(map);
    }
    let all: Vec<u8> = values
        .iter()
        .flat_map(|(.., value)| value.clone())
        .collect();
    let pcr_digest = digest(hash, &all);
    let attest = TpmsAttest {
        qualified_signer: Tpm2bName::new(&specimens::QUALIFIED_NAME).unwrap(),
        extra_data: Tpm2bData::new(b"nonce").unwrap(),
        clock_info: TpmsClockInfo {
            clock: 0,
            reset_count: 0,
            restart_count: 0,
            safe: true,
        },
        firmware_version: 0,
        attested: TpmuAttest::Quote(TpmsQuoteInfo {
            pcr_select: TpmlPcrSelection::from_bytes(&selection).unwrap(),
            pcr_digest: Tpm2bDigest::new(&pcr_digest).unwrap(),
        }),
    };
    let mut out = [0; 1024];
    (attest.marshal_into(&mut out).unwrap().to_vec(), values)
}

proptest! {
    #![proptest_config(config(500))]

    /// The digest of the values one after another, by the hash of the key's
    /// scheme, banks as they were signed, indices ascending.
    #[test]
    fn pcr_digest_is_the_hash_of_the_values_in_signed_order(
        hash in prop_oneof![Just(0x000b_u16), Just(0x000c), Just(0x000d)],
        set in set(),
        noise in vec(any::<u8>(), 1..200),
        turn in any::<Index>(),
        changed in any::<(Index, Index, u8)>(),
    ) {
        let (attest, mut values) = quote(hash, &set, &noise);
        let signed = values.clone();

        // A key whose scheme has this hash; nobody checks its signature.
        let mut public = case("004").file("ak.pub");
        public[16..18].copy_from_slice(&hash.to_be_bytes());
        let public = Tpm2bPublic::from_bytes(&public).unwrap();
        let verifier = Verifier::new().crypto(&AnySignature);
        let key = verifier.self_asserted(&public).unwrap();
        let signature = TpmtSignature::RsaSsa(TpmsSignatureRsa {
            hash: TpmAlgId(hash),
            sig: Tpm2bPublicKeyRsa::new(b"any").unwrap(),
        });
        let mut out = [0; 64];
        let signature = signature.marshal_into(&mut out).unwrap();
        let required = PcrSet::parse(&text(&set)).unwrap();
        let policy = QuotePolicy::new(Nonce::exact(b"nonce").unwrap(), required);
        let verify = |values: &[Value]| {
            let pcrs = pcr_values(values);
            let evidence = Evidence { attest: &attest, signature, pcrs: &pcrs };
            let quote = verifier.quote(&key, &evidence, &policy)?;
            let shown = quote.pcrs().map(|v| (v.bank, v.index, v.digest.to_vec()));
            Ok::<_, Error>(shown.collect::<Vec<_>>())
        };

        // In whatever order they are given, they are shown as they were signed.
        let turn = turn.index(values.len());
        values.rotate_left(turn);
        prop_assert_eq!(verify(&values), Ok(signed.clone()));
        values.reverse();
        prop_assert_eq!(verify(&values), Ok(signed.clone()));

        let mut others = signed;
        let (at, byte, bit) = changed;
        let value = &mut at.get_mut(&mut others).2;
        let byte = byte.index(value.len());
        value[byte] ^= 1 << (bit % 8);
        let all: Vec<u8> = others.iter().flat_map(|(.., value)| value.clone()).collect();
        let error = verify(&others).expect_err("a changed value was accepted");
        let Problem::Quote(QuoteProblem::Digest { computed, signed }) = *error.problem() else {
            panic!("{error:?}");
        };
        let expected = digest(hash, &all);
        prop_assert_eq!(computed, Excerpt::new(&expected));
        let alone = pcr_digest(TpmAlgId(hash), &required, &pcr_values(&others)).unwrap();
        prop_assert_eq!(alone.as_ref(), expected);
        let len = digest(hash, &[]).len();
        prop_assert_eq!(signed, Excerpt::new(&attest[attest.len() - len..]));
    }
}
