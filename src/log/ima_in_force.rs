//! Which of the kernel's policies IMA started with, by the command lines that the quote proves.

use core::str::Chars;

use super::{
    ima_replay::{ImaJudgement, ImaPolicy},
    replay::Replay,
    structures::LogText,
};
use crate::verify::error::{ImaLabel, ImaProblem, Unknown};

impl<'a> Replay<'a> {
    /// Judges what the quote proves of the IMA list by a policy. `None` without a list, or if it
    /// came in pieces, which were judged then.
    ///
    /// Unlike [`ProvenIma::judge`](super::ProvenIma::judge), this can also tell whether IMA's own
    /// policy was in force: see [`ImaPolicy::require_in_force`].
    #[must_use]
    pub fn judge_ima(&self, policy: &ImaPolicy<'_>) -> Option<ImaJudgement<'a>> {
        Some(self.in_judgement(self.ima()?.judge(policy), policy))
    }

    /// The same judgement, with what the boot says of IMA's own policy.
    pub(super) fn in_judgement<'j>(
        &self,
        judgement: ImaJudgement<'j>,
        policy: &ImaPolicy<'_>,
    ) -> ImaJudgement<'j> {
        judgement.with_in_force(self.in_force(policy))
    }

    /// The first policy that is required and was not in force.
    fn in_force(&self, policy: &ImaPolicy<'_>) -> Option<ImaProblem> {
        let mut names = policy.in_force().iter();
        names.find_map(|name| self.is_in_force(name).err())
    }

    fn is_in_force(&self, name: &str) -> Result<(), ImaProblem> {
        let policy = ImaLabel::new(name.as_bytes());
        let unknown = |reason| ImaProblem::PolicyUnknown { policy, reason };
        let lines = self.command_lines();
        if let Some(reason) = lines.unknown() {
            return Err(unknown(reason));
        }
        let mut any = false;
        // Each of them: whoever runs later can add one, and take none away.
        for line in lines.known().into_iter().flatten() {
            any = true;
            let event = line.event();
            let Some(text) = line.text() else {
                let (pcr, event) = (event.pcr(), event.number());
                return Err(unknown(Unknown::DataNotProven { pcr, event }));
            };
            if !names_policy(&text, name) {
                return Err(ImaProblem::PolicyMissing { policy });
            }
        }
        match any {
            true => Ok(()),
            false => Err(ImaProblem::PolicyMissing { policy }),
        }
    }
}

/// Whether the parameter `ima_policy` of a command line names this policy, as the kernel reads
/// it: up to a zero or `--`, where spaces between quotes separate nothing.
fn names_policy(line: &LogText<'_>, name: &str) -> bool {
    let mut parameter = Parameter::new(name);
    let mut is_quoted = false;
    let until_zero = line.chars().take_while(|c| *c != Some('\0'));
    for c in until_zero.chain([Some(' ')]) {
        let is_space = matches!(c, Some(' ' | '\t'..='\r'));
        if is_space && !is_quoted {
            if parameter.is_end() {
                return false;
            }
            if parameter.ends() {
                return true;
            }
            parameter = Parameter::new(name);
            continue;
        }
        is_quoted ^= c == Some('"');
        parameter.next(c);
    }
    false
}

/// A parameter of a command line, while it is read.
struct Parameter<'n> {
    name: &'n str,
    read: Read<'n>,
    dashes: u8,
    found: bool,
}

enum Read<'n> {
    /// What is left of the key.
    Key(Chars<'static>),
    /// What is left of the name of the policy.
    Value(Chars<'n>),
    /// Another key, or another policy up to the next `|`.
    Other { is_value: bool },
}

impl<'n> Parameter<'n> {
    fn new(name: &'n str) -> Self {
        Self {
            name,
            read: Read::Key("ima_policy=".chars()),
            dashes: 0,
            found: false,
        }
    }

    fn next(&mut self, c: Option<char>) {
        self.dashes = match c {
            Some('-') if self.dashes < 3 => self.dashes.saturating_add(1),
            _ => 3,
        };
        match &mut self.read {
            Read::Key(left) => {
                // To the kernel, the two are one in a key.
                let same = match left.next() {
                    Some('_') => matches!(c, Some('_' | '-')),
                    expected => c == expected,
                };
                if !same {
                    self.read = Read::Other { is_value: false };
                } else if left.as_str().is_empty() {
                    self.read = Read::Value(self.name.chars());
                }
            }
            Read::Value(left) => match c {
                Some('|') => {
                    self.found |= left.as_str().is_empty();
                    self.read = Read::Value(self.name.chars());
                }
                c if c.is_some() && left.next() == c => {}
                _ => self.read = Read::Other { is_value: true },
            },
            Read::Other { is_value: true } if c == Some('|') => {
                self.read = Read::Value(self.name.chars());
            }
            Read::Other { .. } => {}
        }
    }

    /// Whether it is `--`, behind which all is for the first program.
    const fn is_end(&self) -> bool {
        self.dashes == 2
    }

    /// Whether it named the policy.
    fn ends(&self) -> bool {
        let is_last = matches!(&self.read, Read::Value(left) if left.as_str().is_empty());
        self.found || is_last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_are_found_as_the_kernel_finds_them() {
        let named = |line: &str, name| names_policy(&LogText::utf8(line.as_bytes()), name);
        for line in [
            "ima_policy=tcb",
            "quiet ima_policy=tcb rw",
            "a\tima_policy=critical_data|tcb\n",
            "ima_policy=tcb|appraise_tcb ima_hash=sha256",
            "ima-policy=tcb",
            "ima_policy=critical_data ima_policy=tcb",
            "x=\"a b\" ima_policy=tcb -- ima_policy=other",
            "--x ima_policy=tcb",
        ] {
            assert!(named(line, "tcb"), "{line}");
        }
        for line in [
            "",
            "ima_policy=",
            "ima_policy=appraise_tcb",
            "ima_policy=tcb2",
            "ima_policy=tc",
            "xima_policy=tcb",
            "ima_policy =tcb",
            "x=\"a ima_policy=tcb b\"",
            "x=\"a ima_policy=tcb",
            "ima_policy=\"tcb\"",
            "-- ima_policy=tcb",
            "quiet\0 ima_policy=tcb",
            "ima_policy.x=tcb",
            "ima_policy=tcb,x",
            "ima_policy=x|tcb2",
        ] {
            assert!(!named(line, "tcb"), "{line}");
        }
        assert!(!named("ima_policy=\u{fffd}", "\u{fffd}\u{fffd}"));
        assert!(!names_policy(
            &LogText::utf8(b"ima_policy=\xff"),
            "\u{fffd}"
        ));
    }
}
