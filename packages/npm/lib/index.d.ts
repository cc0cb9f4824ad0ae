/** Verifies TPM 2.0 quotes offline. */

import type {
  AttestOptions, AttestParts, Binary, ByCertificate, CarriedLogs, Content, Kind, LogOptions, NoRequest,
  OwnLogs, ProjectEvidence, QuoteOptions, QuoteParts, Request, ResponseOptions,
} from './options.js';

export * from './options.js';
export * from './policy.js';

/** The report of the command `tpm-quote`: see docs/report.md. */
export type ReportObject = { readonly [key: string]: any };

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
  /** The value of a PCR; `undefined` if the signature does not cover it. A bank or an index that does not exist is a `RangeError`, and one of another type a `TypeError`. */
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
  /** The word of the report. */
  readonly verdict: 'rejected' | 'unsupported' | 'malformed';
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
  readonly verdict: 'rejected';
}
/** The evidence uses something that this version does not support: it may be good or bad. */
export class Unsupported extends VerifyError {
  private constructor();
  readonly verdict: 'unsupported';
}
/** The evidence, or a setting of the caller's own, cannot be read. */
export class Malformed extends VerifyError {
  private constructor();
  readonly verdict: 'malformed';
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
export function verifyQuote(
  options: Request & (QuoteParts | ByCertificate<QuoteParts> | ProjectEvidence) & QuoteOptions & OwnLogs,
): Promise<Quote>;
export function verifyQuoteSync(
  options: Request & (QuoteParts | ByCertificate<QuoteParts> | ProjectEvidence) & QuoteOptions & OwnLogs,
): Quote;

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
