//! [`Terms`]: what a caller wants of evidence, as values that borrow nothing.

use alloc::vec::Vec;

use tpm_quote::{
    Nonce, Pcr, PcrSet, Tier,
    types::TpmHandle,
    verify::{Ancestry, ClockReading},
};

use crate::{certificates::Certificates, hardware::Hardware, logs::LogTerms, trust::Trust};

/// What evidence has to fulfil, but for its nonce.
pub struct Terms {
    pub tier: Tier,
    pub required: Option<PcrSet>,
    pub baseline: Option<Vec<(Pcr, Vec<Vec<u8>>)>>,
    pub names: Option<Vec<tpm_quote::Name>>,
    /// The public area of a key that has to certify the key.
    pub certifier: Option<Vec<u8>>,
    /// What that key signed, and its signature.
    pub certify: Option<(Vec<u8>, Vec<u8>)>,
    pub creation: Option<Vec<u8>>,
    pub certify_nonce: Option<Nonce>,
    pub anchored: bool,
    pub ancestry: Option<Ancestry>,
    pub safe_clock: bool,
    pub since: Option<ClockReading>,
    pub reboots: bool,
    pub firmware: Option<u64>,
    /// Whether an attestation of another kind than a quote may leave out its signer.
    pub empty_signer: bool,
    pub sha1_signatures: bool,
    pub sha1_names: bool,
    pub certificates: Option<Certificates>,
    /// Whose keys are trusted. What else could vouch for a key is then not given.
    pub trust: Option<Trust>,
    pub logs: LogTerms,
    /// A processor that has to vouch for the key in Azure's evidence.
    pub hardware: Option<Hardware>,
}

impl Terms {
    /// The setting that compares more of a key than its numbers, if one is given.
    pub(crate) fn of_public_area(&self) -> Option<&'static str> {
        let settings = [
            ("ak_names", self.names.is_some()),
            ("certified_by", self.certifier.is_some()),
            ("hierarchy", self.ancestry.is_some()),
            ("since", self.since.is_some()),
        ];
        let given = settings.into_iter().find(|(_, given)| *given);
        given.map(|(setting, _)| setting)
    }
}

impl Default for Terms {
    /// Nothing but what the library always wants, of the tier maximum.
    fn default() -> Self {
        Self {
            tier: Tier::Maximum,
            required: None,
            baseline: None,
            names: None,
            certifier: None,
            certify: None,
            creation: None,
            certify_nonce: None,
            anchored: false,
            ancestry: None,
            safe_clock: false,
            since: None,
            reboots: false,
            firmware: None,
            empty_signer: false,
            sha1_signatures: false,
            sha1_names: false,
            certificates: None,
            trust: None,
            logs: LogTerms::default(),
            hardware: None,
        }
    }
}

/// The tier with this name.
pub fn tier(name: &str) -> Option<Tier> {
    let mut all = [Tier::Standard, Tier::High, Tier::Maximum].into_iter();
    all.find(|tier| tier.name() == name)
}

/// The handle of the hierarchy with this name.
pub fn hierarchy(name: &str) -> Option<TpmHandle> {
    Some(match name {
        "owner" => TpmHandle::RH_OWNER,
        "endorsement" => TpmHandle::RH_ENDORSEMENT,
        "platform" => TpmHandle::RH_PLATFORM,
        "null" => TpmHandle::RH_NULL,
        _ => return None,
    })
}

/// A version of firmware: the 16 hexadecimal digits of a report.
pub fn firmware(text: &str) -> Option<u64> {
    let digits = text.len() == 16 && text.bytes().all(|digit| digit.is_ascii_hexdigit());
    u64::from_str_radix(text, 16).ok().filter(|_| digits)
}
