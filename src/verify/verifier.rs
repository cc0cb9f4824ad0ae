//! [`Verifier`]: the cryptography and the key rules of a verification, in one value.

use core::fmt;

use crate::crypto::{SignatureVerifier, Software};

/// Verifies evidence with a signature engine and key rules.
///
/// Each method corresponds to the free function or constructor of the same name, which uses
/// [`Verifier::new`]: software and the strict rules. To use another engine or other rules,
/// set them once and call the methods:
///
/// ```
/// use tpm_quote::{
///     AttestationKey, Error, Evidence, QuotePolicy, Tpm2bPublic, VerifiedQuote, Verifier,
///     crypto::Compact,
/// };
///
/// /// Verifies with the engine for devices with little memory.
/// fn verify<'a>(
///     public: &Tpm2bPublic<'_>,
///     evidence: &Evidence<'a, 'a>,
///     policy: &QuotePolicy<'_>,
/// ) -> Result<VerifiedQuote<'a>, Error> {
///     let verifier = Verifier::new().crypto(&Compact);
///     let key = verifier.self_asserted(public)?;
///     verifier.quote(&key, evidence, policy)
/// }
/// ```
#[derive(Clone, Copy)]
#[must_use]
pub struct Verifier<'v> {
    pub(crate) crypto: &'v dyn SignatureVerifier,
    pub(crate) rules: KeyRules,
}

impl Verifier<'static> {
    /// Creates a verifier with [`Software`], which has the algorithms of the features `rsa`
    /// and `ecdsa`, and with the strict key rules.
    ///
    /// Without one of these features, the keys that need it are refused as unsupported
    /// (`no-rsa`, `no-ecdsa`).
    #[inline]
    pub const fn new() -> Self {
        Self {
            crypto: &Software,
            rules: KeyRules::new(),
        }
    }
}

impl Default for Verifier<'static> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'v> Verifier<'v> {
    /// Sets the engine that verifies signatures: hardware, another library,
    /// [`Compact`](crate::crypto::Compact), or a
    /// [`PreparedKey`](crate::crypto::PreparedKey).
    #[inline]
    pub const fn crypto<'w>(self, engine: &'w dyn SignatureVerifier) -> Verifier<'w>
    where
        'v: 'w,
    {
        Verifier {
            crypto: engine,
            rules: self.rules,
        }
    }

    /// Sets the rules by which keys are judged.
    #[inline]
    pub const fn key_rules(self, rules: KeyRules) -> Self {
        Self { rules, ..self }
    }
}

impl fmt::Debug for Verifier<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier")
            .field("rules", &self.rules)
            .finish_non_exhaustive()
    }
}

/// Relaxations of the key checks. By default there are none.
#[derive(Clone, Copy, Debug, Default)]
#[must_use]
pub struct KeyRules {
    pub(crate) sha1_names: bool,
    pub(crate) rsa_1024: bool,
}

impl KeyRules {
    /// Creates the strict rules.
    pub const fn new() -> Self {
        Self {
            sha1_names: false,
            rsa_1024: false,
        }
    }

    /// Accepts keys whose Name is made with SHA-1: two different keys can have the same Name.
    #[cfg(feature = "sha1")]
    pub const fn dangerous_allow_sha1_names(self) -> Self {
        Self {
            sha1_names: true,
            ..self
        }
    }

    /// Accepts RSA keys of 1024 bits, which can be broken.
    pub const fn dangerous_allow_rsa_1024(self) -> Self {
        Self {
            rsa_1024: true,
            ..self
        }
    }
}
