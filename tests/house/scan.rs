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

/// What `crate::` and `super::` name in a file: the first segment from the
/// crate's root, and the line.
pub fn imports(path: &str, code: &[Token]) -> Vec<(String, usize)> {
    let mut file: Vec<&str> = path.strip_suffix(".rs").unwrap().split('/').collect();
    if file.last() == Some(&"mod") {
        file.pop();
    }
    let text = |at: usize| code.get(at).map_or("", |token| &*token.text);
    let mut found = Vec::new();
    // The modules inside of the file, and where each ends.
    let mut inner: Vec<(&str, usize)> = Vec::new();
    for at in 0..code.len() {
        inner.retain(|(_, end)| at < *end);
        if text(at) == "mod" && text(at + 2) == "{" {
            inner.push((text(at + 1), closing(code, at + 2)));
        }
        let begins = at.checked_sub(1).is_none_or(|i| text(i) != "::");
        if !begins || text(at + 1) != "::" {
            continue;
        }
        let mut here = file.clone();
        here.extend(inner.iter().map(|(name, _)| *name));
        let mut next = match text(at) {
            "crate" => {
                here.clear();
                at + 2
            }
            "super" | "self" => at,
            _ => continue,
        };
        while matches!(text(next), "super" | "self") && text(next + 1) == "::" {
            if text(next) == "super" {
                here.pop();
            }
            next += 2;
        }
        match here.first() {
            Some(first) => found.push(((*first).to_owned(), code[at].line)),
            None => heads(code, next, &mut found),
        }
    }
    found
}

/// The first segments of the path or the group of paths at `at`.
fn heads(code: &[Token], at: usize, found: &mut Vec<(String, usize)>) {
    if code[at].text != "{" {
        found.push((code[at].text.clone(), code[at].line));
        return;
    }
    let end = closing(code, at);
    let mut depth = 0;
    for i in at..end {
        match &*code[i].text {
            "{" => depth += 1,
            "}" => depth -= 1,
            _ => {}
        }
        // The group opens, or the next path of it begins.
        let begins = code[i].text == "{" || code[i].text == ",";
        if depth == 1 && begins && code[i + 1].text != "}" {
            heads(code, i + 1, found);
        }
    }
}
