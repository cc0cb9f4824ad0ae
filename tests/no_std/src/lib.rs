//! Proof that the library neither allocates nor panics.
//!
//! A static library that calls what is public with inputs that the compiler
//! knows nothing of. It has no allocator: were one needed, it would not build.
//! Its panic handler calls a function that does not exist: could a panic be
//! reached, it would not link. `run.sh` builds and links it.
//!
//! What builds paths of certificates is not among the roots, but apart: it is another
//! crate, and `run.sh` lists where its panics are.
//!
//! Each function below is a root of its own, so that the linker can say which
//! of them is at fault.

#![no_std]

mod certificates;
#[cfg(feature = "credential")]
mod credential;
mod software;

use core::{
    fmt::{self, Write as _},
    hint::black_box,
    panic::PanicInfo,
    ptr, slice,
};

use tpm_quote::{
    AttestationKey, Evidence, Name, Nonce, PcrSet, PcrValue, QuotePolicy, ResponsePolicy, Scratch,
    Tier, TpmAlgId, TpmAttestation, VerifiedQuote, VerifyError,
    crypto::{Hasher, PublicKey, Signature, SignatureError, SignatureVerifier},
    evidence::{
        Form, KeylimeQuote, PcrFile, Project, Record, ResponseError, SpkiError, ToolsError,
        parse_hash, parse_selection, plain_signature, read_azure_vtpm,
        read_confidential_containers, read_go_attestation, read_jwk, read_pem, read_project,
        read_spki, write_pem, write_spki,
    },
    types::*,
    verify::{
        Ancestry, AnchorError, AttestPolicy, AuditDigest, BaselineEntry, Certify, ClockPolicy,
        ClockReading, CommandAudit, Creation, KeyRules, Kind, Nv, NvDigest, PcrValues, PlainKey,
        SessionAudit, SignedAttest, SigningScheme, Time, bank_by_name, verify_attest_with,
    },
    verify_response, verify_response_for_tier,
    wire::{Inspect, Inspector, Marshal, Tell, Unmarshal},
};

use crate::{certificates::certificates, software::software};

unsafe extern "C" {
    /// Defined nowhere. It takes the panic, so that its place in the source
    /// stays in the program, where `run.sh` finds it.
    fn panic_is_reachable(info: *const ()) -> !;
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    // SAFETY: nothing that calls it can be linked.
    unsafe { panic_is_reachable(ptr::from_ref(info).cast()) }
}

/// Bytes from outside. All roots have the same arguments.
#[repr(C)]
pub struct Input {
    bytes: *const u8,
    len: usize,
    out: *mut u8,
    out_len: usize,
    number: u32,
}

impl Input {
    fn bytes(&self) -> &[u8] {
        // SAFETY: the caller gives `len` bytes.
        unsafe { slice::from_raw_parts(self.bytes, self.len) }
    }

    #[expect(clippy::mut_from_ref, reason = "each root takes it once")]
    fn out(&self) -> &mut [u8] {
        // SAFETY: the caller gives `out_len` bytes, which nobody else has.
        unsafe { slice::from_raw_parts_mut(self.out, self.out_len) }
    }

    fn text(&self) -> &str {
        core::str::from_utf8(self.bytes()).unwrap_or_default()
    }

    /// A part of the bytes: with several inputs, none has a known length.
    fn part(&self, n: usize) -> &[u8] {
        let (from, to) = black_box((n, self.len));
        self.bytes().get(from..to).unwrap_or_default()
    }
}

/// A buffer that text is written into.
struct Text<'o> {
    out: &'o mut [u8],
    len: usize,
}

impl<'o> Text<'o> {
    fn new(out: &'o mut [u8]) -> Self {
        Self { out, len: 0 }
    }

    fn show(&mut self, value: &dyn fmt::Display) {
        black_box(write!(self, "{value}")).ok();
    }
}

impl fmt::Write for Text<'_> {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        for byte in s.bytes() {
            *self.out.get_mut(self.len).ok_or(fmt::Error)? = byte;
            self.len = self.len.wrapping_add(1);
        }
        Ok(())
    }
}

macro_rules! roots {
    ($($root:ident),* $(,)?) => {
        /// All of them.
        #[unsafe(no_mangle)]
        pub extern "C" fn entry(input: &Input) {
            $( $root(input); )*
        }
    };
}

