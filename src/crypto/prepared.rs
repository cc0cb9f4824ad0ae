//! An engine that is prepared for one key.

use core::fmt;

#[cfg(feature = "ima")]
use super::hash::Digest;
#[cfg(feature = "ecdsa")]
use super::{ecdsa, hash::Hasher};
use super::{
    signature::{PublicKey, Signature, SignatureError, SignatureVerifier},
    software::Software,
};
use crate::types::TpmAlgId;

/// An engine for a key that is used more than once: what depends only on the key is computed
/// beforehand. It accepts and refuses the same signatures as [`Software`].
///
/// For an ECC key it holds sixteen points, and each verification after the first takes about
/// two thirds of the time. For an RSA key there is nothing to prepare. Signatures by any other
/// key are verified as by [`Software`].
///
/// It takes about 2.4 KB for any key, the size of the points of P-521. Making one takes up to
/// 12 KB of stack; using it takes less than [`Software`] does.
///
/// ```
/// use tpm_quote::{AttestationKey, Error, Evidence, QuotePolicy, Verifier};
///
/// fn verify(
///     key: &AttestationKey<'_>,
///     quotes: &[Evidence<'_, '_>],
///     policy: &QuotePolicy<'_>,
/// ) -> Result<(), Error> {
///     let prepared = key.prepare();
///     let verifier = Verifier::new().crypto(&prepared);
///     for evidence in quotes {
///         let quote = verifier.quote(key, evidence, policy)?;
///         println!("{:?}", quote.selection());
///     }
///     Ok(())
/// }
/// ```
#[derive(Clone, Copy)]
pub struct PreparedKey<'a> {
    key: PublicKey<'a>,
    #[cfg(feature = "ecdsa")]
    points: Option<ecdsa::PreparedKey>,
}

impl<'a> PreparedKey<'a> {
    /// Prepares the engine for a key. A point that is not on its curve cannot be prepared: it
    /// is refused when it is used, as by [`Software`].
    #[must_use]
    pub fn new(key: PublicKey<'a>) -> Self {
        Self {
            key,
            #[cfg(feature = "ecdsa")]
            points: match key {
                PublicKey::Ecc { curve, x, y } => ecdsa::PreparedKey::new(curve, x, y),
                PublicKey::Rsa { .. } => None,
            },
        }
    }

    /// Returns the key.
    #[must_use]
    pub const fn key(&self) -> PublicKey<'a> {
        self.key
    }

    /// What was prepared, if it was for this key.
    #[cfg(feature = "ecdsa")]
    fn points_of(&self, key: &PublicKey<'_>) -> Option<&ecdsa::PreparedKey> {
        self.points.as_ref().filter(|_| self.key == *key)
    }
}

/// Writes the key only: the points follow from it.
impl fmt::Debug for PreparedKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PreparedKey")
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

impl SignatureVerifier for PreparedKey<'_> {
    fn check_key(&self, key: &PublicKey<'_>) -> Result<(), SignatureError> {
        #[cfg(feature = "ecdsa")]
        if self.points_of(key).is_some() {
            return Ok(());
        }
        Software.check_key(key)
    }

    fn verify(
        &self,
        key: &PublicKey<'_>,
        hash: TpmAlgId,
        message: &[u8],
        signature: &Signature<'_>,
    ) -> Result<(), SignatureError> {
        #[cfg(feature = "ecdsa")]
        if let (Some(points), Signature::EcDsa { r, s }) = (self.points_of(key), signature) {
            let digest = Hasher::digest(hash, message).ok_or(SignatureError::Unsupported)?;
            return points.verify(&digest, r, s);
        }
        Software.verify(key, hash, message, signature)
    }

    #[cfg(feature = "ima")]
    fn verify_digest(
        &self,
        key: &PublicKey<'_>,
        hash: TpmAlgId,
        digest: &Digest,
        signature: &Signature<'_>,
    ) -> Result<(), SignatureError> {
        #[cfg(feature = "ecdsa")]
        if let (Some(points), Signature::EcDsa { r, s }) = (self.points_of(key), signature) {
            return points.verify(digest, r, s);
        }
        Software.verify_digest(key, hash, digest, signature)
    }
}

#[cfg(feature = "ecdsa")]
#[cfg(test)]
mod tests {
    extern crate std;

    use core::mem::size_of;

    use p256::ecdsa::{SigningKey, signature::Signer};

    use super::*;
    use crate::crypto::{Compact, Curve};

    const MESSAGE: &[u8] = b"message";

    /// A point and a signature of the message by its key, each two numbers.
    fn signed(secret: u8) -> [[u8; 64]; 2] {
        signed_by(&[secret; 32])
    }

    fn signed_by(secret: &[u8; 32]) -> [[u8; 64]; 2] {
        let key = SigningKey::from_slice(secret).unwrap();
        let signature: p256::ecdsa::Signature = key.sign(MESSAGE);
        let point = key.verifying_key().to_sec1_point(false);
        let [_, point @ ..] = point.as_bytes() else {
            panic!("a point has a tag");
        };
        [
            point.try_into().unwrap(),
            signature.to_bytes().as_slice().try_into().unwrap(),
        ]
    }

