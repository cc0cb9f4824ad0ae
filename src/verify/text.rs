//! The words of [`VerifyError`]: what was expected, what came, what to do.

use core::{error::Error, fmt};

use super::{
    ClockProblem, KeySchemeProblem, KeyStrengthProblem, Part, SelectionProblem, Verdict,
    VerifyError, bank_name,
};
use crate::types::{TpmAlgId, TpmSt, TpmaObject};

impl VerifyError {
    /// One sentence of help.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Self::Malformed { .. } if self.verdict() == Verdict::Unsupported => {
                "A newer version of this program may know this algorithm."
            }
            Self::Malformed {
                part: Part::Signed, ..
            } => {
                "The signature holds, so whoever has the key signed something that no TPM makes: do not trust the key."
            }
            Self::Malformed { .. } => {
                "The evidence was cut, changed on its way, or written in another form than this one expects."
            }
            Self::KeyType { .. } => "Attestation needs an RSA or ECC signing key.",
            Self::KeyAttributes { .. } => {
                "Make the key as a restricted signing key with fixedTPM, fixedParent and sensitiveDataOrigin, without decrypt."
            }
            Self::KeyStrength(KeyStrengthProblem::Roca) => {
                "Update the TPM's firmware and make a new key: this one is broken."
            }
            Self::KeyStrength(KeyStrengthProblem::Unsupported) => {
                "The verifier in use, or this build of it, does not have this kind of key."
            }
            Self::KeyStrength(_) => {
                "Use RSA with 2048, 3072 or 4096 bits and the exponent 65537, or ECC on P-256, P-384 or P-521."
            }
            Self::KeyScheme(KeySchemeProblem::OtherKey(_)) => {
                "RSA keys sign with RSASSA or RSAPSS, ECC keys with ECDSA."
            }
            Self::KeyScheme(_) => {
                "Make the key with a fixed scheme (RSASSA, RSAPSS or ECDSA with SHA-256, SHA-384 or SHA-512), such a nameAlg, and no symmetric cipher or kdf."
            }
            Self::KeyNotAnchored => {
                "The key came with the message and anyone can make one: give its name, or another anchor."
            }
            Self::NoPinnedNames => "Give at least one name of a key that is trusted.",
            Self::KeyNotPinned { .. } => {
                "If the key was replaced on purpose, take its new name from the machine itself, not from this message."
            }
            Self::SignatureScheme { .. } => {
                "A signature must be made by the scheme and the hash that its key is bound to."
            }
            Self::SignatureSha1 => "Make the key with SHA-256, SHA-384 or SHA-512.",
            Self::SignatureUnsupported => "The verifier in use does not have this algorithm.",
            Self::Signature => {
                "What was signed or the signature was changed, or another key than this one made it."
            }
            Self::Magic { .. } => {
                "The key signed something that is not from inside a TPM: do not trust the key."
            }
            Self::Type {
                expected: TpmSt::ATTEST_QUOTE,
                ..
            } => "Ask the TPM for a quote (TPM2_Quote), not another attestation.",
            Self::Type { .. } => {
                "Verify each attestation as the kind that it is, and ask the TPM for the kind that is wanted."
            }
            Self::Nonce { .. } => {
                "Compare with the payload id of your own request: this is an old answer, or one for somebody else."
            }
            Self::Signer { .. } => {
                "What a key in a TPM signs carries the qualified name of that key."
            }
            Self::QualifiedSigner { .. } => {
                "Compare where the key stands: its hierarchy, its parents, and the key itself."
            }
            Self::Object(problem) => problem.help(),
            Self::Creation(problem) => problem.help(),
            Self::Contents(problem) => problem.help(),
            Self::Audit(problem) => problem.help(),
            Self::Selection { problem, .. } => problem.help(),
            Self::PcrValue { .. } => "A PCR value has the length of its bank's hash.",
            Self::PcrDigest { .. } => {
                "The PCR values that were sent are not the ones that the TPM signed."
            }
            Self::Clock(problem) => problem.help(),
            Self::Baseline { .. } => {
                "The machine runs something else than what is known to be good, or the baseline is out of date."
            }
        }
    }
}

