//! [`EventType`]: what a log says that was measured.

use core::fmt;

/// The type of an event (TCG PC Client Platform Firmware Profile, 10.4.1).
///
/// No digest covers it: it is the log's word, even in a log that a quote explains. Any value
/// can be kept; [`name`](Self::name) knows those of the profile.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[doc(alias = "TCG_EVENTTYPE")]
pub struct EventType(pub u32);

/// The names in the profile.
const NAMES: &[(EventType, &str)] = &[
    (EventType(0x0000_0000), "EV_PREBOOT_CERT"),
    (EventType::POST_CODE, "EV_POST_CODE"),
    (EventType(0x0000_0002), "EV_UNUSED"),
    (EventType::NO_ACTION, "EV_NO_ACTION"),
    (EventType::SEPARATOR, "EV_SEPARATOR"),
    (EventType::ACTION, "EV_ACTION"),
    (EventType::EVENT_TAG, "EV_EVENT_TAG"),
    (EventType::S_CRTM_CONTENTS, "EV_S_CRTM_CONTENTS"),
    (EventType::S_CRTM_VERSION, "EV_S_CRTM_VERSION"),
    (EventType(0x0000_0009), "EV_CPU_MICROCODE"),
    (EventType(0x0000_000a), "EV_PLATFORM_CONFIG_FLAGS"),
    (EventType(0x0000_000b), "EV_TABLE_OF_DEVICES"),
    (EventType::COMPACT_HASH, "EV_COMPACT_HASH"),
    (EventType::IPL, "EV_IPL"),
    (EventType(0x0000_000e), "EV_IPL_PARTITION_DATA"),
    (EventType(0x0000_000f), "EV_NONHOST_CODE"),
    (EventType(0x0000_0010), "EV_NONHOST_CONFIG"),
    (EventType(0x0000_0011), "EV_NONHOST_INFO"),
    (EventType(0x0000_0012), "EV_OMIT_BOOT_DEVICE_EVENTS"),
    (EventType(0x0000_0013), "EV_POST_CODE2"),
    (
        EventType::EFI_VARIABLE_DRIVER_CONFIG,
        "EV_EFI_VARIABLE_DRIVER_CONFIG",
    ),
    (EventType::EFI_VARIABLE_BOOT, "EV_EFI_VARIABLE_BOOT"),
    (
        EventType::EFI_BOOT_SERVICES_APPLICATION,
        "EV_EFI_BOOT_SERVICES_APPLICATION",
    ),
    (
        EventType::EFI_BOOT_SERVICES_DRIVER,
        "EV_EFI_BOOT_SERVICES_DRIVER",
    ),
    (
        EventType::EFI_RUNTIME_SERVICES_DRIVER,
        "EV_EFI_RUNTIME_SERVICES_DRIVER",
    ),
    (EventType::EFI_GPT_EVENT, "EV_EFI_GPT_EVENT"),
    (EventType::EFI_ACTION, "EV_EFI_ACTION"),
    (
        EventType::EFI_PLATFORM_FIRMWARE_BLOB,
        "EV_EFI_PLATFORM_FIRMWARE_BLOB",
    ),
    (EventType::EFI_HANDOFF_TABLES, "EV_EFI_HANDOFF_TABLES"),
    (
        EventType::EFI_PLATFORM_FIRMWARE_BLOB2,
        "EV_EFI_PLATFORM_FIRMWARE_BLOB2",
    ),
    (EventType::EFI_HANDOFF_TABLES2, "EV_EFI_HANDOFF_TABLES2"),
    (EventType::EFI_VARIABLE_BOOT2, "EV_EFI_VARIABLE_BOOT2"),
    (EventType(0x8000_000d), "EV_EFI_GPT_EVENT2"),
    (EventType::EFI_HCRTM_EVENT, "EV_EFI_HCRTM_EVENT"),
    (
        EventType::EFI_VARIABLE_AUTHORITY,
        "EV_EFI_VARIABLE_AUTHORITY",
    ),
    (EventType(0x8000_00e1), "EV_EFI_SPDM_FIRMWARE_BLOB"),
    (EventType(0x8000_00e2), "EV_EFI_SPDM_FIRMWARE_CONFIG"),
    (EventType(0x8000_00e3), "EV_EFI_SPDM_DEVICE_POLICY"),
    (EventType(0x8000_00e4), "EV_EFI_SPDM_DEVICE_AUTHORITY"),
];

impl EventType {
    /// Contents of the firmware, or their name.
    pub const POST_CODE: Self = Self(0x0000_0001);
    /// Information that is not extended into any PCR.
    pub const NO_ACTION: Self = Self(0x0000_0003);
    /// The end of the firmware's own measurements in a PCR.
    pub const SEPARATOR: Self = Self(0x0000_0004);
    /// Something that was done, as text.
    pub const ACTION: Self = Self(0x0000_0005);
    /// A tagged event.
    pub const EVENT_TAG: Self = Self(0x0000_0006);
    /// Contents of the S-CRTM.
    pub const S_CRTM_CONTENTS: Self = Self(0x0000_0007);
    /// Version of the S-CRTM.
    pub const S_CRTM_VERSION: Self = Self(0x0000_0008);
    /// Something short.
    pub const COMPACT_HASH: Self = Self(0x0000_000c);
    /// What a boot loader measured.
    pub const IPL: Self = Self(0x0000_000d);
    /// A variable that configures a driver, such as `SecureBoot`.
    pub const EFI_VARIABLE_DRIVER_CONFIG: Self = Self(0x8000_0001);
    /// A variable of the boot manager.
    pub const EFI_VARIABLE_BOOT: Self = Self(0x8000_0002);
    /// An application, such as a boot loader.
    pub const EFI_BOOT_SERVICES_APPLICATION: Self = Self(0x8000_0003);
    /// A driver for the time of booting.
    pub const EFI_BOOT_SERVICES_DRIVER: Self = Self(0x8000_0004);
    /// A driver for the time after booting.
    pub const EFI_RUNTIME_SERVICES_DRIVER: Self = Self(0x8000_0005);
    /// A partition table.
    pub const EFI_GPT_EVENT: Self = Self(0x8000_0006);
    /// Something that the firmware did, as text.
    pub const EFI_ACTION: Self = Self(0x8000_0007);
    /// A part of the firmware.
    pub const EFI_PLATFORM_FIRMWARE_BLOB: Self = Self(0x8000_0008);
    /// Tables for the operating system.
    pub const EFI_HANDOFF_TABLES: Self = Self(0x8000_0009);
    /// A part of the firmware, with a description.
    pub const EFI_PLATFORM_FIRMWARE_BLOB2: Self = Self(0x8000_000a);
    /// Tables for the operating system, with a description.
    pub const EFI_HANDOFF_TABLES2: Self = Self(0x8000_000b);
    /// A variable of the boot manager, as a whole.
    pub const EFI_VARIABLE_BOOT2: Self = Self(0x8000_000c);
    /// A measurement by hardware, before any software ran.
    pub const EFI_HCRTM_EVENT: Self = Self(0x8000_0010);
    /// A certificate or digest that let an image run.
    pub const EFI_VARIABLE_AUTHORITY: Self = Self(0x8000_00e0);

    /// Returns the name in the profile, such as `EV_SEPARATOR`, if it has one.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        NAMES
            .iter()
            .find_map(|&(known, name)| (known == self).then_some(name))
    }
}

/// Writes the name, or the value in hexadecimal.
impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "0x{:08x}", self.0),
        }
    }
}

impl fmt::Debug for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
