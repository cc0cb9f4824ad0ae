//! What callers ask for: nonces, sets of PCRs, baselines, places in a TPM, commands.

use core::hint::black_box;

use tpm_quote::{
    AttestationKey, Baseline, BaselineEntry, Name, Nonce, Pcr, PcrSet, PcrValue, TpmAlgId,
    Unmarshal,
    types::{Tpm2bName, TpmHandle, TpmsClockInfo},
    verify::{Ancestry, AuditDigest, ClockPolicy, ClockReading, bank_by_name, bank_name},
};

use crate::{Input, Text, show_error};

#[unsafe(no_mangle)]
pub extern "C" fn nonce(input: &Input) {
    let mut text = Text::new(input.out());
    for nonce in [
        Nonce::from_payload_id(input.text()),
        Nonce::exact(input.bytes()),
        Ok(Nonce::dangerous_none()),
        Ok(Nonce::dangerous_any()),
        Ok(Nonce::from(black_box([0; 66]))),
    ] {
        match black_box(nonce) {
            Ok(nonce) => {
                text.show(&nonce);
                black_box((nonce.as_ref(), nonce == black_box(nonce)));
            }
            Err(error) => show_error(&mut text, &error),
        }
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn pcr_set(input: &Input) {
    let mut text = Text::new(input.out());
    let bank = TpmAlgId(black_box(input.number) as u16);
    for set in [
        PcrSet::parse(input.text()),
        input.text().parse(),
        PcrSet::new(bank, input.bytes()),
        PcrSet::from_mask(bank, black_box(input.number)),
        PcrSet::all(bank),
    ] {
        match black_box(set) {
            Ok(set) => {
                for pcr in set.iter() {
                    black_box((pcr.bank(), pcr.index(), pcr.digest_size()));
                }
                black_box((set == black_box(set), set.is_empty()));
                black_box(set.contains(bank, input.number as u8));
                black_box(set.contains_bank(bank));
                text.show(&set);
                let again: PcrSet = set.iter().collect();
                text.show(&again);
            }
            Err(error) => show_error(&mut text, &error),
        }
    }
    for pcr in [Pcr::new(bank, input.number as u8), input.text().parse()] {
        match black_box(pcr) {
            Ok(pcr) => {
                text.show(&pcr);
                black_box(PcrValue::new(pcr, input.bytes()));
            }
            Err(error) => show_error(&mut text, &error),
        }
    }
    black_box((bank_by_name(input.text()), bank_name(bank)));
}

/// Values of any PCR, of which nothing is known.
pub(crate) fn good_values<'v>(
    input: &Input,
    values: &'v [&'v [u8]],
) -> Option<[BaselineEntry<'v>; 2]> {
    let pcr = |n: u32| Pcr::new(TpmAlgId(black_box(n) as u16), black_box(n) as u8).ok();
    let values = values.get(..black_box(1))?;
    Some([
        BaselineEntry::new(pcr(input.number)?, values),
        BaselineEntry::new(pcr(input.number)?, values),
    ])
}

#[unsafe(no_mangle)]
pub extern "C" fn baseline(input: &Input) {
    let mut text = Text::new(input.out());
    let values = [input.part(1)];
    let Some(entries) = good_values(input, &values) else {
        return;
    };
    match Baseline::new(entries.get(..black_box(2)).unwrap_or_default()) {
        Ok(baseline) => {
            for entry in baseline.entries() {
                text.show(&entry.pcr);
                black_box(entry.values);
            }
        }
        Err(error) => show_error(&mut text, &error),
    }
}

/// An earlier reading, of which nothing is known.
pub(crate) fn reading(key: &AttestationKey<'_>) -> ClockReading {
    let clock_info = TpmsClockInfo {
        clock: black_box(0),
        reset_count: black_box(0),
        restart_count: black_box(0),
        safe: black_box(false),
    };
    ClockReading::new(*key.name(), clock_info)
}

/// All that can be asked of a clock.
pub(crate) fn clock(since: &ClockReading) -> ClockPolicy<'_> {
    ClockPolicy::new()
        .require_safe()
        .since(since)
        .allow_reboots()
        .minimum_firmware(black_box(0))
}

/// Any place in a TPM.
pub(crate) fn stand(input: &Input) -> Ancestry {
    let primary = Ancestry::under(TpmHandle(black_box(input.number)));
    match Tpm2bName::from_bytes(black_box(input.part(10))) {
        Ok(parent) => primary.below(&Name::new(parent)).unwrap_or(primary),
        Err(_) => primary,
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn ancestry(input: &Input) {
    let mut text = Text::new(input.out());
    let ancestry = stand(input);
    black_box(ancestry.hierarchy());
    text.show(ancestry.parent());
    if let Ok(name) = Tpm2bName::from_bytes(black_box(input.bytes())) {
        text.show(&ancestry.qualified_name(&Name::new(name)));
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn audit_digest(input: &Input) {
    let hash = TpmAlgId(black_box(input.number as u16));
    let command = black_box(input.number);
    let names = [Name::of_handle(TpmHandle(command)); 2];
    let names = names.get(..black_box(2)).unwrap_or_default();
    let commands = [command, black_box(command)];
    let commands = commands.get(..black_box(2)).unwrap_or_default();
    let cp_hash = AuditDigest::cp_hash(hash, command, names, input.part(1));
    let rp_hash = AuditDigest::rp_hash(hash, command, input.part(2));
    black_box(AuditDigest::of_commands(hash, commands));
    if let Some(mut digest) = AuditDigest::new(hash)
        && let (Some(cp_hash), Some(rp_hash)) = (cp_hash, rp_hash)
    {
        digest.extend(cp_hash.as_ref(), rp_hash.as_ref());
        digest.extend(input.part(3), input.part(4));
        black_box((digest.hash(), digest.as_ref()));
    }
}
