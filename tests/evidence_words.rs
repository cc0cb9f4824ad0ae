//! What a person reads when evidence in files, as a key alone or of another project
//! cannot be read.
#![cfg(all(feature = "rsa", feature = "ecdsa", feature = "projects"))]

mod common;
#[path = "common/image.rs"]
mod image;

use tpm_quote::{
    TpmAlgId, Unmarshal, UnmarshalError,
    evidence::{
        JwkError, KeylimeError, KeylimePart, PcrFile, PcrFormat, PemProblem, Project, ProjectError,
        SpkiError, ToolsError, read_certificate_pem,
    },
    types::TpmtSymDefObject,
    verify::{
        Check::{self, Input, KeyScheme, KeyStrength, KeyType},
        Verdict::{self, Malformed, Rejected, Unsupported},
    },
};

const ANOTHER_FORM: &str = "The key was cut, changed on its way, or written in another form.";
const KEY_KINDS: &str = "Attestation needs an RSA key, or an ECC key on P-256, P-384 or P-521.";
const CUT: &str = "The file was cut, changed, or written in another format.";
const NEWER: &str = "A newer version of this program may know this algorithm.";
const VALUES: &str = "A PCR file has one value for each PCR of its selection, in that order, as long as the bank's digests.";

fn cut() -> UnmarshalError {
    TpmtSymDefObject::from_bytes(&[0]).unwrap_err()
}

fn unknown() -> UnmarshalError {
    let error = TpmtSymDefObject::from_bytes(&[0xff, 0xff]).unwrap_err();
    assert!(error.is_unknown_selector());
    error
}

#[test]
fn errors_of_the_files_of_tpm2_tools_help() {
    let (bank, index, offset) = (TpmAlgId::SHA256, 7, 9);
    let length = ToolsError::ValueLength {
        bank,
        index,
        offset,
        expected: 32,
        found: 20,
    };
    for (error, verdict, help) in [
        (ToolsError::Layout(cut()), Malformed, CUT),
        (ToolsError::Layout(unknown()), Unsupported, NEWER),
        (ToolsError::MissingValue { bank, index }, Malformed, VALUES),
        (ToolsError::SurplusValue { offset }, Malformed, VALUES),
        (length, Malformed, VALUES),
    ] {
        assert_eq!(
            (error.check(), error.verdict()),
            (Input, verdict),
            "{error}"
        );
        assert_eq!(error.help(), help, "{error}");
    }
}

#[test]
fn errors_of_the_string_of_keylime_help() {
    let layout = "A quote of keylime's is r, then message, signature and PCR file in base64 with : between them.";
    let part = KeylimePart::Message;
    for (error, verdict, help) in [
        (KeylimeError::Start, Malformed, layout),
        (KeylimeError::MissingPart(part), Malformed, layout),
        (KeylimeError::Base64 { part, offset: 1 }, Malformed, layout),
        (KeylimeError::Surplus { offset: 1 }, Malformed, layout),
        (
            KeylimeError::Room,
            Malformed,
            "Give as much room as the text is long.",
        ),
        (
            KeylimeError::Pcrs(ToolsError::Layout(unknown())),
            Unsupported,
            NEWER,
        ),
    ] {
        assert_eq!(
            (error.check(), error.verdict()),
            (Input, verdict),
            "{error}"
        );
        assert_eq!(error.help(), help, "{error}");
    }
}

#[test]
fn errors_of_a_key_alone_help() {
    let pem = "Give the key as `tpm2_readpublic -f pem` writes it, with nothing around it.";
    let (offset, problem) = (1, PemProblem::Line);
    for (error, check, verdict, help) in [
        (SpkiError::Der(cut()), Input, Malformed, ANOTHER_FORM),
        (SpkiError::Pem { offset, problem }, Input, Malformed, pem),
        (SpkiError::Algorithm, KeyType, Unsupported, KEY_KINDS),
        (SpkiError::Curve, KeyStrength, Unsupported, KEY_KINDS),
        (
            SpkiError::PointForm,
            KeyStrength,
            Unsupported,
            "Write the point uncompressed.",
        ),
        (
            SpkiError::Coordinate,
            KeyStrength,
            Rejected,
            "The public point is not on its curve.",
        ),
        (
            SpkiError::Room,
            Input,
            Malformed,
            "Give more room: 600 bytes of DER and 900 of PEM are always enough.",
        ),
    ] {
        let found = (error.check(), error.verdict(), error.help());
        assert_eq!(found, (check, verdict, help), "{error}");
    }

    let layout = "A key is one JSON object with kty, and n and e or crv, x and y, in base64url without padding.";
    let member = "n";
    for (error, check, verdict, help) in [
        (JwkError::Missing(member), Input, Malformed, layout),
        (
            JwkError::Number { member, offset },
            Input,
            Malformed,
            layout,
        ),
        (
            JwkError::Repeated { member, offset },
            Input,
            Malformed,
            layout,
        ),
        (JwkError::Kind, KeyType, Unsupported, KEY_KINDS),
        (JwkError::Curve, KeyStrength, Unsupported, KEY_KINDS),
        (
            JwkError::Room,
            Input,
            Malformed,
            "Give more room: 520 bytes are always enough.",
        ),
    ] {
        let found = (error.check(), error.verdict(), error.help());
        assert_eq!(found, (check, verdict, help), "{error}");
    }
}

