//! IMA lists against a quote and a policy: a second judge says the same of each entry, whole,
//! in pieces and where one list goes on from another.

use sha1::{Digest as _, Sha1};
use sha2::Sha256;
use tpm_quote::{
    Error, Problem, Tpm2bPublic, TpmAlgId, Unmarshal, VerifiedQuote, Verifier,
    log::{
        ImaChunks, ImaDigest, ImaJudgement, ImaKey, ImaList, ImaPolicy, ImaProof, ImaState,
        ImaStrength, ImaVerdict, Logs,
    },
    verify::{PlainKey, error::ImaProblem},
};

use crate::{
    behind::quoted,
    codec::explain,
    engines::{No, Yes},
    ima_second::{Entry, Found, Mode, Terms, found, pcr_after, read, said},
    parts::{Input, KEYS, Value},
};

const BANKS: [&[(u16, Mode)]; 6] = [
    &[(0x0b, Mode::Own)],
    &[(0x0b, Mode::Padded)],
    &[(0x04, Mode::Own)],
    &[(0x0b, Mode::Own), (0x0c, Mode::Padded)],
    &[(0x04, Mode::Own), (0x0b, Mode::PaddedOnes)],
    &[(0x0d, Mode::PaddedOnes), (0x0b, Mode::Own)],
];

/// The longest list that is made.
const MAX_ENTRIES: usize = 24;

/// A list that a kernel would write, a quote after one of its entries, and a policy.
struct Script {
    banks: &'static [(u16, Mode)],
    /// Entries before the quote, and before an earlier one.
    quoted_after: usize,
    earlier: usize,
    piece: usize,
    flags: u8,
    allowed: u8,
    required: u8,
    changed: Option<(usize, u8)>,
    entries: Vec<u8>,
}

const VIOLATIONS: u8 = 1;
const SIGNING_KEY: u8 = 2;
const OTHER_KEY: u8 = 4;
const OTHER_PCR: u8 = 8;

impl Script {
    fn new(data: &[u8]) -> Self {
        let mut input = Input(data);
        let banks = BANKS[usize::from(input.byte()) % BANKS.len()];
        let (late, early) = (usize::from(input.byte()), usize::from(input.byte()));
        let piece = usize::from(input.byte()) + 1;
        let (flags, allowed, required) = (input.byte(), input.byte(), input.byte());
        let place = u16::from_be_bytes([input.byte(), input.byte()]);
        let change = input.byte();
        let entries: Vec<u8> = input.take(MAX_ENTRIES).to_vec();
        let count = entries.len();
        let (late, early) = (late % (count + 1), early % (count + 1));
        Self {
            banks,
            quoted_after: late.max(early),
            earlier: late.min(early),
            piece,
            flags,
            allowed,
            required,
            changed: (change != 0).then_some((place.into(), change)),
            entries,
        }
    }

    fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    fn pcrs(&self) -> &'static [u8] {
        match self.has(OTHER_PCR) {
            true => &[10, 11],
            false => &[10],
        }
    }

    /// The values of a quote after so many entries of the genuine list.
    fn values(&self, entries: &[Entry]) -> Vec<Value> {
        let places = self.banks.iter();
        let places = places.flat_map(|bank| self.pcrs().iter().map(move |pcr| (bank, *pcr)));
        places
            .map(|((bank, mode), index)| Value {
                bank: TpmAlgId(*bank),
                index,
                digest: pcr_after(entries, *bank, *mode, index),
            })
            .collect()
    }

    fn terms(&self) -> Terms {
        let files = |mask: u8| (0..8).filter(move |file| mask >> file & 1 == 1);
        let allowed = files(self.allowed).flat_map(|file| {
            let more = match file % 2 {
                0 => format!("verity:sha256:{}", digits(&verity_of(file))),
                _ => format!("sha1:{}", digits(&short_of(file))),
            };
            [text_of(file), more]
        });
        Terms {
            allowed: allowed.collect(),
            required: files(self.required).map(text_of).collect(),
            keys: [(SIGNING_KEY, true), (OTHER_KEY, false)]
                .into_iter()
                .filter(|(flag, _)| self.has(*flag))
                .map(|(flag, signs)| (key_id(flag), signs))
                .collect(),
            allows_violations: self.has(VIOLATIONS),
        }
    }
}

