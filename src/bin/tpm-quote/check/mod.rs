//! `tpm-quote check`: the options of `tpm2_checkquote`, and the library's answer.

mod files;

use std::ffi::{OsStr, OsString};

use clap::{ArgAction, Args, ValueEnum};
use tpm_quote::{
    AkCertificate, AttestationKey, CertificateError, Evidence, Marshal, Name, Nonce, PcrSet,
    PcrValue, QuotePolicy, ResponseError, TpmAlgId, TpmtSignature, Unmarshal, VerifiedQuote,
    VerifyError,
    evidence::{PcrFile, PcrFormat, SelectionError, parse_hash, parse_selection, plain_signature},
    verify::{Part, PlainKey, SigningScheme, bank_name},
    verify_quote,
};

use self::files::{Key, PcrInput, SignatureForm, key, message, pcr_file, signature_form};
use crate::{
    certificate::{CertificateOptions, Certificates},
    input::{Input, unhex},
    kinds,
    output::{UNREADABLE, finish, say},
    report::{self, Asked, Failure, Outcome, Report},
    verify::status,
};

/// Verify a quote in the files of tpm2-tools: the options of tpm2_checkquote
#[derive(Args)]
#[command(
    long_about = "Verify a quote in the files of tpm2-tools: the options of tpm2_checkquote.

Formats are told from the files themselves and shown on standard error. Nothing \
is asked of a TPM or of the network.",
    after_long_help = "Formats:
  -u  TPM2B_PUBLIC or TPMT_PUBLIC (-f tss, tpmt), SubjectPublicKeyInfo (pem, der),
      JSON Web Key
  -m  TPMS_ATTEST or TPM2B_ATTEST
  -s  TPMT_SIGNATURE, or the plain one: the bytes of RSA, the DER of ECDSA
  -f  serialized, values (with -l), marshaled

What the report says of the key, which counts as known to you because you name it:
  pinned      All of its public area is known, and was judged.
  certificate A certificate vouches for it (--ak-cert, --ca), instead of you.
  pinned-key  Only its numbers are known, as with PEM. Its attributes are not, \
and with them whether it signs only what a TPM made: give the TPM's own form.

Stricter than tpm2_checkquote:
  * The key has to be a restricted signing key, and strong; -f is required.
  * The values have to be those that were signed, bank by bank and PCR by PCR: \
none missing, none left over.
  * Scheme and hash are the key's. Where it has none, they are the signature's, \
or with a plain signature those of --scheme and -g; they are never tried.
  * SHA-1 signatures are refused.

Exit status:
  0  accepted: the quote passed every check
  1  rejected or unsupported
  2  something cannot be read, or the options are wrong. Wrong options and files \
that are missing print no report

Example:
  tpm-quote check -u ak.pub -m quote.msg -s quote.sig -f quote.pcrs \\
      -l sha256:0,7 -q c0ffee"
)]
pub(crate) struct Options {
    /// The public key, which you know to be the right one
    #[arg(short = 'u', long, value_name = "FILE")]
    public: OsString,

    /// The quote
    #[arg(short = 'm', long, value_name = "FILE")]
    message: OsString,

    /// The signature
    #[arg(short = 's', long, value_name = "FILE")]
    signature: OsString,

    /// The PCR values
    ///
    /// Without them a quote is not accepted: nothing is known of the machine.
    #[arg(short = 'f', long, value_name = "FILE")]
    pcr: Option<OsString>,

    /// How PCR are written, and the report: one of each
    ///
    /// The format of the PCR file is told from the file if it is not given here.
    #[arg(
        short = 'F',
        long,
        alias = "pcrs_format",
        value_enum,
        ignore_case = true,
        action = ArgAction::Append
    )]
    format: Vec<Format>,

    /// PCR that the quote has to cover, as in sha256:0,7,10+sha1:all
    ///
    /// Exactly these. A file of values needs it, in the order of tpm2_quote -l.
    /// Without it, what the file selects counts, and a warning is printed if
    /// software could have set it.
    #[arg(short = 'l', long, value_name = "SET", value_parser = selection)]
    pcr_list: Option<PcrSet>,

    /// The nonce of your request: a file, or 1 to 66 bytes in hexadecimal
    ///
    /// Without it, only a quote that has no nonce passes, with a warning: nothing
    /// shows when it was made.
    #[arg(short = 'q', long, value_name = "HEX|FILE")]
    qualification: Option<OsString>,

    /// The hash of the signature, as sha256 or 0x000b
    ///
    /// Counts where the key does not tell, as in PEM. A plain signature needs it
    /// then, and is taken to be sha256 without it.
    #[arg(short = 'g', long, value_name = "HASH", value_parser = hash)]
    hash_algorithm: Option<TpmAlgId>,

    #[command(flatten)]
    certificate: CertificateOptions,

    /// The scheme of a plain RSA signature, if the key does not tell
    #[arg(long, value_enum, default_value_t = Scheme::Rsassa)]
    scheme: Scheme,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// PCR file: the memory of a little-endian machine
    Serialized,
    /// PCR file: the values alone
    Values,
    /// PCR file: structures as a TPM writes them
    Marshaled,
    /// Report: for a person, the default
    Text,
    /// Report: one JSON object
    Json,
}

