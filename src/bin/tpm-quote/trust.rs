//! `--trust FILE`: whose keys are trusted, in a file with a line for each machine or authority.

use std::{ffi::OsString, path::Path, time::Duration};

use clap::Args;
use tpm_quote::{
    AkCertificate, AttestationKey, Error, Name,
    evidence::{TrustAnchor, TrustFile, TrustLine, TrustProfile, TrustText},
    report::VouchedBy,
    verify::{HclReport, KeySummary, Part},
};

use crate::{
    certificate::{Certificates, Chain, now},
    hardware::Hardware,
    input::Input,
    key_file,
    options::public_area,
    profile::{ProfileName, RequiredProfile},
    trust_line::{Line, Lines, OwnedKey, Processors, Vouched},
};

/// Whose keys are trusted, in a file.
#[derive(Args)]
pub(crate) struct TrustOptions {
    /// A file that says whose keys are trusted, a line a machine or authority, as
    /// allowed_signers of ssh
    ///
    /// web-01 ak-name 000b.., web-02 ak-key FILE, fleet ak-ca FILE profile=google
    /// project=ID, lab certified-by FILE, vm hardware-root FILE measurement=HEX:
    /// the first line that holds is named in the report, and a key for which none
    /// holds is refused. Files are relative to it. docs/trust-file.md has all of it.
    #[arg(
        long,
        value_name = "FILE",
        groups = ["Roots", "Certifier"],
        conflicts_with_all = [
            "ak_name", "profile", "google_project", "google_instance", "azure_vm",
            "hardware_root"
        ]
    )]
    trust: Option<OsString>,

    /// The machine that has to have answered: only its lines of the trust file
    /// count, so that no other machine's key passes for its own
    #[arg(long, value_name = "NAME", requires = "trust")]
    machine: Option<String>,
}

/// A trust file, and what is in the files that its lines name.
pub(crate) struct Trust {
    /// The name of the file.
    pub(crate) name: String,
    lines: Vec<Line<Loaded>>,
    /// When keys are judged.
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
    Certifier(Input),
    Hardware(Hardware),
}

impl TrustOptions {
    pub(crate) fn is_asked(&self) -> bool {
        self.trust.is_some()
    }

    /// `chain` is the certificate of the key, if one is given; `at` is now if it is not given.
    pub(crate) fn read(
        &self,
        chain: Option<&Chain>,
        at: Option<Duration>,
    ) -> Result<Option<Trust>, String> {
        let Some(file) = &self.trust else {
            return Ok(None);
        };
        let input = Input::read_file(file)?;
        let read = TrustFile::parse(&input.bytes).map_err(|error| {
            let place = input.place(error.offset().unwrap_or(0));
            format!("{place}: {error}\nhelp: {}", error.help())
        })?;
        let at = now(at)?;
        let folder = Path::new(file).parent().unwrap_or(Path::new(""));
        let mut seen: Vec<String> = Vec::new();
        let mut lines = Vec::new();
        for line in read.lines() {
            // The same words again would change nothing.
            let text = input.bytes.get(line.offset..).unwrap_or_default();
            let text = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
            let text = String::from_utf8_lossy(text.trim_ascii()).into_owned();
            let place = input.place(line.offset);
            if seen.contains(&text) {
                return Err(format!("{place}: the line stands in the file already"));
            }
            seen.push(text);
            if self.machine.as_ref().is_some_and(|name| *name != line.name) {
                continue;
            }
            let loaded = load(&line, folder, chain, at);
            let loaded =
                loaded.map_err(|error| format!("{place}: {}: {error}", line.anchor.kind()))?;
            lines.push(Line::new(&line, loaded));
        }
        let name = input.name;
        match (&self.machine, lines.is_empty()) {
            (Some(machine), true) => Err(format!(
                "--machine: {name} has no line for {machine:?}\nhelp: Names are compared letter by letter."
            )),
            _ => Ok(Some(Trust { name, lines, at })),
        }
    }
}

