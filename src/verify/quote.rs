//! [`verify_quote`]: the checks of a quote, in their order.

use super::{
    AttestPolicy, AttestationKey, Excerpt, PcrSet, PcrValue, PcrValues, QuotePolicy,
    SelectionProblem, SignedAttest, SigningScheme, Verified, VerifyError,
    attest::{sealed, verify_attest_with},
};
use crate::{
    crypto::{Hasher, SignatureVerifier, Software},
    types::{TpmAlgId, TpmSt, TpmlPcrSelection, TpmsAttest, TpmsQuoteInfo, TpmuAttest},
};

/// Evidence, as it was received.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    /// What was signed: a `TPMS_ATTEST`, as [`Tpm2bAttest::bytes`] gives it.
    ///
    /// [`Tpm2bAttest::bytes`]: crate::types::Tpm2bAttest::bytes
    pub attest: &'a [u8],
    /// A `TPMT_SIGNATURE`.
    pub signature: &'a [u8],
    /// The values of all PCR that the quote covers, in any order.
    pub pcrs: &'a [PcrValue<'a>],
}

/// A quote that passed every check. There is no other way to get one.
pub type VerifiedQuote<'a> = Verified<'a, Quote<'a>>;

/// What a verified quote says of PCR.
#[derive(Clone, Copy, Debug)]
pub struct Quote<'a> {
    info: TpmsQuoteInfo<'a>,
    pcrs: PcrValues<'a>,
    selection: PcrSet,
    baseline_matched: usize,
}

impl<'a> Verified<'a, Quote<'a>> {
    /// The value of a PCR, if the signature covers it.
    #[must_use]
    pub fn pcr(&self, bank: TpmAlgId, index: u8) -> Option<&'a [u8]> {
        let quote = self.facts();
        if !quote.selection.contains(bank, index) {
            return None;
        }
        let value = quote.pcrs.find(bank, index, &mut 0);
        value.map(|value| value.digest)
    }

    /// All PCR that the signature covers with their values, in the order in
    /// which they were signed.
    pub fn pcrs(&self) -> impl Iterator<Item = PcrValue<'a>> + use<'a> {
        let Quote {
            pcrs, selection, ..
        } = *self.facts();
        let mut cursor = 0;
        selection
            .iter()
            .filter_map(move |(bank, index)| pcrs.find(bank, index, &mut cursor))
    }

    /// Which PCR the signature covers.
    #[must_use]
    pub const fn selection(&self) -> &PcrSet {
        &self.facts().selection
    }

    /// Which PCR the signature covers, as they were signed.
    #[must_use]
    pub const fn pcr_select(&self) -> TpmlPcrSelection<'a> {
        self.facts().info.pcr_select
    }

    /// The digest of the values, by the hash of the key's scheme.
    #[must_use]
    pub const fn pcr_digest(&self) -> &'a [u8] {
        self.facts().info.pcr_digest.bytes()
    }

    /// How many baseline entries were compared; all of them held.
    #[must_use]
    pub const fn baseline_matched(&self) -> usize {
        self.facts().baseline_matched
    }
}

/// Checks a quote against a policy.
///
/// The checks, in this order: `key-anchor`, `signature-scheme`, `signature`,
/// `magic`, `type`, `nonce`, `signer`, `selection`, `pcr-values`, `pcr-digest`,
/// `baseline`, `clock`. Nothing of the quote is looked at before its signature holds, and
/// what is then parsed are the very bytes that were hashed.
///
/// # Errors
/// The first check that fails.
pub fn verify_quote<'a>(
    key: &AttestationKey<'_>,
    evidence: &Evidence<'a>,
    policy: &QuotePolicy<'_>,
) -> Result<VerifiedQuote<'a>, VerifyError> {
    verify_quote_with(&Software, key, evidence, policy)
}

