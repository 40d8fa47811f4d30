/** Shorter values stand in too much innocent text to be masked. */
export const minSecretLength = 6;

/** Programs that wrap base64 do it here: `openssl` and PEM at 64, `base64` and MIME at 76. */
const wrapColumns = [64, 76];

/** Values that are no secret although a setting of a secret's name holds them; masking them would hide half a log. */
const commonWords = new Set(
  (
    'true false null none nil undefined default enabled disabled required optional unknown invalid ' +
    'production development staging testing localhost example sample changeme placeholder masked redacted ' +
    'password passwd secret secrets credential credentials username private public token tokens apikey api_key ' +
    'anonymous administrator bearer oauth2 x-access-token string number boolean object verve claude'
  ).split(' '),
);

/** Whether a value is looked for at all: it is long enough, not a number, and not a common word. */
function isMaskable(value: string): boolean {
  return (
    value.length >= minSecretLength && !/^[\d.,-]{1,15}$/.test(value) && !commonWords.has(value.toLowerCase())
  );
}

/**
 * Every form in which a secret is looked for, each at least as long as `minSecretLength`: as it is, quoted, in base64
 * at each alignment, in hex; of the whole and of each of its lines. Escapes of JSON, URLs and shells are not among
 * them: they are undone in the text (see decoded-views).
 */
export function formsOf(secret: string): ReadonlySet<string> {
  const whole = secret.replaceAll('\r\n', '\n').trim();
  const lines = whole.split('\n').map((line) => line.trim());
  const forms = new Set<string>();
  if (isMaskable(whole)) {
    for (const form of formsOfValue(whole)) forms.add(form);
    for (const form of wrappedForms(whole)) forms.add(form);
  }
  for (const line of lines.length > 1 ? lines.filter(isMaskable) : []) {
    for (const form of formsOfValue(line)) forms.add(form);
  }
  return forms;
}

function formsOfValue(value: string): string[] {
  const bytes = Buffer.from(value);
  const hex = bytes.toString('hex');
  const texts = [value, ...quotedForms(value)];
  // Escapes tell bytes, not characters: %C3%A9, \xc3\xa9, \303\251.
  const byBytes = texts.map((text) => Buffer.from(text).toString('latin1'));
  return [...texts, ...byBytes, hex, hex.toUpperCase(), ...base64Forms(bytes)];
}

/** As a shell, a query string and XML write what they cannot take as it is. */
function quotedForms(value: string): string[] {
  const xml = value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const quotes = [`'`, '&apos;', '&#39;', '&#x27;'];
  return [
    value.replaceAll(`'`, `'\\''`),
    value.replaceAll(`'`, `'"'"'`),
    value.replaceAll(' ', '+'),
    ...quotes.flatMap((quote) =>
      [`"`, '&quot;', '&#34;'].map((double) => xml.replaceAll(`"`, double).replaceAll(`'`, quote)),
    ),
  ];
}

/**
 * Alone, and within something longer: then the value begins at one of three places in a group of four characters,
 * and the characters that it shares with its neighbours vary. Those few bits are not looked for.
 */
function base64Forms(bytes: Buffer): string[] {
  const withBreak = Buffer.concat([bytes, Buffer.from('\n')]);
  const forms = [bytes.toString('base64'), withBreak.toString('base64')];
  for (const before of [0, 1, 2]) {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replaceAll('=', '');
    const isEndShared = (before + bytes.length) % 3 !== 0;
    forms.push(encoded.slice(Math.ceil((before * 8) / 6), isEndShared ? -1 : undefined));
  }
  return forms
    .flatMap((form) => [form, form.replaceAll('+', '-').replaceAll('/', '_')])
    .flatMap((form) => [form, form.replace(/=+$/, '')])
    .filter((form) => form.length >= minSecretLength);
}

/** The lines that programs break the base64 of a long value into. */
function wrappedForms(value: string): string[] {
  const encoded = [value, `${value}\n`].map((text) => Buffer.from(text).toString('base64'));
  return wrapColumns.flatMap((columns) =>
    encoded
      .filter((text) => text.length > columns)
      .flatMap((text) => text.match(new RegExp(`.{1,${columns}}`, 'g')) ?? [])
      .filter((line) => line.length >= 8),
  );
}
