//! What an endorsement key has to be, and what is said of one that is not.

use tpm_quote::{
    Check, Error, Problem, Tpm2bPublic, TpmAlgId, Unmarshal,
    types::{TpmEccCurve, TpmaObject},
    verify::{
        EkTrust, EndorsementKey, Excerpt, Part,
        Verdict::{self, Rejected, Unsupported},
        error::{EndorsementProblem, KeyProblem},
        make_credential,
    },
};

use crate::{
    common::credentials,
    endorsement::{Endorsement, Given},
    forge::{Key, RSASSA, SHA256, SHA384, sized},
};

fn pinned(public: &[u8], names: &[Vec<u8>]) -> Result<(Vec<u8>, EkTrust), Error> {
    let public = Tpm2bPublic::from_bytes(public).unwrap();
    EndorsementKey::pinned(&public, names).map(|key| {
        assert_eq!(key.public(), &public);
        (key.name().as_ref().to_vec(), key.trust())
    })
}

/// This problem of the endorsement key: whatever it is, nothing vouches for the other key.
#[track_caller]
fn is_of_endorsement_key(error: Error, problem: EndorsementProblem, verdict: Verdict) {
    assert_eq!(*error.problem(), Problem::Endorsement(problem));
    assert_eq!(error.part(), Part::EndorsementKey);
    assert_eq!(error.check(), Check::KeyAnchor);
    assert_eq!(error.verdict(), verdict);
}

/// Both the plain operation and the anchored key judge it, and say this.
#[track_caller]
fn refused(area: &[u8], problem: EndorsementProblem, verdict: Verdict, text: &str) {
    let public = sized(area);
    // The list is not looked at before the key is.
    let error = pinned(&public, &[]).unwrap_err();
    is_of_endorsement_key(error, problem, verdict);
    assert_eq!(error.to_string(), text);
    assert!(error.help().ends_with('.'), "{text}");
    let public = Tpm2bPublic::from_bytes(&public).unwrap();
    let name = tpm_quote::Name::of_public(&public);
    let name = name.filter(|name| name.name_alg().is_some());
    let name = name.unwrap_or_else(|| {
        let name = Key::p256(SHA256).name();
        tpm_quote::Name::new(tpm_quote::types::Tpm2bName::new(&name).unwrap())
    });
    let mut random = Given::plenty(0);
    let made = make_credential(&public, &name, b"secret", &mut random).map(|_| ());
    assert_eq!(made, Err(error));
    assert_eq!(random.left(), 256);
}

fn both() -> [Endorsement; 2] {
    [
        Endorsement::rsa(2048, SHA256, 128),
        Endorsement::p384(SHA384, 256),
    ]
}

#[test]
fn real_endorsement_keys_are_taken() {
    let mut count = 0;
    for case in credentials() {
        if case.has("ek.pub") {
            let public = case.file("ek.pub");
            let name = {
                let public = Tpm2bPublic::from_bytes(&public).unwrap();
                tpm_quote::Name::of_public(&public).unwrap()
            };
            let name = name.as_ref().to_vec();
            let names = [vec![0; 34], name.clone()];
            assert_eq!(pinned(&public, &names), Ok((name, EkTrust::Pinned)));
            count += 1;
        }
    }
    assert_eq!(count, 11);
    let data = |file| std::fs::read(format!("tests/data/ek/{file}")).unwrap();
    let name = data("ek-rsa2048.name");
    let names = [name.clone(), vec![0; 34]];
    let outcome = pinned(&data("ek-rsa2048.pub"), &names);
    assert_eq!(outcome, Ok((name, EkTrust::Pinned)));
}

#[test]
fn name_has_to_be_in_the_list_and_the_list_not_empty() {
    for ek in both() {
        let error = pinned(&ek.public(), &[]).unwrap_err();
        is_of_endorsement_key(error, EndorsementProblem::NoPinnedNames, Rejected);
        let mut other = ek.name();
        other[33] ^= 1;
        for names in [
            vec![other],
            vec![Vec::new()],
            vec![ek.name()[..33].to_vec()],
            vec![[&ek.name()[..], &[0]].concat()],
        ] {
            let name = Excerpt::new(&ek.name());
            let error = pinned(&ek.public(), &names).unwrap_err();
            is_of_endorsement_key(error, EndorsementProblem::NotPinned { name }, Rejected);
        }
    }
}

