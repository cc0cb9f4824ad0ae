// Lists of IMA, and the evidence of other projects with the hardware that vouches for its key.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as tpm from 'tpm-quote';

import { bytes, facts, json, quoteCase, text } from './data.js';

const CASE = '004-main-rsa2048-rsassa-sha256';
const AT = new Date('2030-01-01T00:00:00Z');
const [MEASUREMENT, ID_KEY] = ['6a'.repeat(48), '94'.repeat(48)];

/** A machine's quote that covers PCR 10, with its list. */
function listed(name, options = {}) {
  const quote = facts(`ima/${name}`).quotes.find(({ dir }) => dir === 'quotes/ecc-sha256-few');
  const part = (file) => bytes(`ima/${name}/${quote.dir}/${file}`);
  return tpm.verifyQuoteSync({
    key: bytes(`ima/${name}/${quote.ak}`),
    attest: part('quote.attest'),
    signature: part('quote.sig'),
    pcrs: part('pcrs.values'),
    requirePcrs: 'sha256:0,7,10',
    nonce: quote.nonce,
    imaList: bytes(`ima/${name}/ima.bin`),
    ...options,
  });
}

/** The digests of the kernel's own text, but for the violations and the boot aggregate. */
function digests(name) {
  const lines = Buffer.from(bytes(`ima/${name}/ima.ascii`)).toString('latin1').split('\n');
  const found = lines.filter((line) => line.startsWith('10 ')).map((line) => line.split(' ')[3]);
  const named = found.slice(1).map((digest) => (digest.includes(':') ? digest : `sha1:${digest}`));
  return named.filter((digest) => !/:0+$/.test(digest));
}

const fails = (call, check, problem) =>
  assert.throws(call, (error) => error.check === check && error.problem === problem, problem);

test('a list is replayed and judged', () => {
  for (const name of ['07-ima-sha1', '08-ima-sig', '10-ima-ngv2-verity']) {
    const { entries } = facts(`ima/${name}`).ima[0];
    for (const imaList of [bytes(`ima/${name}/ima.bin`), text(`ima/${name}/ima.ascii`)]) {
      const { ima } = listed(name, { imaList });
      assert.deepEqual([ima.entries, ima.proven], [entries, entries]);
    }
    const good = digests(name);
    const lines = good.map((digest) => `${digest.split(':').at(-1)}  /some/file\n`).join('');
    for (const imaAllow of [good, new Set(good), JSON.stringify({ ima_allow: good })]) {
      assert.equal(listed(name, { imaAllow, imaRequire: good.slice(0, 3) }).ima.unknown, 0);
    }
    if (name === '08-ima-sig') assert.equal(listed(name, { imaAllow: lines }).ima.unknown, 0);
    fails(() => listed(name, { imaAllow: good.slice(1) }), 'ima', 'ima-not-allowed');
    const imaRequire = `sha256:${'11'.repeat(32)}`;
    fails(() => listed(name, { imaAllow: good, imaRequire }), 'ima', 'ima-required');
  }
  const { imaList, ...without } = { ...quoteCase(CASE) };
  assert.equal(tpm.verifyQuoteSync(without).ima, null);
  fails(() => listed('08-ima-sig', { imaList: bytes('ima/07-ima-sha1/ima.bin') }), 'ima', 'ima-mismatch');
});

test('a list goes on from a state', () => {
  const name = '08-ima-sig';
  const imaAllow = digests(name);
  assert.equal(listed(name).imaState, null);
  const whole = listed(name, { imaKeepState: true, imaAllow });
  const { imaState } = whole;
  assert.ok(imaState.length > 0);
  assert.deepEqual(whole.ima, listed(name, { imaAllow }).ima);
  const imaList = new Uint8Array();
  const again = listed(name, { imaList, imaState, imaAllow });
  assert.deepEqual([again.ima, again.imaState], [whole.ima, imaState]);
  assert.equal(listed(name, { imaState, imaAllow }).ima.tail_entries, whole.ima.proven);
  fails(() => listed(name, { imaList, imaState, imaAllow, imaRequire: imaAllow[0] }), 'ima', 'ima-state-policy');
  fails(() => listed('07-ima-sha1', { imaList, imaState }), 'ima', 'ima-state-key');
  for (const more of [{ imaState }, { imaKeepState: true }]) {
    assert.throws(() => listed(name, { imaEntries: true, ...more }), /RangeError: imaEntries: /);
    assert.throws(() => tpm.verifyManySync([], { imaList: 'response', ...more }), /'imaState'/);
  }
});