    fn key(point: &[u8; 64]) -> PublicKey<'_> {
        let (x, y) = point.split_at(32);
        let curve = Curve::P256;
        PublicKey::Ecc { curve, x, y }
    }

    fn verify(
        verifier: &dyn SignatureVerifier,
        key: &PublicKey<'_>,
        signature: &[u8; 64],
    ) -> Result<(), SignatureError> {
        let (r, s) = signature.split_at(32);
        verifier.verify(key, TpmAlgId::SHA256, MESSAGE, &Signature::EcDsa { r, s })
    }

    #[test]
    fn answers_for_the_key_that_is_asked_for() {
        let [own_point, own_signature] = signed(1);
        let [other_point, other_signature] = signed(2);
        let (own, other) = (key(&own_point), key(&other_point));
        let prepared = PreparedKey::new(own);
        assert_eq!(prepared.key(), own);
        let invalid = Err(SignatureError::Invalid);
        assert_eq!(verify(&prepared, &own, &own_signature), Ok(()));
        assert_eq!(verify(&prepared, &own, &other_signature), invalid);
        assert_eq!(verify(&prepared, &other, &own_signature), invalid);
        assert_eq!(verify(&prepared, &other, &other_signature), Ok(()));
        assert_eq!(prepared.check_key(&own), Ok(()));
        assert_eq!(prepared.check_key(&other), Ok(()));

        // The numbers of the own key, as a key on another curve, are none.
        let PublicKey::Ecc { x, y, .. } = own else {
            panic!("it is a point");
        };
        let curve = Curve::P384;
        let moved = PublicKey::Ecc { curve, x, y };
        assert_eq!(prepared.check_key(&moved), invalid);
        assert_eq!(verify(&prepared, &moved, &own_signature), invalid);
    }

    /// The secrets d and n - d have points with the same x: FIPS 186-5, n of P-256.
    #[test]
    fn key_with_the_same_x_is_another_key() {
        let one = core::array::from_fn(|at| u8::from(at == 31));
        let last = bytes("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550");
        let [own_point, own_signature] = signed_by(&one);
        let [other_point, other_signature] = signed_by(&last);
        assert_eq!(own_point[..32], other_point[..32]);
        let (own, other) = (key(&own_point), key(&other_point));
        let prepared = PreparedKey::new(own);
        let invalid = Err(SignatureError::Invalid);
        assert_eq!(verify(&prepared, &own, &own_signature), Ok(()));
        assert_eq!(verify(&prepared, &own, &other_signature), invalid);
        assert_eq!(verify(&prepared, &other, &own_signature), invalid);
        assert_eq!(verify(&prepared, &other, &other_signature), Ok(()));
        // The same x, and a y that is none of its two.
        let mut none = own_point;
        none[63] ^= 1;
        assert_eq!(prepared.check_key(&key(&none)), invalid);
        assert_eq!(verify(&prepared, &key(&none), &own_signature), invalid);
    }

    fn bytes(digits: &str) -> [u8; 32] {
        let mut bytes = [0; 32];
        crate::wire::Hex::decode(digits, &mut bytes).unwrap();
        bytes
    }

    #[test]
    fn point_off_the_curve_is_refused_by_all() {
        let [mut point, signature] = signed(3);
        point[63] ^= 1;
        let none = key(&point);
        let verifiers: [&dyn SignatureVerifier; 3] = [&Software, &PreparedKey::new(none), &Compact];
        for verifier in verifiers {
            let invalid = Err(SignatureError::Invalid);
            assert_eq!(verifier.check_key(&none), invalid);
            assert_eq!(verify(verifier, &none, &signature), invalid);
        }
    }

    #[test]
    fn what_is_not_supported_stays_so() {
        let [point, signature] = signed(4);
        let own = key(&point);
        let (r, s) = signature.split_at(32);
        let verifiers: [&dyn SignatureVerifier; 3] = [&Software, &PreparedKey::new(own), &Compact];
        for verifier in verifiers {
            let verify = |hash, signature| verifier.verify(&own, hash, MESSAGE, &signature);
            let unsupported = Err(SignatureError::Unsupported);
            let hash = TpmAlgId::SHA3_256;
            assert_eq!(verify(hash, Signature::EcDsa { r, s }), unsupported);
            let hash = TpmAlgId::SHA256;
            assert_eq!(verify(hash, Signature::RsaSsa(&signature)), unsupported);
        }
    }

    #[test]
    fn says_its_key_and_keeps_its_size() {
        let [point, _] = signed(5);
        let own = key(&point);
        let text = std::format!("{:?}", PreparedKey::new(own));
        assert_eq!(text, std::format!("PreparedKey {{ key: {own:?}, .. }}"));
        assert!(size_of::<PreparedKey<'_>>() <= 2400);
    }
}
