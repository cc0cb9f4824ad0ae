//! Proof that the library neither allocates nor panics.
//!
//! A static library that calls what is public with inputs that the compiler
//! knows nothing of. It has no allocator: were one needed, it would not build.
//! Its panic handler calls a function that does not exist: could a panic be
//! reached, it would not link. `run.sh` builds and links it.
//!
//! `Display` is among the roots, `Debug` is not: core writes a `str` with code that the
//! compiler cannot see to be without panics.
//!
//! Each `extern "C"` function is a root of its own, so that the linker can say which of
//! them is at fault.

#![no_std]

mod attestations;
mod boots;
mod certificates;
mod codec;
#[cfg(feature = "credential")]
mod credential;
mod files;
mod hardware;
mod keys;
mod lists;
mod logs;
mod policies;
mod reports;
mod responses;
mod software;

use core::{
    fmt::{self, Write as _},
    hint::black_box,
    panic::PanicInfo,
    ptr, slice,
};

use tpm_quote::{
    Appraisal, Check, Error,
    verify::{KeySummary, Part},
};

use crate::{
    attestations::{appraise_attest, attest_objects, attest_rest, pcr_digests, quote},
    boots::{boot_report, policy_file, trust_file},
    certificates::{certificates, paths},
    codec::{codec_attest, codec_public, codec_rest, errors, hashing, inspect, names},
    files::{jwk, key, keylime, projects, spki, tools},
    hardware::hardware,
    keys::{anchors, keys, plain_keys},
    lists::{ima_chunks, ima_list, ima_replay, ima_state},
    logs::{event_log, log_structures, replay},
    policies::{ancestry, audit_digest, baseline, nonce, pcr_set},
    reports::reports,
    responses::{appraise_response, block, record, response, response_logs},
    software::software,
};

unsafe extern "C" {
    /// Defined nowhere. It takes the panic, so that its place in the source
    /// stays in the program, where `run.sh` finds it.
    fn panic_is_reachable(info: *const ()) -> !;
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    // SAFETY: nothing that calls it can be linked.
    unsafe { panic_is_reachable(ptr::from_ref(info).cast()) }
}

/// Bytes from outside. All roots have the same arguments.
#[repr(C)]
pub struct Input {
    bytes: *const u8,
    len: usize,
    out: *mut u8,
    out_len: usize,
    number: u32,
}

impl Input {
    fn bytes(&self) -> &[u8] {
        // SAFETY: the caller gives `len` bytes.
        unsafe { slice::from_raw_parts(self.bytes, self.len) }
    }

    #[expect(clippy::mut_from_ref, reason = "each root takes it once")]
    fn out(&self) -> &mut [u8] {
        // SAFETY: the caller gives `out_len` bytes, which nobody else has.
        unsafe { slice::from_raw_parts_mut(self.out, self.out_len) }
    }

    fn text(&self) -> &str {
        core::str::from_utf8(self.bytes()).unwrap_or_default()
    }

    /// A part of the bytes: with several inputs, none has a known length.
    fn part(&self, n: usize) -> &[u8] {
        let (from, to) = black_box((n, self.len));
        self.bytes().get(from..to).unwrap_or_default()
    }
}

/// A buffer that text is written into.
struct Text<'o> {
    out: &'o mut [u8],
    len: usize,
}

impl<'o> Text<'o> {
    fn new(out: &'o mut [u8]) -> Self {
        Self { out, len: 0 }
    }

    fn show(&mut self, value: &dyn fmt::Display) {
        black_box(write!(self, "{value}")).ok();
    }
}

impl fmt::Write for Text<'_> {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        for byte in s.bytes() {
            *self.out.get_mut(self.len).ok_or(fmt::Error)? = byte;
            self.len = self.len.wrapping_add(1);
        }
        Ok(())
    }
}

macro_rules! roots {
    ($($root:ident),* $(,)?) => {
        /// All of them.
        #[unsafe(no_mangle)]
        pub extern "C" fn entry(input: &Input) {
            $( $root(input); )*
        }
    };
}

roots!(
    codec_public,
    codec_attest,
    codec_rest,
    errors,
    inspect,
    hashing,
    names,
    nonce,
    pcr_set,
    baseline,
    ancestry,
    audit_digest,
    keys,
    plain_keys,
    anchors,
    quote,
    pcr_digests,
    attest_objects,
    attest_rest,
    appraise_attest,
    block,
    record,
    response_logs,
    response,
    appraise_response,
    tools,
    keylime,
    spki,
    jwk,
    key,
    certificates,
    paths,
    projects,
    hardware,
    ima_chunks,
    ima_list,
    ima_replay,
    ima_state,
    event_log,
    log_structures,
    replay,
    boot_report,
    policy_file,
    trust_file,
    reports,
    software,
);

/// What must not link: were it to, the proof would prove nothing.
#[unsafe(no_mangle)]
pub extern "C" fn control(input: &Input) {
    black_box(input.bytes()[black_box(input.len)]);
}

/// An error, whatever it is about: all that it can say.
fn show_error(text: &mut Text<'_>, error: &Error) {
    let error = black_box(error);
    text.show(error);
    text.show(&error.help());
    text.show(&error.check());
    text.show(&error.verdict());
    text.show(&error.problem_name());
    text.show(error.problem());
    text.show(&error.part());
    black_box((
        error.offset(),
        error.line(),
        error.part().is_of_certification(),
    ));
    text.show(&error.in_part(black_box(Part::Signed)));
}

fn show_summary(text: &mut Text<'_>, key: &KeySummary) {
    text.show(key.name());
    text.show(&key.algorithm());
    text.show(&key.scheme());
    text.show(&key.trust());
    black_box((key.trust().is_anchored(), key.vouched_by()));
    for link in key.links() {
        text.show(&link.name());
        text.show(&link.algorithm());
        if let Some(scheme) = link.scheme() {
            text.show(&scheme);
        }
        text.show(&link.trust());
        black_box(link.is_by_sha1());
    }
}

/// What an appraisal found; gives its value.
fn show_appraisal<'p, T>(text: &mut Text<'_>, appraisal: &'p Appraisal<'_, T>) -> Option<&'p T> {
    for (check, state) in appraisal.checks() {
        text.show(&check);
        text.show(&state);
    }
    text.show(&appraisal.state(black_box(Check::Input)));
    if let Some(key) = appraisal.key() {
        show_summary(text, key);
    }
    if let Some(baseline) = appraisal.baseline() {
        black_box(baseline.matched());
        for mismatch in baseline.mismatches() {
            text.show(&mismatch.pcr);
            black_box((mismatch.expected, mismatch.actual));
        }
    }
    for warning in appraisal.warnings() {
        text.show(&warning);
    }
    if let Some(error) = appraisal.error() {
        show_error(text, error);
    }
    appraisal.value()
}
