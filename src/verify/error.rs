//! Why evidence was not accepted: which check, what was expected, what came.

use core::fmt;

use super::{
    AuditProblem, Check, ClockProblem, ContentsProblem, CreationProblem, ObjectProblem, PcrSet,
    Verdict,
};
use crate::{
    error::UnmarshalError,
    types::{TpmAlgId, TpmEccCurve, TpmSt, TpmaObject, TpmsAttest},
};

/// Why evidence was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[must_use]
pub enum VerifyError {
    /// A part of the evidence cannot be read.
    Malformed {
        /// Which part.
        part: Part,
        /// Why and where, from the start of that part.
        error: UnmarshalError,
    },
    /// The key is not an RSA or ECC key.
    KeyType {
        /// Its type.
        found: TpmAlgId,
    },
    /// The key's attributes are not those of an attestation key.
    KeyAttributes {
        /// Attributes that it lacks.
        missing: TpmaObject,
        /// Attributes that it must not have, reserved bits among them.
        forbidden: TpmaObject,
    },
    /// The key is weak, or not a key.
    KeyStrength(KeyStrengthProblem),
    /// The key's scheme, or another part of its public area, is not fit.
    KeyScheme(KeySchemeProblem),
    /// The policy wants an anchored key, and this one vouches for itself.
    KeyNotAnchored,
    /// The list of names that may be pinned is empty.
    NoPinnedNames,
    /// The key's name is not one of the pinned ones.
    KeyNotPinned {
        /// The key's name.
        name: Excerpt,
    },
    /// The signature is made by another scheme or hash than the key's.
    SignatureScheme {
        /// Scheme and hash of the key.
        expected: (TpmAlgId, TpmAlgId),
        /// Scheme of the signature, and its hash if it has one.
        found: (TpmAlgId, Option<TpmAlgId>),
    },
    /// The signature is made with SHA-1, which the policy does not allow.
    SignatureSha1,
    /// The verifier does not have the signature's algorithm.
    SignatureUnsupported,
    /// The signature does not hold. No more is said, on purpose.
    Signature,
    /// What was signed does not begin like something that a TPM made.
    Magic {
        /// What it begins with.
        found: u32,
    },
    /// What was signed is another kind of attestation.
    Type {
        /// What it has to be.
        expected: TpmSt,
        /// What it is.
        found: TpmSt,
    },
    /// The attestation answers another request.
    Nonce {
        /// The nonce of this request.
        expected: Excerpt,
        /// The nonce that was signed.
        found: Excerpt,
    },
    /// The attestation names no key as its signer, or one with another name hash.
    Signer {
        /// The key's `nameAlg`; `TPM_ALG_NULL` for a key whose Name is unknown,
        /// where any hash will do.
        expected: TpmAlgId,
        /// `qualifiedSigner`.
        found: Excerpt,
    },
    /// The attestation names another key as its signer, or this one elsewhere.
    QualifiedSigner {
        /// The key's qualified name.
        expected: Excerpt,
        /// `qualifiedSigner`.
        found: Excerpt,
    },
    /// Another object or NV index was attested.
    Object(ObjectProblem),
    /// The object was made in another way.
    Creation(CreationProblem),
    /// The NV index holds something else.
    Contents(ContentsProblem),
    /// Other commands were audited.
    Audit(AuditProblem),
    /// The quote does not cover the PCR that it has to, or others are shown.
    Selection {
        /// What is wrong.
        problem: SelectionProblem,
        /// The PCR that were expected; what that is, `problem` says.
        expected: PcrSet,
        /// The PCR that were found instead.
        found: PcrSet,
    },
    /// A value is not as long as its bank's digests.
    PcrValue {
        /// Bank.
        bank: TpmAlgId,
        /// Index.
        index: u8,
        /// Length of its digests, in bytes.
        expected: usize,
        /// Length of the value, in bytes.
        found: usize,
    },
    /// The values are not the ones that were signed.
    PcrDigest {
        /// Digest of the values, by the signing scheme's hash.
        computed: Excerpt,
        /// `pcrDigest`.
        signed: Excerpt,
    },
    /// Values are not known to be good.
    Baseline {
        /// How many baseline entries hold.
        matched: usize,
        /// How many do not.
        mismatched: usize,
        /// The first that does not: bank and index.
        first: (TpmAlgId, u8),
        /// The first of its good values; `None` if it has none.
        expected: Option<Excerpt>,
        /// Its value in the quote; `None` if the quote does not cover it.
        found: Option<Excerpt>,
    },
    /// The TPM's clock or counters are not what the policy asks for.
    Clock(ClockProblem),
}

