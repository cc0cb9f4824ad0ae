//! The checks that all kinds of attestation have in common: `key-anchor` to `signer`, and
//! `clock`.

use super::{
    evidence::{AttestSignature, Form, SignedAttest},
    verified::Verified,
};
use crate::{
    crypto::{Name, Signature, SignatureError, SignatureVerifier},
    error::UnmarshalError,
    types::{NameForm, TPM_GENERATED_VALUE, Tpm2bName, TpmAlgId, TpmSt, TpmsAttest, TpmtSignature},
    verify::{
        appraisal::{Appraisal, Findings, Warning},
        attestation_key::{AttestationKey, SigningScheme},
        error::{
            AnchorProblem, AttestProblem, Check, CheckSet, Error, Excerpt, Part, SettingProblem,
        },
        policy::AttestPolicy,
        verifier::Verifier,
    },
    wire::{Reader, Unmarshal},
};

/// A kind of attestation and the requirements on it.
///
/// It is implemented by [`Certify`], [`Creation`], [`Time`], [`SessionAudit`],
/// [`CommandAudit`], [`Nv`], [`NvDigest`], and [`Either`] of two of them. The trait is
/// sealed. Quotes are verified by [`verify_quote`].
///
/// ```
/// # use tpm_quote::verify::{Certify, Kind, Time};
/// fn is_a_kind<'a, K: Kind<'a>>() {}
/// is_a_kind::<Time>();
/// is_a_kind::<Certify<'_>>();
/// ```
///
/// ```compile_fail,E0277
/// # use tpm_quote::verify::Kind;
/// struct Anything;
/// impl<'a> Kind<'a> for Anything {} // the trait is sealed
/// ```
///
/// ```compile_fail,E0603
/// use tpm_quote::verify::kinds::attest::sealed;
/// ```
///
/// [`Certify`]: crate::verify::Certify
/// [`Creation`]: crate::verify::Creation
/// [`Either`]: crate::verify::Either
/// [`Time`]: crate::verify::Time
/// [`SessionAudit`]: crate::verify::SessionAudit
/// [`CommandAudit`]: crate::verify::CommandAudit
/// [`Nv`]: crate::verify::Nv
/// [`NvDigest`]: crate::verify::NvDigest
/// [`verify_quote`]: crate::verify_quote
pub trait Kind<'a>: sealed::Kind<'a> {}

impl<'a, K: sealed::Kind<'a>> Kind<'a> for K {}

pub(super) mod sealed {
    use crate::{
        types::{TpmSt, TpmsAttest},
        verify::{
            attestation_key::AttestationKey,
            error::{CheckSet, Error},
            policy::AttestPolicy,
        },
    };

    pub trait Kind<'a> {
        /// What is known of one that was verified.
        type Facts;

        /// The tag that has to be signed.
        const TYPE: TpmSt;

        /// Another tag that will do.
        const OTHER_TYPE: TpmSt = Self::TYPE;

        /// The checks of this kind alone.
        const CHECKS: CheckSet;

        /// Those of them that are asked for.
        fn asked(&self) -> CheckSet {
            Self::CHECKS
        }

        /// Runs them. What was signed, and by whom, is known.
        fn check(
            &self,
            key: &AttestationKey<'_>,
            attest: &TpmsAttest<'a>,
            policy: &AttestPolicy<'_>,
            passed: &mut CheckSet,
        ) -> Result<Self::Facts, Error>;

        /// The firmware version that no TPM obfuscates, if this kind has it.
        fn plain_firmware(_: &Self::Facts) -> Option<u64> {
            None
        }

        /// Whether it is of an object that no TPM made or imported, which proves nothing of it.
        fn is_of_external(_: &Self::Facts) -> bool {
            false
        }
    }
}

/// The checks that every attestation has besides those of its key.
const COMMON: CheckSet = CheckSet::of(&[
    Check::SignatureScheme,
    Check::Signature,
    Check::Magic,
    Check::Type,
    Check::Nonce,
    Check::Signer,
    Check::Clock,
]);

/// Those that nothing has to ask for.
const DEMANDED: CheckSet = CheckSet::of(&[
    Check::SignatureScheme,
    Check::Signature,
    Check::Magic,
    Check::Type,
    Check::Signer,
]);

