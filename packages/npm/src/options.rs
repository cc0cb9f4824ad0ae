//! The options of a call.

use alloc::{format, string::String, vec::Vec};

use tpm_quote::evidence::PolicyFile;
use tpm_quote_shared::{BootRules, Element, Policy, Setting, SettingValue, Use, meant};

use crate::{
    failure::{Failure, camel},
    message::Value,
    values::content,
};

/// Options that nobody has taken yet.
pub(crate) struct Options<'a> {
    function: &'a str,
    given: Vec<(&'a str, Value<'a>)>,
    /// The options that the function has looked for.
    asked: Vec<&'static str>,
    /// The rules for a boot in the policy.
    pub(crate) rules: Option<BootRules>,
}

/// What the policy among the options says, by the names of the options.
#[derive(Default)]
pub(crate) struct FromPolicy {
    settings: Vec<(String, SettingValue)>,
    rules: Option<BootRules>,
}

/// The options that have another name than their key in a policy.
const KEYS: &[(&str, &str)] = &[
    ("akNames", "ak_name"),
    ("parents", "parent"),
    ("minimumFirmware", "min_firmware"),
    (
        "dangerousAllowSha1Certificates",
        "dangerous_sha1_certificates",
    ),
    ("dangerousAllowSha1Signatures", "dangerous_sha1"),
    ("dangerousAllowSha1Names", "dangerous_sha1"),
];

/// The key of a policy that stands for an option.
fn key_of(option: &str) -> String {
    if let Some((_, key)) = KEYS.iter().find(|(known, _)| *known == option) {
        return (*key).into();
    }
    let mut key = String::new();
    for char in option.chars() {
        if char.is_ascii_uppercase() {
            key.push('_');
        }
        key.push(char.to_ascii_lowercase());
    }
    key
}

impl FromPolicy {
    /// Takes the policy, if there is one.
    pub(crate) fn take(
        function: &str,
        given: &mut Vec<(&str, Value<'_>)>,
    ) -> Result<Self, Failure> {
        let of = match function {
            "verifyResponse" => Use::Response,
            "verifyMany" | "settings" => Use::Many,
            "verifyQuote" => Use::Quote,
            "verifyAttest" => Use::Attest,
            _ => return Ok(Self::default()),
        };
        let Some(at) = given.iter().position(|(name, _)| *name == "policy") else {
            return Ok(Self::default());
        };
        let (_, policy) = given.swap_remove(at);
        let text = content("policy", &policy)?;
        let policy = Policy::read(text, of).map_err(|problem| unusable(text, problem))?;
        let settings = policy.settings.into_iter();
        let settings = settings.map(|Setting { option, value }| (camel(option), value));
        Ok(Self {
            settings: settings.collect(),
            rules: policy.rules,
        })
    }

    /// The options that it says, each with its key.
    pub(crate) fn keys(&self) -> Vec<(String, String)> {
        let options = self.settings.iter().map(|(option, _)| option);
        options
            .map(|option| (option.clone(), key_of(option)))
            .collect()
    }
}

/// The error for a policy that cannot be read, that has no effect here, or in which a value is
/// wrong.
fn unusable(text: &[u8], problem: String) -> Failure {
    let Err(error) = PolicyFile::parse(text) else {
        // A response takes every key.
        return match Policy::read(text, Use::Response) {
            Ok(_) => Failure::Type(problem),
            Err(_) => Failure::Range(problem),
        };
    };
    let offset = error.offset().unwrap_or_default();
    let unknown = match error.problem_name() {
        "field-unknown" => text.get(offset..).unwrap_or_default(),
        _ => &[],
    };
    let unknown = unknown.split(|byte| *byte == b'"').nth(1);
    let unknown = unknown.and_then(|name| str::from_utf8(name).ok());
    // A key by the name of its option is known by that.
    let meant = unknown.map(key_of).filter(|key| {
        let probe = format!("{{\"{key}\":0}}");
        let known = PolicyFile::parse(probe.as_bytes()).err();
        unknown != Some(key) && known.is_none_or(|error| error.problem_name() != "field-unknown")
    });
    Failure::unread(
        error,
        match meant {
            Some(key) => format!("{problem} Did you mean '{key}'?"),
            None => problem,
        },
    )
}

impl<'a> Options<'a> {
    /// What the policy says stands for options, as if they were given.
    pub(crate) fn new(
        function: &'a str,
        given: Vec<(&'a str, Value<'a>)>,
        policy: &'a mut FromPolicy,
    ) -> Result<Self, Failure> {
        let mut options = Self {
            function,
            given,
            asked: Vec::new(),
            rules: policy.rules.take(),
        };
        for (option, value) in &policy.settings {
            options.add(option, value)?;
        }
        Ok(options)
    }

