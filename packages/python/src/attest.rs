//! `verify_attest`: the other kinds of attestation.

use pyo3::{
    exceptions::PyValueError,
    prelude::*,
    types::{PyDict, PyString},
};
use tpm_quote::{
    Appraisal, AttestationKey, Error, Nonce, Verifier,
    report::{Report, Reportable},
    types::{Tpm2bCreationData, Tpm2bNvPublic, Tpm2bPublic},
    verify::{
        Ancestry, Certify, CommandAudit, Creation, Either, Kind, Nv, NvDigest, SessionAudit,
        SignedAttest, Time, Verified,
    },
};

use crate::{
    error::{exception, refused},
    input::{structure, wrong_type},
    options::Options,
    outcome::{self, Common, Outcome},
    quote::needs_certification,
    results::{Attest, AttestFacts},
    structures,
    terms::{Terms, ancestry, request},
    values,
    wanted::Wanted,
};

/// Verifies an attestation of another kind than a quote, and returns it.
///
/// `kind` is what has to have been attested:
///
/// - `certify`: the object whose public area is `object` is in the TPM that has the key;
/// - `creation`: that TPM made the object, as `creation_data` tell;
/// - `nv`: what the NV index with `nv_public` holds: `contents`, from byte `offset` on;
/// - `time`: clock, counters and firmware version;
/// - `audit`: the audited commands, as `audit_digest` or as a list of codes `audit_commands`;
///   `exclusive` allows no other command in between.
///
/// `key`, `attest`, `signature` and what vouches for the key are those of `verify_quote`. Raises
/// `VerifyError` unless every check passes.
///
/// >>> import pathlib, tpm_quote
/// >>> case = pathlib.Path("tests/data/attest/006-certify-ak-p256-by-rsa")
/// >>> attest = tpm_quote.verify_attest(
/// ...     "certify",
/// ...     key=case / "ak.pub",
/// ...     attest=case / "attest",
/// ...     signature=case / "sig",
/// ...     object=case / "certified.pub",
/// ...     nonce="00ff55aa",
/// ... )
/// >>> attest.type, attest.attested["name"] == (case / "certified.name").read_bytes().hex()
/// ('TPM_ST_ATTEST_CERTIFY', True)
#[pyfunction]
#[pyo3(
    signature = (kind, **options),
    text_signature = "(kind, *, key, attest, signature, payload_id=None, nonce=None, object=None, object_hierarchy=None, object_parents=None, creation_data=None, outside_info=None, nv_public=None, contents=None, offset=None, audit_digest=None, audit_commands=None, exclusive=False, ak_names=None, certified_by=None, certify_attest=None, certify_signature=None, certify_creation=None, certify_nonce=None, require_anchor=False, hierarchy=None, parents=None, require_safe_clock=False, since=None, allow_reboots=False, minimum_firmware=None, dangerous_allow_sha1_signatures=False)"
)]
pub(crate) fn verify_attest(
    py: Python<'_>,
    kind: &Bound<'_, PyAny>,
    options: Option<&Bound<'_, PyDict>>,
) -> PyResult<Attest> {
    let mut options = Options::new("verify_attest", options)?;
    let key = structure("key", &options.need("key")?)?;
    let attest = structure("attest", &options.need("attest")?)?;
    let signature = structure("signature", &options.need("signature")?)?;
    let nonce = request(&mut options)?;
    let expected = Expected::of(kind, &mut options)?;
    let terms = Terms::of_attest(&mut options)?;
    options.finish()?;
    needs_certification(&terms)?;
    let parts = Parts {
        key: key.bytes(),
        attest: attest.bytes(),
        signature: signature.bytes(),
        source: attest.source(),
        nonce,
    };
    let answer = py.detach(|| terms.with(|wanted| expected.appraise(wanted, &parts)));
    let outcome = answer
        .map_err(|unusable| unusable.exception(py))?
        .map_err(|error| refused(py, error))?;
    let report = outcome.report;
    match outcome.result {
        Ok(facts) => Ok(Attest { facts, report }),
        Err(error) => Err(exception(py, &error, &report)),
    }
}

