//! [`SnpReport`]: the report of an AMD processor with SEV-SNP.

use core::fmt;

use crate::{
    error::{Place, UnmarshalError},
    verify::{
        error::{Error, HardwareProblem, Part},
        tcb::SnpTcb,
    },
    wire::{Hex, Reader},
};

const REPORT: &Place = &Place {
    structure: "ATTESTATION_REPORT",
    field: "",
};
/// The part that is signed; the signature follows it.
const SIGNED_SIZE: usize = 0x2a0;
/// The size of each number of the signature, and of what follows them.
const NUMBER_SIZE: usize = 72;
const BEHIND_SIZE: usize = 368;
/// ECDSA on P-384 with SHA-384.
const P384: u32 = 1;
/// The bits of the flags that tell the signing key; zero is that of the chip (VCEK), 1 that of
/// the cloud (VLEK).
const SIGNING_KEY: u32 = 0b111;
/// The family of Milan and Genoa, and the upper four bits of their models.
const FAMILY: u8 = 0x19;
/// `DEBUG` in the guest's policy.
const DEBUG: u64 = 1 << 19;

/// The report of an AMD processor with SEV-SNP (AMD 56860, table 23): versions 2 and 3, by
/// Milan and Genoa, signed by a key of the chip. **It was only read**: see
/// [`VerifiedHardware`](super::VerifiedHardware).
#[derive(Clone, Copy)]
pub struct SnpReport<'a> {
    pub(super) signed: &'a [u8],
    /// Both numbers are little-endian.
    pub(super) r: &'a [u8; NUMBER_SIZE],
    pub(super) s: &'a [u8; NUMBER_SIZE],
    pub(super) behind: &'a [u8],
    policy: u64,
    pub(super) vmpl: u32,
    pub(super) data: &'a [u8; 64],
    pub(super) measurement: &'a [u8; 48],
    pub(super) id_key: &'a [u8; 48],
    pub(super) chip: &'a [u8; 64],
    pub(super) tcb: SnpTcb,
}

impl<'a> SnpReport<'a> {
    /// Reads a report, of 1184 bytes.
    ///
    /// # Errors
    /// It has another length; or its version, its processor, its signing key or its algorithm
    /// is not supported.
    pub fn from_bytes(bytes: &'a [u8]) -> Result<Self, Error> {
        let mut r = Reader::new(bytes);
        let read = Fields::read(&mut r).and_then(|fields| r.finish().map(|()| fields));
        let fields =
            read.map_err(|error| Error::structure(Part::Hardware, error.in_place(REPORT)))?;
        let Fields {
            version,
            algorithm,
            flags,
            family,
            report,
        } = fields;
        let unsupported = |what| Err(HardwareProblem::Unsupported(what).into());
        match (version, family) {
            // The family is not told.
            (2, _) => {}
            (3, [FAMILY, 0x00..=0x1f | 0xa0..=0xaf, _]) => {}
            (3, _) => return unsupported("the processor: expected Milan or Genoa"),
            _ => return Err(HardwareProblem::Version { found: version }.into()),
        }
        match flags >> 2 & SIGNING_KEY {
            0 => {}
            1 => return Err(HardwareProblem::Vlek.into()),
            _ => return unsupported("the signing key"),
        }
        if algorithm != P384 {
            return unsupported("the algorithm of the signature");
        }
        Ok(report)
    }

    /// Whether the guest's policy allows debugging: the host can then read and write its memory.
    pub(super) const fn may_be_debugged(&self) -> bool {
        self.policy & DEBUG != 0
    }
}

/// A report and what decides whether it is supported.
struct Fields<'a> {
    version: u32,
    algorithm: u32,
    flags: u32,
    family: [u8; 3],
    report: SnpReport<'a>,
}

impl<'a> Fields<'a> {
    fn read(r: &mut Reader<'a>) -> Result<Self, UnmarshalError> {
        let mut signed = *r;
        let all = signed.bytes(SIGNED_SIZE)?;
        let version = r.u32_le()?;
        r.bytes(4)?; // GUEST_SVN
        let policy = r.u64_le()?;
        r.bytes(32)?; // FAMILY_ID, IMAGE_ID
        let vmpl = r.u32_le()?;
        let algorithm = r.u32_le()?;
        r.bytes(16)?; // CURRENT_TCB, PLATFORM_INFO
        let flags = r.u32_le()?;
        r.bytes(4)?;
        let data = r.array()?;
        let measurement = r.array()?;
        r.bytes(32)?; // HOST_DATA
        let id_key = r.array()?;
        // AUTHOR_KEY_DIGEST, REPORT_ID, REPORT_ID_MA
        r.bytes(112)?;
        let &[boot_loader, tee, _, _, _, _, snp, microcode] = r.array::<8>()?;
        let family = *r.array::<3>()?;
        r.bytes(21)?;
        let chip = r.array()?;
        // COMMITTED_TCB, versions, LAUNCH_TCB
        r.bytes(192)?;
        let (first, second) = (r.array()?, r.array()?);
        Ok(Self {
            version,
            algorithm,
            flags,
            family,
            report: SnpReport {
                signed: all,
                r: first,
                s: second,
                behind: r.bytes(BEHIND_SIZE)?,
                policy,
                vmpl,
                data,
                measurement,
                id_key,
                chip,
                tcb: SnpTcb {
                    boot_loader,
                    tee,
                    snp,
                    microcode,
                },
            },
        })
    }
}

impl fmt::Debug for SnpReport<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SnpReport")
            .field("measurement", &Hex(self.measurement))
            .field("tcb", &self.tcb)
            .finish_non_exhaustive()
    }
}
