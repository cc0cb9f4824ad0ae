//! `tpm-quote check`: the options of `tpm2_checkquote`, and the library's answer.

mod evidence;
mod files;
mod options;

use std::ffi::{OsStr, OsString};

use tpm_quote::{
    AkCertificate, Appraisal, AttestationKey, Check, Error, Evidence, Name, Nonce, PcrValue,
    Problem, QuotePolicy, Tpm2bPublic, TpmAlgId, TpmtSignature, Unmarshal, Verdict, Verifier,
    evidence::{PcrFile, PcrFormat, Project},
    report::Report,
    verify::{
        Anchor, AttestSignature, Part, PlainKey, SigningScheme,
        error::{AnchorProblem, AttestProblem},
    },
};

pub(crate) use self::options::Options;
use self::{
    files::{Key, PcrInput, Rooms, SignatureForm, key, message, pcr_file, signature_form},
    options::Scheme,
};
use crate::{
    certificate::Certificates,
    input::{Input, unhex},
    kinds,
    output::{Format, UNREADABLE, print, say},
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
    let reports = options
        .format
        .iter()
        .filter_map(|format| format.of_report());
    let of_report = only(reports, "format of the report")?.unwrap_or(Format::Text);
    if of_pcrs == Some(PcrFormat::Values) && options.pcr_list.is_none() {
        return Err("a file of values does not say what they are values of: give -l".to_owned());
    }
    if of_pcrs.is_some() && options.evidence.is_some() {
        return Err("--evidence has no PCR file whose format could be named".to_owned());
    }
    let nonce = match &options.qualification {
        Some(given) => nonce(given)?,
        None => Nonce::dangerous_none(),
    };
    let files = Files::read(options)?;
    let certificates = options.certificate.read()?;
    let intermediates = certificates.as_ref().map(Certificates::intermediates);
    let intermediates = intermediates.unwrap_or_default();
    let certificate = certificates.as_ref().map(|all| all.verify(&intermediates));

    let mut rooms = Rooms::default();
    let read = match &files {
        Files::Tools(files) => {
            let certificate = certificate.as_ref();
            read(options, files, certificate, of_pcrs, &mut rooms)
        }
        Files::Evidence { key, evidence } => evidence::read(options, key, evidence, &mut rooms),
    };
    let read = match read {
        Ok(read) => read,
        Err(Stop::Refused(key)) => Read::without_evidence(*key),
        Err(Stop::Usage(message)) => return Err(message),
    };
    let policy = match options.pcr_list {
        Some(required) => QuotePolicy::new(nonce, required),
        // What was not asked for, the report warns of.
        None => QuotePolicy::dangerous_any_pcrs(nonce),
    };
    let appraisal = Verifier::new().appraise_quote(read.key, &read.evidence(), &policy);

    let help = appraisal.error().and_then(|error| {
        let help = help(options, error);
        let (name, bytes) = files.at_fault(error, certificates.as_ref());
        complain(name, bytes, error, help);
        help
    });
    let report = Report::new(&appraisal)
        .source(&files.main().name)
        .form(files.project().map(Project::name))
        .help(help)
        .certificate(
            certificate
                .as_ref()
                .and_then(|verified| verified.as_ref().ok()),
        );
    if matches!(of_report, Format::Json) {
        for warning in appraisal.warnings() {
            say(&format!("warning: {warning}"));
        }
    }
    Ok(print(&report, of_report))
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

    fn project(&self) -> Option<Project> {
        match self {
            Self::Tools(_) => None,
            Self::Evidence { evidence, .. } => Project::of(&evidence.bytes).ok(),
        }
    }

    /// The name of the file that an error is about, and what is in it.
    fn at_fault<'a>(
        &'a self,
        error: &Error,
        certificates: Option<&'a Certificates>,
    ) -> (&'a str, &'a [u8]) {
        let input = match (error.part(), self, certificates) {
            (Part::Certificate | Part::Intermediate(_) | Part::Root(_), _, Some(certificates)) => {
                return (&certificates.name, &[]);
            }
            (_, Self::Evidence { evidence, .. }, _)
                if matches!(error.problem(), Problem::Anchor(AnchorProblem::OtherKey)) =>
            {
                evidence
            }
            (Part::Key, Self::Tools(ToolsFiles { key, .. }) | Self::Evidence { key, .. }, _) => key,
            (Part::Signature, Self::Tools(files), _) if error.check() == Check::Input => {
                &files.signature
            }
            (Part::PcrFile, Self::Tools(files), _) => files.pcrs.as_ref().unwrap_or(&files.message),
            _ => self.main(),
        };
        (&input.name, &input.bytes)
    }
}

/// Why there is no quote.
enum Stop<'a> {
    /// The evidence; with what was found of its key.
    Refused(Box<Appraisal<'a, AttestationKey<'a>>>),
    /// The options, by what is in the files.
    Usage(String),
}

impl<'a> Stop<'a> {
    /// The same, after this was found of the key.
    fn after(self, key: &Appraisal<'a, AttestationKey<'a>>) -> Self {
        match self {
            Self::Refused(refused) => match refused.into_result() {
                Ok(_) => Self::Refused(Box::new(*key)),
                Err(error) => Self::Refused(Box::new(key.fail(error))),
            },
            usage @ Self::Usage(_) => usage,
        }
    }
}

impl<E: Into<Error>> From<E> for Stop<'_> {
    fn from(error: E) -> Self {
        Self::Refused(Box::new(error.into().into()))
    }
}

/// What the files and the options come to.
struct Read<'a> {
    key: Appraisal<'a, AttestationKey<'a>>,
    attest: &'a [u8],
    signature: AttestSignature<'a>,
    values: Vec<PcrValue<'a>>,
}

