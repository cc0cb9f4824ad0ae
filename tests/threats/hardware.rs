//! H: what a sender tries with the report of a processor.

use std::{fs, time::Duration};

use tpm_quote::{
    AttestationKey, CertificateChain, Check, Error, KeyTrust, Tpm2bPublic, Unmarshal, Verdict,
    Verifier,
    evidence::{read_hcl_report, read_project},
    verify::{
        Anchor, HardwarePolicy, HclReport, Part, PlainKey, Processor, SnpReport, SnpTcb,
        VerifiedHardware,
    },
};

use super::{
    forge::{Key, RSASSA, SHA256},
    plain_keys::{modulus, scheme},
};
use crate::made::{Guest, ID_KEY, MEASUREMENT, hcl};

/// 2030-01-01.
const AT: Duration = Duration::from_secs(1_893_456_000);

fn der(name: &str) -> Vec<u8> {
    fs::read(format!(
        "{}/tests/data/snp/{name}.der",
        env!("CARGO_MANIFEST_DIR")
    ))
    .unwrap()
}

/// Claims with a key of 2048 bits, as the layer writes them.
fn claims() -> Vec<u8> {
    let key = fs::read(format!(
        "{}/tests/data/keys/rsa-2048.json",
        env!("CARGO_MANIFEST_DIR")
    ));
    let key: serde_json::Value = serde_json::from_slice(&key.unwrap()).unwrap();
    let modulus = crate::common::hex(key["modulus"].as_str().unwrap());
    let modulus = base64url(&modulus);
    format!(
        r#"{{"keys":[{{"kid":"HCLAkPub","key_ops":["sign"],"kty":"RSA","e":"AQAB","n":"{modulus}"}}],"vm-configuration":{{"secure-boot":true}},"user-data":"00"}}"#
    )
    .into_bytes()
}

fn base64url(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for part in bytes.chunks(3) {
        let number = part
            .iter()
            .fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
        let number = number << (8 * (3 - part.len()));
        for at in 0..=part.len() {
            let digit = number >> (18 - 6 * at) & 63;
            text.push(char::from(DIGITS[usize::try_from(digit).unwrap()]));
        }
    }
    text
}

