//! Verdicts on keys and signatures.

use super::*;

/// Numbers of a signature that holds, by FIPS 186-5, 6.4.1.
fn sign<C: Judged<N>, const N: usize>(secret: &Big, nonce: &Big, digest: &[u8]) -> [Big; 2] {
    let n = C::prime_order();
    let e = modulo(&from_bytes(&digest[..digest.len().min(C::BYTES)]), &n);
    let [x, _] = C::multiple(nonce).unwrap();
    let r = modulo(&x, &n);
    let inverse = nonce.invert_odd_mod(&n.to_odd().unwrap()).unwrap();
    let s = product(&inverse, &e.wrapping_add(&product(&r, secret, &n)), &n);
    [r, s]
}

/// Our verdict, for numbers of full length.
fn holds<C: Judged<N>, const N: usize>(
    [x, y]: &[Big; 2],
    digest: &[u8],
    [r, s]: [&[u8]; 2],
) -> bool {
    let point = [&*C::encoded(x), &C::encoded(y)];
    verdict::<C, N>(point, digest, [r, s])
}

/// Our verdict, in three ways.
fn verdict<C: Judged<N>, const N: usize>(
    point: [&[u8]; 2],
    digest: &[u8],
    signature: [&[u8]; 2],
) -> bool {
    let ours = verify_on::<C, N, KEY_POINTS>(&C::CURVE, point, digest, signature);
    let prepared = Prepared::<C, N>::new(C::CURVE, point);
    let prepared = prepared.and_then(|key| key.verify(digest, signature));
    assert_eq!(
        prepared, ours,
        "{point:02x?} {digest:02x?} {signature:02x?}"
    );
    let compact = compact::verify(C::ID, point, Some((digest, signature)));
    assert_eq!(compact, ours, "{point:02x?} {digest:02x?} {signature:02x?}");
    ours == Some(true)
}

#[test]
fn signatures_of_p256() {
    check_signatures::<P256, WORDS_256>();
}

#[test]
fn signatures_of_p384() {
    check_signatures::<P384, WORDS_384>();
}

#[test]
fn signatures_of_p521() {
    check_signatures::<P521, WORDS_521>();
}

fn check_signatures<C: Judged<N>, const N: usize>() {
    let n = C::prime_order();
    let secret = || below::<N>(n).prop_filter("no key", |k| *k != Big::ZERO);
    let digest = prop::collection::vec(any::<u8>(), 0..=64);
    let flip = (0..6_usize, 0..C::BYTES, 0..8_u32);
    proptest!(cases(40), |(secret in secret(), nonce in secret(), digest in digest, flip in flip)| {
        let key = C::multiple(&secret).unwrap();
        let [r, s] = sign::<C, N>(&secret, &nonce, &digest);
        prop_assume!(s != Big::ZERO);
        let opposite = C::encoded(&n.wrapping_sub(&s));
        let numbers = [key[0], key[1], r, s].map(|number| C::encoded(&number));
        let holds = |[x, y, r, s]: &[Vec<u8>; 4], digest: &[u8]| {
            let judged = C::holds(&[x, y].map(|n| from_bytes(n)), digest, r, s);
            let ours = verdict::<C, N>([x, y], digest, [r, s]);
            assert_eq!(ours, judged, "{numbers:02x?} {digest:02x?}");
            ours
        };
        prop_assert!(holds(&numbers, &digest));
        let [x, y, r, _] = numbers.clone();
        prop_assert!(holds(&[x, y, r, opposite], &digest));

        // One bit of one number is another.
        let (which, byte, bit) = flip;
        let (mut changed, mut changed_digest) = (numbers.clone(), digest.clone());
        changed_digest.resize(digest.len().max(1), 0);
        let target = changed.get_mut(which).unwrap_or(&mut changed_digest);
        let at = byte.min(target.len() - 1);
        target[at] ^= 1 << bit;
        prop_assert!(!holds(&changed, &changed_digest));
    });
}

#[test]
fn numbers_out_of_range_are_refused() {
    check_range::<P256, WORDS_256>();
    check_range::<P384, WORDS_384>();
    check_range::<P521, WORDS_521>();
}

