//! [`Rule`]: by what a digest covers data of an event, or something else that is known.

use core::fmt;

use super::structures::{EfiVariable, Encoding, LogText};
use crate::{crypto::Hasher, wire::Reader};

/// The rule by which bytes were found that the digests of an event cover.
///
/// For most types of events the specifications leave it to the firmware or the boot loader what
/// is hashed. Each rule was tried on the event: the digests are those of the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rule {
    /// `digest`: nothing is known that has these digests. Something was measured, and the data
    /// of the event are the log's word for what it was.
    Digest,
    /// `data`: the data of the event.
    Data,
    /// `variable-contents`: the contents of a variable, but not its name.
    VariableContents,
    /// `all-but-last-byte`: the data without their last byte, as old versions of shim measure a
    /// variable that has six bytes too many behind it.
    AllButLastByte,
    /// `grub-text`: the text that GRUB measures behind the prefix of the data.
    GrubText,
    /// `grub-text-with-zero`: the same with the zero at its end.
    GrubTextWithZero,
    /// `text-without-zeros`: a text without the zeros at its end.
    TextWithoutZeros,
    /// `section-name`: the name of a section of a unified kernel image, as ASCII with a zero.
    SectionName,
    /// `known-bytes`: bytes that firmware is known to measure, whatever the data say.
    KnownBytes,
}

impl Rule {
    /// Returns the stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Digest => "digest",
            Self::Data => "data",
            Self::VariableContents => "variable-contents",
            Self::AllButLastByte => "all-but-last-byte",
            Self::GrubText => "grub-text",
            Self::GrubTextWithZero => "grub-text-with-zero",
            Self::TextWithoutZeros => "text-without-zeros",
            Self::SectionName => "section-name",
            Self::KnownBytes => "known-bytes",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What the digests of an event prove.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proven<'a> {
    rule: Rule,
    bytes: &'a [u8],
}

impl<'a> Proven<'a> {
    /// Returns the rule by which the bytes are proven, or [`Rule::Digest`] if there are none.
    #[must_use]
    pub const fn rule(&self) -> Rule {
        self.rule
    }

    /// Returns the bytes that are proven: the data, a part of them, or bytes that are known.
    #[must_use]
    pub fn bytes(&self) -> Option<&'a [u8]> {
        (self.rule != Rule::Digest).then_some(self.bytes)
    }
}

/// What GRUB writes in front of a text; older versions of Fedora's have no colon.
pub(super) const GRUB: [(&[u8], bool); 5] = [
    (b"grub_cmd: ", false),
    (b"grub_cmd ", false),
    (b"module_cmdline: ", false),
    (b"kernel_cmdline: ", true),
    (b"grub_kernel_cmdline ", true),
];

/// The sections that the stub of systemd measures.
const SECTIONS: [&[u8]; 15] = [
    b".linux\0",
    b".osrel\0",
    b".cmdline\0",
    b".initrd\0",
    b".ucode\0",
    b".splash\0",
    b".dtb\0",
    b".dtbauto\0",
    b".hwids\0",
    b".uname\0",
    b".sbat\0",
    b".pcrsig\0",
    b".pcrpkey\0",
    b".profile\0",
    b".efifw\0",
];

pub(super) const ZEROS: &[u8] = &[0; 4];
pub(super) const ONES: &[u8] = &[0xff; 4];
/// The separator of a boot that went wrong.
pub(super) const WRONG: &[u8] = &[1, 0, 0, 0];

pub(super) const CALLING: &[u8] = b"Calling EFI Application from Boot Option";
pub(super) const RETURNING: &[u8] = b"Returning from EFI Application from Boot Option";
pub(super) const EXIT: &[u8] = b"Exit Boot Services Invocation";
pub(super) const EXIT_SUCCESS: &[u8] = b"Exit Boot Services Returned with Success";
pub(super) const EXIT_FAILURE: &[u8] = b"Exit Boot Services Returned with Failure";

/// What firmware measures into PCR 7 if its protection is not whole.
pub(super) const WEAKENED: [&[u8]; 3] = [
    b"DMA Protection Disabled",
    b"Security Level is Downgraded to 0",
    b"UEFI Debug Mode",
];

/// Bytes that are measured into this PCR in the same form on all machines.
const fn known(pcr: u8) -> &'static [&'static [u8]] {
    match pcr {
        4 => &[ZEROS, ONES, WRONG, CALLING, RETURNING],
        5 => &[
            ZEROS,
            ONES,
            WRONG,
            CALLING,
            RETURNING,
            EXIT,
            EXIT_SUCCESS,
            EXIT_FAILURE,
        ],
        7 => {
            const ALL: [&[u8]; 6] = {
                let [dma, downgraded, debug] = WEAKENED;
                [ZEROS, ONES, WRONG, dma, downgraded, debug]
            };
            &ALL
        }
        0..=6 => &[ZEROS, ONES, WRONG],
        11 => &SECTIONS,
        _ => &[],
    }
}

