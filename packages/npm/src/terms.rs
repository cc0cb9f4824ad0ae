//! The options of JavaScript that make a policy.

use alloc::{boxed::Box, format, string::String, vec, vec::Vec};
use core::time::Duration;

use tpm_quote::{
    Name, Nonce,
    evidence::read_ima_key,
    log::Suffix,
    verify::{Ancestry, error::ImaProblem},
};
use tpm_quote_shared::{
    Certificates, ImaSettings, ImaTerms, ImaUnusable, Log, LogTerms, ProfileProblem, ProfileTerms,
    RULES, SignatureTerms, Terms, Trust, TrustSettings, TrustUnusable, Use, public, shown,
};

use crate::{
    failure::{Failure, camel},
    message::Value,
    options::Options,
    reading::{unread_certificates, unread_trust},
    values::{
        content, exact_nonce, names, number, payload_nonce, pcr_set, pcr_values, reading,
        structure, text,
    },
};

/// The nonce of the request, from `payloadId` or `nonce`: exactly one of them.
pub(crate) fn request(options: &mut Options<'_>) -> Result<Nonce, Failure> {
    match (options.take("payloadId"), options.take("nonce")) {
        (Some(id), None) => payload_nonce(&id),
        (None, Some(nonce)) => exact_nonce("nonce", &nonce),
        (None, None) => Err(options.wrong("needs the option 'payloadId' or 'nonce'")),
        (Some(_), Some(_)) => Err(options.wrong("takes 'payloadId' or 'nonce', not both")),
    }
}

/// The same, or none at all if the caller says so.
pub(crate) fn request_or_none(options: &mut Options<'_>) -> Result<Nonce, Failure> {
    if !options.flag("dangerousNoNonce")? {
        return request(options);
    }
    let mut others = ["payloadId", "nonce"].into_iter();
    match others.find(|name| options.has(name)) {
        Some(name) => {
            Err(options.wrong(&format!("takes 'dangerousNoNonce' or '{name}', not both")))
        }
        None => Ok(Nonce::dangerous_none()),
    }
}

/// The form of a signature, and its scheme and hash where neither it nor its key names them.
pub(crate) fn signature_terms(options: &mut Options<'_>) -> Result<SignatureTerms, Failure> {
    let form = string(options, "signatureForm")?;
    let scheme = string(options, "scheme")?;
    let hash = string(options, "hashAlgorithm")?;
    let read = SignatureTerms::read(form.as_deref(), scheme.as_deref(), hash.as_deref());
    read.map_err(|(setting, problem)| match (setting, &hash) {
        ("hash_algorithm", Some(hash)) => (setting, format!("{problem}, not {}", shown(hash))),
        _ => (setting, problem),
    })
    .map_err(Failure::from)
}

/// Strings, or one.
pub(crate) fn texts(options: &mut Options<'_>, name: &'static str) -> Result<Vec<String>, Failure> {
    let Some(given) = options.take(name) else {
        return Ok(Vec::new());
    };
    let texts = several(&given).iter();
    texts.map(|one| text(name, one).map(String::from)).collect()
}

