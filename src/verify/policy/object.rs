//! [`ObjectRules`]: what an attested object has to be, beside its Name.

use crate::types::TpmaObject;

/// The requirements on a certified object, beside that its Name is that of the expected public
/// area: attributes that it must have, attributes that it must not have, and a strong key.
///
/// By default there are none: a certified object may be of any kind. A program that takes keys
/// for signing may require this:
///
/// ```
/// use tpm_quote::{types::TpmaObject, verify::ObjectRules};
///
/// let rules = ObjectRules::new()
///     .require(TpmaObject::FIXED_TPM | TpmaObject::FIXED_PARENT | TpmaObject::SENSITIVE_DATA_ORIGIN)
///     .forbid(TpmaObject::RESTRICTED)
///     .require_strong_key();
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[must_use]
pub struct ObjectRules {
    pub(crate) required: TpmaObject,
    pub(crate) forbidden: TpmaObject,
    pub(crate) strong_key: bool,
}

impl ObjectRules {
    /// Creates rules without a requirement.
    pub const fn new() -> Self {
        Self {
            required: TpmaObject::EMPTY,
            forbidden: TpmaObject::EMPTY,
            strong_key: false,
        }
    }

    /// Requires these attributes as well.
    pub const fn require(self, attributes: TpmaObject) -> Self {
        Self {
            required: self.required.union(attributes),
            ..self
        }
    }

    /// Forbids these attributes as well.
    pub const fn forbid(self, attributes: TpmaObject) -> Self {
        Self {
            forbidden: self.forbidden.union(attributes),
            ..self
        }
    }

    /// Requires an asymmetric key that is as strong as that of an attestation key has to be:
    /// RSA with 2048, 3072 or 4096 bits and the exponent 65537, or ECC on P-256, P-384 or
    /// P-521. Whether the point is on its curve is left to who uses the key.
    pub const fn require_strong_key(self) -> Self {
        Self {
            strong_key: true,
            ..self
        }
    }
}
