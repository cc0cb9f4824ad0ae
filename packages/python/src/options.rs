//! The keyword arguments of a call.

use pyo3::{
    exceptions::{PyTypeError, PyValueError},
    prelude::*,
    types::PyDict,
};
use tpm_quote_shared::{BootRules, Element, Policy, Setting, SettingValue, Use, meant};

use crate::input::{self, Content, wrong_type};

/// Keyword arguments that nobody has taken yet. What is `None` is not given.
pub(crate) struct Options<'py> {
    function: &'static str,
    given: Vec<(String, Bound<'py, PyAny>)>,
    /// The policy's rules for the boot.
    pub(crate) rules: Option<BootRules>,
}

impl<'py> Options<'py> {
    /// What the policy says stands for arguments, as if they were given.
    pub(crate) fn new(
        function: &'static str,
        of: Use,
        given: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Self> {
        let pairs = given.into_iter().flat_map(|given| given.iter());
        let given = pairs.map(|(name, value)| Ok((name.extract()?, value)));
        let given = given.collect::<PyResult<_>>()?;
        let mut options = Self {
            function,
            given,
            rules: None,
        };
        if let Some(policy) = options.take("policy") {
            let content = input::policy(&policy)?;
            let read = Policy::read(content.bytes(), of).map_err(PyValueError::new_err)?;
            options.rules = read.rules;
            for setting in read.settings {
                options.add(&setting, &content)?;
            }
        }
        Ok(options)
    }

    /// Adds a setting of the policy.
    fn add(&mut self, setting: &Setting, policy: &Content<'py>) -> PyResult<()> {
        let Setting { option, value } = setting;
        if self.has(option) {
            return Err(self.wrong(&format!(
                "got '{option}', which the policy has as well: say it in one place"
            )));
        }
        let py = policy.py();
        let value = match value {
            SettingValue::Yes => true.into_pyobject(py)?.to_owned().into_any(),
            SettingValue::Number(digits) => py.get_type::<pyo3::types::PyInt>().call1((digits,))?,
            SettingValue::One(element) => of_policy(policy, option, element)?,
            SettingValue::List(elements) => {
                let elements = elements
                    .iter()
                    .map(|element| of_policy(policy, option, element));
                elements.collect::<PyResult<Vec<_>>>()?.into_pyobject(py)?
            }
        };
        // One that is `None` is not given.
        self.given.retain(|(name, _)| name != option);
        self.given.push(((*option).to_owned(), value));
        Ok(())
    }

    pub(crate) fn take(&mut self, name: &str) -> Option<Bound<'py, PyAny>> {
        let at = self.given.iter().position(|(given, _)| given == name)?;
        let (_, value) = self.given.swap_remove(at);
        (!value.is_none()).then_some(value)
    }

    /// Whether an argument is given, and not taken yet.
    pub(crate) fn has(&self, name: &str) -> bool {
        let mut given = self.given.iter();
        given.any(|(given, value)| given == name && !value.is_none())
    }

    /// An argument without a default.
    pub(crate) fn need(&mut self, name: &str) -> PyResult<Bound<'py, PyAny>> {
        let needed = || self.wrong(&format!("needs the keyword argument '{name}'"));
        match self.given.iter().any(|(given, _)| given == name) {
            true => self.take(name).ok_or_else(|| {
                PyTypeError::new_err(format!("{}() got None for '{name}'", self.function))
            }),
            false => Err(needed()),
        }
    }

    /// `True` or `False`, and no other value that counts as one.
    pub(crate) fn flag(&mut self, name: &str) -> PyResult<bool> {
        match self.take(name) {
            Some(value) => value
                .extract()
                .map_err(|_| wrong_type(name, "bool", &value)),
            None => Ok(false),
        }
    }

    /// The error for an argument that was given without another one that it needs.
    pub(crate) fn requires(&self, name: &str, needed: &str) -> PyErr {
        self.wrong(&format!("takes '{name}' only together with '{needed}'"))
    }

    pub(crate) fn wrong(&self, what: &str) -> PyErr {
        PyTypeError::new_err(format!("{}() {what}", self.function))
    }

    /// An argument that nobody took is an error: it would have no effect.
    pub(crate) fn finish(self) -> PyResult<()> {
        match self.given.first() {
            Some((name, value)) => {
                let meant = self.meant(value.py(), name);
                let meant = meant.map(|name| format!(": did you mean '{name}'?"));
                let meant = meant.unwrap_or_default();
                Err(self.wrong(&format!(
                    "got an unexpected keyword argument '{name}'{meant}"
                )))
            }
            None => Ok(()),
        }
    }

    /// Finds the argument of the function whose name is closest to this unknown name.
    fn meant(&self, py: Python<'_>, wrong: &str) -> Option<String> {
        let package = py.import("tpm_quote").ok()?;
        let function = package.getattr(self.function).ok()?;
        let signature = function.getattr("__text_signature__").ok()?;
        let signature: String = signature.extract().ok()?;
        let arguments = signature.trim_matches(['(', ')']).split(", ");
        let names = arguments.filter_map(|argument| argument.split('=').next());
        meant(wrong, names).map(str::to_owned)
    }
}

/// A value of the policy: a text, or a file that it names.
fn of_policy<'py>(
    policy: &Content<'py>,
    option: &str,
    element: &Element,
) -> PyResult<Bound<'py, PyAny>> {
    match element {
        Element::Text(text) => Ok(text.into_pyobject(policy.py())?.into_any()),
        Element::File(name) => {
            let of_text = format!(
                "policy: {option}: names a file, and those are relative to the policy file: give the policy as a file (os.PathLike), or this as an argument"
            );
            policy.file(name, &of_text)
        }
    }
}
