import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A way to Postgres that counts what passes. */
export interface StatementCounter extends AsyncDisposable {
  /** The database's URL, through here. */
  readonly url: string;
  /** Statements so far: simple queries, and executions of the extended protocol. */
  readonly statements: number;
}

/**
 * Stands between a server and its Postgres and counts statements by the frontend's messages: after the first, each has
 * a letter and a length (postgresql.org/docs/current/protocol-message-formats.html).
 */
export async function countStatements(databaseUrl: string): Promise<StatementCounter> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let statements = 0;

  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    const count = messageReader((letter) => {
      if (letter === 'Q' || letter === 'E') statements += 1;
    });
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => sockets.delete(from));
      from.pipe(to);
    }
    client.on('data', count);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  return {
    url: Object.assign(new URL(databaseUrl), { host: `127.0.0.1:${port}` }).href,
    get statements() {
      return statements;
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Tells the letter of each message of one connection, but for the first, which has none. */
function messageReader(onMessage: (letter: string) => void): (data: Buffer) => void {
  let buffered: Buffer = Buffer.alloc(0);
  let letterBytes = 0;
  return (data) => {
    buffered = Buffer.concat([buffered, data]);
    while (buffered.length >= letterBytes + 4) {
      const length = letterBytes + buffered.readInt32BE(letterBytes);
      if (buffered.length < length) return;
      if (letterBytes === 1) onMessage(String.fromCharCode(buffered[0] ?? 0));
      letterBytes = 1;
      buffered = buffered.subarray(length);
    }
  };
}
