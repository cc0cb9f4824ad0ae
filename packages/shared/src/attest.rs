//! Attestations of the other kinds.

use alloc::{
    format,
    string::{String, ToString},
    vec,
    vec::Vec,
};

use tpm_quote::{
    Error, Name,
    report::{Report, Reportable, VouchedBy},
    types::{Tpm2bCreationData, Tpm2bNvPublic, Tpm2bPublic, TpmaObject},
    verify::{
        Ancestry, Certify, CommandAudit, Creation, Either, Kind, Nv, NvDigest, ObjectRules, Part,
        SessionAudit, SignedAttest, Time, Verified,
    },
};

use crate::{
    key::{self, Named},
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
        rules: ObjectRules,
    },
    Creation {
        object: Vec<u8>,
        data: Vec<u8>,
        ancestry: Option<Ancestry>,
        rules: ObjectRules,
        outside_info: Option<Vec<u8>>,
    },
    Nv {
        index: Index,
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

/// Which NV index is meant.
pub enum Index {
    /// Its public area.
    Public(Vec<u8>),
    Name(Name),
}

/// What an object has to be: attributes by their names in the specification.
///
/// # Errors
/// The name of the setting that has an unknown attribute, and why.
pub fn object_rules(
    has: &[String],
    lacks: &[String],
    strong_key: bool,
) -> Result<ObjectRules, (&'static str, String)> {
    let rules = ObjectRules::new()
        .require(attributes("object_has", has)?)
        .forbid(attributes("object_lacks", lacks)?);
    Ok(match strong_key {
        true => rules.require_strong_key(),
        false => rules,
    })
}

/// All of these; upper and lower case are alike, as tpm2-tools write only the latter.
fn attributes(
    setting: &'static str,
    names: &[String],
) -> Result<TpmaObject, (&'static str, String)> {
    let mut all = TpmaObject::EMPTY;
    for text in names {
        let mut known = TpmaObject::NAMES.iter();
        let known = known.find(|(_, name)| name.eq_ignore_ascii_case(text));
        let (attribute, _) = known.ok_or_else(|| {
            let names: Vec<_> = TpmaObject::NAMES.iter().map(|(_, name)| *name).collect();
            (
                setting,
                format!("expected one of {}, not {text:?}", names.join(", ")),
            )
        })?;
        all = all.union(*attribute);
    }
    Ok(all)
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
        let mut room = vec![0; parts.key.map_or(0, <[u8]>::len)];
        let room = &mut *room;
        match self {
            Self::Certify {
                object,
                ancestry,
                rules,
            } => {
                let object: Tpm2bPublic<'_> =
                    own(structures::public(object)).map_err(Unusable::of("object"))?;
                let mut kind = Certify::of(&object).rules(*rules);
                if let Some(ancestry) = ancestry {
                    kind = kind.ancestry(*ancestry);
                }
                appraise(parts, wanted, room, &kind)
            }
            Self::Creation {
                object,
                data,
                ancestry,
                rules,
                outside_info,
            } => {
                let object: Tpm2bPublic<'_> =
                    own(structures::public(object)).map_err(Unusable::of("object"))?;
                let data: Tpm2bCreationData<'_> =
                    structures::creation_data(data).map_err(Unusable::of("creation_data"))?;
                let mut kind = Creation::of(&object, &data).rules(*rules);
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
                let public: Tpm2bNvPublic<'_>;
                let (mut kind, mut digest) = match index {
                    Index::Public(bytes) => {
                        public = structures::nv_public(bytes).map_err(Unusable::of("nv_public"))?;
                        (Nv::of(&public), NvDigest::of(&public))
                    }
                    Index::Name(name) => (Nv::named(*name), NvDigest::named(*name)),
                };
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
    let Named { mut key, signature } = key::judge(parts.given(), room, wanted)?;
    let attest = structures::attest(parts.attest).unwrap_or_else(|error| {
        key = key.fail(error);
        &[]
    });
    let signed = SignedAttest { attest, signature };
    let policy = wanted.attest_policy(nonce);
    let appraisal = verifier.appraise_attest(key, &signed, kind, &policy);
    let by = wanted.vouched_by(appraisal.key());
    let report = Report::new(&appraisal)
        .source(parts.source)
        .certificate(wanted.certificate_of(appraisal.key()))
        .vouched_by(by);
    let warnings = appraisal.warnings().map(|warning| warning.text()).collect();
    let entries = None;
    let (report, verdict) = (outcome::json(&report), report.verdict());
    Ok(Outcome {
        report,
        verdict,
        entries,
        state: None,
        note: None,
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
