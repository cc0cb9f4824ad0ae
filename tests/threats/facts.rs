//! L: what follows from boot logs, and policies for it. See also `tests/logs/facts.rs`.

use tpm_quote::{
    Check, TpmAlgId, Verdict,
    log::{
        BootPolicy, CommandLineSource, EventLog, Fact, Guid, LogText, Logs, MeasuredDigest,
        MeasuredText, MokValidation, Replay, Rule, SecureBoot, Side, Unknown, UserspaceLog,
    },
};

use super::{
    boot::{ACTION, BANKS, Boot, Event, IPL, SEPARATOR, replay_then},
    forge::{SHA256, SHA384, hash},
};

const DRIVER_CONFIG: u32 = 0x8000_0001;
const APPLICATION: u32 = 0x8000_0003;
const AUTHORITY: u32 = 0x8000_00e0;

const GLOBAL: [u8; 16] = *b"\x61\xdf\xe4\x8b\xca\x93\xd2\x11\xaa\x0d\x00\xe0\x98\x03\x2b\x8c";
const SECURITY: [u8; 16] = *b"\xcb\xb2\x19\xd7\x3a\x3d\x96\x45\xa3\xbc\xda\xd0\x0e\x67\x65\x6f";
const SHIM: [u8; 16] = *b"\x50\xab\x5d\x60\x46\xe0\x00\x43\xab\xb6\x3d\xd8\x10\xdd\x8b\x23";
const X509: [u8; 16] = *b"\xa1\x59\xc0\xa5\xe4\x94\xa7\x4a\x87\xb5\xab\x15\x5c\x2b\xf0\x72";
const SHA256_LIST: [u8; 16] = *b"\x26\x16\xc4\xc1\x4c\x50\x92\x40\xac\xa9\x41\xf9\x36\x93\x43\x28";

/// `UEFI_VARIABLE_DATA`.
fn variable(guid: [u8; 16], name: &str, contents: &[u8]) -> Vec<u8> {
    let mut data = guid.to_vec();
    data.extend((name.len() as u64).to_le_bytes());
    data.extend((contents.len() as u64).to_le_bytes());
    data.extend(name.encode_utf16().flat_map(u16::to_le_bytes));
    data.extend(contents);
    data
}

/// `EFI_SIGNATURE_LIST` with one entry.
fn list(kind: [u8; 16], entry: &[u8]) -> Vec<u8> {
    let mut list = kind.to_vec();
    list.extend((28 + 16 + entry.len() as u32).to_le_bytes());
    list.extend(0_u32.to_le_bytes());
    list.extend((16 + entry.len() as u32).to_le_bytes());
    list.extend([0x77; 16]);
    list.extend(entry);
    list
}

/// What looks like a certificate.
fn certificate(content: u8) -> Vec<u8> {
    [&[0x30, 0x82, 0x01, 0x00][..], &[content; 256]].concat()
}

/// `UEFI_IMAGE_LOAD_EVENT` without a path.
const LOAD: [u8; 32] = [0; 32];

const LINE: &str = "/vmlinuz root=/dev/vda ro";
const SBAT: &[u8] = b"sbat,1,2025021800\nshim,4\ngrub,5\n";
const FORBIDDEN: [u8; 32] = [0xdb; 32];

/// A boot as shim and GRUB make it, and the places of some events in it.
fn honest() -> Boot {
    let mut boot = Boot {
        banks: BANKS.to_vec(),
        events: Vec::new(),
        locality: 0,
    };
    boot.measure(0, 8, b"1\0.\x000\0");
    boot.measure(7, DRIVER_CONFIG, &variable(GLOBAL, "SecureBoot", &[1]));
    let keys = list(X509, &certificate(1));
    boot.measure(7, DRIVER_CONFIG, &variable(GLOBAL, "PK", &keys));
    boot.measure(7, DRIVER_CONFIG, &variable(GLOBAL, "KEK", &keys));
    boot.measure(7, DRIVER_CONFIG, &variable(SECURITY, "db", &keys));
    let dbx = list(SHA256_LIST, &FORBIDDEN);
    boot.measure(7, DRIVER_CONFIG, &variable(SECURITY, "dbx", &dbx));
    boot.measure(7, SEPARATOR, &[0; 4]);
    boot.measure(4, ACTION, b"Calling EFI Application from Boot Option");
    for pcr in 0..7 {
        boot.measure(pcr, SEPARATOR, &[0; 4]);
    }
    let entry = [&[0x77; 16][..], &certificate(1)].concat();
    boot.measure(7, AUTHORITY, &variable(SECURITY, "db", &entry));
    load(&mut boot, b"shim");
    boot.measure(7, AUTHORITY, &variable(SHIM, "SbatLevel", SBAT));
    let entry = [&SHIM[..], &certificate(2)].concat();
    boot.measure(7, AUTHORITY, &variable(SHIM, "MokListRT", &entry));
    load(&mut boot, b"grub");
    grub(&mut boot, "grub_cmd: ", "set timeout=0");
    grub(&mut boot, "grub_cmd: ", &format!("linux {LINE}"));
    boot.events
        .push(Event::of(9, IPL, &BANKS, b"kernel", b"/vmlinuz\0"));
    load(&mut boot, b"kernel");
    grub(&mut boot, "kernel_cmdline: ", LINE);
    boot.measure(5, ACTION, b"Exit Boot Services Invocation");
    boot.measure(5, ACTION, b"Exit Boot Services Returned with Success");
    boot
}

fn load(boot: &mut Boot, image: &[u8]) {
    boot.events
        .push(Event::of(4, APPLICATION, &BANKS, image, &LOAD));
}

fn grub(boot: &mut Boot, prefix: &str, text: &str) {
    let data = format!("{prefix}{text}\0");
    let event = Event::of(8, IPL, &BANKS, text.as_bytes(), data.as_bytes());
    boot.events.push(event);
}

