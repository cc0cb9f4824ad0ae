/** Verifies TPM 2.0 quotes offline. */

/** Bytes: of a structure as a TPM has it, or of text. A `Buffer` is one. */
export type Binary = Uint8Array | ArrayBuffer | DataView;
/** Bytes, or their hexadecimal. */
export type Hex = string | Binary;
/** The response as it came, or what `JSON.parse` made of it. */
export type Content = string | Binary | { readonly [key: string]: unknown };
/** PCR values by bank and index; of an array, any is good. */
export interface PcrValues {
  readonly [bank: string]: { readonly [index: string | number]: Hex | readonly Hex[] };
}
/** A set of PCRs, as in `sha256:0,7,10` or `{ sha256: [0, 7, 10] }`. */
export type PcrSet = string | { readonly [bank: string]: readonly (number | string)[] };
export type Hierarchy = 'owner' | 'endorsement' | 'platform' | 'null';
export type Tier = 'standard' | 'high' | 'maximum';
export type Kind = 'certify' | 'creation' | 'nv' | 'time' | 'audit';
/** The report of the command `tpm-quote`: see docs/report.md. */
export type ReportObject = { readonly [key: string]: any };

/** What the request was: one of the two, from your own records. */
export type Request =
  | { payloadId: string; nonce?: never }
  | { nonce: Hex; payloadId?: never };

/** An attestation without a nonce, of which nothing shows when it was made. */
export type NoRequest = { dangerousNoNonce: true; payloadId?: never; nonce?: never };

/** What any attestation has to fulfil. */
export interface AttestOptions {
  /** Names of keys that are trusted: the key has to have one of them. */
  akNames?: Hex | readonly Hex[];
  /** The public area of a trusted key that has to certify the key. */
  certifiedBy?: Binary;
  certifyAttest?: Binary;
  certifySignature?: Binary;
  certifyCreation?: Binary;
  certifyNonce?: Hex;
  /** A certificate of the key, in DER or PEM, with those between it and a root behind it. */
  akCert?: string | Binary;
  /** The roots that are trusted, in DER or PEM. */
  ca?: string | Binary | readonly (string | Binary)[];
  /** When the certificates have to be in force, a date or seconds since 1970; now without it. */
  at?: Date | number;
  /** What the certificate is required to be: `tcg` without it. */
  profile?: 'tcg' | 'azure' | 'google' | 'dangerous-any-purpose';
  googleProject?: string;
  googleInstance?: bigint | number;
  azureVm?: string;
  /** A trust file (docs/trust-file.md): whose keys are trusted, a line for each machine or authority. */
  trust?: string | Binary;
  /** What is in the files that its lines name, by their names there. */
  trustFiles?: { readonly [name: string]: string | Binary };
  /** The machine that has to have answered: only its lines of the trust file count. */
  machine?: string;
  /** Refuses a key that nothing vouches for. */
  requireAnchor?: boolean;
  hierarchy?: Hierarchy;
  parents?: readonly Binary[];
  requireSafeClock?: boolean;
  /** Earlier evidence of the same key, or the report on it. */
  since?: Quote | Attest | ReportObject | string;
  allowReboots?: boolean;
  /** A number, or the 16 hexadecimal digits of a report. */
  minimumFirmware?: bigint | string;
  dangerousAllowSha1Signatures?: boolean;
  dangerousAllowSha1Names?: boolean;
  /** Accepts certificates that are signed with SHA-1, of which collisions can be made. */
  dangerousAllowSha1Certificates?: boolean;
  /**
   * A policy file of the command, as an object or as JSON: what these options say, and rules for
   * a boot. See docs/policy.md. It cannot name files.
   */
  policy?: Policy | string | Binary;
}

/** A policy file, by the command's names: docs/policy.md. An unknown key is an error. */
export interface Policy {
  readonly tier?: Tier;
  readonly require_pcrs?: string;
  readonly ak_name?: readonly string[];
  readonly certify_nonce?: string;
  readonly at?: string;
  readonly profile?: string;
  readonly google_project?: string;
  readonly google_instance?: string;
  readonly azure_vm?: string;
  readonly require_anchor?: boolean;
  readonly hierarchy?: Hierarchy;
  readonly require_safe_clock?: boolean;
  readonly allow_reboots?: boolean;
  readonly min_firmware?: string;
  readonly dangerous_sha1?: boolean;
  readonly dangerous_sha1_certificates?: boolean;
  readonly allow_suffix?: readonly Suffix[];
  readonly allow_padding?: boolean;
  /** Digests, as `sha256:HEX`. */
  readonly ima_allow?: readonly string[];
  readonly ima_require?: readonly string[];
  readonly ima_require_policy?: readonly string[];
  readonly dangerous_ima_violations?: boolean;
  readonly boot?: BootRules;
}

