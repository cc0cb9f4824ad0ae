//! One reader of an IMA list, on one file: what `run.sh` measures beside evmctl and keylime.

use std::{
    env,
    fs::{self, File},
    io::{BufReader, BufWriter, Read, Write},
    time::Instant,
};

use fallible_iterator::FallibleIterator;
use tpm_quote::{
    AttestationKey, Evidence, Nonce, PcrSet, PcrValue, QuotePolicy, Tpm2bPublic, TpmAlgId,
    Unmarshal, VerifiedQuote, Verifier,
    crypto::{Hasher, PublicKey, Signature, SignatureError, SignatureVerifier},
    log::{ImaChunks, ImaList, Logs},
};

fn main() {
    let args: Vec<String> = env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match *args {
        ["make", file, count] => make(file, count.parse().expect("a number")),
        ["pieces", file, rounds] => rounds_of(rounds, || pieces(file)),
        ["slice", file, rounds] => rounds_of(rounds, || slice(file)),
        ["ima-measurements", file, rounds] => rounds_of(rounds, || measurements(file)),
        _ => panic!("make FILE COUNT, or pieces, slice, ima-measurements FILE ROUNDS"),
    }
}

/// Prints nanoseconds an entry, the least of so many rounds.
fn rounds_of(rounds: &str, read: impl Fn() -> u32) {
    let rounds: u32 = rounds.parse().expect("a number");
    let least = (0..rounds).map(|_| {
        let start = Instant::now();
        let count = read();
        start.elapsed().as_nanos() as f64 / f64::from(count)
    });
    println!("{:.1} ns an entry", least.fold(f64::MAX, f64::min));
}

fn digest(hash: TpmAlgId, parts: &[&[u8]]) -> Vec<u8> {
    let mut hasher = Hasher::new(hash).expect("the hash is there");
    parts.iter().for_each(|part| hasher.update(part));
    hasher.finish().as_ref().to_vec()
}

/// Writes a list of `ima-ng`, binary and in ASCII, and the values of PCR 10.
fn make(file: &str, count: u32) {
    let mut binary = BufWriter::new(File::create(file).expect("a file"));
    let mut ascii = BufWriter::new(File::create(format!("{file}.ascii")).expect("a file"));
    let (mut sha1, mut sha256) = (vec![0; 20], vec![0; 32]);
    let hex = |bytes: &[u8]| -> String { bytes.iter().map(|byte| format!("{byte:02x}")).collect() };
    for number in 0..count {
        let name = match number {
            0 => "boot_aggregate".to_owned(),
            _ => format!("/usr/lib/x86_64-linux-gnu/package-{}/lib{number}.so", number % 997),
        };
        let of_file = digest(TpmAlgId::SHA256, &[&number.to_le_bytes()]);
        let mut data = vec![40, 0, 0, 0];
        data.extend(b"sha256:\0");
        data.extend(&of_file);
        data.extend((name.len() as u32 + 1).to_le_bytes());
        data.extend(name.as_bytes());
        data.push(0);
        let short = digest(TpmAlgId::SHA1, &[&data]);
        sha1 = digest(TpmAlgId::SHA1, &[&sha1, &short]);
        sha256 = digest(TpmAlgId::SHA256, &[&sha256, &digest(TpmAlgId::SHA256, &[&data])]);
        let mut entry = vec![10, 0, 0, 0];
        entry.extend(&short);
        entry.extend([6, 0, 0, 0]);
        entry.extend(b"ima-ng");
        entry.extend((data.len() as u32).to_le_bytes());
        entry.extend(&data);
        binary.write_all(&entry).expect("written");
        writeln!(ascii, "10 {} ima-ng sha256:{} {name}", hex(&short), hex(&of_file)).expect("written");
    }
    fs::write(format!("{file}.pcr"), &sha256).expect("written");
    for (bank, value) in [("sha1", sha1), ("sha256", sha256)] {
        let mut pcrs = String::new();
        for index in 0..24 {
            let value = if index == 10 { value.clone() } else { vec![0; value.len()] };
            let pairs: Vec<_> = value.iter().map(|byte| format!("{byte:02x}")).collect();
            pcrs.push_str(&format!("PCR-{index:02}: {}\n", pairs.join(" ")));
        }
        fs::write(format!("{file}.{bank}"), pcrs).expect("written");
    }
}

/// Everything but the signature, which is not what is measured here.
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

/// A quote of PCR 10 in the bank SHA-256.
fn with_quote<T>(file: &str, then: impl FnOnce(&VerifiedQuote<'_>) -> T) -> T {
    let value = fs::read(format!("{file}.pcr")).expect("the value");
    let mut attest = vec![0xff, 0x54, 0x43, 0x47, 0x80, 0x18, 0, 34, 0, 0xb];
    attest.extend([7; 32]);
    attest.extend([0, 16]);
    attest.extend([9; 16]);
    attest.extend([0; 16]);
    attest.push(1);
    attest.extend([0; 8]);
    attest.extend([0, 0, 0, 1, 0, 0xb, 3, 0, 4, 0, 0, 32]);
    attest.extend(digest(TpmAlgId::SHA256, &[&value]));
    let key = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../tests/data/cases/005-main-p256-ecdsa-sha256/ak.pub");
    let public = fs::read(key).expect("a key");
    let public = Tpm2bPublic::from_bytes(&public).expect("a key");
    let verifier = Verifier::new().crypto(&AlwaysYes);
    let key: AttestationKey<'_> = verifier.self_asserted(&public).expect("a key");
    let nonce = Nonce::exact(&[9; 16]).expect("a nonce");
    let set = PcrSet::parse("sha256:10").expect("a set");
    let values = [PcrValue { bank: TpmAlgId::SHA256, index: 10, digest: &value }];
    let evidence = Evidence {
        attest: &attest,
        signature: &[0, 0x18, 0, 0xb, 0, 0, 0, 0][..],
        pcrs: &values,
    };
    let policy = QuotePolicy::new(nonce, set);
    then(&verifier.quote(&key, &evidence, &policy).expect("a quote"))
}

/// The list in pieces of 64 KiB, read from the file.
fn pieces(file: &str) -> u32 {
    with_quote(file, |quote| {
        let mut from = File::open(file).expect("the list");
        let (mut buffer, mut piece) = (vec![0; ImaChunks::MAX_ENTRY], vec![0; 1 << 16]);
        let (replay, _) = quote
            .replay_streamed(&Logs::new(), None, &mut buffer, |stream| {
                loop {
                    match from.read(&mut piece).expect("the list") {
                        0 => return Ok(()),
                        count => stream.push(&piece[..count])?,
                    }
                }
            })
            .expect("proven");
        replay.ima_proof().expect("a list").proven()
    })
}

/// The whole list, read into the memory first.
fn slice(file: &str) -> u32 {
    with_quote(file, |quote| {
        let list = fs::read(file).expect("the list");
        let list = ImaList::binary(&list).expect("a list");
        let replay = quote.replay(&Logs::new().ima(list)).expect("proven");
        replay.ima().expect("a list").proven()
    })
}

/// The crate `ima-measurements`: parses, and extends the banks SHA-1 and SHA-256 with the
/// template digests of the list, which it believes.
fn measurements(file: &str) -> u32 {
    let from = BufReader::with_capacity(1 << 16, File::open(file).expect("the list"));
    let mut parser = ima_measurements::Parser::new(from);
    let mut count = 0;
    while parser.next().expect("an entry").is_some() {
        count += 1;
    }
    count
}
