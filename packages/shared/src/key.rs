//! The key that a caller gives, in whichever form, as it is judged.

use tpm_quote::{
    Appraisal, AttestationKey, Error, Nonce, TpmtSignature, Unmarshal,
    evidence::{Key, read_key},
    verify::{Part, SigningScheme},
};

use crate::wanted::{Unusable, Wanted};

/// Judges a key in any form that the library reads. `room` is for what is decoded of a text:
/// as long as the key. One known by its numbers alone has the scheme that the signature says.
pub(crate) fn judge<'a, 'w: 'a>(
    bytes: &'a [u8],
    room: &'a mut [u8],
    signature: &[u8],
    wanted: &'a Wanted<'w>,
    nonce: Nonce,
) -> Result<Appraisal<'a, AttestationKey<'a>>, Unusable> {
    let verifier = wanted.verifier();
    let plain = match read_key(bytes, room) {
        Ok((_, Key::Public(public))) => {
            return Ok(verifier.appraise_key(&public, &wanted.anchor(nonce)));
        }
        Ok((_, Key::Plain(plain))) => plain,
        Err(error) => return Ok(error.into()),
    };
    if let Some(setting) = wanted.terms.of_public_area() {
        return Err(Unusable::PlainKey(setting));
    }
    let scheme = match TpmtSignature::from_bytes(signature) {
        Ok(signature) => SigningScheme::of_signature(&signature),
        Err(error) => return Ok(Error::from(error).in_part(Part::Signature).into()),
    };
    if let Some(anchor) = wanted.plain_lines(nonce) {
        return Ok(verifier.appraise_anchored_plain_key(&plain, scheme, &anchor));
    }
    Ok(match wanted.certificate() {
        Some(Ok(certificate)) => {
            verifier.appraise_certificate_key(certificate, scheme, Some(&plain))
        }
        Some(Err(error)) => verifier
            .appraise_plain_key(&plain, scheme, None)
            .fail(*error),
        None => verifier.appraise_plain_key(&plain, scheme, None),
    })
}
