//! The allow lists of `--ima-allow`: digests of files that are known to be good.

use std::{collections::HashMap, ffi::OsString};

use tpm_quote::{
    evidence::read_ima_allow_list,
    log::{ImaAllowed, ImaDigest},
};

use crate::{input::Input, output::saw};

/// The digests of all allow lists.
#[derive(Default)]
pub(super) struct AllowSet(HashMap<Vec<u8>, Vec<ImaDigest<'static>>>);

impl ImaAllowed for AllowSet {
    fn allows(&self, digest: &ImaDigest<'_>) -> bool {
        let known = self.0.get(digest.bytes());
        known.is_some_and(|known| known.iter().any(|known| known == digest))
    }
}

impl AllowSet {
    /// Reads the allow lists, if there are any.
    pub(super) fn read(files: &[OsString]) -> Result<Option<Self>, String> {
        if files.is_empty() {
            return Ok(None);
        }
        let mut set = Self::default();
        for file in files {
            if let Some(digest) = file.to_str().and_then(digest_of_file) {
                set.add(digest);
                continue;
            }
            let input = Input::read_file(file).map_err(|error| format!("--ima-allow: {error}"))?;
            let (name, bytes) = (&input.name, &input.bytes);
            let count = read_ima_allow_list(bytes, |digest| set.add(digest))
                .map_err(|error| format!("--ima-allow: {name}: {error}\nhelp: {}", error.help()))?;
            saw(format!("{name}: allow list, {count} digests"));
        }
        Ok(Some(set))
    }

    fn add(&mut self, digest: ImaDigest<'static>) {
        let same = self.0.entry(digest.bytes().to_vec()).or_default();
        if !same.contains(&digest) {
            same.push(digest);
        }
    }
}

/// The digest of a file as text, if it is one and not the name of an allow list.
pub(super) fn digest_of_file(text: &str) -> Option<ImaDigest<'static>> {
    let mut found = None;
    let is_word = text.contains(':') && !text.contains(char::is_whitespace);
    let count =
        is_word.then(|| read_ima_allow_list(text.as_bytes(), |digest| found = Some(digest)));
    count?.ok().and(found)
}
