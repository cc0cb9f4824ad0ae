//! [`BootRules`]: the rules for a boot in a policy, by the command's own reader, so that a policy
//! means the same everywhere.

use alloc::string::String;

use tpm_quote::{evidence::PolicyValue, log::BootPolicy};

#[path = "../../../src/bin/tpm-quote/policy/boot.rs"]
mod rules;

/// The rules for a boot, as values that borrow nothing.
#[derive(Default)]
pub struct BootRules(rules::BootRules);

impl BootRules {
    /// Adds a rule, or one element of it.
    pub(crate) fn add(&mut self, key: &str, value: &PolicyValue<'_>) -> Result<(), String> {
        self.0.add(key, value)
    }

    /// Calls a function with the policy.
    pub(crate) fn with<T>(&self, then: impl FnOnce(&BootPolicy<'_>) -> T) -> T {
        self.0.with(then)
    }
}
