import { createHash } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { Logger } from 'pino';

import { runName } from './executor.ts';
import {
  TokenRefused,
  type ForgeTokens,
  type MintedToken,
  type TokenSource,
  type TokenUser,
} from './forge-tokens.ts';
import { createKeptToken, type KeptToken, type TokenClock } from './kept-token.ts';

/** What keeping tokens takes. */
export interface TokenKeeperOptions {
  readonly source: TokenSource;
  /** Where the files are; made when it is not there. Nothing else may be in it. */
  readonly folder: string;
  readonly clock: TokenClock;
  readonly logger: Logger;
}

/** A repository's token, the runs that need it, and its renewing while there are any. */
interface Held {
  readonly token: KeptToken;
  readonly users: Set<string>;
  renewing?: { readonly stop: AbortController; readonly done: Promise<void> };
}

/** Holds no token at first. */
export function createForgeTokens({ source, folder, clock, logger }: TokenKeeperOptions): ForgeTokens {
  const held = new Map<string, Held>();
  /** Runs that have a file already, by an earlier process: its token is replaced beside them. */
  const inherited = new Set<string>();
  const fileOf = (repository: string): string => join(folder, fileName(repository));

  function heldOf(repository: string): Held {
    const known = held.get(repository);
    if (known) return known;
    const mint = async (signal: AbortSignal): Promise<MintedToken> => source.mint(repository, signal);
    const token = createKeptToken({ repository, file: fileOf(repository), mint, clock, logger });
    const made = { token, users: new Set<string>() };
    held.set(repository, made);
    return made;
  }

  function beginRenewing(one: Held): void {
    if (one.renewing) return;
    const stop = new AbortController();
    one.renewing = { stop, done: one.token.renew(stop.signal) };
  }

  async function endRenewing(one: Held): Promise<void> {
    const { renewing } = one;
    // First: who holds the token meanwhile begins it anew.
    delete one.renewing;
    renewing?.stop.abort();
    await renewing?.done;
  }

  async function inherit(run: TokenUser): Promise<string | undefined> {
    const { repository } = run.spec;
    if (!source.has(repository)) return undefined;
    const one = heldOf(repository);
    if (!(await one.token.inherit())) return undefined;
    one.users.add(runName(run));
    inherited.add(runName(run));
    return one.token.file;
  }

  async function dropUnused(repository: string, one: Held): Promise<void> {
    if (one.users.size > 0) return;
    await endRenewing(one);
    await one.token.remove(() => one.users.size > 0);
    if (one.users.size === 0) held.delete(repository);
  }

  return {
    fileOf: (repository) => (source.has(repository) ? fileOf(repository) : undefined),
    secrets: () => [...held.values()].flatMap(({ token }) => [...token.secrets]),
    async adopt(runs) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const kept = new Set(await Promise.all(runs.map(inherit)));
      const others = (await readdir(folder))
        .map((name) => join(folder, name))
        .filter((path) => !kept.has(path));
      await Promise.all(others.map(async (path) => rm(path, { recursive: true, force: true })));
    },
    async hold(run, signal) {
      const { repository } = run.spec;
      if (!source.has(repository)) return undefined;
      const one = heldOf(repository);
      one.users.add(runName(run));
      try {
        if (!inherited.has(runName(run))) await one.token.freshen(signal);
      } catch (error) {
        if (error instanceof TokenRefused) return error.message;
        throw error;
      }
      beginRenewing(one);
      return undefined;
    },
    async release(run) {
      const name = runName(run);
      inherited.delete(name);
      for (const [repository, one] of held) {
        if (one.users.delete(name) || one.users.size === 0) await dropUnused(repository, one);
      }
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([...held.values()].map(endRenewing));
    },
  };
}

/** Says nothing of the repository to who lists the folder, and is short enough whatever the address is. */
function fileName(repository: string): string {
  return createHash('sha256').update(repository).digest('hex').slice(0, 32);
}
