//! PCR: values, sets of them, and how both are named in text.

use core::{error::Error, fmt};

use super::SelectionProblem;
use crate::types::{TpmAlgId, TpmlPcrSelection};

/// PCR of a PC Client TPM in each bank.
const PCR_COUNT: u8 = 24;
/// Banks that a set can hold: all hashes whose digest size is known.
const BANK_COUNT: usize = 12;
/// The PCR of all these banks.
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

/// The bank of this name, in lower case as in `sha256`.
#[must_use]
pub fn bank_by_name(name: &str) -> Option<TpmAlgId> {
    BANKS
        .iter()
        .find_map(|&(known, bank)| (known == name).then_some(bank))
}

/// The name of a bank, if it has one here.
#[must_use]
pub fn bank_name(bank: TpmAlgId) -> Option<&'static str> {
    BANKS
        .iter()
        .find_map(|&(name, known)| (known == bank).then_some(name))
}

/// The index that this text is: decimal, 0 to 23, one way to write each.
pub(crate) fn parse_index(text: &str) -> Option<u8> {
    let canonical = matches!(text.as_bytes(), [b'0'..=b'9'] | [b'1'..=b'2', b'0'..=b'9']);
    let index = text.parse().ok().filter(|_| canonical)?;
    (index < PCR_COUNT).then_some(index)
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

impl fmt::Debug for PcrValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{} = ", self.bank, self.index)?;
        for byte in self.digest {
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

/// Values of PCR, wherever they are kept.
#[derive(Clone, Copy)]
pub struct PcrValues<'a>(Store<'a>);

#[derive(Clone, Copy)]
enum Store<'a> {
    Listed(&'a [PcrValue<'a>]),
    #[cfg(feature = "response")]
    Packed(&'a [PackedPcr], &'a [u8]),
}

/// A PCR whose value lies in a buffer next to it.
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

    /// The values, as they were given.
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

/// A set of PCR: up to 12 banks with indices from 0 to 23, at least one.
///
/// As text, `sha256:0,7,10+sha1:0`.
#[derive(Clone, Copy)]
pub struct PcrSet {
    /// In the order in which they were named; from the first mask of 0 on, none.
    banks: [TpmAlgId; BANK_COUNT],
    /// PCR n of a bank is bit n of its mask.
    masks: [u32; BANK_COUNT],
}

impl PcrSet {
    /// Nothing, as a set only is inside an error.
    pub(crate) const NONE: Self = Self {
        banks: [TpmAlgId::ERROR; BANK_COUNT],
        masks: [0; BANK_COUNT],
    };

    /// The set that this text names.
    ///
    /// Banks are joined by `+` and named once; a bank's name is lower case and
    /// followed by `:` and its indices, decimal, ascending, joined by `,`.
    ///
    /// # Errors
    /// The text is anything else.
    pub fn parse(text: &str) -> Result<Self, PcrSetError> {
        let mut set = Self::NONE;
        let mut position = 0_usize;
        // `split` by a bare char has a slice index in it that is not optimized away, and
        // `split_once` a search that is made for long texts.
        for bank_text in text.split(['+']) {
            let refuse = |at: usize, reason| PcrSetError {
                position: position.saturating_add(at),
                reason,
            };
            let (name, indices) = bank_text
                .split_once([':'])
                .ok_or(refuse(0, PcrSetReason::NoColon))?;
            let bank = bank_by_name(name).ok_or(refuse(0, PcrSetReason::Bank))?;
            if set.mask(bank) != 0 {
                return Err(refuse(0, PcrSetReason::RepeatedBank));
            }
            let mut at = name.len().saturating_add(1);
            let mut last = None;
            for index_text in indices.split([',']) {
                let index = parse_index(index_text).ok_or(refuse(at, PcrSetReason::Index))?;
                if last >= Some(index) {
                    return Err(refuse(at, PcrSetReason::Order));
                }
                last = Some(index);
                set.insert(bank, index)
                    .ok_or(refuse(at, PcrSetReason::Index))?;
                at = at.saturating_add(index_text.len()).saturating_add(1);
            }
            position = position.saturating_add(bank_text.len()).saturating_add(1);
        }
        Ok(set)
    }

    /// The set that was signed. Strict: a bank once, three bytes, no bank
    /// without PCR.
    pub(crate) fn signed(selections: &TpmlPcrSelection<'_>) -> Result<Self, SelectionProblem> {
        let mut set = Self::NONE;
        for selection in selections.iter() {
            let bank = selection.hash;
            let size = selection.pcr_select().len();
            if size != 3 {
                return Err(SelectionProblem::SizeOfSelect(bank, size));
            }
            if set.mask(bank) != 0 {
                return Err(SelectionProblem::DuplicateBank(bank));
            }
            if bank.digest_size().is_none() {
                return Err(SelectionProblem::UnsupportedBank(bank));
            }
            if selection.mask() == 0 {
                return Err(SelectionProblem::EmptyBank(bank));
            }
            *set.mask_mut(bank)
                .ok_or(SelectionProblem::UnsupportedBank(bank))? = selection.mask();
        }
        if set.is_empty() {
            return Err(SelectionProblem::Empty);
        }
        Ok(set)
    }

