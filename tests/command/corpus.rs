//! Real evidence of machines and clouds, which is not in the repository: the variable
//! `TPM_QUOTE_CORPUS` names the folder that has it. Each folder gives the verdict in its
//! README, and the commands of docs/certificates.md do what the page says.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::{Value, json};

use crate::tools::{Ran, file, run, run_in};

/// The folder `real`, if it is here; its absence is said.
fn real() -> Option<PathBuf> {
    let corpus = env::var_os("TPM_QUOTE_CORPUS").map(PathBuf::from);
    let real = corpus.map(|corpus| corpus.join("real"));
    let real = real.filter(|folder| folder.is_dir());
    if real.is_none() {
        println!("no real evidence was judged: TPM_QUOTE_CORPUS names no folder that has it");
    }
    real
}

fn folders(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let mut all: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    all.retain(|path| path.is_dir());
    all.sort();
    all
}

fn report(ran: &Ran) -> [Value; 3] {
    let report = ran.json();
    ["verdict", "check", "problem"].map(|key| report[key].clone())
}

/// A command of the page: where it runs, the verdict and the problem, and its text.
struct Shown {
    folder: String,
    verdict: String,
    problem: Option<String>,
    text: String,
}

/// The commands of the page that have a comment in front, which says where they run and what
/// comes of them.
fn commands(page: &str) -> Vec<Shown> {
    let mut all = Vec::new();
    for part in page.split("<!-- ").skip(1) {
        let (comment, rest) = part.split_once(" -->\n```sh\n").unwrap();
        let (text, _) = rest.split_once("\n```").unwrap();
        let (folder, outcome) = comment.split_once(": ").unwrap();
        let mut outcome = outcome.split(' ').map(str::to_owned);
        all.push(Shown {
            folder: folder.to_owned(),
            verdict: outcome.next().unwrap(),
            problem: outcome.next(),
            text: text.to_owned(),
        });
    }
    all
}

#[test]
fn commands_of_the_page_do_what_it_says() {
    let page = include_str!("../../docs/certificates.md");
    let shown = commands(page);
    assert_eq!(page.matches("```sh\n").count(), shown.len());
    let positive = shown.iter().filter(|shown| shown.verdict == "verified");
    // A Windows machine, a VM of Google and one of Azure, each with its negatives.
    assert_eq!((positive.count(), shown.len()), (3, 10));
    let Some(real) = real() else { return };
    let mut places = folders(&real);
    places.extend(places.clone().iter().flat_map(|place| folders(place)));
    let command = Path::new(env!("CARGO_BIN_EXE_tpm-quote"));
    let path = env::join_paths([
        command.parent().unwrap(),
        Path::new("/usr/bin"),
        Path::new("/bin"),
    ]);
    for shown in &shown {
        let place = places.iter().find(|place| place.ends_with(&shown.folder));
        let output = Command::new("sh")
            .args(["-c", &format!("{} --format json", shown.text)])
            .env("PATH", path.as_ref().unwrap())
            .current_dir(place.unwrap())
            .output()
            .unwrap();
        let ran = Ran {
            status: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        };
        let [verdict, _, problem] = report(&ran);
        assert_eq!(verdict, *shown.verdict, "{}: {ran:?}", shown.text);
        assert_eq!(problem, json!(shown.problem), "{}: {ran:?}", shown.text);
        assert_eq!(ran.status, i32::from(shown.verdict != "verified"));
    }
    println!("{} commands of docs/certificates.md judged", shown.len());
}

/// Keys and bundles that are text: both line lengths are the same key, and every certificate
/// of the bundles is read.
#[test]
fn text_of_real_files_is_read() {
    let Some(real) = real() else { return };
    let google = real.join("06-gce-ak-certificate");
    let said = |name: &str| {
        let key = real.join("01-pem-lines-of-76").join(name);
        let key = key.to_str().unwrap();
        let ran = run_in(
            &google,
            [
                "check",
                "-u",
                key,
                "-m",
                "quote.attest",
                "-s",
                "quote.sig",
                "-f",
                "pcrs.values",
                "-l",
                "sha256:all",
                "-q",
                "9009",
                "-F",
                "json",
            ],
        );
        // It is read, and is a key on a curve; the signature is one by RSA.
        assert_eq!(
            report(&ran),
            [
                json!("rejected"),
                json!("key-scheme"),
                json!("scheme-of-other-key")
            ]
        );
        ran.json()["key"].clone()
    };
    assert_eq!(said("ak-64.pem"), said("ak-76.pem"));
    // By `grep -c BEGIN`.
    let folder = real.join("11-pem-with-text-around");
    let mut judged = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read(&path).unwrap();
        let begin = b"-----BEGIN CERTIFICATE-----";
        let blocks = text
            .windows(begin.len())
            .filter(|window| window == begin)
            .count();
        let ran = run(["print", path.to_str().unwrap(), "--format", "json"]);
        assert_eq!(ran.status, 0, "{ran:?}");
        let read = &ran.json()["value"];
        assert_eq!(
            read.as_array().map_or(1, Vec::len),
            blocks,
            "{}",
            path.display()
        );
        judged += blocks;
    }
    println!("{judged} certificates in text judged");
    assert!(judged > 20, "{judged}");
}

