/** The types of what goes in. */

import type { Attest, Quote, ReportObject } from './index.js';
import type { Hierarchy, Policy, Suffix, Tier } from './policy.js';

/**
 * Bytes: of a structure as a TPM has it, or of text. A `Buffer` is one. Other typed arrays are
 * refused, because their elements are not bytes.
 */
export type Binary = Uint8Array | ArrayBuffer | DataView;
/** Bytes, or their hexadecimal: two digits for each byte, in either case, and nothing between. */
export type Hex = string | Binary;
/** The response as it came, or what `JSON.parse` made of it. */
export type Content = string | Binary | { readonly [key: string]: unknown };
/** PCR values by bank and index; of an array, any is good. */
export interface PcrValues {
  readonly [bank: string]: { readonly [index: string | number]: Hex | readonly Hex[] };
}
/** A set of PCRs, as in `sha256:0,7,10` or `{ sha256: [0, 7, 10] }`. */
export type PcrSet = string | { readonly [bank: string]: readonly (number | string)[] };
/** The kinds of attestation that `verifyAttest` knows: `TPM2_Certify` and so on. */
export type Kind = 'certify' | 'creation' | 'nv' | 'time' | 'audit';

/** What the request was: one of the two, from your own records. */
export type Request =
  | { payloadId: string; nonce?: never }
  | { nonce: Hex; payloadId?: never };

/** An attestation without a nonce, of which nothing shows when it was made. */
export type NoRequest = { dangerousNoNonce: true; payloadId?: never; nonce?: never };

/** What any attestation has to fulfil. */
export interface AttestOptions {
  /** Names of keys that are trusted, or one: the key has to have one of them. `nameOf` gives the Name of a key. */
  akNames?: Hex | readonly Hex[];
  /**
   * The public area (`TPM2B_PUBLIC`) of a trusted key that has to certify the key. Needs
   * `certifyAttest` and `certifySignature`, unless the response has them.
   */
  certifiedBy?: Binary;
  /** What that key signed to certify the key: a `TPM2B_ATTEST` or `TPMS_ATTEST`. Needs `certifiedBy` or `trust`. */
  certifyAttest?: Binary;
  /** Its signature: a `TPMT_SIGNATURE`. Needs `certifyAttest`. */
  certifySignature?: Binary;
  /** The creation data of the key (`TPM2B_CREATION_DATA`), where that key certifies how it was made. Needs `certifyAttest`. */
  certifyCreation?: Binary;
  /** The nonce of the certification, 1 to 66 bytes; that of the request without it. Needs `certifiedBy` or `trust`. */
  certifyNonce?: Hex;
  /** A certificate of the key, in DER or PEM, with those between it and a root behind it. Needs `ca` or `trust`. */
  akCert?: string | Binary;
  /** The roots that are trusted, in DER or PEM. Needs `akCert`. */
  ca?: string | Binary | readonly (string | Binary)[];
  /**
   * When the certificates have to be in force: a `Date`, or seconds since 1970; now without it.
   * Refused without anything that has a time, as `akCert`, `hardwareRoot` or `trust`.
   */
  at?: Date | number;
  /** What the certificate is required to be: `tcg` without it. `google` and `azure` need one of the next three, or for `azure` `akNames`. */
  profile?: 'tcg' | 'azure' | 'google' | 'dangerous-any-purpose';
  /** The id of the project that the VM has to belong to. Only with the profile `google`. */
  googleProject?: string;
  /** The number of the VM, 64 bits: a number above 2^53 has to be a bigint. Only with the profile `google`. */
  googleInstance?: bigint | number;
  /** The id of the VM, as it stands in the certificate. Only with the profile `azure`. */
  azureVm?: string;
  /** A trust file (docs/trust-file.md): whose keys are trusted, a line for each machine or authority. Refused beside the options above that say the same. */
  trust?: string | Binary;
  /** What is in the files that its lines name, by their names there. A file that no line names is refused. */
  trustFiles?: { readonly [name: string]: string | Binary };
  /** The machine that has to have answered: only its lines of the trust file count, all of them without it. Compared letter by letter. */
  machine?: string;
  /** Refuses a key that nothing vouches for; without it such a key gives `verified-self-asserted`. */
  requireAnchor?: boolean;
  /** The hierarchy of the TPM that the key has to stand in; any without it. Needs the public area of the key. */
  hierarchy?: Hierarchy;
  /** The public areas (`TPM2B_PUBLIC`) of the keys between that hierarchy and the key, from the hierarchy downwards. Needs `hierarchy`; a primary key has none. */
  parents?: readonly Binary[];
  /** Refuses a clock that may have shown a later time before (`clock.safe` is false). */
  requireSafeClock?: boolean;
  /** Earlier evidence of the same key, or the report on it as object or JSON: the clock must not have gone back, nor the TPM been reset since. */
  since?: Quote | Attest | ReportObject | string;
  /** Accepts that the TPM was reset or restarted since then. Needs `since`. */
  allowReboots?: boolean;
  /** The lowest firmware version that is accepted: a bigint of 64 bits, or the 16 hexadecimal digits of a report. */
  minimumFirmware?: bigint | string;
  /** Accepts signatures with SHA-1, of which collisions can be made. */
  dangerousAllowSha1Signatures?: boolean;
  /** Accepts keys whose Name is a digest by SHA-1, of which collisions can be made. */
  dangerousAllowSha1Names?: boolean;
  /** Accepts certificates that are signed with SHA-1, of which collisions can be made. Needs `akCert`. */
  dangerousAllowSha1Certificates?: boolean;
  /**
   * A policy file of the command, as an object or as JSON: what these options say, and rules for
   * a boot. See docs/policy.md. It cannot name files, nor say what an option says as well.
   */
  policy?: Policy | string | Binary;
}

