//! [`TpmAttestation`]: the block itself, read and written.

use core::{fmt, ops::Range};

use base64ct::{Base64, Encoding as _};

use super::{
    field::{
        AIK_CERTIFY, AIK_CERTIFY_SIGNATURE, AIK_PUBKEY, BLOCK, IS_AVAILABLE, KEYS, METADATA,
        PCR_BANKS, PCR_VALUES, QUOTE, SIGNATURE, in_block, json_error, refused, repeated,
    },
    form::{Form, several_forms},
    scratch::Scratch,
};
use crate::{
    evidence::json::{Json, JsonStr},
    verify::{
        EvidenceGrammar, PcrSet, PcrValues, bank_by_name, bank_name,
        error::{Error, FieldProblem, Part},
        parse_index,
    },
    wire::Hex,
};

/// The block, decoded.
#[derive(Clone, Copy, Debug)]
pub enum TpmAttestation<'a> {
    /// `is_available` is false: the server has no TPM.
    Unavailable,
    /// `is_available` is true, and all other fields are there, except for the two of a
    /// certification, which may be absent.
    Available(BlockEvidence<'a>),
}

/// The fields of the block besides `is_available`.
#[derive(Clone, Copy)]
pub struct BlockEvidence<'a> {
    /// `pcr_banks`: the PCRs that the server claims to have quoted.
    pub pcr_banks: PcrSet,
    /// `pcr_values`.
    pub pcr_values: PcrValues<'a>,
    /// `aik_pubkey_b64`: a `TPM2B_PUBLIC`.
    pub aik_pubkey: &'a [u8],
    /// `quote_b64`: a `TPM2B_ATTEST`.
    pub quote: &'a [u8],
    /// `signature_b64`: a `TPMT_SIGNATURE`.
    pub signature: &'a [u8],
    /// `aik_certify_b64`, which may be absent: a `TPM2B_ATTEST` by another key that certifies
    /// the attestation key.
    pub aik_certify: Option<&'a [u8]>,
    /// `aik_certify_signature_b64`, which is there if `aik_certify_b64` is: its
    /// `TPMT_SIGNATURE`.
    pub aik_certify_signature: Option<&'a [u8]>,
}

impl<'a> BlockEvidence<'a> {
    /// Returns the field of the block that a part of the evidence is in, and its decoded
    /// value.
    #[must_use]
    pub fn field(&self, part: Part) -> Option<(&'static str, &'a [u8])> {
        let (field, bytes) = match part {
            Part::Key => (AIK_PUBKEY, Some(self.aik_pubkey)),
            Part::Attest | Part::Signed => (QUOTE, Some(self.quote)),
            Part::Signature => (SIGNATURE, Some(self.signature)),
            Part::Certification | Part::CertificationSigned => (AIK_CERTIFY, self.aik_certify),
            Part::CertificationSignature => (AIK_CERTIFY_SIGNATURE, self.aik_certify_signature),
            _ => return None,
        };
        Some((field, bytes?))
    }
}

impl fmt::Debug for BlockEvidence<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlockEvidence")
            .field("pcr_banks", &self.pcr_banks)
            .field("pcr_values", &self.pcr_values)
            .field("aik_pubkey", &Hex(self.aik_pubkey))
            .field("quote", &Hex(self.quote))
            .field("signature", &Hex(self.signature))
            .field("aik_certify", &self.aik_certify.map(Hex))
            .field(
                "aik_certify_signature",
                &self.aik_certify_signature.map(Hex),
            )
            .finish()
    }
}

/// Decodes a string of ASCII; `None` if it is something else or longer than the room.
fn collect<'b>(text: &JsonStr<'_>, room: &'b mut [u8]) -> Option<&'b [u8]> {
    if let Some(plain) = text.plain() {
        let room = room.get_mut(..plain.len())?;
        room.copy_from_slice(plain.as_bytes());
        return Some(room)
            .filter(|ascii| ascii.is_ascii())
            .map(|ascii| &*ascii);
    }
    let mut len = 0_usize;
    for c in text.chars() {
        *room.get_mut(len)? = u8::try_from(c).ok().filter(u8::is_ascii)?;
        len = len.saturating_add(1);
    }
    room.get(..len)
}

/// The block while it is read. A field that is `None` was not there.
#[derive(Default)]
struct Fields {
    is_available: Option<bool>,
    pcr_banks: Option<PcrSet>,
    pcr_values: Option<()>,
    aik_pubkey: Option<Range<usize>>,
    quote: Option<Range<usize>>,
    signature: Option<Range<usize>>,
    aik_certify: Option<Range<usize>>,
    aik_certify_signature: Option<Range<usize>>,
}

