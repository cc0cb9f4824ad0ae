//! What is no evidence of a project, and where.

use proptest::prelude::*;
use serde_json::{Value, json};
use tpm_quote::{
    Check, Error, PcrValue, Problem, TpmAlgId, Verdict,
    error::Reason,
    evidence::{
        Project, read_azure_vtpm, read_confidential_containers, read_go_attestation, read_project,
    },
    verify::{
        Part,
        error::{FieldProblem, JsonProblem, KeyFileProblem, ProjectProblem},
    },
};

use crate::{
    common::{Vector, case, quote::Quote},
    json::{
        azure, azure_numbers, azure_numbers_tdx, base64, base64url, claims,
        confidential_containers, go, go_dump, report,
    },
};

fn rsa() -> (Vector, Quote) {
    let case = case("004");
    let quote = Quote::of(&case);
    (case, quote)
}

/// One of each format.
fn all() -> [Value; 6] {
    let (case, quote) = rsa();
    [
        go(&quote).unwrap(),
        go_dump(&quote).unwrap(),
        confidential_containers(&case, &quote).unwrap(),
        azure(&case, &quote).unwrap(),
        azure_numbers(&case, &quote).unwrap(),
        azure_numbers_tdx(&case, &quote).unwrap(),
    ]
}

#[track_caller]
fn error_of(text: &str) -> Error {
    let mut room = vec![0; 2 * text.len()];
    let error = read_project(text.as_bytes(), &mut room).unwrap_err();
    assert!(!error.to_string().is_empty() && !error.help().is_empty());
    error
}

#[track_caller]
fn error(json: &Value) -> Error {
    error_of(&json.to_string())
}

/// Which field is refused, why, and where in the text.
#[track_caller]
fn field(error: Error) -> (&'static str, FieldProblem, Option<usize>) {
    assert_eq!(error.part(), Part::Project, "{error}");
    field_of(error)
}

#[track_caller]
fn field_of(error: Error) -> (&'static str, FieldProblem, Option<usize>) {
    match *error.problem() {
        Problem::Field { field, problem } => (field, problem, error.offset()),
        other => panic!("{other:?}"),
    }
}

/// It is not evidence of one project, or not whole.
#[track_caller]
fn is_refused(error: Error, problem: ProjectProblem) {
    assert_eq!(*error.problem(), Problem::Project(problem));
    assert_eq!((error.part(), error.check()), (Part::Project, Check::Input));
    assert_eq!(error.verdict(), Verdict::Malformed);
}

/// Where the value at the end of a path stands in the text.
fn place<'v>(json: &'v mut Value, path: &str) -> &'v mut Value {
    json.pointer_mut(path)
        .unwrap_or_else(|| panic!("no {path}"))
}

