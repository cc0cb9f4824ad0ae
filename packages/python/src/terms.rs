//! [`Terms`]: what the keyword arguments want of evidence, as values that borrow nothing.

use pyo3::{
    exceptions::PyValueError,
    prelude::*,
    types::{PyInt, PyString},
};
use tpm_quote::{Nonce, Tier, verify::Ancestry};
use tpm_quote_shared::{Terms, public};

use crate::{
    error::refused,
    input::{object, structure, wrong_type},
    options::Options,
    results::reading,
    values::{exact_nonce, names, payload_nonce, pcr_set, pcr_values},
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
    let ak_names = options.take("ak_names");
    let certifier = bytes("certified_by", options.take("certified_by"))?;
    let attest = bytes("certify_attest", options.take("certify_attest"))?;
    let signature = bytes("certify_signature", options.take("certify_signature"))?;
    let creation = bytes("certify_creation", options.take("certify_creation"))?;
    let nonce = options.take("certify_nonce");
    if certifier.is_none() {
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
    Ok(Terms {
        names: ak_names
            .map(|given| names("ak_names", &given))
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
        ..Terms::default()
    })
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
        let public = public(content.bytes()).map_err(|error| refused(below.py(), error))?;
        let name = tpm_quote::Name::of_public(&public);
        ancestry = name.and_then(|name| ancestry.below(&name)).ok_or_else(|| {
            let message = "an object with a nameAlg that is not supported has no children here";
            PyValueError::new_err(format!("{parents}: {message}"))
        })?;
    }
    Ok(Some(ancestry))
}

/// A number, or the 16 hexadecimal digits of a report.
fn firmware(given: &Bound<'_, PyAny>) -> PyResult<u64> {
    if given.is_instance_of::<PyInt>() {
        return given.extract();
    }
    if !given.is_instance_of::<PyString>() {
        return Err(wrong_type("minimum_firmware", "int or str", given));
    }
    let text: String = given.extract()?;
    tpm_quote_shared::firmware(&text).ok_or_else(|| {
        PyValueError::new_err("minimum_firmware: expected 16 hexadecimal digits, as in a report")
    })
}
