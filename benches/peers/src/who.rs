//! The candidates. What their times include is said in `main.rs`.

use crate::measure::Who;

pub const OURS: Who = "tpm-quote";
/// For a row of its own as soon as there is a type for a key that was prepared.
pub const OURS_PREPARED: Who = "tpm-quote, prepared key";
pub const OURS_JUDGED: Who = "tpm-quote, key judged before";
pub const OURS_SIGNATURE: Who = "tpm-quote, signature alone";

pub const MU: Who = "libtss2-mu";
pub const ESAPI: Who = "tss-esapi";
pub const OWNED: Who = "tpm2-protocol, owned";
pub const VIEW: Who = "tpm2-protocol, views";

pub const OPENSSL_REUSED: Who = "OpenSSL, context reused";
pub const OPENSSL_WARM: Who = "OpenSSL warm";
pub const OPENSSL_COLD: Who = "OpenSSL cold";
pub const AWS_WARM: Who = "aws-lc-rs warm";
pub const AWS_COLD: Who = "aws-lc-rs cold";
pub const RING: Who = "ring cold";
pub const RUSTCRYPTO_WARM: Who = "RustCrypto warm";
pub const RUSTCRYPTO_COLD: Who = "RustCrypto cold";

pub const MU_OPENSSL_COLD: Who = "libtss2-mu + OpenSSL cold";
pub const MU_OPENSSL_WARM: Who = "libtss2-mu + OpenSSL warm";
pub const VIEW_RUSTCRYPTO: Who = "tpm2-protocol + rsa";
pub const VIEW_RING: Who = "tpm2-protocol + ring";
pub const VIEW_AWS: Who = "tpm2-protocol + aws-lc-rs";
