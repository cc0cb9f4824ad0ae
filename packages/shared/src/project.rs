//! [`Project`]: the JSON of other projects, as evidence.

use alloc::{format, string::String, vec, vec::Vec};

use tpm_quote::{
    Appraisal, AttestationKey, Error, Evidence, Nonce, Pcr, PcrSet, PcrValue, TpmsAttest,
    TpmtSignature, Unmarshal,
    evidence::{self, Key, ProjectEvidence, read_key, read_project},
    report::Report,
    types::TpmuAttest,
    verify::{
        Anchor, Part, PlainKey, SignedAttest, SigningScheme, VerifiedHardware, error::AnchorProblem,
    },
};

use crate::{
    key::{self, Given},
    outcome::{self, Outcome, QuoteFacts},
    quote::unnamed,
    signature::SignatureTerms,
    trust::Trust,
    trust_line::{Processors, Vouched},
    wanted::{Unusable, Wanted},
};

/// Evidence of another project: go-attestation, confidential-containers, Azure's virtual TPM.
pub struct Project<'a> {
    pub json: &'a [u8],
    /// The key that has to have signed, in any form.
    pub key: Option<&'a [u8]>,
    /// The name of the file, `-` for what is none.
    pub source: &'a str,
    pub nonce: Nonce,
}

/// What vouches for the key, and what the processor says.
type Judged<'a> = (
    Appraisal<'a, AttestationKey<'a>>,
    Option<VerifiedHardware<'a>>,
);

impl Project<'_> {
    /// The library's answer.
    ///
    /// # Errors
    /// The terms do not fit the evidence.
    pub fn appraise(&self, wanted: &Wanted<'_>) -> Result<Outcome<QuoteFacts>, Unusable> {
        let mut room = vec![0; self.json.len().saturating_mul(2)];
        let mut of_key = vec![0; self.key.map_or(0, <[u8]>::len)];
        let of_project = read_project(self.json, &mut room);
        let ((judged, hardware), quote, values) = match &of_project {
            Ok(evidence) => {
                let quote = quote(evidence, wanted.terms.required.as_ref())?;
                let judged = self.judge(evidence, quote.signature, &mut of_key, wanted)?;
                (judged, quote, covered(evidence, quote.attest))
            }
            Err(error) => {
                let quote: SignedAttest<'_> = SignedAttest {
                    attest: &[],
                    signature: &[],
                };
                let judged: Judged<'_> = ((*error).into(), None);
                (judged, quote, Vec::new())
            }
        };
        let required = wanted.terms.required.unwrap_or_else(|| unnamed(&values));
        let evidence = Evidence {
            attest: quote.attest,
            signature: quote.signature,
            pcrs: &values,
        };
        let policy = wanted.quote_policy(self.nonce, required);
        let appraisal = wanted.verifier().appraise_quote(judged, &evidence, &policy);
        let carried = wanted.terms.logs.carried(&[]);
        let (appraisal, replayed) = wanted.terms.logs.replay(&carried, appraisal);
        let form = evidence::Project::of(self.json).ok();
        let by = wanted.vouched_by(appraisal.key());
        let report = Report::new(&appraisal)
            .source(self.source)
            .form(form.map(evidence::Project::name))
            .certificate(wanted.certificate_of(appraisal.key()))
            .vouched_by(by)
            .hardware(hardware.as_ref())
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

    /// Judges the key that the caller names, or the one in the evidence if the processor or a
    /// certificate vouches for it.
    fn judge<'a>(
        &'a self,
        evidence: &ProjectEvidence<'a>,
        signature: &'a [u8],
        room: &'a mut [u8],
        wanted: &'a Wanted<'a>,
    ) -> Result<Judged<'a>, Unusable> {
        let verifier = wanted.verifier();
        let found = evidence.key();
        if let Some(bytes) = self.key {
            let mut own = vec![0; bytes.len()];
            match read_key(bytes, &mut own) {
                Ok((_, named)) if is_same(&named, &found) => {}
                Ok(_) => return Ok((Error::from(AnchorProblem::OtherKey).into(), None)),
                Err(error) => return Ok((error.into(), None)),
            }
        }
        if let Some((trust, vouched)) = wanted.trust() {
            return self.trusted(evidence, signature, room, (wanted, trust, vouched));
        }
        if let Some(hardware) = &wanted.terms.hardware {
            let Some(said) = evidence.hardware() else {
                return Ok((Error::from(AnchorProblem::NoHardware).into(), None));
            };
            let verified = hardware.verify(said);
            let of_key = verified.as_ref().map_err(|error| *error);
            let judged = verifier.appraise_hardware_key(said.report(), of_key);
            return Ok((judged, verified.ok()));
        }
        if let Some(bytes) = self.key {
            let given = Given {
                key: Some(bytes),
                signature,
                terms: SignatureTerms::default(),
                nonce: self.nonce,
            };
            return Ok((key::judge(given, room, wanted)?.key, None));
        }
        let scheme = match TpmtSignature::from_bytes(signature) {
            Ok(signature) => SigningScheme::of_signature(&signature),
            Err(error) => {
                return Ok((Error::from(error).in_part(Part::Signature).into(), None));
            }
        };
        match (wanted.certificate(), plain(&found)) {
            (Some(Ok(certificate)), Some(plain)) => {
                let judged = verifier.appraise_certificate_key(certificate, scheme, Some(&plain));
                Ok((judged, None))
            }
            (Some(Err(error)), _) => Ok((Appraisal::from(*error), None)),
            _ => Err(Unusable::Evidence(
                "nothing in it vouches for its key: name the key, or give what vouches for it"
                    .into(),
            )),
        }
    }

    /// Judges the key that the caller names, or the one in the evidence, by the lines of a trust
    /// file.
    fn trusted<'a>(
        &'a self,
        evidence: &ProjectEvidence<'a>,
        signature: &[u8],
        room: &'a mut [u8],
        (wanted, trust, vouched): (&'a Wanted<'a>, &Trust, &[Vouched<'_>]),
    ) -> Result<Judged<'a>, Unusable> {
        let (found, nonce) = (evidence.key(), self.nonce);
        let key = match self.key {
            // It is the one in the evidence, which has not more than numbers then.
            Some(bytes) => read_key(bytes, room).map_or(found, |(_, key)| key),
            None => found,
        };
        let said = evidence.hardware();
        let processors = said.map(|said| {
            let hardware = trust.hardware();
            hardware
                .map(|(line, hardware)| (line, hardware.verify(said)))
                .collect()
        });
        let processors: Processors<'_> = processors.unwrap_or_default();
        let lines = trust.lines(vouched, said.map(|said| (said.report(), &processors)));
        let verifier = wanted.verifier();
        let key = match key {
            Key::Public(public) => {
                verifier.appraise_key(&public, &wanted.anchor_by(nonce, Some(&lines.public)))
            }
            Key::Plain(plain) => {
                let scheme = match TpmtSignature::from_bytes(signature) {
                    Ok(signature) => SigningScheme::of_signature(&signature),
                    Err(error) => {
                        return Ok((Error::from(error).in_part(Part::Signature).into(), None));
                    }
                };
                let anchor = Anchor::new().any_of(&lines.plain, nonce);
                verifier.appraise_anchored_plain_key(&plain, scheme, &anchor)
            }
        };
        let line = key.key().and_then(|key| key.vouched_by());
        let mut processors = processors.iter();
        let hardware = processors.find(|(of, _)| Some(*of) == line);
        let hardware = hardware.and_then(|(_, said)| said.as_ref().ok().copied());
        Ok((key, hardware))
    }
}

