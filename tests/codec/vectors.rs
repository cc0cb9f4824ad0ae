//! Every structure in tests/data, against what another program read in it.

use serde_json::{Value, json};
use tpm_quote::{
    Tpm2bAttest, Tpm2bPublic, TpmAlgId, TpmlPcrSelection, TpmsAttest, TpmtPublic, TpmtSignature,
    TpmuAttest, Unmarshal,
    types::{
        NameForm, Tpm2bCreationData, Tpm2bEncryptedSecret, Tpm2bIdObject, Tpm2bNvPublic, TpmHandle,
        TpmNt, TpmaLocality, TpmaNv, TpmsClockInfo, TpmtEccScheme, TpmtKeyedhashScheme,
        TpmtRsaScheme, TpmtSymDefObject, TpmtTkCreation, TpmuPublic,
    },
};

use crate::common::{
    alg, alg_name, attestations, cases, credentials, curve_bytes, curve_name, digits, exact, hex,
    spare, zoo,
};

#[test]
fn public_areas_are_what_another_program_read() {
    let mut count = 0;
    let mut check = |bytes: Vec<u8>, json: &Value, what: &str| {
        count += 1;
        let bytes = spare(&bytes);
        let public: Tpm2bPublic<'_> = exact(&bytes);
        assert_eq!(&public_as_json(public.value()), json, "{what}");
        // The same area without its size in front.
        let area: TpmtPublic<'_> = exact(&bytes[2..]);
        assert_eq!(area, *public.value());
        assert_eq!(Tpm2bPublic::from_unsized(public.bytes()), Ok(public));
    };
    for case in cases() {
        check(case.file("ak.pub"), &case.json["ak_public"], &case.name);
    }
    for case in zoo() {
        check(case.file(".pub"), &case.json["public"], &case.name);
    }
    let attestations = attestations();
    for case in &attestations {
        if case.has("ak.pub") {
            check(case.file("ak.pub"), &case.json["ak_public"], &case.name);
        }
        if case.has("certified.pub") {
            let json = &case.json["extra"]["certified_public"];
            check(case.file("certified.pub"), json, &case.name);
        }
    }
    assert_eq!(count, 133 + 94 + 27 + 8);

    // Of these nothing is known but that they are read and written.
    let created = attestations.iter().filter(|case| case.has("created.pub"));
    let created: Vec<_> = created
        .map(|case| {
            let bytes = spare(&case.file("created.pub"));
            let public: Tpm2bPublic<'_> = exact(&bytes);
            public.value().key.selector()
        })
        .collect();
    assert_eq!(created, [TpmAlgId::ECC, TpmAlgId::RSA, TpmAlgId::ECC]);
}

