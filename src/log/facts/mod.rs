//! Facts about a boot: what the quoted PCRs prove by their events, and nothing else.
//!
//! For each PCR an automaton looks at all of its events and recognises each by its digests. A
//! fact is known only if the quote covers its PCR, the logs explain that in every quoted bank,
//! and no event is left that could say something else about it. Types of events, paths, names of
//! files and addresses are the log's word, and decide nothing that a digest does not confirm.

mod action;
mod authority;
mod command_line;
mod fact;
mod image;
mod overview;
mod section;
mod variables;
mod walk;

pub use crate::verify::error::Unknown;

pub use self::{
    action::{Action, BootAttempts, ExitBootServices},
    authority::Authority,
    command_line::{CommandLine, CommandLineSource},
    fact::Fact,
    image::Image,
    section::{MokEvent, Section},
    variables::{MokValidation, SecureBoot},
    walk::{Separator, Side},
};
