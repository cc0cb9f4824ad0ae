//! `TPM2_NV_Certify`: the contents of an NV index (Part 3, 31.16).

use super::{
    attest::{other_type, sealed},
    certify::compare_names,
    verified::Verified,
};
use crate::{
    crypto::{Hasher, Name},
    types::{
        Tpm2bName, Tpm2bNvPublic, TpmAlgId, TpmSt, TpmsAttest, TpmsNvCertifyInfo,
        TpmsNvDigestCertifyInfo, TpmuAttest,
    },
    verify::{
        attestation_key::AttestationKey,
        error::{Check, CheckSet, ContentsProblem, Error, Excerpt, ObjectProblem},
        policy::AttestPolicy,
    },
};

/// A verified attestation of the contents of an NV index, or of a part of them.
pub type VerifiedNv<'a> = Verified<'a, TpmsNvCertifyInfo<'a>>;

/// A verified attestation of the digest of an NV index's contents.
pub type VerifiedNvDigest<'a> = Verified<'a, TpmsNvDigestCertifyInfo<'a>>;

/// Which NV index is meant.
#[derive(Clone, Copy, Debug)]
enum Index<'p> {
    Public(&'p Tpm2bNvPublic<'p>),
    Name(Name),
}

impl Index<'_> {
    /// `object`, of an NV index.
    fn check(&self, found: Tpm2bName<'_>, policy: &AttestPolicy<'_>) -> Result<(), ObjectProblem> {
        let (name_alg, name) = match self {
            Self::Public(public) => {
                let public = public.value();
                (public.name_alg, Name::of_nv(public))
            }
            Self::Name(name) => (name.name_alg().unwrap_or(TpmAlgId::NULL), Some(*name)),
        };
        compare_names(name_alg, name, found, policy).map(|_| ())
    }

    /// How many bytes it has, if that is known.
    fn size(&self) -> Option<u16> {
        match self {
            Self::Public(public) => Some(public.value().data_size),
            Self::Name(_) => None,
        }
    }
}

/// The requirements on an NV index and its contents.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Nv<'p> {
    index: Index<'p>,
    expected: Option<(u16, &'p [u8])>,
}

impl<'p> Nv<'p> {
    /// Requires the index with this public area, with any contents.
    ///
    /// The name of an index changes when it is first written and when it is locked: give the
    /// public area as it was when the TPM attested it.
    pub fn of(index: &'p Tpm2bNvPublic<'p>) -> Self {
        let expected = None;
        let index = Index::Public(index);
        Self { index, expected }
    }

    /// Requires the index with this Name, with any contents, where its public area is not at
    /// hand: tpm2-tools show the Name and do not write the public area.
    ///
    /// The Name is the digest of all of the public area, which is as good; but how large the
    /// index is is then not known, and not compared with what was attested.
    pub fn named(name: Name) -> Self {
        let expected = None;
        let index = Index::Name(name);
        Self { index, expected }
    }

    /// Requires these bytes at this offset.
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
    const CHECKS: CheckSet = CheckSet::of(&[Check::Object, Check::Contents]);

    fn asked(&self) -> CheckSet {
        asked(self.expected.is_some())
    }

    fn check(
        &self,
        _: &AttestationKey<'_>,
        attest: &TpmsAttest<'a>,
        policy: &AttestPolicy<'_>,
        passed: &mut CheckSet,
    ) -> Result<Self::Facts, Error> {
        let TpmuAttest::Nv(info) = attest.attested else {
            return Err(other_type(Self::TYPE, attest));
        };
        self.index.check(info.index_name, policy)?;
        passed.insert(Check::Object);
        let (offset, contents) = (info.offset, info.nv_contents.bytes());
        let end = usize::from(offset).saturating_add(contents.len());
        if let Some(size) = self.index.size()
            && end > usize::from(size)
        {
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
            _ => {
                passed.insert(Check::Contents);
                Ok(info)
            }
        }
    }
}

/// The checks that are asked for, with expected contents or without.
fn asked(contents: bool) -> CheckSet {
    let mut asked = CheckSet::of(&[Check::Object]);
    if contents {
        asked.insert(Check::Contents);
    }
    asked
}

/// The requirements on an NV index whose contents are attested by their digest.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct NvDigest<'p> {
    index: Index<'p>,
    expected: Option<&'p [u8]>,
}

impl<'p> NvDigest<'p> {
    /// Requires the index with this public area, with any contents: see [`Nv::of`].
    pub fn of(index: &'p Tpm2bNvPublic<'p>) -> Self {
        let expected = None;
        let index = Index::Public(index);
        Self { index, expected }
    }

    /// Requires the index with this Name, with any contents: see [`Nv::named`].
    pub fn named(name: Name) -> Self {
        let expected = None;
        let index = Index::Name(name);
        Self { index, expected }
    }

    /// Requires the index to hold exactly these bytes.
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
    const CHECKS: CheckSet = CheckSet::of(&[Check::Object, Check::Contents]);

    fn asked(&self) -> CheckSet {
        asked(self.expected.is_some())
    }

    fn check(
        &self,
        key: &AttestationKey<'_>,
        attest: &TpmsAttest<'a>,
        policy: &AttestPolicy<'_>,
        passed: &mut CheckSet,
    ) -> Result<Self::Facts, Error> {
        let TpmuAttest::NvDigest(info) = attest.attested else {
            return Err(other_type(Self::TYPE, attest));
        };
        self.index.check(info.index_name, policy)?;
        passed.insert(Check::Object);
        let Some(contents) = self.expected else {
            passed.insert(Check::Contents);
            return Ok(info);
        };
        let computed = Hasher::digest(key.scheme().hash, contents);
        let computed = computed.as_ref().map(AsRef::as_ref).unwrap_or_default();
        if computed != info.nv_digest.bytes() {
            return Err(ContentsProblem::Digest {
                computed: Excerpt::new(computed),
                signed: Excerpt::new(info.nv_digest.bytes()),
            }
            .into());
        }
        passed.insert(Check::Contents);
        Ok(info)
    }
}