/// In the form of the other program.
fn public_as_json(public: &TpmtPublic<'_>) -> Value {
    let attributes = public.object_attributes;
    let names: Vec<_> = attributes.names().map(str::to_lowercase).collect();
    let mut json = json!({
        "type": alg_name(public.key.selector()),
        "nameAlg": alg_name(public.name_alg),
        "attributes": attributes.0,
        "authPolicy": digits(public.auth_policy.bytes()),
        "attribute_names": names,
    });
    let rest = match &public.key {
        TpmuPublic::Rsa(rsa) => json!({
            "symmetric": symmetric(&rsa.parameters.symmetric),
            "scheme": match rsa.parameters.scheme {
                TpmtRsaScheme::Null | TpmtRsaScheme::RsaEs => {
                    json!({"alg": alg_name(rsa.parameters.scheme.selector())})
                }
                TpmtRsaScheme::RsaSsa(hash)
                | TpmtRsaScheme::RsaPss(hash)
                | TpmtRsaScheme::Oaep(hash) => {
                    json!({"alg": alg_name(rsa.parameters.scheme.selector()), "hash": alg_name(hash)})
                }
                other => panic!("{other:?}"),
            },
            "keyBits": rsa.parameters.key_bits,
            "exponent": rsa.parameters.exponent,
            "modulus": digits(rsa.unique.bytes()),
        }),
        TpmuPublic::Ecc(ecc) => json!({
            "symmetric": symmetric(&ecc.parameters.symmetric),
            "scheme": match ecc.parameters.scheme {
                TpmtEccScheme::Null => json!({"alg": "null"}),
                TpmtEccScheme::EcDaa(details) => json!({
                    "alg": "ecdaa",
                    "hash": alg_name(details.hash_alg),
                    "count": details.count,
                }),
                TpmtEccScheme::EcDsa(hash)
                | TpmtEccScheme::EcDh(hash)
                | TpmtEccScheme::Sm2(hash)
                | TpmtEccScheme::EcSchnorr(hash)
                | TpmtEccScheme::EcMqv(hash) => {
                    json!({"alg": alg_name(ecc.parameters.scheme.selector()), "hash": alg_name(hash)})
                }
                other => panic!("{other:?}"),
            },
            "curve": curve_name(ecc.parameters.curve_id),
            "kdf": {"alg": alg_name(ecc.parameters.kdf.selector())},
            "x": digits(ecc.unique.x.bytes()),
            "y": digits(ecc.unique.y.bytes()),
        }),
        TpmuPublic::Keyedhash(keyed) => json!({
            "scheme": match keyed.parameters.scheme {
                TpmtKeyedhashScheme::Null => json!({"alg": "null"}),
                TpmtKeyedhashScheme::Hmac(hash) => json!({"alg": "hmac", "hash": alg_name(hash)}),
                TpmtKeyedhashScheme::Xor(xor) => json!({
                    "alg": "xor",
                    "hash": alg_name(xor.hash_alg),
                    "kdf": alg_name(xor.kdf),
                }),
                other => panic!("{other:?}"),
            },
            "unique": digits(keyed.unique.bytes()),
        }),
        TpmuPublic::Symcipher(cipher) => json!({
            "symmetric": symmetric(&cipher.parameters.sym),
            "unique": digits(cipher.unique.bytes()),
        }),
        other => panic!("{other:?}"),
    };
    let rest = rest.as_object().unwrap().clone();
    json.as_object_mut().unwrap().extend(rest);
    json
}

fn symmetric(symmetric: &TpmtSymDefObject) -> Value {
    match symmetric {
        TpmtSymDefObject::Null => json!({"alg": "null"}),
        TpmtSymDefObject::Tdes(def)
        | TpmtSymDefObject::Aes(def)
        | TpmtSymDefObject::Sm4(def)
        | TpmtSymDefObject::Camellia(def) => json!({
            "alg": alg_name(symmetric.selector()),
            "bits": def.key_bits,
            "mode": alg_name(def.mode),
        }),
        other => panic!("{other:?}"),
    }
}

#[test]
fn quotes_are_what_another_program_read() {
    for case in cases() {
        let name = &case.name;
        let sized = spare(&case.file("quote.attest2b"));
        let opaque: Tpm2bAttest<'_> = exact(&sized);
        assert_eq!(opaque.bytes(), case.file("quote.attest"), "{name}");
        let attest: TpmsAttest<'_> = exact(&sized[2..]);
        let TpmuAttest::Quote(quote) = attest.attested else {
            panic!("{name} is no quote");
        };

        let signer = case.bytes("qualified_signer_hex");
        assert_eq!(attest.qualified_signer.bytes(), signer, "{name}");
        // ECDAA signs the nonce beside the quote, not in it.
        let nonce = match case.text("scheme") {
            "ecdaa" => Vec::new(),
            _ => case.file("nonce.bin"),
        };
        assert_eq!(attest.extra_data.bytes(), nonce, "{name}");
        let clock = &case.json["clock_info"];
        let expected = json!({
            "clock": clock["clock"],
            "resetCount": clock["reset_count"],
            "restartCount": clock["restart_count"],
            "safe": u8::from(clock["safe"].as_bool().unwrap()),
        });
        assert_eq!(clock_as_json(&attest.clock_info), expected, "{name}");
        let version = case.text("firmware_version");
        assert_eq!(format!("{:016x}", attest.firmware_version), version);

        let banks = case.json["pcr_selection_list"].as_array().unwrap();
        assert_eq!(&selection_as_json(&quote.pcr_select), banks, "{name}");
        assert_eq!(
            usize::try_from(quote.pcr_select.count()).unwrap(),
            banks.len()
        );
        let digest = case.bytes("pcr_digest_hex");
        assert_eq!(quote.pcr_digest.bytes(), digest, "{name}");
    }
}

