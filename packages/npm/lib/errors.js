/** The values of JSON in the lines of a text, if there is one. */
export function lines(text) {
  if (text === null) return null;
  return text.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line));
}

/** Evidence was not accepted: a check failed, could not be done, or something cannot be read. */
export class VerifyError extends Error {
  #report;
  #entries;

  /** @internal */
  constructor(told) {
    const option = told.option == null ? '' : `${told.option}: `;
    super(`${told.check}: ${option}${told.message}`);
    this.verdict = told.outcome.toLowerCase();
    this.check = told.check;
    this.problem = told.problem;
    this.help = told.help;
    this.expected = told.expected;
    this.found = told.found;
    this.#report = told.text;
    this.#entries = told.entries ?? null;
  }

  /** The report of the command `tpm-quote`, as an object: see docs/report.md. */
  report() {
    return JSON.parse(this.#report);
  }

  /** The entries of the list of IMA that the quote proves, as `imaEntries` of a quote. */
  get imaEntries() {
    return lines(this.#entries);
  }

  toJSON() {
    return this.report();
  }
}

/** The evidence was read, and a check failed. */
export class Rejected extends VerifyError {}

/** The evidence uses something that this version does not support: it may be good or bad. */
export class Unsupported extends VerifyError {}

/** The evidence, or a setting of the caller's own, cannot be read. */
export class Malformed extends VerifyError {}

for (const error of [VerifyError, Rejected, Unsupported, Malformed]) {
  Object.defineProperty(error.prototype, 'name', { value: error.name, configurable: true });
}
