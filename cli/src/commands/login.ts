import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text as readAll } from 'node:stream/consumers';

import { createClient, type Session } from '@verve/contract';
import type { Command } from 'commander';

import type { Runner } from '../command-runner.ts';
import { checkKey, removeLogin, writeLogin } from '../config.ts';
import type { Context } from '../context.ts';
import { plain } from '../terminal.ts';

/** Adds `login` and `logout`. */
export function addLoginCommands(program: Command, run: Runner): void {
  program
    .command('login')
    .description('check a key and keep it, with the address, for later commands')
    .addHelpText(
      'after',
      '\nThe key is taken from --key, VERVE_KEY or stdin; on a terminal you are asked for it.',
    )
    .action(run(login));
  program.command('logout').description('forget the kept key').action(run(logout));
}

async function login(context: Context): Promise<void> {
  const { url } = context.connection;
  const key = context.flags.key ?? context.environment.key ?? (await readKey(context));
  const client = createClient({ baseUrl: url, key, fetch: context.io.fetch });
  const session = await client.ask('getSession', { signal: context.io.signal });
  await writeLogin(context.environment.loginFile, { url, key });
  await context.show({ url, file: context.environment.loginFile, ...session }, () => [
    `Logged in to ${url} as ${who(session)}; kept in ${context.environment.loginFile}`,
  ]);
}

async function logout(context: Context): Promise<void> {
  const wasLoggedIn = await removeLogin(context.environment.loginFile);
  await context.show({ loggedOut: wasLoggedIn }, () => [
    wasLoggedIn ? 'Logged out; the key itself stays valid until it is revoked' : 'Nobody was logged in',
  ]);
}

function who(session: Session): string {
  return `"${plain(session.name)}" (${session.role})`;
}

/** From a pipe all of it; from a terminal one line that is not shown. */
async function readKey(context: Context): Promise<string> {
  const { stdin, stderr, signal } = context.io;
  if (stdin.isTTY !== true) return checkKey((await readAll(stdin)).trim(), 'the key from stdin');
  await stderr.write(`Key for ${context.connection.url}: `);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: stdin, output: nowhere, terminal: true });
  try {
    return checkKey((await lines.question('', { signal })).trim(), 'the key');
  } finally {
    lines.close();
    await stderr.write('\n');
  }
}
