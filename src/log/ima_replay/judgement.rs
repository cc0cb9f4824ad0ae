//! [`ImaJudgement`]: what a policy says of all proven entries.

use super::{
    key::{ImaKey, ImaSignatureState},
    offender::ImaOffender,
    policy::{ImaPolicy, ImaVerdict},
    proven::{ProvenIma, ProvenImaEntry},
};
use crate::{
    verify::{
        Error,
        error::{Excerpt, ImaLabel, ImaProblem, Unknown},
    },
    wire::Hex,
};

/// Entries that are shown of those that are not allowed.
const SHOWN: usize = 8;
/// Keys that are shown of those that signed files.
pub(super) const SIGNERS: usize = 16;

/// A key that signed files of a list.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ImaSigner {
    fingerprint: [u8; 32],
    entries: u32,
}

impl ImaSigner {
    /// Returns the fingerprint of the key, see [`ImaKey::fingerprint`].
    #[must_use]
    pub const fn fingerprint(&self) -> &[u8; 32] {
        &self.fingerprint
    }

    /// Returns how many entries are allowed by its signatures.
    #[must_use]
    pub const fn entries(&self) -> u32 {
        self.entries
    }
}

impl ImaSigner {
    pub(super) const fn new(fingerprint: [u8; 32], entries: u32) -> Self {
        Self {
            fingerprint,
            entries,
        }
    }
}

impl core::fmt::Debug for ImaSigner {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("ImaSigner")
            .field("fingerprint", &Hex(&self.fingerprint))
            .field("entries", &self.entries)
            .finish()
    }
}

/// What a policy said of earlier entries, all of which it accepted.
#[derive(Clone, Copy)]
pub(super) struct Accepted {
    /// A digest of the policy.
    pub(super) policy: [u8; 32],
    pub(super) allowed: u32,
    pub(super) signed: u32,
    pub(super) unprotected: u32,
    pub(super) signers: [Option<ImaSigner>; SIGNERS],
}

/// What a policy says of all proven entries. It can only be made by [`ProvenIma::judge`].
#[derive(Clone, Copy, Debug)]
pub struct ImaJudgement<'a> {
    allowed: u32,
    signed: u32,
    unknown: u32,
    not_judged: u32,
    unprotected: u32,
    has_keys: bool,
    signers: [Option<ImaSigner>; SIGNERS],
    first_unknown: [Option<ImaOffender<'a>>; SHOWN],
    /// The first entry that is not allowed.
    refused: Option<ImaOffender<'a>>,
    /// The first required digest that no entry has in time.
    missing: Option<Excerpt>,
    /// Why IMA's own policy is not known to be the required one.
    not_in_force: Option<ImaProblem>,
}

impl<'a> ImaJudgement<'a> {
    /// Returns how many entries are allowed by their digests.
    #[must_use]
    pub const fn allowed(&self) -> u32 {
        self.allowed
    }

    /// Returns how many entries are allowed by signatures: their digests are not.
    #[must_use]
    pub const fn signed(&self) -> u32 {
        self.signed
    }

    /// Returns the keys that signed these, 16 at most, in the order of their first entries.
    pub fn signers(&self) -> impl Iterator<Item = ImaSigner> + use<> {
        self.signers.into_iter().flatten()
    }

    /// Returns whether the policy has keys: without any, signatures are not looked at.
    #[must_use]
    pub const fn has_keys(&self) -> bool {
        self.has_keys
    }

    /// Returns how many entries are neither allowed nor signed by one of the keys.
    #[must_use]
    pub const fn unknown(&self) -> u32 {
        self.unknown
    }

    /// Returns how many of these have a signature that is not judged: see
    /// [`ImaSignatureState::NotJudged`].
    #[must_use]
    pub const fn signatures_not_judged(&self) -> u32 {
        self.not_judged
    }

    /// Returns how many entries are violations.
    #[must_use]
    pub const fn unprotected(&self) -> u32 {
        self.unprotected
    }

    /// Returns the first entries that are neither allowed nor signed, 8 at most.
    pub fn first_unknown(&self) -> impl Iterator<Item = ImaOffender<'a>> + use<'a> {
        self.first_unknown.into_iter().flatten()
    }

    /// Checks that every entry is allowed, that what is required was measured, and that IMA's own
    /// policy was in force if that is required.
    ///
    /// # Errors
    /// An entry is not allowed, a required one is missing, or another policy was in force.
    pub fn check(&self) -> Result<(), Error> {
        if let Some(refused) = &self.refused {
            let (problem, at) = refused.problem(self.unknown, self.unprotected);
            return Err(Error::from(problem).at(at));
        }
        if let Some(digest) = self.missing {
            return Err(ImaProblem::Required { digest }.into());
        }
        self.not_in_force
            .map_or(Ok(()), |problem| Err(problem.into()))
    }

