//! Structures: what is accepted is canonical.

use std::{fmt::Debug, hint::black_box};

use sha2::{Digest as _, Sha256, Sha384, Sha512};
use tpm_quote::{
    AttestationKey, Check, Error, Name, Verdict,
    error::{MarshalReason, Reason},
    types::*,
    wire::{Inspect, Inspector, Marshal, Tell, Unmarshal},
};

/// A public area, what its Name is, and what a verifier says of it.
pub fn public(data: &[u8]) {
    round_trip::<TpmtPublic<'_>>(data);
    sized::<TpmtPublic<'_>>(data);
    let Ok(public) = Tpm2bPublic::from_bytes(data) else {
        return;
    };
    let name = Name::of_public(&public);
    let digest = match public.value().name_alg {
        TpmAlgId::SHA256 => Some(Sha256::digest(public.bytes()).to_vec()),
        TpmAlgId::SHA384 => Some(Sha384::digest(public.bytes()).to_vec()),
        TpmAlgId::SHA512 => Some(Sha512::digest(public.bytes()).to_vec()),
        _ => None,
    };
    if let Some(digest) = digest {
        let name = name.expect("this hash is there");
        assert_eq!(name.as_ref()[2..], digest);
    }
    match AttestationKey::self_asserted(&public) {
        Ok(key) => {
            let attributes = public.value().object_attributes;
            let needed = TpmaObject::RESTRICTED.union(TpmaObject::SIGN);
            assert!(attributes.contains(needed) && !attributes.contains(TpmaObject::DECRYPT));
            assert_eq!(Some(*key.name()), name);
        }
        Err(error) => explain(&error),
    }
}

/// What a TPM signs.
pub fn attest(data: &[u8]) {
    round_trip::<TpmsAttest<'_>>(data);
    round_trip::<Tpm2bAttest<'_>>(data);
}

/// A signature.
pub fn signature(data: &[u8]) {
    round_trip::<TpmtSignature<'_>>(data);
}

/// A list of PCR selections.
pub fn pcr_selection(data: &[u8]) {
    round_trip::<TpmsPcrSelection<'_>>(data);
    list::<TpmsPcrSelection<'_>>(data);
    if let Ok(selection) = TpmsPcrSelection::from_bytes(data) {
        let map = selection.pcr_select();
        for index in 0..32_usize {
            let bit = map
                .get(index / 8)
                .is_some_and(|byte| byte >> (index % 8) & 1 == 1);
            assert_eq!(selection.mask() >> index & 1 == 1, bit, "PCR {index}");
        }
        assert_eq!(TpmsPcrSelection::new(selection.hash, map), Ok(selection));
    }
}

/// All others; the first byte says which.
pub fn small_structures(data: &[u8]) {
    let Some((&which, data)) = data.split_first() else {
        return;
    };
    match which {
        0 => sized::<TpmsCreationData<'_>>(data),
        1 => round_trip::<TpmtTkCreation<'_>>(data),
        2 => sized::<TpmsNvPublic<'_>>(data),
        3 => sized::<TpmsIdObject<'_>>(data),
        4 => name(data),
        5 => round_trip::<TpmtHa<'_>>(data),
        6 => list::<Tpm2bDigest<'_>>(data),
        7 => round_trip::<TpmsClockInfo>(data),
        8 => round_trip::<TpmsTimeInfo>(data),
        9 => round_trip::<TpmtSymDefObject>(data),
        10 => round_trip::<TpmtRsaScheme>(data),
        11 => round_trip::<TpmtEccScheme>(data),
        12 => round_trip::<TpmtKdfScheme>(data),
        13 => round_trip::<TpmtKeyedhashScheme>(data),
        14 => round_trip::<Tpm2bData<'_>>(data),
        15 => round_trip::<Tpm2bEncryptedSecret<'_>>(data),
        16 => round_trip::<Tpm2bMaxNvBuffer<'_>>(data),
        17 => round_trip::<Tpm2bEccParameter<'_>>(data),
        18 => round_trip::<Tpm2bPublicKeyRsa<'_>>(data),
        19 => round_trip::<bool>(data),
        _ => {}
    }
}

/// An error has words, whatever it is; what cannot be read fails the check `input`.
pub(crate) fn explain(error: &Error) {
    assert!(!error.to_string().is_empty() && !error.help().is_empty());
    assert!(!error.problem().to_string().is_empty() && !error.part().to_string().is_empty());
    let is_kebab = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
    assert!(!error.problem_name().is_empty() && error.problem_name().bytes().all(is_kebab));
    if error.verdict() == Verdict::Malformed {
        assert_eq!(error.check(), Check::Input, "{error}");
    }
    black_box(format!("{error:?}"));
}

/// The same, and it is about a place in these bytes or about none.
pub(crate) fn explain_in(error: &Error, bytes: &[u8]) {
    explain(error);
    assert!(error.offset().is_none_or(|offset| offset <= bytes.len()));
}