/// The parts that can be read are shown, and the one that cannot is named.
#[test]
fn directory_attributes_of_ibm_are_named() {
    let Some(real) = real() else { return };
    let folder = real.join("02-certificate-directory-attributes-ibm");
    let ran = run_in(&folder, ["print", "ek_cert_2187.der", "--format", "json"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let shown = &ran.json()["value"];
    assert!(
        shown["issuer"].as_str().unwrap().contains("CN="),
        "{shown:#}"
    );
    assert_eq!(shown["tpmSpecification"], Value::Null);
    let unreadable = shown["unreadable"].to_string();
    assert!(
        unreadable.contains("subjectDirectoryAttributes"),
        "{shown:#}"
    );
}

/// Endorsement keys answer a challenge under their makers' authorities.
#[test]
fn endorsement_keys_of_makers_are_activated() {
    let Some(real) = real() else { return };
    let mut judged = 0;
    let mut activate = |case: &Path, files: [&str; 4], more: &[&str]| {
        let at = fs::read_to_string(case.join("at")).unwrap();
        let [certificate, root, challenge, answer] = files;
        let options = [
            "activate",
            "--check",
            "-u",
            "ak.pub",
            "--ek",
            "ek.pub",
            "--ek-cert",
            certificate,
            "--ca",
            root,
            "--at",
            at.trim(),
            "--challenge",
            challenge,
            "--answer",
            answer,
            "--format",
            "json",
        ];
        judged += 1;
        report(&run_in(case, [&options[..], more].concat()))
    };
    let verified = [json!("verified"), Value::Null, Value::Null];
    for case in folders(&real.join("03-stm-ek-critical-policies")) {
        let files = ["chain.pem", "root.der", "ch", "ans"];
        assert_eq!(activate(&case, files, &[]), verified);
    }
    for case in folders(&real.join("05-ek-certificate-with-rsaes-oaep-key")) {
        let files = ["ek.der", "intermediate-02.der", "challenge", "answer"];
        let [_, check, problem] = activate(&case, files, &[]);
        assert_eq!(
            (check, problem),
            (json!("key-anchor"), json!("certificate-signature-sha1"))
        );
        assert_eq!(
            activate(&case, files, &["--dangerous-sha1-certificates"]),
            verified
        );
    }
    println!("{judged} answers judged");
    assert_eq!(judged, 5);
}

/// What a key of 768 bits signed is not called wrong.
#[test]
fn weak_root_is_unsupported() {
    let Some(real) = real() else { return };
    let case = real.join("04-chain-with-768-bit-root");
    let options = [
        "--ak-cert",
        "leaf.pem",
        "--ca",
        "root.pem",
        "--format",
        "json",
    ];
    let google = real.join("06-gce-ak-certificate");
    let [key, message, signature, pcrs] = ["ak.pub", "quote.attest", "quote.sig", "pcrs.values"]
        .map(|name| google.join(name).into_os_string().into_string().unwrap());
    let check = [
        "check",
        "-u",
        &key,
        "-m",
        &message,
        "-s",
        &signature,
        "-f",
        &pcrs,
        "-l",
        "sha256:all",
        "-q",
        "9009",
        "--at",
        "1620806400",
    ];
    let [verdict, check, problem] = report(&run_in(&case, [&check[..], &options].concat()));
    assert_eq!(verdict, "unsupported", "{problem}");
    assert_eq!(
        (check, problem),
        (json!("key-anchor"), json!("certificate-issuer-key"))
    );
}

/// The anchor of Azure's quote holds; its values are not known, so it ends there.
#[test]
fn quote_of_azure_ends_at_its_unknown_values() {
    let Some(real) = real() else { return };
    let case = real.join("07-azure-ak-certificate/3fcb21ec");
    let nonce = "00".repeat(32);
    let ran = run_in(
        &case,
        [
            "check",
            "-u",
            "ak-assumed-template.pub",
            "-m",
            "quote.attest",
            "-s",
            "quote.sig",
            "-f",
            "vals",
            "-l",
            "sha256:1",
            "-q",
            &nonce,
            "--ak-cert",
            "ak-chain.pem",
            "--ca",
            "root.der",
            "--at",
            "2026-01-01T00:00:00Z",
            "--profile",
            "azure",
            "--azure-vm",
            "5dc2ba9ad190.ConfidentialVM.Azure.windows.net",
            "--format",
            "json",
        ],
    );
    assert_eq!(report(&ran)[..2], [json!("rejected"), json!("pcr-digest")]);
    assert_eq!(ran.state("key-anchor"), "ok");
    assert_eq!(ran.json()["key"]["trust"], "certificate");
}

/// Certifications by keys of Windows, and one of a conformance test; those with SHA-1 only by
/// its option.
#[test]
fn windows_keys_certify_keys_for_webauthn() {
    let Some(real) = real() else { return };
    let mut judged = 0;
    for case in folders(&real.join("08-windows-aik")) {
        let facts = fs::read(case.join("case.json")).unwrap();
        let facts: Value = serde_json::from_slice(&facts).unwrap();
        let nonce = facts["attest"]["extraData"].as_str().unwrap();
        // Three days before the certificate ends.
        let end = facts["extra"]["aik_certificate"]["not_after"]
            .as_str()
            .unwrap();
        let at = format!("{}01{}Z", &end[..8], &end[10..19]);
        let attest = |signature: &str, more: &[&str]| {
            let options = [
                "attest",
                "--kind",
                "certify",
                "-m",
                "attest",
                "-s",
                signature,
                "--object",
                "certified.pub",
                "--nonce",
                nonce,
                "--ak-cert",
                "aik.cer",
                "--ca",
                "aik-issuer.cer",
                "--at",
                &at,
                "--object-has",
                "fixedTPM,fixedParent,sensitiveDataOrigin",
                "--object-lacks",
                "restricted",
                "--object-strong-key",
                "--format",
                "json",
            ];
            run_in(&case, [&options[..], more].concat())
        };
        let is_sha1 = facts["hash"] == "sha1";
        let strict = report(&attest("sig", &[]));
        let verified = [json!("verified"), Value::Null, Value::Null];
        if is_sha1 {
            assert_eq!(
                strict[1..],
                [json!("signature-scheme"), json!("signature-sha1")]
            );
        } else {
            assert_eq!(strict, verified);
        }
        // As it was in the statement: plain, with the hash by name.
        let structure = fs::read(case.join("sig")).unwrap();
        let plain = file("sig", &structure[6..]);
        let hash = facts["hash"].as_str().unwrap();
        let as_sent = [
            "--signature-form",
            "plain",
            "--scheme",
            "rsassa",
            "-g",
            hash,
        ];
        for (signature, form) in [
            ("sig", &["--signature-form", "tpmt"][..]),
            (&plain, &as_sent),
        ] {
            let ran = attest(signature, &[form, &["--dangerous-sha1"]].concat());
            assert_eq!(report(&ran), verified, "{}: {ran:?}", case.display());
            assert_eq!(ran.json()["key"]["trust"], "certificate-key");
            judged += 1;
        }
        let restricted = ["--dangerous-sha1", "--object-has", "restricted"];
        let [_, check, problem] = report(&attest("sig", &restricted));
        assert_eq!(
            (check, problem),
            (json!("object"), json!("object-attributes"))
        );
    }
    println!("{judged} certifications by Windows judged");
    assert_eq!(judged, 10);
}

/// The W3C's vector was made by no TPM.
#[test]
fn vector_of_the_w3c_is_malformed() {
    let Some(real) = real() else { return };
    let folder = real.join("09-w3c-webauthn-vector-safe-51");
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let ran = run(["print", "--type", "TPMS_ATTEST", path.to_str().unwrap()]);
        assert_eq!(ran.status, 2, "{ran:?}");
        assert!(
            ran.err.contains("TPMS_CLOCK_INFO.safe at byte 58: 51"),
            "{ran:?}"
        );
    }
}

/// Both forms of Azure's evidence; with a bit of the report changed, it vouches for nothing.
#[test]
fn evidence_of_azure_is_bound_to_its_processor() {
    let Some(real) = real() else { return };
    let folder = real.join("13-azure-snp");
    let measurement = "6a063be9dd79f6371c842e480f8dc3b5c725961344e57130e88c5adf49e8f7f6c79b75a5eb77fc769959f4aeb2f9401e";
    let check = |evidence: &str| {
        let options = [
            "check",
            "--evidence",
            evidence,
            "-q",
            "6368616c6c656e6765",
            "--hardware-root",
            "milan_ask_ark_asvk.pem",
            "--hardware-measurement",
            measurement,
            "--at",
            "2025-06-01T00:00:00Z",
            "--format",
            "json",
        ];
        run_in(&folder, options)
    };
    for evidence in ["evidence-v0.json", "evidence-v1.json"] {
        let ran = check(evidence);
        assert_eq!(
            report(&ran),
            [json!("verified"), Value::Null, Value::Null],
            "{ran:?}"
        );
        assert_eq!(ran.json()["key"]["trust"], "bound-to-hardware");
    }
    let text = fs::read(folder.join("evidence-v0.json")).unwrap();
    let whole: Value = serde_json::from_slice(&text).unwrap();
    // report_data, the chip, the measurement, the claims.
    let mut judged = 0;
    for at in [32 + 80, 32 + 0x1a0, 32 + 0x90, 1236 + 40] {
        let mut changed = whole.clone();
        let byte = changed["report"][at].as_u64().unwrap();
        changed["report"][at] = (byte ^ 1).into();
        let ran = check(&file("azure.json", changed.to_string()));
        assert_ne!(ran.status, 0, "byte {at}: {ran:?}");
        assert!(ran.json()["quote"].is_null());
        judged += 1;
    }
    println!("2 pieces of Azure's evidence judged, and {judged} changed ones");
}
