//! [`Verified`]: an attestation that passed every check.

use crate::{
    crypto::Name,
    types::{TpmHandle, TpmSt, TpmsAttest, TpmsClockInfo},
    verify::{
        attestation_key::{KeyAlgorithm, KeySummary, KeyTrust, SigningScheme},
        policy::{Ancestry, ClockReading},
    },
};

/// An attestation that passed every check of its kind. It can only be made by a
/// verification, and one kind cannot be used as another.
///
/// It says what the key signed; [`key_trust`](Self::key_trust) says what vouches for the key.
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
/// trust(quote); // attests PCRs, not an object
/// # }
/// ```
///
/// ```compile_fail,E0308
/// # use tpm_quote::{KeyTrust, VerifiedQuote, verify::{VerifiedCertify, VerifiedTime}};
/// # fn trust(certified: &VerifiedCertify<'_>) -> KeyTrust {
/// #     certified.key_trust()
/// # }
/// # fn of(quote: &VerifiedQuote<'_>, certified: &VerifiedCertify<'_>, time: &VerifiedTime<'_>) {
/// trust(time); // attests a clock, not an object
/// # }
/// ```
///
/// It cannot be changed:
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
    /// Returns what this kind of attestation says.
    #[must_use]
    pub const fn facts(&self) -> &F {
        &self.facts
    }

    /// The tag of its kind, as it was signed.
    #[must_use]
    pub const fn attest_type(&self) -> TpmSt {
        self.attest.attested.selector()
    }

    /// Returns the key: its Name, its algorithms and what vouches for it.
    #[must_use]
    pub const fn key(&self) -> &KeySummary {
        &self.key
    }

    /// Returns what vouches for the key.
    #[must_use]
    pub const fn key_trust(&self) -> KeyTrust {
        self.key.trust()
    }

    /// Returns the Name of the key, which is empty if only its numbers are known.
    #[must_use]
    pub const fn key_name(&self) -> &Name {
        self.key.name()
    }

    /// Returns the kind and size of the key.
    #[must_use]
    pub const fn key_algorithm(&self) -> KeyAlgorithm {
        self.key.algorithm()
    }

    /// Returns the scheme and hash that the key is bound to.
    #[must_use]
    pub const fn key_scheme(&self) -> SigningScheme {
        self.key.scheme()
    }

    /// Returns the nonce.
    #[must_use]
    pub const fn nonce(&self) -> &'a [u8] {
        self.attest.extra_data.bytes()
    }

    /// Returns the qualified name of the key, as the attestation gives it. It was compared
    /// with the policy's ancestry and with the key's anchor, where these determine it.
    #[must_use]
    pub const fn qualified_signer(&self) -> &'a [u8] {
        self.attest.qualified_signer.bytes()
    }

    /// Returns the hierarchy of the key: that of the policy's ancestry or, for a primary key,
    /// the one that fits its qualified name. `None` if the policy has no ancestry and the key
    /// is not a primary key.
    ///
    /// Only the attestation itself shows this: it is worth as much as the key.
    #[must_use]
    pub fn hierarchy(&self) -> Option<TpmHandle> {
        Ancestry::hierarchy_of(self.key.name(), &self.attest, self.hierarchy)
    }

    /// Returns whether the TPM obfuscated the counters and the firmware version: it does so
    /// unless the key is in the endorsement or platform hierarchy. `None` if the hierarchy is
    /// not known.
    #[must_use]
    pub fn is_obfuscated(&self) -> Option<bool> {
        let plain = [TpmHandle::RH_ENDORSEMENT, TpmHandle::RH_PLATFORM];
        self.hierarchy()
            .map(|hierarchy| !plain.contains(&hierarchy))
    }

    /// Returns the clock and the counters. The counters are obfuscated unless the key is in
    /// the endorsement or platform hierarchy.
    #[must_use]
    pub const fn clock_info(&self) -> &TpmsClockInfo {
        &self.attest.clock_info
    }

    /// Returns a reading for the policy of a later attestation by this key
    /// ([`ClockPolicy::since`](crate::verify::ClockPolicy::since)).
    #[must_use]
    pub const fn clock_reading(&self) -> ClockReading {
        ClockReading::new(*self.key.name(), self.attest.clock_info)
    }

    /// Returns the vendor's firmware version, obfuscated like the counters.
    #[must_use]
    pub const fn firmware_version(&self) -> u64 {
        self.attest.firmware_version
    }
}