fn digits(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn digest_of(file: u8) -> Vec<u8> {
    Sha256::digest([file]).to_vec()
}

fn verity_of(file: u8) -> Vec<u8> {
    Sha256::digest([b'v', file]).to_vec()
}

fn short_of(file: u8) -> Vec<u8> {
    Sha1::digest([file]).to_vec()
}

fn text_of(file: u8) -> String {
    format!("sha256:{}", digits(&digest_of(file)))
}

/// The public area behind the size, of one of two keys.
fn public_of(flag: u8) -> &'static [u8] {
    match flag {
        SIGNING_KEY => KEYS[1],
        _ => KEYS[2],
    }
}

fn key_id(flag: u8) -> [u8; 4] {
    with_key(flag, |key| key.id())
}

fn with_key<T>(flag: u8, then: impl FnOnce(ImaKey<'_>) -> T) -> T {
    let public = Tpm2bPublic::from_bytes(public_of(flag)).expect("a key");
    let public = public.value();
    let key = PlainKey::of_public(public).expect("of RSA");
    let verifier = match flag == SIGNING_KEY {
        true => Verifier::new().crypto(&Yes),
        false => Verifier::new().crypto(&No),
    };
    then(verifier.ima_key(&key).expect("a strong key"))
}

/// An entry of the kernel, by a byte: its kind and its file.
fn entry(byte: u8) -> Vec<u8> {
    let file = byte & 7;
    let pcr: u32 = if byte & 8 == 0 { 10 } else { 11 };
    let named = |names: &str, digest: &[u8]| [names.as_bytes(), &[0], digest].concat();
    let contents = named("sha256:", &digest_of(file));
    let name = format!("/usr/bin/{file}\0").into_bytes();
    let aggregate = b"boot_aggregate\0".to_vec();
    let signature = |kind: u8, version: u8, hash: u8, id: [u8; 4], size: u8| {
        [&[kind, version, hash][..], &id, &[0, size], &[0x5a; 4]].concat()
    };
    let good = key_id(SIGNING_KEY);
    let (template, fields) = match byte >> 4 {
        4 => ("ima-sig", vec![contents, name, signature(3, 2, 4, good, 4)]),
        5 => {
            let other = signature(3, 2, 4, key_id(OTHER_KEY), 4);
            ("ima-sig", vec![contents, name, other])
        }
        6 => (
            "ima-sig",
            vec![contents, name, signature(3, 2, 4, [file; 4], 4)],
        ),
        7 => {
            let value = match file {
                0 => vec![],
                1 => signature(5, 2, 4, good, 4),
                2 => signature(3, 1, 4, good, 4),
                3 => signature(3, 2, 2, good, 4),
                4 => signature(3, 2, 4, good, 0),
                5 => vec![3],
                6 => signature(3, 2, 5, good, 4),
                _ => signature(6, 3, 4, good, 4),
            };
            ("ima-sig", vec![contents, name, value])
        }
        8 => ("ima-ng", vec![named("sha256:", &[0; 32]), name]),
        9 => ("ima-ng", vec![named("sha256:", &[0xbb; 32]), aggregate]),
        10 => {
            let digest = named("verity:sha256:", &verity_of(file));
            ("ima-ngv2", vec![digest, name])
        }
        11 => ("ima", vec![short_of(file), name[..name.len() - 1].to_vec()]),
        12 => {
            let digest = named("verity:sha256:", &verity_of(file));
            ("ima-sigv2", vec![digest, name, signature(6, 3, 4, good, 4)])
        }
        13 => ("ima-sig", vec![contents, name, signature(3, 3, 4, good, 4)]),
        // Of hashes that are not known.
        14 => (
            "ima-ng",
            vec![named(&format!("new{}:", file / 4), &[file; 9]), aggregate],
        ),
        15 => ("ima-ng", vec![named("sha1:", &short_of(file)), name]),
        _ => ("ima-ng", vec![contents, name]),
    };
    let sized = |bytes: &[u8]| {
        let size = u32::try_from(bytes.len()).expect("short").to_le_bytes();
        [&size, bytes].concat()
    };
    let (data, behind) = match template {
        "ima" => {
            let [digest, name] = &fields[..] else {
                unreachable!("two fields");
            };
            let mut padded = name.clone();
            padded.resize(256, 0);
            let hashed = [&digest[..], &padded].concat();
            (hashed, [digest.clone(), sized(name)].concat())
        }
        _ => {
            let data: Vec<u8> = fields.iter().flat_map(|field| sized(field)).collect();
            (data.clone(), sized(&data))
        }
    };
    let listed = match byte >> 4 {
        8 => vec![0; 20],
        _ => Sha1::digest(&data).to_vec(),
    };
    let name = sized(template.as_bytes());
    [&pcr.to_le_bytes()[..], &listed, &name, &behind].concat()
}

/// A list, a quote and a policy, or a state.
pub fn ima_judging(data: &[u8]) {
    if data.starts_with(b"tpmqima") {
        state_of(data);
        return;
    }
    judged(&Script::new(data));
}

/// Whether the quote proves a beginning of the list.
pub fn is_proven_list(data: &[u8]) -> bool {
    !data.starts_with(b"tpmqima") && judged(&Script::new(data))
}

fn judged(script: &Script) -> bool {
    let mut list: Vec<u8> = script
        .entries
        .iter()
        .flat_map(|byte| entry(*byte))
        .collect();
    let genuine = read(&list).expect("a list of our own");
    let values = script.values(&genuine[..script.quoted_after]);
    if let Some((place, change)) = script.changed
        && !list.is_empty()
    {
        let place = place % list.len();
        list[place] ^= change;
    }
    let entries = read(&list);
    let terms = script.terms();
    let expected = entries
        .as_deref()
        .and_then(|entries| found(entries, &values));
    with_policy(&terms, |policy| {
        quoted(&values, |quote| {
            let whole = match ImaList::binary(&list) {
                Ok(list) => {
                    let entries = entries.as_deref().expect("a second reader reads it");
                    // Whoever changes the list may change what its digests seem to be.
                    if list.entries().count() != entries.len() {
                        return false;
                    }
                    is_as_expected(quote, list, entries, expected.as_ref(), &terms, policy)
                }
                Err(error) => {
                    explain(&error);
                    None
                }
            };
            let pieces = in_pieces(quote, &list, script.piece, policy, None);
            let Some((proof, judgement)) = whole else {
                assert!(pieces.is_err(), "in pieces {pieces:?}");
                return false;
            };
            let (of_pieces, said, state) = pieces.expect("as the whole list");
            assert_eq!(shown(&of_pieces), shown(&proof));
            assert_eq!(summary(&said, false), summary(&judgement, false));
            let said_by = |error: Error| (error.problem_name(), error.offset());
            assert_eq!(
                said.check().map_err(said_by),
                judgement.check().map_err(said_by)
            );
            assert_eq!(state.is_some(), said.check().is_ok());
            if script.changed.is_none() {
                goes_on(script, &genuine, &list, quote, policy, (&proof, &said));
            }
            if let Some(state) = &state {
                let (place, change) = script.changed.unwrap_or((script.piece, 1));
                changed_state(&written(state), place, change);
            }
            true
        })
    })
}

fn with_policy<T>(terms: &Terms, then: impl FnOnce(&ImaPolicy<'_>) -> T) -> T {
    fn parsed<'t>(texts: impl IntoIterator<Item = &'t String>) -> Vec<ImaDigest<'t>> {
        let digest = |text: &'t String| ImaDigest::parse(text).expect("a digest");
        texts.into_iter().map(digest).collect()
    }
    let (allowed, required) = (parsed(&terms.allowed), parsed(&terms.required));
    let allowed = &allowed[..];
    with_key(SIGNING_KEY, |good| {
        with_key(OTHER_KEY, |other| {
            let keys: Vec<ImaKey<'_>> = terms
                .keys
                .iter()
                .map(|(_, signs)| if *signs { good } else { other })
                .collect();
            let mut policy = ImaPolicy::new(&allowed).keys(&keys).require(&required);
            if terms.allows_violations {
                policy = policy.dangerous_allow_violations();
            }
            then(&policy)
        })
    })
}

