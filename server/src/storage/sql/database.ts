import type { Kysely, RawBuilder } from 'kysely';

import type { Schema } from './schema.ts';

/**
 * What the shared stores need of a database. Every error that leaves `kysely` is already one of the ports'
 * (StorageUnavailable, NameTaken) or a programming error.
 */
export interface Database {
  readonly kysely: Kysely<Schema>;
  readonly dialect: 'postgres' | 'sqlite';
  /** The value for a row's `changed` column; to be called once per write, inside its transaction. */
  readonly nextChange: () => RawBuilder<unknown>;
  /** No row that gets a `changed` below this can appear any more. Never falls. */
  readonly changeHorizon: () => RawBuilder<string | number>;
}
