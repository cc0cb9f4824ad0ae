//! `--ima-entries FILE`: all entries of an IMA list that a quote proves, a line of JSON for each,
//! with what the policy says of it.

use std::ffi::OsStr;

use serde_json::json;
use tpm_quote::log::{ImaPolicy, ImaVerdict, Replay};

use crate::{
    ima_list::label,
    input::shown,
    output::say,
    save::{Staged, refuse_what_was_read},
    yaml::escaped,
};

/// Writes the file, once it is known which entries are proven. Without any it is not written, and
/// that is said.
pub(crate) fn write(
    file: &OsStr,
    replay: Option<&Replay<'_>>,
    policy: Option<&ImaPolicy<'_>>,
) -> Result<(), String> {
    refuse_what_was_read(file)?;
    let Some(ima) = replay.and_then(Replay::ima) else {
        let name = shown(file);
        say(&format!(
            "--ima-entries: {name} is not written: no entry of the list is proven"
        ));
        return Ok(());
    };
    let mut lines = String::new();
    for entry in ima.entries() {
        let verdict = policy.map(|policy| policy.verdict(&entry));
        let line = json!({
            "entry": entry.number(),
            "pcr": entry.pcr(),
            "template": (!entry.is_violation()).then(|| entry.claimed().template()),
            "digest": entry.digest().map(|digest| digest.to_string()),
            "name": entry.name().map(label),
            "verdict": verdict.map(ImaVerdict::name),
        });
        lines.push_str(&escaped(&format!("{line}\n")));
    }
    Staged::replacing(file, lines.as_bytes())?.put()
}