test('violations are refused unless they are allowed', () => {
  const name = '11-ima-odd-names';
  const imaAllow = digests(name);
  fails(() => listed(name, { imaAllow }), 'ima', 'ima-violation');
  const { ima } = listed(name, { imaAllow, dangerousImaViolations: true });
  const policy = { ima_allow: imaAllow, dangerous_ima_violations: true };
  assert.deepEqual(listed(name, { policy }).ima, ima);
  const files = { policy: { ima_allow: ['allow.txt'] } };
  assert.throws(() => listed(name, files), /RangeError: policy: ima_allow: names a file, .* as the option 'imaAllow'/);
  assert.equal(ima.violations, facts(`ima/${name}`).ima[0].violations.length);
});

test('settings of lists that make no sense, or have no effect, are errors', () => {
  const name = '08-ima-sig';
  const imaAllow = digests(name);
  for (const imaList of [new Uint8Array(), new Uint8Array(9).fill(0xff), '/sys/kernel/security/ima']) {
    assert.throws(() => listed(name, { imaList }), tpm.Malformed);
  }
  for (const wrong of ['allow.txt', '', [], ['sha256:00']]) {
    assert.throws(() => listed(name, { imaAllow: wrong }), tpm.Malformed);
  }
  assert.throws(() => listed(name, { imaAllow, imaRequire: '66f7' }), /Malformed: input: imaRequire: "66f7": /);
  for (const options of [{ imaRequire: imaAllow }, { dangerousImaViolations: true }]) {
    assert.throws(() => listed(name, options), /TypeError: .*only together with 'imaAllow'/);
  }
  assert.throws(() => tpm.verifyQuoteSync({ ...quoteCase(CASE), imaAllow }), /TypeError: .*'imaList'/);
  for (const options of [{ imaList: 5 }, { imaAllow: [5] }, { imaAllow, imaRequire: [5] }]) {
    assert.throws(() => listed(name, options), /TypeError: ima/);
  }
  assert.throws(() => tpm.verifyManySync([], { imaList: '' }), /TypeError: .*'imaList' only as 'response'/);
});

test('a response carries its logs', () => {
  const encoded = (file) => Buffer.from(bytes(`server/${file}`)).toString('base64');
  const carrying = (name, list, changes = {}) => {
    const response = json(`server/${name}`);
    const logs = { event_log_b64: encoded('eventlog.bin'), ima_log_b64: encoded(list) };
    Object.assign(response._metadata, logs, changes);
    return response;
  };
  const imaAllow = text('server/allow.txt');
  const { boot, ak_name } = json('server/policy.json');
  const options = { bootLog: 'response', imaList: 'response', imaAllow, policy: { boot, ak_name } };
  const nonce = 'b7154f895a4c4ce055494a2b023571a520caecc36ff541d534d0e25657eaa907';
  const quote = tpm.verifyResponseSync(carrying('response.json', 'ima.bin'), { ...options, nonce });
  assert.deepEqual([quote.verdict, quote.key.trust, quote.boot.secure_boot], ['verified', 'pinned', 'on']);
  const later = '4b53dbd5e363657c4d5b52937b39b3e515856de87f078868e2711a95eecc8484';
  const response = carrying('later.json', 'ima-later.bin');
  fails(() => tpm.verifyResponseSync(response, { ...options, nonce: later }), 'ima', 'ima-not-allowed');
  for (const missing of ['event_log_b64', 'ima_log_b64']) {
    const less = carrying('response.json', 'ima.bin');
    delete less._metadata[missing];
    assert.throws(() => tpm.verifyResponseSync(less, { ...options, nonce }), (error) => error.problem === 'log-not-carried');
  }
  const odd = carrying('response.json', 'ima.bin', { event_log_b64: '?' });
  assert.equal(tpm.verifyResponseSync(odd, { nonce }).boot, null);
  const [report] = tpm.verifyManySync([['x', response]], { bootLog: 'response', imaList: 'response' });
  const states = Object.fromEntries(report.report().checks.map(({ name, state }) => [name, state]));
  assert.deepEqual([report.check, states['boot-log'], states.ima], ['nonce', 'not-reached', 'not-reached']);
  assert.throws(() => tpm.verifyManySync([], { bootLog: new Uint8Array() }), /'bootLog' only as 'response'/);
  assert.throws(() => listed('08-ima-sig', { imaList: 'response' }), /no response that could carry/);
});

const azure = (options = {}, evidence = json('snp/azure.json')) =>
  tpm.verifyQuoteSync({
    evidence,
    nonce: facts(`cases/${CASE}`).nonce_hex,
    hardwareRoot: Buffer.concat([bytes('snp/ask.der'), bytes('snp/ark.der')]),
    hardwareMeasurement: MEASUREMENT,
    at: AT,
    ...options,
  });

