//! One bit of the evidence is another: every single one, by turns.
#![cfg(all(feature = "rsa", feature = "ecdsa"))]

mod common;

use std::ops::Range;

use common::{case, quote::Quote};
use sha2::{Digest, Sha256};
use tpm_quote::{
    AttestationKey, Check, Error, Tpm2bPublic, Unmarshal,
    verify::{
        Excerpt,
        error::{AnchorProblem, AttestProblem},
    },
};

/// One of the byte strings of a quote.
type Of = fn(&mut Quote) -> &mut Vec<u8>;

/// Flips each bit of `range` and demands that its check fails: the one of
/// `checks`, or the one in `exceptions` for a byte that becomes this one.
fn flip(quote: &mut Quote, of: Of, range: Range<usize>, check: Check, exceptions: &[(u8, Check)]) {
    let mut seen = 0;
    for at in range.clone() {
        for bit in 0..8 {
            of(quote)[at] ^= 1 << bit;
            let flipped = of(quote)[at];
            let error = match quote.verify() {
                Err(error) => error,
                Ok(()) => panic!("accepted with bit {bit} of byte {at} flipped"),
            };
            // The first byte of an id never makes another known one.
            let exception = exceptions
                .iter()
                .find(|(byte, _)| *byte == flipped && at == range.end - 1);
            seen += usize::from(exception.is_some());
            let expected = exception.map_or(check, |(_, check)| *check);
            assert_eq!(error.check(), expected, "bit {bit} of byte {at}: {error:?}");
            of(quote)[at] ^= 1 << bit;
        }
    }
    assert_eq!(seen, exceptions.len());
}

/// Nothing of the quote is looked at before its signature holds.
#[test]
fn every_bit_of_the_quote_is_signed() {
    for start in ["004", "005"] {
        let mut quote = Quote::of(&case(start));
        assert_eq!(quote.verify(), Ok(()));
        for at in 0..quote.attest.len() {
            for bit in 0..8 {
                quote.attest[at] ^= 1 << bit;
                let result = quote.verify();
                let expected = Error::from(AttestProblem::Signature);
                assert_eq!(result, Err(expected), "bit {bit} of byte {at}");
                quote.attest[at] ^= 1 << bit;
            }
        }
    }
}

#[test]
fn every_bit_of_an_rsa_signature_counts() {
    let mut quote = Quote::of(&case("004"));
    let of: Of = |quote| &mut quote.signature;
    // With no scheme, bytes are left over; with ECSCHNORR, r has 256 bytes.
    let other = [(0x10, Check::Input), (0x1c, Check::Input)];
    flip(&mut quote, of, 0..2, Check::SignatureScheme, &other);
    flip(&mut quote, of, 2..4, Check::SignatureScheme, &[]);
    flip(&mut quote, of, 4..6, Check::Input, &[]);
    flip(&mut quote, of, 6..262, Check::Signature, &[]);
    assert_eq!(quote.signature.len(), 262);
}

#[test]
fn every_bit_of_an_ecdsa_signature_counts() {
    let mut quote = Quote::of(&case("005"));
    let of: Of = |quote| &mut quote.signature;
    // With no scheme, bytes are left over.
    flip(
        &mut quote,
        of,
        0..2,
        Check::SignatureScheme,
        &[(0x10, Check::Input)],
    );
    flip(&mut quote, of, 2..4, Check::SignatureScheme, &[]);
    flip(&mut quote, of, 4..6, Check::Input, &[]);
    flip(&mut quote, of, 6..38, Check::Signature, &[]);
    flip(&mut quote, of, 38..40, Check::Input, &[]);
    flip(&mut quote, of, 40..72, Check::Signature, &[]);
    assert_eq!(quote.signature.len(), 72);
}

// Of a self-asserted key the parts that make its Name alone - nameAlg,
// authPolicy and the attributes that a signing key is free to have - are not
// tied to the quote: some flips of them pass, and `k4_...` below says which.

