//! What is no file of tpm2-tools: each refused, by name and place.

use tpm_quote::{
    Check, Error, PcrSet, Problem, TpmAlgId, Verdict,
    error::Reason,
    evidence::PcrFile,
    types::TpmtSignature,
    verify::{Part, SigningScheme, error::PcrFileProblem},
};

use crate::image::{Bank, marshaled, serialized};

const SHA1: u16 = 0x0004;
const SHA256: u16 = 0x000b;

/// Two banks, and values of which each is told by its first byte.
fn banks() -> Vec<Bank> {
    vec![(SHA256, vec![0, 23]), (SHA1, vec![7])]
}

fn digests() -> Vec<Vec<u8>> {
    vec![vec![1; 32], vec![2; 32], vec![3; 20]]
}

#[track_caller]
fn layout(error: Error, place: &str, offset: usize, reason: Reason) {
    layout_of(error, Part::PcrFile, Check::Input, place, offset, reason);
}

#[track_caller]
fn layout_of(error: Error, part: Part, check: Check, place: &str, offset: usize, reason: Reason) {
    let &Problem::Structure(layout) = error.problem() else {
        panic!("{error:?}");
    };
    assert_eq!((error.part(), error.offset()), (part, Some(offset)));
    let field = format!("{}.{}", layout.structure(), layout.field());
    let found = (field.as_str(), layout.offset(), layout.reason());
    assert_eq!(found, (place, offset, reason), "{error}");
    assert_eq!(error.check(), check);
    let unknown = matches!(reason, Reason::UnknownSelector { .. });
    let verdict = if unknown {
        Verdict::Unsupported
    } else {
        Verdict::Malformed
    };
    assert_eq!(error.verdict(), verdict);
    // The name of the structure is the part's: it is not said twice.
    let name = if layout.field().is_empty() {
        layout.structure()
    } else {
        place
    };
    let start = format!("{name} at byte {offset}: ");
    assert!(error.to_string().starts_with(&start), "{error}");
}

/// The values are not those of the selection, and this one is at fault.
#[track_caller]
fn values(error: Error, problem: PcrFileProblem, offset: Option<usize>) {
    assert_eq!(*error.problem(), Problem::PcrFile(problem));
    assert_eq!(error.offset(), offset);
    assert_eq!((error.part(), error.check()), (Part::PcrFile, Check::Input));
    assert_eq!(error.verdict(), Verdict::Malformed);
}

#[test]
fn lists_may_be_cut_anywhere_and_garbage_does_not_matter() {
    let expected = [(SHA256, 0, 1, 32), (SHA256, 23, 2, 32), (SHA1, 7, 3, 20)];
    let all = digests();
    for lists in [
        vec![all.clone()],
        vec![all[..1].to_vec(), all[1..].to_vec()],
        vec![vec![], all[..2].to_vec(), vec![], all[2..].to_vec(), vec![]],
    ] {
        let files = [
            serialized(&banks(), &lists, 0),
            serialized(&banks(), &lists, 0xff),
            marshaled(&banks(), &lists),
        ];
        for (n, bytes) in files.iter().enumerate() {
            let file = match n {
                2 => PcrFile::marshaled(bytes).unwrap(),
                _ => PcrFile::serialized(bytes).unwrap(),
            };
            let found = file.iter().map(|value| {
                let first = value.digest[0];
                assert!(value.digest.iter().all(|byte| *byte == first));
                (value.bank.0, value.index, first, value.digest.len())
            });
            assert_eq!(found.collect::<Vec<_>>(), expected);
        }
    }
}

#[test]
fn room_that_is_too_small_is_not_filled() {
    let bytes = serialized(&banks(), &[digests()], 0);
    let file = PcrFile::serialized(&bytes).unwrap();
    assert_eq!(file.values_in(&mut [PcrFile::NO_VALUE; 2]), None);
    let mut room = [PcrFile::NO_VALUE; 4];
    let values = file.values_in(&mut room).unwrap();
    assert_eq!(values, file.iter().collect::<Vec<_>>());
}