/// The names that are given to what was tried.
type Said = (Check, Verdict, &'static str);

fn said(error: Error) -> Said {
    (error.check(), error.verdict(), error.problem_name())
}

const fn rejected(problem: &'static str) -> Result<KeyTrust, Said> {
    Err((Check::KeyAnchor, Verdict::Rejected, problem))
}

const fn unsupported(problem: &'static str) -> Result<KeyTrust, Said> {
    Err((Check::KeyAnchor, Verdict::Unsupported, problem))
}

/// What the report of the layer comes to, with this certificate of the chip.
fn judge_with(
    report: &[u8],
    vcek: &str,
    ask: &str,
    policy: &HardwarePolicy<'_>,
) -> Result<KeyTrust, Said> {
    let mut room = vec![0; report.len()];
    let hcl = read_hcl_report(report, &mut room).map_err(said)?;
    let (vcek, ask) = (der(vcek), der(ask));
    let intermediates = [&*ask];
    let chain = CertificateChain::new(&vcek).intermediates(&intermediates);
    let judge = || -> Result<KeyTrust, Error> {
        let report = hcl.snp_report()?;
        let hardware = VerifiedHardware::verify(&report, &chain, &[der("ark")], AT, policy)?;
        let key = AttestationKey::bound_to_hardware(&hcl, &hardware)?;
        assert!(key.trust().is_anchored());
        Ok(key.trust())
    };
    judge().map_err(said)
}

fn judge(report: &[u8], vcek: &str) -> Result<KeyTrust, Said> {
    let known = [MEASUREMENT];
    let policy = HardwarePolicy::measurements(&known).unwrap();
    judge_with(report, vcek, "ask", &policy)
}

/// What a guest comes to that is as it has to be, but for one thing.
fn guest(change: impl FnOnce(&mut Guest)) -> Result<KeyTrust, Said> {
    let claims = claims();
    let mut guest = Guest::with(&claims);
    change(&mut guest);
    judge(&hcl(&guest.signed(), 2, &claims), "vcek")
}

const BOUND: Result<KeyTrust, Said> = Ok(KeyTrust::BoundToHardware);

#[test]
fn h1_key_in_the_claims_is_bound_to_the_processor() {
    assert_eq!(guest(|_| ()), BOUND);
    assert_eq!(guest(|guest| guest.version = 2), BOUND);
    // Azure's index is longer than what is in it, or cut behind it.
    let claims = claims();
    let report = hcl(&Guest::with(&claims).signed(), 2, &claims);
    let end = 1236 + claims.len();
    assert_eq!(judge(&report[..end], "vcek"), BOUND);
    assert_eq!(judge(&[&*report, &[0; 9]].concat(), "vcek"), BOUND);
    let mut other = report;
    other[4] = 2; // the other version
    assert_eq!(judge(&other, "vcek"), BOUND);
}

/// Each bit of the claims, and of the data of the processor's report.
#[test]
fn h1_every_bit_of_claims_and_report_data_is_bound() {
    let claims = claims();
    let report = hcl(&Guest::with(&claims).signed(), 2, &claims);
    let data = 32 + 0x50..32 + 0x90;
    for at in data.chain(1236..1236 + claims.len()) {
        for bit in 0..8 {
            let mut flipped = report.clone();
            flipped[at] ^= 1 << bit;
            assert_eq!(
                judge(&flipped, "vcek"),
                rejected("hcl-claims"),
                "{at}, {bit}"
            );
        }
    }
    // The claims of one machine with the report of another: who changes the digest as well
    // has no signature of it.
    let other = String::from_utf8(claims.clone())
        .unwrap()
        .replace("AQAB", "AQAD");
    let foreign = hcl(&Guest::with(&claims).signed(), 2, other.as_bytes());
    assert_eq!(judge(&foreign, "vcek"), rejected("hcl-claims"));
    let mut forged = Guest::with(&claims).signed();
    forged[0x50..0x90].copy_from_slice(&Guest::with(other.as_bytes()).data);
    let forged = hcl(&forged, 2, other.as_bytes());
    assert_eq!(judge(&forged, "vcek"), rejected("snp-signature"));
    // Only a digest, and nothing behind it.
    let trailing = guest(|guest| guest.data[63] = 1);
    assert_eq!(trailing, rejected("hcl-claims"));
}

/// Calls `test` with the claims of two machines, and with the verified report of the first.
fn with_two_machines(test: impl FnOnce(&HclReport<'_>, &HclReport<'_>, &VerifiedHardware<'_>)) {
    let (own, mut other) = (claims(), claims());
    other.push(b' ');
    let reports = [&own, &other].map(|claims| hcl(&Guest::with(claims).signed(), 2, claims));
    let [mut own, mut other] = reports.each_ref().map(|report| vec![0; report.len()]);
    let own = read_hcl_report(&reports[0], &mut own).unwrap();
    let other = read_hcl_report(&reports[1], &mut other).unwrap();
    let (vcek, ask) = (der("vcek"), der("ask"));
    let intermediates = [&*ask];
    let chain = CertificateChain::new(&vcek).intermediates(&intermediates);
    let known = [MEASUREMENT];
    let policy = HardwarePolicy::measurements(&known).unwrap();
    let report = own.snp_report().unwrap();
    let hardware = VerifiedHardware::verify(&report, &chain, &[der("ark")], AT, &policy).unwrap();
    test(&own, &other, &hardware);
}

/// What was verified is the report of another machine.
#[test]
fn h1_verified_report_is_the_one_around_the_claims() {
    with_two_machines(|own, other, hardware| {
        assert_eq!(hardware.measurement(), &MEASUREMENT);
        let error = AttestationKey::bound_to_hardware(other, hardware).unwrap_err();
        assert_eq!(said(error), rejected("hcl-claims").unwrap_err());
        assert!(AttestationKey::bound_to_hardware(own, hardware).is_ok());
    });
}

/// The same as an anchor of a key that came by itself, with a public area or by its numbers.
#[test]
fn h1_anchor_binds_the_key_that_is_in_the_claims() {
    with_two_machines(|own, other, hardware| {
        let [of_claims, foreign] = [2048, 3072].map(|bits| Key::rsa(bits, RSASSA, SHA256));
        for (key, claims, expected) in [
            (&of_claims, own, BOUND),
            (&foreign, own, rejected("hcl-claims")),
            (&of_claims, other, rejected("hcl-claims")),
        ] {
            let anchor = Anchor::new().hardware(claims, Ok(hardware));
            let public = key.public();
            let public = Tpm2bPublic::from_bytes(&public).unwrap();
            let with_area = Verifier::new().appraise_key(&public, &anchor).into_result();
            let plain = PlainKey::Rsa {
                modulus: modulus(key),
                exponent: 65537,
            };
            let scheme = scheme(RSASSA, SHA256);
            let by_numbers = Verifier::new().appraise_anchored_plain_key(&plain, scheme, &anchor);
            for judged in [with_area, by_numbers.into_result()] {
                assert_eq!(judged.map(|key| key.trust()).map_err(said), expected);
            }
        }
    });
}

#[test]
fn h2_guest_that_others_can_look_into_is_refused() {
    assert_eq!(
        guest(|guest| guest.policy |= 1 << 19),
        rejected("snp-debug")
    );
    for vmpl in [1, 2, 3, u32::MAX] {
        assert_eq!(guest(|guest| guest.vmpl = vmpl), rejected("snp-vmpl"));
    }
}

/// Each bit of the processor's report, of its signature, and of what follows it.
#[test]
fn h2_every_bit_of_the_report_is_signed() {
    let claims = claims();
    let report = hcl(&Guest::with(&claims).signed(), 2, &claims);
    for at in 0..1184 {
        // The digest of the claims is looked at before.
        if (0x50..0x90).contains(&at) {
            continue;
        }
        let mut flipped = report.clone();
        flipped[32 + at] ^= 0x10;
        let outcome = judge(&flipped, "vcek").unwrap_err();
        let expected: &[&str] = match at {
            0..4 => &["snp-version"],
            // Which algorithm and key, and by which chip with which firmware.
            0x34..0x38 => &["snp-unsupported"],
            0x48 => &["snp-unsupported"],
            0x180 => &["snp-tcb"],
            0x181 | 0x186 | 0x187 => &["snp-tcb"],
            0x188 => &["snp-unsupported"],
            0x189 => &["snp-signature"],
            0x1a0..0x1e0 => &["snp-chip"],
            _ => &["snp-signature"],
        };
        assert!(expected.contains(&outcome.2), "{at:#x}: {outcome:?}");
    }
}

#[test]
fn h2_other_processors_and_keys_are_unsupported_by_name() {
    for version in [0, 1, 4, 6] {
        let outcome = guest(|guest| guest.version = version);
        assert_eq!(outcome, unsupported("snp-version"), "{version}");
    }
    assert_eq!(
        guest(|guest| guest.cpu[0] = 0x1a),
        unsupported("snp-unsupported")
    );
    assert_eq!(
        guest(|guest| guest.cpu[1] = 0x61),
        unsupported("snp-unsupported")
    );
    assert_eq!(
        guest(|guest| guest.algorithm = 2),
        unsupported("snp-unsupported")
    );
    assert_eq!(guest(|guest| guest.flags = 1 << 2), unsupported("snp-vlek"));
    assert_eq!(
        guest(|guest| guest.flags = 7 << 2),
        unsupported("snp-unsupported")
    );
    let claims = claims();
    let report = hcl(&Guest::with(&claims).signed(), 2, &claims);
    assert_eq!(judge(&report, "vcek-turin"), unsupported("snp-unsupported"));
    assert_eq!(judge(&report, "vcek-genoa"), BOUND);
    for (at, value) in [(4, 3), (1224, 3), (1228, 2)] {
        let mut other = report.clone();
        other[at] = value;
        assert_eq!(
            judge(&other, "vcek"),
            unsupported("hcl-unsupported"),
            "{at}"
        );
    }
}

#[test]
fn h2_old_firmware_of_the_processor_is_refused() {
    let claims = claims();
    let report = hcl(&Guest::with(&claims).signed(), 2, &claims);
    let known = [MEASUREMENT];
    let judge = |boot_loader, tee, snp, microcode| {
        let minimum = SnpTcb {
            boot_loader,
            tee,
            snp,
            microcode,
        };
        let policy = HardwarePolicy::measurements(&known).unwrap();
        judge_with(&report, "vcek", "ask", &policy.minimum_tcb(minimum))
    };
    assert_eq!(judge(4, 0, 24, 219), BOUND);
    assert_eq!(judge(3, 0, 23, 200), BOUND);
    // Each of them counts, not their sum.
    for (boot_loader, tee, snp, microcode) in
        [(5, 0, 0, 0), (0, 1, 0, 0), (0, 0, 25, 0), (0, 0, 0, 220)]
    {
        let outcome = judge(boot_loader, tee, snp, microcode);
        assert_eq!(outcome, rejected("snp-tcb-too-old"));
    }
}

/// Versions are read in the form in which they are shown, and in no other.
#[test]
fn h2_versions_of_the_firmware_are_read_strictly() {
    let tcb = SnpTcb {
        boot_loader: 4,
        tee: 0,
        snp: 24,
        microcode: 219,
    };
    assert_eq!(SnpTcb::parse("4.0.24.219"), Some(tcb));
    assert_eq!(SnpTcb::parse(&tcb.to_string()), Some(tcb));
    assert!(SnpTcb::parse("255.255.255.255").is_some());
    for text in [
        "",
        "4.0.24",
        "4.0.24.219.1",
        "4.0.24.256",
        "4.0.24.",
        ".0.24.219",
        "4.0.24.+19",
        "4.0.24.-1",
        "4.0.24.2 ",
        "4,0,24,219",
        "4.0.24.0x1",
        "4.0.24.\u{661}",
    ] {
        assert_eq!(SnpTcb::parse(text), None, "{text:?}");
    }
}

#[test]
fn h3_certificate_of_another_chip_or_firmware_is_refused() {
    let claims = claims();
    let report = hcl(&Guest::with(&claims).signed(), 2, &claims);
    for (vcek, problem) in [
        ("vcek-other-chip", "snp-chip"),
        ("vcek-other-boot-loader", "snp-tcb"),
        ("vcek-other-tee", "snp-tcb"),
        ("vcek-other-snp", "snp-tcb"),
        ("vcek-other-microcode", "snp-tcb"),
        ("vcek-no-chip", "snp-certificate"),
        ("vcek-no-product", "snp-certificate"),
        ("vcek-no-microcode", "snp-certificate"),
        ("vcek-p256", "snp-signature"),
        ("vcek-expired", "certificate-expired"),
        ("vcek-stranger", "certificate-signature"),
    ] {
        assert_eq!(judge(&report, vcek), rejected(problem), "{vcek}");
    }
    // Who brings the authority along as well is not one that the root knows.
    let known = [MEASUREMENT];
    let policy = HardwarePolicy::measurements(&known).unwrap();
    let outcome = judge_with(&report, "vcek-stranger", "ask-stranger", &policy);
    assert_eq!(outcome, rejected("certificate-signature"));
}

/// With a report that the attacker's own processor signed in good faith.
#[test]
fn h4_report_of_tdx_vouches_for_nothing() {
    let claims = claims();
    let mut tdreport = vec![0; 1024];
    tdreport[128..192].copy_from_slice(&Guest::with(&claims).data);
    let report = hcl(&tdreport, 4, &claims);
    assert_eq!(judge(&report, "vcek"), unsupported("hardware-tdx"));
    let mut room = vec![0; report.len()];
    let read = read_hcl_report(&report, &mut room).unwrap();
    assert_eq!(read.processor(), Processor::Tdx);
    let error = read.snp_report().unwrap_err();
    assert_eq!(error.part(), Part::Hardware);
    assert!(error.to_string().contains("Intel TDX, which is not signed"));
    // The data are where TDX has them, and the padding behind the report is empty.
    let mut elsewhere = report.clone();
    elsewhere[32 + 128] ^= 1;
    assert_eq!(judge(&elsewhere, "vcek"), rejected("hcl-claims"));
    let mut padded = report.clone();
    padded[32 + 1024] = 1;
    assert_eq!(judge(&padded, "vcek").unwrap_err().1, Verdict::Malformed);
    // A report of SNP that says it is one of TDX is none either.
    let relabelled = hcl(&Guest::with(&claims).signed(), 4, &claims);
    assert_eq!(judge(&relabelled, "vcek"), rejected("hcl-claims"));
}

/// A genuine processor, a genuine signature, and a guest of the sender's own.
#[test]
fn h5_guest_that_is_not_the_expected_firmware_is_refused() {
    assert_eq!(
        guest(|guest| guest.measurement[47] ^= 1),
        rejected("snp-measurement")
    );
    let claims = claims();
    let mut own = Guest::with(&claims);
    own.id_key = [0; 48];
    let unsigned = hcl(&own.signed(), 2, &claims);
    let signed = hcl(&Guest::with(&claims).signed(), 2, &claims);
    let keys = [ID_KEY];
    let by_key = HardwarePolicy::id_keys(&keys).unwrap();
    assert_eq!(judge_with(&signed, "vcek", "ask", &by_key), BOUND);
    assert_eq!(
        judge_with(&unsigned, "vcek", "ask", &by_key),
        rejected("snp-id-key")
    );
    // Both count, if both are named.
    let others = [[7; 48], MEASUREMENT];
    let both = by_key.and_measurements(&others).unwrap();
    assert_eq!(judge_with(&signed, "vcek", "ask", &both), BOUND);
    let both = by_key.and_measurements(&others[..1]).unwrap();
    assert_eq!(
        judge_with(&signed, "vcek", "ask", &both),
        rejected("snp-measurement")
    );
    // A list that is empty requires nothing beside one that is not.
    for (measurements, keys, expected) in [
        (&others[..], &[][..], BOUND),
        (&[], &keys[..], BOUND),
        (&others, &keys, BOUND),
        (&others[..1], &keys, rejected("snp-measurement")),
        (&others, &others[..1], rejected("snp-id-key")),
        (&others[..1], &[], rejected("snp-measurement")),
        (&[], &others, rejected("snp-id-key")),
    ] {
        let policy = HardwarePolicy::launched(measurements, keys).unwrap();
        assert_eq!(judge_with(&signed, "vcek", "ask", &policy), expected);
    }
    // What would let every guest pass is no policy.
    let malformed = (Check::Input, Verdict::Malformed, "no-measurements");
    for refused in [
        HardwarePolicy::measurements(&[]),
        HardwarePolicy::id_keys(&[]),
        HardwarePolicy::id_keys(&[ID_KEY, [0; 48]]),
        by_key.and_measurements(&[]),
        HardwarePolicy::launched(&[], &[]),
        HardwarePolicy::launched(&others, &[[0; 48]]),
        HardwarePolicy::launched(&[], &[[0; 48]]),
    ] {
        assert_eq!(said(refused.unwrap_err()), malformed);
    }
}

/// The two evidences of real machines, if they are here: each bit in turn, of a few.
#[test]
fn h1_real_evidence_is_bound_and_its_flipped_bits_are_not() {
    let Some(corpus) = std::env::var_os("TPM_QUOTE_CORPUS") else {
        println!("no real evidence: TPM_QUOTE_CORPUS names no folder that has it");
        return;
    };
    let folder = std::path::Path::new(&corpus).join("real/13-azure-snp");
    let pem = fs::read(folder.join("milan_ask_ark_asvk.pem")).unwrap();
    let mut room = vec![0; pem.len()];
    let (ask, behind) = tpm_quote::evidence::read_certificate_pem(&pem, &mut room).unwrap();
    let mut room = vec![0; pem.len()];
    let (ark, _) = tpm_quote::evidence::read_certificate_pem(behind, &mut room).unwrap();
    // By `xxd` of the report.
    let known: [u8; 48] = crate::common::hex("6a063be9dd79f6371c842e480f8dc3b5c725961344e57130e88c5adf49e8f7f6c79b75a5eb77fc769959f4aeb2f9401e").try_into().unwrap();
    let known = [known];
    let policy = HardwarePolicy::measurements(&known).unwrap();
    for name in ["evidence-v0.json", "evidence-v1.json"] {
        let json = fs::read(folder.join(name)).unwrap();
        let mut room = vec![0; 2 * json.len()];
        let evidence = read_project(&json, &mut room).unwrap();
        let said_of_it = evidence.hardware().unwrap();
        let intermediates = [ask];
        let chain = CertificateChain::new(said_of_it.vcek().unwrap()).intermediates(&intermediates);
        let report = said_of_it.report().snp_report().unwrap();
        let hardware = VerifiedHardware::verify(&report, &chain, &[ark], AT, &policy).unwrap();
        let key = AttestationKey::bound_to_hardware(said_of_it.report(), &hardware).unwrap();
        assert_eq!(key.trust(), KeyTrust::BoundToHardware);
        assert_eq!(hardware.tcb().to_string(), "4.0.24.219");
        let other = [[0x6a; 48]];
        let other = HardwarePolicy::measurements(&other).unwrap();
        let refused = VerifiedHardware::verify(&report, &chain, &[ark], AT, &other);
        assert_eq!(refused.unwrap_err().problem_name(), "snp-measurement");
    }
}

/// A report is exactly as long as it has to be.
#[test]
fn h2_report_of_another_length_is_malformed() {
    let report = Guest::with(&claims()).signed();
    assert!(SnpReport::from_bytes(&report).is_ok());
    for other in [&report[..1183], &[&*report, &[0]].concat(), &[]] {
        let error = SnpReport::from_bytes(other).unwrap_err();
        assert_eq!(
            (error.part(), error.verdict()),
            (Part::Hardware, Verdict::Malformed)
        );
    }
}
