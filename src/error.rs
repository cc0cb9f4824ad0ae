//! Errors of reading and of writing a structure.
//!
//! Both errors name the structure and the field as the specification does.
//! [`UnmarshalError`] also says where, as an offset into the bytes that the
//! caller passed in, however deep the structure is nested in them. They are
//! 16 bytes and `Copy`, and their text is the same on every feature set.

use core::{error::Error, fmt};

/// A field of a structure, by the specification's names.
///
/// An empty field means the structure as a whole.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) structure: &'static str,
    pub(crate) field: &'static str,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.structure)?;
        if !self.field.is_empty() {
            write!(f, ".{}", self.field)?;
        }
        Ok(())
    }
}

/// The place of an error that no structure has named yet.
static NOWHERE: Place = Place {
    structure: "",
    field: "",
};

/// A structure failed to parse: which field, at which offset, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct UnmarshalError {
    place: &'static Place,
    cause: Cause,
}

/// Where and why, as two numbers: such a pair is returned in registers.
///
/// The reason is kept as numbers, of which none is impossible. So a `Result` is
/// an error if it has a place, which is a constant where reading fails: that the
/// function that works out the cause gives an error need not be looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cause {
    offset: u32,
    /// Its kind, then its value.
    reason: u32,
}

impl Cause {
    /// An offset above 4 GiB is given as the largest one.
    pub(crate) fn new(offset: usize, reason: Reason) -> Self {
        // By the order of the kinds, so that it takes no table.
        let kind: u16 = match reason {
            Reason::InputTooShort { .. } => 0,
            Reason::TrailingBytes { .. } => 1,
            Reason::SizeOutOfRange { .. } => 2,
            Reason::CountOutOfRange { .. } => 3,
            Reason::UnknownSelector { .. } => 4,
            Reason::NotYesOrNo { .. } => 5,
            Reason::WrongConstant => 6,
            Reason::UnexpectedTag { .. } => 7,
            Reason::LengthNotShortest => 8,
            Reason::IntegerNotMinimal => 9,
            Reason::NegativeInteger => 10,
        };
        let value = match reason {
            Reason::InputTooShort { missing: value }
            | Reason::TrailingBytes { count: value }
            | Reason::SizeOutOfRange { size: value }
            | Reason::CountOutOfRange { count: value }
            | Reason::UnknownSelector { value } => value,
            Reason::NotYesOrNo { value } | Reason::UnexpectedTag { tag: value } => value.into(),
            Reason::WrongConstant
            | Reason::LengthNotShortest
            | Reason::IntegerNotMinimal
            | Reason::NegativeInteger => 0,
        };
        Self {
            offset: u32::try_from(offset).unwrap_or(u32::MAX),
            reason: u32::from(kind) << 16 | u32::from(value),
        }
    }

    fn reason(self) -> Reason {
        let [_, kind, high, low] = self.reason.to_be_bytes();
        let value = u16::from_be_bytes([high, low]);
        match kind {
            0 => Reason::InputTooShort { missing: value },
            1 => Reason::TrailingBytes { count: value },
            2 => Reason::SizeOutOfRange { size: value },
            3 => Reason::CountOutOfRange { count: value },
            4 => Reason::UnknownSelector { value },
            5 => Reason::NotYesOrNo { value: low },
            7 => Reason::UnexpectedTag { tag: low },
            8 => Reason::LengthNotShortest,
            9 => Reason::IntegerNotMinimal,
            10 => Reason::NegativeInteger,
            _ => Reason::WrongConstant,
        }
    }
}

impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cause")
            .field("offset", &self.offset)
            .field("reason", &self.reason())
            .finish()
    }
}

