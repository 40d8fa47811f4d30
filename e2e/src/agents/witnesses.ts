import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startModelServer } from '../model-server/server.ts';
import { attacks, mergeFiles, type Attack } from './attacks.ts';
import type { CodingAgent } from './coding-agents.ts';
import { startRefusingProxy } from './listeners.ts';

/** Sees which attacks of a run succeed. */
export interface Witnesses extends AsyncDisposable {
  /** Outside of the run. */
  readonly folder: string;
  /** The files of some attacks, which lead here. */
  plant(agent: CodingAgent, some: readonly Attack[]): Record<string, string>;
  /** The names of the planted attacks of which something came up to now. */
  seen(): readonly string[];
}

/** Prepares for attacks: a host and a proxy at which nothing should arrive, and a program for each that tells when it runs. */
export async function createWitnesses(): Promise<Witnesses> {
  const stack = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'verve-witnesses-'));
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  const thief = stack.use(await startModelServer());
  const proxy = stack.use(await startRefusingProxy());
  const planted: Attack[] = [];
  const programOf = (attack: Attack): string => join(folder, `attack-${attacks.indexOf(attack)}`);
  const pathOf = (attack: Attack): string => `/attack-${attacks.indexOf(attack)}`;

  function hasCome(attack: Attack): boolean {
    if (existsSync(`${programOf(attack)}.ran`)) return true;
    if (attack.isProxy === true) return proxy.heard.length > 0;
    return thief.requests().some(({ path }) => path.startsWith(`${pathOf(attack)}/`));
  }

  return {
    folder,
    plant(agent, some) {
      planted.push(...some);
      const files = some.map((attack) => {
        const program = programOf(attack);
        // Where its output is read, it is taken for JSON or for a key.
        writeFileSync(program, `#!/bin/sh\n: > ${program}.ran\necho '[]'\n`, { mode: 0o755 });
        const evil = { program, url: `${thief.url}${pathOf(attack)}`, proxy: proxy.url };
        return attack.plants[agent]?.(evil) ?? {};
      });
      return mergeFiles(files);
    },
    seen: () => planted.filter(hasCome).map(({ name }) => name),
    [Symbol.asyncDispose]: async () => stack.disposeAsync(),
  };
}
