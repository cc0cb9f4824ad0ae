//! What has to have been attested, and what was.

use serde_json::{Value, json};
use tpm_quote::{
    AttestationKey, VerifyError,
    types::{Tpm2bCreationData, Tpm2bNvPublic, Tpm2bPublic, TpmSt},
    verify::{
        Ancestry, AttestPolicy, Certify, CommandAudit, Creation, Nv, NvDigest, SessionAudit,
        SignedAttest, Time, Verified, verify_attest,
    },
};

use crate::{
    input::Hex,
    json::value,
    report::{Attested, Clock},
    tree::tree,
};

/// What has to have been attested.
pub(super) enum Expected<'a> {
    Certify {
        object: Tpm2bPublic<'a>,
        ancestry: Option<Ancestry>,
    },
    Creation {
        object: Tpm2bPublic<'a>,
        data: Tpm2bCreationData<'a>,
        ancestry: Option<Ancestry>,
        outside_info: Option<&'a [u8]>,
    },
    Nv {
        index: Tpm2bNvPublic<'a>,
        offset: Option<u16>,
        contents: Option<&'a [u8]>,
    },
    Time,
    Audit {
        digest: Option<&'a [u8]>,
        commands: Option<&'a [u32]>,
        exclusive: bool,
    },
}

impl Expected<'_> {
    /// What is attested, if every check holds.
    pub(super) fn verify(
        &self,
        key: &AttestationKey<'_>,
        signed: &SignedAttest<'_>,
        policy: &AttestPolicy<'_>,
    ) -> Result<Attested, VerifyError> {
        match self {
            Self::Certify { object, ancestry } => {
                let mut kind = Certify::of(object);
                if let Some(ancestry) = *ancestry {
                    kind = kind.ancestry(ancestry);
                }
                let certified = verify_attest(key, signed, &kind, policy)?;
                let shown = tree(certified.facts());
                Ok(attested(&certified, TpmSt::ATTEST_CERTIFY, shown))
            }
            Self::Creation {
                object,
                data,
                ancestry,
                outside_info,
            } => {
                let mut kind = Creation::of(object, data);
                if let Some(ancestry) = *ancestry {
                    kind = kind.ancestry(ancestry);
                }
                if let Some(outside_info) = outside_info {
                    kind = kind.outside_info(outside_info);
                }
                let created = verify_attest(key, signed, &kind, policy)?;
                let facts = created.facts();
                let shown = json!({
                    "objectName": facts.name.to_string(),
                    "qualifiedName": facts.qualified_name.to_string(),
                    "creationData": tree(&facts.data),
                });
                Ok(attested(&created, TpmSt::ATTEST_CREATION, shown))
            }
            &Self::Nv {
                ref index,
                offset,
                contents,
            } => {
                let (mut kind, mut digest) = (Nv::of(index), NvDigest::of(index));
                if let Some(contents) = contents {
                    kind = kind.contents(offset.unwrap_or(0), contents);
                    digest = digest.contents(contents);
                }
                match verify_attest(key, signed, &kind, policy) {
                    Ok(nv) => Ok(attested(&nv, TpmSt::ATTEST_NV, tree(nv.facts()))),
                    // A digest is one of the whole index, never of a part.
                    Err(VerifyError::Type {
                        found: found @ TpmSt::ATTEST_NV_DIGEST,
                        ..
                    }) if offset.is_none() => {
                        let nv = verify_attest(key, signed, &digest, policy)?;
                        Ok(attested(&nv, found, tree(nv.facts())))
                    }
                    Err(error) => Err(error),
                }
            }
            Self::Time => {
                let time = verify_attest(key, signed, &Time, policy)?;
                Ok(attested(&time, TpmSt::ATTEST_TIME, tree(time.facts())))
            }
            &Self::Audit {
                digest,
                commands,
                exclusive,
            } => {
                let (mut session, mut command) = (SessionAudit::new(), CommandAudit::new());
                if let Some(digest) = digest {
                    session = session.digest(digest);
                    command = command.digest(digest);
                }
                if let Some(commands) = commands {
                    command = command.commands(commands);
                }
                if exclusive {
                    session = session.require_exclusive();
                }
                match verify_attest(key, signed, &session, policy) {
                    // Only an audit of commands lists them.
                    Ok(_) if commands.is_some() => Err(VerifyError::Type {
                        expected: TpmSt::ATTEST_COMMAND_AUDIT,
                        found: TpmSt::ATTEST_SESSION_AUDIT,
                    }),
                    Ok(audit) => {
                        let tag = TpmSt::ATTEST_SESSION_AUDIT;
                        Ok(attested(&audit, tag, tree(audit.facts())))
                    }
                    Err(VerifyError::Type {
                        found: found @ TpmSt::ATTEST_COMMAND_AUDIT,
                        ..
                    }) if !exclusive => {
                        let audit = verify_attest(key, signed, &command, policy)?;
                        Ok(attested(&audit, found, tree(audit.facts())))
                    }
                    Err(error) => Err(error),
                }
            }
        }
    }
}
/// What an attestation says.
fn attested<F>(verified: &Verified<'_, F>, tag: TpmSt, shown: Value) -> Attested {
    let hierarchy = verified.hierarchy().map(|handle| handle.to_string());
    let signer = verified.qualified_signer();
    let firmware = format!("{:016x}", verified.firmware_version());
    Attested {
        trust: verified.key_trust(),
        shown: Value::from_iter([
            ("type".to_owned(), tag.to_string().into()),
            ("nonce".to_owned(), hex(verified.nonce())),
            ("qualified_signer".to_owned(), hex(signer)),
            ("hierarchy".to_owned(), hierarchy.into()),
            ("clock".to_owned(), value(&Clock(verified.clock_info()))),
            ("firmware_version".to_owned(), firmware.into()),
            ("attested".to_owned(), shown),
        ]),
    }
}

fn hex(bytes: &[u8]) -> Value {
    Hex(bytes).to_string().into()
}