#[test]
fn serialized_file_is_refused_where_it_is_wrong() {
    let good = serialized(&banks(), &[digests()], 0);
    let changed = |at: usize, bytes: &[u8]| {
        let mut image = good.clone();
        image[at..at + bytes.len()].copy_from_slice(bytes);
        image
    };
    let refused = |bytes: &[u8]| PcrFile::serialized(bytes).unwrap_err();
    for (at, bytes, place, reason) in [
        (
            0,
            &[17, 0, 0, 0][..],
            "PCR file.selection.count",
            Reason::CountOutOfRange { count: 17 },
        ),
        // The other byte order.
        (
            0,
            &[0, 0, 0, 2],
            "PCR file.selection.count",
            Reason::CountOutOfRange { count: 0xffff },
        ),
        (
            12,
            &[0x99, 0x77],
            "PCR file.selection.hash",
            Reason::UnknownSelector { value: 0x7799 },
        ),
        (
            6,
            &[5],
            "PCR file.selection.sizeofSelect",
            Reason::SizeOutOfRange { size: 5 },
        ),
        (
            132,
            &[33, 0, 0, 0],
            "PCR file.count",
            Reason::CountOutOfRange { count: 33 },
        ),
        (
            132,
            &[2, 0, 0, 0],
            "PCR file.digests.count",
            Reason::InputTooShort { missing: 532 },
        ),
        (
            136,
            &[9, 0, 0, 0],
            "PCR file.digests.count",
            Reason::CountOutOfRange { count: 9 },
        ),
        (
            140,
            &[65, 0],
            "PCR file.digests.size",
            Reason::SizeOutOfRange { size: 65 },
        ),
        (
            140,
            &[0, 32],
            "PCR file.digests.size",
            Reason::SizeOutOfRange { size: 0x2000 },
        ),
    ] {
        let offset = if bytes == [2, 0, 0, 0] && at == 132 {
            // The list that is missing.
            good.len()
        } else {
            at
        };
        layout(refused(&changed(at, bytes)), place, offset, reason);
    }
    let none = changed(132, &[0, 0, 0, 0]);
    let missing = PcrFileProblem::MissingValue {
        bank: TpmAlgId(SHA256),
        index: 0,
    };
    values(refused(&none), missing, None);
    let longer = [&good[..], &[0]].concat();
    let trailing = Reason::TrailingBytes { count: 1 };
    layout(refused(&longer), "PCR file.", good.len(), trailing);
    for len in 0..good.len() {
        let error = refused(&good[..len]);
        let Problem::Structure(layout) = error.problem() else {
            panic!("{len}: {error}");
        };
        assert!(matches!(layout.reason(), Reason::InputTooShort { .. }));
        assert!(layout.offset() <= len);
    }
}

#[test]
fn marshaled_file_is_refused_where_it_is_wrong() {
    let good = marshaled(&banks(), &[digests()]);
    let changed = |at: usize, bytes: &[u8]| {
        let mut image = good.clone();
        image[at..at + bytes.len()].copy_from_slice(bytes);
        image
    };
    let refused = |bytes: &[u8]| PcrFile::marshaled(bytes).unwrap_err();
    layout(
        refused(&changed(0, &[2, 0, 0, 0])),
        "PCR file.selection.count",
        0,
        Reason::CountOutOfRange { count: 0xffff },
    );
    layout(
        refused(&changed(16, &[0, 0, 0, 33])),
        "PCR file.count",
        16,
        Reason::CountOutOfRange { count: 33 },
    );
    layout(
        refused(&changed(20, &[0, 0, 0, 9])),
        "PCR file.digests.count",
        20,
        Reason::CountOutOfRange { count: 9 },
    );
    layout(
        refused(&changed(24, &[0, 65])),
        "PCR file.digests.value",
        24,
        Reason::SizeOutOfRange { size: 65 },
    );
    let error = refused(&changed(4, &[0x77, 0x99]));
    let unknown = Reason::UnknownSelector { value: 0x7799 };
    layout(error, "PCR file.selection.hash", 4, unknown);
    let longer = [&good[..], &[0, 0]].concat();
    let trailing = Reason::TrailingBytes { count: 2 };
    layout(refused(&longer), "PCR file.", good.len(), trailing);
    for len in 0..good.len() {
        let error = refused(&good[..len]);
        let Problem::Structure(layout) = error.problem() else {
            panic!("{len}: {error}");
        };
        assert!(matches!(layout.reason(), Reason::InputTooShort { .. }));
    }
    let with_banks = |count| marshaled(&vec![(SHA256, vec![]); count], &[]);
    PcrFile::marshaled(&with_banks(16)).unwrap();
    layout(
        refused(&with_banks(17)),
        "PCR file.selection.count",
        0,
        Reason::CountOutOfRange { count: 17 },
    );
}

