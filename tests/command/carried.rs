//! Logs that a response carries beside its block: looked at only where they are asked for, and in
//! NDJSON from the line alone.

use serde_json::{Value, json};

use crate::{
    boot::{ALL, SHIM, check},
    forge::{Key, Quote, SHA256, bitmap, hash, sized},
    tools::{Ran, base64, data, file, folder, read, read_json, run, run_in, run_on, state, text},
};

const NONCE: &str = "b7154f895a4c4ce055494a2b023571a520caecc36ff541d534d0e25657eaa907";
const LATER: &str = "4b53dbd5e363657c4d5b52937b39b3e515856de87f078868e2711a95eecc8484";
const UNKNOWN: &str = "/opt/app/later-1.sh";
const OF_RESPONSE: [&str; 4] = ["--boot-log", "response", "--ima-list", "response"];

fn server(name: &str) -> String {
    let path = data(&format!("server/{name}"));
    path.into_os_string().into_string().unwrap()
}

fn verify(response: &str, nonce: &str, more: &[&str]) -> Ran {
    let options = ["verify", response, "--nonce", nonce, "--format", "json"];
    run([&options[..], more].concat())
}

/// The response of the server, changed.
fn changed(change: impl FnOnce(&mut serde_json::Map<String, Value>)) -> String {
    let mut response = read_json("server/response.json");
    change(response["_metadata"].as_object_mut().unwrap());
    file("response.json", response.to_string())
}

#[track_caller]
fn assert_refused(ran: &Ran, status: i32, problem: &str, says: &str) -> Value {
    let report = ran.json();
    assert_eq!(
        (ran.status, &report["problem"]),
        (status, &json!(problem)),
        "{report:#}"
    );
    assert!(text(&report["message"]).contains(says), "{report:#}");
    assert_eq!(report["quote"], Value::Null);
    report
}

#[test]
fn logs_of_the_response_are_judged_as_files_are() {
    let policy = server("policy.json");
    let response = server("response.json");
    let with = [&OF_RESPONSE[..], &["--policy", &policy]].concat();
    let ran = verify(&response, NONCE, &with);
    assert_eq!(ran.status, 0, "{ran:?}");
    let (log, list) = (server("eventlog.bin"), server("ima.bin"));
    let files = ["--boot-log", &log, "--ima-list", &list, "--policy", &policy];
    assert_eq!(ran.json(), verify(&response, NONCE, &files).json());

    let later = server("later.json");
    let report = assert_refused(&verify(&later, LATER, &with), 1, "ima-not-allowed", UNKNOWN);
    assert_eq!(
        (&report["field"], &report["place"]["source"]),
        (&json!("ima_log_b64"), &json!(later))
    );
    let note = "bytes are counted from the start of ima_log_b64, decoded";
    assert!(
        report["notes"].as_array().unwrap().contains(&json!(note)),
        "{report:#}"
    );
    // From its _metadata as well, and not from a block alone.
    let metadata = read_json("server/response.json")["_metadata"].clone();
    let alone = file("metadata.json", metadata.to_string());
    assert_eq!(verify(&alone, NONCE, &with).status, 0);
    let block = file("block.json", metadata["tpm_attestation"].to_string());
    assert_refused(
        &verify(&block, NONCE, &with),
        2,
        "log-not-carried",
        "event_log_b64",
    );
}