/** What a quote has to fulfil. */
export interface QuoteOptions extends AttestOptions {
  /** The PCRs that the quote has to cover at least. Without it any will do; PCRs 16 to 23 and the SHA-1 bank count only if they are named here. */
  requirePcrs?: PcrSet;
  /** Known-good values, as an object or as JSON. Each PCR in it has to be covered, and to have one of its values. An empty one is refused. */
  baseline?: PcrValues | string | Binary;
}

/** The logs of the machine's boot: the quoted PCRs have to be what their events come to. */
export interface LogOptions {
  /** The firmware's event log as bytes, or the word `response`: the one that the response carries. */
  bootLog?: Binary | 'response';
  /** systemd's log of what it extended later (`tpm2-measure.log`), as text or bytes. */
  userspaceLog?: string | Binary;
  /** What may have been extended without a log of it. Needs a log of the boot. */
  allowSuffix?: Suffix | readonly Suffix[];
  /** Accepts an event log with padding behind it. Needs `bootLog`. */
  allowPadding?: boolean;
  /** The list of Linux IMA, binary or ASCII, read after the quote was made; or the word `response`: the one that the response carries. */
  imaList?: string | Binary;
  /** Files that may be run and read: allow lists as `sha256sum` writes them, or digests as `sha256:HEX`. Without it and `imaKey`, any may. */
  imaAllow?: string | Binary | readonly (string | Binary)[];
  /** Keys that sign files, certificates or public keys in DER or PEM: what they signed may be run and read as well. */
  imaKey?: string | Binary | readonly (string | Binary)[];
  /** Digests of files that have to have been measured, as `sha256:HEX`. Needs `imaAllow` or `imaKey`. */
  imaRequire?: string | readonly string[];
  /** Policies that IMA has to have been started with, as `tcb`; `bootLog` proves the command line, and has to be given. */
  imaRequirePolicy?: string | readonly string[];
  /** Accepts entries that are violations, of which nothing is known. Needs `imaAllow` or `imaKey`. */
  dangerousImaViolations?: boolean;
  /** Lists all entries that the quote proves, as `imaEntries` of the quote or of the error. Not together with a state. */
  imaEntries?: boolean;
  /** What an earlier quote kept as its `imaState`: `imaList` then begins with the first entry that it does not cover. */
  imaState?: Binary;
  /** Keeps how far the list was proven and accepted, as `imaState` of the quote. */
  imaKeepState?: boolean;
}

/** The same of a quote that has no response, which could carry them. */
export interface OwnLogs extends Omit<LogOptions, 'bootLog'> {
  /** The firmware's event log as bytes. */
  bootLog?: Binary;
}

/** The same of many responses, of which each has to carry its own. */
export interface CarriedLogs
  extends Omit<LogOptions, 'bootLog' | 'userspaceLog' | 'imaList' | 'imaState' | 'imaKeepState'> {
  /** The word `response`: the event log that each response carries. */
  bootLog?: 'response';
  /** The word `response`: the list of IMA that each response carries. */
  imaList?: 'response';
}

