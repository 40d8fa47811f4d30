import { isBelow } from '@verve/contract';

import { TokenRefused } from '../../forge-tokens.ts';
import { createAppClient, type AppClient } from '../../github-app/app-client.ts';
import { explainRefusal } from '../../github-app/app-refusal.ts';
import { accountOf, demandUse, findInstallation, type AppUse } from '../../github-app/installation.ts';
import { lackingPermissions, neededPermissions } from '../../github-app/permissions.ts';
import { gitHubRepository } from '../../github-repository.ts';
import type { Finding } from '../finding.ts';
import type { AppExamination } from './examiner.ts';
import { doubtful, fine, wrong } from './forge-findings.ts';
import { examineUsersByApp } from './github-users.ts';

/** An examination with the App logged in. */
interface LoggedIn extends AppExamination {
  readonly client: AppClient;
  readonly use: AppUse;
}

/** Whether GitHub knows the App by its key, where it is installed, and whether its rights are enough. */
export async function examineApp(examination: AppExamination): Promise<readonly Finding[]> {
  const { forge, settings, fetch } = examination;
  const { app, apiUrl, pullRequest } = forge;
  const { mayChangeWorkflows } = settings;
  const use = { appId: app.appId, needed: neededPermissions({ mayChangeWorkflows, pullRequest }) };
  const skews: string[] = [];
  return attempt(examination, undefined, async () => {
    const client = await createAppClient({ app, apiUrl, fetch, onSkew: (words) => void skews.push(words) });
    const loggedIn = { ...examination, client, use };
    const own = await examineItself(loggedIn);
    const there =
      forge.repositories.length > 0
        ? await examineRepositories(loggedIn)
        : await examineInstallations(loggedIn);
    const skew = doubtful(
      `the clock of this machine is not that of ${new URL(apiUrl).host}`,
      'Set it right.',
    );
    const users = await attempt(examination, undefined, async () => examineUsersByApp(examination, client));
    return [...own, ...(skews.length > 0 ? [skew] : []), ...there, ...users];
  });
}

async function examineItself({ client, use, forge, signal }: LoggedIn): Promise<readonly Finding[]> {
  const { data } = await client('GET /app', { request: { signal } });
  const url = `${forge.apiUrl.replace(/\/$/, '')}/app`;
  const granted = Object.fromEntries(
    Object.entries(data?.permissions ?? {}).map(([name, level]) => [name, String(level)]),
  );
  const missing = lackingPermissions(use.needed, granted);
  const itself = fine(`${url}: the App "${data?.name ?? use.appId}"`);
  if (missing.length === 0) return [itself];
  const fix = 'Add it on the page of the App, under "Permissions & events"; each owner then accepts it.';
  return [itself, wrong(`${url}: the App lacks "${missing.join(', ')}"`, fix)];
}

async function examineRepositories(loggedIn: LoggedIn): Promise<readonly Finding[]> {
  const { forge, client, use, signal } = loggedIn;
  const found = forge.repositories.map(async (address) => {
    const repository = gitHubRepository(address);
    if (!repository)
      return [wrong(`${address} does not end in owner and name`, 'Mend it in "repositories".')];
    const name = `${repository.owner}/${repository.name}`;
    return attempt(loggedIn, name, async () => {
      await findInstallation({ client, use }, repository, signal);
      return [fine(`${address}: the App is installed there, with all rights that it needs`)];
    });
  });
  return (await Promise.all(found)).flat();
}

/** Where no repository is named whole: the installations of the owners that the settings name, else all. */
async function examineInstallations(loggedIn: LoggedIn): Promise<readonly Finding[]> {
  const { client, use, signal } = loggedIn;
  const { data } = await client('GET /app/installations', { per_page: 100, request: { signal } });
  const all = new Map(data.map((one) => [accountOf(one.account).toLowerCase(), one]));
  const named = ownersOf(loggedIn);
  if (!named && all.size === 0) return [wrong(`the App ${use.appId} is not installed anywhere`, installFix)];
  const found = [...(named ?? all.keys())].map(async (account) => {
    const installation = all.get(account);
    if (!installation) return [wrong(`the App ${use.appId} is not installed on ${account}`, installFix)];
    return attempt(loggedIn, account, async () => {
      demandUse(use, installation, account);
      return [fine(`the App is installed on ${account}, with all rights that it needs`)];
    });
  });
  return (await Promise.all(found)).flat();
}

const installFix =
  'Let the owner of the repositories install it, from "Install App" on its page, and select them.';

/** Owners in small letters, by the prefixes of the forge or the patterns below them; undefined: any may be meant. */
function ownersOf({ forge, settings }: AppExamination): ReadonlySet<string> | undefined {
  const owners = forge.prefixes.flatMap((prefix) => {
    const below = settings.repositories.filter((pattern) => isBelow(pattern, prefix));
    return ownerOf(prefix) === undefined && below.length > 0 ? below.map(ownerOf) : [ownerOf(prefix)];
  });
  const known = owners.filter((owner) => owner !== undefined);
  return known.length < owners.length ? undefined : new Set(known);
}

function ownerOf(address: string): string | undefined {
  const host = /^(?:[a-z]+:\/\/[^/]+\/|[^/:]+:\/?)/i.exec(address)?.[0];
  const owner = host === undefined ? undefined : /^[\w.-]+(?=\/|$)/.exec(address.slice(host.length))?.[0];
  return owner?.toLowerCase();
}

/** What comes out, or why nothing does. */
async function attempt(
  { forge, signal }: AppExamination,
  repository: string | undefined,
  take: () => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  try {
    return await take();
  } catch (error) {
    const question = {
      appId: forge.app.appId,
      apiUrl: forge.apiUrl,
      ...(repository !== undefined && { repository }),
    };
    const refusal = explainRefusal(error, question);
    if (signal.aborted && !(refusal instanceof TokenRefused)) throw error;
    return [
      refusal instanceof TokenRefused
        ? wrong(refusal.problem, `${capital(refusal.remedy)}.`)
        : wrong(refusal.message, awayFix),
    ];
  }
}

const awayFix = 'Check "apiUrl", that the forge runs, and "network.proxy".';

function capital(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}
