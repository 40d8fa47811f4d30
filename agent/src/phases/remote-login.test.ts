import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test, vi } from 'vitest';

import type { Bounds } from '../bounds.ts';
import { allowPushes, serveHttps, type HttpsRemote } from '../testing/https-remote.ts';
import { createTestRun, shellAgent, type TestRun } from '../testing/run.ts';

// Each login starts a program, which takes seconds on a machine that does much else.
vi.setConfig({ testTimeout: 300_000 });

/** A run whose remote is reached over HTTPS with a login. */
async function start(
  bounds: Partial<Bounds> = {},
): Promise<{ run: TestRun; remote: HttpsRemote } & AsyncDisposable> {
  const run = createTestRun({ bounds });
  allowPushes(run.remote);
  const remote = await serveHttps(run.folder);
  run.respec({ repository: `${remote.url}/remote.git` });
  const passwordFile = join(run.folder, 'password');
  writeFileSync(passwordFile, `${remote.login.password}\n`);
  writeFileSync(join(run.folder, 'authority.pem'), remote.authority);
  const caFile = join(run.folder, 'authority.pem');
  run.grant({ credentials: [{ prefix: remote.url, username: 'verve', passwordFile }], caFile });
  return {
    run,
    remote,
    [Symbol.asyncDispose]: async () => {
      await remote[Symbol.asyncDispose]();
      run[Symbol.dispose]();
    },
  };
}

test('a login and an authority from files carry the work out and back in', async () => {
  await using started = await start();
  const { run } = started;

  await run.run('checkout');
  await run.run('agent');

  expect(await run.run('publish')).toMatchObject({ status: 'completed', reason: 'BranchPushed' });
});

test('a password that changes between the phases is the one that counts', async () => {
  await using started = await start();
  const { run, remote } = started;
  await run.run('checkout');
  await run.run('agent');
  remote.login.password = 'second-password';

  writeFileSync(join(run.folder, 'password'), 'second-password');

  expect(await run.run('publish')).toMatchObject({ reason: 'BranchPushed' });
});

test('the password is nowhere in the tree, nor what the agent sees', async () => {
  await using started = await start();
  const { run, remote } = started;
  const proof = join(run.folder, 'seen');
  run.respec({ agent: shellAgent(`env > ${proof}; cat .git/config >> ${proof}`) });

  await run.run('checkout');
  await run.run('agent');

  const found = execFileSync('sh', ['-c', 'grep -rlF "$1" "$0" || true', run.folder, remote.login.password]);
  expect(found.toString().trim()).toBe(join(run.folder, 'password'));
  expect(readFileSync(proof, 'utf8')).toContain(run.spec.repository);
  expect(readFileSync(proof, 'utf8')).not.toMatch(/VERVE_ACCESS_FILE|credential/);
});

test('no command line and no environment of git holds the password', async () => {
  await using started = await start();
  const { run, remote } = started;
  const seen: string[] = [];
  remote.intercept = () => {
    const list = 'cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr "\\0" "\\n"';
    seen.push(execFileSync('sh', ['-c', list], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }));
    return undefined;
  };

  await run.run('checkout');

  expect(seen.join('')).toContain(run.spec.repository);
  expect(seen.join('')).not.toContain(remote.login.password);
});

test('a redirect is not followed', async () => {
  await using started = await start();
  const { run, remote } = started;
  await using other = await serveHttps(run.folder);
  remote.intercept = ({ url = '' }) => ({ status: 301, headers: { location: `${other.url}${url}` } });

  const outcome = await run.run('checkout');

  expect(outcome).toMatchObject({ status: 'failed', reason: 'CheckoutFailed' });
  expect(outcome.message).toContain('leads to another address');
  expect(other.requests).toEqual([]);
});

test('trouble that passes is waited for', async () => {
  await using started = await start();
  const { run, remote } = started;
  let times = 0;
  remote.intercept = () => (++times <= 2 ? { status: 503 } : undefined);

  expect(await run.run('checkout')).toMatchObject({ status: 'completed' });
});

test.each([
  ['a wrong password', ({ remote }) => (remote.login.password = 'another'), 'asks for a login'],
  ['no right to read', ({ remote }) => (remote.intercept = () => ({ status: 403 })), 'have no right'],
  [
    'a forge that stays away',
    ({ remote }) => (remote.intercept = () => ({ status: 502 })),
    'cannot be reached',
  ],
  [
    'no such repository',
    ({ run, remote }) => run.respec({ repository: `${remote.url}/none.git` }),
    'no repository at',
  ],
  ['no such branch', ({ run }) => run.respec({ baseBranch: 'nope' }), 'has no branch "nope"'],
  [
    'no such host',
    ({ run }) => run.respec({ repository: 'https://none.invalid/a.git' }),
    'none.invalid has no address',
  ],
  ['an authority that is not trusted', ({ run }) => run.grant({ credentials: [] }), 'network.caFile'],
  [
    'no login for the place',
    ({ run }) => run.grant({ credentials: [], caFile: join(run.folder, 'authority.pem') }),
    'asks for a login',
  ],
] satisfies [string, (started: { run: TestRun; remote: HttpsRemote }) => unknown, string][])(
  'checkout with %s says what to do',
  async (_, spoil, words) => {
    // Nothing of this passes, so one try tells all of it.
    await using started = await start({ checkoutMs: 0 });
    spoil(started);

    const outcome = await started.run.run('checkout');

    expect(outcome).toMatchObject({ status: 'failed', reason: 'CheckoutFailed' });
    expect(outcome.message).toContain(words);
    expect(outcome.message).not.toContain(started.remote.login.password);
  },
);

test('a repository without a commit says so', async () => {
  using run = createTestRun();
  run.git(run.folder, 'init', '--quiet', '--bare', 'empty.git');
  run.respec({ repository: `file://${join(run.folder, 'empty.git')}` });

  expect((await run.run('checkout')).message).toContain('has no commit yet');
});

test('with a depth, that much of the history is fetched, and the work is published on top of it', async () => {
  using run = createTestRun({ spec: { depth: 1 } });
  const seed = join(run.folder, 'seed');
  run.git(seed, 'commit', '--quiet', '--allow-empty', '-m', 'Second');
  run.git(seed, 'push', '--quiet', 'origin', 'HEAD:refs/heads/main');

  await run.run('checkout');
  const commits = run.git(join(run.folder, 'tree'), 'rev-list', '--count', 'HEAD');
  await run.run('agent');
  const outcome = await run.run('publish');

  expect(commits).toBe('1');
  expect(outcome).toMatchObject({ reason: 'BranchPushed' });
  expect(run.git(run.remote, 'log', '--format=%s', run.spec.branch)).toBe('Say hello\nSecond\nBegin');
});
