//! The plan of the house: bytes move in one direction, and a file of `src` imports only
//! what stands to its left, in its folder and above. Where cryptography, `std`, macros
//! and lints may be named, and how long a file may be.

use std::{fs, path::Path};

#[path = "house/arrows.rs"]
mod arrows;
#[path = "house/scan.rs"]
mod scan;

use arrows::Plan;
use scan::{tokens, without_tests};

/// What stands where. A folder's `mod.rs` is its facade: others may come in through it,
/// its own files name the file that they need.
const PLAN: Plan = Plan {
    order: &[
        (
            "",
            &[
                "error", "wire", "types", "crypto", "verify", "log", "evidence", "report", "bin",
            ],
        ),
        (
            "wire",
            &[
                "hex", "inspect", "reader", "sink", "codec", "integers", "der", "macros",
            ],
        ),
        (
            "types",
            &[
                "constants",
                "attributes",
                "sized",
                "buffers",
                "pcr",
                "lists",
                "schemes",
                "nv",
                "attest",
                "creation",
                "credential",
                "public",
                "signature",
            ],
        ),
        (
            "crypto",
            &[
                "hash",
                "name",
                "signature",
                "pkcs1",
                "roca",
                "rsa",
                "ecdsa",
                "software",
                "prepared",
                "credential",
                "interop",
            ],
        ),
        (
            "crypto/credential",
            &["secret", "kdf", "ecdh", "oaep", "protection"],
        ),
        (
            "crypto/ecdsa",
            &[
                "id",
                "width",
                "word",
                "number",
                "field",
                "point",
                "table",
                "constants",
                "p256",
                "p384",
                "p521",
                "fields",
                "curves",
                "multiples",
                "verification",
                "compact",
                "any_curve",
                "with_32_bits",
                "with_8_bits",
            ],
        ),
        ("crypto/ecdsa/table", &["points", "p256", "p384", "p521"]),
        (
            "crypto/rsa",
            &[
                "width",
                "word",
                "power",
                "digits",
                "avx2",
                "ifma",
                "verification",
            ],
        ),
        (
            "verify",
            &[
                "pcr",
                "tcb",
                "error",
                "verifier",
                "attestation_key",
                "policy",
                "appraisal",
                "kinds",
                "certificate",
                "hardware",
                "endorsement",
                "key",
            ],
        ),
        ("verify/error", &["excerpt", "check", "part", "*", "error"]),
        (
            "verify/attestation_key",
            &[
                "scheme",
                "checks",
                "trust",
                "links",
                "key",
                "plain",
                "spki_ids",
                "spki",
                "spki_writer",
            ],
        ),
        (
            "verify/policy",
            &[
                "name", "ancestry", "nonce", "object", "pcr_set", "baseline", "clock", "attest",
                "quote",
            ],
        ),
        (
            "verify/kinds",
            &[
                "evidence", "verified", "attest", "either", "certify", "creation", "nv", "time",
                "audit", "quote",
            ],
        ),
        (
            "verify/certificate",
            &[
                "name",
                "identity",
                "constraints",
                "signature",
                "validity",
                "reader",
                "instance",
                "profile",
                "path",
                "chain",
                "ak",
                "ek",
            ],
        ),
        ("verify/hardware", &["policy", "snp", "hcl", "verified"]),
        (
            "verify/endorsement",
            &["template", "recipient", "credential", "key", "challenge"],
        ),
        (
            "verify/key",
            &[
                "self_asserted",
                "self_asserted_key",
                "pinned",
                "pinned_key",
                "certified_by",
                "created_under",
                "from_certificate",
                "of_certificate",
                "bound_to_hardware",
                "activated",
                "any_of",
                "anchor",
                "appraise",
            ],
        ),
        (
            "log",
            &[
                "event_type",
                "digests",
                "event",
                "event_log",
                "userspace",
                "ima",
                "logs",
                "start",
                "bank",
                "structures",
                "rule",
                "ima_replay",
                "proven",
                "findings",
                "replay",
                "facts",
                "ima_in_force",
                "sbat",
                "policy",
                "appraisal",
            ],
        ),
        (
            "log/structures",
            &["guid", "text", "signatures", "variable", "image", "gpt"],
        ),
        (
            "log/facts",
            &[
                "fact",
                "walk",
                "variables",
                "authority",
                "image",
                "action",
                "section",
                "command_line",
                "overview",
            ],
        ),
        (
            "log/ima",
            &[
                "hexadecimal",
                "digest",
                "signature",
                "template",
                "entry",
                "form",
                "list",
                "chunks",
            ],
        ),
        (
            "log/ima_replay",
            &[
                "lane",
                "lanes",
                "aggregate",
                "proven",
                "key",
                "policy",
                "offender",
                "judgement",
                "state",
                "stream",
            ],
        ),
        (
            "evidence",
            &[
                "begins",
                "file_kind",
                "base64",
                "json",
                "policy_file",
                "ima_allow",
                "buffer",
                "pem",
                "keys",
                "tools",
                "projects",
                "response",
                "userspace",
                "time",
                "trust_file",
            ],
        ),
        ("evidence/trust_file", &["time", "text", "line", "file"]),
        ("evidence/file_kind", &["kind", "detect"]),
        (
            "evidence/keys",
            &["der", "jwk", "jwk_set", "any", "ima_key"],
        ),
        ("evidence/tools", &["selection", "pcr_file", "keylime"]),
        (
            "evidence/projects",
            &[
                "quotes",
                "value",
                "azure",
                "confidential_containers",
                "go_attestation",
                "detect",
            ],
        ),
        (
            "evidence/response",
            &[
                "field", "form", "scratch", "logs", "tier", "block", "record", "policy", "verify",
            ],
        ),
        (
            "report",
            &[
                "escape", "json", "inspect", "place", "subject", "report", "boot", "ima", "object",
                "text",
            ],
        ),
    ],
    look_up: &[],
    circles_only: &["bin"],
};

