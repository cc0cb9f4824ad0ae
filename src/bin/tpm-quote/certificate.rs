//! Certificates of keys: options, files, and what there is to show of them.

use std::{
    ffi::{OsStr, OsString},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use clap::Args;
use memchr::memmem;
use serde_json::{Map, Value, json};
use tpm_quote::{
    AkCertificate, CertificateChain, Error, Name,
    evidence::{read_certificate_pem, read_time},
    verify::{Part, TpmIdentity, X509Certificate, certificate::Oid},
};

use crate::{
    input::Input,
    output::say,
    profile::{ProfileOptions, RequiredProfile},
    tree::Shown,
};

/// A certificate of the key.
#[derive(Args)]
pub(crate) struct CertificateOptions {
    /// Certificate of the key, in DER or PEM
    ///
    /// Those between it and the root may follow. It has to be for the key, to be in force,
    /// and to be what the profile requires. It says nothing of the key but its numbers:
    /// attributes are by the word of the sender.
    #[arg(long, value_name = "FILE", requires = "Roots")]
    ak_cert: Option<OsString>,

    /// Root certificates that are trusted, in DER or PEM; may be given several times
    #[arg(long, value_name = "FILE", requires = "ak_cert", group = "Roots")]
    ca: Vec<OsString>,

    /// When the certificates have to be in force, as 2030-01-01T00:00:00Z or in seconds
    /// since 1970; now, by the clock of this machine, if it is not given
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) at: Option<Duration>,

    /// Accept certificates that are signed with SHA-1: collisions can be made, and the
    /// report warns
    ///
    /// In a trust file, it is an option of the ak-ca lines that it is for.
    #[arg(long, requires = "ak_cert")]
    pub(crate) dangerous_sha1_certificates: bool,

    #[command(flatten)]
    profile: ProfileOptions,
}

/// What the options name, in DER.
pub(crate) struct Certificates {
    pub(crate) name: String,
    certificate: Vec<u8>,
    intermediates: Vec<Vec<u8>>,
    pub(crate) roots: Vec<Vec<u8>>,
    /// The file of each root.
    root_files: Vec<String>,
    pub(crate) at: Duration,
    /// Whether a certificate may be signed with SHA-1.
    pub(crate) allows_sha1: bool,
    profile: RequiredProfile,
}

/// A certificate, and those that follow it.
pub(crate) struct Chain {
    name: String,
    pub(crate) certificate: Vec<u8>,
    intermediates: Vec<Vec<u8>>,
}

impl Chain {
    fn read(file: &OsStr) -> Result<Self, String> {
        let input = Input::read_file(file)?;
        let mut all = ders(&input)?.into_iter();
        Ok(Self {
            certificate: all.next().unwrap_or_default(),
            intermediates: all.collect(),
            name: input.name,
        })
    }

    pub(crate) fn intermediates(&self) -> Vec<&[u8]> {
        self.intermediates.iter().map(Vec::as_slice).collect()
    }
}

/// The certificates in these files, and the file of each.
fn read_roots(files: &[OsString]) -> Result<(Vec<Vec<u8>>, Vec<String>), String> {
    let (mut roots, mut names) = (Vec::new(), Vec::new());
    for file in files {
        let input = Input::read_file(file)?;
        let ders = ders(&input)?;
        warn_of_unusable(&input.name, &ders);
        names.extend(ders.iter().map(|_| input.name.clone()));
        roots.extend(ders);
    }
    Ok((roots, names))
}

impl CertificateOptions {
    pub(crate) fn is_asked(&self) -> bool {
        self.ak_cert.is_some()
    }

    /// The certificate that is given, with those that follow it.
    pub(crate) fn chain(&self) -> Result<Option<Chain>, String> {
        self.ak_cert.as_deref().map(Chain::read).transpose()
    }

    /// `names` are those of the keys that are trusted.
    pub(crate) fn read(&self, names: &[Name]) -> Result<Option<Certificates>, String> {
        let profile = self.profile.required(names)?;
        // That of a trust file is read with it.
        if self.ak_cert.is_some() && self.ca.is_empty() {
            return Ok(None);
        }
        if self.ak_cert.is_none() && !self.ca.is_empty() {
            return Err("--ca needs --ak-cert".to_owned());
        }
        if self.ak_cert.is_none() && self.dangerous_sha1_certificates {
            return Err("--dangerous-sha1-certificates needs --ak-cert".to_owned());
        }
        let file = self.ak_cert.as_deref();
        let read = |file| {
            let certificates = Certificates::read(file, &self.ca, self.at)?;
            Ok(Certificates {
                allows_sha1: self.dangerous_sha1_certificates,
                profile,
                ..certificates
            })
        };
        file.map(read).transpose()
    }
}