/// Adds bytes to a hash.
pub(super) type Add<'f> = &'f dyn Fn(&mut Hasher);

/// What the digests of an event cover, without the bytes: its data have them, or they are known.
#[derive(Clone, Copy)]
pub(super) struct Found {
    rule: Rule,
    /// Which of the bytes that are known in the PCR, or how many zeros end the data.
    which: u8,
}

impl Found {
    /// The bytes of the event for which it was found, of this PCR and with these data.
    pub(super) fn proven(self, pcr: u8, data: &[u8]) -> Proven<'_> {
        let which = usize::from(self.which);
        let bytes = match self.rule {
            Rule::Digest => None,
            Rule::Data => Some(data),
            Rule::VariableContents => variable(data).map(|(variable, _)| variable.contents()),
            Rule::AllButLastByte => data.split_last().map(|(_, bytes)| bytes),
            Rule::GrubText | Rule::GrubTextWithZero => of_grub(pcr, data).map(bare),
            Rule::TextWithoutZeros => without_zeros(data, which),
            Rule::SectionName => Some(LogText::utf16(data).bytes()),
            Rule::KnownBytes => known(pcr).get(which).copied(),
        };
        Proven {
            rule: bytes.map_or(Rule::Digest, |_| self.rule),
            bytes: bytes.unwrap_or_default(),
        }
    }
}

/// The text behind a prefix of GRUB, which measures its texts into PCR 8, and older versions of it
/// into PCR 9.
fn of_grub(pcr: u8, data: &[u8]) -> Option<&[u8]> {
    let mut prefixes = GRUB.iter().filter(|_| matches!(pcr, 8 | 9));
    prefixes.find_map(|(prefix, _)| data.strip_prefix(*prefix))
}

/// A text without the zero at its end.
fn bare(text: &[u8]) -> &[u8] {
    text.strip_suffix(&[0]).unwrap_or(text)
}

/// The variable with which data begin, and how many bytes follow it.
fn variable(data: &[u8]) -> Option<(EfiVariable<'_>, usize)> {
    let mut reader = Reader::new(data);
    let variable = EfiVariable::read(&mut reader).ok()?;
    Some((variable, reader.rest().len()))
}

/// Data that end with so many zeros, without them.
fn without_zeros(data: &[u8], count: usize) -> Option<&[u8]> {
    data.strip_suffix(ZEROS.get(..count)?)
}

/// Finds the rule by which the digests of an event cover its data. `is` compares them with the
/// digests of given bytes, `is_what` with those of bytes that a function adds to a hash.
pub(super) fn find(
    pcr: u8,
    data: &[u8],
    is: &dyn Fn(&[u8]) -> bool,
    is_what: &dyn Fn(Add<'_>) -> bool,
) -> Found {
    let by = |rule, which| Found { rule, which };
    if let Some(text) = of_grub(pcr, data) {
        if is(bare(text)) {
            return by(Rule::GrubText, 0);
        }
        if is(text) {
            return by(Rule::GrubTextWithZero, 0);
        }
    }
    if is(data) {
        return by(Rule::Data, 0);
    }
    // What is known counts before parts of the data, which can then make nothing else of it.
    let mut known = (0..).zip(known(pcr));
    if let Some((which, _)) = known.find(|(_, bytes)| is(bytes)) {
        return by(Rule::KnownBytes, which);
    }
    match (variable(data), data.split_last()) {
        (Some((variable, 0)), _) if is(variable.contents()) => {
            return by(Rule::VariableContents, 0);
        }
        (Some((_, 6)), Some((_, bytes))) if is(bytes) => return by(Rule::AllButLastByte, 0),
        _ => {}
    }
    for zeros in [1, 2, 4] {
        if without_zeros(data, zeros.into()).is_some_and(is) {
            return by(Rule::TextWithoutZeros, zeros);
        }
    }
    if pcr == 11 {
        let name = LogText::utf16(data);
        let add = |hasher: &mut Hasher| {
            name.hash_utf8(hasher);
            hasher.update(&[0]);
        };
        if data.starts_with(b".\0") && name.can_be(Encoding::Utf8) && is_what(&add) {
            return by(Rule::SectionName, 0);
        }
    }
    by(Rule::Digest, 0)
}
