//! `makecredential` and `activate`: with a software "TPM" between them.

use std::fs;

use serde_json::json;

use crate::{
    endorsement::{Endorsement, hmac},
    forge::{Key, RSASSA, SHA256, SHA384, sized},
    tools::{Ran, data, file, hex, read, read_json, run, run_on},
};

/// A name for a file that is not there.
fn nowhere(name: &str) -> String {
    let path = file(name, "");
    fs::remove_file(&path).unwrap();
    path
}

/// The two structures in the file of tpm2-tools.
fn parts(file: &[u8]) -> (&[u8], &[u8]) {
    assert_eq!(file[..8], [0xba, 0xdc, 0xc0, 0xde, 0, 0, 0, 1]);
    let size = 2 + usize::from(u16::from_be_bytes([file[8], file[9]]));
    file[8..].split_at(size)
}

/// A TPM with two keys, and the files of a verifier.
struct Scene {
    ek: Endorsement,
    ak: Key,
    ek_file: String,
    ak_file: String,
    challenge: String,
    answer: String,
}

impl Scene {
    fn new(ek: Endorsement, ak: Key) -> Self {
        let mut scene = Self {
            ek_file: file("ek.pub", ek.public()),
            ak_file: file("ak.pub", ak.public()),
            challenge: nowhere("challenge"),
            answer: String::new(),
            ek,
            ak,
        };
        let out = nowhere("credential");
        let fresh = ["--ak", &scene.ak_file, "--fresh", &scene.challenge];
        let ran = scene.make(&[&fresh[..], &["-o", &out]].concat());
        assert_eq!((ran.status, &*ran.out), (0, ""), "{ran:?}");
        scene.answer = file("answer", scene.activate(&out).unwrap());
        scene
    }

    fn make(&self, more: &[&str]) -> Ran {
        run([&["makecredential", "-u", &self.ek_file], more].concat())
    }

    /// What the TPM gives for the credential in this file.
    fn activate(&self, credential: &str) -> Option<Vec<u8>> {
        let credential = fs::read(credential).unwrap();
        let (id_object, secret) = parts(&credential);
        self.ek.activate(&self.ak.name(), id_object, secret)
    }

    fn check(&self, more: &[&str]) -> Ran {
        self.check_pinned(&[&hex(&self.ek.name())], more)
    }

    fn check_pinned(&self, names: &[&str], more: &[&str]) -> Ran {
        let mut args = vec!["activate", "--check", "-u", &self.ak_file, "--ek"];
        args.extend([&*self.ek_file, "--challenge", &*self.challenge]);
        args.extend(["--answer", &*self.answer]);
        args.extend(names.iter().flat_map(|name| ["--ek-name", name]));
        args.extend(more);
        run(args)
    }
}

fn scene() -> Scene {
    Scene::new(Endorsement::p256(SHA256, 128), Key::p256(SHA256))
}

#[test]
fn k1_key_whose_tpm_answers_is_activated() {
    for (ek, ek_algorithm, ak, algorithm, scheme) in [
        (
            Endorsement::rsa(2048, SHA256, 128),
            "rsa-2048",
            Key::p256(SHA256),
            "ecc-p256",
            "ecdsa-sha256",
        ),
        (
            Endorsement::p384(SHA384, 256),
            "ecc-p384",
            Key::rsa(2048, RSASSA, SHA256),
            "rsa-2048",
            "rsassa-sha256",
        ),
    ] {
        let scene = Scene::new(ek, ak);
        let (name, ek_name) = (hex(&scene.ak.name()), hex(&scene.ek.name()));
        let ran = scene.check(&["--format", "json"]);
        assert_eq!(ran.status, 0, "{ran:?}");
        let checks = [
            "input",
            "key-type",
            "key-attributes",
            "key-strength",
            "key-scheme",
            "key-anchor",
        ];
        let expected = json!({
            "version": 1,
            "source": scene.ak_file,
            "verdict": "verified",
            "check": null,
            "problem": null,
            "message": "the key passed every check",
            "help": null,
            "place": null,
            "field": null,
            "notes": [],
            "key": {
                "name": name,
                "algorithm": algorithm,
                "scheme": scheme,
                "trust": "activated",
                "links": [
                    {
                        "name": name, "algorithm": algorithm, "scheme": scheme,
                        "trust": "activated",
                    },
                    {
                        "name": ek_name, "algorithm": ek_algorithm, "scheme": null,
                        "trust": "pinned",
                    },
                ],
            },
            "quote": null,
            "baseline": null,
            "boot": null,
            "ima": null,
            "attest": null,
            "checks": checks.map(|name| json!({"name": name, "state": "ok"})),
            "warnings": [],
        });
        assert_eq!(ran.json(), expected);

        let ran = scene.check(&["--verbose"]);
        assert_eq!(ran.status, 0, "{ran:?}");
        let ak = &scene.ak_file;
        let expected = format!(
            "verified: {ak} (activation)

checks: 6 passed
  input             ok
  key-type          ok
  key-attributes    ok
  key-strength      ok
  key-scheme        ok
  key-anchor        ok

key: {algorithm}, {scheme}, activated
  name              {name}
  activated with    {ek_algorithm}, endorsement key, pinned
    name            {ek_name}
"
        );
        assert_eq!(ran.out, expected);
    }
}

