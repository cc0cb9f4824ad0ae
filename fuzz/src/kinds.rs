//! The other kinds of attestation, behind a verifier that always says yes: what is
//! attested is made to fit, and then one byte of it may be another.

use tpm_quote::{
    Nonce, Problem, Tpm2bPublic, TpmAlgId, Unmarshal, Verifier,
    report::Reportable,
    types::{Tpm2bCreationData, Tpm2bNvPublic, TpmSt},
    verify::{
        AttestPolicy, Certify, CommandAudit, Creation, Either, EitherFacts, Kind, Nv, NvDigest,
        SessionAudit, SignedAttest, Time, Verified, error::AttestProblem,
    },
};

use crate::{
    appraisal::{reported, states_are_consistent},
    codec::explain,
    engines::Yes,
    parts::{Input, KEYS, hash, signature_of, signer_of},
};

const NONCE: [u8; 16] = [0xaa; 16];
const TAGS: [TpmSt; 7] = [
    TpmSt::ATTEST_CERTIFY,
    TpmSt::ATTEST_CREATION,
    TpmSt::ATTEST_TIME,
    TpmSt::ATTEST_SESSION_AUDIT,
    TpmSt::ATTEST_COMMAND_AUDIT,
    TpmSt::ATTEST_NV,
    TpmSt::ATTEST_NV_DIGEST,
];

/// An attestation of any kind but a quote.
pub fn kinds(data: &[u8]) {
    let made = Made::new(data);
    let accepted = made.verify_as_each();
    assert!(accepted.len() <= 1, "{accepted:?}");
    // What was made to fit fits, and as itself alone.
    if let (true, Some(tag)) = (made.change == 0, made.fits) {
        assert_eq!(accepted, [tag]);
    }
}

/// Whether it is accepted, as whatever it is.
pub fn is_attested(data: &[u8]) -> bool {
    !Made::new(data).verify_as_each().is_empty()
}

struct Made<'a> {
    attest: Vec<u8>,
    signature: Vec<u8>,
    change: u8,
    /// The kind that it is, if it was made so that it is accepted.
    fits: Option<TpmSt>,
    /// A public area, of an object or of an NV index.
    area: &'a [u8],
    /// Creation data, or contents.
    about: &'a [u8],
}

fn sized(bytes: &[u8]) -> Vec<u8> {
    let size = u16::try_from(bytes.len()).expect("short");
    [&size.to_be_bytes(), bytes].concat()
}

/// A name, by the hash that a public area has at this place.
fn name(area: &[u8], at: usize) -> Option<Vec<u8>> {
    let id = area.get(at..at + 2)?;
    let alg = TpmAlgId(u16::from_be_bytes([id[0], id[1]]));
    let known = [
        TpmAlgId::SHA1,
        TpmAlgId::SHA256,
        TpmAlgId::SHA384,
        TpmAlgId::SHA512,
    ];
    known
        .contains(&alg)
        .then(|| [id, &hash(alg, area)].concat())
}

impl<'a> Made<'a> {
    fn new(data: &'a [u8]) -> Self {
        let mut input = Input(data);
        let tag = TAGS[usize::from(input.byte()) % TAGS.len()];
        let change = input.byte();
        let place = usize::from(u16::from_be_bytes([input.byte(), input.byte()]));
        let area = input.long();
        let about = input.long();
        let rest = input.0;
        let (body, fits) = body(tag, area, about, rest);
        let mut attest = [
            &b"\xffTCG"[..],
            &tag.0.to_be_bytes(),
            &sized(&signer_of(KEYS[0])),
            &sized(&NONCE),
            &[0; 16],
            &[1],
            &[0; 8],
            &body,
        ]
        .concat();
        let len = attest.len();
        attest[place % len] ^= change;
        Self {
            attest,
            signature: signature_of(TpmAlgId::ECDSA, TpmAlgId::SHA256),
            change,
            fits: fits.then_some(tag),
            area,
            about,
        }
    }

    /// The kinds as which it is accepted.
    fn verify_as_each(&self) -> Vec<TpmSt> {
        let mut accepted = vec![];
        let (object_name, index_name) = (name(self.area, 2), name(self.area, 4));
        if let Ok(object) = Tpm2bPublic::from_unsized(self.area) {
            self.verify_as(&Certify::of(&object), TAGS[0], &mut accepted, |facts| {
                assert_eq!(Some(facts.name.bytes()), object_name.as_deref());
            });
            if let Ok(data) = Tpm2bCreationData::from_unsized(self.about) {
                let kind = Creation::of(&object, &data);
                self.verify_as(&kind, TAGS[1], &mut accepted, |facts| {
                    assert_eq!(Some(facts.name.as_ref()), object_name.as_deref());
                    let digest = hash(object.value().name_alg, self.about);
                    assert!(self.attest.ends_with(&sized(&digest)));
                });
            }
        }
        self.verify_as(&Time, TAGS[2], &mut accepted, |facts| {
            assert!(self.attest.ends_with(&facts.firmware_version.to_be_bytes()));
        });
        self.verify_as(&SessionAudit::new(), TAGS[3], &mut accepted, |facts| {
            assert!(self.attest.ends_with(facts.session_digest.bytes()));
        });
        self.verify_as(&CommandAudit::new(), TAGS[4], &mut accepted, |facts| {
            assert!(self.attest.ends_with(facts.command_digest.bytes()));
        });
        if let Ok(index) = Tpm2bNvPublic::from_unsized(self.area) {
            let size = usize::from(index.value().data_size);
            let before = accepted.len();
            self.verify_as(&Nv::of(&index), TAGS[5], &mut accepted, |facts| {
                assert_eq!(Some(facts.index_name.bytes()), index_name.as_deref());
                let contents = facts.nv_contents.bytes();
                assert!(usize::from(facts.offset) + contents.len() <= size);
                assert!(self.attest.ends_with(contents));
            });
            let kind = NvDigest::of(&index).contents(self.about);
            self.verify_as(&kind, TAGS[6], &mut accepted, |facts| {
                assert_eq!(Some(facts.index_name.bytes()), index_name.as_deref());
                assert_eq!(facts.nv_digest.bytes(), hash(TpmAlgId::SHA256, self.about));
            });
            // Whatever one of two kinds accepts, either of them does, and nothing else.
            let either = Either(Nv::of(&index), kind);
            let tag = TpmSt(u16::from_be_bytes([self.attest[4], self.attest[5]]));
            let mut again = vec![];
            self.verify_as(&either, tag, &mut again, |facts| {
                let is_first = matches!(facts, EitherFacts::First(_));
                assert_eq!(is_first, tag == TAGS[5]);
            });
            assert_eq!(again, accepted[before..]);
        }
        accepted
    }

