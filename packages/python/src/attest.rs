//! `verify_attest`: the other kinds of attestation.

use pyo3::{
    exceptions::PyValueError,
    prelude::*,
    types::{PyDict, PyString},
};
use tpm_quote::verify::ObjectRules;
use tpm_quote_shared::{Expected, Index, Parts, Terms, Use, object_rules};

use crate::{
    error::{exception, unusable},
    input::{self, Content, structure, wrong_type},
    options::Options,
    quote::{needs_certification, signing_key},
    results::Attest,
    terms::{self, ancestry},
    values,
};

/// Verifies an attestation of another kind than a quote, and returns it.
///
/// `kind` is what has to have been attested:
///
/// - `certify`: the object whose public area is `object` is in the TPM that has the key;
/// - `creation`: that TPM made the object, as `creation_data` tell;
/// - `nv`: what the NV index with `nv_public` holds: `contents`, from byte `offset` on;
/// - `time`: clock, counters and firmware version;
/// - `audit`: the audited commands, as `audit_digest` or as a list of codes `audit_commands`;
///   `exclusive` allows no other command in between.
///
/// `object_has` and `object_lacks` are attributes that the object must have or must not have, by
/// their names (`fixedTPM`, `fixedParent`, `sensitiveDataOrigin`), one or several;
/// `object_strong_key` requires RSA of 2048 bits or more, or ECC on P-256, P-384 or P-521.
/// `nv_name` is the Name of the index, where its public area is not at hand.
///
/// `key`, `attest`, `signature` and what vouches for the key are those of `verify_quote`. An
/// attestation that does not name its signer, as some of WebAuthn, needs `allow_empty_signer`; one
/// without a nonce `dangerous_no_nonce`, as nothing shows then when it was made. Raises
/// `VerifyError` unless every check passes.
///
/// >>> import pathlib, tpm_quote
/// >>> case = pathlib.Path("tests/data/attest/006-certify-ak-p256-by-rsa")
/// >>> attest = tpm_quote.verify_attest(
/// ...     "certify",
/// ...     key=case / "ak.pub",
/// ...     attest=case / "attest",
/// ...     signature=case / "sig",
/// ...     object=case / "certified.pub",
/// ...     nonce="00ff55aa",
/// ... )
/// >>> attest.type, attest.attested["name"] == (case / "certified.name").read_bytes().hex()
/// ('TPM_ST_ATTEST_CERTIFY', True)
#[pyfunction]
#[pyo3(
    signature = (kind, **options),
    text_signature = "(kind, *, key=None, attest, signature, payload_id=None, nonce=None, dangerous_no_nonce=False, signature_form=None, scheme=None, hash_algorithm=None, allow_empty_signer=False, object=None, object_hierarchy=None, object_parents=None, object_has=None, object_lacks=None, object_strong_key=False, creation_data=None, outside_info=None, nv_public=None, nv_name=None, contents=None, offset=None, audit_digest=None, audit_commands=None, exclusive=False, ak_names=None, certified_by=None, certify_attest=None, certify_signature=None, certify_creation=None, certify_nonce=None, ak_cert=None, ca=None, at=None, profile=None, google_project=None, google_instance=None, azure_vm=None, trust=None, trust_files=None, machine=None, require_anchor=False, hierarchy=None, parents=None, require_safe_clock=False, since=None, allow_reboots=False, minimum_firmware=None, dangerous_allow_sha1_signatures=False, dangerous_allow_sha1_names=False, dangerous_allow_sha1_certificates=False, policy=None)"
)]
pub(crate) fn verify_attest(
    py: Python<'_>,
    kind: &Bound<'_, PyAny>,
    options: Option<&Bound<'_, PyDict>>,
) -> PyResult<Attest> {
    attest_of(py, kind, options).map_err(|error| input::hinted(error, None, options))
}

