//! libtss2-mu, by the bindings of `tss-esapi-sys`: the only unsafe code here.

use tss_esapi_sys::{
    TPM2B_PUBLIC, TPMS_ATTEST, TPMT_PUBLIC, TPMT_SIGNATURE, TSS2_RC,
    Tss2_MU_TPM2B_PUBLIC_Unmarshal, Tss2_MU_TPMS_ATTEST_Marshal, Tss2_MU_TPMS_ATTEST_Unmarshal,
    Tss2_MU_TPMT_PUBLIC_Marshal, Tss2_MU_TPMT_SIGNATURE_Marshal, Tss2_MU_TPMT_SIGNATURE_Unmarshal,
    size_t,
};

/// A C structure that can be read from exactly these bytes.
pub trait Read: Default {
    /// Whether the bytes are such a structure.
    fn read(&mut self, bytes: &[u8]) -> bool;
}

/// A C structure that can be written.
pub trait Write {
    /// How many bytes were written.
    fn write(&self, out: &mut [u8]) -> usize;
}

fn read<T>(
    unmarshal: unsafe extern "C" fn(*const u8, size_t, *mut size_t, *mut T) -> TSS2_RC,
    bytes: &[u8],
    to: &mut T,
) -> bool {
    let size = bytes.len() as size_t;
    let mut offset = 0;
    // SAFETY: the pointers are to live values, of the sizes given; the library
    // writes nothing beyond the structure.
    let code = unsafe { unmarshal(bytes.as_ptr(), size, &raw mut offset, to) };
    code == 0 && offset == size
}

fn write<T>(
    marshal: unsafe extern "C" fn(*const T, *mut u8, size_t, *mut size_t) -> TSS2_RC,
    from: &T,
    out: &mut [u8],
) -> usize {
    let mut offset = 0;
    let size = out.len() as size_t;
    // SAFETY: the pointers are to live values, of the sizes given; the structure
    // was filled by the library itself.
    let code = unsafe { marshal(from, out.as_mut_ptr(), size, &raw mut offset) };
    if code == 0 { offset as usize } else { 0 }
}

impl Read for TPM2B_PUBLIC {
    #[inline]
    fn read(&mut self, bytes: &[u8]) -> bool {
        // The library refuses to read into a structure that has a size.
        self.size = 0;
        read(Tss2_MU_TPM2B_PUBLIC_Unmarshal, bytes, self)
    }
}

impl Read for TPMS_ATTEST {
    #[inline]
    fn read(&mut self, bytes: &[u8]) -> bool {
        read(Tss2_MU_TPMS_ATTEST_Unmarshal, bytes, self)
    }
}

impl Read for TPMT_SIGNATURE {
    #[inline]
    fn read(&mut self, bytes: &[u8]) -> bool {
        read(Tss2_MU_TPMT_SIGNATURE_Unmarshal, bytes, self)
    }
}

impl Write for TPMT_PUBLIC {
    #[inline]
    fn write(&self, out: &mut [u8]) -> usize {
        write(Tss2_MU_TPMT_PUBLIC_Marshal, self, out)
    }
}

impl Write for TPMS_ATTEST {
    #[inline]
    fn write(&self, out: &mut [u8]) -> usize {
        write(Tss2_MU_TPMS_ATTEST_Marshal, self, out)
    }
}

impl Write for TPMT_SIGNATURE {
    #[inline]
    fn write(&self, out: &mut [u8]) -> usize {
        write(Tss2_MU_TPMT_SIGNATURE_Marshal, self, out)
    }
}
