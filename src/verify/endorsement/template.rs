//! The templates of endorsement keys.

use core::fmt;

use crate::{
    types::{
        ParmsAndId, Tpm2bDigest, Tpm2bEccParameter, Tpm2bPublic, Tpm2bPublicKeyRsa, TpmAlgId,
        TpmEccCurve, TpmaObject, TpmsEccParms, TpmsEccPoint, TpmsRsaParms, TpmsSymDef,
        TpmtEccScheme, TpmtKdfScheme, TpmtPublic, TpmtRsaScheme, TpmtSymDefObject, TpmuPublic,
    },
    verify::{attestation_key::PlainKey, error::Error},
    wire::Marshal,
};

/// A template by which TPMs make their endorsement keys, without the numbers (TCG EK
/// Credential Profile, B.3 and B.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EkTemplate {
    /// RSA 2048, low range.
    L1,
    /// P-256, low range.
    L2,
    /// RSA 2048.
    H1,
    /// P-256.
    H2,
    /// P-384.
    H3,
    /// P-521.
    H4,
    /// SM2.
    H5,
    /// RSA 3072.
    H6,
    /// RSA 4096.
    H7,
}

/// `fixedTPM`, `fixedParent`, `sensitiveDataOrigin`, `adminWithPolicy`, `restricted` and
/// `decrypt`.
const LOW: TpmaObject = TpmaObject(0x0003_00b2);
/// The same and `userWithAuth`.
const HIGH: TpmaObject = TpmaObject(0x0003_00f2);

/// `TPM2_PolicySecret` of the endorsement hierarchy.
const POLICY_A: &[u8] = &[
    0x83, 0x71, 0x97, 0x67, 0x44, 0x84, 0xb3, 0xf8, 0x1a, 0x90, 0xcc, 0x8d, 0x46, 0xa5, 0xd7, 0x24,
    0xfd, 0x52, 0xd7, 0x6e, 0x06, 0x52, 0x0b, 0x64, 0xf2, 0xa1, 0xda, 0x1b, 0x33, 0x14, 0x69, 0xaa,
];
/// That, or what the owner of an NV index says of it (`TPM2_PolicyAuthorizeNV`).
const POLICY_B_SHA256: &[u8] = &[
    0xca, 0x3d, 0x0a, 0x99, 0xa2, 0xb9, 0x39, 0x06, 0xf7, 0xa3, 0x34, 0x24, 0x14, 0xef, 0xcf, 0xb3,
    0xa3, 0x85, 0xd4, 0x4c, 0xd1, 0xfd, 0x45, 0x90, 0x89, 0xd1, 0x9b, 0x50, 0x71, 0xc0, 0xb7, 0xa0,
];
const POLICY_B_SHA384: &[u8] = &[
    0xb2, 0x6e, 0x7d, 0x28, 0xd1, 0x1a, 0x50, 0xbc, 0x53, 0xd8, 0x82, 0xbc, 0xf5, 0xfd, 0x3a, 0x1a,
    0x07, 0x41, 0x48, 0xbb, 0x35, 0xd3, 0xb4, 0xe4, 0xcb, 0x1c, 0x0a, 0xd9, 0xbd, 0xe4, 0x19, 0xca,
    0xcb, 0x47, 0xba, 0x09, 0x69, 0x96, 0x46, 0x15, 0x0f, 0x9f, 0xc0, 0x00, 0xf3, 0xf8, 0x0e, 0x12,
];
const POLICY_B_SHA512: &[u8] = &[
    0xb8, 0x22, 0x1c, 0xa6, 0x9e, 0x85, 0x50, 0xa4, 0x91, 0x4d, 0xe3, 0xfa, 0xa6, 0xa1, 0x8c, 0x07,
    0x2c, 0xc0, 0x12, 0x08, 0x07, 0x3a, 0x92, 0x8d, 0x5d, 0x66, 0xd5, 0x9e, 0xf7, 0x9e, 0x49, 0xa4,
    0x29, 0xc4, 0x1a, 0x6b, 0x26, 0x95, 0x71, 0xd5, 0x7e, 0xdb, 0x25, 0xfb, 0xdb, 0x18, 0x38, 0x42,
    0x56, 0x08, 0xb4, 0x13, 0xcd, 0x61, 0x6a, 0x5f, 0x6d, 0xb5, 0xb6, 0x07, 0x1a, 0xf9, 0x9b, 0xea,
];
const POLICY_B_SM3: &[u8] = &[
    0x16, 0x78, 0x60, 0xa3, 0x5f, 0x2c, 0x5c, 0x35, 0x67, 0xf9, 0xc9, 0x27, 0xac, 0x56, 0xc0, 0x32,
    0xf3, 0xb3, 0xa6, 0x46, 0x2f, 0x8d, 0x03, 0x79, 0x98, 0xe7, 0xa1, 0x0f, 0x77, 0xfa, 0x45, 0x4a,
];

