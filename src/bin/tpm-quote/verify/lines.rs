//! `verify --ndjson`: many responses, one in each line.
//!
//! One thread reads, and cuts what it read into batches of whole lines; each
//! processor verifies batches; the first thread writes their reports in the order
//! of the input. Who writes a line and waits for its report gets it. Only so many
//! batches are on their way at a time.

use std::{
    fmt,
    io::{self, ErrorKind, IsTerminal as _, Read, Write as _},
    num::NonZero,
    process::exit,
    sync::{
        Mutex,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
    time::{Duration, Instant},
};

use serde::ser::{Serialize, SerializeMap as _, Serializer};
use tpm_quote::{
    Scratch,
    verify::{SignedAttest, Verdict},
};

use super::{Judged, Options, Wanted, line::Line};
use crate::{
    input::Source,
    options::{AnchorFiles, Format},
    output::{ACCEPTED, REJECTED, UNREADABLE, say, written},
    report::{Failure, Outcome, Report},
};

/// The longest line: far more than any response.
const MAX_LINE: usize = 16 << 20;
/// The most that is read at once.
const READ: usize = 128 << 10;
/// The batches that are on their way, for each thread.
const AHEAD: usize = 4;

pub(super) fn run(
    options: &Options,
    wanted: &Wanted<'_>,
    files: &AnchorFiles,
    payload_id: &str,
) -> Result<u8, String> {
    let response = &*options.response_field;
    if matches!(options.format, Some(Format::Text)) {
        return Err("--ndjson prints its reports as JSON, not as text".to_owned());
    }
    if payload_id == response {
        return Err(format!(
            "--payload-id-field and --response-field are both {response:?}"
        ));
    }
    let verifier = Verifier {
        wanted,
        certification: files.certification()?,
        payload_id,
        response,
    };
    let Source { from, name } = Source::open(&options.file)?;

    let threads = options
        .threads
        .map_or_else(thread::available_parallelism, Ok);
    let threads = threads.map_or(1, NonZero::get);
    let ahead = threads.saturating_mul(AHEAD);
    let (jobs, work) = sync_channel(ahead);
    let (order, reports) = sync_channel(ahead);
    let work = Mutex::new(work);
    thread::scope(|scope| {
        let reader = scope.spawn(move || read(from, &jobs, &order));
        for _ in 0..threads {
            scope.spawn(|| verifier.work(&work));
        }
        let counts = match write(&reports) {
            Ok(counts) => counts,
            // Reports are missing, and the reader may wait for input for ever.
            Err(error) => exit(written(Err(error), UNREADABLE).into()),
        };
        say(&format!("{name}: {counts}"));
        match reader.join() {
            Ok(Ok(())) => Ok(counts.status()),
            Ok(Err(error)) => Err(format!("{name}: cannot be read any further: {error}")),
            Err(_) => Err(format!("{name}: not all of it was read")),
        }
    })
}

/// Whole lines.
struct Batch {
    /// The number of the first one.
    first: u64,
    text: Vec<u8>,
}

/// What became of a batch.
#[derive(Default)]
struct Reports {
    text: Vec<u8>,
    counts: Counts,
}

/// A batch, and where its reports go.
type Job = (Batch, SyncSender<Reports>);

/// Reads to the end, or until nobody wants more.
fn read(
    mut from: impl Read,
    jobs: &SyncSender<Job>,
    order: &SyncSender<Receiver<Reports>>,
) -> io::Result<()> {
    let mut first = 1_u64;
    let mut send = |text: Vec<u8>| {
        let lines = text.iter().filter(|byte| **byte == b'\n').count();
        let batch = Batch { first, text };
        first = first.saturating_add(u64::try_from(lines).unwrap_or(u64::MAX));
        let (to, reports) = sync_channel(1);
        order.send(reports).is_ok() && jobs.send((batch, to)).is_ok()
    };
    let mut room = vec![0; READ];
    let mut begun = Vec::new();
    loop {
        let read = match from.read(&mut room) {
            Ok(0) => break,
            Ok(len) => room.get(..len).unwrap_or_default(),
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let whole = read.iter().rposition(|byte| *byte == b'\n');
        let (lines, rest) = read.split_at(whole.map_or(0, |end| end.saturating_add(1)));
        if !lines.is_empty() {
            // Of a line that is too long, no more than its start is kept.
            let skip = match lines.iter().position(|byte| *byte == b'\n') {
                Some(end) if begun.len() > MAX_LINE => end,
                _ => 0,
            };
            begun.extend_from_slice(lines.get(skip..).unwrap_or_default());
            if !send(std::mem::take(&mut begun)) {
                return Ok(());
            }
        }
        if begun.len() <= MAX_LINE {
            begun.extend_from_slice(rest);
        }
    }
    if !begun.is_empty() {
        send(begun);
    }
    Ok(())
}

/// Writes the reports in the order of their lines.
fn write(reports: &Receiver<Receiver<Reports>>) -> io::Result<Counts> {
    let mut out = io::stdout().lock();
    let mut counts = Counts::default();
    let mut progress = Progress::new();
    for reports in reports {
        let Ok(reports) = reports.recv() else {
            return Err(io::Error::other(
                "a thread ended before its lines were verified",
            ));
        };
        counts.add(reports.counts);
        out.write_all(&reports.text)?;
        out.flush()?;
        progress.show(&counts);
    }
    progress.end();
    Ok(counts)
}

/// What each line is judged by.
struct Verifier<'a> {
    wanted: &'a Wanted<'a>,
    /// From the files.
    certification: Option<SignedAttest<'a>>,
    /// The members of a line.
    payload_id: &'a str,
    response: &'a str,
}

impl Verifier<'_> {
    /// Verifies batches until there are no more.
    fn work(&self, jobs: &Mutex<Receiver<Job>>) {
        let mut scratch = Scratch::new();
        loop {
            let job = match jobs.lock() {
                Ok(jobs) => jobs.recv(),
                Err(_) => return,
            };
            let Ok((batch, to)) = job else { return };
            // If nobody waits for them any more, they are not missed.
            let _ = to.send(self.reports(&batch, &mut scratch));
        }
    }

    fn reports(&self, batch: &Batch, scratch: &mut Scratch) -> Reports {
        let mut reports = Reports::default();
        let text = batch.text.strip_suffix(b"\n").unwrap_or(&batch.text);
        for (number, line) in (batch.first..).zip(text.split(|byte| *byte == b'\n')) {
            self.report(number, line, scratch, &mut reports);
        }
        reports
    }

    fn report(&self, number: u64, line: &[u8], scratch: &mut Scratch, reports: &mut Reports) {
        let line = if line.len() > MAX_LINE {
            Err(format!("longer than {} MiB", MAX_LINE >> 20))
        } else {
            Line::read(line, self.payload_id, self.response)
        };
        let judged = match &line {
            Ok(line) => {
                let policy = self.wanted.policy(line.nonce, self.certification);
                self.wanted
                    .judge(line.response.as_bytes(), &policy, scratch)
            }
            Err(problem) => Judged::without_evidence(Failure::Line(problem.clone())),
        };
        let report = self.wanted.report("", judged);
        reports.counts.count(&report.outcome);
        let numbered = Numbered {
            line: number,
            payload_id: line.as_ref().ok().map(|line| &*line.payload_id),
            report,
        };
        // Nothing can fail in writing to memory.
        let _ = serde_json::to_writer(&mut reports.text, &numbered);
        reports.text.push(b'\n');
    }
}

