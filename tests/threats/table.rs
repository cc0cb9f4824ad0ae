//! Every row of the threat table, with what answers it.

use std::fs;

/// Where a row is answered.
enum Answer {
    /// By the tests whose names begin with the row's id.
    Tests,
    /// By this sentence of the documentation, in this file.
    Documented(&'static str, &'static str),
}

use Answer::{Documented, Tests};

const ROWS: &[(&str, &str, Answer)] = &[
    ("k1", "made-up key, perfect attest", Tests),
    ("k2", "EK certificate beside a made-up key", Tests),
    ("k3", "unrestricted or duplicable key", Tests),
    ("k4", "same public key, other public area", Tests),
    ("k5", "qualifiedSigner in another form", Tests),
    ("k6", "ROCA moduli", Tests),
    ("k7", "weak RSA key", Tests),
    ("k8", "invalid point", Tests),
    ("k9", "odd public area", Tests),
    ("k10", "key by its numbers taken for a known one", Tests),
    ("q1", "wrong magic", Tests),
    ("q2", "another kind of attestation", Tests),
    ("q3", "stale nonce", Tests),
    ("q4", "two readings of one nonce", Tests),
    (
        "q5",
        "predictable payload id",
        Documented("src/verify/policy/nonce.rs", "Whoever can guess an"),
    ),
    (
        "q6",
        "quote moved onto another body",
        Documented("README.md", "That the response belongs to the request"),
    ),
    (
        "q7",
        "relay",
        Documented("README.md", "A quote can be relayed from a healthy machine"),
    ),
    ("q8", "clock and counters set back", Tests),
    ("q9", "anonymous or symmetric signature", Tests),
    ("p1", "other PCRs than claimed", Tests),
    ("p2", "bank relabelled", Tests),
    ("p3", "empty selection", Tests),
    ("p4", "surplus values", Tests),
    ("p5", "missing values", Tests),
    ("p6", "boundary shift", Tests),
    ("p7", "order", Tests),
    ("p8", "same bank twice", Tests),
    ("p9", "odd bit maps", Tests),
    ("p10", "digest by the wrong hash", Tests),
    ("p11", "bent text", Tests),
    ("p12", "resettable PCRs", Tests),
    ("p13", "baseline", Tests),
    ("s1", "hash of the sender's choice", Tests),
    ("s2", "relabelled RSA scheme", Tests),
    ("s3", "symmetric confusion", Tests),
    ("s4", "lax PKCS #1 v1.5", Tests),
    ("s5", "PSS parameters", Tests),
    ("s6", "RSA signature out of range", Tests),
    ("s7", "ECDSA numbers out of range", Tests),
    ("s8", "ECDSA malleability", Tests),
    ("s9", "hashed and parsed bytes differ", Tests),
    ("c1", "trailing bytes", Tests),
    ("c2", "size and content disagree", Tests),
    ("c3", "inner error swallowed", Tests),
    (
        "c4",
        "overflow, out of bounds",
        Documented(".ci/run", "bash tests/no_std/run.sh"),
    ),
    ("c5", "huge counts", Tests),
    ("c6", "values that are not canonical", Tests),
    ("c7", "decode and encode disagree", Tests),
    ("c8", "guessing of forms", Tests),
    ("j1", "duplicate keys", Tests),
    ("j2", "escapes and control characters", Tests),
    ("j3", "look-alike keys and wrong types", Tests),
    ("j4", "deep nesting, huge documents", Tests),
    ("j5", "base64", Tests),
    ("j6", "hexadecimal", Tests),
    ("j7", "downgrade", Tests),
    (
        "j8",
        "tier taken from the response",
        Documented(
            "src/evidence/response/verify.rs",
            // An example that must not compile.
            "verify_response_for_tier(\"{}\", &policy, &mut scratch)?; // the tier is missing",
        ),
    ),
    ("l1", "events of a quoted PCR deleted", Tests),
    ("l2", "event of another PCR or type", Tests),
    ("l3", "event data swapped", Tests),
    ("l4", "events added after the separator", Tests),
    ("l5", "late, second or odd startup locality", Tests),
    ("l6", "digests of a bank twice, or missing", Tests),
    ("l7", "bank that firmware did not extend", Tests),
    ("l8", "SecureBoot of another owner, twice, late", Tests),
    ("l9", "shim that does not check", Tests),
    ("l10", "sizes, counts, cuts, padding of a log", Tests),
    ("l11", "extends after the firmware's log", Tests),
    ("l12", "controls and odd text in event data", Tests),
    ("l13", "good-looking events added later", Tests),
    ("l14", "PCRs that the quote does not cover", Tests),
    ("i1", "PCR 10 of zeros", Tests),
    ("i2", "tail behind the proven entries", Tests),
    ("i3", "template digests of the list", Tests),
    ("i4", "data of a violation", Tests),
    ("i5", "names that break a line", Tests),
    ("i6", "padded SHA-1", Tests),
    ("i7", "allow lists by names", Tests),
    ("i8", "signatures of files", Tests),
    ("i9", "list of another boot", Tests),
    ("i10", "huge lists and entries", Tests),
    ("i11", "required program behind a bad one", Tests),
    ("o3", "settings that do nothing", Tests),
    ("o5", "look-alike object identifiers", Tests),
    ("o8", "the wrong kind of file", Tests),
    ("o9", "a block that is not found", Tests),
    ("x1", "keyUsage bits among the unused ones", Tests),
    ("x2", "a certificate as its own root", Tests),
    ("x3", "a certificate of a cloud's other customer", Tests),
    ("x4", "an object that was loaded from outside", Tests),
    ("x5", "a chain that costs", Tests),
    ("x6", "trust through a weaker link", Tests),
    ("x7", "a machine's key for another machine", Tests),
    ("h1", "claims that the processor does not vouch for", Tests),
    ("h2", "a forged or foreign report of a processor", Tests),
    ("h3", "the certificate of another chip", Tests),
    ("h4", "a TDREPORT taken as signed", Tests),
    ("h5", "anyone's guest vouches for a key", Tests),
    ("o4", "controls in names and texts", Tests),
    ("o6", "closed output, empty input, odd FILE", Tests),
    ("o7", "full disk, one file for two", Tests),
];

#[test]
fn every_row_is_answered() {
    let root = env!("CARGO_MANIFEST_DIR");
    let mut tests = String::new();
    for folder in ["threats", "attest", "codec", "certificates", "command"] {
        for file in fs::read_dir(format!("{root}/tests/{folder}")).unwrap() {
            tests.push_str(&fs::read_to_string(file.unwrap().path()).unwrap());
        }
    }
    for (id, row, answer) in ROWS {
        match answer {
            Tests => assert!(
                tests.contains(&format!("#[test]\nfn {id}_")),
                "{id} ({row}) has no test"
            ),
            Documented(file, sentence) => {
                let text = fs::read_to_string(format!("{root}/{file}")).unwrap();
                assert!(text.contains(sentence), "{id} ({row}): not in {file}");
            }
        }
    }
}
