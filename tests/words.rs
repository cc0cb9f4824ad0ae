//! The words that a person reads or a script relies on: names of checks, texts
//! of errors, help, and how values are shown.

#![cfg(all(feature = "rsa", feature = "ecdsa", feature = "response"))]

use std::fmt::{Debug, Display};

use tpm_quote::{
    AttestationKey, Check, Evidence, KeyTrust, Nonce, PcrSet, PcrValue, QuotePolicy, ResponseError,
    Tier, Tpm2bAttest, Tpm2bPublic, TpmAlgId, TpmAttestation, TpmsAttest, TpmtPublic,
    TpmtSignature, Unmarshal, UnmarshalError, VerifyError,
    crypto::Curve,
    evidence::{FieldProblem, Form, JsonReason, Scratch},
    types::{TpmEccCurve, TpmSt, TpmaObject},
    verify::{
        AnchorError, AuditProblem, ClockProblem, ContentsProblem, CreationProblem, Excerpt,
        KeyAlgorithm, KeySchemeProblem, KeyStrengthProblem, NonceError, ObjectProblem, Part,
        PcrValues, SelectionProblem, SigningScheme,
        Verdict::{self, Malformed, Rejected, Unsupported},
    },
    verify_quote,
};

use crate::common::specimens;

mod common;

const SHA1: TpmAlgId = TpmAlgId::SHA1;
const SHA256: TpmAlgId = TpmAlgId::SHA256;
const SHA384: TpmAlgId = TpmAlgId::SHA384;

/// What an error of the evidence says, alone and as an error of the response.
#[track_caller]
fn says(error: VerifyError, check: &str, verdict: Verdict, text: &str, help: &str) {
    assert_eq!(error.to_string(), text);
    assert_eq!(error.check().to_string(), check, "{text}");
    assert_eq!(error.verdict(), verdict, "{text}");
    assert_eq!(error.help(), help, "{text}");
    response_says(error.into(), check, verdict, None, text, help);
}

#[track_caller]
fn response_says(
    error: ResponseError,
    check: &str,
    verdict: Verdict,
    offset: Option<usize>,
    text: &str,
    help: &str,
) {
    assert_eq!(error.to_string(), text);
    assert_eq!(error.check().name(), check, "{text}");
    assert_eq!(error.verdict(), verdict, "{text}");
    assert_eq!(error.offset(), offset, "{text}");
    assert_eq!(error.help(), help, "{text}");
}

/// The same text in logs and in `{:?}`.
#[track_caller]
fn shows(value: impl Display + Debug, text: &str) {
    assert_eq!(
        (value.to_string(), format!("{value:?}")),
        (text.into(), text.into())
    );
}

fn set(text: &str) -> PcrSet {
    PcrSet::parse(text).unwrap()
}

#[test]
fn names_of_checks() {
    let names = [
        (Check::Input, "input"),
        (Check::Tier, "tier"),
        (Check::KeyType, "key-type"),
        (Check::KeyAttributes, "key-attributes"),
        (Check::KeyStrength, "key-strength"),
        (Check::KeyScheme, "key-scheme"),
        (Check::KeyAnchor, "key-anchor"),
        (Check::SignatureScheme, "signature-scheme"),
        (Check::Signature, "signature"),
        (Check::Magic, "magic"),
        (Check::Type, "type"),
        (Check::Nonce, "nonce"),
        (Check::Signer, "signer"),
        (Check::Object, "object"),
        (Check::Creation, "creation"),
        (Check::Contents, "contents"),
        (Check::Audit, "audit"),
        (Check::Selection, "selection"),
        (Check::PcrValues, "pcr-values"),
        (Check::PcrDigest, "pcr-digest"),
        (Check::Baseline, "baseline"),
        (Check::Clock, "clock"),
    ];
    for (check, name) in names {
        assert_eq!((check.name(), &*check.to_string()), (name, name));
    }
    assert!(names.is_sorted_by_key(|(check, _)| *check));
    assert_eq!(
        format!("{:>6}|{:<6}|", Check::Type, Check::Type),
        "  type|type  |"
    );
}

#[test]
fn names_of_keys_tiers_and_forms() {
    for (trust, name, anchored) in [
        (KeyTrust::SelfAsserted, "self-asserted", false),
        (KeyTrust::Pinned, "pinned", true),
        (KeyTrust::PinnedKey, "pinned-key", true),
        (KeyTrust::Certified, "certified", true),
        (KeyTrust::Created, "created", true),
        (KeyTrust::Activated, "activated", true),
        (KeyTrust::Certificate, "certificate", true),
    ] {
        assert_eq!((trust.name(), &*trust.to_string()), (name, name));
        assert_eq!(trust.is_anchored(), anchored);
    }
    assert_eq!(format!("{:>8}|", KeyTrust::Pinned), "  pinned|");

    for (scheme, hash, text) in [
        (TpmAlgId::RSASSA, SHA1, "rsassa-sha1"),
        (TpmAlgId::RSASSA, SHA256, "rsassa-sha256"),
        (TpmAlgId::RSAPSS, SHA384, "rsapss-sha384"),
        (TpmAlgId::ECDSA, TpmAlgId::SHA512, "ecdsa-sha512"),
    ] {
        assert_eq!(SigningScheme { scheme, hash }.to_string(), text);
    }

    for (algorithm, text) in [
        (KeyAlgorithm::Rsa(2048), "rsa-2048"),
        (KeyAlgorithm::Ecc(Curve::P256), "ecc-p256"),
        (KeyAlgorithm::Ecc(Curve::P384), "ecc-p384"),
        (KeyAlgorithm::Ecc(Curve::P521), "ecc-p521"),
    ] {
        assert_eq!(algorithm.to_string(), text);
    }

    for (tier, name) in [
        (Tier::Standard, "standard"),
        (Tier::High, "high"),
        (Tier::Maximum, "maximum"),
    ] {
        assert_eq!((tier.name(), &*tier.to_string()), (name, name));
    }
    assert_eq!(format!("{:<6}|", Tier::High), "high  |");

    assert_eq!(Form::Response.to_string(), "response");
    assert_eq!(Form::Metadata.to_string(), "_metadata");
    assert_eq!(Form::Block.to_string(), "tpm_attestation block");
}

