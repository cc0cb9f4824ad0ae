// How much of a call is JavaScript, and how much WebAssembly: run it from the repository, after
// run.sh. packages/shared/examples/time.rs measures the library itself on the same response.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const start = performance.now();
const tpm = await import('tpm-quote');
const imported = performance.now();
await tpm.init();
const loaded = performance.now();

const { message, options } = await import('./lib/message.js');

const ROOT = new URL('../../', import.meta.url);
const RESPONSE = fileURLToPath(new URL('tests/data/blocks/rsa-main-aik-tpm2b.json', ROOT));
const payloadId = '22c4a258-d445-5bdd-885d-40980abcee2d';
const content = readFileSync(RESPONSE);
const text = content.toString();
const parsed = JSON.parse(text);

/** The shortest time of a call in microseconds, over many rounds. */
async function best(call) {
  const rounds = [];
  for (let round = 0; round < 1000; round += 1) {
    const begun = performance.now();
    for (let n = 0; n < 20; n += 1) await call();
    rounds.push(performance.now() - begun);
  }
  return (Math.min(...rounds) * 1000) / 20;
}

function bestSync(call) {
  const rounds = [];
  for (let round = 0; round < 1000; round += 1) {
    const begun = performance.now();
    for (let n = 0; n < 20; n += 1) call();
    rounds.push(performance.now() - begun);
  }
  return (Math.min(...rounds) * 1000) / 20;
}

const said = execFileSync(
  'cargo',
  ['run', '--quiet', '--locked', '--release', '--example', 'time', '--', RESPONSE, payloadId],
  {
    cwd: new URL('packages/shared', ROOT),
    env: { ...process.env, CARGO_PROFILE_RELEASE_LTO: 'true', CARGO_PROFILE_RELEASE_CODEGEN_UNITS: '1' },
  },
);
const native = Object.fromEntries(
  said.toString().trim().split('\n').map((line) => line.split(' ')).map(([what, took]) => [what, took / 1000]),
);

// The module alone: the same bytes, no objects of JavaScript.
const wasm = readFileSync(new URL('lib/tpm_quote.wasm', import.meta.url));
const { exports } = new WebAssembly.Instance(new WebAssembly.Module(wasm));
const asked = message('verifyResponse', options(Object.entries({ response: content, payloadId })));
const module = bestSync(() => {
  const at = exports.inbox(asked.length);
  new Uint8Array(exports.memory.buffer, at, asked.length).set(asked);
  exports.call();
});

console.log(`${process.release?.name ?? 'runtime'} ${process.version}`);
console.log(`import: ${(imported - start).toFixed(1)} ms; compiling the module: ${(loaded - imported).toFixed(1)} ms`);
console.log(`the library: ${native.verify.toFixed(1)} µs; with its report ${native.report.toFixed(1)} µs`);
console.log(`the module: ${module.toFixed(1)} µs, ${(module / native.report).toFixed(2)} of that: what WebAssembly costs`);
for (const [name, took] of [
  ['verifyResponseSync(bytes)', bestSync(() => tpm.verifyResponseSync(content, { payloadId }))],
  ['verifyResponseSync(string)', bestSync(() => tpm.verifyResponseSync(text, { payloadId }))],
  ['verifyResponseSync(object)', bestSync(() => tpm.verifyResponseSync(parsed, { payloadId }))],
  ['await verifyResponse(bytes)', await best(() => tpm.verifyResponse(content, { payloadId }))],
]) {
  console.log(`${name}: ${took.toFixed(1)} µs, ${(took / module).toFixed(2)} of the module's time, ${(took / native.report).toFixed(2)} of the library's with its report`);
}
