//! Credentials. Nothing of this is in what is proved: the crates of cryptography that
//! they need have panics that the compiler cannot see to be out of reach. `run.sh` holds
//! them to `credential.txt`.

use core::hint::black_box;

use rand_core::{TryCryptoRng, TryRng};
use tpm_quote::{
    AttestationKey, Name, Tpm2bPublic, Unmarshal,
    verify::{
        Challenge, CredentialError, EndorsementError, EndorsementKey, KeyRules, make_credential,
    },
};

use crate::{Input, Text, Unknown, show_anchored};

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

fn show_endorsement_error(text: &mut Text<'_>, error: &EndorsementError) {
    text.show(error);
    text.show(&error.help());
    text.show(&error.check());
    black_box(error.verdict());
}

fn show_credential_error(text: &mut Text<'_>, error: &CredentialError) {
    text.show(error);
    text.show(&error.help());
    black_box(error.verdict());
}

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
        Err(error) => show_credential_error(&mut text, &error),
    }
    let names = [input.part(4), input.part(5)];
    let names = names.get(..black_box(2)).unwrap_or_default();
    let endorsement = match EndorsementKey::pinned(&ek, names) {
        Ok(endorsement) => endorsement,
        Err(error) => return show_endorsement_error(&mut text, &error),
    };
    let challenge = match black_box(input.number) {
        0 => Challenge::fresh(&mut Random),
        _ => Challenge::kept(input.part(6)),
    };
    let challenge = match challenge {
        Ok(challenge) => challenge,
        Err(error) => return show_credential_error(&mut text, &error),
    };
    black_box(challenge.credential(&endorsement, &name, &mut Random)).ok();
    let (answer, rules) = (input.part(7), KeyRules::new());
    let key =
        AttestationKey::activated_with(&ak, &endorsement, &challenge, answer, rules, &Unknown);
    show_anchored(&mut text, &key);
}