impl Format {
    fn of_pcrs(self) -> Option<PcrFormat> {
        match self {
            Self::Serialized => Some(PcrFormat::Serialized),
            Self::Values => Some(PcrFormat::Values),
            Self::Marshaled => Some(PcrFormat::Marshaled),
            Self::Text | Self::Json => None,
        }
    }
}

#[derive(Clone, Copy, ValueEnum)]
enum Scheme {
    /// PKCS #1 v1.5
    Rsassa,
    /// PSS
    Rsapss,
}

fn selection(text: &str) -> Result<PcrSet, SelectionError> {
    parse_selection(text)
}

fn hash(text: &str) -> Result<TpmAlgId, &'static str> {
    parse_hash(text).ok_or("expected a hash by name, as sha256, or by id, as 0x000b")
}

/// Runs the command and gives the exit status.
pub(crate) fn run(options: &Options) -> u8 {
    match try_run(options) {
        Ok(status) => status,
        Err(message) => {
            say(&format!("tpm-quote: {message}"));
            UNREADABLE
        }
    }
}

fn try_run(options: &Options) -> Result<u8, String> {
    let pcr_formats = options.format.iter().filter_map(|format| format.of_pcrs());
    let of_pcrs = only(pcr_formats, "format of the PCR file")?;
    let formats = options.format.iter().copied();
    let of_report = formats.filter(|format| format.of_pcrs().is_none());
    let of_report = only(of_report, "format of the report")?;
    if of_pcrs == Some(PcrFormat::Values) && options.pcr_list.is_none() {
        return Err("a file of values does not say what they are values of: give -l".to_owned());
    }
    let nonce = match &options.qualification {
        Some(given) => Some(nonce(given)?),
        None => None,
    };
    let files = Files {
        key: Input::read_file(&options.public)?,
        message: Input::read_file(&options.message)?,
        signature: Input::read_file(&options.signature)?,
        pcrs: match &options.pcr {
            Some(file) => Some(Input::read_file(file)?),
            None => None,
        },
    };

    let certificates = options.certificate.read()?;
    let intermediates = certificates.as_ref().map(Certificates::intermediates);
    let intermediates = intermediates.unwrap_or_default();
    let certificate = certificates.as_ref().map(|all| all.verify(&intermediates));

    let mut spki = Vec::new();
    let mut judged = Judged {
        key: None,
        plain_key: false,
        at: &files.message,
        help: None,
    };
    let read = read(
        options,
        &files,
        certificate,
        of_pcrs,
        &mut spki,
        &mut judged,
    );
    let outcome = match &read {
        Ok(read) => match verify_quote(&read.key, &read.evidence(), &read.policy(nonce)) {
            Ok(quote) => Outcome::Verified(quote),
            Err(error) => {
                judged.help = help(&error, nonce, &files);
                if let VerifyError::Malformed {
                    part: Part::Signature,
                    ..
                } = error
                {
                    judged.at = &files.signature;
                }
                Outcome::Failed(error.into())
            }
        },
        Err(Stop::Failed(failure)) => Outcome::Failed(failure.clone()),
        Err(Stop::Usage(message)) => return Err(message.clone()),
    };
    let report = Report {
        source: &files.message.name,
        form: None,
        checks: report::QUOTE_CHECKS,
        asked: Asked {
            tier: false,
            anchor: true,
            baseline: false,
            clock: false,
        },
        plain_key: judged.plain_key,
        help: judged.help,
        key: judged.key,
        certificate: certificate.and_then(Result::ok),
        baseline: None,
        outcome,
    };
    match &report.outcome {
        Outcome::Failed(failure) => {
            let (name, bytes) = match (failure, &certificates) {
                (Failure::Response(ResponseError::Certificate(_)), Some(certificates)) => {
                    (&certificates.name, &[][..])
                }
                _ => (&judged.at.name, &*judged.at.bytes),
            };
            complain(name, bytes, failure, &report);
        }
        Outcome::Verified(quote) => warn(options, quote),
        Outcome::Attested(_) | Outcome::Activated | Outcome::Unavailable => {}
    }
    let text = match of_report {
        Some(Format::Json) => report::json(&report),
        _ => report::text(&report),
    };
    Ok(finish(&text, status(&report.outcome)))
}

