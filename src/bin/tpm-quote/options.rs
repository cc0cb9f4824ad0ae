//! Options that several commands have: the request, the key's anchor and place, the
//! clock.

use std::ffi::OsString;

use clap::{Args, ValueEnum};
use serde_json::Value;
use tpm_quote::{
    AkCertificate, AttestationKey, Error, Name, Nonce, Tpm2bAttest, Tpm2bPublic, Unmarshal,
    UnmarshalError,
    types::{Tpm2bCreationData, Tpm2bName, Tpm2bNvPublic, TpmHandle, TpmsClockInfo},
    verify::{self, Ancestry, ClockPolicy, ClockReading, Part, SignedAttest},
};

use crate::{
    certificate::{CertificateOptions, Certificates},
    input::{Input, unhex},
    kinds::{Kind, looks_like},
    output::say,
};

/// Which request has to be answered.
#[derive(Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Request {
    /// The payload id of your request; the nonce has to be the first 16 bytes of
    /// its SHA-256
    ///
    /// Take it from your own records: the one in a response is not used, because
    /// an old response has its own.
    #[arg(long, value_name = "ID", value_parser = payload_nonce)]
    payload_id: Option<Nonce>,

    /// The nonce itself, 1 to 66 bytes in hexadecimal, instead of a payload id
    #[arg(long, value_name = "HEX", value_parser = exact_nonce)]
    nonce: Option<Nonce>,
}

impl Request {
    pub(crate) fn nonce(&self) -> Result<Nonce, String> {
        let nonce = self.payload_id.or(self.nonce);
        nonce.ok_or_else(|| "give --payload-id or --nonce".to_owned())
    }
}

/// What vouches for the key.
#[derive(Args)]
pub(crate) struct Anchor {
    /// Name of a key that is trusted, in hexadecimal: hash id and digest, as
    /// 000b and 64 digits; may be given several times
    ///
    /// The key has to have one of the names. Take a name from the machine
    /// itself (tpm-quote name), never from a response. Of no use for a key that
    /// is made afresh for each request: no two of those have the same name.
    #[arg(long, value_name = "HEX", value_parser = key_name, conflicts_with_all = ["certified_by", "ak_cert"])]
    ak_name: Vec<Name>,

    /// Public area of a key that is trusted, and that has to certify the key
    /// (TPM2_Certify)
    ///
    /// A TPM2B_PUBLIC or TPMT_PUBLIC, from the machine itself. This is the anchor
    /// for a key that is made afresh for each request.
    #[arg(long, value_name = "FILE", conflicts_with = "ak_cert")]
    certified_by: Option<OsString>,

    /// What the trusted key signed to certify the key: a TPM2B_ATTEST or
    /// TPMS_ATTEST
    #[arg(long, value_name = "FILE", requires_all = ["certified_by", "certify_sig"])]
    certify_attest: Option<OsString>,

    /// Its signature: a TPMT_SIGNATURE
    #[arg(long, value_name = "FILE", requires_all = ["certified_by", "certify_attest"])]
    certify_sig: Option<OsString>,

    /// The creation data of the key (TPM2B_CREATION_DATA), if the trusted key
    /// certifies how the key was made (TPM2_CertifyCreation)
    #[arg(long, value_name = "FILE", requires = "certify_attest")]
    certify_creation: Option<OsString>,

    /// The nonce of the certification in hexadecimal, if it is not that of the
    /// request
    #[arg(long, value_name = "HEX", value_parser = exact_nonce, requires = "certified_by")]
    certify_nonce: Option<Nonce>,

    #[command(flatten)]
    certificate: CertificateOptions,

    /// Refuse a key that nothing but its own message vouches for (self-asserted)
    ///
    /// Without --ak-name, --certified-by and --ak-cert, every key is self-asserted.
    #[arg(long)]
    pub(crate) require_anchor: bool,
}

