// Trust files, and certificates that are signed with SHA-1.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as tpm from 'tpm-quote';

import { PAYLOAD_ID, RSA, bytes, facts, quoteCase, text } from './data.js';

const ECC = '005-main-p256-ecdsa-sha256';
const AT = new Date('2030-01-01T00:00:00Z');
const CERTIFY = 'attest/006-certify-ak-p256-by-rsa';
// Of the RSA key of the blocks and of the key of the case, from the facts beside them.
const NAME = '000b4611c66b0daff40ebbe980b0c5ee42463e495debd13536864ab51a47916248e0';
const NAME_P256 = facts(`cases/${ECC}`).ak_name_hex;
const pem = text(`cases/${ECC}/ak.pem`);
const certificate = (name) => bytes(`certificates/${name}.der`);
const verify = (options = {}) => tpm.verifyQuoteSync({ ...quoteCase(ECC), at: AT, ...options });
const certification = {
  certifyAttest: bytes(`${CERTIFY}/attest2b`),
  certifySignature: bytes(`${CERTIFY}/sig`),
  certifyNonce: '00ff55aa',
};
const fleet = {
  trust: `# The machines.
web-01 ak-name ${NAME}
fleet ak-ca ca.der valid-before=20310101

lab certified-by lasting.pub
web-02 ak-key "p256 key.pem"
`,
  trustFiles: {
    'ca.der': certificate('root'),
    'lasting.pub': bytes(`${CERTIFY}/ak.pub`),
    'p256 key.pem': pem,
  },
};

function refused(options) {
  try {
    verify(options);
  } catch (error) {
    assert.ok(error instanceof tpm.Rejected, error);
    assert.equal(error.check, 'key-anchor');
    return error;
  }
  return assert.fail('it was accepted');
}

test('the first line that holds vouches', () => {
  for (const [options, trust, line, name] of [
    [{}, 'pinned-key', 6, 'web-02'],
    [{ machine: 'web-02', key: pem }, 'pinned-key', 6, 'web-02'],
    [{ akCert: certificate('ak-main-p256') }, 'certificate', 3, 'fleet'],
    [{ machine: 'lab', ...certification }, 'certified', 5, 'lab'],
  ]) {
    const quote = verify({ ...fleet, requireAnchor: true, ...options });
    assert.deepEqual([quote.verdict, quote.key.trust, quote.key.isAnchored], ['verified', trust, true]);
    assert.deepEqual({ ...quote.key.vouchedBy }, { file: '-', line, name });
    assert.deepEqual(quote.report().key.vouched_by, { file: '-', line, name });
  }
});

test('responses of many machines are judged by one file', async () => {
  const quote = await tpm.verifyResponse(RSA, { payloadId: PAYLOAD_ID, ...fleet, machine: 'web-01' });
  assert.deepEqual([quote.key.trust, quote.key.vouchedBy.line], ['pinned', 2]);
  const [report] = [...tpm.verifyManySync([[PAYLOAD_ID, RSA]], fleet)];
  assert.equal(report.verified().key.vouchedBy.line, 2);
  const [other] = [...tpm.verifyManySync([[PAYLOAD_ID, RSA]], { ...fleet, machine: 'fleet' })];
  assert.deepEqual([other.check, other.problem], ['key-anchor', 'certificate-missing']);
  assert.equal(other.report().key.vouched_by, undefined);
  assert.equal(tpm.verifyResponseSync(RSA, { payloadId: PAYLOAD_ID }).key.vouchedBy, null);
  // A policy cannot name files here.
  assert.throws(
    () => tpm.verifyResponseSync(RSA, { payloadId: PAYLOAD_ID, policy: { trust: 'fleet.trust' } }),
    /RangeError: policy: trust: names a file/,
  );
});

test('one machine does not answer for another', () => {
  assert.equal(refused({ ...fleet, machine: 'web-01' }).problem, 'key-name-not-pinned');
  assert.equal(refused({ ...fleet, machine: 'lab' }).problem, 'certification-missing');
  assert.equal(refused({ trust: `other ak-name ${NAME}` }).problem, 'key-name-not-pinned');
  const late = { at: new Date('2031-01-01T00:00:00Z'), akCert: certificate('ak-main-p256') };
  assert.match(refused({ ...fleet, machine: 'fleet', ...late }).problem, /expired/);
  for (const machine of ['WEB-01', 'web', '']) {
    assert.throws(() => verify({ ...fleet, machine }), /RangeError: machine: the trust file has no line for/);
  }
});

