//! Logs that others collected. They are not in the repository: `TPM_QUOTE_CORPUS` says where
//! they are.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use serde_json::Value;
use tpm_quote::log::{EventLog, LogFormat};

use crate::{common::digits, properties, second};

/// The folder of the logs, or `None` if it is not here; says so.
pub fn folder(name: &str) -> Option<PathBuf> {
    let Some(corpus) = env::var_os("TPM_QUOTE_CORPUS") else {
        println!("TPM_QUOTE_CORPUS is not set: no log of corpus/{name} was judged");
        return None;
    };
    let folder = Path::new(&corpus).join(name);
    assert!(folder.is_dir(), "{} is no folder", folder.display());
    Some(folder)
}

/// The logs and what the index says of them.
pub fn logs() -> Vec<(String, Value, Vec<u8>)> {
    let Some(folder) = folder("logs") else {
        return Vec::new();
    };
    let index: Value =
        serde_json::from_slice(&fs::read(folder.join("index.json")).unwrap()).unwrap();
    let entries = index.as_array().unwrap().iter();
    entries
        .map(|entry| {
            let name = entry["file"].as_str().unwrap().to_owned();
            let bytes = fs::read(folder.join(&name)).unwrap();
            (name, entry.clone(), bytes)
        })
        .collect()
}

const BANKS: [(&str, u16); 4] = [
    ("sha1", 4),
    ("sha256", 0xb),
    ("sha384", 0xc),
    ("sha512", 0xd),
];

/// The index knows nothing of H-CRTM, behind which PCR 0 starts at 4: the values of two other
/// programs.
const H_CRTM: [(&str, &str, u32, &str); 2] = [
    (
        "tpm2-tss--binary_measurements_hcrtm.b64.decoded",
        "sha1",
        0,
        "15f4e6ca457d1af6bc49511a93ba3500ad69acc5",
    ),
    (
        "tpm2-tss--binary_measurements_hcrtm.b64.decoded",
        "sha256",
        0,
        "332dd5f22946bd10839599ea0041cc7a59c7b11e6442eca521c0e82b05b1c36d",
    ),
];

#[test]
fn every_log_is_read_or_refused_for_a_reason_that_has_a_name() {
    let (mut read, mut refused, mut values) = (0, 0, 0);
    for (name, entry, bytes) in logs() {
        println!("{name}");
        let format = entry["format"].as_str().unwrap();
        let expected = match format {
            "crypto-agile" => LogFormat::CryptoAgile,
            "TCG 1.2 (SHA-1)" => LogFormat::Sha1,
            // Lists of IMA, and CEL, are no event logs.
            _ => {
                let error = EventLog::parse_padded(&bytes).unwrap_err();
                let problem = error.problem_name();
                assert!(["log-truncated", "log-event"].contains(&problem), "{error}");
                refused += 1;
                continue;
            }
        };
        let log = EventLog::parse_padded(&bytes).unwrap();
        assert_eq!(log.format(), expected);
        properties::both_agree(&bytes);

        // The index counts neither the header of a crypto-agile log nor what is of no PCR.
        let events = log.events().filter(|event| event.pcr_index() < 24).count();
        let header = usize::from(expected == LogFormat::CryptoAgile);
        assert_eq!(Some(events - header), count(&entry["events"]));
        let padding = bytes.len() - log.tail_bytes();
        let of_no_pcr = log.events().find(|event| event.pcr_index() > 23);
        let end = of_no_pcr.map_or(padding, |event| event.offset() as usize);
        assert_eq!(Some(end), count(&entry["consumed"]));

        let (events, _) = properties::read(&bytes).unwrap();
        for (bank, id) in BANKS {
            let pcrs = second::replay(&events, id);
            for (index, value) in entry["pcrs"][bank].as_object().into_iter().flatten() {
                let index: u32 = index.parse().unwrap();
                let found = pcrs.get(&index).map(|value| digits(value));
                let expected = H_CRTM
                    .iter()
                    .find(|of| (of.0, of.1, of.2) == (&name, bank, index));
                let expected = expected.map_or(value.as_str(), |of| Some(of.3));
                assert_eq!(found.as_deref(), expected, "{bank}:{index}");
                values += 1;
            }
        }
        read += 1;
    }
    println!("{read} logs read, {refused} refused, {values} values of PCRs compared");
    if folder("logs").is_some() {
        assert!(read >= 89 && refused >= 16 && values > 1000);
    }
}

fn count(value: &Value) -> Option<usize> {
    usize::try_from(value.as_u64()?).ok()
}
