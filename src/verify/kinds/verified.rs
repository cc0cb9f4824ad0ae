//! [`Verified`]: an attestation that passed every check.

use crate::{
    crypto::Name,
    types::{TpmHandle, TpmSt, TpmsAttest, TpmsClockInfo},
    verify::{
        attestation_key::{KeyAlgorithm, KeySummary, KeyTrust, SigningScheme},
        policy::{Ancestry, ClockReading},
    },
};

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
/// # use tpm_quote::verify::VerifiedCertify;
/// fn pinned(certified: VerifiedCertify<'_>) -> VerifiedCertify<'_> {
///     VerifiedCertify { hierarchy: None, ..certified }
/// }
/// ```
///
/// ```compile_fail,E0451
/// # use tpm_quote::{TpmsAttest, verify::{KeySummary, Verified}};
/// fn made<'a, F>(attest: TpmsAttest<'a>, facts: F, key: KeySummary) -> Verified<'a, F> {
///     Verified { attest, facts, key, hierarchy: None }
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
    pub(super) attest: TpmsAttest<'a>,
    pub(super) facts: F,
    pub(super) key: KeySummary,
    /// That of the policy's ancestry.
    pub(super) hierarchy: Option<TpmHandle>,
}

impl<'a, F> Verified<'a, F> {
    /// What this kind of attestation says.
    #[must_use]
    pub const fn facts(&self) -> &F {
        &self.facts
    }

    /// The tag of its kind, as it was signed.
    #[must_use]
    pub const fn attest_type(&self) -> TpmSt {
        self.attest.attested.selector()
    }

    /// The key: its Name, its algorithms and what vouches for it.
    #[must_use]
    pub const fn key(&self) -> &KeySummary {
        &self.key
    }

    /// What vouches for the key.
    #[must_use]
    pub const fn key_trust(&self) -> KeyTrust {
        self.key.trust()
    }

    /// The Name of the key; empty if only its numbers are known.
    #[must_use]
    pub const fn key_name(&self) -> &Name {
        self.key.name()
    }

    /// The kind and size of the key.
    #[must_use]
    pub const fn key_algorithm(&self) -> KeyAlgorithm {
        self.key.algorithm()
    }

    /// The scheme and hash that the key is bound to.
    #[must_use]
    pub const fn key_scheme(&self) -> SigningScheme {
        self.key.scheme()
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
        Ancestry::hierarchy_of(self.key.name(), &self.attest, self.hierarchy)
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
        ClockReading::new(*self.key.name(), self.attest.clock_info)
    }

    /// The vendor's firmware version, obfuscated like the counters.
    #[must_use]
    pub const fn firmware_version(&self) -> u64 {
        self.attest.firmware_version
    }
}
