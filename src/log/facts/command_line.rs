//! [`CommandLine`]: what boot loaders gave to a kernel.

use core::fmt;

use super::{
    fact::Fact,
    section::Section,
    walk::{Is, Step, Steps},
};
use crate::{
    crypto::Hasher,
    log::{
        event_log::EventLog,
        proven::ProvenEvent,
        replay::Replay,
        rule::GRUB,
        structures::{Encoding, LogText},
    },
    verify::error::Unknown,
};

/// Who measured a command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CommandLineSource {
    /// `grub`: GRUB, into PCR 8, when it loaded the kernel.
    Grub,
    /// `systemd-boot`: systemd-boot or the stub of a unified kernel image, into PCR 12.
    SystemdBoot,
    /// `uki`: the stub of a unified kernel image, the section `.cmdline`, into PCR 11.
    Uki,
    /// `efi-stub`: the kernel itself, into PCR 9.
    EfiStub,
}

impl CommandLineSource {
    /// Returns the stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Grub => "grub",
            Self::SystemdBoot => "systemd-boot",
            Self::Uki => "uki",
            Self::EfiStub => "efi-stub",
        }
    }
}

impl fmt::Display for CommandLineSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A command line that was given to a kernel.
#[derive(Clone, Copy, Debug)]
pub struct CommandLine<'a> {
    event: ProvenEvent<'a>,
    text: Option<LogText<'a>>,
    source: CommandLineSource,
}

/// What GRUB puts in front of the text that it measures when it gives it to a kernel.
const BOOT_IMAGE: &str = "BOOT_IMAGE=";

/// Texts of a log that are tried for what the kernel measured: a log has one or a few.
const CANDIDATES: usize = 32;
/// Kernels that measure in one boot, of which no more are looked at.
const KERNELS: usize = 16;

impl<'a> CommandLine<'a> {
    /// Returns the event.
    #[must_use]
    pub const fn event(&self) -> ProvenEvent<'a> {
        self.event
    }

    /// Returns the text, or `None` if the log does not have it: the digest of the event is that
    /// of a text, and [`is`](Self::is) can compare one.
    #[must_use]
    pub const fn text(&self) -> Option<LogText<'a>> {
        self.text
    }

    /// Returns who measured it.
    #[must_use]
    pub const fn proven_by(&self) -> CommandLineSource {
        self.source
    }

    /// Whether it is this text. GRUB gives a kernel `BOOT_IMAGE=` and the text that it measures:
    /// with and without it is the same.
    #[must_use]
    pub fn is(&self, text: &str) -> bool {
        let bare = text.strip_prefix(BOOT_IMAGE).unwrap_or(text);
        match (self.text, self.source) {
            (Some(line), CommandLineSource::Grub) => line.is(bare) || line.is(text),
            (Some(line), CommandLineSource::EfiStub) if line.prefix() == BOOT_IMAGE => {
                line.with_prefix("").is(bare)
            }
            (Some(line), _) => line.is(text),
            (None, CommandLineSource::Uki) => {
                is_section(&self.event, LogText::utf8(text.as_bytes()))
            }
            (None, _) => options(&self.event, LogText::utf8(text.as_bytes())).is_some(),
        }
    }
}

/// Whether the digest is that of a text as a section of a unified kernel image holds it.
fn is_section(event: &ProvenEvent<'_>, text: LogText<'_>) -> bool {
    let ends = [&b""[..], b"\0", b"\n", b"\n\0"];
    let has = |end: &[u8]| {
        event.covers_what(&|hasher: &mut Hasher| {
            text.hash_utf8(hasher);
            hasher.update(end);
        })
    };
    text.can_be(Encoding::Utf8) && ends.into_iter().any(has)
}

/// The text as the EFI stub of Linux measures it, if the digest is that of it: in UTF-16, with or
/// without a zero, and behind `BOOT_IMAGE=` if it is GRUB's.
fn options<'a>(event: &ProvenEvent<'_>, text: LogText<'a>) -> Option<LogText<'a>> {
    let texts = [text, text.with_prefix(BOOT_IMAGE)];
    let mut texts = texts
        .into_iter()
        .filter(|text| text.can_be(Encoding::Utf16Le));
    texts.find(|text| {
        [&b""[..], &[0, 0]].iter().any(|end| {
            event.covers_what(&|hasher: &mut Hasher| {
                text.hash_utf16(hasher);
                hasher.update(end);
            })
        })
    })
}

