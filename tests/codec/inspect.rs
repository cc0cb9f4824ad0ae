//! What a structure says of itself: names, order and kind of all that is in it.

use hex_literal::hex;
use tpm_quote::{
    Tpm2bPublic, TpmAlgId, TpmlPcrSelection, TpmsAttest, TpmtPublic, Unmarshal,
    types::*,
    wire::{Inspect, Inspector, Tell},
};

use crate::common::{digits, specimens};

/// A value in one line: `{fields}`, `[elements]`, `<bytes>`, a name and a number
/// of all its digits.
#[derive(Default)]
struct Line {
    text: String,
    fields: usize,
}

impl Inspector for Line {
    fn field(&mut self, name: &'static str, value: &dyn Inspect) {
        let comma = if self.fields > 0 { ", " } else { "" };
        self.text += &format!("{comma}{name}: {}", line(value));
        self.fields += 1;
    }

    fn list(&mut self, elements: &mut dyn FnMut(&mut Tell<'_>)) {
        let mut all = Vec::new();
        elements(&mut |element| all.push(line(element)));
        self.text += &format!("[{}]", all.join(", "));
    }

    fn number(&mut self, value: u64) {
        self.text += &value.to_string();
    }

    fn id(&mut self, name: Option<&'static str>, value: u64, digits: usize) {
        self.text += &format!("{} 0x{value:0digits$x}", name.unwrap_or("?"));
    }

    fn flags(&mut self, value: u64, digits: usize, names: &mut dyn Iterator<Item = &'static str>) {
        let names: Vec<_> = names.collect();
        self.text += &format!("0x{value:0digits$x} ({})", names.join(" "));
    }

    fn bytes(&mut self, value: &[u8]) {
        self.text += &format!("<{}>", digits(value));
    }

    fn yes_no(&mut self, value: bool) {
        self.text += if value { "yes" } else { "no" };
    }
}

fn line(value: &dyn Inspect) -> String {
    let mut line = Line::default();
    value.inspect(&mut line);
    match line.fields {
        0 => line.text,
        _ => format!("{{{}}}", line.text),
    }
}

#[test]
fn numbers_and_yes_or_no() {
    assert_eq!(line(&true), "yes");
    assert_eq!(line(&false), "no");
    assert_eq!(line(&7_u8), "7");
    assert_eq!(line(&0x1_0000_0000_u64), "4294967296");
}

#[test]
fn quote() {
    let attest = TpmsAttest::from_bytes(&specimens::QUOTE).unwrap();
    let expected = "{magic: TPM_GENERATED_VALUE 0xff544347, \
        type: TPM_ST_ATTEST_QUOTE 0x8018, \
        qualifiedSigner: <000b65e2961b3fe99c40d02b6b565df2ccac760cb0dcca92dc926359e6e8218852a9>, \
        extraData: <c0ffee>, \
        clockInfo: {clock: 1465919, resetCount: 1, restartCount: 0, safe: yes}, \
        firmwareVersion: <2019102300163636>, \
        attested: {pcrSelect: [\
        {hash: TPM_ALG_SHA256 0x000b, sizeofSelect: 3, pcrSelect: [0, 23]}], \
        pcrDigest: <f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b>}}";
    assert_eq!(line(&attest), expected);
}

#[test]
fn public_area_bare_and_sized() {
    let expected = "{type: TPM_ALG_ECC 0x0023, \
        nameAlg: TPM_ALG_SHA256 0x000b, \
        objectAttributes: 0x00050072 (fixedTPM fixedParent sensitiveDataOrigin userWithAuth restricted sign), \
        authPolicy: <>, \
        parameters: {symmetric: {algorithm: TPM_ALG_NULL 0x0010}, \
        scheme: {scheme: TPM_ALG_ECDSA 0x0018, hashAlg: TPM_ALG_SHA256 0x000b}, \
        curveID: TPM_ECC_NIST_P256 0x0003, \
        kdf: {scheme: TPM_ALG_NULL 0x0010}}, \
        unique: {x: <72875a238e06cc147dbbc6e01b0c9c1102575d60a78e65cf449066998635ab59>, \
        y: <142e26e1695d6b23635e64dc48c5f542b5ff6a1327df587fc810b86d11a251ac>}}";
    let public = TpmtPublic::from_bytes(&specimens::PUBLIC).unwrap();
    assert_eq!(line(&public), expected);
    let sized = [&[0, 88][..], &specimens::PUBLIC].concat();
    assert_eq!(line(&Tpm2bPublic::from_bytes(&sized).unwrap()), expected);
}

#[test]
fn hash_ticket_and_credential() {
    let digest = hex!("000102030405060708090a0b0c0d0e0f10111213");
    let hash = TpmtHa::new(TpmAlgId::SHA1, &digest).unwrap();
    let expected =
        "{hashAlg: TPM_ALG_SHA1 0x0004, digest: <000102030405060708090a0b0c0d0e0f10111213>}";
    assert_eq!(line(&hash), expected);

    let ticket = hex!("8021 4000000b 0002 abcd");
    let ticket = TpmtTkCreation::from_bytes(&ticket).unwrap();
    let expected =
        "{tag: TPM_ST_CREATION 0x8021, hierarchy: TPM_RH_ENDORSEMENT 0x4000000b, digest: <abcd>}";
    assert_eq!(line(&ticket), expected);

    let credential = hex!("0002 abcd 010203");
    let credential = TpmsIdObject::from_bytes(&credential).unwrap();
    let expected = "{integrityHMAC: <abcd>, encIdentity: <010203>}";
    assert_eq!(line(&credential), expected);
}

#[test]
fn selections_of_pcr() {
    let selections = hex!(
        "00000003"
        "000b 03 810200"   // PCR 0, 7 and 9 of SHA-256
        "1234 00"          // none of an unknown bank
        "0004 04 00000080" // PCR 31 of SHA-1
    );
    let selections = TpmlPcrSelection::from_bytes(&selections).unwrap();
    let expected = "[{hash: TPM_ALG_SHA256 0x000b, sizeofSelect: 3, pcrSelect: [0, 7, 9]}, \
        {hash: ? 0x1234, sizeofSelect: 0, pcrSelect: []}, \
        {hash: TPM_ALG_SHA1 0x0004, sizeofSelect: 4, pcrSelect: [31]}]";
    assert_eq!(line(&selections), expected);
}

#[test]
fn words_of_attributes() {
    // The kind of the index stands among the bits.
    assert_eq!(
        line(&TpmaNv(0x2006_0016)),
        "0x20060016 (TPM_NT_COUNTER OWNERWRITE AUTHWRITE OWNERREAD AUTHREAD WRITTEN)"
    );
    assert_eq!(line(&TpmaNv(0x0000_0030)), "0x00000030 ()");
    assert_eq!(line(&TpmaLocality(0x05)), "0x05 (TPM_LOC_ZERO TPM_LOC_TWO)");
    // From 32 on it is a number, whatever its bits are.
    assert_eq!(line(&TpmaLocality(0x3f)), "0x3f ()");
}

#[test]
fn names_and_lists_for_people_who_debug() {
    let name = Tpm2bName::new(&[0x40, 0, 0, 0x0b]).unwrap();
    assert_eq!(format!("{name:?}"), "Handle(TPM_RH_ENDORSEMENT)");
    assert_eq!(line(&name), "<4000000b>");

    let digests = hex!("00000002 0001 ab 0000");
    let digests = TpmlDigest::from_bytes(&digests).unwrap();
    assert_eq!(format!("{digests:?}"), "[Tpm2bDigest(ab), Tpm2bDigest()]");
    assert_eq!(line(&digests), "[<ab>, <>]");
}
