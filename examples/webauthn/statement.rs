//! The attestation statement `tpm` of WebAuthn (Level 3, 8.3), from its parts.
//!
//! CBOR, authenticator data and the policy for credentials are those of a WebAuthn library.
//! The page `docs/webauthn.md` goes through the steps.

use std::{fmt, time::Duration};

use tpm_quote::{
    AkCertificate, AttestationKey, CertificateChain, Error, Nonce, Tpm2bPublic, TpmAlgId,
    crypto::Hasher,
    types::TpmaObject,
    verify::{
        AttestPolicy, Certify, ObjectRules, PlainKey, SignedAttest, SigningScheme, verify_attest,
    },
};

/// The parts of a statement, as they are in its CBOR.
pub struct Statement<'a> {
    /// `alg`, a COSE algorithm.
    pub alg: i64,
    /// `certInfo`: a TPMS_ATTEST.
    pub cert_info: &'a [u8],
    /// `pubArea`: a TPMT_PUBLIC.
    pub pub_area: &'a [u8],
    /// `sig`: a plain signature.
    pub sig: &'a [u8],
    /// `x5c`: the certificate of the AIK, then those above it.
    pub x5c: &'a [&'a [u8]],
}

/// What the relying party knows from elsewhere.
pub struct Expected<'a> {
    /// authData || SHA-256(clientDataJSON).
    pub att_to_be_signed: &'a [u8],
    /// The public key of the credential, from authData.
    pub credential_key: PlainKey<'a>,
    /// The roots that you trust, in DER.
    pub roots: &'a [&'a [u8]],
    /// When the certificates have to be in force: the time since 1970.
    pub at: Duration,
    /// Whether the AIK may sign with SHA-1 (RS1), as those of many Windows machines do.
    pub allow_sha1: bool,
}

/// Why a statement does not count.
#[derive(Debug)]
pub enum Refused {
    /// An algorithm that is not known here.
    Algorithm(i64),
    /// `pubArea` is not the key of the credential.
    OtherKey,
    /// What was checked, and why it failed.
    Evidence(Error),
}

impl<E: Into<Error>> From<E> for Refused {
    fn from(error: E) -> Self {
        Self::Evidence(error.into())
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Algorithm(alg) => write!(f, "the COSE algorithm {alg} is not known here"),
            Self::OtherKey => f.write_str("pubArea is not the key of the credential"),
            Self::Evidence(error) => write!(f, "{}: {error}", error.check()),
        }
    }
}

/// Verifies a statement, and returns the maker of the TPM.
pub fn verify_statement<'a>(
    statement: &Statement<'a>,
    expected: &Expected<'a>,
) -> Result<&'a str, Refused> {
    let scheme = scheme(statement.alg).ok_or(Refused::Algorithm(statement.alg))?;
    // extraData is the digest of attToBeSigned, by the hash of `alg`.
    let digest = Hasher::digest(scheme.hash, expected.att_to_be_signed);
    let nonce = Nonce::exact(digest.as_ref().map_or(&[], AsRef::as_ref))?;
    verify_with(statement, scheme, nonce, expected)
}

/// Scheme and hash of a COSE algorithm: they are never tried out.
pub fn scheme(alg: i64) -> Option<SigningScheme> {
    Some(match alg {
        -65535 => SigningScheme::rsassa(TpmAlgId::SHA1),
        -257 => SigningScheme::rsassa(TpmAlgId::SHA256),
        -258 => SigningScheme::rsassa(TpmAlgId::SHA384),
        -259 => SigningScheme::rsassa(TpmAlgId::SHA512),
        -37 => SigningScheme::rsapss(TpmAlgId::SHA256),
        -38 => SigningScheme::rsapss(TpmAlgId::SHA384),
        -39 => SigningScheme::rsapss(TpmAlgId::SHA512),
        -7 => SigningScheme::ecdsa(TpmAlgId::SHA256),
        -35 => SigningScheme::ecdsa(TpmAlgId::SHA384),
        -36 => SigningScheme::ecdsa(TpmAlgId::SHA512),
        _ => return None,
    })
}

/// Verifies a statement with this `extraData`.
pub fn verify_with<'a>(
    statement: &Statement<'a>,
    scheme: SigningScheme,
    extra_data: Nonce,
    expected: &Expected<'a>,
) -> Result<&'a str, Refused> {
    // pubArea is the key of the credential.
    let object = Tpm2bPublic::from_unsized(statement.pub_area)?;
    let key = PlainKey::of_public(object.value());
    if !key.is_some_and(|key| key.is_same(&expected.credential_key)) {
        return Err(Refused::OtherKey);
    }

    // The certificate of the AIK leads to a root, and is one of a TPM's AIK.
    const NOTHING: &[u8] = &[];
    let (certificate, above) = statement.x5c.split_first().unwrap_or((&NOTHING, &[]));
    let chain = CertificateChain::new(certificate).intermediates(above);
    let certificate = AkCertificate::verify(&chain, expected.roots, expected.at)?;
    let aik = AttestationKey::of_certificate(&certificate, scheme)?;

    // The TPM made the key of the credential, and keeps it.
    let rules = ObjectRules::new()
        .require(TpmaObject::FIXED_TPM | TpmaObject::FIXED_PARENT)
        .require(TpmaObject::SENSITIVE_DATA_ORIGIN | TpmaObject::SIGN)
        .forbid(TpmaObject::RESTRICTED)
        .require_strong_key();

    // Signature, magic, type, extraData, and the Name of pubArea.
    let mut policy = AttestPolicy::new(extra_data)
        .require_anchored_key()
        .allow_empty_signer();
    if expected.allow_sha1 {
        policy = policy.dangerous_allow_sha1_signatures();
    }
    let signed = SignedAttest {
        attest: statement.cert_info,
        signature: scheme.plain_signature(statement.sig)?,
    };
    verify_attest(&aik, &signed, &Certify::of(&object).rules(rules), &policy)?;
    let identity = certificate.identity();
    Ok(identity.maker().unwrap_or(identity.manufacturer))
}