/** Rules for a boot, which are judged by the facts that the quoted PCRs prove. */
export interface BootRules {
  readonly require_secure_boot?: boolean;
  readonly require_mok_validation?: boolean;
  readonly refuse_weakened?: boolean;
  readonly allow_authorities?: readonly string[];
  readonly require_authorities?: readonly string[];
  readonly allow_images?: readonly string[];
  readonly require_images?: readonly string[];
  readonly allow_command_lines?: readonly string[];
  readonly require_command_lines?: readonly string[];
  readonly sbat_at_least?: readonly string[];
  readonly dbx_has?: readonly string[];
  readonly explained_pcrs?: readonly number[];
}

/** What a quote has to fulfil. */
export interface QuoteOptions extends AttestOptions {
  /** The PCRs that the quote has to cover at least. */
  requirePcrs?: PcrSet;
  /** Known-good values, as an object or as JSON. */
  baseline?: PcrValues | string | Binary;
}

/** The logs of the machine's boot: the quoted PCRs have to be what their events come to. */
export interface LogOptions {
  /** The firmware's event log, or `response`: the one that the response carries. */
  bootLog?: Binary | 'response';
  /** systemd's log of what it extended later. */
  userspaceLog?: string | Binary;
  /** What may have been extended without a log of it. */
  allowSuffix?: Suffix | readonly Suffix[];
  /** Accepts an event log with padding behind it. */
  allowPadding?: boolean;
  /** The list of Linux IMA, binary or ASCII, read after the quote was made; or `response`. */
  imaList?: string | Binary;
  /** Files that may be run and read: allow lists, or digests as `sha256:HEX`. */
  imaAllow?: string | Binary | readonly (string | Binary)[];
  /** Keys that sign files, certificates or public keys: what they signed may be run and read as well. */
  imaKey?: string | Binary | readonly (string | Binary)[];
  /** Digests of files that have to have been measured. */
  imaRequire?: string | readonly string[];
  /** Policies that IMA has to have been started with, as `tcb`; `bootLog` proves the command line. */
  imaRequirePolicy?: string | readonly string[];
  /** Accepts entries that are violations, of which nothing is known. */
  dangerousImaViolations?: boolean;
  /** Lists all entries that the quote proves, as `imaEntries` of the quote or of the error. */
  imaEntries?: boolean;
  /** What an earlier quote kept as its `imaState`: the list has only what follows. */
  imaState?: Binary;
  /** Keeps how far the list was proven and accepted, as `imaState` of the quote. */
  imaKeepState?: boolean;
}
/** An entry of a list of IMA, as the command's `--ima-entries` writes it. */
export interface ImaEntry {
  readonly entry: number;
  readonly pcr: number;
  readonly template: string | null;
  readonly digest: string | null;
  readonly name: string | null;
  /** What `imaAllow` says of it; `null` without it. */
  readonly verdict: string | null;
}
/** What the logs of the machine explain of the quoted PCRs: `boot` in docs/report.md. */
export interface Boot {
  readonly secure_boot: 'on' | 'off' | 'never-set' | null;
  readonly mok_validation: 'disabled' | 'not-disabled' | null;
  readonly images: readonly { readonly digest: string; readonly algorithm: string; readonly side: Side }[] | null;
  readonly command_lines: readonly {
    readonly text: string | null;
    readonly proven_by: 'grub' | 'systemd-boot' | 'uki' | 'efi-stub';
  }[] | null;
  readonly authorities: readonly {
    readonly name: string;
    readonly guid: string;
    readonly certificate_sha256: string | null;
    readonly sbat: string | null;
    readonly side: Side;
  }[] | null;
  readonly unexplained_pcrs: readonly PcrPlace[];
  readonly unexplained_events: readonly { readonly pcr: number; readonly event: number }[];
  readonly unknown: readonly { readonly fact: string; readonly reason: string; readonly message: string }[];
  readonly explained_pcrs: readonly PcrPlace[];
  readonly never_extended_pcrs: readonly PcrPlace[];
  readonly suffixes: readonly { readonly name: string; readonly pcrs: readonly PcrPlace[] }[];
  readonly startup_locality: number | null;
  readonly tail_bytes: number;
}
export type Side = 'before-separator' | 'after-separator';
export interface PcrPlace {
  readonly bank: string;
  readonly index: number;
}
/** What the quote proves of the list of IMA: `ima` in docs/report.md. */
export interface Ima {
  readonly entries: number;
  readonly proven: number;
  readonly tail_entries: number;
  readonly violations: number;
  /** `null` without `imaAllow` and `imaKey`. */
  readonly unknown: number | null;
  /** With `imaKey` only, as the next two. */
  readonly signed?: number;
  readonly signers?: readonly { readonly fingerprint: string; readonly entries: number }[];
  readonly signatures_not_judged?: number;
  readonly unprotected: number;
  readonly strength: { readonly [bank: string]: 'own' | 'padded-sha1' };
  readonly boot_aggregate: 'ok' | 'differs' | 'not-quoted';
  readonly first_unknown: readonly {
    readonly entry: number;
    readonly name: string;
    readonly digest: string | null;
    readonly signature?: 'none' | 'invalid' | 'unknown-key' | 'other-digest' | 'not-judged';
  }[];
}

