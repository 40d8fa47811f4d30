import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { pino } from 'pino';
import { expect, test, vi } from 'vitest';

import { TokenDelayed, TokenRefused, type ForgeTokens, type TokenUser } from './forge-tokens.ts';
import { away, createFakeClock, createFakeTokenSource, type FakeClock } from './testing/fake-token-source.ts';
import { shellSpec, temporaryFolder } from './testing/run.ts';
import { createForgeTokens } from './token-keeper.ts';

const app = 'https://github.test/acme/app';
const site = 'https://github.test/acme/site';
const minuteMs = 60_000;
const never = new AbortController().signal;

function runOn(repository: string): TokenUser {
  const spec = shellSpec(repository, 'true');
  return { taskId: spec.taskId, attempt: 1, spec };
}

/** Tokens in a folder with a source and a clock of their own, and what they log. */
function stage(folder: string): {
  readonly tokens: ForgeTokens;
  readonly source: ReturnType<typeof createFakeTokenSource>;
  readonly clock: FakeClock;
  readonly log: string[];
  /** Of each file, by its repository. */
  readonly contentOf: (repository: string) => string | undefined;
} {
  const [source, clock, log] = [createFakeTokenSource(), createFakeClock(), [] as string[]];
  const logger = pino({ base: null }, { write: (line) => void log.push(line) });
  const tokens = createForgeTokens({ source, folder: join(folder, 'tokens'), clock, logger });
  const contentOf = (repository: string): string | undefined => {
    const file = tokens.fileOf(repository) ?? '';
    return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
  };
  return { tokens, source, clock, log, contentOf };
}

/** Lets time pass until a condition holds, which timers that begin meanwhile may need. */
async function later(clock: FakeClock, holds: () => boolean, stepMs = minuteMs): Promise<void> {
  await vi.waitFor(
    () => {
      clock.advance(stepMs);
      if (!holds()) throw new Error('not yet');
    },
    { interval: 2, timeout: 20_000 },
  );
}

test("a repository's runs share one token, in a file that nobody else reads, until the last is over", async () => {
  await using folder = temporaryFolder();
  const { tokens, source, contentOf } = stage(folder.path);
  await using _tokens = tokens;
  await tokens.adopt([]);
  const [first, second, other] = [runOn(app), runOn(app), runOn(site)];

  const problems = await Promise.all([first, second, other].map(async (run) => tokens.hold(run, never)));
  const file = tokens.fileOf(app) ?? '';
  const [mode, before] = [statSync(file).mode & 0o777, [contentOf(app), contentOf(site)]];
  await tokens.release(first);
  const meanwhile = contentOf(app);
  await tokens.release(second);

  expect(problems).toEqual([undefined, undefined, undefined]);
  expect(source.asked.toSorted()).toEqual([app, site]);
  expect(before.map((content) => content?.replace(/\d/, 'n'))).toEqual([
    `token n of ${app}`,
    `token n of ${site}`,
  ]);
  expect(mode).toBe(0o600);
  expect(meanwhile).toBe(before[0]);
  expect(contentOf(app)).toBeUndefined();
  expect(contentOf(site)).toBe(before[1]);
});

test('a token is replaced when half of its life is over, and those before stay secret while a run may print them', async () => {
  await using folder = temporaryFolder();
  const { tokens, source, clock, contentOf } = stage(folder.path);
  await using _tokens = tokens;
  await tokens.adopt([]);
  const run = runOn(app);
  await tokens.hold(run, never);

  clock.advance(29 * minuteMs);
  const before = source.asked.length;
  await later(clock, () => contentOf(app) === `token 2 of ${app}`);
  await later(clock, () => contentOf(app) === `token 3 of ${app}`);
  const secrets = tokens.secrets();
  await tokens.release(run);

  expect(before).toBe(1);
  expect(clock.now()).toBeGreaterThanOrEqual(60 * minuteMs);
  expect(secrets).toEqual([1, 2, 3].map((n) => `token ${n} of ${app}`));
  expect(tokens.secrets()).toEqual([]);
});

