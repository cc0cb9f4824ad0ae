//! What the caller asks for, where it makes no sense; and buffers that are too small.

use tpm_quote::{
    Baseline, BaselineEntry, Marshal, Name, Nonce, Pcr, PcrSet, Tpm2bPublic,
    evidence::parse_selection, types::Tpm2bDigest, verify::error::SettingProblem,
};

use crate::{
    SHA256, UNKNOWN,
    common::specimens,
    pcr,
    row::{Row, malformed, say},
};

pub fn rows() -> Vec<Row> {
    [nonces(), pcrs(), sets(), baselines(), names(), buffers()]
        .into_iter()
        .flatten()
        .collect()
}

#[test]
fn settings_say_what_is_wrong() {
    say(&rows());
}

fn nonces() -> Vec<Row> {
    const LENGTH: &str = "A TPM takes a nonce of 1 to 66 bytes.";
    vec![
        malformed(
            Nonce::from_payload_id("").unwrap_err(),
            "payload-id-empty",
            "the payload id is empty",
            "Give the payload id that you chose for your request.",
        ),
        malformed(
            Nonce::exact(&[]).unwrap_err(),
            "nonce-length",
            "a nonce of 0 bytes, expected 1 to 66",
            LENGTH,
        ),
        malformed(
            Nonce::exact(&[7; 67]).unwrap_err(),
            "nonce-length",
            "a nonce of 67 bytes, expected 1 to 66",
            LENGTH,
        ),
    ]
}

fn pcrs() -> Vec<Row> {
    const KNOWN: &str = "Use a bank that this crate supports, and a PCR from 0 to 23.";
    const MASK: &str =
        "PCR n is bit n of a mask: set at least one of the bits 0 to 23, and no other.";
    vec![
        malformed(
            Pcr::new(SHA256, 24).unwrap_err(),
            "no-such-pcr",
            "sha256:24 is not a PCR of any TPM",
            KNOWN,
        ),
        malformed(
            PcrSet::new(UNKNOWN, &[7]).unwrap_err(),
            "no-such-pcr",
            "0x1234:7 is not a PCR of any TPM",
            KNOWN,
        ),
        malformed(
            PcrSet::from_mask(SHA256, 0).unwrap_err(),
            "pcr-mask",
            "the mask selects no PCRs",
            MASK,
        ),
        malformed(
            PcrSet::from_mask(SHA256, 0x0100_0001).unwrap_err(),
            "pcr-mask",
            "the mask 0x01000001 has bits above PCR 23",
            MASK,
        ),
    ]
}

fn sets() -> Vec<Row> {
    let own = |text| PcrSet::parse(text).unwrap_err();
    let of_tools = |text| parse_selection(text).unwrap_err();
    let rows = [
        (
            own("sha256"),
            "at character 1: expected a bank and its PCRs, as in sha256:0,7,10 or sha256:all",
        ),
        (
            own("sha256:0+md5:0"),
            "at character 10: expected the name of a bank: sha1, sha256, sha384, sha512, sm3_256, sha3_256, sha3_384 or sha3_512",
        ),
        (
            own("sha256:0+sha256:1"),
            "at character 10: this bank was named before",
        ),
        (
            own("sha256:0,24"),
            "at character 10: expected a PCR from 0 to 23, in decimal digits only; or all",
        ),
        (
            own("sha256:7,0"),
            "at character 10: expected a larger index: indices ascend, each once",
        ),
        (
            of_tools("sha256:0+sha1"),
            "at character 10: expected a bank and its PCRs, as in sha256:0,7,10 or sha256:all",
        ),
        (
            of_tools("md5:0"),
            "at character 1: expected a bank by name (sha1, sha256, sha384, sha512, sm3_256, sha3_256, sha3_384, sha3_512) or by id, as in 0x000b",
        ),
        (
            of_tools("sha256:07"),
            "at character 8: expected a PCR from 0 to 23, decimal without leading zeros or as in 0x17; or all",
        ),
    ];
    let rows = rows.into_iter().map(|(error, text)| {
        malformed(
            error,
            "pcr-set",
            &format!("not a set of PCRs: {text}"),
            "Write a set of PCRs as in sha256:0,7,10+sha384:0.",
        )
    });
    rows.collect()
}

