//! [`Terms`]: what the keyword arguments want of evidence, as values that borrow nothing.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use pyo3::{
    exceptions::{PyTypeError, PyValueError},
    prelude::*,
    types::{PyBool, PyDict, PyFrozenSet, PyInt, PyList, PySet, PyString, PyTuple},
};
use tpm_quote::{Nonce, Tier, log::Suffix, verify::Ancestry};
use tpm_quote_shared::{
    Certificates, Hardware, HardwareSettings, ImaSettings, ImaTerms, ImaUnusable, Log, LogTerms,
    ProfileProblem, ProfileTerms, RULES, SignatureTerms, Terms, Trust, TrustSettings,
    TrustUnusable, Use, public, shown,
};

use crate::{
    error::refused,
    input::{Content, content, object, structure, wrong_type},
    options::Options,
    results::reading,
    values::{self, exact_nonce, names, payload_nonce, pcr_set, pcr_values},
};

/// The nonce of the request, from `payload_id` or `nonce`: exactly one of them.
pub(crate) fn request(options: &mut Options<'_>) -> PyResult<Nonce> {
    match (options.take("payload_id"), options.take("nonce")) {
        (Some(id), None) => payload_nonce(&id),
        (None, Some(nonce)) => exact_nonce("nonce", &nonce),
        (None, None) => Err(options.wrong("needs the keyword argument 'payload_id' or 'nonce'")),
        (Some(_), Some(_)) => Err(options.wrong("takes 'payload_id' or 'nonce', not both")),
    }
}

/// The same, or none at all if the caller says so.
pub(crate) fn request_or_none(options: &mut Options<'_>) -> PyResult<Nonce> {
    if !options.flag("dangerous_no_nonce")? {
        return request(options);
    }
    match ["payload_id", "nonce"]
        .into_iter()
        .find(|name| options.has(name))
    {
        Some(name) => {
            Err(options.wrong(&format!("takes 'dangerous_no_nonce' or '{name}', not both")))
        }
        None => Ok(Nonce::dangerous_none()),
    }
}

/// The form of a signature, and its scheme and hash where neither it nor its key names them.
pub(crate) fn signature_terms(options: &mut Options<'_>) -> PyResult<SignatureTerms> {
    let form = text(options, "signature_form")?;
    let scheme = text(options, "scheme")?;
    let hash = text(options, "hash_algorithm")?;
    let read = SignatureTerms::read(form.as_deref(), scheme.as_deref(), hash.as_deref());
    read.map_err(|(setting, problem)| PyValueError::new_err(format!("{setting}: {problem}")))
}

/// Texts, or one.
pub(crate) fn texts(options: &mut Options<'_>, name: &str) -> PyResult<Vec<String>> {
    let Some(given) = options.take(name) else {
        return Ok(Vec::new());
    };
    let wrong = |one: &Bound<'_, PyAny>| wrong_type(name, "str or a list of them", one);
    let texts = several(&given)?;
    let texts = texts
        .iter()
        .map(|one| one.extract().map_err(|_| wrong(one)));
    texts.collect()
}

fn tier(given: &Bound<'_, PyAny>) -> PyResult<Tier> {
    let text: String = given
        .extract()
        .map_err(|_| wrong_type("tier", "str", given))?;
    tpm_quote_shared::tier(&text).ok_or_else(|| {
        let message = "tier: expected 'standard', 'high' or 'maximum', not";
        PyValueError::new_err(format!("{message} {text:?}"))
    })
}

