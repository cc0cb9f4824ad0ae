//! `verify_response` and `verify_quote`.

use std::cell::RefCell;

use pyo3::{
    exceptions::PyValueError,
    prelude::*,
    types::{PyByteArray, PyBytes, PyDict},
};
use tpm_quote::{Nonce, Scratch};
use tpm_quote_shared::{
    Found, Origin, Outcome, Parts, Project, QuoteFacts, Terms, Unusable, Use, Values, of_response,
};

use crate::{
    error::{exception, listing, unusable},
    input::{self, Content, key, object, response, structure},
    options::Options,
    results::{Quote, into_python},
    terms::{self, logs, request},
    values::pcr_values,
};

/// Verifies the quote in the response of an inference server, and returns it.
///
/// `response` is the whole response as it was received (`str` or `bytes`), a file with it
/// (`os.PathLike`), or the `dict` that a JSON parser made of it; the `_metadata` or the
/// `tpm_attestation` block alone will do. A `dict` is written as JSON once more: of keys that
/// were there twice, which are refused in the text, the parser kept one.
///
/// `payload_id` (or `nonce`) comes from your own records, never from the response. Raises
/// `VerifyError` unless every check passes. With the tiers `standard` and `high`, a response
/// without a quote gives `Unavailable`: nothing is known of the machine.
///
/// `require_pcrs` are the PCRs that the quote has to cover at least; PCRs 16 to 23 and the
/// SHA-1 bank count only if they are named there. `baseline` are known-good values:
/// `{"sha256": {"0": HEX, "7": [HEX, HEX]}}`. The key is self-asserted, which anyone can make
/// in software, unless `ak_names`, `certified_by`, `ak_cert` or `trust` vouch for it;
/// `require_anchor` refuses it then.
///
/// `ak_cert` is a certificate of the key, in DER or PEM, with those between it and a root behind
/// it; `ca` are the roots, one or several files or contents. They have to be in force `at` this
/// time, a `datetime` or seconds since 1970; now, if it is not given. `profile` is `tcg` (a
/// maker's TPM), `azure` with `azure_vm` or `ak_names`, or `google` with `google_project` or
/// `google_instance`.
///
/// `trust` is a trust file (docs/trust-file.md), which has a line for each machine or authority
/// that is trusted: the first one that holds is `key.vouched_by`, and without one the key is
/// refused. `machine` lets only the lines with this name count. Files that it names are relative
/// to it, or in `trust_files`, by their names there.
///
/// `boot_log` is the firmware's event log (or `"response"`: the one that the response carries, as
/// for `ima_list`), `userspace_log` that of systemd: the quoted PCRs have
/// to be what their events come to, and `report()["boot"]` tells what they explain.
/// `allow_suffix` names what may have been extended without a log of it (`os-separator`,
/// `exit-boot-services`); `allow_padding` takes a log with padding behind it.
///
/// `ima_list` is the list of Linux IMA, binary or ASCII, read after the quote was made: which files
/// were run and read, as far as the quoted PCR 10 proves it. With `ima_allow`, one or several allow
/// lists (what `sha256sum` writes, `sha256:DIGEST`, a runtime policy of keylime), each entry has to
/// be one of them, or with `ima_key` signed by one of these keys (certificates or public keys, of
/// the template `ima-sig`); `ima_require` are digests that have to be there before any that is not allowed.
/// `ima_require_policy` names policies that IMA has to have been started with, as `tcb`: the kernel's
/// command line has them, which `boot_log` proves. With `ima_entries`, the quote or the exception has all proven entries as `ima_entries`.
/// With `ima_keep_state`, `quote.ima_state` is how far the list was proven and accepted: given as
/// `ima_state` with a later quote of the same key and boot, the list has only what follows. Keep it where the machine cannot write.
///
/// `policy` is a policy file of the command (docs/policy.md), as a file, as JSON or as a `dict`:
/// what these arguments say, and under `boot` rules for what the log shows. What stands in both
/// is an error. Files that it names are relative to it.
///
/// >>> import pathlib, tpm_quote
/// >>> response = pathlib.Path("tests/data/blocks/rsa-main-aik-tpm2b.json")
/// >>> quote = tpm_quote.verify_response(
/// ...     response, payload_id="22c4a258-d445-5bdd-885d-40980abcee2d", require_pcrs="sha256:0,7"
/// ... )
/// >>> quote.verdict
/// 'verified-self-asserted'
/// >>> try:
/// ...     tpm_quote.verify_response(response, payload_id="another")
/// ... except tpm_quote.Rejected as error:
/// ...     print(error.check, error.found)
/// nonce ab0d726c16d95c5dd55f5b12f7eff781
#[pyfunction]
#[pyo3(
    signature = (response, **options),
    text_signature = "(response, *, payload_id=None, nonce=None, tier='maximum', require_pcrs=None, baseline=None, ak_names=None, certified_by=None, certify_attest=None, certify_signature=None, certify_creation=None, certify_nonce=None, ak_cert=None, ca=None, at=None, profile=None, google_project=None, google_instance=None, azure_vm=None, trust=None, trust_files=None, machine=None, require_anchor=False, boot_log=None, userspace_log=None, allow_suffix=None, allow_padding=False, ima_list=None, ima_allow=None, ima_key=None, ima_require=None, ima_require_policy=None, dangerous_ima_violations=False, ima_entries=False, ima_state=None, ima_keep_state=False, hierarchy=None, parents=None, require_safe_clock=False, since=None, allow_reboots=False, minimum_firmware=None, dangerous_allow_sha1_signatures=False, dangerous_allow_sha1_names=False, dangerous_allow_sha1_certificates=False, policy=None)"
)]
pub(crate) fn verify_response(
    py: Python<'_>,
    response: &Bound<'_, PyAny>,
    options: Option<&Bound<'_, PyDict>>,
) -> PyResult<Py<PyAny>> {
    response_of(py, response, options)
        .map_err(|error| input::hinted(error, Some(("response", response)), options))
}

