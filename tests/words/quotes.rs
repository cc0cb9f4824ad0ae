//! Quotes that cover other PCRs than they have to, or have other values.

use tpm_quote::{
    Check, Error, Evidence, Marshal, PcrSet, PcrValue, QuotePolicy, ResponsePolicy, Scratch,
    Tpm2bAttest, Tpm2bPublic, TpmAlgId, TpmlPcrSelection, TpmsAttest, TpmuAttest, Verifier,
    crypto::{PublicKey, Signature, SignatureError, SignatureVerifier},
    evidence::BlockEvidence,
    types::{Tpm2bData, Tpm2bDigest, Tpm2bName, TpmsClockInfo, TpmsPcrSelection, TpmsQuoteInfo},
    verify::{PcrValues, error::QuoteProblem},
    verify_response,
};

use crate::{
    NEWER, SHA1, SHA256, SHA384, UNKNOWN, byte,
    common::specimens,
    pcr,
    row::{Row, rejected, say, unsupported},
};

pub fn rows() -> Vec<Row> {
    [selections(), coverage(), values(), responses()]
        .into_iter()
        .flatten()
        .collect()
}

#[test]
fn quotes_say_what_is_wrong() {
    say(&rows());
}

/// Takes every signature for a good one: here it is the selection that counts.
struct AnySignature;

impl SignatureVerifier for AnySignature {
    fn check_key(&self, _: &PublicKey<'_>) -> Result<(), SignatureError> {
        Ok(())
    }

    fn verify(
        &self,
        _: &PublicKey<'_>,
        _: TpmAlgId,
        _: &[u8],
        _: &Signature<'_>,
    ) -> Result<(), SignatureError> {
        Ok(())
    }
}

const NONCE: [u8; 2] = [0xa5, 0x5a];

/// A quote of these banks, each with the bytes of its map.
fn quote(banks: &[(TpmAlgId, &[u8])]) -> Vec<u8> {
    let banks = banks
        .iter()
        .map(|(bank, map)| TpmsPcrSelection::new(*bank, map).unwrap());
    let mut room = [0; 64];
    let banks: Vec<_> = banks.collect();
    let attest = TpmsAttest {
        qualified_signer: Tpm2bName::new(&specimens::QUALIFIED_NAME).unwrap(),
        extra_data: Tpm2bData::new(&NONCE).unwrap(),
        clock_info: TpmsClockInfo {
            clock: 0,
            reset_count: 0,
            restart_count: 0,
            safe: true,
        },
        firmware_version: 0,
        attested: TpmuAttest::Quote(TpmsQuoteInfo {
            pcr_select: TpmlPcrSelection::new(&banks, &mut room).unwrap(),
            pcr_digest: Tpm2bDigest::new(&[0; 32]).unwrap(),
        }),
    };
    let mut out = [0; 256];
    attest.marshal_into(&mut out).unwrap().to_vec()
}

/// What is said of a quote of these banks, with a value for each of these PCRs.
fn error(banks: &[(TpmAlgId, &[u8])], values: &[(TpmAlgId, u8)], required: PcrSet) -> Error {
    let public = Tpm2bPublic::from_unsized(&specimens::PUBLIC).unwrap();
    let verifier = Verifier::new().crypto(&AnySignature);
    let key = verifier.self_asserted(&public).unwrap();
    let values: Vec<_> = values
        .iter()
        .map(|(bank, index)| PcrValue {
            bank: *bank,
            index: *index,
            digest: &[0; 64][..bank.digest_size().unwrap_or(0)],
        })
        .collect();
    let evidence = Evidence {
        attest: &quote(banks),
        signature: &specimens::QUOTE_SIGNATURE,
        pcrs: &values,
    };
    let policy = QuotePolicy::new(NONCE.into(), required);
    verifier.quote(&key, &evidence, &policy).unwrap_err()
}

fn set(text: &str) -> PcrSet {
    text.parse().unwrap()
}