impl Certificates {
    /// `at` is now if it is not given.
    pub(crate) fn read(
        file: &OsStr,
        roots: &[OsString],
        at: Option<Duration>,
    ) -> Result<Self, String> {
        let Chain {
            name,
            certificate,
            intermediates,
        } = Chain::read(file)?;
        let (roots, root_files) = read_roots(roots)?;
        Ok(Self {
            certificate,
            intermediates,
            roots,
            root_files,
            at: now(at)?,
            name,
            allows_sha1: false,
            profile: RequiredProfile::Tcg,
        })
    }

    /// The same for a chain that was read, if there is one. The roots are read in any case.
    pub(crate) fn of_chain(
        chain: Option<&Chain>,
        roots: &[OsString],
        at: Duration,
        profile: RequiredProfile,
    ) -> Result<Option<Self>, String> {
        let (roots, root_files) = read_roots(roots)?;
        Ok(chain.map(|chain| Self {
            name: chain.name.clone(),
            certificate: chain.certificate.clone(),
            intermediates: chain.intermediates.clone(),
            roots,
            root_files,
            at,
            allows_sha1: false,
            profile,
        }))
    }

    /// The file that an error about this part is about, if it is one of these.
    pub(crate) fn at_fault(&self, part: Part) -> Option<&str> {
        match part {
            Part::Certificate | Part::Intermediate(_) => Some(&self.name),
            Part::Root(number) => {
                let file = usize::from(number).checked_sub(1);
                file.and_then(|file| self.root_files.get(file))
                    .map(|name| &**name)
            }
            _ => None,
        }
    }

    pub(crate) fn intermediates(&self) -> Vec<&[u8]> {
        self.intermediates.iter().map(Vec::as_slice).collect()
    }

    pub(crate) fn verify<'c>(
        &'c self,
        intermediates: &'c [&'c [u8]],
    ) -> Result<AkCertificate<'c>, Error> {
        let chain = self.chain(intermediates).profile(self.profile.borrowed());
        AkCertificate::verify(&chain, &self.roots, self.at)
    }

    pub(crate) fn chain<'c>(&'c self, intermediates: &'c [&'c [u8]]) -> CertificateChain<'c> {
        let chain = CertificateChain::new(&self.certificate)
            .intermediates(intermediates)
            .strip_padding();
        if self.allows_sha1 {
            chain.dangerous_allow_sha1_signatures()
        } else {
            chain
        }
    }
}

/// The time, if it is given; else now.
pub(crate) fn now(at: Option<Duration>) -> Result<Duration, String> {
    let now = || SystemTime::now().duration_since(UNIX_EPOCH);
    match at {
        Some(at) => Ok(at),
        None => now().map_err(|_| "the clock shows a time before 1970: give --at".to_owned()),
    }
}

/// Says which of the roots cannot be used. They stand in the way of no other.
fn warn_of_unusable(file: &str, roots: &[Vec<u8>]) {
    let total = roots.len();
    for (number, root) in (1_u64..).zip(roots) {
        let problem = match X509Certificate::from_der(root) {
            Err(error) => error.to_string(),
            Ok(root) if !root.is_authority() => {
                "not the certificate of a certification authority".to_owned()
            }
            Ok(_) => continue,
        };
        say(&format!(
            "warning: {file}: certificate {number} of {total} cannot be a root: {problem}"
        ));
    }
}

/// The certificates in a file: any number in DER, one behind the other, or in PEM.
pub(crate) fn ders(input: &Input) -> Result<Vec<Vec<u8>>, String> {
    let name = &input.name;
    let Found {
        ders,
        form,
        padding,
    } = decode(&input.bytes).map_err(|error| format!("{name}: {error}"))?;
    let padding = match padding {
        0 => String::new(),
        1 => ", 1 byte of padding left out".to_owned(),
        count => format!(", {count} bytes of padding left out"),
    };
    say(&match ders.len() {
        1 => format!("{name}: certificate: {form}{padding}"),
        count => format!("{name}: {count} certificates: {form}{padding}"),
    });
    Ok(ders)
}

