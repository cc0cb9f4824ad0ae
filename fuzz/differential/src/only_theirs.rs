//! What libtss2 3.2 accepts and the specification forbids.

use std::ops::RangeInclusive;

use tpm_quote::{UnmarshalError, error::Reason, types::TpmAlgId};

/// Places where libtss2 does not look closely, and what it lets through.
#[derive(Debug)]
pub struct OnlyTheirs {
    /// What it does.
    pub why: &'static str,
    /// Structure and field, as our error names them.
    pub places: &'static [(&'static str, &'static str)],
    /// What our error says.
    pub refused: Refused,
}

/// The reason in our error.
#[derive(Debug)]
pub enum Refused {
    /// Any other constant.
    Constant,
    /// Any byte that is neither 0 nor 1.
    YesNo,
    /// The input is too short.
    End,
    /// One of these sizes.
    Size(RangeInclusive<u16>),
    /// One of these ids.
    Selector(&'static [TpmAlgId]),
}

/// The closed list.
pub const ONLY_THEIRS: &[OnlyTheirs] = &[
    OnlyTheirs {
        why: "it does not look at constants",
        places: &[("TPMS_ATTEST", "magic"), ("TPMT_TK_CREATION", "tag")],
        refused: Refused::Constant,
    },
    OnlyTheirs {
        why: "any byte is a yes or no",
        places: &[
            ("TPMS_CLOCK_INFO", "safe"),
            ("TPMS_SESSION_AUDIT_INFO", "exclusiveSession"),
        ],
        refused: Refused::YesNo,
    },
    OnlyTheirs {
        why: "a name of any form, and up to 68 bytes",
        places: &[
            ("TPM2B_NAME", ""),
            ("TPMS_ATTEST", "qualifiedSigner"),
            ("TPMS_CERTIFY_INFO", "name"),
            ("TPMS_CERTIFY_INFO", "qualifiedName"),
            ("TPMS_CREATION_DATA", "parentName"),
            ("TPMS_CREATION_DATA", "parentQualifiedName"),
            ("TPMS_CREATION_INFO", "objectName"),
            ("TPMS_NV_CERTIFY_INFO", "indexName"),
            ("TPMS_NV_DIGEST_CERTIFY_INFO", "indexName"),
        ],
        refused: Refused::Size(1..=68),
    },
    OnlyTheirs {
        why: "its largest curve has 128 bytes; the specification's, 80",
        places: &[
            ("TPM2B_ECC_PARAMETER", ""),
            ("TPMS_ECC_POINT", "x"),
            ("TPMS_ECC_POINT", "y"),
            ("TPMS_SIGNATURE_ECC", "signatureR"),
            ("TPMS_SIGNATURE_ECC", "signatureS"),
        ],
        refused: Refused::Size(81..=128),
    },
    OnlyTheirs {
        why: "TPM2B_ID_OBJECT is bytes: its HMAC may have any size",
        places: &[("TPMS_ID_OBJECT", "integrityHMAC")],
        refused: Refused::Size(65..=u16::MAX),
    },
    OnlyTheirs {
        why: "TPM2B_ID_OBJECT is bytes: its HMAC may be cut off",
        places: &[("TPMS_ID_OBJECT", "integrityHMAC")],
        refused: Refused::End,
    },
    OnlyTheirs {
        why: "TPM_ALG_NULL selects an empty arm in every union",
        places: &[("TPMS_ATTEST", "type"), ("TPMT_PUBLIC", "type")],
        refused: Refused::Selector(&[TpmAlgId::NULL]),
    },
    OnlyTheirs {
        why: "the cipher of an object may be that of a session",
        places: &[("TPMT_SYM_DEF_OBJECT", "algorithm")],
        refused: Refused::Selector(&[TpmAlgId::XOR, TpmAlgId::SYMCIPHER]),
    },
    OnlyTheirs {
        why: "one union for the schemes of RSA and ECC",
        places: &[("TPMT_RSA_SCHEME", "scheme")],
        refused: Refused::Selector(&[
            TpmAlgId::ECDSA,
            TpmAlgId::ECDH,
            TpmAlgId::ECDAA,
            TpmAlgId::SM2,
            TpmAlgId::ECSCHNORR,
            TpmAlgId::ECMQV,
        ]),
    },
    OnlyTheirs {
        why: "one union for the schemes of RSA and ECC",
        places: &[("TPMT_ECC_SCHEME", "scheme")],
        refused: Refused::Selector(&[
            TpmAlgId::RSASSA,
            TpmAlgId::RSAES,
            TpmAlgId::RSAPSS,
            TpmAlgId::OAEP,
        ]),
    },
];

impl OnlyTheirs {
    /// The entry of the list that has this error.
    pub fn of(error: &UnmarshalError) -> Option<&'static Self> {
        let place = (error.structure(), error.field());
        ONLY_THEIRS
            .iter()
            .find(|entry| entry.places.contains(&place) && entry.refused.has(error.reason()))
    }
}

impl Refused {
    fn has(&self, reason: Reason) -> bool {
        match (self, reason) {
            (Self::Constant, Reason::WrongConstant)
            | (Self::YesNo, Reason::NotYesOrNo { .. })
            | (Self::End, Reason::InputTooShort { .. }) => true,
            (Self::Size(sizes), Reason::SizeOutOfRange { size }) => sizes.contains(&size),
            (Self::Selector(ids), Reason::UnknownSelector { value }) => {
                ids.contains(&TpmAlgId(value))
            }
            _ => false,
        }
    }
}