#[test]
fn an_error_of_certificates_in_pem_helps() {
    let error = read_certificate_pem(b"", &mut []).unwrap_err();
    assert_eq!(
        error.help(),
        "Give the certificates one behind the other, with nothing around them."
    );
    assert_eq!((error.check(), error.verdict()), (Input, Malformed));
}

#[test]
fn errors_of_the_evidence_of_projects_help() {
    use ProjectError as E;
    let version = "A newer version of this program may know it.";
    let forms = "Give the JSON as the project writes it: PlatformParameters or a dump of go-attestation, or the evidence of confidential-containers.";
    let values = "Each PCR has one value, as long as the digests of its bank.";
    let report = "The report has to be the one that the virtual TPM gives, whole, with one key named HCLAkPub in its claims.";
    let changed =
        "The evidence was cut, changed on its way, or is of another version of its project.";
    let (bank, index, offset, member) = (TpmAlgId::SHA256, 7, 9, "quote");
    let length = E::ValueLength {
        bank,
        index,
        offset,
        expected: 32,
        found: 20,
    };
    let all: [(ProjectError, Check, Verdict, &str); 16] = [
        (E::Unknown, Input, Malformed, forms),
        (E::Several, Input, Malformed, forms),
        (E::Missing(member), Input, Malformed, changed),
        (E::Repeated { member, offset }, Input, Malformed, changed),
        (E::Encoding { member, offset }, Input, Malformed, changed),
        (E::Version { member, offset }, Input, Unsupported, version),
        (E::Hash { number: 1, offset }, Input, Unsupported, version),
        (E::Index { offset }, Input, Malformed, values),
        (
            E::RepeatedValue {
                bank,
                index,
                offset,
            },
            Input,
            Malformed,
            values,
        ),
        (length, Input, Malformed, values),
        (E::FewValues { offset }, Input, Malformed, values),
        (E::Public(unknown()), KeyScheme, Unsupported, NEWER),
        (
            E::Spki(SpkiError::Algorithm),
            KeyType,
            Unsupported,
            KEY_KINDS,
        ),
        (E::Report, Input, Malformed, report),
        (E::Claims(JwkError::Curve), KeyStrength, Unsupported, report),
        (
            E::Room,
            Input,
            Malformed,
            "Give twice as much room as the text is long.",
        ),
    ];
    for (error, check, verdict, help) in all {
        let found = (error.check(), error.verdict(), error.help());
        assert_eq!(found, (check, verdict, help), "{error}");
    }
}

#[test]
fn formats_and_projects_have_names() {
    let formats = [
        PcrFormat::Serialized,
        PcrFormat::Values,
        PcrFormat::Marshaled,
    ];
    let names = ["serialized", "values", "marshaled"];
    assert_eq!(formats.map(PcrFormat::name), names);
    assert_eq!(formats.map(|format| format.to_string()), names);
    let projects = [
        Project::GoAttestation,
        Project::GoAttestationTool,
        Project::ConfidentialContainers,
        Project::AzureVtpm,
    ];
    let names = [
        "go-attestation",
        "dump of go-attestation's attest-tool",
        "confidential-containers, tpm",
        "confidential-containers, Azure vTPM",
    ];
    assert_eq!(projects.map(|project| project.to_string()), names);
}

/// What was read can be looked at in a debugger's or a log's words.
#[test]
fn what_was_read_shows_what_it_is() {
    let image = image::marshaled(&[(0x000b, vec![7])], &[vec![vec![0xab; 32]]]);
    let shown = format!("{:?}", PcrFile::marshaled(&image).unwrap());
    assert_eq!(shown, format!("[TPM_ALG_SHA256:7 = {}]", "ab".repeat(32)));
}
