//! Builds a public area and an attestation, writes both, and reads them back.

use tpm_quote::{
    Marshal, Tpm2bPublic, TpmAlgId, TpmlPcrSelection, TpmsAttest, TpmtPublic, TpmuAttest,
    Unmarshal, types::*,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // A restricted RSA key that signs, as attestation keys are.
    let key = TpmtPublic {
        name_alg: TpmAlgId::SHA256,
        object_attributes: TpmaObject::FIXED_TPM
            | TpmaObject::FIXED_PARENT
            | TpmaObject::SENSITIVE_DATA_ORIGIN
            | TpmaObject::RESTRICTED
            | TpmaObject::SIGN,
        auth_policy: Tpm2bDigest::default(),
        key: TpmuPublic::Rsa(ParmsAndId {
            parameters: TpmsRsaParms {
                symmetric: TpmtSymDefObject::Null,
                scheme: TpmtRsaScheme::RsaPss(TpmAlgId::SHA256),
                key_bits: 2048,
                exponent: 0, // 65537
            },
            unique: Tpm2bPublicKeyRsa::new(&[0xc1; 256])?,
        }),
    };
    let mut room = [0; 512];
    let public = Tpm2bPublic::new(key, &mut room)?;

    // A quote of PCRs 0 to 7 in the bank of SHA-256.
    let banks = [TpmsPcrSelection::new(TpmAlgId::SHA256, &[0xff, 0, 0])?];
    let mut room = [0; 16];
    let quote = TpmsQuoteInfo {
        pcr_select: TpmlPcrSelection::new(&banks, &mut room)?,
        pcr_digest: Tpm2bDigest::new(&[0x33; 32])?,
    };
    let attest = TpmsAttest {
        qualified_signer: Tpm2bName::default(),
        extra_data: Tpm2bData::new(b"nonce")?,
        clock_info: TpmsClockInfo {
            clock: 1_000,
            reset_count: 1,
            restart_count: 0,
            safe: true,
        },
        firmware_version: 0x0002_0000,
        attested: TpmuAttest::Quote(quote),
    };

    let (mut public_bytes, mut attest_bytes) = ([0; 512], [0; 256]);
    let public_bytes = public.marshal_into(&mut public_bytes)?;
    let attest_bytes = attest.marshal_into(&mut attest_bytes)?;
    assert_eq!(Tpm2bPublic::from_bytes(public_bytes)?, public);
    assert_eq!(TpmsAttest::from_bytes(attest_bytes)?, attest);
    println!("{public:#?}\n{attest:#?}");
    Ok(())
}
