//! Which file it is, whatever it is called, and which files were read.

use std::{fs, path::Path, sync::Mutex};

/// What tells a file from all others, whatever it is called.
#[derive(PartialEq, Eq)]
pub(crate) struct FileId(
    #[cfg(unix)] (u64, u64),
    #[cfg(not(unix))] std::path::PathBuf,
);

impl FileId {
    #[cfg(unix)]
    pub(crate) fn of_path(path: &Path) -> Option<Self> {
        use std::os::unix::fs::MetadataExt as _;
        let file = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
        Some(Self((file.dev(), file.ino())))
    }

    #[cfg(not(unix))]
    pub(crate) fn of_path(path: &Path) -> Option<Self> {
        let path = path.canonicalize().ok()?;
        path.is_file().then_some(Self(path))
    }
}

/// The files that were read.
static READ: Mutex<Vec<FileId>> = Mutex::new(Vec::new());

/// Remembers a file that is read, so that nothing is written over it.
pub(crate) fn note_read(file: &Path) {
    if let (Some(id), Ok(mut read)) = (FileId::of_path(file), READ.lock()) {
        read.push(id);
    }
}

/// Whether a file was read.
pub(crate) fn was_read(file: &Path) -> bool {
    let Some(id) = FileId::of_path(file) else {
        return false;
    };
    READ.lock().is_ok_and(|read| read.contains(&id))
}
