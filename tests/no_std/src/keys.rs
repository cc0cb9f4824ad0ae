//! Keys, and what vouches for them.

use core::{hint::black_box, time::Duration};

use tpm_quote::{
    AttestationKey, Error, Name, Nonce, Tpm2bPublic, TpmAlgId, TpmtSignature, Unmarshal, Verifier,
    crypto::{PublicKey, Signature, SignatureError, SignatureVerifier},
    types::{Tpm2bCreationData, TpmEccCurve, TpmtPublic},
    verify::{Anchor, AnchorLine, KeyRules, PlainKey, SigningScheme},
};

use crate::{Input, Text, attestations::signed, show_appraisal, show_error, show_summary};

/// A verifier of which nothing is known, so that all that stands behind a
/// signature is reached.
struct Unknown;

fn any_answer() -> Result<(), SignatureError> {
    match black_box(0) {
        0 => Ok(()),
        1 => Err(SignatureError::Invalid),
        _ => Err(SignatureError::Unsupported),
    }
}

impl SignatureVerifier for Unknown {
    fn check_key(&self, key: &PublicKey<'_>) -> Result<(), SignatureError> {
        black_box(key);
        any_answer()
    }

    fn verify(
        &self,
        key: &PublicKey<'_>,
        hash: TpmAlgId,
        message: &[u8],
        signature: &Signature<'_>,
    ) -> Result<(), SignatureError> {
        black_box((key, hash, message, signature));
        any_answer()
    }
}

/// With that one, and with any rules.
pub(crate) fn verifier() -> Verifier<'static> {
    let mut rules = KeyRules::new();
    if black_box(false) {
        rules = rules
            .dangerous_allow_sha1_names()
            .dangerous_allow_rsa_1024();
    }
    Verifier::new().crypto(&Unknown).key_rules(rules)
}

/// The key in the bytes, judged with any rules and any anchor.
pub(crate) fn key(input: &Input) -> Option<Result<AttestationKey<'_>, Error>> {
    let public = Tpm2bPublic::from_bytes(black_box(input.bytes())).ok()?;
    let names = [input.part(1), input.part(2)];
    Some(match black_box(input.number) {
        0 => verifier().self_asserted(&public),
        n => {
            let names = names.get(..n as usize).unwrap_or_default();
            verifier().pinned(&public, names)
        }
    })
}