/// Rooms that have to be there.
const ROOMS: [&str; 8] = [
    "error", "wire", "types", "crypto", "verify", "log", "evidence", "report",
];
/// In these no lint may be switched off.
const STRICT: [&str; 6] = ["wire", "types", "verify", "log", "evidence", "report"];
const CRYPTOGRAPHY: [&str; 12] = [
    "aes",
    "cfb_mode",
    "hmac",
    "subtle",
    "zeroize",
    "sha1",
    "sha2",
    "crypto_bigint",
    "ecdsa",
    "p256",
    "p384",
    "p521",
];
/// What needs an operating system or an allocator.
const OUTSIDE: [&str; 5] = ["std", "alloc", "clap", "serde_json", "anstream"];
const MAX_LINES: usize = 550;
const MAX_MACROS: usize = 4;

/// A file of `src`; the path is the one from there, `wire/mod.rs`.
struct Source {
    path: String,
    text: String,
}

#[test]
fn house_is_as_it_was_planned() {
    let mut sources = Vec::new();
    read(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        "",
        &mut sources,
    );
    for room in ROOMS {
        let has = sources.iter().any(|source| room_of(&source.path) == room);
        assert!(has, "nothing in src/{room}");
    }
    let complaints = complaints(&sources, &PLAN);
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

fn read(folder: &Path, under: &str, sources: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{under}{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            read(&entry.path(), &format!("{path}/"), sources);
        } else if let Some(module) = path.strip_suffix("/tests.rs") {
            // Tests may use anything, if they are nothing but tests.
            let file = entry.path();
            let folder = file.parent().unwrap();
            let text = fs::read_to_string(folder.with_extension("rs"))
                .or_else(|_| fs::read_to_string(folder.join("mod.rs")))
                .unwrap();
            assert!(text.contains("#[cfg(test)]\nmod tests;"), "{module}");
        } else if path.ends_with(".rs") {
            let text = fs::read_to_string(entry.path()).unwrap();
            sources.push(Source { path, text });
        }
    }
}

fn room_of(path: &str) -> &str {
    let first = path.split('/').next().unwrap();
    first.strip_suffix(".rs").unwrap_or(first)
}

