// Results and errors as objects of JavaScript.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';

import * as tpm from 'tpm-quote';

import { PAYLOAD_ID, RSA, bytes, facts, hex, json } from './data.js';

const UNAVAILABLE = '{"_metadata": {"tpm_attestation": {"is_available": false}}}';
const TIME = 'attest/016-gettime-rsa';

const quote = () => tpm.verifyResponseSync(RSA, { payloadId: PAYLOAD_ID });
const attest = () =>
  tpm.verifyAttestSync('time', {
    key: bytes(`${TIME}/ak.pub`),
    attest: bytes(`${TIME}/attest`),
    signature: bytes(`${TIME}/sig`),
    nonce: facts(TIME).attest.extraData,
  });
const results = () => [
  quote(),
  attest(),
  tpm.verifyResponseSync(UNAVAILABLE, { payloadId: PAYLOAD_ID, tier: 'high' }),
  ...tpm.verifyManySync([[PAYLOAD_ID, RSA], ['another', RSA]]),
];

async function rejection(options, response = RSA) {
  try {
    await tpm.verifyResponse(response, options);
  } catch (error) {
    return error;
  }
  return assert.fail('nothing was thrown');
}

test('a result compares with nothing', () => {
  for (const result of results()) {
    for (const use of [() => result == true, () => result + '', () => +result, () => result > 0]) {
      assert.throws(use, TypeError);
    }
    assert.equal(`${result}`, inspect(result));
  }
});

test('results are frozen, and made by verification alone', () => {
  for (const result of results()) {
    const { constructor } = result;
    for (const name of ['verdict', 'key', 'anything', 'nonce']) {
      assert.throws(() => { result[name] = 'verified'; }, TypeError, name);
    }
    assert.throws(() => { constructor.prototype.report = () => ({}); }, TypeError);
    assert.throws(() => new constructor(), TypeError);
    assert.throws(() => new constructor(Symbol('verified'), {}), TypeError);
    assert.throws(() => Object.create(constructor.prototype).report(), TypeError);
  }
  const { key, clock, warnings } = quote();
  for (const part of [key, clock, warnings]) assert.ok(Object.isFrozen(part));
});

test('values that are handed out are copies', () => {
  const one = quote();
  one.pcrs.sha256[7].fill(0);
  one.pcr('sha256', 7).fill(0);
  one.nonce.fill(0);
  one.report().verdict = 'verified';
  assert.notEqual(hex(one.pcr('sha256', 7)), '00'.repeat(32));
  assert.notEqual(hex(one.nonce), '00'.repeat(16));
  assert.equal(one.report().verdict, 'verified-self-asserted');
});

test('representations say what it is', () => {
  const [one, time, unavailable, good, bad] = results().map(String);
  const { name } = quote().key;
  assert.equal(one, `<Quote verified-self-asserted sha256:0,7,10 by rsa-2048 ${name}>`);
  assert.match(time, /^<Attest verified-self-asserted TPM_ST_ATTEST_TIME by rsa-2048 /);
  assert.equal(unavailable, '<Unavailable: nothing is known of the machine>');
  assert.equal(good, '<Report verified-self-asserted>');
  assert.equal(bad, '<Report rejected nonce>');
});

test('a quote says what another program says', () => {
  const one = quote();
  const told = facts('cases/004-main-rsa2048-rsassa-sha256').pcr_values.sha256;
  for (const index of [0, 7, 10]) assert.equal(hex(one.pcr('sha256', index)), told[index]);
  for (const [bank, index] of [['sha256', 8], ['sha1', 0]]) {
    assert.equal(one.pcr(bank, index), undefined);
  }
  assert.deepEqual(one.pcr('SHA256', 0), one.pcr('sha256', 0));
  for (const [bank, index] of [
    ['none', 0], ['sha-256', 0], ['__proto__', 0], ['sha256', 24], ['sha256', -1], ['sha256', 0.5],
  ]) {
    const fits = ({ name, message }) => name === 'RangeError' && (message.endsWith(`, not "${bank}"`) || message.endsWith(`, not ${index}`));
    assert.throws(() => one.pcr(bank, index), fits, `${bank}:${index}`);
  }
  assert.throws(() => one.pcr('sha256', '0'), /TypeError: index: expected a number, not "0"/);
  assert.throws(() => one.pcr(11, 0), /TypeError: bank: expected a string, not 11/);
  assert.equal(one.key.isAnchored, false);
  assert.equal(one.baselineMatched, 0);
  assert.match(one.warnings.join(), /Anyone can make such a key/);
  assert.deepEqual(one.report().warnings, one.warnings);
  assert.deepEqual(JSON.parse(JSON.stringify(one)), one.report());
});

test('a rejection tells what was expected and what came', async () => {
  const error = await rejection({ payloadId: '6c5a64a5-81bb-5788-8a7b-8361a95e1a5f' });
  assert.equal(error.found, facts('cases/004-main-rsa2048-rsassa-sha256').nonce_hex);
  assert.equal(error.expected, facts('cases/005-main-p256-ecdsa-sha256').nonce_hex);
  const lacking = await rejection({ payloadId: PAYLOAD_ID, requirePcrs: 'sha256:0,4' });
  assert.deepEqual([lacking.expected, lacking.found], ['sha256:0,4', 'sha256:0,7,10']);
  const baseline = { sha256: { 1: '00'.repeat(32) } };
  const uncovered = await rejection({ payloadId: PAYLOAD_ID, baseline });
  assert.deepEqual([uncovered.expected, uncovered.found], ['00'.repeat(32), null]);
});

