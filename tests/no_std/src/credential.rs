//! Credentials. Nothing of this is in what is proved: the crates of cryptography that
//! they need have panics that the compiler cannot see to be out of reach. `run.sh` holds
//! them to `credential.txt`.

use core::hint::black_box;

use rand_core::{TryCryptoRng, TryRng};
use tpm_quote::{
    Name, Tpm2bPublic, Unmarshal,
    verify::{Challenge, EndorsementKey, make_credential},
};

use crate::{Input, Text, keys::verifier, show_appraisal, show_error, show_summary};

/// Randomness of which nothing is known, not even whether there is any.
struct Random;

impl TryRng for Random {
    type Error = core::fmt::Error;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        black_box(Ok(0))
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        black_box(Ok(0))
    }

    fn try_fill_bytes(&mut self, to: &mut [u8]) -> Result<(), Self::Error> {
        black_box(to);
        black_box(Ok(()))
    }
}

impl TryCryptoRng for Random {}

/// The whole way, from any keys and any answer.
#[unsafe(no_mangle)]
pub extern "C" fn credential(input: &Input) {
    let mut text = Text::new(input.out());
    let (Ok(ek), Ok(ak)) = (
        Tpm2bPublic::from_bytes(black_box(input.part(1))),
        Tpm2bPublic::from_bytes(black_box(input.part(2))),
    ) else {
        return;
    };
    let Some(name) = Name::of_public(&ak) else {
        return;
    };
    match make_credential(&ek, &name, input.part(3), &mut Random) {
        Ok(made) => {
            black_box((made.as_file(), made.id_object(), made.encrypted_secret()));
        }
        Err(error) => show_error(&mut text, &error),
    }
    let names = [input.part(4), input.part(5)];
    let names = names.get(..black_box(2)).unwrap_or_default();
    let endorsement = match EndorsementKey::pinned(&ek, names) {
        Ok(endorsement) => endorsement,
        Err(error) => return show_error(&mut text, &error),
    };
    let challenge = match black_box(input.number) {
        0 => Challenge::fresh(&mut Random),
        _ => Challenge::kept(input.part(6)),
    };
    let challenge = match challenge {
        Ok(challenge) => challenge,
        Err(error) => return show_error(&mut text, &error),
    };
    black_box(challenge.credential(&endorsement, &name, &mut Random)).ok();
    let (answer, verifier) = (input.part(7), verifier());
    match verifier.activated(&ak, &endorsement, &challenge, answer) {
        Ok(key) => show_summary(&mut text, key.summary()),
        Err(error) => show_error(&mut text, &error),
    }
    let appraisal = verifier.appraise_activated(&ak, Ok(&endorsement), &challenge, answer);
    show_appraisal(&mut text, &appraisal);
}
