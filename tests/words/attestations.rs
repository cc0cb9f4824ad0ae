//! Attestations that are not what this key signed for this request.

use tpm_quote::{
    Check, TpmAlgId,
    types::{TpmSt, TpmaObject},
    verify::{
        Excerpt,
        error::{
            AttestProblem, AuditProblem, ClockProblem, ContentsProblem, CreationProblem,
            KeyProblem, ObjectProblem,
        },
    },
};

use crate::{
    NEWER, SHA256, SHA384, UNKNOWN, byte,
    row::{Row, rejected, say, unsupported},
};

pub fn rows() -> Vec<Row> {
    [
        signatures(),
        signed(),
        objects(),
        creations(),
        contents(),
        audits(),
        clocks(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[test]
fn attestations_say_what_is_wrong() {
    say(&rows());
}

fn signatures() -> Vec<Row> {
    const BOUND: &str =
        "A signature must be made with the scheme and the hash that its key is bound to.";
    let scheme = |scheme, hash| AttestProblem::SignatureScheme {
        expected: (TpmAlgId::RSASSA, SHA256),
        found: (scheme, hash),
    };
    let check = Check::SignatureScheme;
    let mut rows = vec![
        rejected(
            check,
            scheme(TpmAlgId::RSAPSS, Some(SHA384)),
            "signature-scheme",
            "the signature is TPM_ALG_RSAPSS with TPM_ALG_SHA384, expected TPM_ALG_RSASSA with TPM_ALG_SHA256 as in the key",
            BOUND,
        ),
        rejected(
            check,
            scheme(TpmAlgId::NULL, None),
            "signature-scheme",
            "the signature is TPM_ALG_NULL, expected TPM_ALG_RSASSA with TPM_ALG_SHA256 as in the key",
            BOUND,
        ),
        rejected(
            check,
            scheme(TpmAlgId::HMAC, Some(SHA256)),
            "signature-scheme",
            "the signature is TPM_ALG_HMAC with TPM_ALG_SHA256, expected TPM_ALG_RSASSA with TPM_ALG_SHA256 as in the key",
            BOUND,
        ),
        rejected(
            check,
            AttestProblem::SignatureSha1,
            "signature-sha1",
            "the signature is made with SHA-1",
            "Make the key with SHA-256, SHA-384 or SHA-512; dangerous_allow_sha1_signatures (--dangerous-sha1) accepts this one.",
        ),
        unsupported(
            check,
            AttestProblem::SignatureUnsupported,
            "signature-unsupported",
            "the verifier does not support the signature's algorithm",
            "The verifier in use does not have this algorithm: give Verifier::crypto an engine that has it.",
        ),
        rejected(
            Check::Signature,
            AttestProblem::Signature,
            "signature",
            "the signature does not match",
            "The signed bytes or the signature were changed, or another key signed them.",
        ),
    ];
    for (found, hash, text) in [
        (
            TpmAlgId::ECDAA,
            Some(SHA256),
            "TPM_ALG_ECDAA with TPM_ALG_SHA256",
        ),
        (
            TpmAlgId::SM2,
            Some(SHA256),
            "TPM_ALG_SM2 with TPM_ALG_SHA256",
        ),
        (
            TpmAlgId::ECSCHNORR,
            Some(SHA256),
            "TPM_ALG_ECSCHNORR with TPM_ALG_SHA256",
        ),
        (TpmAlgId::EDDSA, None, "TPM_ALG_EDDSA"),
        (TpmAlgId::HASH_EDDSA, None, "TPM_ALG_HASH_EDDSA"),
        (TpmAlgId::MLDSA, None, "TPM_ALG_MLDSA"),
        (
            TpmAlgId::HASH_MLDSA,
            Some(SHA256),
            "TPM_ALG_HASH_MLDSA with TPM_ALG_SHA256",
        ),
    ] {
        rows.push(unsupported(
            check,
            scheme(found, hash),
            "signature-scheme-unsupported",
            &format!(
                "the signature is {text}, expected TPM_ALG_RSASSA with TPM_ALG_SHA256 as in the key"
            ),
            BOUND,
        ));
    }
    rows
}

fn signed() -> Vec<Row> {
    const QUALIFIED: &str =
        "A TPM writes the qualified name of the signing key into what it signs.";
    let kind = |expected, found| AttestProblem::Type { expected, found };
    let signer = |expected| AttestProblem::Signer {
        expected,
        found: Excerpt::new(&[0x40, 0, 0, 0x0b]),
    };
    vec![
        rejected(
            Check::Magic,
            AttestProblem::Magic { found: 0x0054_4347 },
            "magic",
            "the signed bytes begin with 0x00544347, expected 0xff544347 (TPM_GENERATED_VALUE)",
            "The key signed something that no TPM generated: do not trust the key.",
        ),
        rejected(
            Check::Type,
            kind(TpmSt::ATTEST_QUOTE, TpmSt::ATTEST_CERTIFY),
            "type",
            "the signed bytes are a TPM_ST_ATTEST_CERTIFY, expected a TPM_ST_ATTEST_QUOTE",
            "Ask the TPM for a quote (TPM2_Quote), not another attestation.",
        ),
        rejected(
            Check::Type,
            kind(TpmSt::ATTEST_NV, TpmSt::ATTEST_QUOTE),
            "type",
            "the signed bytes are a TPM_ST_ATTEST_QUOTE, expected a TPM_ST_ATTEST_NV",
            "Verify each attestation as the kind it is, and ask the TPM for the kind you want.",
        ),
        rejected(
            Check::Nonce,
            AttestProblem::Nonce {
                expected: Excerpt::new(&[1, 2]),
                found: Excerpt::new(&[]),
            },
            "nonce",
            "the nonce is empty, expected 0102",
            "Compare with the payload id or nonce of your own request: this is an old answer, or somebody else's.",
        ),
        rejected(
            Check::Signer,
            signer(SHA256),
            "signer",
            "qualifiedSigner is 4000000b, expected a hash id and a digest by TPM_ALG_SHA256",
            QUALIFIED,
        ),
        rejected(
            Check::Signer,
            signer(TpmAlgId::NULL),
            "signer",
            "qualifiedSigner is 4000000b, expected a hash id and a digest",
            QUALIFIED,
        ),
        rejected(
            Check::Signer,
            AttestProblem::QualifiedSigner {
                expected: Excerpt::new(&[0, 0x0b, 1]),
                found: Excerpt::new(&[0, 0x0b, 2]),
            },
            "qualified-signer",
            "qualifiedSigner is 000b02, expected 000b01",
            "Compare the key's place in the TPM: its hierarchy, its parents, and the key itself.",
        ),
    ]
}

const STRONG: &str =
    "Use RSA with 2048, 3072 or 4096 bits and the exponent 65537, or ECC on P-256, P-384 or P-521.";

fn objects() -> Vec<Row> {
    let fails = |problem: ObjectProblem, name, text, help| {
        rejected(Check::Object, problem, name, text, help)
    };
    let name = ObjectProblem::Name {
        expected: Excerpt::new(&[0, 0x0b, 1]),
        found: Excerpt::new(&[]),
    };
    let form = ObjectProblem::QualifiedNameForm {
        expected: SHA384,
        found: Excerpt::new(&[0x40, 0, 0, 0x01]),
    };
    let qualified = ObjectProblem::QualifiedName {
        expected: Excerpt::new(&[0, 0x0b, 1]),
        found: Excerpt::new(&[0, 0x0b, 2]),
    };
    vec![
        fails(
            name,
            "object-name",
            "the attested Name is empty, expected 000b01",
            "Give the Name or public area that it had when it was attested: the Name covers attributes, policy and state.",
        ),
        fails(
            ObjectProblem::NoName,
            "object-name-alg-null",
            "the expected object has no Name: its nameAlg is TPM_ALG_NULL",
            "Make the object with a nameAlg: without one, nothing tells it apart from others.",
        ),
        fails(
            ObjectProblem::NameSha1,
            "object-name-alg-sha1",
            "the nameAlg of the expected object is SHA-1",
            "Make the object with the nameAlg SHA-256, SHA-384 or SHA-512.",
        ),
        unsupported(
            Check::Object,
            ObjectProblem::NameAlgUnsupported(UNKNOWN),
            "object-name-alg-unsupported",
            "the nameAlg 0x1234 of the expected object is not supported",
            NEWER,
        ),
        fails(
            form,
            "object-qualified-name-form",
            "the object's qualified name is 40000001, expected a hash id and a digest by TPM_ALG_SHA384",
            "A TPM makes each object's qualified name with the object's own nameAlg.",
        ),
        fails(
            qualified,
            "object-qualified-name",
            "the object's qualified name is 000b02, expected 000b01",
            "Compare the object's place in the TPM: its hierarchy, its parents, and the object itself.",
        ),
        fails(
            ObjectProblem::Attributes {
                missing: TpmaObject::FIXED_TPM | TpmaObject::FIXED_PARENT,
                forbidden: TpmaObject::RESTRICTED,
            },
            "object-attributes",
            "the object's attributes are not those that are required: lacks fixedTPM fixedParent; must not have restricted",
            "Make the object with the attributes that are required, and without those that are forbidden.",
        ),
        fails(
            ObjectProblem::Key(KeyProblem::RsaBits(1024)),
            "object-key",
            "the object: the key has 1024 bits, expected 2048, 3072 or 4096",
            STRONG,
        ),
        unsupported(
            Check::Object,
            ObjectProblem::Key(KeyProblem::RsaBitsUnsupported(2056)),
            "object-key-unsupported",
            "the object: RSA with 2056 bits is not supported, expected 2048, 3072 or 4096",
            STRONG,
        ),
    ]
}

fn creations() -> Vec<Row> {
    let (expected, found) = (byte(1), byte(2));
    let hash = CreationProblem::Hash {
        computed: expected,
        signed: found,
    };
    vec![
        rejected(
            Check::Creation,
            hash,
            "creation-hash",
            "the digest of the creation data is 01, the attestation has 02",
            "Give the creation data that the TPM returned when it created the object.",
        ),
        rejected(
            Check::Creation,
            CreationProblem::OutsideInfo { expected, found },
            "creation-outside-info",
            "outsideInfo is 02, expected 01",
            "Compare with the outsideInfo that was given when the object was created.",
        ),
        rejected(
            Check::Creation,
            CreationProblem::Parent { expected, found },
            "creation-parent",
            "the qualified name of the parent is 02, expected 01",
            "Compare the object's place in the TPM: its hierarchy and its parents.",
        ),
    ]
}

fn contents() -> Vec<Row> {
    const WRITTEN: &str =
        "The index was written to since then, or the expected bytes are out of date.";
    let (expected, found) = (byte(1), byte(2));
    let fails = |problem: ContentsProblem, name, text, help| {
        rejected(Check::Contents, problem, name, text, help)
    };
    let offset = ContentsProblem::Offset {
        expected: 8,
        found: 16,
    };
    let digest = ContentsProblem::Digest {
        computed: expected,
        signed: found,
    };
    vec![
        fails(
            ContentsProblem::Range { end: 65, size: 64 },
            "contents-range",
            "the contents end at byte 65 of an index that holds 64 bytes",
            "No TPM attests more than an index holds: do not trust the key.",
        ),
        fails(
            offset,
            "contents-offset",
            "the contents begin at byte 16, expected 8",
            "Ask the TPM for the part of the index that you want.",
        ),
        fails(
            ContentsProblem::Bytes { expected, found },
            "contents-bytes",
            "the NV index holds 02, expected 01",
            WRITTEN,
        ),
        fails(
            digest,
            "contents-digest",
            "the digest of the expected contents is 01, the attestation has 02",
            WRITTEN,
        ),
    ]
}

fn audits() -> Vec<Row> {
    let (expected, found) = (byte(1), byte(2));
    let commands = AuditProblem::Commands {
        computed: expected,
        signed: found,
    };
    vec![
        rejected(
            Check::Audit,
            AuditProblem::Digest { expected, found },
            "audit-digest",
            "the audit digest is 02, expected 01",
            "Compare the commands, their parameters and their responses, one by one and in order.",
        ),
        rejected(
            Check::Audit,
            commands,
            "audit-commands",
            "the digest of the expected commands is 01, the attestation has 02",
            "Give the codes of all audited commands, in ascending order.",
        ),
        unsupported(
            Check::Audit,
            AuditProblem::HashUnsupported(UNKNOWN),
            "audit-hash-unsupported",
            "the hash 0x1234 of the audit is not supported",
            NEWER,
        ),
        rejected(
            Check::Audit,
            AuditProblem::NotExclusive,
            "audit-not-exclusive",
            "the session was not exclusive: other commands came in between",
            "Run the commands again while nobody else uses the TPM, or do not require an exclusive session.",
        ),
    ]
}

fn clocks() -> Vec<Row> {
    const BACK: &str =
        "The TPM lost power or was cleared, or its state was set back: find out which.";
    let (first, second) = ((3, 2), (4, 0));
    let fails =
        |problem: ClockProblem, name, text, help| rejected(Check::Clock, problem, name, text, help);
    let key = ClockProblem::OtherKey {
        expected: Excerpt::new(&[0x0b, 1]),
        found: Excerpt::new(&[0x0b, 2]),
    };
    let clock = ClockProblem::WentBack {
        earlier: 1981,
        found: 329,
    };
    let rebooted = ClockProblem::Rebooted {
        earlier: first,
        found: second,
    };
    let back = ClockProblem::CountersBack {
        earlier: second,
        found: first,
    };
    let firmware = ClockProblem::Firmware {
        minimum: 0x2019_1023_0016_3637,
        found: 0x2019_1023_0016_3636,
    };
    vec![
        fails(
            ClockProblem::NotSafe,
            "clock-not-safe",
            "the clock is not safe: it may have shown a later time before",
            "The TPM lost power without a shutdown: ask again when its clock has caught up.",
        ),
        fails(
            key,
            "clock-other-key",
            "the earlier reading is by the key 0b01, this one by the key 0b02",
            "Compare readings that the same key signed.",
        ),
        fails(
            clock,
            "clock-went-back",
            "the clock went back from 1981 to 329 ms",
            BACK,
        ),
        fails(
            rebooted,
            "rebooted",
            "the TPM was reset or restarted: its counters were 3/2 and are 4/0",
            "If that was expected, make sure that the machine is good, and keep a new reading.",
        ),
        fails(
            back,
            "counters-went-back",
            "the counters of resets and restarts went back from 4/0 to 3/2",
            BACK,
        ),
        fails(
            firmware,
            "firmware-too-old",
            "the firmware version is 2019102300163636, expected at least 2019102300163637",
            "Update the TPM's firmware.",
        ),
        fails(
            ClockProblem::Obfuscated,
            "counters-obfuscated",
            "counters and firmware version may be obfuscated: the key is not known to be in the endorsement or platform hierarchy",
            "Give the key's place in the TPM, use a key of the endorsement hierarchy, or require only what is never obfuscated: the clock, that it is safe, that there was no reboot.",
        ),
    ]
}