/// The report on a line.
struct Numbered<'r> {
    line: u64,
    payload_id: Option<&'r str>,
    report: Report<'r>,
}

impl Serialize for Numbered<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut object = to.serialize_map(None)?;
        object.serialize_entry("line", &self.line)?;
        object.serialize_entry("payload_id", &self.payload_id)?;
        self.report.members(&mut object)?;
        object.end()
    }
}

#[derive(Clone, Copy, Default)]
struct Counts {
    verified: u64,
    unavailable: u64,
    rejected: u64,
    unsupported: u64,
    malformed: u64,
}

impl Counts {
    fn count(&mut self, outcome: &Outcome<'_>) {
        let count = match outcome {
            Outcome::Verified(_) | Outcome::Attested(_) | Outcome::Activated => &mut self.verified,
            Outcome::Unavailable => &mut self.unavailable,
            Outcome::Failed(failure) => match failure.verdict() {
                Verdict::Rejected => &mut self.rejected,
                Verdict::Unsupported => &mut self.unsupported,
                Verdict::Malformed => &mut self.malformed,
            },
        };
        *count = count.saturating_add(1);
    }

    fn each(&self) -> [(u64, &'static str); 5] {
        [
            (self.verified, "verified"),
            (self.unavailable, "unavailable"),
            (self.rejected, "rejected"),
            (self.unsupported, "unsupported"),
            (self.malformed, "malformed"),
        ]
    }

    fn add(&mut self, other: Self) {
        *self = Self {
            verified: self.verified.saturating_add(other.verified),
            unavailable: self.unavailable.saturating_add(other.unavailable),
            rejected: self.rejected.saturating_add(other.rejected),
            unsupported: self.unsupported.saturating_add(other.unsupported),
            malformed: self.malformed.saturating_add(other.malformed),
        };
    }

    fn lines(&self) -> u64 {
        let counts = self.each().into_iter().map(|(count, _)| count);
        counts.fold(0, u64::saturating_add)
    }

    fn status(&self) -> u8 {
        if self.verified.saturating_add(self.unavailable) == self.lines() {
            ACCEPTED
        } else {
            REJECTED
        }
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.lines() {
            1 => f.write_str("1 line")?,
            lines => write!(f, "{lines} lines")?,
        }
        let mut before = ": ";
        for (count, verdict) in self.each().into_iter().filter(|(count, _)| *count > 0) {
            write!(f, "{before}{count} {verdict}")?;
            before = ", ";
        }
        Ok(())
    }
}

/// Shows the counts on a terminal as they grow.
struct Progress {
    is_shown: bool,
    began: Instant,
    last: Instant,
}

impl Progress {
    fn new() -> Self {
        let now = Instant::now();
        Self {
            is_shown: io::stderr().is_terminal(),
            began: now,
            last: now,
        }
    }

    fn show(&mut self, counts: &Counts) {
        if !self.is_shown || self.last.elapsed() < Duration::from_secs(1) {
            return;
        }
        self.last = Instant::now();
        let seconds = self.began.elapsed().as_secs().max(1);
        let rate = counts.lines() / seconds;
        // To the start of the line, and what was there before is erased.
        let _ = write!(io::stderr(), "\r\x1b[K{counts}; {rate} a second");
    }

    fn end(&self) {
        if self.is_shown {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}
