//! `--profile`: certificates of makers and clouds, by options of their own.

use serde_json::json;

use crate::tools::{Ran, data, run};

const CASE: &str = "cases/005-main-p256-ecdsa-sha256";
const AT: &str = "2030-01-01T00:00:00Z";
const VM: &str = "a1b2c3d4e5f6.ConfidentialVM.Azure.windows.net";

fn path(name: &str) -> String {
    data(name).into_os_string().into_string().unwrap()
}

/// The certificate and the one that issued it, in one file.
fn chain(leaf: &str, issuing: &str) -> String {
    let both = [leaf, issuing].map(|name| std::fs::read(path(&format!("certificates/{name}.der"))));
    let both: Vec<u8> = both.into_iter().flat_map(Result::unwrap).collect();
    crate::tools::file(&format!("{leaf}.chain"), both)
}

/// `check` of a quote by a key of which only the certificate is known.
fn check(chain: &str, more: &[&str]) -> Ran {
    let file = |name: &str| path(&format!("{CASE}/{name}"));
    let root = path("certificates/root.der");
    let [message, signature, pcrs] = [
        file("quote.attest"),
        file("quote.sig"),
        file("pcrs.serialized"),
    ];
    let facts = std::fs::read_to_string(file("case.json")).unwrap();
    let facts: serde_json::Value = serde_json::from_str(&facts).unwrap();
    let nonce = facts["nonce_hex"].as_str().unwrap();
    let options = [
        "check",
        "-m",
        &message,
        "-s",
        &signature,
        "-f",
        &pcrs,
        "-q",
        nonce,
        "--ak-cert",
        chain,
        "--ca",
        &root,
        "--at",
        AT,
        "-F",
        "json",
    ];
    run([&options[..], more].concat())
}

#[test]
fn vm_of_google_is_verified_and_shown() {
    for leaf in ["google-ak", "google-ak-old"] {
        let chain = chain(leaf, "google-issuing");
        for option in [
            ["--google-project", "acme-fleet"],
            ["--google-project", "21934000000"],
            ["--google-instance", "6800000000000000001"],
        ] {
            let ran = check(&chain, &[&["--profile", "google"], &option[..]].concat());
            assert_eq!(ran.status, 0, "{ran:?}");
            let report = ran.json();
            assert_eq!(report["key"]["trust"], "certificate-key");
            let expected = json!({
                "profile": "google",
                "issuer": "CN=EK/AK CA Intermediate",
                "vouches_for": "this VM",
                "manufacturer": null,
                "maker": null,
                "model": null,
                "version": null,
                "instance": {
                    "zone": "us-central1-a",
                    "project_number": "21934000000",
                    "project": "acme-fleet",
                    "instance_id": "6800000000000000001",
                    "instance_name": "web-01",
                    "is_production": true,
                },
            });
            assert_eq!(report["key"]["certificate"], expected);
        }
    }
    let chain = chain("google-ak", "google-issuing");
    let text = [
        "--profile",
        "google",
        "--google-project",
        "acme-fleet",
        "-F",
        "text",
    ];
    let ran = check(&chain, &text);
    assert_eq!(ran.status, 2, "one format alone: {ran:?}");
}

#[test]
fn x3_vm_of_another_customer_is_refused_by_its_own_problem() {
    let (google, azure) = (
        chain("google-ak", "google-issuing"),
        chain("azure-ak", "azure-issuing"),
    );
    for (chain, options, problem) in [
        (
            &google,
            ["--profile", "google", "--google-project", "another"],
            "certificate-project",
        ),
        (
            &google,
            ["--profile", "google", "--google-instance", "1"],
            "certificate-instance",
        ),
        (
            &azure,
            [
                "--profile",
                "azure",
                "--azure-vm",
                "ffffffffffff.ConfidentialVM.Azure.windows.net",
            ],
            "certificate-vm",
        ),
        (
            &azure,
            ["--profile", "google", "--google-instance", "1"],
            "certificate-profile",
        ),
    ] {
        let ran = check(chain, &options);
        assert_eq!(ran.status, 1, "{ran:?}");
        let report = ran.json();
        assert_eq!(
            (&report["check"], &report["problem"]),
            (&json!("key-anchor"), &json!(problem))
        );
        assert_eq!(report["verdict"], "rejected");
    }
}

