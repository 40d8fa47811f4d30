import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { madeMark, type Files } from './part-files.ts';

/** Names of the made files of a folder that are missing, have another text, or are made no more. */
export function staleFiles(folder: string, files: Files): readonly string[] {
  const texts = new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
  const made = [...texts.keys()].filter((name) => texts.get(name)?.startsWith(madeMark));
  const names = new Set([...made, ...files.keys()]);
  return [...names].filter((name) => texts.get(name) !== files.get(name)).toSorted();
}

/** Makes files of a folder what they should be. */
export function writeFiles(folder: string, files: Files, names: readonly string[]): void {
  for (const name of names) {
    const text = files.get(name);
    if (text === undefined) rmSync(join(folder, name));
    else writeFileSync(join(folder, name), text);
  }
}
