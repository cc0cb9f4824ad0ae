//! Where a key stands: its qualified name, its hierarchy, and what its counters are
//! worth.

use tpm_quote::{
    Check, Error, Name, Problem, Tpm2bPublic, Unmarshal, Verdict, VerifiedQuote,
    types::{Tpm2bName, TpmHandle, TpmsClockInfo},
    verify::{
        Ancestry, AttestPolicy, Certify, ClockPolicy, ClockReading, Excerpt, KeyRules, Part, Time,
        error::{AttestProblem, ClockProblem},
    },
};

use crate::{
    common::{Vector, case, quote::Quote, zoo},
    forge::{Key, SHA256, SHA384},
    forged::{ENDORSEMENT, Forged, NULL, OWNER, PLATFORM, name_of, qualified},
    signed::{Signed, attestation},
};

const HIERARCHIES: [(TpmHandle, [u8; 4]); 4] = [
    (TpmHandle::RH_OWNER, OWNER),
    (TpmHandle::RH_NULL, NULL),
    (TpmHandle::RH_ENDORSEMENT, ENDORSEMENT),
    (TpmHandle::RH_PLATFORM, PLATFORM),
];

const FIRMWARE: u64 = 0x2019_1023_0016_3636;

/// That of the children of this public area in the zoo, a primary key.
fn below(hierarchy: TpmHandle, parent: &str) -> Ancestry {
    let parent: Vector = zoo().into_iter().find(|case| case.name == parent).unwrap();
    let name = parent.file(".name");
    let name = Name::new(Tpm2bName::new(&name).unwrap());
    Ancestry::under(hierarchy).below(&name).unwrap()
}

/// That of the children of the endorsement key.
fn below_ek() -> Ancestry {
    below(TpmHandle::RH_ENDORSEMENT, "001-ek-rsa2048-low-createek")
}

/// That of the children of the storage root key.
fn below_srk() -> Ancestry {
    below(TpmHandle::RH_OWNER, "016-srk-rsa2048-aes128cfb")
}

#[track_caller]
fn not_here(result: Result<(), Error>, expected: &[u8], found: &[u8]) {
    let error = result.unwrap_err();
    let problem = AttestProblem::QualifiedSigner {
        expected: Excerpt::new(expected),
        found: Excerpt::new(found),
    };
    assert_eq!(*error.problem(), Problem::Attest(problem));
    assert_eq!(error.part(), Part::Signed);
    assert_eq!(error.check(), Check::Signer);
    assert_eq!(error.verdict(), Verdict::Rejected);
}

#[test]
fn key_that_stands_elsewhere_is_refused_by_its_ancestry() {
    let parent = name_of(SHA384, "a parent");
    let parent_name = Name::new(Tpm2bName::new(&parent).unwrap());
    let primary = Ancestry::under(TpmHandle::RH_OWNER);
    let child = primary.below(&parent_name).unwrap();
    let genuine = Forged::time(0);
    let name = genuine.key.name();
    let places = [
        qualified(SHA256, &OWNER, &name),
        qualified(SHA256, &qualified(SHA384, &OWNER, &parent), &name),
        qualified(SHA256, &ENDORSEMENT, &name),
        qualified(SHA256, &qualified(SHA384, &ENDORSEMENT, &parent), &name),
        qualified(SHA256, &parent, &name),
        name,
    ];
    for (right, ancestry) in [(0, primary), (1, child)] {
        for (at, place) in places.iter().enumerate() {
            let forged = Forged {
                qualified_signer: place.clone(),
                ..genuine.clone()
            };
            // Nobody asks where it stands.
            forged.verify(&Time).unwrap();
            let result = forged.verify_by(&Time, |policy| policy.ancestry(ancestry));
            if at == right {
                result.unwrap();
            } else {
                not_here(result, &places[right], place);
            }
        }
    }
}

