// Policies: what the options say, as a file of the command has it, and rules for a boot.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import * as tpm from 'tpm-quote';

import { DATA, PAYLOAD_ID, RSA, bytes, facts, json, machine, quoteCase } from './data.js';

const ECC = '005-main-p256-ecdsa-sha256';
const MACHINE = '01-secureboot-grub';
const verify = (options) => tpm.verifyQuoteSync({ ...quoteCase(ECC), ...options });
const bootLog = bytes(`boot/${MACHINE}/eventlog.bin`);

/** The rules of the example of docs/policy.md, which is about this machine. */
function documented() {
  const text = readFileSync(new URL('../../docs/policy.md', DATA), 'utf8');
  return JSON.parse(/```json\n([^]*?)```/.exec(text)[1]).boot;
}

test('rules for a boot are judged', () => {
  const rules = documented();
  const text = JSON.stringify({ boot: rules });
  for (const policy of [{ boot: rules }, text, new TextEncoder().encode(text)]) {
    assert.equal(machine(MACHINE, { bootLog, policy }).boot.secure_boot, 'on');
  }
  for (const [change, problem] of [
    [{ allow_images: rules.allow_images.slice(1) }, 'image-not-allowed'],
    [{ allow_authorities: rules.require_authorities }, 'authority-not-allowed'],
    [{ allow_command_lines: ['quiet'] }, 'command-line-not-allowed'],
    [{ sbat_at_least: ['shim,9'] }, 'sbat-too-old'],
    [{ dbx_has: ['11'.repeat(32)] }, 'dbx-entry-missing'],
  ]) {
    assert.throws(
      () => machine(MACHINE, { bootLog, policy: { boot: { ...rules, ...change } } }),
      (error) => error instanceof tpm.Rejected && error.check === 'boot-log' && error.problem === problem,
      problem,
    );
  }
  const policy = { boot: { require_images: rules.allow_images } };
  assert.throws(() => machine(MACHINE, { bootLog, policy }), tpm.Malformed);
});

test('a policy says what the options say', async () => {
  const policy = { ak_name: [facts(`cases/${ECC}`).ak_name_hex], require_anchor: true };
  assert.equal(verify({ policy }).key.trust, 'pinned');
  for (const [policy, check] of [
    [{ ak_name: [`000b${'11'.repeat(32)}`] }, 'key-anchor'],
    [{ require_anchor: true }, 'key-anchor'],
    [{ require_pcrs: 'sha256:0,23' }, 'selection'],
    [{ min_firmware: 'ffffffffffffffff' }, 'clock'],
    [{ hierarchy: 'platform' }, 'signer'],
  ]) {
    assert.throws(() => verify({ policy }), (error) => error.check === check, check);
  }
  const anchor = { policy: { require_anchor: true } };
  const [report] = tpm.verifyManySync([[PAYLOAD_ID, RSA]], anchor);
  assert.equal(report.check, 'key-anchor');
  await assert.rejects(tpm.verifyResponse(RSA, { payloadId: PAYLOAD_ID, ...anchor }), tpm.Rejected);
  const akCert = bytes('certificates/ak-main-p256.der');
  const ca = bytes('certificates/root.der');
  assert.equal(verify({ akCert, ca, policy: { at: '2030-01-01T00:00:00Z' } }).key.trust, 'certificate');
  for (const at of ['1999-12-31T23:59:59+01:00', '5']) {
    assert.throws(() => verify({ akCert, ca, policy: { at } }), (error) => error.check === 'key-anchor');
  }
});

test('names by SHA-1 are allowed by an option or a policy', () => {
  const given = quoteCase('074-namealg-sha1');
  for (const options of [{}, { dangerousAllowSha1Signatures: true }]) {
    assert.throws(() => tpm.verifyQuoteSync({ ...given, ...options }), (error) => error.problem === 'name-alg-sha1');
  }
  for (const options of [{ dangerousAllowSha1Names: true }, { policy: { dangerous_sha1: true } }]) {
    assert.match(tpm.verifyQuoteSync({ ...given, ...options }).warnings.at(-1), /collisions can be made/);
  }
});

test('a policy that makes no sense is an error', () => {
  for (const [policy, said, problem] of [
    ['{}', /asks for nothing/, 'json-expected'],
    ['', /line 1, column 1/, 'json-end'],
    ['{"require_pcr": "sha256:0"}', /line 1, column 2: .* "require_pcr"/, 'field-unknown'],
    ['{"at": "1",\n "at": "2"}', /line 2, column 2/, 'field-repeated'],
    ['{"ak_name": []}', /a list with an element/, 'json-expected'],
    ['{"requireAnchor": true}', / Did you mean 'require_anchor'\?$/, 'field-unknown'],
    ['{"akNames": ["00"]}', / Did you mean 'ak_name'\?$/, 'field-unknown'],
    ['{"colorFul": true}', /[^?]$/, 'field-unknown'],
  ]) {
    assert.throws(
      () => tpm.verifyResponseSync(RSA, { payloadId: PAYLOAD_ID, bootLog, policy }),
      (error) => error instanceof tpm.Malformed && error.message.startsWith('input: policy: ') && said.test(error.message)
        && error.problem === problem && error.report().message === error.message.slice('input: '.length),
      String(said),
    );
  }
  for (const [policy, said] of [
    ['{"at": "tomorrow"}', /line 1, column 8: at: expected a time/],
    ['{"google_instance": "x"}', /google_instance: expected a number/],
    [{ boot: { allow_images: ['x'] } }, /allow_images: expected a hash and a digest/],
    [{ boot: { explained_pcrs: [24] } }, /explained_pcrs: not a PCR/],
    [{ baseline: 'good.json' }, /baseline: names a file, .* the option 'baseline'/],
    [{ ak_cert: 'x', ca: ['x'] }, /ak_cert: names a file, .* the option 'akCert'/],
  ]) {
    assert.throws(
      () => tpm.verifyResponseSync(RSA, { payloadId: PAYLOAD_ID, bootLog, policy }),
      (error) => error instanceof RangeError && error.message.startsWith('policy: ') && said.test(error.message),
      String(said),
    );
  }
  for (const policy of [5, [], true, new Map()]) {
    assert.throws(() => verify({ policy }), /TypeError: policy: /);
  }
});

test('a policy without effect is an error', () => {
  const both = { policy: { require_anchor: true }, requireAnchor: true };
  assert.throws(() => verify(both), /TypeError: .*'requireAnchor', which the policy has as well, as 'require_anchor'/);
  const boot = { require_secure_boot: true };
  assert.throws(() => verify({ policy: { boot } }), /TypeError: .* (only together with|needs) 'bootLog'/);
  const time = 'attest/017-gettime-p256';
  const given = {
    key: bytes(`${time}/ak.pub`),
    attest: bytes(`${time}/attest`),
    signature: bytes(`${time}/sig`),
    nonce: json(`${time}/case.json`).attest.extraData,
  };
  const policy = { require_safe_clock: true };
  assert.equal(tpm.verifyAttestSync('time', { ...given, policy }).verdict, 'verified-self-asserted');
  for (const policy of [{ tier: 'high' }, { require_pcrs: 'sha256:0' }, { allow_padding: true }, { boot }]) {
    assert.throws(() => tpm.verifyAttestSync('time', { ...given, policy }), /TypeError: .*does not look at it/);
  }
  for (const policy of [{ boot }, { allow_suffix: ['os-separator'] }]) {
    assert.throws(() => tpm.verifyManySync([], { policy }), /TypeError: .* (only together with|needs) 'bootLog'/);
  }
  assert.throws(() => tpm.parseSync(given.key, { policy }), TypeError);
});
