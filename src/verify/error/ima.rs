//! IMA lists: why one cannot be read, is not the one of the quote, or is not allowed.

use core::fmt;

use super::{
    check::Check,
    excerpt::{Excerpt, ImaLabel},
    meaning::Meaning,
    unknown::Unknown,
};
use crate::{
    types::TpmAlgId,
    verify::pcr::{BankName, Pcr},
};

/// What is wrong with an IMA list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ImaProblem {
    /// The list has no entries.
    Empty,
    /// The list ends within an entry.
    Truncated {
        /// The number of the entry, counted from 0.
        entry: u32,
    },
    /// The header in front of a list that was carried over by kexec contradicts the list.
    Header,
    /// An entry is malformed.
    Entry {
        /// Its number, counted from 0.
        entry: u32,
        /// What is wrong with it.
        problem: ImaEntryProblem,
    },
    /// The template digest of an entry is not that of its data.
    Digest {
        /// The number of the entry, counted from 0.
        entry: u32,
    },
    /// The list or what it is compared with is not supported.
    Unsupported(ImaUnsupported),
    /// The quote does not cover the PCR that IMA extends.
    NotQuoted {
        /// The index of the PCR.
        index: u8,
    },
    /// The PCR that IMA extends was never extended: nothing was measured, whatever the list
    /// says.
    NothingMeasured {
        /// The PCR.
        pcr: Pcr,
    },
    /// No beginning of the list comes to the quoted value.
    Mismatch {
        /// The PCR.
        pcr: Pcr,
        /// How many entries the list has for it.
        entries: u32,
        /// The value in the quote.
        quoted: Excerpt,
    },
    /// Each bank comes to its quoted value, but after different entries.
    Apart {
        /// The bank that was the first to do so.
        first: Pcr,
        /// A bank that has another value there.
        other: Pcr,
    },
    /// An entry is not allowed.
    NotAllowed {
        /// The number of the first such entry, counted from 0.
        entry: u32,
        /// How many entries are not allowed.
        count: u32,
        /// The digest of the first, which is empty if it has none.
        digest: Excerpt,
        /// The name of the first.
        name: ImaLabel,
    },
    /// An entry is a violation, so that nothing of it is protected.
    Violation {
        /// The number of the first such entry, counted from 0.
        entry: u32,
        /// How many there are.
        count: u32,
    },
    /// A required file was not measured, or only after an entry that is not allowed.
    Required {
        /// Its digest.
        digest: Excerpt,
    },
    /// The kernel was not started with this policy of IMA.
    PolicyMissing {
        /// Its name.
        policy: ImaLabel,
    },
    /// Whether the kernel was started with this policy of IMA is not known.
    PolicyUnknown {
        /// Its name.
        policy: ImaLabel,
        /// Why.
        reason: Unknown,
    },
    /// The list cannot go on from what was kept of an earlier one.
    State(ImaStateProblem),
    /// An allow list has no digests.
    AllowEmpty,
    /// A line of an allow list is not a digest and a name.
    AllowLine {
        /// The number of the line, counted from 1.
        line: u32,
    },
    /// A text in the JSON of an allow list is not a digest.
    AllowDigest,
    /// A member in the JSON of an allow list is not known, or is of another form than the first.
    AllowMember,
    /// An allow list leaves something out.
    AllowExcludes {
        /// The member that says so.
        member: &'static str,
    },
}

/// Why an entry was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ImaEntryProblem {
    /// The entry extends a PCR that no TPM has.
    PcrIndex(u32),
    /// The name of the template is empty or has other characters than such a name.
    TemplateName,
    /// The entry is longer than any that a kernel writes.
    TooLong(u32),
    /// The fields are more, or fewer, than those of the template.
    FieldCount,
    /// A field does not have its form.
    Field(&'static str),
    /// The line does not begin as one of a list in ASCII.
    Line,
    /// The template digest is not a digest of 20, 32, 48 or 64 bytes in lower-case hexadecimal,
    /// or is not as long as that of the first entry.
    DigestForm,
}

/// Why a list cannot go on from a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ImaStateProblem {
    /// The bytes are no state, or were changed.
    Form,
    /// The state is of another key.
    Key,
    /// The TPM was reset since.
    Boot,
    /// The state is of another policy, or of none.
    Policy,
    /// The quote does not cover a PCR of the state, or it covers one of which the state has no
    /// value.
    Pcrs {
        /// The PCR.
        pcr: Pcr,
    },
}

/// What is not supported in an IMA list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ImaUnsupported {
    /// The entry has a template that is not known.
    Template {
        /// The number of the entry, counted from 0.
        entry: u32,
    },
    /// The quote covers a bank that is not supported.
    Bank(TpmAlgId),
    /// The userspace log extends the same PCR: the order of the two is not known.
    Userspace(Pcr),
    /// The list extends a PCR of the firmware that the quote covers.
    Firmware(Pcr),
    /// The list extends more quoted PCRs than are kept.
    PcrCount,
    /// More digests are required of a list that comes in pieces than can be counted.
    RequiredCount,
}