#[test]
fn nonces() {
    shows(Nonce::exact(&[0, 0x0a, 0xb0]).unwrap(), "000ab0");
    let text = |error: NonceError| error.to_string();
    assert_eq!(
        text(Nonce::from_payload_id("").unwrap_err()),
        "the payload id is empty"
    );
    assert_eq!(
        text(Nonce::exact(&[]).unwrap_err()),
        "a nonce of 0 bytes, expected 1 to 66"
    );
    assert_eq!(
        text(Nonce::exact(&[7; 67]).unwrap_err()),
        "a nonce of 67 bytes, expected 1 to 66"
    );
}

#[test]
fn excerpts() {
    shows(Excerpt::new(&[]), "empty");
    shows(Excerpt::new(&[0x0a, 0, 0xff]), "0a00ff");
    let most = "5a".repeat(66);
    shows(Excerpt::new(&[0x5a; 66]), &most);
    shows(Excerpt::new(&[0x5a; 67]), &format!("{most}... (67 bytes)"));
    shows(
        Excerpt::new(&[0x5a; 300]),
        &format!("{most}... (300 bytes)"),
    );
}

#[test]
fn values_and_sets_of_pcr() {
    let values = [
        PcrValue {
            bank: SHA256,
            index: 7,
            digest: &[0x0a, 0xbc],
        },
        PcrValue {
            bank: SHA1,
            index: 0,
            digest: &[],
        },
    ];
    assert_eq!(format!("{:?}", values[0]), "TPM_ALG_SHA256:7 = 0abc");
    assert_eq!(
        format!("{:?}", PcrValues::from(&values[..])),
        "[TPM_ALG_SHA256:7 = 0abc, TPM_ALG_SHA1:0 = ]"
    );
    shows(set("sha256:0,7,10+sha1:0"), "sha256:0,7,10+sha1:0");
}

#[test]
fn sets_of_pcr_that_are_none() {
    for (text, position, words) in [
        (
            "sha256",
            0,
            "at character 1: expected a bank and its PCR, as in sha256:0,7,10",
        ),
        (
            "sha256:0+md5:0",
            9,
            "at character 10: expected the name of a bank: sha1, sha256, sha384, sha512, sm3_256, sha3_256, sha3_384 or sha3_512",
        ),
        (
            "sha256:0+sha256:1",
            9,
            "at character 10: this bank was named before",
        ),
        (
            "sha256:0,24",
            9,
            "at character 10: expected a PCR from 0 to 23, in decimal digits only",
        ),
        (
            "sha256:7,0",
            9,
            "at character 10: expected a larger PCR: they ascend, each once",
        ),
    ] {
        let error = PcrSet::parse(text).unwrap_err();
        assert_eq!((error.position(), &*error.to_string()), (position, words));
    }
}

#[test]
fn evidence_that_cannot_be_read() {
    const CUT: &str = "The evidence was cut, changed on its way, or written in another form than this one expects.";
    const NEWER: &str = "A newer version of this program may know this algorithm.";
    let malformed = |part, error: UnmarshalError| VerifyError::Malformed { part, error };
    says(
        malformed(Part::Public, Tpm2bPublic::from_bytes(&[0]).unwrap_err()),
        "input",
        Malformed,
        "attestation key: TPM2B_PUBLIC.size at byte 0: input ends 1 byte too early",
        CUT,
    );
    says(
        malformed(Part::Attest, Tpm2bAttest::from_bytes(&[0, 2]).unwrap_err()),
        "input",
        Malformed,
        "attestation: TPM2B_ATTEST at byte 2: input ends 2 bytes too early",
        CUT,
    );
    says(
        malformed(
            Part::Signature,
            TpmtSignature::from_bytes(&[0, 0x10, 0]).unwrap_err(),
        ),
        "input",
        Malformed,
        "signature: TPMT_SIGNATURE at byte 2: 1 byte left over at the end",
        CUT,
    );
    says(
        malformed(Part::Signed, TpmsAttest::from_bytes(&[]).unwrap_err()),
        "input",
        Malformed,
        "what was signed: TPMS_ATTEST.magic at byte 0: input ends 4 bytes too early",
        "The signature holds, so whoever has the key signed something that no TPM makes: do not trust the key.",
    );

    // An id that decides what follows, and that nobody knows yet.
    let kind = [0x12, 0x34, 0, 0x0b, 0, 0, 0, 0, 0, 0];
    says(
        malformed(Part::Public, TpmtPublic::from_bytes(&kind).unwrap_err()),
        "key-type",
        Unsupported,
        "attestation key: TPMT_PUBLIC.type at byte 0: 0x1234 is not known here",
        NEWER,
    );
    let scheme = [0, 1, 0, 0x0b, 0, 0, 0, 0, 0, 0, 0, 0x10, 0x12, 0x34];
    says(
        malformed(Part::Public, TpmtPublic::from_bytes(&scheme).unwrap_err()),
        "key-scheme",
        Unsupported,
        "attestation key: TPMT_RSA_SCHEME.scheme at byte 12: 0x1234 is not known here",
        NEWER,
    );
    says(
        malformed(
            Part::Signature,
            TpmtSignature::from_bytes(&[0x12, 0x34]).unwrap_err(),
        ),
        "signature-scheme",
        Unsupported,
        "signature: TPMT_SIGNATURE.sigAlg at byte 0: 0x1234 is not known here",
        NEWER,
    );
}

