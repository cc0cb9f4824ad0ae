//! Reports of a processor and of Azure's host compatibility layer: a second reader, and
//! genuine ones that were changed.

use std::{collections::BTreeMap, time::Duration};

use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};
use tpm_quote::{
    CertificateChain, Error, Verifier,
    crypto::{SignatureVerifier, Software},
    evidence::read_hcl_report,
    verify::{HardwarePolicy, HclReport, PlainKey, Processor, SnpReport},
};

use crate::{codec::explain, engines::Yes};

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
}

/// A report of the layer as it is; and one around the claims in the data, with one byte
/// changed or none.
pub fn hcl_report(data: &[u8]) {
    hcl(data);
    let Some((&[kind, high, low, change], claims)) = data.split_first_chunk() else {
        return;
    };
    let kind = if kind & 1 == 0 { 2 } else { 4 };
    let mut report = made_hcl(kind, claims);
    let genuine = hcl(&report);
    let end = 1236 + claims.len();
    let at = usize::from(u16::from_be_bytes([high, low])) % report.len();
    report[at] ^= change;
    let changed = hcl(&report);
    let data_at = 32 + if kind == 2 { 80 } else { 128 };
    // The rest of the processor's report is what its signature covers; the version may be 2.
    let is_elsewhere = (32..1216).contains(&at) && !(data_at..data_at + 64).contains(&at);
    let is_free = is_elsewhere && (kind == 2 || at < 32 + 1024) || (4..8).contains(&at);
    if change == 0 || is_free {
        assert!(genuine || !changed);
    } else {
        assert!(!changed, "byte {at} of {end}");
    }
}

/// As the layer makes it (CERTIFICATES: offsets are those of its headers).
fn made_hcl(kind: u32, claims: &[u8]) -> Vec<u8> {
    let len = u32::try_from(claims.len()).expect("a short text");
    let mut report = b"HCLA".to_vec();
    for number in [1, 1236 + len, 2, 0, 0, 0, 0] {
        report.extend(number.to_le_bytes());
    }
    report.resize(1216, 0);
    let data_at = 32 + if kind == 2 { 80 } else { 128 };
    report[data_at..data_at + 32].copy_from_slice(&Sha256::digest(claims));
    for number in [20 + len, 1, kind, 1, len] {
        report.extend(number.to_le_bytes());
    }
    report.extend(claims);
    report.resize(report.len().max(2600), 0);
    report
}

/// Whether it is read; then a second reader finds the same.
fn hcl(bytes: &[u8]) -> bool {
    let mut room = vec![0; bytes.len()];
    let report: HclReport<'_> = match read_hcl_report(bytes, &mut room) {
        Ok(report) => report,
        Err(error) => {
            explain(&error);
            return false;
        }
    };
    assert!(bytes.starts_with(b"HCLA") && matches!(u32_at(bytes, 4), 1 | 2));
    let len = u32_at(bytes, 1232) as usize;
    let (claims, behind) = bytes[1236..].split_at(len);
    assert_eq!(u32_at(bytes, 8) as usize, 1236 + len);
    assert_eq!(u32_at(bytes, 12), 2);
    assert!(bytes[16..32].iter().chain(behind).all(|byte| *byte == 0));
    assert_eq!(
        [1216, 1220, 1228].map(|at| u32_at(bytes, at)),
        [20 + len as u32, 1, 1]
    );
    let (processor, at) = match u32_at(bytes, 1224) {
        2 => (Processor::SevSnp, 80),
        4 => (Processor::Tdx, 128),
        other => panic!("kind {other}"),
    };
    assert_eq!(report.processor(), processor);
    assert_eq!(report.claims(), claims);
    let data = &bytes[32 + at..32 + at + 64];
    assert_eq!(data[..32], Sha256::digest(claims)[..]);
    assert!(data[32..].iter().all(|byte| *byte == 0));
    // The key is the only one with this id, by its numbers.
    let json: BTreeMap<String, &RawValue> = serde_json::from_slice(claims).expect("it was read");
    let keys: Vec<BTreeMap<String, &RawValue>> =
        serde_json::from_str(json["keys"].get()).expect("a list");
    let text = |json: &RawValue| serde_json::from_str::<String>(json.get()).ok();
    let is_own = |key: &&BTreeMap<String, &RawValue>| {
        key.get("kid").and_then(|kid| text(kid)).as_deref() == Some("HCLAkPub")
    };
    let own: Vec<_> = keys.iter().filter(is_own).collect();
    assert_eq!(own.len(), 1);
    let PlainKey::Rsa { modulus, .. } = report.key() else {
        panic!("{:?}", report.key());
    };
    let digits = text(own[0]["n"]).expect("a text");
    assert_eq!(
        digits.trim_end_matches('=').len(),
        (modulus.len() * 8).div_ceil(6)
    );
    assert_eq!(
        report.snp_report().is_err(),
        processor == Processor::Tdx || { SnpReport::from_bytes(&bytes[32..1216]).is_err() }
    );
    true
}

