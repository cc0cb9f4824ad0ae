//! Files of tpm2-tools: what is accepted says nothing that is not in the bytes.

use std::hint::black_box;

use tpm_quote::{
    Error, PcrSet, PcrValue, Problem, TpmAlgId, TpmlPcrSelection, TpmtSignature, Unmarshal,
    evidence::{PcrFile, parse_selection},
    types::TpmlDigest,
    verify::{
        SigningScheme,
        error::{PcrFileProblem, SettingProblem},
    },
};

use crate::codec::{explain, explain_in};

/// A PCR file; the first byte says of which format. One of values has its
/// selection in front, up to a line feed.
pub fn pcr_file(data: &[u8]) {
    let Some((&which, bytes)) = data.split_first() else {
        return;
    };
    match which {
        b's' => {
            if let Some(file) = read(PcrFile::serialized(bytes), bytes) {
                let (banks, digests) = serialized(bytes);
                same(&file, &banks, &digests);
                let written = marshaled(&banks, &digests);
                let again = PcrFile::marshaled(&written).expect("it was read");
                assert!(again.iter().eq(file.iter()));
                assert_eq!(again.selection(), file.selection());
            }
        }
        b'm' => {
            if let Some(file) = read(PcrFile::marshaled(bytes), bytes) {
                let (banks, digests) = unmarshaled(bytes);
                same(&file, &banks, &digests);
            }
        }
        b'v' => {
            let at = bytes.iter().position(|byte| *byte == b'\n');
            let Some((text, values)) = at.and_then(|at| bytes.split_at_checked(at)) else {
                return;
            };
            let Ok(text) = core::str::from_utf8(text) else {
                return;
            };
            let Ok(selection) = selection(text) else {
                return;
            };
            let values = &values[1..];
            if let Some(file) = read(PcrFile::values(values, &selection), values) {
                let all: Vec<u8> = file.iter().flat_map(|v| v.digest.to_vec()).collect();
                assert_eq!(all, values);
                let pcrs = file.iter().map(|value| (value.bank, value.index));
                assert!(pcrs.eq(selection.iter().map(|pcr| (pcr.bank(), pcr.index()))));
            }
        }
        _ => {}
    }
}

/// Whether a file is read.
pub fn is_pcr_file(data: &[u8]) -> bool {
    match data.split_first() {
        Some((b's', bytes)) => PcrFile::serialized(bytes).is_ok(),
        Some((b'm', bytes)) => PcrFile::marshaled(bytes).is_ok(),
        _ => false,
    }
}

/// What is taken for a set has one, whatever its order was.
fn selection(text: &str) -> Result<PcrSet, ()> {
    match parse_selection(text) {
        Ok(set) => {
            assert!(set.iter().count() > 0, "an empty set: {text}");
            assert!(
                set.iter()
                    .all(|pcr| pcr.index() < 24 && set.contains(pcr.bank(), pcr.index()))
            );
            Ok(set)
        }
        Err(error) => {
            explain(&error);
            let Problem::Setting(SettingProblem::PcrSet(problem)) = error.problem() else {
                panic!("{error}");
            };
            assert!(text.is_char_boundary(problem.position()), "{text}: {error}");
            Err(())
        }
    }
}

fn read<'a>(file: Result<PcrFile<'a>, Error>, bytes: &[u8]) -> Option<PcrFile<'a>> {
    let file = match file {
        Ok(file) => file,
        Err(error) => {
            refused_file(&error, bytes);
            return None;
        }
    };
    let mut room = vec![PcrFile::NO_VALUE; PcrFile::MAX];
    let values = file.values_in(&mut room).expect("this much is enough");
    assert!(values.iter().copied().eq(file.iter()));
    assert_eq!(values.len(), file.count());
    for PcrValue { bank, digest, .. } in values {
        assert_eq!(Some(digest.len()), bank.digest_size());
    }
    if let Some(less) = file.count().checked_sub(1) {
        assert!(file.values_in(&mut vec![PcrFile::NO_VALUE; less]).is_none());
    }
    black_box(format!("{file:?}"));
    Some(file)
}

/// Only a value that is missing has no place in the file.
fn refused_file(error: &Error, bytes: &[u8]) {
    explain_in(error, bytes);
    match error.problem() {
        Problem::PcrFile(PcrFileProblem::MissingValue { .. }) => {
            assert_eq!(error.offset(), None, "{error}");
        }
        Problem::Structure(_) | Problem::PcrFile(_) => {
            assert!(error.offset().is_some(), "{error}");
        }
        other => panic!("{other:?}"),
    }
}

type Banks = Vec<(u16, u32)>;

