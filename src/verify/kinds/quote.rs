//! [`verify_quote`]: the checks of a quote, in their order.

use super::{
    attest::{other_type, run, sealed, warn_of_nonce, with_common},
    evidence::{AttestSignature, Evidence, SignedAttest},
    verified::Verified,
};
use crate::{
    crypto::{Digest, Hasher, SignatureVerifier},
    types::{
        TpmAlgId, TpmSt, TpmlPcrSelection, TpmsAttest, TpmsClockInfo, TpmsQuoteInfo, TpmuAttest,
    },
    verify::{
        appraisal::{Appraisal, Findings, Warning},
        attestation_key::{AttestationKey, KeySummary},
        error::{
            Check, CheckSet, Error, Excerpt, KeyProblem, Part, Problem, QuoteProblem,
            SelectionProblem,
        },
        pcr::{Pcr, PcrSet, PcrValue, PcrValues},
        policy::{AttestPolicy, Baseline, BaselineComparison, QuotePolicy},
        verifier::Verifier,
    },
};

/// A quote that passed every check. It can only be made by a verification.
pub type VerifiedQuote<'a> = Verified<'a, Quote<'a>>;

/// What a verified quote says about PCRs.
#[derive(Clone, Copy, Debug)]
pub struct Quote<'a> {
    info: TpmsQuoteInfo<'a>,
    pcrs: PcrValues<'a>,
    selection: PcrSet,
    baseline_matched: usize,
}

impl<'a> Verified<'a, Quote<'a>> {
    /// Returns the value of a PCR, if the signature covers it.
    #[must_use]
    pub fn pcr(&self, bank: TpmAlgId, index: u8) -> Option<&'a [u8]> {
        let quote = self.facts();
        if !quote.selection.contains(bank, index) {
            return None;
        }
        let value = quote.pcrs.find(bank, index, &mut 0);
        value.map(|value| value.digest)
    }

    /// Returns all PCRs that the signature covers and their values, in the order in which
    /// they were signed.
    pub fn pcrs(&self) -> impl Iterator<Item = PcrValue<'a>> + use<'a> {
        let Quote {
            pcrs, selection, ..
        } = *self.facts();
        let mut cursor = 0;
        selection
            .iter()
            .filter_map(move |pcr| pcrs.find(pcr.bank(), pcr.index(), &mut cursor))
    }

    /// Returns what the quote says, as a value that borrows nothing.
    #[must_use]
    pub fn summary(&self) -> QuoteSummary {
        QuoteSummary {
            key: *self.key(),
            nonce: Excerpt::new(self.nonce()),
            clock_info: *self.clock_info(),
            firmware_version: self.firmware_version(),
            selection: *self.selection(),
            pcr_digest: Excerpt::new(self.pcr_digest()),
        }
    }

    /// Returns the PCRs that the signature covers.
    #[must_use]
    pub const fn selection(&self) -> &PcrSet {
        &self.facts().selection
    }

    /// Returns the PCRs that the signature covers, as the signed structure.
    #[must_use]
    pub const fn pcr_select(&self) -> TpmlPcrSelection<'a> {
        self.facts().info.pcr_select
    }

    /// Returns the digest of the values, by the hash of the key's scheme.
    #[must_use]
    pub const fn pcr_digest(&self) -> &'a [u8] {
        self.facts().info.pcr_digest.bytes()
    }

    /// Returns how many baseline entries were compared. All of them matched.
    #[must_use]
    pub const fn baseline_matched(&self) -> usize {
        self.facts().baseline_matched
    }
}

/// What a verified quote says, as a value of a fixed size that borrows nothing and can be
/// kept or returned.
///
/// ```
/// use tpm_quote::{AttestationKey, Error, Evidence, PcrValue, QuotePolicy, TpmAlgId, verify_quote};
/// use tpm_quote::verify::QuoteSummary;
///
/// /// An adapter that builds the list of values itself.
/// fn verify(
///     key: &AttestationKey<'_>,
///     (attest, signature): (&[u8], &[u8]),
///     digests: &[[u8; 32]; 3],
///     policy: &QuotePolicy<'_>,
/// ) -> Result<QuoteSummary, Error> {
///     let [pcr0, pcr7, pcr10] = digests;
///     let value = |index, digest| PcrValue { bank: TpmAlgId::SHA256, index, digest };
///     let pcrs = [value(0, &pcr0[..]), value(7, pcr7), value(10, pcr10)];
///     Ok(verify_quote(key, &Evidence { attest, signature, pcrs: &pcrs }, policy)?.summary())
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct QuoteSummary {
    key: KeySummary,
    nonce: Excerpt,
    clock_info: TpmsClockInfo,
    firmware_version: u64,
    selection: PcrSet,
    pcr_digest: Excerpt,
}