#[test]
fn log_that_is_asked_for_has_to_be_there() {
    for (missing, asked, check) in [
        ("event_log_b64", ["--boot-log", "response"], "boot-log"),
        ("ima_log_b64", ["--ima-list", "response"], "ima"),
    ] {
        // The name of a file or of a URL is no log, and nothing is fetched.
        let response = changed(|metadata| {
            let log = metadata.remove(missing).unwrap();
            metadata.insert("ima_log_url".to_owned(), json!("http://127.0.0.1:1/ima"));
            metadata.insert("x".to_owned(), json!({missing: log}));
        });
        let says = format!("{missing}: the response does not carry this log");
        let report = assert_refused(
            &verify(&response, NONCE, &asked),
            2,
            "log-not-carried",
            &says,
        );
        assert_eq!(
            (state(&report, check), state(&report, "pcr-digest")),
            ("not-reached".into(), "ok".into())
        );
        assert_eq!(report["check"], "input");
        // Without being asked for it is not missed, and the other one is judged.
        assert_eq!(verify(&response, NONCE, &[]).status, 0);
        let other = if check == "ima" {
            "--boot-log"
        } else {
            "--ima-list"
        };
        assert_eq!(verify(&response, NONCE, &[other, "response"]).status, 0);
    }
    // A server without a TPM has no logs, where the tier goes on without one.
    let none = json!({"_metadata": {"tpm_attestation": {"is_available": false}}});
    let none = file("none.json", none.to_string());
    let ran = verify(
        &none,
        NONCE,
        &[&OF_RESPONSE[..], &["--tier", "standard"]].concat(),
    );
    assert_eq!(
        (ran.status, &ran.json()["verdict"]),
        (0, &json!("unavailable"))
    );
}

#[test]
fn logs_that_nobody_asked_for_are_not_looked_at() {
    let response = changed(|metadata| {
        metadata.insert("event_log_b64".to_owned(), json!("!!"));
        metadata.insert("ima_log_b64".to_owned(), json!([1]));
    });
    let report = verify(&response, NONCE, &[]).json();
    assert_eq!(report["verdict"], "verified-self-asserted");
    assert_eq!(
        (state(&report, "boot-log"), state(&report, "ima")),
        ("not-asked-for".into(), "not-asked-for".into())
    );
    // A file is looked at in their place.
    let list = server("ima.bin");
    let report = verify(&response, NONCE, &["--ima-list", &list]).json();
    assert_eq!(
        (&report["ima"]["proven"], &report["boot"]),
        (&json!(54), &Value::Null)
    );
}

#[test]
fn log_that_cannot_be_read_is_refused_with_its_place() {
    let ima = ["--ima-list", "response"];
    let bad = changed(|metadata| {
        metadata.insert("ima_log_b64".to_owned(), json!("CgAAAA"));
    });
    let report = assert_refused(
        &verify(&bad, NONCE, &ima),
        2,
        "field-base64",
        "ima_log_b64 at byte ",
    );
    assert_eq!(report["place"]["line"], 1);
    assert_eq!(state(&report, "ima"), "not-reached");
    let number = changed(|metadata| {
        metadata.insert("ima_log_b64".to_owned(), json!(5));
    });
    assert_refused(
        &verify(&number, NONCE, &ima),
        2,
        "json-expected",
        "ima_log_b64 at byte ",
    );
    let whole = String::from_utf8(read("server/response.json")).unwrap();
    let twice = whole.replacen(
        "\"event_log_b64\"",
        "\"ima_log_b64\": \"\", \"event_log_b64\"",
        1,
    );
    let twice = file("twice.json", twice);
    assert_refused(
        &verify(&twice, NONCE, &ima),
        2,
        "field-repeated",
        "ima_log_b64 at byte ",
    );
    // Cut, or another file.
    let list = read("server/ima.bin");
    let cut = changed(|metadata| {
        metadata.insert(
            "ima_log_b64".to_owned(),
            json!(base64(&list[..list.len() - 1])),
        );
    });
    let report = assert_refused(&verify(&cut, NONCE, &ima), 2, "ima-truncated", "entry 53");
    assert_eq!(report["field"], "ima_log_b64");
    let swapped = changed(|metadata| {
        let log = metadata["event_log_b64"].clone();
        metadata.insert("ima_log_b64".to_owned(), log);
    });
    assert_refused(&verify(&swapped, NONCE, &ima), 2, "wrong-file", "event log");
}

