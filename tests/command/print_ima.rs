//! `print` of IMA lists. What is expected comes from the kernel's ASCII form of the same list, and
//! from `case.json`.

use serde_json::{Value, json};

use crate::{
    boot::path,
    tools::{Ran, file, hex, read, run, text},
};

const OTHER: &str = "15-trixie-secureboot";

fn print(path: &str) -> Ran {
    run(["print", path, "--format", "json"])
}

#[track_caller]
fn shown(path: &str) -> Value {
    let ran = print(path);
    let count = std::fs::read(path).unwrap().len();
    assert_eq!(
        (ran.status, ran.err.clone()),
        (0, format!("{path}: ImaList, {count} bytes\n"))
    );
    let value = ran.json();
    assert_eq!(value["type"], "ImaList");
    let note = text(&value["note"]);
    assert!(
        note.starts_with("Nothing of this is proven without a quote"),
        "{note}"
    );
    value
}

/// PCR, template digest, template, digest and name of each entry.
fn columns(value: &Value) -> Vec<[String; 5]> {
    let entries = value["entries"].as_array().unwrap().iter();
    let entries = entries.map(|entry| {
        let one = |key| text(&entry[key]).to_owned();
        let pcr = entry["pcr"].to_string();
        [
            pcr,
            one("template_digest"),
            one("template"),
            one("digest"),
            one("name"),
        ]
    });
    entries.collect()
}

/// The same in the kernel's words.
fn kernel(path: &str) -> Vec<[String; 5]> {
    let text = String::from_utf8(read(path)).unwrap();
    let lines = text.lines().map(|line| {
        let words: Vec<_> = line.split_whitespace().map(str::to_owned).collect();
        <[String; 5]>::try_from(words[..5].to_vec()).unwrap()
    });
    lines.collect()
}

/// The two orders of bytes of a binary list of `ima-ng`: whatever is a length is reversed.
fn reversed(list: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = list;
    let mut take = |rest: &mut &[u8], is_number: bool, len: usize| {
        let (bytes, behind) = rest.split_at(len);
        *rest = behind;
        let mut bytes = bytes.to_vec();
        let number = bytes
            .first_chunk()
            .map_or(0, |four| u32::from_le_bytes(*four));
        if is_number {
            bytes.reverse();
        }
        out.extend(bytes);
        number as usize
    };
    while !rest.is_empty() {
        take(&mut rest, true, 4);
        take(&mut rest, false, 20);
        let name = take(&mut rest, true, 4);
        take(&mut rest, false, name);
        take(&mut rest, true, 4);
        for _ in 0..2 {
            let field = take(&mut rest, true, 4);
            take(&mut rest, false, field);
        }
    }
    out
}

#[test]
fn entries_are_those_that_the_kernel_prints() {
    let expected = kernel(&format!("boot/{OTHER}/ima.ascii"));
    assert_eq!(expected.len(), 51);
    let binary = shown(&path(OTHER, "ima.bin"));
    assert_eq!(
        (&binary["format"], &binary["byte_order"]),
        (&json!("binary"), &json!("little-endian"))
    );
    assert_eq!(columns(&binary), expected);
    let ascii = shown(&path(OTHER, "ima.ascii"));
    assert_eq!(ascii["format"], "ASCII");
    assert_eq!(columns(&ascii), expected);
    assert_eq!(ascii["entries"][50]["number"], 50);

    // A list for one bank has the template digests of that bank.
    let one_bank = shown(&path(OTHER, "ima_sha384.bin"));
    for (mut own, short) in columns(&one_bank).into_iter().zip(&expected) {
        assert_eq!(own[1].len(), 96);
        own[1] = short[1].clone();
        assert_eq!(own, *short);
    }

    // The other order of bytes, and what kexec puts in front of a list.
    let list = read(&format!("boot/{OTHER}/ima.bin"));
    let big = shown(&file("big.bin", reversed(&list)));
    assert_eq!(big["byte_order"], "big-endian");
    assert_eq!(columns(&big), expected);
    let size = (list.len() as u64 + 24).to_le_bytes();
    let header = [&[1, 0, 0, 0, 0, 0, 0, 0][..], &size, &51_u64.to_le_bytes()].concat();
    let carried = shown(&file("kexec.bin", [&header[..], &list].concat()));
    assert_eq!(columns(&carried), expected);
    assert_eq!(carried["entries"][0]["offset"], 24);
}

