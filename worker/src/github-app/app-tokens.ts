import type { Logger } from 'pino';

import type { WorkerSettings } from '../config.ts';
import { forgeOf } from '../forge-of.ts';
import { TokenRefused, type MintedToken, type TokenSource } from '../forge-tokens.ts';
import { gitHubRepository, type GitHubRepository } from '../github-repository.ts';
import { openForgeFetch } from '../network-fetch.ts';
import { createAppClient, type AppClient } from './app-client.ts';
import { explainRefusal } from './app-refusal.ts';
import { findInstallation, type AppUse } from './installation.ts';
import { neededPermissions } from './permissions.ts';

/** Both calls of a token together; what takes longer is trouble that passes. */
const patienceMs = 10_000;
/** As GitHub has it, where an answer does not tell the time. */
const usualLifeMs = 3_600_000;

/** Tokens of the GitHub Apps in `forges`, each for one repository and for no more than runs do there. */
export function createAppTokens(settings: WorkerSettings, logger: Logger): TokenSource {
  const onSkew = (words: string): void =>
    logger.warn({ why: words }, 'the clock of this machine is not right');

  return {
    has: (repository) => forgeOf(settings, repository).app !== undefined,
    async mint(address, signal) {
      const { app, apiUrl = '', pullRequest } = forgeOf(settings, address);
      const repository = gitHubRepository(address);
      if (!app || !repository) throw noRepository(address);
      const { mayChangeWorkflows } = settings;
      const use = { appId: app.appId, needed: neededPermissions({ mayChangeWorkflows, pullRequest }) };
      const either = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
      try {
        await using way = await openForgeFetch(settings);
        const client = await createAppClient({ app, apiUrl, fetch: way.fetch, onSkew });
        return await take({ client, use }, repository, either);
      } catch (error) {
        signal.throwIfAborted();
        const { owner, name } = repository;
        throw explainRefusal(error, { appId: app.appId, apiUrl, repository: `${owner}/${name}` });
      }
    },
  };
}

/** Policy lets such an address pass: it may be of any forge. */
function noRepository(address: string): TokenRefused {
  const problem = `${address} is no repository of GitHub: it does not end in owner and name`;
  return new TokenRefused(problem, 'give the task another address');
}

async function take(
  { client, use }: { readonly client: AppClient; readonly use: AppUse },
  repository: GitHubRepository,
  signal: AbortSignal,
): Promise<MintedToken> {
  const made = await client('POST /app/installations/{installation_id}/access_tokens', {
    installation_id: await findInstallation({ client, use }, repository, signal),
    repositories: [repository.name],
    permissions: use.needed,
    request: { signal },
  });
  const { token, expires_at: expiresAt } = made.data;
  // Both by the clock of GitHub.
  const lifeMs = Date.parse(expiresAt) - Date.parse(made.headers.date ?? '');
  return { token, lifeMs: Number.isNaN(lifeMs) ? usualLifeMs : lifeMs };
}
