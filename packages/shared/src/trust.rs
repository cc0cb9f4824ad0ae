//! [`Trust`]: whose keys are trusted, in a file with a line for each machine or authority.

use alloc::{
    borrow::ToOwned,
    boxed::Box,
    format,
    string::{String, ToString},
    vec,
    vec::Vec,
};
use core::time::Duration;

use tpm_quote::{
    AkCertificate, Error, Name,
    evidence::{TrustAnchor, TrustFile, TrustLine, TrustProfile, TrustText, read_key},
    report::VouchedBy,
    verify::{HclReport, KeySummary},
};

use crate::{
    certificates::{Certificates, ProfileTerms, ders},
    hardware::{Hardware, HardwareSettings},
    policy::{place, without_place},
    structures,
    trust_line::{Line, Lines, OwnedKey, Processors, Vouched},
    wanted::trusted,
};

/// A trust file, and what has to be known to judge by it.
pub struct TrustSettings<'a> {
    /// The name of the file, `-` for what is none.
    pub name: &'a str,
    pub text: &'a [u8],
    /// The machine whose lines count; all of them without it.
    pub machine: Option<String>,
    /// The certificate of the key, in DER or PEM, with those between it and a root behind it.
    pub certificate: Option<&'a [u8]>,
    /// When keys are judged, since 1970.
    pub at: Duration,
}

/// Why a trust file cannot be used.
pub enum TrustUnusable<E> {
    /// What is wrong with it, and where, as text.
    Text(String),
    /// This file, which a line names, cannot be had.
    File(E),
}

/// A trust file, and what is in the files that its lines name.
pub struct Trust {
    name: String,
    lines: Vec<Line<Loaded>>,
    /// The files that its lines name, be it lines that count or not.
    files: Vec<String>,
    /// The certificate of the key, and those behind it.
    chain: Vec<Vec<u8>>,
    at: Duration,
}

/// What vouches for the key.
enum Loaded {
    /// One of these Names.
    Name([Name; 1]),
    /// This key, and its Name where it has one.
    Key(Option<[Name; 1]>, OwnedKey),
    /// A certificate, if one is given, and a Name where the line asks for it.
    Ca(Option<Certificates>, Option<[Name; 1]>),
    /// The public area of a key that certifies.
    Certifier(Vec<u8>),
    Hardware(Hardware),
}

impl<E> From<String> for TrustUnusable<E> {
    fn from(problem: String) -> Self {
        Self::Text(problem)
    }
}

impl TrustSettings<'_> {
    /// Reads the file. `file` gives what is in a file with a name that stands in it.
    ///
    /// # Errors
    /// See [`TrustUnusable`].
    pub fn read<E>(
        self,
        file: &mut dyn FnMut(&str) -> Result<Vec<u8>, E>,
    ) -> Result<Trust, TrustUnusable<E>> {
        let text = self.text;
        let read = TrustFile::parse(text).map_err(|error| {
            let place = place(text, error.offset().unwrap_or(0));
            format!(
                "trust: {place}: {}. {}",
                without_place(&error),
                error.help()
            )
        })?;
        let chain = self.certificate.map(ders).transpose();
        let chain = chain.map_err(|error| format!("ak_cert: {}", explained(&error)))?;
        let (mut seen, mut lines, mut files) = (Vec::new(), Vec::new(), Vec::new());
        for line in read.lines() {
            let place = place(text, line.offset);
            // The same words again would change nothing.
            let words = text.get(line.offset..).unwrap_or_default();
            let words = words.split(|byte| *byte == b'\n').next();
            let words = words.unwrap_or_default().trim_ascii();
            if seen.contains(&words) {
                let problem = format!("trust: {place}: the line stands in the file already");
                return Err(problem.into());
            }
            seen.push(words);
            files.extend(named(&line.anchor));
            if self.machine.as_ref().is_some_and(|name| *name != line.name) {
                continue;
            }
            let loaded = load(&line, file, chain.as_deref(), self.at);
            let loaded = loaded.map_err(|unusable| match unusable {
                TrustUnusable::Text(problem) => {
                    let kind = line.anchor.kind();
                    format!("trust: {place}: {kind}: {problem}").into()
                }
                file @ TrustUnusable::File(_) => file,
            })?;
            lines.push(Line::new(&line, loaded));
        }
        if let (Some(machine), true) = (&self.machine, lines.is_empty()) {
            let problem = format!(
                "machine: the trust file has no line for {machine:?}: names are compared letter by letter"
            );
            return Err(problem.into());
        }
        Ok(Trust {
            name: self.name.to_owned(),
            lines,
            files,
            chain: chain.unwrap_or_default(),
            at: self.at,
        })
    }
}

