// The functions of the package, over a module that an entry point loads in its own way.

import { Malformed, Rejected, Unsupported, VerifyError } from './errors.js';
import { NotJson, bytesOf, isPlain, json, message, options as encoded, shown, unfit } from './message.js';
import { Module } from './module.js';
import { noteOn } from './notes.js';
import { Attest, Quote, Report, Unavailable, VERIFIED } from './results.js';

const ERRORS = { Malformed, Rejected, Unsupported, TypeError, RangeError };
const RESULTS = { Quote, Attest, Unavailable };

/** The options of a call, as entries. One that is not defined would silently have no effect. */
function entries(given, first = {}) {
  if (!isPlain(given)) throw new TypeError('the options have to be a plain object');
  const known = Object.entries(given);
  for (const [name, value] of known) {
    if (value === undefined || value === null) {
      throw new TypeError(`${name}: is ${value}; leave the option out, or give it a value`);
    }
    if (Object.hasOwn(first, name) || name === 'now') throw new TypeError(`${name}: is no option`);
  }
  const options = known.map(([name, value]) => [name, option(name, value)]);
  // The module has no clock.
  const isDated = ['akCert', 'hardwareRoot', 'trust'].some((name) => Object.hasOwn(given, name));
  const now = isDated ? [['now', Math.floor(Date.now() / 1000)]] : [];
  return [...Object.entries(first), ...options, ...now];
}

/** An option that is JSON as text, or an earlier result, as an object. */
function option(name, value) {
  if (name === 'since' && (value instanceof Quote || value instanceof Attest)) {
    return value.report();
  }
  if (name === 'at') return seconds(value);
  const isText = name === 'policy' || name === 'evidence';
  if (isText && isPlain(value)) return JSON.stringify(value);
  const isJson = name === 'baseline' || name === 'since' || name === 'pcrs';
  if (isJson && typeof value === 'string') return json(name, value);
  if (name === 'baseline' || name === 'since') {
    const bytes = bytesOf(value);
    if (bytes !== undefined) return json(name, utf8(name, bytes));
  }
  return value;
}

/** The last second that a certificate can name. */
const LAST_SECOND = Date.UTC(9999, 11, 31, 23, 59, 59) / 1000;

/** A time in seconds since 1970. */
function seconds(at) {
  const isDate = Object.prototype.toString.call(at) === '[object Date]';
  const expected = 'at: expected a Date or seconds since 1970';
  if (!isDate && typeof at !== 'number') {
    const isTime = typeof at === 'string' && !Number.isNaN(Date.parse(at));
    const help = isTime ? `: give new Date(${shown(at)})` : '';
    throw new TypeError(`${expected}, not ${shown(at)}${help}`);
  }
  const given = isDate ? at.getTime() / 1000 : at;
  if (!(given >= 0 && given <= LAST_SECOND)) {
    const help = given > LAST_SECOND && !isDate ? ': is it in milliseconds?' : '';
    throw new RangeError(`${expected}, not ${isDate ? String(at) : at}${help}`);
  }
  return Math.floor(given);
}

function utf8(name, bytes) {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new NotJson(name, bytes);
  }
}

/** A response as text or bytes: one that was parsed is written as JSON once more. */
function content(response, name = 'response') {
  if (typeof response === 'string') return response;
  const bytes = bytesOf(response);
  if (bytes !== undefined) return bytes;
  if (isPlain(response)) return JSON.stringify(response);
  throw new TypeError(`${name}: expected a string, a Uint8Array or an object, not ${unfit(response)}`);
}

function failure(told) {
  const { outcome } = told;
  if (outcome === 'TypeError' || outcome === 'RangeError') return new ERRORS[outcome](told.message);
  if (!told.isReported) {
    // The report says what the error says, which has the place in words.
    const report = JSON.parse(told.text);
    const place = { source: '-', line: null, column: null, offset: null };
    told.text = JSON.stringify({ ...report, message: told.message, help: told.help, place, field: null });
  }
  return saying(new ERRORS[outcome](told), told.note);
}

/** The result that an answer tells, or its error. */
function result(told) {
  if (Object.hasOwn(ERRORS, told.outcome)) return failure(told);
  told.report = JSON.parse(told.text);
  return new RESULTS[told.outcome](VERIFIED, told);
}

function returned(told) {
  const value = result(told);
  if (value instanceof Error) throw value;
  return value;
}

function parsed(told) {
  if (told.outcome !== 'Parsed') throw failure(told);
  return JSON.parse(told.text);
}

/** The options of a call that are bytes, for the module to look at. */
const binary = (given) => Object.entries(given).filter(([, value]) => bytesOf(value) !== undefined);

/** The message that asks what is odd about the arguments. */
const question = (given) => message('hint', encoded(binary(given)));

/** Says as well what is odd about the arguments of a call that failed. */
function saying(error, hint) {
  if (hint === undefined || hint === null) return error;
  error.note = hint;
  error.message = `${error.message.replace(/(?<!\.)\.$/, '')}. Note: ${hint}`;
  return error;
}

