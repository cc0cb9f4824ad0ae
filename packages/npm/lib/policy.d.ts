/** The types of a policy file. */

/** Which hierarchy of the TPM an object stands in. */
export type Hierarchy = 'owner' | 'endorsement' | 'platform' | 'null';
/** What a response has to have: with `maximum`, a quote. */
export type Tier = 'standard' | 'high' | 'maximum';
/** What may have been extended behind a log, without an entry of it. */
export type Suffix = 'os-separator' | 'exit-boot-services';

/**
 * A policy file, by the command's names: docs/policy.md. An unknown key is an error, and so is one
 * that stands for an option that is given as well. The keys of the command that name files are not
 * here: give what is in the file as the option of that name.
 */
export interface Policy {
  /** What a response has to have; `maximum` without it. For responses alone. */
  readonly tier?: Tier;
  /** The PCRs that the quote has to cover at least, as `sha256:0,7`. */
  readonly require_pcrs?: string;
  /** Names of keys that are trusted, in hexadecimal: the key has to have one of them. */
  readonly ak_name?: readonly string[];
  /** The nonce of the certification in hexadecimal, if it is not that of the request. */
  readonly certify_nonce?: string;
  /** When certificates have to be in force, as `2030-01-01T00:00:00Z` or in seconds since 1970. */
  readonly at?: string;
  /** What the certificate is required to be: `tcg`, `azure`, `google` or `dangerous-any-purpose`. */
  readonly profile?: 'tcg' | 'azure' | 'google' | 'dangerous-any-purpose';
  /** The project of the VM, with the profile `google`. */
  readonly google_project?: string;
  /** The number of the VM in decimal digits, with the profile `google`. */
  readonly google_instance?: string;
  /** The id of the VM, with the profile `azure`. */
  readonly azure_vm?: string;
  /** Launch measurements of which the guest has to have one: 48 bytes each, in hexadecimal. */
  readonly hardware_measurement?: readonly string[];
  /** Digests of keys of which one has to have signed what was launched: 48 bytes each, in hexadecimal. */
  readonly hardware_id_key?: readonly string[];
  /** The oldest firmware of the processor that is accepted, as `4.0.24.219`. */
  readonly hardware_tcb?: string;
  /** The machine that has to have answered: only its lines of `trust` count. */
  readonly machine?: string;
  /** Refuses a key that nothing vouches for. */
  readonly require_anchor?: boolean;
  /** The hierarchy that the key has to stand in. */
  readonly hierarchy?: Hierarchy;
  /** Refuses a clock that may have shown a later time before. */
  readonly require_safe_clock?: boolean;
  /** Accepts that the TPM was reset since the earlier evidence. */
  readonly allow_reboots?: boolean;
  /** The lowest firmware version: the 16 hexadecimal digits of a report. */
  readonly min_firmware?: string;
  /** Accepts signatures and Names by SHA-1, of which collisions can be made. */
  readonly dangerous_sha1?: boolean;
  /** Accepts certificates that are signed with SHA-1, of which collisions can be made. */
  readonly dangerous_sha1_certificates?: boolean;
  /** What may have been extended without a log of it. */
  readonly allow_suffix?: readonly Suffix[];
  /** Accepts an event log with padding behind it. */
  readonly allow_padding?: boolean;
  /** Digests of files that may be run and read, as `sha256:HEX`. */
  readonly ima_allow?: readonly string[];
  /** Digests of files that have to have been measured, as `sha256:HEX`. */
  readonly ima_require?: readonly string[];
  /** Policies that IMA has to have been started with, as `tcb`. */
  readonly ima_require_policy?: readonly string[];
  /** Accepts entries that are violations, of which nothing is known. */
  readonly dangerous_ima_violations?: boolean;
  /** Rules for the boot that `bootLog` shows. */
  readonly boot?: BootRules;
}

/** Rules for a boot, which are judged by the facts that the quoted PCRs prove. */
export interface BootRules {
  /** Requires that Secure Boot was on. By PCR 7. */
  readonly require_secure_boot?: boolean;
  /** Requires that shim was not told to skip its checks. By PCR 7. */
  readonly require_mok_validation?: boolean;
  /** Refuses debugging, missing protection from DMA, and downgrades. By PCR 7. */
  readonly refuse_weakened?: boolean;
  /** SHA-256 fingerprints of certificates that may have vouched for what was started. By PCR 7. */
  readonly allow_authorities?: readonly string[];
  /** Those that have to be there. They have to be allowed, too. */
  readonly require_authorities?: readonly string[];
  /** Authenticode digests of images that may be started, as `sha256:HEX`. By PCR 4. */
  readonly allow_images?: readonly string[];
  /** Those that have to be there. They have to be allowed, too. */
  readonly require_images?: readonly string[];
  /** Command lines that are allowed, as text or as digests, `sha256:HEX`. By PCRs 8, 9, 11 and 12. */
  readonly allow_command_lines?: readonly string[];
  /** Those that have to be there. They have to be allowed, too. */
  readonly require_command_lines?: readonly string[];
  /** Components and the lowest generations that are accepted, as `shim,4`. By PCR 7. */
  readonly sbat_at_least?: readonly string[];
  /** Digests of images, or fingerprints, that have to be in `dbx`. By PCR 7. */
  readonly dbx_has?: readonly string[];
  /** PCRs of which it has to be known of each event what it is: numbers from 0 to 23. */
  readonly explained_pcrs?: readonly number[];
}
