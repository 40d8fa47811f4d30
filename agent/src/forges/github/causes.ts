import { sayBaseGone, tokenRefused, type RefusalCause } from '../refusals.ts';

const permissions =
  'give it "Pull requests: write" and "Contents: write" (a classic token: the scope "repo"), and let it reach the repository';

/**
 * Why GitHub opens no pull request. Statuses and headers:
 * https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api; the words beside them are GitHub's as
 * people quote them in public issues.
 */
export const gitHubCauses: readonly RefusalCause[] = [
  tokenRefused,
  {
    status: [403],
    header: 'x-github-sso',
    say: ({ repository }, sso) =>
      `the token is not authorised for the single sign-on of the organization of ${repository}; ` +
      `authorise it${addressIn(sso)}`,
  },
  {
    pattern: /SAML enforcement/i,
    say: ({ repository }) =>
      `the token is not authorised for the single sign-on of the organization of ${repository}; ` +
      'authorise it in the settings of the token',
  },
  {
    pattern: /IP allow list/i,
    say: () =>
      "the organization takes calls from listed addresses only; add the worker's address to its IP allow list",
  },
  {
    pattern: /forbids access via|OAuth App access restrictions/i,
    say: () =>
      'the organization does not take this kind of token; use one that it allows, or change its policy for tokens',
  },
  {
    pattern: /archived/i,
    say: ({ repository }) => `${repository} is archived; unarchive it, then retry`,
  },
  {
    status: [403],
    pattern: /not accessible by/i,
    say: ({ repository }) => `the token has no right to open pull requests on ${repository}; ${permissions}`,
  },
  {
    status: [403],
    say: ({ repository }) =>
      `GitHub forbids the token to open pull requests on ${repository}; ${permissions}, and see that its user may write there`,
  },
  {
    status: [404],
    say: ({ repository }) =>
      `the forge shows the token no repository ${repository}; check the address, and ${permissions}`,
  },
  {
    status: [410],
    say: ({ repository }) => `${repository} has pull requests turned off; turn them on in its settings`,
  },
  {
    status: [422],
    pattern: /field base; code invalid|base (?:branch|ref).*(?:not exist|invalid)/i,
    say: sayBaseGone,
  },
  {
    status: [422],
    pattern: /no commits between/i,
    say: ({ base, branch }) =>
      `"${base}" has all that is on ${branch}, so there is nothing to ask for; the task has perhaps been merged already`,
  },
  {
    status: [422],
    pattern: /field head; code invalid/i,
    say: ({ branch }) =>
      `the branch ${branch} was deleted before its pull request was opened; retry the task`,
  },
];

function addressIn(sso: string): string {
  const url = /url=(https:\/\/\S+)/.exec(sso)?.[1];
  return url === undefined ? ' in the settings of the token' : ` at ${url}`;
}
