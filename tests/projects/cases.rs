//! The cases, in the JSON of each project.

use serde_json::Value;
use tpm_quote::{
    AttestationKey, Check, Error, Evidence, PcrSet, Problem, Tpm2bPublic, TpmAlgId, TpmtSignature,
    Unmarshal,
    evidence::{PcrFile, Project, ProjectEvidence, ProjectKey, read_pem, read_project, read_spki},
    verify::{Part, PlainKey, SigningScheme, error::SelectionProblem},
    verify_quote,
};

use crate::{
    common::{
        Vector, case, cases,
        quote::{Quote, pcr_values},
    },
    json::{
        azure, azure_numbers, azure_numbers_tdx, confidential_containers, go, go_dump, go_signature,
    },
};

/// What the only quote in some evidence comes to, with the values of the PCRs that the
/// case is about.
fn verify(quote: &Quote, evidence: &ProjectEvidence<'_>) -> Result<(), Error> {
    let mut quotes = evidence.quotes();
    let (Some(signed), None) = (quotes.next(), quotes.next()) else {
        panic!("one quote");
    };
    assert_eq!(signed.attest, quote.attest);
    let key = match evidence.key() {
        ProjectKey::Public(public) => AttestationKey::self_asserted(&public)?,
        ProjectKey::Plain(plain) => {
            let signature = TpmtSignature::from_bytes(signed.signature).unwrap();
            let scheme = SigningScheme::of_signature(&signature);
            AttestationKey::self_asserted_key(&plain, scheme)?
        }
    };
    let mut room = [PcrFile::NO_VALUE; PcrFile::MAX];
    let pcrs: &[_] = match PcrSet::parse(&quote.selection) {
        Ok(set) => evidence.values_in(&set, &mut room).unwrap(),
        Err(_) => &[],
    };
    let evidence = Evidence {
        attest: signed.attest,
        signature: signed.signature,
        pcrs,
    };
    verify_quote(&key, &evidence, &quote.policy()).map(|_| ())
}

/// How many cases a format carries that are accepted, and refused.
fn count(
    project: Project,
    write: impl Fn(&Vector, &Quote) -> Option<Value>,
    expected: impl Fn(&Vector, &Quote) -> Result<(), Error>,
) -> (usize, usize) {
    let (mut accepted, mut refused) = (0, 0);
    for case in cases() {
        let quote = Quote::of(&case);
        let Some(json) = write(&case, &quote) else {
            continue;
        };
        for text in [json.to_string(), format!("\n {json:#}")] {
            let mut room = vec![0xa5; 2 * text.len()];
            let evidence = read_project(text.as_bytes(), &mut room).unwrap();
            assert_eq!(evidence.project(), project, "{}", case.name);
            let shown = format!("{evidence:?}");
            let start = format!("ProjectEvidence {{ project: {project:?}, key: ");
            assert!(shown.starts_with(&start), "{shown}");
            let found = verify(&quote, &evidence);
            assert_eq!(found, expected(&case, &quote), "{}", case.name);
            match found {
                Ok(()) => accepted += 1,
                Err(_) => refused += 1,
            }
        }
    }
    (accepted / 2, refused / 2)
}

#[test]
fn every_case_has_the_verdict_of_its_block_from_the_json_of_go_attestation() {
    let block = |_: &Vector, quote: &Quote| quote.verify();
    let parameters = |_: &Vector, quote: &Quote| go(quote);
    let dump = |_: &Vector, quote: &Quote| go_dump(quote);
    assert_eq!(count(Project::GoAttestation, parameters, block), (96, 37));
    assert_eq!(count(Project::GoAttestationTool, dump, block), (96, 37));
}

/// THREATS S7: short numbers are padded.
#[test]
fn signature_of_go_attestation_lacks_the_leading_zeros_of_its_numbers() {
    let mut short = 0;
    for case in cases() {
        let quote = Quote::of(&case);
        short += usize::from(go_signature(&quote.signature) != quote.signature);
    }
    assert_eq!(short, 6);
}

/// By the key in the PEM file beside the case.
fn by_pem(case: &Vector, quote: &Quote) -> Result<(), Error> {
    let mut room = [0; 600];
    let plain = read_spki(read_pem(&case.file("ak.pem"), &mut room).unwrap()).unwrap();
    let signature = TpmtSignature::from_bytes(&quote.signature).unwrap();
    let scheme = SigningScheme::of_signature(&signature);
    let public = Tpm2bPublic::from_bytes(&quote.public).unwrap();
    let known = PlainKey::of_public(public.value()).unwrap();
    let key = AttestationKey::pinned_key(&plain, scheme, &[known])?;
    let values = pcr_values(&quote.values);
    let evidence = Evidence {
        attest: &quote.attest,
        signature: &quote.signature[..],
        pcrs: &values,
    };
    verify_quote(&key, &evidence, &quote.policy()).map(|_| ())
}