    /// The set of these values, as far as there is room and they are PCR.
    pub(crate) fn supplied(values: &PcrValues<'_>) -> Self {
        let mut set = Self::NONE;
        for value in values.iter().take(MAX_VALUES) {
            set.insert(value.bank, value.index);
        }
        set
    }

    /// Whether the set has this PCR.
    #[must_use]
    pub fn contains(&self, bank: TpmAlgId, index: u8) -> bool {
        bit(index).is_some_and(|bit| self.mask(bank) & bit != 0)
    }

    /// Whether the set has any PCR of this bank.
    #[must_use]
    pub fn contains_bank(&self, bank: TpmAlgId) -> bool {
        self.mask(bank) != 0
    }

    /// The PCR: banks in the order in which they were named, ascending indices.
    pub fn iter(&self) -> impl Iterator<Item = (TpmAlgId, u8)> + use<> {
        let banks = self.banks.into_iter().zip(self.masks);
        banks
            .take_while(|&(_, mask)| mask != 0)
            .flat_map(|(bank, mask)| indices(mask).map(move |index| (bank, index)))
    }

    /// The first PCR that is here and not in `other`.
    pub(crate) fn first_missing_in(&self, other: &Self) -> Option<(TpmAlgId, u8)> {
        self.first_from(0, other)
    }

    /// The first PCR from this index on that is here and not in `other`.
    pub(crate) fn first_from(&self, first: u8, other: &Self) -> Option<(TpmAlgId, u8)> {
        let wanted = u32::MAX.wrapping_shl(u32::from(first));
        self.named().find_map(|(bank, mask)| {
            let missing = mask & wanted & !other.mask(bank);
            indices(missing).next().map(|index| (bank, index))
        })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.named().next().is_none()
    }

    /// Adds a PCR, and says whether it is new; `None` if there is no such index
    /// or no room for the bank.
    pub(crate) fn insert(&mut self, bank: TpmAlgId, index: u8) -> Option<bool> {
        let bit = bit(index)?;
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

    fn mask(&self, bank: TpmAlgId) -> u32 {
        self.named()
            .find_map(|(known, mask)| (known == bank).then_some(mask))
            .unwrap_or(0)
    }

    /// The mask of a bank, new or known; the caller sets a bit in it.
    fn mask_mut(&mut self, bank: TpmAlgId) -> Option<&mut u32> {
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

/// Whether both have the same PCR, in whatever order the banks are.
impl PartialEq for PcrSet {
    fn eq(&self, other: &Self) -> bool {
        self.first_missing_in(other).is_none() && other.first_missing_in(self).is_none()
    }
}

impl Eq for PcrSet {}

/// The form that [`PcrSet::parse`] reads, if all banks have a name there; `none`
/// if there is nothing in it, as only happens inside an error.
impl fmt::Display for PcrSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut last = None;
        for (bank, index) in self.iter() {
            if last == Some(bank) {
                write!(f, ",{index}")?;
                continue;
            }
            if last.is_some() {
                f.write_str("+")?;
            }
            match bank_name(bank) {
                Some(name) => f.write_str(name)?,
                None => fmt::Display::fmt(&bank, f)?,
            }
            write!(f, ":{index}")?;
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

/// Text that names no set of PCR.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PcrSetError {
    position: usize,
    reason: PcrSetReason,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PcrSetReason {
    NoColon,
    Bank,
    RepeatedBank,
    Index,
    Order,
}

impl PcrSetError {
    /// Where, in bytes from the start of the text.
    #[must_use]
    pub const fn position(&self) -> usize {
        self.position
    }
}

impl fmt::Display for PcrSetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at character {}: ", self.position.saturating_add(1))?;
        f.write_str(match self.reason {
            PcrSetReason::NoColon => "expected a bank and its PCR, as in sha256:0,7,10",
            PcrSetReason::Bank => {
                "expected the name of a bank: sha1, sha256, sha384, sha512, sm3_256, sha3_256, sha3_384 or sha3_512"
            }
            PcrSetReason::RepeatedBank => "this bank was named before",
            PcrSetReason::Index => "expected a PCR from 0 to 23, in decimal digits only",
            PcrSetReason::Order => "expected a larger PCR: they ascend, each once",
        })
    }
}

impl Error for PcrSetError {}
