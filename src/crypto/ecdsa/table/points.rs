//! The form of a table.

/// Points for digits of 7 bits, see `Factor` in `multiples`.
pub(in super::super) const LEN: usize = 32;

/// x and y of each point.
pub(in super::super) type Points = [[&'static str; 2]; LEN];
