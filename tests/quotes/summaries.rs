//! What a quote says, kept; and the digest of PCR values alone.

use tpm_quote::{
    Error, KeyTrust, Pcr, PcrSet, PcrValue, TpmAlgId, VerifiedQuote,
    verify::{
        KeyRules, QuoteSummary,
        error::{KeyProblem, QuoteProblem},
        pcr_digest,
    },
};

use crate::{
    SHA256,
    common::{
        cases,
        quote::{Quote, pcr_values},
    },
};

/// Nothing of the evidence is needed for it any more.
fn kept(quote: Quote) -> Result<QuoteSummary, Error> {
    let policy = quote.policy();
    quote.verify_as(KeyRules::new(), &policy, |verified| verified.summary())
}

#[test]
fn summary_is_what_the_quote_says() {
    let mut count = 0;
    for case in cases() {
        let quote = Quote::of(&case);
        let policy = quote.policy();
        let compare = |verified: &VerifiedQuote<'_>| {
            let summary = verified.summary();
            assert_eq!(summary.key(), verified.key());
            assert_eq!(summary.nonce(), verified.nonce());
            assert_eq!(summary.clock_info(), verified.clock_info());
            assert_eq!(summary.firmware_version(), verified.firmware_version());
            assert_eq!(summary.selection(), verified.selection());
            assert_eq!(summary.pcr_digest(), verified.pcr_digest());
        };
        let Ok(()) = quote.verify_as(KeyRules::new(), &policy, compare) else {
            continue;
        };
        count += 1;
        // And what another program read in the same quote.
        let summary = kept(quote).unwrap();
        assert_eq!(summary.nonce(), case.bytes("nonce_hex"), "{}", case.name);
        assert_eq!(summary.pcr_digest(), case.bytes("pcr_digest_hex"));
        assert_eq!(summary.key().name().to_string(), case.text("ak_name_hex"));
        assert_eq!(summary.key().trust(), KeyTrust::SelfAsserted);
        let clock = &case.json["clock_info"];
        assert_eq!(Some(summary.clock_info().clock), clock["clock"].as_u64());
        let version = format!("{:016x}", summary.firmware_version());
        assert_eq!(version, case.text("firmware_version"));
        let selection = Quote::of(&case).selection;
        assert_eq!(summary.selection().to_string(), selection);
    }
    assert_eq!(count, 96);
}

#[test]
fn digest_of_the_values_is_the_one_that_the_tpm_signed() {
    let mut count = 0;
    for case in cases() {
        let quote = Quote::of(&case);
        let show = |verified: &VerifiedQuote<'_>| (verified.key_scheme(), *verified.selection());
        let verified = quote.verify_as(KeyRules::new(), &quote.policy(), show);
        let Ok((scheme, set)) = verified else {
            continue;
        };
        count += 1;
        let signed = case.bytes("pcr_digest_hex");
        let mut values = pcr_values(&quote.values);
        for _ in 0..2 {
            let digest = pcr_digest(scheme.hash, &set, &values).unwrap();
            assert_eq!(digest.as_ref(), signed, "{}", case.name);
            // The set has the order, whatever that of the values is.
            values.reverse();
        }
        // What the set does not have does not count.
        let absent = (0..24).find(|index| !set.contains(SHA256, *index));
        if let Some(index) = absent {
            let digest = &[0xff; 32];
            values.push(PcrValue {
                bank: SHA256,
                index,
                digest,
            });
            let digest = pcr_digest(scheme.hash, &set, &values).unwrap();
            assert_eq!(digest.as_ref(), signed, "{}", case.name);
        }
    }
    assert_eq!(count, 96);
}

#[test]
fn digest_of_values_that_are_not_those_of_the_set_is_refused() {
    let set: PcrSet = "sha256:0,7".parse().unwrap();
    let value = |index, digest| PcrValue {
        bank: SHA256,
        index,
        digest,
    };
    let bytes = [0; 33];
    for found in [0, 31, 33] {
        let values = [value(0, &bytes[..32]), value(7, &bytes[..found])];
        let expected = QuoteProblem::ValueLength {
            pcr: Pcr::new(SHA256, 7).unwrap(),
            expected: 32,
            found,
        };
        let digest = pcr_digest(SHA256, &set, &values);
        assert_eq!(digest.err(), Some(expected.into()));
        let missing = pcr_digest(SHA256, &set, &values[..1]).unwrap_err();
        assert!(missing.to_string().contains("sha256:7 has 0 bytes"));
    }
    for hash in [TpmAlgId::SM3_256, TpmAlgId::NULL, TpmAlgId(0x7777)] {
        let error = pcr_digest(hash, &set, &[]).err();
        assert_eq!(error, Some(KeyProblem::HashUnsupported(hash).into()));
    }
}
