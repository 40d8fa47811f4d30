import { sql, type RawBuilder } from 'kysely';

import type { Database } from './database.ts';

/** Whether the column is one of these texts: one parameter, so one statement for any number of them. */
export function isOneOf(
  { dialect }: Pick<Database, 'dialect'>,
  column: string,
  values: readonly string[],
): RawBuilder<boolean> {
  if (dialect === 'postgres') return sql`${sql.ref(column)} = any(${values}::text[])`;
  return sql`${sql.ref(column)} in (select value from json_each(${JSON.stringify(values)}))`;
}
