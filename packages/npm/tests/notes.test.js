// Notes on what an argument looks like, where a call failed.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import * as tpm from 'tpm-quote';

import { PAYLOAD_ID, RSA, bytes, facts, quoteCase, text } from './data.js';

const CASE = quoteCase('005-main-p256-ecdsa-sha256');
const NONCE = facts('cases/005-main-p256-ecdsa-sha256').nonce_hex;
const CERTIFICATE = bytes('certificates/ak-main-p256.der');
const LIST = { imaList: bytes('ima/08-ima-sig/ima.bin') };
const certified = { certifiedBy: CASE.key, certifyAttest: CASE.attest, certifySignature: CASE.signature };
const attested = { key: CASE.key, attest: CASE.attest, signature: CASE.signature, nonce: CASE.nonce };

/** The calls that take content as each option, with what the option needs beside it. */
const CALLS = {
  quote: (options) => tpm.verifyQuoteSync({ ...CASE, ...options }),
  project: (options) => tpm.verifyQuoteSync({ evidence: bytes('snp/azure.json'), nonce: '00', hardwareMeasurement: '6a'.repeat(48), ...options }),
  certify: (options) => tpm.verifyAttestSync('certify', { ...attested, object: CASE.key, ...options }),
  creation: (options) => tpm.verifyAttestSync('creation', { ...attested, object: CASE.key, creationData: CASE.key, ...options }),
  nv: (options) => tpm.verifyAttestSync('nv', { ...attested, nvPublic: CASE.key, ...options }),
  nvName: (options) => tpm.verifyAttestSync('nv', { ...attested, ...options }),
  audit: (options) => tpm.verifyAttestSync('audit', { ...attested, ...options }),
};
const CONTENT = [
  ...['key', 'attest', 'signature', 'pcrs', 'nonce', 'policy', 'baseline', 'userspaceLog', 'imaList', 'bootLog',
    'akNames', 'trust', 'since', 'certifiedBy'].map((name) => [name, 'quote', {}]),
  ['imaAllow', 'quote', LIST], ['imaKey', 'quote', LIST], ['imaState', 'quote', LIST],
  ['ca', 'quote', { akCert: CERTIFICATE }], ['akCert', 'quote', { ca: CERTIFICATE }],
  ['parents', 'quote', { hierarchy: 'owner' }],
  ['certifyAttest', 'quote', certified], ['certifySignature', 'quote', certified],
  ['certifyCreation', 'quote', certified], ['certifyNonce', 'quote', certified],
  ['evidence', 'project', { hardwareRoot: CERTIFICATE }], ['hardwareRoot', 'project', {}],
  ['hardwareMeasurement', 'project', { hardwareRoot: CERTIFICATE }],
  ['hardwareIdKey', 'project', { hardwareRoot: CERTIFICATE }],
  ['object', 'certify', {}], ['objectParents', 'certify', { objectHierarchy: 'owner' }],
  ['creationData', 'creation', {}], ['outsideInfo', 'creation', {}],
  ['nvPublic', 'nv', {}], ['contents', 'nv', {}], ['nvName', 'nvName', {}], ['auditDigest', 'audit', {}],
];
const LISTS = ['ca', 'imaAllow', 'imaKey', 'parents', 'akNames', 'hardwareMeasurement', 'objectParents'];

test('the name of a file as a string is noted, whatever the option', async () => {
  for (const file of ['folder/some.file', '/etc/some', 'some.file', '.\\some', 'C:\\some.file']) {
    for (const [name, call, more] of CONTENT) {
      const note = `${name} looks like the name of a file, and no file is read here: give what is in ${file}, as readFile gives it`;
      const isSaid = (error) => {
        assert.equal(error.note, note, `${name}: ${error.message}`);
        return error.message.endsWith(`. Note: ${note}`);
      };
      assert.throws(() => CALLS[call]({ ...more, [name]: file }), isSaid, name);
      if (LISTS.includes(name)) {
        assert.throws(() => CALLS[call]({ ...more, [name]: [file] }), isSaid, name);
      }
    }
  }
  await assert.rejects(tpm.verifyQuote({ ...CASE, trust: 'fleet.trust' }), { note: /fleet\.trust/ });
});

test('each option that takes bytes is among them', () => {
  const types = ['index', 'options'].map((file) => readFileSync(new URL(`../lib/${file}.d.ts`, import.meta.url), 'utf8')).join('\n');
  const options = [...types.matchAll(/^ {2}(\w+)\??: (.*);$/gm)].filter(([, , type]) => /\b(Binary|Hex|Content)\b/.test(type));
  const named = new Set(CONTENT.map(([name]) => name));
  assert.deepEqual(options.map(([, name]) => name).filter((name) => !named.has(name)), ['trustFiles']);
  assert.ok(options.length > 30);
});

test('the name of a file is noted where it is no option', async () => {
  const said = /looks like the name of a file, .* give what is in response\.json, as readFile gives it$/;
  assert.throws(() => tpm.verifyResponseSync('response.json', { payloadId: 'x' }), { name: 'Malformed', note: said });
  await assert.rejects(tpm.verifyResponse('response.json', { payloadId: 'x' }), { note: said });
  assert.throws(() => tpm.parseSync('response.json'), { name: 'Malformed', note: said });
  assert.throws(() => tpm.nameOfSync('response.json'), { name: 'TypeError', note: said });
  const [report] = tpm.verifyManySync([[PAYLOAD_ID, 'response.json']]);
  assert.throws(() => report.verified(), { note: said });
  assert.throws(() => tpm.verifyManySync([], { policy: 'response.json' }), { note: said });
  await assert.rejects(tpm.verifyMany([], { policy: 'response.json' }).next(), { note: said });
  const trustFiles = { 'ak.pem': 'response.json' };
  assert.throws(() => tpm.verifyQuoteSync({ ...CASE, trust: 'one ak-key ak.pem', trustFiles }), { note: /^trustFiles: ak\.pem looks like/ });
});

