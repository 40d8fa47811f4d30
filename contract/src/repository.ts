import { z } from 'zod';

import { limits } from './limits.ts';
import { anyCase, httpPattern } from './patterns.ts';

const scpForm = /^[\w.-]+@[\w.-]+:(?!\/\/)[^\s:][^\s]*$/;
const scpPrefixForm = /^[\w.-]+@[\w.-]+:(?!\/\/)[^\s:]*$/;
const schemes = new Set(['https:', 'ssh:', 'file:']);

const wrongForm = 'must be an https, ssh or file URL, or user@host:path';
const invisible = /[\s\p{Cc}\p{Cf}\p{Cs}\p{Co}]/u;

/**
 * Says what is wrong with a repository's address; undefined when nothing is. Patterns, prefixes and people read it letter by
 * letter, so it has to mean the same to git, to HTTP libraries and to forges: `acme/../other` looks as if it stood below `acme`.
 */
export function repositoryProblem(value: string): string | undefined {
  if (invisible.test(value)) return 'must not contain white space, control or invisible characters';
  if (/[\\?#]/.test(value)) return 'must not contain "\\", "?" or "#"';
  if (value.startsWith('-')) return 'must not begin with "-"';
  const isUrl = value.includes('://');
  const problem = isUrl ? urlProblem(value) : scpForm.test(value) ? undefined : wrongForm;
  if (problem !== undefined) return problem;
  const [host, path] = split(value, isUrl ? '/' : ':');
  if (/(?:^|@)-/.test(host)) return 'must not name a user or a host that begins with "-"';
  if (!isUrl && path.startsWith('-')) return 'must not name a path that begins with "-"';
  return path.replace(/^\//, '').replace(/\/$/, '').split('/').some(isOddStep)
    ? 'must not have ".", ".." or nothing as a step of its path, also encoded, and no encoded separators'
    : undefined;
}

function urlProblem(value: string): string | undefined {
  const parsed = URL.parse(value);
  if (!parsed || !schemes.has(parsed.protocol)) return wrongForm;
  if (parsed.password !== '' || (parsed.protocol === 'https:' && parsed.username !== '')) {
    return 'must not carry credentials: they belong to the worker and never go to the server';
  }
  if (parsed.protocol !== 'file:' && parsed.hostname === '') return 'must name a host';
  return parsed.pathname.length > 1 ? undefined : 'must name a repository after the host';
}

/** What stands before and after the end of the host, as it is written: a parsed URL has its path resolved already. */
function split(value: string, hostEnd: '/' | ':'): readonly [host: string, path: string] {
  const rest = hostEnd === '/' ? value.slice(value.indexOf('://') + 3) : value;
  const end = rest.indexOf(hostEnd);
  return end < 0 ? [rest, ''] : [rest.slice(0, end), rest.slice(end + 1)];
}

/** Encoded twice is odd, too: who decodes once more sees another address. */
function isOddStep(step: string): boolean {
  const text = decoded(step);
  return (
    text === undefined ||
    text === '' ||
    text === '.' ||
    text === '..' ||
    /[/\\%]/.test(text) ||
    invisible.test(text.replaceAll(' ', ''))
  );
}

function decoded(step: string): string | undefined {
  try {
    return decodeURIComponent(step);
  } catch {
    return undefined;
  }
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
    /^(?!(?:@|HEAD)$)(?![-/.])(?!.*(?:\.\.|\/\/|@\{|\/\.|\.lock(?:\/|$)))[^\x00-\x20\x7f~^:?*[\\]+(?<![/.])$/,
    'must be a legal git branch name',
  );

/** Coarser than isRepositoryPrefix, for JSON Schemas: refuses nothing that is taken there. */
export const repositoryPrefixPattern = String.raw`^(?:${['https', 'ssh', 'file'].map(anyCase).join('|')})://|^[\w.-]+@[\w.-]+:`;

/**
 * What repositories have in common: a URL of an allowed scheme as far as its host or further, or the scp form as far as
 * its colon or further (`git@git.example:` is every repository of that user there).
 */
export function isRepositoryPrefix(value: string): boolean {
  if (invisible.test(value)) return false;
  if (!value.includes('://')) return scpPrefixForm.test(value);
  return schemes.has(URL.parse(value)?.protocol ?? '');
}

/** Matches what carriesLogin says. */
export const loginPattern = `${httpPattern}[^/]*@|^[^/]*://[^/]*:[^/]*@`;
const login = new RegExp(loginPattern);

/** Whether the beginning of an address, or a pattern of addresses, carries a login, which has its own place. */
export function carriesLogin(value: string): boolean {
  return login.test(value);
}

/**
 * Whether a repository's address is a prefix, or stands below it: `https://git.example/acme` is no prefix of
 * `…/acme2/app`, nor `https://git.example:` one of `https://git.example:8443/app`.
 */
export function isBelow(repositoryUrl: string, prefix: string): boolean {
  const isOpen = prefix.endsWith('/') || (prefix.endsWith(':') && !prefix.includes('://'));
  return repositoryUrl === prefix || repositoryUrl.startsWith(isOpen ? prefix : `${prefix}/`);
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
    const isTaken = places[place] === 1 && takes(token, character);
    if (isTaken) next[isWildcard(token) ? place : place + 1] = 1;
    if (isWildcard(token) && next[place] === 1) next[place + 1] = 1;
  }
  return next;
}

function takes(token: string, character: string): boolean {
  if (token === '**') return true;
  return token === '*' ? character !== '/' : character === token;
}
