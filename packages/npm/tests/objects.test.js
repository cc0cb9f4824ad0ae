// What an attested object has to be, signatures in other forms, signers and nonces that are left
// out, and the entries of lists of IMA.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';

import * as tpm from 'tpm-quote';

import { bytes, facts, json, text } from './data.js';

const certificate = (name) => bytes(`certificates/${name}.der`);
const SIGNED = bytes('webauthn/att-to-be-signed');

/** A statement of WebAuthn: its key is the one in the certificate, its signature plain. */
function statement(name = 'es256', options = {}) {
  const isRsa = name === 'rs1';
  const given = {
    attest: bytes(`webauthn/${name}/certInfo`),
    signature: bytes(`webauthn/${name}/sig`),
    object: bytes(`webauthn/${name}/pubArea`),
    nonce: createHash(isRsa ? 'sha1' : 'sha256').update(SIGNED).digest(),
    akCert: certificate(isRsa ? 'ak-rsa' : 'ak-p256'),
    ca: certificate('root'),
    at: new Date('2030-01-01T00:00:00Z'),
    objectHas: ['fixedTPM', 'fixedParent', 'sensitiveDataOrigin'],
    objectLacks: 'restricted',
    objectStrongKey: true,
    ...options,
  };
  const known = Object.entries(given).filter(([, value]) => value !== undefined);
  return tpm.verifyAttestSync('certify', Object.fromEntries(known));
}

function refused(name, options) {
  try {
    statement(name, options);
  } catch (error) {
    assert.ok(error instanceof tpm.VerifyError, error);
    return error;
  }
  return assert.fail('it was accepted');
}

test('a statement is verified by the key in its certificate', () => {
  for (const options of [{}, { signatureForm: 'plain' }, { hashAlgorithm: 'sha256' }, { hashAlgorithm: '0x000b' }]) {
    const attest = statement('es256', options);
    assert.deepEqual([attest.verdict, attest.key.trust], ['verified', 'certificate-key']);
  }
  const trust = { ca: undefined, trust: 'maker ak-ca root.der', trustFiles: { 'root.der': certificate('root') } };
  assert.equal(statement('es256', trust).key.vouchedBy.name, 'maker');
  assert.equal(refused('es256', { signatureForm: 'tpmt' }).check, 'signature-scheme');
  assert.equal(refused('es256', { hashAlgorithm: 'sha384' }).check, 'signature');
  assert.equal(refused('es256', { nonce: '00' }).check, 'nonce');
  const none = { akCert: undefined, ca: undefined, at: undefined };
  assert.throws(() => statement('es256', none), /TypeError: .*needs the option 'key'/);
});

test('rules for the object are the caller\'s', () => {
  for (const [name, rule] of [['es256-free', 'objectHas'], ['es256-restricted', 'objectLacks']]) {
    const { check, problem } = refused(name);
    assert.deepEqual([check, problem], ['object', 'object-attributes']);
    assert.equal(statement(name, { [rule]: undefined }).verdict, 'verified');
  }
  assert.throws(() => statement('es256', { objectHas: ['x'] }), /RangeError: objectHas: expected one of fixedTPM/);
  assert.throws(() => statement('es256', { objectLacks: 5 }), /TypeError: objectLacks: expected/);
  const parts = { key: bytes('webauthn/es256/sig'), attest: SIGNED, signature: SIGNED, nonce: '00' };
  assert.throws(() => tpm.verifyAttestSync('time', { ...parts, objectStrongKey: true }), /TypeError: .*no option 'objectStrongKey'/);
});

test('a signer is left out only if the caller says so', () => {
  assert.equal(refused('es256-no-signer').check, 'signer');
  const attest = statement('es256-no-signer', { allowEmptySigner: true });
  assert.deepEqual([attest.verdict, attest.qualifiedSigner.length], ['verified', 0]);
  assert.ok(attest.warnings.length > 0);
});

