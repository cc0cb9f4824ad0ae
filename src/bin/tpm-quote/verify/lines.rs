//! `verify --ndjson`: many responses, one in each line.
//!
//! Each thread reads some whole lines, verifies them, waits until the reports on all
//! lines before are written, and writes its own. So the reports are in the order of the
//! input, and no more is in memory than a batch for each thread. Who writes a line and
//! waits for its report gets it.

use std::{
    fmt,
    io::{self, ErrorKind, IsTerminal as _, Read, Write as _},
    mem,
    num::NonZero,
    process::exit,
    sync::{
        Mutex,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
    time::{Duration, Instant},
};

use memchr::{memchr_iter, memrchr};
use tpm_quote::{
    Nonce, Scratch,
    evidence::Record,
    verify::{SignedAttest, Verdict},
};

use super::{Judged, Options, Wanted, line::Line};
use crate::{
    input::Source,
    json::{Object, Plain},
    options::{AnchorFiles, Format},
    output::{ACCEPTED, REJECTED, UNREADABLE, say, written},
    report::{Failure, Outcome, Report},
};

/// The longest line: far more than any response.
const MAX_LINE: usize = 16 << 20;
/// The most that is read at once: a batch.
const READ: usize = 128 << 10;

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
    let (first, turn) = sync_channel(1);
    // There is room for it.
    let _ = first.send(Output::new());
    let input = Mutex::new(Input {
        from,
        line: 1,
        begun: Vec::new(),
        end: None,
        turn,
    });
    thread::scope(|scope| {
        for _ in 0..threads.map_or(1, NonZero::get) {
            scope.spawn(|| verifier.work(&input));
        }
    });
    let unfinished = || format!("{name}: not all of it was verified");
    let input = input.into_inner().map_err(|_| unfinished())?;
    let counts = input.turn.recv().map_err(|_| unfinished())?.end();
    say(&format!("{name}: {counts}"));
    match input.end {
        Some(Err(error)) => Err(format!("{name}: cannot be read any further: {error}")),
        _ => Ok(counts.status()),
    }
}

/// What is read, and whose turn it is to write.
struct Input<R> {
    from: R,
    /// The number of the next line.
    line: u64,
    /// The start of that line, if it was not read to its end.
    begun: Vec<u8>,
    /// Set if there is no more to read.
    end: Option<io::Result<()>>,
    /// Gets the output once the reports on all lines before are written.
    turn: Receiver<Output>,
}

/// Whole lines.
struct Batch {
    /// The number of the first one.
    first: u64,
    /// Where the output comes from, and where it goes.
    turn: Receiver<Output>,
    next: SyncSender<Output>,
}

impl<R: Read> Input<R> {
    /// Reads whole lines, and no more than are there; `None` at the end.
    fn next(&mut self, text: &mut Vec<u8>) -> Option<Batch> {
        text.clear();
        text.append(&mut self.begun);
        while self.end.is_none() {
            let begun = text.len();
            text.resize(begun.saturating_add(READ), 0);
            let read = match self.from.read(text.get_mut(begun..).unwrap_or_default()) {
                Ok(read) => read,
                Err(error) if error.kind() == ErrorKind::Interrupted => {
                    text.truncate(begun);
                    continue;
                }
                Err(error) => {
                    self.end = Some(Err(error));
                    text.clear();
                    break;
                }
            };
            text.truncate(begun.saturating_add(read));
            if read == 0 {
                self.end = Some(Ok(()));
            }
            if let Some(last) = memrchr(b'\n', text.get(begun..).unwrap_or_default()) {
                let end = begun.saturating_add(last).saturating_add(1);
                self.begun.extend(text.drain(end..));
                break;
            }
            // Of a line that is too long, no more than its start is kept.
            text.truncate(MAX_LINE.saturating_add(1));
        }
        if text.is_empty() {
            return None;
        }
        let first = self.line;
        let lines = u64::try_from(memchr_iter(b'\n', text).count());
        self.line = first.saturating_add(lines.unwrap_or(u64::MAX));
        let (next, turn) = sync_channel(1);
        let turn = mem::replace(&mut self.turn, turn);
        Some(Batch { first, turn, next })
    }
}

