import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';

import type { LaidOutFile } from './driver.ts';

/** Writes a driver's files where the program will look for them. Throws for a path that leads elsewhere. */
export async function layOut(
  files: readonly LaidOutFile[],
  folders: Readonly<Record<LaidOutFile['below'], string>>,
): Promise<void> {
  for (const { below, path, content, mode = 0o600 } of files) {
    if (isAbsolute(path) || path.split('/').includes('..'))
      throw new Error(`${path} leads out of its folder`);
    const target = join(folders[below], path);
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    await writeFile(target, content, { mode });
  }
}
