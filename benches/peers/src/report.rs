//! Tables, in Markdown.

use std::fmt::Write;

use crate::{
    goals,
    measure::{Figures, UNREST, Who},
    signatures::{P256, RSA_2048, RSA_3072, RSA_4096},
    structures,
    who::{OPENSSL_REUSED, OPENSSL_WARM, OURS},
};

fn line(out: &mut String, cells: impl IntoIterator<Item = String>) {
    for cell in cells {
        let _ = write!(out, "| {cell} ");
    }
    out.push_str("|\n");
}

/// The head of a table. Columns of texts have their names in `texts`.
fn head(out: &mut String, columns: &[&str], texts: &[&str]) {
    line(out, columns.iter().map(|name| (*name).to_owned()));
    let rule = |name| if texts.contains(name) { "---" } else { "--:" };
    line(out, columns.iter().map(|name| rule(name).to_owned()));
}

/// Nanoseconds, with three figures at least.
fn number(time: f64) -> String {
    if time < 100.0 {
        format!("{time:.1}")
    } else {
        format!("{time:.0}")
    }
}

fn with_unit(time: f64) -> String {
    if time < 1000.0 {
        format!("{} ns", number(time))
    } else {
        format!("{} µs", number(time / 1000.0))
    }
}

/// A table of rows that have their candidates in common.
pub fn table(title: &str, rows: &[&Figures]) -> String {
    let mut out = format!("\n## {title}\n\n");
    let mut whos: Vec<Who> = Vec::new();
    for (who, _) in rows.iter().flat_map(|row| &row.times) {
        if !whos.contains(who) {
            whos.push(who);
        }
    }
    let first = "ns (tpm-quote's part of it)";
    head(&mut out, &[&[first], &whos[..]].concat(), &[first]);
    for row in rows {
        let ours = row.time(OURS);
        let cells = whos.iter().map(|who| match (row.time(who), ours) {
            (Some(time), Some(ours)) if *who != OURS => {
                format!("{} ({:.2})", number(time), ours / time)
            }
            (Some(time), _) => number(time),
            (None, _) => "-".to_owned(),
        });
        line(&mut out, [row.work.to_owned()].into_iter().chain(cells));
    }
    out
}

pub fn sizes() -> String {
    let mut out = "\n## Bytes of the values\n\n".to_owned();
    let columns = ["", "public area", "attestation", "signature"];
    head(&mut out, &columns, &columns[..1]);
    for (who, sizes) in structures::sizes() {
        let sizes = sizes.map(|size| size.to_string());
        line(&mut out, [who.to_owned()].into_iter().chain(sizes));
    }
    out
}

/// The goals; if `all`, those too that were not measured.
pub fn goals(figures: &[Figures], all: bool) -> String {
    let mut out = "\n## Goals\n\n".to_owned();
    let columns = ["work", "by", "as a part of", "goal", "verdict", "ratio"];
    head(&mut out, &columns, &columns[..5]);
    for goal in goals::goals() {
        let (ratio, verdict) = match goal.times(figures) {
            Some((ours, peer)) => {
                let ratio = ours / peer;
                let reached = goal.is_reached(ratio);
                let verdict = if reached { "reached" } else { "missed" };
                (format!("{ratio:.3}"), verdict)
            }
            None if all => ("-".to_owned(), "not measured"),
            None => continue,
        };
        let cells = [
            goal.work,
            goal.ours,
            goal.peer,
            &goal.limit(),
            verdict,
            &ratio,
        ];
        line(&mut out, cells.map(str::to_owned));
    }
    out
}

/// A word on what the machine did besides, if it did.
pub fn unrest<'f>(figures: impl IntoIterator<Item = &'f Figures>) -> Option<String> {
    let busiest = figures
        .into_iter()
        .max_by(|a, b| a.unrest.total_cmp(&b.unrest))?;
    (busiest.unrest > UNREST).then(|| {
        format!(
            "The machine was busy, so that these figures are not to be relied on: the medians of \"{}\" lie {:.0} % above the least times.",
            busiest.work,
            (busiest.unrest - 1.0) * 100.0
        )
    })
}

/// The part of the tables that docs/performance.md shows.
pub fn summary(figures: &[Figures], circumstances: &str) -> String {
    let mut out = format!("Measured {circumstances}\n\n");
    let columns = ["work", "compared with", "takes", "tpm-quote", "ratio"];
    head(&mut out, &columns, &columns[..2]);
    for goal in goals::goals() {
        let Some((ours, peer)) = goal.times(figures) else {
            continue;
        };
        let work = match goal.ours {
            OURS => goal.work.to_owned(),
            other => format!(
                "{} ({})",
                goal.work,
                other.trim_start_matches("tpm-quote, ")
            ),
        };
        let ratio = format!("{:.2}", ours / peer);
        let peer = [goal.peer.to_owned(), with_unit(peer)];
        let ours = [with_unit(ours), ratio];
        line(&mut out, [work].into_iter().chain(peer).chain(ours));
    }
    let is_shown = |row: &&Figures| goals::goals().any(|goal| goal.work == row.work);
    if let Some(unrest) = unrest(figures.iter().filter(is_shown)) {
        let _ = writeln!(out, "\n{unrest}");
    }
    let equal = no_slower(figures);
    if !equal.is_empty() {
        let equal = equal.join(", ");
        let _ = writeln!(
            out,
            "\nNo slower than OpenSSL's assembly, without `unsafe`: {equal}."
        );
    }
    out
}

/// The signatures that OpenSSL has assembly for, and is not faster at even with all
/// made beforehand that can be; a busy machine says nothing of it.
fn no_slower(figures: &[Figures]) -> Vec<&'static str> {
    let mut all = vec![RSA_2048, RSA_3072, RSA_4096, P256];
    all.retain(|work| {
        let row = figures.iter().find(|row| row.work == *work);
        row.is_some_and(|row| {
            let times = [OURS, OPENSSL_REUSED, OPENSSL_WARM].map(|who| row.time(who));
            let [Some(ours), Some(reused), Some(warm)] = times else {
                return false;
            };
            row.unrest <= UNREST && ours / reused.min(warm) <= 1.0
        })
    });
    all
}
