//! PEM of certificates: what is read is what a second reader finds, and what makers write is
//! read.

use tpm_quote::evidence::read_certificate_pem;

use crate::{
    base64::{base64, unbase64},
    codec::explain_in,
};

/// The most certificates of a text that are looked at.
const MOST: usize = 8;

/// A text; and bytes that are written as one, in a way that the first of them tell.
pub fn armour(data: &[u8]) {
    text(data);
    if let Some((&[line, how], der)) = data.split_first_chunk()
        && !der.is_empty()
    {
        made(line, how, der);
    }
}

/// The certificates in a text, as far as it can be read.
fn read(text: &[u8]) -> Result<Vec<Vec<u8>>, tpm_quote::Error> {
    let (mut rest, mut all) = (text, Vec::new());
    while !rest.is_empty() && all.len() < MOST {
        let mut room = vec![0; rest.len()];
        let (der, behind) = read_certificate_pem(rest, &mut room)?;
        assert!(rest.ends_with(behind) && behind.len() < rest.len());
        all.push(der.to_vec());
        rest = behind;
    }
    Ok(all)
}

fn text(data: &[u8]) {
    match read(data) {
        Ok(all) => {
            assert_eq!(all, blocks(data));
        }
        Err(error) => explain_in(&error, data),
    }
}

/// The bytes in each block with a certificate that is looked at, by a reader that is about text
/// that was read: a line that begins a block has nothing in front of its dashes and only blanks behind them.
fn blocks(data: &[u8]) -> Vec<Vec<u8>> {
    let text: String = data.iter().map(|byte| char::from(*byte)).collect();
    let text = text.replace("\r\n", "\n");
    let (mut all, mut inside) = (Vec::new(), None);
    // A byte order mark begins a text, and the rest of it behind a certificate.
    let mut begins = true;
    for line in text.split(['\r', '\n']) {
        if all.len() == MOST {
            break;
        }
        let line = line
            .strip_prefix("\u{ef}\u{bb}\u{bf}")
            .filter(|_| begins)
            .unwrap_or(line);
        begins = false;
        let label = |start: &str| {
            let behind = line.strip_prefix(start)?;
            behind
                .trim_end_matches(|c: char| c.is_ascii_whitespace())
                .strip_suffix("-----")
        };
        if let Some(label) = label("-----BEGIN ") {
            let wanted = ["CERTIFICATE", "X509 CERTIFICATE"].contains(&label);
            inside = Some((wanted, String::new()));
        } else if label("-----END ").is_some() {
            if let Some((true, digits)) = inside.take() {
                all.push(unbase64(&digits));
                begins = true;
            }
        } else if let Some((_, digits)) = &mut inside {
            digits.extend(
                line.chars()
                    .filter(|c| !matches!(c, ' ' | '\t' | '\x0b' | '\x0c')),
            );
        }
    }
    all
}

/// Writes a certificate as one or another maker does, and reads it again; with a mark of its
/// end changed, it is not read.
fn made(line: u8, how: u8, der: &[u8]) {
    let is = |bit: u8| how & 1 << bit != 0;
    let end = match (is(0), is(1)) {
        (true, true) => "\r",
        (true, false) => "\r\n",
        (false, _) => "\n",
    };
    let label = if is(2) {
        "X509 CERTIFICATE"
    } else {
        "CERTIFICATE"
    };
    let blanks = if is(3) { " \t" } else { "" };
    let mut text = String::new();
    if is(4) {
        text.push('\u{feff}');
    }
    if is(5) {
        text += &format!("Certificate:{end}    Data:{end}# of a maker{end}");
    }
    text += &format!("-----BEGIN {label}-----{blanks}{end}");
    let digits = base64(der);
    let size = usize::from(line.max(1)).min(digits.len());
    let size = if line > 200 { digits.len() } else { size };
    for part in digits.as_bytes().chunks(size) {
        let part = std::str::from_utf8(part).expect("ASCII");
        text += &format!("{blanks}{part}{blanks}{end}");
        if is(6) {
            text += end;
        }
    }
    let body = text.clone();
    text += &format!("-----END {label}-----");
    if is(7) {
        text += &format!("{end}behind it{end}");
    }
    assert_eq!(read(text.as_bytes()), Ok(vec![der.to_vec()]));
    let twice = format!("{text}{end}{}", text.trim_start_matches('\u{feff}'));
    assert_eq!(read(twice.as_bytes()), Ok(vec![der.to_vec(); 2]));

    let other = body.clone() + "-----END PUBLIC KEY-----";
    assert!(read(other.as_bytes()).is_err(), "it ends as another block");
    assert!(read(body.as_bytes()).is_err(), "it does not end");
    let mut cut = body.trim_end().to_owned();
    cut.pop();
    cut += &format!("{end}-----END {label}-----");
    assert_ne!(
        read(cut.as_bytes()),
        Ok(vec![der.to_vec()]),
        "a digit is missing"
    );
}

/// Whether there are certificates in a text, and all of them can be read.
pub fn is_armour(data: &[u8]) -> bool {
    read(data).is_ok_and(|all| !all.is_empty())
}