impl ClockProblem {
    fn help(&self) -> &'static str {
        match self {
            Self::NotSafe => {
                "The TPM lost power without a shutdown: ask again when its clock has caught up."
            }
            Self::OtherKey { .. } => "Compare readings by one key.",
            Self::WentBack { .. } | Self::CountersBack { .. } => {
                "The TPM lost power or was cleared, or its state was set back: find out which."
            }
            Self::Rebooted { .. } => {
                "If that was expected, see that the machine is good and keep a new reading."
            }
            Self::Firmware { .. } => "Update the TPM's firmware.",
            Self::Obfuscated => {
                "Say where the key stands, use one of the endorsement hierarchy, or ask for what is never obfuscated: clock, safe, no reboot."
            }
        }
    }
}

impl fmt::Display for ClockProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotSafe => {
                f.write_str("the clock is not safe: it may have shown a later time before")
            }
            Self::OtherKey { expected, found } => write!(
                f,
                "the earlier reading is by the key {expected}, this one by {found}"
            ),
            Self::WentBack { earlier, found } => {
                write!(f, "the clock went back from {earlier} to {found} ms")
            }
            Self::Rebooted { earlier, found } => write!(
                f,
                "the TPM was reset or restarted: its counters were {}/{} and are {}/{}",
                earlier.0, earlier.1, found.0, found.1
            ),
            Self::CountersBack { earlier, found } => write!(
                f,
                "the counters of resets and restarts went back from {}/{} to {}/{}",
                earlier.0, earlier.1, found.0, found.1
            ),
            Self::Firmware { minimum, found } => write!(
                f,
                "the firmware version is {found:016x}, expected at least {minimum:016x}"
            ),
            Self::Obfuscated => f.write_str(
                "counters and firmware version may be obfuscated: the key is not known to be in the endorsement or platform hierarchy",
            ),
        }
    }
}

