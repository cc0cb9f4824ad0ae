//! What firmware pays for this library: flash, stack and instructions.
//!
//! A static library that is linked twice. From `parse`, `verify` or `boot` on, it is what
//! a device needs of this library, and its size is what is measured. From `start`
//! on, it is a program that runs that function on real evidence and checks what
//! comes out. `run.sh` does both.

#![no_std]

mod case;
#[cfg_attr(target_arch = "arm", path = "arm.rs")]
#[cfg_attr(target_arch = "riscv32", path = "riscv.rs")]
mod machine;
mod run;

#[cfg(feature = "boot")]
mod booting;
#[cfg(not(any(feature = "quote", feature = "boot")))]
mod parsing;
#[cfg(feature = "quote")]
mod quote;
#[cfg(feature = "quote")]
mod verification;

#[cfg(feature = "boot")]
use self::booting::all_is_well;
#[cfg(not(any(feature = "quote", feature = "boot")))]
use self::parsing::all_is_well;
#[cfg(feature = "quote")]
use self::verification::all_is_well;