test('errors have one family', async () => {
  for (const Class of [tpm.Rejected, tpm.Unsupported, tpm.Malformed]) {
    assert.equal(Object.getPrototypeOf(Class), tpm.VerifyError);
    assert.equal(Class.prototype.name, Class.name);
  }
  const error = await rejection({ payloadId: PAYLOAD_ID }, '');
  assert.ok(error instanceof tpm.Malformed && error instanceof Error);
  assert.deepEqual([error.check, error.problem], ['input', 'json-end']);
  assert.match(error.stack, /^Malformed: input: /);
  assert.deepEqual(JSON.parse(JSON.stringify(error)), error.report());
  // Names of checks and texts of other alphabets survive the boundary.
  const field = await rejection({ payloadId: PAYLOAD_ID }, '{"_metadata":{"tpm_attestation":{"is_available":"é\\"\\\\"}}}');
  assert.deepEqual([field.check, field.message], ['input', `input: ${field.report().message}`]);
});

test('unavailable is no quote', async () => {
  const [report] = tpm.verifyManySync([[PAYLOAD_ID, UNAVAILABLE]], { tier: 'standard' });
  assert.deepEqual([report.verdict, report.check, report.problem], ['unavailable', null, null]);
  for (const call of [
    () => report.verified(),
    () => tpm.verifyResponseSync(UNAVAILABLE, { payloadId: PAYLOAD_ID }),
  ]) {
    assert.throws(call, (error) =>
      error instanceof tpm.Rejected && error.check === 'tier' && error.problem === 'unavailable');
  }
});

test('of many, each has its verdict, in their order, as they are asked for', async () => {
  let read = 0;
  async function* endless() {
    for (;;) {
      read += 1;
      yield [read % 2 === 0 ? 'another' : PAYLOAD_ID, RSA];
    }
  }
  const found = [];
  for await (const report of tpm.verifyMany(endless())) {
    found.push(report.verdict);
    if (report.check === null) assert.equal(report.verified().key.trust, 'self-asserted');
    else assert.throws(() => report.verified(), tpm.Rejected);
    if (found.length === 4) break;
  }
  assert.deepEqual(found, ['verified-self-asserted', 'rejected', 'verified-self-asserted', 'rejected']);
  assert.equal(read, 4);
});

test('of many, an item that is no pair is an error in its place', () => {
  for (const item of [null, 5, RSA, [RSA], [PAYLOAD_ID, RSA, RSA], [5, RSA], [PAYLOAD_ID, 5]]) {
    const reports = tpm.verifyManySync([[PAYLOAD_ID, RSA], item, [PAYLOAD_ID, RSA]]);
    assert.equal(reports.next().value.verified().verdict, 'verified-self-asserted');
    assert.throws(() => reports.next(), TypeError);
  }
});

test('of many, a response of another type is told by its number', () => {
  const reports = tpm.verifyManySync([[PAYLOAD_ID, RSA], [PAYLOAD_ID, Promise.resolve(RSA)]]);
  reports.next();
  assert.throws(() => reports.next(), /^TypeError: response 2: expected .*, not Promise: await it$/);
});

test('of many, settings are judged before anything is read, and kept', async () => {
  function* unread() {
    throw new assert.AssertionError({ message: 'read' });
  }
  for (const [options, Class] of [
    [{ baseline: {} }, tpm.Malformed],
    [{ tier: 'low' }, RangeError],
    [{ requirePcrs: 'x' }, tpm.Malformed],
    [{ payloadId: 'x' }, TypeError],
    [{ response: RSA }, TypeError],
    [{ line: 1 }, TypeError],
    [{ akNames: undefined }, TypeError],
  ]) {
    assert.throws(() => tpm.verifyManySync(unread(), options), Class);
    await assert.rejects(tpm.verifyMany(unread(), options).next(), Class);
  }
  const akNames = [`000b${'11'.repeat(32)}`];
  const reports = tpm.verifyManySync([[PAYLOAD_ID, RSA]], { akNames });
  akNames.push(quote().key.name);
  assert.equal(reports.next().value.check, 'key-anchor');
});

test('concurrent calls do not mix', async () => {
  const ecc = json('blocks/ecc-main-aik-tpm2b.json');
  const large = `{"a": "${'x'.repeat(20 << 20)}",${RSA.slice(1)}`;
  const calls = Array.from({ length: 30 }, (_, n) => {
    if (n % 10 === 0) return tpm.verifyResponse(large, { payloadId: PAYLOAD_ID });
    return n % 2 === 0
      ? tpm.verifyResponse(RSA, { payloadId: PAYLOAD_ID })
      : tpm.verifyResponse(ecc, { payloadId: ecc._metadata.payload_id });
  });
  const found = (await Promise.all(calls)).map((result) => result.key.algorithm);
  assert.deepEqual(found, calls.map((_, n) => (n % 2 === 0 ? 'rsa-2048' : 'ecc-p256')));
});
