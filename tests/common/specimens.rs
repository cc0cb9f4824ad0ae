//! The attestations of one key, short enough to be read. A TPM made them all
//! (swtpm 0.7.1); the key is a primary one of the endorsement hierarchy.

use hex_literal::hex;

/// A `TPMT_PUBLIC`.
pub const PUBLIC: [u8; 88] = hex!(
    "0023"     // type = TPM_ALG_ECC
    "000b"     // nameAlg = TPM_ALG_SHA256
    "00050072" // objectAttributes
    "0000"     // authPolicy
    "0010"     // symmetric = none
    "0018000b" // scheme = ECDSA, SHA-256
    "0003"     // curveID = TPM_ECC_NIST_P256
    "0010"     // kdf = none
    "0020 72875a238e06cc147dbbc6e01b0c9c1102575d60a78e65cf449066998635ab59" // x
    "0020 142e26e1695d6b23635e64dc48c5f542b5ff6a1327df587fc810b86d11a251ac" // y
);

/// Its Name, and its qualified name: SHA-256 of 4000000b and the Name.
pub const NAME: [u8; 34] =
    hex!("000bf2cf9778a72fa63e9d30bc5b6181f1baa91dc0d73a1edc8f25ac445c344432d6");
pub const QUALIFIED_NAME: [u8; 34] =
    hex!("000b65e2961b3fe99c40d02b6b565df2ccac760cb0dcca92dc926359e6e8218852a9");

/// Its `TPMS_CREATION_DATA`.
pub const CREATION_DATA: [u8; 63] = hex!(
    "00000001"        // pcrSelect.count
    "000b 03 800000"  // PCR 7 of SHA-256
    "0020 66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925" // pcrDigest
    "01"              // locality 0
    "0010"            // parentNameAlg = TPM_ALG_NULL
    "0004 4000000b"   // parentName
    "0004 4000000b"   // parentQualifiedName
    "0002 0102"       // outsideInfo
);

/// Its SHA-256.
pub const CREATION_HASH: [u8; 32] =
    hex!("ca525d95567d0a95f8a5f7bb9f2ab8c178ad5eb3d869fa5474ddee20dff83ba3");

/// A quote of PCRs 0 and 23 of SHA-256, which are all zero.
pub const QUOTE: [u8; 116] = hex!(
    "ff544347"         // magic
    "8018"             // type = TPM_ST_ATTEST_QUOTE
    "0022 000b65e2961b3fe99c40d02b6b565df2ccac760cb0dcca92dc926359e6e8218852a9"
    "0003 c0ffee"      // extraData
    "0000000000165e3f" // clockInfo.clock
    "00000001"         // clockInfo.resetCount
    "00000000"         // clockInfo.restartCount
    "01"               // clockInfo.safe
    "2019102300163636" // firmwareVersion
    "00000001"         // pcrSelect.count
    "000b 03 010080"   // PCRs 0 and 23 of SHA-256
    "0020 f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b" // pcrDigest
);
pub const QUOTE_SIGNATURE: [u8; 72] = hex!(
    "0018 000b" // ECDSA, SHA-256
    "0020 1c7fcd2cbd66f921b99f780b7562a37a976c9c1f6d895207d86b27571be8912a"
    "0020 1a2c18ac0b3cf7921d8934b15e01d15ca913c911164d133b21aed4596373048b"
);

/// The key certifies itself.
pub const CERTIFY: [u8; 141] = hex!(
    "ff544347"         // magic
    "8017"             // type = TPM_ST_ATTEST_CERTIFY
    "0022 000b65e2961b3fe99c40d02b6b565df2ccac760cb0dcca92dc926359e6e8218852a9"
    "0000"             // extraData
    "0000000000165e81" // clockInfo.clock
    "00000001 00000000 01 2019102300163636"
    "0022 000bf2cf9778a72fa63e9d30bc5b6181f1baa91dc0d73a1edc8f25ac445c344432d6" // name
    "0022 000b65e2961b3fe99c40d02b6b565df2ccac760cb0dcca92dc926359e6e8218852a9" // qualifiedName
);
pub const CERTIFY_SIGNATURE: [u8; 72] = hex!(
    "0018 000b"
    "0020 2e5fdca7f826e6028db72804c461640da6456822d8d8775d8c22362cf613b06e"
    "0020 8c894a5d6eae7178a0c816a634ddc20aee2d5a7839b53c6ed33bc1041df274cc"
);

/// It certifies how it was made itself.
pub const CREATION: [u8; 139] = hex!(
    "ff544347"         // magic
    "801a"             // type = TPM_ST_ATTEST_CREATION
    "0022 000b65e2961b3fe99c40d02b6b565df2ccac760cb0dcca92dc926359e6e8218852a9"
    "0000"             // extraData
    "0000000000165e83" // clockInfo.clock
    "00000001 00000000 01 2019102300163636"
    "0022 000bf2cf9778a72fa63e9d30bc5b6181f1baa91dc0d73a1edc8f25ac445c344432d6" // objectName
    "0020 ca525d95567d0a95f8a5f7bb9f2ab8c178ad5eb3d869fa5474ddee20dff83ba3"     // creationHash
);
pub const CREATION_SIGNATURE: [u8; 72] = hex!(
    "0018 000b"
    "0020 02d83dd6591e0b41b854528d6ba5f2c1d62dcbe41c18282b16f04db67b044349"
    "0020 f4580b42e82a71c1b7b4c5c0be8873670038ed08fa82b9e3db8c2ddad208eead"
);

/// It attests to the time.
pub const TIME: [u8; 102] = hex!(
    "ff544347"         // magic
    "8019"             // type = TPM_ST_ATTEST_TIME
    "0022 000b65e2961b3fe99c40d02b6b565df2ccac760cb0dcca92dc926359e6e8218852a9"
    "0000"             // extraData
    "0000000000165e83" // clockInfo.clock
    "00000001 00000000 01 2019102300163636"
    "0000000000165e83" // time.time
    "0000000000165e83" // time.clockInfo.clock
    "00000001 00000000 01 2019102300163636"
);
pub const TIME_SIGNATURE: [u8; 72] = hex!(
    "0018 000b"
    "0020 91be72a14760525f4b978fa03186ad813874c101b51a36c80f7b59a04a8aa4c5"
    "0020 6c780f2ef10668592fad03f1f05a1f9527220433024070b7171d2e00d2022b61"
);

/// Public areas of an NV index, before and after it was first written, and the
/// Names.
pub const NV: [([u8; 14], [u8; 34]); 2] = [
    (
        hex!("01800001 000b 00060006 0000 0008"),
        hex!("000bdf810a657657ad5ecd6e79cfb663c1c04746d458bec88c88b3b46d9f416d1acf"),
    ),
    (
        hex!("01800001 000b 20060006 0000 0008"),
        hex!("000bcde7f3a4388863a355ae99577ac0198933d609f9c41e248c925f7ace0a99b198"),
    ),
];
