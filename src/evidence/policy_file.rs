//! [`PolicyFile`]: what evidence has to be, as JSON. The grammar alone: who reads one resolves
//! the files that it names, and judges what the values mean.

use core::fmt::{self, Write as _};

use super::json::{Json, JsonError, JsonStr};
use crate::verify::error::{Error, FieldProblem, Part, Problem};

/// A policy file: one JSON object, whose keys are those of the command's options with `_` for
/// `-`, and `boot` with the rules for a boot. An unknown key is an error, and so is one that is
/// there twice.
///
/// ```
/// use tpm_quote::evidence::PolicyFile;
///
/// let file = PolicyFile::parse(br#"{"require_pcrs": "sha256:0,7", "boot": {"refuse_weakened": true}}"#)?;
/// let mut seen = Vec::new();
/// file.for_each(&mut |setting| seen.push((setting.group, setting.key)));
/// assert_eq!(seen, [("", "require_pcrs"), ("boot", "refuse_weakened")]);
///
/// let error = PolicyFile::parse(br#"{"require_pcr": "sha256:0"}"#).unwrap_err();
/// assert_eq!((error.problem_name(), error.offset()), ("field-unknown", Some(1)));
/// # Ok::<(), tpm_quote::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct PolicyFile<'a> {
    json: Json<'a>,
}

/// A setting of a policy file. One that is a list is given once for each element.
#[derive(Clone, Copy, Debug)]
pub struct PolicySetting<'a> {
    /// The object in which the key stands: `boot`, or nothing for the file itself.
    pub group: &'static str,
    /// The key.
    pub key: &'static str,
    /// The value.
    pub value: PolicyValue<'a>,
    /// Where the value begins, in bytes from the start of the file.
    pub offset: usize,
}

/// The value of a setting.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum PolicyValue<'a> {
    /// `true`. What is `false` is not asked for.
    Yes,
    /// A text.
    Text(PolicyText<'a>),
    /// The name of a file, which is relative to the policy file. Where a digest may stand as
    /// well, what begins like `sha256:` is a [`Text`](Self::Text).
    File(PolicyText<'a>),
    /// A number.
    Number(u16),
}

/// A text in a policy file, without its escapes.
#[derive(Clone, Copy, Debug)]
pub struct PolicyText<'a>(JsonStr<'a>);

/// How a digest begins, where a file can be named as well.
const DIGESTS: [&str; 11] = [
    "md5:", "sha1:", "sha224:", "sha256:", "sha384:", "sha512:", "sha3-", "sm3:", "sm3-256:",
    "ima:", "verity:",
];

impl PolicyText<'_> {
    /// Whether it is to be taken for a digest, not for the name of a file.
    fn begins_like_a_digest(&self) -> bool {
        let begins = |prefix: &&str| {
            let mut text = self.0.chars();
            prefix.chars().all(|c| text.next() == Some(c))
        };
        DIGESTS.iter().any(begins)
    }
}

impl fmt::Display for PolicyText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| f.write_char(c))
    }
}

/// What a key wants.
#[derive(Clone, Copy)]
enum Wants {
    Yes,
    Text,
    File,
    Texts,
    Files,
    FilesOrDigests,
    Numbers,
    Boot,
}

