//! A boot log that is made of a genuine one, changed as the input says, and a second replay of it.

use tpm_quote::TpmAlgId;

use crate::{
    log::second,
    parts::{Input, Value, hash},
};

const MACHINES: [&[u8]; 4] = [
    include_bytes!("../../tests/data/boot/01-secureboot-grub/eventlog.bin"),
    include_bytes!("../../tests/data/boot/03-sdboot-uki/eventlog.bin"),
    include_bytes!("../../tests/data/boot/05-efistub-shell/eventlog.bin"),
    include_bytes!("../../tests/data/boot/24-mok-validation-off/eventlog.bin"),
];

const BANKS: [&[u16]; 4] = [&[0x0b], &[0x0c], &[0x04, 0x0b], &[0x0b, 0x0d]];
/// PCRs that a quote may cover, beside 0 to 7.
const LATER: [u8; 8] = [8, 9, 10, 11, 12, 13, 14, 15];
const PCRS: [u32; 10] = [7, 8, 4, 9, 12, 11, 5, 0, 14, 2];
const KINDS: [u32; 16] = [
    0x8000_0001,
    0x8000_00e0,
    0x4,
    0x3,
    0xd,
    0x8000_0003,
    0x8000_0007,
    0x6,
    0x5,
    0x8000_0002,
    0x8000_0010,
    0x8000_0008,
    0x1,
    0x8000_0006,
    0xc,
    0x1234,
];
pub(crate) const PREFIXES: [&[u8]; 6] = [
    b"",
    b"kernel_cmdline: ",
    b"grub_cmd: ",
    b"grub_kernel_cmdline ",
    b"module_cmdline: ",
    b"grub_cmd: linux ",
];
const NO_ACTION: u32 = 3;
const LOCALITY: &[u8] = b"StartupLocality\0";

#[derive(Clone, PartialEq)]
pub(crate) struct Event {
    pub(crate) pcr: u32,
    pub(crate) kind: u32,
    pub(crate) digests: Vec<(u16, Vec<u8>)>,
    pub(crate) data: Vec<u8>,
}

impl Event {
    /// Digests of something in the banks that it has.
    fn measure(&mut self, bytes: &[u8]) {
        for (bank, digest) in &mut self.digests {
            *digest = hash_of(*bank, bytes);
        }
    }

    pub(crate) fn is_extended(&self) -> bool {
        self.kind != NO_ACTION
    }

    pub(crate) fn digest(&self, bank: u16) -> Option<&Vec<u8>> {
        let mut digests = self.digests.iter();
        let (_, digest) = digests.find(|(known, _)| *known == bank)?;
        Some(digest)
    }

    /// Whether its digests are those of these bytes, in all banks.
    pub(crate) fn covers(&self, banks: &[u16], bytes: &[u8]) -> bool {
        banks.iter().all(|bank| {
            let digest = self.digest(*bank);
            digest.is_some_and(|digest| *digest == hash_of(*bank, bytes))
        })
    }

    pub(crate) fn covers_any<'b>(
        &self,
        banks: &[u16],
        all: impl IntoIterator<Item = &'b [u8]>,
    ) -> Option<&'b [u8]> {
        all.into_iter().find(|bytes| self.covers(banks, bytes))
    }
}

pub(crate) fn hash_of(bank: u16, bytes: &[u8]) -> Vec<u8> {
    hash(TpmAlgId(bank), bytes)
}

/// A log, and which PCRs of which banks are quoted.
pub(crate) struct Script {
    header: Vec<u8>,
    /// Those of the machine's log.
    genuine: Vec<Event>,
    pub(crate) events: Vec<Event>,
    pub(crate) banks: &'static [u16],
    pub(crate) pcrs: Vec<u8>,
}