const NO_BANK: &str =
    "A TPM silently leaves out banks that it does not have: quote a bank that is allocated.";

/// The selection itself: there are no sets to be shown.
fn selections() -> Vec<Row> {
    const ONCE: &str = "Select each bank once, with the three bytes of the PC Client profile.";
    const PCR_0: &[u8] = &[1, 0, 0];
    let alone = |banks: &[(TpmAlgId, &[u8])]| error(banks, &[], set("sha256:0"));
    let nothing = PcrSet::from_iter([]);
    vec![
        rejected(
            Check::Selection,
            error(&[(SHA256, PCR_0)], &[], nothing),
            "nothing-required",
            "the set of required PCRs is empty",
            "Require at least one PCR: the PCRs 16 to 23 and the SHA-1 bank count only if they are required by name.",
        ),
        rejected(
            Check::Selection,
            alone(&[]),
            "selection-empty",
            "the quote covers no PCRs",
            NO_BANK,
        ),
        rejected(
            Check::Selection,
            alone(&[(SHA256, PCR_0), (SHA384, &[0, 0, 0])]),
            "bank-empty",
            "the quote covers no PCRs of bank sha384",
            NO_BANK,
        ),
        rejected(
            Check::Selection,
            alone(&[(SHA256, PCR_0), (SHA256, PCR_0)]),
            "bank-repeated",
            "the quote lists bank sha256 twice",
            ONCE,
        ),
        rejected(
            Check::Selection,
            alone(&[(SHA1, &[1, 0, 0, 0])]),
            "size-of-select",
            "the quote's bit map for bank sha1 has 4 bytes, expected 3",
            ONCE,
        ),
        unsupported(
            Check::Selection,
            alone(&[(UNKNOWN, PCR_0)]),
            "bank-unsupported",
            "bank 0x1234 is not supported",
            NEWER,
        ),
    ]
}

/// The selection beside the values, and beside what is required.
fn coverage() -> Vec<Row> {
    const VALUES: &str = "Send one value for each PCR that the signature covers, and no others.";
    const PCRS: &[(TpmAlgId, &[u8])] = &[(SHA256, &[0x81, 0, 0])];
    let (pcr0, pcr7) = ((SHA256, 0), (SHA256, 7));
    let with = |values: &[(TpmAlgId, u8)]| error(PCRS, values, set("sha256:0"));
    let fails =
        |error: Error, name, text, help| rejected(Check::Selection, error, name, text, help);
    vec![
        fails(
            with(&[pcr0, pcr7, pcr0]),
            "pcr-value-repeated",
            "two values for sha256:0",
            VALUES,
        ),
        fails(
            with(&[pcr0, pcr7, (SHA1, 3)]),
            "pcr-value-not-signed",
            "a value for sha1:3, which the signature does not cover (expected sha256:0,7, found sha256:0,7+sha1:3)",
            VALUES,
        ),
        // What is not a PCR of any TPM cannot be shown in a set.
        fails(
            with(&[pcr0, pcr7, (UNKNOWN, 24)]),
            "pcr-value-not-signed",
            "a value for 0x1234:24, which the signature does not cover",
            VALUES,
        ),
        fails(
            with(&[pcr0]),
            "pcr-value-missing",
            "no value for sha256:7, which the signature covers (expected sha256:0,7, found sha256:0)",
            "Send the value of every PCR that the quote covers.",
        ),
        fails(
            with(&[]),
            "pcr-value-missing",
            "no value for sha256:0, which the signature covers (expected sha256:0,7, found none)",
            "Send the value of every PCR that the quote covers.",
        ),
        fails(
            error(PCRS, &[pcr0, pcr7], set("sha256:0,8")),
            "pcr-not-covered",
            "the quote does not cover sha256:8, which is required (expected sha256:0,8, found sha256:0,7)",
            "Quote at least the PCRs that the verifier requires.",
        ),
        fails(
            not_claimed(),
            "pcrs-not-claimed",
            "the claimed PCRs and the signed ones differ in sha256:8 (expected sha256:0,8, found sha256:0,7)",
            "The response has to claim exactly the PCRs that were signed.",
        ),
        fails(
            error(
                &[(SHA1, &[1, 0, 0]), PCRS[0]],
                &[(SHA1, 0), pcr0, pcr7],
                set("sha256:0"),
            ),
            "sha1-bank",
            "the quote covers PCRs of the SHA-1 bank, which are not required (expected sha256:0, found sha1:0+sha256:0,7)",
            "Require the SHA-1 bank by name if you rely on its values.",
        ),
        fails(
            error(
                &[(SHA256, &[1, 0, 1])],
                &[pcr0, (SHA256, 16)],
                set("sha256:0"),
            ),
            "pcr-resettable",
            "the quote covers sha256:16, which software can reset and which is not required (expected sha256:0, found sha256:0,16)",
            "Software can reset PCRs 16 to 23: require them by number if you rely on their values.",
        ),
    ]
}

