//! The ways to name PCRs: by bank and index, by mask, by text.

use core::str::FromStr;

#[cfg(feature = "response")]
use crate::verify::pcr::bank_by_name;
use crate::{
    types::{TpmAlgId, TpmlPcrSelection},
    verify::{
        error::{Error, PcrSetProblem, PcrSetReason, SelectionProblem, SettingProblem},
        pcr::{PCR_COUNT, Pcr, PcrSet, bank_in_either_case, parse_index},
    },
};

/// The PCRs of a bank, as a mask.
const ALL: u32 = 0x00ff_ffff;

/// The grammar of a set of PCRs as text. A policy, evidence and tpm2-tools each have their
/// own: it says what is allowed, and which reason an error has.
pub(crate) trait Grammar {
    const NO_COLON: PcrSetReason = PcrSetReason::NoColon;
    const NO_BANK: PcrSetReason = PcrSetReason::Bank;
    const NO_INDEX: PcrSetReason = PcrSetReason::Index;
    /// Whether `all` stands for all indices.
    const HAS_ALL: bool = true;
    /// Whether indices ascend, each once.
    const IS_ORDERED: bool = true;

    fn bank(name: &str) -> Option<TpmAlgId>;

    fn index(text: &str) -> Option<u8> {
        parse_index(text)
    }
}

/// In evidence, a set has one text.
#[cfg(feature = "response")]
pub(crate) struct EvidenceGrammar;

#[cfg(feature = "response")]
impl Grammar for EvidenceGrammar {
    const NO_COLON: PcrSetReason = PcrSetReason::EvidenceNoColon;
    const NO_INDEX: PcrSetReason = PcrSetReason::EvidenceIndex;
    const HAS_ALL: bool = false;

    fn bank(name: &str) -> Option<TpmAlgId> {
        bank_by_name(name)
    }
}

/// In a policy, people write it.
struct PolicyGrammar;

impl Grammar for PolicyGrammar {
    fn bank(name: &str) -> Option<TpmAlgId> {
        bank_in_either_case(name)
    }
}

impl Pcr {
    /// Creates the PCR with this index, 0 to 23, in the bank of this hash.
    ///
    /// # Errors
    /// The bank is not supported, or the index is above 23.
    pub fn new(bank: TpmAlgId, index: u8) -> Result<Self, Error> {
        if bank.digest_size().is_some() && index < PCR_COUNT {
            Ok(Self::known(bank, index))
        } else {
            Err(SettingProblem::Pcr { bank, index }.into())
        }
    }
}

/// Reads the form `sha256:7`.
impl FromStr for Pcr {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let set = PcrSet::parse(text)?;
        let mut pcrs = set.iter();
        match (pcrs.next(), pcrs.next()) {
            (Some(pcr), None) => Ok(pcr),
            _ => Err(refused(0, PcrSetReason::Index)),
        }
    }
}

impl PcrSet {
    /// Creates a set of PCRs of one bank, from their indices in any order.
    ///
    /// # Errors
    /// The bank is not supported, an index is above 23, or there are no indices.
    pub fn new(bank: TpmAlgId, indices: &[u8]) -> Result<Self, Error> {
        let mut mask = 0;
        for &index in indices {
            Pcr::new(bank, index)?;
            mask |= 1_u32.wrapping_shl(index.into());
        }
        Self::from_mask(bank, mask)
    }

    /// Creates a set of PCRs of one bank, from a mask in which PCR n is bit n.
    ///
    /// # Errors
    /// The bank is not supported, a bit above 23 is set, or none is.
    pub fn from_mask(bank: TpmAlgId, mask: u32) -> Result<Self, Error> {
        if mask == 0 || mask & !ALL != 0 {
            return Err(SettingProblem::PcrMask(mask).into());
        }
        Pcr::new(bank, 0)?;
        let mut set = Self::NONE;
        if let Some(place) = set.mask_mut(bank) {
            *place = mask;
        }
        Ok(set)
    }

    /// Creates the set of all 24 PCRs of a bank.
    ///
    /// # Errors
    /// The bank is not supported.
    pub fn all(bank: TpmAlgId) -> Result<Self, Error> {
        Self::from_mask(bank, ALL)
    }

    /// Reads a set of PCRs from its text, such as `sha256:0,7,10+sha384:0` or `sha256:all`.
    ///
    /// Banks are joined by `+`, and each is named once. A bank's name, in either case, is
    /// followed by `:` and its indices: decimal, ascending, joined by `,`. `all` means 0 to 23.
    ///
    /// # Errors
    /// The text has any other form.
    pub fn parse(text: &str) -> Result<Self, Error> {
        Self::parse_as::<PolicyGrammar>(text)
    }

    /// Reads a set in one of the grammars.
    pub(crate) fn parse_as<G: Grammar>(text: &str) -> Result<Self, Error> {
        let mut set = Self::NONE;
        match Self::parse_into::<G>(text, &mut set) {
            Ok(()) => Ok(set),
            Err(problem) => Err(SettingProblem::PcrSet(problem).into()),
        }
    }

    pub(crate) fn parse_into<G: Grammar>(text: &str, set: &mut Self) -> Result<(), PcrSetProblem> {
        let mut position = 0_usize;
        // `split` by a bare char has a slice index in it that is not optimized away, and
        // `split_once` a search that is made for long texts.
        for bank_text in text.split(['+']) {
            let refuse = |at: usize, reason| PcrSetProblem {
                position: position.saturating_add(at),
                reason,
            };
            let (name, indices) = bank_text.split_once([':']).ok_or(refuse(0, G::NO_COLON))?;
            let bank = G::bank(name).ok_or(refuse(0, G::NO_BANK))?;
            if set.mask(bank) != 0 {
                return Err(refuse(0, PcrSetReason::RepeatedBank));
            }
            let mut at = name.len().saturating_add(1);
            let mut last = None;
            if G::HAS_ALL && indices == "all" {
                let mask = set.mask_mut(bank).ok_or(refuse(0, G::NO_BANK))?;
                *mask = ALL;
            } else {
                for index_text in indices.split([',']) {
                    let index = G::index(index_text).ok_or(refuse(at, G::NO_INDEX))?;
                    if G::IS_ORDERED && last >= Some(index) {
                        return Err(refuse(at, PcrSetReason::Order));
                    }
                    last = Some(index);
                    set.insert(bank, index).ok_or(refuse(at, G::NO_INDEX))?;
                    at = at.saturating_add(index_text.len()).saturating_add(1);
                }
            }
            position = position.saturating_add(bank_text.len()).saturating_add(1);
        }
        Ok(())
    }

    /// The set that was signed. Strict: a bank once, three bytes, no bank
    /// without PCRs.
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
                return Err(SelectionProblem::BankUnsupported(bank));
            }
            if selection.mask() == 0 {
                return Err(SelectionProblem::EmptyBank(bank));
            }
            *set.mask_mut(bank)
                .ok_or(SelectionProblem::BankUnsupported(bank))? = selection.mask();
        }
        if set.is_empty() {
            return Err(SelectionProblem::Empty);
        }
        Ok(set)
    }
}

/// Reads the same form as [`PcrSet::parse`].
impl FromStr for PcrSet {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text)
    }
}

fn refused(position: usize, reason: PcrSetReason) -> Error {
    SettingProblem::PcrSet(PcrSetProblem { position, reason }).into()
}