fn explained(error: &Error) -> String {
    format!("{error}. {}", error.help())
}

/// The file that a line names.
fn named(anchor: &TrustAnchor<'_>) -> Option<String> {
    match anchor {
        TrustAnchor::AkKey(file)
        | TrustAnchor::CertifiedBy(file)
        | TrustAnchor::AkCa { file, .. }
        | TrustAnchor::HardwareRoot { file, .. } => Some(file.to_string()),
        _ => None,
    }
}

/// Reads what a line names.
fn load<E>(
    line: &TrustLine<'_>,
    file: &mut dyn FnMut(&str) -> Result<Vec<u8>, E>,
    chain: Option<&[Vec<u8>]>,
    at: Duration,
) -> Result<Loaded, TrustUnusable<E>> {
    let mut open = |name: &TrustText<'_>| {
        let name = name.to_string();
        let bytes = file(&name).map_err(TrustUnusable::File)?;
        Ok::<_, TrustUnusable<E>>((name, bytes))
    };
    Ok(match &line.anchor {
        TrustAnchor::AkName(name) => Loaded::Name([*name]),
        TrustAnchor::AkKey(file) => {
            let (file, bytes) = open(file)?;
            known_key(&bytes).map_err(|problem| format!("{file}: {problem}"))?
        }
        TrustAnchor::AkCa {
            file,
            profile,
            ak_name,
            allows_sha1,
        } => {
            // The file is read in any case, so that a wrong one shows.
            let (file, bytes) = open(file)?;
            let roots = ders(&bytes).map_err(|error| format!("{file}: {}", explained(&error)))?;
            let profile = required(profile);
            let is_complete = profile.check(ak_name.is_some()).is_ok();
            let incomplete = || "the profile vouches for the VMs of all customers".to_owned();
            let profile = is_complete.then_some(profile).ok_or_else(incomplete)?;
            let certificates = chain.map(|chain| {
                let certificates = Certificates::of_chain(chain, roots, at, profile);
                match allows_sha1 {
                    true => certificates.dangerous_allow_sha1(),
                    false => certificates,
                }
            });
            Loaded::Ca(certificates, ak_name.map(|name| [name]))
        }
        TrustAnchor::CertifiedBy(file) => {
            let (file, bytes) = open(file)?;
            let key = structures::public(&bytes).and_then(|public| trusted(&public).map(|_| ()));
            key.map_err(|error| format!("{file}: no key to trust: {}", explained(&error)))?;
            Loaded::Certifier(bytes)
        }
        TrustAnchor::HardwareRoot {
            file,
            measurements,
            id_keys,
            tcb,
        } => {
            let (file, roots) = open(file)?;
            let settings = HardwareSettings {
                roots,
                measurements: measurements.iter().map(|digest| digest.to_vec()).collect(),
                id_keys: id_keys.iter().map(|digest| digest.to_vec()).collect(),
                tcb: None,
                at,
            };
            let hardware = settings.read();
            let hardware = hardware.map_err(|(_, problem)| format!("{file}: {problem}"))?;
            Loaded::Hardware(hardware.minimum_tcb(*tcb))
        }
        _ => return Err("not supported".to_owned().into()),
    })
}