#[test]
fn key_of_another_type() {
    const HELP: &str = "Attestation needs an RSA or ECC signing key.";
    for (found, verdict, text) in [
        (
            TpmAlgId::KEYEDHASH,
            Rejected,
            "the key is a TPM_ALG_KEYEDHASH, not an RSA or ECC key",
        ),
        (
            TpmAlgId::MLDSA,
            Unsupported,
            "the key is a TPM_ALG_MLDSA, not an RSA or ECC key",
        ),
        (
            TpmAlgId::HASH_MLDSA,
            Unsupported,
            "the key is a TPM_ALG_HASH_MLDSA, not an RSA or ECC key",
        ),
        (
            TpmAlgId::MLKEM,
            Unsupported,
            "the key is a TPM_ALG_MLKEM, not an RSA or ECC key",
        ),
    ] {
        says(
            VerifyError::KeyType { found },
            "key-type",
            verdict,
            text,
            HELP,
        );
    }
}

#[test]
fn key_with_other_attributes() {
    const NONE: TpmaObject = TpmaObject(0);
    let lacking = TpmaObject::FIXED_TPM.union(TpmaObject::RESTRICTED);
    let decrypt = TpmaObject::DECRYPT;
    for (missing, forbidden, text) in [
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
    ] {
        says(
            VerifyError::KeyAttributes { missing, forbidden },
            "key-attributes",
            Rejected,
            &format!("the key's attributes are not those of an attestation key:{text}"),
            "Make the key as a restricted signing key with fixedTPM, fixedParent and sensitiveDataOrigin, without decrypt.",
        );
    }
}

#[test]
fn weak_keys() {
    use KeyStrengthProblem::*;
    const HELP: &str = "Use RSA with 2048, 3072 or 4096 bits and the exponent 65537, or ECC on P-256, P-384 or P-521.";
    let length = ModulusLength {
        expected: 256,
        found: 255,
    };
    for (problem, verdict, text, help) in [
        (
            RsaBits(1024),
            Rejected,
            "the key has 1024 bits, expected 2048, 3072 or 4096",
            HELP,
        ),
        (
            RsaBitsUnsupported(2056),
            Verdict::Unsupported,
            "an RSA key of 2056 bits is not supported, expected 2048, 3072 or 4096",
            HELP,
        ),
        (
            length,
            Rejected,
            "the modulus has 255 bytes, expected 256 by keyBits",
            HELP,
        ),
        (
            ModulusTopBit,
            Rejected,
            "the first bit of the modulus is not set",
            HELP,
        ),
        (ModulusEven, Rejected, "the modulus is even", HELP),
        (
            Roca,
            Rejected,
            "the modulus has the fingerprint of CVE-2017-15361 (ROCA): anyone can compute the private key",
            "Update the TPM's firmware and make a new key: this one is broken.",
        ),
        (
            Exponent(3),
            Rejected,
            "the public exponent is 3, expected 65537 (or 0, which stands for it)",
            HELP,
        ),
        (
            Curve(TpmEccCurve::BN_P256),
            Verdict::Unsupported,
            "the curve TPM_ECC_BN_P256 is not supported, expected P-256, P-384 or P-521",
            HELP,
        ),
        (
            Point,
            Rejected,
            "the public point is not on its curve",
            HELP,
        ),
        (
            KeyStrengthProblem::Unsupported,
            Verdict::Unsupported,
            "the verifier does not have this kind of key",
            "The verifier in use, or this build of it, does not have this kind of key.",
        ),
    ] {
        let error = VerifyError::KeyStrength(problem);
        says(error, "key-strength", verdict, text, help);
    }
}

#[test]
fn keys_with_another_scheme() {
    use KeySchemeProblem::*;
    let policy = AuthPolicy {
        expected: 32,
        found: 20,
    };
    for (problem, verdict, text) in [
        (
            Open,
            Rejected,
            "the key's scheme is TPM_ALG_NULL, expected one that is fixed",
        ),
        (
            NotSigning(TpmAlgId::OAEP),
            Rejected,
            "the key's scheme TPM_ALG_OAEP does not sign",
        ),
        (
            Scheme(TpmAlgId::ECDAA),
            Unsupported,
            "the key's scheme TPM_ALG_ECDAA is not supported",
        ),
        (
            Hash(TpmAlgId::SM3_256),
            Unsupported,
            "the hash TPM_ALG_SM3_256 of the key's scheme is not supported",
        ),
        (
            NoName,
            Rejected,
            "the key's nameAlg is TPM_ALG_NULL: it has no name",
        ),
        (NameSha1, Rejected, "the key's nameAlg is SHA-1"),
        (
            NameAlg(TpmAlgId::SHA3_256),
            Unsupported,
            "the key's nameAlg TPM_ALG_SHA3_256 is not supported",
        ),
        (
            policy,
            Rejected,
            "the key's authPolicy has 20 bytes, expected 0 or 32 by nameAlg",
        ),
        (
            Symmetric(TpmAlgId::AES),
            Rejected,
            "the key's symmetric is TPM_ALG_AES, expected TPM_ALG_NULL",
        ),
        (
            Kdf(TpmAlgId::KDF2),
            Rejected,
            "the key's kdf is TPM_ALG_KDF2, expected TPM_ALG_NULL",
        ),
    ] {
        says(
            VerifyError::KeyScheme(problem),
            "key-scheme",
            verdict,
            text,
            "Make the key with a fixed scheme (RSASSA, RSAPSS or ECDSA with SHA-256, SHA-384 or SHA-512), such a nameAlg, and no symmetric cipher or kdf.",
        );
    }
}