/// A part of the evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The public area of the attestation key.
    Public,
    /// The quote or other attestation, as it was received.
    Attest,
    /// What it holds, which the key has signed.
    Signed,
    /// The signature.
    Signature,
}

/// What is wrong with a key itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyStrengthProblem {
    /// An RSA key of this many bits: below 2048 or above 4096.
    RsaBits(u16),
    /// An RSA key of this many bits: not 2048, 3072 or 4096.
    RsaBitsUnsupported(u16),
    /// The modulus has another length than `keyBits` says.
    ModulusLength {
        /// Bytes by `keyBits`.
        expected: usize,
        /// Bytes of the modulus.
        found: usize,
    },
    /// The first bit of the modulus is not set.
    ModulusTopBit,
    /// The modulus is even.
    ModulusEven,
    /// The modulus has the fingerprint of CVE-2017-15361 (ROCA): the key can be
    /// computed from it.
    Roca,
    /// The public exponent is neither 0, which stands for 65537, nor 65537.
    Exponent(u32),
    /// A curve that is not supported.
    Curve(TpmEccCurve),
    /// The point is not on the curve.
    Point,
    /// The verifier does not have this kind of key.
    Unsupported,
}

/// What is wrong with a key's public area.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeySchemeProblem {
    /// `scheme` is `TPM_ALG_NULL`: the signer may choose.
    Open,
    /// `scheme` does not sign.
    NotSigning(TpmAlgId),
    /// `scheme` signs, and is not supported.
    Scheme(TpmAlgId),
    /// The scheme is not one that keys of this kind sign with.
    OtherKey(TpmAlgId),
    /// The hash of `scheme` is not supported.
    Hash(TpmAlgId),
    /// `nameAlg` is `TPM_ALG_NULL`: the key has no name.
    NoName,
    /// `nameAlg` is SHA-1.
    NameSha1,
    /// `nameAlg` is not supported.
    NameAlg(TpmAlgId),
    /// `authPolicy` is neither empty nor a digest of `nameAlg`.
    AuthPolicy {
        /// Length of such a digest, in bytes.
        expected: usize,
        /// Length of `authPolicy`, in bytes.
        found: usize,
    },
    /// `symmetric` is not `TPM_ALG_NULL`.
    Symmetric(TpmAlgId),
    /// `kdf` is not `TPM_ALG_NULL`.
    Kdf(TpmAlgId),
}

/// What is wrong with a selection of PCR. A bank and an index name the first
/// PCR that is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SelectionProblem {
    /// The policy requires an empty set of PCR.
    NothingRequired,
    /// The quote covers no PCR at all.
    Empty,
    /// The quote covers no PCR of a bank that it lists: the TPM does not have
    /// the bank.
    EmptyBank(TpmAlgId),
    /// The quote lists a bank twice.
    DuplicateBank(TpmAlgId),
    /// The quote's bit map for a bank does not have 3 bytes.
    SizeOfSelect(TpmAlgId, usize),
    /// The quote lists a bank that is not supported, or too many banks.
    UnsupportedBank(TpmAlgId),
    /// A value is given twice.
    DuplicateValue(TpmAlgId, u8),
    /// A value is given that the quote does not cover. Expected: the signed
    /// ones.
    Surplus(TpmAlgId, u8),
    /// No value is given that the quote covers. Expected: the signed ones.
    MissingValue(TpmAlgId, u8),
    /// The quote does not cover a PCR that is required. Expected: those.
    NotCovered(TpmAlgId, u8),
    /// The response claims other PCR than were signed. Expected: the claim.
    NotClaimed(TpmAlgId, u8),
    /// The quote covers a SHA-1 bank that is not required. Expected: what is.
    Sha1Bank,
    /// The quote covers a PCR from 16 to 23, which software can reset, that is
    /// not required. Expected: what is.
    Resettable(TpmAlgId, u8),
}

impl VerifyError {
    /// An attestation of another kind than expected.
    pub(super) fn other_type(expected: TpmSt, attest: &TpmsAttest<'_>) -> Self {
        let found = attest.attested.selector();
        Self::Type { expected, found }
    }

