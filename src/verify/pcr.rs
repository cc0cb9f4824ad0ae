//! PCRs, their values, and sets of them.

use core::fmt;

use crate::{types::TpmAlgId, wire::Hex};

/// PCRs of a PC Client TPM in each bank.
pub(crate) const PCR_COUNT: u8 = 24;
/// Banks that a set can hold: all hashes with a known digest size.
const BANK_COUNT: usize = 12;
/// The PCRs of all these banks.
const MAX_VALUES: usize = 288;

const BANKS: [(&str, TpmAlgId); 8] = [
    ("sha1", TpmAlgId::SHA1),
    ("sha256", TpmAlgId::SHA256),
    ("sha384", TpmAlgId::SHA384),
    ("sha512", TpmAlgId::SHA512),
    ("sm3_256", TpmAlgId::SM3_256),
    ("sha3_256", TpmAlgId::SHA3_256),
    ("sha3_384", TpmAlgId::SHA3_384),
    ("sha3_512", TpmAlgId::SHA3_512),
];

/// Returns the bank with this name, in lower case, such as `sha256`.
#[must_use]
pub fn bank_by_name(name: &str) -> Option<TpmAlgId> {
    BANKS
        .iter()
        .find_map(|&(known, bank)| (known == name).then_some(bank))
}

/// The bank with this name, in either case.
pub(crate) fn bank_in_either_case(name: &str) -> Option<TpmAlgId> {
    BANKS
        .iter()
        .find_map(|&(known, bank)| known.eq_ignore_ascii_case(name).then_some(bank))
}

/// Returns the name of a bank, if this crate has one for it.
#[must_use]
pub fn bank_name(bank: TpmAlgId) -> Option<&'static str> {
    BANKS
        .iter()
        .find_map(|&(name, known)| (known == bank).then_some(name))
}

/// Reads an index: decimal, 0 to 23, with one way to write each.
pub(crate) fn parse_index(text: &str) -> Option<u8> {
    let canonical = matches!(text.as_bytes(), [b'0'..=b'9'] | [b'1'..=b'2', b'0'..=b'9']);
    let index = text.parse().ok().filter(|_| canonical)?;
    (index < PCR_COUNT).then_some(index)
}

/// A PCR of a PC Client TPM: a bank and an index from 0 to 23. As text, `sha256:7`.
///
/// ```
/// use tpm_quote::{Pcr, PcrSet, TpmAlgId};
///
/// let pcr = Pcr::new(TpmAlgId::SHA256, 7)?;
/// assert_eq!(pcr.to_string(), "sha256:7");
/// let set: PcrSet = [pcr].into_iter().collect();
/// assert_eq!(set, PcrSet::parse("sha256:7")?);
/// # Ok::<(), tpm_quote::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pcr {
    bank: TpmAlgId,
    index: u8,
}

impl Pcr {
    /// The PCR of a bank that a set has room for, and of an index below 24.
    pub(crate) const fn known(bank: TpmAlgId, index: u8) -> Self {
        Self { bank, index }
    }

    /// Returns the bank: the hash with which the PCR is extended.
    #[must_use]
    pub const fn bank(self) -> TpmAlgId {
        self.bank
    }

    /// Returns the index, 0 to 23.
    #[must_use]
    pub const fn index(self) -> u8 {
        self.index
    }

    /// Returns the length of the PCR's value, in bytes.
    #[must_use]
    pub fn digest_size(self) -> usize {
        self.bank.digest_size().unwrap_or(0)
    }
}

impl fmt::Display for Pcr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        PcrName(self.bank, self.index).fmt(f)
    }
}

impl fmt::Debug for Pcr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A bank as text, as in `sha256`.
pub(crate) struct BankName(pub(crate) TpmAlgId);

impl fmt::Display for BankName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match bank_name(self.0) {
            Some(name) => f.write_str(name),
            None => self.0.fmt(f),
        }
    }
}

/// A bank and an index as text, as in `sha256:7`, whether or not there is such a PCR.
pub(crate) struct PcrName(pub(crate) TpmAlgId, pub(crate) u8);

impl fmt::Display for PcrName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", BankName(self.0), self.1)
    }
}

/// The value of a PCR.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PcrValue<'a> {
    /// Bank.
    pub bank: TpmAlgId,
    /// Index, 0 to 23.
    pub index: u8,
    /// Value, as long as the bank's digests.
    pub digest: &'a [u8],
}