#[test]
fn keys_that_nothing_vouches_for() {
    says(
        VerifyError::KeyNotAnchored,
        "key-anchor",
        Rejected,
        "the key is self-asserted: nothing outside the message vouches for it, and the policy requires that",
        "The key came with the message and anyone can make one: give its name, or another anchor.",
    );
    says(
        VerifyError::NoPinnedNames,
        "key-anchor",
        Rejected,
        "the list of pinned names is empty",
        "Give at least one name of a key that is trusted.",
    );
    says(
        VerifyError::KeyNotPinned {
            name: Excerpt::new(&[0, 0x0b, 0xab]),
        },
        "key-anchor",
        Rejected,
        "the key's name 000bab is not one of the pinned names",
        "If the key was replaced on purpose, take its new name from the machine itself, not from this message.",
    );
}

/// What an error of an anchor says, alone and as an error of the response.
#[track_caller]
fn anchor_says(error: AnchorError, check: &str, verdict: Verdict, text: &str, help: &str) {
    assert_eq!(error.to_string(), text);
    assert_eq!(error.check().name(), check, "{text}");
    assert_eq!(error.verdict(), verdict, "{text}");
    assert_eq!(error.help(), help, "{text}");
    let response = ResponseError::from(error);
    match error {
        AnchorError::Key(error) => assert_eq!(response, ResponseError::Evidence(error)),
        error => assert_eq!(response, ResponseError::Anchor(error)),
    }
    response_says(response, check, verdict, None, text, help);
}

#[test]
fn keys_that_another_one_does_not_vouch_for() {
    // What is wrong with the key itself is said as if there were no other.
    let found = TpmAlgId::KEYEDHASH;
    anchor_says(
        AnchorError::Key(VerifyError::KeyType { found }),
        "key-type",
        Rejected,
        "the key is a TPM_ALG_KEYEDHASH, not an RSA or ECC key",
        "Attestation needs an RSA or ECC signing key.",
    );
    anchor_says(
        AnchorError::NotAnchored,
        "key-anchor",
        Rejected,
        "the key that is to vouch for this one is self-asserted",
        "Give a key that is pinned, or that a pinned key vouches for: a chain of keys is worth what its first one is.",
    );
    anchor_says(
        AnchorError::NoProof,
        "key-anchor",
        Rejected,
        "no certification of the key by the one that is to vouch for it",
        "Let the server send a certification of its key along, or give one that was made beforehand.",
    );
    anchor_says(
        AnchorError::External,
        "key-anchor",
        Rejected,
        "the key was loaded into the TPM from outside: its qualified name is its name",
        "Let the TPM make the key, below one of its own.",
    );
    anchor_says(
        AnchorError::Answer,
        "key-anchor",
        Rejected,
        "the answer is not that to the challenge for this key and this endorsement key",
        "The TPM with this endorsement key does not have this key, or the answer belongs to another challenge.",
    );
}

/// Which check of the proof failed is said in the text.
#[test]
fn proofs_that_another_key_vouches_for_one() {
    anchor_says(
        AnchorError::Proof(VerifyError::Signature),
        "key-anchor",
        Rejected,
        "the certification of the key fails its check signature: the signature does not hold",
        "What was signed or the signature was changed, or another key than this one made it.",
    );
    anchor_says(
        AnchorError::Proof(VerifyError::SignatureUnsupported),
        "key-anchor",
        Unsupported,
        "the certification of the key fails its check signature-scheme: the verifier does not have the signature's algorithm",
        "The verifier in use does not have this algorithm.",
    );
    anchor_says(
        AnchorError::Proof(VerifyError::Nonce {
            expected: Excerpt::new(&[1]),
            found: Excerpt::new(&[2]),
        }),
        "key-anchor",
        Rejected,
        "the certification of the key fails its check nonce: the nonce is 02, expected 01",
        "The certification was made for another request: ask for a new one, or give its own nonce if it was made beforehand.",
    );
    let error = TpmtSignature::from_bytes(&[0, 0x10, 0]).unwrap_err();
    let part = Part::Signature;
    anchor_says(
        AnchorError::Proof(VerifyError::Malformed { part, error }),
        "input",
        Malformed,
        "certification of the key: signature: TPMT_SIGNATURE at byte 2: 1 byte left over at the end",
        "The evidence was cut, changed on its way, or written in another form than this one expects.",
    );
}

