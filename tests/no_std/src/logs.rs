//! Boot logs.

use core::hint::black_box;

use tpm_quote::{TpmAlgId, log::EventLog};

use crate::{Input, Text, show_error};

#[unsafe(no_mangle)]
pub extern "C" fn event_log(input: &Input) {
    let mut text = Text::new(input.out());
    for log in [
        EventLog::parse(input.bytes()),
        EventLog::parse_padded(input.part(1)),
    ] {
        let log = match black_box(log) {
            Ok(log) => log,
            Err(error) => {
                show_error(&mut text, &error);
                continue;
            }
        };
        black_box((log.format(), log.tail_bytes(), log.tail_byte()));
        for bank in log.banks() {
            text.show(&bank);
        }
        for event in log.events() {
            text.show(&event.event_type());
            black_box((
                event.number(),
                event.offset(),
                event.pcr(),
                event.pcr_index(),
            ));
            black_box((event.data(), event.digest(TpmAlgId(input.number as u16))));
            for digest in event.digests().iter() {
                black_box(digest);
            }
        }
    }
}
