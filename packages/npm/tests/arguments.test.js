// What goes in: forms of content, settings, and wrong usage.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as tpm from 'tpm-quote';

import { PAYLOAD_ID, RSA, bytes, facts, hex, json, names, quoteCase } from './data.js';

const ECC = '005-main-p256-ecdsa-sha256';
const CERTIFY = 'attest/006-certify-ak-p256-by-rsa';
const VERDICT = 'verified-self-asserted';
const utf8 = (text) => new TextEncoder().encode(text);

const verify = (response, options = {}) =>
  tpm.verifyResponseSync(response, { payloadId: PAYLOAD_ID, ...options });
const verifyCase = (name, options = {}) => tpm.verifyQuoteSync({ ...quoteCase(name), ...options });

/** The error of a call, which has to be of this class. */
function caught(Class, call) {
  try {
    call();
  } catch (error) {
    assert.equal(error.constructor, Class, String(error));
    return error;
  }
  return assert.fail('nothing was thrown');
}

test('strings and bytes are content, an object is parsed', () => {
  const parsed = JSON.parse(RSA);
  const block = parsed._metadata.tpm_attestation;
  const content = utf8(RSA);
  const padded = new Uint8Array(content.length + 8);
  padded.set(content, 5);
  for (const given of [
    RSA,
    content,
    content.buffer,
    Buffer.from(RSA),
    padded.subarray(5, 5 + content.length),
    new DataView(padded.buffer, 5, content.length),
    parsed,
    Object.assign(Object.create(null), parsed),
    parsed._metadata,
    block,
    JSON.stringify(block),
  ]) {
    assert.equal(verify(given).verdict, VERDICT);
  }
});

test('the name of a file is no file', () => {
  assert.equal(caught(tpm.Malformed, () => verify('response.json')).problem, 'json-expected');
});

test('what looks like something else is named', () => {
  const { attest, signature, nonce } = quoteCase(ECC);
  const swapped = caught(tpm.Unsupported, () => verifyCase(ECC, { attest: signature, signature: attest }));
  assert.match(swapped.message, /attest looks like a signature \(TPMT_SIGNATURE\)/);
  assert.match(swapped.message, /signature looks like an attestation \(TPMS_ATTEST\): are they swapped\?$/);
  for (const [form, encoding] of [['hexadecimal', 'hex'], ['base64', 'base64']]) {
    const encoded = Buffer.from(Buffer.from(attest).toString(encoding));
    const error = caught(tpm.Rejected, () => verifyCase(ECC, { attest: encoded }));
    assert.match(error.message, new RegExp(`attest looks like ${form} text: decode it first`));
  }
  const digits = Buffer.from(Buffer.from(nonce).toString('hex'));
  assert.match(caught(tpm.Rejected, () => verifyCase(ECC, { nonce: digits })).note, /nonce looks like/);
  const none = caught(tpm.Unsupported, () => verifyCase(ECC, { signature: new Uint8Array(signature.length) }));
  assert.equal(none.note, undefined);
});

test('an option that the library refuses is named', () => {
  const key = quoteCase(ECC).key;
  for (const [name, value, more] of [
    ['requirePcrs', 'sha256:x', {}],
    ['requirePcrs', { sha256: [24] }, {}],
    ['baseline', { sha256: { 0: '00' } }, {}],
    ['baseline', { sha256: { 24: '00'.repeat(32) } }, {}],
    ['akNames', '00', {}],
    ['nonce', new Uint8Array(67), {}],
    ['imaAllow', 'no digest', { imaList: bytes('ima/08-ima-sig/ima.bin') }],
    ['imaState', new Uint8Array(9), { imaList: bytes('ima/08-ima-sig/ima.bin') }],
    ['ca', '-----BEGIN nothing', { akCert: bytes('certificates/ak-main-p256.der') }],
    ['parents', [new Uint8Array(4)], { hierarchy: 'owner' }],
    ['certifyCreation', new Uint8Array(4), { certifiedBy: key, certifyAttest: key, certifySignature: key }],
  ]) {
    const error = caught(tpm.Malformed, () => verifyCase(ECC, { ...more, [name]: value }));
    assert.match(error.message, new RegExp(`^input: ${name}: `));
  }
});

