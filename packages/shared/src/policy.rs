//! [`Policy`]: a policy file, as the options that it stands for and its rules for a boot.

use alloc::{
    borrow::ToOwned,
    format,
    string::{String, ToString},
    vec,
    vec::Vec,
};

use tpm_quote::{
    Error,
    evidence::{PolicyFile, PolicySetting, PolicyValue, read_time},
};

use crate::boot::BootRules;

/// What a policy is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Use {
    Response,
    Many,
    Quote,
    Attest,
}

/// The settings that only some uses have.
const OF_SOME: &[(&str, &[Use])] = &[
    ("tier", &[Use::Response, Use::Many]),
    ("require_pcrs", &[Use::Response, Use::Many, Use::Quote]),
    ("baseline", &[Use::Response, Use::Many, Use::Quote]),
    ("allow_suffix", &[Use::Response, Use::Many, Use::Quote]),
    ("allow_padding", &[Use::Response, Use::Many, Use::Quote]),
    ("ima_allow", &[Use::Response, Use::Many, Use::Quote]),
    ("ima_require", &[Use::Response, Use::Many, Use::Quote]),
    ("ima_key", &[Use::Response, Use::Many, Use::Quote]),
    (
        "ima_require_policy",
        &[Use::Response, Use::Many, Use::Quote],
    ),
    (
        "dangerous_ima_violations",
        &[Use::Response, Use::Many, Use::Quote],
    ),
];
/// Those that have rules for a boot.
const OF_BOOTS: &[Use] = &[Use::Response, Use::Many, Use::Quote];

/// A key of a policy file, the option that it stands for, and how that takes the value.
const OPTIONS: &[(&str, &str, Form)] = &[
    ("ak_name", "ak_names", Form::List),
    ("ca", "ca", Form::List),
    ("parent", "parents", Form::List),
    ("allow_suffix", "allow_suffix", Form::List),
    ("ima_allow", "ima_allow", Form::List),
    ("ima_require", "ima_require", Form::List),
    ("ima_key", "ima_key", Form::List),
    ("ima_require_policy", "ima_require_policy", Form::List),
    ("hardware_measurement", "hardware_measurement", Form::List),
    ("hardware_id_key", "hardware_id_key", Form::List),
    ("at", "at", Form::Time),
    ("google_instance", "google_instance", Form::Number),
    ("min_firmware", "minimum_firmware", Form::One),
    (
        "dangerous_sha1_certificates",
        "dangerous_allow_sha1_certificates",
        Form::One,
    ),
];

#[derive(Clone, Copy)]
enum Form {
    One,
    List,
    Number,
    Time,
}

/// What a policy file says.
#[derive(Default)]
pub struct Policy {
    pub settings: Vec<Setting>,
    pub rules: Option<BootRules>,
}

/// An option of a call, by its name in Python.
pub struct Setting {
    pub option: &'static str,
    pub value: SettingValue,
}

/// The value of an option.
pub enum SettingValue {
    Yes,
    /// In decimal digits.
    Number(String),
    One(Element),
    List(Vec<Element>),
}

/// A value, or one of a list.
pub enum Element {
    Text(String),
    /// The name of a file, as the policy has it.
    File(String),
}

impl Policy {
    /// Reads a policy.
    ///
    /// # Errors
    /// What is wrong with it, and where, as text.
    pub fn read(text: &[u8], of: Use) -> Result<Self, String> {
        let file = PolicyFile::parse(text).map_err(|error| refused(text, &error))?;
        let mut policy = Self::default();
        let mut result = Ok(());
        file.for_each(&mut |setting| {
            if result.is_ok() {
                let added = policy.add(&setting, of);
                result = added.map_err(|problem| {
                    let place = place(text, setting.offset);
                    format!("policy: {place}: {}: {problem}", setting.key)
                });
            }
        });
        result.map(|()| policy)
    }

    fn add(&mut self, setting: &PolicySetting<'_>, of: Use) -> Result<(), String> {
        let PolicySetting { key, value, .. } = setting;
        let is_of_boot = setting.group == "boot";
        let fits = match OF_SOME.iter().find(|(known, _)| known == key) {
            _ if is_of_boot => OF_BOOTS.contains(&of),
            Some((_, uses)) => uses.contains(&of),
            None => true,
        };
        if !fits {
            return Err("this function does not look at it".to_owned());
        }
        if is_of_boot {
            return self.rules.get_or_insert_default().add(key, value);
        }
        let known = OPTIONS.iter().find(|(known, ..)| known == key);
        let (option, form) = known.map_or((*key, Form::One), |(_, option, form)| (*option, *form));
        if option == "dangerous_sha1" {
            for option in [
                "dangerous_allow_sha1_signatures",
                "dangerous_allow_sha1_names",
            ] {
                let value = SettingValue::Yes;
                self.settings.push(Setting { option, value });
            }
            return Ok(());
        }
        let element = match value {
            PolicyValue::Text(text) => Element::Text(text.to_string()),
            PolicyValue::File(name) => Element::File(name.to_string()),
            PolicyValue::Number(number) => Element::Text(number.to_string()),
            PolicyValue::Yes => {
                let value = SettingValue::Yes;
                self.settings.push(Setting { option, value });
                return Ok(());
            }
            _ => return Err("not supported".to_owned()),
        };
        let value = match (form, element) {
            (Form::Number, Element::Text(text)) => {
                let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
                SettingValue::Number(is_number.then_some(text).ok_or("expected a number")?)
            }
            (Form::Time, Element::Text(text)) => {
                let time = read_time(&text)
                    .ok_or("expected a time as 2030-01-01T00:00:00Z, or seconds since 1970")?;
                SettingValue::Number(time.as_secs().to_string())
            }
            (Form::List, element) => {
                let last = self.settings.last_mut();
                let last = last.filter(|last| last.option == option);
                if let Some(SettingValue::List(list)) = last.map(|last| &mut last.value) {
                    list.push(element);
                    return Ok(());
                }
                SettingValue::List(vec![element])
            }
            (_, element) => SettingValue::One(element),
        };
        self.settings.push(Setting { option, value });
        Ok(())
    }
}

/// Line and column of a byte, from 1.
pub(crate) fn place(text: &[u8], offset: usize) -> String {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.iter().filter(|byte| **byte == b'\n').count();
    let last = before.rsplit(|byte| *byte == b'\n').next();
    // Bytes that go on a character are none of their own.
    let column = last.unwrap_or_default().iter();
    let column = column.filter(|byte| **byte & 0xc0 != 0x80).count();
    let [line, column] = [line, column].map(|count| count.saturating_add(1));
    format!("line {line}, column {column}")
}

/// An error about the policy, with its place and the key if that is what is wrong.
fn refused(text: &[u8], error: &Error) -> String {
    let offset = error.offset().unwrap_or(0);
    let key = match error.problem_name() {
        "field-unknown" => text
            .get(offset..)
            .and_then(|rest| rest.split(|byte| *byte == b'"').nth(1))
            .map(|key| format!(" {:?}", String::from_utf8_lossy(key)))
            .unwrap_or_default(),
        _ => String::new(),
    };
    let (place, problem) = (place(text, offset), without_place(error));
    format!("policy: {place}: {problem}{key}. {}", error.help())
}

/// What is wrong, where the place is told as line and column.
pub(crate) fn without_place(error: &Error) -> String {
    let text = error.to_string();
    let at = error.offset().map(|offset| format!("at byte {offset}: "));
    let behind = at.and_then(|at| Some(text.split_once(&at)?.1.to_owned()));
    behind.unwrap_or(text)
}
