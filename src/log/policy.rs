//! [`BootPolicy`]: what a boot must have been.

use super::{
    facts::{Authority, CommandLine, Fact, Image, MokValidation, SecureBoot, Unknown},
    proven::ProvenEvent,
    replay::Replay,
    sbat,
    structures::Guid,
};
use crate::{
    crypto::Hasher,
    types::TpmAlgId,
    verify::{
        Error, Excerpt, Pcr,
        error::{BootFact, BootList, BootPolicyProblem, BootProblem},
    },
};

/// A digest and the hash that made it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct MeasuredDigest<'p> {
    /// The hash, which is that of a bank.
    pub algorithm: TpmAlgId,
    /// The digest.
    pub digest: &'p [u8],
}

/// A command line, by its text or by the digest with which a PCR was extended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MeasuredText<'p> {
    /// The text. With and without GRUB's `BOOT_IMAGE=` in front it is the same.
    Text(&'p str),
    /// The digest of the event.
    Digest(MeasuredDigest<'p>),
}

/// Requirements for a boot, judged by [`Replay::appraise`].
///
/// Each is judged by facts that the quote proves; one that is not known fails. Whoever runs on
/// the machine later can measure more, and hide nothing: so of authorities, images and command
/// lines, each must be allowed, and what is required must be among what is allowed.
///
/// ```
/// use tpm_quote::log::{BootPolicy, MeasuredText};
///
/// let lines = [MeasuredText::Text("root=/dev/vda ro"), MeasuredText::Text("root=/dev/vda rw")];
/// let policy = BootPolicy::new()
///     .require_secure_boot()
///     .refuse_weakened()
///     .allow_command_lines(&lines);
/// # let _ = policy;
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct BootPolicy<'p> {
    secure_boot: bool,
    mok_validation: bool,
    not_weakened: bool,
    authorities: Option<&'p [[u8; 32]]>,
    required_authorities: &'p [[u8; 32]],
    images: Option<&'p [MeasuredDigest<'p>]>,
    required_images: &'p [MeasuredDigest<'p>],
    command_lines: Option<&'p [MeasuredText<'p>]>,
    required_command_lines: &'p [MeasuredText<'p>],
    sbat: Option<&'p [u8]>,
    dbx: Option<&'p [&'p [u8]]>,
    pcrs: Option<&'p [u8]>,
}