impl<'a> PcrValue<'a> {
    /// Creates the value of this PCR.
    #[must_use]
    pub const fn new(pcr: Pcr, digest: &'a [u8]) -> Self {
        Self {
            bank: pcr.bank,
            index: pcr.index,
            digest,
        }
    }
}

impl fmt::Debug for PcrValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} = {}",
            PcrName(self.bank, self.index),
            Hex(self.digest)
        )
    }
}

/// PCR values, borrowed.
#[derive(Clone, Copy)]
pub struct PcrValues<'a>(Store<'a>);

#[derive(Clone, Copy)]
enum Store<'a> {
    Listed(&'a [PcrValue<'a>]),
    #[cfg(feature = "response")]
    Packed(&'a [PackedPcr], &'a [u8]),
}

/// A PCR and where its value lies in a buffer next to it.
#[cfg(feature = "response")]
#[derive(Clone, Copy, Debug)]
pub(crate) struct PackedPcr {
    pub(crate) bank: TpmAlgId,
    pub(crate) index: u8,
    pub(crate) start: u16,
    pub(crate) len: u16,
}

impl<'a> From<&'a [PcrValue<'a>]> for PcrValues<'a> {
    fn from(values: &'a [PcrValue<'a>]) -> Self {
        Self(Store::Listed(values))
    }
}

impl<'a> PcrValues<'a> {
    #[cfg(feature = "response")]
    pub(crate) fn packed(values: &'a [PackedPcr], bytes: &'a [u8]) -> Self {
        Self(Store::Packed(values, bytes))
    }

    fn get(&self, position: usize) -> Option<PcrValue<'a>> {
        match self.0 {
            Store::Listed(values) => values.get(position).copied(),
            #[cfg(feature = "response")]
            Store::Packed(values, bytes) => values.get(position).map(|value| PcrValue {
                bank: value.bank,
                index: value.index,
                digest: bytes
                    .get(usize::from(value.start)..)
                    .and_then(|rest| rest.get(..usize::from(value.len)))
                    .unwrap_or_default(),
            }),
        }
    }

    /// Returns the values in the order in which they were given.
    pub fn iter(&self) -> impl Iterator<Item = PcrValue<'a>> + use<'a> {
        let this = *self;
        (0..).map_while(move |position| this.get(position))
    }

    /// The value of one PCR, looked for from `cursor` on first: whoever asks in
    /// the order in which the values were given finds each at once.
    pub(crate) fn find(
        &self,
        bank: TpmAlgId,
        index: u8,
        cursor: &mut usize,
    ) -> Option<PcrValue<'a>> {
        let is_it = |value: &PcrValue<'_>| value.bank == bank && value.index == index;
        let found = self
            .get(*cursor)
            .filter(is_it)
            .or_else(|| self.iter().find(is_it));
        *cursor = cursor.saturating_add(1);
        found
    }
}

impl fmt::Debug for PcrValues<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// A set of PCRs: up to 12 banks with indices from 0 to 23. As text,
/// `sha256:0,7,10+sha1:0`.
///
/// ```
/// use tpm_quote::{Pcr, PcrSet, TpmAlgId};
///
/// let boot = PcrSet::new(TpmAlgId::SHA256, &[0, 7, 10])?;
/// assert_eq!(boot, PcrSet::parse("sha256:0,7,10")?);
/// assert_eq!(boot, PcrSet::from_mask(TpmAlgId::SHA256, 0x481)?);
/// assert_eq!(PcrSet::all(TpmAlgId::SHA256)?.iter().count(), 24);
/// let firmware: PcrSet = boot.iter().filter(|pcr| pcr.index() < 8).collect();
/// assert_eq!(firmware.to_string(), "sha256:0,7");
/// # Ok::<(), tpm_quote::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct PcrSet {
    /// In the order in which they were named; from the first mask of 0 on, none.
    banks: [TpmAlgId; BANK_COUNT],
    /// PCR n of a bank is bit n of its mask.
    masks: [u32; BANK_COUNT],
}

impl PcrSet {
    /// The empty set.
    pub(crate) const NONE: Self = Self {
        banks: [TpmAlgId::ERROR; BANK_COUNT],
        masks: [0; BANK_COUNT],
    };

    /// The PCRs of these values, as far as there is room and there are such PCRs.
    pub(crate) fn supplied(values: &PcrValues<'_>) -> Self {
        let mut set = Self::NONE;
        for value in values.iter().take(MAX_VALUES) {
            set.insert(value.bank, value.index);
        }
        set
    }

