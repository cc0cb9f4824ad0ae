//! The report for programs: one JSON object.

use core::fmt;

#[cfg(feature = "boot-log")]
use super::boot;
#[cfg(feature = "ima")]
use super::ima;
use super::{
    inspect,
    json::Json,
    place::Place,
    report::{Message, Report},
    subject::{Attested, Outcome},
};
#[cfg(feature = "certificate")]
use crate::verify::{AkCertificate, GoogleVm, Holder, VerifiedHardware};
use crate::{
    crypto::Name,
    types::TpmsClockInfo,
    verify::{BaselineComparison, Check, KeyLink, KeySummary, VerifiedQuote, bank_name},
};

impl Report<'_> {
    /// Writes the report as one JSON object on one line, without a line feed behind it.
    ///
    /// # Errors
    /// `out` fails.
    pub fn write_json_line<W: fmt::Write + ?Sized>(&self, out: &mut W) -> fmt::Result {
        self.write_object(&mut Json::new(out, true))
    }

    /// Writes the report as one JSON object on several lines, with a line feed behind it.
    ///
    /// # Errors
    /// `out` fails.
    pub fn write_json<W: fmt::Write + ?Sized>(&self, out: &mut W) -> fmt::Result {
        self.write_object(&mut Json::new(out, false))?;
        out.write_str("\n")
    }

    fn write_object<W: fmt::Write + ?Sized>(&self, json: &mut Json<'_, W>) -> fmt::Result {
        json.object(|json| {
            if let Some((number, payload_id)) = self.line {
                json.key("line")?;
                json.bare(number)?;
                json.key("payload_id")?;
                optional(json, payload_id, |json, id| json.string(id))?;
            }
            json.key("version")?;
            json.bare(1)?;
            json.key("source")?;
            json.string(self.source)?;
            json.key("verdict")?;
            json.word(self.verdict())?;
            let failure = match self.outcome {
                Outcome::Failed(error) => Some((error.check(), error.problem_name())),
                Outcome::Unread(..) => Some((Check::Input, "line-unreadable")),
                _ => None,
            };
            json.key("check")?;
            optional(json, failure, |json, (check, _)| json.word(check.name()))?;
            json.key("problem")?;
            optional(json, failure, |json, (_, problem)| json.word(problem))?;
            json.key("message")?;
            json.string(Message(self))?;
            json.key("help")?;
            optional(json, self.help_text(), |json, help| json.string(help))?;
            json.key("place")?;
            optional(json, self.failed_at(), write_place)?;
            json.key("field")?;
            optional(json, self.failed_field(), |json, field| json.string(field))?;
            json.key("notes")?;
            write_texts(json, self.failure_notes().iter())?;
            json.key("key")?;
            optional(json, self.findings.key.as_ref(), |json, key| {
                self.write_key(json, key)
            })?;
            json.key("quote")?;
            match self.outcome {
                Outcome::Quote(quote) => write_quote(json, quote)?,
                _ => json.null()?,
            }
            json.key("baseline")?;
            optional(json, self.findings.baseline.as_ref(), write_baseline)?;
            json.key("boot")?;
            #[cfg(feature = "boot-log")]
            optional(json, self.boot_logs(), boot::write_json)?;
            #[cfg(not(feature = "boot-log"))]
            json.null()?;
            json.key("ima")?;
            #[cfg(feature = "ima")]
            optional(json, self.judged_ima(), ima::write_json)?;
            #[cfg(not(feature = "ima"))]
            json.null()?;
            // A response has no other attestation.
            if !self.is_response {
                json.key("attest")?;
                match &self.outcome {
                    Outcome::Attest(attested) => write_attested(json, attested)?,
                    _ => json.null()?,
                }
            }
            json.key("checks")?;
            json.list(|json| {
                for (check, state) in self.checks() {
                    json.element()?;
                    json.object(|json| {
                        json.key("name")?;
                        json.word(check.name())?;
                        json.key("state")?;
                        json.word(state.name())
                    })?;
                }
                Ok(())
            })?;
            json.key("warnings")?;
            write_texts(json, self.warnings())
        })
    }

    fn write_key<W: fmt::Write + ?Sized>(
        &self,
        json: &mut Json<'_, W>,
        key: &KeySummary,
    ) -> fmt::Result {
        json.object(|json| {
            write_name(json, key.name())?;
            json.key("algorithm")?;
            json.string(key.algorithm())?;
            json.key("scheme")?;
            json.string(key.scheme())?;
            json.key("trust")?;
            json.word(key.trust().name())?;
            if key.links().nth(1).is_some() {
                json.key("links")?;
                json.list(|json| {
                    for link in key.links() {
                        json.element()?;
                        write_link(json, &link)?;
                    }
                    Ok(())
                })?;
            }
            if let Some(by) = self.vouching_line() {
                json.key("vouched_by")?;
                json.object(|json| {
                    json.key("file")?;
                    json.string(by.file)?;
                    json.key("line")?;
                    json.bare(by.line)?;
                    json.key("name")?;
                    json.string(by.name)
                })?;
            }
            #[cfg(feature = "certificate")]
            if let Some(certificate) = self.vouching_certificate() {
                json.key("certificate")?;
                write_certificate(json, certificate)?;
            }
            #[cfg(feature = "certificate")]
            if let Some(hardware) = self.vouching_hardware() {
                json.key("hardware")?;
                write_hardware(json, hardware)?;
            }
            Ok(())
        })
    }
}

