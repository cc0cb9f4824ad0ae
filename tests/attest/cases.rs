//! The evidence as it is. What it says, another program's parse in `case.json` says
//! too.

use serde_json::Value;
use tpm_quote::{
    AttestationKey, Check, KeyTrust, Nonce, Problem, Tpm2bPublic, TpmAlgId, Unmarshal, Verdict,
    types::{Tpm2bCreationData, Tpm2bNvPublic, TpmHandle, TpmSt, TpmsClockInfo},
    verify::{
        AttestPolicy, AuditDigest, Certify, CommandAudit, Creation, Nv, NvDigest, Part,
        SessionAudit, SignedAttest, Time, Verified, error::AttestProblem, verify_attest,
    },
};

use crate::{
    common::{Vector, alg, attestations, case, digits, hex},
    forged::qualified,
    signed::{KINDS, Signed, Subjects, attestation},
};

const SHA256: TpmAlgId = TpmAlgId::SHA256;

/// The attestations of one kind, each with what was signed.
fn of_kind(kind: TpmSt, count: usize) -> Vec<(Vector, Signed)> {
    let cases: Vec<_> = attestations()
        .into_iter()
        .filter(|case| case.has("ak.pub") && type_of(case) == kind)
        .map(|case| {
            let signed = Signed::of(&case);
            (case, signed)
        })
        .collect();
    assert_eq!(cases.len(), count, "attestations of {kind}");
    cases
}

fn type_of(case: &Vector) -> TpmSt {
    TpmSt(u16::try_from(number(&case.json["attest"], "type")).unwrap())
}

fn number(json: &Value, key: &str) -> u64 {
    json[key].as_u64().unwrap_or_else(|| panic!("no {key}"))
}

/// A value that is written in hexadecimal.
fn bytes(case: &Vector, key: &str) -> Vec<u8> {
    let value = case.json["attest"][key].as_str();
    hex(value.unwrap_or_else(|| panic!("{}: no {key}", case.name)))
}

fn clock_info(json: &Value) -> TpmsClockInfo {
    TpmsClockInfo {
        clock: number(json, "clock"),
        reset_count: number(json, "resetCount").try_into().unwrap(),
        restart_count: number(json, "restartCount").try_into().unwrap(),
        safe: number(json, "safe") == 1,
    }
}

/// What every kind says.
fn says_what_its_case_says<F>(case: &Vector, verified: &Verified<'_, F>) {
    let (what, json) = (&case.name, &case.json["attest"]);
    assert_eq!(verified.nonce(), bytes(case, "extraData"), "{what}");
    let signer = bytes(case, "qualifiedSigner");
    assert_eq!(verified.qualified_signer(), signer, "{what}");
    assert_eq!(verified.key_name().as_ref(), case.file("ak.name"), "{what}");
    assert_eq!(verified.key_name().to_string(), case.text("ak_name_hex"));
    assert_eq!(verified.key_trust(), KeyTrust::SelfAsserted);
    let clock = clock_info(&json["clockInfo"]);
    assert_eq!(*verified.clock_info(), clock, "{what}");
    let reading = verified.clock_reading();
    assert_eq!(reading.key_name.as_ref(), case.file("ak.name"), "{what}");
    assert_eq!(reading.clock_info, clock, "{what}");
    let version = format!("{:016x}", verified.firmware_version());
    assert_eq!(version, json["firmwareVersion"].as_str().unwrap(), "{what}");
    // All are children of an endorsement key, but for one.
    let hierarchy = what
        .starts_with("020-gettime-owner")
        .then_some(TpmHandle::RH_OWNER);
    assert_eq!(verified.hierarchy(), hierarchy, "{what}");
}

#[test]
fn every_attestation_is_accepted_as_its_own_kind_and_no_other() {
    let mut count = 0;
    for case in attestations() {
        if !case.has("ak.pub") {
            continue;
        }
        let (signed, subjects) = (Signed::of(&case), Subjects::of(&case));
        let found = type_of(&case);
        for expected in KINDS {
            let result = subjects.verify(&signed, expected);
            if expected == found {
                count += 1;
                assert_eq!(result, Ok(()), "{}", case.name);
            } else {
                let error = result.unwrap_err();
                let problem = AttestProblem::Type { expected, found };
                assert_eq!(*error.problem(), Problem::Attest(problem), "{}", case.name);
                assert_eq!((error.part(), error.check()), (Part::Signed, Check::Type));
            }
        }
    }
    assert_eq!(count, 27);
}

#[test]
fn quote_is_no_other_kind() {
    for start in ["004", "005"] {
        let quote = case(start);
        let signed = Signed {
            public: quote.file("ak.pub"),
            attest: quote.file("quote.attest"),
            signature: quote.file("quote.sig"),
            nonce: quote.file("nonce.bin"),
        };
        let subjects = Subjects::of(&attestation("001"));
        let found = TpmSt::ATTEST_QUOTE;
        for expected in KINDS {
            if expected != found {
                let error = subjects.verify(&signed, expected).unwrap_err();
                let problem = AttestProblem::Type { expected, found };
                assert_eq!(*error.problem(), Problem::Attest(problem), "{start}");
            }
        }
    }
}

