// The results: what was verified, as frozen objects that only a verification makes.

import { lines } from './errors.js';
import { shown } from './message.js';

/** What a constructor is given by a verification, and by nobody else. */
const VERIFIED = Symbol('verified');

const unhex = (text) => Uint8Array.from(text.match(/../g) ?? [], (byte) => parseInt(byte, 16));

/** The banks that have a name, of which those with SHA-1 and SHA-2 are the usual ones. */
const BANKS = [
  'sha1', 'sha256', 'sha384', 'sha512', 'sm3_256', 'sha3_256', 'sha3_384', 'sha3_512',
];

/** The algorithm of a key, and its Name if it has one. */
const by = ({ algorithm, name }) => (name === null ? algorithm : `${algorithm} ${name}`);

const INSPECT = Symbol.for('nodejs.util.inspect.custom');

class Result {
  #report;

  constructor(key, told) {
    if (key !== VERIFIED) {
      throw new TypeError(`only a verification makes a ${new.target.name}`);
    }
    this.#report = told.text;
  }

  /** The report of the command `tpm-quote`, as an object: see docs/report.md. */
  report() {
    return JSON.parse(this.#report);
  }

  toJSON() {
    return this.report();
  }

  /** As text for a template; it compares with nothing, and is neither true nor false. */
  [Symbol.toPrimitive](hint) {
    if (hint === 'string') return this.toString();
    throw new TypeError(
      `a ${this.constructor.name} is neither true nor false: a verification that fails throws VerifyError`,
    );
  }

  [INSPECT]() {
    return this.toString();
  }
}

class Attestation extends Result {
  constructor(key, told) {
    super(key, told);
    const { report } = told;
    const evidence = report.quote ?? report.attest;
    this.verdict = report.verdict;
    const { vouched_by: by, ...summary } = report.key;
    const vouchedBy = by === undefined ? null : Object.freeze(by);
    this.key = Object.freeze({ ...summary, isAnchored: told.isAnchored, vouchedBy });
    this.clock = Object.freeze({
      clock: BigInt(evidence.clock.clock),
      resetCount: evidence.clock.reset_count,
      restartCount: evidence.clock.restart_count,
      safe: evidence.clock.safe,
    });
    this.firmwareVersion = BigInt(`0x${evidence.firmware_version}`);
    this.warnings = Object.freeze(report.warnings);
  }
}

/** A verified quote: the holder of `key` signed the nonce and exactly these PCR values. */
export class Quote extends Attestation {
  #quote;
  #entries;
  #state;

  /** @internal */
  constructor(key, told) {
    super(key, told);
    this.#quote = told.report.quote;
    this.#entries = told.entries;
    this.#state = told.imaState;
    this.selection = told.selection;
    this.baselineMatched = told.baselineMatched;
    Object.freeze(this);
  }

  /** The nonce of the request. */
  get nonce() {
    return unhex(this.#quote.nonce);
  }

  /** The values of the PCRs that the signature covers, by bank and index: a copy each time. */
  get pcrs() {
    const banks = Object.entries(this.#quote.pcrs).map(([bank, pcrs]) => [
      bank,
      Object.fromEntries(Object.entries(pcrs).map(([index, value]) => [index, unhex(value)])),
    ]);
    return Object.fromEntries(banks);
  }

  /**
   * The value of a PCR; `undefined` if the signature does not cover it. A bank or an index that
   * does not exist is a `RangeError`, and one of another type a `TypeError`.
   */
  pcr(bank, index) {
    if (typeof bank !== 'string') throw new TypeError(`bank: expected a string, not ${shown(bank)}`);
    if (typeof index !== 'number') throw new TypeError(`index: expected a number, not ${shown(index)}`);
    const name = bank.toLowerCase();
    const { pcrs } = this.#quote;
    // A bank without a name goes by its hash id.
    if (!BANKS.includes(name) && !Object.hasOwn(pcrs, name)) {
      throw new RangeError(`bank: expected one of ${BANKS.join(', ')}, not ${shown(bank)}`);
    }
    const isIndex = Number.isInteger(index) && index >= 0 && index < 24;
    if (!isIndex) throw new RangeError(`index: expected a number from 0 to 23, not ${index}`);
    if (!Object.hasOwn(pcrs, name) || !Object.hasOwn(pcrs[name], index)) return undefined;
    return unhex(pcrs[name][index]);
  }

  /** What the quote proves of the list of IMA, as in the report; `null` without a list. */
  get ima() {
    return this.report().ima;
  }

  /** The entries of that list that the quote proves: a new array each time; `null` unless asked for. */
  get imaEntries() {
    return lines(this.#entries);
  }

  /** How far that list was proven and accepted, for a later one: a copy; `null` unless asked for. */
  get imaState() {
    return this.#state === null ? null : unhex(this.#state);
  }

  /** What the logs of the machine explain of the quote, as in the report; `null` without logs. */
  get boot() {
    return this.report().boot;
  }

  /** The digest of the values that the key signed. */
  get pcrDigest() {
    return unhex(this.#quote.pcr_digest);
  }

  toString() {
    return `<Quote ${this.verdict} ${this.selection} by ${by(this.key)}>`;
  }
}

/** A verified attestation of another kind than a quote. */
export class Attest extends Attestation {
  #attest;

  /** @internal */
  constructor(key, told) {
    super(key, told);
    this.#attest = told.report.attest;
    this.type = this.#attest.type;
    this.hierarchy = this.#attest.hierarchy;
    Object.freeze(this);
  }

  /** The nonce of the request. */
  get nonce() {
    return unhex(this.#attest.nonce);
  }

  /** The qualified name of the key, as the TPM gave it. */
  get qualifiedSigner() {
    return unhex(this.#attest.qualified_signer);
  }

  /** What was attested, by the names of the specification in snake_case: a new object each time. */
  get attested() {
    return this.report().attest.attested;
  }

  toString() {
    return `<Attest ${this.verdict} ${this.type} by ${by(this.key)}>`;
  }
}

/** A response without a quote, where the tier allows that: nothing is known of the machine. */
export class Unavailable extends Result {
  /** @internal */
  constructor(key, told) {
    super(key, told);
    this.verdict = 'unavailable';
    Object.freeze(this);
  }

  toString() {
    return '<Unavailable: nothing is known of the machine>';
  }
}

/** What became of one response of many. `verified()` returns the quote or throws. */
export class Report extends Result {
  #outcome;
  #unavailable;

  /** @internal */
  constructor(key, payloadId, told, outcome, unavailable) {
    super(key, told);
    const { report } = told;
    this.payloadId = payloadId;
    this.verdict = report.verdict;
    this.check = report.check;
    this.problem = report.problem;
    this.#outcome = outcome;
    this.#unavailable = unavailable;
    Object.freeze(this);
  }

  /** Returns the verified quote, or throws VerifyError, also where the tier allows that there is none. */
  verified() {
    if (this.#outcome instanceof Quote) return this.#outcome;
    throw this.#outcome instanceof Unavailable ? this.#unavailable() : this.#outcome;
  }

  toString() {
    return `<Report ${[this.verdict, this.check ?? []].flat().join(" ")}>`;
  }
}

for (const result of [Quote, Attest, Unavailable, Report]) {
  Object.freeze(result.prototype);
}

export { VERIFIED };
