//! The form and the scheme of a signature where its key names neither. The packages for Python and
//! JavaScript have this file as well, and no std.

use tpm_quote::{
    Error, TpmAlgId, TpmtSignature, Unmarshal,
    verify::{Part, PlainKey, SigningScheme},
};

/// Whether the signature is plain: by an RSA key it is as long as the modulus, and by another one
/// it begins like DER. No `TPMT_SIGNATURE` of a key of that kind is either.
pub(crate) fn is_plain(signature: &[u8], key: Option<&PlainKey<'_>>) -> bool {
    match key {
        Some(PlainKey::Rsa { modulus, .. }) => signature.len() == modulus.len(),
        Some(PlainKey::Ecc { .. }) => signature.first() == Some(&0x30),
        None => false,
    }
}

/// The scheme of a `TPMT_SIGNATURE`, or of a plain signature where there is none; with a hash, no
/// other one passes.
pub(crate) fn scheme(
    key: &PlainKey<'_>,
    structure: Option<&[u8]>,
    is_pss: bool,
    hash: Option<TpmAlgId>,
) -> Result<SigningScheme, Error> {
    let scheme = match (structure, key) {
        (Some(signature), _) => {
            let signature = TpmtSignature::from_bytes(signature)
                .map_err(|error| Error::from(error).in_part(Part::Signature))?;
            SigningScheme::of_signature(&signature)
        }
        (None, PlainKey::Ecc { .. }) => SigningScheme::ecdsa(TpmAlgId::SHA256),
        (None, _) if is_pss => SigningScheme::rsapss(TpmAlgId::SHA256),
        (None, _) => SigningScheme::rsassa(TpmAlgId::SHA256),
    };
    Ok(SigningScheme {
        hash: hash.unwrap_or(scheme.hash),
        ..scheme
    })
}