#[test]
fn signatures() {
    for (scheme, hash, verdict, text) in [
        (
            TpmAlgId::RSAPSS,
            Some(SHA384),
            Rejected,
            "the signature is TPM_ALG_RSAPSS with TPM_ALG_SHA384, the key's scheme is TPM_ALG_RSASSA with TPM_ALG_SHA256",
        ),
        (
            TpmAlgId::NULL,
            None,
            Rejected,
            "the signature is TPM_ALG_NULL, the key's scheme is TPM_ALG_RSASSA with TPM_ALG_SHA256",
        ),
        (
            TpmAlgId::ECDAA,
            Some(SHA256),
            Unsupported,
            "the signature is TPM_ALG_ECDAA with TPM_ALG_SHA256, the key's scheme is TPM_ALG_RSASSA with TPM_ALG_SHA256",
        ),
        (
            TpmAlgId::EDDSA,
            None,
            Unsupported,
            "the signature is TPM_ALG_EDDSA, the key's scheme is TPM_ALG_RSASSA with TPM_ALG_SHA256",
        ),
    ] {
        says(
            VerifyError::SignatureScheme {
                expected: (TpmAlgId::RSASSA, SHA256),
                found: (scheme, hash),
            },
            "signature-scheme",
            verdict,
            text,
            "A signature must be made by the scheme and the hash that its key is bound to.",
        );
    }
    says(
        VerifyError::SignatureSha1,
        "signature-scheme",
        Rejected,
        "the signature is made with SHA-1",
        "Make the key with SHA-256, SHA-384 or SHA-512.",
    );
    says(
        VerifyError::SignatureUnsupported,
        "signature-scheme",
        Unsupported,
        "the verifier does not have the signature's algorithm",
        "The verifier in use does not have this algorithm.",
    );
    says(
        VerifyError::Signature,
        "signature",
        Rejected,
        "the signature does not hold",
        "What was signed or the signature was changed, or another key than this one made it.",
    );
}

#[test]
fn what_was_signed() {
    says(
        VerifyError::Magic { found: 0x0054_4347 },
        "magic",
        Rejected,
        "what was signed begins with 0x00544347, expected 0xff544347 (TPM_GENERATED_VALUE)",
        "The key signed something that is not from inside a TPM: do not trust the key.",
    );
    says(
        VerifyError::Type {
            expected: TpmSt::ATTEST_QUOTE,
            found: TpmSt::ATTEST_CERTIFY,
        },
        "type",
        Rejected,
        "what was signed is a TPM_ST_ATTEST_CERTIFY, expected a TPM_ST_ATTEST_QUOTE",
        "Ask the TPM for a quote (TPM2_Quote), not another attestation.",
    );
    says(
        VerifyError::Type {
            expected: TpmSt::ATTEST_NV,
            found: TpmSt::ATTEST_QUOTE,
        },
        "type",
        Rejected,
        "what was signed is a TPM_ST_ATTEST_QUOTE, expected a TPM_ST_ATTEST_NV",
        "Verify each attestation as the kind that it is, and ask the TPM for the kind that is wanted.",
    );
    says(
        VerifyError::Nonce {
            expected: Excerpt::new(&[1, 2]),
            found: Excerpt::new(&[]),
        },
        "nonce",
        Rejected,
        "the nonce is empty, expected 0102",
        "Compare with the payload id of your own request: this is an old answer, or one for somebody else.",
    );
    says(
        VerifyError::Signer {
            expected: SHA256,
            found: Excerpt::new(&[0x40, 0, 0, 0x0b]),
        },
        "signer",
        Rejected,
        "qualifiedSigner is 4000000b, expected a name by digest of TPM_ALG_SHA256",
        "What a key in a TPM signs carries the qualified name of that key.",
    );
    says(
        VerifyError::QualifiedSigner {
            expected: Excerpt::new(&[0, 0x0b, 1]),
            found: Excerpt::new(&[0, 0x0b, 2]),
        },
        "signer",
        Rejected,
        "qualifiedSigner is 000b02, expected 000b01",
        "Compare where the key stands: its hierarchy, its parents, and the key itself.",
    );
}

#[test]
fn objects() {
    for (problem, verdict, text, help) in [
        (
            ObjectProblem::Name {
                expected: Excerpt::new(&[0, 0x0b, 1]),
                found: Excerpt::new(&[]),
            },
            Rejected,
            "what was attested has the name empty, expected 000b01 by its public area",
            "Give the public area of what was attested, as it was then: attributes, policy and state are part of the name.",
        ),
        (
            ObjectProblem::NoName,
            Rejected,
            "the nameAlg of what was attested is TPM_ALG_NULL: it has no name",
            "Make the object with a nameAlg: without one, nothing tells it from others.",
        ),
        (
            ObjectProblem::NameSha1,
            Rejected,
            "the nameAlg of what was attested is SHA-1",
            "Make it with the nameAlg SHA-256, SHA-384 or SHA-512.",
        ),
        (
            ObjectProblem::NameAlg(TpmAlgId(0x1234)),
            Unsupported,
            "the nameAlg 0x1234 of what was attested is not supported",
            "A newer version of this program may know this algorithm.",
        ),
        (
            ObjectProblem::QualifiedNameForm {
                expected: SHA384,
                found: Excerpt::new(&[0x40, 0, 0, 0x01]),
            },
            Rejected,
            "the object's qualified name is 40000001, expected a name by digest of TPM_ALG_SHA384",
            "A TPM gives each object a qualified name by its own nameAlg.",
        ),
        (
            ObjectProblem::QualifiedName {
                expected: Excerpt::new(&[0, 0x0b, 1]),
                found: Excerpt::new(&[0, 0x0b, 2]),
            },
            Rejected,
            "the object's qualified name is 000b02, expected 000b01",
            "Compare where the object stands: its hierarchy, its parents, and the object itself.",
        ),
    ] {
        says(VerifyError::Object(problem), "object", verdict, text, help);
        assert_eq!(VerifyError::from(problem), VerifyError::Object(problem));
    }
}