/// What is the same for a quote and any other attestation.
pub(crate) fn of_attest(options: &mut Options<'_>) -> Result<Terms, Failure> {
    let file =
        |options: &mut Options<'_>, name: &'static str| -> Result<Option<Vec<u8>>, Failure> {
            let given = options.take(name);
            let bytes = given.map(|given| structure(name, &given)).transpose()?;
            Ok(bytes.map(<[u8]>::to_vec))
        };
    if options.has("trust") {
        for other in OTHERS_THAN_TRUST {
            if options.has(other) {
                return Err(options.wrong(&format!("takes 'trust' or '{other}', not both")));
            }
        }
    }
    let certifier = file(options, "certifiedBy")?;
    let attest = file(options, "certifyAttest")?;
    let signature = file(options, "certifySignature")?;
    let creation = file(options, "certifyCreation")?;
    let nonce = options.take("certifyNonce");
    if certifier.is_none() && !options.has("trust") {
        for (name, given) in [
            ("certifyAttest", attest.is_some()),
            ("certifySignature", signature.is_some()),
            ("certifyCreation", creation.is_some()),
            ("certifyNonce", nonce.is_some()),
        ] {
            if given {
                return Err(options.requires(name, "certifiedBy"));
            }
        }
    }
    if creation.is_some() && attest.is_none() {
        return Err(options.requires("certifyCreation", "certifyAttest"));
    }
    let certify = match (attest, signature) {
        (Some(attest), Some(signature)) => Some((attest, signature)),
        (None, None) => None,
        (Some(_), None) => return Err(options.requires("certifyAttest", "certifySignature")),
        (None, Some(_)) => return Err(options.requires("certifySignature", "certifyAttest")),
    };
    let (since, reboots) = (options.take("since"), options.flag("allowReboots")?);
    if reboots && since.is_none() {
        return Err(options.requires("allowReboots", "since"));
    }
    let ak_names = options.take("akNames");
    let Vouchers {
        certificates,
        trust,
    } = vouchers(options, ak_names.is_some())?;
    Ok(Terms {
        names: ak_names
            .as_ref()
            .map(|given| names("akNames", given))
            .transpose()?,
        certifier,
        certify,
        creation,
        certify_nonce: nonce
            .map(|nonce| exact_nonce("certifyNonce", &nonce))
            .transpose()?,
        anchored: options.flag("requireAnchor")?,
        ancestry: ancestry(options, "hierarchy", "parents")?,
        safe_clock: options.flag("requireSafeClock")?,
        since: since.map(|since| reading(&since)).transpose()?,
        reboots,
        firmware: options
            .take("minimumFirmware")
            .map(|given| firmware(&given))
            .transpose()?,
        sha1_signatures: options.flag("dangerousAllowSha1Signatures")?,
        sha1_names: options.flag("dangerousAllowSha1Names")?,
        certificates,
        trust,
        ..Terms::default()
    })
}

/// What a trust file says instead.
const OTHERS_THAN_TRUST: [&str; 8] = [
    "akNames",
    "certifiedBy",
    "ca",
    "profile",
    "googleProject",
    "googleInstance",
    "azureVm",
    "dangerousAllowSha1Certificates",
];

/// A certificate of the key, or a trust file.
#[derive(Default)]
struct Vouchers {
    certificates: Option<Certificates>,
    trust: Option<Trust>,
}

/// A string, if it is given.
fn string(options: &mut Options<'_>, name: &'static str) -> Result<Option<String>, Failure> {
    let given = options.take(name);
    let given = given.map(|given| text(name, &given).map(String::from));
    given.transpose()
}

/// A trust file, and what is in the files that its lines name.
fn trust(options: &mut Options<'_>, given: &Value<'_>) -> Result<Trust, Failure> {
    let files = match options.take("trustFiles") {
        None => Vec::new(),
        Some(Value::Object(files)) => files,
        Some(other) => return Err(Failure::wrong_type("trustFiles", "an object", other.kind())),
    };
    let certificate = options.take("akCert");
    let certificate = certificate.map(|given| content("akCert", &given));
    let certificate = certificate.transpose()?;
    let text = content("trust", given)?;
    let (at, now) = (options.take("at"), options.take("now"));
    let settings = TrustSettings {
        name: "-",
        text,
        machine: string(options, "machine")?,
        certificate,
        at: time(options, at.or(now))?,
    };
    let mut last: Option<(&str, &[u8])> = None;
    let trust = settings.read(&mut |name: &str| {
        match files.iter().find(|(file, _)| *file == name) {
            Some((name, given)) => {
                let bytes = content(&format!("trustFiles: {name}"), given)?;
                last = Some((name, bytes));
                Ok(bytes.to_vec())
            }
            None => Err(Failure::Range(format!(
                "trust: names the file {name:?}, and nothing reads files here: give what is in it in 'trustFiles'"
            ))),
        }
    });
    let trust = trust.map_err(|unusable| match unusable {
        TrustUnusable::Text(problem) => match problem.strip_prefix("ak_cert: ") {
            Some(problem) => match certificate.and_then(unread_certificates) {
                Some(error) => Failure::unread(error, format!("akCert: {problem}")),
                None => Failure::Range(format!("akCert: {problem}")),
            },
            None => match unread_trust(text, last) {
                Some(error) => Failure::unread(error, problem),
                None => Failure::Range(problem),
            },
        },
        TrustUnusable::File(failure) => failure,
    })?;
    match files.iter().find(|(name, _)| !trust.names_file(name)) {
        Some((name, _)) => Err(Failure::Type(format!(
            "trustFiles: no line of the trust file names {name:?}"
        ))),
        None => Ok(trust),
    }
}

