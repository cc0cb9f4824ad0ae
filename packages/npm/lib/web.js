// The entry point for browsers and bundlers: the module is fetched from beside this file.

import { create } from './core.js';
import { mistaken } from './module.js';

/** What to do where the module is not at the address. */
const HELP = 'Have node_modules/tpm-quote/lib/tpm_quote.wasm served there, or say where it is: await init(address)';

/** The error for an answer in place of the module. */
const instead = (address, found, cause) =>
  new Error(`cannot load the WebAssembly module from ${address}: ${found}. ${HELP}`, { cause });

/** What an answer says of itself. */
function told({ status, statusText, headers }) {
  const type = headers.get('content-type');
  return `the answer is ${[status, statusText].join(' ').trim()}, ${type ?? 'without a content type'}`;
}

/** Compiles what is at an address, or in an answer of `fetch`; anything else is left as it is. */
async function load(source) {
  const given = await (source ?? new URL('./tpm_quote.wasm', import.meta.url));
  if (typeof given !== 'string' && !(given instanceof URL) && !(given instanceof Response)) {
    return given;
  }
  let response = given;
  if (!(given instanceof Response)) {
    try {
      response = await fetch(given);
    } catch (cause) {
      throw instead(given, `fetch fails: ${cause.message}`, cause);
    }
  }
  const address = response.url || given;
  if (!response.ok) throw instead(address, `${told(response)}; expected 200 and application/wasm`);
  const bytes = new Uint8Array(await response.arrayBuffer());
  const other = mistaken(bytes);
  if (other !== undefined) {
    const page = /^.{0,40}<(!doctype|html)/i.test(other) ? ', as a server gives it for every path that it does not know' : '';
    throw instead(address, `${told(response)}, and its body is ${other}${page}; expected the bytes of a module`);
  }
  try {
    return await WebAssembly.compile(bytes);
  } catch (cause) {
    throw instead(address, `${told(response)}, and its ${bytes.length} bytes do not compile: ${cause.message}`, cause);
  }
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
