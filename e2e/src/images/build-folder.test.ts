import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { beforeEach, expect, test, vi } from 'vitest';

import { root } from '../programs.ts';
import { skipWithout } from '../requirements.ts';
import { nodeImage } from './built-images.ts';
import { ask } from './docker.ts';

// What of a developer's folder a build can see, by Docker's own reading of `.dockerignore`.

vi.setConfig({ testTimeout: 120_000 });
beforeEach((context) => skipWithout('docker', context));

const wanted = [
  'agent/programs/package-lock.json',
  'agent/programs/package.json',
  'contract/src/index.ts',
  'package.json',
  'server/package.json',
  'server/src/storage/migrations/sqlite/0001-first.sql',
];

const unwanted = [
  '.env',
  '.git/config',
  '.npmrc',
  '.verve/model-keys/claude',
  'agent/programs/.npmrc',
  'docs/notes.md',
  'id_rsa',
  'my-worker.yaml',
  'node_modules/left-pad/index.js',
  'server/.env',
  'server/node_modules/left-pad/index.js',
  'server/src/.env.local',
  'server/src/http/.git/config',
  'server/src/http/node_modules/left-pad/index.js',
  'server/src/tls.key',
  'worker/dist/main.js',
  'worker/src/dist/main.js',
];

test('it is what an allow list names, and none of what may be secret', async ({ onTestFinished }) => {
  const folder = mkdtempSync(join(tmpdir(), 'verve-build-folder-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  copyFileSync(join(root, '.dockerignore'), join(folder, '.dockerignore'));
  for (const file of [...wanted, ...unwanted]) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), 'x');
  }

  const dockerfile = `FROM ${nodeImage}\nWORKDIR /seen\nCOPY . .\nCMD ["find", "-type", "f", "-printf", "%P\\n"]\n`;
  const image = 'verve-e2e-build-folder:e2e';
  await ask(['build', '--tag', image, '--file', '-', folder], dockerfile);
  const seen = await ask(['run', '--rm', image]);
  await ask(['image', 'rm', image]);

  expect(seen.split('\n').sort()).toEqual(wanted);
});
