//! The parts that the input of [`quote`](crate::quote()) is made of. What the
//! fuzzer could not guess, such as a digest, is made to fit.

use std::collections::BTreeMap;

use sha1::{Digest as _, Sha1};
use sha2::{Sha256, Sha384, Sha512};
use tpm_quote::{
    AttestationKey, Check, Nonce, PcrSet, PcrValue, Problem, QuotePolicy, Tpm2bPublic, TpmAlgId,
    Unmarshal, Verifier,
    verify::{Anchor, KeyRules, error::AnchorProblem},
};

use crate::{codec::explain, engines::Yes};

// Bits of the first two bytes: what is taken as it stands in the input instead
// of being made so that it fits, and what the policy is.
const RAW_KEY: u16 = 1;
const RAW_SIGNATURE: u16 = 1 << 1;
const RAW_ATTEST: u16 = 1 << 2;
const RAW_SIGNER: u16 = 1 << 3;
const RAW_SELECTION: u16 = 1 << 4;
const RAW_DIGEST: u16 = 1 << 5;
const RAW_NONCE: u16 = 1 << 6;
const RAW_REQUIRED: u16 = 1 << 7;
pub(crate) const SHA1_SIGNATURES: u16 = 1 << 8;
const SHA1_NAMES: u16 = 1 << 9;
const RSA_1024: u16 = 1 << 10;
pub(crate) const PINNED: u16 = 1 << 11;
const ANCHORED: u16 = 1 << 12;
pub(crate) const BASELINE: u16 = 1 << 13;

pub(crate) const KEYS: [&[u8]; 5] = [
    include_bytes!("../../tests/data/cases/005-main-p256-ecdsa-sha256/ak.pub"),
    include_bytes!("../../tests/data/cases/004-main-rsa2048-rsassa-sha256/ak.pub"),
    include_bytes!("../../tests/data/cases/010-ak-rsa2048-rsapss-sha384/ak.pub"),
    include_bytes!("../../tests/data/cases/018-ak-ecc521-ecdsa-sha512/ak.pub"),
    include_bytes!("../../tests/data/cases/008-ak-rsa2048-rsassa-sha1/ak.pub"),
];

const BANKS: [u16; 10] = [0x0b, 0x04, 0x0c, 0x0d, 0x12, 0x27, 0x28, 0x29, 0x10, 0xffff];

#[derive(Clone)]
pub(crate) struct Value {
    pub(crate) bank: TpmAlgId,
    pub(crate) index: u8,
    pub(crate) digest: Vec<u8>,
}

impl Value {
    pub(crate) fn view(&self) -> PcrValue<'_> {
        PcrValue {
            bank: self.bank,
            index: self.index,
            digest: &self.digest,
        }
    }
}

/// What the input says, piece by piece.
pub(crate) struct Parts {
    flags: u16,
    public: Vec<u8>,
    pub(crate) signature: Vec<u8>,
    pub(crate) values: Vec<Value>,
    pub(crate) attest: Vec<u8>,
    pub(crate) nonce: Vec<u8>,
    required: Vec<u8>,
    pub(crate) good: Vec<Vec<u8>>,
}