/// As [`verify_quote`], with a verifier of the caller's.
///
/// # Errors
/// As there.
pub fn verify_quote_with<'a>(
    verifier: &dyn SignatureVerifier,
    key: &AttestationKey<'_>,
    evidence: &Evidence<'a>,
    policy: &QuotePolicy<'_>,
) -> Result<VerifiedQuote<'a>, VerifyError> {
    let signed = SignedAttest {
        attest: evidence.attest,
        signature: evidence.signature,
    };
    verify_values(verifier, key, &signed, evidence.pcrs.into(), policy)
}

/// As [`verify_quote`], with values that may be kept in another way.
pub(crate) fn verify_values<'a>(
    verifier: &dyn SignatureVerifier,
    key: &AttestationKey<'_>,
    signed: &SignedAttest<'a>,
    pcrs: PcrValues<'a>,
    policy: &QuotePolicy<'_>,
) -> Result<VerifiedQuote<'a>, VerifyError> {
    let kind = Expected { pcrs, policy };
    verify_attest_with(verifier, key, signed, &kind, &policy.attest)
}

/// What is expected of a quote.
struct Expected<'a, 'p> {
    pcrs: PcrValues<'a>,
    policy: &'p QuotePolicy<'p>,
}

impl<'a> sealed::Kind<'a> for Expected<'a, '_> {
    type Facts = Quote<'a>;
    const TYPE: TpmSt = TpmSt::ATTEST_QUOTE;

    // Not a part of its caller, which would move the set word by word.
    #[inline(never)]
    fn check(
        &self,
        key: &AttestationKey<'_>,
        attest: &TpmsAttest<'a>,
        _: &AttestPolicy<'_>,
    ) -> Result<Self::Facts, VerifyError> {
        let TpmuAttest::Quote(info) = attest.attested else {
            return Err(VerifyError::other_type(Self::TYPE, attest));
        };
        let Self { pcrs, policy } = self;
        // Looked at where it is: moved, it would be there twice.
        let selection = check_selection(&info.pcr_select, pcrs, policy);
        let selection = selection.as_ref().map_err(|error| *error)?;
        check_pcr_digest(key.scheme, selection, pcrs, &info)?;
        let baseline_matched = check_baseline(selection, pcrs, policy)?;
        Ok(Quote {
            info,
            pcrs: *pcrs,
            selection: *selection,
            baseline_matched,
        })
    }
}

/// `selection`: what was signed is sound, is exactly what was supplied and
/// claimed, covers what is required, and holds nothing that counts only when it
/// is required.
///
/// Not a part of its caller, as other checks here, which is smaller: the compiler
/// takes the sets of a large function to pieces and moves them word by word.
#[inline(never)]
fn check_selection(
    signed: &TpmlPcrSelection<'_>,
    pcrs: &PcrValues<'_>,
    policy: &QuotePolicy<'_>,
) -> Result<PcrSet, VerifyError> {
    let alone = |problem| fail(problem, &PcrSet::NONE, &PcrSet::NONE);
    let signed = PcrSet::signed(signed).map_err(alone)?;
    if policy.pcrs.required.as_ref().is_some_and(PcrSet::is_empty) {
        return Err(alone(SelectionProblem::NothingRequired));
    }

    if let Some(required) = &policy.pcrs.required
        && let Some((bank, index)) = required.first_missing_in(&signed)
    {
        let problem = SelectionProblem::NotCovered(bank, index);
        return Err(fail(problem, required, &signed));
    }
    if let Some(claimed) = &policy.pcrs.claimed
        && let Some((bank, index)) = first_difference(claimed, &signed)
    {
        let problem = SelectionProblem::NotClaimed(bank, index);
        return Err(fail(problem, claimed, &signed));
    }

    let mut seen = PcrSet::NONE;
    for PcrValue { bank, index, .. } in pcrs.iter() {
        if !signed.contains(bank, index) {
            let problem = SelectionProblem::Surplus(bank, index);
            let supplied = PcrSet::supplied(pcrs);
            // What is no PCR at all is in no set, and cannot be shown in one.
            return Err(if supplied.contains(bank, index) {
                fail(problem, &signed, &supplied)
            } else {
                alone(problem)
            });
        }
        if seen.insert(bank, index) == Some(false) {
            return Err(alone(SelectionProblem::DuplicateValue(bank, index)));
        }
    }
    if let Some((bank, index)) = signed.first_missing_in(&seen) {
        let problem = SelectionProblem::MissingValue(bank, index);
        return Err(fail(problem, &signed, &seen));
    }

    let required = policy.pcrs.required.as_ref().unwrap_or(&PcrSet::NONE);
    if signed.contains_bank(TpmAlgId::SHA1) && !required.contains_bank(TpmAlgId::SHA1) {
        return Err(fail(SelectionProblem::Sha1Bank, required, &signed));
    }
    if let Some((bank, index)) = signed.first_from(16, required) {
        let problem = SelectionProblem::Resettable(bank, index);
        return Err(fail(problem, required, &signed));
    }
    Ok(signed)
}