/// A certificate of the key, the roots that are trusted, and what it has to be; or a trust file.
/// The loader says what time it is.
fn vouchers(options: &mut Options<'_>, has_names: bool) -> Result<Vouchers, Failure> {
    if let Some(given) = options.take("trust") {
        return Ok(Vouchers {
            trust: Some(trust(options, &given)?),
            certificates: None,
        });
    }
    for name in ["machine", "trustFiles"] {
        if options.has(name) {
            return Err(options.requires(name, "trust"));
        }
    }
    let (certificate, roots) = (options.take("akCert"), options.take("ca"));
    let (at, now) = (options.take("at"), options.take("now"));
    let allows_sha1 = options.flag("dangerousAllowSha1Certificates")?;
    let profile = ProfileTerms {
        name: string(options, "profile")?,
        google_project: string(options, "googleProject")?,
        google_instance: options
            .take("googleInstance")
            .map(|given| number("googleInstance", &given))
            .transpose()?,
        azure_vm: string(options, "azureVm")?,
    };
    let Some(certificate) = certificate else {
        for (name, given) in [
            ("ca", roots.is_some()),
            ("at", at.is_some()),
            ("profile", profile.name.is_some()),
            ("googleProject", profile.google_project.is_some()),
            ("googleInstance", profile.google_instance.is_some()),
            ("azureVm", profile.azure_vm.is_some()),
            ("dangerousAllowSha1Certificates", allows_sha1),
        ] {
            if given {
                let needed = if name == "at" {
                    "akCert', 'hardwareRoot' or 'trust"
                } else {
                    "akCert"
                };
                return Err(options.requires(name, needed));
            }
        }
        return Ok(Vouchers::default());
    };
    let Some(roots) = roots else {
        return Err(options.requires("akCert", "ca"));
    };
    let named = profile.name.clone().unwrap_or_default();
    profile.check(has_names).map_err(|problem| match problem {
        ProfileProblem::Unknown => Failure::Range(format!(
            "profile: expected 'tcg', 'azure', 'google' or 'dangerous-any-purpose', not {}",
            shown(&named)
        )),
        ProfileProblem::Needs(setting, needed) => options.wrong(&format!(
            "takes '{}' only together with the profile '{needed}'",
            camel(setting)
        )),
        ProfileProblem::Google => options.wrong("needs 'googleProject' or 'googleInstance' for the profile 'google': its root vouches for the VMs of all customers"),
        ProfileProblem::Azure => options.wrong("needs 'azureVm' or 'akNames' for the profile 'azure': its root vouches for the VMs of all customers"),
    })?;
    let at = time(options, at.or(now))?;
    let roots = several(&roots);
    let roots = roots.iter().map(|root| Ok(content("ca", root)?.to_vec()));
    let roots = roots.collect::<Result<Vec<_>, Failure>>()?;
    let certificate = content("akCert", &certificate)?;
    let certificates = Certificates::read(certificate, &roots, at, profile);
    let certificates =
        certificates.map_err(|(setting, error)| Failure::of(&camel(setting))(*error))?;
    Ok(Vouchers {
        certificates: Some(match allows_sha1 {
            true => certificates.dangerous_allow_sha1(),
            false => certificates,
        }),
        trust: None,
    })
}

/// A log, or the word for the one that the response carries.
fn log<'a>(
    given: &Value<'a>,
    read: impl FnOnce(&Value<'a>) -> Result<&'a [u8], Failure>,
) -> Result<Log, Failure> {
    match given.text() {
        Some("response") => Ok(Log::Response),
        _ => Ok(Log::Bytes(read(given)?.to_vec())),
    }
}

