//! Structures in the data of events: variables of UEFI, lists of signatures, images, partition
//! tables, texts. Nothing here says whether a digest covers them.

mod gpt;
mod guid;
mod image;
mod signatures;
mod text;
mod variable;

pub use self::{
    gpt::{GptEvent, GptPartition},
    guid::Guid,
    image::ImageLoadEvent,
    signatures::{SignatureEntry, SignatureLists},
    text::{Encoding, LogText},
    variable::EfiVariable,
};
