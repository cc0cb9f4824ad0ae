//! Boot logs.

use core::hint::black_box;

use tpm_quote::{
    Evidence, Nonce, QuotePolicy, TpmAlgId,
    log::{
        BootPolicy, EfiVariable, EventLog, Fact, GptEvent, Guid, ImageLoadEvent, LogText, Logs,
        MeasuredDigest, MeasuredText, ProvenEvent, Replay, SignatureLists, Suffix, UserspaceLog,
    },
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
    show_facts(text, replay, input);
    show_lists(text, replay);
    appraise(text, replay, input);
}

/// Why a fact is not known.
fn show<T>(text: &mut Text<'_>, fact: Fact<T>) -> Option<T> {
    match fact {
        Fact::Known(value) => Some(value),
        Fact::Unknown(reason) => {
            text.show(&reason);
            black_box((reason.name(), reason.pcr()));
            None
        }
    }
}

fn show_facts(text: &mut Text<'_>, replay: &Replay<'_>, input: &Input) {
    if let Some(state) = show(text, replay.secure_boot()) {
        text.show(&state);
    }
    if let Some(state) = show(text, replay.mok_validation()) {
        text.show(&state);
    }
    black_box(show(text, replay.sbat_level()));
    black_box(show(text, replay.boot_attempts()));
    black_box(show(text, replay.exit_boot_services()));
    black_box(show(text, replay.separator(black_box(input.number) as u8)));
    black_box(show(
        text,
        replay.pcr_is_known(black_box(input.number) as u8),
    ));
    for variable in [
        replay.pk(),
        replay.kek(),
        replay.db(),
        replay.dbx(),
        replay.dbt(),
        replay.variable(Guid::SHIM_LOCK, input.text()),
    ] {
        if let Some(variable) = show(text, variable) {
            show_variable(text, &variable);
        }
    }
    if let Some(lists) = show(text, replay.signatures(Guid::GLOBAL_VARIABLE, input.text())) {
        show_signatures(text, &lists);
    }
    for (name, reason) in replay.unknown_facts() {
        black_box(name);
        text.show(&reason);
    }
    for event in replay.unexplained_events() {
        black_box(event.number());
    }
}

fn show_lists(text: &mut Text<'_>, replay: &Replay<'_>) {
    if let Some(images) = show(text, replay.images()) {
        for image in images {
            black_box((
                image.pcr(),
                image.number(),
                image.side(),
                image.claimed_load(),
            ));
            black_box(image.digests().next());
        }
    }
    if let Some(drivers) = show(text, replay.drivers()) {
        black_box(drivers.count());
    }
    if let Some(lines) = show(text, replay.command_lines()) {
        for line in lines {
            text.show(&line.proven_by());
            if let Some(line) = line.text() {
                show_text(text, &line);
            }
        }
    }
    if let Some(authorities) = show(text, replay.authorities()) {
        for authority in authorities {
            show_variable(text, &authority.variable());
            black_box((authority.side(), authority.owner(), authority.fingerprint()));
            black_box((authority.sbat(), authority.is_state()));
        }
    }
    if let Some(sections) = show(text, replay.sections()) {
        for section in sections {
            show_text(text, &section.name());
        }
    }
    if let Some(events) = show(text, replay.mok_events()) {
        for event in events {
            show_text(text, &event.claimed_name());
        }
    }
    if let Some(actions) = show(text, replay.actions(black_box(7))) {
        for action in actions {
            show_text(text, &action.text());
            black_box((action.side(), action.is_weakening()));
        }
    }
}

fn appraise(text: &mut Text<'_>, replay: &Replay<'_>, input: &Input) {
    let bank = TpmAlgId(black_box(input.number) as u16);
    let digest = MeasuredDigest {
        algorithm: bank,
        digest: input.part(12),
    };
    let images = [digest];
    let lines = [
        MeasuredText::Text(input.text()),
        MeasuredText::Digest(digest),
    ];
    let authorities = [black_box([0; 32])];
    let entries = [input.part(12)];
    let pcrs = [black_box(input.number) as u8];
    let policy = BootPolicy::new()
        .require_secure_boot()
        .require_mok_validation()
        .refuse_weakened()
        .allow_authorities(&authorities)
        .require_authorities(&authorities)
        .allow_images(&images)
        .require_images(&images)
        .allow_command_lines(&lines)
        .require_command_lines(&lines)
        .sbat_at_least(input.part(13))
        .dbx_has(&entries)
        .explained_pcrs(&pcrs);
    if let Err(error) = replay.appraise(&policy) {
        show_error(text, &error);
    }
}

fn show_text(text: &mut Text<'_>, of: &LogText<'_>) {
    text.show(of);
    black_box((of.bytes(), of.prefix(), of.encoding(), of.is_valid()));
}

fn show_variable(text: &mut Text<'_>, variable: &EfiVariable<'_>) {
    text.show(&variable.guid());
    show_text(text, &variable.name());
    if let Ok(lists) = variable.signature_lists() {
        show_signatures(text, &lists);
    }
}

fn show_signatures(text: &mut Text<'_>, lists: &SignatureLists<'_>) {
    for entry in lists.entries() {
        text.show(&entry.kind());
        black_box((entry.owner(), entry.data()));
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn log_structures(input: &Input) {
    let mut text = Text::new(input.out());
    if let Ok(variable) = EfiVariable::parse(input.bytes()) {
        show_variable(&mut text, &variable);
    }
    if let Ok(lists) = SignatureLists::parse(input.bytes()) {
        show_signatures(&mut text, &lists);
    }
    if let Ok(load) = ImageLoadEvent::parse(input.bytes()) {
        for node in load.device_path() {
            black_box(node);
        }
        black_box((load.location(), load.length(), load.link_time_address()));
    }
    if let Ok(table) = GptEvent::parse(input.bytes()) {
        text.show(&table.disk());
        for partition in table.partitions() {
            text.show(&partition.id());
            black_box((
                partition.kind(),
                partition.first_block(),
                partition.last_block(),
            ));
        }
    }
}

fn show_event(text: &mut Text<'_>, event: &ProvenEvent<'_>, bank: TpmAlgId) {
    black_box((event.number(), event.pcr(), event.digest(bank)));
    for digest in event.digests() {
        black_box(digest);
    }
    black_box((event.data(), event.claimed_data()));
    let proven = event.proven();
    text.show(&proven.rule());
    black_box(proven.bytes());
    text.show(&event.claimed_type());
}