#[test]
fn word_is_for_responses_and_a_file_can_have_this_name() {
    for option in ["--boot-log", "--ima-list"] {
        let ran = check(SHIM, ALL, &[option, "response"]);
        assert_eq!((ran.status, &*ran.out), (2, ""), "{ran:?}");
        assert!(
            ran.err.contains(&format!("{option} response is for")),
            "{}",
            ran.err
        );
        assert!(ran.err.contains("./response"), "{}", ran.err);
    }
    let folder = folder("named");
    std::fs::write(folder.join("response"), read("server/ima.bin")).unwrap();
    let response = server("response.json");
    let options = [
        "verify",
        &response,
        "--nonce",
        NONCE,
        "--ima-list",
        "./response",
    ];
    let ran = run_in(&folder, options);
    assert!(ran.out.contains("54 of 54 entries"), "{ran:?}");
}

#[test]
fn baseline_learns_by_the_logs_of_the_response() {
    let folder = folder("learned");
    let policy = folder
        .join("policy.json")
        .into_os_string()
        .into_string()
        .unwrap();
    let rules = read_json("server/policy.json");
    let name = text(&rules["ak_name"][0]);
    let (response, later) = (server("response.json"), server("later.json"));
    let more = ["--ak-name", name, "--boot-policy", &policy];
    let ran = run([
        &["baseline", &response, "--nonce", NONCE],
        &OF_RESPONSE[..],
        &more,
    ]
    .concat());
    assert_eq!(ran.status, 0, "{ran:?}");
    let learned: Value = serde_json::from_slice(&std::fs::read(&policy).unwrap()).unwrap();
    assert_eq!(
        learned["boot"]["allow_command_lines"][0],
        rules["boot"]["allow_command_lines"][0]
    );
    // What the list may hold is judged before anything is learned.
    let allow = server("allow.txt");
    let more = ["--ak-name", name, "--ima-allow", &allow];
    let ran = run([
        &["baseline", &later, "--nonce", LATER],
        &OF_RESPONSE[..],
        &more,
    ]
    .concat());
    assert_eq!((ran.status, &*ran.out), (1, ""), "{ran:?}");
    assert!(ran.err.contains(UNKNOWN), "{}", ran.err);
}

/// A line with the server's values and logs, in the answer to a request by a payload id: signed
/// by a key of our own, because the server's TPM answered other requests.
fn line(id: &str, response: &str, change: impl FnOnce(&mut Value)) -> String {
    let mut response = read_json(&format!("server/{response}"));
    let block = &mut response["_metadata"]["tpm_attestation"];
    let values = block["pcr_values"]["sha256"].as_object().unwrap();
    let pcrs: Vec<u8> = values.keys().map(|index| index.parse().unwrap()).collect();
    let bytes = values
        .values()
        .flat_map(|value| crate::common::hex(text(value)));
    let bytes: Vec<u8> = bytes.collect();
    let key = Key::p256(SHA256);
    let attest = Quote {
        magic: 0xff54_4347,
        kind: 0x8018,
        qualified_signer: key.name(),
        extra_data: hash(SHA256, id.as_bytes())[..16].to_vec(),
        clock: 1,
        reset_count: 1,
        restart_count: 0,
        safe: 1,
        firmware_version: 1,
        selections: vec![(SHA256, bitmap(&pcrs))],
        pcr_digest: hash(SHA256, &bytes),
    };
    let attest = attest.bytes();
    block["aik_pubkey_b64"] = base64(&key.public()).into();
    block["signature_b64"] = base64(&key.sign(&attest)).into();
    block["quote_b64"] = base64(&sized(&attest)).into();
    change(&mut response);
    format!("{}\n", json!({"id": id, "response": response}))
}

fn lines(input: &str, more: &[&str]) -> (i32, Vec<Value>, String) {
    let options = ["verify", "--ndjson", "--payload-id-field", "id"];
    let ran = run_on([&options[..], more].concat(), input.as_bytes());
    let reports = ran
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    (ran.status, reports.collect(), ran.err)
}

