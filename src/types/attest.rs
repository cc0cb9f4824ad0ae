//! What a TPM attests to (Part 2, 10.11 and 10.12).

use super::{
    buffers::{Tpm2bData, Tpm2bDigest, Tpm2bMaxNvBuffer, Tpm2bName},
    constants::{TPM_GENERATED_VALUE, TpmAlgId, TpmSt},
    lists::TpmlPcrSelection,
};
use crate::{
    error::{MarshalError, Place, Reason, UnmarshalError},
    wire::{Inspect, Inspector, Marshal, Reader, Sink, Unmarshal},
};

/// What a TPM signs (Part 2, 10.12.12).
///
/// Its `magic` is always [`TPM_GENERATED_VALUE`], its `type` the
/// [`selector`](TpmuAttest::selector) of `attested`.
#[doc(alias = "TPMS_ATTEST")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TpmsAttest<'a> {
    /// Qualified name of the key that signed; empty for ECDAA, a handle where
    /// there was no key.
    pub qualified_signer: Tpm2bName<'a>,
    /// What the caller of the TPM sent along: the nonce.
    pub extra_data: Tpm2bData<'a>,
    /// Clock and counters. Unless the signing key is in the endorsement or
    /// platform hierarchy, the two counters are obfuscated.
    pub clock_info: TpmsClockInfo,
    /// The vendor's firmware version, obfuscated like the counters.
    pub firmware_version: u64,
    /// What is attested.
    pub attested: TpmuAttest<'a>,
}

tpm_union! {
    /// The kinds of attestation (Part 2, 10.12.11).
    pub enum TpmuAttest<'a> = "TPMU_ATTEST" by TpmSt {
        /// Contents of an NV index: `TPM2_NV_Certify`.
        ATTEST_NV => Nv(TpmsNvCertifyInfo<'a> = "nv"),
        /// Commands that were run: `TPM2_GetCommandAuditDigest`.
        ATTEST_COMMAND_AUDIT => CommandAudit(TpmsCommandAuditInfo<'a> = "commandAudit"),
        /// Commands of a session: `TPM2_GetSessionAuditDigest`.
        ATTEST_SESSION_AUDIT => SessionAudit(TpmsSessionAuditInfo<'a> = "sessionAudit"),
        /// Another object: `TPM2_Certify`.
        ATTEST_CERTIFY => Certify(TpmsCertifyInfo<'a> = "certify"),
        /// PCRs: `TPM2_Quote`.
        ATTEST_QUOTE => Quote(TpmsQuoteInfo<'a> = "quote"),
        /// Time: `TPM2_GetTime`.
        ATTEST_TIME => Time(TpmsTimeAttestInfo = "time"),
        /// How an object was made: `TPM2_CertifyCreation`.
        ATTEST_CREATION => Creation(TpmsCreationInfo<'a> = "creation"),
        /// Digest of an NV index (from 1.59): `TPM2_NV_Certify` with neither
        /// size nor offset.
        ATTEST_NV_DIGEST => NvDigest(TpmsNvDigestCertifyInfo<'a> = "nvDigest"),
    }
}

tpm_struct! {
    /// Clock and reset counters (Part 2, 10.11.2).
    pub struct TpmsClockInfo = "TPMS_CLOCK_INFO" {
        /// Time while powered, in milliseconds. It only goes back when the
        /// owner is cleared.
        clock: u64 = "clock",
        /// How often the TPM was reset.
        reset_count: u32 = "resetCount",
        /// How often it was restarted or resumed since.
        restart_count: u32 = "restartCount",
        /// Whether no larger `clock` can have been reported before.
        safe: bool = "safe",
    }
}

tpm_struct! {
    /// Time and clock (Part 2, 10.11.3).
    pub struct TpmsTimeInfo = "TPMS_TIME_INFO" {
        /// Time since power on, in milliseconds.
        time: u64 = "time",
        /// Clock and counters.
        clock_info: TpmsClockInfo = "clockInfo",
    }
}

tpm_struct! {
    /// PCR values (Part 2, 10.12.4).
    pub struct TpmsQuoteInfo<'a> = "TPMS_QUOTE_INFO" {
        /// Which PCRs, bank by bank.
        pcr_select: TpmlPcrSelection<'a> = "pcrSelect",
        /// Digest of their values in that order, by the signing scheme's hash.
        pcr_digest: Tpm2bDigest<'a> = "pcrDigest",
    }
}

tpm_struct! {
    /// Another object in the same TPM (Part 2, 10.12.3).
    pub struct TpmsCertifyInfo<'a> = "TPMS_CERTIFY_INFO" {
        /// Its name.
        name: Tpm2bName<'a> = "name",
        /// Its qualified name.
        qualified_name: Tpm2bName<'a> = "qualifiedName",
    }
}

tpm_struct! {
    /// How an object was made (Part 2, 10.12.7).
    pub struct TpmsCreationInfo<'a> = "TPMS_CREATION_INFO" {
        /// Its name.
        object_name: Tpm2bName<'a> = "objectName",
        /// Digest of its `TPMS_CREATION_DATA`, by its own name's hash.
        creation_hash: Tpm2bDigest<'a> = "creationHash",
    }
}

tpm_struct! {
    /// Time (Part 2, 10.12.2).
    pub struct TpmsTimeAttestInfo = "TPMS_TIME_ATTEST_INFO" {
        /// Time and clock.
        time: TpmsTimeInfo = "time",
        /// The vendor's firmware version, never obfuscated here.
        firmware_version: u64 = "firmwareVersion",
    }
}

tpm_struct! {
    /// Commands of an audit session (Part 2, 10.12.6).
    pub struct TpmsSessionAuditInfo<'a> = "TPMS_SESSION_AUDIT_INFO" {
        /// Whether no other command came between them.
        exclusive_session: bool = "exclusiveSession",
        /// Digest over the commands and answers.
        session_digest: Tpm2bDigest<'a> = "sessionDigest",
    }
}

tpm_struct! {
    /// Commands that were run since the last such report (Part 2, 10.12.5).
    pub struct TpmsCommandAuditInfo<'a> = "TPMS_COMMAND_AUDIT_INFO" {
        /// Counts the audits.
        audit_counter: u64 = "auditCounter",
        /// Hash of both digests.
        digest_alg: TpmAlgId = "digestAlg",
        /// Digest over the commands and answers.
        audit_digest: Tpm2bDigest<'a> = "auditDigest",
        /// Digest of the list of commands that are audited.
        command_digest: Tpm2bDigest<'a> = "commandDigest",
    }
}

tpm_struct! {
    /// Contents of an NV index (Part 2, 10.12.8).
    pub struct TpmsNvCertifyInfo<'a> = "TPMS_NV_CERTIFY_INFO" {
        /// Its name.
        index_name: Tpm2bName<'a> = "indexName",
        /// Where the contents begin in it, in bytes.
        offset: u16 = "offset",
        /// The contents.
        nv_contents: Tpm2bMaxNvBuffer<'a> = "nvContents",
    }
}