    fn verify_as<'b, K>(
        &'b self,
        kind: &K,
        tag: TpmSt,
        accepted: &mut Vec<TpmSt>,
        holds: impl FnOnce(&K::Facts),
    ) where
        K: Kind<'b>,
        Verified<'b, K::Facts>: Reportable,
    {
        let public = Tpm2bPublic::from_bytes(KEYS[0]).expect("a key");
        let verifier = Verifier::new().crypto(&Yes);
        let key = verifier.self_asserted(&public).expect("an attestation key");
        let signed = SignedAttest {
            attest: &self.attest,
            signature: &self.signature,
        };
        let verify = |nonce: &[u8]| {
            let policy = AttestPolicy::new(Nonce::exact(nonce).expect("a nonce"));
            let policy = policy.dangerous_allow_sha1_names();
            let result = verifier.attest(&key, &signed, kind, &policy);
            let appraisal = verifier.appraise_attest(key, &signed, kind, &policy);
            states_are_consistent(&appraisal);
            assert_eq!(appraisal.error(), result.as_ref().err());
            assert_eq!(
                appraisal.value().map(|verified| verified.nonce()),
                result.as_ref().ok().map(|verified| verified.nonce())
            );
            if result.is_ok() {
                reported(&appraisal);
            }
            result
        };
        match verify(&NONCE) {
            Ok(verified) => {
                assert_eq!(self.attest[4..6], tag.0.to_be_bytes());
                assert_eq!(verified.nonce(), NONCE);
                holds(verified.facts());
                accepted.push(tag);
                let mut other = NONCE;
                other[15] ^= 1;
                assert!(matches!(
                    verify(&other).err().as_ref().map(|error| error.problem()),
                    Some(Problem::Attest(AttestProblem::Nonce { .. }))
                ));
            }
            Err(error) => explain(&error),
        }
    }
}

/// What is attested, and whether it has to be accepted.
fn body(tag: TpmSt, area: &[u8], about: &[u8], rest: &[u8]) -> (Vec<u8>, bool) {
    let object = Tpm2bPublic::from_unsized(area).ok().and(name(area, 2));
    let index = Tpm2bNvPublic::from_unsized(area).ok();
    let index_name = index.as_ref().and(name(area, 4));
    let raw = || (rest.to_vec(), false);
    match (tag, object, index_name) {
        (TpmSt::ATTEST_CERTIFY, Some(name), _) => {
            let mut qualified = name.clone();
            qualified[2..].fill(0x5a);
            ([sized(&name), sized(&qualified)].concat(), true)
        }
        (TpmSt::ATTEST_CREATION, Some(name), _) => {
            let alg = TpmAlgId(u16::from_be_bytes([name[0], name[1]]));
            let fits = Tpm2bCreationData::from_unsized(about).is_ok();
            ([sized(&name), sized(&hash(alg, about))].concat(), fits)
        }
        (TpmSt::ATTEST_NV, _, Some(name)) => {
            let offset = rest.first().copied().unwrap_or(0);
            let contents = &about[..about.len().min(2048)];
            let size = index.map_or(0, |index| usize::from(index.value().data_size));
            let fits = usize::from(offset) + contents.len() <= size;
            let body = [sized(&name), vec![0, offset], sized(contents)].concat();
            (body, fits)
        }
        (TpmSt::ATTEST_NV_DIGEST, _, Some(name)) => {
            let digest = hash(TpmAlgId::SHA256, about);
            ([sized(&name), sized(&digest)].concat(), true)
        }
        (TpmSt::ATTEST_TIME, ..) => {
            let mut body = [0; 33];
            body.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
            body[24] &= 1; // safe
            (body.to_vec(), true)
        }
        (TpmSt::ATTEST_SESSION_AUDIT, ..) => {
            let digest = &rest[..rest.len().min(64)];
            ([vec![1], sized(digest)].concat(), true)
        }
        (TpmSt::ATTEST_COMMAND_AUDIT, ..) => {
            let digest = &rest[..rest.len().min(64)];
            let head = [0, 0, 0, 0, 0, 0, 0, 7, 0, 0x0b];
            ([&head[..], &sized(digest), &sized(digest)].concat(), true)
        }
        _ => raw(),
    }
}