/// The hash is the key's, whatever that of its parent.
#[test]
fn qualified_name_is_by_the_hash_of_the_key() {
    let key = Key {
        name_alg: SHA384,
        ..Key::p256(SHA256)
    };
    let parent = name_of(SHA256, "a parent");
    let ancestry = Ancestry::under(TpmHandle::RH_OWNER)
        .below(&Name::new(Tpm2bName::new(&parent).unwrap()))
        .unwrap();
    let time = Forged::time(0);
    let forged = Forged::by(key, time.kind, time.body);
    let forged = forged.below(&qualified(SHA256, &OWNER, &parent));
    let result = forged.verify_by(&Time, |policy| policy.ancestry(ancestry));
    result.unwrap();
}

#[test]
fn ancestry_of_a_real_key_is_held_against_its_qualified_name() {
    let case = attestation("016");
    let signed = Signed::of(&case);
    let judge = |ancestry| {
        let policy = signed.policy().ancestry(ancestry);
        signed.verify(&Time, &policy).map(drop)
    };
    judge(below_ek()).unwrap();
    let found = case.json["attest"]["qualifiedSigner"].as_str().unwrap();
    let found = crate::common::hex(found);
    let name = case.file("ak.name");
    let primary = Ancestry::under(TpmHandle::RH_ENDORSEMENT);
    let place = qualified(SHA256, &ENDORSEMENT, &name);
    not_here(judge(primary), &place, &found);
    let srk = zoo()
        .into_iter()
        .find(|case| case.name.starts_with("016-srk"));
    let srk = qualified(SHA256, &OWNER, &srk.unwrap().file(".name"));
    not_here(judge(below_srk()), &qualified(SHA256, &srk, &name), &found);
}

