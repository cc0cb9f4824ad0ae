//! [`ImaTerms`]: a list of IMA, and what its entries have to be.

use alloc::{
    boxed::Box,
    collections::BTreeMap,
    format,
    string::{String, ToString},
    vec,
    vec::Vec,
};

use tpm_quote::{
    Appraisal, Error,
    evidence::{read_ima_allow_list, read_ima_key},
    log::{
        self, ImaAllowed, ImaDigest, ImaJudgement, ImaKey, ImaPolicy, ImaState, ImaVerdict,
        ProvenImaEntry, Replay,
    },
};

use crate::{logs::Log, quoted::Quoted};

/// A list of IMA, and what its entries have to be.
pub struct ImaTerms {
    pub(crate) list: Log,
    allowed: Option<AllowSet>,
    /// Keys that sign files, as they were given.
    keys: Vec<Vec<u8>>,
    required: Vec<String>,
    /// The policies of its own that IMA has to have been started with.
    pub(crate) in_force: Vec<String>,
    allows_violations: bool,
    lists_entries: bool,
    /// The state after an earlier list. This list is its continuation.
    pub(crate) state: Option<ImaState>,
    keeps_state: bool,
}

/// Why the terms cannot be used.
pub enum ImaUnusable {
    /// This setting needs that one.
    Requires(&'static str, &'static str),
    /// The file of this setting cannot be read.
    File(&'static str, Box<Error>),
    /// This setting makes no sense, and why.
    Setting(&'static str, String),
}

/// The settings as they were given.
#[derive(Default)]
pub struct ImaSettings {
    pub list: Option<Log>,
    /// The allow lists.
    pub allow: Option<Vec<Vec<u8>>>,
    /// Keys that sign files, in any form that the library reads.
    pub keys: Option<Vec<Vec<u8>>>,
    pub require: Option<Vec<String>>,
    pub require_policy: Option<Vec<String>>,
    pub allows_violations: bool,
    /// Whether all proven entries are listed, with the verdict on each.
    pub entries: bool,
    /// The state that an earlier result kept. The list has only the entries after it.
    pub state: Option<Vec<u8>>,
    /// Whether the result keeps how far the list was proven.
    pub keeps_state: bool,
}

/// The digests of all allow lists.
#[derive(Default)]
struct AllowSet(BTreeMap<Vec<u8>, Vec<ImaDigest<'static>>>);

impl ImaAllowed for AllowSet {
    fn allows(&self, digest: &ImaDigest<'_>) -> bool {
        let known = self.0.get(digest.bytes());
        known.is_some_and(|known| known.iter().any(|known| known == digest))
    }
}

impl ImaSettings {
    /// Reads the settings. `None` if there is no list.
    ///
    /// # Errors
    /// See [`ImaUnusable`].
    pub fn read(self) -> Result<Option<Box<ImaTerms>>, ImaUnusable> {
        let judges = self.allow.is_some() || self.keys.is_some();
        let judge = "ima_allow' or 'ima_key";
        for (setting, is_given, needed, has) in [
            (
                "ima_allow",
                self.allow.is_some(),
                "ima_list",
                self.list.is_some(),
            ),
            ("ima_entries", self.entries, "ima_list", self.list.is_some()),
            (
                "ima_state",
                self.state.is_some(),
                "ima_list",
                self.list.is_some(),
            ),
            (
                "ima_keep_state",
                self.keeps_state,
                "ima_list",
                self.list.is_some(),
            ),
            (
                "ima_key",
                self.keys.is_some(),
                "ima_list",
                self.list.is_some(),
            ),
            ("ima_require", self.require.is_some(), judge, judges),
            (
                "ima_require_policy",
                self.require_policy.is_some(),
                judge,
                judges,
            ),
            (
                "dangerous_ima_violations",
                self.allows_violations,
                judge,
                judges,
            ),
        ] {
            if is_given && !has {
                return Err(ImaUnusable::Requires(setting, needed));
            }
        }
        let Some(list) = self.list else {
            return Ok(None);
        };
        if self.entries && (self.keeps_state || self.state.is_some()) {
            let problem =
                "a list whose state is kept is read in pieces: leave it out, or the state";
            return Err(ImaUnusable::Setting("ima_entries", problem.into()));
        }
        let state = self.state.as_deref().map(ImaState::from_bytes).transpose();
        let state = state.map_err(|error| ImaUnusable::File("ima_state", error.into()))?;
        let required = self.require.unwrap_or_default();
        if let Some(text) = required
            .iter()
            .find(|text| ImaDigest::parse(text).is_none())
        {
            let problem = format!("{text:?}: expected a digest as sha256:66f751..");
            return Err(ImaUnusable::Setting("ima_require", problem));
        }
        let keys = self.keys.unwrap_or_default();
        for key in &keys {
            let read = read_ima_key(key, &mut vec![0; key.len()]).map(|_| ());
            read.map_err(|error| {
                let problem = format!("{error}. {}", error.help());
                ImaUnusable::Setting("ima_key", problem)
            })?;
        }
        Ok(Some(Box::new(ImaTerms {
            list,
            allowed: self.allow.map(|lists| AllowSet::read(&lists)).transpose()?,
            keys,
            required,
            in_force: self.require_policy.unwrap_or_default(),
            allows_violations: self.allows_violations,
            lists_entries: self.entries,
            state,
            keeps_state: self.keeps_state,
        })))
    }
}

impl AllowSet {
    fn read(lists: &[Vec<u8>]) -> Result<Self, ImaUnusable> {
        let mut set = Self::default();
        // That there is none to read is said as it is of an empty one.
        let empty = [Vec::new()];
        let lists = if lists.is_empty() { &empty } else { lists };
        for list in lists {
            let read = read_ima_allow_list(list, |digest| {
                let same = set.0.entry(digest.bytes().to_vec()).or_default();
                if !same.contains(&digest) {
                    same.push(digest);
                }
            });
            read.map_err(|error| ImaUnusable::File("ima_allow", error.into()))?;
        }
        Ok(set)
    }
}

impl ImaTerms {
    /// Whether the list is read in pieces, which gives the state behind it.
    pub(crate) const fn is_streamed(&self) -> bool {
        self.keeps_state || self.state.is_some()
    }

    /// Calls a function with what the entries have to be, if they have to be anything.
    pub(crate) fn with_policy<R>(&self, then: impl FnOnce(Option<&ImaPolicy<'_>>) -> R) -> R {
        let required = self.required.iter();
        let required: Vec<ImaDigest<'_>> =
            required.filter_map(|text| ImaDigest::parse(text)).collect();
        let in_force: Vec<&str> = self.in_force.iter().map(String::as_str).collect();
        let mut rooms: Vec<Vec<u8>> = self.keys.iter().map(|key| vec![0; key.len()]).collect();
        let read = self.keys.iter().zip(&mut rooms);
        // All of them were read before.
        let keys: Vec<ImaKey<'_>> = read
            .filter_map(|(key, room)| read_ima_key(key, room).ok())
            .map(|(_, key)| key)
            .collect();
        let policy = match &self.allowed {
            Some(allowed) => Some(ImaPolicy::new(allowed).keys(&keys)),
            None => (!keys.is_empty()).then(|| ImaPolicy::signed(&keys)),
        };
        let policy = policy.map(|policy| {
            let policy = policy.require(&required).require_in_force(&in_force);
            match self.allows_violations {
                true => policy.dangerous_allow_violations(),
                false => policy,
            }
        });
        then(policy.as_ref())
    }

    /// Judges what the quote proves of the list.
    pub(crate) fn judge<'a, 'l, T: log::Quoted>(
        &self,
        appraisal: Appraisal<'a, T>,
        replay: Option<&Replay<'l>>,
    ) -> Judged<'a, 'l, T> {
        self.with_policy(|policy| {
            let proven = replay.and_then(Replay::ima).filter(|_| self.lists_entries);
            let entries = proven.map(|ima| {
                let mut lines = String::new();
                for entry in ima.entries() {
                    let verdict = policy.map(|policy| policy.verdict(&entry));
                    line(&mut lines, &entry, verdict);
                }
                lines
            });
            let (appraisal, judgement) = appraisal.judge_ima(replay, policy);
            (appraisal, judgement, entries)
        })
    }
}

/// What the quote proves of the list, and its entries as lines of JSON if they are asked for.
pub(crate) type Judged<'a, 'l, T> = (Appraisal<'a, T>, Option<ImaJudgement<'l>>, Option<String>);

/// Adds an entry, as the command's `--ima-entries` writes it.
fn line(lines: &mut String, entry: &ProvenImaEntry<'_>, verdict: Option<ImaVerdict>) {
    let template = (!entry.is_violation()).then(|| entry.claimed().template());
    let members = [
        ("template", template.map(|name| name.to_string())),
        ("digest", entry.digest().map(|digest| digest.to_string())),
        ("name", entry.name().map(label)),
        ("verdict", verdict.map(|verdict| verdict.name().into())),
    ];
    let (number, pcr) = (entry.number(), entry.pcr());
    lines.push_str(&format!("{{\"entry\":{number},\"pcr\":{pcr}"));
    for (key, value) in members {
        lines.push_str(&match value {
            Some(text) => format!(",\"{key}\":{}", Quoted(&text)),
            None => format!(",\"{key}\":null"),
        });
    }
    lines.push_str("}\n");
}

/// Writes a file name as text: a byte that is not UTF-8 as `\xff`, and a backslash as two.
fn label(name: &[u8]) -> String {
    let mut label = String::new();
    for chunk in name.utf8_chunks() {
        label.push_str(&chunk.valid().replace('\\', "\\\\"));
        for byte in chunk.invalid() {
            label.push_str(&format!("\\x{byte:02x}"));
        }
    }
    label
}
