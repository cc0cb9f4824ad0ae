//! `tpm-quote attest`: the other kinds of attestation.

mod expected;

use std::ffi::OsString;

use clap::{Args, ValueEnum};
use tpm_quote::{
    Check, Error, Name, Nonce, Problem, Verdict,
    report::Report,
    types::TpmaObject,
    verify::{ObjectRules, Part, SignedAttest},
};

use self::expected::{Expected, Index};
use crate::{
    diagnosis::{Diagnosis, explained},
    input::Input,
    key_file::unpacked,
    kinds::looks_like,
    named::{Key, KeyOptions, Named, Signature, read_key},
    options::{
        HexBytes, Request, attestation, creation_data, hex_bytes, key_name, nv_public, public_area,
    },
    output::{Format, Verbosity, print},
    policy::{Hierarchy, Policy, Required, ancestry},
    wrong,
};

/// Verify another attestation than a quote: of an object, of its creation, of an NV index,
/// of time, of an audit
#[derive(Args)]
#[command(
    long_about = "Verify another attestation than a quote, by the key that is given. \
Nothing is asked of a TPM or of the network.

The key and the signature have the forms that `tpm-quote check` reads, MESSAGE is a \
TPM2B_ATTEST or TPMS_ATTEST. What they were taken for is said on standard error.",
    after_long_help = "What each kind proves, and what it needs:
  certify   TPM2_Certify: the object is in the TPM that has the key, with exactly \
this public area (--object)
  creation  TPM2_CertifyCreation: that TPM made the object (--object), in the way \
that the creation data tell (--creation-data)
  nv        TPM2_NV_Certify: what the NV index (--nv-public or --nv-name) holds, or \
its digest
  time      TPM2_GetTime: clock, counters and firmware version, never obfuscated
  audit     TPM2_GetSessionAuditDigest, TPM2_GetCommandAuditDigest: which commands \
the TPM ran and what it answered, as a digest

What the report says of the key, which counts as known to you because you name it:
  pinned      All of its public area is known, and was judged.
  pinned-key  Only its numbers are known, as with PEM. Its attributes are not, \
and with them whether it signs only what a TPM made: give the TPM's own form.
  certified, created, certificate
              The key of --certified-by, or the certificate of --ak-cert, vouches \
for it instead of you.
  certificate-key
              The certificate vouches for its numbers, and nothing else is known.

The report has the keys of that of `tpm-quote verify`, and one more, attest: what was \
attested. Exit status:
  0  verified
  1  rejected or unsupported: everything can be read, but a check failed, or an \
algorithm is not supported
  2  something cannot be read, or the options are wrong. Wrong options and files \
that are missing print no report

Example:
  tpm-quote attest --kind certify -u ak.pub -m certify.attest -s certify.sig \\
      --nonce 00ff55aa --object key.pub --format json"
)]
pub(crate) struct Options {
    /// What has to have been attested
    #[arg(long, value_enum)]
    kind: Kind,

    #[command(flatten)]
    key: KeyOptions,

    /// What the key signed
    #[arg(short, long, value_name = "MESSAGE")]
    message: OsString,

    /// The signature
    #[arg(short, long, value_name = "SIGNATURE")]
    signature: OsString,

    #[command(flatten)]
    request: Request,

    /// Take an attestation that has no nonce, for which none was asked: nothing shows when
    /// it was made, and the report says so
    #[arg(long, group = "Request")]
    dangerous_no_nonce: bool,

    /// certify, creation: public area of the object (TPM2B_PUBLIC or TPMT_PUBLIC)
    #[arg(long, value_name = "FILE")]
    object: Option<OsString>,

    /// certify, creation: the hierarchy in which the object has to stand
    #[arg(long, value_enum, value_name = "HIERARCHY", requires = "object")]
    object_hierarchy: Option<Hierarchy>,

