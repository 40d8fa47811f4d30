import { freshDatabase } from '../database.ts';
import { forwardPort } from '../kubernetes/port-forward.ts';
import { startTcpProxy } from '../kubernetes/tcp-proxy.ts';
import { hostAddress } from '../kubernetes/world.ts';
import { adminKey, eitherServer, makeWorkerKey, type EitherServer } from '../replicas.ts';
import { install, serverValues, type Place } from './place.ts';

/** A server that was installed, as this machine reaches it. */
export interface RunningServer extends AsyncDisposable {
  /** Asks again while no process answers. */
  readonly ask: EitherServer['ask'];
  /** What it was installed with. */
  readonly values: object;
}

/** Installs a server on a Postgres of this machine, with so many replicas, and gives the worker's namespace a key. */
export async function startServer(place: Place, replicas: number): Promise<RunningServer> {
  await using building = new AsyncDisposableStack();
  const database = building.use(await freshDatabase());
  const url = new URL(database.url);
  const way = building.use(await startTcpProxy({ host: url.hostname, port: Number(url.port) }));
  Object.assign(url, { hostname: hostAddress(), port: String(way.port) });
  const values = {
    ...serverValues,
    replicas,
    adminKey: { value: adminKey },
    postgres: { url: url.href },
  };
  await install(place.forServer, 'verve-server', values);
  const forward = building.use(await forwardPort(place.forServer, 'verve-server', 8_080));
  const stop = new AbortController();
  building.defer(() => stop.abort());
  const caller = eitherServer([forward.url], { key: adminKey }, stop.signal);
  await place.giveSecrets(await makeWorkerKey(caller));
  const built = building.move();
  return { ask: caller.ask.bind(caller), values, [Symbol.asyncDispose]: async () => built.disposeAsync() };
}