impl<'p> BootPolicy<'p> {
    /// Requires nothing yet, which [`Replay::appraise`] refuses.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            secure_boot: false,
            mok_validation: false,
            not_weakened: false,
            authorities: None,
            required_authorities: &[],
            images: None,
            required_images: &[],
            command_lines: None,
            required_command_lines: &[],
            sbat: None,
            dbx: None,
            pcrs: None,
        }
    }

    /// Requires that Secure Boot was on.
    #[must_use]
    pub const fn require_secure_boot(self) -> Self {
        Self {
            secure_boot: true,
            ..self
        }
    }

    /// Requires that shim's validation was not disabled.
    #[must_use]
    pub const fn require_mok_validation(self) -> Self {
        Self {
            mok_validation: true,
            ..self
        }
    }

    /// Refuses a boot of which firmware says that its protection was weakened: debugging, no
    /// protection from DMA, a downgraded security level.
    #[must_use]
    pub const fn refuse_weakened(self) -> Self {
        Self {
            not_weakened: true,
            ..self
        }
    }

    /// Allows only these certificates to let images run, by their SHA-256 fingerprints.
    #[must_use]
    pub const fn allow_authorities(self, fingerprints: &'p [[u8; 32]]) -> Self {
        Self {
            authorities: Some(fingerprints),
            ..self
        }
    }

    /// Requires that each of these certificates let an image run. They must be allowed, too.
    #[must_use]
    pub const fn require_authorities(self, fingerprints: &'p [[u8; 32]]) -> Self {
        Self {
            required_authorities: fingerprints,
            ..self
        }
    }

    /// Allows only these boot loaders and kernels, by their Authenticode digests. An image is
    /// judged in each quoted bank for which the list has digests, and there must be one.
    #[must_use]
    pub const fn allow_images(self, images: &'p [MeasuredDigest<'p>]) -> Self {
        Self {
            images: Some(images),
            ..self
        }
    }

    /// Requires that each of these images was loaded. They must be allowed, too.
    #[must_use]
    pub const fn require_images(self, images: &'p [MeasuredDigest<'p>]) -> Self {
        Self {
            required_images: images,
            ..self
        }
    }

    /// Allows only these command lines.
    #[must_use]
    pub const fn allow_command_lines(self, lines: &'p [MeasuredText<'p>]) -> Self {
        Self {
            command_lines: Some(lines),
            ..self
        }
    }

    /// Requires that each of these command lines was given to a kernel. They must be allowed,
    /// too.
    #[must_use]
    pub const fn require_command_lines(self, lines: &'p [MeasuredText<'p>]) -> Self {
        Self {
            required_command_lines: lines,
            ..self
        }
    }

    /// Requires that shim's `SbatLevel` has at least these generations: one component a line, its
    /// name and its generation, as in `shim,4`.
    #[must_use]
    pub const fn sbat_at_least(self, sbat: &'p [u8]) -> Self {
        Self {
            sbat: Some(sbat),
            ..self
        }
    }

    /// Requires that `dbx` has these entries: the digest of an image, or the SHA-256
    /// fingerprint of a certificate.
    #[must_use]
    pub const fn dbx_has(self, entries: &'p [&'p [u8]]) -> Self {
        Self {
            dbx: Some(entries),
            ..self
        }
    }

    /// Requires that it is known of all events of these PCRs what they are.
    #[must_use]
    pub const fn explained_pcrs(self, pcrs: &'p [u8]) -> Self {
        Self {
            pcrs: Some(pcrs),
            ..self
        }
    }

    /// Checks that the policy asks for something, and for nothing that contradicts itself.
    ///
    /// # Errors
    /// It is empty, has an empty list, or requires what it does not allow.
    pub fn check(&self) -> Result<(), Error> {
        let is_asked = self.secure_boot || self.mok_validation || self.not_weakened;
        if !is_asked
            && self.authorities.is_none()
            && self.required_authorities.is_empty()
            && self.images.is_none()
            && self.required_images.is_empty()
            && self.command_lines.is_none()
            && self.required_command_lines.is_empty()
            && self.sbat.is_none()
            && self.dbx.is_none()
            && self.pcrs.is_none()
        {
            return Err(BootPolicyProblem::Empty.into());
        }
        lists(
            BootList::Authorities,
            self.authorities,
            self.required_authorities,
        )?;
        lists(BootList::Images, self.images, self.required_images)?;
        lists(
            BootList::CommandLines,
            self.command_lines,
            self.required_command_lines,
        )?;
        lists(BootList::Dbx, self.dbx, &[])?;
        lists(BootList::Pcrs, self.pcrs, &[])?;
        for pcr in self.pcrs.into_iter().flatten() {
            Pcr::new(TpmAlgId::SHA256, *pcr)?;
        }
        if let Some(sbat) = self.sbat {
            sbat::check(sbat).map_err(|line| BootPolicyProblem::Sbat { line })?;
        }
        Ok(())
    }
}

/// A list that is there has entries, and what is required is among them.
fn lists<T: PartialEq>(
    list: BootList,
    allowed: Option<&[T]>,
    required: &[T],
) -> Result<(), BootPolicyProblem> {
    if allowed.is_some_and(<[T]>::is_empty) {
        return Err(BootPolicyProblem::NothingAllowed(list));
    }
    let allowed = allowed.unwrap_or_default();
    match required.iter().all(|one| allowed.contains(one)) {
        true => Ok(()),
        false => Err(BootPolicyProblem::RequiredNotAllowed(list)),
    }
}

impl MeasuredDigest<'_> {
    /// Whether the event has this digest, in a bank that the quote covers.
    fn is_of(&self, event: &ProvenEvent<'_>) -> bool {
        event.digest(self.algorithm) == Some(self.digest)
    }

    /// Whether these digests allow the event: in each of its banks for which there are any.
    fn allow<'d>(
        list: impl Iterator<Item = MeasuredDigest<'d>> + Clone,
        event: &ProvenEvent<'_>,
    ) -> bool {
        let mut is_allowed = false;
        for (bank, _) in event.digests() {
            let mut of_bank = list.clone().filter(|one| one.algorithm == bank).peekable();
            if of_bank.peek().is_some() {
                if !of_bank.any(|one| one.is_of(event)) {
                    return false;
                }
                is_allowed = true;
            }
        }
        is_allowed
    }
}