/// What the whole list comes to, which is what the second judge says of it.
fn is_as_expected<'l>(
    quote: &VerifiedQuote<'_>,
    list: ImaList<'l>,
    entries: &[Entry],
    expected: Option<&Found>,
    terms: &Terms,
    policy: &ImaPolicy<'_>,
) -> Option<(ImaProof, ImaJudgement<'l>)> {
    let replay = match quote.replay(&Logs::new().ima(list)) {
        Ok(replay) => replay,
        Err(error) => {
            explain(&error);
            assert!(expected.is_none(), "{expected:?}, and {error}");
            return None;
        }
    };
    let found = expected.unwrap_or_else(|| panic!("proven: {:?}", replay.ima()));
    let ima = replay.ima().expect("there is a list");
    let proof = ima.proof();
    let end = found.entries;
    let is_proven = |entry: &&Entry| found.pcrs.contains(&entry.pcr);
    let proven: Vec<&Entry> = entries[..end].iter().filter(is_proven).collect();
    assert_eq!(proof.total() as usize, entries.len());
    assert_eq!(proof.tail_entries() as usize, entries.len() - end);
    assert_eq!(proof.proven() as usize, proven.len());
    let violations = proven.iter().filter(|entry| entry.is_violation());
    assert_eq!(proof.violations() as usize, violations.count());
    let strengths: Vec<_> = proof.strengths().collect();
    let expected: Vec<_> = found
        .modes
        .iter()
        .map(|(bank, mode)| {
            let strength = match mode {
                Mode::Own => ImaStrength::Own,
                _ => ImaStrength::PaddedSha1,
            };
            (TpmAlgId(*bank), strength)
        })
        .collect();
    assert_eq!(strengths, expected);

    let judgement = ima.judge(policy);
    let second = said(&proven, terms);
    assert_eq!(ima.entries().count(), proven.len());
    for (entry, (other, verdict)) in ima.entries().zip(proven.iter().zip(&second.verdicts)) {
        assert_eq!(entry.claimed().offset() as usize, other.offset);
        let found = match policy.verdict(&entry) {
            ImaVerdict::Signed { key } => format!("signed {key}"),
            verdict => verdict.name().to_owned(),
        };
        assert_eq!(&found, verdict, "{entry:?}");
        // Of a violation, nothing is shown.
        let shown = (entry.digest().is_some(), entry.name().is_some());
        assert_eq!(shown, (!other.is_violation(), !other.is_violation()));
    }
    let count = |wanted: &str| {
        let of = second
            .verdicts
            .iter()
            .filter(|verdict| verdict.starts_with(wanted));
        of.count() as u32
    };
    assert_eq!(judgement.allowed(), count("allowed"));
    assert_eq!(judgement.signed(), count("signed"));
    assert_eq!(judgement.unknown(), count("unknown"));
    assert_eq!(judgement.unprotected(), count("unprotected"));
    assert_eq!(judgement.signatures_not_judged(), second.not_judged);
    let shown: Vec<u32> = judgement.first_unknown().map(|it| it.number()).collect();
    let unknown = proven.iter().zip(&second.verdicts);
    let unknown = unknown.filter(|(_, verdict)| *verdict == "unknown");
    let unknown: Vec<u32> = unknown
        .map(|(entry, _)| entry.number as u32)
        .take(8)
        .collect();
    assert_eq!(shown, unknown);
    let signed: u32 = judgement.signers().map(|signer| signer.entries()).sum();
    assert_eq!(signed, judgement.signed());

    let refused = judgement.check().err().map(|error| match error.problem() {
        Problem::Ima(
            ImaProblem::NotAllowed { entry, .. } | ImaProblem::Violation { entry, .. },
        ) => Some(*entry as usize),
        Problem::Ima(ImaProblem::Required { .. }) => None,
        problem => panic!("{problem:?}"),
    });
    let expected = match (second.refused, second.is_missing) {
        (Some(number), _) => Some(Some(number)),
        (None, true) => Some(None),
        (None, false) => None,
    };
    assert_eq!(refused, expected);
    Some((*proof, judgement))
}

