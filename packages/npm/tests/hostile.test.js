// Malformed input gives errors: no crash, and memory stays flat.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import * as tpm from 'tpm-quote';

import { message, options } from '../lib/message.js';
import { PAYLOAD_ID, RSA, bytes, machine, quoteCase } from './data.js';

const CASE = quoteCase('005-main-p256-ecdsa-sha256');
const TIME = 'attest/017-gettime-p256';
const ATTEST = {
  key: bytes(`${TIME}/ak.pub`),
  attest: bytes(`${TIME}/attest`),
  signature: bytes(`${TIME}/sig`),
};
const FILES = ['key', 'attest', 'signature', 'pcrs'];
const POLICY = { boot: { require_secure_boot: true, explained_pcrs: [7], dbx_has: ['11'.repeat(32)] } };

/** Numbers that are the same in each run (mulberry32). */
function randomFrom(seed) {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  };
  return { below: (end) => next() % end, bytes: (count) => Uint8Array.from({ length: count }, () => next() & 0xff) };
}

const pick = (random, values) => values[random.below(values.length)];

/** The content, cut, with a bit changed, with bytes put in, or other bytes. */
function changed(random, content) {
  const at = random.below(content.length);
  switch (random.below(4)) {
    case 0:
      return content.slice(0, at);
    case 1: {
      const copy = Uint8Array.from(content);
      copy[at] ^= 1 << random.below(8);
      return copy;
    }
    case 2:
      return Uint8Array.from([...content.subarray(0, at), ...random.bytes(1 + random.below(8)), ...content.subarray(at)]);
    default:
      return random.bytes(random.below(200));
  }
}

const CALLS = {
  response(random) {
    const content = changed(random, new TextEncoder().encode(RSA));
    const text = new TextDecoder().decode(content);
    let given = pick(random, [content, text]);
    if (random.below(3) === 0) {
      try {
        given = JSON.parse(text);
      } catch {
        given = { _metadata: { tpm_attestation: pick(random, [null, [], {}, 'x']) } };
      }
    }
    if (typeof given !== 'object') given = String(given);
    return tpm.verifyResponseSync(given, { payloadId: PAYLOAD_ID });
  },
  quote(random) {
    const name = pick(random, FILES);
    return tpm.verifyQuoteSync({ ...CASE, [name]: changed(random, CASE[name]) });
  },
  attest(random) {
    const name = pick(random, Object.keys(ATTEST));
    const given = { ...ATTEST, [name]: changed(random, ATTEST[name]), nonce: '00ff55aa' };
    return tpm.verifyAttestSync('time', given);
  },
  logs(random) {
    const files = {
      bootLog: bytes('boot/01-secureboot-grub/eventlog.bin'),
      policy: new TextEncoder().encode(JSON.stringify(POLICY)),
      imaList: bytes('ima/08-ima-sig/ima.bin'),
      imaAllow: new TextEncoder().encode(`SHA256 (a) = ${'11'.repeat(32)}`),
      userspaceLog: new TextEncoder().encode('{"pcr": 11}'),
    };
    const name = pick(random, Object.keys(files));
    const needed = { policy: 'bootLog', imaAllow: 'imaList' }[name];
    const given = needed === undefined ? {} : { [needed]: files[needed] };
    return machine('01-secureboot-grub', { ...given, [name]: changed(random, files[name]) });
  },
  project(random) {
    let evidence = bytes('snp/azure.json');
    let hardwareRoot = Buffer.concat([bytes('snp/ask.der'), bytes('snp/ark.der')]);
    if (random.below(3) === 0) hardwareRoot = changed(random, new Uint8Array(hardwareRoot));
    else evidence = changed(random, evidence);
    const nonce = 'ab0d726c16d95c5dd55f5b12f7eff781';
    return tpm.verifyQuoteSync({ evidence, nonce, hardwareRoot, hardwareMeasurement: '6a'.repeat(48) });
  },
  parse(random) {
    const type = pick(random, [undefined, 'TPM2B_PUBLIC', 'TPMT_SIGNATURE', 'TPMS_ATTEST', 'TPML_DIGEST']);
    return tpm.parseSync(changed(random, CASE[pick(random, FILES)]), type);
  },
};