test('verifyMany names itself, and takes nonces', () => {
  assert.match(caught(TypeError, () => tpm.verifyManySync([], { bootLog: new Uint8Array(1) })).message, /^verifyMany\(\) takes/);
  const nonce = Buffer.from('ab0d726c16d95c5dd55f5b12f7eff781', 'hex');
  const reports = [...tpm.verifyManySync([[nonce, RSA], [Buffer.from('x'), RSA], [new Uint8Array(0), RSA], [PAYLOAD_ID, RSA]])];
  assert.deepEqual(reports.map(({ check }) => check), [null, 'nonce', 'input', null]);
  assert.deepEqual(reports.map(({ payloadId }) => payloadId), [null, null, null, PAYLOAD_ID]);
  assert.equal(reports[2].problem, 'nonce-length');
  assert.deepEqual(Buffer.from(reports[0].verified().nonce), nonce);
});

test('an object has lost a repeated key that text is refused for', () => {
  const text = '{"_metadata": {}, "_metadata": {}}';
  assert.equal(caught(tpm.Malformed, () => verify(text)).problem, 'field-repeated');
  assert.equal(verify(JSON.parse(text), { tier: 'high' }).verdict, 'unavailable');
});

test('text with a lone surrogate is malformed', () => {
  for (const text of ['{"\ud800": 1}', '{"a\udc00": 1}', '{"\ud800\ud800\udc00x\udc00": 1}']) {
    assert.equal(caught(tpm.Malformed, () => verify(text)).problem, 'json-utf8', text);
  }
  const whole = '{"_metadata": {"\u{1f600}": "\u{10ffff}"}}';
  assert.equal(verify(whole, { tier: 'high' }).verdict, 'unavailable');
  assert.match(caught(RangeError, () => verify(RSA, { payloadId: '\ud800' })).message, /Unicode/);
});

test('other types are type errors', () => {
  for (const given of [null, undefined, 1, 1n, true, [], new Map(), Symbol('x'), () => RSA]) {
    assert.match(caught(TypeError, () => verify(given)).message, /^response: expected a string/);
  }
  const pending = caught(TypeError, () => verify(Promise.resolve(RSA)));
  assert.match(pending.message, /not Promise/);
  const response = caught(TypeError, () => verify(new Response(RSA)));
  assert.match(response.message, /await response\.text\(\)/);
  for (const key of ['x', 1, {}, [1], true]) {
    assert.match(caught(TypeError, () => verifyCase(ECC, { key })).message, /^key: /);
  }
});

test('the nonce cannot be forgotten', () => {
  for (const options of [undefined, {}, { tier: 'high' }]) {
    const error = caught(TypeError, () => tpm.verifyResponseSync(RSA, options));
    assert.match(error.message, /needs the option 'payloadId' or 'nonce'/);
  }
  assert.match(caught(TypeError, () => verify(RSA, { nonce: '00' })).message, /not both/);
  caught(TypeError, () => verify(RSA, { payloadId: utf8(PAYLOAD_ID) }));
  caught(TypeError, () => verify(RSA, { payloadId: 5 }));
  for (const nonce of ['', new Uint8Array(), new Uint8Array(67), '0', 'zz']) {
    caught(tpm.Malformed, () => tpm.verifyResponseSync(RSA, { nonce }));
  }
});

test('an option that is undefined would have no effect, and is an error', () => {
  for (const name of ['akNames', 'baseline', 'requireAnchor', 'tier', 'payloadId']) {
    for (const value of [undefined, null]) {
      const error = caught(TypeError, () => verify(RSA, { [name]: value }));
      assert.equal(error.message, `${name}: is ${value}; leave the option out, or give it a value`);
    }
  }
});

