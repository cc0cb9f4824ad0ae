//! The fields of P-384 and P-521 on 64-bit targets: each has arithmetic of its own.

pub(super) use super::{
    p384::Field as Field384,
    p521::{Field as Field521, kept as kept_521},
};