fn check_range<C: Judged<N>, const N: usize>() {
    let (n, digest) = (C::prime_order(), [0x5a; 64]);
    let key = C::multiple(&small(12345)).unwrap();
    let [r, s] = sign::<C, N>(&small(12345), &small(54321), &digest);
    let with = |numbers: [&Big; 2]| {
        let [r, s] = numbers.map(C::encoded);
        let ours = holds::<C, N>(&key, &digest, [&r, &s]);
        assert_eq!(ours, C::holds(&key, &digest, &r, &s));
        ours
    };
    assert!(with([&r, &s]));
    for edge in [
        Big::ZERO,
        Big::ONE,
        n.wrapping_sub(&Big::ONE),
        n,
        n.wrapping_add(&Big::ONE),
        from_bytes(&[0xff; BIG_BYTES][..C::BYTES]),
    ] {
        assert!(!with([&edge, &s]), "r = {edge}");
        assert!(!with([&r, &edge]), "s = {edge}");
        assert!(!with([&edge, &edge]), "r = s = {edge}");
    }
    // The same numbers modulo the order, where they still fit.
    if C::BYTES == 66 {
        assert!(!with([&r.wrapping_add(&n), &s]));
        assert!(!with([&r, &s.wrapping_add(&n)]));
    }

    // Leading zeros: fewer are taken, more are not.
    let (r, s) = (C::encoded(&r), C::encoded(&s));
    let long = |number: &[u8]| [&[0], number].concat();
    assert!(!holds::<C, N>(&key, &digest, [&long(&r), &s]));
    assert!(!holds::<C, N>(&key, &digest, [&r, &long(&s)]));
    let short = (1_u32..)
        .map(|nonce| sign::<C, N>(&small(12345), &small(nonce), &digest))
        .find(|[r, _]| r.bit_width() <= n.bit_width() - n.bit_width() % 8 - 8)
        .map(|numbers| numbers.map(|number| C::encoded(&number)))
        .unwrap();
    let [r, s] = &short;
    assert_eq!(r[0], 0);
    assert!(holds::<C, N>(&key, &digest, [r, s]));
    assert!(holds::<C, N>(&key, &digest, [&r[1..], s]));
    assert!(!holds::<C, N>(&key, &digest, [&[], s]));
    assert!(!holds::<C, N>(&key, &digest, [r, &[]]));
}

#[test]
fn points_that_are_no_keys_are_refused() {
    check_keys::<P256, WORDS_256>();
    check_keys::<P384, WORDS_384>();
    check_keys::<P521, WORDS_521>();
}

fn check_keys<C: Judged<N>, const N: usize>() {
    let (p, digest) = (C::modulus(), Hasher::digest(TpmAlgId::SHA512, b"").unwrap());
    let [r, s] = sign::<C, N>(&small(77), &small(78), digest.as_ref()).map(|n| C::encoded(&n));
    let [x, y] = C::multiple(&small(77)).unwrap().map(|n| C::encoded(&n));
    let is_key = |x: &[u8], y: &[u8]| {
        let is_key = check_key(C::ID, x, y);
        assert!(matches!(is_key, Ok(()) | Err(SignatureError::Invalid)));
        assert_eq!(check_key_compactly(C::ID, x, y), is_key);
        assert_eq!(PreparedKey::new(C::ID, x, y).is_some(), is_key.is_ok());
        let holds = verify(C::ID, x, y, &digest, &r, &s);
        assert!(holds == is_key || holds == Err(SignatureError::Invalid));
        is_key.is_ok()
    };
    assert!(is_key(&x, &y));
    assert_eq!(verify(C::ID, &x, &y, &digest, &r, &s), Ok(()));

    let zero = C::encoded(&Big::ZERO);
    let long = |number: &[u8]| [&[0], number].concat();
    assert!(!is_key(&y, &x));
    assert!(!is_key(&zero, &zero) && !is_key(&[], &[]));
    assert!(!is_key(&long(&x), &y) && !is_key(&x, &long(&y)));
    for at in 0..C::BYTES {
        let mut wrong = y.clone();
        wrong[at] ^= 1;
        assert!(!is_key(&x, &wrong), "{at}");
    }
    // x = 0 is on the curves. With p for 0 it is the same point, not reduced.
    let [zero_x, root] = C::lift(&Big::ZERO).unwrap();
    assert_eq!(zero_x, Big::ZERO);
    let root = C::encoded(&root);
    assert!(is_key(&zero, &root) && is_key(&[], &root) && is_key(&[0], &root));
    assert!(!is_key(&C::encoded(&p), &root));
    let other = C::encoded(&p.wrapping_sub(&from_bytes(&root)));
    assert!(is_key(&zero, &other));
}

