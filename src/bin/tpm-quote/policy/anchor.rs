//! What vouches for the key: options, and the files that they name.

use std::ffi::OsString;

use clap::Args;
use tpm_quote::{
    AkCertificate, AttestationKey, Error, Name, Nonce,
    types::Tpm2bCreationData,
    verify::{self, Part, SignedAttest},
};

use crate::{
    certificate::{CertificateOptions, Certificates, Chain},
    hardware::{Hardware, HardwareOptions},
    input::Input,
    key_file::unpacked,
    options::{attestation, creation_data, exact_nonce, key_name},
    trust::{Trust, TrustOptions, pinned_certifier},
    trust_line::Vouched,
};

/// What vouches for the key.
#[derive(Args)]
pub(super) struct Anchor {
    /// Name of a key that is trusted, in hexadecimal: hash id and digest, as
    /// 000b and 64 digits; may be given several times
    ///
    /// The key has to have one of the names. Take a name from the machine
    /// itself (tpm-quote name), never from a response. Of no use for a key that
    /// is made afresh for each request: no two of those have the same name. With
    /// --ak-cert, the key needs both.
    #[arg(long, value_name = "HEX", value_parser = key_name, conflicts_with = "certified_by")]
    ak_name: Vec<Name>,

    /// Public area of a key that is trusted, and that has to certify the key
    /// (TPM2_Certify)
    ///
    /// A TPM2B_PUBLIC or TPMT_PUBLIC, from the machine itself. This is the anchor
    /// for a key that is made afresh for each request.
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with = "ak_cert",
        group = "Certifier"
    )]
    certified_by: Option<OsString>,

    /// What the trusted key signed to certify the key: a TPM2B_ATTEST or
    /// TPMS_ATTEST
    #[arg(long, value_name = "FILE", requires_all = ["Certifier", "certify_sig"])]
    certify_attest: Option<OsString>,

    /// Its signature: a TPMT_SIGNATURE
    #[arg(long, value_name = "FILE", requires_all = ["Certifier", "certify_attest"])]
    certify_sig: Option<OsString>,

    /// The creation data of the key (TPM2B_CREATION_DATA), if the trusted key
    /// certifies how the key was made (TPM2_CertifyCreation)
    #[arg(long, value_name = "FILE", requires = "certify_attest")]
    certify_creation: Option<OsString>,

    /// The nonce of the certification in hexadecimal, if it is not that of the
    /// request
    #[arg(long, value_name = "HEX", value_parser = exact_nonce, requires = "Certifier")]
    certify_nonce: Option<Nonce>,

    #[command(flatten)]
    certificate: CertificateOptions,

    #[command(flatten)]
    hardware: HardwareOptions,

    #[command(flatten)]
    trust: TrustOptions,

    /// Refuse a key that nothing but its own message vouches for (self-asserted)
    ///
    /// Without --ak-name, --certified-by, --ak-cert, --hardware-root and --trust,
    /// every key that comes with a message is self-asserted. A key that you name with -u is not.
    #[arg(long)]
    pub(super) require_anchor: bool,
}

/// What the files of an [`Anchor`] have.
pub(super) struct Vouchers<'a> {
    certifier: Option<AttestationKey<'a>>,
    certification: Option<Result<SignedAttest<'a>, Error>>,
    creation: Option<Tpm2bCreationData<'a>>,
    certificate: Option<Result<AkCertificate<'a>, Error>>,
    lines: Option<Vec<Vouched<'a>>>,
}

impl<'a> Vouchers<'a> {
    pub(super) fn verified_certificate(&self) -> Option<&Result<AkCertificate<'a>, Error>> {
        self.certificate.as_ref()
    }

    /// What the lines of the trust file have to vouch for a key.
    pub(super) fn lines(&self) -> Option<&[Vouched<'a>]> {
        self.lines.as_deref()
    }

    /// The certificate of the key, if it was verified.
    pub(super) fn certificate(&self) -> Option<&AkCertificate<'a>> {
        self.certificate.as_ref()?.as_ref().ok()
    }
}

/// What the options of an [`Anchor`] name, as bytes.
pub(super) struct AnchorFiles {
    certifier: Option<Input>,
    certify: Option<(Input, Input)>,
    creation: Option<Input>,
    certificates: Option<Certificates>,
    pub(super) hardware: Option<Hardware>,
    chain: Option<Chain>,
    pub(super) trust: Option<Trust>,
}

impl Anchor {
    /// Whether a certification that is asked for can be found and judged.
    pub(super) fn fit_files(&self, has_nonce: bool) -> Result<(), String> {
        if self.certified_by.is_none() {
            return Ok(());
        }
        if self.certify_attest.is_none() {
            return Err("--certified-by needs --certify-attest and --certify-sig".to_owned());
        }
        if !has_nonce && self.certify_nonce.is_none() {
            return Err(
                "--certified-by needs --certify-nonce where the request has no nonce".to_owned(),
            );
        }
        Ok(())
    }

