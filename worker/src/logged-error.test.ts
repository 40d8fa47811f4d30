import { ApiException } from '@kubernetes/client-node';
import { expect, test } from 'vitest';

import { loggedError } from './logged-error.ts';

test('an answer of the API server is logged in its own words, without body and headers', () => {
  const body = JSON.stringify({ kind: 'Status', message: 'pods is forbidden', reason: 'Forbidden' });
  const error = new ApiException(403, 'Forbidden', body, { 'audit-id': 'x' });

  const logged = JSON.stringify(loggedError(error));

  expect(logged).toContain('the API server refused with 403: pods is forbidden');
  expect(logged).toContain('logged-error.test.ts');
  expect(logged).not.toMatch(/audit-id|Status/);
});

test('other errors are logged as they are', () => {
  expect(loggedError(new Error('a full disk', { cause: new Error('why') }))).toMatchObject({
    message: expect.stringContaining('a full disk') as string,
  });
  expect(loggedError('words')).toBe('words');
});
