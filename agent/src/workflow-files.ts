import type { Base } from './base.ts';
import type { Git, GitCommand } from './git.ts';
import { PhaseFailed } from './outcome.ts';

/** What forges and CI services run by themselves once it is pushed, often with secrets of their own. */
const workflowPaths = [
  '.github/workflows',
  '.gitea/workflows',
  '.forgejo/workflows',
  '.gitlab-ci.yml',
  '.circleci',
  'azure-pipelines.yml',
  'bitbucket-pipelines.yml',
  'Jenkinsfile',
  '.drone.yml',
  '.woodpecker.yml',
  '.woodpecker.yaml',
  '.woodpecker',
  '.travis.yml',
] as const;

const maxListBytes = 16 * 1024 * 1024;
const maxCommits = 10_000;
const named = 10;

/**
 * Sees to it that no commit after the base, and not all of them together, changes a workflow file, whatever the case
 * of its name. Throws PhaseFailed (`PolicyDenied`) that names them.
 */
export async function checkWorkflows(
  git: Git,
  at: Omit<GitCommand, 'args'>,
  { base, tip }: { base: Base; tip: string },
): Promise<void> {
  const pathspec = ['--', ...workflowPaths.map((path) => `:(top,icase)${path}`)];
  const diff = ['diff-tree', '-r', '--no-renames', '--no-ext-diff', '--name-only', '-z', '--no-commit-id'];
  const commits = await newCommits(git, at, { base, tip });
  const found = [
    await git.list({ ...at, args: [...diff, base.commit, tip, ...pathspec] }, maxListBytes),
    // Of a merge what differs from all of its parents; what is the same as one of them came with that one.
    await git.list(
      { ...at, args: [...diff, '--root', '-c', '--stdin', ...pathspec], stdin: `${commits}\n` },
      maxListBytes,
    ),
  ];
  const paths = [...new Set(found.flat().map((path) => path.toString('utf8')))].sort();
  if (paths.length === 0) return;
  const more = paths.length > named ? ` and ${paths.length - named} more` : '';
  throw new PhaseFailed(
    'PolicyDenied',
    `the work changes files that a forge runs by itself, which this worker does not allow: ` +
      `${paths.slice(0, named).join(', ')}${more}. Take the changes out of the task, or set mayChangeWorkflows ` +
      `in the worker's configuration`,
  );
}

/** Every one of them, since a list by path leaves out side branches whose changes a merge threw away. */
async function newCommits(
  git: Git,
  at: Omit<GitCommand, 'args'>,
  { base, tip }: { base: Base; tip: string },
): Promise<string> {
  const range = [tip, `^${base.commit}`];
  const listed = await git.run({ ...at, args: ['rev-list', `--max-count=${maxCommits + 1}`, ...range] });
  if (listed.split('\n').length <= maxCommits) return listed;
  throw new PhaseFailed('PublishFailed', `the agent's work has more than ${maxCommits} commits`);
}
