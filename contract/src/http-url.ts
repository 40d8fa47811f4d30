import { z } from 'zod';

import { httpLoginUrlPattern, httpUrlPattern } from './patterns.ts';

const url = z.url({ protocol: /^https?$/, error: 'must be an http or https URL' });

/** The address of something that speaks HTTP, as settings have it. It is printed and logged, and so has no login. */
export const httpUrl = url
  .refine((value) => !/^https?:\/\/[^/?#]*@/i.test(value), {
    error: 'must not carry a login: keys stand in files',
  })
  .meta({ pattern: httpUrlPattern });

/** The same, which may carry a login. */
export const httpLoginUrl = url.regex(new RegExp(httpLoginUrlPattern), {
  error: 'must have @, /, ? and # of its user and password encoded: %40, %2F, %3F, %23',
});
