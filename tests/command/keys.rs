//! The same forms of a key for every command that takes one.

use serde_json::json;

use crate::tools::{Ran, data, file, read, run};

fn report(path: &str) -> String {
    let path = data(&format!("reports/{path}"));
    path.into_os_string().into_string().unwrap()
}

const QUOTE: &str = "04-ak-certificate-from-nv-padding";

/// A quote by this key, as it was told to people who had the key in this form.
fn check(key: &str) -> Ran {
    let [message, signature, pcrs] =
        ["q.msg", "q.sig", "q.pcrs"].map(|name| report(&format!("{QUOTE}/{name}")));
    let files = [
        "-m", &message, "-s", &signature, "-f", &pcrs, "-q", "c0ffee01",
    ];
    run([&["check", "-u", key, "--format", "json"][..], &files].concat())
}

/// What `tpm2_certify` made, with the nonce that it puts in.
fn attest(key: &str) -> Ran {
    let folder = "12-attest-with-pem-or-certificate-only";
    let [message, signature] =
        ["cert.att", "cert.sig"].map(|name| report(&format!("{folder}/{name}")));
    let object = report(&format!("{QUOTE}/ak.pub"));
    let files = ["-m", &message, "-s", &signature, "--object", &object];
    let asked = [
        "attest", "--kind", "certify", "--nonce", "00ff55aa", "-u", key,
    ];
    run([&asked[..], &files, &["--format", "json"]].concat())
}

/// Each form of the key, and its name in words.
fn forms() -> Vec<(String, &'static str)> {
    let pem = "06-pem-with-anything-around";
    let mut der = read(&format!("reports/{QUOTE}/ak_nv.der"));
    let len = 4 + usize::from(u16::from_be_bytes([der[2], der[3]]));
    der.truncate(len);
    let public = read(&format!("reports/{QUOTE}/ak.pub"));
    let mut forms: Vec<_> = [
        (format!("{pem}/v_76.pem"), "PEM"),
        (format!("{pem}/v_one.pem"), "PEM"),
        (format!("{pem}/v_text.pem"), "PEM"),
        (format!("{pem}/v_bom.pem"), "PEM"),
        (format!("{pem}/v_cr.pem"), "PEM"),
        (format!("{pem}/v_trailblank.pem"), "PEM"),
        (
            format!("{pem}/v_pkcs1.pem"),
            "RSAPublicKey (PKCS #1) in PEM",
        ),
        (
            format!("{pem}/v_pkcs1.der"),
            "RSAPublicKey (PKCS #1) in DER",
        ),
        ("14-wrong-key-forms/v_nonull.der".to_owned(), "DER"),
        (
            "14-wrong-key-forms/v_jwks.json".to_owned(),
            "set of JSON Web Keys",
        ),
        (format!("{QUOTE}/ak.pub"), "TPM2B_PUBLIC"),
    ]
    .into_iter()
    .map(|(path, form)| (report(&path), form))
    .collect();
    forms.push((file("cert.der", der), "certificate in DER"));
    forms.push((file("ak.tpmt", &public[2..]), "TPMT_PUBLIC"));
    forms.push((file("ak.b64", base64(&public)), "TPM2B_PUBLIC in base64"));
    forms
}

fn base64(bytes: &[u8]) -> String {
    use base64ct::{Base64, Encoding as _};
    let mut room = vec![0; bytes.len() * 2 + 4];
    Base64::encode(bytes, &mut room).unwrap().to_owned() + "\n"
}

#[test]
fn check_and_attest_take_a_key_in_every_form_and_trust_it_alike() {
    for (path, form) in forms() {
        let trust = if form.starts_with("TPM") {
            "pinned"
        } else {
            "pinned-key"
        };
        for ran in [check(&path), attest(&path)] {
            assert_eq!(ran.status, 0, "{form}: {ran:?}");
            assert_eq!(ran.json()["key"]["trust"], json!(trust), "{form}");
            let said = format!("{path}: public key: {form}\n");
            assert!(ran.err.contains(&said), "{said}{ran:?}");
        }
    }
}

