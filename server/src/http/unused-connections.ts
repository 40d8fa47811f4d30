import type { Socket } from 'node:net';

import type { FastifyInstance } from 'fastify';

/**
 * Ends connections on which no request has come yet when the server stops. Browsers and HTTP clients open some in
 * advance; Node does not count them as idle, so each would hold up the stop until it times out.
 */
export function endUnusedConnections(app: FastifyInstance): void {
  const unused = new Set<Socket>();
  let isStopping = false;

  app.server.on('connection', (socket) => {
    unused.add(socket);
    socket.once('close', () => unused.delete(socket));
    if (isStopping) socket.destroy();
  });
  app.server.on('request', ({ socket }) => unused.delete(socket));
  app.addHook('preClose', async () => {
    isStopping = true;
    for (const socket of unused) socket.destroy();
  });
}
