//! What every kind of attestation has in common: the checks from `key-anchor` to
//! `signer`, and `clock`.

use super::{
    Ancestry, AttestationKey, ClockPolicy, ClockReading, Excerpt, KeyAlgorithm, KeyTrust, Nonce,
    Part, SigningScheme, VerifyError,
};
use crate::{
    crypto::{Name, Signature, SignatureError, SignatureVerifier, Software},
    error::UnmarshalError,
    types::{
        NameForm, TPM_GENERATED_VALUE, Tpm2bName, TpmAlgId, TpmHandle, TpmSt, TpmsAttest,
        TpmsClockInfo, TpmtSignature,
    },
    wire::{Reader, Unmarshal},
};

/// What a TPM signed, and the signature, as they were received.
#[derive(Clone, Copy, Debug)]
pub struct SignedAttest<'a> {
    /// A `TPMS_ATTEST`, as [`Tpm2bAttest::bytes`] gives it.
    ///
    /// [`Tpm2bAttest::bytes`]: crate::types::Tpm2bAttest::bytes
    pub attest: &'a [u8],
    /// A `TPMT_SIGNATURE`.
    pub signature: &'a [u8],
}

/// What any attestation has to be for it to be accepted.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct AttestPolicy<'a> {
    pub(crate) nonce: Nonce,
    pub(crate) ancestry: Option<Ancestry>,
    pub(crate) clock: ClockPolicy<'a>,
    pub(crate) anchored_key: bool,
    pub(crate) sha1_signatures: bool,
    pub(super) sha1_names: bool,
}

impl<'a> AttestPolicy<'a> {
    /// An attestation with this nonce.
    pub fn new(nonce: Nonce) -> Self {
        Self {
            nonce,
            ancestry: None,
            clock: ClockPolicy::new(),
            anchored_key: false,
            sha1_signatures: false,
            sha1_names: false,
        }
    }

    /// Where the key stands in its TPM. The qualified name of the signer is computed
    /// from it, and compared.
    pub fn ancestry(self, ancestry: Ancestry) -> Self {
        Self {
            ancestry: Some(ancestry),
            ..self
        }
    }

    /// What the TPM's clock and counters have to be.
    pub fn clock(self, clock: ClockPolicy<'a>) -> Self {
        Self { clock, ..self }
    }

    /// Refuses a key that nothing but its own message vouches for.
    pub fn require_anchored_key(self) -> Self {
        Self {
            anchored_key: true,
            ..self
        }
    }

    /// Accepts signatures made with SHA-1, for which collisions can be bought.
    pub fn dangerous_allow_sha1_signatures(self) -> Self {
        Self {
            sha1_signatures: true,
            ..self
        }
    }

    /// Accepts objects and NV indices whose name is made with SHA-1: two of them can
    /// have one name.
    pub fn dangerous_allow_sha1_names(self) -> Self {
        Self {
            sha1_names: true,
            ..self
        }
    }
}

/// An attestation that passed every check of its kind. There is no other way to get
/// one, and one kind cannot be had as another.
///
/// What it says is what the key signed. What the key is worth,
/// [`key_trust`](Self::key_trust) says.
///
/// ```
/// # use tpm_quote::{KeyTrust, VerifiedQuote, verify::{VerifiedCertify, VerifiedTime}};
/// fn trust(certified: &VerifiedCertify<'_>) -> KeyTrust {
///     certified.key_trust()
/// }
/// # fn of(quote: &VerifiedQuote<'_>, certified: &VerifiedCertify<'_>, time: &VerifiedTime<'_>) {
/// trust(certified);
/// # }
/// ```
///
/// ```compile_fail,E0308
/// # use tpm_quote::{KeyTrust, VerifiedQuote, verify::{VerifiedCertify, VerifiedTime}};
/// # fn trust(certified: &VerifiedCertify<'_>) -> KeyTrust {
/// #     certified.key_trust()
/// # }
/// # fn of(quote: &VerifiedQuote<'_>, certified: &VerifiedCertify<'_>, time: &VerifiedTime<'_>) {
/// trust(quote); // attests PCR, no object
/// # }
/// ```
///
/// ```compile_fail,E0308
/// # use tpm_quote::{KeyTrust, VerifiedQuote, verify::{VerifiedCertify, VerifiedTime}};
/// # fn trust(certified: &VerifiedCertify<'_>) -> KeyTrust {
/// #     certified.key_trust()
/// # }
/// # fn of(quote: &VerifiedQuote<'_>, certified: &VerifiedCertify<'_>, time: &VerifiedTime<'_>) {
/// trust(time); // attests a clock, no object
/// # }
/// ```
///
/// It cannot be altered:
///
/// ```compile_fail,E0451
/// # use tpm_quote::{KeyTrust, verify::VerifiedCertify};
/// fn pinned(certified: VerifiedCertify<'_>) -> VerifiedCertify<'_> {
///     VerifiedCertify { key_trust: KeyTrust::Pinned, ..certified }
/// }
/// ```
///
/// ```compile_fail,E0451
/// # use tpm_quote::{TpmsAttest, verify::{KeyTrust, Verified}, Name};
/// fn made<'a, F>(attest: TpmsAttest<'a>, facts: F, key_name: Name) -> Verified<'a, F> {
///     Verified { attest, facts, key_name, key_trust: KeyTrust::Pinned, hierarchy: None }
/// }
/// ```
///
/// ```compile_fail,E0616
/// # use tpm_quote::verify::Verified;
/// fn other<'a, F>(verified: &mut Verified<'a, F>, facts: F) {
///     verified.facts = facts;
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Verified<'a, F> {
    attest: TpmsAttest<'a>,
    facts: F,
    key_name: Name,
    key_algorithm: KeyAlgorithm,
    key_scheme: SigningScheme,
    key_trust: KeyTrust,
    /// That of the policy's ancestry.
    hierarchy: Option<TpmHandle>,
}

