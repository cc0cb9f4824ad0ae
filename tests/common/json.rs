//! Evidence as other projects write it, made of the facts of a case.
#![allow(dead_code, reason = "each test uses a part of it")]

use base64ct::{Base64, Base64Url, Base64UrlUnpadded, Encoding};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tpm_quote::{TpmAlgId, TpmtSignature, Unmarshal};

use crate::common::{Vector, digits, hex, quote::Quote};

fn encoded<E: Encoding>(bytes: &[u8]) -> String {
    let mut room = vec![0; bytes.len() * 2 + 4];
    E::encode(bytes, &mut room).unwrap().to_owned()
}

pub fn base64(bytes: &[u8]) -> String {
    encoded::<Base64>(bytes)
}

pub fn base64url(bytes: &[u8]) -> String {
    encoded::<Base64Url>(bytes)
}

/// The numbers of Go's package `crypto`.
fn go_hash(bank: TpmAlgId) -> Option<u8> {
    Some(match bank.0 {
        0x0004 => 3,
        0x000b => 5,
        0x000c => 6,
        0x000d => 7,
        _ => return None,
    })
}

/// A signature as Go writes it, which drops leading zeros of r and s.
pub fn go_signature(signature: &[u8]) -> Vec<u8> {
    let number = |at: usize| {
        let size = usize::from(u16::from_be_bytes([signature[at], signature[at + 1]]));
        (&signature[at + 2..at + 2 + size], at + 2 + size)
    };
    if signature[..2] != [0x00, 0x18] {
        return signature.to_vec();
    }
    let (r, at) = number(4);
    let (s, _) = number(at);
    let mut short = signature[..4].to_vec();
    for number in [r, s] {
        let zeros = number.iter().take_while(|byte| **byte == 0).count();
        let digits = &number[zeros..];
        short.extend(u16::try_from(digits.len()).unwrap().to_be_bytes());
        short.extend(digits);
    }
    short
}

fn go_pcrs(quote: &Quote) -> Option<Vec<Value>> {
    let values = quote.values.iter().map(|(bank, index, digest)| {
        let hash = go_hash(*bank)?;
        Some(json!({"Index": index, "Digest": base64(digest), "DigestAlg": hash}))
    });
    values.collect()
}

/// `PlatformParameters`; `None` if Go has no number for a bank.
pub fn go(quote: &Quote) -> Option<Value> {
    Some(json!({
        "Public": base64(&quote.public[2..]),
        "Quotes": [{
            "Quote": base64(&quote.attest),
            "Signature": base64(&go_signature(&quote.signature)),
        }],
        "PCRs": go_pcrs(quote)?,
        "EventLog": null,
    }))
}

/// The dump of attest-tool.
pub fn go_dump(quote: &Quote) -> Option<Value> {
    Some(json!({
        "Static": {"EKPem": null},
        "AK": {
            "Public": base64(&quote.public[2..]),
            "UseTCSDActivationFormat": false,
            "CreateData": "AAAA",
            "CreateAttestation": "AAAA",
            "CreateSignature": "AAAA",
        },
        "Quote": {
            "Nonce": base64(&quote.nonce),
            "Alg": 11,
            "Quote": base64(&quote.attest),
            "Signature": base64(&go_signature(&quote.signature)),
        },
        "Log": {"PCRs": go_pcrs(quote)?, "PCRAlg": 11, "Raw": null},
    }))
}

/// The value of PCRs of which a case says nothing.
const OTHER: [u8; 32] = [0x5a; 32];

/// All PCRs of SHA-256; `None` if the quote covers another bank.
fn all_pcrs(quote: &Quote) -> Option<Vec<Vec<u8>>> {
    let mut all = vec![OTHER.to_vec(); 24];
    for (bank, index, digest) in &quote.values {
        if *bank != TpmAlgId::SHA256 {
            return None;
        }
        all[usize::from(*index)].clone_from(digest);
    }
    Some(all)
}

/// The DER of a key in PEM.
pub fn der(pem: &[u8]) -> Vec<u8> {
    let text = std::str::from_utf8(pem).unwrap();
    let base64: String = text.lines().filter(|line| !line.starts_with('-')).collect();
    let mut room = vec![0; base64.len()];
    Base64::decode(base64, &mut room).unwrap().to_vec()
}

