//! The views of tpm2-protocol, with any cryptography.

use tpm2_protocol::{
    TpmField,
    basic::{TpmUint16, TpmUint32},
    data::{
        Tpm2bDigest, Tpm2bPublicKeyRsa, Tpm2bPublicWire, TpmAlgId, TpmlPcrSelection, TpmsAttest,
        TpmtRsaScheme, TpmtSignature, TpmtSymDefObject, TpmuAsymSchemeView, TpmuAttestView,
        TpmuPublicIdView, TpmuPublicParmsView, TpmuSignatureView,
    },
};

use super::{Crypto, Key, Quoted, SELECTION, Signature, judge};
use crate::evidence::Quote;

pub fn verify(quote: &Quote, crypto: &mut impl Crypto) -> bool {
    let (Some(key), Some(signature)) = (key(quote.public), signature(quote.signature)) else {
        return false;
    };
    judge(quote, crypto, &key, &signature, || quoted(quote.attest))
}

fn key(bytes: &[u8]) -> Option<Key<'_>> {
    let area = Tpm2bPublicWire::cast(bytes).ok()?.inner().ok()?;
    let (TpmuPublicParmsView::Rsa(parameters), TpmuPublicIdView::Rsa(modulus)) =
        (area.parameters, area.unique)
    else {
        return None;
    };
    // The view of the parameters is their checked bytes.
    let (_, rest) = TpmtSymDefObject::cast_prefix_field(parameters.as_bytes()).ok()?;
    let ((scheme, details), rest) = TpmtRsaScheme::cast_prefix_field(rest).ok()?;
    let (bits, rest) = <TpmUint16 as TpmField>::cast_prefix_field(rest).ok()?;
    let (exponent, _) = <TpmUint32 as TpmField>::cast_prefix_field(rest).ok()?;
    let TpmuAsymSchemeView::Hash(hash) = details else {
        return None;
    };
    let (hash, _) = TpmAlgId::cast_prefix_field(hash.as_bytes()).ok()?;
    Some(Key {
        kind: area.object_type.value(),
        attributes: area.object_attributes.bits(),
        scheme: (scheme.value(), hash.value()),
        bits: bits.value(),
        exponent: exponent.value(),
        modulus: modulus.data(),
    })
}

fn signature(bytes: &[u8]) -> Option<Signature<'_>> {
    let ((scheme, signature), []) = TpmtSignature::cast_prefix_field(bytes).ok()? else {
        return None;
    };
    let TpmuSignatureView::Rsassa(signature) = signature else {
        return None;
    };
    let (hash, rest) = TpmAlgId::cast_prefix_field(signature.as_bytes()).ok()?;
    let (signature, _) = Tpm2bPublicKeyRsa::cast_prefix_field(rest).ok()?;
    Some(Signature {
        scheme: (scheme.value(), hash.value()),
        signature: signature.data(),
    })
}

fn quoted(bytes: &[u8]) -> Option<Quoted<'_>> {
    let (attest, []) = TpmsAttest::cast_prefix_field(bytes).ok()? else {
        return None;
    };
    let TpmuAttestView::Quote(quote) = attest.attested else {
        return None;
    };
    let (selection, rest) = TpmlPcrSelection::cast_prefix_field(quote.as_bytes()).ok()?;
    let (digest, _) = Tpm2bDigest::cast_prefix_field(rest).ok()?;
    Some(Quoted {
        nonce: attest.extra_data.data(),
        selection_fits: selection.as_bytes() == SELECTION,
        digest: digest.data(),
    })
}
