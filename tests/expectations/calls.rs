//! The rows of `calls`, by the functions of the library. No row is about options alone: what the
//! command and the packages call an option is a type or a method here.

use std::{fs, time::Duration};

use serde_json::Value;
use tpm_quote::{
    AkCertificate, Appraisal, AttestationKey, CertificateChain, Error, Evidence, Name, Nonce,
    PcrSet, PcrValue, QuotePolicy, Tpm2bPublic, TpmAlgId, Unmarshal, Verifier,
    evidence::{
        FileKind, Key, PcrFile, TrustAnchor, TrustFile, read_ima_key, read_key, read_project,
    },
    log::{
        BootPolicy, EventLog, ImaChunks, ImaDigest, ImaKey, ImaList, ImaPolicy, ImaState, Logs,
        Suffix,
    },
    types::TpmaObject,
    verify::{
        Anchor, AnchorLine, AttestPolicy, AttestSignature, Certify, Either, HardwarePolicy, Nv,
        NvDigest, ObjectRules, Part, SignedAttest, SigningScheme, SnpTcb, VerifiedHardware,
        X509Certificate,
    },
};

use crate::{
    common::hex,
    failure, report,
    table::{DATA, rows, text},
};

/// The bytes that a value of a row stands for.
fn bytes(value: &Value) -> Vec<u8> {
    let file = |file: &Value| fs::read(format!("{DATA}/{}", text(file))).unwrap();
    if let Some(several) = value["files"].as_array() {
        return several.iter().flat_map(file).collect();
    }
    if let Some(digits) = value["hex"].as_str() {
        return hex(digits);
    }
    let mut bytes = file(&value["file"]);
    if let Some(take) = value["take"].as_u64() {
        bytes.truncate(take.try_into().unwrap());
    }
    bytes
}

fn given(value: &Value) -> Option<Vec<u8>> {
    value.is_object().then(|| bytes(value))
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().map(text).collect()
}

fn nonce(options: &Value) -> Nonce {
    Nonce::exact(&hex(text(&options["nonce"]))).unwrap()
}

/// The certificate of the key, and the root that it has to lead to.
struct Certified(Vec<u8>, Vec<Vec<u8>>);

impl Certified {
    fn of(options: &Value) -> Option<Self> {
        let certificate = given(&options["ak_cert"])?;
        let roots = options["ca"].as_array().unwrap();
        Some(Self(certificate, roots.iter().map(bytes).collect()))
    }

    fn verify(&self, options: &Value) -> Result<AkCertificate<'_>, Error> {
        let mut chain = CertificateChain::new(&self.0).strip_padding();
        if options["dangerous_allow_sha1_certificates"] == true {
            chain = chain.dangerous_allow_sha1_signatures();
        }
        let at = Duration::from_secs(options["at"].as_u64().unwrap());
        AkCertificate::verify(&chain, &self.1, at)
    }
}

/// The lines of a trust file that count, each as the Names or the numbers of a key.
enum Trusted {
    Names([Name; 1]),
    Key(Vec<u8>),
}

fn trusted(options: &Value) -> Option<Vec<(u32, Trusted)>> {
    let file = TrustFile::parse(options["trust"].as_str()?.as_bytes()).unwrap();
    let machine = options["machine"].as_str();
    let lines = file
        .lines()
        .filter(|line| machine.is_none_or(|name| name == line.name));
    let lines = lines.map(|line| match &line.anchor {
        TrustAnchor::AkName(name) => (line.number, Trusted::Names([*name])),
        TrustAnchor::AkKey(name) => {
            let file = &options["trust_files"][name.to_string()];
            (line.number, Trusted::Key(bytes(file)))
        }
        other => panic!("no row has {}", other.kind()),
    });
    Some(lines.collect())
}

const ES256: SigningScheme = SigningScheme::ecdsa(TpmAlgId::SHA256);

