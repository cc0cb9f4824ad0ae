//! The machine that the cases run on: a stack that is painted before each call,
//! a counter of instructions, and the host's console.

use core::{
    ffi::CStr,
    fmt::{self, Write},
    panic::PanicInfo,
    ptr,
};

use crate::{all_is_well, machine};

/// Operations of semihosting, and why a program ends.
const SYS_WRITE0: usize = 0x04;
const SYS_EXIT: usize = 0x18;
const APPLICATION_EXIT: usize = 0x20026;
const RUN_TIME_ERROR: usize = 0x20023;

const PAINT: u32 = 0xa5a5_a5a5;

/// Words of the stack for what is measured, as in the linker script.
const WORDS: usize = 8192;

unsafe extern "C" {
    static mut painted: [u32; WORDS];

    /// `function(argument)` with the stack pointer at `stack`, in assembly.
    fn on_stack(argument: *mut (), function: *const (), stack: *mut u32);
}

/// What a call took.
pub struct Cost {
    /// Bytes of stack, down to the lowest that was written to.
    stack: usize,
    instructions: u32,
}

/// Calls the function, and says what it took.
pub fn measured<T>(argument: &mut T, function: extern "C" fn(&mut T)) -> Cost {
    let stack = &raw mut painted;
    // SAFETY: nothing else uses this memory, and no reference to it is held while the
    // function runs. It takes a reference to a T, which is passed as a pointer is.
    unsafe {
        (*stack).fill(PAINT);
        machine::start_counter();
        on_stack(
            ptr::from_mut(argument).cast(),
            function as *const (),
            stack.cast::<u32>().add(WORDS),
        );
        let Some(instructions) = machine::counter() else {
            fail(c"the counter has overflowed\n")
        };
        let untouched = (*stack).iter().take_while(|&&word| word == PAINT).count();
        if untouched == 0 {
            fail(c"the stack is too small\n");
        }
        Cost {
            stack: (WORDS - untouched) * size_of::<u32>(),
            instructions,
        }
    }
}

/// One line for a case that is well, which `run.sh` reads.
pub fn report(name: &str, verdict: &str, cost: &Cost) {
    let thousands = cost.instructions.div_ceil(1000);
    print(format_args!(
        "{name}: {verdict}, stack {}, kilo-instructions {thousands}\n",
        cost.stack
    ));
}

pub fn print(text: fmt::Arguments<'_>) {
    Console.write_fmt(text).ok();
}

struct Console;

impl fmt::Write for Console {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for part in text.as_bytes().chunks(31) {
            let mut with_end = [0; 32];
            with_end[..part.len()].copy_from_slice(part);
            machine::semihosting(SYS_WRITE0, with_end.as_ptr().expose_provenance());
        }
        Ok(())
    }
}

#[unsafe(no_mangle)]
extern "C" fn main() -> ! {
    exit(match all_is_well() {
        true => APPLICATION_EXIT,
        false => RUN_TIME_ERROR,
    })
}

/// A fault of the processor.
#[unsafe(no_mangle)]
extern "C" fn fault() -> ! {
    fail(c"the processor has a fault\n")
}

/// Small, so that it is no part of what is measured: no panic can be reached there.
#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    fail(c"panic\n")
}

fn fail(why: &CStr) -> ! {
    machine::semihosting(SYS_WRITE0, why.as_ptr().expose_provenance());
    exit(RUN_TIME_ERROR)
}

fn exit(why: usize) -> ! {
    machine::semihosting(SYS_EXIT, why);
    loop {
        core::hint::spin_loop();
    }
}
