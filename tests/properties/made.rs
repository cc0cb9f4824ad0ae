//! Structures that are made field by field, written, and read again.

use std::fmt::Debug;

use proptest::{collection::vec, prelude::*, sample::select};
use tpm_quote::{
    Marshal, Tpm2bPublic, TpmAlgId, TpmlPcrSelection, TpmsAttest, TpmtPublic, TpmtSignature,
    TpmuAttest, Unmarshal, types::*,
};

use crate::config;

/// What the fields are made of. `pick` says which arm a union has.
#[derive(Debug)]
struct Parts {
    pick: [u8; 4],
    ids: [u16; 6],
    words: [u32; 2],
    long: [u64; 3],
    flag: bool,
    small: [Vec<u8>; 2],
    large: Vec<u8>,
    names: [Vec<u8>; 2],
    hash: (u16, Vec<u8>),
    selection: Vec<(u16, Vec<u8>)>,
}

/// Hashes and the size of their digests.
const HASHES: [(u16, usize); 12] = [
    (0x0004, 20),
    (0x000b, 32),
    (0x000c, 48),
    (0x000d, 64),
    (0x000e, 24),
    (0x0012, 32),
    (0x0027, 32),
    (0x0028, 48),
    (0x0029, 64),
    (0x002c, 24),
    (0x002d, 32),
    (0x002e, 64),
];

fn hash() -> impl Strategy<Value = (u16, Vec<u8>)> {
    select(&HASHES).prop_flat_map(|(hash, size)| (Just(hash), vec(any::<u8>(), size)))
}

/// Nothing, a handle, or a digest of a hash that is known or is not.
fn name() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(Vec::new()),
        vec(any::<u8>(), 4),
        hash().prop_map(|(hash, digest)| [&hash.to_be_bytes()[..], &digest].concat()),
        vec(any::<u8>(), 3..=64).prop_map(|digest| [&[0x77, 0x77], &digest[..]].concat()),
    ]
}

fn parts() -> impl Strategy<Value = Parts> {
    let numbers = (
        any::<[u8; 4]>(),
        any::<[u16; 6]>(),
        any::<[u32; 2]>(),
        any::<[u64; 3]>(),
    );
    let small = || vec(any::<u8>(), 0..=64);
    let selection = vec((any::<u16>(), vec(any::<u8>(), 0..=4)), 0..=16);
    (
        (
            numbers,
            any::<bool>(),
            [small(), small()],
            vec(any::<u8>(), 0..=512),
        ),
        ([name(), name()], hash(), selection),
    )
        .prop_map(
            |((numbers, flag, small, large), (names, hash, selection))| {
                let (pick, ids, words, long) = numbers;
                Parts {
                    pick,
                    ids,
                    words,
                    long,
                    flag,
                    small,
                    large,
                    names,
                    hash,
                    selection,
                }
            },
        )
}

impl Parts {
    fn alg(&self, i: usize) -> TpmAlgId {
        TpmAlgId(self.ids[i])
    }