#[test]
fn creations() {
    let (expected, found) = (Excerpt::new(&[1]), Excerpt::new(&[2]));
    for (problem, text, help) in [
        (
            CreationProblem::Hash {
                computed: expected,
                signed: found,
            },
            "the digest of the creation data is 01, the attestation has 02",
            "Give the creation data that the TPM gave when it made the object.",
        ),
        (
            CreationProblem::OutsideInfo { expected, found },
            "outsideInfo is 02, expected 01",
            "Compare with what was sent along when the object was made.",
        ),
        (
            CreationProblem::Parent { expected, found },
            "the qualified name of the parent is 02, expected 01",
            "Compare where the object has to stand: its hierarchy and its parents.",
        ),
    ] {
        let error = VerifyError::from(problem);
        assert_eq!(error, VerifyError::Creation(problem));
        says(error, "creation", Rejected, text, help);
    }
}

#[test]
fn contents_of_nv_indices() {
    const WRITTEN: &str =
        "The index was written since, or what it is expected to hold is out of date.";
    let (expected, found) = (Excerpt::new(&[1]), Excerpt::new(&[2]));
    for (problem, text, help) in [
        (
            ContentsProblem::Range { end: 65, size: 64 },
            "the contents end at byte 65 of an index that holds 64 bytes",
            "No TPM attests more than an index holds: do not trust the key.",
        ),
        (
            ContentsProblem::Offset {
                expected: 8,
                found: 16,
            },
            "the contents begin at byte 16, expected 8",
            "Ask the TPM for the part of the index that is wanted.",
        ),
        (
            ContentsProblem::Bytes { expected, found },
            "the NV index holds 02, expected 01",
            WRITTEN,
        ),
        (
            ContentsProblem::Digest {
                computed: expected,
                signed: found,
            },
            "the digest of the expected contents is 01, the attestation has 02",
            WRITTEN,
        ),
    ] {
        let error = VerifyError::from(problem);
        assert_eq!(error, VerifyError::Contents(problem));
        says(error, "contents", Rejected, text, help);
    }
}

#[test]
fn audits() {
    let (expected, found) = (Excerpt::new(&[1]), Excerpt::new(&[2]));
    for (problem, verdict, text, help) in [
        (
            AuditProblem::Digest { expected, found },
            Rejected,
            "the audit digest is 02, expected 01",
            "Compare the commands, their parameters and their answers, one by one and in their order.",
        ),
        (
            AuditProblem::Commands {
                computed: expected,
                signed: found,
            },
            Rejected,
            "the digest of the expected commands is 01, the attestation has 02",
            "Give the codes of all audited commands, in ascending order.",
        ),
        (
            AuditProblem::Hash(TpmAlgId(0x1234)),
            Unsupported,
            "the hash 0x1234 of the audit is not supported",
            "A newer version of this program may know this algorithm.",
        ),
        (
            AuditProblem::NotExclusive,
            Rejected,
            "the session was not exclusive: other commands came between",
            "Run the commands again while nobody else uses the TPM, or do without exclusiveness.",
        ),
    ] {
        let error = VerifyError::from(problem);
        assert_eq!(error, VerifyError::Audit(problem));
        says(error, "audit", verdict, text, help);
    }
}

#[test]
fn selections() {
    use SelectionProblem::*;
    const ONCE: &str = "Select each bank once, with the three bytes of the PC Client profile.";
    const LEFT_OUT: &str =
        "A TPM silently leaves out banks that it does not have: quote a bank that is allocated.";
    const COVERED: &str = "Only values that the signature covers may be sent along.";
    const NO_NAME: TpmAlgId = TpmAlgId(0x1234);
    for (problem, verdict, text, help) in [
        (
            NothingRequired,
            Rejected,
            "the policy requires no PCR",
            "Require at least one PCR.",
        ),
        (Empty, Rejected, "the quote covers no PCR", LEFT_OUT),
        (
            EmptyBank(SHA384),
            Rejected,
            "the quote covers no PCR of bank sha384",
            LEFT_OUT,
        ),
        (
            DuplicateBank(SHA256),
            Rejected,
            "the quote lists bank sha256 twice",
            ONCE,
        ),
        (
            SizeOfSelect(SHA1, 4),
            Rejected,
            "the quote's bit map for bank sha1 has 4 bytes, expected 3",
            ONCE,
        ),
        (
            UnsupportedBank(NO_NAME),
            Unsupported,
            "bank 0x1234 is not supported",
            "Quote a SHA-256, SHA-384 or SHA-512 bank.",
        ),
        (
            DuplicateValue(SHA256, 7),
            Rejected,
            "two values for sha256:7",
            COVERED,
        ),
        (
            Surplus(NO_NAME, 24),
            Rejected,
            "a value for 0x1234:24, which the signature does not cover",
            COVERED,
        ),
        (
            MissingValue(SHA256, 7),
            Rejected,
            "no value for sha256:7, which the signature covers",
            "Send the value of every PCR in the quote along.",
        ),
        (
            NotCovered(SHA256, 7),
            Rejected,
            "the quote does not cover sha256:7, which is required",
            "Quote at least the PCR that the verifier requires.",
        ),
        (
            NotClaimed(SHA256, 7),
            Rejected,
            "the PCR that are claimed and those that were signed differ in sha256:7",
            "The PCR that are claimed must be those that were signed.",
        ),
        (
            Sha1Bank,
            Rejected,
            "the quote covers PCR of the SHA-1 bank, which are not required",
            "Require the SHA-1 bank by name if its values are to count.",
        ),
        (
            Resettable(SHA256, 16),
            Rejected,
            "the quote covers sha256:16, which software can reset and which is not required",
            "Software can reset PCR 16 to 23: require them by number if their values are to count.",
        ),
    ] {
        let error = VerifyError::Selection {
            problem,
            expected: set("sha256:0,7"),
            found: set("sha256:0+sha1:16"),
        };
        let text = format!("{text} (expected sha256:0,7, found sha256:0+sha1:16)");
        says(error, "selection", verdict, &text, help);
    }
}

