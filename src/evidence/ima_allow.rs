//! Allow lists for IMA: digests of files that are known to be good.

use crate::{
    crypto::Digest,
    evidence::json::{Json, JsonError, JsonStr},
    log::ImaDigest,
    verify::{Error, Part, Problem, error::ImaProblem},
    wire::Hex,
};

/// Reads an allow list, gives each of its digests to `visit`, and returns how many there are.
///
/// These forms are told from the text:
/// - what `sha256sum` writes, also those of other lengths (`sha1sum`, `sha384sum`,
///   `sha512sum`), with `--tag`, and lines of digests with their hash, `sha256:66f751..`;
/// - JSON of this crate: `{"ima_allow": ["sha256:66f751..", "verity:sha256:a5c1.."]}`;
/// - keylime's runtime policy. The digests of its files, keyrings and buffers are allowed under
///   any name: names are labels. What it leaves out (`excludes`, `ignored_keyrings`) would let
///   the sender choose what is judged, and is an error.
///
/// ```
/// use tpm_quote::evidence::read_ima_allow_list;
///
/// let text = b"66f751ec9d3d5bff254a498e020d37f9bbde8e0193ba11d1b78f29153ffe694a  /bin/sh\n";
/// let mut good = Vec::new();
/// assert_eq!(read_ima_allow_list(text, |digest| good.push(digest))?, 1);
/// assert_eq!((good[0].algorithm(), good[0].bytes()[0]), ("sha256", 0x66));
/// # Ok::<(), tpm_quote::Error>(())
/// ```
///
/// # Errors
/// The list is empty, has another form, or leaves something out.
pub fn read_ima_allow_list(
    list: &[u8],
    mut visit: impl FnMut(ImaDigest<'static>),
) -> Result<u32, Error> {
    let mut count = 0_u32;
    let mut visit = |digest| {
        count = count.saturating_add(1);
        visit(digest);
    };
    match list.trim_ascii_start() {
        [b'{', ..] => read_json(list, &mut visit)?,
        _ => read_lines(list, &mut visit)?,
    }
    match count {
        0 => Err(refused(ImaProblem::AllowEmpty, 0)),
        count => Ok(count),
    }
}

/// A digest, by the name of its hash and its digits in either case.
fn digest(names: &str, digits: &str) -> Option<ImaDigest<'static>> {
    let mut buffer = [0; 64];
    let bytes = Hex::decode(digits, &mut buffer).ok()?;
    ImaDigest::known(names, Digest::new(bytes))
}

/// A digest whose hash is told by its length.
fn by_length(digits: &str) -> Option<ImaDigest<'static>> {
    let name = match digits.len() {
        40 => "sha1",
        56 => "sha224",
        64 => "sha256",
        96 => "sha384",
        128 => "sha512",
        _ => return None,
    };
    digest(name, digits)
}

/// `sha256:66f751..`, `verity:sha256:66f751..`.
fn named(text: &str) -> Option<ImaDigest<'static>> {
    let (names, digits) = ImaDigest::split(text)?;
    digest(names, digits)
}

fn read_lines(list: &[u8], visit: &mut dyn FnMut(ImaDigest<'static>)) -> Result<(), Error> {
    let mut at = 0_usize;
    for (number, line) in (1..).zip(list.split(|byte| *byte == b'\n')) {
        let start = at;
        at = at.saturating_add(line.len()).saturating_add(1);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.trim_ascii().is_empty() || line.starts_with(b"#") {
            continue;
        }
        match read_line(line) {
            Some(digest) => visit(digest),
            None => return Err(refused(ImaProblem::AllowLine { line: number }, start)),
        }
    }
    Ok(())
}

/// The digest of a line. The name behind it is a label, and may be any bytes.
fn read_line(line: &[u8]) -> Option<ImaDigest<'static>> {
    // sha256sum marks a name with escapes so.
    let plain = line.strip_prefix(b"\\").unwrap_or(line);
    let end = plain.iter().position(|byte| *byte == b' ');
    let (first, name) = match end {
        Some(end) => {
            let (first, name) = plain.split_at_checked(end)?;
            (first, Some(name))
        }
        None => (plain, None),
    };
    let first = core::str::from_utf8(first).ok()?;
    match name {
        // A digest, two spaces or a space and an asterisk, a name.
        Some([b' ', b' ' | b'*', name @ ..]) if !name.is_empty() => {
            by_length(first).or_else(|| named(first))
        }
        // SHA256 (name) = digest
        Some([b' ', b'(', rest @ ..]) => {
            let equals = rest.iter().rposition(|byte| *byte == b'=')?;
            let (name, digits) = rest.split_at_checked(equals)?;
            name.strip_suffix(b") ")?;
            let digits = core::str::from_utf8(digits.strip_prefix(b"= ")?).ok()?;
            let names = match first {
                "SHA1" => "sha1",
                "SHA224" => "sha224",
                "SHA256" => "sha256",
                "SHA384" => "sha384",
                "SHA512" => "sha512",
                _ => return None,
            };
            digest(names, digits)
        }
        Some([b' ', name @ ..]) if !name.is_empty() => named(first),
        None => named(first),
        Some(_) => None,
    }
}

