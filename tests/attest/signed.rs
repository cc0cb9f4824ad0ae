//! An attestation and what belongs to it, ready to be verified as any kind.

use tpm_quote::{
    AttestationKey, Check, Error, Evidence, Nonce, PcrSet, Problem, QuotePolicy, Tpm2bPublic,
    Unmarshal,
    types::{Tpm2bCreationData, Tpm2bNvPublic, TpmSt},
    verify::{
        AttestPolicy, Certify, CommandAudit, Creation, Kind, Nv, NvDigest, Part, SessionAudit,
        SignedAttest, Time, Verified, error::AttestProblem, verify_attest,
    },
    verify_quote,
};

use crate::common::{Vector, attestations, hex, judge};

/// All kinds.
pub const KINDS: [TpmSt; 8] = [
    TpmSt::ATTEST_NV,
    TpmSt::ATTEST_COMMAND_AUDIT,
    TpmSt::ATTEST_SESSION_AUDIT,
    TpmSt::ATTEST_CERTIFY,
    TpmSt::ATTEST_QUOTE,
    TpmSt::ATTEST_TIME,
    TpmSt::ATTEST_CREATION,
    TpmSt::ATTEST_NV_DIGEST,
];

/// The attestation whose name begins like this: `attestation("001")`.
pub fn attestation(start: &str) -> Vector {
    let mut all = attestations().into_iter();
    all.find(|case| case.name.starts_with(start)).unwrap()
}

/// A key, what it signed, and the nonce that was asked for.
#[derive(Clone)]
pub struct Signed {
    /// A `TPM2B_PUBLIC`.
    pub public: Vec<u8>,
    /// A `TPMS_ATTEST`.
    pub attest: Vec<u8>,
    /// A `TPMT_SIGNATURE`.
    pub signature: Vec<u8>,
    pub nonce: Vec<u8>,
}

impl Signed {
    pub fn of(case: &Vector) -> Self {
        Self {
            public: case.file("ak.pub"),
            attest: case.file("attest"),
            signature: case.file("sig"),
            nonce: hex(case.json["attest"]["extraData"].as_str().unwrap()),
        }
    }

    pub fn nonce(&self) -> Nonce {
        Nonce::exact(&self.nonce).unwrap()
    }

    /// Its own nonce, and nothing else.
    pub fn policy(&self) -> AttestPolicy<'static> {
        AttestPolicy::new(self.nonce())
    }

    pub fn evidence(&self) -> SignedAttest<'_> {
        SignedAttest {
            attest: &self.attest,
            signature: &self.signature,
        }
    }

    /// Verifies it as evidence of a self-asserted key.
    pub fn verify<'a, K: Kind<'a>>(
        &'a self,
        kind: &K,
        policy: &AttestPolicy<'_>,
    ) -> Result<Verified<'a, K::Facts>, Error> {
        let public = Tpm2bPublic::from_bytes(&self.public).unwrap();
        let key = AttestationKey::self_asserted(&public).unwrap();
        let result = verify_attest(&key, &self.evidence(), kind, policy);
        self.ask_the_judge(result.as_ref().err().copied());
        result
    }

    /// A second judge says the same of the signature, if it was looked at.
    fn ask_the_judge(&self, error: Option<Error>) {
        let ours = match error {
            None => true,
            Some(error) => match (error.problem(), error.part()) {
                (Problem::Attest(AttestProblem::Signature), _) => false,
                (Problem::Structure(_), Part::Signed) => true,
                _ if error.check() < Check::Signature => return,
                _ => true,
            },
        };
        let key = judge::key(&self.public).expect("the key was accepted");
        let signature = judge::signature(&self.signature).expect("the signature was read");
        let judge = judge::holds(&key, &self.attest, &signature);
        assert_eq!(judge, ours, "the judge says another thing of the signature");
    }
}

/// What the kinds are about.
pub struct Subjects {
    /// `TPM2B_PUBLIC`.
    pub certified: Vec<u8>,
    /// `TPM2B_PUBLIC`.
    pub created: Vec<u8>,
    /// `TPM2B_CREATION_DATA`.
    pub creation: Vec<u8>,
    /// `TPM2B_NV_PUBLIC`.
    pub nv: Vec<u8>,
}

impl Subjects {
    /// Those of the case. What it does not have, another one lends: its type is to be
    /// refused before that is looked at.
    pub fn of(case: &Vector) -> Self {
        let file = |name: &str, lender: &str| {
            if case.has(name) {
                case.file(name)
            } else {
                attestation(lender).file(name)
            }
        };
        Self {
            certified: file("certified.pub", "001"),
            created: file("created.pub", "012"),
            creation: file("creation.data", "012"),
            nv: file("nv.public", "021"),
        }
    }

    /// What comes of the attestation as one of this kind.
    pub fn verify(&self, signed: &Signed, kind: TpmSt) -> Result<(), Error> {
        let policy = signed.policy();
        let object = |bytes| Tpm2bPublic::from_bytes(bytes).unwrap();
        let index = Tpm2bNvPublic::from_bytes(&self.nv).unwrap();
        match kind {
            TpmSt::ATTEST_CERTIFY => signed
                .verify(&Certify::of(&object(&self.certified)), &policy)
                .map(drop),
            TpmSt::ATTEST_CREATION => {
                let data = Tpm2bCreationData::from_bytes(&self.creation).unwrap();
                signed
                    .verify(&Creation::of(&object(&self.created), &data), &policy)
                    .map(drop)
            }
            TpmSt::ATTEST_TIME => signed.verify(&Time, &policy).map(drop),
            TpmSt::ATTEST_SESSION_AUDIT => signed.verify(&SessionAudit::new(), &policy).map(drop),
            TpmSt::ATTEST_COMMAND_AUDIT => signed.verify(&CommandAudit::new(), &policy).map(drop),
            TpmSt::ATTEST_NV => signed.verify(&Nv::of(&index), &policy).map(drop),
            TpmSt::ATTEST_NV_DIGEST => signed.verify(&NvDigest::of(&index), &policy).map(drop),
            TpmSt::ATTEST_QUOTE => {
                let public = object(&signed.public);
                let key = AttestationKey::self_asserted(&public).unwrap();
                let evidence = Evidence {
                    attest: &signed.attest,
                    signature: &signed.signature,
                    pcrs: &[],
                };
                let pcrs = PcrSet::parse("sha256:0").unwrap();
                let policy = QuotePolicy::new(signed.nonce(), pcrs);
                verify_quote(&key, &evidence, &policy).map(drop)
            }
            other => panic!("no kind {other}"),
        }
    }
}