impl Parts {
    pub(crate) fn new(data: &[u8]) -> Self {
        let mut input = Input(data);
        let flags = u16::from(input.byte()) | u16::from(input.byte()) << 8;
        let has = |flag| flags & flag != 0;
        let public = match has(RAW_KEY) {
            true => input.long().to_vec(),
            false => KEYS[usize::from(input.byte()) % KEYS.len()].to_vec(),
        };
        let (scheme, hash_alg) = scheme_of(&public);
        let signature = match has(RAW_SIGNATURE) {
            true => input.long().to_vec(),
            false => signature_of(scheme, hash_alg),
        };
        let values: Vec<Value> = (0..input.byte()).map(|_| input.value()).collect();
        let made_nonce = match input.short() {
            [] => vec![0xaa; 16],
            nonce => nonce.to_vec(),
        };
        let attest = match has(RAW_ATTEST) {
            true => input.long().to_vec(),
            false => {
                let signer = match has(RAW_SIGNER) {
                    true => input.short().to_vec(),
                    false => signer_of(&public),
                };
                let selection = match has(RAW_SELECTION) {
                    true => input.short().to_vec(),
                    false => selection_of(&values),
                };
                let digest = match has(RAW_DIGEST) {
                    true => input.short().to_vec(),
                    false => digest_of(&selection, &values, hash_alg),
                };
                attest_of(&signer, &made_nonce, &selection, &digest)
            }
        };
        let nonce = match (has(RAW_NONCE), Signed::read(&attest)) {
            (false, Some(signed)) => signed.nonce.to_vec(),
            _ => made_nonce,
        };
        let required = match has(RAW_REQUIRED) {
            true => input.short().to_vec(),
            false => vec![],
        };
        let good = match input.short() {
            [] => values
                .first()
                .map(|value| value.digest.clone())
                .into_iter()
                .collect(),
            value => vec![value.to_vec()],
        };
        Self {
            flags,
            public,
            signature,
            values,
            attest,
            nonce,
            required,
            good,
        }
    }

    pub(crate) fn has(&self, flag: u16) -> bool {
        self.flags & flag != 0
    }

    pub(crate) fn values(&self) -> Vec<PcrValue<'_>> {
        self.values.iter().map(Value::view).collect()
    }

    pub(crate) fn key(&self) -> Option<AttestationKey<'_>> {
        let public = self.public()?;
        let verifier = self.verifier();
        let key = verifier.self_asserted(&public);
        let key = key.inspect_err(explain).ok()?;
        if !self.has(PINNED) {
            return Some(key);
        }
        let name = *key.name();
        let pinned = |names: &[&[u8]]| {
            let pinned = verifier.pinned(&public, names);
            // What is asked for at run time is judged alike.
            let appraisal = verifier.appraise_key(&public, &Anchor::new().pinned(names));
            assert_eq!(appraisal.error(), pinned.as_ref().err());
            assert_eq!(
                appraisal.value().map(AttestationKey::summary),
                pinned.as_ref().ok().map(AttestationKey::summary)
            );
            pinned
        };
        assert_eq!(
            pinned(&[]).unwrap_err().problem(),
            &Problem::Anchor(AnchorProblem::NoPinnedNames)
        );
        let (_, cut) = name.as_ref().split_last().expect("it has a name");
        assert_eq!(pinned(&[cut]).unwrap_err().check(), Check::KeyAnchor);
        Some(pinned(&[cut, name.as_ref()]).expect("its own name is pinned"))
    }

    /// Always says yes to signatures, and judges keys by these rules.
    pub(crate) fn verifier(&self) -> Verifier<'static> {
        let mut rules = KeyRules::new();
        if self.has(SHA1_NAMES) {
            rules = rules.dangerous_allow_sha1_names();
        }
        if self.has(RSA_1024) {
            rules = rules.dangerous_allow_rsa_1024();
        }
        Verifier::new().crypto(&Yes).key_rules(rules)
    }

    /// The public area, if it is one.
    pub(crate) fn public(&self) -> Option<Tpm2bPublic<'_>> {
        Tpm2bPublic::from_bytes(&self.public).ok()
    }

    /// The good values, made as long as the digests of the first value's bank.
    pub(crate) fn good(&self) -> Vec<Vec<u8>> {
        let size = self
            .values
            .first()
            .and_then(|first| first.bank.digest_size());
        let mut good = self.good.clone();
        for value in &mut good {
            value.resize(size.unwrap_or(0), 0);
        }
        good
    }

    /// What is required: one of the values that are there, or a text.
    pub(crate) fn required(&self) -> Option<PcrSet> {
        if self.has(RAW_REQUIRED) {
            return PcrSet::parse(core::str::from_utf8(&self.required).ok()?).ok();
        }
        let mut banks: Vec<(&str, Vec<u8>)> = vec![];
        for value in &self.values {
            let name = tpm_quote::verify::bank_name(value.bank)?;
            match banks.iter_mut().find(|(known, _)| *known == name) {
                Some((_, indices)) => indices.push(value.index),
                None => banks.push((name, vec![value.index])),
            }
        }
        let bank_text = |(name, mut indices): (&str, Vec<u8>)| {
            indices.sort_unstable();
            let indices: Vec<String> = indices.iter().map(u8::to_string).collect();
            format!("{name}:{}", indices.join(","))
        };
        let banks: Vec<String> = banks.into_iter().map(bank_text).collect();
        PcrSet::parse(&banks.join("+")).ok()
    }

    pub(crate) fn policy(&self) -> Option<QuotePolicy<'static>> {
        let mut policy = QuotePolicy::new(Nonce::exact(&self.nonce).ok()?, self.required()?);
        if self.has(SHA1_SIGNATURES) {
            policy = policy.dangerous_allow_sha1_signatures();
        }
        if self.has(ANCHORED) {
            policy = policy.require_anchored_key();
        }
        Some(policy)
    }
}