type Pieces = (ImaProof, ImaJudgement<'static>, Option<ImaState>);

fn in_pieces(
    quote: &VerifiedQuote<'_>,
    list: &[u8],
    size: usize,
    policy: &ImaPolicy<'_>,
    state: Option<&ImaState>,
) -> Result<Pieces, Error> {
    let mut buffer = vec![0; ImaChunks::MAX_ENTRY];
    let (replay, judgement, state) =
        quote.replay_resumed(&Logs::new(), Some(policy), state, &mut buffer, |stream| {
            list.chunks(size).try_for_each(|piece| stream.push(piece))
        })?;
    let proof = *replay.ima_proof().expect("there is a list");
    Ok((proof, judgement.expect("there is a policy"), state))
}

fn shown(proof: &ImaProof) -> String {
    format!("{proof:?} {:?}", proof.strengths().collect::<Vec<_>>())
}

/// What a judgement says, with the digests of offenders only where both have them.
fn summary(judgement: &ImaJudgement<'_>, has_digests: bool) -> String {
    if has_digests {
        return format!("{judgement:?}");
    }
    let offenders = judgement.first_unknown();
    let offenders: Vec<_> = offenders
        .map(|it| (it.number(), it.pcr(), it.is_violation(), it.signature()))
        .collect();
    format!(
        "{} {} {} {} {} {} {:?} {offenders:?}",
        judgement.allowed(),
        judgement.signed(),
        judgement.unknown(),
        judgement.unprotected(),
        judgement.signatures_not_judged(),
        judgement.has_keys(),
        judgement.signers().collect::<Vec<_>>(),
    )
}

/// What an earlier quote proved, and a state of it, come to the same with the entries behind.
fn goes_on(
    script: &Script,
    genuine: &[Entry],
    list: &[u8],
    quote: &VerifiedQuote<'_>,
    policy: &ImaPolicy<'_>,
    whole: (&ImaProof, &ImaJudgement<'static>),
) {
    let values = script.values(&genuine[..script.earlier]);
    let earlier = quoted(&values, |quote| in_pieces(quote, list, 77, policy, None));
    let expected = found(genuine, &values);
    assert_eq!(earlier.is_ok(), expected.is_some());
    let (Ok((proof, judgement, state)), Some(expected)) = (earlier, expected) else {
        return;
    };
    assert_eq!(state.is_some(), judgement.check().is_ok());
    let Some(state) = state else {
        return;
    };
    assert!(state.is_accepted() && state.proven() == proof.proven());
    assert_eq!(state.entries() as usize, expected.entries);
    let bytes = written(&state);
    let kept = ImaState::from_bytes(&bytes).expect("a state");
    assert_eq!(written(&kept), bytes);
    let start = genuine
        .get(expected.entries)
        .map_or(list.len(), |entry| entry.offset);
    let later = in_pieces(quote, &list[start..], script.piece, policy, Some(&kept));
    let (proof, judgement, _) = later.expect("it goes on");
    assert_eq!(shown(&proof), shown(whole.0));
    assert_eq!(summary(&judgement, true), summary(whole.1, true));
    // From the start again only if the entries repeat themselves.
    let twice = [&list[..start], list].concat();
    let twice = read(&twice).expect("a list of our own");
    let expected = found(&twice, &script.values(&genuine[..script.quoted_after]))
        .filter(|found| found.entries >= expected.entries);
    let again = in_pieces(quote, list, script.piece, policy, Some(&kept));
    assert_eq!(again.is_ok(), expected.is_some(), "{again:?}");
    let other = in_pieces(quote, &list[start..], 77, &policy.require(&[]), Some(&kept));
    assert_eq!(other.is_ok(), script.required == 0);
}

fn written(state: &ImaState) -> Vec<u8> {
    let mut buffer = [0x5a; ImaState::MAX_SIZE];
    state.write(&mut buffer).expect("it has room").to_vec()
}

/// Damage is noticed; what somebody wrote instead is another state, or none.
fn changed_state(state: &[u8], place: usize, change: u8) {
    let mut bytes = state.to_vec();
    let place = place % bytes.len();
    bytes[place] ^= change.max(1);
    assert!(ImaState::from_bytes(&bytes).is_err());
    state_of(&bytes);
    assert!(ImaState::from_bytes(&bytes[..place]).is_err());
}

/// What is accepted is written again bit for bit, also with a digest that fits.
fn state_of(bytes: &[u8]) {
    let mut bytes = bytes.to_vec();
    for _ in 0..2 {
        match ImaState::from_bytes(&bytes) {
            Ok(state) => {
                assert_eq!(written(&state), bytes);
                assert!(state.proven() <= state.entries() && state.proven() > 0);
            }
            Err(error) => explain(&error),
        }
        let content = &bytes[..bytes.len().saturating_sub(32)];
        bytes = [content, &Sha256::digest(content)[..]].concat();
    }
}

/// Whether it is a state.
pub fn is_state(data: &[u8]) -> bool {
    ImaState::from_bytes(data).is_ok()
}