impl<'a, F> Verified<'a, F> {
    /// What this kind of attestation says.
    #[must_use]
    pub const fn facts(&self) -> &F {
        &self.facts
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

    /// The kind and size of the key.
    #[must_use]
    pub const fn key_algorithm(&self) -> KeyAlgorithm {
        self.key_algorithm
    }

    /// The scheme and hash that the key is bound to.
    #[must_use]
    pub const fn key_scheme(&self) -> SigningScheme {
        self.key_scheme
    }

    /// The nonce.
    #[must_use]
    pub const fn nonce(&self) -> &'a [u8] {
        self.attest.extra_data.bytes()
    }

    /// The qualified name of the key, as the attestation gives it. It was compared
    /// with what the policy and the key's anchor know of it, if they know anything.
    #[must_use]
    pub const fn qualified_signer(&self) -> &'a [u8] {
        self.attest.qualified_signer.bytes()
    }

    /// The hierarchy of the key: that of the policy's ancestry, or the one of which the
    /// key is a primary key by its qualified name. `None` if it is a primary key of none
    /// and the policy does not know its ancestors.
    ///
    /// Nothing but the attestation itself says so: it is worth what the key is worth.
    #[must_use]
    pub fn hierarchy(&self) -> Option<TpmHandle> {
        hierarchy(&self.key_name, &self.attest, self.hierarchy)
    }

    /// Clock and counters. Unless the key is in the endorsement or platform
    /// hierarchy, the counters are obfuscated.
    #[must_use]
    pub const fn clock_info(&self) -> &TpmsClockInfo {
        &self.attest.clock_info
    }

    /// What a policy for a later attestation by this key may ask for.
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
}

/// The hierarchy of a key, as far as it can be told.
pub(super) fn hierarchy(
    key: &Name,
    attest: &TpmsAttest<'_>,
    known: Option<TpmHandle>,
) -> Option<TpmHandle> {
    known.or_else(|| Ancestry::primary_hierarchy(key, attest.qualified_signer.bytes()))
}

/// A kind of attestation, and what is expected of it.
///
/// Its implementations are [`Certify`], [`Creation`], [`Time`], [`SessionAudit`],
/// [`CommandAudit`], [`Nv`] and [`NvDigest`]; there can be no others. A quote is
/// verified by [`verify_quote`].
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
/// impl<'a> Kind<'a> for Anything {} // needs what is not public
/// ```
///
/// ```compile_fail,E0603
/// use tpm_quote::verify::attest::sealed;
/// ```
///
/// [`Certify`]: super::Certify
/// [`Creation`]: super::Creation
/// [`Time`]: super::Time
/// [`SessionAudit`]: super::SessionAudit
/// [`CommandAudit`]: super::CommandAudit
/// [`Nv`]: super::Nv
/// [`NvDigest`]: super::NvDigest
/// [`verify_quote`]: super::verify_quote
pub trait Kind<'a>: sealed::Kind<'a> {}

impl<'a, K: sealed::Kind<'a>> Kind<'a> for K {}

pub(super) mod sealed {
    use crate::{
        types::{TpmSt, TpmsAttest},
        verify::{AttestPolicy, AttestationKey, VerifyError},
    };

    pub trait Kind<'a> {
        /// What is known of one that was verified.
        type Facts;

        /// The tag that has to be signed.
        const TYPE: TpmSt;

        /// The checks of this kind alone. What was signed, and by whom, is known.
        fn check(
            &self,
            key: &AttestationKey<'_>,
            attest: &TpmsAttest<'a>,
            policy: &AttestPolicy<'_>,
        ) -> Result<Self::Facts, VerifyError>;

        /// The firmware version that no TPM obfuscates, if this kind has it.
        fn plain_firmware(_: &Self::Facts) -> Option<u64> {
            None
        }
    }
}

