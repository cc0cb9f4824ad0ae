//! A line: a name, what vouches for its key, and options.

use core::time::Duration;

use super::{
    text::{TrustText, Word, Words},
    time::time,
};
use crate::{
    crypto::Name,
    verify::{
        SnpTcb,
        error::{Error, TrustFileProblem},
    },
    wire::Hex,
};

/// A line of a trust file.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct TrustLine<'a> {
    /// Its number, counted from 1.
    pub number: u32,
    /// Where it begins, in bytes from the start of the file.
    pub offset: usize,
    /// The machine, or whatever the line is called.
    pub name: &'a str,
    /// What vouches for the key.
    pub anchor: TrustAnchor<'a>,
    /// From when on the line counts, since 1970.
    pub valid_after: Option<Duration>,
    /// Up to when the line counts, since 1970.
    pub valid_before: Option<Duration>,
}

/// What vouches for the key. Files are only named: who calls reads them.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum TrustAnchor<'a> {
    /// `ak-name HEX`: the key has this Name.
    AkName(Name),
    /// `ak-key FILE`: it is the key in the file.
    AkKey(TrustText<'a>),
    /// `ak-ca FILE`: its certificate leads to a root in the file.
    AkCa {
        /// The file.
        file: TrustText<'a>,
        /// What the certificate is required to be.
        profile: TrustProfile<'a>,
        /// The Name that the key has to have as well.
        ak_name: Option<Name>,
        /// `dangerous-sha1-certificates`: a certificate may be signed with SHA-1.
        allows_sha1: bool,
    },
    /// `certified-by FILE`: the key in the file certifies it.
    CertifiedBy(TrustText<'a>),
    /// `hardware-root FILE`: a processor vouches for it, by certificates in the file.
    HardwareRoot {
        /// The file.
        file: TrustText<'a>,
        /// The launch measurements of the firmware.
        measurements: TrustDigests<'a>,
        /// The digests of the keys that signed the firmware.
        id_keys: TrustDigests<'a>,
        /// The oldest firmware of the processor.
        tcb: Option<SnpTcb>,
    },
}

impl TrustAnchor<'_> {
    /// The kind of the line, as it stands there.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::AkName(_) => AK_NAME,
            Self::AkKey(_) => AK_KEY,
            Self::AkCa { .. } => AK_CA,
            Self::CertifiedBy(_) => CERTIFIED_BY,
            Self::HardwareRoot { .. } => HARDWARE_ROOT,
        }
    }
}

/// The profile of `ak-ca`, with what it requires.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum TrustProfile<'a> {
    /// `profile=tcg`, or none.
    Tcg,
    /// `profile=azure` with `vm`; or with `ak-name`, which the line has.
    Azure {
        /// The common name.
        vm: Option<TrustText<'a>>,
    },
    /// `profile=google` with `project`, `instance` or both.
    Google {
        /// The project.
        project: Option<TrustText<'a>>,
        /// The id of the instance.
        instance: Option<u64>,
    },
    /// `profile=dangerous-any-purpose`.
    DangerousAnyPurpose,
}

/// Digests of 48 bytes, separated by commas.
#[derive(Clone, Copy, Debug, Default)]
pub struct TrustDigests<'a>(&'a str);

impl<'a> TrustDigests<'a> {
    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The digests.
    pub fn iter(&self) -> impl Iterator<Item = [u8; 48]> + use<'a> {
        // All of it was read before.
        let digits = self.0.split(is_comma).filter(|digits| !digits.is_empty());
        digits.filter_map(digest)
    }
}

fn is_comma(c: char) -> bool {
    c == ','
}

fn digest(digits: &str) -> Option<[u8; 48]> {
    let mut digest = [0; 48];
    let len = Hex::decode(digits, &mut digest).ok()?.len();
    (len == 48).then_some(digest)
}

const AK_NAME: &str = "ak-name";
const AK_KEY: &str = "ak-key";
const AK_CA: &str = "ak-ca";
const CERTIFIED_BY: &str = "certified-by";
const HARDWARE_ROOT: &str = "hardware-root";

/// The only option without a value.
const SHA1_CERTIFICATES: &str = "dangerous-sha1-certificates";

/// The kinds of lines, and what follows each.
const KINDS: &[(&str, &str)] = &[
    (AK_NAME, "the Name of a key"),
    (AK_KEY, "the file of a key"),
    (AK_CA, "the file of a root"),
    (CERTIFIED_BY, "the file of a key"),
    (HARDWARE_ROOT, "the file of a root"),
];