fn complaints(sources: &[Source], plan: &Plan) -> Vec<String> {
    let mut complaints = arrows::complaints(sources, plan);
    let mut macros = 0;
    for Source { path, text } in sources {
        let mut complain = |line: usize, what: String| {
            complaints.push(format!("src/{path}:{line}: {what}"));
        };
        let lines = text.lines().count();
        if lines > MAX_LINES {
            complain(lines, format!("more than {MAX_LINES} lines"));
        }
        let room = room_of(path);

        let all = tokens(text);
        for (at, token) in all.iter().enumerate() {
            let next = |n: usize| all.get(at + n).map_or("", |token| &*token.text);
            if token.text == "macro_rules" && next(1) == "!" {
                macros += usize::from(path == "wire/macros.rs");
                let allowed = match &**path {
                    "wire/macros.rs" => macros <= MAX_MACROS,
                    "wire/integers.rs" => next(2) == "integers",
                    _ => false,
                };
                if !allowed {
                    complain(token.line, format!("another macro, {}", next(2)));
                }
            }
            let opens = token.text == "[" || token.text == "(" || token.text == ",";
            let lint = matches!(next(1), "allow" | "expect") && next(2) == "(";
            if STRICT.contains(&room) && opens && lint {
                complain(token.line, format!("{}(...) of a lint", next(1)));
            }
            let is_unsafe = matches!(&*token.text, "unsafe" | "unsafe_code");
            if is_unsafe && !may_be_unsafe(path, &all, at) {
                complain(token.line, token.text.clone());
            }
        }

        let code = without_tests(all);
        for (at, token) in code.iter().enumerate() {
            let name = &*token.text;
            let before = at.checked_sub(1).map_or("", |i| &*code[i].text);
            // A function may have the name of an algorithm: `SigningScheme::ecdsa`.
            let is_function = before == "fn" || (before == "::" && next_is(&code, at, "("));
            if CRYPTOGRAPHY.contains(&name) && room != "crypto" && !is_function {
                complain(token.line, format!("{name} is for src/crypto alone"));
            }
            let is_root = code.get(at + 1).is_some_and(|next| next.text == "::")
                && at.checked_sub(1).is_none_or(|i| code[i].text != "::");
            let imported = at
                .checked_sub(1)
                .is_some_and(|i| matches!(&*code[i].text, "use" | "crate"));
            if OUTSIDE.contains(&name) && (is_root || imported) && room != "bin" {
                complain(token.line, format!("{name} is for src/bin alone"));
            }
        }
    }
    complaints
}

/// The compiler is told to refuse what is unsafe, and the macro of one file that what it
/// makes is not for it to judge.
fn may_be_unsafe(path: &str, code: &[scan::Token], at: usize) -> bool {
    let before = |n: usize| at.checked_sub(n).map_or("", |at| &*code[at].text);
    let is_told = before(2) == "forbid" && path == "lib.rs"
        || before(2) == "deny" && path == "bin/tpm-quote/main.rs";
    let is_macro = before(2) == "ctor" && path == "bin/tpm-quote/stdout.rs";
    before(1) == "(" && (is_told || is_macro)
}

fn next_is(code: &[scan::Token], at: usize, text: &str) -> bool {
    code.get(at + 1).is_some_and(|next| next.text == text)
}

