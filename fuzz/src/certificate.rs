//! Certificates: behind a verifier that always says yes, so that what comes after a
//! signature is reached.

use std::{hint::black_box, time::Duration};

use tpm_quote::{
    CertificateChain, Error, Verdict, Verifier,
    crypto::{SignatureVerifier, Software},
    evidence::read_certificate_pem,
    verify::{X509Certificate, certificate::Oid},
};

use crate::{
    codec::{explain, explain_in},
    engines::Yes,
};

/// Which certificate is wanted, and whether padding is left out: bits of the first byte.
const WANTS_EK: u8 = 1;
const STRIPS: u8 = 2;

/// Four bytes of time, one of wishes, then certificates, each behind two bytes of length:
/// the first is that of the key, the last is a root, and those between are between.
struct Input<'a> {
    at: Duration,
    wishes: u8,
    all: Vec<&'a [u8]>,
}

impl<'a> Input<'a> {
    fn read(data: &'a [u8]) -> Option<Self> {
        let (at, data) = data.split_first_chunk()?;
        let (wishes, mut data) = data.split_first()?;
        let mut all = Vec::new();
        while let Some((len, rest)) = data.split_first_chunk() {
            let (certificate, rest) = rest.split_at_checked(u16::from_be_bytes(*len).into())?;
            all.push(certificate);
            data = rest;
        }
        Some(Self {
            at: Duration::from_secs(u32::from_be_bytes(*at).into()),
            wishes: *wishes,
            all,
        })
    }

    /// The issuer and the maker, if it is accepted.
    fn judge(&self, engine: &dyn SignatureVerifier) -> Option<Result<(String, String), Error>> {
        let verifier = Verifier::new().crypto(engine);
        let [certificate, between @ .., root] = &self.all[..] else {
            return None;
        };
        let mut chain = CertificateChain::new(certificate).intermediates(between);
        if self.wishes & STRIPS != 0 {
            chain = chain.strip_padding();
        }
        let roots = [*root];
        let shown = if self.wishes & WANTS_EK != 0 {
            let verified = verifier.ek_certificate(&chain, &roots, self.at);
            verified.map(|ek| {
                let maker = ek.identity().manufacturer.to_owned();
                (ek.issuer().to_string(), maker)
            })
        } else {
            let verified = verifier.ak_certificate(&chain, &roots, self.at);
            verified.map(|ak| {
                let maker = ak.identity().manufacturer.to_owned();
                (ak.issuer().to_string(), maker)
            })
        };
        Some(shown)
    }
}

/// A certificate in DER or PEM, and a chain of them.
pub fn certificate(data: &[u8]) {
    let mut room = vec![0; data.len()];
    match read_certificate_pem(data, &mut room) {
        Ok((der, behind)) => {
            assert!(data.ends_with(behind) && behind.len() < data.len());
            one(der);
        }
        Err(error) => explain_in(&error, data),
    }
    one(data);
    let Some(input) = Input::read(data) else {
        return;
    };
    input.all.iter().for_each(|der| one(der));
    let (Some(lax), Some(strict)) = (input.judge(&Yes), input.judge(&Software)) else {
        return;
    };
    match &lax {
        Ok(accepted) => behind_the_signature(&input, accepted),
        Err(error) => explain(error),
    }
    match (strict, lax) {
        (Ok(strict), lax) => assert_eq!(Ok(strict), lax, "only the verifier differs"),
        (Err(error), _) => explain(&error),
    }
}

/// What has to hold of all that is accepted.
fn behind_the_signature(input: &Input<'_>, (issuer, maker): &(String, String)) {
    let (der, root) = (input.all[0], input.all[input.all.len() - 1]);
    let purpose = if input.wishes & WANTS_EK != 0 {
        Oid::EK_CERTIFICATE
    } else {
        Oid::AK_CERTIFICATE
    };
    assert!(contains(der, purpose.as_bytes()) && contains(der, maker.as_bytes()));
    let digits = maker.strip_prefix("id:").expect("a maker's id");
    assert!(digits.len() == 8 && u32::from_str_radix(digits, 16).is_ok());
    let root = X509Certificate::from_der(root).expect("it was read");
    if input.all.len() == 2 {
        assert_eq!(folded(issuer), folded(&root.subject().to_string()));
    }

    let refused = |change: &dyn Fn(&mut Input<'_>)| {
        let mut other = Input {
            all: input.all.clone(),
            ..*input
        };
        change(&mut other);
        let outcome = other.judge(&Yes);
        outcome.and_then(Result::err)
    };
    // The other kind, unless it says that it is both.
    if !contains(der, &[0x67, 0x81, 0x05, 0x08, 0x01])
        || !contains(der, &[0x67, 0x81, 0x05, 0x08, 0x03])
    {
        assert!(refused(&|other| other.wishes ^= WANTS_EK).is_some());
    }
    // One more byte that is no padding.
    let longer = [der, &[0x30]].concat();
    let mut other = Input {
        all: input.all.clone(),
        wishes: input.wishes & !STRIPS,
        ..*input
    };
    other.all[0] = &longer;
    let error = other
        .judge(&Yes)
        .expect("as many")
        .expect_err("a byte is left over");
    assert_eq!(error.verdict(), Verdict::Malformed);
    // A root that is none.
    let error = refused(&|other| *other.all.last_mut().expect("a root") = &[]);
    assert_eq!(error.map(|error| error.verdict()), Some(Verdict::Malformed));
}

/// The text of a name as names are compared (RFC 5280, 7.1): in lower case, and each value
/// without spaces around it and with one space between words.
fn folded(name: &str) -> String {
    let attributes = name.split(", ").map(|attribute| {
        let (id, value) = attribute.split_once('=').unwrap_or((attribute, ""));
        let words: Vec<&str> = value.split_ascii_whitespace().collect();
        format!("{id}={}", words.join(" "))
    });
    let attributes: Vec<String> = attributes.collect();
    attributes.join(", ").to_ascii_lowercase()
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    part.is_empty() || bytes.windows(part.len()).any(|window| window == part)
}

/// A certificate as it is read.
fn one(der: &[u8]) {
    let certificate = match X509Certificate::from_der(der) {
        Ok(certificate) => certificate,
        Err(error) => {
            assert!(error.offset() <= der.len() && !error.to_string().is_empty());
            return;
        }
    };
    let longer = [der, &[0]].concat();
    assert!(
        X509Certificate::from_der(&longer).is_err(),
        "a byte is left over"
    );
    for name in [certificate.issuer(), certificate.subject()] {
        let text = name.to_string();
        assert!(
            text.bytes().all(|byte| matches!(byte, b' '..=b'~')),
            "{text:?}"
        );
        assert!(contains(der, name.as_bytes()));
    }
    for purpose in certificate.purposes() {
        assert!(!purpose.to_string().contains(".."));
    }
    if let Ok(identity) = certificate.identity() {
        assert!(contains(der, identity.model.as_bytes()));
        black_box(identity.maker());
    }
    black_box(certificate.specification()).ok();
}

/// Whether the chain is accepted, by real signatures.
pub fn is_accepted(data: &[u8]) -> bool {
    let judged = Input::read(data).and_then(|input| input.judge(&Software));
    matches!(judged, Some(Ok(_)))
}