/// The largest entry that is read: a buffer or attributes of a file have some KiB.
pub(crate) const MAX_IMA_ENTRY: u32 = 0x1_0000;

impl ImaProblem {
    #[inline(always)]
    pub(super) const fn meaning(&self) -> Meaning {
        let (name, help) = match self {
            Self::Empty => {
                return Meaning::malformed(
                    "ima-empty",
                    "Read the list to its end: its file has a size of 0 on Linux, whatever it holds.",
                );
            }
            Self::Truncated { .. } => {
                return Meaning::malformed(
                    "ima-truncated",
                    "The list was cut when it was read or sent, or it is not an IMA list.",
                );
            }
            Self::Header => {
                return Meaning::malformed(
                    "ima-header",
                    "The list has another length or another number of entries than its header says: it was cut or changed.",
                );
            }
            Self::Entry { .. } => {
                return Meaning::malformed(
                    "ima-entry",
                    "The list was changed on its way, or is not an IMA list, or has a name with a line break, which only the binary list can hold.",
                );
            }
            Self::Unsupported(_) => {
                return Meaning::unsupported(
                    Check::Ima,
                    "ima-unsupported",
                    "Lists are read with the templates of Linux and with formats made of their fields, and replayed in PCRs from 8 on that only IMA and the firmware extend.",
                );
            }
            Self::State(ImaStateProblem::Form) => {
                return Meaning::malformed(
                    "ima-state-form",
                    "Give the file that an earlier run wrote, whole, or verify the whole list without it.",
                );
            }
            Self::State(ImaStateProblem::Key) => (
                "ima-state-key",
                "The state is of another machine, or this one has a new key: verify the whole list without it.",
            ),
            Self::State(ImaStateProblem::Boot) => (
                "ima-state-boot",
                "A list begins anew with each start: verify the whole list of this one without the state.",
            ),
            Self::State(ImaStateProblem::Policy) => (
                "ima-state-policy",
                "What the state stands for is not looked at again: verify the whole list by this policy, of which only the allowed digests may change.",
            ),
            Self::State(ImaStateProblem::Pcrs { .. }) => (
                "ima-state-pcrs",
                "Ask for a quote of the same PCRs and banks as before, or verify the whole list without the state.",
            ),
            Self::AllowEmpty => {
                return Meaning::malformed(
                    "ima-allow-empty",
                    "An allow list with nothing in it allows nothing: give the digests of your files.",
                );
            }
            Self::AllowLine { .. } => {
                return Meaning::malformed(
                    "ima-allow-line",
                    "Write the list with sha256sum, or as lines of sha256:DIGEST and a name.",
                );
            }
            Self::AllowDigest => {
                return Meaning::malformed(
                    "ima-allow-digest",
                    "Write digests as sha256:DIGEST, in hexadecimal.",
                );
            }
            Self::AllowMember => {
                return Meaning::malformed(
                    "ima-allow-member",
                    "An allow list in JSON is {\"ima_allow\": [..]} or a runtime policy of keylime.",
                );
            }
            Self::AllowExcludes { .. } => {
                return Meaning::malformed(
                    "ima-allow-excludes",
                    "Take it out, and allow the files by their digests: whoever runs on the machine chooses names.",
                );
            }
            Self::NotAllowed { .. } => (
                "ima-not-allowed",
                "A file was measured that no allow list has: add its digest if it is good, or find out who brought it onto the machine.",
            ),
            Self::Violation { .. } => (
                "ima-violation",
                "A file was written while it was read or run, so that nobody knows what it was: let IMA's policy leave out logs and the like.",
            ),
            Self::Required { .. } => (
                "ima-required",
                "The program was not run since the machine started, or is another version; what is measured after a file that is not allowed does not count.",
            ),
            Self::PolicyMissing { .. } => (
                "ima-policy-missing",
                "Start the kernel with this policy (ima_policy= on its command line): without it IMA may have left out what ran.",
            ),
            Self::PolicyUnknown { .. } => (
                "ima-policy-unknown",
                "The kernel's command line tells: give the firmware's event log, and a quote that covers the PCRs of the command line (8, 9, 11 and 12).",
            ),
            Self::Digest { .. } => (
                "ima-digest",
                "The entry was changed after the kernel wrote it.",
            ),
            Self::NotQuoted { .. } => (
                "ima-not-quoted",
                "Ask for a quote that covers PCR 10: only a quoted PCR proves what IMA measured.",
            ),
            Self::NothingMeasured { .. } => (
                "ima-nothing-measured",
                "IMA is off, has no policy, or found no TPM when it started (the driver must be built into the kernel): its list proves nothing.",
            ),
            Self::Mismatch { .. } => (
                "ima-mismatch",
                "Read the list after the quote was made, from the same boot, and whole: after kexec, also the list of the kernel before; with a state, only the entries that follow it.",
            ),
            Self::Apart { .. } => (
                "ima-apart",
                "The banks were extended with different lists: something besides IMA extended the PCR.",
            ),
        };
        Meaning::rejected(Check::Ima, name, help)
    }
}