#[test]
fn credential_by_name_is_that_by_public_area() {
    let scene = scene();
    for object in [["-n", &*hex(&scene.ak.name())], ["--ak", &*scene.ak_file]] {
        let (challenge, out) = (nowhere("challenge"), nowhere("credential"));
        let ran = scene.make(&[&object[..], &["--fresh", &challenge, "-o", &out]].concat());
        assert_eq!(ran.status, 0, "{ran:?}");
        let answer = file("answer", scene.activate(&out).unwrap());
        let files = ["--answer", &*answer, "--challenge", &*challenge];
        let mut args = vec!["activate", "--check", "-u", &scene.ak_file, "--ek"];
        let ek_name = hex(&scene.ek.name());
        args.extend([&*scene.ek_file, "--ek-name", &*ek_name]);
        assert_eq!(run([args, files.to_vec()].concat()).status, 0);
        // Each challenge is another.
        assert_ne!(
            fs::read(&challenge).unwrap(),
            fs::read(&scene.challenge).unwrap()
        );
        assert_ne!(fs::read(&answer).unwrap(), fs::read(&scene.answer).unwrap());
    }
}

#[test]
fn secret_comes_out_as_it_went_in() {
    let scene = scene();
    let out = nowhere("credential");
    for secret in [&b"s"[..], &[0; 32]] {
        let path = file("secret", secret);
        let object = ["--ak", &*scene.ak_file, "-s"];
        let ran = scene.make(&[&object[..], &[&path, "-o", &out]].concat());
        assert_eq!((ran.status, &*ran.out), (0, ""), "{ran:?}");
        assert_eq!(scene.activate(&out).as_deref(), Some(secret));
        // By standard input.
        let mut args = vec!["makecredential", "-u", &scene.ek_file, "-s", "-"];
        args.extend(["--ak", &*scene.ak_file, "-o", &*out]);
        assert_eq!(run_on(args, secret).status, 0);
        assert_eq!(scene.activate(&out).as_deref(), Some(secret));
    }
    // The credential is there for others.
    let path = file("secret", [1; 33]);
    let ran = scene.make(&["--ak", &scene.ak_file, "-s", &path, "-o", &out]);
    assert_eq!(ran.status, 2);
    assert!(
        ran.err
            .contains("the secret has 33 bytes, expected 1 to 32\nhelp: "),
        "{ran:?}"
    );
}

