import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';

import Fastify from 'fastify';
import { expect, it } from 'vitest';

import { endUnusedConnections } from './unused-connections.ts';

it('ends connections that have sent nothing when the server stops', async () => {
  const app = Fastify();
  endUnusedConnections(app);
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;
  const socket = connect(port, '127.0.0.1');
  await Promise.all([once(socket, 'connect'), once(app.server, 'connection')]);
  const closed = once(socket, 'close');

  await app.close();

  await closed;
  expect(socket.bytesRead).toBe(0);
});

it('lets a call that runs come to its end', async () => {
  const app = Fastify();
  endUnusedConnections(app);
  const arrived = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<string>();
  app.get('/', () => {
    arrived.resolve();
    return answer.promise;
  });
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  const response = fetch(url);
  await arrived.promise;

  const closed = app.close();
  answer.resolve('done');

  expect(await (await response).text()).toBe('done');
  await closed;
});
