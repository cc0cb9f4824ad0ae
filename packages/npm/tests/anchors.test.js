// Keys in other forms, certificates, and logs of a machine's boot.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as tpm from 'tpm-quote';

import { bytes, facts, json, machine, quoteCase, text } from './data.js';

const ECC = '005-main-p256-ecdsa-sha256';
const AT = new Date('2030-01-01T00:00:00Z');
const certificate = (name) => bytes(`certificates/${name}.der`);
const verify = (options = {}) => tpm.verifyQuoteSync({ ...quoteCase(ECC), ...options });
const pem = text(`cases/${ECC}/ak.pem`);
const anchored = { akCert: certificate('ak-main-p256'), ca: certificate('root'), at: AT };

test('a key comes in any form', () => {
  const number = (name) => Buffer.from(facts(`cases/${ECC}`).ak_public[name], 'hex').toString('base64url');
  const jwk = JSON.stringify({ kty: 'EC', crv: 'P-256', x: number('x'), y: number('y') });
  const der = Buffer.from(pem.replaceAll(/^-.*$/gm, ''), 'base64');
  for (const key of [pem, Buffer.from(pem), der, jwk, Buffer.from(jwk)]) {
    const quote = verify({ key });
    assert.equal(quote.key.trust, 'self-asserted');
    const { state } = quote.report().checks.find(({ name }) => name === 'key-attributes');
    assert.equal(state, 'not-asked-for');
  }
  for (const key of ['-----BEGIN nothing', '{}', new Uint8Array(), new Uint8Array(9)]) {
    assert.throws(() => verify({ key }), tpm.Malformed);
  }
  assert.throws(() => verify({ key: 'ak.pem' }), TypeError);
  for (const setting of [{ akNames: `000b${'11'.repeat(32)}` }, { hierarchy: 'owner' }, { since: verify() }]) {
    assert.throws(() => verify({ key: pem, ...setting }), /TypeError: \w+: needs the public area/);
  }
});

test('a certificate vouches for the key', () => {
  const base64 = Buffer.from(anchored.akCert).toString('base64').replaceAll(/.{64}/g, '$&\n');
  const akCert = `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`;
  for (const options of [
    anchored,
    { ...anchored, akCert },
    { ...anchored, ca: [certificate('root-stranger'), anchored.ca] },
    { ...anchored, at: AT.getTime() / 1000 },
  ]) {
    const quote = verify({ ...options, requireAnchor: true });
    assert.deepEqual([quote.verdict, quote.key.trust], ['verified', 'certificate']);
  }
  assert.equal(verify({ ...anchored, key: pem }).key.trust, 'certificate-key');
  const { at, ...now } = anchored;
  assert.equal(verify(now).key.trust, 'certificate');
  for (const options of [
    { ca: certificate('root-stranger') },
    { at: new Date('1999-01-01') },
    { akCert: certificate('ak-p256') },
    { akCert: certificate('ek-p256') },
    { profile: 'google', googleProject: 'acme' },
    { profile: 'azure', azureVm: 'x' },
  ]) {
    for (const key of [quoteCase(ECC).key, pem]) {
      assert.throws(
        () => verify({ ...anchored, key, ...options }),
        (error) => error instanceof tpm.Rejected && error.check === 'key-anchor',
      );
    }
  }
});

test('a setting of certificates or logs without effect is an error', () => {
  for (const options of [
    { ca: certificate('root') }, { at: AT }, { profile: 'tcg' }, { googleProject: 'x' },
    { googleInstance: 5n }, { azureVm: 'x' }, { akCert: anchored.akCert },
    { allowPadding: true }, { allowSuffix: 'os-separator' },
    { ...anchored, azureVm: 'x' }, { ...anchored, profile: 'azure', googleProject: 'x' },
  ]) {
    assert.throws(() => verify(options), /TypeError: .*together with/);
  }
  for (const profile of ['azure', 'google']) {
    assert.throws(() => verify({ ...anchored, profile }), /TypeError: .*VMs of all customers/);
  }
  for (const [options, said] of [
    [{ profile: 'aws' }, /^profile: expected 'tcg', 'azure', /],
    [{ at: -1 }, /^at: expected a Date or seconds since 1970, not -1$/],
    [{ at: new Date(NaN) }, /, not Invalid Date$/],
    [{ at: Date.UTC(2030, 0, 1) }, /, not 1893456000000: is it in milliseconds\?$/],
  ]) {
    assert.throws(() => verify({ ...anchored, ...options }), (error) => error.constructor === RangeError && said.test(error.message));
  }
  for (const [at, said] of [
    ['now', /^at: expected a Date or seconds since 1970, not "now"$/],
    ['2030-01-01T00:00:00Z', /, not "2030-01-01T00:00:00Z": give new Date\("2030-01-01T00:00:00Z"\)$/],
    [5n, /, not 5$/],
    [{}, /, not Object$/],
  ]) {
    assert.throws(() => verify({ ...anchored, at }), (error) => error.constructor === TypeError && said.test(error.message));
  }
  assert.throws(() => verify({ now: 5 }), TypeError);
  assert.throws(() => verify({ ...anchored, now: 5 }), TypeError);
  assert.throws(() => tpm.verifyManySync([], { bootLog: new Uint8Array() }), TypeError);
});

test('a boot log is replayed', () => {
  const [shim, separated] = ['01-secureboot-grub', '13-os-separator'];
  const log = (name) => bytes(`boot/${name}/eventlog.bin`);
  assert.equal(machine(shim).boot, null);
  const explained = machine(shim, { bootLog: log(shim) }).boot.explained_pcrs.map(({ index }) => index);
  const logged = Object.keys(json(`boot/${shim}/case.json`).eventlog.replay.sha256).map(Number);
  for (const index of logged) assert.ok(explained.includes(index), String(index));
  const padded = Buffer.concat([log(shim), new Uint8Array(32).fill(0xff)]);
  assert.equal(machine(shim, { bootLog: padded, allowPadding: true }).boot.tail_bytes, 32);
  const suffixed = machine(separated, { bootLog: log(separated), allowSuffix: 'os-separator' });
  assert.deepEqual(suffixed.boot.suffixes.map(({ name }) => name), ['os-separator']);
  assert.throws(
    () => machine(shim, { bootLog: log(separated), allowSuffix: ['os-separator'] }),
    (error) => error.check === 'boot-log' && error.problem === 'log-mismatch',
  );
  assert.throws(() => machine(separated, { bootLog: log(separated) }), tpm.VerifyError);
  assert.throws(() => machine(shim, { bootLog: new Uint8Array(9) }), tpm.Malformed);
  assert.throws(() => machine(shim, { bootLog: '/sys/kernel/security/tpm0' }), TypeError);
  assert.throws(() => machine(shim, { bootLog: log(shim), allowSuffix: 'x' }), RangeError);
});