#[test]
fn k1_other_answers_are_refused() {
    let scene = scene();
    let (right, kept) = (
        fs::read(&scene.answer).unwrap(),
        fs::read(&scene.challenge).unwrap(),
    );
    let mut wrong = right.clone();
    wrong[31] ^= 1;
    for answer in [&wrong[..], &right[..31], &[], &kept] {
        let mut scene = self::scene();
        scene.answer = file("answer", answer);
        let ran = scene.check(&["--format", "json"]);
        assert_eq!(ran.status, 1, "{ran:?}");
        let report = ran.json();
        assert_eq!(report["verdict"], "rejected");
        assert_eq!(report["check"], "key-anchor");
        assert_eq!(
            report["message"],
            "the answer does not belong to this challenge, this key and this endorsement key"
        );
        assert_eq!(report["key"]["trust"], "self-asserted");
        let said = format!(
            "tpm-quote: {}: key-anchor: the answer does not belong",
            scene.answer
        );
        assert!(ran.err.contains(&said), "{ran:?}");
        let ran = scene.check(&["--verbose"]);
        assert_eq!(
            (ran.check("key-scheme"), ran.check("key-anchor")),
            ("ok", "FAILED")
        );
    }
    // Of another challenge.
    let mut other = self::scene();
    other.challenge = scene.challenge;
    assert_eq!(other.check(&[]).status, 1);
}

#[test]
fn k1_answer_for_one_key_is_none_for_another() {
    let mut scene = scene();
    scene.ak_file = file("ak.pub", Key::p384(SHA256).public());
    let ran = scene.check(&["--format", "json"]);
    assert_eq!(
        (ran.status, &ran.json()["check"]),
        (1, &json!("key-anchor"))
    );
}

#[test]
fn k1_endorsement_key_that_is_not_trusted_vouches_for_nothing() {
    let scene = scene();
    let other = hex(&Endorsement::p384(SHA256, 128).name());
    let ran = scene.check_pinned(&[&other], &["--format", "json"]);
    assert_eq!(ran.status, 1, "{ran:?}");
    let report = ran.json();
    assert_eq!(report["check"], "key-anchor");
    assert_eq!(report["verdict"], "rejected");
    let name = hex(&scene.ek.name());
    let message = format!("the endorsement key's Name {name} is not one of the trusted Names");
    assert_eq!(report["message"], message);
    let said = format!("tpm-quote: {}: key-anchor: {message}", scene.ek_file);
    assert!(ran.err.contains(&said), "{ran:?}");
    let ran = scene.check_pinned(&[&other, &name], &[]);
    assert_eq!(ran.status, 0, "one of the names is enough");
    // There is no list that is empty.
    let ran = scene.check_pinned(&[], &[]);
    assert_eq!((ran.status, &*ran.out), (2, ""));
    assert!(ran.err.contains("--ek-name"), "{ran:?}");
}

/// With a real certificate of its maker, the endorsement key is one of a TPM all the
/// same: that alone says nothing of another key.
#[test]
fn k2_real_endorsement_key_raises_no_trust_without_an_answer() {
    let mut scene = scene();
    scene.ek_file = data("ek/ek-rsa2048.pub")
        .into_os_string()
        .into_string()
        .unwrap();
    let name = hex(&read("ek/ek-rsa2048.name"));
    let ran = scene.check_pinned(&[&name], &["--format", "json"]);
    assert_eq!(
        (ran.status, &ran.json()["check"]),
        (1, &json!("key-anchor"))
    );
    assert_eq!(ran.json()["key"]["trust"], "self-asserted");
}

#[test]
fn k3_unrestricted_key_is_refused_though_its_tpm_answers() {
    let mut ak = Key::p256(SHA256);
    ak.attributes &= !0x0001_0000;
    let scene = Scene::new(Endorsement::p256(SHA256, 128), ak);
    let ran = scene.check(&["--format", "json"]);
    assert_eq!(ran.status, 1, "{ran:?}");
    let report = ran.json();
    assert_eq!(report["check"], "key-attributes");
    assert_eq!(report["key"], json!(null));
    // Whatever the endorsement key.
    let other = hex(&Endorsement::p384(SHA256, 128).name());
    let ran = scene.check_pinned(&[&other], &["--format", "json"]);
    assert_eq!(ran.json()["check"], "key-attributes");
}

