// The module as a browser fetches it: what comes in its place is named, with its address.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';

import { quoteCase } from './data.js';

const MODULE = readFileSync(new URL('../lib/tpm_quote.wasm', import.meta.url));
const PAGE = '\n  <!DOCTYPE html><title>shop</title>';
const ANSWERS = {
  '/page': [200, 'text/html', PAGE],
  '/missing': [404, 'text/html; charset=utf-8', PAGE],
  '/typeless': [200, undefined, ''],
  '/cut': [200, 'application/wasm', MODULE.subarray(0, 1000)],
  '/module': [200, 'application/octet-stream', MODULE],
};

let server;
let origin;
before(async () => {
  server = createServer(({ url }, response) => {
    const [status, type, body] = ANSWERS[url];
    response.writeHead(status, type === undefined ? {} : { 'content-type': type }).end(body);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${server.address().port}`;
});
after(() => {
  server.closeAllConnections();
  server.close();
});

/** A web entry point that has loaded nothing yet. */
let count = 0;
const fresh = () => import(`../lib/web.js?${(count += 1)}`);

test('an answer in place of the module is named, with its address, and what to do', async () => {
  for (const [path, ...said] of [
    ['/page', '200 OK, text/html', '"<!DOCTYPE html>', 'for every path that it does not know', 'expected the bytes of a module'],
    ['/missing', '404 Not Found, text/html; charset=utf-8', 'expected 200 and application/wasm'],
    ['/typeless', '200 OK, without a content type', 'its body is nothing'],
    ['/cut', '200 OK, application/wasm', '1000 bytes do not compile'],
  ]) {
    const { init } = await fresh();
    const address = `${origin}${path}`;
    for (const source of [address, new URL(address), fetch(address), await fetch(address)]) {
      await assert.rejects(init(source), ({ message }) => {
        for (const part of [`from ${address}: `, ...said, 'lib/tpm_quote.wasm', 'await init(address)']) {
          assert.ok(message.includes(part), `${part} is not in: ${message}`);
        }
        return true;
      });
    }
  }
});

test('an address where nothing answers is named, and the next attempt can be another', async () => {
  const { init, nameOf } = await fresh();
  await assert.rejects(init('http://127.0.0.1:1/x.wasm'), /from http:\/\/127\.0\.0\.1:1\/x\.wasm: fetch fails/);
  await init(`${origin}/module`);
  assert.match(await nameOf(quoteCase('005-main-p256-ecdsa-sha256').key), /^000b/);
});

test('a source that is no module is named', async () => {
  const { init, initSync } = await fresh();
  for (const [source, Class, said] of [
    [new TextEncoder().encode(PAGE), Error, /^source: expected the bytes of tpm_quote\.wasm, not what begins with "<!DOCTYPE html>/],
    [new Uint8Array(), Error, /not nothing$/],
    [{}, TypeError, /^source: expected a WebAssembly\.Module or its bytes, not Object$/],
    [new Uint16Array(4), TypeError, /not Uint16Array: give its bytes/],
  ]) {
    const fits = (error) => error.constructor === Class && said.test(error.message);
    await assert.rejects(init(source), fits);
    assert.throws(() => initSync(source), fits);
  }
  const other = await import('../lib/node.js?unloaded');
  await assert.rejects(other.init('lib/tpm_quote.wasm'), /TypeError: source: .*not a string: only a browser fetches an address/);
  assert.equal(other.initSync(MODULE), undefined);
});
