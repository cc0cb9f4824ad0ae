//! `--evidence`: the JSON of other projects.

use tpm_quote::{
    AttestationKey, PcrSet, Tpm2bPublic,
    evidence::{ProjectEvidence, ProjectKey, read_project},
    types::TpmEccCurve,
    verify::{PlainKey, SignedAttest},
};

use super::{
    Judged, Options, Read, Rooms, SignatureForm, Stop,
    files::{Key, count, key, saw, signed_selection},
    pinned, scheme,
};
use crate::{input::Input, report::Failure};

/// What the evidence and the options come to.
pub(super) fn read<'a>(
    options: &Options,
    named: &'a Input,
    input: &'a Input,
    rooms: &'a mut Rooms,
    judged: &mut Judged<'a>,
) -> Result<Read<'a>, Stop> {
    let room = &mut rooms.evidence;
    room.resize(input.bytes.len().saturating_mul(2), 0);
    let evidence = read_project(&input.bytes, room)?;
    let project = evidence.project().to_string();
    let quotes = count(evidence.quotes().count(), "quote");
    let values = count(evidence.values().count(), "value");
    saw(input, &format!("evidence: {project}, {quotes}, {values}"));
    judged.form = Some(project);
    let SignedAttest { attest, signature } = quote(options, &evidence, input)?;

    judged.at = named;
    let key = key(named, &mut rooms.key)?;
    judged.plain_key = matches!(key, Key::Plain(_));
    if !is_same(&key, &evidence.key()) {
        judged.at = input;
        return Err(Failure::OtherKey.into());
    }
    let key = match key {
        Key::Public(public) => pinned(options, &public)?,
        Key::Plain(plain) => {
            let form = SignatureForm::Structure;
            let scheme = scheme(options, &plain, signature, form)?;
            AttestationKey::pinned_key(&plain, scheme)?
        }
    };
    judged.at = input;
    judged.key = Some(key);

    let required = options.pcr_list.unwrap_or(evidence.selection());
    let is_asked = |bank, index| required.contains(bank, index);
    Ok(Read {
        key,
        attest,
        signature: signature.to_vec(),
        values: evidence
            .values()
            .filter(|value| is_asked(value.bank, value.index))
            .collect(),
        required,
    })
}

/// The quote that is meant: the only one, or the only one that says that it covers
/// what -l names. Whether it does is judged later.
fn quote<'a>(
    options: &Options,
    evidence: &ProjectEvidence<'a>,
    input: &Input,
) -> Result<SignedAttest<'a>, Stop> {
    let quotes: Vec<_> = evidence.quotes().collect();
    if let [quote] = &*quotes {
        return Ok(*quote);
    }
    let (name, count) = (&input.name, quotes.len());
    let Some(list) = options.pcr_list else {
        return Err(Stop::Usage(format!(
            "{name}: has {count} quotes\nhelp: Name with -l the PCR of the one to verify."
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
fn is_same(named: &Key<'_>, found: &ProjectKey<'_>) -> bool {
    let numbers = |public: &Tpm2bPublic<'_>| comparable(&PlainKey::of_public(public.value())?);
    let (named, found) = match (named, found) {
        (Key::Public(named), ProjectKey::Public(found)) => return named.value() == found.value(),
        (Key::Public(named), ProjectKey::Plain(found)) => (numbers(named), comparable(found)),
        (Key::Plain(named), ProjectKey::Public(found)) => (comparable(named), numbers(found)),
        (Key::Plain(named), ProjectKey::Plain(found)) => (comparable(named), comparable(found)),
    };
    named.is_some() && named == found
}

/// Curve and numbers of a key, as they are the same in each form.
fn comparable(key: &PlainKey<'_>) -> Option<(Option<TpmEccCurve>, Vec<u8>, Vec<u8>)> {
    let digits = |number: &[u8]| -> Vec<u8> {
        let zeros = number.iter().take_while(|byte| **byte == 0).count();
        number.iter().skip(zeros).copied().collect()
    };
    match *key {
        PlainKey::Rsa { modulus, exponent } => {
            let exponent: u32 = if exponent == 0 { 65537 } else { exponent };
            Some((None, digits(modulus), exponent.to_be_bytes().to_vec()))
        }
        PlainKey::Ecc { curve, x, y } => Some((Some(curve), digits(x), digits(y))),
        _ => None,
    }
}
