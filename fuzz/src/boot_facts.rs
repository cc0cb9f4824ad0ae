//! Boot logs against the PCRs that they come to: a second reader knows which logs do, and binds
//! each fact to events whose digests are those of what it says.

use std::collections::BTreeSet;

use tpm_quote::{
    TpmAlgId, VerifiedQuote,
    log::{
        CommandLine, Encoding, EventLog, Fact, Guid, Logs, PcrState, Replay, Rule, SecureBoot,
        Separator,
    },
};

use crate::{
    behind::quoted,
    boot_script::{Event, PREFIXES, Script},
    codec::explain,
};

const SEPARATORS: [&[u8]; 3] = [&[0; 4], &[0xff; 4], &[0xff]];
const WRONG: &[u8] = &[1, 0, 0, 0];
const WEAKENED: [&[u8]; 3] = [
    b"DMA Protection Disabled",
    b"Security Level is Downgraded to 0",
    b"UEFI Debug Mode",
];

/// A genuine log, changed as the input says.
pub fn boot_facts(data: &[u8]) {
    replayed(data, |script, replay| {
        events(script, replay);
        separators(script, replay);
        secure_boot(script, replay);
        authorities(script, replay);
        images(script, replay);
        command_lines(script, replay);
        genuine(script, replay);
        let _ = replay.unknown_facts().count();
        for pcr in 0..16 {
            // What is known is of PCRs that are quoted.
            let known = [
                replay.actions(pcr).is_known(),
                replay.separator(pcr).is_known(),
                replay.pcr_is_known(pcr).is_known(),
            ];
            assert!(script.has(pcr) || known == [false; 3]);
        }
    });
}

/// Whether Secure Boot, command lines and authorities are known.
pub fn is_known_boot(data: &[u8]) -> bool {
    let mut is_known = false;
    replayed(data, |_, replay| {
        is_known = replay.secure_boot().is_known()
            && replay.command_lines().is_known()
            && replay.authorities().is_known();
    });
    is_known
}

