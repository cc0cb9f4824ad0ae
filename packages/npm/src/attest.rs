//! `verifyAttest`: the other kinds of attestation.

use alloc::{format, vec::Vec};

use tpm_quote_shared::{AttestFacts, Expected, Outcome, Parts};

use crate::{
    failure::Failure,
    message::Value,
    options::Options,
    terms::{self, ancestry, needs_certification, request},
    values::{bytes, number, structure, text},
};

/// An attestation of another kind than a quote.
pub(crate) fn verify_attest(mut options: Options<'_>) -> Result<Outcome<AttestFacts>, Failure> {
    let kind = options.need("kind")?;
    let key = options.need("key")?;
    let key = crate::values::key(&key)?;
    let attest = structure("attest", &options.need("attest")?)?;
    let signature = structure("signature", &options.need("signature")?)?;
    let nonce = request(&mut options)?;
    let expected = expected(&kind, &mut options)?;
    let terms = terms::of_attest(&mut options)?;
    options.finish()?;
    needs_certification(&terms)?;
    let parts = Parts {
        key,
        attest,
        signature,
        source: "-",
        nonce,
    };
    Ok(terms.with(|wanted| expected.appraise(wanted, &parts))?)
}

/// What has to have been attested.
fn expected(kind: &Value<'_>, options: &mut Options<'_>) -> Result<Expected, Failure> {
    let file = |options: &mut Options<'_>, name: &str| -> Result<Vec<u8>, Failure> {
        Ok(structure(name, &options.need(name)?)?.to_vec())
    };
    let optional = |options: &mut Options<'_>, name: &str| {
        let given = options.take(name);
        given.map(|given| bytes(name, &given)).transpose()
    };
    Ok(match text("kind", kind)? {
        "certify" => Expected::Certify {
            object: file(options, "object")?,
            ancestry: ancestry(options, "objectHierarchy", "objectParents")?,
        },
        "creation" => Expected::Creation {
            object: file(options, "object")?,
            data: file(options, "creationData")?,
            ancestry: ancestry(options, "objectHierarchy", "objectParents")?,
            outside_info: optional(options, "outsideInfo")?,
        },
        "nv" => {
            let index = file(options, "nvPublic")?;
            let contents = options.take("contents");
            let contents = contents.map(|given| structure("contents", &given));
            let contents = contents.transpose()?;
            let offset = options.take("offset");
            if offset.is_some() && contents.is_none() {
                return Err(options.requires("offset", "contents"));
            }
            Expected::Nv {
                index,
                offset: offset.map(|given| number("offset", &given)).transpose()?,
                contents: contents.map(<[u8]>::to_vec),
            }
        }
        "time" => Expected::Time,
        "audit" => {
            let digest = optional(options, "auditDigest")?;
            let commands = options.take("auditCommands");
            let exclusive = options.flag("exclusive")?;
            if exclusive && commands.is_some() {
                return Err(options.wrong("takes 'exclusive' or 'auditCommands', not both"));
            }
            let commands = match commands {
                None => None,
                Some(Value::List(codes)) => {
                    let codes = codes.iter().map(|code| number("auditCommands", code));
                    Some(codes.collect::<Result<_, _>>()?)
                }
                Some(other) => {
                    return Err(Failure::wrong_type(
                        "auditCommands",
                        "an array",
                        other.kind(),
                    ));
                }
            };
            Expected::Audit {
                digest,
                commands,
                exclusive,
            }
        }
        other => {
            return Err(Failure::Range(format!(
                "kind: expected 'certify', 'creation', 'nv', 'time' or 'audit', not {other:?}"
            )));
        }
    })
}
