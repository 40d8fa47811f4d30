import { statSync } from 'node:fs';
import { resolve } from 'node:path';

import { ArgumentsWrong, type DevArguments } from './arguments.ts';

/** The arguments with files of values as they are found from a folder. Throws ArgumentsWrong where one is none. */
export function withValuesFiles(args: DevArguments, folder: string): DevArguments {
  const find = (option: string, files: readonly string[]): readonly string[] =>
    files.map((file) => {
      const path = resolve(folder, file);
      if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true)
        throw new ArgumentsWrong(`${option}: there is no file ${path}`);
      return path;
    });
  return {
    ...args,
    serverValues: find('--server-values', args.serverValues),
    workerValues: find('--worker-values', args.workerValues),
  };
}
