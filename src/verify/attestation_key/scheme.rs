//! Schemes and algorithms of keys, and signatures that do not say how they were made.

use core::fmt;

use crate::{
    crypto::Curve,
    error::{Place, Reason},
    types::{
        Tpm2bEccParameter, Tpm2bPublicKeyRsa, TpmAlgId, TpmsSignatureEcc, TpmsSignatureRsa,
        TpmtSignature,
    },
    verify::error::{Error, Part},
    wire::{
        Reader,
        der::{SEQUENCE, element, end, unsigned},
    },
};

/// The scheme and hash that a key is bound to. As text, `rsassa-sha256`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SigningScheme {
    /// `TPM_ALG_RSASSA`, `TPM_ALG_RSAPSS` or `TPM_ALG_ECDSA`.
    pub scheme: TpmAlgId,
    /// The hash of the message, and of the PCR values.
    pub hash: TpmAlgId,
}

const fn place(field: &'static str) -> Place {
    Place {
        structure: "signature",
        field,
    }
}

const SCHEME: &Place = &place("scheme");
const RSA: &Place = &place("sig");
const PAIR: &Place = &place("");
const R: &Place = &place("r");
const S: &Place = &place("s");

impl SigningScheme {
    /// Returns the scheme RSASSA-PKCS1-v1_5 with this hash.
    #[must_use]
    pub const fn rsassa(hash: TpmAlgId) -> Self {
        let scheme = TpmAlgId::RSASSA;
        Self { scheme, hash }
    }

    /// Returns the scheme RSASSA-PSS with this hash.
    #[must_use]
    pub const fn rsapss(hash: TpmAlgId) -> Self {
        let scheme = TpmAlgId::RSAPSS;
        Self { scheme, hash }
    }

    /// Returns the scheme ECDSA with this hash.
    #[must_use]
    pub const fn ecdsa(hash: TpmAlgId) -> Self {
        let scheme = TpmAlgId::ECDSA;
        Self { scheme, hash }
    }

    /// Returns the scheme and the hash that a signature claims to have. The hash is
    /// `TPM_ALG_NULL` if the signature has none.
    ///
    /// With these, the signer chooses the scheme and the hash: use them only where nothing
    /// else says which ones to expect.
    #[must_use]
    pub fn of_signature(signature: &TpmtSignature<'_>) -> Self {
        let hash = match signature {
            TpmtSignature::RsaSsa(rsa) | TpmtSignature::RsaPss(rsa) => rsa.hash,
            TpmtSignature::EcDsa(ecc)
            | TpmtSignature::EcDaa(ecc)
            | TpmtSignature::Sm2(ecc)
            | TpmtSignature::EcSchnorr(ecc) => ecc.hash,
            TpmtSignature::Hmac(mac) => mac.hash_alg(),
            TpmtSignature::HashMldsa(mldsa) => mldsa.hash,
            TpmtSignature::Null
            | TpmtSignature::EdDsa(_)
            | TpmtSignature::HashEdDsa(_)
            | TpmtSignature::Mldsa(_) => TpmAlgId::NULL,
        };
        Self {
            scheme: signature.selector(),
            hash,
        }
    }

    /// Reads a plain signature of this scheme, as `tpm2_quote -f plain` and most libraries
    /// write it, for [`Evidence`](crate::Evidence). The bytes do not say how they were made.
    ///
    /// For RSA they are the signature as a number; for ECDSA, the DER of a `SEQUENCE` of two
    /// numbers (RFC 3279, 2.2.3).
    ///
    /// # Errors
    /// The bytes are not such a signature, or the scheme has no plain form.
    pub fn plain_signature(self, bytes: &[u8]) -> Result<TpmtSignature<'_>, Error> {
        let mut r = Reader::new(bytes);
        let refused = |error| Error::structure(Part::Signature, error);
        match self.scheme {
            TpmAlgId::RSASSA | TpmAlgId::RSAPSS => {
                let sig = Tpm2bPublicKeyRsa::new(bytes).map_err(|_| {
                    let size = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
                    refused(r.error(Reason::SizeOutOfRange { size }).in_place(RSA))
                })?;
                let hash = self.hash;
                let signature = TpmsSignatureRsa { hash, sig };
                Ok(match self.scheme {
                    TpmAlgId::RSASSA => TpmtSignature::RsaSsa(signature),
                    _ => TpmtSignature::RsaPss(signature),
                })
            }
            TpmAlgId::ECDSA => {
                let mut pair = element(&mut r, SEQUENCE, PAIR).map_err(refused)?;
                end(r, PAIR).map_err(refused)?;
                let at_r = pair;
                let signature_r = unsigned(&mut pair, R).map_err(refused)?;
                let at_s = pair;
                let signature_s = unsigned(&mut pair, S).map_err(refused)?;
                end(pair, PAIR).map_err(refused)?;
                Ok(TpmtSignature::EcDsa(TpmsSignatureEcc {
                    hash: self.hash,
                    signature_r: number(signature_r, at_r, R)?,
                    signature_s: number(signature_s, at_s, S)?,
                }))
            }
            other => {
                let reason = Reason::UnknownSelector { value: other.0 };
                Err(refused(r.error(reason).in_place(SCHEME)))
            }
        }
    }

    /// Makes an ECDSA signature of its two numbers, big-endian. Leading zeros may be left out.
    ///
    /// # Errors
    /// A number is longer than any curve's, or the scheme is not ECDSA.
    pub fn ecdsa_signature<'a>(self, r: &'a [u8], s: &'a [u8]) -> Result<TpmtSignature<'a>, Error> {
        if self.scheme != TpmAlgId::ECDSA {
            let value = self.scheme.0;
            let error = Reader::new(r).error(Reason::UnknownSelector { value });
            return Err(Error::structure(Part::Signature, error.in_place(SCHEME)));
        }
        Ok(TpmtSignature::EcDsa(TpmsSignatureEcc {
            hash: self.hash,
            signature_r: number(r, Reader::new(r), R)?,
            signature_s: number(s, Reader::new(s), S)?,
        }))
    }
}

/// A number of an ECDSA signature, which stands at `at`.
fn number<'a>(
    bytes: &'a [u8],
    at: Reader<'_>,
    place: &'static Place,
) -> Result<Tpm2bEccParameter<'a>, Error> {
    Tpm2bEccParameter::new(bytes).map_err(|_| {
        let size = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
        let error = at.error(Reason::SizeOutOfRange { size }).in_place(place);
        Error::structure(Part::Signature, error)
    })
}

impl fmt::Display for SigningScheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.scheme {
            TpmAlgId::RSASSA => "rsassa",
            TpmAlgId::RSAPSS => "rsapss",
            _ => "ecdsa",
        })?;
        f.write_str(match self.hash {
            TpmAlgId::SHA1 => "-sha1",
            TpmAlgId::SHA256 => "-sha256",
            TpmAlgId::SHA384 => "-sha384",
            _ => "-sha512",
        })
    }
}

/// The kind and size of a key. As text, `rsa-2048` or `ecc-p256`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyAlgorithm {
    /// RSA, with a modulus of this many bits.
    Rsa(u16),
    /// ECC, on this curve.
    Ecc(Curve),
}

impl fmt::Display for KeyAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rsa(bits) => write!(f, "rsa-{bits}"),
            Self::Ecc(Curve::P256) => f.write_str("ecc-p256"),
            Self::Ecc(Curve::P384) => f.write_str("ecc-p384"),
            Self::Ecc(Curve::P521) => f.write_str("ecc-p521"),
        }
    }
}
