//! What has to have been attested, and whether it was.

use tpm_quote::{
    Appraisal, AttestationKey, Error, Name, Verifier,
    report::{Report, Reportable},
    types::{Tpm2bCreationData, Tpm2bNvPublic, Tpm2bPublic},
    verify::{
        Ancestry, AttestPolicy, AttestSignature, Certify, CommandAudit, Creation, Either, Kind, Nv,
        NvDigest, ObjectRules, SessionAudit, SignedAttest, Time, Verified,
    },
};

/// What has to have been attested.
pub(super) enum Expected<'a> {
    Certify {
        object: Tpm2bPublic<'a>,
        ancestry: Option<Ancestry>,
        rules: ObjectRules,
    },
    Creation {
        object: Tpm2bPublic<'a>,
        data: Tpm2bCreationData<'a>,
        ancestry: Option<Ancestry>,
        rules: ObjectRules,
        outside_info: Option<&'a [u8]>,
    },
    Nv {
        index: Index<'a>,
        offset: Option<u16>,
        contents: Option<&'a [u8]>,
    },
    Time,
    Audit {
        digest: Option<&'a [u8]>,
        /// Of an audit of commands; empty if none are expected.
        commands: &'a [u32],
        exclusive: bool,
    },
}

/// Which NV index is meant.
pub(super) enum Index<'a> {
    Public(Tpm2bNvPublic<'a>),
    Name(Name),
}

/// A key as it was judged, what it signed or why that cannot be read, and what that has
/// to be.
struct Signed<'a, 'p> {
    key: Appraisal<'a, AttestationKey<'a>>,
    signed: Result<SignedAttest<'a, AttestSignature<'a>>, Error>,
    policy: &'p AttestPolicy<'p>,
    verifier: &'p Verifier<'p>,
}

impl<'a> Expected<'a> {
    /// Goes on with the report on what was signed, and why it was not accepted.
    pub(super) fn appraise<R>(
        &self,
        key: Appraisal<'a, AttestationKey<'a>>,
        signed: Result<SignedAttest<'a, AttestSignature<'a>>, Error>,
        (verifier, policy): (&Verifier<'_>, &AttestPolicy<'_>),
        then: impl FnOnce(Report<'_>, Option<&Error>) -> R,
    ) -> R {
        let signed = Signed {
            key,
            signed,
            policy,
            verifier,
        };
        match *self {
            Self::Certify {
                ref object,
                ancestry,
                rules,
            } => {
                let mut kind = Certify::of(object).rules(rules);
                if let Some(ancestry) = ancestry {
                    kind = kind.ancestry(ancestry);
                }
                signed.appraise(&kind, then)
            }
            Self::Creation {
                ref object,
                ref data,
                ancestry,
                rules,
                outside_info,
            } => {
                let mut kind = Creation::of(object, data).rules(rules);
                if let Some(ancestry) = ancestry {
                    kind = kind.ancestry(ancestry);
                }
                if let Some(outside_info) = outside_info {
                    kind = kind.outside_info(outside_info);
                }
                signed.appraise(&kind, then)
            }
            Self::Nv {
                ref index,
                offset,
                contents,
            } => {
                let (mut kind, mut digest) = match index {
                    Index::Public(public) => (Nv::of(public), NvDigest::of(public)),
                    Index::Name(name) => (Nv::named(*name), NvDigest::named(*name)),
                };
                if let Some(contents) = contents {
                    kind = kind.contents(offset.unwrap_or(0), contents);
                    digest = digest.contents(contents);
                }
                match offset {
                    // A digest is one of the whole index, never of a part.
                    Some(_) => signed.appraise(&kind, then),
                    None => signed.appraise(&Either(kind, digest), then),
                }
            }
            Self::Time => signed.appraise(&Time, then),
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
                if !commands.is_empty() {
                    return signed.appraise(&command.commands(commands), then);
                }
                if exclusive {
                    return signed.appraise(&session.require_exclusive(), then);
                }
                signed.appraise(&Either(session, command), then)
            }
        }
    }
}

impl<'a> Signed<'a, '_> {
    fn appraise<K: Kind<'a>, R>(
        self,
        kind: &K,
        then: impl FnOnce(Report<'_>, Option<&Error>) -> R,
    ) -> R
    where
        Verified<'a, K::Facts>: Reportable,
    {
        let (key, signed) = match self.signed {
            Ok(signed) => (self.key, signed),
            Err(error) => {
                let nothing = SignedAttest {
                    attest: &[][..],
                    signature: AttestSignature::from(&[][..]),
                };
                (self.key.fail(error), nothing)
            }
        };
        let appraisal = self
            .verifier
            .appraise_attest(key, &signed, kind, self.policy);
        then(Report::new(&appraisal), appraisal.error())
    }
}