/// What is in a file.
struct Found {
    ders: Vec<Vec<u8>>,
    form: &'static str,
    /// How many bytes of padding follow, as in an NV index that is larger.
    padding: usize,
}

/// Whether the bytes have a line with which a block of PEM begins, whatever is around it.
/// A certificate in DER begins with bytes that no text has.
fn is_pem(bytes: &[u8]) -> bool {
    !matches!(bytes, [0x30, 0x80..=0x84, ..]) && memmem::find(bytes, b"-----BEGIN ").is_some()
}

fn decode(bytes: &[u8]) -> Result<Found, String> {
    let mut ders = Vec::new();
    if !is_pem(bytes) {
        let mut rest = bytes;
        while let Ok((der, behind)) = X509Certificate::split_der(rest) {
            ders.push(der.to_vec());
            rest = behind;
        }
        let is_padding = rest.iter().all(|byte| matches!(byte, 0x00 | 0xff));
        if ders.is_empty() || !is_padding {
            // It cannot be read, and the error says where.
            ders.push(rest.to_vec());
        }
        return Ok(Found {
            ders,
            form: "DER",
            padding: if is_padding { rest.len() } else { 0 },
        });
    }
    let mut text = bytes;
    let mut room = vec![0; bytes.len()];
    while !text.is_empty() {
        let (der, behind) = read_certificate_pem(text, &mut room).map_err(|error| {
            let which = ders.len().saturating_add(1);
            format!("certificate {which}: {error}\nhelp: {}", error.help())
        })?;
        ders.push(der.to_vec());
        text = behind;
    }
    Ok(Found {
        ders,
        form: "PEM",
        padding: 0,
    })
}

/// Whether the bytes are a certificate, as far as that can be told.
pub(crate) fn is_certificate(bytes: &[u8]) -> bool {
    let is_block = is_pem(bytes) && memmem::find(bytes, b"-----BEGIN CERTIFICATE-----").is_some();
    is_block || X509Certificate::split_der(bytes).is_ok()
}

/// What a certificate says of a TPM, or several of them.
pub(crate) fn read(bytes: &[u8]) -> Result<Shown, String> {
    let Found { ders, .. } = decode(bytes)?;
    let mut all = Vec::new();
    for der in &ders {
        let certificate = X509Certificate::from_der(der).map_err(|error| error.to_string())?;
        all.push(value(&certificate));
    }
    let value = match (all.pop(), all.is_empty()) {
        (Some(only), true) => only,
        (last, _) => {
            all.extend(last);
            all.into()
        }
    };
    Ok(Map::from_iter([
        ("type".to_owned(), "Certificate".into()),
        ("value".to_owned(), value),
    ]))
}

fn value(certificate: &X509Certificate<'_>) -> Value {
    let purposes = certificate.purposes().map(|purpose| match purpose {
        Oid::EK_CERTIFICATE => "tcg-kp-EKCertificate".to_owned(),
        Oid::AK_CERTIFICATE => "tcg-kp-AIKCertificate".to_owned(),
        other => other.to_string(),
    });
    // IBM's software TPM has another form there: the rest is shown all the same.
    let (specification, unreadable) = match certificate.specification() {
        Ok(specification) => (specification, None),
        Err(error) => (None, Some(error.to_string())),
    };
    let specification = specification.map(|specification| {
        json!({
            "family": specification.family,
            "level": specification.level,
            "revision": specification.revision,
        })
    });
    // An authority has none.
    let identity = certificate.identity().ok();
    let mut shown = json!({
        "issuer": certificate.issuer().to_string(),
        "subject": certificate.subject().to_string(),
        "extKeyUsage": purposes.collect::<Vec<_>>(),
        "tpm": identity.map(|identity| tpm(&identity)),
        "tpmSpecification": specification,
    });
    if let (Some(unreadable), Some(shown)) = (unreadable, shown.as_object_mut()) {
        shown.insert("unreadable".to_owned(), vec![unreadable].into());
    }
    shown
}

fn tpm(identity: &TpmIdentity<'_>) -> Value {
    json!({
        "tpmManufacturer": identity.manufacturer,
        "maker": identity.maker(),
        "tpmModel": identity.model,
        "tpmVersion": identity.version,
    })
}

/// A time, as the option `--at` has it.
pub(crate) fn time(text: &str) -> Result<Duration, &'static str> {
    read_time(text).ok_or("expected a time as 2030-01-01T00:00:00Z, or seconds since 1970")
}
