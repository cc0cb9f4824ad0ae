//! Altered evidence: an appraisal has the result of the verification, and the states of its
//! checks are those of the error.

use std::sync::OnceLock;

use proptest::{collection::vec, prelude::*, sample::Index};
use tpm_quote::{
    Appraisal, Baseline, BaselineEntry, Check, Evidence, Nonce, Pcr, PcrSet, PcrValue, QuotePolicy,
    Tpm2bPublic, TpmAlgId, Unmarshal, Verifier,
    crypto::{PublicKey, Signature, SignatureError, SignatureVerifier},
    verify::{Anchor, ClockPolicy, Part},
};

use crate::{
    common::{
        cases,
        quote::{Quote, pcr_values},
        states::are_those_of_the_error,
    },
    config,
};

/// Takes every signature for a good one, so that what was signed can be altered.
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

/// Every quote of which the parts are read.
fn quotes() -> &'static [Quote] {
    static QUOTES: OnceLock<Vec<Quote>> = OnceLock::new();
    QUOTES.get_or_init(|| cases().iter().map(Quote::of).collect())
}

/// A change of bytes: where, how many go, which come.
type Edit = (Index, usize, Vec<u8>);

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let byte = || prop_oneof![any::<u8>(), Just(0), Just(1), Just(0x0b), Just(0xff)];
    vec((any::<Index>(), 0..3_usize, vec(byte(), 0..3)), 0..3)
}

fn alter(bytes: &mut Vec<u8>, edits: &[Edit]) {
    for (at, gone, come) in edits {
        let at = at.index(bytes.len() + 1);
        let end = (at + gone).min(bytes.len());
        bytes.splice(at..end, come.iter().copied());
    }
}

/// What the policy asks for besides the quote's own.
#[derive(Clone, Debug)]
struct Wishes {
    any_nonce: bool,
    anchored: bool,
    /// Whether the key has to have a Name, and whether it has that one.
    pinned: Option<bool>,
    /// Whether there is a baseline, and whether the first value is a good one by it.
    baseline: Option<bool>,
    safe: bool,
    required: bool,
}

fn wishes() -> impl Strategy<Value = Wishes> {
    let seldom = || prop::bool::weighted(0.1);
    let maybe = || prop_oneof![8 => Just(None), 3 => Just(Some(true)), 1 => Just(Some(false))];
    let flags = (seldom(), seldom(), any::<bool>(), any::<bool>());
    (flags, maybe(), maybe()).prop_map(|(flags, pinned, baseline)| {
        let (any_nonce, anchored, safe, required) = flags;
        Wishes {
            any_nonce,
            anchored,
            pinned,
            baseline,
            safe,
            required,
        }
    })
}