/// The parts in which the templates differ.
#[derive(PartialEq, Eq)]
struct Template<'p> {
    numbers: Numbers,
    name_alg: TpmAlgId,
    attributes: TpmaObject,
    policy: &'p [u8],
    symmetric: TpmtSymDefObject,
}

#[derive(PartialEq, Eq)]
enum Numbers {
    Rsa(u16),
    Ecc(TpmEccCurve),
}

impl Template<'static> {
    const fn new(
        numbers: Numbers,
        name_alg: TpmAlgId,
        attributes: TpmaObject,
        policy: &'static [u8],
        symmetric: TpmtSymDefObject,
    ) -> Self {
        Self {
            numbers,
            name_alg,
            attributes,
            policy,
            symmetric,
        }
    }
}

const fn cfb(key_bits: u16) -> TpmsSymDef {
    let mode = TpmAlgId::CFB;
    TpmsSymDef { key_bits, mode }
}

const AES_128: TpmtSymDefObject = TpmtSymDefObject::Aes(cfb(128));
const AES_256: TpmtSymDefObject = TpmtSymDefObject::Aes(cfb(256));
const SM4: TpmtSymDefObject = TpmtSymDefObject::Sm4(cfb(128));

impl EkTemplate {
    const ALL: [Self; 9] = [
        Self::L1,
        Self::L2,
        Self::H1,
        Self::H2,
        Self::H3,
        Self::H4,
        Self::H5,
        Self::H6,
        Self::H7,
    ];

