//! Every error of the crate becomes the one error, and that one is small.

use std::time::Duration;

use tpm_quote::{
    AttestationKey, Baseline, Check, Error, Marshal, MarshalError, Name, Nonce, Pcr, PcrSet,
    ResponsePolicy, Scratch, Tpm2bPublic, TpmAlgId, TpmAttestation, Unmarshal, UnmarshalError,
    crypto::{Curve, PublicKey, Signature, SignatureError, SignatureVerifier, Software},
    evidence::{
        Form, KeylimeQuote, PcrFile, parse_selection, read_certificate_pem, read_jwk, read_pem,
        read_project, read_spki,
    },
    types::TpmEccCurve,
    verify::{
        AkCertificate, CertificateChain, Challenge, SigningScheme,
        error::{
            AnchorProblem, AttestProblem, AuditProblem, CertificateProblem, ClockProblem,
            ContentsProblem, CreationProblem, CredentialProblem, EndorsementProblem, KeyProblem,
            ObjectProblem, QuoteProblem, SanProblem, SettingProblem,
        },
    },
    wire::{Hex, NotHex},
};

/// What was made is of no more use here.
fn made<T>(_: T) {}

/// Which of the steps below has to fail.
type Step = usize;

/// A program that reads and makes all kinds of things, and writes `?` for all of it.
fn all_of_it(fails: Step, room: &mut [u8]) -> Result<(), Error> {
    let structure = || Tpm2bPublic::from_bytes(&[]).map(|_| ());
    let written = || TpmAlgId::SHA1.marshal_into(&mut []).map(|_| ());
    match fails {
        0 => structure()?,
        1 => written()?,
        2 => made(Nonce::from_payload_id("")?),
        3 => made(PcrSet::parse("")?),
        4 => made("".parse::<Pcr>()?),
        5 => made("".parse::<Name>()?),
        6 => made(Baseline::new(&[])?),
        7 => made(ResponsePolicy::new("")?),
        8 => made(parse_selection("")?),
        9 => made(SigningScheme::ecdsa(TpmAlgId::SHA256).plain_signature(&[])?),
        10 => made(TpmAttestation::from_json(
            b"",
            Form::Block,
            &mut Scratch::new(),
        )?),
        11 => made(KeylimeQuote::read("", room)?),
        12 => made(PcrFile::marshaled(&[])?),
        13 => made(read_jwk(b"", room)?),
        14 => made(read_pem(b"", room)?),
        15 => made(read_spki(b"")?),
        16 => made(read_certificate_pem(b"", &mut [])?),
        17 => made(read_project(b"", room)?),
        18 => {
            let roots: [&[u8]; 0] = [];
            made(AkCertificate::verify(
                &CertificateChain::new(b""),
                &roots,
                Duration::ZERO,
            )?);
        }
        19 => made(Challenge::kept(b"")?),
        20 => {
            let public = crate::common::case("037").file("ak.pub");
            made(AttestationKey::self_asserted(&Tpm2bPublic::from_bytes(
                &public,
            )?)?);
        }
        21 => made(Hex::decode("0x", room)?),
        22 => made(Hex::decode("000", room)?),
        23 => made(Hex::decode("00", &mut [])?),
        24 => made(Curve::try_from(TpmEccCurve::BN_P256)?),
        25 => {
            let key = PublicKey::Rsa {
                modulus: &[0xc1; 256],
            };
            Software.verify(&key, TpmAlgId::SHA256, b"", &Signature::RsaSsa(&[1; 256]))?;
        }
        _ => {}
    }
    Ok(())
}

#[test]
fn every_error_converts_with_a_question_mark() {
    let mut names = Vec::new();
    for step in 0..26 {
        let error = all_of_it(step, &mut [0; 8]).expect_err("each step fails");
        names.push(error.problem_name());
    }
    let expected = [
        "structure-malformed",
        "structure-too-long",
        "payload-id-empty",
        "pcr-set",
        "pcr-set",
        "name-form",
        "baseline-empty",
        "payload-id-empty",
        "pcr-set",
        "structure-malformed",
        "json-end",
        "keylime-start",
        "structure-malformed",
        "json-end",
        "pem-begin",
        "structure-malformed",
        "pem-begin",
        "json-end",
        "structure-malformed",
        "challenge-length",
        "scheme-unsupported",
        "hex-digit",
        "hex-odd",
        "buffer-too-small",
        "signature-unsupported",
        "signature",
    ];
    assert_eq!(names, expected);
    all_of_it(26, &mut []).unwrap();
}

/// The problems that a caller can have: each is an error at once.
#[test]
fn every_problem_is_an_error() {
    fn converts<T: Into<Error>>() {}
    converts::<UnmarshalError>();
    converts::<MarshalError>();
    converts::<NotHex>();
    converts::<SignatureError>();
    converts::<SettingProblem>();
    converts::<KeyProblem>();
    converts::<AnchorProblem>();
    converts::<AttestProblem>();
    converts::<ObjectProblem>();
    converts::<CreationProblem>();
    converts::<ContentsProblem>();
    converts::<AuditProblem>();
    converts::<QuoteProblem>();
    converts::<ClockProblem>();
    converts::<CertificateProblem>();
    converts::<SanProblem>();
    converts::<EndorsementProblem>();
    converts::<CredentialProblem>();
}

#[test]
fn error_is_small_and_a_standard_one() {
    fn is_standard<T: std::error::Error + Copy + Send + Sync + 'static>() {}
    is_standard::<Error>();
    // Two sets of PCRs, which are shown whole, make it as large as it is; beside them are the
    // part, the offset and the line of a trust file.
    let sets = 2 * size_of::<PcrSet>();
    assert!(size_of::<Error>() <= sets + 40, "{}", size_of::<Error>());
    assert!(size_of::<Error>() <= 184);

    let boxed: Box<dyn std::error::Error> = Nonce::exact(&[]).unwrap_err().into();
    assert_eq!(boxed.to_string(), "a nonce of 0 bytes, expected 1 to 66");
    let error = boxed.downcast::<Error>().unwrap();
    assert_eq!(error.check(), Check::Input);
}

/// What a developer sees: the check, the part, the place and the problem.
#[test]
fn debug_text_has_all_of_it() {
    let error = Nonce::exact(&[]).unwrap_err();
    assert_eq!(
        format!("{error:?}"),
        "Error { check: Input, part: Policy, offset: None, problem: Setting(NonceLength(0)) }"
    );
    let error = KeylimeQuote::read("r!:AAAA:AAAA", &mut [0; 8]).unwrap_err();
    assert_eq!(
        format!("{error:?}"),
        "Error { check: Input, part: Keylime, offset: Some(1), problem: Keylime(Base64(Message)) }"
    );
}