impl MeasuredText<'_> {
    fn is_of(&self, line: &CommandLine<'_>) -> bool {
        match self {
            Self::Text(text) => line.is(text),
            Self::Digest(digest) => digest.is_of(&line.event()),
        }
    }
}

impl Replay<'_> {
    /// Compares the boot with a policy.
    ///
    /// # Errors
    /// The check `boot-log` fails: something is not as the policy requires, or the quote does not
    /// prove that it is. A policy that makes no sense is a malformed setting.
    pub fn appraise(&self, policy: &BootPolicy<'_>) -> Result<(), Error> {
        policy.check()?;
        if policy.secure_boot {
            match known(BootFact::SecureBoot, self.secure_boot())? {
                SecureBoot::On => {}
                other => {
                    let never_set = other == SecureBoot::NeverSet;
                    return Err(BootProblem::SecureBootOff { never_set }.into());
                }
            }
        }
        if policy.mok_validation
            && known(BootFact::MokValidation, self.mok_validation())? == MokValidation::Disabled
        {
            return Err(BootProblem::MokValidationDisabled.into());
        }
        if policy.not_weakened {
            let mut actions = known(BootFact::Actions, self.actions(7))?;
            if let Some(action) = actions.find(|action| action.is_weakening()) {
                let event = action.event().number();
                return Err(BootProblem::DebugEvent { event }.into());
            }
        }
        if let Some(allowed) = policy.authorities {
            let authorities = known(BootFact::Authorities, self.authorities())?;
            judge_authorities(authorities, allowed, policy.required_authorities)?;
        }
        if let Some(allowed) = policy.images {
            let images = known(BootFact::Images, self.images())?;
            judge_images(images, allowed, policy.required_images)?;
        }
        if let Some(allowed) = policy.command_lines {
            let lines = known(BootFact::CommandLines, self.command_lines())?;
            judge_lines(lines, allowed, policy.required_command_lines)?;
        }
        if let Some(least) = policy.sbat {
            let level = known(BootFact::SbatLevel, self.sbat_level())?;
            judge_sbat(level, least)?;
        }
        if let Some(entries) = policy.dbx {
            self.judge_dbx(entries)?;
        }
        for pcr in policy.pcrs.into_iter().flatten().copied() {
            known(BootFact::Events, self.pcr_is_known(pcr))?;
            let mut unexplained = self.unexplained_events();
            if let Some(event) = unexplained.find(|event| event.pcr() == pcr) {
                let event = event.number();
                return Err(BootProblem::EventUnexplained { event, pcr }.into());
            }
        }
        Ok(())
    }

    fn judge_dbx(&self, entries: &[&[u8]]) -> Result<(), Error> {
        let dbx = self.signatures(Guid::IMAGE_SECURITY_DATABASE, "dbx");
        let lists = known(BootFact::Dbx, dbx)?;
        for wanted in entries {
            let is_it = |entry: &[u8], kind: Guid| match kind {
                Guid::CERT_X509 => Hasher::digest(TpmAlgId::SHA256, entry)
                    .is_some_and(|digest| digest.as_ref() == *wanted),
                _ => entry == *wanted,
            };
            let mut found = lists.entries();
            if !found.any(|entry| is_it(entry.data(), entry.kind())) {
                let entry = Excerpt::new(wanted);
                return Err(BootProblem::DbxEntryMissing { entry }.into());
            }
        }
        Ok(())
    }
}

/// What is known, or the error that it is not.
fn known<T>(what: BootFact, fact: Fact<T>) -> Result<T, Error> {
    match fact {
        Fact::Known(value) => Ok(value),
        Fact::Unknown(reason) => Err(unknown(what, reason)),
    }
}

#[cold]
fn unknown(fact: BootFact, reason: Unknown) -> Error {
    BootProblem::FactUnknown { fact, reason }.into()
}

