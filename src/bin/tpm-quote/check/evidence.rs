//! `--evidence`: the JSON of other projects.

use tpm_quote::{
    Error, Nonce, PcrSet,
    evidence::{ProjectEvidence, ProjectKey, read_project},
    verify::{PlainKey, SignedAttest, error::AnchorProblem},
};

use super::{
    files::{count, signed_selection},
    key::{Read, Stop},
    options::Options,
};
use crate::{
    input::Input,
    named::{Key, Named, Signature, saw},
    policy::Required,
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

    let named = options
        .key
        .judge(key, Signature::Structure(signature), (required, nonce));
    let Named { key: judged, .. } = named.map_err(Stop::Usage)?;
    let plain = match key {
        Key::OfCertificate => required
            .certificate()
            .map(|certificate| *certificate.plain_key()),
        Key::Plain(plain) => Some(*plain),
        Key::Public(public) => PlainKey::of_public(public.value()),
    };
    // Of a certificate that was refused no key is known.
    if plain.is_some() && !is_same(key, plain, &evidence.key()) {
        return Err(Error::from(AnchorProblem::OtherKey).into());
    }
    let covered = options.pcr_list.unwrap_or(evidence.selection());
    let values = evidence.values();
    Ok(Read {
        key: judged,
        attest,
        signature: signature.into(),
        values: values
            .filter(|value| covered.contains(value.bank, value.index))
            .collect(),
    })
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
