//! What logs prove of a boot: the member `boot` of the report, and its section in the text.

use core::fmt::{self, Display, Write};

use super::{escape::OneLine, json::Json};
use crate::{
    log::{Authority, Fact, MokValidation, Replay, SecureBoot, Suffix},
    types::TpmAlgId,
    verify::{PcrSet, bank_name},
    wire::Hex,
};

/// Writes the member's value.
pub(super) fn write_json<W: Write + ?Sized>(
    json: &mut Json<'_, W>,
    replay: &Replay<'_>,
) -> fmt::Result {
    json.object(|json| {
        json.key("secure_boot")?;
        let state = replay.secure_boot().known();
        optional(json, state, |json, state| json.word(state.name()))?;
        json.key("mok_validation")?;
        let state = replay.mok_validation().known();
        optional(json, state, |json, state| json.word(state.name()))?;
        json.key("images")?;
        optional(json, replay.images().known(), |json, mut images| {
            json.list(|json| {
                images.try_for_each(|image| {
                    image.digests().try_for_each(|(bank, digest)| {
                        json.element()?;
                        json.object(|json| {
                            json.key("digest")?;
                            json.hex(digest)?;
                            json.key("algorithm")?;
                            write_bank(json, bank)?;
                            json.key("side")?;
                            json.word(image.side().name())
                        })
                    })
                })
            })
        })?;
        json.key("command_lines")?;
        optional(json, replay.command_lines().known(), |json, mut lines| {
            json.list(|json| {
                lines.try_for_each(|line| {
                    json.element()?;
                    json.object(|json| {
                        json.key("text")?;
                        optional(json, line.text(), |json, text| json.string(text))?;
                        json.key("proven_by")?;
                        json.word(line.proven_by().name())
                    })
                })
            })
        })?;
        json.key("authorities")?;
        optional(json, replay.authorities().known(), |json, mut all| {
            json.list(|json| {
                all.try_for_each(|authority| {
                    json.element()?;
                    write_authority(json, &authority)
                })
            })
        })?;
        json.key("unexplained_pcrs")?;
        write_pcrs(json, replay.unexplained_pcrs())?;
        json.key("unexplained_events")?;
        json.list(|json| {
            replay.unexplained_events().try_for_each(|event| {
                json.element()?;
                json.object(|json| {
                    json.key("pcr")?;
                    json.bare(event.pcr())?;
                    json.key("event")?;
                    json.bare(event.number())
                })
            })
        })?;
        json.key("unknown")?;
        json.list(|json| {
            replay.unknown_facts().try_for_each(|(fact, reason)| {
                json.element()?;
                json.object(|json| {
                    json.key("fact")?;
                    json.word(fact)?;
                    json.key("reason")?;
                    json.word(reason.name())?;
                    json.key("message")?;
                    json.string(reason)
                })
            })
        })?;
        json.key("explained_pcrs")?;
        write_pcrs(json, replay.explained_pcrs())?;
        json.key("never_extended_pcrs")?;
        write_pcrs(json, replay.never_extended_pcrs())?;
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
        optional(json, replay.startup_locality(), |json, start| {
            json.bare(start.locality())
        })?;
        json.key("tail_bytes")?;
        json.bare(replay.tail_bytes())
    })
}

/// `null` for what is not known.
fn optional<T, W: Write + ?Sized>(
    json: &mut Json<'_, W>,
    value: Option<T>,
    write: impl FnOnce(&mut Json<'_, W>, T) -> fmt::Result,
) -> fmt::Result {
    match value {
        Some(value) => write(json, value),
        None => json.null(),
    }
}

fn write_authority<W: Write + ?Sized>(
    json: &mut Json<'_, W>,
    authority: &Authority<'_>,
) -> fmt::Result {
    let variable = authority.variable();
    json.object(|json| {
        json.key("name")?;
        json.string(variable.name())?;
        json.key("guid")?;
        json.string(variable.guid())?;
        json.key("certificate_sha256")?;
        optional(json, authority.fingerprint(), |json, it| json.hex(&it))?;
        json.key("sbat")?;
        optional(json, sbat(authority), |json, text| json.string(text))?;
        json.key("side")?;
        json.word(authority.side().name())
    })
}

/// shim's list of least versions, if it is one and a text.
fn sbat<'a>(authority: &Authority<'a>) -> Option<&'a str> {
    let text = core::str::from_utf8(authority.sbat()?).ok()?;
    Some(text.trim_end_matches('\0'))
}

