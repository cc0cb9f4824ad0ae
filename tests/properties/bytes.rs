//! Any bytes: what is accepted is written again as it was.

use std::{fmt::Debug, sync::OnceLock};

use proptest::{collection::vec, prelude::*, sample::Index};
use tpm_quote::{
    Marshal, Tpm2bAttest, Tpm2bPublic, TpmlPcrSelection, TpmsAttest, TpmtPublic, TpmtSignature,
    Unmarshal, types::*,
};

use crate::{
    common::{attestations, cases, credentials, zoo},
    config,
};

/// Whether the bytes are such a structure; if so, they are nothing else.
fn canonical<'a, T>(bytes: &'a [u8]) -> bool
where
    T: Unmarshal<'a> + Marshal + PartialEq + Debug,
{
    match T::from_bytes(bytes) {
        Ok(value) => {
            assert_eq!(value.marshaled_len(), Ok(bytes.len()));
            let mut out = vec![0xa5; bytes.len() + 1];
            assert_eq!(value.marshal_into(&mut out), Ok(bytes));
            assert_eq!(out[bytes.len()], 0xa5);
        }
        Err(error) => {
            assert!(error.offset() <= bytes.len(), "{error}");
            assert!(!error.structure().is_empty(), "{error}");
        }
    }
    // The same of a structure with something behind it.
    match T::from_prefix(bytes) {
        Ok((value, rest)) => {
            let len = bytes.len() - rest.len();
            assert_eq!(T::from_bytes(bytes).ok(), rest.is_empty().then_some(value));
            let value = T::from_bytes(&bytes[..len]).expect("what was read alone");
            assert_eq!(value.marshaled_len(), Ok(len));
            rest.is_empty()
        }
        Err(error) => {
            assert!(error.offset() <= bytes.len(), "{error}");
            assert!(T::from_bytes(bytes).is_err(), "{error}");
            false
        }
    }
}

/// How many of the structures the bytes are.
fn structures(bytes: &[u8]) -> usize {
    macro_rules! count {
        ($($type:ident)*) => { [$(canonical::<$type>(bytes),)*] };
    }
    let found = count! {
        TpmAlgId TpmEccCurve TpmSt TpmHandle TpmaObject TpmaNv TpmaLocality
        Tpm2bDigest Tpm2bData Tpm2bMaxNvBuffer Tpm2bAttest Tpm2bPublicKeyRsa Tpm2bEccParameter
        Tpm2bEncryptedSecret Tpm2bPublicKeyMldsa Tpm2bPublicKeyMlkem Tpm2bSignatureEddsa
        Tpm2bSignatureMldsa Tpm2bName TpmtHa
        TpmsPcrSelection TpmlPcrSelection TpmlDigest
        TpmtSymDefObject TpmtRsaScheme TpmtEccScheme TpmtKdfScheme TpmtKeyedhashScheme
        TpmsRsaParms TpmsEccParms TpmsEccPoint TpmsKeyedhashParms TpmsSymcipherParms
        TpmsMlkemParms TpmsMldsaParms TpmsHashMldsaParms TpmtPublic Tpm2bPublic
        TpmsClockInfo TpmsTimeInfo TpmsQuoteInfo TpmsCertifyInfo TpmsCreationInfo
        TpmsTimeAttestInfo TpmsSessionAuditInfo TpmsCommandAuditInfo TpmsNvCertifyInfo
        TpmsNvDigestCertifyInfo TpmsAttest
        TpmsSignatureRsa TpmsSignatureEcc TpmsSignatureHashMldsa TpmtSignature
        TpmsCreationData Tpm2bCreationData TpmtTkCreation TpmsIdObject Tpm2bIdObject
        TpmsNvPublic Tpm2bNvPublic
    };
    found.into_iter().filter(|&found| found).count()
}

/// Real structures of every kind.
fn vectors() -> &'static [Vec<u8>] {
    static VECTORS: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    VECTORS.get_or_init(|| {
        let mut vectors = Vec::new();
        for case in cases() {
            vectors.extend(["ak.pub", "quote.attest", "quote.sig"].map(|name| case.file(name)));
        }
        for case in attestations() {
            let names = [
                "attest",
                "sig",
                "creation.data",
                "creation.ticket",
                "nv.public",
            ];
            let names = names.into_iter().filter(|name| case.has(name));
            vectors.extend(names.map(|name| case.file(name)));
        }
        for case in zoo() {
            vectors.extend([case.file(".pub"), case.file(".pub")[2..].to_vec()]);
        }
        for case in credentials() {
            vectors.push(case.file("id_object.2b"));
        }
        vectors
    })
}

/// A change of bytes: where, how many go, which come.
fn edits() -> impl Strategy<Value = Vec<(Index, usize, Vec<u8>)>> {
    let byte = || prop_oneof![any::<u8>(), Just(0), Just(1), Just(0x10), Just(0xff)];
    vec((any::<Index>(), 0..4_usize, vec(byte(), 0..4)), 0..4)
}

proptest! {
    #![proptest_config(config(4000))]

    #[test]
    fn accepted_random_bytes_are_written_as_they_were(bytes in vec(any::<u8>(), 0..96)) {
        structures(&bytes);
    }

    /// Small numbers make sizes, counts and ids that fit.
    #[test]
    fn accepted_small_bytes_are_written_as_they_were(bytes in vec(0..32_u8, 0..48)) {
        structures(&bytes);
    }

    #[test]
    fn accepted_altered_evidence_is_written_as_it_was(
        vector in any::<Index>(),
        edits in edits(),
    ) {
        let mut bytes = vector.get(vectors()).clone();
        for (at, gone, come) in &edits {
            let at = at.index(bytes.len() + 1);
            let end = (at + gone).min(bytes.len());
            bytes.splice(at..end, come.iter().copied());
        }
        let found = structures(&bytes);
        prop_assert!(found > 0 || !edits.is_empty());
    }
}

/// The properties above say nothing unless something is accepted.
#[test]
fn every_real_structure_is_accepted_as_something() {
    assert_eq!(vectors().len(), 133 * 3 + 28 * 2 + 3 + 3 + 9 + 94 * 2 + 27);
    for vector in vectors() {
        assert!(structures(vector) > 0);
    }
}
