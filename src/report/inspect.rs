//! Structures by the specification's names: as JSON, and as lines of text.

use core::fmt;

use super::json::Json;
use crate::{
    types::{TpmNt, TpmaLocality, TpmaNv, TpmaObject},
    wire::{Hex, Inspect, Inspector, Tell},
};

/// Writes a structure as JSON on one line: fields by the specification's names, ids and
/// attributes by name, bytes in hexadecimal, numbers as integers.
///
/// # Errors
/// `out` fails.
pub fn write_json<W: fmt::Write + ?Sized>(value: &dyn Inspect, out: &mut W) -> fmt::Result {
    write_to(value, Style::Specification, &mut Json::new(out, true))
}

/// Writes a structure as a part of a report.
pub(super) fn write_report<W: fmt::Write + ?Sized>(
    value: &dyn Inspect,
    json: &mut Json<'_, W>,
) -> fmt::Result {
    write_to(value, Style::Report, json)
}

/// How fields are named, and integers of 64 bits written.
#[derive(Clone, Copy)]
enum Style {
    /// `resetCount`, and a number.
    Specification,
    /// `reset_count`, and a string.
    Report,
}

fn write_to<W: fmt::Write + ?Sized>(
    value: &dyn Inspect,
    style: Style,
    json: &mut Json<'_, W>,
) -> fmt::Result {
    // An object has its fields in one go; nothing else has any.
    let mut shape = Shape::Nothing;
    value.inspect(&mut shape);
    match shape {
        Shape::Object => json.object(|json| tell(value, style, json)),
        Shape::Nothing => json.object(|_| Ok(())),
        Shape::List | Shape::ListOfNested | Shape::Scalar => tell(value, style, json),
    }
}

fn tell<W: fmt::Write + ?Sized>(
    value: &dyn Inspect,
    style: Style,
    json: &mut Json<'_, W>,
) -> fmt::Result {
    let result = Ok(());
    let mut to = AsJson {
        json,
        style,
        result,
    };
    value.inspect(&mut to);
    to.result
}

/// Writes what it is told; the first failure stays.
struct AsJson<'j, 'w, W: ?Sized> {
    json: &'j mut Json<'w, W>,
    style: Style,
    result: fmt::Result,
}

impl<W: fmt::Write + ?Sized> AsJson<'_, '_, W> {
    fn write(&mut self, write: impl FnOnce(&mut Json<'_, W>) -> fmt::Result) {
        if self.result.is_ok() {
            self.result = write(self.json);
        }
    }
}

impl<W: fmt::Write + ?Sized> Inspector for AsJson<'_, '_, W> {
    fn field(&mut self, name: &'static str, value: &dyn Inspect) {
        let style = self.style;
        self.write(|json| {
            match style {
                Style::Specification => json.key(name)?,
                Style::Report => json.key_of(SnakeCase(name))?,
            }
            write_to(value, style, json)
        });
    }

    fn list(&mut self, elements: &mut dyn FnMut(&mut Tell<'_>)) {
        let style = self.style;
        self.write(|json| {
            json.list(|json| {
                let mut result = Ok(());
                elements(&mut |element| {
                    if result.is_ok() {
                        result = json.element();
                        result = result.and_then(|()| write_to(element, style, json));
                    }
                });
                result
            })
        });
    }

    fn number(&mut self, value: u64) {
        self.write(|json| json.bare(value));
    }

    fn long_number(&mut self, value: u64) {
        match self.style {
            Style::Specification => self.number(value),
            Style::Report => self.write(|json| json.string(value)),
        }
    }

    fn id(&mut self, name: Option<&'static str>, value: u64, digits: usize) {
        self.write(|json| match name {
            Some(name) => json.word(name),
            None => json.string(Id { value, digits }),
        });
    }

    fn flags(&mut self, value: u64, digits: usize, names: &mut dyn Iterator<Item = &'static str>) {
        self.write(|json| {
            json.list(|json| {
                let mut unnamed = value;
                for name in names {
                    unnamed &= !bits(name);
                    json.element()?;
                    json.word(name)?;
                }
                if unnamed != 0 {
                    json.element()?;
                    let value = unnamed;
                    json.string(Id { value, digits })?;
                }
                Ok(())
            })
        });
    }

    fn bytes(&mut self, value: &[u8]) {
        self.write(|json| json.hex(value));
    }

    fn yes_no(&mut self, value: bool) {
        self.write(|json| json.bare(value));
    }
}

/// A name of the specification in the style of a report's keys.
struct SnakeCase(&'static str);

impl fmt::Display for SnakeCase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            if c.is_ascii_uppercase() {
                f.write_str("_")?;
            }
            fmt::Write::write_char(f, c.to_ascii_lowercase())?;
        }
        Ok(())
    }
}

/// An id without a name, or what is left of attributes: hexadecimal, this many digits.
struct Id {
    value: u64,
    digits: usize,
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // No number has more, and so large a width can always be formatted.
        let digits = self.digits.min(16);
        write!(f, "0x{:0digits$x}", self.value)
    }
}

