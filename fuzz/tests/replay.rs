//! Replays the corpus on a stable toolchain: what the fuzzer found stays found.

use std::{collections::BTreeSet, fs, path::PathBuf};

use tpm_quote_fuzz::{
    TARGETS, event_log, headed_log, is_accepted, is_armour, is_attested, is_block, is_event_log,
    is_hcl_report, is_ima_list, is_known_boot, is_log_structure, is_path, is_pcr_file,
    is_policy_file, is_project, is_proven_list, is_snp_report, is_spki, is_state, is_trust_file,
    is_userspace_log, is_verified, quote_refused_by,
};

fn folder(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), name].iter().collect()
}

fn names_in(name: &str) -> Vec<String> {
    let entries = fs::read_dir(folder(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
    let name = |entry: fs::DirEntry| entry.file_name().into_string().expect("plain names");
    let mut names: Vec<String> = entries
        .map(|entry| name(entry.expect("an entry")))
        .collect();
    names.sort();
    names
}

fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder_name = format!("corpus/{target}");
    let read = |name: String| {
        let bytes = fs::read(folder(&folder_name).join(&name)).expect("a file");
        (name, bytes)
    };
    names_in(&folder_name).into_iter().map(read).collect()
}

/// Files whose names begin like this do what `holds` asks, and no others.
fn only(target: &str, prefix: &str, holds: fn(&[u8]) -> bool) {
    let mut count = 0;
    for (name, bytes) in corpus(target) {
        assert_eq!(holds(&bytes), name.starts_with(prefix), "{target}/{name}");
        count += usize::from(name.starts_with(prefix));
    }
    assert!(
        count > 2,
        "{target} has {count} files that begin with {prefix}"
    );
}

#[test]
fn every_input_of_the_corpus_keeps_the_promises() {
    for (target, run) in TARGETS {
        let inputs = corpus(target);
        assert!(inputs.len() > 2, "{target} has {} inputs", inputs.len());
        for (name, bytes) in inputs {
            // The test's output ends with the file at fault.
            println!("{target}/{name}");
            run(&bytes);
            run(&bytes[..bytes.len() / 2]);
        }
    }
}

#[test]
fn every_target_has_a_program_and_a_corpus() {
    let targets: Vec<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let programs: Vec<String> = targets.iter().map(|name| format!("{name}.rs")).collect();
    assert_eq!(names_in("fuzz_targets"), programs);
    assert_eq!(names_in("corpus"), targets);
}

/// Behind the signature: `refused-nonce-other` is refused by `nonce`.
#[test]
fn quotes_of_the_corpus_are_refused_by_the_check_in_their_names() {
    let mut checks = BTreeSet::new();
    for (name, bytes) in corpus("quote") {
        let refused_by = quote_refused_by(&bytes);
        if name.starts_with("accepted-") {
            assert_eq!(refused_by, Some(None), "{name}");
        } else if let Some(what) = name.strip_prefix("refused-") {
            let check = refused_by
                .flatten()
                .unwrap_or_else(|| panic!("{name} is accepted"));
            assert!(
                what.starts_with(check.name()),
                "{name} is refused by {check}"
            );
            checks.insert(check);
        }
    }
    assert_eq!(checks.len(), 8, "{checks:?}");
}

#[test]
fn corpus_has_responses_that_verify() {
    only("response", "verified-", is_verified);
}

#[test]
fn corpus_has_pcr_files_and_keys_that_are_read() {
    only("pcr_file", "file-", is_pcr_file);
    only("policy_file", "read-", is_policy_file);
    only("trust_file", "read-", is_trust_file);
    only("spki", "key-", is_spki);
}

#[test]
fn corpus_has_logs_that_are_read() {
    only("event_log", "log-", is_event_log);
    only("log_structures", "read-", is_log_structure);
    only("userspace_log", "log-", is_userspace_log);
    only("boot_facts", "known-", is_known_boot);
}

#[test]
fn corpus_has_lists_that_are_read() {
    only("ima_list", "list-", is_ima_list);
    only("ima_judging", "proven-", is_proven_list);
    only("ima_judging", "state-", is_state);
}

#[test]
fn corpus_has_certificates_that_are_accepted() {
    only("certificate", "accepted-", is_accepted);
}

#[test]
fn corpus_has_texts_and_paths_of_certificates() {
    only("armour", "text-", is_armour);
    only("certificate_path", "leads-", is_path);
}

#[test]
fn corpus_has_reports_of_processors() {
    only("hcl_report", "report-", is_hcl_report);
    only("snp_report", "signed-", is_snp_report);
}

#[test]
fn corpus_has_evidence_of_each_project_that_is_read() {
    only("projects", "evidence-", is_project);
}

#[test]
fn corpus_has_blocks_that_are_read() {
    only("block", "block-", is_block);
}

#[test]
fn corpus_has_each_kind_of_attestation() {
    only("kinds", "attested-", is_attested);
}

/// What `event_log` puts in front of its input are headers of every kind, and every problem that
/// one can have.
#[test]
fn headers_of_every_kind_are_judged() {
    use tpm_quote::log::EventLog;

    let mut found = BTreeSet::new();
    let inputs = (0..7_u8).flat_map(|version| {
        let banks = (0..=255_u8).flat_map(|named| (0..13).map(move |first| [named, first]));
        let ends = [0, 3, 0xe8, 0xff];
        banks.flat_map(move |[named, first]| ends.map(|end| [version, named, first, end]))
    });
    for input in inputs {
        event_log(&input);
        let log = headed_log(&input);
        found.insert(match EventLog::parse_padded(&log) {
            Ok(log) => format!("{} banks", log.banks().count()),
            Err(error) => {
                let text = error.to_string();
                let kinds = [
                    "banks, expected 1 to 8",
                    "named twice",
                    "digests of",
                    "it ends before its last field",
                    "bytes follow its last field",
                    "unknown version",
                ];
                let kind = kinds.into_iter().find(|kind| text.contains(kind));
                kind.map_or_else(|| error.problem_name().to_owned(), str::to_owned)
            }
        });
    }
    let expected = [
        "1 banks",
        "2 banks",
        "3 banks",
        "4 banks",
        "5 banks",
        "6 banks",
        "7 banks",
        "8 banks",
        "banks, expected 1 to 8",
        "bytes follow its last field",
        "digests of",
        "it ends before its last field",
        "named twice",
        "unknown version",
    ];
    assert_eq!(found.into_iter().collect::<Vec<_>>(), expected);
}
