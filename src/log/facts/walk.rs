//! One pass over the events of PCRs: what each is, as far as its digests confirm it, and on
//! which side of the separator it stands.

use crate::{
    crypto::Hasher,
    log::{
        event_type::EventType,
        findings::{ProvenEvents, bit},
        logs::Suffix,
        proven::ProvenEvent,
        replay::{PcrState, Replay},
        rule::{GRUB, ONES, Proven, Rule, WRONG, ZEROS},
        structures::{EfiVariable, GptEvent, ImageLoadEvent, LogText},
    },
    verify::error::Unknown,
    wire::Reader,
};

/// On which side of the separator of its PCR an event stands.
///
/// Before it, only firmware measures. Behind it, the boot loader and the operating system do, and
/// whoever runs on the machine can.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// `before-separator`: firmware measured it.
    Before,
    /// `after-separator`: firmware, a boot loader or anything else measured it.
    After,
}

impl Side {
    /// Returns the stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Before => "before-separator",
            Self::After => "after-separator",
        }
    }
}

/// The end of the firmware's own measurements in a PCR.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Separator {
    /// `normal`: all went well.
    Normal,
    /// `error`: firmware could not measure what it had to.
    Error,
}

impl Separator {
    /// Returns the stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Error => "error",
        }
    }
}

/// What an event is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Is<'a> {
    Separator(Separator),
    /// A text of the firmware about what it does.
    Action(LogText<'a>),
    /// Owner, name and contents are proven.
    Variable(EfiVariable<'a>),
    Image,
    /// A text of GRUB, and whether the log says that it is a command line of a kernel.
    Grub {
        text: &'a [u8],
        is_kernel: bool,
    },
    /// A text of systemd-boot or of its stub.
    Text(LogText<'a>),
    /// The name of a section of a unified kernel image.
    SectionName,
    /// The contents that follow its name.
    Section(LogText<'a>),
    /// By their label: no digest tells one from the other.
    LoadOptions,
    Initrd,
    /// By its label, a file that GRUB read.
    File,
    /// By its label, a variable of shim.
    Mok,
    /// Of a kind that is measured into this PCR and has no further meaning here.
    Known,
    /// The data are proven, and mean nothing that is known.
    Data,
    /// Nothing but the digest is proven, and the log does not say anything that fits.
    Unexplained,
}

/// An event of a PCR, and what it is.
#[derive(Clone, Copy)]
pub(super) struct Step<'a> {
    pub(super) event: ProvenEvent<'a>,
    pub(super) is: Is<'a>,
    pub(super) side: Side,
}

impl Step<'_> {
    /// That the event may be what a fact is about.
    pub(super) const fn not_proven(&self) -> Unknown {
        Unknown::DataNotProven {
            pcr: self.event.pcr(),
            event: self.event.number(),
        }
    }
}

/// What was seen of the PCRs before an event.
#[derive(Clone, Copy, Default)]
pub(super) struct Automaton<'a> {
    /// A bit for each PCR that had its separator.
    separated: u32,
    /// The name of the section whose contents come next.
    section: Option<LogText<'a>>,
}

