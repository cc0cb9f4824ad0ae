//! The WebAssembly half of the JavaScript package `tpm-quote`: what JavaScript gives becomes
//! a policy and evidence of the library, and what the library says becomes JSON. Nothing is
//! judged here. The module imports nothing; `boundary` is what it exports.

#![no_std]

extern crate alloc;

mod answer;
mod attest;
mod boundary;
mod failure;
mod hardware;
mod message;
mod options;
mod quote;
mod reading;
mod terms;
mod values;
