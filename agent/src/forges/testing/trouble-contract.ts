import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { startConnectProxy } from '../../testing/connect-proxy.ts';
import type { ForgeWorld } from './forge-world.ts';
import { startPublishing } from './publishing.ts';

/** Refusals, limits, absence, and what stands between a run and its forge. */
export function describeTrouble(world: ForgeWorld): void {
  describe(`trouble at ${world.title}`, () => {
    describeRefusals(world);
    describeWaiting(world);
    describeWay(world);
  });
}

function describeRefusals(world: ForgeWorld): void {
  test.each(world.refusals)('$cause is told with what to change where', async ({ arrange, says }) => {
    await using publishing = await startPublishing(world);
    arrange(publishing.fake);

    const outcome = await publishing.publish({}, { forMs: 0 });

    const { branch } = publishing.spec;
    expect(outcome).toMatchObject({ status: 'failed', reason: 'PullRequestFailed', branch });
    expect(outcome.message).toContain(says);
    expect(outcome.message).toContain(`pushed to ${branch}, but there is no pull request`);
    expect(outcome.message).not.toContain('first-token');
    expect(publishing.fake.pulls).toEqual([]);
  });

  test('a token file that is not there is named', async () => {
    await using publishing = await startPublishing(world);
    publishing.access = { forgeTokenFile: '/no/such/token' };

    const outcome = await publishing.publish();

    expect(outcome).toMatchObject({ reason: 'PullRequestFailed' });
    expect(outcome.message).toContain('/no/such/token');
  });
}

function describeWaiting(world: ForgeWorld): void {
  test('a limit is waited out', async () => {
    await using publishing = await startPublishing(world);
    let times = 0;
    publishing.fake.intercept = () => (++times === 2 ? world.limit(1) : undefined);

    expect(await publishing.publish()).toMatchObject({ reason: 'PullRequestOpened' });
    expect(publishing.told.join('')).toMatch(/takes no more calls for now: .*; waiting until 2\d{3}-/);
  });

  test('a limit that lasts longer than publish may is told with its end', async () => {
    await using publishing = await startPublishing(world);
    publishing.fake.intercept = () => world.limit(3_600);

    const outcome = await publishing.publish({}, { forMs: 60_000 });

    expect(outcome).toMatchObject({ reason: 'PullRequestFailed' });
    expect(outcome.message).toMatch(/takes no more calls for now: .*It will from 2\S+Z on; retry/);
  });

  test.each([{ answer: { status: 503, body: { message: 'Away' } } }, { answer: 'drop' }] as const)(
    'a forge that is away is waited for, for a while ($answer)',
    async ({ answer }) => {
      await using publishing = await startPublishing(world);
      let times = 0;
      publishing.fake.intercept = () => (++times <= 3 ? answer : undefined);

      const back = await publishing.publish();
      publishing.fake.intercept = () => answer;
      const away = await publishing.publish({ attempt: 2 }, { forMs: 0 });

      expect(back).toMatchObject({ reason: 'PullRequestOpened' });
      expect(away).toMatchObject({ reason: 'PullRequestFailed' });
      expect(away.message).toContain('stayed away');
    },
  );
}

function describeWay(world: ForgeWorld): void {
  test('an authority of the configuration is trusted, and the proxy is taken', async () => {
    await using publishing = await startPublishing(world, true);
    await using proxy = await startConnectProxy();
    const caFile = join(publishing.folder, 'authority.pem');
    publishing.access = { caFile, proxy: proxy.url };

    const outcome = await publishing.publish();

    expect(outcome).toMatchObject({ reason: 'PullRequestOpened' });
    expect(new Set(proxy.targets)).toEqual(new Set([new URL(publishing.fake.apiUrl).host]));
  });

  test('a proxy of the environment is taken, but not for hosts that are excepted', async () => {
    await using publishing = await startPublishing(world, true);
    await using proxy = await startConnectProxy();
    publishing.access = { caFile: join(publishing.folder, 'authority.pem') };
    publishing.environment = { https_proxy: proxy.url };

    await publishing.publish();
    const through = proxy.targets.length;
    publishing.environment = { https_proxy: proxy.url, no_proxy: 'localhost' };
    await publishing.publish();

    expect(through).toBeGreaterThan(0);
    expect(proxy.targets).toHaveLength(through);
  });

  test('an authority that nobody named is not trusted', async () => {
    await using publishing = await startPublishing(world, true);

    const outcome = await publishing.publish();

    expect(outcome).toMatchObject({ reason: 'PullRequestFailed' });
    expect(outcome.message).toContain('network.caFile');
    expect(publishing.fake.calls).toEqual([]);
  });
}
