import { z } from 'zod';

import { phaseOutcome } from './run.ts';
import { usage } from './usage.ts';

// What `verve-agent container <phase>` and the worker tell each other; docs/adr/0022 has the reasons. Each line of the
// container's output is a letter of `containerLetters`, a blank and a text. All of it comes from where an agent runs: data
// that may be forged.

/** Of a line in a container's output: `o` is the program's stdout, `e` its stderr, `c` `containerTold` as JSON. */
export const containerLetters = ['o', 'e', 'c'] as const;
export type ContainerLetter = (typeof containerLetters)[number];

/** What a container tells between the program's lines while it runs. */
export const containerTold = z.union([
  /** Of the phase agent: what was used so far. */
  z.object({ usage }),
  /** Of the phase publish: a sign to count a permit from. Numbers go up from 1, one at a time. */
  z.object({ tick: z.int().min(1), state: z.enum(['waiting', 'running']) }),
]);
export type ContainerTold = z.infer<typeof containerTold>;

/** The leave of a container to publish, as its permit file has it. */
export const containerPermit = z.object({
  /** The tick that the time counts from. */
  tick: z.int().min(1),
  /** Ms from when that tick was told. */
  forMs: z.number().positive(),
});
export type ContainerPermit = z.infer<typeof containerPermit>;

/** The content of a permit file. */
export function formatContainerPermit(permit: ContainerPermit): string {
  return JSON.stringify(permit);
}

/** The permit in a file's text; undefined when there is none that can be read. */
export function parseContainerPermit(text: string): ContainerPermit | undefined {
  try {
    return containerPermit.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/**
 * Bytes of a container's end in UTF-8 at most. Kubernetes shares 12 KiB among the containers of a pod and cuts what is
 * longer; with three of others, which something puts into every pod, this is one's share.
 */
export const containerEndBytes = 2_048;

/** How a container's phase ended, as its termination message has it. */
export const containerEnd = z.object({
  /** What the phase left; absent: it left none that can be read. */
  outcome: phaseOutcome.optional(),
  /** How its program ended, or why it never began. */
  exit: z
    .union([z.object({ code: z.int() }), z.object({ signal: z.string() }), z.object({ error: z.string() })])
    .optional(),
  /** Publish was killed at the end of its permit. */
  overdue: z.boolean().optional(),
  /** Publish did not begin: the agent left nothing to publish. */
  skipped: z.boolean().optional(),
  /** A signal had asked it to end. */
  stopped: z.boolean().optional(),
  /** The kernel killed something for want of memory, and the phase did not end well. */
  outOfMemory: z.boolean().optional(),
  /** What the agent used, where its outcome does not say. */
  usage: usage.optional(),
});
export type ContainerEnd = z.infer<typeof containerEnd>;
