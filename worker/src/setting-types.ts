import { carriesLogin, isRepositoryPrefix, loginPattern, repositoryPrefixPattern } from '@verve/contract';
import { z } from 'zod';

import type { SchemaRule } from './json-schema.ts';

/** Variables by name; Kubernetes keeps them as keys of a Secret. */
export const environment = z.record(
  z
    .string()
    .regex(
      /^[-._a-zA-Z][-._a-zA-Z0-9]*$/,
      'must be of letters, digits, "_", "-" and ".", and begin with no digit',
    ),
  z.string(),
);

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
