// The entry point for Node, Deno, Bun and servers that run their code: the module is a file.

import { readFileSync } from 'node:fs';

import { create } from './core.js';

const load = (source) => source ?? readFileSync(new URL('./tpm_quote.wasm', import.meta.url));

const functions = create(load, load);

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