/// What comes of a quote whose key stands here, by number of the case.
fn quote<T>(
    number: &str,
    ancestry: Option<Ancestry>,
    clock: ClockPolicy<'_>,
    show: impl FnOnce(&VerifiedQuote<'_>) -> T,
) -> Result<T, Error> {
    let quote = Quote::of(&case(number));
    let policy = quote.policy().clock(clock);
    let policy = match ancestry {
        Some(ancestry) => policy.ancestry(ancestry),
        None => policy,
    };
    quote.verify_as(KeyRules::new(), &policy, show)
}

#[test]
fn ancestry_is_held_against_the_qualified_name_in_quotes_too() {
    let any = ClockPolicy::new();
    quote("052", Some(below_srk()), any, |_| ()).unwrap();
    let case = case("052");
    let parent = case.bytes("parent_qualified_name_hex");
    assert_eq!(below_srk().parent().as_ref(), parent);
    let name = case.file("ak.name");
    not_here(
        quote(
            "052",
            Some(Ancestry::under(TpmHandle::RH_OWNER)),
            any,
            |_| (),
        ),
        &qualified(SHA256, &OWNER, &name),
        &case.bytes("qualified_signer_hex"),
    );
}

#[test]
fn hierarchy_of_a_primary_key_shows_in_its_qualified_name() {
    for (number, hierarchy) in [
        ("044", TpmHandle::RH_ENDORSEMENT),
        ("045", TpmHandle::RH_ENDORSEMENT),
        ("046", TpmHandle::RH_OWNER),
        ("048", TpmHandle::RH_PLATFORM),
        ("049", TpmHandle::RH_PLATFORM),
        ("050", TpmHandle::RH_NULL),
    ] {
        let found = quote(number, None, ClockPolicy::new(), |quote| quote.hierarchy());
        assert_eq!(found, Ok(Some(hierarchy)), "{number}");
    }
    for (hierarchy, handle) in HIERARCHIES {
        let signed = Forged::time(0).below(&handle).sign();
        let time = signed.verify(&Time, &signed.policy()).unwrap();
        assert_eq!(time.hierarchy(), Some(hierarchy));
    }
}

#[test]
fn hierarchy_of_a_child_is_known_by_its_ancestry_alone() {
    let show = |quote: &VerifiedQuote<'_>| quote.hierarchy();
    let found = quote("052", None, ClockPolicy::new(), show);
    assert_eq!(found, Ok(None));
    let found = quote("052", Some(below_srk()), ClockPolicy::new(), show);
    assert_eq!(found, Ok(Some(TpmHandle::RH_OWNER)));

    let signed = Signed::of(&attestation("016"));
    let policy = signed.policy();
    let time = signed.verify(&Time, &policy).unwrap();
    assert_eq!(time.hierarchy(), None);
    let time = signed.verify(&Time, &policy.ancestry(below_ek())).unwrap();
    assert_eq!(time.hierarchy(), Some(TpmHandle::RH_ENDORSEMENT));
}

#[track_caller]
fn refused(result: Result<(), Error>, problem: ClockProblem) {
    let error = result.unwrap_err();
    assert_eq!(*error.problem(), Problem::Clock(problem));
    assert_eq!(error.part(), Part::Signed);
    assert_eq!(error.check(), Check::Clock);
}

/// Outside, the key of the owner hierarchy shows e938de33ca16795a, which is more than
/// any minimum here.
#[test]
fn firmware_version_inside_a_time_counts() {
    let signed = Signed::of(&attestation("020"));
    let judge = |minimum| {
        let clock = ClockPolicy::new().minimum_firmware(minimum);
        signed
            .verify(&Time, &signed.policy().clock(clock))
            .map(drop)
    };
    judge(FIRMWARE).unwrap();
    let (minimum, found) = (FIRMWARE + 1, FIRMWARE);
    refused(judge(minimum), ClockProblem::Firmware { minimum, found });
    // Nor does the outer one where it is plain.
    let forged = Forged::time(FIRMWARE - 1).below(&ENDORSEMENT);
    assert_eq!(forged.firmware_version, FIRMWARE);
    let clock = ClockPolicy::new().minimum_firmware(FIRMWARE);
    let (minimum, found) = (FIRMWARE, FIRMWARE - 1);
    refused(
        forged.verify_by(&Time, |policy| policy.clock(clock)),
        ClockProblem::Firmware { minimum, found },
    );
}

/// A certification of the key by itself, at this place.
fn certification(parent: &[u8]) -> Forged {
    let key = Key::p256(SHA256);
    let place = qualified(SHA256, parent, &key.name());
    Forged::certify(&key.name(), &place).below(parent)
}

/// What comes of it.
fn judge(
    forged: &Forged,
    policy: impl for<'p> FnOnce(AttestPolicy<'p>) -> AttestPolicy<'p>,
) -> Result<(), Error> {
    let public = forged.key.public();
    let public = Tpm2bPublic::from_bytes(&public).unwrap();
    forged.verify_by(&Certify::of(&public), policy)
}

#[test]
fn firmware_version_outside_counts_where_it_is_not_obfuscated() {
    for (hierarchy, handle) in HIERARCHIES {
        let plain = [TpmHandle::RH_ENDORSEMENT, TpmHandle::RH_PLATFORM].contains(&hierarchy);
        let forged = certification(&handle);
        let result = judge(&forged, |policy| {
            policy.clock(ClockPolicy::new().minimum_firmware(FIRMWARE))
        });
        if plain {
            result.unwrap();
        } else {
            refused(result, ClockProblem::Obfuscated);
        }
        let result = judge(&forged, |policy| {
            policy.clock(ClockPolicy::new().minimum_firmware(FIRMWARE + 1))
        });
        let (minimum, found) = (FIRMWARE + 1, FIRMWARE);
        let too_old = ClockProblem::Firmware { minimum, found };
        refused(
            result,
            if plain {
                too_old
            } else {
                ClockProblem::Obfuscated
            },
        );
    }
}