fn name(data: &[u8]) {
    round_trip::<Tpm2bName<'_>>(data);
    let Ok(name) = Tpm2bName::from_bytes(data) else {
        return;
    };
    assert_eq!(Tpm2bName::new(name.bytes()), Ok(name));
    assert_eq!(Name::new(name).as_ref(), name.bytes());
    let back = match name.form() {
        NameForm::Empty => vec![],
        NameForm::Handle(handle) => handle.0.to_be_bytes().to_vec(),
        NameForm::Digest { name_alg, digest } => [&name_alg.0.to_be_bytes(), digest].concat(),
    };
    assert_eq!(back, name.bytes());
}

fn list<'a, T>(data: &'a [u8])
where
    T: ListElement<'a> + Marshal + Inspect + Debug + PartialEq + Copy,
{
    round_trip::<Tpml<'a, T>>(data);
    let Ok(list) = Tpml::<T>::from_bytes(data) else {
        return;
    };
    let mut written = list.count().to_be_bytes().to_vec();
    let mut count = 0;
    for element in list.iter() {
        let mut out = [0; 128];
        written.extend_from_slice(element.marshal_into(&mut out).expect("it was read"));
        count += 1;
    }
    assert_eq!(list.count(), count);
    assert_eq!(written, data);
}

fn sized<'a, T>(data: &'a [u8])
where
    T: Sized2b<'a> + Marshal + Inspect + Debug + PartialEq + Copy,
{
    round_trip::<Tpm2b<'a, T>>(data);
    let Ok(sized) = Tpm2b::<T>::from_bytes(data) else {
        return;
    };
    assert_eq!(sized.bytes(), &data[2..]);
    assert_eq!(Tpm2b::from_unsized(&data[2..]), Ok(sized));
    again::<T>(&data[2..]);
}

/// What is accepted is written again, byte for byte, and ends by itself.
fn round_trip<'a, T>(data: &'a [u8])
where
    T: Unmarshal<'a> + Marshal + Inspect + Debug + PartialEq + Copy,
{
    // No structure is the beginning of another one.
    let taken = again::<T>(data);
    if let Some((_, shorter)) = taken.and_then(<[u8]>::split_last) {
        assert!(T::from_bytes(shorter).is_err());
    }
}

/// The same for one that takes all there is, and the bytes that it took.
fn again<'a, T>(data: &'a [u8]) -> Option<&'a [u8]>
where
    T: Unmarshal<'a> + Marshal + Inspect + Debug + PartialEq + Copy,
{
    let whole = T::from_bytes(data);
    let (value, rest) = match T::from_prefix(data) {
        Ok(read) => read,
        Err(error) => {
            // A size in front is held against the whole before anything else.
            let refused = whole.unwrap_err();
            if refused != error {
                let count = u16::try_from(data.len() - refused.offset()).unwrap_or(u16::MAX);
                assert_eq!(refused.reason(), Reason::TrailingBytes { count });
                assert!(T::NAME.starts_with("TPM2B_"));
                assert_eq!(T::from_bytes(&data[..refused.offset()]), Err(error));
            }
            assert!(error.offset() <= data.len() && !error.structure().is_empty());
            assert!(error.to_string().starts_with(error.structure()));
            return None;
        }
    };
    let (taken, tail) = data.split_at(data.len() - rest.len());
    assert_eq!(rest, tail);
    match whole {
        Ok(whole) => assert!(whole == value && rest.is_empty()),
        Err(error) => {
            let count = u16::try_from(rest.len()).unwrap_or(u16::MAX);
            assert_eq!(error.reason(), Reason::TrailingBytes { count });
            assert_eq!(error.offset(), taken.len());
        }
    }

    // The bytes again, and not one more.
    assert_eq!(value.marshaled_len(), Ok(taken.len()));
    let mut out = vec![0xa5; taken.len() + 3];
    assert_eq!(value.marshal_into(&mut out), Ok(taken));
    assert_eq!(out[taken.len()..], [0xa5; 3]);
    assert_eq!(T::from_bytes(taken), Ok(value));

    if let Some(short) = taken.len().checked_sub(1) {
        let error = value.marshal_into(&mut out[..short]).unwrap_err();
        assert_eq!(error.reason(), MarshalReason::OutputTooSmall);
    }

    black_box(format!("{value:?}"));
    value.inspect(&mut Walk);
    Some(taken)
}

/// Goes wherever there is to go.
struct Walk;

impl Inspector for Walk {
    fn field(&mut self, name: &'static str, value: &dyn Inspect) {
        assert!(!name.is_empty());
        value.inspect(self);
    }
    fn list(&mut self, elements: &mut dyn FnMut(&mut Tell<'_>)) {
        elements(&mut |element| element.inspect(self));
    }
    fn number(&mut self, _: u64) {}
    fn id(&mut self, _: Option<&'static str>, value: u64, digits: usize) {
        assert!(format!("{value:x}").len() <= digits);
    }
    fn flags(&mut self, value: u64, digits: usize, names: &mut dyn Iterator<Item = &'static str>) {
        assert!(format!("{value:x}").len() <= digits);
        assert!(names.count() <= 32);
    }
    fn bytes(&mut self, _: &[u8]) {}
    fn yes_no(&mut self, _: bool) {}
}