/// The suffixes without which some PCRs are not explained.
fn suffixes<'r>(replay: &'r Replay<'_>) -> impl Iterator<Item = (Suffix, &'r PcrSet)> {
    let all = Suffix::ALL.into_iter();
    let pcrs = all.map(|suffix| (suffix, replay.suffixed_pcrs(suffix)));
    pcrs.filter(|(_, pcrs)| !pcrs.is_empty())
}

fn write_bank<W: Write + ?Sized>(json: &mut Json<'_, W>, bank: TpmAlgId) -> fmt::Result {
    match bank_name(bank) {
        Some(name) => json.word(name),
        None => json.string(bank),
    }
}

fn write_pcrs<W: Write + ?Sized>(json: &mut Json<'_, W>, pcrs: &PcrSet) -> fmt::Result {
    json.list(|json| {
        for pcr in pcrs.iter() {
            json.element()?;
            json.object(|json| {
                json.key("bank")?;
                write_bank(json, pcr.bank())?;
                json.key("index")?;
                json.bare(pcr.index())
            })?;
        }
        Ok(())
    })
}

/// Writes the section of the text.
pub(super) fn write_text<W: Write + ?Sized>(out: &mut W, replay: &Replay<'_>) -> fmt::Result {
    out.write_str("\nboot log: what the quoted PCRs prove by the events of the logs\n")?;
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
        0 => {}
        1 => writeln!(out, "  padding           1 byte after the last event")?,
        count => writeln!(
            out,
            "  padding           {count} bytes after the last event"
        )?,
    }
    write_state(
        out,
        "Secure Boot",
        replay.secure_boot(),
        |state| match state {
            SecureBoot::On => {
                "on, as the firmware measured it; nothing here shows that it was enforced"
            }
            SecureBoot::Off => "off",
            SecureBoot::NeverSet => "never set, which is off",
        },
    )?;
    write_state(out, "shim", replay.mok_validation(), |state| match state {
        MokValidation::Disabled => "was told not to check what it starts",
        MokValidation::NotDisabled => "not told to skip its checks, if it ran",
    })?;
    write_facts(out, replay)?;
    match replay.unexplained_events().count() {
        0 => Ok(()),
        1 => writeln!(
            out,
            "  unexplained       1 event, of which only the digest is proven"
        ),
        count => writeln!(
            out,
            "  unexplained       {count} events, of which only the digests are proven"
        ),
    }
}

fn write_state<T, W: Write + ?Sized>(
    out: &mut W,
    label: &str,
    fact: Fact<T>,
    words: impl FnOnce(T) -> &'static str,
) -> fmt::Result {
    write!(out, "  {label:18}")?;
    match fact {
        Fact::Known(state) => writeln!(out, "{}", words(state)),
        Fact::Unknown(reason) => writeln!(out, "unknown: {reason}"),
    }
}

/// The lists, an element a line.
fn write_facts<W: Write + ?Sized>(out: &mut W, replay: &Replay<'_>) -> fmt::Result {
    match replay.authorities() {
        Fact::Known(mut all) => all.try_for_each(|authority| {
            out.write_str("  authority         ")?;
            write!(OneLine(out), "{}", authority.variable().name())?;
            if let Some(fingerprint) = authority.fingerprint() {
                write!(out, ", certificate {}", Hex(&fingerprint))?;
            }
            if let Some(text) = sbat(&authority) {
                let mut before = ": ";
                for line in text.lines() {
                    out.write_str(before)?;
                    OneLine(out).write_str(line)?;
                    before = "; ";
                }
            }
            out.write_str("\n")
        })?,
        Fact::Unknown(reason) => write_unknown(out, "authorities", reason)?,
    }
    match replay.images() {
        Fact::Known(mut images) => images.try_for_each(|image| {
            image.digests().try_for_each(|(bank, digest)| {
                let name = bank_name(bank).unwrap_or_default();
                writeln!(out, "  image             {name}:{}", Hex(digest))
            })
        })?,
        Fact::Unknown(reason) => write_unknown(out, "images", reason)?,
    }
    match replay.command_lines() {
        Fact::Known(mut lines) => lines.try_for_each(|line| {
            out.write_str("  command line      ")?;
            match line.text() {
                Some(text) => write!(OneLine(out), "{text}")?,
                None => out.write_str("a text that the log does not have")?,
            }
            writeln!(out, " ({})", line.proven_by())
        }),
        Fact::Unknown(reason) => write_unknown(out, "command lines", reason),
    }
}

fn write_unknown<W: Write + ?Sized>(out: &mut W, label: &str, reason: impl Display) -> fmt::Result {
    writeln!(out, "  {label:18}unknown: {reason}")
}
