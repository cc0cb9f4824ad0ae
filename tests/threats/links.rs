//! X6: trust through a weaker link. Each of the keys that vouch for one another is in the
//! result, and no summary says more than the weakest.

use serde_json::{Value, json};
use tpm_quote::{
    AttestationKey, Error, KeyTrust, Name, Nonce, Tpm2bPublic, Unmarshal, Verifier,
    report::{Report, Reportable, VouchedBy},
    types::{Tpm2bCreationData, Tpm2bName},
    verify::{Anchor, AnchorLine, Appraisal, KeyLink, KeyRules, Warning, error::AnchorProblem},
};

use super::{
    forge::{Key, RSASSA, SHA1, SHA256, SHA384, SHA512, sized},
    machine::{Machine, Signed},
    said::said,
};

/// The keys of a chain: the first is the one that is pinned.
fn keys() -> [Key; 5] {
    [
        Key::p256(SHA256),
        Key::p384(SHA384),
        Key::p521(SHA512),
        Key::p256(SHA384),
        Key::p384(SHA256),
    ]
}

/// What the key says of the next one.
fn certification(of: &Key, next: &Key) -> (Machine, Signed) {
    let machine = Machine::with(of.clone(), next.clone());
    let signed = machine.certification();
    (machine, signed)
}

fn nonce(machine: &Machine) -> Nonce {
    Nonce::exact(&machine.nonce).unwrap()
}

fn name(key: &Key) -> Name {
    Name::new(Tpm2bName::new(&key.name()).unwrap())
}

