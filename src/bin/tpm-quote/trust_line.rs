//! Lines of a trust file, and the anchors that they give. The packages for Python and JavaScript
//! have this file as well, and no std.

use alloc::{borrow::ToOwned as _, boxed::Box, string::String, vec::Vec};
use core::time::Duration;

use tpm_quote::{
    AkCertificate, AttestationKey, Error, Name,
    evidence::{Key, TrustLine},
    report::VouchedBy,
    types::TpmEccCurve,
    verify::{
        Anchor, AnchorLine, HclReport, KeySummary, PlainKey, VerifiedHardware, error::AnchorProblem,
    },
};

/// A line that counts, and what was read from the file that it names.
pub(crate) struct Line<L> {
    pub(crate) number: u32,
    name: String,
    /// The times between which it counts, since 1970.
    pub(crate) valid: (Option<Duration>, Option<Duration>),
    pub(crate) loaded: L,
}

impl<L> Line<L> {
    pub(crate) fn new(line: &TrustLine<'_>, loaded: L) -> Self {
        Self {
            number: line.number,
            name: line.name.to_owned(),
            valid: (line.valid_after, line.valid_before),
            loaded,
        }
    }

    /// The line with this number, and its place among those that count.
    pub(crate) fn find(lines: &[Self], number: Option<u32>) -> Option<(usize, &Self)> {
        let mut lines = lines.iter().enumerate();
        lines.find(|(_, line)| Some(line.number) == number)
    }

    /// The line that vouches for the key, for the report.
    pub(crate) fn vouched_by<'a>(
        lines: &'a [Self],
        file: &'a str,
        key: &KeySummary,
    ) -> Option<VouchedBy<'a>> {
        let (_, line) = Self::find(lines, key.vouched_by())?;
        Some(VouchedBy {
            file,
            line: line.number,
            name: &line.name,
        })
    }

    /// The certificate by which that line vouches for the key.
    pub(crate) fn certificate<'a>(
        lines: &[Self],
        vouched: &'a [Vouched<'a>],
        key: &KeySummary,
    ) -> Option<&'a AkCertificate<'a>> {
        let (place, _) = Self::find(lines, key.vouched_by())?;
        match vouched.get(place)? {
            Vouched::Certificate(certificate, _) => certificate.as_ref().as_ref().ok(),
            _ => None,
        }
    }
}

/// The numbers of a key.
pub(crate) enum OwnedKey {
    Rsa(Vec<u8>, u32),
    Ecc(TpmEccCurve, Vec<u8>, Vec<u8>),
}

impl OwnedKey {
    /// The numbers of the key, and its Name where it has one. `None` if it is neither RSA nor ECC.
    pub(crate) fn of(key: Key<'_>) -> Option<(Option<[Name; 1]>, Self)> {
        let (name, plain) = match key {
            Key::Plain(plain) => (None, Some(plain)),
            Key::Public(public) => (
                Name::of_public(&public),
                PlainKey::of_public(public.value()),
            ),
        };
        let name = name.filter(|name| *name != Name::EMPTY).map(|name| [name]);
        let numbers = match plain? {
            PlainKey::Rsa { modulus, exponent } => Self::Rsa(modulus.to_vec(), exponent),
            PlainKey::Ecc { curve, x, y } => Self::Ecc(curve, x.to_vec(), y.to_vec()),
        };
        Some((name, numbers))
    }

    pub(crate) fn borrowed(&self) -> PlainKey<'_> {
        match self {
            Self::Rsa(modulus, exponent) => PlainKey::Rsa {
                modulus,
                exponent: *exponent,
            },
            Self::Ecc(curve, x, y) => PlainKey::Ecc {
                curve: *curve,
                x,
                y,
            },
        }
    }
}

/// What was verified for a line.
pub(crate) enum Vouched<'a> {
    Name(&'a [Name]),
    Key(Option<&'a [Name]>, PlainKey<'a>),
    Certificate(Box<Result<AkCertificate<'a>, Error>>, Option<&'a [Name]>),
    NoCertificate,
    Certifier(Box<AttestationKey<'a>>),
    Hardware,
}

/// The report of each processor, verified or refused, with the number of the line that names it.
pub(crate) type Processors<'a> = Vec<(u32, Result<VerifiedHardware<'a>, Error>)>;

/// The lines as anchors: for a key with a public area, and for one by its numbers.
#[derive(Default)]
pub(crate) struct Lines<'a> {
    pub(crate) public: Vec<AnchorLine<'a>>,
    pub(crate) plain: Vec<AnchorLine<'a>>,
}

impl<'a> Lines<'a> {
    /// The anchors of these lines, as they are at this time. What a processor says is in the
    /// evidence.
    pub(crate) fn of<L>(
        lines: &[Line<L>],
        vouched: &'a [Vouched<'a>],
        at: Duration,
        hardware: Option<(&'a HclReport<'a>, &'a Processors<'a>)>,
    ) -> Self {
        let mut all = Self::default();
        for (line, vouched) in lines.iter().zip(vouched) {
            let (public, plain) = anchors(line.number, vouched, hardware);
            let (after, before) = line.valid;
            all.public.push(public.valid(after, before, at));
            all.plain.push(plain.valid(after, before, at));
        }
        all
    }
}

/// The anchor of a line, for a key with a public area and for one by its numbers.
fn anchors<'a>(
    number: u32,
    vouched: &'a Vouched<'a>,
    hardware: Option<(&'a HclReport<'a>, &'a Processors<'a>)>,
) -> (AnchorLine<'a>, AnchorLine<'a>) {
    let failed = |problem: AnchorProblem| AnchorLine::failed(number, problem.into());
    let of = |anchor| AnchorLine::new(number, anchor);
    let new = Anchor::new();
    match vouched {
        Vouched::Name(names) => (of(new.pinned(*names)), of(new.pinned(*names))),
        Vouched::Key(names, key) => (
            match names {
                Some(names) => of(new.pinned(*names)),
                None => of(new.known_key(*key)),
            },
            of(new.known_key(*key)),
        ),
        Vouched::Certificate(certificate, names) => {
            let anchor = match &**certificate {
                Ok(certificate) => new.certificate(certificate),
                Err(error) => new.failed_certificate(*error),
            };
            let anchor = match names {
                Some(names) => anchor.pinned(*names),
                None => anchor,
            };
            (of(anchor), of(anchor))
        }
        Vouched::NoCertificate => {
            let failed = failed(AnchorProblem::NoCertificate);
            (failed, failed)
        }
        Vouched::Certifier(certifier) => {
            (of(new.certifier(certifier)), of(new.certifier(certifier)))
        }
        Vouched::Hardware => {
            let failed = failed(AnchorProblem::NoHardware);
            let bound = hardware.and_then(|(report, processors)| {
                let mut processors = processors.iter();
                let (_, said) = processors.find(|(of, _)| *of == number)?;
                let said = said.as_ref().map_err(|error| *error);
                Some(of(new.hardware(report, said)))
            });
            let bound = bound.unwrap_or(failed);
            (bound, bound)
        }
    }
}
