//! [`Wanted`]: the policies that the terms come to.

use alloc::{boxed::Box, string::String, vec::Vec};
use core::fmt;

use tpm_quote::{
    AkCertificate, AttestationKey, Error, Name, Nonce, QuotePolicy, ResponsePolicy, Tpm2bPublic,
    Verifier,
    report::VouchedBy,
    types::Tpm2bCreationData,
    verify::{
        Anchor, AnchorLine, AttestPolicy, Baseline, BaselineEntry, ClockPolicy, KeyRules,
        KeySummary, Part, PlainKey, SignedAttest, X509Certificate,
    },
};

use crate::{
    certificates::Certificates,
    structures,
    terms::Terms,
    trust::Trust,
    trust_line::{Lines, Vouched},
};

/// The terms, read: what is in them is borrowed.
pub struct Wanted<'a> {
    pub terms: &'a Terms,
    baseline: Option<Baseline<'a>>,
    certifier: Option<AttestationKey<'a>>,
    certification: Option<Result<SignedAttest<'a>, Error>>,
    creation: Option<Tpm2bCreationData<'a>>,
    certificate: Option<Result<AkCertificate<'a>, Error>>,
    /// What the lines of the trust file have to vouch for a key.
    vouched: Option<&'a [Vouched<'a>]>,
    lines: Option<&'a Lines<'a>>,
}

/// Why terms cannot be used.
pub enum Unusable {
    /// The value of this setting cannot be read or makes no sense.
    Setting(&'static str, Box<Error>),
    /// The key that has to certify is none that could.
    Certifier(Error),
    /// This setting needs the public area of the key.
    PlainKey(&'static str),
    /// This setting has no effect: the public area of the key has its scheme and hash.
    Scheme(&'static str),
    /// The evidence of another project does not fit the terms, in words.
    Evidence(String),
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setting(_, error) => error.fmt(f),
            Self::Certifier(error) => write!(
                f,
                "no key to trust: {}: {error}. {}",
                error.check(),
                error.help()
            ),
            Self::Scheme(_) => f.write_str(
                "only for a plain signature by a key that is known by its numbers alone: this one's public area has its scheme and hash",
            ),
            Self::Evidence(problem) => f.write_str(problem),
            Self::PlainKey(_) => f.write_str(
                "needs the public area of the key (TPM2B_PUBLIC, TPMT_PUBLIC): its numbers alone have no Name",
            ),
        }
    }
}

impl Unusable {
    /// What a value of this setting fails with.
    pub(crate) const fn of(setting: &'static str) -> impl Fn(Error) -> Self {
        move |error| Self::Setting(setting, Box::new(error))
    }
}

impl Terms {
    /// Reads the terms, and goes on with them.
    ///
    /// # Errors
    /// They cannot be used.
    pub fn with<T>(
        &self,
        then: impl FnOnce(&Wanted<'_>) -> Result<T, Unusable>,
    ) -> Result<T, Unusable> {
        let entries = self.baseline.as_deref();
        let values: Vec<Vec<&[u8]>> = entries
            .unwrap_or_default()
            .iter()
            .map(|(_, values)| values.iter().map(Vec::as_slice).collect())
            .collect();
        let good: Vec<BaselineEntry<'_>> = entries
            .unwrap_or_default()
            .iter()
            .zip(&values)
            .map(|((pcr, _), values)| BaselineEntry::new(*pcr, values))
            .collect();
        let baseline = entries.map(|_| Baseline::new(&good)).transpose();
        let baseline = baseline.map_err(Unusable::of("baseline"))?;
        let public = self.certifier.as_deref().map(structures::public);
        let public = public.transpose().map_err(Unusable::Certifier)?;
        let certifier = public.as_ref().map(trusted).transpose();
        let creation = self.creation.as_deref().map(structures::creation_data);
        let creation = creation.transpose();
        let certification = self.certify.as_ref().map(|(attest, signature)| {
            let attest = structures::attest(attest)?;
            let signature = &**signature;
            Ok(SignedAttest { attest, signature })
        });
        let certificates = self.certificates.as_ref();
        let trust = self.trust.as_ref();
        let intermediates = certificates.map(Certificates::intermediates);
        let intermediates = intermediates.or_else(|| trust.map(Trust::intermediates));
        let intermediates = intermediates.unwrap_or_default();
        let vouched = trust.map(|trust| trust.vouched(&intermediates));
        let vouched = vouched.transpose().map_err(Unusable::Certifier)?;
        let lines = trust.zip(vouched.as_deref());
        let lines = lines.map(|(trust, vouched)| trust.lines(vouched, None));
        let names = self.names.as_deref().unwrap_or_default();
        then(&Wanted {
            terms: self,
            baseline,
            certifier: certifier.map_err(Unusable::Certifier)?,
            certification,
            creation: creation.map_err(Unusable::of("certify_creation"))?,
            certificate: certificates.map(|all| all.verify(&intermediates, names)),
            vouched: vouched.as_deref(),
            lines: lines.as_ref(),
        })
    }
}

/// The certifying key is pinned by being given.
pub(crate) fn trusted<'a>(public: &Tpm2bPublic<'a>) -> Result<AttestationKey<'a>, Error> {
    let name = Name::of_public(public).unwrap_or(Name::EMPTY);
    AttestationKey::pinned(public, &[name])
}

