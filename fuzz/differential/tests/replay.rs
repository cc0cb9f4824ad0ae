//! Replays the corpus of the ordinary fuzzing: no input of it differs for an
//! unknown reason, nor does any half of one.

use std::{fs, path::Path};

use tpm_quote_differential::TARGETS;

fn files_in(name: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{name}: {e}"));
    let mut files: Vec<_> = entries
        .map(|entry| {
            let entry = entry.expect("an entry");
            let name = entry.file_name().into_string().expect("plain names");
            (name, fs::read(entry.path()).expect("a file"))
        })
        .collect();
    files.sort();
    files
}

#[test]
fn no_input_of_the_corpus_differs_for_an_unknown_reason() {
    for (target, run) in TARGETS {
        let corpus = format!("../corpus/{}", target.trim_start_matches("mu_"));
        let inputs = files_in(&corpus);
        assert!(inputs.len() > 2, "{corpus} has {} inputs", inputs.len());
        for (name, bytes) in inputs {
            // The test's output ends with the file at fault.
            println!("{target}/{name}");
            run(&bytes);
            run(&bytes[..bytes.len() / 2]);
        }
    }
}

#[test]
fn every_target_has_a_program() {
    let programs: Vec<String> = files_in("fuzz_targets").into_iter().map(|f| f.0).collect();
    let targets: Vec<String> = TARGETS
        .iter()
        .map(|(name, _)| format!("{name}.rs"))
        .collect();
    assert_eq!(programs, targets);
}