fn selection_as_json(selection: &TpmlPcrSelection<'_>) -> Vec<Value> {
    let banks = selection.iter().map(|bank| {
        let pcrs: Vec<_> = (0..32).filter(|&n| bank.mask() >> n & 1 == 1).collect();
        json!({
            "bank": alg_name(bank.hash),
            "pcrs": pcrs,
            "bitmap_hex": digits(bank.pcr_select()),
        })
    });
    banks.collect()
}

fn clock_as_json(clock: &TpmsClockInfo) -> Value {
    json!({
        "clock": clock.clock,
        "resetCount": clock.reset_count,
        "restartCount": clock.restart_count,
        "safe": u8::from(clock.safe),
    })
}

#[test]
fn other_attestations_are_what_another_program_read() {
    let mut kinds = Vec::new();
    for case in attestations() {
        let sized = spare(&case.file("attest2b"));
        let opaque: Tpm2bAttest<'_> = exact(&sized);
        assert_eq!(opaque.bytes(), case.file("attest"), "{}", case.name);
        let attest: TpmsAttest<'_> = exact(&sized[2..]);
        assert_eq!(
            attest_as_json(&attest),
            case.json["attest"],
            "{}",
            case.name
        );
        kinds.push(attest.attested.selector().0);
    }
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!(
        kinds,
        [0x8014, 0x8015, 0x8016, 0x8017, 0x8019, 0x801a, 0x801c]
    );
}

fn attest_as_json(attest: &TpmsAttest<'_>) -> Value {
    let kind = attest.attested.selector();
    let mut json = json!({
        // Reading has refused any other.
        "magic": 0xff54_4347_u32,
        "type": kind.0,
        "type_name": kind.name().unwrap().strip_prefix("TPM_ST_").unwrap(),
        "qualifiedSigner": digits(attest.qualified_signer.bytes()),
        "extraData": digits(attest.extra_data.bytes()),
        "clockInfo": clock_as_json(&attest.clock_info),
        "firmwareVersion": format!("{:016x}", attest.firmware_version),
    });
    let rest = match &attest.attested {
        TpmuAttest::Certify(info) => json!({
            "name": digits(info.name.bytes()),
            "qualifiedName": digits(info.qualified_name.bytes()),
        }),
        TpmuAttest::Creation(info) => json!({
            "objectName": digits(info.object_name.bytes()),
            "creationHash": digits(info.creation_hash.bytes()),
        }),
        TpmuAttest::Time(info) => json!({
            "time": info.time.time,
            "timeClockInfo": clock_as_json(&info.time.clock_info),
            "timeFirmwareVersion": format!("{:016x}", info.firmware_version),
        }),
        TpmuAttest::Nv(info) => json!({
            "indexName": digits(info.index_name.bytes()),
            "offset": info.offset,
            "nvContents": digits(info.nv_contents.bytes()),
        }),
        TpmuAttest::NvDigest(info) => json!({
            "indexName": digits(info.index_name.bytes()),
            "nvDigest": digits(info.nv_digest.bytes()),
        }),
        TpmuAttest::SessionAudit(info) => json!({
            "exclusiveSession": u8::from(info.exclusive_session),
            "sessionDigest": digits(info.session_digest.bytes()),
        }),
        TpmuAttest::CommandAudit(info) => json!({
            "auditCounter": info.audit_counter,
            "digestAlg": alg_name(info.digest_alg),
            "auditDigest": digits(info.audit_digest.bytes()),
            "commandDigest": digits(info.command_digest.bytes()),
        }),
        other => panic!("{other:?}"),
    };
    let rest = rest.as_object().unwrap().clone();
    json.as_object_mut().unwrap().extend(rest);
    json
}

