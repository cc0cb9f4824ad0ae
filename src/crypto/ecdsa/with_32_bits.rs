//! The sources and their tests once more, with the words of small targets.
#![allow(clippy::duplicate_mod)]

#[path = "compact.rs"]
mod compact;
#[path = "constants.rs"]
mod constants;
#[path = "curves.rs"]
mod curves;
#[path = "field.rs"]
mod field;
#[path = "fields32.rs"]
mod fields;
#[path = "id.rs"]
mod id;
#[path = "multiples.rs"]
mod multiples;
#[path = "number.rs"]
mod number;
#[path = "point.rs"]
mod point;
#[path = "table/mod.rs"]
mod table;
#[path = "tests.rs"]
mod tests;
#[path = "verification.rs"]
mod verification;
#[path = "width32.rs"]
mod width;
#[path = "word.rs"]
mod word;
