//! `TPM2_GetSessionAuditDigest` and `TPM2_GetCommandAuditDigest`: the commands that a TPM
//! ran, and its responses (Part 1, 35; Part 3, 18.5 and 18.6).

use super::{
    attest::{other_type, sealed},
    verified::Verified,
};
use crate::{
    crypto::{Digest, Hasher, Name},
    types::{TpmAlgId, TpmSt, TpmsAttest, TpmsCommandAuditInfo, TpmsSessionAuditInfo, TpmuAttest},
    verify::{
        attestation_key::AttestationKey,
        error::{AuditProblem, Check, CheckSet, Error, Excerpt},
        policy::AttestPolicy,
    },
};

/// A verified attestation of the digest of a session's commands.
pub type VerifiedSessionAudit<'a> = Verified<'a, TpmsSessionAuditInfo<'a>>;

/// A verified attestation of the digest of all audited commands since the last such
/// attestation.
pub type VerifiedCommandAudit<'a> = Verified<'a, TpmsCommandAuditInfo<'a>>;

/// A digest over commands and their responses, as a TPM computes it.
///
/// ```
/// use tpm_quote::{TpmAlgId, verify::AuditDigest};
///
/// # fn of(answer: &[u8]) -> Option<()> {
/// const GET_RANDOM: u32 = 0x0000_017b;
/// let hash = TpmAlgId::SHA256;
/// let mut digest = AuditDigest::new(hash)?;
/// let command = AuditDigest::cp_hash(hash, GET_RANDOM, &[], &[0, 8])?; // eight bytes
/// let response = AuditDigest::rp_hash(hash, GET_RANDOM, answer)?;
/// digest.extend(command.as_ref(), response.as_ref());
/// # Some(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditDigest {
    hash: TpmAlgId,
    bytes: [u8; 64],
    len: usize,
}

impl AuditDigest {
    /// Creates the digest before the first command, which is all zeros. `None` if this crate
    /// does not have the hash.
    #[must_use]
    pub fn new(hash: TpmAlgId) -> Option<Self> {
        Hasher::new(hash)?;
        Some(Self {
            hash,
            bytes: [0; 64],
            len: hash.digest_size()?,
        })
    }

    /// Adds a successful command, by the digests of the command (`cpHash`) and of its
    /// response (`rpHash`).
    pub fn extend(&mut self, cp_hash: &[u8], rp_hash: &[u8]) {
        let Some(mut hasher) = Hasher::new(self.hash) else {
            return;
        };
        for part in [self.as_ref(), cp_hash, rp_hash] {
            hasher.update(part);
        }
        let digest = hasher.finish();
        for (to, from) in self.bytes.iter_mut().zip(digest.as_ref()) {
            *to = *from;
        }
    }

    /// Computes `cpHash`, the digest of a command: its code, the names of its handles in
    /// order, and its parameters as they are sent. `None` if this crate does not have the
    /// hash.
    #[must_use]
    pub fn cp_hash(
        hash: TpmAlgId,
        command: u32,
        names: &[Name],
        parameters: &[u8],
    ) -> Option<Digest> {
        let mut hasher = Hasher::new(hash)?;
        hasher.update(&command.to_be_bytes());
        for name in names {
            hasher.update(name.as_ref());
        }
        hasher.update(parameters);
        Some(hasher.finish())
    }

    /// Computes `rpHash`, the digest of the response of a successful command: the command's
    /// code and the response's parameters. `None` if this crate does not have the hash.
    #[must_use]
    pub fn rp_hash(hash: TpmAlgId, command: u32, parameters: &[u8]) -> Option<Digest> {
        const SUCCESS: u32 = 0;
        let mut hasher = Hasher::new(hash)?;
        hasher.update(&SUCCESS.to_be_bytes());
        hasher.update(&command.to_be_bytes());
        hasher.update(parameters);
        Some(hasher.finish())
    }

    /// Computes `commandDigest`, the digest of the list of audited commands, whose codes have
    /// to be in ascending order. `None` if this crate does not have the hash.
    #[must_use]
    pub fn of_commands(hash: TpmAlgId, commands: &[u32]) -> Option<Digest> {
        let mut hasher = Hasher::new(hash)?;
        for command in commands {
            hasher.update(&command.to_be_bytes());
        }
        Some(hasher.finish())
    }

    /// Returns the hash.
    #[must_use]
    pub const fn hash(&self) -> TpmAlgId {
        self.hash
    }
}

