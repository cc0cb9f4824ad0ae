//! The cases, through the files that tpm2-tools wrote.

use der::{Encode, Sequence, asn1::UintRef};
use tpm_quote::{
    AttestationKey, Error, Evidence, Marshal, Pcr, PcrSet, PcrValue, Problem, Tpm2bPublic,
    TpmtSignature, Unmarshal,
    evidence::{PcrFile, PcrFormat},
    types::TpmAlgId,
    verify::{
        AttestSignature, SigningScheme,
        error::{PcrFileProblem, SelectionProblem},
    },
    verify_quote,
};

use crate::{
    common::{
        Vector, alg, cases, hex,
        quote::{Quote, pcr_values},
    },
    image::{self, Bank},
};

/// The DER of an ECDSA signature, by the crate `der`.
#[derive(Sequence)]
struct Pair<'a> {
    r: UintRef<'a>,
    s: UintRef<'a>,
}

/// The selection by the facts, a bank as often as it was listed.
fn banks(case: &Vector) -> Vec<Bank> {
    let list = case.json["pcr_selection_list"].as_array().unwrap().iter();
    list.map(|entry| {
        let pcrs = entry["pcrs"].as_array().unwrap().iter();
        let indices = pcrs.map(|pcr| pcr.as_u64().unwrap() as u8).collect();
        (alg(entry["bank"].as_str().unwrap()).0, indices)
    })
    .collect()
}

/// The values by the facts, in the order of the selection.
fn values(case: &Vector) -> Vec<(TpmAlgId, u8, Vec<u8>)> {
    let mut values = Vec::new();
    for entry in case.json["pcr_selection_list"].as_array().unwrap() {
        let bank = entry["bank"].as_str().unwrap();
        for pcr in entry["pcrs"].as_array().unwrap() {
            let index = pcr.as_u64().unwrap() as u8;
            let value = case.json["pcr_values"][bank][index.to_string()].as_str();
            values.push((alg(bank), index, hex(value.unwrap())));
        }
    }
    values
}

/// In lists of at most `size`.
fn lists(values: &[(TpmAlgId, u8, Vec<u8>)], size: usize) -> Vec<Vec<Vec<u8>>> {
    let digests: Vec<Vec<u8>> = values.iter().map(|value| value.2.clone()).collect();
    digests.chunks(size).map(<[_]>::to_vec).collect()
}

fn verify<'a>(
    quote: &'a Quote,
    signature: impl Copy + Into<AttestSignature<'a>>,
    pcrs: &[PcrValue<'a>],
) -> Result<(), Error> {
    let public = Tpm2bPublic::from_bytes(&quote.public).unwrap();
    let key = AttestationKey::self_asserted(&public)?;
    let evidence = Evidence {
        attest: &quote.attest,
        signature,
        pcrs,
    };
    verify_quote(&key, &evidence, &quote.policy()).map(|_| ())
}

#[test]
fn every_case_has_the_verdict_of_its_block_from_the_serialized_file() {
    let (mut accepted, mut refused) = (0, 0);
    for case in cases() {
        let quote = Quote::of(&case);
        let bytes = case.file("pcrs.serialized");
        let file = PcrFile::serialized(&bytes).unwrap();
        assert_eq!(file.format(), PcrFormat::Serialized);
        let mut room = [PcrFile::NO_VALUE; PcrFile::MAX];
        let pcrs = file.values_in(&mut room).unwrap();
        assert_eq!(pcrs, pcr_values(&values(&case)), "{}", case.name);
        assert_eq!(
            (file.count(), file.bank_count()),
            (pcrs.len(), banks(&case).len())
        );
        let expected = match &*quote.selection {
            "" => "none",
            selection => selection,
        };
        assert_eq!(file.selection().to_string(), expected, "{}", case.name);

        let found = verify(&quote, &quote.signature[..], pcrs);
        assert_eq!(found, quote.verify(), "{}", case.name);
        match found {
            Ok(()) => accepted += 1,
            Err(_) => refused += 1,
        }
    }
    assert_eq!((accepted, refused), (96, 37));
}

#[test]
fn every_case_has_the_verdict_of_its_block_from_the_file_of_values() {
    let (mut accepted, mut refused, mut without) = (0, 0, Vec::new());
    for case in cases() {
        let quote = Quote::of(&case);
        let bytes = case.file("pcrs.values");
        let concatenated: Vec<u8> = values(&case).into_iter().flat_map(|v| v.2).collect();
        assert_eq!(bytes, concatenated, "{}", case.name);
        let Ok(selection) = PcrSet::parse(&quote.selection) else {
            assert!(bytes.is_empty(), "{}", case.name);
            without.push(case.name[..3].to_owned());
            continue;
        };
        let file = match PcrFile::values(&bytes, &selection) {
            Ok(file) => file,
            Err(error) => {
                // No set has a bank twice, and no quote that has one is accepted.
                let surplus = Problem::PcrFile(PcrFileProblem::SurplusValue);
                assert_eq!(*error.problem(), surplus, "{error}");
                assert!(matches!(
                    quote.verify().unwrap_err().problem(),
                    Problem::Selection {
                        problem: SelectionProblem::DuplicateBank(_),
                        ..
                    }
                ));
                without.push(case.name[..3].to_owned());
                continue;
            }
        };
        let pcrs: Vec<_> = file.iter().collect();
        let found = verify(&quote, &quote.signature[..], &pcrs);
        assert_eq!(found, quote.verify(), "{}", case.name);
        match found {
            Ok(()) => accepted += 1,
            Err(_) => refused += 1,
        }
    }
    assert_eq!(without, ["116", "117", "173"]);
    assert_eq!((accepted, refused), (96, 34));
}

