//! The report for a person.

use core::fmt::{self, Write};

#[cfg(feature = "boot-log")]
use super::boot;
#[cfg(feature = "ima")]
use super::ima;
use super::{
    escape::OneLine,
    inspect,
    place::Place,
    report::{Message, NOTHING_KNOWN, Report},
    subject::{Attested, Outcome},
};
#[cfg(feature = "certificate")]
use crate::verify::{AkCertificate, Holder};
use crate::{
    types::{TpmAlgId, TpmsClockInfo},
    verify::{
        BaselineComparison, CheckState, KeySummary, KeyTrust, PcrName, PcrValue, VerifiedQuote,
    },
    wire::Hex,
};

impl Report<'_> {
    /// Writes the report as text for a person.
    ///
    /// # Errors
    /// `out` fails.
    pub fn write_text<W: fmt::Write + ?Sized>(&self, out: &mut W) -> fmt::Result {
        write(self, out)
    }
}

fn write<W: Write + ?Sized>(report: &Report<'_>, out: &mut W) -> fmt::Result {
    write_headline(report, out)?;
    write_failure(report, out)?;
    write_checks(report, out)?;
    write_key(report, out)?;
    if let Outcome::Quote(quote) = report.outcome {
        write_quote(quote, out)?;
    }
    if let Some(baseline) = &report.findings.baseline {
        write_baseline(baseline, out)?;
    }
    #[cfg(feature = "boot-log")]
    if let Some(replay) = report.boot_logs() {
        boot::write_text(out, replay)?;
    }
    #[cfg(feature = "ima")]
    if let Some(judged) = report.judged_ima() {
        ima::write_text(out, judged)?;
    }
    match &report.outcome {
        Outcome::Attest(attested) => write_attested(attested, out)?,
        Outcome::Unavailable => writeln!(out, "\n{NOTHING_KNOWN}")?,
        Outcome::Quote(_) | Outcome::Key | Outcome::Failed(_) | Outcome::Unread(..) => {}
    }
    let mut before = "\n";
    for warning in report.warnings() {
        writeln!(out, "{before}warning: {warning}")?;
        before = "";
    }
    Ok(())
}

/// The verdict in words, and what it is on.
fn write_headline<W: Write + ?Sized>(report: &Report<'_>, out: &mut W) -> fmt::Result {
    out.write_str(match report.verdict() {
        "verified-self-asserted" => "verified, but nothing vouches for the key (self-asserted)",
        verdict => verdict,
    })?;
    out.write_str(": ")?;
    write_source(report.source, out)?;
    if let Some(form) = report.form {
        write!(out, " ({form})")?;
    }
    out.write_str("\n")
}

/// Why it was not accepted, and what to do.
fn write_failure<W: Write + ?Sized>(report: &Report<'_>, out: &mut W) -> fmt::Result {
    let Some(place) = report.failed_at() else {
        return Ok(());
    };
    if let Some(error) = report.error() {
        write!(out, "{}: ", error.check())?;
    }
    if let Some(field) = report.given_field() {
        write!(OneLine(out), "{field}: ")?;
    }
    write!(OneLine(out), "{}", Message(report))?;
    out.write_str("\n")?;
    write_place(place, report.source, out)?;
    writeln!(out, "help: {}", report.help_text().unwrap_or_default())?;
    for note in report.failure_notes() {
        out.write_str("note: ")?;
        OneLine(out).write_str(note)?;
        out.write_str("\n")?;
    }
    Ok(())
}

/// Where the failure lies, if the headline does not say it.
fn write_place<W: Write + ?Sized>(place: Place<'_>, source: &str, out: &mut W) -> fmt::Result {
    if place.source == source && place.line.is_none() {
        return Ok(());
    }
    out.write_str("place: ")?;
    write_source(place.source, out)?;
    for number in [place.line, place.column].into_iter().flatten() {
        write!(out, ":{number}")?;
    }
    out.write_str("\n")
}

fn write_source<W: Write + ?Sized>(source: &str, out: &mut W) -> fmt::Result {
    match source {
        "-" => out.write_str("standard input"),
        source => OneLine(out).write_str(source),
    }
}