#[test]
fn violations_and_odd_names_are_shown_on_one_line() {
    let list = path("../ima/11-ima-odd-names", "ima.bin");
    let value = shown(&list);
    let entries = value["entries"].as_array().unwrap();
    let violations = entries.iter().filter(|entry| entry["is_violation"] == true);
    let violations: Vec<_> = violations.map(|entry| entry["number"].as_u64()).collect();
    assert_eq!(violations, [Some(28), Some(29)]);
    let names: Vec<&str> = entries.iter().map(|entry| text(&entry["name"])).collect();
    assert!(names.contains(&"/odd/new\nline"));
    assert!(names.contains(&"/odd/latin1-\\xe9\\xff"));
    for out in [run(["print", &list]).out, print(&list).out] {
        assert!(out.contains("\"/odd/new\\nline\""), "{out}");
        assert!(!out.contains("\nline"), "{out}");
    }

    // What changes the direction, a control, and a backslash, in a line of our own.
    let name = "/a\u{202e}b\u{85}c\\d";
    let line = format!(
        "10 {} ima-ng sha1:{} {name}\n",
        "11".repeat(20),
        "22".repeat(20)
    );
    let file = file("odd.ascii", line);
    assert_eq!(
        shown(&file)["entries"][0]["name"],
        name.replace('\\', "\\\\")
    );
    for out in [run(["print", &file]).out, print(&file).out] {
        assert!(out.contains("/a\\u202eb\\u0085c"), "{out}");
        assert!(!out.contains(['\u{202e}', '\u{85}']), "{out}");
    }
}

#[test]
fn signatures_and_buffers_are_shown_in_hexadecimal() {
    let machine = "../ima/08-ima-sig";
    let ascii = kernel_signatures("boot/../ima/08-ima-sig/ima.ascii");
    let value = shown(&path(machine, "ima.bin"));
    let entries = value["entries"].as_array().unwrap();
    let found = entries
        .iter()
        .filter_map(|entry| entry["signature"].as_str());
    assert_eq!(found.collect::<Vec<_>>(), ascii);
    assert!(ascii.len() > 2);

    let value = shown(&path("../ima/09-ima-buf", "ima.bin"));
    let entries = value["entries"].as_array().unwrap();
    let line = entries
        .iter()
        .find(|entry| entry["name"] == "kexec-cmdline");
    let buffer = text(&line.unwrap()["buffer"]);
    assert!(buffer.contains(&hex(b"kexec=measured")), "{buffer}");
}

/// The last word of each line that has six.
fn kernel_signatures(path: &str) -> Vec<String> {
    let text = String::from_utf8(read(path)).unwrap();
    let lines = text
        .lines()
        .filter_map(|line| line.split_whitespace().nth(5));
    lines.map(str::to_owned).collect()
}

#[test]
fn list_that_is_cut_is_refused_with_its_place() {
    let whole = read(&format!("boot/{OTHER}/ima.bin"));
    let cut = file("cut.bin", &whole[..whole.len() - 1]);
    for options in [&["print", &cut][..], &["print", &cut, "--type", "imalist"]] {
        let ran = run(options);
        assert_eq!((ran.status, &*ran.out), (2, ""), "{ran:?}");
        let says = "not an ImaList: IMA list at byte";
        assert!(ran.err.contains(says), "{}", ran.err);
        assert!(ran.err.contains("ends within entry 50"), "{}", ran.err);
    }
    // Where another structure is wanted, it is named.
    let list = path(OTHER, "ima.bin");
    let ran = run(["print", &list, "--type", "tpms_attest"]);
    assert_eq!(ran.status, 2);
    assert!(ran.err.contains("looks like an ImaList"), "{}", ran.err);
}