test('options are known, and a plain object', () => {
  assert.equal(
    caught(TypeError, () => verify(RSA, { requireAnchors: true })).message,
    "verifyResponse() has no option 'requireAnchors': did you mean 'requireAnchor'?",
  );
  for (const [wrong, meant] of [['akName', 'akNames'], ['require_pcrs', 'requirePcrs'], ['polcy', 'policy']]) {
    const said = new RegExp(`'${wrong}': did you mean '${meant}'\\?$`);
    assert.match(caught(TypeError, () => verify(RSA, { [wrong]: '1' })).message, said);
  }
  assert.match(caught(TypeError, () => verify(RSA, { color: 1 })).message, /'color'$/);
  caught(TypeError, () => verify(RSA, { response: RSA }));
  caught(TypeError, () => verify(RSA, { line: 1 }));
  caught(TypeError, () => verifyCase(ECC, { tier: 'high' }));
  caught(TypeError, () => verifyCase(ECC, { response: RSA }));
  class Options {
    payloadId = PAYLOAD_ID;
  }
  for (const options of [PAYLOAD_ID, new Options(), [PAYLOAD_ID], null, new Map()]) {
    caught(TypeError, () => tpm.verifyResponseSync(RSA, options));
  }
  const inherited = Object.create({ requireAnchor: true });
  inherited.payloadId = PAYLOAD_ID;
  caught(TypeError, () => tpm.verifyResponseSync(RSA, inherited));
  for (const name of ['key', 'attest', 'signature', 'pcrs']) {
    const { [name]: _, ...given } = quoteCase(ECC);
    const error = caught(TypeError, () => tpm.verifyQuoteSync(given));
    assert.equal(error.message, `verifyQuote() needs the option '${name}'`);
  }
});

test('flags are true or false', () => {
  for (const name of ['requireAnchor', 'requireSafeClock', 'dangerousAllowSha1Signatures']) {
    for (const value of [1, 'yes', 'false', 0, []]) {
      const error = caught(TypeError, () => verify(RSA, { [name]: value }));
      assert.match(error.message, new RegExp(`^${name}: expected a boolean`));
    }
  }
});

test('a setting without effect is an error', () => {
  for (const [name, value] of [
    ['certifyAttest', new Uint8Array()],
    ['certifySignature', new Uint8Array()],
    ['certifyNonce', '00'],
    ['certifyCreation', new Uint8Array()],
    ['allowReboots', true],
    ['parents', []],
  ]) {
    assert.match(caught(TypeError, () => verify(RSA, { [name]: value })).message, /only together with/);
  }
  const certifiedBy = bytes(`${CERTIFY}/ak.pub`);
  assert.match(caught(TypeError, () => verifyCase(ECC, { certifiedBy })).message, /needs 'certifyAttest'/);
  assert.equal(caught(tpm.Rejected, () => verify(RSA, { akNames: [] })).problem, 'no-pinned-names');
  for (const tier of ['', 'Maximum', 'low']) {
    assert.match(caught(RangeError, () => verify(RSA, { tier })).message, /^tier: expected/);
  }
  caught(TypeError, () => verify(RSA, { tier: 3 }));
});

test('a baseline is an object or JSON', () => {
  const values = facts('cases/004-main-rsa2048-rsassa-sha256').pcr_values.sha256;
  const seven = Uint8Array.from(Buffer.from(values[7], 'hex'));
  for (const [baseline, count] of [
    [{ sha256: values }, 3],
    [JSON.stringify({ sha256: values }), 3],
    [utf8(JSON.stringify({ sha256: values })), 3],
    [{ sha256: { 0: values[0], 7: [new Uint8Array(32), seven] } }, 2],
    [{ sha256: { 7: seven } }, 1],
  ]) {
    assert.equal(verify(RSA, { baseline }).baselineMatched, count);
  }
});

