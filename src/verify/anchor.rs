//! What a key is worth: the ways to vouch for it, and why one did not.

use core::{error::Error, fmt};

use super::{
    AttestPolicy, AttestationKey, Certify, Check, Creation, Excerpt, KeyRules, Nonce, SignedAttest,
    Verdict, VerifyError, verify_attest_with,
};
use crate::{
    crypto::{Name, SignatureVerifier, Software},
    types::{Tpm2bCreationData, Tpm2bPublic},
};

/// What vouches for a key. Which of them is enough is for the policy to say: they have
/// no order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyTrust {
    /// Nothing but the message that it came in. Anyone can make such a key, in
    /// software, with all the right attributes: a quote by it is consistent,
    /// and nothing shows that a TPM made it.
    SelfAsserted,
    /// The caller knew its Name beforehand.
    Pinned,
    /// The caller knew the key itself beforehand, and nothing else of it: its
    /// attributes are unknown, and with them whether it signs only what a TPM
    /// made.
    PinnedKey,
    /// An anchored key attests that it is in the same TPM (`TPM2_Certify`). It is worth no
    /// more than what vouches for that one.
    Certified,
    /// An anchored key attests that the same TPM made it (`TPM2_CertifyCreation`).
    Created,
    /// The TPM that has an endorsement key, which is trusted itself, has it as well
    /// (`TPM2_ActivateCredential`).
    Activated,
    /// A certificate for the key leads to one of the caller's roots: whoever issued it
    /// says that the key is a restricted one of a TPM. Its attributes are nobody's word but
    /// the sender's.
    Certificate,
}

impl KeyTrust {
    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SelfAsserted => "self-asserted",
            Self::Pinned => "pinned",
            Self::PinnedKey => "pinned-key",
            Self::Certified => "certified",
            Self::Created => "created",
            Self::Activated => "activated",
            Self::Certificate => "certificate",
        }
    }

    /// Whether something outside the message vouches for the key.
    #[must_use]
    pub const fn is_anchored(self) -> bool {
        match self {
            Self::SelfAsserted => false,
            Self::Pinned
            | Self::PinnedKey
            | Self::Certified
            | Self::Created
            | Self::Activated
            | Self::Certificate => true,
        }
    }
}