/// Only the crate can make an empty set: here it is asked to.
#[test]
fn selections_without_one_set_or_both() {
    let public = common::hex("0058");
    let public = [&public[..], &specimens::PUBLIC].concat();
    let public = Tpm2bPublic::from_bytes(&public).unwrap();
    let key = AttestationKey::self_asserted(&public).unwrap();
    let nonce = Nonce::exact(&[0xc0, 0xff, 0xee]).unwrap();
    let policy = QuotePolicy::new(nonce, set("sha256:0,23"));
    let says = |pcrs: &[PcrValue<'_>], text: &str| {
        let evidence = Evidence {
            attest: &specimens::QUOTE,
            signature: &specimens::QUOTE_SIGNATURE,
            pcrs,
        };
        let error = verify_quote(&key, &evidence, &policy).unwrap_err();
        assert_eq!(
            (error.check(), &*error.to_string()),
            (Check::Selection, text)
        );
    };
    says(
        &[],
        "no value for sha256:0, which the signature covers (expected sha256:0,23, found none)",
    );
    let value = PcrValue {
        bank: SHA256,
        index: 0,
        digest: &[0; 32],
    };
    says(&[value, value], "two values for sha256:0");
}

#[test]
fn values_of_pcr() {
    says(
        VerifyError::PcrValue {
            bank: SHA384,
            index: 7,
            expected: 48,
            found: 32,
        },
        "pcr-values",
        Rejected,
        "the value of sha384:7 has 32 bytes, expected 48",
        "A PCR value has the length of its bank's hash.",
    );
    says(
        VerifyError::PcrDigest {
            computed: Excerpt::new(&[1]),
            signed: Excerpt::new(&[2]),
        },
        "pcr-digest",
        Rejected,
        "the digest of the PCR values is 01, the quote has 02",
        "The PCR values that were sent are not the ones that the TPM signed.",
    );
    let value = |byte| Some(Excerpt::new(&[byte]));
    for (mismatched, expected, found, text) in [
        (1, value(1), value(2), "sha256:7 is 02, expected 01"),
        (
            2,
            value(1),
            None,
            "2 PCR differ from the baseline, first sha256:7 is not covered by the quote, expected 01",
        ),
        (
            3,
            None,
            value(2),
            "3 PCR differ from the baseline, first sha256:7 is 02, and the baseline has no good value for it",
        ),
    ] {
        says(
            VerifyError::Baseline {
                matched: 5,
                mismatched,
                first: (SHA256, 7),
                expected,
                found,
            },
            "baseline",
            Rejected,
            text,
            "The machine runs something else than what is known to be good, or the baseline is out of date.",
        );
    }
}

#[test]
fn clocks_and_counters() {
    let counters = ((3, 2), (4, 0));
    let key = Excerpt::new;
    for (problem, text, help) in [
        (
            ClockProblem::NotSafe,
            "the clock is not safe: it may have shown a later time before",
            "The TPM lost power without a shutdown: ask again when its clock has caught up.",
        ),
        (
            ClockProblem::OtherKey {
                expected: key(&[0x0b, 1]),
                found: key(&[0x0b, 2]),
            },
            "the earlier reading is by the key 0b01, this one by 0b02",
            "Compare readings by one key.",
        ),
        (
            ClockProblem::WentBack {
                earlier: 1981,
                found: 329,
            },
            "the clock went back from 1981 to 329 ms",
            SET_BACK,
        ),
        (
            ClockProblem::Rebooted {
                earlier: counters.0,
                found: counters.1,
            },
            "the TPM was reset or restarted: its counters were 3/2 and are 4/0",
            "If that was expected, see that the machine is good and keep a new reading.",
        ),
        (
            ClockProblem::CountersBack {
                earlier: counters.1,
                found: counters.0,
            },
            "the counters of resets and restarts went back from 4/0 to 3/2",
            SET_BACK,
        ),
        (
            ClockProblem::Firmware {
                minimum: 0x2019_1023_0016_3637,
                found: 0x2019_1023_0016_3636,
            },
            "the firmware version is 2019102300163636, expected at least 2019102300163637",
            "Update the TPM's firmware.",
        ),
        (
            ClockProblem::Obfuscated,
            "counters and firmware version may be obfuscated: the key is not known to be in the endorsement or platform hierarchy",
            "Say where the key stands, use one of the endorsement hierarchy, or ask for what is never obfuscated: clock, safe, no reboot.",
        ),
    ] {
        says(VerifyError::Clock(problem), "clock", Rejected, text, help);
    }
}

const SET_BACK: &str =
    "The TPM lost power or was cleared, or its state was set back: find out which.";

const CHANGED: &str = "The response was cut or changed on its way.";
const NO_RESPONSE: &str = "The text is not a response, or its block is not as it is documented.";
const TOO_DEEP: &str = "No response of a server is nested so deep: this is not one.";
const NO_MARK: &str = "Save the text as UTF-8 without a byte order mark.";