    /// The check that failed.
    #[must_use]
    pub fn check(&self) -> Check {
        match self {
            Self::Malformed { part, error } => match part {
                Part::Public if error.is_unknown_selector() => match error.field() {
                    "type" => Check::KeyType,
                    _ => Check::KeyScheme,
                },
                Part::Signature if error.is_unknown_selector() => Check::SignatureScheme,
                _ => Check::Input,
            },
            Self::KeyType { .. } => Check::KeyType,
            Self::KeyAttributes { .. } => Check::KeyAttributes,
            Self::KeyStrength(_) => Check::KeyStrength,
            Self::KeyScheme(_) => Check::KeyScheme,
            Self::KeyNotAnchored | Self::NoPinnedNames | Self::KeyNotPinned { .. } => {
                Check::KeyAnchor
            }
            Self::SignatureScheme { .. } | Self::SignatureSha1 | Self::SignatureUnsupported => {
                Check::SignatureScheme
            }
            Self::Signature => Check::Signature,
            Self::Magic { .. } => Check::Magic,
            Self::Type { .. } => Check::Type,
            Self::Nonce { .. } => Check::Nonce,
            Self::Signer { .. } | Self::QualifiedSigner { .. } => Check::Signer,
            Self::Object(_) => Check::Object,
            Self::Creation(_) => Check::Creation,
            Self::Contents(_) => Check::Contents,
            Self::Audit(_) => Check::Audit,
            Self::Selection { .. } => Check::Selection,
            Self::PcrValue { .. } => Check::PcrValues,
            Self::PcrDigest { .. } => Check::PcrDigest,
            Self::Baseline { .. } => Check::Baseline,
            Self::Clock(_) => Check::Clock,
        }
    }

    /// What the error says about the evidence.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let unsupported = match self {
            Self::Malformed { error, .. } if !error.is_unknown_selector() => {
                return Verdict::Malformed;
            }
            Self::Malformed { .. } | Self::SignatureUnsupported => true,
            Self::KeyType { found } => {
                matches!(
                    *found,
                    TpmAlgId::MLDSA | TpmAlgId::HASH_MLDSA | TpmAlgId::MLKEM
                )
            }
            Self::KeyStrength(problem) => matches!(
                problem,
                KeyStrengthProblem::RsaBitsUnsupported(_)
                    | KeyStrengthProblem::Curve(_)
                    | KeyStrengthProblem::Unsupported
            ),
            Self::KeyScheme(problem) => matches!(
                problem,
                KeySchemeProblem::Scheme(_)
                    | KeySchemeProblem::Hash(_)
                    | KeySchemeProblem::NameAlg(_)
            ),
            Self::SignatureScheme { found, .. } => matches!(
                found.0,
                TpmAlgId::ECDAA
                    | TpmAlgId::SM2
                    | TpmAlgId::ECSCHNORR
                    | TpmAlgId::EDDSA
                    | TpmAlgId::HASH_EDDSA
                    | TpmAlgId::MLDSA
                    | TpmAlgId::HASH_MLDSA
            ),
            Self::Object(problem) => matches!(problem, ObjectProblem::NameAlg(_)),
            Self::Audit(problem) => matches!(problem, AuditProblem::Hash(_)),
            Self::Selection { problem, .. } => {
                matches!(problem, SelectionProblem::UnsupportedBank(_))
            }
            _ => false,
        };
        if unsupported {
            Verdict::Unsupported
        } else {
            Verdict::Rejected
        }
    }
}

/// The first bytes of something, for an error's text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Excerpt {
    bytes: [u8; 66],
    len: u16,
}

impl Excerpt {
    /// Of `bytes`, the first 66: any nonce, digest or Name is shown whole.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Self {
        let mut start = [0; 66];
        for (to, from) in start.iter_mut().zip(bytes) {
            *to = *from;
        }
        Self {
            bytes: start,
            len: crate::error::saturate(bytes.len()),
        }
    }
}

impl fmt::Display for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.len == 0 {
            return f.write_str("empty");
        }
        for byte in self.bytes.iter().take(usize::from(self.len)) {
            write!(f, "{byte:02x}")?;
        }
        if usize::from(self.len) > self.bytes.len() {
            write!(f, "... ({} bytes)", self.len)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

const _: () = assert!(size_of::<VerifyError>() <= 192);
