//! Signatures without their scheme: `tpm2_quote -f plain`.

use super::ToolsError;
use crate::{
    error::{Place, Reason},
    types::{
        Tpm2bEccParameter, Tpm2bPublicKeyRsa, TpmAlgId, TpmsSignatureEcc, TpmsSignatureRsa,
        TpmtSignature,
    },
    verify::SigningScheme,
    wire::{
        Reader,
        der::{SEQUENCE, element, unsigned},
    },
};

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

/// The signature in a file of the format `plain`, which does not say how it was
/// made: `scheme` has to be known from elsewhere.
///
/// For RSA the file is the signature as a number; for ECDSA, the DER of a
/// `SEQUENCE` of two numbers, of which leading zeros are lost.
///
/// [`marshal_into`] makes a `TPMT_SIGNATURE` of it, as [`Evidence`] takes one:
/// 518 bytes are always enough.
///
/// [`marshal_into`]: crate::Marshal::marshal_into
/// [`Evidence`]: crate::verify::Evidence
///
/// # Errors
/// It is none, or there is no such format for this scheme.
pub fn plain_signature(
    bytes: &[u8],
    scheme: SigningScheme,
) -> Result<TpmtSignature<'_>, ToolsError> {
    let SigningScheme { scheme, hash } = scheme;
    let mut r = Reader::new(bytes);
    match scheme {
        TpmAlgId::RSASSA | TpmAlgId::RSAPSS => {
            let sig = Tpm2bPublicKeyRsa::new(bytes).map_err(|_| {
                let size = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
                r.error(Reason::SizeOutOfRange { size }).in_place(RSA)
            })?;
            let signature = TpmsSignatureRsa { hash, sig };
            Ok(match scheme {
                TpmAlgId::RSASSA => TpmtSignature::RsaSsa(signature),
                _ => TpmtSignature::RsaPss(signature),
            })
        }
        TpmAlgId::ECDSA => {
            let mut pair = element(&mut r, SEQUENCE, PAIR)?;
            r.finish().map_err(|error| error.in_place(PAIR))?;
            let signature_r = number(&mut pair, R)?;
            let signature_s = number(&mut pair, S)?;
            pair.finish().map_err(|error| error.in_place(PAIR))?;
            Ok(TpmtSignature::EcDsa(TpmsSignatureEcc {
                hash,
                signature_r,
                signature_s,
            }))
        }
        other => Err(r
            .error(Reason::UnknownSelector { value: other.0 })
            .in_place(SCHEME)
            .into()),
    }
}

fn number<'a>(
    r: &mut Reader<'a>,
    place: &'static Place,
) -> Result<Tpm2bEccParameter<'a>, ToolsError> {
    let at = *r;
    let number = unsigned(r, place)?;
    Tpm2bEccParameter::new(number).map_err(|_| {
        let size = u16::try_from(number.len()).unwrap_or(u16::MAX);
        at.error(Reason::SizeOutOfRange { size })
            .in_place(place)
            .into()
    })
}
