//! `tpm-quote check`: the options of `tpm2_checkquote`, and the library's answer.

mod evidence;
mod files;
mod options;

use std::ffi::{OsStr, OsString};

use tpm_quote::{
    AkCertificate, AttestationKey, CertificateError, Evidence, Marshal, Name, Nonce, PcrSet,
    PcrValue, QuotePolicy, ResponseError, Tpm2bPublic, TpmAlgId, TpmtSignature, Unmarshal,
    VerifiedQuote, VerifyError,
    evidence::{PcrFile, PcrFormat, plain_signature},
    verify::{Part, PlainKey, SigningScheme, bank_name},
    verify_quote,
};

pub(crate) use self::options::Options;
use self::{
    files::{Key, PcrInput, SignatureForm, key, message, pcr_file, signature_form},
    options::{Format, Scheme},
};
use crate::{
    certificate::Certificates,
    input::{Input, unhex},
    kinds,
    output::{UNREADABLE, finish, say},
    report::{self, Asked, Failure, Outcome, Report},
    verify::status,
};

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
    if of_pcrs.is_some() && options.evidence.is_some() {
        return Err("--evidence has no PCR file whose format could be named".to_owned());
    }
    let nonce = match &options.qualification {
        Some(given) => Some(nonce(given)?),
        None => None,
    };
    let files = Files::read(options)?;

    let certificates = options.certificate.read()?;
    let intermediates = certificates.as_ref().map(Certificates::intermediates);
    let intermediates = intermediates.unwrap_or_default();
    let certificate = certificates.as_ref().map(|all| all.verify(&intermediates));

    let mut rooms = Rooms::default();
    let mut judged = Judged {
        key: None,
        plain_key: false,
        form: None,
        at: files.main(),
        help: None,
    };
    let read = match &files {
        Files::Tools(files) => read(
            options,
            files,
            certificate,
            of_pcrs,
            &mut rooms.key,
            &mut judged,
        ),
        Files::Evidence { key, evidence } => {
            evidence::read(options, key, evidence, &mut rooms, &mut judged)
        }
    };
    let outcome = match &read {
        Ok(read) => match verify_quote(&read.key, &read.evidence(), &read.policy(nonce)) {
            Ok(quote) => Outcome::Verified(quote),
            Err(error) => {
                judged.help = help(&error, nonce, &files);
                if let VerifyError::Malformed {
                    part: Part::Signature,
                    ..
                } = error
                    && let Files::Tools(files) = &files
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
        source: &files.main().name,
        form: judged.form.map(Into::into),
        checks: report::QUOTE_CHECKS,
        asked: Asked {
            tier: false,
            anchor: true,
            baseline: false,
            clock: false,
        },
        plain_key: judged.plain_key,
        help: judged.help,
        key: judged.key.as_ref().map(Into::into),
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

/// What was given.
enum Files {
    Tools(ToolsFiles),
    Evidence { key: Input, evidence: Input },
}

/// The files of tpm2-tools.
struct ToolsFiles {
    key: Input,
    message: Input,
    signature: Input,
    pcrs: Option<Input>,
}

impl Files {
    fn read(options: &Options) -> Result<Self, String> {
        let file = |file: &Option<OsString>| file.as_deref().map(Input::read_file).transpose();
        let key = Input::read_file(&options.public)?;
        if let Some(evidence) = file(&options.evidence)? {
            return Ok(Self::Evidence { key, evidence });
        }
        let [message, signature] = [file(&options.message)?, file(&options.signature)?];
        let (Some(message), Some(signature)) = (message, signature) else {
            return Err("give -m and -s, or --evidence".to_owned());
        };
        Ok(Self::Tools(ToolsFiles {
            key,
            message,
            signature,
            pcrs: file(&options.pcr)?,
        }))
    }

    /// The file that the quote is in.
    fn main(&self) -> &Input {
        match self {
            Self::Tools(files) => &files.message,
            Self::Evidence { evidence, .. } => evidence,
        }
    }
}

/// Room for what is decoded of texts.
#[derive(Default)]
struct Rooms {
    key: Vec<u8>,
    evidence: Vec<u8>,
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
    form: Option<String>,
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
    files: &'a ToolsFiles,
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
            let pinned = pinned(options, &public)?;
            match certificate {
                Some(certificate) => AttestationKey::from_certificate(&public, &certificate?)?,
                None => pinned,
            }
        }
        Key::Plain(_) if certificate.is_some() => {
            let message = "--ak-cert needs the public area of the key: TPM2B_PUBLIC, TPMT_PUBLIC";
            return Err(Stop::Usage(message.to_owned()));
        }
        Key::Plain(plain) => {
            judged.at = &files.signature;
            let scheme = scheme(options, &plain, &files.signature.bytes, form)?;
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

/// A key with its public area, which the options name.
fn pinned<'a>(
    options: &Options,
    public: &Tpm2bPublic<'a>,
) -> Result<AttestationKey<'a>, VerifyError> {
    let name = Name::of_public(public).unwrap_or(Name::EMPTY);
    let key = AttestationKey::pinned(public, &[name])?;
    let hash = key.scheme().hash;
    if let Some(given) = options.hash_algorithm
        && given != hash
    {
        say(&format!(
            "note: -g is {given}, the key's hash is {hash}: that of the key counts"
        ));
    }
    Ok(key)
}

/// What to do, where that follows from the options.
fn help(error: &VerifyError, nonce: Option<Nonce>, files: &Files) -> Option<&'static str> {
    match error {
        VerifyError::Nonce { .. } if nonce.is_none() => Some(
            "Give the nonce of your request with -q: without it, only a quote that has no nonce passes.",
        ),
        VerifyError::Selection { .. } => match files {
            Files::Tools(ToolsFiles { pcrs: None, .. }) => {
                Some("Give the PCR values with -f: without them nothing is known of the machine.")
            }
            Files::Tools(_) => None,
            Files::Evidence { .. } => {
                Some("Name with -l exactly the PCR that the quote has to cover.")
            }
        },
        _ => None,
    }
}

/// Scheme and hash, where the key has none: those of the signature, or else of
/// the options. With -g, no other hash passes.
fn scheme(
    options: &Options,
    key: &PlainKey<'_>,
    signature: &[u8],
    form: SignatureForm,
) -> Result<SigningScheme, Stop> {
    let scheme = match form {
        SignatureForm::Structure => {
            let part = Part::Signature;
            let signature = TpmtSignature::from_bytes(signature)
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