/// Texts of the log that may be command lines. Nothing proves them before a digest does.
fn candidates<'a>(log: &EventLog<'a>) -> impl Iterator<Item = LogText<'a>> + use<'a> {
    let texts = log.events().filter_map(|event| {
        let data = event.data();
        if event.pcr() == Some(12) {
            return Some(LogText::utf16(data));
        }
        let kernel = GRUB.iter().filter(|(_, is_kernel)| *is_kernel);
        let mut texts = kernel.filter_map(|(prefix, _)| data.strip_prefix(*prefix));
        let text = texts.next()?;
        Some(LogText::utf8(text.strip_suffix(&[0]).unwrap_or(text)))
    });
    texts.take(CANDIDATES)
}

/// Whether GRUB's command is one that loads a kernel with this command line: GRUB measures the
/// command first, and next into the same PCR what it gives to the kernel. There it quotes what
/// has spaces, and escapes.
fn loads(command: &[u8], line: &[u8]) -> bool {
    let plain = |byte: &&u8| !matches!(byte, b'"' | b'\'' | b'\\');
    let end = command.iter().position(|byte| *byte == b' ');
    let Some((name, arguments)) = end.and_then(|end| command.split_at_checked(end)) else {
        return false;
    };
    // These run what follows as a command of its own.
    let is_other = matches!(name, b"insmod" | b"eval" | b"time");
    let arguments = arguments.iter().skip(1).filter(plain);
    !is_other && arguments.eq(line.iter().filter(plain))
}

/// Whether a text of GRUB may be something else than a harmless command, whatever the log calls
/// it: the command line of a kernel begins with the name of its file, and `chainloader` starts what
/// GRUB measures no line of. Entries of a menu are only defined.
fn is_no_command(text: &[u8]) -> bool {
    let is_file = matches!(text.first(), Some(b'/' | b'(' | b'"' | b'\'' | b'\\'));
    let is_menu = text.starts_with(b"menuentry ") || text.starts_with(b"submenu ");
    // Split at the first letter of `chainloader`.
    let mut parts = text.split(|byte| *byte == b'c').skip(1);
    is_file || (!is_menu && parts.any(|part| part.starts_with(b"hainloader")))
}

/// The texts of GRUB and systemd-boot in PCR 8 or 12 that are command lines.
fn lines<'a>(
    steps: impl Iterator<Item = Step<'a>> + Clone,
) -> impl Iterator<Item = Result<CommandLine<'a>, Unknown>> + Clone {
    let mut before: &[u8] = &[];
    steps.filter_map(move |step| {
        let event = step.event;
        let line = |text, source| {
            Some(Ok(CommandLine {
                event,
                text: Some(text),
                source,
            }))
        };
        match step.is {
            Is::Grub { text, is_kernel } => {
                let is_loaded = loads(core::mem::replace(&mut before, text), text);
                match (is_loaded, is_kernel) {
                    (true, _) => line(LogText::utf8(text), CommandLineSource::Grub),
                    (false, true) => Some(Err(Unknown::LabelNotProven {
                        pcr: event.pcr(),
                        event: event.number(),
                    })),
                    (false, false) if is_no_command(text) => Some(Err(Unknown::LabelNotProven {
                        pcr: event.pcr(),
                        event: event.number(),
                    })),
                    (false, false) => None,
                }
            }
            Is::Text(text) => line(text, CommandLineSource::SystemdBoot),
            Is::Data | Is::Unexplained => Some(Err(step.not_proven())),
            _ => None,
        }
    })
}

