//! The evidence in `tests/data`, and what several tests do with it.
#![allow(dead_code, reason = "each test uses a part of it")]

#[cfg(all(feature = "rsa", feature = "ecdsa"))]
pub mod judge;
#[cfg(all(feature = "rsa", feature = "ecdsa", feature = "sha1"))]
pub mod published;
#[cfg(feature = "verify")]
pub mod quote;
pub mod specimens;
#[cfg(feature = "verify")]
pub mod states;

use std::{fmt::Debug, fs, path::Path};

use serde_json::Value;
use tpm_quote::{
    Marshal, TpmAlgId, Unmarshal,
    error::{MarshalReason, Reason},
    types::TpmEccCurve,
};

/// The bytes that these digits are; blanks may stand between them.
pub fn hex(digits: &str) -> Vec<u8> {
    let digits: Vec<u8> = digits
        .bytes()
        .filter(|b| !b.is_ascii_whitespace())
        .collect();
    assert!(digits.len().is_multiple_of(2), "an odd number of digits");
    let digit = |b: u8| char::from(b).to_digit(16).expect("a hexadecimal digit") as u8;
    digits
        .chunks(2)
        .map(|pair| digit(pair[0]) << 4 | digit(pair[1]))
        .collect()
}

/// The digits of these bytes.
pub fn digits(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// One piece of evidence: its files, and what another program says of it.
pub struct Vector {
    pub name: String,
    pub json: Value,
    stem: String,
}

impl Vector {
    /// A file of it: `ak.pub`, or `.pub` in the zoo.
    pub fn file(&self, name: &str) -> Vec<u8> {
        let path = format!("{}{name}", self.stem);
        fs::read(&path).unwrap_or_else(|e| panic!("{path}: {e}"))
    }

    pub fn has(&self, name: &str) -> bool {
        Path::new(&format!("{}{name}", self.stem)).exists()
    }

    pub fn text(&self, key: &str) -> &str {
        let value = self.json[key].as_str();
        value.unwrap_or_else(|| panic!("{}: no {key}", self.name))
    }

    /// A value that is written in hexadecimal.
    pub fn bytes(&self, key: &str) -> Vec<u8> {
        hex(self.text(key))
    }
}

/// The quotes.
pub fn cases() -> Vec<Vector> {
    folders("cases", "case.json", 133)
}

/// The other kinds of attestation.
pub fn attestations() -> Vec<Vector> {
    folders("attest", "case.json", 28)
}

pub fn credentials() -> Vec<Vector> {
    folders("credentials", "credential.json", 27)
}

/// Public areas.
pub fn zoo() -> Vec<Vector> {
    let names = names_in("zoo");
    let names = names.iter().filter_map(|name| name.strip_suffix(".pub"));
    let zoo: Vec<_> = names
        .map(|name| load(name, format!("{}/zoo/{name}", data()), ".json"))
        .collect();
    assert_eq!(zoo.len(), 94, "public areas in tests/data/zoo");
    zoo
}

/// The quote whose name begins like this: `case("004")`.
pub fn case(start: &str) -> Vector {
    let name = names_in("cases").into_iter().find(|n| n.starts_with(start));
    let name = name.unwrap_or_else(|| panic!("no case {start}"));
    load(&name, format!("{}/cases/{name}/", data()), "case.json")
}

/// A folder that loses files must not pass.
fn folders(kind: &str, json: &str, count: usize) -> Vec<Vector> {
    let names = names_in(kind);
    assert_eq!(names.len(), count, "folders in tests/data/{kind}");
    names
        .iter()
        .map(|name| load(name, format!("{}/{kind}/{name}/", data()), json))
        .collect()
}

fn load(name: &str, stem: String, json: &str) -> Vector {
    let path = format!("{stem}{json}");
    let text = fs::read(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
    Vector {
        name: name.to_owned(),
        json: serde_json::from_slice(&text).unwrap_or_else(|e| panic!("{path}: {e}")),
        stem,
    }
}

fn data() -> String {
    format!("{}/tests/data", env!("CARGO_MANIFEST_DIR"))
}

fn names_in(folder: &str) -> Vec<String> {
    let path = format!("{}/{folder}", data());
    let entries = fs::read_dir(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// What the evidence calls algorithms, and their ids in the specification.
const ALGS: [(&str, u16); 32] = [
    ("rsa", 0x0001),
    ("tdes", 0x0003),
    ("sha1", 0x0004),
    ("hmac", 0x0005),
    ("aes", 0x0006),
    ("keyedhash", 0x0008),
    ("xor", 0x000a),
    ("sha256", 0x000b),
    ("sha384", 0x000c),
    ("sha512", 0x000d),
    ("null", 0x0010),
    ("sm3_256", 0x0012),
    ("rsassa", 0x0014),
    ("rsaes", 0x0015),
    ("rsapss", 0x0016),
    ("oaep", 0x0017),
    ("ecdsa", 0x0018),
    ("ecdh", 0x0019),
    ("ecdaa", 0x001a),
    ("sm2", 0x001b),
    ("ecschnorr", 0x001c),
    ("ecmqv", 0x001d),
    ("kdf1_sp800_108", 0x0022),
    ("ecc", 0x0023),
    ("symcipher", 0x0025),
    ("camellia", 0x0026),
    ("ctr", 0x0040),
    ("ofb", 0x0041),
    ("cbc", 0x0042),
    ("cfb", 0x0043),
    ("ecb", 0x0044),
    ("mldsa", 0x00a1),
];

pub fn alg(name: &str) -> TpmAlgId {
    let found = ALGS.iter().find(|(known, _)| *known == name);
    TpmAlgId(found.unwrap_or_else(|| panic!("algorithm {name}")).1)
}

pub fn alg_name(alg: TpmAlgId) -> &'static str {
    let found = ALGS.iter().find(|(_, id)| *id == alg.0);
    found.unwrap_or_else(|| panic!("algorithm {:#x}", alg.0)).0
}

/// Name, id, and bytes of a coordinate and of the group's order.
const CURVES: [(&str, u16, usize); 8] = [
    ("p192", 0x0001, 24),
    ("p224", 0x0002, 28),
    ("p256", 0x0003, 32),
    ("p384", 0x0004, 48),
    ("p521", 0x0005, 66),
    ("bn_p256", 0x0010, 32),
    ("bn_p638", 0x0011, 80),
    ("sm2_p256", 0x0020, 32),
];

pub fn curve(name: &str) -> TpmEccCurve {
    let found = CURVES.iter().find(|(known, ..)| *known == name);
    TpmEccCurve(found.unwrap_or_else(|| panic!("curve {name}")).1)
}

pub fn curve_name(curve: TpmEccCurve) -> &'static str {
    let found = CURVES.iter().find(|(_, id, _)| *id == curve.0);
    found.unwrap_or_else(|| panic!("curve {:#x}", curve.0)).0
}

pub fn curve_bytes(name: &str) -> usize {
    let found = CURVES.iter().find(|(known, ..)| *known == name);
    found.unwrap_or_else(|| panic!("curve {name}")).2
}

/// How many bytes [`exact`] wants after a structure.
pub const SPARE: usize = 8;

/// The bytes of a structure, ready for [`exact`].
pub fn spare(bytes: &[u8]) -> Vec<u8> {
    [bytes, &[0xa5; SPARE]].concat()
}

/// Reads the structure that ends [`SPARE`] bytes before `spare` does, and holds
/// it to everything that any structure promises: it writes the same bytes and
/// knows how many they are, and neither more nor fewer bytes are one.
pub fn exact<'a, T>(spare: &'a [u8]) -> T
where
    T: Unmarshal<'a> + Marshal + PartialEq + Debug,
{
    let len = spare.len() - SPARE;
    let bytes = &spare[..len];
    let name = T::NAME;
    let value = T::from_bytes(bytes).unwrap_or_else(|e| panic!("{name} {}: {e}", digits(bytes)));

    assert_eq!(value.marshaled_len(), Ok(len), "{name}");
    let mut out = vec![0xa5; len + SPARE];
    assert_eq!(value.marshal_into(&mut out), Ok(bytes), "{name}");
    assert_eq!(out[len..], [0xa5; SPARE], "{name} writes past its end");
    let full = value.marshal_into(&mut out[..len - 1]).unwrap_err();
    assert_eq!(full.reason(), MarshalReason::OutputTooSmall, "{name}");

    let (prefix, rest) = T::from_prefix(spare).unwrap();
    assert_eq!(prefix, value);
    assert_eq!(rest, [0xa5; SPARE], "{name}");
    for count in 1..=SPARE {
        let error = T::from_bytes(&spare[..len + count]).unwrap_err();
        assert_eq!(
            (error.structure(), error.field(), error.offset()),
            (name, "", len)
        );
        let count = u16::try_from(count).unwrap();
        assert_eq!(error.reason(), Reason::TrailingBytes { count }, "{name}");
    }

    for end in 0..len {
        let error = match T::from_bytes(&bytes[..end]) {
            Ok(value) => panic!("the first {end} of {len} bytes of {name} are {value:?}"),
            Err(error) => error,
        };
        assert!(!error.structure().is_empty(), "{name} cut at {end}");
        assert!(error.offset() <= end, "{name} cut at {end}: {error}");
        match error.reason() {
            // What is missing is a part of the structure, so it is not more
            // than what was cut off.
            Reason::InputTooShort { missing } => {
                assert!(missing > 0 && end + usize::from(missing) <= len);
            }
            other => panic!("{name} cut at {end}: {other}"),
        }
    }
    value
}