/// The input, taken from its start; where it ends there are zeros and nothing.
pub(crate) struct Input<'a>(pub(crate) &'a [u8]);

impl<'a> Input<'a> {
    pub(crate) fn byte(&mut self) -> u8 {
        self.take(1).first().copied().unwrap_or(0)
    }

    pub(crate) fn take(&mut self, len: usize) -> &'a [u8] {
        let (head, rest) = self.0.split_at(len.min(self.0.len()));
        self.0 = rest;
        head
    }

    fn short(&mut self) -> &'a [u8] {
        let len = self.byte();
        self.take(len.into())
    }

    pub(crate) fn long(&mut self) -> &'a [u8] {
        let len = u16::from_be_bytes([self.byte(), self.byte()]);
        self.take(len.into())
    }

    /// Bank, index, and a byte to fill the digest with or, from 128, its length.
    fn value(&mut self) -> Value {
        let bank = TpmAlgId(BANKS[usize::from(self.byte()) % BANKS.len()]);
        let index = self.byte();
        let digest = match self.byte() {
            fill @ 0..0x80 => vec![fill; bank.digest_size().unwrap_or(32)],
            len => self.take(usize::from(len & 0x7f)).to_vec(),
        };
        Value {
            bank,
            index,
            digest,
        }
    }
}

fn scheme_of(public: &[u8]) -> (TpmAlgId, TpmAlgId) {
    let rules = KeyRules::new()
        .dangerous_allow_sha1_names()
        .dangerous_allow_rsa_1024();
    let lax = Verifier::new().crypto(&Yes).key_rules(rules);
    Tpm2bPublic::from_bytes(public)
        .ok()
        .and_then(|public| lax.self_asserted(&public).ok())
        .map_or((TpmAlgId::ECDSA, TpmAlgId::SHA256), |key| {
            (key.scheme().scheme, key.scheme().hash)
        })
}

pub(crate) fn signature_of(scheme: TpmAlgId, hash_alg: TpmAlgId) -> Vec<u8> {
    let mut signature = [scheme.0.to_be_bytes(), hash_alg.0.to_be_bytes()].concat();
    signature.extend_from_slice(&[0, 2, 0x12, 0x34]);
    if scheme == TpmAlgId::ECDSA {
        signature.extend_from_slice(&[0, 2, 0x56, 0x78]);
    }
    signature
}

/// A qualified name of the kind that the key has. `nameAlg` stands behind the
/// size and the type of a public area.
pub(crate) fn signer_of(public: &[u8]) -> Vec<u8> {
    let name_alg = public.get(4..6).unwrap_or(&[0, 0x0b]);
    let size = match name_alg {
        [0, 0x04] => 20,
        [0, 0x0c] => 48,
        [0, 0x0d] => 64,
        _ => 32,
    };
    [name_alg, &vec![0x5a; size]].concat()
}

