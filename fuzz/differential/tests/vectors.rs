//! Real structures: both read them alike, and neither reads a part of one.

use std::{collections::BTreeMap, fs, path::Path};

use tpm_quote_differential::*;

/// Where a file of this name has its structure.
enum Form {
    /// The file is the structure.
    Whole,
    /// A size stands in front, and the structure is what follows it.
    Sized,
    /// It is the content of a `TPM2B`, without the size.
    Content,
}

/// By the end of the file's name; the first that fits.
const KINDS: &[(&str, Form, &Structure)] = &[
    (".pub", Form::Sized, &TPMT_PUBLIC),
    (".name", Form::Content, &TPM2B_NAME),
    ("attest", Form::Whole, &TPMS_ATTEST),
    ("attest2b", Form::Whole, &TPM2B_ATTEST),
    ("creation.data", Form::Sized, &TPMS_CREATION_DATA),
    ("creation.hash", Form::Content, &TPM2B_DIGEST),
    ("creation.ticket", Form::Whole, &TPMT_TK_CREATION),
    ("encrypted_secret.2b", Form::Whole, &TPM2B_ENCRYPTED_SECRET),
    ("id_object.2b", Form::Whole, &TPM2B_ID_OBJECT),
    ("nonce.bin", Form::Content, &TPM2B_DATA),
    ("nv.public", Form::Sized, &TPMS_NV_PUBLIC),
    ("outside.info", Form::Content, &TPM2B_DATA),
    ("rphash.bin", Form::Content, &TPM2B_DIGEST),
    ("sig", Form::Whole, &TPMT_SIGNATURE),
];

/// Files of tpm2-tools that are no structures.
const OTHERS: &[&str] = &[".pem", "credential.blob", "pcrs.serialized", "pcrs.values"];

fn files_in(folder: &Path, files: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files_in(&path, files);
        } else if path.extension().is_none_or(|end| end != "json") {
            let bytes = fs::read(&path).expect("a file");
            files.push((path.to_string_lossy().into_owned(), bytes));
        }
    }
}

#[test]
fn both_read_every_real_structure_alike_and_no_part_of_it() {
    let mut files = vec![];
    for folder in ["attest", "cases", "credentials", "zoo"] {
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data");
        files_in(&data.join(folder), &mut files);
    }
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    files.retain(|(name, _)| !OTHERS.iter().any(|end| name.ends_with(end)));
    for (name, bytes) in files {
        let kind = KINDS.iter().find(|(end, _, _)| name.ends_with(end));
        let (end, form, structure) = kind.unwrap_or_else(|| panic!("{name} is of no known kind"));
        let bytes = match form {
            Form::Whole => bytes,
            Form::Sized => bytes[2..].to_vec(),
            Form::Content => {
                let len = u16::try_from(bytes.len()).expect("short");
                [&len.to_be_bytes(), &*bytes].concat()
            }
        };
        println!("{name}");
        let what = match (structure.compare)(&bytes) {
            Outcome::Same(len) if len == bytes.len() => (*end).to_owned(),
            Outcome::OnlyOurs(why) => format!("{end}: {why:?}"),
            other => panic!("{other:?}"),
        };
        *counts.entry(what).or_insert(0) += 1;

        for len in 0..bytes.len() {
            let outcome = (structure.compare)(&bytes[..len]);
            assert!(matches!(outcome, Outcome::Refused), "{len}: {outcome:?}");
        }
    }
    let expected = [
        (".name", 274),
        (".pub", 263 + 2 * 11),
        (".pub: Tdes", 2),
        ("attest", 157),
        ("attest2b", 161),
        ("attest: DataOver64", 2),
        ("attest: NvDigest", 2),
        ("creation.data", 3),
        ("creation.hash", 3),
        ("creation.ticket", 3),
        ("encrypted_secret.2b", 27),
        ("id_object.2b", 27),
        ("nonce.bin", 131),
        ("nonce.bin: DataOver64", 2),
        ("nv.public", 9),
        ("outside.info", 3),
        ("rphash.bin", 1),
        ("sig", 161),
    ];
    let expected = expected.map(|(what, count)| (what.to_owned(), count));
    assert_eq!(counts, BTreeMap::from(expected));
}
