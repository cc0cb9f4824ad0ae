//! Certificates of keys in TPMs: from a key to an authority that the caller trusts.
//!
//! An [`AkCertificate`] anchors an attestation key. What it is worth is what the authority
//! is worth: by the TCG's profiles it issues such a certificate only for a key that it saw
//! activate a credential, so that the key is in the TPM that the certificate names, and is
//! restricted. **The certificate itself says nothing of that: it has the key's numbers, and
//! no more.** The attributes and the Name are those of the public area that comes beside
//! it, by the word of whoever sent it. They are judged all the same; who needs the Name to
//! be the one that the TPM has pins it, or has the key certified by another one.
//!
//! An [`EkCertificate`] is for an endorsement key, which signs nothing. It says that a TPM
//! of this maker exists, and nothing of any attestation key: there is no way from it to an
//! anchored key but the activation of a credential (`EndorsementKey::from_certificate`).
//!
//! Nothing here asks a clock or a network: the roots and the time are the caller's.
//! Whether a certificate was revoked is not looked at. Of a root, the name, the key and
//! the name constraints count: it is trusted by being given, however old it is, unless it
//! says itself that it is no certification authority.
//!
//! ```
//! use core::time::Duration;
//!
//! use tpm_quote::{AkCertificate, AttestationKey, CertificateChain, KeyTrust, Tpm2bPublic, Unmarshal};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let read = |file| std::fs::read(format!("tests/data/{file}"));
//! let root = read("certificates/root.der")?; // known beforehand
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
//!
//! # Panics
//! None is known. That none can be reached is proven for what is read of a certificate, as
//! for the rest of the crate, and not for `verify`: paths are built by `rustls-webpki`,
//! which needs no allocator but indexes slices, at places that it has checked. It was taken
//! all the same, because a path that is judged wrongly is worse than a panic, and because
//! many read and test it. `tests/no_std/paths.txt` lists where its panics are; the list may
//! only shrink.

mod ak;
mod chain;
mod ek;
mod identity;
mod name;
mod path;
mod reader;

pub use self::{
    ak::AkCertificate,
    chain::CertificateChain,
    ek::EkCertificate,
    identity::{TpmIdentity, TpmSpecification},
    name::{DistinguishedName, Oid},
    reader::X509Certificate,
};
