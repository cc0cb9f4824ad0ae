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

use memchr::{memchr, memchr_iter, memrchr};
use tpm_quote::{
    Nonce, Scratch, TpmAttestation,
    evidence::Record,
    report::{Place, Report},
};

use super::{
    line::{Line, Unreadable},
    options::Options,
};
use crate::{
    diagnosis::{Diagnosis, explained},
    input::{Source, position},
    output::{ACCEPTED, Format, REJECTED, UNREADABLE, say, written},
    policy::{Carried, LogFiles},
    response::{Block, Wanted, evidence},
    stdout,
};

/// What to do about a line that cannot be read.
const LINE_HELP: &str =
    "Each line is a JSON object with the payload id, as a string, and the response.";
/// The longest line: far more than any response.
const MAX_LINE: usize = 16 << 20;
/// The most that is read at once: a batch.
const READ: usize = 128 << 10;
/// The most blank lines that are given out at once.
const BLANK: u64 = 1 << 10;

pub(super) fn run(options: &Options, wanted: &Wanted<'_>, payload_id: &str) -> Result<u8, String> {
    let response = &*options.response_field;
    if matches!(options.format, Some(Format::Text)) {
        return Err("--ndjson prints its reports as JSON, not as text".to_owned());
    }
    if payload_id == response {
        return Err(format!(
            "--payload-id-field and --response-field are both {response:?}"
        ));
    }
    let logs = options.logs.read(None)?;
    let source = Source::open(&options.file)?;
    let in_reports = source.source().to_owned();
    let Source { from, name, .. } = source;
    let verifier = Verifier {
        wanted,
        source: &in_reports,
        payload_id,
        response,
        logs: &logs,
    };

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
        blank: 0,
        ahead: Vec::new(),
        behind: 0,
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
    if let Some(Err(error)) = input.end {
        say(&format!("{name}: {counts}"));
        return Err(format!("{name}: cannot be read any further: {error}"));
    }
    if counts.lines() == 0 && !options.allow_empty {
        return Err(format!(
            "{name}: no line in it, so that nothing was verified\nhelp: If there may be none, say so with --allow-empty."
        ));
    }
    say(&format!("{name}: {counts}"));
    Ok(counts.status())
}

/// What is read, and whose turn it is to write.
struct Input<R> {
    from: R,
    /// The number of the next line.
    line: u64,
    /// The start of that line, if it was not read to its end.
    begun: Vec<u8>,
    /// How many blank lines were read, but not given out. They are nothing if no other
    /// line follows.
    blank: u64,
    /// The lines that follow them.
    ahead: Vec<u8>,
    /// How many blank lines follow those.
    behind: u64,
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
    /// Gives out whole lines; `None` at the end.
    fn next(&mut self, text: &mut Vec<u8>) -> Option<Batch> {
        text.clear();
        while self.ahead.is_empty() {
            if !self.read(text) {
                return None;
            }
            let lines = without_blank_end(text);
            let blank = text.get(lines..).unwrap_or_default();
            let count = count_lines(blank);
            if lines > 0 {
                text.truncate(lines);
                mem::swap(text, &mut self.ahead);
                self.behind = count;
            } else {
                self.blank = self.blank.saturating_add(count);
            }
        }
        if self.blank > 0 {
            // No more of them at once than are in a batch of others.
            let count = self.blank.min(BLANK);
            text.resize(usize::try_from(count).unwrap_or_default(), b'\n');
            self.blank = self.blank.saturating_sub(count);
        } else {
            mem::swap(text, &mut self.ahead);
            self.blank = mem::take(&mut self.behind);
        }
        let first = self.line;
        self.line = first.saturating_add(count_lines(text));
        let (next, turn) = sync_channel(1);
        let turn = mem::replace(&mut self.turn, turn);
        Some(Batch { first, turn, next })
    }

    /// Reads whole lines, and no more than are there; false at the end.
    fn read(&mut self, text: &mut Vec<u8>) -> bool {
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
        !text.is_empty()
    }
}

fn count_lines(text: &[u8]) -> u64 {
    let lines = u64::try_from(memchr_iter(b'\n', text).count());
    lines.unwrap_or(u64::MAX)
}

/// Where the blank lines at the end of a text begin.
fn without_blank_end(text: &[u8]) -> usize {
    // A line that is too long is not whole, so that what follows may not be blank.
    if text.len() > MAX_LINE {
        return text.len();
    }
    let Some(last) = text.iter().rposition(|byte| !byte.is_ascii_whitespace()) else {
        return 0;
    };
    let rest = text.get(last..).unwrap_or_default();
    let end = memchr(b'\n', rest).map_or(rest.len(), |end| end.saturating_add(1));
    last.saturating_add(end)
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
        let all = stdout::write(reports.text.as_bytes());
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
    fn add(&mut self, report: &Report<'_>) {
        self.counts.count(report.verdict());
        // Nothing can fail in writing to memory.
        let _ = report.write_json_line(&mut self.text);
        self.text.push('\n');
    }
}

