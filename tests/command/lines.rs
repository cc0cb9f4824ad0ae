//! `verify --ndjson`: a report for each line, whatever is in it.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    process::Stdio,
};

use serde_json::{Value, json};

use crate::tools::{
    KEYS, Ran, block, block_path, command, facts_of_block, file, keys, run, run_on, start, text,
};

const RSA: &str = "rsa-main-aik-tpm2b";
const ECC: &str = "ecc-main-aik-tpm2b";
const SELF_ASSERTED: &str = "verified-self-asserted";

fn payload_id(name: &str) -> String {
    text(&facts_of_block(name)["payload_id"]).to_owned()
}

/// A line with a block and the id that its client had chosen.
fn line(name: &str) -> String {
    json!({"id": payload_id(name), "response": block(name)}).to_string()
}

fn verify(input: &[u8], more: &[&str]) -> Ran {
    let args = ["verify", "--ndjson", "--payload-id-field", "id"];
    run_on([&args, more].concat(), input)
}

#[track_caller]
fn reports(ran: &Ran) -> Vec<Value> {
    let lines = ran.out.lines().map(serde_json::from_str);
    lines.collect::<Result<_, _>>().unwrap()
}

/// But for the number and the id, it is the report that the response alone gets.
#[test]
fn report_on_a_line_is_that_on_its_response() {
    let (mut input, mut alone) = (String::new(), Vec::new());
    for (name, id) in [
        (RSA, payload_id(RSA)),
        (ECC, payload_id(ECC)),
        (RSA, "another id".to_owned()),
        (ECC, payload_id(ECC)),
        ("not-available", "any id".to_owned()),
        ("rsa-main-aik-pem", payload_id("rsa-main-aik-pem")),
    ] {
        let mut report = run([
            "verify",
            &block_path(name),
            "--payload-id",
            &id,
            "--format",
            "json",
        ])
        .json();
        let line = alone.len() + 1;
        let expected = report.as_object_mut().unwrap();
        expected["source"] = "-".into();
        if let Some(place) = expected["place"].as_object_mut() {
            place["source"] = "-".into();
            place["line"] = line.into();
        }
        expected.insert("line".to_owned(), line.into());
        expected.insert("payload_id".to_owned(), id.clone().into());
        alone.push(report);
        input += &json!({"id": id, "response": block(name)}).to_string();
        input += "\n";
    }
    let ran = verify(input.as_bytes(), &[]);
    let reports = reports(&ran);
    assert_eq!(reports, alone);
    let expected = [&["line", "payload_id"], &KEYS[..]].concat();
    assert!(reports.iter().all(|report| keys(report) == expected));
    let verdicts: Vec<_> = reports
        .iter()
        .map(|report| text(&report["verdict"]))
        .collect();
    assert_eq!(
        verdicts,
        [
            "verified-self-asserted",
            "verified-self-asserted",
            "rejected",
            "verified-self-asserted",
            "rejected",
            "malformed"
        ]
    );
    assert_eq!(
        ran.err,
        "standard input: 6 lines: 3 verified-self-asserted, 2 rejected, 1 malformed\n"
    );
    assert_eq!(ran.status, 1);
}

#[test]
fn all_accepted_is_exit_status_0() {
    let twice = format!("{}\n{}\n", line(RSA), line(ECC));
    let ran = verify(twice.as_bytes(), &["--format", "json"]);
    assert_eq!(
        ran.err,
        "standard input: 2 lines: 2 verified-self-asserted\n"
    );
    assert_eq!(ran.status, 0);

    let name = facts_of_block(RSA)["ak_name_hex"].clone();
    let ran = verify(line(RSA).as_bytes(), &["--ak-name", text(&name)]);
    assert_eq!(ran.err, "standard input: 1 line: 1 verified\n");
    assert_eq!(ran.status, 0);

    let none = json!({"id": "an id", "response": block("not-available")}).to_string();
    let ran = verify(none.as_bytes(), &["--tier", "standard"]);
    assert_eq!(ran.err, "standard input: 1 line: 1 unavailable\n");
    assert_eq!(ran.status, 0);
}

