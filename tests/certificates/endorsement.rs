//! Endorsement certificates, and the templates of endorsement keys.

use tpm_quote::{
    Tpm2bPublic, TpmAlgId, Unmarshal,
    types::TpmaObject,
    verify::{EkTemplate, EkTrust, EndorsementKey, error::EndorsementProblem},
};

use super::*;
use crate::common::{hex, zoo};

#[test]
fn swtpm_certificates_lead_to_its_authority() {
    let [issuer, root] =
        ["issuercert", "swtpm-localca-rootca-cert"].map(|name| data(&format!("ek/{name}.der")));
    // Made on 2026-11-23; in force until 9999.
    for at in [AT, Duration::from_secs(253_402_300_799)] {
        for (name, template) in [("ek-rsa2048", "L-1"), ("ek-ecc-p384", "H-3")] {
            let certificate = data(&format!("ek/{name}.crt.der"));
            assert_eq!(ek(&certificate, &issuer, at), Ok(()));
            let intermediates = [&issuer[..]];
            let chain = CertificateChain::new(&certificate).intermediates(&intermediates);
            let verified = EkCertificate::verify(&chain, &[&root], at).unwrap();
            assert_eq!(verified.identity().maker(), Some("swtpm"));
            assert_eq!(verified.issuer().to_string(), "CN=swtpm-localca");

            let public = data(&format!("ek/{name}.pub"));
            let public = Tpm2bPublic::from_bytes(&public).unwrap();
            let key = EndorsementKey::from_certificate(&public, &verified).unwrap();
            assert_eq!(key.trust(), EkTrust::Certificate);
            assert_eq!(key.name().as_ref(), data(&format!("ek/{name}.name")));
            assert_eq!(key.public().bytes(), public.bytes());
            let found = EkTemplate::of(key.public().value()).unwrap();
            assert_eq!(found.to_string(), template);
        }
    }
}

#[test]
fn endorsement_certificate_is_judged_as_one() {
    let root = der("root");
    let swtpm = data("ek/ek-rsa2048.crt.der");
    let issuer = data("ek/issuercert.der");
    let purpose = CertificateProblem::Purpose {
        expected: "2.23.133.8.1 (tcg-kp-EKCertificate)",
    };
    let agreement = CertificateProblem::KeyUsage {
        expected: "keyAgreement",
    };
    let encipherment = CertificateProblem::KeyUsage {
        expected: "keyEncipherment",
    };
    for (name, problem) in [
        ("ak-p256", purpose),
        ("ek-signs", agreement),
        ("ek-rsa-signs", encipherment),
    ] {
        let outcome = ek(&der(name), &root, AT);
        assert_eq!(refused(outcome), in_certificate(problem), "{name}");
    }
    assert_eq!(
        refused(ek(&swtpm, &root, AT)),
        in_certificate(CertificateProblem::UnknownIssuer)
    );
    assert_eq!(ek(&der("ek-p256"), &root, AT), Ok(()));
    // 2026-11-23T16:41:14Z, as openssl shows it.
    let not_before = 1_795_452_074;
    let at = not_before - 1;
    assert_eq!(
        refused(ek(&swtpm, &issuer, Duration::from_secs(at))),
        in_certificate(CertificateProblem::NotYetValid { at, not_before })
    );
    let padded = [&swtpm[..], &[0xff; 300]].concat();
    assert_eq!(
        refused(ek(&padded, &issuer, AT)),
        in_certificate(CertificateProblem::Padding { count: 300 })
    );
    let chain = CertificateChain::new(&padded).strip_padding();
    assert!(EkCertificate::verify(&chain, &[issuer], AT).is_ok());
}

#[test]
fn endorsement_key_is_the_one_of_the_certificate() {
    let (certificate, issuer) = (data("ek/ek-rsa2048.crt.der"), data("ek/issuercert.der"));
    let chain = CertificateChain::new(&certificate);
    let certificate = EkCertificate::verify(&chain, &[issuer], AT).unwrap();
    let judge = |public: &[u8]| {
        let public = Tpm2bPublic::from_bytes(public).unwrap();
        EndorsementKey::from_certificate(&public, &certificate).map(|key| *key.name())
    };
    let refused = |public: &[u8]| {
        let error = judge(public).unwrap_err();
        assert_eq!(error.part(), Part::EndorsementKey);
        assert_eq!(error.check(), Check::KeyAnchor);
        match *error.problem() {
            Problem::Endorsement(problem) => problem,
            other => panic!("{other:?}"),
        }
    };
    let own = data("ek/ek-rsa2048.pub");
    judge(&own).unwrap();
    assert_eq!(
        refused(&data("ek/ek-ecc-p384.pub")),
        EndorsementProblem::OtherKey
    );
    // Every byte of the modulus, which stays odd.
    for byte in own.len() - 256..own.len() {
        let mut public = own.clone();
        public[byte] ^= 2;
        assert_eq!(refused(&public), EndorsementProblem::OtherKey, "{byte}");
    }
    // A Name by SHA-1.
    let mut public = own.clone();
    public[5] = 0x04;
    let sha1 = EndorsementProblem::NameAlgUnsupported(TpmAlgId::SHA1);
    assert_eq!(refused(&public), sha1);
    // Attributes, which the certificate says nothing of.
    for (bit, is_required) in [
        (TpmaObject::FIXED_TPM, true),
        (TpmaObject::FIXED_PARENT, true),
        (TpmaObject::SENSITIVE_DATA_ORIGIN, true),
        (TpmaObject::RESTRICTED, true),
        (TpmaObject::DECRYPT, true),
        (TpmaObject::SIGN, false),
        (TpmaObject::ENCRYPTED_DUPLICATION, false),
        (TpmaObject(1 << 31), false),
    ] {
        let mut public = own.clone();
        for (at, bits) in (6..10).zip(bit.0.to_be_bytes()) {
            public[at] ^= bits;
        }
        let none = TpmaObject(0);
        let (missing, forbidden) = if is_required {
            (bit, none)
        } else {
            (none, bit)
        };
        let problem = EndorsementProblem::Attributes { missing, forbidden };
        assert_eq!(refused(&public), problem);
    }
}