fn baselines() -> Vec<Row> {
    const HELP: &str =
        "Give each PCR of a baseline once, with at least one value as long as its bank's digests.";
    let pcr7 = pcr("sha256:7");
    let (good, short): (&[&[u8]], &[&[u8]]) = (&[&[0; 32]], &[&[0; 32], &[0; 20]]);
    let refused = |entries: &[BaselineEntry<'_>]| Baseline::new(entries).unwrap_err();
    vec![
        malformed(
            SettingProblem::CertificationUnused,
            "certification-without-certifier",
            "a certification of the key is given, but no key that has to make it",
            "Name the key that has to make the certification, or give no certification.",
        ),
        malformed(
            SettingProblem::NoMeasurements,
            "no-measurements",
            "the list of launch measurements or of signing keys is empty, or has a digest of zeros",
            "Give at least one launch measurement, or one digest of the key that signs what is launched.",
        ),
        malformed(
            SettingProblem::ProfileOfEndorsement,
            "profile-of-endorsement",
            "the profile is one for attestation keys, and the certificate is that of an endorsement key",
            "Name no profile for the certificate of an endorsement key.",
        ),
        malformed(
            SettingProblem::RebootsWithoutSince,
            "reboots-without-since",
            "reboots are allowed, but there is no earlier attestation to compare with",
            "Give the earlier reading to compare with (since), or do not allow reboots.",
        ),
        malformed(
            refused(&[]),
            "baseline-empty",
            "the baseline has no entries",
            "Give at least one PCR and its good values, or no baseline at all.",
        ),
        malformed(
            refused(&[BaselineEntry::new(pcr7, &[])]),
            "baseline-no-value",
            "the baseline has no good value for sha256:7",
            HELP,
        ),
        malformed(
            refused(&[BaselineEntry::new(pcr7, good); 2]),
            "baseline-repeated",
            "the baseline has sha256:7 twice",
            HELP,
        ),
        malformed(
            refused(&[BaselineEntry::new(pcr7, short)]),
            "baseline-value-length",
            "the baseline value of sha256:7 has 20 bytes, expected 32",
            HELP,
        ),
    ]
}

fn names() -> Vec<Row> {
    const HEX: &str = "Write each byte as two hexadecimal digits, without anything between.";
    const FORM: &str = "A Name is a hash id of two bytes and a digest of that hash, as 000b and 32 bytes for SHA-256.";
    let refused = |text: &str| text.parse::<Name>().unwrap_err();
    vec![
        malformed(
            refused("000b 6d"),
            "hex-digit",
            "character 5 is not a hexadecimal digit",
            HEX,
        ),
        malformed(
            refused("0"),
            "hex-odd",
            "1 hexadecimal digit, expected two per byte",
            HEX,
        ),
        malformed(
            refused("000"),
            "hex-odd",
            "3 hexadecimal digits, expected two per byte",
            HEX,
        ),
        malformed(
            refused("0b"),
            "name-form",
            "1 byte is not a hash id and its digest",
            FORM,
        ),
        malformed(
            refused("4000000b"),
            "name-form",
            "4 bytes are not a hash id and its digest",
            FORM,
        ),
    ]
}

fn buffers() -> Vec<Row> {
    const SHORTER: &str = "Give a larger buffer, or shorter values: each type has its limit.";
    let public = Tpm2bPublic::from_unsized(&specimens::PUBLIC).unwrap();
    let full = public.marshal_into(&mut [0; 4]).unwrap_err();
    let long = Tpm2bDigest::new(&[0; 65]).unwrap_err();
    let mut buffer = [0; 8];
    let small = tpm_quote::evidence::KeylimeQuote::read("rAAAA:AAAA:AAAA", &mut buffer);
    vec![
        malformed(
            full,
            "structure-too-long",
            "the output is too small",
            SHORTER,
        ),
        malformed(
            long,
            "structure-too-long",
            "TPM2B_DIGEST.size: a size of 65 is not allowed",
            SHORTER,
        ),
        malformed(
            small.unwrap_err(),
            "buffer-too-small",
            "keylime quote: the buffer for what is decoded is too small",
            "Give a larger buffer: the documentation of the function says how large.",
        ),
    ]
}