impl SelectionProblem {
    fn help(&self) -> &'static str {
        match self {
            Self::NothingRequired => "Require at least one PCR.",
            Self::Empty | Self::EmptyBank(_) => {
                "A TPM silently leaves out banks that it does not have: quote a bank that is allocated."
            }
            Self::DuplicateBank(_) | Self::SizeOfSelect(..) => {
                "Select each bank once, with the three bytes of the PC Client profile."
            }
            Self::UnsupportedBank(_) => "Quote a SHA-256, SHA-384 or SHA-512 bank.",
            Self::DuplicateValue(..) | Self::Surplus(..) => {
                "Only values that the signature covers may be sent along."
            }
            Self::MissingValue(..) => "Send the value of every PCR in the quote along.",
            Self::NotCovered(..) => "Quote at least the PCR that the verifier requires.",
            Self::NotClaimed(..) => "The PCR that are claimed must be those that were signed.",
            Self::Sha1Bank => "Require the SHA-1 bank by name if its values are to count.",
            Self::Resettable(..) => {
                "Software can reset PCR 16 to 23: require them by number if their values are to count."
            }
        }
    }
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed { part, error } => write!(f, "{part}: {error}"),
            Self::KeyType { found } => write!(f, "the key is a {found}, not an RSA or ECC key"),
            Self::KeyAttributes { missing, forbidden } => {
                f.write_str("the key's attributes are not those of an attestation key:")?;
                write_attributes(f, *missing, *forbidden)
            }
            Self::KeyStrength(problem) => problem.fmt(f),
            Self::KeyScheme(problem) => problem.fmt(f),
            Self::KeyNotAnchored => f.write_str(
                "the key is self-asserted: nothing outside the message vouches for it, and the policy requires that",
            ),
            Self::NoPinnedNames => f.write_str("the list of pinned names is empty"),
            Self::KeyNotPinned { name } => {
                write!(f, "the key's name {name} is not one of the pinned names")
            }
            Self::SignatureScheme { expected, found } => {
                write!(f, "the signature is {}", found.0)?;
                if let Some(hash) = found.1 {
                    write!(f, " with {hash}")?;
                }
                write!(f, ", the key's scheme is {} with {}", expected.0, expected.1)
            }
            Self::SignatureSha1 => f.write_str("the signature is made with SHA-1"),
            Self::SignatureUnsupported => {
                f.write_str("the verifier does not have the signature's algorithm")
            }
            Self::Signature => f.write_str("the signature does not hold"),
            Self::Magic { found } => write!(
                f,
                "what was signed begins with 0x{found:08x}, expected 0xff544347 (TPM_GENERATED_VALUE)"
            ),
            Self::Type { expected, found } => {
                write!(f, "what was signed is a {found}, expected a {expected}")
            }
            Self::Nonce { expected, found } => {
                write!(f, "the nonce is {found}, expected {expected}")
            }
            Self::Signer { expected, found } => {
                write!(f, "qualifiedSigner is {found}, expected a name by digest")?;
                match *expected {
                    TpmAlgId::NULL => Ok(()),
                    expected => write!(f, " of {expected}"),
                }
            }
            Self::QualifiedSigner { expected, found } => {
                write!(f, "qualifiedSigner is {found}, expected {expected}")
            }
            Self::Object(problem) => problem.fmt(f),
            Self::Creation(problem) => problem.fmt(f),
            Self::Contents(problem) => problem.fmt(f),
            Self::Audit(problem) => problem.fmt(f),
            Self::Selection {
                problem,
                expected,
                found,
            } => {
                problem.fmt(f)?;
                if !(expected.is_empty() && found.is_empty()) {
                    write!(f, " (expected {expected}, found {found})")?;
                }
                Ok(())
            }
            Self::PcrValue {
                bank,
                index,
                expected,
                found,
            } => write!(
                f,
                "the value of {} has {found} bytes, expected {expected}",
                Pcr(*bank, *index)
            ),
            Self::PcrDigest { computed, signed } => write!(
                f,
                "the digest of the PCR values is {computed}, the quote has {signed}"
            ),
            Self::Clock(problem) => problem.fmt(f),
            Self::Baseline {
                mismatched,
                first,
                expected,
                found,
                ..
            } => {
                if *mismatched != 1 {
                    write!(f, "{mismatched} PCR differ from the baseline, first ")?;
                }
                Pcr(first.0, first.1).fmt(f)?;
                match found {
                    Some(found) => write!(f, " is {found}")?,
                    None => f.write_str(" is not covered by the quote")?,
                }
                match expected {
                    Some(expected) => write!(f, ", expected {expected}"),
                    None => f.write_str(", and the baseline has no good value for it"),
                }
            }
        }
    }
}

impl Error for VerifyError {}

impl fmt::Display for KeyStrengthProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::RsaBits(bits) => {
                write!(f, "the key has {bits} bits, expected 2048, 3072 or 4096")
            }
            Self::RsaBitsUnsupported(bits) => write!(
                f,
                "an RSA key of {bits} bits is not supported, expected 2048, 3072 or 4096"
            ),
            Self::ModulusLength { expected, found } => write!(
                f,
                "the modulus has {found} bytes, expected {expected} by keyBits"
            ),
            Self::ModulusTopBit => f.write_str("the first bit of the modulus is not set"),
            Self::ModulusEven => f.write_str("the modulus is even"),
            Self::Roca => f.write_str(
                "the modulus has the fingerprint of CVE-2017-15361 (ROCA): anyone can compute the private key",
            ),
            Self::Exponent(exponent) => write!(
                f,
                "the public exponent is {exponent}, expected 65537 (or 0, which stands for it)"
            ),
            Self::Curve(curve) => write!(
                f,
                "the curve {curve} is not supported, expected P-256, P-384 or P-521"
            ),
            Self::Point => f.write_str("the public point is not on its curve"),
            Self::Unsupported => f.write_str("the verifier does not have this kind of key"),
        }
    }
}

