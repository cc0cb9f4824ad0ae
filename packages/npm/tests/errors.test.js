// Errors about what the caller gave: their class, the name that he wrote, and his value.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as tpm from 'tpm-quote';

import { PAYLOAD_ID, RSA, bytes, json, machine, quoteCase } from './data.js';

const CASE = quoteCase('005-main-p256-ecdsa-sha256');
const NAME = `000b${'11'.repeat(32)}`;
const anchored = { akCert: bytes('certificates/ak-main-p256.der'), ca: bytes('certificates/root.der') };
const imaList = bytes('ima/08-ima-sig/ima.bin');
const certified = { certifiedBy: CASE.key, certifyAttest: CASE.attest, certifySignature: CASE.signature };
const quote = (options) => tpm.verifyQuoteSync({ ...CASE, ...options });
const respond = (options) => tpm.verifyResponseSync(RSA, { payloadId: PAYLOAD_ID, ...options });
const hardware = (options) => tpm.verifyQuoteSync({
  evidence: json('snp/azure.json'), nonce: '00', hardwareRoot: Buffer.concat([bytes('snp/ask.der'), bytes('snp/ark.der')]),
  hardwareMeasurement: '6a'.repeat(48), ...options,
});
const attest = (kind, options) => {
  const { key, attest, signature, nonce } = CASE;
  return tpm.verifyAttestSync(kind, { key, attest, signature, nonce, ...options });
};

/** The error of a call. */
function caught(call) {
  try {
    call();
  } catch (error) {
    return error;
  }
  return assert.fail('nothing was thrown');
}

test('the class of an error follows the rule of the README', () => {
  const begin = '-----BEGIN nothing';
  for (const [Class, name, calls] of [
    [TypeError, 'another type', [
      () => quote({ nonce: 5 }), () => quote({ baseline: 5 }), () => quote({ trust: 5 }), () => quote({ policy: true }),
      () => quote({ requirePcrs: 5 }), () => quote({ akNames: [5] }), () => quote({ minimumFirmware: true }),
      () => quote({ ...anchored, at: 'now' }), () => quote({ ...anchored, profile: 5 }), () => respond({ tier: 3 }),
      () => respond({ payloadId: 5 }), () => quote({ key: 'x' }), () => quote({ requireAnchor: 1 }), () => tpm.parseSync(5),
      () => quote({ hierarchy: 1 }), () => quote({ imaList, imaAllow: 5 }), () => quote({ bootLog: 'Response' }),
    ]],
    [TypeError, 'an option that is unknown, missing, without effect or given twice', [
      () => quote({ color: 1 }), () => tpm.verifyResponseSync(RSA), () => tpm.verifyQuoteSync({ nonce: '00' }),
      () => respond({ nonce: '00' }), () => quote({ akNames: undefined }), () => quote({ ca: anchored.ca }),
      () => quote({ policy: { machine: 'x' } }), () => quote({ policy: { tier: 'high' } }),
      () => quote({ policy: { require_anchor: true }, requireAnchor: true }), () => quote({ ...anchored, profile: 'google' }),
      () => attest('time', { object: CASE.key }), () => quote({ imaAllow: 'sha256:00' }),
    ]],
    [RangeError, 'a word, a number or a date that the option does not take', [
      () => respond({ tier: 'low' }), () => quote({ hierarchy: 'Owner' }), () => quote({ ...anchored, profile: 'aws' }),
      () => quote({ signatureForm: 'der' }), () => quote({ scheme: 'ecdsa' }), () => quote({ hashAlgorithm: 'sha-256' }),
      () => machine('01-secureboot-grub', { bootLog: bytes('boot/01-secureboot-grub/eventlog.bin'), allowSuffix: 'x' }),
      () => quote({ ...anchored, at: -1 }), () => quote({ minimumFirmware: '12' }), () => quote({ minimumFirmware: -1n }),
      () => quote({ trust: `web ak-name ${NAME}`, machine: 'x' }), () => attest('quote', {}), () => tpm.parseSync(CASE.key, 'x'),
      () => attest('audit', { auditCommands: [-1] }), () => hardware({ hardwareTcb: '4.0' }), () => hardware({ hardwareMeasurement: '6a' }),
      () => attest('certify', { object: CASE.key, objectHas: 'x' }), () => quote({ policy: { hierarchy: 'x' } }),
      () => quote({ policy: { at: 'tomorrow' } }), () => quote({ since: {} }),
    ]],
    [tpm.Malformed, 'what has to be read and cannot be', [
      () => tpm.verifyResponseSync('{', { payloadId: 'x' }), () => quote({ key: new Uint8Array(9) }), () => quote({ key: begin }),
      () => quote({ pcrs: new Uint8Array(9) }), () => quote({ pcrs: '{' }), () => quote({ nonce: 'zz' }), () => quote({ nonce: '' }),
      () => quote({ akNames: 'zz' }), () => quote({ ...certified, certifyNonce: '0' }), () => attest('audit', { auditDigest: 'zz' }),
      () => quote({ requirePcrs: 'sha256' }), () => quote({ baseline: 'not JSON' }), () => quote({ baseline: new Uint8Array([0xff]) }),
      () => quote({ baseline: '{"sha256": {"0": "00", "0": "00"}}' }), () => quote({ baseline: {} }), () => quote({ baseline: { sha256: { 0: 'zz' } } }),
      () => quote({ since: '{' }), () => quote({ policy: '{' }), () => quote({ policy: { color: 1 } }), () => quote({ trust: 'x' }),
      () => quote({ trust: 'web ak-key a', trustFiles: { a: begin } }), () => quote({ trust: `web ak-name ${NAME}`, akCert: begin }),
      () => quote({ ...anchored, akCert: begin }), () => quote({ ...anchored, ca: begin }), () => quote({ certifiedBy: new Uint8Array(9), certifyAttest: CASE.attest, certifySignature: CASE.signature }),
      () => quote({ imaList: new Uint8Array(9) }), () => quote({ imaList, imaAllow: 'no digest' }), () => quote({ imaList, imaKey: 'no key' }),
      () => quote({ imaList, imaAllow: `sha256:${'11'.repeat(32)}`, imaRequire: '66f7' }), () => quote({ imaList, imaState: new Uint8Array(9) }),
      () => quote({ bootLog: new Uint8Array(9) }), () => quote({ userspaceLog: '{' }), () => hardware({ hardwareRoot: begin }),
      () => hardware({ hardwareRoot: new Uint8Array(9) }), () => tpm.parseSync(new Uint8Array([0xff, 0xff])), () => tpm.nameOfSync(new Uint8Array(9)),
      () => hardware({ evidence: '{' }),
    ]],
  ]) {
    for (const call of calls) {
      const error = caught(call);
      assert.equal(error.constructor, Class, `${name}: ${call}: ${error}`);
      if (error instanceof tpm.VerifyError) assert.deepEqual([error.check, error.report().problem], ['input', error.problem], String(call));
    }
  }
});