/// Each of the 32 bits flipped.
#[test]
fn attributes_are_those_of_an_endorsement_key() {
    const REQUIRED: u32 = 0x0003_0032;
    // stClear, userWithAuth, adminWithPolicy, firmwareLimited, svnLimited, noDA, x509sign
    const FREE: u32 = 0x0008_07c4;
    for mut ek in both() {
        let attributes = ek.attributes;
        for bit in (0..32).map(|n| 1_u32 << n) {
            ek.attributes = attributes ^ bit;
            let (bit, none) = (TpmaObject(bit), TpmaObject(0));
            let (missing, forbidden) = match bit.0 {
                bit if bit & FREE != 0 => {
                    pinned(&ek.public(), &[ek.name()]).unwrap();
                    continue;
                }
                required if required & REQUIRED != 0 => (bit, none),
                _ => (none, bit),
            };
            let error = pinned(&ek.public(), &[]).unwrap_err();
            let problem = EndorsementProblem::Attributes { missing, forbidden };
            is_of_endorsement_key(error, problem, Rejected);
        }
    }
    let mut ek = Endorsement::p256(SHA256, 128);
    ek.attributes = 0x8004_0000;
    let (missing, forbidden) = (TpmaObject(REQUIRED), TpmaObject(0x8004_0000));
    refused(
        &ek.public_area(),
        EndorsementProblem::Attributes { missing, forbidden },
        Rejected,
        "the key's attributes are not those of an endorsement key: lacks fixedTPM fixedParent sensitiveDataOrigin restricted decrypt; must not have sign reserved bits 0x80000000",
    );
}

#[test]
fn key_is_of_a_kind_that_decrypts() {
    // TPM_ALG_KEYEDHASH, scheme NULL, a digest.
    let keyedhash = [
        &[0, 8, 0, 0x0b, 0, 3, 0, 0xb2, 0, 0, 0, 0x10, 0, 32][..],
        &[1; 32],
    ]
    .concat();
    refused(
        &keyedhash,
        EndorsementProblem::Type(TpmAlgId::KEYEDHASH),
        Rejected,
        "the endorsement key is a TPM_ALG_KEYEDHASH, expected an RSA or ECC key",
    );
    // TPM_ALG_MLKEM: a newer kind of endorsement key.
    let mlkem = [
        &[
            0, 0xa0, 0, 0x0b, 0, 3, 0, 0xb2, 0, 0, 0, 6, 1, 0, 0, 0x43, 0, 1, 3, 0x20,
        ][..],
        &[1; 800],
    ]
    .concat();
    refused(
        &mlkem,
        EndorsementProblem::Type(TpmAlgId::MLKEM),
        Unsupported,
        "the endorsement key is a TPM_ALG_MLKEM, expected an RSA or ECC key",
    );
}

/// A public area with other bytes at one place.
fn with(ek: &Endorsement, at: usize, bytes: &[u8]) -> Vec<u8> {
    let mut area = ek.public_area();
    area[at..at + bytes.len()].copy_from_slice(bytes);
    area
}