#[test]
fn texts_that_are_not_json() {
    let deep = format!("{{\"a\":{}", "[".repeat(129));
    for (json, offset, reason, text, help) in [
        (
            &b"{\xff"[..],
            1,
            JsonReason::Utf8,
            "at byte 1: not UTF-8",
            CHANGED,
        ),
        (
            b"\xef\xbb\xbf{}",
            0,
            JsonReason::ByteOrderMark,
            "at byte 0: a byte order mark, which JSON does not have",
            NO_MARK,
        ),
        (
            b"{",
            1,
            JsonReason::End,
            "at byte 1: the JSON text ends too early",
            CHANGED,
        ),
        (
            b" []",
            1,
            JsonReason::Expected("an object"),
            "at byte 1: expected an object",
            NO_RESPONSE,
        ),
        (
            b"{\"a\n\":1}",
            3,
            JsonReason::ControlCharacter,
            "at byte 3: a control character in a string has to be escaped",
            CHANGED,
        ),
        (
            b"{\"\\x\":1}",
            2,
            JsonReason::Escape,
            "at byte 2: not an escape that JSON has",
            CHANGED,
        ),
        (
            b"{\"a\":01}",
            5,
            JsonReason::Number,
            "at byte 5: not a number that JSON has",
            CHANGED,
        ),
        (
            deep.as_bytes(),
            133,
            JsonReason::Depth,
            "at byte 133: nested more than 128 deep",
            TOO_DEEP,
        ),
    ] {
        let error = Form::detect(json).unwrap_err();
        let ResponseError::Json(json) = error else {
            panic!("{error}");
        };
        assert_eq!((json.offset(), json.reason()), (offset, reason));
        assert_eq!(json.to_string(), text);
        response_says(error, "input", Malformed, Some(offset), text, help);
    }
}

#[test]
fn keys_that_are_not_as_documented() {
    use FieldProblem::*;
    const WRITTEN: &str = "PCR are written as in sha256:0,7,10+sha384:0 and pcr_values as in {\"sha256\": {\"0\": \"...\"}}.";
    let no_set = tpm_quote::PcrSet::parse("sha256").unwrap_err();
    for (problem, text, help) in [
        (
            Json(JsonReason::Expected("a string")),
            "expected a string",
            NO_RESPONSE,
        ),
        (
            Json(JsonReason::End),
            "the JSON text ends too early",
            CHANGED,
        ),
        (
            Repeated,
            "the key is there twice",
            "A key that is there twice can be read in two ways: it is refused.",
        ),
        (
            UnknownKey,
            "the block does not have this key",
            "The block has is_available, pcr_banks, pcr_values, aik_pubkey_b64, quote_b64, signature_b64, aik_certify_b64 and aik_certify_signature_b64, spelled exactly so.",
        ),
        (
            SeveralForms,
            "the text is more than one of a response, its _metadata and the block",
            "Give the whole response, its _metadata, or the tpm_attestation block alone.",
        ),
        (
            Misplaced,
            "the key is not where it belongs, and there is no block",
            "A response has the block at _metadata.tpm_attestation: give the whole response, or say which part of it this is.",
        ),
        (
            Base64,
            "not base64 (standard alphabet, padded)",
            "Use the standard alphabet with padding, without line breaks.",
        ),
        (
            Hex,
            "not hexadecimal of at most 64 bytes",
            "Write each byte as two hexadecimal digits.",
        ),
        (NotPcrs, "not a set of PCR", WRITTEN),
        (
            PcrSet(no_set),
            "not a set of PCR: at character 1: expected a bank and its PCR, as in sha256:0,7,10",
            WRITTEN,
        ),
        (Bank, "not the name of a PCR bank", WRITTEN),
        (EmptyBank, "the bank has no values", WRITTEN),
        (Index, "not the index of a PCR, 0 to 23", WRITTEN),
        (
            TooLong,
            "too long",
            "A block holds at most 16 KiB of evidence and 192 PCR values.",
        ),
    ] {
        let error = ResponseError::Field {
            field: "quote_b64",
            offset: 12,
            problem,
        };
        let text = format!("quote_b64 at byte 12: {text}");
        response_says(error, "input", Malformed, Some(12), &text, help);
    }
}

#[test]
fn keys_are_found_by_their_offset() {
    let mut scratch = Scratch::new();
    for (block, text) in [
        (
            "{\"is_available\":true, \"x\":1}",
            "tpm_attestation at byte 22: the block does not have this key",
        ),
        (
            "{\"quote_b64\":\"AA==\", \"quote_b64\":\"\"}",
            "quote_b64 at byte 21: the key is there twice",
        ),
        (
            "{\"quote_b64\": \"!\"}",
            "quote_b64 at byte 14: not base64 (standard alphabet, padded)",
        ),
        (
            "{\"quote_b64\": 1}",
            "quote_b64 at byte 14: expected a string",
        ),
    ] {
        let error = TpmAttestation::from_json(block.as_bytes(), Form::Block, &mut scratch);
        assert_eq!(error.unwrap_err().to_string(), text);
    }
}

#[test]
fn blocks_with_too_few_keys_or_none() {
    response_says(
        ResponseError::MissingField { field: "quote_b64" },
        "input",
        Malformed,
        None,
        "tpm_attestation has no quote_b64",
        "A block with is_available true has pcr_banks, pcr_values, aik_pubkey_b64, quote_b64 and signature_b64; aik_certify_b64 and aik_certify_signature_b64 are both there or both absent.",
    );
    response_says(
        ResponseError::Contradiction { field: "quote_b64" },
        "input",
        Malformed,
        None,
        "tpm_attestation has is_available false and all the same quote_b64",
        "A server without a TPM sends is_available false and nothing else in the block.",
    );
    response_says(
        ResponseError::Unavailable {
            tier: Tier::Maximum,
        },
        "tier",
        Rejected,
        None,
        "the response has no TPM attestation, and the tier maximum requires one",
        "Ask a server that has a TPM, or use a tier that goes on without one (standard, high).",
    );
}