/// One of the keys that vouch for one another.
fn write_link<W: fmt::Write + ?Sized>(json: &mut Json<'_, W>, link: &KeyLink) -> fmt::Result {
    json.object(|json| {
        write_name(json, link.name())?;
        json.key("algorithm")?;
        json.string(link.algorithm())?;
        json.key("scheme")?;
        optional(json, link.scheme(), |json, scheme| json.string(scheme))?;
        json.key("trust")?;
        json.word(link.trust().name())
    })
}

/// The Name of a key, which is `null` if only its numbers are known.
fn write_name<W: fmt::Write + ?Sized>(json: &mut Json<'_, W>, name: &Name) -> fmt::Result {
    json.key("name")?;
    let name = Some(name.as_ref()).filter(|name| !name.is_empty());
    optional(json, name, |json, name| json.hex(name))
}

/// `null` if there is nothing.
fn optional<T, W: fmt::Write + ?Sized>(
    json: &mut Json<'_, W>,
    value: Option<T>,
    write: impl FnOnce(&mut Json<'_, W>, T) -> fmt::Result,
) -> fmt::Result {
    match value {
        Some(value) => write(json, value),
        None => json.null(),
    }
}

fn write_texts<W: fmt::Write + ?Sized>(
    json: &mut Json<'_, W>,
    texts: impl Iterator<Item = impl fmt::Display>,
) -> fmt::Result {
    json.list(|json| {
        for text in texts {
            json.element()?;
            json.string(text)?;
        }
        Ok(())
    })
}

fn write_place<W: fmt::Write + ?Sized>(json: &mut Json<'_, W>, place: Place<'_>) -> fmt::Result {
    json.object(|json| {
        json.key("source")?;
        json.string(place.source)?;
        json.key("line")?;
        optional(json, place.line, |json, line| json.bare(line))?;
        json.key("column")?;
        optional(json, place.column, |json, column| json.bare(column))?;
        json.key("offset")?;
        optional(json, place.offset, |json, offset| json.bare(offset))
    })
}

/// What the processor says of its guest.
#[cfg(feature = "certificate")]
fn write_hardware<W: fmt::Write + ?Sized>(
    json: &mut Json<'_, W>,
    hardware: &VerifiedHardware<'_>,
) -> fmt::Result {
    json.object(|json| {
        json.key("processor")?;
        json.word("sev-snp")?;
        json.key("measurement")?;
        json.hex(hardware.measurement())?;
        json.key("id_key")?;
        json.hex(hardware.id_key())?;
        json.key("chip")?;
        json.hex(hardware.chip())?;
        json.key("tcb")?;
        json.string(hardware.tcb())
    })
}

#[cfg(feature = "certificate")]
fn write_certificate<W: fmt::Write + ?Sized>(
    json: &mut Json<'_, W>,
    certificate: &AkCertificate<'_>,
) -> fmt::Result {
    let holder = certificate.holder();
    let tpm = match holder {
        Holder::Tpm(identity) => Some(identity),
        _ => None,
    };
    json.object(|json| {
        json.key("profile")?;
        json.word(certificate.profile().name())?;
        json.key("issuer")?;
        json.string(certificate.issuer())?;
        json.key("vouches_for")?;
        json.word(match holder {
            Holder::Tpm(_) => "some TPM of this maker",
            Holder::AzureVm(_) | Holder::GoogleVm(_) => "this VM",
            _ => "nothing that is named",
        })?;
        json.key("manufacturer")?;
        optional(json, tpm, |json, tpm| json.string(tpm.manufacturer))?;
        json.key("maker")?;
        let maker = tpm.and_then(|tpm| tpm.maker());
        optional(json, maker, |json, maker| json.string(maker))?;
        json.key("model")?;
        optional(json, tpm, |json, tpm| json.string(tpm.model))?;
        json.key("version")?;
        optional(json, tpm, |json, tpm| json.string(tpm.version))?;
        match holder {
            Holder::AzureVm(name) => {
                json.key("vm")?;
                json.string(name)
            }
            Holder::GoogleVm(vm) => {
                json.key("instance")?;
                write_instance(json, vm)
            }
            _ => Ok(()),
        }
    })
}

/// A VM of Google Cloud.
#[cfg(feature = "certificate")]
fn write_instance<W: fmt::Write + ?Sized>(
    json: &mut Json<'_, W>,
    vm: &GoogleVm<'_>,
) -> fmt::Result {
    json.object(|json| {
        json.key("zone")?;
        json.string(vm.zone)?;
        json.key("project_number")?;
        json.string(vm.project_number)?;
        json.key("project")?;
        json.string(vm.project)?;
        json.key("instance_id")?;
        json.string(vm.instance_id)?;
        json.key("instance_name")?;
        json.string(vm.instance_name)?;
        json.key("is_production")?;
        optional(json, vm.is_production, |json, is_so| json.bare(is_so))
    })
}

fn write_quote<W: fmt::Write + ?Sized>(
    json: &mut Json<'_, W>,
    quote: &VerifiedQuote<'_>,
) -> fmt::Result {
    json.object(|json| {
        json.key("nonce")?;
        json.hex(quote.nonce())?;
        json.key("pcrs")?;
        json.object(|json| {
            let mut last = None;
            for bank in quote.pcrs().map(|pcr| pcr.bank) {
                if last.replace(bank) == Some(bank) {
                    continue;
                }
                match bank_name(bank) {
                    Some(name) => json.key(name)?,
                    None => json.key_of(bank)?,
                }
                json.object(|json| {
                    for pcr in quote.pcrs().filter(|pcr| pcr.bank == bank) {
                        json.key_of(pcr.index)?;
                        json.hex(pcr.digest)?;
                    }
                    Ok(())
                })?;
            }
            Ok(())
        })?;
        json.key("pcr_digest")?;
        json.hex(quote.pcr_digest())?;
        json.key("clock")?;
        write_clock(json, quote.clock_info())?;
        json.key("firmware_version")?;
        json.hex(&quote.firmware_version().to_be_bytes())?;
        write_obfuscated(json, quote.is_obfuscated())
    })
}

fn write_clock<W: fmt::Write + ?Sized>(
    json: &mut Json<'_, W>,
    clock: &TpmsClockInfo,
) -> fmt::Result {
    json.object(|json| {
        json.key("clock")?;
        json.string(clock.clock)?;
        json.key("reset_count")?;
        json.bare(clock.reset_count)?;
        json.key("restart_count")?;
        json.bare(clock.restart_count)?;
        json.key("safe")?;
        json.bare(clock.safe)
    })
}

/// Whether counters and firmware version are those of the TPM.
fn write_obfuscated<W: fmt::Write + ?Sized>(
    json: &mut Json<'_, W>,
    obfuscated: Option<bool>,
) -> fmt::Result {
    json.key("obfuscated")?;
    optional(json, obfuscated, |json, obfuscated| json.bare(obfuscated))
}

fn write_baseline<W: fmt::Write + ?Sized>(
    json: &mut Json<'_, W>,
    baseline: &BaselineComparison<'_>,
) -> fmt::Result {
    json.object(|json| {
        json.key("matched")?;
        json.bare(baseline.matched())?;
        json.key("mismatched")?;
        json.list(|json| {
            for mismatch in baseline.mismatches() {
                json.element()?;
                json.object(|json| {
                    let bank = mismatch.pcr.bank();
                    json.key("bank")?;
                    match bank_name(bank) {
                        Some(name) => json.word(name)?,
                        None => json.string(bank)?,
                    }
                    json.key("index")?;
                    json.bare(mismatch.pcr.index())?;
                    json.key("expected")?;
                    json.list(|json| {
                        for good in mismatch.expected {
                            json.element()?;
                            json.hex(good)?;
                        }
                        Ok(())
                    })?;
                    json.key("actual")?;
                    optional(json, mismatch.actual, |json, value| json.hex(value))
                })?;
            }
            Ok(())
        })
    })
}

fn write_attested<W: fmt::Write + ?Sized>(
    json: &mut Json<'_, W>,
    attested: &Attested<'_>,
) -> fmt::Result {
    json.object(|json| {
        json.key("type")?;
        json.string(attested.tag)?;
        json.key("nonce")?;
        json.hex(attested.nonce)?;
        json.key("qualified_signer")?;
        json.hex(attested.qualified_signer)?;
        json.key("hierarchy")?;
        optional(json, attested.hierarchy, |json, handle| json.string(handle))?;
        json.key("clock")?;
        write_clock(json, attested.clock)?;
        json.key("firmware_version")?;
        json.hex(&attested.firmware_version.to_be_bytes())?;
        write_obfuscated(json, attested.obfuscated)?;
        json.key("attested")?;
        inspect::write_report(attested.facts, json)
    })
}