/// What the files of an [`Anchor`] have.
pub(crate) struct Vouchers<'a> {
    certifier: Option<AttestationKey<'a>>,
    certification: Option<Result<SignedAttest<'a>, Error>>,
    creation: Option<Tpm2bCreationData<'a>>,
    certificate: Option<Result<AkCertificate<'a>, Error>>,
}

impl<'a> Vouchers<'a> {
    /// The certificate of the key, if it was verified.
    pub(crate) fn certificate(&self) -> Option<&AkCertificate<'a>> {
        self.certificate.as_ref()?.as_ref().ok()
    }
}

/// What the options of an [`Anchor`] name, as bytes.
pub(crate) struct AnchorFiles {
    certifier: Option<Input>,
    certify: Option<(Input, Input)>,
    creation: Option<Input>,
    certificates: Option<Certificates>,
}

impl Anchor {
    pub(crate) fn is_certified(&self) -> bool {
        self.certified_by.is_some()
    }

    pub(crate) fn has_certification(&self) -> bool {
        self.certify_attest.is_some()
    }

    /// What has to vouch for the key, in the answer to the request with this nonce.
    pub(crate) fn with_nonce<'a>(
        &'a self,
        read: &'a Vouchers<'a>,
        nonce: Nonce,
    ) -> verify::Anchor<'a> {
        let mut anchor = verify::Anchor::new();
        if !self.ak_name.is_empty() {
            anchor = anchor.pinned(&*self.ak_name);
        }
        if let Some(certifier) = &read.certifier {
            anchor = anchor.certified_by(certifier, self.certify_nonce.unwrap_or(nonce));
        }
        anchor = match &read.certification {
            Some(Ok(signed)) => anchor.certification(signed),
            Some(Err(error)) => anchor.failed_certification(*error),
            None => anchor,
        };
        if let Some(creation) = &read.creation {
            anchor = anchor.creation(creation);
        }
        match &read.certificate {
            Some(Ok(certificate)) => anchor.certificate(certificate),
            Some(Err(error)) => anchor.failed_certificate(*error),
            None => anchor,
        }
    }

    /// Whether a certificate is to be judged by the clock of this machine.
    pub(crate) fn needs_a_time(&self) -> bool {
        self.certificate.is_asked() && self.certificate.at.is_none()
    }

    pub(crate) fn read(&self) -> Result<AnchorFiles, String> {
        // An option that nothing would look at is not let pass. (What `requires` says is
        // not asked for where the two cannot be used together.)
        let of_certifier = self.certify_attest.is_some()
            || self.certify_creation.is_some()
            || self.certify_nonce.is_some();
        if of_certifier && self.certified_by.is_none() {
            return Err("the options of a certification need --certified-by".to_owned());
        }
        let read = |file: &Option<OsString>| match file {
            Some(file) => Input::read_file(file).map(Some),
            None => Ok(None),
        };
        let certify = match (read(&self.certify_attest)?, read(&self.certify_sig)?) {
            (Some(attest), Some(signature)) => Some((attest, signature)),
            _ => None,
        };
        Ok(AnchorFiles {
            certifier: read(&self.certified_by)?,
            certify,
            creation: read(&self.certify_creation)?,
            certificates: self.certificate.read()?,
        })
    }
}

