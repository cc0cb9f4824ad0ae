//! What logs explain of a quote: the member `boot` of the report, and its section in the text.

use core::fmt::{self, Write};

use super::json::Json;
use crate::{
    log::{Replay, Suffix},
    verify::{PcrSet, bank_name},
};

/// Writes the member's value.
pub(super) fn write_json<W: Write + ?Sized>(
    json: &mut Json<'_, W>,
    replay: &Replay<'_>,
) -> fmt::Result {
    json.object(|json| {
        json.key("explained_pcrs")?;
        write_pcrs(json, replay.explained_pcrs())?;
        json.key("never_extended_pcrs")?;
        write_pcrs(json, replay.never_extended_pcrs())?;
        json.key("unexplained_pcrs")?;
        write_pcrs(json, replay.unexplained_pcrs())?;
        json.key("suffixes")?;
        json.list(|json| {
            for (suffix, pcrs) in suffixes(replay) {
                json.element()?;
                json.object(|json| {
                    json.key("name")?;
                    json.word(suffix.name())?;
                    json.key("pcrs")?;
                    write_pcrs(json, pcrs)
                })?;
            }
            Ok(())
        })?;
        json.key("startup_locality")?;
        match replay.startup_locality() {
            Some(start) => json.bare(start.locality())?,
            None => json.null()?,
        }
        json.key("tail_bytes")?;
        json.bare(replay.tail_bytes())
    })
}

/// The suffixes without which some PCRs are not explained.
fn suffixes<'r>(replay: &'r Replay<'_>) -> impl Iterator<Item = (Suffix, &'r PcrSet)> {
    let all = Suffix::ALL.into_iter();
    let pcrs = all.map(|suffix| (suffix, replay.suffixed_pcrs(suffix)));
    pcrs.filter(|(_, pcrs)| !pcrs.is_empty())
}

fn write_pcrs<W: Write + ?Sized>(json: &mut Json<'_, W>, pcrs: &PcrSet) -> fmt::Result {
    json.list(|json| {
        for pcr in pcrs.iter() {
            json.element()?;
            json.object(|json| {
                json.key("bank")?;
                match bank_name(pcr.bank()) {
                    Some(name) => json.word(name)?,
                    None => json.string(pcr.bank())?,
                }
                json.key("index")?;
                json.bare(pcr.index())
            })?;
        }
        Ok(())
    })
}

/// Writes the section of the text.
pub(super) fn write_text<W: Write + ?Sized>(out: &mut W, replay: &Replay<'_>) -> fmt::Result {
    out.write_str("\nboot log:\n")?;
    for (label, pcrs) in [
        ("explains", replay.explained_pcrs()),
        ("never extended", replay.never_extended_pcrs()),
        ("does not explain", replay.unexplained_pcrs()),
    ] {
        if !pcrs.is_empty() {
            writeln!(out, "  {label:18}{pcrs}")?;
        }
    }
    for (suffix, pcrs) in suffixes(replay) {
        writeln!(out, "  by your word      {suffix} is the end of {pcrs}")?;
    }
    match replay.tail_bytes() {
        0 => Ok(()),
        1 => writeln!(out, "  padding           1 byte after the last event"),
        count => writeln!(
            out,
            "  padding           {count} bytes after the last event"
        ),
    }
}
