//! What comes in: files, standard input, hexadecimal.

use std::{ffi::OsStr, fs::File, io::Read};

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
    fn open_file(file: &OsStr) -> Result<Self, String> {
        // A name is shown on one line, whatever is in it.
        let name: String = file
            .to_string_lossy()
            .chars()
            .map(|c| {
                if c.is_control() {
                    char::REPLACEMENT_CHARACTER
                } else {
                    c
                }
            })
            .collect();
        match File::open(file) {
            Ok(file) => Ok(Self {
                from: Box::new(file),
                name,
                is_stdin: false,
            }),
            Err(error) => Err(format!("{name}: cannot be read: {error}")),
        }
    }
}

impl Input {
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

    /// Name, line and column of a byte, for a text.
    pub(crate) fn place(&self, offset: usize) -> String {
        let before = self.bytes.get(..offset).unwrap_or(&self.bytes);
        let before = String::from_utf8_lossy(before);
        let line = before.matches('\n').count().saturating_add(1);
        let last = before.rsplit('\n').next().unwrap_or_default();
        let column = last.chars().count().saturating_add(1);
        format!("{}:{line}:{column}", self.name)
    }
}

/// Bytes in hexadecimal: two digits a byte, of either case, nothing else.
pub(crate) fn unhex(text: &str) -> Result<Vec<u8>, String> {
    let mut digits = Vec::new();
    for (position, c) in text.chars().enumerate() {
        let digit = c.to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        digits.push(digit.ok_or_else(|| {
            let position = position.saturating_add(1);
            format!("{c:?}, character {position}, is not a hexadecimal digit")
        })?);
    }
    let mut bytes = Vec::new();
    for pair in digits.chunks(2) {
        let &[high, low] = pair else {
            let count = digits.len();
            let digits = if count == 1 { "digit" } else { "digits" };
            return Err(format!("{count} hexadecimal {digits}, expected two per byte"));
        };
        bytes.push(high << 4 | low);
    }
    Ok(bytes)
}
