//! The fields of the curves on 64-bit targets: each has arithmetic of its own.

pub(super) use super::{
    p256::Field as Field256,
    p384::Field as Field384,
    p521::{Field as Field521, kept as kept_521},
};
