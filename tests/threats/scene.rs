//! Evidence that verifies, and of which a test changes one thing.

use tpm_quote::{
    AttestationKey, Baseline, BaselineEntry, Check, Error, Evidence, KeyTrust, Nonce, Pcr, PcrSet,
    PcrValue, QuotePolicy, Tpm2bAttest, Tpm2bPublic, TpmAlgId, Unmarshal, Verifier,
    crypto::{PublicKey, Signature, SignatureError, SignatureVerifier},
    verify::{ClockPolicy, KeyRules},
    verify_quote,
};

#[cfg(feature = "boot-log")]
use tpm_quote::{
    VerifiedQuote,
    log::{Logs, Replay},
};

use super::{
    forge::{ECDSA, Key, Quote, SHA256, bitmap, hash, sized},
    said::{Said, said},
};

/// A key, what it signs, and what the verifier knows.
#[derive(Clone)]
pub struct Scene {
    pub key: Key,
    pub quote: Quote,
    /// Bank, index, value.
    pub values: Vec<(u16, u8, Vec<u8>)>,
    pub nonce: Vec<u8>,
    pub required: String,
    pub rules: KeyRules,
    pub sha1_signatures: bool,
    /// Whether something has to vouch for the key.
    pub anchored_key: bool,
    pub baseline: Vec<(u16, u8, Vec<Vec<u8>>)>,
    /// Replaces the public area that the key makes of itself.
    pub public: Option<Vec<u8>>,
    /// Replaces the signature of the key over the quote.
    pub signature: Option<Vec<u8>>,
    /// Replaces the bytes of the quote; the key signs these.
    pub attest: Option<Vec<u8>>,
}

/// What came of a scene that verified.
#[derive(Debug, PartialEq, Eq)]
pub struct Seen {
    pub trust: KeyTrust,
    pub pcrs: Vec<(u16, u8, Vec<u8>)>,
}

impl Scene {
    /// A quote of sha256:0,7,10 by this key.
    pub fn by(key: Key) -> Self {
        let values = [0, 7, 10].map(|index| (SHA256, index, vec![index + 0x10; 32]));
        Self::with_values(key, values.to_vec())
    }

    /// A quote of these values, in banks as they come.
    pub fn with_values(key: Key, values: Vec<(u16, u8, Vec<u8>)>) -> Self {
        let mut scene = Self {
            quote: Quote {
                magic: 0xff54_4347,
                kind: 0x8018,
                qualified_signer: [
                    &key.name_alg.to_be_bytes()[..],
                    &hash(key.name_alg, b"a parent and the name"),
                ]
                .concat(),
                extra_data: (0x80..0x90).collect(),
                clock: 0x0102_0304_0506,
                reset_count: 3,
                restart_count: 1,
                safe: 1,
                firmware_version: 0x2019_1023_0016_3636,
                selections: Vec::new(),
                pcr_digest: Vec::new(),
            },
            nonce: (0x80..0x90).collect(),
            required: String::new(),
            rules: KeyRules::new(),
            sha1_signatures: false,
            anchored_key: false,
            baseline: Vec::new(),
            public: None,
            signature: None,
            attest: None,
            values,
            key,
        };
        scene.select_values();
        scene.required = scene.named();
        scene
    }

    /// Selects and digests exactly the values, in their order.
    pub fn select_values(&mut self) {
        let mut selections: Vec<(u16, Vec<u8>)> = Vec::new();
        for (bank, index, _) in &self.values {
            let map = bitmap(&[*index]);
            match selections.iter_mut().find(|(known, _)| known == bank) {
                Some((_, known)) => (0..3).for_each(|i| known[i] |= map[i]),
                None => selections.push((*bank, map)),
            }
        }
        self.quote.selections = selections;
        self.digest_values();
    }

    /// Puts the digest of all values, as they stand, into the quote.
    pub fn digest_values(&mut self) {
        let all: Vec<u8> = self.values.iter().flat_map(|(_, _, v)| v.clone()).collect();
        self.quote.pcr_digest = hash(self.key.hash, &all);
    }

    /// The selection as text.
    fn named(&self) -> String {
        let mut banks: Vec<(&str, Vec<String>)> = Vec::new();
        for (bank, index, _) in &self.values {
            let name = match bank {
                0x04 => "sha1",
                0x0b => "sha256",
                0x0c => "sha384",
                0x0d => "sha512",
                other => panic!("no bank {other:04x}"),
            };
            match banks.iter_mut().find(|(known, _)| *known == name) {
                Some((_, indices)) => indices.push(index.to_string()),
                None => banks.push((name, vec![index.to_string()])),
            }
        }
        let banks = banks
            .iter()
            .map(|(name, i)| format!("{name}:{}", i.join(",")));
        banks.collect::<Vec<_>>().join("+")
    }

    /// The bytes that are signed.
    pub fn attest(&self) -> Vec<u8> {
        self.attest.clone().unwrap_or_else(|| self.quote.bytes())
    }

    pub fn verify(&self) -> Result<Seen, Error> {
        self.verify_with(None)
    }

    /// With the key pinned to these names.
    pub fn verify_pinned(&self, names: &[Vec<u8>]) -> Result<Seen, Error> {
        self.verify_with(Some(names))
    }