    fn digest(&self, i: usize) -> Tpm2bDigest<'_> {
        Tpm2bDigest::new(&self.small[i]).unwrap()
    }

    fn parameter(&self, i: usize) -> Tpm2bEccParameter<'_> {
        Tpm2bEccParameter::new(&self.small[i]).unwrap()
    }

    fn name(&self, i: usize) -> Tpm2bName<'_> {
        Tpm2bName::new(&self.names[i]).unwrap()
    }

    fn clock(&self) -> TpmsClockInfo {
        TpmsClockInfo {
            clock: self.long[0],
            reset_count: self.words[0],
            restart_count: self.words[1],
            safe: self.flag,
        }
    }

    fn symmetric(&self) -> TpmtSymDefObject {
        let def = TpmsSymDef {
            key_bits: self.ids[0],
            mode: self.alg(1),
        };
        match self.pick[1] % 5 {
            0 => TpmtSymDefObject::Tdes(def),
            1 => TpmtSymDefObject::Aes(def),
            2 => TpmtSymDefObject::Sm4(def),
            3 => TpmtSymDefObject::Camellia(def),
            _ => TpmtSymDefObject::Null,
        }
    }

    fn rsa_scheme(&self) -> TpmtRsaScheme {
        let hash = self.alg(2);
        match self.pick[2] % 5 {
            0 => TpmtRsaScheme::Null,
            1 => TpmtRsaScheme::RsaSsa(hash),
            2 => TpmtRsaScheme::RsaEs,
            3 => TpmtRsaScheme::RsaPss(hash),
            _ => TpmtRsaScheme::Oaep(hash),
        }
    }

    fn ecc_scheme(&self) -> TpmtEccScheme {
        let hash = self.alg(2);
        match self.pick[2] % 9 {
            0 => TpmtEccScheme::Null,
            1 => TpmtEccScheme::EcDsa(hash),
            2 => TpmtEccScheme::EcDh(hash),
            3 => TpmtEccScheme::EcDaa(TpmsSchemeEcdaa {
                hash_alg: hash,
                count: self.ids[3],
            }),
            4 => TpmtEccScheme::Sm2(hash),
            5 => TpmtEccScheme::EcSchnorr(hash),
            6 => TpmtEccScheme::EcMqv(hash),
            7 => TpmtEccScheme::EdDsa,
            _ => TpmtEccScheme::HashEdDsa,
        }
    }

    fn kdf(&self) -> TpmtKdfScheme {
        let hash = self.alg(4);
        match self.pick[3] % 6 {
            0 => TpmtKdfScheme::Null,
            1 => TpmtKdfScheme::Mgf1(hash),
            2 => TpmtKdfScheme::Kdf1Sp80056a(hash),
            3 => TpmtKdfScheme::Kdf2(hash),
            4 => TpmtKdfScheme::Kdf1Sp800108(hash),
            _ => TpmtKdfScheme::Hkdf(hash),
        }
    }

    fn keyedhash_scheme(&self) -> TpmtKeyedhashScheme {
        let hash_alg = self.alg(2);
        match self.pick[2] % 3 {
            0 => TpmtKeyedhashScheme::Null,
            1 => TpmtKeyedhashScheme::Hmac(hash_alg),
            _ => TpmtKeyedhashScheme::Xor(TpmsSchemeXor {
                hash_alg,
                kdf: self.alg(3),
            }),
        }
    }

    fn public(&self) -> TpmtPublic<'_> {
        let unique = self.digest(1);
        let mldsa = Tpm2bPublicKeyMldsa::new(&self.large).unwrap();
        let mldsa_set = TpmiMldsaParms(self.ids[3]);
        let key = match self.pick[0] % 7 {
            0 => TpmuPublic::Rsa(ParmsAndId {
                parameters: TpmsRsaParms {
                    symmetric: self.symmetric(),
                    scheme: self.rsa_scheme(),
                    key_bits: self.ids[3],
                    exponent: self.words[1],
                },
                unique: Tpm2bPublicKeyRsa::new(&self.large).unwrap(),
            }),
            1 => TpmuPublic::Keyedhash(ParmsAndId {
                parameters: TpmsKeyedhashParms {
                    scheme: self.keyedhash_scheme(),
                },
                unique,
            }),
            2 => TpmuPublic::Ecc(ParmsAndId {
                parameters: TpmsEccParms {
                    symmetric: self.symmetric(),
                    scheme: self.ecc_scheme(),
                    curve_id: TpmEccCurve(self.ids[5]),
                    kdf: self.kdf(),
                },
                unique: TpmsEccPoint {
                    x: self.parameter(0),
                    y: self.parameter(1),
                },
            }),
            3 => TpmuPublic::Symcipher(ParmsAndId {
                parameters: TpmsSymcipherParms {
                    sym: self.symmetric(),
                },
                unique,
            }),
            4 => TpmuPublic::Mlkem(ParmsAndId {
                parameters: TpmsMlkemParms {
                    symmetric: self.symmetric(),
                    parameter_set: TpmiMlkemParms(self.ids[3]),
                },
                unique: Tpm2bPublicKeyMlkem::new(&self.large).unwrap(),
            }),
            5 => TpmuPublic::Mldsa(ParmsAndId {
                parameters: TpmsMldsaParms {
                    parameter_set: mldsa_set,
                    allow_external_mu: self.flag,
                },
                unique: mldsa,
            }),
            _ => TpmuPublic::HashMldsa(ParmsAndId {
                parameters: TpmsHashMldsaParms {
                    parameter_set: mldsa_set,
                    hash_alg: self.alg(2),
                },
                unique: mldsa,
            }),
        };
        TpmtPublic {
            name_alg: self.alg(5),
            object_attributes: TpmaObject(self.words[0]),
            auth_policy: self.digest(0),
            key,
        }
    }

    fn signature(&self) -> TpmtSignature<'_> {
        let hash = self.alg(0);
        let rsa = TpmsSignatureRsa {
            hash,
            sig: Tpm2bPublicKeyRsa::new(&self.large).unwrap(),
        };
        let ecc = TpmsSignatureEcc {
            hash,
            signature_r: self.parameter(0),
            signature_s: self.parameter(1),
        };
        let mldsa = Tpm2bSignatureMldsa::new(&self.large).unwrap();
        let eddsa = Tpm2bSignatureEddsa::new(&self.small[0]).unwrap();
        match self.pick[0] % 12 {
            0 => {
                let (hash, digest) = &self.hash;
                TpmtSignature::Hmac(TpmtHa::new(TpmAlgId(*hash), digest).unwrap())
            }
            1 => TpmtSignature::Null,
            2 => TpmtSignature::RsaSsa(rsa),
            3 => TpmtSignature::RsaPss(rsa),
            4 => TpmtSignature::EcDsa(ecc),
            5 => TpmtSignature::EcDaa(ecc),
            6 => TpmtSignature::Sm2(ecc),
            7 => TpmtSignature::EcSchnorr(ecc),
            8 => TpmtSignature::EdDsa(eddsa),
            9 => TpmtSignature::HashEdDsa(eddsa),
            10 => TpmtSignature::Mldsa(mldsa),
            _ => TpmtSignature::HashMldsa(TpmsSignatureHashMldsa {
                hash,
                signature: mldsa,
            }),
        }
    }

    fn banks(&self) -> Vec<TpmsPcrSelection<'_>> {
        self.selection
            .iter()
            .map(|(hash, map)| TpmsPcrSelection::new(TpmAlgId(*hash), map).unwrap())
            .collect()
    }

    /// The bytes of the list, put together by hand.
    fn selection_bytes(&self) -> Vec<u8> {
        let mut bytes = u32::try_from(self.selection.len())
            .unwrap()
            .to_be_bytes()
            .to_vec();
        for (bank, map) in &self.selection {
            bytes.extend(bank.to_be_bytes());
            bytes.push(u8::try_from(map.len()).unwrap());
            bytes.extend(map);
        }
        bytes
    }

    fn attest<'a>(&'a self, pcr_select: TpmlPcrSelection<'a>) -> TpmsAttest<'a> {
        let (digest, name) = (self.digest(1), self.name(1));
        let attested = match self.pick[0] % 8 {
            0 => TpmuAttest::Nv(TpmsNvCertifyInfo {
                index_name: name,
                offset: self.ids[0],
                nv_contents: Tpm2bMaxNvBuffer::new(&self.large).unwrap(),
            }),
            1 => TpmuAttest::CommandAudit(TpmsCommandAuditInfo {
                audit_counter: self.long[2],
                digest_alg: self.alg(0),
                audit_digest: self.digest(0),
                command_digest: digest,
            }),
            2 => TpmuAttest::SessionAudit(TpmsSessionAuditInfo {
                exclusive_session: !self.flag,
                session_digest: digest,
            }),
            3 => TpmuAttest::Certify(TpmsCertifyInfo {
                name,
                qualified_name: self.name(0),
            }),
            4 => TpmuAttest::Quote(TpmsQuoteInfo {
                pcr_select,
                pcr_digest: digest,
            }),
            5 => TpmuAttest::Time(TpmsTimeAttestInfo {
                time: TpmsTimeInfo {
                    time: self.long[2],
                    clock_info: self.clock(),
                },
                firmware_version: !self.long[1],
            }),
            6 => TpmuAttest::Creation(TpmsCreationInfo {
                object_name: name,
                creation_hash: digest,
            }),
            _ => TpmuAttest::NvDigest(TpmsNvDigestCertifyInfo {
                index_name: name,
                nv_digest: digest,
            }),
        };
        TpmsAttest {
            qualified_signer: self.name(0),
            extra_data: Tpm2bData::new(&self.small[0]).unwrap(),
            clock_info: self.clock(),
            firmware_version: self.long[1],
            attested,
        }
    }
}