/// The states of the checks: a line for each. Those that passed or were not reached are
/// only counted, unless the report is verbose.
fn write_checks<W: Write + ?Sized>(report: &Report<'_>, out: &mut W) -> fmt::Result {
    if report.checks().next().is_none() {
        return Ok(());
    }
    out.write_str("\nchecks:")?;
    let mut before = " ";
    for counted in [CheckState::Ok, CheckState::NotReached] {
        let count = report.checks().filter(|(_, state)| *state == counted);
        let count = count.count();
        if count != 0 {
            let what = match counted {
                CheckState::Ok => "passed",
                _ => "not reached",
            };
            write!(out, "{before}{count} {what}")?;
            before = ", ";
        }
    }
    out.write_str("\n")?;
    for (check, state) in report.checks() {
        let is_counted = matches!(state, CheckState::Ok | CheckState::NotReached);
        if report.verbose || !is_counted {
            writeln!(out, "  {check:18}{}", Words(state))?;
        }
    }
    Ok(())
}

/// A state in words.
struct Words(CheckState);

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            CheckState::Ok => "ok",
            CheckState::Failed => "FAILED",
            CheckState::Unsupported => "unsupported",
            CheckState::NotReached => "not reached",
            CheckState::NotAskedFor => "not asked for",
        })
    }
}

fn write_key<W: Write + ?Sized>(report: &Report<'_>, out: &mut W) -> fmt::Result {
    let Some(key) = &report.findings.key else {
        return Ok(());
    };
    let (algorithm, scheme, trust) = (key.algorithm(), key.scheme(), key.trust());
    writeln!(out, "\nkey: {algorithm}, {scheme}, {trust}")?;
    if !key.name().as_ref().is_empty() {
        writeln!(out, "  name              {}", key.name())?;
    }
    if let Some(by) = report.vouching_line() {
        write!(
            OneLine(out),
            "  vouched for by    {}, line {} ({})",
            by.file,
            by.line,
            by.name
        )?;
        out.write_str("\n")?;
    }
    #[cfg(feature = "certificate")]
    if let Some(certificate) = report.vouching_certificate() {
        write_certificate(certificate, out)?;
    }
    #[cfg(feature = "certificate")]
    if let Some(hardware) = report.vouching_hardware() {
        writeln!(
            out,
            "  processor         AMD SEV-SNP, firmware {}",
            hardware.tcb()
        )?;
        writeln!(out, "  chip              {}", Hex(hardware.chip()))?;
        writeln!(out, "  measurement       {}", Hex(hardware.measurement()))?;
        writeln!(out, "  id key            {}", Hex(hardware.id_key()))?;
    }
    write_links(key, out)
}

/// The other keys that vouch for the key, each behind the one that it vouches for.
fn write_links<W: Write + ?Sized>(key: &KeySummary, out: &mut W) -> fmt::Result {
    for (link, vouched) in key.links().skip(1).zip(key.links()) {
        let how = match vouched.trust() {
            KeyTrust::Activated => "activated with",
            _ => "certified by",
        };
        write!(out, "  {how:16}  {}, ", link.algorithm())?;
        match link.scheme() {
            Some(scheme) => write!(out, "{scheme}, ")?,
            None => out.write_str("endorsement key, ")?,
        }
        writeln!(out, "{}", link.trust())?;
        if !link.name().as_ref().is_empty() {
            writeln!(out, "    name            {}", link.name())?;
        }
    }
    Ok(())
}

/// What the certificate of the key is, and for what it vouches.
#[cfg(feature = "certificate")]
fn write_certificate<W: Write + ?Sized>(
    certificate: &AkCertificate<'_>,
    out: &mut W,
) -> fmt::Result {
    write!(out, "  profile           {}", certificate.profile().name())?;
    out.write_str(match certificate.holder() {
        Holder::Tpm(_) => ": some TPM of this maker\n",
        _ => "\n",
    })?;
    let issuer = certificate.issuer();
    let mut line = OneLine(&mut *out);
    match certificate.holder() {
        Holder::Tpm(identity) => {
            let maker = identity.maker().unwrap_or(identity.manufacturer);
            let (model, version) = (identity.model, identity.version);
            line.write_str("  TPM               ")?;
            write!(line, "{maker} {model}, version {version}")?;
        }
        Holder::AzureVm(name) => write!(line, "  VM                {name}")?,
        Holder::GoogleVm(vm) => {
            let (name, id, zone) = (vm.instance_name, vm.instance_id, vm.zone);
            let (project, number) = (vm.project, vm.project_number);
            line.write_str("  VM                ")?;
            write!(line, "{name} (instance {id}), {zone}, ")?;
            write!(line, "project {project} ({number})")?;
        }
        _ => line.write_str("  TPM               not named")?,
    }
    writeln!(out, ", says {issuer}")
}