/// The quote that is meant: the only one, or the only one that says that it covers what is
/// required, or else the first. Whether it covers that is judged later.
fn quote<'a>(
    evidence: &ProjectEvidence<'a>,
    required: Option<&PcrSet>,
) -> Result<SignedAttest<'a>, Unusable> {
    let quotes: Vec<_> = evidence.quotes().collect();
    if let [quote] = &*quotes {
        return Ok(*quote);
    }
    let unusable = |problem: String| Err(Unusable::Evidence(problem));
    let count = quotes.len();
    let Some(required) = required else {
        return unusable(format!(
            "has {count} quotes: say which PCRs the one to verify has to cover"
        ));
    };
    let covers = |quote: &&SignedAttest<'_>| {
        let signed = signed_selection(quote.attest);
        required
            .iter()
            .all(|pcr| signed.contains(pcr.bank(), pcr.index()))
    };
    let mut meant = quotes.iter().filter(covers);
    match (meant.next(), meant.next()) {
        (Some(quote), None) => Ok(*quote),
        (None, _) => quotes
            .first()
            .copied()
            .ok_or_else(|| Unusable::Evidence("has no quote".into())),
        (Some(_), Some(_)) => unusable(format!(
            "more than one of its {count} quotes covers {required}"
        )),
    }
}

/// The values of the PCRs that the quote says that it covers: the evidence has others as well.
fn covered<'a>(evidence: &ProjectEvidence<'a>, attest: &[u8]) -> Vec<PcrValue<'a>> {
    let signed = signed_selection(attest);
    let values = evidence.values();
    values
        .filter(|value| signed.contains(value.bank, value.index))
        .collect()
}

/// The PCRs that a quote says that it covers, none of what is no quote.
fn signed_selection(attest: &[u8]) -> PcrSet {
    let Ok(TpmsAttest {
        attested: TpmuAttest::Quote(quote),
        ..
    }) = TpmsAttest::from_bytes(attest)
    else {
        return core::iter::empty::<Pcr>().collect();
    };
    let pcrs = quote.pcr_select.iter().flat_map(|selection| {
        let indices = (0..24_u8).filter(move |index| selection.mask() >> index & 1 == 1);
        indices.filter_map(move |index| Pcr::new(selection.hash, index).ok())
    });
    pcrs.collect()
}

/// Whether it is the same key: all of it that both have.
fn is_same(named: &Key<'_>, found: &Key<'_>) -> bool {
    if let (Key::Public(named), Key::Public(found)) = (named, found) {
        return named.value() == found.value();
    }
    matches!((plain(named), plain(found)), (Some(named), Some(found)) if named.is_same(&found))
}

/// A key by its numbers alone.
fn plain<'a>(key: &Key<'a>) -> Option<PlainKey<'a>> {
    match key {
        Key::Public(public) => PlainKey::of_public(public.value()),
        Key::Plain(plain) => Some(*plain),
    }
}
