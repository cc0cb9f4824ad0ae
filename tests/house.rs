//! The plan of the house: bytes move in one direction, and a folder of `src`
//! imports only what stands to its left. Where cryptography, `std`, macros and
//! lints may be named, and how long a file may be.

use std::{fs, path::Path};

#[path = "house/scan.rs"]
mod scan;

use scan::{imports, tokens, without_tests};

/// From left to right. The command stands to the right of them all.
const ROOMS: [&str; 6] = ["error", "wire", "types", "crypto", "verify", "evidence"];
/// In these no lint may be switched off.
const STRICT: [&str; 4] = ["wire", "types", "verify", "evidence"];
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
/// What builds paths of certificates, and the file that uses it.
const PATHS: ([&str; 2], &str) = (["webpki", "rustls_pki_types"], "verify/certificate/path.rs");
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
    let complaints = complaints(&sources);
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

fn complaints(sources: &[Source]) -> Vec<String> {
    let mut complaints = Vec::new();
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
        if !ROOMS.contains(&room) && room != "bin" && room != "lib" {
            complain(1, format!("{room} is not in the plan"));
        }

        let all = tokens(text);
        for (at, token) in all.iter().enumerate() {
            let next = |n: usize| all.get(at + n).map_or("", |token| &*token.text);
            if token.text == "macro_rules" && next(1) == "!" {
                macros += usize::from(path == "wire/macros.rs");
                let allowed = match &**path {
                    "wire/macros.rs" => macros <= MAX_MACROS,
                    "wire/mod.rs" => next(2) == "integers",
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
        }

        let code = without_tests(all);
        for (at, token) in code.iter().enumerate() {
            let name = &*token.text;
            if CRYPTOGRAPHY.contains(&name) && room != "crypto" {
                complain(token.line, format!("{name} is for src/crypto alone"));
            }
            if PATHS.0.contains(&name) && path != PATHS.1 {
                complain(token.line, format!("{name} is for src/{} alone", PATHS.1));
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
        // In the command `crate` is the command itself; the crate's root shows
        // what all rooms have.
        let Some(own) = ROOMS.iter().position(|known| *known == room) else {
            continue;
        };
        for (target, line) in imports(path, &code) {
            match ROOMS.iter().position(|known| *known == target) {
                Some(other) if other <= own => {}
                Some(_) => complain(line, format!("{room} imports {target}, to its right")),
                None => complain(line, format!("crate::{target} is no room: name the room")),
            }
        }
    }
    complaints
}

/// What is said of one file.
#[track_caller]
fn said(path: &str, text: &str, expected: &[&str]) {
    let source = Source {
        path: path.to_owned(),
        text: text.to_owned(),
    };
    let complaints = complaints(&[source]);
    let complaints: Vec<_> = complaints
        .iter()
        .map(|c| c.strip_prefix(&format!("src/{path}:")).unwrap())
        .collect();
    assert_eq!(complaints, expected, "{text}");
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
    said(
        "types/nv.rs",
        "pub(crate) fn f() {} pub(super) fn g() {}",
        &[],
    );
}

#[test]
fn arrow_that_turns_on_the_stairs_is_seen() {
    said("types/nv.rs", "use super::Tpm2b;", &[]);
    said("types/nv.rs", "use super::super::wire::Reader;", &[]);
    let turned = ["1: types imports verify, to its right"];
    said("types/nv.rs", "use super::super::verify::Nonce;", &turned);
    said("types/mod.rs", "use super::verify::Nonce;", &turned);
    said(
        "types/nv.rs",
        "use super::super::{wire::Reader, verify::Nonce};",
        &turned,
    );
    said(
        "types/nv.rs",
        "use self::super::super::verify::Nonce;",
        &turned,
    );
    said("types/nv.rs", "mod a { use super::super::Tpm2b; }", &[]);
    said(
        "types/nv.rs",
        "mod a { use super::super::super::verify::Nonce; }",
        &turned,
    );
    let deep = "use super::super::super::bin;";
    said(
        "evidence/response/block.rs",
        deep,
        &["1: crate::bin is no room: name the room"],
    );
    said(
        "evidence/response/block.rs",
        "use super::super::json::Json;",
        &[],
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
    for name in PATHS.0 {
        let alone = format!("1: {name} is for src/verify/certificate/path.rs alone");
        let text = format!("use {name}::X;");
        said("verify/certificate/path.rs", &text, &[]);
        said("verify/certificate/mod.rs", &text, &[&alone]);
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
}

#[test]
fn fifth_macro_is_seen() {
    let four = "macro_rules! a {}\nmacro_rules! b {}\nmacro_rules! c {}\nmacro_rules! d {}\n";
    said("wire/macros.rs", four, &[]);
    let five = format!("{four}macro_rules! e {{}}");
    said("wire/macros.rs", &five, &["5: another macro, e"]);
    said("wire/mod.rs", "macro_rules! integers {}", &[]);
    said(
        "wire/mod.rs",
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
fn lint_that_is_switched_off_is_seen() {
    for room in STRICT {
        let path = format!("{room}/a.rs");
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
fn long_file_and_unplanned_room_are_seen() {
    said("types/nv.rs", &"\n".repeat(MAX_LINES), &[]);
    let long = "\n".repeat(MAX_LINES + 1);
    said("types/nv.rs", &long, &["551: more than 550 lines"]);
    said("attic/nv.rs", "", &["1: attic is not in the plan"]);
    said("attic.rs", "", &["1: attic is not in the plan"]);
}