    fn verify_with(&self, names: Option<&[Vec<u8>]>) -> Result<Seen, Error> {
        let public = self.public.clone().unwrap_or_else(|| self.key.public());
        let public = Tpm2bPublic::from_bytes(&public).expect("the public area can be read");
        let verifier = Verifier::new().key_rules(self.rules);
        let key = match names {
            Some(names) => verifier.pinned(&public, names)?,
            None => verifier.self_asserted(&public)?,
        };
        self.verify_by(&key)
    }

    /// With a verifier that always says yes, which is fast.
    pub fn verify_without_signature(&self) -> Result<(), Error> {
        let public = self.key.public();
        let public = Tpm2bPublic::from_bytes(&public).unwrap();
        let verifier = Verifier::new().crypto(&AlwaysYes).key_rules(self.rules);
        let key = verifier.self_asserted(&public)?;
        let values: Vec<PcrValue<'_>> = self.pcr_values();
        let evidence = Evidence {
            attest: &self.attest(),
            signature: &[&ECDSA.to_be_bytes()[..], &[0, 0x0b, 0, 0, 0, 0]].concat()[..],
            pcrs: &values,
        };
        let policy = QuotePolicy::new(
            Nonce::exact(&self.nonce).unwrap(),
            PcrSet::parse(&self.required).unwrap(),
        );
        verifier.quote(&key, &evidence, &policy).map(|_| ())
    }

    /// Replays logs, behind a verifier that always says yes.
    #[cfg(feature = "boot-log")]
    pub fn replay<'l>(&self, logs: &Logs<'l>) -> Result<Replay<'l>, Error> {
        self.verified(|quote| quote.replay(logs))
    }

    /// The quote, behind the same verifier.
    #[cfg(feature = "boot-log")]
    pub fn verified<T>(
        &self,
        then: impl FnOnce(&VerifiedQuote<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let public = self.key.public();
        let public = Tpm2bPublic::from_bytes(&public).unwrap();
        let verifier = Verifier::new().crypto(&AlwaysYes);
        let key = verifier.self_asserted(&public)?;
        let values: Vec<PcrValue<'_>> = self.pcr_values();
        let evidence = Evidence {
            attest: &self.attest(),
            signature: &[&ECDSA.to_be_bytes()[..], &[0, 0x0b, 0, 0, 0, 0]].concat()[..],
            pcrs: &values,
        };
        let policy = QuotePolicy::dangerous_any_pcrs(Nonce::exact(&self.nonce).unwrap());
        then(&verifier.quote(&key, &evidence, &policy)?)
    }

    pub fn pcr_values(&self) -> Vec<PcrValue<'_>> {
        let values = self.values.iter();
        values
            .map(|(bank, index, digest)| PcrValue {
                bank: TpmAlgId(*bank),
                index: *index,
                digest,
            })
            .collect()
    }

    pub fn verify_by(&self, key: &AttestationKey<'_>) -> Result<Seen, Error> {
        self.verify_by_clock(key, ClockPolicy::new())
    }

    /// By a policy for the clock.
    pub fn verify_at(&self, clock: ClockPolicy<'_>) -> Result<Seen, Error> {
        let public = self.key.public();
        let public = Tpm2bPublic::from_bytes(&public).unwrap();
        self.verify_by_clock(&AttestationKey::self_asserted(&public)?, clock)
    }

    pub fn verify_by_clock(
        &self,
        key: &AttestationKey<'_>,
        clock: ClockPolicy<'_>,
    ) -> Result<Seen, Error> {
        let attest = sized(&self.attest());
        let attest = Tpm2bAttest::from_bytes(&attest).unwrap().bytes();
        let signature = self
            .signature
            .clone()
            .unwrap_or_else(|| self.key.sign(attest));
        let values = self.pcr_values();
        let good: Vec<Vec<&[u8]>> = self
            .baseline
            .iter()
            .map(|(_, _, good)| good.iter().map(Vec::as_slice).collect())
            .collect();
        let entries = self.baseline.iter().zip(&good);
        let entries: Vec<BaselineEntry<'_>> = entries
            .map(|((bank, index, _), good)| {
                let pcr = Pcr::new(TpmAlgId(*bank), *index)?;
                Ok(BaselineEntry::new(pcr, good))
            })
            .collect::<Result<_, Error>>()?;
        let mut policy = QuotePolicy::new(
            Nonce::exact(&self.nonce).unwrap(),
            PcrSet::parse(&self.required).unwrap(),
        )
        .clock(clock);
        if !entries.is_empty() {
            policy = policy.baseline(&Baseline::new(&entries)?);
        }
        if self.sha1_signatures {
            policy = policy.dangerous_allow_sha1_signatures();
        }
        if self.anchored_key {
            policy = policy.require_anchored_key();
        }
        let evidence = Evidence {
            attest,
            signature: &signature[..],
            pcrs: &values,
        };
        let quote = verify_quote(key, &evidence, &policy)?;
        Ok(Seen {
            trust: quote.key_trust(),
            pcrs: quote
                .pcrs()
                .map(|value| (value.bank.0, value.index, value.digest.to_vec()))
                .collect(),
        })
    }

    /// What is wrong with the scene; panics if it is accepted.
    #[track_caller]
    pub fn refusal(&self) -> Said {
        said(self.verify().expect_err("the evidence was accepted"))
    }

    /// The check that the scene fails; panics if it fails none.
    #[track_caller]
    pub fn failing_check(&self) -> Check {
        self.refusal().check
    }
}

/// Takes any signature for good, so that what stands behind it is reached.
pub struct AlwaysYes;

impl SignatureVerifier for AlwaysYes {
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
        Ok(())
    }
}
