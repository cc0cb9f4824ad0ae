//! Keys that are not fit to be attestation keys.

use tpm_quote::{
    Check, TpmAlgId,
    types::{TpmEccCurve, TpmaObject},
    verify::error::KeyProblem,
};

use crate::{
    NEWER,
    row::{Row, rejected, say, unsupported},
};

pub fn rows() -> Vec<Row> {
    [types(), attributes(), strengths(), schemes()]
        .into_iter()
        .flatten()
        .collect()
}

#[test]
fn keys_say_what_is_wrong() {
    say(&rows());
}

fn types() -> Vec<Row> {
    let mut rows = vec![rejected(
        Check::KeyType,
        KeyProblem::Type {
            found: TpmAlgId::KEYEDHASH,
        },
        "key-type",
        "the key is a TPM_ALG_KEYEDHASH, expected an RSA or ECC key",
        "Attestation needs an RSA or ECC signing key.",
    )];
    for (found, name) in [
        (TpmAlgId::MLDSA, "TPM_ALG_MLDSA"),
        (TpmAlgId::HASH_MLDSA, "TPM_ALG_HASH_MLDSA"),
        (TpmAlgId::MLKEM, "TPM_ALG_MLKEM"),
    ] {
        rows.push(unsupported(
            Check::KeyType,
            KeyProblem::Type { found },
            "key-type-unsupported",
            &format!("the key is a {name}, expected an RSA or ECC key"),
            NEWER,
        ));
    }
    rows
}

fn attributes() -> Vec<Row> {
    const NONE: TpmaObject = TpmaObject(0);
    let lacking = TpmaObject::FIXED_TPM.union(TpmaObject::RESTRICTED);
    let decrypt = TpmaObject::DECRYPT;
    let rows = [
        (lacking, NONE, " lacks fixedTPM restricted"),
        (NONE, decrypt, " must not have decrypt"),
        (
            lacking,
            decrypt.union(TpmaObject(0x8000_0001)),
            " lacks fixedTPM restricted; must not have decrypt reserved bits 0x80000001",
        ),
        (
            NONE,
            TpmaObject(0x0000_1000),
            " must not have reserved bits 0x00001000",
        ),
    ];
    let rows = rows.into_iter().map(|(missing, forbidden, text)| {
        rejected(
            Check::KeyAttributes,
            KeyProblem::Attributes { missing, forbidden },
            "key-attributes",
            &format!("the key's attributes are not those of an attestation key:{text}"),
            "Make the key as a restricted signing key with fixedTPM, fixedParent and sensitiveDataOrigin, without decrypt.",
        )
    });
    rows.collect()
}

fn strengths() -> Vec<Row> {
    use KeyProblem::*;
    const HELP: &str = "Use RSA with 2048, 3072 or 4096 bits and the exponent 65537, or ECC on P-256, P-384 or P-521.";
    const ENGINE: &str = "Build with the feature rsa or ecdsa, or give Verifier::crypto an engine that has the algorithm.";
    let length = ModulusLength {
        expected: 256,
        found: 255,
    };
    let bad = |problem, name, text| rejected(Check::KeyStrength, problem, name, text, HELP);
    let other = |problem: KeyProblem, name, text, help| {
        unsupported(Check::KeyStrength, problem, name, text, help)
    };
    vec![
        bad(
            RsaBits(1024),
            "rsa-bits",
            "the key has 1024 bits, expected 2048, 3072 or 4096",
        ),
        other(
            RsaBitsUnsupported(2056),
            "rsa-bits-unsupported",
            "RSA with 2056 bits is not supported, expected 2048, 3072 or 4096",
            HELP,
        ),
        bad(
            length,
            "rsa-modulus-length",
            "the modulus has 255 bytes, expected 256 as keyBits says",
        ),
        bad(
            ModulusTopBit,
            "rsa-modulus-top-bit",
            "the first bit of the modulus is not set",
        ),
        bad(ModulusEven, "rsa-modulus-even", "the modulus is even"),
        rejected(
            Check::KeyStrength,
            Roca,
            "rsa-roca",
            "the modulus has the fingerprint of CVE-2017-15361 (ROCA): anyone can compute the private key",
            "Update the TPM's firmware and make a new key: this one is broken.",
        ),
        bad(
            Exponent(3),
            "rsa-exponent",
            "the public exponent is 3, expected 65537 (or 0, which stands for it)",
        ),
        other(
            Curve(TpmEccCurve::BN_P256),
            "curve-unsupported",
            "the curve TPM_ECC_BN_P256 is not supported, expected P-256, P-384 or P-521",
            HELP,
        ),
        bad(Point, "ecc-point", "the public point is not on its curve"),
        other(NoRsa, "no-rsa", "the verifier in use has no RSA", ENGINE),
        other(
            NoEcdsa,
            "no-ecdsa",
            "the verifier in use has no ECDSA on the key's curve",
            ENGINE,
        ),
    ]
}

fn schemes() -> Vec<Row> {
    use KeyProblem::*;
    const HELP: &str = "Make the key with a fixed scheme (RSASSA, RSAPSS or ECDSA with SHA-256, SHA-384 or SHA-512), a nameAlg that is one of these hashes, and no symmetric cipher or kdf.";
    let policy = AuthPolicy {
        expected: 32,
        found: 20,
    };
    let bad = |problem, name, text| rejected(Check::KeyScheme, problem, name, text, HELP);
    let other = |problem, name, text| unsupported(Check::KeyScheme, problem, name, text, HELP);
    vec![
        bad(
            SchemeNotFixed,
            "scheme-not-fixed",
            "the key has no fixed signing scheme: scheme is TPM_ALG_NULL",
        ),
        bad(
            SchemeNotSigning(TpmAlgId::OAEP),
            "scheme-not-signing",
            "the key's scheme TPM_ALG_OAEP does not sign",
        ),
        other(
            SchemeUnsupported(TpmAlgId::ECDAA),
            "scheme-unsupported",
            "the key's scheme TPM_ALG_ECDAA is not supported",
        ),
        rejected(
            Check::KeyScheme,
            SchemeOfOtherKey(TpmAlgId::ECDSA),
            "scheme-of-other-key",
            "keys of this kind do not sign with TPM_ALG_ECDSA",
            "RSA keys sign with RSASSA or RSAPSS, ECC keys with ECDSA.",
        ),
        other(
            HashUnsupported(TpmAlgId::SM3_256),
            "scheme-hash-unsupported",
            "the hash TPM_ALG_SM3_256 of the key's scheme is not supported",
        ),
        bad(
            NoName,
            "name-alg-null",
            "the key has no Name: its nameAlg is TPM_ALG_NULL",
        ),
        bad(NameSha1, "name-alg-sha1", "the key's nameAlg is SHA-1"),
        other(
            NameAlgUnsupported(TpmAlgId::SHA3_256),
            "name-alg-unsupported",
            "the key's nameAlg TPM_ALG_SHA3_256 is not supported",
        ),
        bad(
            policy,
            "auth-policy-length",
            "the key's authPolicy has 20 bytes, expected 0 or 32, a digest by nameAlg",
        ),
        bad(
            Symmetric(TpmAlgId::AES),
            "symmetric-not-null",
            "the key's symmetric is TPM_ALG_AES, expected TPM_ALG_NULL",
        ),
        bad(
            Kdf(TpmAlgId::MGF1),
            "kdf-not-null",
            "the key's kdf is TPM_ALG_MGF1, expected TPM_ALG_NULL",
        ),
    ]
}
