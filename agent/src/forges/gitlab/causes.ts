import { tokenRefused, type RefusalCause } from '../refusals.ts';

/**
 * Why GitLab opens no merge request. Statuses: https://docs.gitlab.com/api/rest/troubleshooting/; the words beside them
 * are those of `lib/api` in https://gitlab.com/gitlab-org/gitlab.
 */
export const gitLabCauses: readonly RefusalCause[] = [
  tokenRefused,
  {
    status: [403],
    pattern: /insufficient_scope/i,
    say: () =>
      'the token lacks the scope "api"; make one that has it and write it into the tokenFile of "forges"',
  },
  {
    status: [403],
    pattern: /blocked|deactivated|terms of service/i,
    say: () => "GitLab lets the token's user do nothing; unblock that user, or accept the terms as that user",
  },
  {
    status: [403],
    say: ({ repository }) =>
      `the token's user may not open merge requests on ${repository}; ` +
      'give that user, or the project token, the role Developer or a higher one',
  },
  {
    status: [404],
    say: ({ repository }) =>
      `the forge shows the token's user no project ${repository}; ` +
      'check the address, and give that user, or the project token, the role Developer or a higher one',
  },
  {
    status: [405],
    pattern: /moved projects/i,
    say: ({ repository }) =>
      `${repository} was renamed; use its new address in the task and in the worker's settings`,
  },
  {
    status: [400, 422],
    pattern: /source[_ ]branch/i,
    say: ({ branch }) =>
      `the branch ${branch} was deleted before its merge request was opened; retry the task`,
  },
];