roots!(
    codec_public,
    codec_attest,
    codec_rest,
    errors,
    inspect,
    hashing,
    names,
    nonce,
    pcr_set,
    keys,
    quote,
    ancestry,
    audit_digest,
    attest_objects,
    attest_rest,
    anchors,
    block,
    record,
    response,
    tools,
    keylime,
    spki,
    jwk,
    certificates,
    projects,
    software,
);

/// What must not link: were it to, the proof would prove nothing.
#[unsafe(no_mangle)]
pub extern "C" fn control(input: &Input) {
    black_box(input.bytes()[black_box(input.len)]);
}

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

fn list<'a, T: ListElement<'a> + Marshal>(input: &'a Input) {
    codec::<T>(input);
    codec::<Tpml<'a, T>>(input);
    if let Ok(list) = Tpml::<T>::from_bytes(black_box(input.bytes())) {
        black_box(list.count());
        for element in list.iter() {
            let element = black_box([element]);
            black_box(Tpml::new(&element, input.out())).ok();
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
        text.show(&error);
    }
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
}

#[unsafe(no_mangle)]
pub extern "C" fn nonce(input: &Input) {
    let mut text = Text::new(input.out());
    for nonce in [
        Nonce::from_payload_id(input.text()),
        Nonce::exact(input.bytes()),
    ] {
        match black_box(nonce) {
            Ok(nonce) => text.show(&nonce),
            Err(error) => text.show(&error),
        }
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn pcr_set(input: &Input) {
    let mut text = Text::new(input.out());
    match PcrSet::parse(input.text()) {
        Ok(set) => {
            for (bank, index) in set.iter() {
                black_box((bank, index));
            }
            black_box(set == black_box(set));
            text.show(&set);
        }
        Err(error) => text.show(&error),
    }
    black_box(bank_by_name(input.text()));
}

/// A verifier of which nothing is known, so that all that stands behind a
/// signature is reached.
struct Unknown;

fn any_answer() -> Result<(), SignatureError> {
    match black_box(0) {
        0 => Ok(()),
        1 => Err(SignatureError::Invalid),
        _ => Err(SignatureError::Unsupported),
    }
}

impl SignatureVerifier for Unknown {
    fn check_key(&self, key: &PublicKey<'_>) -> Result<(), SignatureError> {
        black_box(key);
        any_answer()
    }

    fn verify(
        &self,
        key: &PublicKey<'_>,
        hash: TpmAlgId,
        message: &[u8],
        signature: &Signature<'_>,
    ) -> Result<(), SignatureError> {
        black_box((key, hash, message, signature));
        any_answer()
    }
}

fn show_error(text: &mut Text<'_>, error: &VerifyError) {
    text.show(error);
    text.show(&error.help());
    text.show(&error.check());
    black_box(error.verdict());
}

/// The key in the bytes, judged with any rules and any anchor.
fn key<'a>(
    input: &'a Input,
    verifier: &dyn SignatureVerifier,
) -> Option<Result<AttestationKey<'a>, VerifyError>> {
    let public = Tpm2bPublic::from_bytes(black_box(input.bytes())).ok()?;
    let mut rules = KeyRules::new();
    if black_box(false) {
        rules = rules
            .dangerous_allow_sha1_names()
            .dangerous_allow_rsa_1024();
    }
    let names = [input.part(1), input.part(2)];
    Some(match black_box(input.number) {
        0 => AttestationKey::self_asserted_with(&public, rules, verifier),
        n => {
            let names = names.get(..n as usize).unwrap_or_default();
            AttestationKey::pinned_with(&public, names, rules, verifier)
        }
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn keys(input: &Input) {
    let mut text = Text::new(input.out());
    match key(input, &Unknown) {
        Some(Ok(key)) => {
            text.show(key.name());
            text.show(&key.trust());
            text.show(&key.algorithm());
            text.show(&key.scheme());
        }
        Some(Err(error)) => show_error(&mut text, &error),
        None => {}
    }
}

fn show_quote(text: &mut Text<'_>, quote: &VerifiedQuote<'_>, input: &Input) {
    black_box(quote.pcr(TpmAlgId(input.number as u16), input.number as u8));
    for value in quote.pcrs() {
        black_box(value);
    }
    text.show(quote.selection());
    text.show(quote.key_name());
    text.show(&quote.key_trust());
    black_box((quote.pcr_select(), quote.pcr_digest(), quote.nonce()));
    black_box((quote.qualified_signer(), quote.clock_info()));
    black_box((quote.firmware_version(), quote.baseline_matched()));
    black_box(quote.clock_reading());
}

#[unsafe(no_mangle)]
pub extern "C" fn quote(input: &Input) {
    let mut text = Text::new(input.out());
    let Some(Ok(key)) = key(input, &Unknown) else {
        return;
    };
    let value = |n| PcrValue {
        bank: TpmAlgId(black_box(n) as u16),
        index: black_box(n) as u8,
        digest: input.part(n),
    };
    let values = [value(3), value(4), value(5)];
    let pcrs = values.get(..black_box(3)).unwrap_or_default();
    let evidence = Evidence {
        attest: input.part(6),
        signature: input.part(7),
        pcrs,
    };
    let good = [input.part(8)];
    let good = good.get(..black_box(1)).unwrap_or_default();
    let baseline: [BaselineEntry<'_>; 1] = [(TpmAlgId(input.number as u16), 7, good)];
    let (Ok(nonce), Ok(set)) = (Nonce::exact(input.part(9)), PcrSet::parse(input.text())) else {
        return;
    };
    let mut policy =
        QuotePolicy::new(nonce, set).baseline(baseline.get(..black_box(1)).unwrap_or_default());
    let since = reading(&key);
    if black_box(false) {
        policy = policy
            .clock(clock(&since))
            .ancestry(stand(input))
            .require_anchored_key()
            .dangerous_allow_sha1_signatures();
    }
    match tpm_quote::verify::verify_quote_with(&Unknown, &key, &evidence, &policy) {
        Ok(quote) => show_quote(&mut text, &quote, input),
        Err(error) => show_error(&mut text, &error),
    }
}

/// An earlier reading, of which nothing is known.
fn reading(key: &AttestationKey<'_>) -> ClockReading {
    ClockReading {
        key_name: *key.name(),
        clock_info: TpmsClockInfo {
            clock: black_box(0),
            reset_count: black_box(0),
            restart_count: black_box(0),
            safe: black_box(false),
        },
    }
}

/// All that can be asked of a clock.
fn clock(since: &ClockReading) -> ClockPolicy<'_> {
    ClockPolicy::new()
        .require_safe()
        .since(since)
        .allow_reboots()
        .minimum_firmware(black_box(0))
}

/// Any place in a TPM.
fn stand(input: &Input) -> Ancestry {
    let primary = Ancestry::under(TpmHandle(black_box(input.number)));
    match Tpm2bName::from_bytes(black_box(input.part(10))) {
        Ok(parent) => primary.below(&Name::new(parent)).unwrap_or(primary),
        Err(_) => primary,
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn ancestry(input: &Input) {
    let mut text = Text::new(input.out());
    let ancestry = stand(input);
    black_box(ancestry.hierarchy());
    text.show(ancestry.parent());
    if let Ok(name) = Tpm2bName::from_bytes(black_box(input.bytes())) {
        text.show(&ancestry.qualified_name(&Name::new(name)));
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn audit_digest(input: &Input) {
    let hash = TpmAlgId(black_box(input.number as u16));
    let command = black_box(input.number);
    let names = [Name::of_handle(TpmHandle(command)); 2];
    let names = names.get(..black_box(2)).unwrap_or_default();
    let commands = [command, black_box(command)];
    let commands = commands.get(..black_box(2)).unwrap_or_default();
    let cp_hash = AuditDigest::cp_hash(hash, command, names, input.part(1));
    let rp_hash = AuditDigest::rp_hash(hash, command, input.part(2));
    black_box(AuditDigest::of_commands(hash, commands));
    if let Some(mut digest) = AuditDigest::new(hash)
        && let (Some(cp_hash), Some(rp_hash)) = (cp_hash, rp_hash)
    {
        digest.extend(cp_hash.as_ref(), rp_hash.as_ref());
        digest.extend(input.part(3), input.part(4));
        black_box((digest.hash(), digest.as_ref()));
    }
}

/// An attestation of one kind, by any policy.
fn attest<'a, K: Kind<'a>>(input: &'a Input, kind: &K) {
    let mut text = Text::new(input.out());
    let (Some(Ok(key)), Ok(nonce)) = (key(input, &Unknown), Nonce::exact(input.part(9))) else {
        return;
    };
    let since = reading(&key);
    let mut policy = AttestPolicy::new(nonce);
    if black_box(false) {
        policy = policy
            .ancestry(stand(input))
            .clock(clock(&since))
            .require_anchored_key()
            .dangerous_allow_sha1_signatures();
    }
    match verify_attest_with(&Unknown, &key, &signed(input), kind, &policy) {
        Ok(verified) => {
            text.show(verified.key_name());
            text.show(&verified.key_trust());
            black_box((verified.facts(), verified.nonce(), verified.hierarchy()));
            black_box((verified.qualified_signer(), verified.clock_info()));
            black_box((verified.clock_reading(), verified.firmware_version()));
        }
        Err(error) => show_error(&mut text, &error),
    }
}

fn signed(input: &Input) -> SignedAttest<'_> {
    SignedAttest {
        attest: input.part(6),
        signature: input.part(7),
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn attest_objects(input: &Input) {
    let Ok(object) = Tpm2bPublic::from_bytes(black_box(input.part(2))) else {
        return;
    };
    attest(input, &Certify::of(&object));
    attest(input, &Certify::of(&object).ancestry(stand(input)));
    if let Ok(data) = Tpm2bCreationData::from_bytes(black_box(input.part(3))) {
        attest(input, &Creation::of(&object, &data));
        let creation = Creation::of(&object, &data)
            .ancestry(stand(input))
            .outside_info(input.part(4));
        attest(input, &creation);
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn attest_rest(input: &Input) {
    attest(input, &Time);
    attest(input, &SessionAudit::new());
    let audit = SessionAudit::new().digest(input.part(4));
    attest(input, &audit.require_exclusive());
    attest(input, &CommandAudit::new());
    let commands = [black_box(input.number); 2];
    let audit = CommandAudit::new().digest(input.part(4));
    attest(
        input,
        &audit.commands(commands.get(..black_box(2)).unwrap_or_default()),
    );
    if let Ok(index) = Tpm2bNvPublic::from_bytes(black_box(input.part(2))) {
        attest(input, &Nv::of(&index));
        let offset = black_box(input.number as u16);
        attest(input, &Nv::of(&index).contents(offset, input.part(4)));
        attest(input, &NvDigest::of(&index));
        attest(input, &NvDigest::of(&index).contents(input.part(4)));
    }
}

fn show_anchored(text: &mut Text<'_>, anchored: &Result<AttestationKey<'_>, AnchorError>) {
    match anchored {
        Ok(key) => {
            text.show(key.name());
            text.show(&key.trust());
            text.show(&key.trust().is_anchored());
            if let Some(qualified_name) = key.qualified_name() {
                text.show(qualified_name);
            }
        }
        Err(error) => {
            text.show(error);
            text.show(&error.help());
            text.show(&error.check());
            black_box(error.verdict());
        }
    }
}

/// A key that another one vouches for.
#[unsafe(no_mangle)]
pub extern "C" fn anchors(input: &Input) {
    let mut text = Text::new(input.out());
    let (Some(Ok(trusted)), Ok(nonce)) = (key(input, &Unknown), Nonce::exact(input.part(9))) else {
        return;
    };
    let Ok(public) = Tpm2bPublic::from_bytes(black_box(input.part(2))) else {
        return;
    };
    let (signed, rules) = (signed(input), KeyRules::new());
    show_anchored(
        &mut text,
        &AttestationKey::certified_by_with(&public, &signed, &trusted, nonce, rules, &Unknown),
    );
    if let Ok(creation) = Tpm2bCreationData::from_bytes(black_box(input.part(3))) {
        let created = AttestationKey::created_under_with(
            &public, &creation, &signed, &trusted, nonce, rules, &Unknown,
        );
        show_anchored(&mut text, &created);
    }
}

fn show_response_error(text: &mut Text<'_>, error: &ResponseError) {
    text.show(error);
    text.show(&error.help());
    text.show(&error.check());
    black_box((error.verdict(), error.offset()));
}

#[unsafe(no_mangle)]
pub extern "C" fn record(input: &Input) {
    let mut text = Text::new(input.out());
    let mut scratch = Scratch::new();
    let (json, scratch) = (black_box(input.bytes()), black_box(&mut scratch));
    match Record::from_json(json, black_box("id"), black_box("response"), scratch) {
        Ok(record) => {
            text.show(&record.payload_id);
            text.show(&record.form);
            black_box(record.block);
        }
        Err(error) => show_response_error(&mut text, &error),
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn block(input: &Input) {
    let mut text = Text::new(input.out());
    let mut scratch = Scratch::new();
    match Form::detect(black_box(input.bytes())) {
        Ok(form) => text.show(&form),
        Err(error) => show_response_error(&mut text, &error),
    }
    let form = match black_box(input.number) {
        0 => Some(Form::Response),
        1 => Some(Form::Metadata),
        2 => Some(Form::Block),
        _ => None,
    };
    let (json, scratch) = (input.bytes(), black_box(&mut scratch));
    let block = match form {
        Some(form) => TpmAttestation::from_json(json, form, scratch),
        None => TpmAttestation::from_any_json(json, scratch).map(|(form, block)| {
            text.show(&form);
            block
        }),
    };
    match block {
        Ok(Some(block)) => {
            black_box(block.write_json(&mut text)).ok();
            if let TpmAttestation::Available(evidence) = block {
                for value in evidence.pcr_values.iter() {
                    black_box(value);
                }
            }
        }
        Ok(None) => {}
        Err(error) => show_response_error(&mut text, &error),
    }
    // A block that a server puts together itself.
    if let Ok(pcr_banks) = PcrSet::parse(input.text()) {
        let values = [PcrValue {
            bank: TpmAlgId(input.number as u16),
            index: input.number as u8,
            digest: input.part(1),
        }];
        let block = TpmAttestation::Available(tpm_quote::evidence::BlockEvidence {
            pcr_banks,
            pcr_values: PcrValues::from(values.get(..black_box(1)).unwrap_or_default()),
            aik_pubkey: input.part(2),
            quote: input.part(3),
            signature: input.part(4),
            aik_certify: black_box(Some(input.part(5))),
            aik_certify_signature: black_box(Some(input.part(6))),
        });
        black_box(block.write_json(&mut text)).ok();
    }
}

fn show_tools_error(text: &mut Text<'_>, error: &ToolsError) {
    text.show(error);
    text.show(&error.help());
    text.show(&error.check());
    black_box(error.verdict());
}

/// The files of tpm2-tools.
#[unsafe(no_mangle)]
pub extern "C" fn tools(input: &Input) {
    let mut text = Text::new(input.out());
    let selection = match parse_selection(input.text()) {
        Ok(set) => black_box(set),
        Err(error) => return text.show(&error),
    };
    black_box(parse_hash(input.text()));
    for file in [
        PcrFile::serialized(black_box(input.part(1))),
        PcrFile::marshaled(black_box(input.part(2))),
        PcrFile::values(black_box(input.part(3)), &selection),
    ] {
        match black_box(file) {
            Ok(file) => {
                text.show(&file.format());
                text.show(&file.selection());
                black_box((file.count(), file.bank_count()));
                for value in file.iter() {
                    black_box(value);
                }
                let mut room = [PcrFile::NO_VALUE; 24];
                black_box(file.values_in(&mut room));
            }
            Err(error) => show_tools_error(&mut text, &error),
        }
    }
    match plain_signature(black_box(input.part(4)), scheme(input)) {
        Ok(signature) => {
            let mut room = [0; 518];
            black_box(signature.marshal_into(&mut room)).ok();
        }
        Err(error) => show_tools_error(&mut text, &error),
    }
}

/// The same, as keylime puts them together.
#[unsafe(no_mangle)]
pub extern "C" fn keylime(input: &Input) {
    let mut text = Text::new(input.out());
    let mut room = [0; 4096];
    match KeylimeQuote::read(input.text(), &mut room) {
        Ok(quote) => {
            black_box((quote.attest, quote.signature, quote.pcrs.count()));
        }
        Err(error) => {
            text.show(&error);
            text.show(&error.help());
            text.show(&error.check());
            black_box(error.verdict());
        }
    }
}

fn scheme(input: &Input) -> SigningScheme {
    match TpmtSignature::from_bytes(black_box(input.part(5))) {
        Ok(signature) => SigningScheme::of_signature(&signature),
        Err(_) => SigningScheme {
            scheme: TpmAlgId(black_box(input.number) as u16),
            hash: TpmAlgId(black_box(input.number) as u16),
        },
    }
}

fn show_spki_error(text: &mut Text<'_>, error: &SpkiError) {
    text.show(error);
    text.show(&error.help());
    text.show(&error.check());
    black_box(error.verdict());
}

/// Keys without a public area.
#[unsafe(no_mangle)]
pub extern "C" fn spki(input: &Input) {
    let mut text = Text::new(input.out());
    let mut room = [0; 600];
    let der = match read_pem(black_box(input.bytes()), &mut room) {
        Ok(der) => der,
        Err(error) => {
            show_spki_error(&mut text, &error);
            input.part(1)
        }
    };
    let mut plain = match read_spki(black_box(der)) {
        Ok(key) => key,
        Err(error) => return show_spki_error(&mut text, &error),
    };
    if let Ok(public) = TpmtPublic::from_bytes(input.part(2))
        && let Some(key) = PlainKey::of_public(&public)
    {
        plain = black_box(key);
    }
    match AttestationKey::pinned_key_with(&plain, scheme(input), KeyRules::new(), &Unknown) {
        Ok(key) => text.show(&key.trust()),
        Err(error) => show_error(&mut text, &error),
    }
    let mut room = [0; 600];
    match write_spki(&plain, &mut room) {
        Ok(der) => {
            let mut room = [0; 900];
            match write_pem(black_box(der), &mut room) {
                Ok(pem) => text.show(&pem),
                Err(error) => show_spki_error(&mut text, &error),
            }
        }
        Err(error) => show_spki_error(&mut text, &error),
    }
}

/// JSON Web Keys.
#[unsafe(no_mangle)]
pub extern "C" fn jwk(input: &Input) {
    let mut text = Text::new(input.out());
    let mut room = [0; 520];
    match read_jwk(black_box(input.bytes()), &mut room) {
        Ok(key) => {
            black_box(key);
        }
        Err(error) => {
            text.show(&error);
            text.show(&error.help());
            text.show(&error.check());
            black_box(error.verdict());
        }
    }
}

/// The JSON of other projects.
#[unsafe(no_mangle)]
pub extern "C" fn projects(input: &Input) {
    let mut text = Text::new(input.out());
    let Ok(set) = PcrSet::parse(input.text()) else {
        return;
    };
    if let Ok(project) = Project::of(black_box(input.part(1))) {
        text.show(&project);
    }
    for read in [
        read_go_attestation,
        read_confidential_containers,
        read_azure_vtpm,
        read_project,
    ] {
        let mut room = [0; 4096];
        match black_box(read)(black_box(input.part(2)), &mut room) {
            Ok(evidence) => {
                text.show(&evidence.project());
                text.show(&evidence.selection());
                black_box(evidence.key());
                for quote in evidence.quotes() {
                    black_box(quote);
                }
                for value in evidence.values() {
                    black_box(value);
                }
                let mut room = [PcrFile::NO_VALUE; 24];
                black_box(evidence.values_in(&set, &mut room));
            }
            Err(error) => {
                text.show(&error);
                text.show(&error.help());
                text.show(&error.check());
                black_box(error.verdict());
            }
        }
    }
}

/// The paved path.
#[unsafe(no_mangle)]
pub extern "C" fn response(input: &Input) {
    let mut text = Text::new(input.out());
    let mut scratch = Scratch::new();
    let Ok(mut policy) = ResponsePolicy::new(input.text()) else {
        return;
    };
    let names = [input.part(1)];
    let certifier = key(input, &Unknown).and_then(Result::ok);
    let creation = Tpm2bCreationData::from_bytes(black_box(input.part(3))).ok();
    if black_box(false) {
        policy = policy
            .pinned(names.get(..black_box(1)).unwrap_or_default())
            .ancestry(stand(input))
            .require_anchored_key();
    }
    if let Some(certifier) = &certifier {
        policy = policy.certified_by(certifier);
        if black_box(false) {
            policy = policy.certification(signed(input));
        }
        if let Some(creation) = &creation {
            policy = policy.certification_of_creation(signed(input), creation);
        }
        if let Ok(nonce) = Nonce::exact(input.part(9)) {
            policy = policy.certification_nonce(nonce);
        }
    }
    match verify_response(black_box(input.bytes()), &policy, &mut scratch) {
        Ok(quote) => show_quote(&mut text, &quote, input),
        Err(error) => show_response_error(&mut text, &error),
    }
    let tier = match black_box(input.number) {
        0 => Tier::Standard,
        1 => Tier::High,
        _ => Tier::Maximum,
    };
    match verify_response_for_tier(black_box(input.bytes()), &policy, tier, &mut scratch) {
        Ok(attestation) => drop(black_box(attestation)),
        Err(error) => show_response_error(&mut text, &error),
    }
}
