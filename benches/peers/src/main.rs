//! What the same evidence costs here and elsewhere: `run.sh` builds and runs this.

mod evidence;
mod goals;
mod measure;
mod mu;
mod quotes;
mod report;
mod signatures;
mod structures;
mod units;
mod who;

use std::{env, fs, process::ExitCode};

use measure::{Figures, Plan};
use units::Units;

/// What exactly is in the times.
const INCLUDED: &str = "
## What the times include

- All candidates of a row in turn in each round, one thread. Every one of them has accepted what is right and refused what is wrong.
- libtss2-mu: as the system has it, with its calls to a log that drops them; it reads into C structures that are used again.
- tss-esapi: its own traits, which call libtss2-mu, convert and allocate; a TPM2B_PUBLIC goes through its PublicBuffer. It frees what it made.
- tpm2-protocol, owned: a value with room for the largest contents. Views: checked and borrowed; a TPM2B_PUBLIC is only checked, its fields are not handed out.
- Marshalling writes into a buffer that is there, but for tss-esapi, which allocates one.
- OpenSSL: warm, EVP_DigestVerify with an EVP_PKEY that is reused, and a context of its own each time. Cold: the EVP_PKEY is made of the numbers each time; for ECDSA an EC_KEY without EVP, which is faster, and a curve's group is kept. Context reused: EVP_PKEY_verify in a context that was initialized beforehand, of a digest made in another with a hash that was fetched beforehand.
- aws-lc-rs: warm with a ParsedPublicKey, cold by RsaPublicKeyComponents or UnparsedPublicKey. ring: the same, which has no warm form, and no P-521.
- RustCrypto: `rsa`, `p256`, `p384` and `p521` with `sha2`; warm with a VerifyingKey, cold with one made of the numbers or of the point.
- tpm-quote: `Software.verify` with the numbers as they stand in the TPM's structures. It keeps nothing: its times are cold. Prepared key: `PreparedKey.verify`, with the key prepared beforehand.
- All signatures: the hash of the message, by each library's own code. ECDSA signatures were encoded beforehand as each wants them (DER for OpenSSL); leading zeros were filled in for all but tpm-quote.
- Quote: from the bytes of the three structures. The peers check the kind, attributes, scheme, size and exponent of the key, the scheme of the signature, the signature, magic and type, nonce, selection and the digest of the values. tpm-quote checks that too, and more: it makes the key's Name (another SHA-256) and looks for ROCA.
- Quote, key judged before: only `verify_quote`. Signature alone: only `Software.verify`, as in the row RSA-2048 RSASSA.
";

#[derive(Default)]
struct Options {
    only: Option<String>,
    rounds: Option<u32>,
    minimum: bool,
    docs: Option<String>,
    /// Date, machine, compiler and commit, in one line.
    circumstances: Option<String>,
}

impl Options {
    fn parse() -> Result<Self, String> {
        let mut options = Self::default();
        let mut args = env::args().skip(1);
        while let Some(arg) = args.next() {
            let mut value = || args.next().ok_or(format!("{arg} wants a value"));
            match &*arg {
                "--only" => options.only = Some(value()?),
                "--rounds" => {
                    let rounds = value()?.parse().ok().filter(|rounds| *rounds > 0);
                    options.rounds = Some(rounds.ok_or("--rounds wants a number from 1 on")?);
                }
                "--minimum" => options.minimum = true,
                "--docs" => options.docs = Some(value()?),
                "--circumstances" => options.circumstances = Some(value()?),
                _ => return Err(format!("unknown option {arg}")),
            }
        }
        if options.docs.is_some() && (options.only.is_some() || options.minimum) {
            return Err("--docs wants the medians of all rows".to_owned());
        }
        Ok(options)
    }
}

/// Puts `text` between the two marks of this name in a file.
fn put_between_marks(path: &str, name: &str, text: &str) -> Result<(), String> {
    let begin = &*format!("<!-- peers {name}:begin -->\n");
    let end = &*format!("<!-- peers {name}:end -->");
    let old = fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
    let new = old.split_once(begin).and_then(|(before, rest)| {
        let (_, after) = rest.split_once(end)?;
        Some(format!("{before}{begin}{text}{end}{after}"))
    });
    let new = new.ok_or(format!("{path}: the marks are missing"))?;
    fs::write(path, new).map_err(|error| format!("{path}: {error}"))
}

/// A crate's version, from the lock file.
fn version(name: &str) -> &'static str {
    const LOCK: &str = include_str!("../Cargo.lock");
    LOCK.split_once(&format!("name = \"{name}\"\nversion = \""))
        .and_then(|(_, rest)| rest.split_once('"'))
        .map_or("?", |(version, _)| version)
}

fn versions() -> String {
    let crates = [
        "tss-esapi",
        "tpm2-protocol",
        "aws-lc-rs",
        "ring",
        "rsa",
        "p256",
    ];
    let crates = crates.map(|name| format!("{name} {}", version(name)));
    let openssl = openssl::version::version();
    let openssl = openssl.split(' ').take(2).collect::<Vec<_>>().join(" ");
    format!("{openssl}, {}", crates.join(", "))
}

fn run() -> Result<(), String> {
    let options = Options::parse()?;
    let plan = Plan {
        rounds: options.rounds.unwrap_or(201),
        minimum: options.minimum,
    };
    let only = options.only.map(|only| only.to_lowercase());
    let wanted = |work: &str| {
        let only = only.as_deref();
        only.is_none_or(|only| work.to_lowercase().contains(only))
    };
    let circumstances = options.circumstances.unwrap_or_default();
    let circumstances = format!("{circumstances}, {}.", versions());
    let what = if plan.minimum { "Minima" } else { "Medians" };
    let units = Units::used();
    println!(
        "\n# {}\n\n{circumstances}\n{what} of {} rounds.",
        units.title(),
        plan.rounds
    );

    let quote = evidence::quote();
    let parts = [
        ("Structures", structures::rows(&quote, &wanted)),
        ("Signatures", signatures::rows(&wanted)),
        ("A whole quote", quotes::rows(&quote, &wanted)),
    ];
    let mut all: Vec<Figures> = Vec::new();
    for (title, rows) in parts {
        let before = all.len();
        all.extend(rows.into_iter().map(|row| row.measure(plan)));
        let rows: Vec<&Figures> = all[before..].iter().collect();
        if !rows.is_empty() {
            print!("{}", report::table(title, &rows));
        }
    }
    if all.is_empty() {
        return Err("no row is of that name".to_owned());
    }
    if only.is_none() {
        print!("{}", report::sizes());
    }
    print!("{}", report::goals(&all, only.is_none()));
    if only.is_none() {
        print!("{INCLUDED}");
    }
    if let Some(unrest) = report::unrest(&all).filter(|_| !plan.minimum) {
        eprintln!("{unrest}");
    }
    if let Some(path) = options.docs {
        put_between_marks(&path, units.mark(), &report::summary(&all, &circumstances))?;
    }
    Ok(())
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