#[test]
fn abscissa_above_the_order_is_taken_for_its_rest() {
    check_rest::<P256, WORDS_256>();
    check_rest::<P384, WORDS_384>();
    check_rest::<P521, WORDS_521>();
}

/// No nonce is known whose point R has an abscissa between the order and the field's
/// modulus. But a key can be made for such a point: R - 5 G. Then R is the key and 5
/// times the base point, so that s = r and the digest is 5 r.
fn check_rest<C: Judged<N>, const N: usize>() {
    let (n, p) = (C::prime_order(), C::modulus());
    let [x, y] = (1_u32..)
        .find_map(|more| C::lift(&n.wrapping_add(&small(more))))
        .unwrap();
    assert!(n < x && x < p);
    let r = x.wrapping_sub(&n);
    let [base_x, base_y] = C::multiple(&n.wrapping_sub(&small(5))).unwrap();
    let slope = product(
        &p.wrapping_add(&y).wrapping_sub(&base_y),
        &modulo(&p.wrapping_add(&x).wrapping_sub(&base_x), &p)
            .invert_odd_mod(&p.to_odd().unwrap())
            .unwrap(),
        &p,
    );
    let twice = p.wrapping_add(&p);
    let key_x = product(&slope, &slope, &p)
        .wrapping_add(&twice)
        .wrapping_sub(&x)
        .wrapping_sub(&base_x);
    let key_x = modulo(&key_x, &p);
    let run = p.wrapping_add(&x).wrapping_sub(&key_x);
    let key_y = modulo(
        &product(&slope, &run, &p).wrapping_add(&p).wrapping_sub(&y),
        &p,
    );
    let key = [key_x, key_y];
    let digest = C::encoded(&product(&r, &small(5), &n));
    let numbers = C::encoded(&r);
    assert!(C::holds(&key, &digest, &numbers, &numbers));
    assert!(holds::<C, N>(&key, &digest, [&numbers, &numbers]));
    // The abscissa itself is not below the order.
    let above = C::encoded(&x);
    assert!(!C::holds(&key, &digest, &above, &numbers));
    assert!(!holds::<C, N>(&key, &digest, [&above, &numbers]));
    let next = C::encoded(&r.wrapping_add(&Big::ONE));
    assert!(!holds::<C, N>(&key, &digest, [&next, &numbers]));
}

#[test]
fn abscissa_is_not_taken_modulo_what_the_words_hold() {
    check_wrapped::<P256, WORDS_256>(256);
    check_wrapped::<P384, WORDS_384>(384);
}

/// All fits but r: it is so much more than the abscissa of the nonce's point that with
/// the order on top only the words' last carry tells them apart.
fn check_wrapped<C: Judged<N>, const N: usize>(bits: u32) {
    let n = C::prime_order();
    let (secret, nonce, digest) = (small(77), small(78), small(79));
    let key = C::multiple(&secret).unwrap();
    let [x, _] = C::multiple(&nonce).unwrap();
    let inverse = nonce.invert_odd_mod(&n.to_odd().unwrap()).unwrap();
    let signed = |r: Big| {
        let s = digest.wrapping_add(&product(&r, &secret, &n));
        let [digest, r, s] = [digest, r, product(&inverse, &s, &n)].map(|n| C::encoded(&n));
        let ours = holds::<C, N>(&key, &digest, [&r, &s]);
        assert_eq!(ours, C::holds(&key, &digest, &r, &s));
        ours
    };
    assert!(signed(x));
    let wrapped = x.wrapping_add(&power(bits)).wrapping_sub(&n);
    assert!(wrapped < n);
    assert!(!signed(wrapped));
}
