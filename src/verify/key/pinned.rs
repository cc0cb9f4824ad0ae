//! Keys whose Name the caller knew beforehand.

use crate::{
    crypto::Name,
    types::Tpm2bPublic,
    verify::{
        attestation_key::{AttestationKey, KeyTrust},
        error::{AnchorProblem, Error, Excerpt},
        verifier::Verifier,
    },
};

/// Anchors. The key's own attributes, strength and scheme are judged with every anchor, and
/// an anchored key cannot be made without one:
///
/// ```
/// # use tpm_quote::{AttestationKey, Nonce, Tpm2bPublic, types::Tpm2bCreationData, verify::SignedAttest};
/// # fn with<'a>(public: &Tpm2bPublic<'a>, creation: &Tpm2bCreationData<'_>, signed: &SignedAttest<'_>, trusted: &AttestationKey<'_>, nonce: Nonce) -> Result<AttestationKey<'a>, tpm_quote::Error> {
/// AttestationKey::pinned(public, &[[0; 34]])?;
/// AttestationKey::created_under(public, creation, signed, trusted, nonce)?;
/// AttestationKey::certified_by(public, signed, trusted, nonce)
/// # }
/// ```
///
/// ```compile_fail,E0061
/// # use tpm_quote::{AttestationKey, Tpm2bPublic};
/// fn pinned<'a>(public: &Tpm2bPublic<'a>) -> AttestationKey<'a> {
///     AttestationKey::pinned(public).unwrap() // the Names are missing
/// }
/// ```
///
/// ```compile_fail,E0061
/// # use tpm_quote::{AttestationKey, Nonce, Tpm2bPublic, verify::SignedAttest};
/// # fn with<'a>(public: &Tpm2bPublic<'a>, signed: &SignedAttest<'_>, nonce: Nonce) -> Result<AttestationKey<'a>, tpm_quote::Error> {
/// AttestationKey::certified_by(public, signed, nonce) // the other key is missing
/// # }
/// ```
///
/// ```compile_fail,E0061
/// # use tpm_quote::{AttestationKey, Tpm2bPublic, verify::SignedAttest};
/// # fn with<'a>(public: &Tpm2bPublic<'a>, signed: &SignedAttest<'_>, trusted: &AttestationKey<'_>) -> Result<AttestationKey<'a>, tpm_quote::Error> {
/// AttestationKey::certified_by(public, signed, trusted) // the nonce is missing
/// # }
/// ```
///
/// ```compile_fail,E0061
/// # use tpm_quote::{AttestationKey, Nonce, Tpm2bPublic, verify::SignedAttest};
/// # fn with<'a>(public: &Tpm2bPublic<'a>, signed: &SignedAttest<'_>, trusted: &AttestationKey<'_>, nonce: Nonce) -> Result<AttestationKey<'a>, tpm_quote::Error> {
/// AttestationKey::created_under(public, signed, trusted, nonce) // the creation data are missing
/// # }
/// ```
///
/// ```compile_fail,E0451
/// # use tpm_quote::{AttestationKey, KeyTrust, verify::KeySummary};
/// fn pinned(key: &AttestationKey<'_>) -> KeySummary {
///     KeySummary { trust: KeyTrust::Pinned, ..*key.summary() }
/// }
/// ```
///
/// ```compile_fail,E0451
/// # use tpm_quote::{AttestationKey, verify::KeySummary};
/// fn pinned<'a>(key: AttestationKey<'a>, summary: KeySummary) -> AttestationKey<'a> {
///     AttestationKey { summary, ..key }
/// }
/// ```
///
/// ```compile_fail,E0616
/// # use tpm_quote::{AttestationKey, verify::KeySummary};
/// fn certify(key: &mut AttestationKey<'_>, summary: KeySummary) {
///     key.summary = summary;
/// }
/// ```
impl<'a> AttestationKey<'a> {
    /// Judges a key whose Name has to be one of `names`: [`Name`]s, or slices or arrays of
    /// bytes, each a hash id of two bytes and a digest.
    ///
    /// A key that is made afresh for each request cannot be pinned.
    ///
    /// # Errors
    /// Same errors as [`self_asserted`](Self::self_asserted); or `key-anchor`: its Name is
    /// not in the list, or the list is empty.
    pub fn pinned<N: AsRef<[u8]>>(public: &Tpm2bPublic<'a>, names: &[N]) -> Result<Self, Error> {
        Verifier::new().pinned(public, names)
    }
}

impl Verifier<'_> {
    /// Judges a key whose Name has to be one of `names`: see [`AttestationKey::pinned`].
    ///
    /// # Errors
    /// Same errors as [`AttestationKey::pinned`].
    pub fn pinned<'a, N: AsRef<[u8]>>(
        &self,
        public: &Tpm2bPublic<'a>,
        names: &[N],
    ) -> Result<AttestationKey<'a>, Error> {
        let key = self.self_asserted(public)?;
        let name = key.name().as_ref();
        let is_known = names.iter().any(|known| known.as_ref() == name);
        Ok(pin(key, names.is_empty(), is_known)?)
    }
}

/// The judged key, if its Name is in the list.
pub(super) fn pin(
    key: AttestationKey<'_>,
    list_is_empty: bool,
    is_known: bool,
) -> Result<AttestationKey<'_>, AnchorProblem> {
    match (list_is_empty, is_known) {
        (true, _) => Err(AnchorProblem::NoPinnedNames),
        (false, false) => {
            let name: &Name = key.name();
            let name = Excerpt::new(name.as_ref());
            Err(AnchorProblem::NameNotPinned { name })
        }
        (false, true) => Ok(key.anchored(KeyTrust::Pinned, None)),
    }
}