/// What follows from the boot, if the log is true.
fn seen<T>(boot: &Boot, then: impl FnOnce(&Replay<'_>) -> T) -> T {
    claimed(boot, boot, then)
}

/// What follows from a machine and the log that is sent with its quote.
fn claimed<T>(machine: &Boot, log: &Boot, then: impl FnOnce(&Replay<'_>) -> T) -> T {
    replay_then(&machine.whole(), &log.log(), then).unwrap()
}

/// The number of the last event in the log, behind its header.
fn last(boot: &Boot) -> u32 {
    boot.events.len() as u32
}

fn at(boot: &Boot, data: &[u8]) -> usize {
    let found = boot.events.iter().position(|event| event.data == data);
    found.expect("there is such an event")
}

fn secure_boot(boot: &Boot) -> Result<SecureBoot, Unknown> {
    seen(boot, |replay| known(replay.secure_boot()))
}

fn known<T>(fact: Fact<T>) -> Result<T, Unknown> {
    match fact {
        Fact::Known(value) => Ok(value),
        Fact::Unknown(reason) => Err(reason),
    }
}

fn count<T>(fact: Fact<impl Iterator<Item = T>>) -> Result<usize, Unknown> {
    known(fact).map(Iterator::count)
}

#[test]
fn forged_boot_has_its_facts_before_anything_is_changed() {
    seen(&honest(), |replay| {
        assert_eq!(replay.secure_boot(), Fact::Known(SecureBoot::On));
        let expected = Fact::Known(MokValidation::NotDisabled);
        assert_eq!(replay.mok_validation(), expected);
        assert_eq!(count(replay.images()), Ok(3));
        assert_eq!(count(replay.drivers()), Ok(0));
        assert_eq!(count(replay.authorities()), Ok(3));
        let mut lines = replay.command_lines().known().unwrap();
        let line = lines.next().unwrap();
        assert!(line.is(LINE) && line.is(&format!("BOOT_IMAGE={LINE}")));
        assert!(!line.is("/vmlinuz root=/dev/vda rw"));
        assert_eq!(line.proven_by(), CommandLineSource::Grub);
        assert!(lines.next().is_none());
        assert_eq!(replay.sbat_level(), Fact::Known(SBAT));
        assert_eq!(replay.unexplained_events().count(), 0);
        assert_eq!(replay.unknown_facts().count(), 0);
        let pk = replay.signatures(Guid(GLOBAL), "PK").known().unwrap();
        let entries: Vec<_> = pk.entries().collect();
        assert_eq!(entries.len(), 1);
        assert_eq!(entries[0].kind(), Guid::CERT_X509);
        assert_eq!(entries[0].owner(), Guid([0x77; 16]));
        assert_eq!(entries[0].data(), certificate(1));
    });
}

#[test]
fn l4_events_added_behind_the_separator_are_not_the_firmwares() {
    // An image and an authority before the separator, and all of the others behind it.
    let mut boot = honest();
    let driver = Event::of(4, APPLICATION, &BANKS, b"driver", &LOAD);
    boot.events.insert(0, driver);
    let entry = [&[0x77; 16][..], &certificate(3)].concat();
    let entry = variable(SECURITY, "db", &entry);
    boot.events
        .insert(0, Event::of(7, AUTHORITY, &BANKS, &entry, &entry));
    seen(&boot, |replay| {
        let images = replay.images().known().unwrap();
        let sides: Vec<Side> = images.map(|image| image.side()).collect();
        assert_eq!(sides, [Side::Before, Side::After, Side::After, Side::After]);
        let authorities = replay.authorities().known().unwrap();
        let sides: Vec<Side> = authorities.map(|authority| authority.side()).collect();
        assert_eq!(sides, [Side::Before, Side::After, Side::After, Side::After]);
    });
    // A second separator, whatever its type, moves nothing to the other side.
    let mut boot = honest();
    for kind in [SEPARATOR, IPL] {
        boot.measure(4, kind, &[0; 4]);
        boot.measure(7, kind, &[0xff; 4]);
    }
    load(&mut boot, b"late");
    seen(&boot, |replay| {
        let mut images = replay.images().known().unwrap();
        assert!(images.all(|image| image.side() == Side::After));
        assert_eq!(replay.secure_boot(), Fact::Known(SecureBoot::On));
    });
    // The type of the separator says nothing, its digest does.
    let machine = honest();
    let mut log = machine.clone();
    for event in &mut log.events {
        if event.kind == SEPARATOR {
            event.kind = IPL;
            event.data = b"no separator".to_vec();
        }
    }
    claimed(&machine, &log, |replay| {
        let mut images = replay.images().known().unwrap();
        assert!(images.all(|image| image.side() == Side::After));
        assert_eq!(replay.secure_boot(), Fact::Known(SecureBoot::On));
    });
    // Without any, all of it may be anyone's.
    let mut boot = honest();
    boot.events
        .retain(|event| event.kind != SEPARATOR || event.pcr != 7);
    assert_eq!(secure_boot(&boot), Err(Unknown::NoSeparator { pcr: 7 }));
}

#[test]
fn l4_separator_of_a_boot_that_went_wrong_proves_nothing() {
    let mut boot = honest();
    let at = at(&boot, &[0; 4]);
    assert_eq!(boot.events[at].pcr, 7);
    boot.events[at] = Event::of(7, SEPARATOR, &BANKS, &[1, 0, 0, 0], b"no memory");
    let event = at as u32 + 1;
    assert_eq!(
        secure_boot(&boot),
        Err(Unknown::ErrorSeparator { pcr: 7, event })
    );
}

#[test]
fn l8_secure_boot_is_one_variable_by_owner_and_name_before_the_separator() {
    let data = variable(GLOBAL, "SecureBoot", &[1]);
    let own = at(&honest(), &data);
    for (contents, expected) in [
        (&[1][..], Ok(SecureBoot::On)),
        (&[0], Ok(SecureBoot::Off)),
        (&[], Ok(SecureBoot::NeverSet)),
    ] {
        let mut boot = honest();
        let data = variable(GLOBAL, "SecureBoot", contents);
        boot.events[own] = Event::of(7, DRIVER_CONFIG, &BANKS, &data, &data);
        assert_eq!(secure_boot(&boot), expected);
        // Its type does not count.
        boot.events[own].kind = IPL;
        assert_eq!(secure_boot(&boot), expected);
    }
    for contents in [&[2][..], &[1, 0], &[1, 1]] {
        let mut boot = honest();
        let data = variable(GLOBAL, "SecureBoot", contents);
        boot.events[own] = Event::of(7, DRIVER_CONFIG, &BANKS, &data, &data);
        let (pcr, event) = (7, own as u32 + 1);
        assert_eq!(secure_boot(&boot), Err(Unknown::OddValue { pcr, event }));
    }
    // The right name and another owner.
    let mut boot = honest();
    let other = variable(SHIM, "SecureBoot", &[1]);
    boot.events[own] = Event::of(7, DRIVER_CONFIG, &BANKS, &other, &other);
    let (pcr, event) = (7, own as u32 + 1);
    assert_eq!(secure_boot(&boot), Err(Unknown::WrongGuid { pcr, event }));
    // The right owner and other names.
    for name in ["SecureBoot\0", "secureboot", "SecureBoo"] {
        let mut boot = honest();
        let other = variable(GLOBAL, name, &[1]);
        boot.events[own] = Event::of(7, DRIVER_CONFIG, &BANKS, &other, &other);
        assert_eq!(secure_boot(&boot), Err(Unknown::NotMeasured { pcr: 7 }));
    }
    // Two of them, before the separator and behind it.
    for place in [own + 1, honest().events.len()] {
        for contents in [&[0][..], &[1]] {
            let mut boot = honest();
            let second = variable(GLOBAL, "SecureBoot", contents);
            let second = Event::of(7, DRIVER_CONFIG, &BANKS, &second, &second);
            boot.events.insert(place, second);
            let event = place as u32 + 1;
            assert_eq!(secure_boot(&boot), Err(Unknown::Ambiguous { pcr, event }));
        }
    }
    // One behind it.
    let mut boot = honest();
    let moved = boot.events.remove(own);
    boot.events.push(moved);
    let event = last(&boot);
    assert_eq!(
        secure_boot(&boot),
        Err(Unknown::AfterSeparator { pcr, event })
    );
    // In another PCR.
    let mut boot = honest();
    boot.events[own].pcr = 1;
    assert_eq!(secure_boot(&boot), Err(Unknown::NotMeasured { pcr: 7 }));
}

#[test]
fn l8_second_variable_that_hides_its_data_is_seen() {
    // The machine measured that it is off, and later someone measured that it is on: the log has
    // other data for the first, so that only one is left.
    let mut machine = honest();
    let own = at(&machine, &variable(GLOBAL, "SecureBoot", &[1]));
    let off = variable(GLOBAL, "SecureBoot", &[0]);
    machine
        .events
        .insert(own, Event::of(7, DRIVER_CONFIG, &BANKS, &off, &off));
    let mut log = machine.clone();
    log.events[own].data = variable(GLOBAL, "AuditMode", &[0]);
    let (pcr, event) = (7, own as u32 + 1);
    claimed(&machine, &log, |replay| {
        let expected = Unknown::DataNotProven { pcr, event };
        assert_eq!(known(replay.secure_boot()), Err(expected));
        assert_eq!(known(replay.mok_validation()), Err(expected));
        assert_eq!(count(replay.authorities()), Err(expected));
        let unexplained: Vec<u32> = replay.unexplained_events().map(|e| e.number()).collect();
        assert_eq!(unexplained, [event]);
    });
}

#[test]
fn l9_shim_that_was_told_not_to_check_says_so_beside_secure_boot() {
    let mut boot = honest();
    boot.measure(7, AUTHORITY, &variable(SHIM, "MokSBState", &[1]));
    seen(&boot, |replay| {
        assert_eq!(replay.secure_boot(), Fact::Known(SecureBoot::On));
        let state = replay.mok_validation();
        assert_eq!(state, Fact::Known(MokValidation::Disabled));
        assert_eq!(state.known().unwrap().name(), "disabled");
        assert_eq!(MokValidation::NotDisabled.name(), "not-disabled");
        let policy = BootPolicy::new().require_secure_boot();
        replay.appraise(&policy).unwrap();
        refused(
            replay,
            &policy.require_mok_validation(),
            "mok-validation-disabled",
        );
    });
    // Another owner's variable is none of shim's, and a value that is none is not known.
    for (guid, contents, expected) in [
        (GLOBAL, 1, Ok(MokValidation::NotDisabled)),
        (SHIM, 0, Ok(MokValidation::NotDisabled)),
        (
            SHIM,
            2,
            Err(Unknown::OddValue {
                pcr: 7,
                event: last(&honest()) + 1,
            }),
        ),
    ] {
        let mut boot = honest();
        boot.measure(7, AUTHORITY, &variable(guid, "MokSBState", &[contents]));
        let state = seen(&boot, |replay| known(replay.mok_validation()));
        assert_eq!(state, expected);
    }
}

/// A userspace log with one event, as systemd writes it.
fn userspace(event: &Event, text: &str) -> String {
    let digests: Vec<String> = event
        .digests
        .iter()
        .map(|(bank, digest)| {
            let name = if *bank == SHA256 { "sha256" } else { "sha384" };
            let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            format!(r#"{{"hashAlg":"{name}","digest":"{digest}"}}"#)
        })
        .collect();
    let (pcr, digests) = (event.pcr, digests.join(","));
    format!("\x1e{{\"pcr\":{pcr},\"digests\":[{digests}],\"content\":{{\"string\":\"{text}\"}}}}\n")
}

#[test]
fn l9_event_that_is_moved_to_the_userspace_log_hides_nothing() {
    let mut machine = honest();
    let data = variable(SHIM, "MokSBState", &[1]);
    machine.measure(7, AUTHORITY, &data);
    let log = honest().log();
    for text in ["os-separator", "MokSBState", ""] {
        let later = userspace(machine.events.last().unwrap(), text);
        let logs = Logs::new()
            .firmware(EventLog::parse(&log).unwrap())
            .userspace(UserspaceLog::parse(later.as_bytes()).unwrap());
        let scene = machine.whole();
        let replay = scene.replay(&logs).unwrap();
        let expected = Unknown::UserspaceEvent { pcr: 7, event: 0 };
        assert_eq!(known(replay.mok_validation()), Err(expected));
        assert_eq!(known(replay.secure_boot()), Err(expected));
        assert_eq!(count(replay.authorities()), Err(expected));
    }
    // The same with an image, and with a command line of which the log has the text.
    for (event, text) in [
        (Event::of(4, APPLICATION, &BANKS, b"evil", &LOAD), "evil"),
        (Event::of(8, IPL, &BANKS, b"init=/evil", b""), "init=/evil"),
    ] {
        let mut machine = honest();
        machine.events.push(event.clone());
        let later = userspace(&event, text);
        let logs = Logs::new()
            .firmware(EventLog::parse(&log).unwrap())
            .userspace(UserspaceLog::parse(later.as_bytes()).unwrap());
        let scene = machine.whole();
        let replay = scene.replay(&logs).unwrap();
        let expected = Unknown::UserspaceEvent {
            pcr: event.pcr as u8,
            event: 0,
        };
        let found = match event.pcr {
            4 => count(replay.images()),
            _ => count(replay.command_lines()),
        };
        assert_eq!(found, Err(expected));
    }
}

#[test]
fn l12_texts_keep_their_bytes_and_show_what_is_not_valid() {
    let odd: &[u8] = b"/vmlinuz \x1b[31m\x07\xff\xfe\xe2\x80\xae";
    let mut boot = honest();
    let command = [b"linux ", odd].concat();
    for (prefix, text) in [
        (&b"grub_cmd: "[..], &command[..]),
        (b"kernel_cmdline: ", odd),
    ] {
        let data = [prefix, text, b"\0"].concat();
        boot.events.push(Event::of(8, IPL, &BANKS, text, &data));
    }
    // UTF-16 with a half of a pair and half a unit.
    let wide = [0x61, 0, 0x3d, 0xd8, 0x62, 0, 0x0a, 0];
    boot.measure(12, IPL, &wide);
    seen(&boot, |replay| {
        let reason = count(replay.command_lines()).unwrap_err();
        // What is no text is not left out.
        let (pcr, event) = (12, last(&boot));
        assert_eq!(reason, Unknown::DataNotProven { pcr, event });
    });
    boot.events.pop();
    seen(&boot, |replay| {
        let line = replay.command_lines().known().unwrap().last().unwrap();
        let text = line.text().unwrap();
        assert_eq!(text.bytes(), odd);
        assert!(!text.is_valid());
        let shown = text.to_string();
        assert_eq!(shown, "/vmlinuz \x1b[31m\x07\u{fffd}\u{fffd}\u{202e}");
        let escaped = format!("{text:?}");
        assert_eq!(escaped, r#""/vmlinuz \u{1b}[31m\u{7}��\u{202e}""#);
        // What stands for bytes that are not valid is not that text.
        assert!(!line.is(&shown));
    });
}

/// The policy refuses the boot, for this reason.
#[track_caller]
fn refused(replay: &Replay<'_>, policy: &BootPolicy<'_>, name: &str) -> String {
    let error = replay.appraise(policy).unwrap_err();
    let found = (error.problem_name(), error.check(), error.verdict());
    assert_eq!(found, (name, Check::BootLog, Verdict::Rejected), "{error}");
    error.to_string()
}

fn sha(bank: u16, image: &[u8]) -> Vec<u8> {
    hash(bank, image)
}

const IMAGES: [&[u8]; 3] = [b"shim", b"grub", b"kernel"];

fn fingerprint(content: u8) -> [u8; 32] {
    hash(SHA256, &certificate(content)).try_into().unwrap()
}

#[test]
fn l13_what_is_required_counts_only_if_all_the_others_are_allowed() {
    let digests: Vec<Vec<u8>> = IMAGES.iter().map(|image| sha(SHA256, image)).collect();
    let images: Vec<_> = digests
        .iter()
        .map(|digest| of(TpmAlgId::SHA256, digest))
        .collect();
    let authorities = [fingerprint(1), fingerprint(2)];
    let lines = [MeasuredText::Text(LINE)];
    let policy = BootPolicy::new()
        .require_secure_boot()
        .require_mok_validation()
        .refuse_weakened()
        .allow_authorities(&authorities)
        .require_authorities(&authorities[1..])
        .allow_images(&images)
        .require_images(&images[2..])
        .allow_command_lines(&lines)
        .require_command_lines(&lines)
        .sbat_at_least(b"shim,4\ngrub,5")
        .dbx_has(&[&FORBIDDEN])
        .explained_pcrs(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    seen(&honest(), |replay| replay.appraise(&policy)).unwrap();

    // The machine booted something else, and whoever has root measured the good things later.
    for (name, of, image) in [
        ("image-not-allowed", 4, &b"evil"[..]),
        ("authority-not-allowed", 7, b""),
        ("command-line-not-allowed", 8, b""),
    ] {
        let mut boot = honest();
        let kept: Vec<Event> = boot.events.clone();
        match of {
            4 => {
                let at = kept.iter().rposition(|event| event.pcr == 4).unwrap();
                boot.events[at] = Event::of(4, APPLICATION, &BANKS, image, &LOAD);
                boot.events.push(kept[at].clone());
            }
            7 => {
                let at = kept.iter().rposition(|event| event.pcr == 7).unwrap();
                let entry = [&SHIM[..], &certificate(9)].concat();
                let evil = variable(SHIM, "MokListRT", &entry);
                boot.events[at] = Event::of(7, AUTHORITY, &BANKS, &evil, &evil);
                boot.events.push(kept[at].clone());
            }
            _ => {
                boot.events.retain(|event| event.pcr != 8);
                grub(&mut boot, "grub_cmd: ", "linux /vmlinuz init=/evil");
                grub(&mut boot, "kernel_cmdline: ", "/vmlinuz init=/evil");
                grub(&mut boot, "grub_cmd: ", &format!("linux {LINE}"));
                grub(&mut boot, "kernel_cmdline: ", LINE);
            }
        }
        seen(&boot, |replay| refused(replay, &policy, name));
    }
}

const fn of(algorithm: TpmAlgId, digest: &[u8]) -> MeasuredDigest<'_> {
    MeasuredDigest { algorithm, digest }
}

#[test]
fn l13_command_line_cannot_be_passed_off_as_another_command() {
    // The prefix of a text of GRUB is not hashed. What was given to the kernel is labelled as a
    // command, and a command that does nothing as what was given to the kernel.
    let evil = "/vmlinuz init=/evil";
    let mut machine = honest();
    machine.events.retain(|event| event.pcr != 8);
    grub(&mut machine, "grub_cmd: ", LINE);
    grub(&mut machine, "grub_cmd: ", &format!("linux {evil}"));
    grub(&mut machine, "kernel_cmdline: ", evil);
    let relabel = |log: &mut Boot, at: usize, prefix: &str, text: &str| {
        log.events[at].data = format!("{prefix}{text}\0").into_bytes();
    };
    let end = machine.events.len();
    let lines = [MeasuredText::Text(LINE)];
    let policy = BootPolicy::new().allow_command_lines(&lines);
    let mut log = machine.clone();
    relabel(&mut log, end - 1, "grub_cmd: ", evil);
    claimed(&machine, &log, |replay| {
        // The first text begins with a file, as no command does.
        let (pcr, event) = (8, end as u32 - 2);
        let expected = Unknown::LabelNotProven { pcr, event };
        assert_eq!(count(replay.command_lines()), Err(expected));
        refused(replay, &policy, "fact-unknown");
    });
    relabel(&mut log, end - 3, "kernel_cmdline: ", LINE);
    claimed(&machine, &log, |replay| {
        let (pcr, event) = (8, end as u32 - 2);
        let expected = Unknown::LabelNotProven { pcr, event };
        assert_eq!(count(replay.command_lines()), Err(expected));
        refused(replay, &policy, "fact-unknown");
    });
    // With other quoting than the command had.
    let spaced = r#"/vmlinuz "a b" init=/evil"#;
    let mut machine = honest();
    grub(&mut machine, "grub_cmd: ", "linux /vmlinuz a b init=/evil");
    grub(&mut machine, "grub_cmd: ", spaced);
    seen(&machine, |replay| {
        assert!(
            replay
                .command_lines()
                .known()
                .unwrap()
                .last()
                .unwrap()
                .is(spaced)
        );
        refused(replay, &policy, "command-line-not-allowed");
    });
}

#[test]
fn l13_command_line_cannot_hide_as_a_text_of_another_program() {
    let wide: Vec<u8> = "init=/evil"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let grub = [b"grub_cmd: ", &wide[..], b"\0"].concat();
    // What systemd-boot measured, as a command of GRUB.
    let mut machine = honest();
    machine.measure(8, IPL, &wide);
    let mut log = machine.clone();
    log.events.last_mut().unwrap().data.clone_from(&grub);
    let hidden = |pcr, event| Err(Unknown::DataNotProven { pcr, event });
    claimed(&machine, &log, |replay| {
        assert_eq!(count(replay.command_lines()), hidden(8, last(&machine)));
    });
    // What GRUB measured, as a text of systemd-boot in characters of two bytes.
    let mut machine = honest();
    grub_text(&mut machine, "init=/evil");
    let mut log = machine.clone();
    log.events.last_mut().unwrap().data = b"init=/evil".to_vec();
    claimed(&machine, &log, |replay| {
        assert_eq!(count(replay.command_lines()), hidden(8, last(&machine)));
    });
    // What a second kernel measured, as data of its own, as a command, or as a disk.
    for data in [
        wide.clone(),
        grub,
        b"\xec\x22\x3b\x8f\x0d\0\0\0Linux initrd\0".to_vec(),
    ] {
        let tag = b"\xed\x22\x3b\x8f\x1a\0\0\0LOADED_IMAGE::LoadOptions\0";
        let mut machine = honest();
        machine.events.retain(|event| !matches!(event.pcr, 8 | 9));
        machine.events.push(Event::of(9, 6, &BANKS, b"good", tag));
        let is_disk = data.starts_with(b"\xec");
        if is_disk {
            machine.events.push(Event::of(9, 6, &BANKS, b"disk", &data));
        }
        assert_eq!(
            seen(&machine, |replay| count(replay.command_lines())),
            Ok(1)
        );
        machine.events.push(Event::of(9, 6, &BANKS, &wide, &data));
        let event = last(&machine);
        let found = seen(&machine, |replay| count(replay.command_lines()));
        match is_disk {
            true => assert_eq!(found, Err(Unknown::Ambiguous { pcr: 9, event })),
            false => assert_eq!(found, hidden(9, event)),
        }
    }
}

fn grub_text(boot: &mut Boot, text: &str) {
    grub(boot, "grub_cmd: ", text);
}

#[test]
fn l13_image_that_hides_is_not_left_out() {
    let mut machine = honest();
    load(&mut machine, b"evil");
    let digests: Vec<Vec<u8>> = IMAGES.iter().map(|image| sha(SHA256, image)).collect();
    let images: Vec<_> = digests
        .iter()
        .map(|digest| of(TpmAlgId::SHA256, digest))
        .collect();
    let policy = BootPolicy::new().allow_images(&images);
    let (pcr, event) = (4, last(&machine));
    for (kind, data) in [
        (0x8000_0008, &[0; 16][..]),
        (ACTION, b"Calling EFI Application from Boot Option"),
        (SEPARATOR, &[0; 4]),
        (IPL, b""),
    ] {
        let mut log = machine.clone();
        let at = log.events.len() - 1;
        log.events[at].kind = kind;
        log.events[at].data = data.to_vec();
        claimed(&machine, &log, |replay| {
            let expected = Unknown::DataNotProven { pcr, event };
            assert_eq!(count(replay.images()), Err(expected));
            let error = refused(replay, &policy, "fact-unknown");
            assert!(error.contains("event"), "{error}");
            let policy = BootPolicy::new().explained_pcrs(&[4]);
            refused(replay, &policy, "event-unexplained");
        });
    }
}

#[test]
fn l7_image_is_allowed_in_every_bank_for_which_there_are_digests() {
    // Whoever fills a bank by hand fills it with other digests than firmware fills the other.
    let mut machine = honest();
    let at = machine
        .events
        .iter()
        .rposition(|event| event.pcr == 4)
        .unwrap();
    let [(_, sha256), (_, sha384)] = &mut machine.events[at].digests[..] else {
        panic!("two banks");
    };
    *sha256 = sha(SHA256, b"kernel");
    *sha384 = sha(SHA384, b"evil");
    let mut digests = Vec::new();
    for (bank, id) in [(SHA256, TpmAlgId::SHA256), (SHA384, TpmAlgId::SHA384)] {
        digests.extend(IMAGES.iter().map(|image| (id, sha(bank, image))));
    }
    let images: Vec<_> = digests.iter().map(|(id, digest)| of(*id, digest)).collect();
    let policy = BootPolicy::new().allow_images(&images);
    seen(&honest(), |replay| replay.appraise(&policy)).unwrap();
    seen(&machine, |replay| {
        refused(replay, &policy, "image-not-allowed")
    });
    // Nothing is said of a bank that the quote does not cover.
    let sha384 = BootPolicy::new().allow_images(&images[3..]);
    let scene = machine.quote(&[SHA256], 0..16);
    replay_then(&scene, &machine.log(), |replay| {
        replay.appraise(&policy).unwrap();
        refused(replay, &sha384, "image-not-allowed");
    })
    .unwrap();
}

#[test]
fn policies_refuse_each_thing_that_they_ask_for_and_nothing_else() {
    let boot = honest();
    let with = |pcr, kind, data: &[u8]| {
        let mut boot = honest();
        boot.measure(pcr, kind, data);
        boot
    };
    for text in [
        &b"UEFI Debug Mode"[..],
        b"DMA Protection Disabled",
        b"Security Level is Downgraded to 0",
    ] {
        let policy = BootPolicy::new().refuse_weakened();
        seen(&boot, |replay| replay.appraise(&policy)).unwrap();
        let weak = with(7, ACTION, text);
        seen(&weak, |replay| refused(replay, &policy, "debug-event"));
        // Its text is known by its digest.
        let mut log = weak.clone();
        log.events.last_mut().unwrap().data = b"harmless".to_vec();
        claimed(&weak, &log, |replay| {
            refused(replay, &policy, "debug-event")
        });
    }
    for (least, ok) in [
        (&b"sbat,1\n"[..], true),
        (b"shim,4\ngrub,5\n", true),
        (b"shim,5\n", false),
        (b"grub,6", false),
        (b"other,1", false),
    ] {
        let policy = BootPolicy::new().sbat_at_least(least);
        match ok {
            true => seen(&boot, |replay| replay.appraise(&policy)).unwrap(),
            false => {
                seen(&boot, |replay| refused(replay, &policy, "sbat-too-old"));
            }
        }
    }
    let policy = BootPolicy::new().dbx_has(&[&[0xdc; 32]]);
    seen(&boot, |replay| {
        refused(replay, &policy, "dbx-entry-missing")
    });
    let authorities = [fingerprint(1), fingerprint(2), fingerprint(3)];
    let policy = BootPolicy::new()
        .allow_authorities(&authorities)
        .require_authorities(&authorities[2..]);
    seen(&boot, |replay| {
        refused(replay, &policy, "authority-missing")
    });
    let missing = sha(SHA256, b"other");
    let digests: Vec<Vec<u8>> = IMAGES.iter().map(|image| sha(SHA256, image)).collect();
    let mut images: Vec<_> = digests
        .iter()
        .map(|digest| of(TpmAlgId::SHA256, digest))
        .collect();
    images.push(of(TpmAlgId::SHA256, &missing));
    let policy = BootPolicy::new()
        .allow_images(&images)
        .require_images(&images[3..]);
    seen(&boot, |replay| refused(replay, &policy, "image-missing"));
    let by_digest = sha(SHA256, LINE.as_bytes());
    let lines = [
        MeasuredText::Digest(of(TpmAlgId::SHA256, &by_digest)),
        MeasuredText::Text("other"),
    ];
    let policy = BootPolicy::new().allow_command_lines(&lines);
    seen(&boot, |replay| replay.appraise(&policy)).unwrap();
    let policy = policy.require_command_lines(&lines[1..]);
    seen(&boot, |replay| {
        refused(replay, &policy, "command-line-missing")
    });
    for (contents, text) in [(&[0][..], "was off"), (&[], "never set up")] {
        let mut boot = honest();
        let at = at(&boot, &variable(GLOBAL, "SecureBoot", &[1]));
        let data = variable(GLOBAL, "SecureBoot", contents);
        boot.events[at] = Event::of(7, DRIVER_CONFIG, &BANKS, &data, &data);
        let policy = BootPolicy::new().require_secure_boot();
        let error = seen(&boot, |replay| refused(replay, &policy, "secure-boot-off"));
        assert!(error.contains(text), "{error}");
    }
}

#[test]
fn l14_policy_on_what_is_not_quoted_fails() {
    let boot = honest();
    let digest = [0; 32];
    let images = [of(TpmAlgId::SHA256, &digest)];
    let lines = [MeasuredText::Text(LINE)];
    let authorities = [[0; 32]];
    let dbx: [&[u8]; 1] = [&FORBIDDEN];
    let new = BootPolicy::new;
    let policies = [
        (7, new().require_secure_boot()),
        (7, new().require_mok_validation()),
        (7, new().refuse_weakened()),
        (7, new().allow_authorities(&authorities)),
        (4, new().allow_images(&images)),
        (8, new().allow_command_lines(&lines)),
        (7, new().sbat_at_least(b"shim,4")),
        (7, new().dbx_has(&dbx)),
        (3, new().explained_pcrs(&[3])),
        (13, new().explained_pcrs(&[13])),
    ];
    for (pcr, policy) in policies {
        let scene = boot.quote(&BANKS, (0..13).filter(move |index| *index != pcr));
        replay_then(&scene, &boot.log(), |replay| {
            let error = refused(replay, &policy, "fact-unknown");
            let text = format!("does not cover PCR {pcr}");
            assert!(error.contains(&text), "{error}");
        })
        .unwrap();
    }
}

#[test]
fn o3_policies_that_ask_for_nothing_or_contradict_themselves_are_errors() {
    let digest = [0; 32];
    let images = [of(TpmAlgId::SHA256, &digest)];
    let lines = [MeasuredText::Text("a"), MeasuredText::Text("b")];
    let authorities = [[0; 32]];
    let new = BootPolicy::new;
    for (policy, name) in [
        (new(), "boot-policy-empty"),
        (new().allow_images(&[]), "boot-policy-nothing-allowed"),
        (new().allow_authorities(&[]), "boot-policy-nothing-allowed"),
        (
            new().allow_command_lines(&[]),
            "boot-policy-nothing-allowed",
        ),
        (new().dbx_has(&[]), "boot-policy-nothing-allowed"),
        (new().explained_pcrs(&[]), "boot-policy-nothing-allowed"),
        (
            new().require_images(&images),
            "boot-policy-required-not-allowed",
        ),
        (
            new().require_authorities(&authorities),
            "boot-policy-required-not-allowed",
        ),
        (
            new()
                .allow_command_lines(&lines[..1])
                .require_command_lines(&lines),
            "boot-policy-required-not-allowed",
        ),
        (new().sbat_at_least(b""), "boot-policy-sbat"),
        (new().sbat_at_least(b"shim,4\ngrub"), "boot-policy-sbat"),
        (new().sbat_at_least(b"shim,4294967296"), "boot-policy-sbat"),
        (new().sbat_at_least(b",4"), "boot-policy-sbat"),
        (new().explained_pcrs(&[24]), "no-such-pcr"),
    ] {
        let error = policy.check().unwrap_err();
        assert_eq!(error.problem_name(), name, "{error}");
        assert_eq!(error.verdict(), Verdict::Malformed);
        let appraised = seen(&honest(), |replay| replay.appraise(&policy));
        assert_eq!(appraised.unwrap_err().problem_name(), name);
    }
}

/// Data that were chosen so that they are what was hashed hide nothing.
#[test]
fn l3_image_whose_bytes_stand_in_the_log_is_still_an_image() {
    let machine = honest();
    let count_of = |boot: &Boot| {
        let mut images = 0;
        seen(boot, |replay| images = count(replay.images()).unwrap());
        images
    };
    let all = count_of(&machine);
    let at = machine
        .events
        .iter()
        .rposition(|event| event.pcr == 4)
        .unwrap();
    let mut log = machine.clone();
    let image = b"MZ\x90\0what an Authenticode digest covers";
    log.events[at] = Event::of(4, APPLICATION, &BANKS, image, image);
    assert_eq!(count_of(&log), all);
    // Whatever the log calls it.
    log.events[at] = Event::of(4, IPL, &BANKS, image, image);
    assert_eq!(count_of(&log), all);
}

#[test]
fn l3_variable_that_was_cut_makes_the_facts_of_its_pcr_unknown() {
    let mut log = honest();
    let entry = [&SHIM[..], &certificate(9)].concat();
    let evil = variable(SHIM, "Shim", &entry);
    let cut = &evil[..evil.len() - 1];
    log.events.push(Event::of(7, AUTHORITY, &BANKS, cut, cut));
    seen(&log, |replay| {
        assert!(count(replay.authorities()).is_err());
        assert!(replay.mok_validation().known().is_none());
    });
}

#[test]
fn l13_command_that_runs_another_hides_no_command_line() {
    let evil = "/vmlinuz init=/evil";
    for command in [format!("! linux {evil}"), format!("time linux {evil}")] {
        let mut log = honest();
        grub(&mut log, "grub_cmd: ", &command);
        grub(&mut log, "grub_cmd: ", evil);
        seen(&log, |replay| {
            assert!(count(replay.command_lines()).is_err())
        });
    }
    let mut log = honest();
    grub(&mut log, "grub_cmd: ", "chainloader /evil.efi");
    seen(&log, |replay| {
        assert!(count(replay.command_lines()).is_err())
    });
}

#[test]
fn l4_separator_behind_the_prefix_of_another_program_is_still_one() {
    let machine = honest();
    let at = machine
        .events
        .iter()
        .position(|event| event.pcr == 4 && event.kind == SEPARATOR);
    let mut log = machine.clone();
    log.events[at.unwrap()].data = b"grub_cmd: \0\0\0\0".to_vec();
    claimed(&machine, &log, |replay| {
        let expected = replay.separator(4).known();
        assert_eq!(expected, Some(tpm_quote::log::Separator::Normal));
    });
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

#[test]
fn l4_variable_of_uefi_behind_the_separator_is_an_authority_too() {
    let honest = honest();
    let all = seen(&honest, |replay| count(replay.authorities())).unwrap();
    let mut log = honest.clone();
    let entry = [&SHIM[..], &certificate(9)].concat();
    log.measure(7, AUTHORITY, &variable(GLOBAL, "Boot0001", &entry));
    let found = seen(&log, |replay| count(replay.authorities()));
    assert_eq!(found, Ok(all + 1));
}

#[test]
fn l3_options_of_a_kernel_are_those_that_grub_gave_it() {
    let mut tag = vec![0xed, 0x22, 0x3b, 0x8f, 26, 0, 0, 0];
    tag.extend(b"LOADED_IMAGE::LoadOptions\0");
    let with = |measured: &[u8]| {
        let mut log = honest();
        log.events.push(Event::of(9, 6, &BANKS, measured, &tag));
        seen(&log, |replay| count(replay.command_lines()))
    };
    assert_eq!(with(&utf16(&format!("BOOT_IMAGE={LINE}"))), Ok(2));
    // The digest of something else, such as an initial RAM disk.
    assert!(with(b"an initial RAM disk").is_err());
    assert!(with(&utf16("BOOT_IMAGE=/vmlinuz init=/evil")).is_err());
}

/// A text that becomes the one that was measured if what is not valid is left out.
#[test]
fn l3_text_that_is_not_valid_is_no_command_line() {
    let mut tag = vec![0xed, 0x22, 0x3b, 0x8f, 26, 0, 0, 0];
    tag.extend(b"LOADED_IMAGE::LoadOptions\0");
    let mut machine = honest();
    let measured = utf16(&format!("BOOT_IMAGE={LINE}"));
    machine
        .events
        .push(Event::of(9, 6, &BANKS, &measured, &tag));
    let mut log = machine.clone();
    let odd = [
        b"kernel_cmdline: ",
        &LINE.as_bytes()[..1],
        b"\xff",
        &LINE.as_bytes()[1..],
    ];
    // In a PCR that is not quoted, and before the line itself.
    let odd = Event::of(23, IPL, &BANKS, b"", &odd.concat());
    log.events.insert(0, odd);
    let found = claimed(&machine, &log, |replay| {
        let lines = known(replay.command_lines()).unwrap();
        let is_line = |text: LogText<'_>| text.is(LINE) || text.is(&format!("BOOT_IMAGE={LINE}"));
        lines
            .map(|line| line.text().is_some_and(is_line))
            .collect::<Vec<_>>()
    });
    assert_eq!(found, [true, true]);
}

/// The same for the name of a section that is not one of those known by their digests.
#[test]
fn l3_text_that_is_not_valid_names_no_section() {
    let sections = |name: &[u8]| {
        let mut machine = honest();
        machine
            .events
            .push(Event::of(11, IPL, &BANKS, b".myown\0", name));
        machine
            .events
            .push(Event::of(11, IPL, &BANKS, b"kernel", name));
        seen(&machine, |replay| count(replay.sections()))
    };
    assert_eq!(sections(&utf16(".myown")), Ok(1));
    let unpaired = [utf16(".my"), vec![0x00, 0xd8], utf16("own")].concat();
    assert!(sections(&unpaired).is_err());
}

#[test]
fn l14_command_lines_without_grub_need_the_pcr_of_unified_images() {
    let mut machine = honest();
    machine
        .events
        .retain(|event| event.pcr != 8 && event.pcr != 9);
    machine.measure(12, IPL, &utf16("root=/dev/vda"));
    let lines = |indices: &[u8]| {
        let quote = machine.quote(&BANKS, indices.iter().copied());
        let found = replay_then(&quote, &machine.log(), |replay| {
            count(replay.command_lines())
        });
        found.unwrap()
    };
    let all: Vec<u8> = (0..16).collect();
    assert_eq!(lines(&all), Ok(1));
    let but_11: Vec<u8> = all.into_iter().filter(|index| *index != 11).collect();
    assert_eq!(lines(&but_11), Err(Unknown::NotQuoted { pcr: 11 }));
}

#[test]
fn l2_event_among_the_sections_that_is_none_makes_command_lines_unknown() {
    let mut log = honest();
    log.measure(11, IPL, b"\x01neither a name nor contents");
    seen(&log, |replay| {
        assert!(count(replay.command_lines()).is_err())
    });
}

#[test]
fn l2_prefix_of_grub_means_nothing_in_the_pcrs_of_others() {
    for (pcr, rule) in [(8, Rule::GrubText), (14, Rule::Digest)] {
        let mut log = honest();
        let data = b"grub_cmd: a text\0";
        log.events
            .push(Event::of(pcr, IPL, &BANKS, b"a text", data));
        seen(&log, |replay| {
            let event = replay.events().find(|event| event.claimed_data() == data);
            assert_eq!(event.unwrap().proven().rule(), rule);
        });
    }
}
