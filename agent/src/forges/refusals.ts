import { z } from 'zod';

import type { ForgeRefused } from './forge-errors.ts';

/** What was asked for. */
export interface RefusalPlace {
  readonly repository: string;
  /** The base branch. */
  readonly base: string;
  readonly branch: string;
}

/** Something that a forge refuses for, known by all that is given here. */
export interface RefusalCause {
  readonly status?: readonly number[];
  readonly pattern?: RegExp;
  readonly header?: string;
  /** What a person has to change where. `header` is the value of the header. */
  readonly say: (place: RefusalPlace, header: string) => string;
}

/** A token that no forge takes any more. */
export const tokenRefused: RefusalCause = {
  status: [401],
  say: () =>
    'the forge does not take the token: it is wrong, expired or revoked; ' +
    'make a new one and write it into the tokenFile of "forges"',
};

/** The sentence for a base branch that was deleted or renamed. */
export function sayBaseGone({ repository, base }: RefusalPlace): string {
  return `${repository} has no branch "${base}" any more; name another as the task's base branch`;
}

/** A forge's refusal in a sentence for who can mend it; the first cause that fits counts. The forge's words follow. */
export function explainRefusal(
  causes: readonly RefusalCause[],
  refusal: ForgeRefused,
  place: RefusalPlace,
): string {
  const { status, message, headers } = refusal;
  const cause = causes.find(
    (each) =>
      (each.status?.includes(status) ?? true) &&
      (each.pattern?.test(message) ?? true) &&
      (each.header === undefined || headers.has(each.header)),
  );
  const header = cause?.header === undefined ? '' : (headers.get(cause.header) ?? '');
  const sentence = cause?.say(place, header) ?? `the forge answered ${status}`;
  return message === '' ? sentence : `${sentence}. The forge said: ${message}`;
}

const named = z.union([
  z.object({ full_name: z.string() }).transform((it) => it.full_name),
  z.object({ path_with_namespace: z.string() }).transform((it) => it.path_with_namespace),
]);

/** A way to the forge that answered. */
export interface RedirectedAt {
  /** The base of the API. */
  readonly apiUrl: string;
  /** Gives the body of what is at a path below the base. */
  readonly get: (path: string) => Promise<unknown>;
}

/**
 * What a redirect means, by which forges answer for a repository that was renamed. It is followed to learn the new name
 * alone, and nowhere but within the same API.
 */
export async function explainRedirect(
  refusal: ForgeRefused,
  { repository }: RefusalPlace,
  at: RedirectedAt,
): Promise<string> {
  const name = await newName(refusal.headers.get('location') ?? '', at);
  if (name !== undefined) {
    return `${repository} was renamed to ${name}; use its new address in the task and in the worker's settings`;
  }
  const where = 'which leads elsewhere and is not followed with the token';
  return `the forge answered ${refusal.status}, ${where}; check the apiUrl of "forges"`;
}

async function newName(location: string, { apiUrl, get }: RedirectedAt): Promise<string | undefined> {
  const base = apiUrl.replace(/\/+$/, '');
  const target = URL.parse(location, base)?.href;
  if (target?.startsWith(`${base}/`) !== true) return undefined;
  try {
    return named.parse(await get(target.slice(base.length)));
  } catch {
    // The redirect itself is told then.
    return undefined;
  }
}

/** Whether the forge led elsewhere. */
export function isRedirect({ status }: ForgeRefused): boolean {
  return status >= 300 && status < 400;
}
