//! The response files of CAVP: sections in brackets, and in them lines with a
//! name and a value. What stands alone is of all vectors that follow.

use std::{collections::BTreeMap, fs};

use crate::common::hex;

/// The vector's own lines, and those of its section.
#[derive(Debug)]
pub struct Vector {
    pub section: String,
    values: BTreeMap<String, String>,
}

impl Vector {
    pub fn text(&self, name: &str) -> &str {
        let value = self.values.get(name);
        value.unwrap_or_else(|| panic!("no {name}: {self:?}"))
    }

    /// A number can have an odd count of digits.
    pub fn bytes(&self, name: &str) -> Vec<u8> {
        let digits = self.text(name);
        let zero = if digits.len().is_multiple_of(2) {
            ""
        } else {
            "0"
        };
        hex(&format!("{zero}{digits}"))
    }

    pub fn number(&self, name: &str) -> u32 {
        u32::from_str_radix(self.text(name), 16).unwrap()
    }

    /// What the file says of it. What was made to test signers has no verdict,
    /// and holds.
    pub fn holds(&self) -> bool {
        match self.values.get("Result").map(|result| &result[..1]) {
            Some("P") | None => true,
            Some("F") => false,
            Some(_) => panic!("{self:?}"),
        }
    }
}

pub fn vectors(name: &str) -> Vec<Vector> {
    let path = format!("{}/tests/data/cavp/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
    let mut vectors = Vec::new();
    let mut section = String::new();
    let mut shared = BTreeMap::new();
    for block in text.split("\n\n") {
        if let Some(title) = block.trim().strip_prefix('[') {
            section = title.strip_suffix(']').unwrap().to_owned();
            shared.clear();
            continue;
        }
        let lines = block.lines().filter(|line| !line.starts_with('#'));
        let mut values = shared.clone();
        for line in lines {
            let (name, value) = line.split_once('=').unwrap_or_else(|| panic!("{line}"));
            values.insert(name.trim().to_owned(), value.trim().to_owned());
        }
        // A signature, or a point.
        if values.contains_key("S") || values.contains_key("Qx") {
            let section = section.clone();
            vectors.push(Vector { section, values });
        } else {
            shared = values;
        }
    }
    vectors
}
