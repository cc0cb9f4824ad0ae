//! [`SignatureTerms`]: the form and the scheme of a signature where its key names neither.

use alloc::{borrow::ToOwned, format, string::String};

use tpm_quote::{
    Error, TpmAlgId,
    evidence::parse_hash,
    verify::{PlainKey, SigningScheme},
};

use crate::signing::{self, is_plain};

/// The form of a signature, and its scheme and hash where neither it nor its key names them.
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

    /// The form that is required, or else the one that the bytes have.
    pub(crate) fn form(&self, signature: &[u8], key: Option<&PlainKey<'_>>) -> Form {
        let told = if is_plain(signature, key) {
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
        let structure = (form == Form::Structure).then_some(signature);
        let is_pss = matches!(self.scheme, Some(Scheme::Rsapss));
        signing::scheme(key, structure, is_pss, self.hash)
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
