//! What was found, as JSON and as text.

use core::hint::black_box;

use tpm_quote::{
    TpmsAttest, Unmarshal,
    report::{Place, Report, write_json},
};

use crate::{Input, Text, responses::appraised};

#[unsafe(no_mangle)]
pub extern "C" fn reports(input: &Input) {
    let mut text = Text::new(input.out());
    appraised(input, |appraisal| {
        show(&mut text, Report::new(appraisal), input);
    });
    show(
        &mut text,
        Report::unread(input.text(), black_box("help")),
        input,
    );
    if let Ok(attest) = TpmsAttest::from_bytes(black_box(input.part(1))) {
        black_box(write_json(&attest, &mut text)).ok();
    }
}

fn show<'r>(text: &mut Text<'_>, mut report: Report<'r>, input: &'r Input) {
    if black_box(false) {
        report = report
            .source(input.text())
            .form(black_box(Some("form")))
            .help(black_box(Some("help")))
            .place(black_box(Some(
                Place::new(input.text())
                    .position(black_box(Some((1, 2))))
                    .offset(black_box(Some(3))),
            )))
            .field(black_box(Some("field")))
            .notes(black_box(&["note"]))
            .verbose(black_box(true))
            .line(black_box(1), black_box(Some("id")));
    }
    text.show(&report.verdict());
    black_box(report.write_json(text)).ok();
    black_box(report.write_json_line(text)).ok();
    black_box(report.write_text(text)).ok();
}
