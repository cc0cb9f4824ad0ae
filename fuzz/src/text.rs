//! Sets of PCRs as text.

use tpm_quote::{Pcr, PcrSet, Problem, verify::error::SettingProblem};

use crate::codec::explain;

/// There is one way to write a set, but for `all` and the case of the bank.
pub fn pcr_set(data: &[u8]) {
    let Ok(text) = core::str::from_utf8(data) else {
        return;
    };
    match PcrSet::parse(text) {
        Ok(set) => {
            let all = "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23";
            let written = text.to_ascii_lowercase().replace("all", all);
            assert_eq!(set.to_string(), written);
            assert!(set.iter().count() > 0, "an empty set: {text}");
            for pcr in set.iter() {
                let (bank, index) = (pcr.bank(), pcr.index());
                assert!(set.contains(bank, index) && set.contains_bank(bank));
                assert!(index < 24, "{text}");
                assert_eq!(pcr.to_string().parse::<Pcr>(), Ok(pcr));
            }
            assert_eq!(set.iter().collect::<PcrSet>(), set);
        }
        Err(error) => {
            explain(&error);
            let Problem::Setting(SettingProblem::PcrSet(problem)) = error.problem() else {
                panic!("{error}");
            };
            let position = problem.position();
            assert!(position <= text.len(), "{text}: {error}");
            assert!(text.is_char_boundary(position), "{text}: {error}");
        }
    }
}
