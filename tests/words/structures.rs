//! Structures that cannot be read, in each part of what is given.

use tpm_quote::{
    Check, Error, Tpm2bAttest, Tpm2bPublic, TpmsAttest, TpmtPublic, TpmtSignature, Unmarshal,
    verify::Part,
};

use crate::{
    NEWER,
    row::{Row, malformed, say, unsupported},
};

const CUT: &str =
    "The input was cut, changed on its way, or written in another form than expected.";

pub fn rows() -> Vec<Row> {
    [cut(), unknown()].into_iter().flatten().collect()
}

#[test]
fn structures_say_what_is_wrong_and_where() {
    say(&rows());
}

fn of(part: Part, error: impl Into<Error>) -> Error {
    error.into().in_part(part)
}

fn cut() -> Vec<Row> {
    const SIGNED: &str = "The signature matches, so whoever has the key signed something that no TPM makes: do not trust the key.";
    const CERTIFICATE: &str =
        "Give each certificate in DER, of version 3 and whole, with nothing around it.";
    let public = || Tpm2bPublic::from_bytes(&[0]).unwrap_err();
    let attest = || Tpm2bAttest::from_bytes(&[0, 2]).unwrap_err();
    let signature = || TpmtSignature::from_bytes(&[0, 0x10, 0]).unwrap_err();
    let signed = || TpmsAttest::from_bytes(&[]).unwrap_err();
    let rows = [
        (
            public().into(),
            "TPM2B_PUBLIC.size at byte 0: input ends 1 byte too early",
            CUT,
        ),
        (
            of(Part::Key, public()),
            "attestation key: TPM2B_PUBLIC.size at byte 0: input ends 1 byte too early",
            CUT,
        ),
        (
            of(Part::EndorsementKey, public()),
            "endorsement key: TPM2B_PUBLIC.size at byte 0: input ends 1 byte too early",
            CUT,
        ),
        (
            of(Part::Attest, attest()),
            "attestation: TPM2B_ATTEST at byte 2: input ends 2 bytes too early",
            CUT,
        ),
        (
            of(Part::Certification, attest()),
            "certification of the key: attestation: TPM2B_ATTEST at byte 2: input ends 2 bytes too early",
            CUT,
        ),
        (
            of(Part::Signature, signature()),
            "signature: TPMT_SIGNATURE at byte 2: 1 byte left over at the end",
            CUT,
        ),
        (
            of(Part::CertificationSignature, signature()),
            "certification of the key: signature: TPMT_SIGNATURE at byte 2: 1 byte left over at the end",
            CUT,
        ),
        (
            of(Part::Signed, signed()),
            "signed bytes: TPMS_ATTEST.magic at byte 0: input ends 4 bytes too early",
            SIGNED,
        ),
        (
            of(Part::CertificationSigned, signed()),
            "certification of the key: signed bytes: TPMS_ATTEST.magic at byte 0: input ends 4 bytes too early",
            SIGNED,
        ),
        (
            of(Part::Certificate, signed()),
            "certificate: TPMS_ATTEST.magic at byte 0: input ends 4 bytes too early",
            CERTIFICATE,
        ),
        (
            of(Part::Intermediate(2), signed()),
            "intermediate certificate 2: TPMS_ATTEST.magic at byte 0: input ends 4 bytes too early",
            CERTIFICATE,
        ),
        (
            of(Part::Root(1), signed()),
            "root certificate 1: TPMS_ATTEST.magic at byte 0: input ends 4 bytes too early",
            CERTIFICATE,
        ),
        (
            of(Part::KeyFile, signed()),
            "public key: TPMS_ATTEST.magic at byte 0: input ends 4 bytes too early",
            CUT,
        ),
    ];
    let rows = rows.into_iter().map(|(error, text, help): (Error, _, _)| {
        malformed(error, "structure-malformed", text, help)
    });
    rows.collect()
}