/** The same of many responses, of which each has to carry its own. */
export interface CarriedLogs
  extends Omit<LogOptions, 'bootLog' | 'userspaceLog' | 'imaList' | 'imaState' | 'imaKeepState'> {
  bootLog?: 'response';
  imaList?: 'response';
}
export type Suffix = 'os-separator' | 'exit-boot-services';

/** What a response has to fulfil. */
export interface ResponseOptions extends QuoteOptions {
  /** With `standard` and `high`, a response without a quote is `Unavailable`. */
  tier?: Tier;
}

/** The form of a signature, and its scheme and hash where neither it nor its key names them. */
export interface SignatureTerms {
  /** A `TPMT_SIGNATURE`, or its numbers alone; told by the bytes without it. */
  signatureForm?: 'tpmt' | 'plain';
  /** The scheme of a plain RSA signature: `rsassa` without it. */
  scheme?: 'rsassa' | 'rsapss';
  /** The hash of a plain signature: `sha256` without it. */
  hashAlgorithm?: string;
}

/** A quote in its parts. */
export interface QuoteParts extends SignatureTerms {
  /** A `TPM2B_PUBLIC` or `TPMT_PUBLIC`, or a key by its numbers alone: DER, PEM, JSON Web Key. */
  key: string | Binary;
  /** A `TPM2B_ATTEST` or `TPMS_ATTEST`. */
  attest: Binary;
  /** A `TPMT_SIGNATURE`, or its numbers alone. */
  signature: Binary;
  /** The values of exactly the PCRs that the quote covers, or a PCR file of tpm2-tools. */
  pcrs: PcrValues | string | Binary;
}

/** Parts without the key, which is the one in the certificate. */
export type ByCertificate<Parts> = Omit<Parts, 'key'> & { key?: never; akCert: string | Binary };

/** A quote in the evidence of another project. */
export interface ProjectEvidence {
  /** The JSON of go-attestation, confidential-containers or Azure's virtual TPM. */
  evidence: Content;
  /** The key that has to have signed: nothing in the evidence vouches for its key. */
  key?: string | Binary;
  /** AMD's certificates ASK and ARK: the processor has to vouch for the key in Azure's evidence. */
  hardwareRoot?: string | Binary;
  /** The launch measurement of the firmware in the VM, or several: 48 bytes. */
  hardwareMeasurement?: Hex | readonly Hex[];
  /** The digest of the key that signed that firmware, or several: 48 bytes. */
  hardwareIdKey?: Hex | readonly Hex[];
  /** The oldest firmware of the processor that is accepted, as `4.0.24.219`. */
  hardwareTcb?: string;
}

