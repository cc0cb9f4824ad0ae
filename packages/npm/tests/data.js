// Where the evidence is.

import { readFileSync, readdirSync } from 'node:fs';

import * as tpm from 'tpm-quote';

export const DATA = new URL('../../../tests/data/', import.meta.url);
export const PAYLOAD_ID = '22c4a258-d445-5bdd-885d-40980abcee2d';

/** A file of tests/data, as bytes. */
export const bytes = (path) => new Uint8Array(readFileSync(new URL(path, DATA)));
export const text = (path) => readFileSync(new URL(path, DATA), 'utf8');
export const json = (path) => JSON.parse(text(path));
export const names = (path) => readdirSync(new URL(path, DATA)).sort();

/** What another program says of a case. */
export const facts = (path) => json(`${path}/case.json`);

export const hex = (bytes) => Buffer.from(bytes).toString('hex');

export const RSA = text('blocks/rsa-main-aik-tpm2b.json');
export const TABLE = json('expectations.json');

/** A case of tests/data/cases as the options of verifyQuote. */
export function quoteCase(name) {
  const file = (path) => bytes(`cases/${name}/${path}`);
  return {
    key: file('ak.pub'),
    attest: file('quote.attest'),
    signature: file('quote.sig'),
    pcrs: file('pcrs.serialized'),
    nonce: file('nonce.bin'),
  };
}

/** A machine's quote, as another program describes it. */
export function machine(name, options = {}) {
  const quote = json(`boot/${name}/case.json`).quotes.find(({ dir }) => dir === 'quotes/rsa-sha256-0to14');
  const part = (file) => bytes(`boot/${name}/${quote.dir}/${file}`);
  return tpm.verifyQuoteSync({
    key: bytes(`boot/${name}/${quote.ak}`),
    attest: part('quote.attest'),
    signature: part('quote.sig'),
    pcrs: part('pcrs.values'),
    requirePcrs: Object.fromEntries(quote.select.map(({ bank, pcrs }) => [bank, pcrs])),
    nonce: quote.nonce,
    ...options,
  });
}
