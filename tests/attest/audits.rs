//! `audit`: these commands were run, and answered in this way.

use tpm_quote::{
    Check, Error, Name, Problem, TpmAlgId, Verdict,
    types::{Tpm2bName, TpmHandle},
    verify::{AuditDigest, CommandAudit, Excerpt, Part, SessionAudit, error::AuditProblem},
};

use crate::{
    forge::{SHA1, SHA256, SHA384, SHA512, hash},
    forged::{Forged, SM3, name_of},
};

const COMMANDS: [u32; 2] = [0x0000_0140, 0x0000_017b];

#[track_caller]
fn refused(result: Result<(), Error>, problem: AuditProblem) {
    let error = result.unwrap_err();
    assert_eq!(*error.problem(), Problem::Audit(problem));
    assert_eq!(error.part(), Part::Signed);
    assert_eq!(error.check(), Check::Audit);
    let verdict = match problem {
        AuditProblem::HashUnsupported(_) => Verdict::Unsupported,
        _ => Verdict::Rejected,
    };
    assert_eq!(error.verdict(), verdict);
}

fn digest_of(alg: u16, commands: &[u32]) -> Vec<u8> {
    let codes: Vec<u8> = commands
        .iter()
        .flat_map(|code| code.to_be_bytes())
        .collect();
    hash(alg, &codes)
}

#[test]
fn other_audit_digest_is_refused() {
    let right = hash(SHA256, b"commands and answers");
    for found in [
        hash(SHA256, b"other commands and answers"),
        hash(SHA384, b"commands and answers"),
        right[..31].to_vec(),
        vec![0; 32],
        Vec::new(),
    ] {
        let problem = AuditProblem::Digest {
            expected: Excerpt::new(&right),
            found: Excerpt::new(&found),
        };
        let forged = Forged::session_audit(true, &found);
        // Whichever it is, or just this one.
        forged.verify(&SessionAudit::new()).unwrap();
        forged.verify(&SessionAudit::new().digest(&found)).unwrap();
        let kind = SessionAudit::new().digest(&right);
        refused(forged.verify(&kind), problem);

        let forged = Forged::command_audit(SHA256, &found, &digest_of(SHA256, &COMMANDS));
        forged.verify(&CommandAudit::new()).unwrap();
        forged.verify(&CommandAudit::new().digest(&found)).unwrap();
        let kind = CommandAudit::new().digest(&right);
        refused(forged.verify(&kind), problem);
        let kind = kind.commands(&COMMANDS);
        refused(forged.verify(&kind), problem);
    }
}

#[test]
fn session_that_others_came_between_is_refused_where_it_has_to_be_exclusive() {
    let digest = hash(SHA256, b"commands and answers");
    let exclusive = SessionAudit::new().require_exclusive();
    for kind in [exclusive, exclusive.digest(&digest)] {
        Forged::session_audit(true, &digest).verify(&kind).unwrap();
        let forged = Forged::session_audit(false, &digest);
        refused(forged.verify(&kind), AuditProblem::NotExclusive);
    }
    let forged = Forged::session_audit(false, &digest);
    forged.verify(&SessionAudit::new()).unwrap();
    forged.verify(&SessionAudit::new().digest(&digest)).unwrap();
}

#[test]
fn other_audited_commands_are_refused() {
    for (alg, id) in [
        (SHA1, TpmAlgId::SHA1),
        (SHA256, TpmAlgId::SHA256),
        (SHA384, TpmAlgId::SHA384),
        (SHA512, TpmAlgId::SHA512),
    ] {
        let digest = hash(alg, b"commands and answers");
        let right = digest_of(alg, &COMMANDS);
        assert_eq!(
            AuditDigest::of_commands(id, &COMMANDS).unwrap().as_ref(),
            right
        );
        let kind = CommandAudit::new().commands(&COMMANDS);
        let forged = Forged::command_audit(alg, &digest, &right);
        forged.verify(&kind).unwrap();
        forged.verify(&kind.digest(&digest)).unwrap();
        for signed in [
            digest_of(alg, &[]),
            digest_of(alg, &COMMANDS[..1]),
            digest_of(alg, &[0x0000_017b, 0x0000_0140]),
            digest_of(alg, &[0x0000_0140, 0x0000_0144, 0x0000_017b]),
            right[..19].to_vec(),
            Vec::new(),
        ] {
            let forged = Forged::command_audit(alg, &digest, &signed);
            // Nobody asks which they are.
            forged.verify(&CommandAudit::new()).unwrap();
            let problem = AuditProblem::Commands {
                computed: Excerpt::new(&right),
                signed: Excerpt::new(&signed),
            };
            refused(forged.verify(&kind), problem);
            // Whatever was run.
            refused(forged.verify(&kind.digest(b"")), problem);
        }
    }
}

