//! A machine with a lasting key, which vouches for a key that was made for one request,
//! and of which a test changes one thing.

use base64ct::{Base64, Encoding as _};
use serde_json::{Value, json};
use tpm_quote::{
    Appraisal, Attestation, AttestationKey, CheckState, Error, KeyTrust, Nonce, ResponsePolicy,
    Scratch, Tier, Tpm2bPublic, TpmAttestation, Unmarshal, Verifier,
    evidence::Form,
    types::Tpm2bCreationData,
    verify::{Anchor, SignedAttest},
    verify_response,
};

use super::{
    forge::{Key, Quote, SHA256, Secret, hash, sized},
    said::{Said, said},
    scene::{AlwaysYes, Scene},
};

const PARENT: &[u8] = b"\x00\x0bqualified name of the parent...."; // a name by SHA-256

/// The qualified name of the object with this name below that parent (Part 1, 26.5).
pub fn qualified(parent: &[u8], name: &[u8]) -> Vec<u8> {
    let alg = u16::from_be_bytes([name[0], name[1]]);
    [&name[..2], &hash(alg, &[parent, name].concat())].concat()
}

/// What a TPM signed, and the signature.
#[derive(Clone)]
pub struct Signed {
    pub attest: Vec<u8>,
    pub signature: Vec<u8>,
}

impl Signed {
    pub fn by(key: &Key, attest: Vec<u8>) -> Self {
        let signature = key.sign(&attest);
        Self { attest, signature }
    }

    pub fn borrowed(&self) -> SignedAttest<'_> {
        SignedAttest {
            attest: &self.attest,
            signature: &self.signature,
        }
    }
}

/// What a key came out as: its trust, and the qualified name that its anchor tells.
pub type Anchored = (KeyTrust, Option<Vec<u8>>);

#[derive(Clone)]
pub struct Machine {
    /// The key that the verifier trusts, and whether its name is pinned.
    pub trusted: Key,
    pub is_pinned: bool,
    /// The key that signs for the fresh one.
    pub certifier: Key,
    /// Its qualified name.
    pub signer: Vec<u8>,
    pub fresh: Key,
    /// Replaces the public area of the fresh key.
    pub public: Option<Vec<u8>>,
    /// The name that is signed for it.
    pub subject: Vec<u8>,
    /// The qualified name that is signed for it.
    pub qualified_name: Vec<u8>,
    /// The nonce that is signed with that, and the one that the verifier expects.
    pub signed_nonce: Vec<u8>,
    pub nonce: Vec<u8>,
}

impl Machine {
    /// In which all is well.
    pub fn new() -> Self {
        Self::with(Key::p384(SHA256), Key::p256(SHA256))
    }

    /// With these two keys.
    pub fn with(trusted: Key, fresh: Key) -> Self {
        Self {
            certifier: trusted.clone(),
            signer: qualified(PARENT, &trusted.name()),
            trusted,
            is_pinned: true,
            subject: fresh.name(),
            qualified_name: qualified(PARENT, &fresh.name()),
            public: None,
            fresh,
            signed_nonce: (0x80..0x90).collect(),
            nonce: (0x80..0x90).collect(),
        }
    }

    /// Gives the fresh key another public area, and vouches for that.
    pub fn change_and_certify(&mut self, change: impl FnOnce(&mut Key)) {
        change(&mut self.fresh);
        self.subject = self.fresh.name();
        self.qualified_name = qualified(PARENT, &self.subject);
    }

    /// Head of a `TPMS_ATTEST`, and its body.
    pub fn attest(&self, kind: u16, body: &[u8]) -> Vec<u8> {
        let head = [&[0xff, 0x54, 0x43, 0x47][..], &kind.to_be_bytes()].concat();
        let names = [sized(&self.signer), sized(&self.signed_nonce)].concat();
        let clock = [&[0, 0, 0, 0, 0, 0, 0, 9][..], &[0; 8], &[1], &[0; 8]].concat();
        [&head[..], &names, &clock, body].concat()
    }

    /// `TPM2_Certify`.
    pub fn certification(&self) -> Signed {
        let body = [sized(&self.subject), sized(&self.qualified_name)].concat();
        Signed::by(&self.certifier, self.attest(0x8017, &body))
    }

