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

/**
 * A worker's pattern of repositories: `*` is any run of characters but `/`, `**` any run at all; everything else
 * is itself.
 */
export function patternToRegex(pattern: string): RegExp {
  const source = pattern
    .split(/(\*\*|\*)/)
    .map((part) => {
      if (part === '**') return '.*';
      return part === '*' ? '[^/]*' : part.replaceAll(/[.+?^${}()|[\]\\/]/g, '\\$&');
    })
    .join('');
  return new RegExp(`^${source}$`);
}
