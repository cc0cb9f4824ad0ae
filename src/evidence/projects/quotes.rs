//! [`ProjectEvidence`]: the evidence of any project.

use core::fmt;

use crate::{
    evidence::keys::Key,
    types::TpmAlgId,
    verify::{
        PcrSet, PcrValue, SignedAttest,
        error::{Error, HardwareProblem},
        hardware::HclReport,
    },
};

/// The project that evidence is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Project {
    /// `PlatformParameters` of go-attestation.
    GoAttestation,
    /// A dump of the `attest-tool` of go-attestation.
    GoAttestationTool,
    /// The attester `tpm` of confidential-containers.
    ConfidentialContainers,
    /// The attesters `az-snp-vtpm` and `az-tdx-vtpm` of confidential-containers.
    AzureVtpm,
}

impl Project {
    /// The name, as in messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::GoAttestation => "go-attestation",
            Self::GoAttestationTool => "dump of go-attestation's attest-tool",
            Self::ConfidentialContainers => "confidential-containers, tpm",
            Self::AzureVtpm => "confidential-containers, Azure vTPM",
        }
    }
}

impl fmt::Display for Project {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The key in the evidence. Nothing in the evidence vouches for it.
pub type ProjectKey<'r> = Key<'r>;

/// What a processor says of its guest, in evidence: nothing of it is verified yet.
#[derive(Clone, Copy, Debug)]
pub struct HardwareEvidence<'r> {
    pub(super) report: HclReport<'r>,
    pub(super) vcek: Result<Option<&'r [u8]>, Error>,
}

impl<'r> HardwareEvidence<'r> {
    /// Returns the report of Azure's host compatibility layer.
    #[must_use]
    pub const fn report(&self) -> &HclReport<'r> {
        &self.report
    }

    /// Returns the certificate of the chip's key, in DER.
    ///
    /// # Errors
    /// The evidence has none, or it cannot be read.
    pub fn vcek(&self) -> Result<&'r [u8], Error> {
        self.vcek?.ok_or(HardwareProblem::NoCertificate.into())
    }
}

/// The quotes, the key and the PCR values of a project's evidence, as they were sent. None of
/// them is judged yet.
///
/// # Values that are not signed
///
/// The evidence has the values of all PCRs of a bank, whatever the quote covers, and with
/// go-attestation those of several banks. [`verify_quote`] refuses values that are not signed.
/// So choose the PCRs that have to be signed: [`ProjectEvidence::values_in`] returns only
/// their values, and the policy requires the same set.
///
/// ```
/// use tpm_quote::{
///     AttestationKey, Evidence, Nonce, PcrSet, QuotePolicy, TpmAlgId, verify_quote,
///     evidence::{PcrFile, ProjectKey, read_project},
///     verify::SigningScheme,
/// };
///
/// # fn f(json: &[u8], nonce: Nonce) -> Result<(), Box<dyn std::error::Error>> {
/// let mut buffer = vec![0; 2 * json.len()];
/// let evidence = read_project(json, &mut buffer)?;
/// // Nothing in the evidence vouches for its key. If you have it in your own records, use
/// // `AttestationKey::pinned` or `pinned_key`.
/// let key = match evidence.key() {
///     ProjectKey::Public(public) => AttestationKey::self_asserted(&public)?,
///     ProjectKey::Plain(plain) => {
///         let scheme = SigningScheme::rsassa(TpmAlgId::SHA256);
///         AttestationKey::self_asserted_key(&plain, scheme)?
///     }
/// };
/// let set = PcrSet::parse("sha256:0,1,2,3,4,5,6,7")?;
/// let mut values = [PcrFile::NO_VALUE; 24];
/// let pcrs = evidence.values_in(&set, &mut values).ok_or("more than 24 values")?;
/// for quote in evidence.quotes() {
///     let (attest, signature) = (quote.attest, quote.signature);
///     let quote = verify_quote(
///         &key,
///         &Evidence { attest, signature, pcrs },
///         &QuotePolicy::new(nonce, set),
///     )?;
///     // It covers this set, and nothing else.
///     assert_eq!(quote.selection(), &set);
/// }
/// # Ok(())
/// # }
/// ```
///
/// Each quote vouches only for what it signs: a good quote of one bank says nothing about the
/// values of another bank.
///
/// [`verify_quote`]: crate::verify_quote
#[derive(Clone, Copy)]
pub struct ProjectEvidence<'r> {
    pub(super) project: Project,
    pub(super) key: ProjectKey<'r>,
    pub(super) hardware: Option<HardwareEvidence<'r>>,
    /// Each quote and its signature, each after two bytes of length.
    pub(super) quotes: &'r [u8],
    /// Values: bank in two bytes, index, digest.
    pub(super) pcrs: &'r [u8],
}

impl<'r> ProjectEvidence<'r> {
    /// Returns the project that the evidence is from.
    #[must_use]
    pub const fn project(&self) -> Project {
        self.project
    }

    /// Returns the key in the evidence.
    #[must_use]
    pub const fn key(&self) -> ProjectKey<'r> {
        self.key
    }

    /// Returns what the processor says of its guest, if the evidence has it.
    #[must_use]
    pub const fn hardware(&self) -> Option<&HardwareEvidence<'r>> {
        self.hardware.as_ref()
    }

    /// Returns the quotes, of which there is at least one: each a `TPMS_ATTEST` and a
    /// `TPMT_SIGNATURE`.
    pub fn quotes(&self) -> impl Iterator<Item = SignedAttest<'r>> + use<'r> {
        let mut rest = self.quotes;
        core::iter::from_fn(move || {
            Some(SignedAttest {
                attest: sized(&mut rest)?,
                signature: sized(&mut rest)?,
            })
        })
    }

    /// Returns all values, each PCR once. Some of them may not be signed.
    pub fn values(&self) -> impl Iterator<Item = PcrValue<'r>> + use<'r> {
        let mut rest = self.pcrs;
        core::iter::from_fn(move || {
            let (&[high, low, index], behind) = rest.split_first_chunk()?;
            let bank = TpmAlgId(u16::from_be_bytes([high, low]));
            let (digest, behind) = behind.split_at_checked(bank.digest_size()?)?;
            rest = behind;
            Some(PcrValue {
                bank,
                index,
                digest,
            })
        })
    }

    /// Returns the PCRs for which there are values: the empty set if there are none.
    #[must_use]
    pub fn selection(&self) -> PcrSet {
        let mut set = PcrSet::NONE;
        for value in self.values() {
            set.insert(value.bank, value.index);
        }
        set
    }

    /// Writes the values of these PCRs to the start of `room`, and returns what was written,
    /// or `None` if the room is too small. A value that the evidence lacks is left out, so that
    /// the verification fails.
    #[must_use]
    pub fn values_in<'v>(
        &self,
        set: &PcrSet,
        room: &'v mut [PcrValue<'r>],
    ) -> Option<&'v [PcrValue<'r>]> {
        let mut count = 0_usize;
        for value in self.values() {
            if set.contains(value.bank, value.index) {
                *room.get_mut(count)? = value;
                count = count.saturating_add(1);
            }
        }
        room.get(..count)
    }
}

impl fmt::Debug for ProjectEvidence<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProjectEvidence")
            .field("project", &self.project)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

fn sized<'r>(rest: &mut &'r [u8]) -> Option<&'r [u8]> {
    let (size, behind) = rest.split_first_chunk()?;
    let (bytes, behind) = behind.split_at_checked(u16::from_be_bytes(*size).into())?;
    *rest = behind;
    Some(bytes)
}
