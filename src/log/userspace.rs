//! [`UserspaceLog`]: what the operating system extended after the firmware's log was closed.

use core::fmt;

use crate::{crypto::Digest, types::TpmAlgId};

/// systemd's log of what it extends, `/run/log/systemd/tpm2-measure.log`: a JSON text sequence.
///
/// Its events follow those of the firmware's log in each PCR. As any log, it proves nothing by
/// itself.
#[derive(Clone, Copy)]
pub struct UserspaceLog<'a> {
    text: &'a [u8],
    read: ReadRecord,
}

/// An entry: the PCR that it extends, if it does, and its digest in one bank, if it has one.
pub(crate) struct Record<'a> {
    pub(crate) index: Option<u8>,
    pub(crate) digest: Option<Digest>,
    /// What was measured, as the log says, unless it has escapes.
    pub(crate) text: Option<&'a str>,
    /// What follows it.
    pub(crate) rest: &'a [u8],
}

/// An entry that extends a PCR.
pub(super) struct Entry<'a> {
    /// Its number among all, counted from 0.
    pub(super) number: u32,
    /// Where it begins.
    pub(super) at: usize,
    pub(super) index: u8,
    /// The digest in the bank that was asked for.
    pub(super) digest: Option<Digest>,
    /// What was measured, as the log says.
    pub(super) text: Option<&'a str>,
}

/// Reads the entry with which a text begins that was read before.
pub(crate) type ReadRecord = for<'t> fn(&'t [u8], TpmAlgId) -> Option<Record<'t>>;

impl<'a> UserspaceLog<'a> {
    /// A text in which all entries were read, and what reads them.
    pub(crate) const fn new(text: &'a [u8], read: ReadRecord) -> Self {
        Self { text, read }
    }

    /// The entries that extend a PCR.
    pub(super) fn entries(&self, bank: TpmAlgId) -> impl Iterator<Item = Entry<'a>> + use<'a> {
        let Self { text, read } = *self;
        let mut rest = text;
        let records = (0..).map_while(move |number| {
            let at = text.len().saturating_sub(rest.len());
            let record = read(rest, bank)?;
            rest = record.rest;
            Some((number, at, record))
        });
        records.filter_map(|(number, at, record)| {
            Some(Entry {
                number,
                at,
                index: record.index?,
                digest: record.digest,
                text: record.text,
            })
        })
    }
}

impl fmt::Debug for UserspaceLog<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.text.len();
        f.debug_struct("UserspaceLog")
            .field("bytes", &bytes)
            .finish()
    }
}
