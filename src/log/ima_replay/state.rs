//! [`ImaState`]: how far a list was proven and accepted, for a list that continues it.

use core::fmt;

use super::{
    judgement::{Accepted, ImaJudgement, ImaSigner, SIGNERS},
    lane::Known,
    lanes::{Before, Counts, Kept, MAX_LANES, Match},
    policy::ImaPolicy,
};
use crate::{
    crypto::{Digest, Hasher, Name},
    error::MarshalError,
    log::ima::{ImaDigest, ImaDigestKind},
    types::{Tpm2bName, TpmAlgId},
    verify::{
        Error, Pcr, Quote, Verified,
        error::{ImaProblem, ImaStateProblem},
    },
    wire::{Hex, Reader, Sink, SliceSink},
};

/// How far an IMA list was proven and accepted: what is needed to go on when the list is cut on
/// the machine, or when an agent sends only what is new. It can only be made by
/// [`replay_resumed`](Verified::replay_resumed), of a list that the quote proves and, where there
/// is a policy, that it accepts.
///
/// It stands for entries that are not looked at again. Keep it where the machine cannot write:
/// whoever writes a state says what was measured before. A digest at its end finds damage, and
/// is no protection.
///
/// ```
/// use tpm_quote::{Error, VerifiedQuote, log::{ImaChunks, ImaPolicy, ImaState, Logs}};
///
/// /// Judges the entries that are new, and gives the record for the next time.
/// fn go_on<'o>(
///     quote: &VerifiedQuote<'_>,
///     record: &[u8],
///     new: &[u8],
///     policy: &ImaPolicy<'_>,
///     out: &'o mut [u8; ImaState::MAX_SIZE],
/// ) -> Result<Option<&'o [u8]>, Error> {
///     let before = ImaState::from_bytes(record)?;
///     let mut buffer = vec![0; ImaChunks::MAX_ENTRY];
///     let (_, judgement, state) =
///         quote.replay_resumed(&Logs::new(), Some(policy), Some(&before), &mut buffer, |stream| {
///             stream.push(new)
///         })?;
///     judgement.expect("there is a policy").check()?;
///     Ok(state.and_then(|state| state.write(out).ok()))
/// }
/// ```
#[derive(Clone, Copy)]
pub struct ImaState {
    name: Name,
    reset_count: u32,
    pub(super) before: Before,
    pub(super) aggregate: Option<ImaDigest<'static>>,
    accepted: Option<Accepted>,
}

const MAGIC: &[u8; 8] = b"tpmqima\x01";
/// Bytes of the digest at the end.
const END: usize = 32;

impl ImaState {
    /// The bytes of the longest state.
    pub const MAX_SIZE: usize = 2048;

    /// What is known after a beginning that is proven. `None` if the key has no Name, or a policy
    /// does not accept the beginning.
    pub(super) fn of(
        quote: &Verified<'_, Quote<'_>>,
        found: &Match,
        aggregate: Option<ImaDigest<'static>>,
        judged: Option<(&ImaPolicy<'_>, &ImaJudgement<'_>)>,
    ) -> Option<Self> {
        let name = *quote.key_name();
        if name.as_ref().is_empty() {
            return None;
        }
        let accepted = match judged {
            Some((policy, judgement)) => {
                judgement.check().ok()?;
                Some(judgement.accepted(identity(policy)?))
            }
            None => None,
        };
        let mut lanes = [None; MAX_LANES];
        for (place, lane) in lanes.iter_mut().zip(found.lanes) {
            if let Some((pcr, known)) = lane {
                let value = Digest::new(quote.pcr(pcr.bank(), pcr.index())?);
                *place = Some(Kept { pcr, known, value });
            }
        }
        Some(Self {
            name,
            reset_count: quote.clock_info().reset_count,
            before: Before {
                counts: found.counts,
                seen: found.seen,
                lanes,
            },
            aggregate,
            accepted,
        })
    }

    /// Returns the Name of the key whose quote proved the entries.
    #[must_use]
    pub const fn key_name(&self) -> &Name {
        &self.name
    }

    /// Returns how many entries came before: the next one has this number.
    #[must_use]
    pub const fn entries(&self) -> u32 {
        self.before.counts.entries
    }

    /// Returns how many of them were proven.
    #[must_use]
    pub const fn proven(&self) -> u32 {
        self.before.counts.proven
    }

    /// Returns whether a policy accepted them.
    #[must_use]
    pub const fn is_accepted(&self) -> bool {
        self.accepted.is_some()
    }