impl Script {
    pub(crate) fn new(data: &[u8]) -> Self {
        let mut input = Input(data);
        let log = MACHINES[usize::from(input.byte()) % MACHINES.len()];
        let (events, _) = second(log).expect("a genuine log");
        let header = log[..events[1].4].to_vec();
        let owned = |event: &crate::log::Event<'_>| {
            let (pcr, kind, digests, data, _) = event;
            let digests = digests
                .iter()
                .map(|(bank, digest)| (*bank, digest.to_vec()));
            Event {
                pcr: *pcr,
                kind: *kind,
                digests: digests.collect(),
                data: data.to_vec(),
            }
        };
        let banks = BANKS[usize::from(input.byte()) % BANKS.len()];
        let (without, with) = (input.byte(), input.byte());
        let of_firmware = (0..8).filter(|pcr| without >> pcr & 1 == 0);
        let later = (0..8).filter(|place| with >> place & 1 == 1);
        let later = later.map(|place: u8| LATER[usize::from(place)]);
        let genuine: Vec<Event> = events[1..].iter().map(owned).collect();
        let mut script = Self {
            header,
            events: genuine.clone(),
            genuine,
            banks,
            pcrs: of_firmware.chain(later).collect(),
        };
        for _ in 0..16 {
            if input.0.is_empty() || script.events.len() < 2 {
                break;
            }
            script.change(&mut input);
        }
        script
    }

    /// One change to the log, as the input says.
    fn change(&mut self, input: &mut Input<'_>) {
        let what = input.byte();
        let count = self.events.len();
        let at = usize::from(input.byte()) % count;
        let how = input.byte();
        let other = usize::from(how) % count;
        let taken = self.events[other].data.clone();
        let event = &mut self.events[at];
        match what % 15 {
            0 => {
                self.events.remove(at);
            }
            1 => {
                let again = event.clone();
                self.events.insert(other, again);
            }
            2 => {
                let moved = self.events.remove(at);
                self.events.insert(other.min(count - 1), moved);
            }
            3 => event.kind = KINDS[usize::from(how) % KINDS.len()],
            4 => event.pcr = PCRS[usize::from(how) % PCRS.len()],
            5 | 6 => {
                let place = usize::from(how);
                let change = input.byte().max(1);
                if let Some(byte) = event.data.get_mut(place) {
                    *byte ^= change;
                }
                if what % 15 == 6 {
                    let data = event.data.clone();
                    event.measure(&data);
                }
            }
            7 => {
                event.data = input.take(usize::from(how) % 32).to_vec();
                let data = event.data.clone();
                event.measure(&data);
            }
            8 => {
                let mut made = event.clone();
                made.pcr = PCRS[usize::from(how) % PCRS.len()];
                made.kind = KINDS[usize::from(input.byte()) % KINDS.len()];
                let prefix = PREFIXES[usize::from(input.byte()) % PREFIXES.len()];
                let len = usize::from(input.byte());
                let text = input.take(len % 32);
                made.measure(text);
                let end: &[u8] = if len < 128 { &[0] } else { &[] };
                made.data = [prefix, text, end].concat();
                self.events.insert(at, made);
            }
            9 => event
                .data
                .truncate(event.data.len().saturating_sub(usize::from(how % 8))),
            10 => {
                let place = usize::from(how) % event.digests.len().max(1);
                if let Some((_, digest)) = event.digests.get_mut(place) {
                    digest[0] ^= 1;
                }
            }
            11 => {
                let place = usize::from(how) % event.digests.len().max(1);
                if place < event.digests.len() {
                    event.digests.remove(place);
                }
            }
            12 => {
                let mut made = event.clone();
                (made.pcr, made.kind) = (0, NO_ACTION);
                made.data = [LOCALITY, &[how % 6]].concat();
                self.events.insert(at, made);
            }
            13 => {
                event.data = vec![how, 0, 0, 0];
                if how > 1 {
                    event.data.fill(how);
                }
                let data = event.data.clone();
                event.measure(&data);
            }
            _ => event.data = taken,
        }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut log = self.header.clone();
        for event in &self.events {
            let count = |len: usize| u32::try_from(len).expect("short").to_le_bytes();
            log.extend(event.pcr.to_le_bytes());
            log.extend(event.kind.to_le_bytes());
            log.extend(count(event.digests.len()));
            for (bank, digest) in &event.digests {
                log.extend(bank.to_le_bytes());
                log.extend(digest);
            }
            log.extend(count(event.data.len()));
            log.extend(&event.data);
        }
        log
    }

    pub(crate) fn of(&self, pcr: u8) -> impl Iterator<Item = (u32, &Event)> {
        let numbered = (1..).zip(&self.events);
        numbered.filter(move |(_, event)| event.is_extended() && event.pcr == u32::from(pcr))
    }

    pub(crate) fn has(&self, pcr: u8) -> bool {
        self.pcrs.contains(&pcr)
    }

    /// The events of a PCR, if it is quoted and they are those of the machine.
    pub(crate) fn genuine(&self, pcr: u8) -> Option<Vec<&Event>> {
        let of_pcr = |event: &&Event| event.is_extended() && event.pcr == u32::from(pcr);
        let genuine: Vec<_> = self.genuine.iter().filter(of_pcr).collect();
        let now: Vec<_> = self.of(pcr).map(|(_, event)| event).collect();
        (self.has(pcr) && now == genuine).then_some(genuine)
    }

    /// The last byte of PCR 0 at its start, if the log may say so.
    pub(crate) fn start(&self) -> Option<u8> {
        let (mut start, mut is_extended, mut is_told) = (0, false, false);
        for event in &self.events {
            if event.is_extended() {
                if event.pcr == 0 && !is_extended {
                    is_extended = true;
                    if event.kind == 0x8000_0010 {
                        start = 4;
                    }
                }
            } else if event.data.starts_with(LOCALITY) {
                let [locality, padding @ ..] = &event.data[LOCALITY.len()..] else {
                    return None;
                };
                let is_right = matches!(locality, 0 | 3 | 4) && padding.iter().all(|b| *b == 0);
                if is_told || is_extended || event.pcr != 0 || !is_right {
                    return None;
                }
                (start, is_told) = (*locality, true);
            }
        }
        Some(start)
    }

    /// How many events extend a PCR of a bank, and how many have no digest of the bank.
    pub(crate) fn extended(&self, bank: u16, pcr: u8) -> (usize, usize) {
        let all = self.of(pcr).count();
        let of_bank = self
            .of(pcr)
            .filter(|(_, event)| event.digest(bank).is_some());
        let with = of_bank.count();
        (with, all - with)
    }

    /// The values of the PCRs, and whether every event has the digests that it has to have.
    pub(crate) fn values(&self) -> (Vec<Value>, bool) {
        let start = self.start();
        let mut is_right = start.is_some();
        let mut values = Vec::new();
        for bank in self.banks {
            for pcr in &self.pcrs {
                let size = hash_of(*bank, &[]).len();
                let mut value = vec![0; size];
                if *pcr == 0 {
                    value[size - 1] = start.unwrap_or(0);
                }
                for (_, event) in self.of(*pcr) {
                    if let Some(digest) = event.digest(*bank) {
                        value = hash_of(*bank, &[value, digest.clone()].concat());
                    }
                }
                is_right &= match self.extended(*bank, *pcr) {
                    (0, _) => *pcr > 7,
                    (_, missing) => missing == 0,
                };
                values.push(Value {
                    bank: TpmAlgId(*bank),
                    index: *pcr,
                    digest: value,
                });
            }
        }
        (values, is_right)
    }
}