/// The logs of the machine's boot.
pub(crate) fn logs(options: &mut Options<'_>, of: Use) -> Result<LogTerms, Failure> {
    let boot = options.take("bootLog");
    let boot = boot.map(|given| {
        log(&given, |given| match given {
            Value::Text(_) => Err(Failure::Type(
                "bootLog: expected the log as bytes or the word 'response', not another string"
                    .into(),
            )),
            given => structure("bootLog", given),
        })
    });
    let boot = boot.transpose()?;
    let userspace = options.take("userspaceLog");
    let userspace = userspace.map(|given| content("userspaceLog", &given));
    let suffixes = match options.take("allowSuffix") {
        None => Vec::new(),
        Some(Value::List(several)) => several,
        Some(one) => [one].into(),
    };
    let suffixes = suffixes.iter().map(|given| {
        let name = text("allowSuffix", given)?;
        Suffix::by_name(name).ok_or_else(|| {
            let known = Suffix::ALL.map(Suffix::name).join("' or '");
            Failure::Range(format!("allowSuffix: expected '{known}', not {name:?}"))
        })
    });
    let logs = LogTerms {
        boot,
        userspace: userspace.transpose()?.map(<[u8]>::to_vec),
        suffixes: suffixes.collect::<Result<_, Failure>>()?,
        padding: options.flag("allowPadding")?,
        rules: options.rules.take(),
        ima: ima(options)?,
    };
    if let Some(setting) = logs.lonely() {
        return Err(match setting {
            RULES => options.wrong(&format!("needs 'bootLog' for {RULES}")),
            _ => options.requires(&camel(setting), "bootLog"),
        });
    }
    match (of, logs.of_one(), logs.of_response()) {
        (Use::Many, Some(setting), _) => Err(options.wrong(&format!(
            "takes '{}' only as 'response', the log that each response carries: one log would be replayed against all",
            camel(setting)
        ))),
        (Use::Quote, _, Some(setting)) => Err(options.wrong(&format!(
            "has no response that could carry the log for '{}'",
            camel(setting)
        ))),
        _ => Ok(logs),
    }
}

/// A list of IMA, and what its entries have to be.
fn ima(options: &mut Options<'_>) -> Result<Option<Box<ImaTerms>>, Failure> {
    let list = options.take("imaList");
    let list = list.map(|given| log(&given, |given| content("imaList", given)));
    let files = |options: &mut Options<'_>, name: &'static str| {
        let files = options.take(name).map(|given| {
            let files = several(&given).iter();
            let files = files.map(|file| Ok(content(name, file)?.to_vec()));
            files.collect::<Result<Vec<_>, Failure>>()
        });
        files.transpose()
    };
    let texts = |options: &mut Options<'_>, name: &'static str| match options.has(name) {
        true => texts(options, name).map(Some),
        false => Ok(None),
    };
    let keys = files(options, "imaKey")?;
    for key in keys.iter().flatten() {
        let read = read_ima_key(key, &mut vec![0; key.len()]).map(|_| ());
        read.map_err(Failure::of("imaKey"))?;
    }
    let settings = ImaSettings {
        list: list.transpose()?,
        allow: files(options, "imaAllow")?,
        keys,
        require: texts(options, "imaRequire")?,
        require_policy: texts(options, "imaRequirePolicy")?,
        allows_violations: options.flag("dangerousImaViolations")?,
        entries: options.flag("imaEntries")?,
        state: match options.take("imaState") {
            Some(given) => Some(structure("imaState", &given)?.to_vec()),
            None => None,
        },
        keeps_state: options.flag("imaKeepState")?,
    };
    settings.read().map_err(|problem| match problem {
        ImaUnusable::Requires(setting, needed) => options.requires(&camel(setting), &camel(needed)),
        ImaUnusable::File(setting, error) => Failure::of(&camel(setting))(*error),
        ImaUnusable::Setting("ima_require", problem) => {
            let error = ImaProblem::AllowDigest.into();
            Failure::unread(error, format!("imaRequire: {problem}"))
        }
        ImaUnusable::Setting(setting, problem) => (setting, problem).into(),
    })
}

