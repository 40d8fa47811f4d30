import { z } from 'zod';

import type { Addition } from '../pull-request-additions.ts';
import type { AtGitLab } from './client.ts';

const people = z.array(z.object({ id: z.int(), username: z.string() }));
const mergeRequest = z.object({ labels: z.array(z.string()), reviewers: people, assignees: people });
type MergeRequest = z.infer<typeof mergeRequest>;

const why =
  'GitLab knows no such user, the user may not see the project, or the edition takes one user alone here';

/** Labels, which GitLab makes where they are missing, reviewers and assignees, whom GitLab takes by their numbers. */
export function additionsOf({ client, path, work }: AtGitLab, number: number): readonly Addition[] {
  const { labels = [], reviewers = [], assignees = [] } = work.spec.forge.pullRequest ?? {};
  const { mergeRequests, users } = client;

  async function numbersOf(there: MergeRequest['reviewers'], names: readonly string[]): Promise<number[]> {
    const found = await Promise.all(names.map(async (username) => users.all({ username })));
    // What is sent takes the place of what is there.
    return [...new Set([...there, ...people.parse(found.flat())].map(({ id }) => id))];
  }

  async function show(): Promise<MergeRequest> {
    return mergeRequest.parse(await mergeRequests.show(path, number));
  }

  async function edit(change: Parameters<typeof mergeRequests.edit>[2]): Promise<MergeRequest> {
    return mergeRequest.parse(await mergeRequests.edit(path, number, change));
  }

  return [
    {
      kind: 'label',
      names: labels,
      add: async (names) => (await edit({ addLabels: names.join(',') })).labels,
    },
    {
      kind: 'reviewer',
      names: reviewers,
      why,
      add: async (names) => {
        const reviewerIds = await numbersOf((await show()).reviewers, names);
        return (await edit({ reviewerIds })).reviewers.map(({ username }) => username);
      },
    },
    {
      kind: 'assignee',
      names: assignees,
      why,
      add: async (names) => {
        const assigneeIds = await numbersOf((await show()).assignees, names);
        return (await edit({ assigneeIds })).assignees.map(({ username }) => username);
      },
    },
  ];
}
