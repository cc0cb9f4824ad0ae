//! What comes in: files, standard input, hexadecimal.

use std::{ffi::OsStr, fs::File, io::Read, path::Path};

use tpm_quote::wire::{Hex, NotHex};

use crate::file_id::note_read;

/// The largest input: far more than any response, and less than the memory.
const MAX_LEN: u64 = 256 << 20;

/// Bytes and where they came from.
pub(crate) struct Input {
    pub(crate) bytes: Vec<u8>,
    /// For a person.
    pub(crate) name: String,
    is_stdin: bool,
}

/// What can be read, and where it comes from.
pub(crate) struct Source {
    pub(crate) from: Box<dyn Read + Send>,
    pub(crate) name: String,
    is_stdin: bool,
}

impl Source {
    /// The name as in reports.
    pub(crate) fn source(&self) -> &str {
        if self.is_stdin { "-" } else { &self.name }
    }

    /// A file, or standard input if it is `-`.
    pub(crate) fn open(file: &OsStr) -> Result<Self, String> {
        if file != "-" {
            return Self::open_file(file);
        }
        Ok(Self {
            from: Box::new(std::io::stdin()),
            name: "standard input".to_owned(),
            is_stdin: true,
        })
    }

    /// A file, whatever it is called.
    pub(crate) fn open_file(file: &OsStr) -> Result<Self, String> {
        let name = shown(file);
        match File::open(file) {
            Ok(opened) => {
                note_read(Path::new(file));
                Ok(Self {
                    from: Box::new(opened),
                    name,
                    is_stdin: false,
                })
            }
            Err(error) => Err(format!("{name}: cannot be read: {error}")),
        }
    }
}

impl Source {
    /// Reads so many bytes at most, and gives the rest.
    pub(crate) fn head(self, len: u64) -> Result<(Input, Box<dyn Read + Send>), String> {
        let Self {
            mut from,
            name,
            is_stdin,
        } = self;
        let mut bytes = Vec::new();
        if let Err(error) = from.by_ref().take(len).read_to_end(&mut bytes) {
            return Err(format!("{name}: cannot be read: {error}"));
        }
        let head = Input {
            bytes,
            name,
            is_stdin,
        };
        Ok((head, from))
    }
}

impl Input {
    /// Bytes that were decoded from a field of another input.
    pub(crate) fn decoded(bytes: Vec<u8>, field: &str) -> Self {
        Self {
            bytes,
            name: field.to_owned(),
            is_stdin: false,
        }
    }

    /// Reads a file, or standard input if it is `-`.
    pub(crate) fn read(file: &OsStr) -> Result<Self, String> {
        Self::read_all(Source::open(file)?)
    }

    /// Reads a file, whatever it is called.
    pub(crate) fn read_file(file: &OsStr) -> Result<Self, String> {
        Self::read_all(Source::open_file(file)?)
    }

    fn read_all(source: Source) -> Result<Self, String> {
        let Source {
            from,
            name,
            is_stdin,
        } = source;
        let mut bytes = Vec::new();
        match from.take(MAX_LEN).read_to_end(&mut bytes) {
            Err(error) => Err(format!("{name}: cannot be read: {error}")),
            Ok(len) if u64::try_from(len).is_ok_and(|len| len == MAX_LEN) => {
                Err(format!("{name}: more than 256 MiB"))
            }
            Ok(_) => Ok(Self {
                bytes,
                name,
                is_stdin,
            }),
        }
    }

    /// The name as in reports.
    pub(crate) fn source(&self) -> &str {
        if self.is_stdin { "-" } else { &self.name }
    }

    /// The bytes of a JSON text.
    pub(crate) fn json(&self) -> Result<&[u8], String> {
        match byte_order_mark(&self.bytes) {
            Some(mark) => Err(format!("{}: {mark}", self.name)),
            None => Ok(&self.bytes),
        }
    }

    /// Name, line and column of a byte, for a person.
    pub(crate) fn place(&self, offset: usize) -> String {
        let (line, column) = self.position(offset);
        format!("{}:{line}:{column}", self.name)
    }

    /// Line and column of a byte, counted from 1, for a text.
    pub(crate) fn position(&self, offset: usize) -> (u64, u64) {
        position(&self.bytes, offset)
    }
}

/// Line and column of a byte of a text, counted from 1; columns count characters.
pub(crate) fn position(text: &[u8], offset: usize) -> (u64, u64) {
    let before = String::from_utf8_lossy(text.get(..offset).unwrap_or(text));
    let line = before.matches('\n').count().saturating_add(1);
    let last = before.rsplit('\n').next().unwrap_or_default();
    let column = last.chars().count().saturating_add(1);
    let number = |count| u64::try_from(count).unwrap_or(u64::MAX);
    (number(line), number(column))
}

/// The byte order mark with which a text begins, and what to do about it: none belongs in
/// JSON.
pub(crate) fn byte_order_mark(text: &[u8]) -> Option<&'static str> {
    match text {
        [0xef, 0xbb, 0xbf, ..] => Some(
            "begins with a byte order mark, which JSON does not allow: save it as UTF-8 without one",
        ),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some(
            "begins with the byte order mark of UTF-16, and JSON is UTF-8: save it as UTF-8 without a byte order mark",
        ),
        _ => None,
    }
}

/// The name of a file on one line and as what it is, whatever is in it: without controls,
/// and without what changes the direction or the line.
pub(crate) fn shown(file: &OsStr) -> String {
    let one_line = |c: char| match c {
        '\u{61c}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}'
        | '\u{feff}' => char::REPLACEMENT_CHARACTER,
        c if c.is_control() => char::REPLACEMENT_CHARACTER,
        c => c,
    };
    file.to_string_lossy().chars().map(one_line).collect()
}

/// Bytes in hexadecimal: two digits a byte, of either case, nothing else.
pub(crate) fn unhex(text: &str) -> Result<Vec<u8>, String> {
    let mut bytes = vec![0; text.len() / 2];
    let decoded = Hex::decode(text, &mut bytes).map(<[u8]>::len);
    match decoded {
        Ok(_) => Ok(bytes),
        Err(NotHex::Digit(at)) => {
            let (c, at) = (
                text.chars().nth(at).unwrap_or_default(),
                at.saturating_add(1),
            );
            Err(format!("{c:?}, character {at}, is not a hexadecimal digit"))
        }
        Err(error) => Err(error.to_string()),
    }
}
