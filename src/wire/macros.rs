//! The tables of the specification as Rust: ids, opaque buffers, plain
//! structures, unions. What does not fit a table is written by hand.
//!
//! A structure's parts are always inlined into it: the reader then stays in
//! registers, which makes parsing twice as fast, and firmware that asks no error
//! where it lies half as large: places that nobody asks for are then seen to be
//! unused. Where a structure begins, in `from_bytes` and its kin, the compiler
//! decides.

/// A newtype over an integer with named values; any other value is kept.
///
/// `CONSTANT = value, "name in the specification";`
///
/// An `id` is one of the values, `flags` are a sum of them; `fields` have parts
/// that are neither, and say themselves how they are shown. Both of the latter are
/// words of bits with the operators of sets.
macro_rules! tpm_constants {
    (@inspect id $name:ident) => {
        impl $crate::wire::Inspect for $name {
            fn inspect(&self, to: &mut dyn $crate::wire::Inspector) {
                to.id(self.name(), u64::from(self.0), Self::HEX_DIGITS);
            }
        }
    };
    (@inspect flags $name:ident) => {
        impl $crate::wire::Inspect for $name {
            fn inspect(&self, to: &mut dyn $crate::wire::Inspector) {
                to.flags(u64::from(self.0), Self::HEX_DIGITS, &mut self.names());
            }
        }
    };
    (@inspect fields $name:ident) => {};
    (@bits id $name:ident) => {};
    (@bits flags $name:ident) => {
        tpm_constants!(@bits fields $name);

        /// All bits that are not set, reserved ones too.
        impl core::ops::Not for $name {
            type Output = Self;

            fn not(self) -> Self {
                Self(!self.0)
            }
        }
    };
    (@bits fields $name:ident) => {
        impl $name {
            /// No bit is set.
            pub const EMPTY: Self = Self(0);

            /// The bits that are set in both.
            #[must_use]
            pub const fn intersection(self, other: Self) -> Self {
                Self(self.0 & other.0)
            }

            /// The bits that are set here and not in `other`.
            #[must_use]
            pub const fn difference(self, other: Self) -> Self {
                Self(self.0 & !other.0)
            }

            /// The bits that are set in either.
            #[must_use]
            pub const fn union(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::EMPTY
            }
        }

        impl core::ops::BitOr for $name {
            type Output = Self;

            fn bitor(self, other: Self) -> Self {
                self.union(other)
            }
        }

        impl core::ops::BitOrAssign for $name {
            fn bitor_assign(&mut self, other: Self) {
                *self = self.union(other);
            }
        }

        impl core::ops::BitAnd for $name {
            type Output = Self;

            fn bitand(self, other: Self) -> Self {
                self.intersection(other)
            }
        }

        /// The [difference](Self::difference): nothing is borrowed.
        impl core::ops::Sub for $name {
            type Output = Self;

            fn sub(self, other: Self) -> Self {
                self.difference(other)
            }
        }
    };
    (
        $(#[$meta:meta])*
        pub struct $name:ident($int:ty) = $spec:literal, $kind:ident {
            $( $constant:ident = $value:literal, $text:literal; )*
        }
    ) => {
        tpm_constants!(@inspect $kind $name);
        tpm_constants!(@bits $kind $name);

        $(#[$meta])*
        #[doc(alias = $spec)]
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub $int);

        impl $name {
            $(
                #[doc = concat!("`", $text, "`, ", stringify!($value), ".")]
                pub const $constant: Self = Self($value);
            )*

            /// All named values, with the specification's names.
            pub const NAMES: &'static [(Self, &'static str)] =
                &[$( (Self::$constant, $text), )*];

            const HEX_DIGITS: usize = size_of::<$int>().saturating_mul(2);

            /// The specification's name, if the value has one.
            #[must_use]
            pub fn name(self) -> Option<&'static str> {
                Self::NAMES
                    .iter()
                    .find_map(|&(value, name)| (value == self).then_some(name))
            }
        }

        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                core::fmt::Display::fmt(self, f)
            }
        }

        /// The specification's name, or the value in hexadecimal.
        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                match self.name() {
                    Some(name) => f.pad(name),
                    None => write!(f, "0x{:0width$x}", self.0, width = Self::HEX_DIGITS),
                }
            }
        }

        impl $crate::wire::Unmarshal<'_> for $name {
            const NAME: &'static str = $spec;

            #[inline(always)]
            fn unmarshal(
                r: &mut $crate::wire::Reader<'_>,
            ) -> Result<Self, $crate::error::UnmarshalError> {
                Ok(Self(r.read()?))
            }
        }

        impl $crate::wire::Marshal for $name {
            #[inline(always)]
            fn marshal<S: $crate::wire::Sink + ?Sized>(
                &self,
                sink: &mut S,
            ) -> Result<(), $crate::error::MarshalError> {
                self.0.marshal(sink)
            }
        }
    };
}