test('a plain RSA signature needs what it does not tell', () => {
  const plain = { hashAlgorithm: 'sha1', scheme: 'rsassa', dangerousAllowSha1Signatures: true };
  assert.equal(statement('rs1', plain).verdict, 'verified');
  assert.equal(statement('rs1', { ...plain, scheme: undefined }).verdict, 'verified');
  assert.equal(refused('rs1', { ...plain, dangerousAllowSha1Signatures: false }).problem, 'signature-sha1');
  assert.equal(refused('rs1', { ...plain, scheme: 'rsapss' }).check, 'signature');
  assert.equal(refused('rs1', { ...plain, hashAlgorithm: undefined }).check, 'signature');
  for (const wrong of [{ scheme: 'ecdsa' }, { signatureForm: 'der' }, { hashAlgorithm: 'sha-256' }]) {
    const [name] = Object.keys(wrong);
    assert.throws(() => statement('es256', wrong), new RegExp(`RangeError: ${name}: expected`));
  }
});

test('a plain signature of a quote is told by its bytes', () => {
  const file = (name) => bytes(`cases/004-main-rsa2048-rsassa-sha256/${name}`);
  const given = { attest: file('quote.attest'), pcrs: file('pcrs.serialized'), nonce: file('nonce.bin') };
  const structure = file('quote.sig');
  const plain = structure.subarray(6);
  for (const key of [file('ak.pub'), file('ak.pem')]) {
    for (const signature of [structure, plain]) {
      assert.equal(tpm.verifyQuoteSync({ key, signature, ...given }).key.scheme, 'rsassa-sha256');
    }
  }
  const key = file('ak.pub');
  assert.throws(() => tpm.verifyQuoteSync({ key, signature: plain, signatureForm: 'tpmt', ...given }), tpm.VerifyError);
  for (const options of [{ scheme: 'rsassa' }, { hashAlgorithm: 'sha384' }]) {
    assert.throws(
      () => tpm.verifyQuoteSync({ key, signature: plain, ...options, ...given }),
      /TypeError: \w+: .*public area has its scheme and hash/,
    );
  }
});

test('an index is known by its name', () => {
  const path = 'attest/021-nvcertify-plain-64-0-by-rsa';
  const file = (name) => bytes(`${path}/${name}`);
  const told = facts(path).attest;
  const given = {
    key: file('ak.pub'), attest: file('attest'), signature: file('sig'), nonce: told.extraData,
    contents: Buffer.from(told.nvContents, 'hex'),
  };
  const attest = tpm.verifyAttestSync('nv', { ...given, nvName: told.indexName });
  assert.equal(attest.attested.index_name, told.indexName);
  assert.throws(() => tpm.verifyAttestSync('nv', { ...given, nvName: `000b${'11'.repeat(32)}` }), { check: 'object' });
  const both = { ...given, nvName: told.indexName, nvPublic: file('nv.public') };
  assert.throws(() => tpm.verifyAttestSync('nv', both), /TypeError: .*'nvPublic' or 'nvName', not both/);
  assert.throws(() => tpm.verifyAttestSync('nv', given), /TypeError: .*needs the option 'nvPublic' or 'nvName'/);
  // It has a nonce, which is not the one that was not asked for.
  const { nonce, ...without } = { ...given, nvName: told.indexName, dangerousNoNonce: true };
  assert.throws(() => tpm.verifyAttestSync('nv', without), { check: 'nonce', expected: '', found: nonce });
  assert.throws(() => tpm.verifyAttestSync('nv', { ...without, nonce }), /TypeError: .*'dangerousNoNonce' or 'nonce', not both/);
});

