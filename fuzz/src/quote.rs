//! A whole verification behind the signature: the verifier here always says
//! yes, so that the fuzzer gets to what only a key's owner could send.

use std::collections::BTreeMap;

use tpm_quote::{
    AttestationKey, Baseline, BaselineEntry, Check, CheckState, Error, Evidence, Nonce, Pcr,
    PcrValue, Problem, QuotePolicy, TpmAlgId, VerifiedQuote, Verifier,
    crypto::SignatureVerifier,
    verify::{Anchor, error::SettingProblem, pcr_digest},
};

use crate::{
    appraisal::{facts, reported, states_are_consistent},
    codec::explain,
    engines::{No, Yes},
    parts::{BASELINE, PINNED, Parts, SHA1_SIGNATURES, Signed, Value, hash},
};

const YES: Verifier<'_> = Verifier::new().crypto(&Yes);

/// A quote made of parts, and what has to be true of it if it is accepted.
pub fn quote(data: &[u8]) {
    let parts = Parts::new(data);
    verify(&parts, |key, result, values, policy| match result {
        Ok(quote) => accepted(&parts, key, &quote, values, policy),
        Err(error) => explain(&error),
    });
}

/// The check that refuses the quote, if any does; `None` if it does not come to
/// that.
pub fn quote_refused_by(data: &[u8]) -> Option<Option<Check>> {
    verify(&Parts::new(data), |_, result, _, _| {
        result.err().map(|error| error.check())
    })
}

fn verify<T>(
    parts: &Parts,
    then: impl FnOnce(
        &AttestationKey<'_>,
        Result<VerifiedQuote<'_>, Error>,
        &[PcrValue<'_>],
        &QuotePolicy<'_>,
    ) -> T,
) -> Option<T> {
    let key = parts.key()?;
    let values = parts.values();
    let evidence = Evidence {
        attest: &parts.attest,
        signature: &parts.signature[..],
        pcrs: &values,
    };
    let good = parts.good();
    let good: Vec<&[u8]> = good.iter().map(Vec::as_slice).collect();
    let first = parts.values.first().filter(|_| parts.has(BASELINE));
    let pcr = first.and_then(|first| Pcr::new(first.bank, first.index).ok());
    let entries = pcr.map(|pcr| {
        baseline_takes_whole_values(pcr, &parts.good);
        [BaselineEntry::new(pcr, &good)]
    });
    let mut policy = parts.policy()?;
    if let Some(entries) = &entries {
        let baseline = Baseline::new(entries).expect("one value, as long as its digests");
        policy = policy.baseline(&baseline);
    }
    let result = YES.quote(&key, &evidence, &policy);
    appraised(parts, &key, &evidence, &policy, &result);
    Some(then(&key, result, &values, &policy))
}

/// A good value has to be as long as the bank's digests.
fn baseline_takes_whole_values(pcr: Pcr, good: &[Vec<u8>]) {
    let values: Vec<&[u8]> = good.iter().map(Vec::as_slice).collect();
    let are_whole = values.iter().all(|value| value.len() == pcr.digest_size());
    match Baseline::new(&[BaselineEntry::new(pcr, &values)]) {
        Ok(_) => assert!(are_whole),
        Err(error) => {
            explain(&error);
            assert!(!are_whole);
            let Problem::Setting(SettingProblem::BaselineValueLength { .. }) = error.problem()
            else {
                panic!("{error}");
            };
        }
    }
}

/// An appraisal says the same as the verification, whichever way its key came, and what
/// each check found fits that.
fn appraised<'l>(
    parts: &Parts,
    key: &AttestationKey<'_>,
    evidence: &Evidence<'l, 'l>,
    policy: &QuotePolicy<'l>,
    result: &Result<VerifiedQuote<'_>, Error>,
) {
    let appraisal = YES.appraise_quote(*key, evidence, policy);
    states_are_consistent(&appraisal);
    let expected = result.as_ref().map(facts);
    assert_eq!(appraisal.error(), expected.as_ref().err().copied());
    assert_eq!(appraisal.value().map(facts), expected.ok());
    assert_eq!(appraisal.key(), Some(key.summary()));
    let is_compared = appraisal.state(Check::PcrDigest) == CheckState::Ok;
    let has_baseline = appraisal.state(Check::Baseline) != CheckState::NotAskedFor;
    match appraisal.baseline() {
        Some(baseline) => {
            assert!(is_compared && has_baseline);
            let mismatches = baseline.mismatches().count();
            assert_eq!(baseline.matched() + mismatches, 1);
            let holds = appraisal.state(Check::Baseline) == CheckState::Ok;
            assert_eq!(holds, mismatches == 0);
        }
        None => assert!(!(is_compared && has_baseline)),
    }
    // Reports take longer than all else: on what is refused they are written elsewhere.
    if appraisal.value().is_some() || appraisal.baseline().is_some() {
        reported(&appraisal);
    }

    // The key is judged in the same breath.
    let public = parts.public().expect("it has a key");
    let names = [*key.name()];
    let anchor = match parts.has(PINNED) {
        true => Anchor::new().pinned(&names),
        false => Anchor::new(),
    };
    let key = parts.verifier().appraise_key(&public, &anchor);
    states_are_consistent(&key);
    let whole = YES.appraise_quote(key, evidence, policy);
    assert!(whole.checks().eq(appraisal.checks()));
    assert_eq!(whole.error(), appraisal.error());
    assert!(whole.warnings().eq(appraisal.warnings()));
}

