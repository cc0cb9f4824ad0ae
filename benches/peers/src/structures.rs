//! Structures: read from bytes, and written again.

use std::hint::black_box;

use tpm_quote::{Marshal, Tpm2bPublic, TpmsAttest, TpmtSignature, Unmarshal};
use tpm2_protocol::{TpmField, TpmMarshal, TpmUnmarshal, TpmWriter, data as owned};
use tss_esapi::{
    structures as esapi,
    traits::{Marshall, UnMarshall},
};
use tss_esapi_sys as sys;

use crate::{
    evidence::{Bytes, Quote, keep},
    measure::Row,
    mu::{Read, Write},
    who::{ESAPI, MU, OURS, OWNED, VIEW},
};

pub const PARSE_PUBLIC: &str = "parse TPM2B_PUBLIC (RSA-2048)";
pub const PARSE_ATTEST: &str = "parse TPMS_ATTEST (a quote)";
pub const PARSE_SIGNATURE: &str = "parse TPMT_SIGNATURE (RSA-2048)";
pub const PARSE_THREE: &str = "parse key, quote and signature";
pub const MARSHAL_PUBLIC: &str = "marshal TPMT_PUBLIC";
pub const MARSHAL_ATTEST: &str = "marshal TPMS_ATTEST";
pub const MARSHAL_SIGNATURE: &str = "marshal TPMT_SIGNATURE";

// Each of these reads a structure, shows it to the outside, and says whether it was
// read from exactly these bytes. Everybody pays for a call, so that nobody's time
// depends on what the compiler makes of the code around it.

#[inline(never)]
fn ours<T: Unmarshal<'static>>(bytes: Bytes) -> bool {
    black_box(&T::from_bytes(bytes)).is_ok()
}

#[inline(never)]
fn mu<T: Read>(bytes: Bytes, to: &mut T) -> bool {
    let held = to.read(bytes);
    black_box(to);
    held
}

#[inline(never)]
fn owned<T: TpmUnmarshal>(bytes: Bytes) -> bool {
    matches!(black_box(&T::unmarshal(bytes)), Ok((_, [])))
}

#[inline(never)]
fn view<T: TpmField<'static>>(bytes: Bytes) -> bool {
    matches!(black_box(&T::cast_prefix_field(bytes)), Ok((_, [])))
}

#[inline(never)]
fn esapi_public(bytes: Bytes) -> bool {
    let public = esapi::PublicBuffer::unmarshall(bytes).and_then(esapi::Public::try_from);
    black_box(&public).is_ok()
}

#[inline(never)]
fn esapi<T: UnMarshall>(bytes: Bytes) -> bool {
    black_box(&T::unmarshall(bytes)).is_ok()
}

fn cut(bytes: Bytes) -> Bytes {
    &bytes[..bytes.len() - 1]
}

/// The rows whose work is wanted.
pub fn rows(quote: &Quote, wanted: &dyn Fn(&str) -> bool) -> Vec<Row> {
    let Quote {
        public,
        attest,
        signature,
        ..
    } = *quote;
    let mut rows = vec![
        Row::new(PARSE_PUBLIC)
            .judge(MU, public, &[cut(public)], {
                let mut to = sys::TPM2B_PUBLIC::default();
                move |bytes| mu(bytes, &mut to)
            })
            .judge(ESAPI, public, &[cut(public)], esapi_public)
            .judge(OWNED, public, &[cut(public)], owned::<owned::Tpm2bPublic>)
            .judge(VIEW, public, &[cut(public)], view::<owned::Tpm2bPublic>)
            .judge(OURS, public, &[cut(public)], ours::<Tpm2bPublic>),
        Row::new(PARSE_ATTEST)
            .judge(MU, attest, &[cut(attest)], {
                let mut to = sys::TPMS_ATTEST::default();
                move |bytes| mu(bytes, &mut to)
            })
            .judge(ESAPI, attest, &[cut(attest)], esapi::<esapi::Attest>)
            .judge(OWNED, attest, &[cut(attest)], owned::<owned::TpmsAttest>)
            .judge(VIEW, attest, &[cut(attest)], view::<owned::TpmsAttest>)
            .judge(OURS, attest, &[cut(attest)], ours::<TpmsAttest>),
        Row::new(PARSE_SIGNATURE)
            .judge(MU, signature, &[cut(signature)], {
                let mut to = sys::TPMT_SIGNATURE::default();
                move |bytes| mu(bytes, &mut to)
            })
            .judge(
                ESAPI,
                signature,
                &[cut(signature)],
                esapi::<esapi::Signature>,
            )
            .judge(
                OWNED,
                signature,
                &[cut(signature)],
                owned::<owned::TpmtSignature>,
            )
            .judge(
                VIEW,
                signature,
                &[cut(signature)],
                view::<owned::TpmtSignature>,
            )
            .judge(OURS, signature, &[cut(signature)], ours::<TpmtSignature>),
        three([public, attest, signature]),
        marshal_public(public),
        marshal_attest(attest),
        marshal_signature(signature),
    ];
    rows.retain(|row| wanted(row.work));
    rows
}

