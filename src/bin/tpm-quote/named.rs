//! The key that the options name, and a signature by it: `check` and `attest`.
//!
//! The key of -u is known to whoever names it: it is pinned, unless the options ask for
//! something else to vouch for it. A certificate that vouches can be all that is known of
//! the key.

use std::ffi::OsString;

use clap::{Args, ValueEnum};
use tpm_quote::{
    Appraisal, AttestationKey, Error, Name, Nonce, Tpm2bPublic, TpmAlgId,
    evidence::{self, parse_hash},
    verify::{Anchor, AttestSignature, Part, PlainKey, SigningScheme, X509Certificate},
};

use crate::{
    input::Input,
    key_file,
    output::{self, say},
    policy::Required,
    signing::{self, is_plain},
    wrong,
};

/// A key, and what its signatures are like where nothing else tells.
#[derive(Args)]
pub(crate) struct KeyOptions {
    /// The public key, which you know to be the right one
    ///
    /// It may be left out where something else vouches for it: the key is then the one in
    /// the certificate (--ak-cert), or the one in Azure's evidence (--hardware-root).
    #[arg(
        short = 'u',
        long,
        value_name = "FILE",
        required_unless_present_any = ["ak_cert", "hardware_root", "trust"]
    )]
    public: Option<OsString>,

    /// The hash of the signature, as sha256 or 0x000b
    ///
    /// Counts where the key does not tell, as in PEM. A plain signature needs it
    /// then, and is taken to be sha256 without it.
    #[arg(short = 'g', long, value_name = "HASH", value_parser = hash)]
    hash_algorithm: Option<TpmAlgId>,

    /// The scheme of a plain RSA signature, if the key does not tell; rsassa, if it is
    /// not given
    #[arg(long, value_enum)]
    scheme: Option<Scheme>,

    /// How the signature is written; told by its first bytes and its length, if it is
    /// not given
    #[arg(long, value_enum, value_name = "FORM")]
    signature_form: Option<Form>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Scheme {
    /// PKCS #1 v1.5
    Rsassa,
    /// PSS
    Rsapss,
}

fn hash(text: &str) -> Result<TpmAlgId, &'static str> {
    parse_hash(text).ok_or("expected a hash by name, as sha256, or by id, as 0x000b")
}

/// A key, with its public area or without.
pub(crate) enum Key<'a> {
    Public(Tpm2bPublic<'a>),
    Plain(PlainKey<'a>),
    /// The one in the certificate that vouches for it.
    OfCertificate,
}

/// A key as it was judged, and a signature by it.
pub(crate) struct Named<'a> {
    pub(crate) key: Appraisal<'a, AttestationKey<'a>>,
    /// Nothing was looked at, if the key was refused.
    pub(crate) signature: Result<AttestSignature<'a>, Error>,
}

impl From<Error> for Named<'_> {
    fn from(error: Error) -> Self {
        Self {
            key: error.into(),
            signature: Err(error),
        }
    }
}

impl KeyOptions {
    /// Reads the file of the key, if one is named.
    pub(crate) fn file(&self) -> Result<Option<Input>, String> {
        self.public.as_deref().map(Input::read_file).transpose()
    }

    /// Judges the key, and reads the signature by what is known of the key.
    pub(crate) fn judge<'a>(
        &self,
        key: &Key<'a>,
        signature: Signature<'a>,
        (required, nonce): (&Required<'a>, Nonce),
    ) -> Result<Named<'a>, String> {
        required.fit_without_hardware()?;
        let plain = match key {
            Key::Public(public) => PlainKey::of_public(public.value()),
            Key::Plain(plain) => Some(*plain),
            Key::OfCertificate => match required.verified_certificate() {
                Some(Ok(certificate)) => Some(*certificate.plain_key()),
                Some(Err(error)) => return Ok((*error).into()),
                None => match required.beside_trust().map(key_of) {
                    Some(Ok(plain)) => Some(plain),
                    Some(Err(error)) => return Ok(error.into()),
                    None => None,
                },
            },
        };
        // What cannot fit is said before the files are read any further.
        if !matches!(key, Key::Public(_)) {
            required.fit_plain_key()?;
        }
        if let Signature::File(input) = signature
            && let Err(error) = wrong::signature(input)
        {
            return Ok(error.into());
        }
        let form = match (signature, self.signature_form) {
            (Signature::File(_), Some(form)) => form,
            _ => signature.form(plain.as_ref()),
        };
        let bytes = signature.bytes();
        let key = match (key, plain) {
            (Key::Public(public), _) => self.public_key(public, (required, nonce)),
            (_, Some(plain)) => match self.scheme(&plain, bytes, form) {
                Ok(scheme) => plain_key(&plain, scheme, (required, nonce)),
                Err(error) => return Ok(error.into()),
            },
            (_, None) => return Err("give the key with -u, or its certificate".to_owned()),
        };
        let signature = match (form, key.value()) {
            (Form::Plain, Some(key)) => {
                let signature = key.scheme().plain_signature(bytes);
                signature.map(AttestSignature::from)
            }
            _ => Ok(bytes.into()),
        };
        Ok(Named { key, signature })
    }

    /// What was assumed of a plain signature because neither the key nor an option says it.
    pub(crate) fn assumed(
        &self,
        key: &Key<'_>,
        signature: &Input,
        required: &Required<'_>,
    ) -> Option<String> {
        let plain = match key {
            Key::Public(_) => return None,
            Key::Plain(plain) => plain,
            Key::OfCertificate => required.verified_certificate()?.as_ref().ok()?.plain_key(),
        };
        let is_plain = match self.signature_form {
            Some(form) => matches!(form, Form::Plain),
            None => is_plain(&signature.bytes, Some(plain)),
        };
        if !is_plain {
            return None;
        }
        let is_rsa = matches!(plain, PlainKey::Rsa { .. });
        let scheme = is_rsa && self.scheme.is_none();
        let hash = self.hash_algorithm.is_none();
        let (what, options) = match (scheme, hash) {
            (true, true) => (
                "the scheme rsassa and the hash sha256 are",
                "--scheme and -g",
            ),
            (true, false) => ("the scheme rsassa is", "--scheme"),
            (false, true) => ("the hash sha256 is", "-g"),
            (false, false) => return None,
        };
        Some(format!(
            "{what} only assumed: neither the key nor the signature says it. If another was used, name it with {options}"
        ))
    }

    /// A key with its public area.
    fn public_key<'a>(
        &self,
        public: &Tpm2bPublic<'a>,
        (required, nonce): (&Required<'a>, Nonce),
    ) -> Appraisal<'a, AttestationKey<'a>> {
        let names = [Name::of_public(public).unwrap_or(Name::EMPTY)];
        let (verifier, anchor) = (required.verifier(), required.anchor(nonce));
        let key = if anchor.is_asked() {
            verifier.appraise_key(public, &anchor)
        } else {
            verifier.appraise_key(public, &Anchor::new().pinned(&names))
        };
        if let (Some(given), Some(hash)) =
            (self.hash_algorithm, key.key().map(|key| key.scheme().hash))
            && given != hash
        {
            say(&format!(
                "note: -g is {given}, the key's hash is {hash}: that of the key counts"
            ));
        }
        key
    }

    /// Scheme and hash, where the key has none: those of the signature, or else of
    /// the options. With -g, no other hash passes.
    fn scheme(
        &self,
        key: &PlainKey<'_>,
        signature: &[u8],
        form: Form,
    ) -> Result<SigningScheme, Error> {
        let structure = (form == Form::Structure).then_some(signature);
        let is_pss = matches!(self.scheme, Some(Scheme::Rsapss));
        signing::scheme(key, structure, is_pss, self.hash_algorithm)
    }
}

