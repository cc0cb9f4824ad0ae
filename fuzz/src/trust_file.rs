//! Trust files: a second reader finds the same names, values and options.

use std::collections::BTreeMap;

use tpm_quote::evidence::{TrustAnchor, TrustFile, TrustLine, TrustProfile};

use crate::codec::explain_in;

/// A line: name, kind, value, options.
type Line = (String, String, String, BTreeMap<String, String>);

/// The option without a value.
const SHA1: &str = "dangerous-sha1-certificates";

/// A file, and what stands in it.
pub fn trust_file(data: &[u8]) {
    let file = match TrustFile::parse(data) {
        Ok(file) => file,
        Err(error) => {
            explain_in(&error, data);
            assert!(error.offset().is_some(), "{error}");
            return;
        }
    };
    let text = str::from_utf8(data).expect("a trust file is UTF-8");
    let second = second(text);
    let mut count = 0;
    for (line, (number, read)) in file.lines().zip(&second) {
        assert_eq!(line.number, *number);
        assert!(text[line.offset..].starts_with(line.name));
        same(&line, read);
        // A line means the same alone: nothing is carried over from the one before.
        let alone = text.split('\n').nth(line.number as usize - 1).unwrap();
        let alone = TrustFile::parse(alone.as_bytes()).expect("a line of an accepted file");
        let lines: Vec<_> = alone.lines().collect();
        let [alone] = &*lines else {
            panic!("{} lines in one", lines.len());
        };
        same(alone, read);
        count += 1;
    }
    assert!(count > 0, "a file that vouches for nothing");
    assert_eq!((count, file.lines().count()), (second.len(), second.len()));
}

/// Whether it is a trust file.
pub fn is_trust_file(data: &[u8]) -> bool {
    TrustFile::parse(data).is_ok()
}

fn same(line: &TrustLine<'_>, (name, kind, value, options): &Line) {
    assert_eq!((line.name, line.anchor.kind()), (&**name, &**kind));
    let mut left = options.clone();
    let mut is = |option: &str, found: Option<String>| {
        assert_eq!(left.remove(option), found, "{option}");
    };
    match line.anchor {
        TrustAnchor::AkName(name) => assert_eq!(name.to_string(), value.to_lowercase()),
        TrustAnchor::AkKey(file) | TrustAnchor::CertifiedBy(file) => {
            assert_eq!(file.to_string(), *value);
        }
        TrustAnchor::AkCa {
            file,
            profile,
            ak_name,
            allows_sha1,
        } => {
            assert_eq!(file.to_string(), *value);
            let given = options.get("ak-name").map(|name| name.to_lowercase());
            assert_eq!(ak_name.map(|name| name.to_string()), given);
            is("ak-name", options.get("ak-name").cloned());
            is(SHA1, allows_sha1.then(String::new));
            let name = match profile {
                TrustProfile::Tcg => "tcg",
                TrustProfile::Azure { vm } => {
                    assert!(vm.is_some() || ak_name.is_some());
                    is("vm", vm.map(|vm| vm.to_string()));
                    "azure"
                }
                TrustProfile::Google { project, instance } => {
                    assert!(project.is_some() || instance.is_some());
                    is("project", project.map(|project| project.to_string()));
                    let given = options.get("instance").cloned();
                    assert_eq!(given.as_ref().map(|id| id.parse().ok()), instance.map(Some));
                    is("instance", given);
                    "google"
                }
                TrustProfile::DangerousAnyPurpose => "dangerous-any-purpose",
                _ => panic!("another profile"),
            };
            let given = options.get("profile");
            assert_eq!(given.map_or("tcg", |given| given), name);
            is("profile", given.cloned());
        }
        TrustAnchor::HardwareRoot {
            file,
            measurements,
            id_keys,
            tcb,
        } => {
            assert_eq!(file.to_string(), *value);
            assert!(!measurements.is_empty() || !id_keys.is_empty());
            for (option, digests) in [("measurement", measurements), ("id-key", id_keys)] {
                let hex = |digest: [u8; 48]| digest.map(|byte| format!("{byte:02x}")).concat();
                let found: Vec<String> = digests.iter().map(hex).collect();
                let given = options.get(option).cloned();
                let lower = given.clone().unwrap_or_default().to_lowercase();
                assert_eq!(found.join(","), lower);
                is(option, given);
            }
            let given = options.get("tcb").cloned();
            let zeros = |number: &str| number.parse::<u8>().unwrap().to_string();
            let plain = given
                .as_ref()
                .map(|tcb| tcb.split('.').map(zeros).collect());
            let plain: Option<Vec<String>> = plain;
            assert_eq!(
                tcb.map(|tcb| tcb.to_string()),
                plain.map(|tcb| tcb.join("."))
            );
            is("tcb", given);
        }
        _ => panic!("another kind"),
    }
    for (option, found) in [
        ("valid-after", line.valid_after),
        ("valid-before", line.valid_before),
    ] {
        let given = options.get(option).cloned();
        assert_eq!(found.is_some(), given.is_some(), "{option}");
        is(option, given);
    }
    assert!(left.is_empty(), "options that nobody looks at: {left:?}");
    if let (Some(after), Some(before)) = (line.valid_after, line.valid_before) {
        assert!(after < before);
    }
}

fn second(text: &str) -> Vec<(u32, Line)> {
    let lines = (1..).zip(text.split('\n'));
    let lines = lines.map(|(number, line)| (number, words(line)));
    lines
        .filter(|(_, words)| !words.is_empty())
        .map(|(number, words)| {
            let mut words = words.into_iter();
            let mut next = || words.next().expect("a line has three words");
            let (name, kind, value) = (next(), next(), next());
            let mut options = BTreeMap::new();
            for word in words {
                let (key, value) = match word.split_once('=') {
                    None if word == SHA1 => (SHA1, ""),
                    option => option.expect("an option"),
                };
                assert!(key != SHA1 || word == SHA1, "a value of {word}");
                let before = options.insert(key.to_owned(), value.to_owned());
                assert_eq!(before, None, "{key} twice");
            }
            (number, (name, kind, value, options))
        })
        .collect()
}

/// The words of a line, without quotation marks.
fn words(line: &str) -> Vec<String> {
    let line = line.trim_matches(['\r', ' ', '\t']);
    let mut words = Vec::new();
    if line.starts_with('#') {
        return words;
    }
    let (mut word, mut is_begun, mut is_open) = (String::new(), false, false);
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' if !is_open => {
                if is_begun {
                    words.push(std::mem::take(&mut word));
                }
                is_begun = false;
                continue;
            }
            '"' => is_open = !is_open,
            '\\' if is_open && chars.peek() == Some(&'"') => word.extend(chars.next()),
            c => word.push(c),
        }
        is_begun = true;
    }
    if is_begun {
        words.push(word);
    }
    words
}