    const fn template(self) -> Template<'static> {
        use Numbers::{Ecc, Rsa};
        let (sha256, sha384, sha512, sm3) = (
            TpmAlgId::SHA256,
            TpmAlgId::SHA384,
            TpmAlgId::SHA512,
            TpmAlgId::SM3_256,
        );
        match self {
            Self::L1 => Template::new(Rsa(2048), sha256, LOW, POLICY_A, AES_128),
            Self::L2 => Template::new(Ecc(TpmEccCurve::NIST_P256), sha256, LOW, POLICY_A, AES_128),
            Self::H1 => Template::new(Rsa(2048), sha256, HIGH, POLICY_B_SHA256, AES_128),
            Self::H2 => Template::new(
                Ecc(TpmEccCurve::NIST_P256),
                sha256,
                HIGH,
                POLICY_B_SHA256,
                AES_128,
            ),
            Self::H3 => Template::new(
                Ecc(TpmEccCurve::NIST_P384),
                sha384,
                HIGH,
                POLICY_B_SHA384,
                AES_256,
            ),
            Self::H4 => Template::new(
                Ecc(TpmEccCurve::NIST_P521),
                sha512,
                HIGH,
                POLICY_B_SHA512,
                AES_256,
            ),
            Self::H5 => Template::new(Ecc(TpmEccCurve::SM2_P256), sm3, HIGH, POLICY_B_SM3, SM4),
            Self::H6 => Template::new(Rsa(3072), sha384, HIGH, POLICY_B_SHA384, AES_256),
            Self::H7 => Template::new(Rsa(4096), sha384, HIGH, POLICY_B_SHA384, AES_256),
        }
    }

    /// Returns the template that fits a public area, or `None` if no template does.
    #[must_use]
    pub fn of(public: &TpmtPublic<'_>) -> Option<Self> {
        let (numbers, symmetric) = match public.key {
            TpmuPublic::Rsa(rsa) => match rsa.parameters {
                TpmsRsaParms {
                    symmetric,
                    scheme: TpmtRsaScheme::Null,
                    key_bits,
                    exponent: 0,
                } => (Numbers::Rsa(key_bits), symmetric),
                _ => return None,
            },
            TpmuPublic::Ecc(ecc) => match ecc.parameters {
                TpmsEccParms {
                    symmetric,
                    scheme: TpmtEccScheme::Null,
                    curve_id,
                    kdf: TpmtKdfScheme::Null,
                } => (Numbers::Ecc(curve_id), symmetric),
                _ => return None,
            },
            _ => return None,
        };
        let made_of = Template {
            numbers,
            name_alg: public.name_alg,
            attributes: public.object_attributes,
            policy: public.auth_policy.bytes(),
            symmetric,
        };
        Self::ALL
            .into_iter()
            .find(|known| known.template() == made_of)
    }

    /// Returns the template by which most TPMs make an endorsement key of this kind, or `None`
    /// if there is none: L-1 for RSA 2048, L-2 for P-256, and those of the high range for the
    /// others. It is a guess: nothing in the numbers tells by which template a key was made.
    #[must_use]
    pub fn default_of(key: &PlainKey<'_>) -> Option<Self> {
        match *key {
            PlainKey::Rsa {
                modulus: [0x80..=0xff, ..],
                exponent: 0 | 65537,
            } => match modulus_bits(key) {
                2048 => Some(Self::L1),
                3072 => Some(Self::H6),
                4096 => Some(Self::H7),
                _ => None,
            },
            PlainKey::Rsa { .. } => None,
            PlainKey::Ecc { curve, .. } => match curve {
                TpmEccCurve::NIST_P256 => Some(Self::L2),
                TpmEccCurve::NIST_P384 => Some(Self::H3),
                TpmEccCurve::NIST_P521 => Some(Self::H4),
                TpmEccCurve::SM2_P256 => Some(Self::H5),
                _ => None,
            },
        }
    }

    /// Returns the public area that a key with these numbers has if it was made by this
    /// template. It is written to the start of `buffer`; 700 bytes are always enough.
    ///
    /// # Errors
    /// A number is too long for a public area, or the buffer is too small.
    pub fn complete<'b>(
        self,
        key: &PlainKey<'_>,
        buffer: &'b mut [u8],
    ) -> Result<Tpm2bPublic<'b>, Error> {
        let Template {
            name_alg,
            attributes,
            policy,
            symmetric,
            ..
        } = self.template();
        let key = match *key {
            PlainKey::Rsa { modulus, .. } => TpmuPublic::Rsa(ParmsAndId {
                parameters: TpmsRsaParms {
                    symmetric,
                    scheme: TpmtRsaScheme::Null,
                    key_bits: modulus_bits(key),
                    exponent: 0,
                },
                unique: Tpm2bPublicKeyRsa::new(modulus)?,
            }),
            PlainKey::Ecc { curve, x, y } => TpmuPublic::Ecc(ParmsAndId {
                parameters: TpmsEccParms {
                    symmetric,
                    scheme: TpmtEccScheme::Null,
                    curve_id: curve,
                    kdf: TpmtKdfScheme::Null,
                },
                unique: TpmsEccPoint {
                    x: Tpm2bEccParameter::new(x)?,
                    y: Tpm2bEccParameter::new(y)?,
                },
            }),
        };
        let public = TpmtPublic {
            name_alg,
            object_attributes: attributes,
            auth_policy: Tpm2bDigest::new(policy)?,
            key,
        };
        Ok(Tpm2bPublic::from_unsized(public.marshal_into(buffer)?)?)
    }

    /// Returns the template's name in the profile, such as `L-1`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::L1 => "L-1",
            Self::L2 => "L-2",
            Self::H1 => "H-1",
            Self::H2 => "H-2",
            Self::H3 => "H-3",
            Self::H4 => "H-4",
            Self::H5 => "H-5",
            Self::H6 => "H-6",
            Self::H7 => "H-7",
        }
    }
}

/// Bits of an RSA key's modulus; of another key none.
fn modulus_bits(key: &PlainKey<'_>) -> u16 {
    let PlainKey::Rsa { modulus, .. } = key else {
        return 0;
    };
    let bytes = u16::try_from(modulus.len()).unwrap_or(u16::MAX);
    bytes.saturating_mul(8)
}

impl fmt::Display for EkTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
