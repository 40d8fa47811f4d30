import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { imageCheck, type ImageCheck } from '@verve/contract';
import { afterAll, expect, test } from 'vitest';

import { checkImage, type ImagePlace } from './image-check.ts';

const folder = mkdtempSync(join(tmpdir(), 'verve-image-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const git = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();

function program(path: string, script: string): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return dirname(file);
}

for (const name of ['tini', 'node', 'verve-agent']) program(`verve/bin/${name}`, 'exit 0');
mkdirSync(join(folder, 'verve/lib'));
const authorities = [join(folder, 'none.pem'), join(folder, 'authorities.pem')];
writeFileSync(join(folder, 'authorities.pem'), '');

/** An image that has all, but for the program of an agent. */
const good: ImagePlace = {
  env: { PATH: dirname(git), HOME: join(folder, 'home'), TMPDIR: folder },
  runner: join(folder, 'verve'),
  workspace: join(folder, 'workspace'),
  authorities,
  shell: '/bin/sh',
  mounts: 'overlay / overlay ro,relatime 0 0\n',
  glibc: '2.36',
  user: 1000,
};

async function look(place: Partial<ImagePlace>): Promise<ImageCheck['findings']> {
  return imageCheck.parse(await checkImage({ ...good, ...place })).findings;
}

function told(findings: ImageCheck['findings'], requirement: number): string[] {
  return findings
    .filter((one) => one.requirement === requirement)
    .map(({ state, message }) => `${state}: ${message}`);
}

test('an image that keeps to all has a finding for each requirement', async () => {
  const bin = program('bin-claude/claude', 'echo "2.1.300 (Claude Code)"');

  const findings = await look({ env: { ...good.env, PATH: `${dirname(git)}:${bin}` } });

  expect(findings.map(({ requirement }) => requirement)).toEqual([1, 2, 3, 3, 4, 5].filter(unlessRoot));
  expect(told(findings, 4)).toEqual(['ok: claude 2.1.300']);
});

/** Root can write where git is, which is told with requirement 3. */
function unlessRoot(_: number, at: number): boolean {
  return at !== 3 || process.getuid?.() === 0;
}

test('every finding that is not ok says how to mend it', async () => {
  const findings = await look({
    runner: folder,
    glibc: undefined,
    env: {},
    mounts: '',
    authorities: [],
    shell: join(folder, 'no-shell'),
  });

  const bad = findings.filter(({ state }) => state !== 'ok');
  expect([...new Set(bad.map(({ requirement }) => requirement))]).toEqual([1, 2, 3, 4, 5]);
  for (const { fix } of bad) expect(fix).toMatch(/\.$/);
});

test.each([
  {
    what: 'a runner that lacks a part',
    place: { runner: join(folder, 'empty') },
    requirement: 1,
    words: /failed: .*lacks tini, node, verve-agent/,
  },
  {
    what: 'an old glibc',
    place: { glibc: '2.27' },
    requirement: 2,
    words: /failed: glibc 2\.27 is older than 2\.28/,
  },
  {
    what: 'another C library',
    place: { glibc: undefined },
    requirement: 2,
    words: /failed: the C library is not glibc/,
  },
  {
    what: 'no git',
    place: { env: { ...good.env, PATH: '/nowhere' } },
    requirement: 3,
    words: /failed: there is no git on PATH/,
  },
  {
    what: 'no authorities',
    place: { authorities: [] },
    requirement: 4,
    words: /warning: there are no certificates/,
  },
  {
    what: 'no shell',
    place: { shell: '/nowhere/sh' },
    requirement: 4,
    words: /warning: there is no \/nowhere\/sh/,
  },
  {
    what: 'a HOME that nobody can write',
    place: { env: { ...good.env, HOME: '/dev/null/home' } },
    requirement: 5,
    words: /failed: HOME .*cannot be written/,
  },
  {
    what: 'another user than 1000',
    place: { user: 0 },
    requirement: 5,
    words: /warning: it was not tried as Kubernetes runs it/,
  },
])('$what is told', async ({ place, requirement, words }) => {
  const findings = await look(place);

  expect(told(findings, requirement)).toContainEqual(expect.stringMatching(words));
});

test('an old git is told', async () => {
  const bin = program('bin-git/git', 'echo git version 2.30.1');

  const findings = await look({ env: { ...good.env, PATH: bin } });

  expect(told(findings, 3)).toContain('failed: git version 2.30.1 is older than 2.39');
});

test('a program that does not start is told with its words', async () => {
  const bin = program('bin-codex/codex', 'echo broken >&2; exit 3');

  const findings = await look({ env: { ...good.env, PATH: `${dirname(git)}:${bin}` } });

  expect(told(findings, 4)).toEqual(['failed: "codex --version" fails: broken']);
});

test('files that volumes of a run hide are told', async () => {
  const workspace = join(folder, 'full');
  mkdirSync(workspace);
  writeFileSync(join(workspace, 'cache'), '');

  const findings = await look({ workspace });

  expect(told(findings, 5)).toContain(
    `warning: ${join(workspace, 'cache')} of the image is hidden from runs`,
  );
});
