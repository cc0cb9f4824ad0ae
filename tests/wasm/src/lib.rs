//! Verification in WebAssembly, without an allocator, and with an interface of
//! numbers alone.
//!
//! The host writes the inputs to [`input`], one after another, and calls `quote`
//! or `response` with their lengths. 0 means verified; any other number is the
//! check that fails, counted from 1 in the order of [`Check`]; -1 are lengths that
//! the buffer does not have.

#![no_std]

use core::{panic::PanicInfo, slice};

use tpm_quote::Check;

#[cfg(not(feature = "response"))]
#[path = "../../firmware/src/quote.rs"]
mod quote;

const LEN: usize = 65536;

static mut INPUT: [u8; LEN] = [0; LEN];

/// Where the inputs go: 64 KiB.
#[unsafe(no_mangle)]
pub extern "C" fn input() -> *mut u8 {
    (&raw mut INPUT).cast()
}

/// The inputs of these lengths.
fn inputs<const N: usize>(lengths: [usize; N]) -> Option<[&'static [u8]; N]> {
    // SAFETY: the host writes to it only between two calls.
    let mut rest = unsafe { slice::from_raw_parts(input(), LEN) };
    let mut inputs = [rest; N];
    for (input, length) in inputs.iter_mut().zip(lengths) {
        (*input, rest) = rest.split_at_checked(length)?;
    }
    Some(inputs)
}

fn status(verdict: Option<Result<(), Check>>) -> i32 {
    match verdict {
        None => -1,
        Some(Ok(())) => 0,
        Some(Err(check)) => check as i32 + 1,
    }
}

/// A quote of PCRs 0, 7 and 10 of the SHA-256 bank: the three values,
/// `TPM2B_PUBLIC`, `TPM2B_ATTEST`, `TPMT_SIGNATURE` and the nonce.
#[cfg(not(feature = "response"))]
#[unsafe(no_mangle)]
pub extern "C" fn quote(public: usize, attest: usize, signature: usize, nonce: usize) -> i32 {
    let verdict = || {
        let [pcrs, public, attest, signature, nonce] =
            inputs([96, public, attest, signature, nonce])?;
        let quote = quote::Quote {
            public,
            attest,
            signature,
            pcrs: pcrs.as_chunks().0.try_into().ok()?,
            nonce,
        };
        Some(quote.verify())
    };
    status(verdict())
}

/// A response: the JSON and the payload id.
#[cfg(feature = "response")]
#[unsafe(no_mangle)]
pub extern "C" fn response(json: usize, payload_id: usize) -> i32 {
    use tpm_quote::{ResponsePolicy, Scratch, Verifier, crypto::Compact};

    let verdict = || {
        let [json, payload_id] = inputs([json, payload_id])?;
        let policy = str::from_utf8(payload_id).map(ResponsePolicy::new);
        let Ok(Ok(policy)) = policy else {
            return Some(Err(Check::Input));
        };
        let mut scratch = Scratch::new();
        let verifier = Verifier::new().crypto(&Compact);
        let verdict = verifier.response(json, &policy, &mut scratch);
        Some(verdict.map(|_| ()).map_err(|error| error.check()))
    };
    status(verdict())
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