#[test]
fn logs_of_a_line_come_from_the_line_alone() {
    let without = |response: &mut Value| {
        response["_metadata"]
            .as_object_mut()
            .unwrap()
            .remove("ima_log_b64");
    };
    let as_string = |line: String| {
        let mut line: Value = serde_json::from_str(&line).unwrap();
        line["response"] = line["response"].to_string().into();
        format!("{line}\n")
    };
    let input = [
        line("a", "response.json", |_| {}),
        line("b", "response.json", without),
        line("c", "later.json", |_| {}),
        as_string(line("d", "response.json", |_| {})),
        "{\"id\": \"e\", \"response\": {\"_metadata\": {}}}\n".to_owned(),
    ];
    let input = input.concat();
    let allow = server("allow.txt");
    let more = [&OF_RESPONSE[..], &["--ima-allow", &allow]].concat();
    let (status, reports, err) = lines(&input, &more);
    assert_eq!((status, reports.len()), (1, 5), "{err}");
    let problem = |at: usize| &reports[at]["problem"];
    for good in [0, 3] {
        assert_eq!(problem(good), &Value::Null, "{:#}", reports[good]);
        assert_eq!(state(&reports[good], "ima"), "ok");
        assert_eq!(reports[good]["ima"]["proven"], 54);
        assert_eq!(reports[good]["boot"]["secure_boot"], "on");
    }
    // The line before has the list that this one lacks.
    assert_eq!(problem(1), "log-not-carried");
    assert_eq!(
        (problem(2), &reports[2]["field"]),
        (&json!("ima-not-allowed"), &json!("ima_log_b64"))
    );
    assert!(text(&reports[2]["message"]).contains(UNKNOWN));
    assert_eq!(reports[4]["check"], "tier", "{:#}", reports[4]);
    // On several threads, and without asking.
    let many = input.repeat(20);
    let (_, reports, _) = lines(&many, &[&more[..], &["--threads", "4"]].concat());
    let expected = [
        Value::Null,
        json!("log-not-carried"),
        json!("ima-not-allowed"),
    ];
    for (at, report) in reports.iter().enumerate() {
        if let Some(expected) = expected.get(at % 5) {
            assert_eq!(report["problem"], *expected, "{at}");
        }
    }
    let (_, reports, _) = lines(&input, &[]);
    assert_eq!(reports[2]["verdict"], "verified-self-asserted");
    assert_eq!(
        (&reports[2]["ima"], state(&reports[2], "ima")),
        (&Value::Null, "not-asked-for".into())
    );
}

#[test]
fn file_for_many_lines_is_wrong_usage() {
    let input = line("a", "response.json", |_| {});
    let (log, list) = (server("eventlog.bin"), server("ima.bin"));
    for (option, file) in [
        ("--boot-log", &log),
        ("--ima-list", &list),
        ("--userspace-log", &log),
    ] {
        let (status, reports, err) = lines(&input, &[option, file]);
        assert_eq!((status, reports.len()), (2, 0), "{err}");
        assert!(
            err.contains(&format!("{option} is for one response")),
            "{err}"
        );
    }
    // The policy's rules need logs here as well.
    let policy = server("policy.json");
    let (status, _, err) = lines(&input, &["--policy", &policy]);
    assert_eq!(status, 2);
    assert!(err.contains("--ima-list"), "{err}");
    let rules = file(
        "rules.json",
        json!({"boot": {"refuse_weakened": true}}).to_string(),
    );
    let (status, _, err) = lines(&input, &["--policy", &rules, "--ima-list", "response"]);
    assert!(status == 2 && err.contains("give --boot-log"), "{err}");
    let (status, reports, _) = lines(&input, &[&OF_RESPONSE[..], &["--policy", &rules]].concat());
    assert_eq!((status, state(&reports[0], "boot-log")), (0, "ok".into()));
}
