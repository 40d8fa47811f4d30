import { open } from 'node:fs/promises';
import { join } from 'node:path';

import { refused, type UntrustedFolder } from './untrusted-file.ts';

/** The name of the bundle in the agent phase's folder. */
export const bundleName = 'work.bundle';

/** Of a bundle and of the pack in it. */
export const maxPackBytes = 2 * 1024 * 1024 * 1024;

const maxHeaderBytes = 1024 * 1024;

/** A bundle that was copied to where nobody else writes, taken apart. */
export interface Bundle {
  /** The commit it brings, as it says. */
  readonly tip: string;
  /** The copy, and where the pack begins in it. */
  readonly path: string;
  readonly packStart: number;
}

/**
 * Copies the agent's bundle into `target` and reads the copy's header. Git never reads it as a bundle: that would look
 * at it more than once, check no object, and take whatever refs it brings. Throws PhaseFailed (`PublishFailed`).
 */
export async function takeBundle(from: UntrustedFolder, target: string): Promise<Bundle> {
  const path = join(target, bundleName);
  if (!(await from.copy(bundleName, path, maxPackBytes))) throw refused('there is no bundle');
  return { ...(await readHeader(path)), path };
}

async function readHeader(path: string): Promise<{ tip: string; packStart: number }> {
  const start = Buffer.alloc(maxHeaderBytes);
  await using file = await open(path, 'r');
  const { bytesRead } = await file.read(start, 0, start.length, 0);
  const text = start.subarray(0, bytesRead).toString('latin1');
  const end = text.indexOf('\n\n');
  const [signature, ...lines] = text.slice(0, Math.max(end, 0)).split('\n');
  if (end < 0 || signature !== '# v2 git bundle') throw refused('its bundle is not a bundle of version 2');
  const refs = lines.filter((line) => !line.startsWith('-'));
  const tip = /^([0-9a-f]{40}) refs\/heads\/work$/.exec(refs[0] ?? '')?.[1];
  if (refs.length !== 1 || tip === undefined) throw refused('its bundle has not the one ref it should have');
  return { tip, packStart: end + 2 };
}
