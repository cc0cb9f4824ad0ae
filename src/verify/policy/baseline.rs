//! [`Baseline`]: the PCR values that are known to be good.

use core::fmt;

use crate::{
    verify::{
        error::{Error, Excerpt, QuoteProblem, SettingProblem},
        pcr::{Pcr, PcrValues},
    },
    wire::Hex,
};

/// A PCR and the values that are known to be good for it.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct BaselineEntry<'a> {
    /// The PCR.
    pub pcr: Pcr,
    /// Its good values: one of them has to match.
    pub values: &'a [&'a [u8]],
}

impl<'a> BaselineEntry<'a> {
    /// Creates an entry that accepts any of these values for this PCR.
    #[must_use]
    pub const fn new(pcr: Pcr, values: &'a [&'a [u8]]) -> Self {
        Self { pcr, values }
    }
}

impl fmt::Debug for BaselineEntry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = ", self.pcr)?;
        let values = self.values.iter().map(|value| Hex(value));
        f.debug_list().entries(values).finish()
    }
}

/// PCR values that are known to be good.
///
/// A baseline has at least one entry. Each PCR is there once, with at least one value, and
/// each value is as long as the digests of its bank.
///
/// ```
/// use tpm_quote::{Baseline, BaselineEntry, Nonce, Pcr, PcrSet, QuotePolicy, TpmAlgId};
///
/// # fn f(nonce: Nonce, old: &[u8; 32], new: &[u8; 32]) -> Result<(), tpm_quote::Error> {
/// let values: [&[u8]; 2] = [old, new]; // before and after an update
/// let entries = [BaselineEntry::new(Pcr::new(TpmAlgId::SHA256, 0)?, &values)];
/// let known_good = Baseline::new(&entries)?;
/// let policy = QuotePolicy::new(nonce, PcrSet::parse("sha256:0,7,10")?).baseline(&known_good);
/// assert!(Baseline::new(&[]).is_err()); // it would compare nothing
/// # Ok(())
/// # }
/// # f([1; 16].into(), &[2; 32], &[3; 32]).unwrap();
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Baseline<'a> {
    entries: &'a [BaselineEntry<'a>],
}

impl<'a> Baseline<'a> {
    /// Creates a baseline of these entries.
    ///
    /// # Errors
    /// There are no entries, a PCR is there twice or has no values, or a value is not as long
    /// as the digests of its bank.
    pub fn new(entries: &'a [BaselineEntry<'a>]) -> Result<Self, Error> {
        if entries.is_empty() {
            return Err(SettingProblem::BaselineEmpty.into());
        }
        let mut rest = entries;
        while let [BaselineEntry { pcr, values }, behind @ ..] = rest {
            let pcr = *pcr;
            if behind.iter().any(|other| other.pcr == pcr) {
                return Err(SettingProblem::BaselineRepeated(pcr).into());
            }
            if values.is_empty() {
                return Err(SettingProblem::BaselineNoValue(pcr).into());
            }
            let expected = pcr.digest_size();
            if let Some(value) = values.iter().find(|value| value.len() != expected) {
                return Err(SettingProblem::BaselineValueLength {
                    pcr,
                    expected,
                    found: value.len(),
                }
                .into());
            }
            rest = behind;
        }
        Ok(Self { entries })
    }

    /// Returns the entries.
    #[must_use]
    pub const fn entries(&self) -> &'a [BaselineEntry<'a>] {
        self.entries
    }
}

/// The comparison of a baseline with the values of a quote whose `pcr-digest` passed.
#[derive(Clone, Copy, Debug)]
pub struct BaselineComparison<'a> {
    entries: &'a [BaselineEntry<'a>],
    /// Exactly the values that were signed.
    values: PcrValues<'a>,
}

/// A PCR whose value in the quote is not one of its good values.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct BaselineMismatch<'a> {
    /// The PCR.
    pub pcr: Pcr,
    /// Its good values.
    pub expected: &'a [&'a [u8]],
    /// Its value in the quote, or `None` if the quote does not cover the PCR.
    pub actual: Option<&'a [u8]>,
}

impl<'a> BaselineComparison<'a> {
    pub(crate) const fn new(baseline: &Baseline<'a>, values: PcrValues<'a>) -> Self {
        Self {
            entries: baseline.entries,
            values,
        }
    }

    /// Returns how many entries match.
    #[must_use]
    pub fn matched(&self) -> usize {
        let mismatched = self.mismatches().count();
        self.entries.len().saturating_sub(mismatched)
    }

    /// Returns every entry that does not match.
    pub fn mismatches(&self) -> impl Iterator<Item = BaselineMismatch<'a>> + use<'a> {
        let Self { entries, values } = *self;
        entries.iter().filter_map(move |entry| {
            let BaselineEntry { pcr, values: good } = *entry;
            let actual = values.find(pcr.bank(), pcr.index(), &mut 0);
            let actual = actual.map(|value| value.digest);
            let matches = actual.is_some_and(|value| good.contains(&value));
            (!matches).then_some(BaselineMismatch {
                pcr,
                expected: good,
                actual,
            })
        })
    }

    /// `baseline`: every entry matches. Gives how many there are.
    #[inline(never)]
    pub(crate) fn check(&self) -> Result<usize, QuoteProblem> {
        let mut mismatches = self.mismatches();
        let Some(first) = mismatches.next() else {
            return Ok(self.entries.len());
        };
        let mismatched = mismatches.count().saturating_add(1);
        let expected = first.expected.first().copied().unwrap_or_default();
        Err(QuoteProblem::Baseline {
            matched: self.entries.len().saturating_sub(mismatched),
            mismatched,
            first: first.pcr,
            expected: Excerpt::new(expected),
            found: first.actual.map(Excerpt::new),
        })
    }
}
