import { accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

import type { TestContext } from 'vitest';

import { whyNoTmpfs } from './small-disk.ts';

/** Real parts that a machine may lack. */
export const parts = ['docker', 'kubernetes', 'forge', 'browser', 'tmpfs', 'agents'] as const;
export type Part = (typeof parts)[number];

/** What is looked at to find out what a machine has. */
export interface Machine {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether a file is there and may be used so. */
  readonly can: (use: 'read' | 'execute', path: string) => boolean;
  /** Why a tmpfs cannot be mounted; undefined when it can. */
  readonly whyNoTmpfs: () => string | undefined;
  /** Tells the person who runs the tests; the reporter keeps the reasons of skips to itself. */
  readonly tell: (text: string) => void;
}

/** This machine. */
export const thisMachine: Machine = {
  env: process.env,
  can: (use, path) => {
    try {
      accessSync(path, use === 'read' ? constants.R_OK : constants.X_OK);
      return true;
    } catch {
      return false;
    }
  },
  whyNoTmpfs,
  tell: console.warn,
};

const chromiumNames = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

const checks = {
  docker: ({ env, can }) =>
    env['DOCKER_HOST'] || can('read', '/var/run/docker.sock')
      ? undefined
      : 'DOCKER_HOST is not set and there is no /var/run/docker.sock',
  kubernetes: ({ env, can }) =>
    env['KUBECONFIG'] || can('read', join(env['HOME'] ?? homedir(), '.kube', 'config'))
      ? undefined
      : 'KUBECONFIG is not set and there is no ~/.kube/config',
  forge: ({ env }) => (env['FORGE_URL'] ? undefined : 'FORGE_URL is not set'),
  browser: ({ env, can }) =>
    (env['PATH'] ?? '')
      .split(delimiter)
      .some((folder) => chromiumNames.some((name) => can('execute', join(folder, name))))
      ? undefined
      : `none of ${chromiumNames.join(', ')} is on PATH`,
  tmpfs: ({ whyNoTmpfs }) => whyNoTmpfs(),
  agents: ({ env }) =>
    env['VERVE_AGENTS_BIN'] ? undefined : 'VERVE_AGENTS_BIN does not name the folder of the coding agents',
} as const satisfies Record<Part, (machine: Machine) => string | undefined>;

/** Why a part cannot be used here; undefined when it can. */
export function whyMissing(part: Part, machine: Machine): string | undefined {
  return checks[part](machine);
}

/** The parts that `VERVE_TEST_REQUIRE` names. Throws on a name that is none. */
export function requiredParts({ env }: Machine): Set<Part> {
  const names = (env['VERVE_TEST_REQUIRE'] ?? '').split(',').map((name) => name.trim());
  const known = new Set<string>(parts);
  const unknown = names.filter((name) => name !== '' && !known.has(name));
  if (unknown.length > 0)
    throw new Error(`VERVE_TEST_REQUIRE names ${unknown.join(', ')}; it may name ${parts.join(', ')}`);
  return new Set(parts.filter((part) => names.includes(part)));
}

/**
 * Skips a test, saying why, on a machine without a part that it needs. Where `VERVE_TEST_REQUIRE` names the part,
 * the test fails instead.
 */
export function skipWithout(
  part: Part,
  context: Pick<TestContext, 'skip'>,
  machine: Machine = thisMachine,
): void {
  const why = whyMissing(part, machine);
  if (why === undefined) return;
  if (requiredParts(machine).has(part))
    throw new Error(`${part} is required by VERVE_TEST_REQUIRE, but ${why}`);
  machine.tell(`skipped: needs ${part}, but ${why}`);
  context.skip(`needs ${part}, but ${why}`);
}
