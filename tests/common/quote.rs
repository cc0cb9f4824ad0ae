//! A quote and what belongs to it, ready to be verified.

#[cfg(all(feature = "rsa", feature = "ecdsa"))]
use tpm_quote::Check;
use tpm_quote::{
    Error, Evidence, Nonce, PcrSet, PcrValue, QuotePolicy, Tpm2bPublic, TpmAlgId, Unmarshal,
    VerifiedQuote, Verifier,
    verify::{KeyRules, Part},
};
#[cfg(all(feature = "rsa", feature = "ecdsa"))]
use tpm_quote::{Problem, verify::error::AttestProblem};

#[cfg(all(feature = "rsa", feature = "ecdsa"))]
use super::judge;
use super::{Vector, alg, hex};

/// A value: bank, index, digest.
pub type Value = (TpmAlgId, u8, Vec<u8>);

/// The files of one case, and the facts about them in its case.json.
#[derive(Clone)]
pub struct Quote {
    /// A `TPM2B_PUBLIC`.
    pub public: Vec<u8>,
    /// A `TPMS_ATTEST`.
    pub attest: Vec<u8>,
    /// A `TPMT_SIGNATURE`.
    pub signature: Vec<u8>,
    pub nonce: Vec<u8>,
    /// In the order in which they were signed.
    pub values: Vec<Value>,
    /// The selection as text; empty if nothing is selected.
    pub selection: String,
}

impl Quote {
    pub fn of(case: &Vector) -> Self {
        let nonce = case.file("nonce.bin");
        assert_eq!(nonce, case.bytes("nonce_hex"), "{}", case.name);
        // A selection can name a bank twice.
        let mut values: Vec<Value> = Vec::new();
        let mut selection: Vec<(&str, Vec<String>)> = Vec::new();
        for entry in case.json["pcr_selection_list"].as_array().unwrap() {
            let bank = entry["bank"].as_str().unwrap();
            for pcr in entry["pcrs"].as_array().unwrap() {
                let index = pcr.as_u64().unwrap() as u8;
                if values
                    .iter()
                    .any(|(b, i, _)| (*b, *i) == (alg(bank), index))
                {
                    continue;
                }
                let value = case.json["pcr_values"][bank][index.to_string()].as_str();
                values.push((alg(bank), index, hex(value.unwrap())));
                match selection.iter_mut().find(|(known, _)| *known == bank) {
                    Some((_, indices)) => indices.push(index.to_string()),
                    None => selection.push((bank, vec![index.to_string()])),
                }
            }
        }
        let selection: Vec<_> = selection
            .iter()
            .map(|(bank, indices)| format!("{bank}:{}", indices.join(",")))
            .collect();
        Self {
            public: case.file("ak.pub"),
            attest: case.file("quote.attest"),
            signature: case.file("quote.sig"),
            nonce,
            values,
            selection: selection.join("+"),
        }
    }

    /// What this quote has to be: its own nonce, and all the PCRs that it says
    /// it covers.
    pub fn policy(&self) -> QuotePolicy<'static> {
        // A quote of nothing was asked to be one of something.
        let required = match &*self.selection {
            "" => "sha256:0",
            selection => selection,
        };
        let required = PcrSet::parse(required).unwrap();
        QuotePolicy::new(Nonce::exact(&self.nonce).unwrap(), required)
    }

    pub fn verify(&self) -> Result<(), Error> {
        self.verify_as(KeyRules::new(), &self.policy(), |_| ())
    }

    /// Verifies it as evidence of a self-asserted key, and shows the result.
    pub fn verify_as<T>(
        &self,
        rules: KeyRules,
        policy: &QuotePolicy<'_>,
        show: impl FnOnce(&VerifiedQuote<'_>) -> T,
    ) -> Result<T, Error> {
        let public = Tpm2bPublic::from_bytes(&self.public)
            .map_err(|error| Error::from(error).in_part(Part::Key))?;
        let verifier = Verifier::new().key_rules(rules);
        let key = verifier.self_asserted(&public)?;
        let values = pcr_values(&self.values);
        let evidence = Evidence {
            attest: &self.attest,
            signature: &self.signature[..],
            pcrs: &values,
        };
        let result = verifier.quote(&key, &evidence, policy);
        #[cfg(all(feature = "rsa", feature = "ecdsa"))]
        self.ask_the_judge(result.as_ref().map_err(|error| *error));
        result.map(|quote| show(&quote))
    }

    /// A second judge says the same of the signature, if it was looked at.
    #[cfg(all(feature = "rsa", feature = "ecdsa"))]
    fn ask_the_judge(&self, result: Result<&VerifiedQuote<'_>, Error>) {
        let ours = match result {
            Ok(_) => true,
            Err(error) => match (error.problem(), error.part()) {
                (Problem::Attest(AttestProblem::Signature), _) => false,
                (Problem::Structure(_), Part::Signed) => true,
                _ if error.check() < Check::Signature => return,
                _ => true,
            },
        };
        let key = judge::key(&self.public).expect("the key was accepted");
        let signature = judge::signature(&self.signature).expect("the signature was read");
        let judge = judge::holds(&key, &self.attest, &signature);
        assert_eq!(judge, ours, "the judge says another thing of the signature");
    }
}

pub fn pcr_values(values: &[Value]) -> Vec<PcrValue<'_>> {
    let values = values.iter().map(|(bank, index, digest)| PcrValue {
        bank: *bank,
        index: *index,
        digest,
    });
    values.collect()
}
