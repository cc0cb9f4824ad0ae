//! A relying party of WebAuthn: verifies an attestation statement `tpm` in `tests/data`, by the
//! functions in `statement.rs`.

mod statement;

use std::time::Duration;

use statement::{Expected, Statement, verify_statement};
use tpm_quote::{Tpm2bPublic, verify::PlainKey};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let read =
        |file: &str| std::fs::read(format!("{}/tests/data/{file}", env!("CARGO_MANIFEST_DIR")));
    let cert_info = read("webauthn/es256/certInfo")?;
    let pub_area = read("webauthn/es256/pubArea")?;
    let sig = read("webauthn/es256/sig")?;
    let certificate = read("certificates/ak-p256.der")?;
    let root = read("certificates/root.der")?; // from your own records
    let att_to_be_signed = read("webauthn/att-to-be-signed")?;

    // It would come from authData.
    let credential = Tpm2bPublic::from_unsized(&pub_area)?;
    let credential_key = PlainKey::of_public(credential.value()).ok_or("not RSA or ECC")?;
    let statement = Statement {
        alg: -7,
        cert_info: &cert_info,
        pub_area: &pub_area,
        sig: &sig,
        x5c: &[&certificate],
    };
    let expected = Expected {
        att_to_be_signed: &att_to_be_signed,
        credential_key,
        roots: &[&root],
        at: Duration::from_secs(1_893_456_000),
        allow_sha1: false,
    };
    match verify_statement(&statement, &expected) {
        Ok(maker) => println!("the credential's key is in some TPM of {maker}"),
        Err(refused) => println!("refused: {refused}"),
    }
    Ok(())
}
