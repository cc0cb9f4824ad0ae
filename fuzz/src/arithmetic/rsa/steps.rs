//! One step each, from numbers in big-endian bytes to one in big-endian bytes.

use super::{
    power::{self, negated_inverse, read, write},
    word::Word,
};

fn words(bytes: &[u8]) -> Vec<Word> {
    let mut words = vec![0; bytes.len() / size_of::<Word>()];
    read(bytes, &mut words);
    words
}

fn bytes(words: &[Word]) -> Vec<u8> {
    let mut bytes = vec![0; size_of_val(words)];
    write(words, &mut bytes);
    bytes
}

pub fn square(_: &[u8], a: &[u8], _: &[u8]) -> Vec<u8> {
    let a = words(a);
    // Whatever was there before.
    let mut t = vec![Word::MAX; 2 * a.len()];
    power::square(&a, &mut t);
    bytes(&t)
}

pub fn multiply(_: &[u8], a: &[u8], b: &[u8]) -> Vec<u8> {
    let b = words(b);
    let mut t = vec![Word::MAX; 2 * b.len()];
    power::multiply(a, &b, &mut t);
    bytes(&t)
}

pub fn reduce(n: &[u8], a: &[u8], b: &[u8]) -> Vec<u8> {
    let n = words(n);
    let (mut t, mut y) = (words(&[a, b].concat()), vec![Word::MAX; n.len()]);
    power::reduce(&mut t, &n, negated_inverse(n[0]), &mut y);
    bytes(&y)
}

pub fn remainder(n: &[u8], a: &[u8], b: &[u8]) -> Vec<u8> {
    let n = words(n);
    let mut t = words(&[a, b].concat());
    power::remainder(&mut t, &n).expect("the lengths are right");
    let (rest, above) = t.split_at(n.len());
    assert!(above.iter().all(|word| *word == 0));
    bytes(rest)
}
