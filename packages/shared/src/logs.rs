//! [`LogTerms`]: the logs of a machine's boot.

use alloc::vec::Vec;

use tpm_quote::{
    Error,
    evidence::FileKind,
    log::{EventLog, Logs, Suffix, UserspaceLog},
    verify::Part,
};

/// The logs of a machine, as bytes, and what may follow them without a log of it.
#[derive(Default)]
pub struct LogTerms {
    pub boot: Option<Vec<u8>>,
    pub userspace: Option<Vec<u8>>,
    pub suffixes: Vec<Suffix>,
    pub padding: bool,
}

impl LogTerms {
    /// Returns the name of a setting that was given without the log that it is about.
    #[must_use]
    pub fn lonely(&self) -> Option<&'static str> {
        if self.padding && self.boot.is_none() {
            return Some("allow_padding");
        }
        let has_log = self.boot.is_some() || self.userspace.is_some();
        (!self.suffixes.is_empty() && !has_log).then_some("allow_suffix")
    }

    /// The logs, if there are any, or why one cannot be read.
    pub(crate) fn logs(&self) -> Result<Option<Logs<'_>>, Error> {
        if self.boot.is_none() && self.userspace.is_none() {
            return Ok(None);
        }
        let mut logs = Logs::new();
        if let Some(bytes) = &self.boot {
            let seen = FileKind::of(bytes).filter(|seen| seen.is_no_boot_log());
            refuse(seen, "the firmware's event log", Part::EventLog)?;
            logs = logs.firmware(match self.padding {
                true => EventLog::parse_padded(bytes)?,
                false => EventLog::parse(bytes)?,
            });
        }
        if let Some(bytes) = &self.userspace {
            let seen = FileKind::of(bytes).filter(|seen| seen.is_no_userspace_log());
            refuse(seen, "systemd's log of what it extends", Part::UserspaceLog)?;
            logs = logs.userspace(UserspaceLog::parse(bytes)?);
        }
        let suffixes = self.suffixes.iter();
        Ok(Some(
            suffixes.fold(logs, |logs, suffix| logs.allow_suffix(*suffix)),
        ))
    }
}

/// A file of the wrong kind is named as what it is.
fn refuse(seen: Option<FileKind>, wanted: &'static str, part: Part) -> Result<(), Error> {
    match seen {
        Some(seen) => Err(seen.instead_of(wanted, part)),
        None => Ok(()),
    }
}
