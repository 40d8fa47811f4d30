import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { type Phase, type Task } from '@verve/contract';

import type { Kubectl } from './kubectl.ts';
import { runNameOf } from './world.ts';

const program = readFileSync(join(import.meta.dirname, 'look-around.mjs'), 'utf8');

/** What can be found in a container of a run by whoever is in it. */
export interface ContainerLook {
  /** Path → content: files, and environments and command lines of processes in `/proc`. */
  readonly files: Readonly<Record<string, string>>;
  /** `/proc/<pid>/status` of every process. */
  readonly statuses: readonly string[];
  /** Lines of `/proc/self/mounts`. */
  readonly mounts: readonly string[];
  /** Folders of the image that can be written. */
  readonly writable: readonly string[];
  /** Entries of `/var/run/secrets`. */
  readonly serviceAccount: readonly string[];
}

/** Waits until the program of a phase is at work and looks around in its container, as an administrator does. */
export async function lookInto(kubectl: Kubectl, task: Task, phase: Phase): Promise<ContainerLook> {
  for (;;) {
    const look = await lookOnce(kubectl, task, phase).catch(() => undefined);
    if (look && isAtWork(look, phase)) return look;
    await pause(500);
  }
}

async function lookOnce(kubectl: Kubectl, task: Task, phase: Phase): Promise<ContainerLook> {
  const place = [`job/${runNameOf(task)}`, '--container', phase];
  return JSON.parse(await kubectl.run(['exec', '--stdin', ...place, '--', '/verve/bin/node', '-'], program));
}

/** The phase itself, beside the one that supervises it. */
function isAtWork({ files }: ContainerLook, phase: Phase): boolean {
  return Object.entries(files).some(([path, content]) => {
    if (!path.endsWith('/cmdline')) return false;
    const words = content.split('\0').filter((word) => word !== '');
    return words.at(-1) === phase && !words.includes('container');
  });
}

/** The paths of files that have a text in them, as it is or as base64 has it; `/proc/<pid>` without the number. */
export function placesOf({ files }: ContainerLook, text: string): readonly string[] {
  const forms = [text, Buffer.from(text).toString('base64').replaceAll('=', '').slice(0, -1)];
  const found = Object.entries(files).flatMap(([path, content]) =>
    forms.some((form) => content.includes(form)) ? [path] : [],
  );
  return [...new Set(found.map((path) => path.replace(/^\/proc\/[^/]+/, '/proc')))].toSorted();
}
