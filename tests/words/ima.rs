//! IMA lists that cannot be read, or are not those of a quote.

use tpm_quote::{
    Check, Error,
    log::{ImaList, ImaState},
    verify::error::{
        ImaEntryProblem, ImaLabel, ImaProblem, ImaStateProblem, ImaUnsupported, Unknown,
    },
};

use crate::{
    UNKNOWN, byte, pcr,
    row::{Row, malformed, rejected, say, unsupported},
};

pub fn rows() -> Vec<Row> {
    [
        wholes(),
        entries(),
        others(),
        replays(),
        judged(),
        allow_lists(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[test]
fn lists_say_what_is_wrong() {
    say(&rows());
}

fn parse(list: &[u8]) -> Error {
    ImaList::parse(list).unwrap_err()
}

/// An entry of `ima-ng` in a binary list.
fn entry() -> Vec<u8> {
    let mut entry = vec![10, 0, 0, 0];
    entry.extend([1; 20]);
    entry.extend([6, 0, 0, 0]);
    entry.extend(b"ima-ng");
    entry.extend([40, 0, 0, 0]);
    entry.extend([26, 0, 0, 0]);
    entry.extend(b"sha1:\0");
    entry.extend([2; 20]);
    entry.extend([6, 0, 0, 0]);
    entry.extend(b"/init\0");
    entry
}

fn wholes() -> Vec<Row> {
    let header = |size: u8, count: u8| {
        let mut header = vec![1, 0, 0, 0, 0, 0, 0, 0, size];
        header.extend([0; 7]);
        header.push(count);
        header.extend([0; 7]);
        [header, entry()].concat()
    };
    const HEADER: &str = "The list has another length or another number of entries than its header says: it was cut or changed.";
    assert!(ImaList::binary(&header(102, 1)).is_ok());
    vec![
        malformed(
            parse(&[]),
            "ima-empty",
            "IMA list at byte 0: the list has no entries",
            "Read the list to its end: its file has a size of 0 on Linux, whatever it holds.",
        ),
        malformed(
            ImaState::from_bytes(b"tpmqima").unwrap_err(),
            "ima-state-form",
            "the bytes are no state of a list, or were changed",
            "Give the file that an earlier run wrote, whole, or verify the whole list without it.",
        ),
        malformed(
            parse(&[entry(), entry()[..50].to_vec()].concat()),
            "ima-truncated",
            "IMA list at byte 78: the list ends within entry 1",
            "The list was cut when it was read or sent, or it is not an IMA list.",
        ),
        malformed(
            parse(&header(103, 1)),
            "ima-header",
            "IMA list at byte 8: the header of kexec does not fit the list that follows it",
            HEADER,
        ),
        malformed(
            parse(&header(102, 2)),
            "ima-header",
            "IMA list at byte 0: the header of kexec does not fit the list that follows it",
            HEADER,
        ),
    ]
}

fn entries() -> Vec<Row> {
    let row = |problem, text| {
        malformed(
            ImaProblem::Entry { entry: 7, problem },
            "ima-entry",
            text,
            "The list was changed on its way, or is not an IMA list, or has a name with a line break, which only the binary list can hold.",
        )
    };
    vec![
        row(
            ImaEntryProblem::PcrIndex(24),
            "entry 7 extends PCR 24, expected 0 to 23",
        ),
        row(
            ImaEntryProblem::TemplateName,
            "entry 7 has no name of a template",
        ),
        row(
            ImaEntryProblem::TooLong(65537),
            "entry 7 has 65537 bytes of data, more than 65536",
        ),
        row(
            ImaEntryProblem::FieldCount,
            "entry 7 has other fields than its template",
        ),
        row(
            ImaEntryProblem::Field("d-ng"),
            "entry 7 has a field d-ng that does not have its form",
        ),
        row(
            ImaEntryProblem::Line,
            "entry 7 is a line that does not begin as one of an IMA list",
        ),
        row(
            ImaEntryProblem::DigestForm,
            "entry 7 has a template digest in another form than in lower-case hexadecimal and as long as in the first entry",
        ),
    ]
}

fn others() -> Vec<Row> {
    let row = |problem, text| {
        unsupported(
            Check::Ima,
            ImaProblem::Unsupported(problem),
            "ima-unsupported",
            text,
            "Lists are read with the templates of Linux and with formats made of their fields, and replayed in PCRs from 8 on that only IMA and the firmware extend.",
        )
    };
    vec![
        row(
            ImaUnsupported::Template { entry: 7 },
            "entry 7 has a template that is not known",
        ),
        row(
            ImaUnsupported::Bank(UNKNOWN),
            "the quote covers bank 0x1234, in which lists cannot be replayed",
        ),
        row(
            ImaUnsupported::Userspace(pcr("sha256:11")),
            "the IMA list and the userspace log both extend sha256:11, and their order is not known",
        ),
        row(
            ImaUnsupported::Firmware(pcr("sha256:7")),
            "the IMA list extends sha256:7, which is a PCR of the firmware",
        ),
        row(
            ImaUnsupported::PcrCount,
            "the list extends too many PCRs that the quote covers",
        ),
        row(
            ImaUnsupported::RequiredCount,
            "more than 128 digests are required of a list that comes in pieces",
        ),
    ]
}

fn replays() -> Vec<Row> {
    const OTHER: &str = "Read the list after the quote was made, from the same boot, and whole: after kexec, also the list of the kernel before; with a state, only the entries that follow it.";
    let mismatch = |entries| ImaProblem::Mismatch {
        pcr: pcr("sha256:10"),
        entries,
        quoted: byte(2),
    };
    let row = |problem, text| rejected(Check::Ima, problem, "ima-mismatch", text, OTHER);
    vec![
        rejected(
            Check::Ima,
            ImaProblem::Digest { entry: 7 },
            "ima-digest",
            "entry 7 has another template digest than that of its data",
            "The entry was changed after the kernel wrote it.",
        ),
        rejected(
            Check::Ima,
            ImaProblem::NotQuoted { index: 10 },
            "ima-not-quoted",
            "the quote does not cover PCR 10, which IMA extends",
            "Ask for a quote that covers PCR 10: only a quoted PCR proves what IMA measured.",
        ),
        rejected(
            Check::Ima,
            ImaProblem::NothingMeasured {
                pcr: pcr("sha256:10"),
            },
            "ima-nothing-measured",
            "nothing was measured: sha256:10 in the quote has its first value",
            "IMA is off, has no policy, or found no TPM when it started (the driver must be built into the kernel): its list proves nothing.",
        ),
        row(
            mismatch(0),
            "no entry of the list brings sha256:10 to its value in the quote, 02; none extends it",
        ),
        row(
            mismatch(1),
            "no entry of the list brings sha256:10 to its value in the quote, 02; 1 extends it",
        ),
        row(
            mismatch(57),
            "no entry of the list brings sha256:10 to its value in the quote, 02; 57 extend it",
        ),
        rejected(
            Check::Ima,
            ImaProblem::Apart {
                first: pcr("sha256:10"),
                other: pcr("sha384:10"),
            },
            "ima-apart",
            "sha384:10 does not have its value in the quote after the entry that brings sha256:10 to its own",
            "The banks were extended with different lists: something besides IMA extended the PCR.",
        ),
    ]
}

fn judged() -> Vec<Row> {
    let not_allowed = |count, name: &[u8], text| {
        rejected(
            Check::Ima,
            ImaProblem::NotAllowed {
                entry: 7,
                count,
                digest: byte(2),
                name: ImaLabel::new(name),
            },
            "ima-not-allowed",
            text,
            "A file was measured that no allow list has: add its digest if it is good, or find out who brought it onto the machine.",
        )
    };
    let violation = |count, text| {
        rejected(
            Check::Ima,
            ImaProblem::Violation { entry: 7, count },
            "ima-violation",
            text,
            "A file was written while it was read or run, so that nobody knows what it was: let IMA's policy leave out logs and the like.",
        )
    };
    let long = [&[b'a'; 70][..], b"/sh"].concat();
    vec![
        not_allowed(
            1,
            b"/bin/sh",
            "entry 7 is not allowed, /bin/sh with the digest 02",
        ),
        not_allowed(
            2,
            b"/a\\\n\xff\x7f b",
            r"2 entries are not allowed; the first is entry 7, /a\\\x0a\xff\x7f b with the digest 02",
        ),
        not_allowed(
            1,
            &long,
            "entry 7 is not allowed, ...aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/sh with the digest 02",
        ),
        violation(1, "entry 7 is a violation: nothing of it is protected"),
        violation(
            3,
            "3 entries are violations: nothing of entry 7 is protected",
        ),
        rejected(
            Check::Ima,
            ImaProblem::Required { digest: byte(2) },
            "ima-required",
            "no file with the required digest 02 was measured before an entry that is not allowed",
            "The program was not run since the machine started, or is another version; what is measured after a file that is not allowed does not count.",
        ),
        rejected(
            Check::Ima,
            ImaProblem::PolicyMissing {
                policy: ImaLabel::new(b"tcb"),
            },
            "ima-policy-missing",
            "a command line of the kernel does not have ima_policy=tcb, or no command line was measured",
            "Start the kernel with this policy (ima_policy= on its command line): without it IMA may have left out what ran.",
        ),
        rejected(
            Check::Ima,
            ImaProblem::PolicyUnknown {
                policy: ImaLabel::new(b"tcb"),
                reason: Unknown::NotQuoted { pcr: 8 },
            },
            "ima-policy-unknown",
            "whether the kernel was started with ima_policy=tcb is not known: the quote does not cover PCR 8",
            "The kernel's command line tells: give the firmware's event log, and a quote that covers the PCRs of the command line (8, 9, 11 and 12).",
        ),
        rejected(
            Check::Ima,
            ImaProblem::State(ImaStateProblem::Key),
            "ima-state-key",
            "the state is of another key than the quote",
            "The state is of another machine, or this one has a new key: verify the whole list without it.",
        ),
        rejected(
            Check::Ima,
            ImaProblem::State(ImaStateProblem::Boot),
            "ima-state-boot",
            "the TPM was reset after the quote of the state",
            "A list begins anew with each start: verify the whole list of this one without the state.",
        ),
        rejected(
            Check::Ima,
            ImaProblem::State(ImaStateProblem::Policy),
            "ima-state-policy",
            "the state was not accepted by the same policy",
            "What the state stands for is not looked at again: verify the whole list by this policy, of which only the allowed digests may change.",
        ),
        rejected(
            Check::Ima,
            ImaProblem::State(ImaStateProblem::Pcrs {
                pcr: pcr("sha256:10"),
            }),
            "ima-state-pcrs",
            "the quote and the state do not both have sha256:10, which the list extends",
            "Ask for a quote of the same PCRs and banks as before, or verify the whole list without the state.",
        ),
    ]
}

fn allow_lists() -> Vec<Row> {
    const JSON: &str =
        "An allow list in JSON is {\"ima_allow\": [..]} or a runtime policy of keylime.";
    let read = |text: &str| {
        let result = tpm_quote::evidence::read_ima_allow_list(text.as_bytes(), |_| ());
        result.unwrap_err()
    };
    vec![
        malformed(
            read("# x\n"),
            "ima-allow-empty",
            "IMA allow list at byte 0: the list has no digests",
            "An allow list with nothing in it allows nothing: give the digests of your files.",
        ),
        malformed(
            read("# x\n/bin/sh\n"),
            "ima-allow-line",
            "IMA allow list at byte 4: line 2 is not a digest and a name",
            "Write the list with sha256sum, or as lines of sha256:DIGEST and a name.",
        ),
        malformed(
            read(r#"{"ima_allow": ["x"]}"#),
            "ima-allow-digest",
            "IMA allow list at byte 15: the text is not a digest",
            "Write digests as sha256:DIGEST, in hexadecimal.",
        ),
        malformed(
            read(r#"{"x": []}"#),
            "ima-allow-member",
            "IMA allow list at byte 1: the member is unknown",
            JSON,
        ),
        malformed(
            read(r#"{"excludes": ["x"]}"#),
            "ima-allow-excludes",
            "IMA allow list at byte 13: excludes leaves files out, which is not supported",
            "Take it out, and allow the files by their digests: whoever runs on the machine chooses names.",
        ),
        malformed(
            read(r#"{"ima_allow": {}}"#),
            "json-expected",
            "IMA allow list: at byte 14: expected an array",
            JSON,
        ),
    ]
}