#[test]
fn o6_input_without_a_line_is_said_and_accepted_only_where_that_is_allowed() {
    for input in ["", "\n", "\r\n \n\n", "  "] {
        let ran = verify(input.as_bytes(), &[]);
        assert_eq!((&*ran.out, ran.status), ("", 2), "{input:?}");
        assert_eq!(
            ran.err,
            "tpm-quote: standard input: no line in it, so that nothing was verified\n\
             help: If there may be none, say so with --allow-empty.\n"
        );
        let ran = verify(input.as_bytes(), &["--allow-empty"]);
        assert_eq!((&*ran.out, ran.status), ("", 0), "{input:?}");
        assert_eq!(ran.err, "standard input: 0 lines\n");
    }
    // It allows nothing else.
    let ran = verify(b"{}\n", &["--allow-empty"]);
    assert_eq!((reports(&ran).len(), ran.status), (1, 1));
    let ran = run(["verify", "--payload-id", "a", "--allow-empty"]);
    assert_eq!((ran.out.as_str(), ran.status), ("", 2));
    assert_eq!(ran.err, "tpm-quote: --allow-empty is for --ndjson\n");
}

/// Blank lines are nothing at the end and wrong before it, however many there are and
/// wherever a batch ends.
#[test]
fn blank_lines_are_nothing_only_at_the_end() {
    let good = line(RSA);
    for blank in ["\n", "\r\n", " \t\n\n", "   "] {
        let ran = verify(format!("{good}\n{blank}").as_bytes(), &[]);
        let reports = reports(&ran);
        assert_eq!((reports.len(), ran.status), (1, 0), "{blank:?}: {ran:?}");
        assert_eq!(
            ran.err,
            "standard input: 1 line: 1 verified-self-asserted\n"
        );
    }
    for count in [1, 1024, 1025, 3000, 300_000] {
        // The last ones stand behind everything else.
        let few = count.min(3000);
        let blank = ["\n", " \r\n"][count % 2].repeat(count);
        let input = format!("{}{good}\n{blank}{good}\n{blank}", "\n".repeat(few));
        for threads in ["1", "4"] {
            let ran = verify(input.as_bytes(), &["--threads", threads]);
            let lines = few + 1 + count + 1;
            let mut numbers = 0;
            for report in ran.out.lines() {
                numbers += 1;
                let is_good = numbers == few + 1 || numbers == lines;
                let start = format!("{{\"line\":{numbers},");
                assert!(report.starts_with(&start), "{report}");
                let says = if is_good {
                    "\"verdict\":\"verified-self-asserted\""
                } else {
                    "\"message\":\"an empty line\""
                };
                assert!(report.contains(says), "{report}");
            }
            assert_eq!((numbers, ran.status), (lines, 1), "{count}");
        }
    }
}

/// Whoever writes a line gets its report before the next one, also behind a blank one.
#[test]
fn line_behind_a_blank_one_is_answered_at_once() {
    let args = ["verify", "--ndjson", "--payload-id-field", "id"];
    let mut child = start(&mut command(args));
    let mut to = child.stdin.take().unwrap();
    let mut from = BufReader::new(child.stdout.take().unwrap()).lines();
    write!(to, "{}\n\n", line(RSA)).unwrap();
    let first = from.next().unwrap().unwrap();
    assert!(first.starts_with("{\"line\":1,"), "{first}");
    writeln!(to, "{}", line(ECC)).unwrap();
    for number in [2, 3] {
        let next = from.next().unwrap().unwrap();
        assert!(next.starts_with(&format!("{{\"line\":{number},")), "{next}");
    }
    drop(to);
    assert!(from.next().is_none());
    assert_eq!(child.wait().unwrap().code(), Some(1));
}

#[test]
fn byte_order_mark_is_named() {
    let good = line(RSA);
    let ran = verify(format!("\u{feff}{good}\n{good}\n").as_bytes(), &[]);
    let lines = reports(&ran);
    assert_eq!((lines.len(), ran.status), (2, 1), "{ran:?}");
    assert_eq!(lines[0]["verdict"], "malformed");
    assert_eq!(
        lines[0]["message"],
        "begins with a byte order mark, which JSON does not allow: save it as UTF-8 without one"
    );
    assert_eq!(lines[1]["verdict"], SELF_ASSERTED);

    for big in [false, true] {
        let of = |unit: u16| {
            if big {
                unit.to_be_bytes()
            } else {
                unit.to_le_bytes()
            }
        };
        let marked = format!("\u{feff}{good}");
        let utf16: Vec<u8> = marked.encode_utf16().flat_map(of).collect();
        let ran = verify(&utf16, &[]);
        let message = text(&reports(&ran)[0]["message"]).to_owned();
        assert!(
            message.starts_with("begins with the byte order mark of UTF-16"),
            "{message}"
        );
        assert_eq!(ran.status, 1);
    }
}