/// Verifies an attestation of any kind but a quote, for which there is
/// [`verify_quote`](crate::verify_quote): the same as [`Verifier::attest`] of
/// [`Verifier::new`].
///
/// The checks run in this order: `key-anchor`, `signature-scheme`, `signature`, `magic`,
/// `type`, `nonce`, `signer`, those of the kind, `clock`. Nothing in the attestation is read
/// before its signature is verified, and then exactly the bytes that were hashed are parsed.
///
/// ```
/// use tpm_quote::{
///     AttestationKey, Name, Nonce, Tpm2bPublic, Unmarshal,
///     verify::{AttestPolicy, Certify, SignedAttest, verify_attest},
/// };
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let case = "tests/data/attest/006-certify-ak-p256-by-rsa";
/// let [ak, object, attest, signature] = ["ak.pub", "certified.pub", "attest", "sig"]
///     .map(|file| std::fs::read(format!("{case}/{file}")).unwrap());
/// let (ak, object) = (Tpm2bPublic::from_bytes(&ak)?, Tpm2bPublic::from_bytes(&object)?);
///
/// let key = AttestationKey::self_asserted(&ak)?;
/// let signed = SignedAttest { attest: &attest, signature: &signature };
/// let policy = AttestPolicy::new([0x00, 0xff, 0x55, 0xaa].into());
/// let certified = verify_attest(&key, &signed, &Certify::of(&object), &policy)?;
/// println!("{} is in the same TPM", Name::new(certified.facts().name));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// The first check that fails.
pub fn verify_attest<'a, K: Kind<'a>, S: Copy + Into<AttestSignature<'a>>>(
    key: &AttestationKey<'_>,
    signed: &SignedAttest<'a, S>,
    kind: &K,
    policy: &AttestPolicy<'_>,
) -> Result<Verified<'a, K::Facts>, Error> {
    Verifier::new().attest(key, signed, kind, policy)
}

impl Verifier<'_> {
    /// Verifies an attestation of any kind but a quote: see [`verify_attest`].
    ///
    /// # Errors
    /// The first check that fails.
    pub fn attest<'a, K: Kind<'a>, S: Copy + Into<AttestSignature<'a>>>(
        &self,
        key: &AttestationKey<'_>,
        signed: &SignedAttest<'a, S>,
        kind: &K,
        policy: &AttestPolicy<'_>,
    ) -> Result<Verified<'a, K::Facts>, Error> {
        let passed = &mut CheckSet::default();
        run(self.crypto, key, &signed.erased(), kind, policy, passed)
    }

    /// Does the same as [`attest`](Self::attest), and returns the state of each check. `key`
    /// is an [`AttestationKey`] or what [`appraise_key`](Self::appraise_key) returned.
    pub fn appraise_attest<'a, 'k, K: Kind<'a>, S: Copy + Into<AttestSignature<'a>>>(
        &self,
        key: impl Into<Appraisal<'a, AttestationKey<'k>>>,
        signed: &SignedAttest<'a, S>,
        kind: &K,
        policy: &AttestPolicy<'_>,
    ) -> Appraisal<'a, Verified<'a, K::Facts>> {
        let Appraisal {
            mut findings,
            result: key,
        } = key.into();
        findings.checks = findings.checks.union(COMMON).union(K::CHECKS);
        findings.asked = findings.asked.union(DEMANDED).union(kind.asked());
        findings.asked = findings.asked.union(policy.asked());
        warn_of_nonce(&mut findings, policy);
        let signed = signed.erased();
        let passed = &mut findings.passed;
        let result = key.and_then(|key| run(self.crypto, &key, &signed, kind, policy, passed));
        if let Ok(verified) = &result
            && K::is_of_external(&verified.facts)
        {
            findings.warn(Warning::ExternalObject);
        }
        if let Ok(verified) = &result
            && is_unnamed(&verified.attest)
        {
            findings.warn(Warning::EmptySigner);
            findings.asked.remove(Check::Signer);
        }
        Appraisal::new(findings, result)
    }
}