test('a policy may have several measurements', () => {
  const given = {
    evidence: json('snp/azure.json'),
    nonce: facts(`cases/${CASE}`).nonce_hex,
    hardwareRoot: Buffer.concat([bytes('snp/ask.der'), bytes('snp/ark.der')]),
    at: AT,
  };
  for (const [key, good, problem] of [
    ['hardware_measurement', MEASUREMENT, 'snp-measurement'],
    ['hardware_id_key', ID_KEY, 'snp-id-key'],
  ]) {
    const verify = (...several) => tpm.verifyQuoteSync({ ...given, policy: { [key]: several } });
    assert.equal(verify('11'.repeat(48), good).key.trust, 'bound-to-hardware');
    fails(() => verify('11'.repeat(48), '22'.repeat(48)), 'key-anchor', problem);
  }
});

test('the processor vouches for the key in the evidence of Azure', async () => {
  const whole = text('snp/azure.json');
  for (const evidence of [whole, new TextEncoder().encode(whole), JSON.parse(whole)]) {
    const quote = azure({ requireAnchor: true, requirePcrs: 'sha256:0,7' }, evidence);
    assert.deepEqual([quote.verdict, quote.key.trust], ['verified', 'bound-to-hardware']);
    const { measurement, id_key, tcb } = quote.report().key.hardware;
    assert.deepEqual([measurement, id_key, tcb], [MEASUREMENT, ID_KEY, '4.0.24.219']);
    assert.equal(quote.selection, 'sha256:0,7,10');
  }
  const { key } = quoteCase(CASE);
  for (const options of [
    { hardwareMeasurement: ['11'.repeat(48), Buffer.from(MEASUREMENT, 'hex')] },
    { hardwareIdKey: ID_KEY },
    { hardwareTcb: '4.0.24.219' },
    { key },
  ]) {
    assert.equal(azure(options).key.trust, 'bound-to-hardware');
  }
  for (const [options, problem] of [
    [{ hardwareMeasurement: '11'.repeat(48) }, 'snp-measurement'],
    [{ hardwareIdKey: '11'.repeat(48) }, 'snp-id-key'],
    [{ hardwareTcb: '4.0.25.0' }, 'snp-tcb-too-old'],
    [{ key: quoteCase('005-main-p256-ecdsa-sha256').key }, 'key-differs'],
  ]) {
    fails(() => azure(options), 'key-anchor', problem);
  }
  const hardwareRoot = Buffer.concat([bytes('snp/ask-stranger.der'), bytes('snp/ark.der')]);
  assert.throws(() => azure({ hardwareRoot }), (error) => error.check === 'key-anchor');
  const { at, ...now } = { at: AT, hardwareIdKey: ID_KEY };
  assert.equal(azure(now).key.trust, 'bound-to-hardware');
  await assert.rejects(
    tpm.verifyQuote({ evidence: '{}', nonce: '00', key }),
    tpm.Malformed,
  );
});

test('the key of evidence can be named, and has to be vouched for', () => {
  const given = { evidence: json('snp/azure.json'), nonce: facts(`cases/${CASE}`).nonce_hex };
  const { key } = quoteCase(CASE);
  assert.equal(tpm.verifyQuoteSync({ ...given, key }).key.trust, 'self-asserted');
  const akNames = facts(`cases/${CASE}`).ak_name_hex;
  assert.equal(tpm.verifyQuoteSync({ ...given, key, akNames }).key.trust, 'pinned');
  assert.throws(() => tpm.verifyQuoteSync(given), /TypeError: .*vouches for its key/);
  for (const [options, said] of [
    [{ akNames }, /'hardwareRoot' or 'akNames', not both/],
    [{ pcrs: {} }, /'evidence' or 'pcrs', not both/],
  ]) {
    assert.throws(() => azure(options), said);
  }
  for (const [options, said] of [
    [{ hardwareMeasurement: '6a' }, /hardwareMeasurement: 1 bytes, expected 48/],
    [{ hardwareTcb: '4.0.24' }, /hardwareTcb: expected four numbers/],
    [{ hardwareRoot: bytes('snp/ask.der') }, /hardwareRoot: lacks the certificate/],
  ]) {
    assert.throws(() => azure(options), (error) => error instanceof RangeError && said.test(error.message));
  }
  assert.throws(() => tpm.verifyQuoteSync({ ...given, key, hardwareIdKey: ID_KEY }), /together with 'hardwareRoot'/);
  const lonely = { ...quoteCase(CASE), hardwareRoot: bytes('snp/ark.der'), hardwareIdKey: ID_KEY };
  assert.throws(() => tpm.verifyQuoteSync(lonely), /together with 'evidence'/);
});
