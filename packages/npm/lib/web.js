// The entry point for browsers and bundlers: the module is fetched from beside this file.

import { create } from './core.js';

async function load(source) {
  const given = await (source ?? new URL('./tpm_quote.wasm', import.meta.url));
  if (typeof given !== 'string' && !(given instanceof URL) && !(given instanceof Response)) {
    return given;
  }
  const response = given instanceof Response ? given : await fetch(given);
  if (!response.ok) throw new Error(`${response.url}: ${response.status} ${response.statusText}`);
  return response.arrayBuffer();
}

function loadSync(source) {
  if (source === undefined) {
    throw new Error('the WebAssembly module is not loaded: await init() before any function that ends in Sync');
  }
  return source;
}

const functions = create(load, loadSync);

export const {
  init,
  initSync,
  nameOf,
  nameOfSync,
  parse,
  parseSync,
  verifyAttest,
  verifyAttestSync,
  verifyMany,
  verifyManySync,
  verifyQuote,
  verifyQuoteSync,
  verifyResponse,
  verifyResponseSync,
} = functions;

export { Malformed, Rejected, Unsupported, VerifyError } from './errors.js';
export { Attest, Quote, Report, Unavailable } from './results.js';

/** The version of the package, which is that of the Rust crate. */
export const version = '0.1.0';
