//! The whole way of a quote: from bytes to a verdict.

use tpm_quote::Check;

use crate::{
    case::{Case, PCRS},
    quote::Quote,
    run::{Cost, measured, print, report},
};

/// What is verified, and the verdict: an error is the check that fails.
pub struct Verification<'a> {
    quote: Quote<'a>,
    verdict: Option<Result<(), Check>>,
}

/// What is measured.
#[unsafe(no_mangle)]
pub extern "C" fn verify(it: &mut Verification<'_>) {
    it.verdict = Some(it.quote.verify());
}

/// Whether every case comes out as it has to.
#[cfg(not(feature = "ecdsa"))]
pub fn all_is_well() -> bool {
    use crate::case::{RSA_2048, RSA_2048_PSS, RSA_3072, RSA_3072_SHA384, RSA_4096};

    is_verified("rsa-2048", &RSA_2048)
        & is_verified("rsa-2048-pss", &RSA_2048_PSS)
        & is_verified("rsa-3072", &RSA_3072)
        & is_verified("rsa-3072-pss-sha384", &RSA_3072_SHA384)
        & is_verified("rsa-4096", &RSA_4096)
        & is_refused("rsa-2048", &RSA_2048)
        & is_refused("rsa-4096", &RSA_4096)
}

/// Whether every case comes out as it has to.
#[cfg(feature = "ecdsa")]
pub fn all_is_well() -> bool {
    use crate::case::{P256, P384, P521, RSA_2048};

    is_verified("rsa-2048", &RSA_2048)
        & is_verified("p256", &P256)
        & is_verified("p384", &P384)
        & is_verified("p521", &P521)
        & is_refused("rsa-2048", &RSA_2048)
        & is_refused("p256", &P256)
}

fn is_verified(name: &str, case: &Case<'_>) -> bool {
    let (verdict, cost) = verdict(case, &PCRS);
    if verdict != Some(Ok(())) {
        return is_wrong(name, verdict, "verified");
    }
    report(name, "verified", &cost);
    true
}

/// Whether it is refused by the right check if one bit of it is another.
fn is_refused(name: &str, case: &Case<'_>) -> bool {
    let mut buffer = [0; 1024];
    // The nonce is that of another request.
    let nonce = changed(case.nonce, &mut buffer);
    let other_nonce = verdict(&Case { nonce, ..*case }, &PCRS).0;
    // The last byte of a signature is the end of a number.
    let signature = changed(case.signature, &mut buffer);
    let other_signature = verdict(&Case { signature, ..*case }, &PCRS).0;
    // The last byte of a quote is the end of the digest of the PCRs.
    let attest = changed(case.attest, &mut buffer);
    let other_quote = verdict(&Case { attest, ..*case }, &PCRS).0;
    let [first, second, third] = PCRS;
    let other_pcrs = verdict(case, &[first, third, second]).0;

    is_refused_by(name, "nonce", other_nonce, Check::Nonce)
        & is_refused_by(name, "signature", other_signature, Check::Signature)
        & is_refused_by(name, "quote", other_quote, Check::Signature)
        & is_refused_by(name, "values", other_pcrs, Check::PcrDigest)
}

fn is_refused_by(
    name: &str,
    other: &str,
    verdict: Option<Result<(), Check>>,
    check: Check,
) -> bool {
    if verdict != Some(Err(check)) {
        return is_wrong(name, verdict, check.name());
    }
    print(format_args!(
        "{name} with another {other}: refused, {check}\n"
    ));
    true
}

fn is_wrong(name: &str, verdict: Option<Result<(), Check>>, expected: &str) -> bool {
    let verdict = match verdict {
        None => "no verdict",
        Some(Ok(())) => "verified",
        Some(Err(check)) => check.name(),
    };
    print(format_args!("{name}: {verdict}, expected {expected}\n"));
    false
}

fn verdict(case: &Case<'_>, pcrs: &[[u8; 32]; 3]) -> (Option<Result<(), Check>>, Cost) {
    let mut it = Verification {
        quote: Quote {
            public: case.public,
            attest: case.attest,
            signature: case.signature,
            pcrs,
            nonce: case.nonce,
        },
        verdict: None,
    };
    let cost = measured(&mut it, verify);
    (it.verdict, cost)
}

/// The bytes with their last bit changed.
fn changed<'b>(bytes: &[u8], buffer: &'b mut [u8]) -> &'b [u8] {
    let copy = &mut buffer[..bytes.len()];
    copy.copy_from_slice(bytes);
    copy[bytes.len() - 1] ^= 1;
    copy
}
