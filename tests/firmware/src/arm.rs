//! A Cortex-M4: start, semihosting, a counter.

use core::{
    arch::{asm, global_asm},
    ptr,
};

global_asm!(
    ".section .start, \"ax\"",
    ".global start",
    // The vector table: the stack, the reset, and what must not happen.
    "start:",
    ".word stack",
    ".word reset",
    ".rept 14",
    ".word fault",
    ".endr",
    ".thumb_func",
    "reset:",
    // CPACR: the FPU, whose registers the compiler may use.
    "ldr r0, =0xe000ed88",
    "ldr r1, [r0]",
    "orr r1, #0xf00000",
    "str r1, [r0]",
    "dsb",
    "isb",
    "bl main",
    ".thumb_func",
    ".global on_stack",
    "on_stack:",
    "push {{r4, lr}}",
    "mov r4, sp",
    "mov sp, r2",
    "blx r1",
    "mov sp, r4",
    "pop {{r4, pc}}",
);

/// A request to the host.
pub fn semihosting(operation: usize, argument: usize) {
    // SAFETY: the operations that are used read what their argument points to.
    unsafe {
        asm!("bkpt 0xab", inout("r0") operation => _, in("r1") argument, options(nostack));
    }
}

/// SysTick counts 25 MHz downwards, in 24 bits; an instruction takes a nanosecond.
const SYST_CSR: *mut u32 = ptr::without_provenance_mut(0xe000_e010);
const SYST_RVR: *mut u32 = ptr::without_provenance_mut(0xe000_e014);
const SYST_CVR: *mut u32 = ptr::without_provenance_mut(0xe000_e018);
const RELOAD: u32 = 0xff_ffff;
const INSTRUCTIONS_A_TICK: u32 = 40;

pub fn start_counter() {
    // SAFETY: the registers are there.
    unsafe {
        SYST_RVR.write_volatile(RELOAD);
        SYST_CVR.write_volatile(0);
        SYST_CSR.write_volatile(0b101);
    }
}

/// Instructions since the counter was started, if it could count so many.
pub fn counter() -> Option<u32> {
    // SAFETY: the registers are there.
    let (left, status) = unsafe { (SYST_CVR.read_volatile(), SYST_CSR.read_volatile()) };
    let overflowed = status & 1 << 16 != 0;
    (!overflowed).then(|| (RELOAD - left) * INSTRUCTIONS_A_TICK)
}
