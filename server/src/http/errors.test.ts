import { expect, test } from 'vitest';

import { conflictWith, invalid } from '../service-error.ts';
import { StorageUnavailable } from '../storage/storage.ts';
import { toErrorBody, toServiceError } from './errors.ts';

test('what is not ours tells nothing of itself', () => {
  const body = toErrorBody(toServiceError(new Error('password=hunter2 at db.internal')));

  expect(body).toEqual({ error: { code: 'Internal', message: 'something went wrong on the server' } });
});

test('a database that is away is Unavailable and tells nothing of itself', () => {
  const error = toServiceError(new StorageUnavailable('connect ECONNREFUSED 10.0.0.7:5432'));

  expect(error.code).toBe('Unavailable');
  expect(JSON.stringify(toErrorBody(error))).not.toContain('10.0.0.7');
});

test('details and conflicts go to the caller as they are', () => {
  const details = [{ path: 'a.b', message: 'is odd' }];
  const conflict = { kind: 'Hole', expectedSeq: 4 } as const;

  expect(toErrorBody(invalid('a.b', 'is odd')).error).toMatchObject({ code: 'InvalidArgument', details });
  expect(toErrorBody(conflictWith(conflict, 'a hole')).error).toEqual({
    code: 'Conflict',
    message: 'a hole',
    conflict,
  });
});
