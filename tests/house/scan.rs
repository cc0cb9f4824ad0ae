//! Enough of Rust's grammar to see which modules a file names.

#[derive(Clone)]
pub struct Token {
    pub text: String,
    pub line: usize,
}

/// Names, `::` and single signs; no comments, texts, characters or lifetimes.
pub fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let is = |at: usize, c: char| chars.get(at) == Some(&c);
    let is_word = |at: usize| {
        chars
            .get(at)
            .is_some_and(|c| c.is_alphanumeric() || *c == '_')
    };
    let mut tokens = Vec::new();
    let (mut at, mut line) = (0, 1);
    while at < chars.len() {
        let start = at;
        if is(at, '/') && is(at + 1, '/') {
            while at < chars.len() && !is(at, '\n') {
                at += 1;
            }
        } else if is(at, '/') && is(at + 1, '*') {
            let mut depth = 0;
            loop {
                if is(at, '/') && is(at + 1, '*') {
                    (depth, at) = (depth + 1, at + 2);
                } else if is(at, '*') && is(at + 1, '/') {
                    (depth, at) = (depth - 1, at + 2);
                } else {
                    at += 1;
                }
                if depth == 0 || at >= chars.len() {
                    break;
                }
            }
        } else if is(at, '"') {
            at += 1;
            while at < chars.len() && !is(at, '"') {
                at += if is(at, '\\') { 2 } else { 1 };
            }
            at += 1;
        } else if is(at, '\'') {
            // A character ends with another quote, a lifetime does not.
            if is(at + 1, '\\') {
                at += 3;
                while at < chars.len() && !is(at, '\'') {
                    at += 1;
                }
                at += 1;
            } else if is(at + 2, '\'') {
                at += 3;
            } else {
                at += 1;
                while is_word(at) {
                    at += 1;
                }
            }
        } else if is_word(at) {
            while is_word(at) {
                at += 1;
            }
            let text: String = chars[start..at].iter().collect();
            let hashes = (at..).take_while(|&i| is(i, '#')).count();
            if matches!(&*text, "r" | "br" | "cr") && is(at + hashes, '"') {
                let end = format!("\"{}", "#".repeat(hashes));
                at += hashes + 1;
                let closes = |at: usize| end.chars().enumerate().all(|(i, c)| is(at + i, c));
                while at < chars.len() && !closes(at) {
                    at += 1;
                }
                at += end.len();
            } else {
                tokens.push(Token { text, line });
            }
        } else if is(at, ':') && is(at + 1, ':') {
            tokens.push(Token {
                text: "::".to_owned(),
                line,
            });
            at += 2;
        } else {
            if !chars[at].is_whitespace() {
                tokens.push(Token {
                    text: chars[at].to_string(),
                    line,
                });
            }
            at += 1;
        }
        let end = at.min(chars.len());
        line += chars[start..end].iter().filter(|c| **c == '\n').count();
    }
    tokens
}

/// Where the braces that open at `open` close.
fn closing(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match &*token.text {
            "{" => depth += 1,
            "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    tokens.len() - 1
}

/// The tokens but for `#[cfg(test)] mod tests { ... }`, which may use anything.
pub fn without_tests(tokens: Vec<Token>) -> Vec<Token> {
    const TESTS: [&str; 8] = ["#", "[", "cfg", "(", "test", ")", "]", "mod"];
    let mut code = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let texts = tokens[at..].iter().map(|token| &*token.text);
        if texts.take(TESTS.len()).eq(TESTS) && tokens.get(at + 9).is_some_and(|t| t.text == "{") {
            at = closing(&tokens, at + 9) + 1;
        } else {
            code.push(tokens[at].clone());
            at += 1;
        }
    }
    code
}

/// A path that a file names.
pub struct Import {
    /// From the crate's root.
    pub path: Vec<String>,
    pub line: usize,
    /// Whether it is in a macro, `$crate::...`: it is expanded elsewhere.
    pub in_macro: bool,
}

/// What `crate::`, `super::` and `self::` name in the code of a module: in `use`, in full,
/// and in the code itself. What `pub(in ...)` names is not imported.
pub fn imports(module: &[String], code: &[Token]) -> Vec<Import> {
    let text = |at: usize| code.get(at).map_or("", |token| &*token.text);
    let before = |at: usize, n: usize| at.checked_sub(n).map_or("", text);
    let mut found = Vec::new();
    // The modules inside of the file, and where each ends.
    let mut inner: Vec<(&str, usize)> = Vec::new();
    for at in 0..code.len() {
        inner.retain(|(_, end)| at < *end);
        if text(at) == "mod" && text(at + 2) == "{" {
            inner.push((text(at + 1), closing(code, at + 2)));
        }
        let root = text(at);
        let goes_on = text(at + 1) == "::" && before(at, 1) != "::";
        let is_renamed = text(at + 1) == "as" && before(at, 1) == "use";
        let is_visibility = [before(at, 3), before(at, 2), before(at, 1)] == ["pub", "(", "in"];
        if !matches!(root, "crate" | "super" | "self") || !(goes_on || is_renamed) || is_visibility
        {
            continue;
        }
        let mut here = match root {
            "crate" => Vec::new(),
            _ => {
                let inner = inner.iter().map(|(name, _)| (*name).to_owned());
                module.iter().cloned().chain(inner).collect()
            }
        };
        if root == "super" {
            here.pop();
        }
        let mut paths = Vec::new();
        if is_renamed {
            paths.push((here, code[at].line));
        } else {
            expand(code, at + 2, here, &mut paths);
        }
        let in_macro = before(at, 1) == "$";
        found.extend(paths.into_iter().map(|(path, line)| Import {
            path,
            line,
            in_macro,
        }));
    }
    found
}

/// The paths below `prefix` that the path or the group of paths at `at` stands for.
fn expand(code: &[Token], at: usize, prefix: Vec<String>, paths: &mut Vec<(Vec<String>, usize)>) {
    let text = |at: usize| code.get(at).map_or("", |token| &*token.text);
    let mut here = prefix;
    match text(at) {
        "{" => {
            let end = closing(code, at);
            let mut depth = 0;
            for i in at..end {
                match text(i) {
                    "{" => depth += 1,
                    "}" => depth -= 1,
                    _ => {}
                }
                // The group opens, or the next path of it begins.
                let begins = matches!(text(i), "{" | ",");
                if depth == 1 && begins && text(i + 1) != "}" {
                    expand(code, i + 1, here.clone(), paths);
                }
            }
            return;
        }
        "self" => {}
        "super" => {
            here.pop();
        }
        name => here.push(name.to_owned()),
    }
    let next = text(at + 2).chars().next().unwrap_or(' ');
    let goes_on = text(at + 1) == "::" && (next.is_alphabetic() || "_{*".contains(next));
    if goes_on {
        expand(code, at + 2, here, paths);
    } else {
        paths.push((here, code[at].line));
    }
}
