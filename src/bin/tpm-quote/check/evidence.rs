//! `--evidence`: the JSON of other projects.

use tpm_quote::{
    Appraisal, AttestationKey, Error, Nonce, PcrSet, PcrValue, TpmtSignature, Unmarshal,
    evidence::{ProjectEvidence, ProjectKey, read_project},
    verify::{
        Anchor, Part, PlainKey, Processor, SignedAttest, SigningScheme, VerifiedHardware,
        error::AnchorProblem,
    },
};

use super::{
    files::{count, signed_selection},
    key::{Read, Stop},
    options::Options,
};
use crate::{
    hardware::Hardware,
    input::Input,
    named::{Key, Named, Signature, saw},
    output::say,
    policy::Required,
    trust::Trust,
    trust_line::Vouched,
};

/// What the evidence and the options come to.
pub(super) fn read<'a>(
    options: &Options,
    (key, input): (&Key<'a>, &'a Input),
    room: &'a mut Vec<u8>,
    (required, nonce): (&Required<'a>, Nonce),
) -> Result<Read<'a>, Stop<'a>> {
    room.resize(input.bytes.len().saturating_mul(2), 0);
    let evidence = read_project(&input.bytes, room).map_err(Stop::Unread)?;
    let project = evidence.project().to_string();
    let quotes = count(evidence.quotes().count(), "quote");
    let values = count(evidence.values().count(), "value");
    saw(input, &format!("evidence: {project}, {quotes}, {values}"));
    let SignedAttest { attest, signature } = quote(options, &evidence, input)?;

    let (judged, hardware) = if let Some(trust) = required.trust() {
        trusted(options, (key, input), &evidence, (required, nonce), trust)?
    } else if let Some(hardware) = required.hardware() {
        bound((key, input), &evidence, hardware, required)?
    } else {
        say_of_hardware(&evidence, input);
        let signature = Signature::Structure(signature);
        let judged = named(options, key, &evidence, signature, (required, nonce))?;
        (judged, None)
    };
    Ok(Read {
        key: judged,
        hardware,
        attest,
        signature: signature.into(),
        values: covered(options, &evidence),
    })
}

/// The key that the options name, which has to be the one in the evidence.
fn named<'a>(
    options: &Options,
    key: &Key<'a>,
    evidence: &ProjectEvidence<'a>,
    signature: Signature<'a>,
    (required, nonce): (&Required<'a>, Nonce),
) -> Result<Appraisal<'a, AttestationKey<'a>>, Stop<'a>> {
    let named = options.key.judge(key, signature, (required, nonce));
    let Named { key: judged, .. } = named.map_err(Stop::Usage)?;
    let plain = match key {
        Key::OfCertificate => match required.verified_certificate() {
            Some(Ok(certificate)) => Some(*certificate.plain_key()),
            _ => None,
        },
        Key::Plain(plain) => Some(*plain),
        Key::Public(public) => PlainKey::of_public(public.value()),
    };
    // Of a certificate that was refused no key is known.
    if plain.is_some() && !is_same(key, plain, &evidence.key()) {
        return Err(Error::from(AnchorProblem::OtherKey).into());
    }
    Ok(judged)
}

/// The key in the evidence, if a line of the trust file vouches for it, and what the processor
/// says if it is what vouches.
fn trusted<'a>(
    options: &Options,
    (key, input): (&Key<'a>, &'a Input),
    evidence: &ProjectEvidence<'a>,
    (required, nonce): (&Required<'a>, Nonce),
    (trust, vouched): (&'a Trust, &'a [Vouched<'a>]),
) -> Result<KeyAndHardware<'a>, Stop<'a>> {
    let named = match key {
        Key::Public(public) => PlainKey::of_public(public.value()),
        Key::Plain(plain) => Some(*plain),
        Key::OfCertificate => None,
    };
    let found = evidence.key();
    if !matches!(key, Key::OfCertificate) && !is_same(key, named, &found) {
        return Err(Error::from(AnchorProblem::OtherKey).into());
    }
    let SignedAttest { signature, .. } = quote(options, evidence, input)?;
    let plain = match (key, &found) {
        (Key::Public(public), _) => Err(*public),
        (Key::Plain(plain), _) | (_, ProjectKey::Plain(plain)) => Ok(*plain),
        (Key::OfCertificate, ProjectKey::Public(public)) => Err(*public),
    };
    let said = evidence.hardware();
    let processors = match said {
        Some(said) => trust
            .hardware()
            .map(|(line, hardware)| (line, hardware.verify(said)))
            .collect(),
        None => Vec::new(),
    };
    let lines = trust.lines(vouched, said.map(|said| (said.report(), &processors)));
    let verifier = required.verifier();
    let key = match plain {
        Err(public) => verifier.appraise_key(&public, &required.anchor_by(nonce, &lines.public)),
        Ok(plain) => {
            let signature = TpmtSignature::from_bytes(signature)
                .map_err(|error| Error::from(error).in_part(Part::Signature))?;
            let scheme = SigningScheme::of_signature(&signature);
            let anchor = Anchor::new().any_of(&lines.plain, nonce);
            verifier.appraise_anchored_plain_key(&plain, scheme, &anchor)
        }
    };
    let line = key.key().and_then(|key| key.vouched_by());
    let mut processors = processors.iter();
    let hardware = processors.find(|(of, _)| Some(*of) == line);
    let hardware = hardware.and_then(|(_, said)| said.as_ref().ok().copied());
    Ok((key, hardware))
}

/// A key, and what the processor says that vouches for it.
type KeyAndHardware<'a> = (
    Appraisal<'a, AttestationKey<'a>>,
    Option<VerifiedHardware<'a>>,
);

/// The values that the quote has to cover.
fn covered<'a>(options: &Options, evidence: &ProjectEvidence<'a>) -> Vec<PcrValue<'a>> {
    let covered = options.pcr_list.unwrap_or(evidence.selection());
    let values = evidence.values();
    values
        .filter(|value| covered.contains(value.bank, value.index))
        .collect()
}

