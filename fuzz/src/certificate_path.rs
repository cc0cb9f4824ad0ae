//! Paths between certificates that others made, in any order and number: which of them lead
//! to the root, a table says.

use std::time::Duration;

use tpm_quote::{AkCertificate, CertificateChain, Error, Verifier};

use crate::{codec::explain, engines::Yes};

macro_rules! made {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_bytes!(concat!("../../tests/data/certificates/", $name, ".der")))),*]
    };
}

type Made = &'static [(&'static str, &'static [u8])];

/// Certificates of a key, all of them issued by "Issuing".
const LEAVES: Made = made!["ak-p256-issued", "ak-p256-issued-pss"];
/// Those that may stand between: these suffice, by what their names say.
const GOOD: Made = made![
    "issuing",
    "issuing-policies",
    "issuing-inhibits",
    "issuing-dns",
    "issuing-excludes",
    "issuing-for-ak",
    "issuing-long",
];
/// And these do not, each for its own reason.
const BAD: Made = made![
    "issuing-no-ca",
    "issuing-no-sign",
    "issuing-explicit",
    "issuing-no-any-policy",
    "issuing-minimum",
    "issuing-constrained",
    "issuing-unused-bits",
    "issuing-for-ek",
    "issuing-by-below",
    "below",
    "ak-p256",
    "root-v1",
];
const ROOT: &[u8] = include_bytes!("../../tests/data/certificates/root.der");
const ROOTS: Made = made![
    "root-stranger",
    "root-same-name",
    "root-weak",
    "root-v1",
    "root-p521"
];
/// The certificates are in force from 2026 to 2036, by `make.py`.
const FROM: u64 = 1_767_225_600;
const UNTIL: u64 = 2_082_758_400;
/// The most that stand between: more would come to the end of the budget.
const MOST: usize = 12;

/// One of a choice for each byte: the leaf and the time, the roots, then what stands between.
struct Input {
    leaf: &'static [u8],
    at: Duration,
    roots: Vec<&'static [u8]>,
    between: Vec<&'static [u8]>,
    /// Whether a path has to be found.
    leads: bool,
}

impl Input {
    fn read(data: &[u8]) -> Option<Self> {
        let (&[first, second], rest) = data.split_first_chunk()?;
        let leaf = LEAVES[usize::from(first & 1)].1;
        let (at, in_force) = match first >> 1 & 7 {
            0 => (FROM - 1, false),
            1 => (UNTIL + 86_400, false),
            _ => (1_893_456_000, true),
        };
        let mut roots: Vec<_> = ROOTS.iter().enumerate().collect();
        roots.retain(|(bit, _)| second & 1 << bit != 0);
        let mut roots: Vec<_> = roots.into_iter().map(|(_, root)| root.1).collect();
        let has_root = second & 0x80 != 0;
        if has_root {
            // Where it stands makes no difference.
            roots.insert(usize::from(second >> 5 & 3).min(roots.len()), ROOT);
        }
        let (mut between, mut is_good) = (Vec::new(), false);
        for byte in rest.iter().take(MOST) {
            let at = usize::from(*byte) % (GOOD.len() + BAD.len());
            is_good |= at < GOOD.len();
            let all = GOOD.iter().chain(BAD);
            between.extend(all.map(|made| made.1).nth(at));
        }
        Some(Self {
            leaf,
            at: Duration::from_secs(at),
            roots,
            between,
            leads: in_force && has_root && is_good,
        })
    }

    fn judge(&self, verifier: &Verifier<'_>, between: &[&[u8]]) -> Result<(), Error> {
        let chain = CertificateChain::new(self.leaf).intermediates(between);
        let judged = verifier.ak_certificate(&chain, &self.roots, self.at);
        judged.map(|certificate: AkCertificate<'_>| assert!(!certificate.is_by_sha1()))
    }
}

/// A certificate, those between, and roots.
pub fn certificate_path(data: &[u8]) {
    let Some(mut input) = Input::read(data) else {
        return;
    };
    let strict = Verifier::new();
    let judged = input.judge(&strict, &input.between);
    assert_eq!(judged.is_ok(), input.leads, "{judged:?}");
    match judged {
        Ok(()) => {
            assert!(
                input
                    .judge(&Verifier::new().crypto(&Yes), &input.between)
                    .is_ok()
            );
            // What is behind another that does as well is of no consequence, nor is order.
            let mut other = input.between.clone();
            other.reverse();
            assert_eq!(input.judge(&strict, &other), Ok(()));
            // Without the root there is none, and a changed certificate is none.
            input.roots.retain(|root| *root != ROOT);
            let refused = input.judge(&strict, &input.between).expect_err("no root");
            explain(&refused);
            changed(&input, data);
        }
        Err(error) => explain(&error),
    }
}

/// A certificate with a bit changed, which the data choose.
fn changed(input: &Input, data: &[u8]) {
    let mut leaf = input.leaf.to_vec();
    let sum = data.iter().fold(0_usize, |sum, byte| {
        sum.wrapping_mul(31) + usize::from(*byte)
    });
    let at = sum % (leaf.len() * 8);
    leaf[at / 8] ^= 1 << (at % 8);
    let chain = CertificateChain::new(&leaf).intermediates(&input.between);
    let judged = Verifier::new().ak_certificate(&chain, &[ROOT], input.at);
    assert!(judged.is_err(), "bit {at}");
}

/// Whether a path leads to the root.
pub fn is_path(data: &[u8]) -> bool {
    Input::read(data).is_some_and(|input| input.judge(&Verifier::new(), &input.between).is_ok())
}