    /// Checks that a list of the machine that made this quote can go on from here, and gives what
    /// the policy said.
    pub(super) fn fits(
        &self,
        quote: &Verified<'_, Quote<'_>>,
        policy: Option<&ImaPolicy<'_>>,
    ) -> Result<Option<&Accepted>, Error> {
        if *quote.key_name() != self.name {
            return Err(problem(ImaStateProblem::Key));
        }
        if quote.clock_info().reset_count != self.reset_count {
            return Err(problem(ImaStateProblem::Boot));
        }
        let Some(policy) = policy else {
            return Ok(None);
        };
        match &self.accepted {
            Some(accepted) if identity(policy) == Some(accepted.policy) => Ok(Some(accepted)),
            _ => Err(problem(ImaStateProblem::Policy)),
        }
    }

    /// Writes the state to the start of a buffer, for which [`MAX_SIZE`](Self::MAX_SIZE) bytes
    /// are enough.
    ///
    /// # Errors
    /// The buffer is too small.
    pub fn write<'o>(&self, buffer: &'o mut [u8]) -> Result<&'o [u8], MarshalError> {
        let mut sink = Out {
            sink: SliceSink::new(buffer),
            hasher: Hasher::new(TpmAlgId::SHA256),
        };
        sink.bytes(MAGIC)?;
        sink.sized(self.name.as_ref())?;
        sink.word(self.reset_count)?;
        let Counts {
            entries,
            proven,
            violations,
        } = self.before.counts;
        for count in [entries, proven, violations, self.before.seen] {
            sink.word(count)?;
        }
        match &self.aggregate {
            Some(digest) => {
                let kind = match digest.kind() {
                    ImaDigestKind::Contents => 1,
                    ImaDigestKind::Verity => 2,
                };
                sink.bytes(&[kind])?;
                sink.sized(digest.algorithm().as_bytes())?;
                sink.sized(digest.bytes())?;
            }
            None => sink.bytes(&[0])?,
        }
        match &self.accepted {
            Some(accepted) => {
                sink.bytes(&[1])?;
                sink.bytes(&accepted.policy)?;
                for count in [accepted.allowed, accepted.signed, accepted.unprotected] {
                    sink.word(count)?;
                }
                let signers = accepted.signers.iter().flatten();
                sink.count(signers.clone().count())?;
                for signer in signers {
                    sink.bytes(signer.fingerprint())?;
                    sink.word(signer.entries())?;
                }
            }
            None => sink.bytes(&[0])?,
        }
        sink.count(self.before.lanes().count())?;
        for Kept { pcr, known, value } in self.before.lanes() {
            sink.bytes(&pcr.bank().0.to_be_bytes())?;
            sink.bytes(&[pcr.index(), known.number()])?;
            sink.sized(value.as_ref())?;
        }
        sink.finish()
    }

    /// Reads a state that was [written](Self::write): each has one form only.
    ///
    /// # Errors
    /// The bytes are no state, or were changed.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let form = problem(ImaStateProblem::Form);
        let state = Self::read(bytes).ok_or(form)?;
        // What is in a field that no state has in this form would be lost.
        let mut buffer = [0; Self::MAX_SIZE];
        match state.write(&mut buffer) {
            Ok(written) if written == bytes => Ok(state),
            _ => Err(form),
        }
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (content, _) = bytes.split_at_checked(bytes.len().checked_sub(END)?)?;
        let mut reader = Reader::new(content);
        let array = reader.array::<8>().ok()?;
        if array != MAGIC {
            return None;
        }
        let name = Tpm2bName::new(sized(&mut reader)?).ok()?;
        let name = Some(Name::new(name)).filter(|name| !name.as_ref().is_empty())?;
        let reset_count = word(&mut reader)?;
        let counts = Counts {
            entries: word(&mut reader)?,
            proven: word(&mut reader)?,
            violations: word(&mut reader)?,
        };
        let seen = word(&mut reader)?;
        let is_sound = counts.violations <= counts.proven
            && counts.proven <= counts.entries
            && counts.proven > 0
            && seen < 1 << 24;
        if !is_sound {
            return None;
        }
        let aggregate = match byte(&mut reader)? {
            0 => None,
            kind @ 1..=2 => Some(aggregate(&mut reader, kind)?),
            _ => return None,
        };
        let accepted = match byte(&mut reader)? {
            0 => None,
            1 => Some(Accepted::read(&mut reader)?),
            _ => return None,
        };
        let mut lanes = [None; MAX_LANES];
        let count = usize::from(byte(&mut reader)?);
        if count == 0 || count > MAX_LANES {
            return None;
        }
        for place in lanes.iter_mut().take(count) {
            *place = Some(Kept::read(&mut reader)?);
        }
        reader.rest().is_empty().then_some(Self {
            name,
            reset_count,
            before: Before {
                counts,
                seen,
                lanes,
            },
            aggregate,
            accepted,
        })
    }
}

