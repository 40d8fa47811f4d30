import { setTimeout as pause } from 'node:timers/promises';

import { describe, expect, test } from 'vitest';

import { neighbourPort, reach, startNeighbours, type Reached } from './neighbour.ts';
import type { RunNetwork } from './run-network.ts';
import { scenario } from './scenario.ts';
import { hostAddress, runNameOf, type ClusterWorld } from './world.ts';

const publicName = 'registry.npmjs.org';
const allow = [
  {
    to: [{ podSelector: { matchLabels: { neighbour: 'listed' } } }],
    ports: [{ protocol: 'TCP', port: neighbourPort }],
  },
] as const;

/** Pods, and this machine, which has the names in some clusters; without a cluster, nobody. */
const dns = {
  to: [
    { namespaceSelector: {} },
    { ipBlock: { cidr: `${process.env['VERVE_TEST_HOST'] ?? '192.0.2.1'}/32` } },
  ],
};

const runPort = 9_000;
/** A script of an agent. */
const listenUntilToldTo = `
/verve/bin/node -e "
  require('net').createServer((one) => one.end()).listen(${runPort}, () => require('fs').writeFileSync('$HOME/up', ''));
" &
until [ -e "$HOME/go" ]; do sleep 0.2; done
kill $!`;

/** What a run and a pod that no policy holds found, by what they tried. */
interface Found {
  readonly byRun: Reached;
  readonly byOther: Reached;
  /** From a pod that is no run, and from the run itself. */
  readonly intoRun: { readonly byOther: string | undefined; readonly byRun: string | undefined };
  readonly targets: Targets;
}

interface Targets {
  readonly forge: string;
  readonly listed: string;
  readonly dns: string;
  readonly public: string;
  /** Which answer whoever may reach them. */
  readonly shut: readonly string[];
  /** Where nobody may be. */
  readonly shutAndEmpty: readonly string[];
}

async function findOut(world: ClusterWorld): Promise<Found> {
  const { kubectl } = world;
  const [listed = '', unlisted = ''] = await startNeighbours(kubectl, 'listed', 'unlisted');
  const targets = await targetsOf(world, listed, unlisted);
  const { shut, shutAndEmpty, ...may } = targets;
  const all = [...Object.values(may), publicName, ...shut, ...shutAndEmpty];
  const task = await world.give(await world.makeRepository(), listenUntilToldTo);
  const run = [`job/${runNameOf(task)}`, '--container=agent'];
  const target = `${await addressOf(world, run)}:${runPort}`;

  const byRun = await reach(kubectl, run, [...all, target]);
  const byOther = await reach(kubectl, ['pod/unlisted'], [targets.public, ...shut, target]);
  await kubectl.run(['exec', ...run, '--', 'touch', '/tmp/home/go']);
  expect(await world.ended(task.id)).toMatchObject({ status: 'completed' });
  return { byRun, byOther, intoRun: { byOther: byOther[target], byRun: byRun[target] }, targets };
}

async function targetsOf({ kubectl, proxy, server }: ClusterWorld, ...pods: string[]): Promise<Targets> {
  const [listed, unlisted] = pods.map((pod) => `${pod}:${neighbourPort}`) as [string, string];
  const host = hostAddress();
  const inDefault = ['--namespace=default', 'kubernetes'];
  const service = await kubectl.get<{ spec: { clusterIP: string } }>('service', ...inDefault);
  const { subsets } = await kubectl.get<{
    subsets: { addresses: { ip: string }[]; ports: { port: number }[] }[];
  }>('endpoints', ...inDefault);
  const apiServer = `${subsets[0]?.addresses[0]?.ip}:${subsets[0]?.ports[0]?.port}`;
  return {
    forge: `${host}:${new URL(proxy.url).port}`,
    listed,
    dns: `${host}:53`,
    public: `${publicName}:443`,
    shut: [unlisted, `${service.spec.clusterIP}:443`, apiServer, `${host}:${new URL(server.url).port}`],
    shutAndEmpty: ['169.254.169.254:80', '100.100.100.200:80', '172.16.0.1:80', '192.168.0.1:80'],
  };
}

/** Resolves when the agent's script listens. */
async function addressOf({ kubectl }: ClusterWorld, run: readonly string[]): Promise<string> {
  for (;;) {
    const asked = kubectl.run(['exec', ...run, '--', 'sh', '-c', 'cat /tmp/home/up && hostname -i']);
    const address = await asked.catch(() => undefined);
    if (address !== undefined) return address.trim();
    await pause(500);
  }
}

describe.each(['public', 'listed'] as const)('a network that is %s', (mode) => {
  const network: RunNetwork = { mode, allow, ...(mode === 'listed' && { dns }) };

  scenario(`the network of a run, ${mode}`, { network }, (here) => {
    let started: Promise<Found> | undefined;
    const found = async (): Promise<Found> => (started ??= findOut(here()));

    test('a run reaches DNS, the forge and what is listed', async () => {
      const { byRun, targets } = await found();

      expect(byRun).toMatchObject({
        [targets.forge]: 'connected',
        [targets.listed]: 'connected',
        [targets.dns]: 'connected',
        [publicName]: 'found',
      });
    });

    test('it reaches no other pod, no API server, not the server of Verve and nothing private', async () => {
      const { byRun, byOther, targets } = await found();

      for (const target of targets.shut) {
        expect(byOther).toMatchObject({ [target]: 'connected' });
        expect(byRun).not.toMatchObject({ [target]: 'connected' });
      }
      for (const target of targets.shutAndEmpty) expect(byRun).not.toMatchObject({ [target]: 'connected' });
    });

    test(`a public address is ${mode === 'public' ? 'reached' : 'not reached'}`, async (context) => {
      const { byRun, byOther, targets } = await found();
      if (byOther[targets.public] !== 'connected') context.skip(`${targets.public} is not reached from here`);

      if (mode === 'public') expect(byRun).toMatchObject({ [targets.public]: 'connected' });
      else expect(byRun).not.toMatchObject({ [targets.public]: 'connected' });
    });

    test('nobody reaches a run', async () => {
      const { intoRun } = await found();

      expect(intoRun.byRun).toBe('connected');
      expect(intoRun.byOther).not.toBe('connected');
    });
  });
});
