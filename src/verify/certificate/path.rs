//! From a certificate to one of the caller's roots (RFC 5280, 6).
//!
//! Of our own: `rustls-webpki` refuses every critical extension that it does not know, which
//! makers of TPMs have in most of their authorities' certificates, and it can panic. It is a
//! second judge in the tests.
//!
//! From each certificate, the search goes on to those that have the name of its issuer and
//! the key that made its signature. The number of signatures that are verified is bounded,
//! and so is the length of a path.

use super::{name::Oid, reader::X509Certificate};
use crate::verify::{
    error::{CertificateProblem, Error, Part, Problem},
    verifier::Verifier,
};

/// The most certificates between the one of a key and a root.
const MAX_INTERMEDIATES: u8 = 7;
/// The most signatures that are verified for one certificate.
const MAX_SIGNATURES: u8 = 100;

/// Where the certificates are.
pub(super) struct Search<'s, 'c, R> {
    pub(super) intermediates: &'s [&'c [u8]],
    pub(super) roots: &'s [R],
    pub(super) purpose: Oid<'static>,
    /// In seconds since 1970, UTC.
    pub(super) at: u64,
    pub(super) verifier: Verifier<'s>,
}

/// A certificate in a path, and the one that it issued.
struct Link<'p, 'c> {
    certificate: X509Certificate<'c>,
    below: Option<&'p Link<'p, 'c>>,
    /// How many intermediate certificates there are up to here,
    intermediates: u8,
    /// and those among them that have an issuer of another name.
    not_self_issued: u8,
}

/// What the search has come to.
struct State {
    signatures: u8,
    /// The error of the certificate that came closest.
    closest: Error,
}

impl<'c, R: AsRef<[u8]>> Search<'_, 'c, R> {
    /// Whether there is a path from this certificate to one of the roots.
    pub(super) fn verify(&self, certificate: &X509Certificate<'c>) -> Result<(), Error> {
        certificate.validity.check(self.at)?;
        certificate.supported()?;
        if certificate.is_ca() {
            return Err(CertificateProblem::IsCa.into());
        }
        let mut state = State {
            signatures: MAX_SIGNATURES,
            closest: CertificateProblem::UnknownIssuer.into(),
        };
        let link = Link {
            certificate: *certificate,
            below: None,
            intermediates: 0,
            not_self_issued: 0,
        };
        if self.climb(&link, &mut state) {
            return Ok(());
        }
        Err(state.closest)
    }

    /// Whether a path leads on from here to one of the roots. Paths are short.
    fn climb(&self, link: &Link<'_, 'c>, state: &mut State) -> bool {
        for root in self.roots {
            let Some(root) = root_of(root.as_ref(), link) else {
                continue;
            };
            match self.is_issued(link, &root, state) {
                Ok(()) => return true,
                Err(problem) => state.note(problem),
            }
        }
        for intermediate in self.intermediates {
            let Ok(issuer) = X509Certificate::from_der(intermediate) else {
                continue;
            };
            let is_candidate = link.certificate.issuer().is_same(issuer.subject());
            if !is_candidate || link.has(&issuer) {
                continue;
            }
            match self.next(link, issuer, state) {
                Ok(next) => {
                    if self.climb(&next, state) {
                        return true;
                    }
                }
                Err(problem) => state.note(problem),
            }
        }
        false
    }

    /// The path with one more intermediate certificate, if that issued the last one. What
    /// costs most comes last.
    fn next<'p>(
        &self,
        link: &'p Link<'p, 'c>,
        issuer: X509Certificate<'c>,
        state: &mut State,
    ) -> Result<Link<'p, 'c>, CertificateProblem> {
        if link.intermediates >= MAX_INTERMEDIATES {
            return Err(CertificateProblem::TooMany);
        }
        issuer.validity.check(self.at)?;
        issuer.supported()?;
        if !issuer.may_issue() {
            return Err(CertificateProblem::IssuerIsNoCa);
        }
        if issuer
            .path_len()
            .is_some_and(|most| link.not_self_issued > most)
        {
            return Err(CertificateProblem::PathLength);
        }
        if !issuer.is_for_purpose(self.purpose) {
            let expected = self.purpose.purpose_name();
            return Err(CertificateProblem::Purpose { expected });
        }
        self.is_issued(link, &issuer, state)?;
        let counts = u8::from(!issuer.is_self_issued());
        Ok(Link {
            certificate: issuer,
            below: Some(link),
            intermediates: link.intermediates.saturating_add(1),
            not_self_issued: link.not_self_issued.saturating_add(counts),
        })
    }

    /// Whether the issuer signed the last certificate, and may have issued all below it.
    fn is_issued(
        &self,
        link: &Link<'_, 'c>,
        issuer: &X509Certificate<'_>,
        state: &mut State,
    ) -> Result<(), CertificateProblem> {
        state.signatures = match state.signatures.checked_sub(1) {
            Some(left) => left,
            None => return Err(CertificateProblem::TooMany),
        };
        let signed = &link.certificate.signed;
        signed.verify(&issuer.key(), &self.verifier)?;
        let Some(constraints) = &issuer.name_constraints else {
            return Ok(());
        };
        let mut below = Some(link);
        while let Some(link) = below {
            // RFC 5280, 6.1.3 b and c: an authority may rename itself.
            if link.below.is_none() || !link.certificate.is_self_issued() {
                constraints.check(&link.certificate)?;
            }
            below = link.below;
        }
        Ok(())
    }
}

/// The root, if it may have issued the last certificate by what it says. A root that cannot
/// be used stands in the way of no other.
fn root_of<'r>(der: &'r [u8], link: &Link<'_, '_>) -> Option<X509Certificate<'r>> {
    let root = X509Certificate::from_der(der).ok()?;
    let is_named = link.certificate.issuer().is_same(root.subject());
    (is_named && root.may_issue()).then_some(root)
}

impl Link<'_, '_> {
    /// Whether the path has this authority already: it would lead in a circle.
    fn has(&self, issuer: &X509Certificate<'_>) -> bool {
        self.certificate.is_same_authority(issuer)
            || self.below.is_some_and(|below| below.has(issuer))
    }
}

impl State {
    fn note(&mut self, problem: CertificateProblem) {
        let closest = match self.closest.problem() {
            Problem::Certificate(closest) => rank(closest),
            _ => 0,
        };
        if rank(&problem) > closest {
            self.closest = Error::from(problem).in_part(Part::Certificate);
        }
    }
}

/// How much an error tells of why there is no path: more, the closer its certificate came.
const fn rank(problem: &CertificateProblem) -> u8 {
    match problem {
        CertificateProblem::UnknownIssuer => 0,
        CertificateProblem::Signature => 1,
        CertificateProblem::SignatureUnsupported | CertificateProblem::IssuerKey(_) => 2,
        CertificateProblem::TooMany => 4,
        _ => 3,
    }
}
