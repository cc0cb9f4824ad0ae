//! PCR files, written field by field as tpm2-tools writes them.
#![allow(dead_code, reason = "each test uses a part of it")]

/// A bank and the indices that are selected in it.
pub type Bank = (u16, Vec<u8>);

fn bit_map(indices: &[u8]) -> [u8; 4] {
    let mut map = [0; 4];
    for &index in indices {
        map[usize::from(index / 8)] |= 1 << (index % 8);
    }
    map
}

/// The memory of a little-endian machine, `garbage` where nothing was written.
pub fn serialized(banks: &[Bank], lists: &[Vec<Vec<u8>>], garbage: u8) -> Vec<u8> {
    let mut image = u32::try_from(banks.len()).unwrap().to_le_bytes().to_vec();
    for slot in 0..16 {
        match banks.get(slot) {
            Some((hash, indices)) => {
                image.extend(hash.to_le_bytes());
                image.push(3);
                image.extend(&bit_map(indices)[..3]);
                image.extend([garbage; 2]);
            }
            None => image.extend([garbage; 8]),
        }
    }
    image.extend(u32::try_from(lists.len()).unwrap().to_le_bytes());
    for list in lists {
        image.extend(u32::try_from(list.len()).unwrap().to_le_bytes());
        for slot in 0..8 {
            let mut bytes = [garbage; 66];
            if let Some(digest) = list.get(slot) {
                let size = u16::try_from(digest.len()).unwrap();
                bytes[..2].copy_from_slice(&size.to_le_bytes());
                bytes[2..2 + digest.len()].copy_from_slice(digest);
            }
            image.extend(bytes);
        }
    }
    image
}

/// The structures as a TPM writes them.
pub fn marshaled(banks: &[Bank], lists: &[Vec<Vec<u8>>]) -> Vec<u8> {
    let mut image = u32::try_from(banks.len()).unwrap().to_be_bytes().to_vec();
    for (hash, indices) in banks {
        image.extend(hash.to_be_bytes());
        image.push(3);
        image.extend(&bit_map(indices)[..3]);
    }
    image.extend(u32::try_from(lists.len()).unwrap().to_be_bytes());
    for list in lists {
        image.extend(u32::try_from(list.len()).unwrap().to_be_bytes());
        for digest in list {
            image.extend(u16::try_from(digest.len()).unwrap().to_be_bytes());
            image.extend(digest);
        }
    }
    image
}
