import { longestPrefix } from '@verve/contract';

import type { WorkerSettings } from '../../config.ts';
import type { ForgeSettings } from '../../forge-settings.ts';
import type { Finding } from '../finding.ts';
import type { ExaminedForge } from './examined-forge.ts';
import { doubtful, fine } from './forge-findings.ts';

/** Somebody whom the settings name for pull requests. */
export interface NamedUser {
  /** Of a user, or `org/team`. */
  readonly name: string;
  /** Where, as in `forges.0.pullRequest.reviewers`. */
  readonly settings: readonly string[];
}

/** Whether a forge shows the token a user, or a team; undefined: it does not say. Throws what `fetch` throws. */
export type UserLookup = (name: string) => Promise<boolean | undefined>;

/**
 * Whom the entries of `forges` name that lead to a forge. Where an entry leads to several, for the sake of their tokens,
 * the first of them has its users, so that nobody is told twice.
 */
export function namedUsers(
  { forges: entries }: WorkerSettings,
  forges: readonly ExaminedForge[],
  forge: ExaminedForge,
): readonly NamedUser[] {
  const isLedTo = (entry: ForgeSettings, { prefixes, repositories }: ExaminedForge): boolean =>
    [...prefixes, ...repositories].some((address) => longestPrefix(entries, address) === entry);
  const named = entries.flatMap((entry, n) => {
    const first = forges.find((one) => isLedTo(entry, one));
    return first === forge ? namesIn(entry.pullRequest, `forges.${n}.pullRequest`) : [];
  });
  const byName = Map.groupBy(named, ({ name }) => name);
  return [...byName].map(([name, places]) => ({ name, settings: places.map(({ setting }) => setting) }));
}

function namesIn(
  { reviewers, assignees }: ForgeSettings['pullRequest'],
  at: string,
): readonly { readonly name: string; readonly setting: string }[] {
  return [
    ...reviewers.map((name) => ({ name, setting: `${at}.reviewers` })),
    ...assignees.map((name) => ({ name, setting: `${at}.assignees` })),
  ];
}

/** Whether all of them are there. Pull requests are opened all the same. */
export async function examineUsers(
  users: readonly NamedUser[],
  apiUrl: string,
  lookUp: UserLookup,
): Promise<readonly Finding[]> {
  const answers = await Promise.all(users.map(async (user) => ({ user, isThere: await lookUp(user.name) })));
  return answers.map(({ user, isThere }) => {
    const what = `${user.name.includes('/') ? 'team' : 'user'} "${user.name}"`;
    if (isThere === undefined) return fine(`${apiUrl} does not say whether there is the ${what}`);
    return isThere ? fine(`${apiUrl}: there is the ${what}`) : missing(user, `${apiUrl} shows no ${what}`);
  });
}

function missing({ name, settings }: NamedUser, message: string): Finding {
  const places = settings.map((setting) => `"${setting}"`).join(' and ');
  const right = name.includes('/') ? ', or let the token read the teams of the organization' : '';
  return doubtful(message, `Mend ${places}${right}: until then pull requests are without "${name}".`);
}
