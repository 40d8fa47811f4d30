import type { RemoteCause } from './remote-failure-cause.ts';

/**
 * What forges say at a push of work that their rules forbid. The words are
 * - GitHub's, of which there is a list at https://docs.github.com/en/get-started/using-git/troubleshooting-common-errors
 *   and the rest as people quote it in public issues, which the test names,
 * - GitLab's, from `lib/gitlab/checks` and `ee/lib/ee/gitlab/checks` of https://gitlab.com/gitlab-org/gitlab,
 * - Gitea's, from `routers/private/hook_pre_receive.go` of https://github.com/go-gitea/gitea.
 */
export const ruleCauses: readonly RemoteCause[] = [
  {
    pattern:
      /push cannot contain secrets|resolve the following secrets|GH009: secrets detected|push blocked: secrets detected/i,
    say: ({ repository }) =>
      `${repository} takes no secrets, and the work has one where the words below say; ` +
      'have the task leave it out, or allow it on the forge if it is none, and retry',
  },
  {
    pattern: /refusing to allow an? ([\w ]+) to create or update workflow/i,
    say: ({ repository }, login) =>
      `the work changes files that ${repository} runs by itself, and the ${login} may not; ` +
      'give it the right "Workflows: write" (a classic token: the scope "workflow"), or have the task leave them alone',
  },
  {
    pattern: /verified signatures|protected from unverified commit|commit must be signed/i,
    say: ({ repository }) =>
      `a rule of ${repository} asks for signed commits, which Verve's are not; ` +
      "exempt the worker's user from it, or the branches verve/*",
  },
  {
    pattern: /creations being restricted|branch name.* (?:does not follow|must )/i,
    say: ({ repository }) =>
      `a rule of ${repository} forbids new branches of such a name; ` +
      "allow branches verve/* in it, or exempt the worker's user",
  },
  {
    pattern: /GH007|private email address/i,
    say: () =>
      'the forge keeps the address of the commits\' author private; set "author" in the worker\'s configuration ' +
      'to an address of users.noreply.github.com',
  },
  {
    pattern:
      /is not a member of team|you cannot push commits for|email .*(?:is not verified|does not follow the pattern)|author email|committer email/i,
    say: ({ repository }) =>
      `a rule of ${repository} does not take the commits' author or committer; set "author" in the worker's ` +
      "configuration to a user that it takes, with that user's verified address",
  },
  {
    pattern: /commit message/i,
    say: ({ repository }) =>
      `a rule of ${repository} does not take the commits' messages; ` +
      "tell the agent their form in its instructions, or exempt the worker's user from the rule",
  },
  {
    pattern:
      /GH001|exceeds? (?:github's file size limit|the [\d.]+ ?\w+ limit)|larger than the allowed size|file size/i,
    say: ({ repository }) =>
      `the work has a file that is too large for ${repository}; have the task leave it out, or keep it in Git LFS`,
  },
  {
    pattern:
      /(?:prohibited|blacklisted) by the pattern|protected from changing file|file path is restricted|restricted file/i,
    say: ({ repository }) =>
      `a rule of ${repository} forbids changes of a file in the work; ` +
      "have the task leave it alone, or exempt the worker's user from the rule",
  },
  {
    pattern: /exceeded (?:the|its) (?:\w+ )?(?:storage|size)|above its size (?:limit|quota)|quota exceeded/i,
    say: ({ repository }) => `${repository} has no room left on its forge; make some, then retry`,
  },
  {
    pattern: /cannot force-push|force[- ]push/i,
    say: ({ repository }) =>
      `a branch protection of ${repository} forbids replacing what an earlier attempt pushed; ` +
      "allow the worker's user to force-push branches verve/*",
  },
  {
    pattern: /protected branch|protected from/i,
    say: ({ repository }) =>
      `a branch protection of ${repository} forbids the push; allow the worker's user to push branches verve/*`,
  },
  {
    pattern: /GH013|repository rule violations/i,
    say: ({ repository }) =>
      `a ruleset of ${repository} forbids the push; leave branches verve/* out of it, ` +
      "or let the worker's user bypass it",
  },
];

/** What forges say of who pushes. */
export const rightCauses: readonly RemoteCause[] = [
  {
    pattern: /SAML SSO/i,
    say: ({ repository }) =>
      `the worker's token is not authorised for the single sign-on of the organization of ${repository}; ` +
      'authorise it in the settings of the token',
  },
  {
    pattern: /IP allow list/i,
    say: ({ repository }) =>
      `the organization of ${repository} takes calls from listed addresses only; ` +
      "add the worker's address to its IP allow list",
  },
  {
    pattern: /deploy keys?\b.*\b(?:write access|not allowed|not authorized)|marked as read only/i,
    say: ({ repository }) => `the worker's key may only read ${repository}; give it the right to write`,
  },
  {
    pattern:
      /permission to \S+ denied to|write access to repository not granted|not allowed to push code to this project|permission denied for writing/i,
    say: ({ repository }) =>
      `the worker's user may not push to ${repository}, and Verve makes no forks; ` +
      'give it the right to write there (on GitLab the role Developer)',
  },
];
