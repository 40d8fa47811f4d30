import { ApiException } from '@kubernetes/client-node';
import { expect, test } from 'vitest';

import { isPassing, patiently } from './patiently.ts';

const socket = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
const refused = (code: number): Error => new ApiException(code, '', '{}', {});

test.each([
  ['a connection that is refused', new TypeError('fetch failed', { cause: socket }), true],
  ['a socket that breaks', socket, true],
  ['a call that took too long', new DOMException('too long', 'TimeoutError'), true],
  ['trouble of the API server', refused(503), true],
  ['too many requests', refused(429), true],
  ['a missing right', refused(403), false],
  ['an object that is not there', refused(404), false],
  ['a fault of ours', new TypeError('x is not a function'), false],
])('whether %s passes', (_what, error, isExpected) => {
  expect(isPassing(error)).toBe(isExpected);
});

test('a call is made until it is answered, and not after the signal', async () => {
  const stop = new AbortController();
  let calls = 0;
  const call = async (): Promise<number> => {
    calls++;
    if (calls < 2) throw socket;
    return calls;
  };

  expect(await patiently(call, stop.signal)).toBe(2);
  stop.abort();
  expect(await patiently(call, stop.signal)).toBeUndefined();
  await expect(
    patiently(async () => Promise.reject(refused(403)), new AbortController().signal),
  ).rejects.toThrow('403');
});
