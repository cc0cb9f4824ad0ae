//! The public area of an object (Part 2, 12.2).

use super::{
    attributes::TpmaObject,
    buffers::{
        Tpm2bDigest, Tpm2bEccParameter, Tpm2bPublicKeyMldsa, Tpm2bPublicKeyMlkem, Tpm2bPublicKeyRsa,
    },
    constants::{TpmAlgId, TpmEccCurve, TpmiMldsaParms, TpmiMlkemParms},
    schemes::{TpmtEccScheme, TpmtKdfScheme, TpmtKeyedhashScheme, TpmtRsaScheme, TpmtSymDefObject},
    sized::{Sized2b, Tpm2b},
};
use crate::{
    error::{MarshalError, Place, UnmarshalError},
    wire::{Inspect, Inspector, Marshal, Reader, Sink, Unmarshal},
};

/// A public area with its size in front (Part 2, 12.2.5).
#[doc(alias = "TPM2B_PUBLIC")]
pub type Tpm2bPublic<'a> = Tpm2b<'a, TpmtPublic<'a>>;

impl<'a> Sized2b<'a> for TpmtPublic<'a> {
    const SIZED_NAME: &'static str = "TPM2B_PUBLIC";
}

/// What everybody may know of an object (Part 2, 12.2.4).
///
/// Its `type` is the [`selector`](TpmuPublic::selector) of `key`.
#[doc(alias = "TPMT_PUBLIC")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TpmtPublic<'a> {
    /// The hash of the object's Name; `TPM_ALG_NULL` for an object without one.
    pub name_alg: TpmAlgId,
    /// What the object may do.
    pub object_attributes: TpmaObject,
    /// The policy's digest, or nothing.
    pub auth_policy: Tpm2bDigest<'a>,
    /// The kind of object, its parameters and its public key.
    pub key: TpmuPublic<'a>,
}