#[test]
fn values_have_to_be_those_of_the_selection() {
    for n in 0..2 {
        let refused = |lists: &[Vec<Vec<u8>>]| match n {
            0 => PcrFile::serialized(&serialized(&banks(), lists, 0)).unwrap_err(),
            _ => PcrFile::marshaled(&marshaled(&banks(), lists)).unwrap_err(),
        };
        let all = digests();
        let error = refused(&[all[..2].to_vec()]);
        assert_eq!(
            error.to_string(),
            "PCR file: no value for sha1:7, which is selected"
        );
        let more = [&all[..], &[vec![4; 32]]].concat();
        let offset = [136 + 4 + 3 * 66 + 2, 24 + 2 * 34 + 22 + 2][n];
        let error = refused(&[more]);
        values(error, PcrFileProblem::SurplusValue, Some(offset));
        // Of the right length in sum, and each of another bank.
        let error = refused(&[vec![vec![1; 20], vec![2; 32], vec![3; 32]]]);
        let offset = [142, 26][n];
        let problem = PcrFileProblem::ValueLength {
            bank: TpmAlgId(SHA256),
            index: 0,
            expected: 32,
            found: 20,
        };
        values(error, problem, Some(offset));
        assert_eq!(
            error.to_string(),
            format!("PCR file at byte {offset}: the value of sha256:0 has 20 bytes, expected 32")
        );
        assert_eq!(error.verdict(), Verdict::Malformed);
    }
}

#[test]
fn file_of_values_has_the_length_of_its_selection() {
    let selection = PcrSet::parse("sha256:0,23+sha1:7").unwrap();
    let bytes = digests().concat();
    let file = PcrFile::values(&bytes, &selection).unwrap();
    assert_eq!((file.count(), file.bank_count()), (3, 2));
    assert_eq!(file.selection(), selection);
    for len in 0..bytes.len() {
        let error = PcrFile::values(&bytes[..len], &selection).unwrap_err();
        let missing = |bank, index| PcrFileProblem::MissingValue {
            bank: TpmAlgId(bank),
            index,
        };
        match len {
            0 => values(error, missing(SHA256, 0), None),
            32 => values(error, missing(SHA256, 23), None),
            64 => values(error, missing(SHA1, 7), None),
            _ => {
                let at = [0, 32, 64][len / 32];
                let end = [32, 64, 84][len / 32];
                let missing = u16::try_from(end - len).unwrap();
                layout(
                    error,
                    "PCR file.digests.value",
                    at,
                    Reason::InputTooShort { missing },
                );
            }
        }
    }
    let error = PcrFile::values(&[&bytes[..], &[0]].concat(), &selection).unwrap_err();
    values(error, PcrFileProblem::SurplusValue, Some(84));
    assert_eq!(
        error.to_string(),
        "PCR file at byte 84: a value for which no PCR is selected"
    );
}

/// Bits of the map after its size are memory that was not written.
#[test]
fn bit_map_has_as_many_bytes_as_its_size_says() {
    let mut bytes = serialized(&[(SHA1, vec![0])], &[vec![vec![1; 20]]], 0);
    bytes[6] = 1;
    bytes[8..12].fill(0xff);
    assert_eq!(PcrFile::serialized(&bytes).unwrap().count(), 1);
    bytes[6] = 4;
    let error = PcrFile::serialized(&bytes).unwrap_err();
    assert!(matches!(
        error.problem(),
        Problem::PcrFile(PcrFileProblem::MissingValue { index: 8, .. })
    ));
    bytes[6] = 0;
    let error = PcrFile::serialized(&bytes).unwrap_err();
    values(error, PcrFileProblem::SurplusValue, Some(142));
}

