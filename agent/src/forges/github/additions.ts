import { z } from 'zod';

import type { Addition } from '../pull-request-additions.ts';
import type { AtGitHub } from './client.ts';

const labelled = z.array(z.object({ name: z.string() }));
const assigned = z.object({ assignees: z.array(z.object({ login: z.string() })).nullish() });
const asked = z.object({
  requested_reviewers: z.array(z.object({ login: z.string() })).nullish(),
  requested_teams: z.array(z.object({ slug: z.string() })).nullish(),
});

/** Labels, which GitHub makes where they are missing, reviewers, of whom `org/team` is a team, and assignees. */
export function additionsOf(
  { client, path, work }: Pick<AtGitHub, 'client' | 'path' | 'work'>,
  number: number,
): readonly Addition[] {
  const { labels = [], reviewers = [], assignees = [] } = work.spec.forge.pullRequest ?? {};
  const issue = { ...path, issue_number: number };
  return [
    {
      kind: 'label',
      names: labels,
      add: async (names) => {
        const call = { ...issue, labels: [...names] };
        const { data } = await client('POST /repos/{owner}/{repo}/issues/{issue_number}/labels', call);
        return labelled.parse(data).map(({ name }) => name);
      },
    },
    {
      kind: 'reviewer',
      names: reviewers,
      add: async (names) => {
        const { data } = await client('POST /repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers', {
          ...path,
          pull_number: number,
          reviewers: names.filter((name) => !name.includes('/')),
          team_reviewers: names.filter((name) => name.includes('/')).map(slugOf),
        });
        return reviewersIn(asked.parse(data), names);
      },
    },
    {
      kind: 'assignee',
      names: assignees,
      add: async (names) => {
        const call = { ...issue, assignees: [...names] };
        const { data } = await client('POST /repos/{owner}/{repo}/issues/{issue_number}/assignees', call);
        return (assigned.parse(data).assignees ?? []).map(({ login }) => login);
      },
    },
  ];
}

function slugOf(team: string): string {
  return team.slice(team.indexOf('/') + 1);
}

/** People by their logins; a team, which GitHub names by its slug alone, as it was asked for. */
function reviewersIn(
  { requested_reviewers: people, requested_teams: teams }: z.infer<typeof asked>,
  names: readonly string[],
): readonly string[] {
  const slugs = new Set((teams ?? []).map(({ slug }) => slug.toLowerCase()));
  const found = names.filter((name) => name.includes('/') && slugs.has(slugOf(name).toLowerCase()));
  return [...(people ?? []).map(({ login }) => login), ...found];
}
