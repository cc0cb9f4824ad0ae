//! A boot log of the length of a laptop's, a quote to which it comes, and all of its facts: what
//! benches measure.

use std::{
    fs,
    path::{Path, PathBuf},
};

use sha2::{Digest as _, Sha256};
use tpm_quote::{
    AttestationKey, Evidence, Nonce, PcrValue, QuotePolicy, Tpm2bPublic, TpmAlgId, Unmarshal,
    VerifiedQuote, Verifier,
    crypto::{PublicKey, Signature, SignatureError, SignatureVerifier},
    log::{EventLog, Replay},
};

/// The folder of a machine. The packages of the benches stand at different depths.
fn machine() -> PathBuf {
    let mut folders = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let folder = folders.find_map(|folder| {
        let machine = folder.join("tests/data/boot/01-secureboot-grub");
        machine.is_dir().then_some(machine)
    });
    folder.expect("a package in the repository")
}

pub fn read(name: &str) -> Vec<u8> {
    let path = machine().join(name);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The quote is made up, and so is what it says of its signature.
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

/// Calls `with` with a quote of the PCRs 0 to 15 of SHA-256 to which the log comes.
pub fn quoted(log: &[u8], with: impl FnOnce(&VerifiedQuote<'_>)) {
    let mut pcrs = [[0; 32]; 16];
    for event in EventLog::parse_padded(log).unwrap().events() {
        if event.data().starts_with(b"StartupLocality\0") {
            pcrs[0][31] = event.data()[16];
        }
        let digest = event.digest(TpmAlgId::SHA256);
        if let (Some(index @ ..16), Some(digest)) = (event.pcr(), digest) {
            let pcr = &mut pcrs[usize::from(index)];
            *pcr = Sha256::digest([&pcr[..], digest].concat()).into();
        }
    }
    let nonce = [7; 16];
    let attest = [
        b"\xffTCG\x80\x18\x00\x22\x00\x0b", // a quote, and the signer's name
        &[1; 32][..],
        b"\x00\x10",
        &nonce,
        &[0; 25],                                    // clock and firmware version
        b"\x00\x00\x00\x01\x00\x0b\x03\xff\xff\x00", // PCRs
        b"\x00\x20",
        &Sha256::digest(pcrs.concat()),
    ]
    .concat();
    let (public, signature) = (
        read("ak-rsa.pub"),
        read("quotes/rsa-sha256-0to14/quote.sig"),
    );
    let public = Tpm2bPublic::from_bytes(&public).unwrap();
    let key = AttestationKey::self_asserted(&public).unwrap();
    let values: Vec<_> = (0..)
        .zip(&pcrs)
        .map(|(index, digest)| PcrValue {
            bank: TpmAlgId::SHA256,
            index,
            digest,
        })
        .collect();
    let evidence = Evidence {
        attest: &attest,
        signature: &signature,
        pcrs: &values,
    };
    let policy = QuotePolicy::dangerous_any_pcrs(Nonce::exact(&nonce).unwrap());
    let verifier = Verifier::new().crypto(&AlwaysYes);
    with(&verifier.quote(&key, &evidence, &policy).unwrap());
}

/// The log of the machine with more commands of GRUB and a longer `dbx`: about as long as that of
/// a laptop, 34 KB.
pub fn made() -> Vec<u8> {
    let log = read("eventlog.bin");
    let mut made = Vec::new();
    let events = EventLog::parse(&log).unwrap();
    let ends = events.events().skip(1).map(|event| event.offset() as usize);
    for (event, end) in events.events().zip(ends.chain([log.len()])) {
        let data = event.data();
        let name: Vec<u8> = "dbx".bytes().flat_map(|byte| [byte, 0]).collect();
        if event.pcr() == Some(7) && data.get(32..38) == Some(&name) {
            // A list of digests: one entry more for each of SHA-256.
            let mut longer = data.to_vec();
            let lists = longer.split_off(38);
            let more: Vec<u8> = (0..131)
                .flat_map(|n| [&[0x77; 16], &Sha256::digest([n])[..]].concat())
                .collect();
            let mut list =
                b"\x26\x16\xc4\xc1\x4c\x50\x92\x40\xac\xa9\x41\xf9\x36\x93\x43\x28".to_vec();
            for number in [28 + more.len() as u32, 0, 48] {
                list.extend(number.to_le_bytes());
            }
            let contents = [lists, list, more].concat();
            longer[24..32].copy_from_slice(&(contents.len() as u64).to_le_bytes());
            made.extend(event_of(
                7,
                event.event_type().0,
                &[longer, contents].concat(),
                None,
            ));
        } else {
            made.extend(&log[event.offset() as usize..end]);
        }
        if event.pcr() == Some(8) && data.starts_with(b"grub_cmd: ") && made.len() < 29_500 {
            for number in 0..9 {
                let text =
                    format!("set option_{number}=value of another option, as menus have them");
                let data = format!("grub_cmd: {text}\0");
                made.extend(event_of(8, 0xd, data.as_bytes(), Some(text.as_bytes())));
            }
        }
    }
    made
}

/// An event with digests of all four banks, of which one counts here.
fn event_of(pcr: u32, kind: u32, data: &[u8], hashed: Option<&[u8]>) -> Vec<u8> {
    let digest = Sha256::digest(hashed.unwrap_or(data));
    let mut event = [pcr, kind, 4].map(u32::to_le_bytes).concat();
    for (bank, digest) in [
        (4_u16, &[4; 20][..]),
        (0xb, &digest),
        (0xc, &[12; 48]),
        (0xd, &[13; 64]),
    ] {
        event.extend(bank.to_le_bytes());
        event.extend(digest);
    }
    event.extend((data.len() as u32).to_le_bytes());
    event.extend(data);
    event
}

/// All that a report has of a boot, and the variables.
pub fn facts(replay: &Replay<'_>) -> usize {
    let variables = [
        replay.pk(),
        replay.kek(),
        replay.db(),
        replay.dbx(),
        replay.dbt(),
    ];
    let mut count = variables.iter().filter(|fact| fact.is_known()).count();
    count += usize::from(replay.secure_boot().is_known());
    count += usize::from(replay.mok_validation().is_known());
    count += replay.images().known().map_or(0, Iterator::count);
    count += replay.command_lines().known().map_or(0, Iterator::count);
    count += replay.authorities().known().map_or(0, Iterator::count);
    count += replay.unexplained_events().count();
    count + replay.unexplained_pcrs().iter().count()
}