/// tpm2-tools 5.4, which made the cases, does not write this format: the test
/// does, from the facts.
#[test]
fn every_case_has_the_verdict_of_its_block_from_the_marshaled_file() {
    let (mut accepted, mut refused) = (0, 0);
    for case in cases() {
        let quote = Quote::of(&case);
        for size in [8, 3] {
            let values = values(&case);
            let bytes = image::marshaled(&banks(&case), &lists(&values, size));
            let file = PcrFile::marshaled(&bytes).unwrap();
            assert_eq!(file.format(), PcrFormat::Marshaled);
            let pcrs: Vec<_> = file.iter().collect();
            assert_eq!(pcrs, pcr_values(&values), "{}", case.name);
            let found = verify(&quote, &quote.signature[..], &pcrs);
            assert_eq!(found, quote.verify(), "{}", case.name);
            match found {
                Ok(()) => accepted += 1,
                Err(_) => refused += 1,
            }
        }
    }
    assert_eq!((accepted, refused), (2 * 96, 2 * 37));
}

/// A signature of the format `plain`, as OpenSSL would write it.
fn plain(signature: &TpmtSignature<'_>) -> Option<(SigningScheme, Vec<u8>)> {
    let scheme = |hash| SigningScheme {
        scheme: signature.selector(),
        hash,
    };
    match signature {
        TpmtSignature::RsaSsa(rsa) | TpmtSignature::RsaPss(rsa) => {
            Some((scheme(rsa.hash), rsa.sig.bytes().to_vec()))
        }
        TpmtSignature::EcDsa(ecc) => {
            let pair = Pair {
                r: UintRef::new(ecc.signature_r.bytes()).unwrap(),
                s: UintRef::new(ecc.signature_s.bytes()).unwrap(),
            };
            let mut room = [0; 256];
            let der = pair.encode_to_slice(&mut room).unwrap();
            Some((scheme(ecc.hash), der.to_vec()))
        }
        _ => None,
    }
}

#[test]
fn every_case_has_the_verdict_of_its_block_with_a_plain_signature() {
    let (mut accepted, mut refused, mut without, mut short) = (0, 0, Vec::new(), 0);
    for case in cases() {
        let quote = Quote::of(&case);
        let signature = TpmtSignature::from_bytes(&quote.signature).unwrap();
        let Some((scheme, bytes)) = plain(&signature) else {
            assert!(quote.verify().is_err(), "{}", case.name);
            without.push(case.name[..3].to_owned());
            continue;
        };
        let read = scheme.plain_signature(&bytes).unwrap();
        let mut room = [0; 518];
        let written = read.marshal_into(&mut room).unwrap();
        // DER has no leading zeros.
        short += usize::from(written != quote.signature);
        let values = pcr_values(&quote.values);
        let found = verify(&quote, written, &values);
        assert_eq!(found, quote.verify(), "{}", case.name);
        // As it was read, without being written.
        assert_eq!(verify(&quote, read, &values), found, "{}", case.name);
        match found {
            Ok(()) => accepted += 1,
            Err(_) => refused += 1,
        }
    }
    assert_eq!(without, ["034", "036", "037", "038", "040", "041", "042"]);
    assert_eq!((accepted, refused), (96, 30));
    assert!(short > 2, "{short} signatures had leading zeros");
}

/// P1, P4, P5: values under another name are other values.
#[test]
fn values_that_are_labelled_as_others_are_refused() {
    let case = crate::common::case("005");
    let quote = Quote::of(&case);
    let values = values(&case);
    let (bank, indices) = banks(&case).remove(0);
    let mut others = indices.clone();
    *others.last_mut().unwrap() = 23;
    let read = |banks: &[Bank], values: &[(TpmAlgId, u8, Vec<u8>)]| {
        let bytes = image::serialized(banks, &lists(values, 8), 0xa5);
        let file = PcrFile::serialized(&bytes).unwrap();
        let pcrs: Vec<_> = file.iter().collect();
        verify(&quote, &quote.signature[..], &pcrs)
    };
    assert_eq!(read(&[(bank, indices.clone())], &values), Ok(()));
    let problem = |result: Result<(), Error>| match *result.unwrap_err().problem() {
        Problem::Selection { problem, .. } => problem,
        other => panic!("{other:?}"),
    };
    let pcr = |index| Pcr::new(TpmAlgId(bank), index).unwrap();
    let surplus = |bank, index| SelectionProblem::Surplus { bank, index };
    let found = problem(read(&[(bank, others)], &values));
    assert_eq!(found, surplus(TpmAlgId(bank), 23));
    // One less, one more.
    let fewer = &values[..values.len() - 1];
    let some = indices[..indices.len() - 1].to_vec();
    let found = problem(read(&[(bank, some)], fewer));
    let last = *indices.last().unwrap();
    assert_eq!(found, SelectionProblem::MissingValue(pcr(last)));
    let more = [&values[..], &values[..1]].concat();
    let again = vec![indices[0]];
    let found = problem(read(&[(bank, indices.clone()), (bank, again)], &more));
    let first = indices[0];
    assert_eq!(found, SelectionProblem::DuplicateValue(pcr(first)));
    // The same values, of another bank.
    let found = problem(read(&[(TpmAlgId::SHA3_256.0, indices.clone())], &values));
    assert_eq!(found, surplus(TpmAlgId::SHA3_256, first));
}