fn judge_authorities<'a>(
    authorities: impl Iterator<Item = Authority<'a>> + Clone,
    allowed: &[[u8; 32]],
    required: &[[u8; 32]],
) -> Result<(), BootProblem> {
    for authority in authorities.clone().filter(|one| !one.is_state()) {
        let fingerprint = authority.fingerprint();
        if !fingerprint.is_some_and(|fingerprint| allowed.contains(&fingerprint)) {
            return Err(BootProblem::AuthorityNotAllowed {
                event: authority.event().number(),
                fingerprint: fingerprint.map(|fingerprint| Excerpt::new(&fingerprint)),
            });
        }
    }
    for wanted in required {
        let mut found = authorities.clone();
        if !found.any(|authority| authority.fingerprint() == Some(*wanted)) {
            let fingerprint = Excerpt::new(wanted);
            return Err(BootProblem::AuthorityMissing { fingerprint });
        }
    }
    Ok(())
}

fn judge_images<'a>(
    images: impl Iterator<Item = Image<'a>> + Clone,
    allowed: &[MeasuredDigest<'_>],
    required: &[MeasuredDigest<'_>],
) -> Result<(), BootProblem> {
    for image in images.clone() {
        let event = image.event();
        if !MeasuredDigest::allow(allowed.iter().copied(), &event) {
            return Err(not_allowed(&event, |event, pcr, digest| {
                BootProblem::ImageNotAllowed { event, pcr, digest }
            }));
        }
    }
    for wanted in required {
        let mut found = images.clone();
        if !found.any(|image| wanted.is_of(&image.event())) {
            let digest = Excerpt::new(wanted.digest);
            return Err(BootProblem::ImageMissing { digest });
        }
    }
    Ok(())
}

/// The error for an event that the policy does not allow, with its digest in the first bank.
#[cold]
fn not_allowed(
    event: &ProvenEvent<'_>,
    problem: impl FnOnce(u32, Pcr, Excerpt) -> BootProblem,
) -> BootProblem {
    let of_bank = event.digests().next();
    let pcr = of_bank.and_then(|(bank, _)| Pcr::new(bank, event.pcr()).ok());
    match (pcr, of_bank) {
        (Some(pcr), Some((_, digest))) => problem(event.number(), pcr, Excerpt::new(digest)),
        // Each has a digest, of a bank that is quoted.
        _ => BootProblem::EventUnexplained {
            event: event.number(),
            pcr: event.pcr(),
        },
    }
}

fn judge_lines<'a>(
    lines: impl Iterator<Item = CommandLine<'a>> + Clone,
    allowed: &[MeasuredText<'_>],
    required: &[MeasuredText<'_>],
) -> Result<(), BootProblem> {
    for line in lines.clone() {
        let by_digest = allowed.iter().filter_map(|one| match one {
            MeasuredText::Digest(digest) => Some(*digest),
            MeasuredText::Text(_) => None,
        });
        let mut texts = allowed.iter();
        let is_allowed = texts.any(|one| matches!(one, MeasuredText::Text(text) if line.is(text)))
            || MeasuredDigest::allow(by_digest, &line.event());
        if !is_allowed {
            return Err(not_allowed(&line.event(), |event, pcr, digest| {
                BootProblem::CommandLineNotAllowed { event, pcr, digest }
            }));
        }
    }
    for (place, wanted) in required.iter().enumerate() {
        if !lines.clone().any(|line| wanted.is_of(&line)) {
            return Err(BootProblem::CommandLineMissing { place });
        }
    }
    Ok(())
}

fn judge_sbat(level: &[u8], least: &[u8]) -> Result<(), BootProblem> {
    for (line, (name, expected)) in (1..).zip(sbat::lines(least)) {
        let mut found = sbat::lines(level).filter(|(of, _)| *of == name);
        let found = found.next().map(|(_, generation)| generation);
        if found.is_none_or(|found| found < expected) {
            return Err(BootProblem::SbatTooOld {
                line,
                expected,
                found,
            });
        }
    }
    Ok(())
}

impl core::fmt::Debug for MeasuredDigest<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("MeasuredDigest")
            .field("algorithm", &self.algorithm)
            .field("digest", &crate::wire::Hex(self.digest))
            .finish()
    }
}
