// The rows of tests/data/expectations.json as calls; also for browsers, so it reads no files.

/** The response of a row: a text, or one in which members of the block are changed. */
export function response(row, text) {
  if (row.text !== undefined) return row.text;
  const whole = JSON.parse(text(row.response));
  const place = (path) => {
    const parts = path.split('/');
    const name = parts.pop();
    return [parts.reduce((at, part) => at[part], whole._metadata.tpm_attestation), name];
  };
  for (const path of row.remove ?? []) {
    const [member, name] = place(path);
    if (!Object.hasOwn(member, name)) throw new Error(`${row.name}: no ${path}`);
    delete member[name];
  }
  for (const [path, value] of Object.entries(row.set ?? {})) {
    const [member, name] = place(path);
    member[name] = value;
  }
  return JSON.stringify(whole);
}

const camel = (name) => name.replace(/_(.)/g, (_, letter) => letter.toUpperCase());

/** The options of a row; `bytes` reads a file. */
export function options(row, bytes) {
  const given = Object.entries(row.options).map(([name, value]) => [camel(name), value]);
  const options = Object.fromEntries(given);
  if (row.payload_id !== undefined) options.payloadId = row.payload_id;
  if (options.certifiedBy !== undefined) options.certifiedBy = bytes(options.certifiedBy);
  return options;
}

/** A value of a row of calls: what is in files, digests, or what it says itself. */
export function value(given, bytes) {
  if (Array.isArray(given)) return given.map((one) => value(one, bytes));
  if (typeof given !== 'object') return given;
  if (given.file !== undefined) return bytes(given.file).subarray(0, given.take);
  if (given.files !== undefined) {
    const parts = given.files.map((file) => [...bytes(file)]);
    return Uint8Array.from(parts.flat());
  }
  if (given.hex !== undefined) {
    return Uint8Array.from(given.hex.match(/../g) ?? [], (digits) => parseInt(digits, 16));
  }
  if (given.digests !== undefined) {
    const lines = new TextDecoder().decode(bytes(given.digests)).trimEnd().split('\n').slice(1);
    const words = lines.map((line) => line.split(' '));
    const but = given.but ?? [];
    return words.filter(([, , , , name]) => !but.includes(name)).map(([, , , digest]) => digest);
  }
  return Object.fromEntries(Object.entries(given).map(([name, one]) => [name, value(one, bytes)]));
}

/** The call of such a row: the name of the function, and its arguments. */
export function call(row, bytes) {
  const given = Object.entries(row.options).map(([name, one]) => [camel(name), value(one, bytes)]);
  const { kind, ...options } = Object.fromEntries(given);
  return row.call === 'attest' ? ['verifyAttest', [kind, options]] : ['verifyQuote', [options]];
}

/** What a call comes to; the error or the result agrees with its report. */
export async function verdict(tpm, call) {
  const agrees = (what, one, other) => {
    if (one !== other) throw new Error(`${what}: ${one} and ${other}`);
  };
  let report;
  try {
    const result = await call();
    report = result.report();
    agrees('verdict', result.verdict, report.verdict);
  } catch (error) {
    if (!(error instanceof tpm.VerifyError)) throw error;
    report = error.report();
    agrees('verdict', error.verdict, report.verdict);
    agrees('check', error.check, report.check);
    agrees('problem', error.problem, report.problem);
    agrees('help', error.help, report.help);
    // An option is named that the library refuses, or that looks like something else.
    const [said] = error.message.split('. Note: ');
    const begins = said.startsWith(`${error.check}: `) && said.endsWith(report.message);
    const between = said.slice(error.check.length + 2, said.length - report.message.length);
    agrees('message', begins && /^([a-zA-Z]+: (\S+: )?)?$/.test(between), true);
    agrees('class', error.constructor.name.toLowerCase(), report.verdict);
    agrees('name', error.name, error.constructor.name);
  }
  return { verdict: report.verdict, check: report.check, problem: report.problem };
}