impl AnchorFiles {
    /// The trusted key: it is pinned by being given.
    fn certifier(&self) -> Result<Option<AttestationKey<'_>>, String> {
        let Some(input) = &self.certifier else {
            return Ok(None);
        };
        let public = public_area(input)?;
        let name = Name::of_public(&public).unwrap_or(Name::EMPTY);
        match AttestationKey::pinned(&public, &[name]) {
            Ok(key) => Ok(Some(key)),
            Err(error) => Err(format!(
                "{}: no key to trust: {}: {error}\nhelp: {}",
                input.name,
                error.check(),
                error.help()
            )),
        }
    }

    /// What is in the files. `intermediates` are those of the certificate.
    pub(crate) fn vouchers<'a>(
        &'a self,
        intermediates: &'a [&'a [u8]],
    ) -> Result<Vouchers<'a>, String> {
        let certification = self.certify.as_ref().map(|(attest, signature)| {
            let attest = attestation(attest).map_err(|unreadable| Error::from(unreadable.error))?;
            let signature = &*signature.bytes;
            Ok(SignedAttest { attest, signature })
        });
        let certificates = self.certificates.as_ref();
        Ok(Vouchers {
            certifier: self.certifier()?,
            certification,
            creation: self.creation.as_ref().map(creation_data).transpose()?,
            certificate: certificates.map(|all| all.verify(intermediates)),
        })
    }

    pub(crate) fn intermediates(&self) -> Vec<&[u8]> {
        let certificates = self.certificates.as_ref();
        certificates
            .map(Certificates::intermediates)
            .unwrap_or_default()
    }

    /// The name of the file that an error is about, if it is one of these.
    pub(crate) fn at_fault(&self, error: &Error) -> Option<&str> {
        match error.part() {
            Part::Certificate | Part::Intermediate(_) | Part::Root(_) => {
                self.certificates.as_ref().map(|file| &*file.name)
            }
            part if part.is_of_certification() => {
                let (attest, signature) = self.certify.as_ref()?;
                let file = match (part, error.offset()) {
                    (Part::CertificationSignature, Some(_)) => signature,
                    _ => attest,
                };
                Some(&file.name)
            }
            _ => None,
        }
    }
}

/// Where an object stands.
#[derive(Args)]
pub(crate) struct Place {
    /// The hierarchy of the key: the qualified name of the signer has to be the
    /// one that follows from it
    #[arg(long, value_enum, value_name = "HIERARCHY")]
    hierarchy: Option<Hierarchy>,

    /// Public area of an object between the hierarchy and the key, from the
    /// hierarchy downwards; may be given several times
    #[arg(long, value_name = "FILE", requires = "hierarchy")]
    parent: Vec<OsString>,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Hierarchy {
    /// TPM_RH_OWNER, the storage hierarchy
    #[value(alias = "o")]
    Owner,
    /// TPM_RH_ENDORSEMENT
    #[value(alias = "e")]
    Endorsement,
    /// TPM_RH_PLATFORM
    #[value(alias = "p")]
    Platform,
    /// TPM_RH_NULL
    #[value(alias = "n")]
    Null,
}

impl From<Hierarchy> for TpmHandle {
    fn from(hierarchy: Hierarchy) -> Self {
        match hierarchy {
            Hierarchy::Owner => Self::RH_OWNER,
            Hierarchy::Endorsement => Self::RH_ENDORSEMENT,
            Hierarchy::Platform => Self::RH_PLATFORM,
            Hierarchy::Null => Self::RH_NULL,
        }
    }
}

impl Place {
    pub(crate) fn ancestry(&self) -> Result<Option<Ancestry>, String> {
        ancestry(self.hierarchy, &self.parent)
    }
}

/// The ancestry of an object below these parents.
pub(crate) fn ancestry(
    hierarchy: Option<Hierarchy>,
    parents: &[OsString],
) -> Result<Option<Ancestry>, String> {
    let Some(hierarchy) = hierarchy else {
        return Ok(None);
    };
    let mut ancestry = Ancestry::under(hierarchy.into());
    for file in parents {
        let input = Input::read_file(file)?;
        let below = Name::of_public(&public_area(&input)?);
        ancestry = below
            .and_then(|name| ancestry.below(&name))
            .ok_or_else(|| {
                let name = &input.name;
                format!(
                    "{name}: an object with a nameAlg that is not supported has no children here"
                )
            })?;
    }
    Ok(Some(ancestry))
}

/// What the clock has to be.
#[derive(Args)]
pub(crate) struct Clock {
    /// Refuse a clock that may have shown a later time before (safe is no)
    #[arg(long)]
    require_safe_clock: bool,