#[test]
fn every_bit_of_type_parameters_and_modulus_of_an_rsa_key_counts() {
    let mut quote = Quote::of(&case("004"));
    let of: Of = |quote| &mut quote.public;
    flip(&mut quote, of, 0..2, Check::Input, &[]);
    flip(&mut quote, of, 2..4, Check::KeyType, &[]);
    // symmetric
    flip(&mut quote, of, 12..14, Check::KeyScheme, &[]);
    // With RSAES or no scheme there is no hash, and the rest is out of step; with
    // RSAPSS it is a good key that signs in another way.
    let other = [
        (0x15, Check::Input),
        (0x10, Check::Input),
        (0x16, Check::SignatureScheme),
    ];
    flip(&mut quote, of, 14..16, Check::KeyScheme, &other);
    flip(&mut quote, of, 16..18, Check::KeyScheme, &[]);
    // keyBits and exponent
    flip(&mut quote, of, 18..24, Check::KeyStrength, &[]);
    flip(&mut quote, of, 24..26, Check::Input, &[]);
    // The first bit of the modulus and the last.
    let (first, last) = (quote.public[26] ^ 0x80, quote.public[281] ^ 0x01);
    flip(
        &mut quote,
        of,
        26..27,
        Check::Signature,
        &[(first, Check::KeyStrength)],
    );
    flip(&mut quote, of, 27..281, Check::Signature, &[]);
    flip(
        &mut quote,
        of,
        281..282,
        Check::Signature,
        &[(last, Check::KeyStrength)],
    );
    assert_eq!(quote.public.len(), 282);
}

#[test]
fn every_bit_of_type_parameters_and_point_of_an_ecc_key_counts() {
    let mut quote = Quote::of(&case("005"));
    let of: Of = |quote| &mut quote.public;
    flip(&mut quote, of, 0..2, Check::Input, &[]);
    flip(&mut quote, of, 2..4, Check::KeyType, &[]);
    // symmetric
    flip(&mut quote, of, 12..14, Check::KeyScheme, &[]);
    // ECDAA has a counter after its hash: the rest is out of step.
    flip(
        &mut quote,
        of,
        14..16,
        Check::KeyScheme,
        &[(0x1a, Check::Input)],
    );
    flip(&mut quote, of, 16..18, Check::KeyScheme, &[]);
    // curveID and kdf
    flip(&mut quote, of, 18..20, Check::KeyStrength, &[]);
    flip(&mut quote, of, 20..22, Check::KeyScheme, &[]);
    flip(&mut quote, of, 22..24, Check::Input, &[]);
    flip(&mut quote, of, 24..56, Check::KeyStrength, &[]);
    flip(&mut quote, of, 56..58, Check::Input, &[]);
    flip(&mut quote, of, 58..90, Check::KeyStrength, &[]);
    assert_eq!(quote.public.len(), 90);
}

/// K4: with the Name pinned, no bit of the public area may be another. Those
/// that a self-asserted key could afford are stopped by the Name alone.
#[test]
fn k4_every_bit_of_a_pinned_public_area_counts() {
    // The free attributes, in both; of RSA also the scheme RSAPSS, and all of
    // the modulus but its first bit and its last.
    for (start, only_by_name) in [("004", 7 + 1 + 2046), ("005", 7)] {
        let case = case(start);
        let names = [case.file("ak.name")];
        let mut bytes = case.file("ak.pub");
        let public = Tpm2bPublic::from_bytes(&bytes).unwrap();
        AttestationKey::pinned(&public, &names).unwrap();

        let mut stopped_by_name = 0;
        for at in 2..bytes.len() {
            for bit in 0..8 {
                bytes[at] ^= 1 << bit;
                // What cannot be read is refused, whoever vouches for it.
                if let Ok(public) = Tpm2bPublic::from_bytes(&bytes) {
                    let found = AttestationKey::pinned(&public, &names).map(|_| ());
                    let expected = match AttestationKey::self_asserted(&public) {
                        Err(error) => error,
                        Ok(_) => {
                            stopped_by_name += 1;
                            let digest = Sha256::digest(&bytes[2..]);
                            let name = [&[0x00, 0x0b], &digest[..]].concat();
                            let name = Excerpt::new(&name);
                            AnchorProblem::NameNotPinned { name }.into()
                        }
                    };
                    assert_eq!(found, Err(expected), "bit {bit} of byte {at}");
                }
                bytes[at] ^= 1 << bit;
            }
        }
        assert_eq!(stopped_by_name, only_by_name, "{start}");
    }
}

/// K4: the same quote, whose key says another thing of itself.
#[test]
fn k4_self_asserted_key_can_change_only_the_attributes_that_are_free() {
    for start in ["004", "005"] {
        let mut quote = Quote::of(&case(start));
        let mut passed = 0_u32;
        // nameAlg, objectAttributes, authPolicy
        for at in 4..12 {
            for bit in 0..8 {
                quote.public[at] ^= 1 << bit;
                if quote.verify().is_ok() {
                    assert!((6..10).contains(&at), "bit {bit} of byte {at}");
                    passed |= 1 << (8 * (9 - at) + bit);
                }
                quote.public[at] ^= 1 << bit;
            }
        }
        // stClear, userWithAuth, adminWithPolicy, firmwareLimited, svnLimited,
        // noDA, x509sign
        assert_eq!(passed, 0x0008_07c4, "{start}: {passed:#010x}");
    }
}