impl<'a> TpmAttestation<'a> {
    /// Reads the block from a JSON text. `None` if there is no block in its `_metadata`.
    ///
    /// # Errors
    /// The text is not JSON, a response has no `_metadata`, or the block is not as documented.
    pub fn from_json(
        json: &[u8],
        form: Form,
        scratch: &'a mut Scratch,
    ) -> Result<Option<Self>, Error> {
        let mut json = Json::new(json).map_err(json_error)?;
        let read = Read::new(&mut json, form, scratch)?;
        json.end().map_err(json_error)?;
        Self::new(read, scratch)
    }

    /// Reads the block from a JSON text, whose form is detected as by [`Form::detect`].
    ///
    /// # Errors
    /// Same errors as [`from_json`](Self::from_json) and [`Form::detect`].
    pub fn from_any_json(
        json: &[u8],
        scratch: &'a mut Scratch,
    ) -> Result<(Form, Option<Self>), Error> {
        let mut text = Json::new(json).map_err(json_error)?;
        let form = Form::of_first_key(text).map_err(json_error)?;
        if form == Form::Block {
            // A key of another form would be reported as an unknown field.
            Form::detect(json)?;
        }
        let read = Read::new(&mut text, form, scratch)?;
        text.end().map_err(json_error)?;
        Ok((form, Self::of_any(read, scratch)?))
    }

    /// What was read in the form of its first key; `None` if it has no block.
    pub(super) fn of_any(read: Read, scratch: &'a Scratch) -> Result<Option<Self>, Error> {
        match read.at_root.key {
            Some((field, offset)) => Err(several_forms(field, offset)),
            None => Self::new(read, scratch),
        }
    }

    /// What was read; `None` if it has no block.
    fn new(read: Read, scratch: &'a Scratch) -> Result<Option<Self>, Error> {
        let levels = [read.at_root, read.in_metadata];
        let misplaced = levels
            .into_iter()
            .flat_map(|level| [level.key, level.inside]);
        let misplaced = misplaced.flatten();
        match (read.fields, misplaced.min_by_key(|(_, offset)| *offset)) {
            (Some(fields), _) => Self::of_fields(fields, scratch).map(Some),
            (None, None) if read.has_metadata => Ok(None),
            // Whoever puts a response into another object must not make its block vanish.
            (None, None) => Err(in_block(METADATA, FieldProblem::NotFound)),
            // No block where it belongs is not the same as no block.
            (None, Some((field, offset))) => Err(refused(field, offset, FieldProblem::Misplaced)),
        }
    }

    /// The block of these fields: none is missing and none is too many.
    fn of_fields(fields: Fields, scratch: &'a Scratch) -> Result<Self, Error> {
        let missing = |field| in_block(field, FieldProblem::Missing);
        let Some(is_available) = fields.is_available else {
            return Err(missing(IS_AVAILABLE));
        };
        if !is_available {
            let present = [
                (PCR_BANKS, fields.pcr_banks.is_some()),
                (PCR_VALUES, fields.pcr_values.is_some()),
                (AIK_PUBKEY, fields.aik_pubkey.is_some()),
                (QUOTE, fields.quote.is_some()),
                (SIGNATURE, fields.signature.is_some()),
                (AIK_CERTIFY, fields.aik_certify.is_some()),
                (
                    AIK_CERTIFY_SIGNATURE,
                    fields.aik_certify_signature.is_some(),
                ),
            ];
            return match present.into_iter().find(|&(_, present)| present) {
                Some((field, _)) => Err(in_block(field, FieldProblem::Contradiction)),
                None => Ok(Self::Unavailable),
            };
        }
        let pcr_banks = fields.pcr_banks.ok_or(missing(PCR_BANKS))?;
        fields.pcr_values.ok_or(missing(PCR_VALUES))?;
        let bytes = |range: Option<Range<usize>>, field| {
            range.map(|range| scratch.get(range)).ok_or(missing(field))
        };
        match (&fields.aik_certify, &fields.aik_certify_signature) {
            (None, Some(_)) => return Err(missing(AIK_CERTIFY)),
            (Some(_), None) => return Err(missing(AIK_CERTIFY_SIGNATURE)),
            _ => {}
        }
        Ok(Self::Available(BlockEvidence {
            pcr_banks,
            pcr_values: scratch.pcr_values(),
            aik_pubkey: bytes(fields.aik_pubkey, AIK_PUBKEY)?,
            quote: bytes(fields.quote, QUOTE)?,
            signature: bytes(fields.signature, SIGNATURE)?,
            aik_certify: fields.aik_certify.map(|range| scratch.get(range)),
            aik_certify_signature: fields.aik_certify_signature.map(|range| scratch.get(range)),
        }))
    }