impl AsRef<[u8]> for AuditDigest {
    fn as_ref(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

/// The requirements on the audit of a session.
#[derive(Clone, Copy, Debug, Default)]
#[must_use]
pub struct SessionAudit<'p> {
    digest: Option<&'p [u8]>,
    exclusive: bool,
}

impl<'p> SessionAudit<'p> {
    /// Accepts any audit.
    pub fn new() -> Self {
        Self::default()
    }

    /// Requires this digest.
    pub fn digest(self, digest: &'p (impl AsRef<[u8]> + ?Sized)) -> Self {
        Self {
            digest: Some(digest.as_ref()),
            ..self
        }
    }

    /// Refuses a session if other commands were run between its own.
    pub fn require_exclusive(self) -> Self {
        Self {
            exclusive: true,
            ..self
        }
    }
}

impl<'a> sealed::Kind<'a> for SessionAudit<'_> {
    type Facts = TpmsSessionAuditInfo<'a>;
    const TYPE: TpmSt = TpmSt::ATTEST_SESSION_AUDIT;
    const CHECKS: CheckSet = CheckSet::of(&[Check::Audit]);

    fn asked(&self) -> CheckSet {
        if self.digest.is_some() || self.exclusive {
            Self::CHECKS
        } else {
            CheckSet::NONE
        }
    }

    fn check(
        &self,
        _: &AttestationKey<'_>,
        attest: &TpmsAttest<'a>,
        _: &AttestPolicy<'_>,
        passed: &mut CheckSet,
    ) -> Result<Self::Facts, Error> {
        let TpmuAttest::SessionAudit(info) = attest.attested else {
            return Err(other_type(Self::TYPE, attest));
        };
        if self.exclusive && !info.exclusive_session {
            return Err(AuditProblem::NotExclusive.into());
        }
        check_digest(self.digest, info.session_digest.bytes())?;
        passed.insert(Check::Audit);
        Ok(info)
    }
}

/// The requirements on an audit of commands.
#[derive(Clone, Copy, Debug, Default)]
#[must_use]
pub struct CommandAudit<'p> {
    digest: Option<&'p [u8]>,
    commands: Option<&'p [u32]>,
}

impl<'p> CommandAudit<'p> {
    /// Accepts any audit.
    pub fn new() -> Self {
        Self::default()
    }

    /// Requires this digest.
    pub fn digest(self, digest: &'p (impl AsRef<[u8]> + ?Sized)) -> Self {
        Self {
            digest: Some(digest.as_ref()),
            ..self
        }
    }

    /// Requires exactly these commands to be audited, by their codes in ascending order.
    pub fn commands(self, commands: &'p [u32]) -> Self {
        Self {
            commands: Some(commands),
            ..self
        }
    }
}

impl<'a> sealed::Kind<'a> for CommandAudit<'_> {
    type Facts = TpmsCommandAuditInfo<'a>;
    const TYPE: TpmSt = TpmSt::ATTEST_COMMAND_AUDIT;
    const CHECKS: CheckSet = CheckSet::of(&[Check::Audit]);

    fn asked(&self) -> CheckSet {
        if self.digest.is_some() || self.commands.is_some() {
            Self::CHECKS
        } else {
            CheckSet::NONE
        }
    }

    fn check(
        &self,
        _: &AttestationKey<'_>,
        attest: &TpmsAttest<'a>,
        _: &AttestPolicy<'_>,
        passed: &mut CheckSet,
    ) -> Result<Self::Facts, Error> {
        let TpmuAttest::CommandAudit(info) = attest.attested else {
            return Err(other_type(Self::TYPE, attest));
        };
        if let Some(commands) = self.commands {
            let hash = info.digest_alg;
            let computed = AuditDigest::of_commands(hash, commands)
                .ok_or(AuditProblem::HashUnsupported(hash))?;
            let signed = info.command_digest.bytes();
            if computed.as_ref() != signed {
                return Err(AuditProblem::Commands {
                    computed: Excerpt::new(computed.as_ref()),
                    signed: Excerpt::new(signed),
                }
                .into());
            }
        }
        check_digest(self.digest, info.audit_digest.bytes())?;
        passed.insert(Check::Audit);
        Ok(info)
    }
}

fn check_digest(expected: Option<&[u8]>, found: &[u8]) -> Result<(), AuditProblem> {
    match expected {
        Some(expected) if expected != found => Err(AuditProblem::Digest {
            expected: Excerpt::new(expected),
            found: Excerpt::new(found),
        }),
        _ => Ok(()),
    }
}
