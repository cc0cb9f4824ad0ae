//! The functions that JavaScript calls. Only numbers cross the boundary: the caller asks for
//! an inbox of a length, fills it, calls, and reads the outbox. The module owns both, and
//! takes no address from outside.
#![allow(
    unsafe_code,
    reason = "names of exports, and the one place that the two sides share"
)]

use alloc::{string::String, vec::Vec};
use core::{cell::UnsafeCell, panic::PanicInfo};

use crate::answer::answer;

#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

/// What the two sides share.
struct Post {
    inbox: Vec<u8>,
    outbox: String,
}

struct Shared(UnsafeCell<Post>);

// SAFETY: a WebAssembly module without threads: one call runs at a time.
unsafe impl Sync for Shared {}

static POST: Shared = Shared(UnsafeCell::new(Post {
    inbox: Vec::new(),
    outbox: String::new(),
}));

/// Hands the shared place to a function that calls none of the exports.
fn with_post<T>(then: impl FnOnce(&mut Post) -> T) -> T {
    // SAFETY: the exports below are the only callers, JavaScript calls one at a time, and
    // what they do with it never calls back into JavaScript.
    then(unsafe { &mut *POST.0.get() })
}

/// Makes an inbox of this length, and returns where it is; 0 if there is no memory for it.
/// What was in the inbox and the outbox is gone.
#[unsafe(no_mangle)]
extern "C" fn inbox(length: usize) -> *mut u8 {
    with_post(|post| {
        post.outbox = String::new();
        post.inbox = Vec::new();
        if post.inbox.try_reserve_exact(length).is_err() {
            return core::ptr::null_mut();
        }
        post.inbox.resize(length, 0);
        post.inbox.as_mut_ptr()
    })
}

/// Answers the message in the inbox, and returns the length of the answer.
#[unsafe(no_mangle)]
extern "C" fn call() -> usize {
    with_post(|post| {
        let message = core::mem::take(&mut post.inbox);
        post.outbox = answer(&message);
        post.outbox.len()
    })
}

/// Where the answer is.
#[unsafe(no_mangle)]
extern "C" fn outbox() -> *const u8 {
    with_post(|post| post.outbox.as_ptr())
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
