//! What it costs to read a boot log, to replay it against a quote, and to find its facts.
//!
//! `cargo bench --features rsa,boot-log --bench boot`. The log of 34 KB is made of that of a real
//! machine; with `TPM_QUOTE_CORPUS`, a real one that others collected is measured as well.

#[path = "made/log.rs"]
mod log;

use std::{env, fs, hint::black_box, path::Path};

use criterion::{Criterion, criterion_group, criterion_main};
use tpm_quote::{
    TpmAlgId,
    log::{EventLog, Logs},
};

use crate::log::{facts, made, quoted, read};

fn boot(c: &mut Criterion) {
    let mut logs = vec![
        ("machine".to_owned(), read("eventlog.bin")),
        ("made".to_owned(), made()),
    ];
    if let Some(corpus) = env::var_os("TPM_QUOTE_CORPUS") {
        let path = Path::new(&corpus).join("logs/go-eventlog--rhel8-uefi.bin");
        logs.push(("rhel8-uefi".to_owned(), fs::read(path).unwrap()));
    }
    for (name, log) in &logs {
        let parsed = EventLog::parse_padded(log).unwrap();
        assert!(parsed.banks().any(|bank| bank == TpmAlgId::SHA256));
        println!(
            "{name}: {} bytes, {} events",
            log.len(),
            parsed.events().count()
        );
        let mut group = c.benchmark_group(format!("boot/{name}"));
        group.bench_function("parse", |b| {
            b.iter(|| EventLog::parse_padded(black_box(log)).unwrap());
        });
        quoted(log, |quote| {
            let replay = |log| {
                let log = EventLog::parse_padded(black_box(log)).unwrap();
                quote.replay(&Logs::new().firmware(log)).unwrap()
            };
            assert_eq!(replay(log).unknown_facts().count(), 0);
            group.bench_function("parse and replay", |b| b.iter(|| replay(log)));
            group.bench_function("parse, replay and facts", |b| {
                b.iter(|| facts(&replay(log)));
            });
        });
        group.finish();
    }
}

criterion_group!(benches, boot);
criterion_main!(benches);