/// The checks from `key-anchor` on. Those that pass are added to `passed`.
///
/// The engine comes by itself, not in a [`Verifier`]: where there is one engine, the linker
/// then sees which one it is.
pub(super) fn run<'a, K: Kind<'a>>(
    crypto: &dyn SignatureVerifier,
    key: &AttestationKey<'_>,
    signed: &SignedAttest<'a, AttestSignature<'a>>,
    kind: &K,
    policy: &AttestPolicy<'_>,
    passed: &mut CheckSet,
) -> Result<Verified<'a, K::Facts>, Error> {
    if policy.clock.has_unused() {
        return Err(SettingProblem::RebootsWithoutSince.into());
    }
    if policy.anchored_key && !key.trust().is_anchored() {
        return Err(AnchorProblem::NotAnchored.into());
    }
    passed.insert(Check::KeyAnchor);
    if let Err(refusal) = check_signature(crypto, key, signed, policy, passed) {
        return Err(refusal.into_error(key.scheme()));
    }
    check_signed(key, signed.attest, kind, policy, passed)
}

/// Warns of what the nonce of this policy does not show.
pub(super) fn warn_of_nonce(findings: &mut Findings<'_>, policy: &AttestPolicy<'_>) {
    if policy.nonce.is_none() {
        findings.warn(Warning::NoNonce);
    }
    if policy.nonce.is_any() {
        findings.warn(Warning::AnyNonce);
    }
}

/// The checks of every attestation and of a quote, and those of them that are always asked
/// for.
pub(super) const fn with_common(checks: CheckSet) -> (CheckSet, CheckSet) {
    (COMMON.union(checks), DEMANDED.union(checks))
}

/// Why a signature does not count: less than an [`Error`], which would be held beside the
/// signature while it is computed.
enum Refusal {
    /// It cannot be read.
    Structure(UnmarshalError),
    /// Its scheme and hash are not those of the key.
    Scheme(TpmAlgId, Option<TpmAlgId>),
    /// It is made with SHA-1.
    Sha1,
    /// The engine does not accept it.
    Engine(SignatureError),
}

impl Refusal {
    #[cold]
    #[inline(never)]
    fn into_error(self, key: SigningScheme) -> Error {
        match self {
            Self::Structure(error) => return Error::structure(Part::Signature, error),
            Self::Scheme(scheme, hash) => AttestProblem::SignatureScheme {
                expected: (key.scheme, key.hash),
                found: (scheme, hash),
            },
            Self::Sha1 => AttestProblem::SignatureSha1,
            Self::Engine(SignatureError::Invalid) => AttestProblem::Signature,
            Self::Engine(SignatureError::Unsupported) => AttestProblem::SignatureUnsupported,
        }
        .into()
    }
}

/// `signature-scheme` and `signature`.
///
/// Not a part of its caller, as others here: what each needs of the stack is free
/// when it returns, and less of it is held while the signature is computed.
#[inline(never)]
fn check_signature(
    crypto: &dyn SignatureVerifier,
    key: &AttestationKey<'_>,
    signed: &SignedAttest<'_, AttestSignature<'_>>,
    policy: &AttestPolicy<'_>,
    passed: &mut CheckSet,
) -> Result<(), Refusal> {
    let SigningScheme { scheme, hash } = key.scheme();
    let signature = match signed.signature.0 {
        Form::Bytes(bytes) => TpmtSignature::from_bytes(bytes).map_err(Refusal::Structure)?,
        Form::Parsed(signature) => signature,
    };
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
        TpmtSignature::Hmac(mac) => (None, Some(mac.hash_alg())),
        TpmtSignature::HashMldsa(mldsa) => (None, Some(mldsa.hash)),
        TpmtSignature::Null
        | TpmtSignature::EdDsa(_)
        | TpmtSignature::HashEdDsa(_)
        | TpmtSignature::Mldsa(_) => (None, None),
    };
    let numbers = match numbers {
        Some(numbers) if signature.selector() == scheme && found == Some(hash) => numbers,
        _ => {
            return Err(Refusal::Scheme(signature.selector(), found));
        }
    };
    if hash == TpmAlgId::SHA1 && !policy.sha1_signatures {
        return Err(Refusal::Sha1);
    }
    let verified = crypto.verify(key.public_key(), hash, signed.attest, &numbers);
    if verified != Err(SignatureError::Unsupported) {
        passed.insert(Check::SignatureScheme);
    }
    verified.map_err(Refusal::Engine)?;
    passed.insert(Check::Signature);
    Ok(())
}