    /// Adds a setting of the policy.
    fn add(&mut self, option: &'a str, value: &'a SettingValue) -> Result<(), Failure> {
        if self.has(option) {
            return Err(self.wrong(&format!(
                "got '{option}', which the policy has as well, as '{}': say it in one place",
                key_of(option)
            )));
        }
        let value = match value {
            SettingValue::Yes => Value::Flag(true),
            SettingValue::Number(digits) => Value::Number(digits),
            SettingValue::One(element) => of_policy(option, element)?,
            SettingValue::List(elements) => {
                let elements = elements.iter().map(|element| of_policy(option, element));
                Value::List(elements.collect::<Result<_, _>>()?)
            }
        };
        self.given.push((option, value));
        Ok(())
    }

    pub(crate) fn take(&mut self, name: &'static str) -> Option<Value<'a>> {
        self.asked.push(name);
        let at = self.given.iter().position(|(given, _)| *given == name)?;
        let (_, value) = self.given.swap_remove(at);
        Some(value)
    }

    /// Whether an option is given, and not taken yet.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.given.iter().any(|(given, _)| *given == name)
    }

    /// An option without a default.
    pub(crate) fn need(&mut self, name: &'static str) -> Result<Value<'a>, Failure> {
        self.take(name)
            .ok_or_else(|| self.wrong(&format!("needs the option '{name}'")))
    }

    /// `true` or `false`, and no other value that counts as one.
    pub(crate) fn flag(&mut self, name: &'static str) -> Result<bool, Failure> {
        match self.take(name) {
            Some(Value::Flag(flag)) => Ok(flag),
            Some(other) => Err(Failure::wrong_type(name, "a boolean", other.kind())),
            None => Ok(false),
        }
    }

    /// The error for an option that was given without another one that it needs.
    pub(crate) fn requires(&self, name: &str, needed: &str) -> Failure {
        self.wrong(&format!("takes '{name}' only together with '{needed}'"))
    }

    pub(crate) fn wrong(&self, what: &str) -> Failure {
        // The loader asks for the settings of many at once, before any response.
        let function = match self.function {
            "settings" => "verifyMany",
            function => function,
        };
        Failure::Type(format!("{function}() {what}"))
    }

    /// An option that nobody took is an error: it would have no effect.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        match self.given.first() {
            Some((name, _)) => {
                let asked = self.asked.iter().copied().chain(["policy"]);
                let meant = meant(name, asked.filter(|asked| *asked != "now"));
                let meant = meant.map(|name| format!(": did you mean '{name}'?"));
                let meant = meant.unwrap_or_default();
                Err(self.wrong(&format!("has no option '{name}'{meant}")))
            }
            None => Ok(()),
        }
    }
}

/// A value of the policy. Nothing reads the files that it names.
fn of_policy<'a>(option: &str, element: &'a Element) -> Result<Value<'a>, Failure> {
    match element {
        Element::Text(text) => Ok(Value::Text(text.as_bytes())),
        Element::File(_) => Err(Failure::Range(format!(
            "policy: {}: names a file, and this package reads no files: take it out of the policy, and give what is in the file as the option '{option}'",
            key_of(option)
        ))),
    }
}
