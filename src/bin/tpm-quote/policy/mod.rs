//! The policy: what evidence and its key have to be, by the options that all commands
//! share.

mod allow;
mod anchor;
mod boot;
mod carried;
mod clock;
mod file;
mod ima_state;
mod logs;
mod place;

use std::ffi::OsString;

use clap::Args;
use tpm_quote::{
    AkCertificate, Error, Nonce, QuotePolicy, ResponsePolicy, Verifier,
    report::VouchedBy,
    verify::{
        self, Ancestry, AnchorLine, AttestPolicy, Baseline, BaselineEntry, ClockPolicy,
        ClockReading, KeyRules, KeySummary,
    },
};

use self::{
    anchor::{Anchor, AnchorFiles, Vouchers},
    clock::Clock,
    place::Place,
};
pub(crate) use self::{
    carried::Carried,
    clock::is_verified,
    file::{Expanded, expanded},
    logs::{LogFiles, LogOptions},
    place::{Hierarchy, ancestry},
};
use crate::{
    baseline_file,
    hardware::Hardware,
    trust::Trust,
    trust_line::{Lines, Vouched},
};

/// What evidence and its key have to be.
#[derive(Args)]
pub(crate) struct Policy {
    #[command(flatten)]
    anchor: Anchor,

    #[command(flatten)]
    place: Place,

    #[command(flatten)]
    clock: Clock,

    /// Accept a key that signs with SHA-1, or whose Name is made with it, as some
    /// keys of Windows do: collisions can be made, and the report warns
    ///
    /// The PCRs of the SHA-1 bank are another matter: name them where PCRs are
    /// required.
    #[arg(long)]
    dangerous_sha1: bool,

    /// A JSON file that holds what the options say, and rules for a boot
    ///
    /// {"require_pcrs": "sha256:0,7", "boot": {"require_secure_boot": true}}: keys
    /// are the options with _ for -, and files are relative to it. docs/policy.md
    /// has all of them. What an option says too is an error.
    #[arg(long, value_name = "FILE")]
    policy: Option<OsString>,
}

/// Which values the PCRs have to have.
#[derive(Args)]
pub(crate) struct BaselineOption {
    /// PCR values that are known to be good
    ///
    /// A JSON file: {"sha256": {"0": "HEX", "7": ["HEX", "HEX"]}}. A list means
    /// any of them; PCRs that are not named are not compared. A PCR that is
    /// named and that the quote does not cover is a mismatch.
    #[arg(long, value_name = "FILE")]
    baseline: Option<OsString>,
}

impl Policy {
    /// Whether a certificate is to be judged by the clock of this machine.
    pub(crate) fn needs_a_time(&self) -> bool {
        self.anchor.needs_a_time()
    }

    /// Whether the options suffice where the evidence is in files: what certifies the key is
    /// then in files as well. `has_nonce` says whether a nonce was asked for.
    pub(crate) fn fit_files(&self, has_nonce: bool) -> Result<(), String> {
        self.anchor.fit_files(has_nonce)
    }

    /// Reads what the options name, and goes on with it.
    pub(crate) fn with<T>(
        &self,
        baseline: Option<&BaselineOption>,
        then: impl FnOnce(&Required<'_>) -> Result<T, String>,
    ) -> Result<T, String> {
        let entries = match baseline.and_then(|option| option.baseline.as_ref()) {
            Some(file) => baseline_file::read(file)?,
            None => Vec::new(),
        };
        let values: Vec<Vec<&[u8]>> = entries
            .iter()
            .map(|entry| entry.values.iter().map(Vec::as_slice).collect())
            .collect();
        let good: Vec<BaselineEntry<'_>> = entries
            .iter()
            .zip(&values)
            .map(|(entry, values)| BaselineEntry::new(entry.pcr, values))
            .collect();
        let baseline = (!good.is_empty()).then(|| Baseline::new(&good));
        let baseline = baseline.transpose().map_err(|error| error.to_string())?;

        let files = self.anchor.read()?;
        let intermediates = files.intermediates();
        let vouchers = files.vouchers(&intermediates)?;
        let lines = match (&files.trust, vouchers.lines()) {
            (Some(trust), Some(vouched)) => trust.lines(vouched, None),
            _ => Lines::default(),
        };
        let since = self.clock.since()?;
        then(&Required {
            policy: self,
            files: &files,
            vouchers: &vouchers,
            lines: &lines,
            ancestry: self.place.ancestry()?,
            since: since.as_ref(),
            baseline: baseline.as_ref(),
        })
    }
}

/// What is required: the options, and what is in the files that they name.
pub(crate) struct Required<'a> {
    policy: &'a Policy,
    files: &'a AnchorFiles,
    vouchers: &'a Vouchers<'a>,
    /// Those of the trust file.
    lines: &'a Lines<'a>,
    ancestry: Option<Ancestry>,
    since: Option<&'a ClockReading>,
    baseline: Option<&'a Baseline<'a>>,
}

