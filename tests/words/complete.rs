//! No error is without a row, and no two problems have one name.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    anchors, attestations, boots, certificates, files, hardware, ima, json, keys, logs, quotes,
    row::Row,
    settings,
    source::{self, Problems, Variant},
    structures, trust,
};

fn all() -> Vec<Row> {
    [
        anchors::rows(),
        attestations::rows(),
        boots::rows(),
        certificates::rows(),
        files::rows(),
        ima::rows(),
        hardware::rows(),
        json::rows(),
        keys::rows(),
        logs::rows(),
        quotes::rows(),
        settings::rows(),
        structures::rows(),
        trust::rows(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[test]
fn every_variant_of_every_problem_has_a_row() {
    let problems = Problems::read();
    let seen: BTreeSet<Variant> = all()
        .iter()
        .flat_map(|row| problems.path(&format!("{:?}", row.error.problem())))
        .collect();
    let every = problems.all();
    let missing: Vec<_> = every.difference(&seen).collect();
    assert!(missing.is_empty(), "without a row: {missing:?}");
    // The reader of the source files sees what is there.
    assert!(every.len() > 180, "{} variants", every.len());
    for (of, name) in [
        ("Problem", "Unavailable"),
        ("KeyProblem", "Roca"),
        ("SelectionProblem", "Surplus"),
        ("PcrSetReason", "ToolsIndex"),
        ("TpmAttribute", "Version"),
    ] {
        assert!(every.contains(&(of.to_owned(), name.to_owned())), "{name}");
    }
}

/// A problem may have several names, as unsupported and as rejected; a name has one problem.
#[test]
fn names_are_unique_and_all_of_them_have_a_row() {
    let problems = Problems::read();
    let mut owners: BTreeMap<&str, Variant> = BTreeMap::new();
    for row in all() {
        let path = problems.path(&format!("{:?}", row.error.problem()));
        let owner = owner(path);
        let known = owners.entry(row.name).or_insert_with(|| owner.clone());
        assert_eq!(*known, owner, "{}", row.name);
    }
    let names: BTreeSet<_> = owners.keys().map(|name| (*name).to_owned()).collect();
    let every = source::names();
    let other: Vec<_> = names.symmetric_difference(&every).collect();
    assert!(
        other.is_empty(),
        "in rows or in the source alone: {other:?}"
    );
    assert!(every.len() > 150, "{} names", every.len());
}

/// The variant that has the name: it does not depend on what is further in.
fn owner(path: Vec<Variant>) -> Variant {
    let inner = [
        "AltName",
        "Strength",
        "PcrSet",
        "Header",
        "Event",
        "Entry",
        "Unsupported",
        "Locality",
    ];
    let end = path
        .iter()
        .position(|(_, name)| inner.contains(&name.as_str()));
    let named = match end {
        Some(end) => &path[..=end],
        None => &path[..],
    };
    let details = [
        "TpmAttribute",
        "KeylimePart",
        "BootFact",
        "BootList",
        "Unknown",
    ];
    let named = named
        .iter()
        .rfind(|(of, _)| !details.contains(&of.as_str()));
    named.unwrap().clone()
}
