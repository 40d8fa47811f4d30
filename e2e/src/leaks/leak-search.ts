import { retellings } from './retellings.ts';

/** Shorter pieces of a random value stand in innocent text by accident, or in that of another one. */
const pieceLength = 14;

/** Texts by the place where they were found. */
export type Places = Readonly<Record<string, string>>;

/** Where values were found, "form in place" by the value's name. */
export type Finds = Readonly<Record<string, readonly string[]>>;

/**
 * Finds values in texts, whole or a piece of them, in every form. A piece that looks the same in two forms counts as the
 * first of them in `retellings`. A value that was found nowhere is not among the finds.
 */
export function findLeaks(places: Places, values: Readonly<Record<string, string>>): Finds {
  const labels = labelPieces(values);
  const finds: Record<string, Set<string>> = {};
  for (const [place, text] of Object.entries(places)) {
    for (const { value, form } of labelsIn(text, labels)) {
      (finds[value] ??= new Set()).add(`${form} in ${place}`);
    }
  }
  return Object.fromEntries(Object.entries(finds).map(([value, found]) => [value, [...found].toSorted()]));
}

interface Label {
  readonly value: string;
  readonly form: string;
}

function labelPieces(values: Readonly<Record<string, string>>): Map<string, Label> {
  const labels = new Map<string, Label>();
  const forms = Object.entries(values).flatMap(([value, text]) =>
    formsOf(secretPartOf(text)).map(([form, told]) => ({ label: { value, form }, told })),
  );
  for (const { label, told } of forms) {
    for (const piece of piecesOf(told)) labels.set(piece, labels.get(piece) ?? label);
  }
  return labels;
}

function* labelsIn(text: string, labels: ReadonlyMap<string, Label>): Generator<Label> {
  for (const piece of piecesOf(text)) {
    const label = labels.get(piece);
    if (label) yield label;
  }
}

function* piecesOf(text: string): Generator<string> {
  for (let at = 0; at + pieceLength <= text.length; at++) yield text.slice(at, at + pieceLength);
}

/** The first and the last line of a PEM stand in every other one. */
function secretPartOf(value: string): string {
  return value.replaceAll(/-----(?:BEGIN|END) [A-Z ]+-----\n?/g, '');
}

function formsOf(value: string): [form: string, text: string][] {
  const forms = Object.entries(retellings).filter(([form]) => form !== 'base64 within more');
  const shifted = [0, 1, 2].map((shift): [string, string] => ['base64', base64Within(value, shift)]);
  return [...forms.map(([form, retell]): [string, string] => [form, retell(value)]), ...shifted];
}

/** What a value becomes within something longer, without the characters that it shares with its neighbours. */
function base64Within(value: string, bytesBefore: number): string {
  const bytes = Buffer.concat([Buffer.alloc(bytesBefore), Buffer.from(value)]);
  const whole = bytes.toString('base64').replaceAll('=', '');
  return whole.slice(Math.ceil((bytesBefore * 8) / 6), Math.floor((bytes.length * 8) / 6));
}

/** All texts within what JSON, a database or a client tells: keys and values, each on a line of its own. */
export function textsIn(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  if (Array.isArray(value)) return value.map(textsIn).join('\n');
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .map(([key, each]) => `${key}\n${textsIn(each)}`)
      .join('\n');
  }
  return String(value);
}