tpm_union! {
    /// The two unions of a public area, `TPMU_PUBLIC_PARMS` and
    /// `TPMU_PUBLIC_ID`, as one: the parameters of one kind never meet the
    /// public key of another (Part 2, 12.2.3).
    #[doc(alias = "TPMU_PUBLIC_PARMS")]
    #[doc(alias = "TPMU_PUBLIC_ID")]
    pub enum TpmuPublic<'a> = "TPMT_PUBLIC" by TpmAlgId {
        /// An RSA key.
        RSA => Rsa(ParmsAndId<TpmsRsaParms, Tpm2bPublicKeyRsa<'a>> = "unique"),
        /// An HMAC key or sealed data; the digest binds its secret.
        KEYEDHASH => Keyedhash(ParmsAndId<TpmsKeyedhashParms, Tpm2bDigest<'a>> = "unique"),
        /// An ECC key.
        ECC => Ecc(ParmsAndId<TpmsEccParms, TpmsEccPoint<'a>> = "unique"),
        /// A symmetric key; the digest binds its secret.
        SYMCIPHER => Symcipher(ParmsAndId<TpmsSymcipherParms, Tpm2bDigest<'a>> = "unique"),
        /// An ML-KEM key (version 1.85).
        MLKEM => Mlkem(ParmsAndId<TpmsMlkemParms, Tpm2bPublicKeyMlkem<'a>> = "unique"),
        /// An ML-DSA key (version 1.85).
        MLDSA => Mldsa(ParmsAndId<TpmsMldsaParms, Tpm2bPublicKeyMldsa<'a>> = "unique"),
        /// A HashML-DSA key (version 1.85).
        HASH_MLDSA => HashMldsa(ParmsAndId<TpmsHashMldsaParms, Tpm2bPublicKeyMldsa<'a>> = "unique"),
    }
}

/// The parameters of a public area and the public key that goes with them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParmsAndId<P, U> {
    /// `parameters`.
    pub parameters: P,
    /// `unique`: the public key, or the digest that stands for it.
    pub unique: U,
}

tpm_struct! {
    /// Parameters of an RSA key (Part 2, 12.2.3.5).
    pub struct TpmsRsaParms = "TPMS_RSA_PARMS" {
        /// Cipher for the children of a storage key.
        symmetric: TpmtSymDefObject = "symmetric",
        /// Scheme.
        scheme: TpmtRsaScheme = "scheme",
        /// Size of the modulus, in bits.
        key_bits: u16 = "keyBits",
        /// Public exponent; 0 stands for 65537.
        exponent: u32 = "exponent",
    }
}

tpm_struct! {
    /// Parameters of an ECC key (Part 2, 12.2.3.6).
    pub struct TpmsEccParms = "TPMS_ECC_PARMS" {
        /// Cipher for the children of a storage key.
        symmetric: TpmtSymDefObject = "symmetric",
        /// Scheme.
        scheme: TpmtEccScheme = "scheme",
        /// Curve.
        curve_id: TpmEccCurve = "curveID",
        /// Key derivation; no TPM uses it yet.
        kdf: TpmtKdfScheme = "kdf",
    }
}

tpm_struct! {
    /// A point of a curve (Part 2, 11.2.5.2).
    ///
    /// An EdDSA key (version 1.85) has its RFC 8032 encoding in `x` and an
    /// empty `y`.
    pub struct TpmsEccPoint<'a> = "TPMS_ECC_POINT" {
        /// Abscissa.
        x: Tpm2bEccParameter<'a> = "x",
        /// Ordinate.
        y: Tpm2bEccParameter<'a> = "y",
    }
}

tpm_struct! {
    /// Parameters of an HMAC key or of sealed data (Part 2, 12.2.3.3).
    pub struct TpmsKeyedhashParms = "TPMS_KEYEDHASH_PARMS" {
        /// Scheme.
        scheme: TpmtKeyedhashScheme = "scheme",
    }
}

tpm_struct! {
    /// Parameters of a symmetric key (Part 2, 12.2.3.4).
    pub struct TpmsSymcipherParms = "TPMS_SYMCIPHER_PARMS" {
        /// Cipher.
        sym: TpmtSymDefObject = "sym",
    }
}

tpm_struct! {
    /// Parameters of an ML-KEM key (version 1.85).
    pub struct TpmsMlkemParms = "TPMS_MLKEM_PARMS" {
        /// Cipher for the children of a storage key.
        symmetric: TpmtSymDefObject = "symmetric",
        /// Parameter set.
        parameter_set: TpmiMlkemParms = "parameterSet",
    }
}

tpm_struct! {
    /// Parameters of an ML-DSA key (version 1.85).
    pub struct TpmsMldsaParms = "TPMS_MLDSA_PARMS" {
        /// Parameter set.
        parameter_set: TpmiMldsaParms = "parameterSet",
        /// Whether it signs a message representative made outside the TPM.
        allow_external_mu: bool = "allowExternalMu",
    }
}

tpm_struct! {
    /// Parameters of a HashML-DSA key (version 1.85).
    pub struct TpmsHashMldsaParms = "TPMS_HASH_MLDSA_PARMS" {
        /// Parameter set.
        parameter_set: TpmiMldsaParms = "parameterSet",
        /// Hash of the message.
        hash_alg: TpmAlgId = "hashAlg",
    }
}

const fn place(field: &'static str) -> Place {
    Place {
        structure: "TPMT_PUBLIC",
        field,
    }
}

const TYPE: &Place = &place("type");
const NAME_ALG: &Place = &place("nameAlg");
const OBJECT_ATTRIBUTES: &Place = &place("objectAttributes");
const AUTH_POLICY: &Place = &place("authPolicy");
const PARAMETERS: &Place = &place("parameters");
const UNIQUE: &Place = &place("unique");

impl<'a> Unmarshal<'a> for TpmtPublic<'a> {
    const NAME: &'static str = "TPMT_PUBLIC";

    #[inline(always)]
    fn unmarshal(r: &mut Reader<'a>) -> Result<Self, UnmarshalError> {
        let at = *r;
        let object_type = r.field(TYPE)?;
        Ok(Self {
            name_alg: r.field(NAME_ALG)?,
            object_attributes: r.field(OBJECT_ATTRIBUTES)?,
            auth_policy: r.field(AUTH_POLICY)?,
            key: TpmuPublic::unmarshal_selected(object_type, at, TYPE, r)?,
        })
    }
}

impl Marshal for TpmtPublic<'_> {
    #[inline(always)]
    fn marshal<S: Sink + ?Sized>(&self, sink: &mut S) -> Result<(), MarshalError> {
        self.key.selector().marshal(sink)?;
        self.name_alg.marshal(sink)?;
        self.object_attributes.marshal(sink)?;
        self.auth_policy.marshal(sink)?;
        self.key.marshal_selected(sink)
    }
}

impl Inspect for TpmtPublic<'_> {
    fn inspect(&self, to: &mut dyn Inspector) {
        to.field("type", &self.key.selector());
        to.field("nameAlg", &self.name_alg);
        to.field("objectAttributes", &self.object_attributes);
        to.field("authPolicy", &self.auth_policy);
        self.key.inspect(to);
    }
}

impl<'a, P: Unmarshal<'a>, U: Unmarshal<'a>> Unmarshal<'a> for ParmsAndId<P, U> {
    const NAME: &'static str = "TPMT_PUBLIC";

    #[inline(always)]
    fn unmarshal(r: &mut Reader<'a>) -> Result<Self, UnmarshalError> {
        Ok(Self {
            parameters: r.field(PARAMETERS)?,
            unique: r.field(UNIQUE)?,
        })
    }
}

impl<P: Marshal, U: Marshal> Marshal for ParmsAndId<P, U> {
    #[inline(always)]
    fn marshal<S: Sink + ?Sized>(&self, sink: &mut S) -> Result<(), MarshalError> {
        self.parameters.marshal(sink)?;
        self.unique.marshal(sink)
    }
}

impl<P: Inspect, U: Inspect> Inspect for ParmsAndId<P, U> {
    fn inspect(&self, to: &mut dyn Inspector) {
        to.field("parameters", &self.parameters);
        to.field("unique", &self.unique);
    }
}
