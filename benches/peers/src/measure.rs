//! How long things take, next to each other: in each round every candidate of a row
//! runs one batch, so that whatever slows the machine down slows down all of them.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

/// How long a batch is to take.
const BATCH: Duration = Duration::from_micros(250);

/// How far medians may lie above the least times, before it is worth a word.
pub const UNREST: f64 = 1.05;

/// Who does the work.
pub type Who = &'static str;

/// One piece of work, and all who can do it.
pub struct Row {
    pub work: &'static str,
    candidates: Vec<Candidate>,
}

struct Candidate {
    who: Who,
    batch: Box<dyn FnMut(u32) -> Duration>,
}

/// What a row came to.
pub struct Figures {
    pub work: &'static str,
    /// Nanoseconds for the work once.
    pub times: Vec<(Who, f64)>,
    /// How far the medians lie above the least times, as a ratio: what the machine
    /// did besides.
    pub unrest: f64,
}

/// How to measure.
#[derive(Clone, Copy)]
pub struct Plan {
    pub rounds: u32,
    /// The least of the times instead of the median, for a machine that is busy.
    pub minimum: bool,
}

impl Row {
    pub fn new(work: &'static str) -> Self {
        let candidates = Vec::new();
        Self { work, candidates }
    }

    /// Someone who says whether an input is good. Has to say so of the right one,
    /// and the contrary of all the wrong ones.
    pub fn judge<I: Copy + 'static>(
        mut self,
        who: Who,
        right: I,
        wrong: &[I],
        mut judge: impl FnMut(I) -> bool + 'static,
    ) -> Self {
        let work = self.work;
        assert!(judge(right), "{work}: {who} refuses what is right");
        for (at, wrong) in wrong.iter().enumerate() {
            assert!(!judge(*wrong), "{work}: {who} accepts what is wrong, {at}");
        }
        let batch = move |count| {
            let start = Instant::now();
            let mut held = true;
            for _ in 0..count {
                held &= judge(black_box(right));
            }
            let time = start.elapsed();
            assert!(held, "{work}: {who} refuses what it has accepted");
            time
        };
        self.candidates.push(Candidate {
            who,
            batch: Box::new(batch),
        });
        self
    }

    /// Someone who writes a value. It has to be written as `expected`.
    pub fn writer<V: 'static>(
        mut self,
        who: Who,
        value: V,
        expected: &'static [u8],
        mut write: impl FnMut(&V, &mut [u8]) -> usize + 'static,
    ) -> Self {
        let work = self.work;
        let mut out = [0xa5; 4096];
        let written = write(&value, &mut out);
        assert_eq!(
            &out[..written],
            expected,
            "{work}: {who} writes other bytes"
        );
        let batch = move |count| {
            let start = Instant::now();
            let mut written = 0;
            for _ in 0..count {
                written += write(black_box(&value), &mut out);
                black_box(&out);
            }
            let time = start.elapsed();
            assert_eq!(written, expected.len() * count as usize, "{work}: {who}");
            time
        };
        self.candidates.push(Candidate {
            who,
            batch: Box::new(batch),
        });
        self
    }

    pub fn measure(mut self, plan: Plan) -> Figures {
        let counts: Vec<u32> = self
            .candidates
            .iter_mut()
            .map(|candidate| calibrate(&mut *candidate.batch))
            .collect();
        let mut times = vec![Vec::new(); counts.len()];
        for round in 0..plan.rounds as usize {
            // Nobody always runs after the same one.
            for place in 0..counts.len() {
                let at = (round + place) % counts.len();
                let time = (self.candidates[at].batch)(counts[at]);
                times[at].push(time.as_nanos() as f64 / f64::from(counts[at]));
            }
        }
        let mut unrest = 0.0;
        let figures = times.iter_mut().map(|times| {
            times.sort_by(f64::total_cmp);
            let (least, median) = (times[0], times[times.len() / 2]);
            unrest += median / least / counts.len() as f64;
            if plan.minimum { least } else { median }
        });
        let whos = self.candidates.iter().map(|candidate| candidate.who);
        let times = whos.zip(figures).collect();
        Figures {
            work: self.work,
            times,
            unrest,
        }
    }
}

/// How often the work is to be done in a batch.
fn calibrate(batch: &mut dyn FnMut(u32) -> Duration) -> u32 {
    let mut count = 1;
    loop {
        let time = batch(count).max(Duration::from_nanos(1));
        if time >= BATCH / 2 {
            let exact = f64::from(count) * BATCH.as_secs_f64() / time.as_secs_f64();
            return (exact as u32).max(1);
        }
        count *= 2;
    }
}

impl Figures {
    pub fn time(&self, who: Who) -> Option<f64> {
        let found = self.times.iter().find(|(known, _)| *known == who);
        found.map(|(_, time)| *time)
    }
}
