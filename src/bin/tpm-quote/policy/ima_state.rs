//! `--ima-state` and `--ima-state-out`: a list of IMA that goes on where an earlier one ended.

use std::ffi::OsString;

use clap::Args;
use tpm_quote::log::ImaState;

use crate::{
    input::{Input, shown},
    output::{saw, say},
    save::{Staged, refuse_what_was_read},
};

/// Where a list of IMA goes on.
#[derive(Args)]
pub(super) struct StateOptions {
    /// What an earlier run kept with --ima-state-out: the list has what follows those
    /// entries
    ///
    /// Some kernels cut their list, and some agents send only new entries. The
    /// quote has to be by the same key since the same start of the machine, and the
    /// options that judge the list the same; only allowed digests may have changed.
    #[arg(
        long,
        value_name = "FILE",
        requires = "ima_list",
        conflicts_with = "ima_entries"
    )]
    ima_state: Option<OsString>,

    /// Where it is kept how far the list was proven, for --ima-state; only if it was
    /// accepted
    ///
    /// It is the verifier's own record: keep it where the machine cannot write. It may
    /// be the file of --ima-state, which it replaces.
    #[arg(
        long,
        value_name = "FILE",
        requires = "ima_list",
        conflicts_with = "ima_entries"
    )]
    ima_state_out: Option<OsString>,
}

impl StateOptions {
    /// The first of the options that is given.
    pub(super) const fn given(&self) -> Option<&'static str> {
        match self {
            Self {
                ima_state: Some(_), ..
            } => Some("--ima-state"),
            Self {
                ima_state_out: Some(_),
                ..
            } => Some("--ima-state-out"),
            _ => None,
        }
    }

    /// Reads the state of an earlier run.
    pub(super) fn read(&self) -> Result<Option<ImaState>, String> {
        let Some(file) = &self.ima_state else {
            return Ok(None);
        };
        let input = Input::read_file(file).map_err(|error| format!("--ima-state: {error}"))?;
        let name = &input.name;
        let state = ImaState::from_bytes(&input.bytes)
            .map_err(|error| format!("--ima-state: {name}: {error}\nhelp: {}", error.help()))?;
        let count = state.entries();
        saw(format!("{name}: state of an IMA list, {count} entries"));
        Ok(Some(state))
    }

    /// Writes the state, if there is one.
    pub(super) fn write(&self, state: Option<&ImaState>) -> Result<(), String> {
        let Some(file) = &self.ima_state_out else {
            return Ok(());
        };
        if self.ima_state.as_ref() != Some(file) {
            refuse_what_was_read(file)?;
        }
        let mut buffer = [0; ImaState::MAX_SIZE];
        let bytes = state.map(|state| state.write(&mut buffer));
        match bytes {
            Some(Ok(bytes)) => Staged::replacing(file, bytes)?.put(),
            _ => {
                let name = shown(file);
                say(&format!(
                    "--ima-state-out: {name} is not written: the list was not accepted, or the key has no Name"
                ));
                Ok(())
            }
        }
    }
}