/// The result of the verification, and the appraisal's, which has to be the same.
fn compare(verifier: &Verifier<'_>, quote: &Quote, wishes: &Wishes) -> Result<(), TestCaseError> {
    let public = match Tpm2bPublic::from_bytes(&quote.public) {
        Ok(public) => public,
        // There is nothing that could be judged.
        Err(error) => {
            let error = tpm_quote::Error::from(error).in_part(Part::Key);
            let appraisal = Appraisal::<()>::from(error);
            prop_assert_eq!(appraisal.error(), Some(&error));
            prop_assert!(appraisal.key().is_none());
            return Ok(());
        }
    };
    let values = pcr_values(&quote.values);
    let evidence = Evidence {
        attest: &quote.attest,
        signature: &quote.signature[..],
        pcrs: &values,
    };
    // With the value as it comes, or with another one; none if it has a wrong length.
    let first = quote.values.first();
    let mut value = first.map_or(vec![0; 32], |first| first.2.clone());
    if let (Some(false), Some(byte)) = (wishes.baseline, value.first_mut()) {
        *byte ^= 1;
    }
    let good = [&value[..]];
    let (bank, index) = first.map_or((TpmAlgId::SHA256, 0), |first| (first.0, first.1));
    let entries = [BaselineEntry::new(Pcr::new(bank, index).unwrap(), &good)];
    let baseline = wishes.baseline.and_then(|_| Baseline::new(&entries).ok());
    let nonce = match wishes.any_nonce {
        true => Nonce::dangerous_any(),
        false => Nonce::exact(&quote.nonce).unwrap(),
    };
    let mut policy = match quote.selection.parse::<PcrSet>() {
        Ok(set) if wishes.required => QuotePolicy::new(nonce, set),
        _ => QuotePolicy::dangerous_any_pcrs(nonce),
    };
    let name = tpm_quote::Name::of_public(&public);
    let names = match (wishes.pinned, name) {
        (Some(true), Some(name)) => vec![name],
        _ => vec![tpm_quote::Name::EMPTY],
    };
    let mut not_asked_for = Vec::new();
    let mut anchor = Anchor::new();
    if wishes.pinned.is_some() {
        anchor = anchor.pinned(&names[..]);
    }
    if wishes.anchored {
        policy = policy.require_anchored_key();
    }
    if wishes.pinned.is_none() && !wishes.anchored {
        not_asked_for.push(Check::KeyAnchor);
    }
    if wishes.any_nonce {
        not_asked_for.push(Check::Nonce);
    }
    match &baseline {
        Some(baseline) => policy = policy.baseline(baseline),
        None => not_asked_for.push(Check::Baseline),
    }
    match wishes.safe {
        true => policy = policy.clock(ClockPolicy::new().require_safe()),
        false => not_asked_for.push(Check::Clock),
    }

    let expected = match wishes.pinned {
        Some(_) => verifier.pinned(&public, &names),
        None => verifier.self_asserted(&public),
    };
    let expected = expected.and_then(|key| verifier.quote(&key, &evidence, &policy));
    let key = verifier.appraise_key(&public, &anchor);
    let appraisal = verifier.appraise_quote(key, &evidence, &policy);
    are_those_of_the_error(&appraisal, &not_asked_for, &quote.attest);
    let is_compared = baseline.is_some()
        && appraisal.error().is_none_or(|error| {
            let at = error.check();
            at >= Check::Baseline
        });
    prop_assert_eq!(appraisal.baseline().is_some(), is_compared);
    prop_assert!(appraisal.error().is_none() || appraisal.warnings().count() == 0);
    match (appraisal.into_result(), expected) {
        (Ok(found), Ok(expected)) => {
            prop_assert_eq!(format!("{found:?}"), format!("{expected:?}"));
            let pcrs: Vec<PcrValue<'_>> = found.pcrs().collect();
            prop_assert!(expected.pcrs().eq(pcrs));
        }
        (found, expected) => {
            prop_assert_eq!(found.map(|_| ()), expected.map(|_| ()));
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(config(3000))]

    /// Whatever was signed.
    #[test]
    fn appraisal_of_altered_evidence_has_the_result_of_its_verification(
        quote in any::<Index>(),
        public in edits(),
        attest in edits(),
        signature in edits(),
        values in vec((any::<Index>(), any::<u8>()), 0..2),
        wishes in wishes(),
    ) {
        let mut quote = quote.get(quotes()).clone();
        alter(&mut quote.public, &public);
        alter(&mut quote.attest, &attest);
        alter(&mut quote.signature, &signature);
        for (at, byte) in values {
            if !quote.values.is_empty() {
                let at = at.index(quote.values.len());
                quote.values[at].2[0] ^= byte;
            }
        }
        compare(&Verifier::new().crypto(&AnySignature), &quote, &wishes)?;
    }

    /// One part alone, so that the checks after it are met.
    #[test]
    fn appraisal_of_evidence_that_is_altered_in_one_part_has_the_result_of_its_verification(
        quote in any::<Index>(),
        part in 0..4,
        edits in edits(),
        wishes in wishes(),
    ) {
        let mut quote = quote.get(quotes()).clone();
        match part {
            0 => alter(&mut quote.public, &edits),
            1 => alter(&mut quote.attest, &edits),
            2 => alter(&mut quote.signature, &edits),
            _ => {
                if let Some(value) = quote.values.first_mut() {
                    alter(&mut value.2, &edits);
                }
            }
        }
        compare(&Verifier::new().crypto(&AnySignature), &quote, &wishes)?;
    }

    /// With the cryptography of the crate.
    #[test]
    fn appraisal_of_real_evidence_has_the_result_of_its_verification(
        quote in any::<Index>(),
        wishes in wishes(),
        flip in prop_oneof![4 => Just(None), 1 => any::<Index>().prop_map(Some)],
    ) {
        let mut quote = quote.get(quotes()).clone();
        if let Some(at) = flip {
            let at = at.index(quote.attest.len());
            quote.attest[at] ^= 1;
        }
        compare(&Verifier::new(), &quote, &wishes)?;
    }
}