const ECDSA: SigningScheme = SigningScheme::ecdsa(TpmAlgId::SHA256);

#[test]
fn der_of_a_signature_is_taken_and_loses_its_leading_zeros() {
    for (bytes, numbers) in [
        (&[0x30, 6, 2, 1, 1, 2, 1, 2][..], [&[1][..], &[2]]),
        (&[0x30, 6, 2, 1, 0, 2, 1, 0x7f], [&[0], &[0x7f]]),
        (&[0x30, 8, 2, 2, 0, 0x80, 2, 2, 1, 0], [&[0x80], &[1, 0]]),
    ] {
        let TpmtSignature::EcDsa(ecc) = ECDSA.plain_signature(bytes).unwrap() else {
            panic!("{bytes:02x?}");
        };
        let found = [ecc.signature_r.bytes(), ecc.signature_s.bytes()];
        assert_eq!((found, ecc.hash), (numbers, TpmAlgId::SHA256));
    }
    // Lengths in two bytes: P-521.
    let number = [&[2, 66][..], &[1; 66]].concat();
    let long = [&[0x30, 0x81, 136][..], &number, &number].concat();
    assert!(ECDSA.plain_signature(&long).is_ok());
}

#[test]
fn what_is_no_der_of_a_signature_is_refused() {
    let tag = |tag| Reason::UnexpectedTag { tag };
    let form = Reason::LengthNotShortest;
    let minimal = Reason::IntegerNotMinimal;
    let size = |size| Reason::SizeOutOfRange { size };
    let short = |missing| Reason::InputTooShort { missing };
    let trailing = Reason::TrailingBytes { count: 1 };
    for (bytes, place, offset, reason) in [
        (&[][..], "", 0, short(1)),
        (&[0x31, 6, 2, 1, 1, 2, 1, 2], "", 0, tag(0x31)),
        (&[0x30, 6, 2, 1, 1, 2, 1, 2, 0], "", 8, trailing),
        (&[0x30, 7, 2, 1, 1, 2, 1, 2, 0], "", 8, trailing),
        (&[0x30, 7, 2, 1, 1, 2, 1, 2], "", 2, short(1)),
        (&[0x30, 5, 2, 1, 1, 2, 1, 2], "", 7, trailing),
        (&[0x30, 3, 2, 1, 1], "s", 5, short(1)),
        (&[0x30, 6, 3, 1, 1, 2, 1, 2], "r", 2, tag(3)),
        (&[0x30, 6, 2, 1, 1, 3, 1, 2], "s", 5, tag(3)),
        // Indefinite, too many bytes of length, a reserved one.
        (&[0x30, 0x80, 2, 1, 1, 2, 1, 2, 0, 0], "", 1, form),
        (&[0x30, 0x83, 0, 0, 6, 2, 1, 1, 2, 1, 2], "", 1, form),
        (&[0x30, 0x83, 1, 0, 0, 2, 1, 1], "", 1, size(0xffff)),
        (&[0x30, 0x83], "", 1, size(0xffff)),
        (&[0x30, 0xff, 2, 1, 1, 2, 1, 2], "", 1, form),
        // A length in more bytes than it needs.
        (&[0x30, 0x81, 6, 2, 1, 1, 2, 1, 2], "", 1, form),
        (&[0x30, 0x82, 0, 6, 2, 1, 1, 2, 1, 2], "", 1, form),
        // An integer of no byte, a negative one, one with a zero too many.
        (&[0x30, 5, 2, 0, 2, 1, 2], "r", 4, size(0)),
        (
            &[0x30, 6, 2, 1, 0x80, 2, 1, 2],
            "r",
            4,
            Reason::NegativeInteger,
        ),
        (&[0x30, 7, 2, 2, 0, 0x7f, 2, 1, 2], "r", 4, minimal),
        (&[0x30, 7, 2, 2, 0, 0, 2, 1, 2], "r", 4, minimal),
    ] {
        let error = ECDSA.plain_signature(bytes).unwrap_err();
        layout_or_cut(error, place, offset, reason, bytes);
    }
    let number = [&[2, 81][..], &[1; 81]].concat();
    let long = [&[0x30, 86][..], &number, &[2, 1, 1]].concat();
    let error = ECDSA.plain_signature(&long).unwrap_err();
    layout_of(
        error,
        Part::Signature,
        Check::Input,
        "signature.r",
        2,
        size(81),
    );
}