/// A small house that the checks are tried on.
const SMALL: Plan = Plan {
    order: &[
        (
            "",
            &[
                "error", "wire", "types", "crypto", "verify", "log", "evidence", "report", "bin",
            ],
        ),
        ("wire", &["hex", "reader", "sink", "integers", "macros"]),
        ("types", &["buffers", "sized", "lists", "nv", "public"]),
        ("types/sized", &["a", "*", "z"]),
        ("crypto", &["hash", "word", "rsa"]),
        ("verify", &["*"]),
        ("verify/certificate", &["*"]),
        ("report", &["*"]),
        ("evidence", &["json", "response"]),
        ("evidence/response", &["block"]),
    ],
    look_up: &[("types/buffers", "types/public", "it is a test")],
    circles_only: &["bin"],
};
const FILES: [&str; 26] = [
    "lib.rs",
    "error.rs",
    "wire/mod.rs",
    "wire/hex.rs",
    "wire/reader.rs",
    "wire/sink.rs",
    "types/mod.rs",
    "types/buffers.rs",
    "types/lists.rs",
    "types/nv.rs",
    "types/public.rs",
    "types/sized/mod.rs",
    "types/sized/a.rs",
    "types/sized/b.rs",
    "types/sized/c.rs",
    "types/sized/z.rs",
    "crypto/mod.rs",
    "crypto/word32.rs",
    "crypto/word64.rs",
    "verify/mod.rs",
    "evidence/mod.rs",
    "evidence/json.rs",
    "evidence/response/mod.rs",
    "bin/tpm-quote/main.rs",
    "bin/tpm-quote/input.rs",
    "bin/tpm-quote/kinds.rs",
];

/// What is said of the small house, with these texts in it.
#[track_caller]
fn said_of(texts: &[(&str, &str)], expected: &[&str]) {
    let empty = FILES.iter().map(|path| (*path, ""));
    let empty = empty.filter(|(path, _)| texts.iter().all(|(other, _)| other != path));
    let sources: Vec<_> = texts
        .iter()
        .copied()
        .chain(empty)
        .map(|(path, text)| Source {
            path: path.to_owned(),
            text: text.to_owned(),
        })
        .collect();
    assert_eq!(complaints(&sources, &SMALL), expected, "{texts:?}");
}

/// What is said of one file in it.
#[track_caller]
fn said(path: &str, text: &str, expected: &[&str]) {
    let expected: Vec<_> = expected
        .iter()
        .map(|what| format!("src/{path}:{what}"))
        .collect();
    let expected: Vec<_> = expected.iter().map(|what| &**what).collect();
    said_of(&[(path, text)], &expected);
}

#[test]
fn arrow_that_turns_is_seen() {
    said("wire/sink.rs", "use crate::error::Reason;", &[]);
    said(
        "types/nv.rs",
        "use crate::{error::Place, wire::{self, Reader}};",
        &[],
    );
    said(
        "types/nv.rs",
        "use crate::crypto::Name;",
        &["1: types imports crypto, to its right"],
    );
    let group =
        "use crate::{\n    error::Place,\n    wire::{Reader, Sink},\n    verify::Nonce,\n};";
    said(
        "types/nv.rs",
        group,
        &["4: types imports verify, to its right"],
    );
    said(
        "error.rs",
        "fn f(_: crate::types::TpmSt) {}",
        &["1: error imports types, to its right"],
    );
    let macros = "macro_rules! a { () => { $crate::types::TpmSt } }";
    said(
        "wire/macros.rs",
        macros,
        &["1: wire imports types, to its right"],
    );
    // What the root shows is no way around.
    said(
        "wire/sink.rs",
        "use crate::TpmSt;",
        &["1: crate::TpmSt is no room: name the room"],
    );
    said(
        "wire/sink.rs",
        "use crate::*;",
        &["1: crate::* is no room: name the room"],
    );
    let visible = "pub(crate) fn f() {} pub(super) fn g() {} pub(in crate::types) fn h() {}";
    said("types/nv.rs", visible, &[]);
}

#[test]
fn arrow_that_turns_on_the_stairs_is_seen() {
    said("types/nv.rs", "use super::super::wire::Reader;", &[]);
    let turned = ["1: types imports verify, to its right"];
    for text in [
        "use super::super::verify::Nonce;",
        "use super::super::{wire::Reader, verify::Nonce};",
        "use self::super::super::verify::Nonce;",
        "mod a { use super::super::super::verify::Nonce; }",
    ] {
        said("types/nv.rs", text, &turned);
    }
    said("types/mod.rs", "use super::verify::Nonce;", &turned);
    // What a facade shows of others is no way around.
    said("types/mod.rs", "pub use crate::verify::Nonce;", &turned);
    let deep = "use super::super::super::bin;";
    let no_room = ["1: crate::bin is no room: name the room"];
    said("evidence/response/block.rs", deep, &no_room);
    let json = "use super::super::json::Json;";
    said("evidence/response/block.rs", json, &[]);
}

