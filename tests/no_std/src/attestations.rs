//! Quotes, and all other kinds of attestation.

use core::hint::black_box;

use tpm_quote::{
    Baseline, Evidence, Name, Nonce, PcrSet, PcrValue, QuotePolicy, Tpm2bPublic, TpmAlgId,
    TpmtSignature, Unmarshal, VerifiedQuote,
    types::{Tpm2bCreationData, Tpm2bNvPublic, TpmHandle, TpmaObject},
    verify::{
        AttestPolicy, AttestSignature, Certify, CommandAudit, Creation, Either, Kind, Nv, NvDigest,
        ObjectRules, PcrValues, SessionAudit, SignedAttest, Time, Verified, pcr_digest,
    },
};

use crate::{
    Input, Text,
    keys::{key, verifier},
    policies::{clock, good_values, reading, stand},
    show_appraisal, show_error, show_summary,
};

/// What every verified attestation says.
fn show_verified<F>(text: &mut Text<'_>, verified: &Verified<'_, F>) {
    show_summary(text, verified.key());
    text.show(verified.key_name());
    text.show(&verified.key_trust());
    text.show(&verified.key_algorithm());
    text.show(&verified.key_scheme());
    text.show(&verified.attest_type());
    black_box((verified.facts(), verified.nonce(), verified.hierarchy()));
    black_box((verified.qualified_signer(), verified.clock_info()));
    black_box((verified.clock_reading(), verified.firmware_version()));
}

pub(crate) fn show_quote(text: &mut Text<'_>, quote: &VerifiedQuote<'_>, input: &Input) {
    show_verified(text, quote);
    black_box(quote.pcr(TpmAlgId(input.number as u16), input.number as u8));
    for value in quote.pcrs() {
        black_box(value);
    }
    text.show(quote.selection());
    black_box((quote.pcr_select(), quote.pcr_digest()));
    black_box(quote.baseline_matched());
    let summary = quote.summary();
    show_summary(text, summary.key());
    text.show(summary.selection());
    black_box((summary.nonce(), summary.clock_info()));
    black_box((summary.firmware_version(), summary.pcr_digest()));
}

/// A value of which nothing is known.
pub(crate) fn value(input: &Input, n: usize) -> PcrValue<'_> {
    PcrValue {
        bank: TpmAlgId(black_box(n) as u16),
        index: black_box(n) as u8,
        digest: input.part(n),
    }
}

/// A signature in either form.
pub(crate) fn signature(input: &Input) -> AttestSignature<'_> {
    let bytes = input.part(7);
    match TpmtSignature::from_bytes(bytes) {
        Ok(signature) if black_box(false) => signature.into(),
        _ => bytes.into(),
    }
}

