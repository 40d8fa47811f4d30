import type { RunSpec } from '@verve/contract';
import { describe, expect, test } from 'vitest';

import type { ForgeWorld } from './forge-world.ts';
import { startPublishing, type Publishing } from './publishing.ts';

/** Labels and people of a pull request. */
export function describeAdditions(world: ForgeWorld): void {
  describe(`labels and people at ${world.title}`, () => {
    test('are those of the settings', async () => {
      await using publishing = await startPublishing(world);

      await publishing.publish({ forge: having(publishing, ['verve', 'robot'], ['ada', 'bob']) });

      expect(publishing.fake.pulls).toMatchObject([
        { labels: ['verve', 'robot'], reviewers: ['ada', 'bob'], assignees: ['ada', 'bob'] },
      ]);
      expect(publishing.told).toEqual([]);
    });

    test('stay as a person made them, and what is missing comes back with the next attempt', async () => {
      await using publishing = await startPublishing(world);
      const { fake } = publishing;
      const forge = having(publishing, ['verve'], ['ada']);
      await publishing.publish({ forge });
      Object.assign(fake.pulls[0] ?? {}, { labels: ['robot'], reviewers: ['bob'], assignees: ['bob'] });

      await publishing.publish({ attempt: 2 });

      expect(fake.pulls).toMatchObject([
        { labels: ['robot', 'verve'], reviewers: ['bob', 'ada'], assignees: ['bob', 'ada'] },
      ]);
    });

    test('that the forge does not take are told, and the others are there', async () => {
      await using publishing = await startPublishing(world);

      const outcome = await publishing.publish({
        forge: having(publishing, ['verve'], ['ghost', 'ada', 'verve']),
      });

      expect(outcome).toMatchObject({ status: 'completed', reason: 'PullRequestOpened' });
      expect(publishing.fake.pulls).toMatchObject([
        { labels: ['verve'], reviewers: ['ada'], assignees: ['ada'] },
      ]);
      const told = publishing.told.join('');
      for (const words of world.leftOut) expect(told).toContain(words);
    });

    test('do not fail the task though the forge takes none', async () => {
      await using publishing = await startPublishing(world);
      const { fake } = publishing;
      fake.intercept = ({ method }) =>
        fake.pulls.length > 0 && method !== 'GET' ? { status: 403, body: { message: 'Not so' } } : undefined;

      const outcome = await publishing.publish({ forge: having(publishing, ['verve'], ['ada']) });

      expect(outcome).toMatchObject({ status: 'completed', reason: 'PullRequestOpened' });
      expect(publishing.told).toEqual([
        'the pull request is without the label "verve": Not so\n',
        'the pull request is without the reviewer "ada": Not so\n',
        'the pull request is without the assignee "ada": Not so\n',
      ]);
    });
  });
}

function having(
  { spec }: Publishing,
  labels: readonly string[],
  people: readonly string[],
): RunSpec['forge'] {
  const pullRequest = {
    draft: false,
    labels: [...labels],
    reviewers: [...people],
    assignees: people.filter((name) => name !== 'verve'),
  };
  return { ...spec.forge, pullRequest };
}