/// The key in a certificate, for which nothing vouches yet.
fn key_of(certificate: &[u8]) -> Result<PlainKey<'_>, Error> {
    let (der, _) = X509Certificate::split_der(certificate)
        .map_err(|error| Error::from(error).in_part(Part::Certificate))?;
    X509Certificate::from_der(der)
        .map_err(|error| Error::from(error).in_part(Part::Certificate))?
        .plain_key()
}

/// A key by its numbers: known by them, or by a certificate for them.
fn plain_key<'a>(
    plain: &PlainKey<'a>,
    scheme: SigningScheme,
    (required, nonce): (&Required<'a>, Nonce),
) -> Appraisal<'a, AttestationKey<'a>> {
    let verifier = required.verifier();
    if let Some(lines) = required.plain_lines(nonce) {
        return verifier.appraise_anchored_plain_key(plain, scheme, &lines);
    }
    match required.verified_certificate() {
        Some(Ok(certificate)) => {
            verifier.appraise_certificate_key(certificate, scheme, Some(plain))
        }
        Some(Err(error)) => verifier
            .appraise_plain_key(plain, scheme, None)
            .fail(*error),
        None => verifier.appraise_plain_key(plain, scheme, Some(&[*plain])),
    }
}

/// The key in a file; `room` is for what is decoded of a text.
pub(crate) fn read_key<'a>(input: &'a Input, room: &'a mut Vec<u8>) -> Result<Key<'a>, Error> {
    Ok(match key_file::key(input, room)? {
        evidence::Key::Public(public) => Key::Public(public),
        evidence::Key::Plain(plain) => Key::Plain(plain),
    })
}

/// A signature.
#[derive(Clone, Copy)]
pub(crate) enum Signature<'a> {
    /// The one in a file, whose form is told.
    File(&'a Input),
    /// A `TPMT_SIGNATURE`.
    Structure(&'a [u8]),
}

/// How a signature is written.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// TPMT_SIGNATURE, as a TPM gives it: it says its scheme and hash
    #[value(name = "tpmt")]
    Structure,
    /// Its numbers alone: RSA as long as the modulus, ECDSA in DER
    Plain,
}

impl<'a> Signature<'a> {
    fn bytes(self) -> &'a [u8] {
        match self {
            Self::File(input) => &input.bytes,
            Self::Structure(bytes) => bytes,
        }
    }

    /// How it is written, told by the key's kind.
    fn form(self, key: Option<&PlainKey<'_>>) -> Form {
        let Self::File(input) = self else {
            return Form::Structure;
        };
        let (form, what) = match (is_plain(&input.bytes, key), key) {
            (false, _) => (Form::Structure, "signature: TPMT_SIGNATURE"),
            (true, Some(PlainKey::Rsa { .. })) => (Form::Plain, "signature: plain, RSA"),
            (true, _) => (Form::Plain, "signature: plain, ECDSA in DER"),
        };
        saw(input, what);
        form
    }
}

/// Whether the bytes have their own length in front, as a TPM2B has.
pub(crate) fn is_sized(bytes: &[u8]) -> bool {
    bytes
        .split_first_chunk()
        .is_some_and(|(size, rest)| usize::from(u16::from_be_bytes(*size)) == rest.len())
}

pub(crate) fn saw(input: &Input, what: &str) {
    output::saw(format!("{}: {what}", input.name));
}
