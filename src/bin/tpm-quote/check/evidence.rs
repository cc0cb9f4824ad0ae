//! `--evidence`: the JSON of other projects.

use tpm_quote::{
    Error, Nonce, PcrSet, Verifier,
    evidence::{Key, ProjectEvidence, ProjectKey, read_project},
    verify::{PlainKey, SignedAttest, error::AnchorProblem},
};

use super::{
    files::{Rooms, SignatureForm, count, saw, signed_selection},
    key::{Read, Stop, named, scheme},
    options::Options,
};
use crate::{input::Input, key_file::key, policy::Required};

/// What the evidence and the options come to.
pub(super) fn read<'a>(
    options: &Options,
    (known, input): (&'a Input, &'a Input),
    (required, nonce): (&Required<'_>, Nonce),
    rooms: &'a mut Rooms,
) -> Result<Read<'a>, Stop<'a>> {
    let room = &mut rooms.evidence;
    room.resize(input.bytes.len().saturating_mul(2), 0);
    let evidence = read_project(&input.bytes, room).map_err(Stop::Unread)?;
    let project = evidence.project().to_string();
    let quotes = count(evidence.quotes().count(), "quote");
    let values = count(evidence.values().count(), "value");
    saw(input, &format!("evidence: {project}, {quotes}, {values}"));
    let SignedAttest { attest, signature } = quote(options, &evidence, input)?;

    let key = key(known, &mut rooms.key)?;
    if !is_same(&key, &evidence.key()) {
        return Err(Error::from(AnchorProblem::OtherKey).into());
    }
    let key = match key {
        Key::Public(public) => named(options, &public, &required.anchor(nonce)),
        Key::Plain(plain) => {
            required.fit_plain_key().map_err(Stop::Usage)?;
            let scheme = scheme(options, &plain, signature, SignatureForm::Structure)?;
            Verifier::new().appraise_plain_key(&plain, scheme, Some(&[plain]))
        }
    };
    let covered = options.pcr_list.unwrap_or(evidence.selection());
    let values = evidence.values();
    Ok(Read {
        key,
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
fn is_same(named: &Key<'_>, found: &ProjectKey<'_>) -> bool {
    let (named, found) = match (named, found) {
        (Key::Public(named), ProjectKey::Public(found)) => return named.value() == found.value(),
        (Key::Public(named), ProjectKey::Plain(found)) => {
            (PlainKey::of_public(named.value()), Some(*found))
        }
        (Key::Plain(named), ProjectKey::Public(found)) => {
            (Some(*named), PlainKey::of_public(found.value()))
        }
        (Key::Plain(named), ProjectKey::Plain(found)) => (Some(*named), Some(*found)),
    };
    matches!((named, found), (Some(named), Some(found)) if named.is_same(&found))
}
