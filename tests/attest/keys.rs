//! The checks that all kinds have in common, and what a key has to be worth.

use tpm_quote::{
    AttestationKey, Check, CheckState, Error, KeyTrust, Problem, Tpm2bPublic, TpmAlgId, Unmarshal,
    Verdict, Verifier,
    crypto::{PublicKey, Signature, SignatureError, SignatureVerifier},
    error::Reason,
    types::{TpmHandle, TpmSt},
    verify::{
        Ancestry, AttestPolicy, Excerpt, Part, Time, Warning,
        error::{AnchorProblem, AttestProblem},
        verify_attest,
    },
};

use crate::{
    forge::{Key, RSAPSS, RSASSA, SHA1, SHA256, SHA384},
    forged::{CERTIFY, Forged, NONCE, OWNER, SM3, TIME, qualified},
};

fn time() -> Forged {
    Forged::time(0)
}

#[track_caller]
fn refused(result: Result<(), Error>, problem: AttestProblem, check: Check) {
    let error = result.unwrap_err();
    assert_eq!(*error.problem(), Problem::Attest(problem));
    assert_eq!(error.check(), check);
    let part = match check {
        Check::SignatureScheme | Check::Signature => Part::Signature,
        _ => Part::Signed,
    };
    assert_eq!(error.part(), part);
    assert_eq!(error.verdict(), Verdict::Rejected);
}

#[test]
fn attestation_that_no_tpm_made_is_refused() {
    time().verify(&Time).unwrap();
    let forged = Forged {
        magic: 0xff54_4348,
        ..time()
    };
    let error = AttestProblem::Magic { found: 0xff54_4348 };
    refused(forged.verify(&Time), error, Check::Magic);
}

/// The signature holds, and what it is of is no attestation of its kind.
#[test]
fn attestation_that_cannot_be_read_is_refused() {
    let mut forged = time();
    forged.body.push(0);
    let error = forged.verify(&Time).unwrap_err();
    assert_eq!(error.check(), Check::Input);
    let (&Problem::Structure(error), Part::Signed) = (error.problem(), error.part()) else {
        panic!("{error}");
    };
    assert_eq!(error.reason(), Reason::TrailingBytes { count: 1 });
}

#[test]
fn signature_that_cannot_be_read_is_refused() {
    let mut signed = time().sign();
    signed.signature.push(0);
    let error = signed.verify(&Time, &signed.policy()).unwrap_err();
    assert_eq!(error.check(), Check::Input);
    let (&Problem::Structure(error), Part::Signature) = (error.problem(), error.part()) else {
        panic!("{error}");
    };
    assert_eq!(error.reason(), Reason::TrailingBytes { count: 1 });
}

#[test]
fn answer_to_another_request_is_refused() {
    for found in [&b"nonce of requesu"[..], &b"nonce"[..], b""] {
        let forged = Forged {
            extra_data: found.to_vec(),
            ..time()
        };
        let error = AttestProblem::Nonce {
            expected: Excerpt::new(&NONCE),
            found: Excerpt::new(found),
        };
        refused(forged.verify(&Time), error, Check::Nonce);
    }
}

/// Not even the nonce, and nothing of what is particular to the kind.
#[test]
fn another_kind_is_refused_before_anything_else_of_it_is_read() {
    let forged = Forged {
        kind: CERTIFY,
        extra_data: b"another request".to_vec(),
        ..time()
    };
    let error = AttestProblem::Type {
        expected: TpmSt::ATTEST_TIME,
        found: TpmSt::ATTEST_CERTIFY,
    };
    refused(forged.verify(&Time), error, Check::Type);
    // One that no TPM has.
    let forged = Forged {
        kind: 0x8013,
        ..time()
    };
    let error = AttestProblem::Type {
        expected: TpmSt::ATTEST_TIME,
        found: TpmSt(0x8013),
    };
    refused(forged.verify(&Time), error, Check::Type);
}

#[test]
fn signer_in_another_form_is_refused() {
    for alg in [SHA256, SHA384] {
        let key = Key {
            name_alg: alg,
            ..Key::p256(SHA256)
        };
        let genuine = Forged::by(key.clone(), TIME, time().body);
        genuine.verify(&Time).unwrap();
        let other = if alg == SHA256 { SHA384 } else { SHA256 };
        for found in [
            Vec::new(),
            OWNER.to_vec(),
            qualified(other, &OWNER, &key.name()),
            [&SM3.to_be_bytes()[..], &[7; 32]].concat(),
        ] {
            let error = AttestProblem::Signer {
                expected: TpmAlgId(alg),
                found: Excerpt::new(&found),
            };
            let forged = Forged {
                qualified_signer: found,
                ..genuine.clone()
            };
            refused(forged.verify(&Time), error, Check::Signer);
        }
    }
}

#[test]
fn signature_by_another_scheme_than_the_keys_is_refused() {
    let forged = Forged::by(Key::rsa(2048, RSASSA, SHA256), TIME, time().body);
    let mut signed = forged.sign();
    for (scheme, hash) in [(RSAPSS, SHA256), (RSASSA, SHA384), (RSASSA, SHA1)] {
        signed.signature = forged.key.sign_as(scheme, hash, &signed.attest);
        let result = signed.verify(&Time, &signed.policy()).map(drop);
        let error = AttestProblem::SignatureScheme {
            expected: (TpmAlgId::RSASSA, TpmAlgId::SHA256),
            found: (TpmAlgId(scheme), Some(TpmAlgId(hash))),
        };
        refused(result, error, Check::SignatureScheme);
    }
}