/// That of a real child of the endorsement key, which certifies another key.
#[test]
fn firmware_version_of_a_childs_attestation_counts_by_its_ancestry() {
    let case = attestation("001");
    let signed = Signed::of(&case);
    let object = case.file("certified.pub");
    let object = Tpm2bPublic::from_bytes(&object).unwrap();
    let judge = |ancestry: Option<Ancestry>, minimum| {
        let policy = signed.policy();
        let policy = policy.clock(ClockPolicy::new().minimum_firmware(minimum));
        let policy = match ancestry {
            Some(ancestry) => policy.ancestry(ancestry),
            None => policy,
        };
        signed.verify(&Certify::of(&object), &policy).map(drop)
    };
    refused(judge(None, FIRMWARE), ClockProblem::Obfuscated);
    judge(Some(below_ek()), FIRMWARE).unwrap();
    let (minimum, found) = (FIRMWARE + 1, FIRMWARE);
    let too_old = ClockProblem::Firmware { minimum, found };
    refused(judge(Some(below_ek()), minimum), too_old);

    // That of the storage root key's child is obfuscated, and known to be.
    let clock = ClockPolicy::new().minimum_firmware(0);
    let result = quote("052", Some(below_srk()), clock, |_| ());
    refused(result, ClockProblem::Obfuscated);
}

/// An earlier reading by the key of [`certification`].
fn earlier(reset_count: u32, restart_count: u32) -> ClockReading {
    let name = Key::p256(SHA256).name();
    ClockReading::new(
        Name::new(Tpm2bName::new(&name).unwrap()),
        TpmsClockInfo {
            clock: 1,
            reset_count,
            restart_count,
            safe: true,
        },
    )
}

#[test]
fn counters_of_a_child_are_judged_by_its_ancestry() {
    let parent = name_of(SHA256, "a parent");
    let name = Name::new(Tpm2bName::new(&parent).unwrap());
    for (hierarchy, handle) in HIERARCHIES {
        let plain = [TpmHandle::RH_ENDORSEMENT, TpmHandle::RH_PLATFORM].contains(&hierarchy);
        let ancestry = Ancestry::under(hierarchy).below(&name).unwrap();
        let forged = certification(&qualified(SHA256, &handle, &parent));
        assert_eq!((forged.reset_count, forged.restart_count), (3, 1));
        let found = (3, 1);
        for (before, back) in [
            ((2, 9), false),
            ((3, 0), false),
            ((3, 2), true),
            ((4, 0), true),
        ] {
            let reading = earlier(before.0, before.1);
            let clock = ClockPolicy::new().since(&reading).allow_reboots();
            let signed = forged.sign();
            let public = forged.key.public();
            let public = Tpm2bPublic::from_bytes(&public).unwrap();
            let policy = signed.policy().clock(clock);
            let certify = Certify::of(&public);
            let unknown = signed.verify(&certify, &policy).map(drop);
            refused(unknown, ClockProblem::Obfuscated);
            let known = signed
                .verify(&certify, &policy.ancestry(ancestry))
                .map(drop);
            match (plain, back) {
                (true, false) => known.unwrap(),
                (true, true) => {
                    let earlier = before;
                    refused(known, ClockProblem::CountersBack { earlier, found });
                }
                (false, _) => refused(known, ClockProblem::Obfuscated),
            }
        }
    }
}

#[test]
fn clock_of_every_kind_is_held_against_an_earlier_reading() {
    let forged = certification(&ENDORSEMENT);
    let signed = forged.sign();
    let public = forged.key.public();
    let public = Tpm2bPublic::from_bytes(&public).unwrap();
    let certify = Certify::of(&public);
    let certified = signed.verify(&certify, &signed.policy()).unwrap();
    let reading = certified.clock_reading();
    let clock = ClockPolicy::new().since(&reading).require_safe();
    let later = |clock_value, safe| {
        let later = Forged {
            clock: clock_value,
            safe,
            ..forged.clone()
        };
        let signed = later.sign();
        let policy = signed.policy().clock(clock);
        signed.verify(&certify, &policy).map(drop)
    };
    later(forged.clock, 1).unwrap();
    later(forged.clock + 1, 1).unwrap();
    refused(later(forged.clock, 0), ClockProblem::NotSafe);
    let problem = ClockProblem::WentBack {
        earlier: forged.clock,
        found: forged.clock - 1,
    };
    refused(later(forged.clock - 1, 1), problem);
}