/// What is the same for a quote and any other attestation.
pub(crate) fn of_attest(options: &mut Options<'_>) -> PyResult<Terms> {
    let bytes = |what, given: Option<Bound<'_, PyAny>>| -> PyResult<Option<Vec<u8>>> {
        let content = given.map(|given| structure(what, &given)).transpose()?;
        Ok(content.map(|content| content.bytes().to_vec()))
    };
    if options.has("trust") {
        for other in OTHERS_THAN_TRUST {
            if options.has(other) {
                return Err(options.wrong(&format!("takes 'trust' or '{other}', not both")));
            }
        }
    }
    let ak_names = options.take("ak_names");
    let certifier = bytes("certified_by", options.take("certified_by"))?;
    let attest = bytes("certify_attest", options.take("certify_attest"))?;
    let signature = bytes("certify_signature", options.take("certify_signature"))?;
    let creation = bytes("certify_creation", options.take("certify_creation"))?;
    let nonce = options.take("certify_nonce");
    if certifier.is_none() && !options.has("trust") {
        for (name, given) in [
            ("certify_attest", attest.is_some()),
            ("certify_signature", signature.is_some()),
            ("certify_creation", creation.is_some()),
            ("certify_nonce", nonce.is_some()),
        ] {
            if given {
                return Err(options.requires(name, "certified_by"));
            }
        }
    }
    if creation.is_some() && attest.is_none() {
        return Err(options.requires("certify_creation", "certify_attest"));
    }
    let certify = match (attest, signature) {
        (Some(attest), Some(signature)) => Some((attest, signature)),
        (None, None) => None,
        (Some(_), None) => return Err(options.requires("certify_attest", "certify_signature")),
        (None, Some(_)) => return Err(options.requires("certify_signature", "certify_attest")),
    };
    let (since, reboots) = (options.take("since"), options.flag("allow_reboots")?);
    if reboots && since.is_none() {
        return Err(options.requires("allow_reboots", "since"));
    }
    let Vouchers {
        certificates,
        trust,
    } = vouchers(options, ak_names.is_some())?;
    Ok(Terms {
        names: ak_names
            .as_ref()
            .map(|given| names("ak_names", given))
            .transpose()?,
        certifier,
        certify,
        creation,
        certify_nonce: nonce
            .map(|nonce| exact_nonce("certify_nonce", &nonce))
            .transpose()?,
        anchored: options.flag("require_anchor")?,
        ancestry: ancestry(options, "hierarchy", "parents")?,
        safe_clock: options.flag("require_safe_clock")?,
        since: since.map(|since| reading(&since)).transpose()?,
        reboots,
        firmware: options
            .take("minimum_firmware")
            .map(|given| firmware(&given))
            .transpose()?,
        sha1_signatures: options.flag("dangerous_allow_sha1_signatures")?,
        sha1_names: options.flag("dangerous_allow_sha1_names")?,
        certificates,
        trust,
        ..Terms::default()
    })
}

/// What a trust file says instead.
const OTHERS_THAN_TRUST: [&str; 8] = [
    "ak_names",
    "certified_by",
    "ca",
    "profile",
    "google_project",
    "google_instance",
    "azure_vm",
    "dangerous_allow_sha1_certificates",
];

/// A certificate of the key, or a trust file.
#[derive(Default)]
struct Vouchers {
    certificates: Option<Certificates>,
    trust: Option<Trust>,
}

/// A `str`, if it is given.
fn text(options: &mut Options<'_>, name: &str) -> PyResult<Option<String>> {
    let given = options.take(name);
    let wrong = |given: &Bound<'_, PyAny>| wrong_type(name, "str", given);
    given
        .map(|given| given.extract().map_err(|_| wrong(&given)))
        .transpose()
}

/// A trust file, and what is in the files that its lines name.
fn trust(options: &mut Options<'_>, given: &Bound<'_, PyAny>) -> PyResult<Trust> {
    let file = content("trust", given)?;
    let files = options.take("trust_files").map(|given| {
        let wrong = |_| wrong_type("trust_files", "dict of names and what is in them", &given);
        given.cast::<PyDict>().cloned().map_err(wrong)
    });
    let files = files.transpose()?;
    let certificate = options.take("ak_cert");
    let certificate = certificate.map(|given| content("ak_cert", &given));
    let certificate = certificate.transpose()?;
    let settings = TrustSettings {
        name: file.source(),
        text: file.bytes(),
        machine: text(options, "machine")?,
        certificate: certificate.as_ref().map(Content::bytes),
        at: at(options.take("at"))?,
    };
    let trust = settings.read(&mut |name: &str| {
        let given = files.as_ref().map(|files| files.get_item(name));
        let given = match given.transpose()?.flatten() {
            Some(given) => given,
            None => file.file(name, &format!("trust: names the file {name:?}, and those are relative to the trust file: give it as a file (os.PathLike), or what is in {name:?} in 'trust_files'"))?,
        };
        Ok(content(&format!("trust_files: {name}"), &given)?.bytes().to_vec())
    });
    let trust = trust.map_err(|unusable| match unusable {
        TrustUnusable::Text(problem) => PyValueError::new_err(problem),
        TrustUnusable::File(error) => error,
    })?;
    for name in files.iter().flat_map(|files| files.keys()) {
        let name: String = name
            .extract()
            .map_err(|_| wrong_type("trust_files", "names as str", &name))?;
        if !trust.names_file(&name) {
            return Err(PyValueError::new_err(format!(
                "trust_files: no line of the trust file names {name:?}"
            )));
        }
    }
    Ok(trust)
}

