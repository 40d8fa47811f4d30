import type { Logger } from 'pino';

import type { WorkerSettings } from '../config.ts';
import { openForgeFetch } from '../forge-fetch.ts';
import { forgeOf, type RepositoryForge } from '../forge-of.ts';
import { TokenRefused, type MintedToken, type TokenSource } from '../forge-tokens.ts';
import { gitHubRepository, type GitHubRepository } from '../github-repository.ts';
import { createAppClient, type AppClient } from './app-client.ts';
import { explainRefusal, lacking, suspended } from './app-refusal.ts';
import { lackingPermissions, neededPermissions, requestedPermissions } from './permissions.ts';

/** Both calls of a token together; what takes longer is trouble that passes. */
const patienceMs = 10_000;
/** As GitHub has it, where an answer does not tell the time. */
const usualLifeMs = 3_600_000;

/** What is asked for one repository. */
interface Order {
  readonly settings: WorkerSettings;
  readonly forge: RepositoryForge;
  readonly appId: number;
  readonly repository: GitHubRepository;
  readonly signal: AbortSignal;
}

/** Tokens of the GitHub Apps in `forges`, each for one repository and for no more than runs do there. */
export function createAppTokens(settings: WorkerSettings, logger: Logger): TokenSource {
  const onSkew = (words: string): void =>
    logger.warn({ why: words }, 'the clock of this machine is not right');

  return {
    has: (repository) => forgeOf(settings, repository).app !== undefined,
    async mint(address, signal) {
      const forge = forgeOf(settings, address);
      const { app, apiUrl = '' } = forge;
      if (!app) throw new TokenRefused(`no GitHub App is configured for ${address}`);
      const repository = gitHubRepository(address);
      if (!repository)
        throw new TokenRefused(`${address} is no repository of GitHub: it has no owner and name`);
      const either = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
      const order: Order = { settings, forge, appId: app.appId, repository, signal: either };
      try {
        await using way = await openForgeFetch(settings);
        const client = await createAppClient({ app, apiUrl, fetch: way.fetch, onSkew });
        return await take(client, order);
      } catch (error) {
        signal.throwIfAborted();
        const question = { appId: app.appId, apiUrl, repository: nameOf(repository) };
        throw explainRefusal(error, question);
      }
    },
  };
}

async function take(client: AppClient, order: Order): Promise<MintedToken> {
  const { settings, forge, appId, repository, signal } = order;
  const { owner, name } = repository;
  const whole = nameOf(repository);
  const found = await client('GET /repos/{owner}/{repo}/installation', {
    owner,
    repo: name,
    request: { signal },
  });
  const { id, suspended_at: suspendedAt, permissions } = found.data;
  if (suspendedAt !== null) throw new TokenRefused(suspended(appId, whole));
  const needed = neededPermissions({ ...forge, mayChangeWorkflows: settings.mayChangeWorkflows });
  const missing = lackingPermissions(needed, permissions);
  if (missing.length > 0) throw new TokenRefused(lacking(appId, whole, missing));

  const made = await client('POST /app/installations/{installation_id}/access_tokens', {
    installation_id: id,
    repositories: [name],
    permissions: requestedPermissions(needed, permissions),
    request: { signal },
  });
  const { token, expires_at: expiresAt } = made.data;
  const lifeMs = Date.parse(expiresAt) - Date.parse(made.headers.date ?? '');
  return { token, lifeMs: Number.isNaN(lifeMs) ? usualLifeMs : lifeMs };
}

function nameOf({ owner, name }: GitHubRepository): string {
  return `${owner}/${name}`;
}