    /// certify, creation: public area of an object between that hierarchy and the
    /// object, from the hierarchy downwards; may be given several times
    #[arg(long, value_name = "FILE", requires = "object_hierarchy")]
    object_parent: Vec<OsString>,

    /// certify, creation: attributes that the object must have, as
    /// fixedTPM,fixedParent,sensitiveDataOrigin
    #[arg(
        long,
        value_name = "LIST",
        value_delimiter = ',',
        value_parser = attribute,
        requires = "object"
    )]
    object_has: Vec<TpmaObject>,

    /// certify, creation: attributes that the object must not have, as restricted
    #[arg(
        long,
        value_name = "LIST",
        value_delimiter = ',',
        value_parser = attribute,
        requires = "object"
    )]
    object_lacks: Vec<TpmaObject>,

    /// certify, creation: the object must be a strong key: RSA with 2048, 3072 or 4096
    /// bits, or ECC on P-256, P-384 or P-521
    #[arg(long, requires = "object")]
    object_strong_key: bool,

    /// Accept an attestation that does not name its signer, as some WebAuthn statements:
    /// the report warns
    #[arg(long)]
    allow_empty_signer: bool,

    /// creation: what the TPM gave when it made the object (TPM2B_CREATION_DATA or
    /// TPMS_CREATION_DATA)
    #[arg(long, value_name = "FILE", requires = "object")]
    creation_data: Option<OsString>,

    /// creation: what has to have been sent along when the object was made
    #[arg(long, value_name = "HEX", value_parser = hex_bytes, requires = "creation_data")]
    outside_info: Option<HexBytes>,

    /// nv: public area of the index (TPM2B_NV_PUBLIC or TPMS_NV_PUBLIC), as it was then:
    /// its name changes when it is written for the first time or locked
    #[arg(long, value_name = "FILE")]
    nv_public: Option<OsString>,

    /// nv: the name of the index, where its public area is not at hand: tpm2_nvreadpublic
    /// shows the name, and writes no file
    #[arg(long, value_name = "HEX", value_parser = key_name, conflicts_with = "nv_public")]
    nv_name: Option<Name>,

    /// nv: what the index has to hold, as bytes
    #[arg(long, value_name = "FILE")]
    contents: Option<OsString>,

    /// nv: where these contents begin in the index, in bytes
    #[arg(long, value_name = "BYTES", requires = "contents")]
    offset: Option<u16>,

    /// audit: the digest that has to have been signed
    #[arg(long, value_name = "HEX", value_parser = hex_bytes)]
    audit_digest: Option<HexBytes>,

    /// audit of commands: the codes of all commands that are audited, as
    /// 00000140,0000017b
    #[arg(long, value_name = "HEX", value_delimiter = ',', value_parser = command_code)]
    audit_commands: Vec<u32>,

    /// audit of a session: no other command may have come between
    #[arg(long, conflicts_with = "audit_commands")]
    exclusive: bool,

    #[command(flatten)]
    policy: Policy,

    /// The report, on standard output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,

    #[command(flatten)]
    verbosity: Verbosity,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// An object
    Certify,
    /// How an object was made
    Creation,
    /// What an NV index holds
    Nv,
    /// Time and clock
    Time,
    /// Commands that were run
    Audit,
}

fn command_code(text: &str) -> Result<u32, String> {
    u32::from_str_radix(text, 16)
        .ok()
        .filter(|_| text.len() == 8 && !text.starts_with('+'))
        .ok_or_else(|| "expected 8 hexadecimal digits".to_owned())
}

/// An attribute by its name in the specification; upper and lower case are alike, as
/// tpm2-tools write only the latter.
fn attribute(text: &str) -> Result<TpmaObject, String> {
    let known = TpmaObject::NAMES.iter();
    let mut named = known.filter(|(_, name)| name.eq_ignore_ascii_case(text));
    named
        .next()
        .map(|(attribute, _)| *attribute)
        .ok_or_else(|| {
            let names: Vec<_> = TpmaObject::NAMES.iter().map(|(_, name)| *name).collect();
            format!("expected one of {}", names.join(", "))
        })
}

