//! Attestations of the other kinds.

use alloc::{
    string::{String, ToString},
    vec,
    vec::Vec,
};

use tpm_quote::{
    Error,
    report::{Report, Reportable, VouchedBy},
    types::{Tpm2bCreationData, Tpm2bNvPublic, Tpm2bPublic},
    verify::{
        Ancestry, Certify, CommandAudit, Creation, Either, Kind, Nv, NvDigest, Part, SessionAudit,
        SignedAttest, Time, Verified,
    },
};

use crate::{
    key,
    outcome::{self, Common, Outcome, VouchingLine},
    quote::Parts,
    structures,
    wanted::{Unusable, Wanted},
};

/// What a verified attestation says besides what all of them say.
#[derive(Clone)]
pub struct AttestFacts {
    pub common: Common,
    pub tag: String,
    pub hierarchy: Option<String>,
}

/// What has to have been attested, as values that borrow nothing.
pub enum Expected {
    Certify {
        object: Vec<u8>,
        ancestry: Option<Ancestry>,
    },
    Creation {
        object: Vec<u8>,
        data: Vec<u8>,
        ancestry: Option<Ancestry>,
        outside_info: Option<Vec<u8>>,
    },
    Nv {
        index: Vec<u8>,
        offset: Option<u16>,
        contents: Option<Vec<u8>>,
    },
    Time,
    Audit {
        digest: Option<Vec<u8>>,
        commands: Option<Vec<u32>>,
        exclusive: bool,
    },
}

impl Expected {
    /// The library's answer, or why what was expected cannot be read.
    ///
    /// # Errors
    /// A structure of the caller's own cannot be read.
    pub fn appraise(
        &self,
        wanted: &Wanted<'_>,
        parts: &Parts<'_>,
    ) -> Result<Outcome<AttestFacts>, Unusable> {
        let mut room = vec![0; parts.key.len()];
        let room = &mut *room;
        match self {
            Self::Certify { object, ancestry } => {
                let object: Tpm2bPublic<'_> = own(structures::public(object))?;
                let mut kind = Certify::of(&object);
                if let Some(ancestry) = ancestry {
                    kind = kind.ancestry(*ancestry);
                }
                appraise(parts, wanted, room, &kind)
            }
            Self::Creation {
                object,
                data,
                ancestry,
                outside_info,
            } => {
                let object: Tpm2bPublic<'_> = own(structures::public(object))?;
                let data: Tpm2bCreationData<'_> = structures::creation_data(data)?;
                let mut kind = Creation::of(&object, &data);
                if let Some(ancestry) = ancestry {
                    kind = kind.ancestry(*ancestry);
                }
                if let Some(outside_info) = outside_info {
                    kind = kind.outside_info(outside_info);
                }
                appraise(parts, wanted, room, &kind)
            }
            Self::Nv {
                index,
                offset,
                contents,
            } => {
                let index: Tpm2bNvPublic<'_> = structures::nv_public(index)?;
                let (mut kind, mut digest) = (Nv::of(&index), NvDigest::of(&index));
                if let Some(contents) = contents {
                    kind = kind.contents(offset.unwrap_or(0), contents);
                    digest = digest.contents(contents);
                }
                match offset {
                    // A digest is one of the whole index, never of a part.
                    Some(_) => appraise(parts, wanted, room, &kind),
                    None => appraise(parts, wanted, room, &Either(kind, digest)),
                }
            }
            Self::Time => appraise(parts, wanted, room, &Time),
            Self::Audit {
                digest,
                commands,
                exclusive,
            } => {
                let (mut session, mut command) = (SessionAudit::new(), CommandAudit::new());
                if let Some(digest) = digest {
                    session = session.digest(digest);
                    command = command.digest(digest);
                }
                // Only an audit of commands lists them, only one of a session is exclusive.
                match (commands, exclusive) {
                    (Some(commands), _) => {
                        appraise(parts, wanted, room, &command.commands(commands))
                    }
                    (None, true) => appraise(parts, wanted, room, &session.require_exclusive()),
                    (None, false) => appraise(parts, wanted, room, &Either(session, command)),
                }
            }
        }
    }
}

/// A public area of the caller's own is not that of the attestation key.
fn own<T>(read: Result<T, Error>) -> Result<T, Error> {
    read.map_err(|error| error.in_part(Part::Structure))
}

fn appraise<'p, K: Kind<'p>>(
    parts: &Parts<'p>,
    wanted: &'p Wanted<'p>,
    room: &'p mut [u8],
    kind: &K,
) -> Result<Outcome<AttestFacts>, Unusable>
where
    Verified<'p, K::Facts>: Reportable,
{
    let (verifier, nonce) = (wanted.verifier(), parts.nonce);
    let mut key = key::judge(parts.key, room, parts.signature, wanted, nonce)?;
    let attest = structures::attest(parts.attest).unwrap_or_else(|error| {
        key = key.fail(error);
        &[]
    });
    let signed = SignedAttest {
        attest,
        signature: parts.signature,
    };
    let policy = wanted.attest_policy(nonce);
    let appraisal = verifier.appraise_attest(key, &signed, kind, &policy);
    let by = wanted.vouched_by(appraisal.key());
    let report = Report::new(&appraisal)
        .source(parts.source)
        .certificate(wanted.certificate_of(appraisal.key()))
        .vouched_by(by);
    let warnings = appraisal.warnings().map(|warning| warning.text()).collect();
    let (report, verdict) = (outcome::json(&report), report.verdict());
    Ok(Outcome {
        report,
        verdict,
        result: appraisal
            .into_result()
            .map(|verified| facts(&verified, warnings, by)),
    })
}

fn facts<F>(
    verified: &Verified<'_, F>,
    warnings: Vec<&'static str>,
    vouched_by: Option<VouchedBy<'_>>,
) -> AttestFacts {
    AttestFacts {
        common: Common {
            key: *verified.key(),
            nonce: verified.nonce().to_vec(),
            qualified_signer: verified.qualified_signer().to_vec(),
            clock: *verified.clock_info(),
            firmware_version: verified.firmware_version(),
            warnings,
            vouched_by: vouched_by.map(VouchingLine::from),
        },
        tag: verified.attest_type().to_string(),
        hierarchy: verified.hierarchy().map(|handle| handle.to_string()),
    }
}
