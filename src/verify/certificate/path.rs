//! From a certificate to one of the caller's roots (RFC 5280, 6).
//!
//! Of our own: `rustls-webpki` refuses every critical extension that it does not know, and
//! most makers of TPMs have one in their authorities' certificates; and it can panic. NIST's
//! PKITS judges this one.
//!
//! From each certificate, the search goes on to those that have the name of its issuer and
//! the key that made its signature. How long a path may be and how many signatures are
//! verified is bounded.

use super::{profile::Purpose, reader::X509Certificate};
use crate::verify::{
    error::{CertificateProblem, Error, Part, Problem},
    verifier::Verifier,
};

/// The most certificates of a path, but for its root.
const MAX_CERTIFICATES: usize = 8;
/// The most signatures that are verified for one path.
const MAX_SIGNATURES: u8 = 100;

/// The certificates to search, and the requirements on a path.
pub(super) struct Search<'s, 'c, R> {
    pub(super) intermediates: &'s [&'c [u8]],
    pub(super) roots: &'s [R],
    pub(super) purpose: Purpose,
    /// In seconds since 1970, UTC.
    pub(super) at: u64,
    /// Whether signatures of certificates may be made with SHA-1.
    pub(super) allows_sha1: bool,
    pub(super) verifier: Verifier<'s>,
}

/// A path under construction, from the certificate of the key upwards. Each certificate was
/// issued by the next one.
struct Path<'c> {
    links: [Option<Link<'c>>; MAX_CERTIFICATES],
    len: usize,
}

#[derive(Clone, Copy)]
struct Link<'c> {
    certificate: X509Certificate<'c>,
    /// How many of the intermediate certificates were tried as its issuer.
    tried: usize,
}

/// What the search has come to.
struct State {
    /// How many signatures may still be verified.
    signatures: u8,
    /// The error of the certificate that came closest.
    closest: Error,
}

impl<'c, R: AsRef<[u8]>> Search<'_, 'c, R> {
    /// Whether there is a path from this certificate to one of the roots, and if so, whether
    /// a signature on it is made with SHA-1.
    pub(super) fn verify(&self, certificate: &X509Certificate<'c>) -> Result<bool, Error> {
        certificate.validity.check(self.at)?;
        certificate.supported()?;
        if certificate.is_ca() {
            return Err(CertificateProblem::IsCa.into());
        }
        let mut state = State {
            signatures: MAX_SIGNATURES,
            closest: CertificateProblem::UnknownIssuer.into(),
        };
        let mut path = Path::new(*certificate);
        if self.is_rooted(&path, &mut state) {
            return Ok(path.has_sha1());
        }
        // Each turn tries one more issuer of the last certificate, or takes that one back.
        while let Some(last) = path.last_mut() {
            let Some(der) = self.intermediates.get(last.tried) else {
                path.pop();
                continue;
            };
            last.tried = last.tried.saturating_add(1);
            let child = last.certificate;
            let Ok(issuer) = X509Certificate::from_der(der) else {
                continue;
            };
            if !child.issuer().is_same(issuer.subject()) || path.has(&issuer) {
                continue;
            }
            let next = self
                .may_follow(&path, &issuer, &mut state)
                .and_then(|()| path.push(issuer));
            match next {
                Ok(()) if self.is_rooted(&path, &mut state) => return Ok(path.has_sha1()),
                Ok(()) => {}
                Err(problem) => state.note(problem),
            }
        }
        Err(state.closest)
    }

    /// Whether one of the roots issued the last certificate.
    fn is_rooted(&self, path: &Path<'c>, state: &mut State) -> bool {
        let Some(last) = path.last() else {
            return false;
        };
        for root in self.roots {
            let Some(root) = root_of(root.as_ref(), &last.certificate) else {
                continue;
            };
            match self.is_issued(path, &root, state) {
                Ok(()) => return true,
                Err(problem) => state.note(problem),
            }
        }
        false
    }

    /// Whether an intermediate certificate issued the last one, and may have. What costs most
    /// comes last.
    fn may_follow(
        &self,
        path: &Path<'c>,
        issuer: &X509Certificate<'c>,
        state: &mut State,
    ) -> Result<(), CertificateProblem> {
        issuer.validity.check(self.at)?;
        issuer.supported()?;
        if !issuer.is_authority() {
            return Err(CertificateProblem::IssuerIsNoCa);
        }
        let below = path.authorities();
        if issuer.path_len().is_some_and(|most| below > most.into()) {
            return Err(CertificateProblem::PathLength);
        }
        self.purpose.allows_issuer(issuer)?;
        self.is_issued(path, issuer, state)
    }

    /// Checks that the issuer signed the last certificate, and that its name constraints
    /// allow every certificate of the path.
    fn is_issued(
        &self,
        path: &Path<'_>,
        issuer: &X509Certificate<'_>,
        state: &mut State,
    ) -> Result<(), CertificateProblem> {
        let Some(last) = path.last() else {
            return Err(CertificateProblem::UnknownIssuer);
        };
        state.signatures = match state.signatures.checked_sub(1) {
            Some(left) => left,
            None => return Err(CertificateProblem::TooMany),
        };
        let signed = &last.certificate.signed;
        signed.verify(&issuer.key(), &self.verifier, self.allows_sha1)?;
        let mut certificates = path.certificates();
        // That of the key itself.
        if let Some(certificate) = certificates.next() {
            issuer.may_name(certificate)?;
        }
        // RFC 5280, 6.1.3 b and c: an authority may issue a certificate for itself.
        for certificate in certificates.filter(|authority| !authority.is_self_issued()) {
            issuer.may_name(certificate)?;
        }
        Ok(())
    }
}

