import { headOf, type FakeAnswer, type FakeForge, type FakePull } from './fake-forge.ts';
import type { GitHubDescription } from './fake-github-description.ts';

const documentation_url = 'https://docs.github.com/rest/pulls/pulls#create-a-pull-request';

/** What GitHub answers for whatever the token is not to see. */
export const notFound: FakeAnswer = {
  status: 404,
  body: { message: 'Not Found', documentation_url, status: '404' },
};

/** A refusal as GitHub words it for a field or with a message of its own. */
export function invalid(error: { code: string; field?: string; message?: string }): FakeAnswer {
  const errors = [{ resource: 'PullRequest', ...error }];
  return { status: 422, body: { message: 'Validation Failed', errors, documentation_url, status: '422' } };
}

/** What a fake GitHub tells of what it has. */
export interface GitHubWords {
  readonly repository: (fake: FakeForge) => object;
  readonly pull: (fake: FakeForge, pull: FakePull) => object;
  readonly listed: (fake: FakeForge, pull: FakePull) => object;
  readonly reviewed: (fake: FakeForge, pull: FakePull) => object;
  readonly issue: (pull: FakePull) => object;
  readonly labels: (pull: FakePull) => object;
}

interface Ends {
  readonly head: { readonly repo: object };
  readonly base: { readonly repo: object };
  readonly user: object;
}

/** Puts what a fake has into the examples of the description. */
export function createGitHubWords(description: GitHubDescription): GitHubWords {
  const { example } = description;
  const repository = withoutOthers(example('full-repository-default-response') as object);
  const whole = example('pull-request') as Ends;
  const [simple = whole] = example('pull-request-simple-items') as Ends[];
  const review = example('pull-request-review-request') as Ends;
  const issue = example('issue') as { user: object };
  const [label = {}] = example('label-items') as object[];
  const [team = {}] = example('team-items') as object[];

  function filled(shown: Ends, fake: FakeForge, pull: FakePull): object {
    const { number, state, title, body, branch, fork, base, isDraft, mergedAt } = pull;
    return {
      ...shown,
      number,
      html_url: `https://forge.example/${fake.fullName}/pull/${number}`,
      state: state === 'open' ? 'open' : 'closed',
      merged_at: mergedAt === undefined ? null : '2026-01-26T19:01:12Z',
      title,
      body: body === '' ? null : body,
      draft: isDraft,
      requested_teams: [],
      head: {
        ...shown.head,
        ref: branch,
        sha: headOf(fake, pull),
        repo: { ...shown.head.repo, full_name: fork ?? fake.fullName },
      },
      base: { ...shown.base, ref: base },
    };
  }

  return {
    repository: (fake) => ({
      ...repository,
      // The example lacks it.
      language: null,
      full_name: fake.fullName,
      html_url: `https://forge.example/${fake.fullName}`,
      archived: fake.isArchived,
      has_pull_requests: fake.takesPulls,
    }),
    pull: (fake, pull) => filled(whole, fake, pull),
    listed: (fake, pull) => filled(simple, fake, pull),
    reviewed: (fake, pull) => ({
      ...filled(review, fake, pull),
      requested_reviewers: pull.reviewers
        .filter((name) => !name.includes('/'))
        .map((login) => ({ ...review.user, login })),
      requested_teams: pull.reviewers
        .filter((name) => name.includes('/'))
        .map((name) => ({ ...team, type: 'organization', slug: name.split('/')[1] })),
    }),
    issue: (pull) => ({
      ...issue,
      number: pull.number,
      assignees: pull.assignees.map((login) => ({ ...issue.user, login })),
    }),
    labels: (pull) => pull.labels.map((name) => ({ ...label, name })),
  };
}

/** The example is a fork; what it tells of other repositories is incomplete. */
function withoutOthers(repository: object): object {
  const others = new Set(['source', 'parent', 'template_repository']);
  return Object.fromEntries(Object.entries(repository).filter(([name]) => !others.has(name)));
}
