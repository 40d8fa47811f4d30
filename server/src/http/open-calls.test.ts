import { once } from 'node:events';
import { createServer, get, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { FastifyReply } from 'fastify';
import { expect, test } from 'vitest';

import { createOpenCalls, isDelivered } from './open-calls.ts';

/** Answers one request by `answer`, and tells whether the answer was delivered. */
async function exchange(answer: (response: ServerResponse) => void, isCallerGone: boolean): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<ServerResponse>();
  const server = createServer((_request, response) => {
    resolve(response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const call = get({ port, host: '127.0.0.1', agent: false });
  call.on('error', () => undefined).on('response', (response) => response.resume());

  const response = await promise;
  if (isCallerGone) {
    call.destroy();
    await once(response, 'close');
  }
  answer(response);
  const delivered = await isDelivered(response);
  server.close();
  return delivered;
}

test('an answer that left is delivered', async () => {
  expect(await exchange((response) => response.end('{}'), false)).toBe(true);
});

test('an answer to a caller who is gone is not', async () => {
  expect(await exchange((response) => response.end('{}'), true)).toBe(false);
});

test('an answer whose connection breaks on the way is not', async () => {
  const breakOff = (response: ServerResponse): void => {
    response.write('{');
    response.destroy();
  };

  expect(await exchange(breakOff, false)).toBe(false);
});

test('a caller who was gone before is not kept', async () => {
  const openCalls = createOpenCalls();
  let signal: AbortSignal | undefined;
  let listeners = 0;

  await exchange((response) => {
    const before = response.listenerCount('close');
    signal = openCalls.track({ raw: response } as FastifyReply);
    listeners = response.listenerCount('close') - before;
  }, true);

  expect(signal?.aborted).toBe(true);
  // It would wait for a close that has been, and hold the call for as long as the server runs.
  expect(listeners).toBe(0);
});