#[track_caller]
fn layout_or_cut(error: Error, place: &str, offset: usize, reason: Reason, bytes: &[u8]) {
    let text = format!("{bytes:02x?}: {error}");
    let Problem::Structure(found) = error.problem() else {
        panic!("{text}");
    };
    let field = (found.structure(), found.field());
    assert_eq!(field, ("signature", place), "{text}");
    assert_eq!((found.offset(), found.reason()), (offset, reason), "{text}");
    assert_eq!(
        (error.part(), error.check()),
        (Part::Signature, Check::Input)
    );
    assert_eq!(error.verdict(), Verdict::Malformed);
}

#[test]
fn rsa_signature_is_its_bytes_and_other_schemes_have_no_plain_form() {
    const SHA384: TpmAlgId = TpmAlgId::SHA384;
    let bytes = [7; 512];
    match SigningScheme::rsassa(SHA384).plain_signature(&bytes) {
        Ok(TpmtSignature::RsaSsa(rsa)) => {
            assert_eq!((rsa.sig.bytes(), rsa.hash), (&bytes[..], SHA384));
        }
        other => panic!("{other:?}"),
    }
    let pss = SigningScheme::rsapss(SHA384).plain_signature(&bytes);
    assert!(matches!(pss, Ok(TpmtSignature::RsaPss(_))));
    let longer = [7; 513];
    let error = SigningScheme::rsassa(SHA384)
        .plain_signature(&longer)
        .unwrap_err();
    layout_of(
        error,
        Part::Signature,
        Check::Input,
        "signature.sig",
        0,
        Reason::SizeOutOfRange { size: 513 },
    );
    for other in [
        TpmAlgId::HMAC,
        TpmAlgId::SM2,
        TpmAlgId::ECDAA,
        TpmAlgId::NULL,
    ] {
        let scheme = SigningScheme {
            scheme: other,
            hash: SHA384,
        };
        let error = scheme.plain_signature(&bytes).unwrap_err();
        let value = other.0;
        layout_of(
            error,
            Part::Signature,
            Check::SignatureScheme,
            "signature.scheme",
            0,
            Reason::UnknownSelector { value },
        );
    }
}

/// The numbers of an ECDSA signature, as another library has them.
#[test]
fn ecdsa_signature_is_made_of_its_numbers() {
    let (r, s) = ([1; 80], [0, 7]);
    let made = ECDSA.ecdsa_signature(&r, &s).unwrap();
    let TpmtSignature::EcDsa(ecc) = made else {
        panic!("{made:?}");
    };
    let found = [ecc.signature_r.bytes(), ecc.signature_s.bytes()];
    assert_eq!((found, ecc.hash), ([&r[..], &s], TpmAlgId::SHA256));
    let long = [1; 81];
    let size = Reason::SizeOutOfRange { size: 81 };
    for (r, s, place) in [
        (&long[..], &s[..], "signature.r"),
        (&r, &long, "signature.s"),
    ] {
        let error = ECDSA.ecdsa_signature(r, s).unwrap_err();
        layout_of(error, Part::Signature, Check::Input, place, 0, size);
    }
    let rsa = SigningScheme::rsassa(TpmAlgId::SHA256);
    let error = rsa.ecdsa_signature(&r, &s).unwrap_err();
    let value = TpmAlgId::RSASSA.0;
    layout_of(
        error,
        Part::Signature,
        Check::SignatureScheme,
        "signature.scheme",
        0,
        Reason::UnknownSelector { value },
    );
}
