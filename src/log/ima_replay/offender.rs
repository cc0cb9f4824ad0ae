//! [`ImaOffender`]: an entry that is not allowed, as it is shown.

use core::fmt;

use super::{key::ImaSignatureState, proven::ProvenImaEntry};
use crate::{
    log::ima::ImaDigest,
    verify::error::{Excerpt, ImaLabel, ImaProblem},
};

/// An entry that a policy does not allow.
#[derive(Clone, Copy)]
pub struct ImaOffender<'a> {
    number: u32,
    offset: u64,
    pcr: u8,
    is_violation: bool,
    signature: ImaSignatureState,
    shown: Shown<'a>,
}

/// What there is to show of it.
#[derive(Clone, Copy)]
enum Shown<'a> {
    /// In the list.
    Entry(ProvenImaEntry<'a>),
    /// Kept of a list that came in pieces.
    Kept {
        name: [u8; NAME],
        len: u8,
        is_cut: bool,
        digest: Option<ImaDigest<'static>>,
    },
}

/// Bytes of a name that are kept.
const NAME: usize = 255;

impl<'a> ImaOffender<'a> {
    pub(super) fn new(entry: ProvenImaEntry<'a>, signature: ImaSignatureState) -> Self {
        Self {
            number: entry.number(),
            offset: entry.claimed().offset(),
            pcr: entry.pcr(),
            is_violation: entry.is_violation(),
            signature,
            shown: Shown::Entry(entry),
        }
    }

    /// Keeps of the entry what is shown.
    pub(super) fn kept(
        entry: &ProvenImaEntry<'_>,
        signature: ImaSignatureState,
    ) -> ImaOffender<'static> {
        let whole = entry.claimed().name();
        let before = whole.len().saturating_sub(NAME);
        let end = whole.get(before..).unwrap_or_default();
        let mut name = [0; NAME];
        for (to, from) in name.iter_mut().zip(end) {
            *to = *from;
        }
        ImaOffender {
            number: entry.number(),
            offset: entry.claimed().offset(),
            pcr: entry.pcr(),
            is_violation: entry.is_violation(),
            signature,
            shown: Shown::Kept {
                name,
                len: u8::try_from(end.len()).unwrap_or(u8::MAX),
                is_cut: before > 0,
                digest: entry.digest().and_then(|digest| digest.kept()),
            },
        }
    }

    /// Returns the number of the entry in its list, counted from 0.
    #[must_use]
    pub const fn number(&self) -> u32 {
        self.number
    }

    /// Returns the PCR that was extended.
    #[must_use]
    pub const fn pcr(&self) -> u8 {
        self.pcr
    }

    /// Returns whether the entry is a violation.
    #[must_use]
    pub const fn is_violation(&self) -> bool {
        self.is_violation
    }

    /// Returns what the signature of the file is worth, if the policy has keys.
    #[must_use]
    pub const fn signature(&self) -> ImaSignatureState {
        self.signature
    }

    /// Returns the digest of the file or buffer; `None` for a violation, and of a list that came
    /// in pieces if the hash is none of the kernel's.
    #[must_use]
    pub fn digest(&self) -> Option<ImaDigest<'_>> {
        match &self.shown {
            Shown::Entry(entry) => entry.digest(),
            Shown::Kept { digest, .. } => *digest,
        }
    }

    /// Returns the name; `None` for a violation. Of a list that came in pieces, it is the last
    /// 255 bytes, see [`is_cut`](Self::is_cut).
    #[must_use]
    pub fn name(&self) -> Option<&[u8]> {
        (!self.is_violation).then(|| self.claimed_name())
    }

    /// Returns whether the beginning of the name is missing.
    #[must_use]
    pub const fn is_cut(&self) -> bool {
        matches!(self.shown, Shown::Kept { is_cut: true, .. })
    }

    fn claimed_name(&self) -> &[u8] {
        match &self.shown {
            Shown::Entry(entry) => entry.claimed().name(),
            Shown::Kept { name, len, .. } => name.get(..usize::from(*len)).unwrap_or_default(),
        }
    }

    /// What is wrong with the entry, which is the first of so many, and where it is.
    pub(super) fn problem(&self, unknown: u32, unprotected: u32) -> (ImaProblem, usize) {
        let entry = self.number;
        let problem = match self.is_violation {
            true => ImaProblem::Violation {
                entry,
                count: unprotected,
            },
            false => ImaProblem::NotAllowed {
                entry,
                count: unknown,
                digest: match self.digest() {
                    Some(digest) => Excerpt::new(digest.bytes()),
                    None => Excerpt::new(&[]),
                },
                name: ImaLabel::new(self.claimed_name()),
            },
        };
        (problem, usize::try_from(self.offset).unwrap_or(usize::MAX))
    }
}

impl fmt::Debug for ImaOffender<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ImaOffender")
            .field("number", &self.number)
            .field("pcr", &self.pcr)
            .field("digest", &self.digest())
            .field("signature", &self.signature)
            .finish_non_exhaustive()
    }
}
