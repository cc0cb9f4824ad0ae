//! [`verify_quote`]: the checks of a quote, in their order.

use super::{
    AttestationKey, ClockReading, Excerpt, KeyTrust, Part, PcrSet, PcrValue, PcrValues,
    QuotePolicy, SelectionProblem, SigningScheme, VerifyError,
};
use crate::{
    crypto::{Hasher, Name, Signature, SignatureError, SignatureVerifier, Software},
    error::UnmarshalError,
    types::{
        NameForm, TPM_GENERATED_VALUE, TpmAlgId, TpmSt, TpmlPcrSelection, TpmsAttest,
        TpmsClockInfo, TpmsQuoteInfo, TpmtSignature, TpmuAttest,
    },
    wire::{Reader, Unmarshal},
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
///
/// What it says is what the key signed. What the key is worth,
/// [`key_trust`](Self::key_trust) says.
#[derive(Clone, Copy, Debug)]
pub struct VerifiedQuote<'a> {
    attest: TpmsAttest<'a>,
    quote: TpmsQuoteInfo<'a>,
    pcrs: PcrValues<'a>,
    selection: PcrSet,
    key_name: Name,
    key_trust: KeyTrust,
    baseline_matched: usize,
}

impl<'a> VerifiedQuote<'a> {
    /// The value of a PCR, if the signature covers it.
    #[must_use]
    pub fn pcr(&self, bank: TpmAlgId, index: u8) -> Option<&'a [u8]> {
        if !self.selection.contains(bank, index) {
            return None;
        }
        self.pcrs
            .find(bank, index, &mut 0)
            .map(|value| value.digest)
    }

    /// All PCR that the signature covers with their values, in the order in
    /// which they were signed.
    pub fn pcrs(&self) -> impl Iterator<Item = PcrValue<'a>> + use<'a> {
        let pcrs = self.pcrs;
        let mut cursor = 0;
        self.selection
            .iter()
            .filter_map(move |(bank, index)| pcrs.find(bank, index, &mut cursor))
    }

    /// Which PCR the signature covers.
    #[must_use]
    pub const fn selection(&self) -> &PcrSet {
        &self.selection
    }

    /// Which PCR the signature covers, as they were signed.
    #[must_use]
    pub const fn pcr_select(&self) -> TpmlPcrSelection<'a> {
        self.quote.pcr_select
    }

    /// The digest of the values, by the hash of the key's scheme.
    #[must_use]
    pub const fn pcr_digest(&self) -> &'a [u8] {
        self.quote.pcr_digest.bytes()
    }

    /// What vouches for the key.
    #[must_use]
    pub const fn key_trust(&self) -> KeyTrust {
        self.key_trust
    }

    /// The Name of the key; empty if only its numbers are known.
    #[must_use]
    pub const fn key_name(&self) -> &Name {
        &self.key_name
    }

    /// The nonce.
    #[must_use]
    pub const fn nonce(&self) -> &'a [u8] {
        self.attest.extra_data.bytes()
    }

    /// The qualified name of the key, as the quote gives it. It was not
    /// compared with anything.
    #[must_use]
    pub const fn qualified_signer(&self) -> &'a [u8] {
        self.attest.qualified_signer.bytes()
    }

    /// Clock and counters. Unless the key is in the endorsement or platform
    /// hierarchy, the counters are obfuscated.
    #[must_use]
    pub const fn clock_info(&self) -> &TpmsClockInfo {
        &self.attest.clock_info
    }

    /// What a policy for a later quote by this key may ask for.
    #[must_use]
    pub const fn clock_reading(&self) -> ClockReading {
        ClockReading {
            key_name: self.key_name,
            clock_info: self.attest.clock_info,
        }
    }

    /// The vendor's firmware version, obfuscated like the counters.
    #[must_use]
    pub const fn firmware_version(&self) -> u64 {
        self.attest.firmware_version
    }

    /// How many baseline entries were compared; all of them held.
    #[must_use]
    pub const fn baseline_matched(&self) -> usize {
        self.baseline_matched
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
    let pcrs = PcrValues::from(evidence.pcrs);
    verify_values(
        verifier,
        key,
        evidence.attest,
        evidence.signature,
        pcrs,
        policy,
    )
}

