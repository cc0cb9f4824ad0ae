//! A response by the options of `verify` and `baseline`: what it has to be, and the
//! library's answer.

use clap::Args;
use tpm_quote::{
    AkCertificate, Appraisal, Attestation, Error, Nonce, PcrSet, ResponsePolicy, Scratch, Tier,
    TpmAttestation,
    evidence::{BlockEvidence, Form},
    report::VouchedBy,
    verify::KeySummary,
};

use crate::{
    diagnosis::Diagnosis,
    input::Input,
    options::Request,
    policy::{BaselineOption, Policy, Required},
    wrong,
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
            required.fit_without_hardware()?;
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
    pub(crate) fn certificate(&self, key: Option<&KeySummary>) -> Option<&'a AkCertificate<'a>> {
        self.required.certificate(key)
    }

    /// The line of the trust file that vouches for the key.
    pub(crate) fn vouched_by(&self, key: Option<&KeySummary>) -> Option<VouchedBy<'a>> {
        self.required.vouched_by(key)
    }

    /// Whether a line of the trust file is judged by the clock of this machine.
    pub(crate) fn has_dated_lines(&self) -> bool {
        self.required.has_dated_lines()
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
        block: Block<'s>,
        nonce: Nonce,
    ) -> Appraisal<'s, Attestation<'s>>
    where
        'a: 's,
    {
        self.required
            .verifier()
            .appraise_response(block, &self.policy(nonce), self.tier)
    }

    /// The same for a file, and its form, unless another file is not what it has to be.
    pub(crate) fn appraise_file<'s>(
        &self,
        input: &Input,
        nonce: Nonce,
        others: Result<(), Error>,
        scratch: &'s mut Scratch,
    ) -> Appraised<'s>
    where
        'a: 's,
    {
        let (form, block) = match TpmAttestation::from_any_json(&input.bytes, scratch) {
            Ok((form, block)) => (Some(form), Ok(block)),
            Err(error) => {
                let form = Form::detect(&input.bytes).ok();
                (form, Err(wrong::no_response(input, error)))
            }
        };
        let block = others.and(block);
        Appraised {
            form,
            block,
            appraisal: self.appraise(block, nonce),
        }
    }

    /// What there is to say if it was not accepted.
    pub(crate) fn diagnosis<'d>(
        &'d self,
        input: &'d Input,
        request: &Request,
        appraised: &'d Appraised<'_>,
    ) -> Option<Diagnosis<'d>> {
        let error = appraised.appraisal.error()?;
        let block = evidence(&appraised.block);
        let diagnosis = self.of_another_file(error);
        let diagnosis = diagnosis.unwrap_or_else(|| Diagnosis::of(error, input).in_block(block));
        Some(diagnosis.of_request(request.payload_id(), &input.bytes))
    }

    /// The same where the error is about a file that vouches for the key.
    pub(crate) fn of_another_file<'d>(&self, error: &'d Error) -> Option<Diagnosis<'d>>
    where
        'a: 'd,
    {
        let file = self.required.at_fault(error)?;
        Some(Diagnosis::of_file(error, file))
    }
}

/// What was read of a response.
pub(crate) type Block<'s> = Result<Option<TpmAttestation<'s>>, Error>;

/// The evidence in it.
pub(crate) fn evidence<'b, 's>(block: &'b Block<'s>) -> Option<&'b BlockEvidence<'s>> {
    match block {
        Ok(Some(TpmAttestation::Available(evidence))) => Some(evidence),
        _ => None,
    }
}

/// What was read of a file, and the library's answer.
pub(crate) struct Appraised<'s> {
    pub(crate) form: Option<Form>,
    block: Block<'s>,
    pub(crate) appraisal: Appraisal<'s, Attestation<'s>>,
}
