//! A machine in software that boots: its log, its PCRs, and quotes of them. Written from the
//! specification, without the crate under test.

use std::collections::BTreeMap;

use tpm_quote::{
    Error,
    log::{EventLog, Logs, Replay},
};

use super::{
    forge::{Key, SHA1, SHA256, SHA384, SHA512, hash},
    scene::Scene,
};

pub const NO_ACTION: u32 = 3;
pub const SEPARATOR: u32 = 4;
pub const ACTION: u32 = 5;
pub const IPL: u32 = 0xd;
pub const H_CRTM: u32 = 0x8000_0010;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub pcr: u32,
    pub kind: u32,
    pub digests: Vec<(u16, Vec<u8>)>,
    pub data: Vec<u8>,
}

impl Event {
    /// An event whose digests are those of other bytes than its data.
    pub fn of(pcr: u32, kind: u32, banks: &[u16], measured: &[u8], data: &[u8]) -> Self {
        let digests = banks.iter().map(|bank| (*bank, hash(*bank, measured)));
        Self {
            pcr,
            kind,
            digests: digests.collect(),
            data: data.to_vec(),
        }
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.pcr.to_le_bytes().to_vec();
        bytes.extend(self.kind.to_le_bytes());
        bytes.extend((self.digests.len() as u32).to_le_bytes());
        for (bank, digest) in &self.digests {
            bytes.extend(bank.to_le_bytes());
            bytes.extend(digest);
        }
        bytes.extend((self.data.len() as u32).to_le_bytes());
        bytes.extend(&self.data);
        bytes
    }
}

#[derive(Clone)]
pub struct Boot {
    pub banks: Vec<u16>,
    pub events: Vec<Event>,
    /// The last byte of PCR 0 before its first event.
    pub locality: u8,
}

pub const BANKS: [u16; 2] = [SHA256, SHA384];

impl Boot {
    /// Two events in each PCR of 0 to 9, 11 and 14: a separator in those of the firmware.
    pub fn new() -> Self {
        let mut boot = Self {
            banks: BANKS.to_vec(),
            events: Vec::new(),
            locality: 0,
        };
        for index in (0..10).chain([11, 14]) {
            boot.measure(index, ACTION, format!("first of {index}").as_bytes());
        }
        for index in 0..8 {
            boot.measure(index, SEPARATOR, &[0; 4]);
        }
        for index in [8, 9, 11, 14] {
            boot.measure(index, IPL, format!("second of {index}").as_bytes());
        }
        boot
    }

    pub fn measure(&mut self, pcr: u32, kind: u32, data: &[u8]) {
        let event = Event::of(pcr, kind, &self.banks, data, data);
        self.events.push(event);
    }

    /// The log: what it says, whatever the TPM has.
    pub fn log(&self) -> Vec<u8> {
        let mut data = b"Spec ID Event03\0\0\0\0\0\0\x02\x69\x02".to_vec();
        data.extend((self.banks.len() as u32).to_le_bytes());
        for bank in &self.banks {
            let size = match *bank {
                SHA1 => 20_u16,
                SHA256 => 32,
                SHA384 => 48,
                SHA512 => 64,
                // SM3, which this crate does not have.
                0x12 => 32,
                other => panic!("no bank {other:04x}"),
            };
            data.extend(bank.to_le_bytes());
            data.extend(size.to_le_bytes());
        }
        data.push(0);
        let mut log = [vec![0, 0, 0, 0, 3, 0, 0, 0], vec![0; 20]].concat();
        log.extend((data.len() as u32).to_le_bytes());
        log.extend(data);
        for event in &self.events {
            log.extend(event.bytes());
        }
        log
    }

    /// The PCRs of a bank after all events.
    pub fn pcrs(&self, bank: u16) -> BTreeMap<u8, Vec<u8>> {
        let zeros = vec![0; hash(bank, &[]).len()];
        let mut pcrs: BTreeMap<u8, Vec<u8>> = (0..24)
            .map(|index| match index {
                17..=22 => (index, vec![0xff; zeros.len()]),
                _ => (index, zeros.clone()),
            })
            .collect();
        *pcrs.get_mut(&0).unwrap().last_mut().unwrap() = self.locality;
        for event in self.events.iter().filter(|event| event.kind != NO_ACTION) {
            let digest = event.digests.iter().find(|(known, _)| *known == bank);
            let pcr = pcrs.get_mut(&(event.pcr as u8)).unwrap();
            *pcr = hash(bank, &[&**pcr, &digest.unwrap().1].concat());
        }
        pcrs
    }

    /// A quote of these PCRs in these banks.
    pub fn quote(&self, banks: &[u16], indices: impl Iterator<Item = u8> + Clone) -> Scene {
        let mut values = Vec::new();
        for bank in banks {
            let pcrs = self.pcrs(*bank);
            values.extend(
                indices
                    .clone()
                    .map(|index| (*bank, index, pcrs[&index].clone())),
            );
        }
        Scene::with_values(Key::p256(SHA256), values)
    }

    /// A quote of all PCRs of a PC, in all banks.
    pub fn whole(&self) -> Scene {
        self.quote(&self.banks, 0..16)
    }
}

/// Replays a log against a quote.
pub fn replay(scene: &Scene, log: &[u8]) -> Result<(), Error> {
    replay_then(scene, log, |_| ())
}

/// Replays a log against a quote, and looks at what came of it.
pub fn replay_then<T>(
    scene: &Scene,
    log: &[u8],
    then: impl FnOnce(&Replay<'_>) -> T,
) -> Result<T, Error> {
    let log = EventLog::parse(log)?;
    scene
        .replay(&Logs::new().firmware(log))
        .map(|replay| then(&replay))
}
