import { readFile } from 'node:fs/promises';

const absent = new Set(['ENOENT', 'ENOTDIR']);

/** The code of a system error, `ENOENT` and the like; undefined for any other error. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}

/** Whether an error says that a path leads to nothing. All others say that it could not be seen what is there. */
export function isAbsence(error: unknown): boolean {
  return absent.has(codeOf(error) ?? '');
}

/** For `catch`: absence is undefined, and what else went wrong is thrown. */
export function undefinedIfAbsent(error: unknown): undefined {
  if (!isAbsence(error)) throw error;
}

/** A text file as it is; undefined when there is none. */
export async function readIfThere(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(undefinedIfAbsent);
}