test('what a promise fails with is the same', async () => {
  for (const options of [{ baseline: 'not JSON' }, { since: '{' }, { policy: '{' }, { nonce: 'zz' }]) {
    const { message, help } = caught(() => quote(options));
    await assert.rejects(tpm.verifyQuote({ ...CASE, ...options }), { name: 'Malformed', message, help });
  }
  const many = { baseline: 'not JSON' };
  assert.throws(() => tpm.verifyManySync([], many), { name: 'Malformed', problem: 'json-expected' });
  await assert.rejects(tpm.verifyMany([], many).next(), { name: 'Malformed', problem: 'json-expected' });
});

test('JSON that cannot be read is told with its place, and in the report', () => {
  for (const [baseline, said, problem] of [
    ['not JSON', /^input: baseline: not JSON: at byte 0: /, 'json-expected'],
    ['{"sha256": {"0": "aa", }}', /^input: baseline: not JSON: at byte 23: /, 'json-expected'],
    ['{"sha256": {"0": "aa"', /^input: baseline: not JSON: at byte 21: .*too early/, 'json-end'],
    [new Uint8Array([0x22, 0xff, 0x22]), /^input: baseline: not JSON: /, undefined],
    ['{"sha256": {"0": "aa", "0": "bb"}}', /^input: baseline: a key is there twice$/, 'field-repeated'],
  ]) {
    const error = caught(() => quote({ baseline }));
    assert.match(error.message, said);
    if (problem !== undefined) assert.equal(error.problem, problem);
    const { message, help, verdict } = error.report();
    assert.deepEqual([`input: ${message}`, help, verdict], [error.message, error.help, 'malformed']);
  }
  assert.match(caught(() => quote({ baseline: '{' })).message, /baseline/);
  assert.match(caught(() => quote({ baseline: '[1,' })).help, /sha256|cut/);
});

