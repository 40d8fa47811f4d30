import { typeid } from 'typeid-js';
import { z } from 'zod';

/** The prefix of each kind of id; an id of another kind is a validation error, never a lookup. */
const prefixes = {
  project: 'prj',
  task: 'tsk',
  worker: 'wrk',
  key: 'key',
} as const satisfies Record<string, string>;

/** What an id may name. */
export type IdKind = keyof typeof prefixes;

/** Makes a new id, sortable by time of making: `tsk_01h455vb4pex5vsknk084sn02q`. */
export function newId(kind: IdKind): string {
  return typeid(prefixes[kind]).toString();
}

/** Accepts the id of one kind: its prefix, `_`, and a UUIDv7 in 26 characters of Crockford's base 32. */
export function idSchema(kind: IdKind): z.ZodString {
  const prefix = prefixes[kind];
  return z
    .string()
    .regex(new RegExp(`^${prefix}_[0-7][0-9a-hjkmnp-tv-z]{25}$`), `must be the id of a ${kind}: ${prefix}_…`)
    .meta({ example: `${prefix}_01h455vb4pex5vsknk084sn02q` });
}

export const projectId = idSchema('project');
export const taskId = idSchema('task');
export const workerId = idSchema('worker');
export const keyId = idSchema('key');