/// The error for another value, and where that stands in the text.
fn with(mut json: Value, path: &str, value: Value) -> (Error, usize) {
    *place(&mut json, path) = "\u{1}".into();
    let start = json.to_string().find(r#""\u0001""#).unwrap();
    *place(&mut json, path) = value;
    (error(&json), start)
}

/// Every member that is read, by its path.
const MEMBERS: [(usize, &str); 40] = [
    (0, "/Public"),
    (0, "/Quotes"),
    (0, "/Quotes/0/Quote"),
    (0, "/Quotes/0/Signature"),
    (0, "/PCRs"),
    (0, "/PCRs/0/Index"),
    (0, "/PCRs/0/Digest"),
    (0, "/PCRs/0/DigestAlg"),
    (0, "/PCRs/2/Index"),
    (1, "/AK"),
    (1, "/AK/Public"),
    (1, "/Quote"),
    (1, "/Quote/Quote"),
    (1, "/Quote/Signature"),
    (1, "/Log"),
    (1, "/Log/PCRs"),
    (1, "/Log/PCRs/0/Index"),
    (1, "/Log/PCRs/1/Digest"),
    (1, "/Log/PCRs/2/DigestAlg"),
    (2, "/ak_public"),
    (2, "/tpm_quote"),
    (2, "/tpm_quote/message"),
    (2, "/tpm_quote/signature"),
    (2, "/tpm_quote/pcrs"),
    (3, "/tpm_quote"),
    (3, "/tpm_quote/message"),
    (3, "/tpm_quote/signature"),
    (3, "/tpm_quote/pcrs"),
    (3, "/hcl_report"),
    (4, "/quote"),
    (4, "/quote/message"),
    (4, "/quote/signature"),
    (4, "/quote/pcrs"),
    (4, "/report"),
    (5, "/tpm_quote"),
    (5, "/tpm_quote/message"),
    (5, "/tpm_quote/pcrs"),
    (5, "/hcl_report"),
    (0, "/PCRs/1/Digest"),
    (0, "/PCRs/1/DigestAlg"),
];

/// What tells evidence of its project: without it, that is of none.
const TELLING: [&str; 5] = ["/Quotes", "/Quote", "/ak_public", "/hcl_report", "/quote"];

#[test]
fn member_that_is_missing_or_there_twice_is_named() {
    for (format, path) in MEMBERS {
        let (parent, member) = path.rsplit_once('/').unwrap();
        let mut json = all()[format].clone();
        let object = json.pointer_mut(parent).unwrap().as_object_mut().unwrap();
        let value = object.remove(member).unwrap();
        if TELLING.contains(&path) {
            is_refused(error(&json), ProjectProblem::Unknown);
        } else {
            let missing = (member, FieldProblem::Missing, None);
            assert_eq!(field(error(&json)), missing, "{path}");
        }

        // Again, and with an escape; the second is put in by its mark.
        let first = u32::from(member.as_bytes()[0]);
        let escaped = format!("\\u{first:04x}{}", &member[1..]);
        for name in [member, &*escaped] {
            let object = json.pointer_mut(parent).unwrap().as_object_mut().unwrap();
            object.insert(member.to_owned(), value.clone());
            object.insert("\u{1}".to_owned(), value.clone());
            let text = json.to_string();
            let offset = text.find(r#""\u0001""#).unwrap();
            let text = text.replacen(r#""\u0001""#, &format!("\"{name}\""), 1);
            let repeated = (member, FieldProblem::Repeated, Some(offset));
            assert_eq!(field(error_of(&text)), repeated, "{path}");
            let object = json.pointer_mut(parent).unwrap().as_object_mut().unwrap();
            object.remove("\u{1}");
        }
    }
}

#[test]
fn member_of_another_kind_is_refused_where_it_stands() {
    for (format, path) in MEMBERS {
        for value in [
            json!(null),
            json!(true),
            json!({"x": 1}),
            json!([[]]),
            json!("\u{1}"),
            json!(-1),
            json!(1.5),
            json!(70000),
        ] {
            let json = all()[format].clone();
            let (error, start) = with(json, path, value.clone());
            // An array or object may be refused for what is inside.
            let inside = || error.offset().unwrap() - start;
            match *error.problem() {
                Problem::Json(JsonProblem::Expected(_))
                | Problem::Field {
                    problem: FieldProblem::Encoding,
                    ..
                } => assert!(inside() <= 2, "{path} {value}: {error}"),
                Problem::Field {
                    problem: FieldProblem::Missing,
                    ..
                } if value.is_object() => {}
                // No bytes, as an array of numbers.
                Problem::Field {
                    problem: FieldProblem::ValueLength { found: 0, .. },
                    ..
                } => assert!(path.ends_with("/pcrs")),
                Problem::Field {
                    problem: FieldProblem::Index | FieldProblem::GoHashUnsupported(_),
                    ..
                } => assert_eq!(value, json!(70000), "{path}: {error}"),
                other => panic!("{path} {value}: {other:?}"),
            }
            assert_eq!((error.part(), error.check()), (Part::Project, Check::Input));
        }
    }
}

#[test]
fn bytes_are_in_the_encoding_of_their_project_alone() {
    let bad_base64 = [
        "A",
        "AAA",
        "AAAA=",
        "AB==",
        "AAAA\n",
        " AAAA",
        "AA_-",
        "AA==AAAA",
        "\u{e9}AAA",
    ];
    let bad_hex = ["0", "0g", "0x00", " 00", "00\n", "\u{e9}0"];
    // Padding may be left out.
    let bad_base64url = [
        "A", "AAAAA", "AAA==", "AAB", "AB==", "AA+/", "AAAA\n", "AA==AAAA",
    ];
    for (format, path, bad) in [
        (0, "/Public", &bad_base64[..]),
        (0, "/Quotes/0/Quote", &bad_base64),
        (0, "/Quotes/0/Signature", &bad_base64),
        (0, "/PCRs/1/Digest", &bad_base64),
        (2, "/ak_public", &bad_base64),
        (2, "/tpm_quote/message", &bad_base64),
        (2, "/tpm_quote/signature", &bad_base64),
        (2, "/tpm_quote/pcrs/0", &bad_hex),
        (3, "/tpm_quote/message", &bad_hex),
        (3, "/tpm_quote/signature", &bad_hex),
        (3, "/tpm_quote/pcrs/23", &bad_hex),
        (3, "/hcl_report", &bad_base64url),
    ] {
        let (_, name) = path.rsplit_once('/').unwrap();
        for text in bad {
            let json = all()[format].clone();
            let (error, start) = with(json, path, (*text).into());
            let is_element = name.parse::<u8>().is_ok();
            let member = if is_element { "pcrs" } else { name };
            let encoding = (member, FieldProblem::Encoding, Some(start));
            assert_eq!(field(error), encoding, "{path} {text:?}");
            assert_eq!(error.verdict(), Verdict::Malformed);
        }
    }
    let encoding = |member, offset| (member, FieldProblem::Encoding, Some(offset));
    // Padding, and something after it.
    let padded = format!("{}AA==AAAA", "A".repeat(60));
    let (error, offset) = with(all()[0].clone(), "/Quotes/0/Quote", padded.into());
    assert_eq!(field(error), encoding("Quote", offset));
    // Longer than any structure of a TPM.
    let long = base64(&vec![0; 0x1_0000]);
    for path in ["/Quotes/0/Quote", "/Quotes/0/Signature"] {
        let (error, offset) = with(all()[0].clone(), path, long.clone().into());
        let (_, member) = path.rsplit_once('/').unwrap();
        assert_eq!(field(error), encoding(member, offset));
    }
    // A number that is no byte.
    let (error, offset) = with(all()[4].clone(), "/quote/message/3", 256.into());
    assert_eq!(field(error), encoding("message", offset));
}

#[test]
fn value_is_of_a_pcr_once_and_as_long_as_its_bank() {
    let (bank, index) = (TpmAlgId::SHA256, 0);
    let length = |member, offset, found| {
        let problem = FieldProblem::ValueLength {
            bank,
            index,
            expected: 32,
            found,
        };
        (member, problem, Some(offset))
    };
    for len in [0, 20, 31, 33, 64] {
        let bytes = vec![7; len];
        let (error, at) = with(all()[0].clone(), "/PCRs/0/Digest", base64(&bytes).into());
        assert_eq!(field(error), length("Digest", at, len));
        for format in [2, 3] {
            let digits = "07".repeat(len);
            let (error, at) = with(all()[format].clone(), "/tpm_quote/pcrs/0", digits.into());
            assert_eq!(field(error), length("pcrs", at, len));
        }
        let (error, at) = with(all()[4].clone(), "/quote/pcrs/0", bytes.into());
        assert_eq!(field(error), length("pcrs", at, len));
    }
    for number in [24, 255, 256, 65535] {
        let (error, at) = with(all()[0].clone(), "/PCRs/0/Index", number.into());
        let (member, problem, offset) = field(error);
        assert_eq!(problem, FieldProblem::Index, "{number}");
        // One that is no byte is refused at the number, another one at the value.
        if number < 256 {
            assert_eq!(member, "Digest", "{number}");
        } else {
            assert_eq!((member, offset), ("Index", Some(at)), "{number}");
        }
    }
    let (error, at) = with(all()[0].clone(), "/PCRs/1", all()[0]["PCRs"][0].clone());
    let (member, problem, offset) = field(error);
    let repeated = FieldProblem::RepeatedValue { bank, index };
    assert_eq!((member, problem), ("Digest", repeated));
    assert!(offset > Some(at));
    for number in [0, 1, 2, 4, 8, 9, 10, 14, 0x0b00, 65535] {
        let (error, offset) = with(all()[0].clone(), "/PCRs/0/DigestAlg", number.into());
        let problem = FieldProblem::GoHashUnsupported(number);
        assert_eq!(field(error), ("DigestAlg", problem, Some(offset)));
        assert_eq!(error.verdict(), Verdict::Unsupported);
    }
}

/// Go's package `crypto`.
#[test]
fn banks_have_the_numbers_of_go() {
    for (number, bank, len) in [
        (3, TpmAlgId::SHA1, 20),
        (5, TpmAlgId::SHA256, 32),
        (6, TpmAlgId::SHA384, 48),
        (7, TpmAlgId::SHA512, 64),
        (11, TpmAlgId::SHA3_256, 32),
        (12, TpmAlgId::SHA3_384, 48),
        (13, TpmAlgId::SHA3_512, 64),
    ] {
        let mut json = all()[0].clone();
        let digest = base64(&vec![7; len]);
        json["PCRs"] = json!([{"Index": 23, "Digest": digest, "DigestAlg": number}]);
        let text = json.to_string();
        let mut room = vec![0; 2 * text.len()];
        let evidence = read_project(text.as_bytes(), &mut room).unwrap();
        let values: Vec<_> = evidence.values().collect();
        let digest = &vec![7; len];
        let index = 23;
        assert_eq!(
            values,
            [PcrValue {
                bank,
                index,
                digest
            }]
        );
    }
}

#[test]
fn nothing_follows_the_evidence() {
    for (format, json) in all().iter().enumerate() {
        let text = json.to_string();
        let longer = format!("{text}{{}}");
        let mut room = vec![0; 2 * longer.len()];
        let read = match format {
            0 | 1 => read_go_attestation,
            2 => read_confidential_containers,
            _ => read_azure_vtpm,
        };
        for read in [read, read_project] {
            let error = read(longer.as_bytes(), &mut room).unwrap_err();
            assert!(matches!(error.problem(), Problem::Json(_)), "{error}");
            assert_eq!(error.offset(), Some(text.len()));
        }
    }
}

#[test]
fn there_are_exactly_24_values_where_their_positions_count() {
    for (format, path) in [
        (2, "/tpm_quote/pcrs"),
        (3, "/tpm_quote/pcrs"),
        (4, "/quote/pcrs"),
    ] {
        let json = all()[format].clone();
        let pcrs = json.pointer(path).unwrap().as_array().unwrap();
        for len in [0, 1, 23] {
            let (error, offset) = with(json.clone(), path, pcrs[..len].into());
            let few = ("pcrs", FieldProblem::FewValues, Some(offset));
            assert_eq!(field(error), few);
        }
        let more = [&pcrs[..], &pcrs[..1]].concat();
        let (error, start) = with(json.clone(), path, more.into());
        let (member, problem, offset) = field(error);
        assert_eq!((member, problem), ("pcrs", FieldProblem::Index));
        assert!(offset > Some(start));
    }
}

#[test]
fn evidence_without_a_quote_is_none() {
    let mut json = all()[0].clone();
    json["Quotes"] = json!([]);
    let missing = ("Quote", FieldProblem::Missing, None);
    assert_eq!(field(error(&json)), missing);
}

#[test]
fn evidence_is_of_one_project_and_told_by_its_members() {
    let projects = [
        Project::GoAttestation,
        Project::GoAttestationTool,
        Project::ConfidentialContainers,
        Project::AzureVtpm,
        Project::AzureVtpm,
        Project::AzureVtpm,
    ];
    for (json, project) in all().into_iter().zip(projects) {
        assert_eq!(Project::of(json.to_string().as_bytes()), Ok(project));
        for (other, member) in all().iter().zip(&TELLING) {
            let member = &member[1..];
            let mut both = json.clone();
            if both.get(member).is_some() {
                continue;
            }
            both[member] = other.get(member).unwrap_or(&json!(1)).clone();
            println!("{project} {member}");
            is_refused(error(&both), ProjectProblem::Several);
        }
    }
    for json in [json!({}), json!({"quotes": []}), json!({"tpm_quote": {}})] {
        is_refused(error(&json), ProjectProblem::Unknown);
    }
    let mut both = all()[1].clone();
    both["Quotes"] = json!([]);
    let found = read_go_attestation(both.to_string().as_bytes(), &mut [0; 4096]).unwrap_err();
    is_refused(found, ProjectProblem::Several);
    // Each reader, given the evidence for another.
    let texts = all().map(|json| json.to_string());
    for (format, text) in texts.iter().enumerate() {
        let mut room = vec![0; 2 * text.len()];
        let go = read_go_attestation(text.as_bytes(), &mut room).is_ok();
        assert_eq!(go, format < 2);
        let coco = read_confidential_containers(text.as_bytes(), &mut room).is_ok();
        assert_eq!(coco, format == 2);
        let azure = read_azure_vtpm(text.as_bytes(), &mut room).is_ok();
        assert_eq!(azure, format > 2);
    }
}

#[test]
fn other_versions_are_not_supported() {
    for version in [0, 3, 256] {
        let (error, offset) = with(all()[3].clone(), "/version", version.into());
        let version = ("version", FieldProblem::VersionUnsupported, Some(offset));
        assert_eq!(field(error), version);
        assert_eq!(error.verdict(), Verdict::Unsupported);
    }
    // Without one, bytes are numbers.
    let mut json = all()[3].clone();
    json.as_object_mut().unwrap().remove("version");
    let at = json.to_string().find("hcl_report").unwrap() + 12;
    let no_array = error(&json);
    let expected = Problem::Json(JsonProblem::Expected("an array"));
    assert_eq!(*no_array.problem(), expected);
    assert_eq!(no_array.offset(), Some(at));
    let mut json = all()[4].clone();
    json["version"] = 1.into();
    is_refused(error(&json), ProjectProblem::Several);
    let old = |version: u8, of_quote: u8| {
        let mut json = all()[0].clone();
        json["TPMVersion"] = version.into();
        json["Quotes"][0]["Version"] = of_quote.into();
        json
    };
    let text = old(2, 2).to_string();
    assert!(read_project(text.as_bytes(), &mut vec![0; 2 * text.len()]).is_ok());
    for (version, of_quote, expected) in [(1, 2, "TPMVersion"), (2, 1, "Version")] {
        let (member, problem, _) = field(error(&old(version, of_quote)));
        let unsupported = FieldProblem::VersionUnsupported;
        assert_eq!((member, problem), (expected, unsupported));
    }
}

#[test]
fn key_that_is_none_is_refused_as_such() {
    let (_, quote) = rsa();
    // A TPM2B_PUBLIC, which is not what Go writes.
    let (error, _) = with(all()[0].clone(), "/Public", base64(&quote.public).into());
    assert!(matches!(error.problem(), Problem::Structure(_)), "{error}");
    assert_eq!(error.part(), Part::Key);
    let mut longer = quote.public[2..].to_vec();
    longer.push(0);
    let (error, _) = with(all()[0].clone(), "/Public", base64(&longer).into());
    let (&Problem::Structure(error), Part::Key) = (error.problem(), error.part()) else {
        panic!("{error}");
    };
    assert_eq!(error.reason(), Reason::TrailingBytes { count: 1 });
    let (error, _) = with(all()[2].clone(), "/ak_public", "AAAA".into());
    assert!(matches!(error.problem(), Problem::Structure(_)), "{error}");
    assert_eq!((error.part(), error.check()), (Part::KeyFile, Check::Input));
}

fn of_report(report: &[u8]) -> Error {
    let (error, _) = with(all()[3].clone(), "/hcl_report", base64url(report).into());
    let numbers = with(all()[4].clone(), "/report", report.into());
    assert_eq!(error, numbers.0);
    error
}

#[test]
fn key_of_azure_is_the_one_of_its_name_in_the_claims() {
    let (case, _) = rsa();
    let good = claims(&case).unwrap();
    let of_claims = |claims: &Value| of_report(&report(claims.to_string().as_bytes()));

    let mut none = good.clone();
    none["keys"].as_array_mut().unwrap().pop();
    let missing = |member| (member, FieldProblem::Missing, None);
    let field = |error: Error| {
        assert_eq!(error.part(), Part::Claims);
        field_of(error)
    };
    assert_eq!(field(of_claims(&none)), missing("HCLAkPub"));
    none["keys"] = json!([]);
    assert_eq!(field(of_claims(&none)), missing("HCLAkPub"));
    none["keys"] = json!([{"kty": "RSA"}]);
    assert_eq!(field(of_claims(&none)), missing("HCLAkPub"));
    assert_eq!(field(of_claims(&json!({}))), missing("keys"));

    let mut twice = good.clone();
    let key = twice["keys"][1].clone();
    twice["keys"].as_array_mut().unwrap().push(key.clone());
    let (member, problem, offset) = field(of_claims(&twice));
    assert_eq!((member, problem), ("HCLAkPub", FieldProblem::Repeated));
    // The last key of the claims, whose place is one in them.
    assert_eq!(offset, twice.to_string().rfind(&key.to_string()));

    let mut other = good.clone();
    other["keys"][1]["kty"] = "oct".into();
    let error = of_claims(&other);
    let unsupported = Problem::KeyFile(KeyFileProblem::AlgorithmUnsupported);
    assert_eq!(
        (*error.problem(), error.part()),
        (unsupported, Part::Claims)
    );
    assert_eq!(
        (error.check(), error.verdict()),
        (Check::KeyType, Verdict::Unsupported)
    );
    let mut other = good.clone();
    other["keys"][1].as_object_mut().unwrap().remove("n");
    assert_eq!(field(of_claims(&other)), missing("n"));

    let text = good.to_string();
    for bad in [
        &text[..text.len() - 1],
        &format!("{text}{{}}"),
        "[]",
        "\u{feff}{}",
    ] {
        let error = of_report(&report(bad.as_bytes()));
        assert!(matches!(error.problem(), Problem::Json(_)), "{error}");
        assert_eq!(error.part(), Part::Claims);
        assert!(
            error
                .to_string()
                .starts_with("claims in the report: at byte ")
        );
    }
}

#[test]
fn report_of_azure_that_is_cut_or_none_is_refused() {
    let (case, _) = rsa();
    let text = claims(&case).unwrap().to_string();
    let good = report(text.as_bytes());
    for end in [0, 4, 1231, 1235, 1236, good.len() - 101] {
        is_refused(of_report(&good[..end]), ProjectProblem::Report);
    }
    let mut other = good.clone();
    other[0] ^= 1;
    is_refused(of_report(&other), ProjectProblem::Report);
    let mut other = good.clone();
    other[1232..1236].copy_from_slice(&u32::MAX.to_le_bytes());
    is_refused(of_report(&other), ProjectProblem::Report);
}

#[test]
fn texts_say_what_is_wrong_and_where() {
    let (go, coco, azure) = (all()[0].clone(), all()[2].clone(), all()[3].clone());
    let pcrs = coco["tpm_quote"]["pcrs"].as_array().unwrap().clone();
    let short = || json!("07".repeat(20));
    let missing = |mut json: Value, parent: &str, member: &str| {
        let object = json.pointer_mut(parent).unwrap().as_object_mut().unwrap();
        object.remove(member).unwrap();
        (error(&json), 0)
    };
    let twice = || {
        let text = coco.to_string();
        let start = text.strip_suffix('}').unwrap();
        let offset = start.len() + 1;
        (error_of(&format!("{start},\"ak_public\":1}}")), offset)
    };
    let claims = |claims: &str| of_report(&report(claims.as_bytes()));
    for ((error, at), says) in [
        (missing(coco.clone(), "/tpm_quote", "pcrs"), "pcrs: missing"),
        (twice(), "ak_public at byte {at}: given twice"),
        (
            with(coco.clone(), "/tpm_quote/message", "AA=".into()),
            "message at byte {at}: not encoded as expected, or too long",
        ),
        (
            with(azure, "/version", 3.into()),
            "version at byte {at}: this version is not supported",
        ),
        (
            with(go.clone(), "/PCRs/0/Index", 256.into()),
            "Index at byte {at}: not the index of a PCR, 0 to 23",
        ),
        (
            with(go.clone(), "/PCRs/0/DigestAlg", 4.into()),
            "DigestAlg at byte {at}: Go's hash 4 is not supported as a PCR bank",
        ),
        (
            with(coco.clone(), "/tpm_quote/pcrs/7", short()),
            "pcrs at byte {at}: the value of sha256:7 has 20 bytes, expected 32",
        ),
        (
            with(coco.clone(), "/tpm_quote/pcrs", pcrs[..23].into()),
            "pcrs at byte {at}: expected the values of 24 PCRs",
        ),
        (
            (of_report(b"HCLA"), 0),
            "not a whole report of Azure's host compatibility layer",
        ),
        (
            (
                claims(r#"{"keys": [{"kid": "HCLAkPub", "kty": "RSA"}]}"#),
                0,
            ),
            "claims in the report: n: missing",
        ),
        (
            (claims("[]"), 0),
            "claims in the report: at byte 0: expected an object",
        ),
        (
            (error(&json!({})), 0),
            "not evidence of a supported project",
        ),
    ] {
        let says = says.replace("{at}", &at.to_string());
        assert_eq!(error.to_string(), says);
    }
    // Where the second value of a PCR stands: at that value.
    let mut again = go;
    again["PCRs"][1] = again["PCRs"][0].clone();
    let error = error(&again);
    let says = error.to_string();
    let (start, end) = ("Digest at byte ", ": a second value for sha256:0");
    assert!(says.starts_with(start) && says.ends_with(end), "{says}");
    let text = read_project(all()[2].to_string().as_bytes(), &mut []).unwrap_err();
    assert_eq!(
        text.to_string(),
        "the buffer for what is decoded is too small"
    );
}

#[test]
fn little_room_is_said() {
    for json in all() {
        let text = json.to_string();
        let enough = (0..2 * text.len()).step_by(7).find(|len| {
            match read_project(text.as_bytes(), &mut vec![0; *len]) {
                Ok(_) => true,
                Err(error) => {
                    assert_eq!(*error.problem(), Problem::BufferTooSmall, "{len}");
                    assert_eq!(error.check(), Check::Input);
                    false
                }
            }
        });
        assert!(enough.is_some_and(|len| len > 500));
    }
}

#[test]
fn evidence_that_is_cut_is_none() {
    for json in all() {
        let text = json.to_string();
        let mut room = vec![0; 2 * text.len()];
        for end in 0..text.len() {
            let error = read_project(&text.as_bytes()[..end], &mut room).unwrap_err();
            assert!(
                matches!(error.problem(), Problem::Json(_)),
                "{end}: {error}"
            );
            assert_eq!(error.part(), Part::Project);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// A byte that is changed: no harm, and what is still read is what a second reader
    /// finds in the text.
    #[test]
    fn changed_evidence_is_refused_or_read_as_it_stands(
        format in 0..5_usize,
        at: prop::sample::Index,
        byte in prop::sample::select(&b"A0f\"\\,:[]{}= \n9-x"[..]),
    ) {
        let mut text = all()[format].to_string().into_bytes();
        let at = at.index(text.len());
        text[at] = byte;
        let mut room = vec![0; 2 * text.len()];
        if let Ok(evidence) = read_project(&text, &mut room) {
            let json: Value = serde_json::from_slice(&text).unwrap();
            let quote = evidence.quotes().next().unwrap();
            let (attest, message) = match format {
                0 => (base64(quote.attest), &json["Quotes"][0]["Quote"]),
                1 => (base64(quote.attest), &json["Quote"]["Quote"]),
                2 => (base64(quote.attest), &json["tpm_quote"]["message"]),
                3 => {
                    let digits = crate::common::digits(quote.attest);
                    let message = json["tpm_quote"]["message"].as_str().unwrap();
                    prop_assert_eq!(digits, message.to_lowercase());
                    return Ok(());
                }
                _ => {
                    prop_assert_eq!(&json!(quote.attest), &json["quote"]["message"]);
                    return Ok(());
                }
            };
            prop_assert_eq!(attest, message.as_str().unwrap());
        }
    }
}