impl<'a> Replay<'a> {
    /// Returns the command lines that were given to kernels: by GRUB (PCR 8), by systemd-boot
    /// (PCR 12), in a unified kernel image (PCR 11), and as the kernel saw them (PCR 9). A boot has
    /// most of them twice.
    ///
    /// They are known if PCR 8 is, and what else it takes to be sure that none is missing: without
    /// GRUB also PCR 9 or PCR 12. That a boot loader told the truth depends on its image.
    ///
    /// The kernel measures its command line and then its initial RAM disk, and only the log says
    /// which is which: without GRUB, PCR 9 may have one of each.
    #[must_use]
    pub fn command_lines(&self) -> Fact<impl Iterator<Item = CommandLine<'a>> + Clone> {
        self.find_command_lines().into()
    }

    fn find_command_lines(&self) -> Result<impl Iterator<Item = CommandLine<'a>> + Clone, Unknown> {
        let grub = self.walk(8)?;
        let mut is_known = false;
        for line in lines(grub.clone()) {
            line?;
            is_known = true;
        }
        let is_of_grub = is_known;
        let kernel = self.optional(9)?;
        let log = self.logs.firmware;
        if let Some(steps) = &kernel {
            let steps = steps.clone();
            match is_of_grub {
                true => are_of_grub(steps, log)?,
                false => is_known = only_one_kernel(steps)?,
            }
        }
        let systemd = self.optional(12)?;
        if let Some(steps) = &systemd {
            for line in lines(steps.clone()) {
                line?;
                // Without what the kernel saw, something else may be one as well.
                let mut others = steps.clone();
                match others.find(|step| matches!(step.is, Is::Known)) {
                    Some(step) if !is_known => return Err(step.not_proven()),
                    _ => is_known = true,
                }
            }
        }
        let unified = self.optional(11)?;
        let sections = unified.clone().into_iter().flatten();
        if let Some(step) = { sections }.find(|step| matches!(step.is, Is::Data | Is::Unexplained))
        {
            return Err(step.not_proven());
        }
        // A unified kernel image may have a line of its own.
        if unified.is_none() && !is_of_grub {
            return Err(Unknown::NotQuoted { pcr: 11 });
        }
        if !is_known {
            return Err(match (kernel.is_some(), systemd.is_some()) {
                (false, _) => Unknown::NotQuoted { pcr: 9 },
                (true, false) => Unknown::NotQuoted { pcr: 12 },
                (true, true) => Unknown::NotMeasured { pcr: 8 },
            });
        }
        let stubs = kernel.into_iter().flatten().filter_map(move |step| {
            let Is::LoadOptions = step.is else {
                return None;
            };
            let mut texts = log.iter().flat_map(candidates);
            Some(CommandLine {
                event: step.event,
                text: texts.find_map(|text| options(&step.event, text)),
                source: CommandLineSource::EfiStub,
            })
        });
        let unified = unified.into_iter().flatten().filter_map(move |step| {
            Section::new(step).filter(|section| section.name().is(".cmdline"))?;
            let mut texts = log.iter().flat_map(candidates);
            Some(CommandLine {
                event: step.event,
                text: texts.find(|text| is_section(&step.event, *text)),
                source: CommandLineSource::Uki,
            })
        });
        let systemd = systemd.into_iter().flat_map(|steps| lines(steps).flatten());
        let all = lines(grub).flatten().chain(systemd);
        Ok(all.chain(unified).chain(stubs.take(KERNELS)))
    }

    /// The events of a PCR that the quote may leave out.
    fn optional(&self, pcr: u8) -> Result<Option<Steps<'_, 'a>>, Unknown> {
        match self.walk(pcr) {
            Ok(steps) => Ok(Some(steps)),
            Err(Unknown::NotQuoted { .. }) => Ok(None),
            Err(reason) => Err(reason),
        }
    }
}

/// Refuses what the log calls options of a kernel if they are none that GRUB measured, and what
/// may be some.
fn are_of_grub<'a>(
    steps: impl Iterator<Item = Step<'a>>,
    log: Option<EventLog<'a>>,
) -> Result<(), Unknown> {
    for step in steps {
        let is_one = match step.is {
            Is::LoadOptions => {
                let mut texts = log.iter().flat_map(candidates);
                texts.any(|text| options(&step.event, text).is_some())
            }
            Is::Data | Is::Unexplained => false,
            _ => true,
        };
        if !is_one {
            return Err(step.not_proven());
        }
    }
    Ok(())
}

/// Whether PCR 9 has the options of one kernel, and next to them at most one initial RAM disk:
/// only the log tells one from the other.
fn only_one_kernel<'a>(steps: impl Iterator<Item = Step<'a>>) -> Result<bool, Unknown> {
    let (mut options, mut disks) = (false, false);
    for step in steps {
        let (pcr, event) = (step.event.pcr(), step.event.number());
        match step.is {
            Is::LoadOptions if !options && !disks => options = true,
            Is::Initrd if options && !disks => disks = true,
            Is::LoadOptions | Is::Initrd => return Err(Unknown::Ambiguous { pcr, event }),
            _ => return Err(step.not_proven()),
        }
    }
    Ok(options)
}
