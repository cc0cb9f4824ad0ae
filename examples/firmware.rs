//! A verifier for firmware: no `std`, no allocator, values of a fixed size. It knows the Name
//! of one peer's key, and keeps what the peer's last quote said.

#![no_std]
extern crate std; // only to print

use tpm_quote::{
    Error, Evidence, PcrSet, PcrValue, QuotePolicy, Tpm2bAttest, Tpm2bPublic, Unmarshal, Verifier,
    crypto::Compact, verify::QuoteSummary,
};

/// What came over the bus: a key, a quote, and PCRs 0, 7 and 10, one after another.
struct Message<'a> {
    public: &'a [u8],
    attest: &'a [u8],
    signature: &'a [u8],
    pcrs: &'a [u8; 96],
}

/// The Name was written at the factory; the nonce is the one that was sent.
fn verify(message: &Message<'_>, name: [u8; 34], nonce: [u8; 16]) -> Result<QuoteSummary, Error> {
    let verifier = Verifier::new().crypto(&Compact); // 7 KB of flash for ECDSA instead of 28
    let public = Tpm2bPublic::from_bytes(message.public)?;
    let key = verifier.pinned(&public, &[name])?;

    let (pcr0, rest) = message.pcrs.split_at(32);
    let (pcr7, pcr10) = rest.split_at(32);
    let value = |pcr: &str, digest| Ok::<_, Error>(PcrValue::new(pcr.parse()?, digest));
    let evidence = Evidence {
        attest: Tpm2bAttest::from_bytes(message.attest)?.bytes(),
        signature: message.signature,
        pcrs: &[
            value("sha256:0", pcr0)?,
            value("sha256:7", pcr7)?,
            value("sha256:10", pcr10)?,
        ],
    };
    let policy = QuotePolicy::new(nonce.into(), PcrSet::parse("sha256:0,7,10")?);
    Ok(verifier.quote(&key, &evidence, &policy)?.summary())
}

fn main() -> Result<(), Error> {
    let message = Message {
        public: include_bytes!("../tests/data/cases/005-main-p256-ecdsa-sha256/ak.pub"),
        attest: include_bytes!("../tests/data/cases/005-main-p256-ecdsa-sha256/quote.attest2b"),
        signature: include_bytes!("../tests/data/cases/005-main-p256-ecdsa-sha256/quote.sig"),
        pcrs: include_bytes!("../tests/data/cases/005-main-p256-ecdsa-sha256/pcrs.values"),
    };
    let name = *include_bytes!("../tests/data/cases/005-main-p256-ecdsa-sha256/ak.name");
    let nonce = *include_bytes!("../tests/data/cases/005-main-p256-ecdsa-sha256/nonce.bin");
    let last = verify(&message, name, nonce)?;
    std::println!("{}: {} key", last.selection(), last.key().trust());

    let replayed = verify(&message, name, [1; 16]).map_err(|error| error.check());
    std::println!("asked again, the same message: {replayed:?}");
    Ok(())
}
