//! Signatures as bytes of a `TPMT_SIGNATURE`, as one that was parsed, and without the
//! frame: the cases say the same of all of them.

use tpm_quote::{
    AttestationKey, Check, Error, Evidence, Tpm2bPublic, TpmAlgId, TpmtSignature, Unmarshal,
    verify::{SigningScheme, error::AttestProblem},
    verify_quote,
};

use crate::{
    SHA256,
    common::{
        case, cases,
        judge::{self, ECDSA, RSAPSS, RSASSA},
        quote::{Quote, pcr_values},
    },
};

fn without_zeros(number: &[u8]) -> &[u8] {
    &number[number.iter().take_while(|byte| **byte == 0).count()..]
}

/// The DER of a `SEQUENCE` of two numbers, as RFC 3279 has it.
fn der(numbers: [&[u8]; 2]) -> Vec<u8> {
    let element = |tag: u8, contents: &[u8]| {
        let len = u8::try_from(contents.len()).unwrap();
        let head = if len < 0x80 {
            vec![tag, len]
        } else {
            vec![tag, 0x81, len]
        };
        [&head[..], contents].concat()
    };
    let integers = numbers.map(|number| {
        let digits = without_zeros(number);
        let sign: &[u8] = if digits[0] >= 0x80 { &[0] } else { &[] };
        element(2, &[sign, digits].concat())
    });
    element(0x30, &integers.concat())
}

/// What is said of the same quote with its signature in this form.
fn verdict(quote: &Quote, signature: TpmtSignature<'_>) -> Result<(), Error> {
    let public = Tpm2bPublic::from_bytes(&quote.public).unwrap();
    let key = AttestationKey::self_asserted(&public)?;
    let values = pcr_values(&quote.values);
    let evidence = Evidence {
        attest: &quote.attest,
        signature,
        pcrs: &values,
    };
    verify_quote(&key, &evidence, &quote.policy()).map(|_| ())
}

#[test]
fn every_case_has_the_same_verdict_in_each_form_of_its_signature() {
    let (mut parsed, mut rsa, mut ecdsa, mut accepted) = (0, 0, 0, 0);
    for case in cases() {
        let quote = Quote::of(&case);
        let expected = quote.verify();
        let signature = TpmtSignature::from_bytes(&quote.signature).unwrap();
        parsed += 1;
        assert_eq!(verdict(&quote, signature), expected, "{}", case.name);
        let Some(numbers) = judge::signature(&quote.signature) else {
            continue;
        };
        accepted += usize::from(expected.is_ok());
        let hash = TpmAlgId(numbers.hash);
        let [first, second] = numbers.numbers;
        match numbers.scheme {
            ECDSA => {
                ecdsa += 1;
                let scheme = SigningScheme::ecdsa(hash);
                let bytes = der([first, second]);
                let plain = scheme.plain_signature(&bytes).unwrap();
                assert_eq!(verdict(&quote, plain), expected, "{}", case.name);
                for (r, s) in [
                    (first, second),
                    (without_zeros(first), without_zeros(second)),
                ] {
                    let pair = scheme.ecdsa_signature(r, s).unwrap();
                    assert_eq!(verdict(&quote, pair), expected, "{}", case.name);
                }
                // Zeros may be left out; more of them are too many.
                if expected.is_ok() {
                    let longer = [&[0], second].concat();
                    let pair = scheme.ecdsa_signature(first, &longer).unwrap();
                    let refused = Err(AttestProblem::Signature.into());
                    assert_eq!(verdict(&quote, pair), refused, "{}", case.name);
                }
            }
            scheme => {
                rsa += 1;
                let scheme = match scheme {
                    RSASSA => SigningScheme::rsassa(hash),
                    RSAPSS => SigningScheme::rsapss(hash),
                    other => panic!("{other:#x}"),
                };
                let plain = scheme.plain_signature(first).unwrap();
                assert_eq!(verdict(&quote, plain), expected, "{}", case.name);
                assert_eq!(plain, signature);
            }
        }
    }
    assert_eq!((parsed, rsa + ecdsa, accepted), (133, 126, 96));
    assert!(rsa > 40 && ecdsa > 40, "{rsa} and {ecdsa}");
}

/// Whoever names the scheme of a plain signature is held to it.
#[test]
fn plain_signature_of_another_scheme_or_hash_is_refused() {
    let quote = Quote::of(&case("004"));
    let numbers = judge::signature(&quote.signature).unwrap().numbers[0];
    let refused = |scheme: SigningScheme| {
        let plain = scheme.plain_signature(numbers).unwrap();
        let error = verdict(&quote, plain).unwrap_err();
        let expected = AttestProblem::SignatureScheme {
            expected: (TpmAlgId::RSASSA, SHA256),
            found: (scheme.scheme, Some(scheme.hash)),
        };
        assert_eq!(error, expected.into());
        assert_eq!(error.check(), Check::SignatureScheme);
    };
    refused(SigningScheme::rsapss(SHA256));
    refused(SigningScheme::rsassa(TpmAlgId::SHA384));
    // Without the scheme's own frame there is nothing to compare: the key decides.
    let changed = [&numbers[..255], &[numbers[255] ^ 1]].concat();
    let plain = SigningScheme::rsassa(SHA256)
        .plain_signature(&changed)
        .unwrap();
    assert_eq!(verdict(&quote, plain), Err(AttestProblem::Signature.into()));

    let quote = Quote::of(&case("005"));
    let [r, s] = judge::signature(&quote.signature).unwrap().numbers;
    let scheme = SigningScheme::ecdsa(SHA256);
    let swapped = scheme.ecdsa_signature(s, r).unwrap();
    assert_eq!(
        verdict(&quote, swapped),
        Err(AttestProblem::Signature.into())
    );
    let bytes = der([s, r]);
    let swapped = scheme.plain_signature(&bytes).unwrap();
    assert_eq!(
        verdict(&quote, swapped),
        Err(AttestProblem::Signature.into())
    );
}