/// Writes the value; `read` is what the bytes are then.
fn written(value: &impl Marshal) -> Vec<u8> {
    let len = value.marshaled_len().unwrap();
    let mut out = vec![0xa5; len + 3];
    assert_eq!(value.marshal_into(&mut out).unwrap().len(), len);
    assert_eq!(out[len..], [0xa5; 3]);
    out.truncate(len);
    out
}

fn read_again<'a, T>(bytes: &'a [u8], value: &T)
where
    T: Unmarshal<'a> + Marshal + PartialEq + Debug,
{
    let again = T::from_bytes(bytes).unwrap_or_else(|e| panic!("{value:?}: {e}"));
    assert_eq!(again, *value);
    assert_eq!(written(&again), bytes);
}

proptest! {
    #![proptest_config(config(2000))]

    #[test]
    fn public_areas_are_read_as_they_were_made(parts in parts()) {
        let public = parts.public();
        let bytes = written(&public);
        prop_assert_eq!(&bytes[..2], public.key.selector().0.to_be_bytes());
        read_again(&bytes, &public);

        // With a size in front, and one that is off by one.
        let size = u16::try_from(bytes.len()).unwrap();
        let sized = [&size.to_be_bytes(), &bytes[..]].concat();
        let value = Tpm2bPublic::from_bytes(&sized).unwrap();
        prop_assert_eq!(value.value(), &public);
        prop_assert_eq!(value.bytes(), &bytes[..]);
        prop_assert_eq!(written(&value), &sized[..]);
        let mut room = vec![0xa5; bytes.len()];
        let made = Tpm2bPublic::new(public, &mut room).unwrap();
        prop_assert_eq!(made, value);
        read_again(&written(&made), &made);
        for size in [size - 1, size + 1] {
            let sized = [&size.to_be_bytes(), &bytes[..]].concat();
            prop_assert!(Tpm2bPublic::from_bytes(&sized).is_err());
        }
    }

    #[test]
    fn signatures_are_read_as_they_were_made(parts in parts()) {
        let signature = parts.signature();
        let bytes = written(&signature);
        prop_assert_eq!(&bytes[..2], signature.selector().0.to_be_bytes());
        read_again(&bytes, &signature);
    }

    #[test]
    fn attestations_are_read_as_they_were_made(parts in parts()) {
        let selection = parts.selection_bytes();
        let attest = parts.attest(TpmlPcrSelection::from_bytes(&selection).unwrap());
        let bytes = written(&attest);
        prop_assert_eq!(&bytes[..4], b"\xffTCG");
        prop_assert_eq!(&bytes[4..6], attest.attested.selector().0.to_be_bytes());
        read_again(&bytes, &attest);
    }

    #[test]
    fn selections_are_read_as_they_were_made(parts in parts()) {
        let bytes = parts.selection_bytes();
        let list = TpmlPcrSelection::from_bytes(&bytes).unwrap();
        let mut room = vec![0xa5; bytes.len() - 4];
        let made = TpmlPcrSelection::new(&parts.banks(), &mut room).unwrap();
        prop_assert_eq!(made, list);
        read_again(&written(&made), &made);
        prop_assert_eq!(list.count() as usize, parts.selection.len());
        let elements: Vec<_> = list.iter().collect();
        prop_assert_eq!(elements.len(), parts.selection.len());
        for (element, (bank, map)) in elements.iter().zip(&parts.selection) {
            prop_assert_eq!(element.hash, TpmAlgId(*bank));
            prop_assert_eq!(element.pcr_select(), &map[..]);
            for n in 0..32_usize {
                let byte = map.get(n / 8).copied().unwrap_or(0);
                let selected = byte >> (n % 8) & 1 == 1;
                prop_assert_eq!(element.mask() >> n & 1 == 1, selected, "PCR {}", n);
            }
            read_again(&written(element), element);
            prop_assert_eq!(TpmsPcrSelection::new(TpmAlgId(*bank), map), Ok(*element));
        }
        prop_assert_eq!(written(&list), bytes);
    }

    #[test]
    fn digests_and_id_objects_are_read_as_they_were_made(parts in parts()) {
        let digests = [parts.digest(0), parts.digest(1)].repeat(4);
        let digests = &digests[..usize::from(parts.pick[0] % 9)];
        let mut room = [0xa5; 8 * 66];
        let list = TpmlDigest::new(digests, &mut room).unwrap();
        prop_assert!(list.iter().eq(digests.iter().copied()));
        read_again(&written(&list), &list);
        let object = TpmsIdObject {
            integrity_hmac: parts.digest(0),
            enc_identity: &parts.small[1],
        };
        let mut room = [0xa5; 132];
        let sized = Tpm2bIdObject::new(object, &mut room).unwrap();
        prop_assert_eq!(*sized.value(), object);
        read_again(&written(&sized), &sized);
    }

    #[test]
    fn creation_data_and_nv_areas_are_read_as_they_were_made(parts in parts()) {
        let selection = parts.selection_bytes();
        let data = TpmsCreationData {
            pcr_select: TpmlPcrSelection::from_bytes(&selection).unwrap(),
            pcr_digest: parts.digest(0),
            locality: TpmaLocality(parts.pick[0]),
            parent_name_alg: parts.alg(0),
            parent_name: parts.name(0),
            parent_qualified_name: parts.name(1),
            outside_info: Tpm2bData::new(&parts.small[1]).unwrap(),
        };
        read_again(&written(&data), &data);
        let mut room = vec![0xa5; data.marshaled_len().unwrap()];
        let made = Tpm2bCreationData::new(data, &mut room).unwrap();
        prop_assert_eq!(made.value(), &data);
        read_again(&written(&made), &made);
        let nv = TpmsNvPublic {
            nv_index: TpmHandle(parts.words[0]),
            name_alg: parts.alg(0),
            attributes: TpmaNv(parts.words[1]),
            auth_policy: parts.digest(0),
            data_size: parts.ids[1],
        };
        let bytes = written(&nv);
        prop_assert_eq!(bytes.len(), 4 + 2 + 4 + 2 + parts.small[0].len() + 2);
        read_again(&bytes, &nv);
        let mut room = bytes.clone();
        let made = Tpm2bNvPublic::new(nv, &mut room).unwrap();
        prop_assert_eq!(made.bytes(), &bytes[..]);
        read_again(&written(&made), &made);
    }
}