/// An opaque `TPM2B`: a size of two bytes and that many bytes, at most `MAX`.
macro_rules! tpm2b {
    ($( $(#[$meta:meta])* pub struct $name:ident = $spec:literal, max $max:literal; )*) => {$(
        $(#[$meta])*
        #[doc = concat!("\n\nAt most ", stringify!($max), " bytes.")]
        #[doc(alias = $spec)]
        #[derive(Clone, Copy, Default, PartialEq, Eq)]
        pub struct $name<'a>(&'a [u8]);

        impl<'a> $name<'a> {
            /// The largest size, in bytes.
            pub const MAX: u16 = $max;

            /// The buffer of these bytes.
            ///
            /// # Errors
            /// They are too many.
            pub fn new(bytes: &'a [u8]) -> Result<Self, $crate::error::MarshalError> {
                match $crate::error::saturate(bytes.len()) {
                    0..=$max => Ok(Self(bytes)),
                    size => Err($crate::error::MarshalError::new(
                        $crate::error::MarshalReason::SizeOutOfRange { size },
                    )
                    .in_place(&$crate::error::Place { structure: $spec, field: "size" })),
                }
            }

            /// The bytes, without the size.
            #[inline]
            #[must_use]
            pub const fn bytes(&self) -> &'a [u8] {
                self.0
            }

            /// Whether there are no bytes.
            #[inline]
            #[must_use]
            pub const fn is_empty(&self) -> bool {
                self.0.is_empty()
            }
        }

        impl core::fmt::Debug for $name<'_> {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), $crate::wire::Hex(self.0))
            }
        }

        impl AsRef<[u8]> for $name<'_> {
            fn as_ref(&self) -> &[u8] {
                self.0
            }
        }

        impl<'a> $crate::wire::Unmarshal<'a> for $name<'a> {
            const NAME: &'static str = $spec;

            #[inline(always)]
            fn unmarshal(
                r: &mut $crate::wire::Reader<'a>,
            ) -> Result<Self, $crate::error::UnmarshalError> {
                let at = *r;
                let size: u16 = r.read()?;
                if size > $max {
                    return Err(at.error($crate::error::Reason::SizeOutOfRange { size }));
                }
                Ok(Self(r.bytes(usize::from(size))?))
            }
        }

        impl $crate::wire::Marshal for $name<'_> {
            #[inline(always)]
            fn marshal<S: $crate::wire::Sink + ?Sized>(
                &self,
                sink: &mut S,
            ) -> Result<(), $crate::error::MarshalError> {
                $crate::error::saturate(self.0.len()).marshal(sink)?;
                sink.write(self.0)
            }
        }

        impl $crate::wire::Inspect for $name<'_> {
            fn inspect(&self, to: &mut dyn $crate::wire::Inspector) {
                to.bytes(self.0);
            }
        }
    )*};
}