pub(crate) fn signed(input: &Input) -> SignedAttest<'_, AttestSignature<'_>> {
    SignedAttest {
        attest: input.part(6),
        signature: signature(input),
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn quote(input: &Input) {
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
    let good = [input.part(8)];
    let entries = good_values(input, &good);
    let entries = entries.as_ref().map_or(&[][..], |entries| entries);
    let (Ok(nonce), Ok(set)) = (Nonce::exact(input.part(9)), PcrSet::parse(input.text())) else {
        return;
    };
    let nonce = match black_box(input.number) {
        0 => Nonce::dangerous_any(),
        1 => Nonce::dangerous_none(),
        _ => nonce,
    };
    let mut policy = match black_box(input.number) {
        0 => QuotePolicy::dangerous_any_pcrs(nonce),
        _ => QuotePolicy::new(nonce, set),
    };
    if let Ok(baseline) = Baseline::new(entries.get(..black_box(1)).unwrap_or_default()) {
        policy = policy.baseline(&baseline);
    }
    let since = reading(&key);
    if black_box(false) {
        policy = policy
            .clock(clock(&since))
            .ancestry(stand(input))
            .require_anchored_key()
            .dangerous_allow_sha1_signatures();
    }
    match verifier().quote(&key, &evidence, &policy) {
        Ok(quote) => show_quote(&mut text, &quote, input),
        Err(error) => show_error(&mut text, &error),
    }
    let appraisal = verifier().appraise_quote(key, &evidence, &policy);
    if let Some(quote) = show_appraisal(&mut text, &appraisal) {
        show_quote(&mut text, quote, input);
    }
    if let Some(error) = appraisal.error() {
        black_box(appraisal.fail(*error).into_result()).ok();
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn pcr_digests(input: &Input) {
    let mut text = Text::new(input.out());
    let values = [value(input, 3), value(input, 4)];
    let values = values.get(..black_box(2)).unwrap_or_default();
    for value in PcrValues::from(values).iter() {
        black_box(value);
    }
    let Ok(set) = PcrSet::parse(input.text()) else {
        return;
    };
    let hash = TpmAlgId(black_box(input.number) as u16);
    match pcr_digest(hash, &set, values) {
        Ok(digest) => {
            black_box(digest.as_ref());
        }
        Err(error) => show_error(&mut text, &error),
    }
}

/// An attestation of one kind, by any policy.
fn attest<'a, K: Kind<'a>>(input: &'a Input, kind: &K) {
    let mut text = Text::new(input.out());
    let (Some(Ok(key)), Ok(nonce)) = (key(input), Nonce::exact(input.part(9))) else {
        return;
    };
    let since = reading(&key);
    let mut policy = AttestPolicy::new(nonce);
    if black_box(false) {
        policy = policy
            .ancestry(stand(input))
            .clock(clock(&since))
            .require_anchored_key()
            .dangerous_allow_sha1_signatures()
            .dangerous_allow_sha1_names()
            .allow_empty_signer();
    }
    match verifier().attest(&key, &signed(input), kind, &policy) {
        Ok(verified) => show_verified(&mut text, &verified),
        Err(error) => show_error(&mut text, &error),
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn attest_objects(input: &Input) {
    let Ok(object) = Tpm2bPublic::from_bytes(black_box(input.part(2))) else {
        return;
    };
    let rules = ObjectRules::new()
        .require(black_box(TpmaObject::FIXED_TPM))
        .forbid(black_box(TpmaObject::RESTRICTED))
        .require_strong_key();
    attest(input, &Certify::of(&object));
    attest(input, &Certify::of(&object).rules(rules));
    attest(input, &Certify::of(&object).ancestry(stand(input)));
    if let Ok(data) = Tpm2bCreationData::from_bytes(black_box(input.part(3))) {
        attest(input, &Creation::of(&object, &data));
        let creation = Creation::of(&object, &data)
            .ancestry(stand(input))
            .rules(rules)
            .outside_info(input.part(4));
        attest(input, &creation);
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn attest_rest(input: &Input) {
    attest(input, &Time);
    attest(input, &SessionAudit::new());
    let audit = SessionAudit::new().digest(input.part(4));
    attest(input, &audit.require_exclusive());
    attest(input, &CommandAudit::new());
    let commands = [black_box(input.number); 2];
    let audit = CommandAudit::new().digest(input.part(4));
    attest(
        input,
        &audit.commands(commands.get(..black_box(2)).unwrap_or_default()),
    );
    if let Ok(index) = Tpm2bNvPublic::from_bytes(black_box(input.part(2))) {
        attest(input, &Nv::of(&index));
        let offset = black_box(input.number as u16);
        attest(input, &Nv::of(&index).contents(offset, input.part(4)));
        attest(input, &NvDigest::of(&index));
        attest(input, &NvDigest::of(&index).contents(input.part(4)));
    }
    let name = Name::of_handle(TpmHandle(black_box(input.number)));
    attest(input, &Nv::named(name));
    attest(input, &NvDigest::named(name).contents(input.part(4)));
}

/// The same, with all that is found.
#[unsafe(no_mangle)]
pub extern "C" fn appraise_attest(input: &Input) {
    let mut text = Text::new(input.out());
    let (Some(Ok(key)), Ok(nonce)) = (key(input), Nonce::exact(input.part(9))) else {
        return;
    };
    let Ok(index) = Tpm2bNvPublic::from_bytes(black_box(input.part(2))) else {
        return;
    };
    let kind = Either(Nv::of(&index), NvDigest::of(&index).contents(input.part(4)));
    let policy = AttestPolicy::new(nonce);
    let appraisal = verifier().appraise_attest(key, &signed(input), &kind, &policy);
    if let Some(verified) = show_appraisal(&mut text, &appraisal) {
        show_verified(&mut text, verified);
    }
}
