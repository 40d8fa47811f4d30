import {
  carriesLogin,
  httpPattern,
  isRepositoryPrefix,
  loginPattern,
  repositoryPrefixPattern,
} from '@verve/contract';
import { z } from 'zod';

import type { SchemaRule } from './json-schema.ts';

/** The address of something that speaks HTTP. It is printed and logged, and so has no login. */
export const httpUrl = z
  .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
  .refine((value) => !/^https?:\/\/[^/?#]*@/i.test(value), {
    error: 'must not carry a login: keys stand in files',
  })
  .meta({ pattern: `${httpPattern}[^/?#@]+(?:[/?#].*)?$` });

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