impl Kind {
    fn needs<'a, T>(self, option: &str, given: &'a Option<T>) -> Result<&'a T, String> {
        let needed = || format!("--kind {} needs {option}", self.name());
        given.as_ref().ok_or_else(needed)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Certify => "certify",
            Self::Creation => "creation",
            Self::Nv => "nv",
            Self::Time => "time",
            Self::Audit => "audit",
        }
    }
}

/// Runs the command and gives the exit status, or why there is no report.
pub(crate) fn run(options: &Options) -> Result<u8, String> {
    options.fit()?;
    let nonce = if options.dangerous_no_nonce {
        Nonce::dangerous_none()
    } else {
        options.request.nonce()?
    };
    options.policy.fit_files(!options.dangerous_no_nonce)?;
    let files = Files::read(options)?;
    let expected = files.expected(options)?;
    options.policy.with(None, |required| {
        let verifier = required.verifier();
        let mut room = Vec::new();
        let key = match &files.public {
            Some(file) => read_key(file, &mut room),
            None => Ok(Key::OfCertificate),
        };
        let named = match &key {
            Ok(key) => {
                let signature = Signature::File(&files.signature);
                options.key.judge(key, signature, (required, nonce))?
            }
            Err(error) => (*error).into(),
        };
        let Named {
            key: judged,
            signature,
        } = named;
        let of_key = judged.key().copied();
        let mut policy = required.of_attest(nonce);
        if options.allow_empty_signer {
            policy = policy.allow_empty_signer();
        }
        let signed = files.attest().and_then(|attest| {
            let signature = signature?;
            Ok(SignedAttest { attest, signature })
        });
        Ok(expected.appraise(
            judged,
            signed,
            (&verifier, &policy),
            |report: Report<'_>, error| {
                let diagnosis = error.map(|error| {
                    let assumed = match &key {
                        Ok(key) if error.check() == Check::Signature => {
                            options.key.assumed(key, &files.signature, required)
                        }
                        _ => None,
                    };
                    diagnosis(&files, required, error).note(assumed)
                });
                if let Some(diagnosis) = &diagnosis {
                    diagnosis.say();
                }
                let report = report
                    .source(&files.message.name)
                    .form(Some(options.kind.name()))
                    .certificate(required.certificate(of_key.as_ref()))
                    .vouched_by(required.vouched_by(of_key.as_ref()));
                explained(diagnosis.as_ref(), report, |report| {
                    print(report, options.format, &options.verbosity)
                })
            },
        ))
    })
}

/// What there is to say of an error.
fn diagnosis<'a>(files: &'a Files, required: &Required<'a>, error: &'a Error) -> Diagnosis<'a> {
    let file = files.at_fault(error);
    let input = file.unwrap_or(&files.message);
    let diagnosis = match required.at_fault(error) {
        Some(name) => return Diagnosis::of_file(error, name),
        None => Diagnosis::of(error, input),
    };
    if matches!(error.problem(), Problem::WrongFile { .. }) {
        return diagnosis;
    }
    // The signature of something else does not hold either.
    let seen = file.or(Some(&files.message).filter(|_| error.check() == Check::Signature));
    let seen = seen.and_then(|file| looks_like(&file.bytes));
    let seen = seen.filter(|seen| !seen.ends_with("_ATTEST"));
    diagnosis.note(seen.map(|seen| format!("{} looks like {seen}", input.name)))
}

