//! The files of tpm2-tools.

use tpm_quote::{
    Nonce, PcrValue, Verifier,
    evidence::{Key, PcrFile, PcrFormat},
    verify::{AttestSignature, SigningScheme},
};

use super::{
    files::{PcrInput, Rooms, SignatureForm, message, pcr_file, signature_form},
    key::{Read, Stop, named, scheme},
    options::Options,
};
use crate::{input::Input, key_file::key, policy::Required};

/// The files of tpm2-tools.
pub(super) struct ToolsFiles {
    pub(super) key: Input,
    pub(super) message: Input,
    pub(super) signature: Input,
    pub(super) pcrs: Option<Input>,
}

/// What the files and the options come to.
pub(super) fn read<'a>(
    options: &Options,
    files: &'a ToolsFiles,
    of_pcrs: Option<PcrFormat>,
    (required, nonce): (&Required<'_>, Nonce),
    rooms: &'a mut Rooms,
) -> Result<Read<'a>, Stop<'a>> {
    let key = key(&files.key, &mut rooms.key)?;
    let form = signature_form(&files.signature, &key);
    let key = match key {
        Key::Public(public) => named(options, &public, &required.anchor(nonce)),
        Key::Plain(plain) => {
            required.fit_plain_key().map_err(Stop::Usage)?;
            let scheme = scheme(options, &plain, &files.signature.bytes, form)?;
            Verifier::new().appraise_plain_key(&plain, scheme, Some(&[plain]))
        }
    };
    let Some(judged) = key.value() else {
        return Err(Stop::Refused(Box::new(key)));
    };
    let scheme = judged.scheme();
    signed(options, files, of_pcrs, form, scheme)
        .map(|(attest, signature, values)| Read {
            key,
            attest,
            signature,
            values,
        })
        .map_err(|stop| stop.after(&key))
}

/// What was signed, the signature and the PCR values.
type Signed<'a> = (&'a [u8], AttestSignature<'a>, Vec<PcrValue<'a>>);

fn signed<'a>(
    options: &Options,
    files: &'a ToolsFiles,
    of_pcrs: Option<PcrFormat>,
    form: SignatureForm,
    scheme: SigningScheme,
) -> Result<Signed<'a>, Stop<'a>> {
    let signature = &*files.signature.bytes;
    let signature = match form {
        SignatureForm::Structure => signature.into(),
        SignatureForm::Plain => scheme.plain_signature(signature)?.into(),
    };
    let attest = message(&files.message)?;
    let file = match &files.pcrs {
        Some(input) => Some(values(options, input, of_pcrs)?),
        None => None,
    };
    Ok((
        attest,
        signature,
        file.iter().flat_map(PcrFile::iter).collect(),
    ))
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
                "{name}: not a PCR file of the format serialized or marshaled\nhelp: If it has the values alone, say with -l what they are values of."
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
