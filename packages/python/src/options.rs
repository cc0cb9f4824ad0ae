//! The keyword arguments of a call.

use pyo3::{exceptions::PyTypeError, prelude::*, types::PyDict};

use crate::input::wrong_type;

/// Keyword arguments that nobody has taken yet. What is `None` is not given.
pub(crate) struct Options<'py> {
    function: &'static str,
    given: Vec<(String, Bound<'py, PyAny>)>,
}

impl<'py> Options<'py> {
    pub(crate) fn new(
        function: &'static str,
        given: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Self> {
        let pairs = given.into_iter().flat_map(|given| given.iter());
        let given = pairs.map(|(name, value)| Ok((name.extract()?, value)));
        let given = given.collect::<PyResult<_>>()?;
        Ok(Self { function, given })
    }

    pub(crate) fn take(&mut self, name: &str) -> Option<Bound<'py, PyAny>> {
        let at = self.given.iter().position(|(given, _)| given == name)?;
        let (_, value) = self.given.swap_remove(at);
        (!value.is_none()).then_some(value)
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
            Some((name, _)) => {
                Err(self.wrong(&format!("got an unexpected keyword argument '{name}'")))
            }
            None => Ok(()),
        }
    }
}