fn same(file: &PcrFile<'_>, banks: &Banks, digests: &[Vec<u8>]) {
    let pcrs = banks.iter().flat_map(|(bank, mask)| {
        let indices = (0..32).filter(move |index| mask >> index & 1 == 1);
        indices.map(move |index| (TpmAlgId(*bank), index))
    });
    let pcrs: Vec<(TpmAlgId, u8)> = pcrs.collect();
    assert_eq!(pcrs.len(), digests.len());
    assert_eq!(file.bank_count(), banks.len());
    let expected = pcrs.iter().zip(digests);
    for (value, ((bank, index), digest)) in file.iter().zip(expected) {
        assert_eq!((value.bank, value.index), (*bank, *index));
        assert_eq!(value.digest, digest);
    }
    assert_eq!(file.count(), digests.len());
}

/// By offsets, as the image is laid out.
fn serialized(image: &[u8]) -> (Banks, Vec<Vec<u8>>) {
    let word = |at: usize| u16::from_le_bytes([image[at], image[at + 1]]);
    let banks = (0..usize::from(image[0])).map(|i| {
        let at = 4 + 8 * i;
        let mut mask = 0;
        for byte in 0..usize::from(image[at + 2]) {
            mask |= u32::from(image[at + 3 + byte]) << (8 * byte);
        }
        (word(at), mask)
    });
    let mut digests = Vec::new();
    for list in 0..usize::from(image[132]) {
        let at = 136 + 532 * list;
        for slot in 0..usize::from(image[at]) {
            let at = at + 4 + 66 * slot;
            let size = usize::from(word(at));
            digests.push(image[at + 2..at + 2 + size].to_vec());
        }
    }
    assert_eq!(image.len(), 136 + 532 * usize::from(image[132]));
    (banks.collect(), digests)
}

/// By the structures that it is made of.
fn unmarshaled(bytes: &[u8]) -> (Banks, Vec<Vec<u8>>) {
    let (selection, rest) = TpmlPcrSelection::from_prefix(bytes).expect("a selection");
    let banks = selection.iter().map(|bank| (bank.hash.0, bank.mask()));
    let (lists, mut rest) = u32::from_prefix(rest).expect("a count");
    let mut digests = Vec::new();
    for _ in 0..lists {
        let (list, after) = TpmlDigest::from_prefix(rest).expect("a list");
        digests.extend(list.iter().map(|digest| digest.bytes().to_vec()));
        rest = after;
    }
    assert!(rest.is_empty());
    (banks.collect(), digests)
}

fn marshaled(banks: &Banks, digests: &[Vec<u8>]) -> Vec<u8> {
    let count = |n: usize| u32::try_from(n).expect("few").to_be_bytes();
    let mut bytes = count(banks.len()).to_vec();
    for (bank, mask) in banks {
        bytes.extend(bank.to_be_bytes());
        bytes.push(4);
        bytes.extend(mask.to_le_bytes());
    }
    let lists = digests.chunks(8);
    bytes.extend(count(lists.len()));
    for list in lists {
        bytes.extend(count(list.len()));
        for digest in list {
            bytes.extend(u16::try_from(digest.len()).expect("short").to_be_bytes());
            bytes.extend(digest);
        }
    }
    bytes
}

/// A signature without its scheme: what is accepted is written again.
pub fn plain_signature_file(data: &[u8]) {
    let ecdsa = SigningScheme::ecdsa(TpmAlgId::SHA256);
    match ecdsa.plain_signature(data) {
        Ok(signature) => {
            let TpmtSignature::EcDsa(ecc) = signature else {
                panic!("{signature:?}");
            };
            let numbers = [ecc.signature_r.bytes(), ecc.signature_s.bytes()];
            assert_eq!(der(&numbers.map(integer).concat(), 0x30), data);
            assert_eq!(SigningScheme::of_signature(&signature), ecdsa);
            let [r, s] = numbers;
            assert_eq!(ecdsa.ecdsa_signature(r, s), Ok(signature));
        }
        Err(error) => refused_signature(&error, data),
    }
    match SigningScheme::rsapss(TpmAlgId::SHA256).plain_signature(data) {
        Ok(TpmtSignature::RsaPss(rsa)) => assert_eq!(rsa.sig.bytes(), data),
        Ok(other) => panic!("{other:?}"),
        Err(error) => {
            assert!(data.len() > 512);
            refused_signature(&error, data);
        }
    }
}

fn refused_signature(error: &Error, data: &[u8]) {
    explain_in(error, data);
    assert!(matches!(error.problem(), Problem::Structure(_)), "{error}");
}

fn integer(digits: &[u8]) -> Vec<u8> {
    let sign: &[u8] = if digits[0] >= 0x80 { &[0] } else { &[] };
    der(&[sign, digits].concat(), 2)
}

fn der(contents: &[u8], tag: u8) -> Vec<u8> {
    let len = u8::try_from(contents.len()).expect("two short numbers");
    let head = if len < 0x80 {
        vec![tag, len]
    } else {
        vec![tag, 0x81, len]
    };
    [head, contents.to_vec()].concat()
}