/// The bits that an attribute's name stands for. No two tables share a name.
fn bits(name: &str) -> u64 {
    let object = TpmaObject::NAMES.iter().map(|&(bit, n)| (bit.0, n));
    let nv = TpmaNv::NAMES.iter().map(|&(bit, n)| (bit.0, n));
    let locality = TpmaLocality::NAMES
        .iter()
        .map(|&(bit, n)| (u32::from(bit.0), n));
    // The kind of an NV index lies in bits 7 to 4 of its attributes.
    let kind = TpmNt::NAMES
        .iter()
        .map(|&(kind, n)| (u32::from(kind.0) << 4, n));
    object
        .chain(nv)
        .chain(locality)
        .chain(kind)
        .find_map(|(bits, known)| (known == name).then(|| u64::from(bits)))
        .unwrap_or(0)
}

/// What a value consists of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// Nothing at all: a structure without fields.
    Nothing,
    Object,
    /// Of values that fit on a line.
    List,
    ListOfNested,
    Scalar,
}

impl Inspector for Shape {
    fn field(&mut self, _: &'static str, _: &dyn Inspect) {
        *self = Self::Object;
    }

    fn list(&mut self, elements: &mut dyn FnMut(&mut Tell<'_>)) {
        *self = Self::List;
        elements(&mut |element| {
            let mut shape = Self::Nothing;
            element.inspect(&mut shape);
            if shape != Self::Scalar {
                *self = Self::ListOfNested;
            }
        });
    }

    fn number(&mut self, _: u64) {
        *self = Self::Scalar;
    }

    fn id(&mut self, _: Option<&'static str>, _: u64, _: usize) {
        *self = Self::Scalar;
    }

    fn flags(&mut self, _: u64, _: usize, _: &mut dyn Iterator<Item = &'static str>) {
        *self = Self::List;
    }

    fn bytes(&mut self, _: &[u8]) {
        *self = Self::Scalar;
    }

    fn yes_no(&mut self, _: bool) {
        *self = Self::Scalar;
    }
}

/// Writes a structure as lines of text, `name: value`, this many steps of two spaces deep.
pub(super) fn write_lines<W: fmt::Write + ?Sized>(
    value: &dyn Inspect,
    depth: usize,
    out: &mut W,
) -> fmt::Result {
    let mut to = AsLines {
        out,
        depth,
        result: Ok(()),
    };
    value.inspect(&mut to);
    to.result
}

/// Writes what it is told as lines.
struct AsLines<'w, W: ?Sized> {
    out: &'w mut W,
    depth: usize,
    result: fmt::Result,
}

impl<W: fmt::Write + ?Sized> AsLines<'_, W> {
    fn write(&mut self, write: impl FnOnce(&mut W, usize) -> fmt::Result) {
        if self.result.is_ok() {
            self.result = write(self.out, self.depth);
        }
    }
}

fn indent<W: fmt::Write + ?Sized>(out: &mut W, depth: usize) -> fmt::Result {
    for _ in 0..depth {
        out.write_str("  ")?;
    }
    Ok(())
}

impl<W: fmt::Write + ?Sized> Inspector for AsLines<'_, W> {
    fn field(&mut self, name: &'static str, value: &dyn Inspect) {
        let mut shape = Shape::Nothing;
        value.inspect(&mut shape);
        self.write(|out, depth| {
            indent(out, depth)?;
            write!(out, "{name}:")?;
            if matches!(shape, Shape::Object | Shape::ListOfNested) {
                out.write_str("\n")?;
                write_lines(value, depth.saturating_add(1), out)
            } else {
                out.write_str(" ")?;
                write_lines(value, 0, out)?;
                out.write_str("\n")
            }
        });
    }

    fn list(&mut self, elements: &mut dyn FnMut(&mut Tell<'_>)) {
        let mut shape = Shape::Nothing;
        shape.list(elements);
        self.write(|out, depth| {
            let mut result = Ok(());
            let mut between = "[";
            elements(&mut |element| {
                if result.is_err() {
                    return;
                }
                result = if shape == Shape::List {
                    let written = out.write_str(between);
                    between = ", ";
                    written.and_then(|()| write_lines(element, 0, out))
                } else {
                    indent(out, depth)
                        .and_then(|()| out.write_str("-\n"))
                        .and_then(|()| write_lines(element, depth.saturating_add(1), out))
                };
            });
            result?;
            match (shape, between) {
                (Shape::List, "[") => out.write_str("[]"),
                (Shape::List, _) => out.write_str("]"),
                _ => Ok(()),
            }
        });
    }

    fn number(&mut self, value: u64) {
        self.write(|out, _| write!(out, "{value}"));
    }

    fn id(&mut self, name: Option<&'static str>, value: u64, digits: usize) {
        self.write(|out, _| match name {
            Some(name) => out.write_str(name),
            None => write!(out, "{}", Id { value, digits }),
        });
    }

    fn flags(&mut self, value: u64, digits: usize, names: &mut dyn Iterator<Item = &'static str>) {
        self.write(|out, _| {
            let mut unnamed = value;
            let mut between = "[";
            for name in names {
                unnamed &= !bits(name);
                write!(out, "{between}{name}")?;
                between = ", ";
            }
            if unnamed != 0 {
                let value = unnamed;
                write!(out, "{between}{}", Id { value, digits })?;
                between = ", ";
            }
            out.write_str(if between == "[" { "[]" } else { "]" })
        });
    }

    fn bytes(&mut self, value: &[u8]) {
        self.write(|out, _| match value {
            [] => out.write_str("\"\""),
            _ => Hex(value).write_to(out),
        });
    }

    fn yes_no(&mut self, value: bool) {
        self.write(|out, _| write!(out, "{value}"));
    }
}
