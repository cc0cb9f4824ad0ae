//! What has to vouch for a key and does not; endorsement keys and credentials.

use tpm_quote::{
    Check, Error, TpmAlgId, TpmtSignature, Unmarshal,
    types::{TpmSt, TpmaObject},
    verify::{
        Excerpt, Part,
        error::{
            AnchorProblem, AttestProblem, CredentialProblem, EndorsementProblem, KeyProblem,
            ObjectProblem,
        },
    },
};

use crate::{
    NEWER, byte,
    row::{Row, malformed, rejected, say, unsupported},
};

pub fn rows() -> Vec<Row> {
    [
        anchors(),
        certifications(),
        endorsements(),
        endorsement_algorithms(),
        credentials(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[test]
fn anchors_say_what_is_wrong() {
    say(&rows());
}

fn fails(problem: impl Into<Error>, name: &'static str, text: &str, help: &'static str) -> Row {
    rejected(Check::KeyAnchor, problem, name, text, help)
}

fn anchors() -> Vec<Row> {
    use AnchorProblem::*;
    vec![
        fails(
            NotAnchored,
            "key-not-anchored",
            "the key is self-asserted, but the policy requires something outside the message to vouch for it",
            "Anyone can make a key and send it: give the Name of a key that you trust, or another anchor.",
        ),
        fails(
            NoPinnedNames,
            "no-pinned-names",
            "the list of trusted Names is empty",
            "Give the Name of at least one trusted key.",
        ),
        fails(
            NameNotPinned {
                name: Excerpt::new(&[0, 0x0b, 0xab]),
            },
            "key-name-not-pinned",
            "the key's Name 000bab is not one of the trusted Names",
            "If the key was replaced on purpose, take its new Name from the machine itself, not from this message.",
        ),
        fails(
            NoLines,
            "no-trusted-lines",
            "there is no line that could vouch for the key",
            "Give at least one line that says what vouches for the key.",
        ),
        fails(
            LineExpired { at: 90, before: 80 },
            "trust-line-expired",
            "it vouches for the key, but expired at 80 (it is 90; seconds since 1970)",
            "Renew valid-before if the machine may go on, or take the line out.",
        ),
        fails(
            LineNotYetValid { at: 70, after: 80 },
            "trust-line-not-yet-valid",
            "it vouches for the key, but only from 80 on (it is 70; seconds since 1970)",
            "Wait, or correct valid-after or the clock of this machine.",
        ),
        fails(
            NoCertificate,
            "certificate-missing",
            "there is no certificate of the key that an authority could have issued",
            "Give the certificate of the key with --ak-cert: an authority vouches for nothing without it.",
        ),
        fails(
            NoHardware,
            "hardware-missing",
            "the evidence has no report of a processor that could vouch for the key",
            "Give the evidence of Azure's virtual TPM with check --evidence: the report of the processor is in it.",
        ),
        fails(
            NameUnknown,
            "key-name-unknown",
            "only the numbers of the key are known: it has no Name that could be known or certified",
            "Give the public area of the key: its Name and its attributes are in it.",
        ),
        fails(
            NoPinnedKeys,
            "no-pinned-keys",
            "the list of trusted keys is empty",
            "Give at least one trusted public key.",
        ),
        fails(
            KeyNotPinned,
            "key-not-pinned",
            "the key is not one of the trusted keys",
            "If the key was replaced on purpose, take the new one from the machine itself, not from this message.",
        ),
        fails(
            CertifierNotAnchored,
            "certifier-not-anchored",
            "the key that has to vouch for this one is itself self-asserted",
            "Pin that key, or have a pinned key vouch for it: a chain of keys is worth no more than its first one.",
        ),
        fails(
            CertifierAttributesUnknown,
            "certifier-attributes-unknown",
            "the attributes of the key that has to vouch for this one are unknown",
            "Give the public area of that key, not only its numbers.",
        ),
        fails(
            ChainTooLong,
            "certification-chain-too-long",
            "the chain of keys that vouch for one another is longer than four",
            "Have a key certify this one that you pinned, or that fewer keys vouch for.",
        ),
        fails(
            NoCertification,
            "certification-missing",
            "there is no certification by the key that has to vouch for this one",
            "Have the server send a certification of its key, or give one that was made beforehand.",
        ),
        fails(
            External,
            "key-external",
            "the key was loaded into the TPM from outside: its qualified name is its Name",
            "Have the TPM create the key, under a parent of its own.",
        ),
        fails(
            Answer,
            "challenge-answer",
            "the answer does not belong to this challenge, this key and this endorsement key",
            "The TPM with this endorsement key does not have this key, or the answer belongs to another challenge.",
        ),
        fails(
            OtherKey,
            "key-differs",
            "the key in the evidence is not the one that was given",
            "Another machine may have answered, or its TPM has a new key.",
        ),
    ]
}

/// Whatever is wrong with the certification by another key: the text says which of its
/// checks fails.
fn certifications() -> Vec<Row> {
    const FAILS: &str = "the certification of the key fails its check ";
    let signed = |problem: AttestProblem| Error::from(problem).in_part(Part::CertificationSigned);
    let signature =
        |problem: AttestProblem| Error::from(problem).in_part(Part::CertificationSignature);
    let nonce = AttestProblem::Nonce {
        expected: byte(1),
        found: byte(2),
    };
    let kind = AttestProblem::Type {
        expected: TpmSt::ATTEST_CERTIFY,
        found: TpmSt::ATTEST_QUOTE,
    };
    let object = ObjectProblem::Name {
        expected: byte(1),
        found: byte(2),
    };
    let cut = TpmtSignature::from_bytes(&[0, 0x10, 0]).unwrap_err();
    vec![
        fails(
            signature(AttestProblem::Signature),
            "signature",
            &format!("{FAILS}signature: the signature does not match"),
            "The signed bytes or the signature were changed, or another key signed them.",
        ),
        unsupported(
            Check::KeyAnchor,
            signature(AttestProblem::SignatureUnsupported),
            "signature-unsupported",
            &format!(
                "{FAILS}signature-scheme: the verifier does not support the signature's algorithm"
            ),
            "The verifier in use does not have this algorithm: give Verifier::crypto an engine that has it.",
        ),
        fails(
            signed(nonce),
            "nonce",
            &format!("{FAILS}nonce: the nonce is 02, expected 01"),
            "The certification was made for another request: ask for a new one, or give its own nonce if it was made beforehand.",
        ),
        fails(
            signed(kind),
            "type",
            &format!(
                "{FAILS}type: the signed bytes are a TPM_ST_ATTEST_QUOTE, expected a TPM_ST_ATTEST_CERTIFY"
            ),
            "Verify each attestation as the kind it is, and ask the TPM for the kind you want.",
        ),
        fails(
            Error::from(object).in_part(Part::CertificationSigned),
            "object-name",
            &format!("{FAILS}object: the attested Name is 02, expected 01"),
            "Give the Name or public area that it had when it was attested: the Name covers attributes, policy and state.",
        ),
        malformed(
            Error::from(cut).in_part(Part::CertificationSignature),
            "structure-malformed",
            "certification of the key: signature: TPMT_SIGNATURE at byte 2: 1 byte left over at the end",
            "The input was cut, changed on its way, or written in another form than expected.",
        ),
    ]
}

fn endorsements() -> Vec<Row> {
    use EndorsementProblem as P;
    const SIGNS: &str = "Give the endorsement key, a restricted decryption key, and not the attestation key, which signs.";
    let attributes = P::Attributes {
        missing: TpmaObject::DECRYPT,
        forbidden: TpmaObject::SIGN,
    };
    vec![
        fails(
            P::Type(TpmAlgId::KEYEDHASH),
            "endorsement-type",
            "the endorsement key is a TPM_ALG_KEYEDHASH, expected an RSA or ECC key",
            "A credential is for an RSA or ECC endorsement key.",
        ),
        unsupported(
            Check::KeyAnchor,
            P::Type(TpmAlgId::MLKEM),
            "endorsement-type-unsupported",
            "the endorsement key is a TPM_ALG_MLKEM, expected an RSA or ECC key",
            NEWER,
        ),
        fails(
            attributes,
            "endorsement-attributes",
            "the key's attributes are not those of an endorsement key: lacks decrypt; must not have sign",
            SIGNS,
        ),
        fails(
            P::Strength(KeyProblem::RsaBits(1024)),
            "endorsement-strength",
            "endorsement key: the key has 1024 bits, expected 2048, 3072 or 4096",
            "Use RSA with 2048, 3072 or 4096 bits and the exponent 65537, or ECC on P-256, P-384 or P-521.",
        ),
        fails(
            P::Scheme(TpmAlgId::RSASSA),
            "endorsement-scheme",
            "the endorsement key's scheme is TPM_ALG_RSASSA, expected TPM_ALG_NULL",
            SIGNS,
        ),
        fails(
            P::Kdf(TpmAlgId::MGF1),
            "endorsement-kdf",
            "the endorsement key's kdf is TPM_ALG_MGF1, expected TPM_ALG_NULL",
            SIGNS,
        ),
        fails(
            P::NoPinnedNames,
            "no-pinned-endorsement-names",
            "the list of trusted Names of endorsement keys is empty",
            "Give the Name of at least one trusted endorsement key.",
        ),
        fails(
            P::NotPinned { name: byte(0xab) },
            "endorsement-not-pinned",
            "the endorsement key's Name ab is not one of the trusted Names",
            "Take the Names of endorsement keys from the machines themselves or from their maker, not from this message.",
        ),
        fails(
            P::OtherKey,
            "endorsement-certificate-of-other-key",
            "the certificate is for another endorsement key",
            "Give the certificate of this key, or the key of this certificate.",
        ),
    ]
}

fn endorsement_algorithms() -> Vec<Row> {
    use EndorsementProblem as P;
    const SIGNS: &str = "Give the endorsement key, a restricted decryption key, and not the attestation key, which signs.";
    const TEMPLATE: &str = "Use an endorsement key made from one of the templates with SHA-256, SHA-384 or SHA-512 and AES in CFB mode.";
    let other =
        |problem: P, name, text| unsupported(Check::KeyAnchor, problem, name, text, TEMPLATE);
    let aes = P::AesUnsupported {
        bits: 192,
        mode: TpmAlgId::CBC,
    };
    vec![
        fails(
            P::NoCipher,
            "endorsement-no-cipher",
            "the endorsement key's symmetric is TPM_ALG_NULL, expected a cipher",
            SIGNS,
        ),
        other(
            P::CipherUnsupported(TpmAlgId::CAMELLIA),
            "endorsement-cipher-unsupported",
            "the endorsement key's symmetric TPM_ALG_CAMELLIA is not supported, expected AES",
        ),
        other(
            aes,
            "endorsement-aes-unsupported",
            "the endorsement key's AES with 192 bits in mode TPM_ALG_CBC is not supported, expected 128 or 256 bits in TPM_ALG_CFB",
        ),
        fails(
            P::NoName,
            "endorsement-name-alg-null",
            "the endorsement key has no Name: its nameAlg is TPM_ALG_NULL",
            TEMPLATE,
        ),
        other(
            P::NameAlgUnsupported(TpmAlgId::SM3_256),
            "endorsement-name-alg-unsupported",
            "the endorsement key's nameAlg TPM_ALG_SM3_256 is not supported",
        ),
        unsupported(
            Check::KeyAnchor,
            P::Strength(KeyProblem::NoEcdsa),
            "endorsement-strength",
            "endorsement key: the verifier in use has no ECDSA on the key's curve",
            "Build with the feature rsa or ecdsa, or give Verifier::crypto an engine that has the algorithm.",
        ),
    ]
}

fn credentials() -> Vec<Row> {
    let secret = CredentialProblem::Secret {
        largest: 32,
        found: 33,
    };
    vec![
        malformed(
            CredentialProblem::Name,
            "credential-name",
            "the Name is not the Name of an object",
            "Give the Name of the key: a hash id of two bytes and a digest.",
        ),
        malformed(
            secret,
            "credential-secret",
            "the secret has 33 bytes, expected 1 to 32",
            "Give a secret that fits, or have a fresh one made.",
        ),
        malformed(
            CredentialProblem::Challenge { found: 31 },
            "challenge-length",
            "the challenge has 31 bytes, expected 32",
            "Give the challenge exactly as it was stored, with nothing around it.",
        ),
        unsupported(
            Check::Input,
            CredentialProblem::Random,
            "no-randomness",
            "the source of randomness failed",
            "A credential needs a source of randomness: try again when there is one.",
        ),
    ]
}