#[test]
fn endorsement_key_that_is_none_is_refused_with_its_reason() {
    let scene = scene();
    let out = nowhere("credential");
    let make = |ek: &[u8]| {
        let ek = file("ek.pub", ek);
        let args = ["makecredential", "-u", &ek, "--ak", &scene.ak_file];
        let (secret, fresh) = (file("secret", "s"), nowhere("challenge"));
        let ran = run([&args[..], &["-s", &secret, "-o", &out]].concat());
        let other = run([&args[..], &["--fresh", &fresh, "-o", &out]].concat());
        assert_eq!(
            (ran.status, &ran.out, &ran.err),
            (other.status, &other.out, &other.err)
        );
        assert!(fs::metadata(&fresh).is_err() && fs::metadata(&out).is_err());
        (ran.status, ran.err)
    };
    // The attestation key in its place.
    let (status, said) = make(&scene.ak.public());
    assert_eq!(status, 1, "{said}");
    assert!(
        said.contains("key-anchor: the key's attributes are not those of an endorsement key: lacks decrypt; must not have sign\nhelp: Give the endorsement key"),
        "{said}"
    );
    let mut sm4 = scene.ek.public_area();
    sm4[43] = 0x13;
    let (status, said) = make(&sized(&sm4));
    assert_eq!(status, 1, "{said}");
    assert!(
        said.contains("key-anchor: the endorsement key's symmetric TPM_ALG_SM4 is not supported"),
        "{said}"
    );
    let mut off = scene.ek.public();
    *off.last_mut().unwrap() ^= 1;
    let (status, said) = make(&off);
    assert_eq!(status, 1, "{said}");
    assert!(
        said.contains("key-anchor: endorsement key: the public point is not on its curve"),
        "{said}"
    );
    let (status, said) = make(b"-----BEGIN PUBLIC KEY-----\n");
    assert_eq!(status, 2, "{said}");
    assert!(said.contains("looks like PEM"), "{said}");

    // In the report of the answer, as what vouches for the key.
    let mut scene = self::scene();
    let name = hex(&scene.ak.name());
    scene.ek_file = scene.ak_file.clone();
    let ran = scene.check_pinned(&[&name], &["--format", "json"]);
    assert_eq!(
        (ran.status, &ran.json()["check"]),
        (1, &json!("key-anchor"))
    );
    scene.ek_file = file("ek.pub", sized(&sm4));
    let ran = scene.check_pinned(&[&name], &["--format", "json"]);
    assert_eq!(
        (ran.status, &ran.json()["verdict"]),
        (1, &json!("unsupported"))
    );
}

#[test]
fn challenge_is_kept_from_others_and_never_replaced() {
    let scene = scene();
    assert_eq!(fs::read(&scene.challenge).unwrap().len(), 32);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;

        let mode = fs::metadata(&scene.challenge).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let before = fs::read(&scene.challenge).unwrap();
    let out = nowhere("credential");
    let fresh = ["--ak", &scene.ak_file, "--fresh", &scene.challenge];
    let ran = scene.make(&[&fresh[..], &["-o", &out]].concat());
    assert_eq!((ran.status, &*ran.out), (2, ""));
    let said = format!("tpm-quote: {}: cannot be written: ", scene.challenge);
    assert!(ran.err.contains(&said), "{ran:?}");
    assert_eq!(fs::read(&scene.challenge).unwrap(), before);
    assert!(fs::metadata(&out).is_err());
}

#[test]
fn what_cannot_be_read_or_written_is_said() {
    let mut scene = scene();
    scene.challenge = file("challenge", [7; 31]);
    let ran = scene.check(&[]);
    assert_eq!((ran.status, &*ran.out), (2, ""));
    assert!(
        ran.err
            .contains("the challenge has 31 bytes, expected 32\nhelp: Give the challenge"),
        "{ran:?}"
    );
    scene.challenge = nowhere("challenge");
    let ran = scene.check(&[]);
    assert_eq!((ran.status, &*ran.out), (2, ""));
    assert!(ran.err.contains("cannot be read"), "{ran:?}");

    let mut scene = self::scene();
    scene.ak_file = file("ak.pub", &scene.ak.public()[..40]);
    let ran = scene.check(&["--format", "json"]);
    assert_eq!((ran.status, &ran.json()["check"]), (2, &json!("input")));
    assert_eq!(ran.json()["verdict"], "malformed");

    let scene = self::scene();
    let secret = file("secret", "s");
    let nowhere = format!("{}/credential", nowhere("folder"));
    let ran = scene.make(&["--ak", &scene.ak_file, "-s", &secret, "-o", &nowhere]);
    assert_eq!(ran.status, 2);
    assert!(
        ran.err.contains("credential: cannot be written: "),
        "{ran:?}"
    );
}