/// The options, in the order of [`Options`], and the kind that has them, if it is one alone.
const OPTIONS: [(&str, Option<&str>); 11] = [
    ("profile", Some(AK_CA)),
    ("project", Some(AK_CA)),
    ("instance", Some(AK_CA)),
    ("vm", Some(AK_CA)),
    (AK_NAME, Some(AK_CA)),
    (SHA1_CERTIFICATES, Some(AK_CA)),
    ("measurement", Some(HARDWARE_ROOT)),
    ("id-key", Some(HARDWARE_ROOT)),
    ("tcb", Some(HARDWARE_ROOT)),
    ("valid-after", None),
    ("valid-before", None),
];

type Options<'a> = [Option<TrustText<'a>>; OPTIONS.len()];

/// What a line says; `None` if it is blank or a comment.
pub(super) fn line<'a>(
    text: &'a str,
    number: u32,
    offset: usize,
) -> Result<Option<TrustLine<'a>>, Error> {
    let mut words = Words::new(text, offset);
    let begin = words.skip_blanks();
    match text_behind(text, offset, begin).bytes().next() {
        None | Some(b'#') => return Ok(None),
        Some(_) => {}
    }
    let Some(word) = words.next()? else {
        return Ok(None);
    };
    let name = machine(word)?;
    let at = words.offset();
    let Some(word) = words.next()? else {
        return Err(super::text::refused(TrustFileProblem::NoKind, at));
    };
    let kind = KINDS.iter().find(|(kind, _)| *kind == word.text);
    let &(kind, expected) = kind.ok_or(word.refused(TrustFileProblem::Kind))?;
    let missing = word.refused(TrustFileProblem::NoValue { kind, expected });
    let value = TrustText::of(words.next()?.ok_or(missing)?)?;
    if value.is_empty() {
        return Err(value.refused(TrustFileProblem::NoValue { kind, expected }));
    }
    let options = options(&mut words, kind)?;
    let (valid_after, valid_before) = validity(&options)?;
    Ok(Some(TrustLine {
        number,
        offset: begin,
        name,
        anchor: anchor(kind, value, &options)?,
        valid_after,
        valid_before,
    }))
}

fn text_behind(text: &str, offset: usize, at: usize) -> &str {
    let skipped = at.saturating_sub(offset);
    text.split_at_checked(skipped).unwrap_or_default().1
}

/// The name of a machine: one word, in which nothing could be taken for a pattern or a list.
fn machine(word: Word<'_>) -> Result<&str, Error> {
    let is_wrong = |c: &char| matches!(c, '"' | '\'' | ',' | '*' | '?' | '!' | '=' | '\\');
    match word.text.chars().find(is_wrong) {
        Some(c) => Err(word.refused(TrustFileProblem::Name(c))),
        None => Ok(word.text),
    }
}

fn options<'a>(words: &mut Words<'a>, kind: &'static str) -> Result<Options<'a>, Error> {
    let mut options: Options<'a> = [None; OPTIONS.len()];
    while let Some(word) = words.next()? {
        let (key, value) = match word.option() {
            Some((SHA1_CERTIFICATES, value)) => {
                let (of, expected) = (SHA1_CERTIFICATES, "no value");
                return Err(value.refused(TrustFileProblem::Value { of, expected }));
            }
            None if word.text == SHA1_CERTIFICATES => (SHA1_CERTIFICATES, word),
            option => option.ok_or(word.refused(TrustFileProblem::Option))?,
        };
        let mut places = OPTIONS.iter().zip(&mut options);
        let place = places.find(|((option, _), _)| *option == key);
        let ((option, of), place) = place.ok_or(word.refused(TrustFileProblem::Option))?;
        if of.is_some_and(|of| of != kind) {
            return Err(word.refused(TrustFileProblem::Misplaced { option, kind }));
        }
        let value = TrustText::of(value)?;
        if value.is_empty() {
            let (of, expected) = (option, "a value");
            return Err(word.refused(TrustFileProblem::Value { of, expected }));
        }
        if place.replace(value).is_some() {
            return Err(word.refused(TrustFileProblem::Repeated(option)));
        }
    }
    Ok(options)
}

fn validity(options: &Options<'_>) -> Result<(Option<Duration>, Option<Duration>), Error> {
    let [.., after, before] = options;
    let expected = "a time in UTC, as 20270101, 202701011230Z or 2027-01-01T12:30:00Z";
    let read = |text: &Option<TrustText<'_>>, of| match text {
        Some(text) => typed(text, of, expected, time).map(Some),
        None => Ok(None),
    };
    let (from, to) = (read(after, "valid-after")?, read(before, "valid-before")?);
    match (from, to, before) {
        (Some(from), Some(to), Some(text)) if from >= to => {
            Err(text.refused(TrustFileProblem::NeverValid))
        }
        _ => Ok((from, to)),
    }
}

/// A value that is read from text in which nothing is escaped.
fn typed<'a, T>(
    text: &TrustText<'a>,
    of: &'static str,
    expected: &'static str,
    read: impl FnOnce(&'a str) -> Option<T>,
) -> Result<T, Error> {
    let value = text.plain().and_then(read);
    value.ok_or(text.refused(TrustFileProblem::Value { of, expected }))
}

