//! The problems as their source files have them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

/// A variant, and its fields: a name, which is empty in a tuple, and a type.
type Variants = BTreeMap<String, Vec<(String, String)>>;

/// The enums of problems, and what is in them.
pub struct Problems(BTreeMap<String, Variants>);

/// An enum and a variant of it.
pub type Variant = (String, String);

/// The files that have no problems in them, but what is said beside one.
const OTHERS: [&str; 6] = [
    "check.rs",
    "error.rs",
    "excerpt.rs",
    "meaning.rs",
    "mod.rs",
    "part.rs",
];

fn files() -> Vec<String> {
    let folder = format!("{}/src/verify/error", env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for entry in fs::read_dir(&folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if !OTHERS.contains(&name.as_str()) {
            files.push(fs::read_to_string(entry.path()).unwrap());
        }
    }
    assert_eq!(files.len(), 24, "files of problems in {folder}");
    files
}

impl Problems {
    /// Reads the enums, and the structures that hold one, as rustfmt leaves them.
    pub fn read() -> Self {
        let mut problems = BTreeMap::new();
        for file in files() {
            let mut lines = file.lines();
            while let Some(line) = lines.next() {
                let line = line
                    .trim_start_matches("pub(crate) ")
                    .trim_start_matches("pub(super) ");
                let line = line.trim_start_matches("pub ");
                if let Some(name) = between(line, "enum ", " {") {
                    let body = lines.by_ref().take_while(|line| *line != "}");
                    problems.insert(name.to_owned(), variants(body));
                } else if let Some(name) = between(line, "struct ", " {") {
                    let body = lines.by_ref().take_while(|line| *line != "}");
                    let fields = body.filter_map(|line| field(line.trim())).collect();
                    let alone = BTreeMap::from([(name.to_owned(), fields)]);
                    problems.insert(name.to_owned(), alone);
                }
            }
        }
        // What only writes a text.
        problems.remove("Attributes").expect("it is in key.rs");
        Self(problems)
    }

    /// Every variant of every enum.
    pub fn all(&self) -> BTreeSet<Variant> {
        let enums = self.0.iter();
        enums
            .flat_map(|(of, variants)| variants.keys().map(|name| (of.clone(), name.clone())))
            .collect()
    }

    /// The variants that a problem is made of, from the outside in, by its `Debug` text.
    pub fn path(&self, shown: &str) -> Vec<Variant> {
        let mut path = Vec::new();
        self.walk("Problem", shown, &mut path);
        path
    }

    fn walk(&self, of: &str, shown: &str, path: &mut Vec<Variant>) {
        let end = shown.find(|c: char| !c.is_alphanumeric());
        let name = &shown[..end.unwrap_or(shown.len())];
        let fields = self.0[of].get(name);
        let fields = fields.unwrap_or_else(|| panic!("{of} has no {name}: {shown}"));
        path.push((of.to_owned(), name.to_owned()));
        for (field, kind) in fields {
            if !self.0.contains_key(kind) {
                continue;
            }
            let value = match field.as_str() {
                "" => &shown[name.len() + 1..],
                field => shown.split_once(&format!("{field}: ")).unwrap().1,
            };
            self.walk(kind, value, path);
        }
    }
}

fn variants<'l>(lines: impl Iterator<Item = &'l str>) -> Variants {
    let mut variants = Variants::new();
    let mut last = String::new();
    for line in lines {
        let words = line.trim();
        match line.len() - line.trim_start().len() {
            4 if words.starts_with(|c: char| c.is_uppercase()) => {
                let end = words.find(|c: char| !c.is_alphanumeric()).unwrap();
                words[..end].clone_into(&mut last);
                let kinds = between(&words[end..], "(", "),").unwrap_or_default();
                let kinds = kinds.split(", ").filter(|kind| !kind.is_empty());
                let fields = kinds.map(|kind| (String::new(), kind.to_owned()));
                variants.insert(last.clone(), fields.collect());
            }
            8 => variants.get_mut(&last).unwrap().extend(field(words)),
            _ => {}
        }
    }
    variants
}

/// `name: Type,`, in a structure or a variant.
fn field(line: &str) -> Option<(String, String)> {
    let line = line
        .trim_start_matches("pub(crate) ")
        .trim_start_matches("pub(super) ");
    let (name, kind) = line.strip_suffix(',')?.split_once(": ")?;
    let is_name = name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    is_name.then(|| (name.to_owned(), kind.to_owned()))
}

fn between<'l>(line: &'l str, start: &str, end: &str) -> Option<&'l str> {
    line.strip_prefix(start)?.strip_suffix(end)
}

/// Every name that stands where a problem's meaning is said.
pub fn names() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for file in files() {
        for part in file.split("fn meaning(").skip(1) {
            let part = part.split("impl fmt::Display").next().unwrap();
            let code = |line: &&str| !line.trim().starts_with(['/', '#']);
            for line in part.lines().filter(code) {
                let literals = line.split('"').skip(1).step_by(2);
                let is_name = |text: &&str| {
                    let mut bytes = text.bytes();
                    bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
                };
                names.extend(literals.filter(is_name).map(str::to_owned));
            }
        }
    }
    names
}
