//! [`AttestationKey`]: a key that may sign attestations.

use super::{
    checks::{
        check_attributes, check_ecc_scheme, check_ecc_strength, check_name, check_numbers,
        check_rsa_scheme, check_rsa_strength,
    },
    links::{Behind, KeyLink},
    scheme::{KeyAlgorithm, SigningScheme},
    trust::KeyTrust,
};
use crate::{
    crypto::{Name, PreparedKey, PublicKey},
    types::{Tpm2bPublic, TpmuPublic},
    verify::{
        error::{Check, CheckSet, KeyProblem},
        verifier::Verifier,
    },
};

/// A key that may sign attestations. Its attributes, strength and scheme were judged when
/// the value was made; [`trust`](Self::trust) says what vouches for it.
///
/// | you have | constructor | trust |
/// |---|---|---|
/// | a public area that came with the message, and nothing else | [`self_asserted`](Self::self_asserted) | `self-asserted` |
/// | numbers that came with the message: PEM, JWK, a certificate's key | [`self_asserted_key`](Self::self_asserted_key) | `self-asserted` |
/// | a public area, and its Name from your own records | [`pinned`](Self::pinned) | `pinned` |
/// | numbers, and the same key from your own records | [`pinned_key`](Self::pinned_key) | `pinned-key` |
/// | a certification by a key that is anchored | [`certified_by`](Self::certified_by) | `certified` |
/// | a certification of its creation by such a key | [`created_under`](Self::created_under) | `created` |
/// | a certificate for the key, and its authority's root | `from_certificate` | `certificate` |
/// | a certificate alone, and its authority's root | `of_certificate` | `certificate-key` |
/// | the report of Azure's virtual TPM, and the root of the processor's maker | `bound_to_hardware` | `bound-to-hardware` |
/// | an endorsement key that you trust, and one question to the machine | `activated` | `activated` |
///
/// Each constructor is also a method of [`Verifier`], for another engine or other key rules.
///
/// ```
/// use tpm_quote::{AttestationKey, KeyTrust, Name, Tpm2bPublic, Unmarshal};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let bytes = std::fs::read("tests/data/cases/005-main-p256-ecdsa-sha256/ak.pub")?;
/// let public = Tpm2bPublic::from_bytes(&bytes)?;
///
/// let key = AttestationKey::self_asserted(&public)?;
/// assert_eq!(key.trust(), KeyTrust::SelfAsserted);
///
/// let known: Name = "000b8b0e9bf94f2c6a5d3f0e2b1c4d5a69788776655443322110ffeeddccbbaa0099".parse()?;
/// assert!(AttestationKey::pinned(&public, &[known]).is_err());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct AttestationKey<'a> {
    pub(super) key: PublicKey<'a>,
    pub(super) summary: KeySummary,
    /// The qualified name, if the anchor shows it.
    pub(super) qualified_name: Option<Name>,
}

/// A description of a key, without its numbers: its Name, its algorithms and what vouches
/// for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeySummary {
    pub(super) name: Name,
    pub(super) algorithm: KeyAlgorithm,
    pub(super) scheme: SigningScheme,
    /// That of the weakest link.
    pub(super) trust: KeyTrust,
    /// What vouches for the key itself.
    pub(super) own: KeyTrust,
    pub(super) by_sha1: bool,
    pub(super) behind: Behind,
    /// The line of a trust file that vouches for it; 0 if there is none.
    pub(super) line: u32,
}

impl KeySummary {
    /// Returns the key's Name, which is empty if only its numbers are known.
    #[must_use]
    pub const fn name(&self) -> &Name {
        &self.name
    }

    /// Returns the key's kind and size.
    #[must_use]
    pub const fn algorithm(&self) -> KeyAlgorithm {
        self.algorithm
    }

    /// Returns the scheme and hash that the key is bound to.
    #[must_use]
    pub const fn scheme(&self) -> SigningScheme {
        self.scheme
    }

    /// Returns what vouches for the key. No chain is worth more than its weakest link: where
    /// the key that certifies this one is known by a certificate, that is `certificate`.
    #[must_use]
    pub const fn trust(&self) -> KeyTrust {
        self.trust
    }

    /// Returns what vouches for the key, link by link: the key itself, then the key that
    /// certified it, created it under its eyes or activated it, and so on, up to one that no
    /// other key vouches for.
    ///
    /// ```
    /// use tpm_quote::{KeyTrust, VerifiedQuote};
    ///
    /// /// A pinned key is at the end, whatever is before it.
    /// fn leads_to_a_pinned_key(quote: &VerifiedQuote<'_>) -> bool {
    ///     let last = quote.key().links().last();
    ///     last.is_some_and(|link| link.trust() == KeyTrust::Pinned)
    /// }
    /// ```
    pub fn links(&self) -> impl Iterator<Item = KeyLink> + use<> {
        core::iter::once(self.link()).chain(self.behind.iter())
    }

    const fn link(&self) -> KeyLink {
        KeyLink {
            name: self.name,
            algorithm: self.algorithm,
            scheme: Some(self.scheme),
            trust: self.own,
            by_sha1: self.by_sha1,
        }
    }

    /// Whether a certificate that is signed with SHA-1 vouches for the key, or for another one
    /// that does.
    pub(crate) fn is_by_sha1(&self) -> bool {
        self.by_sha1 || self.behind.iter().any(|link| link.is_by_sha1())
    }

    /// Whether a key that vouches for this one is weak.
    pub(crate) fn has_weak_link(&self) -> bool {
        self.behind.iter().any(|link| link.is_weak())
    }