    /// The JSON report on earlier evidence by the same key: the clock must not
    /// have gone back, nor the TPM been reset, restarted or resumed since
    #[arg(long, value_name = "FILE")]
    since: Option<OsString>,

    /// Let the TPM be reset, restarted and resumed since: its counters may have
    /// gone on
    ///
    /// Their order is known only for a key of the endorsement or platform
    /// hierarchy: say where the key stands with --hierarchy and --parent, unless
    /// it is a primary key.
    #[arg(long, requires = "since")]
    allow_reboots: bool,

    /// The lowest firmware version, as the report shows it: 16 hexadecimal digits
    ///
    /// It is known only for a key of the endorsement or platform hierarchy, as
    /// for --allow-reboots.
    #[arg(long, value_name = "HEX", value_parser = firmware_version)]
    min_firmware: Option<u64>,
}

impl Clock {
    pub(crate) fn since(&self) -> Result<Option<ClockReading>, String> {
        let Some(file) = &self.since else {
            return Ok(None);
        };
        let input = Input::read_file(file)?;
        let report: Value = serde_json::from_slice(&input.bytes)
            .map_err(|error| format!("{}: not a JSON report: {error}", input.name))?;
        match reading(&report) {
            Some(reading) => Ok(Some(reading)),
            None => Err(format!(
                "{}: not the JSON report on evidence that was verified (--format json)",
                input.name
            )),
        }
    }

    pub(crate) fn policy<'a>(&self, since: Option<&'a ClockReading>) -> ClockPolicy<'a> {
        let mut policy = ClockPolicy::new();
        if self.require_safe_clock {
            policy = policy.require_safe();
        }
        if let Some(since) = since {
            policy = policy.since(since);
        }
        if self.allow_reboots {
            policy = policy.allow_reboots();
        }
        if let Some(version) = self.min_firmware {
            policy = policy.minimum_firmware(version);
        }
        policy
    }
}

/// The clock in a report, if its evidence was verified.
fn reading(report: &Value) -> Option<ClockReading> {
    if !is_verified(report) {
        return None;
    }
    let name = unhex(report.pointer("/key/name")?.as_str()?).ok()?;
    let clock = ["/quote/clock", "/attest/clock"]
        .into_iter()
        .find_map(|place| report.pointer(place)?.as_object())?;
    let count = |key: &str| u32::try_from(clock.get(key)?.as_u64()?).ok();
    Some(ClockReading::new(
        Name::new(Tpm2bName::new(&name).ok()?),
        TpmsClockInfo {
            clock: clock.get("clock")?.as_str()?.parse().ok()?,
            reset_count: count("reset_count")?,
            restart_count: count("restart_count")?,
            safe: clock.get("safe")?.as_bool()?,
        },
    ))
}

/// Whether a JSON report is on evidence that was verified.
pub(crate) fn is_verified(report: &Value) -> bool {
    let verdict = report.pointer("/verdict").and_then(Value::as_str);
    matches!(verdict, Some("verified" | "verified-self-asserted"))
}

/// Bytes on the command line.
#[derive(Clone)]
pub(crate) struct HexBytes(pub(crate) Vec<u8>);

pub(crate) fn hex_bytes(text: &str) -> Result<HexBytes, String> {
    unhex(text).map(HexBytes)
}

fn payload_nonce(text: &str) -> Result<Nonce, Error> {
    Nonce::from_payload_id(text)
}

fn exact_nonce(text: &str) -> Result<Nonce, String> {
    Nonce::exact(&unhex(text)?).map_err(|error| error.to_string())
}

fn firmware_version(text: &str) -> Result<u64, String> {
    match <[u8; 8]>::try_from(unhex(text)?) {
        Ok(bytes) => Ok(u64::from_be_bytes(bytes)),
        Err(bytes) => Err(format!("{} bytes, expected 8", bytes.len())),
    }
}