#[test]
fn key_is_strong() {
    let rsa = Endorsement::rsa(2048, SHA256, 128);
    let at = rsa.public_area().len() - 256;
    let weak = |area: &[u8], problem, verdict, text| {
        refused(area, EndorsementProblem::Strength(problem), verdict, text);
    };
    let last = *rsa.public_area().last().unwrap();
    weak(
        &with(&rsa, at + 255, &[last ^ 1]),
        KeyProblem::ModulusEven,
        Rejected,
        "endorsement key: the modulus is even",
    );
    weak(
        &with(&rsa, at, &[0x7f]),
        KeyProblem::ModulusTopBit,
        Rejected,
        "endorsement key: the first bit of the modulus is not set",
    );
    weak(
        &with(&rsa, at - 6, &3_u32.to_be_bytes()),
        KeyProblem::Exponent(3),
        Rejected,
        "endorsement key: the public exponent is 3, expected 65537 (or 0, which stands for it)",
    );
    weak(
        &with(&rsa, at - 8, &3072_u16.to_be_bytes()),
        KeyProblem::ModulusLength {
            expected: 384,
            found: 256,
        },
        Rejected,
        "endorsement key: the modulus has 256 bytes, expected 384 as keyBits says",
    );
    weak(
        &with(&rsa, at - 8, &1024_u16.to_be_bytes()),
        KeyProblem::RsaBits(1024),
        Rejected,
        "endorsement key: the key has 1024 bits, expected 2048, 3072 or 4096",
    );
    weak(
        &with(&rsa, at - 8, &2056_u16.to_be_bytes()),
        KeyProblem::RsaBitsUnsupported(2056),
        Unsupported,
        "endorsement key: RSA with 2056 bits is not supported, expected 2048, 3072 or 4096",
    );
    let ecc = Endorsement::p256(SHA256, 128);
    let at = ecc.public_area().len() - 2 * 34 - 4;
    weak(
        &with(&ecc, at, &0x10_u16.to_be_bytes()),
        KeyProblem::Curve(TpmEccCurve::BN_P256),
        Unsupported,
        "endorsement key: the curve TPM_ECC_BN_P256 is not supported, expected P-256, P-384 or P-521",
    );
    // Made with ROCA, the keys that TPMs were replaced for.
    let path = format!("{}/tests/data/keys/roca.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    let roca = text
        .split('"')
        .map(str::to_owned)
        .find(|text| text.len() == 512 && text.bytes().all(|b| b.is_ascii_hexdigit()))
        .map(|digits| crate::common::hex(&digits))
        .expect("a modulus of 2048 bits");
    let at = rsa.public_area().len() - 256;
    let error = KeyProblem::Roca;
    weak(
        &with(&rsa, at, &roca),
        error,
        Rejected,
        "endorsement key: the modulus has the fingerprint of CVE-2017-15361 (ROCA): anyone can compute the private key",
    );
}

/// Type, nameAlg, attributes, the policy with its size: then `symmetric`.
const SYMMETRIC: usize = 2 + 2 + 4 + 2 + 32;

#[test]
fn cipher_is_one_that_is_supported() {
    let ek = Endorsement::p256(SHA256, 128);
    let aes = |bits: u16, mode| EndorsementProblem::AesUnsupported {
        bits,
        mode: TpmAlgId(mode),
    };
    refused(
        &with(&ek, SYMMETRIC + 2, &192_u16.to_be_bytes()),
        aes(192, 0x43),
        Unsupported,
        "the endorsement key's AES with 192 bits in mode TPM_ALG_CFB is not supported, expected 128 or 256 bits in TPM_ALG_CFB",
    );
    refused(
        &with(&ek, SYMMETRIC + 4, &[0, 0x42]),
        aes(128, 0x42),
        Unsupported,
        "the endorsement key's AES with 128 bits in mode TPM_ALG_CBC is not supported, expected 128 or 256 bits in TPM_ALG_CFB",
    );
    refused(
        &with(&ek, SYMMETRIC, &[0, 0x13]),
        EndorsementProblem::CipherUnsupported(TpmAlgId::SM4),
        Unsupported,
        "the endorsement key's symmetric TPM_ALG_SM4 is not supported, expected AES",
    );
    let mut area = ek.public_area();
    area.splice(SYMMETRIC..SYMMETRIC + 6, [0, 0x10]);
    refused(
        &area,
        EndorsementProblem::NoCipher,
        Rejected,
        "the endorsement key's symmetric is TPM_ALG_NULL, expected a cipher",
    );
}

#[test]
fn scheme_kdf_and_name_are_those_of_an_endorsement_key() {
    let (rsa, ecc) = (
        Endorsement::rsa(2048, SHA256, 128),
        Endorsement::p256(SHA256, 128),
    );
    let at = SYMMETRIC + 6;
    refused(
        &with(&rsa, at, &[0, 0x15]),
        EndorsementProblem::Scheme(TpmAlgId::RSAES),
        Rejected,
        "the endorsement key's scheme is TPM_ALG_RSAES, expected TPM_ALG_NULL",
    );
    let mut area = ecc.public_area();
    area.splice(at..at + 2, [0, 0x19, 0, 0x0b]);
    refused(
        &area,
        EndorsementProblem::Scheme(TpmAlgId::ECDH),
        Rejected,
        "the endorsement key's scheme is TPM_ALG_ECDH, expected TPM_ALG_NULL",
    );
    let mut area = ecc.public_area();
    area.splice(at + 4..at + 6, [0, 0x20, 0, 0x0b]);
    refused(
        &area,
        EndorsementProblem::Kdf(TpmAlgId::KDF1_SP800_56A),
        Rejected,
        "the endorsement key's kdf is TPM_ALG_KDF1_SP800_56A, expected TPM_ALG_NULL",
    );
    for (alg, verdict, text) in [
        (
            0x0004,
            Unsupported,
            "the endorsement key's nameAlg TPM_ALG_SHA1 is not supported",
        ),
        (
            0x0012,
            Unsupported,
            "the endorsement key's nameAlg TPM_ALG_SM3_256 is not supported",
        ),
    ] {
        let alg: u16 = alg;
        let error = EndorsementProblem::NameAlgUnsupported(TpmAlgId(alg));
        refused(&with(&ecc, 2, &alg.to_be_bytes()), error, verdict, text);
    }
    refused(
        &with(&ecc, 2, &[0, 0x10]),
        EndorsementProblem::NoName,
        Rejected,
        "the endorsement key has no Name: its nameAlg is TPM_ALG_NULL",
    );
}

#[test]
fn attestation_key_is_no_endorsement_key() {
    for key in [Key::p256(SHA256), Key::rsa(2048, RSASSA, SHA256)] {
        let (missing, forbidden) = (TpmaObject::DECRYPT, TpmaObject::SIGN);
        let error = pinned(&key.public(), &[key.name()]).unwrap_err();
        let problem = EndorsementProblem::Attributes { missing, forbidden };
        is_of_endorsement_key(error, problem, Rejected);
    }
}
