//! The options about a processor that has to vouch for the key.

use alloc::{format, string::String, vec::Vec};

use tpm_quote_shared::{Hardware, HardwareSettings, shown};

use crate::{
    failure::{Failure, camel},
    options::Options,
    reading::unread_certificates,
    terms::{several, time},
    values::{bytes, content, text},
};

/// The options about a processor. Only evidence with its report can have them.
pub(crate) const OF_HARDWARE: [&str; 4] = [
    "hardwareRoot",
    "hardwareMeasurement",
    "hardwareIdKey",
    "hardwareTcb",
];

/// A processor that has to vouch for the key in the evidence. The loader says what time it is.
pub(crate) fn hardware(options: &mut Options<'_>) -> Result<Option<Hardware>, Failure> {
    let digests = |options: &mut Options<'_>, name: &'static str| match options.take(name) {
        None => Ok(Vec::new()),
        Some(given) => {
            let digests = several(&given).iter().map(|one| bytes(name, one));
            digests.collect::<Result<Vec<_>, Failure>>()
        }
    };
    let root = options.take("hardwareRoot");
    let measurements = digests(options, "hardwareMeasurement")?;
    let id_keys = digests(options, "hardwareIdKey")?;
    let tcb = options.take("hardwareTcb");
    let Some(root) = root else {
        for (name, given) in [
            ("hardwareMeasurement", !measurements.is_empty()),
            ("hardwareIdKey", !id_keys.is_empty()),
            ("hardwareTcb", tcb.is_some()),
        ] {
            if given {
                return Err(options.requires(name, "hardwareRoot"));
            }
        }
        return Ok(None);
    };
    for other in ["akNames", "certifiedBy", "akCert", "trust"] {
        if options.has(other) {
            return Err(options.wrong(&format!("takes 'hardwareRoot' or '{other}', not both")));
        }
    }
    if measurements.is_empty() && id_keys.is_empty() {
        return Err(options.wrong("needs 'hardwareMeasurement' or 'hardwareIdKey' for 'hardwareRoot': any guest gets a report of its processor"));
    }
    let tcb = tcb.map(|given| text("hardwareTcb", &given).map(String::from));
    let tcb = tcb.transpose()?;
    let roots = content("hardwareRoot", &root)?;
    let (at, now) = (options.take("at"), options.take("now"));
    let settings = HardwareSettings {
        roots: roots.to_vec(),
        measurements,
        id_keys,
        tcb: tcb.clone(),
        at: time(options, at.or(now))?,
    };
    settings.read().map(Some).map_err(|(setting, problem)| {
        let text = format!("{}: {problem}", camel(setting));
        match (setting, tcb) {
            ("hardware_root", _) => match unread_certificates(roots) {
                Some(error) => Failure::unread(error, text),
                None => Failure::Range(text),
            },
            ("hardware_tcb", Some(tcb)) => Failure::Range(format!("{text}, not {}", shown(&tcb))),
            _ => Failure::Range(text),
        }
    })
}