/** An attestation of another kind in its parts, and what has to have been attested. */
export interface AttestParts extends SignatureTerms {
  key: string | Binary;
  attest: Binary;
  signature: Binary;
  object?: Binary;
  objectHierarchy?: Hierarchy;
  objectParents?: readonly Binary[];
  /** Attributes that the object must have, by their names, as `fixedTPM`. */
  objectHas?: string | readonly string[];
  /** Attributes that the object must not have. */
  objectLacks?: string | readonly string[];
  /** Requires RSA of 2048 bits or more, or ECC on P-256, P-384 or P-521. */
  objectStrongKey?: boolean;
  /** Accepts an attestation that does not name its signer, as some of WebAuthn. */
  allowEmptySigner?: boolean;
  creationData?: Binary;
  outsideInfo?: Hex;
  nvPublic?: Binary;
  /** The Name of the index, where its public area is not at hand. */
  nvName?: Hex;
  contents?: Binary;
  offset?: number;
  auditDigest?: Hex;
  auditCommands?: readonly number[];
  exclusive?: boolean;
}

/** The key that signed, as it was judged. */
export interface Key {
  /** Its Name, in hexadecimal; `null` of a key that was given by its numbers alone, as in PEM or JWK. */
  readonly name: string | null;
  /** Type and size, as in `rsa-2048` or `ecc-p256`. */
  readonly algorithm: string;
  /** Signature scheme and hash, as in `rsassa-sha256`. */
  readonly scheme: string;
  /** What vouches for the key: `self-asserted` (nothing does), `pinned`, `certified`, `created`, `certificate`, `certificate-key`, `bound-to-hardware`. */
  readonly trust: string;
  /** Whether something outside the message vouches for the key. */
  readonly isAnchored: boolean;
  /** The line of the trust file that vouches for it; `null` without a trust file. */
  readonly vouchedBy: { readonly file: string; readonly line: number; readonly name: string } | null;
}

/** The TPM's clock and counters. */
export interface Clock {
  /** Milliseconds that the TPM has been powered. */
  readonly clock: bigint;
  readonly resetCount: number;
  readonly restartCount: number;
  /** Whether the clock has never shown a later time. */
  readonly safe: boolean;
}

declare abstract class Result {
  protected constructor();
  /** The report of the command `tpm-quote`, as a new object: see docs/report.md. */
  report(): ReportObject;
  toJSON(): ReportObject;
}

/** A verified quote: the holder of `key` signed the nonce and exactly these PCR values. */
export class Quote extends Result {
  private constructor();
  readonly verdict: 'verified' | 'verified-self-asserted';
  readonly key: Key;
  readonly nonce: Uint8Array;
  /** The PCRs that the signature covers, as in `sha256:0,7,10`. */
  readonly selection: string;
  /** Their values: a copy each time. */
  readonly pcrs: { [bank: string]: { [index: string]: Uint8Array } };
  /** The value of a PCR; `undefined` if the signature does not cover it. A bank or an index that does not exist is a `RangeError`. */
  pcr(bank: string, index: number): Uint8Array | undefined;
  readonly pcrDigest: Uint8Array;
  readonly clock: Clock;
  readonly firmwareVersion: bigint;
  /** What the logs of the machine explain of the quote, as `boot` in the report. */
  readonly boot: Boot | null;
  /** What the quote proves of the list of IMA, as `ima` in the report. */
  readonly ima: Ima | null;
  /** The entries of that list that the quote proves: a new array each time; `null` unless `imaEntries` asks for them. */
  readonly imaEntries: ImaEntry[] | null;
  /** How far that list was proven and accepted, for `imaState` with a later quote: a copy; `null` unless `imaKeepState` or `imaState` asks for it. */
  readonly imaState: Uint8Array | null;
  /** How many entries of the baseline were compared: all of them matched. */
  readonly baselineMatched: number;
  /** What the quote does not show although it was accepted, in sentences. */
  readonly warnings: readonly string[];
}

/** A verified attestation of another kind than a quote. */
export class Attest extends Result {
  private constructor();
  readonly verdict: 'verified' | 'verified-self-asserted';
  /** The specification's name of the kind, as in `TPM_ST_ATTEST_CERTIFY`. */
  readonly type: string;
  readonly key: Key;
  readonly nonce: Uint8Array;
  readonly qualifiedSigner: Uint8Array;
  readonly hierarchy: string | null;
  readonly clock: Clock;
  readonly firmwareVersion: bigint;
  /** What was attested, by the names of the specification in snake_case: a new object each time. */
  readonly attested: any;
  readonly warnings: readonly string[];
}

/** A response without a quote, where the tier allows that: nothing is known of the machine. */
export class Unavailable extends Result {
  private constructor();
  readonly verdict: 'unavailable';
}