test('all proven entries of a list of IMA are told, with their verdicts', () => {
  const folder = 'ima/08-ima-sig';
  const quote = json(`${folder}/case.json`).quotes.find(({ dir }) => dir === 'quotes/ecc-sha256-few');
  const part = (file) => bytes(`${folder}/${quote.dir}/${file}`);
  const listed = (options) => tpm.verifyQuoteSync({
    key: bytes(`${folder}/ak-ecc.pub`), attest: part('quote.attest'), signature: part('quote.sig'),
    pcrs: part('pcrs.values'), requirePcrs: 'sha256:0,7,10', nonce: part('nonce.bin'),
    imaList: bytes(`${folder}/ima.bin`), ...options,
  });
  const lines = text(`${folder}/ima.ascii`).trimEnd().split('\n').map((line) => line.split(' '));
  assert.equal(listed().imaEntries, null);
  const entries = listed({ imaEntries: true }).imaEntries;
  assert.deepEqual(
    entries.map(({ entry, pcr, template, digest, name, verdict }) => [entry, pcr, template, digest, name, verdict]),
    lines.map(([pcr, , template, digest, name], entry) => [entry, Number(pcr), template, digest, name, null]),
  );
  const good = lines.slice(1).map(([, , , digest]) => digest);
  const allowed = listed({ imaEntries: true, imaAllow: good }).imaEntries.map(({ verdict }) => verdict);
  assert.deepEqual([...new Set(allowed)].sort(), ['allowed', 'boot-aggregate']);
  assert.throws(() => listed({ imaEntries: true, imaAllow: good.slice(1) }), (error) => {
    const unknown = error.imaEntries.filter(({ verdict }) => verdict === 'unknown');
    assert.ok(unknown.length > 0 && unknown.every(({ digest }) => digest === good[0]));
    return error instanceof tpm.Rejected && error.report().check === 'ima';
  });
  assert.throws(() => listed({ imaEntries: true, nonce: '00' }), { check: 'nonce', imaEntries: null });
});

test('files are allowed by the keys that signed them', () => {
  const folder = 'ima/08-ima-sig';
  const quote = json(`${folder}/case.json`).quotes.find(({ dir }) => dir === 'quotes/ecc-sha256-few');
  const part = (file) => bytes(`${folder}/${quote.dir}/${file}`);
  const listed = (options) => tpm.verifyQuoteSync({
    key: bytes(`${folder}/ak-ecc.pub`), attest: part('quote.attest'), signature: part('quote.sig'),
    pcrs: part('pcrs.values'), requirePcrs: 'sha256:0,7,10', nonce: part('nonce.bin'),
    imaList: bytes(`${folder}/ima.bin`), ...options,
  }).ima;
  const lines = text(`${folder}/ima.ascii`).trimEnd().split('\n').slice(1).map((line) => line.split(' '));
  const signed = ['/disk/bin/portable.sh', '/disk/bin/rsa.sh', '/disk/etc/signed.conf'];
  const rest = lines.filter(([, , , , name]) => !signed.includes(name)).map(([, , , digest]) => digest);
  const [rsa, ec] = ['ima-rsa.der', 'ima-ec.der'].map((name) => bytes(`${folder}/${name}`));
  assert.deepEqual([listed({ imaAllow: rest, imaKey: rsa })].map(({ signed, unknown }) => [signed, unknown]), [[3, 0]]);
  assert.equal(listed({ imaAllow: rest, imaKey: [rsa, ec] }).unknown, 0);
  for (const options of [{ imaKey: rsa }, { imaAllow: rest, imaKey: ec }]) {
    assert.throws(() => listed(options), { check: 'ima', problem: 'ima-not-allowed' });
  }
  assert.throws(() => listed({ imaKey: 'no key' }), /Malformed: input: imaKey: /);
  assert.throws(() => listed({ imaAllow: rest, imaRequirePolicy: 'tcb' }), /TypeError: .*'imaRequirePolicy' only together with 'bootLog'/);
  assert.throws(() => listed({ imaRequirePolicy: 'tcb' }), /TypeError: .*only together with 'imaAllow' or 'imaKey'/);
});