    /// The option that compares more of the key than its numbers, if one is given.
    pub(super) fn of_public_area(&self) -> Option<&'static str> {
        let options = [
            ("--ak-name", !self.ak_name.is_empty()),
            ("--certified-by", self.certified_by.is_some()),
        ];
        let given = options.into_iter().find(|(_, given)| *given);
        given.map(|(option, _)| option)
    }

    /// The nonce that a certification has to have, in the answer to the request with this one.
    pub(super) fn certify_nonce(&self, nonce: Nonce) -> Nonce {
        self.certify_nonce.unwrap_or(nonce)
    }

    /// What has to vouch for the key, in the answer to the request with this nonce.
    pub(super) fn with_nonce<'a>(
        &'a self,
        read: &'a Vouchers<'a>,
        nonce: Nonce,
    ) -> verify::Anchor<'a> {
        let mut anchor = verify::Anchor::new();
        if !self.ak_name.is_empty() {
            anchor = anchor.pinned(&*self.ak_name);
        }
        if let Some(certifier) = &read.certifier {
            anchor = anchor.certified_by(certifier, self.certify_nonce(nonce));
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

    /// Whether the time is given at which keys are judged.
    pub(super) fn has_a_time(&self) -> bool {
        self.certificate.at.is_some()
    }

    /// Whether a certificate is to be judged by the clock of this machine.
    pub(super) fn needs_a_time(&self) -> bool {
        let is_dated = self.certificate.is_asked() || self.hardware.is_asked();
        is_dated && self.certificate.at.is_none()
    }

    pub(super) fn read(&self) -> Result<AnchorFiles, String> {
        // An option that nothing would look at is not let pass. (What `requires` says is
        // not asked for where the two cannot be used together.)
        let of_certifier = self.certify_attest.is_some()
            || self.certify_creation.is_some()
            || self.certify_nonce.is_some();
        let is_trust = self.trust.is_asked();
        if of_certifier && self.certified_by.is_none() && !is_trust {
            return Err("the options of a certification need --certified-by".to_owned());
        }
        if is_trust && self.certificate.dangerous_sha1_certificates {
            return Err(
                "--dangerous-sha1-certificates has no effect with --trust: write dangerous-sha1-certificates behind the ak-ca lines that it is for".to_owned(),
            );
        }
        let is_dated = self.certificate.is_asked() || self.hardware.is_asked() || is_trust;
        if self.certificate.at.is_some() && !is_dated {
            return Err(
                "--at needs --ak-cert <FILE>, --hardware-root <FILE> or --trust <FILE>".to_owned(),
            );
        }
        let chain = match is_trust {
            true => self.certificate.chain()?,
            false => None,
        };
        let read = |file: &Option<OsString>| match file {
            Some(file) => Input::read_file(file).map(Some),
            None => Ok(None),
        };
        let certify = match (read(&self.certify_attest)?, read(&self.certify_sig)?) {
            (Some(attest), Some(signature)) => Some((attest, signature)),
            _ => None,
        };
        Ok(AnchorFiles {
            certifier: read(&self.certified_by)?.map(unpacked),
            certify,
            creation: read(&self.certify_creation)?,
            certificates: self.certificate.read(&self.ak_name)?,
            hardware: self.hardware.read(self.certificate.at)?,
            trust: self.trust.read(chain.as_ref(), self.certificate.at)?,
            chain,
        })
    }
}

impl AnchorFiles {
    /// The trusted key: it is pinned by being given.
    fn certifier(&self) -> Result<Option<AttestationKey<'_>>, String> {
        let Some(input) = &self.certifier else {
            return Ok(None);
        };
        pinned_certifier(input).map(Some)
    }

    /// What is in the files. `intermediates` are those of the certificate.
    pub(super) fn vouchers<'a>(
        &'a self,
        intermediates: &'a [&'a [u8]],
    ) -> Result<Vouchers<'a>, String> {
        let certification = self.certify.as_ref().map(|(attest, signature)| {
            let attest = attestation(attest)
                .map_err(|unreadable| unreadable.in_part(Part::Certification))?;
            let signature = &*signature.bytes;
            Ok(SignedAttest { attest, signature })
        });
        let certificates = self.certificates.as_ref();
        Ok(Vouchers {
            certifier: self.certifier()?,
            certification,
            creation: self.creation.as_ref().map(creation_data).transpose()?,
            certificate: certificates.map(|all| all.verify(intermediates)),
            lines: match &self.trust {
                Some(trust) => Some(trust.vouched(intermediates)?),
                None => None,
            },
        })
    }

    pub(super) fn intermediates(&self) -> Vec<&[u8]> {
        match (&self.certificates, &self.chain) {
            (Some(certificates), _) => certificates.intermediates(),
            (None, Some(chain)) => chain.intermediates(),
            (None, None) => Vec::new(),
        }
    }

    /// The certificate beside a trust file, which may vouch for the key or not.
    pub(super) fn beside_trust(&self) -> Option<&[u8]> {
        self.chain.as_ref().map(|chain| &*chain.certificate)
    }

    /// The name of the file that an error is about, if it is one of these.
    pub(super) fn at_fault(&self, error: &Error) -> Option<&str> {
        if error.line().is_some()
            && let Some(trust) = &self.trust
        {
            return trust.at_fault(error);
        }
        match error.part() {
            part if self.hardware.is_some() => {
                let hardware = self.hardware.as_ref().filter(|_| Hardware::has(part));
                hardware.map(Hardware::name)
            }
            part @ (Part::Certificate | Part::Intermediate(_) | Part::Root(_)) => {
                self.certificates.as_ref()?.at_fault(part)
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
