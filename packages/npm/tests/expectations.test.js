// The verdicts of tests/data/expectations.json, which all faces of the library share.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as tpm from 'tpm-quote';

import { TABLE, bytes, facts, hex, text } from './data.js';
import { call, options, response, verdict } from './table.js';

test('the table has the rows that all faces expect', () => {
  const { responses, quotes, attests, calls } = TABLE;
  const count = [responses, quotes, attests, calls].map(({ length }) => length);
  assert.deepEqual(count, [65, 133, 50, 51]);
});

test('responses', async () => {
  for (const row of TABLE.responses) {
    const content = response(row, text);
    for (const given of [content, new TextEncoder().encode(content)]) {
      const call = () => tpm.verifyResponse(given, options(row, bytes));
      assert.deepEqual(await verdict(tpm, call), row.expect, row.name);
      const sync = async () => tpm.verifyResponseSync(given, options(row, bytes));
      assert.deepEqual(await verdict(tpm, sync), row.expect, row.name);
    }
  }
});

test('responses, many', async () => {
  for (const row of TABLE.responses) {
    const { payloadId, nonce, ...given } = options(row, bytes);
    if (payloadId === undefined) continue;
    const pairs = Array(3).fill([payloadId, response(row, text)]);
    let reports;
    try {
      reports = [...tpm.verifyManySync(pairs, given)];
    } catch (error) {
      // A setting is refused before any response is read.
      assert.ok(error instanceof tpm.Malformed, row.name);
      assert.equal(error.problem, row.expect.problem);
      assert.ok('requirePcrs' in given || 'baseline' in given, row.name);
      await assert.rejects(tpm.verifyMany(pairs, given).next(), tpm.Malformed);
      continue;
    }
    for await (const report of tpm.verifyMany(pairs, given)) reports.push(report);
    assert.equal(reports.length, 6);
    for (const [number, report] of reports.entries()) {
      const { verdict, check, problem, line, payload_id } = report.report();
      assert.deepEqual({ verdict, check, problem }, row.expect, row.name);
      assert.deepEqual([line, payload_id], [(number % 3) + 1, payloadId]);
      assert.deepEqual([report.verdict, report.check, report.problem], [verdict, check, problem]);
      assert.equal(report.payloadId, payloadId);
    }
  }
});

test('quotes', async () => {
  for (const row of TABLE.quotes) {
    const file = (name) => bytes(`cases/${row.case}/${name}`);
    const told = facts(`cases/${row.case}`);
    const selected = told.pcr_selection_list.filter(({ pcrs }) => pcrs.length > 0);
    const pcrs = Object.fromEntries(
      selected.map(({ bank, pcrs }) => [
        bank,
        Object.fromEntries(pcrs.map((index) => [index, told.pcr_values[bank][index]])),
      ]),
    );
    const given = {
      key: file('ak.pub'),
      signature: file('quote.sig'),
      pcrs,
      nonce: file('nonce.bin'),
      requirePcrs: row.require_pcrs,
    };
    for (const form of ['quote.attest', 'quote.attest2b']) {
      const call = () => tpm.verifyQuote({ ...given, attest: file(form) });
      assert.deepEqual(await verdict(tpm, call), row.expect, row.case);
    }
    if (row.expect.check !== null) continue;
    const quote = tpm.verifyQuoteSync({ ...given, attest: file('quote.attest') });
    assert.equal(quote.key.name, told.ak_name_hex);
    assert.equal(hex(quote.nonce), told.nonce_hex);
    assert.equal(hex(quote.pcrDigest), told.pcr_digest_hex);
    assert.equal(quote.firmwareVersion, BigInt(`0x${told.firmware_version}`));
    const { reset_count, restart_count, safe } = told.clock_info;
    // A number that JSON.parse would round.
    const [, clock] = /"clock": (\d+)/.exec(text(`cases/${row.case}/case.json`));
    assert.deepEqual(quote.clock, {
      clock: BigInt(clock),
      resetCount: reset_count,
      restartCount: restart_count,
      safe,
    });
    const values = Object.entries(quote.pcrs).map(([bank, pcrs]) => [
      bank,
      Object.fromEntries(Object.entries(pcrs).map(([index, value]) => [index, hex(value)])),
    ]);
    assert.deepEqual(Object.fromEntries(values), pcrs, row.case);
    for (const { bank, pcrs: indices } of selected) {
      for (const index of indices) {
        assert.equal(hex(quote.pcr(bank, index)), told.pcr_values[bank][index]);
      }
    }
  }
});

test('attestations of the other kinds', async () => {
  for (const row of TABLE.attests) {
    const file = (name) => bytes(`attest/${row.case}/${name}`);
    const { attest } = facts(`attest/${row.case}`);
    const given = { key: file('ak.pub'), signature: file('sig'), nonce: attest.extraData };
    if (row.kind === 'certify') given.object = file('certified.pub');
    if (row.kind === 'nv') given.nvPublic = file('nv.public');
    if (row.kind === 'creation') {
      given.object = file('created.pub');
      given.creationData = file('creation.data');
    }
    for (const form of ['attest', 'attest2b']) {
      const call = () => tpm.verifyAttest(row.kind, { ...given, attest: file(form) });
      assert.deepEqual(await verdict(tpm, call), row.expect, `${row.case} as ${row.kind}`);
    }
    if (row.expect.check !== null) continue;
    const result = tpm.verifyAttestSync(row.kind, { ...given, attest: file('attest') });
    assert.equal(result.type, `TPM_ST_${attest.type_name}`);
    assert.equal(hex(result.nonce), attest.extraData);
    assert.equal(hex(result.qualifiedSigner), attest.qualifiedSigner);
    assert.equal(typeof result.attested, 'object');
  }
});

test('calls', async () => {
  for (const row of TABLE.calls) {
    const [name, given] = call(row, bytes);
    assert.deepEqual(await verdict(tpm, () => tpm[name](...given)), row.expect, row.name);
    const sync = async () => tpm[`${name}Sync`](...given);
    assert.deepEqual(await verdict(tpm, sync), row.expect, row.name);
  }
});
