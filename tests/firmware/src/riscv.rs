//! A RISC-V core: start, semihosting, a counter.

use core::arch::{asm, global_asm};

global_asm!(
    ".section .start, \"ax\"",
    ".global start",
    "start:",
    "la sp, stack",
    "la t0, fault",
    "csrw mtvec, t0",
    "call main",
    ".global on_stack",
    "on_stack:",
    "addi sp, sp, -16",
    "sw ra, 12(sp)",
    "sw s0, 8(sp)",
    "mv s0, sp",
    "mv sp, a2",
    "jalr a1",
    "mv sp, s0",
    "lw s0, 8(sp)",
    "lw ra, 12(sp)",
    "addi sp, sp, 16",
    "ret",
);

/// A request to the host.
pub fn semihosting(operation: usize, argument: usize) {
    // SAFETY: the operations that are used read what their argument points to.
    unsafe {
        asm!(
            // Three whole instructions in one page.
            ".balign 16",
            ".option push",
            ".option norvc",
            "slli x0, x0, 0x1f",
            "ebreak",
            "srai x0, x0, 7",
            ".option pop",
            inout("a0") operation => _,
            in("a1") argument,
            options(nostack),
        );
    }
}

pub fn start_counter() {
    // SAFETY: the core has this register.
    unsafe { asm!("csrw minstret, zero", "csrw minstreth, zero") };
}

/// Instructions since the counter was started, if it could count so many.
pub fn counter() -> Option<u32> {
    let (low, high): (u32, u32);
    // SAFETY: the core has these registers.
    unsafe { asm!("csrr {}, minstret", "csrr {}, minstreth", out(reg) low, out(reg) high) };
    (high == 0).then_some(low)
}
