//! The key that a caller gives, in whichever form, as it is judged, and a signature by it.

use tpm_quote::{
    Appraisal, AttestationKey, Error, Nonce, Tpm2bPublic,
    evidence::{Key, read_key},
    verify::{AttestSignature, PlainKey},
};

use crate::{
    signature::{Form, SignatureTerms},
    wanted::{Unusable, Wanted},
};

/// What a caller says of the key, and of a signature by it.
#[derive(Clone, Copy)]
pub(crate) struct Given<'a> {
    /// In any form that the library reads. The one in the certificate that vouches for it, if it
    /// is not given.
    pub(crate) key: Option<&'a [u8]>,
    pub(crate) signature: &'a [u8],
    pub(crate) terms: SignatureTerms,
    pub(crate) nonce: Nonce,
}

/// A key as it was judged, and a signature by it.
pub(crate) struct Named<'a> {
    pub(crate) key: Appraisal<'a, AttestationKey<'a>>,
    pub(crate) signature: AttestSignature<'a>,
}

impl From<Error> for Named<'_> {
    fn from(error: Error) -> Self {
        Self {
            key: error.into(),
            signature: AttestSignature::from(&[][..]),
        }
    }
}

/// Judges a key. `room` is for what is decoded of a text: as long as the key. One known by its
/// numbers alone has the scheme that the signature says, or else the caller.
pub(crate) fn judge<'a, 'w: 'a>(
    given: Given<'a>,
    room: &'a mut [u8],
    wanted: &'a Wanted<'w>,
) -> Result<Named<'a>, Unusable> {
    let plain = match given.key.map(|bytes| read_key(bytes, room)) {
        Some(Ok((_, Key::Public(public)))) => return of_public(&public, given, wanted),
        Some(Ok((_, Key::Plain(plain)))) => plain,
        Some(Err(error)) => return Ok(error.into()),
        None => match of_certificate(wanted) {
            Ok(plain) => plain,
            Err(error) => return Ok(error.into()),
        },
    };
    of_plain(&plain, given, wanted)
}

/// The key in the certificate.
fn of_certificate<'a>(wanted: &'a Wanted<'_>) -> Result<PlainKey<'a>, Error> {
    match wanted.certificate() {
        Some(Ok(certificate)) => Ok(*certificate.plain_key()),
        Some(Err(error)) => Err(*error),
        None => wanted.key_beside_trust(),
    }
}

pub(crate) fn of_public<'a, 'w: 'a>(
    public: &Tpm2bPublic<'a>,
    given: Given<'a>,
    wanted: &'a Wanted<'w>,
) -> Result<Named<'a>, Unusable> {
    let key = wanted
        .verifier()
        .appraise_key(public, &wanted.anchor(given.nonce));
    if let Some(setting) = given.terms.useless(key.key().map(|key| key.scheme())) {
        return Err(Unusable::Scheme(setting));
    }
    let plain = PlainKey::of_public(public.value());
    let form = given.terms.form(given.signature, plain.as_ref());
    Ok(signed(key, given.signature, form))
}

pub(crate) fn of_plain<'a, 'w: 'a>(
    plain: &PlainKey<'a>,
    given: Given<'a>,
    wanted: &'a Wanted<'w>,
) -> Result<Named<'a>, Unusable> {
    if let Some(setting) = wanted.terms.of_public_area() {
        return Err(Unusable::PlainKey(setting));
    }
    let verifier = wanted.verifier();
    let form = given.terms.form(given.signature, Some(plain));
    let scheme = match given.terms.scheme(plain, given.signature, form) {
        Ok(scheme) => scheme,
        Err(error) => return Ok(error.into()),
    };
    let key = match (wanted.plain_lines(given.nonce), wanted.certificate()) {
        (Some(anchor), _) => verifier.appraise_anchored_plain_key(plain, scheme, &anchor),
        (None, Some(Ok(certificate))) => {
            verifier.appraise_certificate_key(certificate, scheme, Some(plain))
        }
        (None, Some(Err(error))) => verifier
            .appraise_plain_key(plain, scheme, None)
            .fail(*error),
        (None, None) => verifier.appraise_plain_key(plain, scheme, None),
    };
    Ok(signed(key, given.signature, form))
}

/// The signature, by what is known of the key.
fn signed<'a>(key: Appraisal<'a, AttestationKey<'a>>, bytes: &'a [u8], form: Form) -> Named<'a> {
    let plain = match (form, key.value()) {
        (Form::Plain, Some(key)) => key.scheme().plain_signature(bytes),
        _ => {
            let signature = bytes.into();
            return Named { key, signature };
        }
    };
    match plain {
        Ok(signature) => Named {
            key,
            signature: signature.into(),
        },
        Err(error) => Named {
            key: key.fail(error),
            signature: AttestSignature::from(&[][..]),
        },
    }
}
