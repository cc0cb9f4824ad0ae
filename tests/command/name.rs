//! `name`: against the Names that the TPM gave.

use serde_json::json;

use crate::tools::{data, file, hex, read, read_json, run, run_on};

fn path(name: &str) -> String {
    data(name).into_os_string().into_string().unwrap()
}

#[test]
fn name_is_that_of_the_tpm() {
    for case in [
        "004-main-rsa2048-rsassa-sha256",
        "017-ak-ecc384-ecdsa-sha384",
    ] {
        let ran = run(["name", &path(&format!("cases/{case}/ak.pub"))]);
        assert_eq!(ran.status, 0, "{ran:?}");
        let name = hex(&read(&format!("cases/{case}/ak.name")));
        assert_eq!(ran.out, format!("{name}\n"));
        // Without its size, by standard input.
        let bare = &read(&format!("cases/{case}/ak.pub"))[2..];
        assert_eq!(run_on(["name", "-"], bare).out, format!("{name}\n"));
    }
    let nv = "attest/021-nvcertify-plain-64-0-by-rsa";
    let ran = run(["name", &path(&format!("{nv}/nv.public"))]);
    let name = hex(&read(&format!("{nv}/nv.name")));
    assert_eq!((ran.status, ran.out), (0, format!("{name}\n")));
}

#[test]
fn qualified_name_is_that_of_the_tpm() {
    // A primary key of the owner hierarchy, by what it signed.
    let case = "attest/020-gettime-owner-p256";
    let facts = read_json(&format!("{case}/case.json"));
    let signer = facts["attest"]["qualifiedSigner"].as_str().unwrap();
    let ak = path(&format!("{case}/ak.pub"));
    let ran = run(["name", &ak, "--hierarchy", "owner"]);
    assert_eq!((ran.status, ran.out), (0, format!("{signer}\n")));
    let ran = run(["name", &ak, "--hierarchy", "o", "--format", "json"]);
    let expected = json!({"name": facts["ak_name_hex"], "qualified_name": signer});
    assert_eq!(ran.json(), expected);
    let ran = run(["name", &ak, "--format", "json"]);
    assert_eq!(ran.json()["qualified_name"], json!(null));
    let ran = run(["name", &ak, "--hierarchy", "endorsement"]);
    assert_ne!(ran.out, format!("{signer}\n"));
}

#[test]
fn what_has_no_name_is_said() {
    let case = "cases/004-main-rsa2048-rsassa-sha256";
    let ak = path(&format!("{case}/ak.pub"));
    let pem = file("ak.pem", "-----BEGIN PUBLIC KEY-----\n");
    let index = path("attest/021-nvcertify-plain-64-0-by-rsa/nv.public");
    let with_name_alg = |name_alg: [u8; 2]| {
        let mut public = read(&format!("{case}/ak.pub"));
        public[4..6].copy_from_slice(&name_alg);
        file("ak.pub", public)
    };
    let (nameless, sm3) = (with_name_alg([0, 0x10]), with_name_alg([0, 0x12]));
    for (args, says) in [
        (&[&*pem][..], "looks like PEM"),
        (
            &[&*nameless],
            "the nameAlg is TPM_ALG_NULL: the object has no name",
        ),
        (&[&*sm3], "the nameAlg TPM_ALG_SM3_256 is not supported"),
        (
            &[&*index, "--hierarchy", "owner"],
            "an NV index has no qualified name",
        ),
        (
            &[&*ak, "--hierarchy", "owner", "--parent", &*nameless],
            "has no children here",
        ),
        (&[&*ak, "--parent", &*ak], "--hierarchy"),
        (
            &[&*ak, "--hierarchy", "storage"],
            "owner, endorsement, platform, null",
        ),
    ] {
        let ran = run([&["name"], args].concat());
        assert_eq!((ran.status, &*ran.out), (2, ""), "{args:?}: {ran:?}");
        assert!(ran.err.contains(says), "{says}: {ran:?}");
    }
}
