//! [`Beside`]: a file that is whole before it takes its place.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use tpm_quote::wire::Hex;

/// A whole file on the disk under a name of its own, in the folder of the one that it is to be.
/// It is removed unless it takes that place.
pub(crate) struct Beside {
    path: PathBuf,
    file: File,
}

impl Beside {
    /// Writes the file. `mode` are its permissions, where the system has them.
    pub(crate) fn write(place: &Path, mode: u32, bytes: &[u8]) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
        #[cfg(not(unix))]
        let _ = mode;
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(io::Error::other)?;
        let path = place.with_file_name(format!(".tpm-quote-{}", Hex(&random)));
        let file = options.open(&path)?;
        let mut beside = Self { path, file };
        beside.file.write_all(bytes)?;
        beside.file.sync_all()?;
        Ok(beside)
    }

    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    /// Takes the place of another file, if there is one.
    pub(crate) fn replace(self, place: &Path) -> io::Result<()> {
        fs::rename(&self.path, place)
    }

    /// Takes a place in which no file is.
    #[cfg(feature = "credential")]
    pub(crate) fn put_new(self, place: &Path) -> io::Result<()> {
        // Unlike a rename, this fails if there is one. Some file systems have no links.
        match fs::hard_link(&self.path, place) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                match fs::symlink_metadata(place) {
                    Ok(_) => Err(io::ErrorKind::AlreadyExists.into()),
                    Err(_) => self.replace(place),
                }
            }
            done => done,
        }
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        // After a rename there is nothing under this name.
        let _ = fs::remove_file(&self.path);
    }
}
