import { DatabaseError } from 'pg';

import { NameTaken, StorageUnavailable } from '../storage.ts';

/** SQLSTATEs and classes that say: not now, but the same call may succeed later. The longest match tells the sentence. */
const unavailable: Readonly<Record<string, string>> = {
  '08': 'the connection to the database failed',
  '25006': 'the database only takes reads just now',
  '25P03': 'the database ended a transaction that waited too long',
  '25P04': 'the database ended a transaction that took too long',
  '28': 'the database refused the user or password',
  '3D000': 'the database does not exist',
  '40001': 'the change collided with another one',
  '40P01': 'the change was in a deadlock with another one',
  '53': 'the database is out of a resource',
  '53100': "the database's disk is full",
  '53200': 'the database is out of memory',
  '53300': 'the database has no connection to spare',
  '55P03': 'another transaction holds a lock for too long',
  '57014': 'the statement took too long',
  '57P': 'the database is stopping, starting or was restarted',
  '58': "the database's file system failed",
};

/** What the ports promise in place of an error of `pg`; an error that nobody should expect is returned as it is. */
export function translatePostgresError(error: unknown): unknown {
  if (!(error instanceof DatabaseError)) return isProgrammingError(error) ? error : connectionLost(error);
  const code = error.code ?? '';
  if (code === '23505') return new NameTaken(error.detail ?? error.message, { cause: error });
  const sentence = unavailable[code] ?? unavailable[code.slice(0, 3)] ?? unavailable[code.slice(0, 2)];
  return sentence === undefined ? error : new StorageUnavailable(`${sentence} (${code})`, { cause: error });
}

/** Whether the connection may still carry a statement: only the database's own word on a statement leaves it whole. */
export function breaksConnection(error: unknown): boolean {
  if (!(error instanceof DatabaseError)) return !isProgrammingError(error);
  return (
    error.severity === 'FATAL' || error.severity === 'PANIC' || /^(08|57P|25P03|25P04)/.test(error.code ?? '')
  );
}

function connectionLost(error: unknown): StorageUnavailable {
  const text = error instanceof Error ? describe(error) : String(error);
  return new StorageUnavailable(`the database cannot be reached: ${text}`, { cause: error });
}

/** An AggregateError (one failure per address of a host name) has no message of its own. */
function describe(error: Error): string {
  return error instanceof AggregateError
    ? error.errors.map((each) => (each instanceof Error ? each.message : String(each))).join('; ')
    : error.message;
}

function isProgrammingError(error: unknown): boolean {
  return error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError;
}
