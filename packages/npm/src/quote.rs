//! `verifyResponse` and `verifyQuote`.

use alloc::format;

use tpm_quote::{Nonce, Scratch, evidence::PcrFile};
use tpm_quote_shared::{
    Found, Origin, Outcome, Parts, Project, QuoteFacts, Terms, Use, Values, of_appraisal,
    of_response,
};

use crate::{
    failure::Failure,
    hardware,
    message::Value,
    options::Options,
    terms::{self, logs, needs_certification, request},
    values::{bytes, pcr_values, structure, text},
};

/// The quote in a response.
pub(crate) fn verify_response(mut options: Options<'_>) -> Result<Outcome<Found>, Failure> {
    let response = options.need("response")?;
    let nonce = request(&mut options)?;
    let terms = Terms {
        logs: logs(&mut options, Use::Response)?,
        ..terms::of_response(&mut options)?
    };
    options.finish()?;
    let origin = Origin {
        source: "-",
        line: None,
    };
    respond(&terms, content(&response)?, Ok(nonce), origin)
}

/// One response of many: a payload id that is none is the failure of this one alone.
pub(crate) fn verify_one(mut options: Options<'_>) -> Result<Outcome<Found>, Failure> {
    let response = options.need("response")?;
    let line = options.need("line")?;
    let (payload_id, nonce) = match options.take("nonce") {
        Some(nonce) => (None, Some(bytes("nonce", &nonce)?)),
        None => (Some(options.need("payloadId")?), None),
    };
    let terms = of_many(&mut options)?;
    options.finish()?;
    let Value::Number(line) = line else {
        return Err(Failure::wrong_type("line", "a number", line.kind()));
    };
    let payload_id = payload_id.as_ref().map(|id| text("payloadId", id));
    let payload_id = payload_id.transpose()?;
    let origin = Origin {
        source: "-",
        line: Some((line.parse().unwrap_or(0), payload_id)),
    };
    let nonce = match nonce {
        Some(nonce) => Nonce::exact(&nonce),
        None => Nonce::from_payload_id(payload_id.unwrap_or_default()),
    };
    respond(&terms, content(&response)?, nonce, origin)
}

fn of_many(options: &mut Options<'_>) -> Result<Terms, Failure> {
    Ok(Terms {
        logs: logs(options, Use::Many)?,
        ..terms::of_response(options)?
    })
}

/// The settings of many responses.
pub(crate) fn settings(mut options: Options<'_>) -> Result<(), Failure> {
    let terms = of_many(&mut options)?;
    options.finish()?;
    Ok(terms.with(|_| Ok(()))?)
}

fn content<'a>(response: &Value<'a>) -> Result<&'a [u8], Failure> {
    match response {
        Value::Bytes(bytes) | Value::Text(bytes) => Ok(bytes),
        other => {
            let expected = "a string, a Uint8Array or an object";
            Err(Failure::wrong_type("response", expected, other.kind()))
        }
    }
}

fn respond(
    terms: &Terms,
    json: &[u8],
    nonce: Result<Nonce, tpm_quote::Error>,
    origin: Origin<'_>,
) -> Result<Outcome<Found>, Failure> {
    let nonce = match nonce {
        Ok(nonce) => nonce,
        Err(error) => return Ok(of_appraisal(&error.into(), origin)),
    };
    Ok(terms.with(|wanted| {
        let mut scratch = Scratch::new();
        Ok(of_response(json, wanted, nonce, origin, &mut scratch))
    })?)
}

/// A quote in its parts.
pub(crate) fn verify_quote(mut options: Options<'_>) -> Result<Outcome<QuoteFacts>, Failure> {
    if let Some(evidence) = options.take("evidence") {
        return verify_project(&evidence, options);
    }
    for setting in hardware::OF_HARDWARE {
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
    let parts = Parts {
        key,
        attest,
        signature,
        source: "-",
        nonce,
        form,
    };
    let values = match given {
        Value::Bytes(file) => Values::File(file),
        given => Values::listed(pcr_values("pcrs", &given)?),
    };
    let pcrs = values.read(terms.required.as_ref()).ok_or_else(|| {
        let problem = [Values::UNKNOWN, "requirePcrs"].concat();
        let file = match &values {
            Values::File(file) => PcrFile::serialized(file).err(),
            Values::Listed(_) => None,
        };
        match file {
            Some(error) => Failure::unread(error, problem),
            None => Failure::Type(problem),
        }
    })?;
    Ok(terms.with(|wanted| parts.appraise_quote(wanted, &pcrs))?)
}

/// The key. It may be left out where a certificate has it.
pub(crate) fn signing_key<'a>(options: &mut Options<'a>) -> Result<Option<&'a [u8]>, Failure> {
    if options.has("akCert") && !options.has("key") {
        return Ok(None);
    }
    crate::values::key(&options.need("key")?).map(Some)
}

/// The quote in the evidence of another project.
fn verify_project(
    evidence: &Value<'_>,
    mut options: Options<'_>,
) -> Result<Outcome<QuoteFacts>, Failure> {
    let json = crate::values::content("evidence", evidence)?;
    let key = options.take("key");
    let key = key.as_ref().map(crate::values::key).transpose()?;
    for part in ["attest", "signature", "pcrs"] {
        if options.has(part) {
            return Err(options.wrong(&format!("takes 'evidence' or '{part}', not both")));
        }
    }
    let nonce = request(&mut options)?;
    let hardware = hardware::hardware(&mut options)?;
    if key.is_none() && hardware.is_none() && !options.has("akCert") && !options.has("trust") {
        return Err(options.wrong(
            "needs 'key', 'akCert', 'hardwareRoot' or 'trust': nothing in the evidence vouches for its key",
        ));
    }
    let terms = Terms {
        logs: logs(&mut options, Use::Quote)?,
        hardware,
        ..terms::of_quote(&mut options)?
    };
    options.finish()?;
    needs_certification(&terms)?;
    let project = Project {
        json,
        key,
        source: "-",
        nonce,
    };
    Ok(terms.with(|wanted| project.appraise(wanted))?)
}