fn read_json(list: &[u8], visit: &mut dyn FnMut(ImaDigest<'static>)) -> Result<(), Error> {
    let mut json = Json::new(list).map_err(fail)?;
    json.begin_object().map_err(fail)?;
    let mut first = true;
    // The first key tells the form.
    let mut is_ours = None;
    while let Some(key) = json.key(&mut first).map_err(fail)? {
        let is_our_key = key.is("ima_allow");
        if *is_ours.get_or_insert(is_our_key) != is_our_key {
            return Err(refused(ImaProblem::AllowMember, key.offset()));
        }
        if is_our_key {
            each(&mut json, &mut |text| {
                let digest = text.plain().and_then(named);
                visit(digest.ok_or(refused(ImaProblem::AllowDigest, text.offset()))?);
                Ok(())
            })?;
        } else {
            read_member(&mut json, &key, visit)?;
        }
    }
    json.end().map_err(fail)
}

/// A member of keylime's runtime policy.
fn read_member(
    json: &mut Json<'_>,
    key: &JsonStr<'_>,
    visit: &mut dyn FnMut(ImaDigest<'static>),
) -> Result<(), Error> {
    let lists = ["digests", "keyrings", "ima-buf"];
    if lists.iter().any(|name| key.is(name)) {
        json.begin_object().map_err(fail)?;
        let mut first = true;
        while json.key(&mut first).map_err(fail)?.is_some() {
            each(json, &mut |text| {
                let digest = text
                    .plain()
                    .and_then(|text| by_length(text).or_else(|| named(text)));
                visit(digest.ok_or(refused(ImaProblem::AllowDigest, text.offset()))?);
                Ok(())
            })?;
        }
        return Ok(());
    }
    if key.is("excludes") {
        return nothing(json, "excludes");
    }
    if key.is("verification-keys") {
        let is_string = json.value_begins_with(b'"');
        if !is_string {
            return nothing(json, "verification-keys");
        }
        let text = json.string().map_err(fail)?;
        return match text.is("") {
            true => Ok(()),
            false => Err(excluded("verification-keys", text.offset())),
        };
    }
    if key.is("ima") {
        json.begin_object().map_err(fail)?;
        let mut first = true;
        while let Some(key) = json.key(&mut first).map_err(fail)? {
            if key.is("ignored_keyrings") {
                nothing(json, "ignored_keyrings")?;
            } else if key.is("dm_policy") {
                let at = json.offset();
                if !json.value_begins_with(b'n') {
                    return Err(excluded("dm_policy", at));
                }
                json.skip().map_err(fail)?;
            } else {
                json.skip().map_err(fail)?;
            }
        }
        return Ok(());
    }
    if ["meta", "release", "generator"]
        .iter()
        .any(|name| key.is(name))
    {
        return json.skip().map_err(fail);
    }
    Err(refused(ImaProblem::AllowMember, key.offset()))
}

/// An array that has nothing, or `null`.
fn nothing(json: &mut Json<'_>, name: &'static str) -> Result<(), Error> {
    let at = json.offset();
    if json.value_begins_with(b'n') {
        return json.skip().map_err(fail);
    }
    json.begin_array().map_err(fail)?;
    let mut first = true;
    match json.element(&mut first).map_err(fail)? {
        true => Err(excluded(name, at)),
        false => Ok(()),
    }
}

/// The strings of an array.
fn each(
    json: &mut Json<'_>,
    visit: &mut dyn FnMut(JsonStr<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    json.begin_array().map_err(fail)?;
    let mut first = true;
    while json.element(&mut first).map_err(fail)? {
        let text = json.string().map_err(fail)?;
        visit(text)?;
    }
    Ok(())
}

fn fail(error: JsonError) -> Error {
    error.in_part(Part::ImaAllowList)
}

fn excluded(member: &'static str, at: usize) -> Error {
    refused(ImaProblem::AllowExcludes { member }, at)
}

fn refused(problem: ImaProblem, at: usize) -> Error {
    Error::new(Part::ImaAllowList, Problem::Ima(problem)).at(at)
}
