//! Standard output, of which a part that could not be written is always an error.
//!
//! On Unix the standard library opens `/dev/null` in the place of a standard output that
//! is closed, and takes one that cannot be written to for one that was.

use std::io;
#[cfg(not(unix))]
use std::io::Write as _;

/// Writes all of it.
pub(crate) fn write(bytes: &[u8]) -> io::Result<()> {
    #[cfg(unix)]
    return unix::write(bytes);
    #[cfg(not(unix))]
    {
        let mut out = io::stdout().lock();
        out.write_all(bytes).and_then(|()| out.flush())
    }
}

#[cfg(unix)]
mod unix {
    use std::{
        fs::File,
        io::{self, Write as _},
        os::fd::AsFd as _,
        sync::atomic::{AtomicBool, Ordering},
    };

    /// Whether it was closed when the program began.
    static IS_CLOSED: AtomicBool = AtomicBool::new(false);

    ctor::declarative::ctor! {
        /// Runs before `main`, and before the standard library fills the gap.
        #[ctor(unsafe)]
        fn look() {
            let copy = io::stdout().as_fd().try_clone_to_owned();
            IS_CLOSED.store(copy.is_err(), Ordering::Relaxed);
        }
    }

    pub(super) fn write(bytes: &[u8]) -> io::Result<()> {
        if IS_CLOSED.load(Ordering::Relaxed) {
            return Err(io::Error::other("it is closed"));
        }
        // Not through the standard library's handle, which hides that nothing was written.
        let copy = io::stdout().as_fd().try_clone_to_owned()?;
        File::from(copy).write_all(bytes)
    }
}
