//! Structures, hashes and Names.

use core::hint::black_box;

use tpm_quote::{
    Name, TpmAlgId,
    crypto::Hasher,
    types::*,
    wire::{Hex, Inspect, Inspector, Marshal, Reader, Tell, Unmarshal},
};

use crate::{Input, Text, show_error};

fn codec<'a, T: Unmarshal<'a> + Marshal>(input: &'a Input) {
    let bytes = black_box(input.bytes());
    if let Ok(value) = black_box(T::from_bytes(bytes)) {
        let value = black_box(value);
        black_box(value.marshaled_len()).ok();
        black_box(value.marshal_into(input.out())).ok();
    }
    if let Ok((value, rest)) = T::from_prefix(bytes) {
        black_box((value, rest));
    }
}

fn sized<'a, T: Sized2b<'a> + Marshal>(input: &'a Input) {
    codec::<T>(input);
    codec::<Tpm2b<'a, T>>(input);
    black_box(Tpm2b::<T>::from_unsized(black_box(input.bytes()))).ok();
    if let Ok(value) = T::from_bytes(black_box(input.bytes())) {
        black_box(Tpm2b::new(black_box(value), input.out())).ok();
    }
}

fn list<'a, T: ListElement<'a> + Marshal + Copy>(input: &'a Input) {
    codec::<T>(input);
    codec::<Tpml<'a, T>>(input);
    if let Ok(list) = Tpml::<T>::from_bytes(black_box(input.bytes())) {
        black_box(list.count());
        for element in list.iter() {
            let elements = black_box([element, element]);
            let elements = elements.get(..black_box(2)).unwrap_or_default();
            black_box(Tpml::new(elements, input.out())).ok();
        }
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn codec_public(input: &Input) {
    sized::<TpmtPublic<'_>>(input);
    codec::<TpmsRsaParms>(input);
    codec::<TpmsEccParms>(input);
    codec::<TpmsEccPoint<'_>>(input);
    codec::<TpmsKeyedhashParms>(input);
    codec::<TpmsSymcipherParms>(input);
    codec::<TpmsMlkemParms>(input);
    codec::<TpmsMldsaParms>(input);
    codec::<TpmsHashMldsaParms>(input);
    codec::<TpmtSymDefObject>(input);
    codec::<TpmsSymDef>(input);
    codec::<TpmtRsaScheme>(input);
    codec::<TpmtEccScheme>(input);
    codec::<TpmsSchemeEcdaa>(input);
    codec::<TpmtKdfScheme>(input);
    codec::<TpmtKeyedhashScheme>(input);
    codec::<TpmsSchemeXor>(input);
}

#[unsafe(no_mangle)]
pub extern "C" fn codec_attest(input: &Input) {
    codec::<TpmsAttest<'_>>(input);
    codec::<TpmsClockInfo>(input);
    codec::<TpmsTimeInfo>(input);
    codec::<TpmsQuoteInfo<'_>>(input);
    codec::<TpmsCertifyInfo<'_>>(input);
    codec::<TpmsCreationInfo<'_>>(input);
    codec::<TpmsTimeAttestInfo>(input);
    codec::<TpmsSessionAuditInfo<'_>>(input);
    codec::<TpmsCommandAuditInfo<'_>>(input);
    codec::<TpmsNvCertifyInfo<'_>>(input);
    codec::<TpmsNvDigestCertifyInfo<'_>>(input);
    codec::<TpmtSignature<'_>>(input);
    codec::<TpmsSignatureRsa<'_>>(input);
    codec::<TpmsSignatureEcc<'_>>(input);
    codec::<TpmsSignatureHashMldsa<'_>>(input);
}

#[unsafe(no_mangle)]
pub extern "C" fn codec_rest(input: &Input) {
    sized::<TpmsCreationData<'_>>(input);
    sized::<TpmsNvPublic<'_>>(input);
    sized::<TpmsIdObject<'_>>(input);
    codec::<TpmtTkCreation<'_>>(input);
    codec::<TpmtHa<'_>>(input);
    list::<TpmsPcrSelection<'_>>(input);
    list::<Tpm2bDigest<'_>>(input);

    codec::<Tpm2bName<'_>>(input);
    codec::<Tpm2bData<'_>>(input);
    codec::<Tpm2bMaxNvBuffer<'_>>(input);
    codec::<Tpm2bAttest<'_>>(input);
    codec::<Tpm2bPublicKeyRsa<'_>>(input);
    codec::<Tpm2bEccParameter<'_>>(input);
    codec::<Tpm2bEncryptedSecret<'_>>(input);
    codec::<Tpm2bPublicKeyMldsa<'_>>(input);
    codec::<Tpm2bPublicKeyMlkem<'_>>(input);
    codec::<Tpm2bSignatureEddsa<'_>>(input);
    codec::<Tpm2bSignatureMldsa<'_>>(input);

    codec::<TpmAlgId>(input);
    codec::<TpmEccCurve>(input);
    codec::<TpmSt>(input);
    codec::<TpmHandle>(input);
    codec::<TpmNt>(input);
    codec::<TpmiMldsaParms>(input);
    codec::<TpmiMlkemParms>(input);
    codec::<TpmaObject>(input);
    codec::<TpmaNv>(input);
    codec::<TpmaLocality>(input);
    codec::<u8>(input);
    codec::<u16>(input);
    codec::<u32>(input);
    codec::<u64>(input);
    codec::<bool>(input);

    let hash = TpmAlgId(black_box(input.number as u16));
    black_box(TpmtHa::new(hash, input.bytes())).ok();
    black_box(TpmsPcrSelection::new(hash, input.bytes()).map(|selection| selection.mask())).ok();
    black_box(Tpm2bName::new(input.bytes()).map(|name| name.form())).ok();
    black_box(Tpm2bDigest::new(input.bytes())).ok();
}

/// Errors of the codec as text, and ids, which are part of many a text.
#[unsafe(no_mangle)]
pub extern "C" fn errors(input: &Input) {
    let mut text = Text::new(input.out());
    let bytes = black_box(input.bytes());
    if let Err(error) = TpmtPublic::from_bytes(bytes) {
        black_box((error.structure(), error.field(), error.offset()));
        text.show(&error);
    }
    if let Err(error) = Tpm2bName::new(bytes) {
        black_box((error.structure(), error.field(), error.reason()));
        text.show(&error);
    }
    text.show(&Hex(bytes));
    let mut room = [0; 66];
    match Hex::decode(input.text(), &mut room) {
        Ok(bytes) => {
            black_box(bytes);
        }
        Err(problem) => text.show(&problem),
    }
    let mut reader = Reader::new(bytes);
    if let Ok(mut nested) = reader.nested(black_box(input.len)) {
        black_box((nested.array::<4>().ok(), nested.offset(), nested.rest()));
        black_box(nested.finish()).ok();
    }
    black_box((reader.bytes(black_box(input.len)).ok(), reader.take_rest()));
    text.show(&TpmAlgId(input.number as u16));
    text.show(&TpmEccCurve(input.number as u16));
    text.show(&TpmSt(input.number as u16));
    text.show(&TpmHandle(input.number));
    for name in TpmaObject(input.number).names() {
        text.show(&name);
    }
    for name in TpmaNv(input.number).names() {
        text.show(&name);
    }
}

struct Shown<'t, 'o>(&'t mut Text<'o>);

impl Inspector for Shown<'_, '_> {
    fn field(&mut self, name: &'static str, value: &dyn Inspect) {
        self.0.show(&name);
        value.inspect(self);
    }
    fn list(&mut self, elements: &mut dyn FnMut(&mut Tell<'_>)) {
        elements(&mut |element| element.inspect(self));
    }
    fn number(&mut self, value: u64) {
        self.0.show(&value);
    }
    fn id(&mut self, name: Option<&'static str>, value: u64, digits: usize) {
        black_box((name, value, digits));
    }
    fn flags(&mut self, value: u64, digits: usize, names: &mut dyn Iterator<Item = &'static str>) {
        for name in names {
            self.0.show(&name);
        }
        black_box((value, digits));
    }
    fn bytes(&mut self, value: &[u8]) {
        black_box(value);
    }
    fn yes_no(&mut self, value: bool) {
        black_box(value);
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn inspect(input: &Input) {
    fn one<'a, T: Unmarshal<'a> + Inspect>(input: &'a Input) {
        if let Ok(value) = T::from_bytes(black_box(input.bytes())) {
            value.inspect(&mut Shown(&mut Text::new(input.out())));
        }
    }
    one::<Tpm2bPublic<'_>>(input);
    one::<TpmsAttest<'_>>(input);
    one::<TpmtSignature<'_>>(input);
    one::<Tpm2bCreationData<'_>>(input);
    one::<TpmtTkCreation<'_>>(input);
    one::<Tpm2bNvPublic<'_>>(input);
    one::<Tpm2bIdObject<'_>>(input);
    one::<TpmlPcrSelection<'_>>(input);
    one::<TpmlDigest<'_>>(input);
    one::<TpmtHa<'_>>(input);
}

#[unsafe(no_mangle)]
pub extern "C" fn hashing(input: &Input) {
    let hash = TpmAlgId(black_box(input.number as u16));
    black_box(Hasher::digest(hash, input.bytes()));
    if let Some(mut hasher) = Hasher::new(hash) {
        hasher.update(input.part(1));
        hasher.update(input.part(2));
        let other = black_box(hasher.clone());
        black_box((hasher.finish().as_ref(), other.finish().as_ref()));
    }
    if let Ok(public) = TpmtPublic::from_bytes(input.bytes()) {
        black_box(Hasher::digest_of(hash, &public)).ok();
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn names(input: &Input) {
    let mut text = Text::new(input.out());
    let mut parent = Name::of_handle(TpmHandle(input.number));
    if let Ok(name) = Tpm2bName::from_bytes(black_box(input.part(1))) {
        parent = black_box(Name::new(name));
    }
    if let Ok(public) = Tpm2bPublic::from_bytes(input.bytes())
        && let Some(name) = Name::of_public(&public)
    {
        text.show(&name);
        black_box(name.name_alg());
        black_box(name.qualified_by(&parent));
    }
    if let Ok(public) = TpmsNvPublic::from_bytes(input.bytes()) {
        black_box(Name::of_nv(&public));
    }
    black_box(parent.qualified_by(&parent));
    match input.text().parse::<Name>() {
        Ok(name) => text.show(&name),
        Err(error) => show_error(&mut text, &error),
    }
}
