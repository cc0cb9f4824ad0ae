//! What both say of the same bytes, and whether they may differ.

use std::fmt::Debug;

use tpm_quote::{
    MarshalError, UnmarshalError,
    wire::{Marshal, Sink, Unmarshal},
};

use crate::{only_ours::OnlyOurs, only_theirs::OnlyTheirs, tss::Functions};

/// What came of it.
#[derive(Clone, Copy, Debug)]
pub enum Outcome {
    /// Both accept so many bytes, and write them again.
    Same(usize),
    /// Both refuse.
    Refused,
    /// Only ours accepts, as it should.
    OnlyOurs(OnlyOurs),
    /// Only libtss2 accepts, and should not: what our error says.
    OnlyTheirs(&'static OnlyTheirs, UnmarshalError),
}

/// Compares what is at the start of `data`.
pub(crate) fn compare<'a, T>(
    theirs: Functions,
    refused: impl Fn(&T) -> Option<OnlyOurs>,
    data: &'a [u8],
) -> Outcome
where
    T: Unmarshal<'a> + Marshal + Debug,
{
    let differ = |what: &str, ours: &dyn Debug, theirs: &dyn Debug| -> ! {
        panic!(
            "{}: {what}\n  ours: {ours:?}\n  libtss2: {theirs:x?}\n  input: {data:02x?}",
            T::NAME
        )
    };
    let read = theirs.read(data);
    match T::from_prefix(data) {
        Ok((value, rest)) => {
            let taken = data.len() - rest.len();
            let mut expected = Expected(Some(&data[..taken]));
            value.marshal(&mut expected).expect("it was read");
            if expected.0 != Some(&[]) {
                differ("ours writes other bytes than it has read", &value, &read);
            }
            match (refused(&value), read) {
                (None, Ok(same)) if same == taken => Outcome::Same(taken),
                (Some(why), Err(_)) => Outcome::OnlyOurs(why),
                (None, Ok(_)) => differ("different lengths", &(taken, value), &read),
                (None, Err(_)) => differ("only ours accepts, for no known reason", &value, &read),
                (Some(why), Ok(_)) => differ("libtss2 accepts it now", &(why, value), &read),
            }
        }
        Err(error) => match (OnlyTheirs::of(&error), read) {
            (_, Err(_)) => Outcome::Refused,
            (Some(entry), Ok(_)) => Outcome::OnlyTheirs(entry, error),
            (None, Ok(_)) => differ("only libtss2 accepts, for no known reason", &error, &read),
        },
    }
}

/// What of the bytes is still to be written; nothing, once another was.
struct Expected<'a>(Option<&'a [u8]>);

impl Sink for Expected<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), MarshalError> {
        self.0 = self.0.and_then(|rest| rest.strip_prefix(bytes));
        Ok(())
    }
}