impl fmt::Display for KeyTrust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Anchors. Whatever the anchor, the key's own attributes, strength and scheme are
/// judged all the same, and there is no anchored key without an anchor:
///
/// ```
/// # use tpm_quote::{AttestationKey, Nonce, Tpm2bPublic, types::Tpm2bCreationData, verify::{AnchorError, SignedAttest}};
/// # fn with<'a>(public: &Tpm2bPublic<'a>, creation: &Tpm2bCreationData<'_>, signed: &SignedAttest<'_>, trusted: &AttestationKey<'_>, nonce: Nonce) -> Result<AttestationKey<'a>, AnchorError> {
/// AttestationKey::pinned(public, &[[0; 34]]).map_err(AnchorError::Key)?;
/// AttestationKey::created_under(public, creation, signed, trusted, nonce)?;
/// AttestationKey::certified_by(public, signed, trusted, nonce)
/// # }
/// ```
///
/// ```compile_fail,E0061
/// # use tpm_quote::{AttestationKey, Tpm2bPublic};
/// fn pinned<'a>(public: &Tpm2bPublic<'a>) -> AttestationKey<'a> {
///     AttestationKey::pinned(public).unwrap() // to what?
/// }
/// ```
///
/// ```compile_fail,E0061
/// # use tpm_quote::{AttestationKey, Nonce, Tpm2bPublic, verify::{AnchorError, SignedAttest}};
/// # fn with<'a>(public: &Tpm2bPublic<'a>, signed: &SignedAttest<'_>, nonce: Nonce) -> Result<AttestationKey<'a>, AnchorError> {
/// AttestationKey::certified_by(public, signed, nonce) // by which key?
/// # }
/// ```
///
/// ```compile_fail,E0061
/// # use tpm_quote::{AttestationKey, Tpm2bPublic, verify::{AnchorError, SignedAttest}};
/// # fn with<'a>(public: &Tpm2bPublic<'a>, signed: &SignedAttest<'_>, trusted: &AttestationKey<'_>) -> Result<AttestationKey<'a>, AnchorError> {
/// AttestationKey::certified_by(public, signed, trusted) // for which request?
/// # }
/// ```
///
/// ```compile_fail,E0061
/// # use tpm_quote::{AttestationKey, Nonce, Tpm2bPublic, verify::{AnchorError, SignedAttest}};
/// # fn with<'a>(public: &Tpm2bPublic<'a>, signed: &SignedAttest<'_>, trusted: &AttestationKey<'_>, nonce: Nonce) -> Result<AttestationKey<'a>, AnchorError> {
/// AttestationKey::created_under(public, signed, trusted, nonce) // made how?
/// # }
/// ```
///
/// ```compile_fail,E0451
/// # use tpm_quote::{AttestationKey, KeyTrust, Tpm2bPublic};
/// fn pinned<'a>(public: &Tpm2bPublic<'a>) -> AttestationKey<'a> {
///     let key = AttestationKey::self_asserted(public).unwrap();
///     AttestationKey { trust: KeyTrust::Pinned, ..key }
/// }
/// ```
///
/// ```compile_fail,E0616
/// # use tpm_quote::{AttestationKey, KeyTrust};
/// fn certify(key: &mut AttestationKey<'_>) {
///     key.trust = KeyTrust::Certified;
/// }
/// ```
impl<'a> AttestationKey<'a> {
    /// A key whose Name is one of `names`: each two bytes of hash id and a
    /// digest.
    ///
    /// A key that is made afresh for each request cannot be pinned.
    ///
    /// # Errors
    /// As [`self_asserted`](Self::self_asserted), or `key-anchor`: its Name is
    /// not in the list, or the list is empty.
    pub fn pinned<N: AsRef<[u8]>>(
        public: &Tpm2bPublic<'a>,
        names: &[N],
    ) -> Result<Self, VerifyError> {
        Self::pinned_with(public, names, KeyRules::new(), &Software)
    }

    /// As [`pinned`](Self::pinned), by other rules and with a verifier of the
    /// caller's.
    ///
    /// # Errors
    /// As there.
    pub fn pinned_with<N: AsRef<[u8]>>(
        public: &Tpm2bPublic<'a>,
        names: &[N],
        rules: KeyRules,
        verifier: &dyn SignatureVerifier,
    ) -> Result<Self, VerifyError> {
        let key = Self::self_asserted_with(public, rules, verifier)?;
        if names.is_empty() {
            return Err(VerifyError::NoPinnedNames);
        }
        let name = key.name().as_ref();
        if !names.iter().any(|pinned| pinned.as_ref() == name) {
            let name = Excerpt::new(name);
            return Err(VerifyError::KeyNotPinned { name });
        }
        Ok(key.anchored(KeyTrust::Pinned, None))
    }

