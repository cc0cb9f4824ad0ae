//! Certificates of keys in TPMs: the path from a key to an authority that you trust.
//!
//! An [`AkCertificate`] anchors an attestation key. It is worth as much as its authority: by
//! the TCG's profiles, the authority issues such a certificate only after the key activated
//! a credential, which shows that the key is restricted and is in the TPM that the
//! certificate names. **The certificate itself covers only the key's numbers.** The
//! attributes and the Name come from the public area that is sent with it, as its sender
//! claims them, and are judged as for any key. To bind the Name, pin it too, or have the key
//! certified by another key.
//!
//! An [`EkCertificate`] is for an endorsement key, which signs nothing. It says that a TPM of
//! this maker exists, and nothing about any attestation key. An attestation key can only be
//! anchored with it by activating a credential (`EndorsementKey::from_certificate`).
//!
//! This module uses neither a clock nor a network: you give the roots and the time.
//! Revocation is not checked. A root is trusted because you give it, even if it has expired;
//! it has to be the certificate of a certification authority by what it says. Its name, its
//! key and its name constraints are used. A root or an intermediate certificate that cannot
//! be used is ignored.
//!
//! # Which certificates are accepted
//! Paths are those of RFC 5280, section 6, where every policy will do. A certificate that
//! requires an explicit policy (`policyConstraints`) is unsupported, as are a critical
//! `policyMappings` and `inhibitAnyPolicy`, and name constraints on other names than
//! directory names. Makers of TPMs differ from RFC 5280, and this is read all the same:
//!
//! - `critical` is written out where it is FALSE (Intel, AMD);
//! - the RSA key of an endorsement certificate says that it is for OAEP (STMicroelectronics,
//!   Infineon, Nuvoton);
//! - the `keyUsage` of an ECC endorsement key is `keyEncipherment` (AMD).
//!
//! What the certificate of an attestation key has to say of itself is a matter of the
//! [`Profile`]: the TCG's, if you name no other.
//!
//! ```
//! use core::time::Duration;
//!
//! use tpm_quote::{AkCertificate, AttestationKey, CertificateChain, KeyTrust, Tpm2bPublic, Unmarshal};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let read = |file| std::fs::read(format!("tests/data/{file}"));
//! let root = read("certificates/root.der")?; // from your own records
//! let certificate = read("certificates/ak-main-p256.der")?;
//! let public = read("cases/005-main-p256-ecdsa-sha256/ak.pub")?;
//!
//! let chain = CertificateChain::new(&certificate);
//! let at = Duration::from_secs(1_893_456_000); // or SystemTime::now().duration_since(UNIX_EPOCH)?
//! let certificate = AkCertificate::verify(&chain, &[root], at)?;
//! assert_eq!(certificate.identity().maker(), Some("STMicroelectronics"));
//!
//! let public = Tpm2bPublic::from_bytes(&public)?;
//! let key = AttestationKey::from_certificate(&public, &certificate)?;
//! assert_eq!(key.trust(), KeyTrust::Certificate);
//! # Ok(())
//! # }
//! ```

mod ak;
mod chain;
mod constraints;
mod ek;
mod identity;
mod instance;
mod name;
mod path;
mod profile;
mod reader;
mod signature;
mod validity;

pub(crate) use self::validity::seconds;
pub use self::{
    ak::AkCertificate,
    chain::CertificateChain,
    ek::EkCertificate,
    identity::{TpmIdentity, TpmSpecification},
    instance::GoogleVm,
    name::{DistinguishedName, Oid},
    profile::{Holder, Profile},
    reader::X509Certificate,
};