#[test]
fn line_that_cannot_be_read_has_a_report_and_the_next_one_follows() {
    let good = line(RSA);
    let response = block(RSA).to_string();
    for (bad, says) in [
        ("", "an empty line"),
        (" \r", "an empty line"),
        (
            "[]",
            "column 0: invalid type: sequence, expected an object with \"id\" and \"response\"",
        ),
        ("{", "column 1: EOF while parsing an object"),
        ("{} {}", "column 2: no member \"id\""),
        (r#"{"id": "a"}"#, "column 11: no member \"response\""),
        (r#"{"response": {}}"#, "column 16: no member \"id\""),
        (
            r#"{"id": 1, "response": {}}"#,
            "\"id\": invalid type: integer `1`, expected a string",
        ),
        (
            r#"{"id": "", "response": {}}"#,
            "\"id\": the payload id is empty",
        ),
        (
            r#"{"id": "a", "id": "a", "response": {}}"#,
            "column 21: \"id\" is there twice",
        ),
        (
            r#"{"id": "a", "response": {}, "respons\u0065": {}}"#,
            "column 48: \"response\" is there twice",
        ),
        (
            r#"{"id": "a", "response": {}} x"#,
            "column 29: trailing characters",
        ),
        (&good[..good.len() - 1], "EOF while parsing an object"),
    ] {
        let input = format!("{good}\n{bad}\n{good}\n");
        let ran = verify(input.as_bytes(), &[]);
        let reports = reports(&ran);
        assert_eq!(reports.len(), 3, "{bad}: {ran:?}");
        assert_eq!(reports[0]["verdict"], SELF_ASSERTED);
        assert_eq!(reports[1]["line"], 2);
        assert_eq!(reports[1]["payload_id"], Value::Null);
        assert_eq!(reports[1]["verdict"], "malformed");
        assert_eq!(reports[1]["check"], "input");
        let message = text(&reports[1]["message"]);
        assert!(message.ends_with(says), "{bad}: {message}");
        assert!(text(&reports[1]["help"]).contains("payload id"));
        assert_eq!(reports[2]["verdict"], SELF_ASSERTED);
        assert_eq!(reports[2]["line"], 3);
        assert_eq!(ran.status, 1);
    }
    let not_utf8 = [b"{\"id\": \"\xff\", \"response\": {}}\n", good.as_bytes()].concat();
    let reports = reports(&verify(&not_utf8, &[]));
    assert_eq!(reports[0]["check"], "input");
    assert_eq!(reports[1]["verdict"], SELF_ASSERTED);
    // What the response is not, is said of the response.
    let nothing = format!("{{\"id\": \"a\", \"response\": {}}}", &response[..0]);
    assert_eq!(verify(nothing.as_bytes(), &[]).status, 1);
}

#[test]
fn response_may_be_a_string_of_json() {
    let id = payload_id(RSA);
    let input = json!({"id": id, "response": block(RSA).to_string()}).to_string();
    assert_eq!(
        reports(&verify(input.as_bytes(), &[]))[0]["verdict"],
        SELF_ASSERTED
    );
    let input = json!({"id": id, "response": "nonsense"}).to_string();
    let report = &reports(&verify(input.as_bytes(), &[]))[0];
    assert_eq!(
        (&report["verdict"], &report["check"]),
        (&"malformed".into(), &"input".into())
    );
    assert_eq!(report["payload_id"], id);
}

#[test]
fn line_says_the_same_however_it_is_written() {
    let (id, response) = (payload_id(RSA), block(RSA));
    let escaped = id.replace('-', r"\u002d");
    let plain = format!(r#"{{"id":"{id}","response":{response}}}"#);
    let expected = &reports(&verify(plain.as_bytes(), &[]))[0];
    assert_eq!(expected["verdict"], SELF_ASSERTED);
    for line in [
        format!(r#" {{ "response" : {response} , "id" : "{id}" }} "#),
        format!(r#"{{"\u0069d":"{id}","respons\u0065":{response},"is_available":[0]}}"#),
        format!(r#"{{"id":"{escaped}","response":{response}}}"#),
        format!(
            r#"{{"id":"{id}","response":{}}}"#,
            json!(response.to_string())
        ),
        format!(r#"{{"half":"\ud800","id":"{id}","response":{response}}}"#),
    ] {
        assert_eq!(
            &reports(&verify(line.as_bytes(), &[]))[0],
            expected,
            "{line}"
        );
    }
}

#[test]
fn members_have_the_names_that_are_given() {
    let input = json!({"x": block(RSA), "response": 1, "id": 2, "i d": payload_id(RSA)});
    let args = [
        "verify",
        "--ndjson",
        "--payload-id-field",
        "i d",
        "--response-field",
        "x",
    ];
    let ran = run_on(args, format!("{input}\r\n").as_bytes());
    assert_eq!(reports(&ran)[0]["verdict"], SELF_ASSERTED);
}

/// The id is the caller's: the one that the server echoes is not looked at.
#[test]
fn payload_id_in_the_response_is_not_used() {
    let mut response = block(RSA);
    response["_metadata"]["payload_id"] = payload_id(RSA).into();
    response["id"] = payload_id(RSA).into();
    let input = json!({"id": "another id", "response": response}).to_string();
    assert_eq!(reports(&verify(input.as_bytes(), &[]))[0]["check"], "nonce");
    let input = json!({"response": response}).to_string();
    assert_eq!(reports(&verify(input.as_bytes(), &[]))[0]["check"], "input");
}

#[test]
fn options_count_for_each_line() {
    let pcr = &facts_of_block(RSA)["pcr_values"]["sha256"]["0"];
    let good = file("good.json", json!({"sha256": {"0": pcr}}).to_string());
    let bad = file(
        "bad.json",
        json!({"sha256": {"0": "00".repeat(32)}}).to_string(),
    );
    let input = format!("{0}\n{0}", line(RSA));
    for (args, checks) in [
        (&["--baseline", &good][..], Value::Null),
        (&["--baseline", &bad], "baseline".into()),
        (&["--require-anchor"], "key-anchor".into()),
        (&["--require-pcrs", "sha256:0,1"], "selection".into()),
    ] {
        let reports = reports(&verify(input.as_bytes(), args));
        assert_eq!(reports.len(), 2);
        assert!(
            reports.iter().all(|report| report["check"] == checks),
            "{args:?}"
        );
        if args[0] == "--baseline" {
            let baseline = &reports[1]["baseline"];
            assert_eq!(baseline["matched"], i32::from(checks.is_null()));
        }
    }
}

/// More than is on its way at any time, of lines that take longer and shorter.
#[test]
fn reports_come_in_the_order_of_the_lines() {
    let (slow, quick) = (
        line(ECC),
        json!({"id": "quick", "response": {"_metadata": {}}}).to_string(),
    );
    let count = 6_000;
    let input: String = (0..count)
        .map(|n| if n % 7 == 0 { slow.clone() } else { quick.clone() } + "\n")
        .collect();
    for args in [&[][..], &["--threads", "1"], &["--threads", "7"]] {
        let ran = verify(input.as_bytes(), args);
        let reports = reports(&ran);
        assert_eq!(reports.len(), count);
        for (n, report) in reports.iter().enumerate() {
            assert_eq!(report["line"], n + 1);
            let expected = if n % 7 == 0 {
                SELF_ASSERTED
            } else {
                "rejected"
            };
            assert_eq!(report["verdict"], expected, "{report}");
        }
    }
}

#[test]
fn line_that_is_too_long_is_not_kept() {
    let good = line(RSA);
    // Twice: one that a part of the next line follows in the same read, and the last.
    let long = " ".repeat((16 << 20) + 1);
    let input = [&good, &*long, &good, &*"x".repeat(40 << 20), &good, &*long].join("\n");
    let ran = verify(input.as_bytes(), &[]);
    let reports = reports(&ran);
    let lines: Vec<_> = reports
        .iter()
        .map(|report| report["line"].as_u64())
        .collect();
    assert_eq!(lines, [1, 2, 3, 4, 5, 6].map(Some));
    for (n, report) in reports.iter().enumerate() {
        if n % 2 == 0 {
            assert_eq!(report["verdict"], SELF_ASSERTED);
        } else {
            assert_eq!(report["message"], "longer than 16 MiB");
        }
    }
}

/// However long a line is, what is in memory is not.
#[cfg(target_os = "linux")]
#[test]
fn line_without_an_end_does_not_fill_the_memory() {
    let args = ["verify", "--ndjson", "--payload-id-field", "id", "-"];
    let mut child = start(&mut command(args));
    let mut input = child.stdin.take().unwrap();
    for _ in 0..256 {
        input.write_all(&[b' '; 1 << 20]).unwrap();
    }
    // All of it is read, but for what a pipe holds.
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.unwrap().trim().strip_suffix(" kB").unwrap();
    let peak = peak.parse::<u32>().unwrap();
    assert!(peak < 100 << 10, "{peak} KiB");
    drop(input);
    assert_eq!(child.wait().unwrap().code(), Some(1));
}

/// Who writes a line gets its report before writing the next one.
#[test]
fn report_does_not_wait_for_more_lines() {
    let args = ["verify", "--ndjson", "--payload-id-field", "id", "-"];
    let mut child = start(&mut command(args));
    let mut input = child.stdin.take().unwrap();
    let mut reports = BufReader::new(child.stdout.take().unwrap());
    for number in 1..=3 {
        input.write_all((line(RSA) + "\n").as_bytes()).unwrap();
        let mut report = String::new();
        reports.read_line(&mut report).unwrap();
        let report: Value = serde_json::from_str(&report).unwrap();
        assert_eq!(report["line"], number);
        assert_eq!(report["verdict"], SELF_ASSERTED);
    }
    drop(input);
    assert!(child.wait().unwrap().success());
}

/// As with `head`: it ends, though its input goes on.
#[test]
fn nobody_reads_the_reports() {
    let args = ["verify", "--ndjson", "--payload-id-field", "id"];
    let mut child = start(command(args).stderr(Stdio::piped()));
    let mut input = child.stdin.take().unwrap();
    drop(child.stdout.take());
    // The pipe is full if nobody reads on the other side.
    let lines = (line(RSA) + "\n").repeat(100);
    while input.write_all(lines.as_bytes()).is_ok() {}
    assert_eq!(child.wait().unwrap().code(), Some(2), "reports are missing");
    let mut said = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    assert_eq!(said, "");
}

#[test]
fn wrong_usage_is_exit_status_2_and_prints_no_report() {
    for (args, says) in [
        (&["--ndjson"][..], "--payload-id-field <NAME>"),
        (
            &["--ndjson", "--payload-id", "a"],
            "--payload-id-field <NAME>",
        ),
        (&["--payload-id-field", "id"], "--ndjson"),
        (
            &["--ndjson", "--payload-id-field", "id", "--nonce", "00"],
            "cannot be used with",
        ),
        (
            &["--ndjson", "--payload-id-field", "id", "--format", "text"],
            "--ndjson prints its reports as JSON, not as text",
        ),
        (
            &["--ndjson", "--payload-id-field", "id", "--threads", "0"],
            "--threads <N>",
        ),
        (
            &["--ndjson", "--payload-id-field", "response"],
            "--payload-id-field and --response-field are both \"response\"",
        ),
        (
            &["--payload-id", "a", "--response-field", "x"],
            "cannot be used with",
        ),
        (
            &["--payload-id", "a", "--threads", "1"],
            "--threads is for --ndjson",
        ),
        (
            &[
                "--ndjson",
                "--payload-id-field",
                "id",
                "--ak-cert",
                "a",
                "--ca",
                "b",
            ],
            "--ak-cert with --ndjson needs --at",
        ),
        (
            &["--ndjson", "--payload-id-field", "id", "/nowhere"],
            "/nowhere: cannot be read",
        ),
    ] {
        let ran = run([&["verify"], args].concat());
        assert_eq!((ran.status, &*ran.out), (2, ""), "{args:?}: {ran:?}");
        assert!(ran.err.contains(says), "{args:?}: {}", ran.err);
    }
}

#[test]
fn input_that_breaks_off_is_exit_status_2() {
    // A folder can be opened, and not read.
    let ran = run([
        "verify",
        "--ndjson",
        "--payload-id-field",
        "id",
        env!("CARGO_TARGET_TMPDIR"),
    ]);
    assert_eq!((ran.status, &*ran.out), (2, ""));
    assert!(ran.err.contains("cannot be read"), "{}", ran.err);
}
