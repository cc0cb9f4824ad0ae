extern crate std;

use std::{format, string::ToString as _, vec::Vec};

use core::time::Duration;

use super::{TrustAnchor, TrustFile, TrustProfile};

const NAME: &str = "000b6d1ea6b5b3f6b7b1f0b1ff1f6c1d8f0a1b0a0d3c2e4f5061728394a5b6c7d8e9";

#[test]
fn lines_have_what_they_say() {
    let digest = "ab".repeat(48);
    let text = format!(
        "# comment\r\n\r\nweb-01\tak-name {NAME}\r\n  vm ak-ca \"my ca.pem\" profile=azure vm=\"a \\\"b\\\" \\c\"\n\
         g ak-ca ca.pem profile=google instance=18446744073709551615 project=acme ak-name={NAME}\n\
         g ak-ca ca.pem dangerous-sha1-certificates\n\
         h hardware-root amd.pem measurement={digest},{digest} tcb=4.0.24.219\n\
         \u{e4} certified-by ak.pub valid-after=20260101 valid-before=2027-01-01T00:00:00Z"
    );
    let lines: Vec<_> = TrustFile::parse(text.as_bytes()).unwrap().lines().collect();
    let places: Vec<_> = lines.iter().map(|l| (l.number, l.name)).collect();
    assert_eq!(
        places,
        [
            (3, "web-01"),
            (4, "vm"),
            (5, "g"),
            (6, "g"),
            (7, "h"),
            (8, "\u{e4}")
        ]
    );
    for line in &lines {
        let behind = text.get(line.offset..).unwrap();
        assert!(behind.starts_with(line.name));
    }
    let name = NAME.parse().unwrap();
    assert!(matches!(lines[0].anchor, TrustAnchor::AkName(n) if n == name));
    let TrustAnchor::AkCa {
        file,
        profile: TrustProfile::Azure { vm },
        ..
    } = lines[1].anchor
    else {
        panic!("{:?}", lines[1]);
    };
    assert_eq!(file.to_string(), "my ca.pem");
    assert_eq!(vm.unwrap().to_string(), "a \"b\" \\c");
    let TrustAnchor::AkCa {
        profile: TrustProfile::Google { project, instance },
        ak_name,
        allows_sha1: false,
        ..
    } = lines[2].anchor
    else {
        panic!("{:?}", lines[2]);
    };
    assert_eq!(
        (project.unwrap().to_string(), instance),
        ("acme".into(), Some(u64::MAX))
    );
    assert_eq!(ak_name, Some(name));
    assert!(matches!(
        lines[3].anchor,
        TrustAnchor::AkCa {
            profile: TrustProfile::Tcg,
            allows_sha1: true,
            ..
        }
    ));
    let TrustAnchor::HardwareRoot {
        measurements,
        id_keys,
        tcb,
        ..
    } = lines[4].anchor
    else {
        panic!("{:?}", lines[3]);
    };
    assert_eq!(measurements.iter().collect::<Vec<_>>(), [[0xab; 48]; 2]);
    assert!(id_keys.is_empty() && id_keys.iter().next().is_none());
    assert_eq!(tcb.unwrap().to_string(), "4.0.24.219");
    assert_eq!(lines[5].anchor.kind(), "certified-by");
    // By `date -u -d 2026-01-01 +%s` and the year after.
    let valid = (lines[5].valid_after, lines[5].valid_before);
    let seconds = |count| Some(Duration::from_secs(count));
    assert_eq!(valid, (seconds(1_767_225_600), seconds(1_798_761_600)));
}