    /// Returns whether the set has this PCR.
    #[must_use]
    pub fn contains(&self, bank: TpmAlgId, index: u8) -> bool {
        bit(index).is_some_and(|bit| self.mask(bank) & bit != 0)
    }

    /// Returns whether the set has a PCR of this bank.
    #[must_use]
    pub fn contains_bank(&self, bank: TpmAlgId) -> bool {
        self.mask(bank) != 0
    }

    /// Returns the PCRs: banks in the order in which they were named, indices ascending.
    pub fn iter(&self) -> impl Iterator<Item = Pcr> + use<> {
        let banks = self.banks.into_iter().zip(self.masks);
        banks
            .take_while(|&(_, mask)| mask != 0)
            .flat_map(|(bank, mask)| indices(mask).map(move |index| Pcr::known(bank, index)))
    }

    /// The first PCR that is here and not in `other`.
    pub(crate) fn first_missing_in(&self, other: &Self) -> Option<Pcr> {
        self.first_from(0, other)
    }

    /// The first PCR from this index on that is here and not in `other`.
    pub(crate) fn first_from(&self, first: u8, other: &Self) -> Option<Pcr> {
        let wanted = u32::MAX.wrapping_shl(u32::from(first));
        self.named().find_map(|(bank, mask)| {
            let missing = mask & wanted & !other.mask(bank);
            indices(missing).next().map(|index| Pcr::known(bank, index))
        })
    }

    /// Returns whether the set has no PCRs. A policy that requires such a set is refused.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.named().next().is_none()
    }

    /// Adds a PCR, and says whether it is new; `None` if there is no such PCR. There is
    /// room for all banks whose digests have a known size.
    pub(crate) fn insert(&mut self, bank: TpmAlgId, index: u8) -> Option<bool> {
        let bit = bit(index)?;
        bank.digest_size()?;
        let mask = self.mask_mut(bank)?;
        let is_new = *mask & bit == 0;
        *mask |= bit;
        Some(is_new)
    }

    /// The banks that have a PCR: the rest has room for more.
    fn named(&self) -> impl Iterator<Item = (TpmAlgId, u32)> {
        let banks = self.banks.iter().copied().zip(self.masks.iter().copied());
        banks.take_while(|&(_, mask)| mask != 0)
    }

    pub(crate) fn mask(&self, bank: TpmAlgId) -> u32 {
        self.named()
            .find_map(|(known, mask)| (known == bank).then_some(mask))
            .unwrap_or(0)
    }

    /// The mask of a bank, new or known; the caller sets a bit in it.
    pub(crate) fn mask_mut(&mut self, bank: TpmAlgId) -> Option<&mut u32> {
        let mut banks = self.banks.iter_mut().zip(&mut self.masks);
        let (known, mask) = banks.find(|(known, mask)| **known == bank || **mask == 0)?;
        *known = bank;
        Some(mask)
    }
}

/// The bits that are set, ascending.
fn indices(mut mask: u32) -> impl Iterator<Item = u8> {
    core::iter::from_fn(move || {
        let index = u8::try_from(mask.trailing_zeros()).ok()?;
        mask &= mask.checked_sub(1)?;
        Some(index)
    })
}

fn bit(index: u8) -> Option<u32> {
    (index < PCR_COUNT).then(|| 1_u32.wrapping_shl(u32::from(index)))
}

/// Compares the PCRs of two sets, whatever the order of their banks.
impl PartialEq for PcrSet {
    fn eq(&self, other: &Self) -> bool {
        self.first_missing_in(other).is_none() && other.first_missing_in(self).is_none()
    }
}

impl Eq for PcrSet {}

/// Writes the form that [`PcrSet::parse`] reads, or `none` if the set is empty. A bank
/// without a name is written as its hash id.
impl fmt::Display for PcrSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut last = None;
        for Pcr { bank, index } in self.iter() {
            if last == Some(bank) {
                write!(f, ",{index}")?;
                continue;
            }
            if last.is_some() {
                f.write_str("+")?;
            }
            PcrName(bank, index).fmt(f)?;
            last = Some(bank);
        }
        match last {
            Some(_) => Ok(()),
            None => f.write_str("none"),
        }
    }
}

impl fmt::Debug for PcrSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Collects PCRs of any banks. A PCR that is there twice counts once.
impl FromIterator<Pcr> for PcrSet {
    fn from_iter<I: IntoIterator<Item = Pcr>>(pcrs: I) -> Self {
        let mut set = Self::NONE;
        for Pcr { bank, index } in pcrs {
            // There is room for the banks of all PCRs that can be made.
            set.insert(bank, index);
        }
        set
    }
}