#[test]
fn signatures_are_what_another_program_read() {
    let mut count = 0;
    let mut check = |bytes: Vec<u8>, case: &Value, what: &str| {
        count += 1;
        let bytes = spare(&bytes);
        let signature: TpmtSignature<'_> = exact(&bytes);
        let Some(scheme) = case["scheme"].as_str() else {
            assert_eq!(signature, TpmtSignature::Null, "{what}");
            return;
        };
        let (public, extra) = (&case["ak_public"], &case["extra"]);
        let (hash, lengths) = match signature {
            TpmtSignature::RsaSsa(rsa) | TpmtSignature::RsaPss(rsa) => {
                (rsa.hash, vec![rsa.sig.bytes().len()])
            }
            TpmtSignature::EcDsa(ecc)
            | TpmtSignature::EcDaa(ecc)
            | TpmtSignature::Sm2(ecc)
            | TpmtSignature::EcSchnorr(ecc) => (
                ecc.hash,
                vec![ecc.signature_r.bytes().len(), ecc.signature_s.bytes().len()],
            ),
            TpmtSignature::Hmac(hmac) => (hmac.hash_alg(), vec![hmac.digest().len()]),
            other => panic!("{what}: {other:?}"),
        };
        assert_eq!(signature.selector(), alg(scheme), "{what}");
        assert_eq!(hash, alg(case["hash"].as_str().unwrap()), "{what}");
        let expected = match public["type"].as_str().unwrap() {
            "rsa" => vec![public["keyBits"].as_u64().unwrap() / 8],
            "ecc" => match (extra["r_len"].as_u64(), extra["s_len"].as_u64()) {
                (Some(r), Some(s)) => vec![r, s],
                _ => vec![curve_bytes(public["curve"].as_str().unwrap()) as u64; 2],
            },
            _ => match case["hash"].as_str().unwrap() {
                "sha1" => vec![20],
                "sha384" => vec![48],
                _ => vec![64],
            },
        };
        let lengths: Vec<_> = lengths.into_iter().map(|len| len as u64).collect();
        assert_eq!(lengths, expected, "{what}");
    };
    for case in cases() {
        check(case.file("quote.sig"), &case.json, &case.name);
    }
    for case in attestations() {
        check(case.file("sig"), &case.json, &case.name);
    }
    assert_eq!(count, 133 + 28);
}

#[test]
fn creation_data_and_tickets_are_read_whole() {
    let mut count = 0;
    for case in attestations() {
        if !case.has("creation.data") {
            continue;
        }
        count += 1;
        let bytes = spare(&case.file("creation.data"));
        let data: Tpm2bCreationData<'_> = exact(&bytes);
        let data = data.value();
        let hierarchy = match &case.name[..3] {
            "013" => TpmHandle::RH_ENDORSEMENT,
            _ => TpmHandle::RH_OWNER,
        };
        let banks = selection_as_json(&data.pcr_select);
        let expected = json!({"bank": "sha256", "pcrs": [0, 7, 10], "bitmap_hex": "810400"});
        assert_eq!(banks, [expected]);
        assert_eq!(data.pcr_digest.bytes().len(), 32);
        assert_eq!(data.locality, TpmaLocality::LOC_ZERO);
        // A primary key's parent is the hierarchy itself.
        assert_eq!(data.parent_name_alg, TpmAlgId::NULL);
        assert_eq!(data.parent_name.form(), NameForm::Handle(hierarchy));
        assert_eq!(data.parent_qualified_name, data.parent_name);
        assert_eq!(data.outside_info.bytes(), case.file("outside.info"));

        let bytes = spare(&case.file("creation.ticket"));
        let ticket: TpmtTkCreation<'_> = exact(&bytes);
        assert_eq!(ticket.hierarchy, hierarchy);
        assert_eq!(ticket.digest.bytes().len(), 64);
    }
    assert_eq!(count, 3);
}

