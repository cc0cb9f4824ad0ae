//! [`Long`]: a file that may be longer than the memory.

use std::{
    ffi::OsStr,
    io::{ErrorKind, Read},
    sync::{Mutex, PoisonError},
};

use tpm_quote::Error;

use crate::input::{Input, Source};

/// A file of which the beginning is read at once, and the rest in pieces.
pub(crate) struct Long {
    /// What it begins with.
    pub(crate) head: Input,
    rest: Mutex<Box<dyn Read + Send>>,
}

/// Bytes of a file that are read at once, and of a piece.
const HEAD: u64 = 1 << 20;
const PIECE: usize = 1 << 16;

/// The error that ends the reading of a file early.
pub(crate) enum Stop {
    /// What is in it was refused.
    Refused(Error),
    /// It cannot be read.
    Unreadable(String),
}

impl Long {
    /// Opens a file, whatever it is called. One that is not long is given whole.
    pub(crate) fn open(file: &OsStr) -> Result<Result<Self, Input>, String> {
        let (mut head, mut from) = Source::open_file(file)?.head(HEAD)?;
        let mut next = [0];
        let count = read(&mut from, &mut next)
            .map_err(|error| format!("{}: cannot be read: {error}", head.name))?;
        if count == 0 {
            return Ok(Err(head));
        }
        head.bytes.extend(next);
        let rest = Mutex::new(from);
        Ok(Ok(Self { head, rest }))
    }

    /// Gives the file to `take`, piece by piece. It can be read once.
    pub(crate) fn each(
        &self,
        mut take: impl FnMut(&[u8]) -> Result<(), Error>,
    ) -> Result<(), Stop> {
        take(&self.head.bytes).map_err(Stop::Refused)?;
        let mut rest = self.rest.lock().unwrap_or_else(PoisonError::into_inner);
        let mut piece = vec![0; PIECE];
        loop {
            let count = read(&mut rest, &mut piece).map_err(|error| {
                Stop::Unreadable(format!("{}: cannot be read: {error}", self.head.name))
            })?;
            match piece.get(..count) {
                None | Some([]) => return Ok(()),
                Some(piece) => take(piece).map_err(Stop::Refused)?,
            }
        }
    }
}

/// Reads some bytes, none at the end.
fn read(from: &mut Box<dyn Read + Send>, to: &mut [u8]) -> std::io::Result<usize> {
    loop {
        match from.read(to) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}