#[test]
fn wrong_options_are_exit_status_2() {
    let scene = scene();
    let (out, secret) = (nowhere("credential"), file("secret", "s"));
    let (ak, name) = (&*scene.ak_file, hex(&scene.ak.name()));
    for (more, says) in [
        (&["-s", &*secret][..], "<--name <HEX>|--ak <AK>>"),
        (&["--ak", ak], "<--secret <SECRET>|--fresh <CHALLENGE>>"),
        (
            &["--ak", ak, "-n", &*name, "-s", &*secret],
            "cannot be used with",
        ),
        (
            &["--ak", ak, "--fresh", "x", "-s", &*secret],
            "cannot be used with",
        ),
        (
            &["-n", "000b00", "-s", &*secret],
            "3 bytes are not a hash id and its digest",
        ),
    ] {
        let ran = scene.make(&[more, &["-o", &out]].concat());
        assert_eq!((ran.status, &*ran.out), (2, ""), "{more:?}");
        assert!(ran.err.contains(says), "{says}: {ran:?}");
    }
    let ran = scene.make(&["--ak", ak, "-s", &secret]);
    assert!(
        ran.status == 2 && ran.err.contains("--credential-blob"),
        "{ran:?}"
    );
    // What cannot be done without a TPM is not done by mistake.
    let ran = run(["activate", "-u", ak, "--ek", &scene.ek_file]);
    assert!(ran.status == 2 && ran.err.contains("--check"), "{ran:?}");
}

/// The real credentials, by what the TPM gave for them: all but the encryption is the
/// same.
#[test]
fn real_keys_give_credentials_of_the_same_form() {
    for case in ["04-rsa2048-low-rsa-python-16", "15-p384-high-rsa-python-32"] {
        let path = |name: &str| {
            let path = data(&format!("credentials/{case}/{name}"));
            path.into_os_string().into_string().unwrap()
        };
        let facts = read_json(&format!("credentials/{case}/credential.json"));
        let secret = crate::common::hex(facts["secret_hex"].as_str().unwrap());
        let (secret, out) = (file("secret", secret), nowhere("credential"));
        let ran = run([
            "makecredential",
            "-u",
            &path("ek.pub"),
            "--ak",
            &path("ak.pub"),
            "-s",
            &secret,
            "-o",
            &out,
        ]);
        assert_eq!(ran.status, 0, "{ran:?}");
        let (made, expected) = (
            fs::read(&out).unwrap(),
            read(&format!("credentials/{case}/credential.blob")),
        );
        let lens = |file: &[u8]| (parts(file).0.len(), parts(file).1.len());
        assert_eq!(lens(&made), lens(&expected));
    }
}

/// The endorsement key of a TPM that swtpm made, its certificate and the authority; a
/// challenge, and the answer that only that TPM can give.
struct Certified {
    ak: Key,
    answer: Vec<u8>,
}

const CHALLENGE: [u8; 32] = *b"what a verifier keeps in secret.";

impl Certified {
    fn new() -> Self {
        let ak = Key::p256(SHA256);
        let ek = read("ek/ek-rsa2048.name");
        let parts = [
            &[0, 0, 0, 1][..],
            b"CHALLENGE\0",
            &ek,
            &ak.name(),
            &[0, 0, 1, 0],
        ];
        let answer = hmac(SHA256, &CHALLENGE, &parts.concat());
        Self { ak, answer }
    }

    fn check(&self, ek: &str, certificate: &str, root: &str, more: &[&str]) -> Ran {
        let (ak, answer) = (
            file("ak.pub", self.ak.public()),
            file("answer", &self.answer),
        );
        let challenge = file("challenge", CHALLENGE);
        let mut args = vec!["activate", "--check", "-u", &*ak, "--answer", &*answer];
        args.extend(["--challenge", &*challenge, "--ek", ek]);
        args.extend(["--ek-cert", certificate, "--ca", root]);
        args.extend(more);
        run(args)
    }
}

fn path(name: &str) -> String {
    data(name).into_os_string().into_string().unwrap()
}

