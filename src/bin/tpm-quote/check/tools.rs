//! The files of tpm2-tools.

use tpm_quote::{
    Nonce,
    evidence::{PcrFile, PcrFormat},
};

use super::{
    files::{PcrInput, message, pcr_file},
    key::{Read, Stop},
    options::Options,
};
use crate::{
    input::Input,
    named::{Key, Named, Signature},
    policy::Required,
    wrong,
};

/// The files of tpm2-tools.
pub(super) struct ToolsFiles {
    pub(super) message: Input,
    pub(super) signature: Input,
    pub(super) pcrs: Option<Input>,
}

/// What the files and the options come to.
pub(super) fn read<'a>(
    options: &Options,
    (key, files): (&Key<'a>, &'a ToolsFiles),
    of_pcrs: Option<PcrFormat>,
    policy: (&Required<'a>, Nonce),
) -> Result<Read<'a>, Stop<'a>> {
    wrong::message(&files.message)?;
    wrong::signature(&files.signature)?;
    files.pcrs.as_ref().map_or(Ok(()), wrong::pcr_file)?;
    let named = options
        .key
        .judge(key, Signature::File(&files.signature), policy);
    let Named { key, signature } = named.map_err(Stop::Usage)?;
    if key.value().is_none() {
        return Err(Stop::Refused(Box::new(key)));
    }
    let signed = || {
        let signature = signature?;
        let attest = message(&files.message)?;
        let file = match &files.pcrs {
            Some(input) => Some(values(options, input, of_pcrs)?),
            None => None,
        };
        Ok(Read {
            key,
            hardware: None,
            attest,
            signature,
            values: file.iter().flat_map(PcrFile::iter).collect(),
        })
    };
    signed().map_err(|stop: Stop<'a>| stop.after(&key))
}

fn values<'a>(
    options: &Options,
    input: &'a Input,
    format: Option<PcrFormat>,
) -> Result<PcrFile<'a>, Stop<'a>> {
    let file = match pcr_file(input, format, options.pcr_list.as_ref()) {
        PcrInput::Read(file) => file?,
        PcrInput::Unknown => {
            let name = &input.name;
            return Err(Stop::Usage(format!(
                "{name}: not a PCR file of the format serialized or marshaled\nhelp: A file of values needs -l, which says what they are values of."
            )));
        }
    };
    if let Some(list) = options.pcr_list
        && list != file.selection()
    {
        let (name, selection) = (&input.name, file.selection());
        return Err(Stop::Usage(format!(
            "{name}: selects {selection}, and -l {list}"
        )));
    }
    Ok(file)
}