fn three(all: [Bytes; 3]) -> Row {
    let [public, attest, signature] = all;
    let wrong = [
        [cut(public), attest, signature],
        [public, cut(attest), signature],
        [public, attest, cut(signature)],
    ];
    Row::new(PARSE_THREE)
        .judge(MU, all, &wrong, {
            let mut to = (
                sys::TPM2B_PUBLIC::default(),
                sys::TPMS_ATTEST::default(),
                sys::TPMT_SIGNATURE::default(),
            );
            move |[public, attest, signature]| {
                mu(public, &mut to.0) && mu(attest, &mut to.1) && mu(signature, &mut to.2)
            }
        })
        .judge(ESAPI, all, &wrong, |[public, attest, signature]| {
            esapi_public(public)
                && esapi::<esapi::Attest>(attest)
                && esapi::<esapi::Signature>(signature)
        })
        .judge(OWNED, all, &wrong, |[public, attest, signature]| {
            owned::<owned::Tpm2bPublic>(public)
                && owned::<owned::TpmsAttest>(attest)
                && owned::<owned::TpmtSignature>(signature)
        })
        .judge(VIEW, all, &wrong, |[public, attest, signature]| {
            view::<owned::Tpm2bPublic>(public)
                && view::<owned::TpmsAttest>(attest)
                && view::<owned::TpmtSignature>(signature)
        })
        .judge(OURS, all, &wrong, |[public, attest, signature]| {
            ours::<Tpm2bPublic>(public)
                && ours::<TpmsAttest>(attest)
                && ours::<TpmtSignature>(signature)
        })
}

// Each of these writes a structure, and says how many bytes there are of it.

fn write_ours<T: Marshal>(value: &T, out: &mut [u8]) -> usize {
    value.marshal_into(out).map_or(0, <[u8]>::len)
}

fn write_owned<T: TpmMarshal>(value: &T, out: &mut [u8]) -> usize {
    let mut writer = TpmWriter::new(out);
    value.marshal(&mut writer).map_or(0, |()| writer.len())
}

/// Its bytes come in a vector of its own, which is their place: no copy to `out`
/// is timed. That they are right is checked with the vector.
fn write_esapi<T: Marshall>(expected: Bytes) -> impl FnMut(&T, &mut [u8]) -> usize {
    let mut checked = false;
    move |value, out| {
        let Ok(written) = value.marshall() else {
            return 0;
        };
        if !checked {
            checked = true;
            assert_eq!(written, expected);
            out[..written.len()].copy_from_slice(&written);
        }
        black_box(&written).len()
    }
}

fn filled<T: Read>(bytes: Bytes) -> T {
    let mut value = T::default();
    assert!(value.read(bytes));
    value
}

fn of_owned<T: TpmUnmarshal>(bytes: Bytes) -> T {
    let (value, _) = T::unmarshal(bytes).unwrap_or_else(|error| panic!("{error}"));
    value
}

fn marshal_public(bytes: Bytes) -> Row {
    let area = keep(bytes[2..].to_vec());
    let ours = *Tpm2bPublic::from_bytes(bytes)
        .expect("a public area")
        .value();
    let esapi = esapi::Public::unmarshall(area).expect("a public area");
    Row::new(MARSHAL_PUBLIC)
        .writer(
            MU,
            filled::<sys::TPM2B_PUBLIC>(bytes).publicArea,
            area,
            Write::write,
        )
        .writer(ESAPI, esapi, area, write_esapi(area))
        .writer(
            OWNED,
            of_owned::<owned::TpmtPublic>(area),
            area,
            write_owned,
        )
        .writer(OURS, ours, area, write_ours)
}

fn marshal_attest(bytes: Bytes) -> Row {
    let ours = TpmsAttest::from_bytes(bytes).expect("an attestation");
    let esapi = esapi::Attest::unmarshall(bytes).expect("an attestation");
    Row::new(MARSHAL_ATTEST)
        .writer(MU, filled::<sys::TPMS_ATTEST>(bytes), bytes, Write::write)
        .writer(ESAPI, esapi, bytes, write_esapi(bytes))
        .writer(
            OWNED,
            of_owned::<owned::TpmsAttest>(bytes),
            bytes,
            write_owned,
        )
        .writer(OURS, ours, bytes, write_ours)
}

fn marshal_signature(bytes: Bytes) -> Row {
    let ours = TpmtSignature::from_bytes(bytes).expect("a signature");
    let esapi = esapi::Signature::unmarshall(bytes).expect("a signature");
    Row::new(MARSHAL_SIGNATURE)
        .writer(
            MU,
            filled::<sys::TPMT_SIGNATURE>(bytes),
            bytes,
            Write::write,
        )
        .writer(ESAPI, esapi, bytes, write_esapi(bytes))
        .writer(
            OWNED,
            of_owned::<owned::TpmtSignature>(bytes),
            bytes,
            write_owned,
        )
        .writer(OURS, ours, bytes, write_ours)
}

/// Bytes of the values: public area with its size, attestation, signature.
pub fn sizes() -> [(&'static str, [usize; 3]); 5] {
    type View<T> = <T as TpmField<'static>>::View;
    [
        (
            MU,
            [
                size_of::<sys::TPM2B_PUBLIC>(),
                size_of::<sys::TPMS_ATTEST>(),
                size_of::<sys::TPMT_SIGNATURE>(),
            ],
        ),
        (
            ESAPI,
            [
                size_of::<esapi::Public>(),
                size_of::<esapi::Attest>(),
                size_of::<esapi::Signature>(),
            ],
        ),
        (
            OWNED,
            [
                size_of::<owned::Tpm2bPublic>(),
                size_of::<owned::TpmsAttest>(),
                size_of::<owned::TpmtSignature>(),
            ],
        ),
        (
            VIEW,
            [
                size_of::<View<owned::TpmtPublic>>(),
                size_of::<View<owned::TpmsAttest>>(),
                size_of::<View<owned::TpmtSignature>>(),
            ],
        ),
        (
            OURS,
            [
                size_of::<Tpm2bPublic>(),
                size_of::<TpmsAttest>(),
                size_of::<TpmtSignature>(),
            ],
        ),
    ]
}