fn response_of(
    py: Python<'_>,
    response: &Bound<'_, PyAny>,
    options: Option<&Bound<'_, PyDict>>,
) -> PyResult<Py<PyAny>> {
    let mut options = Options::new("verify_response", Use::Response, options)?;
    let nonce = request(&mut options)?;
    let terms = Terms {
        logs: logs(&mut options, Use::Response)?,
        ..terms::of_response(&mut options)?
    };
    options.finish()?;
    let content = self::response("response", response)?;
    let (json, source) = (content.bytes(), content.source());
    let outcome = py.detach(|| answer(&terms, nonce, json, source));
    into_python(py, outcome.map_err(|error| unusable(py, &error))?)
}

fn answer(
    terms: &Terms,
    nonce: Nonce,
    json: &[u8],
    source: &str,
) -> Result<Outcome<Found>, Unusable> {
    let origin = Origin { source, line: None };
    thread_local! {
        // To clear one for each call would take a noticeable part of it.
        static SCRATCH: RefCell<Scratch> = const { RefCell::new(Scratch::new()) };
    }
    terms.with(|wanted| {
        SCRATCH.with_borrow_mut(|scratch| Ok(of_response(json, wanted, nonce, origin, scratch)))
    })
}

/// Verifies a quote whose key, signature and PCR values are given apart.
///
/// `key` is a `TPM2B_PUBLIC` or `TPMT_PUBLIC`, or a key by its numbers alone, in DER, PEM or as
/// a JSON Web Key: of the latter no attributes are known. `attest` is a `TPM2B_ATTEST` or
/// `TPMS_ATTEST`, `signature` a `TPMT_SIGNATURE`, each as bytes or in a file (`os.PathLike`);
/// a key in PEM or JSON may be a `str`. The signature may be plain as well, its numbers alone: with
/// a key that has no public area, `scheme` (`rsassa`, `rsapss`) and `hash_algorithm` say what it
/// does not; `signature_form` is `tpmt` or `plain`, and told by the bytes without it. The key may be
/// left out where `ak_cert` has it. `pcrs` are the
/// values of exactly the PCRs that the quote covers: `{"sha256": {0: VALUE}}`, each as bytes or
/// hexadecimal, or a PCR file of tpm2-tools. `nonce` (bytes or hexadecimal) or `payload_id`
/// comes from your own records.
///
/// Raises `VerifyError` unless every check passes. The key is self-asserted unless `ak_names`,
/// `certified_by`, `ak_cert` or `trust` vouch for it; the logs are those of `verify_response`. PCRs 16 to 23
/// and the SHA-1 bank count only if `require_pcrs` names them.
///
/// Instead of `attest`, `signature` and `pcrs`, `evidence` is the JSON of another project:
/// go-attestation, confidential-containers, Azure's virtual TPM. Nothing in it vouches for its key:
/// give the `key`, or `ak_cert`. In Azure's, the processor vouches for it: `hardware_root` are AMD's
/// certificates ASK and ARK, `hardware_measurement` or `hardware_id_key` what has to have been
/// launched (48 bytes, one or several), `hardware_tcb` the oldest firmware of the processor, as
/// `4.0.24.219`. The key is then `bound-to-hardware`.
///
/// >>> import pathlib, tpm_quote
/// >>> case = pathlib.Path("tests/data/cases/005-main-p256-ecdsa-sha256")
/// >>> quote = tpm_quote.verify_quote(
/// ...     key=case / "ak.pub",
/// ...     attest=case / "quote.attest",
/// ...     signature=case / "quote.sig",
/// ...     pcrs=case / "pcrs.serialized",
/// ...     nonce=(case / "nonce.bin").read_bytes(),
/// ...     ak_names=tpm_quote.Name((case / "ak.name").read_bytes()),
/// ... )
/// >>> quote.verdict, quote.key.trust
/// ('verified', 'pinned')
#[pyfunction]
#[pyo3(
    signature = (**options),
    text_signature = "(*, key=None, attest=None, signature=None, pcrs=None, evidence=None, payload_id=None, nonce=None, signature_form=None, scheme=None, hash_algorithm=None, require_pcrs=None, baseline=None, ak_names=None, certified_by=None, certify_attest=None, certify_signature=None, certify_creation=None, certify_nonce=None, ak_cert=None, ca=None, at=None, profile=None, google_project=None, google_instance=None, azure_vm=None, trust=None, trust_files=None, machine=None, require_anchor=False, boot_log=None, userspace_log=None, allow_suffix=None, allow_padding=False, ima_list=None, ima_allow=None, ima_key=None, ima_require=None, ima_require_policy=None, dangerous_ima_violations=False, ima_entries=False, ima_state=None, ima_keep_state=False, hierarchy=None, parents=None, require_safe_clock=False, since=None, allow_reboots=False, minimum_firmware=None, dangerous_allow_sha1_signatures=False, dangerous_allow_sha1_names=False, dangerous_allow_sha1_certificates=False, policy=None, hardware_root=None, hardware_measurement=None, hardware_id_key=None, hardware_tcb=None)"
)]
pub(crate) fn verify_quote(py: Python<'_>, options: Option<&Bound<'_, PyDict>>) -> PyResult<Quote> {
    quote_of(py, options).map_err(|error| input::hinted(error, None, options))
}

