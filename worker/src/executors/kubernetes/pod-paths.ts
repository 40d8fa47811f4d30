import type { Phase } from '@verve/contract';

/** What the image of every phase has (docs/agent-image.md). */
export const program = {
  init: '/verve/bin/tini',
  agent: '/verve/bin/verve-agent',
} as const;

/** Where a container finds what it is given. */
export const paths = {
  /** The Secret with `task.json`. */
  task: '/verve/task',
  /** The Secret with `access.json` and what it names; in checkout and publish alone. */
  access: '/verve/access',
  /** The permit; in publish alone. */
  permit: '/verve/permit',
  /** The work tree; never in publish. */
  workspace: '/workspace',
  scratch: '/tmp',
  home: '/tmp/home',
} as const;

/** Where a phase writes, its `outcome.json` last. */
export function outPath(phase: Phase): string {
  return `/verve/out/${phase}`;
}

/** The volumes of a pod that are Verve's own. */
export const volumes = {
  task: 'verve-task',
  access: 'verve-access',
  permit: 'verve-permit',
  workspace: 'verve-workspace',
  out: (phase: Phase): string => `verve-out-${phase}`,
  scratch: (phase: Phase): string => `verve-scratch-${phase}`,
} as const;
