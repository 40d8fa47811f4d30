/** What a person at the terminal sees of a program's output: warnings, errors, and what else came on stderr. */
export function noteworthy(line: string, isError: boolean): string | undefined {
  const entry = parseEntry(line);
  if (entry === undefined) return isError && line.trim() !== '' ? line : undefined;
  if (entry.level < 40) return undefined;
  const { msg, err } = entry;
  const cause = err?.message === undefined ? '' : `: ${err.message}`;
  return `${entry.level >= 50 ? 'error' : 'warning'}: ${msg ?? '(no message)'}${cause}`;
}

/** What programs of Verve write as a line of JSON. */
export interface Entry extends Readonly<Record<string, unknown>> {
  readonly level: number;
  readonly msg?: string;
  readonly err?: { readonly message?: string };
}

/** Undefined for a line that is none. */
export function parseEntry(line: string): Entry | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    const isEntry = typeof value === 'object' && value !== null && 'level' in value;
    return isEntry && typeof value.level === 'number' ? (value as Entry) : undefined;
  } catch {
    return undefined;
  }
}