impl Options {
    /// An option that would not be looked at is an error.
    fn fit(&self) -> Result<(), String> {
        use Kind::{Audit, Certify, Creation, Nv};
        let options = [
            ("--object", self.object.is_some(), &[Certify, Creation][..]),
            ("--creation-data", self.creation_data.is_some(), &[Creation]),
            ("--nv-public", self.nv_public.is_some(), &[Nv]),
            ("--nv-name", self.nv_name.is_some(), &[Nv]),
            ("--contents", self.contents.is_some(), &[Nv]),
            ("--audit-digest", self.audit_digest.is_some(), &[Audit]),
            (
                "--audit-commands",
                !self.audit_commands.is_empty(),
                &[Audit],
            ),
            ("--exclusive", self.exclusive, &[Audit]),
        ];
        let misplaced = options
            .into_iter()
            .find(|(_, given, kinds)| *given && !kinds.contains(&self.kind));
        match misplaced {
            Some((option, ..)) => Err(format!("{option} is not for --kind {}", self.kind.name())),
            None => Ok(()),
        }
    }
}

impl Options {
    fn object_rules(&self) -> ObjectRules {
        let all = |list: &[TpmaObject]| {
            let none = TpmaObject::EMPTY;
            list.iter()
                .fold(none, |all, attribute| all.union(*attribute))
        };
        let rules = ObjectRules::new()
            .require(all(&self.object_has))
            .forbid(all(&self.object_lacks));
        if self.object_strong_key {
            rules.require_strong_key()
        } else {
            rules
        }
    }
}

/// What the options name.
struct Files {
    public: Option<Input>,
    message: Input,
    signature: Input,
    object: Option<Input>,
    creation_data: Option<Input>,
    nv_public: Option<Input>,
    contents: Option<Input>,
}

impl Files {
    fn read(options: &Options) -> Result<Self, String> {
        let optional = |file: &Option<OsString>| file.as_deref().map(Input::read_file).transpose();
        Ok(Self {
            public: options.key.file()?,
            message: Input::read_file(&options.message)?,
            signature: Input::read_file(&options.signature)?,
            object: optional(&options.object)?.map(unpacked),
            creation_data: optional(&options.creation_data)?,
            nv_public: optional(&options.nv_public)?,
            contents: optional(&options.contents)?,
        })
    }

    fn expected<'a>(&'a self, options: &'a Options) -> Result<Expected<'a>, String> {
        let bytes = |hex: &'a Option<HexBytes>| hex.as_ref().map(|hex| &*hex.0);
        let kind = options.kind;
        let ancestry = ancestry(options.object_hierarchy, &options.object_parent)?;
        Ok(match kind {
            Kind::Certify => Expected::Certify {
                object: public_area(kind.needs("--object", &self.object)?)?,
                ancestry,
                rules: options.object_rules(),
            },
            Kind::Creation => Expected::Creation {
                object: public_area(kind.needs("--object", &self.object)?)?,
                data: creation_data(kind.needs("--creation-data", &self.creation_data)?)?,
                ancestry,
                rules: options.object_rules(),
                outside_info: bytes(&options.outside_info),
            },
            Kind::Nv => Expected::Nv {
                index: match options.nv_name {
                    Some(name) => Index::Name(name),
                    None => {
                        let file = kind.needs("--nv-public or --nv-name", &self.nv_public)?;
                        Index::Public(nv_public(file)?)
                    }
                },
                offset: options.offset,
                contents: self.contents.as_ref().map(|input| &*input.bytes),
            },
            Kind::Time => Expected::Time,
            Kind::Audit => Expected::Audit {
                digest: bytes(&options.audit_digest),
                commands: &options.audit_commands,
                exclusive: options.exclusive,
            },
        })
    }

    /// The file of which a structure cannot be read.
    fn at_fault(&self, error: &Error) -> Option<&Input> {
        match error.part() {
            _ if error.verdict() != Verdict::Malformed => None,
            Part::Key | Part::KeyFile => self.public.as_ref(),
            Part::Attest | Part::Signed => Some(&self.message),
            Part::Signature => Some(&self.signature),
            _ => None,
        }
    }

    fn attest(&self) -> Result<&[u8], Error> {
        wrong::message(&self.message)?;
        wrong::signature(&self.signature)?;
        attestation(&self.message).map_err(|unreadable| unreadable.in_part(Part::Attest))
    }
}
