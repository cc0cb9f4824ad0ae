//! `TPM2_NV_Certify`: what an NV index holds (Part 3, 31.16).

use core::fmt;

use super::{
    AttestPolicy, AttestationKey, Excerpt, Verified, VerifyError, attest::sealed,
    certify::compare_names,
};
use crate::{
    crypto::{Hasher, Name},
    types::{
        Tpm2bName, Tpm2bNvPublic, TpmSt, TpmsAttest, TpmsNvCertifyInfo, TpmsNvDigestCertifyInfo,
        TpmuAttest,
    },
};

/// Attested contents of an NV index, or of a part of it.
pub type VerifiedNv<'a> = Verified<'a, TpmsNvCertifyInfo<'a>>;

/// An attested digest of all that an NV index holds.
pub type VerifiedNvDigest<'a> = Verified<'a, TpmsNvDigestCertifyInfo<'a>>;

/// The NV index that has to be attested, and what it has to hold.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Nv<'p> {
    index: &'p Tpm2bNvPublic<'p>,
    expected: Option<(u16, &'p [u8])>,
}

impl<'p> Nv<'p> {
    /// The index with this public area, whatever it holds.
    ///
    /// The name of an index changes when it is written for the first time, and when it is
    /// locked: the public area has to be as it was when the TPM attested it.
    pub fn of(index: &'p Tpm2bNvPublic<'p>) -> Self {
        let expected = None;
        Self { index, expected }
    }

    /// What has to have been attested: these bytes, from this offset.
    pub fn contents(self, offset: u16, contents: &'p [u8]) -> Self {
        Self {
            expected: Some((offset, contents)),
            ..self
        }
    }
}

impl<'a> sealed::Kind<'a> for Nv<'_> {
    type Facts = TpmsNvCertifyInfo<'a>;
    const TYPE: TpmSt = TpmSt::ATTEST_NV;

    fn check(
        &self,
        _: &AttestationKey<'_>,
        attest: &TpmsAttest<'a>,
        policy: &AttestPolicy<'_>,
    ) -> Result<Self::Facts, VerifyError> {
        let TpmuAttest::Nv(info) = attest.attested else {
            return Err(VerifyError::other_type(Self::TYPE, attest));
        };
        check_index(self.index, info.index_name, policy)?;
        let (offset, contents) = (info.offset, info.nv_contents.bytes());
        let size = self.index.value().data_size;
        let end = usize::from(offset).saturating_add(contents.len());
        if end > usize::from(size) {
            return Err(ContentsProblem::Range { end, size }.into());
        }
        match self.expected {
            Some((expected, _)) if expected != offset => Err(ContentsProblem::Offset {
                expected,
                found: offset,
            }
            .into()),
            Some((_, expected)) if expected != contents => Err(ContentsProblem::Bytes {
                expected: Excerpt::new(expected),
                found: Excerpt::new(contents),
            }
            .into()),
            _ => Ok(info),
        }
    }
}

/// The NV index of which a digest has to be attested, and what it has to hold.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct NvDigest<'p> {
    index: &'p Tpm2bNvPublic<'p>,
    expected: Option<&'p [u8]>,
}

impl<'p> NvDigest<'p> {
    /// The index with this public area, whatever it holds: see [`Nv::of`].
    pub fn of(index: &'p Tpm2bNvPublic<'p>) -> Self {
        let expected = None;
        Self { index, expected }
    }

    /// All that the index has to hold.
    pub fn contents(self, contents: &'p [u8]) -> Self {
        Self {
            expected: Some(contents),
            ..self
        }
    }
}

impl<'a> sealed::Kind<'a> for NvDigest<'_> {
    type Facts = TpmsNvDigestCertifyInfo<'a>;
    const TYPE: TpmSt = TpmSt::ATTEST_NV_DIGEST;

    fn check(
        &self,
        key: &AttestationKey<'_>,
        attest: &TpmsAttest<'a>,
        policy: &AttestPolicy<'_>,
    ) -> Result<Self::Facts, VerifyError> {
        let TpmuAttest::NvDigest(info) = attest.attested else {
            return Err(VerifyError::other_type(Self::TYPE, attest));
        };
        check_index(self.index, info.index_name, policy)?;
        let Some(contents) = self.expected else {
            return Ok(info);
        };
        let computed = Hasher::digest(key.scheme.hash, contents);
        let computed = computed.as_ref().map(AsRef::as_ref).unwrap_or_default();
        if computed != info.nv_digest.bytes() {
            return Err(ContentsProblem::Digest {
                computed: Excerpt::new(computed),
                signed: Excerpt::new(info.nv_digest.bytes()),
            }
            .into());
        }
        Ok(info)
    }
}

/// `object`, of an NV index.
fn check_index(
    index: &Tpm2bNvPublic<'_>,
    found: Tpm2bName<'_>,
    policy: &AttestPolicy<'_>,
) -> Result<(), VerifyError> {
    let index = index.value();
    compare_names(index.name_alg, Name::of_nv(index), found, policy).map(|_| ())
}

/// What is wrong with what an NV index holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ContentsProblem {
    /// More was attested than the index can hold.
    Range {
        /// Where the contents end, in bytes.
        end: usize,
        /// `dataSize`.
        size: u16,
    },
    /// Another part of the index was attested.
    Offset {
        /// Where the contents have to begin, in bytes.
        expected: u16,
        /// `offset`.
        found: u16,
    },
    /// The index holds something else.
    Bytes {
        /// What it has to hold.
        expected: Excerpt,
        /// `nvContents`.
        found: Excerpt,
    },
    /// The index holds something else.
    Digest {
        /// Digest of what it has to hold, by the hash of the key's scheme.
        computed: Excerpt,
        /// `nvDigest`.
        signed: Excerpt,
    },
}

impl From<ContentsProblem> for VerifyError {
    fn from(problem: ContentsProblem) -> Self {
        Self::Contents(problem)
    }
}

impl ContentsProblem {
    pub(super) fn help(&self) -> &'static str {
        match self {
            Self::Range { .. } => "No TPM attests more than an index holds: do not trust the key.",
            Self::Offset { .. } => "Ask the TPM for the part of the index that is wanted.",
            Self::Bytes { .. } | Self::Digest { .. } => {
                "The index was written since, or what it is expected to hold is out of date."
            }
        }
    }
}

impl fmt::Display for ContentsProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Range { end, size } => write!(
                f,
                "the contents end at byte {end} of an index that holds {size} bytes"
            ),
            Self::Offset { expected, found } => {
                write!(f, "the contents begin at byte {found}, expected {expected}")
            }
            Self::Bytes { expected, found } => {
                write!(f, "the NV index holds {found}, expected {expected}")
            }
            Self::Digest { computed, signed } => write!(
                f,
                "the digest of the expected contents is {computed}, the attestation has {signed}"
            ),
        }
    }
}