/// Out of line, so that the sets are copied in one place.
#[cold]
#[inline(never)]
fn fail(problem: SelectionProblem, expected: &PcrSet, found: &PcrSet) -> VerifyError {
    VerifyError::Selection {
        problem,
        expected: *expected,
        found: *found,
    }
}

fn first_difference(a: &PcrSet, b: &PcrSet) -> Option<(TpmAlgId, u8)> {
    a.first_missing_in(b).or_else(|| b.first_missing_in(a))
}

/// `pcr-values` and `pcr-digest`: the values one after another, in the order in
/// which they were signed. Nothing stands between them, so each has to have the
/// length of its bank's digests.
#[inline(never)]
fn check_pcr_digest(
    scheme: SigningScheme,
    selection: &PcrSet,
    pcrs: &PcrValues<'_>,
    quote: &TpmsQuoteInfo<'_>,
) -> Result<(), VerifyError> {
    let mut hasher = Hasher::new(scheme.hash).ok_or(VerifyError::SignatureUnsupported)?;
    let mut cursor = 0;
    for (bank, index) in selection.iter() {
        let value = pcrs
            .find(bank, index, &mut cursor)
            .map_or(&[][..], |value| value.digest);
        let expected = bank.digest_size().unwrap_or(0);
        if value.len() != expected {
            return Err(VerifyError::PcrValue {
                bank,
                index,
                expected,
                found: value.len(),
            });
        }
        hasher.update(value);
    }
    let computed = hasher.finish();
    let signed = quote.pcr_digest.bytes();
    if computed.as_ref() == signed {
        Ok(())
    } else {
        Err(VerifyError::PcrDigest {
            computed: Excerpt::new(computed.as_ref()),
            signed: Excerpt::new(signed),
        })
    }
}

/// `baseline`: every entry holds. Returns how many there are.
#[inline(never)]
fn check_baseline(
    selection: &PcrSet,
    pcrs: &PcrValues<'_>,
    policy: &QuotePolicy<'_>,
) -> Result<usize, VerifyError> {
    let value_of = |bank, index| {
        let signed = selection.contains(bank, index);
        let value = pcrs.find(bank, index, &mut 0).filter(|_| signed);
        value.map(|value| value.digest)
    };
    let mut bad = policy.baseline.iter().filter(|&&(bank, index, good)| {
        !value_of(bank, index).is_some_and(|value| good.contains(&value))
    });
    let Some(&(bank, index, good)) = bad.next() else {
        return Ok(policy.baseline.len());
    };
    let mismatched = bad.count().saturating_add(1);
    Err(VerifyError::Baseline {
        matched: policy.baseline.len().saturating_sub(mismatched),
        mismatched,
        first: (bank, index),
        expected: good.first().map(|value| Excerpt::new(value)),
        found: value_of(bank, index).map(Excerpt::new),
    })
}