test('a baseline that makes no sense is refused', () => {
  const zeros = '00'.repeat(32);
  for (const baseline of [
    {},
    '{}',
    { sha256: {} },
    { sha256: { 7: [] } },
    { sha256: { 7: '' } },
    { sha256: { '07': zeros } },
    { sha256: { '+7': zeros } },
    { sha256: { 24: zeros } },
    { sha257: { 7: zeros } },
    { sha256: { 7: 'zz'.repeat(32) } },
    `{"sha256": {"7": "${zeros}", "7": "${zeros}"}}`,
    `{"sha256": {"7": "${zeros}"}, "sha256" : {"7": "${zeros}"}}`,
    `{"sha256": {"7": "${zeros}"}, "sha\\u0032\\u00356": {"7": "${zeros}"}}`,
    'not JSON',
    new Uint8Array([0xff]),
  ]) {
    assert.throws(
      () => verify(RSA, { baseline }),
      (error) => error instanceof RangeError || error instanceof tpm.Malformed,
      JSON.stringify(baseline),
    );
  }
  for (const baseline of [5, [], '[]', { sha256: [] }, { sha256: { 7: 5 } }, { sha256: { 7: [5] } }]) {
    caught(TypeError, () => verify(RSA, { baseline }));
  }
});

test('keys of JSON that are like text are no repetition', () => {
  const values = facts('cases/004-main-rsa2048-rsassa-sha256').pcr_values;
  // The same values, written with escapes and spaces.
  const text = JSON.stringify(values, null, 2).replaceAll('sha256', '\\u0073ha256');
  assert.equal(verify(RSA, { baseline: text }).baselineMatched, 3);
});

test('sets of PCRs are text or an object', () => {
  for (const requirePcrs of ['sha256:0,7', { sha256: [0, 7] }, { sha256: ['7', 0] }]) {
    assert.equal(verify(RSA, { requirePcrs }).selection, 'sha256:0,7,10');
  }
  for (const requirePcrs of ['', 'sha256', 'sha256:', 'sha256:07', 'sha256:24', 'x:0']) {
    assert.equal(caught(tpm.Malformed, () => verify(RSA, { requirePcrs })).problem, 'pcr-set');
  }
  for (const requirePcrs of [5, true, [], { sha256: 7 }, { sha256: [true] }]) {
    caught(TypeError, () => verify(RSA, { requirePcrs }));
  }
  caught(RangeError, () => verify(RSA, { requirePcrs: { sha256: [0.5] } }));
  assert.equal(caught(tpm.Rejected, () => verify(RSA, { requirePcrs: {} })).problem, 'nothing-required');
});

test('pinned names vouch for the key', () => {
  const name = tpm.nameOfSync(quoteCase(ECC).key);
  assert.equal(name, hex(bytes(`cases/${ECC}/ak.name`)));
  const other = `000b${'11'.repeat(32)}`;
  for (const akNames of [name, name.toUpperCase(), bytes(`cases/${ECC}/ak.name`), [other, name]]) {
    const quote = verifyCase(ECC, { akNames, requireAnchor: true });
    assert.deepEqual([quote.verdict, quote.key.trust, quote.key.isAnchored], ['verified', 'pinned', true]);
    assert.deepEqual(quote.warnings, []);
  }
  const error = caught(tpm.Rejected, () => verifyCase(ECC, { akNames: other }));
  assert.equal(error.check, 'key-anchor');
  for (const akNames of ['', '000b', 'zz', new Uint8Array(), new Uint8Array(34)]) {
    caught(tpm.Malformed, () => verifyCase(ECC, { akNames }));
  }
  for (const akNames of [5, {}, [5], [[name]]]) caught(TypeError, () => verifyCase(ECC, { akNames }));
});

test('a certification vouches for the key', () => {
  const options = {
    certifiedBy: bytes(`${CERTIFY}/ak.pub`),
    certifyAttest: bytes(`${CERTIFY}/attest2b`),
    certifySignature: bytes(`${CERTIFY}/sig`),
    certifyNonce: '00ff55aa',
    requireAnchor: true,
  };
  assert.equal(verifyCase(ECC, options).key.trust, 'certified');
  const error = caught(tpm.Rejected, () => verifyCase(ECC, { ...options, certifyNonce: '00' }));
  assert.equal(error.check, 'key-anchor');
  const certifiedBy = bytes(`${CERTIFY}/certified.name`);
  const none = caught(tpm.Malformed, () => verifyCase(ECC, { ...options, certifiedBy }));
  assert.match(none.message, /^input: certifiedBy: no key to trust/);
  const unfit = bytes('cases/065-unrestricted-rsassa/ak.pub');
  assert.match(caught(RangeError, () => verifyCase(ECC, { ...options, certifiedBy: unfit })).message, /^certifiedBy: no key to trust/);
});