fn template(public: &[u8]) -> Option<&'static str> {
    let public = Tpm2bPublic::from_bytes(public).unwrap();
    EkTemplate::of(public.value()).map(EkTemplate::name)
}

/// What they were made by is in their names and in their JSON.
#[test]
fn templates_are_recognised_in_what_a_tpm_made() {
    let made: Vec<_> = zoo()
        .into_iter()
        .filter(|vector| Tpm2bPublic::from_bytes(&vector.file(".pub")).is_ok())
        .filter_map(|vector| Some((template(&vector.file(".pub"))?, vector.name)))
        .collect();
    let made: Vec<_> = made.iter().map(|(name, of)| (*name, &**of)).collect();
    assert_eq!(
        made,
        [
            ("L-1", "001-ek-rsa2048-low-createek"),
            ("L-2", "002-ek-ecc-p256-low-createek"),
            ("H-6", "004-ek-rsa3072-createek"),
            ("H-4", "005-ek-ecc521-createek"),
            ("L-1", "006-ek-81010001-by-swtpm-setup"),
            ("L-1", "008-ek-low-L1-rsa2048-raw"),
            ("L-2", "009-ek-low-L2-p256-raw"),
            ("H-1", "010-ek-high-H1-rsa2048"),
            ("H-3", "012-ek-high-H3-p384"),
            ("H-4", "013-ek-high-H4-p521"),
        ]
    );
}

/// Type, nameAlg, attributes, authPolicy, then parameters and numbers.
fn area(head: &str, policy: &str, parameters: &str, unique: &[usize]) -> Vec<u8> {
    let policy = hex(policy);
    let mut area = hex(head);
    area.extend(u16::try_from(policy.len()).unwrap().to_be_bytes());
    area.extend(policy);
    area.extend(hex(parameters));
    for len in unique {
        area.extend(u16::try_from(*len).unwrap().to_be_bytes());
        area.extend(vec![0xa5; *len]);
    }
    let size = u16::try_from(area.len()).unwrap();
    [&size.to_be_bytes()[..], &area].concat()
}

#[test]
fn every_part_of_a_template_counts() {
    const B_256: &str = "ca3d0a99a2b93906f7a3342414efcfb3a385d44cd1fd459089d19b5071c0b7a0";
    const B_384: &str = "b26e7d28d11a50bc53d882bcf5fd3a1a074148bb35d3b4e4cb1c0ad9bde419ca\
                         cb47ba09699646150f9fc000f3f80e12";
    const B_SM3: &str = "167860a35f2c5c3567f9c927ac56c032f3b3a6462f8d037998e7a10f77fa454a";
    let point = [32, 32];
    for (expected, head, policy, parameters, unique) in [
        // Those that the zoo does not have.
        (
            Some("H-2"),
            "0023000b000300f2",
            B_256,
            "000600800043001000030010",
            &point[..],
        ),
        (
            Some("H-5"),
            "00230012000300f2",
            B_SM3,
            "001300800043001000200010",
            &point,
        ),
        (
            Some("H-7"),
            "0001000c000300f2",
            B_384,
            "0006010000430010100000000000",
            &[512],
        ),
        // One part of H-2 is another.
        (
            None,
            "0023000c000300f2",
            B_256,
            "000600800043001000030010",
            &point,
        ),
        (
            None,
            "0023000b000300b2",
            B_256,
            "000600800043001000030010",
            &point,
        ),
        (
            None,
            "0023000b000300f2",
            B_SM3,
            "000600800043001000030010",
            &point,
        ),
        (
            None,
            "0023000b000300f2",
            "",
            "000600800043001000030010",
            &point,
        ),
        (None, "0023000b000300f2", B_256, "0010001000030010", &point),
        (
            None,
            "0023000b000300f2",
            B_256,
            "000601000043001000030010",
            &point,
        ),
        (
            None,
            "0023000b000300f2",
            B_256,
            "000600800042001000030010",
            &point,
        ),
        (
            None,
            "0023000b000300f2",
            B_256,
            "0006008000430019000b00030010",
            &point,
        ),
        (
            None,
            "0023000b000300f2",
            B_256,
            "000600800043001000040010",
            &point,
        ),
        (
            None,
            "0023000b000300f2",
            B_256,
            "000600800043001000030020000b",
            &point,
        ),
        // One part of H-7 is another.
        (
            None,
            "0001000c000300f2",
            B_384,
            "0006010000430010100000010001",
            &[512],
        ),
        (
            None,
            "0001000c000300f2",
            B_384,
            "0006010000430010080000000000",
            &[256],
        ),
        (
            None,
            "0001000c000300f2",
            B_384,
            "0006010000430015100000000000",
            &[512],
        ),
    ] {
        let public = area(head, policy, parameters, unique);
        assert_eq!(template(&public), expected, "{head} {policy} {parameters}");
    }
}
