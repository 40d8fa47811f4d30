import { z } from 'zod';

import type { ProcessIdentity } from './process-identity.ts';

/** How a process stands in a file. */
export const processRecord = z.object({
  pid: z.int().min(2),
  startedAt: z.string().optional(),
  bootId: z.string().optional(),
}) satisfies z.ZodType<ProcessIdentity>;
