// The installed package in headless Chromium: node browser.js FOLDER, where FOLDER has it in
// node_modules. The page runs the table of tests/data/expectations.json and writes what it
// found; an image that comes last holds the page back until then.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join, normalize } from 'node:path';
import { pathToFileURL } from 'node:url';

import { DATA } from './data.js';

const [, , folder] = process.argv;
const ROOTS = {
  '/node_modules/': pathToFileURL(join(folder, 'node_modules/')),
  '/data/': DATA,
  '/tests/': new URL('./', import.meta.url),
};
const TYPES = { js: 'text/javascript', wasm: 'application/wasm', html: 'text/html', json: 'application/json' };

let release;
const done = new Promise((resolve) => {
  release = resolve;
});

const server = createServer(async (request, response) => {
  const path = normalize(decodeURIComponent(new URL(request.url, 'http://localhost').pathname));
  if (path === '/done') {
    release();
    response.end();
    return;
  }
  if (path === '/held.png') {
    await done;
    response.writeHead(404).end();
    return;
  }
  const root = Object.keys(ROOTS).find((root) => path.startsWith(root));
  try {
    const content = await readFile(new URL(path.slice(root.length), ROOTS[root]));
    const type = TYPES[path.split('.').pop()] ?? 'application/octet-stream';
    const headers = { 'content-type': type };
    // What a page that allows no other code can have.
    if (type === 'text/html') {
      headers['content-security-policy'] =
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; img-src 'self'";
    }
    response.writeHead(200, headers).end(content);
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));

const profile = await mkdtemp(join(tmpdir(), 'tpm-quote-chromium-'));
const browser = spawn('chromium', [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
  `--user-data-dir=${profile}`,
  '--dump-dom', `http://127.0.0.1:${server.address().port}/tests/browser.html`,
], { stdio: ['ignore', 'pipe', 'ignore'] });
const late = setTimeout(() => browser.kill(), 120_000);

let dom = '';
for await (const chunk of browser.stdout) dom += chunk;
clearTimeout(late);
server.closeAllConnections();
server.close();
await rm(profile, { recursive: true, force: true, maxRetries: 5 });

const [, said] = /<pre id="result">([^]*?)<\/pre>/.exec(dom) ?? [];
console.log(said ?? dom);
assert.match(said ?? '', /^passed: 65 responses, 133 quotes, /);