/** What a response has to fulfil. */
export interface ResponseOptions extends QuoteOptions {
  /** What a response has to have: `maximum` without it. With `standard` and `high`, a response without a quote is `Unavailable`. */
  tier?: Tier;
}

/** The form of a signature, and its scheme and hash where neither it nor its key names them. */
export interface SignatureTerms {
  /** A `TPMT_SIGNATURE`, or its numbers alone; told by the bytes without it. */
  signatureForm?: 'tpmt' | 'plain';
  /** The scheme of a plain RSA signature: `rsassa` without it. Refused where the public area of the key has one. */
  scheme?: 'rsassa' | 'rsapss';
  /** The hash of a plain signature by its name or id, as `sha384` or `0x000c`: `sha256` without it. */
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
  /** The values of exactly the PCRs that the quote covers, or a PCR file of tpm2-tools. One of values alone needs `requirePcrs`. */
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
  /** AMD's certificates ASK and ARK, in DER or PEM: the processor has to vouch for the key in Azure's evidence. */
  hardwareRoot?: string | Binary;
  /** The launch measurement of the firmware in the VM, or several: 48 bytes. Needs `hardwareRoot`, which needs this or the next. */
  hardwareMeasurement?: Hex | readonly Hex[];
  /** The digest of the key that signed that firmware, or several: 48 bytes. Needs `hardwareRoot`. */
  hardwareIdKey?: Hex | readonly Hex[];
  /** The oldest firmware of the processor that is accepted, as `4.0.24.219`; any without it. Needs `hardwareRoot`. */
  hardwareTcb?: string;
}

/** An attestation of another kind in its parts, and what has to have been attested. */
export interface AttestParts extends SignatureTerms {
  /** A `TPM2B_PUBLIC` or `TPMT_PUBLIC`, or a key by its numbers alone: DER, PEM, JSON Web Key. */
  key: string | Binary;
  /** A `TPM2B_ATTEST` or `TPMS_ATTEST`. */
  attest: Binary;
  /** A `TPMT_SIGNATURE`, or its numbers alone. */
  signature: Binary;
  /** The public area of the object, a `TPM2B_PUBLIC` or `TPMT_PUBLIC`. Of `certify` and `creation`, which need it. */
  object?: Binary;
  /** The hierarchy that the object has to stand in; any without it. Of `certify` and `creation`. */
  objectHierarchy?: Hierarchy;
  /** The public areas between that hierarchy and the object, from the hierarchy downwards. Needs `objectHierarchy`. */
  objectParents?: readonly Binary[];
  /** Attributes that the object must have, by their names, as `fixedTPM`. */
  objectHas?: string | readonly string[];
  /** Attributes that the object must not have. */
  objectLacks?: string | readonly string[];
  /** Requires RSA of 2048 bits or more, or ECC on P-256, P-384 or P-521. */
  objectStrongKey?: boolean;
  /** Accepts an attestation that does not name its signer, as some of WebAuthn. */
  allowEmptySigner?: boolean;
  /** What the TPM gave when it made the object: a `TPM2B_CREATION_DATA` or `TPMS_CREATION_DATA`. Of `creation`, which needs it. */
  creationData?: Binary;
  /** What has to have been sent along when the object was made; anything without it. Of `creation`. */
  outsideInfo?: Hex;
  /** The public area of the index, a `TPM2B_NV_PUBLIC` or `TPMS_NV_PUBLIC`, as it was then. Of `nv`, which needs this or `nvName`. */
  nvPublic?: Binary;
  /** The Name of the index, where its public area is not at hand. */
  nvName?: Hex;
  /** What the index has to hold; anything without it. Of `nv`. */
  contents?: Binary;
  /** Where these contents begin in the index, in bytes from its start, up to 65535: 0 without it. Needs `contents`. */
  offset?: number;
  /** The digest that has to have been signed. Of `audit`. */
  auditDigest?: Hex;
  /** The codes of all commands that are audited, as `[0x140, 0x17b]`. Of an `audit` of commands. */
  auditCommands?: readonly number[];
  /** Requires that nothing else used the TPM during the session. Of an `audit` of a session. */
  exclusive?: boolean;
}