impl<'a> Automaton<'a> {
    pub(super) fn step(&mut self, event: ProvenEvent<'a>) -> Step<'a> {
        let bit = bit(event.pcr());
        let side = match self.separated & bit {
            0 => Side::Before,
            _ => Side::After,
        };
        let proven = event.proven();
        let is = match separator(event.pcr(), &proven) {
            Some(separator) => Is::Separator(separator),
            None => self.what(&event, &proven),
        };
        if let Is::Separator(_) = is {
            self.separated |= bit;
        }
        Step { event, is, side }
    }

    fn what(&mut self, event: &ProvenEvent<'a>, proven: &Proven<'a>) -> Is<'a> {
        match (event.pcr(), proven.bytes()) {
            (4, _) => of_images(event, proven),
            (2, _) => match of_images(event, proven) {
                Is::Image if proven.bytes().is_some() => labelled(event, proven),
                Is::Unexplained => labelled(event, proven),
                known => known,
            },
            (5, Some(bytes)) if GptEvent::parse(bytes).is_ok() => Is::Known,
            (7, _) => of_policy(proven),
            (0..=6, _) => labelled(event, proven),
            // GRUB's texts have no zeros: with them, it may be one of systemd-boot.
            (8 | 9, Some(text)) if of_grub(proven) && !text.contains(&0) => grub(event, text),
            (8 | 12, Some(bytes)) => utf16(proven, bytes).map_or(Is::Data, Is::Text),
            (9, _) => of_kernel(event, proven),
            (11, _) => self.of_sections(proven),
            (12 | 13, None) if is_systemd(event.claimed_type()) => Is::Known,
            (13, None) if event.claimed_type() == EventType::IPL => Is::Known,
            (14, None) if is_mok(event) => Is::Mok,
            (_, Some(_)) => Is::Data,
            (_, None) => Is::Unexplained,
        }
    }

    /// A name and contents by turns.
    fn of_sections(&mut self, proven: &Proven<'a>) -> Is<'a> {
        if let Some(name) = self.section.take() {
            return Is::Section(name);
        }
        match (proven.rule(), proven.bytes()) {
            (Rule::SectionName, Some(name)) => {
                self.section = Some(LogText::utf16(name));
                Is::SectionName
            }
            (Rule::KnownBytes, Some(name)) => {
                let name = name.strip_suffix(&[0]).unwrap_or(name);
                self.section = Some(LogText::utf8(name));
                Is::SectionName
            }
            (_, Some(_)) => Is::Data,
            (_, None) => Is::Unexplained,
        }
    }
}

/// The events of a PCR, one by one.
#[derive(Clone)]
pub(super) struct Steps<'r, 'a> {
    automaton: Automaton<'a>,
    events: ProvenEvents<'r, 'a>,
}

impl<'a> Iterator for Steps<'_, 'a> {
    type Item = Step<'a>;

    fn next(&mut self) -> Option<Step<'a>> {
        let event = self.events.next()?;
        Some(self.automaton.step(event))
    }
}

/// By its digest: the type of an event says nothing.
fn separator(pcr: u8, proven: &Proven<'_>) -> Option<Separator> {
    if pcr > 7 || !matches!(proven.rule(), Rule::Data | Rule::KnownBytes) {
        return None;
    }
    match proven.bytes()? {
        // Some firmware measures one byte.
        ZEROS | ONES | [0xff] => Some(Separator::Normal),
        // A list of boot options can be the same bytes.
        WRONG if pcr != 1 => Some(Separator::Error),
        _ => None,
    }
}

/// PCR 4, and PCR 2: images, and texts of the firmware.
fn of_images<'a>(event: &ProvenEvent<'a>, proven: &Proven<'a>) -> Is<'a> {
    let label = event.claimed_type();
    let is_image = matches!(
        label,
        EventType::EFI_BOOT_SERVICES_APPLICATION
            | EventType::EFI_BOOT_SERVICES_DRIVER
            | EventType::EFI_RUNTIME_SERVICES_DRIVER
    );
    match proven.bytes() {
        // Whoever has an image can give what its digest covers as the data: no text that can be
        // printed is one, and all else may be.
        Some(_) => action(proven).unwrap_or(Is::Image),
        None if is_image || ImageLoadEvent::parse(event.claimed_data()).is_ok() => Is::Image,
        None => Is::Unexplained,
    }
}

/// PCR 7: variables, and texts of the firmware.
fn of_policy<'a>(proven: &Proven<'a>) -> Is<'a> {
    let whole = match (proven.rule(), proven.bytes()) {
        (Rule::Data | Rule::KnownBytes, Some(bytes)) => EfiVariable::parse(bytes).ok(),
        // The variable ends before what is not covered.
        (Rule::AllButLastByte, Some(bytes)) => EfiVariable::read(&mut Reader::new(bytes)).ok(),
        // Whose variable it is is not proven.
        _ => return Is::Unexplained,
    };
    match whole {
        Some(variable) => Is::Variable(variable),
        None => action(proven).unwrap_or(Is::Data),
    }
}