fn attest_of(
    py: Python<'_>,
    kind: &Bound<'_, PyAny>,
    options: Option<&Bound<'_, PyDict>>,
) -> PyResult<Attest> {
    let mut options = Options::new("verify_attest", Use::Attest, options)?;
    let key = signing_key(&mut options)?;
    let attest = structure("attest", &options.need("attest")?)?;
    let signature = structure("signature", &options.need("signature")?)?;
    let nonce = terms::request_or_none(&mut options)?;
    let form = terms::signature_terms(&mut options)?;
    let empty_signer = options.flag("allow_empty_signer")?;
    let expected = expected(kind, &mut options)?;
    let terms = Terms {
        empty_signer,
        ..terms::of_attest(&mut options)?
    };
    options.finish()?;
    needs_certification(&terms)?;
    let parts = Parts {
        key: key.as_ref().map(Content::bytes),
        attest: attest.bytes(),
        signature: signature.bytes(),
        source: attest.source(),
        nonce,
        form,
    };
    let outcome = py.detach(|| terms.with(|wanted| expected.appraise(wanted, &parts)));
    let outcome = outcome.map_err(|error| unusable(py, &error))?;
    let report = outcome.report;
    match outcome.result {
        Ok(facts) => Ok(Attest { facts, report }),
        Err(error) => Err(exception(py, &error, &report, None)),
    }
}

/// What an object has to be.
fn rules(options: &mut Options<'_>) -> PyResult<ObjectRules> {
    let (has, lacks) = (
        terms::texts(options, "object_has")?,
        terms::texts(options, "object_lacks")?,
    );
    let strong_key = options.flag("object_strong_key")?;
    let wrong = |(setting, problem)| PyValueError::new_err(format!("{setting}: {problem}"));
    object_rules(&has, &lacks, strong_key).map_err(wrong)
}

/// Codes of commands.
fn codes(given: &Bound<'_, PyAny>) -> PyResult<Vec<u32>> {
    let wrong = |_| wrong_type("audit_commands", "a list of int", given);
    let codes = given.try_iter().map_err(wrong)?;
    codes
        .map(|code| terms::integer("audit_commands", &code?))
        .collect()
}

/// What has to have been attested.
fn expected(kind: &Bound<'_, PyAny>, options: &mut Options<'_>) -> PyResult<Expected> {
    let Ok(name) = kind.cast::<PyString>() else {
        return Err(wrong_type("kind", "str", kind));
    };
    let file = |options: &mut Options<'_>, name: &str| -> PyResult<Vec<u8>> {
        let content = structure(name, &options.need(name)?)?;
        Ok(content.bytes().to_vec())
    };
    let bytes = |options: &mut Options<'_>, name: &str| {
        let given = options.take(name);
        given.map(|given| values::bytes(name, &given)).transpose()
    };
    Ok(match &*name.to_string_lossy() {
        "certify" => Expected::Certify {
            object: file(options, "object")?,
            ancestry: ancestry(options, "object_hierarchy", "object_parents")?,
            rules: rules(options)?,
        },
        "creation" => Expected::Creation {
            object: file(options, "object")?,
            data: file(options, "creation_data")?,
            ancestry: ancestry(options, "object_hierarchy", "object_parents")?,
            rules: rules(options)?,
            outside_info: bytes(options, "outside_info")?,
        },
        "nv" => {
            let index = match options.take("nv_name") {
                Some(_) if options.has("nv_public") => {
                    return Err(options.wrong("takes 'nv_public' or 'nv_name', not both"));
                }
                Some(name) => Index::Name(values::name("nv_name", &name)?),
                None if !options.has("nv_public") => {
                    return Err(
                        options.wrong("needs the keyword argument 'nv_public' or 'nv_name'")
                    );
                }
                None => Index::Public(file(options, "nv_public")?),
            };
            let contents = options.take("contents");
            let contents = contents.map(|given| structure("contents", &given));
            let contents = contents.transpose()?;
            let offset = options.take("offset");
            if offset.is_some() && contents.is_none() {
                return Err(options.requires("offset", "contents"));
            }
            Expected::Nv {
                index,
                offset: offset
                    .map(|offset| terms::integer("offset", &offset))
                    .transpose()?,
                contents: contents.map(|content| content.bytes().to_vec()),
            }
        }
        "time" => Expected::Time,
        "audit" => {
            let (digest, commands) = (
                bytes(options, "audit_digest")?,
                options.take("audit_commands"),
            );
            let exclusive = options.flag("exclusive")?;
            if exclusive && commands.is_some() {
                return Err(options.wrong("takes 'exclusive' or 'audit_commands', not both"));
            }
            Expected::Audit {
                digest,
                commands: commands.map(|given| codes(&given)).transpose()?,
                exclusive,
            }
        }
        other => {
            return Err(PyValueError::new_err(format!(
                "kind: expected 'certify', 'creation', 'nv', 'time' or 'audit', not {other:?}"
            )));
        }
    })
}