/// A certificate of the key, the roots that are trusted, and what it has to be; or a trust file.
fn vouchers(options: &mut Options<'_>, has_names: bool) -> PyResult<Vouchers> {
    if let Some(given) = options.take("trust") {
        return Ok(Vouchers {
            trust: Some(trust(options, &given)?),
            certificates: None,
        });
    }
    for name in ["machine", "trust_files"] {
        if options.has(name) {
            return Err(options.requires(name, "trust"));
        }
    }
    let (certificate, roots, at) = (
        options.take("ak_cert"),
        options.take("ca"),
        options.take("at"),
    );
    let allows_sha1 = options.flag("dangerous_allow_sha1_certificates")?;
    let profile = ProfileTerms {
        name: text(options, "profile")?,
        google_project: text(options, "google_project")?,
        google_instance: options
            .take("google_instance")
            .map(|given| integer("google_instance", &given))
            .transpose()?,
        azure_vm: text(options, "azure_vm")?,
    };
    let Some(certificate) = certificate else {
        for (name, given) in [
            ("ca", roots.is_some()),
            ("at", at.is_some()),
            ("profile", profile.name.is_some()),
            ("google_project", profile.google_project.is_some()),
            ("google_instance", profile.google_instance.is_some()),
            ("azure_vm", profile.azure_vm.is_some()),
            ("dangerous_allow_sha1_certificates", allows_sha1),
        ] {
            if given {
                let needed = if name == "at" {
                    "ak_cert', 'hardware_root' or 'trust"
                } else {
                    "ak_cert"
                };
                return Err(options.requires(name, needed));
            }
        }
        return Ok(Vouchers::default());
    };
    let Some(roots) = roots else {
        return Err(options.requires("ak_cert", "ca"));
    };
    profile.check(has_names).map_err(|problem| match problem {
        ProfileProblem::Unknown => PyValueError::new_err(format!(
            "profile: expected 'tcg', 'azure', 'google' or 'dangerous-any-purpose', not {}",
            shown(profile.name.as_deref().unwrap_or_default())
        )),
        ProfileProblem::Needs(setting, needed) => options.wrong(&format!(
            "takes '{setting}' only together with profile='{needed}'"
        )),
        ProfileProblem::Google => options.wrong("needs 'google_project' or 'google_instance' for profile='google': its root vouches for the VMs of all customers"),
        ProfileProblem::Azure => options.wrong("needs 'azure_vm' or 'ak_names' for profile='azure': its root vouches for the VMs of all customers"),
    })?;
    let py = certificate.py();
    let at = self::at(at)?;
    let roots = several(&roots)?;
    let roots = roots
        .iter()
        .map(|root| Ok(content("ca", root)?.bytes().to_vec()))
        .collect::<PyResult<Vec<_>>>()?;
    let certificate = content("ak_cert", &certificate)?;
    let certificates = Certificates::read(certificate.bytes(), &roots, at, profile);
    let certificates = certificates.map_err(|(setting, error)| refused(py, setting, *error))?;
    Ok(Vouchers {
        certificates: Some(match allows_sha1 {
            true => certificates.dangerous_allow_sha1(),
            false => certificates,
        }),
        trust: None,
    })
}

