import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Another process that holds a SQLite file. Disposing of it ends the process, and the lock with it. */
type SqliteLock = AsyncDisposable;

const program = `
  import { DatabaseSync } from 'node:sqlite';
  const database = new DatabaseSync(process.argv[1], { timeout: 30_000 });
  database.exec('begin exclusive');
  console.log('locked');
  process.stdin.resume();
`;

/** Starts a process that locks a file as soon as nobody else writes to it. */
export async function lockSqlite(file: string): Promise<SqliteLock> {
  const args = ['--no-warnings', '--input-type=module', '--eval', program, '--', file];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const isLocked = await Promise.race([once(child.stdout, 'data').then(() => true), ended.then(() => false)]);
  if (!isLocked) throw new Error(`${file} could not be locked`);
  return {
    [Symbol.asyncDispose]: async () => {
      child.stdin.end();
      await ended;
    },
  };
}
