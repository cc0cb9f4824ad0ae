//! What our own machines were when they booted: facts of their logs and quotes, beside what
//! another program says of the same machines.

use serde_json::Value;
use tpm_quote::{
    TpmAlgId,
    log::{
        Authority, CommandLineSource, ExitBootServices, Fact, Image, MokValidation, Replay,
        SecureBoot, Separator, Side, Unknown,
    },
};

use crate::{
    common::digits,
    corpus,
    machine::{Machine, here},
};

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    let text = value[key].as_str();
    text.unwrap_or_else(|| panic!("{key} in {value}"))
}

/// The list that is known, or the reason.
fn list<T>(fact: Fact<impl Iterator<Item = T>>) -> Result<Vec<T>, Unknown> {
    match fact {
        Fact::Known(list) => Ok(list.collect()),
        Fact::Unknown(reason) => Err(reason),
    }
}

fn sha256(bytes: &[u8]) -> String {
    let digest = tpm_quote::crypto::Hasher::digest(TpmAlgId::SHA256, bytes).unwrap();
    digits(digest.as_ref())
}

/// Secure Boot, its variables, and what let images run: PCR 7.
fn policy(machine: &Machine, replay: &Replay<'_>) -> usize {
    let facts = &machine.json["facts"];
    let expected = match text(facts, "secure_boot_variable") {
        "01" => SecureBoot::On,
        "00" => SecureBoot::Off,
        "" => SecureBoot::NeverSet,
        other => panic!("{other}"),
    };
    assert_eq!(replay.secure_boot(), Fact::Known(expected));
    assert_eq!(expected == SecureBoot::On, facts["secure_boot"] == true);
    let variables = facts["pcr7_variables"].as_object().unwrap();
    assert!(variables.len() >= 5);
    for (name, about) in variables {
        let (variable, is_list) = match &**name {
            "SecureBoot" => {
                let guid = tpm_quote::log::Guid::GLOBAL_VARIABLE;
                (replay.variable(guid, "SecureBoot"), false)
            }
            "PK" => (replay.pk(), true),
            "KEK" => (replay.kek(), true),
            "db" => (replay.db(), true),
            "dbx" => (replay.dbx(), true),
            "dbt" => (replay.dbt(), true),
            other => panic!("{other}"),
        };
        let variable = variable.known().unwrap();
        assert_eq!(variable.guid().to_string(), text(about, "guid"));
        assert_eq!(sha256(variable.contents()), text(about, "sha256"));
        assert_eq!(
            variable.contents().len(),
            about["bytes"].as_u64().unwrap() as usize
        );
        assert_eq!(
            variable.signature_lists().is_ok(),
            is_list || variable.contents().is_empty()
        );
    }
    if !variables.contains_key("dbt") {
        let expected = Some(Unknown::NotMeasured { pcr: 7 });
        assert_eq!(replay.dbt().unknown(), expected);
    }
    let authorities = list(replay.authorities()).unwrap();
    let expected = facts["authorities"].as_array().unwrap();
    assert_eq!(authorities.len(), expected.len());
    for (authority, about) in authorities.iter().zip(expected) {
        same_authority(authority, about);
    }
    let is_disabled = expected
        .iter()
        .any(|about| text(about, "name") == "MokSBState");
    let expected = match is_disabled {
        true => MokValidation::Disabled,
        false => MokValidation::NotDisabled,
    };
    assert_eq!(replay.mok_validation(), Fact::Known(expected));
    authorities.len() + variables.len()
}

fn same_authority(authority: &Authority<'_>, about: &Value) {
    let variable = authority.variable();
    assert_eq!(variable.guid().to_string(), text(about, "guid"));
    assert!(variable.name().is(text(about, "name")));
    assert_eq!(sha256(variable.contents()), text(about, "data_sha256"));
    let side = match about["after_separator"].as_bool().unwrap() {
        true => Side::After,
        false => Side::Before,
    };
    assert_eq!(authority.side(), side);
    let fingerprint = authority.fingerprint().map(|digest| digits(&digest));
    assert_eq!(
        fingerprint.as_deref(),
        about["certificate"]["sha256"].as_str()
    );
    let has_owner = about["certificate"]["at"] == 16;
    assert_eq!(authority.owner().is_some(), has_owner);
    let sbat = authority
        .sbat()
        .map(|sbat| std::str::from_utf8(sbat).unwrap());
    assert_eq!(sbat, about["text"].as_str());
}

