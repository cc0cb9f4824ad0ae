//! The structures of a quote, without a look at what they mean.

#[cfg(feature = "names")]
use tpm_quote::UnmarshalError;
use tpm_quote::{Tpm2bPublic, TpmAlgId, TpmsAttest, TpmtSignature, Unmarshal, error::Reason};

use crate::{
    case::{Case, P256, RSA_2048},
    run::{measured, print, report},
};

type Values<'a> = (Tpm2bPublic<'a>, TpmsAttest<'a>, TpmtSignature<'a>);

/// Why bytes are refused, as it is kept: with the names of structure and field, or
/// without, as whoever prints none of them does.
#[cfg(feature = "names")]
type Refusal = UnmarshalError;
#[cfg(not(feature = "names"))]
type Refusal = Unnamed;

/// Of an error, what needs no text.
#[cfg(not(feature = "names"))]
struct Unnamed {
    reason: Reason,
    offset: usize,
}

#[cfg(not(feature = "names"))]
impl Unnamed {
    fn reason(&self) -> Reason {
        self.reason
    }

    fn offset(&self) -> usize {
        self.offset
    }
}

/// What is parsed, and what comes of it.
pub struct Parsing<'a> {
    public: &'a [u8],
    attest: &'a [u8],
    signature: &'a [u8],
    values: Option<Result<Values<'a>, Refusal>>,
}

/// What is measured.
#[unsafe(no_mangle)]
pub extern "C" fn parse(it: &mut Parsing<'_>) {
    it.values = Some(values(it));
}

fn values<'a>(it: &Parsing<'a>) -> Result<Values<'a>, Refusal> {
    Ok((
        parsed(it.public)?,
        parsed(it.attest)?,
        parsed(it.signature)?,
    ))
}

#[cfg(feature = "names")]
fn parsed<'a, T: Unmarshal<'a>>(bytes: &'a [u8]) -> Result<T, Refusal> {
    T::from_bytes(bytes)
}

#[cfg(not(feature = "names"))]
fn parsed<'a, T: Unmarshal<'a>>(bytes: &'a [u8]) -> Result<T, Refusal> {
    T::from_bytes(bytes).map_err(|error| Unnamed {
        reason: error.reason(),
        offset: error.offset(),
    })
}

/// Of the TPM that made all of the cases.
const FIRMWARE_VERSION: u64 = 0x2019_1023_0016_3636;

/// What is found in the structures.
#[derive(PartialEq)]
struct Found<'a> {
    key: TpmAlgId,
    nonce: &'a [u8],
    firmware_version: u64,
    signature: TpmAlgId,
}

impl<'a> Found<'a> {
    fn of((public, attest, signature): &Values<'a>) -> Self {
        Self {
            key: public.value().key.selector(),
            nonce: attest.extra_data.bytes(),
            firmware_version: attest.firmware_version,
            signature: signature.selector(),
        }
    }
}

/// Whether every case comes out as it has to.
pub fn all_is_well() -> bool {
    let rsa = Found {
        key: TpmAlgId::RSA,
        nonce: RSA_2048.nonce,
        firmware_version: FIRMWARE_VERSION,
        signature: TpmAlgId::RSASSA,
    };
    let ecc = Found {
        key: TpmAlgId::ECC,
        nonce: P256.nonce,
        firmware_version: FIRMWARE_VERSION,
        signature: TpmAlgId::ECDSA,
    };
    let cut = Case {
        signature: RSA_2048.signature.split_last().map_or(&[], |(_, cut)| cut),
        ..RSA_2048
    };
    // The size in front of a quote is no scheme of a signature.
    let quote = Case {
        signature: RSA_2048.attest,
        ..RSA_2048
    };
    is_well("rsa-2048", &RSA_2048, Ok(rsa))
        & is_well("p256", &P256, Ok(ecc))
        & is_well(
            "rsa-2048 cut",
            &cut,
            Err((Reason::InputTooShort { missing: 1 }, 6)),
        )
        & is_well(
            "rsa-2048 with the quote as signature",
            &quote,
            Err((Reason::UnknownSelector { value: 0x0081 }, 0)),
        )
}

fn is_well(name: &str, case: &Case<'_>, expected: Result<Found<'_>, (Reason, usize)>) -> bool {
    let mut it = Parsing {
        public: case.public,
        attest: &case.attest[2..], // without the size
        signature: case.signature,
        values: None,
    };
    let cost = measured(&mut it, parse);
    let found = it.values.map(|values| match &values {
        Ok(values) => Ok(Found::of(values)),
        Err(error) => Err((error.reason(), error.offset())),
    });
    let verdict = match &expected {
        Ok(_) => "parsed",
        Err(_) => "refused",
    };
    if found.as_ref() != Some(&expected) {
        print(format_args!("{name}: not {verdict} as expected\n"));
        return false;
    }
    match expected {
        Ok(_) => report(name, verdict, &cost),
        Err((reason, offset)) => {
            print(format_args!(
                "{name}: {verdict} at byte {offset}, {reason}\n"
            ));
        }
    }
    true
}
