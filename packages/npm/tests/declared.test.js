// What the types declare is what the module takes.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import * as tpm from 'tpm-quote';

import { DATA, quoteCase } from './data.js';

const CASE = quoteCase('005-main-p256-ecdsa-sha256');
const declared = (file) => readFileSync(new URL(`../lib/${file}.d.ts`, import.meta.url), 'utf8');

/** The names of the members of an interface. */
function members(file, name) {
  const [, body] = new RegExp(`^export interface ${name} [^{]*\\{\n([^]*?)^\\}`, 'm').exec(declared(file));
  return [...body.matchAll(/^ {2}(?:readonly )?(\w+)\??:/gm)].map(([, member]) => member);
}

/** What the module says of a policy with this key. */
function said(policy) {
  try {
    tpm.verifyQuoteSync({ ...CASE, policy });
    return 'accepted';
  } catch (error) {
    return error.message;
  }
}

/** The keys in a table of the reader of policy files. */
function keys(table) {
  const source = readFileSync(new URL('../../src/evidence/policy_file.rs', DATA), 'utf8');
  const [, body] = new RegExp(`^const ${table}: &Keys = &\\[\n([^]*?)^\\];`, 'm').exec(source);
  return [...body.matchAll(/^ {4}\("(\w+)"/gm)].map(([, key]) => key);
}

test('the type of a policy has the keys that the module takes', () => {
  const top = keys('TOP');
  const namesFile = (key) => ['some.file', ['sha256:00']].some((value) => /: names a file/.test(said({ [key]: value })));
  const taken = [...top.filter((key) => !namesFile(key)), 'boot'];
  assert.deepEqual(members('policy', 'Policy').sort(), [...new Set(taken)].sort());
  assert.deepEqual(members('policy', 'BootRules').sort(), keys('RULES').sort());
  assert.ok(top.length > 30 && taken.length < top.length);
  for (const key of ['color', 'requireAnchor']) assert.match(said({ [key]: true }), new RegExp(`"${key}"`));
  for (const key of top) assert.doesNotMatch(said({ [key]: true }), new RegExp(`"${key}"`));
});

test('each option and each key has a comment', () => {
  let count = 0;
  for (const file of ['options', 'policy']) {
    const lines = declared(file).split('\n');
    for (const [at, line] of lines.entries()) {
      if (!/^ {2}(readonly )?\w+\??: /.test(line)) continue;
      count += 1;
      assert.match(lines[at - 1], /\*\/$/, line);
    }
  }
  assert.ok(count > 100, String(count));
});

test('what an error and a result have is declared', () => {
  const classes = declared('index');
  const quote = tpm.verifyQuoteSync(CASE);
  let error;
  try {
    tpm.verifyQuoteSync({ ...CASE, nonce: '00' });
  } catch (caught) {
    error = caught;
  }
  for (const [name, object] of [['Quote', quote], ['VerifyError', error]]) {
    const [, body] = new RegExp(`^export class ${name} [^]*?\\{\n([^]*?)^\\}`, 'm').exec(classes);
    for (const member of Object.keys(object)) assert.match(body, new RegExp(`^  readonly ${member}\\??: `, 'm'), `${name}.${member}`);
  }
});

test('bytes are a Uint8Array, a DataView or an ArrayBuffer, and no other array', async () => {
  const whole = (Class) => new Class(new Uint8Array([...CASE.nonce]).buffer);
  const length = CASE.nonce.length;
  for (const nonce of [CASE.nonce, Buffer.from(CASE.nonce), whole(DataView), new Uint8Array(CASE.nonce).buffer]) {
    assert.equal(tpm.verifyQuoteSync({ ...CASE, nonce }).verdict, 'verified-self-asserted');
  }
  assert.equal(length % 8, 0);
  for (const Class of [
    Int8Array, Uint8ClampedArray, Uint16Array, Int16Array, Uint32Array, Int32Array, Float32Array,
    Float64Array, BigInt64Array, BigUint64Array,
  ]) {
    const array = whole(Class);
    const help = `${Class.name}: give its bytes, new Uint8Array(array.buffer, array.byteOffset, array.byteLength)`;
    for (const name of ['key', 'attest', 'nonce', 'pcrs', 'baseline', 'policy', 'akNames', 'bootLog', 'imaList', 'since']) {
      assert.throws(() => tpm.verifyQuoteSync({ ...CASE, [name]: array }), { name: 'TypeError', message: `${name}: cannot be ${help}` });
    }
    for (const name of ['akNames', 'ca', 'parents']) {
      assert.throws(() => tpm.verifyQuoteSync({ ...CASE, [name]: [array] }), { name: 'TypeError', message: `${name}: cannot be ${help}` });
    }
    const response = { name: 'TypeError', message: `response: expected a string, a Uint8Array or an object, not ${help}` };
    assert.throws(() => tpm.verifyResponseSync(array, { payloadId: 'x' }), response);
    await assert.rejects(tpm.verifyResponse(array, { payloadId: 'x' }), response);
    assert.throws(() => tpm.parseSync(array), { name: 'TypeError', message: `data: cannot be ${help}` });
    assert.throws(() => tpm.nameOfSync(array), { name: 'TypeError', message: `public: cannot be ${help}` });
    assert.throws(() => [...tpm.verifyManySync([[array, '{}']])], TypeError);
  }
  const shared = new SharedArrayBuffer(length);
  new Uint8Array(shared).set(CASE.nonce);
  assert.throws(() => tpm.verifyQuoteSync({ ...CASE, nonce: shared }), /TypeError: nonce: cannot be SharedArrayBuffer: give new Uint8Array\(buffer\)/);
  assert.equal(tpm.verifyQuoteSync({ ...CASE, nonce: new Uint8Array(shared) }).verdict, 'verified-self-asserted');
  assert.throws(() => tpm.verifyQuoteSync({ ...CASE, key: new Blob([CASE.key]) }), /TypeError: key: cannot be Blob: give its bytes, new Uint8Array\(await blob/);
  assert.throws(() => tpm.verifyQuoteSync({ ...CASE, key: Promise.resolve(CASE.key) }), /TypeError: key: cannot be Promise: await it/);
});