    /// The same, with what the boot says of IMA's own policy.
    pub(in crate::log) const fn with_in_force(self, not_in_force: Option<ImaProblem>) -> Self {
        Self {
            not_in_force,
            ..self
        }
    }
}

impl<'a> ProvenIma<'a> {
    /// Judges every proven entry by a policy.
    #[must_use]
    pub fn judge(&self, policy: &ImaPolicy<'_>) -> ImaJudgement<'a> {
        let mut judgement = ImaJudgement::new(policy);
        for entry in self.entries() {
            judgement.judge(policy, &entry, |state| ImaOffender::new(entry, state));
        }
        // If an entry is not allowed, `check` reports that and not what is missing, so that here all
        // entries count.
        judgement.missing = policy
            .required
            .iter()
            .find(|required| {
                !self.entries().any(|entry| {
                    // The order of entries of different PCRs is not proven.
                    let counts = entry.is_of_ima_pcr() && !entry.is_boot_aggregate();
                    counts && entry.digest() == Some(**required)
                })
            })
            .map(|required| Excerpt::new(required.bytes()));
        judgement
    }
}

impl<'a> ImaJudgement<'a> {
    /// Of no entries.
    pub(super) fn new(policy: &ImaPolicy<'_>) -> Self {
        Self {
            allowed: 0,
            signed: 0,
            unknown: 0,
            not_judged: 0,
            unprotected: 0,
            has_keys: !policy.keys.is_empty(),
            signers: [None; SIGNERS],
            first_unknown: [None; SHOWN],
            refused: None,
            missing: None,
            // Only the boot can tell.
            not_in_force: policy.in_force().first().map(|name| {
                let policy = ImaLabel::new(name.as_bytes());
                let reason = Unknown::NoLog;
                ImaProblem::PolicyUnknown { policy, reason }
            }),
        }
    }

    /// Of the entries that a state stands for, all of which were accepted.
    pub(super) fn resumed(policy: &ImaPolicy<'_>, accepted: &Accepted) -> Self {
        Self {
            allowed: accepted.allowed,
            signed: accepted.signed,
            unprotected: accepted.unprotected,
            signers: accepted.signers,
            ..Self::new(policy)
        }
    }

    /// What is kept of it, once it accepted all entries.
    pub(super) const fn accepted(&self, policy: [u8; 32]) -> Accepted {
        Accepted {
            policy,
            allowed: self.allowed,
            signed: self.signed,
            unprotected: self.unprotected,
            signers: self.signers,
        }
    }

    /// Judges the next entry, of which `shown` makes what is shown.
    pub(super) fn judge(
        &mut self,
        policy: &ImaPolicy<'_>,
        entry: &ProvenImaEntry<'_>,
        shown: impl FnOnce(ImaSignatureState) -> ImaOffender<'a>,
    ) {
        let more = |count: &mut u32| *count = count.saturating_add(1);
        let (verdict, state) = policy.judge(entry);
        let is_refused = match verdict {
            ImaVerdict::BootAggregate => false,
            ImaVerdict::Allowed => {
                more(&mut self.allowed);
                false
            }
            ImaVerdict::Signed { key } => {
                more(&mut self.signed);
                if let Some(key) = policy.keys.get(key) {
                    self.signed_by(key);
                }
                false
            }
            ImaVerdict::Unknown => {
                more(&mut self.unknown);
                if state == ImaSignatureState::NotJudged {
                    more(&mut self.not_judged);
                }
                true
            }
            ImaVerdict::Unprotected => {
                more(&mut self.unprotected);
                !policy.allows_violations
            }
        };
        let is_first = is_refused && self.refused.is_none();
        let free = self.first_unknown.iter_mut().find(|place| place.is_none());
        let free = free.filter(|_| verdict == ImaVerdict::Unknown);
        if is_first || free.is_some() {
            let shown = shown(state);
            if is_first {
                self.refused = Some(shown);
            }
            if let Some(place) = free {
                *place = Some(shown);
            }
        }
    }

    /// The same judgement, in which this required digest is missing.
    pub(super) const fn with_missing(self, missing: Option<Excerpt>) -> Self {
        Self { missing, ..self }
    }

    fn signed_by(&mut self, key: &ImaKey<'_>) {
        let is_of_key = |place: &Option<ImaSigner>| {
            place.is_none_or(|signer| signer.fingerprint == *key.fingerprint())
        };
        if let Some(place) = self.signers.iter_mut().find(|place| is_of_key(place)) {
            let entries = place.map_or(0, |signer| signer.entries).saturating_add(1);
            *place = Some(ImaSigner {
                fingerprint: *key.fingerprint(),
                entries,
            });
        }
    }
}