/// Reads what a line names.
fn load(
    line: &TrustLine<'_>,
    folder: &Path,
    chain: Option<&Chain>,
    at: Duration,
) -> Result<Loaded, String> {
    let path = |file: &TrustText<'_>| folder.join(file.to_string()).into_os_string();
    let open = |file: &TrustText<'_>| Input::read_file(&path(file));
    Ok(match &line.anchor {
        TrustAnchor::AkName(name) => Loaded::Name([*name]),
        TrustAnchor::AkKey(file) => {
            let input = open(file)?;
            let mut room = Vec::new();
            let refused = |error: Error| format!("{}: {error}\nhelp: {}", input.name, error.help());
            let key = OwnedKey::of(key_file::key(&input, &mut room).map_err(refused)?);
            let (name, key) =
                key.ok_or_else(|| format!("{}: not an RSA or ECC key", input.name))?;
            Loaded::Key(name, key)
        }
        TrustAnchor::AkCa {
            file,
            profile,
            ak_name,
            allows_sha1,
        } => {
            let names: &[Name] = ak_name.as_slice();
            let profile = required(profile, names)?;
            let roots = [path(file)];
            // The file is read in any case, so that a wrong one shows.
            let mut certificates = Certificates::of_chain(chain, &roots, at, profile)?;
            if let Some(certificates) = &mut certificates {
                certificates.allows_sha1 = *allows_sha1;
            }
            Loaded::Ca(certificates, ak_name.map(|name| [name]))
        }
        TrustAnchor::CertifiedBy(file) => {
            let input = key_file::unpacked(open(file)?);
            pinned_certifier(&input)?;
            Loaded::Certifier(input)
        }
        TrustAnchor::HardwareRoot {
            file,
            measurements,
            id_keys,
            tcb,
        } => {
            let (measurements, id_keys) = (measurements.iter(), id_keys.iter());
            let (measurements, id_keys) = (measurements.collect(), id_keys.collect());
            let hardware = Hardware::read(&path(file), measurements, id_keys, Some(at))?;
            Loaded::Hardware(hardware.minimum_tcb(*tcb))
        }
        _ => return Err("not supported".to_owned()),
    })
}

fn required(profile: &TrustProfile<'_>, names: &[Name]) -> Result<RequiredProfile, String> {
    let (name, project, id, vm) = match profile {
        TrustProfile::Tcg => (ProfileName::Tcg, None, None, None),
        TrustProfile::Azure { vm } => (ProfileName::Azure, None, None, vm.as_ref()),
        TrustProfile::Google { project, instance } => {
            (ProfileName::Google, project.as_ref(), *instance, None)
        }
        TrustProfile::DangerousAnyPurpose => (ProfileName::DangerousAnyPurpose, None, None, None),
        _ => return Err("the profile is not supported".to_owned()),
    };
    let text = |text: &TrustText<'_>| text.to_string();
    RequiredProfile::new(name, (project.map(text), id), vm.map(text), names)
        .map_err(|_| "the profile vouches for the VMs of all customers".to_owned())
}

/// The key in a file, which is pinned by being given.
pub(crate) fn pinned_certifier(input: &Input) -> Result<AttestationKey<'_>, String> {
    let public = public_area(input)?;
    let name = Name::of_public(&public).unwrap_or(Name::EMPTY);
    AttestationKey::pinned(&public, &[name]).map_err(|error| {
        format!(
            "{}: no key to trust: {}: {error}\nhelp: {}",
            input.name,
            error.check(),
            error.help()
        )
    })
}

impl Trust {
    /// What each line has to vouch for a key; `intermediates` are those of the certificate.
    pub(crate) fn vouched<'a>(
        &'a self,
        intermediates: &'a [&'a [u8]],
    ) -> Result<Vec<Vouched<'a>>, String> {
        let vouched = self.lines.iter().map(|line| {
            Ok(match &line.loaded {
                Loaded::Name(name) => Vouched::Name(name),
                Loaded::Key(name, key) => {
                    Vouched::Key(name.as_ref().map(|name| &name[..]), key.borrowed())
                }
                Loaded::Ca(None, _) => Vouched::NoCertificate,
                Loaded::Ca(Some(certificates), name) => Vouched::Certificate(
                    Box::new(certificates.verify(intermediates)),
                    name.as_ref().map(|name| &name[..]),
                ),
                Loaded::Certifier(input) => Vouched::Certifier(Box::new(pinned_certifier(input)?)),
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

    /// Whether a line is judged by the time.
    pub(crate) fn is_dated(&self) -> bool {
        let mut lines = self.lines.iter();
        lines.any(|line| line.valid.0.is_some() || line.valid.1.is_some())
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

    /// The file that an error about a line is about, if it is one of the line's.
    pub(crate) fn at_fault(&self, error: &Error) -> Option<&str> {
        let (_, line) = Line::find(&self.lines, error.line())?;
        match (&line.loaded, error.part()) {
            (
                Loaded::Ca(Some(certificates), _),
                part @ (Part::Certificate | Part::Intermediate(_) | Part::Root(_)),
            ) => certificates.at_fault(part),
            (Loaded::Hardware(hardware), part) if Hardware::has(part) => Some(hardware.name()),
            _ => None,
        }
    }
}