test('a pair of many that is swapped, and a key without a Name, are noted', () => {
  const [report] = tpm.verifyManySync([[RSA, PAYLOAD_ID]]);
  assert.throws(() => report.verified(), { note: 'the payload id looks like a response: a pair is [payloadId, response]' });
  const pem = text('cases/005-main-p256-ecdsa-sha256/ak.pem');
  for (const key of [pem, Buffer.from(pem)]) assert.throws(() => tpm.nameOfSync(key), { note: /^public looks like PEM, / });
  plain(() => tpm.nameOfSync(new Uint8Array(9)));
});

test('an address is noted', () => {
  const trust = 'https://example.org/fleet.trust';
  assert.throws(() => CALLS.quote({ trust }), { note: `trust looks like an address, and nothing is fetched here: give what is in ${trust}` });
  assert.throws(() => CALLS.quote({ key: new URL(trust) }), /TypeError: key: cannot be URL: nothing is fetched/);
});

/** That a call fails, and that nothing is noted. */
const plain = (call, what) => assert.throws(call, (error) => error.note === undefined, what);

test('what is no file name is not taken for one', () => {
  const base64 = Buffer.from(CASE.attest).toString('base64');
  assert.match(base64, /\//);
  for (const [name, value] of [
    ['policy', 'no. {'], ['trust', 'web ak-keys a.pem'], ['attest', base64], ['imaList', '10 0a.b c'],
    ['key', '-----BEGIN a.b/c'],
  ]) {
    plain(() => CALLS.quote({ [name]: value }), name);
  }
  plain(() => tpm.verifyResponseSync(RSA, { payloadId: 'x' }));
  plain(() => tpm.verifyResponseSync(RSA, { payloadId: 'some.file' }));
});

test('the word response in another form is noted where a response can carry the log', () => {
  for (const word of ['Response', 'RESPONSE', ' response', "'response'"]) {
    for (const name of ['bootLog', 'imaList']) {
      const note = `${name} takes the word 'response', in lower case and nothing around it, for the log that the response carries`;
      assert.throws(() => tpm.verifyResponseSync(RSA, { payloadId: PAYLOAD_ID, [name]: word }), { note }, word);
      assert.throws(() => tpm.verifyManySync([], { [name]: word }), { note }, word);
      plain(() => CALLS.quote({ [name]: word }), word);
    }
  }
});

test('hexadecimal in another form is noted', () => {
  const base64 = Buffer.from(NONCE, 'hex').toString('base64');
  for (const [text, note] of [
    [`0x${NONCE}`, 'begins with 0x: leave that out'],
    [`${NONCE}\n`, 'ends with a line break: trim() it'],
    [` ${NONCE}`, 'has spaces around it: trim() it'],
    [NONCE.match(/../g).join(':'), 'has something between its bytes: leave that out'],
    [base64, 'looks like base64: decode it, and give the bytes'],
  ]) {
    for (const [name, call, more] of [
      ['nonce', 'quote', {}], ['akNames', 'quote', {}], ['certifyNonce', 'quote', certified],
      ['minimumFirmware', 'quote', {}], ['nvName', 'nvName', {}],
      ['outsideInfo', 'creation', {}], ['auditDigest', 'audit', {}],
      ['hardwareMeasurement', 'project', { hardwareRoot: CERTIFICATE }],
    ]) {
      // Firmware versions have no bytes.
      if (name === 'minimumFirmware' && text === base64) continue;
      assert.throws(() => CALLS[call]({ ...more, [name]: text }), { note: `${name} ${note}` }, name);
    }
    const baseline = { sha256: { 0: text } };
    assert.throws(() => CALLS.quote({ baseline }), { note: `baseline: sha256:0 ${note}` });
  }
  assert.throws(() => tpm.verifyResponseSync(RSA, { nonce: PAYLOAD_ID }), { note: 'nonce looks like a payload id: give it as payloadId' });
  plain(() => CALLS.quote({ nonce: `${NONCE}0` }));
  plain(() => CALLS.quote({ minimumFirmware: base64 }));
});

test('white space around a payload id counts, and is noted', () => {
  const given = { payloadId: `${PAYLOAD_ID}\n` };
  assert.throws(() => tpm.verifyResponseSync(RSA, given), { check: 'nonce', note: 'payloadId has white space around it, which counts: trim() it' });
});

test('a whole list behind a state is noted', () => {
  const [earlier, later] = ['response', 'later'].map((name) => text(`server/${name}.json`));
  const nonces = [
    'b7154f895a4c4ce055494a2b023571a520caecc36ff541d534d0e25657eaa907',
    '4b53dbd5e363657c4d5b52937b39b3e515856de87f078868e2711a95eecc8484',
  ];
  const [first, whole] = ['ima.bin', 'ima-later.bin'].map((name) => bytes(`server/${name}`));
  const { imaState } = tpm.verifyResponseSync(earlier, { nonce: nonces[0], imaList: first, imaKeepState: true });
  const go = (imaList) => tpm.verifyResponseSync(later, { nonce: nonces[1], imaList, imaState });
  assert.ok(go(whole.subarray(first.length)).ima.proven > 0);
  const note = /^with imaState, imaList has only what is new: .*; or leave imaState out, and give the whole list$/;
  assert.throws(() => go(whole), { problem: 'ima-mismatch', note });
  const other = () => tpm.verifyResponseSync(later, { nonce: nonces[1], imaList: first });
  assert.throws(other, (error) => error.problem === 'ima-mismatch' && error.note === undefined);
});