test('a trust file that is wrong is an error', () => {
  for (const [trust, says, problem] of [
    ['', /no line in it/, 'trust-empty'],
    ['web ak-keys a', /line 1, column 5: .*expected ak-name/, 'trust-kind'],
    ['web ak-ca a profile=google', /needs/, 'trust-option-missing'],
    ['web ak-key a', /ak-key: a: /, 'pem-begin'],
    ['web ak-ca a', /ak-ca: a: /, 'pem-begin'],
    ['web certified-by a', /certified-by: a: no key to trust/, 'structure-malformed'],
    [`web hardware-root a measurement=${'11'.repeat(48)}`, /hardware-root: a: /, 'pem-begin'],
  ]) {
    const trustFiles = trust.includes(' a') ? { a: '-----BEGIN nothing' } : {};
    const fits = (error) => {
      assert.equal(error.problem, problem, error.message);
      return error instanceof tpm.Malformed && error.message.startsWith('input: trust: line ') && says.test(error.message);
    };
    assert.throws(() => verify({ trust, trustFiles }), fits);
    assert.throws(() => verify({ trust: Buffer.from(trust), trustFiles }), fits);
  }
  const twice = `web ak-name ${NAME}\nweb ak-name ${NAME}`;
  assert.throws(() => verify({ trust: twice }), /RangeError: trust: line 2, column 1: the line stands in the file already/);
  const akCert = '-----BEGIN nothing';
  assert.throws(() => verify({ trust: `web ak-name ${NAME}`, akCert }), /Malformed: input: akCert: /);
  const one = { trust: 'one ak-key a.pem' };
  assert.throws(() => verify(one), /RangeError: trust: names the file "a.pem", and nothing reads files here/);
  const more = { 'a.pem': pem, 'b.pem': pem };
  assert.throws(() => verify({ ...one, trustFiles: more }), /TypeError: trustFiles: no line .* names "b.pem"/);
  assert.throws(() => verify({ trust: 'fleet.trust' }), (error) => /^trust looks like the name of a file/.test(error.note));
});

test('a setting beside a trust file is an error', () => {
  const trust = `one ak-name ${NAME_P256}`;
  for (const other of [
    { akNames: NAME_P256 }, { certifiedBy: bytes(`${CERTIFY}/ak.pub`), ...certification }, { ca: '' },
    { profile: 'tcg' }, { googleProject: 'x' }, { googleInstance: 5n }, { azureVm: 'x' },
    { dangerousAllowSha1Certificates: true }, { policy: { ak_name: [NAME_P256] } },
  ]) {
    assert.throws(() => verify({ trust, ...other }), /TypeError: .*'trust' or .* not both/);
  }
  for (const lonely of [{ machine: 'x' }, { trustFiles: {} }]) {
    assert.throws(() => verify(lonely), /TypeError: .*only together with 'trust'/);
  }
  for (const wrong of [{ trust: 5 }, { trust, machine: 5 }, { trust, trustFiles: [] }]) {
    assert.throws(() => verify(wrong), /TypeError: .*expected/);
  }
});

test('a line vouches for the key of another attestation', () => {
  const file = (name) => bytes(`${CERTIFY}/${name}`);
  const given = { key: file('ak.pub'), attest: file('attest'), signature: file('sig'), object: file('certified.pub'), nonce: '00ff55aa' };
  const name = tpm.nameOfSync(file('ak.pub'));
  const attest = tpm.verifyAttestSync('certify', { ...given, trust: `one ak-name ${name}` });
  assert.deepEqual([attest.verdict, attest.key.vouchedBy.name], ['verified', 'one']);
  assert.throws(() => tpm.verifyAttestSync('certify', { ...given, trust: `one ak-name ${NAME_P256}` }), tpm.Rejected);
});

test('a line names a processor', () => {
  const roots = Buffer.concat([bytes('snp/ask.der'), bytes('snp/ark.der')]);
  const given = { evidence: bytes('snp/azure.json'), nonce: 'ab0d726c16d95c5dd55f5b12f7eff781', at: AT };
  const judged = (measurement, tcb) => tpm.verifyQuoteSync({
    ...given,
    trust: `vm hardware-root amd.der measurement=${measurement} tcb=${tcb}`,
    trustFiles: { 'amd.der': roots },
  });
  const quote = judged('6a'.repeat(48), '4.0.24.219');
  assert.deepEqual([quote.verdict, quote.key.trust], ['verified', 'bound-to-hardware']);
  assert.equal(quote.report().key.hardware.measurement, '6a'.repeat(48));
  assert.throws(() => judged('11'.repeat(48), '4.0.24.219'), { problem: 'snp-measurement' });
  assert.throws(() => judged('6a'.repeat(48), '4.0.25.0'), { problem: 'snp-tcb-too-old' });
  const key = text('cases/004-main-rsa2048-rsassa-sha256/ak.pem');
  const pinned = tpm.verifyQuoteSync({ ...given, trust: 'one ak-key ak.pem', trustFiles: { 'ak.pem': key } });
  assert.equal(pinned.key.trust, 'pinned-key');
  assert.throws(
    () => tpm.verifyQuoteSync({ ...given, trust: 'x', hardwareRoot: roots, hardwareMeasurement: '6a'.repeat(48) }),
    /TypeError: .*'hardwareRoot' or 'trust', not both/,
  );
});

test('SHA-1 signs certificates only by its own option', () => {
  const given = { akCert: certificate('ak-main-p256-sha1'), ca: certificate('issuing') };
  for (const options of [{}, { dangerousAllowSha1Signatures: true }, { policy: { dangerous_sha1: true } }]) {
    assert.equal(refused({ ...given, ...options }).problem, 'certificate-signature-sha1');
  }
  for (const options of [{ dangerousAllowSha1Certificates: true }, { policy: { dangerous_sha1_certificates: true } }]) {
    for (const key of [quoteCase(ECC).key, pem]) {
      const quote = verify({ ...given, ...options, key });
      assert.equal(quote.verdict, 'verified');
    }
    assert.match(verify({ ...given, ...options }).warnings.join(), /signed with SHA-1/);
  }
  assert.throws(() => tpm.verifyQuoteSync({ ...quoteCase(ECC), dangerousAllowSha1Certificates: true }), /only together with 'akCert'/);
});
