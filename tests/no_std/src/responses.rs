//! Responses of inference servers.

use core::hint::black_box;

use tpm_quote::{
    Appraisal, Attestation, AttestationKey, Baseline, Error, Nonce, PcrSet, ResponsePolicy,
    Scratch, Tier, TpmAttestation, Unmarshal,
    evidence::{BlockEvidence, CarriedLog, Form, Record, ResponseLogs},
    types::Tpm2bCreationData,
    verify::{Anchor, Part, PcrValues},
};

use crate::{
    Input, Text,
    attestations::{show_quote, signed, value},
    keys::{key, verifier},
    policies::{clock, good_values, reading, stand},
    show_appraisal, show_error,
};

#[unsafe(no_mangle)]
pub extern "C" fn record(input: &Input) {
    let mut text = Text::new(input.out());
    let mut scratch = Scratch::new();
    let (json, scratch) = (black_box(input.bytes()), black_box(&mut scratch));
    match Record::from_json(json, black_box("id"), black_box("response"), scratch) {
        Ok(record) => {
            text.show(&record.payload_id);
            text.show(&record.form);
            black_box(record.block);
        }
        Err(error) => show_error(&mut text, &error),
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn response_logs(input: &Input) {
    let mut text = Text::new(input.out());
    let logs = match ResponseLogs::from_any_json(black_box(input.bytes())) {
        Ok(logs) => logs,
        Err(error) => return show_error(&mut text, &error),
    };
    let mut show = |log: Result<CarriedLog<'_>, Error>| match log {
        Ok(log) => {
            black_box((log.field(), log.max_len()));
            let mut room = [0; 512];
            match log.decode(black_box(&mut room)) {
                Ok(bytes) => {
                    black_box(bytes);
                }
                Err(error) => show_error(&mut text, &error),
            }
        }
        Err(error) => show_error(&mut text, &error),
    };
    show(logs.event_log());
    show(logs.ima_log());
}

#[unsafe(no_mangle)]
pub extern "C" fn block(input: &Input) {
    let mut text = Text::new(input.out());
    let mut scratch = Scratch::new();
    match Form::detect(black_box(input.bytes())) {
        Ok(form) => text.show(&form),
        Err(error) => show_error(&mut text, &error),
    }
    let form = match black_box(input.number) {
        0 => Some(Form::Response),
        1 => Some(Form::Metadata),
        2 => Some(Form::Block),
        _ => None,
    };
    let (json, scratch) = (input.bytes(), black_box(&mut scratch));
    let block = match form {
        Some(form) => TpmAttestation::from_json(json, form, scratch),
        None => TpmAttestation::from_any_json(json, scratch).map(|(form, block)| {
            text.show(&form);
            block
        }),
    };
    match block {
        Ok(Some(block)) => {
            black_box(block.write_json(&mut text)).ok();
            if let TpmAttestation::Available(evidence) = block {
                for value in evidence.pcr_values.iter() {
                    black_box(value);
                }
                black_box(evidence.field(black_box(Part::Key)));
            }
        }
        Ok(None) => {}
        Err(error) => show_error(&mut text, &error),
    }
    // A block that a server puts together itself.
    if let Ok(pcr_banks) = PcrSet::parse(input.text()) {
        let values = [value(input, 1)];
        let block = TpmAttestation::Available(BlockEvidence {
            pcr_banks,
            pcr_values: PcrValues::from(values.get(..black_box(1)).unwrap_or_default()),
            aik_pubkey: input.part(2),
            quote: input.part(3),
            signature: input.part(4),
            aik_certify: black_box(Some(input.part(5))),
            aik_certify_signature: black_box(Some(input.part(6))),
        });
        black_box(block.write_json(&mut text)).ok();
    }
}

fn tier(input: &Input) -> Tier {
    match black_box(input.number) {
        0 => Tier::Standard,
        1 => Tier::High,
        _ => Tier::Maximum,
    }
}

/// Any policy, of which the parts are here.
struct Asked<'a> {
    certifier: Option<AttestationKey<'a>>,
    creation: Option<Tpm2bCreationData<'a>>,
    names: [&'a [u8]; 1],
}

impl<'a> Asked<'a> {
    fn new(input: &'a Input) -> Self {
        Self {
            certifier: key(input).and_then(Result::ok),
            creation: Tpm2bCreationData::from_bytes(black_box(input.part(3))).ok(),
            names: [input.part(1)],
        }
    }

    fn policy<'p>(&'p self, input: &'p Input) -> Result<ResponsePolicy<'p>, Error> {
        let mut policy = match black_box(input.number) {
            0 => ResponsePolicy::with_nonce(Nonce::exact(input.part(9))?),
            _ => ResponsePolicy::new(input.text())?,
        };
        if let Ok(set) = PcrSet::parse(input.text()) {
            policy = policy.require_pcrs(set);
        }
        if black_box(false) {
            policy = policy
                .pinned(self.names.get(..black_box(1)).unwrap_or_default())
                .ancestry(stand(input))
                .require_anchored_key()
                .dangerous_allow_sha1_signatures();
        }
        let Some(certifier) = &self.certifier else {
            return Ok(policy);
        };
        let signed = signed(input);
        policy = match Nonce::exact(input.part(9)) {
            Ok(nonce) => policy.certified_by_with_nonce(certifier, nonce),
            Err(_) => policy.certified_by(certifier),
        };
        if black_box(false) {
            policy = policy.certification(&signed);
        }
        if let Some(creation) = &self.creation {
            policy = policy.certification_of_creation(&signed, creation);
        }
        if black_box(false) {
            policy = policy.anchor(Anchor::new());
        }
        Ok(policy)
    }
}

/// The paved path.
#[unsafe(no_mangle)]
pub extern "C" fn response(input: &Input) {
    let mut text = Text::new(input.out());
    let mut scratch = Scratch::new();
    let asked = Asked::new(input);
    let Ok(policy) = asked.policy(input) else {
        return;
    };
    let (json, verifier) = (black_box(input.bytes()), verifier());
    match verifier.response(json, &policy, &mut scratch) {
        Ok(quote) => show_quote(&mut text, &quote, input),
        Err(error) => show_error(&mut text, &error),
    }
    let tier = tier(input);
    text.show(&tier);
    black_box(tier.requires_tpm());
    match verifier.response_for_tier(json, &policy, tier, &mut scratch) {
        Ok(attestation) => drop(black_box(attestation)),
        Err(error) => show_error(&mut text, &error),
    }
    if let Ok(Some(TpmAttestation::Available(evidence))) =
        TpmAttestation::from_json(json, Form::Block, &mut scratch)
    {
        match verifier.block(&evidence, &policy) {
            Ok(quote) => show_quote(&mut text, &quote, input),
            Err(error) => show_error(&mut text, &error),
        }
    }
}

/// The appraisal of whatever the text is, by any policy with a baseline and a clock.
pub(crate) fn appraised(input: &Input, then: impl FnOnce(&Appraisal<'_, Attestation<'_>>)) {
    let mut scratch = Scratch::new();
    let asked = Asked::new(input);
    let Ok(mut policy) = asked.policy(input) else {
        return;
    };
    let good = [input.part(8)];
    let entries = good_values(input, &good);
    let entries = entries.as_ref().map_or(&[][..], |entries| entries);
    if let Ok(baseline) = Baseline::new(entries.get(..black_box(1)).unwrap_or_default()) {
        policy = policy.baseline(&baseline);
    }
    let since = asked.certifier.as_ref().map(reading);
    if let Some(since) = &since {
        policy = policy.clock(clock(since));
    }
    let read = TpmAttestation::from_any_json(black_box(input.bytes()), &mut scratch);
    let block = read.map(|(_, block)| block);
    then(&verifier().appraise_response(block, &policy, tier(input)));
}

#[unsafe(no_mangle)]
pub extern "C" fn appraise_response(input: &Input) {
    let mut text = Text::new(input.out());
    appraised(input, |appraisal| {
        if let Some(Attestation::Verified(quote)) = show_appraisal(&mut text, appraisal) {
            show_quote(&mut text, quote, input);
        }
    });
}