impl<'a> Wanted<'a> {
    /// The verifier, with the rules for keys.
    pub(crate) fn verifier(&self) -> Verifier<'static> {
        let rules = match self.terms.sha1_names {
            true => KeyRules::new().dangerous_allow_sha1_names(),
            false => KeyRules::new(),
        };
        Verifier::new().key_rules(rules)
    }

    /// What has to vouch for the key, in the answer to the request with this nonce.
    pub fn anchor(&'a self, nonce: Nonce) -> Anchor<'a> {
        self.anchor_by(nonce, self.lines.map(|lines| &*lines.public))
    }

    /// The same with other lines of the trust file, to which the evidence has something to add.
    pub(crate) fn anchor_by<'x>(
        &'x self,
        nonce: Nonce,
        lines: Option<&'x [AnchorLine<'x>]>,
    ) -> Anchor<'x> {
        let terms = self.terms;
        let mut anchor = Anchor::new();
        if let Some(lines) = lines {
            anchor = anchor.any_of(lines, terms.certify_nonce.unwrap_or(nonce));
        }
        if let Some(names) = &terms.names {
            anchor = anchor.pinned(&**names);
        }
        if let Some(certifier) = &self.certifier {
            anchor = anchor.certified_by(certifier, terms.certify_nonce.unwrap_or(nonce));
        }
        anchor = match &self.certification {
            Some(Ok(signed)) => anchor.certification(signed),
            Some(Err(error)) => anchor.failed_certification(*error),
            None => anchor,
        };
        if let Some(creation) = &self.creation {
            anchor = anchor.creation(creation);
        }
        match &self.certificate {
            Some(Ok(certificate)) => anchor.certificate(certificate),
            Some(Err(error)) => anchor.failed_certificate(*error),
            None => anchor,
        }
    }

    /// The certificate of the key, or why it was refused, if one has to vouch for it.
    pub(crate) const fn certificate(&self) -> Option<&Result<AkCertificate<'a>, Error>> {
        self.certificate.as_ref()
    }

    /// The trust file, and what its lines have to vouch for a key.
    pub(crate) fn trust(&self) -> Option<(&'a Trust, &'a [Vouched<'a>])> {
        self.terms.trust.as_ref().zip(self.vouched)
    }

    /// The key in the certificate beside a trust file, for which nothing vouches yet.
    pub(crate) fn key_beside_trust(&self) -> Result<PlainKey<'a>, Error> {
        let der = self.terms.trust.as_ref().map(Trust::certificate_beside);
        let refused = |error: Error| error.in_part(Part::Certificate);
        let read = X509Certificate::from_der(der.unwrap_or_default());
        read.map_err(|error| refused(error.into()))?.plain_key()
    }

    /// The lines of the trust file for a key of which only the numbers are known.
    pub(crate) fn plain_lines(&self, nonce: Nonce) -> Option<Anchor<'a>> {
        let lines = self.lines?;
        Some(Anchor::new().any_of(&lines.plain, nonce))
    }

    /// The line of the trust file that vouches for the key, for the report.
    pub(crate) fn vouched_by(&self, key: Option<&KeySummary>) -> Option<VouchedBy<'a>> {
        self.terms.trust.as_ref()?.vouched_by(key?)
    }

    /// The certificate that vouches for the key, if it was verified.
    pub(crate) fn certificate_of(&self, key: Option<&KeySummary>) -> Option<&AkCertificate<'a>> {
        match self.trust() {
            Some((trust, vouched)) => trust.certificate(vouched, key?),
            None => self.certificate.as_ref()?.as_ref().ok(),
        }
    }

    fn clock(&'a self) -> ClockPolicy<'a> {
        let terms = self.terms;
        let mut clock = ClockPolicy::new();
        if terms.safe_clock {
            clock = clock.require_safe();
        }
        if let Some(since) = &terms.since {
            clock = clock.since(since);
        }
        if terms.reboots {
            clock = clock.allow_reboots();
        }
        if let Some(version) = terms.firmware {
            clock = clock.minimum_firmware(version);
        }
        clock
    }

    pub fn response_policy(&'a self, nonce: Nonce) -> ResponsePolicy<'a> {
        let terms = self.terms;
        let mut policy = ResponsePolicy::with_nonce(nonce)
            .anchor(self.anchor(nonce))
            .clock(self.clock());
        if let Some(baseline) = &self.baseline {
            policy = policy.baseline(baseline);
        }
        if let Some(required) = terms.required {
            policy = policy.require_pcrs(required);
        }
        if let Some(ancestry) = terms.ancestry {
            policy = policy.ancestry(ancestry);
        }
        if terms.anchored {
            policy = policy.require_anchored_key();
        }
        if terms.sha1_signatures {
            policy = policy.dangerous_allow_sha1_signatures();
        }
        policy
    }

    /// `required` is what the terms name, or what takes its place.
    pub fn quote_policy(&'a self, nonce: Nonce, required: tpm_quote::PcrSet) -> QuotePolicy<'a> {
        let terms = self.terms;
        let mut policy = QuotePolicy::new(nonce, required).clock(self.clock());
        if let Some(baseline) = &self.baseline {
            policy = policy.baseline(baseline);
        }
        if let Some(ancestry) = terms.ancestry {
            policy = policy.ancestry(ancestry);
        }
        if terms.anchored {
            policy = policy.require_anchored_key();
        }
        if terms.sha1_signatures {
            policy = policy.dangerous_allow_sha1_signatures();
        }
        policy
    }

    pub fn attest_policy(&'a self, nonce: Nonce) -> AttestPolicy<'a> {
        let terms = self.terms;
        let mut policy = AttestPolicy::new(nonce).clock(self.clock());
        if let Some(ancestry) = terms.ancestry {
            policy = policy.ancestry(ancestry);
        }
        if terms.anchored {
            policy = policy.require_anchored_key();
        }
        if terms.empty_signer {
            policy = policy.allow_empty_signer();
        }
        if terms.sha1_signatures {
            policy = policy.dangerous_allow_sha1_signatures();
        }
        policy
    }
}
