import { z } from 'zod';

import type { ForgeRefused } from './forge-errors.ts';
import type { ForgeAccess, CallBounds } from './forge-fetch.ts';

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

/** A way to the forge within the bounds of a publish. */
export interface RedirectedAt {
  readonly access: ForgeAccess;
  readonly headers: Record<string, string>;
  readonly within: CallBounds;
}

/**
 * What a redirect means, by which forges answer for a repository that was renamed. It is followed to learn the new name
 * alone, and nowhere but on the same server.
 */
export async function explainRedirect(
  refusal: ForgeRefused,
  { repository }: RefusalPlace,
  at: RedirectedAt,
): Promise<string> {
  const { status } = refusal;
  const target = URL.parse(refusal.headers.get('location') ?? '', at.access.apiUrl);
  const name = target && (await newName(target, at));
  if (name !== undefined && name !== null) {
    return `${repository} was renamed to ${name}; use its new address in the task and in the worker's settings`;
  }
  return `the forge answered ${status}, which leads elsewhere and is not followed with the token; check the apiUrl of "forges"`;
}

async function newName(target: URL, { access, headers, within }: RedirectedAt): Promise<string | undefined> {
  if (target.origin !== new URL(access.apiUrl).origin) return undefined;
  try {
    const answer = await access.fetch(target, { headers }, within);
    return named.parse(await answer.json());
  } catch {
    // The refusal itself is told then.
    return undefined;
  }
}

/** Whether the forge led elsewhere. */
export function isRedirect({ status }: ForgeRefused): boolean {
  return status >= 300 && status < 400;
}
