//! `-l` and `-g`: the grammar of tpm2-tools.

use tpm_quote::{
    Check, Pcr, Problem, TpmAlgId, Verdict,
    evidence::{parse_hash, parse_selection},
    verify::{Part, error::SettingProblem},
};

#[test]
fn selections_of_tpm2_tools_are_taken() {
    let all = (0..24).map(|index: u8| index.to_string());
    let all = all.collect::<Vec<_>>().join(",");
    for (text, set) in [
        ("sha256:0", "sha256:0"),
        ("sha256:0,7,10", "sha256:0,7,10"),
        ("sha256:10,0,7", "sha256:0,7,10"),
        ("sha256:7,7,7", "sha256:7"),
        ("sha256:0x0,0x17,0xA", "sha256:0,10,23"),
        ("0x000b:0", "sha256:0"),
        ("0xB:0", "sha256:0"),
        ("0x0004:1+sha384:2", "sha1:1+sha384:2"),
        ("sha3_256:0", "sha3_256:0"),
        ("SHA256:0+Sha384:1", "sha256:0+sha384:1"),
        ("SHA256:all", &format!("sha256:{all}")),
        ("sha256:0,7+sha1:all", &format!("sha256:0,7+sha1:{all}")),
        ("sha1:all+sha256:23", &format!("sha1:{all}+sha256:23")),
    ] {
        let parsed = parse_selection(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(parsed.to_string(), set, "{text}");
    }
    // Without a name here, and a hash all the same.
    assert_eq!(
        parse_selection("0x002c:3")
            .unwrap()
            .iter()
            .collect::<Vec<_>>(),
        [Pcr::new(TpmAlgId(0x002c), 3).unwrap()]
    );
}

#[test]
fn what_is_no_selection_is_refused_where_it_stands() {
    for (text, position) in [
        ("", 0),
        ("sha256", 0),
        ("sha256:", 7),
        (":0", 0),
        ("sha256:0,", 9),
        ("sha256:,0", 7),
        ("sha256:24", 7),
        ("sha256:0,0x18", 9),
        ("sha256:255", 7),
        ("sha256:256", 7),
        ("sha256:07", 7),
        ("sha256:00", 7),
        ("sha256:010", 7),
        ("sha256:+7", 7),
        ("sha256:-7", 7),
        ("sha256: 7", 7),
        ("sha256:7 ", 7),
        ("sha256:0x", 7),
        ("sha256:0x+7", 7),
        ("sha256:0X7", 7),
        ("sha256:0x00007", 7),
        ("sha256:none", 7),
        ("sha256:all,0", 7),
        ("sha256:allx", 7),
        ("sha256:0,all", 9),
        ("sha256:ALL", 7),
        ("sha256:0=00", 7),
        ("sha256:0:1", 7),
        ("sha257:0", 0),
        ("0x9999:0", 0),
        ("0x:0", 0),
        ("0x+b:0", 0),
        ("0x0000b:0", 0),
        ("000b:0", 0),
        ("11:0", 0),
        ("sha256:0+", 9),
        ("+sha256:0", 0),
        ("sha256:0++sha1:0", 9),
        ("sha256:0+sha256:1", 9),
        ("sha256:0+0x000b:1", 9),
    ] {
        let error = parse_selection(text).unwrap_err();
        let Problem::Setting(SettingProblem::PcrSet(problem)) = error.problem() else {
            panic!("{text}: {error:?}");
        };
        assert_eq!(problem.position(), position, "{text}: {error}");
        assert_eq!((error.part(), error.check()), (Part::Policy, Check::Input));
        assert_eq!(error.verdict(), Verdict::Malformed);
        let start = format!("not a set of PCRs: at character {}: ", position + 1);
        assert!(error.to_string().starts_with(&start), "{error}");
    }
}

#[test]
fn hash_is_named_or_is_an_id() {
    assert_eq!(parse_hash("sha256"), Some(TpmAlgId::SHA256));
    assert_eq!(parse_hash("0x000b"), Some(TpmAlgId::SHA256));
    assert_eq!(parse_hash("SHA3_256"), Some(TpmAlgId::SHA3_256));
    assert_eq!(parse_hash("0xc"), Some(TpmAlgId::SHA384));
    for text in ["", "SHA257", "sha", "0x", "0x0018", "000b", "0x1000b"] {
        assert_eq!(parse_hash(text), None, "{text}");
    }
}
