//! Keys in the claims of Azure's host compatibility layer, bound to the processor.

use crate::{
    types::TpmAlgId,
    verify::{
        appraisal::{Appraisal, Findings},
        attestation_key::{AttestationKey, KeyTrust, SigningScheme},
        error::{Check, CheckSet, Error, HardwareProblem},
        hardware::{HclReport, VerifiedHardware},
        verifier::Verifier,
    },
};

impl<'a> AttestationKey<'a> {
    /// Judges the key in the claims of Azure's host compatibility layer: the report of the
    /// processor, which was verified, has to have the digest of the claims.
    ///
    /// The claims have the key's numbers and nothing else: its attributes are unknown, and it
    /// has no Name. That it is a restricted key of the virtual TPM is a matter of the firmware
    /// that the policy of the hardware names. Its signatures are RSASSA with SHA-256.
    ///
    /// # Errors
    /// The key fails one of the checks `key-strength` and `key-scheme`; or `key-anchor`: the
    /// report of the processor is not the one in the report of the layer.
    pub fn bound_to_hardware(
        report: &HclReport<'a>,
        hardware: &VerifiedHardware<'_>,
    ) -> Result<Self, Error> {
        Verifier::new().bound_to_hardware(report, hardware)
    }
}

impl Verifier<'_> {
    /// Judges the key in the claims of Azure's host compatibility layer: see
    /// [`AttestationKey::bound_to_hardware`].
    ///
    /// # Errors
    /// Same errors as [`AttestationKey::bound_to_hardware`].
    pub fn bound_to_hardware<'a>(
        &self,
        report: &HclReport<'a>,
        hardware: &VerifiedHardware<'_>,
    ) -> Result<AttestationKey<'a>, Error> {
        self.appraise_hardware_key(report, Ok(hardware))
            .into_result()
    }

    /// Judges the key in the claims, and returns the state of each check: see
    /// [`AttestationKey::bound_to_hardware`]. With an error, the processor's report was
    /// refused: the check `key-anchor` fails with it, after the checks of the key itself.
    pub fn appraise_hardware_key<'a, 'f>(
        &self,
        report: &HclReport<'a>,
        hardware: Result<&VerifiedHardware<'_>, Error>,
    ) -> Appraisal<'f, AttestationKey<'a>> {
        let mut findings = Findings::new();
        findings.asked.remove(Check::KeyAttributes);
        findings.asked.insert(Check::KeyAnchor);
        let scheme = SigningScheme::rsassa(TpmAlgId::SHA256);
        let mut passed = CheckSet::NONE;
        let mut judge = || -> Result<_, Error> {
            let judged = report
                .key()
                .judge_as_attestation_key(scheme, self, &mut passed)?;
            findings.key = Some(*judged.summary());
            if !report.is_bound_to(hardware?.report_data()) {
                return Err(HardwareProblem::Claims.into());
            }
            let vouched = judged.anchored(KeyTrust::BoundToHardware, None);
            findings.key = Some(*vouched.summary());
            passed.insert(Check::KeyAnchor);
            Ok(vouched)
        };
        let result = judge();
        findings.passed = passed;
        Appraisal::new(findings, result)
    }
}
