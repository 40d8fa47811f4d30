import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { RunAccess } from '@verve/contract';

import { credentialFor, readSecret } from './access.ts';

// The same file is TypeScript in the sources and JavaScript when built.
const extension = extname(import.meta.url);
const main = fileURLToPath(new URL(`./main${extension}`, import.meta.url));
const nodeOptions = extension === '.ts' ? ['--conditions=source'] : [];

/** The command by which git starts this program as its helper; git adds what it wants, `get` mostly. */
export function helperCommand(): string {
  return `!${[process.execPath, ...nodeOptions, main, 'credential'].map(quote).join(' ')}`;
}

/** git hands the command to a shell. */
function quote(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/**
 * Answers git in the words of gitcredentials(7): for `get` of a URL that an entry is for, its username and password,
 * read now; for everything else nothing. Throws when the password cannot be read.
 */
export function answerGit(operation: string | undefined, asked: string, access: RunAccess): string {
  if (operation !== 'get') return '';
  const fields = new Map(asked.split('\n').map((line) => splitOnce(line)));
  const [protocol, host, path] = ['protocol', 'host', 'path'].map((name) => fields.get(name));
  if (protocol === undefined || host === undefined || path === undefined) return '';
  const entry = credentialFor(access, `${protocol}://${host}/${path}`);
  const asksFor = fields.get('username');
  if (!entry || (asksFor !== undefined && asksFor !== entry.username)) return '';
  return `username=${entry.username}\npassword=${readSecret(entry.passwordFile)}\n`;
}

function splitOnce(line: string): [string, string] {
  const at = line.indexOf('=');
  return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)];
}
