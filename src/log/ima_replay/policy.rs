//! [`ImaPolicy`]: which proven entries are allowed, and which there must be.

use super::proven::{ProvenIma, ProvenImaEntry};
use crate::{
    log::ima::ImaDigest,
    verify::{
        Error,
        error::{Excerpt, ImaLabel, ImaProblem},
    },
};

/// Files that are known to be good, by their digests.
///
/// A list of digests is one, and is looked through for every entry; who has many of them keeps
/// them in a set of their own.
pub trait ImaAllowed {
    /// Whether a file or buffer with this digest is allowed. Digests by another hash or of
    /// another kind are other digests.
    fn allows(&self, digest: &ImaDigest<'_>) -> bool;
}

impl ImaAllowed for [ImaDigest<'_>] {
    fn allows(&self, digest: &ImaDigest<'_>) -> bool {
        self.iter().any(|allowed| allowed == digest)
    }
}

/// What the proven entries of an IMA list have to be: each must be allowed.
///
/// ```
/// use tpm_quote::{Error, log::{ImaDigest, ImaPolicy, Replay}};
///
/// fn app_was_measured(replay: &Replay<'_>, good: &[ImaDigest<'_>], app: &str) -> Result<(), Error> {
///     let app = [ImaDigest::parse(app).expect("such as sha256:66f751..")];
///     let policy = ImaPolicy::new(&good).require(&app);
///     replay.ima().expect("a list is among the logs").judge(&policy).check()
/// }
/// ```
#[derive(Clone, Copy)]
pub struct ImaPolicy<'p> {
    allowed: &'p dyn ImaAllowed,
    required: &'p [ImaDigest<'p>],
    allows_violations: bool,
}

impl<A: ImaAllowed + ?Sized> ImaAllowed for &A {
    fn allows(&self, digest: &ImaDigest<'_>) -> bool {
        (**self).allows(digest)
    }
}

impl<'p> ImaPolicy<'p> {
    /// Every proven entry must have one of these digests, but for `boot_aggregate` at the start.
    #[must_use]
    pub const fn new(allowed: &'p dyn ImaAllowed) -> Self {
        Self {
            allowed,
            required: &[],
            allows_violations: false,
        }
    }

    /// Each of these must have been measured: it is allowed, and an entry of PCR 10 has it before
    /// the first one that is not allowed. Whoever runs later can extend the PCR with any digest.
    #[must_use]
    pub const fn require(self, digests: &'p [ImaDigest<'p>]) -> Self {
        Self {
            required: digests,
            ..self
        }
    }

    /// Accepts violations: files that were written while they were in use, so that nothing is
    /// known of what was read or run.
    #[must_use]
    pub const fn dangerous_allow_violations(self) -> Self {
        Self {
            allows_violations: true,
            ..self
        }
    }

    /// Judges an entry alone.
    #[must_use]
    pub fn verdict(&self, entry: &ProvenImaEntry<'_>) -> ImaVerdict {
        if entry.is_violation() {
            return ImaVerdict::Unprotected;
        }
        if entry.is_boot_aggregate() {
            return ImaVerdict::BootAggregate;
        }
        match entry.digest() {
            Some(digest) if self.allowed.allows(&digest) => ImaVerdict::Allowed,
            _ => ImaVerdict::Unknown,
        }
    }
}

impl core::fmt::Debug for ImaPolicy<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("ImaPolicy")
            .field("required", &self.required)
            .field("allows_violations", &self.allows_violations)
            .finish_non_exhaustive()
    }
}

/// What a policy says of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ImaVerdict {
    /// The digest is allowed.
    Allowed,
    /// The entry is not about a file, but about the PCRs when IMA started.
    BootAggregate,
    /// The digest is not allowed.
    Unknown,
    /// The entry is a violation, of which nothing is protected.
    Unprotected,
}

impl ImaVerdict {
    /// Returns the stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::BootAggregate => "boot-aggregate",
            Self::Unknown => "unknown",
            Self::Unprotected => "unprotected",
        }
    }
}

/// Entries that are shown of those that are not allowed.
const SHOWN: usize = 8;