/// Without a key a TPM "signs" with `TPM_ALG_NULL`.
#[test]
fn attestation_without_a_signer_is_refused_by_its_scheme() {
    let case = attestation("037");
    assert!(!case.has("ak.pub"));
    let public = attestation("016").file("ak.pub");
    let public = Tpm2bPublic::from_bytes(&public).unwrap();
    let key = AttestationKey::self_asserted(&public).unwrap();
    let (attest, signature) = (case.file("attest"), case.file("sig"));
    let signed = SignedAttest {
        attest: &attest,
        signature: &signature,
    };
    let nonce = Nonce::exact(&bytes(&case, "extraData")).unwrap();
    let policy = AttestPolicy::new(nonce);
    let error = verify_attest(&key, &signed, &Time, &policy).unwrap_err();
    let problem = AttestProblem::SignatureScheme {
        expected: (TpmAlgId::RSASSA, SHA256),
        found: (TpmAlgId::NULL, None),
    };
    assert_eq!(*error.problem(), Problem::Attest(problem));
    assert_eq!(error.part(), Part::Signature);
    assert_eq!(error.verdict(), Verdict::Rejected);
}

#[test]
fn certifications_say_what_their_case_says() {
    for (case, signed) in of_kind(TpmSt::ATTEST_CERTIFY, 8) {
        let object = case.file("certified.pub");
        let object = Tpm2bPublic::from_bytes(&object).unwrap();
        let certified = signed.verify(&Certify::of(&object), &signed.policy());
        let certified = certified.unwrap();
        says_what_its_case_says(&case, &certified);
        let facts = certified.facts();
        assert_eq!(facts.name.bytes(), bytes(&case, "name"));
        assert_eq!(facts.name.bytes(), case.file("certified.name"));
        assert_eq!(facts.qualified_name.bytes(), bytes(&case, "qualifiedName"));
        let name = &case.json["extra"]["certified_qualified_name_hex"];
        assert_eq!(digits(facts.qualified_name.bytes()), name.as_str().unwrap());
    }
}

#[test]
fn creations_say_what_their_case_says() {
    for (case, signed) in of_kind(TpmSt::ATTEST_CREATION, 3) {
        let (object, data) = (case.file("created.pub"), case.file("creation.data"));
        let object = Tpm2bPublic::from_bytes(&object).unwrap();
        let data = Tpm2bCreationData::from_bytes(&data).unwrap();
        let outside_info = case.file("outside.info");
        let kind = Creation::of(&object, &data).outside_info(&outside_info);
        let created = signed.verify(&kind, &signed.policy()).unwrap();
        says_what_its_case_says(&case, &created);
        let facts = created.facts();
        assert_eq!(facts.name.as_ref(), bytes(&case, "objectName"));
        assert_eq!(facts.name.as_ref(), case.file("created.name"));
        assert_eq!(facts.data.outside_info.bytes(), outside_info);
        // The file has the size of the digest in front.
        assert_eq!(
            case.file("creation.hash")[2..],
            bytes(&case, "creationHash")
        );
        // They are primary objects: two of the owner hierarchy, one of the endorsement
        // hierarchy.
        let parent = match &case.name[..3] {
            "013" => &[0x40, 0, 0, 0x0b][..],
            _ => &[0x40, 0, 0, 0x01],
        };
        assert_eq!(facts.data.parent_name_alg, TpmAlgId::NULL);
        assert_eq!(facts.data.parent_name.bytes(), parent);
        assert_eq!(facts.data.parent_qualified_name.bytes(), parent);
        let name = qualified(SHA256.0, parent, &case.file("created.name"));
        assert_eq!(facts.qualified_name.as_ref(), name);
    }
}

#[test]
fn times_say_what_their_case_says() {
    for (case, signed) in of_kind(TpmSt::ATTEST_TIME, 4) {
        let time = signed.verify(&Time, &signed.policy()).unwrap();
        says_what_its_case_says(&case, &time);
        let (facts, json) = (time.facts(), &case.json["attest"]);
        assert_eq!(facts.time.time, number(json, "time"));
        assert_eq!(facts.time.clock_info, clock_info(&json["timeClockInfo"]));
        let version = format!("{:016x}", facts.firmware_version);
        assert_eq!(version, json["timeFirmwareVersion"].as_str().unwrap());
    }
}

#[test]
fn contents_of_nv_indices_are_what_their_case_says() {
    for (case, signed) in of_kind(TpmSt::ATTEST_NV, 7) {
        let index = case.file("nv.public");
        let index = Tpm2bNvPublic::from_bytes(&index).unwrap();
        let contents = bytes(&case, "nvContents");
        let offset = u16::try_from(number(&case.json["attest"], "offset")).unwrap();
        let kind = Nv::of(&index).contents(offset, &contents);
        let nv = signed.verify(&kind, &signed.policy()).unwrap();
        says_what_its_case_says(&case, &nv);
        let facts = nv.facts();
        assert_eq!(facts.index_name.bytes(), bytes(&case, "indexName"));
        assert_eq!(facts.index_name.bytes(), case.file("nv.name"));
        assert_eq!(facts.offset, offset);
        assert_eq!(facts.nv_contents.bytes(), contents);
    }
}

