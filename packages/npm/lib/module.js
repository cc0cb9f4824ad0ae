// The WebAssembly module: compiled once, and asked one message at a time.

import { bytesOf, shown, unfit } from './message.js';

/** Above this, an instance is not kept: its memory never shrinks. */
const KEPT = 16 << 20;

const decoder = new TextDecoder();

/** What every module begins with. */
const MAGIC = [0x00, 0x61, 0x73, 0x6d];

/** What bytes are instead of a module, in words; `undefined` if they begin like one. */
export function mistaken(bytes) {
  if (MAGIC.every((byte, at) => bytes[at] === byte)) return undefined;
  if (bytes.length === 0) return 'nothing';
  const begin = decoder.decode(bytes.subarray(0, 60)).trimStart();
  return `what begins with ${shown(begin.slice(0, 24))}`;
}

/** A compiled module, or bytes that begin like one. */
function usable(source) {
  if (source instanceof WebAssembly.Module) return source;
  const bytes = bytesOf(source);
  if (bytes === undefined) {
    const found = typeof source === 'string' ? 'a string: only a browser fetches an address' : unfit(source);
    throw new TypeError(`source: expected a WebAssembly.Module or its bytes, not ${found}`);
  }
  const other = mistaken(bytes);
  if (other !== undefined) throw new Error(`source: expected the bytes of tpm_quote.wasm, not ${other}`);
  return bytes;
}

export class Module {
  #load;
  #compiled;
  #loading;
  #instance;

  /** `load(source)` and `loadSync(source)` give a compiled module, or the bytes of one. */
  constructor(load, loadSync) {
    this.#load = { load, loadSync };
  }

  /** Compiles the module: once, or again if that failed. */
  async prepare(source) {
    if (this.#compiled === undefined) {
      this.#loading ??= this.#compile(source).finally(() => {
        this.#loading = undefined;
      });
      await this.#loading;
    }
    this.#instance ??= await WebAssembly.instantiate(this.#compiled);
  }

  async #compile(source) {
    const loaded = usable(await this.#load.load(source));
    const isModule = loaded instanceof WebAssembly.Module;
    this.#compiled = isModule ? loaded : await WebAssembly.compile(loaded);
  }

  prepareSync(source) {
    if (this.#compiled === undefined) {
      const loaded = usable(this.#load.loadSync(source));
      const isModule = loaded instanceof WebAssembly.Module;
      this.#compiled = isModule ? loaded : new WebAssembly.Module(loaded);
    }
    this.#instance ??= new WebAssembly.Instance(this.#compiled);
  }

  /** The answer to a message, as soon as there is an instance. */
  async ask(message) {
    // Another call may have done away with the instance in the meantime.
    while (this.#instance === undefined) await this.prepare();
    return this.#ask(message);
  }

  askSync(message) {
    this.prepareSync();
    return this.#ask(message);
  }

  /** What is told of the outcome, with the text of the report. */
  #ask(message) {
    const { memory, inbox, call, outbox } = this.#instance.exports;
    let answer;
    try {
      const at = inbox(message.length);
      if (at === 0) throw new RangeError(`no memory for ${message.length} bytes`);
      new Uint8Array(memory.buffer, at, message.length).set(message);
      const length = call();
      answer = decoder.decode(new Uint8Array(memory.buffer, outbox(), length));
    } catch (error) {
      // Whatever state it is in, no other message sees it.
      this.#instance = undefined;
      throw error;
    }
    if (memory.buffer.byteLength > KEPT) this.#instance = undefined;
    const end = answer.indexOf('\n');
    const told = JSON.parse(answer.slice(0, end));
    const rest = answer.slice(end + 1);
    // Behind the report are entries of a list of IMA, if they were asked for.
    const behind = rest.indexOf('\n');
    told.text = behind < 0 ? rest : rest.slice(0, behind);
    told.entries = behind < 0 ? null : rest.slice(behind + 1);
    return told;
  }
}