impl QuoteSummary {
    /// Returns the key: its Name, its algorithms and what vouches for it.
    #[must_use]
    pub const fn key(&self) -> &KeySummary {
        &self.key
    }

    /// Returns the nonce.
    #[must_use]
    pub fn nonce(&self) -> &[u8] {
        self.nonce.bytes()
    }

    /// Returns the clock and the counters, obfuscated as in
    /// [`Verified::clock_info`](crate::verify::Verified::clock_info).
    #[must_use]
    pub const fn clock_info(&self) -> &TpmsClockInfo {
        &self.clock_info
    }

    /// Returns the vendor's firmware version, obfuscated like the counters.
    #[must_use]
    pub const fn firmware_version(&self) -> u64 {
        self.firmware_version
    }

    /// Returns the PCRs that the signature covers.
    #[must_use]
    pub const fn selection(&self) -> &PcrSet {
        &self.selection
    }

    /// Returns the digest of their values, by the hash of the key's scheme.
    #[must_use]
    pub fn pcr_digest(&self) -> &[u8] {
        self.pcr_digest.bytes()
    }
}

/// Verifies a quote: the same as [`Verifier::quote`] of [`Verifier::new`].
///
/// The checks run in this order: `key-anchor`, `signature-scheme`, `signature`, `magic`,
/// `type`, `nonce`, `signer`, `selection`, `pcr-values`, `pcr-digest`, `baseline`, `clock`.
/// Nothing in the quote is read before its signature is verified, and then exactly the bytes
/// that were hashed are parsed.
///
/// # Errors
/// The first check that fails.
pub fn verify_quote<'a: 'l, 'l, S: Copy + Into<AttestSignature<'a>>>(
    key: &AttestationKey<'_>,
    evidence: &Evidence<'a, 'l, S>,
    policy: &QuotePolicy<'_>,
) -> Result<VerifiedQuote<'l>, Error> {
    Verifier::new().quote(key, evidence, policy)
}

impl Verifier<'_> {
    /// Verifies a quote: see [`verify_quote`].
    ///
    /// # Errors
    /// The first check that fails.
    pub fn quote<'a: 'l, 'l, S: Copy + Into<AttestSignature<'a>>>(
        &self,
        key: &AttestationKey<'_>,
        evidence: &Evidence<'a, 'l, S>,
        policy: &QuotePolicy<'_>,
    ) -> Result<VerifiedQuote<'l>, Error> {
        let run = QuoteRun::of(evidence, policy);
        run.verify(self.crypto, key, &mut CheckSet::default())
    }

    /// Does the same as [`quote`](Self::quote), and returns the state of each check. `key` is
    /// an [`AttestationKey`] or what [`appraise_key`](Self::appraise_key) returned.
    pub fn appraise_quote<'a: 'l, 'l, 'k, S: Copy + Into<AttestSignature<'a>>>(
        &self,
        key: impl Into<Appraisal<'l, AttestationKey<'k>>>,
        evidence: &Evidence<'a, 'l, S>,
        policy: &QuotePolicy<'l>,
    ) -> Appraisal<'l, VerifiedQuote<'l>> {
        let Appraisal {
            mut findings,
            result: key,
        } = key.into();
        quote_checks(&mut findings, policy);
        let run = QuoteRun::of(evidence, policy);
        let result =
            key.and_then(|key| run.appraise(self.crypto, &key, policy.baseline, &mut findings));
        Appraisal::new(findings, result)
    }
}

/// A quote's signed bytes, signature and values, and the policy.
pub(crate) struct QuoteRun<'l, 'p> {
    pub(crate) signed: SignedAttest<'l, AttestSignature<'l>>,
    pub(crate) pcrs: PcrValues<'l>,
    pub(crate) policy: &'p QuotePolicy<'p>,
}

impl<'l, 'p> QuoteRun<'l, 'p> {
    fn of<'a: 'l, S: Copy + Into<AttestSignature<'a>>>(
        evidence: &Evidence<'a, 'l, S>,
        policy: &'p QuotePolicy<'p>,
    ) -> Self {
        Self {
            signed: SignedAttest {
                attest: evidence.attest,
                signature: evidence.signature.into(),
            },
            pcrs: evidence.pcrs.into(),
            policy,
        }
    }

    /// Verifies the quote, and adds the checks that pass to `passed`.
    pub(crate) fn verify(
        &self,
        crypto: &dyn SignatureVerifier,
        key: &AttestationKey<'_>,
        passed: &mut CheckSet,
    ) -> Result<VerifiedQuote<'l>, Error> {
        run(crypto, key, &self.signed, self, &self.policy.attest, passed)
    }
}

