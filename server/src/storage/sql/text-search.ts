import { sql, type RawBuilder } from 'kysely';

import type { Database } from './database.ts';

/** Whether one of the columns has this text in it, whatever its case; `%`, `_` and `\` are themselves. */
export function containsText(
  { dialect }: Pick<Database, 'dialect'>,
  columns: readonly string[],
  text: string,
): RawBuilder<boolean> {
  if (dialect === 'sqlite') {
    // LIKE of SQLite knows the case of ASCII alone.
    return anyOf(columns.map((column) => sql`instr(fold_case(${sql.ref(column)}), fold_case(${text})) > 0`));
  }
  const pattern = `%${text.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
  return anyOf(columns.map((column) => sql`${sql.ref(column)} ilike ${pattern}`));
}

function anyOf(conditions: readonly RawBuilder<unknown>[]): RawBuilder<boolean> {
  return sql<boolean>`(${sql.join(conditions, sql` or `)})`;
}
