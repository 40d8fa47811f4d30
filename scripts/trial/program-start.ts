import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';

const patienceMs = 10_000;

/** The first executable of that name on a PATH; undefined when there is none. */
export function findOnPath(program: string, path: string): string | undefined {
  const files = path.split(delimiter).map((folder) => resolve(folder, program));
  return files.find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * Whether a program tells its version and ends well within ten seconds. It gets what a run gives it: a PATH and a HOME
 * of its own, and no key. Throws when the signal aborts; nothing of it is left running.
 */
export async function doesStart(file: string, path: string, signal: AbortSignal): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'verve-version-'));
  try {
    const env = { PATH: path, HOME: folder, TMPDIR: folder };
    const isWell = await endsWell(file, { cwd: folder, env }, signal);
    signal.throwIfAborted();
    return isWell;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Place {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

async function endsWell(file: string, place: Place, signal: AbortSignal): Promise<boolean> {
  // A group of its own: programs that start others are killed with them.
  const child = spawn(file, ['--version'], { ...place, stdio: 'ignore', detached: true });
  const over = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
  const kill = (): void => killGroup(child.pid);
  over.addEventListener('abort', kill);
  try {
    const [code] = (await once(child, 'exit')) as [number | null];
    return code === 0;
  } catch {
    return false;
  } finally {
    over.removeEventListener('abort', kill);
    kill();
  }
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // All of it has ended.
  }
}