#[test]
fn endorsement_key_with_a_certificate_is_one_that_a_challenge_is_for() {
    let certified = Certified::new();
    let ek = path("ek/ek-rsa2048.pub");
    let issuer = path("ek/issuercert.pem");
    let padded = [read("ek/ek-rsa2048.crt.der"), vec![0xff; 100]].concat();
    for certificate in [
        path("ek/ek-rsa2048.crt.der"),
        path("ek/ek-rsa2048.crt.pem"),
        file("nv", padded),
    ] {
        let ran = certified.check(&ek, &certificate, &issuer, &["--format", "json"]);
        assert_eq!(ran.status, 0, "{ran:?}");
        assert_eq!(ran.json()["key"]["trust"], "activated");
        let says = "endorsement key of swtpm swtpm, version id:20191023, says CN=swtpm-localca";
        assert!(ran.err.contains(says), "{}", ran.err);
    }
}

#[test]
fn k2_endorsement_certificate_that_does_not_vouch_activates_nothing() {
    let mut certified = Certified::new();
    let ek = path("ek/ek-rsa2048.pub");
    let (own, issuer) = (path("ek/ek-rsa2048.crt.der"), path("ek/issuercert.der"));
    let stranger = path("certificates/root.der");
    for (certificate, root, more, check, says) in [
        (&own, &stranger, &[][..], "key-anchor", "no path leads"),
        (
            &own,
            &issuer,
            &["--at", "2020-01-01T00:00:00Z"],
            "key-anchor",
            "valid",
        ),
        (
            &path("ek/ek-ecc-p384.crt.der"),
            &issuer,
            &[],
            "key-anchor",
            "the certificate is for another endorsement key",
        ),
        (
            &path("certificates/ak-p256.der"),
            &stranger,
            &["--at", "1893456000"],
            "key-anchor",
            "2.23.133.8.1",
        ),
        (
            &path("ek/ek-rsa2048.name"),
            &issuer,
            &[],
            "input",
            "Certificate",
        ),
    ] {
        let ran = certified.check(&ek, certificate, root, more);
        assert_eq!(ran.check(check), "FAILED", "{says}: {ran:?}");
        assert!(ran.err.contains(says), "{says}: {}", ran.err);
    }
    // The certificate alone raises no trust: the TPM has to answer.
    certified.answer[0] ^= 1;
    let ran = certified.check(&ek, &own, &issuer, &["--format", "json"]);
    assert_eq!(
        (ran.status, &ran.json()["check"]),
        (1, &"key-anchor".into())
    );
    assert_eq!(ran.json()["key"]["trust"], "self-asserted");

    // Roots that nothing would look at.
    let scene = scene();
    for (more, says) in [
        (["--ca", &*issuer], "--ca needs --ek-cert"),
        (["--at", "1893456000"], "--ek-cert <FILE>"),
    ] {
        let ran = scene.check(&more);
        assert_eq!((ran.status, &*ran.out), (2, ""), "{ran:?}");
        assert!(ran.err.contains(says), "{}", ran.err);
    }
    let ran = certified.check(&ek, &own, &issuer, &["--ek-name", "000b"]);
    assert_eq!((ran.status, &*ran.out), (2, ""));
}

/// As STMicroelectronics signed them in 2014.
#[test]
fn endorsement_certificate_by_sha1_needs_its_option() {
    let certified = Certified::new();
    let ek = path("ek/ek-rsa2048.pub");
    let (certificate, root) = (
        path("certificates/ek-sha1.der"),
        path("certificates/issuing.der"),
    );
    let at = ["--at", "1893456000", "--format", "json"];
    let ran = certified.check(&ek, &certificate, &root, &at);
    assert_eq!(ran.status, 1, "{ran:?}");
    assert_eq!(ran.json()["problem"], "certificate-signature-sha1");
    let more = [&at[..], &["--dangerous-sha1-certificates"]].concat();
    let ran = certified.check(&ek, &certificate, &root, &more);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(ran.json()["key"]["trust"], "activated");
    let warnings = ran.json()["warnings"].to_string();
    assert!(warnings.contains("signed with SHA-1"), "{warnings}");
}