/// What each line is judged by.
struct Verifier<'a> {
    wanted: &'a Wanted<'a>,
    /// The name of the input, for the reports.
    source: &'a str,
    /// The members of a line.
    payload_id: &'a str,
    response: &'a str,
    logs: &'a LogFiles<'a>,
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

    /// The logs in a line, which come from its own response alone.
    fn carried(&self, line: &[u8]) -> Carried {
        if !self.logs.wants_carried() {
            return Carried::none();
        }
        match Line::read(line, self.payload_id, self.response) {
            Ok(line) => self.logs.carried(line.response.as_bytes()),
            Err(_) => Carried::none(),
        }
    }

    fn report(&self, number: u64, line: &[u8], scratch: &mut Scratch, reports: &mut Reports) {
        let (payload_id, response) = (self.payload_id, self.response);
        let mut add = |id: Option<&str>, report: Report<'_>| {
            reports.add(&report.source(self.source).line(number, id));
        };
        if line.len() > MAX_LINE {
            let problem = format!("longer than {} MiB", MAX_LINE >> 20);
            return add(None, Report::unread(&problem, LINE_HELP));
        }
        let mut judge = |id: &str, block: Block<'_>, nonce: Nonce| {
            let appraisal = self.wanted.appraise(block, nonce);
            let carried = self.carried(line);
            let (appraisal, replay) = self.logs.replay(&carried, appraisal);
            let policy = self.logs.ima_policy();
            let (appraisal, judgement) = appraisal.judge_ima(replay.as_ref(), policy.as_ref());
            let diagnosis = appraisal.error().map(|error| {
                let read = Line::read(line, payload_id, response).ok();
                let at = read.as_ref().and_then(|read| read.response_at);
                let text = read.as_ref().map(|read| read.response.as_bytes());
                let diagnosis = self.logs.diagnosis(error);
                let diagnosis = diagnosis.or_else(|| self.wanted.of_another_file(error));
                let diagnosis = diagnosis.unwrap_or_else(|| {
                    let diagnosis = Diagnosis::of_line(error, self.source, (number, line), at);
                    let diagnosis = diagnosis.in_block(evidence(&block));
                    self.logs.in_carried(error, diagnosis)
                });
                diagnosis.of_request(Some(id), text.unwrap_or_default())
            });
            let report = Report::new(&appraisal)
                .certificate(self.wanted.certificate(appraisal.key()))
                .vouched_by(self.wanted.vouched_by(appraisal.key()))
                .boot(replay.as_ref())
                .ima(judgement.as_ref());
            explained(diagnosis.as_ref(), report, |report| add(Some(id), report));
        };
        // Nearly every line can be read in one go.
        if let Ok(record) = Record::from_json(line, payload_id, response, scratch)
            && let Ok(nonce) = Nonce::from_payload_id(record.payload_id)
        {
            return judge(record.payload_id, Ok(record.block), nonce);
        }
        match Line::read(line, payload_id, response) {
            Ok(line) => {
                let read = TpmAttestation::from_any_json(line.response.as_bytes(), scratch);
                judge(&line.payload_id, read.map(|(_, block)| block), line.nonce);
            }
            Err(Unreadable { problem, offset }) => {
                let at = offset.map(|offset| (number, position(line, offset).1));
                let place = Place::new(self.source).position(at);
                let report = Report::unread(&problem, LINE_HELP);
                add(None, report.place(Some(place)));
            }
        }
    }
}

/// The verdicts of reports, in the order in which they are counted.
const VERDICTS: [&str; 6] = [
    "verified",
    "verified-self-asserted",
    "unavailable",
    "rejected",
    "unsupported",
    "malformed",
];
/// How many of them are acceptances.
const ACCEPTANCES: usize = 3;

/// How many lines have each verdict.
#[derive(Clone, Copy, Default)]
struct Counts([u64; VERDICTS.len()]);

impl Counts {
    fn count(&mut self, verdict: &str) {
        for (count, of) in self.0.iter_mut().zip(VERDICTS) {
            *count = count.saturating_add(u64::from(of == verdict));
        }
    }

    fn add(&mut self, other: Self) {
        for (count, more) in self.0.iter_mut().zip(other.0) {
            *count = count.saturating_add(more);
        }
    }

    fn lines(&self) -> u64 {
        self.0.into_iter().fold(0, u64::saturating_add)
    }

    fn status(&self) -> u8 {
        let mut refusals = self.0.into_iter().skip(ACCEPTANCES);
        if refusals.all(|count| count == 0) {
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
        let counts = self.0.into_iter().zip(VERDICTS);
        for (count, verdict) in counts.filter(|(count, _)| *count > 0) {
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