impl<'l> QuoteRun<'l, '_> {
    /// Verifies the quote, and adds all that is found to `findings`. The baseline is the
    /// policy's.
    pub(crate) fn appraise(
        &self,
        crypto: &dyn SignatureVerifier,
        key: &AttestationKey<'_>,
        baseline: Option<Baseline<'l>>,
        findings: &mut Findings<'l>,
    ) -> Result<VerifiedQuote<'l>, Error> {
        let result = self.verify(crypto, key, &mut findings.passed);
        if let Some(baseline) = &baseline
            && findings.passed.contains(Check::PcrDigest)
        {
            findings.baseline = Some(BaselineComparison::new(baseline, self.pcrs));
        }
        if let Ok(quote) = &result
            && self.policy.pcrs.any
        {
            let selection = quote.selection();
            if selection.contains_bank(TpmAlgId::SHA1) {
                findings.warn(Warning::Sha1Bank);
            }
            if selection.first_from(16, &PcrSet::NONE).is_some() {
                findings.warn(Warning::ResettablePcrs);
            }
        }
        result
    }
}

/// The checks of a quote alone.
const CHECKS: CheckSet = CheckSet::of(&[Check::Selection, Check::PcrValues, Check::PcrDigest]);

/// The checks that a quote has besides those of its key, and which of them this policy
/// asks for.
pub(crate) fn quote_checks(findings: &mut Findings<'_>, policy: &QuotePolicy<'_>) {
    let (checks, demanded) = with_common(CHECKS);
    findings.checks = findings.checks.union(checks);
    findings.checks.insert(Check::Baseline);
    // Logs are replayed against a quote alone; who has none does not ask for it.
    findings.checks.insert(Check::BootLog);
    findings.checks.insert(Check::Ima);
    findings.asked = findings.asked.union(demanded).union(policy.attest.asked());
    if policy.baseline.is_some() {
        findings.asked.insert(Check::Baseline);
    }
    warn_of_nonce(findings, &policy.attest);
}

impl<'a> sealed::Kind<'a> for QuoteRun<'a, '_> {
    type Facts = Quote<'a>;
    const TYPE: TpmSt = TpmSt::ATTEST_QUOTE;
    const CHECKS: CheckSet = CHECKS;