/// What has to have been attested, as values that borrow nothing.
enum Expected {
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
    fn of(kind: &Bound<'_, PyAny>, options: &mut Options<'_>) -> PyResult<Self> {
        let Ok(name) = kind.cast::<PyString>() else {
            return Err(wrong_type("kind", "str", kind));
        };
        let file = |options: &mut Options<'_>, name: &str| -> PyResult<Vec<u8>> {
            let content = structure(name, &options.need(name)?)?;
            Ok(content.bytes().to_vec())
        };
        let bytes = |options: &mut Options<'_>, name: &str| {
            let given = options.take(name);
            given.map(|given| values::bytes(name, &given)).transpose()
        };
        Ok(match &*name.to_string_lossy() {
            "certify" => Self::Certify {
                object: file(options, "object")?,
                ancestry: ancestry(options, "object_hierarchy", "object_parents")?,
            },
            "creation" => Self::Creation {
                object: file(options, "object")?,
                data: file(options, "creation_data")?,
                ancestry: ancestry(options, "object_hierarchy", "object_parents")?,
                outside_info: bytes(options, "outside_info")?,
            },
            "nv" => {
                let index = file(options, "nv_public")?;
                let contents = options.take("contents");
                let contents = contents.map(|given| structure("contents", &given));
                let contents = contents.transpose()?;
                let offset = options.take("offset");
                if offset.is_some() && contents.is_none() {
                    return Err(options.requires("offset", "contents"));
                }
                Self::Nv {
                    index,
                    offset: offset.map(|offset| offset.extract()).transpose()?,
                    contents: contents.map(|content| content.bytes().to_vec()),
                }
            }
            "time" => Self::Time,
            "audit" => {
                let (digest, commands) = (
                    bytes(options, "audit_digest")?,
                    options.take("audit_commands"),
                );
                let exclusive = options.flag("exclusive")?;
                if exclusive && commands.is_some() {
                    return Err(options.wrong("takes 'exclusive' or 'audit_commands', not both"));
                }
                Self::Audit {
                    digest,
                    commands: commands.map(|given| given.extract()).transpose()?,
                    exclusive,
                }
            }
            other => {
                return Err(PyValueError::new_err(format!(
                    "kind: expected 'certify', 'creation', 'nv', 'time' or 'audit', not {other:?}"
                )));
            }
        })
    }

    /// The library's answer, or why what was expected cannot be read.
    fn appraise(
        &self,
        wanted: &Wanted<'_>,
        parts: &Parts<'_>,
    ) -> Result<Outcome<AttestFacts>, Error> {
        Ok(match self {
            Self::Certify { object, ancestry } => {
                let object: Tpm2bPublic<'_> = own(structures::public(object))?;
                let mut kind = Certify::of(&object);
                if let Some(ancestry) = ancestry {
                    kind = kind.ancestry(*ancestry);
                }
                parts.appraise(wanted, &kind)
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
                parts.appraise(wanted, &kind)
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
                    Some(_) => parts.appraise(wanted, &kind),
                    None => parts.appraise(wanted, &Either(kind, digest)),
                }
            }
            Self::Time => parts.appraise(wanted, &Time),
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
                    (Some(commands), _) => parts.appraise(wanted, &command.commands(commands)),
                    (None, true) => parts.appraise(wanted, &session.require_exclusive()),
                    (None, false) => parts.appraise(wanted, &Either(session, command)),
                }
            }
        })
    }
}

/// A public area of the caller's own is not that of the attestation key.
fn own<T>(read: Result<T, Error>) -> Result<T, Error> {
    read.map_err(|error| error.in_part(tpm_quote::verify::Part::Structure))
}

/// What was received.
struct Parts<'a> {
    key: &'a [u8],
    attest: &'a [u8],
    signature: &'a [u8],
    source: &'a str,
    nonce: Nonce,
}

impl<'a> Parts<'a> {
    fn appraise<K: Kind<'a>>(&self, wanted: &Wanted<'_>, kind: &K) -> Outcome<AttestFacts>
    where
        Verified<'a, K::Facts>: Reportable,
    {
        let (verifier, nonce) = (Verifier::new(), self.nonce);
        let mut key: Appraisal<'_, AttestationKey<'_>> = match structures::public(self.key) {
            Ok(public) => verifier.appraise_key(&public, &wanted.anchor(nonce)),
            Err(error) => error.into(),
        };
        let attest = structures::attest(self.attest).unwrap_or_else(|error| {
            key = key.fail(error);
            &[]
        });
        let signed = SignedAttest {
            attest,
            signature: self.signature,
        };
        let policy = wanted.attest_policy(nonce);
        let appraisal = verifier.appraise_attest(key, &signed, kind, &policy);
        let report = Report::new(&appraisal).source(self.source);
        let warnings = appraisal.warnings().map(|warning| warning.text()).collect();
        let (report, verdict) = (outcome::json(&report), report.verdict());
        Outcome {
            report,
            verdict,
            result: appraisal
                .into_result()
                .map(|verified| facts(&verified, warnings)),
        }
    }
}

fn facts<F>(verified: &Verified<'_, F>, warnings: Vec<&'static str>) -> AttestFacts {
    AttestFacts {
        common: Common {
            key: *verified.key(),
            nonce: verified.nonce().to_vec(),
            qualified_signer: verified.qualified_signer().to_vec(),
            clock: *verified.clock_info(),
            firmware_version: verified.firmware_version(),
            warnings,
        },
        tag: verified.attest_type().to_string(),
        hierarchy: verified.hierarchy().map(|handle| handle.to_string()),
    }
}
