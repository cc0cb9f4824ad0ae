//! A response by the options of `verify` and `baseline`: what it has to be, and the
//! library's answer.

use clap::Args;
use tpm_quote::{
    AkCertificate, Appraisal, Attestation, Error, Nonce, PcrSet, ResponsePolicy, Scratch, Tier,
    TpmAttestation, Verifier,
    evidence::{BlockEvidence, Form},
    verify::{Part, Verdict},
};

use crate::{
    input::Input,
    kinds,
    output::say,
    policy::{BaselineOption, Policy, Required},
};

/// What a quote and its key have to be.
#[derive(Args)]
pub(crate) struct Terms {
    /// PCRs that the quote has to cover at least, as in sha256:0,7,10+sha384:all
    ///
    /// Without it, the PCRs that the response claims are what has to be covered,
    /// and PCRs 16 to 23 (which software can reset) and the SHA-1 bank are
    /// refused. They count only if they are named here.
    #[arg(long, value_name = "SET", value_parser = pcr_set)]
    require_pcrs: Option<PcrSet>,

    #[command(flatten)]
    pub(crate) policy: Policy,
}

fn pcr_set(text: &str) -> Result<PcrSet, Error> {
    PcrSet::parse(text)
}

impl Terms {
    /// Reads what the options name, and goes on with it.
    pub(crate) fn with<T>(
        &self,
        tier: Tier,
        baseline: Option<&BaselineOption>,
        then: impl FnOnce(&Wanted<'_>) -> Result<T, String>,
    ) -> Result<T, String> {
        self.policy.with(baseline, |required| {
            then(&Wanted {
                require_pcrs: self.require_pcrs,
                tier,
                required,
            })
        })
    }
}

/// What the options want of a response, but for its nonce.
pub(crate) struct Wanted<'a> {
    require_pcrs: Option<PcrSet>,
    tier: Tier,
    required: &'a Required<'a>,
}

impl<'a> Wanted<'a> {
    /// The certificate of the key, if it was verified.
    pub(crate) fn certificate(&self) -> Option<&'a AkCertificate<'a>> {
        self.required.certificate()
    }

    /// The policy for the answer to the request with this nonce.
    fn policy(&self, nonce: Nonce) -> ResponsePolicy<'a> {
        let policy = self.required.of_response(nonce);
        match self.require_pcrs {
            Some(required) => policy.require_pcrs(required),
            None => policy,
        }
    }

    /// The library's answer to what was read of a response.
    pub(crate) fn appraise<'s>(
        &self,
        block: Result<Option<TpmAttestation<'s>>, Error>,
        nonce: Nonce,
    ) -> Appraisal<'s, Attestation<'s>>
    where
        'a: 's,
    {
        Verifier::new().appraise_response(block, &self.policy(nonce), self.tier)
    }

    /// The same for a file, and its form; says on standard error why it was not accepted.
    pub(crate) fn appraise_file<'s>(
        &self,
        input: &Input,
        nonce: Nonce,
        scratch: &'s mut Scratch,
    ) -> (Option<Form>, Appraisal<'s, Attestation<'s>>)
    where
        'a: 's,
    {
        let (form, block) = match TpmAttestation::from_any_json(&input.bytes, scratch) {
            Ok((form, block)) => (Some(form), Ok(block)),
            Err(error) => (Form::detect(&input.bytes).ok(), Err(error)),
        };
        let appraisal = self.appraise(block, nonce);
        if let Some(error) = appraisal.error() {
            let evidence = match &block {
                Ok(Some(TpmAttestation::Available(evidence))) => Some(evidence),
                _ => None,
            };
            self.complain(input, error, evidence);
        }
        (form, appraisal)
    }

    /// The error, for standard error: where, which check or key, what, what to do.
    fn complain(&self, input: &Input, error: &Error, evidence: Option<&BlockEvidence<'_>>) {
        let of_file = self.required.at_fault(error);
        let place = match (of_file, error.part(), error.offset()) {
            (Some(file), ..) => file.to_owned(),
            (None, Part::Response, Some(offset)) => input.place(offset),
            _ => input.name.clone(),
        };
        if error.verdict() != Verdict::Malformed {
            say(&format!("tpm-quote: {place}: {}: {error}", error.check()));
            return;
        }
        let field = evidence.filter(|_| of_file.is_none());
        let Some((field, bytes)) = field.and_then(|evidence| evidence.field(error.part())) else {
            say(&format!("tpm-quote: {place}: {error}"));
            say(&format!("help: {}", error.help()));
            return;
        };
        say(&format!("tpm-quote: {place}: {field}: {error}"));
        say(&format!("help: {}", error.help()));
        let from = match error.part() {
            Part::Signed | Part::CertificationSigned => "behind its size",
            _ => "decoded",
        };
        say(&format!(
            "note: bytes are counted from the start of {field}, {from}"
        ));
        if let Some(seen) = kinds::looks_like(bytes) {
            say(&format!("note: {field} looks like {seen}"));
        }
    }
}