/// Judges a key by what vouches for it in a row, and goes on with it.
fn with_key<T>(
    options: &Value,
    then: impl FnOnce(Appraisal<'_, AttestationKey<'_>>) -> T,
) -> Result<T, Error> {
    let verifier = Verifier::new();
    let certified = Certified::of(options);
    let certificate = certified
        .as_ref()
        .map(|certified| certified.verify(options));
    let Some(key) = given(&options["key"]) else {
        // The key in the certificate, by the algorithm that WebAuthn names beside it: ES256.
        let certificate = certificate.unwrap()?;
        let key = verifier.appraise_certificate_key(&certificate, ES256, None);
        return Ok(then(key));
    };
    let public =
        Tpm2bPublic::from_bytes(&key).map_err(|error| Error::from(error).in_part(Part::Key))?;
    let trusted = trusted(options);
    let mut room = vec![0; 4096];
    let mut rest = &mut *room;
    let mut lines = Vec::new();
    for (number, line) in trusted.iter().flatten() {
        let anchor = match line {
            Trusted::Names(names) => Anchor::new().pinned(&names[..]),
            Trusted::Key(key) => {
                let (now, behind) = rest.split_at_mut(key.len());
                rest = behind;
                let (_, key) = read_key(key, now).unwrap();
                let Key::Plain(plain) = key else {
                    panic!("no row has a public area in a trust file");
                };
                Anchor::new().known_key(plain)
            }
        };
        lines.push(AnchorLine::new(*number, anchor));
    }
    let mut anchor = Anchor::new();
    if trusted.is_some() {
        anchor = anchor.any_of(&lines, nonce(options));
    }
    anchor = match &certificate {
        Some(Ok(certificate)) => anchor.certificate(certificate),
        Some(Err(error)) => anchor.failed_certificate(*error),
        None => anchor,
    };
    Ok(then(verifier.appraise_key(&public, &anchor)))
}

/// What a file of the wrong kind is, where a log has to be.
fn of_kind(seen: Option<FileKind>, wanted: &'static str, part: Part) -> Result<(), Error> {
    match seen {
        Some(seen) => Err(seen.instead_of(wanted, part)),
        None => Ok(()),
    }
}

/// The logs of a row.
fn logs<'l>(
    options: &Value,
    boot: Option<&'l [u8]>,
    ima: Option<&'l [u8]>,
) -> Result<Option<Logs<'l>>, Error> {
    let mut logs = Logs::new();
    if let Some(log) = boot {
        let seen = FileKind::of(log).filter(|seen| seen.is_no_boot_log());
        of_kind(seen, "the firmware's event log", Part::EventLog)?;
        logs = logs.firmware(EventLog::parse(log)?);
    }
    if let Some(list) = ima {
        let seen = FileKind::of(list).filter(|seen| seen.is_no_ima_list());
        of_kind(seen, "a list of IMA", Part::ImaList)?;
        logs = logs.ima(ImaList::parse(list)?);
    }
    for suffix in texts(&options["allow_suffix"]) {
        logs = logs.allow_suffix(Suffix::by_name(suffix).unwrap());
    }
    Ok((boot.is_some() || ima.is_some()).then_some(logs))
}

/// The digests of a list as text, but of the files with these names.
fn allowed(options: &Value) -> Option<String> {
    let given = options.get("ima_allow")?;
    let but = texts(&given["but"]);
    let list = fs::read_to_string(format!("{DATA}/{}", text(&given["digests"]))).unwrap();
    let entries = list.lines().skip(1).map(|line| {
        let words: Vec<_> = line.split(' ').collect();
        (words[3], words[4])
    });
    let digests = entries.filter(|(_, name)| !but.contains(name));
    let digests: Vec<_> = digests.map(|(digest, _)| digest).collect();
    Some(digests.join("\n"))
}

/// What the quote comes to with the logs of its row.
fn replayed(options: &Value, appraisal: Appraisal<'_, tpm_quote::VerifiedQuote<'_>>) -> Value {
    let rules = &options["policy"]["boot"];
    let mut boot = BootPolicy::new();
    let sbat = texts(&rules["sbat_at_least"]).join("\n");
    if !sbat.is_empty() {
        boot = boot.sbat_at_least(sbat.as_bytes());
    }
    if rules["require_secure_boot"] == true {
        boot = boot.require_secure_boot();
    }
    let (event_log, list) = (given(&options["boot_log"]), given(&options["ima_list"]));
    let boot = rules.is_object().then_some(&boot);
    let goes_on = given(&options["ima_state"]).zip(list.as_ref());
    let whole = list.as_deref().filter(|_| goes_on.is_none());
    let logs = logs(options, event_log.as_deref(), whole);
    let (appraisal, replay) = match goes_on {
        None => appraisal.replay(logs, boot),
        Some((state, new)) => return resumed(options, appraisal, logs, &state, new),
    };
    let Some(allowed) = allowed(options) else {
        return report(&appraisal);
    };
    let allowed: Vec<_> = allowed
        .lines()
        .map(|one| ImaDigest::parse(one).unwrap())
        .collect();
    let required = texts(&options["ima_require"]).into_iter();
    let required: Vec<_> = required.map(|one| ImaDigest::parse(one).unwrap()).collect();
    let in_force = texts(&options["ima_require_policy"]);
    let keys = options["ima_key"]
        .as_array()
        .into_iter()
        .flatten()
        .map(bytes);
    let keys: Vec<_> = keys.collect();
    let mut rooms: Vec<_> = keys.iter().map(|key| vec![0; key.len()]).collect();
    let read = keys.iter().zip(&mut rooms);
    let keys: Vec<ImaKey<'_>> = read
        .map(|(key, room)| read_ima_key(key, room).unwrap().1)
        .collect();
    let allowed = &*allowed;
    let policy = ImaPolicy::new(&allowed)
        .keys(&keys)
        .require(&required)
        .require_in_force(&in_force);
    let (appraisal, _) = appraisal.judge_ima(replay.as_ref(), Some(&policy));
    report(&appraisal)
}