/// The evidence of confidential-containers' attester `tpm`.
pub fn confidential_containers(case: &Vector, quote: &Quote) -> Option<Value> {
    let pcrs: Vec<_> = all_pcrs(quote)?.iter().map(|pcr| digits(pcr)).collect();
    if !case.has("ak.pem") {
        return None;
    }
    Some(json!({
        "tpm_quote": {
            "signature": base64(&quote.signature),
            "message": base64(&quote.attest),
            "pcrs": pcrs,
        },
        "ak_public": base64(&der(&case.file("ak.pem"))),
    }))
}

/// The claims of Azure's report; `None` if the key is not RSA.
pub fn claims(case: &Vector) -> Option<Value> {
    let public = &case.json["ak_public"];
    if public["type"] != "rsa" {
        return None;
    }
    let exponent = match public["exponent"].as_u64().unwrap() {
        0 => 65537,
        exponent => exponent,
    };
    let bytes = exponent.to_be_bytes();
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let e = encoded::<Base64UrlUnpadded>(&bytes[zeros..]);
    let n = encoded::<Base64UrlUnpadded>(&hex(public["modulus"].as_str().unwrap()));
    Some(json!({
        "keys": [
            {"kid": "HCLEkPub", "key_ops": ["encrypt"], "kty": "RSA", "e": "AQAB", "n": "xQEC"},
            {"kid": "HCLAkPub", "key_ops": ["sign"], "kty": "RSA", "e": e, "n": n},
        ],
        "vm-configuration": {"secure-boot": true, "vmUniqueId": "x"},
        "user-data": "00",
    }))
}

/// A report of the host compatibility layer. Nothing signed that of the processor in it.
pub fn report(claims: &[u8]) -> Vec<u8> {
    let mut processor = vec![0xa5; 1184];
    processor[80..112].copy_from_slice(&Sha256::digest(claims));
    processor[112..144].fill(0);
    let len = u32::try_from(claims.len()).unwrap();
    let mut report = b"HCLA".to_vec();
    for number in [2, 1236 + len, 2, 0, 0, 0, 0] {
        report.extend(number.to_le_bytes());
    }
    report.extend(processor);
    for number in [20 + len, 1, 2, 1, len] {
        report.extend(number.to_le_bytes());
    }
    report.extend(claims);
    report.resize(report.len() + 100, 0);
    report
}

/// Whether the quote is signed as Azure's is.
fn is_azure(quote: &Quote) -> bool {
    matches!(
        TpmtSignature::from_bytes(&quote.signature),
        Ok(TpmtSignature::RsaSsa(rsa)) if rsa.hash == TpmAlgId::SHA256
    )
}

/// The evidence of Azure's vTPM, version 2.
pub fn azure(case: &Vector, quote: &Quote) -> Option<Value> {
    let claims = claims(case).filter(|_| is_azure(quote))?;
    let pcrs: Vec<_> = all_pcrs(quote)?.iter().map(|pcr| digits(pcr)).collect();
    Some(json!({
        "version": 2,
        "tpm_quote": {
            "signature": digits(&quote.signature[6..]),
            "message": digits(&quote.attest),
            "pcrs": pcrs,
        },
        "hcl_report": base64url(&report(claims.to_string().as_bytes())),
        "vcek": "AAAA",
    }))
}

/// The same of `az-tdx-vtpm`, before there were versions.
pub fn azure_numbers_tdx(case: &Vector, quote: &Quote) -> Option<Value> {
    let snp = azure_numbers(case, quote)?;
    Some(json!({"tpm_quote": snp["quote"], "hcl_report": snp["report"], "td_quote": [1]}))
}

/// The same before there were versions: bytes are numbers.
pub fn azure_numbers(case: &Vector, quote: &Quote) -> Option<Value> {
    let claims = claims(case).filter(|_| is_azure(quote))?;
    Some(json!({
        "quote": {
            "signature": quote.signature[6..],
            "message": quote.attest,
            "pcrs": all_pcrs(quote)?,
        },
        "report": report(claims.to_string().as_bytes()),
        "vcek": "-----BEGIN",
    }))
}
