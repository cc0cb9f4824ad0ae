//! Our own machines, in `tests/data/boot`.

use std::fs;

/// The machines that have an event log.
pub const MACHINES: &[&str] = &[
    "01-secureboot-grub",
    "03-sdboot-uki",
    "05-efistub-shell",
    "13-os-separator",
    "15-trixie-secureboot",
    "18-ownkeys-uki",
    "19-systemd262-uki",
    "24-mok-validation-off",
];

/// The firmware's event log of a machine.
pub fn log_of(machine: &str) -> Vec<u8> {
    let path = format!(
        "{}/tests/data/boot/{machine}/eventlog.bin",
        env!("CARGO_MANIFEST_DIR")
    );
    fs::read(&path).unwrap_or_else(|e| panic!("{path}: {e}"))
}