impl fmt::Display for ImaProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the list has no entries"),
            Self::Truncated { entry } => write!(f, "the list ends within entry {entry}"),
            Self::Header => {
                f.write_str("the header of kexec does not fit the list that follows it")
            }
            Self::Entry { entry, problem } => write!(f, "entry {entry} {problem}"),
            Self::Digest { entry } => write!(
                f,
                "entry {entry} has another template digest than that of its data"
            ),
            Self::Unsupported(problem) => problem.fmt(f),
            Self::NotQuoted { index } => {
                write!(f, "the quote does not cover PCR {index}, which IMA extends")
            }
            Self::NothingMeasured { pcr } => write!(
                f,
                "nothing was measured: {pcr} in the quote has its first value"
            ),
            Self::Mismatch {
                pcr,
                entries,
                quoted,
            } => {
                write!(
                    f,
                    "no entry of the list brings {pcr} to its value in the quote, {quoted}; "
                )?;
                match entries {
                    0 => f.write_str("none extends it"),
                    1 => f.write_str("1 extends it"),
                    entries => write!(f, "{entries} extend it"),
                }
            }
            Self::NotAllowed {
                entry,
                count,
                digest,
                name,
            } => {
                match count {
                    1 => write!(f, "entry {entry} is not allowed")?,
                    count => write!(
                        f,
                        "{count} entries are not allowed; the first is entry {entry}"
                    )?,
                }
                write!(f, ", {name} with the digest {digest}")
            }
            Self::Violation { entry, count: 1 } => {
                write!(
                    f,
                    "entry {entry} is a violation: nothing of it is protected"
                )
            }
            Self::Violation { entry, count } => write!(
                f,
                "{count} entries are violations: nothing of entry {entry} is protected"
            ),
            Self::Required { digest } => write!(
                f,
                "no file with the required digest {digest} was measured before an entry that is not allowed"
            ),
            Self::PolicyMissing { policy } => write!(
                f,
                "a command line of the kernel does not have ima_policy={policy}, or no command line was measured"
            ),
            Self::PolicyUnknown { policy, reason } => write!(
                f,
                "whether the kernel was started with ima_policy={policy} is not known: {reason}"
            ),
            Self::State(problem) => problem.fmt(f),
            Self::AllowEmpty => f.write_str("the list has no digests"),
            Self::AllowLine { line } => {
                write!(f, "line {line} is not a digest and a name")
            }
            Self::AllowDigest => f.write_str("the text is not a digest"),
            Self::AllowMember => f.write_str("the member is unknown"),
            Self::AllowExcludes { member } => {
                write!(f, "{member} leaves files out, which is not supported")
            }
            Self::Apart { first, other } => write!(
                f,
                "{other} does not have its value in the quote after the entry that brings {first} to its own"
            ),
        }
    }
}

impl fmt::Display for ImaStateProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Form => f.write_str("the bytes are no state of a list, or were changed"),
            Self::Key => f.write_str("the state is of another key than the quote"),
            Self::Boot => f.write_str("the TPM was reset after the quote of the state"),
            Self::Policy => f.write_str("the state was not accepted by the same policy"),
            Self::Pcrs { pcr } => write!(
                f,
                "the quote and the state do not both have {pcr}, which the list extends"
            ),
        }
    }
}

impl fmt::Display for ImaEntryProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::PcrIndex(index) => write!(f, "extends PCR {index}, expected 0 to 23"),
            Self::TemplateName => f.write_str("has no name of a template"),
            Self::TooLong(len) => {
                write!(f, "has {len} bytes of data, more than {MAX_IMA_ENTRY}")
            }
            Self::FieldCount => f.write_str("has other fields than its template"),
            Self::Field(name) => write!(f, "has a field {name} that does not have its form"),
            Self::Line => f.write_str("is a line that does not begin as one of an IMA list"),
            Self::DigestForm => f.write_str(
                "has a template digest in another form than in lower-case hexadecimal and as long as in the first entry",
            ),
        }
    }
}

impl fmt::Display for ImaUnsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Template { entry } => {
                write!(f, "entry {entry} has a template that is not known")
            }
            Self::Bank(bank) => write!(
                f,
                "the quote covers bank {}, in which lists cannot be replayed",
                BankName(bank)
            ),
            Self::Userspace(pcr) => write!(
                f,
                "the IMA list and the userspace log both extend {pcr}, and their order is not known"
            ),
            Self::Firmware(pcr) => write!(
                f,
                "the IMA list extends {pcr}, which is a PCR of the firmware"
            ),
            Self::PcrCount => f.write_str("the list extends too many PCRs that the quote covers"),
            Self::RequiredCount => {
                f.write_str("more than 128 digests are required of a list that comes in pieces")
            }
        }
    }
}
