//! A quote in its parts.

use alloc::{vec, vec::Vec};

use tpm_quote::{Error, Evidence, Nonce, Pcr, PcrSet, PcrValue, TpmAlgId, report::Report};

use crate::{
    key::{self, Given, Named},
    outcome::{self, Outcome, QuoteFacts},
    signature::SignatureTerms,
    structures::{self, PcrInput},
    wanted::{Unusable, Wanted},
};

/// What a quote consists of, but for the values of PCRs.
pub struct Parts<'a> {
    /// In any form; without it, the key in the certificate that vouches for it.
    pub key: Option<&'a [u8]>,
    pub attest: &'a [u8],
    pub signature: &'a [u8],
    /// The name of the file, `-` for what is none.
    pub source: &'a str,
    pub nonce: Nonce,
    pub form: SignatureTerms,
}

/// PCR values as they were given.
pub enum Values<'a> {
    Listed(Vec<(TpmAlgId, u8, Vec<u8>)>),
    /// A PCR file of tpm2-tools.
    File(&'a [u8]),
}

impl Values<'_> {
    /// Those of a list of PCRs, of which each may have several.
    pub fn listed(entries: Vec<(Pcr, Vec<Vec<u8>>)>) -> Self {
        let values = entries.into_iter().flat_map(|(pcr, values)| {
            let values = values.into_iter();
            values.map(move |value| (pcr.bank(), pcr.index(), value))
        });
        Self::Listed(values.collect())
    }

    /// `None` if it is not known which PCRs the values are of.
    pub fn read(&self, required: Option<&PcrSet>) -> Option<Result<Vec<PcrValue<'_>>, Error>> {
        Some(match self {
            Self::Listed(values) => Ok(values
                .iter()
                .map(|(bank, index, digest)| PcrValue {
                    bank: *bank,
                    index: *index,
                    digest,
                })
                .collect()),
            Self::File(bytes) => match structures::pcr_file(bytes, required) {
                PcrInput::Read(file) => file.map(|file| file.iter().collect()),
                PcrInput::Unknown => return None,
            },
        })
    }

    /// What to say where it is not known which PCRs the values are of; the name of the
    /// setting that tells it comes behind.
    pub const UNKNOWN: &'static str = "pcrs: not a PCR file of the format serialized or marshaled; if it has the values alone, say what they are values of with ";
}

impl<'a> Parts<'a> {
    /// What is said of the key.
    pub(crate) const fn given(&self) -> Given<'a> {
        Given {
            key: self.key,
            signature: self.signature,
            terms: self.form,
            nonce: self.nonce,
        }
    }

    /// The library's answer, these being the values.
    ///
    /// # Errors
    /// The terms do not fit the key.
    pub fn appraise_quote(
        &self,
        wanted: &Wanted<'_>,
        pcrs: &Result<Vec<PcrValue<'_>>, Error>,
    ) -> Result<Outcome<QuoteFacts>, Unusable> {
        let verifier = wanted.verifier();
        let mut room = vec![0; self.key.map_or(0, <[u8]>::len)];
        let Named { mut key, signature } = key::judge(self.given(), &mut room, wanted)?;
        let attest = structures::attest(self.attest).unwrap_or_else(|error| {
            key = key.fail(error);
            &[]
        });
        let pcrs = match pcrs {
            Ok(pcrs) => &**pcrs,
            Err(error) => {
                key = key.fail(*error);
                &[]
            }
        };
        let required = wanted.terms.required.unwrap_or_else(|| unnamed(pcrs));
        let evidence = Evidence {
            attest,
            signature,
            pcrs,
        };
        let policy = wanted.quote_policy(self.nonce, required);
        let appraisal = verifier.appraise_quote(key, &evidence, &policy);
        let carried = wanted.terms.logs.carried(&[]);
        let (appraisal, replayed) = wanted.terms.logs.replay(&carried, appraisal);
        let by = wanted.vouched_by(appraisal.key());
        let report = Report::new(&appraisal)
            .source(self.source)
            .certificate(wanted.certificate_of(appraisal.key()))
            .vouched_by(by)
            .boot(replayed.replay.as_deref())
            .ima(replayed.judgement.as_deref());
        let warnings = appraisal.warnings().map(|warning| warning.text());
        Ok(Outcome {
            report: outcome::json(&report),
            verdict: report.verdict(),
            entries: replayed.entries,
            state: replayed.state,
            note: None,
            result: appraisal
                .into_result()
                .map(|quote| QuoteFacts::of(&quote, warnings.collect(), by)),
        })
    }
}

/// What is required where the caller names nothing: the PCRs that are given, as far as they
/// count without being named.
pub(crate) fn unnamed(pcrs: &[PcrValue<'_>]) -> PcrSet {
    let known = pcrs
        .iter()
        .filter(|pcr| pcr.bank != TpmAlgId::SHA1 && pcr.index < 16);
    let known = known.filter_map(|pcr| Pcr::new(pcr.bank, pcr.index).ok());
    known.collect()
}