    /// Writes the block as JSON, without spaces.
    ///
    /// # Errors
    /// `out` fails; the values are not exactly those of `pcr_banks`, each as long as the
    /// digests of its bank; a bank has no name in this crate; or a certification has no
    /// signature, or the other way round.
    pub fn write_json(&self, out: &mut impl fmt::Write) -> fmt::Result {
        let evidence = match self {
            Self::Unavailable => return write!(out, r#"{{"{IS_AVAILABLE}":false}}"#),
            Self::Available(evidence) => evidence,
        };
        let mut values = evidence.pcr_values.iter();
        if !values.all(|value| evidence.pcr_banks.contains(value.bank, value.index))
            || evidence.aik_certify.is_some() != evidence.aik_certify_signature.is_some()
        {
            return Err(fmt::Error);
        }
        write!(out, r#"{{"{IS_AVAILABLE}":true,"#)?;
        write!(
            out,
            r#""{PCR_BANKS}":"{}","{PCR_VALUES}":{{"#,
            evidence.pcr_banks
        )?;
        let mut last = None;
        for pcr in evidence.pcr_banks.iter() {
            let (bank, index) = (pcr.bank(), pcr.index());
            let value = evidence
                .pcr_values
                .find(bank, index, &mut 0)
                .filter(|value| bank.digest_size() == Some(value.digest.len()))
                .ok_or(fmt::Error)?;
            if last == Some(bank) {
                out.write_str(",")?;
            } else {
                out.write_str(if last.is_some() { "}," } else { "" })?;
                write!(out, r#""{}":{{"#, bank_name(bank).ok_or(fmt::Error)?)?;
            }
            last = Some(bank);
            write!(out, r#""{index}":"{}""#, Hex(value.digest))?;
        }
        out.write_str("}}")?;
        for (key, bytes) in [
            (AIK_PUBKEY, Some(evidence.aik_pubkey)),
            (QUOTE, Some(evidence.quote)),
            (SIGNATURE, Some(evidence.signature)),
            (AIK_CERTIFY, evidence.aik_certify),
            (AIK_CERTIFY_SIGNATURE, evidence.aik_certify_signature),
        ] {
            let Some(bytes) = bytes else { continue };
            write!(out, r#","{key}":""#)?;
            for chunk in bytes.chunks(48) {
                let mut encoded = [0; 64];
                out.write_str(Base64::encode(chunk, &mut encoded).map_err(|_| fmt::Error)?)?;
            }
            out.write_str("\"")?;
        }
        out.write_str("}")
    }
}

/// A response, as it is read.
pub(super) struct Read {
    /// The block, if it is there.
    fields: Option<Fields>,
    /// Whether what has the block, where there is one, is there.
    has_metadata: bool,
    at_root: Misplaced,
    in_metadata: Misplaced,
}

/// Keys of a response that an object has in the wrong place, with their offsets.
#[derive(Clone, Copy, Default)]
struct Misplaced {
    /// The first of its keys that belongs somewhere else, above or in the block.
    key: Option<(&'static str, usize)>,
    /// The first key further in that only a block has, or that names one. Where there is a
    /// block, it means nothing: a response may hold any JSON.
    inside: Option<(&'static str, usize)>,
}

impl Read {
    pub(super) fn new(
        json: &mut Json<'_>,
        form: Form,
        scratch: &mut Scratch,
    ) -> Result<Self, Error> {
        scratch.clear();
        let (mut at_root, mut in_metadata) = (Misplaced::default(), Misplaced::default());
        let metadata = match form {
            Form::Response => read_key(json, METADATA, &mut at_root, |json| {
                read_key(json, BLOCK, &mut in_metadata, |json| {
                    read_block(json, scratch)
                })
            })?,
            Form::Metadata => Some(read_key(json, BLOCK, &mut at_root, |json| {
                read_block(json, scratch)
            })?),
            Form::Block => Some(Some(read_block(json, scratch)?)),
        };
        Ok(Self {
            has_metadata: metadata.is_some(),
            fields: metadata.flatten(),
            at_root,
            in_metadata,
        })
    }
}

/// Reads an object for one of its keys, which may be there once.
fn read_key<'j, T>(
    json: &mut Json<'j>,
    field: &'static str,
    misplaced: &mut Misplaced,
    mut read: impl FnMut(&mut Json<'j>) -> Result<T, Error>,
) -> Result<Option<T>, Error> {
    let mut found = None;
    json.begin_object().map_err(json_error)?;
    let mut first = true;
    while let Some(key) = json.key(&mut first).map_err(json_error)? {
        if !key.is(field) {
            if let Some((_, known)) = Form::of_key(&key) {
                misplaced.key.get_or_insert((known, key.offset()));
            }
            // A response in a member of another one has its block further in.
            let inside = json.skip_past(&[BLOCK, QUOTE]).map_err(json_error)?;
            misplaced.inside = misplaced.inside.or(inside);
        } else if found.is_some() {
            return Err(repeated(field, &key));
        } else {
            found = Some(read(json)?);
        }
    }
    Ok(found)
}

fn read_block(json: &mut Json<'_>, scratch: &mut Scratch) -> Result<Fields, Error> {
    let mut fields = Fields::default();
    json.begin_object().map_err(|error| error.in_field(BLOCK))?;
    let mut first = true;
    while let Some(key) = json.key(&mut first).map_err(json_error)? {
        let field = KEYS.into_iter().find(|name| key.is(name));
        let Some(field) = field else {
            return Err(refused(BLOCK, key.offset(), FieldProblem::Unknown));
        };
        let is_new = match field {
            IS_AVAILABLE => {
                let value = json.boolean().map_err(|error| error.in_field(field))?;
                fields.is_available.replace(value).is_none()
            }
            PCR_BANKS => {
                let set = read_pcr_banks(&json.string().map_err(|error| error.in_field(field))?)?;
                fields.pcr_banks.replace(set).is_none()
            }
            PCR_VALUES => {
                if fields.pcr_values.is_some() {
                    return Err(repeated(field, &key));
                }
                read_pcr_values(json, scratch)?;
                fields.pcr_values.replace(()).is_none()
            }
            _ => {
                let text = json.string().map_err(|error| error.in_field(field))?;
                let bytes = scratch.base64(&text);
                let bytes = bytes.map_err(|problem| refused(field, text.offset(), problem))?;
                let place = match field {
                    AIK_PUBKEY => &mut fields.aik_pubkey,
                    QUOTE => &mut fields.quote,
                    AIK_CERTIFY => &mut fields.aik_certify,
                    AIK_CERTIFY_SIGNATURE => &mut fields.aik_certify_signature,
                    _ => &mut fields.signature,
                };
                place.replace(bytes).is_none()
            }
        };
        if !is_new {
            return Err(repeated(field, &key));
        }
    }
    Ok(fields)
}

fn read_pcr_banks(text: &JsonStr<'_>) -> Result<PcrSet, Error> {
    let refuse = |problem| refused(PCR_BANKS, text.offset(), problem);
    // More than all PCRs of all banks take.
    let mut room = [0; 1024];
    let set = collect(text, &mut room)
        .and_then(|ascii| core::str::from_utf8(ascii).ok())
        .ok_or(refuse(FieldProblem::NotPcrs))?;
    let mut found = PcrSet::NONE;
    match PcrSet::parse_into::<EvidenceGrammar>(set, &mut found) {
        Ok(()) => Ok(found),
        Err(problem) => Err(refuse(FieldProblem::PcrSet(problem))),
    }
}

fn read_pcr_values(json: &mut Json<'_>, scratch: &mut Scratch) -> Result<(), Error> {
    let refuse = |offset, problem| refused(PCR_VALUES, offset, problem);
    json.begin_object()
        .map_err(|error| error.in_field(PCR_VALUES))?;
    let mut first_bank = true;
    while let Some(key) = json.key(&mut first_bank).map_err(json_error)? {
        let mut room = [0; 16];
        let bank = collect(&key, &mut room)
            .and_then(|ascii| core::str::from_utf8(ascii).ok())
            .and_then(bank_by_name)
            .ok_or(refuse(key.offset(), FieldProblem::Bank))?;
        if scratch.has_bank(bank) {
            return Err(repeated(PCR_VALUES, &key));
        }
        json.begin_object()
            .map_err(|error| error.in_field(PCR_VALUES))?;
        let mut first = true;
        while let Some(key) = json.key(&mut first).map_err(json_error)? {
            let mut room = [0; 2];
            let index = collect(&key, &mut room)
                .and_then(|ascii| core::str::from_utf8(ascii).ok())
                .and_then(parse_index)
                .ok_or(refuse(key.offset(), FieldProblem::Index))?;
            let value = json.string().map_err(|error| error.in_field(PCR_VALUES))?;
            scratch
                .pcr(bank, index, &value)
                .map_err(|problem| refuse(value.offset(), problem))?;
        }
        if first {
            return Err(refuse(key.offset(), FieldProblem::EmptyBank));
        }
    }
    Ok(())
}
