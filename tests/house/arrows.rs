//! Which file imports from which, and in what direction that is.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::{
    Source,
    scan::{imports, tokens, without_tests},
};

/// The order of the files in each folder, and the exceptions from it.
pub struct Plan {
    /// Folders of `src` with what is in them, from the bottom to the top: a file imports
    /// what stands before it. The folder `src` itself is `""`; `"*"` is all that is not
    /// named, which has no order but may make no circle.
    pub order: &'static [(&'static str, &'static [&'static str])],
    /// Pairs of files that may look up, and why.
    pub look_up: &'static [(&'static str, &'static str, &'static str)],
    /// Folders in which only circles are looked for.
    pub circles_only: &'static [&'static str],
}

/// A module, from `src`: `["types", "nv"]`.
type Module = Vec<String>;

/// What is in the house: modules, their files, and who names whom.
struct House<'s> {
    /// The file of each module; a module may have two, `word32.rs` and `word64.rs`.
    files: BTreeMap<Module, Vec<&'s Source>>,
}

/// One file names another.
struct Arrow<'s> {
    from: Module,
    to: Module,
    /// What it names, from the crate's root.
    path: Vec<String>,
    in_macro: bool,
    source: &'s Source,
    line: usize,
}

pub fn complaints(sources: &[Source], plan: &Plan) -> Vec<String> {
    let house = House::new(sources);
    let mut complaints = house.unplanned(plan);
    let mut edges: BTreeMap<Module, BTreeSet<Module>> = BTreeMap::new();
    for arrow in house.arrows() {
        let folder = arrow.folder();
        if arrow.from == arrow.to {
            continue;
        }
        let ends = (&*name(&arrow.from), &*name(&arrow.to));
        let may_look_up = plan
            .look_up
            .iter()
            .any(|(from, to, _)| (*from, *to) == ends);
        if !may_look_up
            && !has(plan.circles_only, folder)
            && let Some(what) = arrow.complaint(plan)
        {
            let Source { path, .. } = arrow.source;
            complaints.push(format!("src/{path}:{}: {what}", arrow.line));
        } else if !(arrow.in_macro && arrow.goes_up()) {
            edges.entry(arrow.from).or_default().insert(arrow.to);
        }
    }
    // A facade shows what is in its folder.
    for module in house.files.keys() {
        if let Some((_, folder)) = module.split_last() {
            let facade = edges.entry(folder.to_vec()).or_default();
            facade.insert(module.clone());
        }
    }
    complaints.extend(circles(&edges));
    complaints.extend(house.folders_without_order(plan, &edges));
    complaints
}

impl<'s> House<'s> {
    fn new(sources: &'s [Source]) -> Self {
        let mut files: BTreeMap<Module, Vec<&Source>> = BTreeMap::new();
        for source in sources {
            let path = source.path.strip_suffix(".rs").unwrap();
            let mut module: Module = path.split('/').map(str::to_owned).collect();
            // Tests may use anything.
            if module.iter().any(|name| name == "tests") {
                continue;
            }
            if matches!(&*module[module.len() - 1], "mod" | "lib" | "main") {
                module.pop();
            }
            if let Some(name) = module.last_mut()
                && let Some(sized) = name.strip_suffix("32").or(name.strip_suffix("64"))
            {
                let base = path.strip_suffix(&**name).unwrap();
                let has = |bits| {
                    let path = format!("{base}{sized}{bits}.rs");
                    sources.iter().any(|source| source.path == path)
                };
                if has("32") && has("64") {
                    *name = sized.to_owned();
                }
            }
            files.entry(module).or_default().push(source);
        }
        Self { files }
    }

