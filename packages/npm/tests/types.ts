// The types, as a program uses them: run.sh compiles it.

import {
  init, nameOf, parse, verifyAttest, verifyAttestSync, verifyMany, verifyManySync, verifyQuote, verifyQuoteSync,
  verifyResponse, verifyResponseSync, Quote, Rejected, Unavailable, VerifyError,
} from 'tpm-quote';

const bytes = new Uint8Array();

export async function accepted(): Promise<void> {
  await init();
  const quote: Quote = await verifyResponse('{}', { payloadId: 'x', baseline: { sha256: { 0: 'ab', 7: ['cd', bytes] } } });
  const either: Quote | Unavailable = await verifyResponse(bytes, { nonce: '00', tier: 'high' });
  const decided: Quote | Unavailable = await verifyResponse(bytes, { nonce: '00', policy: { tier: 'high' } });
  const digest: Uint8Array | undefined = quote.pcr('sha256', 7);
  const version: bigint = quote.firmwareVersion;
  const sync: Quote = verifyResponseSync({ _metadata: {} }, { payloadId: 'x', requirePcrs: { sha256: [0] } });
  const parts = { key: bytes, attest: bytes, signature: bytes, pcrs: bytes };
  await verifyQuote({ ...parts, nonce: bytes, since: quote, minimumFirmware: version });
  await verifyAttest('certify', { key: bytes, attest: bytes, signature: bytes, nonce: '00', object: bytes });
  for await (const report of verifyMany([['x', '{}']])) report.verified().key.name?.toUpperCase();
  verifyManySync([['x', bytes]], { bootLog: 'response', imaList: 'response', allowPadding: true });
  verifyResponseSync('{}', { payloadId: 'x', bootLog: 'response', imaList: 'response' }).ima?.entries;
  for (const report of verifyManySync([['x', bytes]], { tier: 'standard' })) report.check?.toUpperCase();
  verifyQuoteSync({ ...parts, nonce: bytes, key: 'PEM', akCert: bytes, ca: [bytes, 'PEM'], at: new Date(), bootLog: bytes, allowSuffix: 'os-separator' });
  verifyQuoteSync({ ...parts, nonce: bytes, policy: { require_anchor: true, boot: { explained_pcrs: [7] } } });
  verifyQuoteSync({ ...parts, nonce: bytes, policy: '{"require_anchor": true}', dangerousAllowSha1Names: true });
  verifyQuoteSync({ ...parts, nonce: bytes, imaList: bytes, imaAllow: ['sha256:00', bytes], imaRequire: 'sha256:00' }).ima?.entries;
  verifyQuoteSync({ evidence: {}, nonce: bytes, hardwareRoot: bytes, hardwareMeasurement: ['00'], hardwareTcb: '4.0.24.219' });
  verifyQuoteSync({ ...parts, nonce: bytes, trust: 'x', trustFiles: { x: bytes }, machine: 'x' }).key.vouchedBy?.name.toUpperCase();
  verifyQuoteSync({ ...parts, nonce: new DataView(bytes.buffer), trust: 'x', policy: { machine: 'x' } });
  verifyQuoteSync({ evidence: '{}', nonce: bytes, hardwareRoot: bytes, policy: { hardware_measurement: ['00'], hardware_id_key: ['00'], hardware_tcb: '4.0.24.219' } });
  const { key, ...keyless } = parts;
  verifyQuoteSync({ ...keyless, nonce: bytes, akCert: bytes, ca: bytes, signatureForm: 'plain', scheme: 'rsapss', hashAlgorithm: 'sha256' });
  verifyAttestSync('nv', { key, attest: bytes, signature: bytes, dangerousNoNonce: true, nvName: '00' });
  verifyAttestSync('certify', { ...keyless, nonce: '00', akCert: bytes, ca: bytes, object: bytes, objectHas: ['sign'], objectLacks: 'restricted', objectStrongKey: true, allowEmptySigner: true });
  verifyQuoteSync({ ...parts, nonce: bytes, imaList: bytes, imaEntries: true }).imaEntries?.map(({ entry, verdict }) => [entry, verdict]);
  const { imaState } = verifyQuoteSync({ ...parts, nonce: bytes, imaList: bytes, imaKeepState: true });
  if (imaState !== null) verifyQuoteSync({ ...parts, nonce: bytes, imaList: bytes, imaState }).ima?.strength['sha256']?.toUpperCase();
  const on: boolean = quote.boot?.secure_boot === 'on';
  for (const report of verifyManySync([[bytes, '{}']])) report.payloadId?.toUpperCase();
  const name: string = await nameOf(bytes);
  await parse(name);
  try {
    verifyQuoteSync({ ...parts, payloadId: 'x' });
  } catch (error) {
    if (error instanceof Rejected) error.help.toUpperCase();
    if (error instanceof VerifyError) error.found?.toUpperCase();
    if (error instanceof VerifyError && error.verdict === 'rejected') error.check.toUpperCase();
    if (error instanceof Rejected) void (error.verdict satisfies 'rejected');
  }
  void [either, decided, digest, sync, on];
}