test('PCR values are an object, JSON or a file of tpm2-tools', () => {
  const values = facts(`cases/${ECC}`).pcr_values;
  for (const pcrs of [values, JSON.stringify(values), bytes(`cases/${ECC}/pcrs.serialized`)]) {
    assert.equal(verifyCase(ECC, { pcrs }).verdict, VERDICT);
  }
  const plain = bytes(`cases/${ECC}/pcrs.values`);
  assert.equal(verifyCase(ECC, { pcrs: plain, requirePcrs: 'sha256:0,7,10' }).verdict, VERDICT);
  assert.match(caught(tpm.Malformed, () => verifyCase(ECC, { pcrs: plain })).message, /requirePcrs$/);
});

test('PCRs that count only by name are refused without it', () => {
  const name = '106-sel-17-22';
  for (const options of [{}, { requirePcrs: 'sha256:17' }]) {
    assert.equal(caught(tpm.Rejected, () => verifyCase(name, options)).check, 'selection');
  }
  const requirePcrs = 'sha256:17,18,19,20,21,22';
  assert.equal(verifyCase(name, { requirePcrs }).verdict, VERDICT);
});

test('the clock is compared with earlier evidence', () => {
  const named = (number) => names('cases').find((name) => name.startsWith(`${number}-`));
  const earlier = verifyCase(named('145'));
  for (const since of [earlier, earlier.report(), JSON.stringify(earlier), JSON.stringify(earlier.report())]) {
    assert.equal(verifyCase(named('148'), { since }).verdict, VERDICT);
  }
  const later = verifyCase(named('148'));
  const error = caught(tpm.Rejected, () => verifyCase(named('145'), { since: later }));
  assert.deepEqual([error.check, error.problem], ['clock', 'clock-went-back']);
  const rebooted = caught(tpm.Rejected, () => verifyCase(named('149'), { since: earlier }));
  assert.equal(rebooted.problem, 'rebooted');
  for (const since of [{}, { verdict: 'rejected' }, { verdict: 'verified', key: null }]) {
    assert.match(caught(RangeError, () => verifyCase(named('148'), { since })).message, /^since: not the report/);
  }
  const [report] = tpm.verifyManySync([[PAYLOAD_ID, RSA]]);
  for (const since of [report, 5, []]) caught(TypeError, () => verifyCase(named('148'), { since }));
});

test('hierarchy and firmware are compared', () => {
  const name = '044-primary-endorsement-rsa';
  const hierarchy = facts(`cases/${name}`).ak_hierarchy;
  const quote = verifyCase(name, { hierarchy });
  const version = quote.report().quote.firmware_version;
  for (const minimumFirmware of [version, quote.firmwareVersion]) {
    assert.equal(verifyCase(name, { hierarchy, minimumFirmware }).verdict, VERDICT);
  }
  const minimumFirmware = quote.firmwareVersion + 1n;
  assert.equal(caught(tpm.Rejected, () => verifyCase(name, { minimumFirmware })).problem, 'firmware-too-old');
  assert.equal(caught(tpm.Rejected, () => verifyCase(name, { hierarchy: 'owner' })).problem, 'qualified-signer');
  for (const minimumFirmware of ['12', '+000000000000001', -1n, 1n << 64n, 2 ** 60]) {
    caught(RangeError, () => verifyCase(name, { minimumFirmware }));
  }
  caught(RangeError, () => verifyCase(name, { hierarchy: 'Owner' }));
});

test('SHA-1 signatures need their opt-in', () => {
  const name = '008-ak-rsa2048-rsassa-sha1';
  assert.equal(caught(tpm.Rejected, () => verifyCase(name)).problem, 'signature-sha1');
  assert.equal(verifyCase(name, { dangerousAllowSha1Signatures: true }).verdict, VERDICT);
});

