import { carriesLogin, isRepositoryPrefix, loginPattern, repositoryPrefixPattern } from '@verve/contract';
import { z } from 'zod';

import type { SchemaRule } from './json-schema.ts';

/** Logins stand in files, never in an address. */
export const noLogin = {
  error: 'must not carry a login: it goes to `credentials`, with its password in a file',
};

/** The same as a rule of JSON Schema. */
export const loginless: SchemaRule = { not: { pattern: loginPattern } };

/** Repositories, by the beginning of their addresses. */
export const prefix = z
  .string()
  .refine(isRepositoryPrefix, {
    error: 'must be an https, ssh or file URL, or user@host: with what follows',
  })
  .refine((value) => !carriesLogin(value), noLogin)
  .meta({
    allOf: [{ pattern: repositoryPrefixPattern }, loginless],
    description:
      'The repositories that it is for: a URL, or `user@host:` with the beginning of a path, and what stands below it. The longest counts.',
  });
