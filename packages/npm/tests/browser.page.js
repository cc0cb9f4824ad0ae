// What the page of browser.js runs.

// A page with a bundler or an import map says 'tpm-quote'.
import * as tpm from '/node_modules/tpm-quote/lib/web.js';

import { options, response, verdict } from './table.js';

const fetched = new Map();
async function load(path) {
  if (!fetched.has(path)) {
    const answer = await fetch(`/data/${path}`);
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    fetched.set(path, new Uint8Array(await answer.arrayBuffer()));
  }
  return fetched.get(path);
}
const text = async (path) => new TextDecoder().decode(await load(path));

function same(what, one, other) {
  if (JSON.stringify(one) !== JSON.stringify(other)) {
    throw new Error(`${what}: ${JSON.stringify(one)}, expected ${JSON.stringify(other)}`);
  }
}

async function run() {
  const table = JSON.parse(await text('expectations.json'));

  // Without the module, a function that cannot wait says what to do.
  let refused;
  try {
    tpm.nameOfSync(new Uint8Array(1));
  } catch (error) {
    refused = error.message;
  }
  same('before init', refused?.includes('await init()'), true);

  // A page in the place of the module is named, and the next attempt can be another.
  let page;
  try {
    await tpm.init('/tests/browser.html');
  } catch (error) {
    page = error.message;
  }
  const parts = [`${location.origin}/tests/browser.html: `, '200 OK, text/html', '<!doctype html>', 'await init(address)'];
  same('a page in place of the module', parts.filter((part) => !page?.includes(part)), []);

  for (const row of table.responses) {
    for (const file of [row.response, row.options.certified_by]) if (file) await load(file);
    const loaded = (path) => fetched.get(path);
    const content = response(row, (path) => new TextDecoder().decode(loaded(path)));
    const call = () => tpm.verifyResponse(content, options(row, loaded));
    same(row.name, await verdict(tpm, call), row.expect);
    const sync = async () => tpm.verifyResponseSync(content, options(row, loaded));
    same(row.name, await verdict(tpm, sync), row.expect);
  }

  for (const row of table.quotes) {
    const file = (name) => load(`cases/${row.case}/${name}`);
    const told = JSON.parse(await text(`cases/${row.case}/case.json`));
    const selected = told.pcr_selection_list.filter(({ pcrs }) => pcrs.length > 0);
    const pcrs = selected.map(({ bank, pcrs }) => [
      bank,
      Object.fromEntries(pcrs.map((index) => [index, told.pcr_values[bank][index]])),
    ]);
    const given = {
      key: await file('ak.pub'),
      attest: await file('quote.attest'),
      signature: await file('quote.sig'),
      pcrs: Object.fromEntries(pcrs),
      nonce: await file('nonce.bin'),
      requirePcrs: row.require_pcrs,
    };
    same(row.case, await verdict(tpm, () => tpm.verifyQuote(given)), row.expect);
  }

  // The module again, from a source of the page's own.
  await tpm.init('/node_modules/tpm-quote/lib/tpm_quote.wasm');

  const content = await text('blocks/rsa-main-aik-tpm2b.json');
  const { payload_id: payloadId } = table.responses[0];
  const count = 200;
  const start = performance.now();
  for (let n = 0; n < count; n += 1) tpm.verifyResponseSync(content, { payloadId });
  const each = Math.round(((performance.now() - start) / count) * 1000);
  return `passed: ${table.responses.length} responses, ${table.quotes.length} quotes, ${each} microseconds for one response`;
}

const said = await run().catch((error) => `failed: ${error.stack}`);
document.getElementById('result').textContent = said;
await fetch('/done', { method: 'POST' });