#[test]
fn key_by_its_numbers_does_not_fit_what_needs_its_name() {
    let pem = report("06-pem-with-anything-around/v_one.pem");
    let object = report(&format!("{QUOTE}/ak.pub"));
    for option in ["--ak-name", "--hierarchy"] {
        let value = match option {
            "--ak-name" => "000b0000000000000000000000000000000000000000000000000000000000000000",
            _ => "endorsement",
        };
        let args = [
            "attest", "--kind", "certify", "--nonce", "00ff55aa", "-u", &pem,
        ];
        let files = ["-m", &object, "-s", &object, "--object", &object];
        let ran = run([&args[..], &files, &[option, value]].concat());
        assert_eq!(ran.status, 2, "{ran:?}");
        assert!(
            ran.err.contains("needs the public area of the key"),
            "{ran:?}"
        );
    }
    // The key of another is another key.
    let other = data("cases/004-main-rsa2048-rsassa-sha256/ak.pem");
    let other = other.to_str().unwrap();
    for ran in [check(other), attest(other)] {
        assert_eq!(
            (ran.status, &*ran.json()["check"].to_string()),
            (1, "\"signature\"")
        );
    }
}

#[test]
fn key_that_is_none_is_named() {
    for (path, status, said) in [
        (
            "14-wrong-key-forms/ecc_explicit.pem",
            1,
            "expected a named curve",
        ),
        ("14-wrong-key-forms/ecc_comp.pem", 1, "compressed"),
        ("14-wrong-key-forms/v_pssoid.der", 1, "rsaEncryption"),
    ] {
        for ran in [check(&report(path)), attest(&report(path))] {
            assert_eq!(ran.status, status, "{path}: {ran:?}");
            assert_eq!(ran.json()["verdict"], json!("unsupported"), "{path}");
            assert!(ran.err.contains(said), "{ran:?}");
        }
    }
    let block = "-----BEGIN PRIVATE KEY-----\nMC4=\n-----END PRIVATE KEY-----\n";
    let private = file("private.pem", block);
    for ran in [check(&private), attest(&private)] {
        assert_eq!(ran.status, 2, "{ran:?}");
        let said = "the PEM has the label PRIVATE KEY, expected PUBLIC KEY";
        assert!(ran.err.contains(said), "{ran:?}");
    }
    // Certificates are read, and one by another key is no key of this quote.
    let ran = check(&report("14-wrong-key-forms/ak_certificate.pem"));
    assert_eq!(
        (ran.status, ran.json()["check"].clone()),
        (1, json!("signature"))
    );
}

/// A credential for an endorsement key of which the cloud gives the numbers alone.
#[test]
fn endorsement_key_by_its_numbers_has_the_default_template() {
    let folder = "09-ek-as-pem-der-or-base64";
    let ak = report(&format!("{QUOTE}/ak.pub"));
    // By `tpm2_readpublic`: the TPM2B_PUBLIC has the name that the note tells.
    let ran = run(["name", &report(&format!("{folder}/ek.pub"))]);
    let name = ran.out.trim();
    let out = file("credential", "");
    for (key, is_alone) in [
        ("ek.pem", true),
        ("ek.der", true),
        ("ek.b64", false),
        ("ek.pub", false),
    ] {
        let challenge = file(&format!("challenge-of-{key}"), "");
        std::fs::remove_file(&challenge).unwrap();
        let key = report(&format!("{folder}/{key}"));
        let args = ["makecredential", "-u", &key, "--ak", &ak, "-o", &out];
        let ran = run([&args[..], &["--fresh", &challenge]].concat());
        assert_eq!(ran.status, 0, "{ran:?}");
        let note = format!("by the template L-1 of the TCG, which has the name {name}\n");
        assert_eq!(ran.err.contains(&note), is_alone, "{ran:?}");
    }
    let rsa = report("06-pem-with-anything-around/v_one.pem");
    let ran = run(["name", &rsa]);
    assert_eq!((ran.status, &*ran.out), (2, ""));
    let said =
        "PEM: the key's numbers alone, expected its public area (TPM2B_PUBLIC or TPMT_PUBLIC)";
    assert!(ran.err.contains(said), "{ran:?}");
}

#[test]
fn name_and_activate_need_the_public_area() {
    let folder = "09-ek-as-pem-der-or-base64";
    let public = report(&format!("{folder}/ek.pub"));
    let expected = run(["name", &public]).out;
    // Base64 is a public area as well, with and without its size.
    assert_eq!(
        run(["name", &report(&format!("{folder}/ek.b64"))]).out,
        expected
    );
    let sized = file(
        "ek-sized.b64",
        base64(&read(&format!("reports/{folder}/ek.pub"))),
    );
    assert_eq!(run(["name", &sized]).out, expected);
    for key in ["ek.pem", "ek.der"] {
        let key = report(&format!("{folder}/{key}"));
        for args in [
            &["name", &key][..],
            &["name", &public, "--hierarchy", "owner", "--parent", &key],
        ] {
            let ran = run(args);
            assert_eq!(ran.status, 2, "{ran:?}");
            assert!(ran.err.contains("expected its public area"), "{ran:?}");
        }
    }
}