    // Not a part of its caller, which would move the set word by word.
    #[inline(never)]
    fn check(
        &self,
        key: &AttestationKey<'_>,
        attest: &TpmsAttest<'a>,
        _: &AttestPolicy<'_>,
        passed: &mut CheckSet,
    ) -> Result<Self::Facts, Error> {
        let TpmuAttest::Quote(info) = attest.attested else {
            return Err(other_type(Self::TYPE, attest));
        };
        let Self { pcrs, policy, .. } = self;
        // Looked at where it is: moved, it would be there twice.
        let selection = check_selection(&info.pcr_select, pcrs, policy);
        let selection = selection.as_ref().map_err(|error| *error)?;
        passed.insert(Check::Selection);
        check_pcr_digest(key.scheme().hash, selection, pcrs, &info, passed)?;
        let baseline_matched = match &policy.baseline {
            Some(baseline) => BaselineComparison::new(baseline, *pcrs).check()?,
            None => 0,
        };
        passed.insert(Check::Baseline);
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
) -> Result<PcrSet, Error> {
    let alone = |problem| fail(problem, &PcrSet::NONE, &PcrSet::NONE);
    let signed = PcrSet::signed(signed).map_err(alone)?;
    if policy.pcrs.required.as_ref().is_some_and(PcrSet::is_empty) {
        return Err(alone(SelectionProblem::NothingRequired));
    }

    if let Some(required) = &policy.pcrs.required
        && let Some(pcr) = required.first_missing_in(&signed)
    {
        let problem = SelectionProblem::NotCovered(pcr);
        return Err(fail(problem, required, &signed));
    }
    if let Some(claimed) = &policy.pcrs.claimed
        && let Some(pcr) = first_difference(claimed, &signed)
    {
        let problem = SelectionProblem::NotClaimed(pcr);
        return Err(fail(problem, claimed, &signed));
    }

    let mut seen = PcrSet::NONE;
    for PcrValue { bank, index, .. } in pcrs.iter() {
        if !signed.contains(bank, index) {
            let problem = SelectionProblem::Surplus { bank, index };
            let supplied = PcrSet::supplied(pcrs);
            // What is not a PCR of any TPM cannot be shown in a set.
            return Err(if supplied.contains(bank, index) {
                fail(problem, &signed, &supplied)
            } else {
                alone(problem)
            });
        }
        if seen.insert(bank, index) == Some(false) {
            let pcr = Pcr::known(bank, index);
            return Err(alone(SelectionProblem::DuplicateValue(pcr)));
        }
    }
    if let Some(pcr) = signed.first_missing_in(&seen) {
        let problem = SelectionProblem::MissingValue(pcr);
        return Err(fail(problem, &signed, &seen));
    }

    if policy.pcrs.any {
        return Ok(signed);
    }
    let required = policy.pcrs.required.as_ref().unwrap_or(&PcrSet::NONE);
    if signed.contains_bank(TpmAlgId::SHA1) && !required.contains_bank(TpmAlgId::SHA1) {
        return Err(fail(SelectionProblem::Sha1Bank, required, &signed));
    }
    if let Some(pcr) = signed.first_from(16, required) {
        let problem = SelectionProblem::Resettable(pcr);
        return Err(fail(problem, required, &signed));
    }
    Ok(signed)
}

/// Out of line, so that the sets are copied in one place.
#[cold]
#[inline(never)]
fn fail(problem: SelectionProblem, expected: &PcrSet, found: &PcrSet) -> Error {
    let part = match problem {
        SelectionProblem::NothingRequired => Part::Policy,
        SelectionProblem::DuplicateValue(_)
        | SelectionProblem::Surplus { .. }
        | SelectionProblem::MissingValue(_) => Part::PcrValues,
        _ => Part::Signed,
    };
    Error::new(
        part,
        Problem::Selection {
            problem,
            expected: *expected,
            found: *found,
        },
    )
}

fn first_difference(a: &PcrSet, b: &PcrSet) -> Option<Pcr> {
    a.first_missing_in(b).or_else(|| b.first_missing_in(a))
}

/// `pcr-values` and `pcr-digest`: the digest of the values is the signed one.
#[inline(never)]
fn check_pcr_digest(
    hash: TpmAlgId,
    selection: &PcrSet,
    pcrs: &PcrValues<'_>,
    quote: &TpmsQuoteInfo<'_>,
    passed: &mut CheckSet,
) -> Result<(), Error> {
    let computed = digest_of_values(hash, selection, pcrs)?;
    passed.insert(Check::PcrValues);
    let signed = quote.pcr_digest.bytes();
    if computed.as_ref() == signed {
        passed.insert(Check::PcrDigest);
        Ok(())
    } else {
        Err(QuoteProblem::Digest {
            computed: Excerpt::new(computed.as_ref()),
            signed: Excerpt::new(signed),
        }
        .into())
    }
}

/// Computes the digest that a TPM signs for these PCRs with these values: the hash of the
/// key's scheme over the values, one after another in the order of the set.
///
/// ```
/// use tpm_quote::{PcrSet, PcrValue, TpmAlgId, verify::pcr_digest};
///
/// let set = PcrSet::parse("sha256:0")?;
/// let value = PcrValue { bank: TpmAlgId::SHA256, index: 0, digest: &[0; 32] };
/// let digest = pcr_digest(TpmAlgId::SHA256, &set, &[value])?;
/// assert!(digest.as_ref().starts_with(&[0x66, 0x68, 0x7a, 0xad])); // SHA-256 of 32 zeros
/// # Ok::<(), tpm_quote::Error>(())
/// ```
///
/// # Errors
/// A value is missing or not as long as its bank's digests, or the hash is not supported.
pub fn pcr_digest(
    hash: TpmAlgId,
    selection: &PcrSet,
    values: &[PcrValue<'_>],
) -> Result<Digest, Error> {
    digest_of_values(hash, selection, &values.into())
}

/// Nothing stands between the values, so each has to have the length of its bank's digests.
fn digest_of_values(
    hash: TpmAlgId,
    selection: &PcrSet,
    values: &PcrValues<'_>,
) -> Result<Digest, Error> {
    let mut hasher = Hasher::new(hash).ok_or(KeyProblem::HashUnsupported(hash))?;
    let mut cursor = 0;
    for pcr in selection.iter() {
        let value = values
            .find(pcr.bank(), pcr.index(), &mut cursor)
            .map_or(&[][..], |value| value.digest);
        let expected = pcr.digest_size();
        if value.len() != expected {
            return Err(QuoteProblem::ValueLength {
                pcr,
                expected,
                found: value.len(),
            }
            .into());
        }
        hasher.update(value);
    }
    Ok(hasher.finish())
}