/// A block that claims another PCR than the signed one.
fn not_claimed() -> Error {
    let (attest, mut public, mut sized) = (quote(&[(SHA256, &[0x81, 0, 0])]), [0; 90], [0; 258]);
    let len = Tpm2bAttest::new(&attest).unwrap();
    let quote = len.marshal_into(&mut sized).unwrap();
    let area = Tpm2bPublic::from_unsized(&specimens::PUBLIC).unwrap();
    let block = BlockEvidence {
        pcr_banks: set("sha256:0,8"),
        pcr_values: PcrValues::from(&[][..]),
        aik_pubkey: area.marshal_into(&mut public).unwrap(),
        quote,
        signature: &specimens::QUOTE_SIGNATURE,
        aik_certify: None,
        aik_certify_signature: None,
    };
    let policy = ResponsePolicy::with_nonce(NONCE.into());
    let verifier = Verifier::new().crypto(&AnySignature);
    verifier.block(&block, &policy).unwrap_err()
}

fn values() -> Vec<Row> {
    let length = QuoteProblem::ValueLength {
        pcr: pcr("sha384:7"),
        expected: 48,
        found: 32,
    };
    let digest = QuoteProblem::Digest {
        computed: byte(1),
        signed: byte(2),
    };
    let mut rows = vec![
        rejected(
            Check::PcrValues,
            length,
            "pcr-value-length",
            "the value of sha384:7 has 32 bytes, expected 48",
            "A PCR value is as long as the digests of its bank's hash.",
        ),
        rejected(
            Check::PcrDigest,
            digest,
            "pcr-digest",
            "the digest of the PCR values is 01, the quote has 02",
            "The PCR values that were sent are not the ones that the TPM signed.",
        ),
    ];
    for (mismatched, found, text) in [
        (1, Some(byte(2)), "sha256:7 is 02, expected 01"),
        (1, None, "sha256:7 is not covered by the quote, expected 01"),
        (
            2,
            Some(byte(2)),
            "2 PCRs differ from the baseline; the first, sha256:7, is 02, expected 01",
        ),
        (
            3,
            None,
            "3 PCRs differ from the baseline; the first, sha256:7, is not covered by the quote, expected 01",
        ),
    ] {
        let problem = QuoteProblem::Baseline {
            matched: 5,
            mismatched,
            first: pcr("sha256:7"),
            expected: byte(1),
            found,
        };
        rows.push(rejected(
            Check::Baseline,
            problem,
            "baseline-mismatch",
            text,
            "The machine runs something other than what is known to be good, or the baseline is out of date.",
        ));
    }
    rows
}

fn responses() -> Vec<Row> {
    let policy = ResponsePolicy::new("an id").unwrap();
    let error = verify_response(r#"{"_metadata":{}}"#, &policy, &mut Scratch::new()).unwrap_err();
    vec![rejected(
        Check::Tier,
        error,
        "unavailable",
        "the response has no TPM attestation, and the policy requires one",
        "Ask a server that has a TPM, or use a tier that works without one (standard, high).",
    )]
}
