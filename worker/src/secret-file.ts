import { readFile } from 'node:fs/promises';

/** What a file holds; or what is wrong with it, as the end of a sentence that tells nothing of the secret. */
export type ReadSecret =
  | { readonly value: string; readonly problem?: undefined }
  | { readonly value?: undefined; readonly problem: string };

/** Reads a file with the value of a variable: its text, of any number of lines, without the line breaks at its end. */
export async function readVariableFile(path: string): Promise<ReadSecret> {
  return readAs(path, (text) => {
    const value = text.replace(/[\r\n]+$/, '');
    return value.includes('\0') ? { problem: `is no text: ${path}` } : { value };
  });
}

/** Reads a file with a key, a password or a token, as runs do (`readSecret` in `agent/src/access.ts`): one line of text. */
export async function readLoginFile(path: string): Promise<ReadSecret> {
  return readAs(path, (text) => {
    const value = text.trim();
    // oxlint-disable-next-line no-control-regex -- git's protocol and HTTP headers both end a value there
    return /[\x00-\x1f\x7f]/.test(value) ? { problem: `must hold one line of text: ${path}` } : { value };
  });
}

async function readAs(path: string, judge: (text: string) => ReadSecret): Promise<ReadSecret> {
  try {
    const read = judge(await readFile(path, 'utf8'));
    return read.value === '' ? { problem: `is empty: ${path}` } : read;
  } catch (error) {
    return { problem: `cannot be read: ${error instanceof Error ? error.message : String(error)}` };
  }
}
