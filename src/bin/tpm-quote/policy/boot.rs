//! The rules for a boot in a policy file, as the library takes them. The packages for Python and
//! JavaScript have this file as well, and no std.

use alloc::{
    borrow::ToOwned as _,
    format,
    string::{String, ToString as _},
    vec::Vec,
};

use tpm_quote::{
    TpmAlgId,
    evidence::PolicyValue,
    log::{BootPolicy, MeasuredDigest, MeasuredText},
    verify::bank_by_name,
};

use crate::input::unhex;

/// The rules.
#[derive(Default)]
pub(super) struct BootRules {
    secure_boot: bool,
    mok_validation: bool,
    not_weakened: bool,
    authorities: [Vec<[u8; 32]>; 2],
    images: [Vec<Digest>; 2],
    command_lines: [Vec<Line>; 2],
    sbat: String,
    dbx: Vec<Vec<u8>>,
    pcrs: Vec<u8>,
}

/// A digest and its hash.
struct Digest(TpmAlgId, Vec<u8>);

/// A command line.
enum Line {
    Text(String),
    Digest(Digest),
}

impl Digest {
    /// `sha256:HEX`.
    fn read(text: &str) -> Option<Result<Self, String>> {
        let (name, digits) = text.split_once(':')?;
        let bank = bank_by_name(name)?;
        Some(unhex(digits).and_then(|digest| {
            let expected = bank.digest_size().unwrap_or_default();
            match digest.len() {
                len if len == expected => Ok(Self(bank, digest)),
                len => Err(format!("{len} bytes, expected {expected} of {name}")),
            }
        }))
    }

    fn borrowed(&self) -> MeasuredDigest<'_> {
        MeasuredDigest {
            algorithm: self.0,
            digest: &self.1,
        }
    }
}

impl Line {
    fn borrowed(&self) -> MeasuredText<'_> {
        match self {
            Self::Text(text) => MeasuredText::Text(text),
            Self::Digest(digest) => MeasuredText::Digest(digest.borrowed()),
        }
    }
}

impl BootRules {
    /// Adds a rule, or one element of it.
    pub(super) fn add(&mut self, key: &str, value: &PolicyValue<'_>) -> Result<(), String> {
        let text = match value {
            PolicyValue::Text(text) => text.to_string(),
            _ => String::new(),
        };
        let [allowed_authorities, required_authorities] = &mut self.authorities;
        let [allowed_images, required_images] = &mut self.images;
        let [allowed_lines, required_lines] = &mut self.command_lines;
        match key {
            "require_secure_boot" => self.secure_boot = true,
            "require_mok_validation" => self.mok_validation = true,
            "refuse_weakened" => self.not_weakened = true,
            "allow_authorities" => allowed_authorities.push(fingerprint(&text)?),
            "require_authorities" => required_authorities.push(fingerprint(&text)?),
            "allow_images" => allowed_images.push(image(&text)?),
            "require_images" => required_images.push(image(&text)?),
            "allow_command_lines" => allowed_lines.push(line(text)?),
            "require_command_lines" => required_lines.push(line(text)?),
            "sbat_at_least" => {
                self.sbat.push_str(&text);
                self.sbat.push('\n');
            }
            "dbx_has" => self.dbx.push(unhex(&text)?),
            "explained_pcrs" => {
                let PolicyValue::Number(number) = value else {
                    return Err("not a number".to_owned());
                };
                let index = u8::try_from(*number).ok().filter(|index| *index < 24);
                self.pcrs.push(index.ok_or("not a PCR, expected 0 to 23")?);
            }
            _ => return Err("not supported".to_owned()),
        }
        Ok(())
    }

    /// Calls a function with the policy.
    pub(super) fn with<T>(&self, then: impl FnOnce(&BootPolicy<'_>) -> T) -> T {
        let [authorities, required_authorities] = &self.authorities;
        let [images, required_images] = &self.images;
        let (images, required_images) = (digests(images), digests(required_images));
        let [command_lines, required_lines] = &self.command_lines;
        let (command_lines, required_lines) = (lines(command_lines), lines(required_lines));
        let dbx: Vec<&[u8]> = self.dbx.iter().map(Vec::as_slice).collect();
        let mut policy = BootPolicy::new();
        if self.secure_boot {
            policy = policy.require_secure_boot();
        }
        if self.mok_validation {
            policy = policy.require_mok_validation();
        }
        if self.not_weakened {
            policy = policy.refuse_weakened();
        }
        if !authorities.is_empty() {
            policy = policy.allow_authorities(authorities);
        }
        if !images.is_empty() {
            policy = policy.allow_images(&images);
        }
        if !command_lines.is_empty() {
            policy = policy.allow_command_lines(&command_lines);
        }
        if !self.sbat.is_empty() {
            policy = policy.sbat_at_least(self.sbat.as_bytes());
        }
        if !dbx.is_empty() {
            policy = policy.dbx_has(&dbx);
        }
        if !self.pcrs.is_empty() {
            policy = policy.explained_pcrs(&self.pcrs);
        }
        then(
            &policy
                .require_authorities(required_authorities)
                .require_images(&required_images)
                .require_command_lines(&required_lines),
        )
    }
}

fn digests(list: &[Digest]) -> Vec<MeasuredDigest<'_>> {
    list.iter().map(Digest::borrowed).collect()
}

fn lines(list: &[Line]) -> Vec<MeasuredText<'_>> {
    list.iter().map(Line::borrowed).collect()
}

fn fingerprint(text: &str) -> Result<[u8; 32], String> {
    let bytes = unhex(text)?;
    let len = bytes.len();
    let fingerprint = <[u8; 32]>::try_from(bytes);
    fingerprint.map_err(|_| format!("{len} bytes, expected 32: the SHA-256 of a certificate"))
}

fn image(text: &str) -> Result<Digest, String> {
    let digest = Digest::read(text);
    digest.unwrap_or_else(|| Err("expected a hash and a digest, as in sha256:HEX".to_owned()))
}

fn line(text: String) -> Result<Line, String> {
    match Digest::read(&text) {
        Some(Ok(digest)) => Ok(Line::Digest(digest)),
        // A text of several words may begin so as well.
        Some(Err(problem)) if !text.contains(' ') => Err(problem),
        _ => Ok(Line::Text(text)),
    }
}