/// At most one of these.
fn only<T>(mut given: impl Iterator<Item = T>, what: &str) -> Result<Option<T>, String> {
    match (given.next(), given.next()) {
        (first, None) => Ok(first),
        (_, Some(_)) => Err(format!("--format names more than one {what}")),
    }
}

/// As tpm2-tools: a file of that name, or else hexadecimal.
fn nonce(given: &OsStr) -> Result<Nonce, String> {
    let (bytes, what) = match Input::read_file(given) {
        Ok(input) => {
            say(&format!(
                "{}: nonce, {} bytes",
                input.name,
                input.bytes.len()
            ));
            (input.bytes, format!("-q: {}", input.name))
        }
        Err(unread) => {
            let text = given.to_string_lossy();
            let bytes = unhex(&text).map_err(|error| {
                format!("-q: neither a file nor hexadecimal: {unread}; {error}")
            })?;
            (bytes, "-q".to_owned())
        }
    };
    Nonce::exact(&bytes).map_err(|error| format!("{what}: {error}"))
}

struct Files {
    key: Input,
    message: Input,
    signature: Input,
    pcrs: Option<Input>,
}

/// Why there is no quote.
enum Stop {
    /// The evidence.
    Failed(Failure),
    /// The options, by what is in the files.
    Usage(String),
}

impl<E: Into<Failure>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// What is found on the way, whatever comes of it.
struct Judged<'a> {
    key: Option<AttestationKey<'a>>,
    plain_key: bool,
    /// The file that is at fault, if one is.
    at: &'a Input,
    help: Option<&'static str>,
}

/// What the files and the options come to.
struct Read<'a> {
    key: AttestationKey<'a>,
    attest: &'a [u8],
    /// A `TPMT_SIGNATURE`.
    signature: Vec<u8>,
    values: Vec<PcrValue<'a>>,
    required: PcrSet,
}

impl Read<'_> {
    fn evidence(&self) -> Evidence<'_> {
        Evidence {
            attest: self.attest,
            signature: &self.signature,
            pcrs: &self.values,
        }
    }

    fn policy(&self, nonce: Option<Nonce>) -> QuotePolicy<'static> {
        QuotePolicy::new(nonce.unwrap_or(Nonce::dangerous_none()), self.required)
    }
}

fn read<'a>(
    options: &Options,
    files: &'a Files,
    certificate: Option<Result<AkCertificate<'_>, CertificateError>>,
    of_pcrs: Option<PcrFormat>,
    spki: &'a mut Vec<u8>,
    judged: &mut Judged<'a>,
) -> Result<Read<'a>, Stop> {
    judged.at = &files.key;
    let key = key(&files.key, spki)?;
    judged.plain_key = matches!(key, Key::Plain(_));
    let form = signature_form(&files.signature, &key);
    let key = match key {
        Key::Public(public) => {
            let name = Name::of_public(&public).unwrap_or(Name::EMPTY);
            let pinned = AttestationKey::pinned(&public, &[name])?;
            let key = match certificate {
                Some(certificate) => AttestationKey::from_certificate(&public, &certificate?)?,
                None => pinned,
            };
            note_hash(options, &key);
            key
        }
        Key::Plain(_) if certificate.is_some() => {
            let message = "--ak-cert needs the public area of the key: TPM2B_PUBLIC, TPMT_PUBLIC";
            return Err(Stop::Usage(message.to_owned()));
        }
        Key::Plain(plain) => {
            judged.at = &files.signature;
            let scheme = scheme(options, &plain, &files.signature, form)?;
            judged.at = &files.key;
            AttestationKey::pinned_key(&plain, scheme)?
        }
    };
    judged.key = Some(key);

    judged.at = &files.signature;
    let signature = match form {
        SignatureForm::Structure => files.signature.bytes.clone(),
        SignatureForm::Plain => {
            let mut room = [0; 518];
            let plain = plain_signature(&files.signature.bytes, key.scheme())?;
            let written = plain.marshal_into(&mut room);
            let name = &files.signature.name;
            written
                .map_err(|error| Stop::Usage(format!("{name}: {error}")))?
                .to_vec()
        }
    };
    judged.at = &files.message;
    let attest = message(&files.message)?;
    let file = match &files.pcrs {
        Some(input) => {
            judged.at = input;
            Some(values(options, input, of_pcrs)?)
        }
        None => None,
    };
    judged.at = &files.message;
    let required = options
        .pcr_list
        .or(file.map(|file| file.selection()))
        .or_else(|| files::signed_selection(attest))
        .ok_or_else(|| Stop::Usage("give the PCR values with -f".to_owned()))?;
    Ok(Read {
        key,
        attest,
        signature,
        values: file.iter().flat_map(PcrFile::iter).collect(),
        required,
    })
}

