//! Files of the wrong kind: exit status 2, with what they look like and what to do.

use tpm_quote::evidence::FileKind;

use crate::tools::{Ran, data, file, read, run, state};

const CASE: &str = "005-main-p256-ecdsa-sha256";

fn path(name: &str) -> String {
    let path = data(&format!("cases/{CASE}/{name}"));
    path.into_os_string().into_string().unwrap()
}

fn bytes(name: &str) -> Vec<u8> {
    read(&format!("cases/{CASE}/{name}"))
}

/// `check` with other files than those of the case.
fn check(others: &[(&str, &str)]) -> Ran {
    let files = [
        ("-u", path("ak.pub")),
        ("-m", path("quote.attest")),
        ("-s", path("quote.sig")),
        ("-f", path("pcrs.serialized")),
        ("-q", format!("@{}", path("nonce.bin"))),
        ("--format", "json".to_owned()),
    ];
    let files = files.into_iter().flat_map(|(option, file)| {
        let other = others.iter().find(|(known, _)| *known == option);
        [
            option.to_owned(),
            other.map_or(file, |(_, other)| (*other).to_owned()),
        ]
    });
    run(std::iter::once("check".to_owned()).chain(files))
}

/// Not one word says that somebody tampered with it.
fn assert_wrong(ran: &Ran, says: &str) {
    assert_eq!(ran.status, 2, "{says}: {ran:?}");
    let report = ran.json();
    assert_eq!(report["verdict"], "malformed", "{says}");
    assert_eq!(report["check"], "input", "{says}");
    assert_eq!(report["problem"], "wrong-file", "{says}");
    assert_eq!(state(&report, "signature"), "not-reached", "{says}");
    assert!(ran.err.contains(says), "{says}: {}", ran.err);
    assert!(ran.err.contains("help: "), "{says}: {}", ran.err);
}

const FAPI: &str = r#"{"sig_scheme":{"scheme":"RSAPSS","details":{"hashAlg":"SHA2_256"}},"attest":{"magic":"VALUE","type":"ATTEST_QUOTE"}}"#;