/// As [`verify_quote`], with values that may be kept in another way.
pub(crate) fn verify_values<'a>(
    verifier: &dyn SignatureVerifier,
    key: &AttestationKey<'_>,
    attest: &'a [u8],
    signature: &[u8],
    pcrs: PcrValues<'a>,
    policy: &QuotePolicy<'_>,
) -> Result<VerifiedQuote<'a>, VerifyError> {
    if policy.anchored_key && !key.trust().is_anchored() {
        return Err(VerifyError::KeyNotAnchored);
    }
    check_signature(verifier, key, attest, signature, policy)?;
    check_signed(key, attest, pcrs, policy)
}

/// What comes after `signature`.
#[inline(never)]
fn check_signed<'a>(
    key: &AttestationKey<'_>,
    attest: &'a [u8],
    pcrs: PcrValues<'a>,
    policy: &QuotePolicy<'_>,
) -> Result<VerifiedQuote<'a>, VerifyError> {
    let (attest, quote) = parse_quote(attest)?;

    if !policy.nonce.is(&attest.extra_data) {
        return Err(VerifyError::Nonce {
            expected: Excerpt::new(policy.nonce.as_ref()),
            found: Excerpt::new(attest.extra_data.bytes()),
        });
    }
    check_signer(key, &attest)?;
    let selection = check_selection(&quote.pcr_select, &pcrs, policy)?;
    check_pcr_digest(key.scheme, &selection, &pcrs, &quote)?;
    let baseline_matched = check_baseline(&selection, &pcrs, policy)?;
    policy
        .clock
        .check(key, &attest)
        .map_err(VerifyError::Clock)?;

    Ok(VerifiedQuote {
        attest,
        quote,
        pcrs,
        selection,
        key_name: *key.name(),
        key_trust: key.trust(),
        baseline_matched,
    })
}

/// `signature-scheme` and `signature`.
///
/// Not a part of its caller, as others here: what each needs of the stack is free
/// when it returns, and less of it is held while the signature is computed.
#[inline(never)]
fn check_signature(
    verifier: &dyn SignatureVerifier,
    key: &AttestationKey<'_>,
    attest: &[u8],
    signature: &[u8],
    policy: &QuotePolicy<'_>,
) -> Result<(), VerifyError> {
    let SigningScheme { scheme, hash } = key.scheme;
    let signature =
        TpmtSignature::from_bytes(signature).map_err(|error| VerifyError::Malformed {
            part: Part::Signature,
            error,
        })?;
    let (numbers, found) = match &signature {
        TpmtSignature::RsaSsa(rsa) => (Some(Signature::RsaSsa(rsa.sig.bytes())), Some(rsa.hash)),
        TpmtSignature::RsaPss(rsa) => (Some(Signature::RsaPss(rsa.sig.bytes())), Some(rsa.hash)),
        TpmtSignature::EcDsa(ecc) => (
            Some(Signature::EcDsa {
                r: ecc.signature_r.bytes(),
                s: ecc.signature_s.bytes(),
            }),
            Some(ecc.hash),
        ),
        TpmtSignature::EcDaa(ecc) | TpmtSignature::Sm2(ecc) | TpmtSignature::EcSchnorr(ecc) => {
            (None, Some(ecc.hash))
        }
        TpmtSignature::Hmac(hmac) => (None, Some(hmac.hash_alg())),
        TpmtSignature::HashMldsa(mldsa) => (None, Some(mldsa.hash)),
        TpmtSignature::Null
        | TpmtSignature::EdDsa(_)
        | TpmtSignature::HashEdDsa(_)
        | TpmtSignature::Mldsa(_) => (None, None),
    };
    let numbers = match numbers {
        Some(numbers) if signature.selector() == scheme && found == Some(hash) => numbers,
        _ => {
            return Err(VerifyError::SignatureScheme {
                expected: (scheme, hash),
                found: (signature.selector(), found),
            });
        }
    };
    if hash == TpmAlgId::SHA1 && !policy.sha1_signatures {
        return Err(VerifyError::SignatureSha1);
    }
    verifier
        .verify(&key.key, hash, attest, &numbers)
        .map_err(|error| match error {
            SignatureError::Invalid => VerifyError::Signature,
            SignatureError::Unsupported => VerifyError::SignatureUnsupported,
        })
}

