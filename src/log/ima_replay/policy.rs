//! [`ImaPolicy`]: which proven entries are allowed, and which there must be.

use super::{
    key::{self, ImaKey, ImaSignatureState},
    proven::ProvenImaEntry,
};
use crate::log::ima::ImaDigest;

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
    pub(super) keys: &'p [ImaKey<'p>],
    pub(super) required: &'p [ImaDigest<'p>],
    in_force: &'p [&'p str],
    pub(super) allows_violations: bool,
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
            keys: &[],
            required: &[],
            in_force: &[],
            allows_violations: false,
        }
    }

    /// Every proven entry must have a signature by one of these keys, but for `boot_aggregate` at
    /// the start. Entries without a signature are allowed with [`new`](Self::new) and
    /// [`keys`](Self::keys).
    #[must_use]
    pub const fn signed(keys: &'p [ImaKey<'p>]) -> Self {
        Self::new(&NoDigest).keys(keys)
    }

    /// Entries are allowed as well if one of these keys signed the file: the signature that was
    /// its extended attribute is verified over the digest of the entry.
    ///
    /// A key allows all that it ever signed, old versions too.
    #[must_use]
    pub const fn keys(self, keys: &'p [ImaKey<'p>]) -> Self {
        Self { keys, ..self }
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

    /// Each of these policies must be one that the kernel was started with: `tcb` for
    /// `ima_policy=tcb`, in every command line that the quote proves. Only
    /// [`Replay::judge_ima`](crate::log::Replay::judge_ima) and an appraisal can tell, with the
    /// firmware's log among the logs; it fails where the command line is not known.
    ///
    /// It says what IMA measured at first. Root can load another policy later: that of the
    /// kernels' `tcb` measures the file that it is loaded from, so that a policy of your own is
    /// [required](Self::require) by its digest, and any other is not allowed.
    #[must_use]
    pub const fn require_in_force(self, policies: &'p [&'p str]) -> Self {
        Self {
            in_force: policies,
            ..self
        }
    }

    pub(in crate::log) const fn in_force(&self) -> &'p [&'p str] {
        self.in_force
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
        self.judge(entry).0
    }

    /// The verdict, and what the signature is worth where it was looked at.
    pub(super) fn judge(&self, entry: &ProvenImaEntry<'_>) -> (ImaVerdict, ImaSignatureState) {
        let alone = |verdict| (verdict, ImaSignatureState::None);
        if entry.is_violation() {
            return alone(ImaVerdict::Unprotected);
        }
        if entry.is_boot_aggregate() {
            return alone(ImaVerdict::BootAggregate);
        }
        if entry
            .digest()
            .is_some_and(|digest| self.allowed.allows(&digest))
        {
            return alone(ImaVerdict::Allowed);
        }
        match self.signature(entry) {
            state @ ImaSignatureState::Good { key } => (ImaVerdict::Signed { key }, state),
            state => (ImaVerdict::Unknown, state),
        }
    }

    /// Judges the signature of an entry by the keys, whatever its digest is worth. Of a
    /// violation, there is none.
    #[must_use]
    pub fn signature(&self, entry: &ProvenImaEntry<'_>) -> ImaSignatureState {
        key::judge(entry, self.keys)
    }
}

/// Allows nothing by its digest.
struct NoDigest;

impl ImaAllowed for NoDigest {
    fn allows(&self, _: &ImaDigest<'_>) -> bool {
        false
    }
}

impl core::fmt::Debug for ImaPolicy<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("ImaPolicy")
            .field("keys", &self.keys)
            .field("required", &self.required)
            .field("in_force", &self.in_force)
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
    /// The digest is signed by one of the keys.
    Signed {
        /// The place of this key among those of the policy.
        key: usize,
    },
    /// The entry is not about a file, but about the PCRs when IMA started.
    BootAggregate,
    /// The digest is neither allowed nor signed by one of the keys.
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
            Self::Signed { .. } => "signed",
            Self::BootAggregate => "boot-aggregate",
            Self::Unknown => "unknown",
            Self::Unprotected => "unprotected",
        }
    }
}
