//! The whole way from a response to a verified quote, with real signatures.

use sha2::{Digest as _, Sha256};
use tpm_quote::{
    Attestation, Check, CheckState, Error, PcrSet, ResponsePolicy, Scratch, Tier, TpmAttestation,
    VerifiedQuote, Verifier, evidence::Form, verify_response, verify_response_for_tier,
};

use crate::{
    appraisal::{reported, same_as_verified, states_are_consistent, stranger_is_reported},
    codec::explain,
};

/// The id of the requests that the responses in the corpus answer.
pub const PAYLOAD_IDS: [&str; 4] = [
    "49e042cf-405a-591d-aeba-b1a8bd195b23",
    "22c4a258-d445-5bdd-885d-40980abcee2d",
    "6c5a64a5-81bb-5788-8a7b-8361a95e1a5f",
    "5ad66589-f45f-5c91-8183-0b3833cc19d4",
];

/// The tiers differ in nothing but a quote that is not there.
pub fn response(data: &[u8]) {
    let words = &data[..data.len().min(1024)];
    stranger_is_reported(&String::from_utf8_lossy(words));
    for id in PAYLOAD_IDS {
        let policy = ResponsePolicy::new(id).expect("it is not empty");
        with_policy(data, id, &policy);
        with_policy(data, id, &policy.require_pcrs(with_sha1()));
    }
}

/// Whether the response has a quote that answers one of the requests.
pub fn is_verified(data: &[u8]) -> bool {
    PAYLOAD_IDS.into_iter().any(|id| {
        let policy = ResponsePolicy::new(id).expect("it is not empty");
        let required = policy.require_pcrs(with_sha1());
        [policy, required]
            .iter()
            .any(|policy| verify_response(data, policy, &mut Scratch::new()).is_ok())
    })
}

/// The SHA-1 bank counts only if it is required.
fn with_sha1() -> PcrSet {
    PcrSet::parse("sha1:0,1+sha256:0,7,10").expect("a set")
}

fn with_policy(data: &[u8], id: &str, policy: &ResponsePolicy<'_>) {
    let (mut a, mut b, mut c) = (Scratch::new(), Scratch::new(), Scratch::new());
    let strict = verify_response(data, policy, &mut a);
    let lax = verify_response_for_tier(data, policy, Tier::Standard, &mut b);
    let block = TpmAttestation::from_json(data, Form::Response, &mut c);
    appraised(id, block, policy, &strict, &lax);
    match (strict, lax) {
        (Ok(quote), Ok(Attestation::Verified(_))) => {
            let Ok(Some(TpmAttestation::Available(evidence))) = block else {
                panic!("a quote without a block");
            };
            assert_eq!(quote.nonce(), &Sha256::digest(id)[..16]);
            assert_eq!(*quote.selection(), evidence.pcr_banks);
            assert_eq!(quote.pcrs().count(), evidence.pcr_values.iter().count());
            for value in evidence.pcr_values.iter() {
                assert_eq!(quote.pcr(value.bank, value.index), Some(value.digest));
            }
            let anchored = policy.require_anchored_key();
            assert!(verify_response(data, &anchored, &mut Scratch::new()).is_err());
            let appraisal = Verifier::new().appraise_response(block, &anchored, Tier::Maximum);
            states_are_consistent(&appraisal);
            assert_eq!(appraisal.state(Check::KeyAnchor), CheckState::Failed);
            assert_eq!(appraisal.key(), Some(quote.key()));
        }
        (Err(strict), Ok(Attestation::Unavailable)) => {
            assert!(matches!(
                block,
                Ok(None | Some(TpmAttestation::Unavailable))
            ));
            assert_eq!(strict.check().name(), "tier");
        }
        (Err(strict), Err(lax)) => {
            assert_eq!(strict, lax);
            explain(&strict);
        }
        (strict, lax) => panic!("{strict:?}, but {lax:?}"),
    }
}

/// An appraisal says what the verification says, and its reports say what it says.
fn appraised(
    id: &str,
    block: Result<Option<TpmAttestation<'_>>, Error>,
    policy: &ResponsePolicy<'_>,
    strict: &Result<VerifiedQuote<'_>, Error>,
    lax: &Result<Attestation<'_>, Error>,
) {
    let strict = strict.map(Attestation::Verified);
    // A quote that is there is the same in every tier: to verify it once more takes long.
    let tiers = match block {
        Ok(Some(TpmAttestation::Available(_))) => &[(Tier::Maximum, &strict)][..],
        _ => &[(Tier::Maximum, &strict), (Tier::Standard, lax)],
    };
    for (tier, verified) in tiers {
        let appraisal = Verifier::new().appraise_response(block, policy, *tier);
        same_as_verified(&appraisal, verified);
        // A report takes longer than a refusal, which is the same for each id, or is of
        // the nonce.
        if id == PAYLOAD_IDS[0] || appraisal.error().is_none() {
            reported(&appraisal);
        }
    }
}
