//! A whole verification behind the signature: the verifier here always says
//! yes, so that the fuzzer gets to what only a key's owner could send.

use std::collections::BTreeMap;

use tpm_quote::{
    AttestationKey, Check, Evidence, Nonce, PcrValue, QuotePolicy, TpmAlgId, VerifiedQuote,
    VerifyError,
    crypto::{PublicKey, Signature, SignatureError, SignatureVerifier},
    verify::{BaselineEntry, verify_quote_with},
};

use crate::{
    codec::explain,
    parts::{BASELINE, PINNED, Parts, SHA1_SIGNATURES, Signed, Value, hash},
};

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
        Result<VerifiedQuote<'_>, VerifyError>,
        &[PcrValue<'_>],
        &QuotePolicy<'_>,
    ) -> T,
) -> Option<T> {
    let key = parts.key()?;
    let values = parts.values();
    let evidence = Evidence {
        attest: &parts.attest,
        signature: &parts.signature,
        pcrs: &values,
    };
    let good: Vec<&[u8]> = parts.good.iter().map(Vec::as_slice).collect();
    let baseline: Vec<BaselineEntry<'_>> = match (parts.has(BASELINE), parts.values.first()) {
        (true, Some(first)) => vec![(first.bank, first.index, &good)],
        _ => vec![],
    };
    let policy = parts.policy()?.baseline(&baseline);
    let result = verify_quote_with(&Yes, &key, &evidence, &policy);
    Some(then(&key, result, &values, &policy))
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

    // No bank twice, three bytes each, and as many PCR as there are values.
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

    // The digest, in the order in which the PCR were signed.
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

    // SHA-1 and the PCR from 16 on only if they are required, and all that is.
    let required = parts.required().expect("there is a policy");
    for (bank, index) in required.iter() {
        assert!(covered.contains(&(bank.0, index)));
    }
    for &(bank, index) in &covered {
        let bank = TpmAlgId(bank);
        assert!(index < 16 || required.contains(bank, index));
        assert!(bank != TpmAlgId::SHA1 || required.contains_bank(bank));
    }

    // Any other nonce, value, signature or key is refused, by its name.
    let evidence = Evidence {
        attest: &parts.attest,
        signature: &parts.signature,
        pcrs: values,
    };
    let refused_by = |verifier: &dyn SignatureVerifier, evidence: &Evidence<'_>, policy: &_| {
        let result = verify_quote_with(verifier, key, evidence, policy);
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

/// Says yes to all that it is asked.
pub(crate) struct Yes;
/// Knows every key and no signature.
struct No;

impl SignatureVerifier for Yes {
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

impl SignatureVerifier for No {
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
        Err(SignatureError::Invalid)
    }
}
