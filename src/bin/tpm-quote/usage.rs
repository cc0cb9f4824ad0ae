//! Help and complaints about options, which clap wraps but for the line that begins with
//! `Usage:`.

/// The width of a terminal that everyone has.
const COLUMNS: usize = 80;
const USAGE: &str = "Usage: ";

/// The text, with no line of it too long because of many options that are needed.
pub(crate) fn fitted(text: &str) -> String {
    let lines = text.split_inclusive('\n').map(|line| {
        if line.starts_with(USAGE) {
            broken(line)
        } else {
            line.to_owned()
        }
    });
    lines.collect()
}

/// The line, broken where no group of options is open.
fn broken(line: &str) -> String {
    let mut depth = 0_usize;
    let is_between_groups = move |c| {
        match c {
            '<' => depth = depth.saturating_add(1),
            '>' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && c == ' '
    };
    let mut broken = String::new();
    let mut column = 0_usize;
    for group in line.split(is_between_groups) {
        let len = group.trim_end().chars().count();
        if column > USAGE.len() && column.saturating_add(len) >= COLUMNS {
            broken.push_str("\n      ");
            column = USAGE.len().saturating_sub(1);
        }
        if column > 0 {
            broken.push(' ');
            column = column.saturating_add(1);
        }
        broken.push_str(group);
        column = column.saturating_add(len);
    }
    broken
}

#[cfg(test)]
mod tests {
    use super::fitted;

    #[test]
    fn only_a_line_of_usage_that_is_too_long_is_broken() {
        let short = format!("Usage: tpm-quote {}\n", "x".repeat(63));
        let other = format!("{} b\n", "a".repeat(100));
        assert_eq!(fitted(&short), short);
        assert_eq!(fitted(&other), other);
        let long = format!(
            "{other}Usage: tpm-quote {} <b> [c]\n\nmore\n",
            "x".repeat(60)
        );
        let broken = format!(
            "{other}Usage: tpm-quote {}\n       <b> [c]\n\nmore\n",
            "x".repeat(60)
        );
        assert_eq!(fitted(&long), broken);
    }

    #[test]
    fn group_of_options_stays_whole() {
        let group = format!("<--one <A>|--other <{}>>", "B".repeat(40));
        assert_eq!(
            fitted(&format!("Usage: tpm-quote verify {group} [FILE]")),
            format!("Usage: tpm-quote verify\n       {group} [FILE]")
        );
    }
}
