//! [`SignatureTerms`]: how a signature is written, and what neither it nor its key tells.

use alloc::{borrow::ToOwned, format, string::String};

use tpm_quote::{
    Error, TpmAlgId, TpmtSignature, Unmarshal,
    evidence::parse_hash,
    verify::{Part, PlainKey, SigningScheme},
};

/// How a signature is written, and what neither it nor its key tells.
#[derive(Clone, Copy, Default)]
pub struct SignatureTerms {
    /// Told by its bytes, if it is not given.
    form: Option<Form>,
    /// That of a plain RSA signature; RSASSA, if it is not given.
    scheme: Option<Scheme>,
    /// That of a plain signature; SHA-256, if it is not given.
    hash: Option<TpmAlgId>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// A `TPMT_SIGNATURE`.
    Structure,
    /// Its numbers alone: RSA as long as the modulus, ECDSA in DER.
    Plain,
}

#[derive(Clone, Copy)]
enum Scheme {
    Rsassa,
    Rsapss,
}

impl SignatureTerms {
    /// Reads the settings.
    ///
    /// # Errors
    /// The name of the setting that makes no sense, and why.
    pub fn read(
        form: Option<&str>,
        scheme: Option<&str>,
        hash: Option<&str>,
    ) -> Result<Self, (&'static str, String)> {
        let form = match form {
            None => None,
            Some("tpmt") => Some(Form::Structure),
            Some("plain") => Some(Form::Plain),
            Some(other) => {
                let problem = format!("expected 'tpmt' or 'plain', not {other:?}");
                return Err(("signature_form", problem));
            }
        };
        let scheme = match scheme {
            None => None,
            Some("rsassa") => Some(Scheme::Rsassa),
            Some("rsapss") => Some(Scheme::Rsapss),
            Some(other) => {
                let problem = format!("expected 'rsassa' or 'rsapss', not {other:?}");
                return Err(("scheme", problem));
            }
        };
        let parsed = hash.map(|text| {
            let wrong = "expected a hash by name, as sha256, or by id, as 0x000b";
            parse_hash(text).ok_or(("hash_algorithm", wrong.to_owned()))
        });
        let hash = parsed.transpose()?;
        Ok(Self { form, scheme, hash })
    }

    /// How the signature is written: a plain RSA signature is as long as the modulus, and a plain
    /// one by another key begins like DER. No `TPMT_SIGNATURE` of a key of that kind is either.
    pub(crate) fn form(&self, signature: &[u8], key: Option<&PlainKey<'_>>) -> Form {
        let is_plain = match key {
            Some(PlainKey::Rsa { modulus, .. }) => signature.len() == modulus.len(),
            Some(PlainKey::Ecc { .. }) => signature.first() == Some(&0x30),
            None => false,
        };
        let told = if is_plain {
            Form::Plain
        } else {
            Form::Structure
        };
        self.form.unwrap_or(told)
    }

    /// Scheme and hash, where the key has none: those of the signature, or else of the settings.
    /// With a hash, no other one passes.
    pub(crate) fn scheme(
        &self,
        key: &PlainKey<'_>,
        signature: &[u8],
        form: Form,
    ) -> Result<SigningScheme, Error> {
        let scheme = match form {
            Form::Structure => {
                let signature = TpmtSignature::from_bytes(signature)
                    .map_err(|error| Error::from(error).in_part(Part::Signature))?;
                SigningScheme::of_signature(&signature)
            }
            Form::Plain => match (key, self.scheme) {
                (PlainKey::Ecc { .. }, _) => SigningScheme::ecdsa(TpmAlgId::SHA256),
                (_, Some(Scheme::Rsapss)) => SigningScheme::rsapss(TpmAlgId::SHA256),
                (_, Some(Scheme::Rsassa) | None) => SigningScheme::rsassa(TpmAlgId::SHA256),
            },
        };
        Ok(SigningScheme {
            hash: self.hash.unwrap_or(scheme.hash),
            ..scheme
        })
    }

    /// The setting that has no effect, or that the key contradicts: one with a public area tells
    /// its scheme and hash.
    pub(crate) fn useless(&self, of_public_area: Option<SigningScheme>) -> Option<&'static str> {
        let known = of_public_area?;
        let other_hash = self.hash.is_some_and(|hash| hash != known.hash);
        match self.scheme {
            Some(_) => Some("scheme"),
            None => other_hash.then_some("hash_algorithm"),
        }
    }
}
