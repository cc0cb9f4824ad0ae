//! The fields of the curves with words of 64 bits: two have arithmetic of their own.

pub(super) use super::{
    p384::Field as Field384,
    p521::{Field as Field521, kept as kept_521},
};
