//! `verifyAttest`: the other kinds of attestation.

use alloc::{format, vec::Vec};

use tpm_quote::verify::ObjectRules;
use tpm_quote_shared::{AttestFacts, Expected, Index, Outcome, Parts, Terms, object_rules};

use crate::{
    failure::Failure,
    message::Value,
    options::Options,
    quote::signing_key,
    terms::{self, ancestry, needs_certification},
    values::{bytes, name, number, structure, text},
};

/// An attestation of another kind than a quote.
pub(crate) fn verify_attest(mut options: Options<'_>) -> Result<Outcome<AttestFacts>, Failure> {
    let kind = options.need("kind")?;
    text("kind", &kind)?;
    let key = signing_key(&mut options)?;
    let attest = structure("attest", &options.need("attest")?)?;
    let signature = structure("signature", &options.need("signature")?)?;
    let nonce = terms::request_or_none(&mut options)?;
    let form = terms::signature_terms(&mut options)?;
    let empty_signer = options.flag("allowEmptySigner")?;
    let expected = expected(&kind, &mut options)?;
    let terms = Terms {
        empty_signer,
        ..terms::of_attest(&mut options)?
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
    Ok(terms.with(|wanted| expected.appraise(wanted, &parts))?)
}

/// What an object has to be.
fn rules(options: &mut Options<'_>) -> Result<ObjectRules, Failure> {
    let (has, lacks) = (
        terms::texts(options, "objectHas")?,
        terms::texts(options, "objectLacks")?,
    );
    let strong_key = options.flag("objectStrongKey")?;
    Ok(object_rules(&has, &lacks, strong_key)?)
}

/// What has to have been attested.
fn expected(kind: &Value<'_>, options: &mut Options<'_>) -> Result<Expected, Failure> {
    let file = |options: &mut Options<'_>, name: &'static str| -> Result<Vec<u8>, Failure> {
        Ok(structure(name, &options.need(name)?)?.to_vec())
    };
    let optional = |options: &mut Options<'_>, name: &'static str| {
        let given = options.take(name);
        given.map(|given| bytes(name, &given)).transpose()
    };
    Ok(match text("kind", kind)? {
        "certify" => Expected::Certify {
            object: file(options, "object")?,
            ancestry: ancestry(options, "objectHierarchy", "objectParents")?,
            rules: rules(options)?,
        },
        "creation" => Expected::Creation {
            object: file(options, "object")?,
            data: file(options, "creationData")?,
            ancestry: ancestry(options, "objectHierarchy", "objectParents")?,
            rules: rules(options)?,
            outside_info: optional(options, "outsideInfo")?,
        },
        "nv" => {
            let index = match options.take("nvName") {
                Some(_) if options.has("nvPublic") => {
                    return Err(options.wrong("takes 'nvPublic' or 'nvName', not both"));
                }
                Some(given) => Index::Name(name("nvName", &given)?),
                None if !options.has("nvPublic") => {
                    return Err(options.wrong("needs the option 'nvPublic' or 'nvName'"));
                }
                None => Index::Public(file(options, "nvPublic")?),
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
