//! The options of a call.

use alloc::{format, vec::Vec};

use crate::{failure::Failure, message::Value};

/// Options that nobody has taken yet.
pub(crate) struct Options<'a> {
    function: &'a str,
    given: Vec<(&'a str, Value<'a>)>,
}

impl<'a> Options<'a> {
    pub(crate) fn new(function: &'a str, given: Vec<(&'a str, Value<'a>)>) -> Self {
        Self { function, given }
    }

    pub(crate) fn take(&mut self, name: &str) -> Option<Value<'a>> {
        let at = self.given.iter().position(|(given, _)| *given == name)?;
        let (_, value) = self.given.swap_remove(at);
        Some(value)
    }

    /// An option without a default.
    pub(crate) fn need(&mut self, name: &str) -> Result<Value<'a>, Failure> {
        self.take(name)
            .ok_or_else(|| self.wrong(&format!("needs the option '{name}'")))
    }

    /// `true` or `false`, and no other value that counts as one.
    pub(crate) fn flag(&mut self, name: &str) -> Result<bool, Failure> {
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
        Failure::Type(format!("{}() {what}", self.function))
    }

    /// An option that nobody took is an error: it would have no effect.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        match self.given.first() {
            Some((name, _)) => Err(self.wrong(&format!("has no option '{name}'"))),
            None => Ok(()),
        }
    }
}