for (const [name, call] of Object.entries(CALLS)) {
  test(`a thousand malformed inputs of ${name} are errors`, () => {
    const random = randomFrom(17);
    let refused = 0;
    for (let n = 0; n < 1000; n += 1) {
      try {
        call(random);
      } catch (error) {
        refused += 1;
        if (error instanceof RangeError || error instanceof TypeError) continue;
        assert.ok(error instanceof tpm.VerifyError, error.stack);
        assert.ok(error.check && error.problem && error.help && error.message);
        assert.equal(error.report().verdict, error.name.toLowerCase());
      }
    }
    // A few changes are of no consequence: a space, a digit in upper case, bytes behind the
    // values of a PCR file.
    assert.ok(refused >= (name === 'parse' ? 500 : 900), String(refused));
  });
}

test('changed bytes never verify as something else', () => {
  const random = randomFrom(4);
  // A key that nothing vouches for may be another one: its sender could have made it.
  const akNames = tpm.nameOfSync(CASE.key);
  const genuine = tpm.verifyQuoteSync({ ...CASE, akNames });
  let verified = 0;
  for (let n = 0; n < 1000; n += 1) {
    let found;
    try {
      const name = pick(random, FILES);
      found = tpm.verifyQuoteSync({ ...CASE, akNames, [name]: changed(random, CASE[name]) });
    } catch {
      continue;
    }
    verified += 1;
    assert.deepEqual(found.pcrs, genuine.pcrs);
    assert.equal(found.key.name, genuine.key.name);
  }
  assert.ok(verified < 100);
});

test('objects that no JSON has are errors', () => {
  const cyclic = {};
  cyclic.sha256 = cyclic;
  assert.throws(() => tpm.verifyQuoteSync({ ...CASE, pcrs: cyclic }), TypeError);
  assert.throws(() => tpm.verifyResponseSync(cyclic, { payloadId: PAYLOAD_ID }), TypeError);
  const trap = new Proxy({}, { ownKeys: () => { throw new SyntaxError('trap'); } });
  assert.throws(() => tpm.verifyQuoteSync({ ...CASE, pcrs: trap }), SyntaxError);
  for (const value of [NaN, Infinity, 0.5, 2 ** 60]) {
    assert.throws(() => tpm.verifyQuoteSync({ ...CASE, pcrs: { sha256: { 0: value } } }), RangeError);
  }
  assert.equal(tpm.verifyQuoteSync(CASE).verdict, 'verified-self-asserted');
});

test('the module imports nothing, and its memory has no way in but the inbox', async () => {
  const compiled = new WebAssembly.Module(readFileSync(new URL(import.meta.resolve('tpm-quote/tpm_quote.wasm'))));
  assert.deepEqual(WebAssembly.Module.imports(compiled), []);
  const kinds = WebAssembly.Module.exports(compiled).map(({ name, kind }) => `${kind} ${name}`);
  assert.deepEqual(kinds.sort(), [
    'function call',
    'function inbox',
    'function outbox',
    'global __data_end',
    'global __heap_base',
    'memory memory',
  ]);
  const { exports } = new WebAssembly.Instance(compiled);
  assert.equal(exports.inbox(0xffffffff), 0);
  // Any bytes are a message, and have an answer.
  const random = randomFrom(9);
  for (let n = 0; n < 1000; n += 1) {
    const message = random.bytes(random.below(60));
    // Where it is comes first: to make room, the memory may be another buffer afterwards.
    const at = exports.inbox(message.length);
    new Uint8Array(exports.memory.buffer, at, message.length).set(message);
    const length = exports.call();
    const answer = new TextDecoder().decode(new Uint8Array(exports.memory.buffer, exports.outbox(), length));
    assert.equal(JSON.parse(answer.trim()).outcome, 'TypeError');
  }
  // A call without a message, twice, has one as well.
  assert.ok(exports.call() > 0 && exports.call() > 0);
});

