//! `--policy FILE`: what the options say, in a file. Its settings become options before the
//! options are read, so that each means the same in both; the rules for a boot have no options.

use std::{
    ffi::{OsStr, OsString},
    path::Path,
    sync::OnceLock,
};

use tpm_quote::{
    Error,
    evidence::{PolicyFile, PolicySetting, PolicyValue},
};

use super::{allow::digest_of_file, boot::BootRules};
use crate::input::Input;

/// The commands that have a policy.
const COMMANDS: [&str; 4] = ["verify", "check", "attest", "baseline"];
/// What only some of them have.
const OF_SOME: &[(&str, &[&str])] = &[
    ("tier", &["verify"]),
    ("require_pcrs", &["verify", "check", "baseline"]),
    ("baseline", &["verify", "check"]),
    ("allow_suffix", &["verify", "check", "baseline"]),
    ("allow_padding", &["verify", "check", "baseline"]),
    ("hardware_root", &["check"]),
    ("hardware_measurement", &["check"]),
    ("hardware_id_key", &["check"]),
    ("hardware_tcb", &["check"]),
    ("ima_allow", &["verify", "check", "baseline"]),
    ("ima_key", &["verify", "check", "baseline"]),
    ("ima_require", &["verify", "check", "baseline"]),
    ("ima_require_policy", &["verify", "check", "baseline"]),
    ("dangerous_ima_violations", &["verify", "check", "baseline"]),
];
/// Those that have rules for a boot.
const OF_BOOTS: &[&str] = &["verify", "check"];

/// The rules for a boot, and the name of the file that has them.
static RULES: OnceLock<(BootRules, String)> = OnceLock::new();

/// The rules for a boot, if the policy file has any.
pub(super) fn boot_rules() -> Option<&'static BootRules> {
    RULES.get().map(|(rules, _)| rules)
}

/// The name of the file that has them.
pub(super) fn boot_rules_file() -> Option<&'static str> {
    RULES.get().map(|(_, name)| name.as_str())
}

/// Arguments, with the settings of the policy file as options among them, and its name.
pub(crate) struct Expanded {
    pub(crate) args: Vec<OsString>,
    pub(crate) file: Option<String>,
}

/// Puts the settings of a policy file behind `--policy`.
pub(crate) fn expanded(args: Vec<OsString>) -> Result<Expanded, String> {
    let command = args.get(1).and_then(|arg| arg.to_str()).unwrap_or_default();
    let end = args.iter().position(|arg| arg == "--");
    let (options, behind) = args
        .split_at_checked(end.unwrap_or(args.len()))
        .unwrap_or_default();
    let found = COMMANDS.contains(&command).then(|| find(options)).flatten();
    let Some((at, file)) = found else {
        return Ok(Expanded { args, file: None });
    };
    let input = Input::read_file(&file)?;
    let settings = Settings::read(&input, &file, command, options)?;
    let (before, after) = options.split_at_checked(at).unwrap_or_default();
    let args = [before, &settings.options, after, behind].concat();
    if let Some(rules) = settings.rules {
        let _ = RULES.set((rules, input.name.clone()));
    }
    Ok(Expanded {
        args,
        file: Some(input.name),
    })
}

/// The file that `--policy` names, and the place behind it.
fn find(options: &[OsString]) -> Option<(usize, OsString)> {
    let at = options.iter().position(|arg| {
        let text = arg.to_string_lossy();
        text == "--policy" || text.starts_with("--policy=")
    })?;
    let option = options.get(at)?;
    let after = at.checked_add(1)?;
    match option
        .to_str()
        .and_then(|text| text.strip_prefix("--policy="))
    {
        Some(file) => Some((after, file.into())),
        None => Some((after.checked_add(1)?, options.get(after)?.clone())),
    }
}

/// What a policy file has.
struct Settings {
    options: Vec<OsString>,
    rules: Option<BootRules>,
}

impl Settings {
    fn read(
        input: &Input,
        file: &OsStr,
        command: &str,
        given: &[OsString],
    ) -> Result<Self, String> {
        let policy = PolicyFile::parse(&input.bytes).map_err(|error| refused(input, &error))?;
        let folder = Path::new(file).parent().unwrap_or(Path::new(""));
        let mut settings = Self {
            options: Vec::new(),
            rules: None,
        };
        let mut result = Ok(());
        policy.for_each(&mut |setting| {
            if result.is_ok() {
                let added = settings.add(&setting, folder, command, given);
                result = added.map_err(|problem| {
                    let (place, key) = (input.place(setting.offset), setting.key);
                    format!("{place}: {key}: {problem}")
                });
            }
        });
        result?;
        Ok(settings)
    }

    fn add(
        &mut self,
        setting: &PolicySetting<'_>,
        folder: &Path,
        command: &str,
        given: &[OsString],
    ) -> Result<(), String> {
        let PolicySetting { key, value, .. } = setting;
        let fits = match OF_SOME.iter().find(|(known, _)| known == key) {
            _ if setting.group == "boot" => OF_BOOTS.contains(&command),
            Some((_, commands)) => commands.contains(&command),
            None => true,
        };
        if !fits {
            return Err(format!(
                "not for tpm-quote {command}, which does not look at it"
            ));
        }
        if setting.group == "boot" {
            return self.rules.get_or_insert_default().add(key, value);
        }
        let option = format!("--{}", key.replace('_', "-"));
        let is_given = |arg: &OsString| {
            let arg = arg.to_string_lossy();
            arg.strip_prefix(&option)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
        };
        if given.iter().any(is_given) {
            return Err(format!("also given as {option}: say it in one place"));
        }
        let value = match value {
            PolicyValue::Yes => {
                self.options.push(option.into());
                return Ok(());
            }
            PolicyValue::File(name) => folder.join(name.to_string()).into_os_string(),
            PolicyValue::Text(text) if *key == "ima_allow" => {
                let text = text.to_string();
                digest_of_file(&text).ok_or_else(|| {
                    format!("{text}: expected a digest as sha256:66f751.., or a file (./{text})")
                })?;
                text.into()
            }
            PolicyValue::Text(text) => text.to_string().into(),
            PolicyValue::Number(number) => number.to_string().into(),
            _ => return Err("not supported".to_owned()),
        };
        let mut option = OsString::from(format!("{option}="));
        option.push(value);
        self.options.push(option);
        Ok(())
    }
}

/// An error about the file, with its place and the key if that is what is wrong.
fn refused(input: &Input, error: &Error) -> String {
    let offset = error.offset().unwrap_or(0);
    let place = input.place(offset);
    let text = String::from_utf8_lossy(&input.bytes);
    let key = match error.problem_name() {
        "field-unknown" => text
            .get(offset..)
            .and_then(|rest| rest.split('"').nth(1))
            .map(|key| format!(" {key:?}"))
            .unwrap_or_default(),
        _ => String::new(),
    };
    format!("{place}: {error}{key}\nhelp: {}", error.help())
}
