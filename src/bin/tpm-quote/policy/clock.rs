//! What the clock has to be, and the report on earlier evidence.

use std::ffi::OsString;

use clap::Args;
use serde_json::Value;
use tpm_quote::{
    Name,
    types::{Tpm2bName, TpmsClockInfo},
    verify::{ClockPolicy, ClockReading},
};

use crate::{
    input::{Input, unhex},
    options::whole,
};

/// What the clock has to be.
#[derive(Args)]
pub(crate) struct Clock {
    /// Refuse a clock that may have shown a later time before (safe is no)
    #[arg(long)]
    require_safe_clock: bool,

    /// The JSON report on earlier evidence by the same key: the clock must not
    /// have gone back, nor the TPM been reset, restarted or resumed since
    #[arg(long, value_name = "FILE")]
    since: Option<OsString>,

    /// Let the TPM be reset, restarted and resumed since: its counters may have
    /// gone on
    ///
    /// Their order is known only for a key of the endorsement or platform
    /// hierarchy: say where the key stands with --hierarchy and --parent, unless
    /// it is a primary key.
    #[arg(long, requires = "since")]
    allow_reboots: bool,

    /// The lowest firmware version, as the report shows it: 16 hexadecimal digits
    ///
    /// It is known only for a key of the endorsement or platform hierarchy, as
    /// for --allow-reboots.
    #[arg(long, value_name = "HEX", value_parser = firmware_version)]
    min_firmware: Option<u64>,
}

impl Clock {
    pub(crate) fn since(&self) -> Result<Option<ClockReading>, String> {
        let Some(file) = &self.since else {
            return Ok(None);
        };
        let input = Input::read_file(file)?;
        let report: Value = serde_json::from_slice(input.json()?)
            .map_err(|error| format!("{}: not a JSON report: {error}", input.name))?;
        if is_verified(&report) && report.pointer("/key/name") == Some(&Value::Null) {
            return Err(format!(
                "{}: the report is on a key without a Name, which was known by its numbers alone: give the public area of the key then and now",
                input.name
            ));
        }
        match reading(&report) {
            Some(reading) => Ok(Some(reading)),
            None => Err(format!(
                "{}: not the JSON report on evidence that was verified (--format json)",
                input.name
            )),
        }
    }

    pub(crate) fn policy<'a>(&self, since: Option<&'a ClockReading>) -> ClockPolicy<'a> {
        let mut policy = ClockPolicy::new();
        if self.require_safe_clock {
            policy = policy.require_safe();
        }
        if let Some(since) = since {
            policy = policy.since(since);
        }
        if self.allow_reboots {
            policy = policy.allow_reboots();
        }
        if let Some(version) = self.min_firmware {
            policy = policy.minimum_firmware(version);
        }
        policy
    }
}

/// The clock in a report, if its evidence was verified.
fn reading(report: &Value) -> Option<ClockReading> {
    if !is_verified(report) {
        return None;
    }
    let name = unhex(report.pointer("/key/name")?.as_str()?).ok()?;
    let clock = ["/quote/clock", "/attest/clock"]
        .into_iter()
        .find_map(|place| report.pointer(place)?.as_object())?;
    let count = |key: &str| u32::try_from(clock.get(key)?.as_u64()?).ok();
    Some(ClockReading::new(
        Name::new(Tpm2bName::new(&name).ok()?),
        TpmsClockInfo {
            clock: whole(clock.get("clock")?.as_str()?).ok()?,
            reset_count: count("reset_count")?,
            restart_count: count("restart_count")?,
            safe: clock.get("safe")?.as_bool()?,
        },
    ))
}

/// Whether a JSON report is on evidence that was verified.
pub(crate) fn is_verified(report: &Value) -> bool {
    let verdict = report.pointer("/verdict").and_then(Value::as_str);
    matches!(verdict, Some("verified" | "verified-self-asserted"))
}

fn firmware_version(text: &str) -> Result<u64, String> {
    match <[u8; 8]>::try_from(unhex(text)?) {
        Ok(bytes) => Ok(u64::from_be_bytes(bytes)),
        Err(bytes) => Err(format!("{} bytes, expected 8", bytes.len())),
    }
}
