// What looks odd about the arguments of a call that failed: notes for the error, which judge
// nothing.

import { bytesOf, isPlain } from './message.js';

/** The options that take what is in a file: as bytes, and some of them as text. */
const CONTENTS = new Set([
  'akCert', 'attest', 'baseline', 'bootLog', 'ca', 'certifiedBy', 'certifyAttest', 'certifyCreation',
  'certifySignature', 'contents', 'creationData', 'data', 'evidence', 'hardwareRoot', 'imaAllow',
  'imaKey', 'imaList', 'imaState', 'key', 'nvPublic', 'object', 'objectParents', 'parents', 'pcrs',
  'policy', 'public', 'response', 'signature', 'since', 'trust', 'trustFiles', 'userspaceLog',
]);

/** The options that take hexadecimal, or have it inside. */
const HEX = new Set([
  'akNames', 'auditDigest', 'baseline', 'certifyNonce', 'hardwareIdKey', 'hardwareMeasurement',
  'minimumFirmware', 'nonce', 'nvName', 'outsideInfo', 'pcrs',
]);

/** Those that take the word `response`, in the calls that have a response. */
const CARRIED = new Set(['bootLog', 'imaList']);
const WITH_RESPONSE = new Set(['verifyResponse', 'verifyMany']);

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const isBase64 = (text) => /^[A-Za-z0-9+/_-]{8,}={0,2}$/.test(text) && !/^[0-9a-f]*$/i.test(text);

/** Whether a text can be nothing but the name of a file. */
function isFileName(text) {
  if (text.length >= 1024 || /[\s{<]/.test(text)) return false;
  if (/^[A-Za-z]:[/\\]/.test(text)) return true;
  if (!/[./\\]/.test(text) || text.includes(':')) return false;
  // Base64 can have a slash in it, but no dot and no backslash.
  return /[.\\]/.test(text) || text.length % 4 !== 0 || text.length < 24;
}

/** What to say of a text that is given as what is in a file. */
function ofContent(name, text) {
  if (/^(file|https?):\/\/\S+$/i.test(text)) {
    return `${name} looks like an address, and nothing is fetched here: give what is in ${text}`;
  }
  if (!isFileName(text)) return undefined;
  return `${name} looks like the name of a file, and no file is read here: give what is in ${text}, as readFile gives it`;
}

/** What to say of a text that is given as hexadecimal. */
function ofHex(name, text) {
  if (/^0x/i.test(text)) return `${name} begins with 0x: leave that out`;
  if (/[\r\n]$/.test(text)) return `${name} ends with a line break: trim() it`;
  if (text !== text.trim()) return `${name} has spaces around it: trim() it`;
  if (/^[0-9a-f]{2}([:\s-][0-9a-f]{2})+$/i.test(text)) {
    return `${name} has something between its bytes: leave that out`;
  }
  if (name === 'nonce' && UUID.test(text)) return `${name} looks like a payload id: give it as payloadId`;
  if (isFileName(text)) return ofContent(name, text);
  if (name === 'minimumFirmware' || !isBase64(text)) return undefined;
  return `${name} looks like base64: decode it, and give the bytes`;
}

/** The notes on the value of an option, and on what is in it. */
function* ofValue(call, option, name, value, depth = 4) {
  if (depth === 0) return;
  if (Array.isArray(value) || value instanceof Set) {
    for (const one of value) yield* ofValue(call, option, name, one, depth - 1);
  } else if (isPlain(value) && ['trustFiles', 'baseline', 'pcrs'].includes(option)) {
    for (const [member, one] of Object.entries(value)) {
      // A bank and an index are written as a PCR.
      const between = option === 'trustFiles' || name === option ? ': ' : ':';
      yield* ofValue(call, option, `${name}${between}${member}`, one, depth - 1);
    }
  } else if (typeof value === 'string') {
    if (CARRIED.has(option) && WITH_RESPONSE.has(call)) {
      const word = value.trim().replace(/^(['"])(.*)\1$/, '$2');
      if (word.toLowerCase() === 'response' && value !== 'response') {
        yield `${name} takes the word 'response', in lower case and nothing around it, for the log that the response carries`;
      }
    }
    const isInside = name !== option && option !== 'trustFiles';
    const note = (CONTENTS.has(option) && !isInside ? ofContent(name, value) : undefined)
      ?? (HEX.has(option) && (isInside || !CONTENTS.has(option)) ? ofHex(name, value) : undefined);
    if (note !== undefined) yield note;
  }
}

/** What to say of the arguments of a call that failed with this error, if there is anything. */
export function noteOn(call, given, error) {
  if (error.problem === 'ima-mismatch' && Object.hasOwn(given, 'imaState')) {
    return 'with imaState, imaList has only what is new: it begins with the first entry that the state does not cover; or leave imaState out, and give the whole list';
  }
  const { payloadId, public: key } = given;
  const text = typeof key === 'string' ? key : bytesOf(key) && new TextDecoder().decode(bytesOf(key).subarray(0, 100));
  if (call === 'nameOf' && /-----BEGIN /.test(text)) {
    return 'public looks like PEM, which has the numbers of a key alone: a Name is a digest of the whole public area (TPM2B_PUBLIC)';
  }
  if (call === 'verifyMany' && typeof payloadId === 'string' && /^\s*\{/.test(payloadId)) {
    return 'the payload id looks like a response: a pair is [payloadId, response]';
  }
  if (error.check === 'nonce' && typeof payloadId === 'string' && payloadId !== payloadId.trim()) {
    return 'payloadId has white space around it, which counts: trim() it';
  }
  const notes = Object.entries(given).flatMap(([option, value]) => [...ofValue(call, option, option, value)]);
  // The one on the option that the error is about.
  const name = (note) => note.split(/:? /)[0];
  return notes.find((note) => error.message.includes(`${name(note)}: `)) ?? notes[0];
}