#[test]
fn digests_of_nv_indices_are_what_their_case_says() {
    // What the two indices held: the bytes 0 to 63, and a counter at 2.
    let counter = [0, 0, 0, 0, 0, 0, 0, 2];
    let plain: Vec<u8> = (0..=63).collect();
    for (case, signed) in of_kind(TpmSt::ATTEST_NV_DIGEST, 2) {
        let index = case.file("nv.public");
        let index = Tpm2bNvPublic::from_bytes(&index).unwrap();
        let contents = match &case.name[..3] {
            "025" => &plain[..],
            _ => &counter,
        };
        let kind = NvDigest::of(&index).contents(contents);
        let nv = signed.verify(&kind, &signed.policy()).unwrap();
        says_what_its_case_says(&case, &nv);
        let facts = nv.facts();
        assert_eq!(facts.index_name.bytes(), bytes(&case, "indexName"));
        assert_eq!(facts.index_name.bytes(), case.file("nv.name"));
        assert_eq!(facts.nv_digest.bytes(), bytes(&case, "nvDigest"));
    }
}

/// One `TPM2_GetRandom` of eight bytes was run in the session; its `rpHash` was kept.
#[test]
fn audit_of_a_session_is_that_of_its_one_command() {
    const GET_RANDOM: u32 = 0x0000_017b;
    for (case, signed) in of_kind(TpmSt::ATTEST_SESSION_AUDIT, 1) {
        let rp_hash = case.file("rphash.bin");
        let cp_hash = AuditDigest::cp_hash(SHA256, GET_RANDOM, &[], &[0, 8]).unwrap();
        let mut digest = AuditDigest::new(SHA256).unwrap();
        // The file has the size of the digest in front.
        digest.extend(cp_hash.as_ref(), &rp_hash[2..]);
        let kind = SessionAudit::new().digest(&digest);
        let audit = signed.verify(&kind, &signed.policy()).unwrap();
        says_what_its_case_says(&case, &audit);
        let (facts, json) = (audit.facts(), &case.json["attest"]);
        assert_eq!(facts.session_digest.bytes(), bytes(&case, "sessionDigest"));
        let exclusive = number(json, "exclusiveSession") == 1;
        assert_eq!(facts.exclusive_session, exclusive);
    }
}

#[test]
fn audits_of_commands_say_what_their_case_says() {
    // TPM2_SetCommandCodeAuditStatus and TPM2_GetRandom.
    const COMMANDS: [u32; 2] = [0x0000_0140, 0x0000_017b];
    for (case, signed) in of_kind(TpmSt::ATTEST_COMMAND_AUDIT, 2) {
        let digest = bytes(&case, "auditDigest");
        let kind = CommandAudit::new().commands(&COMMANDS).digest(&digest);
        let audit = signed.verify(&kind, &signed.policy()).unwrap();
        says_what_its_case_says(&case, &audit);
        let (facts, json) = (audit.facts(), &case.json["attest"]);
        assert_eq!(facts.audit_counter, number(json, "auditCounter"));
        assert_eq!(facts.digest_alg, alg(json["digestAlg"].as_str().unwrap()));
        assert_eq!(facts.audit_digest.bytes(), digest);
        assert_eq!(facts.command_digest.bytes(), bytes(&case, "commandDigest"));
    }
}

/// One of each kind. Nothing of what was signed is looked at before the signature
/// holds, so that each of its bytes counts in the same way.
#[test]
fn every_changed_byte_is_refused() {
    for start in ["002", "014", "017", "024", "025", "033", "036"] {
        let case = attestation(start);
        let (genuine, subjects) = (Signed::of(&case), Subjects::of(&case));
        let kind = type_of(&case);
        subjects.verify(&genuine, kind).unwrap();
        for at in 0..genuine.attest.len() {
            let mut signed = genuine.clone();
            signed.attest[at] ^= 1 << (at % 8);
            let error = subjects.verify(&signed, kind).unwrap_err();
            let problem = Problem::Attest(AttestProblem::Signature);
            assert_eq!(*error.problem(), problem, "{start}: byte {at}");
        }
        for at in 0..genuine.signature.len() {
            let mut signed = genuine.clone();
            signed.signature[at] ^= 1 << (at % 8);
            let error = subjects.verify(&signed, kind).unwrap_err();
            // Ids and sizes are in front of each number.
            let checks = [Check::Input, Check::SignatureScheme, Check::Signature];
            assert!(
                checks.contains(&error.check()),
                "{start}: byte {at}: {error}"
            );
        }
    }
}