/** What became of one response of many. */
export class Report extends Result {
  private constructor();
  /** `null` if a nonce was given instead. */
  readonly payloadId: string | null;
  readonly verdict:
    | 'verified' | 'verified-self-asserted' | 'unavailable'
    | 'rejected' | 'unsupported' | 'malformed';
  readonly check: string | null;
  readonly problem: string | null;
  /** Returns the verified quote, or throws `VerifyError`. */
  verified(): Quote;
}

/** Evidence was not accepted: a check failed, could not be done, or something cannot be read. */
export class VerifyError extends Error {
  protected constructor();
  /** The check that failed, by its stable name. */
  readonly check: string;
  /** The stable name of what is wrong. */
  readonly problem: string;
  /** One sentence: what to do. */
  readonly help: string;
  /** What was expected, where there is that: bytes in hexadecimal, sets of PCRs as text. */
  readonly expected: string | null;
  /** What came instead. */
  readonly found: string | null;
  /** What is odd about the arguments, which the message ends with: the name of a file, base64, swapped structures. */
  readonly note?: string;
  /** The entries of the list of IMA that the quote proves all the same; `null` unless `imaEntries` asks for them. */
  readonly imaEntries: ImaEntry[] | null;
  report(): ReportObject;
  toJSON(): ReportObject;
}
/** The evidence was read, and a check failed. */
export class Rejected extends VerifyError {
  private constructor();
}
/** The evidence uses something that this version does not support: it may be good or bad. */
export class Unsupported extends VerifyError {
  private constructor();
}
/** The evidence, or a setting of the caller's own, cannot be read. */
export class Malformed extends VerifyError {
  private constructor();
}

/**
 * What the module is loaded from: a `WebAssembly.Module` or its bytes; in browsers also an
 * address, or what `fetch` gives.
 */
export type Source = string | object;

/** Loads the module. The functions that return promises do this by themselves. */
export function init(source?: Source): Promise<void>;
/** The same at once, from a module or its bytes; in Node, Deno and Bun also without. */
export function initSync(source?: object): void;

/** Verifies the quote in the response of an inference server, and returns it, or throws `VerifyError`. */
export function verifyResponse(
  response: Content,
  options: Request & ResponseOptions & LogOptions & { tier?: 'maximum'; policy?: never },
): Promise<Quote>;
export function verifyResponse(
  response: Content,
  options: Request & ResponseOptions & LogOptions,
): Promise<Quote | Unavailable>;
export function verifyResponseSync(
  response: Content,
  options: Request & ResponseOptions & LogOptions & { tier?: 'maximum'; policy?: never },
): Quote;
export function verifyResponseSync(
  response: Content,
  options: Request & ResponseOptions & LogOptions,
): Quote | Unavailable;

/** Verifies a quote whose key, signature and PCR values are given apart. */
export function verifyQuote(options: Request & (QuoteParts | ByCertificate<QuoteParts> | ProjectEvidence) & QuoteOptions & LogOptions): Promise<Quote>;
export function verifyQuoteSync(options: Request & (QuoteParts | ByCertificate<QuoteParts> | ProjectEvidence) & QuoteOptions & LogOptions): Quote;

/** Verifies an attestation of another kind than a quote. */
export function verifyAttest(
  kind: Kind,
  options: (Request | NoRequest) & (AttestParts | ByCertificate<AttestParts>) & AttestOptions,
): Promise<Attest>;
export function verifyAttestSync(
  kind: Kind,
  options: (Request | NoRequest) & (AttestParts | ByCertificate<AttestParts>) & AttestOptions,
): Attest;

/**
 * Verifies responses as they are asked for: pairs of a payload id, or of a nonce as bytes, and a
 * response.
 */
export function verifyMany(
  responses:
    | Iterable<readonly [string | Binary, Content]>
    | AsyncIterable<readonly [string | Binary, Content]>,
  options?: ResponseOptions & CarriedLogs,
): AsyncGenerator<Report, void, undefined>;
export function verifyManySync(
  responses: Iterable<readonly [string | Binary, Content]>,
  options?: ResponseOptions & CarriedLogs,
): Generator<Report, void, undefined>;

/** Reads a structure by its name, or by how it begins, or the block of a response. Nothing is verified. */
export function parse(data: Content, type?: string): Promise<any>;
export function parseSync(data: Content, type?: string): any;

/** The Name of the key with this public area, in hexadecimal. */
export function nameOf(publicArea: Binary): Promise<string>;
export function nameOfSync(publicArea: Binary): string;

export const version: string;
