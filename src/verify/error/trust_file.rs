//! Trust files: what is wrong with a line.

use core::fmt;

use super::meaning::Meaning;

/// Why a line of a trust file was refused. The offset says where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TrustFileProblem {
    /// The file is not UTF-8.
    Utf8,
    /// The file has no line that vouches for anything.
    Empty,
    /// A control character.
    Control,
    /// A name with a character that no name has.
    Name(char),
    /// A name, and nothing behind it.
    NoKind,
    /// Something else than the kinds of lines.
    Kind,
    /// A kind without its value.
    NoValue {
        /// The kind.
        kind: &'static str,
        /// What has to follow.
        expected: &'static str,
    },
    /// A quotation mark that is not closed.
    QuoteOpen,
    /// A quotation mark that does not stand around the whole value.
    QuoteInside,
    /// A word that is no option.
    Option,
    /// An option that is there already.
    Repeated(&'static str),
    /// An option of another kind of line.
    Misplaced {
        /// The option.
        option: &'static str,
        /// The kind of this line.
        kind: &'static str,
    },
    /// An option that another one, or none, makes useless.
    Useless {
        /// The option.
        option: &'static str,
        /// What it is for.
        needs: &'static str,
    },
    /// A line that lacks an option.
    Lacks {
        /// The kind or option that is incomplete.
        what: &'static str,
        /// What has to be given with it.
        needs: &'static str,
    },
    /// A value that is not what it has to be.
    Value {
        /// The kind or the option.
        of: &'static str,
        /// What was expected.
        expected: &'static str,
    },
    /// A line that is never valid.
    NeverValid,
}

impl TrustFileProblem {
    #[inline(always)]
    pub(super) const fn meaning(&self) -> Meaning {
        const LINE: &str = "Each line is a name, what vouches for its key, and options, as in web-01 ak-key web-01.pem, or in fleet ak-ca ca.pem profile=google project=acme.";
        const QUOTES: &str =
            "Put a value with blanks in double quotes, all of it, as in \"my ca.pem\".";
        let (name, help) = match self {
            Self::Utf8 => (
                "trust-utf8",
                "Save the file as UTF-8, without a byte order mark.",
            ),
            Self::Empty => (
                "trust-empty",
                "Write a line for each machine or authority: with none, no key would pass.",
            ),
            Self::Control => (
                "trust-control",
                "Remove the character, or write the line anew.",
            ),
            Self::Name(_) => (
                "trust-name",
                "Give each machine a line of its own: names are compared letter by letter, and there are no patterns or lists.",
            ),
            Self::NoKind => ("trust-incomplete", LINE),
            Self::Kind => (
                "trust-kind",
                "Write ak-name, ak-key, ak-ca, certified-by or hardware-root after the name.",
            ),
            Self::NoValue { .. } => ("trust-value-missing", LINE),
            Self::QuoteOpen => ("trust-quote-open", QUOTES),
            Self::QuoteInside => ("trust-quote-inside", QUOTES),
            Self::Option => (
                "trust-option",
                "Write options as option=value; a comment is a line of its own that begins with #.",
            ),
            Self::Repeated(_) => (
                "trust-option-repeated",
                "Say it once: several digests are separated by commas, and several keys have a line each.",
            ),
            Self::Misplaced { .. } => (
                "trust-option-misplaced",
                "Remove the option: nothing would look at it.",
            ),
            Self::Useless { .. } => (
                "trust-option-useless",
                "Remove the option, or add the one that it belongs to.",
            ),
            Self::Lacks { .. } => (
                "trust-option-missing",
                "Without it, the line would vouch for machines that are not yours.",
            ),
            Self::Value { .. } => ("trust-value", LINE),
            Self::NeverValid => (
                "trust-never-valid",
                "Set valid-before to a later time than valid-after.",
            ),
        };
        Meaning::malformed(name, help)
    }
}

impl fmt::Display for TrustFileProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Utf8 => f.write_str("not UTF-8"),
            Self::Empty => f.write_str("no line in it vouches for anything"),
            Self::Control => f.write_str("a control character"),
            Self::Name(c) => {
                // A mark of punctuation, which is shown as it is.
                write!(f, "the character {c} in a name")
            }
            Self::NoKind => f.write_str("a name alone, expected what vouches for its key"),
            Self::Kind => {
                f.write_str("expected ak-name, ak-key, ak-ca, certified-by or hardware-root")
            }
            Self::NoValue { kind, expected } => write!(f, "{kind} without {expected}"),
            Self::QuoteOpen => f.write_str("a quotation mark that is not closed in its line"),
            Self::QuoteInside => {
                f.write_str("a quotation mark that does not stand around the whole value")
            }
            Self::Option => f.write_str("expected an option, as valid-before=20270101"),
            Self::Repeated(option) => write!(f, "a second {option} in one line"),
            Self::Misplaced { option, kind } => write!(f, "{option} is not for {kind}"),
            Self::Useless { option, needs } => write!(f, "{option} without {needs}"),
            Self::Lacks { what, needs } => write!(f, "{what} needs {needs}"),
            Self::Value { of, expected } => write!(f, "{of}: expected {expected}"),
            Self::NeverValid => f.write_str("a line that is never valid"),
        }
    }
}
