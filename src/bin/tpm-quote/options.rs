//! Options that several commands have: the request, bytes, structures in files.

use clap::Args;
use tpm_quote::{
    Error, Name, Nonce, Tpm2bAttest, Tpm2bPublic, Unmarshal, UnmarshalError,
    evidence::read_key,
    types::{Tpm2bCreationData, Tpm2bNvPublic},
    verify::Part,
};

use crate::{
    input::{Input, unhex},
    kinds::Kind,
    output::saw,
    wrong,
};

/// Which request has to be answered.
#[derive(Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Request {
    /// The payload id of your request; the nonce has to be the first 16 bytes of
    /// its SHA-256
    ///
    /// Take it from your own records: the one in a response is not used, because
    /// an old response has its own.
    #[arg(long, value_name = "ID", value_parser = payload_id)]
    payload_id: Option<PayloadId>,

    /// The nonce itself, 1 to 66 bytes in hexadecimal, instead of a payload id
    #[arg(long, value_name = "HEX", value_parser = exact_nonce)]
    nonce: Option<Nonce>,
}

impl Request {
    pub(crate) fn nonce(&self) -> Result<Nonce, String> {
        let of_payload = self.payload_id.as_ref().map(|payload| payload.nonce);
        let nonce = of_payload.or(self.nonce);
        nonce.ok_or_else(|| "give --payload-id or --nonce".to_owned())
    }

    /// The payload id, if it was given.
    pub(crate) fn payload_id(&self) -> Option<&str> {
        self.payload_id.as_ref().map(|payload| &*payload.id)
    }
}

/// A payload id, and the nonce that follows from it.
#[derive(Clone)]
struct PayloadId {
    id: String,
    nonce: Nonce,
}

/// Bytes on the command line.
#[derive(Clone)]
pub(crate) struct HexBytes(pub(crate) Vec<u8>);

pub(crate) fn hex_bytes(text: &str) -> Result<HexBytes, String> {
    unhex(text).map(HexBytes)
}

/// A number in decimal digits alone.
pub(crate) fn whole(text: &str) -> Result<u64, String> {
    let is_whole = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|_| is_whole);
    number.ok_or_else(|| "not a number in decimal digits".to_owned())
}

pub(crate) fn payload_nonce(text: &str) -> Result<Nonce, Error> {
    Nonce::from_payload_id(text)
}

fn payload_id(text: &str) -> Result<PayloadId, Error> {
    let nonce = payload_nonce(text)?;
    let id = text.to_owned();
    Ok(PayloadId { id, nonce })
}

pub(crate) fn exact_nonce(text: &str) -> Result<Nonce, String> {
    Nonce::exact(&unhex(text)?).map_err(|error| error.to_string())
}

pub(crate) fn key_name(text: &str) -> Result<Name, String> {
    let name: Result<Name, Error> = text.parse();
    name.map_err(|error| format!("{error}. {}", error.help()))
}

/// A public area with or without its size.
pub(crate) fn public_area(input: &Input) -> Result<Tpm2bPublic<'_>, Unreadable> {
    let (sized, bare) = (Tpm2bPublic::from_bytes, Tpm2bPublic::from_unsized);
    let public = input.either(sized, bare, ["TPM2B_PUBLIC", "TPMT_PUBLIC"]);
    public.map_err(|unreadable| match lacks_public_area(input) {
        Some(message) => Unreadable {
            message,
            ..unreadable
        },
        None => unreadable,
    })
}

/// A message on a file that has a key, but not its public area.
pub(crate) fn lacks_public_area(input: &Input) -> Option<String> {
    let mut room = vec![0; input.bytes.len()];
    let (form, key) = read_key(&input.bytes, &mut room).ok()?;
    let (file, error) = (&input.name, key.public_area().err()?);
    Some(format!("{file}: {form}: {error}\nhelp: {}", error.help()))
}

/// The Name of an object, by its public area.
pub(crate) fn object_name(input: &Input) -> Result<Name, String> {
    let public = public_area(input)?;
    let (file, name_alg) = (&input.name, public.value().name_alg);
    match Name::of_public(&public) {
        Some(name) if name == Name::EMPTY => Err(format!(
            "{file}: the nameAlg is {name_alg}: the object has no name"
        )),
        Some(name) => Ok(name),
        None => Err(format!("{file}: the nameAlg {name_alg} is not supported")),
    }
}

/// The public area of an NV index with or without its size.
pub(crate) fn nv_public(input: &Input) -> Result<Tpm2bNvPublic<'_>, Unreadable> {
    let (sized, bare) = (Tpm2bNvPublic::from_bytes, Tpm2bNvPublic::from_unsized);
    input.either(sized, bare, ["TPM2B_NV_PUBLIC", "TPMS_NV_PUBLIC"])
}

/// Creation data with or without their size.
pub(crate) fn creation_data(input: &Input) -> Result<Tpm2bCreationData<'_>, Unreadable> {
    let (sized, bare) = (
        Tpm2bCreationData::from_bytes,
        Tpm2bCreationData::from_unsized,
    );
    input.either(sized, bare, ["TPM2B_CREATION_DATA", "TPMS_CREATION_DATA"])
}

/// What was signed, with or without its size. What is in it is for the library to read,
/// once its signature holds.
pub(crate) fn attestation(input: &Input) -> Result<&[u8], Unreadable> {
    let sized = |bytes| Tpm2bAttest::from_bytes(bytes).map(|attest| attest.bytes());
    input.either(sized, Ok, ["TPM2B_ATTEST", "TPMS_ATTEST"])
}

/// Why a file is neither of two structures.
pub(crate) struct Unreadable {
    /// Of the one that it begins like.
    error: UnmarshalError,
    message: String,
}

impl Unreadable {
    /// The error for a part of the evidence.
    pub(crate) fn in_part(&self, part: Part) -> Error {
        Error::from(self.error).in_part(part)
    }
}

impl From<Unreadable> for String {
    fn from(unreadable: Unreadable) -> Self {
        unreadable.message
    }
}

impl Input {
    /// One of two structures, by how the file begins; says which it was.
    fn either<'a, T>(
        &'a self,
        sized: impl FnOnce(&'a [u8]) -> Result<T, UnmarshalError>,
        bare: impl FnOnce(&'a [u8]) -> Result<T, UnmarshalError>,
        [sized_name, bare_name]: [&str; 2],
    ) -> Result<T, Unreadable> {
        let is_bare = Kind::by_name(bare_name).is_some_and(|kind| kind.begins(&self.bytes));
        let (name, read) = if is_bare {
            (bare_name, bare(&self.bytes))
        } else {
            (sized_name, sized(&self.bytes))
        };
        match read {
            Ok(value) => {
                let (file, len) = (&self.name, self.bytes.len());
                saw(format!("{file}: {name}, {len} bytes"));
                Ok(value)
            }
            Err(error) => {
                let file = &self.name;
                let message = wrong::neither(self, [sized_name, bare_name])
                    .unwrap_or_else(|| format!("{file}: not a {name}: {error}"));
                Err(Unreadable { error, message })
            }
        }
    }
}