#[test]
fn sha1_signatures_pass_with_their_opt_in_and_only_then() {
    for key in [Key::p256(SHA1), Key::rsa(2048, RSASSA, SHA1)] {
        let forged = Forged::by(key, TIME, time().body);
        let error = AttestProblem::SignatureSha1;
        refused(forged.verify(&Time), error, Check::SignatureScheme);
        let lax = forged.verify_by(&Time, AttestPolicy::dangerous_allow_sha1_signatures);
        lax.unwrap();
        // It still has to hold.
        let mut signed = forged.sign();
        *signed.attest.last_mut().unwrap() ^= 1;
        let lax = signed.policy().dangerous_allow_sha1_signatures();
        let result = signed.verify(&Time, &lax).map(drop);
        refused(result, AttestProblem::Signature, Check::Signature);
    }
}

#[test]
fn key_that_nothing_vouches_for_is_refused_where_an_anchor_is_required() {
    let forged = time();
    let result = forged.verify_by(&Time, AttestPolicy::require_anchored_key);
    let error = result.unwrap_err();
    assert_eq!(
        *error.problem(),
        Problem::Anchor(AnchorProblem::NotAnchored)
    );
    assert_eq!((error.part(), error.check()), (Part::Key, Check::KeyAnchor));
    assert_eq!(error.verdict(), Verdict::Rejected);

    let signed = forged.sign();
    let public = Tpm2bPublic::from_bytes(&signed.public).unwrap();
    let key = AttestationKey::pinned(&public, &[forged.key.name()]).unwrap();
    let policy = signed.policy().require_anchored_key();
    let time = verify_attest(&key, &signed.evidence(), &Time, &policy).unwrap();
    assert_eq!(time.key_trust(), KeyTrust::Pinned);
}

/// A verifier that knows keys and no signatures.
struct Unable;

impl SignatureVerifier for Unable {
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
        Err(SignatureError::Unsupported)
    }
}

#[test]
fn signature_is_for_the_callers_verifier_to_judge() {
    let signed = time().sign();
    let public = Tpm2bPublic::from_bytes(&signed.public).unwrap();
    let key = AttestationKey::self_asserted(&public).unwrap();
    let policy = signed.policy();
    let evidence = signed.evidence();
    let unable = Verifier::new().crypto(&Unable);
    let error = unable.attest(&key, &evidence, &Time, &policy).unwrap_err();
    let problem = Problem::Attest(AttestProblem::SignatureUnsupported);
    assert_eq!(*error.problem(), problem);
    assert_eq!(
        (error.part(), error.check()),
        (Part::Signature, Check::SignatureScheme)
    );
    assert_eq!(error.verdict(), Verdict::Unsupported);
    let prepared = key.prepare();
    let verifier = Verifier::new().crypto(&prepared);
    verifier.attest(&key, &evidence, &Time, &policy).unwrap();
}

/// As in WebAuthn statements: only by its opt-in, only where nothing else tells the signer, and
/// it is said.
#[test]
fn signer_may_be_empty_only_where_that_is_allowed() {
    let unnamed = Forged {
        qualified_signer: Vec::new(),
        ..time()
    };
    let signer = |found: &[u8]| AttestProblem::Signer {
        expected: TpmAlgId::SHA256,
        found: Excerpt::new(found),
    };
    refused(unnamed.verify(&Time), signer(b""), Check::Signer);
    let judge = |forged: &Forged, policy: AttestPolicy<'_>| {
        let signed = forged.sign();
        let public = Tpm2bPublic::from_bytes(&signed.public).unwrap();
        let key = AttestationKey::self_asserted(&public).unwrap();
        let appraisal = Verifier::new().appraise_attest(key, &signed.evidence(), &Time, &policy);
        let state = appraisal.state(Check::Signer);
        let warned = appraisal.warnings().any(|w| w == Warning::EmptySigner);
        (appraisal.into_result().map(drop), state, warned)
    };
    let policy = AttestPolicy::new(NONCE.into()).allow_empty_signer();
    let not_asked_for = CheckState::NotAskedFor;
    assert_eq!(judge(&unnamed, policy), (Ok(()), not_asked_for, true));
    // One that is there is checked as ever.
    assert_eq!(judge(&time(), policy), (Ok(()), CheckState::Ok, false));
    for other in [&[0x40, 0, 0, 7][..], &[0, 0x0b, 1, 2]] {
        let forged = Forged {
            qualified_signer: other.to_vec(),
            ..time()
        };
        let result = forged.verify_by(&Time, AttestPolicy::allow_empty_signer);
        refused(result, signer(other), Check::Signer);
    }
    // Where the place of the key is known, its signer is.
    let ancestry = Ancestry::under(TpmHandle::RH_OWNER);
    let (result, state, _) = judge(&unnamed, policy.ancestry(ancestry));
    assert_eq!(result.unwrap_err().problem_name(), "qualified-signer");
    assert_eq!(state, CheckState::Failed);
}
