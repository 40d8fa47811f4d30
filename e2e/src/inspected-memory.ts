import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';

/** The memory of a process that listens for an inspector. */
export interface InspectedMemory extends Disposable {
  /** Collects garbage and tells the resident set that is left, in MiB. */
  settledMiB(): Promise<number>;
  /** The resident set as it is, in MiB. */
  residentMiB(): Promise<number>;
}

/** What the inspector answers; the parts that are used here. */
interface Reply {
  readonly id: number;
  readonly result?: { readonly result?: { readonly value?: unknown } };
}

/** Attaches to a process that was started with `--inspect=127.0.0.1:<port>`, and waits until it listens. */
export async function inspectMemory(port: number): Promise<InspectedMemory> {
  const socket = new WebSocket(await debuggerUrl(port));
  await once(socket, 'open');
  let lastId = 0;

  async function ask(method: string, params: object = {}): Promise<Reply> {
    lastId += 1;
    const id = lastId;
    const { promise, resolve } = Promise.withResolvers<Reply>();
    socket.addEventListener('message', function take({ data }) {
      const reply = JSON.parse(String(data)) as Reply;
      if (reply.id !== id) return;
      socket.removeEventListener('message', take);
      resolve(reply);
    });
    socket.send(JSON.stringify({ id, method, params }));
    return promise;
  }

  async function residentMiB(): Promise<number> {
    const reply = await ask('Runtime.evaluate', { expression: 'process.memoryUsage.rss()' });
    return Number(reply.result?.result?.value) / 1024 / 1024;
  }

  return {
    residentMiB,
    settledMiB: async () => {
      // One pass leaves what finalizers hold; by the third nothing more goes.
      for (let pass = 0; pass < 3; pass += 1) await ask('HeapProfiler.collectGarbage');
      return residentMiB();
    },
    [Symbol.dispose]: () => socket.close(),
  };
}

async function debuggerUrl(port: number): Promise<string> {
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}/json`).catch(() => undefined);
    const [target] = answer?.ok ? ((await answer.json()) as { webSocketDebuggerUrl: string }[]) : [];
    if (target) return target.webSocketDebuggerUrl;
    await pause(50);
  }
}
