//! The signatures of the cases, before a second judge, whatever becomes of the
//! quote. Its verdict has to be ours.

use tpm_quote::{
    TpmAlgId,
    crypto::{Curve, PublicKey, Signature, SignatureError, SignatureVerifier, Software},
};

use crate::common::{
    Vector, cases, hex,
    judge::{self, ECDSA, Key, RSASSA},
    quote::Quote,
};

/// Our verdict, without any rule about keys and quotes; `None` if the exponent is
/// not ours.
fn ours(key: &Key<'_>, message: &[u8], signature: &judge::Signature<'_>) -> Option<bool> {
    let key = match *key {
        Key::Rsa {
            modulus,
            exponent: 65537,
        } => PublicKey::Rsa { modulus },
        Key::Rsa { .. } => return None,
        Key::Ecc { curve, x, y } => {
            let curve = match curve {
                3 => Curve::P256,
                4 => Curve::P384,
                _ => Curve::P521,
            };
            PublicKey::Ecc { curve, x, y }
        }
    };
    let [first, second] = signature.numbers;
    let numbers = match signature.scheme {
        RSASSA => Signature::RsaSsa(first),
        ECDSA => Signature::EcDsa {
            r: first,
            s: second,
        },
        _ => Signature::RsaPss(first),
    };
    match Software.verify(&key, TpmAlgId(signature.hash), message, &numbers) {
        Ok(()) => Some(true),
        Err(SignatureError::Invalid) => Some(false),
        Err(SignatureError::Unsupported) => panic!("{key:?}"),
    }
}

/// The judge reads what another program read.
fn assert_read(case: &Vector, key: &Key<'_>) {
    let public = &case.json["ak_public"];
    let number = |name: &str| hex(public[name].as_str().unwrap());
    match *key {
        Key::Rsa { modulus, exponent } => {
            assert_eq!(modulus, number("modulus"), "{}", case.name);
            let expected = match public["exponent"].as_u64().unwrap() {
                0 => 65537,
                exponent => exponent,
            };
            assert_eq!(u64::from(exponent), expected, "{}", case.name);
        }
        Key::Ecc { curve, x, y } => {
            assert_eq!((x, y), (&*number("x"), &*number("y")), "{}", case.name);
            let name = ["p256", "p384", "p521"][usize::from(curve - 3)];
            assert_eq!(public["curve"].as_str(), Some(name), "{}", case.name);
        }
    }
}

#[test]
fn second_judge_has_our_verdict_on_every_signature() {
    let (mut judged, mut refused) = (0, 0);
    let (mut by_exponent, mut unread) = (Vec::new(), Vec::new());
    for case in cases() {
        let quote = Quote::of(&case);
        let parts = (
            judge::key(&quote.public),
            judge::signature(&quote.signature),
        );
        let (Some(key), Some(signature)) = parts else {
            assert!(quote.verify().is_err(), "{}", case.name);
            unread.push(case.name[..3].to_owned());
            continue;
        };
        assert_read(&case, &key);
        let mut changed = quote.attest.clone();
        *changed.last_mut().unwrap() ^= 1;
        for (message, expected) in [(&quote.attest, true), (&changed, false)] {
            let judge = judge::holds(&key, message, &signature);
            assert_eq!(judge, expected, "{}", case.name);
            match ours(&key, message, &signature) {
                Some(ours) => assert_eq!(ours, judge, "{}", case.name),
                None if expected => by_exponent.push(case.name[..3].to_owned()),
                None => {}
            }
        }
        judged += 1;
        refused += usize::from(quote.verify().is_err());
    }
    println!("{judged} signatures judged, {refused} of quotes that are refused");
    assert_eq!((judged, refused), (122, 26));
    // Other exponents than 65537: this crate never raises to them.
    assert_eq!(by_exponent, ["081", "082", "084"]);
    // Other curves, ECSCHNORR, SM2, ECDAA, HMAC.
    assert_eq!(
        unread,
        [
            "025", "026", "032", "033", "034", "036", "037", "038", "040", "041", "042"
        ]
    );
}
