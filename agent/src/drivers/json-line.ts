/** An object of JSON as it came from a program: anything may be missing, or be something else. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** The JSON object that a line is; undefined when it is none. */
export function jsonLine(line: string): JsonObject | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return objectIn(JSON.parse(line));
  } catch {
    return undefined;
  }
}

/** A value as an object; undefined when it is none. */
export function objectIn(value: unknown): JsonObject | undefined {
  return isObject(value) ? value : undefined;
}

/** A value as a list of objects, without what in it is none; empty when it is no list. */
export function objectsIn(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The texts of a list of parts, as messages have it; empty when it is no list. */
export function partTexts(parts: unknown): readonly string[] {
  return objectsIn(parts).flatMap((part) => textIn(part['text']) ?? []);
}

/** A value as text; undefined when it is none. */
export function textIn(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** A value as a number for counting, one or more; undefined when it is none. */
export function ordinalIn(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && Number(value) > 0 ? Number(value) : undefined;
}

/** A value as a finite number of zero or more; undefined when it is none. */
export function amountIn(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}