fn write_quote<W: Write + ?Sized>(quote: &VerifiedQuote<'_>, out: &mut W) -> fmt::Result {
    writeln!(out, "\nquote:")?;
    writeln!(out, "  nonce             {}", Hex(quote.nonce()))?;
    for PcrValue {
        bank,
        index,
        digest,
    } in quote.pcrs()
    {
        write_name(bank, index, out)?;
        writeln!(out, "{}", Hex(digest))?;
    }
    writeln!(out, "  PCR digest        {}", Hex(quote.pcr_digest()))?;
    let obfuscated = quote.is_obfuscated();
    write_clock(quote.clock_info(), obfuscated, out)?;
    write_firmware_version(quote.firmware_version(), obfuscated, out)
}

/// The name of a PCR, in the column of names.
fn write_name<W: Write + ?Sized>(bank: TpmAlgId, index: u8, out: &mut W) -> fmt::Result {
    let mut column = Column { out, left: COLUMN };
    write!(column, "  {}", PcrName(bank, index))?;
    for _ in 0..column.left {
        column.out.write_str(" ")?;
    }
    Ok(())
}

/// Characters of the column of names.
const COLUMN: usize = 20;

/// Counts what is left of a column.
struct Column<'w, W: ?Sized> {
    out: &'w mut W,
    left: usize,
}

impl<W: Write + ?Sized> Write for Column<'_, W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.left = self.left.saturating_sub(text.len());
        self.out.write_str(text)
    }
}

fn write_clock<W: Write + ?Sized>(
    clock: &TpmsClockInfo,
    obfuscated: Option<bool>,
    out: &mut W,
) -> fmt::Result {
    let safe = if clock.safe { "safe" } else { "not safe" };
    let (resets, restarts) = (clock.reset_count, clock.restart_count);
    writeln!(out, "  clock             {} ms, {safe}", clock.clock)?;
    writeln!(
        out,
        "  counters          {resets} resets, {restarts} restarts{}",
        label(obfuscated)
    )
}

fn write_firmware_version<W: Write + ?Sized>(
    version: u64,
    obfuscated: Option<bool>,
    out: &mut W,
) -> fmt::Result {
    let bytes = version.to_be_bytes();
    let version = Hex(&bytes);
    writeln!(out, "  firmware version  {version}{}", label(obfuscated))
}

/// What a number of a key outside the endorsement and platform hierarchies is worth.
const fn label(obfuscated: Option<bool>) -> &'static str {
    match obfuscated {
        Some(false) => "",
        Some(true) => " (obfuscated by the TPM)",
        None => " (may be obfuscated)",
    }
}

fn write_baseline<W: Write + ?Sized>(
    baseline: &BaselineComparison<'_>,
    out: &mut W,
) -> fmt::Result {
    let (matched, mismatched) = (baseline.matched(), baseline.mismatches().count());
    writeln!(
        out,
        "\nbaseline: {matched} matched, {mismatched} mismatched"
    )?;
    for mismatch in baseline.mismatches() {
        write_name(mismatch.pcr.bank(), mismatch.pcr.index(), out)?;
        match mismatch.actual {
            Some(actual) => writeln!(out, "{}", Hex(actual))?,
            None => out.write_str("not covered by the quote\n")?,
        }
        let mut label = "expected";
        for good in mismatch.expected {
            writeln!(out, "  {label:>16}  {}", Hex(good))?;
            label = "or";
        }
    }
    Ok(())
}

fn write_attested<W: Write + ?Sized>(attested: &Attested<'_>, out: &mut W) -> fmt::Result {
    writeln!(out, "\nattestation: {}", attested.tag)?;
    writeln!(out, "  nonce             {}", Hex(attested.nonce))?;
    let signer = Hex(attested.qualified_signer);
    writeln!(out, "  qualified signer  {signer}")?;
    if let Some(hierarchy) = attested.hierarchy {
        writeln!(out, "  hierarchy         {hierarchy}")?;
    }
    write_clock(attested.clock, attested.obfuscated, out)?;
    write_firmware_version(attested.firmware_version, attested.obfuscated, out)?;
    writeln!(out, "  attested:")?;
    inspect::write_lines(attested.facts, 2, out)
}