#[test]
fn arrow_up_inside_a_room_is_seen() {
    for text in [
        "use super::buffers::Tpm2bDigest;",
        "use crate::types::{buffers::Tpm2bDigest, lists::Tpml};",
        "use crate::{error::Place, types::sized::Tpm2b};",
        "fn f(_: super::buffers::Tpm2bDigest) {}",
    ] {
        said("types/nv.rs", text, &[]);
    }
    let up = ["1: types/lists imports types/public, to its right"];
    for text in [
        "use super::public::TpmtPublic;",
        "use super::{buffers::Tpm2bDigest, public::{self, TpmtPublic as P}};",
        "use crate::types::{public::TpmtPublic};",
        "use crate::{error::Place, types::public as p};",
        "fn f(_: crate::types::public::TpmtPublic<'_>) {}",
        "mod a { use super::super::public::TpmtPublic; }",
        "macro_rules! a { () => { $crate::types::public::TpmtPublic } }",
    ] {
        let wanted: &[&str] = match text {
            _ if text.contains("self,") => &[up[0], up[0]],
            _ if text.contains("macro_rules") => &[up[0], "1: another macro, a"],
            _ => &up,
        };
        said("types/lists.rs", text, wanted);
    }
    // Of folders inside as of files.
    let buffers = "use super::super::buffers::Tpm2bDigest;";
    said("types/sized/b.rs", buffers, &[]);
    let nv = "\nuse super::super::nv::TpmsNvPublic;";
    let up = ["2: types/sized imports types/nv, to its right"];
    said("types/sized/b.rs", nv, &up);
    // A file with a twin for other words is one with it.
    let word = "use super::word::Word;";
    said("crypto/rsa.rs", word, &[]);
    let up = ["1: crypto/hash imports crypto/word, to its right"];
    said("crypto/hash.rs", word, &up);
    let up = ["1: crypto/word imports crypto/rsa, to its right"];
    said_of(
        &[
            ("crypto/rsa.rs", ""),
            ("crypto/word32.rs", "use super::rsa::Number;"),
        ],
        &[&format!("src/crypto/word32.rs:{}", up[0])],
    );
}

#[test]
fn what_is_not_named_in_a_row_has_no_order_but_neighbours() {
    said("types/sized/b.rs", "use super::{a::A, c::C};", &[]);
    said("types/sized/c.rs", "use super::b::B;", &[]);
    let up = ["1: types/sized/b imports types/sized/z, to its right"];
    said("types/sized/b.rs", "use super::z::Z;", &up);
    let up = ["1: types/sized/a imports types/sized/c, to its right"];
    said("types/sized/a.rs", "use super::c::C;", &up);
}

#[test]
fn arrow_through_a_facade_is_seen() {
    // From outside, and from the facade itself.
    said(
        "types/nv.rs",
        "use crate::wire::Reader; use super::sized::Tpm2b;",
        &[],
    );
    said(
        "types/mod.rs",
        "pub use self::nv::TpmsNvPublic; use self::lists::Tpml;",
        &[],
    );
    for (text, what) in [
        ("use super::Tpm2b;", "types::Tpm2b"),
        ("use super::*;", "types::*"),
        ("use super::{self as up};", "types"),
        ("use crate::types as t;", "types"),
        ("use crate::types::Tpm2b;", "types::Tpm2b"),
        ("mod a { use super::super::Tpm2b; }", "types::Tpm2b"),
        ("fn f() { super::g() }", "types::g"),
    ] {
        let through =
            format!("1: types/nv imports {what} through a facade that it is in: name the file");
        said("types/nv.rs", text, &[&through]);
    }
    let through =
        "1: types/sized/b imports types::Tpml through a facade that it is in: name the file";
    said("types/sized/b.rs", "use crate::types::Tpml;", &[through]);
    // Macros are expanded elsewhere.
    let macros = "macro_rules! a { () => { $crate::wire::Reader } }";
    said("wire/macros.rs", macros, &[]);
    let through =
        "1: wire/macros imports wire::Reader through a facade that it is in: name the file";
    said("wire/macros.rs", "use crate::wire::Reader;", &[through]);
}

