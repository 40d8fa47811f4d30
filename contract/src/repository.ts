import { z } from 'zod';

import { limits } from './limits.ts';

const scpForm = /^[\w.-]+@[\w.-]+:(?!\/\/)[^\s:][^\s]*$/;
const schemes = new Set(['https:', 'ssh:', 'file:']);

/** Says what is wrong with a repository's address; undefined when nothing is. */
export function repositoryProblem(value: string): string | undefined {
  if (/[\s\0]/.test(value) || value.startsWith('-')) return 'must not contain white space or begin with "-"';
  const parsed = URL.parse(value);
  if (value.includes('://')) {
    if (!parsed || !schemes.has(parsed.protocol))
      return 'must be an https, ssh or file URL, or user@host:path';
    if (parsed.password !== '' || (parsed.protocol === 'https:' && parsed.username !== '')) {
      return 'must not carry credentials: they belong to the worker and never go to the server';
    }
    if (parsed.protocol !== 'file:' && parsed.hostname === '') return 'must name a host';
    return parsed.pathname.length > 1 ? undefined : 'must name a repository after the host';
  }
  return scpForm.test(value) ? undefined : 'must be an https, ssh or file URL, or user@host:path';
}

/** A repository's address without credentials: an https, ssh or file URL, or the scp form `user@host:path`. */
export const repository = z
  .string()
  .min(1)
  .max(limits.urlLength)
  .superRefine((value, context) => {
    const problem = repositoryProblem(value);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  })
  .meta({ example: 'https://git.example/acme/app.git' });

/** A branch name as `git check-ref-format --branch` takes it. */
export const branch = z
  .string()
  .min(1)
  .max(250)
  .regex(
    // oxlint-disable-next-line no-control-regex -- git forbids control characters in refs by name
    /^(?![-/.])(?!.*(?:\.\.|\/\/|@\{|\/\.|\.lock(?:\/|$)))[^\x00-\x20\x7f~^:?*[\\]+(?<![/.])$/,
    'must be a legal git branch name',
  );

/** Whether a repository's address is a prefix, or stands below it: `https://git.example/acme` is no prefix of `…/acme2/app`. */
export function isBelow(repositoryUrl: string, prefix: string): boolean {
  return repositoryUrl === prefix || repositoryUrl.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`);
}

/** The entry with the longest prefix of a repository's address; undefined when none fits. */
export function longestPrefix<T extends { readonly prefix: string }>(
  entries: readonly T[],
  repositoryUrl: string,
): T | undefined {
  return entries
    .filter(({ prefix }) => isBelow(repositoryUrl, prefix))
    .toSorted((a, b) => b.prefix.length - a.prefix.length)[0];
}

/** A worker's pattern of repositories, ready to be held against them. */
export interface RepositoryPattern {
  /** The same as a regular expression, for an engine that does not backtrack, as that of Postgres. */
  readonly source: string;
  /** Takes time by the product of both lengths at most; the expression could hold JavaScript's engine for ever. */
  test(repository: string): boolean;
}

/**
 * Reads a worker's pattern of repositories: `*` is any run of characters but `/`, `**` any run at all; everything else
 * is itself.
 */
export function patternToRegex(pattern: string): RepositoryPattern {
  const [prefix = '', ...rest] = pattern.split(/(\*\*|\*)/);
  const tokens = rest.flatMap((part) => (isWildcard(part) ? [part] : part.split('')));
  return {
    source: `^${[prefix, ...rest].map(sourceOf).join('')}$`,
    test: (repository) => repository.startsWith(prefix) && matches(tokens, repository.slice(prefix.length)),
  };
}

function isWildcard(token: string | undefined): boolean {
  return token === '*' || token === '**';
}

function sourceOf(part: string): string {
  if (part === '**') return '.*';
  return part === '*' ? '[^/]*' : part.replaceAll(/[.+?^${}()|[\]\\/]/g, '\\$&');
}

/** Goes through the text once, with all the places between the tokens that it can have led to. */
function matches(tokens: readonly string[], text: string): boolean {
  let places = new Uint8Array(tokens.length + 1);
  places[0] = 1;
  for (let place = 0; isWildcard(tokens[place]); place += 1) places[place + 1] = 1;
  for (const character of text.split('')) places = step(tokens, places, character);
  return places[tokens.length] === 1;
}

/** A wildcard stays while it takes characters and may be over at any time, so places are settled from the left. */
function step(
  tokens: readonly string[],
  places: Uint8Array<ArrayBuffer>,
  character: string,
): Uint8Array<ArrayBuffer> {
  const next = new Uint8Array(tokens.length + 1);
  for (const [place, token] of tokens.entries()) {
    const isHere = places[place] === 1;
    if (!isWildcard(token)) {
      if (isHere && token === character) next[place + 1] = 1;
      continue;
    }
    if (isHere && (token === '**' || character !== '/')) next[place] = 1;
    if (next[place] === 1) next[place + 1] = 1;
  }
  return next;
}
