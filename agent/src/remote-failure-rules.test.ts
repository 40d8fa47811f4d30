import { expect, test } from 'vitest';

import { explainRemote } from './remote-failure.ts';

const repository = 'https://git.example/acme/app.git';

function rejected(words: string, why = 'pre-receive hook declined'): string {
  const lines = words.split('\n').map((line) => `remote: ${line}`);
  return [...lines, ` ! [remote rejected] 0123abcd -> verve/tsk_1 (${why})`, 'error: failed to push'].join(
    '\n',
  );
}

const byRules = 'push declined due to repository rule violations';
const gh013 = 'error: GH013: Repository rule violations found for refs/heads/verve/tsk_1.';

// Each with where it was seen.
const seen: readonly (readonly [string, string, string])[] = [
  [
    'https://github.com/palxiao/poster-design/issues/140',
    rejected(`${gh013}\n\n- GITHUB PUSH PROTECTION\n\n    - Push cannot contain secrets`, byRules),
    'takes no secrets, and the work has one',
  ],
  [
    'https://github.com/redhat-appstudio/application-service/pull/404',
    rejected(
      `${gh013}\n- GITHUB PUSH PROTECTION\n   Resolve the following secrets before pushing again.`,
      byRules,
    ),
    'takes no secrets, and the work has one',
  ],
  [
    'https://docs.gitlab.com/user/application_security/secret_detection/secret_push_protection/',
    rejected('GitLab:\nPUSH BLOCKED: Secrets detected in code changes'),
    'takes no secrets, and the work has one',
  ],
  [
    'https://github.com/flashcatcloud/categraf/issues/34',
    rejected(
      '',
      'refusing to allow a Personal Access Token to create or update workflow `.github/workflows/a.yaml` without `workflow` scope',
    ),
    'the Personal Access Token may not; give it the right "Workflows: write"',
  ],
  [
    'https://github.com/InKyoJeong/TIL/issues/13',
    rejected(
      '',
      'refusing to allow an OAuth App to create or update workflow `.github/workflows/a.yml` without `workflow` scope',
    ),
    'the OAuth App may not',
  ],
  [
    'https://github.com/vercel/sandbox/pull/169',
    rejected(`${gh013}\n\n- Commits must have verified signatures.\n  Found 1 violation:`, byRules),
    'asks for signed commits',
  ],
  [
    'gitea: routers/private/hook_pre_receive.go',
    rejected('Gitea: branch verve/tsk_1 is protected from unverified commit 0123abcd'),
    'asks for signed commits',
  ],
  [
    'gitlab: ee/lib/ee/gitlab/checks/push_rules/commit_check.rb',
    rejected('GitLab: Commit must be signed with a GPG key'),
    'asks for signed commits',
  ],
  [
    'GitHub, as many public repositories quote it',
    rejected(`${gh013}\n\n- Cannot create ref due to creations being restricted.`, byRules),
    'forbids new branches of such a name; allow branches verve/*',
  ],
  [
    'gitlab: ee/lib/ee/gitlab/checks/push_rules/branch_check.rb',
    rejected("GitLab: Branch name does not follow the pattern '^feature/'"),
    'forbids new branches of such a name',
  ],
  [
    'GitHub, as many public repositories quote it',
    rejected(
      'error: GH007: Your push would publish a private email address.',
      'push declined due to email privacy restrictions',
    ),
    'set "author" in the worker\'s configuration to an address of users.noreply.github.com',
  ],
  [
    'https://github.com/semantic-release/semantic-release/issues/2383',
    rejected(
      "GitLab: You cannot push commits for 'noreply@verve.dev'. You can only push commits that were committed with one of your own verified emails.",
    ),
    'does not take the commits\' author or committer; set "author"',
  ],
  [
    'gitlab: ee/lib/ee/gitlab/checks/push_rules/commit_check.rb',
    rejected("GitLab: Author 'noreply@verve.dev' is not a member of team"),
    "does not take the commits' author or committer",
  ],
  [
    'gitlab: ee/lib/ee/gitlab/checks/push_rules/commit_check.rb',
    rejected("GitLab: Author's email 'noreply@verve.dev' does not follow the pattern '@acme.example$'"),
    "does not take the commits' author or committer",
  ],
  [
    'gitlab: ee/lib/ee/gitlab/checks/push_rules/commit_check.rb',
    rejected("GitLab: Commit message does not follow the pattern '^[A-Z]+-[0-9]+'"),
    "does not take the commits' messages; tell the agent their form",
  ],
  [
    'https://github.com/upleveled/notion-backup/issues/359',
    rejected(
      "error: File a.mov is 117.80 MB; this exceeds GitHub's file size limit of 100.00 MB\nerror: GH001: Large files detected.",
    ),
    'has a file that is too large',
  ],
  [
    'gitlab: lib/gitlab/checks/global_file_size_check.rb',
    rejected('GitLab: You are attempting to check in one or more blobs which exceed the 100.0MiB limit:'),
    'has a file that is too large',
  ],
  [
    'gitlab: ee/lib/ee/gitlab/checks/push_rules/file_size_check.rb',
    rejected(
      'GitLab: File "a.bin" is larger than the allowed size of 1 MB. Use Git LFS to manage this file.',
    ),
    'has a file that is too large',
  ],
  [
    'gitlab: ee/lib/ee/gitlab/checks/diff_check.rb',
    rejected('GitLab: File name a.key was prohibited by the pattern "(jks|key|pem)$".'),
    'forbids changes of a file in the work',
  ],
  [
    'gitea: routers/private/hook_pre_receive.go',
    rejected('Gitea: branch verve/tsk_1 is protected from changing file go.mod'),
    'forbids changes of a file in the work',
  ],
  [
    'https://github.com/hexojs/hexo/issues/2817',
    rejected(
      'error: GH006: Protected branch update failed for refs/heads/verve/tsk_1.\nerror: Cannot force-push to a protected branch.',
      'protected branch hook declined',
    ),
    "allow the worker's user to force-push branches verve/*",
  ],
  [
    'gitlab: lib/gitlab/checks/branch_check.rb',
    rejected('GitLab: You are not allowed to force push code to a protected branch on this project.'),
    "allow the worker's user to force-push branches verve/*",
  ],
  [
    'https://github.com/desktop/desktop/issues/17586',
    rejected(
      'error: GH006: Protected branch update failed for refs/heads/verve/tsk_1.\nerror: Changes must be made through a pull request.',
      'protected branch hook declined',
    ),
    "forbids the push; allow the worker's user to push branches verve/*",
  ],
  [
    'gitlab: lib/gitlab/checks/branch_check.rb',
    rejected('GitLab: You are not allowed to create protected branches on this project.'),
    "forbids the push; allow the worker's user to push branches verve/*",
  ],
  [
    'gitea: routers/private/hook_pre_receive.go',
    rejected('Gitea: Not allowed to push to protected branch verve/tsk_1'),
    "forbids the push; allow the worker's user to push branches verve/*",
  ],
  [
    'https://github.com/gleam-lang/gleam/pull/6080',
    rejected(`${gh013}\n\n- Changes must be made through a pull request.`, byRules),
    'a ruleset of https://git.example/acme/app.git forbids the push; leave branches verve/* out of it',
  ],
  [
    'https://github.com/Mergifyio/mergify/issues/1145',
    "remote: The `acme' organization has enabled or enforced SAML SSO. To access\nremote: this repository, you must re-authorize the GitHub App `verve`.\nfatal: unable to access 'x': The requested URL returned error: 403",
    'not authorised for the single sign-on',
  ],
  [
    'https://github.com/zero-to-mastery/ZtM-Job-Board/issues/2531',
    "remote: Permission to acme/app.git denied to verve.\nfatal: unable to access 'x': The requested URL returned error: 403",
    'may not push to https://git.example/acme/app.git, and Verve makes no forks',
  ],
  [
    'https://github.com/IIC3253/2026/issues/73',
    'remote: Write access to repository not granted.\nfatal: unable to access: The requested URL returned error: 403',
    'may not push to https://git.example/acme/app.git, and Verve makes no forks',
  ],
  [
    'gitlab: lib/gitlab/git_access.rb',
    'remote: You are not allowed to push code to this project.\nfatal: unable to access: The requested URL returned error: 403',
    'on GitLab the role Developer',
  ],
  [
    'gitlab: lib/gitlab/git_access.rb',
    'remote: This deploy key does not have write access to this project.\nfatal: Could not read from remote repository.',
    "the worker's key may only read",
  ],
  [
    'GitHub, as many public repositories quote it',
    'ERROR: The key you are authenticating with has been marked as read only.\nfatal: Could not read from remote',
    "the worker's key may only read",
  ],
  [
    'GitHub, as many public repositories quote it',
    'remote: This repository was archived so it is read-only.\nfatal: unable to access: The requested URL returned error: 403',
    'is archived or read only',
  ],
];

test.each(seen)('%s: a refusal is told with what to change where', (_, words, sentence) => {
  const failure = explainRemote(words, { repository });

  expect(failure.isTransient).toBe(false);
  expect(failure.sentence).toContain(sentence);
  // Every line that says something is quoted.
  const saying = words
    .split('\n')
    .filter((line) => /[a-z]/i.test(line.replace(/^remote:|^To \S+$|error:\s*$/, '')));
  for (const line of saying) expect(failure.sentence).toContain(line.trimEnd());
});

test('words of rules mean nothing where no remote declined', () => {
  const failure = explainRemote('fatal: the commit message of GH001 timed out', { repository });

  expect(failure.isTransient).toBe(true);
});