#[test]
fn circle_is_seen() {
    let input = ("bin/tpm-quote/input.rs", "use crate::kinds::Kind;");
    let kinds = ("bin/tpm-quote/kinds.rs", "use crate::input::Input;");
    said_of(&[input], &[]);
    said_of(&[kinds], &[]);
    let main = (
        "bin/tpm-quote/main.rs",
        "use crate::{input::Input, kinds::Kind};",
    );
    said_of(&[main, input], &[]);
    said_of(
        &[input, kinds],
        &["src: a circle, bin/tpm-quote/input -> bin/tpm-quote/kinds -> bin/tpm-quote/input"],
    );
    // Through what shows all of them.
    said_of(
        &[("bin/tpm-quote/kinds.rs", "use crate::Command;")],
        &["src: a circle, bin/tpm-quote -> bin/tpm-quote/kinds -> bin/tpm-quote"],
    );
    // Through a facade, and among those that have no order.
    said_of(
        &[
            ("bin/tpm-quote/input/mod.rs", "pub use self::file::File;"),
            ("bin/tpm-quote/input/file.rs", "use crate::kinds::Kind;"),
            ("bin/tpm-quote/input.rs", ""),
            ("bin/tpm-quote/kinds.rs", "use crate::input::File;"),
        ],
        &[
            "src: a circle, bin/tpm-quote/input -> bin/tpm-quote/input/file -> bin/tpm-quote/kinds -> bin/tpm-quote/input",
        ],
    );
    said_of(
        &[
            ("types/sized/b.rs", "use super::c::C;"),
            ("types/sized/c.rs", "use super::b::B;"),
        ],
        &["src: a circle, types/sized/b -> types/sized/c -> types/sized/b"],
    );
}

#[test]
fn pair_that_may_look_up_is_no_complaint_unless_it_makes_a_circle() {
    let buffers = ("types/buffers.rs", "use super::public::TpmtPublic;");
    said_of(&[buffers], &[]);
    said_of(
        &[
            buffers,
            ("types/public.rs", "use super::buffers::Tpm2bDigest;"),
        ],
        &["src: a circle, types/buffers -> types/public -> types/buffers"],
    );
}

#[test]
fn comments_texts_and_tests_are_no_imports() {
    said(
        "wire/sink.rs",
        "/// See [`crate::verify`].\n// crate::verify::x\n",
        &[],
    );
    said(
        "wire/sink.rs",
        "/* crate::verify::x /* std::fs */ sha2 */",
        &[],
    );
    said(
        "wire/sink.rs",
        r##"const A: &str = "crate::verify::\"x"; const B: &str = r#"std::"fs"#;"##,
        &[],
    );
    said(
        "wire/sink.rs",
        "const Q: [char; 3] = ['\"', '\\'', '\\u{7f}'];",
        &[],
    );
    let tests = "#[cfg(test)]\nmod tests {\n    extern crate std;\n    use crate::verify::x;\n}\n";
    said("wire/sink.rs", tests, &[]);
    let after = format!("{tests}fn f<'a>(_: &'a u8) {{ std::process::abort() }}");
    said("wire/sink.rs", &after, &["6: std is for src/bin alone"]);
}