/// The key in the evidence, if the processor vouches for it, and what the processor says.
fn bound<'a>(
    (key, input): (&Key<'a>, &'a Input),
    evidence: &ProjectEvidence<'a>,
    hardware: &Hardware,
    required: &Required<'a>,
) -> Result<KeyAndHardware<'a>, Stop<'a>> {
    let Some(said) = evidence.hardware() else {
        let name = &input.name;
        return Err(Stop::Usage(format!(
            "{name}: no report of a processor, which --hardware-root needs: Azure's evidence has one"
        )));
    };
    let named = match key {
        Key::OfCertificate => None,
        Key::Plain(plain) => Some(Some(*plain)),
        Key::Public(public) => Some(PlainKey::of_public(public.value())),
    };
    if let Some(plain) = named
        && !is_same(key, plain, &evidence.key())
    {
        return Err(Error::from(AnchorProblem::OtherKey).into());
    }
    let verified = hardware.verify(said);
    let verifier = required.verifier();
    let of_key = verifier.appraise_hardware_key(said.report(), verified.as_ref().map_err(|e| *e));
    Ok((of_key, verified.ok()))
}

/// What a processor says vouches for nothing where nobody asks it.
fn say_of_hardware(evidence: &ProjectEvidence<'_>, input: &Input) {
    let processor = evidence.hardware().map(|said| said.report().processor());
    let why = match processor {
        Some(Processor::Tdx) => {
            "the processor's report is one of Intel TDX, which is not signed: it vouches for no key"
        }
        Some(_) => {
            "the processor's report was not verified: without --hardware-root it vouches for no key"
        }
        None => return,
    };
    say(&format!("note: {}: {why}", input.name));
}

/// The quote that is meant: the only one, or the only one that says that it covers
/// what -l names. Whether it does is judged later.
fn quote<'a>(
    options: &Options,
    evidence: &ProjectEvidence<'a>,
    input: &Input,
) -> Result<SignedAttest<'a>, Stop<'a>> {
    let quotes: Vec<_> = evidence.quotes().collect();
    if let [quote] = &*quotes {
        return Ok(*quote);
    }
    let (name, count) = (&input.name, quotes.len());
    let Some(list) = options.pcr_list else {
        return Err(Stop::Usage(format!(
            "{name}: has {count} quotes\nhelp: Name with -l the PCRs of the one to verify."
        )));
    };
    let is_meant = |quote: &&SignedAttest<'_>| -> bool {
        let selection: Option<PcrSet> = signed_selection(quote.attest);
        selection == Some(list)
    };
    let mut meant = quotes.iter().filter(is_meant);
    match (meant.next(), meant.next()) {
        (Some(quote), None) => Ok(*quote),
        (None, _) => Err(Stop::Usage(format!(
            "{name}: none of its {count} quotes covers -l {list}"
        ))),
        (Some(_), Some(_)) => Err(Stop::Usage(format!(
            "{name}: more than one of its {count} quotes covers -l {list}"
        ))),
    }
}

/// Whether it is the same key: all of it that both have.
fn is_same(named: &Key<'_>, plain: Option<PlainKey<'_>>, found: &ProjectKey<'_>) -> bool {
    let found = match (named, found) {
        (Key::Public(named), ProjectKey::Public(found)) => return named.value() == found.value(),
        (_, ProjectKey::Public(found)) => PlainKey::of_public(found.value()),
        (_, ProjectKey::Plain(found)) => Some(*found),
    };
    matches!((plain, found), (Some(named), Some(found)) if named.is_same(&found))
}