fn note_hash(options: &Options, key: &AttestationKey<'_>) {
    let hash = key.scheme().hash;
    if let Some(given) = options.hash_algorithm
        && given != hash
    {
        say(&format!(
            "note: -g is {given}, the key's hash is {hash}: that of the key counts"
        ));
    }
}

/// What to do, where that follows from the options.
fn help(error: &VerifyError, nonce: Option<Nonce>, files: &Files) -> Option<&'static str> {
    match error {
        VerifyError::Nonce { .. } if nonce.is_none() => Some(
            "Give the nonce of your request with -q: without it, only a quote that has no nonce passes.",
        ),
        VerifyError::Selection { .. } if files.pcrs.is_none() => {
            Some("Give the PCR values with -f: without them nothing is known of the machine.")
        }
        _ => None,
    }
}

/// Scheme and hash, where the key has none: those of the signature, or else of
/// the options. With -g, no other hash passes.
fn scheme(
    options: &Options,
    key: &PlainKey<'_>,
    file: &Input,
    form: SignatureForm,
) -> Result<SigningScheme, Stop> {
    let scheme = match form {
        SignatureForm::Structure => {
            let part = Part::Signature;
            let signature = TpmtSignature::from_bytes(&file.bytes)
                .map_err(|error| VerifyError::Malformed { part, error })?;
            SigningScheme::of_signature(&signature)
        }
        SignatureForm::Plain => SigningScheme {
            scheme: match (key, options.scheme) {
                (PlainKey::Ecc { .. }, _) => TpmAlgId::ECDSA,
                (_, Scheme::Rsassa) => TpmAlgId::RSASSA,
                (_, Scheme::Rsapss) => TpmAlgId::RSAPSS,
            },
            hash: TpmAlgId::SHA256,
        },
    };
    Ok(SigningScheme {
        hash: options.hash_algorithm.unwrap_or(scheme.hash),
        ..scheme
    })
}

fn values<'a>(
    options: &Options,
    input: &'a Input,
    format: Option<PcrFormat>,
) -> Result<PcrFile<'a>, Stop> {
    let file = match pcr_file(input, format, options.pcr_list.as_ref()) {
        PcrInput::Read(file) => file?,
        PcrInput::Unknown => {
            let name = &input.name;
            return Err(Stop::Usage(format!(
                "{name}: not a PCR file of the format serialized or marshaled\nhelp: If it has the values alone, say with -l what they are values of."
            )));
        }
    };
    if let Some(list) = options.pcr_list
        && list != file.selection()
    {
        let (name, selection) = (&input.name, file.selection());
        return Err(Stop::Usage(format!(
            "{name}: selects {selection}, and -l {list}"
        )));
    }
    Ok(file)
}

/// The failure, for standard error: where, which check, what, what to do.
fn complain(name: &str, bytes: &[u8], failure: &Failure, report: &Report<'_>) {
    if status(&report.outcome) != UNREADABLE {
        say(&format!(
            "tpm-quote: {name}: {}: {failure}",
            failure.check()
        ));
        return;
    }
    say(&format!("tpm-quote: {name}: {failure}"));
    say(&format!("help: {}", report.help_for(failure)));
    if let Some(seen) = kinds::looks_like(bytes) {
        say(&format!("note: {name} looks like {seen}"));
    }
}

/// What was not checked, because nobody asked for it.
fn warn(options: &Options, quote: &VerifiedQuote<'_>) {
    if options.qualification.is_none() {
        say("warning: freshness was not checked: the quote has no nonce, and may be an old one");
    }
    if options.pcr_list.is_some() {
        return;
    }
    let from_16 = quote.selection().iter().filter(|(_, index)| *index >= 16);
    let resettable: Vec<String> = from_16
        .map(|(bank, index)| format!("{}:{index}", bank_name(bank).unwrap_or("?")))
        .collect();
    if !resettable.is_empty() {
        let named = resettable.join(", ");
        say(&format!(
            "warning: software can reset PCR 16 to 23, and the quote covers {named}: name what you rely on with -l"
        ));
    }
    if quote.selection().contains_bank(TpmAlgId::SHA1) {
        say("warning: the quote covers PCR of the SHA-1 bank: name what you rely on with -l");
    }
}
