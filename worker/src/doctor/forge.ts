import { NetworkInvalid } from '../authorities.ts';
import type { WorkerSettings } from '../config.ts';
import { openForgeFetch, type ForgeFetch } from '../network-fetch.ts';
import { readLoginFile } from '../secret-file.ts';
import { wayTrouble } from '../way-trouble.ts';
import type { Finding } from './finding.ts';
import { forgesToExamine, type ExaminedForge } from './forges/examined-forge.ts';
import type { TokenExaminer } from './forges/examiner.ts';
import { createForgeAsk } from './forges/forge-asking.ts';
import { wrong } from './forges/forge-findings.ts';
import { giteaTokens } from './forges/gitea.ts';
import { examineApp } from './forges/github-app.ts';
import { gitHubTokens } from './forges/github-token.ts';
import { gitLabTokens } from './forges/gitlab.ts';
import { namedUsers, type NamedUser } from './forges/named-users.ts';

const patienceMs = 15_000;

const examiners = {
  github: gitHubTokens,
  gitlab: gitLabTokens,
  gitea: giteaTokens,
} as const satisfies Record<ExaminedForge['kind'], TokenExaminer>;

/** What one forge is examined with. */
interface Examination {
  readonly settings: WorkerSettings;
  /** Whom its pull requests are to have. */
  readonly users: readonly NamedUser[];
  readonly fetch: ForgeFetch['fetch'];
  readonly signal: AbortSignal;
}

/** Whether each forge takes its token or App, whether the rights are enough, and which are missing. */
export async function checkForges(
  settings: WorkerSettings,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const forges = forgesToExamine(settings);
  if (forges.length === 0) return [];
  try {
    await using way = await openForgeFetch(settings);
    const either = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
    const findings = await Promise.all(
      forges.map(async (forge) => {
        const users = namedUsers(settings, forges, forge);
        return checkForge(forge, { settings, users, fetch: way.fetch, signal: either });
      }),
    );
    signal.throwIfAborted();
    return findings.flat();
  } catch (error) {
    signal.throwIfAborted();
    // The authorities are a check of their own.
    if (error instanceof NetworkInvalid)
      return [wrong(`no forge was asked: ${error.message}`, 'Mend the file.')];
    throw error;
  }
}

async function checkForge(forge: ExaminedForge, examination: Examination): Promise<readonly Finding[]> {
  try {
    const { app } = forge;
    return app
      ? await examineApp({ ...examination, forge: { ...forge, app } })
      : await checkToken(forge, examination);
  } catch (error) {
    const { words, isDistrust } = wayTrouble(error);
    const fix = isDistrust
      ? 'Name the authority of its certificate in "network.caFile".'
      : 'Check "apiUrl", that the forge runs, and "network.proxy" and "network.noProxy" where a proxy is between.';
    return [wrong(`cannot reach ${forge.apiUrl}: ${words}`, fix)];
  }
}

async function checkToken(forge: ExaminedForge, examination: Examination): Promise<readonly Finding[]> {
  const { tokenFile, apiUrl, kind, prefixes, repositories } = forge;
  const where = prefixes[0] ?? repositories[0] ?? apiUrl;
  if (tokenFile === undefined) {
    const fix = 'Name one in "tokenFile" of the forge, or a password for its repositories in "credentials".';
    return [wrong(`${where}: there is no token`, fix)];
  }
  const { value: token, problem } = await readLoginFile(tokenFile);
  if (token === undefined) return [wrong(`${where}: the token ${problem}`, 'Write it into its file.')];
  const examiner = examiners[kind];
  const { fetch, signal, settings, users } = examination;
  const ask = createForgeAsk({ apiUrl, authorization: examiner.authorize(token), fetch, signal });
  return examiner.examine({ forge, token, users, ask, settings, nowMs: Date.now() });
}
