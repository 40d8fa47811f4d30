import { TokenDelayed, type TokenSource } from '../forge-tokens.ts';
import type { TokenClock } from '../kept-token.ts';

/** A clock that a test sets; whoever waits goes on once it is so late. */
export interface FakeClock extends TokenClock {
  advance(ms: number): void;
}

/** Begins at 0. */
export function createFakeClock(): FakeClock {
  let nowMs = 0;
  const waiting = new Set<() => void>();

  return {
    now: () => nowMs,
    async pause(ms, signal) {
      const untilMs = nowMs + ms;
      const { promise, resolve } = Promise.withResolvers<void>();
      const look = (): void => {
        if (nowMs >= untilMs || signal.aborted) resolve();
      };
      waiting.add(look);
      signal.addEventListener('abort', look);
      look();
      await promise;
      waiting.delete(look);
      signal.removeEventListener('abort', look);
    },
    advance(ms) {
      nowMs += ms;
      for (const look of waiting) look();
    },
  };
}

/** A stand-in for a forge that gives tokens, of repositories that begin with `https://`. */
export interface FakeTokenSource extends TokenSource {
  /** Of each token that it gave or was asked for: the repository. */
  readonly asked: string[];
  /** What it throws instead of a token. */
  error: Error | undefined;
}

/** Gives tokens that are good for an hour: `token 1 of …` and so on. */
export function createFakeTokenSource(): FakeTokenSource {
  const source: FakeTokenSource = {
    asked: [],
    error: undefined,
    has: (repository) => repository.startsWith('https://'),
    async mint(repository) {
      source.asked.push(repository);
      if (source.error) throw source.error;
      return { token: `token ${source.asked.length} of ${repository}`, lifeMs: 3_600_000 };
    },
  };
  return source;
}

/** What a forge that is away comes to. */
export function away(): TokenDelayed {
  return new TokenDelayed('github.test cannot be reached');
}
