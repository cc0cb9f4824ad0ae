//! The native half of the Python package `tpm_quote`: what Python gives becomes a policy and
//! evidence of the library, and what the library says becomes Python objects. Nothing is
//! judged here.

mod attest;
mod error;
mod input;
mod many;
mod options;
mod parse;
mod quote;
mod results;
mod terms;
mod values;
mod written;

use pyo3::prelude::*;

#[pymodule]
mod _native {
    #[pymodule_export]
    use crate::{
        attest::verify_attest,
        many::{Reports, verify_many},
        parse::parse,
        quote::{verify_quote, verify_response},
        results::{Attest, Clock, Key, Quote, Report, Unavailable},
        values::{Name, PcrSet},
    };
}