#[test]
fn public_areas_of_nv_indices_are_what_another_program_read() {
    let mut kinds = Vec::new();
    for case in attestations() {
        if !case.has("nv.public") {
            continue;
        }
        let bytes = spare(&case.file("nv.public"));
        let public: Tpm2bNvPublic<'_> = exact(&bytes);
        if let Some(expected) = case.json["extra"]["nv_public_hex"].as_str() {
            assert_eq!(public.bytes(), hex(expected), "{}", case.name);
        }
        // 01500003 000b 20060046 0000 0020, and three more of that manner.
        let nv = public.value();
        let (kind, size) = match nv.nv_index.0 {
            0x0150_0001 => (TpmNt::ORDINARY, 64),
            0x0150_0002 => (TpmNt::COUNTER, 8),
            0x0150_0003 => (TpmNt::EXTEND, 32),
            0x0150_0004 => (TpmNt::BITS, 8),
            other => panic!("{}: index {other:#x}", case.name),
        };
        assert_eq!((nv.attributes.nt(), nv.data_size), (kind, size));
        assert_eq!(nv.name_alg, TpmAlgId::SHA256);
        let names: Vec<_> = nv.attributes.names().collect();
        let expected = [
            "OWNERWRITE",
            "AUTHWRITE",
            "OWNERREAD",
            "AUTHREAD",
            "WRITTEN",
        ];
        assert_eq!(names, expected);
        assert!(nv.attributes.contains(TpmaNv::WRITTEN));
        assert!(nv.auth_policy.is_empty());
        kinds.push(kind);
    }
    kinds.sort_unstable();
    assert_eq!(kinds.len(), 9);
    kinds.dedup();
    assert_eq!(kinds.len(), 4);
}

#[test]
fn credentials_are_what_another_program_read() {
    for case in credentials() {
        let bytes = spare(&case.file("id_object.2b"));
        let sized: Tpm2bIdObject<'_> = exact(&bytes);
        assert_eq!(sized.bytes(), case.bytes("id_object_hex"), "{}", case.name);
        let object = sized.value();
        let hash = case.json["ek_public"]["nameAlg"].as_str().unwrap();
        let hmac = alg(hash).digest_size().unwrap();
        assert_eq!(object.integrity_hmac.bytes().len(), hmac, "{}", case.name);
        // The encrypted secret has its own size in it, which nobody sees.
        let secret = case.bytes("secret_hex");
        assert_eq!(object.enc_identity.len(), 2 + secret.len());
        assert!(sized.bytes().ends_with(object.enc_identity));

        let bytes = spare(&case.file("encrypted_secret.2b"));
        let secret: Tpm2bEncryptedSecret<'_> = exact(&bytes);
        assert_eq!(secret.bytes(), case.bytes("encrypted_secret_hex"));
    }
}

/// One file of a folder can be read on its own.
#[test]
fn sized_and_bare_quotes_do_not_pass_for_one_another() {
    for case in cases().iter().take(4) {
        let error = TpmsAttest::from_bytes(&case.file("quote.attest2b")).unwrap_err();
        assert_eq!((error.structure(), error.field()), ("TPMS_ATTEST", "magic"));
        let bare = case.file("quote.attest");
        let error = Tpm2bAttest::from_bytes(&bare).unwrap_err();
        assert_eq!((error.structure(), error.offset()), ("TPM2B_ATTEST", 0));
    }
}
