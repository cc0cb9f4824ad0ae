//! Odd multiples of points: 1, 3, 5 and so on times the base point of a curve, and
//! times a power of two of it. Each is x and y in hexadecimal digits, in Montgomery's
//! form: times R, which is 2^256, 2^384 and 2^576 whatever the size of a word, modulo
//! that of the field.
//!
//! They were computed by the affine formulas in a few lines of Python, which only
//! knew the curves of SP 800-186. A test computes them once more with other crates.

mod p256;
mod p384;
mod p521;
mod points;

pub(super) use self::{
    p256::{BASE as P256, UPPER as P256_UPPER},
    p384::{BASE as P384, UPPER as P384_UPPER},
    p521::{BASE as P521, UPPER as P521_UPPER},
    points::{LEN, Points},
};