/// Returns the elements of an array; any other value counts as an array of one.
pub(crate) fn several<'v, 'a>(given: &'v Value<'a>) -> &'v [Value<'a>] {
    match given {
        Value::List(several) => several,
        one => core::slice::from_ref(one),
    }
}

pub(crate) fn time(options: &Options<'_>, at: Option<Value<'_>>) -> Result<Duration, Failure> {
    match at {
        Some(at) => Ok(Duration::from_secs(number("at", &at)?)),
        None => Err(options.wrong("needs the option 'at'")),
    }
}

/// What a quote has to fulfil.
pub(crate) fn of_quote(options: &mut Options<'_>) -> Result<Terms, Failure> {
    let required = options.take("requirePcrs");
    let baseline = options.take("baseline");
    Ok(Terms {
        required: required
            .map(|given| pcr_set("requirePcrs", &given))
            .transpose()?,
        baseline: baseline
            .map(|given| pcr_values("baseline", &given))
            .transpose()?,
        ..of_attest(options)?
    })
}

/// What a response has to fulfil.
pub(crate) fn of_response(options: &mut Options<'_>) -> Result<Terms, Failure> {
    let given = options.take("tier");
    let mut terms = of_quote(options)?;
    if let Some(given) = given {
        let name = text("tier", &given)?;
        terms.tier = tpm_quote_shared::tier(name).ok_or_else(|| {
            let message = "tier: expected 'standard', 'high' or 'maximum', not";
            Failure::Range(format!("{message} {name:?}"))
        })?;
    }
    Ok(terms)
}

/// A certification that is not in the response has to be given.
pub(crate) fn needs_certification(terms: &Terms) -> Result<(), Failure> {
    if terms.certifier.is_some() && terms.certify.is_none() {
        return Err(Failure::Type(
            "'certifiedBy' needs 'certifyAttest' and 'certifySignature'".into(),
        ));
    }
    Ok(())
}

/// The place of an object: its hierarchy, and the public areas between that and the object.
pub(crate) fn ancestry(
    options: &mut Options<'_>,
    hierarchy: &'static str,
    parents: &'static str,
) -> Result<Option<Ancestry>, Failure> {
    let below = options.take(parents);
    let Some(given) = options.take(hierarchy) else {
        return match below {
            Some(_) => Err(options.requires(parents, hierarchy)),
            None => Ok(None),
        };
    };
    let name = text(hierarchy, &given)?;
    let handle = tpm_quote_shared::hierarchy(name).ok_or_else(|| {
        Failure::Range(format!(
            "{hierarchy}: expected 'owner', 'endorsement', 'platform' or 'null', not {name:?}"
        ))
    })?;
    let mut ancestry = Ancestry::under(handle);
    let below = match below {
        None => Vec::new(),
        Some(Value::List(below)) => below,
        Some(other) => return Err(Failure::wrong_type(parents, "an array", other.kind())),
    };
    for parent in below {
        let parent = public(structure(parents, &parent)?).map_err(Failure::of(parents))?;
        let name = Name::of_public(&parent);
        ancestry = name.and_then(|name| ancestry.below(&name)).ok_or_else(|| {
            let message = "an object with a nameAlg that is not supported has no children here";
            Failure::Range(format!("{parents}: {message}"))
        })?;
    }
    Ok(Some(ancestry))
}

/// A number, or the 16 hexadecimal digits of a report.
fn firmware(given: &Value<'_>) -> Result<u64, Failure> {
    let version = match given {
        Value::Number(digits) => digits.parse().ok(),
        Value::Text(_) => tpm_quote_shared::firmware(text("minimumFirmware", given)?),
        other => {
            let expected = "a bigint or a string";
            return Err(Failure::wrong_type(
                "minimumFirmware",
                expected,
                other.kind(),
            ));
        }
    };
    version.ok_or_else(|| {
        let given = match (given, given.text()) {
            (Value::Number(digits), _) => String::from(*digits),
            (_, text) => shown(text.unwrap_or_default()),
        };
        Failure::Range(format!(
            "minimumFirmware: expected a bigint of 64 bits, or 16 hexadecimal digits as in a report, not {given}"
        ))
    })
}
