//! The options of a call.

use alloc::{format, vec::Vec};

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
    settings: Vec<(alloc::string::String, SettingValue)>,
    rules: Option<BootRules>,
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
        let policy = Policy::read(content("policy", &policy)?, of).map_err(Failure::Range)?;
        let settings = policy.settings.into_iter();
        let settings = settings.map(|Setting { option, value }| (camel(option), value));
        Ok(Self {
            settings: settings.collect(),
            rules: policy.rules,
        })
    }
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
                "got '{option}', which the policy has as well: say it in one place"
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
            "policy: {option}: names a file, and this package reads no files: take it out of the policy, and give what is in the file as the option '{option}'"
        ))),
    }
}
