//! libtss2-mu, with OpenSSL.

use tss_esapi_sys::{TPM2B_PUBLIC, TPML_PCR_SELECTION, TPMS_ATTEST, TPMT_SIGNATURE};

use super::{
    Crypto, Key, Quoted, Signature, TPM_ALG_RSA, TPM_ALG_RSASSA, TPM_ALG_SHA256,
    TPM_GENERATED_VALUE, TPM_ST_ATTEST_QUOTE, judge,
};
use crate::{evidence::Quote, mu::Read};

/// Room for the structures, used again and again.
#[derive(Default)]
pub struct Structures {
    public: TPM2B_PUBLIC,
    attest: TPMS_ATTEST,
    signature: TPMT_SIGNATURE,
}

pub fn verify(quote: &Quote, to: &mut Structures, crypto: &mut impl Crypto) -> bool {
    if !to.public.read(quote.public) || !to.signature.read(quote.signature) {
        return false;
    }
    let area = &to.public.publicArea;
    if area.type_ != TPM_ALG_RSA || to.signature.sigAlg != TPM_ALG_RSASSA {
        return false;
    }
    // SAFETY: `type` says that these are of RSA; the hash stands at the same place for
    // all schemes that have one, and without one the value is not used.
    let (parameters, modulus, hash) = unsafe {
        let parameters = &area.parameters.rsaDetail;
        (
            parameters,
            &area.unique.rsa,
            parameters.scheme.details.anySig.hashAlg,
        )
    };
    // SAFETY: `sigAlg` says that it is of RSASSA.
    let signature = unsafe { &to.signature.signature.rsassa };
    let key = Key {
        kind: area.type_,
        attributes: area.objectAttributes,
        scheme: (parameters.scheme.scheme, hash),
        bits: parameters.keyBits,
        exponent: parameters.exponent,
        modulus: &modulus.buffer[..usize::from(modulus.size)],
    };
    let signature = Signature {
        scheme: (to.signature.sigAlg, signature.hash),
        signature: &signature.sig.buffer[..usize::from(signature.sig.size)],
    };
    let attest = &mut to.attest;
    judge(quote, crypto, &key, &signature, || {
        let read = attest.read(quote.attest);
        if !read || attest.magic != TPM_GENERATED_VALUE || attest.type_ != TPM_ST_ATTEST_QUOTE {
            return None;
        }
        // SAFETY: `type` says that it is a quote.
        let quoted = unsafe { &attest.attested.quote };
        Some(Quoted {
            nonce: &attest.extraData.buffer[..usize::from(attest.extraData.size)],
            selection_fits: selection_fits(&quoted.pcrSelect),
            digest: &quoted.pcrDigest.buffer[..usize::from(quoted.pcrDigest.size)],
        })
    })
}

fn selection_fits(selection: &TPML_PCR_SELECTION) -> bool {
    let [first, ..] = &selection.pcrSelections;
    selection.count == 1
        && first.hash == TPM_ALG_SHA256
        && first.sizeofSelect == 3
        && first.pcrSelect[..3] == [0x81, 0x04, 0x00]
}
