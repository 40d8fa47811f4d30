import { z } from 'zod';

import type { Addition } from '../pull-request-additions.ts';
import type { AtGitea } from './at-gitea.ts';

const labelled = z.array(z.object({ name: z.string() }));
const assigned = z.object({ assignees: z.array(z.object({ login: z.string() })).nullish() });

/** Labels that the repository or its organization has, reviewers, of whom `org/team` is a team, and assignees. */
export function additionsOf({ ask, path, work }: AtGitea, number: number): readonly Addition[] {
  const { labels = [], reviewers = [], assignees = [] } = work.spec.forge.pullRequest ?? {};
  const pull = `${path}/pulls/${number}`;
  return [
    {
      kind: 'label',
      names: labels,
      add: async (names) => {
        const answer = await ask('POST', `${path}/issues/${number}/labels`, { labels: names });
        return labelled.parse(answer).map(({ name }) => name);
      },
    },
    {
      kind: 'reviewer',
      names: reviewers,
      add: async (names) => {
        await ask('POST', `${pull}/requested_reviewers`, {
          reviewers: names.filter((name) => !name.includes('/')),
          team_reviewers: names.filter((name) => name.includes('/')).map((name) => name.split('/')[1]),
        });
        // Gitea takes all of them or refuses.
        return names;
      },
    },
    {
      kind: 'assignee',
      names: assignees,
      add: async (names) => {
        // What is sent takes the place of what is there.
        const there = assigneesIn(await ask('GET', pull));
        return assigneesIn(await ask('PATCH', pull, { assignees: [...new Set([...there, ...names])] }));
      },
    },
  ];
}

function assigneesIn(answer: unknown): readonly string[] {
  return (assigned.parse(answer).assignees ?? []).map(({ login }) => login);
}