    /// Returns the number of the line that vouches for the key, if one of several lines does:
    /// see [`Anchor::any_of`](crate::verify::Anchor::any_of).
    #[must_use]
    pub const fn vouched_by(&self) -> Option<u32> {
        match self.line {
            0 => None,
            line => Some(line),
        }
    }
}

impl<'a> AttestationKey<'a> {
    /// Returns the key's Name, which is empty if only its numbers are known.
    #[must_use]
    pub const fn name(&self) -> &Name {
        &self.summary.name
    }

    /// Returns the key's qualified name, if its anchor shows it.
    #[must_use]
    pub const fn qualified_name(&self) -> Option<&Name> {
        self.qualified_name.as_ref()
    }

    /// Returns what vouches for the key.
    #[must_use]
    pub const fn trust(&self) -> KeyTrust {
        self.summary.trust
    }

    /// Returns the key's kind and size.
    #[must_use]
    pub const fn algorithm(&self) -> KeyAlgorithm {
        self.summary.algorithm
    }

    /// Returns the scheme and hash that the key is bound to.
    #[must_use]
    pub const fn scheme(&self) -> SigningScheme {
        self.summary.scheme
    }

    /// Returns the key's numbers.
    #[must_use]
    pub const fn public_key(&self) -> &PublicKey<'a> {
        &self.key
    }

    /// Returns the key's Name, its algorithms and what vouches for it, as a value that can
    /// be kept without borrowing.
    #[must_use]
    pub const fn summary(&self) -> &KeySummary {
        &self.summary
    }

    /// Prepares an engine for this key, for [`Verifier::crypto`]: worthwhile if the key signs
    /// more than one attestation.
    #[must_use]
    pub fn prepare(&self) -> PreparedKey<'a> {
        PreparedKey::new(self.key)
    }

    /// The key, now that something vouches for it.
    pub(crate) const fn anchored(mut self, trust: KeyTrust, qualified_name: Option<Name>) -> Self {
        self.summary.trust = trust;
        self.summary.own = trust;
        self.qualified_name = qualified_name;
        self
    }

    /// The key, now that this one vouches for it: no chain is worth more than its weakest link.
    /// A certificate has the numbers of that key alone, so that whether it signs only what a
    /// TPM made is the word of the sender and the issuer.
    pub(crate) const fn anchored_by(
        self,
        trusted: &KeySummary,
        trust: KeyTrust,
        qualified_name: Name,
    ) -> Self {
        let mut key = self.anchored(trust, Some(qualified_name));
        if matches!(trusted.trust, KeyTrust::Certificate) {
            key.summary.trust = KeyTrust::Certificate;
        }
        key.summary.behind = Behind::of(trusted.link(), trusted.behind);
        key
    }

    /// The key, now that this endorsement key vouches for it.
    #[cfg(feature = "credential")]
    pub(crate) const fn activated_by(self, endorsement: KeyLink) -> Self {
        let mut key = self.anchored(KeyTrust::Activated, None);
        key.summary.behind = Behind::of(endorsement, Behind::NONE);
        key
    }

    /// The key, and whether its certificate is vouched for by a signature with SHA-1.
    #[cfg(feature = "certificate")]
    pub(crate) const fn by_sha1(mut self, by_sha1: bool) -> Self {
        self.summary.by_sha1 = by_sha1;
        self
    }

    /// Whether no other key can be vouched for by this one: the chain would be too long.
    pub(crate) const fn is_last(&self) -> bool {
        self.summary.behind.is_full()
    }

    /// The key, now that this line vouches for it.
    pub(crate) const fn by_line(mut self, line: u32) -> Self {
        self.summary.line = line;
        self
    }

    /// The checks of a key that nothing vouches for yet, in their order. The error is the
    /// small one: it becomes an [`Error`](crate::Error) in one place.
    pub(crate) fn judge(
        public: &Tpm2bPublic<'a>,
        verifier: &Verifier<'_>,
        passed: &mut CheckSet,
    ) -> Result<Self, KeyProblem> {
        let area = public.value();
        let rules = verifier.rules;
        let (key, algorithm, scheme) = match &area.key {
            TpmuPublic::Rsa(rsa) => {
                passed.insert(Check::KeyType);
                check_attributes(area.object_attributes)?;
                passed.insert(Check::KeyAttributes);
                let (key, algorithm) = check_rsa_strength(rsa, rules)?;
                (key, algorithm, check_rsa_scheme(&rsa.parameters))
            }
            TpmuPublic::Ecc(ecc) => {
                passed.insert(Check::KeyType);
                check_attributes(area.object_attributes)?;
                passed.insert(Check::KeyAttributes);
                let (key, algorithm) = check_ecc_strength(ecc)?;
                (key, algorithm, check_ecc_scheme(&ecc.parameters))
            }
            other => {
                let found = other.selector();
                return Err(KeyProblem::Type { found });
            }
        };
        check_numbers(&key, verifier.crypto)?;
        passed.insert(Check::KeyStrength);
        let scheme = scheme.and_then(|scheme| check_name(area, rules).map(|()| scheme))?;
        let name = Name::of_public(public).ok_or(KeyProblem::NameAlgUnsupported(area.name_alg))?;
        passed.insert(Check::KeyScheme);
        Ok(Self {
            key,
            summary: KeySummary {
                name,
                algorithm,
                scheme,
                trust: KeyTrust::SelfAsserted,
                own: KeyTrust::SelfAsserted,
                by_sha1: false,
                behind: Behind::NONE,
                line: 0,
            },
            qualified_name: None,
        })
    }
}
