//! Structures in the data of events: values that the test writes are read back, and what is cut or
//! has another size is refused, or is the same bytes in other pieces.

use proptest::{array::uniform16, collection::vec, prelude::*};
use tpm_quote::log::{EfiVariable, GptEvent, Guid, ImageLoadEvent, SignatureLists};

/// Data of an event that is not too long for all of its truncations.
fn bytes(max: usize) -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..max)
}

/// A character, or half of a pair of UTF-16 alone: the second half, which no other completes.
#[derive(Clone, Copy, Debug)]
enum Unit {
    Char(char),
    Half(u16),
}

fn name() -> impl Strategy<Value = Vec<Unit>> {
    let unit = prop_oneof![
        8 => any::<char>().prop_map(Unit::Char),
        1 => (0xdc00_u16..=0xdfff).prop_map(Unit::Half),
    ];
    vec(unit, 0..12)
}

fn written_name(name: &[Unit]) -> Vec<u8> {
    let units = name.iter().flat_map(|unit| match unit {
        Unit::Char(c) => c.encode_utf16(&mut [0; 2]).to_vec(),
        Unit::Half(half) => vec![*half],
    });
    units.flat_map(u16::to_le_bytes).collect()
}

fn written_variable(guid: [u8; 16], sizes: [u64; 2], parts: [&[u8]; 2]) -> Vec<u8> {
    let sizes = sizes.map(u64::to_le_bytes).concat();
    [&guid[..], &sizes, parts[0], parts[1]].concat()
}

/// No beginning of the data is read, and nothing behind them.
#[track_caller]
fn is_whole(data: &[u8], is_read: impl Fn(&[u8]) -> bool) {
    for len in 0..data.len() {
        assert!(!is_read(&data[..len]), "{len} of {}", data.len());
    }
    assert!(!is_read(&[data, &[0]].concat()));
}

/// A list of signatures as it is written: kind, bytes of its header, size and contents of entries.
#[derive(Clone, Debug)]
struct List {
    kind: [u8; 16],
    header: Vec<u8>,
    size: usize,
    entries: Vec<([u8; 16], Vec<u8>)>,
}

fn list() -> impl Strategy<Value = List> {
    let of_size = |size| {
        let entry = (uniform16(any::<u8>()), vec(any::<u8>(), size));
        (uniform16(any::<u8>()), bytes(5), vec(entry, 0..4)).prop_map(
            move |(kind, header, entries)| List {
                kind,
                header,
                size: size + 16,
                entries,
            },
        )
    };
    (1_usize..40).prop_flat_map(of_size)
}

impl List {
    fn contents(&self) -> Vec<u8> {
        let entries = self.entries.iter();
        entries
            .flat_map(|(owner, data)| [owner, &data[..]].concat())
            .collect()
    }

    /// With these sizes in front: of the list, of its header, of an entry.
    fn written_as(&self, sizes: [usize; 3]) -> Vec<u8> {
        let sizes = sizes.map(|size| u32::try_from(size).unwrap().to_le_bytes());
        [
            &self.kind[..],
            &sizes.concat(),
            &self.header,
            &self.contents(),
        ]
        .concat()
    }

    fn sizes(&self) -> [usize; 3] {
        let header = self.header.len();
        [28 + header + self.contents().len(), header, self.size]
    }

    fn written(&self) -> Vec<u8> {
        self.written_as(self.sizes())
    }
}

/// Kind, owner and data of the entries.
fn entries(lists: &SignatureLists<'_>) -> Vec<([u8; 16], [u8; 16], Vec<u8>)> {
    let entries = lists.entries();
    entries
        .map(|entry| (entry.kind().0, entry.owner().0, entry.data().to_vec()))
        .collect()
}

/// A partition table: header, size of an entry, entries.
fn written_table(disk: [u8; 16], size: u32, count: u64, partitions: &[Vec<u8>]) -> Vec<u8> {
    let mut table = b"EFI PART".to_vec();
    table.extend([0x55; 48]);
    table.extend(disk);
    table.extend([0x55; 12]);
    table.extend(size.to_le_bytes());
    table.extend([0x55; 4]);
    table.extend(count.to_le_bytes());
    table.extend(partitions.concat());
    table
}

