//! What a quote proves of an IMA list: the member `ima` of the report, and its section in the
//! text.

use core::fmt::{self, Write};

use super::{escape::OneLine, json::Json};
use crate::{
    log::{ImaJudgement, ImaStrength, ProvenIma, ProvenImaEntry},
    verify::bank_name,
};

/// What is proven, and what the policy says of it if there is one.
pub(super) type Judged<'r> = (&'r ProvenIma<'r>, Option<&'r ImaJudgement<'r>>);

/// Writes the member's value.
pub(super) fn write_json<W: Write + ?Sized>(
    json: &mut Json<'_, W>,
    (ima, judgement): Judged<'_>,
) -> fmt::Result {
    json.object(|json| {
        json.key("entries")?;
        json.bare(ima.total())?;
        json.key("proven")?;
        json.bare(ima.proven())?;
        json.key("tail_entries")?;
        json.bare(ima.tail_entries())?;
        json.key("violations")?;
        json.bare(ima.violations())?;
        json.key("unknown")?;
        match judgement {
            Some(judgement) => json.bare(judgement.unknown())?,
            None => json.null()?,
        }
        json.key("unprotected")?;
        json.bare(ima.violations())?;
        json.key("strength")?;
        json.object(|json| {
            for (bank, strength) in ima.strengths() {
                json.key(bank_name(bank).unwrap_or_default())?;
                json.word(strength.name())?;
            }
            Ok(())
        })?;
        json.key("boot_aggregate")?;
        json.word(ima.boot_aggregate().name())?;
        json.key("first_unknown")?;
        json.list(|json| {
            let entries = judgement.into_iter().flat_map(ImaJudgement::first_unknown);
            for entry in entries {
                json.element()?;
                json.object(|json| {
                    json.key("entry")?;
                    json.bare(entry.number())?;
                    json.key("name")?;
                    json.string(Name(&entry))?;
                    json.key("digest")?;
                    match entry.digest() {
                        Some(digest) => json.string(digest),
                        None => json.null(),
                    }
                })?;
            }
            Ok(())
        })
    })
}

/// The name of an entry, which may be any bytes: what is not UTF-8 as `\xff`.
struct Name<'e>(&'e ProvenImaEntry<'e>);

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.name().unwrap_or_default().utf8_chunks() {
            for c in chunk.valid().chars() {
                match c {
                    '\\' => f.write_str("\\\\")?,
                    c => f.write_char(c)?,
                }
            }
            for byte in chunk.invalid() {
                write!(f, "\\x{byte:02x}")?;
            }
        }
        Ok(())
    }
}

/// Writes the section of the text.
pub(super) fn write_text<W: Write + ?Sized>(
    out: &mut W,
    (ima, judgement): Judged<'_>,
) -> fmt::Result {
    out.write_str("\nIMA list:\n")?;
    write!(
        out,
        "  proven            {} of {} entries",
        ima.proven(),
        ima.total()
    )?;
    match ima.tail_entries() {
        0 => out.write_str("\n")?,
        1 => out.write_str("; 1 follows the last of them\n")?,
        count => writeln!(out, "; {count} follow the last of them")?,
    }
    if ima.violations() > 0 {
        writeln!(
            out,
            "  unprotected       {} (written while in use: nothing is known of these files)",
            ima.violations()
        )?;
    }
    for (bank, strength) in ima.strengths() {
        let bank = bank_name(bank).unwrap_or_default();
        let text = match strength {
            ImaStrength::Own => "own digests",
            ImaStrength::PaddedSha1 => "padded SHA-1: no stronger than SHA-1",
        };
        writeln!(out, "  {bank:18}{text}")?;
    }
    writeln!(out, "  boot aggregate    {}", ima.boot_aggregate())?;
    let Some(judgement) = judgement else {
        return Ok(());
    };
    writeln!(out, "  allowed           {}", judgement.allowed())?;
    writeln!(out, "  not allowed       {}", judgement.unknown())?;
    for entry in judgement.first_unknown() {
        write!(out, "    entry {}  ", entry.number())?;
        if let Some(digest) = entry.digest() {
            write!(out, "{digest}  ")?;
        }
        write!(OneLine(&mut *out), "{}", Name(&entry))?;
        out.write_str("\n")?;
    }
    Ok(())
}