test('a value that is refused is shown, cut and with escapes', () => {
  const long = 'z'.repeat(100);
  const cut = `"${'z'.repeat(40)}"...`;
  for (const [text, shown] of [['zz', '"zz"'], [long, cut], ['z\n\u0007"', '"z\\n\\u{7}\\""'], ['zé', '"zé"']]) {
    for (const [call, begin] of [
      [() => quote({ nonce: text }), `input: nonce: ${shown}: `],
      [() => quote({ akNames: text }), `input: akNames: ${shown}: `],
      [() => quote({ akNames: [NAME, text] }), `input: akNames: ${shown}: `],
      [() => quote({ ...certified, certifyNonce: text }), `input: certifyNonce: ${shown}: `],
      [() => quote({ requirePcrs: text }), `input: requirePcrs: ${shown}: `],
      [() => quote({ baseline: { sha256: { 0: text } } }), `input: baseline: sha256:0: ${shown}: `],
      [() => attest('audit', { auditDigest: text }), `input: auditDigest: ${shown}: `],
      [() => attest('nv', { nvName: text }), `input: nvName: ${shown}: `],
      [() => hardware({ hardwareMeasurement: text }), `input: hardwareMeasurement: ${shown}: `],
    ]) {
      const { message } = caught(call);
      assert.ok(message.startsWith(begin), `${message} does not begin with ${begin}`);
    }
    for (const [call, begin] of [
      [() => quote({ ...anchored, profile: text }), 'profile: expected '],
      [() => quote({ minimumFirmware: text }), 'minimumFirmware: expected '],
      [() => quote({ hashAlgorithm: text }), 'hashAlgorithm: expected '],
      [() => hardware({ hardwareTcb: text }), 'hardwareTcb: expected '],
    ]) {
      const { message } = caught(call);
      assert.ok(message.startsWith(begin) && message.split('. Note: ')[0].endsWith(`, not ${shown}`), message);
    }
  }
  assert.match(caught(() => quote({ minimumFirmware: 1n << 64n })).message, /, not 18446744073709551616$/);
  assert.match(caught(() => quote({ ...anchored, at: long })).message, new RegExp(`, not "${'z'.repeat(40)}\\.\\.\\."$`));
});

test('what a policy says is told by the key of the policy', () => {
  const bootLog = bytes('boot/01-secureboot-grub/eventlog.bin');
  const ima = { imaList, imaAllow: `sha256:${'11'.repeat(32)}` };
  for (const [policy, options, begin] of [
    [{ ak_name: ['zz'] }, {}, 'input: policy: ak_name: "zz": '],
    [{ require_pcrs: 'x' }, {}, 'input: policy: require_pcrs: "x": '],
    [{ min_firmware: '12' }, {}, 'policy: min_firmware: expected'],
    [{ certify_nonce: 'zz' }, certified, 'input: policy: certify_nonce: "zz": '],
    [{ certify_nonce: '00' }, {}, "verifyQuote() takes 'certify_nonce' of the policy only together with 'certifiedBy'"],
    [{ profile: 'aws' }, anchored, 'policy: profile: expected'],
    [{ profile: 'azure' }, anchored, "verifyQuote() needs 'azureVm'"],
    [{ google_project: 'x' }, anchored, "verifyQuote() takes 'google_project' of the policy only together with the profile"],
    [{ google_instance: '99999999999999999999' }, anchored, 'policy: google_instance: 99999999999999999999 is out of range'],
    [{ azure_vm: 'x' }, {}, "verifyQuote() takes 'azure_vm' of the policy only together with 'akCert'"],
    [{ machine: 'x' }, {}, "verifyQuote() takes 'machine' of the policy only together with 'trust'"],
    [{ machine: 'x' }, { trust: `web ak-name ${NAME}` }, 'policy: machine: the trust file has no line'],
    [{ ak_name: [NAME] }, { trust: `web ak-name ${NAME}` }, "verifyQuote() takes 'trust' or 'ak_name' of the policy, not both"],
    [{ hardware_tcb: '4.0.24.219' }, {}, "verifyQuote() takes 'hardware_tcb' of the policy only together with 'evidence'"],
    [{ hierarchy: 'x' }, {}, 'policy: hierarchy: expected'],
    [{ allow_reboots: true }, {}, "verifyQuote() takes 'allow_reboots' of the policy only together with 'since'"],
    [{ dangerous_sha1_certificates: true }, {}, "verifyQuote() takes 'dangerous_sha1_certificates' of the policy only together with 'akCert'"],
    [{ allow_suffix: ['x'] }, { bootLog }, 'policy: allow_suffix: expected'],
    [{ allow_padding: true }, {}, "verifyQuote() takes 'allow_padding' of the policy only together with 'bootLog'"],
    [{ ima_allow: ['sha256:00'] }, { imaList }, 'input: policy: ima_allow: '],
    [{ ima_allow: ['sha256:00'] }, {}, "verifyQuote() takes 'ima_allow' of the policy only together with 'imaList'"],
    [{ ima_require: ['66f7'] }, ima, 'input: policy: ima_require: "66f7": '],
    [{ ima_require_policy: ['tcb'] }, ima, "verifyQuote() takes 'ima_require_policy' of the policy only together with 'bootLog'"],
    [{ dangerous_ima_violations: true }, { imaList }, "verifyQuote() takes 'dangerous_ima_violations' of the policy only together with 'imaAllow' or 'imaKey'"],
    [{ ak_name: [NAME] }, { akNames: NAME }, "verifyQuote() got 'akNames', which the policy has as well, as 'ak_name': "],
    [{ min_firmware: '00'.repeat(8) }, { minimumFirmware: 1n }, "verifyQuote() got 'minimumFirmware', which the policy has as well, as 'min_firmware': "],
    [{ dangerous_sha1: true }, { dangerousAllowSha1Names: true }, "verifyQuote() got 'dangerousAllowSha1Names', which the policy has as well, as 'dangerous_sha1': "],
    [{ certified_by: 'x' }, {}, 'policy: certified_by: names a file'],
    [{ ak_cert: 'x' }, {}, 'policy: ak_cert: names a file'],
    [{ parent: ['x'] }, {}, 'policy: parent: names a file'],
    [{ hardware_root: 'x' }, {}, 'policy: hardware_root: names a file'],
    [{ ima_key: ['x'] }, {}, 'policy: ima_key: names a file'],
  ]) {
    const { message } = caught(() => quote({ ...options, policy }));
    assert.ok(message.startsWith(begin), `${message} does not begin with ${begin}`);
  }
  assert.match(caught(() => respond({ policy: { tier: 'low' } })).message, /^policy: tier: expected 'standard', .* not "low"$/);
  // What is an option is told by the option, whatever the policy has.
  const policy = { require_anchor: true };
  assert.match(caught(() => quote({ akNames: 'zz', policy })).message, /^input: akNames: /);
  assert.match(caught(() => quote({ hierarchy: 'x', policy })).message, /^hierarchy: /);
  assert.match(caught(() => quote({ trust: `web ak-name ${NAME}`, akCert: '-----BEGIN nothing', policy })).message, /^input: akCert: /);
});