pub(crate) fn selection_of(values: &[Value]) -> Vec<u8> {
    let mut banks: Vec<(u16, [u8; 3])> = vec![];
    for value in values {
        let at = banks
            .iter()
            .position(|&(bank, _)| bank == value.bank.0)
            .unwrap_or_else(|| {
                banks.push((value.bank.0, [0; 3]));
                banks.len() - 1
            });
        if let Some(byte) = banks[at].1.get_mut(usize::from(value.index / 8)) {
            *byte |= 1 << (value.index % 8);
        }
    }
    let mut list = u32::try_from(banks.len())
        .expect("few")
        .to_be_bytes()
        .to_vec();
    for (bank, map) in banks {
        list.extend_from_slice(&bank.to_be_bytes());
        list.push(3);
        list.extend_from_slice(&map);
    }
    list
}

pub(crate) fn digest_of(selection: &[u8], values: &[Value], hash_alg: TpmAlgId) -> Vec<u8> {
    // Of two values for a PCR the first.
    let by_place: BTreeMap<_, _> = values
        .iter()
        .rev()
        .map(|value| ((value.bank.0, usize::from(value.index)), &value.digest))
        .collect();
    let mut message = vec![];
    for (bank, map) in Signed::read_selection(selection).map_or(vec![], |(list, _)| list) {
        for index in (0..map.len() * 8).filter(|index| map[index / 8] >> (index % 8) & 1 == 1) {
            if let Some(digest) = by_place.get(&(bank, index)) {
                message.extend_from_slice(digest);
            }
        }
    }
    hash(hash_alg, &message)
}

pub(crate) fn hash(hash_alg: TpmAlgId, message: &[u8]) -> Vec<u8> {
    match hash_alg {
        TpmAlgId::SHA1 => Sha1::digest(message).to_vec(),
        TpmAlgId::SHA384 => Sha384::digest(message).to_vec(),
        TpmAlgId::SHA512 => Sha512::digest(message).to_vec(),
        _ => Sha256::digest(message).to_vec(),
    }
}

pub(crate) fn attest_of(signer: &[u8], nonce: &[u8], selection: &[u8], digest: &[u8]) -> Vec<u8> {
    let sized = |bytes: &[u8]| [&[0, u8::try_from(bytes.len()).expect("short")], bytes].concat();
    [
        &b"\xffTCG\x80\x18"[..],
        &sized(signer),
        &sized(nonce),
        // Clock, two counters, safe, firmware version.
        &[0, 0, 0, 0, 0, 0, 0x10, 0, 0, 0, 0, 1, 0, 0, 0, 2, 1],
        &[0x20, 0x19, 0x10, 0x23, 0x00, 0x16, 0x36, 0x36],
        selection,
        &sized(digest),
    ]
    .concat()
}

/// Banks and their bit maps.
type Selection<'a> = Vec<(u16, &'a [u8])>;

/// What is in a quote, found by counting bytes.
pub(crate) struct Signed<'a> {
    pub(crate) nonce: &'a [u8],
    pub(crate) selection: Selection<'a>,
    pub(crate) digest: &'a [u8],
}

impl<'a> Signed<'a> {
    pub(crate) fn read(attest: &'a [u8]) -> Option<Self> {
        let rest = attest.strip_prefix(b"\xffTCG\x80\x18")?;
        let (_signer, rest) = Self::sized(rest)?;
        let (nonce, rest) = Self::sized(rest)?;
        let (selection, rest) = Self::read_selection(rest.get(25..)?)?;
        let (digest, rest) = Self::sized(rest)?;
        rest.is_empty().then_some(Self {
            nonce,
            selection,
            digest,
        })
    }

    fn read_selection(bytes: &'a [u8]) -> Option<(Selection<'a>, &'a [u8])> {
        let (count, mut rest) = bytes.split_first_chunk()?;
        let mut list = vec![];
        for _ in 0..u32::from_be_bytes(*count) {
            let (&[high, low, size], after) = rest.split_first_chunk()?;
            let (map, after) = after.split_at_checked(size.into())?;
            list.push((u16::from_be_bytes([high, low]), map));
            rest = after;
        }
        Some((list, rest))
    }

    fn sized(bytes: &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
        let (&size, rest) = bytes.split_first_chunk()?;
        rest.split_at_checked(u16::from_be_bytes(size).into())
    }
}
