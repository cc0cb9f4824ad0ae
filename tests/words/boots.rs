//! Boots that the logs explain, and that the policy does not allow.

use tpm_quote::{
    Check,
    verify::error::{BootFact, BootList, BootPolicyProblem, BootProblem, SettingProblem, Unknown},
};

use crate::{
    byte, pcr,
    row::{Row, malformed, rejected, say},
};

pub fn rows() -> Vec<Row> {
    [facts(), unknown(), states(), lists(), floors(), settings()]
        .into_iter()
        .flatten()
        .collect()
}

#[test]
fn boots_say_what_is_wrong() {
    say(&rows());
}

fn boot(problem: BootProblem, name: &'static str, text: &str, help: &'static str) -> Row {
    rejected(Check::BootLog, problem, name, text, help)
}

const QUOTE: &str = "Quote the PCRs that the policy asks about, in a bank that firmware extends, and send the whole log.";

fn facts() -> Vec<Row> {
    let row = |fact, text: &str| {
        let reason = Unknown::NoLog;
        let problem = BootProblem::FactUnknown { fact, reason };
        let text = format!("{text} is not known: there is no firmware log");
        boot(problem, "fact-unknown", &text, QUOTE)
    };
    vec![
        row(BootFact::SecureBoot, "whether Secure Boot was on"),
        row(
            BootFact::MokValidation,
            "whether the validation of shim was disabled",
        ),
        row(
            BootFact::Actions,
            "whether firmware weakened its protection",
        ),
        row(BootFact::Authorities, "what let images run"),
        row(BootFact::Images, "which images were loaded"),
        row(
            BootFact::CommandLines,
            "which command lines kernels were given",
        ),
        row(BootFact::SbatLevel, "the SbatLevel of shim"),
        row(BootFact::Dbx, "what is in dbx"),
        row(BootFact::Events, "what a PCR was extended with"),
    ]
}

fn unknown() -> Vec<Row> {
    let (pcr, event) = (7, 12);
    let row = |reason: Unknown, name: &str, text: &str| {
        assert_eq!((reason.name(), reason.pcr()), (name, Some(7)));
        let fact = BootFact::Images;
        let problem = BootProblem::FactUnknown { fact, reason };
        let text = format!("which images were loaded is not known: {text}");
        boot(problem, "fact-unknown", &text, QUOTE)
    };
    assert_eq!(
        (Unknown::NoLog.name(), Unknown::NoLog.pcr()),
        ("no-log", None)
    );
    vec![
        row(
            Unknown::NotQuoted { pcr },
            "not-quoted",
            "the quote does not cover PCR 7",
        ),
        row(
            Unknown::UnexplainedPcr { pcr },
            "unexplained-pcr",
            "PCR 7 was extended with something that no log has",
        ),
        row(
            Unknown::BanksDisagree { pcr },
            "banks-disagree",
            "PCR 7 was extended in some of the quoted banks, not in all",
        ),
        row(
            Unknown::NotMeasured { pcr },
            "not-measured",
            "no event of PCR 7 is about it",
        ),
        row(
            Unknown::DataNotProven { pcr, event },
            "data-not-proven",
            "no digest covers the data of event 12 in PCR 7, which may be about it",
        ),
        row(
            Unknown::LabelNotProven { pcr, event },
            "label-not-proven",
            "the events around event 12 in PCR 7 do not confirm what the log says it is",
        ),
        row(
            Unknown::UserspaceEvent { pcr, event },
            "userspace-event",
            "entry 12 of the userspace log extends PCR 7 with something unknown",
        ),
        row(
            Unknown::Ambiguous { pcr, event },
            "ambiguous",
            "event 12 in PCR 7 is a second one about it",
        ),
        row(
            Unknown::AfterSeparator { pcr, event },
            "after-separator",
            "event 12 in PCR 7 stands after the separator, where anyone on the machine may measure",
        ),
        row(
            Unknown::NoSeparator { pcr },
            "no-separator",
            "PCR 7 has no separator, so that the firmware's events have no end",
        ),
        row(
            Unknown::ErrorSeparator { pcr, event },
            "error-separator",
            "event 12 in PCR 7 is the separator of a boot that went wrong",
        ),
        row(
            Unknown::WrongGuid { pcr, event },
            "wrong-guid",
            "the variable in event 12 of PCR 7 has the right name and another owner",
        ),
        row(
            Unknown::OddValue { pcr, event },
            "odd-value",
            "the value in event 12 of PCR 7 has no meaning",
        ),
    ]
}

