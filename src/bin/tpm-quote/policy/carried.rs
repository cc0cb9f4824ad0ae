//! Logs that a response carries: `response` in the place of a file's name.

use std::ffi::OsStr;

use tpm_quote::{
    Error,
    evidence::{CarriedLog, ResponseLogs},
};

use crate::{input::Input, long::Long};

/// What stands in the place of a file's name for a log that the response carries.
const RESPONSE: &str = "response";

/// Where a log comes from.
pub(super) enum Log {
    File(Input),
    /// A file that is read in pieces.
    Long(Long),
    Response,
}

impl Log {
    /// Reads the file, unless the log is the response's.
    pub(super) fn open(file: &OsStr) -> Result<Self, String> {
        match is_carried(file) {
            true => Ok(Self::Response),
            false => Input::read_file(file).map(Self::File),
        }
    }

    /// The same; a long file is read in pieces later.
    pub(super) fn open_long(file: &OsStr) -> Result<Self, String> {
        match is_carried(file) {
            true => Ok(Self::Response),
            false => Ok(Long::open(file)?.map_or_else(Self::File, Self::Long)),
        }
    }

    /// The file that is read in pieces, if it is one.
    pub(super) fn long(&self) -> Option<&Long> {
        match self {
            Self::Long(long) => Some(long),
            _ => None,
        }
    }

    /// The file, if it is one, or what it begins with.
    pub(super) fn file(&self) -> Option<&Input> {
        match self {
            Self::File(input) => Some(input),
            Self::Long(long) => Some(&long.head),
            Self::Response => None,
        }
    }

    /// The log: the file, or what the response carries, unless that is of the wrong kind.
    pub(super) fn read<'l>(
        &'l self,
        carried: &'l Found,
        fits: fn(&Input) -> Result<(), Error>,
    ) -> Result<&'l Input, Error> {
        match self {
            Self::File(input) => Ok(input),
            Self::Long(long) => Ok(&long.head),
            Self::Response => {
                let input = carried.as_ref().map_err(|error| *error)?;
                fits(input).map(|()| input)
            }
        }
    }
}

/// Whether the log is to be taken from the response.
pub(super) fn is_carried(file: &OsStr) -> bool {
    file == RESPONSE
}

/// A log in a response, or why there is none.
type Found = Result<Input, Error>;

/// The logs that a response carries.
pub(crate) struct Carried {
    pub(super) event_log: Found,
    pub(super) ima_log: Found,
}

impl Carried {
    /// Those of evidence that is no response: none.
    pub(crate) fn none() -> Self {
        Self::of(Ok(ResponseLogs::default()))
    }

    /// Those of a response.
    pub(super) fn read(response: &[u8]) -> Self {
        Self::of(ResponseLogs::from_any_json(response))
    }

    fn of(logs: Result<ResponseLogs<'_>, Error>) -> Self {
        Self {
            event_log: logs.and_then(|logs| decoded(&logs.event_log()?)),
            ima_log: logs.and_then(|logs| decoded(&logs.ima_log()?)),
        }
    }
}

fn decoded(log: &CarriedLog<'_>) -> Found {
    let mut room = vec![0; log.max_len()];
    let len = log.decode(&mut room)?.len();
    room.truncate(len);
    Ok(Input::decoded(room, log.field()))
}