impl fmt::Display for KeySchemeProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Open => {
                f.write_str("the key's scheme is TPM_ALG_NULL, expected one that is fixed")
            }
            Self::NotSigning(scheme) => write!(f, "the key's scheme {scheme} does not sign"),
            Self::Scheme(scheme) => write!(f, "the key's scheme {scheme} is not supported"),
            Self::OtherKey(scheme) => {
                write!(f, "a key of this kind does not sign with {scheme}")
            }
            Self::Hash(hash) => write!(f, "the hash {hash} of the key's scheme is not supported"),
            Self::NoName => f.write_str("the key's nameAlg is TPM_ALG_NULL: it has no name"),
            Self::NameSha1 => f.write_str("the key's nameAlg is SHA-1"),
            Self::NameAlg(alg) => write!(f, "the key's nameAlg {alg} is not supported"),
            Self::AuthPolicy { expected, found } => write!(
                f,
                "the key's authPolicy has {found} bytes, expected 0 or {expected} by nameAlg"
            ),
            Self::Symmetric(alg) => {
                write!(f, "the key's symmetric is {alg}, expected TPM_ALG_NULL")
            }
            Self::Kdf(alg) => write!(f, "the key's kdf is {alg}, expected TPM_ALG_NULL"),
        }
    }
}

impl fmt::Display for SelectionProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NothingRequired => f.write_str("the policy requires no PCR"),
            Self::Empty => f.write_str("the quote covers no PCR"),
            Self::EmptyBank(bank) => write!(f, "the quote covers no PCR of bank {}", Bank(bank)),
            Self::DuplicateBank(bank) => write!(f, "the quote lists bank {} twice", Bank(bank)),
            Self::SizeOfSelect(bank, size) => write!(
                f,
                "the quote's bit map for bank {} has {size} bytes, expected 3",
                Bank(bank)
            ),
            Self::UnsupportedBank(bank) => write!(f, "bank {} is not supported", Bank(bank)),
            Self::DuplicateValue(bank, index) => {
                write!(f, "two values for {}", Pcr(bank, index))
            }
            Self::Surplus(bank, index) => write!(
                f,
                "a value for {}, which the signature does not cover",
                Pcr(bank, index)
            ),
            Self::MissingValue(bank, index) => write!(
                f,
                "no value for {}, which the signature covers",
                Pcr(bank, index)
            ),
            Self::NotCovered(bank, index) => write!(
                f,
                "the quote does not cover {}, which is required",
                Pcr(bank, index)
            ),
            Self::NotClaimed(bank, index) => write!(
                f,
                "the PCR that are claimed and those that were signed differ in {}",
                Pcr(bank, index)
            ),
            Self::Sha1Bank => {
                f.write_str("the quote covers PCR of the SHA-1 bank, which are not required")
            }
            Self::Resettable(bank, index) => write!(
                f,
                "the quote covers {}, which software can reset and which is not required",
                Pcr(bank, index)
            ),
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Public => "attestation key",
            Self::Attest => "attestation",
            Self::Signed => "what was signed",
            Self::Signature => "signature",
        })
    }
}

/// A bank, as `sha256`.
struct Bank(TpmAlgId);

impl fmt::Display for Bank {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match bank_name(self.0) {
            Some(name) => f.write_str(name),
            None => self.0.fmt(f),
        }
    }
}

/// A PCR, as `sha256:7`.
struct Pcr(TpmAlgId, u8);

impl fmt::Display for Pcr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", Bank(self.0), self.1)
    }
}

/// Attributes that are missing and those that must not be there.
pub(super) fn write_attributes(
    f: &mut fmt::Formatter<'_>,
    missing: TpmaObject,
    forbidden: TpmaObject,
) -> fmt::Result {
    write!(f, "{}", Attributes("lacks", missing))?;
    if missing.0 != 0 && forbidden.0 != 0 {
        f.write_str(";")?;
    }
    write!(f, "{}", Attributes("must not have", forbidden))
}

/// The names of attributes, and what bits without a name are set.
struct Attributes(&'static str, TpmaObject);

impl fmt::Display for Attributes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(verb, attributes) = *self;
        if attributes.0 == 0 {
            return Ok(());
        }
        write!(f, " {verb}")?;
        for name in attributes.names() {
            write!(f, " {name}")?;
        }
        let reserved = attributes.intersection(TpmaObject::RESERVED);
        if reserved.0 != 0 {
            write!(f, " reserved bits 0x{:08x}", reserved.0)?;
        }
        Ok(())
    }
}