fn key_name(text: &TrustText<'_>) -> Result<Name, Error> {
    let expected = "a Name in hexadecimal, as 000b and 64 digits";
    typed(text, AK_NAME, expected, |digits| digits.parse().ok())
}

fn anchor<'a>(
    kind: &'static str,
    value: TrustText<'a>,
    options: &Options<'a>,
) -> Result<TrustAnchor<'a>, Error> {
    let [_, _, _, _, _, old, measurement, id_key, tcb, ..] = *options;
    Ok(match kind {
        AK_NAME => TrustAnchor::AkName(key_name(&value)?),
        AK_KEY => TrustAnchor::AkKey(value),
        CERTIFIED_BY => TrustAnchor::CertifiedBy(value),
        AK_CA => {
            let (profile, ak_name) = profile(options)?;
            TrustAnchor::AkCa {
                file: value,
                profile,
                ak_name,
                allows_sha1: old.is_some(),
            }
        }
        _ => {
            let measurements = digests(measurement, "measurement")?;
            let id_keys = digests(id_key, "id-key")?;
            if measurements.is_empty() && id_keys.is_empty() {
                return Err(value.refused(TrustFileProblem::Lacks {
                    what: HARDWARE_ROOT,
                    needs: "measurement or id-key: any guest gets a report of its processor",
                }));
            }
            let versions = "four numbers up to 255, as 4.0.24.219";
            let read = |text: TrustText<'a>| typed(&text, "tcb", versions, SnpTcb::parse);
            TrustAnchor::HardwareRoot {
                file: value,
                measurements,
                id_keys,
                tcb: tcb.map(read).transpose()?,
            }
        }
    })
}

fn digests<'a>(text: Option<TrustText<'a>>, of: &'static str) -> Result<TrustDigests<'a>, Error> {
    let Some(text) = text else {
        return Ok(TrustDigests::default());
    };
    let expected = "digests of 96 hexadecimal digits, separated by commas";
    typed(&text, of, expected, |digits| {
        let mut each = digits.split(is_comma);
        each.all(|digits| digest(digits).is_some())
            .then_some(TrustDigests(digits))
    })
}

/// A number of at most these many digits.
fn decimal(text: &str, most: usize) -> Option<u64> {
    if text.is_empty() || text.len() > most {
        return None;
    }
    text.bytes().try_fold(0_u64, |number, byte| {
        let digit = char::from(byte).to_digit(10)?;
        number.checked_mul(10)?.checked_add(digit.into())
    })
}

fn profile<'a>(options: &Options<'a>) -> Result<(TrustProfile<'a>, Option<Name>), Error> {
    let [profile, project, instance, vm, ak_name, ..] = *options;
    let ak_name = ak_name.map(|text| key_name(&text)).transpose()?;
    let ids = "the id of an instance, a number: other instances may have its name";
    let read = |text: TrustText<'a>| typed(&text, "instance", ids, |id| decimal(id, 20));
    let id = instance.map(read).transpose()?;
    let expected = "tcg, azure, google or dangerous-any-purpose";
    let chosen = match profile {
        None => "tcg",
        Some(text) => typed(&text, "profile", expected, Some)?,
    };
    let useless = |option, text: Option<TrustText<'a>>, needs| match text {
        Some(text) => Err(text.refused(TrustFileProblem::Useless { option, needs })),
        None => Ok(()),
    };
    if chosen != "google" {
        useless("project", project, "profile=google")?;
        useless("instance", instance, "profile=google")?;
    }
    if chosen != "azure" {
        useless("vm", vm, "profile=azure")?;
    }
    let lacks = |what, needs| match profile {
        Some(text) => Err(text.refused(TrustFileProblem::Lacks { what, needs })),
        None => Ok(()),
    };
    let chosen = match (chosen, profile) {
        ("tcg", _) => TrustProfile::Tcg,
        ("dangerous-any-purpose", _) => TrustProfile::DangerousAnyPurpose,
        ("azure", _) => {
            if vm.is_none() && ak_name.is_none() {
                lacks(
                    "profile=azure",
                    "vm or ak-name: its root vouches for the VMs of all customers",
                )?;
            }
            TrustProfile::Azure { vm }
        }
        ("google", _) => {
            if project.is_none() && id.is_none() {
                lacks(
                    "profile=google",
                    "project or instance: its root vouches for the VMs of all customers",
                )?;
            }
            let instance = id;
            TrustProfile::Google { project, instance }
        }
        (_, Some(text)) => {
            let of = "profile";
            return Err(text.refused(TrustFileProblem::Value { of, expected }));
        }
        (_, None) => TrustProfile::Tcg,
    };
    Ok((chosen, ak_name))
}