/// The checks after `signature`.
#[inline(never)]
fn check_signed<'a, K: Kind<'a>>(
    key: &AttestationKey<'_>,
    attest: &'a [u8],
    kind: &K,
    policy: &AttestPolicy<'_>,
    passed: &mut CheckSet,
) -> Result<Verified<'a, K::Facts>, Error> {
    let attest = parse(attest, [K::TYPE, K::OTHER_TYPE], passed)?;
    if !policy.nonce.is(&attest.extra_data) {
        return Err(AttestProblem::Nonce {
            expected: Excerpt::new(policy.nonce.as_ref()),
            found: Excerpt::new(attest.extra_data.bytes()),
        }
        .into());
    }
    passed.insert(Check::Nonce);
    check_signer(key, &attest, policy)?;
    if !is_unnamed(&attest) {
        passed.insert(Check::Signer);
    }
    let facts = kind.check(key, &attest, policy, passed)?;
    let hierarchy = policy.ancestry.map(|ancestry| ancestry.hierarchy());
    let firmware = K::plain_firmware(&facts);
    policy
        .clock
        .check(key.name(), &attest, hierarchy, firmware)?;
    passed.insert(Check::Clock);

    Ok(Verified {
        attest,
        facts,
        key: *key.summary(),
        hierarchy,
    })
}

/// `magic` and `type`, by the header first; then the whole.
fn parse<'a>(
    bytes: &'a [u8],
    [expected, other]: [TpmSt; 2],
    passed: &mut CheckSet,
) -> Result<TpmsAttest<'a>, Error> {
    // A header that is cut is for the parser to refuse.
    let mut header = Reader::new(bytes);
    if let Ok(found) = header.read() {
        if found != TPM_GENERATED_VALUE {
            return Err(AttestProblem::Magic { found }.into());
        }
        passed.insert(Check::Magic);
        if let Ok(found) = header.read() {
            if found != expected && found != other {
                return Err(AttestProblem::Type { expected, found }.into());
            }
            passed.insert(Check::Type);
        }
    }
    TpmsAttest::from_bytes(bytes).map_err(|error| Error::structure(Part::Signed, error))
}

/// An attestation of another kind than expected.
pub(super) fn other_type(expected: TpmSt, attest: &TpmsAttest<'_>) -> Error {
    let found = attest.attested.selector();
    AttestProblem::Type { expected, found }.into()
}

/// Whether the attestation does not name its signer.
fn is_unnamed(attest: &TpmsAttest<'_>) -> bool {
    attest.qualified_signer.form() == NameForm::Empty
}

/// `signer`: a name by digest, of the key's own name hash. Which name it has to be
/// follows from the key's parents: the attestation does not tell them, its anchor or
/// the policy may.
fn check_signer(
    key: &AttestationKey<'_>,
    attest: &TpmsAttest<'_>,
    policy: &AttestPolicy<'_>,
) -> Result<(), AttestProblem> {
    let found = attest.qualified_signer;
    let expected = key.name().name_alg();
    let is_name = match found.form() {
        // A key whose Name is unknown may have any known hash.
        NameForm::Digest { name_alg, .. } => {
            expected.map_or(name_alg.digest_size().is_some(), |known| known == name_alg)
        }
        NameForm::Empty => policy.empty_signer,
        NameForm::Handle(_) => false,
    };
    if !is_name {
        return Err(AttestProblem::Signer {
            expected: expected.unwrap_or(TpmAlgId::NULL),
            found: Excerpt::new(found.bytes()),
        });
    }
    if let Some(expected) = key.qualified_name() {
        compare(expected, found)?;
    }
    if let Some(ancestry) = &policy.ancestry {
        compare(&ancestry.qualified_name(key.name()), found)?;
    }
    Ok(())
}

fn compare(expected: &Name, found: Tpm2bName<'_>) -> Result<(), AttestProblem> {
    if expected.as_ref() == found.bytes() {
        return Ok(());
    }
    Err(AttestProblem::QualifiedSigner {
        expected: Excerpt::new(expected.as_ref()),
        found: Excerpt::new(found.bytes()),
    })
}