tpm_struct! {
    /// Digest of an NV index (Part 2, 10.12.9).
    pub struct TpmsNvDigestCertifyInfo<'a> = "TPMS_NV_DIGEST_CERTIFY_INFO" {
        /// Its name.
        index_name: Tpm2bName<'a> = "indexName",
        /// Digest of all that it holds, by the signing scheme's hash.
        nv_digest: Tpm2bDigest<'a> = "nvDigest",
    }
}

const fn place(field: &'static str) -> Place {
    Place {
        structure: "TPMS_ATTEST",
        field,
    }
}

const MAGIC: &Place = &place("magic");
const TYPE: &Place = &place("type");
const QUALIFIED_SIGNER: &Place = &place("qualifiedSigner");
const EXTRA_DATA: &Place = &place("extraData");
const CLOCK_INFO: &Place = &place("clockInfo");
const FIRMWARE_VERSION: &Place = &place("firmwareVersion");

impl<'a> Unmarshal<'a> for TpmsAttest<'a> {
    const NAME: &'static str = "TPMS_ATTEST";

    #[inline(always)]
    fn unmarshal(r: &mut Reader<'a>) -> Result<Self, UnmarshalError> {
        let at = *r;
        if r.field::<u32>(MAGIC)? != TPM_GENERATED_VALUE {
            return Err(at.error(Reason::WrongConstant).in_place(MAGIC));
        }
        let at = *r;
        let kind = r.field(TYPE)?;
        Ok(Self {
            qualified_signer: r.field(QUALIFIED_SIGNER)?,
            extra_data: r.field(EXTRA_DATA)?,
            clock_info: r.field(CLOCK_INFO)?,
            firmware_version: r.field(FIRMWARE_VERSION)?,
            attested: TpmuAttest::unmarshal_selected(kind, at, TYPE, r)?,
        })
    }
}

impl Marshal for TpmsAttest<'_> {
    #[inline(always)]
    fn marshal<S: Sink + ?Sized>(&self, sink: &mut S) -> Result<(), MarshalError> {
        TPM_GENERATED_VALUE.marshal(sink)?;
        self.attested.selector().marshal(sink)?;
        self.qualified_signer.marshal(sink)?;
        self.extra_data.marshal(sink)?;
        self.clock_info.marshal(sink)?;
        self.firmware_version.marshal(sink)?;
        self.attested.marshal_selected(sink)
    }
}

impl Inspect for TpmsAttest<'_> {
    fn inspect(&self, to: &mut dyn Inspector) {
        to.field("magic", &Magic);
        to.field("type", &self.attested.selector());
        to.field("qualifiedSigner", &self.qualified_signer);
        to.field("extraData", &self.extra_data);
        to.field("clockInfo", &self.clock_info);
        to.field("firmwareVersion", &FirmwareVersion(self.firmware_version));
        to.field("attested", &self.attested);
    }
}

struct Magic;

impl Inspect for Magic {
    fn inspect(&self, to: &mut dyn Inspector) {
        to.id(Some("TPM_GENERATED_VALUE"), TPM_GENERATED_VALUE.into(), 8);
    }
}

/// Vendors put dates and dotted versions into it: hexadecimal shows them.
struct FirmwareVersion(u64);

impl Inspect for FirmwareVersion {
    fn inspect(&self, to: &mut dyn Inspector) {
        to.bytes(&self.0.to_be_bytes());
    }
}

#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<TpmsAttest<'_>>() <= 120);