/** The arguments of a call by their names. */
function named(call, [first, last]) {
  if (call === 'verifyResponse') return { ...last, response: first };
  if (call === 'parse') return { data: first };
  if (call === 'nameOf') return { public: first };
  const options = call === 'verifyAttest' ? last : first;
  return isPlain(options) ? options : {};
}

/** What each function sends, and what it makes of the answer. */
const CALLS = {
  verifyResponse: [
    (response, options = {}) => encoded(entries(options, { response: content(response) })),
    returned,
  ],
  verifyQuote: [(options = {}) => encoded(entries(options)), returned],
  verifyAttest: [(kind, options = {}) => encoded(entries(options, { kind })), returned],
  parse: [
    (data, type) => {
      const given = { data: isPlain(data) ? content(data) : data };
      return encoded(Object.entries(type === undefined ? given : { ...given, type }));
    },
    parsed,
  ],
  nameOf: [(key) => encoded(Object.entries({ public: key })), parsed],
};

/** What judges responses one after another, once their settings are found good. */
class Many {
  #settings;
  #absent;
  #line = 0;

  constructor(options) {
    this.#settings = encoded(entries(options));
  }

  get questions() {
    return [message('settings', this.#settings), message('unavailable')];
  }

  begin([fine, absent]) {
    if (fine.outcome !== 'Fine') throw failure(fine);
    this.#absent = absent;
    return this;
  }

  ask(pair) {
    this.#line += 1;
    if (!Array.isArray(pair) || pair.length !== 2) {
      throw new TypeError(`response ${this.#line}: expected a pair [payloadId, response]`);
    }
    const [request, response] = pair;
    const body = content(response, `response ${this.#line}`);
    const asked = bytesOf(request) === undefined ? { payloadId: request } : { nonce: request };
    const each = { response: body, line: this.#line, ...asked };
    return message('verifyMany', encoded(Object.entries(each)), this.#settings);
  }

  report([request, response], told) {
    const outcome = result(told);
    if (outcome instanceof TypeError || outcome instanceof RangeError) throw outcome;
    const payloadId = bytesOf(request) === undefined ? request : null;
    if (outcome instanceof VerifyError && outcome.note === undefined) {
      saying(outcome, noteOn('verifyMany', { payloadId: request, response }, outcome));
    }
    told.report ??= JSON.parse(told.text);
    return new Report(VERIFIED, payloadId, told, outcome, () => failure(this.#absent));
  }
}

/** The functions, over the module that `load` and `loadSync` give. */
export function create(load, loadSync) {
  const module = new Module(load, loadSync);

  /** The error, with what is odd about the arguments. */
  function hinted(error, call, given) {
    if (!(error instanceof VerifyError || error instanceof TypeError || error instanceof RangeError)) {
      return error;
    }
    if (error.note !== undefined) return error;
    try {
      const note = noteOn(call, given, error);
      if (note !== undefined) return saying(error, note);
      return saying(error, parsed(module.askSync(question(given))));
    } catch {
      // The error is what matters, with the hint or without.
      return error;
    }
  }

  const whyNotJson = ({ entry }) => message('notJson', encoded([entry]));
  const explained = async (error) =>
    (error instanceof NotJson ? failure(await module.ask(whyNotJson(error))) : error);
  const explainedSync = (error) =>
    (error instanceof NotJson ? failure(module.askSync(whyNotJson(error))) : error);

  const functions = {
    /** Loads the module, from this source if one is given. */
    init: (source) => module.prepare(source),
    initSync: (source) => module.prepareSync(source),

    async *verifyMany(responses, options = {}) {
      let many;
      try {
        many = new Many(options);
        const [settings, absent] = many.questions;
        many.begin([await module.ask(settings), await module.ask(absent)]);
      } catch (error) {
        throw hinted(await explained(error), 'verifyMany', isPlain(options) ? options : {});
      }
      for await (const pair of responses) yield many.report(pair, await module.ask(many.ask(pair)));
    },

    verifyManySync(responses, options = {}) {
      let many;
      try {
        many = new Many(options);
        many.begin(many.questions.map((question) => module.askSync(question)));
      } catch (error) {
        throw hinted(explainedSync(error), 'verifyMany', isPlain(options) ? options : {});
      }
      return (function* reports() {
        for (const pair of responses) yield many.report(pair, module.askSync(many.ask(pair)));
      })();
    },
  };
  for (const [name, [ask, read]] of Object.entries(CALLS)) {
    functions[name] = async (...given) => {
      try {
        return read(await module.ask(message(name, ask(...given))));
      } catch (error) {
        throw hinted(await explained(error), name, named(name, given));
      }
    };
    functions[`${name}Sync`] = (...given) => {
      try {
        return read(module.askSync(message(name, ask(...given))));
      } catch (error) {
        throw hinted(explainedSync(error), name, named(name, given));
      }
    };
  }
  return functions;
}