pub(crate) fn key_name(text: &str) -> Result<Name, String> {
    let name: Result<Name, Error> = text.parse();
    name.map_err(|error| format!("{error}. {}", error.help()))
}

/// A public area with or without its size.
pub(crate) fn public_area(input: &Input) -> Result<Tpm2bPublic<'_>, Unreadable> {
    let (sized, bare) = (Tpm2bPublic::from_bytes, Tpm2bPublic::from_unsized);
    input.either(sized, bare, ["TPM2B_PUBLIC", "TPMT_PUBLIC"])
}

/// The Name of an object, by its public area.
pub(crate) fn object_name(input: &Input) -> Result<Name, String> {
    let public = public_area(input)?;
    let (file, name_alg) = (&input.name, public.value().name_alg);
    match Name::of_public(&public) {
        Some(name) if name == Name::EMPTY => Err(format!(
            "{file}: the nameAlg is {name_alg}: the object has no name"
        )),
        Some(name) => Ok(name),
        None => Err(format!("{file}: the nameAlg {name_alg} is not supported")),
    }
}

/// The public area of an NV index with or without its size.
pub(crate) fn nv_public(input: &Input) -> Result<Tpm2bNvPublic<'_>, Unreadable> {
    let (sized, bare) = (Tpm2bNvPublic::from_bytes, Tpm2bNvPublic::from_unsized);
    input.either(sized, bare, ["TPM2B_NV_PUBLIC", "TPMS_NV_PUBLIC"])
}

/// Creation data with or without their size.
pub(crate) fn creation_data(input: &Input) -> Result<Tpm2bCreationData<'_>, Unreadable> {
    let (sized, bare) = (
        Tpm2bCreationData::from_bytes,
        Tpm2bCreationData::from_unsized,
    );
    input.either(sized, bare, ["TPM2B_CREATION_DATA", "TPMS_CREATION_DATA"])
}

/// What was signed, with or without its size. What is in it is for the library to read,
/// once its signature holds.
pub(crate) fn attestation(input: &Input) -> Result<&[u8], Unreadable> {
    let sized = |bytes| Tpm2bAttest::from_bytes(bytes).map(|attest| attest.bytes());
    input.either(sized, Ok, ["TPM2B_ATTEST", "TPMS_ATTEST"])
}

/// Why a file is neither of two structures.
pub(crate) struct Unreadable {
    /// Of the one that it begins like.
    error: UnmarshalError,
    message: String,
}

impl Unreadable {
    /// The error for a part of the evidence.
    pub(crate) fn in_part(&self, part: Part) -> Error {
        Error::from(self.error).in_part(part)
    }
}

impl From<Unreadable> for String {
    fn from(unreadable: Unreadable) -> Self {
        unreadable.message
    }
}

impl Input {
    /// One of two structures, by how the file begins; says which it was.
    fn either<'a, T>(
        &'a self,
        sized: impl FnOnce(&'a [u8]) -> Result<T, UnmarshalError>,
        bare: impl FnOnce(&'a [u8]) -> Result<T, UnmarshalError>,
        [sized_name, bare_name]: [&str; 2],
    ) -> Result<T, Unreadable> {
        let is_bare = Kind::by_name(bare_name).is_some_and(|kind| kind.begins(&self.bytes));
        let (name, read) = if is_bare {
            (bare_name, bare(&self.bytes))
        } else {
            (sized_name, sized(&self.bytes))
        };
        match read {
            Ok(value) => {
                say(&format!(
                    "{}: {name}, {} bytes",
                    self.name,
                    self.bytes.len()
                ));
                Ok(value)
            }
            Err(error) => {
                let file = &self.name;
                let seen = looks_like(&self.bytes)
                    .map(|seen| format!("\nnote: {file} looks like {seen}"))
                    .unwrap_or_default();
                let message = format!("{file}: not a {name}: {error}{seen}");
                Err(Unreadable { error, message })
            }
        }
    }
}