fn written_image(numbers: [u64; 3], len: u64, path: &[u8]) -> Vec<u8> {
    let [location, length, address] = numbers.map(u64::to_le_bytes);
    [&location[..], &length, &address, &len.to_le_bytes(), path].concat()
}

type Node = (u8, u8, Vec<u8>);

fn written_path(nodes: &[Node]) -> Vec<u8> {
    let nodes = nodes.iter().map(|(kind, subtype, contents)| {
        let size = u16::try_from(contents.len() + 4).unwrap().to_le_bytes();
        [&[*kind, *subtype][..], &size, contents].concat()
    });
    nodes.collect::<Vec<_>>().concat()
}

proptest! {
    #[test]
    fn variables_are_read_back(
        guid in uniform16(any::<u8>()),
        name in name(),
        contents in bytes(40),
        sizes in (0_u64..20, 0_u64..60),
        far in any::<u64>(),
    ) {
        let text = written_name(&name);
        let real = [text.len() as u64 / 2, contents.len() as u64];
        let data = written_variable(guid, real, [&text, &contents]);
        let variable = EfiVariable::parse(&data).unwrap();
        prop_assert_eq!(variable.guid(), Guid(guid));
        prop_assert_eq!(variable.name().bytes(), &text);
        prop_assert_eq!(variable.contents(), &contents);
        let chars: Vec<_> = variable.name().chars().collect();
        let expected: Vec<_> = name
            .iter()
            .map(|unit| match unit {
                Unit::Char(c) => Some(*c),
                Unit::Half(_) => None,
            })
            .collect();
        prop_assert_eq!(&chars, &expected);
        let whole: Option<String> = expected.into_iter().collect();
        prop_assert_eq!(variable.name().is_valid(), whole.is_some());
        if let Some(whole) = whole {
            prop_assert!(variable.is(Guid(guid), &whole));
            let longer = format!("{whole}x");
            prop_assert!(!variable.is(Guid(guid), &longer));
        }
        is_whole(&data, |data| EfiVariable::parse(data).is_ok());

        // Other sizes cut the same bytes elsewhere, or not at all.
        let both = [&text[..], &contents].concat();
        let (chars, len) = sizes;
        let data = written_variable(guid, [chars, len], [&text, &contents]);
        match EfiVariable::parse(&data) {
            Ok(variable) => {
                let (name, contents) = both.split_at(2 * chars as usize);
                prop_assert_eq!(variable.name().bytes(), name);
                prop_assert_eq!(variable.contents(), contents);
                prop_assert_eq!(contents.len() as u64, len);
            }
            Err(_) => prop_assert_ne!(2 * chars + len, both.len() as u64),
        }
        // Nor do they overflow.
        let far = far | 1 << 40;
        for sizes in [[far, real[1]], [real[0], far], [real[0] | 1 << 63, real[1]]] {
            let data = written_variable(guid, sizes, [&text, &contents]);
            prop_assert!(EfiVariable::parse(&data).is_err());
        }
    }

    #[test]
    fn lists_of_signatures_are_read_back(lists in vec(list(), 0..4)) {
        let data: Vec<_> = lists.iter().flat_map(List::written).collect();
        let expected: Vec<_> = lists
            .iter()
            .flat_map(|list| list.entries.iter().map(|(owner, data)| (list.kind, *owner, data.clone())))
            .collect();
        prop_assert_eq!(entries(&SignatureLists::parse(&data).unwrap()), expected);
        // Cut between two lists, those before are read; cut elsewhere, none are.
        let mut ends = vec![0];
        for list in &lists {
            ends.push(ends[ends.len() - 1] + list.written().len());
        }
        for len in 0..data.len() {
            let read = SignatureLists::parse(&data[..len]);
            prop_assert_eq!(read.is_ok(), ends.contains(&len), "{} of {}", len, data.len());
        }
    }

    #[test]
    fn lists_of_other_sizes_are_refused_or_the_same_bytes(
        list in list(),
        header in 0_usize..90,
        size in 0_usize..90,
        more in 1_usize..1000,
    ) {
        let [all, _, real] = list.sizes();
        let read = |sizes| {
            let data = list.written_as(sizes);
            let lists = SignatureLists::parse(&data).ok()?;
            Some(entries(&lists).into_iter().flat_map(|(_, owner, data)| [&owner[..], &data].concat()).collect::<Vec<u8>>())
        };
        let rest = [&list.header[..], &list.contents()].concat();
        // The header longer or shorter: entries are what follows it, if they fit.
        let fits = header <= rest.len() && (rest.len() - header).is_multiple_of(real);
        prop_assert_eq!(read([all, header, real]), fits.then(|| rest[header.min(rest.len())..].to_vec()));
        // Entries of another size.
        let contents = list.contents();
        let fits = size > 16 && contents.len().is_multiple_of(size);
        prop_assert_eq!(read([all, list.header.len(), size]), fits.then_some(contents));
        // A list that ends behind the contents.
        prop_assert_eq!(read([all + more, list.header.len(), real]), None);
        // One that is shorter than its own head.
        prop_assert_eq!(read([more % 28, list.header.len(), real]), None);
    }

    #[test]
    fn partition_tables_are_read_back(
        disk in uniform16(any::<u8>()),
        parts in vec((uniform16(any::<u8>()), uniform16(any::<u8>()), any::<u64>(), any::<u64>()), 0..4),
        padding in 0_usize..9,
        other in 0_u32..300,
        count in any::<u64>(),
    ) {
        let size = 128 + padding;
        let partitions: Vec<_> = parts
            .iter()
            .map(|(kind, id, first, last)| {
                let mut entry = [&kind[..], id, &first.to_le_bytes(), &last.to_le_bytes()].concat();
                entry.resize(size, 0xaa);
                entry
            })
            .collect();
        let real = parts.len() as u64;
        let written = |size, count| written_table(disk, size, count, &partitions);
        let data = written(size as u32, real);
        let table = GptEvent::parse(&data).unwrap();
        prop_assert_eq!(table.disk(), Guid(disk));
        let read: Vec<_> = table
            .partitions()
            .map(|it| (it.kind().0, it.id().0, it.first_block(), it.last_block()))
            .collect();
        prop_assert_eq!(read, parts);
        is_whole(&data, |data| GptEvent::parse(data).is_ok());

        let fits = other >= 128 && u64::from(other) * real == size as u64 * real;
        prop_assert_eq!(GptEvent::parse(&written(other, real)).is_ok(), fits);
        prop_assert_eq!(GptEvent::parse(&written(size as u32, count)).is_ok(), count == real);
        let mut unsigned = data;
        unsigned[7] ^= 1;
        prop_assert!(GptEvent::parse(&unsigned).is_err());
    }

    #[test]
    fn image_loads_are_read_back(
        numbers in [any::<u64>(), any::<u64>(), any::<u64>()],
        nodes in vec((any::<u8>(), any::<u8>(), bytes(20)), 0..5),
        cut in any::<prop::sample::Index>(),
        len in any::<u64>(),
    ) {
        let path = written_path(&nodes);
        let data = written_image(numbers, path.len() as u64, &path);
        let image = ImageLoadEvent::parse(&data).unwrap();
        prop_assert_eq!([image.location(), image.length(), image.link_time_address()], numbers);
        let read = |image: &ImageLoadEvent<'_>| -> Vec<Node> {
            let path = image.device_path();
            path.map(|(kind, subtype, contents)| (kind, subtype, contents.to_vec())).collect()
        };
        prop_assert_eq!(read(&image), nodes.clone());
        is_whole(&data, |data| ImageLoadEvent::parse(data).is_ok());
        let other = written_image(numbers, len, &path);
        prop_assert_eq!(ImageLoadEvent::parse(&other).is_ok(), len == path.len() as u64);

        // Of a path that was cut, the nodes that are whole.
        let cut = cut.index(path.len() + 1);
        let data = written_image(numbers, cut as u64, &path[..cut]);
        let image = ImageLoadEvent::parse(&data).unwrap();
        let whole = (0..=nodes.len()).rev().find(|count| written_path(&nodes[..*count]).len() <= cut);
        prop_assert_eq!(read(&image), nodes[..whole.unwrap()].to_vec());
        // A node that says that it is shorter than its own head ends it.
        if let Some((_, _, contents)) = nodes.first() {
            let mut short = path.clone();
            short[2..4].copy_from_slice(&[(contents.len() % 4) as u8, 0]);
            let data = written_image(numbers, short.len() as u64, &short);
            let image = ImageLoadEvent::parse(&data).unwrap();
            prop_assert_eq!(read(&image), Vec::<Node>::new());
        }
    }
}
