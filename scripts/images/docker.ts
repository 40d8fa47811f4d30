import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';

import type { Image } from './catalogue.ts';
import type { Revision } from './revision.ts';

/** No image can be built here; the message says what is missing. */
export class DockerMissing extends Error {
  override readonly name = 'DockerMissing';
}

/** Docker ended without an image; it has said why itself. */
export class BuildFailed extends Error {
  override readonly name = 'BuildFailed';
}

/** Throws DockerMissing unless an engine answers. */
export async function findDocker(): Promise<void> {
  try {
    await ask('version', '--format', '{{.Server.Version}}');
  } catch (error) {
    const { code, stderr = '' } = error as { code?: unknown; stderr?: string };
    const why = code === 'ENOENT' ? 'there is no docker on the PATH' : `no engine answers:\n${stderr.trim()}`;
    throw new DockerMissing(`images need Docker, but ${why}`, { cause: error });
  }
}

/** Gets an image from its registry unless the engine has it, since some builders keep it to themselves. */
export async function havePresent(image: string): Promise<void> {
  try {
    await ask('image', 'inspect', image);
  } catch {
    await show('pull', image);
  }
}

/** Builds one image from the repository's root. Throws BuildFailed. */
export async function build(image: Image, { version, commit }: Revision, root: string): Promise<void> {
  const values = image.isOnOurs ? [`BASE=${image.base}`] : [`VERSION=${version}`, `REVISION=${commit}`];
  const args = values.flatMap((value) => ['--build-arg', value]);
  await show('build', ...args, '--tag', image.name, '--file', join(root, image.dockerfile), root);
}

/** How much an image holds, with all that it stands on. */
export async function bytesOf(image: string): Promise<number> {
  return Number(await ask('image', 'inspect', '--format', '{{.Size}}', image));
}

async function ask(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('docker', args);
  return stdout.trim();
}

async function show(...args: string[]): Promise<void> {
  const child = spawn('docker', args, { stdio: ['ignore', 'inherit', 'inherit'] });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new BuildFailed(`docker ${args[0]} failed: ${args.at(-1)}`);
}
