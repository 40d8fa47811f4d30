import { tokenRefused, type RefusalCause } from '../refusals.ts';

const rights = 'it needs the scopes write:repository and write:issue, and its user the right to write there';

/** Why Gitea opens no pull request; the words are those of `routers/api/v1` in https://github.com/go-gitea/gitea. */
export const giteaCauses: readonly RefusalCause[] = [
  tokenRefused,
  {
    status: [403],
    say: ({ repository }) => `the token has no right to open pull requests on ${repository}; ${rights}`,
  },
  {
    status: [404],
    say: ({ repository }) =>
      `the forge shows the token's user no repository ${repository}; give that user the right to read and write it`,
  },
  {
    status: [422],
    pattern: /no changes between/i,
    say: ({ base, branch }) =>
      `"${base}" has all that is on ${branch}, so there is nothing to ask for; the task has perhaps been merged already`,
  },
  {
    status: [423],
    say: ({ repository }) => `${repository} is archived; unarchive it, then retry`,
  },
];