    /// `TPMS_CREATION_DATA`.
    pub fn creation_data(&self) -> Vec<u8> {
        [
            &[0, 0, 0, 0][..],          // no PCR
            &sized(&hash(SHA256, b"")), // their digest
            &[1, 0x00, 0x0b],           // locality, parentNameAlg
            &sized(&[&[0, 0x0b][..], &[3; 32]].concat()),
            &sized(PARENT),
            &sized(b""), // outsideInfo
        ]
        .concat()
    }

    /// `TPM2_CertifyCreation`.
    pub fn creation(&self) -> Signed {
        let digest = hash(self.fresh.name_alg, &self.creation_data());
        let body = [sized(&self.subject), sized(&digest)].concat();
        Signed::by(&self.certifier, self.attest(0x801a, &body))
    }

    /// A quote by the fresh key, with the name that is signed for it.
    pub fn scene(&self) -> Scene {
        let mut scene = Scene::by(self.fresh.clone());
        scene.quote.qualified_signer = self.qualified_name.clone();
        scene
    }

    /// The same as something that the certifier signed.
    pub fn quote(&self) -> Signed {
        let quote = Quote {
            qualified_signer: self.signer.clone(),
            extra_data: self.signed_nonce.clone(),
            ..self.scene().quote
        };
        Signed::by(&self.certifier, quote.bytes())
    }

    fn public(&self) -> Vec<u8> {
        self.public.clone().unwrap_or_else(|| self.fresh.public())
    }

    /// Calls `test` with the key that the verifier trusts.
    pub fn with_trusted<T>(&self, test: impl FnOnce(&AttestationKey<'_>) -> T) -> T {
        let public = self.trusted.public();
        let public = Tpm2bPublic::from_bytes(&public).unwrap();
        let key = match self.is_pinned {
            true => AttestationKey::pinned(&public, &[self.trusted.name()]),
            false => AttestationKey::self_asserted(&public),
        };
        test(&key.unwrap())
    }

    pub fn certified_by(&self, signed: &Signed) -> Result<Anchored, Error> {
        self.with_fresh(|public, trusted, nonce| {
            AttestationKey::certified_by(public, &signed.borrowed(), trusted, nonce)
                .map(|key| seen(&key))
        })
    }

    /// With a verifier that takes any key and any signature.
    pub fn by_any_signature(&self, signed: &Signed) -> Result<Anchored, Error> {
        self.with_fresh(|public, trusted, nonce| {
            let verifier = Verifier::new().crypto(&AlwaysYes);
            let key = verifier.certified_by(public, &signed.borrowed(), trusted, nonce);
            key.map(|key| seen(&key))
        })
    }

    pub fn created_under(&self, signed: &Signed, data: &[u8]) -> Result<Anchored, Error> {
        let data = sized(data);
        let data = Tpm2bCreationData::from_bytes(&data).unwrap();
        self.with_fresh(|public, trusted, nonce| {
            AttestationKey::created_under(public, &data, &signed.borrowed(), trusted, nonce)
                .map(|key| seen(&key))
        })
    }

    /// Calls `test` with the fresh key, the trusted one and the expected nonce.
    pub fn with_fresh<T>(
        &self,
        test: impl FnOnce(&Tpm2bPublic<'_>, &AttestationKey<'_>, Nonce) -> T,
    ) -> T {
        let public = self.public();
        let public = Tpm2bPublic::from_bytes(&public).expect("the public area can be read");
        self.with_trusted(|trusted| test(&public, trusted, Nonce::exact(&self.nonce).unwrap()))
    }

    /// The `tpm_attestation` of a response, with a quote of the scene.
    pub fn block_of(&self, scene: &Scene) -> Value {
        let attest = scene.attest();
        json!({
            "is_available": true,
            "pcr_banks": "sha256:0,7,10",
            "pcr_values": {"sha256": {
                "0": "10".repeat(32), "7": "17".repeat(32), "10": "1a".repeat(32),
            }},
            "aik_pubkey_b64": base64(&self.public()),
            "quote_b64": base64(&sized(&attest)),
            "signature_b64": base64(&self.fresh.sign(&attest)),
        })
    }

    /// With a certification in it.
    pub fn block(&self, signed: &Signed) -> Value {
        let mut block = self.block_of(&self.scene());
        block["aik_certify_b64"] = base64(&sized(&signed.attest)).into();
        block["aik_certify_signature_b64"] = base64(&signed.signature).into();
        block
    }

    /// What comes of a block by a policy that has the nonce of the scene, and the trusted
    /// key as the one that has to certify.
    pub fn verify(
        &self,
        block: &Value,
        change: impl for<'p> FnOnce(ResponsePolicy<'p>) -> ResponsePolicy<'p>,
    ) -> Result<KeyTrust, Error> {
        self.with_trusted(|trusted| {
            let nonce = Nonce::exact(&self.nonce).unwrap();
            let policy = policy().certified_by_with_nonce(trusted, nonce);
            verify_block(block, &change(policy))
        })
    }