impl<'a> Read<'a> {
    /// A key that was refused, so that nothing else was looked at.
    fn without_evidence(key: Appraisal<'a, AttestationKey<'a>>) -> Self {
        Self {
            key,
            attest: &[],
            signature: AttestSignature::from(&[]),
            values: Vec::new(),
        }
    }

    fn evidence(&self) -> Evidence<'a, '_, AttestSignature<'a>> {
        Evidence {
            attest: self.attest,
            signature: self.signature,
            pcrs: &self.values,
        }
    }
}

fn read<'a>(
    options: &Options,
    files: &'a ToolsFiles,
    certificate: Option<&Result<AkCertificate<'_>, Error>>,
    of_pcrs: Option<PcrFormat>,
    rooms: &'a mut Rooms,
) -> Result<Read<'a>, Stop<'a>> {
    let key = key(&files.key, &mut rooms.key)?;
    let form = signature_form(&files.signature, &key);
    let key = match key {
        Key::Public(public) => pinned(options, &public, certificate),
        Key::Plain(_) if certificate.is_some() => {
            let message = "--ak-cert needs the public area of the key: TPM2B_PUBLIC, TPMT_PUBLIC";
            return Err(Stop::Usage(message.to_owned()));
        }
        Key::Plain(plain) => {
            let scheme = scheme(options, &plain, &files.signature.bytes, form)?;
            Verifier::new().appraise_plain_key(&plain, scheme, Some(&[plain]))
        }
    };
    let Some(judged) = key.value() else {
        return Err(Stop::Refused(Box::new(key)));
    };
    let scheme = judged.scheme();
    signed(options, files, of_pcrs, form, scheme)
        .map(|(attest, signature, values)| Read {
            key,
            attest,
            signature,
            values,
        })
        .map_err(|stop| stop.after(&key))
}

/// What was signed, the signature and the PCR values.
type Signed<'a> = (&'a [u8], AttestSignature<'a>, Vec<PcrValue<'a>>);

fn signed<'a>(
    options: &Options,
    files: &'a ToolsFiles,
    of_pcrs: Option<PcrFormat>,
    form: SignatureForm,
    scheme: SigningScheme,
) -> Result<Signed<'a>, Stop<'a>> {
    let signature = &*files.signature.bytes;
    let signature = match form {
        SignatureForm::Structure => signature.into(),
        SignatureForm::Plain => scheme.plain_signature(signature)?.into(),
    };
    let attest = message(&files.message)?;
    let file = match &files.pcrs {
        Some(input) => Some(values(options, input, of_pcrs)?),
        None => None,
    };
    Ok((
        attest,
        signature,
        file.iter().flat_map(PcrFile::iter).collect(),
    ))
}

/// A key with its public area, which the options name, unless a certificate vouches for it.
fn pinned<'a>(
    options: &Options,
    public: &Tpm2bPublic<'a>,
    certificate: Option<&Result<AkCertificate<'_>, Error>>,
) -> Appraisal<'a, AttestationKey<'a>> {
    let names = [Name::of_public(public).unwrap_or(Name::EMPTY)];
    let anchor = match certificate {
        Some(Ok(certificate)) => Anchor::new().certificate(certificate),
        Some(Err(error)) => Anchor::new().failed_certificate(*error),
        None => Anchor::new().pinned(&names),
    };
    let key = Verifier::new().appraise_key(public, &anchor);
    if let (Some(given), Some(hash)) = (
        options.hash_algorithm,
        key.key().map(|key| key.scheme().hash),
    ) && given != hash
    {
        say(&format!(
            "note: -g is {given}, the key's hash is {hash}: that of the key counts"
        ));
    }
    key
}

/// What to do, where that follows from the options.
fn help(options: &Options, error: &Error) -> Option<&'static str> {
    match error.problem() {
        Problem::Attest(AttestProblem::Nonce { .. }) if options.qualification.is_none() => Some(
            "Give the nonce of your request with -q: without it, only a quote that has no nonce passes.",
        ),
        Problem::Selection { .. } if options.evidence.is_some() => {
            Some("Name with -l exactly the PCRs that the quote has to cover.")
        }
        Problem::Selection { .. } if options.pcr.is_none() => {
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
    signature: &[u8],
    form: SignatureForm,
) -> Result<SigningScheme, Error> {
    let scheme = match form {
        SignatureForm::Structure => {
            let signature = TpmtSignature::from_bytes(signature)
                .map_err(|error| Error::from(error).in_part(Part::Signature))?;
            SigningScheme::of_signature(&signature)
        }
        SignatureForm::Plain => match (key, options.scheme) {
            (PlainKey::Ecc { .. }, _) => SigningScheme::ecdsa(TpmAlgId::SHA256),
            (_, Scheme::Rsassa) => SigningScheme::rsassa(TpmAlgId::SHA256),
            (_, Scheme::Rsapss) => SigningScheme::rsapss(TpmAlgId::SHA256),
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
) -> Result<PcrFile<'a>, Stop<'a>> {
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

/// The error, for standard error: where, which check, what, what to do.
fn complain(name: &str, bytes: &[u8], error: &Error, help: Option<&str>) {
    if error.verdict() != Verdict::Malformed {
        say(&format!("tpm-quote: {name}: {}: {error}", error.check()));
        return;
    }
    say(&format!("tpm-quote: {name}: {error}"));
    say(&format!("help: {}", help.unwrap_or_else(|| error.help())));
    if let Some(seen) = kinds::looks_like(bytes) {
        say(&format!("note: {name} looks like {seen}"));
    }
}