    fn arrows(&self) -> Vec<Arrow<'s>> {
        let mut arrows = Vec::new();
        for (from, sources) in &self.files {
            // The root of the crate that the file belongs to.
            let root = match &from[..] {
                [bin, command, ..] if bin == "bin" => vec![bin.clone(), command.clone()],
                _ => Vec::new(),
            };
            for source in sources {
                let code = without_tests(tokens(&source.text));
                for import in imports(&from[root.len()..], &code) {
                    let to = self.file_of(&root, &import.path);
                    arrows.push(Arrow {
                        from: from.clone(),
                        to,
                        path: import.path,
                        in_macro: import.in_macro,
                        source,
                        line: import.line,
                    });
                }
            }
        }
        arrows
    }

    /// The deepest module on the path that has a file.
    fn file_of(&self, root: &[String], path: &[String]) -> Module {
        let exists = |len: &usize| {
            let module = [root, &path[..*len]].concat();
            // The command is no module of the library.
            let is_bin = root.is_empty() && module.first().is_some_and(|name| name == "bin");
            !is_bin && self.files.contains_key(&module)
        };
        let len = (1..=path.len()).rev().find(exists).unwrap_or(0);
        [root, &path[..len]].concat()
    }

    /// Files that the table of their folder does not have.
    fn unplanned(&self, plan: &Plan) -> Vec<String> {
        let mut complaints = Vec::new();
        for (module, sources) in &self.files {
            let is_unplanned = |len: &usize| {
                let (folder, rest) = module.split_at(*len);
                plan.row(folder)
                    .is_some_and(|row| place(row, &rest[0]).is_none())
            };
            if let Some(len) = (0..module.len()).find(is_unplanned) {
                let what = name(&module[..=len]);
                for Source { path, .. } in sources {
                    complaints.push(format!("src/{path}:1: {what} is not in the plan"));
                }
            }
        }
        complaints
    }

    /// Folders that have no table, and the one that their imports allow.
    fn folders_without_order(
        &self,
        plan: &Plan,
        edges: &BTreeMap<Module, BTreeSet<Module>>,
    ) -> Vec<String> {
        let mut folders: BTreeMap<&[String], BTreeSet<&String>> = BTreeMap::new();
        for module in self.files.keys() {
            for (len, child) in module.iter().enumerate() {
                folders.entry(&module[..len]).or_default().insert(child);
            }
        }
        let mut complaints = Vec::new();
        for (folder, mut children) in folders {
            let is_planned = match folder.split_last() {
                Some((name, above)) => plan.row(above).is_none_or(|row| place(row, name).is_some()),
                None => true,
            };
            if plan.row(folder).is_some() || has(plan.circles_only, folder) || !is_planned {
                continue;
            }
            // Those whose imports stand already, again and again.
            let mut order: Vec<&str> = Vec::new();
            while let Some(next) = children.iter().copied().find(|child| {
                let within = |module: &Module| module.starts_with(folder);
                let child_of = |module: &Module| module.get(folder.len()).cloned();
                let needs = |from: &Module, to: &Module| {
                    within(from)
                        && within(to)
                        && child_of(from).as_ref() == Some(child)
                        && child_of(to).is_some_and(|to| to != **child && children.contains(&to))
                };
                !edges
                    .iter()
                    .any(|(from, to)| to.iter().any(|to| needs(from, to)))
            }) {
                children.remove(next);
                order.push(next);
            }
            let rest = match children.is_empty() {
                true => "",
                false => ", and then there is a circle",
            };
            complaints.push(format!(
                "src/{}: no order of its files; their imports allow {}{rest}",
                name(folder),
                order.join(", ")
            ));
        }
        complaints
    }
}

impl Plan {
    fn row(&self, folder: &[String]) -> Option<&'static [&'static str]> {
        let folder = name(folder);
        let mut rows = self.order.iter();
        rows.find_map(|(known, row)| (*known == folder).then_some(*row))
    }
}

impl Arrow<'_> {
    /// The folder that decides: the deepest one that both are in.
    fn folder(&self) -> &[String] {
        let pairs = self.from.iter().zip(&self.to);
        let len = pairs.take_while(|(from, to)| from == to).count();
        &self.from[..len]
    }

    /// To a facade of a folder that the file is in.
    fn goes_up(&self) -> bool {
        self.from.len() > self.to.len() && self.from.starts_with(&self.to)
    }

    fn complaint(&self, plan: &Plan) -> Option<String> {
        let folder = self.folder();
        if self.goes_up() {
            if self.in_macro && !folder.is_empty() {
                return None;
            }
            return Some(if folder.is_empty() {
                let first = self.path.first().map_or("self", |name| name);
                format!("crate::{first} is no room: name the room")
            } else {
                format!(
                    "{} imports {} through a facade that it is in: name the file",
                    name(&self.from),
                    self.path.join("::")
                )
            });
        }
        // From a facade to what is in its folder.
        if self.to.starts_with(&self.from) {
            return None;
        }
        let row = plan.row(folder)?;
        let ends = [&self.from[folder.len()], &self.to[folder.len()]];
        let [from, to] = ends.map(|name| place(row, name));
        let is_down = match (from, to) {
            (Some(from), Some(to)) => to < from || (to == from && row[to] == "*"),
            // That they are not in the plan is said already.
            _ => true,
        };
        (!is_down).then(|| {
            let [from, to] = ends.map(|end| name(&[folder, std::slice::from_ref(end)].concat()));
            format!("{from} imports {to}, to its right")
        })
    }
}

/// Where a name stands in a row.
fn place(row: &[&str], name: &str) -> Option<usize> {
    let at = |wanted| row.iter().position(|known| *known == wanted);
    at(name).or_else(|| at("*"))
}

fn name(module: &[String]) -> String {
    module.join("/")
}

/// Whether one of the folders is this one, or has it in it.
fn has(folders: &[&str], folder: &[String]) -> bool {
    (1..=folder.len()).any(|len| folders.contains(&&*name(&folder[..len])))
}

/// The shortest circle through each module that is not on one before.
fn circles(edges: &BTreeMap<Module, BTreeSet<Module>>) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut seen: BTreeSet<&Module> = BTreeSet::new();
    for start in edges.keys() {
        if seen.contains(start) {
            continue;
        }
        let mut came_from: BTreeMap<&Module, &Module> = BTreeMap::new();
        let mut queue = VecDeque::from([start]);
        while let Some(at) = queue.pop_front() {
            for next in edges.get(at).into_iter().flatten() {
                if !came_from.contains_key(next) {
                    came_from.insert(next, at);
                    queue.push_back(next);
                }
            }
        }
        if !came_from.contains_key(start) {
            continue;
        }
        let mut circle = vec![start];
        let mut at = came_from[start];
        while at != start {
            circle.push(at);
            at = came_from[at];
        }
        seen.extend(circle.iter().copied());
        circle.push(start);
        circle.reverse();
        let circle: Vec<_> = circle.into_iter().map(|module| name(module)).collect();
        complaints.push(format!("src: a circle, {}", circle.join(" -> ")));
    }
    complaints
}
