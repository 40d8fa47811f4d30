import { chmod, mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it, test } from 'vitest';

import { failedStart, startProgram, tempFolder } from './testing/program.ts';

const oneSentence = /^verve-server: .+\n$/;

describe('a data folder that a server uses', () => {
  it('refuses a second server at once, which tells who holds it and what to do', async () => {
    const dataDir = await tempFolder();
    const first = await startProgram({ VERVE_DATA_DIR: dataDir });

    const { told, code } = await failedStart({ VERVE_DATA_DIR: dataDir });

    expect(code).toBe(1);
    expect(told).toMatch(oneSentence);
    expect(told).toContain(`process ${first.pid} on `);
    expect(told).toContain(join(dataDir, 'verve.db'));
    expect(told).toContain('VERVE_DATABASE_URL');
  });

  it('is free at once when that server was killed', async () => {
    const dataDir = await tempFolder();
    const first = await startProgram({ VERVE_DATA_DIR: dataDir });
    await first.stop('SIGKILL');

    const second = await startProgram({ VERVE_DATA_DIR: dataDir });

    expect(await second.stop('SIGTERM')).toBe(0);
  });

  it("is nobody else's to read", async () => {
    const dataDir = join(await tempFolder(), 'made', 'by', 'it');
    await startProgram({ VERVE_DATA_DIR: dataDir });

    const names = ['.', 'verve.db', 'verve.db-wal', 'verve.db-shm', 'verve.db.lock'];
    const stats = await Promise.all(names.map((name) => stat(join(dataDir, name))));

    expect(stats.map(({ mode }) => (mode & 0o777).toString(8))).toEqual(['700', '600', '600', '600', '600']);
  });
});

describe('a server ends with 1 and one sentence, which has the path, when', () => {
  test('its data folder is a file', async () => {
    const file = join(await tempFolder(), 'file');
    await writeFile(file, '');

    await expectRefusal(file, `${file} is not a folder`);
    await expectRefusal(join(file, 'below'), `${file} is not a folder`);
  });

  test('a folder is in the place of a file', async () => {
    const dataDir = await tempFolder();
    await mkdir(join(dataDir, 'verve.db'));

    await expectRefusal(dataDir, `${join(dataDir, 'verve.db')} is in the database's place and not a file`);
  });

  test.each(['verve.db', 'verve.db.lock'])('%s is something else', async (name) => {
    const dataDir = await tempFolder();
    await writeFile(join(dataDir, name), 'Dear diary, '.repeat(100));

    await expectRefusal(dataDir, `${join(dataDir, name)} is not a database`);
  });

  test.runIf(process.platform === 'linux')('its data folder is where no folder can be made', async () => {
    await expectRefusal('/proc/verve/data', 'the server cannot read and write /proc/verve (ENOENT)');
  });

  test.skipIf(process.getuid?.() === 0)('it may not write there', async () => {
    const dataDir = await tempFolder();
    await chmod(dataDir, 0o500);

    await expectRefusal(dataDir, `the server cannot read and write ${dataDir} (EACCES)`);
  });
});

async function expectRefusal(dataDir: string, sentence: string): Promise<void> {
  const { told, code } = await failedStart({ VERVE_DATA_DIR: dataDir });

  expect(told).toContain(sentence);
  expect(told).toMatch(oneSentence);
  expect(code).toBe(1);
}
