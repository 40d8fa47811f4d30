import { headOf, type FakeForge, type FakePull } from './fake-forge.ts';

const time = '2026-01-26T19:01:12.000Z';

/** The number that GitLab knows a user by. */
export function numberOf(username: string): number {
  return Number.parseInt(Buffer.from(username).toString('hex').slice(0, 8), 16);
}

/** A user as other users see one. */
export function userAnswer(username: string): object {
  return {
    id: numberOf(username),
    username,
    name: username,
    state: 'active',
    locked: false,
    avatar_url: null,
    web_url: `https://forge.example/${username}`,
  };
}

/** The project as it is now. */
export function projectAnswer({ fullName, isArchived, takesPulls }: FakeForge): object {
  return {
    id: 3,
    description: null,
    name: 'App',
    name_with_namespace: 'Acme / Tools / App',
    path: 'app',
    path_with_namespace: fullName,
    created_at: time,
    default_branch: 'main',
    ssh_url_to_repo: `git@forge.example:${fullName}.git`,
    http_url_to_repo: `https://forge.example/${fullName}.git`,
    web_url: `https://forge.example/${fullName}`,
    archived: isArchived,
    visibility: 'private',
    empty_repo: false,
    merge_requests_enabled: takesPulls,
    merge_requests_access_level: takesPulls ? 'enabled' : 'disabled',
    issues_enabled: true,
    issues_access_level: 'enabled',
  };
}

/** A branch of the project. */
export function branchAnswer({ fullName, branches }: FakeForge, name: string): object {
  return {
    name,
    merged: false,
    protected: true,
    default: name === 'main',
    can_push: false,
    web_url: `https://forge.example/${fullName}/-/tree/${name}`,
    commit: { id: branches.get(name) },
  };
}

/** A merge request as it is now. */
export function mergeRequestAnswer(fake: FakeForge, pull: FakePull): object {
  const { number, state, title, body, branch, fork, base, isDraft, labels, reviewers, assignees } = pull;
  const people = assignees.map((name) => userAnswer(name));
  const short = `!${number}`;
  return {
    id: 1_000 + number,
    iid: number,
    project_id: 3,
    title,
    description: body === '' ? null : body,
    state: state === 'open' ? 'opened' : state,
    created_at: time,
    updated_at: time,
    merged_at: state === 'merged' ? time : null,
    closed_at: state === 'closed' ? time : null,
    target_branch: base,
    source_branch: branch,
    author: userAnswer('verve'),
    assignee: people[0] ?? null,
    assignees: people,
    reviewers: reviewers.map((name) => userAnswer(name)),
    source_project_id: fork === undefined ? 3 : 4,
    target_project_id: 3,
    labels,
    draft: isDraft,
    detailed_merge_status: 'mergeable',
    sha: headOf(fake, pull),
    merge_commit_sha: null,
    references: { short, relative: short, full: `${fake.fullName}${short}` },
    web_url: `https://forge.example/${fake.fullName}/-/merge_requests/${number}`,
    squash: false,
    has_conflicts: false,
    blocking_discussions_resolved: true,
  };
}
