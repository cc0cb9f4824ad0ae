//! `tpm-quote verify --ndjson` against the library alone: the same responses, on all
//! processors.
//!
//! `cargo bench --features cli --bench lines` takes 100,000 lines of each kind; LINES
//! is another number. Says how many are verified in a second of one processor's time, in
//! the library, there with a report on each as the command writes it, and in the command,
//! and the most memory that the command had. The time is that of the processors, as Linux
//! counts it, so that what else runs does not count. The command is stopped now and then for
//! the library to take its turn: a machine that becomes slower does so for both.

use std::{
    env, fs,
    io::{BufWriter, Read as _, Write as _},
    path::Path,
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use tpm_quote::{
    ResponsePolicy, Scratch, Tier, TpmAttestation, Verifier, report::Report, verify_response,
};

/// How often the library has its turn.
const TURNS: usize = 20;

fn main() {
    let lines = env::var("LINES").map_or(100_000, |lines| lines.parse().expect("LINES"));
    let processors = thread::available_parallelism().map_or(1, usize::from);
    println!("{lines} lines of each kind, {processors} processors\n");
    println!(
        "{:12}{:>14}{:>7}{:>14}{:>7}{:>14}{:>12}",
        "", "library", "ratio", "with report", "ratio", "command", "memory"
    );
    for (name, block) in [
        ("RSA-2048", "rsa-main-aik-tpm2b"),
        ("P-256", "ecc-main-aik-tpm2b"),
    ] {
        let id = payload_id(block);
        let response = fs::read_to_string(data(&format!("blocks/{block}.json"))).expect(block);
        let value: serde_json::Value = serde_json::from_str(&response).expect(block);
        let response = value.to_string();
        // Once before, for the caches and the clock of the processor.
        library(&response, &id, lines / 10, processors, verified);
        let (mut alone_took, mut reported_took) = (Duration::ZERO, Duration::ZERO);
        let (command, memory) = command(&response, &id, lines, || {
            alone_took += library(&response, &id, lines / TURNS, processors, verified);
            reported_took += library(&response, &id, lines / TURNS, processors, reported);
        });
        let rate = |time: Duration| lines as f64 / time.as_secs_f64();
        let [alone, reported, command] = [alone_took, reported_took, command].map(rate);
        println!(
            "{name:12}{alone:>10.0} / s{:>7.2}{reported:>10.0} / s{:>7.2}{command:>10.0} / s{:>8.1} MiB",
            command / alone,
            command / reported,
            memory as f64 / 1024.0,
        );
    }
}

fn data(path: &str) -> String {
    format!("{}/tests/data/{path}", env!("CARGO_MANIFEST_DIR"))
}

/// The id that the client had chosen, by the facts about the quote in a block.
fn payload_id(block: &str) -> String {
    let read = |path: &str| -> serde_json::Value {
        let text = fs::read(data(path)).expect(path);
        serde_json::from_slice(&text).expect(path)
    };
    let info = read(&format!("blocks/{block}.info.json"));
    let facts = read(&format!(
        "{}/case.json",
        info["case"].as_str().expect(block)
    ));
    facts["payload_id"].as_str().expect(block).to_owned()
}

/// What the library does with a response, its id, and room that is used again.
type Work = fn(&str, &str, &mut Scratch, &mut String);

fn verified(response: &str, id: &str, scratch: &mut Scratch, _: &mut String) {
    let policy = ResponsePolicy::new(id).expect("an id");
    let quote = verify_response(response, &policy, scratch);
    std::hint::black_box(quote.expect("a real response"));
}

fn reported(response: &str, id: &str, scratch: &mut Scratch, text: &mut String) {
    let policy = ResponsePolicy::new(id).expect("an id");
    let read = TpmAttestation::from_any_json(response.as_bytes(), scratch);
    let block = read.map(|(_, block)| block);
    let appraisal = Verifier::new().appraise_response(block, &policy, Tier::Maximum);
    assert!(appraisal.value().is_some(), "a real response");
    text.clear();
    let report = Report::new(&appraisal).line(1, Some(id));
    report.write_json_line(text).expect("a string takes all");
    std::hint::black_box(text);
}

fn library(response: &str, id: &str, lines: usize, processors: usize, work: Work) -> Duration {
    let [began, _] = used();
    thread::scope(|scope| {
        for _ in 0..processors {
            scope.spawn(|| {
                let (mut scratch, mut text) = (Scratch::new(), String::new());
                for _ in 0..lines / processors {
                    work(response, id, &mut scratch, &mut text);
                }
            });
        }
    });
    let [ended, _] = used();
    ended - began
}

/// The time of all processors that this process and its ended children used.
fn used() -> [Duration; 2] {
    let stat = fs::read_to_string("/proc/self/stat").expect("Linux");
    let (_, fields) = stat.rsplit_once(')').expect("a name");
    let ticks: Vec<u64> = fields
        .split_whitespace()
        .skip(11)
        .take(4)
        .map(|field| field.parse().expect("a number"))
        .collect();
    // A hundred ticks a second, on all that has /proc.
    [0, 2].map(|at| Duration::from_millis(10 * (ticks[at] + ticks[at + 1])))
}

/// The time of the command, and the most memory that it had, in KiB. It is stopped for
/// each turn of the library.
fn command(response: &str, id: &str, lines: usize, mut turn: impl FnMut()) -> (Duration, u64) {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("lines.ndjson");
    let mut file = BufWriter::new(fs::File::create(&path).expect("a file"));
    for _ in 0..lines {
        writeln!(file, r#"{{"id":"{id}","response":{response}}}"#).expect("written");
    }
    // On the disk before the time runs, which is not that of the command.
    let file = file.into_inner().expect("written");
    file.sync_all().expect("written");

    let [_, began] = used();
    let mut child = Command::new(env!("CARGO_BIN_EXE_tpm-quote"))
        .args(["verify", "--ndjson", "--payload-id-field", "id"])
        .arg(&path)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("started");
    let status = format!("/proc/{}/status", child.id());
    let mut reports = child.stdout.take().expect("piped");
    let mut room = vec![0; 1 << 20];
    let (mut memory, mut count, mut turns) = (0, 0, 0);
    for reads in 0_u32.. {
        let len = reports.read(&mut room).expect("read");
        if len == 0 {
            break;
        }
        count += room[..len].iter().filter(|byte| **byte == b'\n').count();
        if turns < TURNS && count >= turns * lines / TURNS {
            signal("-STOP", child.id());
            turn();
            signal("-CONT", child.id());
            turns += 1;
        }
        // Now and then: to ask for it disturbs.
        if reads % 64 == 0 {
            memory = peak(&status).unwrap_or(memory);
        }
    }
    let ended = child.wait().expect("ended");
    let time = used()[1] - began;
    assert!(
        ended.success() && count == lines && turns == TURNS,
        "{ended}, {count} reports, {turns} turns"
    );
    fs::remove_file(&path).expect("removed");
    (time, memory)
}

fn signal(signal: &str, process: u32) {
    let process = process.to_string();
    let status = Command::new("kill").args([signal, &process]).status();
    assert!(status.is_ok_and(|status| status.success()), "kill {signal}");
}

fn peak(status: &str) -> Option<u64> {
    let text = fs::read_to_string(status).ok()?;
    let line = text.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
