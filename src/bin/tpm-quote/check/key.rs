//! The key and what it signed, as they are found in files, and why they are not.

use tpm_quote::{
    Appraisal, AttestationKey, Error, Evidence, PcrValue, Tpm2bPublic, TpmAlgId, TpmtSignature,
    Unmarshal,
    verify::{Anchor, AttestSignature, Part, PlainKey, SigningScheme},
};

use super::{
    files::SignatureForm,
    options::{Options, Scheme},
};
use crate::{output::say, policy::named_key};

/// Why there is no quote.
pub(super) enum Stop<'a> {
    /// The evidence; with what was found of its key.
    Refused(Box<Appraisal<'a, AttestationKey<'a>>>),
    /// The evidence, of which no part was judged.
    Unread(Error),
    /// The options, by what is in the files.
    Usage(String),
}

impl<'a> Stop<'a> {
    /// The same, after this was found of the key.
    pub(super) fn after(self, key: &Appraisal<'a, AttestationKey<'a>>) -> Self {
        match self {
            Self::Refused(refused) => match refused.into_result() {
                Ok(_) => Self::Refused(Box::new(*key)),
                Err(error) => Self::Refused(Box::new(key.fail(error))),
            },
            other => other,
        }
    }
}

impl<E: Into<Error>> From<E> for Stop<'_> {
    fn from(error: E) -> Self {
        Self::Refused(Box::new(error.into().into()))
    }
}

/// What the files and the options come to.
pub(super) struct Read<'a> {
    pub(super) key: Appraisal<'a, AttestationKey<'a>>,
    pub(super) attest: &'a [u8],
    pub(super) signature: AttestSignature<'a>,
    pub(super) values: Vec<PcrValue<'a>>,
}

impl<'a> Read<'a> {
    /// A key that was refused, so that nothing else was looked at.
    pub(super) fn without_evidence(key: Appraisal<'a, AttestationKey<'a>>) -> Self {
        Self {
            key,
            attest: &[],
            signature: AttestSignature::from(&[]),
            values: Vec::new(),
        }
    }

    pub(super) fn evidence(&self) -> Evidence<'a, '_, AttestSignature<'a>> {
        Evidence {
            attest: self.attest,
            signature: self.signature,
            pcrs: &self.values,
        }
    }
}

/// A key with its public area. The options name it, so that it is pinned, unless they ask
/// for something else to vouch for it.
pub(super) fn named<'a>(
    options: &Options,
    public: &Tpm2bPublic<'a>,
    anchor: &Anchor<'_>,
) -> Appraisal<'a, AttestationKey<'a>> {
    let key = named_key(public, anchor);
    if let (Some(given), Some(hash)) = (
        options.hash_algorithm,
        key.key().map(|key| key.scheme().hash),
    ) && given != hash
    {
        say(&format!(
            "note: -g is {given}, the key's hash is {hash}: that of the key counts"
        ));
    }
    key
}

/// Scheme and hash, where the key has none: those of the signature, or else of
/// the options. With -g, no other hash passes.
pub(super) fn scheme(
    options: &Options,
    key: &PlainKey<'_>,
    signature: &[u8],
    form: SignatureForm,
) -> Result<SigningScheme, Error> {
    let scheme = match form {
        SignatureForm::Structure => {
            let signature = TpmtSignature::from_bytes(signature)
                .map_err(|error| Error::from(error).in_part(Part::Signature))?;
            SigningScheme::of_signature(&signature)
        }
        SignatureForm::Plain => match (key, options.scheme) {
            (PlainKey::Ecc { .. }, _) => SigningScheme::ecdsa(TpmAlgId::SHA256),
            (_, Scheme::Rsassa) => SigningScheme::rsassa(TpmAlgId::SHA256),
            (_, Scheme::Rsapss) => SigningScheme::rsapss(TpmAlgId::SHA256),
        },
    };
    Ok(SigningScheme {
        hash: options.hash_algorithm.unwrap_or(scheme.hash),
        ..scheme
    })
}
