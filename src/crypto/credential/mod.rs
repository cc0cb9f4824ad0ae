//! Credential protection (Part 1, 24): a secret that only the TPM with one key can
//! read, and only if it has the object with one name as well.
//!
//! Alone in this crate, this works on secrets. All primitives are those of
//! RustCrypto, which take the same time for any secret: AES, HMAC, the curves with an
//! ephemeral scalar, and for RSA the numbers of fixed width of `crypto-bigint`, on
//! which the curves are built as well. The RSA of this crate would be smaller and has
//! no panic, but its time may depend on what is encrypted, here the padded seed.
//!
//! What is secret is overwritten when it is no longer needed, as far as it is in a
//! [`Secret`]; the working memory of the primitives is not.

mod ecdh;
mod kdf;
mod oaep;
mod protection;
mod secret;

pub(crate) use self::{
    kdf::kdfa,
    protection::{Cipher, Recipient, protect, share_seed},
    secret::{Failure, Secret, is_same},
};