/// `magic` and `type`, by the header first; then the whole.
fn parse_quote(bytes: &[u8]) -> Result<(TpmsAttest<'_>, TpmsQuoteInfo<'_>), VerifyError> {
    let malformed = |error: UnmarshalError| VerifyError::Malformed {
        part: Part::Signed,
        error,
    };
    // A header that is cut is for the parser to refuse.
    let mut header = Reader::new(bytes);
    if let Ok(found) = header.read() {
        if found != TPM_GENERATED_VALUE {
            return Err(VerifyError::Magic { found });
        }
        if let Ok(found) = header.read()
            && found != TpmSt::ATTEST_QUOTE
        {
            return Err(VerifyError::Type { found });
        }
    }
    let attest = TpmsAttest::from_bytes(bytes).map_err(malformed)?;
    match attest.attested {
        TpmuAttest::Quote(quote) => Ok((attest, quote)),
        other => Err(VerifyError::Type {
            found: other.selector(),
        }),
    }
}

/// `signer`: a name by digest, of the key's own name hash, or of a known one if the
/// key has no Name. Which name it has to be follows from the key's parents, which
/// the quote does not tell.
fn check_signer(key: &AttestationKey<'_>, attest: &TpmsAttest<'_>) -> Result<(), VerifyError> {
    let expected = key.name().name_alg();
    match attest.qualified_signer.form() {
        NameForm::Digest { name_alg, .. }
            if expected.map_or(name_alg.digest_size().is_some(), |known| known == name_alg) =>
        {
            Ok(())
        }
        _ => Err(VerifyError::Signer {
            expected: expected.unwrap_or(TpmAlgId::NULL),
            found: Excerpt::new(attest.qualified_signer.bytes()),
        }),
    }
}

/// `selection`: what was signed is sound, is exactly what was supplied and
/// claimed, covers what is required, and holds nothing that counts only when it
/// is required.
fn check_selection(
    signed: &TpmlPcrSelection<'_>,
    pcrs: &PcrValues<'_>,
    policy: &QuotePolicy<'_>,
) -> Result<PcrSet, VerifyError> {
    let fail = |problem, expected, found| VerifyError::Selection {
        problem,
        expected,
        found,
    };
    let alone = |problem| fail(problem, PcrSet::NONE, PcrSet::NONE);
    let signed = PcrSet::signed(signed).map_err(alone)?;
    if policy.pcrs.required.is_some_and(|set| set.is_empty()) {
        return Err(alone(SelectionProblem::NothingRequired));
    }

    if let Some(required) = policy.pcrs.required
        && let Some((bank, index)) = required.first_missing_in(&signed)
    {
        let problem = SelectionProblem::NotCovered(bank, index);
        return Err(fail(problem, required, signed));
    }
    if let Some(claimed) = policy.pcrs.claimed
        && let Some((bank, index)) = first_difference(&claimed, &signed)
    {
        let problem = SelectionProblem::NotClaimed(bank, index);
        return Err(fail(problem, claimed, signed));
    }

    let mut seen = PcrSet::NONE;
    for PcrValue { bank, index, .. } in pcrs.iter() {
        if !signed.contains(bank, index) {
            let problem = SelectionProblem::Surplus(bank, index);
            let supplied = PcrSet::supplied(pcrs);
            // What is no PCR at all is in no set, and cannot be shown in one.
            return Err(if supplied.contains(bank, index) {
                fail(problem, signed, supplied)
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
        return Err(fail(problem, signed, seen));
    }

    let required = policy.pcrs.required.unwrap_or(PcrSet::NONE);
    if signed.contains_bank(TpmAlgId::SHA1) && !required.contains_bank(TpmAlgId::SHA1) {
        return Err(fail(SelectionProblem::Sha1Bank, required, signed));
    }
    if let Some((bank, index)) = signed.first_from(16, &required) {
        let problem = SelectionProblem::Resettable(bank, index);
        return Err(fail(problem, required, signed));
    }
    Ok(signed)
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
