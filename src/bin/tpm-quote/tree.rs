//! A structure as a tree of its fields, for JSON and YAML.

use serde_json::{Map, Value};
use tpm_quote::{
    types::{TpmNt, TpmaLocality, TpmaNv, TpmaObject},
    wire::{Inspect, Inspector},
};

use crate::input::Hex;

/// The fields of a value, by the specification's names: ids and attributes by
/// name, bytes in hexadecimal, numbers as integers.
pub(crate) fn tree(value: &dyn Inspect) -> Value {
    let mut tree = Tree(None);
    value.inspect(&mut tree);
    tree.0.unwrap_or_else(|| Map::new().into())
}

/// What was told so far; `None` if nothing was.
struct Tree(Option<Value>);

impl Inspector for Tree {
    fn field(&mut self, name: &'static str, value: &dyn Inspect) {
        let fields = self.0.get_or_insert_with(|| Map::new().into());
        if let Value::Object(fields) = fields {
            fields.insert(name.to_owned(), tree(value));
        }
    }

    fn list(&mut self, elements: &mut dyn FnMut(&mut tpm_quote::wire::Tell<'_>)) {
        let mut list = Vec::new();
        elements(&mut |element| list.push(tree(element)));
        self.0 = Some(list.into());
    }

    fn number(&mut self, value: u64) {
        self.0 = Some(value.into());
    }

    fn id(&mut self, name: Option<&'static str>, value: u64, digits: usize) {
        self.0 = Some(match name {
            Some(name) => name.into(),
            None => format!("0x{value:0digits$x}").into(),
        });
    }

    fn flags(&mut self, value: u64, digits: usize, names: &mut dyn Iterator<Item = &'static str>) {
        let mut unnamed = value;
        let mut list: Vec<Value> = Vec::new();
        for name in names {
            unnamed &= !bits(name);
            list.push(name.into());
        }
        if unnamed != 0 {
            list.push(format!("0x{unnamed:0digits$x}").into());
        }
        self.0 = Some(list.into());
    }

    fn bytes(&mut self, value: &[u8]) {
        self.0 = Some(Hex(value).to_string().into());
    }

    fn yes_no(&mut self, value: bool) {
        self.0 = Some(value.into());
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