/// The same with a list that goes on from a state.
fn resumed(
    options: &Value,
    appraisal: Appraisal<'_, tpm_quote::VerifiedQuote<'_>>,
    logs: Result<Option<Logs<'_>>, Error>,
    state: &[u8],
    new: &[u8],
) -> Value {
    let state = ImaState::from_bytes(state).unwrap();
    let allowed = allowed(options).unwrap();
    let digests = allowed.lines().map(|one| ImaDigest::parse(one).unwrap());
    let digests: Vec<_> = digests.collect();
    let required = texts(&options["ima_require"]).into_iter();
    let required: Vec<_> = required.map(|one| ImaDigest::parse(one).unwrap()).collect();
    let digests = &*digests;
    let policy = ImaPolicy::new(&digests).require(&required);
    let logs = logs.map(Option::unwrap_or_default);
    let mut buffer = vec![0; ImaChunks::MAX_ENTRY];
    let (policy, state) = (Some(&policy), Some(&state));
    let (appraisal, _) =
        appraisal.replay_resumed(logs, None, policy, state, &mut buffer, |stream| {
            stream.push(new)
        });
    report(&appraisal)
}

/// A row of the kind `quote`, whose evidence is in its parts.
fn quote(options: &Value) -> Result<Value, Error> {
    let required = options["require_pcrs"].as_str();
    let required = required.map(|set| PcrSet::parse(set).unwrap());
    let (attest, signature) = (bytes(&options["attest"]), bytes(&options["signature"]));
    let file = bytes(&options["pcrs"]);
    let is_serialized = text(&options["pcrs"]["file"]).ends_with("serialized");
    let pcrs = match (is_serialized, required) {
        (true, _) => PcrFile::serialized(&file)?,
        (false, required) => PcrFile::values(&file, &required.unwrap())?,
    };
    let values: Vec<PcrValue<'_>> = pcrs.iter().collect();
    let evidence = Evidence {
        attest: &attest,
        signature: &signature[..],
        pcrs: &values,
    };
    let policy = QuotePolicy::new(nonce(options), required.unwrap_or_else(|| pcrs.selection()));
    with_key(options, |key| {
        replayed(
            options,
            Verifier::new().appraise_quote(key, &evidence, &policy),
        )
    })
}

/// A row of the kind `quote`, whose evidence is Azure's.
fn project(options: &Value) -> Result<Value, Error> {
    let json = bytes(&options["evidence"]);
    let mut room = vec![0; 2 * json.len()];
    let found = read_project(&json, &mut room)?;
    let said = found.hardware().unwrap();
    let both = bytes(&options["hardware_root"]);
    let (ask, ark) = X509Certificate::split_der(&both).unwrap();
    let measurement: [u8; 48] = hex(text(&options["hardware_measurement"]))
        .try_into()
        .unwrap();
    let measured = [measurement];
    let mut policy = HardwarePolicy::launched(&measured, &[])?;
    if let Some(tcb) = options["hardware_tcb"].as_str() {
        policy = policy.minimum_tcb(SnpTcb::parse(tcb).unwrap());
    }
    let at = Duration::from_secs(options["at"].as_u64().unwrap());
    let (between, snp) = ([ask], said.report().snp_report()?);
    let chain = CertificateChain::new(said.vcek()?).intermediates(&between);
    let processor = VerifiedHardware::verify(&snp, &chain, &[ark], at, &policy);
    let verifier = Verifier::new();
    let of_key = processor.as_ref().map_err(|error| *error);
    let key = verifier.appraise_hardware_key(said.report(), of_key);
    let required = PcrSet::parse(text(&options["require_pcrs"])).unwrap();
    let values = found
        .values()
        .filter(|value| required.contains(value.bank, value.index));
    let values: Vec<_> = values.collect();
    let mut quotes = found.quotes();
    let quote = quotes.next().unwrap();
    assert!(quotes.next().is_none());
    let evidence = Evidence {
        attest: quote.attest,
        signature: quote.signature,
        pcrs: &values,
    };
    let policy = QuotePolicy::new(nonce(options), required);
    Ok(report(&verifier.appraise_quote(key, &evidence, &policy)))
}

