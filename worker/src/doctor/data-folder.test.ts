import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { lockFolder } from '../folder-lock.ts';
import { silent, temporaryFolder } from '../testing/run.ts';
import { checkDataFolder } from './data-folder.ts';

test('a folder that is not there is not made; what there is of the way to it is looked at', async () => {
  await using folder = temporaryFolder();
  const home = join(folder.path, 'data', 'worker');

  const findings = await checkDataFolder(home);

  expect(findings.map(({ check }) => check)).toEqual(['data', 'disk', 'lock']);
  expect(findings[0]).toMatchObject({ state: 'ok', message: `${home} can be made in ${folder.path}` });
  expect(readdirSync(folder.path)).toEqual([]);
});

test('a folder that another worker has is left as it is', async () => {
  await using folder = temporaryFolder();
  const times = { beatMs: 60_000, silentMs: 60_000 };
  await using _lock = await lockFolder(
    { folder: folder.path, times, logger: silent },
    new AbortController().signal,
  );

  const findings = await checkDataFolder(folder.path);

  expect(findings[0]).toMatchObject({ state: 'ok', message: `${folder.path} can be written` });
  expect(findings[2]?.message).toContain(`process ${process.pid} is active`);
  expect(readdirSync(folder.path)).toEqual(['worker.lock']);
});

test('something else in the way is told', async () => {
  await using folder = temporaryFolder();
  const file = join(folder.path, 'file');
  writeFileSync(file, '');

  const [inTheWay] = await checkDataFolder(file);
  const [onTheWay] = await checkDataFolder(join(file, 'worker'));

  expect(inTheWay).toMatchObject({
    state: 'failed',
    message: expect.stringContaining('is no folder') as string,
  });
  expect(onTheWay).toMatchObject({ state: 'failed', message: expect.stringContaining('ENOTDIR') as string });
});

test('a folder that may not be written is told', async (context) => {
  if (process.getuid?.() === 0) context.skip('root may write everywhere');
  await using folder = temporaryFolder();
  const shut = join(folder.path, 'shut');
  mkdirSync(shut);
  chmodSync(shut, 0o500);

  const [finding] = await checkDataFolder(join(shut, 'worker'));

  expect(finding).toMatchObject({ state: 'failed', message: expect.stringContaining('EACCES') as string });
});