/// A key in any form.
fn known_key(bytes: &[u8]) -> Result<Loaded, String> {
    let mut room = vec![0; bytes.len()];
    let (_, key) = read_key(bytes, &mut room).map_err(|error| explained(&error))?;
    let (name, key) = OwnedKey::of(key).ok_or_else(|| "not an RSA or ECC key".to_owned())?;
    Ok(Loaded::Key(name, key))
}

fn required(profile: &TrustProfile<'_>) -> ProfileTerms {
    let text = |text: &TrustText<'_>| text.to_string();
    let named = |name: &str| ProfileTerms {
        name: Some(name.to_owned()),
        ..ProfileTerms::default()
    };
    match profile {
        TrustProfile::Azure { vm } => ProfileTerms {
            azure_vm: vm.as_ref().map(text),
            ..named("azure")
        },
        TrustProfile::Google { project, instance } => ProfileTerms {
            google_project: project.as_ref().map(text),
            google_instance: *instance,
            ..named("google")
        },
        TrustProfile::DangerousAnyPurpose => named("dangerous-any-purpose"),
        _ => named("tcg"),
    }
}

impl Trust {
    /// Whether a line names this file.
    #[must_use]
    pub fn names_file(&self, name: &str) -> bool {
        self.files.iter().any(|file| file == name)
    }

    pub(crate) fn intermediates(&self) -> Vec<&[u8]> {
        self.chain.iter().skip(1).map(Vec::as_slice).collect()
    }

    /// The certificate of the key; empty if none is given.
    pub(crate) fn certificate_beside(&self) -> &[u8] {
        self.chain.first().map(Vec::as_slice).unwrap_or_default()
    }

    /// What each line has to vouch for a key; `intermediates` are those of the certificate.
    pub(crate) fn vouched<'a>(
        &'a self,
        intermediates: &'a [&'a [u8]],
    ) -> Result<Vec<Vouched<'a>>, Error> {
        let vouched = self.lines.iter().map(|line| {
            Ok(match &line.loaded {
                Loaded::Name(name) => Vouched::Name(name),
                Loaded::Key(name, key) => {
                    Vouched::Key(name.as_ref().map(|name| &name[..]), key.borrowed())
                }
                Loaded::Ca(None, _) => Vouched::NoCertificate,
                Loaded::Ca(Some(certificates), name) => {
                    let name = name.as_ref().map(|name| &name[..]);
                    let names = name.unwrap_or_default();
                    let verified = certificates.verify(intermediates, names);
                    Vouched::Certificate(Box::new(verified), name)
                }
                Loaded::Certifier(bytes) => {
                    Vouched::Certifier(Box::new(trusted(&structures::public(bytes)?)?))
                }
                Loaded::Hardware(_) => Vouched::Hardware,
            })
        });
        vouched.collect()
    }

    /// The lines as anchors. What a processor says is in the evidence.
    pub(crate) fn lines<'a>(
        &self,
        vouched: &'a [Vouched<'a>],
        hardware: Option<(&'a HclReport<'a>, &'a Processors<'a>)>,
    ) -> Lines<'a> {
        Lines::of(&self.lines, vouched, self.at, hardware)
    }

    /// The processors that lines name, with their numbers.
    pub(crate) fn hardware(&self) -> impl Iterator<Item = (u32, &Hardware)> {
        self.lines.iter().filter_map(|line| match &line.loaded {
            Loaded::Hardware(hardware) => Some((line.number, hardware)),
            _ => None,
        })
    }

    /// The line that vouches for the key, for the report.
    pub(crate) fn vouched_by(&self, key: &KeySummary) -> Option<VouchedBy<'_>> {
        Line::vouched_by(&self.lines, &self.name, key)
    }

    /// The certificate by which that line vouches for it.
    pub(crate) fn certificate<'a>(
        &self,
        vouched: &'a [Vouched<'a>],
        key: &KeySummary,
    ) -> Option<&'a AkCertificate<'a>> {
        Line::certificate(&self.lines, vouched, key)
    }
}