export async function refused(): Promise<void> {
  // @ts-expect-error: neither a payload id nor a nonce
  await verifyResponse('{}', {});
  // @ts-expect-error: both
  await verifyResponse('{}', { payloadId: 'x', nonce: '00' });
  // @ts-expect-error: no option
  await verifyResponse('{}', { payloadId: 'x', requireAnchors: true });
  // @ts-expect-error: a promise is always true
  if (verifyResponse('{}', { payloadId: 'x' })) void 0;
  // @ts-expect-error: parts and evidence
  await verifyQuote({ evidence: '{}', nonce: '00', hardwareRoots: bytes });
  // @ts-expect-error: policies have the names of the command
  await verifyResponse('{}', { payloadId: 'x', policy: { requireAnchor: true } });
  // @ts-expect-error: one log for many
  verifyManySync([['x', bytes]], { bootLog: bytes });
  // @ts-expect-error: no member of a boot
  quote.boot?.secureBoot;
  // @ts-expect-error: a state is of one machine
  verifyManySync([['x', bytes]], { imaList: 'response', imaKeepState: true });
  // @ts-expect-error: no number
  await verifyResponse('{}', { payloadId: 'x', policy: { boot: { explained_pcrs: ['7'] } } });
  // @ts-expect-error: would have no effect
  await verifyResponse('{}', { payloadId: 'x', akNames: undefined });
  // @ts-expect-error: may be unavailable
  const quote: Quote = await verifyResponse('{}', { payloadId: 'x', tier: 'high' });
  // @ts-expect-error: may be unavailable if the policy says so
  const other: Quote = await verifyResponse('{}', { payloadId: 'x', policy: '{}' });
  // @ts-expect-error: only a verification makes one
  new Quote();
  // @ts-expect-error: frozen
  quote.verdict = 'verified';
  void other;
  // @ts-expect-error: parts are missing
  await verifyQuote({ key: bytes, nonce: '00' });
  const parts = { key: bytes, attest: bytes, signature: bytes, pcrs: bytes };
  // @ts-expect-error: elements of two bytes
  verifyQuoteSync({ ...parts, nonce: new Uint16Array(8) });
  // @ts-expect-error: elements with a sign
  verifyQuoteSync({ ...parts, nonce: new Int8Array(8) });
  // @ts-expect-error: elements that are clamped
  verifyQuoteSync({ ...parts, nonce: bytes, baseline: new Uint8ClampedArray(8) });
  // @ts-expect-error: elements of eight bytes
  await verifyResponse(new BigUint64Array(8), { payloadId: 'x' });
  // @ts-expect-error: elements of four bytes
  await parse(new Float32Array(8));
  // @ts-expect-error: no bytes of this thread alone
  verifyQuoteSync({ ...parts, nonce: new SharedArrayBuffer(8) });
  // @ts-expect-error: no response that could carry it
  verifyQuoteSync({ ...parts, nonce: bytes, bootLog: 'response' });
  // @ts-expect-error: the name of a file
  verifyQuoteSync({ ...parts, nonce: bytes, policy: { certified_by: 'ak.pub' } });
  // @ts-expect-error: no kind
  await verifyAttest('quote', { key: bytes, attest: bytes, signature: bytes, nonce: '00' });
}
