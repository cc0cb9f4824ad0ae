//! [`Template`]: which fields an entry has.

/// A field of an entry, by the kernel's ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    /// `d`: 20 bytes.
    Digest,
    /// `d-ng`, with the name of its hash.
    DigestNg,
    /// `d-ngv2`, with the kind of digest too.
    DigestNgV2,
    /// `d-modsig`: without the signature at the end of the file.
    DigestModsig,
    /// `n` and `n-ng`.
    Name,
    /// `sig`.
    Signature,
    /// `buf`.
    Buffer,
    /// `iuid`, `igid`.
    Owner,
    /// `imode`.
    Mode,
    /// `xattrnames`.
    XattrNames,
    /// `modsig` and `evmsig`: signatures that are not judged.
    OtherSignature,
    /// `xattrlengths`, `xattrvalues`: bytes that nothing here reads.
    Other,
}

/// How the value of a field is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// A digest alone.
    Digest,
    /// A digest behind its names, each with a colon, and a zero.
    NamedDigest,
    /// Text that ends with a zero.
    Text,
    /// Any bytes.
    Bytes,
    /// A number of this many bytes.
    Number(usize),
}

impl Field {
    fn by_id(id: &[u8]) -> Option<Self> {
        Some(match id {
            b"d" => Self::Digest,
            b"d-ng" => Self::DigestNg,
            b"d-ngv2" => Self::DigestNgV2,
            b"d-modsig" => Self::DigestModsig,
            b"n" | b"n-ng" => Self::Name,
            b"sig" => Self::Signature,
            b"buf" => Self::Buffer,
            b"iuid" | b"igid" => Self::Owner,
            b"imode" => Self::Mode,
            b"xattrnames" => Self::XattrNames,
            b"modsig" | b"evmsig" => Self::OtherSignature,
            b"xattrlengths" | b"xattrvalues" => Self::Other,
            _ => return None,
        })
    }

    /// The id, for errors: of fields that are alike, that of the first.
    pub(super) const fn id(self) -> &'static str {
        match self {
            Self::Digest => "d",
            Self::DigestNg => "d-ng",
            Self::DigestNgV2 => "d-ngv2",
            Self::DigestModsig => "d-modsig",
            Self::Name => "n-ng",
            Self::Signature => "sig",
            Self::Buffer => "buf",
            Self::Owner => "iuid",
            Self::Mode => "imode",
            Self::XattrNames => "xattrnames",
            Self::OtherSignature => "modsig",
            Self::Other => "xattrvalues",
        }
    }

    pub(super) const fn format(self) -> Format {
        match self {
            Self::Digest => Format::Digest,
            Self::DigestNg | Self::DigestNgV2 | Self::DigestModsig => Format::NamedDigest,
            Self::Name | Self::XattrNames => Format::Text,
            Self::Signature | Self::Buffer | Self::OtherSignature | Self::Other => Format::Bytes,
            Self::Owner => Format::Number(4),
            Self::Mode => Format::Number(2),
        }
    }

    /// Whether the kernel may leave the field empty.
    pub(super) const fn may_be_empty(self) -> bool {
        !matches!(
            self,
            Self::Digest | Self::DigestNg | Self::DigestNgV2 | Self::Name
        )
    }
}

/// The template of an entry: its name, and the ids of its fields.
#[derive(Clone, Copy)]
pub(super) struct Template<'a> {
    pub(super) name: &'a [u8],
    fields: Fields<'a>,
}

/// The fields of a template.
#[derive(Clone, Copy)]
enum Fields<'a> {
    /// One of the kernel's.
    Known(&'static [Field]),
    /// By the ids in its name.
    Format(&'a [u8]),
}

/// Why a name is not that of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoTemplate {
    /// It could be none.
    Form,
    /// It could be one, and is not known.
    Unknown,
}

/// The longest name of a template: a format of 15 fields, each with an id of 16 characters.
pub(super) const MAX_NAME: usize = 255;
const MAX_FIELDS: usize = 15;

impl<'a> Template<'a> {
    pub(super) fn by_name(name: &'a [u8]) -> Result<Self, NoTemplate> {
        use Field::{
            Buffer, Digest, DigestModsig, DigestNg, DigestNgV2, Mode, Name, Other, OtherSignature,
            Owner, Signature, XattrNames,
        };
        let known: &[Field] = match name {
            b"ima-ng" => &[DigestNg, Name],
            b"ima-sig" => &[DigestNg, Name, Signature],
            b"ima" => &[Digest, Name],
            b"ima-ngv2" => &[DigestNgV2, Name],
            b"ima-sigv2" => &[DigestNgV2, Name, Signature],
            b"ima-buf" => &[DigestNg, Name, Buffer],
            b"ima-modsig" => &[DigestNg, Name, Signature, DigestModsig, OtherSignature],
            b"evm-sig" => &[
                DigestNg,
                Name,
                OtherSignature,
                XattrNames,
                Other,
                Other,
                Owner,
                Owner,
                Mode,
            ],
            _ => &[],
        };
        if !known.is_empty() {
            let fields = Fields::Known(known);
            return Ok(Self { name, fields });
        }
        let format = name;
        if format.is_empty() || name.len() > MAX_NAME || !name.iter().all(u8::is_ascii_graphic) {
            return Err(NoTemplate::Form);
        }
        let fields = Fields::Format(format);
        let template = Self { name, fields };
        let mut ids = format.split(|byte| *byte == b'|');
        let is_known = ids.all(|id| Field::by_id(id).is_some());
        if !is_known || template.fields().count() > MAX_FIELDS {
            return Err(NoTemplate::Unknown);
        }
        Ok(template)
    }

    /// Whether it is the first one, which has no lengths.
    pub(super) fn is_ima(self) -> bool {
        self.name == b"ima"
    }

    pub(super) fn fields(self) -> impl Iterator<Item = Field> + use<'a> {
        let (known, format) = match self.fields {
            Fields::Known(fields) => (fields, None),
            Fields::Format(format) => (&[][..], Some(format)),
        };
        let mut known = known.iter();
        let mut ids = format.map(|format| format.split(|byte| *byte == b'|'));
        core::iter::from_fn(move || match known.next() {
            Some(field) => Some(*field),
            None => ids.as_mut()?.next().and_then(Field::by_id),
        })
    }
}