test('a structure of a response that looks like something else is told with its field', () => {
  const response = json('blocks/rsa-main-aik-tpm2b.json');
  response._metadata.tpm_attestation.aik_pubkey_b64 = Buffer.from('-----BEGIN PUBLIC KEY-----\nAA==\n-----END PUBLIC KEY-----\n').toString('base64');
  const error = caught(() => tpm.verifyResponseSync(response, { payloadId: PAYLOAD_ID }));
  assert.match(error.note, /^aik_pubkey_b64 looks like PEM/);
  assert.ok(error.message.endsWith(`. Note: ${error.note}`));
  assert.deepEqual([error.report().field, error.report().notes], ['aik_pubkey_b64', [error.note]]);
  const [report] = tpm.verifyManySync([[PAYLOAD_ID, response]]);
  assert.equal(caught(() => report.verified()).note, error.note);
});

test('no error about options names one as Python or the command does', () => {
  const begin = '-----BEGIN nothing';
  const values = {
    akNames: ['00'], ...certified, certifyCreation: CASE.key, certifyNonce: '00', akCert: begin, ca: begin, at: 5,
    profile: 'google', googleProject: 'x', googleInstance: 5n, azureVm: 'x', trust: `web ak-name ${NAME}`,
    trustFiles: { a: begin }, machine: 'x', hierarchy: 'owner', parents: [CASE.key], requireSafeClock: true, since: '{}',
    allowReboots: true, minimumFirmware: 5n, dangerousAllowSha1Certificates: true, bootLog: CASE.key, userspaceLog: 'x',
    allowSuffix: 'os-separator', allowPadding: true, imaList: CASE.key, imaAllow: 'x', imaKey: 'x', imaRequire: 'x',
    imaRequirePolicy: 'tcb', imaEntries: true, imaState: CASE.key, imaKeepState: true, signatureForm: 'plain',
    hashAlgorithm: 'x', scheme: 'rsassa', hardwareRoot: CASE.key, hardwareMeasurement: '00', hardwareTcb: 'x',
  };
  const snakes = Object.keys(values).filter((name) => /[A-Z]/.test(name))
    .map((name) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
  const foreign = new RegExp(`\\b(${[...snakes, 'ak_name'].join('|')})\\b`);
  let refused = 0;
  for (const one of Object.keys(values)) {
    for (const other of Object.keys(values)) {
      const options = { [one]: values[one], [other]: values[other] };
      for (const call of [quote, hardware]) {
        try {
          call(options);
        } catch ({ message, help }) {
          refused += 1;
          const words = `${message} ${help ?? ''}`.replaceAll('{"ima_allow": [..]}', '');
          assert.doesNotMatch(words, foreign, `${one} and ${other}`);
        }
      }
    }
  }
  assert.ok(refused > 2000, String(refused));
});