/// A time: a `datetime`, or seconds since 1970.
fn time(given: &Bound<'_, PyAny>) -> PyResult<Duration> {
    let seconds = match given.hasattr("timestamp")? {
        true => given.call_method0("timestamp")?,
        false => given.clone(),
    };
    let wrong = |_| wrong_type("at", "datetime or seconds since 1970", given);
    let seconds: f64 = seconds.extract().map_err(wrong)?;
    Duration::try_from_secs_f64(seconds).map_err(|_| {
        PyValueError::new_err(format!(
            "at: expected a datetime or seconds since 1970, not {seconds}"
        ))
    })
}

/// A log, or the word for the one that the response carries.
fn log(
    what: &str,
    given: &Bound<'_, PyAny>,
    read: impl FnOnce(&str, &Bound<'_, PyAny>) -> PyResult<Vec<u8>>,
) -> PyResult<Log> {
    let Ok(text) = given.cast::<PyString>() else {
        return read(what, given).map(Log::Bytes);
    };
    let text = text.to_string_lossy();
    match text.trim().eq_ignore_ascii_case("response") {
        true if text == "response" => Ok(Log::Response),
        true => Err(PyValueError::new_err(format!(
            "{what}: for the log that the response carries give 'response', not {text:?}"
        ))),
        false => read(what, given).map(Log::Bytes),
    }
}

/// The logs of the machine's boot.
pub(crate) fn logs(options: &mut Options<'_>, of: Use) -> PyResult<LogTerms> {
    let file = |options: &mut Options<'_>, name: &str| -> PyResult<Option<Vec<u8>>> {
        let given = options.take(name);
        let file = given.map(|given| content(name, &given)).transpose()?;
        Ok(file.map(|file| file.bytes().to_vec()))
    };
    let boot = options.take("boot_log").map(|given| {
        log("boot_log", &given, |what, given| {
            if given.is_instance_of::<PyString>() {
                let text = given.extract::<String>()?;
                return Err(PyTypeError::new_err(format!(
                    "{what}: expected bytes, os.PathLike or 'response' for the log that the response carries, not {}; for a file give a pathlib.Path",
                    shown(&text)
                )));
            }
            Ok(structure(what, given)?.bytes().to_vec())
        })
    });
    let boot = boot.transpose()?;
    let userspace = file(options, "userspace_log")?;
    let names: Vec<String> = match options.take("allow_suffix") {
        None => Vec::new(),
        Some(one) if one.is_instance_of::<PyString>() => vec![one.extract()?],
        Some(several) => several
            .extract()
            .map_err(|_| wrong_type("allow_suffix", "str or a list of them", &several))?,
    };
    let suffixes = names.iter().map(|name| {
        Suffix::by_name(name).ok_or_else(|| {
            let known = Suffix::ALL.map(Suffix::name).join("' or '");
            PyValueError::new_err(format!("allow_suffix: expected '{known}', not {name:?}"))
        })
    });
    let logs = LogTerms {
        boot,
        userspace,
        suffixes: suffixes.collect::<PyResult<_>>()?,
        padding: options.flag("allow_padding")?,
        rules: options.rules.take(),
        ima: ima(options)?,
    };
    if let Some(setting) = logs.lonely() {
        return Err(match setting {
            RULES => options.wrong(&format!("needs 'boot_log' for {RULES}")),
            _ => options.requires(setting, "boot_log"),
        });
    }
    match (of, logs.of_one(), logs.of_response()) {
        (Use::Many, Some(setting), _) => Err(options.wrong(&format!(
            "takes '{setting}' only as 'response', the log that each response carries: one log would be replayed against all"
        ))),
        (Use::Quote, _, Some(setting)) => Err(options.wrong(&format!(
            "has no response that could carry the log for '{setting}'; for a file give a pathlib.Path"
        ))),
        _ => Ok(logs),
    }
}

