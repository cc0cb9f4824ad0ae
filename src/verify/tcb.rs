//! [`SnpTcb`]: the versions of the firmware of a processor.

use core::fmt;

/// The security versions of the firmware of an AMD processor (`TCB_VERSION`), as Milan and
/// Genoa have them. Its text is, for example, `4.0.24.219`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SnpTcb {
    /// The boot loader.
    pub boot_loader: u8,
    /// The operating system of the secure processor.
    pub tee: u8,
    /// The firmware of SNP.
    pub snp: u8,
    /// The microcode.
    pub microcode: u8,
}

impl SnpTcb {
    /// Reads the versions as their text has them, `4.0.24.219`; `None` if it is another text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.split(is_dot);
        let mut next = || version(numbers.next()?);
        let tcb = Self {
            boot_loader: next()?,
            tee: next()?,
            snp: next()?,
            microcode: next()?,
        };
        numbers.next().is_none().then_some(tcb)
    }

    /// Whether each version is that one or a newer one.
    pub(crate) const fn is_at_least(&self, least: &Self) -> bool {
        self.boot_loader >= least.boot_loader
            && self.tee >= least.tee
            && self.snp >= least.snp
            && self.microcode >= least.microcode
    }
}

fn is_dot(c: char) -> bool {
    c == '.'
}

/// Reads a decimal number from 0 to 255.
fn version(digits: &str) -> Option<u8> {
    if digits.is_empty() {
        return None;
    }
    digits.bytes().try_fold(0_u8, |number, byte| {
        let digit = u8::try_from(char::from(byte).to_digit(10)?).ok()?;
        number.checked_mul(10)?.checked_add(digit)
    })
}

impl fmt::Display for SnpTcb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (boot_loader, tee) = (self.boot_loader, self.tee);
        write!(f, "{boot_loader}.{tee}.{}.{}", self.snp, self.microcode)
    }
}