/// A structure whose fields follow one another.
///
/// `field: Type = "name in the specification",`
macro_rules! tpm_struct {
    (
        $(#[$meta:meta])*
        pub struct $name:ident<$lt:lifetime> = $spec:literal { $($fields:tt)* }
    ) => {
        tpm_struct!(@ $(#[$meta])* [$name] [<$lt>] $lt $spec $($fields)*);
    };
    (
        $(#[$meta:meta])*
        pub struct $name:ident = $spec:literal { $($fields:tt)* }
    ) => {
        tpm_struct!(@ $(#[$meta])* [$name] [] 'r $spec $($fields)*);
    };
    (
        @ $(#[$meta:meta])* [$name:ident] [$($generics:tt)*] $lt:lifetime $spec:literal
        $( $(#[$field_meta:meta])* $field:ident: $ty:ty = $text:literal, )*
    ) => {
        $(#[$meta])*
        #[doc(alias = $spec)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name $($generics)* {
            $( $(#[$field_meta])* pub $field: $ty, )*
        }

        impl<$lt> $crate::wire::Unmarshal<$lt> for $name $($generics)* {
            const NAME: &'static str = $spec;

            #[inline(always)]
            fn unmarshal(
                r: &mut $crate::wire::Reader<$lt>,
            ) -> Result<Self, $crate::error::UnmarshalError> {
                Ok(Self {
                    $( $field: r.field(&$crate::error::Place {
                        structure: $spec,
                        field: $text,
                    })?, )*
                })
            }
        }

        impl<$lt> $crate::wire::Marshal for $name $($generics)* {
            #[inline(always)]
            fn marshal<S: $crate::wire::Sink + ?Sized>(
                &self,
                sink: &mut S,
            ) -> Result<(), $crate::error::MarshalError> {
                $(
                    self.$field.marshal(sink).map_err(|e| {
                        e.in_place(&$crate::error::Place { structure: $spec, field: $text })
                    })?;
                )*
                Ok(())
            }
        }

        impl<$lt> $crate::wire::Inspect for $name $($generics)* {
            fn inspect(&self, to: &mut dyn $crate::wire::Inspector) {
                $( to.field($text, &self.$field); )*
            }
        }
    };
}

/// A union, as an enum that owns its selector.
///
/// `SELECTOR => Variant(Type = "name in the specification"),` or, for an arm of
/// no bytes, `SELECTOR => Variant,`. A `TPMT` reads its own selector and gives
/// its name: `= "TPMT_RSA_SCHEME", "scheme": TpmAlgId`. A `TPMU` is told it:
/// `= "TPMU_ATTEST" by TpmSt`.
macro_rules! tpm_union {
    (
        $(#[$meta:meta])*
        pub enum $name:ident<$lt:lifetime> = $spec:literal, $tag:literal: $selector:ident
        { $($arms:tt)* }
    ) => {
        tpm_union!(@arms $(#[$meta])* [$name] [<$lt>] $lt $spec $selector $($arms)*);
        tpm_union!(@tagged [$name] [<$lt>] $lt $spec $tag $selector $($arms)*);
    };
    (
        $(#[$meta:meta])*
        pub enum $name:ident = $spec:literal, $tag:literal: $selector:ident
        { $($arms:tt)* }
    ) => {
        tpm_union!(@arms $(#[$meta])* [$name] [] 'r $spec $selector $($arms)*);
        tpm_union!(@tagged [$name] [] 'r $spec $tag $selector $($arms)*);
    };
    (
        $(#[$meta:meta])*
        pub enum $name:ident<$lt:lifetime> = $spec:literal by $selector:ident
        { $($arms:tt)* }
    ) => {
        tpm_union!(@arms $(#[$meta])* [$name] [<$lt>] $lt $spec $selector $($arms)*);
        tpm_union!(@untagged [$name] [<$lt>] $lt $($arms)*);
    };
    (
        @arms $(#[$meta:meta])* [$name:ident] [$($generics:tt)*] $lt:lifetime
        $spec:literal $selector:ident
        $(
            $(#[$arm_meta:meta])*
            $value:ident => $variant:ident $( ( $ty:ty = $text:literal ) )?,
        )*
    ) => {
        $(#[$meta])*
        #[doc(alias = $spec)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum $name $($generics)* {
            $( $(#[$arm_meta])* $variant $( ($ty) )?, )*
        }

        impl<$lt> $name $($generics)* {
            /// The id that selects this arm.
            #[must_use]
            pub const fn selector(&self) -> $selector {
                match self {
                    $( Self::$variant { .. } => $selector::$value, )*
                }
            }

            /// Reads the arm of `selector`, which was read at `at` from `tag`.
            #[inline(always)]
            pub(crate) fn unmarshal_selected(
                selector: $selector,
                at: $crate::wire::Reader<$lt>,
                tag: &'static $crate::error::Place,
                r: &mut $crate::wire::Reader<$lt>,
            ) -> Result<Self, $crate::error::UnmarshalError> {
                let _ = &r;
                Ok(match selector {
                    $(
                        $selector::$value => Self::$variant $( (
                            r.field::<$ty>(&$crate::error::Place {
                                structure: $spec,
                                field: $text,
                            })?
                        ) )?,
                    )*
                    $selector(value) => {
                        let unknown = $crate::error::Reason::UnknownSelector { value };
                        return Err(at.error(unknown).in_place(tag));
                    }
                })
            }

            /// Writes the arm without its selector.
            #[inline(always)]
            pub(crate) fn marshal_selected<S: $crate::wire::Sink + ?Sized>(
                &self,
                sink: &mut S,
            ) -> Result<(), $crate::error::MarshalError> {
                match self {
                    $( Self::$variant { .. } => {
                        let _ = &sink;
                        $( if let Self::$variant(value) = self {
                            $crate::wire::Marshal::marshal(value, sink).map_err(|e| {
                                e.in_place(&$crate::error::Place { structure: $spec, field: $text })
                            })?;
                        } )?
                    } )*
                }
                Ok(())
            }
        }
    };
    (
        @untagged [$name:ident] [$($generics:tt)*] $lt:lifetime
        $(
            $(#[$arm_meta:meta])*
            $value:ident => $variant:ident $( ( $ty:ty = $text:literal ) )?,
        )*
    ) => {
        /// The fields of the arm; the structure around it tells the selector.
        impl<$lt> $crate::wire::Inspect for $name $($generics)* {
            fn inspect(&self, to: &mut dyn $crate::wire::Inspector) {
                $( $(
                    if let Self::$variant(value) = self {
                        let value: &$ty = value;
                        value.inspect(to);
                    }
                )? )*
            }
        }
    };
    (
        @tagged [$name:ident] [$($generics:tt)*] $lt:lifetime
        $spec:literal $tag:literal $selector:ident
        $(
            $(#[$arm_meta:meta])*
            $value:ident => $variant:ident $( ( $ty:ty = $text:literal ) )?,
        )*
    ) => {
        impl<$lt> $crate::wire::Unmarshal<$lt> for $name $($generics)* {
            const NAME: &'static str = $spec;

            #[inline(always)]
            fn unmarshal(
                r: &mut $crate::wire::Reader<$lt>,
            ) -> Result<Self, $crate::error::UnmarshalError> {
                const TAG: &$crate::error::Place =
                    &$crate::error::Place { structure: $spec, field: $tag };
                let at = *r;
                let selector = r.field(TAG)?;
                Self::unmarshal_selected(selector, at, TAG, r)
            }
        }

        impl<$lt> $crate::wire::Marshal for $name $($generics)* {
            #[inline(always)]
            fn marshal<S: $crate::wire::Sink + ?Sized>(
                &self,
                sink: &mut S,
            ) -> Result<(), $crate::error::MarshalError> {
                self.selector().marshal(sink)?;
                self.marshal_selected(sink)
            }
        }

        impl<$lt> $crate::wire::Inspect for $name $($generics)* {
            fn inspect(&self, to: &mut dyn $crate::wire::Inspector) {
                to.field($tag, &self.selector());
                $( $(
                    if let Self::$variant(value) = self {
                        to.field($text, value);
                    }
                )? )*
            }
        }
    };
}