#[test]
fn cryptography_and_std_out_of_their_room_are_seen() {
    said("crypto/hash.rs", "use sha2::Sha256;", &[]);
    for name in CRYPTOGRAPHY {
        let alone = format!("1: {name} is for src/crypto alone");
        said("verify/quote.rs", &format!("use {name}::X;"), &[&alone]);
        said(
            "bin/tpm-quote/main.rs",
            &format!("use {{core::fmt, {name}}};"),
            &[&alone],
        );
    }
    for name in OUTSIDE {
        let alone = format!("1: {name} is for src/bin alone");
        said(
            "evidence/json.rs",
            &format!("fn f() -> {name}::X {{}}"),
            &[&alone],
        );
        said("lib.rs", &format!("extern crate {name};"), &[&alone]);
        said("bin/tpm-quote/main.rs", &format!("use {name}::X;"), &[]);
    }
    said(
        "wire/sink.rs",
        "fn f(std: u8) -> u8 { std + self.alloc }",
        &[],
    );
    // A function may have the name of an algorithm.
    said(
        "verify/quote.rs",
        "fn ecdsa() {} fn f() { Scheme::ecdsa() }",
        &[],
    );
    let alone = "1: ecdsa is for src/crypto alone";
    said("verify/quote.rs", "fn f() { ecdsa::verify() }", &[alone]);
}

#[test]
fn fifth_macro_is_seen() {
    let four = "macro_rules! a {}\nmacro_rules! b {}\nmacro_rules! c {}\nmacro_rules! d {}\n";
    said("wire/macros.rs", four, &[]);
    let five = format!("{four}macro_rules! e {{}}");
    said("wire/macros.rs", &five, &["5: another macro, e"]);
    said("wire/integers.rs", "macro_rules! integers {}", &[]);
    said(
        "wire/integers.rs",
        "macro_rules! words {}",
        &["1: another macro, words"],
    );
    said(
        "verify/text.rs",
        "macro_rules! a {}",
        &["1: another macro, a"],
    );
    said(
        "bin/tpm-quote/main.rs",
        "macro_rules! a {}",
        &["1: another macro, a"],
    );
}

#[test]
fn what_is_unsafe_is_seen() {
    for (path, text, says) in [
        ("lib.rs", "#![forbid(unsafe_code)]", &[][..]),
        ("bin/tpm-quote/main.rs", "#![deny(unsafe_code)]", &[]),
        ("bin/tpm-quote/stdout.rs", "#[ctor(unsafe)]", &[]),
        ("lib.rs", "#![allow(unsafe_code)]", &["1: unsafe_code"]),
        (
            "bin/tpm-quote/stdout.rs",
            "#[allow(unsafe_code)]\nfn f() { unsafe { g() } }",
            &["1: unsafe_code", "2: unsafe"],
        ),
        ("bin/tpm-quote/input.rs", "#[ctor(unsafe)]", &["1: unsafe"]),
        ("wire/reader.rs", "unsafe fn f() {}", &["1: unsafe"]),
    ] {
        said(path, text, says);
    }
}

#[test]
fn lint_that_is_switched_off_is_seen() {
    for room in STRICT {
        let path = format!("{room}/mod.rs");
        said(
            &path,
            "#[allow(clippy::panic)]\nfn f() {}",
            &["1: allow(...) of a lint"],
        );
        said(
            &path,
            "#![expect(clippy::panic)]",
            &["1: expect(...) of a lint"],
        );
        said(
            &path,
            "#[cfg_attr(test, allow(dead_code))]",
            &["1: allow(...) of a lint"],
        );
        said(&path, "fn f() { x.allow(1) }", &[]);
    }
    said(
        "crypto/rsa.rs",
        "#[allow(clippy::arithmetic_side_effects)]",
        &[],
    );
}

#[test]
fn long_file_and_unplanned_place_are_seen() {
    said("types/nv.rs", &"\n".repeat(MAX_LINES), &[]);
    let long = "\n".repeat(MAX_LINES + 1);
    said("types/nv.rs", &long, &["551: more than 550 lines"]);
    said("attic/nv.rs", "", &["1: attic is not in the plan"]);
    said("attic.rs", "", &["1: attic is not in the plan"]);
    said("types/attic.rs", "", &["1: types/attic is not in the plan"]);
    said(
        "types/attic/nv.rs",
        "",
        &["1: types/attic is not in the plan"],
    );
    said_of(
        &[
            ("types/nv/a.rs", "use super::b::B;"),
            ("types/nv/b.rs", ""),
            ("types/nv/c.rs", "use super::a::A;"),
        ],
        &["src/types/nv: no order of its files; their imports allow b, a, c"],
    );
}