/// What each kind of file looks like, made here.
fn kinds() -> Vec<(Vec<u8>, &'static str)> {
    let pem = |label: &str| format!("-----BEGIN {label}-----\nMAA=\n-----END {label}-----\n");
    let text = |text: &str| text.as_bytes().to_vec();
    let utf16 = |text: &str| {
        let units = text.encode_utf16().flat_map(u16::to_le_bytes);
        [0xff, 0xfe].into_iter().chain(units).collect::<Vec<u8>>()
    };
    let context = [&[0xba, 0xdc, 0xc0, 0xde, 0, 0, 0, 1][..], &[0; 40]].concat();
    let private = [&[0, 126, 0, 32][..], &[7; 124]].concat();
    let mut gzip = vec![0x1f, 0x8b, 8, 0, 1, 2, 3, 4, 0, 3];
    gzip.extend([9; 30]);
    let mut tar = vec![0; 512];
    tar[257..262].copy_from_slice(b"ustar");
    vec![
        (Vec::new(), "an empty file"),
        (text(FAPI), "JSON (FAPI's quoteInfo)"),
        (
            text(r#"{"_metadata":{"tpm_attestation":{}}}"#),
            "JSON (a response with a tpm_attestation block, or a part of one)",
        ),
        (
            text(r#"{"verdict":"verified","checks":[]}"#),
            "JSON (a report of tpm-quote)",
        ),
        (text(r#" {"kty":"EC"}"#), "JSON (a JSON Web Key)"),
        (
            text(r#"{"keys":[{"kty":"EC"}]}"#),
            "JSON (a set of JSON Web Keys)",
        ),
        // A value is not a key.
        (text(r#"{"a":"kty "}"#), "JSON"),
        (text("[1, 2]\n"), "JSON"),
        (pem("CERTIFICATE").into(), "PEM (a certificate)"),
        (
            pem("CERTIFICATE REQUEST").into(),
            "PEM (a request for a certificate)",
        ),
        (pem("PUBLIC KEY").into(), "PEM (a public key)"),
        (pem("PRIVATE KEY").into(), "PEM (a private key)"),
        (pem("ENCRYPTED PRIVATE KEY").into(), "PEM (a private key)"),
        (
            pem("TSS2 PRIVATE KEY").into(),
            "PEM (a key of tpm2-openssl)",
        ),
        (pem("ECDSA SIGNATURE").into(), "PEM (an ECDSA signature)"),
        (format!("about it\n\n{}", pem("PGP MESSAGE")).into(), "PEM"),
        (context, "a context file of tpm2-tools"),
        (bytes("ak.pub"), "a TPM2B_PUBLIC"),
        (bytes("ak.pub")[2..].to_vec(), "a TPMT_PUBLIC"),
        (private, "a TPM2B_PRIVATE"),
        (bytes("ak.pem"), "PEM (a public key)"),
        (text("00ff 55aa\n00ff"), "text in hexadecimal"),
        (text("TUZrd0V3WUhLb1pJemow\nQ0FRWUk=\n"), "text in base64"),
        (utf16("{\"kty\":\"EC\"}"), "text in UTF-16"),
        (gzip, "a gzip file"),
        (b"PK\x03\x04 and so on".to_vec(), "a ZIP archive"),
        (tar, "a tar archive"),
        (
            read("boot/01-secureboot-grub/eventlog.bin"),
            "the firmware's event log",
        ),
        (
            read("boot/19-systemd262-uki/tpm2-measure.log"),
            "systemd's log of what it extends (tpm2-measure.log)",
        ),
        (
            [&[10, 0, 0, 0][..], &[7; 20], b"\x07\0\0\0ima-sig\0\0\0\0"].concat(),
            "a list of IMA (binary)",
        ),
        // Of a machine whose numbers are big-endian, with SHA-256 and a template of its own.
        (
            [&[0, 0, 0, 10][..], &[7; 32], b"\0\0\0\x08d-ng|sig"].concat(),
            "a list of IMA (binary)",
        ),
        (
            b"\0\0\0\0\x08\0\0\0\0\0\0\0\0\x01\0\0\0\x01\x08\x03\0\0\0\x25".to_vec(),
            "a canonical event log (CEL)",
        ),
        (
            format!("10 {} ima-ng sha1:00 boot_aggregate\n", "ab".repeat(20)).into(),
            "a list of IMA (ASCII)",
        ),
        (
            text("---\nversion: 1\nevents:\n- EventNum: 0\n"),
            "YAML (tpm2_eventlog)",
        ),
        (text("to whom it may concern\n"), "text"),
    ]
}

#[test]
fn o8_each_kind_of_file_is_told_and_refused_wherever_it_is_given() {
    for (bytes, looks_like) in kinds() {
        let seen = FileKind::of(&bytes).map(FileKind::name);
        assert_eq!(seen, Some(looks_like));
    }
    for (bytes, looks_like) in kinds().into_iter().step_by(3) {
        let name = file("wrong", &bytes);
        let wants = [
            ("-m", "a TPMS_ATTEST"),
            ("-s", "a TPMT_SIGNATURE"),
            ("-f", "a PCR file of tpm2-tools"),
        ];
        for (option, wanted) in wants {
            let ran = check(&[(option, &name)]);
            assert_wrong(&ran, &format!("looks like {looks_like}, not {wanted}"));
            assert!(ran.err.contains(&format!("tpm-quote: {name}: ")), "{ran:?}");
        }
    }
}

#[test]
fn o8_swapped_files_are_named() {
    let (message, signature) = (path("quote.attest"), path("quote.sig"));
    let ran = check(&[("-m", &signature), ("-s", &message)]);
    assert_wrong(&ran, "looks like a TPMT_SIGNATURE, not a TPMS_ATTEST");
    let ran = check(&[("-s", &message)]);
    assert_wrong(&ran, "looks like a TPMS_ATTEST, not a TPMT_SIGNATURE");
    let ran = check(&[("-f", &message)]);
    assert_wrong(&ran, "looks like a TPMS_ATTEST, not a PCR file");
    let pcrs = path("pcrs.serialized");
    let ran = check(&[("-m", &pcrs)]);
    assert_wrong(
        &ran,
        "looks like a PCR file (serialized), not a TPMS_ATTEST",
    );
}

#[test]
fn o8_attest_tells_them_as_well() {
    let wrong = file("wrong.json", FAPI);
    let (key, message, signature) = (path("ak.pub"), path("quote.attest"), path("quote.sig"));
    for (message, signature, says) in [
        (
            &wrong,
            &signature,
            "looks like JSON (FAPI's quoteInfo), not a TPMS_ATTEST",
        ),
        (
            &message,
            &wrong,
            "looks like JSON (FAPI's quoteInfo), not a TPMT_SIGNATURE",
        ),
    ] {
        let ran = run([
            "attest", "--kind", "time", "-u", &key, "-m", message, "-s", signature, "--nonce",
            "00", "--format", "json",
        ]);
        assert_wrong(&ran, says);
    }
}

/// A PCR file of a big-endian machine is the same memory, each number the other way round.
#[test]
fn o8_pcr_file_of_a_big_endian_machine_is_named() {
    let mut pcrs = bytes("pcrs.serialized");
    let lists = pcrs.len().saturating_sub(136) / 532;
    pcrs[..4].reverse();
    for slot in 0..16 {
        pcrs[4 + slot * 8..][..2].reverse();
    }
    pcrs[132..136].reverse();
    for list in 0..lists {
        let list = &mut pcrs[136 + list * 532..][..532];
        list[..4].reverse();
        for digest in 0..8 {
            list[4 + digest * 66..][..2].reverse();
        }
    }
    let name = file("pcrs.be", &pcrs);
    let ran = check(&[("-f", &name)]);
    assert_wrong(
        &ran,
        "looks like a PCR file (serialized) that a big-endian machine wrote",
    );
    assert!(ran.err.contains("-F marshaled"), "{}", ran.err);
}

#[test]
fn o8_values_of_pcrs_that_were_never_extended_need_a_selection() {
    for values in [[0; 32].as_slice(), &[0; 256]] {
        let name = file("zeros.values", values);
        let ran = check(&[("-f", &name)]);
        assert_eq!((ran.status, ran.out.as_str()), (2, ""), "{ran:?}");
        assert!(ran.err.contains("A file of values needs -l"), "{}", ran.err);
    }
}

#[test]
fn o8_print_calls_no_other_json_a_response() {
    for (json, looks_like) in [
        (FAPI, "JSON (FAPI's quoteInfo)"),
        (r#"{"pubhash":"x","certificate":"MIIB"}"#, "JSON"),
        ("{}", "JSON"),
    ] {
        let name = file("other.json", json);
        let ran = run(["print", &name]);
        assert_eq!((ran.status, ran.out.as_str()), (2, ""), "{json}");
        let note = format!("looks like {looks_like}\n");
        assert!(ran.err.contains(&note), "{}", ran.err);
    }
}

/// The escapes are those of JSON, in YAML as well: no control reaches a terminal.
#[test]
fn o4_print_escapes_what_could_mislead() {
    let path = data("reports/r02-print-terminal-controls/cert.der");
    let name = path.into_os_string().into_string().unwrap();
    for format in ["yaml", "json"] {
        let ran = run(["print", &name, "--format", format]);
        assert_eq!(ran.status, 0, "{ran:?}");
        let misleads = |c: char| {
            c.is_control() && c != '\n'
                || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        };
        assert!(!ran.out.contains(misleads), "{:?}", ran.out);
        assert!(ran.out.contains("\\u"), "{}", ran.out);
    }
}

/// 2^64 too much in an arc, or zeros in front of it, look like the purpose of an endorsement
/// certificate.
#[test]
fn o5_object_identifiers_that_look_like_others_are_shown_as_bytes() {
    for name in ["overflow", "leading80"] {
        let path = data(&format!("reports/r03-print-oid-look-alike/{name}.der"));
        let name = path.into_os_string().into_string().unwrap();
        let ran = run(["print", &name]);
        assert_eq!(ran.status, 0, "{ran:?}");
        let usage = ran.out.lines().find(|line| line.contains("Usage")).unwrap();
        assert!(!usage.contains("2.23.133"), "{usage}");
        assert!(usage.contains('#'), "{usage}");
    }
}

#[test]
fn o8_wrong_file_for_a_key_a_response_or_an_index_is_named() {
    let context = [&[0xba, 0xdc, 0xc0, 0xde, 0, 0, 0, 1][..], &[0; 40]].concat();
    let context = file("ak.ctx", context);
    let gone = file("empty", b"");
    let message = path("quote.attest");
    for (wrong, seen) in [
        (&*context, "a context file of tpm2-tools"),
        (&*gone, "an empty file"),
        (&*message, "a TPMS_ATTEST"),
        (&*path("quote.sig"), "a TPMT_SIGNATURE"),
    ] {
        // As a report, where there is one.
        assert_wrong(
            &check(&[("-u", wrong)]),
            &format!("looks like {seen}, not a public key"),
        );
        let ran = run(["verify", wrong, "--payload-id", "x", "--format", "json"]);
        assert_wrong(&ran, &format!("looks like {seen}, not a response"));
        let not =
            format!("{wrong}: looks like {seen}, not a TPM2B_PUBLIC or a TPMT_PUBLIC\nhelp: ");
        let ak = path("ak.pub");
        let made = file("credential", b"");
        let secret = file("secret", [7; 16]);
        for args in [
            &["name", wrong][..],
            &[
                "makecredential",
                "-u",
                wrong,
                "--ak",
                &ak,
                "-s",
                &secret,
                "-o",
                &made,
            ],
            &[
                "makecredential",
                "-u",
                &ak,
                "--ak",
                wrong,
                "-s",
                &secret,
                "-o",
                &made,
            ],
        ] {
            let ran = run(args);
            assert_eq!((ran.status, &*ran.out), (2, ""), "{args:?}: {ran:?}");
            assert!(ran.err.contains(&not), "{args:?}: {ran:?}");
        }
        let signature = path("quote.sig");
        let ran = run([
            "attest",
            "--kind",
            "nv",
            "-u",
            &ak,
            "-m",
            &message,
            "-s",
            &signature,
            "--nonce",
            "00",
            "--nv-public",
            wrong,
        ]);
        let not = format!("{wrong}: looks like {seen}, not a TPM2B_NV_PUBLIC or a TPMS_NV_PUBLIC");
        assert_eq!((ran.status, &*ran.out), (2, ""), "{ran:?}");
        assert!(ran.err.contains(&not), "{ran:?}");
    }
}
