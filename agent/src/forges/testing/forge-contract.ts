import { writeFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { addPull } from '../../testing/fake-forge.ts';
import { describeAdditions } from './additions-contract.ts';
import type { ForgeWorld } from './forge-world.ts';
import { startPublishing } from './publishing.ts';
import { describeTrouble } from './trouble-contract.ts';

/** What every forge that opens pull requests does. */
export function describeForge(world: ForgeWorld): void {
  describe(`a pull request at ${world.title}`, () => {
    describeOpening(world);
    describeRepeating(world);
    describeSettled(world);
  });
  describeAdditions(world);
  describeTrouble(world);
}

function describeOpening(world: ForgeWorld): void {
  test('is opened with title, text and a footer that names the task', async () => {
    await using publishing = await startPublishing(world);
    const { fake } = publishing;
    const coAuthor = { name: 'Ada', email: 'ada@example.org' };

    const outcome = await publishing.publish({ coAuthor }, { summary: 'I said hello.' });

    const { branch, taskId } = publishing.spec;
    expect(outcome).toMatchObject({
      status: 'completed',
      reason: 'PullRequestOpened',
      branch,
      commit: 'c'.repeat(40),
      pullRequestUrl: world.pullUrl(1),
    });
    expect(fake.pulls).toMatchObject([
      { title: 'Say hello', branch, base: 'main', state: 'open', isDraft: false },
    ]);
    expect(fake.pulls[0]?.body).toBe(
      `I said hello.\n\n---\nVerve task \`${taskId}\`, attempt 1, agent \`demo\`. ` +
        'Author: `Verve <noreply@verve.dev>`; co-author: `Ada <ada@example.org>`.',
    );
  });

  test('lists the commits of an agent that said nothing', async () => {
    await using publishing = await startPublishing(world);

    await publishing.publish();

    expect(publishing.fake.pulls[0]?.body).toMatch(/^- Say hello\n\n---/);
  });

  test('is a draft where the settings say so, with the title of their pattern', async () => {
    await using publishing = await startPublishing(world);
    const { forge } = publishing.spec;
    const pullRequest = { draft: true, title: '[{agent}] {title} ({task})', ...noAdditions };

    await publishing.publish({ forge: { ...forge, pullRequest } });

    const [pull] = publishing.fake.pulls;
    expect(pull?.isDraft).toBe(true);
    expect(pull?.title).toContain(`[demo] Say hello (${publishing.spec.taskId})`);
  });

  test('has a title of one line and at most 255 characters', async () => {
    await using publishing = await startPublishing(world);
    const { forge } = publishing.spec;
    const pullRequest = { draft: true, ...noAdditions };

    await publishing.publish({ title: `One\n${'x'.repeat(400)}`, forge: { ...forge, pullRequest } });

    expect(publishing.fake.pulls[0]?.title).toMatch(/One x+ …$/);
    expect(publishing.fake.pulls[0]?.title).toHaveLength(255);
  });

  test('links the issues of the repository that the description names', async () => {
    await using publishing = await startPublishing(world);
    const page = world.repository.replace(/\.git$/, '');

    await publishing.publish({ description: `Fixes #12, see ${page}/issues/3 and other/place#4.` });

    expect(publishing.fake.pulls[0]?.body).toMatch(/^- Say hello\n\nCloses #12\nRefs #3\n\n---\n/);
  });
}

function describeRepeating(world: ForgeWorld): void {
  test('is one, though it is published twice', async () => {
    await using publishing = await startPublishing(world);

    const first = await publishing.publish();

    expect(await publishing.publish()).toEqual(first);
    expect(publishing.fake.pulls).toHaveLength(1);
  });

  test('has the words of the newest attempt, and is at its commit', async () => {
    await using publishing = await startPublishing(world);
    await publishing.publish({}, { summary: 'First.' });

    await publishing.publish({ attempt: 2 }, { summary: 'Second.', commit: 'd'.repeat(40) });

    expect(publishing.fake.pulls).toHaveLength(1);
    expect(publishing.fake.pulls[0]?.body).toMatch(/^Second\.\n\n---\n.*attempt 2/);
  });

  test('keeps the words that a person wrote into it, and another base', async () => {
    await using publishing = await startPublishing(world);
    const { fake } = publishing;
    await publishing.publish();
    Object.assign(fake.pulls[0] ?? {}, { body: 'Rewritten by hand', base: 'release' });

    const outcome = await publishing.publish({ attempt: 2 });

    expect(outcome).toMatchObject({ pullRequestUrl: world.pullUrl(1) });
    expect(fake.pulls).toMatchObject([{ body: 'Rewritten by hand', base: 'release' }]);
  });

  test('that cannot be rewritten stays as it is, and the log says so', async () => {
    await using publishing = await startPublishing(world);
    const { fake } = publishing;
    await publishing.publish({}, { summary: 'First.' });
    fake.intercept = (call) =>
      world.isRewriting(call) ? { status: 403, body: { message: 'Not so' } } : undefined;

    const outcome = await publishing.publish({ attempt: 2 }, { summary: 'Second.' });

    expect(outcome).toMatchObject({ reason: 'PullRequestOpened' });
    expect(fake.pulls[0]?.body).toMatch(/^First\./);
    expect(publishing.told).toContain('the pull request keeps its old text: Not so\n');
  });

  test('that another call opened first is found', async () => {
    await using publishing = await startPublishing(world);
    const { fake, spec } = publishing;
    fake.intercept = (call) => {
      if (world.isOpening(call)) addPull(fake, { title: '', body: '', branch: spec.branch, base: 'main' });
      return undefined;
    };

    expect(await publishing.publish()).toMatchObject({ pullRequestUrl: world.pullUrl(1) });
    expect(fake.pulls).toHaveLength(1);
  });

  test('whose answer was lost is found', async () => {
    await using publishing = await startPublishing(world);
    const { fake, spec } = publishing;
    fake.intercept = (call) => {
      if (!world.isOpening(call) || fake.pulls.length > 0) return undefined;
      addPull(fake, { title: '', body: '', branch: spec.branch, base: 'main' });
      return 'drop';
    };

    expect(await publishing.publish()).toMatchObject({ pullRequestUrl: world.pullUrl(1) });
    expect(fake.pulls).toHaveLength(1);
  });

  test('is opened with the token as it is at each call', async () => {
    await using publishing = await startPublishing(world);
    await publishing.publish();
    writeFileSync(publishing.tokenFile, 'second-token');

    await publishing.publish();

    const used = new Set(publishing.fake.calls.map(world.token));
    expect([...used]).toEqual(['first-token', 'second-token']);
  });
}

function describeSettled(world: ForgeWorld): void {
  test('that a person closed is not opened again, and there is no second one', async () => {
    await using publishing = await startPublishing(world);
    const { fake } = publishing;
    await publishing.publish();
    Object.assign(fake.pulls[0] ?? {}, { state: 'closed' });

    const outcome = await publishing.publish({ attempt: 2 });

    expect(outcome).toMatchObject({ status: 'failed', reason: 'PullRequestFailed' });
    expect(outcome.message).toContain(`the pull request ${world.pullUrl(1)} was closed without being merged`);
    expect(fake.pulls).toHaveLength(1);
  });

  test('that was merged stands for what was merged, and newer work gets another', async () => {
    await using publishing = await startPublishing(world);
    const { fake } = publishing;
    await publishing.publish();
    Object.assign(fake.pulls[0] ?? {}, { state: 'merged', mergedAt: 'c'.repeat(40) });

    const same = await publishing.publish();
    const newer = await publishing.publish({ attempt: 2 }, { commit: 'd'.repeat(40) });

    expect(same).toMatchObject({ reason: 'PullRequestOpened', pullRequestUrl: world.pullUrl(1) });
    expect(newer).toMatchObject({ reason: 'PullRequestOpened', pullRequestUrl: world.pullUrl(2) });
    expect(fake.pulls.map(({ state }) => state)).toEqual(['merged', 'open']);
  });

  test('of a fork with a branch of the same name is another one', async () => {
    await using publishing = await startPublishing(world);
    const { fake, spec } = publishing;
    const fork = 'somebody/app';
    addPull(fake, { title: '', body: '', branch: spec.branch, base: 'main', state: 'closed', fork });

    expect(await publishing.publish()).toMatchObject({ pullRequestUrl: world.pullUrl(2) });
  });
}

const noAdditions = { labels: [], reviewers: [], assignees: [] };
