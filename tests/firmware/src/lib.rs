//! What firmware pays for this library: flash, stack and instructions.
//!
//! A static library that is linked twice. From `parse` or `verify` on, it is what
//! a device needs of this library, and its size is what is measured. From `start`
//! on, it is a program that runs that function on real evidence and checks what
//! comes out. `run.sh` does both.

#![no_std]

mod case;
#[cfg_attr(target_arch = "arm", path = "arm.rs")]
#[cfg_attr(target_arch = "riscv32", path = "riscv.rs")]
mod machine;
mod run;

#[cfg(not(feature = "quote"))]
mod parsing;
#[cfg(feature = "quote")]
mod quote;
#[cfg(feature = "quote")]
mod verification;

#[cfg(not(feature = "quote"))]
use self::parsing::all_is_well;
#[cfg(feature = "quote")]
use self::verification::all_is_well;