#[test]
fn no_command_is_a_list_of_commands() {
    let none = CommandAudit::new().commands(&[]);
    let forged = Forged::command_audit(SHA256, &[], &hash(SHA256, &[]));
    forged.verify(&none).unwrap();
    let forged = Forged::command_audit(SHA256, &[], &digest_of(SHA256, &COMMANDS));
    let problem = AuditProblem::Commands {
        computed: Excerpt::new(&hash(SHA256, &[])),
        signed: Excerpt::new(&digest_of(SHA256, &COMMANDS)),
    };
    refused(forged.verify(&none), problem);
}

/// The digest of what was run needs no hash, if the caller has computed it.
#[test]
fn list_of_commands_by_a_hash_that_is_not_known_is_unsupported() {
    let forged = Forged::command_audit(SM3, &[7; 32], &[8; 32]);
    forged.verify(&CommandAudit::new()).unwrap();
    forged
        .verify(&CommandAudit::new().digest(&[7; 32]))
        .unwrap();
    let problem = AuditProblem::HashUnsupported(TpmAlgId(SM3));
    let kind = CommandAudit::new().commands(&COMMANDS);
    refused(forged.verify(&kind), problem);
    refused(forged.verify(&kind.digest(&[9; 32])), problem);
}

/// Part 1, 35: the new digest is that of the old one, `cpHash` and `rpHash`. Part 1,
/// 16.7 and 16.8: `cpHash` is over code, names and parameters, `rpHash` over the answer's
/// code, that of the command, and parameters.
#[test]
fn audit_digest_is_extended_with_each_command() {
    for (alg, id, len) in [
        (SHA1, TpmAlgId::SHA1, 20),
        (SHA256, TpmAlgId::SHA256, 32),
        (SHA384, TpmAlgId::SHA384, 48),
        (SHA512, TpmAlgId::SHA512, 64),
    ] {
        let mut digest = AuditDigest::new(id).unwrap();
        let mut expected = vec![0; len];
        assert_eq!((digest.hash(), digest.as_ref()), (id, &expected[..]));

        let object = name_of(SHA256, "an object");
        let names = [
            Name::of_handle(TpmHandle::RH_OWNER),
            Name::new(Tpm2bName::new(&object).unwrap()),
        ];
        for (code, names, command, answer) in [
            (0x0000_017b_u32, &names[..0], &[0, 8][..], &[0, 1, 0xaa][..]),
            (0x0000_0120, &names[..], &[1, 2, 3], &[]),
            (0x0000_0145, &names[..1], &[], &[7; 100]),
        ] {
            let named: Vec<u8> = names
                .iter()
                .flat_map(|name| name.as_ref().to_vec())
                .collect();
            let cp_hash = hash(alg, &[&code.to_be_bytes()[..], &named, command].concat());
            let success = [0; 4];
            let rp_hash = hash(alg, &[&success[..], &code.to_be_bytes(), answer].concat());
            let computed = AuditDigest::cp_hash(id, code, names, command).unwrap();
            assert_eq!(computed.as_ref(), cp_hash);
            let computed = AuditDigest::rp_hash(id, code, answer).unwrap();
            assert_eq!(computed.as_ref(), rp_hash);

            expected = hash(alg, &[&expected[..], &cp_hash, &rp_hash].concat());
            digest.extend(&cp_hash, &rp_hash);
            assert_eq!(digest.as_ref(), expected);
        }
        Forged::session_audit(true, &expected)
            .verify(&SessionAudit::new().digest(&digest))
            .unwrap();
    }
}

#[test]
fn there_is_no_audit_digest_by_a_hash_that_is_not_known() {
    for hash in [TpmAlgId(SM3), TpmAlgId::NULL] {
        assert_eq!(AuditDigest::new(hash), None);
        assert!(AuditDigest::cp_hash(hash, 0x0000_017b, &[], &[]).is_none());
        assert!(AuditDigest::rp_hash(hash, 0x0000_017b, &[]).is_none());
        assert!(AuditDigest::of_commands(hash, &COMMANDS).is_none());
    }
}