#[test]
fn vm_of_azure_is_verified_by_its_name_or_that_of_its_key() {
    let chain = chain("azure-ak", "azure-issuing");
    let ran = check(&chain, &["--profile", "azure", "--azure-vm", VM]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let report = ran.json();
    assert_eq!(report["key"]["certificate"]["vm"], VM);
    assert_eq!(report["key"]["certificate"]["profile"], "azure");

    let name = std::fs::read(path(&format!("{CASE}/ak.name"))).unwrap();
    let name: String = name.iter().map(|byte| format!("{byte:02x}")).collect();
    let public = path(&format!("{CASE}/ak.pub"));
    let named = ["-u", &*public, "--profile", "azure", "--ak-name", &name];
    let ran = check(&chain, &named);
    assert_eq!(ran.status, 0, "{ran:?}");
    let report = ran.json();
    // Both vouch for it, and the Name tells more.
    assert_eq!(report["key"]["trust"], "pinned");
    assert_eq!(report["key"]["certificate"]["vm"], VM);

    let other = format!("000b{}", "42".repeat(32));
    let ran = check(
        &chain,
        &["-u", &public, "--profile", "azure", "--ak-name", &other],
    );
    assert_eq!(
        (ran.status, &ran.json()["problem"]),
        (1, &json!("key-name-not-pinned"))
    );
}

#[test]
fn profile_without_what_it_needs_prints_no_report() {
    let chain = chain("google-ak", "google-issuing");
    for (options, message) in [
        (
            &["--profile", "google"][..],
            "--profile google needs --google-project or --google-instance",
        ),
        (
            &["--profile", "azure"],
            "--profile azure needs --azure-vm or --ak-name",
        ),
        (
            &["--google-project", "acme"],
            "--google-project needs --profile google",
        ),
        (
            &["--profile", "tcg", "--google-instance", "1"],
            "--google-instance needs --profile google",
        ),
        (
            &[
                "--profile",
                "google",
                "--google-project",
                "acme",
                "--azure-vm",
                VM,
            ],
            "--azure-vm needs --profile azure",
        ),
        (
            &["--profile", "google", "--google-instance", "web-01"],
            "expected the id of an instance, a number",
        ),
        (&["--profile", "amazon"], "invalid value"),
    ] {
        let ran = check(&chain, options);
        assert_eq!((ran.status, &*ran.out), (2, ""), "{ran:?}");
        assert!(ran.err.contains(message), "{message}: {ran:?}");
    }
}

/// Without a certificate the options would have no effect.
#[test]
fn profile_without_a_certificate_is_refused() {
    let public = path(&format!("{CASE}/ak.pub"));
    for option in [
        ["--profile", "tcg"],
        ["--google-project", "acme"],
        ["--google-instance", "1"],
        ["--azure-vm", VM],
    ] {
        let args = ["check", "-u", &public, "-m", "m", "-s", "s"];
        let ran = run([&args[..], &option].concat());
        assert_eq!((ran.status, &*ran.out), (2, ""), "{ran:?}");
        assert!(ran.err.contains("--ak-cert"), "{ran:?}");
    }
}

#[test]
fn any_purpose_is_accepted_where_it_is_asked_for() {
    let chain = chain("azure-ak", "azure-issuing");
    let ran = check(&chain, &["--profile", "dangerous-any-purpose"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let certificate = &ran.json()["key"]["certificate"];
    assert_eq!(certificate["profile"], "dangerous-any-purpose");
    assert_eq!(certificate["vouches_for"], "nothing that is named");
    let ran = check(&chain, &[]);
    assert_eq!(ran.status, 1, "{ran:?}");
    assert_eq!(ran.json()["problem"], "certificate-alt-name");
}