fn quote_of(py: Python<'_>, options: Option<&Bound<'_, PyDict>>) -> PyResult<Quote> {
    let mut options = Options::new("verify_quote", Use::Quote, options)?;
    if let Some(evidence) = options.take("evidence") {
        return verify_project(py, &evidence, options);
    }
    for setting in terms::OF_HARDWARE {
        if options.has(setting) {
            return Err(options.requires(setting, "evidence"));
        }
    }
    let key = signing_key(&mut options)?;
    let attest = structure("attest", &options.need("attest")?)?;
    let signature = structure("signature", &options.need("signature")?)?;
    let given = options.need("pcrs")?;
    let form = terms::signature_terms(&mut options)?;
    let nonce = request(&mut options)?;
    let terms = Terms {
        logs: logs(&mut options, Use::Quote)?,
        ..terms::of_quote(&mut options)?
    };
    options.finish()?;
    needs_certification(&terms)?;
    let content = file(&given)?;
    let values = values(content.as_ref(), &given)?;
    let parts = Parts {
        key: key.as_ref().map(Content::bytes),
        attest: attest.bytes(),
        signature: signature.bytes(),
        source: attest.source(),
        nonce,
        form,
    };
    let pcrs = values.read(terms.required.as_ref());
    let pcrs =
        pcrs.ok_or_else(|| PyValueError::new_err(format!("{}require_pcrs", Values::UNKNOWN)))?;
    let outcome = py.detach(|| terms.with(|wanted| parts.appraise_quote(wanted, &pcrs)));
    quote(py, outcome)
}