#[test]
fn every_case_has_the_verdict_of_its_pem_file_from_confidential_containers() {
    let project = Project::ConfidentialContainers;
    let found = count(project, confidential_containers, by_pem);
    assert_eq!(found, (99, 17));
}

#[test]
fn every_case_has_the_verdict_of_its_pem_file_from_azure() {
    assert_eq!(count(Project::AzureVtpm, azure, by_pem), (48, 6));
    assert_eq!(count(Project::AzureVtpm, azure_numbers, by_pem), (48, 6));
    let tdx = count(Project::AzureVtpm, azure_numbers_tdx, by_pem);
    assert_eq!(tdx, (48, 6));
}

/// All 24 values come along, and the quote covers three.
#[test]
fn values_that_are_not_signed_are_refused_and_not_given_with_the_set_that_is() {
    let case = case("004");
    let quote = Quote::of(&case);
    for json in [
        confidential_containers(&case, &quote).unwrap(),
        azure(&case, &quote).unwrap(),
        azure_numbers(&case, &quote).unwrap(),
    ] {
        let text = json.to_string();
        let mut room = vec![0; 2 * text.len()];
        let evidence = read_project(text.as_bytes(), &mut room).unwrap();
        let ProjectKey::Plain(plain) = evidence.key() else {
            panic!("a key by its numbers");
        };
        let all: Vec<_> = evidence.values().collect();
        assert_eq!(all.len(), 24);
        assert_eq!(evidence.selection().iter().count(), 24);
        let signed = evidence.quotes().next().unwrap();
        let scheme = SigningScheme::rsassa(TpmAlgId::SHA256);
        let key = AttestationKey::self_asserted_key(&plain, scheme).unwrap();
        let try_with = |pcrs: &[_]| {
            let evidence = Evidence {
                attest: signed.attest,
                signature: signed.signature,
                pcrs,
            };
            verify_quote(&key, &evidence, &quote.policy())
                .map(|verified| verified.pcrs().map(|pcr| pcr.index).collect::<Vec<_>>())
        };
        let error = try_with(&all).unwrap_err();
        assert!(matches!(
            error.problem(),
            Problem::Selection {
                problem: SelectionProblem::Surplus {
                    bank: TpmAlgId::SHA256,
                    index: 1
                },
                ..
            }
        ));
        let place = (Part::PcrValues, Check::Selection);
        assert_eq!((error.part(), error.check()), place);
        let set = PcrSet::parse(&quote.selection).unwrap();
        let mut room = [PcrFile::NO_VALUE; 24];
        let values = evidence.values_in(&set, &mut room).unwrap();
        assert_eq!(try_with(values), Ok(vec![0, 7, 10]));
        assert!(
            evidence
                .values_in(&set, &mut [PcrFile::NO_VALUE; 2])
                .is_none()
        );
    }
}

/// Two real quotes of one key, of different banks: what one signs does not vouch for the
/// values of the other.
#[test]
fn each_quote_of_go_attestation_covers_its_own_bank() {
    let (first, second) = (Quote::of(&case("004")), Quote::of(&case("094")));
    let mut json = go(&first).unwrap();
    for list in ["Quotes", "PCRs"] {
        let more = go(&second).unwrap()[list].clone();
        let more = more.as_array().unwrap().iter().cloned();
        json[list].as_array_mut().unwrap().extend(more);
    }
    let text = json.to_string();
    let mut room = vec![0; 2 * text.len()];
    let evidence = read_project(text.as_bytes(), &mut room).unwrap();
    let ProjectKey::Public(public) = evidence.key() else {
        panic!("a public area");
    };
    let key = AttestationKey::self_asserted(&public).unwrap();
    assert_eq!(evidence.quotes().count(), 2);
    for (at, (quote, other)) in [(&first, &second), (&second, &first)]
        .into_iter()
        .enumerate()
    {
        let signed = evidence.quotes().nth(at).unwrap();
        let own = PcrSet::parse(&quote.selection).unwrap();
        let others = PcrSet::parse(&other.selection).unwrap();
        let covers = |set: &PcrSet| {
            let mut room = [PcrFile::NO_VALUE; 24];
            let evidence = Evidence {
                attest: signed.attest,
                signature: signed.signature,
                pcrs: evidence.values_in(set, &mut room).unwrap(),
            };
            verify_quote(&key, &evidence, &quote.policy()).map(|verified| *verified.selection())
        };
        assert_eq!(covers(&own), Ok(own));
        for set in [others, evidence.selection()] {
            let error = covers(&set).unwrap_err();
            assert_eq!(error.check(), Check::Selection, "{error}");
        }
    }
}
