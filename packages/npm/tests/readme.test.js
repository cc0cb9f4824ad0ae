// The service of the README, with the responses of a machine. run.sh runs the other examples.

import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { DATA, text } from './data.js';

/** The blocks of code of the README. */
function blocks() {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  return [...readme.matchAll(/^```js\n([^]*?)^```$/gm)].map(([, code]) => code);
}

test('the service accepts a response once, and none that shows too much or that nobody asked for', async () => {
  const [block] = blocks().filter((code) => code.includes('createServer'));
  assert.ok(block.split('\n').length <= 16, 'the service has more than 15 lines');
  const code = block
    .replaceAll(/'(tests\/data\/[^']*)'/g, (_, path) => JSON.stringify(fileURLToPath(new URL(`../../${path}`, DATA))))
    .replace("new Set([", "new Set(['4b53dbd5e363657c4d5b52937b39b3e515856de87f078868e2711a95eecc8484', ");
  const file = new URL(`./service-${process.pid}.mjs`, import.meta.url);
  const imports = "import { readFile } from 'node:fs/promises';\nimport { verifyResponse } from 'tpm-quote';\n";
  writeFileSync(file, `${imports}${code}\nexport { service };\n`);
  let service;
  try {
    ({ service } = await import(file));
  } finally {
    rmSync(file);
  }
  await new Promise((resolve) => service.listen(0, '127.0.0.1', resolve));
  const post = async (nonce, name) => {
    const address = `http://127.0.0.1:${service.address().port}/${nonce}`;
    const answer = await fetch(address, { method: 'POST', body: text(`server/${name}.json`) });
    return [answer.status, await answer.text()];
  };
  try {
    const [first, later] = [
      'b7154f895a4c4ce055494a2b023571a520caecc36ff541d534d0e25657eaa907',
      '4b53dbd5e363657c4d5b52937b39b3e515856de87f078868e2711a95eecc8484',
    ];
    assert.deepEqual(await post(first, 'response'), [200, 'verified\n']);
    assert.deepEqual(await post(first, 'response'), [403, 'Error: no nonce of ours\n']);
    assert.deepEqual(await post('00', 'response'), [403, 'Error: no nonce of ours\n']);
    const [status, said] = await post(later, 'later');
    assert.equal(status, 403);
    assert.match(said, /^Rejected: ima: .*\/opt\/app\/later-1\.sh/);
  } finally {
    service.closeAllConnections();
    service.close();
  }
});
