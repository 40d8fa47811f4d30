import { z } from 'zod';

/**
 * A schema of settings as a JSON Schema (draft 7) of the file that a person writes, as text. Of rules
 * between settings it has what their schemas say in `meta`.
 */
export function settingsSchema(schema: z.ZodObject): string {
  const written = z.toJSONSchema(schema, { io: 'input', target: 'draft-7' });
  return `${JSON.stringify(written, undefined, 2)}\n`;
}
