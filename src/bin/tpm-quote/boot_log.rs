//! The firmware's event log, as `print` shows it: what is in it, none of which is proven.

use serde_json::{Map, Value, json};
use tpm_quote::{
    evidence::FileKind,
    log::{Event, EventLog, LogFormat},
    types::TpmAlgId,
    verify::bank_name,
    wire::Hex,
};

use crate::tree::Shown;

/// Whether the bytes begin like a log in the crypto-agile form, or one with a header.
pub(crate) fn is_event_log(bytes: &[u8]) -> bool {
    FileKind::of(bytes) == Some(FileKind::BootLog)
}

/// Reads a log, with padding behind it or without.
pub(crate) fn read(bytes: &[u8]) -> Result<Shown, String> {
    let log = EventLog::parse_padded(bytes).map_err(|error| error.to_string())?;
    let format = match log.format() {
        LogFormat::Sha1 => "TPM 1.2",
        LogFormat::CryptoAgile => "crypto agile",
    };
    let banks: Vec<Value> = log.banks().map(|bank| name(bank).into()).collect();
    let events: Vec<Value> = log.events().map(|event| shown(&event)).collect();
    Ok(Map::from_iter([
        ("type".to_owned(), "BootLog".into()),
        (
            "note".to_owned(),
            "Nothing of this is proven without a quote: tpm-quote check --boot-log".into(),
        ),
        ("format".to_owned(), format.into()),
        ("banks".to_owned(), banks.into()),
        ("tail_bytes".to_owned(), log.tail_bytes().into()),
        ("events".to_owned(), events.into()),
    ]))
}

fn shown(event: &Event<'_>) -> Value {
    let digests = event.digests().iter();
    let digests = digests.map(|(bank, digest)| (name(bank), Hex(digest).to_string().into()));
    json!({
        "number": event.number(),
        "offset": event.offset(),
        "pcr": event.pcr_index(),
        "is_extended": event.pcr().is_some(),
        "claimed_type": event.event_type().to_string(),
        "digests": Map::from_iter(digests),
        "data": Hex(event.data()).to_string(),
    })
}

fn name(bank: TpmAlgId) -> String {
    bank_name(bank).map_or_else(|| bank.to_string(), str::to_owned)
}