    /// A key that another one, which is anchored itself, attests to be in the same TPM:
    /// `TPM2_Certify` with this nonce as `qualifyingData`.
    ///
    /// This fits a key that is made afresh for each request: only the other one has to
    /// live long. Name, qualified name and attributes are those that the TPM has for the
    /// key; the qualified name is then compared with that of the signer of each
    /// attestation by the key.
    ///
    /// ```
    /// use tpm_quote::{
    ///     AttestationKey, KeyTrust, Nonce, Tpm2bPublic, Unmarshal, verify::SignedAttest,
    /// };
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let case = "tests/data/attest/006-certify-ak-p256-by-rsa";
    /// let read = |file| std::fs::read(format!("{case}/{file}"));
    /// let (lasting, name) = (read("ak.pub")?, read("ak.name")?); // known beforehand
    /// let (fresh, attest, signature) = (read("certified.pub")?, read("attest")?, read("sig")?);
    ///
    /// let lasting = AttestationKey::pinned(&Tpm2bPublic::from_bytes(&lasting)?, &[name])?;
    /// let fresh = Tpm2bPublic::from_bytes(&fresh)?;
    /// let certify = SignedAttest { attest: &attest, signature: &signature };
    /// let nonce = Nonce::exact(&[0x00, 0xff, 0x55, 0xaa])?;
    /// let key = AttestationKey::certified_by(&fresh, &certify, &lasting, nonce)?;
    /// assert_eq!(key.trust(), KeyTrust::Certified);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`self_asserted`](Self::self_asserted); the other key is self-asserted; its
    /// attestation fails a check; or the key was loaded into the TPM from outside.
    pub fn certified_by(
        public: &Tpm2bPublic<'a>,
        certify: &SignedAttest<'_>,
        trusted: &AttestationKey<'_>,
        nonce: Nonce,
    ) -> Result<Self, AnchorError> {
        Self::certified_by_with(public, certify, trusted, nonce, KeyRules::new(), &Software)
    }

    /// As [`certified_by`](Self::certified_by), by other rules and with a verifier of the
    /// caller's.
    ///
    /// # Errors
    /// As there.
    pub fn certified_by_with(
        public: &Tpm2bPublic<'a>,
        certify: &SignedAttest<'_>,
        trusted: &AttestationKey<'_>,
        nonce: Nonce,
        rules: KeyRules,
        verifier: &dyn SignatureVerifier,
    ) -> Result<Self, AnchorError> {
        let key = Self::self_asserted_with(public, rules, verifier).map_err(AnchorError::Key)?;
        let kind = Certify::of(public);
        let policy = anchored(trusted, nonce, rules)?;
        let certified = verify_attest_with(verifier, trusted, certify, &kind, &policy)
            .map_err(AnchorError::Proof)?;
        let qualified_name = Name::new(certified.facts().qualified_name);
        // What a TPM did not make or import has no parent: its qualified name is its name.
        if qualified_name == *key.name() {
            return Err(AnchorError::External);
        }
        Ok(key.anchored(KeyTrust::Certified, Some(qualified_name)))
    }

    /// A key of which another one, which is anchored itself, attests that the same TPM
    /// made it: `TPM2_CertifyCreation` with this nonce as `qualifyingData`. `creation` is
    /// what the TPM gave when it made the key.
    ///
    /// The qualified name that follows from the creation data is then compared with that
    /// of the signer of each attestation by the key.
    ///
    /// # Errors
    /// As [`self_asserted`](Self::self_asserted); the other key is self-asserted; or its
    /// attestation fails a check.
    pub fn created_under(
        public: &Tpm2bPublic<'a>,
        creation: &Tpm2bCreationData<'_>,
        certify: &SignedAttest<'_>,
        trusted: &AttestationKey<'_>,
        nonce: Nonce,
    ) -> Result<Self, AnchorError> {
        let rules = KeyRules::new();
        Self::created_under_with(public, creation, certify, trusted, nonce, rules, &Software)
    }

    /// As [`created_under`](Self::created_under), by other rules and with a verifier of
    /// the caller's.
    ///
    /// # Errors
    /// As there.
    pub fn created_under_with(
        public: &Tpm2bPublic<'a>,
        creation: &Tpm2bCreationData<'_>,
        certify: &SignedAttest<'_>,
        trusted: &AttestationKey<'_>,
        nonce: Nonce,
        rules: KeyRules,
        verifier: &dyn SignatureVerifier,
    ) -> Result<Self, AnchorError> {
        let key = Self::self_asserted_with(public, rules, verifier).map_err(AnchorError::Key)?;
        let kind = Creation::of(public, creation);
        let policy = anchored(trusted, nonce, rules)?;
        let created = verify_attest_with(verifier, trusted, certify, &kind, &policy)
            .map_err(AnchorError::Proof)?;
        let qualified_name = created.facts().qualified_name;
        Ok(key.anchored(KeyTrust::Created, Some(qualified_name)))
    }
}

