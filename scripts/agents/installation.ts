import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { copyFile, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';

import { isComplete, markerOf, pinsFolder, type Place } from './place.ts';

const pins = ['package.json', 'package-lock.json', '.npmrc'];
/** npm runs no install scripts here; these two programs are stubs without theirs. */
const neededScripts = ['@anthropic-ai/claude-code/install.cjs', 'opencode-ai/postinstall.mjs'];
const programs = ['claude', 'codex', 'gemini', 'opencode', 'pi', 'qwen'];
const partialInfix = '.partial-';
/** No installation takes as long, so what is older was left by one that was killed. */
const abandonedAfterMs = 3_600_000;

/**
 * Installs the pinned programs beside their place and puts them there in one step, so that the place never holds half
 * of them. Of several at once, the first to be ready wins.
 */
export async function install(place: Place, environment: NodeJS.ProcessEnv): Promise<void> {
  await mkdir(dirname(place.folder), { recursive: true });
  await removeAbandoned(place.folder);
  const partial = `${place.folder}${partialInfix}${randomUUID()}`;
  try {
    await fill(partial, place.pins, environment);
    await putInPlace(partial, place);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

async function fill(folder: string, marker: string, environment: NodeJS.ProcessEnv): Promise<void> {
  await mkdir(folder);
  for (const file of pins) await copyFile(join(pinsFolder, file), join(folder, file));
  const path = [dirname(process.execPath), environment['PATH']].join(delimiter);
  const env = { ...environment, PATH: path };
  await run(['npm', 'ci', '--ignore-scripts'], folder, env);
  for (const script of neededScripts)
    await run([process.execPath, join('node_modules', script)], folder, env);
  await askVersions(folder, env);
  await writeFile(markerOf(folder), `${marker}\n`);
}

async function askVersions(folder: string, env: NodeJS.ProcessEnv): Promise<void> {
  // Some programs write to their home even now.
  const home = join(folder, 'home');
  await mkdir(home);
  const own = { HOME: home, XDG_CACHE_HOME: home, XDG_CONFIG_HOME: home, XDG_DATA_HOME: home };
  for (const program of programs) {
    const executable = join(folder, 'node_modules', '.bin', program);
    const { stdout } = await promisify(execFile)(executable, ['--version'], {
      cwd: home,
      env: { ...env, ...own },
    });
    console.log(`${program}: ${stdout.trim()}`);
  }
  await rm(home, { recursive: true, force: true });
}

async function putInPlace(partial: string, place: Place): Promise<void> {
  try {
    await rename(partial, place.folder);
  } catch {
    if (!isComplete(place)) await replace(partial, place.folder);
  }
}

/** Puts a folder where one with other pins, or without a marker, is. */
async function replace(partial: string, folder: string): Promise<void> {
  const old = `${folder}${partialInfix}${randomUUID()}`;
  await rename(folder, old);
  try {
    await rename(partial, folder);
  } finally {
    await rm(old, { recursive: true, force: true });
  }
}

async function removeAbandoned(folder: string): Promise<void> {
  const prefix = `${basename(folder)}${partialInfix}`;
  for (const name of await readdir(dirname(folder))) {
    if (!name.startsWith(prefix)) continue;
    const path = join(dirname(folder), name);
    const made = await stat(path).catch(() => undefined);
    const isAbandoned = made !== undefined && Date.now() - made.mtimeMs > abandonedAfterMs;
    // What cannot be removed now, because something still writes there, is removed another time.
    if (isAbandoned) await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}

async function run(
  command: readonly [string, ...string[]],
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const [program, ...args] = command;
  const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'inherit', 'inherit'] });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`${command.join(' ')} failed`);
}
