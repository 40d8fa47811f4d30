import { openPostgresStorage } from '../storage/postgres/storage.ts';
import type { Storage } from '../storage/storage.ts';
import { testLogger, testPostgresStorage } from './storage.ts';

/** What two servers have of one database. */
export interface TestReplicas extends AsyncDisposable {
  readonly storages: readonly [Storage, Storage];
}

/** Opens one fresh Postgres database twice. */
export async function testReplicas(): Promise<TestReplicas> {
  const stack = new AsyncDisposableStack();
  const first = stack.use(await testPostgresStorage());
  const second = stack.use(await openPostgresStorage({ url: first.url, logger: testLogger }));
  return { storages: [first.storage, second], [Symbol.asyncDispose]: () => stack.disposeAsync() };
}