/// What an attestation that anchors a key has to be.
fn anchored(
    trusted: &AttestationKey<'_>,
    nonce: Nonce,
    rules: KeyRules,
) -> Result<AttestPolicy<'static>, AnchorError> {
    match trusted.trust() {
        KeyTrust::SelfAsserted => Err(AnchorError::NotAnchored),
        // If it is not restricted, whoever may use it signs whatever they like.
        KeyTrust::PinnedKey => Err(AnchorError::UnknownAttributes),
        KeyTrust::Pinned
        | KeyTrust::Certified
        | KeyTrust::Created
        | KeyTrust::Activated
        | KeyTrust::Certificate => {
            let policy = AttestPolicy::new(nonce);
            Ok(if rules.sha1_names {
                policy.dangerous_allow_sha1_names()
            } else {
                policy
            })
        }
    }
}

/// Why another key, or a credential, does not vouch for a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[must_use]
pub enum AnchorError {
    /// The key itself fails one of its checks.
    Key(VerifyError),
    /// Nothing vouches for the other key.
    NotAnchored,
    /// The attributes of the other key are unknown: [`KeyTrust::PinnedKey`].
    UnknownAttributes,
    /// There is nothing by which the other key would vouch for it.
    NoProof,
    /// What the other key attests fails a check.
    Proof(VerifyError),
    /// The key was loaded into the TPM from outside.
    External,
    /// The answer is not that to the challenge. No more is said, on purpose.
    Answer,
}

impl AnchorError {
    /// The check that failed. Whichever check what the other key attests failed, it is
    /// `key-anchor`; or `input`, if that cannot be read.
    #[must_use]
    pub fn check(&self) -> Check {
        match self {
            Self::Key(error) => error.check(),
            Self::Proof(error) if error.check() == Check::Input => Check::Input,
            Self::NotAnchored
            | Self::UnknownAttributes
            | Self::NoProof
            | Self::Proof(_)
            | Self::External
            | Self::Answer => Check::KeyAnchor,
        }
    }

    /// What the error says about the evidence.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match self {
            Self::Key(error) | Self::Proof(error) => error.verdict(),
            Self::NotAnchored
            | Self::UnknownAttributes
            | Self::NoProof
            | Self::External
            | Self::Answer => Verdict::Rejected,
        }
    }

    /// One sentence of help.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Self::Proof(VerifyError::Nonce { .. }) => {
                "The certification was made for another request: ask for a new one, or give its own nonce if it was made beforehand."
            }
            Self::Key(error) | Self::Proof(error) => error.help(),
            Self::NotAnchored => {
                "Give a key that is pinned, or that a pinned key vouches for: a chain of keys is worth what its first one is."
            }
            Self::UnknownAttributes => {
                "Give the public area of the key that is to vouch for this one, not its numbers alone."
            }
            Self::NoProof => {
                "Let the server send a certification of its key along, or give one that was made beforehand."
            }
            Self::External => "Let the TPM make the key, below one of its own.",
            Self::Answer => {
                "The TPM with this endorsement key does not have this key, or the answer belongs to another challenge."
            }
        }
    }
}

impl fmt::Display for AnchorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(error) => error.fmt(f),
            Self::NotAnchored => {
                f.write_str("the key that is to vouch for this one is self-asserted")
            }
            Self::UnknownAttributes => {
                f.write_str("the attributes of the key that is to vouch for this one are unknown")
            }
            Self::NoProof => {
                f.write_str("no certification of the key by the one that is to vouch for it")
            }
            Self::Proof(error) if error.check() == Check::Input => {
                write!(f, "certification of the key: {error}")
            }
            Self::Proof(error) => write!(
                f,
                "the certification of the key fails its check {}: {error}",
                error.check()
            ),
            Self::External => f.write_str(
                "the key was loaded into the TPM from outside: its qualified name is its name",
            ),
            Self::Answer => f.write_str(
                "the answer is not that to the challenge for this key and this endorsement key",
            ),
        }
    }
}

impl Error for AnchorError {}