/// Verifies the quote in the evidence of another project.
fn verify_project(
    py: Python<'_>,
    evidence: &Bound<'_, PyAny>,
    mut options: Options<'_>,
) -> PyResult<Quote> {
    let evidence = input::evidence(evidence)?;
    let key = options.take("key").map(|given| input::key(&given));
    let key = key.transpose()?;
    for part in ["attest", "signature", "pcrs"] {
        if options.has(part) {
            return Err(options.wrong(&format!("takes 'evidence' or '{part}', not both")));
        }
    }
    let nonce = request(&mut options)?;
    let hardware = terms::hardware(&mut options)?;
    if key.is_none() && hardware.is_none() && !options.has("ak_cert") && !options.has("trust") {
        return Err(options.wrong("needs 'key', 'ak_cert', 'hardware_root' or 'trust': nothing in the evidence vouches for its key"));
    }
    let terms = Terms {
        logs: logs(&mut options, Use::Quote)?,
        hardware,
        ..terms::of_quote(&mut options)?
    };
    options.finish()?;
    needs_certification(&terms)?;
    let project = Project {
        json: evidence.bytes(),
        key: key.as_ref().map(Content::bytes),
        source: evidence.source(),
        nonce,
    };
    let outcome = py.detach(|| terms.with(|wanted| project.appraise(wanted)));
    quote(py, outcome)
}

fn quote(py: Python<'_>, outcome: Result<Outcome<QuoteFacts>, Unusable>) -> PyResult<Quote> {
    let Outcome {
        report,
        entries,
        state,
        note,
        result,
        ..
    } = outcome.map_err(|error| unusable(py, &error))?;
    match result {
        Ok(facts) => Ok(Quote {
            facts,
            report,
            entries,
            state,
        }),
        Err(error) => {
            let exception = exception(py, &error, &report, note.as_deref());
            Err(listing(py, exception, entries))
        }
    }
}

/// The key. It may be left out where a certificate has it.
pub(crate) fn signing_key<'py>(options: &mut Options<'py>) -> PyResult<Option<Content<'py>>> {
    if options.has("ak_cert") && !options.has("key") {
        options.take("key");
        return Ok(None);
    }
    key(&options.need("key")?).map(Some)
}

/// A certification that is not in the response has to be given.
pub(crate) fn needs_certification(terms: &Terms) -> PyResult<()> {
    if terms.certifier.is_some() && terms.certify.is_none() {
        return Err(pyo3::exceptions::PyTypeError::new_err(
            "'certified_by' needs 'certify_attest' and 'certify_signature'",
        ));
    }
    Ok(())
}

/// PCR values as they were given: a file, or a list.
fn values<'c>(content: Option<&'c Content<'_>>, given: &Bound<'_, PyAny>) -> PyResult<Values<'c>> {
    match content {
        Some(content) => Ok(Values::File(content.bytes())),
        None => Ok(Values::listed(pcr_values("pcrs", &object("pcrs", given)?)?)),
    }
}

/// The file, if that is what was given.
fn file<'py>(given: &Bound<'py, PyAny>) -> PyResult<Option<Content<'py>>> {
    let is_binary = given.is_instance_of::<PyBytes>()
        || given.is_instance_of::<PyByteArray>()
        || given.hasattr("__fspath__")?;
    is_binary.then(|| structure("pcrs", given)).transpose()
}