type Keys = [(&'static str, Wants)];

/// Those of the file itself.
const TOP: &Keys = &[
    ("require_pcrs", Wants::Text),
    ("baseline", Wants::File),
    ("tier", Wants::Text),
    ("ak_name", Wants::Texts),
    ("certified_by", Wants::File),
    ("certify_nonce", Wants::Text),
    ("ak_cert", Wants::File),
    ("ca", Wants::Files),
    ("at", Wants::Text),
    ("profile", Wants::Text),
    ("google_project", Wants::Text),
    ("google_instance", Wants::Text),
    ("azure_vm", Wants::Text),
    ("hardware_root", Wants::File),
    ("hardware_measurement", Wants::Texts),
    ("hardware_id_key", Wants::Texts),
    ("hardware_tcb", Wants::Text),
    ("trust", Wants::File),
    ("machine", Wants::Text),
    ("require_anchor", Wants::Yes),
    ("hierarchy", Wants::Text),
    ("parent", Wants::Files),
    ("require_safe_clock", Wants::Yes),
    ("since", Wants::File),
    ("allow_reboots", Wants::Yes),
    ("min_firmware", Wants::Text),
    ("dangerous_sha1", Wants::Yes),
    ("dangerous_sha1_certificates", Wants::Yes),
    ("allow_suffix", Wants::Texts),
    ("allow_padding", Wants::Yes),
    ("ima_allow", Wants::FilesOrDigests),
    ("ima_key", Wants::Files),
    ("ima_require", Wants::Texts),
    ("ima_require_policy", Wants::Texts),
    ("dangerous_ima_violations", Wants::Yes),
    (BOOT, Wants::Boot),
];

const BOOT: &str = "boot";

/// Those of `boot`.
const RULES: &Keys = &[
    ("require_secure_boot", Wants::Yes),
    ("require_mok_validation", Wants::Yes),
    ("refuse_weakened", Wants::Yes),
    ("allow_authorities", Wants::Texts),
    ("require_authorities", Wants::Texts),
    ("allow_images", Wants::Texts),
    ("require_images", Wants::Texts),
    ("allow_command_lines", Wants::Texts),
    ("require_command_lines", Wants::Texts),
    ("sbat_at_least", Wants::Texts),
    ("dbx_has", Wants::Texts),
    ("explained_pcrs", Wants::Numbers),
];

impl<'a> PolicyFile<'a> {
    /// Reads a policy file.
    ///
    /// # Errors
    /// The text is not JSON, asks for nothing, or has a key that is unknown or there twice, or a
    /// value of another type, or an empty list. The error has the offset.
    pub fn parse(text: &'a [u8]) -> Result<Self, Error> {
        let json = Json::new(text).map_err(not_json)?;
        let mut count = 0_u32;
        let mut at = json;
        object(&mut at, "", TOP, &mut |_| count = count.saturating_add(1))?;
        at.end().map_err(not_json)?;
        if count == 0 {
            return Err(not_json(
                json.expected("a setting: the policy asks for nothing"),
            ));
        }
        Ok(Self { json })
    }

    /// Hands over each setting, in the order of the file.
    pub fn for_each(&self, then: &mut dyn FnMut(PolicySetting<'a>)) {
        let mut json = self.json;
        // All of it was read before.
        let _ = object(&mut json, "", TOP, then);
    }
}

fn object<'a>(
    json: &mut Json<'a>,
    group: &'static str,
    keys: &'static Keys,
    then: &mut dyn FnMut(PolicySetting<'a>),
) -> Result<(), Error> {
    json.begin_object().map_err(not_json)?;
    let mut first = true;
    let mut seen = 0_u64;
    while let Some(found) = json.key(&mut first).map_err(not_json)? {
        let mut places = (0_u32..).zip(keys);
        let Some((place, (key, wants))) = places.find(|(_, (key, _))| found.is(key)) else {
            let name = if group.is_empty() { "policy" } else { group };
            return Err(field(name, FieldProblem::Unknown, found.offset()));
        };
        let bit = 1_u64.wrapping_shl(place);
        if seen & bit != 0 {
            return Err(field(key, FieldProblem::Repeated, found.offset()));
        }
        seen |= bit;
        if let Wants::Boot = wants {
            object(json, BOOT, RULES, then)?;
            continue;
        }
        let mut hand_over = |value, offset| {
            then(PolicySetting {
                group,
                key,
                value,
                offset,
            });
        };
        value(json, *wants, &mut hand_over).map_err(not_json)?;
    }
    Ok(())
}

fn value<'a>(
    json: &mut Json<'a>,
    wants: Wants,
    then: &mut dyn FnMut(PolicyValue<'a>, usize),
) -> Result<(), JsonError> {
    let offset = json.offset();
    let one = match wants {
        Wants::Yes => {
            if json.boolean()? {
                then(PolicyValue::Yes, offset);
            }
            return Ok(());
        }
        Wants::Text => PolicyValue::Text(text(json)?),
        Wants::File => PolicyValue::File(text(json)?),
        Wants::Texts | Wants::Files | Wants::FilesOrDigests | Wants::Numbers | Wants::Boot => {
            return list(json, wants, then);
        }
    };
    then(one, offset);
    Ok(())
}

fn list<'a>(
    json: &mut Json<'a>,
    wants: Wants,
    then: &mut dyn FnMut(PolicyValue<'a>, usize),
) -> Result<(), JsonError> {
    json.begin_array()?;
    let mut first = true;
    while json.element(&mut first)? {
        let offset = json.offset();
        let element = match wants {
            Wants::Files => PolicyValue::File(text(json)?),
            Wants::FilesOrDigests => match text(json)? {
                digest if digest.begins_like_a_digest() => PolicyValue::Text(digest),
                file => PolicyValue::File(file),
            },
            Wants::Numbers => PolicyValue::Number(json.whole()?),
            _ => PolicyValue::Text(text(json)?),
        };
        then(element, offset);
    }
    // An empty list could mean nothing or everything.
    match first {
        true => Err(json.expected("a list with an element in it")),
        false => Ok(()),
    }
}

fn text<'a>(json: &mut Json<'a>) -> Result<PolicyText<'a>, JsonError> {
    json.string().map(PolicyText)
}

fn not_json(error: JsonError) -> Error {
    error.in_part(Part::Policy)
}

fn field(field: &'static str, problem: FieldProblem, offset: usize) -> Error {
    Error::new(Part::Policy, Problem::Field { field, problem }).at(offset)
}
