import { expect, test } from 'vitest';

import { startFakeGitea } from '../testing/fake-gitea.ts';
import { startPublishing } from './testing/publishing.ts';

test('without a forge the pushed branch is the result, and nothing is called', async () => {
  await using publishing = await startPublishing({
    kind: 'none',
    repository: 'https://forge.example/acme/app.git',
    start: startFakeGitea,
  });

  const outcome = await publishing.publish();

  const { branch } = publishing.spec;
  expect(outcome).toMatchObject({
    status: 'completed',
    reason: 'BranchPushed',
    branch,
    commit: 'c'.repeat(40),
  });
  expect(await publishing.publish()).toEqual(outcome);
  expect(publishing.fake.calls).toEqual([]);
});