/// The attributes with these names.
fn attributes(names: &Value) -> TpmaObject {
    texts(names)
        .into_iter()
        .fold(TpmaObject::EMPTY, |all, text| {
            let known = TpmaObject::NAMES.iter().find(|(_, name)| *name == text);
            all.union(known.unwrap().0)
        })
}

/// A row of the kind `attest`.
fn attest(options: &Value) -> Result<Value, Error> {
    let (attest, signature) = (bytes(&options["attest"]), bytes(&options["signature"]));
    let signed = SignedAttest {
        attest: &attest,
        signature: match options["key"].is_object() {
            true => AttestSignature::from(&signature[..]),
            false => ES256.plain_signature(&signature)?.into(),
        },
    };
    let mut policy = AttestPolicy::new(nonce(options));
    if options["allow_empty_signer"] == true {
        policy = policy.allow_empty_signer();
    }
    let verifier = Verifier::new();
    let object = given(&options["object"]);
    if text(&options["kind"]) == "certify" {
        let object = object.unwrap();
        let object = Tpm2bPublic::from_unsized(&object).unwrap();
        let mut rules = ObjectRules::new()
            .require(attributes(&options["object_has"]))
            .forbid(attributes(&options["object_lacks"]));
        if options["object_strong_key"] == true {
            rules = rules.require_strong_key();
        }
        let kind = Certify::of(&object).rules(rules);
        return with_key(options, |key| {
            report(&verifier.appraise_attest(key, &signed, &kind, &policy))
        });
    }
    let name: Name = text(&options["nv_name"]).parse().unwrap();
    let (mut whole, mut digest) = (Nv::named(name), NvDigest::named(name));
    let contents = given(&options["contents"]);
    if let Some(contents) = &contents {
        whole = whole.contents(0, contents);
        digest = digest.contents(contents);
    }
    let kind = Either(whole, digest);
    with_key(options, |key| {
        report(&verifier.appraise_attest(key, &signed, &kind, &policy))
    })
}

/// The options that a row may have: one that is not read here would be a row that is not tested.
const KNOWN: [&str; 32] = [
    "ak_cert",
    "allow_empty_signer",
    "allow_suffix",
    "at",
    "attest",
    "boot_log",
    "ca",
    "contents",
    "dangerous_allow_sha1_certificates",
    "evidence",
    "hardware_measurement",
    "hardware_root",
    "hardware_tcb",
    "ima_allow",
    "ima_key",
    "ima_list",
    "ima_require",
    "ima_require_policy",
    "ima_state",
    "key",
    "kind",
    "machine",
    "nonce",
    "nv_name",
    "object",
    "object_has",
    "object_lacks",
    "object_strong_key",
    "pcrs",
    "policy",
    "require_pcrs",
    "signature",
];
/// Those of a trust file.
const OF_TRUST: [&str; 2] = ["trust", "trust_files"];

#[test]
fn calls_come_to_what_the_table_says() {
    let mut wrong = Vec::new();
    for row in rows("calls", 51) {
        let options = &row["options"];
        for name in options.as_object().unwrap().keys() {
            let is_known = KNOWN.contains(&&**name) || OF_TRUST.contains(&&**name);
            assert!(is_known, "{}: {name} is not read here", row["name"]);
        }
        let found = match text(&row["call"]) {
            "quote" if options["evidence"].is_object() => project(options),
            "quote" => quote(options),
            "attest" => attest(options),
            other => panic!("{other}"),
        };
        let found = found.unwrap_or_else(|error| failure(&error));
        if found != row["expect"] {
            wrong.push(format!("{}: {found}, not {}", row["name"], row["expect"]));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
