// Verifies real evidence with a module, and refuses it with one thing changed.
//
// usage: node run.mjs MODULE rsa|rsa-ecdsa|response

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

const [, , path, build] = process.argv;
const data = (name) => readFileSync(new URL(`../data/${name}`, import.meta.url));

const module = new WebAssembly.Module(readFileSync(path));
assert.deepEqual(WebAssembly.Module.imports(module), [], 'the module imports something');
const { exports } = new WebAssembly.Instance(module);

// In the order of the Rust type `Check`.
const CHECKS = [
    'input', 'tier', 'key-type', 'key-attributes', 'key-strength', 'key-scheme', 'key-anchor',
    'signature-scheme', 'signature', 'magic', 'type', 'nonce', 'signer', 'object', 'creation',
    'contents', 'audit', 'selection', 'pcr-values', 'pcr-digest', 'baseline', 'clock',
];

/// The verdict of an exported function on these inputs; the lengths of the first
/// `fixed` of them are not passed.
function verdict(name, inputs, fixed = 0) {
    const buffer = new Uint8Array(exports.memory.buffer, exports.input());
    let at = 0;
    for (const input of inputs) {
        buffer.set(input, at);
        at += input.length;
    }
    const status = exports[name](...inputs.slice(fixed).map((input) => input.length));
    return status === 0 ? 'verified' : CHECKS[status - 1] ?? `status ${status}`;
}

function expect(expected, title, found) {
    assert.equal(found, expected, title);
    console.log(`${title}: ${found}`);
}

const changed = (bytes) => {
    const copy = Uint8Array.from(bytes);
    copy[copy.length - 1] ^= 1;
    return copy;
};

function quotes(name, folder) {
    const files = ['ak.pub', 'quote.attest2b', 'quote.sig', 'nonce.bin'];
    const [key, quote, signature, nonce] = files.map((file) => data(`cases/${folder}/${file}`));
    const values = JSON.parse(data(`cases/${folder}/case.json`)).pcr_values.sha256;
    const pcrs = Buffer.from(values['0'] + values['7'] + values['10'], 'hex');
    const of = (...inputs) => verdict('quote', inputs, 1);

    expect('verified', name, of(pcrs, key, quote, signature, nonce));
    expect('nonce', `${name} with another nonce`, of(pcrs, key, quote, signature, changed(nonce)));
    expect('signature', `${name} with another signature`, of(pcrs, key, quote, changed(signature), nonce));
    expect('signature', `${name} with another quote`, of(pcrs, key, changed(quote), signature, nonce));
    expect('pcr-digest', `${name} with another value`, of(changed(pcrs), key, quote, signature, nonce));
    expect('input', `${name} without a signature`, of(pcrs, key, quote, [], nonce));
}

function responses(name) {
    const json = data(`blocks/${name}.json`);
    const { case: folder } = JSON.parse(data(`blocks/${name}.info.json`));
    const id = Buffer.from(JSON.parse(data(`${folder}/case.json`)).payload_id);
    const of = (...inputs) => verdict('response', inputs);

    expect('verified', name, of(json, id));
    expect('nonce', `${name} for another request`, of(json, changed(id)));
    expect('input', `${name} cut`, of(json.subarray(0, -3), id));
    const block = JSON.parse(json);
    const attestation = block._metadata.tpm_attestation;
    attestation.signature_b64 = Buffer.from(
        changed(Buffer.from(attestation.signature_b64, 'base64')),
    ).toString('base64');
    expect('signature', `${name} with another signature`, of(Buffer.from(JSON.stringify(block)), id));
}

switch (build) {
    case 'rsa-ecdsa':
        quotes('p256', '005-main-p256-ecdsa-sha256');
    // falls through
    case 'rsa':
        quotes('rsa-2048', '004-main-rsa2048-rsassa-sha256');
        break;
    case 'response':
        responses('rsa-main-aik-tpm2b');
        responses('ecc-main-aik-tpm2b');
        responses('rsapss');
        expect('tier', 'not-available', verdict('response', [data('blocks/not-available.json'), [0x61]]));
        break;
    default:
        throw new Error(`there is no build ${build}`);
}