impl Accepted {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let policy = *reader.array().ok()?;
        let allowed = word(reader)?;
        let signed = word(reader)?;
        let unprotected = word(reader)?;
        let mut signers = [None; SIGNERS];
        let count = usize::from(byte(reader)?);
        if count > SIGNERS {
            return None;
        }
        for place in signers.iter_mut().take(count) {
            let fingerprint = *reader.array().ok()?;
            *place = Some(ImaSigner::new(fingerprint, word(reader)?));
        }
        Some(Self {
            policy,
            allowed,
            signed,
            unprotected,
            signers,
        })
    }
}

impl Kept {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let bank = TpmAlgId(u16::from_be_bytes(*reader.array().ok()?));
        let &[index, known] = reader.array().ok()?;
        let pcr = Pcr::new(bank, index).ok()?;
        let known = Known::of_number(known)?;
        let value = sized(reader)?;
        (value.len() == pcr.digest_size()).then(|| Self {
            pcr,
            known,
            value: Digest::new(value),
        })
    }
}

fn word(reader: &mut Reader<'_>) -> Option<u32> {
    Some(u32::from_be_bytes(*reader.array().ok()?))
}

fn byte(reader: &mut Reader<'_>) -> Option<u8> {
    let [byte] = *reader.array().ok()?;
    Some(byte)
}

fn sized<'a>(reader: &mut Reader<'a>) -> Option<&'a [u8]> {
    let size = byte(reader)?;
    reader.bytes(usize::from(size)).ok()
}

fn aggregate(reader: &mut Reader<'_>, kind: u8) -> Option<ImaDigest<'static>> {
    let kind = match kind {
        1 => ImaDigestKind::Contents,
        _ => ImaDigestKind::Verity,
    };
    let algorithm = core::str::from_utf8(sized(reader)?).ok()?;
    let bytes = sized(reader)?;
    ImaDigest::of_kind(kind, algorithm, bytes)
}

/// A digest of what a policy requires, but for what each boot is asked again and for the digests
/// that it allows, of which there may be more by and by.
fn identity(policy: &ImaPolicy<'_>) -> Option<[u8; 32]> {
    let mut hasher = Hasher::new(TpmAlgId::SHA256)?;
    let size = |size: usize| u32::try_from(size).unwrap_or(u32::MAX).to_be_bytes();
    hasher.update(&[u8::from(policy.allows_violations)]);
    hasher.update(&size(policy.keys.len()));
    for key in policy.keys {
        hasher.update(key.fingerprint());
    }
    for digest in policy.required {
        let kind = digest.kind() == ImaDigestKind::Verity;
        hasher.update(&[u8::from(kind)]);
        hasher.update(&size(digest.algorithm().len()));
        hasher.update(digest.algorithm().as_bytes());
        hasher.update(&size(digest.bytes().len()));
        hasher.update(digest.bytes());
    }
    hasher.finish().as_ref().first_chunk().copied()
}

#[cold]
fn problem(problem: ImaStateProblem) -> Error {
    ImaProblem::State(problem).into()
}

/// What is written, and a digest of it.
struct Out<'o> {
    sink: SliceSink<'o>,
    hasher: Option<Hasher>,
}

impl<'o> Out<'o> {
    fn bytes(&mut self, bytes: &[u8]) -> Result<(), MarshalError> {
        if let Some(hasher) = &mut self.hasher {
            hasher.update(bytes);
        }
        self.sink.write(bytes)
    }

    fn word(&mut self, number: u32) -> Result<(), MarshalError> {
        self.bytes(&number.to_be_bytes())
    }

    /// None is larger than a byte.
    fn count(&mut self, count: usize) -> Result<(), MarshalError> {
        self.bytes(&[u8::try_from(count).unwrap_or(u8::MAX)])
    }

    fn sized(&mut self, bytes: &[u8]) -> Result<(), MarshalError> {
        self.count(bytes.len())?;
        self.bytes(bytes)
    }

    fn finish(mut self) -> Result<&'o [u8], MarshalError> {
        let digest = self.hasher.map(Hasher::finish);
        self.sink
            .write(digest.as_ref().map_or(&[], |digest| digest.as_ref()))?;
        Ok(self.sink.into_written())
    }
}

impl fmt::Debug for ImaState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ImaState")
            .field("key_name", &Hex(self.name.as_ref()))
            .field("entries", &self.entries())
            .field("proven", &self.proven())
            .field("is_accepted", &self.is_accepted())
            .finish_non_exhaustive()
    }
}