/// A list of IMA, and what its entries have to be.
fn ima(options: &mut Options<'_>) -> PyResult<Option<Box<ImaTerms>>> {
    let list = options.take("ima_list");
    let py = list.as_ref().map(Bound::py);
    let list = list.map(|given| {
        log("ima_list", &given, |what, given| {
            Ok(content(what, given)?.bytes().to_vec())
        })
    });
    let files = |options: &mut Options<'_>, name: &str| {
        let files = options.take(name).map(|given| {
            let files = several(&given)?;
            let files = files
                .iter()
                .map(|file| Ok(content(name, file)?.bytes().to_vec()));
            files.collect::<PyResult<Vec<_>>>()
        });
        files.transpose()
    };
    let texts = |options: &mut Options<'_>, name: &str| match options.has(name) {
        true => texts(options, name).map(Some),
        false => Ok(None),
    };
    let settings = ImaSettings {
        list: list.transpose()?,
        allow: files(options, "ima_allow")?,
        keys: files(options, "ima_key")?,
        require: texts(options, "ima_require")?,
        require_policy: texts(options, "ima_require_policy")?,
        allows_violations: options.flag("dangerous_ima_violations")?,
        entries: options.flag("ima_entries")?,
        state: options
            .take("ima_state")
            .map(|given| Ok::<_, PyErr>(structure("ima_state", &given)?.bytes().to_vec()))
            .transpose()?,
        keeps_state: options.flag("ima_keep_state")?,
    };
    settings.read().map_err(|problem| match (problem, py) {
        (ImaUnusable::Requires(setting, needed), _) => options.requires(setting, needed),
        (ImaUnusable::File(setting, error), Some(py)) => refused(py, setting, *error),
        (ImaUnusable::File(setting, error), None) => {
            PyValueError::new_err(format!("{setting}: {error}"))
        }
        (ImaUnusable::Setting(setting, problem), _) => {
            PyValueError::new_err(format!("{setting}: {problem}"))
        }
    })
}

/// Returns the elements of a list, tuple or set; any other value counts as a list of one.
fn several<'py>(given: &Bound<'py, PyAny>) -> PyResult<Vec<Bound<'py, PyAny>>> {
    let is_several = given.is_instance_of::<PyList>()
        || given.is_instance_of::<PyTuple>()
        || given.is_instance_of::<PySet>()
        || given.is_instance_of::<PyFrozenSet>();
    match is_several {
        true => given.try_iter()?.collect(),
        false => Ok(vec![given.clone()]),
    }
}

/// The options about a processor. Only evidence with its report can have them.
pub(crate) const OF_HARDWARE: [&str; 4] = [
    "hardware_root",
    "hardware_measurement",
    "hardware_id_key",
    "hardware_tcb",
];

/// A processor that has to vouch for the key in the evidence.
pub(crate) fn hardware(options: &mut Options<'_>) -> PyResult<Option<Hardware>> {
    let root = options.take("hardware_root");
    let digests = |options: &mut Options<'_>, name: &str| -> PyResult<Vec<Vec<u8>>> {
        match options.take(name) {
            None => Ok(Vec::new()),
            Some(given) => several(&given)?
                .iter()
                .map(|one| values::bytes(name, one))
                .collect(),
        }
    };
    let measurements = digests(options, "hardware_measurement")?;
    let id_keys = digests(options, "hardware_id_key")?;
    let tcb = options.take("hardware_tcb");
    let Some(root) = root else {
        for (name, given) in [
            ("hardware_measurement", !measurements.is_empty()),
            ("hardware_id_key", !id_keys.is_empty()),
            ("hardware_tcb", tcb.is_some()),
        ] {
            if given {
                return Err(options.requires(name, "hardware_root"));
            }
        }
        return Ok(None);
    };
    for other in ["ak_names", "certified_by", "ak_cert", "trust"] {
        if options.has(other) {
            return Err(options.wrong(&format!("takes 'hardware_root' or '{other}', not both")));
        }
    }
    if measurements.is_empty() && id_keys.is_empty() {
        return Err(options.wrong("needs 'hardware_measurement' or 'hardware_id_key' for 'hardware_root': any guest gets a report of its processor"));
    }
    let settings = HardwareSettings {
        roots: content("hardware_root", &root)?.bytes().to_vec(),
        measurements,
        id_keys,
        tcb: tcb
            .map(|given| {
                let wrong = |_| wrong_type("hardware_tcb", "str", &given);
                given.extract().map_err(wrong)
            })
            .transpose()?,
        at: at(options.take("at"))?,
    };
    let wrong = |(setting, problem)| PyValueError::new_err(format!("{setting}: {problem}"));
    settings.read().map(Some).map_err(wrong)
}