fn accepted(
    parts: &Parts,
    key: &AttestationKey<'_>,
    quote: &VerifiedQuote<'_>,
    values: &[PcrValue<'_>],
    policy: &QuotePolicy<'_>,
) {
    let signed = Signed::read(&parts.attest).expect("it was accepted");
    let nonce = parts.nonce.as_slice();
    assert_eq!((quote.nonce(), signed.nonce), (nonce, nonce));
    assert_eq!(quote.key_trust().is_anchored(), parts.has(PINNED));
    assert_eq!(quote.key_name(), key.name());

    // No bank twice, three bytes each, and as many PCRs as there are values.
    let mut banks: Vec<u16> = signed.selection.iter().map(|&(bank, _)| bank).collect();
    banks.sort_unstable();
    banks.dedup();
    assert_eq!(banks.len(), signed.selection.len());
    let of_each_bank = signed.selection.iter().flat_map(|&(bank, map)| {
        assert_eq!(map.len(), 3);
        let is_set = move |n: &u8| map[usize::from(n / 8)] >> (n % 8) & 1 == 1;
        (0_u8..24).filter(is_set).map(move |n| (bank, n))
    });
    let covered: Vec<(u16, u8)> = of_each_bank.collect();
    assert!(!covered.is_empty() && covered.len() == values.len());

    // The digest, in the order in which the PCRs were signed.
    let by_place: BTreeMap<_, _> = values
        .iter()
        .map(|v| ((v.bank.0, v.index), v.digest))
        .collect();
    assert_eq!(by_place.len(), values.len());
    let message: Vec<u8> = covered
        .iter()
        .flat_map(|place| by_place[place])
        .copied()
        .collect();
    assert_eq!(hash(key.scheme().hash, &message), signed.digest);
    assert_eq!(quote.pcr_digest(), signed.digest);
    let digest = pcr_digest(key.scheme().hash, quote.selection(), values);
    assert_eq!(digest.expect("it was accepted").as_ref(), signed.digest);
    let has_baseline = parts.has(BASELINE) && !values.is_empty();
    assert_eq!(quote.baseline_matched(), usize::from(has_baseline));
    if has_baseline {
        assert!(parts.good().iter().any(|good| good == values[0].digest));
    }
    let summary = quote.summary();
    assert_eq!(
        (summary.nonce(), summary.pcr_digest()),
        (nonce, signed.digest)
    );
    assert_eq!(
        (summary.key(), summary.selection()),
        (quote.key(), quote.selection())
    );

    // What can be read is what is covered, and no more.
    for (&(bank, index), &digest) in &by_place {
        assert_eq!(quote.pcr(TpmAlgId(bank), index), Some(digest));
        for other in [(bank ^ 1, index), (bank ^ 6, index), (bank, index ^ 1)] {
            let expected = by_place.get(&other).copied();
            assert_eq!(quote.pcr(TpmAlgId(other.0), other.1), expected);
        }
        assert_eq!(quote.pcr(TpmAlgId(bank), index | 0x20), None);
    }
    let read: Vec<(u16, u8)> = quote.pcrs().map(|v| (v.bank.0, v.index)).collect();
    assert_eq!(read, covered);

    // SHA-1 and the PCRs from 16 on only if they are required, and all that is.
    let required = parts.required().expect("there is a policy");
    for pcr in required.iter() {
        assert!(covered.contains(&(pcr.bank().0, pcr.index())));
    }
    for &(bank, index) in &covered {
        let bank = TpmAlgId(bank);
        assert!(index < 16 || required.contains(bank, index));
        assert!(bank != TpmAlgId::SHA1 || required.contains_bank(bank));
    }

    // Any other nonce, value, signature or key is refused, by its name.
    let evidence = Evidence {
        attest: &parts.attest,
        signature: &parts.signature[..],
        pcrs: values,
    };
    let refused_by = |verifier: &dyn SignatureVerifier, evidence: &Evidence<'_, '_>, policy: &_| {
        let verifier = Verifier::new().crypto(verifier);
        let result = verifier.quote(key, evidence, policy);
        result.err().map(|error| error.check())
    };
    assert_eq!(refused_by(&No, &evidence, policy), Some(Check::Signature));
    let mut other = parts.nonce.clone();
    other[0] ^= 1;
    let other = QuotePolicy::new(Nonce::exact(&other).expect("as long as before"), required);
    let other = if parts.has(SHA1_SIGNATURES) {
        other.dangerous_allow_sha1_signatures()
    } else {
        other
    };
    assert_eq!(refused_by(&Yes, &evidence, &other), Some(Check::Nonce));
    let (_, fewer) = values.split_last().expect("there is one");
    let fewer = Evidence {
        pcrs: fewer,
        ..evidence
    };
    assert_eq!(refused_by(&Yes, &fewer, policy), Some(Check::Selection));
    let mut changed = parts.values.clone();
    changed[0].digest[0] ^= 1;
    let changed: Vec<PcrValue<'_>> = changed.iter().map(Value::view).collect();
    let changed = Evidence {
        pcrs: &changed,
        ..evidence
    };
    assert_eq!(refused_by(&Yes, &changed, policy), Some(Check::PcrDigest));
    if !parts.has(PINNED) {
        let anchored = policy.require_anchored_key();
        assert_eq!(
            refused_by(&Yes, &evidence, &anchored),
            Some(Check::KeyAnchor)
        );
    }
    // The order of the values is not the sender's to choose.
    let backwards: Vec<PcrValue<'_>> = values.iter().rev().copied().collect();
    let backwards = Evidence {
        pcrs: &backwards,
        ..evidence
    };
    assert_eq!(refused_by(&Yes, &backwards, policy), None);
}
