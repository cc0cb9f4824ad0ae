//! The arithmetic of fields compiled with words of 8 bits, so that tests can go through all numbers
//! of one word and most of what carries in two.
#![allow(clippy::duplicate_mod, dead_code)]

#[path = "field.rs"]
mod field;
#[path = "number.rs"]
mod number;
#[path = "tests/all_numbers.rs"]
mod tests;
#[path = "word.rs"]
mod word;

mod width {
    pub(super) type Word = u8;
    pub(super) type Double = u16;
}
