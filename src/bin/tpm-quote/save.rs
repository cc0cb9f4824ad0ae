//! Files that are written: each is written beside the old one and takes its place once it
//! is whole, so that a full disk loses nothing.

use std::{
    ffi::OsStr,
    fs::{self, Metadata, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use crate::{
    beside::Beside,
    file_id::{FileId, was_read},
    input::shown,
};

/// A file that is written, but not yet in its place.
pub(crate) struct Staged {
    /// As the caller called it.
    name: String,
    path: PathBuf,
    bytes: Bytes,
}

enum Bytes {
    /// Beside the place.
    Beside(Beside),
    /// The same, for a place in which nothing may be.
    #[cfg(feature = "credential")]
    New(Beside),
    /// For a pipe, a terminal or the like, which cannot be replaced.
    Held(Vec<u8>),
}

impl Staged {
    /// Writes what is to replace a file, if there is one. Its permissions stay.
    pub(crate) fn replacing(file: &OsStr, bytes: &[u8]) -> Result<Self, String> {
        Self::stage(file, |path| match fs::metadata(path) {
            Ok(old) if !old.is_file() || is_descriptor(file) => Ok(Bytes::Held(bytes.to_vec())),
            Ok(old) => {
                // A file that may not be written is not replaced either.
                OpenOptions::new().write(true).open(path)?;
                let beside = Beside::write(path, 0o600, bytes)?;
                keep_permissions(&beside, &old)?;
                Ok(Bytes::Beside(beside))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Ok(Bytes::Beside(Beside::write(path, 0o666, bytes)?))
            }
            Err(error) => Err(error),
        })
    }

    /// Writes a new file that only its owner can read, where the system has permissions. It
    /// is an error if the file exists.
    #[cfg(feature = "credential")]
    pub(crate) fn new_secret(file: &OsStr, bytes: &[u8]) -> Result<Self, String> {
        Self::stage(file, |path| {
            if fs::symlink_metadata(path).is_ok() {
                return Err(io::ErrorKind::AlreadyExists.into());
            }
            Ok(Bytes::New(Beside::write(path, 0o600, bytes)?))
        })
    }

    fn stage(file: &OsStr, bytes: impl FnOnce(&Path) -> io::Result<Bytes>) -> Result<Self, String> {
        let name = shown(file);
        let staged = place(Path::new(file)).and_then(|path| Ok((bytes(&path)?, path)));
        match staged {
            Ok((bytes, path)) => Ok(Self { name, path, bytes }),
            Err(error) => Err(cannot_write(&name, &error)),
        }
    }

    /// Puts the file in its place.
    pub(crate) fn put(self) -> Result<(), String> {
        let Self { name, path, bytes } = self;
        let put = match bytes {
            Bytes::Beside(beside) => beside.replace(&path),
            #[cfg(feature = "credential")]
            Bytes::New(beside) => beside.put_new(&path),
            Bytes::Held(bytes) => OpenOptions::new()
                .append(true)
                .open(path)
                .and_then(|mut file| file.write_all(&bytes)),
        };
        put.map_err(|error| cannot_write(&name, &error))
    }
}

fn cannot_write(name: &str, error: &io::Error) -> String {
    format!("{name}: cannot be written: {error}")
}

/// Gives a file the owner and the permissions of the one that it replaces.
fn keep_permissions(new: &Beside, old: &Metadata) -> io::Result<()> {
    let new = new.file();
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt as _, fchown};
        let of_new = new.metadata()?;
        if (of_new.uid(), of_new.gid()) != (old.uid(), old.gid()) {
            fchown(new, Some(old.uid()), Some(old.gid()))?;
        }
    }
    new.set_permissions(old.permissions())
}

/// Whether a name stands for something that is open already, as `/dev/stdout` does.
fn is_descriptor(file: &OsStr) -> bool {
    ["/dev/stdout", "/dev/stderr", "/dev/fd", "/proc"]
        .iter()
        .any(|of_system| Path::new(file).starts_with(of_system))
}

/// Where a file is or will be, past all links.
fn place(file: &Path) -> io::Result<PathBuf> {
    // As many as Linux follows.
    const MAX_LINKS: usize = 40;
    if is_descriptor(file.as_os_str()) {
        return Ok(file.to_owned());
    }
    let mut file = file.to_owned();
    for _ in 0..MAX_LINKS {
        let folder = match file.parent() {
            Some(folder) if folder != Path::new("") => folder.canonicalize()?,
            _ => Path::new(".").canonicalize()?,
        };
        let Some(name) = file.file_name() else {
            return file.canonicalize();
        };
        let path = folder.join(name);
        match fs::read_link(&path) {
            Ok(target) => file = folder.join(target),
            Err(_) => return Ok(path),
        }
    }
    Err(io::Error::other("too many symbolic links"))
}

/// Whether two names are those of one file, which need not be there.
pub(crate) fn is_one_file(one: &OsStr, other: &OsStr) -> bool {
    let (one, other) = (Path::new(one), Path::new(other));
    let is_one_place = matches!((place(one), place(other)), (Ok(one), Ok(other)) if one == other);
    let is_one_id = FileId::of_path(one).is_some_and(|id| Some(id) == FileId::of_path(other));
    is_one_place || is_one_id
}

/// Refuses a place in which a file is that was read: it would be lost.
pub(crate) fn refuse_what_was_read(file: &OsStr) -> Result<(), String> {
    if was_read(Path::new(file)) {
        let name = shown(file);
        return Err(format!(
            "{name}: this file is read as well, and would be lost\nhelp: Name another file to be written."
        ));
    }
    Ok(())
}