/// The root, if it may have issued this certificate by what it says. A root that cannot be
/// used stands in the way of no other.
fn root_of<'r>(der: &'r [u8], issued: &X509Certificate<'_>) -> Option<X509Certificate<'r>> {
    let root = X509Certificate::from_der(der).ok()?;
    let is_named = issued.issuer().is_same(root.subject());
    (is_named && root.is_authority()).then_some(root)
}

impl<'c> Path<'c> {
    fn new(certificate: X509Certificate<'c>) -> Self {
        let mut links = [None; MAX_CERTIFICATES];
        if let Some(first) = links.first_mut() {
            let tried = 0;
            *first = Some(Link { certificate, tried });
        }
        Self { links, len: 1 }
    }

    fn last(&self) -> Option<&Link<'c>> {
        self.links.get(self.len.checked_sub(1)?)?.as_ref()
    }

    fn last_mut(&mut self) -> Option<&mut Link<'c>> {
        self.links.get_mut(self.len.checked_sub(1)?)?.as_mut()
    }

    fn push(&mut self, certificate: X509Certificate<'c>) -> Result<(), CertificateProblem> {
        let place = self.links.get_mut(self.len);
        let place = place.ok_or(CertificateProblem::TooMany)?;
        let tried = 0;
        *place = Some(Link { certificate, tried });
        self.len = self.len.saturating_add(1);
        Ok(())
    }

    fn pop(&mut self) {
        self.len = self.len.saturating_sub(1);
    }

    /// From that of the key upwards.
    fn certificates(&self) -> impl Iterator<Item = &X509Certificate<'c>> {
        let links = self.links.iter().take(self.len).flatten();
        links.map(|link| &link.certificate)
    }

    /// Whether one of them is signed with SHA-1.
    fn has_sha1(&self) -> bool {
        self.certificates()
            .any(|certificate| certificate.signed.is_by_sha1())
    }

    /// How many authorities there are that were issued by another one.
    fn authorities(&self) -> usize {
        let authorities = self.certificates().skip(1);
        authorities
            .filter(|authority| !authority.is_self_issued())
            .count()
    }

    /// Whether the path has this authority already: it would lead in a circle.
    fn has(&self, issuer: &X509Certificate<'_>) -> bool {
        self.certificates()
            .any(|certificate| certificate.is_same_authority(issuer))
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
        CertificateProblem::SignatureUnsupported
        | CertificateProblem::SignatureSha1
        | CertificateProblem::IssuerKey(_) => 2,
        CertificateProblem::TooMany => 4,
        _ => 3,
    }
}