/// Checks an attestation of any kind but a quote, for which there is
/// [`verify_quote`](super::verify_quote).
///
/// The checks, in this order: `key-anchor`, `signature-scheme`, `signature`, `magic`,
/// `type`, `nonce`, `signer`, those of the kind, `clock`. Nothing of the attestation is
/// looked at before its signature holds, and what is then parsed are the very bytes that
/// were hashed.
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
/// let policy = AttestPolicy::new(Nonce::exact(&[0x00, 0xff, 0x55, 0xaa])?);
/// let certified = verify_attest(&key, &signed, &Certify::of(&object), &policy)?;
/// println!("{} is in the same TPM", Name::new(certified.facts().name));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// The first check that fails.
pub fn verify_attest<'a, K: Kind<'a>>(
    key: &AttestationKey<'_>,
    signed: &SignedAttest<'a>,
    kind: &K,
    policy: &AttestPolicy<'_>,
) -> Result<Verified<'a, K::Facts>, VerifyError> {
    verify_attest_with(&Software, key, signed, kind, policy)
}

/// As [`verify_attest`], with a verifier of the caller's.
///
/// # Errors
/// As there.
pub fn verify_attest_with<'a, K: Kind<'a>>(
    verifier: &dyn SignatureVerifier,
    key: &AttestationKey<'_>,
    signed: &SignedAttest<'a>,
    kind: &K,
    policy: &AttestPolicy<'_>,
) -> Result<Verified<'a, K::Facts>, VerifyError> {
    if policy.anchored_key && !key.trust().is_anchored() {
        return Err(VerifyError::KeyNotAnchored);
    }
    check_signature(verifier, key, signed, policy)?;
    check_signed(key, signed.attest, kind, policy)
}

/// `signature-scheme` and `signature`.
///
/// Not a part of its caller, as others here: what each needs of the stack is free
/// when it returns, and less of it is held while the signature is computed.
#[inline(never)]
fn check_signature(
    verifier: &dyn SignatureVerifier,
    key: &AttestationKey<'_>,
    signed: &SignedAttest<'_>,
    policy: &AttestPolicy<'_>,
) -> Result<(), VerifyError> {
    let SigningScheme { scheme, hash } = key.scheme;
    let signature =
        TpmtSignature::from_bytes(signed.signature).map_err(|error| VerifyError::Malformed {
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
        .verify(&key.key, hash, signed.attest, &numbers)
        .map_err(|error| match error {
            SignatureError::Invalid => VerifyError::Signature,
            SignatureError::Unsupported => VerifyError::SignatureUnsupported,
        })
}

/// What comes after `signature`.
#[inline(never)]
fn check_signed<'a, K: Kind<'a>>(
    key: &AttestationKey<'_>,
    attest: &'a [u8],
    kind: &K,
    policy: &AttestPolicy<'_>,
) -> Result<Verified<'a, K::Facts>, VerifyError> {
    let attest = parse(attest, K::TYPE)?;
    if !policy.nonce.is(&attest.extra_data) {
        return Err(VerifyError::Nonce {
            expected: Excerpt::new(policy.nonce.as_ref()),
            found: Excerpt::new(attest.extra_data.bytes()),
        });
    }
    check_signer(key, &attest, policy)?;
    let facts = kind.check(key, &attest, policy)?;
    let hierarchy = policy.ancestry.map(|ancestry| ancestry.hierarchy());
    let firmware = K::plain_firmware(&facts);
    policy
        .clock
        .check(key, &attest, hierarchy, firmware)
        .map_err(VerifyError::Clock)?;

    Ok(Verified {
        attest,
        facts,
        key_name: *key.name(),
        key_algorithm: key.algorithm(),
        key_scheme: key.scheme(),
        key_trust: key.trust(),
        hierarchy,
    })
}

/// `magic` and `type`, by the header first; then the whole.
fn parse(bytes: &[u8], expected: TpmSt) -> Result<TpmsAttest<'_>, VerifyError> {
    // A header that is cut is for the parser to refuse.
    let mut header = Reader::new(bytes);
    if let Ok(found) = header.read() {
        if found != TPM_GENERATED_VALUE {
            return Err(VerifyError::Magic { found });
        }
        if let Ok(found) = header.read()
            && found != expected
        {
            return Err(VerifyError::Type { expected, found });
        }
    }
    TpmsAttest::from_bytes(bytes).map_err(|error: UnmarshalError| VerifyError::Malformed {
        part: Part::Signed,
        error,
    })
}

/// `signer`: a name by digest, of the key's own name hash. Which name it has to be
/// follows from the key's parents: the attestation does not tell them, its anchor or
/// the policy may.
fn check_signer(
    key: &AttestationKey<'_>,
    attest: &TpmsAttest<'_>,
    policy: &AttestPolicy<'_>,
) -> Result<(), VerifyError> {
    let found = attest.qualified_signer;
    let expected = key.name().name_alg();
    let is_name = match found.form() {
        // A key whose Name is unknown may have any known hash.
        NameForm::Digest { name_alg, .. } => {
            expected.map_or(name_alg.digest_size().is_some(), |known| known == name_alg)
        }
        NameForm::Empty | NameForm::Handle(_) => false,
    };
    if !is_name {
        return Err(VerifyError::Signer {
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

fn compare(expected: &Name, found: Tpm2bName<'_>) -> Result<(), VerifyError> {
    if expected.as_ref() == found.bytes() {
        return Ok(());
    }
    Err(VerifyError::QualifiedSigner {
        expected: Excerpt::new(expected.as_ref()),
        found: Excerpt::new(found.bytes()),
    })
}