/// What firmware measures into the other PCRs: of most of it, nothing but the digest is proven.
fn labelled<'a>(event: &ProvenEvent<'a>, proven: &Proven<'a>) -> Is<'a> {
    if proven.rule() == Rule::VariableContents {
        return Is::Known;
    }
    let is_known = match (event.pcr(), event.claimed_type().0) {
        // Contents and versions of the firmware, and tables.
        (0, 0x1 | 0x7..=0x9 | 0xc | 0xf | 0x11 | 0x13 | 0x8000_0008..=0x8000_000b)
        | (0, 0x8000_0010)
        | (
            1,
            0x1 | 0x6 | 0x9..=0xb | 0x10 | 0x8000_0001 | 0x8000_0002 | 0x8000_0008..=0x8000_000c,
        )
        | (2, 0xc | 0xf | 0x11 | 0x8000_0006 | 0x8000_0008 | 0x8000_000a | 0x8000_00e1)
        | (3, 0x6 | 0xd | 0x10 | 0x8000_0001 | 0x8000_00e2)
        | (6, 0xc) => true,
        // What systemd-boot read.
        (5, 0x6) => is_tag(event.claimed_data(), [0x2a, 0x58, 0xbc, 0xf5]),
        _ => false,
    };
    match (action(proven), proven.bytes()) {
        (Some(action), _)
            if matches!(
                event.claimed_type(),
                EventType::ACTION | EventType::EFI_ACTION
            ) || proven.rule() == Rule::KnownBytes =>
        {
            action
        }
        _ if is_known => Is::Known,
        (Some(action), _) => action,
        (None, Some(_)) => Is::Data,
        (None, None) => Is::Unexplained,
    }
}

/// PCR 9: files that GRUB read, and what the EFI stub of Linux measures.
fn of_kernel<'a>(event: &ProvenEvent<'a>, proven: &Proven<'a>) -> Is<'a> {
    let data = event.claimed_data();
    if proven.bytes().is_some() {
        return Is::Data;
    }
    if is_tag(data, [0xed, 0x22, 0x3b, 0x8f]) {
        Is::LoadOptions
    } else if is_tag(data, [0xec, 0x22, 0x3b, 0x8f]) {
        Is::Initrd
    } else if event.claimed_type() == EventType::IPL {
        Is::File
    } else {
        Is::Unexplained
    }
}

/// A text of GRUB.
fn grub<'a>(event: &ProvenEvent<'a>, text: &'a [u8]) -> Is<'a> {
    let data = event.claimed_data();
    let mut prefixes = GRUB.into_iter();
    let found = prefixes.find(|(prefix, _)| data.starts_with(prefix));
    let is_kernel = found.is_some_and(|(_, is_kernel)| is_kernel);
    Is::Grub { text, is_kernel }
}

const fn of_grub(proven: &Proven<'_>) -> bool {
    matches!(proven.rule(), Rule::GrubText | Rule::GrubTextWithZero)
}

/// Bytes that are proven and printable are a text of the firmware.
fn action<'a>(proven: &Proven<'a>) -> Option<Is<'a>> {
    let bytes = proven.bytes()?;
    let bytes = bytes.strip_suffix(&[0]).unwrap_or(bytes);
    let is_text = !bytes.is_empty() && bytes.iter().all(|byte| matches!(byte, b' '..=b'~'));
    let is_whole = matches!(
        proven.rule(),
        Rule::Data | Rule::KnownBytes | Rule::TextWithoutZeros
    );
    (is_text && is_whole).then(|| Is::Action(LogText::utf8(bytes)))
}