/// Whether there is a report of the layer.
pub fn is_hcl_report(data: &[u8]) -> bool {
    read_hcl_report(data, &mut vec![0; data.len()]).is_ok()
}

/// A report that the key of `vcek` signed: made by `tests/data/snp/make.py`.
const GENUINE: &[u8; 1184] = include_bytes!("../../tests/data/snp/report.bin");
const VCEK: &[u8] = include_bytes!("../../tests/data/snp/vcek.der");
const ASK: &[u8] = include_bytes!("../../tests/data/snp/ask.der");
const ARK: &[u8] = include_bytes!("../../tests/data/snp/ark.der");
const AT: Duration = Duration::from_secs(1_893_456_000);
const MEASUREMENT: [u8; 48] = [0x6a; 48];

/// A report as it is; and a genuine one, of which each three bytes of the data change one.
pub fn snp_report(data: &[u8]) {
    if let Ok(bytes) = data.try_into() {
        snp(bytes);
    } else {
        let error = SnpReport::from_bytes(data).expect_err("of another length");
        explain(&error);
    }
    let mut changed = *GENUINE;
    for three in data.chunks_exact(3).take(8) {
        let at = usize::from(u16::from_be_bytes([three[0], three[1]]));
        changed[at % changed.len()] ^= three[2];
    }
    let accepted = snp(&changed);
    if changed == *GENUINE {
        assert!(accepted);
        assert!(judge(&changed, &Software).is_ok());
    } else if accepted {
        // All that remains is the signature.
        let error = judge(&changed, &Software).expect_err("a byte was changed");
        assert_eq!(error.problem_name(), "snp-signature");
    }
}

fn judge(bytes: &[u8], engine: &dyn SignatureVerifier) -> Result<(), Error> {
    let verifier = Verifier::new().crypto(engine);
    let report = SnpReport::from_bytes(bytes)?;
    let between = [ASK];
    let chain = CertificateChain::new(VCEK).intermediates(&between);
    let measurements = [MEASUREMENT];
    let policy = HardwarePolicy::measurements(&measurements)?;
    let hardware = verifier.hardware(&report, &chain, &[ARK], AT, &policy)?;
    assert_eq!(hardware.measurement(), &MEASUREMENT);
    assert_eq!(hardware.report_data()[..], bytes[0x50..0x90]);
    assert_eq!(hardware.chip()[..], bytes[0x1a0..0x1e0]);
    assert_eq!(hardware.id_key()[..], bytes[0xe0..0x110]);
    Ok(())
}

/// Whether it is accepted where every signature holds; a second reader decides the same, by
/// the offsets of AMD's table.
fn snp(bytes: &[u8; 1184]) -> bool {
    let version = u32_at(bytes, 0);
    let cpu = &bytes[0x188..0x18b];
    let is_known = version == 2
        || version == 3 && cpu[0] == 0x19 && (cpu[1] < 0x20 || (0xa0..0xb0).contains(&cpu[1]));
    let is_vcek = u32_at(bytes, 0x48) >> 2 & 7 == 0;
    let is_read = is_known && is_vcek && u32_at(bytes, 0x34) == 1;
    let read = SnpReport::from_bytes(bytes);
    assert_eq!(read.is_ok(), is_read, "{read:?}");
    let same = |from: usize, to: usize| bytes[from..to] == GENUINE[from..to];
    let zero = |from: usize, to: usize| bytes[from..to].iter().all(|byte| *byte == 0);
    let debug = bytes[0x0a] & 0x08 != 0;
    // Boot loader, TEE, SNP and microcode; the chip; the launch; 48 bytes of each number.
    let tcb = same(0x180, 0x182) && same(0x186, 0x188);
    let expected = is_read
        && !debug
        && u32_at(bytes, 0x30) == 0
        && tcb
        && same(0x1a0, 0x1e0)
        && bytes[0x90..0xc0] == MEASUREMENT
        && zero(0x2a0 + 48, 0x2e8)
        && zero(0x2e8 + 48, 1184);
    let judged = judge(bytes, &Yes);
    assert_eq!(judged.is_ok(), expected, "{judged:?}");
    if let Err(error) = &judged {
        explain(error);
    }
    expected
}

/// Whether the bytes are a report that its chip signed.
pub fn is_snp_report(data: &[u8]) -> bool {
    judge(data, &Software).is_ok()
}
