//! Boot logs.

use core::hint::black_box;

use tpm_quote::{
    Evidence, Nonce, QuotePolicy, TpmAlgId,
    log::{EventLog, Logs, ProvenEvent, Replay, Suffix, UserspaceLog},
};

use crate::{
    Input, Text,
    attestations::{signature, value},
    keys::{key, verifier},
    show_error,
};

#[unsafe(no_mangle)]
pub extern "C" fn event_log(input: &Input) {
    let mut text = Text::new(input.out());
    for log in [
        EventLog::parse(input.bytes()),
        EventLog::parse_padded(input.part(1)),
    ] {
        let log = match black_box(log) {
            Ok(log) => log,
            Err(error) => {
                show_error(&mut text, &error);
                continue;
            }
        };
        black_box((log.format(), log.tail_bytes(), log.tail_byte()));
        for bank in log.banks() {
            text.show(&bank);
        }
        for event in log.events() {
            text.show(&event.event_type());
            black_box((
                event.number(),
                event.offset(),
                event.pcr(),
                event.pcr_index(),
            ));
            black_box((event.data(), event.digest(TpmAlgId(input.number as u16))));
            for digest in event.digests().iter() {
                black_box(digest);
            }
        }
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn replay(input: &Input) {
    let mut text = Text::new(input.out());
    let Some(Ok(key)) = key(input) else {
        return;
    };
    let values = [value(input, 3), value(input, 4), value(input, 5)];
    let evidence = Evidence {
        attest: input.part(6),
        signature: signature(input),
        pcrs: values.get(..black_box(3)).unwrap_or_default(),
    };
    let policy = QuotePolicy::dangerous_any_pcrs(Nonce::dangerous_any());
    let Ok(quote) = verifier().quote(&key, &evidence, &policy) else {
        return;
    };
    let mut logs = Logs::new();
    if let Ok(log) = EventLog::parse_padded(black_box(input.part(10))) {
        logs = logs.firmware(log);
    }
    match UserspaceLog::parse(black_box(input.part(11))) {
        Ok(log) => logs = logs.userspace(log),
        Err(error) => show_error(&mut text, &error),
    }
    for suffix in Suffix::ALL {
        text.show(&suffix);
        if black_box(suffix) == black_box(Suffix::OsSeparator) {
            logs = logs.allow_suffix(suffix);
        }
    }
    if let Some(suffix) = Suffix::by_name(input.text()) {
        logs = logs.allow_suffix(suffix);
    }
    match quote.replay(&logs) {
        Ok(replay) => show_replay(&mut text, &replay, input),
        Err(error) => show_error(&mut text, &error),
    }
}

fn show_replay(text: &mut Text<'_>, replay: &Replay<'_>, input: &Input) {
    let bank = TpmAlgId(black_box(input.number) as u16);
    black_box(replay.pcr_state(bank, black_box(input.number) as u8));
    text.show(replay.explained_pcrs());
    text.show(replay.unexplained_pcrs());
    text.show(replay.never_extended_pcrs());
    for suffix in Suffix::ALL {
        text.show(replay.suffixed_pcrs(suffix));
    }
    if let Some(locality) = replay.startup_locality() {
        black_box((locality.locality(), locality.padding()));
    }
    black_box(replay.tail_bytes());
    for event in replay.events() {
        show_event(text, &event, bank);
    }
}

fn show_event(text: &mut Text<'_>, event: &ProvenEvent<'_>, bank: TpmAlgId) {
    black_box((event.number(), event.pcr(), event.digest(bank)));
    for digest in event.digests() {
        black_box(digest);
    }
    black_box((event.data(), event.claimed_data()));
    text.show(&event.claimed_type());
}