fn replayed(data: &[u8], then: impl FnOnce(&Script, &Replay<'_>)) {
    let script = Script::new(data);
    if script.pcrs.is_empty() {
        return;
    }
    let bytes = script.bytes();
    let log = match EventLog::parse(&bytes) {
        Ok(log) => log,
        // The target `event_log` judges that.
        Err(error) => return explain(&error),
    };
    let logs = Logs::new().firmware(log);
    let (mut values, is_right) = script.values();
    quoted(&values, |quote| match replay_of(quote, &logs) {
        Some(replay) => {
            assert!(
                is_right,
                "{:?} {:?}",
                script.start(),
                script
                    .pcrs
                    .iter()
                    .map(|pcr| (*pcr, script.extended(script.banks[0], *pcr)))
                    .collect::<Vec<_>>()
            );
            then(&script, &replay);
        }
        None => assert!(!is_right, "refused: {log:?}"),
    });
    let mut extended = values
        .iter_mut()
        .filter(|value| script.extended(value.bank.0, value.index).0 > 0);
    if let Some(value) = extended.next() {
        value.digest[1] ^= 1;
        quoted(&values, |quote| assert!(replay_of(quote, &logs).is_none()));
    }
}

fn replay_of<'l>(quote: &VerifiedQuote<'_>, logs: &Logs<'l>) -> Option<Replay<'l>> {
    quote.replay(logs).inspect_err(explain).ok()
}

/// All events of quoted PCRs are there, with digests and data that these are of.
fn events(script: &Script, replay: &Replay<'_>) {
    let numbered = (1..).zip(&script.events);
    let mut expected = numbered.filter(|(_, event)| {
        let is_proven = |pcr: u8| {
            let mut banks = script.banks.iter();
            u32::from(pcr) == event.pcr && banks.all(|bank| script.extended(*bank, pcr).0 > 0)
        };
        event.is_extended() && script.pcrs.iter().any(|pcr| is_proven(*pcr))
    });
    for event in replay.events() {
        let (number, other) = expected.next().expect("no other events");
        assert_eq!(
            (event.number(), u32::from(event.pcr())),
            (number, other.pcr)
        );
        for bank in script.banks {
            let digest = event.digest(TpmAlgId(*bank)).expect("quoted");
            assert!(other.digests.contains(&(*bank, digest.to_vec())));
        }
        let proven = event.proven();
        let is_covered = other.covers(script.banks, &other.data);
        let Some(bytes) = proven.bytes() else {
            assert!(!is_covered, "{event:?}");
            assert!(event.data().is_none());
            continue;
        };
        let hashed = match proven.rule() {
            Rule::GrubTextWithZero => [bytes, &[0]].concat(),
            // In UTF-16.
            Rule::SectionName => bytes.iter().step_by(2).copied().chain([0]).collect(),
            _ => bytes.to_vec(),
        };
        assert!(other.covers(script.banks, &hashed), "{event:?}: {proven:?}");
        assert!(
            event
                .data()
                .is_none_or(|data| data == other.data && is_covered)
        );
    }
    assert!(expected.next().is_none());
    for (bank, pcr) in script
        .banks
        .iter()
        .flat_map(|bank| script.pcrs.iter().map(move |p| (bank, p)))
    {
        let state = match script.extended(*bank, *pcr) {
            (0, _) => PcrState::NeverExtended,
            _ => PcrState::Explained,
        };
        assert_eq!(replay.pcr_state(TpmAlgId(*bank), *pcr), state);
    }
}

fn separators(script: &Script, replay: &Replay<'_>) {
    for pcr in 0..8 {
        let is = |event: &Event, all: &[&[u8]]| {
            event
                .covers_any(script.banks, all.iter().copied())
                .is_some()
        };
        let normal = script
            .of(pcr)
            .filter(|(_, event)| is(event, &SEPARATORS))
            .count();
        let wrong = script
            .of(pcr)
            .filter(|(_, event)| pcr != 1 && is(event, &[WRONG]))
            .count();
        let plain = script
            .of(pcr)
            .filter(|(_, event)| is(event, &SEPARATORS) && is(event, &[&event.data]))
            .count();
        match replay.separator(pcr) {
            Fact::Known(separator) => {
                assert!(script.has(pcr));
                match separator {
                    Separator::Normal => assert!(normal > 0),
                    Separator::Error => assert!(wrong > 0),
                }
                let data = script.of(pcr).map(|(_, event)| &event.data[..]);
                let both = normal > 0 && wrong > 0;
                // What its label says is no separator may be the same bytes.
                assert!(!both || !data.into_iter().any(|data| data == WRONG) || plain == 0);
            }
            Fact::Unknown(_) => assert!(!script.has(pcr) || plain == 0 || wrong > 0),
        }
    }
}

/// Whether an event of PCR 7 is one of which all is known.
fn is_policy(script: &Script, event: &Event) -> bool {
    let data = &event.data[..];
    let short = data.split_last().map(|(_, data)| data);
    let known = SEPARATORS
        .into_iter()
        .chain(WEAKENED)
        .chain([data])
        .chain(short);
    event.covers_any(script.banks, known).is_some()
}

/// Exactly one variable, before the separator, and nothing beside that is not known.
fn secure_boot(script: &Script, replay: &Replay<'_>) {
    let Fact::Known(state) = replay.secure_boot() else {
        return;
    };
    let expected: &[u8] = match state {
        SecureBoot::On => &[1],
        SecureBoot::Off => &[0],
        SecureBoot::NeverSet => &[],
    };
    let variable = |contents: &[u8]| {
        let mut bytes =
            b"\x61\xdf\xe4\x8b\xca\x93\xd2\x11\xaa\x0d\x00\xe0\x98\x03\x2b\x8c".to_vec();
        bytes.extend(10_u64.to_le_bytes());
        bytes.extend(u64::try_from(contents.len()).expect("short").to_le_bytes());
        bytes.extend("SecureBoot".encode_utf16().flat_map(u16::to_le_bytes));
        bytes.extend(contents);
        bytes
    };
    let has = |event: &Event, contents: &[u8]| event.covers(script.banks, &variable(contents));
    let mut found = Vec::new();
    let mut is_separated = false;
    assert!(script.has(7));
    for (_, event) in script.of(7) {
        assert!(
            is_policy(script, event),
            "{state:?} beside an event of which nothing is known"
        );
        assert!(event.covers_any(script.banks, [WRONG]).is_none());
        if event.covers_any(script.banks, SEPARATORS).is_some() {
            is_separated = true;
        }
        let all = [&[1][..], &[0], &[]];
        if let Some(contents) = all.into_iter().find(|contents| has(event, contents)) {
            assert!(!is_separated, "{state:?} behind the separator");
            found.push(contents);
        }
    }
    assert!(is_separated);
    assert_eq!(found, [expected]);
}

/// Each is an event whose digests are those of its data, and none is missing.
fn authorities(script: &Script, replay: &Replay<'_>) {
    let Fact::Known(authorities) = replay.authorities() else {
        return;
    };
    let mut numbers = BTreeSet::new();
    for authority in authorities {
        let number = authority.event().number();
        numbers.insert(number);
        let (_, event) = script
            .of(7)
            .find(|(at, _)| *at == number)
            .expect("of PCR 7");
        let data = &event.data[..];
        let whole = event.covers(script.banks, data);
        let short = data
            .split_last()
            .is_some_and(|(_, data)| event.covers(script.banks, data));
        let contents = authority.variable().contents();
        assert!(whole || short);
        let place = data
            .windows(contents.len().max(1))
            .position(|part| part == contents);
        assert!(contents.is_empty() || place.is_some());
        assert!(
            authority
                .certificate()
                .is_none_or(|der| contents.ends_with(der))
        );
    }
    let mut is_separated = false;
    for (number, event) in script.of(7) {
        assert!(is_policy(script, event));
        let is_separator = event.covers_any(script.banks, SEPARATORS).is_some();
        is_separated |= is_separator;
        let is_text = event
            .data
            .iter()
            .all(|byte| matches!(byte, b' '..=b'~' | 0));
        let is_text = is_text || event.covers_any(script.banks, WEAKENED).is_some();
        // A variable behind the separator.
        if is_separated && !is_separator && !is_text {
            assert!(numbers.contains(&number), "event {number} is missing");
        }
    }
}

/// All events of PCR 4 are images, separators, or texts that can be read.
fn images(script: &Script, replay: &Replay<'_>) {
    let Fact::Known(images) = replay.images() else {
        return;
    };
    let numbers: BTreeSet<u32> = images.map(|image| image.number()).collect();
    let calls: [&[u8]; 2] = [
        b"Calling EFI Application from Boot Option",
        b"Returning from EFI Application from Boot Option",
    ];
    let mut count = 0;
    for (number, event) in script.of(4) {
        let data = &event.data[..];
        // A text with any number of zeros behind it, of which all but the last may be measured.
        let end = data
            .iter()
            .rposition(|byte| *byte != 0)
            .map_or(0, |last| last + 1);
        let is_text = data[..end].iter().all(|byte| matches!(byte, b' '..=b'~'));
        let texts = shortened(data).filter(|_| is_text);
        let known = SEPARATORS.into_iter().chain(calls).chain(texts);
        let is_other = event.covers_any(script.banks, known).is_some();
        assert!(
            numbers.contains(&number) || is_other,
            "event {number} is hidden"
        );
        count += usize::from(numbers.contains(&number));
    }
    assert_eq!(count, numbers.len());
}

/// What nobody changed stays known: only the events of its own PCRs count.
fn genuine(script: &Script, replay: &Replay<'_>) {
    if let Some(events) = script.genuine(7) {
        let variables = [
            (
                "SecureBoot",
                replay.variable(Guid::GLOBAL_VARIABLE, "SecureBoot"),
            ),
            ("PK", replay.pk()),
            ("KEK", replay.kek()),
            ("db", replay.db()),
            ("dbx", replay.dbx()),
        ];
        for (name, variable) in variables {
            let wide: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
            let len = u64::try_from(name.len()).expect("short").to_le_bytes();
            // The first of this name: an entry of `db` that let an image run comes later.
            let of_name = |event: &&&Event| {
                event.data.get(16..24) == Some(&len) && event.data[32..].starts_with(&wide)
            };
            let event = events.iter().find(of_name).expect("it was measured");
            let contents = &event.data[32 + wide.len()..];
            let found = variable.known().map(|variable| variable.contents());
            assert_eq!(found, Some(contents), "{name}");
        }
        assert!(replay.secure_boot().is_known());
        assert!(replay.mok_validation().is_known());
        assert!(replay.authorities().is_known());
    }
    if script.genuine(4).is_some() {
        let images = replay.images().known().expect("they were measured");
        assert!(images.count() > 0);
    }
    if [8, 9, 11, 12]
        .iter()
        .all(|pcr| script.genuine(*pcr).is_some())
    {
        let lines = replay.command_lines().known().expect("they were measured");
        assert!(lines.count() > 0);
    }
}

/// The data of an event, and the same without one, two or four zeros at their end.
fn shortened(data: &[u8]) -> impl Iterator<Item = &[u8]> {
    let zeros = [1, 2, 4].into_iter();
    let without = zeros.filter_map(|count| data.strip_suffix(&[0; 4][..count]));
    [data].into_iter().chain(without)
}

/// The bytes that a command line may have been measured as. It may have any number of zeros at its
/// end, up to the length of the event's data.
fn forms(line: &CommandLine<'_>, data: &[u8]) -> Vec<Vec<u8>> {
    let Some(text) = line.text() else {
        return Vec::new();
    };
    let prefix = text.prefix();
    let bytes = [prefix.as_bytes(), text.bytes()].concat();
    let mut forms = Vec::new();
    let narrow = match text.encoding() {
        Encoding::Utf8 => String::from_utf8(bytes).ok(),
        _ => Some(text.to_string()),
    };
    if let Some(narrow) = narrow {
        let narrow = narrow.trim_end_matches('\0');
        let wide: Vec<u8> = narrow.encode_utf16().flat_map(u16::to_le_bytes).collect();
        for end in ["", "\0", "\n", "\n\0"] {
            forms.push([narrow.as_bytes(), end.as_bytes()].concat());
        }
        forms.push(wide.clone());
        forms.push([&wide[..], &[0, 0]].concat());
    }
    let mut bytes = text.bytes().to_vec();
    while bytes.last() == Some(&0) {
        bytes.pop();
    }
    while bytes.len() <= data.len() {
        forms.push(bytes.clone());
        bytes.push(0);
    }
    forms
}

/// Each text is what an event was measured of, and no line of GRUB is missing.
fn command_lines(script: &Script, replay: &Replay<'_>) {
    let Fact::Known(lines) = replay.command_lines() else {
        return;
    };
    let mut numbers = BTreeSet::new();
    for line in lines {
        let event = line.event();
        numbers.insert(event.number());
        assert!(matches!(event.pcr(), 8 | 9 | 11 | 12) && script.has(event.pcr()));
        let mut of_pcr = script.of(event.pcr());
        let (_, other) = of_pcr
            .find(|(at, _)| *at == event.number())
            .expect("it is there");
        let forms = forms(&line, &other.data);
        let is_covered = forms.iter().any(|form| other.covers(script.banks, form));
        assert!(is_covered || forms.is_empty(), "{line:?}");
        assert!(!forms.is_empty() || matches!(event.pcr(), 9 | 11));
    }
    assert!(script.has(8));
    for (number, event) in script.of(8) {
        let mut texts = PREFIXES[1..].iter();
        let text = texts.find_map(|prefix| event.data.strip_prefix(*prefix));
        let text = text.unwrap_or(&event.data);
        let bare = text.strip_suffix(&[0]).unwrap_or(text);
        let all = [text, bare].into_iter().chain(shortened(&event.data));
        let text = event.covers_any(script.banks, all);
        assert!(text.is_some(), "lines are known, and event {number} is not");
        // A line of a kernel, as the log says.
        if event.data.starts_with(b"kernel_cmdline: ") && event.covers(script.banks, bare) {
            assert!(
                numbers.contains(&number),
                "the line of event {number} is missing"
            );
        }
    }
}
