import { execFileSync } from 'node:child_process';
import { existsSync, renameSync, rmSync } from 'node:fs';

import { CannotStart } from './settings.ts';

const readme = `# Greeter

A small program to try Verve on: \`node greet.js Ada\` greets Ada.

Each task's change is on a branch of its own, \`verve/<task>\`.
`;

const program = `const name = process.argv[2] ?? 'world';

console.log(\`Hello, \${name}!\`);
`;

const files = { 'README.md': readme, 'greet.js': program };

/** Makes the bare repository with a first commit on \`main\`, unless it is there. Throws CannotStart. */
export function makeSampleRepository(path: string): void {
  if (existsSync(path)) return;
  // Under another name until it is whole, so that an interrupted start leaves no half of it.
  const draft = `${path}.new`;
  rmSync(draft, { recursive: true, force: true });
  git(['init', '--quiet', '--bare', '--initial-branch=main', draft]);
  const entries = Object.entries(files).map(([name, text]) => {
    const blob = git(['-C', draft, 'hash-object', '-w', '--stdin'], text);
    return `100644 blob ${blob}\t${name}\n`;
  });
  const tree = git(['-C', draft, 'mktree'], entries.join(''));
  const commit = git(['-C', draft, 'commit-tree', tree, '-m', 'Greet by name']);
  git(['-C', draft, 'update-ref', 'refs/heads/main', commit]);
  renameSync(draft, path);
}

function git(args: readonly string[], input = ''): string {
  const identity = { NAME: 'Verve trial', EMAIL: 'trial@verve.invalid' };
  const env = {
    PATH: process.env['PATH'],
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_AUTHOR_NAME: identity.NAME,
    GIT_AUTHOR_EMAIL: identity.EMAIL,
    GIT_COMMITTER_NAME: identity.NAME,
    GIT_COMMITTER_EMAIL: identity.EMAIL,
  };
  try {
    return execFileSync('git', args, { input, encoding: 'utf8', env }).trim();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    throw new CannotStart('There is no git on PATH: install it, then start again.', { cause: error });
  }
}
