//! Lists of IMA, alone and replayed, and what a policy says of them.

use core::hint::black_box;

use tpm_quote::{
    Evidence, Nonce, QuotePolicy, TpmAlgId, Verifier,
    evidence::{read_ima_allow_list, read_ima_key},
    log::{ImaChunks, ImaDigest, ImaEntry, ImaList, ImaPolicy, ImaState, Logs},
    report::Report,
};

use crate::{
    Input, Text,
    attestations::{signature, value},
    keys::key,
    show_error,
};

#[unsafe(no_mangle)]
pub extern "C" fn ima_list(input: &Input) {
    let mut text = Text::new(input.out());
    for list in [
        ImaList::binary(input.bytes()),
        ImaList::ascii(input.part(1)),
        ImaList::parse(input.part(2)),
    ] {
        match black_box(list) {
            Ok(list) => {
                black_box((list.count(), list.is_ascii(), list.is_big_endian()));
                black_box(list.extends(input.number as u8));
                for entry in list.entries() {
                    show_entry(&mut text, &entry);
                }
            }
            Err(error) => show_error(&mut text, &error),
        }
    }
    match read_ima_allow_list(black_box(input.part(3)), |digest| text.show(&digest)) {
        Ok(count) => {
            black_box(count);
        }
        Err(error) => show_error(&mut text, &error),
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn ima_chunks(input: &Input) {
    let mut text = Text::new(input.out());
    let mut room = [0; 4096];
    let mut chunks = ImaChunks::from_entry(&mut room, black_box(input.number) as u32);
    let mut count = 0_u32;
    let mut take = |entry: &ImaEntry<'_>| {
        count = count.wrapping_add(entry.number());
        Ok(())
    };
    for piece in [input.bytes(), input.part(1)] {
        if let Err(error) = chunks.push(black_box(piece), &mut take) {
            show_error(&mut text, &error);
        }
    }
    black_box((chunks.finish(&mut take).is_ok(), chunks.extends(10)));
}

fn show_entry(text: &mut Text<'_>, entry: &ImaEntry<'_>) {
    let mut room = [0; 256];
    black_box((entry.number(), entry.offset(), entry.pcr()));
    black_box((entry.template(), entry.is_violation(), entry.name()));
    black_box(entry.listed_digest().as_ref());
    black_box(entry.signature(&mut room));
    black_box(entry.buffer(&mut room));
    black_box(entry.template_digest(TpmAlgId::SHA256));
    if let Some(digest) = entry.digest() {
        black_box((digest.kind(), digest.algorithm(), digest.hash()));
        black_box(digest.bytes());
        text.show(&digest);
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn ima_state(input: &Input) {
    let mut text = Text::new(input.out());
    let Some(Ok(key)) = key(input) else {
        return;
    };
    let values = [value(input, 3), value(input, 4)];
    let evidence = Evidence {
        attest: input.part(6),
        signature: signature(input),
        pcrs: &values,
    };
    let policy = QuotePolicy::dangerous_any_pcrs(Nonce::dangerous_any());
    let appraisal = Verifier::new().appraise_quote(key, &evidence, &policy);
    let before = match ImaState::from_bytes(black_box(input.part(11))) {
        Ok(state) => Some(state),
        Err(error) => {
            text.show(&error);
            None
        }
    };
    let Some(required) = ImaDigest::parse(input.text()) else {
        return;
    };
    let digests = [required];
    let allowed = digests.get(..black_box(1)).unwrap_or_default();
    let policy = ImaPolicy::new(&allowed).require(&digests);
    let mut room = [0; 1024];
    let logs = Ok(Logs::new());
    let (appraisal, resumed) = appraisal.replay_resumed(
        logs,
        None,
        Some(&policy),
        before.as_ref(),
        &mut room,
        |stream| stream.push(black_box(input.part(10))),
    );
    black_box(appraisal.error().is_some());
    if let Some((_, _, Some(state))) = resumed {
        black_box((state.entries(), state.proven(), state.is_accepted()));
        text.show(state.key_name());
        let mut written = [0; ImaState::MAX_SIZE];
        black_box(state.write(&mut written).is_ok());
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn ima_replay(input: &Input) {
    let mut text = Text::new(input.out());
    let Some(Ok(key)) = key(input) else {
        return;
    };
    let values = [value(input, 3), value(input, 4)];
    let evidence = Evidence {
        attest: input.part(6),
        signature: signature(input),
        pcrs: &values,
    };
    let policy = QuotePolicy::dangerous_any_pcrs(Nonce::dangerous_any());
    let appraisal = Verifier::new().appraise_quote(key, &evidence, &policy);
    let list = ImaList::parse(black_box(input.part(10)));
    let logs = list.map(|list| Some(Logs::new().ima(list)));
    let (appraisal, replay) = appraisal.replay(logs, None);
    let Some(required) = ImaDigest::parse(input.text()) else {
        return;
    };
    let digests = [required];
    let allowed = digests.get(..black_box(1)).unwrap_or_default();
    let mut room = [0; 600];
    let Ok((form, key)) = read_ima_key(black_box(input.part(11)), &mut room) else {
        return;
    };
    black_box((form, key.id(), key.fingerprint()));
    let signers = [key];
    let mut policy = ImaPolicy::new(&allowed).keys(&signers).require(&digests);
    if black_box(false) {
        policy = ImaPolicy::signed(&signers);
    }
    if black_box(false) {
        policy = policy.dangerous_allow_violations();
    }
    if let Some(ima) = replay.as_ref().and_then(|replay| replay.ima()) {
        black_box((
            ima.total(),
            ima.proven(),
            ima.tail_entries(),
            ima.violations(),
        ));
        black_box(ima.boot_aggregate().name());
        black_box(ima.strength(TpmAlgId::SHA256));
        for (bank, strength) in ima.strengths() {
            text.show(&bank);
            black_box(strength.name());
        }
        for entry in ima.entries() {
            black_box((entry.number(), entry.pcr(), entry.is_violation()));
            black_box((entry.name(), entry.is_boot_aggregate()));
            black_box((policy.verdict(&entry), policy.signature(&entry).name()));
            show_entry(&mut text, entry.claimed());
        }
        let judgement = ima.judge(&policy);
        black_box((judgement.allowed(), judgement.unknown()));
        black_box((judgement.unprotected(), judgement.signed()));
        black_box((judgement.has_keys(), judgement.signatures_not_judged()));
        for signer in judgement.signers() {
            black_box((signer.fingerprint(), signer.entries()));
        }
        for entry in judgement.first_unknown() {
            black_box((entry.number(), entry.pcr(), entry.name(), entry.is_cut()));
            text.show(&entry.signature());
            if let Some(digest) = entry.digest() {
                text.show(&digest);
            }
        }
        if let Err(error) = judgement.check() {
            show_error(&mut text, &error);
        }
    }
    let names = [input.text()];
    let policy = policy.require_in_force(&names);
    if black_box(false) {
        let mut room = [0; 4096];
        let (appraisal, replay, judgement) =
            appraisal.replay_streamed(Ok(Logs::new()), None, Some(&policy), &mut room, |stream| {
                input
                    .part(12)
                    .chunks(100)
                    .try_for_each(|piece| stream.push(piece))
            });
        let report = Report::new(&appraisal)
            .boot(replay.as_ref())
            .ima(judgement.as_ref());
        black_box(report.write_json(&mut text)).ok();
        return;
    }
    let (appraisal, judgement) = appraisal.judge_ima(replay.as_ref(), Some(&policy));
    let report = Report::new(&appraisal)
        .boot(replay.as_ref())
        .ima(judgement.as_ref());
    black_box(report.write_json(&mut text)).ok();
    black_box(report.write_text(&mut text)).ok();
}