/// What a policy says of all proven entries. It can only be made by [`ProvenIma::judge`].
#[derive(Clone, Copy, Debug)]
pub struct ImaJudgement<'a> {
    allowed: u32,
    unknown: u32,
    unprotected: u32,
    first_unknown: [Option<ProvenImaEntry<'a>>; SHOWN],
    /// The first entry that is not allowed.
    refused: Option<ProvenImaEntry<'a>>,
    /// The first required digest that no entry has in time.
    missing: Option<Excerpt>,
}

impl<'a> ImaJudgement<'a> {
    /// Returns how many entries are allowed by their digests.
    #[must_use]
    pub const fn allowed(&self) -> u32 {
        self.allowed
    }

    /// Returns how many entries have digests that are not allowed.
    #[must_use]
    pub const fn unknown(&self) -> u32 {
        self.unknown
    }

    /// Returns how many entries are violations.
    #[must_use]
    pub const fn unprotected(&self) -> u32 {
        self.unprotected
    }

    /// Returns the first entries whose digests are not allowed, 8 at most.
    pub fn first_unknown(&self) -> impl Iterator<Item = ProvenImaEntry<'a>> + use<'a> {
        self.first_unknown.into_iter().flatten()
    }

    /// Checks that every entry is allowed, and that what is required was measured.
    ///
    /// # Errors
    /// An entry is not allowed, or a required one is missing.
    pub fn check(&self) -> Result<(), Error> {
        if let Some(entry) = &self.refused {
            let number = entry.number();
            let at = usize::try_from(entry.claimed().offset()).unwrap_or(usize::MAX);
            let problem = match entry.digest() {
                Some(digest) => ImaProblem::NotAllowed {
                    entry: number,
                    count: self.unknown,
                    digest: Excerpt::new(digest.bytes()),
                    name: ImaLabel::new(entry.claimed().name()),
                },
                None if entry.is_violation() => ImaProblem::Violation {
                    entry: number,
                    count: self.unprotected,
                },
                None => ImaProblem::NotAllowed {
                    entry: number,
                    count: self.unknown,
                    digest: Excerpt::new(&[]),
                    name: ImaLabel::new(entry.claimed().name()),
                },
            };
            return Err(Error::from(problem).at(at));
        }
        match self.missing {
            Some(digest) => Err(ImaProblem::Required { digest }.into()),
            None => Ok(()),
        }
    }
}

impl<'a> ProvenIma<'a> {
    /// Judges every proven entry by a policy.
    #[must_use]
    pub fn judge(&self, policy: &ImaPolicy<'_>) -> ImaJudgement<'a> {
        let mut judgement = ImaJudgement {
            allowed: 0,
            unknown: 0,
            unprotected: 0,
            first_unknown: [None; SHOWN],
            refused: None,
            missing: None,
        };
        let mut places = judgement.first_unknown.iter_mut();
        for entry in self.entries() {
            let is_refused = match policy.verdict(&entry) {
                ImaVerdict::BootAggregate => false,
                ImaVerdict::Allowed => {
                    judgement.allowed = judgement.allowed.saturating_add(1);
                    false
                }
                ImaVerdict::Unknown => {
                    judgement.unknown = judgement.unknown.saturating_add(1);
                    if let Some(place) = places.next() {
                        *place = Some(entry);
                    }
                    true
                }
                ImaVerdict::Unprotected => {
                    judgement.unprotected = judgement.unprotected.saturating_add(1);
                    !policy.allows_violations
                }
            };
            if is_refused && judgement.refused.is_none() {
                judgement.refused = Some(entry);
            }
        }
        judgement.missing = policy
            .required
            .iter()
            .find(|required| !self.has_in_time(policy, required))
            .map(|required| Excerpt::new(required.bytes()));
        judgement
    }

    /// Whether an entry has this digest, which is allowed, before the first that is not.
    fn has_in_time(&self, policy: &ImaPolicy<'_>, required: &ImaDigest<'_>) -> bool {
        let is_good = |entry: &ProvenImaEntry<'_>| match policy.verdict(entry) {
            ImaVerdict::Allowed | ImaVerdict::BootAggregate => true,
            ImaVerdict::Unprotected => policy.allows_violations,
            ImaVerdict::Unknown => false,
        };
        // The order of entries of different PCRs is not proven.
        let mut entries = self.entries().take_while(is_good);
        entries.any(|entry| {
            let is_allowed = policy.verdict(&entry) == ImaVerdict::Allowed;
            is_allowed && entry.is_of_ima_pcr() && entry.digest() == Some(*required)
        })
    }
}
