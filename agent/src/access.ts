import { readFileSync } from 'node:fs';

import { isBelow, longestPrefix } from '@verve/contract/repository';
import { runAccess, type RunAccess } from '@verve/contract/run';

import { codeOf } from './absence.ts';

/** Reads `access.json`; a phase without one reaches what needs no login. Throws when it is not as agreed. */
export function readAccess(file: string | undefined): RunAccess {
  if (file === undefined) return { credentials: [] };
  return runAccess.parse(JSON.parse(readFileSync(file, 'utf8')));
}

/**
 * Reads a secret from its file, now: it may have changed since the last time. Throws with a sentence that names the
 * file and tells nothing of what is in it.
 */
export function readSecret(file: string): string {
  const secret = readText(file).trim();
  if (secret === '') throw new Error(`the secret file ${file} is empty`);
  // oxlint-disable-next-line no-control-regex -- git's protocol and HTTP headers both end a value there
  if (/[\x00-\x1f\x7f]/.test(secret)) throw new Error(`the secret file ${file} must hold one line of text`);
  return secret;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Error(`the secret file ${file} cannot be read (${codeOf(error) ?? 'unknown error'})`, {
      cause: error,
    });
  }
}

/**
 * The login for a URL; undefined when no entry is for it. A URL that means another place than it seems to, by `..` or
 * the like, has none.
 */
export function credentialFor(access: RunAccess, url: string): RunAccess['credentials'][number] | undefined {
  const plain = plainUrl(url);
  if (plain === undefined) return undefined;
  const entries = access.credentials.flatMap((entry) => {
    const prefix = plainUrl(entry.prefix);
    return prefix === undefined ? [] : [{ prefix, entry }];
  });
  const found = longestPrefix(entries, plain);
  return found && isBelow(plain, found.prefix) ? found.entry : undefined;
}

/** A URL with its escapes undone, as git names it to its helpers; undefined when its path goes up or is doubtful. */
function plainUrl(url: string): string | undefined {
  try {
    const plain = decodeURI(url);
    const path = plain.replace(/^[a-z]+:\/\//, '');
    const isDoubtful = path.split('/').some((part) => part === '.' || part === '..' || part.includes('\\'));
    return isDoubtful || plain.includes('%') ? undefined : plain;
  } catch {
    return undefined;
  }
}