/// Why bytes were refused. Numbers above 65,535 are given as 65,535.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// The input ends before the field does.
    InputTooShort {
        /// How many bytes are missing.
        missing: u16,
    },
    /// Bytes are left over after the structure.
    TrailingBytes {
        /// How many.
        count: u16,
    },
    /// A size that the type of the field does not allow.
    SizeOutOfRange {
        /// The size, in bytes.
        size: u16,
    },
    /// A list of more elements than its type allows.
    CountOutOfRange {
        /// The number of elements.
        count: u16,
    },
    /// An id that decides what follows, and that this crate does not know.
    UnknownSelector {
        /// The id.
        value: u16,
    },
    /// A yes/no byte that is neither 0 nor 1.
    NotYesOrNo {
        /// The byte.
        value: u8,
    },
    /// A constant of the structure, such as its magic number, has another value.
    WrongConstant,
    /// The tag of a DER element is not the expected one.
    UnexpectedTag {
        /// The tag.
        tag: u8,
    },
    /// The length of a DER element is not written in as few bytes as possible.
    LengthNotShortest,
    /// A DER integer has leading bytes that it does not need.
    IntegerNotMinimal,
    /// A DER integer is negative where it must not be.
    NegativeInteger,
}

impl UnmarshalError {
    /// An error whose place the structure around the field still has to name.
    #[inline]
    pub(crate) fn new(cause: Cause) -> Self {
        Self {
            place: &NOWHERE,
            cause,
        }
    }

    /// Names the place, unless a structure further in has done so.
    #[inline]
    pub(crate) fn in_place(mut self, place: &'static Place) -> Self {
        if self.place.structure.is_empty() {
            self.place = place;
        }
        self
    }

    /// The structure, by the specification's name; empty for a bare integer.
    #[must_use]
    pub fn structure(&self) -> &'static str {
        self.place.structure
    }

    /// The field, by the specification's name; empty for the whole structure.
    #[must_use]
    pub fn field(&self) -> &'static str {
        self.place.field
    }

    /// Where, in bytes from the start of what the caller passed in.
    ///
    /// A refused value: where it begins. An input that is too short: where the
    /// part that could not be read begins. Trailing bytes: where they begin.
    #[must_use]
    pub fn offset(&self) -> usize {
        usize::try_from(self.cause.offset).unwrap_or(usize::MAX)
    }

    /// Why.
    #[must_use]
    pub fn reason(&self) -> Reason {
        self.cause.reason()
    }

    /// Whether the bytes name an algorithm or a type that this crate does not
    /// know. Anything else is wrong in every edition of the specification.
    #[must_use]
    pub fn is_unknown_selector(&self) -> bool {
        matches!(self.reason(), Reason::UnknownSelector { .. })
    }
}

impl fmt::Display for UnmarshalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.place.structure.is_empty() {
            write!(f, "{} ", self.place)?;
        }
        write!(f, "at byte {}: {}", self.cause.offset, self.reason())
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::InputTooShort { missing } => {
                write!(f, "input ends {} too early", Bytes(missing))
            }
            Self::TrailingBytes { count } => write!(f, "{} left over at the end", Bytes(count)),
            Self::SizeOutOfRange { size } => write!(f, "a size of {} is not allowed", Bytes(size)),
            Self::CountOutOfRange { count: u16::MAX } => {
                f.write_str("a count of 65535 or more is not allowed")
            }
            Self::CountOutOfRange { count } => write!(f, "a count of {count} is not allowed"),
            Self::UnknownSelector { value } => write!(f, "0x{value:04x} is not known here"),
            Self::NotYesOrNo { value } => write!(f, "{value} is neither 0 (no) nor 1 (yes)"),
            Self::WrongConstant => f.write_str("not the value that the specification fixes"),
            Self::UnexpectedTag { tag } => write!(f, "unexpected tag 0x{tag:02x}"),
            Self::LengthNotShortest => f.write_str("length is not in its shortest form"),
            Self::IntegerNotMinimal => f.write_str("integer is not minimal"),
            Self::NegativeInteger => f.write_str("integer is negative"),
        }
    }
}