test('a module that failed is not asked again', () => {
  const large = `{"a": "${'x'.repeat(64 << 20)}",${RSA.slice(1)}`;
  assert.equal(tpm.verifyResponseSync(large, { payloadId: PAYLOAD_ID }).verdict, 'verified-self-asserted');
  assert.equal(tpm.verifyResponseSync(RSA, { payloadId: PAYLOAD_ID }).verdict, 'verified-self-asserted');
});

test('memory is flat', { timeout: 600_000 }, () => {
  // TPM_QUOTE_CALLS says how many times; a million takes two minutes.
  const calls = Number(process.env.TPM_QUOTE_CALLS ?? 40_000);
  const cut = RSA.slice(0, -300);
  const failed = { ...CASE, signature: new Uint8Array([0, 0x18]) };
  const kinds = [
    () => tpm.verifyResponseSync(RSA, { payloadId: PAYLOAD_ID }).report(),
    () => tpm.verifyQuoteSync(failed),
    () => tpm.verifyResponseSync(RSA, { payloadId: 'another' }),
    () => tpm.parseSync(CASE.key),
    () => [...tpm.verifyManySync([[PAYLOAD_ID, cut]])][0].report(),
    ...Array(5).fill(() => tpm.verifyResponseSync(cut, { payloadId: PAYLOAD_ID })),
  ];
  const bootLog = bytes('boot/01-secureboot-grub/eventlog.bin');
  const imaList = bytes('ima/08-ima-sig/ima.bin');
  // What takes longer comes less often.
  const logs = [
    () => machine('01-secureboot-grub', { bootLog, policy: POLICY }),
    () => machine('01-secureboot-grub', { imaList, imaAllow: `sha256:${'11'.repeat(32)}` }),
    () => tpm.verifyResponseSync(RSA, { payloadId: PAYLOAD_ID, policy: '{"at": "tomorrow"}' }),
  ];
  const round = (count) => {
    for (let n = 0; n < count; n += 1) {
      try {
        (n % 100 < logs.length ? logs[n % 100] : kinds[n % kinds.length])();
      } catch (error) {
        error.report?.();
      }
    }
    globalThis.gc();
    const { rss, heapUsed } = process.memoryUsage();
    return { rss, heapUsed };
  };
  round(5000);
  const before = round(5000);
  const after = round(calls);
  const said = `after 10000 and after ${calls} more calls: ${JSON.stringify([before, after])}`;
  console.log(said);
  assert.ok(after.heapUsed - before.heapUsed < 1 << 20, said);
  // Buffers that are freed are given back when the collector likes.
  assert.ok(after.rss - before.rss < 64 << 20, said);
});

test('the memory of the module itself is flat', () => {
  const compiled = new WebAssembly.Module(readFileSync(new URL(import.meta.resolve('tpm-quote/tpm_quote.wasm'))));
  const { exports } = new WebAssembly.Instance(compiled);
  const encode = (name, given) => message(name, options(Object.entries(given)));
  const messages = [
    encode('verifyResponse', { response: RSA, payloadId: PAYLOAD_ID }),
    encode('verifyResponse', { response: RSA.slice(0, -300), payloadId: PAYLOAD_ID }),
    encode('verifyQuote', { ...CASE }),
    encode('parse', { data: CASE.key }),
    encode('verifyQuote', { key: 5 }),
    new Uint8Array(3),
  ];
  const round = (count) => {
    for (let n = 0; n < count; n += 1) {
      const message = messages[n % messages.length];
      const at = exports.inbox(message.length);
      new Uint8Array(exports.memory.buffer, at, message.length).set(message);
      exports.call();
    }
    return exports.memory.buffer.byteLength;
  };
  const before = round(60);
  assert.equal(round(6000), before);
  assert.ok(before < 4 << 20, String(before));
});
