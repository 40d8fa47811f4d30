import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A disk of a few MiB that is soon full. */
export interface SmallDisk extends Disposable {
  readonly folder: string;
  /** Takes all the room that is left. */
  fill(): void;
  /** Gives it back. */
  free(): void;
}

/** Mounts one; see `whyNoTmpfs`. */
export function mountSmallDisk(mebibytes = 16): SmallDisk {
  const folder = mkdtempSync(join(tmpdir(), 'verve-disk-'));
  mount(folder, mebibytes);
  const filler = join(folder, 'filler');
  return {
    folder,
    fill: () => {
      for (let size = 65_536; size >= 1; size /= 2) append(filler, size);
    },
    free: () => rmSync(filler),
    [Symbol.dispose]: () => {
      unmount(folder);
    },
  };
}

/** Why none can be mounted, which takes root on Linux and, in a container, more; undefined when it can. */
export function whyNoTmpfs(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'verve-disk-'));
  try {
    mount(folder, 1);
  } catch (error) {
    rmdirSync(folder);
    return String(error);
  }
  unmount(folder);
  return undefined;
}

function mount(folder: string, mebibytes: number): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', folder], { stdio: 'pipe' });
}

/** At once, whoever still has a file of it open. */
function unmount(folder: string): void {
  execFileSync('umount', ['--lazy', folder]);
  rmdirSync(folder);
}

/** Appends pieces until there is no room for another one. */
function append(file: string, size: number): void {
  const piece = Buffer.alloc(size);
  try {
    for (;;) appendFileSync(file, piece);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
  }
}
