//! What a quote proves of an IMA list: the member `ima` of the report, and its section in the
//! text.

use core::fmt::{self, Write};

use super::{escape::OneLine, json::Json};
use crate::{
    log::{ImaJudgement, ImaOffender, ImaProof, ImaSignatureState, ImaStrength},
    verify::bank_name,
    wire::Hex,
};

/// What is proven, and what the policy says of it if there is one.
pub(super) type Judged<'r> = (&'r ImaProof, Option<&'r ImaJudgement<'r>>);

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
        let signatures = judgement.filter(|judgement| judgement.has_keys());
        if let Some(judgement) = signatures {
            json.key("signed")?;
            json.bare(judgement.signed())?;
            json.key("signers")?;
            json.list(|json| {
                for signer in judgement.signers() {
                    json.element()?;
                    json.object(|json| {
                        json.key("fingerprint")?;
                        json.hex(signer.fingerprint())?;
                        json.key("entries")?;
                        json.bare(signer.entries())
                    })?;
                }
                Ok(())
            })?;
            json.key("signatures_not_judged")?;
            json.bare(judgement.signatures_not_judged())?;
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
                        Some(digest) => json.string(digest)?,
                        None => json.null()?,
                    }
                    if signatures.is_some() {
                        json.key("signature")?;
                        json.word(entry.signature().name())?;
                    }
                    Ok(())
                })?;
            }
            Ok(())
        })
    })
}

/// The name of an entry, which may be any bytes: what is not UTF-8 as `\xff`.
struct Name<'e>(&'e ImaOffender<'e>);

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_cut() { "..." } else { "" })?;
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
    if judgement.has_keys() {
        writeln!(out, "  signed            {}", judgement.signed())?;
        for signer in judgement.signers() {
            let entries = signer.entries();
            writeln!(
                out,
                "    {entries} by the key {}",
                Hex(signer.fingerprint())
            )?;
        }
    }
    writeln!(out, "  not allowed       {}", judgement.unknown())?;
    for entry in judgement.first_unknown() {
        write!(out, "    entry {}  ", entry.number())?;
        match entry.signature() {
            ImaSignatureState::None => {}
            ImaSignatureState::UnknownKey { id } => write!(out, "signed by {}  ", Hex(&id))?,
            state => write!(out, "signature: {state}  ")?,
        }
        if let Some(digest) = entry.digest() {
            write!(out, "{digest}  ")?;
        }
        write!(OneLine(&mut *out), "{}", Name(&entry))?;
        out.write_str("\n")?;
    }
    Ok(())
}
