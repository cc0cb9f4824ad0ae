// Values of JavaScript as the bytes that the module reads: see src/message.rs.

const encoder = new TextEncoder();
const DEPTH = 12;

/** Bytes that grow. */
class Writer {
  bytes = new Uint8Array(512);
  length = 0;

  room(count) {
    const end = this.length + count;
    if (end > this.bytes.length) {
      const larger = new Uint8Array(Math.max(end, this.bytes.length * 2));
      larger.set(this.bytes.subarray(0, this.length));
      this.bytes = larger;
    }
    const at = this.length;
    this.length = end;
    return at;
  }

  byte(char) {
    const at = this.room(1);
    this.bytes[at] = char.charCodeAt(0);
  }

  number(value) {
    const at = this.room(4);
    for (let n = 0; n < 4; n += 1) this.bytes[at + n] = (value >>> (8 * n)) & 0xff;
  }

  raw(bytes) {
    const at = this.room(bytes.length);
    this.bytes.set(bytes, at);
  }

  part(bytes) {
    this.number(bytes.length);
    this.raw(bytes);
  }
}

/** A lone surrogate becomes bytes that are not UTF-8: the library refuses them where they stand. */
export function utf8(text) {
  if (!/\p{Surrogate}/u.test(text)) return encoder.encode(text);
  const writer = new Writer();
  for (const part of text.match(/\p{Surrogate}|\P{Surrogate}+/gu)) {
    const code = part.charCodeAt(0);
    const bytes = /^\p{Surrogate}$/u.test(part)
      ? [0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f)]
      : encoder.encode(part);
    writer.raw(bytes);
  }
  return writer.bytes.subarray(0, writer.length);
}

const tagOf = (value) => Object.prototype.toString.call(value).slice(8, -1);

/** The name of a typed array, of any realm; `undefined` of anything else. */
const arrayTag = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  Symbol.toStringTag,
).get;

/**
 * The bytes of a Uint8Array, a DataView or an ArrayBuffer; `undefined` for what is none. The
 * elements of other arrays are not bytes, whatever order of bytes they have here.
 */
export function bytesOf(value) {
  if (ArrayBuffer.isView(value)) {
    const array = arrayTag.call(value);
    if (array === 'Uint8Array') return value;
    if (array !== undefined) return undefined;
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  }
  return tagOf(value) === 'ArrayBuffer' ? new Uint8Array(value) : undefined;
}

/** What to do with what is often given instead of content. */
const HELP = {
  Blob: 'give its bytes, new Uint8Array(await blob.arrayBuffer())',
  File: 'give its bytes, new Uint8Array(await file.arrayBuffer())',
  Promise: 'await it',
  Response: 'give its text, await response.text()',
  SharedArrayBuffer: 'give new Uint8Array(buffer)',
  URL: 'nothing is fetched or read here, give what is there',
};

/** What a value is that cannot be taken, and what to give instead. */
export function unfit(value) {
  const found = tagOf(value);
  const help = ArrayBuffer.isView(value)
    ? 'give its bytes, new Uint8Array(array.buffer, array.byteOffset, array.byteLength)'
    : HELP[found];
  return help === undefined ? found : `${found}: ${help}`;
}

/** A value in an error: a text is cut, and has escapes. */
export function shown(value) {
  if (typeof value !== 'string') return typeof value === 'object' ? tagOf(value) : String(value);
  return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}...` : value);
}

export function isPlain(value) {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  // Object.prototype of any realm.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function write(writer, what, value, depth) {
  if (depth === 0) throw new TypeError(`${what}: too deep`);
  switch (typeof value) {
    case 'string':
      writer.byte('s');
      writer.part(utf8(value));
      return;
    case 'number':
      if (!Number.isSafeInteger(value)) {
        throw new RangeError(`${what}: ${value} is not an integer that a number holds exactly`);
      }
    // falls through
    case 'bigint':
      writer.byte('n');
      writer.part(encoder.encode(String(value)));
      return;
    case 'boolean':
      writer.byte(value ? 't' : 'f');
      return;
    case 'object':
      break;
    default:
      throw new TypeError(`${what}: cannot be ${typeof value}`);
  }
  if (value === null) {
    writer.byte('z');
    return;
  }
  const bytes = bytesOf(value);
  if (bytes !== undefined) {
    writer.byte('b');
    writer.part(bytes);
  } else if (Array.isArray(value) || value instanceof Set) {
    const values = [...value];
    writer.byte('a');
    writer.number(values.length);
    for (const one of values) write(writer, what, one, depth - 1);
  } else if (isPlain(value)) {
    const entries = Object.entries(value);
    writer.byte('o');
    writer.number(entries.length);
    for (const [name, member] of entries) {
      writer.part(utf8(name));
      write(writer, `${what}: ${name}`, member, depth - 1);
    }
  } else {
    throw new TypeError(`${what}: cannot be ${unfit(value)}`);
  }
}

/** Options as bytes, of which no later change of the caller's changes anything. */
export function options(entries) {
  const writer = new Writer();
  for (const [option, value] of entries) {
    writer.part(utf8(option));
    write(writer, option, value, DEPTH);
  }
  return { count: entries.length, bytes: writer.bytes.subarray(0, writer.length) };
}

/** The message that calls a function of the module with these options. */
export function message(name, ...parts) {
  const writer = new Writer();
  writer.byte('a');
  writer.number(2);
  write(writer, name, name, 1);
  writer.byte('o');
  writer.number(parts.reduce((sum, { count }) => sum + count, 0));
  for (const { bytes } of parts) writer.raw(bytes);
  return writer.bytes.subarray(0, writer.length);
}

/** That a text is no JSON, which the library explains. */
export class NotJson extends Error {
  constructor(option, text) {
    super(`${option}: not JSON`);
    this.entry = [option, text];
  }
}

/** Reads JSON, and refuses a key that is there twice, of which JSON.parse would keep one. */
export function json(what, text) {
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    throw new NotJson(what, text);
  }
  let written = 0;
  for (const [, colon] of text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/g)) {
    if (colon !== undefined) written += 1;
  }
  let kept = 0;
  const count = (value) => {
    if (typeof value !== 'object' || value === null) return;
    const members = Object.values(value);
    if (!Array.isArray(value)) kept += members.length;
    members.forEach(count);
  };
  count(value);
  if (written !== kept) throw new NotJson(what, text);
  return value;
}