/// Bytes that are proven and that systemd may have measured as a text.
fn utf16<'a>(proven: &Proven<'a>, bytes: &'a [u8]) -> Option<LogText<'a>> {
    let is_whole = matches!(proven.rule(), Rule::Data | Rule::TextWithoutZeros);
    let text = LogText::utf16(bytes);
    let is_text = text
        .chars()
        .all(|c| c.is_some_and(|c| !c.is_control() || matches!(c, '\t' | '\n' | '\r')));
    // A text of GRUB, without its prefix, would be one in other characters.
    let is_wide = matches!(text.bytes(), [_, 0, ..]);
    (is_whole && is_text && is_wide).then_some(text)
}

fn is_systemd(label: EventType) -> bool {
    matches!(label, EventType::IPL | EventType::EVENT_TAG)
}

/// Whether the log labels the event as a variable of shim. No digest covers the label.
fn is_mok(event: &ProvenEvent<'_>) -> bool {
    let data = event.claimed_data();
    event.claimed_type() == EventType::IPL
        && (data.starts_with(b"Mok") || data.starts_with(b"Shim") || data.starts_with(b"Sbat"))
}

/// Whether data are a tagged event with this id.
fn is_tag(data: &[u8], id: [u8; 4]) -> bool {
    let mut reader = Reader::new(data);
    reader.array() == Ok(&id)
        && reader
            .u32_le()
            .is_ok_and(|size| usize::try_from(size).is_ok_and(|size| size == reader.rest().len()))
}

impl<'a> Replay<'a> {
    /// The events of a PCR, if its facts can be known: it is quoted, the logs explain it in every
    /// quoted bank, and what the operating system extended later is known. There are none if it
    /// was never extended.
    pub(super) fn walk(&self, pcr: u8) -> Result<Steps<'_, 'a>, Unknown> {
        let Some(log) = self.logs.firmware else {
            return Err(Unknown::NoLog);
        };
        let (mut is_quoted, mut is_extended, mut is_new) = (false, false, false);
        for quoted in self.selection.iter().filter(|quoted| quoted.index() == pcr) {
            is_quoted = true;
            match self.pcr_state(quoted.bank(), pcr) {
                PcrState::Explained => is_extended = true,
                PcrState::NeverExtended => is_new = true,
                _ => return Err(Unknown::UnexplainedPcr { pcr }),
            }
        }
        if !is_quoted {
            return Err(Unknown::NotQuoted { pcr });
        }
        if is_extended && is_new {
            return Err(Unknown::BanksDisagree { pcr });
        }
        self.judge_userspace(pcr)?;
        Ok(Steps {
            automaton: Automaton::default(),
            events: self.events_of(log, bit(pcr)),
        })
    }

    /// What the userspace log has for this PCR must be what an operating system is known to
    /// measure: else it may be events of the firmware or the boot loader, moved there.
    fn judge_userspace(&self, pcr: u8) -> Result<(), Unknown> {
        let Some(log) = self.logs.userspace else {
            return Ok(());
        };
        for quoted in self.selection.iter().filter(|quoted| quoted.index() == pcr) {
            let bank = quoted.bank();
            for entry in log.entries(bank).filter(|entry| entry.index == pcr) {
                let is = |text: &str| {
                    let digest = Hasher::digest_of_parts(bank, &[text.as_bytes()]);
                    digest.is_some_and(|digest| {
                        entry
                            .digest
                            .is_some_and(|of| of.as_ref() == digest.as_ref())
                    })
                };
                let texts = Suffix::OsSeparator.texts(pcr);
                let is_known = texts.iter().any(|text| is(text))
                    || entry
                        .text
                        .is_some_and(|text| of_systemd(pcr, text) && is(text));
                if !is_known {
                    let event = entry.number;
                    return Err(Unknown::UserspaceEvent { pcr, event });
                }
            }
        }
        Ok(())
    }
}

/// Whether systemd measures such a text into this PCR.
fn of_systemd(pcr: u8, text: &str) -> bool {
    match pcr {
        9 => text == "nvpcr-separator" || text.starts_with("nvpcr-init:"),
        11 => matches!(
            text,
            "enter-initrd" | "leave-initrd" | "sysinit" | "ready" | "shutdown" | "final"
        ),
        15 => text.starts_with("machine-id:") || text.starts_with("file-system:"),
        _ => false,
    }
}