/// Calls `test` with a key that each of these certifies for the next, from a pinned one on.
fn chain(keys: &[Key], rules: KeyRules, test: impl FnOnce(Result<AttestationKey<'_>, Error>)) {
    let verifier = Verifier::new().key_rules(rules);
    let publics: Vec<_> = keys.iter().map(Key::public).collect();
    let publics: Vec<_> = publics
        .iter()
        .map(|public| Tpm2bPublic::from_bytes(public).unwrap())
        .collect();
    let first = verifier.pinned(&publics[0], &[keys[0].name()]);
    let links = keys.windows(2).zip(&publics[1..]);
    test(links.fold(first, |trusted, (pair, public)| {
        let (machine, signed) = certification(&pair[0], &pair[1]);
        verifier.certified_by(public, &signed.borrowed(), &trusted?, nonce(&machine))
    }));
}

fn shown(
    links: impl Iterator<Item = KeyLink>,
) -> Vec<(Name, String, Option<String>, &'static str)> {
    let shown = |link: KeyLink| {
        (
            *link.name(),
            link.algorithm().to_string(),
            link.scheme().map(|scheme| scheme.to_string()),
            link.trust().name(),
        )
    };
    links.map(shown).collect()
}

fn json<T: Reportable>(appraisal: &Appraisal<'_, T>) -> Value {
    let mut text = String::new();
    Report::new(appraisal).write_json(&mut text).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn x6_every_link_is_in_the_result() {
    let keys = &keys()[..4];
    chain(keys, KeyRules::new(), |key| {
        let key = key.unwrap();
        assert_eq!(key.trust(), KeyTrust::Certified);
        let of = |number: usize, algorithm: &str, scheme: &str, trust| {
            let name = name(&keys[number]);
            (name, algorithm.to_owned(), Some(scheme.to_owned()), trust)
        };
        let expected = [
            of(3, "ecc-p256", "ecdsa-sha384", "certified"),
            of(2, "ecc-p521", "ecdsa-sha512", "certified"),
            of(1, "ecc-p384", "ecdsa-sha384", "certified"),
            of(0, "ecc-p256", "ecdsa-sha256", "pinned"),
        ];
        assert_eq!(shown(key.summary().links()), expected);
        // The report says the same, as JSON and as text.
        let appraisal = Appraisal::from(key);
        let links = expected.iter().map(|(name, algorithm, scheme, trust)| {
            json!({
                "name": name.to_string(), "algorithm": algorithm, "scheme": scheme,
                "trust": trust,
            })
        });
        let report = json(&appraisal);
        assert_eq!(report["key"]["links"], links.collect::<Value>());
        assert_eq!(report["key"]["trust"], "certified");
        let mut text = String::new();
        Report::new(&appraisal).write_text(&mut text).unwrap();
        let mut behind = String::new();
        for (name, algorithm, scheme, trust) in &expected[1..] {
            let scheme = scheme.as_deref().unwrap();
            behind += &format!("  certified by      {algorithm}, {scheme}, {trust}\n");
            behind += &format!("    name            {name}\n");
        }
        assert!(text.contains(&behind), "{text}");
    });
}

#[test]
fn x6_key_for_which_no_other_vouches_is_a_link_alone() {
    chain(&keys()[..1], KeyRules::new(), |key| {
        let key = key.unwrap();
        let links = shown(key.summary().links());
        let own = Some("ecdsa-sha256".to_owned());
        assert_eq!(links, [(*key.name(), "ecc-p256".to_owned(), own, "pinned")]);
        let report = json(&Appraisal::from(key));
        assert_eq!(report["key"].get("links"), None);
    });
}

/// No link is left out: a chain that has no room for all of them is refused.
#[test]
fn x6_chain_with_more_links_than_are_kept_is_refused() {
    chain(&keys(), KeyRules::new(), |key| {
        assert_eq!(said(key.unwrap_err()), AnchorProblem::ChainTooLong);
    });
    // By creation as well.
    chain(&keys()[..4], KeyRules::new(), |key| {
        let machine = Machine::with(keys()[3].clone(), keys()[4].clone());
        let (public, data) = (keys()[4].public(), sized(&machine.creation_data()));
        let public = Tpm2bPublic::from_bytes(&public).unwrap();
        let data = Tpm2bCreationData::from_bytes(&data).unwrap();
        let signed = machine.creation();
        let (signed, nonce) = (signed.borrowed(), nonce(&machine));
        let refused = AttestationKey::created_under(&public, &data, &signed, &key.unwrap(), nonce);
        assert_eq!(said(refused.unwrap_err()), AnchorProblem::ChainTooLong);
    });
}

#[test]
fn x6_creation_is_a_link() {
    let machine = Machine::new();
    let (data, signed) = (sized(&machine.creation_data()), machine.creation());
    let data = Tpm2bCreationData::from_bytes(&data).unwrap();
    machine.with_fresh(|public, trusted, nonce| {
        let key = AttestationKey::created_under(public, &data, &signed.borrowed(), trusted, nonce)
            .unwrap();
        let trust: Vec<_> = key.summary().links().map(|link| link.trust()).collect();
        assert_eq!(trust, [KeyTrust::Created, KeyTrust::Pinned]);
        let names: Vec<_> = key.summary().links().map(|link| *link.name()).collect();
        assert_eq!(names, [*key.name(), name(&machine.trusted)]);
    });
}

/// What is weak in a key further up is said of the key that is certified.
#[test]
fn x6_weak_key_further_up_is_warned_of() {
    let with = |weak: Key, rules| {
        let keys = [weak, Key::p256(SHA256), Key::p384(SHA384)];
        let mut warned = None;
        chain(&keys, rules, |key| {
            let appraisal = Appraisal::from(key.unwrap());
            warned = Some(appraisal.warnings().collect::<Vec<_>>());
        });
        warned.unwrap()
    };
    let mut named = Key::p521(SHA512);
    named.name_alg = SHA1;
    let rules = KeyRules::new().dangerous_allow_sha1_names();
    assert_eq!(with(named, rules), [Warning::WeakLink]);
    assert_eq!(with(Key::p521(SHA512), rules), []);
    let short = Key::rsa(1024, RSASSA, SHA256);
    let rules = KeyRules::new().dangerous_allow_rsa_1024();
    assert_eq!(with(short, rules), [Warning::WeakLink]);
    assert_eq!(with(Key::rsa(2048, RSASSA, SHA256), rules), []);
}

/// What vouches for the certifier is asked of the lines of a trust file as well.
#[test]
fn x6_line_that_holds_has_its_links() {
    let (machine, signed) = certification(&keys()[0], &keys()[1]);
    machine.with_fresh(|public, trusted, nonce| {
        let anchor = Anchor::new()
            .certified_by(trusted, nonce)
            .certification(&signed.borrowed());
        let lines = [AnchorLine::new(7, anchor)];
        let anchor = Anchor::new().any_of(&lines, nonce);
        let key = Verifier::new().appraise_key(public, &anchor);
        let key = key.into_result().unwrap();
        let trust: Vec<_> = key.summary().links().map(|link| link.trust()).collect();
        assert_eq!(trust, [KeyTrust::Certified, KeyTrust::Pinned]);
        assert_eq!(key.summary().vouched_by(), Some(7));
    });
}

/// A report names the line that the appraisal found, and no other.
#[test]
fn x7_report_names_no_line_that_did_not_vouch() {
    let key = Key::p256(SHA256);
    let public = key.public();
    let public = Tpm2bPublic::from_bytes(&public).unwrap();
    let names = [name(&key)];
    let lines = [AnchorLine::new(7, Anchor::new().pinned(&names[..]))];
    let anchor = Anchor::new().any_of(&lines, Nonce::dangerous_none());
    let appraisal = Verifier::new().appraise_key(&public, &anchor);
    for (line, expected) in [
        (
            7,
            json!({"file": "machines.trust", "line": 7, "name": "web"}),
        ),
        (8, Value::Null),
    ] {
        let by = VouchedBy {
            file: "machines.trust",
            line,
            name: "web",
        };
        let mut text = String::new();
        let report = Report::new(&appraisal).vouched_by(Some(by));
        report.write_json(&mut text).unwrap();
        let report: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(report["key"]["vouched_by"], expected);
    }
}