/// An id that decides what follows, and that nobody knows yet: the check that cannot be run
/// is the one of the part, or the one of the structure if nobody said what that is for.
fn unknown() -> Vec<Row> {
    const KIND: [u8; 10] = [0x12, 0x34, 0, 0x0b, 0, 0, 0, 0, 0, 0];
    const SCHEME: [u8; 14] = [0, 1, 0, 0x0b, 0, 0, 0, 0, 0, 0, 0, 0x10, 0x12, 0x34];
    const CIPHER: [u8; 12] = [0, 1, 0, 0x0b, 0, 0, 0, 0, 0, 0, 0x12, 0x34];
    const ECC: [u8; 14] = [0, 0x23, 0, 0x0b, 0, 0, 0, 0, 0, 0, 0, 0x10, 0x12, 0x34];
    const KDF: [u8; 18] = [
        0, 0x23, 0, 0x0b, 0, 0, 0, 0, 0, 0, 0, 0x10, 0, 0x10, 0, 3, 0x12, 0x34,
    ];
    const HASHED: [u8; 12] = [0, 8, 0, 0x0b, 0, 0, 0, 0, 0, 0, 0x12, 0x34];
    let public = |bytes| TpmtPublic::from_bytes(bytes).unwrap_err();
    let signature = |bytes| TpmtSignature::from_bytes(bytes).unwrap_err();
    let attest = [0xff, 0x54, 0x43, 0x47, 0x12, 0x34]
        .into_iter()
        .chain([0; 29])
        .collect::<Vec<u8>>();
    let attest = TpmsAttest::from_bytes(&attest).unwrap_err();
    let mut rows = Vec::new();
    for (error, check, text) in [
        (
            public(&KIND),
            Check::KeyType,
            "TPMT_PUBLIC.type at byte 0: 0x1234 is not known here",
        ),
        (
            public(&CIPHER),
            Check::KeyScheme,
            "TPMT_SYM_DEF_OBJECT.algorithm at byte 10: 0x1234 is not known here",
        ),
        (
            public(&SCHEME),
            Check::KeyScheme,
            "TPMT_RSA_SCHEME.scheme at byte 12: 0x1234 is not known here",
        ),
        (
            public(&ECC),
            Check::KeyScheme,
            "TPMT_ECC_SCHEME.scheme at byte 12: 0x1234 is not known here",
        ),
        (
            public(&KDF),
            Check::KeyScheme,
            "TPMT_KDF_SCHEME.scheme at byte 16: 0x1234 is not known here",
        ),
        (
            public(&HASHED),
            Check::KeyScheme,
            "TPMT_KEYEDHASH_SCHEME.scheme at byte 10: 0x1234 is not known here",
        ),
    ] {
        let of_key = format!("attestation key: {text}");
        rows.push(unsupported(check, error, UNSUPPORTED, text, NEWER));
        let error = of(Part::Key, error);
        rows.push(unsupported(check, error, UNSUPPORTED, &of_key, NEWER));
    }
    for (bytes, text) in [
        (
            &[0x12, 0x34][..],
            "TPMT_SIGNATURE.sigAlg at byte 0: 0x1234 is not known here",
        ),
        // An HMAC.
        (
            &[0, 5, 0x12, 0x34],
            "TPMT_HA.hashAlg at byte 2: 0x1234 is not known here",
        ),
    ] {
        let check = Check::SignatureScheme;
        let error = signature(bytes);
        rows.push(unsupported(check, error, UNSUPPORTED, text, NEWER));
        let text = format!("signature: {text}");
        let error = of(Part::Signature, error);
        rows.push(unsupported(check, error, UNSUPPORTED, &text, NEWER));
        let text = format!("certification of the key: {text}");
        let error = of(Part::CertificationSignature, error);
        rows.push(unsupported(
            Check::KeyAnchor,
            error,
            UNSUPPORTED,
            &text,
            NEWER,
        ));
    }
    rows.push(unsupported(
        Check::Input,
        of(Part::Signed, attest),
        UNSUPPORTED,
        "signed bytes: TPMS_ATTEST.type at byte 4: 0x1234 is not known here",
        NEWER,
    ));
    rows
}

const UNSUPPORTED: &str = "structure-unsupported";