/// A number of bytes in words.
struct Bytes(u16);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            1 => f.write_str("1 byte"),
            u16::MAX => f.write_str("65535 bytes or more"),
            n => write!(f, "{n} bytes"),
        }
    }
}

impl Error for UnmarshalError {}

/// A value failed to be written: which field, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct MarshalError {
    place: Option<&'static Place>,
    reason: MarshalReason,
}

/// Why a value cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MarshalReason {
    /// The output is too small. [`marshaled_len`] tells the size needed.
    ///
    /// [`marshaled_len`]: crate::Marshal::marshaled_len
    OutputTooSmall,
    /// A size or count that the type of the field does not allow.
    SizeOutOfRange {
        /// The size in bytes or the number of elements; 65,535 for more.
        size: u16,
    },
}

impl MarshalError {
    #[inline]
    pub(crate) fn new(reason: MarshalReason) -> Self {
        Self {
            place: None,
            reason,
        }
    }

    #[inline]
    pub(crate) fn in_place(mut self, place: &'static Place) -> Self {
        self.place = self.place.or(Some(place));
        self
    }

    /// The structure, by the specification's name; empty for a bare integer.
    #[must_use]
    pub fn structure(&self) -> &'static str {
        self.place.map_or("", |place| place.structure)
    }

    /// The field, by the specification's name; empty for the whole structure.
    #[must_use]
    pub fn field(&self) -> &'static str {
        self.place.map_or("", |place| place.field)
    }

    /// Why.
    #[must_use]
    pub fn reason(&self) -> MarshalReason {
        self.reason
    }
}

impl fmt::Display for MarshalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = self.place {
            write!(f, "{place}: ")?;
        }
        match self.reason {
            MarshalReason::OutputTooSmall => f.write_str("the output is too small"),
            MarshalReason::SizeOutOfRange { size } => {
                write!(f, "a size of {size} is not allowed")
            }
        }
    }
}

impl Error for MarshalError {}

/// A count for an error's text: what does not fit is "65,535 or more".
pub(crate) fn saturate(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}

const _: () = assert!(size_of::<UnmarshalError>() <= 16 && size_of::<MarshalError>() <= 16);

#[cfg(test)]
mod tests {
    extern crate std;

    use std::string::ToString;

    use super::*;

    static EXTRA_DATA: Place = Place {
        structure: "TPMS_ATTEST",
        field: "extraData",
    };

    #[test]
    fn says_structure_field_offset_and_reason() {
        let cause = Cause::new(11, Reason::InputTooShort { missing: 1 });
        let error = UnmarshalError::new(cause);
        assert_eq!(error.to_string(), "at byte 11: input ends 1 byte too early");
        assert_eq!(
            error.in_place(&EXTRA_DATA).to_string(),
            "TPMS_ATTEST.extraData at byte 11: input ends 1 byte too early"
        );
    }

    #[test]
    fn reason_comes_back_from_its_numbers() {
        for reason in [
            Reason::InputTooShort { missing: 1 },
            Reason::TrailingBytes { count: 2 },
            Reason::SizeOutOfRange { size: 3 },
            Reason::CountOutOfRange { count: u16::MAX },
            Reason::UnknownSelector { value: 0x8018 },
            Reason::NotYesOrNo { value: 0xff },
            Reason::WrongConstant,
            Reason::UnexpectedTag { tag: 0x31 },
            Reason::LengthNotShortest,
            Reason::IntegerNotMinimal,
            Reason::NegativeInteger,
        ] {
            assert_eq!(UnmarshalError::new(Cause::new(0, reason)).reason(), reason);
        }
    }

    #[test]
    fn innermost_place_stays() {
        static OUTER: Place = Place {
            structure: "TPM2B_ATTEST",
            field: "",
        };
        let error = UnmarshalError::new(Cause::new(0, Reason::WrongConstant))
            .in_place(&EXTRA_DATA)
            .in_place(&OUTER);
        assert_eq!(
            (error.structure(), error.field()),
            ("TPMS_ATTEST", "extraData")
        );
    }
}