test('renewing goes on for as long as it fails, with the old token in place and one line in the log', async () => {
  await using folder = temporaryFolder();
  const { tokens, source, clock, log, contentOf } = stage(folder.path);
  await using _tokens = tokens;
  await tokens.adopt([]);
  await tokens.hold(runOn(app), never);
  source.error = new TokenRefused('not installed', 'install it');

  await later(clock, () => source.asked.length >= 5);
  const [during, told] = [contentOf(app), log.length];
  source.error = undefined;
  await later(clock, () => contentOf(app) !== `token 1 of ${app}`);

  expect(during).toBe(`token 1 of ${app}`);
  expect(told).toBe(1);
  expect(log[0]).toContain('forge token cannot be renewed');
  expect(log[0]).not.toContain('token 1');
  await vi.waitFor(() => expect(log[1]).toContain('renewed after all'));
});

test('what a forge refuses a first token for is the problem; one that is away is waited for, but not for ever', async () => {
  await using folder = temporaryFolder();
  const { tokens, source, clock, contentOf } = stage(folder.path);
  await using _tokens = tokens;
  await tokens.adopt([]);

  source.error = new TokenRefused('the App is not installed on acme/app', 'install it');
  const problem = await tokens.hold(runOn(app), never);
  source.error = away();
  const comesBack = tokens.hold(runOn(app), never);
  await later(clock, () => source.asked.length >= 3, 1_000);
  source.error = undefined;
  await later(clock, () => contentOf(app) !== undefined, 1_000);
  source.error = away();
  const staysAway = tokens.hold(runOn(site), never);
  const settled = vi.fn<() => void>();
  staysAway.finally(settled).catch(() => undefined);
  await later(clock, () => settled.mock.calls.length > 0, 1_000);

  expect(problem).toBe('the App is not installed on acme/app; install it');
  expect(await comesBack).toBeUndefined();
  await expect(staysAway).rejects.toThrow(TokenDelayed);
});

test('the next process finds the files of runs that go on, waits for no forge, and removes the others', async () => {
  await using folder = temporaryFolder();
  const [goesOn, ended] = [runOn(app), runOn(site)];
  {
    const { tokens } = stage(folder.path);
    await using _tokens = tokens;
    await tokens.adopt([]);
    await tokens.hold(goesOn, never);
    await tokens.hold(ended, never);
  }
  writeFileSync(join(folder.path, 'tokens', 'cut.tmp'), 'left by a crash');
  const { tokens, source, clock, contentOf } = stage(folder.path);
  await using _tokens = tokens;
  source.error = away();

  await tokens.adopt([goesOn, runOn(site.replace('site', 'new'))]);
  const problem = await tokens.hold(goesOn, never);
  const [names, secrets, inherited] = [
    readdirSync(join(folder.path, 'tokens')),
    tokens.secrets(),
    contentOf(app),
  ];
  source.error = undefined;
  await later(clock, () => contentOf(app) !== inherited);

  expect(problem).toBeUndefined();
  expect(names).toHaveLength(1);
  expect(inherited).toBe(`token 1 of ${app}`);
  expect(secrets).toEqual([inherited]);
  await tokens.release(goesOn);
  expect(readdirSync(join(folder.path, 'tokens'))).toEqual([]);
});

test('a repository without such tokens has no file and no problem', async () => {
  await using folder = temporaryFolder();
  const { tokens, source } = stage(folder.path);
  await using _tokens = tokens;
  await tokens.adopt([]);
  const run = runOn('file:///x.git');

  const problem = await tokens.hold(run, never);
  await tokens.release(run);

  expect([problem, tokens.fileOf(run.spec.repository), source.asked]).toEqual([undefined, undefined, []]);
});