impl<'a> Required<'a> {
    /// The verifier, with the key rules of the options.
    pub(crate) fn verifier(&self) -> Verifier<'static> {
        let mut rules = KeyRules::new();
        if self.policy.dangerous_sha1 {
            rules = rules.dangerous_allow_sha1_names();
        }
        Verifier::new().key_rules(rules)
    }

    /// What has to vouch for the key, in the answer to the request with this nonce.
    pub(crate) fn anchor(&self, nonce: Nonce) -> verify::Anchor<'a> {
        let anchor = self.policy.anchor.with_nonce(self.vouchers, nonce);
        match &self.files.trust {
            Some(_) => anchor.any_of(&self.lines.public, self.policy.anchor.certify_nonce(nonce)),
            None => anchor,
        }
    }

    /// The same with other lines of the trust file, to which the evidence has something to add.
    pub(crate) fn anchor_by<'x>(
        &'x self,
        nonce: Nonce,
        lines: &'x [AnchorLine<'x>],
    ) -> verify::Anchor<'x> {
        let anchor = self.policy.anchor.with_nonce(self.vouchers, nonce);
        anchor.any_of(lines, self.policy.anchor.certify_nonce(nonce))
    }

    /// The trust file, and what its lines have to vouch for a key.
    pub(crate) fn trust(&self) -> Option<(&'a Trust, &'a [Vouched<'a>])> {
        Some((self.files.trust.as_ref()?, self.vouchers.lines()?))
    }

    /// The lines of the trust file for a key of which only the numbers are known.
    pub(crate) fn plain_lines(&self, nonce: Nonce) -> Option<verify::Anchor<'a>> {
        self.files.trust.as_ref()?;
        Some(verify::Anchor::new().any_of(&self.lines.plain, nonce))
    }

    /// The certificate beside a trust file.
    pub(crate) fn beside_trust(&self) -> Option<&'a [u8]> {
        self.files.beside_trust()
    }

    /// Whether a line of the trust file is judged by the clock of this machine.
    pub(crate) fn has_dated_lines(&self) -> bool {
        let trust = self.files.trust.as_ref();
        !self.policy.anchor.has_a_time() && trust.is_some_and(Trust::is_dated)
    }

    /// The line of the trust file that vouches for the key, for the report.
    pub(crate) fn vouched_by(&self, key: Option<&KeySummary>) -> Option<VouchedBy<'a>> {
        self.files.trust.as_ref()?.vouched_by(key?)
    }

    /// An option that needs a key's public area does not go with one of which only the
    /// numbers are known.
    pub(crate) fn fit_plain_key(&self) -> Result<(), String> {
        let anchor = self.policy.anchor.of_public_area();
        let place = self.ancestry.map(|_| "--hierarchy");
        let clock = self.since.map(|_| "--since");
        match anchor.or(place).or(clock) {
            Some(option) => Err(format!(
                "{option} needs the public area of the key (TPM2B_PUBLIC, TPMT_PUBLIC): its numbers alone have no Name"
            )),
            None => Ok(()),
        }
    }

    /// The certificate of the key, or why it was refused, if one has to vouch for it.
    pub(crate) fn verified_certificate(&self) -> Option<&'a Result<AkCertificate<'a>, Error>> {
        self.vouchers.verified_certificate()
    }

    /// The processor that has to vouch for the key.
    pub(crate) fn hardware(&self) -> Option<&'a Hardware> {
        self.files.hardware.as_ref()
    }

    /// Nothing but Azure's evidence has what a processor says.
    pub(crate) fn fit_without_hardware(&self) -> Result<(), String> {
        match self.hardware() {
            Some(_) => Err(
                "--hardware-root is for the evidence of Azure's virtual TPM (check --evidence)"
                    .to_owned(),
            ),
            None => Ok(()),
        }
    }

    /// The certificate that vouches for the key, if it was verified.
    pub(crate) fn certificate(&self, key: Option<&KeySummary>) -> Option<&'a AkCertificate<'a>> {
        match self.trust() {
            Some((trust, vouched)) => trust.certificate(vouched, key?),
            None => self.vouchers.certificate(),
        }
    }

    /// The name of the file that an error is about, if it is one that vouches for the key.
    pub(crate) fn at_fault(&self, error: &Error) -> Option<&'a str> {
        self.files.at_fault(error)
    }

    /// A policy for a response, with all of this in it.
    pub(crate) fn of_response(&self, nonce: Nonce) -> ResponsePolicy<'a> {
        let mut policy = ResponsePolicy::with_nonce(nonce)
            .anchor(self.anchor(nonce))
            .clock(self.clock());
        if let Some(baseline) = self.baseline {
            policy = policy.baseline(baseline);
        }
        if let Some(ancestry) = self.ancestry {
            policy = policy.ancestry(ancestry);
        }
        if self.policy.anchor.require_anchor {
            policy = policy.require_anchored_key();
        }
        if self.policy.dangerous_sha1 {
            policy = policy.dangerous_allow_sha1_signatures();
        }
        policy
    }

    /// A policy for a quote, with all of this in it but the anchor of its key.
    pub(crate) fn of_quote(&self, mut policy: QuotePolicy<'a>) -> QuotePolicy<'a> {
        policy = policy.clock(self.clock());
        if let Some(baseline) = self.baseline {
            policy = policy.baseline(baseline);
        }
        if let Some(ancestry) = self.ancestry {
            policy = policy.ancestry(ancestry);
        }
        if self.policy.anchor.require_anchor {
            policy = policy.require_anchored_key();
        }
        if self.policy.dangerous_sha1 {
            policy = policy.dangerous_allow_sha1_signatures();
        }
        policy
    }

    /// A policy for another attestation, with all of this in it but the anchor of its key.
    pub(crate) fn of_attest(&self, nonce: Nonce) -> AttestPolicy<'a> {
        let mut policy = AttestPolicy::new(nonce).clock(self.clock());
        if let Some(ancestry) = self.ancestry {
            policy = policy.ancestry(ancestry);
        }
        if self.policy.anchor.require_anchor {
            policy = policy.require_anchored_key();
        }
        if self.policy.dangerous_sha1 {
            policy = policy.dangerous_allow_sha1_signatures();
        }
        policy
    }

    fn clock(&self) -> ClockPolicy<'a> {
        self.policy.clock.policy(self.since)
    }
}