test('other kinds take their own options alone', () => {
  const file = (name) => bytes(`${CERTIFY}/${name}`);
  const given = { key: file('ak.pub'), attest: file('attest'), signature: file('sig'), nonce: '00ff55aa' };
  const object = file('certified.pub');
  assert.equal(tpm.verifyAttestSync('certify', { ...given, object }).attested.name, hex(file('certified.name')));
  caught(TypeError, () => tpm.verifyAttestSync('certify', given));
  caught(TypeError, () => tpm.verifyAttestSync('time', { ...given, object }));
  caught(RangeError, () => tpm.verifyAttestSync('quote', given));
  caught(TypeError, () => tpm.verifyAttestSync(undefined, given));
  assert.match(caught(TypeError, () => tpm.verifyAttestSync(given)).message, /^kind: expected a string, not an object$/);
  caught(TypeError, () => tpm.verifyAttestSync('certify', { ...given, object, kind: 'time' }));
  for (const options of [{ auditDigest: 5 }, { auditCommands: 5 }, { auditCommands: ['x'] }, { exclusive: 1 }]) {
    caught(TypeError, () => tpm.verifyAttestSync('audit', { ...given, ...options }));
  }
  for (const code of [-1, 2 ** 32]) {
    caught(RangeError, () => tpm.verifyAttestSync('audit', { ...given, auditCommands: [code] }));
  }
});

test('parse shows structures and responses', async () => {
  const { key } = quoteCase(ECC);
  const told = facts(`cases/${ECC}`);
  for (const [given, type] of [[key, 'TPM2B_PUBLIC'], [key.subarray(2), 'TPMT_PUBLIC']]) {
    const shown = await tpm.parse(given);
    assert.deepEqual([shown.type, shown.name], [type, told.ak_name_hex]);
    assert.equal(shown.value.unique.x, told.ak_public.x);
  }
  assert.equal(tpm.parseSync(bytes(`cases/${ECC}/quote.sig`)).type, 'TPMT_SIGNATURE');
  assert.equal(tpm.parseSync(new Uint8Array([0, 1, 0x78]), 'tpm2b_digest').value, '78');
  const response = JSON.parse(RSA);
  for (const whole of [response, RSA, utf8(RSA)]) {
    const block = tpm.parseSync(whole).tpm_attestation;
    assert.deepEqual(block.pcr_values, response._metadata.tpm_attestation.pcr_values);
    assert.equal(block.quote_b64.value.magic, 'TPM_GENERATED_VALUE');
  }
  assert.match(caught(RangeError, () => tpm.parseSync(key, 'TPM2B_PUBLIK')).message, /^type: expected one of/);
  const other = caught(tpm.Malformed, () => tpm.parseSync(new Uint8Array([0xff, 0xff, 0xff])));
  for (const type of ['TPMT_SIGNATURE', 'TPM2B_DIGEST', 'TPML_DIGEST']) assert.match(other.message, new RegExp(` ${type},`));
  assert.match(caught(RangeError, () => tpm.parseSync(RSA, 'response')).message, /^type: expected one of TPM2B_PUBLIC, .* not "response"$/);
  caught(tpm.Malformed, () => tpm.parseSync(Buffer.concat([key, new Uint8Array(1)]), 'TPM2B_PUBLIC'));
  caught(TypeError, () => tpm.parseSync('0102', 'TPM2B_DIGEST'));
  for (const given of [5, null, undefined]) caught(TypeError, () => tpm.parseSync(given));
});

test('parse says what another program says', () => {
  for (const name of names('attest')) {
    const shown = tpm.parseSync(bytes(`attest/${name}/attest`)).value;
    const told = json(`attest/${name}/case.json`).attest;
    assert.equal(shown.type, `TPM_ST_${told.type_name}`);
    assert.equal(shown.extraData, told.extraData);
    assert.equal(shown.qualifiedSigner, told.qualifiedSigner);
  }
});