    /// Every way to have the fresh key vouched for has to end with this error.
    #[track_caller]
    pub fn refused(&self, expected: impl Into<Said>) {
        let expected = expected.into();
        let (certified, created) = (self.certification(), self.creation());
        let data = self.creation_data();
        let refused = Err(expected);
        assert_eq!(self.certified_by(&certified).map_err(said), refused);
        assert_eq!(self.created_under(&created, &data).map_err(said), refused);
        let expected = Err(expected);
        let of_response = self.verify(&self.block(&certified), |p| p);
        assert_eq!(of_response.map_err(said), expected);
        let block = self.block_of(&self.scene());
        let data = sized(&data);
        let data = Tpm2bCreationData::from_bytes(&data).unwrap();
        self.with_fresh(|public, trusted, nonce| {
            let given = policy().certified_by_with_nonce(trusted, nonce);
            let anchor = Anchor::new().certified_by(trusted, nonce);
            let (certified, created) = (certified.borrowed(), created.borrowed());
            for (policy, anchor) in [
                (
                    given.certification(&certified),
                    anchor.certification(&certified),
                ),
                (
                    given.certification_of_creation(&created, &data),
                    anchor.certification(&created).creation(&data),
                ),
            ] {
                assert_eq!(verify_block(&block, &policy).map_err(said), expected);
                let appraisal = Verifier::new().appraise_key(public, &anchor);
                let found = says(&appraisal);
                assert_eq!(found.map(|key| key.trust()), expected);
            }
        });
    }
}

/// The verified value of an appraisal, or what its error says: the check that fails is the
/// failing one in the list of checks as well, and none behind it was reached.
#[track_caller]
pub fn says<'t, T>(appraisal: &'t Appraisal<'_, T>) -> Result<&'t T, Said> {
    let failed = appraisal
        .checks()
        .filter(|(_, state)| matches!(state, CheckState::Failed | CheckState::Unsupported));
    let failed: Vec<_> = failed.map(|(check, _)| check).collect();
    match (appraisal.value(), appraisal.error()) {
        (Some(value), None) => {
            assert_eq!(failed, []);
            Ok(value)
        }
        (None, Some(error)) => {
            assert_eq!(failed, [error.check()]);
            Err(said(*error))
        }
        _ => panic!("either a value or an error"),
    }
}

/// A policy with the nonce of a scene.
pub fn policy() -> ResponsePolicy<'static> {
    let nonce: Vec<u8> = (0x80..0x90).collect();
    ResponsePolicy::with_nonce(Nonce::exact(&nonce).unwrap())
}

pub fn response(block: &Value) -> String {
    json!({"_metadata": {"tpm_attestation": block}}).to_string()
}

/// The appraisal of a response says the same as its verification.
pub fn verify_block(block: &Value, policy: &ResponsePolicy<'_>) -> Result<KeyTrust, Error> {
    let text = response(block);
    let mut scratch = Scratch::new();
    let trust = verify_response(&text, policy, &mut scratch).map(|quote| quote.key_trust());
    let mut scratch = Scratch::new();
    let read = TpmAttestation::from_json(text.as_bytes(), Form::Response, &mut scratch);
    let appraisal = Verifier::new().appraise_response(read, policy, Tier::Maximum);
    let appraised = says(&appraisal).map(|attestation| match attestation {
        Attestation::Verified(quote) => quote.key_trust(),
        Attestation::Unavailable => panic!("the tier maximum requires a quote"),
    });
    assert_eq!(appraised, trust.map_err(said));
    trust
}

fn seen(key: &AttestationKey<'_>) -> Anchored {
    let name = key.qualified_name();
    (key.trust(), name.map(|name| name.as_ref().to_vec()))
}

pub fn base64(bytes: &[u8]) -> String {
    let mut room = vec![0; bytes.len() * 2 + 4];
    Base64::encode(bytes, &mut room).unwrap().to_owned()
}

/// Another key of the kind of the trusted one.
pub fn stranger() -> Key {
    let mut key = Key::p384(SHA256);
    key.secret = Secret::P384(p384::ecdsa::SigningKey::from_slice(&[0x24; 48]).unwrap());
    key
}
