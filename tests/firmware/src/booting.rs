//! The boot log of a real machine, 20 KB, against its quote: what it takes beside the
//! verification of the signature.

use tpm_quote::{
    AttestationKey, Check, Error, Evidence, Nonce, PcrValue, QuotePolicy, Tpm2bPublic, TpmAlgId,
    Unmarshal, Verifier,
    crypto::{PublicKey, Signature, SignatureError, SignatureVerifier},
    log::{EventLog, Logs, Replay, SecureBoot},
};

use crate::run::{measured, print, report};

/// A file of the machine, which boots with shim and GRUB.
macro_rules! file {
    ($name:literal) => {
        include_bytes!(concat!("../../data/boot/01-secureboot-grub/", $name))
    };
}

const PUBLIC: &[u8] = file!("ak-rsa.pub");
const ATTEST: &[u8] = file!("quotes/rsa-sha256-0to14/quote.attest");
const SIGNATURE: &[u8] = file!("quotes/rsa-sha256-0to14/quote.sig");
const NONCE: &[u8] = file!("quotes/rsa-sha256-0to14/nonce.bin");
/// The values of PCRs 0 to 14 of SHA-256.
const VALUES: &[u8] = file!("quotes/rsa-sha256-0to14/pcrs.values");
const LOG: &[u8] = file!("eventlog.bin");

/// What the log says of the boot.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Facts {
    secure_boot: Option<SecureBoot>,
    images: usize,
    authorities: usize,
    command_lines: usize,
}

/// As `case.json` of the machine has it, by another program.
const EXPECTED: Facts = Facts {
    secure_boot: Some(SecureBoot::On),
    images: 4,
    authorities: 3,
    command_lines: 1,
};

/// A log and what comes of it: an error is the check that fails.
pub struct Boot<'a> {
    log: &'a [u8],
    facts: Option<Result<Facts, Check>>,
}

/// The signature is not what is measured.
struct AlwaysYes;

impl SignatureVerifier for AlwaysYes {
    fn check_key(&self, _: &PublicKey<'_>) -> Result<(), SignatureError> {
        Ok(())
    }

    fn verify(
        &self,
        _: &PublicKey<'_>,
        _: TpmAlgId,
        _: &[u8],
        _: &Signature<'_>,
    ) -> Result<(), SignatureError> {
        Ok(())
    }
}

/// What is measured.
#[unsafe(no_mangle)]
pub extern "C" fn boot(it: &mut Boot<'_>) {
    it.facts = Some(judge(it.log).map_err(|error| error.check()));
}

fn judge(log: &[u8]) -> Result<Facts, Error> {
    let public = Tpm2bPublic::from_bytes(PUBLIC)?;
    let verifier = Verifier::new().crypto(&AlwaysYes);
    let key = verifier.self_asserted(&public)?;
    replay(&verifier, &key, log)
}

fn replay(verifier: &Verifier<'_>, key: &AttestationKey<'_>, log: &[u8]) -> Result<Facts, Error> {
    let none = PcrValue {
        bank: TpmAlgId::SHA256,
        index: 0,
        digest: &[],
    };
    let mut values = [none; 15];
    for ((index, value), digest) in (0..).zip(&mut values).zip(VALUES.chunks_exact(32)) {
        *value = PcrValue {
            index,
            digest,
            ..none
        };
    }
    let evidence = Evidence {
        attest: ATTEST,
        signature: SIGNATURE,
        pcrs: &values,
    };
    let policy = QuotePolicy::dangerous_any_pcrs(Nonce::exact(NONCE)?);
    let quote = verifier.quote(key, &evidence, &policy)?;
    let replay = quote.replay(&Logs::new().firmware(EventLog::parse(log)?))?;
    Ok(facts(&replay))
}

#[inline(never)]
fn facts(replay: &Replay<'_>) -> Facts {
    Facts {
        secure_boot: replay.secure_boot().known(),
        images: replay.images().known().map_or(0, Iterator::count),
        authorities: replay.authorities().known().map_or(0, Iterator::count),
        command_lines: replay.command_lines().known().map_or(0, Iterator::count),
    }
}

/// Whether the log explains the quote, and without its last event does not.
pub fn all_is_well() -> bool {
    let mut it = Boot {
        log: LOG,
        facts: None,
    };
    let cost = measured(&mut it, boot);
    if it.facts != Some(Ok(EXPECTED)) {
        match it.facts {
            Some(Ok(facts)) => print(format_args!(
                "log: {} images, {} authorities, {} command lines\n",
                facts.images, facts.authorities, facts.command_lines
            )),
            Some(Err(check)) => print(format_args!("log: refused, {check}\n")),
            None => print(format_args!("log: no verdict\n")),
        }
        return false;
    }
    report("log-20-kb", "explains the quote", &cost);
    let mut it = Boot {
        log: &LOG[..LOG.len() - LAST],
        facts: None,
    };
    measured(&mut it, boot);
    it.facts == Some(Err(Check::BootLog))
}

/// Bytes of the last event of the log, "Exit Boot Services Returned with Success".
const LAST: usize = 4 + 4 + 4 + 4 * 2 + 20 + 32 + 48 + 64 + 4 + 40;
