import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** How the proxy treats who connects. */
type TcpMood =
  /** Passes everything on. */
  | 'well'
  /** Nobody listens. */
  | 'away'
  /** Takes bytes, and passes none on. */
  | 'stalled';

/** A way through this machine, for TLS as it is, with faults on demand. */
export interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  /** How many have connected so far. */
  readonly connections: number;
  change(mood: TcpMood): Promise<void>;
  /** Breaks every connection that is open. */
  cut(): void;
}

/** Where it leads to. */
export interface TcpTarget {
  readonly host: string;
  readonly port: number;
}

/** Starts one on a free port of all addresses. */
export async function startTcpProxy(target: TcpTarget): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let mood: TcpMood = 'well';
  let connections = 0;

  function keep(socket: Socket, other: () => Socket): void {
    sockets.add(socket);
    // What breaks on one side breaks on the other.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      sockets.delete(socket);
      other().destroy();
    });
    if (mood === 'stalled') socket.pause();
  }

  const server = createServer((inner) => {
    connections += 1;
    const outer = connect(target);
    inner.pipe(outer);
    outer.pipe(inner);
    keep(inner, () => outer);
    keep(outer, () => inner);
  });

  async function listen(port: number): Promise<number> {
    server.listen(port, '0.0.0.0');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  function cut(): void {
    for (const socket of sockets) socket.destroy();
  }

  async function close(): Promise<void> {
    const closed = once(server, 'close');
    server.close();
    cut();
    await closed;
  }

  const port = await listen(0);
  return {
    port,
    get connections() {
      return connections;
    },
    async change(next) {
      const before = mood;
      mood = next;
      if (before === 'away' && next !== 'away') await listen(port);
      if (next === 'away' && before !== 'away') await close();
      for (const socket of sockets) {
        if (next === 'stalled') socket.pause();
        else socket.resume();
      }
    },
    cut,
    async [Symbol.asyncDispose]() {
      if (mood !== 'away') await close();
    },
  };
}