fn show_key(text: &mut Text<'_>, key: &Result<AttestationKey<'_>, Error>) {
    match key {
        Ok(key) => {
            text.show(key.name());
            text.show(&key.trust());
            text.show(&key.algorithm());
            text.show(&key.scheme());
            show_summary(text, key.summary());
            if let Some(qualified_name) = key.qualified_name() {
                text.show(qualified_name);
            }
            black_box((key.public_key(), key.prepare()));
        }
        Err(error) => show_error(text, error),
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn keys(input: &Input) {
    let mut text = Text::new(input.out());
    if let Some(key) = key(input) {
        show_key(&mut text, &key);
    }
}

/// The scheme of a signature, or any other.
pub(crate) fn scheme(input: &Input) -> SigningScheme {
    let hash = TpmAlgId(black_box(input.number) as u16);
    match (
        TpmtSignature::from_bytes(black_box(input.part(5))),
        black_box(input.number),
    ) {
        (Ok(signature), _) => SigningScheme::of_signature(&signature),
        (Err(_), 0) => SigningScheme::rsassa(hash),
        (Err(_), 1) => SigningScheme::rsapss(hash),
        (Err(_), 2) => SigningScheme::ecdsa(hash),
        (Err(_), number) => SigningScheme {
            scheme: TpmAlgId(number as u16),
            hash,
        },
    }
}

/// A key by its numbers, from wherever they are.
#[unsafe(no_mangle)]
pub extern "C" fn plain_keys(input: &Input) {
    let mut text = Text::new(input.out());
    let curve = TpmEccCurve(black_box(input.number) as u16);
    let mut plain = match PlainKey::from_sec1(curve, black_box(input.part(1))) {
        Ok(key) => key,
        Err(error) => {
            show_error(&mut text, &error);
            PlainKey::Rsa {
                modulus: input.part(1),
                exponent: black_box(input.number),
            }
        }
    };
    if let Ok(public) = TpmtPublic::from_bytes(input.part(2))
        && let Some(key) = PlainKey::of_public(&public)
    {
        plain = black_box(key);
    }
    let (scheme, verifier) = (scheme(input), verifier());
    text.show(&scheme);
    show_key(&mut text, &verifier.self_asserted_key(&plain, scheme));
    let known = [black_box(plain), black_box(plain)];
    let known = known.get(..black_box(2)).unwrap_or_default();
    show_key(&mut text, &verifier.pinned_key(&plain, scheme, known));
    let known = black_box(Some(known));
    show_appraisal(
        &mut text,
        &verifier.appraise_plain_key(&plain, scheme, known),
    );
}

/// A key that another one vouches for.
#[unsafe(no_mangle)]
pub extern "C" fn anchors(input: &Input) {
    let mut text = Text::new(input.out());
    let (Some(Ok(trusted)), Ok(nonce)) = (key(input), Nonce::exact(input.part(9))) else {
        return;
    };
    let Ok(public) = Tpm2bPublic::from_bytes(black_box(input.part(2))) else {
        return;
    };
    let (verifier, signed) = (verifier(), signed(input));
    let certified = verifier.certified_by(&public, &signed, &trusted, nonce);
    show_key(&mut text, &certified);
    let creation = Tpm2bCreationData::from_bytes(black_box(input.part(3))).ok();
    if let Some(creation) = &creation {
        let created = verifier.created_under(&public, creation, &signed, &trusted, nonce);
        show_key(&mut text, &created);
    }
    let names = [*trusted.name(), Name::EMPTY];
    let slices = [input.part(1), input.part(2)];
    let arrays = [black_box([0; 34]); 2];
    let mut anchor = match black_box(input.number) {
        0 => Anchor::new(),
        1 => Anchor::new().pinned(names.get(..black_box(2)).unwrap_or_default()),
        2 => Anchor::new().pinned(slices.get(..black_box(2)).unwrap_or_default()),
        _ => Anchor::new().pinned(arrays.get(..black_box(2)).unwrap_or_default()),
    };
    if black_box(false) {
        anchor = anchor.certified_by(&trusted, nonce);
    }
    if black_box(false) {
        anchor = anchor.certification(&signed);
    }
    if let Some(creation) = &creation {
        anchor = anchor.creation(creation);
    }
    if let Err(error) = certified {
        anchor = match black_box(input.number) {
            0 => anchor.failed_certification(error),
            1 => anchor.failed_certificate(error),
            _ => anchor,
        };
    }
    black_box(anchor.is_asked());
    show_appraisal(&mut text, &verifier.appraise_key(&public, &anchor));
    let plain = PlainKey::of_public(public.value());
    let mut by_numbers = Anchor::new();
    if let Some(plain) = plain {
        by_numbers = by_numbers.known_key(plain);
    }
    let time = |seconds| black_box(Some(Duration::from_secs(seconds)));
    let lines = [
        AnchorLine::new(1, anchor),
        AnchorLine::new(2, by_numbers).valid(time(7), time(9), Duration::from_secs(8)),
        AnchorLine::new(3, Anchor::new().certifier(&trusted)),
    ];
    let lines = lines.get(..black_box(3)).unwrap_or_default();
    let anchor = anchor.any_of(lines, nonce);
    show_appraisal(&mut text, &verifier.appraise_key(&public, &anchor));
    if let Some(plain) = plain {
        let scheme = scheme(input);
        let appraisal = verifier.appraise_anchored_plain_key(&plain, scheme, &anchor);
        show_appraisal(&mut text, &appraisal);
    }
}