/// When certificates have to be in force: now, if it is not given.
fn at(given: Option<Bound<'_, PyAny>>) -> PyResult<Duration> {
    match given {
        Some(at) => time(&at),
        None => SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_err(|_| PyValueError::new_err("the clock shows a time before 1970: give 'at'")),
    }
}

/// What a quote has to fulfil.
pub(crate) fn of_quote(options: &mut Options<'_>) -> PyResult<Terms> {
    let required = options.take("require_pcrs");
    let baseline = options.take("baseline");
    Ok(Terms {
        required: required
            .map(|given| pcr_set("require_pcrs", &given))
            .transpose()?,
        baseline: baseline
            .map(|given| pcr_values("baseline", &object("baseline", &given)?))
            .transpose()?,
        ..of_attest(options)?
    })
}

/// What a response has to fulfil.
pub(crate) fn of_response(options: &mut Options<'_>) -> PyResult<Terms> {
    let given = options.take("tier");
    Ok(Terms {
        tier: given.map_or(Ok(Tier::Maximum), |given| tier(&given))?,
        ..of_quote(options)?
    })
}

/// The place of an object: its hierarchy, and the public areas between that and the object.
pub(crate) fn ancestry(
    options: &mut Options<'_>,
    hierarchy: &str,
    parents: &str,
) -> PyResult<Option<Ancestry>> {
    let below = options.take(parents);
    let Some(given) = options.take(hierarchy) else {
        return match below {
            Some(_) => Err(options.requires(parents, hierarchy)),
            None => Ok(None),
        };
    };
    let text: String = given
        .extract()
        .map_err(|_| wrong_type(hierarchy, "str", &given))?;
    let handle = tpm_quote_shared::hierarchy(&text).ok_or_else(|| {
        PyValueError::new_err(format!(
            "{hierarchy}: expected 'owner', 'endorsement', 'platform' or 'null', not {text:?}"
        ))
    })?;
    let mut ancestry = Ancestry::under(handle);
    let Some(below) = below else {
        return Ok(Some(ancestry));
    };
    for parent in below.try_iter()? {
        let content = structure(parents, &parent?)?;
        let public = public(content.bytes());
        let public = public.map_err(|error| refused(below.py(), parents, error))?;
        let name = tpm_quote::Name::of_public(&public);
        ancestry = name.and_then(|name| ancestry.below(&name)).ok_or_else(|| {
            let message = "an object with a nameAlg that is not supported has no children here";
            PyValueError::new_err(format!("{parents}: {message}"))
        })?;
    }
    Ok(Some(ancestry))
}

/// An integer, within the range of its type.
pub(crate) fn integer<'py, T>(what: &str, given: &Bound<'py, PyAny>) -> PyResult<T>
where
    for<'a> T: FromPyObject<'a, 'py, Error = PyErr>,
{
    if !given.is_instance_of::<PyInt>() || given.is_instance_of::<PyBool>() {
        return Err(wrong_type(what, "int", given));
    }
    let wrong = |_| PyValueError::new_err(format!("{what}: {given} is out of range"));
    given.extract().map_err(wrong)
}

/// A number, or the 16 hexadecimal digits of a report.
fn firmware(given: &Bound<'_, PyAny>) -> PyResult<u64> {
    if given.is_instance_of::<PyInt>() {
        return integer("minimum_firmware", given);
    }
    if !given.is_instance_of::<PyString>() {
        return Err(wrong_type("minimum_firmware", "int or str", given));
    }
    let text: String = given.extract()?;
    tpm_quote_shared::firmware(&text).ok_or_else(|| {
        PyValueError::new_err(format!(
            "minimum_firmware: expected an int, or 16 hexadecimal digits as in a report, not {}",
            shown(&text)
        ))
    })
}