/// Standard output. There is one of it, and who has it writes.
struct Output {
    counts: Counts,
    progress: Progress,
}

impl Output {
    fn new() -> Self {
        Self {
            counts: Counts::default(),
            progress: Progress::new(),
        }
    }

    fn write(&mut self, reports: &Reports) {
        let mut out = io::stdout().lock();
        let all = out
            .write_all(reports.text.as_bytes())
            .and_then(|()| out.flush());
        if all.is_err() {
            // Reports are missing, and another thread may wait for input for ever.
            exit(written(all, UNREADABLE).into());
        }
        self.counts.add(reports.counts);
        self.progress.show(&self.counts);
    }

    fn end(self) -> Counts {
        self.progress.end();
        self.counts
    }
}

/// What became of a batch.
#[derive(Default)]
struct Reports {
    text: String,
    counts: Counts,
}

impl Reports {
    fn add(&mut self, line: u64, payload_id: Option<&str>, report: &Report<'_>) {
        self.counts.count(&report.outcome);
        let mut object = Object::new(&mut self.text);
        object.member("line", &Plain(line));
        object.member("payload_id", &payload_id);
        report.members(&mut object);
        object.end();
        self.text.push('\n');
    }
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
    fn work<R: Read>(&self, input: &Mutex<Input<R>>) {
        let mut scratch = Scratch::new();
        let (mut text, mut reports) = (Vec::new(), Reports::default());
        loop {
            let batch = match input.lock() {
                Ok(mut input) => input.next(&mut text),
                Err(_) => return,
            };
            let Some(batch) = batch else { return };
            reports.text.clear();
            reports.counts = Counts::default();
            self.verify(batch.first, &text, &mut scratch, &mut reports);
            // If the thread before did not come to its end, nothing can be written any more.
            let Ok(mut output) = batch.turn.recv() else {
                return;
            };
            output.write(&reports);
            let _ = batch.next.send(output);
        }
    }

    /// Adds the reports on lines of which the first has this number.
    fn verify(&self, first: u64, text: &[u8], scratch: &mut Scratch, reports: &mut Reports) {
        let text = text.strip_suffix(b"\n").unwrap_or(text);
        let mut start = 0;
        let ends = memchr_iter(b'\n', text).chain([text.len()]);
        for (number, end) in (first..).zip(ends) {
            let line = text.get(start..end).unwrap_or_default();
            self.report(number, line, scratch, reports);
            start = end.saturating_add(1);
        }
    }

    fn report(&self, number: u64, line: &[u8], scratch: &mut Scratch, reports: &mut Reports) {
        let (payload_id, response) = (self.payload_id, self.response);
        let mut add = |id: Option<&str>, judged: Judged<'_>| {
            reports.add(number, id, &self.wanted.report("", judged))
        };
        let unread = |problem| Judged::without_evidence(Failure::Line(problem));
        if line.len() > MAX_LINE {
            let problem = format!("longer than {} MiB", MAX_LINE >> 20);
            return add(None, unread(problem));
        }
        // Nearly every line can be read in one go.
        if let Ok(record) = Record::from_json(line, payload_id, response, scratch)
            && let Ok(nonce) = Nonce::from_payload_id(record.payload_id)
        {
            let policy = self.wanted.policy(nonce, self.certification);
            let judged = self.wanted.judge_block(record.form, record.block, &policy);
            return add(Some(record.payload_id), judged);
        }
        match Line::read(line, payload_id, response) {
            Ok(line) => {
                let policy = self.wanted.policy(line.nonce, self.certification);
                let judged = self
                    .wanted
                    .judge(line.response.as_bytes(), &policy, scratch);
                add(Some(&line.payload_id), judged);
            }
            Err(problem) => add(None, unread(problem)),
        }
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
