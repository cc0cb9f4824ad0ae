//! [`HclReport`]: the report of Azure's host compatibility layer.

use core::fmt;

#[cfg(feature = "certificate")]
use super::snp::SnpReport;
use crate::{
    crypto::Hasher,
    error::UnmarshalError,
    types::TpmAlgId,
    verify::{
        attestation_key::PlainKey,
        error::{Error, HardwareProblem, Part, Problem, ProjectProblem},
    },
    wire::Reader,
};

/// What the report begins with.
const MAGIC: &[u8; 4] = b"HCLA";
/// The room for the report of the processor.
const PROCESSOR_SIZE: usize = 1184;
/// Everything before the claims, and of it the part that describes them.
const HEADERS_SIZE: usize = 32 + PROCESSOR_SIZE + 20;
const CLAIMS_HEADER_SIZE: usize = 20;
/// A request for attestation.
const ATTESTATION: u32 = 2;
/// Where the processor's report has the data that its guest gave it: with SEV-SNP and TDX.
const SNP_DATA: usize = 80;
const TDX_DATA: usize = 128;
/// The size of a `TDREPORT`; padding follows it.
const TDREPORT_SIZE: usize = 1024;

/// The processor of a confidential VM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Processor {
    /// AMD SEV-SNP.
    SevSnp,
    /// Intel TDX.
    Tdx,
}

/// The report of Azure's host compatibility layer (NV index 0x01400001). Its claims, with the
/// attestation key, are those of which the processor's report has the digest.
///
/// **That report is not verified here**: see [`VerifiedHardware`](super::VerifiedHardware).
/// [`read_hcl_report`](crate::evidence::read_hcl_report) reads one.
#[derive(Clone, Copy)]
pub struct HclReport<'a> {
    processor: Processor,
    report: &'a [u8],
    data: &'a [u8],
    claims: &'a [u8],
    key: PlainKey<'a>,
}

impl<'a> HclReport<'a> {
    /// Reads a report; `key` reads the attestation key in the claims.
    pub(crate) fn read(
        bytes: &'a [u8],
        key: impl FnOnce(&'a [u8]) -> Result<PlainKey<'a>, Error>,
    ) -> Result<Self, Error> {
        let malformed = || Error::new(Part::Project, Problem::Project(ProjectProblem::Report));
        let unsupported = |what| Error::from(HardwareProblem::HclUnsupported(what));
        let mut r = Reader::new(bytes);
        let Headers {
            fixed,
            version,
            report,
            kind,
            hash,
            claims,
        } = headers(&mut r).map_err(|_| malformed())?;
        let is_zero = |bytes: &[u8]| bytes.iter().all(|byte| *byte == 0);
        if !fixed || !is_zero(r.rest()) {
            return Err(malformed());
        }
        if !matches!(version, 1 | 2) {
            return Err(unsupported("its version"));
        }
        let (processor, at) = match kind {
            2 => (Processor::SevSnp, SNP_DATA),
            4 => (Processor::Tdx, TDX_DATA),
            _ => return Err(unsupported("the kind of the processor's report")),
        };
        if hash != 1 {
            return Err(unsupported("the hash of the claims"));
        }
        let padding = report.get(TDREPORT_SIZE..).unwrap_or_default();
        if processor == Processor::Tdx && !is_zero(padding) {
            return Err(malformed());
        }
        let data = report.get(at..).and_then(|behind| behind.get(..64));
        let data = data.ok_or(malformed())?;
        if !binds(data, claims) {
            return Err(HardwareProblem::Claims.into());
        }
        Ok(Self {
            processor,
            report,
            data,
            claims,
            key: key(claims)?,
        })
    }

    /// Returns the processor that made the report in it.
    #[must_use]
    pub const fn processor(&self) -> Processor {
        self.processor
    }

    /// Returns the report of the processor, as it is. Nothing of it is verified.
    #[must_use]
    pub const fn processor_report(&self) -> &'a [u8] {
        self.report
    }

    /// Returns the 64 bytes of user data in the processor's report: the digest of the claims, and
    /// zeros.
    #[must_use]
    pub const fn report_data(&self) -> &'a [u8] {
        self.data
    }

    /// Returns the claims, in JSON. The report of the processor has their digest.
    #[must_use]
    pub const fn claims(&self) -> &'a [u8] {
        self.claims
    }

    /// Returns the numbers of the attestation key in the claims. Nothing vouches for it yet.
    #[must_use]
    pub const fn key(&self) -> &PlainKey<'a> {
        &self.key
    }

    /// Whether the claims are those of the processor's report with this data.
    #[cfg(feature = "certificate")]
    pub(crate) fn is_bound_to(&self, data: &[u8]) -> bool {
        data == self.data && binds(data, self.claims)
    }

    /// Returns the report of the processor.
    ///
    /// # Errors
    /// It is one of Intel TDX, which is not signed.
    #[cfg(feature = "certificate")]
    pub fn snp_report(&self) -> Result<SnpReport<'a>, Error> {
        match self.processor {
            Processor::SevSnp => SnpReport::from_bytes(self.report),
            Processor::Tdx => Err(HardwareProblem::Tdx.into()),
        }
    }
}

/// Whether the data of the processor's report are the digest of the claims, and zeros.
fn binds(data: &[u8], claims: &[u8]) -> bool {
    let Some((digest, rest)) = data.split_at_checked(32) else {
        return false;
    };
    let own = Hasher::digest(TpmAlgId::SHA256, claims);
    own.is_some_and(|own| own.as_ref() == digest) && rest.iter().all(|byte| *byte == 0)
}

/// What stands before and in the claims.
struct Headers<'a> {
    /// Whether all that is always the same is so, and the sizes agree.
    fixed: bool,
    version: u32,
    report: &'a [u8],
    kind: u32,
    hash: u32,
    claims: &'a [u8],
}

/// Integers are little-endian.
fn headers<'a>(r: &mut Reader<'a>) -> Result<Headers<'a>, UnmarshalError> {
    let magic: &[u8; 4] = r.array()?;
    let version = r.u32_le()?;
    let size = r.u32_le()?;
    let request = r.u32_le()?;
    let zeros: &[u8; 16] = r.array()?;
    let report = r.bytes(PROCESSOR_SIZE)?;
    let claims_size = r.u32_le()?;
    let claims_version = r.u32_le()?;
    let kind = r.u32_le()?;
    let hash = r.u32_le()?;
    let len = r.u32_le()?;
    let len = usize::try_from(len).unwrap_or(usize::MAX);
    let claims = r.bytes(len)?;
    let is_sum = |size: u32, before: usize| {
        usize::try_from(size).is_ok_and(|size| Some(size) == before.checked_add(len))
    };
    let fixed = magic == MAGIC
        && request == ATTESTATION
        && *zeros == [0; 16]
        && claims_version == 1
        && is_sum(size, HEADERS_SIZE)
        && is_sum(claims_size, CLAIMS_HEADER_SIZE);
    Ok(Headers {
        fixed,
        version,
        report,
        kind,
        hash,
        claims,
    })
}

impl fmt::Debug for HclReport<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HclReport")
            .field("processor", &self.processor)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}
