//! What the fuzzer runs: plain functions, so that a stable test can replay what
//! it found. Each panics when the library breaks a promise.

mod appraisal;
mod arithmetic;
mod armour;
mod base64;
mod behind;
mod block;
mod boot_facts;
mod boot_script;
mod certificate;
mod certificate_path;
mod codec;
mod engines;
mod hardware;
mod ima;
mod ima_judging;
mod ima_second;
mod kinds;
mod log;
mod parts;
mod policy_file;
mod projects;
mod quote;
mod response;
mod spki;
mod structures;
mod text;
mod tools;
mod trust_file;

pub use self::{
    arithmetic::{ecdsa_arithmetic, rsa_arithmetic, rsa_power},
    armour::{armour, is_armour},
    block::{block, is_block},
    boot_facts::{boot_facts, is_known_boot},
    certificate::{certificate, is_accepted},
    certificate_path::{certificate_path, is_path},
    codec::{attest, pcr_selection, public, signature, small_structures},
    hardware::{hcl_report, is_hcl_report, is_snp_report, snp_report},
    ima::{ima_list, is_ima_list},
    ima_judging::{ima_judging, is_proven_list, is_state},
    kinds::{is_attested, kinds},
    log::{event_log, headed_log, is_event_log},
    policy_file::{is_policy_file, policy_file},
    projects::{is_project, projects},
    quote::{quote, quote_refused_by},
    response::{is_verified, response},
    spki::{is_spki, spki},
    structures::{is_log_structure, is_userspace_log, log_structures, userspace_log},
    text::pcr_set,
    tools::{is_pcr_file, pcr_file, plain_signature_file},
    trust_file::{is_trust_file, trust_file},
};

/// A function that takes what the fuzzer made up.
pub type Target = fn(&[u8]);

/// All targets. Each has a file in `fuzz_targets` and a folder in `corpus`.
pub const TARGETS: &[(&str, Target)] = &[
    ("armour", armour),
    ("attest", attest),
    ("block", block),
    ("boot_facts", boot_facts),
    ("certificate", certificate),
    ("certificate_path", certificate_path),
    ("ecdsa_arithmetic", ecdsa_arithmetic),
    ("event_log", event_log),
    ("hcl_report", hcl_report),
    ("ima_judging", ima_judging),
    ("ima_list", ima_list),
    ("kinds", kinds),
    ("log_structures", log_structures),
    ("pcr_file", pcr_file),
    ("pcr_selection", pcr_selection),
    ("pcr_set", pcr_set),
    ("plain_signature", plain_signature_file),
    ("policy_file", policy_file),
    ("projects", projects),
    ("public", public),
    ("quote", quote),
    ("response", response),
    ("rsa_arithmetic", rsa_arithmetic),
    ("rsa_power", rsa_power),
    ("signature", signature),
    ("small_structures", small_structures),
    ("snp_report", snp_report),
    ("spki", spki),
    ("trust_file", trust_file),
    ("userspace_log", userspace_log),
];
