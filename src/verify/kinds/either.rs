//! [`Either`]: evidence that may be of one of two kinds.

use super::attest::{other_type, sealed};
use crate::{
    types::{TpmSt, TpmsAttest},
    verify::{
        attestation_key::AttestationKey,
        error::{CheckSet, Error},
        policy::AttestPolicy,
    },
    wire::{Inspect, Inspector},
};

/// One of two kinds of attestation. The signed tag decides which one it is.
///
/// ```
/// use tpm_quote::{types::Tpm2bNvPublic, verify::{Either, Nv, NvDigest}};
///
/// # fn f(index: &Tpm2bNvPublic<'_>, contents: &[u8]) {
/// // The contents of an index, or their digest.
/// let kind = Either(
///     Nv::of(index).contents(0, contents),
///     NvDigest::of(index).contents(contents),
/// );
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Either<A, B>(pub A, pub B);

/// What a verified attestation of one of two kinds says.
#[derive(Clone, Copy, Debug)]
pub enum EitherFacts<A, B> {
    /// It is of the first kind.
    First(A),
    /// It is of the second kind.
    Second(B),
}

impl<'a, A: sealed::Kind<'a>, B: sealed::Kind<'a>> sealed::Kind<'a> for Either<A, B> {
    type Facts = EitherFacts<A::Facts, B::Facts>;
    const TYPE: TpmSt = A::TYPE;
    const OTHER_TYPE: TpmSt = B::TYPE;
    const CHECKS: CheckSet = A::CHECKS.union(B::CHECKS);

    fn asked(&self) -> CheckSet {
        self.0.asked().union(self.1.asked())
    }

    fn check(
        &self,
        key: &AttestationKey<'_>,
        attest: &TpmsAttest<'a>,
        policy: &AttestPolicy<'_>,
        passed: &mut CheckSet,
    ) -> Result<Self::Facts, Error> {
        let tag = attest.attested.selector();
        if tag == A::TYPE {
            let facts = self.0.check(key, attest, policy, passed)?;
            Ok(EitherFacts::First(facts))
        } else if tag == B::TYPE {
            let facts = self.1.check(key, attest, policy, passed)?;
            Ok(EitherFacts::Second(facts))
        } else {
            Err(other_type(A::TYPE, attest))
        }
    }

    fn plain_firmware(facts: &Self::Facts) -> Option<u64> {
        match facts {
            EitherFacts::First(facts) => A::plain_firmware(facts),
            EitherFacts::Second(facts) => B::plain_firmware(facts),
        }
    }

    fn is_of_external(facts: &Self::Facts) -> bool {
        match facts {
            EitherFacts::First(facts) => A::is_of_external(facts),
            EitherFacts::Second(facts) => B::is_of_external(facts),
        }
    }
}

impl<A: Inspect, B: Inspect> Inspect for EitherFacts<A, B> {
    fn inspect(&self, to: &mut dyn Inspector) {
        match self {
            Self::First(facts) => facts.inspect(to),
            Self::Second(facts) => facts.inspect(to),
        }
    }
}