fn states() -> Vec<Row> {
    const ON: &str = "Turn Secure Boot on in the firmware's settings and boot again.";
    vec![
        boot(
            BootProblem::SecureBootOff { never_set: false },
            "secure-boot-off",
            "Secure Boot was off",
            ON,
        ),
        boot(
            BootProblem::SecureBootOff { never_set: true },
            "secure-boot-off",
            "Secure Boot was off: it was never set up",
            ON,
        ),
        boot(
            BootProblem::MokValidationDisabled,
            "mok-validation-disabled",
            "the validation of shim was disabled (MokSBState)",
            "Run mokutil --enable-validation on the machine and boot again.",
        ),
        boot(
            BootProblem::DebugEvent { event: 12 },
            "debug-event",
            "firmware says in event 12 that its protection was weakened",
            "Turn debugging off and protection on in the firmware's settings and boot again.",
        ),
        boot(
            BootProblem::EventUnexplained { event: 12, pcr: 4 },
            "event-unexplained",
            "nothing is known of event 12 in PCR 4",
            "Look at the event (tpm-quote print), and leave its PCR out if you trust what it is.",
        ),
    ]
}

fn lists() -> Vec<Row> {
    const NOT: &str = "Add it to the policy if you trust it; else find out why the machine has it, and boot again.";
    const MISSING: &str = "Boot the machine with what the policy requires, and quote again.";
    let (event, pcr) = (12, pcr("sha256:4"));
    vec![
        boot(
            BootProblem::AuthorityNotAllowed {
                event,
                fingerprint: Some(byte(1)),
            },
            "authority-not-allowed",
            "event 12 in PCR 7 let an image run by the certificate 01, which is not allowed",
            NOT,
        ),
        boot(
            BootProblem::AuthorityNotAllowed {
                event,
                fingerprint: None,
            },
            "authority-not-allowed",
            "event 12 in PCR 7 let an image run by something that is not a certificate",
            NOT,
        ),
        boot(
            BootProblem::AuthorityMissing {
                fingerprint: byte(1),
            },
            "authority-missing",
            "the required certificate 01 let no image run",
            MISSING,
        ),
        boot(
            BootProblem::ImageNotAllowed {
                event,
                pcr,
                digest: byte(1),
            },
            "image-not-allowed",
            "the image 01 in event 12 (sha256:4) is not allowed",
            NOT,
        ),
        boot(
            BootProblem::ImageMissing { digest: byte(1) },
            "image-missing",
            "the required image 01 was not loaded",
            MISSING,
        ),
        boot(
            BootProblem::CommandLineNotAllowed {
                event,
                pcr,
                digest: byte(1),
            },
            "command-line-not-allowed",
            "the command line in event 12 (sha256:4, digest 01) is not allowed",
            NOT,
        ),
        boot(
            BootProblem::CommandLineMissing { place: 1 },
            "command-line-missing",
            "no kernel was given the required command line 1 of the policy",
            MISSING,
        ),
    ]
}

fn floors() -> Vec<Row> {
    const UPDATE: &str = "Update shim on the machine and boot again.";
    let sbat = |found| BootProblem::SbatTooOld {
        line: 2,
        expected: 4,
        found,
    };
    const OLDER: &str = "the SbatLevel of shim is older than line 2 of the policy asks for: expected at least 4, found ";
    vec![
        boot(sbat(Some(3)), "sbat-too-old", &format!("{OLDER}3"), UPDATE),
        boot(sbat(None), "sbat-too-old", &format!("{OLDER}none"), UPDATE),
        boot(
            BootProblem::DbxEntryMissing { entry: byte(1) },
            "dbx-entry-missing",
            "01 is not in dbx",
            "Update dbx on the machine (fwupdmgr) and boot again.",
        ),
    ]
}

fn settings() -> Vec<Row> {
    let row = |problem, name, text: &str, help| {
        malformed(SettingProblem::BootPolicy(problem), name, text, help)
    };
    let mut rows = vec![
        row(
            BootPolicyProblem::Empty,
            "boot-policy-empty",
            "the policy for boots asks for nothing",
            "Ask for something, such as Secure Boot, or give no policy.",
        ),
        row(
            BootPolicyProblem::Sbat { line: 2 },
            "boot-policy-sbat",
            "line 2 of the least SBAT versions is not a name and a number",
            "Write one component a line, its name and its least generation, as in shim,4.",
        ),
    ];
    for (list, name) in [
        (BootList::Authorities, "authorities"),
        (BootList::Images, "images"),
        (BootList::CommandLines, "command lines"),
        (BootList::Dbx, "entries of dbx"),
        (BootList::Pcrs, "PCRs"),
    ] {
        rows.push(row(
            BootPolicyProblem::NothingAllowed(list),
            "boot-policy-nothing-allowed",
            &format!("the policy for boots has an empty list of {name}"),
            "Name at least one, or leave the list out.",
        ));
        rows.push(row(
            BootPolicyProblem::RequiredNotAllowed(list),
            "boot-policy-required-not-allowed",
            &format!("the policy for boots requires {name} that it does not allow"),
            "Allow what is required and all else that may be there: anything can be added later to what was measured.",
        ));
    }
    rows
}
