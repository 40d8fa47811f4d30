import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { pinsFolder } from '../agents/place.ts';
import { parts, programs } from './catalogue.ts';

const root = join(import.meta.dirname, '..', '..');

function read(...path: string[]): string {
  return readFileSync(join(root, ...path), 'utf8');
}

/** The instructions of a Dockerfile's last stage, the one that is shipped. */
function shipped(dockerfile: string): string {
  return dockerfile.slice(dockerfile.lastIndexOf('\nFROM ') + 1);
}

describe.each(parts)("the image of Verve's %s", (part) => {
  const dockerfile = read(part, 'Dockerfile');
  const last = shipped(dockerfile);

  test('stands on the slim Node 24, in every stage', () => {
    const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, base]) => base);

    expect(new Set(bases)).toEqual(new Set(['node:24-bookworm-slim']));
  });

  test('runs below an init, as a user told by number, which Kubernetes can check', () => {
    expect(last).toMatch(/^USER 1000:1000$/m);
    expect(last).toMatch(/^ENTRYPOINT \["\S*\/tini", "--", /m);
  });

  test('tells its version and revision, last of all so that neither makes a layer again', () => {
    const [, labels = ''] = last.split(/^ENTRYPOINT .*$/m);

    expect(labels).toMatch(/image\.version="\$VERSION"/);
    expect(labels).toMatch(/image\.revision="\$REVISION"/);
    expect(labels).not.toMatch(/^(COPY|RUN|ADD) /m);
  });

  test('takes nothing from the build folder itself, only what stages made of it', () => {
    const copies = [...last.matchAll(/^(?:COPY|ADD) (\S+)/gm)].map(([, from]) => from);

    expect(copies.filter((from) => !from?.startsWith('--from='))).toEqual([]);
  });

  test('is built by the same first stages as the others, so that they are built once', () => {
    const stages = (text: string): string =>
      text.slice(text.indexOf('# The manifests'), text.indexOf(' AS modules'));

    expect(stages(dockerfile)).toBe(stages(read('agent', 'Dockerfile')));
  });
});

describe.each(programs)('the image of %s', (program) => {
  const dockerfile = read('agent', 'images', program, 'Dockerfile');
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'verve-program-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test('stands on the agent, and names no version', () => {
    expect(shipped(dockerfile)).toMatch(/^FROM \$BASE$/m);
    expect(dockerfile).toMatch(/^ARG BASE=verve-agent:dev$/m);
    expect(dockerfile).not.toMatch(/@[\d^~]|npm (install|i) /);
  });

  test('installs its own package as it is pinned', () => {
    for (const file of ['package.json', 'package-lock.json'])
      copyFileSync(join(pinsFolder, file), join(folder, file));
    const name = /node one-program\.ts (\S+)/.exec(dockerfile)?.[1] ?? expect.fail('it installs nothing');

    execFileSync(process.execPath, [join(root, 'scripts', 'one-program.ts'), name], { cwd: folder });

    const pinned = JSON.parse(read('agent', 'programs', 'package.json')).dependencies[name];
    const left = { [name]: pinned };
    expect(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).dependencies).toEqual(left);
    const lock = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8'));
    expect(lock.packages[''].dependencies).toEqual(left);
    expect(lock.packages[`node_modules/${name}`].version).toBe(pinned);
  });
});

test('a program that is not pinned is refused', () => {
  const args = [join(root, 'scripts', 'one-program.ts'), 'left-pad'];

  expect(() => execFileSync(process.execPath, args, { cwd: pinsFolder, stdio: 'pipe' })).toThrow(
    /pins no "left-pad"/,
  );
});

describe('the build folder', () => {
  const rules = read('.dockerignore')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));

  test('is an allow list of paths without patterns', () => {
    const allowed = rules.filter((rule) => rule.startsWith('!'));

    expect(rules[0]).toBe('*');
    expect(allowed.filter((rule) => /[*?[]/.test(rule))).toEqual([]);
  });

  test('never has what may be secret or made by somebody else, in no folder that is let in', () => {
    const denied = rules.slice(rules.findLastIndex((rule) => rule.startsWith('!')) + 1);

    expect(denied).toEqual(
      expect.arrayContaining(['**/.*', '**/node_modules', '**/dist', '**/*.pem', '**/*.key']),
    );
  });
});
