//! I8: signatures of files in IMA lists, by evmctl, openssl and a kernel.

use std::fs;

use tpm_quote::{
    Error,
    crypto::{Compact, PublicKey, Signature, SignatureError, SignatureVerifier},
    evidence::read_ima_key,
    log::{ImaDigest, ImaKey, ImaList, ImaPolicy, ImaSignatureState, ImaVerdict, Logs},
    types::TpmAlgId,
    verify::{KeyRules, Verifier, X509Certificate},
};

use super::{
    forge::{SHA1, SHA256, SHA384, SHA512, hash},
    measured::{Entry, List, named, text},
    scene::Scene,
};

const APP: &str = "/usr/bin/app";
const CONTENTS: &[u8] = b"contents of /usr/bin/app";

fn read(name: &str) -> Vec<u8> {
    let root = env!("CARGO_MANIFEST_DIR");
    fs::read(format!("{root}/tests/data/{name}")).unwrap()
}

fn signature(name: &str) -> Vec<u8> {
    read(&format!("file-signatures/{name}.sig"))
}

/// Keys from the certificates of these names.
pub fn with_keys<T>(names: &[&str], then: impl FnOnce(&[ImaKey<'_>]) -> T) -> T {
    let files: Vec<_> = names
        .iter()
        .map(|name| read(&format!("file-signatures/{name}.der")))
        .collect();
    let keys: Vec<_> = files
        .iter()
        .map(|der| ImaKey::of_certificate(&X509Certificate::from_der(der).unwrap()).unwrap())
        .collect();
    then(&keys)
}

/// An entry of the program, whose field `sig` is this.
pub fn signed(template: &'static str, names: &str, digest: &[u8], signature: &[u8]) -> Entry {
    Entry {
        pcr: 10,
        is_violation: false,
        template,
        fields: vec![
            named(names, digest),
            text(APP.as_bytes()),
            signature.to_vec(),
        ],
    }
}

/// The entry as it should be, with this signature.
pub fn good(name: &str) -> Entry {
    let of_sha256 = hash(SHA256, CONTENTS);
    signed("ima-sig", "sha256:", &of_sha256, &signature(name))
}

/// What the last entry of a list is worth, by these keys: in a binary list and in ASCII.
#[track_caller]
fn state(entry: Entry, keys: &[ImaKey<'_>]) -> &'static str {
    let list = List {
        entries: vec![Entry::file("boot_aggregate", "PCRs"), entry],
        ..List::new()
    };
    let scene = list.quoted();
    let policy = ImaPolicy::signed(keys);
    let mut states = Vec::new();
    for bytes in [list.bytes(), list.ascii()] {
        let read = ImaList::parse(&bytes).unwrap();
        let replay = scene.replay(&Logs::new().ima(read)).unwrap();
        let ima = replay.ima().unwrap();
        let last = ima.entries().last().unwrap();
        let state = policy.signature(&last);
        let verdict = policy.verdict(&last);
        let judgement = ima.judge(&policy);
        match state {
            ImaSignatureState::Good { key } => {
                assert_eq!(verdict, ImaVerdict::Signed { key });
                assert_eq!((judgement.signed(), judgement.unknown()), (1, 0));
                let signer = judgement.signers().next().unwrap();
                assert_eq!(signer.fingerprint(), keys[key].fingerprint());
                assert_eq!(signer.entries(), 1);
                assert_eq!(judgement.check(), Ok(()));
            }
            _ => {
                assert_eq!(verdict, ImaVerdict::Unknown);
                assert_eq!((judgement.signed(), judgement.unknown()), (0, 1));
                assert_eq!(judgement.signers().count(), 0);
                let error = judgement.check().unwrap_err();
                assert_eq!(error.problem_name(), "ima-not-allowed");
                let not_judged = u32::from(state == ImaSignatureState::NotJudged);
                assert_eq!(judgement.signatures_not_judged(), not_judged);
                let shown = judgement.first_unknown().next().unwrap();
                assert_eq!(shown.signature(), state);
            }
        }
        states.push(state.name());
    }
    assert_eq!(states[0], states[1]);
    states[0]
}

#[test]
fn i8_signatures_of_both_versions_are_verified_over_the_digest() {
    with_keys(&["p256", "rsa", "p384", "more"], |keys| {
        for name in ["v2-rsa", "v2-p256", "v3-rsa", "v3-p256"] {
            assert_eq!(state(good(name), keys), "good", "{name}");
            // The template that has the kind of the digest.
            let digest = hash(SHA256, CONTENTS);
            let entry = signed("ima-sigv2", "ima:sha256:", &digest, &signature(name));
            assert_eq!(state(entry, keys), "good", "{name}");
        }
        for (name, names, bank) in [
            ("v2-rsa-sha512", "sha512:", SHA512),
            ("v2-p384-sha384", "sha384:", SHA384),
            ("v3-more-sha384", "sha384:", SHA384),
            ("v3-more-sha512", "sha512:", SHA512),
        ] {
            let entry = signed("ima-sig", names, &hash(bank, CONTENTS), &signature(name));
            assert_eq!(state(entry, keys), "good", "{name}");
        }
        // Also in front of the signature at the end of a module.
        let mut entry = good("v2-rsa");
        entry.template = "ima-modsig";
        let digest = entry.fields[0].clone();
        entry.fields.extend([digest, vec![1, 2, 3]]);
        let list = List {
            entries: vec![entry],
            ..List::new()
        };
        let bytes = list.bytes();
        let read = ImaList::binary(&bytes).unwrap();
        let replay = list.quoted().replay(&Logs::new().ima(read)).unwrap();
        let judgement = replay.ima().unwrap().judge(&ImaPolicy::signed(keys));
        assert_eq!((judgement.signed(), judgement.check()), (1, Ok(())));
    });
}

#[test]
fn i8_another_digest_hash_type_or_version_is_not_what_was_signed() {
    with_keys(&["rsa", "p256"], |keys| {
        let digest = hash(SHA256, CONTENTS);
        for name in ["v2-rsa", "v2-p256", "v3-rsa", "v3-p256"] {
            let other = hash(SHA256, b"a bad program");
            let entry = signed("ima-sig", "sha256:", &other, &signature(name));
            assert_eq!(state(entry, keys), "invalid", "{name}");
            // Of the digest of fs-verity that has these bytes.
            let entry = signed("ima-sigv2", "verity:sha256:", &digest, &signature(name));
            assert_eq!(state(entry, keys), "other-digest", "{name}");
            // The digest is by another hash than the signature.
            let entry = signed("ima-sig", "sm3-256:", &digest, &signature(name));
            assert_eq!(state(entry, keys), "other-digest", "{name}");
            let other = hash(SHA512, CONTENTS);
            let entry = signed("ima-sig", "sha512:", &other, &signature(name));
            assert_eq!(state(entry, keys), "other-digest", "{name}");
            // The digest of a violation, in an entry that is none.
            let entry = signed("ima-sig", "sha256:", &[0; 20], &signature(name));
            assert_eq!(state(entry, keys), "other-digest", "{name}");
            // One version read as the other.
            let mut bytes = signature(name);
            bytes[1] ^= 2 ^ 3;
            let entry = signed("ima-sig", "sha256:", &digest, &bytes);
            assert_eq!(state(entry, keys), "invalid", "{name}");
            // By another hash, with a digest that begins as the signed one. (ECDSA on P-256 looks
            // at no more than its first 32 bytes, which no other file has.)
            if name.contains("rsa") {
                let mut bytes = signature(name);
                bytes[2] = 5;
                let longer = [&digest[..], &[0; 16]].concat();
                let entry = signed("ima-sig", "sha384:", &longer, &bytes);
                assert_eq!(state(entry, keys), "invalid", "{name}");
            }
        }
        // A signature of a digest of fs-verity is good for such a digest alone.
        for name in ["v3-rsa-verity", "v3-p256-verity"] {
            let entry = signed("ima-sigv2", "verity:sha256:", &digest, &signature(name));
            assert_eq!(state(entry, keys), "good", "{name}");
            assert_eq!(state(good(name), keys), "other-digest", "{name}");
            let entry = signed("ima-sigv2", "ima:sha256:", &digest, &signature(name));
            assert_eq!(state(entry, keys), "other-digest", "{name}");
            // Retagged as a signature of a file.
            let mut bytes = signature(name);
            bytes[0] = 3;
            let entry = signed("ima-sig", "sha256:", &digest, &bytes);
            assert_eq!(state(entry, keys), "invalid", "{name}");
            // Version 2 is for contents of files only.
            let mut bytes = signature(name);
            bytes[1] = 2;
            let entry = signed("ima-sigv2", "verity:sha256:", &digest, &bytes);
            assert_eq!(state(entry, keys), "other-digest", "{name}");
        }
    });
}

#[test]
fn i8_four_bytes_of_a_key_vouch_for_nothing() {
    // Another key signed, and names the first.
    with_keys(&["rsa"], |keys| {
        assert_eq!(state(good("v2-other-with-id-of-rsa"), keys), "invalid");
        assert_eq!(state(good("v2-p256"), keys), "unknown-key");
        let mut renamed = signature("v2-p256");
        renamed[3..7].copy_from_slice(&keys[0].id());
        let entry = signed("ima-sig", "sha256:", &hash(SHA256, CONTENTS), &renamed);
        assert_eq!(state(entry, keys), "invalid");
        let mut renamed = signature("v2-rsa");
        renamed[6] ^= 1;
        let entry = signed("ima-sig", "sha256:", &hash(SHA256, CONTENTS), &renamed);
        assert_eq!(state(entry, keys), "unknown-key");
    });
    with_keys(&["other"], |keys| {
        assert_eq!(state(good("v2-rsa"), keys), "unknown-key");
        // It is not found by the identifier of the first one either.
        assert_eq!(state(good("v2-other-with-id-of-rsa"), keys), "unknown-key");
    });
    // Of two keys with one identifier, the one that signed is told.
    let (mut first, second) = (
        read("file-signatures/other.der"),
        read("file-signatures/rsa.der"),
    );
    let find = |der: &[u8]| {
        let at = der
            .windows(7)
            .position(|at| at == [0x55, 0x1d, 0x0e, 4, 0x16, 4, 0x14]);
        at.unwrap() + 7
    };
    let (of_first, of_second) = (find(&first), find(&second));
    let rsa = second[of_second..of_second + 20].to_vec();
    first[of_first..of_first + 20].copy_from_slice(&rsa);
    let certificates = [&first, &second].map(|der| X509Certificate::from_der(der).unwrap());
    let [first, second] = certificates.map(|of| ImaKey::of_certificate(&of).unwrap());
    assert_eq!(first.id(), second.id());
    let both = [first, second];
    for (name, expected) in [("v2-other-with-id-of-rsa", 0), ("v2-rsa", 1)] {
        let list = List {
            entries: vec![good(name)],
            ..List::new()
        };
        let bytes = list.bytes();
        let read = ImaList::binary(&bytes).unwrap();
        let replay = list.quoted().replay(&Logs::new().ima(read)).unwrap();
        let judgement = replay.ima().unwrap().judge(&ImaPolicy::signed(&both));
        let signers: Vec<_> = judgement.signers().collect();
        assert_eq!(signers.len(), 1);
        assert_eq!(
            signers[0].fingerprint(),
            both[expected].fingerprint(),
            "{name}"
        );
    }
    // No more of them are tried than four.
    let many = [first, first, first, first, second];
    assert_eq!(state(good("v2-rsa"), &many), "invalid");
    assert_eq!(state(good("v2-rsa"), &many[1..]), "good");
}

#[test]
fn i8_every_bit_of_a_signature_counts() {
    with_keys(&["rsa", "p256"], |keys| {
        for name in ["v2-p256", "v3-rsa", "v2-rsa"] {
            let digest = hash(SHA256, CONTENTS);
            let whole = signature(name);
            for at in 0..whole.len() {
                if at > 20 && at % 7 != 0 {
                    continue;
                }
                let mut bytes = whole.clone();
                bytes[at] ^= 1 << (at % 8);
                let entry = signed("ima-sig", "sha256:", &digest, &bytes);
                assert_ne!(state(entry, keys), "good", "{name}: byte {at}");
            }
            for len in (1..whole.len()).step_by(11) {
                let entry = signed("ima-sig", "sha256:", &digest, &whole[..len]);
                assert_ne!(state(entry, keys), "good", "{name}: {len} bytes");
            }
            let entry = signed("ima-sig", "sha256:", &digest, &[&whole[..], &[0]].concat());
            assert_eq!(state(entry, keys), "invalid", "{name}");
            // The size fits, and something follows the numbers.
            let mut bytes = [&whole[..], &[0]].concat();
            let size = (bytes.len() - 9) as u16;
            bytes[7..9].copy_from_slice(&size.to_be_bytes());
            let entry = signed("ima-sig", "sha256:", &digest, &bytes);
            assert_eq!(state(entry, keys), "invalid", "{name}");
            // The SEQUENCE too is as long as what follows.
            bytes.splice(whole.len().., [2, 1, 0]);
            (bytes[8], bytes[10]) = (whole[8] + 3, whole[10].wrapping_add(3));
            let entry = signed("ima-sig", "sha256:", &digest, &bytes);
            assert_eq!(state(entry, keys), "invalid", "{name}");
        }
    });
}

#[test]
fn i8_what_is_not_judged_allows_nothing() {
    with_keys(&["rsa", "p256"], |keys| {
        let digest = hash(SHA256, CONTENTS);
        // A portable signature of EVM, an old version, a type of tomorrow.
        for (at, byte) in [(0, 5), (1, 1), (1, 4), (0, 7), (0, 4)] {
            let mut bytes = signature("v2-rsa");
            bytes[at] = byte;
            let entry = signed("ima-sig", "sha256:", &digest, &bytes);
            assert_eq!(state(entry, keys), "not-judged", "{at} {byte}");
        }
        // Longer than any that is judged, as those of ML-DSA are.
        let mut bytes = signature("v3-rsa");
        bytes.truncate(7);
        bytes.extend(4627_u16.to_be_bytes());
        bytes.resize(9 + 4627, 7);
        let entry = signed("ima-sig", "sha256:", &digest, &bytes);
        assert_eq!(state(entry, keys), "not-judged");
        // SHA-1 is broken: whoever got one file signed has another.
        let entry = signed(
            "ima-sig",
            "sha1:",
            &hash(SHA1, CONTENTS),
            &signature("v2-rsa-sha1"),
        );
        assert_eq!(state(entry, keys), "not-judged");
        let entry = signed("ima-sig", "sha256:", &digest, b"");
        assert_eq!(state(entry, keys), "none");
        assert_eq!(state(Entry::of(APP.as_bytes(), &digest), keys), "none");
    });
    // modsig alone, and the signature of EVM.
    let of_digest = named("sha256:", &hash(SHA256, CONTENTS));
    let name = text(APP.as_bytes());
    let module = vec![
        of_digest.clone(),
        name.clone(),
        vec![],
        of_digest.clone(),
        vec![0x30, 0],
    ];
    let evm = vec![
        of_digest,
        name,
        signature("v2-rsa"),
        vec![],
        vec![],
        vec![],
        vec![0; 4],
        vec![0; 4],
        vec![0; 2],
    ];
    with_keys(&["rsa"], |keys| {
        for (template, fields) in [("ima-modsig", module), ("evm-sig", evm)] {
            let entry = Entry {
                pcr: 10,
                is_violation: false,
                template,
                fields,
            };
            let list = List {
                entries: vec![entry],
                ..List::new()
            };
            let bytes = list.bytes();
            let read = ImaList::binary(&bytes).unwrap();
            let replay = list.quoted().replay(&Logs::new().ima(read)).unwrap();
            let judgement = replay.ima().unwrap().judge(&ImaPolicy::signed(keys));
            assert_eq!((judgement.signed(), judgement.unknown()), (0, 1));
            assert_eq!(judgement.signatures_not_judged(), 1, "{template}");
            assert!(judgement.check().is_err());
        }
    });
    // A violation has no signature, whatever its data say.
    with_keys(&["rsa"], |keys| {
        let mut entry = good("v2-rsa");
        entry.is_violation = true;
        let list = List {
            entries: vec![entry],
            ..List::new()
        };
        let bytes = list.bytes();
        let read = ImaList::binary(&bytes).unwrap();
        let replay = list.quoted().replay(&Logs::new().ima(read)).unwrap();
        let ima = replay.ima().unwrap();
        let policy = ImaPolicy::signed(keys).dangerous_allow_violations();
        let first = ima.entries().next().unwrap();
        assert_eq!(policy.signature(&first), ImaSignatureState::None);
        assert_eq!(policy.verdict(&first), ImaVerdict::Unprotected);
    });
}

/// The digest by the list and the signature together, and the required program.
#[test]
fn i8_digests_and_signatures_allow_together() {
    let mut list = List::new();
    list.entries[3] = good("v2-rsa");
    let app = "sha256:df028a7c7b1e2df272c6cdb265fa38d4297e5e33c51a12cc20141ff4f4412d7b";
    let app = [ImaDigest::parse(app).unwrap()];
    let others: Vec<String> = list
        .entries
        .iter()
        .map(|entry| {
            let digest: String = entry.fields[0][8..]
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            format!("sha256:{digest}")
        })
        .collect();
    let others = others.iter().map(|text| ImaDigest::parse(text).unwrap());
    let others: Vec<_> = others.filter(|digest| *digest != app[0]).collect();
    let others: &[ImaDigest<'_>] = &others;
    let bytes = list.bytes();
    let replay = list
        .quoted()
        .replay(&Logs::new().ima(ImaList::binary(&bytes).unwrap()))
        .unwrap();
    let ima = replay.ima().unwrap();
    with_keys(&["rsa"], |keys| {
        let policy = ImaPolicy::new(&others).keys(keys).require(&app);
        let judgement = ima.judge(&policy);
        assert_eq!(judgement.check(), Ok(()));
        assert_eq!(
            (judgement.allowed(), judgement.signed(), judgement.unknown()),
            (4, 1, 0)
        );
        // Without the key, it is unknown, and without the list all others are.
        let alone = ima.judge(&ImaPolicy::new(&others).require(&app));
        assert_eq!(alone.check().unwrap_err().problem_name(), "ima-not-allowed");
        assert!(!alone.has_keys());
        let alone = ima.judge(&ImaPolicy::signed(keys).require(&app));
        assert_eq!((alone.signed(), alone.unknown()), (1, 4));
    });
}

/// An engine that only takes messages.
struct Messages;

impl SignatureVerifier for Messages {
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

#[test]
fn i8_engine_without_digests_judges_no_signature() {
    let der = read("file-signatures/rsa.der");
    let certificate = X509Certificate::from_der(&der).unwrap();
    for (engine, expected) in [
        (&Messages as &dyn SignatureVerifier, "not-judged"),
        (&Compact, "good"),
    ] {
        let verifier = Verifier::new().crypto(engine);
        let keys = [verifier.ima_key_of_certificate(&certificate).unwrap()];
        assert_eq!(state(good("v2-rsa"), &keys), expected);
    }
    // One of the keys with this identifier denies it.
    let messages = Verifier::new().crypto(&Messages);
    let engines = [Verifier::new(), messages];
    let [own, messages] = engines.map(|of| of.ima_key_of_certificate(&certificate).unwrap());
    for keys in [[own, messages], [messages, own]] {
        assert_eq!(state(good("v2-other-with-id-of-rsa"), &keys), "invalid");
    }
    let weak = read("file-signatures/weak.der");
    let weak = X509Certificate::from_der(&weak).unwrap();
    let error: Error = ImaKey::of_certificate(&weak).unwrap_err();
    assert_eq!(error.problem_name(), "rsa-bits", "{error}");
    let rules = KeyRules::new().dangerous_allow_rsa_1024();
    let verifier = Verifier::new().key_rules(rules);
    assert!(verifier.ima_key_of_certificate(&weak).is_ok());
}

#[test]
fn i8_keys_are_named_by_what_openssl_says_of_them() {
    let fingerprints = String::from_utf8(read("file-signatures/fingerprints")).unwrap();
    for line in fingerprints.lines() {
        let (fingerprint, name) = line.split_once(' ').unwrap();
        with_keys(&[name], |keys| {
            let digits: String = keys[0]
                .fingerprint()
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            assert_eq!(digits, fingerprint);
        });
    }
    let forms = [("rsa.der", "certificate in DER"), ("rsa.pem", "PEM")];
    let mut keys = Vec::new();
    for (file, form) in forms {
        let bytes = read(&format!("file-signatures/{file}"));
        let mut buffer = vec![0; bytes.len()];
        let (found, key) = read_ima_key(&bytes, &mut buffer).unwrap();
        assert_eq!(found.to_string(), form);
        assert_eq!(state(good("v2-rsa"), &[key]), "good");
        keys.push((*key.fingerprint(), key.id()));
    }
    assert_eq!(keys[0], keys[1]);
    let mut buffer = [0; 900];
    assert!(read_ima_key(&signature("v2-rsa"), &mut buffer).is_err());
}

/// What the kernel of a machine of ours wrote; which signatures hold, its maker says.
#[test]
fn i8_signatures_on_a_real_machine_are_as_its_maker_says() {
    let case: serde_json::Value =
        serde_json::from_slice(&read("ima/08-ima-sig/case.json")).unwrap();
    let (rsa, ec) = (
        read("ima/08-ima-sig/ima-rsa.der"),
        read("ima/08-ima-sig/ima-ec.der"),
    );
    let certificates = [&rsa, &ec].map(|der| X509Certificate::from_der(der).unwrap());
    let keys = certificates.map(|of| ImaKey::of_certificate(&of).unwrap());
    let policy = ImaPolicy::signed(&keys);
    let values = read("ima/08-ima-sig/quotes/ecc-sha256-few/pcrs.values");
    let key = super::forge::Key::p256(SHA256);
    let scene = Scene::with_values(key, vec![(SHA256, 10, values[64..].to_vec())]);
    for file in ["ima.bin", "ima.ascii"] {
        let list = read(&format!("ima/08-ima-sig/{file}"));
        let replay = scene
            .replay(&Logs::new().ima(ImaList::parse(&list).unwrap()))
            .unwrap();
        let ima = replay.ima().unwrap();
        let expected = case["ima"][0]["entries_with_signature"].as_array().unwrap();
        let mut good = 0;
        for entry in ima.entries() {
            let told = expected.iter().find(|told| told["index"] == entry.number());
            let expected = match told {
                None => "none",
                Some(told) if told["valid"] == true => {
                    good += 1;
                    "good"
                }
                Some(_) => "invalid",
            };
            let state = policy.signature(&entry);
            assert_eq!(state.name(), expected, "entry {}", entry.number());
            if let (ImaSignatureState::Good { key }, Some(told)) = (state, told) {
                let file = told["certificate"].as_str().unwrap();
                assert_eq!(file, ["ima-rsa.der", "ima-ec.der"][key]);
            }
        }
        let judgement = ima.judge(&policy);
        assert_eq!((judgement.signed(), good), (4, 4));
        let signers: Vec<_> = judgement.signers().map(|signer| signer.entries()).collect();
        assert_eq!(signers, [1, 3]);
    }
}
