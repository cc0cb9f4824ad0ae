//! [`Authority`]: what let images run.

use super::{
    fact::Fact,
    variables::{POLICY, is_entry},
    walk::{Is, Side, Step},
};
use crate::{
    crypto::Hasher,
    log::{
        proven::ProvenEvent,
        replay::Replay,
        structures::{EfiVariable, Guid},
    },
    types::TpmAlgId,
    verify::error::Unknown,
};

/// Something that firmware or shim relied on when it let an image run, or that shim says of its
/// own state: an entry of `db`, a certificate of shim, `SbatLevel`, `MokListTrusted` and others.
///
/// That there is one does not say that Secure Boot was on.
#[derive(Clone, Copy, Debug)]
pub struct Authority<'a> {
    event: ProvenEvent<'a>,
    variable: EfiVariable<'a>,
    side: Side,
}

/// Variables by which shim says something of its state.
const STATES: [&str; 5] = [
    "SbatLevel",
    "MokSBState",
    "MokListTrusted",
    "MokPolicy",
    "MokDBState",
];

impl<'a> Authority<'a> {
    fn new(step: Step<'a>) -> Option<Self> {
        let Is::Variable(variable) = step.is else {
            return None;
        };
        // The variables of Secure Boot as a whole are what firmware begins with.
        let is_whole = step.side == Side::Before
            && match variable.guid() {
                Guid::GLOBAL_VARIABLE => true,
                Guid::IMAGE_SECURITY_DATABASE => {
                    let lists = ["db", "dbx", "dbt", "dbr"];
                    lists.iter().any(|name| variable.name().is(name)) && !is_entry(&step, &variable)
                }
                _ => false,
            };
        (!is_whole).then_some(Self {
            event: step.event,
            variable,
            side: step.side,
        })
    }

    /// Returns the event.
    #[must_use]
    pub const fn event(&self) -> ProvenEvent<'a> {
        self.event
    }

    /// Returns the variable: owner, name and contents are proven.
    #[must_use]
    pub const fn variable(&self) -> EfiVariable<'a> {
        self.variable
    }

    /// Returns on which side of the separator it was measured: before it for drivers, behind it
    /// for boot loaders and what they start.
    #[must_use]
    pub const fn side(&self) -> Side {
        self.side
    }

    /// Returns who put the certificate or digest into its list, if the variable says that.
    #[must_use]
    pub fn owner(&self) -> Option<Guid> {
        self.entry().0
    }

    /// Returns the certificate, if it is one.
    #[must_use]
    pub fn certificate(&self) -> Option<&'a [u8]> {
        self.entry().1
    }

    /// Returns the SHA-256 digest of the certificate, if it is one.
    #[must_use]
    pub fn fingerprint(&self) -> Option<[u8; 32]> {
        let digest = Hasher::digest(TpmAlgId::SHA256, self.certificate()?)?;
        digest.as_ref().first_chunk().copied()
    }

    /// Returns shim's list of least versions, if it is `SbatLevel`.
    #[must_use]
    pub fn sbat(&self) -> Option<&'a [u8]> {
        let is_sbat = self.variable.is(Guid::SHIM_LOCK, "SbatLevel");
        is_sbat.then_some(self.variable.contents())
    }

    /// Whether it says something of shim's state, and lets nothing run.
    #[must_use]
    pub fn is_state(&self) -> bool {
        STATES
            .iter()
            .any(|name| self.variable.is(Guid::SHIM_LOCK, name))
    }

    /// Owner and certificate: old versions of shim measure the certificate alone.
    fn entry(&self) -> (Option<Guid>, Option<&'a [u8]>) {
        let contents = self.variable.contents();
        if self.is_state() {
            return (None, None);
        }
        if is_certificate(contents) {
            return (None, Some(contents));
        }
        match contents.split_first_chunk() {
            Some((owner, data)) if is_certificate(data) => (Some(Guid(*owner)), Some(data)),
            // The digest of an image, in `db`.
            Some((owner, data)) if matches!(data.len(), 20 | 32 | 48 | 64) => {
                (Some(Guid(*owner)), None)
            }
            _ => (None, None),
        }
    }
}

/// Whether bytes are one DER SEQUENCE of the length of a certificate, and nothing else.
fn is_certificate(bytes: &[u8]) -> bool {
    let [0x30, 0x82, high, low, rest @ ..] = bytes else {
        return false;
    };
    usize::from(u16::from_be_bytes([*high, *low])) == rest.len()
}

impl<'a> Replay<'a> {
    /// Returns what let images run, in the order in which it was measured into PCR 7: each
    /// certificate once, when it is first used.
    ///
    /// Whoever runs on the machine later can measure more of them. There may be none, as without
    /// Secure Boot.
    #[must_use]
    pub fn authorities(&self) -> Fact<impl Iterator<Item = Authority<'a>> + Clone> {
        let steps: Result<_, Unknown> = self.judged(POLICY);
        steps.map(|steps| steps.filter_map(Authority::new)).into()
    }
}