/// What was loaded: PCR 4.
fn images(machine: &Machine, replay: &Replay<'_>) -> usize {
    let images = list(replay.images()).unwrap();
    let expected = machine.json["facts"]["images_loaded"].as_array().unwrap();
    assert_eq!(images.len(), expected.len());
    for (image, about) in images.iter().zip(expected) {
        assert_eq!(u64::from(image.pcr()), about["pcr"].as_u64().unwrap());
        if let Some(digest) = image.digest(TpmAlgId::SHA256) {
            assert_eq!(digits(digest), text(about, "sha256"));
        }
        assert!(image.digests().count() > 0);
        // A kernel that QEMU hands over is loaded before the separator.
        let is_early = text(about, "is") == "not one of our files" && images.len() == 1;
        assert_eq!(image.side() == Side::Before, is_early);
        assert!(image.claimed_load().is_some());
    }
    assert_eq!(
        list(replay.drivers()).map(|drivers: Vec<Image<'_>>| drivers.len()),
        Ok(0)
    );
    let attempts = replay.boot_attempts().known();
    let attempts = attempts.map(|all| u64::from(all.started + all.returned));
    let events = &machine.json["facts"]["event_counts"]["4 EV_EFI_ACTION"];
    assert_eq!(attempts, events.as_u64());
    assert_eq!(
        replay.exit_boot_services(),
        Fact::Known(ExitBootServices::Success)
    );
    for pcr in 0..8 {
        assert_eq!(replay.separator(pcr), Fact::Known(Separator::Normal));
    }
    images.len()
}

/// What the kernel was told.
fn command_lines(machine: &Machine, replay: &Replay<'_>, covers_12: bool) -> usize {
    let facts = &machine.json["facts"];
    let lines = list(replay.command_lines()).unwrap();
    let of = |source| {
        let lines = lines.iter();
        let lines = lines.filter(move |line| line.proven_by() == source);
        lines.map(|line| line.text().map(|text| text.to_string()))
    };
    let grub = facts["measured_texts"].as_array().unwrap().iter();
    let grub = grub.filter(|about| text(about, "kind") == "kernel_cmdline");
    let grub: Vec<_> = grub
        .map(|about| Some(text(about, "text").to_owned()))
        .collect();
    assert_eq!(of(CommandLineSource::Grub).collect::<Vec<_>>(), grub);
    let systemd = facts["measured_texts"].as_array().unwrap().iter();
    let systemd = systemd.filter(|about| about["digest_covers"][0] == "data" && covers_12);
    let systemd: Vec<_> = systemd
        .map(|about| Some(text(about, "text").to_owned()))
        .collect();
    assert_eq!(
        of(CommandLineSource::SystemdBoot).collect::<Vec<_>>(),
        systemd
    );
    // What the kernel measured, as the other program found it by the text of /proc/cmdline.
    let options = facts["pcr9"].as_array().unwrap().iter();
    let options = options.filter_map(|about| {
        let is = about["is"].as_str()?;
        let is = is
            .strip_prefix("UTF-16LE with NUL of: ")
            .or(is.strip_prefix("UTF-16LE of: "))?;
        Some(is.to_owned())
    });
    let options: Vec<_> = options.collect();
    let stubs = lines.iter();
    let stubs = stubs.filter(|line| line.proven_by() == CommandLineSource::EfiStub);
    let stubs: Vec<_> = stubs.collect();
    assert_eq!(stubs.len(), options.len());
    for (line, expected) in stubs.iter().zip(&options) {
        assert!(line.is(expected));
        assert!(!line.is(&format!("{expected} ")));
        if let Some(text) = line.text() {
            assert_eq!(text.to_string(), *expected);
        }
    }
    for line in &lines {
        assert!(!line.is(""));
        assert!(!line.is("quiet"));
    }
    // Two rooms tell the same.
    if !grub.is_empty() && !options.is_empty() {
        assert!(stubs.iter().all(|line| line.text().is_some()));
    }
    lines.len()
}

/// How many facts were compared.
fn compare(machine: &Machine) -> usize {
    if machine.number() == "17" || machine.json["eventlog"].is_null() {
        return 0;
    }
    let mut count = 0;
    for quote in machine.quotes() {
        machine.replayed(&quote, |replay| {
            println!("{}", quote.name);
            let unexplained: Vec<u32> = replay.unexplained_events().map(|e| e.number()).collect();
            assert!(unexplained.is_empty(), "{unexplained:?}");
            count += policy(machine, replay);
            let covers = |index| quote.values.iter().any(|(_, known, _)| *known == index);
            if covers(4) {
                count += images(machine, replay);
                count += command_lines(machine, replay, covers(12));
                assert_eq!(replay.unknown_facts().count(), 0);
            } else {
                not_quoted(replay);
            }
        });
    }
    count
}

/// Nothing is said of PCRs that the quote does not cover.
fn not_quoted(replay: &Replay<'_>) {
    let unknown = |pcr| Some(Unknown::NotQuoted { pcr });
    assert_eq!(replay.images().unknown(), unknown(4));
    assert_eq!(replay.drivers().unknown(), unknown(2));
    assert_eq!(replay.command_lines().unknown(), unknown(8));
    assert_eq!(replay.sections().unknown(), unknown(11));
    assert_eq!(replay.mok_events().unknown(), unknown(14));
    assert_eq!(replay.exit_boot_services().unknown(), unknown(5));
    assert_eq!(replay.boot_attempts().unknown(), unknown(4));
    assert_eq!(replay.actions(5).unknown(), unknown(5));
    let names: Vec<_> = replay.unknown_facts().map(|(name, _)| name).collect();
    assert_eq!(names, ["images", "command_lines"]);
}

#[test]
fn our_machines_booted_as_another_program_says() {
    let count: usize = Machine::all(here()).iter().map(compare).sum();
    assert!(count > 200, "{count}");
}

#[test]
fn more_machines_booted_as_another_program_says() {
    if let Some(folder) = corpus::folder("boot") {
        let machines = Machine::all(folder);
        let count: usize = machines.iter().map(compare).sum();
        println!("{} machines, {count} facts", machines.len());
        assert!(machines.len() >= 17 && count > 1000, "{count}");
    }
}
